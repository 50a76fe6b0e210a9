package deliver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/deliver"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/people"
)

// copyOf is the node as a power cut at this moment would leave it: a copy of its
// files, opened by another process.
func copyOf(t *testing.T, s *sender) *sender {
	t.Helper()
	folder := t.TempDir()
	files, err := os.ReadDir(s.Folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(s.Folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, f.Name()), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return asSender(t, nodetest.OpenNode(t, folder, ""), fetch.Timeouts{})
}

// TestR3KilledWhileSending: what a killed process had sent and not noted, and
// what it had not sent, is sent by the next one.
func TestR3KilledWhileSending(t *testing.T) {
	s := newSender(t)
	got, gate := make(chan arrival, 100), make(chan struct{})
	p := newPeer(t, func(a arrival, _ *http.Request) int { got <- a; <-gate; return 202 })
	s.follower(p, "ana", s.orgURI())
	s.worker.Grace = time.Millisecond
	stop := s.run()
	sent := map[string]bool{}
	for n := range 10 {
		sent[s.post(fmt.Sprintf("post %d", n)).URI] = false
	}
	s.worker.Wake()
	first := <-got // it is there, and the sender will never know
	after := copyOf(t, s)
	stop()
	close(gate)
	p.arrivals()

	after.drain()
	if n := after.waiting(); n != 0 {
		t.Errorf("%d wait", n)
	}
	for _, a := range p.arrivals() {
		sent[a.object()] = true
	}
	for uri, ok := range sent {
		if !ok {
			t.Errorf("%s was lost", uri)
		}
	}
	if !sent[first.object()] {
		t.Error("what was not noted was not sent again")
	}
}

// TestR2KilledBeforeFanOut: an announcement that was committed is expanded by
// the next process, once.
func TestR2KilledBeforeFanOut(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	s.follower(p, "ana", s.orgURI())
	s.post("hello")
	after := copyOf(t, s)
	after.drain()
	after.drain()
	if got := p.arrivals(); kinds(got) != "Create" {
		t.Errorf("got %s", kinds(got))
	}
}

// TestR9StopsAndGoesOn: a stop with a full queue is quick and loses nothing.
func TestR9StopsAndGoesOn(t *testing.T) {
	s := newSender(t)
	got := make(chan arrival, 10000)
	const hosts, posts = 10, 40
	for n := range hosts {
		p := newPeer(t, tell(got))
		s.follower(p, fmt.Sprintf("reader%d", n), s.orgURI())
	}
	for range posts {
		s.post("hello")
	}
	stop := s.run()
	await(t, "some deliveries", got, 20)
	stop()
	left := s.waiting()
	s.drain()
	if arrived := 20 + len(got); arrived < hosts*posts || s.waiting() != 0 {
		t.Errorf("%d arrived of %d, %d waited at the stop and %d at the end", arrived, hosts*posts, left, s.waiting())
	}
}

// TestR11PoisonIsPutAside: a row that can never be sent gives its reason and
// stops nobody.
func TestR11PoisonIsPutAside(t *testing.T) {
	for _, c := range []struct {
		name  string
		raw   string
		actor func(*sender) uuid.UUID
	}{
		{"broken JSON", `{"id":`, func(s *sender) uuid.UUID { return s.Organization.ID }},
		{"actor without a key", `{}`, func(*sender) uuid.UUID { return uuid.Must(uuid.NewV7()) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSender(t)
			p := newPeer(t, nil)
			s.follower(p, "ana", s.orgURI())
			s.queue(p, c.raw, c.actor(s))
			i := s.post("hello")
			s.drain()
			if n := s.waiting(); n != 0 {
				t.Errorf("%d wait", n)
			}
			if got := p.arrivals(); kinds(got) != "Create" {
				t.Errorf("got %q", kinds(got))
			}
			if r := s.receipts(i); r.Delivered != 1 {
				t.Errorf("receipts of the other %+v", r)
			}
			if h := s.host(p); h.Failures != 0 {
				t.Errorf("our fault counts as the host's: %+v", h)
			}
		})
	}
}

// TestR11UnusableKeyIsTriedAFewTimes: a key that cannot be opened may be the
// wrong node.key in the folder, which somebody can put right.
func TestR11UnusableKeyIsTriedAFewTimes(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	s.follower(p, "ana", s.orgURI())
	keys, err := makeKeyring(t)
	if err != nil {
		t.Fatal(err)
	}
	s.People.Keys = keys
	i := s.post("hello")
	tries := 0
	for r := s.receipts(i); r.Waiting == 1 || tries == 0; r = s.receipts(i) {
		tries += s.drain()
		s.Clock.Add(2 * time.Hour)
	}
	if r := s.receipts(i); tries != 5 || r.Dropped != 1 || len(p.arrivals()) != 0 {
		t.Errorf("%d tries, receipts %+v", tries, r)
	}
}

// TestR11PoisonedAnnouncement: an event that cannot be composed is dropped, and
// those after it go on.
func TestR11PoisonedAnnouncement(t *testing.T) {
	for _, c := range []struct {
		name string
		e    node.Event
	}{
		{"of an unknown kind", node.Event{Verb: node.Created, Kind: "riddle"}},
		{"with an unknown verb", node.Event{Verb: "hum", Kind: node.KindOrganization}},
		{"to nobody", node.Event{Verb: node.Followed, Kind: node.KindFollow, Target: "https://nobody.example/users/x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSender(t)
			p := newPeer(t, nil)
			s.follower(p, "ana", s.orgURI())
			var said bytes.Buffer
			s.worker.Log = slog.New(slog.NewTextHandler(&said, nil))
			e := c.e
			e.Activity, e.Object, e.Actor, e.Audience, e.At = uuid.Must(uuid.NewV7()), s.Organization.ID, s.Organization.ID, node.Public, s.Clock.Now()
			s.announce(e)
			s.post("hello")
			s.drain()
			if got := p.arrivals(); kinds(got) != "Create" || s.waiting() != 0 {
				t.Errorf("got %q, %d wait", kinds(got), s.waiting())
			}
			if strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "announcement dropped") {
				t.Errorf("said: %s", said.String())
			}
		})
	}
}

// TestR11PanickingAnnouncement: composing may fail in ways that nobody thought
// of; the event is tried a few times and dropped, and the process lives.
func TestR11PanickingAnnouncement(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	v := s.Followable(t, "lena")
	s.follower(p, "ana", s.orgURI())
	var said bytes.Buffer
	s.worker.Log = slog.New(slog.NewTextHandler(&said, nil))
	tag := s.worker.Skills.All("en")[0].Code
	s.worker.Skills = nil // which composing a profile with skills does not survive
	_, err := s.People.SaveProfile(t.Context(), v, people.Profile{
		Handle: "lena", Name: "Lena", Lang: "en",
		Skills: []node.PersonSkill{{Tag: tag, Stance: node.Offer, Level: 2, Audience: node.Public}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.post("hello")
	s.drain()
	if got := p.arrivals(); kinds(got) != "Create" || s.waiting() != 0 {
		t.Errorf("got %q, %d wait", kinds(got), s.waiting())
	}
	if n := strings.Count(said.String(), "announcement cannot be made"); n != 5 || !strings.Contains(said.String(), "panic") {
		t.Errorf("tried %d times: %s", n, said.String())
	}
}

// TestWake: a running worker sees at once what was committed, also by others.
func TestWake(t *testing.T) {
	s := newSender(t)
	got := make(chan arrival, 10)
	p := newPeer(t, tell(got))
	s.follower(p, "ana", s.orgURI())
	s.run()
	for range 3 {
		s.post("hello")
		s.worker.Wake()
		await(t, "delivery", got, 1)
	}
	if _, err := s.worker.Drain(t.Context()); err == nil {
		t.Error("Drain beside Run")
	}
}

// TestReviveWhileRunning is the whole way of a host that comes back.
func TestReviveWhileRunning(t *testing.T) {
	s := newSender(t)
	failed, got := make(chan arrival, 100), make(chan arrival, 100)
	p := newPeer(t, func(a arrival, _ *http.Request) int { failed <- a; return 503 })
	s.follower(p, "ana", s.orgURI())
	s.run()
	for range 8 {
		s.post("hello")
	}
	s.worker.Wake()
	await(t, "failures", failed, 5)
	for s.host(p).OpenUntil.IsZero() { // the fifth is noted a moment after it was answered
		s.worker.Wake()
	}
	p.say(tell(got))
	s.Clock.Add(6 * time.Second)
	s.worker.Revive(p.host)
	await(t, "deliveries after the probe", got, 3)
}

// TestDrainTellsOfFaults: a database that refuses ends a drain with its error.
func TestDrainTellsOfFaults(t *testing.T) {
	s := newSender(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.worker.Drain(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("drain with a cancelled context: %v", err)
	}
}

// TestKeysAreForgotten: after Forget a key is read again.
func TestKeysAreForgotten(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	s.follower(p, "ana", s.orgURI())
	s.post("hello")
	s.drain()
	keys, err := makeKeyring(t)
	if err != nil {
		t.Fatal(err)
	}
	s.People.Keys = keys
	if s.post("with the kept key"); s.drain() != 1 || s.waiting() != 0 {
		t.Error("the key was not kept")
	}
	s.worker.Forget()
	if s.post("with the new one"); s.drain() != 1 || s.waiting() != 1 {
		t.Error("the key was not forgotten")
	}
}

func TestCache(t *testing.T) {
	c := deliver.NewCache[string](10)
	id := func(n byte) uuid.UUID { return uuid.UUID{n} }
	loads := map[byte]int{}
	get := func(n byte, size int, err error) (string, error) {
		return c.Get(id(n), func() (string, int, error) { loads[n]++; return fmt.Sprint(n), size, err })
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if v, err := c.Get(id(9), func() (string, int, error) { loads[9]++; return "nine", 1, nil }); v != "nine" || err != nil {
				t.Errorf("got %q, %v", v, err)
			}
		})
	}
	wg.Wait()
	if loads[9] != 1 {
		t.Errorf("loaded %d times at once", loads[9])
	}
	for range 2 {
		if _, err := get(1, 1, errors.New("not now")); err == nil {
			t.Error("no error")
		}
	}
	if loads[1] != 2 {
		t.Error("a failure was kept")
	}
	for n := byte(2); n < 6; n++ {
		for range 3 {
			if v, err := get(n, 4, nil); v != fmt.Sprint(n) || err != nil {
				t.Errorf("got %q, %v", v, err)
			}
		}
	}
	get(5, 4, nil)
	get(2, 4, nil)
	if loads[5] != 1 || loads[2] != 2 {
		t.Errorf("loads %v: what was used last should be kept, up to the size", loads)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = c.Get(id(7), func() (string, int, error) { panic("bad") })
	}()
	if v, err := get(7, 1, nil); v != "7" || err != nil {
		t.Errorf("after a panic %q, %v", v, err)
	}
}
