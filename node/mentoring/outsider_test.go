package mentoring_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/store"
)

// TestOnlyOwnNetworksAsk: members of a network that a guest of ours is in, and we
// are not, ask our mentors in vain, and so do observers.
func TestOnlyOwnNetworksAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana")
	o := w.offer("ana", 1)
	const third, watcher = "https://third.example", "https://watch.example"
	theirs, now := uuid.Must(uuid.NewV7()), w.Clock.Now()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		err := tx.PutNetwork(ctx, &node.Network{ID: theirs, URI: "https://hub.example/other", MembersURI: "https://hub.example/other/members", State: node.NetworkActive, FetchedAt: now, CreatedAt: now, UpdatedAt: now})
		for _, m := range []node.Membership{
			{NetworkID: theirs, OrganizationURI: third + "/org", Origin: third, Role: node.PlainMember},
			{NetworkID: w.network, OrganizationURI: watcher + "/org", Origin: watcher, Role: node.ObserverMember},
		} {
			m.ID, m.Status, m.Claim = uuid.Must(uuid.NewV7()), node.MemberActive, true
			if err == nil {
				err = tx.PutMembership(ctx, &m)
			}
		}
		return err
	})
	for _, origin := range []string{third, watcher} {
		if fate := w.asked(origin+"/users/x", origin+"/ask/1", o); fate != mentoring.Refused || w.byURI(origin+"/ask/1") != nil {
			t.Errorf("from %s: %s", origin, fate)
		}
	}
	if fate := w.asked(zoe, farOrigin+"/ask/1", o); fate != mentoring.Stored {
		t.Errorf("from a member: %s", fate)
	}
}
