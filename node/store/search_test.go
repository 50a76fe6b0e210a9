package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// hall is a node in a network with cards of other organizations.
type hall struct {
	*nodetest.Node
	network *node.Network
	member  access.Viewer
	scope   access.Scope
	cards   []*node.Card
}

const hallTags = 40

func tagOf(k int) string { return fmt.Sprintf("tag-%d", k) }

// newHall is a node in one network.
func newHall(t testing.TB) *hall {
	t.Helper()
	h := &hall{Node: nodetest.NewNode(t)}
	h.Person(t, "mia", node.Member)
	h.network = h.JoinNetwork(t, "ptp")
	h.member = h.Viewer(t, "mia")
	h.scope = access.ScopeOf(h.member)
	return h
}

func orgURI(k int) string {
	return fmt.Sprintf("https://org%d.example/ap/organizations/%s", k, uuid.NewSHA1(uuid.Nil, fmt.Append(nil, k)))
}

// fillHall adds organizations and cards: each with five skills of hallTags.
func (h *hall) fill(t testing.TB, organizations, cards int) {
	t.Helper()
	for k := range organizations {
		h.Member(t, h.network, orgURI(k), fmt.Sprintf("https://org%d.example", k))
	}
	for from := 0; from < cards; from += 5000 {
		write(t, h.DB, func(ctx context.Context, tx *store.Tx) error {
			for k := from; k < min(cards, from+5000); k++ {
				c := h.card(k, organizations)
				if err := tx.PutCard(ctx, c); err != nil {
					return err
				}
				h.cards = append(h.cards, c)
			}
			return nil
		})
	}
}

var givenNames = []string{"Ana", "María", "José", "Noor", "Dele", "Joy", "Sam", "Lucía", "Wei", "Amaya"}

func (h *hall) card(k, organizations int) *node.Card {
	now := h.Clock.Now()
	c := &node.Card{
		ID: newID(), NetworkID: h.network.ID, ActorURI: fmt.Sprintf("https://org%d.example/ap/people/%d", k%organizations, k), OrganizationURI: orgURI(k % organizations),
		Name: fmt.Sprintf("%s Person%d", givenNames[k%len(givenNames)], k), RoleTitle: "Data organizer", Place: "Town" + fmt.Sprint(k%500), Languages: []string{"en"},
		Version: 1, ExpiresAt: now.Add(node.CardLife), UpdatedAt: now, ReceivedAt: now.Add(-time.Duration(k) * time.Second),
	}
	if k%5 == 0 {
		c.Languages = append(c.Languages, "es")
	}
	for i := range 5 {
		s := node.PersonSkill{Tag: tagOf((k*7 + i*11) % hallTags), Stance: node.Stances[(k+i)%3]}
		if s.Stance != node.Interest {
			s.Level = 1 + (k+i)%3
		}
		s.CanMentor = s.Stance == node.Offer && k%4 == 0
		c.Skills = append(c.Skills, s)
	}
	return c
}

// find runs a search and returns what it found, page after page.
func (h *hall) find(t testing.TB, f store.SearchFilter) (refs []uuid.UUID) {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 1000
	}
	for range 1000 {
		var hits []store.Hit
		view(t, h.DB, func(ctx context.Context, tx *store.Tx) (err error) {
			hits, f.After, err = tx.Search(ctx, h.scope, f, h.Clock.Now())
			return err
		})
		for _, hit := range hits {
			refs = append(refs, hit.Ref)
		}
		if f.After == "" {
			return refs
		}
	}
	t.Fatal("a search without an end")
	return nil
}

// TestSearchRanks finds who offers a skill before who learns it, the more
// experienced and then the fresher first, in pages as in one list.
func TestSearchRanks(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.fill(t, 6, 400)
	tag := tagOf(3)
	var want []*node.Card
	skill := func(c *node.Card) (best node.PersonSkill, ok bool) {
		for _, s := range c.Skills {
			if s.Tag == tag {
				return s, true
			}
		}
		return best, false
	}
	for _, c := range h.cards {
		if _, ok := skill(c); ok {
			want = append(want, c)
		}
	}
	slices.SortStableFunc(want, func(a, b *node.Card) int {
		sa, _ := skill(a)
		sb, _ := skill(b)
		if i, j := slices.Index(node.Stances, sa.Stance), slices.Index(node.Stances, sb.Stance); i != j {
			return i - j
		}
		if sa.Level != sb.Level {
			return sb.Level - sa.Level
		}
		return b.ReceivedAt.Compare(a.ReceivedAt)
	})
	for _, limit := range []int{1, 3, 7, 1000} {
		got := h.find(t, store.SearchFilter{Tags: []string{tag}, Limit: limit})
		if !slices.EqualFunc(got, want, func(id uuid.UUID, c *node.Card) bool { return id == c.ID }) {
			t.Errorf("in pages of %d: %d hits in another order than the %d that there are", limit, len(got), len(want))
		}
	}
}

// TestSearchFilters compares each filter with the same done by hand, over one
// tag, over words and over everybody.
func TestSearchFilters(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.fill(t, 6, 300)
	rapid.Check(t, func(rt *rapid.T) {
		f := store.SearchFilter{
			Stance:    rapid.SampledFrom([]node.Stance{"", "", node.Offer, node.Learning, node.Interest}).Draw(rt, "stance"),
			Language:  rapid.SampledFrom([]string{"", "", "en", "es", "vi"}).Draw(rt, "language"),
			CanMentor: rapid.Bool().Draw(rt, "mentor"),
			Limit:     rapid.SampledFrom([]int{4, 50, 1000}).Draw(rt, "limit"),
		}
		if rapid.Bool().Draw(rt, "one organization") {
			f.Organization = orgURI(rapid.IntRange(0, 6).Draw(rt, "organization"))
		}
		if rapid.Bool().Draw(rt, "one network") {
			f.Network = h.network.ID
		}
		for range rapid.IntRange(0, 3).Draw(rt, "tags") {
			if tag := tagOf(rapid.IntRange(0, hallTags).Draw(rt, "tag")); !slices.Contains(f.Tags, tag) {
				f.Tags = append(f.Tags, tag)
			}
		}
		f.Words = store.Words(rapid.SampledFrom([]string{"", "ana", "maría", "MARIA", "jos", "data org", "town1", "person12 data", "nobody"}).Draw(rt, "words"))
		if len(f.Words) > 0 && len(f.Tags) > 0 {
			f.Both = rapid.Bool().Draw(rt, "both")
		}
		want := map[uuid.UUID]bool{}
		for _, c := range h.cards {
			if fits(c, f) {
				want[c.ID] = true
			}
		}
		got := h.find(t, f)
		if f.Network == uuid.Nil && len(f.Words)+len(f.Tags) == 0 && f.Stance == "" && f.Language == "" && !f.CanMentor && f.Organization == "" {
			return // the people of this node are found too
		}
		seen := map[uuid.UUID]bool{}
		for _, id := range got {
			if seen[id] {
				rt.Errorf("%s is found twice by %+v", id, f)
			}
			seen[id] = true
		}
		for id := range want {
			if !seen[id] {
				rt.Errorf("not found by %+v: one of %d, with %d found", f, len(want), len(got))
				return
			}
		}
		for _, c := range h.cards {
			if seen[c.ID] && !want[c.ID] {
				rt.Errorf("found by %+v: %+v", f, c)
				return
			}
		}
	})
}

// fits does by hand what the search does.
func fits(c *node.Card, f store.SearchFilter) bool {
	words := store.Words(c.Name + " " + c.RoleTitle + " " + c.Place)
	has := func(tagged bool) bool {
		return slices.ContainsFunc(c.Skills, func(s node.PersonSkill) bool {
			return (!tagged || slices.Contains(f.Tags, s.Tag)) && (f.Stance == "" || s.Stance == f.Stance) && (!f.CanMentor || s.CanMentor)
		})
	}
	apart := func() bool { // without a tag, stance and mentoring may be of two skills
		stance := f.Stance == "" || slices.ContainsFunc(c.Skills, func(s node.PersonSkill) bool { return s.Stance == f.Stance })
		return stance && (!f.CanMentor || slices.ContainsFunc(c.Skills, func(s node.PersonSkill) bool { return s.CanMentor }))
	}
	worded := true
	for _, w := range f.Words {
		worded = worded && slices.ContainsFunc(words, func(o string) bool { return strings.HasPrefix(o, w) })
	}
	if f.Organization != "" && c.OrganizationURI != f.Organization || f.Language != "" && !slices.Contains(c.Languages, f.Language) {
		return false
	}
	switch {
	case len(f.Tags) == 0:
		return worded && apart()
	case f.Both:
		return worded && has(true)
	case len(f.Words) > 0:
		return has(true) || worded && apart()
	}
	return has(true)
}

// TestSearchShowsNobodyWhoHides hides one person of ours in each way, and ends
// one card in each way: none is found, by nothing.
func TestSearchShowsNobodyWhoHides(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.fill(t, 2, 10)
	person := func(change func(*node.Person)) *node.Person {
		p := &node.Person{
			ID: newID(), OrganizationID: h.Organization.ID, Name: "Canary Crane", Place: "Canarytown", RoleTitle: node.Text{"en": "Canarist"}, Languages: []string{"vi"}, Role: node.Member, Lang: "en",
			Audience: node.Networks, CreatedAt: h.Clock.Now(), UpdatedAt: h.Clock.Now(), Version: 1,
			Skills: []node.PersonSkill{{Tag: "canary", Stance: node.Offer, Level: 2, CanMentor: true}},
		}
		p.Handle = "c" + strings.ReplaceAll(p.ID.String(), "-", "")[20:]
		p.Email = p.Handle + "@example.org"
		change(p)
		write(t, h.DB, func(ctx context.Context, tx *store.Tx) error { return tx.PutPerson(ctx, p) })
		return p
	}
	me := func(p *node.Person) node.Audience { return node.Only(p.ID) }
	by := map[string]store.SearchFilter{
		"skill": {Tags: []string{"canary"}}, "name": {Words: store.Words("cránE")}, "place": {Words: store.Words("canarytown")}, "role": {Words: store.Words("canarist")},
		"language": {Language: "vi"}, "mentor": {CanMentor: true, Organization: h.Organization.ID.String()}, "everybody": {Organization: h.Organization.ID.String()},
	}
	for name, c := range map[string]struct {
		change func(*node.Person)
		found  []string
	}{
		"shown":           {func(*node.Person) {}, []string{"skill", "name", "role", "language", "mentor", "everybody"}}, // a place starts at the organization
		"all of it":       {func(p *node.Person) { p.Fields = map[node.Field]node.Audience{node.FieldPlace: node.Networks} }, []string{"skill", "name", "role", "language", "mentor", "everybody", "place"}},
		"unlisted":        {func(p *node.Person) { p.Unlisted = true }, nil},
		"closed":          {func(p *node.Person) { p.Audience = me(p) }, nil},
		"skill hidden":    {func(p *node.Person) { p.Skills[0].Audience = me(p) }, []string{"name", "role", "language", "everybody"}},
		"name hidden":     {func(p *node.Person) { p.Fields = map[node.Field]node.Audience{node.FieldName: me(p)} }, []string{"skill", "role", "language", "mentor", "everybody"}},
		"role hidden":     {func(p *node.Person) { p.Fields = map[node.Field]node.Audience{node.FieldRole: me(p)} }, []string{"skill", "name", "language", "mentor", "everybody"}},
		"language hidden": {func(p *node.Person) { p.Fields = map[node.Field]node.Audience{node.FieldLanguages: me(p)} }, []string{"skill", "name", "role", "mentor", "everybody"}},
	} {
		p := person(c.change)
		outside := *h
		outside.scope = access.ScopeOf(access.Viewer{Person: newID(), Organization: newID(), Networks: h.member.Networks}) // of a guest organization
		for how, f := range by {
			got := slices.Contains(outside.find(t, f), p.ID)
			if want := slices.Contains(c.found, how); got != want {
				t.Errorf("%s: found by %s = %v", name, how, got)
			}
		}
		own := *h
		own.scope = access.ScopeOf(access.Viewer{Person: p.ID, Organization: h.Organization.ID})
		if !p.Unlisted && !slices.Contains(own.find(t, by["skill"]), p.ID) {
			t.Errorf("%s: not found by themself", name)
		}
		p.Unlisted = true
		write(t, h.DB, func(ctx context.Context, tx *store.Tx) error { return tx.PutPerson(ctx, p) })
		if slices.Contains(own.find(t, by["skill"]), p.ID) {
			t.Errorf("%s: still found after it was unlisted", name)
		}
	}
}

// TestSearchEndsCards takes cards out of the search by time, by the roster and by
// our own standing, before anything removes them.
func TestSearchEndsCards(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.fill(t, 2, 10)
	all := store.SearchFilter{Network: h.network.ID, Words: []string{"data"}}
	count := func(what string, want int) {
		t.Helper()
		got := h.find(t, all)
		if len(got) != want {
			t.Errorf("%s: %d found, want %d", what, len(got), want)
		}
		view(t, h.DB, func(ctx context.Context, tx *store.Tx) error {
			ids := make([]uuid.UUID, len(h.cards))
			for i, c := range h.cards {
				ids[i] = c.ID
			}
			cards, err := tx.Cards(ctx, h.scope, ids, h.Clock.Now())
			if len(cards) != want {
				t.Errorf("%s: %d are read, want %d", what, len(cards), want)
			}
			return err
		})
	}
	count("at first", 10)
	h.Member(t, h.network, orgURI(0), "https://org0.example", func(m *node.Membership) { m.Status = node.MemberSuspended })
	count("an organization on hold", 5)
	h.Member(t, h.network, orgURI(0), "https://org0.example", func(m *node.Membership) { m.Claim = false })
	count("A12: an organization that claims nothing", 5)
	h.Member(t, h.network, orgURI(0), "https://org0.example")
	count("and back", 10)
	other := h.scope
	h.scope = access.ScopeOf(access.Viewer{Person: newID(), Organization: newID()})
	count("for who is in no network", 0)
	h.scope = other
	h.network.State = node.NetworkLeft
	write(t, h.DB, func(ctx context.Context, tx *store.Tx) error { return tx.PutNetwork(ctx, h.network) })
	count("after we left", 0)
	h.network.State = node.NetworkActive
	write(t, h.DB, func(ctx context.Context, tx *store.Tx) error { return tx.PutNetwork(ctx, h.network) })
	h.Clock.Add(node.CardLife - time.Second)
	count("just before they end, with the hub silent for long", 10)
	h.Clock.Add(time.Second)
	count("when they end", 0)
	write(t, h.DB, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.DeleteEndedCards(ctx, h.Clock.Now(), 100)
		if n != 10 {
			t.Errorf("%d cards removed", n)
		}
		return err
	})
	left, err := h.DB.Strings(t.Context(), `SELECT ref FROM search_entries WHERE network_id <> '' UNION ALL SELECT card_id FROM card_skills`)
	if err != nil || len(left) != 0 {
		t.Errorf("of removed cards stays %v, %v", left, err)
	}
}

// TestSearchOnceInTwoNetworks finds somebody with a card in two networks once.
func TestSearchOnceInTwoNetworks(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.fill(t, 3, 30)
	second := h.JoinNetwork(t, "second")
	h.member = h.Viewer(t, "mia")
	h.scope = access.ScopeOf(h.member)
	for k := range 3 {
		h.Member(t, second, orgURI(k), fmt.Sprintf("https://org%d.example", k))
	}
	write(t, h.DB, func(ctx context.Context, tx *store.Tx) error {
		for k := range 30 {
			c := h.card(k, 3)
			c.NetworkID = second.ID
			if k%2 == 0 {
				c.Skills[0].Stance, c.Skills[0].Level = node.Offer, 3
			}
			if err := tx.PutCard(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	for name, f := range map[string]store.SearchFilter{
		"a skill": {Tags: []string{tagOf(7)}}, "skills": {Tags: []string{tagOf(7), tagOf(14), tagOf(21)}, Limit: 3}, "a word": {Words: []string{"data"}, Limit: 4},
		"a skill and a word": {Tags: []string{tagOf(7)}, Words: []string{"organ"}, Limit: 5}, "a language": {Language: "es"}, "an organization": {Organization: orgURI(1)},
	} {
		refs := h.find(t, f)
		actors := map[string]bool{}
		view(t, h.DB, func(ctx context.Context, tx *store.Tx) error {
			cards, err := tx.Cards(ctx, h.scope, refs, h.Clock.Now())
			for _, c := range cards {
				actors[c.ActorURI] = true
			}
			return err
		})
		if len(actors) != len(refs) || len(refs) == 0 {
			t.Errorf("%s: %d hits of %d people", name, len(refs), len(actors))
		}
	}
}

// TestCountSkills counts people, not cards, as far as a reader need know it.
func TestCountSkills(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.fill(t, 3, 60)
	count := func(tags ...string) map[node.Stance]store.SkillCount {
		t.Helper()
		by := map[node.Stance]store.SkillCount{}
		view(t, h.DB, func(ctx context.Context, tx *store.Tx) error {
			list, err := tx.CountSkills(ctx, h.scope, [][]string{tags}, h.Clock.Now())
			for _, c := range list {
				by[c.Stance] = c
			}
			return err
		})
		return by
	}
	for k := range hallTags {
		want := map[node.Stance]int{}
		for _, c := range h.cards {
			for _, s := range c.Skills {
				if s.Tag == tagOf(k) {
					want[s.Stance]++
				}
			}
		}
		for stance, c := range count(tagOf(k)) {
			if c.N != want[stance] || c.More {
				t.Errorf("%s %s: counted %+v, want %d", tagOf(k), stance, c, want[stance])
			}
		}
	}
	all := make([]string, hallTags)
	for k := range all {
		all[k] = tagOf(k)
	}
	if c := count(all...)[node.Offer]; !c.More || c.N > 10 {
		t.Errorf("of many: %+v", c)
	}
	if c := count("nothing")[node.Offer]; c.More || c.N != 0 {
		t.Errorf("of none: %+v", c)
	}
}
