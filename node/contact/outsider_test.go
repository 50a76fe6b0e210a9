package contact_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/contact"
	"github.com/poweron-network/poweron/node/store"
)

// TestD7MadeUpPeople: a server that makes up ever new people is slowed down as one.
func TestD7MadeUpPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz", "ana")
	for n := range 12 {
		want := contact.Stored
		if n >= 10 {
			want = contact.Limited
		}
		from := fmt.Sprintf("%s/users/bot%d", farOrigin, n)
		if fate := w.receive(from, contact.Arrival{URI: fmt.Sprint(farOrigin, "/m/", n), To: []string{w.inbox("luz")}, Body: "x"}); fate != want {
			t.Errorf("person %d: %s, want %s", n, fate, want)
		}
	}
	if fate := w.receive(farOrigin+"/users/bot0", contact.Arrival{URI: farOrigin + "/m/again", To: []string{w.inbox("luz")}, Body: "x"}); fate != contact.Stored {
		t.Errorf("a thread that goes on: %s", fate)
	}
	if fate := w.receive(farOrigin+"/users/bot11", contact.Arrival{URI: farOrigin + "/m/ana", To: []string{w.inbox("ana")}, Body: "x"}); fate != contact.Stored {
		t.Errorf("to somebody else: %s", fate)
	}
	w.Clock.Add(25 * time.Hour)
	if fate := w.receive(farOrigin+"/users/bot11", contact.Arrival{URI: farOrigin + "/m/late", To: []string{w.inbox("luz")}, Body: "x"}); fate != contact.Stored {
		t.Errorf("a day later: %s", fate)
	}
}

// TestOnlyOwnNetworksWrite: members of a network of a guest are none of ours, and observers only read.
func TestOnlyOwnNetworksWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz")
	const third, watcher = "https://third.example", "https://watch.example"
	theirs := uuid.Must(uuid.NewV7())
	now := w.Clock.Now()
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
		if fate := w.receive(origin+"/users/x", contact.Arrival{URI: origin + "/m/1", To: []string{w.inbox("luz")}, Body: "x"}); fate != contact.Refused {
			t.Errorf("from %s: %s", origin, fate)
		}
	}
	if fate := w.receive(w.zoe.URI, contact.Arrival{URI: farOrigin + "/m/1", To: []string{w.inbox("luz")}, Body: "x"}); fate != contact.Stored {
		t.Errorf("from a member: %s", fate)
	}
}
