package fetch_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/poweron-network/poweron/federation/fetch"
)

// diary notes what arrives at a server.
type diary struct {
	mu   sync.Mutex
	seen []string // path and signature
}

func (d *diary) note(r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, r.URL.RequestURI()+" "+r.Header.Get("Signature"))
}

func (d *diary) list() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.seen)
}

// redirector answers /to/URL with a redirect to URL, and all else as an actor.
func redirector(t *testing.T, ip string, d *diary) *httptest.Server {
	return start(t, ip, redirecting(d))
}

func redirecting(d *diary) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d.note(r)
		if to, ok := strings.CutPrefix(r.URL.RequestURI(), "/to?"); ok {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
			return
		}
		serve(asJSON, `{}`)(w, r)
	}
}

// signer signs by naming the address, and counts.
func signer(n *int) func(*http.Request) error {
	return func(r *http.Request) error {
		*n++
		r.Header.Set("Signature", "for "+r.URL.Host+r.URL.RequestURI())
		return nil
	}
}

func TestB3SignatureStaysWithTheHost(t *testing.T) {
	t.Parallel()
	var a, b diary
	sa, sb := redirector(t, "127.77.4.1", &a), redirector(t, "127.77.4.2", &b)
	hostA := strings.TrimPrefix(sa.URL, "http://")
	var n int
	// a -> a -> b -> a
	target := sa.URL + "/to?" + sa.URL + "/to?" + sb.URL + "/to?" + sa.URL + "/end"
	resp, err := newClient(t, nil).Get(within(t), fetch.Actor, target, signer(&n))
	if err != nil {
		t.Fatal(err)
	}
	if resp.URL != sa.URL+"/end" {
		t.Errorf("ended at %s", resp.URL)
	}
	first := "/to?" + sa.URL + "/to?" + sb.URL + "/to?" + sa.URL + "/end"
	second := "/to?" + sb.URL + "/to?" + sa.URL + "/end"
	want := []string{first + " for " + hostA + first, second + " for " + hostA + second, "/end "}
	if got := a.list(); !slices.Equal(got, want) {
		t.Errorf("first host saw\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := b.list(); len(got) != 1 || strings.Contains(got[0], "for ") {
		t.Errorf("other host saw %q", got)
	}
	if n != 2 {
		t.Errorf("signed %d times, want 2", n)
	}
}

func TestB3OtherPortIsOtherHost(t *testing.T) {
	t.Parallel()
	var a, b diary
	sa, sb := redirector(t, "127.77.4.3", &a), redirector(t, "127.77.4.3", &b)
	var n int
	if _, err := newClient(t, nil).Get(within(t), fetch.Actor, sa.URL+"/to?"+sb.URL+"/end", signer(&n)); err != nil {
		t.Fatal(err)
	}
	if got := b.list(); len(got) != 1 || got[0] != "/end " {
		t.Errorf("other port saw %q", got)
	}
}

func TestB3AtMostThreeRedirects(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, tc := range []struct {
			name  string
			hops  int
			hits  int
			Error error
		}{
			{"none", 0, 1, nil},
			{"three", 3, 4, nil},
			{"four", 4, 4, fetch.ErrRedirect},
			{"for ever", 1000, 4, fetch.ErrRedirect},
		} {
			t.Run(strconv.Itoa(code)+" "+tc.name, func(t *testing.T) {
				t.Parallel()
				hits := 0
				s := start(t, "127.77.4.4", func(w http.ResponseWriter, r *http.Request) {
					hits++
					left, _ := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
					if left == 0 {
						serve(asJSON, `{}`)(w, r)
						return
					}
					w.Header().Set("Location", "/"+strconv.Itoa(left-1))
					w.WriteHeader(code)
				})
				_, err := newClient(t, nil).Get(within(t), fetch.Actor, s.URL+"/"+strconv.Itoa(tc.hops), nil)
				if !errors.Is(err, tc.Error) || hits != tc.hits {
					t.Errorf("%v after %d requests; want %v after %d", err, hits, tc.Error, tc.hits)
				}
			})
		}
	}
}

func TestB3DeliveryIsNotRedirected(t *testing.T) {
	t.Parallel()
	var a, b diary
	sa, sb := redirector(t, "127.77.4.5", &a), redirector(t, "127.77.4.6", &b)
	_, err := newClient(t, nil).Post(within(t), fetch.Delivery, sa.URL+"/to?"+sb.URL+"/inbox", asJSON, []byte(`{}`), nil)
	if status(err) != http.StatusFound || len(a.list()) != 1 || len(b.list()) != 0 {
		t.Errorf("%v, first saw %q, other %q", err, a.list(), b.list())
	}
}

func TestB3NoChangeOfScheme(t *testing.T) {
	t.Parallel()
	var plain, secure diary
	sp := redirector(t, "127.77.4.7", &plain)
	ss, roots := startTLS(t, "127.77.4.8", redirecting(&secure))
	c := newClient(t, func(o *fetch.Options) {
		o.RootCAs, o.Resolver = roots, names{"example.com": {"127.77.4.8"}}
	})
	tlsURL := "https://example.com:" + port(ss)
	if _, err := c.Get(within(t), fetch.Actor, tlsURL+"/to?"+tlsURL+"/end", nil); err != nil {
		t.Errorf("https to https: %v", err)
	}
	before := len(secure.list())
	if _, err := c.Get(within(t), fetch.Actor, tlsURL+"/to?"+sp.URL+"/end", nil); !errors.Is(err, fetch.ErrRedirect) {
		t.Errorf("https to http: %v, want ErrRedirect", err)
	}
	if _, err := c.Get(within(t), fetch.Actor, sp.URL+"/to?"+tlsURL+"/end", nil); !errors.Is(err, fetch.ErrRedirect) {
		t.Errorf("http to https: %v, want ErrRedirect", err)
	}
	if len(plain.list()) != 1 || len(secure.list()) != before+1 {
		t.Errorf("plain saw %q, secure saw %q", plain.list(), secure.list())
	}
}

func TestB3LocationIsReadStrictly(t *testing.T) {
	t.Parallel()
	var a diary
	s := redirector(t, "127.77.4.9", &a)
	c := newClient(t, nil)
	for name, location := range map[string]string{
		"userinfo":        "http://user@127.77.4.9/",
		"userinfo trick":  "http://127.77.4.9:80@127.0.0.1/",
		"number":          "http://2130706433/",
		"other scheme":    "ftp://127.77.4.9/",
		"file":            "file:///etc/passwd",
		"javascript":      "javascript:alert(1)",
		"broken":          "http://[::1",
		"scheme-relative": "//127.0.0.1/",
	} {
		if _, err := c.Get(within(t), fetch.Actor, s.URL+"/to?"+location, nil); !errors.Is(err, fetch.ErrBlockedAddress) {
			t.Errorf("%s: %v, want ErrBlockedAddress", name, err)
		}
	}
	resp, err := c.Get(within(t), fetch.Actor, s.URL+"/to?/end#fragment", nil)
	if err != nil || resp.URL != s.URL+"/end" {
		t.Errorf("relative location: %+v, %v", resp, err)
	}
}

// TestCertificatesAreChecked: reaching the right address is not enough.
func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	var d diary
	s, roots := startTLS(t, "127.77.4.10", redirecting(&d))
	for _, tc := range []struct {
		name, host string
		roots      *x509.CertPool
		ok         bool
	}{
		{"good", "example.com", roots, true},
		{"unknown authority", "example.com", nil, false},
		{"name of another", "other.example", roots, false},
	} {
		c := newClient(t, func(o *fetch.Options) {
			o.RootCAs, o.Resolver = tc.roots, names{tc.host: {"127.77.4.10"}}
		})
		_, err := c.Get(within(t), fetch.Actor, "https://"+tc.host+":"+port(s)+"/", nil)
		var bad *tls.CertificateVerificationError
		if tc.ok != (err == nil) || !tc.ok && !errors.As(err, &bad) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if len(d.list()) != 1 {
		t.Errorf("server saw %q", d.list())
	}
}

// startTLS serves h by https as example.com.
func startTLS(t *testing.T, ip string, h http.HandlerFunc) (*httptest.Server, *x509.CertPool) {
	s := unstarted(t, ip, h)
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, roots
}
