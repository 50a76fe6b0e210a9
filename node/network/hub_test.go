package network_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

func TestFound(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	in := network.NewNetwork{Name: "Progressive Tech", Handle: "PTP", Lang: "es", Purpose: "Compartir"}
	ed := n.Person(t, "ed", node.Editor)
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "editor": ed, "remote": access.Remote("https://other.example/ap/node")} {
		if _, err := n.Networks.Found(t.Context(), v, in); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s founds: %v", name, err)
		}
	}
	net, err := n.Networks.Found(t.Context(), n.Admin, in)
	if err != nil {
		t.Fatal(err)
	}
	org := n.Origin.OrganizationURI(n.Organization.ID)
	if net.Username != "ptp" || net.URI != n.Origin.NetworkURI(net.ID) || net.MembersURI != net.URI+"/members" || net.State != node.NetworkActive || !net.Hosted ||
		net.Purpose["es"] != "Compartir" || !slices.Equal(net.Languages, []string{"es"}) || net.Handle() != "ptp@node.example.org" {
		t.Errorf("founded is %+v", net)
	}
	if !strings.HasPrefix(net.Fingerprint, "sha256:") || len(net.Fingerprint) != 71 || !strings.HasPrefix(net.HubKey, "z") {
		t.Errorf("its keys are %s and %s", net.Fingerprint, net.HubKey)
	}
	sum := sha256.Sum256([]byte(org))
	if net.RosterVersion != 1 || net.RosterDigest != hex.EncodeToString(sum[:]) || net.ETag != `"v1"` {
		t.Errorf("its roster is %d, %s, %s", net.RosterVersion, net.RosterDigest, net.ETag)
	}
	own := line(t, n, net.ID, org)
	if own.Status != node.MemberActive || own.Role != node.CoordinatorMember || !own.Effective() || own.Inbox != "" || own.URI != n.Origin.MembershipURI(net.ID, own.ID) || own.Fingerprint != net.Fingerprint {
		t.Errorf("our own line is %+v", own)
	}
	again, a, err := n.Networks.Hosted(t.Context(), net.ID)
	if err != nil || again.URI != net.URI || a.URI != net.URI || a.Kind != node.KindNetwork || a.EdPublic != net.HubKey || !a.GoneAt.IsZero() {
		t.Errorf("hosted is %+v with %+v, %v", again, a, err)
	}
	if claims, err := n.Networks.ClaimsOf(t.Context(), n.Organization.ID); err != nil || !slices.Equal(claims, []string{net.URI}) {
		t.Errorf("the organization claims %v, %v", claims, err)
	}
	if got := said(n.Outbox(t)); got != "update organization to everyone" {
		t.Errorf("announced is %s", got)
	}
	v := n.Viewer(t, "ada")
	if !slices.Contains(v.Coordinates, net.ID) || !slices.Contains(v.Active, net.ID) || !access.CanCoordinate(v, net.ID) {
		t.Errorf("her admin is %+v", v)
	}
	history, err := n.Networks.History(t.Context(), v, net.ID)
	if err != nil || len(history) != 1 || history[0].By != "ada@node.example.org" || history[0].Version != 1 || history[0].OrganizationURI != org || history[0].Role != node.CoordinatorMember {
		t.Errorf("its history is %+v, %v", history, err)
	}
	if other, err := n.Networks.Found(t.Context(), n.Admin, network.NewNetwork{Name: "Other", Handle: "other"}); err != nil || other.ID == net.ID {
		t.Errorf("a second network: %+v, %v", other, err)
	}
	n.Verify(t)
}

func TestHandlesAreUniqueOnANode(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.Person(t, "ana", node.Member)
	for handle, key := range map[string]string{
		"ptp": "error.handle.taken", "ana": "error.handle.taken", "riverside": "error.handle.taken", "relay": "error.handle.reserved", "Not good": "error.handle.form",
	} {
		_, err := h.Networks.Found(t.Context(), h.Admin, network.NewNetwork{Name: "Again", Handle: handle})
		check(t, "network "+handle, err, key)
	}
	_, _, err := h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, network.NewGuest{Name: "Guest", Handle: "ptp", AdminName: "Gil", AdminEmail: "gil@example.org"})
	check(t, "guest ptp", err, "error.handle.taken")
	_, err = h.Networks.Found(t.Context(), h.Admin, network.NewNetwork{Handle: "nameless"})
	check(t, "no name", err, "error.name.required")
	var taken bool
	write(t, h.Node, func(ctx context.Context, tx *store.Tx) (err error) {
		taken, err = tx.HandleTaken(ctx, "ptp")
		return err
	})
	if !taken {
		t.Error("a person could be called as the network")
	}
}

func TestSaveNetwork(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	changed := *stored(t, h.Node, h.net.ID)
	changed.Name, changed.Conduct = "New\u202e name", node.Text{"en": "No harm"}
	if err := h.Networks.SaveNetwork(t.Context(), access.Visitor, &changed); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("a visitor saves: %v", err)
	}
	if err := h.Networks.SaveNetwork(t.Context(), h.Admin, &changed); err != nil {
		t.Fatal(err)
	}
	if err := h.Networks.SaveNetwork(t.Context(), h.Admin, &changed); !errors.Is(err, node.ErrConflict) {
		t.Errorf("saved from an old form: %v", err)
	}
	if n := stored(t, h.Node, h.net.ID); n.Name != "New name" || n.Conduct["en"] != "No harm" || n.RosterVersion != 1 {
		t.Errorf("saved is %+v", n)
	}
	changed.Name = " "
	check(t, "no name", h.Networks.SaveNetwork(t.Context(), h.Admin, &changed), "error.name.required")
	if got := said(h.drain(t)); got != "update network to members" {
		t.Errorf("announced is %s", got)
	}
}

func TestCloseEndsANetwork(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.member(t, "east.example")
	h.drain(t)
	if err := h.Networks.Close(t.Context(), h.Person(t, "ed", node.Editor), h.net.ID); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an editor closes: %v", err)
	}
	if err := h.Networks.Close(t.Context(), h.Admin, h.net.ID); err != nil {
		t.Fatal(err)
	}
	if _, a, err := h.Networks.Hosted(t.Context(), h.net.ID); err != nil || a.GoneAt.IsZero() {
		t.Errorf("its actor is %+v, %v", a, err)
	}
	if claims, err := h.Networks.ClaimsOf(t.Context(), h.Organization.ID); err != nil || len(claims) != 0 {
		t.Errorf("the organization claims %v, %v", claims, err)
	}
	if reads(t, h.Node, h.net.ID, "east.example") {
		t.Error("a member reads what was for a network that ended")
	}
	if got := said(h.drain(t)); got != "update organization to everyone\ndelete network to members" {
		t.Errorf("announced is %s", got)
	}
	var boxes []store.FollowerInbox
	write(t, h.Node, func(ctx context.Context, tx *store.Tx) (err error) {
		boxes, err = tx.RosterInboxes(ctx, h.net.ID)
		return err
	})
	if !slices.Equal(boxes, []store.FollowerInbox{{Inbox: "https://east.example/ap/inbox", Host: "east.example"}}) {
		t.Errorf("whom that is told is %+v", boxes)
	}
	_, err := h.Networks.NewCode(t.Context(), h.Admin, h.net.ID)
	check(t, "a code afterwards", err, "error.network.ended")
	if err := h.Networks.ReceiveJoin(t.Context(), h.application("west.example", 1)); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a Join afterwards: %v", err)
	}
}

func TestRosterFor(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.member(t, "east.example")
	h.member(t, "west.example")
	if err := h.Networks.ReceiveJoin(t.Context(), h.application("asks.example", 1)); err != nil {
		t.Fatal(err)
	}
	if err := h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, "west"); err == nil {
		t.Error("west is no handle there")
	}
	if err := h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, "org@west.example"); err != nil {
		t.Fatal(err)
	}
	// Admitted, and not asked yet what it claims: it has to learn somewhere that it is in.
	if err := h.Networks.ReceiveJoin(t.Context(), h.application("new.example", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Networks.Approve(t.Context(), h.Admin, h.net.ID, "new@new.example"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		v    access.Viewer
		sees bool
	}{
		"visitor": {access.Visitor, false}, "outsider": {access.Remote("https://other.example/ap/node"), false},
		"a signer whose name only begins so": {access.Remote("https://east.example.evil.example/ap/node"), false}, "no address": {access.Remote("east.example"), false},
		"member": {access.Remote("https://east.example/ap/people/9"), true}, "suspended": {access.Remote("https://west.example/ap/node"), false},
		"who asks": {access.Remote("https://asks.example/ap/node"), false}, "who was just admitted": {access.Remote("https://new.example/ap/node"), true},
		"admin": {h.Viewer(t, "ada"), true}, "operator": {h.Viewer(t, ""), true}, "one of our people": {h.Person(t, "ana", node.Member), true},
	} {
		r, err := h.Networks.RosterFor(t.Context(), c.v, h.net.ID)
		if err != nil || r.Total != 3 || r.Version != 5 || r.ETag != `"v5"` {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		if (r.Members != nil) != c.sees || (len(r.Changes) > 0) != c.sees {
			t.Errorf("%s sees %d members and %d changes", name, len(r.Members), len(r.Changes))
		}
		if !c.sees {
			continue
		}
		for _, m := range r.Members {
			if m.Status != node.MemberActive && m.Status != node.MemberSuspended || m.URI == "" {
				t.Errorf("%s sees %+v", name, m)
			}
		}
		if len(r.Members) != 4 || r.Digest != network.Digest(r.Members) {
			t.Errorf("%d members with digest %s, want %s", len(r.Members), r.Digest, network.Digest(r.Members))
		}
	}
	if _, err := h.Networks.RosterFor(t.Context(), h.Admin, uuid.Must(uuid.NewV7())); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("the roster of no network: %v", err)
	}
}

// TestDigest: it does not matter in which order, and who is not active does not count.
func TestDigest(t *testing.T) {
	t.Parallel()
	a, b := &node.Membership{OrganizationURI: "https://a.example/1", Status: node.MemberActive}, &node.Membership{OrganizationURI: "https://b.example/1", Status: node.MemberActive}
	c := &node.Membership{OrganizationURI: "https://c.example/1", Status: node.MemberSuspended}
	if x, y := network.Digest([]*node.Membership{a, b, c}), network.Digest([]*node.Membership{b, a}); x != y || len(x) != 64 {
		t.Errorf("digests are %s and %s", x, y)
	}
	if network.Digest(nil) != strings.Repeat("0", 64) || network.Digest([]*node.Membership{a, a}) != network.Digest(nil) {
		t.Error("an empty roster has another digest than zeros")
	}
}

// TestOwnLinesFollowTheOrganization: what ours says of itself is not copied once and for all.
func TestOwnLinesFollowTheOrganization(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	o := *h.Organization
	o.Name, o.Place = "Riverside Union", "Leeds"
	if err := h.People.SaveOrganization(t.Context(), h.Admin, &o); err != nil {
		t.Fatal(err)
	}
	list, err := h.Networks.Members(t.Context(), h.Admin, h.net.ID)
	if err != nil || len(list) != 1 || list[0].Name != "Riverside Union" || list[0].Place != "Leeds" || list[0].LastSeen.IsZero() || list[0].Failing {
		t.Errorf("members are %+v, %v", list, err)
	}
	h.Clock.Add(time.Hour)
	if r, err := h.Networks.RosterFor(t.Context(), h.Admin, h.net.ID); err != nil || r.Members[0].Name != "Riverside Union" {
		t.Errorf("the roster is %+v, %v", r, err)
	}
}
