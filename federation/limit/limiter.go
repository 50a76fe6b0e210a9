package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// window is what rates are counted over.
const window = 5 * time.Minute

// maxCounted bounds how many names a limiter remembers; beyond it forgets the
// ones that are not limited anyway, and if there are none, all.
const maxCounted = 10000

// Limiter is a token bucket per name (D7).
type Limiter struct {
	per int
	now func() time.Time
	mu  sync.Mutex
	by  map[string]*rate.Limiter
}

// NewLimiter allows per events in each window and name; 0 means no limit.
func NewLimiter(per int, now func() time.Time) *Limiter {
	return &Limiter{per: per, now: now, by: map[string]*rate.Limiter{}}
}

// Take uses one event up; it returns how long to wait when there is none left.
func (l *Limiter) Take(name string) time.Duration {
	if l.per <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	r := l.bucket(name, now).ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait
	}
	return 0
}

// Full is Take without using anything up.
func (l *Limiter) Full(name string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.by[name]
	if !ok || l.per <= 0 {
		return 0
	}
	if b.TokensAt(l.now()) >= 1 {
		return 0
	}
	return window / time.Duration(l.per)
}

func (l *Limiter) bucket(name string, now time.Time) *rate.Limiter {
	b, ok := l.by[name]
	if ok {
		return b
	}
	if len(l.by) >= maxCounted {
		l.shrink(now)
	}
	b = rate.NewLimiter(rate.Every(window/time.Duration(l.per)), l.per)
	l.by[name] = b
	return b
}

func (l *Limiter) shrink(now time.Time) {
	for name, b := range l.by {
		if b.TokensAt(now) >= float64(l.per) {
			delete(l.by, name)
		}
	}
	if len(l.by) >= maxCounted {
		clear(l.by)
	}
}
