package delivery

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// cardSubject loads what a network is told of one of our people: the person as a
// member of that network may see them, and nothing else of them. A withdrawal
// goes to all who may have the card, also when we have left.
func (s *Service) cardSubject(ctx context.Context, tx *store.Tx, e node.Event, sub *Subject) (err error) {
	network, ok := e.Audience.Network()
	if !ok {
		return fmt.Errorf("card for %s: %w", e.Audience, node.ErrNotFound)
	}
	if sub.Network, err = tx.Network(ctx, network); err != nil {
		return err
	}
	if sub.Card, err = tx.PublishedCard(ctx, e.Object, network, e.Actor); err != nil {
		return err
	}
	if e.Verb == node.Deleted {
		sub.Inboxes, err = tx.CardInboxes(ctx, e.Object, network)
		return err
	}
	if sub.Card.Activity != e.Activity {
		return nil // another announcement says it
	}
	if sub.Person, err = shownTo(ctx, tx, network, e.Object, e.Actor); err != nil || sub.Person == nil {
		return err
	}
	if sub.Organization, err = tx.Organization(ctx, sub.Person.OrganizationID); err != nil {
		return err
	}
	sub.Inboxes, err = tx.NetworkInboxes(ctx, e.Audience, s.Now())
	return err
}

// shownTo is a person as a member of a network may see them, nil if they do not
// show themself to it by this actor.
func shownTo(ctx context.Context, tx *store.Tx, network, person, actor uuid.UUID) (*node.Person, error) {
	p, err := tx.PersonByID(ctx, access.ScopeOf(access.MemberOf(network)), person)
	if errors.Is(err, node.ErrNotFound) || err == nil && (p.NetworkActorID != actor || p.Unlisted) {
		return nil, nil
	}
	return p, err
}

// cardStillSaid reports whether a card that was made may still go out: nothing
// newer was said, and its person shows themself to the network. What they have
// narrowed since its document was made is in the next announcement.
func cardStillSaid(ctx context.Context, tx *store.Tx, e node.Event) (bool, error) {
	network, _ := e.Audience.Network()
	c, err := tx.PublishedCard(ctx, e.Object, network, e.Actor)
	if err != nil || c.Activity != e.Activity {
		return false, err
	}
	p, err := shownTo(ctx, tx, network, e.Object, e.Actor)
	return p != nil, err
}
