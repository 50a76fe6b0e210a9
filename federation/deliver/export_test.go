package deliver

import (
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// Retry, Failed and Succeeded let tests look at the rules themselves.
var (
	Retry     = retry
	Failed    = failed
	Succeeded = succeeded
)

// NewCache returns a cache for tests.
func NewCache[V any](most int) *Cache[V] { return newCache[V](most) }

// Cache is the cache of activities and keys.
type Cache[V any] = cache[V]

// Get is get.
func (c *cache[V]) Get(id uuid.UUID, load func() (V, int, error)) (V, error) { return c.get(id, load) }

// NotedWhileRead plays that the table lists d as due, and that d is noted before the
// answer is there; another about the same object waits behind it. It returns how
// many are thought to wait then.
func NotedWhileRead(d *node.Delivery) int {
	h := &host{waiting: 2, busy: []*node.Delivery{d}}
	h.startReading()
	h.done(d)
	h.waiting--
	h.fill([]*node.Delivery{d}, time.Time{}, time.Now())
	return h.waiting
}
