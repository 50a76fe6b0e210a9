package mentoring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Fate is what became of something that came in.
type Fate string

// The fates.
const (
	Stored  Fate = "stored"
	Old     Fate = "old"     // we have it, or something newer
	Refused Fate = "refused" // not from a member of a network that it concerns
	Limited Fate = "limited" // too much of it
	Unknown Fate = "unknown" // it is about nothing of ours
)

// maxReceived bounds the offers that are kept of one actor.
const maxReceived = 20

// ReceiveOffer keeps an offer of a mentor elsewhere, or its change. It counts
// only for a network that their server and we are both effective members of.
func (s *Service) ReceiveOffer(ctx context.Context, actor string, o *node.MentorOffer, to, audience []string) (fate Fate, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		fate = Refused
		named, err := tx.AddressedNetworks(ctx, to, audience)
		if err != nil {
			return err
		}
		shared, err := tx.NetworksOfOrigin(ctx, node.OriginOf(actor), s.Now())
		if err != nil {
			return err
		}
		k := slices.IndexFunc(named, func(n *node.Network) bool { return slices.Contains(shared, n.ID) })
		if k < 0 {
			return nil
		}
		if gone, err := tx.Withdrawn(ctx, actor, o.URI); err != nil || gone {
			fate = Old
			return err
		}
		have, err := tx.StoredMentorOffer(ctx, o.URI)
		switch {
		case errors.Is(err, node.ErrNotFound):
			all, err := tx.MentorOffersOfActor(ctx, actor)
			if err != nil {
				return err
			}
			if len(all) >= maxReceived {
				fate = Limited
				return nil
			}
			o.ID = newID()
		case err != nil:
			return err
		case have.ActorURI != actor:
			return nil
		case o.Version <= have.Version && !o.UpdatedAt.After(have.UpdatedAt): // times are told in whole seconds
			fate = Old
			return nil
		default:
			o.ID = have.ID
		}
		o.Local, o.PersonID, o.ActorURI, o.Audience = false, uuid.Nil, actor, node.NetworkOnly(named[k].ID)
		if latest := s.Now().Add(node.OfferLife); o.ExpiresAt.IsZero() || o.ExpiresAt.After(latest) {
			o.ExpiresAt = latest
		}
		fate = Stored
		return tx.PutMentorOffer(ctx, o)
	})
	if err != nil {
		return "", fmt.Errorf("receive offer %s: %w", o.URI, err)
	}
	return fate, nil
}

// ReceiveOfferGone forgets an offer that its mentor took back. known is false if
// there was none, or it was not actor's; it will not come back either way.
func (s *Service) ReceiveOfferGone(ctx context.Context, actor, uri string) (known bool, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		known = false
		o, err := tx.StoredMentorOffer(ctx, uri)
		if errors.Is(err, node.ErrNotFound) || err == nil && (o.Local || o.ActorURI != actor) {
			return nil
		}
		if err != nil {
			return err
		}
		known = true
		if err := tx.DeleteMentorOffer(ctx, o); err != nil {
			return err
		}
		return tx.Withdraw(ctx, actor, uri, s.Now())
	})
	if err != nil {
		return false, fmt.Errorf("receive end of offer %s: %w", uri, err)
	}
	return known, nil
}

// ReceiveGone ends everything with an actor that is no more: their offers go,
// and who waits for them, or learns from them, is told.
func (s *Service) ReceiveGone(ctx context.Context, actor string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.MentorOffersOfActor(ctx, actor)
		if err != nil {
			return err
		}
		for _, o := range all {
			if err := tx.DeleteMentorOffer(ctx, o); err != nil {
				return err
			}
		}
		open, err := tx.OpenMentorRequestsWith(ctx, actor)
		if err != nil {
			return err
		}
		for _, r := range open {
			if r.LearnerURI == actor {
				err = s.left(ctx, tx, r, false)
			} else {
				err = s.left(ctx, tx, r, true)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("receive end of %s: %w", actor, err)
	}
	return nil
}

// Asked is a request as it comes in.
type Asked struct {
	URI      string // of the activity
	OfferURI string
	Topic    string
	Need     string // plain text
	Time     string
	Lang     string
	SourceID int64
}

// ReceiveRequest takes in the request of a learner elsewhere. Their server has to
// be an effective member of a network that the offer is for. What cannot be
// granted is answered with a sentence that names the cure.
func (s *Service) ReceiveRequest(ctx context.Context, actor string, in Asked) (fate Fate, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		fate = Old
		if undone, err := tx.Withdrawn(ctx, actor, in.URI); err != nil || undone {
			return err
		}
		if _, err := tx.StoredMentorRequest(ctx, in.URI); err == nil || !errors.Is(err, node.ErrNotFound) {
			return err
		}
		fate = Refused
		now := s.Now()
		shared, err := tx.NetworksOfOrigin(ctx, node.OriginOf(actor), now)
		if err != nil || len(shared) == 0 {
			return err
		}
		o, no, err := s.wanted(ctx, tx, access.ScopeOf(access.Remote(actor, shared...)), in.OfferURI)
		if err != nil || o == nil {
			return err
		}
		mentor, err := tx.PersonSelf(ctx, o.PersonID)
		if err != nil {
			return err
		}
		if shares, err := tx.SharesNetwork(ctx, mentor.OrganizationID, node.OriginOf(actor), now); err != nil || !shares {
			return err
		}
		n, err := tx.CountRequestsFrom(ctx, node.OriginOf(actor), now.Add(-originDay))
		if err != nil {
			return err
		}
		if n >= maxFromOrigin {
			fate = Limited
			return nil
		}
		r := &node.MentorRequest{
			ID: newID(), URI: in.URI, OfferURI: o.URI, Topic: in.Topic, MentorID: o.PersonID, MentorURI: o.ActorURI, LearnerURI: actor,
			Need: in.Need, Time: in.Time, Lang: in.Lang, State: node.RequestAsked, CreatedAt: now, UpdatedAt: now, Version: 1, SourceID: in.SourceID,
		}
		if len(o.Topics) > 0 && !slices.Contains(o.Topics, r.Topic) {
			r.Topic = o.Topics[0]
		}
		fate = Stored
		if open, err := tx.CountOpenRequests(ctx, uuid.Nil, actor, ""); err != nil {
			return err
		} else if open >= maxOpen {
			no = saysMany
		}
		if blocked, err := tx.Blocked(ctx, o.PersonID, uuid.Nil, actor); err != nil || blocked {
			return err
		}
		if no != "" {
			return s.refuse(ctx, tx, r, node.RequestDeclined, sentence(no, r.Lang))
		}
		return s.arrive(ctx, tx, o, r)
	})
	if err != nil {
		return "", fmt.Errorf("receive request %s: %w", in.URI, err)
	}
	return fate, nil
}

// wanted returns one of our offers that scope may see, and why it takes no
// request; of a withdrawn one what is left of it.
func (s *Service) wanted(ctx context.Context, tx *store.Tx, scope access.Scope, uri string) (o *node.MentorOffer, no string, err error) {
	o, err = tx.MentorOfferByURI(ctx, scope, uri)
	switch {
	case errors.Is(err, node.ErrNotFound):
		return s.withdrawn(ctx, tx, scope, uri)
	case err != nil:
		return nil, "", err
	case !o.Local:
		return nil, "", nil
	case o.Paused:
		return o, saysPaused, nil
	case !o.Open(s.Now()):
		return o, saysEnded, nil
	}
	return o, "", nil
}

func (s *Service) withdrawn(ctx context.Context, tx *store.Tx, scope access.Scope, uri string) (*node.MentorOffer, string, error) {
	t, err := tx.Tombstone(ctx, uri)
	if errors.Is(err, node.ErrNotFound) || err == nil && (t.Kind != node.KindOffer || !scope.Includes(t.Audience)) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	a, err := tx.LocalActorByURI(ctx, t.ActorURI)
	if errors.Is(err, node.ErrNotFound) || err == nil && !a.GoneAt.IsZero() {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	return &node.MentorOffer{URI: uri, PersonID: a.OwnerID, ActorURI: a.URI}, saysWithdrawn, nil
}

// Answer is what a mentor elsewhere says to a request of one of our people.
type Answer struct {
	RequestURI string
	State      node.RequestState
	Reason     string // a kind word, plain text
	Suggests   string // on handed-on, the offer of a colleague
}

// ReceiveAnswer notes what a mentor elsewhere decided. known is false if it is
// about no request of ours.
func (s *Service) ReceiveAnswer(ctx context.Context, actor string, in Answer) (known bool, err error) {
	if !s.Origin.Owns(in.RequestURI) {
		return false, nil
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		known = false
		r, err := tx.StoredMentorRequest(ctx, in.RequestURI)
		if errors.Is(err, node.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		known = true
		if r.MentorURI != actor || r.LearnerID == uuid.Nil || r.Ended() || r.State == in.State {
			return nil
		}
		notice, ok := answers[in.State]
		if !ok || r.State == node.RequestAccepted {
			return nil // what was agreed ends by Undo only
		}
		r.Reason, r.NudgedAt = in.Reason, time.Time{}
		if in.State == node.RequestHandedOn && in.Suggests != "" {
			r.Reason = in.Suggests
		}
		if err := s.put(ctx, tx, r, in.State); err != nil {
			return err
		}
		return s.tellLearner(ctx, tx, r, notice, "")
	})
	if err != nil {
		return false, fmt.Errorf("receive answer to %s: %w", in.RequestURI, err)
	}
	return known, nil
}

// answers are the states that a mentor's node may tell, with the notice of each.
var answers = map[node.RequestState]string{
	node.RequestAsked: node.NoticeFree, node.RequestWaiting: node.NoticeWaiting, node.RequestAccepted: node.NoticeAccepted,
	node.RequestDeclined: node.NoticeDeclined, node.RequestHandedOn: node.NoticeHandedOn, node.RequestReleased: node.NoticeReleased,
}

// ReceiveLeft notes that the other side ended a request: the learner took it
// back, or either closed what was agreed. One that has not come yet will have no effect.
func (s *Service) ReceiveLeft(ctx context.Context, actor, requestURI string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := tx.StoredMentorRequest(ctx, requestURI)
		if errors.Is(err, node.ErrNotFound) {
			return tx.Withdraw(ctx, actor, requestURI, s.Now())
		}
		if err != nil || r.Ended() {
			return err
		}
		switch {
		case r.LearnerURI == actor && r.LearnerID == uuid.Nil:
			return s.left(ctx, tx, r, false)
		case r.MentorURI == actor && r.MentorID == uuid.Nil:
			return s.left(ctx, tx, r, true)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("receive end of request %s: %w", requestURI, err)
	}
	return nil
}

// left ends r because its other side did, and tells our own.
func (s *Service) left(ctx context.Context, tx *store.Tx, r *node.MentorRequest, byMentor bool) error {
	if byMentor && r.State != node.RequestAccepted {
		return s.refuse(ctx, tx, r, node.RequestReleased, sentence(saysWithdrawn, r.Lang))
	}
	return s.end(ctx, tx, r, byMentor)
}
