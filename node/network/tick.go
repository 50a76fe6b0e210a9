package network

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// What is tested between a hub and a member after joining, and what is answered
// when it arrived (node.Ticks).
const (
	TestCard     = "card"
	TestPost     = "post"
	testReceived = "-received"
)

// SendTests sends the test card and the test announcement to an organization:
// from the hub to a member, or from a member to the hub.
func (s *Service) SendTests(ctx context.Context, network uuid.UUID, organizationURI string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		m, err := tx.Membership(ctx, network, organizationURI)
		if err != nil || !m.Effective() || !s.elsewhere(m) {
			return err
		}
		return s.tests(ctx, tx, m, TestCard, TestPost)
	})
	if err != nil {
		return fmt.Errorf("test with %s: %w", organizationURI, err)
	}
	return nil
}

func (s *Service) tests(ctx context.Context, tx *store.Tx, m *node.Membership, what ...string) error {
	o, err := tx.HomeOrganization(ctx)
	if err != nil {
		return err
	}
	for _, w := range what {
		e := node.Event{Verb: node.Tested, Kind: node.KindMembership, Object: m.ID, Actor: o.ID, Audience: node.OrganizationOnly(o.ID), Target: m.OrganizationURI, Ref: w}
		if err := s.announce(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// ReceiveTest notes a test of an effective member, or its word that ours arrived,
// and answers a test. Who gets one knows that the other counts it by now, so what
// of our own did not go through is sent again.
func (s *Service) ReceiveTest(ctx context.Context, organizationURI, hubURI, what string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.NetworkByURI(ctx, hubURI)
		if err != nil {
			return err
		}
		m, err := tx.Membership(ctx, n.ID, organizationURI)
		if err != nil {
			return err
		}
		if !m.Effective() || !n.Effective(s.Now()) || !s.elsewhere(m) || !n.Hosted && m.Origin != originOf(n.URI) {
			return node.ErrForbidden
		}
		line, err := s.tested(ctx, tx, n, m)
		if err != nil {
			return err
		}
		t, again := &line.Ticks, false
		switch what {
		case TestCard:
			t.CardReceived, again = true, !t.CardSent
		case TestPost:
			t.PostReceived, again = true, !t.PostSent
		case TestCard + testReceived:
			t.CardSent = true
		case TestPost + testReceived:
			t.PostSent = true
		default:
			return node.ErrForbidden
		}
		if err := tx.PutMembership(ctx, line); err != nil {
			return err
		}
		if what != TestCard && what != TestPost {
			return nil
		}
		if err := s.tests(ctx, tx, m, what+testReceived); err != nil || !again {
			return err
		}
		return s.tests(ctx, tx, m, what)
	})
	if err != nil {
		return fmt.Errorf("test of %s: %w", organizationURI, err)
	}
	return nil
}

// tested is the line that the ticks stand on: the member's, on the hub as on its own node.
func (s *Service) tested(ctx context.Context, tx *store.Tx, n *node.Network, m *node.Membership) (*node.Membership, error) {
	if n.Hosted {
		return m, nil
	}
	o, err := tx.HomeOrganization(ctx)
	if err != nil {
		return nil, err
	}
	return tx.Membership(ctx, n.ID, s.Origin.OrganizationURI(o.ID))
}
