package conversation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Mentions returns who one of our public items speaks to by name: the author of
// the received item that it answers.
func (s *Service) Mentions(ctx context.Context, i *node.Item) (list []node.Author, err error) {
	if i.Audience.ForNetworks() || i.InReplyTo == "" || s.Origin.Owns(i.InReplyTo) {
		return nil, nil
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		parent, err := tx.StoredItem(ctx, i.InReplyTo)
		if errors.Is(err, node.ErrNotFound) {
			return nil
		}
		if err == nil {
			list = append(list, parent.Author)
		}
		return err
	})
	return list, err
}

// Networks returns the networks whose members an item is for now; none if it is for others.
func (s *Service) Networks(ctx context.Context, i *node.Item) (list []*node.Network, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.NetworksOfAudience(ctx, i.Audience)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("networks of item %s: %w", i.ID, err)
	}
	now := s.Now()
	return slices.DeleteFunc(list, func(n *node.Network) bool { return !n.Effective(now) }), nil
}

// Reach is a network as an audience: its name, and how many organizations it reaches.
type Reach struct {
	Network       *node.Network
	Organizations int // besides our own
}

// Reaches tells for each network that v reads whom it reaches.
func (s *Service) Reaches(ctx context.Context, v access.Viewer) (all map[uuid.UUID]Reach, err error) {
	all = map[uuid.UUID]Reach{}
	if len(v.Networks) == 0 {
		return all, nil
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		for _, id := range v.Networks {
			n, err := tx.Network(ctx, id)
			if err != nil {
				return err
			}
			members, err := tx.Memberships(ctx, id)
			if err != nil {
				return err
			}
			r := Reach{Network: n}
			for _, m := range members {
				if m.Effective() && m.OrganizationURI != s.Origin.OrganizationURI(v.Organization) {
					r.Organizations++
				}
			}
			all[id] = r
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reach of networks: %w", err)
	}
	return all, nil
}

// Standing is how a server stands to the networks that something is addressed to.
type Standing struct {
	Networks []*node.Network // addressed ones that we know, by name
	Shared   []*node.Network // those of them of which it and we are effective members, it as more than an observer
	Hub      bool            // it is one of them that speaks, not a member
}

// Standing tells how actor, by the origin that it is on, stands to the networks
// that something is addressed to: by their members collections in its to and cc,
// by any of their ids in its audience.
func (s *Service) Standing(ctx context.Context, actor, origin string, to, audience []string) (st Standing, err error) {
	if len(to)+len(audience) == 0 {
		return st, nil
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		st, err = s.standing(ctx, tx, actor, origin, to, audience)
		return err
	})
	if err != nil {
		return Standing{}, fmt.Errorf("standing of %s: %w", actor, err)
	}
	return st, nil
}

func (s *Service) standing(ctx context.Context, tx *store.Tx, actor, origin string, to, audience []string) (st Standing, err error) {
	if st.Networks, err = tx.AddressedNetworks(ctx, to, audience); err != nil || len(st.Networks) == 0 {
		return st, err
	}
	ours, err := tx.NetworksOfOrigin(ctx, origin, s.Now())
	if err != nil {
		return st, err
	}
	scope := access.ScopeOf(access.Remote(actor, ours...))
	for _, n := range st.Networks {
		st.Hub = st.Hub || n.URI == actor
		if !scope.Includes(node.NetworkOnly(n.ID)) {
			continue
		}
		speaks, err := tx.SpeaksFrom(ctx, n.ID, origin)
		if err != nil {
			return st, err
		}
		if speaks {
			st.Shared = append(st.Shared, n)
		}
	}
	return st, nil
}

// placeInNetwork decides who may read what came for networks: our people who are
// in the first that we share with its author. Servers of members are known, so no
// admin looks first.
func (s *Service) placeInNetwork(ctx context.Context, tx *store.Tx, i *node.Item, a Arrival, st Standing, named []uuid.UUID) ([]uuid.UUID, Fate, error) {
	switch {
	case a.Open:
		return nil, Widened, nil
	case len(st.Shared) == 0 || a.SharedBy != "":
		return nil, Outside, nil
	}
	i.Audience = node.NetworkOnly(st.Shared[0].ID)
	answers, err := s.answersUs(ctx, tx, i.InReplyTo, access.Scope{node.Public, node.Networks, i.Audience})
	i.Addressed = answers || len(named) > 0
	return named, "", err
}

// isMember reports whether an actor's server is one of an effective member of the
// networks of an audience.
func (s *Service) isMember(ctx context.Context, tx *store.Tx, actor *node.RemoteActor, a node.Audience) (bool, error) {
	networks, err := tx.NetworksOfOrigin(ctx, actor.Origin(), s.Now())
	return access.ScopeOf(access.Remote(actor.URI, networks...)).Includes(a), err
}

// reacts is what of ours an actor may react to.
func (s *Service) reacts(ctx context.Context, tx *store.Tx, verb string, actor *node.RemoteActor) (access.Scope, error) {
	if verb == "share" {
		return access.ScopeOf(access.Visitor), nil // what is for a network goes no further
	}
	networks, err := tx.NetworksOfOrigin(ctx, actor.Origin(), s.Now())
	return access.ScopeOf(access.Remote(actor.URI, networks...)), err
}
