// Package contact is messages by relay: two people of different organizations
// write to each other, and neither learns the other's address.
package contact

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Service sends and keeps messages.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
}

// Thread is one line of the list of threads.
type Thread = store.Thread

// Due forgets what has served; it tells how much that was.
func (s *Service) Due(_ context.Context) (int, error) { return 0, nil }

// Send writes to somebody: to is the id of a thread, a card or a request, a
// handle ("ana", "ana@host") or an actor's URI.
func (s *Service) Send(ctx context.Context, v access.Viewer, to, text string) (*node.Message, error) {
	return nil, node.ErrForbidden
}

// Threads lists v's threads, the one with the newest message first.
func (s *Service) Threads(ctx context.Context, v access.Viewer) ([]Thread, error) {
	return nil, node.ErrForbidden
}

// Thread lists the messages of one of v's threads, oldest first, and marks them as read.
func (s *Service) Thread(ctx context.Context, v access.Viewer, thread uuid.UUID) ([]*node.Message, error) {
	return nil, node.ErrForbidden
}

// Block keeps messages and requests of the other one of a thread away from v, or
// of everyone in their organization. They cannot tell.
func (s *Service) Block(ctx context.Context, v access.Viewer, thread uuid.UUID, organization bool) error {
	return node.ErrForbidden
}
