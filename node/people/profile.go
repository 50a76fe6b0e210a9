package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// NewPerson is what an admin types to add somebody.
type NewPerson struct {
	Name, Email, Handle string
	RoleTitle, Lang     string
	Role                node.Role // empty means member
	Skills              []node.PersonSkill
	// Followable records that the person agreed to be followed from outside; they confirm it at first sign-in.
	Followable bool
}

// AddPerson adds one of the organization's people and returns their sign-in link.
func (s *Service) AddPerson(ctx context.Context, v access.Viewer, in NewPerson) (p *node.Person, link string, err error) {
	if !access.Can(v, access.AddPerson) {
		return nil, "", fmt.Errorf("add person: %w", node.ErrForbidden)
	}
	site, err := s.Site(ctx)
	if err != nil {
		return nil, "", err
	}
	now := s.Now()
	if in.Lang == "" {
		in.Lang = site.Lang
	}
	if in.Role == "" {
		in.Role = node.Member
	}
	p = &node.Person{
		ID: newID(), OrganizationID: v.Organization, Handle: strings.ToLower(in.Handle), Name: markup.Name(in.Name), Email: strings.ToLower(strings.TrimSpace(in.Email)),
		Languages: []string{in.Lang}, Skills: in.Skills, Role: in.Role, Lang: in.Lang, Audience: node.Networks, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if in.RoleTitle != "" {
		p.RoleTitle = node.Text{in.Lang: markup.Name(in.RoleTitle)}
	}
	if err := p.Validate(s.known); err != nil {
		return nil, "", err
	}
	var opened *openedActor
	if in.Followable {
		if !access.CanOpenPerson(v, p) {
			return nil, "", fmt.Errorf("add followable person: %w", node.ErrForbidden)
		}
		if opened, err = s.openActor(p, site.Origin, "command"); err != nil {
			return nil, "", err
		}
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if taken, err := tx.HandleTaken(ctx, p.Handle); err != nil || taken {
			return orTaken(err, "handle", "error.handle.taken", "handle", p.Handle)
		}
		if taken, err := tx.EmailTaken(ctx, p.Email, p.ID); err != nil || taken {
			return orTaken(err, "email", "error.email.taken", "email", p.Email)
		}
		if err := tx.PutPerson(ctx, p); err != nil {
			return err
		}
		if opened != nil {
			if err := tx.PutLocalActor(ctx, opened.actor, opened.keys); err != nil {
				return err
			}
		}
		link, err = s.newLink(ctx, tx, site.Origin, p.ID, node.CommandLinkLife)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("add person: %w", err)
	}
	return p, link, nil
}

// orTaken is err, or that the field's value is in use.
func orTaken(err error, field, key string, args ...string) error {
	if err != nil {
		return err
	}
	return node.Invalid(field, key, args...)
}

// Profile is what somebody typed about themself.
type Profile struct {
	Handle    string // whose
	Name      string
	RoleTitle node.Text
	Bio       node.Text
	Languages []string
	Skills    []node.PersonSkill
	Lang      string // of pages and mails
	Version   int64  // that was read; 0 does not check
}

// SaveProfile changes a profile and, if people follow it, tells them.
func (s *Service) SaveProfile(ctx context.Context, v access.Viewer, in Profile) (p *node.Person, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if p, err = tx.Person(ctx, access.ScopeOf(v), in.Handle); err != nil {
			return err
		}
		if !access.CanEditPerson(v, p) {
			return node.ErrForbidden
		}
		if in.Version != 0 && in.Version != p.Version {
			return node.ErrConflict
		}
		p.Name, p.RoleTitle, p.Bio, p.Languages, p.Skills = markup.Name(in.Name), in.RoleTitle, in.Bio, in.Languages, in.Skills
		if in.Lang != "" {
			p.Lang = in.Lang
		}
		if err := p.Validate(s.known); err != nil {
			return err
		}
		p.UpdatedAt, p.Version = s.Now(), p.Version+1
		if err := tx.PutPerson(ctx, p); err != nil {
			return err
		}
		if !p.Followable() {
			return nil
		}
		return tx.Announce(ctx, s.event(node.Updated, node.KindPerson, p.ID, p.ActorID))
	})
	if err != nil {
		return nil, fmt.Errorf("save profile %s: %w", in.Handle, err)
	}
	redact(v, p)
	return p, nil
}

type openedActor struct {
	actor *node.LocalActor
	keys  store.SealedKeys
}

// openActor gives p a new public actor. The keys are made before the write: that takes a while.
func (s *Service) openActor(p *node.Person, origin node.Origin, by string) (*openedActor, error) {
	actorID := newID()
	a, keys, err := s.newActor(&node.LocalActor{ID: actorID, Kind: node.KindPerson, OwnerID: p.ID, URI: origin.PersonURI(actorID)})
	if err != nil {
		return nil, err
	}
	p.ActorID, p.ConsentBy, p.Audience = actorID, by, node.Public
	return &openedActor{a, keys}, nil
}

// SetFollowable switches on or off that people outside can follow a person
// (design.md 9). On makes the profile public under a new actor id with new
// keys. Off refuses all followers, deletes the person's posts for everyone, and
// the actor answers 410 for good.
func (s *Service) SetFollowable(ctx context.Context, v access.Viewer, handle string, on bool) (p *node.Person, err error) {
	site, err := s.Site(ctx)
	if err != nil {
		return nil, err
	}
	by := "self"
	if v.Person == uuid.Nil {
		by = "command"
	}
	spare, err := s.spareActor(ctx, v, handle, on, site.Origin)
	if err != nil {
		return nil, fmt.Errorf("set followable of %s: %w", handle, err)
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if p, err = tx.Person(ctx, access.ScopeOf(v), handle); err != nil {
			return err
		}
		if !access.CanOpenPerson(v, p) {
			return node.ErrForbidden
		}
		if p.Followable() == on {
			return nil
		}
		if on && spare == nil { // it was on when the keys were to be made
			return node.ErrConflict
		}
		p.UpdatedAt, p.Version = s.Now(), p.Version+1
		if !on {
			return s.closeActor(ctx, tx, p)
		}
		p.ActorID, p.ConsentBy, p.Audience = spare.actor.ID, by, node.Public
		if err := tx.PutLocalActor(ctx, spare.actor, spare.keys); err != nil {
			return err
		}
		return tx.PutPerson(ctx, p)
	})
	if err != nil {
		return nil, fmt.Errorf("set followable of %s: %w", handle, err)
	}
	redact(v, p)
	return p, nil
}

// spareActor makes the keys that switching on needs, before the write and only
// for who may switch: that takes a while. It returns nil if none are needed.
func (s *Service) spareActor(ctx context.Context, v access.Viewer, handle string, on bool, origin node.Origin) (*openedActor, error) {
	p, err := s.Person(ctx, v, handle)
	if err != nil {
		return nil, err
	}
	if !access.CanOpenPerson(v, p) {
		return nil, node.ErrForbidden
	}
	if !on || p.Followable() {
		return nil, nil
	}
	return s.openActor(p, origin, "")
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
	if err := tx.DeleteActivities(ctx, p.ID); err != nil {
		return err
	}
	if err := tx.DropDeliveries(ctx, p.ID.String()); err != nil {
		return err
	}
	if err := tx.CloseLocalActor(ctx, actorID, now); err != nil {
		return err
	}
	if err := tx.Announce(ctx, s.event(node.Deleted, node.KindPerson, p.ID, actorID)); err != nil {
		return err
	}
	p.ActorID, p.ConsentBy, p.Audience = uuid.Nil, "", node.Networks
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
	if v.Person == uuid.Nil {
		return fmt.Errorf("confirm: %w", node.ErrSignedOut)
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.PersonSelf(ctx, v.Person)
		if err != nil || !p.NeedsConfirmation() {
			return err
		}
		p.ConsentBy, p.UpdatedAt = "self", s.Now()
		return tx.PutPerson(ctx, p)
	})
}

// LocalActor returns one of our actors with what v may see of its owner, for
// federation. A person's actor that closed is node.ErrGone.
func (s *Service) LocalActor(ctx context.Context, v access.Viewer, uri string) (a *node.LocalActor, p *node.Person, o *node.Organization, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if a, err = tx.LocalActorByURI(ctx, uri); err != nil {
			return err
		}
		if !access.ScopeOf(v).Includes(a.Audience) {
			return fmt.Errorf("actor %s: %w", uri, node.ErrNotFound)
		}
		if !a.GoneAt.IsZero() {
			return fmt.Errorf("actor %s: %w", uri, node.ErrGone)
		}
		switch a.Kind {
		case node.KindPerson:
			if p, err = tx.PersonByID(ctx, access.ScopeOf(v), a.OwnerID); err != nil {
				return err
			}
			o, err = tx.Organization(ctx, p.OrganizationID)
		case node.KindOrganization:
			o, err = tx.Organization(ctx, a.OwnerID)
		default:
			o, err = tx.HomeOrganization(ctx)
		}
		return err
	})
	return a, p, o, err
}

// LocalURI returns the actor id behind a handle of this node that anyone may
// know: the organization's, the relay's, or a followable person's.
func (s *Service) LocalURI(ctx context.Context, handle string) (uri, page string, err error) {
	site, err := s.Site(ctx)
	if err != nil {
		return "", "", err
	}
	if handle == node.RelayHandle {
		return site.Origin.Relay(), string(site.Origin) + "/", nil
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		o, err := tx.OrganizationByHandle(ctx, handle)
		if err == nil {
			uri, page = site.Origin.OrganizationURI(o.ID), site.Origin.OrganizationPage(o.Handle)
			return nil
		}
		if !errors.Is(err, node.ErrNotFound) {
			return err
		}
		p, err := tx.Person(ctx, access.ScopeOf(access.Visitor), handle)
		if err != nil {
			return err
		}
		uri, page = site.Origin.PersonURI(p.ActorID), site.Origin.PersonPage(p.Handle)
		return nil
	})
	return uri, page, err
}

// SigningKeys returns one of our actors, also a closed one whose last words are
// still on their way, with its private keys.
func (s *Service) SigningKeys(ctx context.Context, actor uuid.UUID) (a *node.LocalActor, pair *keyring.Pair, err error) {
	var sealed store.SealedKeys
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if a, err = tx.LocalActor(ctx, actor); err != nil {
			return err
		}
		sealed, err = tx.SealedKeys(ctx, actor)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	pair, err = s.Keys.Unseal(sealed.RSA, sealed.Ed25519, a.URI)
	if err != nil {
		return nil, nil, fmt.Errorf("keys of %s: %w", a.URI, err)
	}
	return a, pair, nil
}
