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
	busy    map[int64]bool // jobs handed to a worker
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

// idleWait is the longest time between two looks at the table.
const idleWait = 30 * time.Second

// Run works until ctx ends, then waits for the jobs under way.
func (r *Runner) Run(ctx context.Context) {
	r.init()
	lanes := r.start(ctx)
	defer lanes.stop()
	for ctx.Err() == nil {
		n, next := r.dispatch(ctx, lanes)
		if n > 0 {
			continue
		}
		wait := idleWait
		// A due job that no worker can take now is taken when one is freed, not by asking again.
		if until := next.Sub(r.Now()); !next.IsZero() && until > 0 {
			wait = min(wait, until)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-r.wake:
		case <-lanes.freed:
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
		jobs, _, err := r.due(ctx)
		if err != nil {
			return total, err
		}
		if len(jobs) == 0 {
			return total, nil
		}
		for _, j := range jobs {
			r.work(ctx, j)
			total++
		}
	}
}

type lanes struct {
	work  []chan *store.Job
	wg    sync.WaitGroup
	freed chan struct{}
}

func (l *lanes) stop() {
	for _, c := range l.work {
		close(c)
	}
	l.wg.Wait()
}

// laneDepth is how many jobs wait in memory for one worker.
const laneDepth = 64

func (r *Runner) start(ctx context.Context) *lanes {
	l := &lanes{freed: make(chan struct{}, 1)}
	for range max(r.Workers, 1) {
		c := make(chan *store.Job, laneDepth)
		l.work = append(l.work, c)
		l.wg.Go(func() {
			for j := range c {
				if ctx.Err() == nil {
					r.work(ctx, j)
				} else {
					r.release(j.ID)
				}
				if len(c) == 0 {
					select {
					case l.freed <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	return l
}

// due lists jobs that no worker has, oldest first; if there are none, it tells
// when the next one becomes due.
func (r *Runner) due(ctx context.Context) (free []*store.Job, next time.Time, err error) {
	// Whom workers have is asked before the table: one that is done in between
	// would else be seen waiting and free, and be done twice.
	r.mu.Lock()
	busy := maps.Clone(r.busy)
	r.mu.Unlock()
	now := r.Now()
	err = r.DB.View(ctx, func(tx *store.Tx) error {
		jobs, err := tx.DueJobs(ctx, r.Kind, now, len(busy)+256)
		if err != nil {
			return err
		}
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
		return nil, time.Time{}, fmt.Errorf("list due %s jobs: %w", r.Kind, err)
	}
	return free, next, nil
}

// dispatch hands due jobs to the workers of their lanes. A full lane keeps its
// later jobs waiting in the table, in order.
func (r *Runner) dispatch(ctx context.Context, l *lanes) (handed int, next time.Time) {
	jobs, next, err := r.due(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.Log.Error("job queue cannot be read", "kind", r.Kind, "err", err)
		}
		return 0, r.Now().Add(time.Second)
	}
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
	return handed, next
}

func (r *Runner) release(id int64) {
	r.mu.Lock()
	delete(r.busy, id)
	r.mu.Unlock()
}

// work runs one job and notes how it ended.
func (r *Runner) work(ctx context.Context, j *store.Job) {
	defer r.release(j.ID)
	err := r.call(ctx, j)
	if err != nil && ctx.Err() != nil {
		return // the process ends: the job stays and is done again
	}
	note := func(tx *store.Tx) error { return tx.DoneJob(ctx, j.ID) }
	switch {
	case err == nil:
	case errors.Is(err, ErrPoison) || j.Attempts+1 >= maxAttempts:
		r.Log.Error("job put aside", "kind", r.Kind, "job", j.ID, "attempts", j.Attempts+1, "err", err)
		note = func(tx *store.Tx) error { return tx.FailJob(ctx, j.ID, err.Error()) }
	default:
		wait := time.Duration(1<<min(j.Attempts, 10)) * 15 * time.Second
		wait += rand.N(wait / 5)
		r.Log.Warn("job failed, will be tried again", "kind", r.Kind, "job", j.ID, "attempts", j.Attempts+1, "err", err)
		note = func(tx *store.Tx) error { return tx.RetryJob(ctx, j.ID, r.Now().Add(wait), err.Error()) }
	}
	if err := r.DB.Write(context.WithoutCancel(ctx), note); err != nil {
		r.Log.Error("job cannot be noted", "kind", r.Kind, "job", j.ID, "err", err)
	}
}

func (r *Runner) call(ctx context.Context, j *store.Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return r.Handler(ctx, j.Payload)
}
