package conversation

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Held lists what waits for an admin, oldest first.
func (s *Service) Held(ctx context.Context, v access.Viewer, limit int) (list []*node.Item, err error) {
	if !access.Can(v, access.Moderate) {
		return nil, fmt.Errorf("list held: %w", node.ErrNotFound)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Held(ctx, access.ScopeOf(v), limit)
		return err
	})
	return list, err
}

// AcceptHeld shows a held item to whom it was for, and makes its server known.
func (s *Service) AcceptHeld(ctx context.Context, v access.Viewer, id uuid.UUID) error {
	return s.decide(ctx, v, id, func(tx *store.Tx, i *node.Item) error {
		named, err := tx.GroupMembers(ctx, i.ID)
		if err != nil {
			return err
		}
		i.State = node.Live
		if i.Audience, err = s.addressing(ctx, tx, i, named); err != nil {
			return err
		}
		if err := tx.SetItemState(ctx, i.ID, i.State, i.Audience); err != nil {
			return err
		}
		if err := tx.MakeKnown(ctx, i.Author.Host); err != nil {
			return err
		}
		_, err = s.settle(ctx, tx, i, named)
		return err
	})
}

// RejectHeld keeps a held item away for good. The row stays, so that a second copy is not held again.
func (s *Service) RejectHeld(ctx context.Context, v access.Viewer, id uuid.UUID) error {
	return s.decide(ctx, v, id, func(tx *store.Tx, i *node.Item) error {
		return tx.SetItemState(ctx, i.ID, node.Rejected, node.Moderators)
	})
}

func (s *Service) decide(ctx context.Context, v access.Viewer, id uuid.UUID, f func(*store.Tx, *node.Item) error) error {
	if !access.Can(v, access.Moderate) {
		return fmt.Errorf("decide on held item %s: %w", id, node.ErrForbidden)
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		i, err := tx.Item(ctx, access.ScopeOf(v), id)
		if err != nil {
			return err
		}
		if i.State != node.Held { // another admin was first
			return node.ErrConflict
		}
		return f(tx, i)
	})
	if err != nil {
		return fmt.Errorf("decide on held item %s: %w", id, err)
	}
	return nil
}
