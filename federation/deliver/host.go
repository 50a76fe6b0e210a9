package deliver

import (
	"slices"
	"time"

	"github.com/poweron-network/poweron/node"
)

// host is what the loop knows of one host for which something waits.
type host struct {
	name     string
	state    node.HostState
	changes  int              // of state, by attempts that ended
	saved    int              // those of them that are in the table
	waiting  int              // deliveries in the table, with those below; may be too high
	queue    []*node.Delivery // read, not begun
	busy     []*node.Delivery // begun, not yet noted
	inflight int              // of busy: still under way
	reading  bool             // a task reads for it
	noted    []int64          // deliveries that were noted since it began, which it may have seen before
	listed   bool             // it is in one of the loop's lists
	stuck    bool             // what else waits can be read when one of busy is noted
	at       time.Time        // when something else may be due; zero: now
	forced   bool             // a request of theirs asks for a probe
	streak   int              // attempts in a row
	tried    time.Time        // when an attempt last began
	came     int              // deliveries queued while the table was read: the answer may lack them
	kept     int              // waiting, of a dead host, when its posts were dropped
	asked    bool             // Learn was called
	learning bool             // and has not returned
}

// step is what can be done for a host.
type step int

const (
	rest   step = iota // nothing now
	read               // read what is due
	probe              // read one, due or not
	giveUp             // drop its posts
	begin              // begin an attempt
)

const (
	// atOnce is how many deliveries are read for one host at a time.
	atOnce = 50
	// perHost is how many attempts may be under way to one host (R4, R5); to one
	// of which nothing good is known, only one.
	perHost = 2
	// longestStreak is how many deliveries a host gets in a row, as long as its
	// connection is open, while others wait for their turn.
	longestStreak = 8
	// longestHold is how long a circuit can be open. One that seems to be open for
	// longer was opened before the clock went back (R18).
	longestHold = 24 * time.Hour
	// reviveGap is the shortest time between two attempts that a host brings about itself.
	reviveGap = 5 * time.Second
)

// held reports whether nothing may go to the host now.
func (h *host) held(now time.Time) bool {
	return h.state.OpenUntil.After(now) && h.state.OpenUntil.Sub(now) <= longestHold
}

// doubtful hosts share a part of the workers, as they may leave them hanging.
func (h *host) doubtful() bool { return h.state.LastOK.IsZero() || h.state.Failures > 0 }

// next says what can be done for h now, or when to look again; a zero time
// means: when something about it changes.
func (h *host) next(now time.Time) (step, time.Time) {
	s, at := h.usual(now)
	if s != rest || !h.forced || h.reading || len(h.busy) > 0 {
		return s, at
	}
	if gap := h.tried.Add(reviveGap); gap.After(now) && gap.Sub(now) <= reviveGap {
		return rest, sooner(at, gap)
	}
	return probe, time.Time{}
}

func (h *host) usual(now time.Time) (step, time.Time) {
	most := perHost
	if h.doubtful() {
		most = 1
	}
	switch {
	case h.inflight >= most:
		return rest, time.Time{}
	case h.held(now):
		if h.state.Dead && h.waiting > h.kept && len(h.busy) == 0 && !h.reading {
			return giveUp, time.Time{}
		}
		if h.waiting == 0 {
			return rest, time.Time{}
		}
		return rest, h.state.OpenUntil
	case len(h.queue) > 0:
		return begin, time.Time{}
	case h.reading:
		return rest, time.Time{}
	case h.stuck || h.waiting <= len(h.busy):
		return rest, time.Time{}
	case h.at.After(now):
		return rest, h.at
	}
	return read, time.Time{}
}

// over reports whether h can be forgotten.
func (h *host) over() bool {
	return h.waiting <= 0 && len(h.busy) == 0 && len(h.queue) == 0 && !h.reading && !h.forced && !h.listed && !h.learning
}

// basis is what changes must still be when a state that is read now may replace
// the one here: the table has all of them, and no other was made meanwhile.
func (h *host) basis() int {
	if h.saved != h.changes {
		return -1
	}
	return h.changes
}

// startReading lets nothing else be read for h until the rows are there.
func (h *host) startReading() { h.reading, h.noted, h.came = true, nil, 0 }

// unknown leaves of rows read from the table those that are new, and that do
// not follow one about the same object that is still under way: a Delete makes
// the table forget the latter, not the network.
func (h *host) unknown(list []*node.Delivery) []*node.Delivery {
	return slices.DeleteFunc(list, func(d *node.Delivery) bool {
		same := func(b *node.Delivery) bool { return b.ID == d.ID }
		about := func(b *node.Delivery) bool { return b.ObjectKey == d.ObjectKey && b.Inbox == d.Inbox }
		return slices.Contains(h.noted, d.ID) || slices.ContainsFunc(h.queue, same) || slices.ContainsFunc(h.busy, about)
	})
}

// done removes d from what is under way and not noted.
func (h *host) done(d *node.Delivery) {
	h.busy = slices.DeleteFunc(h.busy, func(b *node.Delivery) bool { return b == d })
	h.stuck = false
	if h.reading {
		h.noted = append(h.noted, d.ID)
	}
}

// sooner is the earlier of two times; a zero time is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
