package mentoring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Request asks a mentor for help.
func (s *Service) Request(ctx context.Context, v access.Viewer, in RequestInput) (r *node.MentorRequest, err error) {
	in.Need, in.Time = strings.TrimSpace(in.Need), strings.TrimSpace(in.Time)
	if err := node.CheckMessage("need", in.Need); err != nil {
		return nil, err
	}
	if in.Time != "" {
		if err := node.CheckMessage("time", in.Time); err != nil {
			return nil, err
		}
	}
	if err := node.CheckLang("lang", in.Lang); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := party(ctx, tx, v)
		if err != nil {
			return err
		}
		o, err := s.find(ctx, tx, v, in.Offer, in.Topic)
		if err != nil {
			return err
		}
		if in.Topic == "" && len(o.Topics) == 1 {
			in.Topic = o.Topics[0]
		}
		if in.Lang == "" {
			in.Lang = p.Lang
		}
		if err := s.mayAsk(ctx, tx, v, p, o, in); err != nil {
			return err
		}
		now := s.Now()
		r = &node.MentorRequest{
			ID: newID(), OfferURI: o.URI, Topic: in.Topic, MentorID: o.PersonID, MentorURI: o.ActorURI, LearnerID: p.ID, LearnerURI: s.Origin.PersonURI(p.NetworkActorID),
			Need: in.Need, Time: in.Time, Lang: in.Lang, State: node.RequestAsked, CreatedAt: now, UpdatedAt: now, Version: 1,
		}
		r.URI = s.Origin.RequestURI(r.ID)
		if !o.Local {
			if err := tx.PutMentorRequest(ctx, r); err != nil {
				return err
			}
			return s.send(ctx, tx, r, p.NetworkActorID, r.MentorURI, node.Created, "")
		}
		return s.arrive(ctx, tx, o, r)
	})
	if err != nil {
		return nil, fmt.Errorf("ask for mentoring: %w", err)
	}
	return r, nil
}

// mayAsk reports why p cannot ask for o now, with the cure.
func (s *Service) mayAsk(ctx context.Context, tx *store.Tx, v access.Viewer, p *node.Person, o *node.MentorOffer, in RequestInput) error {
	switch {
	case o.PersonID == p.ID:
		return node.Invalid("offer", "error.mentor.self")
	case o.Paused:
		return node.Invalid("offer", "error.mentor.paused")
	case !o.Open(s.Now()):
		return node.Invalid("offer", "error.mentor.ended")
	case !slices.Contains(o.Topics, in.Topic):
		return node.Invalid("topic", "error.mentor.topic")
	}
	if !o.Local {
		theirs, err := tx.NetworksOfOrigin(ctx, node.OriginOf(o.ActorURI), s.Now())
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(theirs, func(n uuid.UUID) bool { return slices.Contains(v.Active, n) }) {
			return node.Invalid("offer", "error.mentor.network")
		}
	}
	n, err := tx.CountOpenRequests(ctx, p.ID, "", o.URI)
	if err != nil {
		return err
	}
	if n > 0 {
		return node.Invalid("offer", "error.mentor.twice")
	}
	if n, err = tx.CountOpenRequests(ctx, p.ID, "", ""); err != nil {
		return err
	}
	if n >= maxOpen {
		return node.Invalid("offer", "error.mentor.many", "max", fmt.Sprint(maxOpen))
	}
	return nil
}

// arrive takes in a request to one of our offers. Who is full puts it on the
// waiting list; who blocks the learner never hears of it, and the learner cannot tell (D8).
func (s *Service) arrive(ctx context.Context, tx *store.Tx, o *node.MentorOffer, r *node.MentorRequest) error {
	blocked, err := tx.Blocked(ctx, o.PersonID, r.LearnerID, r.LearnerURI)
	if err != nil {
		return err
	}
	if blocked {
		if r.LearnerID == uuid.Nil {
			return nil
		}
		r.MentorID, r.MentorURI = uuid.Nil, string(node.Only(o.PersonID))
		return tx.PutMentorRequest(ctx, r)
	}
	verb := node.NoticeAsked
	if o.Full {
		if n, err := tx.CountMentorRequests(ctx, o.URI, node.RequestWaiting); err != nil || n >= node.MaxMentorWait {
			if err != nil || r.LearnerID != uuid.Nil {
				return errors.Join(err, node.Invalid("offer", "error.mentor.waiting"))
			}
			return s.refuse(ctx, tx, r, node.RequestDeclined, sentence("soon", r.Lang))
		}
		r.State, verb = node.RequestWaiting, node.NoticeQueued
	}
	if err := tx.PutMentorRequest(ctx, r); err != nil {
		return err
	}
	if _, err := tx.Tell(ctx, r.MentorID, verb, by(r.LearnerID, r.LearnerURI), r.ID, s.Now()); err != nil {
		return err
	}
	if r.State == node.RequestWaiting {
		return s.tellLearner(ctx, tx, r, node.NoticeWaiting, node.Received)
	}
	return nil
}

// by is who a notice is from: one of our people, or an actor elsewhere.
func by(person uuid.UUID, uri string) string {
	if person != uuid.Nil {
		return string(node.Only(person))
	}
	return uri
}

// tellLearner tells the learner what became of r: with a notice if they are
// ours, else with an activity of the mentor.
func (s *Service) tellLearner(ctx context.Context, tx *store.Tx, r *node.MentorRequest, notice string, verb node.Verb) error {
	if r.LearnerID != uuid.Nil {
		if err := tx.DeleteNoticesAbout(ctx, r.ID, notice); err != nil {
			return err
		}
		_, err := tx.Tell(ctx, r.LearnerID, notice, by(r.MentorID, r.MentorURI), r.ID, s.Now())
		return err
	}
	return s.tellActor(ctx, tx, r, r.MentorID, r.LearnerURI, verb)
}

// tellMentor is tellLearner the other way.
func (s *Service) tellMentor(ctx context.Context, tx *store.Tx, r *node.MentorRequest, notice string, verb node.Verb) error {
	if r.MentorID != uuid.Nil {
		if err := tx.DeleteNoticesAbout(ctx, r.ID, notice); err != nil {
			return err
		}
		_, err := tx.Tell(ctx, r.MentorID, notice, by(r.LearnerID, r.LearnerURI), r.ID, s.Now())
		return err
	}
	return s.tellActor(ctx, tx, r, r.LearnerID, r.MentorURI, verb)
}

func (s *Service) tellActor(ctx context.Context, tx *store.Tx, r *node.MentorRequest, from uuid.UUID, to string, verb node.Verb) error {
	if !strings.Contains(to, "://") {
		return nil // somebody here who blocks the learner
	}
	p, err := tx.PersonSelf(ctx, from)
	if err != nil {
		return err
	}
	if !p.InNetworks() {
		return nil // nobody says it any more: their actor's end says enough
	}
	return s.send(ctx, tx, r, p.NetworkActorID, to, verb, string(r.State))
}

// send announces something of r to its other side alone.
func (s *Service) send(ctx context.Context, tx *store.Tx, r *node.MentorRequest, actor uuid.UUID, to string, verb node.Verb, ref string) error {
	activity := newID()
	if verb == node.Created {
		activity = r.ID // the request is the activity that asks
	}
	return tx.Announce(ctx, node.Event{Activity: activity, Verb: verb, Kind: node.KindRequest, Object: r.ID, Actor: actor, Audience: node.Group(r.ID), Target: to, Ref: ref, At: s.Now()})
}

// put stores what became of r.
func (s *Service) put(ctx context.Context, tx *store.Tx, r *node.MentorRequest, state node.RequestState) error {
	r.State, r.UpdatedAt, r.Version = state, after(r.UpdatedAt, s.Now()), r.Version+1
	if state != node.RequestAsked { // what was asked of the mentor has its answer
		if err := tx.DeleteNoticesAbout(ctx, r.ID, node.NoticeAsked, node.NoticeQueued, node.NoticeNudge); err != nil {
			return err
		}
	}
	return tx.PutMentorRequest(ctx, r)
}

// refuse ends r with words for the learner.
func (s *Service) refuse(ctx context.Context, tx *store.Tx, r *node.MentorRequest, state node.RequestState, reason string) error {
	r.Reason = reason
	if err := s.put(ctx, tx, r, state); err != nil {
		return err
	}
	notice := map[node.RequestState]string{node.RequestHandedOn: node.NoticeHandedOn, node.RequestReleased: node.NoticeReleased}[state]
	if notice == "" {
		notice = node.NoticeDeclined
	}
	return s.tellLearner(ctx, tx, r, notice, node.Refused)
}

// Requests lists what v asked for and what v is asked for, newest first.
func (s *Service) Requests(ctx context.Context, v access.Viewer) (list []*node.MentorRequest, err error) {
	if v.Person == uuid.Nil {
		return nil, fmt.Errorf("list requests: %w", node.ErrSignedOut)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.MentorRequests(ctx, access.ScopeOf(v), maxListed)
		return err
	})
	return list, err
}

// Shown is a request with its offer, as far as that is still there, and for
// somebody who waits their place on the list.
type Shown struct {
	*node.MentorRequest
	Offer     *node.MentorOffer // nil when it is gone
	Suggested *node.MentorOffer // whom the mentor suggested
	Place     int               // on our own waiting list; 0 where it is not known
}

// ShowRequest returns one of v's requests, from either side.
func (s *Service) ShowRequest(ctx context.Context, v access.Viewer, id uuid.UUID) (*Shown, error) {
	out := &Shown{}
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		scope := access.ScopeOf(v)
		if out.MentorRequest, err = tx.MentorRequest(ctx, scope, id); err != nil {
			return err
		}
		if out.Offer, err = optional(tx.MentorOfferByURI(ctx, scope, out.OfferURI)); err != nil {
			return err
		}
		if out.State == node.RequestHandedOn {
			if out.Suggested, err = optional(tx.MentorOfferByURI(ctx, scope, out.Reason)); err != nil {
				return err
			}
		}
		if out.State == node.RequestWaiting && s.Origin.Owns(out.OfferURI) {
			queue, err := tx.MentorQueue(ctx, out.OfferURI, node.RequestWaiting)
			out.Place = 1 + slices.IndexFunc(queue, func(r *node.MentorRequest) bool { return r.ID == out.ID })
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func optional(o *node.MentorOffer, err error) (*node.MentorOffer, error) {
	if errors.Is(err, node.ErrNotFound) {
		return nil, nil
	}
	return o, err
}

// asked returns a request that v, its mentor, has to answer.
func (s *Service) asked(ctx context.Context, tx *store.Tx, v access.Viewer, id uuid.UUID) (*node.MentorRequest, error) {
	r, err := tx.MentorRequest(ctx, access.ScopeOf(v), id)
	switch {
	case err != nil:
		return nil, err
	case r.MentorID == uuid.Nil || r.MentorID != v.Person:
		return nil, node.ErrForbidden
	case r.Ended():
		return nil, node.Invalid("request", "error.mentor.answered")
	}
	return r, nil
}

// Accept takes a learner on. If the mentor is full by now, the request goes to
// the waiting list: look at the State of what it returns. Capacity is looked at
// in the transaction, so two browsers at once take on no more than there is room for.
func (s *Service) Accept(ctx context.Context, v access.Viewer, id uuid.UUID) (r *node.MentorRequest, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if r, err = s.asked(ctx, tx, v, id); err != nil || r.State == node.RequestAccepted {
			return err
		}
		o, err := tx.StoredMentorOffer(ctx, r.OfferURI)
		if err != nil {
			return err
		}
		if o.Full {
			if r.State == node.RequestWaiting {
				return nil
			}
			if err := s.put(ctx, tx, r, node.RequestWaiting); err != nil {
				return err
			}
			return s.tellLearner(ctx, tx, r, node.NoticeWaiting, node.Received)
		}
		if err := s.put(ctx, tx, r, node.RequestAccepted); err != nil {
			return err
		}
		if err := s.tellLearner(ctx, tx, r, node.NoticeAccepted, node.Answered); err != nil {
			return err
		}
		return s.refillIn(ctx, tx, o, 0)
	})
	if err != nil {
		return nil, fmt.Errorf("accept request %s: %w", id, err)
	}
	return r, nil
}

// Decline says no kindly: reason is the key of one of Reasons, or words of v's own.
func (s *Service) Decline(ctx context.Context, v access.Viewer, id uuid.UUID, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		reason = Reasons[0]
	}
	if err := node.CheckMessage("reason", reason); err != nil {
		return err
	}
	return s.no(ctx, v, id, "decline", func(context.Context, *store.Tx, *node.MentorRequest) (node.RequestState, string, error) {
		return node.RequestDeclined, reason, nil
	})
}

// HandOn suggests a colleague: offer is the id, URI or mentor's handle of another offer.
func (s *Service) HandOn(ctx context.Context, v access.Viewer, id uuid.UUID, offer string) error {
	return s.no(ctx, v, id, "hand on", func(ctx context.Context, tx *store.Tx, r *node.MentorRequest) (node.RequestState, string, error) {
		o, err := s.find(ctx, tx, v, offer, r.Topic)
		if err != nil {
			return "", "", err
		}
		if o.PersonID == v.Person {
			return "", "", node.Invalid("offer", "error.mentor.handOnSelf")
		}
		return node.RequestHandedOn, o.URI, nil
	})
}

func (s *Service) no(ctx context.Context, v access.Viewer, id uuid.UUID, what string, how func(context.Context, *store.Tx, *node.MentorRequest) (node.RequestState, string, error)) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := s.asked(ctx, tx, v, id)
		if err != nil {
			return err
		}
		if r.State == node.RequestAccepted {
			return node.Invalid("request", "error.mentor.agreed")
		}
		state, reason, err := how(ctx, tx, r)
		if err != nil {
			return err
		}
		if err := s.refuse(ctx, tx, r, state, sentence(reason, r.Lang)); err != nil {
			return err
		}
		return s.refillOf(ctx, tx, r, 0)
	})
	if err != nil {
		return fmt.Errorf("%s request %s: %w", what, id, err)
	}
	return nil
}

// Close ends what was agreed, by either side; a learner takes back what was not answered yet.
func (s *Service) Close(ctx context.Context, v access.Viewer, id uuid.UUID) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		r, err := tx.MentorRequest(ctx, access.ScopeOf(v), id)
		if err != nil || r.Ended() { // closing twice is closing
			return err
		}
		mentor := r.MentorID != uuid.Nil && r.MentorID == v.Person
		if mentor && r.State != node.RequestAccepted {
			return node.Invalid("request", "error.mentor.decline")
		}
		return s.end(ctx, tx, r, mentor)
	})
	if err != nil {
		return fmt.Errorf("close request %s: %w", id, err)
	}
	return nil
}

// end ends r at the word of the mentor or of the learner, tells the other one,
// and gives the place to who waits.
func (s *Service) end(ctx context.Context, tx *store.Tx, r *node.MentorRequest, byMentor bool) error {
	agreed := r.State == node.RequestAccepted
	state, notice := node.RequestTaken, node.NoticeTakenBack
	if agreed {
		state, notice = node.RequestClosed, node.NoticeClosed
	}
	if err := s.put(ctx, tx, r, state); err != nil {
		return err
	}
	tell := s.tellMentor
	if byMentor {
		tell = s.tellLearner
	}
	if err := tell(ctx, tx, r, notice, node.Left); err != nil {
		return err
	}
	least := 0
	if agreed {
		least = 1
	}
	return s.refillOf(ctx, tx, r, least)
}
