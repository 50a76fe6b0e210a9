package delivery_test

import (
	"errors"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/nodetest"
)

// What leaves is counted by audience, without what people keep to themselves.
func TestLeaves(t *testing.T) {
	n := nodetest.NewNode(t)
	ana := n.Person(t, "ana", node.Editor)
	ptp := n.JoinNetwork(t, "ptp")
	ana = n.ShowToNetworks(t, ana)
	only, inside := node.NetworkOnly(ptp.ID), node.OrganizationOnly(n.Organization.ID)
	for _, x := range []struct {
		audience node.Audience
		as       bool
	}{{node.Public, true}, {node.Public, true}, {only, false}, {inside, false}, {node.Only(ana.Person), false}} {
		if _, err := n.Conversation.Post(t.Context(), ana, node.PostInput{AsOrganization: x.as, Audience: x.audience, Lang: "en", Text: "words"}); err != nil {
			t.Fatal(err)
		}
	}
	admin := n.Person(t, "boss", node.Admin)
	l := must[*delivery.Leaving](t)(n.Delivery.Leaves(t.Context(), admin))
	for a, want := range map[node.Audience]int{node.Public: 2, only: 1, inside: 1, node.Only(ana.Person): 0, node.Networks: 0} {
		if got := l.Count(a, node.KindPost); got != want {
			t.Errorf("%d posts for %s, want %d", got, a, want)
		}
		if got := l.Count(a, node.KindGathering); got != 0 {
			t.Errorf("%d gatherings for %s", got, a)
		}
	}
	if l.People.Networks != 1 || l.People.Public != 0 || l.People.All < 2 {
		t.Errorf("people: %+v", l.People)
	}
	guest := admin
	guest.Guest = true
	for name, v := range map[string]access.Viewer{"an editor": ana, "a visitor": access.Visitor, "a guest's admin": guest} {
		if _, err := n.Delivery.Leaves(t.Context(), v); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s counts what leaves: %v", name, err)
		}
	}
}
