package store_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// TestNumbersAreNotGivenAgain: whoever removes a row that is gone already, because
// a job was handed out twice, does not take the next one away (R1).
func TestNumbersAreNotGivenAgain(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	now := n.Clock.Now()
	for name, c := range map[string]struct {
		add    func(tx *store.Tx) (int64, error)
		remove func(tx *store.Tx, id int64) error
	}{
		"jobs": {
			func(tx *store.Tx) (int64, error) {
				if err := tx.Enqueue(t.Context(), "a kind", "lane", []byte("x"), now); err != nil {
					return 0, err
				}
				list, err := tx.DueJobs(t.Context(), "a kind", now, 10)
				if err != nil || len(list) != 1 {
					t.Fatalf("%d jobs, %v", len(list), err)
				}
				return list[0].ID, nil
			},
			func(tx *store.Tx, id int64) error { return tx.DoneJob(t.Context(), id) },
		},
		"sources": {
			func(tx *store.Tx) (int64, error) {
				src := &node.Source{URI: "https://other.example/1", Raw: []byte(`{}`), ReceivedAt: now}
				err := tx.PutSource(t.Context(), src)
				return src.ID, err
			},
			func(tx *store.Tx, id int64) error { return tx.DeleteSource(t.Context(), id) },
		},
		"announcements": {
			func(tx *store.Tx) (int64, error) {
				e := node.Event{Activity: uuid.New(), Verb: node.Updated, Kind: node.KindOrganization, Object: n.Organization.ID, Actor: n.Organization.ID, Audience: node.Public, At: now}
				if err := tx.Announce(t.Context(), e); err != nil {
					return 0, err
				}
				list, err := tx.Outbox(t.Context(), 10)
				return list[len(list)-1].ID, err
			},
			func(tx *store.Tx, id int64) error { return tx.DoneEvent(t.Context(), id) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			var first, second int64
			for _, id := range []*int64{&first, &second} {
				err := n.DB.Write(t.Context(), func(tx *store.Tx) (err error) {
					*id, err = c.add(tx)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if id == &first {
					if err := n.DB.Write(t.Context(), func(tx *store.Tx) error { return c.remove(tx, first) }); err != nil {
						t.Fatal(err)
					}
				}
			}
			if second <= first {
				t.Errorf("the number %d is given again after %d", second, first)
			}
		})
	}
}
