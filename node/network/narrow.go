package network

import (
	"context"
	"fmt"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// move gives a line of a roster another status and does what follows from it, on
// a hub and in a member alike. What narrows takes effect in this transaction:
// what waits for the member is not sent any more, and after a suspension or an
// expulsion what it said is taken away from the network; cards of a suspended
// member are not shown, those of a former one are forgotten (S6). Back to active
// brings back what was taken away.
func (s *Service) move(ctx context.Context, tx *store.Tx, n *node.Network, m *node.Membership, to node.MemberStatus) error {
	from := m.Status
	m.Status, m.UpdatedAt = to, s.Now()
	if to == node.MemberActive && from != to {
		if from != node.MemberSuspended {
			m.Since = m.UpdatedAt
		}
		m.CaughtUpAt = time.Time{}
	}
	if err := tx.PutMembership(ctx, m); err != nil {
		return err
	}
	switch to {
	case node.MemberActive:
		if err := tx.BringBack(ctx, m); err != nil {
			return err
		}
	default:
		if err := s.cut(ctx, tx, n, m); err != nil {
			return err
		}
	}
	ours, err := s.ours(ctx, tx, m)
	if err != nil || n.Hosted || !ours {
		return err
	}
	return s.stand(ctx, tx, n, to)
}

// cut ends what m had as a member; m is stored as it is by now.
func (s *Service) cut(ctx context.Context, tx *store.Tx, n *node.Network, m *node.Membership) error {
	if m.Inbox != "" {
		if err := tx.DropNetworkDeliveries(ctx, n.ID, m.Inbox, s.Now()); err != nil {
			return err
		}
	}
	if m.Status == node.MemberSuspended || m.Status == node.MemberExpelled {
		// Our own words stay ours, even where we are not welcome.
		if s.elsewhere(m) || m.Kind == node.Guest {
			if err := tx.SetAside(ctx, m); err != nil {
				return err
			}
		}
	}
	// What somebody said who left stays, until they delete it (federation.md 8.3, 9).
	if m.Status == node.MemberExpelled || m.Status == node.MemberLeft {
		return tx.ForgetCards(ctx, n.ID, m.OrganizationURI)
	}
	return nil
}

// stand notes where we stand in a network whose hub is elsewhere, after our own
// line changed.
func (s *Service) stand(ctx context.Context, tx *store.Tx, n *node.Network, status node.MemberStatus) error {
	state := map[node.MemberStatus]node.NetworkState{
		node.MemberPending: node.NetworkApplied, node.MemberActive: node.NetworkActive, node.MemberSuspended: node.NetworkSuspended,
		node.MemberLeft: node.NetworkLeft, node.MemberExpelled: node.NetworkExpelled, node.MemberRefused: node.NetworkRefused,
	}[status]
	if state == n.State {
		return nil
	}
	before := n.State
	n.State, n.UpdatedAt = state, s.Now()
	if err := tx.PutNetwork(ctx, n); err != nil {
		return err
	}
	if state != node.NetworkActive && before == node.NetworkActive {
		if err := tx.DropNetwork(ctx, n.ID); err != nil {
			return err
		}
	}
	if claimsIn(state) != claimsIn(before) {
		if err := s.announceClaims(ctx, tx, n); err != nil {
			return err
		}
	}
	if state == node.NetworkLeft || state == node.NetworkExpelled {
		return tx.ForgetAllCards(ctx, n.ID)
	}
	return nil
}

// claimsIn reports whether our organization says in this state that it is a
// member. While suspended it goes on saying so: it did not leave. What is applied
// for is claimed once the hub accepted, see claims.
func claimsIn(state node.NetworkState) bool {
	return state == node.NetworkActive || state == node.NetworkSuspended
}

// ReceiveNarrowing acts at once on what the hub said against a member: it names
// the line or the organization. What is older than our copy of the roster is
// ignored; what is newer makes the roster due.
func (s *Service) ReceiveNarrowing(ctx context.Context, hubURI, relationshipOrOrganizationURI string, status node.MemberStatus, version int64) error {
	switch status {
	case node.MemberSuspended, node.MemberLeft, node.MemberExpelled:
	default:
		return fmt.Errorf("narrow %s to %s: %w", relationshipOrOrganizationURI, status, node.ErrForbidden)
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := s.foreign(ctx, tx, hubURI)
		if err != nil || version != 0 && version < n.RosterVersion {
			return err
		}
		m, err := tx.MembershipNamed(ctx, n.ID, relationshipOrOrganizationURI)
		if isNotFound(err) {
			return s.due(ctx, tx, n)
		}
		if err != nil {
			return err
		}
		if m.Status == node.MemberActive || m.Status == node.MemberSuspended {
			if err := s.move(ctx, tx, n, m, status); err != nil {
				return err
			}
		}
		return s.due(ctx, tx, n)
	})
	if err != nil {
		return fmt.Errorf("narrow %s: %w", relationshipOrOrganizationURI, err)
	}
	return nil
}

// foreign returns a network whose hub, on another server, has this Group actor now.
func (s *Service) foreign(ctx context.Context, tx *store.Tx, hubURI string) (*node.Network, error) {
	n, err := tx.NetworkByURI(ctx, hubURI)
	if err != nil {
		return nil, err
	}
	if n.Hosted || n.URI != hubURI {
		return nil, fmt.Errorf("network of %s: %w", hubURI, node.ErrNotFound)
	}
	return n, nil
}

// due makes a network's roster due to be fetched, whole.
func (s *Service) due(ctx context.Context, tx *store.Tx, n *node.Network) error {
	n.ETag = ""
	return tx.PutNetwork(ctx, n)
}
