package deliver_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/deliver"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
)

// TestR7Schedule: when a delivery to a host that is down for good is tried.
func TestR7Schedule(t *testing.T) {
	at := nodetest.Start
	for _, c := range []struct {
		name   string
		random float64
		want   []time.Duration // after it was queued
	}{
		{"without jitter", 0.5, []time.Duration{
			time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
			36 * time.Hour, 60 * time.Hour, 84 * time.Hour, 108 * time.Hour, 132 * time.Hour, 156 * time.Hour, 168 * time.Hour,
		}},
		{"earliest", 0, []time.Duration{48 * time.Second, 4 * time.Minute, 12 * time.Minute, 48 * time.Minute}},
		{"latest", 1, []time.Duration{72 * time.Second, 6 * time.Minute, 18 * time.Minute, 72 * time.Minute}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, now := &node.Delivery{FirstAt: at}, at
			for i, want := range c.want {
				next, ok := deliver.Retry(d, now, 0, c.random)
				if !ok || next.Sub(at) != want {
					t.Fatalf("attempt %d is %s after the first (%v), want %s", i+2, next.Sub(at), ok, want)
				}
				d.Attempts, now = d.Attempts+1, next
			}
			if c.random == 0.5 {
				if next, ok := deliver.Retry(d, now, 0, c.random); ok {
					t.Errorf("tried again at %s after %d attempts in 7 days", next, d.Attempts+1)
				}
			}
		})
	}
}

func TestR7RetryAfterIsHonoured(t *testing.T) {
	d := &node.Delivery{FirstAt: nodetest.Start}
	for asked, want := range map[time.Duration]time.Duration{
		0: time.Minute, 30 * time.Second: time.Minute, 2 * time.Minute: 2 * time.Minute, 24 * time.Hour: 24 * time.Hour,
	} {
		if next, _ := deliver.Retry(d, nodetest.Start, asked, 0.5); next.Sub(nodetest.Start) != want {
			t.Errorf("asked to wait %s, waits %s, want %s", asked, next.Sub(nodetest.Start), want)
		}
	}
}

// TestR7DownForGood lets a host stay away: the delivery is tried at least eight
// times over at least three days and then shown as dropped; never before its time.
func TestR7DownForGood(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	s.follower(p, "ana", s.orgURI())
	p.stop()
	i := s.post("hello")
	var tries []time.Duration
	for s.receipts(i).Waiting == 1 || len(tries) == 0 {
		if n := s.drain(); n > 0 {
			tries = append(tries, s.Clock.Now().Sub(nodetest.Start))
		}
		s.Clock.Add(time.Minute)
		if s.Clock.Now().Sub(nodetest.Start) > 8*24*time.Hour {
			t.Fatalf("still waiting after 8 days, tried at %v", tries)
		}
		if len(tries) > 7 {
			s.Clock.Add(29 * time.Minute)
		}
	}
	if len(tries) < 8 || tries[len(tries)-1] < 72*time.Hour {
		t.Errorf("tried at %v", tries)
	}
	if r := s.receipts(i); r.Dropped != 1 {
		t.Errorf("receipts %+v", r)
	}
	if h := s.host(p); !h.Dead {
		t.Errorf("host %+v is not given up", h)
	}
	q, err := s.Delivery.Queue(t.Context(), s.Operator)
	if err != nil || len(q.Hosts) != 1 || q.Hosts[0].Host != p.host || !q.Hosts[0].Open {
		t.Errorf("the admin sees %+v (%v)", q, err)
	}
}

// TestAnswers is the table of federation.md 9.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		code    int
		outcome node.Receipts
		failure int
	}{
		{200, node.Receipts{Delivered: 1}, 0},
		{202, node.Receipts{Delivered: 1}, 0},
		{204, node.Receipts{Delivered: 1}, 0},
		{400, node.Receipts{Dropped: 1}, 0},
		{401, node.Receipts{Dropped: 1}, 0},
		{403, node.Receipts{Dropped: 1}, 0},
		{404, node.Receipts{Dropped: 1}, 0},
		{405, node.Receipts{Dropped: 1}, 0},
		{406, node.Receipts{Dropped: 1}, 0},
		{410, node.Receipts{Dropped: 1}, 0},
		{413, node.Receipts{Dropped: 1}, 0},
		{422, node.Receipts{Dropped: 1}, 0},
		{408, node.Receipts{Waiting: 1}, 0},
		{425, node.Receipts{Waiting: 1}, 0},
		{429, node.Receipts{Waiting: 1}, 0},
		{302, node.Receipts{Waiting: 1}, 0},
		{500, node.Receipts{Waiting: 1}, 1},
		{502, node.Receipts{Waiting: 1}, 1},
		{503, node.Receipts{Waiting: 1}, 1},
	} {
		t.Run(http.StatusText(c.code), func(t *testing.T) {
			s := newSender(t)
			p := newPeer(t, always(c.code))
			s.follower(p, "ana", s.orgURI())
			i := s.post("hello")
			if n := s.drain(); n != 1 {
				t.Errorf("%d attempts", n)
			}
			if r := s.receipts(i); r != c.outcome {
				t.Errorf("receipts %+v, want %+v", r, c.outcome)
			}
			if h := s.host(p); h.Failures != c.failure {
				t.Errorf("%d failures, want %d", h.Failures, c.failure)
			}
		})
	}
}

func TestBlockedAddressIsDropped(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	p.url, p.host = "http://127.0.0.1:9", "127.0.0.1:9"
	s.follower(p, "ana", s.orgURI())
	i := s.post("hello")
	s.drain()
	if r := s.receipts(i); r.Dropped != 1 {
		t.Errorf("receipts %+v", r)
	}
	if h := s.host(p); h.Failures != 0 {
		t.Errorf("what we refuse counts as the host's failure: %+v", h)
	}
}

// TestRetryAfterHoldsTheHost: who asks for a pause gets it, for everything.
func TestRetryAfterHoldsTheHost(t *testing.T) {
	for _, code := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(http.StatusText(code), func(t *testing.T) {
			s := newSender(t)
			p := newPeer(t, always(code))
			p.header.Set("Retry-After", "7200")
			s.follower(p, "ana", s.orgURI())
			s.post("one")
			s.post("two")
			if n := s.drain(); n != 1 {
				t.Errorf("%d attempts, want 1", n)
			}
			p.say(nil)
			s.Clock.Add(119 * time.Minute)
			if n := s.drain(); n != 0 {
				t.Errorf("%d attempts before the time that was asked for", n)
			}
			s.Clock.Add(time.Minute)
			if s.drain(); s.waiting() != 0 {
				t.Errorf("%d still wait", s.waiting())
			}
		})
	}
}

// TestRetryAfterOfOneDelivery: other answers than these speak for one delivery.
func TestRetryAfterOfOneDelivery(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, always(http.StatusTooEarly))
	p.header.Set("Retry-After", "7200")
	s.follower(p, "ana", s.orgURI())
	s.post("one")
	s.post("two")
	if n := s.drain(); n != 2 {
		t.Errorf("%d attempts, want 2", n)
	}
	s.Clock.Add(119 * time.Minute)
	if n := s.drain(); n != 0 {
		t.Errorf("%d attempts before the time that was asked for", n)
	}
	s.Clock.Add(time.Minute)
	if n := s.drain(); n != 2 {
		t.Errorf("%d attempts at the time that was asked for", n)
	}
}

// TestCircuit: after five failures in a row nothing goes to the host but a probe
// now and then.
func TestCircuit(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, always(503))
	s.follower(p, "ana", s.orgURI())
	for range 30 {
		s.post("hello")
	}
	if n := s.drain(); n != 5 {
		t.Fatalf("%d attempts before the circuit opened, want 5", n)
	}
	if h := s.host(p); !h.OpenUntil.Equal(s.Clock.Now().Add(30 * time.Minute)) {
		t.Errorf("open until %s", h.OpenUntil)
	}
	s.Clock.Add(29 * time.Minute)
	if n := s.drain(); n != 0 {
		t.Errorf("%d attempts while the circuit is open", n)
	}
	if idle, err := s.worker.Idle(t.Context()); err != nil || !idle {
		t.Errorf("idle %v, %v: what is held is not due", idle, err)
	}
	for range 4 {
		s.Clock.Add(30 * time.Minute)
		if n := s.drain(); n != 1 {
			t.Errorf("%d attempts to probe, want 1", n)
		}
	}
	s.Clock.Add(30 * time.Minute)
	if n := s.drain(); n != 0 {
		t.Errorf("%d attempts: after the first probes they are hourly", n)
	}
	p.say(nil)
	p.arrivals()
	s.Clock.Add(30 * time.Minute)
	// The rows that failed wait for their own time; all others go at once.
	if s.drain(); s.host(p).Failures != 0 || !s.host(p).OpenUntil.IsZero() || len(p.arrivals()) < 20 {
		t.Errorf("not closed by a success: %+v", s.host(p))
	}
	s.Clock.Add(6 * time.Hour)
	if s.drain(); s.waiting() != 0 {
		t.Errorf("%d wait", s.waiting())
	}
}

// TestFailuresFarApart do not open the circuit.
func TestFailuresFarApart(t *testing.T) {
	h := &node.HostState{}
	for n := range 20 {
		deliver.Failed(h, nodetest.Start.Add(time.Duration(n)*11*time.Minute), 0)
	}
	if !h.OpenUntil.IsZero() {
		t.Errorf("open after failures eleven minutes apart: %+v", h)
	}
	deliver.Succeeded(h, nodetest.Start.Add(4*time.Hour), "cavage")
	if h.Failures != 0 || h.FailDays != 0 || h.LastDay != "" || h.Scheme != "cavage" {
		t.Errorf("after a success: %+v", h)
	}
}

// dead returns a sender with a host that is given up: seven days of failures.
func dead(t *testing.T) (*sender, *peer, *node.RemoteActor) {
	t.Helper()
	s := newSender(t)
	p := newPeer(t, always(503))
	a := s.follower(p, "ana", s.orgURI())
	for range 7 {
		s.post("hello")
		s.drain()
		s.Clock.Add(24 * time.Hour)
	}
	if h := s.host(p); !h.Dead {
		t.Fatalf("alive after failures on seven days: %+v", h)
	}
	if s.waiting() != 0 {
		t.Fatalf("%d wait for a dead host", s.waiting())
	}
	s.Clock.Add(-12 * time.Hour) // while nothing may be tried
	p.arrivals()
	return s, p, a
}

func TestDeadHostGetsNoPosts(t *testing.T) {
	s, p, a := dead(t)
	p.say(nil)
	i := s.post("nobody there")
	if n := s.drain(); n != 0 {
		t.Errorf("%d attempts", n)
	}
	if r := s.receipts(i); r.Dropped != 1 {
		t.Errorf("receipts %+v", r)
	}
	// A follow and a deletion are kept.
	s.remove(i)
	if err := s.Following.ReceiveFollow(t.Context(), a, s.orgURI(), a.URI+"/follows/2"); err != nil {
		t.Fatal(err)
	}
	if n := s.drain(); n != 0 || s.waiting() != 2 {
		t.Errorf("%d attempts, %d kept, want 0 and 2", n, s.waiting())
	}
	s.Clock.Add(13 * time.Hour)
	s.drain()
	if got := kinds(p.arrivals()); got != "Delete Accept" {
		t.Errorf("the daily probe brought %q", got)
	}
	if h := s.host(p); h.Dead || h.FailDays != 0 {
		t.Errorf("not revived by a delivery that arrived: %+v", h)
	}
	if s.post("welcome back"); s.drain() != 1 {
		t.Error("a revived host gets no posts")
	}
}

// TestR7InboundRequest brings the next probe forward and does nothing else.
func TestR7InboundRequest(t *testing.T) {
	t.Run("open circuit", func(t *testing.T) {
		s := newSender(t)
		p := newPeer(t, always(503))
		s.follower(p, "ana", s.orgURI())
		for range 20 {
			s.post("hello")
		}
		s.drain()
		before := *s.host(p)
		s.Clock.Add(10 * time.Second)
		s.worker.Revive(p.host)
		if after := *s.host(p); after != before {
			t.Errorf("a request changed %+v to %+v", before, after)
		}
		if n := s.drain(); n != 1 {
			t.Errorf("%d attempts, want one probe", n)
		}
		if h := s.host(p); h.Failures != before.Failures+1 || !h.OpenUntil.After(s.Clock.Now()) {
			t.Errorf("a failed probe closed the circuit: %+v", h)
		}
		if n := s.drain(); n != 0 {
			t.Errorf("%d attempts after one request", n)
		}
		p.say(nil)
		p.arrivals()
		s.worker.Revive(p.host)
		if n := s.drain(); n != 0 {
			t.Error("a host can make us try as often as it likes")
		}
		s.Clock.Add(10 * time.Second)
		s.worker.Revive(p.host)
		s.drain()
		if got := len(p.arrivals()); got < 15 {
			t.Errorf("%d arrived after a good probe", got)
		}
	})
	t.Run("one delivery that waits for its time", func(t *testing.T) {
		s := newSender(t)
		p := newPeer(t, always(503))
		s.follower(p, "ana", s.orgURI())
		s.post("hello")
		s.drain()
		p.say(nil)
		s.Clock.Add(10 * time.Second)
		if n := s.drain(); n != 0 {
			t.Errorf("%d attempts before its time", n)
		}
		s.worker.Revive(p.host)
		if n := s.drain(); n != 1 || s.waiting() != 0 {
			t.Errorf("%d attempts, %d wait", n, s.waiting())
		}
	})
	t.Run("dead host for which nothing waits", func(t *testing.T) {
		s, p, _ := dead(t)
		p.say(nil)
		s.worker.Revive(p.host)
		if n := s.drain(); n != 0 {
			t.Errorf("%d attempts", n)
		}
		if !s.host(p).Dead {
			t.Error("revived without a delivery that arrived")
		}
		if s.post("the next one is the probe"); s.drain() != 1 || s.host(p).Dead {
			t.Errorf("not revived: %+v", s.host(p))
		}
	})
	t.Run("host that does not fail", func(t *testing.T) {
		s := newSender(t)
		p := newPeer(t, nil)
		s.follower(p, "ana", s.orgURI())
		s.post("hello")
		s.drain()
		s.worker.Revive(p.host)
		s.worker.Revive("never.heard.example")
		if n := s.drain(); n != 0 {
			t.Errorf("%d attempts", n)
		}
	})
}

// TestR18ClockJumps: no mass expiry, no storm, and no host is lost to a clock
// that went ahead and came back.
func TestR18ClockJumps(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, always(503))
	s.follower(p, "ana", s.orgURI())
	for range 20 {
		s.post("hello")
	}
	s.drain()
	s.Clock.Add(48 * time.Hour)
	if n := s.drain(); n != 1 {
		t.Errorf("%d attempts after a jump ahead, want a probe", n)
	}
	if n := s.waiting(); n != 20 {
		t.Errorf("%d wait, want all 20", n)
	}
	s.Clock.Add(-48 * time.Hour)
	p.say(nil)
	if s.drain(); s.host(p).Failures != 0 {
		t.Errorf("held for days by a clock that went back: %+v", s.host(p))
	}
}

// TestHangingPeerIsAFailure: a peer that never answers costs its own delivery only.
func TestHangingPeerIsAFailure(t *testing.T) {
	s := asSender(t, nodetest.NewNode(t), quick())
	gate := make(chan struct{})
	p := newPeer(t, func(arrival, *http.Request) int { <-gate; return 202 })
	defer close(gate)
	s.follower(p, "ana", s.orgURI())
	i := s.post("hello")
	s.drain()
	if r := s.receipts(i); r.Waiting != 1 || s.host(p).Failures != 1 {
		t.Errorf("receipts %+v, host %+v", r, s.host(p))
	}
}

func TestProblemsAreKeptShort(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, always(503))
	a := s.follower(p, "ana", s.orgURI())
	a.SharedInbox = p.url + "/" + strings.Repeat("é", 500)
	src := &node.Source{URI: a.URI, Raw: []byte(`{}`), SignerKey: a.URI, Scheme: "fetched", ActorURI: a.URI}
	if err := s.Peers.PutActor(t.Context(), a, nil, src); err != nil {
		t.Fatal(err)
	}
	s.post("hello")
	s.drain()
	d, _, err := s.Delivery.Probe(t.Context(), p.host)
	if err != nil || d == nil || d.LastError == "" || len(d.LastError) > 300 {
		t.Errorf("noted %+v, %v", d, err)
	}
}

// TestR6NoneForgottenBehindOneNoted remembers what waits behind a delivery that was
// noted while the table was read: the answer lists only the first about an object.
func TestR6NoneForgottenBehindOneNoted(t *testing.T) {
	if n := deliver.NotedWhileRead(&node.Delivery{ID: 29, ObjectKey: "object", Inbox: "https://far.example/inbox"}); n != 1 {
		t.Errorf("%d are thought to wait, want 1", n)
	}
}
