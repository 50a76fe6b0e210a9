package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// outbox is the loop's part that turns announcements into deliveries, one after
// another in the order of their commits.
type outbox struct {
	busy     bool            // a task is at it
	again    bool            // something may have come since it was read
	failures map[int64]int   // of announcements that could not be made, by event
	skip     map[string]bool // objects whose later announcements wait for a failed one
	at       time.Time       // when to try those again
}

// announcedAtOnce is how many announcements are read at a time.
const announcedAtOnce = 64

// announce makes all announcements that wait.
func (l *loop) announce(ctx context.Context) {
	if l.stopping {
		return
	}
	if l.outbox.busy {
		l.outbox.again = true
		return
	}
	l.outbox.busy, l.outbox.at = true, time.Time{}
	l.readOutbox(ctx)
}

func (l *loop) readOutbox(ctx context.Context) {
	l.outbox.again, l.outbox.skip = false, map[string]bool{}
	l.spawn(func() func() {
		list, err := l.w.Delivery.Waiting(ctx, announcedAtOnce)
		return func() {
			if err != nil {
				l.pauseOutbox("announcements cannot be read", err)
				return
			}
			if len(list) > 0 {
				l.expand(ctx, list)
				return
			}
			l.outbox.busy = false
			if l.outbox.again {
				l.announce(ctx)
			}
		}
	})
}

// expand makes the announcements of list, then reads more.
func (l *loop) expand(ctx context.Context, list []node.Event) {
	switch {
	case l.stopping:
		l.outbox.busy = false
		return
	case len(list) > 0 && l.outbox.skip[delivery.ObjectKey(list[0])]:
		l.expand(ctx, list[1:])
		return
	case len(list) == 0 && len(l.outbox.skip) > 0 && !l.untilQuiet:
		l.outbox.busy, l.outbox.at = false, l.now.Add(pauseAfterFault)
		return
	case len(list) == 0:
		l.readOutbox(ctx)
		return
	}
	e := list[0]
	hopeless := l.outbox.failures[e.ID] >= maxOwnFailures
	l.spawn(func() func() {
		var x expansion
		var err error
		if hopeless {
			_, err = l.w.Delivery.FanOut(ctx, e, nil, nil)
		} else {
			x, err = l.w.expand(ctx, e)
		}
		return func() {
			if err == nil {
				delete(l.outbox.failures, e.ID)
				l.queued(ctx, x, func() { l.expand(ctx, list[1:]) })
			} else if l.notExpanded(ctx, e, err) {
				l.expand(ctx, list[1:])
			}
		}
	})
}

// notExpanded lets an announcement that failed be tried again, a few times, and
// those of its object wait for it; others go on (R11). It reports whether they can.
func (l *loop) notExpanded(ctx context.Context, e node.Event, err error) bool {
	if ctx.Err() != nil || errors.Is(err, node.ErrFull) || errors.Is(err, node.ErrReadOnly) {
		l.pauseOutbox("announcement cannot be queued", err)
		return false
	}
	l.outbox.failures[e.ID]++
	l.outbox.skip[delivery.ObjectKey(e)] = true
	l.w.Log.Error("announcement cannot be made", "verb", e.Verb, "kind", e.Kind, "object", e.Object, "tries", l.outbox.failures[e.ID], "err", err)
	return true
}

// pauseOutbox leaves the outbox alone for a moment: the database refuses.
func (l *loop) pauseOutbox(what string, err error) {
	l.outbox.busy, l.outbox.at = false, l.now.Add(pauseAfterFault)
	l.failed(what, err)
}

// queued takes note of the deliveries of one fan-out, reads them for all hosts
// with one query, and goes on with then.
func (l *loop) queued(ctx context.Context, x expansion, then func()) {
	var hosts []*host
	for _, name := range x.hosts {
		h := l.host(name)
		h.waiting++
		if h.reading {
			h.came++
		}
		h.at, h.stuck = time.Time{}, false
		if x.urgent { // read again: the Delete goes first, and what it made void not at all
			l.loaded -= len(h.queue)
			h.queue = nil
		}
		if !h.reading && !h.held(l.now) && len(h.queue) < atOnce && l.loaded < maxLoaded && !x.urgent {
			h.startReading()
			hosts = append(hosts, h)
		}
		l.look(h)
	}
	if len(hosts) == 0 {
		then()
		return
	}
	l.fresh(ctx, x.activity, hosts, then)
}

// fresh reads the deliveries of one activity to hosts.
func (l *loop) fresh(ctx context.Context, activity uuid.UUID, hosts []*host, then func()) {
	l.reads++
	basis := make(map[string]int, len(hosts))
	for _, h := range hosts {
		basis[h.name] = h.basis()
	}
	l.spawn(func() func() {
		list, states, err := l.w.Delivery.Fresh(ctx, activity, maxLoaded)
		return func() {
			l.reads--
			if err != nil {
				l.failed("deliveries cannot be read", err)
			}
			for _, state := range states {
				if n, ok := basis[state.Host]; ok && l.hosts[state.Host].changes == n {
					l.hosts[state.Host].state = *state
				}
			}
			for _, d := range list {
				if _, ok := basis[d.Host]; ok {
					l.loaded += l.hosts[d.Host].add(d)
				}
			}
			for _, h := range hosts {
				h.reading = false
				l.look(h)
			}
			then()
		}
	})
}

// add puts a delivery that was read into the queue, if it is new and there is room.
func (h *host) add(d *node.Delivery) int {
	if len(h.queue) >= atOnce || len(h.unknown([]*node.Delivery{d})) == 0 {
		return 0
	}
	h.queue = append(h.queue, d)
	return 1
}
