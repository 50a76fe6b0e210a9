package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// AuthorFor returns who v writes as, and the actor that will announce it
// (uuid.Nil for a person who is not followable: nothing of theirs leaves the node).
func (tx *Tx) AuthorFor(ctx context.Context, v access.Viewer, asOrganization bool, o node.Origin) (node.Author, uuid.UUID, error) {
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
	if p.Followable() {
		a.URI = o.PersonURI(p.ActorID)
	}
	return a, p.ActorID, nil
}

// ActorOf returns the actor that announces changes of one of our items.
func (tx *Tx) ActorOf(ctx context.Context, i *node.Item) (actor uuid.UUID, err error) {
	if i.Author.Kind == node.KindOrganization {
		return i.Author.ID, nil
	}
	err = tx.row(ctx, `SELECT actor_id FROM people WHERE id = ?`, i.Author.ID.String()).Scan(idColumn{&actor})
	return actor, found(err, "actor of item %s", i.ID)
}

// ItemByPage returns the received item that has this page at its origin, if s includes it.
func (tx *Tx) ItemByPage(ctx context.Context, s access.Scope, page string) (*node.Item, error) {
	cond, args := in("i.audience", s)
	i, err := scanItem(tx.row(ctx, `SELECT `+itemColumns+itemFrom+` WHERE i.local = 0 AND i.page = ? AND `+cond+` LIMIT 1`, append([]any{page}, args...)...))
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
	list, err := tx.items(ctx, ` WHERE i.local = 0 AND i.author_uri = ?`, actorURI)
	if err != nil {
		return nil, fmt.Errorf("items of %s: %w", actorURI, err)
	}
	return list, nil
}
