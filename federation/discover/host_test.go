package discover_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node/nodetest"
)

type doc = map[string]any

// keys are made once: RSA keys take a while.
var keys struct {
	once  sync.Once
	rsa   [3]*rsa.PrivateKey
	small *rsa.PrivateKey
	pem   [3]string
	ed    ed25519.PrivateKey
}

func makeKeys(t testing.TB) {
	t.Helper()
	keys.once.Do(func() {
		for i := range keys.rsa {
			keys.rsa[i], _ = rsa.GenerateKey(rand.Reader, 2048)
			keys.pem[i], _ = signature.EncodePublicKeyPEM(keys.rsa[i].Public())
		}
		keys.small, _ = rsa.GenerateKey(rand.Reader, 1024)
		_, keys.ed, _ = ed25519.GenerateKey(rand.Reader)
	})
}

// host is another server: what it answers at each path.
type host struct {
	t    testing.TB
	URL  string
	Host string

	mu   sync.Mutex
	at   map[string]http.HandlerFunc
	seen map[string][]*http.Request
}

// newHost starts a server on 127.77.3.last.
func newHost(t testing.TB, last int) *host {
	t.Helper()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.77.3.%d:0", last))
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, URL: "http://" + ln.Addr().String(), Host: ln.Addr().String(), at: map[string]http.HandlerFunc{}, seen: map[string][]*http.Request{}}
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	return h
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.seen[r.URL.Path] = append(h.seen[r.URL.Path], r)
	answer := h.at[r.URL.Path]
	h.mu.Unlock()
	if answer == nil {
		http.NotFound(w, r)
		return
	}
	answer(w, r)
}

func (h *host) handle(path string, f http.HandlerFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at[path] = f
}

func (h *host) hits(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.seen[path])
}

// first is the first request to a path.
func (h *host) first(path string) *http.Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.seen[path]) == 0 {
		return nil
	}
	return h.seen[path][0]
}

func (h *host) serve(path string, d doc) { h.handle(path, as("application/activity+json", d)) }

func (h *host) status(path string, code int) {
	h.handle(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

func as(contentType string, v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_ = json.NewEncoder(w).Encode(v)
	}
}

// finger makes every handle of the host lead to an actor.
func (h *host) finger(actor string) {
	h.handle("/.well-known/webfinger", as("application/jrd+json", doc{"links": []any{doc{"rel": "self", "type": "application/activity+json", "href": actor}}}))
}

// actor is a document of an actor of the host; with changes.
func (h *host) actor(name string, change ...func(doc)) doc {
	id := h.URL + "/users/" + name
	d := doc{"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Person", "preferredUsername": name, "inbox": id + "/inbox", "publicKey": h.key(id, "#main-key", 0)}
	for _, f := range change {
		f(d)
	}
	return d
}

// key is a key of an actor as documents show it.
func (h *host) key(actor, tail string, n int) doc {
	makeKeys(h.t)
	return doc{"id": actor + tail, "owner": actor, "publicKeyPem": keys.pem[n]}
}

func put(key string, value any) func(doc) { return func(d doc) { d[key] = value } }

// finder is a Finder on a node of its own, with a client that may reach the test range.
func finder(t testing.TB, n *nodetest.Node) *discover.Finder {
	t.Helper()
	makeKeys(t)
	client := fetch.New(fetch.Options{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.77.0.0/16")}, Now: n.Clock.Now})
	t.Cleanup(client.Close)
	return &discover.Finder{
		Client: client, Peers: n.Peers, Origin: n.Origin, Now: n.Clock.Now, Log: slog.New(slog.DiscardHandler),
		Sign: func(r *http.Request, s signature.Scheme) error {
			return signature.Sign(r, nil, s, signature.Key{ID: n.Origin.Relay() + "#main-key", Private: keys.rsa[2]}, n.Clock.Now())
		},
	}
}

// upper writes an address as another reader may not see that it is the same.
func upper(uri string) string {
	scheme, rest, _ := strings.Cut(uri, "://")
	name, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + strings.ToUpper(name) + "/" + path
}
