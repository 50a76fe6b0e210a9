package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// ItemCount is how many things of a kind our own people have for an audience.
type ItemCount struct {
	Audience node.Audience
	Kind     node.Kind
	Count    int
}

// CountItems counts what was written here, by audience, as far as s includes it.
func (tx *Tx) CountItems(ctx context.Context, s access.Scope) (list []ItemCount, err error) {
	cond, args := in("i.audience", s)
	err = tx.rows(ctx, `SELECT i.audience, i.kind, COUNT(*) FROM items i WHERE i.local = 1 AND i.state = 'live' AND `+cond+`
		GROUP BY i.audience, i.kind ORDER BY i.audience, i.kind`, args, func(r scanner) error {
		var c ItemCount
		err := r.Scan(&c.Audience, &c.Kind, &c.Count)
		list = append(list, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count items: %w", err)
	}
	return list, nil
}

// PeopleCount is how many people of an organization are seen from where.
type PeopleCount struct{ All, Networks, Public int }

// CountPeople counts the people of one of our organizations.
func (tx *Tx) CountPeople(ctx context.Context, organization uuid.UUID) (c PeopleCount, err error) {
	err = tx.row(ctx, `SELECT COUNT(*), COUNT(NULLIF(network_actor_id, '')), COUNT(NULLIF(actor_id, '')) FROM people WHERE organization_id = ?`,
		organization.String()).Scan(&c.All, &c.Networks, &c.Public)
	if err != nil {
		return c, fmt.Errorf("count people of %s: %w", organization, err)
	}
	return c, nil
}

// CountCards counts the cards of our people that are out, by network.
func (tx *Tx) CountCards(ctx context.Context) (counts map[uuid.UUID]int, err error) {
	counts = map[uuid.UUID]int{}
	err = tx.rows(ctx, `SELECT network_id, COUNT(*) FROM published_cards WHERE withdrawn_at = 0 GROUP BY network_id`, nil, func(r scanner) error {
		var network uuid.UUID
		var n int
		err := r.Scan(idColumn{&network}, &n)
		counts[network] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count cards: %w", err)
	}
	return counts, nil
}
