package network_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

func claims(t *testing.T, j *joined) []string {
	t.Helper()
	list, err := j.Networks.ClaimsOf(t.Context(), j.Organization.ID)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPreviewChangesNothing(t *testing.T) {
	t.Parallel()
	j := applyTo(t, "hub.example")
	j.hubs.known["ptp@second.example"] = remoteHub("second.example")
	drain(t, j.Node)
	p, err := j.Networks.Preview(t.Context(), j.Admin, "ptp@second.example")
	if err != nil || p.Member || p.Network.Fingerprint != print(7) || p.Network.Host != "second.example" {
		t.Errorf("preview is %+v, %v", p, err)
	}
	if list, err := j.Networks.Networks(t.Context(), j.Admin); err != nil || len(list) != 1 || len(j.Outbox(t)) != 0 {
		t.Errorf("afterwards there are %d networks, %v", len(list), err)
	}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "editor": j.Person(t, "ed", node.Editor)} {
		if _, err := j.Networks.Preview(t.Context(), v, "ptp@second.example"); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s looks: %v", name, err)
		}
		if _, err := j.Networks.Join(t.Context(), v, "ptp@second.example", ""); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s joins: %v", name, err)
		}
	}
	h := newHub(t)
	h.Networks.Lookup = &hubs{known: map[string]*node.Network{"ptp@node.example.org": h.net}}
	_, err = h.Networks.Join(t.Context(), h.Admin, "ptp@node.example.org", "")
	check(t, "our own network", err, "error.hub.own")
}

func TestJoin(t *testing.T) {
	t.Parallel()
	j := applyTo(t, "hub.example")
	n := j.net
	if n.State != node.NetworkApplied || n.Hosted || n.HubKey != j.hub.HubKey || n.Fingerprint != j.hub.Fingerprint || n.MembersURI != j.hub.MembersURI || !j.Origin.Owns(n.JoinURI) {
		t.Errorf("joined is %+v", n)
	}
	own := line(t, j.Node, n.ID, j.org)
	if own.Status != node.MemberPending || own.JoinURI != n.JoinURI || own.Why != "We want in" || own.URI != "" || own.Claim || own.Inbox != "" {
		t.Errorf("our line is %+v", own)
	}
	events := drain(t, j.Node)
	if said(events) != "join membership to "+j.hub.URI || events[0].Object != own.ID || events[0].Actor != j.Organization.ID || j.Origin.ActivityURI(events[0].Activity) != n.JoinURI || events[0].Audience == node.Public {
		t.Errorf("announced is %+v", events)
	}
	if got := claims(t, j); len(got) != 0 {
		t.Errorf("before the hub answers it claims %v", got)
	}
	if v := j.Viewer(t, "ada"); len(v.Networks) != 0 {
		t.Errorf("who only asked reads %v", v.Networks)
	}
	// Asked again with other words, it is the same network and a new Join.
	again, err := j.Networks.Join(t.Context(), j.Admin, "ptp@hub.example", "Please")
	if err != nil || again.ID != n.ID || again.JoinURI == n.JoinURI {
		t.Fatalf("again is %+v, %v", again, err)
	}
	if err := j.Networks.ReceiveAccept(t.Context(), j.hub.URI, n.JoinURI, j.hub.URI+"/members/me"); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("an answer to the first Join: %v", err)
	}
	if err := j.Networks.ReceiveReceipt(t.Context(), j.hub.URI, again.JoinURI); err != nil {
		t.Fatal(err)
	}
	if own := line(t, j.Node, n.ID, j.org); own.Since.IsZero() || own.Why != "Please" {
		t.Errorf("after the receipt our line is %+v", own)
	}
	j.Verify(t)
}

// TestAcceptedAndListed: the hub's word admits us to say that we are in; its roster lets us in.
func TestAcceptedAndListed(t *testing.T) {
	t.Parallel()
	j := applyTo(t, "hub.example")
	drain(t, j.Node)
	ctx := t.Context()
	for name, err := range map[string]error{
		"another hub":     j.Networks.ReceiveAccept(ctx, "https://evil.example/ap/networks/1", j.net.JoinURI, "https://evil.example/ap/networks/1/members/me"),
		"no Join of ours": j.Networks.ReceiveAccept(ctx, j.hub.URI, j.net.JoinURI+"x", j.hub.URI+"/members/me"),
		"another's line":  j.Networks.ReceiveAccept(ctx, j.hub.URI, j.net.JoinURI, "https://evil.example/members/me"),
	} {
		if !errors.Is(err, node.ErrNotFound) && !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(claims(t, j)) != 0 {
		t.Error("it claims what was not accepted")
	}
	if err := j.Networks.ReceiveReceipt(ctx, j.hub.URI, j.net.JoinURI); err != nil {
		t.Fatal(err)
	}
	if v, _, err := j.People.ViewerFor(ctx, ""); err != nil || len(v.Networks) != 0 {
		t.Errorf("who only asked to join holds %v, %v", v.Networks, err)
	}
	for range 2 {
		if err := j.Networks.ReceiveAccept(ctx, j.hub.URI, j.net.JoinURI, j.hub.URI+"/members/me"); err != nil {
			t.Fatal(err)
		}
	}
	if got := claims(t, j); !slices.Equal(got, []string{j.hub.URI}) {
		t.Errorf("accepted, it claims %v", got)
	}
	if got, want := said(drain(t, j.Node)), "update organization to everyone\nupdate organization to "+j.hub.URI; got != want {
		t.Errorf("announced is %s", got)
	}
	if n := stored(t, j.Node, j.net.ID); n.State != node.NetworkApplied {
		t.Errorf("an Accept alone made it %s", n.State)
	}
	due, err := j.Networks.DueRosters(ctx)
	if err != nil || len(due) != 1 {
		t.Fatalf("due are %+v, %v", due, err)
	}
	// A roster that does not list us yet changes nothing about it.
	j.apply(t, j.roster(1, j.active(orgURI("hub.example"))))
	if j.net.State != node.NetworkApplied {
		t.Errorf("unlisted, it is %s", j.net.State)
	}
	j.apply(t, j.roster(2, j.active(orgURI("hub.example")), j.active(j.org)))
	if j.net.State != node.NetworkActive || !slices.Contains(j.Admin.Active, j.net.ID) || access.CanCoordinate(j.Admin, j.net.ID) {
		t.Errorf("listed, it is %s", j.net.State)
	}
	_, err = j.Networks.Join(ctx, j.Admin, "ptp@hub.example", "")
	check(t, "a member joins", err, "error.network.member")
	_, err = j.Networks.NewCode(ctx, j.Admin, j.net.ID)
	check(t, "a member gives out codes", err, "error.network.nothub")
	j.Verify(t)
}

func TestRefusedAndExpelled(t *testing.T) {
	t.Parallel()
	j := applyTo(t, "hub.example")
	if err := j.Networks.ReceiveReject(t.Context(), j.hub.URI, j.net.JoinURI, "error.code.used"); err != nil {
		t.Fatal(err)
	}
	if n := stored(t, j.Node, j.net.ID); n.State != node.NetworkRefused || n.Reason != "error.code.used" {
		t.Errorf("refused is %+v", n)
	}
	if _, err := j.Networks.Join(t.Context(), j.Admin, "ptp@hub.example", ""); err != nil {
		t.Errorf("who was refused asks again: %v", err)
	}
	j = newJoined(t)
	if err := j.Networks.ReceiveReject(t.Context(), j.hub.URI, j.net.JoinURI, "Spam\u202e and "+strings.Repeat("worse ", 200)); err != nil {
		t.Fatal(err)
	}
	j.refresh(t)
	if j.net.State != node.NetworkExpelled || !strings.HasPrefix(j.net.Reason, "Spam and worse") || len(j.net.Reason) > 500 || len(claims(t, j)) != 0 || len(j.Admin.Active) != 0 {
		t.Errorf("expelled is %+v, and claims %v", j.net, claims(t, j))
	}
	if got := said(drain(t, j.Node)); !strings.HasPrefix(got, "update organization to everyone") {
		t.Errorf("announced is %s", got)
	}
	if err := j.Networks.ReceiveAccept(t.Context(), j.hub.URI, j.net.JoinURI, j.hub.URI+"/members/me"); err != nil {
		t.Fatal(err)
	}
	if n := stored(t, j.Node, j.net.ID); n.State != node.NetworkExpelled {
		t.Errorf("an old Accept made an expelled one %s", n.State)
	}
}

func TestLeave(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	if err := j.Networks.Leave(t.Context(), j.Person(t, "ed", node.Editor), j.net.ID); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an editor leaves: %v", err)
	}
	if err := j.Networks.Leave(t.Context(), j.Admin, j.net.ID); err != nil {
		t.Fatal(err)
	}
	j.refresh(t)
	if j.net.State != node.NetworkLeft || len(claims(t, j)) != 0 || len(j.Admin.Active) != 0 || reads(t, j.Node, j.net.ID, "hub.example") {
		t.Errorf("left is %+v", j.net)
	}
	if j.hubs.asked != 1 { // at joining: leaving works with the hub down
		t.Errorf("the network was asked %d times", j.hubs.asked)
	}
	if got, want := said(drain(t, j.Node)), "update organization to everyone\nupdate organization to "+j.hub.URI+"\nleave membership to members\nleave membership to "+j.hub.URI; got != want {
		t.Errorf("announced is %s", got)
	}
	check(t, "twice", j.Networks.Leave(t.Context(), j.Admin, j.net.ID), "error.network.notmember")
	if due, err := j.Networks.DueRosters(t.Context()); err != nil || len(due) != 0 {
		t.Errorf("due afterwards are %+v, %v", due, err)
	}
	// The roster as it was, on its way since before: we stay out, and it is not believed that we are in.
	if _, err := j.Networks.Join(t.Context(), j.Admin, "ptp@hub.example", ""); err != nil {
		t.Errorf("who left asks again: %v", err)
	}
	h := newHub(t)
	check(t, "a hub leaves", h.Networks.Leave(t.Context(), h.Admin, h.net.ID), "error.network.hub")
}

func TestReceiveLeave(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	m := h.member(t, "east.example")
	if err := h.Networks.NameSuccessor(t.Context(), h.Admin, h.net.ID, m.OrganizationURI); err != nil {
		t.Fatal(err)
	}
	h.drain(t)
	for range 2 {
		if err := h.Networks.ReceiveLeave(t.Context(), m.OrganizationURI, h.net.URI); err != nil {
			t.Fatal(err)
		}
	}
	n := stored(t, h.Node, h.net.ID)
	if reads(t, h.Node, h.net.ID, "east.example") || n.RosterVersion != 4 || n.Successor != "" {
		t.Errorf("after it left the network is %+v", n)
	}
	if got := said(h.drain(t)); got != "remove membership to members" {
		t.Errorf("announced is %s", got)
	}
	if history, err := h.Networks.History(t.Context(), h.Admin, h.net.ID); err != nil || history[0].Status != node.MemberLeft || history[0].By != "org@east.example" {
		t.Errorf("history is %+v, %v", history, err)
	}
	if err := h.Networks.ReceiveLeave(t.Context(), h.Origin.OrganizationURI(h.Organization.ID), h.net.URI); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("our own organization leaves from outside: %v", err)
	}
	if err := h.Networks.ReceiveLeave(t.Context(), orgURI("other.example"), h.net.URI); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a stranger leaves: %v", err)
	}
	j := newJoined(t)
	if err := j.Networks.ReceiveLeave(t.Context(), orgURI("hub.example"), j.hub.URI); err != nil {
		t.Fatal(err)
	}
	if reads(t, j.Node, j.net.ID, "hub.example") {
		t.Error("in a member, who left still reads")
	}
	if due, err := j.Networks.DueRosters(t.Context()); err != nil || len(due) != 1 {
		t.Errorf("the roster is not asked for: %v", err)
	}
}
