package limit

// MaxCounted is the bound of names in a limiter.
const MaxCounted = maxCounted

// Names is how many names it remembers.
func (l *Limiter) Names() int { return len(l.by) }

// Empty reports whether it remembers nobody.
func (g *Gate) Empty() bool { return g.inside == 0 && len(g.of) == 0 }
