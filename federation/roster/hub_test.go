package roster_test

import (
	"context"
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
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/roster"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// rsaKey is made once for all servers of these tests.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, _ := rsa.GenerateKey(rand.Reader, 2048)
	return k
})

func rsaPEM(t testing.TB) string {
	t.Helper()
	s, err := signature.EncodePublicKeyPEM(rsaKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func edKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('a'+seed)), ed25519.SeedSize)))
}

func multikey(k ed25519.PrivateKey) string {
	public, _ := k.Public().(ed25519.PublicKey)
	return signature.EncodeMultikey(public)
}

// server is another node: what it answers at each path, and how often it was asked.
type server struct {
	t      testing.TB
	origin node.Origin

	mu   sync.Mutex
	at   map[string]http.HandlerFunc
	hits map[string]int
	seen []*http.Request
}

func newServer(t testing.TB, last int) *server {
	t.Helper()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.77.7.%d:0", last))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, origin: node.Origin("http://" + ln.Addr().String()), at: map[string]http.HandlerFunc{}, hits: map[string]int{}}
	h := &http.Server{Handler: s}
	go func() { _ = h.Serve(ln) }()
	t.Cleanup(func() { _ = h.Close() })
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.hits[r.URL.Path]++
	s.seen = append(s.seen, r)
	answer := s.at[r.URL.Path]
	s.mu.Unlock()
	if answer == nil {
		http.NotFound(w, r)
		return
	}
	answer(w, r)
}

func (s *server) handle(path string, f http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at[strings.TrimPrefix(path, string(s.origin))] = f
}

func (s *server) raw(path string, raw []byte, headers ...string) {
	s.handle(path, func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		if tag := w.Header().Get("ETag"); tag != "" && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write(raw)
	})
}

func (s *server) serve(path string, doc jsonld.Object) {
	s.t.Helper()
	raw, err := jsonld.Marshal(doc)
	if err != nil {
		s.t.Fatal(err)
	}
	s.raw(path, raw)
}

func (s *server) status(path string, code int) {
	s.handle(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

func (s *server) asked(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[strings.TrimPrefix(path, string(s.origin))]
}

// finger makes a handle lead to an actor.
func (s *server) finger(user, actor string) {
	s.t.Helper()
	raw, err := json.Marshal(vocab.WebFinger(s.origin, user, actor, actor))
	if err != nil {
		s.t.Fatal(err)
	}
	s.handle("/.well-known/webfinger", func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Query().Get("resource"), "acct:"+user+"@") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/jrd+json")
		_, _ = w.Write(raw)
	})
}

// application serves the server's node, with the key of these tests or another.
func (s *server) application(pem string) {
	doc := vocab.Application(s.origin, &node.LocalActor{URI: s.origin.Relay(), RSAPublic: pem, EdPublic: multikey(edKey(9))}, &node.Organization{Name: "X"})
	s.serve(s.origin.Relay(), doc)
}

// organization serves an organization that says it is in these networks.
func (s *server) organization(memberOf ...string) string {
	uri := string(s.origin) + "/ap/organizations/1"
	org := &node.Organization{Handle: "river", Name: "River", Place: "Leeds", Languages: []string{"en"}}
	s.serve(uri, vocab.Organization(s.origin, org, &node.LocalActor{URI: uri, RSAPublic: rsaPEM(s.t), EdPublic: multikey(edKey(8))}, memberOf...))
	s.application(rsaPEM(s.t))
	return uri
}

// fakeHub is a hub whose every word a test chooses.
type fakeHub struct {
	*server
	net     *node.Network
	key     ed25519.PrivateKey // that signs the roster
	shown   ed25519.PrivateKey // that its actor shows
	members []*node.Membership
}

func newHub(t testing.TB) *fakeHub {
	t.Helper()
	s := newServer(t, 1)
	id := uuid.MustParse("019b0000-0000-7000-8000-0000000000f1")
	h := &fakeHub{server: s, key: edKey(1), shown: edKey(1), net: &node.Network{
		ID: id, URI: s.origin.NetworkURI(id), MembersURI: s.origin.MembersURI(id), NodeURI: s.origin.Relay(), Username: "ptp", Name: "Power to the People", Host: s.origin.Host(),
		Languages: []string{"en"}, RosterVersion: 1,
	}}
	s.application(rsaPEM(t))
	s.finger("ptp", h.net.URI)
	h.list(string(nodetest.Origin)+"/ap/organizations/0", string(nodetest.Origin)+"/ap/node")
	return h
}

// list adds an active organization to the roster.
func (h *fakeHub) list(organization, nodeURI string, change ...func(*node.Membership)) *node.Membership {
	id := uuid.New()
	m := &node.Membership{
		ID: id, URI: h.net.MembersURI + "/" + id.String(), OrganizationURI: organization, NodeURI: nodeURI, Name: "River", Kind: node.OwnNode, Status: node.MemberActive, Role: node.PlainMember, Since: nodetest.Start,
	}
	for _, f := range change {
		f(m)
	}
	h.members = append(h.members, m)
	return m
}

// publish serves the network as it is now, after change of the signed roster.
func (h *fakeHub) publish(change ...func(map[string]any)) {
	t := h.t
	t.Helper()
	h.net.RosterDigest = vocab.RosterDigest(h.members)
	h.serve(h.net.URI, vocab.Group(h.origin, h.net, &node.LocalActor{URI: h.net.URI, RSAPublic: rsaPEM(t), EdPublic: multikey(h.shown)}))
	raw, err := signature.Prove(vocab.Roster(h.net, h.members), signature.Key{ID: h.net.URI + "#ed25519", Private: h.key}, nodetest.Start)
	if err != nil {
		t.Fatal(err)
	}
	if len(change) > 0 {
		var doc map[string]any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		for _, f := range change {
			f(doc)
		}
		if raw, err = json.Marshal(doc); err != nil {
			t.Fatal(err)
		}
	}
	h.raw(h.net.MembersURI, raw, "ETag", fmt.Sprintf(`"v%d"`, h.net.RosterVersion))
	h.serve(vocab.History(h.net.URI), vocab.RosterHistory(h.net.URI, []node.RosterChange{{Version: h.net.RosterVersion, OrganizationURI: h.members[0].OrganizationURI, Name: "River", Status: node.MemberActive, Role: node.PlainMember, By: "Bo", At: nodetest.Start}}))
	h.serve(vocab.NetworkSkills(h.net.URI), vocab.Vocabulary(h.net.URI, []node.NetworkTag{{Code: "rent-strike", Labels: node.Text{"en": "Rent strikes"}}}))
}

// keeper is a node of ours with its keeper.
type keeper struct {
	*nodetest.Node
	keep   *roster.Keeper
	t      testing.TB
	caught []string
}

func newKeeper(t testing.TB) *keeper {
	t.Helper()
	n := nodetest.NewNode(t)
	client := fetch.New(fetch.Options{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.77.0.0/16")}, Unlimited: true, Now: n.Clock.Now})
	t.Cleanup(client.Close)
	log := slog.New(slog.DiscardHandler)
	k := &keeper{Node: n, t: t}
	finder := &discover.Finder{Client: client, Peers: n.Peers, Origin: n.Origin, Now: n.Clock.Now, Log: log, Sign: func(r *http.Request, s signature.Scheme) error {
		return signature.Sign(r, nil, s, signature.Key{ID: n.Origin.Relay() + "#main-key", Private: rsaKey()}, n.Clock.Now())
	}}
	k.keep = &roster.Keeper{Finder: finder, Network: n.Networks, Peers: n.Peers, Origin: n.Origin, Now: n.Clock.Now, Log: log}
	k.keep.CatchUp = func(_ context.Context, doc jsonld.Object, from string) error {
		k.caught = append(k.caught, doc.ID()+" from "+from[:strings.IndexByte(from, '?')])
		return nil
	}
	n.Networks.Lookup = k.keep
	return k
}

// know makes our node a member of the network of h, as if it had joined.
func (k *keeper) know(h *fakeHub) *node.Network {
	k.t.Helper()
	found, err := k.keep.Hub(k.t.Context(), "ptp@"+h.origin.Host())
	if err != nil {
		k.t.Fatal(err)
	}
	found.ID, found.State, found.CreatedAt, found.Version = uuid.New(), node.NetworkActive, k.Clock.Now(), 1
	found.RosterVersion, found.RosterDigest = 0, ""
	own := k.Origin.OrganizationURI(k.Organization.ID)
	h.members[0].OrganizationURI = own
	h.publish()
	k.write(func(tx *store.Tx) error { return tx.PutNetwork(k.t.Context(), found) })
	k.Member(k.t, found, own, string(k.Origin))
	return found
}

func (k *keeper) write(f func(*store.Tx) error) {
	k.t.Helper()
	if err := k.DB.Write(k.t.Context(), f); err != nil {
		k.t.Fatal(err)
	}
}

// drain works until nothing is due.
func (k *keeper) drain() {
	k.t.Helper()
	for range 20 {
		n, err := k.keep.Drain(k.t.Context())
		if err != nil {
			k.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	k.t.Fatal("it is never done")
}

func (k *keeper) network(id uuid.UUID) (n *node.Network) {
	k.t.Helper()
	err := k.DB.View(k.t.Context(), func(tx *store.Tx) (err error) { n, err = tx.Network(k.t.Context(), id); return err })
	if err != nil {
		k.t.Fatal(err)
	}
	return n
}

func (k *keeper) line(network uuid.UUID, organization string) (m *node.Membership) {
	k.t.Helper()
	_ = k.DB.View(k.t.Context(), func(tx *store.Tx) (err error) {
		m, err = tx.Membership(k.t.Context(), network, organization)
		return err
	})
	return m
}

// later moves the clock past what a roster is good for, and drains.
func (k *keeper) later(d time.Duration) {
	k.t.Helper()
	k.Clock.Add(d)
	k.drain()
}
