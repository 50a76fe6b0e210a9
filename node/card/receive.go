package card

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// Fate is what became of a card that came in.
type Fate string

// The fates.
const (
	Stored  Fate = "stored"
	Foreign Fate = "foreign" // of nobody on the roster of a network that it is for
	Large   Fate = "large"
	Ended   Fate = "ended"
	Old     Fate = "old" // we know a newer one, or that it was withdrawn
)

// early is how far another node's clock may be ahead of ours.
const early = 24 * time.Hour

// Arrival is a card as it came in, signed by the person whom it is of.
type Arrival struct {
	Card  *node.Card
	Actor *node.RemoteActor
	// For are the networks that it is addressed to, by their Groups or members collections.
	For  []string
	Size int // bytes
}

// Receive stores a card in each of the networks that it is for in which it
// counts: we and the person's organization are effective members, and the
// organization is on the person's own server (A12). Copies of the same card
// replace each other; an older one never comes back.
func (s *Service) Receive(ctx context.Context, a Arrival) (fate Fate, err error) {
	if a.Size > node.MaxCardBytes || len(a.Card.Skills) > node.MaxCardSkills {
		return Large, nil
	}
	now := s.Now()
	fate = Foreign
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		fate = Foreign
		networks, err := addressed(ctx, tx, a.For)
		if err != nil {
			return err
		}
		for _, n := range networks {
			c := *a.Card
			c.NetworkID = n.ID
			one, err := s.receive(ctx, tx, &c, a.Actor, now)
			if err != nil {
				return err
			}
			if fate != Stored {
				fate = one
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("receive card of %s: %w", a.Card.ActorURI, err)
	}
	return fate, nil
}

// addressed are those of our networks that a thing is for, each once.
func addressed(ctx context.Context, tx *store.Tx, uris []string) (list []*node.Network, err error) {
	for _, uri := range uris {
		n, err := tx.NetworkByURI(ctx, uri)
		if errors.Is(err, node.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(list, func(other *node.Network) bool { return other.ID == n.ID }) {
			list = append(list, n)
		}
	}
	return list, nil
}

func (s *Service) receive(ctx context.Context, tx *store.Tx, c *node.Card, actor *node.RemoteActor, now time.Time) (Fate, error) {
	m, err := tx.MemberWith(ctx, c.NetworkID, c.OrganizationURI, now)
	if errors.Is(err, node.ErrNotFound) {
		return Foreign, nil
	}
	if err != nil {
		return "", err
	}
	if m.Role == node.ObserverMember {
		return Foreign, nil // who only reads shows nobody
	}
	// Whoever runs another server cannot make somebody the staff of a member.
	if actor.Gone || c.ActorURI != actor.URI || !strings.HasPrefix(c.ActorURI, m.Origin+"/") || !strings.HasPrefix(c.OrganizationURI, m.Origin+"/") {
		return Foreign, nil
	}
	if !c.ExpiresAt.After(now) {
		return Ended, nil
	}
	if end := now.Add(node.CardLife + early); c.ExpiresAt.After(end) {
		c.ExpiresAt = end
	}
	if c.UpdatedAt.After(now.Add(early)) {
		c.UpdatedAt = now
	}
	version, updated, err := tx.CardKnown(ctx, c.NetworkID, c.ActorURI)
	if err != nil {
		return "", err
	}
	if c.Version <= version && !c.UpdatedAt.After(updated) {
		return Old, nil
	}
	c.ID, c.ActorID, c.ReceivedAt, c.Skills = newID(), actor.ID, now, s.known(c.Skills)
	return Stored, tx.PutCard(ctx, c)
}

// known gives skills of other vocabularies that have a name of ours our code, so
// that they are found by it (federation.md 6.2), and leaves each once.
func (s *Service) known(list []node.PersonSkill) []node.PersonSkill {
	var out []node.PersonSkill
	for _, k := range list {
		if _, ours := s.Skills.Tag(k.Tag); k.TermSet != "" || !ours {
			if tag, ok := s.Skills.Match(k.Name); ok {
				k.Tag, k.TermSet = tag.Code, ""
			}
		}
		twice := func(o node.PersonSkill) bool { return o.Tag == k.Tag && o.Stance == k.Stance }
		if !slices.ContainsFunc(out, twice) {
			out = append(out, k)
		}
	}
	return out
}

// Withdraw removes an actor's card from networks, by their Groups or members
// collections, and keeps older versions away. It is the actor's own word, so it
// counts whoever is a member.
func (s *Service) Withdraw(ctx context.Context, actorURI string, from []string, version int64, at time.Time) error {
	now := s.Now()
	if at.IsZero() || at.After(now.Add(early)) {
		at = now
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		networks, err := addressed(ctx, tx, from)
		if err != nil {
			return err
		}
		for _, n := range networks {
			known, updated, err := tx.CardKnown(ctx, n.ID, actorURI)
			if err != nil {
				return err
			}
			if version < known && !at.After(updated) {
				continue // shown again since
			}
			on, err := onRoster(ctx, tx, n.ID, actorURI)
			if err != nil {
				return err
			}
			if known == 0 && !on {
				continue // nothing of theirs can come in: there is nothing to remember of a stranger
			}
			if err := tx.DeleteCard(ctx, n.ID, actorURI); err != nil {
				return err
			}
			if err := tx.BuryCard(ctx, n.ID, actorURI, max(version, known), at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("withdraw card of %s: %w", actorURI, err)
	}
	return nil
}

// onRoster reports whether an organization on the server of an actor is, or was, in a network.
func onRoster(ctx context.Context, tx *store.Tx, network uuid.UUID, actorURI string) (bool, error) {
	lines, err := tx.MembershipsAt(ctx, node.OriginOf(actorURI))
	return slices.ContainsFunc(lines, func(m *node.Membership) bool { return m.NetworkID == network }), err
}

// Gone removes all cards of an actor that is no more, for good.
func (s *Service) Gone(ctx context.Context, actorURI string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		networks, err := tx.HeldNetworks(ctx, actorURI)
		if err != nil {
			return err
		}
		for _, n := range networks {
			if err := s.bury(ctx, tx, n, actorURI); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remove cards of %s: %w", actorURI, err)
	}
	return nil
}

func (s *Service) bury(ctx context.Context, tx *store.Tx, network uuid.UUID, actorURI string) error {
	if err := tx.DeleteCard(ctx, network, actorURI); err != nil {
		return err
	}
	if err := tx.ForgetName(ctx, actorURI); err != nil {
		return err
	}
	return tx.BuryCard(ctx, network, actorURI, math.MaxInt64, s.Now())
}
