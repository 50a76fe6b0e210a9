package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// Leaves reports whether what is for a goes to other servers: to everyone, or to
// the members of networks.
func Leaves(a node.Audience) bool { return a == node.Public || a.ForNetworks() }

// Retract deletes one of our items for good: the row, what was said of it and
// its waiting deliveries go, a tombstone stays, and whoever got it is told by
// actor; by nobody if it is uuid.Nil, because its actor is no more.
func (tx *Tx) Retract(ctx context.Context, i *node.Item, actor, activity uuid.UUID, now time.Time) error {
	if err := tx.DeleteItem(ctx, i, i.Author.URI, now); err != nil {
		return err
	}
	if err := tx.DeleteActivities(ctx, i.ID); err != nil {
		return err
	}
	if err := tx.DropDeliveries(ctx, i.ID.String()); err != nil {
		return err
	}
	if !Leaves(i.Audience) || actor == uuid.Nil {
		return nil
	}
	return tx.Announce(ctx, node.Event{
		Activity: activity, Verb: node.Deleted, Kind: i.Kind, Object: i.ID, Actor: actor, Audience: i.Audience, At: now,
	})
}

// NetworkItemsOf lists all items of one author for networks, for retracting them.
func (tx *Tx) NetworkItemsOf(ctx context.Context, author uuid.UUID) ([]*node.Item, error) {
	return tx.items(ctx, nil, ` WHERE i.author_id = ? AND i.local = 1 AND i.audience LIKE 'network%' ORDER BY i.published_at, i.id`, author.String())
}

// PublicItemsOf lists all items for everyone of one author, for retracting them.
func (tx *Tx) PublicItemsOf(ctx context.Context, author uuid.UUID) ([]*node.Item, error) {
	return tx.items(ctx, nil, ` WHERE i.author_id = ? AND i.local = 1 AND i.audience = 'public' ORDER BY i.published_at, i.id`, author.String())
}
