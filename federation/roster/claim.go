package roster

import (
	"context"
	"errors"
	"slices"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
)

// claims lists the organizations that are to be asked now whether they say
// themselves that they are members: no hub can enrol anybody (A12).
func (k *Keeper) claims(ctx context.Context) (tasks []task, err error) {
	due, err := k.Network.DueClaims(ctx)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	networks, err := k.Network.Names(ctx)
	for _, m := range due {
		if n := networks[m.NetworkID]; n != nil {
			tasks = append(tasks, task{
				host: hostOf(m.OrganizationURI), key: "claim " + m.ID.String() + m.UpdatedAt.String() + m.ClaimAt.String(),
				do: func(ctx context.Context) error { return k.claim(ctx, n, m) },
			})
		}
	}
	return tasks, err
}

func (k *Keeper) claim(ctx context.Context, n *node.Network, m *node.Membership) error {
	c, err := k.asked(ctx, n, m)
	switch {
	case err == nil:
		if err := k.Network.SetClaim(ctx, n.ID, m.OrganizationURI, *c); err != nil || m.Claim || !c.OK {
			return own(err)
		}
		if !n.Hosted && !address.SameOrigin(m.OrganizationURI, n.URI) {
			return nil
		}
		return own(k.Network.SendTests(ctx, n.ID, m.OrganizationURI)) // the hub and the new member try each other out
	case discover.Passing(err):
		return errors.Join(err, own(k.Network.ClaimFailed(ctx, n.ID, m.OrganizationURI)))
	}
	k.Log.Info("organization claims nothing", "organization", m.OrganizationURI, "err", err)
	return own(k.Network.SetClaim(ctx, n.ID, m.OrganizationURI, network.Claim{}))
}

// asked is what the organization's own document says, and what key its node shows.
func (k *Keeper) asked(ctx context.Context, n *node.Network, m *node.Membership) (*network.Claim, error) {
	k.Finder.Client.Forget(m.OrganizationURI)
	doc, src, err := k.Finder.Document(ctx, fetch.Actor, m.OrganizationURI)
	if err != nil {
		return nil, err
	}
	a, _, err := vocab.ReadActor(doc)
	if err != nil {
		return nil, err
	}
	if err := k.Finder.StoreActor(ctx, doc, src); err != nil {
		return nil, err
	}
	said := vocab.ReadClaim(doc)
	c := &network.Claim{
		OK:     a.URI == m.OrganizationURI && a.Type == "Organization" && slices.Contains(said.Networks, n.URI) && said.NodeURI != "",
		Handle: a.Handle(), Name: a.Name, Summary: a.Summary, Place: said.Place, Page: a.Page, Contact: said.Contact, Languages: a.Languages, NodeURI: said.NodeURI,
	}
	if !c.OK {
		return c, nil
	}
	home, err := k.application(ctx, &node.Network{NodeURI: said.NodeURI})
	if err != nil {
		return nil, err
	}
	c.OK = address.SameOrigin(home.URI, a.URI)
	c.Inbox, c.Fingerprint = home.Inbox, home.Fingerprint
	return c, nil
}
