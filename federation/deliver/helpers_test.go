package deliver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/deliver"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/schema"
)

// sender is a node with its way out.
type sender struct {
	*nodetest.Node
	t      testing.TB
	worker *deliver.Worker
}

func newSender(t testing.TB) *sender {
	t.Helper()
	return asSender(t, nodetest.NewNode(t), fetch.Timeouts{})
}

func asSender(t testing.TB, n *nodetest.Node, limits fetch.Timeouts) *sender {
	t.Helper()
	client := fetch.New(fetch.Options{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.77.0.0/16")}, Now: n.Clock.Now, Timeouts: limits})
	t.Cleanup(client.Close)
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		t.Fatal(err)
	}
	return &sender{n, t, &deliver.Worker{
		Delivery: n.Delivery, People: n.People, Peers: n.Peers, Client: client, Skills: skills, Origin: n.Origin,
		Now: n.Clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}}
}

// drain tries all that is due and returns the number of attempts.
func (s *sender) drain() int {
	s.t.Helper()
	n, err := s.worker.Drain(s.t.Context())
	if err != nil {
		s.t.Fatalf("drain: %v", err)
	}
	return n
}

// post publishes for everyone as the organization.
func (s *sender) post(text string) *node.Item {
	s.t.Helper()
	i, err := s.Conversation.Post(s.t.Context(), s.Operator, node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "en", Text: text})
	if err != nil {
		s.t.Fatalf("post: %v", err)
	}
	return i
}

func (s *sender) edit(i *node.Item, text string) {
	s.t.Helper()
	if _, err := s.Conversation.EditPost(s.t.Context(), s.Operator, i.ID, node.PostInput{Text: text}); err != nil {
		s.t.Fatalf("edit: %v", err)
	}
}

func (s *sender) remove(i *node.Item) {
	s.t.Helper()
	if err := s.Conversation.Delete(s.t.Context(), s.Operator, i.ID); err != nil {
		s.t.Fatalf("delete: %v", err)
	}
}

// orgURI is the organization's actor.
func (s *sender) orgURI() string { return s.Origin.OrganizationURI(s.Organization.ID) }

// follower makes somebody at p follow one of our actors, and forgets the answer.
func (s *sender) follower(p *peer, user, target string) *node.RemoteActor {
	s.t.Helper()
	a := s.actor(p, "Person", user)
	if err := s.Following.ReceiveFollow(s.t.Context(), a, target, a.URI+"/follows/1"); err != nil {
		s.t.Fatalf("follow: %v", err)
	}
	for _, e := range s.Outbox(s.t) {
		if e.Kind == node.KindFollow {
			if _, err := s.Delivery.FanOut(s.t.Context(), e, nil, nil); err != nil {
				s.t.Fatalf("forget answer: %v", err)
			}
		}
	}
	return a
}

// actor stores an actor at p, with a shared inbox.
func (s *sender) actor(p *peer, kind, user string) *node.RemoteActor {
	s.t.Helper()
	uri := p.url + "/users/" + user
	a := &node.RemoteActor{URI: uri, Type: kind, Username: user, Host: p.host, Name: user, Inbox: uri + "/inbox", SharedInbox: p.url + "/inbox"}
	src := &node.Source{URI: uri, Raw: []byte(`{"id":"` + uri + `"}`), SignerKey: uri, Scheme: "fetched", ActorURI: uri}
	if err := s.Peers.PutActor(s.t.Context(), a, nil, src); err != nil {
		s.t.Fatalf("store actor: %v", err)
	}
	s.Lookup.Put(a)
	return a
}

// host is what is noted of p.
func (s *sender) host(p *peer) *node.HostState {
	s.t.Helper()
	h, err := s.Peers.Host(s.t.Context(), p.host)
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

// change changes what is noted of p.
func (s *sender) change(p *peer, f func(*node.HostState)) {
	s.t.Helper()
	if err := s.Peers.ChangeHost(s.t.Context(), p.host, f); err != nil {
		s.t.Fatal(err)
	}
}

// receipts counts how far the newest announcement of an item has come.
func (s *sender) receipts(i *node.Item) (r node.Receipts) {
	s.t.Helper()
	err := s.DB.View(s.t.Context(), func(tx *store.Tx) (err error) {
		r, err = tx.Receipts(s.t.Context(), i.ID)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// waiting is how much waits, announcements too.
func (s *sender) waiting() int {
	s.t.Helper()
	q, err := s.Delivery.Queue(s.t.Context(), s.Operator)
	if err != nil {
		s.t.Fatal(err)
	}
	return q.Waiting
}

// queue puts a delivery into the table that no service would make.
func (s *sender) queue(p *peer, raw string, actor uuid.UUID) uuid.UUID {
	s.t.Helper()
	id := uuid.Must(uuid.NewV7())
	e := node.Event{Activity: id, Verb: node.Updated, Kind: node.KindOrganization, Object: uuid.Must(uuid.NewV7()), Actor: actor, Audience: node.Public, At: s.Clock.Now()}
	hosts, err := s.Delivery.FanOut(s.t.Context(), e, []byte(raw), []delivery.Inbox{{Inbox: p.url + "/inbox", Host: p.host}})
	if err != nil || len(hosts) != 1 {
		s.t.Fatalf("queued to %v: %v", hosts, err)
	}
	return id
}

// arrival is one request that a peer got.
type arrival struct {
	path   string
	scheme signature.Scheme
	keyID  string
	raw    []byte
	doc    map[string]any
}

// kind is the activity's type; object is the id of what it is about.
func (a arrival) kind() string { s, _ := a.doc["type"].(string); return s }

func (a arrival) object() string {
	switch o := a.doc["object"].(type) {
	case string:
		return o
	case map[string]any:
		s, _ := o["id"].(string)
		return s
	}
	return ""
}

// peer is a server that takes deliveries.
type peer struct {
	url, host string
	server    *httptest.Server

	mu     sync.Mutex
	got    []arrival
	answer func(a arrival, r *http.Request) int // nil: 202
	header http.Header                          // of all answers
}

var lastPeer atomic.Int64

// newPeer starts a server on an address of its own.
func newPeer(t testing.TB, answer func(arrival, *http.Request) int) *peer {
	t.Helper()
	n := lastPeer.Add(1)
	ln, err := net.Listen("tcp", fmt.Sprintf("127.77.%d.%d:0", 100+n/250, n%250+1))
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{answer: answer, host: ln.Addr().String(), url: "http://" + ln.Addr().String(), header: http.Header{}}
	p.listen(t, ln)
	return p
}

func (p *peer) listen(t testing.TB, ln net.Listener) {
	p.server = &httptest.Server{Listener: ln, Config: &http.Server{Handler: p, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}}
	p.server.Start()
	t.Cleanup(p.server.Close)
}

// stop closes the server.
func (p *peer) stop() { p.server.Close() }

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	a := arrival{path: r.URL.RequestURI(), raw: raw}
	a.scheme, a.keyID = schemeOf(r)
	_ = json.Unmarshal(raw, &a.doc)
	p.mu.Lock()
	p.got = append(p.got, a)
	answer := p.answer
	for k, v := range p.header {
		w.Header()[k] = v
	}
	p.mu.Unlock()
	code := http.StatusAccepted
	if answer != nil {
		code = answer(a, r)
	}
	w.WriteHeader(code)
}

// say changes what the peer answers from now on.
func (p *peer) say(answer func(arrival, *http.Request) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

// arrivals returns what came since it was called last.
func (p *peer) arrivals() []arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := p.got
	p.got = nil
	return got
}

// always answers with one status.
func always(code int) func(arrival, *http.Request) int {
	return func(arrival, *http.Request) int { return code }
}

// schemeOf tells how a request is signed, and with which key.
func schemeOf(r *http.Request) (signature.Scheme, string) {
	if in := r.Header.Get("Signature-Input"); in != "" {
		_, id, _ := strings.Cut(in, `keyid="`)
		id, _, _ = strings.Cut(id, `"`)
		if strings.Contains(in, `alg="ed25519"`) {
			return signature.RFC9421Ed25519, id
		}
		return signature.RFC9421, id
	}
	_, id, _ := strings.Cut(r.Header.Get("Signature"), `keyId="`)
	id, _, _ = strings.Cut(id, `"`)
	return signature.Cavage, id
}

// kinds are the types of what arrived, in order.
func kinds(list []arrival) string {
	var b []string
	for _, a := range list {
		b = append(b, a.kind())
	}
	return strings.Join(b, " ")
}

// quick limits for clients whose peers hang.
func quick() fetch.Timeouts {
	return fetch.Timeouts{Overall: 300 * time.Millisecond, Header: 200 * time.Millisecond}
}

// learner notes, as the finder does, that a host takes Ed25519.
func learner(s *sender, asked chan<- string) func(context.Context, string) {
	return func(ctx context.Context, host string) {
		asked <- host
		err := s.Peers.ChangeHost(ctx, host, func(h *node.HostState) { h.Ed25519, h.CheckedAt = true, s.Clock.Now() })
		if err != nil {
			s.t.Error(err)
		}
	}
}

// announce puts an event into the outbox.
func (s *sender) announce(e node.Event) {
	s.t.Helper()
	if err := s.DB.Write(s.t.Context(), func(tx *store.Tx) error { return tx.Announce(s.t.Context(), e) }); err != nil {
		s.t.Fatal(err)
	}
}

// makeKeyring makes a node.key that opens no key of any node.
func makeKeyring(t testing.TB) (*keyring.Keyring, error) { return keyring.Create(t.TempDir()) }
