package job_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node/job"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

const kind = "test"

// patience is how long a test waits for what has to happen.
const patience = 20 * time.Second

type fixture struct {
	db    *store.DB
	clock *nodetest.Clock
	log   *journal
}

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func newFixture(t *testing.T) *fixture {
	return &fixture{db: nodetest.Open(t), clock: nodetest.NewClock(), log: &journal{}}
}

func (f *fixture) runner(workers int, h job.Handler) *job.Runner {
	return &job.Runner{DB: f.db, Now: f.clock.Now, Log: slog.New(slog.NewTextHandler(f.log, nil)), Kind: kind, Handler: h, Workers: workers}
}

// enqueue adds jobs to a lane that are due now; each payload is one job.
func (f *fixture) enqueue(t *testing.T, lane string, payloads ...string) {
	t.Helper()
	err := f.db.Write(t.Context(), func(tx *store.Tx) error {
		for _, p := range payloads {
			if err := tx.Enqueue(t.Context(), kind, lane, []byte(p), f.clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// waiting lists the jobs in the table, due or not, that were not put aside.
func (f *fixture) waiting(t *testing.T) (list []*store.Job) {
	t.Helper()
	err := f.db.View(t.Context(), func(tx *store.Tx) (err error) {
		list, err = tx.DueJobs(t.Context(), kind, f.clock.Now().Add(365*24*time.Hour), 10000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func drain(t *testing.T, r *job.Runner, want int) {
	t.Helper()
	if n, err := r.Drain(t.Context()); err != nil || n != want {
		t.Fatalf("Drain tried %d jobs, %v; want %d", n, err, want)
	}
}

// start runs r until the test ends or stop is called; stop returns when Run did.
func start(t *testing.T, r *job.Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	stop = func() {
		cancel()
		receive(t, done, "the end of Run")
	}
	t.Cleanup(stop)
	return stop
}

func receive[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Errorf("waited in vain for %s", what)
	}
	return v
}

func numbers(prefix string, n int) (list []string) {
	for k := range n {
		list = append(list, fmt.Sprintf("%s%04d", prefix, k))
	}
	return list
}

// TestLanesKeepOrder runs more jobs than workers keep in memory.
func TestLanesKeepOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const lanes, each = 5, 150
	for k := range each {
		for l := range lanes {
			f.enqueue(t, fmt.Sprintf("lane%d", l), fmt.Sprintf("lane%d %04d", l, k))
		}
	}
	var mu sync.Mutex
	got, left, all := map[string][]string{}, lanes*each, make(chan struct{})
	stop := start(t, f.runner(3, func(_ context.Context, payload []byte) error {
		lane, number, _ := strings.Cut(string(payload), " ")
		mu.Lock()
		defer mu.Unlock()
		got[lane] = append(got[lane], number)
		if left--; left == 0 {
			close(all)
		}
		return nil
	}))
	receive(t, all, "all jobs")
	stop()
	mu.Lock()
	defer mu.Unlock()
	for l := range lanes {
		if lane := fmt.Sprintf("lane%d", l); !slices.Equal(got[lane], numbers("", each)) {
			t.Errorf("%s ran as %v", lane, got[lane])
		}
	}
	if w := f.waiting(t); len(w) != 0 {
		t.Errorf("%d jobs are left", len(w))
	}
}

// TestSlowLaneHoldsNobody queues far more for one slow lane than is read at once.
func TestSlowLaneHoldsNobody(t *testing.T) {
	t.Parallel()
	for name, queued := range map[string]int{"one job": 1, "more than fits in memory": 100, "more than is read at once": 1500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.enqueue(t, "slow", numbers("slow", queued)...)
			f.enqueue(t, "fast", "fast1")
			release, fast := make(chan struct{}), make(chan string, 8)
			r := f.runner(2, func(ctx context.Context, payload []byte) error {
				if strings.HasPrefix(string(payload), "fast") {
					fast <- string(payload)
					return nil
				}
				select {
				case <-release:
				case <-ctx.Done():
				}
				return ctx.Err()
			})
			stop := start(t, r)
			if got := receive(t, fast, "the fast lane"); got != "fast1" {
				t.Errorf("got %q", got)
			}
			f.enqueue(t, "fast", "fast2") // while the other lane is full
			r.Wake()
			if got := receive(t, fast, "the fast lane again"); got != "fast2" {
				t.Errorf("got %q", got)
			}
			stop()
			if w := f.waiting(t); len(w) < queued {
				t.Errorf("%d jobs wait, want %d", len(w), queued)
			}
		})
	}
}

// TestR11Retries follows a job that fails every time until it is put aside.
func TestR11Retries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler job.Handler
		tries   int
		reason  string
	}{
		"error":          {func(context.Context, []byte) error { return errors.New("no such luck") }, 5, "no such luck"},
		"panic":          {func(context.Context, []byte) error { panic("out of cheese") }, 5, "panic: out of cheese"},
		"poison":         {func(context.Context, []byte) error { return job.ErrPoison }, 1, "job cannot succeed"},
		"wrapped poison": {func(context.Context, []byte) error { return fmt.Errorf("parse: %w", job.ErrPoison) }, 1, "parse: job cannot succeed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.enqueue(t, "a", "bad")
			var others int
			r := f.runner(1, func(ctx context.Context, payload []byte) error {
				if string(payload) != "bad" {
					others++
					return nil
				}
				return c.handler(ctx, payload)
			})
			for try := 1; try < c.tries; try++ {
				drain(t, r, 1)
				drain(t, r, 0) // not at once
				w := f.waiting(t)
				if len(w) != 1 || w[0].Attempts != try || !strings.HasPrefix(w[0].Error, c.reason) {
					t.Fatalf("after try %d the job is %+v", try, w)
				}
				least := 15 * time.Second << (try - 1)
				if wait := w[0].RunAt.Sub(f.clock.Now()); wait < least || wait > least+least/5 {
					t.Errorf("after try %d it waits %v, want about %v", try, wait, least)
				}
				f.clock.Set(w[0].RunAt.Add(-time.Millisecond))
				drain(t, r, 0)
				f.clock.Set(w[0].RunAt)
			}
			f.enqueue(t, "a", "good")
			drain(t, r, 2)
			if w := f.waiting(t); len(w) != 0 || others != 1 {
				t.Errorf("waiting: %v; %d others ran", w, others)
			}
			f.clock.Add(24 * time.Hour)
			drain(t, r, 0) // put aside for good
			if log := f.log.String(); !strings.Contains(log, "job put aside") || !strings.Contains(log, fmt.Sprintf("attempts=%d err=\"%s", c.tries, c.reason)) {
				t.Errorf("log says %s", log)
			}
			if n := nodetest.Verify(t, f.db)["failedJobs"]; n != 1 {
				t.Errorf("%d jobs are put aside", n)
			}
		})
	}
}

// TestFailureThenSuccess shows that a job that succeeds after failures is done.
func TestFailureThenSuccess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.enqueue(t, "a", "x")
	tries := 0
	r := f.runner(1, func(context.Context, []byte) error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	for range 3 {
		drain(t, r, 1)
		f.clock.Add(time.Hour)
	}
	if w := f.waiting(t); len(w) != 0 || tries != 3 {
		t.Errorf("%d tries, waiting %v", tries, w)
	}
}

func TestOnlyDueJobsOfTheKind(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	err := f.db.Write(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.Enqueue(t.Context(), kind, "a", []byte("later"), f.clock.Now().Add(time.Minute)),
			tx.Enqueue(t.Context(), "other", "a", []byte("other"), f.clock.Now()), tx.Enqueue(t.Context(), kind, "a", []byte("now"), f.clock.Now()))
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	r := f.runner(1, func(_ context.Context, p []byte) error { got = append(got, string(p)); return nil })
	drain(t, r, 1)
	f.clock.Add(time.Minute)
	drain(t, r, 1)
	if !slices.Equal(got, []string{"now", "later"}) {
		t.Errorf("ran %v", got)
	}
}

// TestStopLeavesJobs ends Run while a job is under way and others wait in memory.
func TestStopLeavesJobs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  func(context.Context) error
		left int
	}{
		"the job gives up":    {func(ctx context.Context) error { return ctx.Err() }, 10},
		"the job ends well":   {func(context.Context) error { return nil }, 9},
		"the job fails":       {func(context.Context) error { return errors.New("broken pipe") }, 10},
		"the job is poisoned": {func(context.Context) error { return job.ErrPoison }, 10},
		"the job panics":      {func(context.Context) error { panic("stop") }, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.enqueue(t, "a", numbers("job", 10)...)
			began := make(chan struct{}, 10)
			stop := start(t, f.runner(1, func(ctx context.Context, _ []byte) error {
				began <- struct{}{}
				<-ctx.Done()
				return c.err(ctx)
			}))
			receive(t, began, "the first job")
			stop()
			w := f.waiting(t)
			if len(w) != c.left || len(began) != 0 {
				t.Fatalf("%d jobs are left, want %d; %d more began", len(w), c.left, len(began))
			}
			for _, j := range w {
				if j.Attempts != 0 || j.Error != "" || !j.RunAt.Equal(f.clock.Now()) {
					t.Errorf("the stop counts against %+v", j)
				}
			}
			var again []string
			drain(t, f.runner(1, func(_ context.Context, p []byte) error { again = append(again, string(p)); return nil }), c.left)
			if want := numbers("job", 10)[10-c.left:]; !slices.Equal(again, want) {
				t.Errorf("later ran %v, want %v", again, want)
			}
		})
	}
}

// TestR1JobSurvivesItsProcess starts over on the same data while the first
// process hangs in the job, as after a kill.
func TestR1JobSurvivesItsProcess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.enqueue(t, "a", "x")
	began, end := make(chan struct{}), make(chan struct{})
	start(t, f.runner(1, func(context.Context, []byte) error {
		close(began)
		<-end
		return nil
	}))
	receive(t, began, "the job")
	var got []string
	drain(t, f.runner(1, func(_ context.Context, p []byte) error { got = append(got, string(p)); return nil }), 1)
	close(end)
	if !slices.Equal(got, []string{"x"}) {
		t.Errorf("the next process ran %v", got)
	}
}

// TestBusyJobIsNotAskedFor counts how often Run looks at the table: each look asks for the time.
func TestBusyJobIsNotAskedFor(t *testing.T) {
	t.Parallel()
	for name, jobs := range map[string]int{"one job": 1, "lane full": 100, "table full": 1000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.enqueue(t, "a", numbers("job", jobs)...)
			began := make(chan struct{}, jobs)
			var runs atomic.Int64
			r := f.runner(2, func(ctx context.Context, _ []byte) error {
				runs.Add(1)
				began <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			})
			var looks atomic.Int64
			r.Now = func() time.Time { looks.Add(1); return f.clock.Now() }
			stop := start(t, r)
			receive(t, began, "the job")
			<-time.After(300 * time.Millisecond) // a busy loop looks thousands of times
			if n := looks.Load(); n > 30 {
				t.Errorf("looked %d times while the job was busy", n)
			}
			stop()
			if n := runs.Load(); n != 1 {
				t.Errorf("%d jobs of the lane ran at once", n)
			}
		})
	}
}

// TestWakeFindsNewWork shows that new work does not wait for the next look.
func TestWakeFindsNewWork(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := make(chan string, 1)
	r := f.runner(1, func(_ context.Context, p []byte) error { got <- string(p); return nil })
	r.Wake() // before Run, too
	start(t, r)
	for _, p := range numbers("x", 20) {
		f.enqueue(t, "a", p)
		r.Wake()
		if g := receive(t, got, p); g != p {
			t.Fatalf("got %q, want %q", g, p)
		}
	}
}

// TestClosedDatabase shows that a table that cannot be read ends nothing and spins on nothing.
func TestClosedDatabase(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), t.TempDir(), store.Migrate)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var looks atomic.Int64
	r := &job.Runner{
		DB: db, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Kind: kind, Workers: 1,
		Now: func() time.Time { looks.Add(1); return nodetest.Start },
	}
	if _, err := r.Drain(t.Context()); err == nil {
		t.Error("Drain of a closed database tells no error")
	}
	stop := start(t, r)
	<-time.After(100 * time.Millisecond)
	stop()
	if n := looks.Load(); n > 30 {
		t.Errorf("looked %d times", n)
	}
}
