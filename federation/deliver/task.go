package deliver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// read reads what is due to h.
func (l *loop) read(ctx context.Context, h *host) {
	limit := atOnce
	if l.loaded > maxLoaded {
		limit = perHost
	}
	limit += len(h.busy)
	basis := h.basis()
	h.startReading()
	l.reads++
	l.spawn(func() func() {
		list, state, next, err := l.w.Delivery.Due(ctx, h.name, limit)
		return func() {
			h.reading = false
			l.reads--
			if err != nil {
				h.at = l.now.Add(pauseAfterFault)
				l.failed("deliveries cannot be read", err)
				l.look(h)
				return
			}
			if h.changes == basis {
				h.state = *state
				l.w.noteFailing(state, time.Time{})
			}
			l.loaded += h.fill(list, next, l.now)
			l.look(h)
		}
	})
}

// fill takes in what the table says is due, and returns how many deliveries were new.
func (h *host) fill(list []*node.Delivery, next, now time.Time) int {
	due := len(list)
	list = h.unknown(list)
	h.queue, h.at = list, time.Time{}
	switch {
	case len(list) > 0:
		h.waiting = max(h.waiting, len(list)+len(h.busy))
	case h.came > 0: // queued since the table was asked: ask again
		h.waiting = max(h.waiting, h.came)
	case len(h.busy) > 0:
		h.stuck = true
	case due > 0: // all noted since the table was asked, and what waits for them is due now: ask again
	case next.IsZero():
		h.waiting = 0
	case next.After(now):
		h.at = next
	default: // due since the table was asked
		h.at = now.Add(shortestRest)
	}
	return len(list)
}

// probe tries one delivery to h, due or not, because h made a request to us. If
// none waits, the next one that is queued may go, also to a dead host.
func (l *loop) probe(ctx context.Context, h *host) {
	h.startReading()
	l.reads++
	l.spawn(func() func() {
		d, state, err := l.w.Delivery.Probe(ctx, h.name)
		if err == nil && d == nil {
			now := l.w.Now()
			err = l.w.Peers.ChangeHost(ctx, h.name, func(stored *node.HostState) { stored.OpenUntil = now })
			state.OpenUntil = now
		}
		return func() {
			h.reading, h.forced = false, false
			l.reads--
			if err != nil {
				l.failed("probe cannot be made", err)
				l.look(h)
				return
			}
			h.state = *state
			l.w.noteFailing(state, l.now)
			if d == nil {
				h.waiting = h.came
			} else {
				h.waiting = max(h.waiting, 1)
				l.begin(ctx, h, d)
			}
			l.look(h)
		}
	})
}

// giveUp drops what waits for a dead host and is not worth keeping.
func (l *loop) giveUp(ctx context.Context, h *host) {
	h.startReading()
	l.reads++
	problem := fmt.Sprintf("the server took nothing on %d days", h.state.FailDays)
	l.spawn(func() func() {
		left, err := l.w.Delivery.GiveUp(ctx, h.name, problem)
		return func() {
			h.reading = false
			l.reads--
			if err != nil {
				l.failed("deliveries to a dead host cannot be dropped", err)
				return
			}
			h.waiting, h.kept = left+h.came, left
			l.look(h)
		}
	})
}

// begin tries to deliver d.
func (l *loop) begin(ctx context.Context, h *host, d *node.Delivery) {
	doubted := h.doubtful()
	if doubted {
		l.doubted++
	}
	h.busy = append(h.busy, d)
	h.inflight++
	l.inflight++
	l.unsigned.Add(1)
	l.attempts++
	h.tried = l.now
	state := h.state
	l.spawn(func() func() {
		signed := sync.OnceFunc(l.tellSigned)
		a := l.w.attempt(ctx, d, &state, signed)
		signed()
		return func() {
			if doubted {
				l.doubted--
			}
			h.inflight--
			l.inflight--
			if a.err != nil && ctx.Err() != nil { // cut off: the next process tries it
				h.done(d)
				return
			}
			l.ended(ctx, h, d, a)
			if h.streak++; a.err != nil || h.streak >= longestStreak || len(h.queue) == 0 {
				h.streak = 0
			}
			l.look(h)
		}
	})
}

// tellSigned makes room for another attempt to be signed.
func (l *loop) tellSigned() {
	l.unsigned.Add(-1)
	select {
	case l.signed <- struct{}{}:
	default:
	}
}

// ended lets an attempt count, and has it noted.
func (l *loop) ended(ctx context.Context, h *host, d *node.Delivery, a answer) {
	dead := h.state.Dead
	f := judge(d, &h.state, a, l.now, rand.Float64())
	if f.Host != nil {
		f.Host(&h.state)
		h.changes++
		l.w.noteFailing(&h.state, l.now)
	}
	if !h.state.Dead {
		h.kept = 0
	}
	switch {
	case h.state.Dead && !dead:
		l.w.Log.Warn("host given up: only a delivery that arrives revives it", "host", h.name, "days", h.state.FailDays)
	case f.Outcome == node.Dropped:
		l.w.Log.Info("delivery dropped", "host", h.name, "activity", d.Activity, "attempts", d.Attempts+1, "err", a.err)
	case f.Outcome == node.Retry:
		l.w.Log.Debug("delivery failed", "host", h.name, "activity", d.Activity, "attempts", d.Attempts+1, "next", f.Next, "err", a.err)
	}
	if len(l.done) == 0 && !l.faulty {
		l.linger.Reset(lingerFor)
	}
	l.done = append(l.done, ended{h, f, h.changes})
	if a.err == nil {
		l.learn(ctx, h)
	}
}

// save notes attempts that ended, many in one commit.
func (l *loop) save(ctx context.Context) {
	if len(l.done) == 0 || l.saving > 0 || l.faulty || !l.lingered && len(l.done) < saveAtOnce && l.inflight > 0 {
		return
	}
	list := l.done
	l.done, l.saving, l.lingered = nil, len(list), false
	l.linger.Stop()
	l.spawn(func() func() {
		finished := make([]delivery.Finished, len(list))
		for i, e := range list {
			finished[i] = e.f
		}
		changed, err := l.w.Delivery.FinishAll(context.WithoutCancel(ctx), finished)
		return func() {
			l.saving = 0
			if err != nil {
				l.done = append(list, l.done...)
				l.failed("deliveries cannot be noted", err)
				l.faulty = true
				l.linger.Reset(pauseAfterFault)
				return
			}
			for _, e := range list {
				l.saved(e, changed[e.h.name])
			}
		}
	})
}

// saved takes note that an attempt is in the table.
func (l *loop) saved(e ended, state *node.HostState) {
	h := e.h
	h.done(e.f.Delivery)
	h.saved = e.changes
	if state != nil && h.changes == e.changes {
		h.state = *state
	}
	switch {
	case e.f.Outcome != node.Retry:
		h.waiting--
	case h.waiting == 1:
		h.at = e.f.Next
	case !h.at.IsZero():
		h.at = sooner(h.at, e.f.Next)
	}
	l.look(h)
}

// learn asks, beside the deliveries, what the software of a host understands.
func (l *loop) learn(ctx context.Context, h *host) {
	if l.w.Learn == nil || h.asked || !h.state.CheckedAt.IsZero() || l.learning >= learnAtOnce {
		return
	}
	h.asked, h.learning = true, true
	l.learning++
	l.spawn(func() func() {
		l.w.Learn(ctx, h.name)
		state, err := l.w.Peers.Host(ctx, h.name)
		return func() {
			l.learning--
			h.learning = false
			if err == nil {
				h.state.Application, h.state.Ed25519, h.state.CheckedAt = state.Application, state.Ed25519, state.CheckedAt
			}
			l.look(h)
		}
	})
}
