package delivery

import (
	"context"
	"errors"
	"slices"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// membershipSubject loads what is said of an organization in a network, between
// it and the hub or by the hub to all members (federation.md 8.3).
func (s *Service) membershipSubject(ctx context.Context, tx *store.Tx, e node.Event, sub *Subject) (err error) {
	sub.Membership, err = tx.MembershipByID(ctx, e.Object)
	if errors.Is(err, node.ErrNotFound) {
		return nil // nothing is left to say
	}
	if err != nil {
		return err
	}
	if sub.Network, err = tx.Network(ctx, sub.Membership.NetworkID); err != nil {
		return err
	}
	switch {
	case sub.Target != nil:
		sub.Inboxes = inboxOf(sub.Target)
	case e.Verb == node.Left: // we are no member any more, and say it to those who are; to the hub it was said before
		sub.Inboxes, err = tx.RosterInboxes(ctx, sub.Network.ID)
		sub.Inboxes = slices.DeleteFunc(sub.Inboxes, func(b Inbox) bool { return b.Inbox == sub.Network.Inbox })
	default:
		sub.Inboxes, err = tx.NetworkInboxes(ctx, node.NetworkOnly(sub.Network.ID), s.Now())
	}
	return err
}

// networkSubject loads what the hub of a network says of the network itself.
func (s *Service) networkSubject(ctx context.Context, tx *store.Tx, e node.Event, sub *Subject) (err error) {
	if sub.Network, err = tx.Network(ctx, e.Object); err != nil {
		return err
	}
	if sub.Target != nil {
		sub.Inboxes = inboxOf(sub.Target)
		return nil
	}
	followers := tx.FollowerInboxes
	if e.Verb == node.Deleted {
		followers = tx.EveryFollowerInbox
	}
	if sub.Inboxes, err = tx.RosterInboxes(ctx, sub.Network.ID); err != nil {
		return err
	}
	more, err := followers(ctx, e.Actor)
	for _, b := range more {
		if !slices.ContainsFunc(sub.Inboxes, func(have Inbox) bool { return have.Inbox == b.Inbox }) {
			sub.Inboxes = append(sub.Inboxes, b)
		}
	}
	return err
}

// organizationSubject loads what one of our organizations says of itself, with
// what it claims to be a member of (A12). A hub is told besides its followers, so
// that it need not wait until it asks.
func (s *Service) organizationSubject(ctx context.Context, tx *store.Tx, e node.Event, sub *Subject) (err error) {
	if sub.Organization, err = tx.Organization(ctx, e.Object); err != nil {
		return err
	}
	if sub.Target != nil {
		sub.Inboxes = inboxOf(sub.Target)
	}
	sub.Claims, err = tx.Claims(ctx, sub.Actor.URI)
	return err
}

// inboxOf is where one actor is reached.
func inboxOf(a *node.RemoteActor) []Inbox {
	if a.Gone {
		return nil
	}
	box := a.SharedInbox
	if box == "" {
		box = a.Inbox
	}
	return []Inbox{{Inbox: box, Host: a.Host}}
}
