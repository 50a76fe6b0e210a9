// Package roster keeps a member's copy of each network's roster: it asks the hub,
// checks what it signed, asks every organization whether it says itself that it
// is a member, and catches up with what a node missed. What it finds out it hands
// to node/network, which decides what follows.
package roster

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/limit"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/peers"
)

// Keeper does that work.
type Keeper struct {
	Finder  *discover.Finder
	Network *network.Service
	Peers   *peers.Service
	Origin  node.Origin
	Now     func() time.Time
	Log     *slog.Logger
	// CatchUp takes in an activity that was read in an outbox at from, as the inbox does.
	CatchUp func(ctx context.Context, activity jsonld.Object, from string) error

	start sync.Once
	woken chan struct{}
	hints *limit.Limiter // words of members about rosters, per host
	mu    sync.Mutex
	later map[string]held // what failed
}

// Bounds of what is asked at the same time, and again.
const (
	hostsAtOnce = 8
	lookEvery   = time.Minute
	againAfter  = 5 * time.Minute // what failed; a roster sooner when somebody says that it changed
	maxLater    = 10000
	hintsTaken  = 5 // of one host in 5 minutes: what it says makes us ask the hub
)

// held is something that failed and is tried again later.
type held struct {
	host  string
	until time.Time
}

func (k *Keeper) init() {
	k.start.Do(func() { k.woken, k.hints = make(chan struct{}, 1), limit.NewLimiter(hintsTaken, k.Now) })
}

func (k *Keeper) wake() chan struct{} {
	k.init()
	return k.woken
}

// Run works until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if _, err := k.Drain(ctx); err != nil && ctx.Err() == nil {
			k.Log.Error("rosters cannot be kept", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-k.wake():
		}
	}
}

// Wake tells that there may be something to do.
func (k *Keeper) Wake() {
	select {
	case k.wake() <- struct{}{}:
	default:
	}
}

// task is something to ask a host. It reports whether it got what it asked for.
type task struct {
	host string
	key  string // for trying again later; empty if that is decided elsewhere
	do   func(context.Context) error
}

// Drain does all that is due now, and tells how much it was.
func (k *Keeper) Drain(ctx context.Context) (int, error) {
	total := 0
	for _, list := range []func(context.Context) ([]task, error){k.rosters, k.claims, k.catchUps} {
		tasks, err := list(ctx)
		if err != nil {
			return total, err
		}
		n, err := k.work(ctx, tasks)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// work does the tasks of each host one after the other, and of a few hosts at once.
func (k *Keeper) work(ctx context.Context, tasks []task) (done int, err error) {
	byHost := map[string][]task{}
	for _, t := range tasks {
		if k.ready(t.key) {
			byHost[t.host] = append(byHost[t.host], t)
			done++
		}
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	room := make(chan struct{}, hostsAtOnce)
	for _, list := range byHost {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			for _, t := range list {
				if ctx.Err() != nil {
					return
				}
				if fault := k.try(ctx, t); fault != nil {
					mu.Lock()
					err = errors.Join(err, fault)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return done, errors.Join(err, ctx.Err())
}

// try does one task. What another server could not answer is tried again later;
// only a fault of ours is returned.
func (k *Keeper) try(ctx context.Context, t task) error {
	err := t.do(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		delete(k.later, t.key)
		return nil
	}
	if k.later == nil || len(k.later) >= maxLater {
		k.later = map[string]held{}
	}
	if t.key != "" {
		k.later[t.key] = held{t.host, k.Now().Add(againAfter)}
	}
	var fault *fault
	if errors.As(err, &fault) {
		return err
	}
	k.Log.Info("not answered", "host", t.host, "what", t.key, "err", err)
	return nil
}

// ready reports whether something did not fail just before.
func (k *Keeper) ready(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return !k.Now().Before(k.later[key].until)
}

// Asked tells that a host asked us for what it missed. It counts us as a member
// by now, so what it would not answer before is worth another try.
func (k *Keeper) Asked(host string) {
	k.mu.Lock()
	before := len(k.later)
	maps.DeleteFunc(k.later, func(_ string, h held) bool { return h.host == host })
	changed := len(k.later) < before
	k.mu.Unlock()
	if changed {
		k.Wake()
	}
}

// fault is an error of this node, not of the one that was asked.
type fault struct{ err error }

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// own marks an error as ours.
func own(err error) error {
	if err == nil {
		return nil
	}
	return &fault{err}
}

// hostOf is the server of a URI, in its one spelling (A13).
func hostOf(uri string) string {
	u, err := address.URL(uri)
	if err != nil {
		return ""
	}
	return u.Host
}
