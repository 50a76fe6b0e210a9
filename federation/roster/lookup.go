package roster

import (
	"context"

	"github.com/poweron-network/poweron/node"
)

// Hub fetches a network by handle or address; it implements network.Lookup.
func (k *Keeper) Hub(_ context.Context, _ string) (*node.Network, error) {
	return nil, node.ErrNotFound
}

// Code asks a hub whether a code can be used; it implements network.Lookup.
func (k *Keeper) Code(_ context.Context, _ *node.Network, _ string) error { return node.ErrNotFound }
