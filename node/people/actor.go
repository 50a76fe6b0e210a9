package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/store"
)

// LocalActor returns one of our actors with what v may see of its owner, for
// federation. A person's actor that closed is node.ErrGone, one that v may not
// see is node.ErrNotFound, as one that there never was.
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
			if p, err = tx.PersonByID(ctx, access.ScopeOf(reader(v, a)), a.OwnerID); err != nil {
				return err
			}
			if p, err = tx.PersonTowards(ctx, reader(v, a), p); err != nil {
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

// reader is for whose eyes a document of a is that v fetches. A public actor has
// one document, whoever fetches it: copies of it travel.
func reader(v access.Viewer, a *node.LocalActor) access.Viewer {
	if a.Audience == node.Public {
		return access.Visitor
	}
	return v
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
		if err == nil && !p.Followable() {
			err = node.ErrNotFound
		}
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
