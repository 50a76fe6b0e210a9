package card

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Bounds of one search.
const (
	perPage    = 20
	maxPerPage = 100
	maxTags    = 8 // that the beginning of a word may stand for
	maxWords   = 6
	maxAsked   = 200 // runes of a text
)

// Search finds people by skill, by name, by role or by place: ours as far as v
// may see them, and the cards of networks that v's organization is in. It needs
// nobody but this node. The second result is the key of the next page, "" at the end.
func (s *Service) Search(ctx context.Context, v access.Viewer, q node.Search) (list []node.Found, next string, err error) {
	if !access.Can(v, access.SeeNetworks) {
		return nil, "", fmt.Errorf("search: %w", node.ErrNotFound)
	}
	if q.Limit <= 0 || q.Limit > maxPerPage {
		q.Limit = perPage
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		f, ok, err := s.filter(ctx, tx, v, q)
		if err != nil || !ok {
			return err
		}
		hits, key, err := tx.Search(ctx, access.ScopeOf(v), f, s.Now())
		if err != nil {
			return err
		}
		next = key
		list, err = s.load(ctx, tx, v, q, hits)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("search: %w", err)
	}
	return list, next, nil
}

// filter says in tags and words what q asks; false if nothing can fit.
func (s *Service) filter(ctx context.Context, tx *store.Tx, v access.Viewer, q node.Search) (f store.SearchFilter, ok bool, err error) {
	f = store.SearchFilter{Stance: q.Stance, Language: q.Language, Organization: s.organization(q.Organization), Network: q.Network, CanMentor: q.CanMentor, After: q.After, Limit: q.Limit}
	if q.Network != uuid.Nil && !slices.Contains(v.Networks, q.Network) {
		return f, false, nil
	}
	voc, err := s.vocabulary(ctx, tx, v.Networks)
	if err != nil {
		return f, false, err
	}
	text := strings.TrimSpace(q.Text)
	if r := []rune(text); len(r) > maxAsked {
		text = string(r[:maxAsked])
	}
	words := store.Words(text)
	if text != "" && len(words) == 0 {
		return f, false, nil // nothing but signs
	}
	words = words[:min(len(words), maxWords)]
	if q.Tag != "" {
		f.Tags, f.Words, f.Both = voc.family(q.Tag), words, len(words) > 0
		return f, true, nil
	}
	tag, exact := voc.match(text)
	switch {
	case text == "":
	case exact:
		f.Tags = voc.family(tag)
	default:
		f.Tags, f.Words = voc.beginning(text), words
	}
	return f, true, nil
}

// organization is how the index names an organization: ours by its id.
func (s *Service) organization(uri string) string {
	if id, ours := s.Origin.OrganizationID(uri); ours {
		return id.String()
	}
	return uri
}

// load reads what was found. Who hid or went since is left out.
func (s *Service) load(ctx context.Context, tx *store.Tx, v access.Viewer, q node.Search, hits []store.Hit) ([]node.Found, error) {
	scope, now := access.ScopeOf(v), s.Now()
	var people, cards []uuid.UUID
	for _, h := range hits {
		if h.Card {
			cards = append(cards, h.Ref)
		} else {
			people = append(people, h.Ref)
		}
	}
	ours, err := tx.PeopleByID(ctx, scope, people)
	if err != nil {
		return nil, err
	}
	for id, p := range ours {
		if ours[id], err = tx.PersonTowards(ctx, v, p); errors.Is(err, node.ErrNotFound) {
			delete(ours, id)
		} else if err != nil {
			return nil, err
		}
	}
	theirs, err := tx.Cards(ctx, scope, cards, now)
	if err != nil {
		return nil, err
	}
	b := &builder{tx: tx, networks: map[uuid.UUID]*node.Network{}, organizations: map[uuid.UUID]*node.Organization{}}
	if b.members, err = tx.MembersOf(ctx, theirs); err != nil {
		return nil, err
	}
	list := make([]node.Found, 0, len(hits))
	for _, h := range hits {
		f, err := b.found(ctx, v, ours[h.Ref], theirs[h.Ref])
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		f.Skill = sought(f, h.Tag, q)
		list = append(list, *f)
	}
	return list, nil
}

// builder puts together what is shown of hits; it reads each organization once.
type builder struct {
	tx            *store.Tx
	members       map[store.MemberKey]*node.Membership
	networks      map[uuid.UUID]*node.Network
	organizations map[uuid.UUID]*node.Organization
}

func (b *builder) found(ctx context.Context, v access.Viewer, p *node.Person, c *node.Card) (f *node.Found, err error) {
	switch {
	case p != nil:
		if !access.CanSeeEmail(v, p) {
			p.Email = ""
		}
		o := b.organizations[p.OrganizationID]
		if o == nil {
			if o, err = b.tx.Organization(ctx, p.OrganizationID); err != nil {
				return nil, err
			}
			b.organizations[o.ID] = o
		}
		return &node.Found{Person: p, Organization: o}, nil
	case c != nil:
		n := b.networks[c.NetworkID]
		if n == nil {
			if n, err = b.tx.Network(ctx, c.NetworkID); err != nil {
				return nil, err
			}
			b.networks[n.ID] = n
		}
		return &node.Found{Card: c, NetworkName: n.Name, Membership: b.members[store.MemberKey{Network: c.NetworkID, Organization: c.OrganizationURI}]}, nil
	}
	return nil, nil
}

// sought is the skill of a hit that the search was for; the first that fits, as
// people put first what matters to them.
func sought(f *node.Found, tag string, q node.Search) node.PersonSkill {
	skills := []node.PersonSkill(nil)
	if f.Person != nil {
		skills = f.Person.Skills
	} else {
		skills = f.Card.Skills
	}
	for _, stance := range node.Stances {
		for _, k := range skills {
			fits := k.Stance == stance && (tag == "" || k.Tag == tag) && (q.Stance == "" || k.Stance == q.Stance) && (!q.CanMentor || k.CanMentor)
			if fits && (tag != "" || q.Stance != "" || q.CanMentor) {
				return k
			}
		}
	}
	return node.PersonSkill{}
}

// Card returns one card with the organization and the network that it is of.
func (s *Service) Card(ctx context.Context, v access.Viewer, card uuid.UUID) (f *node.Found, err error) {
	if !access.Can(v, access.SeeNetworks) {
		return nil, fmt.Errorf("card %s: %w", card, node.ErrNotFound)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err := s.load(ctx, tx, v, node.Search{}, []store.Hit{{Ref: card, Card: true}})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return node.ErrNotFound
		}
		f = &list[0]
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("card %s: %w", card, err)
	}
	return f, nil
}

// CardOf returns the newest card of an actor that v may see.
func (s *Service) CardOf(ctx context.Context, v access.Viewer, actorURI string) (c *node.Card, err error) {
	if !access.Can(v, access.SeeNetworks) {
		return nil, fmt.Errorf("card of %s: %w", actorURI, node.ErrNotFound)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		ids, err := tx.CardIDs(ctx, actorURI)
		if err != nil || len(ids) == 0 {
			return cmp.Or(err, node.ErrNotFound)
		}
		cards, err := tx.Cards(ctx, access.ScopeOf(v), ids, s.Now())
		if err != nil {
			return err
		}
		for _, id := range ids {
			if c = cards[id]; c != nil {
				return nil
			}
		}
		return node.ErrNotFound
	})
	if err != nil {
		return nil, fmt.Errorf("card of %s: %w", actorURI, err)
	}
	return c, nil
}

// Employer is an organization that the search can be narrowed to.
type Employer struct{ URI, Handle, Name string }

// Choices are what the search can be narrowed to by v.
type Choices struct {
	Networks      []*node.Network
	Organizations []Employer // by name
}

// Choices lists the networks of v and the organizations in them.
func (s *Service) Choices(ctx context.Context, v access.Viewer) (c Choices, err error) {
	if !access.Can(v, access.SeeNetworks) {
		return c, fmt.Errorf("choices of a search: %w", node.ErrNotFound)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		seen := map[string]bool{}
		for _, id := range v.Networks {
			n, err := tx.Network(ctx, id)
			if err != nil {
				return err
			}
			if n.State != node.NetworkActive {
				continue
			}
			c.Networks = append(c.Networks, n)
			members, err := tx.Memberships(ctx, id)
			if err != nil {
				return err
			}
			for _, m := range members {
				if m.Effective() && !seen[m.OrganizationURI] {
					seen[m.OrganizationURI] = true
					c.Organizations = append(c.Organizations, Employer{m.OrganizationURI, m.Handle, m.Name})
				}
			}
		}
		return nil
	})
	if err != nil {
		return Choices{}, fmt.Errorf("choices of a search: %w", err)
	}
	slices.SortFunc(c.Organizations, func(a, b Employer) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return c, nil
}
