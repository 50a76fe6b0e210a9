package store

import (
	"context"
	"fmt"
	"strings"
)

// Before makes the writer ask f before every statement, also before its own
// SAVEPOINTs and COMMITs; nil ends that.
func (db *DB) Before(f func(query string) error) {
	if f == nil {
		db.writer.before.Store(nil)
		return
	}
	db.writer.before.Store(&f)
}

// Queued is how many intents wait for the writer.
func (db *DB) Queued() int { return len(db.writer.queue) }

// MaxReaders is how many read at once.
const MaxReaders = maxReaders

// QueueSize is how many can wait.
const QueueSize = maxGroup

// Exec runs one statement as one intent.
func (db *DB) Exec(ctx context.Context, q string, args ...any) error {
	return db.Write(ctx, func(tx *Tx) error { return tx.exec(ctx, q, args...) })
}

// Queries lists the statements that readers have run so far.
func (db *DB) Queries() (list []string) {
	for _, r := range db.readers.idle {
		for q := range r.stmts {
			if q != "BEGIN" && q != "ROLLBACK" {
				list = append(list, q)
			}
		}
	}
	return list
}

// Strings runs a query of one column.
func (db *DB) Strings(ctx context.Context, q string, args ...any) (list []string, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		list = nil
		return tx.rows(ctx, q, args, func(r scanner) error {
			var s string
			err := r.Scan(&s)
			list = append(list, s)
			return err
		})
	})
	return list, err
}

// Plan is how SQLite runs q, one step a line; q's placeholders stay unbound.
func (db *DB) Plan(ctx context.Context, q string) (steps []string, err error) {
	args := make([]any, strings.Count(q, "?"))
	for i := range args {
		args[i] = "1"
	}
	err = db.View(ctx, func(tx *Tx) error {
		return tx.rows(ctx, `EXPLAIN QUERY PLAN `+q, args, func(r scanner) error {
			var id, parent, unused int
			var step string
			err := r.Scan(&id, &parent, &unused, &step)
			steps = append(steps, step)
			return err
		})
	})
	return steps, err
}

// Dump is all that is stored, one row a line, for comparing.
func (db *DB) Dump(ctx context.Context) (rows []string, err error) {
	tables, err := db.Strings(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'goose%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		columns, err := db.Strings(ctx, `SELECT 'quote(' || name || ')' FROM pragma_table_info(?)`, table)
		if err != nil {
			return nil, err
		}
		of, err := db.Strings(ctx, fmt.Sprintf(`SELECT '%s: ' || %s FROM %s ORDER BY 1`, table, strings.Join(columns, ` || ' ' || `), table))
		if err != nil {
			return nil, err
		}
		rows = append(rows, of...)
	}
	return rows, nil
}

// FaultNames lists what Verify looks for.
func FaultNames() (names []string) {
	for _, q := range faultQueries {
		names = append(names, q.fault)
	}
	return names
}
