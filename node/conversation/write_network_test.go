package conversation_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/nodetest"
)

// TestWriteForNetworks has people of all sorts write for networks that stand in
// all ways: who may, as whom it is said, and what the others are told.
func TestWriteForNetworks(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ptp, care := n.JoinNetwork(t, "ptp"), n.JoinNetwork(t, "care")
	left, stale, watched, gone := n.JoinNetwork(t, "left"), n.JoinNetwork(t, "stale"), n.JoinNetwork(t, "watched"), n.JoinNetwork(t, "gone")
	setNetwork(t, n, left.ID, func(net *node.Network) { net.State = node.NetworkLeft })
	setNetwork(t, n, gone.ID, func(net *node.Network) { net.GoneAt = n.Clock.Now() })
	setNetwork(t, n, stale.ID, func(net *node.Network) { net.FetchedAt = n.Clock.Now().Add(-node.RosterLimit) })
	n.Member(t, watched, n.Origin.OrganizationURI(n.Organization.ID), string(n.Origin), func(m *node.Membership) { m.Role = node.ObserverMember })

	before := n.Person(t, "lou", node.Member) // signed in before lou showed themself
	lou := n.ShowToNetworks(t, before)
	ed, followable := n.Person(t, "ed", node.Editor), n.Viewer(t, "ana")
	stranger := node.NetworkOnly(uuid.New())
	forOrg := func(in *node.PostInput) { in.AsOrganization = true }
	for _, c := range []struct {
		name string
		v    access.Viewer
		a    node.Audience
		f    func(*node.PostInput)
		want string // key of the refusal
	}{
		{"shown to the networks", lou, node.NetworkOnly(ptp.ID), nil, ""},
		{"shown since they signed in", before, node.NetworkOnly(ptp.ID), nil, ""},
		{"all networks", lou, node.Networks, nil, ""},
		{"not shown", ed, node.NetworkOnly(ptp.ID), nil, "error.audience.listed"},
		{"followable is not shown to the networks", followable, node.NetworkOnly(ptp.ID), nil, "error.audience.listed"},
		{"the organization, by an editor", ed, node.NetworkOnly(care.ID), forOrg, ""},
		{"the organization, by the operator", n.Operator, node.NetworkOnly(care.ID), forOrg, ""},
		{"the organization, by a member", lou, node.NetworkOnly(care.ID), forOrg, "forbidden"},
		{"a network that we left", lou, node.NetworkOnly(left.ID), nil, "error.network.inactive"},
		{"the organization to one that we left", ed, node.NetworkOnly(left.ID), forOrg, "error.network.inactive"},
		{"a stale roster", lou, node.NetworkOnly(stale.ID), nil, "error.network.stale"},
		{"a hub that is no more", lou, node.NetworkOnly(gone.ID), nil, "error.network.gone"},
		{"an observer", lou, node.NetworkOnly(watched.ID), nil, "error.network.reader"},
		{"a network that we do not know", lou, stranger, nil, "forbidden"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, err := n.Conversation.Post(t.Context(), c.v, words(n, func(in *node.PostInput) {
				in.Audience = c.a
				if c.f != nil {
					c.f(in)
				}
			}))
			if c.want != "" {
				if got := nodetest.Field(err); got != c.want && (c.want != "forbidden" || !errors.Is(err, node.ErrForbidden)) {
					t.Errorf("refused with %v, want %s", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			list := n.Outbox(t)
			e := list[len(list)-1]
			said, err := n.Conversation.Item(t.Context(), n.Viewer(t, "ada"), i.ID)
			if err != nil || e.Object != i.ID || e.Audience != c.a || e.Target != "" || i.Audience != c.a {
				t.Fatalf("said %+v, announced %+v, %v", i, e, err)
			}
			want := n.Organization.ID
			if c.f == nil {
				want = personOf(t, n, "lou").NetworkActorID
			}
			uri := n.Origin.PersonURI(want)
			if c.f != nil {
				uri = n.Origin.OrganizationURI(want)
			}
			if e.Actor != want || said.Author.URI != uri {
				t.Errorf("announced by %s, said by %s, want %s", e.Actor, said.Author.URI, uri)
			}
		})
	}
	n.Verify(t)
}

// TestNetworksOfOne stores "all networks" as the one network while there is one
// only: who comes with another one later does not read it.
func TestNetworksOfOne(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	everywhere := func(in *node.PostInput) { in.Audience, in.AsOrganization = node.Networks, true }
	if _, err := n.Conversation.Post(t.Context(), n.Admin, words(n, everywhere)); nodetest.Field(err) != "error.network.none" {
		t.Errorf("without a network: %v", err)
	}
	ptp := n.JoinNetwork(t, "ptp")
	if i := post(t, n, n.Admin, everywhere); i.Audience != node.NetworkOnly(ptp.ID) {
		t.Errorf("with one network it is for %s", i.Audience)
	}
	n.JoinNetwork(t, "care")
	if i := post(t, n, n.Admin, everywhere); i.Audience != node.Networks {
		t.Errorf("with two networks it is for %s", i.Audience)
	}
	guest := n.Viewer(t, "ada") // as people of an organization that this node hosts
	guest.Guest = true
	if _, err := n.Conversation.Post(t.Context(), guest, words(n, everywhere)); nodetest.Field(err) != "error.network.guest" {
		t.Errorf("a guest writes for all networks: %v", err)
	}
	if slices.Contains(n.Conversation.Audiences(guest, nil, true), node.Networks) {
		t.Error("a guest is offered all networks")
	}
}

// TestReplyInherits: a reply goes to whom its parent went to, or to fewer.
func TestReplyInherits(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ptp, care := n.JoinNetwork(t, "ptp"), n.JoinNetwork(t, "care")
	zoe := n.Remote(t, "zoe", "one.example")
	n.Member(t, ptp, "https://one.example/org", "https://one.example")
	lou := n.ShowToNetworks(t, n.Viewer(t, "ana"))
	own := node.OrganizationOnly(n.Organization.ID)

	arrival := n.Arrival(t, zoe, "1")
	arrival.Open, arrival.Follower, arrival.To = false, false, []string{ptp.MembersURI}
	if fate, err := n.Conversation.Receive(t.Context(), arrival); err != nil || fate != conversation.Stored {
		t.Fatal(fate, err)
	}
	parents := map[string]*node.Item{
		"ours, in ptp":          post(t, n, lou, func(in *node.PostInput) { in.Audience = node.NetworkOnly(ptp.ID) }),
		"received, in ptp":      arrival.Item,
		"ours, in all networks": post(t, n, lou, func(in *node.PostInput) { in.Audience = node.Networks }),
		"ours, for everyone":    post(t, n, lou, forAll),
	}
	for _, c := range []struct {
		parent       string
		chosen, want node.Audience // want "" is a refusal
	}{
		{"ours, in ptp", "", node.NetworkOnly(ptp.ID)},
		{"ours, in ptp", node.NetworkOnly(ptp.ID), node.NetworkOnly(ptp.ID)},
		{"ours, in ptp", own, own},
		{"ours, in ptp", node.NetworkOnly(care.ID), ""},
		{"ours, in ptp", node.Networks, ""},
		{"ours, in ptp", node.Public, ""},
		{"received, in ptp", "", node.NetworkOnly(ptp.ID)},
		{"received, in ptp", own, own},
		{"received, in ptp", node.NetworkOnly(care.ID), ""},
		{"received, in ptp", node.Networks, ""},
		{"received, in ptp", node.Public, ""},
		{"ours, in all networks", "", node.Networks},
		{"ours, in all networks", node.NetworkOnly(care.ID), node.NetworkOnly(care.ID)},
		{"ours, in all networks", node.Public, ""},
		{"ours, for everyone", node.NetworkOnly(care.ID), node.NetworkOnly(care.ID)},
		{"ours, for everyone", "", node.Public},
	} {
		i, err := n.Conversation.Post(t.Context(), lou, words(n, func(in *node.PostInput) { in.Audience, in.InReplyTo = c.chosen, parents[c.parent].URI }))
		switch {
		case c.want == "" && nodetest.Field(err) != "error.audience.reply":
			t.Errorf("%s, answered for %q: %v", c.parent, c.chosen, err)
		case c.want != "" && (err != nil || i.Audience != c.want || i.InReplyTo != parents[c.parent].URI):
			t.Errorf("%s, answered for %q: %+v, %v", c.parent, c.chosen, i, err)
		}
		offered := slices.Contains(n.Conversation.Audiences(lou, parents[c.parent], false), c.chosen)
		if c.chosen != "" && offered != (c.want != "") {
			t.Errorf("%s: %s is offered: %v", c.parent, c.chosen, offered)
		}
	}
	for _, e := range n.Outbox(t) {
		if e.Audience.ForNetworks() && e.Target != "" {
			t.Errorf("a reply in a network is sent to %s besides", e.Target)
		}
	}
}
