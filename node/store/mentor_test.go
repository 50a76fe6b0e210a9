package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

func storedOffer(person uuid.UUID, now time.Time) *node.MentorOffer {
	return &node.MentorOffer{
		ID: newID(), URI: "https://node.example.org/ap/offers/1", Local: true, PersonID: person, ActorURI: "https://node.example.org/ap/people/1", Audience: node.Networks,
		Topics: []string{"crm-migration", "spreadsheets"}, Languages: []string{"es", "en"}, Format: node.SomeWeeks, Weeks: 4, Capacity: 2, Note: node.Text{"en": "a", "es": "b"},
		Paused: true, ExpiresAt: now.Add(node.OfferLife), CreatedAt: now, UpdatedAt: now, Version: 3, SourceID: 9,
	}
}

func TestOfferComesBackAsStored(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	now := n.Clock.Now()
	want := storedOffer(n.Admin.Person, now)
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error { return tx.PutMentorOffer(ctx, want) })
	view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		got, err := tx.MentorOffer(ctx, access.ScopeOf(n.Admin), want.ID)
		if err != nil {
			return err
		}
		if got.Mentor.Handle != "ada" || got.Mentor.Page != "/people/ada" {
			t.Errorf("by %+v", got.Mentor)
		}
		got.Mentor = node.Author{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		return nil
	})
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		want.Paused, want.Version, want.Topics = false, 4, []string{"spreadsheets"}
		if err := tx.PutMentorOffer(ctx, want); err != nil {
			return err
		}
		mine, err := tx.MentorOffersOf(ctx, n.Admin.Person)
		if err != nil || len(mine) != 1 || mine[0].Version != 4 || mine[0].Paused || len(mine[0].Topics) != 1 {
			t.Errorf("changed to %+v, %v", mine, err)
		}
		return tx.DeleteMentorOffer(ctx, want)
	})
	view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.StoredMentorOffer(ctx, want.URI); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("after deleting it: %v", err)
		}
		return nil
	})
}

// TestFullOffer: of ours the learners are counted, of others their node's word counts.
func TestFullOffer(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	now := n.Clock.Now()
	ours := storedOffer(n.Admin.Person, now)
	theirs := storedOffer(uuid.Nil, now)
	theirs.ID, theirs.URI, theirs.Local, theirs.Full = newID(), "https://far.example/o", false, true
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		for _, o := range []*node.MentorOffer{ours, theirs} {
			if err := tx.PutMentorOffer(ctx, o); err != nil {
				return err
			}
		}
		for k, state := range []node.RequestState{node.RequestAccepted, node.RequestClosed, node.RequestAsked, node.RequestWaiting, node.RequestAccepted} {
			got, err := tx.StoredMentorOffer(ctx, ours.URI)
			if err != nil || got.Full {
				t.Errorf("full with %d of 2, %v", got.Learners, err)
			}
			q := &node.MentorRequest{ID: newID(), URI: "https://far.example/r/" + string(rune('a'+k)), OfferURI: ours.URI, MentorID: n.Admin.Person, State: state, CreatedAt: now, UpdatedAt: now}
			if err := tx.PutMentorRequest(ctx, q); err != nil {
				return err
			}
		}
		for _, o := range []*node.MentorOffer{ours, theirs} {
			got, err := tx.StoredMentorOffer(ctx, o.URI)
			if err != nil || !got.Full {
				t.Errorf("%s is not full: %+v, %v", o.URI, got, err)
			}
		}
		if told, err := tx.ToldFull(ctx, ours.ID); err != nil || told {
			t.Errorf("told = %v, %v", told, err)
		}
		return nil
	})
}

// TestMentorFilter matches whole codes.
func TestMentorFilter(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	now := n.Clock.Now()
	net := n.JoinNetwork(t, "ptp")
	n.Member(t, net, "https://far.example/org", "https://far.example")
	o := storedOffer(uuid.Nil, now)
	o.Local, o.Paused, o.ActorURI, o.Audience = false, false, "https://far.example/people/1", node.NetworkOnly(net.ID)
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error { return tx.PutMentorOffer(ctx, o) })
	for f, want := range map[store.MentorFilter]int{
		{}: 1, {Topic: "spreadsheets"}: 1, {Topic: "crm-migration", Language: "en"}: 1, {Topic: "sheets"}: 0, {Topic: "crm"}: 0,
		{Language: "e"}: 0, {Language: "es"}: 1, {Topic: "spreadsheets", Language: "fr"}: 0, {Topic: "%"}: 1,
	} {
		f.Limit = 10
		view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
			list, err := tx.MentorOffers(ctx, access.Scope{node.NetworkOnly(net.ID)}, f, now)
			if len(list) != want {
				t.Errorf("%+v finds %d, want %d", f, len(list), want)
			}
			return err
		})
	}
	view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		if list, err := tx.MentorOffers(ctx, access.Scope{node.NetworkOnly(net.ID)}, store.MentorFilter{Limit: 10}, o.ExpiresAt); err != nil || len(list) > 0 {
			t.Errorf("an ended offer is listed: %v", err)
		}
		return nil
	})
}

// TestTellOnce: the same is told once, until it is forgotten.
func TestTellOnce(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	about := newID()
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		for k, want := range []bool{true, false} {
			if got, err := tx.Tell(ctx, n.Admin.Person, node.NoticeNudge, "https://far.example/zoe", about, n.Clock.Now()); got != want || err != nil {
				t.Errorf("time %d: %v, %v", k+1, got, err)
			}
		}
		if err := tx.DeleteNoticesAbout(ctx, about, node.NoticeAsked); err != nil {
			return err
		}
		if got, err := tx.Tell(ctx, n.Admin.Person, node.NoticeNudge, "https://far.example/zoe", about, n.Clock.Now()); got || err != nil {
			t.Errorf("another verb was forgotten: %v, %v", got, err)
		}
		return nil
	})
	view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		list, err := tx.Notices(ctx, access.ScopeOf(n.Admin), []uuid.UUID{n.Admin.Person, n.Admin.Organization}, 10)
		if len(list) != 1 || list[0].About != about || list[0].By.Host != "far.example" {
			t.Errorf("ada is told %+v", list)
		}
		return err
	})
	view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		list, err := tx.Notices(ctx, access.ScopeOf(n.Operator), []uuid.UUID{n.Admin.Person}, 10)
		if len(list) != 0 {
			t.Errorf("somebody else is told %+v", list)
		}
		return err
	})
}

// TestOrganizationOfActor: a block of an organization holds whatever its server says.
func TestOrganizationOfActor(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	now, network := n.Clock.Now(), newID()
	far, guest := "https://far.example/ap/organizations/1", "https://far.example/ap/organizations/2"
	zoe := n.Remote(t, "zoe", "far.example")
	enrol := func(uri string) {
		write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
			return tx.PutMembership(ctx, &node.Membership{ID: newID(), NetworkID: network, OrganizationURI: uri, Origin: "https://far.example", Status: node.MemberActive, Claim: true})
		})
	}
	want := func(worksFor, organization string) {
		t.Helper()
		zoe.WorksFor = worksFor
		write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.PutRemoteActor(ctx, zoe); err != nil {
				return err
			}
			if got, err := tx.OrganizationOfActor(ctx, zoe.URI); got != organization || err != nil {
				t.Errorf("who says %q is of %q, want %q (%v)", worksFor, got, organization, err)
			}
			return nil
		})
	}
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		return tx.PutNetwork(ctx, &node.Network{ID: network, URI: "https://hub.example/g", MembersURI: "https://hub.example/g/m", State: node.NetworkActive, CreatedAt: now})
	})
	want("https://elsewhere.example/o", "")
	enrol(far)
	want("https://elsewhere.example/o", far)
	want(guest, far)
	enrol(guest)
	want(guest, guest)
	want("https://elsewhere.example/o", far)
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.PutBlock(ctx, n.Admin.Person, far, now); err != nil {
			return err
		}
		for person, blocked := range map[uuid.UUID]bool{n.Admin.Person: true, newID(): false} {
			if got, err := tx.Blocked(ctx, person, uuid.Nil, zoe.URI); got != blocked || err != nil {
				t.Errorf("blocked = %v, %v", got, err)
			}
		}
		return nil
	})
}
