package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// What lists are narrowed by stands among the words. No word that somebody types
// holds a colon.
const (
	wordAll      = "all:"
	wordMentor   = "mentor:"
	wordLanguage = "lang:"
	wordOrg      = "org:"
)

// never is when people of ours end: not at all.
const never = math.MaxInt64

// Words are the words of a text as the search compares them: in lower case,
// without accents, letters and digits only.
func Words(s string) []string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// Ranks of a skill in the search: who offers it comes first, the most
// experienced before others; then who learns it, then who would like to.
const (
	rankLearning = 10
	rankInterest = 20
	rankEnd      = 30
)

func rankOf(s node.PersonSkill) int {
	switch s.Stance {
	case node.Offer:
		return 3 - s.Level
	case node.Learning:
		return rankLearning + 3 - s.Level
	}
	return rankInterest
}

// ranks are the lowest rank of a stance and the first that is above it; those of
// all stances for none.
func ranks(s node.Stance) (from, to int) {
	switch s {
	case node.Offer:
		return 0, rankLearning
	case node.Learning:
		return rankLearning, rankInterest
	case node.Interest:
		return rankInterest, rankEnd
	}
	return 0, rankEnd
}

// searchEntry is what the search knows of a person or a card.
type searchEntry struct {
	ref, who, network, organization string
	audience                        node.Audience
	ends, seq                       int64
	skills                          []node.PersonSkill
	// words by who may find the entry by them; "" is whoever sees the entry.
	words map[node.Audience][]string
}

func (e *searchEntry) add(a node.Audience, words ...string) {
	for _, w := range words {
		if w = cutWord(w); !slices.Contains(e.words[a], w) {
			e.words[a] = append(e.words[a], w)
		}
	}
}

// maxWord bounds a word of the index; what is longer is found by its beginning.
const maxWord = 200

func cutWord(w string) string {
	if len(w) > maxWord {
		return strings.ToValidUTF8(w[:maxWord], "")
	}
	return w
}

// indexPerson makes p findable as it is now: by each word and skill for whom p
// shows it to. Unlisted people are found by nothing.
func (tx *Tx) indexPerson(ctx context.Context, p *node.Person) error {
	e := &searchEntry{
		ref: p.ID.String(), who: p.ID.String(), organization: p.OrganizationID.String(), audience: p.Audience, ends: never, seq: -ms(p.UpdatedAt),
		words: map[node.Audience][]string{},
	}
	if p.Unlisted {
		e.audience = ""
		return tx.putEntry(ctx, e)
	}
	e.skills = p.Skills
	e.add("", wordAll, wordOrg+e.organization)
	e.add(p.AudienceOf(node.FieldName), Words(p.Name)...)
	e.add(p.AudienceOf(node.FieldPlace), Words(p.Place)...)
	for _, role := range p.RoleTitle {
		e.add(p.AudienceOf(node.FieldRole), Words(role)...)
	}
	for _, l := range p.Languages {
		e.add(p.AudienceOf(node.FieldLanguages), wordLanguage+l)
	}
	for _, k := range p.Skills {
		if k.CanMentor {
			e.add(access.SkillAudience(k), wordMentor)
		}
	}
	return tx.putEntry(ctx, e)
}

// indexCard makes c findable for the people of its network.
func (tx *Tx) indexCard(ctx context.Context, c *node.Card) error {
	e := &searchEntry{
		ref: c.ID.String(), who: c.ActorURI, network: c.NetworkID.String(), organization: c.OrganizationURI, audience: node.NetworkOnly(c.NetworkID),
		ends: ms(c.ExpiresAt), seq: -ms(c.ReceivedAt), skills: slices.Clone(c.Skills), words: map[node.Audience][]string{},
	}
	e.add("", wordAll, wordOrg+c.OrganizationURI)
	e.add("", Words(c.Name+" "+c.RoleTitle+" "+c.Place)...)
	for _, l := range c.Languages {
		e.add("", wordLanguage+l)
	}
	for i, k := range e.skills {
		if k.CanMentor {
			e.add("", wordMentor)
		}
		e.skills[i].Audience = "" // what is on a card is for all of its readers
	}
	return tx.putEntry(ctx, e)
}

func (tx *Tx) putEntry(ctx context.Context, e *searchEntry) error {
	if err := tx.unindex(ctx, e.ref); err != nil {
		return err
	}
	entry, err := tx.insert(ctx, `INSERT INTO search_entries (ref, who, audience, network_id, organization, ends_at) VALUES (`+marks(6)+`)`,
		e.ref, e.who, string(e.audience), e.network, e.organization, e.ends)
	if err != nil {
		return fmt.Errorf("index %s: %w", e.ref, err)
	}
	for _, k := range e.skills {
		a := k.Audience
		if e.network == "" {
			a = access.SkillAudience(k)
		}
		err := tx.exec(ctx, `INSERT INTO search_skills (tag, rank, seq, entry, audience, can_mentor) VALUES (`+marks(6)+`) ON CONFLICT DO NOTHING`,
			k.Tag, rankOf(k), e.seq, entry, string(a), flag(k.CanMentor))
		if err != nil {
			return fmt.Errorf("index skill %s of %s: %w", k.Tag, e.ref, err)
		}
	}
	for a, words := range e.words {
		for _, w := range words {
			if err := tx.exec(ctx, `INSERT INTO search_words (word, seq, entry, audience) VALUES (?, ?, ?, ?)`, w, e.seq, entry, string(a)); err != nil {
				return fmt.Errorf("index words of %s: %w", e.ref, err)
			}
		}
	}
	return nil
}

// unindex makes a person or a card findable by nothing.
func (tx *Tx) unindex(ctx context.Context, ref string) error {
	if err := tx.exec(ctx, `DELETE FROM search_entries WHERE ref = ?`, ref); err != nil {
		return fmt.Errorf("take %s from the index: %w", ref, err)
	}
	return nil
}

// IndexPeople makes up to limit people findable that were stored before there
// was an index, and reports how many these were.
func (tx *Tx) IndexPeople(ctx context.Context, limit int) (n int, err error) {
	var list []uuid.UUID
	err = tx.rows(ctx, `SELECT p.id FROM people p WHERE NOT EXISTS (SELECT 1 FROM search_entries e WHERE e.ref = p.id) LIMIT ?`, []any{limit}, func(r scanner) error {
		var person uuid.UUID
		err := r.Scan(idColumn{&person})
		list = append(list, person)
		return err
	})
	for _, person := range list {
		if err != nil {
			break
		}
		var p *node.Person
		if p, err = tx.PersonSelf(ctx, person); err == nil {
			err = tx.indexPerson(ctx, p)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("index people: %w", err)
	}
	return len(list), nil
}

// PeopleToIndex reports whether IndexPeople has anything to do.
func (tx *Tx) PeopleToIndex(ctx context.Context) (todo bool, err error) {
	err = tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM people p WHERE NOT EXISTS (SELECT 1 FROM search_entries e WHERE e.ref = p.id))`).Scan(&todo)
	return todo, err
}
