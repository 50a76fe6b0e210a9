package network

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// Preview tells what joining would be. It changes nothing.
func (s *Service) Preview(ctx context.Context, v access.Viewer, ref string) (*Preview, error) {
	p, _, err := s.preview(ctx, v, ref)
	if err != nil {
		return nil, fmt.Errorf("look at network: %w", err)
	}
	return p, nil
}

func (s *Service) preview(ctx context.Context, v access.Viewer, ref string) (p *Preview, in invitation, err error) {
	if !access.Can(v, access.RunNode) {
		return nil, in, node.ErrForbidden
	}
	if in, err = readInvitation(ref); err != nil {
		return nil, in, err
	}
	hub, err := s.Lookup.Hub(ctx, in.hub)
	if err != nil {
		return nil, in, err
	}
	p = &Preview{Network: hub, Code: in.hash != ""}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if s.Origin.Owns(hub.URI) {
			return node.Invalid("ref", "error.hub.own", "network", hub.Handle())
		}
		if p.Organization, err = tx.HomeOrganization(ctx); err != nil {
			return err
		}
		if p.Fingerprint, err = ownFingerprint(ctx, tx); err != nil {
			return err
		}
		n, err := tx.NetworkByURI(ctx, hub.URI)
		if isNotFound(err) {
			return nil
		}
		if err == nil {
			p.Member = n.State == node.NetworkApplied || n.State == node.NetworkActive || n.State == node.NetworkSuspended
		}
		return err
	})
	if err == nil && in.hash != "" {
		err = s.Lookup.Code(ctx, hub, in.hash)
	}
	if err != nil {
		return nil, in, err
	}
	return p, in, nil
}

// Join asks a hub to admit our organization. ref is a code, a handle or an
// address. To ask again replaces what was asked.
func (s *Service) Join(ctx context.Context, v access.Viewer, ref, why string) (n *node.Network, err error) {
	p, in, err := s.preview(ctx, v, ref)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err = tx.NetworkByURI(ctx, p.Network.URI)
		switch {
		case isNotFound(err):
			n = &node.Network{ID: newID(), CreatedAt: s.Now(), Version: 1}
		case err != nil:
			return err
		case n.Hosted:
			return node.Invalid("ref", "error.hub.own", "network", n.Handle())
		case n.State == node.NetworkActive || n.State == node.NetworkSuspended:
			return node.Invalid("ref", "error.network.member", "network", n.Handle())
		}
		pinned(n, p.Network)
		return s.apply(ctx, tx, n, shorten(markup.Name(why)), in.hash)
	})
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	return n, nil
}

// pinned writes into n what its hub says of itself, with the keys that it signs with.
func pinned(n, hub *node.Network) {
	n.URI, n.Username, n.Host, n.Name, n.Purpose, n.Conduct = hub.URI, hub.Username, hub.Host, hub.Name, hub.Purpose, hub.Conduct
	n.Languages, n.Contact, n.Page, n.Inbox = hub.Languages, hub.Contact, hub.Page, hub.Inbox
	n.MembersURI, n.NodeURI, n.HubKey, n.Fingerprint = hub.MembersURI, hub.NodeURI, hub.HubKey, hub.Fingerprint
}

// apply sends our Join to the hub of n: the network, our line in it and the
// announcement are written together, so that nothing is half joined.
func (s *Service) apply(ctx context.Context, tx *store.Tx, n *node.Network, why, codeHash string) error {
	join := newID()
	n.State, n.JoinURI, n.Reason, n.UpdatedAt = node.NetworkApplied, s.Origin.ActivityURI(join), "", s.Now()
	n.RosterVersion, n.RosterDigest, n.ETag = 0, "", ""
	n.FetchedAt, n.FailingSince, n.GoneAt, n.DiffersAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	if err := tx.PutNetwork(ctx, n); err != nil {
		return err
	}
	own, err := s.ownLine(ctx, tx, n)
	if err != nil {
		return err
	}
	own.URI, own.Status, own.Role, own.Claim, own.JoinURI, own.Why, own.Reason = "", node.MemberPending, node.PlainMember, false, n.JoinURI, why, ""
	if err := tx.PutMembership(ctx, own); err != nil {
		return err
	}
	o, err := tx.HomeOrganization(ctx)
	if err != nil {
		return err
	}
	return tx.Announce(ctx, node.Event{
		Activity: join, Verb: node.Joined, Kind: node.KindMembership, Object: own.ID, Actor: o.ID, Audience: node.OrganizationOnly(o.ID),
		Target: n.URI, Ref: codeHash, At: s.Now(),
	})
}

// ReceiveJoin keeps an application for the coordinators. With a code that cannot
// be used it is refused, and the organization told why. A member that asks again
// is told that it is one; who was a member under the hub before us is admitted.
func (s *Service) ReceiveJoin(ctx context.Context, in Application) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.NetworkByURI(ctx, in.HubURI)
		if err != nil {
			return err
		}
		if !n.Hosted || n.State != node.NetworkActive || n.URI != in.HubURI {
			return node.ErrNotFound
		}
		m, err := lineOf(ctx, tx, n.ID, in.Organization.URI)
		if err != nil {
			return err
		}
		// One node is one origin (A12): else whoever runs the one could speak for the other.
		if o := originOf(in.Organization.URI); o == "" || o != in.Origin || originOf(in.NodeURI) != o || s.Origin.Owns(in.Organization.URI) {
			return fmt.Errorf("application of %s: %w", in.Organization.URI, node.ErrForbidden)
		}
		if m.JoinURI == in.JoinURI && m.Status != node.MemberPending {
			return nil // this very Join was answered before
		}
		if err := tx.ForgetApplicants(ctx, n.ID, in.Origin, in.Organization.URI); err != nil {
			return err
		}
		return s.receiveJoin(ctx, tx, n, m, in)
	})
	if err != nil {
		return fmt.Errorf("receive join %s: %w", in.JoinURI, err)
	}
	return nil
}

func (s *Service) receiveJoin(ctx context.Context, tx *store.Tx, n *node.Network, m *node.Membership, in Application) error {
	invited := m.Status == node.MemberPending && m.JoinURI == "" && m.URI != "" && m.Fingerprint == in.Fingerprint
	m.JoinURI, m.Reason = in.JoinURI, ""
	switch m.Status {
	case node.MemberActive:
		if err := tx.PutMembership(ctx, m); err != nil {
			return err
		}
		return s.answer(ctx, tx, n, m, node.Answered)
	case node.MemberSuspended:
		m.Reason = "error.member.onhold"
		if err := tx.PutMembership(ctx, m); err != nil {
			return err
		}
		return s.answer(ctx, tx, n, m, node.Refused)
	}
	m.NodeURI, m.Origin, m.Inbox, m.Fingerprint, m.Why = in.NodeURI, in.Origin, in.Inbox, in.Fingerprint, shorten(markup.Name(in.Why))
	m.Handle, m.Name, m.Summary, m.Languages = in.Organization.Handle(), markup.Name(in.Organization.Name), in.Organization.Summary, in.Organization.Languages
	m.Page, m.Contact, m.Kind = in.Organization.Page, shorten(markup.Name(in.Contact)), node.OwnNode
	if !invited || m.Role != node.ObserverMember {
		m.Role = node.PlainMember
	}
	if m.Name == "" {
		m.Name = m.Handle
	}
	if err := s.useCode(ctx, tx, n, m, in.CodeHash); err != nil {
		return err
	}
	if m.Reason != "" {
		if err := s.move(ctx, tx, n, m, node.MemberRefused); err != nil {
			return err
		}
		return s.answer(ctx, tx, n, m, node.Refused)
	}
	if m.Status == node.MemberPending {
		m.UpdatedAt = s.Now()
		if err := tx.PutMembership(ctx, m); err != nil {
			return err
		}
	} else if err := s.move(ctx, tx, n, m, node.MemberPending); err != nil {
		return err
	}
	if invited {
		return s.admit(&decision{ctx: ctx, tx: tx, n: n, m: m, by: "roster " + m.Handle})
	}
	return s.answer(ctx, tx, n, m, node.Received)
}

// useCode uses up the code that m comes with, or notes why that cannot be.
func (s *Service) useCode(ctx context.Context, tx *store.Tx, n *node.Network, m *node.Membership, hash string) error {
	m.CodeID = uuid.Nil
	if hash == "" {
		return nil
	}
	c, err := s.usable(ctx, tx, n.ID, hash, m.OrganizationURI)
	if key := fieldKey(err); key != "" {
		m.Reason = key
		return nil
	}
	if err != nil {
		return err
	}
	m.CodeID = c.ID
	if c.UsedAt.IsZero() {
		return tx.UseCode(ctx, c.ID, m.OrganizationURI, s.Now())
	}
	return nil
}

// ReceiveReceipt notes that the hub has our Join.
func (s *Service) ReceiveReceipt(ctx context.Context, hubURI, joinURI string) error {
	return s.answered(ctx, hubURI, joinURI, func(tx *store.Tx, n *node.Network, m *node.Membership) error {
		if n.State != node.NetworkApplied || !m.Since.IsZero() {
			return nil
		}
		m.Since = s.Now() // since when the hub's coordinators have it
		return tx.PutMembership(ctx, m)
	})
}

// answered runs f on the network whose hub answers our Join, and on our line in
// it, and stores the network. An answer to another Join than the last is old.
func (s *Service) answered(ctx context.Context, hubURI, joinURI string, f func(*store.Tx, *node.Network, *node.Membership) error) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := s.foreign(ctx, tx, hubURI)
		if err != nil {
			return err
		}
		if n.JoinURI != joinURI || joinURI == "" {
			return fmt.Errorf("join %s: %w", joinURI, node.ErrNotFound)
		}
		o, err := tx.HomeOrganization(ctx)
		if err != nil {
			return err
		}
		m, err := tx.Membership(ctx, n.ID, s.Origin.OrganizationURI(o.ID))
		if err != nil {
			return err
		}
		if err := f(tx, n, m); err != nil {
			return err
		}
		return tx.PutNetwork(ctx, n)
	})
	if err != nil {
		return fmt.Errorf("answer of %s: %w", hubURI, err)
	}
	return nil
}

// ReceiveAccept notes that the hub admitted us. We say so ourselves from now on,
// and are in once its roster lists us.
func (s *Service) ReceiveAccept(ctx context.Context, hubURI, joinURI, relationshipURI string) error {
	return s.answered(ctx, hubURI, joinURI, func(tx *store.Tx, n *node.Network, m *node.Membership) error {
		if n.State != node.NetworkApplied {
			return nil
		}
		if o := originOf(hubURI); o == "" || originOf(relationshipURI) != o {
			return fmt.Errorf("membership %s: %w", relationshipURI, node.ErrForbidden)
		}
		n.ETag, n.FailingSince = "", time.Time{}
		if m.URI == relationshipURI {
			return nil
		}
		m.URI, m.Claim = relationshipURI, true
		if err := tx.PutMembership(ctx, m); err != nil {
			return err
		}
		return s.announceClaims(ctx, tx, n)
	})
}

// ReceiveReject notes that the hub refused or expelled us. The reason is the
// hub's words, or the key of a message of ours.
func (s *Service) ReceiveReject(ctx context.Context, hubURI, joinURI, reason string) error {
	return s.answered(ctx, hubURI, joinURI, func(tx *store.Tx, n *node.Network, m *node.Membership) error {
		to := node.MemberExpelled
		switch n.State {
		case node.NetworkApplied:
			to = node.MemberRefused
		case node.NetworkActive, node.NetworkSuspended:
		default:
			return nil
		}
		n.Reason = shorten(markup.Name(reason))
		if to == node.MemberRefused && m.URI != "" { // accepted before: it was claimed
			if err := s.announceClaims(ctx, tx, n); err != nil {
				return err
			}
		}
		m.Claim = false
		return s.move(ctx, tx, n, m, to)
	})
}
