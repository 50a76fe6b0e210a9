// Package gathering is when people meet: announcing a gathering, changing it,
// calling it off. Each change that people must know of is also said in words,
// as a reply: many servers ignore an updated event (federation.md 5.3).
package gathering

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// Service announces and changes gatherings on behalf of a viewer.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
}

// Announce publishes a gathering.
func (s *Service) Announce(ctx context.Context, v access.Viewer, in node.GatheringInput) (i *node.Item, err error) {
	g, err := in.Parse()
	if err != nil {
		return nil, err
	}
	if g.Status == "" {
		g.Status = node.Scheduled
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		now := s.Now()
		if v, err = tx.Current(ctx, v, now); err != nil {
			return err
		}
		if in.Audience == node.Networks && len(v.Active) == 1 { // not for those of a network that we join later
			in.Audience = node.NetworkOnly(v.Active[0])
		}
		if err := tx.CheckWrite(ctx, v, in.Audience, in.AsOrganization, now); err != nil {
			return err
		}
		author, actor, err := tx.AuthorFor(ctx, v, in.AsOrganization, in.Audience, s.Origin)
		if err != nil {
			return err
		}
		i = &node.Item{
			ID: newID(), Kind: node.KindGathering, Local: true, Author: author, WrittenBy: v.Person, Audience: in.Audience, State: node.Live,
			PublishedAt: now, UpdatedAt: now, Version: 1, Gathering: g,
		}
		i.URI, i.Page = s.Origin.ObjectURI(i.ID), s.Origin.ItemPage(i.Kind, i.ID)
		fill(i, in)
		if err := tx.InsertItem(ctx, i); err != nil {
			return err
		}
		return s.announce(ctx, tx, i, actor, node.Created)
	})
	if err != nil {
		return nil, fmt.Errorf("announce gathering: %w", err)
	}
	return i, nil
}

// fill puts what was typed into i, in its language.
func fill(i *node.Item, in node.GatheringInput) {
	if in.Lang == "" {
		in.Lang = i.Lang
	}
	if in.Lang == "" {
		in.Lang = "und"
	}
	if i.Lang == "" {
		i.Lang = in.Lang
	}
	i.Title = i.Title.With(in.Lang, markup.Name(in.Name))
	i.Source = i.Source.With(in.Lang, in.Text)
	i.Body = i.Body.With(in.Lang, markup.Render(in.Text))
}

// announce tells of a change to a gathering that left the node. Nobody tells of
// what somebody announced who is no more to those servers.
func (s *Service) announce(ctx context.Context, tx *store.Tx, i *node.Item, actor uuid.UUID, verb node.Verb) error {
	if !store.Leaves(i.Audience) || actor == uuid.Nil {
		return nil
	}
	return tx.Announce(ctx, node.Event{Activity: newID(), Verb: verb, Kind: i.Kind, Object: i.ID, Actor: actor, Audience: i.Audience, At: i.UpdatedAt})
}

// Edit changes a gathering. A new time or place, or a new status, is also said as a reply.
func (s *Service) Edit(ctx context.Context, v access.Viewer, id uuid.UUID, in node.GatheringInput) (i *node.Item, err error) {
	g, err := in.Parse()
	if err != nil {
		return nil, err
	}
	return s.change(ctx, v, id, in.Version, func(i *node.Item) {
		before := i.Gathering
		if g.Status == "" {
			g.Status = before.Status
		}
		g.PreviousStart = before.PreviousStart
		if !g.Start.Equal(before.Start) {
			g.PreviousStart = before.Start
			if g.Status == node.Scheduled {
				g.Status = node.Rescheduled
			}
		}
		i.Gathering = g
		fill(i, in)
	})
}

// Cancel calls a gathering off. Its page stays, and says so.
func (s *Service) Cancel(ctx context.Context, v access.Viewer, id uuid.UUID) (*node.Item, error) {
	return s.change(ctx, v, id, 0, func(i *node.Item) {
		g := *i.Gathering
		g.Status = node.Cancelled
		i.Gathering = &g
	})
}

// change loads the stored gathering, authorizes against it, applies f and says what changed.
func (s *Service) change(ctx context.Context, v access.Viewer, id uuid.UUID, version int64, f func(*node.Item)) (i *node.Item, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if i, err = tx.Item(ctx, access.ScopeOf(v), id); err != nil {
			return err
		}
		if i.Kind != node.KindGathering || !access.CanEdit(v, i) {
			return node.ErrForbidden
		}
		if version != 0 && version != i.Version {
			return node.ErrConflict
		}
		// What its readers could not hear of would stand here and not there.
		if v, err = tx.Current(ctx, v, s.Now()); err != nil {
			return err
		}
		if err := tx.CheckNetworks(ctx, v, i.Audience, s.Now()); err != nil {
			return err
		}
		before := *i.Gathering
		if before.Status == node.Cancelled && s.Now().After(before.Start) {
			return node.Invalid("status", "error.gathering.over")
		}
		f(i)
		if now := s.Now(); now.After(i.UpdatedAt) {
			i.UpdatedAt = now
		} else {
			i.UpdatedAt = i.UpdatedAt.Add(time.Millisecond)
		}
		i.Version++
		if err := tx.UpdateItem(ctx, i); err != nil {
			return err
		}
		actor, err := tx.ActorOf(ctx, i)
		if err != nil {
			return err
		}
		if err := s.announce(ctx, tx, i, actor, node.Updated); err != nil {
			return err
		}
		return s.sayChange(ctx, tx, i, before, actor)
	})
	if err != nil {
		return nil, fmt.Errorf("change gathering %s: %w", id, err)
	}
	return i, nil
}

// sayChange publishes the change note: a reply to the gathering by its author.
func (s *Service) sayChange(ctx context.Context, tx *store.Tx, i *node.Item, before node.Gathering, actor uuid.UUID) error {
	words := changeWords(i, before)
	if words == "" {
		return nil
	}
	n := &node.Item{
		ID: newID(), Kind: node.KindPost, Local: true, Author: i.Author, WrittenBy: i.WrittenBy, Audience: i.Audience, State: node.Live,
		InReplyTo: i.URI, Lang: i.Lang, PublishedAt: i.UpdatedAt, UpdatedAt: i.UpdatedAt, Version: 1,
		Source: node.Text{i.Lang: words}, Body: node.Text{i.Lang: markup.Render(words)},
	}
	n.URI, n.Page = s.Origin.ObjectURI(n.ID), s.Origin.ItemPage(n.Kind, n.ID)
	if err := tx.InsertItem(ctx, n); err != nil {
		return err
	}
	return s.announce(ctx, tx, n, actor, node.Created)
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
