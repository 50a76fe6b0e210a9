// Package network is the networks that organizations belong to: what a hub
// keeps, how an organization joins and leaves, the roster that every member can
// check, and how a network goes on when its hub does not. It knows no HTTP and no
// ActivityPub: what has to be known of other servers comes in by arguments, and
// by Lookup.
//
// What it announces (node.Event, Kind KindMembership unless said otherwise; Object
// is the id of a line of our copy of the roster, whose NetworkID tells the network):
//
//	a member:  Joined   Actor our organization, Target the hub, Ref the hash of the code or ""
//	           Left     Actor our organization, Target the hub; and again with Audience network:<id>
//	                    for everyone else (store.Tx.RosterInboxes: we are no member any more)
//	a hub:     Received Actor the network, Target the organization, Ref its Join
//	           Answered, Refused: the same (Refused when expelled too)
//	           Added, Updated, Removed  Actor the network, Audience network:<id>; the one whom it
//	                    narrows is told by an event of its own with Target
//	           Updated  KindNetwork, Object the network: what the Group actor says changed
//	           Deleted  KindNetwork: the network ends here
//	           Invited  KindNetwork, Target one member: go on with us as hub
//	both:      Updated  KindOrganization, Audience public: what our organization claims changed;
//	                    and with Target the hub, that it looks at once
package network

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

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

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

var errLater = errors.New("not yet")
