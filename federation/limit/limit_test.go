package limit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/limit"
	"github.com/poweron-network/poweron/node/nodetest"
)

func TestD7Limiter(t *testing.T) {
	clock := nodetest.NewClock()
	l := limit.NewLimiter(5, clock.Now)
	for i := range 5 {
		if wait := l.Take("a"); wait != 0 || l.Full("a") != 0 && i < 4 {
			t.Fatalf("event %d has to wait %s", i, wait)
		}
	}
	wait := l.Take("a")
	if wait <= 0 || wait > time.Minute || l.Full("a") <= 0 {
		t.Errorf("the sixth of five has to wait %s", wait)
	}
	if l.Take("b") != 0 || l.Full("c") != 0 {
		t.Error("others have to wait")
	}
	for range 10 {
		l.Take("a") // in vain: it puts nothing off
	}
	clock.Add(wait)
	if l.Full("a") != 0 || l.Take("a") != 0 || l.Take("a") == 0 {
		t.Error("after the wait there is not room for one")
	}
	clock.Add(5 * time.Minute)
	for i := range 5 {
		if l.Take("a") != 0 {
			t.Errorf("five minutes later event %d has to wait", i)
		}
	}
	clock.Add(-time.Hour)
	if l.Take("a") <= 0 {
		t.Error("a clock that goes back makes room")
	}
	none := limit.NewLimiter(0, clock.Now)
	for range 1000 {
		if none.Take("a") != 0 || none.Full("a") != 0 {
			t.Fatal("no limit limits")
		}
	}
}

// TestR21LimiterIsBounded: whoever has not used anything up is forgotten first.
func TestR21LimiterIsBounded(t *testing.T) {
	clock := nodetest.NewClock()
	l := limit.NewLimiter(5, clock.Now)
	for range limit.MaxCounted / 2 {
		l.Take(fmt.Sprint("old", l.Names()))
	}
	clock.Add(time.Hour) // they are as good as new
	for range 6 {
		l.Take("loud")
	}
	for i := range limit.MaxCounted {
		l.Take(fmt.Sprint("new", i))
		if l.Names() > limit.MaxCounted {
			t.Fatalf("%d names", l.Names())
		}
		if i == limit.MaxCounted/2 && l.Full("loud") == 0 {
			t.Error("the loud one was forgotten before those that are quiet")
		}
	}
}

func TestR12Gate(t *testing.T) {
	g := limit.NewGate(3, 2)
	for i, want := range []bool{true, true, false} {
		if g.Enter("a") != want {
			t.Errorf("one client has room for two: request %d", i+1)
		}
	}
	if !g.Enter("b") || g.Enter("b") || g.Enter("c") {
		t.Error("all have room for three")
	}
	g.Leave("a")
	if !g.Enter("c") {
		t.Error("who leaves makes room")
	}
	g.Leave("a")
	g.Leave("b")
	g.Leave("c")
	if !g.Empty() {
		t.Error("it remembers who left")
	}
}
