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
//	           Invited  KindNetwork, Target one member, Ref the Group that it knows: go on with us as hub
//	both:      Updated  KindOrganization, Audience public: what our organization claims changed;
//	                    and with Target the hub, that it looks at once
package network

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
)

// Service keeps networks, on a hub and in its members.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
	Keys   *keyring.Keyring
	Skills *skillset.Set // the vocabulary that networks add to
	Lookup Lookup
}

// Lookup asks other servers about a network.
type Lookup interface {
	// Hub fetches a network by handle ("ptp@hub.example") or address.
	Hub(ctx context.Context, ref string) (*node.Network, error)
	// Code asks a hub whether the code with this hash can be used; a FieldError says why not.
	Code(ctx context.Context, n *node.Network, hash string) error
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// mayRun reports that v may not decide about a hosted network, if so: that is for
// who runs the node, and for who runs an organization that coordinates.
func mayRun(v access.Viewer, network uuid.UUID) error {
	if access.Can(v, access.RunNode) || access.CanCoordinate(v, network) {
		return nil
	}
	return node.ErrForbidden
}

// hosted returns a network that v may decide about and that has not ended.
func hosted(ctx context.Context, tx *store.Tx, v access.Viewer, network uuid.UUID) (*node.Network, error) {
	n, err := tx.Network(ctx, network)
	if err != nil {
		return nil, err
	}
	if !n.Hosted {
		return nil, node.Invalid("network", "error.network.nothub", "network", n.Handle())
	}
	if n.State != node.NetworkActive {
		return nil, node.Invalid("network", "error.network.ended", "network", n.Handle())
	}
	return n, mayRun(v, network)
}

// announce queues an announcement about a line of a roster, or about a network.
func (s *Service) announce(ctx context.Context, tx *store.Tx, e node.Event) error {
	e.Activity, e.At = newID(), s.Now()
	return tx.Announce(ctx, e)
}

// announceClaims tells everyone who follows it, and the hub, that our
// organization's document says something else about its networks now.
func (s *Service) announceClaims(ctx context.Context, tx *store.Tx, n *node.Network) error {
	o, err := tx.HomeOrganization(ctx)
	if err != nil {
		return err
	}
	e := node.Event{Verb: node.Updated, Kind: node.KindOrganization, Object: o.ID, Actor: o.ID, Audience: node.Public}
	if err := s.announce(ctx, tx, e); err != nil || n.Hosted {
		return err
	}
	e.Target = n.URI
	return s.announce(ctx, tx, e)
}

// audit notes a decision about a network, for who runs it to look up.
func (s *Service) audit(ctx context.Context, tx *store.Tx, v access.Viewer, n *node.Network, what string, about *node.Membership) error {
	detail := map[string]string{"network": n.Handle()}
	if about != nil {
		detail["name"], detail["organization"] = about.Name, about.OrganizationURI
	}
	return tx.PutAudit(ctx, &node.AuditEntry{ID: newID(), About: n.ID, By: v.Person, What: what, Detail: detail, At: s.Now()})
}

// decider is who decides, as every member reads it in the history (S5).
func (s *Service) decider(ctx context.Context, tx *store.Tx, v access.Viewer) (string, error) {
	if v.Person != uuid.Nil {
		p, err := tx.PersonSelf(ctx, v.Person)
		if err != nil {
			return "", err
		}
		return p.Handle + "@" + s.Origin.Host(), nil
	}
	o, err := tx.HomeOrganization(ctx)
	if err != nil {
		return "", err
	}
	return o.Handle + "@" + s.Origin.Host() + " (operator)", nil
}

// originOf is the origin of an address, in its one spelling; "" if it has none.
func originOf(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	raw := scheme + "://" + host
	if o, err := node.ParseOrigin(raw); err != nil || string(o) != raw {
		return ""
	}
	return raw
}

// Digest is what a roster says of who is active: the hex XOR of SHA-256 of the
// ids of the organizations that are (federation.md 8.2).
func Digest(list []*node.Membership) string {
	var x [sha256.Size]byte
	for _, m := range list {
		if m.Status == node.MemberActive {
			sum := sha256.Sum256([]byte(m.OrganizationURI))
			subtle.XORBytes(x[:], x[:], sum[:])
		}
	}
	return hex.EncodeToString(x[:])
}
