package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// AuthorFor returns who v writes as for an audience, and the actor that will
// announce it: to the networks a person speaks by the actor that only their
// members see. It is uuid.Nil for a person who has no such actor: nothing of
// theirs leaves the node.
func (tx *Tx) AuthorFor(ctx context.Context, v access.Viewer, asOrganization bool, audience node.Audience, o node.Origin) (node.Author, uuid.UUID, error) {
	if !v.SignedIn() {
		return node.Author{}, uuid.Nil, node.ErrSignedOut
	}
	if asOrganization {
		org, err := tx.Organization(ctx, v.Organization)
		if err != nil {
			return node.Author{}, uuid.Nil, err
		}
		return node.Author{ID: org.ID, Kind: node.KindOrganization, URI: o.OrganizationURI(org.ID), Handle: org.Handle, Name: org.Name, Page: "/organizations/" + org.Handle}, org.ID, nil
	}
	if v.Person == uuid.Nil {
		return node.Author{}, uuid.Nil, node.ErrSignedOut
	}
	p, err := tx.PersonSelf(ctx, v.Person)
	if err != nil {
		return node.Author{}, uuid.Nil, err
	}
	a := node.Author{ID: p.ID, Kind: node.KindPerson, Handle: p.Handle, Name: p.Name, Page: "/people/" + p.Handle}
	actor := p.ActorID
	if audience.ForNetworks() {
		actor = p.NetworkActorID
	}
	if actor != uuid.Nil {
		a.URI = o.PersonURI(actor)
	}
	return a, actor, nil
}

// Current is v as they stand in this transaction, not as they stood when they
// signed in: whether they can be followed, show themself to the networks, and
// which networks their organization may write to.
func (tx *Tx) Current(ctx context.Context, v access.Viewer, now time.Time) (access.Viewer, error) {
	if !v.SignedIn() {
		return v, node.ErrSignedOut
	}
	if v.Person != uuid.Nil {
		p, err := tx.PersonSelf(ctx, v.Person)
		if err != nil {
			return v, err
		}
		v.Followable, v.Listed = p.Followable(), p.InNetworks()
	}
	n, err := tx.NetworksOfOrganization(ctx, v.Organization, now)
	if err != nil {
		return v, err
	}
	v.Networks, v.Active, v.Coordinates = n.Read, n.Active, n.Coordinates
	return v, nil
}

// ListedPerson is v's own person, for what is between two people of different
// organizations: they have to show themself to the networks, so that the other
// side sees who it is. Who does not, now, gets unlisted.
func (tx *Tx) ListedPerson(ctx context.Context, v access.Viewer, a access.Action, unlisted error) (*node.Person, error) {
	if v.Person == uuid.Nil {
		return nil, node.ErrSignedOut
	}
	p, err := tx.PersonSelf(ctx, v.Person)
	if err != nil {
		return nil, err
	}
	if v.Listed = p.InNetworks(); !access.Can(v, a) {
		return nil, unlisted
	}
	return p, nil
}

// CheckWrite reports why v, as they stand now (Current), may not publish for an
// audience, and what to do about it.
func (tx *Tx) CheckWrite(ctx context.Context, v access.Viewer, audience node.Audience, asOrganization bool, now time.Time) error {
	if v.Guest && audience == node.Networks { // this node may be in networks that a guest is not in
		return node.Invalid("audience", "error.network.guest")
	}
	if access.CanWrite(v, audience, asOrganization) {
		return nil
	}
	switch {
	case asOrganization && !access.Can(v, access.SpeakAsOrg), !access.Can(v, access.Write), !access.ScopeOf(v).Includes(audience):
		return node.ErrForbidden
	case audience == node.Public && !asOrganization:
		return node.Invalid("audience", "error.audience.followable")
	case !audience.ForNetworks():
		return node.ErrForbidden
	}
	if err := tx.CheckNetworks(ctx, v, audience, now); err != nil {
		return err
	}
	if !asOrganization && !v.Listed {
		return node.Invalid("audience", "error.audience.listed")
	}
	return node.ErrForbidden
}

// CheckNetworks reports why the networks of an audience take nothing from v's
// organization now, v as they stand now (Current). Of another audience it reports nothing.
func (tx *Tx) CheckNetworks(ctx context.Context, v access.Viewer, audience node.Audience, now time.Time) error {
	network, one := audience.Network()
	switch {
	case !audience.ForNetworks():
		return nil
	case !one && len(v.Active) == 0:
		return node.Invalid("audience", "error.network.none")
	case !one || slices.Contains(v.Active, network):
		return nil
	}
	n, err := tx.Network(ctx, network)
	if err != nil {
		return err
	}
	switch {
	case n.State != node.NetworkActive:
		return node.Invalid("audience", "error.network.inactive", "network", n.Name)
	case !n.Effective(now):
		if !n.GoneAt.IsZero() {
			return node.Invalid("audience", "error.network.gone", "network", n.Name, "host", n.Host)
		}
		return node.Invalid("audience", "error.network.stale", "network", n.Name, "host", n.Host)
	}
	// The network is used, so it is our organization's own line that does not let it write.
	return node.Invalid("audience", "error.network.reader", "network", n.Name)
}

// ActorOf returns the actor that said one of our items and announces its
// changes: uuid.Nil if nobody did, or it is gone.
func (tx *Tx) ActorOf(ctx context.Context, i *node.Item) (uuid.UUID, error) {
	if i.Author.URI == "" {
		return uuid.Nil, nil
	}
	a, err := tx.LocalActorByURI(ctx, i.Author.URI)
	switch {
	case errors.Is(err, node.ErrNotFound), err == nil && !a.GoneAt.IsZero():
		return uuid.Nil, nil
	case err != nil:
		return uuid.Nil, fmt.Errorf("actor of item %s: %w", i.ID, err)
	}
	return a.ID, nil
}

// ItemByPage returns the received item that has this page at its origin, if s includes it.
func (tx *Tx) ItemByPage(ctx context.Context, s access.Scope, page string) (*node.Item, error) {
	cond, args := in("i.audience", s)
	i, err := scanItem(tx.row(ctx, `SELECT `+itemColumns+itemFrom+` WHERE i.local = 0 AND i.page = ? AND `+cond+` LIMIT 1`, append([]any{page}, args...)...), s)
	return i, found(err, "item with page %s", page)
}

// Audiences lists the audiences that items have.
func (tx *Tx) Audiences(ctx context.Context) (list []node.Audience, err error) {
	err = tx.rows(ctx, `SELECT DISTINCT audience FROM items`, nil, func(r scanner) error {
		var a node.Audience
		err := r.Scan(&a)
		list = append(list, a)
		return err
	})
	return list, err
}

// PeopleWithRole lists who has one of the roles in an organization.
func (tx *Tx) PeopleWithRole(ctx context.Context, organization uuid.UUID, roles ...node.Role) (list []uuid.UUID, err error) {
	args := []any{organization.String()}
	for _, r := range roles {
		args = append(args, string(r))
	}
	err = tx.rows(ctx, `SELECT id FROM people WHERE organization_id = ? AND role IN (`+marks(len(roles))+`) ORDER BY id`, args, func(r scanner) error {
		var p uuid.UUID
		err := r.Scan(idColumn{&p})
		list = append(list, p)
		return err
	})
	return list, err
}

// GroupMembers lists who is part of a group.
func (tx *Tx) GroupMembers(ctx context.Context, group uuid.UUID) (list []uuid.UUID, err error) {
	err = tx.rows(ctx, `SELECT member_id FROM group_members WHERE group_id = ? ORDER BY member_id`, []any{group.String()}, func(r scanner) error {
		var m uuid.UUID
		err := r.Scan(idColumn{&m})
		list = append(list, m)
		return err
	})
	return list, err
}

// SetSharedBy notes who passed a received item on.
func (tx *Tx) SetSharedBy(ctx context.Context, item uuid.UUID, actor string) error {
	return tx.exec(ctx, `UPDATE items SET shared_by = ? WHERE id = ?`, actor, item.String())
}

// ItemsOfRemote lists everything received from an actor, for removing it.
func (tx *Tx) ItemsOfRemote(ctx context.Context, actorURI string) ([]*node.Item, error) {
	list, err := tx.items(ctx, nil, ` WHERE i.local = 0 AND i.author_uri = ?`, actorURI)
	if err != nil {
		return nil, fmt.Errorf("items of %s: %w", actorURI, err)
	}
	return list, nil
}
