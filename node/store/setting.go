package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Setting returns the stored value, or "" when there is none.
func (tx *Tx) Setting(ctx context.Context, name string) (value string, err error) {
	err = tx.row(ctx, `SELECT value FROM settings WHERE name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("setting %s: %w", name, err)
	}
	return value, nil
}

// PutSetting stores value under name.
func (tx *Tx) PutSetting(ctx context.Context, name, value string) error {
	return tx.exec(ctx, `INSERT INTO settings (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}

// Count adds n to a counter, for things that are dropped and only counted.
func (tx *Tx) Count(ctx context.Context, name string, n int64) error {
	return tx.exec(ctx, `INSERT INTO counters (name, n) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET n = counters.n + excluded.n`, name, n)
}

// Counters returns all counters.
func (tx *Tx) Counters(ctx context.Context) (map[string]int64, error) {
	all := map[string]int64{}
	err := tx.rows(ctx, `SELECT name, n FROM counters ORDER BY name`, nil, func(r scanner) error {
		var name string
		var n int64
		err := r.Scan(&name, &n)
		all[name] = n
		return err
	})
	return all, err
}
