// Package network is the networks that organizations belong to: what a hub
// keeps, how an organization joins and leaves, the roster that every member can
// check, and how a network goes on when its hub does not.
package network

import (
	"context"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/store"
)

// Service keeps networks, on a hub and in its members.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
	Keys   *keyring.Keyring
	Lookup Lookup
}

// Lookup asks other servers about a network.
type Lookup interface {
	// Hub fetches a network by handle ("ptp@hub.example") or address.
	Hub(ctx context.Context, ref string) (*node.Network, error)
	// Code asks a hub whether the code with this hash can be used; a FieldError says why not.
	Code(ctx context.Context, n *node.Network, hash string) error
}

// Due does what has become due by the clock, and tells how much that was.
func (s *Service) Due(_ context.Context) (int, error) { return 0, nil }
