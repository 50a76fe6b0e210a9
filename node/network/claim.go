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

// catchUpEvery is how often each member's things are fetched, in case some were missed.
const catchUpEvery = 6 * time.Hour

// ClaimsOf lists the Group actors that one of our organizations says it is a
// member of: where it is one, also while suspended, and where the hub has
// admitted it. Others count it only if it says so (A12).
func (s *Service) ClaimsOf(ctx context.Context, organization uuid.UUID) (uris []string, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		uris, err = tx.Claims(ctx, s.Origin.OrganizationURI(organization))
		return err
	})
	return uris, err
}

// ViewerFor returns who a verified signer is here: it reads what is for the
// networks that its origin and we are both effective members of.
func (s *Service) ViewerFor(ctx context.Context, actorURI string) (v access.Viewer, err error) {
	origin := originOf(actorURI)
	if origin == "" || origin == string(s.Origin) {
		return access.Remote(actorURI), nil
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		networks, err := tx.NetworksOfOrigin(ctx, origin, s.Now())
		v = access.Remote(actorURI, networks...)
		return err
	})
	return v, err
}

// SetClaim notes what an organization's own document says. On the hub, the
// members hear of a new claim, so that they ask too.
func (s *Service) SetClaim(ctx context.Context, network uuid.UUID, organizationURI string, c Claim) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Network(ctx, network)
		if err != nil {
			return err
		}
		m, err := tx.Membership(ctx, network, organizationURI)
		if err != nil || !s.elsewhere(m) {
			return err
		}
		before := m.Claim
		m.Claim, m.ClaimAt = c.OK && m.Origin != "" && sameNode(m, c), s.Now()
		if m.Claim {
			s.takeOver(m, c)
		}
		if err := tx.PutMembership(ctx, m); err != nil {
			return err
		}
		switch {
		case before && !m.Claim:
			return s.cut(ctx, tx, n, m)
		case m.Claim && !before && n.Hosted && m.Status == node.MemberActive:
			return s.announce(ctx, tx, node.Event{Verb: node.Updated, Kind: node.KindMembership, Object: m.ID, Actor: n.ID, Audience: node.NetworkOnly(n.ID)})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note claim of %s: %w", organizationURI, err)
	}
	return nil
}

// sameNode reports whether what an organization's document says of its node is
// what the roster says (federation.md 8.3, 11).
func sameNode(m *node.Membership, c Claim) bool {
	return (c.NodeURI == "" || c.NodeURI == m.NodeURI) && (c.Fingerprint == "" || m.Fingerprint == "" || c.Fingerprint == m.Fingerprint)
}

// takeOver writes into m what its organization says of itself.
func (s *Service) takeOver(m *node.Membership, c Claim) {
	if originOf(c.Inbox) == m.Origin {
		m.Inbox = c.Inbox
	}
	if c.Handle != "" {
		m.Handle = c.Handle
	}
	if name := markup.Name(c.Name); name != "" {
		m.Name = name
	}
	m.Summary, m.Place, m.Page, m.Languages = c.Summary, shorten(markup.Name(c.Place)), c.Page, c.Languages
	if c.Contact != "" {
		m.Contact = shorten(markup.Name(c.Contact))
	}
}

// ClaimFailed notes that an organization could not be asked; what it claimed
// stands. It is asked again in an hour.
func (s *Service) ClaimFailed(ctx context.Context, network uuid.UUID, organizationURI string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		m, err := tx.Membership(ctx, network, organizationURI)
		if err != nil {
			return err
		}
		m.ClaimAt = s.Now()
		if m.Claim {
			m.ClaimAt = m.ClaimAt.Add(-23 * time.Hour)
		}
		return tx.PutMembership(ctx, m)
	})
	if err != nil {
		return fmt.Errorf("note that %s cannot be asked: %w", organizationURI, err)
	}
	return nil
}

// ReceiveClaimHint notes that an organization's document changed: what it claims is due to be asked.
func (s *Service) ReceiveClaimHint(ctx context.Context, organizationURI string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.AskAgain(ctx, organizationURI) })
}

// DueClaims lists the members who are to be asked now whether they claim to be one.
func (s *Service) DueClaims(ctx context.Context) (list []*node.Membership, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.DueClaims(ctx, string(s.Origin), s.Now())
		return err
	})
	return list, err
}

// DueCatchUps lists the members from whom to fetch what we may have missed.
func (s *Service) DueCatchUps(ctx context.Context) (list []*node.Membership, err error) {
	now := s.Now()
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.DueCatchUps(ctx, string(s.Origin), now.Add(-catchUpEvery), now)
		return err
	})
	return list, err
}

// CaughtUp notes that what a member said up to at is here.
func (s *Service) CaughtUp(ctx context.Context, network uuid.UUID, organizationURI string, at time.Time) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		m, err := tx.Membership(ctx, network, organizationURI)
		if err != nil || m.CaughtUpAt.Equal(at) {
			return err
		}
		m.CaughtUpAt = at
		return tx.PutMembership(ctx, m)
	})
	if err != nil {
		return fmt.Errorf("note that %s was read: %w", organizationURI, err)
	}
	return nil
}
