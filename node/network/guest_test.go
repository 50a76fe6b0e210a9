package network_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
)

const guestAdmin = "gil_moreno"

func guestInput(handle string) network.NewGuest {
	return network.NewGuest{
		Name: "Tenants of " + handle, Handle: handle, Place: "Salem", Summary: "We *meet*.", Lang: "es", Contact: "after mass", AdminName: "Gil Moreno", AdminEmail: handle + "@example.org",
	}
}

// TestF18Guest: an organization without a node is one like any other, on the hub's node.
func TestF18Guest(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	if _, _, err := h.Networks.AddGuest(t.Context(), h.Person(t, "ed", node.Editor), h.net.ID, guestInput("salem")); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an editor takes in a guest: %v", err)
	}
	o, link, err := h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, guestInput("salem"))
	if err != nil || o.Kind != node.GuestOrganization || !strings.HasPrefix(link, h.Origin.SignInPage("")) {
		t.Fatalf("guest is %+v, %s, %v", o, link, err)
	}
	in, err := h.People.SignIn(t.Context(), strings.TrimPrefix(link, h.Origin.SignInPage("")))
	if err != nil || in.Person.Handle != guestAdmin || in.Person.OrganizationID != o.ID || in.Person.Role != node.Admin {
		t.Errorf("her link signs in %+v, %v", in.Person, err)
	}
	uri := h.Origin.OrganizationURI(o.ID)
	if a, _, of, err := h.People.LocalActor(t.Context(), access.Visitor, uri); err != nil || a.OwnerID != o.ID || of.Handle != "salem" {
		t.Errorf("its actor is %+v of %+v, %v", a, of, err)
	}
	if claims, err := h.Networks.ClaimsOf(t.Context(), o.ID); err != nil || !slices.Equal(claims, []string{h.net.URI}) {
		t.Errorf("it claims %v, %v", claims, err)
	}
	m := line(t, h.Node, h.net.ID, uri)
	if m.Kind != node.Guest || !m.Effective() || m.Inbox != "" || m.NodeURI != h.Origin.Relay() || m.Summary != "<p>We <em>meet</em>.</p>" {
		t.Errorf("its line is %+v", m)
	}
	if got := said(h.drain(t)); got != "add membership to members" {
		t.Errorf("announced is %s", got)
	}
	gil := h.Viewer(t, guestAdmin)
	if !gil.Guest || access.Can(gil, access.RunNode) || access.CanCoordinate(gil, h.net.ID) || !slices.Contains(gil.Active, h.net.ID) {
		t.Errorf("its admin is %+v", gil)
	}
	for name, err := range map[string]error{
		"code": second(h.Networks.NewCode(t.Context(), gil, h.net.ID)), "found": second(h.Networks.Found(t.Context(), gil, network.NewNetwork{Name: "X", Handle: "x"})),
		"leave": h.Networks.Leave(t.Context(), gil, h.net.ID), "close": h.Networks.Close(t.Context(), gil, h.net.ID),
	} {
		if !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s by a guest's admin: %v", name, err)
		}
	}
	// The same name of an admin a second time gets a number; the same address not.
	o2, _, err := h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, guestInput("lowell"))
	if err != nil {
		t.Fatal(err)
	}
	if v := h.Viewer(t, guestAdmin+"_2"); v.Organization != o2.ID {
		t.Errorf("the second admin is %+v", v)
	}
	again := guestInput("dover")
	again.AdminEmail = "salem@example.org"
	_, _, err = h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, again)
	check(t, "an address twice", err, "error.email.taken")
	again.AdminEmail = "no address"
	_, _, err = h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, again)
	check(t, "no address", err, "error.email.form")
	h.Verify(t)
}

func second[T any](_ T, err error) error { return err }

// TestGuestsSeeTheirOwnNetworks: that the hub's organization is in others is none of their business.
func TestGuestsSeeTheirOwnNetworks(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	if _, _, err := h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, guestInput("salem")); err != nil {
		t.Fatal(err)
	}
	other := remoteHub("elsewhere.example")
	h.Networks.Lookup = &hubs{known: map[string]*node.Network{other.URI: other}}
	joinedOther, err := h.Networks.Join(t.Context(), h.Admin, other.URI, "")
	if err != nil {
		t.Fatal(err)
	}
	for handle, want := range map[string]int{guestAdmin: 1, "ada": 2} {
		list, err := h.Networks.Networks(t.Context(), h.Viewer(t, handle))
		if err != nil || len(list) != want {
			t.Errorf("%s sees %d networks, %v", handle, len(list), err)
		}
	}
	gil := h.Viewer(t, guestAdmin)
	if _, err := h.Networks.Members(t.Context(), gil, joinedOther.ID); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a guest reads the roster of another network: %v", err)
	}
	_, err = h.Networks.Network(t.Context(), gil, "ptp@elsewhere.example")
	check(t, "a guest asks for another network", err, "error.network.unknown")
	if n, err := h.Networks.Network(t.Context(), gil, ""); err != nil || n.ID != h.net.ID {
		t.Errorf("a guest's only network is %+v, %v", n, err)
	}
}

// TestSuspendedGuest: its things are hidden as anybody's, those of the hub's organization stay.
func TestSuspendedGuest(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	o, _, err := h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, guestInput("salem"))
	if err != nil {
		t.Fatal(err)
	}
	post := func(v access.Viewer) *node.Item {
		t.Helper()
		i, err := h.Conversation.Post(t.Context(), v, node.PostInput{AsOrganization: true, Audience: node.NetworkOnly(h.net.ID), Lang: "en", Text: "Words"})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	ours, theirs := post(h.Viewer(t, "ada")), post(h.Viewer(t, guestAdmin))
	sees := func(i *node.Item) bool {
		_, err := h.Conversation.Item(t.Context(), access.Remote("https://east.example/ap/node", h.net.ID), i.ID)
		return err == nil
	}
	if !sees(ours) || !sees(theirs) {
		t.Fatal("posts are not seen at all")
	}
	if err := h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, h.Origin.OrganizationURI(o.ID)); err != nil {
		t.Fatal(err)
	}
	if !sees(ours) || sees(theirs) {
		t.Errorf("after the suspension: ours seen = %v, the guest's = %v", sees(ours), sees(theirs))
	}
	if err := h.Networks.Restore(t.Context(), h.Admin, h.net.ID, h.Origin.OrganizationURI(o.ID)); err != nil {
		t.Fatal(err)
	}
	if !sees(ours) || !sees(theirs) {
		t.Error("the restored guest's posts did not come back")
	}
	h.Verify(t)
}
