package ui

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits counts attempts per key in a table that cannot grow without bound.
type limits struct {
	every rate.Limit
	burst int
	most  int

	mu   sync.Mutex
	rows map[string]*rate.Limiter
}

func newLimits(every rate.Limit, burst, most int) *limits {
	return &limits{every: every, burst: burst, most: most, rows: map[string]*rate.Limiter{}}
}

// take counts one attempt of key at now. It returns 0 if it may go on, else
// how long to wait.
func (l *limits) take(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	row := l.rows[key]
	if row == nil {
		if len(l.rows) >= l.most {
			l.forget(now)
		}
		row = rate.NewLimiter(l.every, l.burst)
		l.rows[key] = row
	}
	r := row.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// forget drops the rows that hold nothing back any more, and if all do, an
// arbitrary tenth: the table stays bounded whatever comes in.
func (l *limits) forget(now time.Time) {
	for key, row := range l.rows {
		if row.TokensAt(now) >= float64(l.burst) {
			delete(l.rows, key)
		}
	}
	for key := range l.rows {
		if len(l.rows) < l.most-l.most/10 {
			return
		}
		delete(l.rows, key)
	}
}

// block is the network that an address counts for: /24 or /56 (D7).
func block(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	bits := 56
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return address
	}
	return p.String()
}
