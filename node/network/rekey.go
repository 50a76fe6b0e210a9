package network

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/store"
)

// rekey puts the node's own new key into the rosters that are kept here: into the
// lines of our organization and of our guests. Members are told, and go on counting
// them once the node shows them that key.
func (s *Service) rekey(ctx context.Context) (changed int, err error) {
	var stale bool
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		lines, _, err := s.oldKeys(ctx, tx)
		stale = len(lines) > 0
		return err
	})
	if err != nil || !stale {
		return 0, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		lines, fingerprint, err := s.oldKeys(ctx, tx)
		if err != nil {
			return err
		}
		changed = len(lines)
		for n, own := range lines {
			for _, m := range own {
				m.Fingerprint, m.UpdatedAt = fingerprint, s.Now()
				if err := tx.PutMembership(ctx, m); err != nil {
					return err
				}
			}
			if err := s.amend(ctx, tx, n, n.Name, own...); err != nil {
				return err
			}
			for _, m := range own {
				e := node.Event{Verb: node.Updated, Kind: node.KindMembership, Object: m.ID, Actor: n.ID, Audience: node.NetworkOnly(n.ID)}
				if err := s.announce(ctx, tx, e); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("put the node's new key into rosters: %w", err)
	}
	return changed, nil
}

// oldKeys are the lines of our own organizations in the rosters kept here that do
// not have the node's key of now.
func (s *Service) oldKeys(ctx context.Context, tx *store.Tx) (lines map[*node.Network][]*node.Membership, fingerprint string, err error) {
	relay, err := tx.LocalActor(ctx, uuid.Nil)
	if err != nil {
		return nil, "", err
	}
	if fingerprint, err = keyring.Fingerprint(relay.RSAPublic); err != nil {
		return nil, "", err
	}
	all, err := tx.Networks(ctx)
	if err != nil {
		return nil, "", err
	}
	lines = map[*node.Network][]*node.Membership{}
	for _, n := range all {
		if !n.Hosted || n.State != node.NetworkActive {
			continue
		}
		group, err := tx.LocalActor(ctx, n.ID)
		if isNotFound(err) {
			continue // nobody here signs its roster
		}
		if err != nil {
			return nil, "", err
		}
		n.HubKey, n.Fingerprint = group.EdPublic, fingerprint
		members, err := tx.Memberships(ctx, n.ID)
		if err != nil {
			return nil, "", err
		}
		for _, m := range members {
			if !s.elsewhere(m) && m.Status == node.MemberActive && m.Fingerprint != fingerprint {
				lines[n] = append(lines[n], m)
			}
		}
	}
	return lines, fingerprint, nil
}
