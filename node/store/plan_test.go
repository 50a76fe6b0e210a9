package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// TestListsUseIndexes asks SQLite how it runs what list pages ask: in the order
// of an index, so that a page costs the same in a table of any size.
func TestListsUseIndexes(t *testing.T) {
	t.Parallel()
	w := fill(t, 300)
	for name, list := range w.lists() {
		view(t, w.DB, func(ctx context.Context, tx *store.Tx) error {
			n, err := list(ctx, tx)
			if n == 0 {
				t.Errorf("%s lists nothing", name)
			}
			return err
		})
	}
	view(t, w.DB, func(ctx context.Context, tx *store.Tx) error { // what workers ask, over and over
		_, err1 := tx.DueJobs(ctx, "inbox", nodetest.Start, 256)
		_, err2 := tx.Outbox(ctx, 100)
		_, err3 := tx.DueDeliveries(ctx, "other.example", nodetest.Start, 20)
		_, err4 := tx.FreshDeliveries(ctx, w.Organization.ID, nodetest.Start, 20)
		_, _, err5 := tx.OutboxPage(ctx, w.Organization.ID, "", 20)
		return errors.Join(err1, err2, err3, err4, err5)
	})
	seen := 0
	for _, q := range w.DB.Queries() {
		if !strings.Contains(q, " LIMIT ?") {
			continue
		}
		seen++
		steps, err := w.DB.Plan(t.Context(), q)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		for _, step := range steps {
			scans := strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "USING INDEX") && !strings.Contains(step, "USING COVERING INDEX") &&
				step != "SCAN outbox" // by its integer key, from the front
			sorts := strings.HasPrefix(step, "USE TEMP B-TREE FOR ORDER BY")
			if scans || sorts {
				t.Errorf("%s: the query\n%s\nruns as\n%s", step, q, strings.Join(steps, "\n"))
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d list queries seen", seen)
	}
}
