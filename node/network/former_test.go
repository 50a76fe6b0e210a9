package network_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
)

// TestA12NoHubEnrolsAGuest: a network that our organization is in cannot make an
// organization that we host one of its members, nor anything else of ours.
func TestA12NoHubEnrolsAGuest(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	o, _, err := h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, guestInput("salem"))
	if err != nil {
		t.Fatal(err)
	}
	j := joinOther(t, h)
	j.apply(t, j.roster(2, j.active(j.org), j.active(orgURI("hub.example")), j.active(h.Origin.OrganizationURI(o.ID))))
	if claims, err := h.Networks.ClaimsOf(t.Context(), o.ID); err != nil || !slices.Equal(claims, []string{h.net.URI}) {
		t.Errorf("the guest claims %v, %v", claims, err)
	}
	if gil := h.Viewer(t, guestAdmin); slices.Contains(gil.Networks, j.net.ID) || slices.Contains(gil.Active, j.net.ID) {
		t.Errorf("the guest's admin is in %v", gil.Networks)
	}
	// The word of the hub about it says nothing about us either.
	held := j.line(h.Origin.OrganizationURI(o.ID), node.MemberSuspended)
	j.apply(t, j.roster(3, j.active(j.org), j.active(orgURI("hub.example")), held))
	if j.net.State != node.NetworkActive {
		t.Errorf("we are %s", j.net.State)
	}
	if err := h.Networks.ReceiveNarrowing(t.Context(), j.hub.URI, h.Origin.OrganizationURI(o.ID), node.MemberExpelled, 4); err != nil {
		t.Fatal(err)
	}
	if n := stored(t, h.Node, j.net.ID); n.State != node.NetworkActive {
		t.Errorf("after the expulsion of the guest we are %s", n.State)
	}
	h.Verify(t)
}

// joinOther is h as a member of a network whose hub is elsewhere.
func joinOther(t *testing.T, h *hub) *joined {
	t.Helper()
	other := remoteHub("hub.example")
	j := &joined{Node: h.Node, hub: other, hubs: &hubs{known: map[string]*node.Network{other.URI: other}, codes: map[string]string{}}, org: h.Origin.OrganizationURI(h.Organization.ID)}
	h.Networks.Lookup = j.hubs
	var err error
	if j.net, err = h.Networks.Join(t.Context(), h.Admin, other.URI, ""); err != nil {
		t.Fatal(err)
	}
	if err := h.Networks.ReceiveAccept(t.Context(), other.URI, j.net.JoinURI, other.URI+"/members/me"); err != nil {
		t.Fatal(err)
	}
	j.apply(t, j.roster(1, j.active(j.org), j.active(orgURI("hub.example"))))
	claim(t, h.Node, j.net.ID, "hub.example")
	j.refresh(t)
	return j
}

// TestFormerGuestReadsNothingNew: who is not in the network of this hub any more
// reads nothing of it, and nothing that is for the members of our networks.
func TestFormerGuestReadsNothingNew(t *testing.T) {
	t.Parallel()
	for _, status := range []node.MemberStatus{node.MemberSuspended, node.MemberExpelled} {
		h := newHub(t)
		o, _, err := h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, guestInput("salem"))
		if err != nil {
			t.Fatal(err)
		}
		uri := h.Origin.OrganizationURI(o.ID)
		if status == node.MemberSuspended {
			err = h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, uri)
		} else {
			_, err = h.Networks.Expel(t.Context(), h.Operator, h.net.ID, uri)
		}
		if err != nil {
			t.Fatal(err)
		}
		gil := h.Viewer(t, guestAdmin)
		for _, a := range []node.Audience{node.NetworkOnly(h.net.ID), node.Networks} {
			i, err := h.Conversation.Post(t.Context(), h.Viewer(t, "ada"), node.PostInput{AsOrganization: true, Audience: a, Lang: "en", Text: "Later words"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Conversation.Item(t.Context(), gil, i.ID); err == nil {
				t.Errorf("%s: reads what is for %s", status, a)
			}
		}
		if r, err := h.Networks.RosterFor(t.Context(), gil, h.net.ID); err != nil || r.Members != nil {
			t.Errorf("%s: reads the roster %+v, %v", status, r, err)
		}
		if _, err := h.Networks.Members(t.Context(), gil, h.net.ID); err == nil {
			t.Errorf("%s: lists the members", status)
		}
		if p, err := h.People.Person(t.Context(), gil, "ada"); err == nil {
			t.Errorf("%s: opens the profile of %s", status, p.Name)
		}
		// Her own colleagues she goes on to see, as she did.
		in := people.NewPerson{Name: "Lou Park", Email: "lou@example.org", Handle: "lou", Organization: o.ID, Skills: []node.PersonSkill{{Tag: "facilitation", Stance: node.Offer, Level: 1}}}
		if _, _, err := h.People.AddPerson(t.Context(), gil, in); err != nil {
			t.Fatal(err)
		}
		if p, err := h.People.Person(t.Context(), gil, "lou"); err != nil || p.Email == "" || len(p.Skills) != 1 {
			t.Errorf("%s: her colleague is %+v, %v", status, p, err)
		}
	}
}

// TestGuestsEndNoNetwork: a guest that coordinates decides about members; the
// network is its hub's to end.
func TestGuestsEndNoNetwork(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	o, _, err := h.Networks.AddGuest(t.Context(), h.Admin, h.net.ID, guestInput("salem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Networks.SetRole(t.Context(), h.Admin, h.net.ID, h.Origin.OrganizationURI(o.ID), node.CoordinatorMember); err != nil {
		t.Fatal(err)
	}
	gil := h.Viewer(t, guestAdmin)
	if _, err := h.Networks.NewCode(t.Context(), gil, h.net.ID); err != nil {
		t.Errorf("who coordinates gives no code: %v", err)
	}
	if err := h.Networks.Close(t.Context(), gil, h.net.ID); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("a guest ends the network: %v", err)
	}
	// On hold it decides nothing.
	if err := h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, h.Origin.OrganizationURI(o.ID)); err != nil {
		t.Fatal(err)
	}
	if err := h.Networks.Restore(t.Context(), h.Viewer(t, guestAdmin), h.net.ID, h.Origin.OrganizationURI(o.ID)); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("a guest on hold restores itself: %v", err)
	}
}
