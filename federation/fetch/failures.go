package fetch

import (
	"container/list"
	"errors"
	"net/http"
	"sync"
	"time"
)

// failures remembers which addresses gave nothing, so that a dead key or a
// deleted thread is not asked for again with every activity that names it (B7).
type failures struct {
	mu    sync.Mutex
	table *lru[failure]
}

type failure struct {
	err   error
	until time.Time
}

func newFailures() *failures { return &failures{table: newLRU[failure](failuresKept)} }

// recall returns the error of an earlier Get that still counts.
func (c *Client) recall(key string) error {
	if c.unlimited() {
		return nil
	}
	c.failures.mu.Lock()
	defer c.failures.mu.Unlock()
	f, ok := c.failures.table.get(key)
	if !ok {
		return nil
	}
	if !c.opts.Now().Before(f.until) {
		c.failures.table.remove(key)
		return nil
	}
	return f.err
}

// remember keeps a failure of the other side. What this node refused itself or
// could not sign says nothing about it.
func (c *Client) remember(key string, err error) {
	if errors.Is(err, ErrBudget) || errors.Is(err, errUnsigned) {
		return
	}
	until := c.opts.Now().Add(passing)
	if status := (*StatusError)(nil); errors.As(err, &status) && lasting(status.Code) {
		until = c.opts.Now().Add(clientFailure)
	}
	c.failures.mu.Lock()
	defer c.failures.mu.Unlock()
	c.failures.table.put(key, failure{err, until})
}

func (f *failures) forget(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.table.remove(key)
}

// lasting reports whether a status speaks about the request, not the moment.
func lasting(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return code/100 == 4
}

// lru is a table of bounded size that drops what was not used for longest. Its
// owner locks it.
type lru[V any] struct {
	size  int
	order *list.List // of entry[V], most recently used first
	items map[string]*list.Element
}

type entry[V any] struct {
	key   string
	value V
}

func newLRU[V any](size int) *lru[V] {
	return &lru[V]{size: size, order: list.New(), items: map[string]*list.Element{}}
}

func (l *lru[V]) get(key string) (value V, ok bool) {
	e, ok := l.items[key]
	if !ok {
		return value, false
	}
	l.order.MoveToFront(e)
	return e.Value.(*entry[V]).value, true
}

func (l *lru[V]) put(key string, value V) {
	l.remove(key)
	l.items[key] = l.order.PushFront(&entry[V]{key, value})
	if l.order.Len() > l.size {
		l.remove(l.order.Back().Value.(*entry[V]).key)
	}
}

func (l *lru[V]) remove(key string) {
	if e, ok := l.items[key]; ok {
		l.order.Remove(e)
		delete(l.items, key)
	}
}
