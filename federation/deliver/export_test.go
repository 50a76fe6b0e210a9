package deliver

import "github.com/google/uuid"

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
