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

// TestS6OffersOfWhoIsOnHold: the offers of a member that is put on hold, or goes,
// are not shown, and come back with it.
func TestS6OffersOfWhoIsOnHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz")
	now := w.Clock.Now()
	o := &node.MentorOffer{URI: farOrigin + "/ap/offers/1", Topics: []string{topic}, Languages: []string{"en"}, Format: node.OneCall, Capacity: 1, UpdatedAt: now, Version: 1}
	if fate, err := w.ReceiveOffer(t.Context(), zoe, o, []string{members}, nil); err != nil || fate != mentoring.Stored {
		t.Fatal(fate, err)
	}
	for _, c := range []struct {
		status node.MemberStatus
		claim  bool
		want   int
	}{{node.MemberActive, true, 1}, {node.MemberSuspended, true, 0}, {node.MemberActive, true, 1}, {node.MemberActive, false, 0}, {node.MemberExpelled, false, 0}, {node.MemberLeft, false, 0}} {
		w.stand(c.status, c.claim)
		list, err := w.Offers(t.Context(), w.v("luz"), mentoring.Filter{})
		if err != nil || len(list) != c.want {
			t.Errorf("%s, claim %v: %d offers, %v", c.status, c.claim, len(list), err)
		}
		if _, err := w.Show(t.Context(), w.v("luz"), o.ID); (err == nil) != (c.want == 1) {
			t.Errorf("%s, claim %v: shown with %v", c.status, c.claim, err)
		}
	}
}

// TestGuestsOfferToTheirOwnNetworks: this node may be in networks that a guest is not in.
func TestGuestsOfferToTheirOwnNetworks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana")
	v := w.v("ana")
	v.Guest = true
	in := mentoring.OfferInput{Topics: []string{topic}, Languages: []string{"en"}, Format: node.OneCall, Capacity: 1, Lang: "en"}
	o, err := w.Offer(t.Context(), v, in)
	if err != nil || o.Audience != node.NetworkOnly(w.network) {
		t.Errorf("in one network: %+v, %v", o, err)
	}
	v.Active = append(v.Active, uuid.Must(uuid.NewV7()))
	if _, err := w.Offer(t.Context(), v, in); err == nil {
		t.Error("a guest in two networks offers to all networks of the node")
	}
}
