// Package conversation is what people write and read: posts and replies,
// theirs and those received, the timeline, and what is held for an admin.
package conversation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// Service reads and changes posts on behalf of a viewer.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
}

// Cursor is a place in a list that goes from newest to oldest; "" is its start.
type Cursor = store.Cursor

// maxReplies bounds a page's replies (federation.md 9).
const maxReplies = 100

// Post publishes a post or a reply.
func (s *Service) Post(ctx context.Context, v access.Viewer, in node.PostInput) (i *node.Item, err error) {
	if err := in.Validate(); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		now := s.Now()
		if v, err = tx.Current(ctx, v, now); err != nil {
			return err
		}
		target := ""
		if in.InReplyTo != "" {
			parent, err := s.parent(ctx, tx, v, in.InReplyTo)
			if err != nil {
				return err
			}
			if in.Audience == "" { // who answers without a choice speaks to who was spoken to
				in.Audience = parent.Audience
			}
			if tooWide(in.Audience, parent) {
				return node.Invalid("audience", "error.audience.reply")
			}
			in.InReplyTo = parent.URI
			if !parent.Local && !in.Audience.ForNetworks() {
				target = parent.Author.URI
			}
		}
		in.Audience = narrowest(v, in.Audience)
		if err := tx.CheckWrite(ctx, v, in.Audience, in.AsOrganization, now); err != nil {
			return err
		}
		author, actor, err := tx.AuthorFor(ctx, v, in.AsOrganization, in.Audience, s.Origin)
		if err != nil {
			return err
		}
		i = &node.Item{
			ID: newID(), Kind: node.KindPost, Local: true, Author: author, WrittenBy: v.Person, Audience: in.Audience, State: node.Live,
			InReplyTo: in.InReplyTo, PublishedAt: now, UpdatedAt: now, Version: 1,
		}
		i.URI, i.Page = s.Origin.ObjectURI(i.ID), s.Origin.ItemPage(i.Kind, i.ID)
		fill(i, in)
		if err := tx.InsertItem(ctx, i); err != nil {
			return err
		}
		if !store.Leaves(i.Audience) {
			return nil
		}
		return tx.Announce(ctx, node.Event{Activity: newID(), Verb: node.Created, Kind: i.Kind, Object: i.ID, Actor: actor, Audience: i.Audience, Target: target, At: now})
	})
	if err != nil {
		return nil, fmt.Errorf("post: %w", err)
	}
	return i, nil
}

// narrowest names the one network that "all our networks" stands for while v's
// organization is in one only: what is said there is not for those of a network
// that we join later.
func narrowest(v access.Viewer, a node.Audience) node.Audience {
	if a == node.Networks && len(v.Active) == 1 {
		return node.NetworkOnly(v.Active[0])
	}
	return a
}

// fill puts what was typed into i, in its language.
func fill(i *node.Item, in node.PostInput) {
	if in.Lang == "" {
		in.Lang = "und"
	}
	if i.Lang == "" {
		i.Lang = in.Lang
	}
	i.Source = i.Source.With(in.Lang, in.Text)
	i.Body = i.Body.With(in.Lang, markup.Render(in.Text))
	i.Title = i.Title.With(in.Lang, markup.Name(in.Title))
}

// parent finds what a reply answers, by AP id, page address or UUID. What waits
// for an admin, or was rejected, cannot be answered.
func (s *Service) parent(ctx context.Context, tx *store.Tx, v access.Viewer, ref string) (*node.Item, error) {
	i, err := s.referred(ctx, tx, access.ScopeOf(v), ref)
	if errors.Is(err, node.ErrNotFound) || err == nil && i.State != node.Live {
		return nil, node.Invalid("reply", "error.reply.unknown", "url", ref)
	}
	return i, err
}

func (s *Service) referred(ctx context.Context, tx *store.Tx, scope access.Scope, ref string) (*node.Item, error) {
	if id, ok := s.Origin.ParseID(ref); ok {
		return tx.Item(ctx, scope, id)
	}
	i, err := tx.ItemByURI(ctx, scope, ref)
	if errors.Is(err, node.ErrNotFound) {
		i, err = tx.ItemByPage(ctx, scope, ref)
	}
	return i, err
}

// tooWide reports whether a reply would reach people that its parent did not.
func tooWide(a node.Audience, parent *node.Item) bool {
	if parent.OpenAtOrigin {
		return false
	}
	return access.Wider(a, parent.Audience)
}

// Audiences lists what v may choose for a post, narrowest first; parent is what it answers, or nil.
func (s *Service) Audiences(v access.Viewer, parent *node.Item, asOrganization bool) (list []node.Audience) {
	all := []node.Audience{node.OrganizationOnly(v.Organization)}
	for _, n := range v.Active {
		all = append(all, node.NetworkOnly(n))
	}
	if len(v.Active) > 1 && !v.Guest { // a guest's networks need not be all of this node's
		all = append(all, node.Networks)
	}
	for _, a := range append(all, node.Public) {
		if access.CanWrite(v, a, asOrganization) && (parent == nil || !tooWide(a, parent)) {
			list = append(list, a)
		}
	}
	return list
}

// EditPost changes what a post says, in one language. Its audience stays.
func (s *Service) EditPost(ctx context.Context, v access.Viewer, id uuid.UUID, in node.PostInput) (i *node.Item, err error) {
	if err := in.Validate(); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if i, err = tx.Item(ctx, access.ScopeOf(v), id); err != nil {
			return err
		}
		if i.Kind != node.KindPost || !access.CanEdit(v, i) {
			return node.ErrForbidden
		}
		if in.Version != 0 && in.Version != i.Version {
			return node.ErrConflict
		}
		// What its readers could not hear of would stand here and not there.
		if v, err = tx.Current(ctx, v, s.Now()); err != nil {
			return err
		}
		if err := tx.CheckNetworks(ctx, v, i.Audience, s.Now()); err != nil {
			return err
		}
		if in.Lang == "" {
			in.Lang = i.Lang
		}
		fill(i, in)
		i.UpdatedAt, i.Version = after(i.UpdatedAt, s.Now()), i.Version+1
		if err := tx.UpdateItem(ctx, i); err != nil {
			return err
		}
		return s.announce(ctx, tx, i, node.Updated)
	})
	if err != nil {
		return nil, fmt.Errorf("edit post %s: %w", id, err)
	}
	return i, nil
}

// announce tells of a change to one of our items that left the node. Nobody
// tells of what somebody said who is no more to those servers.
func (s *Service) announce(ctx context.Context, tx *store.Tx, i *node.Item, verb node.Verb) error {
	if !store.Leaves(i.Audience) {
		return nil
	}
	actor, err := tx.ActorOf(ctx, i)
	if err != nil || actor == uuid.Nil {
		return err
	}
	return tx.Announce(ctx, node.Event{Activity: newID(), Verb: verb, Kind: i.Kind, Object: i.ID, Actor: actor, Audience: i.Audience, At: i.UpdatedAt})
}

// after is now, or just after before when the clock went back: an edit is never older than what it edits.
func after(before, now time.Time) time.Time {
	if now.After(before) {
		return now
	}
	return before.Add(time.Millisecond)
}

// Delete deletes one of our posts or gatherings for good.
func (s *Service) Delete(ctx context.Context, v access.Viewer, id uuid.UUID) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		i, err := tx.Item(ctx, access.ScopeOf(v), id)
		if err != nil {
			return err
		}
		if !access.CanEdit(v, i) {
			return node.ErrForbidden
		}
		actor, err := tx.ActorOf(ctx, i)
		if err != nil {
			return err
		}
		return tx.Retract(ctx, i, actor, newID(), s.Now())
	})
	if err != nil {
		return fmt.Errorf("delete %s: %w", id, err)
	}
	return nil
}

// Item returns an item if v may read it. A deleted one that v could read is node.ErrGone.
func (s *Service) Item(ctx context.Context, v access.Viewer, id uuid.UUID) (i *node.Item, err error) {
	scope := access.ScopeOf(v)
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		i, err = tx.Item(ctx, scope, id)
		if !errors.Is(err, node.ErrNotFound) {
			return err
		}
		if t, gone := tx.Tombstone(ctx, s.Origin.ObjectURI(id)); gone == nil && scope.Includes(t.Audience) {
			return fmt.Errorf("item %s: %w", id, node.ErrGone)
		}
		return err
	})
	return i, err
}

// Tombstone returns when an item that v could read was deleted, and what it was.
func (s *Service) Tombstone(ctx context.Context, v access.Viewer, id uuid.UUID) (kind node.Kind, at time.Time, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		t, err := tx.Tombstone(ctx, s.Origin.ObjectURI(id))
		if err != nil {
			return err
		}
		if !access.ScopeOf(v).Includes(t.Audience) {
			return node.ErrNotFound
		}
		kind, at = t.Kind, t.DeletedAt
		return nil
	})
	return kind, at, err
}

// Parent returns the item with this URI if v may read it.
func (s *Service) Parent(ctx context.Context, v access.Viewer, uri string) (i *node.Item, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		i, err = tx.ItemByURI(ctx, access.ScopeOf(v), uri)
		return err
	})
	return i, err
}

// Replies lists the answers to an item that v may read, oldest first.
func (s *Service) Replies(ctx context.Context, v access.Viewer, uri string) (list []*node.Item, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Replies(ctx, access.ScopeOf(v), uri, maxReplies)
		return err
	})
	return list, err
}

// maxDepth bounds how far Thread goes down.
const maxDepth = 8

// Thread lists what was said below an item, as far as v may read it: each answer,
// oldest first, with what was answered to it right behind. Below what v may not
// read it shows nothing.
func (s *Service) Thread(ctx context.Context, v access.Viewer, uri string) (list []*node.Item, err error) {
	scope, seen := access.ScopeOf(v), map[string]bool{uri: true} // foreign replies can go in circles
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		var below func(uri string, depth int) error
		below = func(uri string, depth int) error {
			replies, err := tx.Replies(ctx, scope, uri, maxReplies)
			if err != nil {
				return err
			}
			for _, r := range replies {
				if len(list) == maxReplies || seen[r.URI] {
					continue
				}
				seen[r.URI] = true
				list = append(list, r)
				if depth == maxDepth {
					continue
				}
				if err := below(r.URI, depth+1); err != nil {
					return err
				}
			}
			return nil
		}
		return below(uri, 1)
	})
	return list, err
}

// Home lists what v reads, newest first.
func (s *Service) Home(ctx context.Context, v access.Viewer, c Cursor, limit int) (list []*node.Item, next Cursor, err error) {
	if !v.SignedIn() {
		return nil, "", fmt.Errorf("home: %w", node.ErrSignedOut)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, next, err = tx.Home(ctx, access.ScopeOf(v), readers(v), c, limit)
		return err
	})
	return list, next, err
}

// readers are who v reads as: themself, and everyone of the organization.
func readers(v access.Viewer) []uuid.UUID {
	if !v.SignedIn() {
		return nil
	}
	return []uuid.UUID{v.Person, v.Organization}
}

// Everything lists all that is stored, held things with their state. Only the operator may ask.
func (s *Service) Everything(ctx context.Context, v access.Viewer, c Cursor, limit int) (list []*node.Item, next Cursor, err error) {
	if !v.Operator {
		return nil, "", fmt.Errorf("list everything: %w", node.ErrForbidden)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Audiences(ctx)
		if err != nil {
			return err
		}
		list, next, err = tx.Everything(ctx, access.OperatorScope(v, all), c, limit)
		return err
	})
	return list, next, err
}

// By lists what an author wrote, as far as v may read it, newest first.
func (s *Service) By(ctx context.Context, v access.Viewer, author uuid.UUID, c Cursor, limit int) (list []*node.Item, next Cursor, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, next, err = tx.By(ctx, access.ScopeOf(v), author, c, limit)
		return err
	})
	return list, next, err
}

// Public lists our newest items for everyone, without replies: the feed and the visitor's start page.
func (s *Service) Public(ctx context.Context, limit int) (list []*node.Item, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.PublicItems(ctx, limit)
		return err
	})
	return list, err
}

// Upcoming lists gatherings that have not ended at from, soonest first.
func (s *Service) Upcoming(ctx context.Context, v access.Viewer, from time.Time, limit int) (list []*node.Item, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Upcoming(ctx, access.ScopeOf(v), readers(v), from, limit)
		return err
	})
	return list, err
}

// Receipts tells who may edit an item how far it has come.
func (s *Service) Receipts(ctx context.Context, v access.Viewer, id uuid.UUID) (r node.Receipts, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		i, err := tx.Item(ctx, access.ScopeOf(v), id)
		if err != nil {
			return err
		}
		if !access.CanEdit(v, i) {
			return node.ErrForbidden
		}
		r, err = tx.Receipts(ctx, id)
		return err
	})
	return r, err
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
