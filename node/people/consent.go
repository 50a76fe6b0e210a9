package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Who gave a consent: the person, or a command until the person confirmed it.
const (
	bySelf    = "self"
	byCommand = "command"
)

func consentBy(v access.Viewer) string {
	if v.Person == uuid.Nil {
		return byCommand
	}
	return bySelf
}

type openedActor struct {
	actor *node.LocalActor
	keys  store.SealedKeys
}

// openActor makes an actor of p for audience. The keys are made before the write: that takes a while.
func (s *Service) openActor(p *node.Person, origin node.Origin, audience node.Audience) (*openedActor, error) {
	actorID := newID()
	a, keys, err := s.newActor(&node.LocalActor{ID: actorID, Kind: node.KindPerson, OwnerID: p.ID, URI: origin.PersonURI(actorID), Audience: audience})
	if err != nil {
		return nil, err
	}
	return &openedActor{a, keys}, nil
}

// follow makes p followable by the actor o.
func (o *openedActor) follow(p *node.Person, by string) {
	p.ActorID, p.ConsentBy, p.Audience = o.actor.ID, by, node.Public
	p.Open()
}

// enter shows p to the networks by the actor o. A profile that is wider already stays so.
func (o *openedActor) enter(p *node.Person, by string) {
	p.NetworkActorID, p.NetworkBy = o.actor.ID, by
	if access.Wider(node.Networks, p.Audience) {
		p.Audience = node.Networks
	}
}

// consent is one of the two switches of a person.
type consent struct {
	audience node.Audience // of the actor that it makes
	key      string        // of the audit entry
	is       func(*node.Person) bool
	open     func(*openedActor, *node.Person, string)
	close    func(context.Context, *store.Tx, *node.Person) error
}

// SetFollowable switches on or off that people outside can follow a person
// (design.md 9). On makes the profile public under a new actor id with new
// keys, with what node.Person.Open names. Off refuses all followers, deletes the
// person's posts for everyone, and the actor answers 410 for good.
func (s *Service) SetFollowable(ctx context.Context, v access.Viewer, handle string, on bool) (*node.Person, error) {
	p, err := s.set(ctx, v, handle, on, consent{node.Public, "audit.followable", (*node.Person).Followable, (*openedActor).follow, s.closeActor})
	if err != nil {
		return nil, fmt.Errorf("set followable of %s: %w", handle, err)
	}
	return p, nil
}

// SetInNetworks switches on or off that a person shows themself to our networks
// (federation.md 6.2). On gives an actor that only members may fetch: the
// person's card, and what they say to the networks, is said by it. Off deletes
// what they said so, and the actor answers 410 to members; whoever publishes
// cards withdraws those of an actor that is gone.
func (s *Service) SetInNetworks(ctx context.Context, v access.Viewer, handle string, on bool) (*node.Person, error) {
	p, err := s.set(ctx, v, handle, on, consent{node.Networks, "audit.networks", (*node.Person).InNetworks, (*openedActor).enter, s.leaveNetworks})
	if err != nil {
		return nil, fmt.Errorf("set in networks of %s: %w", handle, err)
	}
	return p, nil
}

func (s *Service) set(ctx context.Context, v access.Viewer, handle string, on bool, c consent) (p *node.Person, err error) {
	site, err := s.Site(ctx)
	if err != nil {
		return nil, err
	}
	spare, err := s.spareActor(ctx, v, handle, on, site.Origin, c)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if p, err = whole(ctx, tx, v, handle); err != nil {
			return err
		}
		if !access.CanOpenPerson(v, p) {
			return node.ErrForbidden
		}
		if c.is(p) == on {
			return nil
		}
		if on && spare == nil { // it was on when the keys were to be made
			return node.ErrConflict
		}
		p.UpdatedAt, p.Version = s.Now(), p.Version+1
		if !on {
			return c.close(ctx, tx, p)
		}
		before := *p
		c.open(spare, p, consentBy(v))
		if err := tx.PutLocalActor(ctx, spare.actor, spare.keys); err != nil {
			return err
		}
		if err := s.noteOpened(ctx, tx, v, &before, p, c.key); err != nil {
			return err
		}
		return tx.PutPerson(ctx, p)
	})
	if err != nil {
		return nil, err
	}
	show(v, p)
	return p, nil
}

// spareActor makes the keys that switching on needs, before the write and only
// for who may switch: that takes a while. It returns nil if none are needed.
func (s *Service) spareActor(ctx context.Context, v access.Viewer, handle string, on bool, origin node.Origin, c consent) (*openedActor, error) {
	p, err := s.Person(ctx, v, handle)
	if err != nil {
		return nil, err
	}
	if !access.CanOpenPerson(v, p) {
		return nil, node.ErrForbidden
	}
	if !on || c.is(p) {
		return nil, nil
	}
	return s.openActor(p, origin, c.audience)
}

func (s *Service) closeActor(ctx context.Context, tx *store.Tx, p *node.Person) error {
	now, actorID := s.Now(), p.ActorID
	items, err := tx.PublicItemsOf(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, i := range items {
		if err := tx.Retract(ctx, i, actorID, newID(), now); err != nil {
			return err
		}
	}
	followers, err := tx.FollowersOfLocal(ctx, actorID)
	if err != nil {
		return err
	}
	for _, f := range followers {
		if f.State != node.RejectedFollow {
			f.State, f.UpdatedAt = node.RejectedFollow, now
			if err := tx.PutFollow(ctx, &f); err != nil {
				return err
			}
			e := s.event(node.Refused, node.KindFollow, p.ID, actorID)
			e.Target, e.Ref = f.RemoteURI, f.ActivityURI
			if err := tx.Announce(ctx, e); err != nil {
				return err
			}
		}
	}
	if err := s.stopFollowing(ctx, tx, p, now); err != nil {
		return err
	}
	// What was said of the profile while it was public is said no more.
	if err := tx.ForgetProfile(ctx, actorID, p.ID); err != nil {
		return err
	}
	if err := tx.CloseLocalActor(ctx, actorID, now); err != nil {
		return err
	}
	if err := tx.Announce(ctx, s.event(node.Deleted, node.KindPerson, p.ID, actorID)); err != nil {
		return err
	}
	p.ActorID, p.ConsentBy, p.Audience = uuid.Nil, "", node.Networks
	p.Close()
	return tx.PutPerson(ctx, p)
}

// leaveNetworks closes p's actor for the networks. The row of the actor stays,
// with the time when it closed.
func (s *Service) leaveNetworks(ctx context.Context, tx *store.Tx, p *node.Person) error {
	now, actorID := s.Now(), p.NetworkActorID
	items, err := tx.NetworkItemsOf(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, i := range items {
		if err := tx.Retract(ctx, i, actorID, newID(), now); err != nil {
			return err
		}
	}
	if err := tx.ForgetProfile(ctx, actorID, p.ID); err != nil {
		return err
	}
	if err := tx.CloseLocalActor(ctx, actorID, now); err != nil {
		return err
	}
	p.NetworkActorID, p.NetworkBy = uuid.Nil, ""
	return tx.PutPerson(ctx, p)
}

// stopFollowing ends what p followed with the actor that closes. The rows stay:
// those servers have to hear that the actor is gone. Whom the organization
// follows too p goes on reading.
func (s *Service) stopFollowing(ctx context.Context, tx *store.Tx, p *node.Person, now time.Time) error {
	following, err := tx.Following(ctx, p.ActorID)
	if err != nil {
		return err
	}
	for _, f := range following {
		f.State, f.UpdatedAt = node.UnfollowedState, now
		if err := tx.PutFollow(ctx, &f); err != nil {
			return err
		}
		_, err := tx.Follow(ctx, true, p.OrganizationID, f.RemoteURI)
		if errors.Is(err, node.ErrNotFound) {
			err = tx.Unsubscribe(ctx, p.ID, f.RemoteURI)
		}
		if err != nil {
			return err
		}
		if err := tx.AdmitReaders(ctx, f.RemoteURI); err != nil {
			return err
		}
	}
	return nil
}

// ConfirmFollowable records that the person agrees to what a command recorded for them.
func (s *Service) ConfirmFollowable(ctx context.Context, v access.Viewer) error {
	return s.confirm(ctx, v, "audit.followable.confirmed", (*node.Person).NeedsConfirmation, func(p *node.Person) { p.ConsentBy = bySelf })
}

// ConfirmInNetworks is ConfirmFollowable for the networks.
func (s *Service) ConfirmInNetworks(ctx context.Context, v access.Viewer) error {
	return s.confirm(ctx, v, "audit.networks.confirmed", (*node.Person).NeedsNetworkConfirmation, func(p *node.Person) { p.NetworkBy = bySelf })
}

func (s *Service) confirm(ctx context.Context, v access.Viewer, what string, open func(*node.Person) bool, agree func(*node.Person)) error {
	if v.Person == uuid.Nil {
		return fmt.Errorf("confirm: %w", node.ErrSignedOut)
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.PersonSelf(ctx, v.Person)
		if err != nil || !open(p) {
			return err
		}
		agree(p)
		p.UpdatedAt = s.Now()
		if err := s.note(ctx, tx, v, p, what, nil); err != nil {
			return err
		}
		return tx.PutPerson(ctx, p)
	})
}
