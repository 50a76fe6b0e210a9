// Package deliver is the way out. It turns committed changes into activities,
// queues one delivery for each inbox, and posts what is queued, signed anew each
// time, until it arrives or is given up (federation.md 9).
//
// The queue lies in the database, so a killed process sends again what it had
// not noted as sent: at least once, in order for each object and inbox. In
// memory there is only a table of the hosts for which something waits, and for
// each the next few deliveries. One goroutine, the loop, owns that table and
// decides; all that takes time happens in tasks beside it.
package deliver

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/peers"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
)

// Worker delivers what a node says. All fields up to Log are required.
type Worker struct {
	Delivery *delivery.Service
	People   *people.Service
	Peers    *peers.Service
	Client   *fetch.Client
	Skills   *skillset.Set
	Origin   node.Origin
	Now      func() time.Time
	Log      *slog.Logger
	// Learn, if set, finds out what a host's Application implements (FEP-844e) and
	// notes it through Peers. It is called beside the deliveries, once for a host
	// that took one and was never asked.
	Learn func(ctx context.Context, host string)
	// Roster, if set, tells which versions of the rosters of an audience we go by;
	// Heard is told what the other side answered to that (federation.md 8.3, 4).
	Roster func(ctx context.Context, a node.Audience) string
	Heard  func(ctx context.Context, inbox, rosters string)
	// Workers is how many attempts may be under way at once; 0 means 512. Most of
	// them wait for other servers, some of which never answer.
	Workers int
	// Grace is how long attempts under way may go on after Run's context ended;
	// 0 means 3 seconds. What is cut off is sent again by the next process.
	Grace time.Duration

	once       sync.Once
	running    sync.Mutex
	wake       chan struct{}
	signing    chan struct{}
	activities *cache[*said]
	keys       *cache[*signers]

	mu      sync.Mutex
	failing map[string]time.Time // hosts that failed and took nothing since, and when they failed here
	revived map[string]bool      // those that made a request
}

// Sizes of what is kept in memory, in bytes.
const (
	activitiesKept = 16 << 20
	keysKept       = 1 << 20
)

func (w *Worker) init() {
	w.once.Do(func() {
		w.wake = make(chan struct{}, 1)
		w.signing = make(chan struct{}, runtime.GOMAXPROCS(0))
		w.activities, w.keys = newCache[*said](activitiesKept), newCache[*signers](keysKept)
		w.failing, w.revived = map[string]time.Time{}, map[string]bool{}
	})
}

// Run delivers until ctx ends, then ends what is under way and notes it.
func (w *Worker) Run(ctx context.Context) {
	w.init()
	w.running.Lock()
	defer w.running.Unlock()
	l := newLoop(w)
	for {
		err := l.load(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
		w.Log.Error("delivery queue cannot be read", "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pauseAfterFault):
		}
	}
	l.run(ctx)
}

var errRunning = errors.New("deliveries are running already")

// Drain announces all that waits and tries every delivery that is due, until
// nothing is. It returns how many attempts it made. It is for tests, and cannot
// be used while Run is.
func (w *Worker) Drain(ctx context.Context) (int, error) {
	w.init()
	if !w.running.TryLock() {
		return 0, errRunning
	}
	defer w.running.Unlock()
	l := newLoop(w)
	l.untilQuiet = true
	if err := l.load(ctx); err != nil {
		return 0, err
	}
	l.run(ctx)
	if l.fault == nil {
		l.fault = ctx.Err()
	}
	return l.attempts, l.fault
}

// Idle reports whether nothing waits to be announced and no delivery is due.
func (w *Worker) Idle(ctx context.Context) (bool, error) { return w.Delivery.Idle(ctx) }

// Wake makes Run look at the outbox and at the clock now: something was
// committed, perhaps by another process.
func (w *Worker) Wake() {
	w.init()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Revive tells that a host signed a request to us. If deliveries to it fail, its
// next probe is made now; what is known of the host stays as it is until that
// probe has an answer (design.md 9). It costs nothing for all other hosts.
func (w *Worker) Revive(host string) {
	w.init()
	w.mu.Lock()
	_, known := w.failing[host]
	if known {
		w.revived[host] = true
	}
	w.mu.Unlock()
	if known {
		w.Wake()
	}
}

// Forget drops the keys that are kept in memory: another process may have changed them.
func (w *Worker) Forget() {
	w.init()
	w.keys.forget()
}

// noteFailing keeps the list of hosts that Revive is about; at is when the host
// was tried, zero if it was not.
func (w *Worker) noteFailing(h *node.HostState, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !failing(h) {
		delete(w.failing, h.Host)
		return
	}
	if _, known := w.failing[h.Host]; !known || !at.IsZero() {
		w.failing[h.Host] = at
	}
}

// takeRevived returns the hosts that made a request since it was called last,
// and when they were tried.
func (w *Worker) takeRevived() map[string]time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.revived) == 0 {
		return nil
	}
	list := map[string]time.Time{}
	for host := range w.revived {
		list[host] = w.failing[host]
	}
	clear(w.revived)
	return list
}
