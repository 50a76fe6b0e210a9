package people

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// Setup is what it takes to set up a node.
type Setup struct {
	Origin       node.Origin
	Organization string // its name
	Handle       string // of the organization
	AdminName    string
	AdminEmail   string
	AdminHandle  string // empty: made from the name
	Lang         string // "en" or "es"
}

// Init creates the organization, its actors and its first admin, all or
// nothing, and returns the admin's sign-in link. A second Init is refused.
func (s *Service) Init(ctx context.Context, in Setup) (o *node.Organization, link string, err error) {
	now := s.Now()
	if !slices.Contains(node.Languages, in.Lang) {
		return nil, "", node.Invalid("lang", "error.lang.form", "lang", in.Lang)
	}
	in.AdminEmail = strings.ToLower(strings.TrimSpace(in.AdminEmail)) // as SendLink looks for it
	o = &node.Organization{ID: newID(), Handle: in.Handle, Name: markup.Name(in.Organization), Languages: []string{in.Lang}, CreatedAt: now, UpdatedAt: now, Version: 1}
	if err := o.Validate(); err != nil {
		return nil, "", err
	}
	if in.AdminHandle == "" {
		in.AdminHandle = node.HandleFrom(in.AdminName, "first_admin")
	}
	if in.AdminHandle == in.Handle {
		in.AdminHandle += "_1"
	}
	admin := &node.Person{
		ID: newID(), OrganizationID: o.ID, Handle: in.AdminHandle, Name: markup.Name(in.AdminName), Email: in.AdminEmail, Languages: []string{in.Lang},
		Role: node.Admin, Lang: in.Lang, Audience: node.Networks, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if err := admin.Validate(s.known); err != nil {
		return nil, "", err
	}
	relay, relayKeys, err := s.newActor(&node.LocalActor{URI: in.Origin.Relay()})
	if err != nil {
		return nil, "", err
	}
	org, orgKeys, err := s.newActor(&node.LocalActor{ID: o.ID, Kind: node.KindOrganization, OwnerID: o.ID, URI: in.Origin.OrganizationURI(o.ID)})
	if err != nil {
		return nil, "", err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if there, err := tx.Setting(ctx, settingOrigin); err != nil || there != "" {
			if err == nil {
				err = node.ErrExists
			}
			return err
		}
		for name, value := range map[string]string{settingOrigin: string(in.Origin), settingLang: in.Lang, settingNode: uuid.NewString()[:8]} {
			if err := tx.PutSetting(ctx, name, value); err != nil {
				return err
			}
		}
		if err := tx.PutOrganization(ctx, o); err != nil {
			return err
		}
		if err := tx.PutLocalActor(ctx, relay, relayKeys); err != nil {
			return err
		}
		if err := tx.PutLocalActor(ctx, org, orgKeys); err != nil {
			return err
		}
		if err := tx.PutPerson(ctx, admin); err != nil {
			return err
		}
		link, err = s.newLink(ctx, tx, in.Origin, admin.ID, node.CommandLinkLife)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("set up node: %w", err)
	}
	return o, link, nil
}

// newActor makes the keys of an actor.
func (s *Service) newActor(a *node.LocalActor) (*node.LocalActor, store.SealedKeys, error) {
	a.CreatedAt = s.Now()
	rsaKey, edKey, err := s.Keys.NewActor(a)
	return a, store.SealedKeys{RSA: rsaKey, Ed25519: edKey}, err
}

func (s *Service) known(code string) bool { _, ok := s.Skills.Tag(code); return ok }

// newLink stores a sign-in link for person and returns its address.
func (s *Service) newLink(ctx context.Context, tx *store.Tx, origin node.Origin, person uuid.UUID, life time.Duration) (string, error) {
	token, hash := node.NewToken()
	now := s.Now()
	if err := tx.PutLink(ctx, hash, person, now, now.Add(life)); err != nil {
		return "", err
	}
	return origin.SignInPage(token), nil
}
