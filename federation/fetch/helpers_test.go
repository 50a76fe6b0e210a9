package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/fetch"
)

const asJSON = "application/activity+json"

// envProxy counts connections to the proxy that the environment names. It is
// set before anything runs, because net/http reads the environment only once.
var envProxy atomic.Int64

func TestMain(m *testing.M) {
	l, err := net.Listen("tcp", "127.77.255.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "listen on 127.77.0.0/16:", err)
		os.Exit(1)
	}
	go count(l, &envProxy)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		os.Setenv(name, "http://"+l.Addr().String())
		os.Setenv(strings.ToLower(name), "http://"+l.Addr().String())
	}
	os.Unsetenv("NO_PROXY")
	os.Unsetenv("no_proxy")
	os.Exit(m.Run())
}

// count counts connections and closes them.
func count(l net.Listener, n *atomic.Int64) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		n.Add(1)
		conn.Close()
	}
}

// loopback is the range that tests may reach; 127.0.0.1 is not in it.
func loopback() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.77.0.0/16")} }

// names is a Resolver from a map; a name that is not in it does not exist.
type names map[string][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	list, ok := n[host]
	if !ok {
		return nil, errors.New("no such host")
	}
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out, nil
}

// clock is a hand-moved clock.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newClient returns a client for the test range, with changes.
func newClient(t testing.TB, change func(*fetch.Options)) *fetch.Client {
	t.Helper()
	o := fetch.Options{
		AllowNets: loopback(), Now: newClock().Now,
		UserAgent: fetch.UserAgent("1.2.3", "https://own.example"),
		Timeouts:  fetch.Timeouts{Overall: 10 * time.Second},
	}
	if change != nil {
		change(&o)
	}
	c := fetch.New(o)
	t.Cleanup(c.Close)
	return c
}

// start serves h on an address of the test range.
func start(t testing.TB, ip string, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := unstarted(t, ip, h)
	s.Start()
	return s
}

func unstarted(t testing.TB, ip string, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = l
	t.Cleanup(s.Close)
	return s
}

// port returns the port of a server.
func port(s *httptest.Server) string {
	_, p, _ := net.SplitHostPort(s.Listener.Addr().String())
	return p
}

// serve answers as a document of a media type.
func serve(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write([]byte(body))
	}
}

// within returns a context that ends if a limit under test does not. Tests fail
// when it was needed.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// ask makes one request for a purpose, by the method of its row.
func ask(ctx context.Context, c *fetch.Client, u fetch.User, rawURL string) error {
	var err error
	if u.Method == http.MethodPost {
		_, err = c.Post(ctx, u.Purpose, rawURL, asJSON, []byte(`{}`), nil)
	} else {
		_, err = c.Get(ctx, u.Purpose, rawURL, nil)
	}
	return err
}

// status returns the code of a *StatusError, or 0.
func status(err error) int {
	if s := (*fetch.StatusError)(nil); errors.As(err, &s) {
		return s.Code
	}
	return 0
}
