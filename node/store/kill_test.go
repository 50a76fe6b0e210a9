package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// childFolder names the folder that a child of TestR1KillNine writes to.
const childFolder = "POWERON_TEST_CHILD_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(folder))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled posts from several places at once and prints the id of each
// post that was acknowledged.
func writeUntilKilled(folder string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, folder, store.Use)
	if err != nil {
		return err
	}
	var org *node.Organization
	err = db.View(ctx, func(tx *store.Tx) (err error) {
		org, err = tx.HomeOrganization(ctx)
		return err
	})
	if err != nil {
		return err
	}
	s := &conversation.Service{DB: db, Now: nodetest.NewClock().Now, Origin: nodetest.Origin}
	var mu sync.Mutex
	failed := make(chan error)
	for range 6 {
		go func() {
			for {
				i, err := s.Post(ctx, access.Operator(org.ID), node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "en", Text: strings.Repeat("Hello. ", 100)})
				if err != nil {
					failed <- err
				}
				mu.Lock()
				fmt.Println(i.ID)
				mu.Unlock()
			}
		}()
	}
	return <-failed
}

// TestR1KillNine kills a process in the midst of its writes, again and again, and
// looks for everything that it was told is stored.
func TestR1KillNine(t *testing.T) {
	t.Parallel()
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	n := nodetest.NewNode(t)
	folder := n.Folder
	acknowledged := 0
	for round := range rounds {
		ids := killedWriter(t, folder, 40+round*53)
		acknowledged += len(ids)
		view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
			for _, id := range ids {
				if _, err := tx.Item(ctx, access.ScopeOf(access.Visitor), id); err != nil {
					t.Errorf("round %d: acknowledged post is lost: %v", round, err)
				}
			}
			return nil
		})
		for _, half := range []struct{ what, query string }{
			{"post without its announcement", `SELECT id FROM items WHERE local = 1 AND id NOT IN (SELECT object FROM outbox)`},
			{"announcement without its post", `SELECT object FROM outbox WHERE object NOT IN (SELECT id FROM items)`},
		} {
			if rows, err := n.DB.Strings(t.Context(), half.query); err != nil || len(rows) > 0 {
				t.Errorf("round %d: %s: %v, %v", round, half.what, rows, err)
			}
		}
		n.Verify(t)
	}
	if acknowledged < rounds*40 {
		t.Errorf("only %d posts were acknowledged", acknowledged)
	}
}

// killedWriter runs a child until it has acknowledged n posts, kills it and
// returns all that it had acknowledged by then.
func killedWriter(t *testing.T, folder string, n int) (ids []uuid.UUID) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childFolder+"="+folder)
	var problem strings.Builder
	child.Stderr = &problem
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		id, err := uuid.Parse(lines.Text())
		if err != nil {
			break // the line that the kill cut off
		}
		if ids = append(ids, id); len(ids) == n {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = child.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Exited() || len(ids) < n {
		t.Fatalf("the child was not killed, %v, after %d posts: %s", err, len(ids), problem.String())
	}
	return ids
}
