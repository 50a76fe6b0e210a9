// Package nodetest builds nodes for tests: real SQLite in a temporary folder, a
// clock that tests move, people of the node and actors of other servers. It is
// imported by tests only, and knows no HTTP and no ActivityPub.
package nodetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/gathering"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/peers"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/schema"
)

// Origin is where every test node says it lives.
const Origin node.Origin = "https://node.example.org"

// Open returns an empty migrated database that is closed after the test.
func Open(t testing.TB) *store.DB {
	t.Helper()
	return open(t, t.TempDir(), store.Migrate)
}

func open(t testing.TB, folder string, mode store.Mode) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), folder, mode)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return db
}

// Node is one node that is set up: organization "Riverside Tenants" with the
// handle riverside and its first admin, Ada.
type Node struct {
	Folder       string
	DB           *store.DB
	Clock        *Clock
	Origin       node.Origin
	Organization *node.Organization
	People       *people.Service
	Conversation *conversation.Service
	Gathering    *gathering.Service
	Following    *following.Service
	Peers        *peers.Service
	Delivery     *delivery.Service
	Networks     *network.Service
	Mail         *Mailbox
	Lookup       *Directory
	// Admin is Ada, signed in; Operator is who runs commands on the machine.
	Admin, Operator access.Viewer
	// Link is Ada's unused sign-in link.
	Link string
}

// made is what a node's data folder holds. Each sort of node is made once for
// all tests of a package: RSA keys take a while.
type made struct {
	once sync.Once
	err  error
	link string
	key  []byte
	data []byte
}

var templates sync.Map // who is followable -> *made

func (m *made) make(ctx context.Context, followable []string) (err error) {
	folder, err := os.MkdirTemp("", "nodetest")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	keys, err := keyring.Create(folder)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, folder, store.Migrate)
	if err != nil {
		return err
	}
	if err = errors.Join(m.init(ctx, db, keys, followable), db.Close()); err != nil {
		return err
	}
	if m.data, err = os.ReadFile(filepath.Join(folder, store.FileName)); err != nil {
		return err
	}
	m.key, err = os.ReadFile(filepath.Join(folder, keyring.FileName))
	return err
}

func (m *made) init(ctx context.Context, db *store.DB, keys *keyring.Keyring, followable []string) error {
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		return err
	}
	s := &people.Service{DB: db, Now: NewClock().Now, Keys: keys, Skills: skills}
	_, m.link, err = s.Init(ctx, people.Setup{
		Origin: Origin, Organization: "Riverside Tenants", Handle: "riverside",
		AdminName: "Ada Cole", AdminEmail: "ada@example.org", AdminHandle: "ada", Lang: "en",
	})
	if err != nil {
		return err
	}
	operator, _, err := s.ViewerFor(ctx, "")
	if err != nil {
		return err
	}
	for _, handle := range followable {
		if _, _, err := s.AddPerson(ctx, operator, newPerson(handle, node.Member)); err != nil {
			return err
		}
		v, _, err := s.ViewerFor(ctx, handle)
		if err != nil {
			return err
		}
		if _, err := s.SetFollowable(ctx, v, handle, true); err != nil {
			return err
		}
	}
	return nil
}

func newPerson(handle string, role node.Role) people.NewPerson {
	return people.NewPerson{Name: "Name of " + handle, Email: handle + "@example.org", Handle: handle, Role: role}
}

// NewNode returns a node of its own for t. It has members with the given
// handles who may be followed from outside.
func NewNode(t testing.TB, followable ...string) *Node {
	t.Helper()
	found, _ := templates.LoadOrStore(strings.Join(followable, " "), &made{})
	m, _ := found.(*made)
	m.once.Do(func() { m.err = m.make(t.Context(), followable) })
	if m.err != nil {
		t.Fatalf("make node: %v", m.err)
	}
	folder := t.TempDir()
	for name, raw := range map[string][]byte{store.FileName: m.data, keyring.FileName: m.key} {
		if err := os.WriteFile(filepath.Join(folder, name), raw, 0o600); err != nil {
			t.Fatalf("make node: %v", err)
		}
	}
	return OpenNode(t, folder, m.link)
}

// OpenNode opens the node that lies in folder, as a process that starts would.
func OpenNode(t testing.TB, folder, link string) *Node {
	t.Helper()
	n := &Node{Folder: folder, Clock: NewClock(), Mail: &Mailbox{}, Lookup: &Directory{}, Link: link}
	n.DB = open(t, folder, store.Use)
	keys, err := keyring.Open(folder)
	if err != nil {
		t.Fatalf("open node: %v", err)
	}
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		t.Fatalf("open node: %v", err)
	}
	n.People = &people.Service{DB: n.DB, Now: n.Clock.Now, Keys: keys, Skills: skills, Mail: n.Mail}
	site, err := n.People.Site(t.Context())
	if err != nil {
		t.Fatalf("open node: %v", err)
	}
	n.Origin, n.Organization = site.Origin, site.Organization
	n.Conversation = &conversation.Service{DB: n.DB, Now: n.Clock.Now, Origin: n.Origin}
	n.Gathering = &gathering.Service{DB: n.DB, Now: n.Clock.Now, Origin: n.Origin}
	n.Following = &following.Service{DB: n.DB, Now: n.Clock.Now, Origin: n.Origin, Lookup: n.Lookup}
	n.Peers = &peers.Service{DB: n.DB, Now: n.Clock.Now}
	n.Delivery = &delivery.Service{DB: n.DB, Now: n.Clock.Now}
	n.Networks = &network.Service{DB: n.DB, Now: n.Clock.Now, Origin: n.Origin, Keys: keys, Skills: skills}
	n.Admin, n.Operator = n.Viewer(t, "ada"), n.Viewer(t, "")
	return n
}

// Viewer is the person with this handle as they are now; "" is the operator.
func (n *Node) Viewer(t testing.TB, handle string) access.Viewer {
	t.Helper()
	v, _, err := n.People.ViewerFor(t.Context(), handle)
	if err != nil {
		t.Fatalf("viewer %q: %v", handle, err)
	}
	return v
}

// Person adds somebody with this handle and role and returns them, signed in.
func (n *Node) Person(t testing.TB, handle string, role node.Role) access.Viewer {
	t.Helper()
	_, _, err := n.People.AddPerson(t.Context(), n.Operator, newPerson(handle, role))
	if err != nil {
		t.Fatalf("add person %s: %v", handle, err)
	}
	return n.Viewer(t, handle)
}

// Followable adds a member who may be followed from outside. NewNode has them sooner.
func (n *Node) Followable(t testing.TB, handle string) access.Viewer {
	t.Helper()
	v := n.Person(t, handle, node.Member)
	if _, err := n.People.SetFollowable(t.Context(), v, handle, true); err != nil {
		t.Fatalf("open %s: %v", handle, err)
	}
	return n.Viewer(t, handle)
}

// Remote returns a stored Person of another server, user@host, with an inbox of
// its own and a shared one.
func (n *Node) Remote(t testing.TB, user, host string) *node.RemoteActor {
	t.Helper()
	return n.RemoteOf(t, "Person", user, host)
}

// RemoteOf is Remote for an actor type.
func (n *Node) RemoteOf(t testing.TB, kind, user, host string) *node.RemoteActor {
	t.Helper()
	uri := "https://" + host + "/users/" + user
	a := &node.RemoteActor{
		URI: uri, Type: kind, Username: user, Host: host, Name: "Name of " + user, Page: "https://" + host + "/@" + user,
		Inbox: uri + "/inbox", SharedInbox: "https://" + host + "/inbox", Followers: uri + "/followers",
	}
	src := &node.Source{URI: uri, Raw: []byte(`{"id":"` + uri + `"}`), SignerKey: uri, Scheme: "fetched", ActorURI: uri}
	if err := n.Peers.PutActor(t.Context(), a, nil, src); err != nil {
		t.Fatalf("store %s@%s: %v", user, host, err)
	}
	n.Lookup.Put(a)
	return a
}

// Source stores a signed document by actor, as Take does, and returns its id.
func (n *Node) Source(t testing.TB, actor *node.RemoteActor, uri string) int64 {
	t.Helper()
	src := &node.Source{URI: uri, Raw: []byte(`{"id":"` + uri + `"}`), SignerKey: actor.URI + "#main-key", Scheme: "cavage", ActorURI: actor.URI}
	if err := n.Peers.PutSource(t.Context(), src); err != nil {
		t.Fatalf("store %s: %v", uri, err)
	}
	return src.ID
}

// Arrival returns a note by actor as it would come in now: for everyone, to
// actor's followers, naming nobody.
func (n *Node) Arrival(t testing.TB, actor *node.RemoteActor, name string) conversation.Arrival {
	t.Helper()
	uri := actor.URI + "/notes/" + name
	now := n.Clock.Now()
	return conversation.Arrival{
		Item: &node.Item{
			URI: uri, Page: "https://" + actor.Host + "/@" + actor.Username + "/" + name, Kind: node.KindPost, Lang: "en",
			Body: node.Text{"en": "<p>" + name + "</p>"}, PublishedAt: now, UpdatedAt: now,
		},
		Actor: actor, Open: true, Follower: true, SourceID: n.Source(t, actor, uri+"/create"),
	}
}

// Verify fails the test if the stored data contradicts itself anywhere.
func (n *Node) Verify(t testing.TB) {
	t.Helper()
	Verify(t, n.DB)
}

// Verify fails the test if the stored data contradicts itself anywhere, and returns the figures.
func Verify(t testing.TB, db *store.DB) (counts store.Counts) {
	t.Helper()
	var faults []string
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		counts, faults, err = tx.Verify(t.Context())
		return err
	})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, f := range faults {
		t.Errorf("fault in the data: %s", f)
	}
	return counts
}

// Outbox lists what waits to be announced, oldest first.
func (n *Node) Outbox(t testing.TB) []node.Event {
	t.Helper()
	list, err := n.Delivery.Waiting(t.Context(), 10000)
	if err != nil {
		t.Fatalf("read outbox: %v", err)
	}
	return list
}

// TakeOutbox is Outbox, and nothing of it waits any more.
func (n *Node) TakeOutbox(t testing.TB) []node.Event {
	t.Helper()
	list := n.Outbox(t)
	n.write(t, func(tx *store.Tx) error {
		for _, e := range list {
			if err := tx.DoneEvent(t.Context(), e.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return list
}

// FanOut expands all that waits to be announced, with a stand-in for each
// document, as the federation side does; it returns the events.
func (n *Node) FanOut(t testing.TB) []node.Event {
	t.Helper()
	list := n.Outbox(t)
	for _, e := range list {
		sub, err := n.Delivery.Subject(t.Context(), e)
		if err != nil {
			t.Fatalf("subject: %v", err)
		}
		raw := fmt.Appendf(nil, `{"id":%q,"type":%q}`, n.Origin.ActivityURI(e.Activity), e.Verb)
		if (e.Kind == node.KindPost || e.Kind == node.KindGathering) && e.Verb != node.Deleted && sub.Item == nil {
			raw = nil
		}
		if _, err := n.Delivery.FanOut(t.Context(), e, raw, sub.Inboxes); err != nil {
			t.Fatalf("fan out: %v", err)
		}
	}
	return list
}

// Mailbox keeps the sign-in links that were mailed.
type Mailbox struct {
	mu   sync.Mutex
	sent []Letter
	// Err is what sending answers.
	Err error
}

// Letter is one mail.
type Letter struct{ To, Name, Lang, Link string }

// SendLink implements people.Mailer.
func (m *Mailbox) SendLink(_ context.Context, to, name, lang, link string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, Letter{to, name, lang, link})
	return m.Err
}

// Sent returns all mails so far.
func (m *Mailbox) Sent() []Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Letter(nil), m.sent...)
}

// Directory finds remote actors that a test has stored; it stands for the network.
type Directory struct {
	mu    sync.Mutex
	known map[string]*node.RemoteActor
	calls int
}

// Put makes a findable by URI and handle.
func (d *Directory) Put(a *node.RemoteActor) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = map[string]*node.RemoteActor{}
	}
	d.known[a.URI], d.known[a.Handle()], d.known["@"+a.Handle()] = a, a, a
}

// Calls is how often somebody went to the network.
func (d *Directory) Calls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

// Find implements following.Lookup.
func (d *Directory) Find(_ context.Context, handleOrURL string) (*node.RemoteActor, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	a, ok := d.known[handleOrURL]
	if !ok {
		return nil, node.Invalid("who", "error.follow.unknown", "who", handleOrURL)
	}
	return a, nil
}

// Field returns the message key of a FieldError in err's chain, or "" if there is none.
func Field(err error) string {
	var f *node.FieldError
	if errors.As(err, &f) {
		return f.Key
	}
	return ""
}

// Minutes is n minutes, for readable moves of the clock.
func Minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
