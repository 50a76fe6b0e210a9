package app_test

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

// TestCreateAfterAKilledOne: what a killed Create left does not stand in the way
// of the next one, and a node that is set up does.
func TestCreateAfterAKilledOne(t *testing.T) {
	setup := people.Setup{Origin: "http://127.77.3.9:8080", Organization: "River", Handle: "river", AdminName: "Ada", AdminEmail: "ada@river.example", Lang: "en"}
	for name, leave := range map[string]func(folder string) error{
		"an empty file": func(folder string) error {
			return os.WriteFile(filepath.Join(folder, store.FileName), nil, 0o600)
		},
		"key and an empty file": func(folder string) error {
			_, err := keyring.Create(folder)
			return errors.Join(err, os.WriteFile(filepath.Join(folder, store.FileName), nil, 0o600))
		},
		"key and a database without a node": func(folder string) error {
			_, err := keyring.Create(folder)
			db, opened := store.Open(t.Context(), folder, store.Migrate)
			if opened != nil {
				return opened
			}
			return errors.Join(err, db.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := app.Options{Data: t.TempDir(), Version: "test", Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
			if err := leave(o.Data); err != nil {
				t.Fatal(err)
			}
			if _, _, err := app.Create(t.Context(), o, setup); err != nil {
				t.Fatalf("the second try: %v", err)
			}
			if _, _, err := app.Create(t.Context(), o, setup); !errors.Is(err, node.ErrExists) {
				t.Errorf("over a node: %v", err)
			}
			a, err := app.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
