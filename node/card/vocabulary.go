package card

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Tag is a skill of the vocabulary that somebody's networks use: a built-in one,
// or one of a network's own.
type Tag struct {
	Code   string
	Labels node.Text
	Group  string // code of a group of the built-in vocabulary; empty for a network's own
}

// vocabulary is the built-in one with what networks added, merged and retired.
type vocabulary struct {
	s      *Service
	own    []node.NetworkTag // that stand
	into   map[string]string // merged -> what it became
	merged map[string][]string
	away   map[string]bool // not offered any more
}

// vocabulary reads what networks say about skills.
func (s *Service) vocabulary(ctx context.Context, tx *store.Tx, networks []uuid.UUID) (*vocabulary, error) {
	voc := &vocabulary{s: s, into: map[string]string{}, merged: map[string][]string{}, away: map[string]bool{}}
	for _, n := range networks {
		tags, err := tx.Tags(ctx, n)
		if err != nil {
			return nil, err
		}
		for _, t := range tags {
			switch {
			case t.Into != "" && t.Into != t.Code:
				voc.into[t.Code] = t.Into
				voc.merged[t.Into] = append(voc.merged[t.Into], t.Code)
			case !t.RetiredAt.IsZero():
				voc.away[t.Code] = true
			}
			voc.own = append(voc.own, t)
		}
	}
	return voc, nil
}

// maxMerges bounds how long a chain of merges is followed: two networks may
// merge in a circle.
const maxMerges = 8

// standing is what a tag has become.
func (voc *vocabulary) standing(code string) string {
	for range maxMerges {
		next, ok := voc.into[code]
		if !ok {
			break
		}
		code = next
	}
	return code
}

// family is a tag with all that were merged into what it is now: profiles and
// cards keep the old codes.
func (voc *vocabulary) family(code string) []string {
	list := []string{voc.standing(code)}
	for i := 0; i < len(list) && len(list) < maxTags; i++ {
		for _, old := range voc.merged[list[i]] {
			if !slices.Contains(list, old) {
				list = append(list, old)
			}
		}
	}
	return list
}

// compact is a name as it is compared: a code, a label and a hashtag are the same.
func compact(name string) string { return strings.Join(store.Words(name), "") }

// names are all by which a network's tag is found.
func names(t node.NetworkTag) []string {
	list := []string{t.Code}
	for _, label := range t.Labels {
		list = append(list, label)
	}
	for _, synonyms := range t.Synonyms {
		list = append(list, synonyms...)
	}
	return list
}

// match is the one tag that a text names.
func (voc *vocabulary) match(text string) (code string, ok bool) {
	if t, ok := voc.s.Skills.Match(text); ok {
		return t.Code, true
	}
	asked := compact(text)
	for _, t := range voc.own {
		for _, n := range names(t) {
			if asked != "" && compact(n) == asked {
				return t.Code, true
			}
		}
	}
	return "", false
}

// beginning lists the tags in whose names a word begins with a text, a few.
func (voc *vocabulary) beginning(text string) (codes []string) {
	add := func(code string) {
		for _, c := range voc.family(code) {
			if len(codes) < maxTags && !slices.Contains(codes, c) {
				codes = append(codes, c)
			}
		}
	}
	for _, t := range voc.s.Skills.Find(text, "en") {
		add(t.Code)
	}
	asked := " " + strings.Join(store.Words(text), " ")
	for _, t := range voc.own {
		for _, n := range names(t) {
			if strings.Contains(" "+strings.Join(store.Words(n), " "), asked) {
				add(t.Code)
			}
		}
	}
	return codes
}

// label are the names of a tag; false if no vocabulary of ours has it.
func (voc *vocabulary) label(code string) (Tag, bool) {
	if t, ok := voc.s.Skills.Tag(code); ok {
		return Tag{t.Code, node.Text{"en": t.English, "es": t.Spanish}, t.Group}, true
	}
	for _, t := range voc.own {
		if t.Code == code {
			return Tag{Code: t.Code, Labels: t.Labels}, true
		}
	}
	return Tag{}, false
}

// standingTags lists what is offered: the built-in tags and those of networks,
// without what was merged or retired.
func (voc *vocabulary) standingTags(lang string) (list []Tag) {
	add := func(t Tag) {
		if voc.standing(t.Code) == t.Code && !voc.away[t.Code] && !slices.ContainsFunc(list, func(o Tag) bool { return o.Code == t.Code }) {
			list = append(list, t)
		}
	}
	for _, t := range voc.s.Skills.All(lang) {
		add(Tag{t.Code, node.Text{"en": t.English, "es": t.Spanish}, t.Group})
	}
	own := slices.Clone(voc.own)
	slices.SortFunc(own, func(a, b node.NetworkTag) int {
		return strings.Compare(a.Labels.In(lang, "en"), b.Labels.In(lang, "en"))
	})
	for _, t := range own {
		if _, builtIn := voc.s.Skills.Tag(t.Code); !builtIn {
			add(Tag{Code: t.Code, Labels: t.Labels})
		}
	}
	return list
}

// Tag returns what a skill is called now, also one that was merged since.
func (s *Service) Tag(ctx context.Context, v access.Viewer, code string) (t Tag, err error) {
	if !access.Can(v, access.SeeNetworks) {
		return t, fmt.Errorf("skill %s: %w", code, node.ErrNotFound)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		voc, err := s.vocabulary(ctx, tx, v.Networks)
		if err != nil {
			return err
		}
		var ok bool
		if t, ok = voc.label(voc.standing(code)); !ok {
			return node.ErrNotFound
		}
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("skill %s: %w", code, err)
	}
	return t, nil
}

// Counted is a skill with how many offer it, learn it and are interested in it,
// of the people whom a reader may see.
type Counted struct {
	Tag
	By map[node.Stance]Count
}

// Count is a number of people; More tells that there are more.
type Count struct {
	N    int
	More bool
}

// Vocabulary lists the skills of v's networks, by group and label in lang.
func (s *Service) Vocabulary(ctx context.Context, v access.Viewer, lang string) (list []Counted, err error) {
	if !access.Can(v, access.SeeNetworks) {
		return nil, fmt.Errorf("vocabulary: %w", node.ErrNotFound)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		voc, err := s.vocabulary(ctx, tx, v.Networks)
		if err != nil {
			return err
		}
		place := map[string]int{}
		var families [][]string
		for _, t := range voc.standingTags(lang) {
			place[t.Code] = len(list)
			list = append(list, Counted{t, map[node.Stance]Count{}})
			families = append(families, voc.family(t.Code))
		}
		counts, err := tx.CountSkills(ctx, access.ScopeOf(v), families, s.Now())
		for _, c := range counts {
			list[place[c.Tag]].By[c.Stance] = Count{c.N, c.More}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	return list, nil
}
