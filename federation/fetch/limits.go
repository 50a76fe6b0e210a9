package fetch

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/publicsuffix"
	"golang.org/x/time/rate"
)

// The limits of B7.
const (
	perMinute     = 60   // fetches per registrable domain
	inAll         = 16   // fetches at the same time
	perHost       = 2    // of these, to one host
	domainsKept   = 4096 // counted at a time, the least recently asked go first
	failuresKept  = 4096
	clientFailure = time.Hour       // how long a 4xx is remembered
	passing       = 5 * time.Minute // how long any other failure is
)

type budgetKey struct{}

// WithBudget lets at most n fetches be made on behalf of one inbound activity,
// redirects counted (B7: 30). A context that has a budget keeps it, so that no
// step inside can widen it.
func WithBudget(ctx context.Context, n int) context.Context {
	if _, ok := ctx.Value(budgetKey{}).(*atomic.Int64); ok {
		return ctx
	}
	var left atomic.Int64
	left.Store(int64(n))
	return context.WithValue(ctx, budgetKey{}, &left)
}

// admit waits until one request of a Get may be made, or refuses it. The caller
// must call release when the answer is read.
func (c *Client) admit(ctx context.Context, u *url.URL) (release func(), err error) {
	if left, ok := ctx.Value(budgetKey{}).(*atomic.Int64); ok && left.Add(-1) < 0 {
		return nil, fmt.Errorf("fetch for one activity: %w", ErrBudget)
	}
	if c.unlimited() {
		return func() {}, nil
	}
	if domain := registrable(u.Hostname()); !c.domains.allow(domain, c.opts.Now()) {
		return nil, fmt.Errorf("fetch from %s: %w", domain, ErrBudget)
	}
	return c.slots.acquire(ctx, u.Hostname())
}

// unlimited is never true on a node that reaches only the public internet.
func (c *Client) unlimited() bool { return c.opts.Unlimited && c.ranged() }

// registrable returns the part of a host that its owner pays for, as all names
// below it may be one attacker's. Ports never count. An IP address, or a name
// that is itself a public suffix, stands for itself.
func registrable(host string) string {
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// domains counts fetches per registrable domain.
type domains struct {
	mu    sync.Mutex
	table *lru[*rate.Limiter]
}

func newDomains() *domains { return &domains{table: newLRU[*rate.Limiter](domainsKept)} }

func (d *domains) allow(domain string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	limiter, ok := d.table.get(domain)
	if !ok {
		limiter = rate.NewLimiter(rate.Every(time.Minute/perMinute), perMinute)
		d.table.put(domain, limiter)
	}
	return limiter.AllowN(now, 1)
}

// slots bounds how many fetches run at the same time.
type slots struct {
	all   chan struct{}
	mu    sync.Mutex
	hosts map[string]*hostSlots // only hosts that are being asked or waited for
}

type hostSlots struct {
	taken chan struct{}
	users int
}

func newSlots() *slots {
	return &slots{all: make(chan struct{}, inAll), hosts: map[string]*hostSlots{}}
}

// acquire waits for a place with the host first and then in all, so that those
// who wait for a slow host take nothing from the others.
func (s *slots) acquire(ctx context.Context, host string) (release func(), err error) {
	h := s.enter(host)
	for _, places := range []chan struct{}{h.taken, s.all} {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			if places == s.all {
				<-h.taken
			}
			s.leave(host, h)
			return nil, fmt.Errorf("wait to ask %s: %w: %w", host, ErrBudget, context.Cause(ctx))
		}
	}
	return func() {
		<-s.all
		<-h.taken
		s.leave(host, h)
	}, nil
}

func (s *slots) enter(host string) *hostSlots {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hosts[host]
	if h == nil {
		h = &hostSlots{taken: make(chan struct{}, perHost)}
		s.hosts[host] = h
	}
	h.users++
	return h
}

func (s *slots) leave(host string, h *hostSlots) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.users--; h.users == 0 {
		delete(s.hosts, host)
	}
}
