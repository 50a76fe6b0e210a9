// Package fedtest runs several whole nodes in one test process. They listen on
// addresses of 127.77.0.0/16 and talk to each other over HTTP, signed, through
// the real guarded client. A cluster settles when every outbox, queue and inbox
// job of every node is empty twice in a row; nothing sleeps.
package fedtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/people"
)

// Range is where test nodes and test peers listen.
var Range = netip.MustParsePrefix("127.77.0.0/16")

// Clock is the time of a whole cluster. It starts at the real time and moves
// only when a test moves it.
type Clock struct {
	mu  sync.Mutex
	add time.Duration
}

// Now is the cluster's time: real time, shifted.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.add)
}

// Add moves the cluster's time.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add += d
}

// Node is one running node.
type Node struct {
	*app.App
	Handle string // of its organization
	URL    string
	Admin  access.Viewer // the operator
	server *http.Server
	data   string
	addr   string
	c      *Cluster
}

// Cluster is a set of nodes.
type Cluster struct {
	t     testing.TB
	Clock *Clock
	Nodes []*Node

	settings Settings
}

// Settings are what a test may want different from the usual.
type Settings struct {
	InboxRate int           // activities per 5 minutes and signing server; 0 means no limit
	Log       *Log          // collects what the nodes log
	Mail      people.Mailer // sends sign-in links; nil for none
}

// Log collects log lines; it is safe for concurrent use.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write adds to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String is what was logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// New starts one node for each organization handle.
func New(t testing.TB, handles ...string) *Cluster {
	t.Helper()
	return NewWith(t, Settings{}, handles...)
}

// NewWith is New with settings.
func NewWith(t testing.TB, s Settings, handles ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t, Clock: &Clock{}, settings: s}
	for i, h := range handles {
		c.Nodes = append(c.Nodes, c.start(h, fmt.Sprintf("127.77.1.%d", i+1)))
	}
	return c
}

func (c *Cluster) start(handle, ip string) *Node {
	c.t.Helper()
	ln, err := net.Listen("tcp", ip+":0")
	if err != nil {
		c.t.Fatalf("listen: %v", err)
	}
	n := &Node{Handle: handle, URL: "http://" + ln.Addr().String(), data: c.t.TempDir(), addr: ln.Addr().String(), c: c}
	_, _, err = app.Create(c.t.Context(), n.options(), people.Setup{
		Origin: node.Origin(n.URL), Organization: "The " + handle, Handle: handle, AdminName: "Admin " + handle, AdminEmail: "admin@" + handle + ".example", Lang: "en",
	})
	if err != nil {
		c.t.Fatalf("create node %s: %v", handle, err)
	}
	n.open(ln)
	c.t.Cleanup(n.Stop)
	return n
}

func (n *Node) options() app.Options {
	var log io.Writer = io.Discard
	if n.c.settings.Log != nil {
		log = n.c.settings.Log
	}
	return app.Options{
		Data: n.data, AllowNets: []netip.Prefix{Range}, Unlimited: true, InboxRate: n.c.settings.InboxRate, Mail: n.c.settings.Mail, Version: "test",
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: n.c.Clock.Now,
	}
}

func (n *Node) open(ln net.Listener) {
	t := n.c.t
	t.Helper()
	a, err := app.Open(t.Context(), n.options())
	if err != nil {
		t.Fatalf("open node %s: %v", n.Handle, err)
	}
	n.App = a
	h, err := a.Handler(t.Context())
	if err != nil {
		t.Fatalf("handler of %s: %v", n.Handle, err)
	}
	site, err := a.People.Site(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n.Admin = access.Operator(site.Organization.ID)
	n.server = app.NewServer(context.WithoutCancel(t.Context()), h)
	go func() { _ = n.server.Serve(ln) }()
}

// Stop takes the node off the network and closes its data.
func (n *Node) Stop() {
	if n.server == nil {
		return
	}
	_ = n.server.Close()
	if err := n.Close(); err != nil {
		n.c.t.Errorf("close node %s: %v", n.Handle, err)
	}
	n.server = nil
}

// Start brings a stopped node back with its data, under its old address.
func (n *Node) Start() {
	n.c.t.Helper()
	ln, err := net.Listen("tcp", n.addr)
	if err != nil {
		n.c.t.Fatalf("listen again: %v", err)
	}
	n.open(ln)
}

// At is "@handle@host" of a handle on this node.
func (n *Node) At(handle string) string { return "@" + handle + "@" + n.Origin.Host() }

// maxRounds bounds Settle: a cluster that is never done has a loop.
const maxRounds = 200

// Settle works until no running node finds anything to do, twice in a row.
func (c *Cluster) Settle() {
	c.t.Helper()
	quiet := 0
	for range maxRounds {
		found := 0
		for _, n := range c.Nodes {
			if n.server == nil {
				continue
			}
			done, err := n.App.Settle(c.t.Context())
			if err != nil {
				c.t.Fatalf("settle %s: %v", n.Handle, err)
			}
			found += done
		}
		if found > 0 {
			quiet = 0
			continue
		}
		if quiet++; quiet == 2 {
			return
		}
	}
	c.t.Fatal("the cluster does not settle")
}

// Follow makes the organization of n follow somebody, and settles.
func (n *Node) Follow(who string) {
	n.c.t.Helper()
	if _, err := n.Following.Follow(n.c.t.Context(), n.Admin, who, following.Organization); err != nil {
		n.c.t.Fatalf("%s follows %s: %v", n.Handle, who, err)
	}
	n.c.Settle()
}

// Post publishes for everyone as the organization.
func (n *Node) Post(text string) *node.Item {
	n.c.t.Helper()
	i, err := n.Conversation.Post(n.c.t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "en", Text: text})
	if err != nil {
		n.c.t.Fatalf("%s posts: %v", n.Handle, err)
	}
	return i
}

// Home lists what the organization of n reads.
func (n *Node) Home() []*node.Item {
	n.c.t.Helper()
	list, _, err := n.Conversation.Home(n.c.t.Context(), n.Admin, "", 100)
	if err != nil {
		n.c.t.Fatalf("home of %s: %v", n.Handle, err)
	}
	return list
}

// Person adds a person, followable from outside or not, and returns the viewer that they are.
func (n *Node) Person(handle string, followable bool, skills ...node.PersonSkill) access.Viewer {
	n.c.t.Helper()
	_, _, err := n.People.AddPerson(n.c.t.Context(), n.Admin, people.NewPerson{
		Name: "Person " + handle, Email: handle + "@" + n.Handle + ".example", Handle: handle, RoleTitle: "Organizer", Followable: followable, Skills: skills,
	})
	if err != nil {
		n.c.t.Fatalf("add %s: %v", handle, err)
	}
	v, _, err := n.People.ViewerFor(n.c.t.Context(), handle)
	if err != nil {
		n.c.t.Fatal(err)
	}
	return v
}
