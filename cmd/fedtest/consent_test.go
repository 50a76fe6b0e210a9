package fedtest_test

import (
	"strings"
	"testing"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// says writes for an audience in one's own name, and lets it travel.
func says(t *testing.T, c *fedtest.Cluster, n *fedtest.Node, handle string, a node.Audience, text string) {
	t.Helper()
	if _, err := n.Conversation.Post(t.Context(), fresh(t, n, handle), node.PostInput{Audience: a, Lang: "en", Text: text}); err != nil {
		t.Fatal(err)
	}
	c.Settle()
}

// authorOf is who said a text, as the people of n read it; empty if it is not there.
func authorOf(t *testing.T, n *fedtest.Node, text string) (author node.Author) {
	t.Helper()
	n.Again()
	items, _, err := n.Conversation.Home(t.Context(), n.Admin, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		if strings.Contains(i.Body.In("en", "en"), text) {
			return i.Author
		}
	}
	return author
}

// consent switches what somebody shows.
func consent(t *testing.T, set func(v access.Viewer) error, v access.Viewer) {
	t.Helper()
	if err := set(v); err != nil {
		t.Fatal(err)
	}
}

// TestA11TwoActorsOfOnePerson: who is followable and in the networks speaks by two
// actors. A handle leads to the public one, in whichever order they came to be,
// and neither keeps the other from being heard.
func TestA11TwoActorsOfOnePerson(t *testing.T) {
	for name, followableFirst := range map[string]bool{"followable first": true, "networks first": false} {
		t.Run(name, func(t *testing.T) {
			c, net := circle(t, "river", "centro")
			river, centro := c.Nodes[0], c.Nodes[1]
			at := centro.Member(net.URI).ID
			follow := func(v access.Viewer) error {
				_, err := centro.People.SetFollowable(t.Context(), v, "ana", true)
				return err
			}
			enter := func(v access.Viewer) error {
				_, err := centro.People.SetInNetworks(t.Context(), v, "ana", true)
				return err
			}
			centro.Person("ana", false, migration)
			public := func() {
				consent(t, follow, fresh(t, centro, "ana"))
				river.Follow(centro.At("ana"))
				c.Settle()
				says(t, c, centro, "ana", node.Public, "said to everyone")
			}
			if followableFirst {
				public()
			}
			consent(t, enter, fresh(t, centro, "ana"))
			says(t, c, centro, "ana", node.NetworkOnly(at), "said to the network")
			if !followableFirst {
				public()
				says(t, c, centro, "ana", node.NetworkOnly(at), "said to the network again")
			}
			c.Settle()
			open, inside := authorOf(t, river, "said to everyone"), authorOf(t, river, "said to the network")
			if open.Handle != "ana@"+centro.Origin.Host() || inside.URI == "" || inside.URI == open.URI || open.Name != inside.Name {
				t.Errorf("to everyone speaks %+v, to the network %+v", open, inside)
			}
			if !followableFirst && authorOf(t, river, "said to the network again").URI != inside.URI {
				t.Error("what she said to the network afterwards did not come")
			}
			if got := hits(t, river, node.Search{Tag: migration.Tag}); len(got) != 1 || got[0].ActorURI != inside.URI {
				t.Errorf("river finds %+v", got)
			}
		})
	}
}

// TestE1OffAndOnAgain: who takes herself out and comes back is somebody new to the others, and is heard.
func TestE1OffAndOnAgain(t *testing.T) {
	c, net := circle(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	at := centro.Member(net.URI).ID
	listed(t, centro, "ana", migration)
	says(t, c, centro, "ana", node.NetworkOnly(at), "the first time")
	first := authorOf(t, river, "the first time")
	if first.URI == "" || len(hits(t, river, node.Search{Tag: migration.Tag})) != 1 {
		t.Fatal("the network does not hear her")
	}
	for _, on := range []bool{false, true} {
		if _, err := centro.People.SetInNetworks(t.Context(), fresh(t, centro, "ana"), "ana", on); err != nil {
			t.Fatal(err)
		}
		c.Settle()
		if got := hits(t, river, node.Search{Tag: migration.Tag}); (len(got) == 1) != on {
			t.Errorf("on %v: river finds %+v", on, got)
		}
		if authorOf(t, river, "the first time").URI != "" {
			t.Errorf("on %v: what she took back is still read", on)
		}
	}
	says(t, c, centro, "ana", node.NetworkOnly(at), "the second time")
	if again := authorOf(t, river, "the second time"); again.URI == "" || again.URI == first.URI {
		t.Errorf("back again she is %+v, was %+v", again, first)
	}
	if status, _ := river.Get(first.URI, "application/activity+json"); status != 410 {
		t.Errorf("to a member her old actor answers %d", status)
	}
}
