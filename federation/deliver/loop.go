package deliver

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// loop owns the table of hosts. Its fields are touched by its own goroutine
// only; tasks hand back what to do with their outcome.
type loop struct {
	w          *Worker
	hosts      map[string]*host
	lists      [lists][]*host // hosts for which something can be done, in turn
	now        time.Time
	soonest    time.Time // when a host that rests is to be looked at again
	events     chan func()
	tasks      int // that have not handed back
	workers    int
	inflight   int           // attempts under way
	unsigned   atomic.Int64  // of these, those that still wait for a processor
	signed     chan struct{} // one of them was signed
	doubted    int           // of these, to doubtful hosts
	reads      int
	learning   int
	loaded     int // deliveries in the queues of hosts
	done       []ended
	saving     int // ended attempts that are being noted
	lingered   bool
	linger     *time.Timer
	faulty     bool // the database refuses; wait
	outbox     outbox
	stopping   bool
	untilQuiet bool
	fault      error // why untilQuiet ended early
	attempts   int
}

// ended is an attempt that is over and not yet noted.
type ended struct {
	h       *host
	f       delivery.Finished
	changes int // h.changes with this attempt
}

// The lists of hosts, by what they wait for.
const (
	readers  = iota // the database
	warm            // a worker, with a connection that is open
	sure            // a worker
	doubtful        // one of the workers that doubtful hosts may have
	lists
)

const (
	defaultWorkers = 512
	// unsignedAtOnce attempts wait for a processor. More would not go out sooner,
	// but each would want a connection of its own.
	unsignedAtOnce = 16
	defaultGrace   = 3 * time.Second
	// readsAtOnce leaves most of the database's readers to pages.
	readsAtOnce  = 2
	learnAtOnce  = 4
	maxLoaded    = 8192
	maxUnsaved   = 1024
	saveAtOnce   = 256
	lingerFor    = 50 * time.Millisecond // so that one commit notes many attempts
	longestRest  = 30 * time.Second
	shortestRest = time.Millisecond
	// pauseAfterFault is how long the database is left alone after it refused.
	pauseAfterFault = time.Second
)

func newLoop(w *Worker) *loop {
	l := &loop{
		w: w, hosts: map[string]*host{}, events: make(chan func(), 64), signed: make(chan struct{}, 1), now: w.Now(),
		workers: cmp.Or(w.Workers, defaultWorkers), outbox: outbox{failures: map[int64]int{}}, linger: time.NewTimer(time.Hour),
	}
	l.linger.Stop()
	return l
}

// load reads which hosts something waits for, once.
func (l *loop) load(ctx context.Context) error {
	waiting, err := l.w.Delivery.Hosts(ctx)
	if err != nil {
		return err
	}
	failing, err := l.w.Delivery.Failing(ctx)
	if err != nil {
		return err
	}
	for _, due := range waiting {
		h := l.host(due.Host)
		h.waiting, h.at = due.N, due.Next
	}
	for _, state := range failing {
		l.w.noteFailing(state, time.Time{})
		if h := l.hosts[state.Host]; h != nil {
			h.state = *state
		}
	}
	return nil
}

func (l *loop) host(name string) *host {
	h := l.hosts[name]
	if h == nil {
		h = &host{name: name, state: node.HostState{Host: name}}
		l.hosts[name] = h
	}
	return h
}

// spawn runs a task beside the loop; what it returns runs in the loop.
func (l *loop) spawn(task func() (then func())) {
	l.tasks++
	go func() { l.events <- task() }()
}

// run works until ctx ends, or, if untilQuiet, until nothing is due.
func (l *loop) run(ctx context.Context) {
	// Attempts under way outlast ctx for a while, and their outcomes are noted in any case.
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	timer := time.NewTimer(longestRest)
	defer timer.Stop()
	var grace <-chan time.Time
	end := ctx.Done()
	l.announce(work)
	l.lookAround()
	for {
		l.now = l.w.Now()
		for !l.stopping && l.pass(work) {
		}
		l.save(work)
		if l.tasks == 0 && (l.stopping && (len(l.done) == 0 || l.faulty) || l.untilQuiet && l.quiet()) {
			return
		}
		timer.Reset(l.rest())
		select {
		case then := <-l.events:
			l.handBack(then)
		case <-l.signed:
		case <-l.linger.C:
			l.lingered, l.faulty = true, false
		case <-l.w.wake:
			l.announce(work)
			l.lookAround()
		case <-timer.C:
			l.announce(work)
			l.lookAround()
		case <-end:
			l.stopping, end = true, nil
			grace = time.After(cmp.Or(l.w.Grace, defaultGrace))
		case <-grace:
			cut()
		}
	}
}

// handBack does what a task returned, and whatever else has come back since.
func (l *loop) handBack(then func()) {
	l.now = l.w.Now()
	for {
		l.tasks--
		then()
		select {
		case then = <-l.events:
		default:
			return
		}
	}
}

// rest is how long the loop may sleep.
func (l *loop) rest() time.Duration {
	at := sooner(l.soonest, l.outbox.at)
	if at.IsZero() {
		return longestRest
	}
	return min(max(at.Sub(l.now), shortestRest), longestRest)
}

// quiet reports whether nothing can be done now.
func (l *loop) quiet() bool {
	for _, list := range l.lists {
		if len(list) > 0 {
			return false
		}
	}
	return len(l.done) == 0
}

// failed notes that the database refused. Run tries again; Drain ends.
func (l *loop) failed(what string, err error) {
	if l.stopping {
		return
	}
	l.w.Log.Error(what, "err", err)
	if l.untilQuiet {
		l.fault, l.stopping = err, true
	}
}

// lookAround looks at every host: time has passed, or somebody asked.
func (l *loop) lookAround() {
	l.now, l.soonest = l.w.Now(), time.Time{}
	for name, tried := range l.w.takeRevived() {
		h := l.host(name)
		h.forced = true
		if h.tried.IsZero() {
			h.tried = tried
		}
	}
	for _, h := range l.hosts {
		l.look(h)
	}
}

// look puts h into the list of what can be done for it, or notes when to look again.
func (l *loop) look(h *host) {
	if h.listed {
		return
	}
	if h.held(l.now) && len(h.queue) > 0 { // read again when it is tried again
		l.loaded -= len(h.queue)
		h.queue, h.at = nil, time.Time{}
	}
	s, at := h.next(l.now)
	if s != rest {
		h.listed = true
		k := listOf(h, s)
		l.lists[k] = append(l.lists[k], h)
		return
	}
	if h.over() {
		delete(l.hosts, h.name)
		return
	}
	l.soonest = sooner(l.soonest, at)
}

func listOf(h *host, s step) int {
	switch {
	case s != begin:
		return readers
	case h.doubtful():
		return doubtful
	case h.streak > 0 && h.streak < longestStreak:
		return warm
	}
	return sure
}

// pass does what there is room for, one thing for each host in turn. It reports
// whether it did anything.
func (l *loop) pass(ctx context.Context) (did bool) {
	for k := range l.lists {
		for len(l.lists[k]) > 0 && l.room(k) {
			h := l.lists[k][0]
			l.lists[k] = l.lists[k][1:]
			h.listed, did = false, true
			s, _ := h.next(l.now)
			if s != rest && listOf(h, s) == k {
				l.do(ctx, h, s)
				if s == begin && len(l.lists[sure])+len(l.lists[doubtful]) > 0 {
					continue // others first; the end of the attempt brings it back
				}
			}
			l.look(h)
		}
	}
	return did
}

// room reports whether something of list k may begin.
func (l *loop) room(k int) bool {
	if l.faulty || len(l.done)+l.saving >= maxUnsaved {
		return false
	}
	if k == readers {
		return l.reads < readsAtOnce
	}
	return l.inflight < l.workers && l.unsigned.Load() < unsignedAtOnce && (k != doubtful || l.doubted < max(l.workers*3/4, 1))
}

func (l *loop) do(ctx context.Context, h *host, s step) {
	switch s {
	case read:
		l.read(ctx, h)
	case probe:
		l.probe(ctx, h)
	case giveUp:
		l.giveUp(ctx, h)
	case begin:
		d := h.queue[0]
		h.queue = h.queue[1:]
		l.loaded--
		l.begin(ctx, h, d)
	}
}
