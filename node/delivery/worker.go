package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// Fresh lists deliveries of one activity that can be sent now, to many hosts at
// once, with what is known of these hosts.
func (s *Service) Fresh(ctx context.Context, activity uuid.UUID, limit int) (list []*node.Delivery, hosts []*node.HostState, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if list, err = tx.FreshDeliveries(ctx, activity, s.Now(), limit); err != nil {
			return err
		}
		hosts, err = tx.HostsOf(ctx, activity)
		return err
	})
	return list, hosts, err
}

// Probe returns the first delivery that waits for a host, due or not, or nil,
// with what is known of the host.
func (s *Service) Probe(ctx context.Context, host string) (d *node.Delivery, h *node.HostState, err error) {
	const whenever = 100 * 365 * 24 * time.Hour
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if h, err = tx.Host(ctx, host); err != nil {
			return err
		}
		list, err := tx.DueDeliveries(ctx, host, s.Now().Add(whenever), 1)
		if len(list) > 0 {
			d = list[0]
		}
		return err
	})
	return d, h, err
}

// Failing lists hosts that failed and took nothing since.
func (s *Service) Failing(ctx context.Context) (list []*node.HostState, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.FailingHosts(ctx)
		return err
	})
	return list, err
}

// Idle reports whether nothing waits to be announced and no delivery is due.
func (s *Service) Idle(ctx context.Context) (idle bool, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		due, err := tx.AnyDue(ctx, s.Now())
		idle = !due
		return err
	})
	return idle && err == nil, err
}

// Finished is how one attempt ended.
type Finished struct {
	Delivery *node.Delivery
	Outcome  node.Outcome
	Next     time.Time // of the next attempt, with node.Retry
	Problem  string    // why it did not arrive
	// Host, if set, changes what is known of the host by what the attempt told.
	Host func(*node.HostState)
}

// FinishAll notes how attempts ended together with what they tell of their
// hosts, all in one transaction. It returns what is now known of the hosts that
// changed. Others change hosts too, so each change is made to the stored state.
func (s *Service) FinishAll(ctx context.Context, list []Finished) (changed map[string]*node.HostState, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		changed = map[string]*node.HostState{}
		for _, f := range list {
			if err := tx.FinishDelivery(ctx, f.Delivery.ID, f.Outcome, f.Next, f.Problem); err != nil {
				return err
			}
			if f.Host == nil {
				continue
			}
			h := changed[f.Delivery.Host]
			if h == nil {
				if h, err = tx.Host(ctx, f.Delivery.Host); err != nil {
					return err
				}
				changed[h.Host] = h
			}
			f.Host(h)
		}
		for _, h := range changed {
			if err := tx.PutHost(ctx, h); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("finish %d deliveries: %w", len(list), err)
	}
	return changed, nil
}

// Finish is FinishAll of one attempt; h, if set, is what is known of the host from now on.
func (s *Service) Finish(ctx context.Context, d *node.Delivery, o node.Outcome, next time.Time, problem string, h *node.HostState) error {
	f := Finished{Delivery: d, Outcome: o, Next: next, Problem: problem}
	if h != nil {
		f.Host = func(stored *node.HostState) { *stored = *h }
	}
	_, err := s.FinishAll(ctx, []Finished{f})
	return err
}

// giveUpAtOnce is how many deliveries one write gives up, so that other writes
// need not wait long.
const giveUpAtOnce = 1000

// GiveUp drops what waits for a dead host but follows, answers and deletions
// (federation.md 9). It returns how many still wait.
func (s *Service) GiveUp(ctx context.Context, host, problem string) (left int, err error) {
	for {
		var dropped int64
		err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
			if dropped, err = tx.DropPublic(ctx, host, problem, giveUpAtOnce); err != nil || dropped == giveUpAtOnce {
				return err
			}
			left, err = tx.CountWaiting(ctx, host)
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("give up on %s: %w", host, err)
		}
		if dropped < giveUpAtOnce {
			return left, nil
		}
	}
}
