package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/fetch"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestB4Size(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	zip := func(n int) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(make([]byte, n))
		_ = w.Close()
		return b.Bytes()
	}
	for _, tc := range []struct {
		name string
		size int
		how  string
		want error
	}{
		{"at the limit", limit, "length", nil},
		{"one more", limit + 1, "length", fetch.ErrTooLarge},
		{"at the limit, in chunks", limit, "chunks", nil},
		{"one more, in chunks", limit + 1, "chunks", fetch.ErrTooLarge},
		{"for ever", -1, "chunks", fetch.ErrTooLarge},
		{"at the limit, zipped", limit, "gzip", nil},
		{"one more, zipped", limit + 1, "gzip", fetch.ErrTooLarge},
		{"bomb", 16 * limit, "gzip", fetch.ErrTooLarge},
		{"claims too much, sends little", limit + 1, "claim", fetch.ErrTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var zipped []byte
			if tc.how == "gzip" {
				zipped = zip(tc.size)
			}
			s := start(t, "127.77.5.1", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", asJSON)
				switch tc.how {
				case "gzip":
					w.Header().Set("Content-Encoding", "gzip")
					_, _ = w.Write(zipped)
				case "claim":
					w.Header().Set("Content-Length", "1048577")
					_, _ = w.Write([]byte("{}"))
				case "chunks":
					w.(http.Flusher).Flush()
					block := make([]byte, 1<<16)
					for left := tc.size; left != 0; left -= min(len(block), max(left, 1)) {
						if left > 0 && left < len(block) {
							block = block[:left]
						}
						if _, err := w.Write(block); err != nil {
							return
						}
					}
				default:
					_, _ = w.Write(make([]byte, tc.size))
				}
			})
			resp, err := newClient(t, nil).Get(within(t), fetch.Object, s.URL, nil)
			if !errors.Is(err, tc.want) || tc.want == nil && (err != nil || len(resp.Body) != tc.size) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
}

func TestB4SizeOfADelivery(t *testing.T) {
	t.Parallel()
	hits := 0
	s := start(t, "127.77.5.2", func(http.ResponseWriter, *http.Request) { hits++ })
	c := newClient(t, nil)
	if _, err := c.Post(within(t), fetch.Delivery, s.URL, asJSON, make([]byte, 1<<20), nil); err != nil {
		t.Error(err)
	}
	if _, err := c.Post(within(t), fetch.Delivery, s.URL, asJSON, make([]byte, 1<<20+1), nil); !errors.Is(err, fetch.ErrTooLarge) {
		t.Errorf("%v, want ErrTooLarge", err)
	}
	if hits != 1 {
		t.Errorf("%d deliveries arrived, want 1", hits)
	}
}

func TestB4Header(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		size int
		ok   bool
	}{"60 KiB": {60 << 10, true}, "64 KiB and more": {64 << 10, false}} {
		s := start(t, "127.77.5.3", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Pad", strings.Repeat("a", tc.size))
			serve(asJSON, `{}`)(w, r)
		})
		for _, u := range fetch.Users[:4] { // a key to a delivery
			if err := ask(within(t), newClient(t, nil), u, s.URL); (err == nil) != tc.ok {
				t.Errorf("%s, %s: %v", name, u.Purpose, err)
			}
		}
	}
}

// stuck is a Resolver that never answers.
type stuck struct{}

func (stuck) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestB4Time gives one limit at a time a short value; the others and the test
// would wait for seconds.
func TestB4Time(t *testing.T) {
	t.Parallel()
	const short = 50 * time.Millisecond
	done := make(chan struct{})
	silent := start(t, "127.77.5.4", func(http.ResponseWriter, *http.Request) { <-done })
	slow := start(t, "127.77.5.5", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", asJSON)
		for range 1000 { // a byte now, and the rest when the test is over
			_, _ = w.Write([]byte("{"))
			w.(http.Flusher).Flush()
			<-done
		}
	})
	mute, err := net.Listen("tcp", "127.77.5.6:0") // connects, says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mute.Close() })
	t.Cleanup(func() { close(done) }) // before the servers close
	for _, tc := range []struct {
		name, url string
		timeouts  fetch.Timeouts
		resolver  fetch.Resolver
		post      bool
	}{
		{"overall, header", silent.URL, fetch.Timeouts{Overall: short}, nil, true},
		{"overall, body", slow.URL, fetch.Timeouts{Overall: short}, nil, false},
		{"header", silent.URL, fetch.Timeouts{Header: short}, nil, true},
		{"TLS", "https://" + mute.Addr().String(), fetch.Timeouts{TLS: short}, nil, true},
		{"look-up", "https://peer.example", fetch.Timeouts{Dial: short}, stuck{}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, func(o *fetch.Options) { o.Timeouts, o.Resolver = tc.timeouts, tc.resolver })
			for _, u := range fetch.Users {
				if u.Purpose == fetch.Delivery && !tc.post || u.Method == http.MethodGet && u.Accept[0] != asJSON {
					continue
				}
				c.Forget(tc.url)
				ctx := within(t)
				err := ask(ctx, c, u, tc.url)
				var late net.Error
				if !errors.As(err, &late) || !late.Timeout() || ctx.Err() != nil {
					t.Errorf("%s: %v (%v), want a timeout", u.Purpose, err, ctx.Err())
				}
			}
		})
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	const profile = `"https://www.w3.org/ns/activitystreams"`
	as := []fetch.Purpose{fetch.Key, fetch.Actor, fetch.Object}
	jrd := []fetch.Purpose{fetch.WebFinger, fetch.NodeInfo}
	xrd := []fetch.Purpose{fetch.HostMeta}
	for _, tc := range []struct {
		name, contentType string
		accepted          []fetch.Purpose
	}{
		{"activity+json", "application/activity+json", as},
		{"activity+json with charset", "application/activity+json; charset=utf-8", as},
		{"activity+json with a profile", "application/activity+json; profile=" + profile, as},
		{"activity+json in capitals", "Application/Activity+JSON", as},
		{"activity+json with a broken parameter", "application/activity+json; profile=https://x", as},
		{"ld+json with the profile", "application/ld+json; profile=" + profile, as},
		{"ld+json, charset before", "application/ld+json; charset=utf-8; profile=" + profile, as},
		{"ld+json, charset after", "application/ld+json; profile=" + profile + "; charset=utf-8", as},
		{"ld+json, no space", "application/ld+json;profile=" + profile, as},
		{"ld+json with two profiles", `application/ld+json; profile="https://w3id.org/security/v1 https://www.w3.org/ns/activitystreams"`, as},
		{"ld+json alone", "application/ld+json", nil},
		{"ld+json with another profile", `application/ld+json; profile="https://w3id.org/security/v1"`, nil},
		{"ld+json with a longer profile", `application/ld+json; profile="https://www.w3.org/ns/activitystreams-x"`, nil},
		{"ld+json with a bare profile", "application/ld+json; profile=https://www.w3.org/ns/activitystreams", nil},
		{"json", "application/json", jrd},
		{"json with charset", "application/json; charset=utf-8", jrd},
		{"nodeinfo", `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"`, jrd},
		{"jrd+json", "application/jrd+json; charset=utf-8", jrd},
		{"xrd+xml", "application/xrd+xml; charset=utf-8", xrd},
		{"html", "text/html; charset=utf-8", nil},
		{"plain text", "text/plain", nil},
		{"xml", "text/xml", nil},
		{"upload", "application/octet-stream", nil},
		{"type in a parameter", "text/html; x=application/activity+json", nil},
		{"two types in one", "text/html, application/activity+json", nil},
		{"longer type", "application/activity+json-x", nil},
		{"parameter twice", "application/activity+json; charset=a; charset=b", nil},
		{"nothing", "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, "127.77.5.7", func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{tc.contentType}
				_, _ = w.Write([]byte("{}"))
			})
			for _, u := range fetch.Users {
				if u.Method != http.MethodGet {
					continue
				}
				var want error = fetch.ErrMediaType
				for _, p := range tc.accepted {
					if p == u.Purpose {
						want = nil
					}
				}
				if err := ask(within(t), newClient(t, nil), u, s.URL); !errors.Is(err, want) {
					t.Errorf("%s of %q: %v, want %v", u.Purpose, tc.contentType, err, want)
				}
			}
		})
	}
}

func TestMediaTypeMustBeOne(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]http.Header{
		"two":              {"Content-Type": {asJSON, "text/html"}},
		"none":             {"Content-Type": nil},
		"unknown encoding": {"Content-Type": {asJSON}, "Content-Encoding": {"br"}},
	} {
		s := start(t, "127.77.5.8", func(w http.ResponseWriter, _ *http.Request) {
			for k, v := range header {
				w.Header()[k] = v
			}
			_, _ = w.Write([]byte("{}"))
		})
		if _, err := newClient(t, nil).Get(within(t), fetch.Actor, s.URL, nil); !errors.Is(err, fetch.ErrMediaType) {
			t.Errorf("%s: %v, want ErrMediaType", name, err)
		}
	}
}
