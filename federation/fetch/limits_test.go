package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/fetch"
)

// counting serves actors and counts requests.
func counting(t *testing.T, ip string, n *atomic.Int64) *httptest.Server {
	return start(t, ip, func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		serve(asJSON, `{}`)(w, r)
	})
}

func TestB7BudgetOfAnActivity(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := counting(t, "127.77.7.1", &n)
	c := newClient(t, func(o *fetch.Options) { o.Unlimited = true })
	ctx := fetch.WithBudget(within(t), 3)
	for i := range 3 {
		if i == 1 {
			ctx = fetch.WithBudget(ctx, 100) // a step inside cannot widen it
		}
		if _, err := c.Get(ctx, fetch.Actor, s.URL, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := c.Get(ctx, fetch.Actor, s.URL, nil); !errors.Is(err, fetch.ErrBudget) {
			t.Errorf("4th fetch: %v, want ErrBudget", err)
		}
	}
	if _, err := c.Post(ctx, fetch.Delivery, s.URL, asJSON, nil, nil); err != nil {
		t.Errorf("deliveries do not count: %v", err)
	}
	if _, err := c.Get(fetch.WithBudget(within(t), 1), fetch.Actor, s.URL, nil); err != nil {
		t.Errorf("the next activity: %v", err)
	}
	if n.Load() != 5 {
		t.Errorf("%d requests arrived, want 5", n.Load())
	}
}

func TestB7BudgetCountsRedirects(t *testing.T) {
	t.Parallel()
	var d diary
	s := redirector(t, "127.77.7.2", &d)
	c := newClient(t, nil)
	ctx := fetch.WithBudget(within(t), 2)
	if _, err := c.Get(ctx, fetch.Actor, s.URL+"/to?/to?/end", nil); !errors.Is(err, fetch.ErrBudget) {
		t.Errorf("%v, want ErrBudget", err)
	}
	if len(d.list()) != 2 {
		t.Errorf("server saw %q", d.list())
	}
	if _, err := c.Get(within(t), fetch.Actor, s.URL+"/to?/to?/end", nil); err != nil {
		t.Errorf("another activity pays for its own: %v", err)
	}
}

func TestB7SixtyAMinutePerDomain(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := counting(t, "127.77.7.3", &n)
	now := newClock()
	same := []string{"a.example.co.uk", "b.c.example.co.uk", "example.co.uk"}
	resolver := names{"other.co.uk": {"127.77.7.3"}}
	for _, host := range same {
		resolver[host] = []string{"127.77.7.3"}
	}
	c := newClient(t, func(o *fetch.Options) { o.Resolver, o.Now = resolver, now.Now })
	get := func(host string) error {
		_, err := c.Get(within(t), fetch.Actor, "http://"+host+":"+port(s), nil)
		return err
	}
	for i := range 60 {
		if err := get(same[i%len(same)]); err != nil {
			t.Fatalf("fetch %d: %v", i+1, err)
		}
	}
	for _, host := range same {
		if err := get(host); !errors.Is(err, fetch.ErrBudget) {
			t.Errorf("61st, from %s: %v, want ErrBudget", host, err)
		}
	}
	if err := get("other.co.uk"); err != nil {
		t.Errorf("another domain: %v", err)
	}
	if err := get("127.77.7.3"); err != nil {
		t.Errorf("a literal address: %v", err)
	}
	if _, err := c.Post(within(t), fetch.Delivery, "http://"+same[0]+":"+port(s), asJSON, nil, nil); err != nil {
		t.Errorf("deliveries do not count: %v", err)
	}
	now.add(time.Second)
	if err := get(same[0]); err != nil {
		t.Errorf("a second later: %v; a refusal of our own was remembered", err)
	}
	if err := get(same[0]); !errors.Is(err, fetch.ErrBudget) {
		t.Errorf("a second later, twice: %v, want ErrBudget", err)
	}
	if n.Load() != 64 {
		t.Errorf("%d requests arrived, want 64", n.Load())
	}
}

func TestB7LiteralAddressesAreDomainsOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := newClient(t, nil)
	for i := range 61 { // all end in 7.9, which is no registrable domain
		var n atomic.Int64
		s := counting(t, fmt.Sprintf("127.77.%d.9", 100+i), &n)
		if _, err := c.Get(within(t), fetch.Actor, s.URL, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// holding serves /hold until release, and everything else at once.
func holding(t *testing.T, ip string, arrived chan<- struct{}, release <-chan struct{}) *httptest.Server {
	return start(t, ip, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			arrived <- struct{}{}
			<-release
		}
		serve(asJSON, `{}`)(w, r)
	})
}

func TestB7Concurrency(t *testing.T) {
	t.Parallel()
	arrived, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	var servers []*httptest.Server
	for i := range 9 {
		servers = append(servers, holding(t, fmt.Sprintf("127.77.8.%d", i+1), arrived, release))
	}
	c := newClient(t, nil)
	hold := func(s *httptest.Server) {
		go func() {
			_, err := c.Get(t.Context(), fetch.Actor, s.URL+"/hold", nil)
			ended <- err
		}()
		<-arrived
	}
	// try gives up after a moment. If nothing held it back it would succeed.
	try := func(s *httptest.Server) error {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, err := c.Get(ctx, fetch.Actor, s.URL+"/now", nil)
		return err
	}
	hold(servers[0])
	if err := try(servers[0]); err != nil {
		t.Errorf("2nd with a host: %v", err)
	}
	hold(servers[0])
	if err := try(servers[0]); !errors.Is(err, fetch.ErrBudget) {
		t.Errorf("3rd with a host: %v, want ErrBudget", err)
	}
	if err := try(servers[1]); err != nil {
		t.Errorf("3rd in all, with another host: %v", err)
	}
	for _, s := range servers[1:8] {
		hold(s)
		hold(s)
	}
	if err := try(servers[8]); !errors.Is(err, fetch.ErrBudget) {
		t.Errorf("17th in all: %v, want ErrBudget", err)
	}
	if _, err := c.Post(within(t), fetch.Delivery, servers[0].URL, asJSON, nil, nil); err != nil {
		t.Errorf("deliveries do not wait: %v", err)
	}
	close(release)
	for range 16 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	for _, s := range servers { // places were given back, also by those who gave up
		for range 3 {
			if err := try(s); err != nil {
				t.Error(err)
			}
		}
	}
	if _, _, hosts := c.Tables(); hosts != 0 {
		t.Errorf("%d hosts are kept though none is asked", hosts)
	}
}

func TestB7FailuresAreRemembered(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	server := start(t, "127.77.9.1", func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		code := 0
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &code)
		switch {
		case code != 0:
			w.WriteHeader(code)
		case r.URL.Path == "/page":
			serve("text/html", "<p>")(w, r)
		case r.URL.Path == "/large":
			serve(asJSON, strings.Repeat(" ", 1<<20+1))(w, r)
		case r.URL.Path == "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case r.URL.Path == "/inside":
			http.Redirect(w, r, "http://127.0.0.1/", http.StatusFound)
		case r.URL.Path == "/close":
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		default:
			serve(asJSON, `{}`)(w, r)
		}
	})
	for _, tc := range []struct {
		path string
		keep time.Duration
		want func(error) bool
	}{
		{"/400", time.Hour, func(err error) bool { return status(err) == 400 }},
		{"/401", time.Hour, func(err error) bool { return status(err) == 401 }},
		{"/403", time.Hour, func(err error) bool { return status(err) == 403 }},
		{"/404", time.Hour, func(err error) bool { return status(err) == 404 }},
		{"/410", time.Hour, func(err error) bool { return status(err) == 410 }},
		{"/408", 5 * time.Minute, func(err error) bool { return status(err) == 408 }},
		{"/425", 5 * time.Minute, func(err error) bool { return status(err) == 425 }},
		{"/429", 5 * time.Minute, func(err error) bool { return status(err) == 429 }},
		{"/500", 5 * time.Minute, func(err error) bool { return status(err) == 500 }},
		{"/503", 5 * time.Minute, func(err error) bool { return status(err) == 503 }},
		{"/204", 5 * time.Minute, func(err error) bool { return status(err) == 204 }},
		{"/page", 5 * time.Minute, func(err error) bool { return errors.Is(err, fetch.ErrMediaType) }},
		{"/large", 5 * time.Minute, func(err error) bool { return errors.Is(err, fetch.ErrTooLarge) }},
		{"/loop", 5 * time.Minute, func(err error) bool { return errors.Is(err, fetch.ErrRedirect) }},
		{"/inside", 5 * time.Minute, func(err error) bool { return errors.Is(err, fetch.ErrBlockedAddress) }},
		{"/close", 5 * time.Minute, func(err error) bool { return err != nil }},
		{"/good", 0, func(err error) bool { return err == nil }},
	} {
		now := newClock()
		c := newClient(t, func(o *fetch.Options) { o.Now = now.Now })
		get := func(suffix string) error {
			_, err := c.Get(within(t), fetch.Actor, server.URL+tc.path+suffix, nil)
			return err
		}
		before := n.Load()
		if err := get(""); !tc.want(err) || errors.Is(err, fetch.ErrCached) {
			t.Errorf("%s: %v", tc.path, err)
		}
		cost := n.Load() - before // a loop or a lost connection costs several
		asked := func(what string, again bool, suffix string) {
			t.Helper()
			was := n.Load()
			err := get(suffix)
			if !tc.want(err) || errors.Is(err, fetch.ErrCached) == again || (n.Load() != was) != again {
				t.Errorf("%s, %s: %v, %d requests; asked again should be %v", tc.path, what, err, n.Load()-was, again)
			}
		}
		asked("at once", tc.keep == 0, "")
		asked("with a fragment", tc.keep == 0, "#main-key")
		if tc.keep == 0 {
			continue
		}
		now.add(tc.keep - time.Millisecond)
		asked("just before the end", false, "")
		now.add(time.Millisecond)
		asked("at the end", true, "")
		c.Forget(server.URL + tc.path + "#main-key")
		asked("after Forget", true, "")
		asked("after that", false, "")
		asked("with another query", true, "?x")
		if cost == 0 {
			t.Errorf("%s: no request was made", tc.path)
		}
	}
}

func TestB7TimeoutsAndDeadHostsAreRemembered(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.77.9.2:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + l.Addr().String()
	l.Close()
	done := make(chan struct{})
	silent := start(t, "127.77.9.3", func(http.ResponseWriter, *http.Request) { <-done })
	t.Cleanup(func() { close(done) })
	c := newClient(t, func(o *fetch.Options) { o.Timeouts.Header, o.Resolver = 20*time.Millisecond, names{} })
	for _, target := range []string{dead, silent.URL, "https://no-such-name.example"} {
		if _, err := c.Get(within(t), fetch.Key, target, nil); err == nil || errors.Is(err, fetch.ErrCached) {
			t.Errorf("%s: %v", target, err)
		}
		if _, err := c.Get(within(t), fetch.Key, target, nil); !errors.Is(err, fetch.ErrCached) {
			t.Errorf("%s again: %v, want ErrCached", target, err)
		}
	}
}

func TestB7DeliveriesAreNotRemembered(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := start(t, "127.77.9.4", func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.WriteHeader(http.StatusNotFound)
	})
	c := newClient(t, nil)
	for range 2 {
		if _, err := c.Get(within(t), fetch.Actor, s.URL, nil); status(err) != 404 {
			t.Error(err)
		}
		if _, err := c.Post(within(t), fetch.Delivery, s.URL, asJSON, nil, nil); status(err) != 404 || errors.Is(err, fetch.ErrCached) {
			t.Error(err)
		}
	}
	if n.Load() != 3 {
		t.Errorf("%d requests arrived, want 1 fetch and 2 deliveries", n.Load())
	}
}

func TestB7TablesAreBounded(t *testing.T) {
	t.Parallel()
	now := newClock()
	c := newClient(t, func(o *fetch.Options) { o.Now = now.Now })
	for i := range fetch.DomainsKept + fetch.FailuresKept {
		c.Fill(fmt.Sprintf("host-%d.example", i), fmt.Sprintf("http://127.77.9.5/%d", i), &fetch.StatusError{Code: 404}, now.Now())
	}
	domains, failures, _ := c.Tables()
	if domains != fetch.DomainsKept || failures != fetch.FailuresKept {
		t.Errorf("%d domains and %d failures are kept", domains, failures)
	}
	// The last are kept, and what was used lately is kept before older things.
	last := fetch.DomainsKept + fetch.FailuresKept - 1
	oldest := fmt.Sprintf("http://127.77.9.5/%d", last-fetch.FailuresKept+1)
	if _, err := c.Get(within(t), fetch.Actor, oldest, nil); !errors.Is(err, fetch.ErrCached) {
		t.Errorf("the oldest that is kept: %v, want ErrCached", err)
	}
	c.Fill("one-more.example", "http://127.77.9.5/one-more", &fetch.StatusError{Code: 404}, now.Now())
	if _, err := c.Get(within(t), fetch.Actor, oldest, nil); !errors.Is(err, fetch.ErrCached) {
		t.Errorf("after one more: %v, want ErrCached, as it was used lately", err)
	}
}

// TestB7OneBadAddressTakesOnePlace: failing again and again pushes nothing out.
func TestB7OneBadAddressTakesOnePlace(t *testing.T) {
	t.Parallel()
	now := newClock()
	c := newClient(t, func(o *fetch.Options) { o.Now = now.Now })
	const first = "http://127.77.9.7/first"
	c.Fill("a.example", first, &fetch.StatusError{Code: 404}, now.Now())
	for range fetch.FailuresKept {
		c.Fill("b.example", "http://127.77.9.7/again", &fetch.StatusError{Code: 404}, now.Now())
	}
	if _, err := c.Get(within(t), fetch.Actor, first, nil); !errors.Is(err, fetch.ErrCached) {
		t.Errorf("%v, want ErrCached", err)
	}
}

// TestUnlimitedNeedsARange: a node on the public internet has limits whatever
// its options say.
func TestUnlimitedNeedsARange(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := start(t, "127.77.9.6", func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		w.WriteHeader(http.StatusNotFound)
	})
	demo := newClient(t, func(o *fetch.Options) { o.Unlimited = true })
	for range 100 {
		if _, err := demo.Get(within(t), fetch.Actor, s.URL, nil); status(err) != 404 || errors.Is(err, fetch.ErrCached) {
			t.Fatal(err)
		}
	}
	if n.Load() != 100 {
		t.Errorf("%d requests arrived, want 100", n.Load())
	}
	production := newClient(t, func(o *fetch.Options) {
		o.Unlimited, o.AllowNets, o.Resolver = true, nil, names{"peer.example": {"127.0.0.1"}}
	})
	for i := range 2 {
		_, err := production.Get(within(t), fetch.Actor, "https://peer.example/", nil)
		if !errors.Is(err, fetch.ErrBlockedAddress) || errors.Is(err, fetch.ErrCached) != (i == 1) {
			t.Errorf("production, time %d: %v", i+1, err)
		}
	}
}
