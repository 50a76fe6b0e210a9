package discover

import (
	"context"
	"sync"
	"time"
)

// Bounds of the tables that the Finder keeps in memory (R21).
const (
	maxKeys  = 20000
	maxHosts = 4096
	// believed is how long a parsed key is used before the database is asked
	// again: another process may have stored a newer one.
	believed = time.Minute
)

// keyCache keeps parsed keys, so that a busy peer's key is parsed once.
type keyCache struct {
	mu      sync.RWMutex
	byID    map[string]cachedKey
	byActor map[string][]string // ids in byID
	changes int64
}

type cachedKey struct {
	*PublicKey
	until time.Time
}

func (c *keyCache) get(id string, now time.Time) (*PublicKey, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	k, ok := c.byID[id]
	return k.PublicKey, ok && now.Before(k.until)
}

// state is to be taken before a key is read that put gets.
func (c *keyCache) state() int64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.changes
}

// put keeps a key, unless keys changed since the state in which it was read:
// an old key must not come back over a newer one.
func (c *keyCache) put(id string, k *PublicKey, state int64, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state != c.changes {
		return
	}
	if c.byID == nil || len(c.byID) >= maxKeys {
		c.byID, c.byActor = map[string]cachedKey{}, map[string][]string{}
	}
	if _, there := c.byID[id]; !there {
		c.byActor[k.Actor] = append(c.byActor[k.Actor], id)
	}
	c.byID[id] = cachedKey{k, now.Add(believed)}
}

// drop forgets the keys of an actor, because it shows others now.
func (c *keyCache) drop(actor string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for _, id := range c.byActor[actor] {
		delete(c.byID, id)
	}
	delete(c.byActor, actor)
}

// flights lets all who ask for the same key wait for one answer.
type flights struct {
	mu sync.Mutex
	by map[string]*flight
}

type flight struct {
	done chan struct{}
	key  *PublicKey
	err  error
}

// do calls ask, or waits for the call of somebody else with the same name.
func (f *flights) do(ctx context.Context, name string, ask func() (*PublicKey, error)) (*PublicKey, error) {
	f.mu.Lock()
	if other, ok := f.by[name]; ok {
		f.mu.Unlock()
		select {
		case <-other.done:
			return other.key, other.err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	own := &flight{done: make(chan struct{}), err: errLanded}
	if f.by == nil {
		f.by = map[string]*flight{}
	}
	f.by[name] = own
	f.mu.Unlock()
	defer func() { // also after a panic: nobody may wait for ever
		f.mu.Lock()
		delete(f.by, name)
		f.mu.Unlock()
		close(own.done)
	}()
	own.key, own.err = ask()
	return own.key, own.err
}

// habits remembers a word for each host, for as many hosts as there is room for.
type habits[V any] struct {
	mu     sync.Mutex
	byHost map[string]V
}

func (h *habits[V]) get(host string) (v V, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v, ok = h.byHost[host]
	return v, ok
}

func (h *habits[V]) put(host string, v V) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byHost == nil || len(h.byHost) >= maxHosts {
		h.byHost = map[string]V{} // it can be found out again
	}
	h.byHost[host] = v
}
