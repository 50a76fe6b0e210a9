package discover

import "time"

// KeyCache shows the cache of keys to tests.
type KeyCache struct{ keyCache }

// Get is get.
func (c *KeyCache) Get(id string, now time.Time) (*PublicKey, bool) { return c.get(id, now) }

// State is state.
func (c *KeyCache) State() int64 { return c.state() }

// Put is put.
func (c *KeyCache) Put(id string, k *PublicKey, state int64, now time.Time) {
	c.put(id, k, state, now)
}

// Drop is drop.
func (c *KeyCache) Drop(actor string) { c.drop(actor) }

// Size is how many keys it holds.
func (c *KeyCache) Size() int { return len(c.byID) }

// Believed and MaxKeys are its bounds.
const (
	Believed = believed
	MaxKeys  = maxKeys
)

// Habits shows the table of hosts to tests.
type Habits struct{ habits[int] }

// Put is put; it returns how many hosts are remembered.
func (h *Habits) Put(host string, v int) int {
	h.put(host, v)
	return len(h.byHost)
}

// MaxHosts is its bound.
const MaxHosts = maxHosts
