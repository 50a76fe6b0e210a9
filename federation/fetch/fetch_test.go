package fetch_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/federation/fetch"
)

func TestGet(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	s := start(t, "127.77.3.1", func(w http.ResponseWriter, r *http.Request) {
		seen = r
		w.Header().Set("Date", "Sun, 22 Nov 2026 08:00:00 GMT")
		w.Header().Set("X-Extra", "kept")
		serve(asJSON, `{"id":"x"}`)(w, r)
	})
	c := newClient(t, nil)
	resp, err := c.Get(within(t), fetch.Key, s.URL+"/ap/node?a=b#main-key", func(r *http.Request) error {
		r.Header.Set("Signature", "for "+r.URL.Path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Status != 200 || string(resp.Body) != `{"id":"x"}` || resp.URL != s.URL+"/ap/node?a=b" {
		t.Errorf("Response = %d %s %s", resp.Status, resp.Body, resp.URL)
	}
	if want := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC); !resp.Date.Equal(want) || resp.Header.Get("X-Extra") != "kept" {
		t.Errorf("Date = %v, header %v", resp.Date, resp.Header)
	}
	want := http.Header{
		"Accept":          {`application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`},
		"Accept-Encoding": {"gzip"},
		"Signature":       {"for /ap/node"},
		"User-Agent":      {"PowerOn/1.2.3 (+https://own.example)"},
	}
	if diff := cmp.Diff(want, seen.Header); diff != "" || seen.Method != http.MethodGet || seen.RequestURI != "/ap/node?a=b" {
		t.Errorf("%s %s, header: %s", seen.Method, seen.RequestURI, diff)
	}
}

func TestGetOfABareHostAsksForItsRoot(t *testing.T) {
	t.Parallel()
	s := start(t, "127.77.3.2", serve(asJSON, `{}`))
	path := ""
	_, err := newClient(t, nil).Get(within(t), fetch.Actor, s.URL, func(r *http.Request) error {
		path = r.URL.Path
		return nil
	})
	if err != nil || path != "/" {
		t.Errorf("signed path %q, %v; want /", path, err)
	}
}

func TestPost(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	var body []byte
	s := start(t, "127.77.3.3", func(w http.ResponseWriter, r *http.Request) {
		seen = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	})
	resp, err := newClient(t, nil).Post(within(t), fetch.Delivery, s.URL+"/inbox", asJSON, []byte(`{"type":"Follow"}`),
		func(r *http.Request) error { r.Header.Set("Signature", "made"); return nil })
	if err != nil || resp.Status != http.StatusAccepted || resp.Body != nil {
		t.Fatalf("Post = %+v, %v", resp, err)
	}
	want := http.Header{
		"Accept-Encoding": {"gzip"},
		"Content-Length":  {"17"},
		"Content-Type":    {asJSON},
		"Signature":       {"made"},
		"User-Agent":      {"PowerOn/1.2.3 (+https://own.example)"},
	}
	if diff := cmp.Diff(want, seen.Header); diff != "" || seen.Method != http.MethodPost || string(body) != `{"type":"Follow"}` {
		t.Errorf("%s %s, header: %s", seen.Method, body, diff)
	}
}

func TestUserAgentIsNeverMissing(t *testing.T) {
	t.Parallel()
	agent := make(chan string, 2)
	s := start(t, "127.77.3.4", func(w http.ResponseWriter, r *http.Request) {
		agent <- r.Header.Get("User-Agent")
		serve(asJSON, `{}`)(w, r)
	})
	c := newClient(t, func(o *fetch.Options) { o.UserAgent = "" })
	for _, u := range []fetch.User{{Purpose: fetch.Actor, Method: http.MethodGet}, {Purpose: fetch.Delivery, Method: http.MethodPost}} {
		if err := ask(within(t), c, u, s.URL); err != nil {
			t.Fatal(err)
		}
		if got := <-agent; got != "PowerOn" {
			t.Errorf("%s: User-Agent %q", u.Purpose, got)
		}
	}
}

func TestStatusError(t *testing.T) {
	t.Parallel()
	retry := ""
	code := 0
	s := start(t, "127.77.3.5", func(w http.ResponseWriter, r *http.Request) {
		if retry != "" {
			w.Header().Set("Retry-After", retry)
		}
		serve(asJSON, `{}`)(statusWriter{w, code}, r)
	})
	c := newClient(t, func(o *fetch.Options) { o.Unlimited = true })
	for _, tc := range []struct {
		name      string
		code      int
		retry     string
		get, post bool // success
		wait      time.Duration
	}{
		{"ok", 200, "", true, true, 0},
		{"accepted", 202, "", false, true, 0},
		{"no content", 204, "", false, true, 0},
		{"redirect to nowhere", 302, "", false, false, 0},
		{"not modified", 304, "", false, false, 0},
		{"gone", 410, "", false, false, 0},
		{"too many", 429, "120", false, false, 2 * time.Minute},
		{"unavailable, by date", 503, "Sun, 22 Nov 2026 08:00:30 GMT", false, false, 30 * time.Second},
		{"date gone by", 503, "Sun, 22 Nov 2026 07:00:00 GMT", false, false, 0},
		{"for years", 503, "2000000000", false, false, 24 * time.Hour},
		{"until next year", 503, "Mon, 22 Nov 2027 08:00:00 GMT", false, false, 24 * time.Hour},
		{"negative", 503, "-5", false, false, 0},
		{"nonsense", 503, "soon", false, false, 0},
	} {
		retry, code = tc.retry, tc.code
		for method, ok := range map[string]bool{http.MethodGet: tc.get, http.MethodPost: tc.post} {
			u := fetch.User{Purpose: fetch.Object, Method: method}
			if method == http.MethodPost {
				u.Purpose = fetch.Delivery
			}
			err := ask(within(t), c, u, s.URL+"/x")
			if ok {
				if err != nil {
					t.Errorf("%s, %s: %v", tc.name, method, err)
				}
				continue
			}
			var se *fetch.StatusError
			if !errors.As(err, &se) || se.Code != tc.code || se.RetryAfter != tc.wait {
				t.Errorf("%s, %s: %v, %+v", tc.name, method, err, se)
			}
		}
	}
}

// statusWriter answers with a code of its own.
type statusWriter struct {
	http.ResponseWriter
	code int
}

func (w statusWriter) Write(b []byte) (int, error) {
	w.WriteHeader(w.code)
	if w.code == http.StatusNoContent || w.code == http.StatusNotModified {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

func TestUnsignedRequestIsNotSent(t *testing.T) {
	t.Parallel()
	hit := false
	s := start(t, "127.77.3.6", func(http.ResponseWriter, *http.Request) { hit = true })
	c := newClient(t, nil)
	broken := errors.New("key is sealed")
	sign := func(*http.Request) error { return broken }
	for range 2 { // the second time shows that it is not held against the other side
		if _, err := c.Get(within(t), fetch.Actor, s.URL, sign); !errors.Is(err, broken) || errors.Is(err, fetch.ErrCached) {
			t.Errorf("Get: %v", err)
		}
	}
	if _, err := c.Post(within(t), fetch.Delivery, s.URL, asJSON, nil, sign); !errors.Is(err, broken) {
		t.Errorf("Post: %v", err)
	}
	if hit {
		t.Error("a request went out")
	}
}

// TestConnectionsAreReused matters for the cost of a fan-out.
func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	from := map[string]bool{}
	s := start(t, "127.77.3.7", func(w http.ResponseWriter, r *http.Request) {
		from[r.RemoteAddr] = true
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "thank you")
	})
	c := newClient(t, nil)
	for range 5 {
		if _, err := c.Post(within(t), fetch.Delivery, s.URL, asJSON, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if len(from) != 1 {
		t.Errorf("%d connections for 5 deliveries", len(from))
	}
}

// TestAnswerAfterAcceptanceIsNotAwaited: the status of a delivery is enough.
func TestAnswerAfterAcceptanceIsNotAwaited(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	s := start(t, "127.77.3.8", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		w.(http.Flusher).Flush()
		<-done
	})
	t.Cleanup(func() { close(done) })
	ctx := within(t)
	if _, err := newClient(t, nil).Post(ctx, fetch.Delivery, s.URL, asJSON, nil, nil); err != nil || ctx.Err() != nil {
		t.Errorf("Post: %v, %v", err, ctx.Err())
	}
}

func TestCallerMayGiveUp(t *testing.T) {
	t.Parallel()
	arrived, done := make(chan struct{}, 1), make(chan struct{})
	s := start(t, "127.77.3.9", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("again") {
			t.Error("not this one")
		}
		select {
		case arrived <- struct{}{}:
			<-done
		default:
			serve(asJSON, `{}`)(w, r)
		}
	})
	t.Cleanup(func() { close(done) })
	c := newClient(t, nil)
	ctx, cancel := context.WithCancel(within(t))
	go func() { <-arrived; arrived <- struct{}{}; cancel() }()
	if _, err := c.Get(ctx, fetch.Actor, s.URL, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: %v, want Canceled", err)
	}
	if _, err := c.Get(within(t), fetch.Actor, s.URL, nil); err != nil {
		t.Errorf("the next Get: %v; giving up was held against the other side", err)
	}
}
