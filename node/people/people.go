// Package people is the organization and its people: who they are, how they
// sign in, what their profiles say and who may follow them from outside.
package people

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
)

// Mailer sends a sign-in link; lang is the language of the mail.
type Mailer interface {
	SendLink(ctx context.Context, to, name, lang, link string) error
}

// Service reads and changes people on behalf of a viewer.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Keys   *keyring.Keyring
	Skills *skillset.Set
	Mail   Mailer // nil when no mail server is set

	site atomic.Pointer[Site]
}

// Site is what every page and document needs to know of the node.
type Site struct {
	Origin       node.Origin
	NodeID       string // names the http cookie; no secret
	Organization *node.Organization
	Lang         string
	SMTP         bool
	KeysSince    time.Time // when all keys were last replaced; zero if never
}

// Names of settings.
const (
	settingOrigin = "origin"
	settingLang   = "lang"
	settingNode   = "node"
)

// Site returns the node's origin and organization.
func (s *Service) Site(ctx context.Context) (*Site, error) {
	if site := s.site.Load(); site != nil {
		return site, nil
	}
	site := &Site{SMTP: s.Mail != nil}
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		origin, err := tx.Setting(ctx, settingOrigin)
		if err != nil {
			return err
		}
		if origin == "" {
			return node.ErrNoNode
		}
		site.Origin = node.Origin(origin)
		if site.Lang, err = tx.Setting(ctx, settingLang); err != nil {
			return err
		}
		if site.NodeID, err = tx.Setting(ctx, settingNode); err != nil {
			return err
		}
		if site.KeysSince, err = keysSince(ctx, tx); err != nil {
			return err
		}
		site.Organization, err = tx.HomeOrganization(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read site: %w", err)
	}
	s.site.Store(site)
	return site, nil
}

// Forget drops what is cached: another process may have changed it.
func (s *Service) Forget() { s.site.Store(nil) }

// ViewerFor returns the viewer that a command acts as: a person, or the operator
// speaking as an organization of this node, ours or a guest's. asOrganization
// tells which.
func (s *Service) ViewerFor(ctx context.Context, handle string) (v access.Viewer, asOrganization bool, err error) {
	site, err := s.Site(ctx)
	if err != nil {
		return v, false, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if handle == "" {
			handle = site.Organization.Handle
		}
		o, err := tx.OrganizationByHandle(ctx, handle)
		if err == nil {
			asOrganization = true
			v, err = s.operator(ctx, tx, o.ID)
			return err
		}
		if !errors.Is(err, node.ErrNotFound) {
			return err
		}
		p, err := tx.Person(ctx, access.ScopeOf(access.Operator(site.Organization.ID)), handle)
		if err != nil {
			return node.Invalid("as", "error.handle.unknown", "handle", handle)
		}
		v, err = s.viewer(ctx, tx, p)
		return err
	})
	return v, asOrganization, err
}

func (s *Service) operator(ctx context.Context, tx *store.Tx, organization uuid.UUID) (access.Viewer, error) {
	v := access.Operator(organization)
	return v, s.admit(ctx, tx, &v)
}

func (s *Service) viewer(ctx context.Context, tx *store.Tx, p *node.Person) (access.Viewer, error) {
	v := access.Viewer{Person: p.ID, Organization: p.OrganizationID, Role: p.Role, Followable: p.Followable(), Listed: p.InNetworks()}
	return v, s.admit(ctx, tx, &v)
}

// admit fills in the groups and the networks that v is part of now.
func (s *Service) admit(ctx context.Context, tx *store.Tx, v *access.Viewer) (err error) {
	if v.Groups, err = tx.GroupsOf(ctx, v.Person, v.Organization); err != nil {
		return err
	}
	o, err := tx.Organization(ctx, v.Organization)
	if err != nil {
		return err
	}
	v.Guest = o.Kind == node.GuestOrganization
	n, err := tx.NetworksOfOrganization(ctx, v.Organization, s.Now())
	v.Networks, v.Active, v.Coordinates = n.Read, n.Active, n.Coordinates
	return err
}

// People lists the people that v may see.
func (s *Service) People(ctx context.Context, v access.Viewer, f Page) (list []*node.Person, next string, err error) {
	if !access.Can(v, access.SeePeople) {
		return nil, "", fmt.Errorf("list people: %w", node.ErrNotFound)
	}
	if f.Limit <= 0 || f.Limit > 100 {
		f.Limit = 20
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if list, next, err = tx.People(ctx, access.ScopeOf(v), store.PeopleFilter(f)); err != nil {
			return err
		}
		list, err = tx.PeopleTowards(ctx, v, list)
		return err
	})
	return list, next, err
}

// Page narrows a list of people; see store.PeopleFilter.
type Page store.PeopleFilter

// Person returns what v may see of a profile, if v may open it. Who needs the
// address to make sign-in links sees it besides.
func (s *Service) Person(ctx context.Context, v access.Viewer, handle string) (p *node.Person, err error) {
	var scope access.Scope
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if p, err = whole(ctx, tx, v, handle); err != nil {
			return err
		}
		scope, err = tx.ScopeTowards(ctx, v, p.OrganizationID)
		return err
	})
	if err != nil {
		return nil, err
	}
	showIn(scope, v, p)
	return p, nil
}

// whole returns all of a profile that v may open, for changing it. Before
// anybody is shown it, it goes through show.
func whole(ctx context.Context, tx *store.Tx, v access.Viewer, handle string) (*node.Person, error) {
	seen, err := tx.Person(ctx, access.ScopeOf(v), handle)
	if err != nil {
		return nil, err
	}
	if seen, err = tx.PersonTowards(ctx, v, seen); err != nil {
		return nil, err
	}
	return tx.PersonSelf(ctx, seen.ID)
}

// show reduces p, of v's own organization, to what v may see.
func show(v access.Viewer, p *node.Person) { showIn(access.ScopeOf(v), v, p) }

// showIn reduces p to what s includes, and the address that v needs.
func showIn(s access.Scope, v access.Viewer, p *node.Person) {
	email := p.Email
	s.Reduce(p)
	if access.CanSeeEmail(v, p) {
		p.Email = email
	}
}

// Seen is a profile through somebody else's eyes.
type Seen struct {
	Person *node.Person  // nil if they would not find the profile
	Viewer access.Viewer // as whom to read what else is on the page
}

// SeenAs shows a person their own profile as somebody who stands so towards them
// sees it; network narrows access.AsMember to one of the person's networks. It is
// for the person alone.
func (s *Service) SeenAs(ctx context.Context, v access.Viewer, handle string, as access.As, network uuid.UUID) (*Seen, error) {
	if !slices.Contains(access.Seen, as) || network != uuid.Nil && !slices.Contains(v.Networks, network) {
		return nil, fmt.Errorf("see %s as %q: %w", handle, as, node.ErrNotFound)
	}
	var p *node.Person
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		p, err = whole(ctx, tx, v, handle)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !access.IsSelf(v, p) {
		return nil, fmt.Errorf("see %s as %q: %w", handle, as, node.ErrForbidden)
	}
	seen := &Seen{Viewer: access.ViewerAs(as, p, network, v.Networks)}
	// Members of other organizations have no page of p, only what p's actor for them says.
	if access.ScopeOf(seen.Viewer).Includes(p.Audience) && (as != access.AsMember || p.InNetworks() || p.Followable()) {
		show(seen.Viewer, p)
		seen.Person = p
	}
	return seen, nil
}

// Organization returns what an organization of this node says of itself, to anyone.
func (s *Service) Organization(ctx context.Context, handle string) (o *node.Organization, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		o, err = tx.OrganizationByHandle(ctx, handle)
		return err
	})
	return o, err
}

// OrganizationOf returns the organization of this node that p belongs to.
func (s *Service) OrganizationOf(ctx context.Context, p *node.Person) (o *node.Organization, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		o, err = tx.Organization(ctx, p.OrganizationID)
		return err
	})
	return o, err
}

// SaveOrganization changes what the organization says of itself and tells followers.
func (s *Service) SaveOrganization(ctx context.Context, v access.Viewer, changed *node.Organization) error {
	if !access.Can(v, access.EditOrg) {
		return fmt.Errorf("save organization: %w", node.ErrForbidden)
	}
	named := *changed
	changed = &named
	changed.Name = markup.Name(changed.Name)
	if err := changed.Validate(); err != nil {
		return err
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		o, err := tx.OrganizationByHandle(ctx, changed.Handle)
		if err != nil {
			return err
		}
		if v.Organization != o.ID {
			return node.ErrForbidden
		}
		if changed.Version != 0 && changed.Version != o.Version {
			return node.ErrConflict
		}
		o.Name, o.Summary, o.Languages, o.Place, o.Website, o.Contact = changed.Name, changed.Summary, changed.Languages, changed.Place, changed.Website, markup.Name(changed.Contact)
		o.UpdatedAt, o.Version = s.Now(), o.Version+1
		if err := tx.PutOrganization(ctx, o); err != nil {
			return err
		}
		return tx.Announce(ctx, s.event(node.Updated, node.KindOrganization, o.ID, o.ID))
	})
	if err != nil {
		return fmt.Errorf("save organization %s: %w", changed.Handle, err)
	}
	s.Forget()
	return nil
}

// Notices lists what happened for v, newest first; editors see the organization's too.
func (s *Service) Notices(ctx context.Context, v access.Viewer, limit int) (list []node.Notice, err error) {
	if !v.SignedIn() {
		return nil, nil
	}
	whose := []uuid.UUID{v.Person}
	if access.Can(v, access.SpeakAsOrg) {
		whose = append(whose, v.Organization)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Notices(ctx, access.ScopeOf(v), whose, limit)
		return err
	})
	return list, err
}

// event is an announcement for everyone about a person or organization.
func (s *Service) event(verb node.Verb, kind node.Kind, object, actor uuid.UUID) node.Event {
	return node.Event{Activity: newID(), Verb: verb, Kind: kind, Object: object, Actor: actor, Audience: node.Public, At: s.Now()}
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
