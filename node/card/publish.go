package card

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// place names one card of ours: of a person, in a network, by one actor.
type place struct{ person, network, actor uuid.UUID }

// publish compares what networks were told of our people with what they are to
// know, and makes up the difference.
func (s *Service) publish(ctx context.Context) (n int, err error) {
	var say, unsay []place
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		say, unsay, err = s.compare(ctx, tx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("compare cards: %w", err)
	}
	for _, p := range unsay[:min(len(unsay), atOnce)] { // taking back goes first
		if err := s.DB.Write(ctx, func(tx *store.Tx) error { return s.withdraw(ctx, tx, p) }); err != nil {
			return n, fmt.Errorf("withdraw card of %s: %w", p.person, err)
		}
		n++
	}
	for _, p := range say[:min(len(say), atOnce)] {
		if err := s.DB.Write(ctx, func(tx *store.Tx) error { return s.send(ctx, tx, p) }); err != nil {
			return n, fmt.Errorf("publish card of %s: %w", p.person, err)
		}
		n++
	}
	return n, nil
}

// compare lists which cards are to be said, and which to be taken back.
func (s *Service) compare(ctx context.Context, tx *store.Tx) (say, unsay []place, err error) {
	now := s.Now()
	networks, err := tx.CardNetworks(ctx, now)
	if err != nil {
		return nil, nil, err
	}
	list, err := tx.CardsOut(ctx)
	if err != nil {
		return nil, nil, err
	}
	out := make(map[place]*node.PublishedCard, len(list))
	for _, c := range list {
		out[place{c.PersonID, c.NetworkID, c.ActorID}] = c
	}
	shown := map[place]bool{}
	waits := map[[2]uuid.UUID]bool{}
	for _, n := range networks {
		if !n.Sends {
			waits[[2]uuid.UUID{n.Network, n.Organization}] = !n.Over
			continue
		}
		people, err := tx.CardPeople(ctx, access.ScopeOf(access.MemberOf(n.Network)), n.Organization)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range people {
			at := place{p.ID, n.Network, p.NetworkActorID}
			shown[at] = true
			if current, err := s.current(out[at], p); err != nil {
				return nil, nil, err
			} else if !current {
				say = append(say, at)
			}
		}
	}
	for _, c := range list {
		at := place{c.PersonID, c.NetworkID, c.ActorID}
		if shown[at] {
			continue
		}
		p, err := tx.PersonSelf(ctx, c.PersonID)
		if err != nil && !errors.Is(err, node.ErrNotFound) {
			return nil, nil, err
		}
		// A hub that does not answer, or keeps us on hold, says nothing of whom we
		// show: such a card is not renewed and ends by itself. What its person takes
		// back is taken back all the same.
		if err == nil && waits[[2]uuid.UUID{c.NetworkID, p.OrganizationID}] && wanted(p, c) {
			continue
		}
		unsay = append(unsay, at)
	}
	return say, unsay, nil
}

// wanted reports whether p would still be shown to the network of c.
func wanted(p *node.Person, c *node.PublishedCard) bool {
	return p.NetworkActorID == c.ActorID && !p.Unlisted && access.ScopeOf(access.MemberOf(c.NetworkID)).Includes(p.Audience)
}

// current reports whether c says what p, as reduced for its network, says now,
// and for long enough.
func (s *Service) current(c *node.PublishedCard, p *node.Person) (bool, error) {
	if c == nil || !c.WithdrawnAt.IsZero() || c.ExpiresAt.Sub(s.Now()) <= node.CardRenewal {
		return false, nil
	}
	d, err := digest(p)
	return d == c.Digest, err
}

// digest is of all that a card says of p, who is reduced to what its readers may see.
func digest(p *node.Person) (string, error) {
	raw, err := json.Marshal(struct {
		Handle, Name, Lang, Place string
		Role, Bio                 node.Text
		Languages                 []string
		Skills                    []node.PersonSkill
		Initialed, Followable     bool
	}{p.Handle, p.Name, p.Lang, p.Place, p.RoleTitle, p.Bio, p.Languages, skillsOnly(p.Skills), p.Initialed, p.Followable()})
	if err != nil {
		return "", fmt.Errorf("digest card of %s: %w", p.ID, err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// skillsOnly leaves out who sees a skill: those who see it are not told.
func skillsOnly(list []node.PersonSkill) []node.PersonSkill {
	out := make([]node.PersonSkill, len(list))
	for i, k := range list {
		k.Audience = ""
		out[i] = k
	}
	return out
}

// send says a card as it is now, unless somebody else did.
func (s *Service) send(ctx context.Context, tx *store.Tx, at place) error {
	p, err := tx.PersonByID(ctx, access.ScopeOf(access.MemberOf(at.network)), at.person)
	if errors.Is(err, node.ErrNotFound) || err == nil && (p.NetworkActorID != at.actor || p.Unlisted) {
		return nil // changed since it was looked at: the next Due takes it back
	}
	if err != nil {
		return err
	}
	c, err := tx.PublishedCard(ctx, at.person, at.network, at.actor)
	if errors.Is(err, node.ErrNotFound) {
		c, err = &node.PublishedCard{PersonID: at.person, NetworkID: at.network, ActorID: at.actor}, nil
	}
	if err != nil {
		return err
	}
	if current, err := s.current(c, p); err != nil || current {
		return err
	}
	if err := tx.ForgetCard(ctx, at.person, at.network); err != nil {
		return err
	}
	if c.Digest, err = digest(p); err != nil {
		return err
	}
	now := s.Now()
	c.Version, c.Activity, c.PublishedAt, c.ExpiresAt, c.WithdrawnAt = c.Version+1, newID(), now, now.Add(node.CardLife), time.Time{}
	if err := tx.PutPublishedCard(ctx, c); err != nil {
		return err
	}
	return tx.Announce(ctx, node.Event{
		Activity: c.Activity, Verb: node.Updated, Kind: node.KindCard, Object: at.person, Actor: at.actor, Audience: node.NetworkOnly(at.network), At: now,
	})
}

func (s *Service) withdraw(ctx context.Context, tx *store.Tx, at place) error {
	c, err := tx.PublishedCard(ctx, at.person, at.network, at.actor)
	if err != nil || !c.WithdrawnAt.IsZero() {
		return err
	}
	return tx.WithdrawCard(ctx, c, newID(), s.Now())
}

// Receipt tells how far a card of ours, or its withdrawal, has come in one network.
type Receipt struct {
	Network     *node.Network
	Withdrawn   bool
	At          time.Time // when it was said
	ExpiresAt   time.Time // when copies end that nobody could reach
	Version     int64
	Confirmed   int
	Total       int      // organizations' nodes that it goes to
	Unreachable []string // hosts that have not confirmed it
	Queued      bool     // it is about to be sent
}

// receiptsFor is how long a withdrawal is told of.
const receiptsFor = node.CardLife

// Receipts tells where the cards of one of our people are, for the person and
// who runs their organization; first those that are out.
func (s *Service) Receipts(ctx context.Context, v access.Viewer, handle string) (p *node.Person, list []Receipt, err error) {
	now := s.Now()
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if p, err = tx.Person(ctx, access.ScopeOf(v), handle); err != nil {
			return err
		}
		if !access.CanEditPerson(v, p) {
			return node.ErrForbidden
		}
		cards, err := tx.PublishedCards(ctx, p.ID)
		if err != nil {
			return err
		}
		var gone []Receipt
		for _, c := range cards {
			if !c.WithdrawnAt.IsZero() && now.Sub(c.WithdrawnAt) > receiptsFor {
				continue
			}
			r, err := receipt(ctx, tx, c)
			if err != nil {
				return err
			}
			if r.Withdrawn {
				gone = append(gone, r)
			} else {
				list = append(list, r)
			}
		}
		list = append(list, gone...)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("receipts of %s: %w", handle, err)
	}
	return p, list, nil
}

func receipt(ctx context.Context, tx *store.Tx, c *node.PublishedCard) (Receipt, error) {
	r := Receipt{At: c.PublishedAt, ExpiresAt: c.ExpiresAt, Version: c.Version, Withdrawn: !c.WithdrawnAt.IsZero()}
	if r.Withdrawn {
		r.At = c.WithdrawnAt
	}
	var err error
	if r.Network, err = tx.Network(ctx, c.NetworkID); err != nil {
		return r, err
	}
	count, err := tx.CardReceipts(ctx, c.Activity)
	r.Confirmed, r.Total = count.Delivered, count.Delivered+count.Waiting+count.Dropped
	r.Unreachable, r.Queued = count.Missing, count.Queued
	return r, err
}
