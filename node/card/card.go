// Package card is what people of other organizations agreed to show, and what
// ours show to them: cards with an end, and the one search for people by skill
// over both. It decides who is shown and found; it knows no documents and no
// addresses of machines beyond those of actors.
package card

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
)

// Service publishes, keeps and searches cards.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
	Skills *skillset.Set
}

// atOnce is how many cards one Due publishes, withdraws or forgets: the rest has
// its turn at the next, so that other work is not kept waiting.
const atOnce = 200

// buried is how long a withdrawal is remembered: a card that was under way when
// it was withdrawn has ended by then.
const buried = 2 * node.CardLife

// Due publishes what changed, renews cards that end soon, withdraws what is not
// to be shown any more and forgets what has ended; it tells how much that was.
// It may run twice, and be killed anywhere.
func (s *Service) Due(ctx context.Context) (int, error) {
	n, err := s.forget(ctx)
	indexed, one := s.index(ctx)
	sent, two := s.publish(ctx)
	return n + indexed + sent, errors.Join(err, one, two)
}

// forget removes cards that have ended.
func (s *Service) forget(ctx context.Context) (n int, err error) {
	now := s.Now()
	todo := false
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		todo, err = tx.CardsToForget(ctx, now, now.Add(-buried))
		return err
	})
	if err != nil || !todo {
		return 0, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		ended, err := tx.DeleteEndedCards(ctx, now, atOnce)
		if err != nil {
			return err
		}
		old, err := tx.ForgetBuried(ctx, now.Add(-buried))
		n = ended + old
		return err
	})
	return n, err
}

// index makes people findable that were there before the search was.
func (s *Service) index(ctx context.Context) (n int, err error) {
	todo := false
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		todo, err = tx.PeopleToIndex(ctx)
		return err
	})
	if err != nil || !todo {
		return 0, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err = tx.IndexPeople(ctx, atOnce)
		return err
	})
	return n, err
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
