// Package mentoring is offers of a mentor's limited time, learners' requests, and
// what the two agree on. Only they can read it; nothing is scored.
//
// The mentor's node decides: it alone knows how many learners there are. The
// learner's node keeps a copy of the request and follows what it is told.
package mentoring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
)

// Limits of what one may ask for (security.md D7).
const (
	maxOffers      = 10 // of one mentor
	maxOpen        = 5  // requests of one learner
	maxFromOrigin  = 20 // requests from one server in a day
	maxListed      = 200
	originDay      = 24 * time.Hour
	tellBeforeEnd  = 14 * 24 * time.Hour // before an offer ends its mentor is asked to confirm it
	keepEndedOffer = 30 * 24 * time.Hour // a received one
)

// Service keeps offers and requests.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
	Skills *skillset.Set
}

// OfferInput is what a mentor typed.
type OfferInput struct {
	ID        uuid.UUID // of the offer to change; uuid.Nil makes a new one
	Audience  node.Audience
	Topics    []string // skill codes
	Languages []string
	Format    node.MentorFormat
	Weeks     int
	Capacity  int
	Note      string
	Lang      string // of the note
	Version   int64  // the version that was read; 0 does not check
}

// RequestInput is what a learner typed.
type RequestInput struct {
	Offer string // its id here, its URI, or the mentor's handle ("ana", "ana@host")
	Topic string // skill code; may be empty if the offer has one topic
	Need  string
	Time  string // what time is wanted, in words
	Lang  string
}

// Filter narrows a list of offers.
type Filter = store.MentorFilter

// Offer makes an offer of v's time, or changes one. Changing it confirms it for
// another 90 days.
func (s *Service) Offer(ctx context.Context, v access.Viewer, in OfferInput) (o *node.MentorOffer, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := party(ctx, tx, v)
		if err != nil {
			return err
		}
		verb := node.Updated
		if in.ID == uuid.Nil {
			verb = node.Created
			o, err = s.newOffer(ctx, tx, v, p, in)
		} else if o, err = s.own(ctx, tx, v, in.ID); err == nil && in.Version != 0 && in.Version != o.Version {
			err = node.ErrConflict
		}
		if err != nil {
			return err
		}
		if in.Lang == "" {
			in.Lang = p.Lang
		}
		o.Topics, o.Languages, o.Format, o.Weeks, o.Capacity = distinct(in.Topics), distinct(in.Languages), in.Format, in.Weeks, in.Capacity
		o.Note = o.Note.With(in.Lang, strings.TrimSpace(in.Note))
		if err := o.Validate(s.known); err != nil {
			return err
		}
		if err := s.renew(ctx, tx, o); err != nil {
			return err
		}
		o.Full = o.Learners >= o.Capacity
		if err := s.announce(ctx, tx, p, o, verb); err != nil {
			return err
		}
		return s.refillIn(ctx, tx, o, 0)
	})
	if err != nil {
		return nil, fmt.Errorf("offer mentoring: %w", err)
	}
	return o, nil
}

func (s *Service) newOffer(ctx context.Context, tx *store.Tx, v access.Viewer, p *node.Person, in OfferInput) (*node.MentorOffer, error) {
	if in.Audience == "" {
		in.Audience = node.Networks
	}
	if v.Guest && in.Audience == node.Networks { // this node may be in networks that a guest is not in
		if len(v.Active) != 1 {
			return nil, node.Invalid("audience", "error.network.guest")
		}
		in.Audience = node.NetworkOnly(v.Active[0])
	}
	v.Listed = true // as who has seen to
	if !in.Audience.Valid() || in.Audience != node.Networks && in.Audience.Kind() != "network" || !access.CanWrite(v, in.Audience, false) {
		return nil, node.Invalid("audience", "error.mentor.audience")
	}
	mine, err := tx.MentorOffersOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if len(mine) >= maxOffers {
		return nil, node.Invalid("offer", "error.mentor.offers")
	}
	o := &node.MentorOffer{ID: newID(), Local: true, PersonID: p.ID, Audience: in.Audience, CreatedAt: s.Now()}
	o.URI = s.Origin.OfferURI(o.ID)
	return o, nil
}

// party is v's person, as a mentor or a learner.
func party(ctx context.Context, tx *store.Tx, v access.Viewer) (*node.Person, error) {
	return tx.ListedPerson(ctx, v, access.Mentor, node.Invalid("offer", "error.mentor.listed"))
}

// own returns one of v's own offers.
func (s *Service) own(ctx context.Context, tx *store.Tx, v access.Viewer, offer uuid.UUID) (*node.MentorOffer, error) {
	o, err := tx.MentorOffer(ctx, access.ScopeOf(v), offer)
	if err == nil && (!o.Local || v.Person == uuid.Nil || o.PersonID != v.Person) {
		err = node.ErrForbidden
	}
	return o, err
}

func (s *Service) known(code string) bool { _, ok := s.Skills.Tag(code); return ok }

// renew gives an offer another 90 days.
func (s *Service) renew(ctx context.Context, tx *store.Tx, o *node.MentorOffer) error {
	o.ExpiresAt = s.Now().Add(node.OfferLife)
	return tx.DeleteNoticesAbout(ctx, o.ID, node.NoticeEnding, node.NoticeEnded)
}

// announce stores a change of one of our offers and tells the networks.
func (s *Service) announce(ctx context.Context, tx *store.Tx, p *node.Person, o *node.MentorOffer, verb node.Verb) error {
	o.ActorURI = s.Origin.PersonURI(p.NetworkActorID)
	o.Version, o.UpdatedAt = o.Version+1, after(o.UpdatedAt, s.Now())
	if err := tx.PutMentorOffer(ctx, o); err != nil {
		return err
	}
	if !p.InNetworks() {
		return nil
	}
	return tx.Announce(ctx, node.Event{Activity: newID(), Verb: verb, Kind: node.KindOffer, Object: o.ID, Actor: p.NetworkActorID, Audience: o.Audience, Ref: o.URI, At: o.UpdatedAt})
}

// Pause stops an offer from taking requests, or goes on with it.
func (s *Service) Pause(ctx context.Context, v access.Viewer, offer uuid.UUID, paused bool) error {
	return s.change(ctx, v, offer, "pause", func(_ context.Context, _ *store.Tx, o *node.MentorOffer) (bool, error) {
		was := o.Paused
		o.Paused = paused
		return was != paused, nil
	})
}

// Confirm keeps an offer for another 90 days.
func (s *Service) Confirm(ctx context.Context, v access.Viewer, offer uuid.UUID) error {
	return s.change(ctx, v, offer, "confirm", func(ctx context.Context, tx *store.Tx, o *node.MentorOffer) (bool, error) {
		return true, s.renew(ctx, tx, o)
	})
}

// change changes one of v's offers if do says so, and tells the networks.
func (s *Service) change(ctx context.Context, v access.Viewer, offer uuid.UUID, what string, do func(context.Context, *store.Tx, *node.MentorOffer) (bool, error)) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := party(ctx, tx, v)
		if err != nil {
			return err
		}
		o, err := s.own(ctx, tx, v, offer)
		if err != nil {
			return err
		}
		if changed, err := do(ctx, tx, o); err != nil || !changed {
			return err
		}
		if err := s.announce(ctx, tx, p, o, node.Updated); err != nil {
			return err
		}
		return s.refillIn(ctx, tx, o, 0)
	})
	if err != nil {
		return fmt.Errorf("%s offer %s: %w", what, offer, err)
	}
	return nil
}

// Withdraw ends an offer. Who has no answer yet is told; what was agreed goes on.
func (s *Service) Withdraw(ctx context.Context, v access.Viewer, offer uuid.UUID) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := party(ctx, tx, v)
		if err != nil {
			return err
		}
		o, err := s.own(ctx, tx, v, offer)
		if err != nil {
			return err
		}
		if err := s.refuseAll(ctx, tx, o); err != nil {
			return err
		}
		now := s.Now()
		if err := tx.DeleteMentorOffer(ctx, o); err != nil {
			return err
		}
		if err := tx.PutTombstone(ctx, &store.Tombstone{URI: o.URI, ID: o.ID, Kind: node.KindOffer, ActorURI: o.ActorURI, Audience: o.Audience, DeletedAt: now}); err != nil {
			return err
		}
		if err := tx.DeleteActivities(ctx, o.ID); err != nil {
			return err
		}
		if err := tx.DropDeliveries(ctx, o.ID.String()); err != nil {
			return err
		}
		return tx.Announce(ctx, node.Event{Activity: newID(), Verb: node.Deleted, Kind: node.KindOffer, Object: o.ID, Actor: p.NetworkActorID, Audience: o.Audience, Ref: o.URI, At: now})
	})
	if err != nil {
		return fmt.Errorf("withdraw offer %s: %w", offer, err)
	}
	return nil
}

// refuseAll tells everyone who has no answer yet that an offer is no more.
func (s *Service) refuseAll(ctx context.Context, tx *store.Tx, o *node.MentorOffer) error {
	for _, state := range []node.RequestState{node.RequestAsked, node.RequestWaiting} {
		open, err := tx.MentorQueue(ctx, o.URI, state)
		if err != nil {
			return err
		}
		for _, r := range open {
			if err := s.refuse(ctx, tx, r, node.RequestDeclined, sentence(saysWithdrawn, r.Lang)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Offers lists the open offers that v may see, v's own among them.
func (s *Service) Offers(ctx context.Context, v access.Viewer, f Filter) (list []*node.MentorOffer, err error) {
	if !access.Can(v, access.SeeNetworks) {
		return nil, fmt.Errorf("list offers: %w", node.ErrSignedOut)
	}
	if f.Limit <= 0 || f.Limit > maxListed {
		f.Limit = maxListed
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.MentorOffers(ctx, access.ScopeOf(v), f, s.Now())
		return err
	})
	return list, err
}

// Mine lists v's own offers, paused and ended ones too.
func (s *Service) Mine(ctx context.Context, v access.Viewer) (list []*node.MentorOffer, err error) {
	if v.Person == uuid.Nil {
		return nil, nil
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.MentorOffersOf(ctx, v.Person)
		return err
	})
	return list, err
}

// Show returns one offer that v may see.
func (s *Service) Show(ctx context.Context, v access.Viewer, offer uuid.UUID) (o *node.MentorOffer, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		o, err = tx.MentorOffer(ctx, access.ScopeOf(v), offer)
		return err
	})
	return o, err
}

// find returns the offer that ref names: its id, its URI, or its mentor's handle.
func (s *Service) find(ctx context.Context, tx *store.Tx, v access.Viewer, ref, topic string) (o *node.MentorOffer, err error) {
	scope := access.ScopeOf(v)
	unknown := node.Invalid("offer", "error.mentor.unknown", "offer", ref)
	if id, ok := s.Origin.ParseMentoringID(ref); ok {
		o, err = tx.MentorOffer(ctx, scope, id)
	} else if strings.Contains(ref, "://") {
		o, err = tx.MentorOfferByURI(ctx, scope, ref)
	} else {
		return s.byMentor(ctx, tx, scope, ref, topic)
	}
	if errors.Is(err, node.ErrNotFound) {
		err = unknown
	}
	return o, err
}

// byMentor is the offer of a mentor that takes requests, one with the topic first.
func (s *Service) byMentor(ctx context.Context, tx *store.Tx, scope access.Scope, handle, topic string) (*node.MentorOffer, error) {
	handle = strings.TrimSuffix(strings.TrimPrefix(handle, "@"), "@"+s.Origin.Host())
	all, err := tx.MentorOffers(ctx, scope, Filter{Limit: 10 * maxListed}, s.Now())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(o *node.MentorOffer) bool { return o.Mentor.Handle != handle })
	if len(all) == 0 {
		return nil, node.Invalid("offer", "error.mentor.none", "handle", handle)
	}
	for _, o := range all {
		if slices.Contains(o.Topics, topic) {
			return o, nil
		}
	}
	return all[0], nil
}

func distinct(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// after is now, or just after before when the clock went back.
func after(before, now time.Time) time.Time {
	if now.After(before) {
		return now
	}
	return before.Add(time.Millisecond)
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// Published returns one of our offers with the networks that it is for, if v may
// see it; one that was withdrawn is node.ErrGone.
func (s *Service) Published(ctx context.Context, v access.Viewer, offer uuid.UUID) (o *node.MentorOffer, networks []*node.Network, err error) {
	scope := access.ScopeOf(v)
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		o, err = tx.MentorOffer(ctx, scope, offer)
		if errors.Is(err, node.ErrNotFound) {
			if t, gone := tx.Tombstone(ctx, s.Origin.OfferURI(offer)); gone == nil && scope.Includes(t.Audience) {
				return node.ErrGone
			}
		}
		if err != nil {
			return err
		}
		if !o.Local {
			return node.ErrNotFound
		}
		networks, err = tx.SpokenTo(ctx, o.Audience, node.Author{ID: o.PersonID, Kind: node.KindPerson}, s.Now())
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("offer %s: %w", offer, err)
	}
	return o, networks, nil
}
