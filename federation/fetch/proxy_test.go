package fetch_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/poweron-network/poweron/federation/fetch"
)

// TestB6EnvironmentIsIgnored relies on TestMain, which names a proxy in every
// variable there is. The target is a name, as net/http never asks a proxy for
// literal loopback addresses.
func TestB6EnvironmentIsIgnored(t *testing.T) {
	t.Parallel()
	s := start(t, "127.77.6.1", serve(asJSON, `{}`))
	ss, roots := startTLS(t, "127.77.6.1", serve(asJSON, `{}`))
	c := newClient(t, func(o *fetch.Options) {
		o.RootCAs, o.Resolver = roots, names{"example.com": {"127.77.6.1"}}
	})
	for _, target := range []string{"http://example.com:" + port(s), "https://example.com:" + port(ss)} {
		if _, err := c.Get(within(t), fetch.Actor, target, nil); err != nil {
			t.Errorf("%s: %v", target, err)
		}
		if _, err := c.Post(within(t), fetch.Delivery, target, asJSON, nil, nil); err != nil && status(err) == 0 {
			t.Errorf("%s: %v", target, err)
		}
	}
	if n := envProxy.Load(); n != 0 {
		t.Errorf("the proxy of the environment was asked %d times", n)
	}
}

// TestB6ExplicitProxy: through a proxy the address that is dialled is not ours
// to check, so only what the address itself tells is let through.
func TestB6ExplicitProxy(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 20)
	proxy := start(t, "127.77.6.2", func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.RequestURI
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		serve(asJSON, `{}`)(w, r)
	})
	proxyURL, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, func(o *fetch.Options) { o.ProxyURL = proxyURL })
	for _, tc := range []struct {
		name, target, asked string
	}{
		{"https to a name", "https://peer.example/x", "CONNECT peer.example:443"},
		{"literal in the range", "http://127.77.6.9:8080/x", "GET http://127.77.6.9:8080/x"},
		{"http to a name", "http://peer.example/x", ""},
		{"https to a name on another port", "https://peer.example:8443/x", ""},
		{"private literal", "https://127.0.0.1/x", ""},
		{"metadata", "http://169.254.169.254/x", ""},
		{"public literal", "https://93.184.216.34/x", ""},
	} {
		_, err := c.Get(within(t), fetch.Actor, tc.target, nil)
		got := ""
		select {
		case got = <-asked:
		default:
		}
		if got != tc.asked || tc.asked == "" && !errors.Is(err, fetch.ErrBlockedAddress) {
			t.Errorf("%s: proxy was asked %q, %v; want %q", tc.name, got, err, tc.asked)
		}
	}
}
