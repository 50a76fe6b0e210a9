package crash_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node/store"
)

// The figures of R1. A start may take longer in the short form, which runs
// beside the tests of all other packages.
const (
	shortRounds    = 20
	longRounds     = 200
	wantedOfLong   = 2000 // acknowledged
	slowestStart   = 3 * time.Second
	shortestLoad   = 30 * time.Millisecond
	longestLoad    = 500 * time.Millisecond
	controlRounds  = 8
	busyPerHundred = 90
)

// TestKillLoop proves R1–R3: whenever the node is killed, everything that it had
// acknowledged is there, once, with all that belongs to it.
func TestKillLoop(t *testing.T) {
	rounds := shortRounds
	if s := os.Getenv("POWERON_CRASH_ROUNDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("POWERON_CRASH_ROUNDS is %q", s)
		}
		rounds = n
	}
	l := newLoop(t, "127.77.7.1", 100)
	e := l.play(rounds)
	if v := e.judge(); !v.clean() {
		t.Errorf("after %d kills: %s\n%s", l.kills, v, l.logged())
	}
	if l.busy*100 < l.kills*busyPerHundred {
		t.Errorf("only %d of %d kills met work in flight", l.busy, l.kills)
	}
	if rounds < longRounds {
		return
	}
	if n := e.acknowledged(); n < wantedOfLong {
		t.Errorf("%d acknowledged, fewer than %d prove little", n, wantedOfLong)
	}
	if l.slowest > slowestStart {
		t.Errorf("the slowest start took %s, longer than %s", l.slowest, slowestStart)
	}
}

// TestKillLoopNoticesEarlyAnswers is the control: a node that answers before the
// commit must be found to lose what it acknowledged.
func TestKillLoopNoticesEarlyAnswers(t *testing.T) {
	l := newLoop(t, "127.77.7.2", 150)
	l.tooEarly = true
	e := l.play(controlRounds)
	if v := e.judge(); len(v.lost) == 0 {
		t.Errorf("a node that answers too early loses nothing in %d kills: %s", l.kills, v)
	} else {
		t.Logf("found in the control: %s", v)
	}
}

// play kills the node that often and collects what is to be judged.
func (l *loop) play(rounds int) *evidence {
	l.t.Helper()
	for range rounds {
		l.round(shortestLoad + rand.N(longestLoad-shortestLoad))
	}
	l.finish()
	e := l.gather()
	l.print(e)
	return e
}

// acknowledged counts what the node said it had.
func (e *evidence) acknowledged() (n int) {
	for _, s := range e.said {
		if s.acknowledged {
			n++
		}
	}
	for _, w := range e.wrote {
		if w.id != "" {
			n++
		}
	}
	return n
}

func (l *loop) print(e *evidence) {
	t := l.t
	t.Helper()
	retried := 0
	for _, s := range e.said {
		if s.tries > 1 {
			retried++
		}
	}
	t.Logf("kills %d, with work in flight %d (%d %%)", l.kills, l.busy, 100*l.busy/max(l.kills, 1))
	t.Logf("sent %d activities (%d again after a kill) and %d posts, acknowledged %d, lost %d, seen twice %d",
		len(e.said), retried, len(e.wrote), e.acknowledged(), len(e.judge().lost), len(e.judge().twice))
	for n, got := range e.arrived {
		all, again := sent(got)
		t.Logf("receiver %d: got %d deliveries of %d posts, %d of them again", n, all, len(got), again)
	}
	t.Logf("slowest start %s", l.slowest.Round(time.Millisecond))
}

// TestJudge plants one fault after the other in evidence that is clean.
func TestJudge(t *testing.T) {
	fresh := func() *evidence {
		uri := "https://node.example/ap/objects/p"
		return &evidence{
			said:  []*said{{marker: "c0n1", acknowledged: true}, {marker: "c0n2", acknowledged: true}},
			wrote: []*written{{marker: "c0n3", id: "p"}, {marker: "c0n4"}},
			known: 5, items: map[string]int{"c0n1": 1, "c0n2": 1, "c0n3": 1}, posts: map[string]string{"p": "c0n3"},
			announced: map[string]int{uri: 1}, arrived: []map[string]map[string]int{{uri: {"a": 2}}},
			counts: store.Counts{"received": 7, "remotePosts": 2, "posts": 1}, origin: "https://node.example",
		}
	}
	if v := fresh().judge(); !v.clean() {
		t.Fatalf("clean evidence is judged %s", v)
	}
	const uri = "https://node.example/ap/objects/p"
	for name, tt := range map[string]struct {
		plant func(*evidence)
		found func(*verdict) []string
	}{
		"activity lost":             {func(e *evidence) { delete(e.items, "c0n1") }, func(v *verdict) []string { return v.lost }},
		"own post lost":             {func(e *evidence) { delete(e.posts, "p") }, func(v *verdict) []string { return v.lost }},
		"own post is another":       {func(e *evidence) { e.posts["p"] = "c0n4" }, func(v *verdict) []string { return v.lost }},
		"item twice":                {func(e *evidence) { e.items["c0n2"]++ }, func(v *verdict) []string { return v.twice }},
		"two rows of one activity":  {func(e *evidence) { e.counts["received"]++ }, func(v *verdict) []string { return v.other }},
		"post without announcement": {func(e *evidence) { clear(e.announced) }, func(v *verdict) []string { return v.half }},
		"post announced twice":      {func(e *evidence) { e.announced[uri]++ }, func(v *verdict) []string { return v.half }},
		"announcement without post": {func(e *evidence) { e.announced["x"]++ }, func(v *verdict) []string { return v.half }},
		"not delivered":             {func(e *evidence) { clear(e.arrived[0]) }, func(v *verdict) []string { return v.lost }},
		"delivered as two":          {func(e *evidence) { e.arrived[0][uri]["b"] = 1 }, func(v *verdict) []string { return v.twice }},
		"delivered and not there":   {func(e *evidence) { e.arrived[0]["x"] = map[string]int{"c": 1} }, func(v *verdict) []string { return v.half }},
		"something still waits":     {func(e *evidence) { e.counts["queued"] = 1 }, func(v *verdict) []string { return v.other }},
		"job put aside":             {func(e *evidence) { e.counts["failedJobs"] = 1 }, func(v *verdict) []string { return v.other }},
		"fault in the data":         {func(e *evidence) { e.faults = []string{"broken page"} }, func(v *verdict) []string { return v.other }},
	} {
		t.Run(name, func(t *testing.T) {
			e := fresh()
			e.counts = maps.Clone(e.counts)
			tt.plant(e)
			if v := e.judge(); len(tt.found(v)) == 0 {
				t.Errorf("not noticed: %s", v)
			}
		})
	}
}
