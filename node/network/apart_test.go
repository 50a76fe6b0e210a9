package network_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/people"
)

// TestGuestsOfDifferentNetworks: on one node live organizations that are in no
// network together. What their people show to the members of networks they do not
// show to each other, nor to members elsewhere of a network that is not theirs.
func TestGuestsOfDifferentNetworks(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	other, err := h.Networks.Found(t.Context(), h.Admin, network.NewNetwork{Name: "Care", Handle: "care", Lang: "en", Languages: []string{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	for handle, net := range map[string]*node.Network{"salem": h.net, "lowell": other} {
		o, _, err := h.Networks.AddGuest(t.Context(), h.Admin, net.ID, guestInput(handle))
		if err != nil {
			t.Fatal(err)
		}
		in := people.NewPerson{
			Name: "Canary of " + handle, Email: "canary-" + handle + "@example.org", Handle: "canary_" + handle, Organization: o.ID, Network: true,
			Skills: []node.PersonSkill{{Tag: "facilitation", Stance: node.Offer, Level: 1}},
		}
		if _, _, err := h.People.AddPerson(t.Context(), h.Operator, in); err != nil {
			t.Fatal(err)
		}
	}
	sees := func(v access.Viewer, handle string) bool {
		t.Helper()
		_, err := h.People.Person(t.Context(), v, handle)
		if err != nil && !errors.Is(err, node.ErrNotFound) {
			t.Fatal(err)
		}
		list, _, other := h.People.People(t.Context(), v, people.Page{Limit: 100})
		if other != nil {
			t.Fatal(other)
		}
		if listed := slices.ContainsFunc(list, func(p *node.Person) bool { return p.Handle == handle }); listed != (err == nil) {
			t.Errorf("%s: listed %v, opened %v", handle, listed, err)
		}
		return err == nil
	}
	for _, c := range []struct {
		who, whom string
		want      bool
	}{
		{"canary_salem", "canary_salem", true},
		{"canary_salem", "canary_lowell", false},
		{"canary_lowell", "canary_salem", false},
		{"ada", "canary_salem", true},
		{"ada", "canary_lowell", true},
		{"canary_salem", "ada", true},
	} {
		if got := sees(h.Viewer(t, c.who), c.whom); got != c.want {
			t.Errorf("%s sees %s: %v", c.who, c.whom, got)
		}
	}
	p, err := h.People.Person(t.Context(), h.Viewer(t, "canary_lowell"), "canary_lowell")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		v    access.Viewer
		want bool
	}{
		"member of theirs":  {access.Remote("https://east.example/ap/node", other.ID), true},
		"member of another": {access.Remote("https://west.example/ap/node", h.net.ID), false},
	} {
		if _, _, _, err := h.People.LocalActor(t.Context(), c.v, h.Origin.PersonURI(p.NetworkActorID)); (err == nil) != c.want {
			t.Errorf("%s fetches her: %v", name, err)
		}
	}
}
