package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
)

// maxReaders is how many connections read at once.
const maxReaders = 8

// readers are the connections that read. Each keeps its own statements: one that
// asked the pool for them would need a second connection while it holds one, and
// as many as there are connections would wait for each other for ever.
type readers struct {
	db    *sql.DB
	base  context.Context // no caller can cancel it
	slots chan struct{}
	shut  chan struct{} // closed when there is nothing to read any more
	once  sync.Once
	mu    sync.Mutex
	idle  []*reader // the one used last is last: its memory is warm
}

func newReaders(base context.Context, db *sql.DB) *readers {
	return &readers{db: db, base: base, slots: make(chan struct{}, maxReaders), shut: make(chan struct{})}
}

// take waits for a connection until ctx ends.
func (rs *readers) take(ctx context.Context) (*reader, error) {
	select {
	case rs.slots <- struct{}{}:
	case <-rs.shut:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	rs.mu.Lock()
	var r *reader
	if n := len(rs.idle); n > 0 {
		r, rs.idle = rs.idle[n-1], rs.idle[:n-1]
	}
	rs.mu.Unlock()
	if r != nil {
		return r, nil
	}
	conn, err := rs.db.Conn(rs.base)
	if err != nil {
		<-rs.slots
		return nil, err
	}
	return &reader{conn: conn, base: rs.base, stmts: map[string]*sql.Stmt{}}, nil
}

// give takes a connection back, or closes one that is not sound.
func (rs *readers) give(r *reader, sound bool) {
	if sound {
		rs.mu.Lock()
		rs.idle = append(rs.idle, r)
		rs.mu.Unlock()
	} else {
		// The pool must not give it to the next, who would find it in a transaction.
		_ = r.conn.Raw(func(any) error { return driver.ErrBadConn })
		_ = r.close()
	}
	<-rs.slots
}

// close waits for whoever reads, and closes all connections.
func (rs *readers) close() (err error) {
	rs.once.Do(func() {
		close(rs.shut)
		for range maxReaders {
			rs.slots <- struct{}{}
		}
		for _, r := range rs.idle {
			err = errors.Join(err, r.close())
		}
	})
	return err
}

// reader is one connection that reads, with one statement per query text.
type reader struct {
	conn  *sql.Conn
	base  context.Context
	stmts map[string]*sql.Stmt
}

func (r *reader) prepared(_ context.Context, q string) (*sql.Stmt, error) {
	if s, ok := r.stmts[q]; ok {
		return s, nil
	}
	s, err := r.conn.PrepareContext(r.base, q)
	if err != nil {
		return nil, err
	}
	r.stmts[q] = s
	return s, nil
}

func (r *reader) plain(q string) error {
	s, err := r.prepared(r.base, q)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(r.base)
	return err
}

func (r *reader) close() (err error) {
	for _, s := range r.stmts {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, r.conn.Close())
}
