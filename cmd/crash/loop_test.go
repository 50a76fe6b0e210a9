package crash_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/federation/inbox"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/peers"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

// How many send, and how many servers follow what the node says.
const (
	clients   = 8
	receivers = 3
)

// loop is one node that is killed again and again, and who talks to it.
type loop struct {
	t            *testing.T
	folder, addr string
	origin       string
	log          *os.File
	tooEarly     bool // the control build
	cookie       *http.Cookie
	http         *http.Client
	clients      []*client
	receivers    []*fedtest.Peer
	known        int64 // activities received while it was set up
	outstanding  atomic.Int64

	kills, busy int // busy: kills with work in flight
	slowest     time.Duration
}

// newLoop makes a node at host that follows every client and is followed by
// every receiver, and stops it. first is the last part of the first peer's address.
func newLoop(t *testing.T, host string, first int) *loop {
	t.Helper()
	l := &loop{t: t, folder: t.TempDir(), http: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true},
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	var err error
	if l.log, err = os.Create(filepath.Join(t.TempDir(), "node.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.log.Close() })
	ln, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	l.addr = ln.Addr().String()
	l.origin = "http://" + l.addr
	for i := range clients {
		p := fedtest.NewPeer(t, first+i, "Person")
		if i%2 == 1 {
			p.Scheme = signature.RFC9421
		}
		l.clients = append(l.clients, &client{l: l, by: p, name: fmt.Sprintf("c%dn", i)})
	}
	for i := range receivers {
		l.receivers = append(l.receivers, fedtest.NewPeer(t, first+clients+i, "Person"))
	}
	l.setUp(ln)
	return l
}

// setUp creates the node and makes its follows, in this process.
func (l *loop) setUp(ln net.Listener) {
	t, ctx := l.t, l.t.Context()
	t.Helper()
	o := options(l.folder, store.Migrate, l.log)
	org, link, err := app.Create(ctx, o, people.Setup{
		Origin: node.Origin(l.origin), Organization: "Crash Test", Handle: "crash", AdminName: "Ada Cole", AdminEmail: "ada@example.org", Lang: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	h, err := a.Handler(ctx)
	if err != nil {
		t.Fatal(err)
	}
	server := app.NewServer(ctx, h)
	go func() { _ = server.Serve(ln) }()

	settle := func() {
		t.Helper()
		if _, err := a.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	ours := node.Origin(l.origin).OrganizationURI(org.ID)
	for _, c := range l.clients {
		if _, err := a.Following.Follow(ctx, access.Operator(org.ID), c.by.Actor, following.Organization); err != nil {
			t.Fatalf("follow %s: %v", c.by.Actor, err)
		}
		settle()
		asked := c.by.Received("Follow")
		if len(asked) != 1 {
			t.Fatalf("%s was asked %d times", c.by.Actor, len(asked))
		}
		l.tell(c.by, c.by.Activity("Accept", asked[0]))
	}
	for _, p := range l.receivers {
		l.tell(p, p.Activity("Follow", ours))
	}
	settle()
	counts := verify(t, a)
	if counts["following"] != clients || counts["followers"] != receivers || counts["queued"] != 0 {
		t.Fatalf("set up as %v", counts)
	}
	l.known = counts["received"]
	l.signIn(link)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

func (l *loop) tell(p *fedtest.Peer, doc fedtest.Doc) {
	l.t.Helper()
	if status := p.Post(l.origin+"/ap/inbox", doc); status != http.StatusAccepted {
		l.t.Fatalf("%v is answered with %d", doc["type"], status)
	}
}

// signIn uses the admin's link up and keeps the session.
func (l *loop) signIn(link string) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, link, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	resp, err := l.http.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is read from it
	if len(resp.Cookies()) != 1 {
		l.t.Fatalf("sign-in is answered with %s and %d cookies", resp.Status, len(resp.Cookies()))
	}
	l.cookie = resp.Cookies()[0]
}

// process is the node while it runs.
type process struct {
	*exec.Cmd
	ended chan error
}

// start starts the node and waits until it is ready.
func (l *loop) start() *process {
	t := l.t
	t.Helper()
	began := time.Now()
	p := &process{exec.CommandContext(t.Context(), os.Args[0]), make(chan error, 1)}
	p.Env = append(os.Environ(), envData+"="+l.folder, envListen+"="+l.addr)
	if l.tooEarly {
		p.Env = append(p.Env, envEarly+"=1")
	}
	p.Stderr = l.log
	if _, err := p.StdinPipe(); err != nil { // its end tells the node that the test is gone
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() { _ = p.Process.Kill() })
	l.until("the node is ready", 5*time.Millisecond, p, func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.origin+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		status, _ := l.do(r)
		return status == http.StatusOK
	})
	l.slowest = max(l.slowest, time.Since(began))
	return p
}

// patience is how long anything may take.
const patience = time.Minute

// until asks again and again until it is so.
func (l *loop) until(what string, every time.Duration, p *process, so func() bool) {
	l.t.Helper()
	tick, end := time.NewTicker(every), time.NewTimer(patience)
	defer tick.Stop()
	defer end.Stop()
	for !so() {
		select {
		case <-tick.C:
		case err := <-p.ended:
			l.t.Fatalf("the node ended before %s: %v\n%s", what, err, l.logged())
		case <-end.C:
			_ = p.Process.Signal(syscall.SIGQUIT) // it logs what it is at
			<-p.ended
			l.t.Fatalf("it never happened: %s\n%s", what, l.logged())
		}
	}
}

// logged is the end of what the node has logged.
func (l *loop) logged() string {
	raw, err := os.ReadFile(l.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-40000):])
}

// round starts the node, lets everybody send for a while, and kills it.
func (l *loop) round(load time.Duration) {
	l.t.Helper()
	p := l.start()
	ctx, cancel := context.WithCancel(l.t.Context())
	defer cancel()
	var all sync.WaitGroup
	for _, c := range l.clients {
		all.Go(func() { c.work(ctx) })
	}
	select {
	case <-time.After(load):
	case err := <-p.ended:
		l.t.Fatalf("the node ended by itself: %v\n%s", err, l.logged())
	}
	if l.outstanding.Load() > 0 {
		l.busy++
	}
	l.kills++
	if err := p.Process.Kill(); err != nil {
		l.t.Fatal(err)
	}
	<-p.ended
	cancel()
	all.Wait()
	l.http.CloseIdleConnections()
}

// finish starts the node once more, sends again what was never answered, waits
// until nothing is left to do, and stops the node in good order.
func (l *loop) finish() {
	t := l.t
	t.Helper()
	p := l.start()
	for _, c := range l.clients {
		for len(c.open) > 0 {
			if !c.say(t.Context()) {
				t.Fatalf("a healthy node does not take %s\n%s", c.open[0].marker, l.logged())
			}
		}
	}
	db, err := store.Open(t.Context(), l.folder, store.Use)
	if err != nil {
		t.Fatal(err)
	}
	quiet := 0
	l.until("the node settles", 50*time.Millisecond, p, func() bool {
		if quiet++; !l.idle(db) {
			quiet = 0
		}
		return quiet == 2
	})
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-p.ended; err != nil {
		t.Errorf("the node does not stop in good order: %v\n%s", err, l.logged())
	}
}

// idle reports whether no job waits, due or not, and nothing is left to send.
func (l *loop) idle(db *store.DB) (idle bool) {
	ctx, ever := l.t.Context(), time.Now().Add(1000*time.Hour)
	err := db.View(ctx, func(tx *store.Tx) error {
		queued, _, err := tx.QueueSize(ctx, ever)
		idle = queued == 0
		for _, kind := range []string{peers.InboxJob, inbox.FetchJob} {
			jobs, more := tx.DueJobs(ctx, kind, ever, 1)
			if idle = idle && len(jobs) == 0; more != nil {
				err = more
			}
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return idle
}
