package inbox

import "sync"

// gate bounds how many requests are inside at once, in all and of one client,
// so that a flood is turned away instead of piling up in memory (R12).
type gate struct {
	all, each int
	mu        sync.Mutex
	inside    int
	of        map[string]int
}

func newGate(all, each int) *gate { return &gate{all: all, each: each, of: map[string]int{}} }

// enter reports whether there is room; who got in must leave.
func (g *gate) enter(client string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside >= g.all || g.of[client] >= g.each {
		return false
	}
	g.inside++
	g.of[client]++
	return true
}

func (g *gate) leave(client string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.of[client]--; g.of[client] == 0 {
		delete(g.of, client)
	}
}
