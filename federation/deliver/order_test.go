package deliver_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
)

// run starts the worker, and returns a function that stops it and waits.
func (s *sender) run() (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.worker.Run(ctx)
	}()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-done }) }
	s.t.Cleanup(stop)
	return stop
}

// await waits for n signals.
func await(t *testing.T, what string, c <-chan arrival, n int) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for i := range n {
		select {
		case <-c:
		case <-limit:
			t.Fatalf("%s: %d of %d after 30 s", what, i, n)
		}
	}
}

// tell sends each arrival to c and answers 202.
func tell(c chan<- arrival) func(arrival, *http.Request) int {
	return func(a arrival, _ *http.Request) int { c <- a; return http.StatusAccepted }
}

// TestR6OrderForEachObject: posts with edits and deletions to a host that comes
// and goes arrive in order for each object.
func TestR6OrderForEachObject(t *testing.T) {
	s := newSender(t)
	random := rand.New(rand.NewPCG(7, 7))
	type state struct {
		seen []string
		gone bool
	}
	var mu sync.Mutex
	objects := map[string]*state{}
	flap := func(a arrival, _ *http.Request) int {
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(3) == 0 {
			return http.StatusServiceUnavailable
		}
		o := objects[a.object()]
		if o == nil {
			o = &state{}
			objects[a.object()] = o
		}
		if o.gone {
			t.Errorf("%s of %s after its Delete", a.kind(), a.object())
		}
		o.seen = append(o.seen, text(a))
		o.gone = a.kind() == "Delete"
		return http.StatusAccepted
	}
	p := newPeer(t, flap)
	s.follower(p, "ana", s.orgURI())
	want := map[string][]string{}
	for n := range 40 {
		i := s.post(fmt.Sprintf("post %d v0", n))
		want[i.URI] = []string{fmt.Sprintf("post %d v0", n)}
		for v := range n % 4 {
			s.Clock.Add(time.Second)
			s.drain()
			words := fmt.Sprintf("post %d v%d", n, v+1)
			s.edit(i, words)
			want[i.URI] = append(want[i.URI], words)
		}
		if n%5 == 0 {
			s.remove(i)
			want[i.URI] = nil
		}
	}
	for n := 0; s.waiting() > 0; n++ {
		if n > 100 {
			t.Fatalf("%d still wait", s.waiting())
		}
		s.Clock.Add(time.Hour)
		s.drain()
	}
	for uri, versions := range want {
		o := objects[uri]
		switch {
		case o == nil:
			t.Errorf("nothing of %v arrived", versions)
		case versions == nil:
			if !o.gone {
				t.Errorf("%s is deleted, but not there: %v", uri, o.seen)
			}
		case o.gone || o.seen[len(o.seen)-1] != versions[len(versions)-1]:
			t.Errorf("last seen %v, want %v", o.seen, versions)
		default:
			for i := 1; i < len(o.seen); i++ {
				if o.seen[i] <= o.seen[i-1] {
					t.Errorf("out of order: %v", o.seen)
				}
			}
		}
	}
}

// text is the plain text of what an arrival is about.
func text(a arrival) string {
	object, _ := a.doc["object"].(map[string]any)
	s, _ := object["content"].(string)
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "<p>"), "</p>")
}

// TestDeleteGoesFirst: a deletion drops what waits of its object and overtakes
// everything else that waits for the host.
func TestDeleteGoesFirst(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, always(503))
	s.follower(p, "ana", s.orgURI())
	var items []*node.Item
	for n := range 4 {
		items = append(items, s.post(fmt.Sprintf("post %d", n)))
	}
	s.drain()
	s.remove(items[3])
	s.drain()
	p.say(nil)
	p.arrivals()
	s.Clock.Add(time.Hour)
	s.drain()
	got := p.arrivals()
	if kinds(got) != "Delete Create Create Create" {
		t.Fatalf("got %s", kinds(got))
	}
	for _, a := range got[1:] {
		if a.object() == items[3].URI {
			t.Error("what was deleted was sent after all")
		}
	}
}

// TestDeleteWaitsForWhatIsUnderWay: the table forgets a Create when its post is
// deleted, but the network does not: the Delete goes after it.
func TestDeleteWaitsForWhatIsUnderWay(t *testing.T) {
	s := newSender(t)
	got, gate := make(chan arrival, 10), make(chan struct{})
	p := newPeer(t, func(a arrival, _ *http.Request) int {
		got <- a
		if a.kind() == "Create" {
			<-gate
		}
		return http.StatusAccepted
	})
	s.follower(p, "ana", s.orgURI())
	s.change(p, func(h *node.HostState) { h.LastOK = s.Clock.Now() })
	stop := s.run()
	i := s.post("hello")
	s.worker.Wake()
	if a := <-got; a.kind() != "Create" {
		t.Fatalf("got %s", a.kind())
	}
	s.remove(i)
	other := s.post("something else")
	s.worker.Wake()
	if a := <-got; a.object() != other.URI { // the second connection is free for it
		t.Errorf("%s of %s overtook the Create under way", a.kind(), a.object())
	}
	close(gate)
	if a := <-got; a.kind() != "Delete" || a.object() != i.URI {
		t.Errorf("got %s of %s", a.kind(), a.object())
	}
	stop()
}

// TestDeleteGoesFirstOfWhatIsInMemory: also what was read already waits behind a
// Delete, and what the Delete made void is not sent.
func TestDeleteGoesFirstOfWhatIsInMemory(t *testing.T) {
	s := newSender(t)
	got, begun := make(chan arrival, 20), make(chan arrival, 20)
	var requests atomic.Int64
	gates := []chan struct{}{make(chan struct{}), make(chan struct{})} // of the two requests that may be under way
	jam := newPeer(t, func(a arrival, _ *http.Request) int {
		n := requests.Add(1)
		begun <- a
		if n <= 2 {
			<-gates[n-1]
		}
		return http.StatusAccepted
	})
	fine := newPeer(t, tell(got))
	for n, p := range []*peer{jam, fine} {
		s.follower(p, fmt.Sprintf("reader%d", n), s.orgURI())
		s.change(p, func(h *node.HostState) { h.LastOK = s.Clock.Now() })
	}
	stop := s.run()
	var items []*node.Item
	for n := range 5 {
		items = append(items, s.post(fmt.Sprintf("post %d", n)))
	}
	s.worker.Wake()
	await(t, "the other host", got, 5)
	await(t, "the first posts", begun, 2)
	s.remove(items[3])
	s.worker.Wake()
	await(t, "the deletion elsewhere", got, 1)
	close(gates[0])
	for _, want := range []string{"Delete " + items[3].URI, "Create " + items[2].URI, "Create " + items[4].URI} {
		if a := <-begun; a.kind()+" "+a.object() != want {
			t.Errorf("got %s of %s, want %s", a.kind(), a.object(), want)
		}
	}
	close(gates[1])
	stop()
}

// TestR4DeadHostsDelayNobody: hosts that hang, refuse or fail, and healthy ones
// whose deliveries all arrive while the hanging ones still hang.
func TestR4DeadHostsDelayNobody(t *testing.T) {
	const ever = time.Hour // hanging hosts do so for the whole test
	s := asSender(t, nodetest.NewNode(t), fetch.Timeouts{Overall: ever, Header: ever})
	s.worker.Workers = 4 // fewer than the hanging hosts, which could take them all
	const healthy, posts = 12, 5
	got, hung, gate := make(chan arrival, 2*healthy*posts), make(chan arrival, 20), make(chan struct{})
	for n := range 20 {
		var p *peer
		switch {
		case n < healthy:
			p = newPeer(t, tell(got))
			s.change(p, func(h *node.HostState) { h.LastOK = s.Clock.Now() })
		case n < healthy+2:
			p = newPeer(t, always(500))
		case n < healthy+3:
			p = newPeer(t, nil)
			p.stop()
		default:
			p = newPeer(t, func(a arrival, _ *http.Request) int { hung <- a; <-gate; return 202 })
		}
		s.follower(p, fmt.Sprintf("reader%d", n), s.orgURI())
	}
	defer close(gate)
	s.worker.Grace = time.Millisecond
	stop := s.run()
	for round := range 2 {
		for range posts {
			s.post("hello")
		}
		s.worker.Wake()
		await(t, "healthy hosts", got, healthy*posts)
		if round == 0 {
			await(t, "hosts that hang", hung, 3)
		}
	}
	stop()
}

// TestR5SlowHostIsNoLineJam: many deliveries to a host that hangs hold two
// connections and nobody else.
func TestR5SlowHostIsNoLineJam(t *testing.T) {
	s := newSender(t)
	const posts = 30
	got, slow, gate := make(chan arrival, posts), make(chan arrival, 2*posts), make(chan struct{})
	jam := newPeer(t, func(a arrival, _ *http.Request) int { slow <- a; <-gate; return 202 })
	fine := newPeer(t, tell(got))
	for n, p := range []*peer{jam, fine} {
		s.follower(p, fmt.Sprintf("reader%d", n), s.orgURI())
		s.change(p, func(h *node.HostState) { h.LastOK = s.Clock.Now() })
	}
	s.worker.Grace = time.Millisecond
	stop := s.run()
	for range posts {
		s.post("hello")
	}
	s.worker.Wake()
	await(t, "the other host", got, posts)
	if n := len(slow); n != 2 {
		t.Errorf("%d requests to the slow host at once, want 2", n)
	}
	close(gate)
	await(t, "the slow host", slow, posts)
	stop()
}

// TestR8RecoveryWithoutAStorm: hosts come back with much waiting; no host gets
// more than two requests at a time.
func TestR8RecoveryWithoutAStorm(t *testing.T) {
	s := newSender(t)
	const hosts, posts = 5, 60
	var mu sync.Mutex
	most, open := 0, map[string]int{}
	var down atomic.Bool
	down.Store(true)
	count := func(host string, by int) {
		mu.Lock()
		defer mu.Unlock()
		open[host] += by
		most = max(most, open[host])
	}
	for n := range hosts {
		p := newPeer(t, func(_ arrival, r *http.Request) int {
			if down.Load() {
				return http.StatusServiceUnavailable
			}
			count(r.Host, 1)
			defer count(r.Host, -1)
			return http.StatusAccepted
		})
		s.follower(p, fmt.Sprintf("reader%d", n), s.orgURI())
	}
	for range posts {
		s.post("hello")
	}
	if n := s.drain(); n != 5*hosts {
		t.Errorf("%d attempts while all are down, want 5 for each", n)
	}
	down.Store(false)
	s.Clock.Add(2 * time.Hour)
	s.drain()
	if s.waiting() != 0 {
		t.Errorf("%d wait", s.waiting())
	}
	if most > 2 {
		t.Errorf("%d requests to one host at once", most)
	}
}

// TestRunStops leaves no goroutine behind, also with attempts under way, which
// are sent again by the next process.
func TestRunStops(t *testing.T) {
	s := newSender(t)
	got, gate := make(chan arrival, 10), make(chan struct{})
	p := newPeer(t, func(a arrival, _ *http.Request) int { got <- a; <-gate; return 202 })
	s.follower(p, "ana", s.orgURI())
	before := goleak.IgnoreCurrent()
	s.worker.Grace = time.Millisecond
	stop := s.run()
	i := s.post("hello")
	s.worker.Wake()
	await(t, "delivery", got, 1)
	stop()
	if r := s.receipts(i); r.Waiting != 1 {
		t.Errorf("receipts %+v of an attempt that was cut off", r)
	}
	if h := s.host(p); h.Failures != 0 {
		t.Errorf("stopping counts as the host's failure: %+v", h)
	}
	close(gate)
	s.worker.Client.Close()
	p.server.CloseClientConnections()
	goleak.VerifyNone(t, before)
	if n := s.drain(); n != 1 || s.waiting() != 0 {
		t.Errorf("%d attempts after a restart, %d wait", n, s.waiting())
	}
}
