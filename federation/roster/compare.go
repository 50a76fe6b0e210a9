package roster

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// Told is the header that says by which rosters we send something to the members
// of networks (federation.md 8.3, 4); empty if it is for none.
func (k *Keeper) Told(ctx context.Context, a node.Audience) string {
	all, err := k.Network.Names(ctx)
	if err != nil {
		k.Log.Error("rosters cannot be told", "err", err)
		return ""
	}
	one, single := a.Network()
	return vocab.RosterNotes(notes(all, func(n *node.Network) bool {
		return single && n.ID == one || a == node.Networks && n.State == node.NetworkActive
	}))
}

// notes are what we know of the rosters of some networks, the same for the same.
func notes(all map[uuid.UUID]*node.Network, which func(*node.Network) bool) (list []vocab.RosterNote) {
	for _, n := range all {
		if which(n) && n.RosterVersion > 0 {
			list = append(list, vocab.RosterNote{Members: n.MembersURI, Version: n.RosterVersion, Digest: n.RosterDigest})
		}
	}
	slices.SortFunc(list, vocab.RosterNote.Compare)
	return list
}

// Compare holds what another member says of the rosters that it goes by against
// ours, and returns what ours are. A higher version is a hint to ask the hub; the
// same version with other members is noted: the hub tells members different
// things. uri is any address of that member. What others say has no effect.
func (k *Keeper) Compare(ctx context.Context, uri, rosters string) (own string) {
	k.init()
	told := vocab.ReadRosterNotes(rosters)
	if len(told) == 0 {
		return ""
	}
	v, err := k.Network.ViewerFor(ctx, uri)
	if err != nil || len(v.Networks) == 0 {
		return ""
	}
	all, err := k.Network.Names(ctx)
	if err != nil {
		return ""
	}
	scope := access.ScopeOf(v)
	shared := func(n *node.Network) bool {
		return scope.Includes(node.NetworkOnly(n.ID)) && slices.ContainsFunc(told, func(t vocab.RosterNote) bool { return t.Members == n.MembersURI })
	}
	for _, n := range all {
		if !shared(n) || n.Hosted {
			continue
		}
		for _, t := range told {
			if err := k.heard(ctx, n, t, hostOf(uri)); err != nil {
				k.Log.Error("what a member says of a roster cannot be noted", "err", err)
			}
		}
	}
	return vocab.RosterNotes(notes(all, shared))
}

func (k *Keeper) heard(ctx context.Context, n *node.Network, t vocab.RosterNote, host string) error {
	newer := t.Version > n.RosterVersion
	differs := t.Version == n.RosterVersion && t.Digest != n.RosterDigest && n.DiffersAt.IsZero()
	if t.Members != n.MembersURI || !newer && !differs || k.hints.Take(host) > 0 {
		return nil
	}
	if differs {
		return k.Network.RosterDiffers(ctx, n.ID)
	}
	if err := k.Network.ReceiveWord(ctx, n.ID, t.Version); err != nil {
		return err
	}
	k.Wake()
	return nil
}
