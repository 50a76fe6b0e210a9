package network_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

func TestApprove(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	const host = "east.example"
	if err := h.Networks.ReceiveJoin(t.Context(), h.application(host, 1)); err != nil {
		t.Fatal(err)
	}
	if got := said(h.drain(t)); got != "receive membership to "+orgURI(host) {
		t.Errorf("a Join is answered with %s", got)
	}
	list, err := h.Networks.Applications(t.Context(), h.Admin, h.net.ID)
	if err != nil || len(list) != 1 || list[0].Why != "We run phone banks" || list[0].Contact != "tech@east.example" || list[0].Fingerprint != print(1) || list[0].Handle != "east@east.example" {
		t.Fatalf("applications are %+v, %v", list, err)
	}
	if reads(t, h.Node, h.net.ID, host) {
		t.Error("who only asked reads")
	}
	if _, err := h.Networks.Approve(t.Context(), h.Person(t, "ed", node.Editor), h.net.ID, "east@east.example"); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an editor approves: %v", err)
	}
	m, err := h.Networks.Approve(t.Context(), h.Admin, h.net.ID, "east")
	if err != nil || m.Status != node.MemberActive || m.URI != h.Origin.MembershipURI(h.net.ID, m.ID) || m.Effective() {
		t.Fatalf("approved is %+v, %v", m, err)
	}
	events := h.drain(t)
	if got := said(events); got != "add membership to members\naccept membership to "+orgURI(host) {
		t.Errorf("announced is %s", got)
	}
	if events[1].Ref != m.JoinURI || events[1].Object != m.ID || events[1].Actor != h.net.ID {
		t.Errorf("accepted is %+v", events[1])
	}
	if n := stored(t, h.Node, h.net.ID); n.RosterVersion != 2 {
		t.Errorf("the roster has version %d", n.RosterVersion)
	}
	_, err = h.Networks.Approve(t.Context(), h.Admin, h.net.ID, "east")
	check(t, "twice", err, "error.member.already")
	_, err = h.Networks.Approve(t.Context(), h.Admin, h.net.ID, "nobody")
	check(t, "nobody", err, "error.member.unknown")
	// It asks again, because its database was lost: it is told that it is a member.
	if err := h.Networks.ReceiveJoin(t.Context(), h.application(host, 2)); err != nil {
		t.Fatal(err)
	}
	if events := h.drain(t); said(events) != "accept membership to "+orgURI(host) || !strings.HasSuffix(events[0].Ref, "join-2") {
		t.Errorf("asked again, it is told %+v", events)
	}
	if err := h.Networks.ReceiveJoin(t.Context(), h.application(host, 2)); err != nil || len(h.drain(t)) != 0 {
		t.Errorf("the same Join again: %v", err)
	}
	h.Verify(t)
}

// TestA12HubAloneAdmitsNobody: an organization that the hub lists counts for
// nothing until it says itself that it is a member, and not by another's node.
func TestA12HubAloneAdmitsNobody(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	const host = "east.example"
	if err := h.Networks.ReceiveJoin(t.Context(), h.application(host, 1)); err != nil {
		t.Fatal(err)
	}
	claim(t, h.Node, h.net.ID, host) // claims before it is listed: not either
	if reads(t, h.Node, h.net.ID, host) {
		t.Error("who claims without being listed reads")
	}
	if _, err := h.Networks.Approve(t.Context(), h.Admin, h.net.ID, orgURI(host)); err != nil {
		t.Fatal(err)
	}
	if reads(t, h.Node, h.net.ID, host) {
		t.Error("who was listed reads without being asked")
	}
	due, err := h.Networks.DueClaims(t.Context())
	if err != nil || len(due) != 1 || due[0].OrganizationURI != orgURI(host) {
		t.Fatalf("to be asked are %+v, %v", due, err)
	}
	claim(t, h.Node, h.net.ID, host)
	if !reads(t, h.Node, h.net.ID, host) {
		t.Error("who is listed and claims does not read")
	}
	if reads(t, h.Node, h.net.ID, "other.example") || reads(t, h.Node, h.net.ID, "east.example.evil.example") || reads(t, h.Node, h.net.ID, "node.example.org") {
		t.Error("another origin reads")
	}
	claimless(t, h, host)
	for name, in := range map[string]func() error{
		"a node on another origin": func() error {
			a := h.application("evil.example", 1)
			a.NodeURI = "https://east.example/ap/node"
			return h.Networks.ReceiveJoin(t.Context(), a)
		},
		"another's origin": func() error {
			a := h.application("evil.example", 1)
			a.Origin = "https://east.example"
			return h.Networks.ReceiveJoin(t.Context(), a)
		},
		"an origin of ours": func() error {
			a := h.application("evil.example", 1)
			a.Organization.URI, a.NodeURI, a.Origin = string(h.Origin)+"/ap/organizations/x", h.Origin.Relay(), string(h.Origin)
			return h.Networks.ReceiveJoin(t.Context(), a)
		},
	} {
		if err := in(); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := h.Networks.Applications(t.Context(), h.Admin, h.net.ID); err != nil || len(list) != 0 {
		t.Errorf("half joined are %+v, %v", list, err)
	}
}

// claimless takes an organization's own word away: it stops claiming, shows
// another key, or another node.
func claimless(t *testing.T, h *hub, host string) {
	t.Helper()
	for name, c := range notClaims() {
		if err := h.Networks.SetClaim(t.Context(), h.net.ID, orgURI(host), c); err != nil {
			t.Fatal(err)
		}
		if reads(t, h.Node, h.net.ID, host) {
			t.Errorf("%s: still reads", name)
		}
		claim(t, h.Node, h.net.ID, host)
		if !reads(t, h.Node, h.net.ID, host) {
			t.Errorf("after %s it does not come back", name)
		}
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	if err := h.Networks.ReceiveJoin(t.Context(), h.application("east.example", 1)); err != nil {
		t.Fatal(err)
	}
	h.drain(t)
	check(t, "no reason", h.Networks.Refuse(t.Context(), h.Admin, h.net.ID, "east", " "), "error.member.reason")
	check(t, "refuse", h.Networks.Refuse(t.Context(), h.Admin, h.net.ID, "east", "Not "+strings.Repeat("now ", 300)), "")
	if m := line(t, h.Node, h.net.ID, orgURI("east.example")); m.Status != node.MemberRefused || !strings.HasPrefix(m.Reason, "Not now") || len(m.Reason) > 500 {
		t.Errorf("refused is %+v", m)
	}
	if got := said(h.drain(t)); got != "reject membership to "+orgURI("east.example") {
		t.Errorf("announced is %s", got)
	}
	check(t, "twice", h.Networks.Refuse(t.Context(), h.Admin, h.net.ID, "east", "No"), "error.member.notapplied")
	_, err := h.Networks.Approve(t.Context(), h.Admin, h.net.ID, "east")
	check(t, "approve the refused", err, "error.member.notapplied")
	if n := stored(t, h.Node, h.net.ID); n.RosterVersion != 1 {
		t.Errorf("a refusal made version %d of the roster", n.RosterVersion)
	}
	if err := h.Networks.ReceiveJoin(t.Context(), h.application("east.example", 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Networks.Approve(t.Context(), h.Admin, h.net.ID, "east"); err != nil {
		t.Errorf("who asks again: %v", err)
	}
}

// TestS5ExpulsionTakesTwo: one coordinating person alone expels nobody, and what
// was decided, by whom, every member can read.
func TestS5ExpulsionTakesTwo(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.member(t, "east.example")
	bea := h.Person(t, "bea", node.Admin)
	h.drain(t)
	expel := func(v access.Viewer, want bool) {
		t.Helper()
		if done, err := h.Networks.Expel(t.Context(), v, h.net.ID, "org@east.example"); err != nil || done != want {
			t.Errorf("expelled = %v, %v, want %v", done, err, want)
		}
	}
	expel(h.Admin, false)
	expel(h.Admin, false)
	if !reads(t, h.Node, h.net.ID, "east.example") || len(h.drain(t)) != 0 {
		t.Error("one person alone expelled a member")
	}
	h.Clock.Add(14 * 24 * time.Hour) // the first word has grown old
	expel(bea, false)
	expel(h.Admin, true)
	if reads(t, h.Node, h.net.ID, "east.example") {
		t.Error("an expelled organization reads")
	}
	if got, want := said(h.drain(t)), "remove membership to members\nremove membership to "+orgURI("east.example")+"\nreject membership to "+orgURI("east.example"); got != want {
		t.Errorf("announced is %s", got)
	}
	history, err := h.Networks.History(t.Context(), h.Person(t, "ana", node.Member), h.net.ID)
	if err != nil || history[0].Status != node.MemberExpelled || history[0].By != "bea@node.example.org, ada@node.example.org" || history[0].OrganizationURI != orgURI("east.example") {
		t.Errorf("the history is %+v, %v", history, err)
	}
	_, err = h.Networks.Expel(t.Context(), h.Admin, h.net.ID, "org@east.example")
	check(t, "twice", err, "error.member.notactive")
	_, err = h.Networks.Expel(t.Context(), h.Operator, h.net.ID, "riverside@node.example.org")
	check(t, "the hub itself", err, "error.member.hub")
	var audit []string
	write(t, h.Node, func(ctx context.Context, tx *store.Tx) error {
		list, err := tx.AuditOf(ctx, h.net.ID, 10)
		for _, e := range list {
			audit = append(audit, e.What)
		}
		return err
	})
	if want := []string{"audit.member.expelled", "audit.member.expel.first", "audit.member.expel.first", "audit.member.approved", "audit.network.founded"}; !slices.Equal(audit, want) {
		t.Errorf("the audit is %v", audit)
	}
}

func TestS5OperatorExpelsAlone(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.member(t, "east.example")
	if done, err := h.Networks.Expel(t.Context(), h.Operator, h.net.ID, "org@east.example"); err != nil || !done {
		t.Fatalf("expelled = %v, %v", done, err)
	}
	if history, err := h.Networks.History(t.Context(), h.Admin, h.net.ID); err != nil || history[0].By != "riverside@node.example.org (operator)" {
		t.Errorf("the history does not say that it was one alone: %+v, %v", history, err)
	}
}

// TestTwoCoordinatorsAtOnce: of two who expel at the same time one is the second.
func TestTwoCoordinatorsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.member(t, "east.example")
	coordinators := []access.Viewer{h.Admin, h.Person(t, "bea", node.Admin)}
	done := make([]bool, len(coordinators))
	var both sync.WaitGroup
	for i, v := range coordinators {
		both.Go(func() {
			var err error
			if done[i], err = h.Networks.Expel(t.Context(), v, h.net.ID, "org@east.example"); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if done[0] == done[1] || line(t, h.Node, h.net.ID, orgURI("east.example")).Status != node.MemberExpelled {
		t.Errorf("done is %v", done)
	}
	if n := stored(t, h.Node, h.net.ID); n.RosterVersion != 3 {
		t.Errorf("the roster has version %d", n.RosterVersion)
	}
}

func TestRolesKeysAndSuccessors(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	m := h.member(t, "east.example")
	guest, _, err := h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, guestInput("guest"))
	if err != nil {
		t.Fatal(err)
	}
	h.drain(t)
	ctx, id := t.Context(), h.net.ID
	check(t, "no role", h.Networks.SetRole(ctx, h.Admin, id, "org@east.example", "owner"), "error.member.role")
	check(t, "the hub as observer", h.Networks.SetRole(ctx, h.Admin, id, "riverside@node.example.org", node.ObserverMember), "error.member.hub")
	check(t, "observer", h.Networks.SetRole(ctx, h.Admin, id, "org@east.example", node.ObserverMember), "")
	check(t, "no fingerprint", h.Networks.SetFingerprint(ctx, h.Admin, id, "org@east.example", "beef"), "error.member.fingerprint")
	check(t, "fingerprint", h.Networks.SetFingerprint(ctx, h.Admin, id, "org@east.example", " "+strings.ToUpper(print(2))), "")
	if m = line(t, h.Node, id, m.OrganizationURI); m.Role != node.ObserverMember || m.Fingerprint != print(2) || m.Effective() || !m.ClaimAt.IsZero() {
		t.Errorf("a member with a new key is %+v", m)
	}
	claim(t, h.Node, id, "east.example") // with the old key
	if reads(t, h.Node, id, "east.example") {
		t.Error("the old key counts")
	}
	check(t, "a guest as successor", h.Networks.NameSuccessor(ctx, h.Admin, id, guest.Handle+"@node.example.org"), "error.member.samenode")
	check(t, "the hub as successor", h.Networks.NameSuccessor(ctx, h.Admin, id, "riverside@node.example.org"), "error.member.samenode")
	check(t, "successor", h.Networks.NameSuccessor(ctx, h.Admin, id, "org@east.example"), "")
	if r, err := h.Networks.RosterFor(ctx, h.Admin, id); err != nil || r.Successor != orgURI("east.example") {
		t.Errorf("the roster names %s, %v", r.Successor, err)
	}
	check(t, "none", h.Networks.NameSuccessor(ctx, h.Admin, id, ""), "")
	check(t, "again", h.Networks.NameSuccessor(ctx, h.Admin, id, "org@east.example"), "")
	if done, err := h.Networks.Expel(ctx, h.Operator, id, "org@east.example"); err != nil || !done {
		t.Error(err)
	}
	if n := stored(t, h.Node, id); n.Successor != "" {
		t.Errorf("an expelled organization goes on: %s", n.Successor)
	}
	for name, err := range map[string]error{
		"role":        h.Networks.SetRole(ctx, access.Remote("https://east.example/ap/node", id), id, "org@east.example", node.PlainMember),
		"fingerprint": h.Networks.SetFingerprint(ctx, access.Visitor, id, "org@east.example", print(3)),
		"successor":   h.Networks.NameSuccessor(ctx, h.Viewer(t, guestAdmin), id, ""),
		"suspend":     h.Networks.Suspend(ctx, h.Viewer(t, guestAdmin), id, "riverside@node.example.org"),
	} {
		if !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s by who may not: %v", name, err)
		}
	}
}

func TestFindingAMember(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	a, b := h.member(t, "a.example"), h.member(t, "b.example")
	for ref, want := range map[string]uuid.UUID{
		"org@a.example": a.ID, "@ORG@b.example": b.ID, b.OrganizationURI: b.ID, a.URI: a.ID, a.ID.String(): a.ID,
	} {
		if m, err := h.Networks.Member(t.Context(), h.Admin, h.net.ID, ref); err != nil || m.ID != want {
			t.Errorf("%s is %+v, %v", ref, m, err)
		}
	}
	_, err := h.Networks.Member(t.Context(), h.Admin, h.net.ID, "org")
	check(t, "two of one name", err, "error.member.which")
	_, err = h.Networks.Member(t.Context(), h.Admin, h.net.ID, "")
	check(t, "nobody", err, "error.member.unknown")
	if m, err := h.Networks.Member(t.Context(), h.Admin, h.net.ID, "riverside"); err != nil || m.Role != node.CoordinatorMember {
		t.Errorf("riverside is %+v, %v", m, err)
	}
	if _, err := h.Networks.Member(t.Context(), access.Visitor, h.net.ID, "riverside"); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a visitor looks: %v", err)
	}
}
