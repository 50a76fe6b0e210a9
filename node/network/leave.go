package network

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// keptAfter is how long others' things stay here after we are no member any more
// (federation.md 8.3, 9).
const keptAfter = 30 * 24 * time.Hour

// Leave ends our membership, at once and whether or not the hub answers: it and
// every member are told by ourselves.
func (s *Service) Leave(ctx context.Context, v access.Viewer, network uuid.UUID) error {
	if !access.Can(v, access.RunNode) {
		return fmt.Errorf("leave network %s: %w", network, node.ErrForbidden)
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Network(ctx, network)
		if err != nil {
			return err
		}
		if n.Hosted {
			return node.Invalid("network", "error.network.hub", "network", n.Handle())
		}
		switch n.State {
		case node.NetworkApplied, node.NetworkActive, node.NetworkSuspended:
		default:
			return node.Invalid("network", "error.network.notmember", "network", n.Handle())
		}
		own, err := s.ownLine(ctx, tx, n)
		if err != nil {
			return err
		}
		if n.State == node.NetworkApplied && own.URI != "" { // accepted, so it was claimed
			if err := s.announceClaims(ctx, tx, n); err != nil {
				return err
			}
		}
		own.Claim = false
		if err := s.move(ctx, tx, n, own, node.MemberLeft); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, v, n, "audit.network.left", nil); err != nil {
			return err
		}
		o, err := tx.HomeOrganization(ctx)
		if err != nil {
			return err
		}
		e := node.Event{Verb: node.Left, Kind: node.KindMembership, Object: own.ID, Actor: o.ID, Audience: node.NetworkOnly(n.ID)}
		if err := s.announce(ctx, tx, e); err != nil {
			return err
		}
		e.Audience, e.Target = node.OrganizationOnly(o.ID), n.URI
		return s.announce(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("leave network %s: %w", network, err)
	}
	return nil
}

// ReceiveLeave notes that an organization left a network of ours. On its hub that
// makes a new version of the roster.
func (s *Service) ReceiveLeave(ctx context.Context, organizationURI, hubURI string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.NetworkByURI(ctx, hubURI)
		if err != nil {
			return err
		}
		m, err := tx.Membership(ctx, n.ID, organizationURI)
		if err != nil {
			return err
		}
		if !s.elsewhere(m) {
			return node.ErrForbidden
		}
		was := m.Status
		switch was {
		case node.MemberPending, node.MemberActive, node.MemberSuspended:
		default:
			return nil
		}
		m.Claim = false
		if err := s.move(ctx, tx, n, m, node.MemberLeft); err != nil {
			return err
		}
		if !n.Hosted {
			return s.due(ctx, tx, n)
		}
		if was == node.MemberPending {
			return nil
		}
		if n.Successor == m.OrganizationURI {
			n.Successor = ""
		}
		if err := s.amend(ctx, tx, n, m.Handle, m); err != nil {
			return err
		}
		return s.announce(ctx, tx, node.Event{Verb: node.Removed, Kind: node.KindMembership, Object: m.ID, Actor: n.ID, Audience: node.NetworkOnly(n.ID)})
	})
	if err != nil {
		return fmt.Errorf("receive leave of %s: %w", organizationURI, err)
	}
	return nil
}

// Due does what has become due by the clock, and tells how much that was: what
// others said to a network that we left goes, and the rosters kept here get the
// node's new key.
func (s *Service) Due(ctx context.Context) (int, error) {
	forgotten, err := s.forgetLeft(ctx)
	if err != nil {
		return forgotten, err
	}
	rekeyed, err := s.rekey(ctx)
	return forgotten + rekeyed, err
}

func (s *Service) forgetLeft(ctx context.Context) (int, error) {
	over := s.Now().Add(-keptAfter)
	var work []*node.Network
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Networks(ctx)
		for _, n := range all {
			if n.State != node.NetworkLeft && n.State != node.NetworkExpelled || n.Hosted || n.UpdatedAt.After(over) {
				continue
			}
			var some bool
			if some, err = tx.KeepsItems(ctx, n.ID); err != nil {
				return err
			}
			if some {
				work = append(work, n)
			}
		}
		return err
	})
	if err != nil || len(work) == 0 {
		return 0, err
	}
	total := 0
	for _, n := range work {
		err := s.DB.Write(ctx, func(tx *store.Tx) error {
			now, err := tx.Network(ctx, n.ID)
			if err != nil || now.State != n.State { // joined again meanwhile
				return err
			}
			gone, err := tx.ForgetNetworkItems(ctx, n.ID)
			total += int(gone)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("forget network %s: %w", n.ID, err)
		}
	}
	return total, nil
}
