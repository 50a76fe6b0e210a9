// Package limit bounds what strangers may cost: how many of their requests are
// inside at once, and how often they may do something. It knows no HTTP.
package limit

import "sync"

// Gate bounds how many requests are inside at once, in all and of one client,
// so that a flood is turned away instead of piling up in memory (R12).
type Gate struct {
	all, each int
	mu        sync.Mutex
	inside    int
	of        map[string]int
}

// NewGate lets in all at once, and each of one client.
func NewGate(all, each int) *Gate { return &Gate{all: all, each: each, of: map[string]int{}} }

// Enter reports whether there is room; who got in must Leave.
func (g *Gate) Enter(client string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside >= g.all || g.of[client] >= g.each {
		return false
	}
	g.inside++
	g.of[client]++
	return true
}

// Leave makes room.
func (g *Gate) Leave(client string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.of[client]--; g.of[client] == 0 {
		delete(g.of, client)
	}
}
