package network_test

import (
	"errors"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// TestTestsAreBetweenHubAndMember: only who counts is answered, and what is known
// of the tests stands on the member's line, on the hub as on its own node.
func TestTestsAreBetweenHubAndMember(t *testing.T) {
	const hubOrg, river, quiet = "https://hub.example/ap/organizations/1", "https://river.example/ap/organizations/1", "https://quiet.example/ap/organizations/1"
	n := nodetest.NewNode(t)
	net := n.JoinNetwork(t, "ptp")
	n.RemoteOf(t, "Organization", "hub", "hub.example")
	n.Member(t, net, hubOrg, "https://hub.example")
	n.Member(t, net, river, "https://river.example")
	n.Member(t, net, quiet, "https://hub.example", func(m *node.Membership) { m.Claim = false })
	own := n.Origin.OrganizationURI(n.Organization.ID)
	look := func() (ticks node.Ticks, said []string) {
		t.Helper()
		err := n.DB.View(t.Context(), func(tx *store.Tx) error {
			m, err := tx.Membership(t.Context(), net.ID, own)
			if err != nil {
				return err
			}
			ticks = m.Ticks
			events, err := tx.Outbox(t.Context(), 100)
			for _, e := range events {
				if e.Verb == node.Tested {
					said = append(said, e.Ref+" to "+e.Target)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ticks, said
	}
	for name, tt := range map[string]struct{ who, hub, what string }{
		"another member":            {river, net.URI, network.TestCard},
		"who does not claim":        {quiet, net.URI, network.TestCard},
		"nobody":                    {"https://evil.example/org", net.URI, network.TestCard},
		"of a network that is none": {hubOrg, "https://hub.example/ap/networks/other", network.TestCard},
		"of something else":         {hubOrg, net.URI, "spell"},
		"ourselves":                 {own, net.URI, network.TestCard},
	} {
		if err := n.Networks.ReceiveTest(t.Context(), tt.who, tt.hub, tt.what); !errors.Is(err, node.ErrForbidden) && !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if ticks, said := look(); ticks != (node.Ticks{}) || len(said) != 0 {
		t.Fatalf("%+v, said %v", ticks, said)
	}
	receive := func(what string) {
		t.Helper()
		if err := n.Networks.ReceiveTest(t.Context(), hubOrg, net.URI, what); err != nil {
			t.Fatal(err)
		}
	}
	receive(network.TestCard)
	if ticks, said := look(); ticks != (node.Ticks{CardReceived: true}) || len(said) != 2 || said[0] != "card-received to "+hubOrg || said[1] != "card to "+hubOrg {
		t.Errorf("after the hub's card: %+v, said %v", ticks, said)
	}
	receive("card-received")
	receive("post-received")
	receive(network.TestPost)
	ticks, said := look()
	if !ticks.Complete() || len(said) != 3 || said[2] != "post-received to "+hubOrg {
		t.Errorf("in the end: %+v, said %v", ticks, said)
	}
	if err := n.Networks.SendTests(t.Context(), net.ID, quiet); err != nil {
		t.Fatal(err)
	}
	if _, now := look(); len(now) != len(said) {
		t.Errorf("who does not count is sent %v", now[len(said):])
	}
	if err := n.Networks.SendTests(t.Context(), net.ID, hubOrg); err != nil {
		t.Fatal(err)
	}
	if _, now := look(); len(now) != len(said)+2 {
		t.Errorf("the hub is sent %v", now[len(said):])
	}
}
