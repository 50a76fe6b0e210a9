// Package store keeps the node's data. It is the only package that imports
// database/sql and the only one that holds SQL. Every reader of what people
// may or may not see takes an access.Scope.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/poweron-network/poweron/node"
)

// FileName is the database in the data folder.
const FileName = "node.db"

// DB is an open database. SQLite has one writer: writes are grouped on its
// one connection, and reads never wait for them.
type DB struct {
	read    *sql.DB
	write   *sql.DB
	writer  *writer
	readers *readers
	poll    *sql.Conn
}

// Tx is one transaction. All queries are methods of Tx.
type Tx struct {
	prepare func(ctx context.Context, query string) (*sql.Stmt, error)
	// grouped tells that others share this transaction, so no caller may cancel it.
	grouped bool
}

// Mode tells what Open may do to the schema.
type Mode int

// The modes.
const (
	Use     Mode = iota // refuse a schema that is not ours: commands
	Migrate             // bring the schema up to ours: init and a starting server
)

// Open opens the database in folder. Every pragma is in the DSN, because one
// sent through a pool reaches one connection only.
func Open(ctx context.Context, folder string, mode Mode) (_ *DB, err error) {
	path := filepath.Join(folder, FileName)
	if _, err := os.Stat(path); err != nil && mode == Use {
		return nil, fmt.Errorf("open %s: %w", path, node.ErrNoNode)
	}
	dsn := "file:" + path + "?_foreign_keys=on&_journal_mode=wal&_synchronous=FULL&_busy_timeout=10000"
	db := &DB{}
	if db.write, err = sql.Open("sqlite3", dsn+"&_txlock=immediate"); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, sorted(err))
	}
	db.write.SetMaxOpenConns(2) // the writer, and migrations before it starts
	if err = db.prepareSchema(ctx, mode); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(sorted(err), db.write.Close()))
	}
	if db.read, err = sql.Open("sqlite3", dsn+"&_query_only=on"); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, sorted(err))
	}
	db.read.SetMaxOpenConns(maxReaders + 1) // the readers, and poll
	base := context.WithoutCancel(ctx)
	db.readers = newReaders(base, db.read)
	if db.poll, err = db.read.Conn(base); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(sorted(err), db.read.Close(), db.write.Close()))
	}
	if db.writer, err = startWriter(base, db.write); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(sorted(err), db.read.Close(), db.write.Close()))
	}
	return db, nil
}

// Close waits for reads and writes under way and closes the database.
func (db *DB) Close() error {
	db.writer.stop()
	return errors.Join(db.readers.close(), db.poll.Close(), db.read.Close(), db.write.Close())
}

// View runs f in a transaction that changes nothing and sees one state.
func (db *DB) View(ctx context.Context, f func(*Tx) error) error {
	r, err := db.readers.take(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", sorted(err))
	}
	sound := false
	defer func() { db.readers.give(r, sound) }()
	if err := r.plain("BEGIN"); err != nil {
		return fmt.Errorf("begin: %w", sorted(err))
	}
	defer func() { sound = r.plain("ROLLBACK") == nil }() // there is nothing to undo
	return sorted(f(&Tx{prepare: r.prepared}))
}

// Write runs f as one intent: all of it becomes durable, or none. It returns
// after the commit. f must not call Write.
func (db *DB) Write(ctx context.Context, f func(*Tx) error) error { return db.writer.do(ctx, f) }

// DataVersion changes whenever anybody, also another process, has committed.
func (db *DB) DataVersion(ctx context.Context) (n int64, err error) {
	err = db.poll.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&n)
	return n, sorted(err)
}

// Pragma reads one pragma of the writer's connection, for checks.
func (db *DB) Pragma(ctx context.Context, name string) (s string, err error) {
	err = db.Write(ctx, func(tx *Tx) error { return tx.row(ctx, `PRAGMA `+name).Scan(&s) })
	return s, err
}

// exec runs a statement that changes something.
func (tx *Tx) exec(ctx context.Context, q string, args ...any) error {
	_, err := tx.execN(ctx, q, args...)
	return err
}

// execN is exec that tells how many rows changed.
func (tx *Tx) execN(ctx context.Context, q string, args ...any) (int64, error) {
	// A cancelled statement could undo the whole group, so no caller may cancel one.
	ctx = context.WithoutCancel(ctx)
	s, err := tx.prepare(ctx, q)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// insert is exec that returns the new row's integer id.
func (tx *Tx) insert(ctx context.Context, q string, args ...any) (int64, error) {
	ctx = context.WithoutCancel(ctx)
	s, err := tx.prepare(ctx, q)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// scanner is a row that can be read once.
type scanner interface{ Scan(dest ...any) error }

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

func (tx *Tx) row(ctx context.Context, q string, args ...any) scanner {
	if tx.grouped {
		ctx = context.WithoutCancel(ctx)
	}
	s, err := tx.prepare(ctx, q)
	if err != nil {
		return failedRow{err}
	}
	return s.QueryRowContext(ctx, args...)
}

// rows runs a query and calls each for every row.
func (tx *Tx) rows(ctx context.Context, q string, args []any, each func(scanner) error) error {
	if tx.grouped {
		ctx = context.WithoutCancel(ctx)
	}
	s, err := tx.prepare(ctx, q)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // the error that matters is rows.Err
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// sorted gives SQLite's errors the kinds that people get a cure for.
func sorted(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	kind := error(nil)
	switch e.Code {
	case sqlite3.ErrFull:
		kind = node.ErrFull
	case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
		kind = node.ErrReadOnly
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		kind = node.ErrCorrupt
	case sqlite3.ErrIoErr:
		kind = node.ErrFull // a full or failing disk; the cure is the same place to look
	default:
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// ms is t for the database; the zero time is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at is ms back.
func at(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}
