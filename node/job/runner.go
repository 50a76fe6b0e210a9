// Package job runs work that waits in a table: at least once, in order per
// lane, again after a failure, and put aside with its reason when it keeps failing.
package job

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/poweron-network/poweron/node/store"
)

// Handler does the work of one job. It must be safe to do twice.
type Handler func(ctx context.Context, payload []byte) error

// ErrPoison tells that a job will never succeed: it is put aside at once.
var ErrPoison = errors.New("job cannot succeed")

// maxAttempts is how often a job is tried before it is put aside (R11).
const maxAttempts = 5

// Runner runs the jobs of one kind.
type Runner struct {
	DB      *store.DB
	Now     func() time.Time
	Log     *slog.Logger
	Kind    string
	Handler Handler
	Workers int // lanes at once
	wake    chan struct{}
	once    sync.Once
	mu      sync.Mutex
	busy    map[int64]bool // jobs in memory: handed to a worker, and their end not yet noted
}

func (r *Runner) init() {
	r.once.Do(func() {
		r.wake = make(chan struct{}, 1)
		r.busy = map[int64]bool{}
	})
}

// Wake makes Run look for work now.
func (r *Runner) Wake() {
	r.init()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

const (
	// idleWait is the longest time between two looks at the table.
	idleWait = 30 * time.Second
	// window is how many jobs are in memory at most. With more than half as many
	// nobody looks at the table: it would mostly see those again.
	window = 512
	// pauseAfterFault is how long the database is left alone after it refused.
	pauseAfterFault = time.Second
)

// Run works until ctx ends, then waits for the jobs under way.
func (r *Runner) Run(ctx context.Context) {
	r.init()
	lanes := r.start(ctx)
	defer lanes.stop()
	for ctx.Err() == nil {
		wait, wake := idleWait, r.wake
		if r.held() > window/2 {
			wake = nil // enough to do until there is room
		} else {
			handed, next := r.dispatch(ctx, lanes)
			if handed > 0 {
				continue
			}
			if !next.IsZero() {
				wait = max(min(wait, next.Sub(r.Now())), time.Millisecond)
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-lanes.room:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Drain does all work that is due and returns how many jobs it tried. For tests.
func (r *Runner) Drain(ctx context.Context) (int, error) {
	r.init()
	total := 0
	for {
		jobs, _, _, err := r.due(ctx, lookAt)
		if err != nil {
			return total, err
		}
		if len(jobs) == 0 {
			return total, nil
		}
		for _, j := range jobs {
			if err := r.note(ctx, []outcome{{j, r.call(ctx, j)}}); err != nil {
				return total, err
			}
			total++
		}
	}
}

// outcome is how one try at a job ended.
type outcome struct {
	job *store.Job
	err error
}

type lanes struct {
	work  []chan *store.Job
	wg    sync.WaitGroup
	ended chan outcome
	noted chan struct{} // closed when the last outcome is noted
	room  chan struct{} // tells that jobs ended and half of the window is free
}

func (l *lanes) stop() {
	for _, c := range l.work {
		close(c)
	}
	l.wg.Wait()
	close(l.ended)
	<-l.noted
}

func (r *Runner) start(ctx context.Context) *lanes {
	l := &lanes{ended: make(chan outcome, window), noted: make(chan struct{}), room: make(chan struct{}, 1)}
	go r.noteAll(ctx, l)
	workers := max(r.Workers, 1)
	depth := max(window/workers-1, 1) // with the job under way: no lane takes the room of others
	for range workers {
		c := make(chan *store.Job, depth)
		l.work = append(l.work, c)
		l.wg.Go(func() {
			for j := range c {
				if ctx.Err() == nil {
					l.ended <- outcome{j, r.call(ctx, j)}
				} else {
					r.release(j.ID)
				}
			}
		})
	}
	return l
}

// lookAt is how many waiting jobs one look at the table reads at first.
const lookAt = 256

// due lists jobs that no worker has, oldest first, of the first limit and the
// busy ones; more tells that others may be due behind them. If there are none,
// it tells when the next one becomes due.
func (r *Runner) due(ctx context.Context, limit int) (free []*store.Job, more bool, next time.Time, err error) {
	// Whom workers have is asked before the table: one that is done in between
	// would else be seen waiting and free, and be done twice.
	r.mu.Lock()
	busy := maps.Clone(r.busy)
	r.mu.Unlock()
	now := r.Now()
	err = r.DB.View(ctx, func(tx *store.Tx) error {
		jobs, err := tx.DueJobs(ctx, r.Kind, now, len(busy)+limit)
		if err != nil {
			return err
		}
		more = len(jobs) == len(busy)+limit
		for _, j := range jobs {
			if !busy[j.ID] {
				free = append(free, j)
			}
		}
		if len(free) == 0 {
			next, err = tx.NextJob(ctx, r.Kind, now)
		}
		return err
	})
	if err != nil {
		return nil, false, time.Time{}, fmt.Errorf("list due %s jobs: %w", r.Kind, err)
	}
	return free, more, next, nil
}

// dispatch hands due jobs to the workers of their lanes. If all that it reads
// belong to full lanes it reads further: a flood in one lane holds no other.
func (r *Runner) dispatch(ctx context.Context, l *lanes) (handed int, next time.Time) {
	for limit, more := lookAt, true; more && handed == 0 && ctx.Err() == nil; limit *= 4 {
		var jobs []*store.Job
		var err error
		if jobs, more, next, err = r.due(ctx, limit); err != nil {
			if ctx.Err() == nil {
				r.Log.Error("job queue cannot be read", "kind", r.Kind, "err", err)
			}
			return 0, r.Now().Add(time.Second)
		}
		handed = r.hand(jobs, l)
	}
	return handed, next
}

// hand gives jobs to the workers of their lanes and returns how many. A full
// lane keeps its later jobs waiting in the table, in order.
func (r *Runner) hand(jobs []*store.Job, l *lanes) (handed int) {
	full := map[int]bool{}
	for _, j := range jobs {
		h := fnv.New32a()
		_, _ = h.Write([]byte(j.Lane))
		k := int(h.Sum32() % uint32(len(l.work)))
		if full[k] {
			continue
		}
		r.mu.Lock()
		r.busy[j.ID] = true
		r.mu.Unlock()
		select {
		case l.work[k] <- j:
			handed++
		default:
			full[k] = true
			r.release(j.ID)
		}
	}
	return handed
}

// held is how many jobs are in memory.
func (r *Runner) held() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.busy)
}

// release forgets jobs that are no longer in memory, and tells whether there is
// room to look for others. A list that was read before may still name them: then
// they are done once more, and their rows, whose numbers are never given again,
// stay gone.
func (r *Runner) release(ids ...int64) (room bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		delete(r.busy, id)
	}
	return len(r.busy) <= window/2
}

// noteAll notes how jobs ended, in one commit as many as ended during the one
// before: the workers wait for none of them. Of one lane they are noted in
// order, so a killed process does the last ones again and leaves none out.
func (r *Runner) noteAll(ctx context.Context, l *lanes) {
	defer close(l.noted)
	for first := range l.ended {
		group, ids := []outcome{first}, []int64{first.job.ID}
		for more := len(l.ended); more > 0; more-- {
			o := <-l.ended
			group, ids = append(group, o), append(ids, o.job.ID)
		}
		if err := r.note(ctx, group); err != nil {
			r.Log.Error("jobs cannot be noted", "kind", r.Kind, "jobs", len(group), "err", err)
			select { // or they would be done again at once, and again
			case <-time.After(pauseAfterFault):
			case <-ctx.Done():
			}
		}
		if r.release(ids...) {
			select {
			case l.room <- struct{}{}:
			default:
			}
		}
	}
}

// note notes how jobs ended, all or none.
func (r *Runner) note(ctx context.Context, group []outcome) error {
	ending := ctx.Err() != nil
	return r.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		for _, o := range group {
			if o.err != nil && ending {
				continue // the process ends: the job stays and is done again
			}
			if err := r.noteOne(ctx, tx, o.job, o.err); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *Runner) noteOne(ctx context.Context, tx *store.Tx, j *store.Job, err error) error {
	switch {
	case err == nil:
		return tx.DoneJob(ctx, j.ID)
	case errors.Is(err, ErrPoison) || j.Attempts+1 >= maxAttempts:
		r.Log.Error("job put aside", "kind", r.Kind, "job", j.ID, "attempts", j.Attempts+1, "err", err)
		return tx.FailJob(ctx, j.ID, err.Error())
	}
	wait := time.Duration(1<<min(j.Attempts, 10)) * 15 * time.Second
	wait += rand.N(wait / 5)
	r.Log.Warn("job failed, will be tried again", "kind", r.Kind, "job", j.ID, "attempts", j.Attempts+1, "err", err)
	return tx.RetryJob(ctx, j.ID, r.Now().Add(wait), err.Error())
}

func (r *Runner) call(ctx context.Context, j *store.Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return r.Handler(ctx, j.Payload)
}
