// Package peers is what the node knows of other servers: their actors and
// keys, the documents that came from them, and how each host likes to be spoken to.
package peers

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// Service keeps and returns what is known of peers. It decides nothing about
// what people may see: its callers are the federation's own machinery.
type Service struct {
	DB  *store.DB
	Now func() time.Time
}

// Actor returns what is stored of a remote actor.
func (s *Service) Actor(ctx context.Context, uri string) (a *node.RemoteActor, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		a, err = tx.RemoteActor(ctx, uri)
		return err
	})
	return a, err
}

// ActorByHandle returns what is stored of a remote actor.
func (s *Service) ActorByHandle(ctx context.Context, user, host string) (a *node.RemoteActor, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		a, err = tx.RemoteActorByHandle(ctx, user, host)
		return err
	})
	return a, err
}

// PutActor stores an actor's document, what it says, and its keys, together.
func (s *Service) PutActor(ctx context.Context, a *node.RemoteActor, keys []node.RemoteKey, src *node.Source) error {
	now := s.Now()
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		src.ReceivedAt = now
		if err := tx.PutSource(ctx, src); err != nil {
			return err
		}
		old, err := tx.RemoteActor(ctx, a.URI)
		a.ID, a.FetchedAt, a.SourceID = uuid.Must(uuid.NewV7()), now, src.ID
		if err := tx.PutRemoteActor(ctx, a); err != nil {
			return err
		}
		if err == nil && old.SourceID != 0 {
			if err := tx.DeleteSource(ctx, old.SourceID); err != nil {
				return err
			}
		}
		for i := range keys {
			keys[i].FetchedAt = now
		}
		return tx.PutRemoteKeys(ctx, a.URI, keys)
	})
	if err != nil {
		return fmt.Errorf("put actor %s: %w", a.URI, err)
	}
	return nil
}

// Key returns a stored public key.
func (s *Service) Key(ctx context.Context, keyID string) (k *node.RemoteKey, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		k, err = tx.RemoteKey(ctx, keyID)
		return err
	})
	return k, err
}

// CheckedKey notes that a failed signature made us fetch the key again.
func (s *Service) CheckedKey(ctx context.Context, keyID string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.CheckedKey(ctx, keyID, s.Now()) })
}

// Incoming is a verified activity at the moment of its arrival.
type Incoming struct {
	Source      *node.Source
	Fingerprint string // of its signature
	Lane        string // jobs of one lane are handled in order: the actor's URI
}

// InboxJob is the kind of job that handles a stored activity; its payload is the source's id.
const InboxJob = "inbox"

// Take stores a verified activity and the job to handle it, in one transaction,
// and reports false when it came before: then nothing is stored. After Take
// returns nil the activity is durable, and 202 may be answered.
func (s *Service) Take(ctx context.Context, in Incoming) (fresh bool, err error) {
	now := s.Now()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		fresh, err = tx.SeeSignature(ctx, in.Fingerprint, now)
		if err != nil || !fresh {
			return err
		}
		in.Source.ReceivedAt = now
		if err := tx.PutSource(ctx, in.Source); err != nil {
			return err
		}
		if in.Source.URI != "" {
			fresh, err = tx.Receive(ctx, in.Source.URI, in.Source.ID, now)
			if err != nil {
				return err
			}
			if !fresh {
				return tx.DeleteSource(ctx, in.Source.ID)
			}
		}
		return tx.Enqueue(ctx, InboxJob, in.Lane, fmt.Appendf(nil, "%d", in.Source.ID), now)
	})
	if err != nil {
		return false, fmt.Errorf("take activity %s: %w", in.Source.URI, err)
	}
	return fresh, nil
}

// Source returns a stored document.
func (s *Service) Source(ctx context.Context, id int64) (src *node.Source, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		src, err = tx.Source(ctx, id)
		return err
	})
	return src, err
}

// Received returns the activity that came in under an id, while its document is kept.
func (s *Service) Received(ctx context.Context, uri string) (src *node.Source, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		id, err := tx.Received(ctx, uri)
		if err != nil {
			return err
		}
		src, err = tx.Source(ctx, id)
		return err
	})
	return src, err
}

// Enqueue adds a job for now.
func (s *Service) Enqueue(ctx context.Context, kind, lane string, payload []byte) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.Enqueue(ctx, kind, lane, payload, s.Now()) })
}

// PutSource stores a fetched document.
func (s *Service) PutSource(ctx context.Context, src *node.Source) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		src.ReceivedAt = s.Now()
		return tx.PutSource(ctx, src)
	})
}

// DropSource forgets a document that turned out to be for nothing.
func (s *Service) DropSource(ctx context.Context, id int64) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.DeleteSource(ctx, id) })
}

// Count adds one to a counter: for what is dropped and only counted.
func (s *Service) Count(ctx context.Context, name string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.Count(ctx, name, 1) })
}

// Host returns what is known of a host.
func (s *Service) Host(ctx context.Context, host string) (h *node.HostState, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		h, err = tx.Host(ctx, host)
		return err
	})
	return h, err
}

// ChangeHost changes what is known of a host.
func (s *Service) ChangeHost(ctx context.Context, host string, f func(*node.HostState)) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		h, err := tx.Host(ctx, host)
		if err != nil {
			return err
		}
		f(h)
		return tx.PutHost(ctx, h)
	})
}

// ForgetOld removes what has served: signatures that the Date window refuses by
// now, and after two weeks finished deliveries (E9) and the memory of what was
// taken back before it came: no server tries for so long.
func (s *Service) ForgetOld(ctx context.Context, window time.Duration) error {
	now := s.Now()
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.ForgetSignatures(ctx, now.Add(-window)); err != nil {
			return err
		}
		if err := tx.ForgetWithdrawn(ctx, now.Add(-14*24*time.Hour)); err != nil {
			return err
		}
		return tx.ForgetDeliveries(ctx, now.Add(-14*24*time.Hour))
	})
}
