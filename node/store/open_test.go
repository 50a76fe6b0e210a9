package store_test

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/schema"
)

var update = flag.Bool("update", false, "write testdata")

// TestR1Pragmas reads back what makes a commit durable: the driver's own
// defaults would lose acknowledged writes in a power cut.
func TestR1Pragmas(t *testing.T) {
	t.Parallel()
	db := nodetest.Open(t)
	for name, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "query_only": "0", "busy_timeout": "10000"} {
		if got, err := db.Pragma(t.Context(), name); err != nil || got != want {
			t.Errorf("writer's %s is %s, %v; want %s", name, got, err, want)
		}
	}
	for name, want := range map[string]string{"query_only": "1", "foreign_keys": "1", "journal_mode": "wal", "synchronous": "2"} {
		if got, err := db.Strings(t.Context(), "PRAGMA "+name); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("readers' %s is %v, %v; want %s", name, got, err, want)
		}
	}
}

// TestMigrationsNeverChange keeps the checksum of each migration: once
// released, a file stays as it is. -update is for those not yet released.
func TestMigrationsNeverChange(t *testing.T) {
	t.Parallel()
	var now strings.Builder
	files, err := fs.Glob(schema.SQLite, "sqlite/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for i, name := range files {
		raw, err := fs.ReadFile(schema.SQLite, name)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(name)
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(base, want) {
			t.Errorf("%s does not begin with %s: the numbers have no holes", base, want)
		}
		if strings.Contains(string(raw), "+goose Down") {
			t.Errorf("%s goes back: migrations are forward only", base)
		}
		fmt.Fprintf(&now, "%x  %s\n", sha256.Sum256(raw), base)
	}
	golden := filepath.Join("testdata", "migrations.sha256")
	if *update {
		if err := os.WriteFile(golden, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if now.String() != string(want) {
		t.Errorf("the migrations are\n%swanted\n%sNot yet released: run the test with -update. Released: write a new file instead.", now.String(), want)
	}
}

// TestR17OpenModes has commands meet data of other versions.
func TestR17OpenModes(t *testing.T) {
	t.Parallel()
	const newer = `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`
	for _, c := range []struct {
		name     string
		change   string
		use, own error
	}{
		{"same version", "", nil, nil},
		{"newer", newer, store.ErrSchema, store.ErrSchema},
		{"older", `DELETE FROM goose_db_version WHERE version_id > 0; DROP TABLE settings; DROP TABLE counters`, store.ErrSchema, errAny},
		{"without versions", `DROP TABLE goose_db_version`, store.ErrSchema, errAny},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			db, err := store.Open(t.Context(), folder, store.Migrate)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range strings.Split(c.change, ";") {
				if q != "" {
					if err := db.Exec(t.Context(), q); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			for mode, want := range map[store.Mode]error{store.Use: c.use, store.Migrate: c.own} {
				if want == errAny {
					continue
				}
				db, err := store.Open(t.Context(), folder, mode)
				if !errors.Is(err, want) {
					t.Errorf("mode %d: %v, want %v", mode, err, want)
				}
				if err == nil {
					_ = db.Close()
				}
			}
		})
	}
}

// errAny stands for an outcome that this test does not look at.
var errAny = errors.New("any")

func TestR26OpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		make func(folder string) error
		mode store.Mode
		want error
	}{
		{"no database for a command", func(string) error { return nil }, store.Use, node.ErrNoNode},
		{"empty file for a command", func(f string) error { return os.WriteFile(filepath.Join(f, store.FileName), nil, 0o600) }, store.Use, store.ErrSchema},
		{"no folder", os.RemoveAll, store.Migrate, node.ErrReadOnly},
		{"not a database", func(f string) error {
			return os.WriteFile(filepath.Join(f, store.FileName), []byte(strings.Repeat("not a database ", 1000)), 0o600)
		}, store.Migrate, node.ErrCorrupt},
		{"not a database for a command", func(f string) error {
			return os.WriteFile(filepath.Join(f, store.FileName), []byte(strings.Repeat("not a database ", 1000)), 0o600)
		}, store.Use, node.ErrCorrupt},
		{"a folder in its place", func(f string) error { return os.Mkdir(filepath.Join(f, store.FileName), 0o700) }, store.Migrate, node.ErrReadOnly},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.make(folder); err != nil {
				t.Fatal(err)
			}
			db, err := store.Open(t.Context(), folder, c.mode)
			if err == nil {
				_ = db.Close()
			}
			if !errors.Is(err, c.want) {
				t.Errorf("open gives %v, want %v", err, c.want)
			}
		})
	}
}

// TestMigrateTwice opens what is migrated already, as every start of the server does.
func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for range 2 {
		db, err := store.Open(t.Context(), folder, store.Migrate)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
