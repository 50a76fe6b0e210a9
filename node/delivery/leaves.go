package delivery

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Leaving is what goes out of this node, and how much stays (product.md M2).
type Leaving struct {
	Items  []store.ItemCount // of everything but what single people keep to themselves
	Cards  map[uuid.UUID]int // out now, by network
	People store.PeopleCount // of the viewer's organization
}

// Count adds up what there is of a kind for an audience.
func (l *Leaving) Count(a node.Audience, k node.Kind) int {
	n := 0
	for _, c := range l.Items {
		if c.Audience == a && c.Kind == k {
			n += c.Count
		}
	}
	return n
}

// Leaves counts what leaves this node, for who runs it. What people wrote for
// themselves or for a few is not counted.
func (s *Service) Leaves(ctx context.Context, v access.Viewer) (l *Leaving, err error) {
	if !access.Can(v, access.RunNode) {
		return nil, fmt.Errorf("count what leaves: %w", node.ErrForbidden)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		l = &Leaving{}
		scope := access.Scope{node.Public, node.Networks, node.OrganizationOnly(v.Organization)}
		for _, n := range v.Networks {
			scope = append(scope, node.NetworkOnly(n))
		}
		if l.Items, err = tx.CountItems(ctx, scope); err != nil {
			return err
		}
		if l.Cards, err = tx.CountCards(ctx); err != nil {
			return err
		}
		l.People, err = tx.CountPeople(ctx, v.Organization)
		return err
	})
	return l, err
}
