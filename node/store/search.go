package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// SearchFilter is what a search for people asks of the index. All parts that are
// set have to fit; of tags any one.
type SearchFilter struct {
	Tags         []string // who has one of these comes first, the best first
	Words        []string // as Words makes them; each is the beginning of a word
	Both         bool     // words have to fit who has a tag too; else who has them comes after
	Stance       node.Stance
	Language     string
	Organization string // URI, or the id of one of ours
	Network      uuid.UUID
	CanMentor    bool
	After        string // key of the last hit shown
	Limit        int
}

// Hit is one person that a search found.
type Hit struct {
	Ref  uuid.UUID // of a person of ours or of a card
	Card bool
	Tag  string // the skill that it was found by; empty if it was found by a word
	key  hitKey
}

// hitKey is the place of a hit: by skill first, then by word.
type hitKey struct {
	word      string // empty while hits are by skill
	rank      int
	seq       int64
	entry     int64
	last      string // what tells rows of one entry apart: its tag, or an audience
	byWord    bool
	beginning bool // before all hits
}

func (k hitKey) String() string {
	if k.byWord {
		return "w." + strconv.FormatInt(k.seq, 10) + "." + strconv.FormatInt(k.entry, 10) + "." + k.last + "." + k.word
	}
	return "s." + strconv.Itoa(k.rank) + "." + strconv.FormatInt(k.seq, 10) + "." + strconv.FormatInt(k.entry, 10) + "." + k.last
}

// parseHitKey is String backwards. A key that nobody gave out is the beginning.
func parseHitKey(s string) hitKey {
	begin := hitKey{seq: math.MinInt64, beginning: true}
	p := strings.SplitN(s, ".", 5)
	if len(p) != 5 {
		return begin
	}
	k := hitKey{last: p[4]}
	var errs [3]error
	switch p[0] {
	case "s":
		k.rank, errs[0] = strconv.Atoi(p[1])
		k.seq, errs[1] = strconv.ParseInt(p[2], 10, 64)
		k.entry, errs[2] = strconv.ParseInt(p[3], 10, 64)
	case "w":
		k.byWord, k.word, k.last = true, p[4], p[3]
		k.seq, errs[0] = strconv.ParseInt(p[1], 10, 64)
		k.entry, errs[1] = strconv.ParseInt(p[2], 10, 64)
	default:
		return begin
	}
	for _, err := range errs {
		if err != nil {
			return begin
		}
	}
	return k
}

// condition is a part of a WHERE clause with its arguments.
type condition struct {
	sql  strings.Builder
	args []any
}

func (c *condition) and(sql string, args ...any) {
	c.sql.WriteString(" AND " + sql)
	c.args = append(c.args, args...)
}

// searcher is one search by one reader at one time.
type searcher struct {
	s   access.Scope
	now time.Time
	f   SearchFilter
}

// seen is the condition that the reader may know a row of the index that alias
// names: a skill, a word.
func (q *searcher) seen(c *condition, alias string) {
	sql, args := in(alias+".audience", append(slices.Clone(q.s), ""))
	c.and(sql, args...)
}

// open is the condition that the reader may open an entry: it is for them, it
// has not ended, and the organization of a card is a member now (federation.md 8.2).
func (q *searcher) open(c *condition, alias string) {
	sql, args := in(alias+".audience", q.s)
	c.and(sql, args...)
	c.and(alias+`.ends_at > ?`, ms(q.now))
	c.and(`(` + alias + `.network_id = '' OR EXISTS (SELECT 1 FROM network_members m JOIN networks n ON n.id = m.network_id
		WHERE m.network_id = ` + alias + `.network_id AND m.organization_uri = ` + alias + `.organization AND ` + listed + `))`)
}

// narrow adds the filters that do not depend on what the search goes along: k is
// the row that it goes along, e its entry.
func (q *searcher) narrow(c *condition, k, e string) {
	if q.f.Organization != "" {
		c.and(e+`.organization = ?`, q.f.Organization)
	}
	if q.f.Network != uuid.Nil {
		c.and(`(`+e+`.network_id = ? OR `+e+`.network_id = '' AND EXISTS (SELECT 1 FROM local_actors l JOIN network_members m ON m.organization_uri = l.uri
			WHERE l.id = `+e+`.organization AND m.network_id = ? AND m.status = 'active'))`, q.f.Network.String(), q.f.Network.String())
	}
	if q.f.Language != "" {
		q.with(c, k, wordLanguage+q.f.Language)
	}
}

// with is the condition that an entry has a word that lists are narrowed by.
func (q *searcher) with(c *condition, k, word string) {
	c.and(`EXISTS (SELECT 1 FROM search_words y WHERE y.word = ? AND y.seq = `+k+`.seq AND y.entry = `+k+`.entry`, word)
	q.seen(c, "y")
	c.sql.WriteString(`)`)
}

// withWords is the condition that an entry has words that begin so.
func (q *searcher) withWords(c *condition, k string, words []string) {
	for _, w := range words {
		c.and(`EXISTS (SELECT 1 FROM search_words y WHERE y.entry = `+k+`.entry AND y.word >= ? AND y.word < ?`, w, beyond(w))
		q.seen(c, "y")
		c.sql.WriteString(`)`)
	}
}

// skilled is the condition on a row of search_skills.
func (q *searcher) skilled(c *condition, k, e string) {
	q.seen(c, k)
	if q.f.CanMentor {
		c.and(k + `.can_mentor = 1`)
	}
	if q.f.Both {
		q.withWords(c, k, q.f.Words)
	}
	q.narrow(c, k, e)
	q.open(c, e)
}

// byTag lists whom q finds by one tag after a key.
func (tx *Tx) byTag(ctx context.Context, q *searcher, tag string, after hitKey, limit int) (list []Hit, err error) {
	from, to := ranks(q.f.Stance)
	if after.beginning {
		after.rank = from
	}
	c := &condition{args: []any{tag, after.rank, after.seq, after.entry, after.rank, after.seq, after.entry, after.last, to}}
	q.skilled(c, "k", "e")
	c.and(`NOT EXISTS (SELECT 1 FROM search_entries d CROSS JOIN search_skills x WHERE d.who = e.who AND x.entry = d.id
		AND x.tag IN (`+marks(len(q.f.Tags))+`) AND x.rank >= ? AND x.rank < ? AND (x.rank, x.seq, x.entry, x.tag) < (k.rank, k.seq, k.entry, k.tag)`, append(texts(q.f.Tags), from, to)...)
	q.skilled(c, "x", "d")
	c.sql.WriteString(`)`)
	err = tx.rows(ctx, `SELECT k.tag, k.rank, k.seq, k.entry, e.ref, e.network_id <> '' FROM search_skills k CROSS JOIN search_entries e
		WHERE e.id = k.entry AND k.tag = ? AND (k.rank, k.seq, k.entry) >= (?, ?, ?) AND (k.rank, k.seq, k.entry, k.tag) > (?, ?, ?, ?) AND k.rank < ?`+
		c.sql.String()+` ORDER BY k.rank, k.seq, k.entry LIMIT ?`, append(c.args, limit), func(r scanner) error {
		var h Hit
		err := r.Scan(&h.Tag, &h.key.rank, &h.key.seq, &h.key.entry, idColumn{&h.Ref}, &h.Card)
		h.key.last = h.Tag
		list = append(list, h)
		return err
	})
	return list, err
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// way is the word that a search by words goes along, and those that have to fit besides.
type way struct {
	from, to string // words from, up to but not including to
	besides  []string
}

// beyond is after every word that begins with w.
func beyond(w string) string { return w + "\U0010FFFF" }

func (q *searcher) way() way {
	exact := func(w string) way { return way{w, w + "\x00", q.f.Words} }
	switch {
	case q.f.Organization != "": // few people
		return exact(wordOrg + q.f.Organization)
	case len(q.f.Words) > 0:
		words := slices.Clone(q.f.Words)
		slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // the longest is the rarest
		return way{words[0], beyond(words[0]), words[1:]}
	case q.f.CanMentor:
		return exact(wordMentor)
	case q.f.Language != "":
		return exact(wordLanguage + q.f.Language)
	}
	return exact(wordAll)
}

// worded is the condition on a row of search_words, k, and its entry, e.
func (q *searcher) worded(c *condition, w way, k, e string) {
	q.seen(c, k)
	q.withWords(c, k, w.besides)
	if q.f.CanMentor {
		q.with(c, k, wordMentor)
	}
	if q.f.Stance != "" {
		from, to := ranks(q.f.Stance)
		c.and(`EXISTS (SELECT 1 FROM search_skills y WHERE y.entry = `+k+`.entry AND y.rank >= ? AND y.rank < ?`, from, to)
		q.seen(c, "y")
		c.sql.WriteString(`)`)
	}
	q.narrow(c, k, e)
	q.open(c, e)
}

// byWord lists whom q finds by words, and not by its tags, after a key.
func (tx *Tx) byWord(ctx context.Context, q *searcher, after hitKey, limit int) (list []Hit, err error) {
	w := q.way()
	if after.beginning || !after.byWord {
		after = hitKey{word: w.from, seq: math.MinInt64}
	}
	c := &condition{args: []any{after.word, after.word, after.seq, after.entry, after.last, w.to}}
	q.worded(c, w, "k", "e")
	c.and(`NOT EXISTS (SELECT 1 FROM search_entries d CROSS JOIN search_words x WHERE d.who = e.who AND x.entry = d.id AND x.word >= ? AND x.word < ?
		AND (x.word, x.seq, x.entry, x.audience) < (k.word, k.seq, k.entry, k.audience)`, w.from, w.to)
	q.worded(c, w, "x", "d")
	c.sql.WriteString(`)`)
	if len(q.f.Tags) > 0 {
		from, to := ranks(q.f.Stance)
		c.and(`NOT EXISTS (SELECT 1 FROM search_entries d CROSS JOIN search_skills x WHERE d.who = e.who AND x.entry = d.id
			AND x.tag IN (`+marks(len(q.f.Tags))+`) AND x.rank >= ? AND x.rank < ?`, append(texts(q.f.Tags), from, to)...)
		q.skilled(c, "x", "d")
		c.sql.WriteString(`)`)
	}
	err = tx.rows(ctx, `SELECT k.word, k.seq, k.entry, k.audience, e.ref, e.network_id <> '' FROM search_words k CROSS JOIN search_entries e
		WHERE e.id = k.entry AND k.word >= ? AND (k.word, k.seq, k.entry, k.audience) > (?, ?, ?, ?) AND k.word < ?`+
		c.sql.String()+` ORDER BY k.word, k.seq, k.entry, k.audience LIMIT ?`, append(c.args, limit), func(r scanner) error {
		h := Hit{key: hitKey{byWord: true}}
		err := r.Scan(&h.key.word, &h.key.seq, &h.key.entry, &h.key.last, idColumn{&h.Ref}, &h.Card)
		list = append(list, h)
		return err
	})
	return list, err
}

// Search finds people that s includes, and cards, by skill and by word, each
// person once: who has one of the tags by rank, then who has the words. Nobody
// is found by what they hide from s. The second result is the key of the next
// page, "" at the end.
func (tx *Tx) Search(ctx context.Context, s access.Scope, f SearchFilter, now time.Time) (list []Hit, next string, err error) {
	q, after := &searcher{s, now, f}, parseHitKey(f.After)
	if !after.byWord {
		for _, tag := range f.Tags {
			found, err := tx.byTag(ctx, q, tag, after, f.Limit+1)
			if err != nil {
				return nil, "", fmt.Errorf("search by skill: %w", err)
			}
			list = append(list, found...)
		}
		slices.SortFunc(list, func(a, b Hit) int {
			return cmp.Or(cmp.Compare(a.key.rank, b.key.rank), cmp.Compare(a.key.seq, b.key.seq), cmp.Compare(a.key.entry, b.key.entry), cmp.Compare(a.Tag, b.Tag))
		})
	}
	if len(list) <= f.Limit && (len(f.Tags) == 0 || len(f.Words) > 0 && !f.Both) {
		found, err := tx.byWord(ctx, q, after, f.Limit+1-len(list))
		if err != nil {
			return nil, "", fmt.Errorf("search by word: %w", err)
		}
		list = append(list, found...)
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].key.String()
	}
	return list, next, nil
}

// SkillCount is how many people that a reader may see stand so to a skill.
type SkillCount struct {
	Tag    string
	Stance node.Stance
	N      int
	More   bool // N are not all
}

// countUpTo is how far people are counted: what there are many of need not be told exactly.
const countUpTo = 10

// CountSkills counts for each family of tags, by its first, and each stance whom
// s includes, people of ours and cards. Nobody counts by a skill that they hide from s.
func (tx *Tx) CountSkills(ctx context.Context, s access.Scope, families [][]string, now time.Time) (list []SkillCount, err error) {
	q := &searcher{s: s, now: now}
	for _, tags := range families {
		for _, stance := range node.Stances {
			from, to := ranks(stance)
			c := &condition{args: append(texts(tags), from, to)}
			q.skilled(c, "k", "e")
			n, rows := SkillCount{Tag: tags[0], Stance: stance}, 0
			err := tx.row(ctx, `SELECT COUNT(DISTINCT who), COUNT(*) FROM (SELECT e.who FROM search_skills k CROSS JOIN search_entries e
				WHERE e.id = k.entry AND k.tag IN (`+marks(len(tags))+`) AND k.rank >= ? AND k.rank < ?`+c.sql.String()+` LIMIT `+strconv.Itoa(2*countUpTo)+`) AS found`, c.args...).Scan(&n.N, &rows)
			if err != nil {
				return nil, fmt.Errorf("count skill %s: %w", tags[0], err)
			}
			if n.N > countUpTo || rows == 2*countUpTo { // one person may have a card in several networks
				n.N, n.More = min(n.N, countUpTo), true
			}
			list = append(list, n)
		}
	}
	return list, nil
}

// CardIDs lists the ids of the cards of an actor, one per network. Cards reads
// those of them that somebody may see.
func (tx *Tx) CardIDs(ctx context.Context, actorURI string) (list []uuid.UUID, err error) {
	err = tx.rows(ctx, `SELECT id FROM cards WHERE actor_uri = ? ORDER BY updated_at DESC LIMIT ?`, []any{actorURI, idsAtOnce}, func(r scanner) error {
		var id uuid.UUID
		err := r.Scan(idColumn{&id})
		list = append(list, id)
		return err
	})
	return list, err
}
