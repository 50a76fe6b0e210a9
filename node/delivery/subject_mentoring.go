package delivery

import (
	"context"
	"errors"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// offerSubject loads a mentoring offer and the nodes of those whom it is for. A
// Delete also goes to those who were members when they got what it deletes.
func (s *Service) offerSubject(ctx context.Context, tx *store.Tx, e node.Event, sub *Subject) (err error) {
	if e.Verb == node.Deleted {
		sub.DeletedAt = e.At
		if sub.Networks, err = tx.NetworksOfAudience(ctx, e.Audience); err != nil {
			return err
		}
		past, err := tx.PastInboxes(ctx, e.Object.String())
		if err != nil {
			return err
		}
		sub.Inboxes, err = tx.MemberInboxes(ctx, sub.Networks, s.Now())
		sub.Inboxes = append(sub.Inboxes, past...)
		return err
	}
	sub.Offer, err = tx.MentorOfferByURI(ctx, access.Scope{e.Audience}, e.Ref)
	if errors.Is(err, node.ErrNotFound) {
		sub.Offer = nil
		return nil
	}
	if err != nil {
		return err
	}
	author := node.Author{ID: sub.Offer.PersonID, Kind: node.KindPerson}
	if sub.Networks, err = tx.SpokenTo(ctx, e.Audience, author, s.Now()); err != nil {
		return err
	}
	sub.Inboxes, err = tx.MemberInboxes(ctx, sub.Networks, s.Now())
	return err
}

// requestSubject loads a request; it goes to its other side alone.
func (s *Service) requestSubject(ctx context.Context, tx *store.Tx, e node.Event, sub *Subject) (err error) {
	sub.Request, err = tx.StoredMentorRequestByID(ctx, e.Object)
	sub.Inboxes = direct(sub.Target)
	return err
}

// messageSubject loads a message; it goes to the one whom it is to.
func (s *Service) messageSubject(ctx context.Context, tx *store.Tx, e node.Event, sub *Subject) (err error) {
	sub.Message, err = tx.StoredMessage(ctx, e.Object)
	sub.Inboxes = direct(sub.Target)
	return err
}

// direct is the inbox of one person.
func direct(a *node.RemoteActor) []Inbox {
	if a == nil || a.Gone {
		return nil
	}
	return []Inbox{{Inbox: a.Inbox, Host: a.Host}}
}
