package fedtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
)

// TestNetworkItemsAmongJoined goes the whole way with nodes that joined by codes:
// what is said to a network of theirs, by whom it is read, an outage, an expulsion.
func TestNetworkItemsAmongJoined(t *testing.T) {
	c := fedtest.New(t, "hub", "river", "centro", "outside")
	hub, river, centro, outside := c.Nodes[0], c.Nodes[1], c.Nodes[2], c.Nodes[3]
	net := hub.Found("ptp")
	hub.Join(net, river, centro)
	in := func(n *fedtest.Node) node.Audience { return node.NetworkOnly(n.Member(net.URI).ID) }
	outside.Follow(river.At("river"))

	first := river.PostTo(in(river), "first")
	c.Settle()
	for _, n := range []*fedtest.Node{hub, centro} {
		if got := find(n.Home(), first.URI); got == nil || got.Audience != in(n) {
			t.Fatalf("%s reads %+v", n.Handle, got)
		}
		if got := fetched(t, n, first.URI); got != http.StatusOK {
			t.Errorf("%s gets %d", n.Handle, got)
		}
	}
	if find(outside.Home(), first.URI) != nil || fetched(t, outside, first.URI) != http.StatusNotFound {
		t.Error("an outsider reads it")
	}

	// Away for two days: what was missed is asked for, the rest is tried again.
	centro.Stop()
	missed := river.PostTo(in(river), "while you were away")
	if _, err := river.Conversation.EditPost(t.Context(), river.Admin, first.ID, node.PostInput{Text: "edited"}); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	c.Clock.Add(48 * time.Hour)
	c.Settle()
	centro.Start()
	centro.Again()
	c.Clock.Add(13 * time.Hour)
	c.Settle()
	if got := find(centro.Home(), missed.URI); got == nil {
		t.Error("centro does not read what it missed")
	}
	if got := find(centro.Home(), first.URI); got == nil || !strings.Contains(got.Body.In("en", ""), "edited") {
		t.Errorf("centro reads %+v", got)
	}

	// The hub goes away: what is said to the network reaches its members all the same.
	hub.Stop()
	alone := centro.PostTo(in(centro), "without a hub")
	c.Settle()
	if find(river.Home(), alone.URI) == nil {
		t.Error("without the hub river does not read it")
	}
	hub.Start()
	hub.Again()
	c.Clock.Add(13 * time.Hour)
	c.Settle()
	if find(hub.Home(), alone.URI) == nil {
		t.Error("the hub, back again, does not read it")
	}

	if _, err := hub.Network.Expel(t.Context(), hub.Admin, net.ID, "centro@"+centro.Origin.Host()); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	later := river.PostTo(in(river), "later")
	c.Settle()
	if find(centro.Home(), later.URI) != nil || fetched(t, centro, later.URI) != http.StatusNotFound || fetched(t, centro, first.URI) != http.StatusNotFound {
		t.Error("the ex-member reads on")
	}
	if find(hub.Home(), later.URI) == nil {
		t.Error("a member does not read it")
	}
}
