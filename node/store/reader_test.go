package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// TestViewsDoNotWaitForEachOther has many readers at once run a statement that
// none of them has prepared, as after a start with a full queue: each must get
// by with the connection that it has.
func TestViewsDoNotWaitForEachOther(t *testing.T) {
	db := nodetest.Open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for round := range 20 {
		var all sync.WaitGroup
		for range 32 {
			all.Go(func() {
				if _, err := db.Strings(ctx, fmt.Sprintf("SELECT 'round %d'", round)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
}

// TestWaitingViewGivesUp has more readers than connections: one that waits must
// end with its caller.
func TestWaitingViewGivesUp(t *testing.T) {
	db := nodetest.Open(t)
	held, end := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	defer all.Wait()
	defer close(end)
	const connections = 8
	for range connections {
		all.Go(func() {
			_ = db.View(t.Context(), func(*store.Tx) error {
				held <- struct{}{}
				<-end
				return nil
			})
		})
	}
	for range connections {
		<-held
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := db.View(ctx, func(*store.Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a view without a connection: %v", err)
	}
}
