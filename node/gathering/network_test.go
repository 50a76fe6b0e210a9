package gathering_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
)

// TestAnnounceForNetwork: who may, by which actor it is said, and what the others are told.
func TestAnnounceForNetwork(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ptp, watched := n.JoinNetwork(t, "ptp"), n.JoinNetwork(t, "watched")
	n.Member(t, watched, n.Origin.OrganizationURI(n.Organization.ID), string(n.Origin), func(m *node.Membership) { m.Role = node.ObserverMember })
	listed, member, editor := n.ShowToNetworks(t, n.Person(t, "lou", node.Member)), n.Viewer(t, "ana"), n.Person(t, "ed", node.Editor)
	for name, c := range map[string]struct {
		v     access.Viewer
		asOrg bool
		a     node.Audience
		want  string
	}{
		"shown to the networks":          {listed, false, node.NetworkOnly(ptp.ID), ""},
		"all networks, of which one":     {listed, false, node.Networks, ""},
		"the organization":               {editor, true, node.NetworkOnly(ptp.ID), ""},
		"not shown":                      {member, false, node.NetworkOnly(ptp.ID), "error.audience.listed"},
		"observer":                       {editor, true, node.NetworkOnly(watched.ID), "error.network.reader"},
		"a network that we do not know":  {editor, true, node.NetworkOnly(uuid.New()), "forbidden"},
		"the organization, for a member": {listed, true, node.NetworkOnly(ptp.ID), "forbidden"},
	} {
		before := len(n.Outbox(t))
		i, err := n.Gathering.Announce(t.Context(), c.v, meeting(func(in *node.GatheringInput) { in.AsOrganization, in.Audience = c.asOrg, c.a }))
		said := n.Outbox(t)[before:]
		switch {
		case c.want == "forbidden" && err != nil && nodetest.Field(err) == "" && len(said) == 0:
		case c.want != "" && (nodetest.Field(err) != c.want || len(said) != 0), c.want == "" && err != nil:
			t.Errorf("%s: %v, announced %d times", name, err, len(said))
		case c.want == "" && (len(said) != 1 || said[0].Audience != node.NetworkOnly(ptp.ID) || i.Audience != said[0].Audience || i.Author.URI == "" || !slices.Contains([]string{n.Origin.OrganizationURI(said[0].Actor), n.Origin.PersonURI(said[0].Actor)}, i.Author.URI)):
			t.Errorf("%s: %+v, announced %+v", name, i, said)
		}
	}
	n.Verify(t)
}

// TestChangeInNetwork: the change and the note that says it go to whom the
// gathering went to; nothing is changed that they could not hear of.
func TestChangeInNetwork(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ptp := n.JoinNetwork(t, "ptp")
	n.Member(t, ptp, "https://one.example/org", "https://one.example")
	admin := n.Viewer(t, "ada")
	i := announce(t, n, admin, meeting(func(in *node.GatheringInput) { in.Audience = node.NetworkOnly(ptp.ID) }))
	n.FanOut(t)
	if _, err := n.Gathering.Edit(t.Context(), admin, i.ID, meeting(func(in *node.GatheringInput) { in.Start = "2026-12-12T11:00" })); err != nil {
		t.Fatal(err)
	}
	var said []node.Verb
	for _, e := range n.Outbox(t) {
		said = append(said, e.Verb)
		if e.Audience != node.NetworkOnly(ptp.ID) || e.Actor != n.Organization.ID {
			t.Errorf("%s for %s by %s", e.Verb, e.Audience, e.Actor)
		}
	}
	if !slices.Equal(said, []node.Verb{node.Updated, node.Created}) {
		t.Errorf("announced %v", said)
	}
	replies, err := n.Conversation.Replies(t.Context(), admin, i.URI)
	if err != nil || len(replies) != 1 || replies[0].Audience != i.Audience {
		t.Errorf("the note is %+v, %v", replies, err)
	}
	if replies, err := n.Conversation.Replies(t.Context(), access.Visitor, i.URI); err != nil || len(replies) != 0 {
		t.Errorf("a visitor reads %+v, %v", replies, err)
	}
	for _, e := range n.FanOut(t) {
		if sub, err := n.Delivery.Subject(t.Context(), e); err != nil || sub.Item == nil || len(sub.Networks) != 1 {
			t.Errorf("%s: %+v, %v", e.Verb, sub, err)
		}
	}
	n.Clock.Add(node.RosterLimit + time.Hour)
	if _, err := n.Gathering.Cancel(t.Context(), admin, i.ID); nodetest.Field(err) != "error.network.stale" {
		t.Errorf("called off while nobody can be told: %v", err)
	}
	if err := n.Conversation.Delete(t.Context(), admin, i.ID); err != nil {
		t.Errorf("deleting: %v", err)
	}
}
