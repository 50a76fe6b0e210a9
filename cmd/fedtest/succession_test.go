package fedtest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
)

// heldFor lists what n has of a network: the items that its people can read by
// the network's token, oldest first.
func heldFor(t *testing.T, n *fedtest.Node, net *node.Network) []string {
	t.Helper()
	return rows(t, database(t, n), `SELECT uri FROM items WHERE audience = 'network:`+net.ID.String()+`' AND state = 'live' ORDER BY uri`)
}

// orphaned is a network of four whose hub has named river and is then gone, with
// something said and a card shown by everybody.
func orphaned(t *testing.T) (c *fedtest.Cluster, net *node.Network, before map[string][]string) {
	t.Helper()
	c, net = joined(t, 3, "hub", "river", "centro", "loud")
	hub := c.Nodes[0]
	if err := hub.Network.NameSuccessor(t.Context(), hub.Admin, net.ID, "river"); err != nil {
		t.Fatal(err)
	}
	for _, n := range c.Nodes {
		n.PostTo(node.NetworkOnly(n.Member(net.URI).ID), "said by "+n.Handle)
		_, _, err := n.People.AddPerson(t.Context(), n.Admin, people.NewPerson{Name: "Person of " + n.Handle, Email: "p@" + n.Handle + ".example", Handle: "p_" + n.Handle, Network: true})
		if err != nil {
			t.Fatal(err)
		}
	}
	c.Settle()
	c.Clock.Add(2 * time.Hour)
	c.Settle()
	before = map[string][]string{}
	for _, n := range c.Nodes[1:] {
		before[n.Handle] = heldFor(t, n, n.Member(net.URI))
		if len(before[n.Handle]) != 4 {
			t.Fatalf("%s has %d items of the network", n.Handle, len(before[n.Handle]))
		}
	}
	return c, net, before
}

// goOn has river succeed and the others approve, and settles.
func goOn(t *testing.T, c *fedtest.Cluster, net *node.Network) *node.Network {
	t.Helper()
	river := c.Nodes[1]
	river.Again()
	next, err := river.Network.Succeed(t.Context(), river.Admin, river.Member(net.URI).ID)
	if err != nil {
		t.Fatalf("river succeeds: %v", err)
	}
	c.Settle()
	for _, n := range c.Nodes[2:] {
		n.Again()
		offers, err := n.Network.SuccessionOffers(t.Context(), n.Admin)
		if err != nil || len(offers) != 1 || !offers[0].Named || offers[0].URI != next.URI {
			t.Fatalf("%s is asked %+v, %v", n.Handle, offers, err)
		}
		if err := n.Network.ApproveSuccessor(t.Context(), n.Admin, offers[0].NetworkID, offers[0].URI); err != nil {
			t.Fatalf("%s approves: %v", n.Handle, err)
		}
	}
	c.Settle()
	c.Clock.Add(2 * time.Hour)
	c.Settle()
	for _, n := range c.Nodes[1:] {
		n.Again()
	}
	return next
}

// checkSuccession sees that nothing of the network was lost, that it is written
// to and read as before, and that the old hub is none.
func checkSuccession(t *testing.T, c *fedtest.Cluster, net, next *node.Network, before map[string][]string) {
	t.Helper()
	river, centro, loud := c.Nodes[1], c.Nodes[2], c.Nodes[3]
	for _, n := range c.Nodes[1:] {
		row := n.Member(next.URI)
		if row.ID != n.Member(net.URI).ID {
			t.Errorf("%s took the network for another one", n.Handle)
		}
		if row.State != node.NetworkActive || row.Hosted != (n == river) {
			t.Errorf("%s is %s in it, hosted %v", n.Handle, row.State, row.Hosted)
		}
		if got := heldFor(t, n, row); !slices.Equal(got, before[n.Handle]) {
			t.Errorf("%s had %v of the network and has %v", n.Handle, before[n.Handle], got)
		}
		found, _, err := n.Cards.Search(t.Context(), n.Admin, node.Search{Text: "Person", Limit: 50})
		if err != nil || len(found) < 3 {
			t.Errorf("%s finds %d people, %v", n.Handle, len(found), err)
		}
		if history, err := n.Network.History(t.Context(), n.Admin, row.ID); err != nil || len(history) < 5 {
			t.Errorf("%s has %d lines of history, %v", n.Handle, len(history), err)
		}
	}
	i := centro.PostTo(node.NetworkOnly(centro.Member(next.URI).ID), "we go on")
	c.Settle()
	for _, n := range []*fedtest.Node{river, loud} {
		if find(n.Home(), i.URI) == nil {
			t.Errorf("%s does not read what is said now", n.Handle)
		}
		old := before["centro"][slices.IndexFunc(before["centro"], centro.Origin.Owns)]
		if status, _ := n.Get(old, document); status != http.StatusOK {
			t.Errorf("%s cannot fetch what centro said before: %d", n.Handle, status)
		}
	}
}

// TestNetworkOutlivesAClosedHub: the hub says that it ends, the organization that it
// named goes on from its own copy of the roster, and nothing is lost.
func TestNetworkOutlivesAClosedHub(t *testing.T) {
	t.Parallel()
	c, net, before := orphaned(t)
	hub := c.Nodes[0]
	if err := hub.Network.Close(t.Context(), hub.Admin, net.ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	c.Clock.Add(2 * time.Hour)
	c.Settle()
	next := goOn(t, c, net)
	checkSuccession(t, c, net, next, before)
}

// TestNetworkOutlivesALostHub: the hub does not answer any more, at all.
func TestNetworkOutlivesALostHub(t *testing.T) {
	t.Parallel()
	c, net, before := orphaned(t)
	c.Nodes[0].Stop()
	for range 15 {
		c.Clock.Add(24 * time.Hour)
		c.Settle()
	}
	next := goOn(t, c, net)
	checkSuccession(t, c, net, next, before)
}

// TestNobodySucceedsAHubThatAnswers: neither the named one nor another may, and
// an invitation of somebody who does has no effect.
func TestNobodySucceedsAHubThatAnswers(t *testing.T) {
	t.Parallel()
	c, net, before := orphaned(t)
	river, centro := c.Nodes[1], c.Nodes[2]
	for _, n := range []*fedtest.Node{river, centro} {
		if _, err := n.Network.Succeed(t.Context(), n.Admin, n.Member(net.URI).ID); err == nil {
			t.Errorf("%s succeeds a hub that answers", n.Handle)
		}
	}
	// The operator of the named one may insist; the others are not drawn away.
	if _, err := centro.Network.SucceedNow(t.Context(), centro.Admin, centro.Member(net.URI).ID); err == nil {
		t.Error("one that was not named insists")
	}
	if _, err := river.Network.SucceedNow(t.Context(), river.Admin, river.Member(net.URI).ID); err != nil {
		t.Errorf("the named one insists: %v", err)
	}
	c.Settle()
	if offers, err := centro.Network.SuccessionOffers(t.Context(), centro.Admin); err != nil || len(offers) != 0 {
		t.Errorf("centro is asked to leave a hub that answers: %+v, %v", offers, err)
	}
	if got := heldFor(t, centro, centro.Member(net.URI)); !slices.Equal(got, before["centro"]) {
		t.Errorf("centro has %v", got)
	}
}

// TestReadingGoesOnDuringASuccession: between the approval and the new hub's
// answer people read what they read before.
func TestReadingGoesOnDuringASuccession(t *testing.T) {
	t.Parallel()
	c, net, before := orphaned(t)
	river, centro := c.Nodes[1], c.Nodes[2]
	c.Nodes[0].Stop()
	for range 15 {
		c.Clock.Add(24 * time.Hour)
		c.Settle()
	}
	river.Again()
	if _, err := river.Network.Succeed(t.Context(), river.Admin, river.Member(net.URI).ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	centro.Again()
	offers, err := centro.Network.SuccessionOffers(t.Context(), centro.Admin)
	if err != nil || len(offers) != 1 {
		t.Fatalf("centro is asked %+v, %v", offers, err)
	}
	if err := centro.Network.ApproveSuccessor(t.Context(), centro.Admin, offers[0].NetworkID, offers[0].URI); err != nil {
		t.Fatal(err)
	}
	river.Stop() // it does not answer yet
	c.Settle()
	centro.Again()
	for _, uri := range before["centro"] {
		if _, err := centro.Conversation.Parent(t.Context(), centro.Admin, uri); err != nil {
			t.Errorf("centro's people do not read %s: %v", uri, err)
		}
	}
	if history, err := centro.Network.History(t.Context(), centro.Admin, offers[0].NetworkID); err != nil || len(history) == 0 {
		t.Errorf("%d lines of history, %v", len(history), err)
	}
}
