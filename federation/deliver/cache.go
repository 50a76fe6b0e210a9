package deliver

import (
	"container/list"
	"errors"
	"sync"

	"github.com/google/uuid"
)

// cache keeps what was used last, up to a total size. Many ask for the same
// thing at once when a fan-out begins: it is loaded once, and a failure is not kept.
type cache[V any] struct {
	mu    sync.Mutex
	most  int
	size  int
	order *list.List // of *entry, used last first
	table map[uuid.UUID]*list.Element
}

type entry[V any] struct {
	id   uuid.UUID
	size int // 0 until it is loaded
	once sync.Once
	v    V
	err  error
}

// errLoad stays when loading panics.
var errLoad = errors.New("could not be loaded")

func newCache[V any](most int) *cache[V] {
	return &cache[V]{most: most, order: list.New(), table: map[uuid.UUID]*list.Element{}}
}

// get returns what is kept under id, else what load gives.
func (c *cache[V]) get(id uuid.UUID, load func() (v V, size int, err error)) (V, error) {
	c.mu.Lock()
	at, ok := c.table[id]
	if ok {
		c.order.MoveToFront(at)
	} else {
		at = c.order.PushFront(&entry[V]{id: id, err: errLoad})
		c.table[id] = at
	}
	c.mu.Unlock()
	e := at.Value.(*entry[V])
	e.once.Do(func() {
		size := 0
		defer func() { c.loaded(at, e, size) }()
		e.v, size, e.err = load()
	})
	return e.v, e.err
}

// loaded counts a new entry and makes room for it.
func (c *cache[V]) loaded(at *list.Element, e *entry[V], size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.table[e.id] != at { // forgotten meanwhile
		return
	}
	if e.err != nil {
		c.remove(at)
		return
	}
	e.size = size
	c.size += size
	for c.size > c.most && c.order.Len() > 1 {
		c.remove(c.order.Back())
	}
}

func (c *cache[V]) remove(at *list.Element) {
	e := c.order.Remove(at).(*entry[V])
	delete(c.table, e.id)
	c.size -= e.size
}

// forget drops everything.
func (c *cache[V]) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size = 0
	c.order.Init()
	clear(c.table)
}
