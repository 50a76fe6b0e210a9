package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mattn/go-sqlite3"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// TestR13DiskFull fills the database up in the middle of a group, then makes room.
func TestR13DiskFull(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	ctx := t.Context()
	limit := func(pages int) {
		t.Helper()
		if _, err := db.Pragma(ctx, fmt.Sprintf("max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // as many as there are
	large := strings.Repeat("x", 1<<20)
	errs := group(t, db, put(ctx, "small"), func(tx *store.Tx) error { return tx.PutSetting(ctx, "large", large) }, put(ctx, "next"))
	// SQLite gives the whole transaction up; what came behind has one of its own, and room.
	for i, err := range errs[:2] {
		if !errors.Is(err, node.ErrFull) {
			t.Errorf("intent %d of the group gets %v, want ErrFull", i, err)
		}
	}
	if got := stored(t, db); errs[2] != nil || !slices.Equal(got, []string{"next"}) {
		t.Errorf("%v are stored, and what came behind got %v", got, errs[2])
	}
	if _, err := db.Strings(ctx, `SELECT name FROM people`); err != nil {
		t.Errorf("reading with a full disk: %v", err)
	}
	limit(1 << 30)
	for i, err := range group(t, db, put(ctx, "small"), func(tx *store.Tx) error { return tx.PutSetting(ctx, "large", large) }) {
		if err != nil {
			t.Errorf("with room again, intent %d: %v", i, err)
		}
	}
	nodetest.Verify(t, db)
}

// TestR14ErrorAtEachStepOfTheGroup has SQLite report a full disk, an I/O error or
// a lock at each of the writer's own steps.
func TestR14ErrorAtEachStepOfTheGroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		code sqlite3.ErrNo
		want error
	}{{"full", sqlite3.ErrFull, node.ErrFull}, {"I/O", sqlite3.ErrIoErr, node.ErrFull}, {"read-only", sqlite3.ErrReadonly, node.ErrReadOnly}, {"corrupt", sqlite3.ErrCorrupt, node.ErrCorrupt}} {
		for _, step := range []string{"BEGIN IMMEDIATE", "SAVEPOINT intent", "INSERT INTO settings", "RELEASE intent", "COMMIT"} {
			t.Run(c.name+" at "+step, func(t *testing.T) {
				t.Parallel()
				db := nodetest.Open(t)
				db.Before(func(q string) error {
					if strings.HasPrefix(q, step) {
						return sqlite3.Error{Code: c.code}
					}
					return nil
				})
				ctx := t.Context()
				for _, name := range []string{"one", "two"} {
					if err := db.Write(ctx, put(ctx, name)); !errors.Is(err, c.want) {
						t.Errorf("the write gives %v, want %v", err, c.want)
					}
				}
				db.Before(nil)
				if got := stored(t, db); len(got) != 0 {
					t.Errorf("%v are stored", got)
				}
				if err := db.Write(ctx, put(ctx, "healed")); err != nil {
					t.Errorf("afterwards: %v", err)
				}
				if got := stored(t, db); !slices.Equal(got, []string{"healed"}) {
					t.Errorf("%v are stored", got)
				}
			})
		}
	}
}

// TestFullAtCommitIsToldToAll has the commit of a whole group fail.
func TestFullAtCommitIsToldToAll(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	var once sync.Once
	db.Before(func(q string) (err error) {
		if q == "COMMIT" {
			once.Do(func() { err = sqlite3.Error{Code: sqlite3.ErrFull} })
		}
		return err
	})
	ctx := t.Context()
	errs := group(t, db, put(ctx, "one"), func(*store.Tx) error { return errOwn }, put(ctx, "two"))
	if !errors.Is(errs[0], node.ErrFull) || !errors.Is(errs[1], errOwn) || !errors.Is(errs[2], node.ErrFull) {
		t.Errorf("the group gets %v", errs)
	}
	if got := stored(t, db); len(got) != 0 {
		t.Errorf("%v are stored", got)
	}
}

// TestR14LostRollback has even the ROLLBACK fail: the next write heals it.
func TestR14LostRollback(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	ctx := t.Context()
	db.Before(func(q string) error {
		if q == "COMMIT" || strings.HasPrefix(q, "ROLLBACK") {
			return sqlite3.Error{Code: sqlite3.ErrIoErr}
		}
		return nil
	})
	if err := db.Write(ctx, put(ctx, "one")); !errors.Is(err, node.ErrFull) {
		t.Errorf("the write gives %v", err)
	}
	db.Before(nil)
	_ = db.Write(ctx, put(ctx, "two")) // may find the old transaction open, and ends it
	if err := db.Write(ctx, put(ctx, "three")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if got := stored(t, db); slices.Contains(got, "one") || !slices.Contains(got, "three") {
		t.Errorf("%v are stored", got)
	}
}
