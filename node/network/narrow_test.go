package network_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// arrived stores a post by somebody on host for a network.
func arrived(t testing.TB, n *nodetest.Node, network_ uuid.UUID, host, name string) uuid.UUID {
	t.Helper()
	a := n.Remote(t, name, host)
	i := n.Arrival(t, a, name).Item
	i.ID, i.Audience, i.State, i.Version, i.SourceID = uuid.Must(uuid.NewV7()), node.NetworkOnly(network_), node.Live, 1, n.Source(t, a, a.URI+"/create")
	i.Author = node.Author{ID: a.ID, Kind: node.KindPerson, URI: a.URI}
	write(t, n, func(ctx context.Context, tx *store.Tx) error { return tx.InsertItem(ctx, i) })
	return i.ID
}

// shows reports whether our own people read an item.
func shows(t testing.TB, n *nodetest.Node, item uuid.UUID) bool {
	t.Helper()
	_, err := n.Conversation.Item(t.Context(), n.Viewer(t, "ada"), item)
	if err != nil && !errors.Is(err, node.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// queue lets an activity of verb for audience wait for the node of host.
func queue(t testing.TB, n *nodetest.Node, a node.Audience, verb node.Verb, host string) uuid.UUID {
	t.Helper()
	activity, now := uuid.Must(uuid.NewV7()), n.Clock.Now()
	write(t, n, func(ctx context.Context, tx *store.Tx) error {
		err := tx.PutActivity(ctx, &store.Activity{ID: activity, Actor: n.Organization.ID, Object: uuid.Must(uuid.NewV7()), Verb: verb, Kind: node.KindPost, Audience: a, Raw: []byte("{}"), At: now})
		if err != nil {
			return err
		}
		return tx.PutDelivery(ctx, &node.Delivery{
			Activity: activity, Inbox: "https://" + host + "/ap/inbox", Host: host, ActorID: n.Organization.ID, ObjectKey: activity.String(), Urgent: verb == node.Deleted, NextAt: now, FirstAt: now,
		})
	})
	return activity
}

func waits(t testing.TB, n *nodetest.Node, host string) (list []uuid.UUID) {
	t.Helper()
	due, _, _, err := n.Delivery.Due(t.Context(), host, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range due {
		list = append(list, d.Activity)
	}
	return list
}

// TestS6SuspensionInAMember: the hub's word is enough, in the transaction that
// takes it, and the next roster brings all back.
func TestS6SuspensionInAMember(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	const host = "east.example"
	all := []*node.Membership{j.active(j.org), j.active(orgURI("hub.example")), j.active(orgURI(host))}
	j.apply(t, j.roster(2, all...))
	claim(t, j.Node, j.net.ID, host)
	bad, good := arrived(t, j.Node, j.net.ID, host, "eve"), arrived(t, j.Node, j.net.ID, "hub.example", "hal")
	elsewhere := arrived(t, j.Node, j.net.ID, "east.example.org", "near") // begins like it
	if !shows(t, j.Node, bad) || !shows(t, j.Node, good) {
		t.Fatal("posts are not seen at all")
	}
	post, remark := queue(t, j.Node, node.NetworkOnly(j.net.ID), node.Created, host), queue(t, j.Node, node.Networks, node.Created, host)
	taken, public := queue(t, j.Node, node.NetworkOnly(j.net.ID), node.Deleted, host), queue(t, j.Node, node.Public, node.Created, host)
	if got := waits(t, j.Node, host); len(got) != 4 || !slices.Contains(got, post) || !slices.Contains(got, remark) {
		t.Fatalf("waiting are %v", got)
	}
	before := j.Clock.Now()
	if err := j.Networks.ReceiveNarrowing(t.Context(), j.hub.URI, j.active(orgURI(host)).URI, node.MemberSuspended, 3); err != nil {
		t.Fatal(err)
	}
	if shows(t, j.Node, bad) || !shows(t, j.Node, good) || !shows(t, j.Node, elsewhere) || reads(t, j.Node, j.net.ID, host) || j.Clock.Now() != before {
		t.Errorf("after the suspension: its posts seen = %v, others' = %v, it reads = %v", shows(t, j.Node, bad), shows(t, j.Node, good), reads(t, j.Node, j.net.ID, host))
	}
	if got := waits(t, j.Node, host); len(got) != 2 || !slices.Contains(got, taken) || !slices.Contains(got, public) {
		t.Errorf("still on their way are %v, want the deletion and what is for everyone", got)
	}
	j.Verify(t)
	// A roster from before, on its way since then, does not give it back.
	j.apply(t, j.roster(2, all...))
	if shows(t, j.Node, bad) || reads(t, j.Node, j.net.ID, host) {
		t.Error("an older copy of the roster undid the suspension")
	}
	if due, err := j.Networks.DueRosters(t.Context()); err != nil || len(due) != 1 {
		t.Errorf("it is not asked for again: %v", err)
	}
	j.apply(t, j.roster(3, all[0], all[1], j.line(orgURI(host), node.MemberSuspended)))
	if shows(t, j.Node, bad) {
		t.Error("the roster that suspends shows it")
	}
	j.apply(t, j.roster(4, all...))
	if !shows(t, j.Node, bad) || !reads(t, j.Node, j.net.ID, host) {
		t.Error("restored, its posts do not come back")
	}
	if due, err := j.Networks.DueCatchUps(t.Context()); err != nil || len(due) != 2 {
		t.Errorf("what it said meanwhile is not fetched: %+v, %v", due, err)
	}
	j.Verify(t)
}

// TestS6SuspensionOnTheHub is the same on the node that decides.
func TestS6SuspensionOnTheHub(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.member(t, "east.example")
	bad := arrived(t, h.Node, h.net.ID, "east.example", "eve")
	queue(t, h.Node, node.NetworkOnly(h.net.ID), node.Created, "east.example")
	h.drain(t)
	check(t, "the hub", h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, "riverside@node.example.org"), "error.member.hub")
	check(t, "suspend", h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, "org@east.example"), "")
	if shows(t, h.Node, bad) || reads(t, h.Node, h.net.ID, "east.example") || len(waits(t, h.Node, "east.example")) != 0 {
		t.Error("the suspended node is seen, reads, or is sent to")
	}
	if got, want := said(h.drain(t)), "update membership to members\nupdate membership to "+orgURI("east.example"); got != want {
		t.Errorf("announced is %s", got)
	}
	check(t, "twice", h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, "org@east.example"), "error.member.notactive")
	if err := h.Networks.ReceiveJoin(t.Context(), h.application("east.example", 2)); err != nil {
		t.Fatal(err)
	}
	if m := line(t, h.Node, h.net.ID, orgURI("east.example")); m.Status != node.MemberSuspended || m.Reason != "error.member.onhold" {
		t.Errorf("a suspended one that joins is %+v", m)
	}
	check(t, "restore", h.Networks.Restore(t.Context(), h.Admin, h.net.ID, "org@east.example"), "")
	if !shows(t, h.Node, bad) || !reads(t, h.Node, h.net.ID, "east.example") {
		t.Error("the restored node is not seen, or does not read")
	}
	check(t, "twice", h.Networks.Restore(t.Context(), h.Admin, h.net.ID, "org@east.example"), "error.member.notsuspended")
	h.Verify(t)
}

// TestNarrowingIsTheHubs: nobody else takes anything away, and what is old takes nothing.
func TestNarrowingIsTheHubs(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	j.apply(t, j.roster(5, j.active(j.org), j.active(orgURI("hub.example"))))
	ctx, hubOrg := t.Context(), orgURI("hub.example")
	if err := j.Networks.ReceiveNarrowing(ctx, "https://evil.example/ap/networks/1", hubOrg, node.MemberExpelled, 9); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("by another hub: %v", err)
	}
	if err := j.Networks.ReceiveNarrowing(ctx, j.hub.URI, hubOrg, node.MemberActive, 9); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("widening in disguise: %v", err)
	}
	if err := j.Networks.ReceiveNarrowing(ctx, j.hub.URI, hubOrg, node.MemberExpelled, 4); err != nil || !reads(t, j.Node, j.net.ID, "hub.example") {
		t.Errorf("one from before took something away: %v", err)
	}
	if err := j.Networks.ReceiveNarrowing(ctx, j.hub.URI, orgURI("nobody.example"), node.MemberExpelled, 6); err != nil {
		t.Errorf("about whom we do not know: %v", err)
	}
	if due, err := j.Networks.DueRosters(ctx); err != nil || len(due) != 1 {
		t.Errorf("it is not looked at: %v", err)
	}
	if err := j.Networks.ReceiveNarrowing(ctx, j.hub.URI, hubOrg, node.MemberLeft, 6); err != nil || reads(t, j.Node, j.net.ID, "hub.example") {
		t.Errorf("removed by organization: %v", err)
	}
	// Ourselves: suspended we go on saying that we are members, expelled not.
	queue(t, j.Node, node.NetworkOnly(j.net.ID), node.Created, "west.example")
	if err := j.Networks.ReceiveNarrowing(ctx, j.hub.URI, j.hub.URI+"/members/me", node.MemberSuspended, 7); err != nil {
		t.Fatal(err)
	}
	j.refresh(t)
	if j.net.State != node.NetworkSuspended || len(claims(t, j)) != 1 || len(j.Admin.Active) != 0 || len(waits(t, j.Node, "west.example")) != 0 {
		t.Errorf("suspended we are %s, claim %v, write to %v", j.net.State, claims(t, j), j.Admin.Active)
	}
	if err := j.Networks.ReceiveNarrowing(ctx, j.hub.URI, j.org, node.MemberExpelled, 8); err != nil {
		t.Fatal(err)
	}
	if j.refresh(t); j.net.State != node.NetworkExpelled || len(claims(t, j)) != 0 {
		t.Errorf("expelled we are %s and claim %v", j.net.State, claims(t, j))
	}
}

// TestSharedNetworksKeepDeliveries: who is still with us in another network goes on getting what is for all.
func TestSharedNetworksKeepDeliveries(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.member(t, "east.example")
	second, err := h.Networks.Found(t.Context(), h.Admin, network.NewNetwork{Name: "Second", Handle: "second"})
	if err != nil {
		t.Fatal(err)
	}
	in := h.application("east.example", 2)
	in.HubURI = second.URI
	if err := h.Networks.ReceiveJoin(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Networks.Approve(t.Context(), h.Operator, second.ID, "east"); err != nil {
		t.Fatal(err)
	}
	claim(t, h.Node, second.ID, "east.example")
	first, both, other := queue(t, h.Node, node.NetworkOnly(h.net.ID), node.Created, "east.example"), queue(t, h.Node, node.Networks, node.Created, "east.example"), queue(t, h.Node, node.NetworkOnly(second.ID), node.Created, "east.example")
	check(t, "suspend", h.Networks.Suspend(t.Context(), h.Operator, h.net.ID, "org@east.example"), "")
	if got := waits(t, h.Node, "east.example"); slices.Contains(got, first) || !slices.Contains(got, both) || !slices.Contains(got, other) {
		t.Errorf("still on their way are %v", got)
	}
	if !reads(t, h.Node, second.ID, "east.example") || reads(t, h.Node, h.net.ID, "east.example") {
		t.Error("it reads what it should not, or not what it should")
	}
	check(t, "suspend there too", h.Networks.Suspend(t.Context(), h.Operator, second.ID, "org@east.example"), "")
	if got := waits(t, h.Node, "east.example"); len(got) != 0 {
		t.Errorf("afterwards still on their way are %v", got)
	}
}

// TestWhatOthersSaidGoes: 30 days after we left, and not before, and not if we came back.
func TestWhatOthersSaidGoes(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	item := arrived(t, j.Node, j.net.ID, "hub.example", "hal")
	aside := arrived(t, j.Node, j.net.ID, "east.example", "eve")
	j.apply(t, j.roster(2, j.active(j.org), j.active(orgURI("hub.example")), j.active(orgURI("east.example"))))
	if err := j.Networks.ReceiveNarrowing(t.Context(), j.hub.URI, orgURI("east.example"), node.MemberExpelled, 3); err != nil {
		t.Fatal(err)
	}
	own, err := j.Conversation.Post(t.Context(), j.Viewer(t, "ada"), node.PostInput{AsOrganization: true, Audience: node.NetworkOnly(j.net.ID), Lang: "en", Text: "Ours"})
	if err != nil {
		t.Fatal(err)
	}
	due := func(want int) {
		t.Helper()
		if n, err := j.Networks.Due(t.Context()); err != nil || n != want {
			t.Errorf("due were %d, %v, want %d", n, err, want)
		}
	}
	due(0)
	if err := j.Networks.Leave(t.Context(), j.Admin, j.net.ID); err != nil {
		t.Fatal(err)
	}
	j.Clock.Add(30*24*time.Hour - time.Millisecond)
	due(0)
	if !shows(t, j.Node, item) {
		t.Error("gone before its time")
	}
	j.Clock.Add(time.Millisecond)
	due(2)
	due(0)
	if shows(t, j.Node, item) || shows(t, j.Node, aside) || !shows(t, j.Node, own.ID) {
		t.Error("others' posts are there, or our own are not")
	}
	write(t, j.Node, func(ctx context.Context, tx *store.Tx) error {
		gone, err := tx.IsDeleted(ctx, "https://hub.example/users/hal/notes/hal")
		if gone {
			t.Error("after joining again it could not be fetched")
		}
		return err
	})
	j.Verify(t)
}

// TestS6Cards: those of a suspended member are not shown and come back, those of
// a former one are gone.
func TestS6Cards(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	all := []*node.Membership{j.active(j.org), j.active(orgURI("hub.example")), j.active(orgURI("east.example"))}
	j.apply(t, j.roster(2, all...))
	claim(t, j.Node, j.net.ID, "east.example")
	ids := []uuid.UUID{j.card(t, "hub.example"), j.card(t, "east.example")}
	shown := func(want int) {
		t.Helper()
		write(t, j.Node, func(ctx context.Context, tx *store.Tx) error {
			cards, err := tx.Cards(ctx, access.ScopeOf(j.Viewer(t, "ada")), ids, j.Clock.Now())
			if len(cards) != want {
				t.Errorf("%d cards are shown, want %d", len(cards), want)
			}
			return err
		})
	}
	narrow := func(status node.MemberStatus, version int64) {
		t.Helper()
		if err := j.Networks.ReceiveNarrowing(t.Context(), j.hub.URI, orgURI("east.example"), status, version); err != nil {
			t.Fatal(err)
		}
	}
	shown(2)
	narrow(node.MemberSuspended, 3)
	shown(1)
	j.apply(t, j.roster(4, all...))
	shown(2)
	narrow(node.MemberExpelled, 5)
	j.apply(t, j.roster(6, all...))
	shown(1)
	if err := j.Networks.Leave(t.Context(), j.Admin, j.net.ID); err != nil {
		t.Fatal(err)
	}
	shown(0)
}

// card stores a card of somebody at host.
func (j *joined) card(t testing.TB, host string) uuid.UUID {
	t.Helper()
	a := j.Remote(t, "card", host)
	now := j.Clock.Now()
	c := &node.Card{
		ID: uuid.Must(uuid.NewV7()), NetworkID: j.net.ID, ActorURI: a.URI, ActorID: a.ID, OrganizationURI: orgURI(host), Name: "Card at " + host,
		Version: 1, ExpiresAt: now.Add(time.Hour), UpdatedAt: now, ReceivedAt: now,
	}
	write(t, j.Node, func(ctx context.Context, tx *store.Tx) error { return tx.PutCard(ctx, c) })
	return c.ID
}
