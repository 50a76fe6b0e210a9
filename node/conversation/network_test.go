package conversation_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

const day = 24 * time.Hour

// setNetwork changes what is stored of a network.
func setNetwork(t *testing.T, n *nodetest.Node, id uuid.UUID, f func(*node.Network)) {
	t.Helper()
	err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		network, err := tx.Network(t.Context(), id)
		if err != nil {
			return err
		}
		f(network)
		return tx.PutNetwork(t.Context(), network)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReceiveForNetwork has things for networks come from all sorts of servers
// (federation.md 8.3, 5): only what an effective member says is stored, and our
// people read it.
func TestReceiveForNetwork(t *testing.T) {
	t.Parallel()
	const stored, outside, widened = conversation.Stored, conversation.Outside, conversation.Widened
	for _, c := range []struct {
		name string
		f    func(*testing.T, *scene, *node.Network, *node.Membership, *conversation.Arrival)
		want conversation.Fate
	}{
		{"from a member", nil, stored},
		{"named in its audience alone", func(_ *testing.T, _ *scene, ptp *node.Network, _ *node.Membership, a *conversation.Arrival) {
			a.To, a.Audience = nil, []string{ptp.URI}
		}, stored},
		{"from somebody who follows nobody here, with many links", func(_ *testing.T, _ *scene, _ *node.Network, _ *node.Membership, a *conversation.Arrival) {
			a.Links = 9
		}, stored},
		{"for a network and for everyone", func(_ *testing.T, _ *scene, _ *node.Network, _ *node.Membership, a *conversation.Arrival) {
			a.Open = true
		}, widened},
		{"shared by somebody", func(_ *testing.T, s *scene, _ *node.Network, _ *node.Membership, a *conversation.Arrival) {
			a.SharedBy = s.known.URI
		}, outside},
		{"from a suspended member", func(t *testing.T, s *scene, ptp *node.Network, m *node.Membership, _ *conversation.Arrival) {
			s.Member(t, ptp, m.OrganizationURI, m.Origin, func(m *node.Membership) { m.Status = node.MemberSuspended })
		}, outside},
		{"A12: from who claims no membership", func(t *testing.T, s *scene, ptp *node.Network, m *node.Membership, _ *conversation.Arrival) {
			s.Member(t, ptp, m.OrganizationURI, m.Origin, func(m *node.Membership) { m.Claim = false })
		}, outside},
		{"from an observer", func(t *testing.T, s *scene, ptp *node.Network, m *node.Membership, _ *conversation.Arrival) {
			s.Member(t, ptp, m.OrganizationURI, m.Origin, func(m *node.Membership) { m.Role = node.ObserverMember })
		}, outside},
		{"while our roster is stale", func(_ *testing.T, s *scene, _ *node.Network, _ *node.Membership, _ *conversation.Arrival) {
			s.Clock.Add(node.RosterLimit + time.Hour)
		}, outside},
		{"from another port of a member's host", func(t *testing.T, s *scene, ptp *node.Network, m *node.Membership, _ *conversation.Arrival) {
			s.Member(t, ptp, m.OrganizationURI, m.Origin+":8443")
		}, outside},
		{"after we left", func(t *testing.T, s *scene, ptp *node.Network, _ *node.Membership, _ *conversation.Arrival) {
			setNetwork(t, s.Node, ptp.ID, func(n *node.Network) { n.State = node.NetworkLeft })
		}, outside},
		{"for a network that we do not know", func(_ *testing.T, _ *scene, _ *node.Network, _ *node.Membership, a *conversation.Arrival) {
			a.To = []string{"https://hub.example/ap/networks/other/members"}
		}, conversation.Unasked},
		{"to the Group as to somebody", func(_ *testing.T, _ *scene, ptp *node.Network, _ *node.Membership, a *conversation.Arrival) {
			a.To = []string{ptp.URI}
		}, conversation.Unasked},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			ptp := s.JoinNetwork(t, "ptp-two")
			m := s.Member(t, ptp, "https://stranger.example/org", "https://stranger.example")
			a := s.Arrival(t, s.stranger, "note")
			a.Open, a.Follower, a.To = false, false, []string{ptp.MembersURI}
			if c.f != nil {
				c.f(t, s, ptp, m, &a)
			}
			if fate := s.receive(t, a); fate != c.want {
				t.Fatalf("%s, want %s", fate, c.want)
			}
			for _, who := range []string{"ada", "ana", "bo", "mia", "visitor"} {
				if got, want := s.sees(t, who, a.Item.URI), c.want == stored && who != "visitor"; got != want {
					t.Errorf("%s reads it: %v, want %v", who, got, want)
				}
			}
			if c.want != stored {
				return
			}
			i := s.stored(t, a.Item.URI)
			if i.Audience != node.NetworkOnly(ptp.ID) || i.State != node.Live || i.OpenAtOrigin {
				t.Errorf("stored %+v", i)
			}
			home, _, err := s.Conversation.Home(t.Context(), s.Viewer(t, "bo"), "", 100)
			if err != nil || !slices.ContainsFunc(home, func(h *node.Item) bool { return h.URI == a.Item.URI }) {
				t.Errorf("it is not on the start page, %v", err)
			}
			if again := s.receive(t, a); again != conversation.Stored {
				t.Errorf("the same again: %s", again)
			}
			s.Verify(t)
		})
	}
}

// TestReceiveForNetworks shows what came for several networks under the first
// by name that both sides are members of.
func TestReceiveForNetworks(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	zebra, apple, mango := s.JoinNetwork(t, "zebra"), s.JoinNetwork(t, "apple"), s.JoinNetwork(t, "mango")
	for _, n := range []*node.Network{zebra, mango} {
		s.Member(t, n, "https://stranger.example/org", "https://stranger.example")
	}
	a := s.Arrival(t, s.stranger, "note")
	a.Open, a.Follower, a.To = false, false, []string{zebra.MembersURI, apple.MembersURI, mango.MembersURI}
	if fate := s.receive(t, a); fate != conversation.Stored || s.stored(t, a.Item.URI).Audience != node.NetworkOnly(mango.ID) {
		t.Errorf("%s: %+v", fate, s.stored(t, a.Item.URI))
	}
}

// TestUpdateNeverWidens: what was for a network stays so, whatever comes later
// (federation.md 8.3, 13).
func TestUpdateNeverWidens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		f        func(*testing.T, *scene, *node.Network, *conversation.Arrival)
		want     conversation.Fate
		audience func(*scene, *node.Network, *node.Item) node.Audience
	}{
		{"edited in the network", func(*testing.T, *scene, *node.Network, *conversation.Arrival) {}, conversation.Changed, nil},
		{"for everyone", func(_ *testing.T, _ *scene, _ *node.Network, a *conversation.Arrival) { a.Open, a.To = true, nil }, conversation.Changed, nil},
		{"for everyone, by a new Create", func(_ *testing.T, _ *scene, _ *node.Network, a *conversation.Arrival) {
			a.Open, a.To, a.Edit = true, nil, false
		}, conversation.Changed, nil},
		{"for everyone and the network", func(_ *testing.T, _ *scene, _ *node.Network, a *conversation.Arrival) { a.Open = true }, conversation.Widened, nil},
		{"for another network", func(t *testing.T, s *scene, _ *node.Network, a *conversation.Arrival) {
			other := s.JoinNetwork(t, "other")
			s.Member(t, other, "https://stranger.example/org", "https://stranger.example")
			a.To = []string{other.MembersURI}
		}, conversation.Changed, nil},
		{"for one of us alone", func(_ *testing.T, s *scene, _ *node.Network, a *conversation.Arrival) {
			a.To, a.Named = nil, []string{s.anaURI}
		}, conversation.Changed, func(_ *scene, _ *node.Network, i *node.Item) node.Audience { return node.Group(i.ID) }},
		{"for everyone, by an ex-member", func(t *testing.T, s *scene, ptp *node.Network, a *conversation.Arrival) {
			s.Member(t, ptp, "https://stranger.example/org", "https://stranger.example", func(m *node.Membership) { m.Status = node.MemberExpelled })
			a.Open, a.To = true, nil
		}, conversation.Outside, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			ptp := s.JoinNetwork(t, "ptp-two")
			s.Member(t, ptp, "https://stranger.example/org", "https://stranger.example")
			a := s.Arrival(t, s.stranger, "note")
			a.Open, a.Follower, a.To = false, false, []string{ptp.MembersURI}
			if fate := s.receive(t, a); fate != conversation.Stored {
				t.Fatal(fate)
			}
			s.Clock.Add(time.Minute)
			later := s.Arrival(t, s.stranger, "note")
			later.Item.Body, later.Edit = node.Text{"en": "<p>later</p>"}, true
			later.Open, later.Follower, later.To = false, false, []string{ptp.MembersURI}
			c.f(t, s, ptp, &later)
			if fate := s.receive(t, later); fate != c.want {
				t.Errorf("%s, want %s", fate, c.want)
			}
			i, want := s.stored(t, a.Item.URI), node.NetworkOnly(ptp.ID)
			if c.audience != nil {
				want = c.audience(s, ptp, i)
			}
			if i.Audience != want || i.OpenAtOrigin || (i.Body["en"] == "<p>later</p>") != (c.want == conversation.Changed) {
				t.Errorf("now it is %+v, want it for %s", i, want)
			}
		})
	}
}

// TestReactionsToNetworkItems: a member may like what is for its network; nobody
// may share it, and to others it is not there.
func TestReactionsToNetworkItems(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ptp := s.JoinNetwork(t, "ptp-two")
	s.Member(t, ptp, "https://stranger.example/org", "https://stranger.example")
	i := post(t, s.Node, s.mia, func(in *node.PostInput) { in.Audience = node.NetworkOnly(ptp.ID) })
	for _, c := range []struct {
		verb string
		by   *node.RemoteActor
		want conversation.Fate
	}{
		{"like", s.stranger, conversation.Stored},
		{"share", s.stranger, conversation.Unasked},
		{"like", s.known, conversation.Unasked},
		{"share", s.known, conversation.Unasked},
	} {
		fate, err := s.Conversation.ReceiveReaction(t.Context(), c.verb, c.by, i.URI, c.by.URI+"/"+c.verb)
		if err != nil || fate != c.want {
			t.Errorf("%s by %s: %s, %v", c.verb, c.by.Host, fate, err)
		}
	}
}

// TestStanding tells members, outsiders and the hub apart.
func TestStanding(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ptp := n.JoinNetwork(t, "ptp")
	n.Member(t, ptp, "https://one.example/org", "https://one.example")
	if err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		return tx.PutNetworkAlias(t.Context(), "https://old.example/ptp", ptp.ID)
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, actor, origin   string
		to, audience          []string
		known, shared, theHub bool
	}{
		{"member", "https://one.example/zoe", "https://one.example", []string{ptp.MembersURI}, nil, true, true, false},
		{"member, by a name that the network had", "https://one.example/zoe", "https://one.example", nil, []string{"https://old.example/ptp"}, true, true, false},
		{"outsider", "https://two.example/zoe", "https://two.example", []string{ptp.MembersURI}, nil, true, false, false},
		{"outsider, by audience", "https://two.example/zoe", "https://two.example", nil, []string{ptp.URI}, true, false, false},
		{"hub", ptp.URI, "https://hub.example", []string{ptp.MembersURI}, nil, true, false, true},
		{"to the Group", "https://two.example/zoe", "https://two.example", []string{ptp.URI}, nil, false, false, false},
		{"to nobody", "https://two.example/zoe", "https://two.example", nil, nil, false, false, false},
	} {
		st, err := n.Conversation.Standing(t.Context(), c.actor, c.origin, c.to, c.audience)
		if err != nil || (len(st.Networks) == 1) != c.known || (len(st.Shared) == 1) != c.shared || st.Hub != c.theHub {
			t.Errorf("%s: %+v, %v", c.name, st, err)
		}
	}
}

// TestReaches counts the organizations that a network reaches: the effective ones but ours.
func TestReaches(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ptp := n.JoinNetwork(t, "ptp")
	n.Member(t, ptp, "https://one.example/org", "https://one.example")
	n.Member(t, ptp, "https://two.example/org", "https://two.example", func(m *node.Membership) { m.Claim = false })
	n.Member(t, ptp, "https://three.example/org", "https://three.example", func(m *node.Membership) { m.Status = node.MemberPending })
	all, err := n.Conversation.Reaches(t.Context(), n.Viewer(t, "ada"))
	if err != nil || len(all) != 1 || all[ptp.ID].Organizations != 1 || all[ptp.ID].Network.Name != ptp.Name {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := n.Conversation.Reaches(t.Context(), access.Visitor); err != nil || len(all) != 0 {
		t.Errorf("a visitor: %+v, %v", all, err)
	}
}

// TestEditAndDeleteInNetworks: who got it hears of the change, by the actor that
// said it; nobody hears of what an actor said that is no more.
func TestEditAndDeleteInNetworks(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ptp := n.JoinNetwork(t, "ptp")
	lou := n.ShowToNetworks(t, n.Person(t, "lou", node.Member))
	actor := personOf(t, n, "lou").NetworkActorID
	inPTP := func(in *node.PostInput) { in.Audience = node.NetworkOnly(ptp.ID) }
	i, orphan := post(t, n, lou, inPTP), post(t, n, n.Admin, func(in *node.PostInput) { inPTP(in); in.AsOrganization = true })
	n.FanOut(t)
	if _, err := n.Conversation.EditPost(t.Context(), lou, i.ID, node.PostInput{Text: "better"}); err != nil {
		t.Fatal(err)
	}
	if err := n.Conversation.Delete(t.Context(), lou, i.ID); err != nil {
		t.Fatal(err)
	}
	var verbs []node.Verb
	for _, e := range n.Outbox(t) {
		verbs = append(verbs, e.Verb)
		if e.Actor != actor || e.Audience != node.NetworkOnly(ptp.ID) {
			t.Errorf("%s by %s for %s", e.Verb, e.Actor, e.Audience)
		}
	}
	if !slices.Equal(verbs, []node.Verb{node.Updated, node.Deleted}) {
		t.Errorf("announced %v", verbs)
	}
	for name, c := range map[string]struct {
		v    access.Viewer
		want error
	}{
		"member": {access.Remote("https://one.example/zoe", ptp.ID), node.ErrGone}, "outsider": {access.Remote("https://two.example/zoe"), node.ErrNotFound}, "visitor": {access.Visitor, node.ErrNotFound},
	} {
		if _, err := n.Conversation.Item(t.Context(), c.v, i.ID); !errors.Is(err, c.want) {
			t.Errorf("%s asks for what was deleted: %v", name, err)
		}
	}
	n.FanOut(t)
	err := n.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.CloseLocalActor(t.Context(), n.Organization.ID, n.Clock.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Conversation.Delete(t.Context(), n.Viewer(t, "ada"), orphan.ID); err != nil || len(n.Outbox(t)) != 0 {
		t.Errorf("of what no actor says any more: %v, %v", n.Outbox(t), err)
	}
}

// TestNothingIsEditedUnheard: while its readers cannot hear of it nothing is
// edited; deleting goes on.
func TestNothingIsEditedUnheard(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ptp := n.JoinNetwork(t, "ptp")
	i := post(t, n, n.Admin, func(in *node.PostInput) { in.Audience, in.AsOrganization = node.NetworkOnly(ptp.ID), true })
	setNetwork(t, n, ptp.ID, func(net *node.Network) { net.State = node.NetworkSuspended })
	admin := n.Viewer(t, "ada")
	if _, err := n.Conversation.EditPost(t.Context(), admin, i.ID, node.PostInput{Text: "other"}); nodetest.Field(err) != "error.network.inactive" {
		t.Errorf("edited: %v", err)
	}
	if err := n.Conversation.Delete(t.Context(), admin, i.ID); err != nil {
		t.Errorf("deleting: %v", err)
	}
}

// TestStaleNetworkSendsNothing: what waits to be announced when the roster gets
// too old is not said.
func TestStaleNetworkSendsNothing(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ptp := n.JoinNetwork(t, "ptp")
	n.Member(t, ptp, "https://one.example/org", "https://one.example")
	post(t, n, n.Admin, func(in *node.PostInput) { in.Audience, in.AsOrganization = node.NetworkOnly(ptp.ID), true })
	n.Clock.Add(15 * day)
	n.FanOut(t)
	if hosts, err := n.Delivery.Hosts(t.Context()); err != nil || len(hosts) != 0 {
		t.Errorf("waiting for %v, %v", hosts, err)
	}
}
