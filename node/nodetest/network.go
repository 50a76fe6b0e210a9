package nodetest

import (
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// JoinNetwork stores a network with this short name whose hub is on hub.example and
// that our organization is an active member of, as if it had joined.
func (n *Node) JoinNetwork(t testing.TB, username string) *node.Network {
	t.Helper()
	now := n.Clock.Now()
	uri := "https://hub.example/ap/networks/" + username
	net := &node.Network{
		ID: uuid.Must(uuid.NewV7()), URI: uri, Username: username, Host: "hub.example", Name: "Network " + username, Page: "https://hub.example/networks/" + username,
		Inbox: "https://hub.example/ap/inbox", MembersURI: uri + "/members", NodeURI: "https://hub.example/ap/node", State: node.NetworkActive,
		RosterVersion: 1, FetchedAt: now, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	n.write(t, func(tx *store.Tx) error { return tx.PutNetwork(t.Context(), net) })
	n.Member(t, net, n.Origin.OrganizationURI(n.Organization.ID), string(n.Origin), func(m *node.Membership) { m.Inbox = n.Origin.SharedInbox() })
	return net
}

// Member stores the line of an organization in a roster: active and claimed,
// unless change makes it another one.
func (n *Node) Member(t testing.TB, network *node.Network, organization, origin string, change ...func(*node.Membership)) *node.Membership {
	t.Helper()
	now := n.Clock.Now()
	m := &node.Membership{
		ID: uuid.Must(uuid.NewV7()), NetworkID: network.ID, URI: network.MembersURI + "/" + uuid.NewString(), OrganizationURI: organization, NodeURI: origin + "/ap/node",
		Origin: origin, Inbox: origin + "/inbox", Name: organization, Kind: node.OwnNode, Status: node.MemberActive, Role: node.PlainMember,
		Since: now, UpdatedAt: now, Claim: true, ClaimAt: now,
	}
	for _, f := range change {
		f(m)
	}
	n.write(t, func(tx *store.Tx) error { return tx.PutMembership(t.Context(), m) })
	return m
}

// ShowToNetworks gives somebody an actor that members of our networks see, and returns them as they are then.
func (n *Node) ShowToNetworks(t testing.TB, v access.Viewer) access.Viewer {
	t.Helper()
	handle := ""
	n.write(t, func(tx *store.Tx) error {
		p, err := tx.PersonSelf(t.Context(), v.Person)
		if err != nil {
			return err
		}
		handle = p.Handle
		if p.InNetworks() {
			return nil
		}
		p.NetworkActorID, p.NetworkBy = uuid.Must(uuid.NewV7()), "self"
		if err := tx.PutPerson(t.Context(), p); err != nil {
			return err
		}
		return tx.PutLocalActor(t.Context(), &node.LocalActor{
			ID: p.NetworkActorID, Kind: node.KindPerson, OwnerID: p.ID, URI: n.Origin.PersonURI(p.NetworkActorID), CreatedAt: n.Clock.Now(), Audience: node.Networks,
		}, store.SealedKeys{RSA: []byte("r"), Ed25519: []byte("e")})
	})
	return n.Viewer(t, handle)
}

func (n *Node) write(t testing.TB, f func(*store.Tx) error) {
	t.Helper()
	if err := n.DB.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}
