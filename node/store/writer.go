package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/poweron-network/poweron/node"
)

// maxGroup bounds how many intents share one commit.
const maxGroup = 256

// writer owns the one connection that changes data. Intents that arrive while
// a commit is under way share the next: each runs in a SAVEPOINT of its own, is
// answered only after the shared COMMIT, and a failed one undoes only itself.
type writer struct {
	conn  *sql.Conn
	base  context.Context // no caller can cancel it
	queue chan *intent
	stmts map[string]*sql.Stmt
	done  chan struct{}
	mu    sync.RWMutex // guards shut against a send on the closed queue
	shut  bool
	// before is asked before every statement; only tests set it, to see an
	// intent fail at each of its steps (R2).
	before atomic.Pointer[func(query string) error]
}

type intent struct {
	f     func(*Tx) error
	err   error
	reply chan error
}

var errClosed = errors.New("database is closed")

// checkpointEvery is after how many pages of 4 KiB the log is written back into
// the database. The commit that it falls on waits for that; with SQLite's usual
// 1000 it is every hundredth under load, and most pages are written several times.
const checkpointEvery = 4000

func startWriter(base context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(base)
	if err != nil {
		return nil, err
	}
	// The driver knows no such setting; this is the one connection that it is for.
	if _, err := conn.ExecContext(base, fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", checkpointEvery)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	w := &writer{conn: conn, base: base, queue: make(chan *intent, maxGroup), stmts: map[string]*sql.Stmt{}, done: make(chan struct{})}
	go w.run()
	return w, nil
}

// do queues f and waits until it is durable or undone. ctx can give up only
// before the intent has begun to wait in line.
func (w *writer) do(ctx context.Context, f func(*Tx) error) error {
	in := &intent{f: f, reply: make(chan error, 1)}
	if err := w.enqueue(ctx, in); err != nil {
		return err
	}
	return sorted(<-in.reply)
}

func (w *writer) enqueue(ctx context.Context, in *intent) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.shut {
		return errClosed
	}
	select {
	case w.queue <- in:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) stop() {
	w.mu.Lock()
	if !w.shut {
		close(w.queue)
	}
	w.shut = true
	w.mu.Unlock()
	<-w.done
}

func (w *writer) run() {
	defer close(w.done)
	defer func() {
		for _, s := range w.stmts {
			_ = s.Close()
		}
		_ = w.conn.Close()
	}()
	for first := range w.queue {
		group := w.group(first)
		for _, in := range group {
			in.reply <- in.err
		}
	}
}

// group runs first and whatever else waits in one transaction.
func (w *writer) group(first *intent) []*intent {
	group := []*intent{first}
	if err := w.plain("BEGIN IMMEDIATE"); err != nil {
		_ = w.plain("ROLLBACK") // of a transaction that could not end; mostly there is none
		first.err = fmt.Errorf("begin: %w", err)
		return group
	}
	broken := w.intent(first)
	for broken == nil && len(group) < maxGroup {
		var next *intent
		select {
		case next = <-w.queue:
		default:
		}
		if next == nil {
			break
		}
		group = append(group, next)
		broken = w.intent(next)
	}
	if broken == nil {
		if broken = w.plain("COMMIT"); broken == nil {
			return group
		}
	}
	// The transaction as a whole is lost: nobody in it may believe otherwise.
	_ = w.plain("ROLLBACK")
	for _, in := range group {
		if in.err == nil {
			in.err = fmt.Errorf("commit: %w", broken)
		}
	}
	return group
}

// intent runs one intent. It returns an error only when the shared transaction
// is lost, as a full disk may do.
func (w *writer) intent(in *intent) error {
	if err := w.plain("SAVEPOINT intent"); err != nil {
		in.err = err
		return err
	}
	in.err = w.call(in.f)
	if in.err != nil {
		if err := w.plain("ROLLBACK TO intent"); err != nil {
			return errors.Join(in.err, err)
		}
	}
	return w.plain("RELEASE intent")
}

func (w *writer) call(f func(*Tx) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: panic in a write: %v\n%s", node.ErrCorrupt, r, debug.Stack())
		}
	}()
	return f(&Tx{prepare: w.prepared, grouped: true})
}

func (w *writer) plain(q string) error {
	s, err := w.prepared(w.base, q)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(w.base)
	return err
}

// prepared keeps one statement per query text on the writer's connection.
func (w *writer) prepared(_ context.Context, q string) (*sql.Stmt, error) {
	if before := w.before.Load(); before != nil {
		if err := (*before)(q); err != nil {
			return nil, err
		}
	}
	if s, ok := w.stmts[q]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(w.base, q)
	if err != nil {
		return nil, err
	}
	w.stmts[q] = s
	return s, nil
}
