package mentoring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// refillOf is refillIn for the offer of a request, if it is ours and still there.
func (s *Service) refillOf(ctx context.Context, tx *store.Tx, r *node.MentorRequest, least int) error {
	o, err := tx.StoredMentorOffer(ctx, r.OfferURI)
	if errors.Is(err, node.ErrNotFound) || err == nil && !o.Local {
		return nil
	}
	if err != nil {
		return err
	}
	return s.refillIn(ctx, tx, o, least)
}

// refillIn moves the first on the waiting list to the mentor: as many as there
// are places that nobody is asked for, and at least so many. Before and after it
// the networks are told whether there is a place.
func (s *Service) refillIn(ctx context.Context, tx *store.Tx, before *node.MentorOffer, least int) error {
	o, err := tx.StoredMentorOffer(ctx, before.URI)
	if err != nil {
		return err
	}
	if err := s.tellFull(ctx, tx, o); err != nil {
		return err
	}
	if o.Full || !o.Open(s.Now()) {
		return nil
	}
	waiting, err := tx.MentorQueue(ctx, o.URI, node.RequestWaiting)
	if err != nil || len(waiting) == 0 {
		return err
	}
	asked, err := tx.CountMentorRequests(ctx, o.URI, node.RequestAsked)
	if err != nil {
		return err
	}
	for _, r := range waiting[:max(0, min(len(waiting), max(least, o.Capacity-o.Learners-asked)))] {
		r.NudgedAt = time.Time{}
		if err := s.put(ctx, tx, r, node.RequestAsked); err != nil {
			return err
		}
		if err := s.tellMentor(ctx, tx, r, node.NoticeAsked, node.Received); err != nil {
			return err
		}
		if err := s.tellLearner(ctx, tx, r, node.NoticeFree, node.Received); err != nil {
			return err
		}
	}
	return nil
}

// tellFull tells the networks when an offer has become full, or has a place again.
func (s *Service) tellFull(ctx context.Context, tx *store.Tx, o *node.MentorOffer) error {
	told, err := tx.ToldFull(ctx, o.ID)
	if err != nil || told == o.Full {
		return err
	}
	p, err := tx.PersonSelf(ctx, o.PersonID)
	if err != nil {
		return err
	}
	return s.announce(ctx, tx, p, o, node.Updated)
}

// Due reminds mentors, releases learners and ends offers whose time has come; it
// tells how much that was. What it does it notes in the same transaction, so it
// does nothing twice.
func (s *Service) Due(ctx context.Context) (total int, err error) {
	for _, step := range []func(context.Context) (int, error){s.nudge, s.release, s.ending, s.ended, s.orphans} {
		n, err := step(ctx)
		total += n
		if err != nil {
			return total, fmt.Errorf("mentoring due: %w", err)
		}
	}
	return total, nil
}

// each lists what is due, and if there is something, does it in one transaction that looks again.
func each[T any](ctx context.Context, s *Service, list func(*store.Tx) ([]T, error), do func(*store.Tx, T) (bool, error)) (n int, err error) {
	var due []T
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		due, err = list(tx)
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		n = 0
		due, err := list(tx)
		if err != nil {
			return err
		}
		for _, one := range due {
			done, err := do(tx, one)
			if err != nil {
				return err
			}
			if done {
				n++
			}
		}
		return nil
	})
	return n, err
}

// nudge reminds mentors who have not answered for a week, once for each request.
func (s *Service) nudge(ctx context.Context) (int, error) {
	now := s.Now()
	return each(ctx, s, func(tx *store.Tx) ([]*node.MentorRequest, error) {
		return tx.UnnudgedMentorRequests(ctx, now.Add(-node.NudgeAfter))
	}, func(tx *store.Tx, r *node.MentorRequest) (bool, error) {
		r.NudgedAt = now
		if err := tx.PutMentorRequest(ctx, r); err != nil {
			return false, err
		}
		return tx.Tell(ctx, r.MentorID, node.NoticeNudge, by(r.LearnerID, r.LearnerURI), r.ID, now)
	})
}

// release ends requests that nobody answered for two weeks. Both nodes do it, so
// that a learner is free also when the mentor's node is gone.
func (s *Service) release(ctx context.Context) (int, error) {
	return each(ctx, s, func(tx *store.Tx) ([]*node.MentorRequest, error) {
		return tx.UnansweredMentorRequests(ctx, s.Now().Add(-node.ReleaseAfter))
	}, func(tx *store.Tx, r *node.MentorRequest) (bool, error) {
		if err := s.refuse(ctx, tx, r, node.RequestReleased, sentence(saysReleased, r.Lang)); err != nil {
			return false, err
		}
		if r.MentorID == uuid.Nil { // the mentor's node hears that it is over
			if err := s.tellActor(ctx, tx, r, r.LearnerID, r.MentorURI, node.Left); err != nil {
				return false, err
			}
		}
		return true, s.refillOf(ctx, tx, r, 0)
	})
}

// ending asks mentors two weeks before an offer ends whether it still holds.
func (s *Service) ending(ctx context.Context) (int, error) {
	now := s.Now()
	return each(ctx, s, func(tx *store.Tx) ([]*node.MentorOffer, error) {
		return tx.EndingMentorOffers(ctx, now.Add(tellBeforeEnd), node.NoticeEnding)
	}, func(tx *store.Tx, o *node.MentorOffer) (bool, error) {
		return tx.Tell(ctx, o.PersonID, node.NoticeEnding, string(node.Only(o.PersonID)), o.ID, now)
	})
}

// ended tells mentors of an offer that has ended, and those who waited for it.
func (s *Service) ended(ctx context.Context) (int, error) {
	now := s.Now()
	return each(ctx, s, func(tx *store.Tx) ([]*node.MentorOffer, error) {
		return tx.EndingMentorOffers(ctx, now, node.NoticeEnded)
	}, func(tx *store.Tx, o *node.MentorOffer) (bool, error) {
		waiting, err := tx.MentorQueue(ctx, o.URI, node.RequestWaiting)
		if err != nil {
			return false, err
		}
		for _, r := range waiting {
			if err := s.refuse(ctx, tx, r, node.RequestReleased, sentence(saysEnded, r.Lang)); err != nil {
				return false, err
			}
		}
		return tx.Tell(ctx, o.PersonID, node.NoticeEnded, string(node.Only(o.PersonID)), o.ID, now)
	})
}

// orphans forgets the offers of who does not show themself to the networks any
// more (the end of their actor tells the others), and received ones that ended long ago.
func (s *Service) orphans(ctx context.Context) (int, error) {
	return each(ctx, s, func(tx *store.Tx) ([]*node.MentorOffer, error) {
		return tx.OrphanedMentorOffers(ctx, s.Now().Add(-keepEndedOffer))
	}, func(tx *store.Tx, o *node.MentorOffer) (bool, error) {
		if o.Local {
			if err := s.refuseAll(ctx, tx, o); err != nil {
				return false, err
			}
		}
		return true, tx.DeleteMentorOffer(ctx, o)
	})
}
