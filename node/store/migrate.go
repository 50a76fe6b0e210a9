package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/poweron-network/poweron/schema"
)

// ErrSchema means that the data folder was written by another version of the program.
var ErrSchema = errors.New("data of another version")

// prepareSchema migrates, or only compares (design.md 4: commands never
// migrate under a running server).
func (db *DB) prepareSchema(ctx context.Context, mode Mode) error {
	files, err := fs.Sub(schema.SQLite, "sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.write, files)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	ours := int64(0)
	for _, s := range p.ListSources() {
		ours = max(ours, s.Version)
	}
	if mode == Migrate {
		stored, err := p.GetDBVersion(ctx)
		if err != nil {
			return fmt.Errorf("read schema version: %w", err)
		}
		if stored > ours {
			return fmt.Errorf("%w: schema %d, this program knows %d", ErrSchema, stored, ours)
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return nil
	}
	var stored, made int64
	if err = db.write.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'`).Scan(&made); err == nil && made > 0 {
		err = db.write.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied = 1`).Scan(&stored)
	}
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if stored != ours {
		return fmt.Errorf("%w: schema %d, this program knows %d", ErrSchema, stored, ours)
	}
	return nil
}
