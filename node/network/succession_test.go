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

// threatened is a member of a network with two others and a hub, whose roster names successor.
func threatened(t *testing.T, successor func(*joined) string) *joined {
	t.Helper()
	j := newJoined(t)
	r := j.roster(2, j.active(j.org), j.active(orgURI("hub.example")), j.active(orgURI("east.example")), j.active(orgURI("west.example")), j.line(orgURI("held.example"), node.MemberSuspended))
	r.Successor = successor(j)
	j.apply(t, r)
	claim(t, j.Node, j.net.ID, "east.example")
	claim(t, j.Node, j.net.ID, "west.example")
	return j
}

func ours(j *joined) string { return j.org }
func east(*joined) string   { return orgURI("east.example") }

func TestWhenAMemberMaySucceed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		successor func(*joined) string
		lose      func(*testing.T, *joined)
		want      string
	}{
		"the hub answers": {ours, func(*testing.T, *joined) {}, "error.succeed.answers"},
		"named, silent for an hour": {ours, func(t *testing.T, j *joined) {
			fail(t, j, false)
			j.Clock.Add(time.Hour)
		}, "error.succeed.answers"},
		"named, silent for a day": {ours, func(t *testing.T, j *joined) {
			fail(t, j, false)
			j.Clock.Add(24 * time.Hour)
		}, ""},
		"not named, silent for a day": {east, func(t *testing.T, j *joined) {
			fail(t, j, false)
			j.Clock.Add(24 * time.Hour)
		}, "error.succeed.answers"},
		"not named, silent for 14 days": {east, func(_ *testing.T, j *joined) { j.Clock.Add(node.RosterLimit) }, ""},
		"gone":                          {east, func(t *testing.T, j *joined) { fail(t, j, true) }, ""},
		"gone, and we were suspended": {ours, func(t *testing.T, j *joined) {
			fail(t, j, true)
			if err := j.Networks.ReceiveNarrowing(t.Context(), j.hub.URI, j.org, node.MemberSuspended, 3); err != nil {
				t.Fatal(err)
			}
		}, "error.network.notmember"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := threatened(t, c.successor)
			c.lose(t, j)
			_, err := j.Networks.Succeed(t.Context(), j.Viewer(t, "ada"), j.net.ID)
			check(t, name, err, c.want)
		})
	}
}

func fail(t *testing.T, j *joined, gone bool) {
	t.Helper()
	if err := j.Networks.RosterFailed(t.Context(), j.net.ID, gone); err != nil {
		t.Fatal(err)
	}
}

func TestSucceedNow(t *testing.T) {
	t.Parallel()
	j := threatened(t, east)
	_, err := j.Networks.SucceedNow(t.Context(), j.Operator, j.net.ID)
	check(t, "the operator of whom nobody named", err, "error.succeed.answers")
	j = threatened(t, ours)
	_, err = j.Networks.SucceedNow(t.Context(), j.Admin, j.net.ID)
	check(t, "an admin", err, "error.succeed.answers")
	if _, err := j.Networks.SucceedNow(t.Context(), j.Person(t, "ed", node.Editor), j.net.ID); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an editor: %v", err)
	}
	if n, err := j.Networks.SucceedNow(t.Context(), j.Operator, j.net.ID); err != nil || !n.Hosted {
		t.Errorf("the operator of whom the roster names: %+v, %v", n, err)
	}
}

// TestSuccession: out of its copy of the roster a member becomes the hub, and all that was said stays.
func TestSuccession(t *testing.T) {
	t.Parallel()
	j := threatened(t, ours)
	item := arrived(t, j.Node, j.net.ID, "east.example", "eve")
	history, err := j.Networks.History(t.Context(), j.Admin, j.net.ID)
	if err != nil {
		t.Fatal(err)
	}
	fail(t, j, true)
	drain(t, j.Node)
	old := j.net
	n, err := j.Networks.Succeed(t.Context(), j.Admin, j.net.ID)
	if err != nil {
		t.Fatal(err)
	}
	j.refresh(t)
	if n.ID != old.ID || !n.Hosted || n.URI != j.Origin.NetworkURI(n.ID) || n.RosterVersion != old.RosterVersion+1 || n.Username != "ptp" || n.State != node.NetworkActive || n.Purpose["en"] != "We share." {
		t.Errorf("the network is %+v", n)
	}
	if _, a, err := j.Networks.Hosted(t.Context(), n.ID); err != nil || a.EdPublic != n.HubKey {
		t.Errorf("its actor is %+v, %v", a, err)
	}
	if !slices.Contains(j.Admin.Coordinates, n.ID) || !shows(t, j.Node, item) || !slices.Equal(claims(t, j), []string{n.URI}) {
		t.Errorf("coordinates %v, the post is there = %v, claims %v", j.Admin.Coordinates, shows(t, j.Node, item), claims(t, j))
	}
	for _, uri := range []string{old.URI, old.MembersURI} {
		if again, err := j.Networks.Network(t.Context(), j.Admin, uri); err != nil || again.ID != n.ID {
			t.Errorf("%s leads to %+v, %v", uri, again, err)
		}
	}
	want := "invite network to " + orgURI("east.example") + "\ninvite network to " + orgURI("west.example") + "\nupdate organization to everyone"
	if got := said(drain(t, j.Node)); got != want {
		t.Errorf("announced is %s", got)
	}
	if after, err := j.Networks.History(t.Context(), j.Admin, n.ID); err != nil || len(after) != len(history)+1 {
		t.Errorf("of %d lines of history there are %d, %v", len(history), len(after), err)
	}
	if list, err := j.Networks.Applications(t.Context(), j.Admin, n.ID); err != nil || len(list) != 0 {
		t.Errorf("invited ones wait for coordinators: %+v, %v", list, err)
	}
	j.succeeded(t, n)
	j.Verify(t)
}

// succeeded lets the members of a network come over to its new hub.
func (j *joined) succeeded(t *testing.T, n *node.Network) {
	t.Helper()
	h := &hub{Node: j.Node, net: n}
	ask := func(host string, n int, change func(*network.Application)) node.MemberStatus {
		t.Helper()
		in := h.application(host, n)
		change(&in)
		if err := j.Networks.ReceiveJoin(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		return line(t, j.Node, h.net.ID, orgURI(host)).Status
	}
	same := func(*network.Application) {}
	if got := ask("east.example", 1, same); got != node.MemberActive {
		t.Errorf("who was active on the signed roster is %s", got)
	}
	if got := said(drain(t, j.Node)); got != "add membership to members\naccept membership to "+orgURI("east.example") {
		t.Errorf("announced is %s", got)
	}
	if reads(t, j.Node, n.ID, "east.example") {
		t.Error("it reads before it claims the new hub")
	}
	claim(t, j.Node, n.ID, "east.example")
	if !reads(t, j.Node, n.ID, "east.example") {
		t.Error("it does not read")
	}
	for name, got := range map[string]node.MemberStatus{
		"one with another key": ask("west.example", 1, func(in *network.Application) { in.Fingerprint = print(5) }), "a new one": ask("new.example", 1, same),
	} {
		if got != node.MemberPending {
			t.Errorf("%s is %s", name, got)
		}
	}
	if got := ask("held.example", 1, same); got != node.MemberSuspended {
		t.Errorf("who was suspended is %s", got)
	}
}

func TestSuccessionWithoutASignedRoster(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	net := n.JoinNetwork(t, "ptp") // as if it had joined, but nothing was signed
	if err := n.Networks.RosterFailed(t.Context(), net.ID, true); err != nil {
		t.Fatal(err)
	}
	_, err := n.Networks.Succeed(t.Context(), n.Viewer(t, "ada"), net.ID)
	check(t, "without a roster", err, "error.succeed.roster")
}

func TestSuccessorsHandle(t *testing.T) {
	t.Parallel()
	j := threatened(t, ours)
	j.Person(t, "ptp", node.Member)
	fail(t, j, true)
	if n, err := j.Networks.Succeed(t.Context(), j.Admin, j.net.ID); err != nil || n.Username != "ptp_2" {
		t.Errorf("with a taken handle it is %+v, %v", n, err)
	}
}

// offered is an offer of host to j.
func (j *joined) offered(t *testing.T, host string) (hub *node.Network, err error) {
	t.Helper()
	hub = remoteHub(host)
	hub.URI, hub.MembersURI = hub.URI+"-new", hub.URI+"-new/members"
	j.hubs.known[hub.URI] = hub
	return hub, j.Networks.ReceiveInvite(t.Context(), network.Invite{OrganizationURI: hub.URI, OldURI: j.net.URI, Hub: hub})
}

func TestOffersToSucceed(t *testing.T) {
	t.Parallel()
	j := threatened(t, east)
	for _, host := range []string{"held.example", "stranger.example"} {
		if _, err := j.offered(t, host); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("an offer of %s: %v", host, err)
		}
	}
	foreign := remoteHub("evil.example")
	if err := j.Networks.ReceiveInvite(t.Context(), network.Invite{OrganizationURI: orgURI("east.example"), OldURI: j.net.URI, Hub: foreign}); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an offer of a hub elsewhere: %v", err)
	}
	if err := j.Networks.ReceiveInvite(t.Context(), network.Invite{OrganizationURI: orgURI("east.example"), OldURI: "https://unknown.example/ap/networks/1", Hub: foreign}); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("an offer for no network of ours: %v", err)
	}
	named, err := j.offered(t, "east.example")
	if err != nil {
		t.Fatal(err)
	}
	other, err := j.offered(t, "west.example")
	if err != nil {
		t.Fatal(err)
	}
	offers := func() (uris []string) {
		t.Helper()
		list, err := j.Networks.SuccessionOffers(t.Context(), j.Admin)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			if o.Named != (o.OrganizationURI == orgURI("east.example")) {
				t.Errorf("%+v is named wrongly", o)
			}
			uris = append(uris, o.URI)
		}
		return uris
	}
	if got := offers(); len(got) != 0 {
		t.Errorf("while the hub answers there are the offers %v", got)
	}
	if due, err := j.Networks.DueRosters(t.Context()); err != nil || len(due) != 1 {
		t.Errorf("the hub is not asked whether it is there: %v", err)
	}
	check(t, "approved while the hub answers", j.Networks.ApproveSuccessor(t.Context(), j.Admin, j.net.ID, named.URI), "error.succeed.nooffer")
	fail(t, j, false)
	j.Clock.Add(node.RosterStale)
	if got := offers(); !slices.Equal(got, []string{named.URI}) {
		t.Errorf("after a day of silence there are %v", got)
	}
	fail(t, j, true)
	if got := offers(); !slices.Equal(got, []string{named.URI, other.URI}) {
		t.Errorf("when the hub is gone there are %v", got)
	}
	if err := j.Networks.RosterUnchanged(t.Context(), j.net.ID); err != nil || len(offers()) != 0 {
		t.Errorf("when it is back there are %v, %v", offers(), err)
	}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "editor": j.Person(t, "ed", node.Editor)} {
		if _, err := j.Networks.SuccessionOffers(t.Context(), v); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s lists offers: %v", name, err)
		}
		if err := j.Networks.ApproveSuccessor(t.Context(), v, j.net.ID, named.URI); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s approves: %v", name, err)
		}
	}
}

// TestOffersOfWhoMayNoMore: an offer counts by the roster of today, and there is one of each organization.
func TestOffersOfWhoMayNoMore(t *testing.T) {
	t.Parallel()
	j := threatened(t, east)
	named, err := j.offered(t, "east.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.offered(t, "west.example"); err != nil {
		t.Fatal(err)
	}
	for n := range 5 { // it changes its mind
		hub := remoteHub("west.example")
		hub.URI = hub.URI + "-" + string(rune('a'+n))
		if err := j.Networks.ReceiveInvite(t.Context(), network.Invite{OrganizationURI: hub.URI, OldURI: j.net.URI, Hub: hub}); err != nil {
			t.Fatal(err)
		}
	}
	offers := func() (list []node.SuccessionOffer) {
		t.Helper()
		if list, err = j.Networks.SuccessionOffers(t.Context(), j.Admin); err != nil {
			t.Fatal(err)
		}
		return list
	}
	lines := []*node.Membership{j.active(j.org), j.active(orgURI("hub.example")), j.line(orgURI("east.example"), node.MemberSuspended), j.active(orgURI("west.example"))}
	j.apply(t, j.roster(3, lines...)) // the hub puts the one that it had named on hold, and names nobody
	fail(t, j, false)
	j.Clock.Add(node.RosterStale)
	if got := offers(); len(got) != 0 {
		t.Errorf("after a day of silence there are %+v", got)
	}
	fail(t, j, true)
	if got := offers(); len(got) != 1 || got[0].OrganizationURI != orgURI("west.example") || got[0].URI != remoteHub("west.example").URI+"-e" || got[0].Named {
		t.Errorf("when the hub is gone there are %+v", got)
	}
	check(t, "who is on hold", j.Networks.ApproveSuccessor(t.Context(), j.Admin, j.net.ID, named.URI), "error.succeed.nooffer")
}

// TestObserversGoOnObserving: who only reads does not run the network when its hub
// is lost, and only reads under the next one.
func TestObserversGoOnObserving(t *testing.T) {
	t.Parallel()
	j := threatened(t, ours)
	watcher := j.active(orgURI("east.example"))
	watcher.Role = node.ObserverMember
	j.apply(t, j.roster(3, j.active(j.org), j.active(orgURI("hub.example")), watcher, j.active(orgURI("west.example"))))
	if _, err := j.offered(t, "east.example"); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an observer's offer: %v", err)
	}
	fail(t, j, true)
	n, err := j.Networks.Succeed(t.Context(), j.Viewer(t, "ada"), j.net.ID)
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{Node: j.Node, net: n}
	for host, want := range map[string]node.MemberRole{"east.example": node.ObserverMember, "west.example": node.PlainMember} {
		if err := j.Networks.ReceiveJoin(t.Context(), h.application(host, 1)); err != nil {
			t.Fatal(err)
		}
		if m := line(t, j.Node, n.ID, orgURI(host)); m.Status != node.MemberActive || m.Role != want {
			t.Errorf("%s is %s, %s", host, m.Status, m.Role)
		}
	}

	j = threatened(t, ours)
	own := j.active(j.org)
	own.Role = node.ObserverMember
	j.apply(t, j.roster(3, own, j.active(orgURI("hub.example"))))
	fail(t, j, true)
	_, err = j.Networks.Succeed(t.Context(), j.Viewer(t, "ada"), j.net.ID)
	check(t, "an observer succeeds", err, "error.network.reader")
}

// TestMembersDoNotSpeakForTheHub: what another member says of a newer roster makes
// us ask, and does not make a silent hub one that answers.
func TestMembersDoNotSpeakForTheHub(t *testing.T) {
	t.Parallel()
	j := threatened(t, ours)
	if err := j.Networks.ReceiveWord(t.Context(), j.net.ID, 9); err != nil {
		t.Fatal(err)
	}
	if due, err := j.Networks.DueRosters(t.Context()); err != nil || len(due) != 1 {
		t.Errorf("the hub is not asked: %v", err)
	}
	fail(t, j, false)
	for range 24 {
		j.Clock.Add(time.Hour)
		if err := j.Networks.ReceiveWord(t.Context(), j.net.ID, 9); err != nil {
			t.Fatal(err)
		}
		fail(t, j, false)
	}
	if _, err := j.Networks.Succeed(t.Context(), j.Viewer(t, "ada"), j.net.ID); err != nil {
		t.Errorf("the named successor after a day: %v", err)
	}
}

// TestFollowingTheSuccessor: a member goes over to the new hub, and loses nothing.
func TestFollowingTheSuccessor(t *testing.T) {
	t.Parallel()
	j := threatened(t, east)
	item := arrived(t, j.Node, j.net.ID, "west.example", "wes")
	ours, err := j.Conversation.Post(t.Context(), j.Viewer(t, "ada"), node.PostInput{AsOrganization: true, Audience: node.NetworkOnly(j.net.ID), Lang: "en", Text: "Ours"})
	if err != nil {
		t.Fatal(err)
	}
	hub, err := j.offered(t, "east.example")
	if err != nil {
		t.Fatal(err)
	}
	fail(t, j, true)
	drain(t, j.Node)
	old := j.net
	if err := j.Networks.ApproveSuccessor(t.Context(), j.Admin, j.net.ID, hub.URI); err != nil {
		t.Fatal(err)
	}
	j.refresh(t)
	if j.net.ID != old.ID || j.net.URI != hub.URI || j.net.HubKey != hub.HubKey || j.net.State != node.NetworkApplied || j.net.Host != "east.example" {
		t.Errorf("the network is %+v", j.net)
	}
	if got := said(drain(t, j.Node)); got != "join membership to "+hub.URI {
		t.Errorf("announced is %s", got)
	}
	if len(claims(t, j)) != 0 || reads(t, j.Node, j.net.ID, "west.example") {
		t.Error("it claims, or serves, before the new hub has it")
	}
	check(t, "twice", j.Networks.ApproveSuccessor(t.Context(), j.Admin, j.net.ID, hub.URI), "error.succeed.nooffer")
	// The old hub's word counts no more.
	if err := j.Networks.ReceiveNarrowing(t.Context(), old.URI, orgURI("west.example"), node.MemberExpelled, 99); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("the old hub narrows: %v", err)
	}
	if err := j.Networks.ReceiveAccept(t.Context(), hub.URI, j.net.JoinURI, hub.URI+"/members/me"); err != nil {
		t.Fatal(err)
	}
	j.hub = hub
	lines := []*node.Membership{j.active(j.org), j.active(orgURI("east.example"))}
	j.apply(t, j.roster(1, lines...)) // a new hub counts anew
	if j.net.State != node.NetworkActive || !slices.Equal(claims(t, j), []string{hub.URI}) {
		t.Errorf("listed it is %s and claims %v", j.net.State, claims(t, j))
	}
	if !shows(t, j.Node, item) || !shows(t, j.Node, ours.ID) {
		t.Error("something that was said in the network is lost")
	}
	if m := line(t, j.Node, j.net.ID, orgURI("west.example")); m.Status != node.MemberPending || reads(t, j.Node, j.net.ID, "west.example") {
		t.Errorf("who has not come yet is %+v", m)
	}
	j.apply(t, j.roster(2, append(lines, j.active(orgURI("west.example")))...))
	claim(t, j.Node, j.net.ID, "west.example")
	if !reads(t, j.Node, j.net.ID, "west.example") || !shows(t, j.Node, item) {
		t.Error("who came does not read, or what it said is lost")
	}
	if again, err := j.Networks.Network(t.Context(), j.Admin, old.URI); err != nil || again.ID != j.net.ID {
		t.Errorf("the old id leads to %+v, %v", again, err)
	}
	write(t, j.Node, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.CountRosters(ctx, j.net.ID)
		if n < 2 {
			t.Errorf("%d signed rosters are left", n)
		}
		return err
	})
	j.Verify(t)
}

// TestWrongSuccessor: what the address of an offer shows has to be what was offered.
func TestWrongSuccessor(t *testing.T) {
	t.Parallel()
	j := threatened(t, east)
	hub, err := j.offered(t, "east.example")
	if err != nil {
		t.Fatal(err)
	}
	fail(t, j, true)
	j.hubs.known[hub.URI] = remoteHub("evil.example")
	check(t, "another Group", j.Networks.ApproveSuccessor(t.Context(), j.Admin, j.net.ID, hub.URI), "error.succeed.nooffer")
	delete(j.hubs.known, hub.URI)
	check(t, "no Group", j.Networks.ApproveSuccessor(t.Context(), j.Admin, j.net.ID, hub.URI), "error.hub.none")
	check(t, "another network", j.Networks.ApproveSuccessor(t.Context(), j.Admin, uuid.Must(uuid.NewV7()), hub.URI), "error.succeed.nooffer")
	if n := stored(t, j.Node, j.net.ID); n.URI != j.net.URI || n.State != node.NetworkActive {
		t.Errorf("it went over to %+v", n)
	}
}
