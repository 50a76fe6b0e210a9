package fedtest

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/signature"
)

// Doc is a document as a peer writes it.
type Doc = map[string]any

// Peer is another server, as small or as hostile as a test wants it. It shares
// the signature code with the nodes, and nothing else; for an implementation
// that shares nothing there is the Fedify peer.
type Peer struct {
	t      testing.TB
	URL    string
	Actor  string // id of its one actor
	Key    signature.Key
	Scheme signature.Scheme
	Now    func() time.Time

	mu       sync.Mutex
	docs     map[string]Doc // path -> document; a nil one answers 410
	redirect map[string]string
	received []Doc
	arrived  func(Doc)
	hits     map[string]int
	seq      atomic.Int64
	// Answer is what its inbox answers; 0 means 202. A 401 asks to come again in a minute.
	Answer atomic.Int64
}

// NewPeer starts a peer on an address of its own. last is the end of its
// address, different for each peer of a test.
func NewPeer(t testing.TB, last int, kind string) *Peer {
	t.Helper()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.77.2.%d:0", last))
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	p := &Peer{t: t, URL: "http://" + ln.Addr().String(), Scheme: signature.Cavage, Now: time.Now, docs: map[string]Doc{}, redirect: map[string]string{}, hits: map[string]int{}}
	p.Actor = p.URL + "/users/eve"
	p.NewKey("#main-key")
	p.Serve("/users/eve", p.ActorDoc(kind))
	server := &http.Server{Handler: p, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	return p
}

// NewKey gives the peer a new private key under its actor's id and this
// fragment. The actor's document shows it after ActorDoc is served again.
func (p *Peer) NewKey(fragment string) {
	p.t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Key = signature.Key{ID: p.Actor + fragment, Private: private}
}

// PublicKey is the key as documents show it.
func (p *Peer) PublicKey() Doc {
	p.t.Helper()
	pem, err := signature.EncodePublicKeyPEM(p.Key.Private.Public())
	if err != nil {
		p.t.Fatal(err)
	}
	return Doc{"id": p.Key.ID, "owner": p.Actor, "publicKeyPem": pem}
}

// ActorDoc is the peer's actor with the current key.
func (p *Peer) ActorDoc(kind string) Doc {
	return Doc{
		"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"}, "id": p.Actor, "type": kind, "preferredUsername": "eve", "name": "Eve",
		"inbox": p.Actor + "/inbox", "outbox": p.Actor + "/outbox", "followers": p.Actor + "/followers", "publicKey": p.PublicKey(),
		"endpoints": Doc{"sharedInbox": p.URL + "/inbox"},
	}
}

// Serve shows doc at a path; nil answers 410.
func (p *Peer) Serve(path string, doc Doc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.docs[path] = doc
}

// Redirect leads a path elsewhere.
func (p *Peer) Redirect(path, to string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.redirect[path] = to
}

// Hits is how often a path was asked for.
func (p *Peer) Hits(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hits[path]
}

// Received lists what came to its inboxes, of one activity type or all ("").
func (p *Peer) Received(kind string) (list []Doc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.received {
		if kind == "" || d["type"] == kind {
			list = append(list, d)
		}
	}
	return list
}

// Arrived sets what is called with each document that comes to an inbox.
func (p *Peer) Arrived(f func(Doc)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.arrived = f
}

// ServeHTTP answers as the peer.
func (p *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.hits[r.URL.Path]++
	doc, ok := p.docs[r.URL.Path]
	to := p.redirect[r.URL.Path]
	p.mu.Unlock()
	switch {
	case to != "":
		http.Redirect(w, r, to, http.StatusFound)
	case r.Method == http.MethodPost:
		p.inbox(w, r)
	case r.URL.Path == "/.well-known/webfinger" && !ok:
		p.write(w, "application/jrd+json", Doc{"subject": r.URL.Query().Get("resource"), "links": []Doc{{"rel": "self", "type": "application/activity+json", "href": p.Actor}}})
	case !ok:
		http.NotFound(w, r)
	case doc == nil:
		w.WriteHeader(http.StatusGone)
	case strings.HasPrefix(r.URL.Path, "/.well-known/"):
		p.write(w, "application/jrd+json", doc)
	default:
		p.write(w, "application/activity+json", doc)
	}
}

func (p *Peer) write(w http.ResponseWriter, contentType string, doc Doc) {
	w.Header().Set("Content-Type", contentType)
	_ = json.NewEncoder(w).Encode(doc)
}

func (p *Peer) inbox(w http.ResponseWriter, r *http.Request) {
	if status := p.Answer.Load(); status != 0 {
		if status == http.StatusUnauthorized {
			w.Header().Set("Retry-After", "60")
		}
		w.WriteHeader(int(status))
		return
	}
	var doc Doc
	raw, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(raw, &doc) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.received = append(p.received, doc)
	told := p.arrived
	p.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
	if told != nil {
		told(doc)
	}
}

// ID makes a new id on the peer.
func (p *Peer) ID(kind string) string { return fmt.Sprintf("%s/%s/%d", p.URL, kind, p.seq.Add(1)) }

// Activity makes an activity of the peer's actor.
func (p *Peer) Activity(kind string, object any) Doc {
	return Doc{
		"@context": "https://www.w3.org/ns/activitystreams", "id": p.ID("activities"), "type": kind, "actor": p.Actor, "object": object,
		"to": []any{"https://www.w3.org/ns/activitystreams#Public"},
	}
}

// Note makes a note of the peer's actor for everyone.
func (p *Peer) Note(content string) Doc {
	return Doc{
		"id": p.ID("notes"), "type": "Note", "attributedTo": p.Actor, "content": content, "published": p.Now().UTC().Format(time.RFC3339),
		"to": []any{"https://www.w3.org/ns/activitystreams#Public"}, "cc": []any{p.Actor + "/followers"},
	}
}

// Post signs and sends a body to an address, as change leaves it, and returns
// the status.
func (p *Peer) Post(to string, doc any, change ...func(*http.Request)) int {
	p.t.Helper()
	body, ok := doc.([]byte)
	if !ok {
		var err error
		if body, err = json.Marshal(doc); err != nil {
			p.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/activity+json")
	if err := signature.Sign(r, body, p.Scheme, p.Key, p.Now()); err != nil {
		p.t.Fatal(err)
	}
	for _, f := range change {
		f(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatalf("post to %s: %v", to, err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// Send posts an activity to a node's shared inbox and fails the test unless it is taken.
func (p *Peer) Send(n *Node, doc Doc) {
	p.t.Helper()
	if status := p.Post(n.Origin.SharedInbox(), doc); status != http.StatusAccepted {
		p.t.Fatalf("%v of the peer is answered with %d", doc["type"], status)
	}
}

// Host is the peer's authority.
func (p *Peer) Host() string { return strings.TrimPrefix(p.URL, "http://") }
