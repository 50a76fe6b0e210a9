// Package skillset is the vocabulary of skills that all nodes share: tags with
// labels and synonyms in English and Spanish, in groups.
//
// It is pure. It does not know who has a skill, nor the tags that a hub adds.
// Codes are written into profiles and sent to other nodes, so they never change.
package skillset

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrInvalid is wrapped by what Load returns for a file that breaks a rule.
var ErrInvalid = errors.New("invalid skill set")

// The languages that every tag and group has a label in.
const (
	English = "en"
	Spanish = "es"
)

// Tag is one skill. Callers do not change its slices.
type Tag struct {
	Code     string   `json:"code"`
	Group    string   `json:"group"` // code of a Group
	English  string   `json:"en"`
	Spanish  string   `json:"es"`
	Synonyms Synonyms `json:"synonyms"`
}

// Synonyms are other words for a skill, by language.
type Synonyms struct {
	English []string `json:"en"`
	Spanish []string `json:"es"`
}

// Group is a heading for tags that belong together.
type Group struct {
	Code    string `json:"code"`
	English string `json:"en"`
	Spanish string `json:"es"`
}

// Label returns the label in a language given as "es" or "es-MX". Languages that
// the set does not have get English.
func (t Tag) Label(lang string) string { return choose(lang, t.English, t.Spanish) }

// Label returns the label in a language, as for a Tag.
func (g Group) Label(lang string) string { return choose(lang, g.English, g.Spanish) }

func choose(lang, english, spanish string) string {
	if base, _, _ := strings.Cut(strings.ToLower(lang), "-"); base == Spanish {
		return spanish
	}
	return english
}

// Set is a loaded vocabulary. It never changes and may be used concurrently.
type Set struct {
	groups   []Group // in the order of the file
	byCode   map[string]Tag
	byName   map[string]string // compact form of code, label or synonym -> code
	sorted   map[string][]Tag  // by language
	searched map[string][]entry
}

var (
	// code is the form of codes: they stand in URLs and on the wire.
	code = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// hashtag is what all servers take for one, whatever letters they know.
	hashtag = regexp.MustCompile(`^#[A-Za-z0-9]+$`)
)

// Load reads a vocabulary and checks that it is one: codes are unique and plain
// ASCII, every label is there in both languages, and no word stands for two tags.
func Load(data []byte) (*Set, error) {
	var file struct {
		Groups []Group `json:"groups"`
		Tags   []Tag   `json:"tags"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read skill set: %w", err)
	}
	s := &Set{groups: file.Groups, byCode: map[string]Tag{}, byName: map[string]string{}}
	rank, err := checkGroups(file.Groups)
	if err != nil {
		return nil, err
	}
	if len(file.Tags) == 0 {
		return nil, fmt.Errorf("%w: it has no tags", ErrInvalid)
	}
	for _, t := range file.Tags {
		if _, ok := rank[t.Group]; !ok {
			return nil, fmt.Errorf("%w: tag %q is in unknown group %q", ErrInvalid, t.Code, t.Group)
		}
		if err := s.add(t); err != nil {
			return nil, err
		}
	}
	s.sort(file.Tags, rank)
	return s, nil
}

// checkGroups returns the place of each group.
func checkGroups(groups []Group) (map[string]int, error) {
	rank := map[string]int{}
	labels := map[string]bool{}
	for i, g := range groups {
		if !code.MatchString(g.Code) {
			return nil, fmt.Errorf("%w: group code %q is not lower-case words with hyphens", ErrInvalid, g.Code)
		}
		if _, ok := rank[g.Code]; ok {
			return nil, fmt.Errorf("%w: group %q is there twice", ErrInvalid, g.Code)
		}
		for _, label := range []string{English + fold(g.English), Spanish + fold(g.Spanish)} {
			if len(label) == len(English) {
				return nil, fmt.Errorf("%w: group %q lacks a label", ErrInvalid, g.Code)
			}
			if labels[label] {
				return nil, fmt.Errorf("%w: group %q has the label of another", ErrInvalid, g.Code)
			}
			labels[label] = true
		}
		rank[g.Code] = i
	}
	return rank, nil
}

// add checks a tag against those before it and enters its words.
func (s *Set) add(t Tag) error {
	if !code.MatchString(t.Code) {
		return fmt.Errorf("%w: tag code %q is not lower-case words with hyphens", ErrInvalid, t.Code)
	}
	if _, ok := s.byCode[t.Code]; ok {
		return fmt.Errorf("%w: tag %q is there twice", ErrInvalid, t.Code)
	}
	s.byCode[t.Code] = t
	if fold(t.English) == "" || fold(t.Spanish) == "" {
		return fmt.Errorf("%w: tag %q lacks a label", ErrInvalid, t.Code)
	}
	if !hashtag.MatchString(s.Hashtag(t.Code)) {
		return fmt.Errorf("%w: the English label of tag %q gives no hashtag", ErrInvalid, t.Code)
	}
	// The hashtag is a word of the tag too: others will write it.
	for _, word := range append(words(t), s.Hashtag(t.Code)) {
		name := compact(word)
		if name == "" {
			return fmt.Errorf("%w: tag %q has an empty synonym", ErrInvalid, t.Code)
		}
		if other, ok := s.byName[name]; ok && other != t.Code {
			return fmt.Errorf("%w: %q stands for %q and %q", ErrInvalid, word, other, t.Code)
		}
		s.byName[name] = t.Code
	}
	return nil
}

// words returns everything that a tag can be found by.
func words(t Tag) []string {
	return slices.Concat([]string{t.Code, t.English, t.Spanish}, t.Synonyms.English, t.Synonyms.Spanish)
}

// sort prepares the lists of All and Find once for each language.
func (s *Set) sort(tags []Tag, rank map[string]int) {
	s.sorted, s.searched = map[string][]Tag{}, map[string][]entry{}
	for _, lang := range []string{English, Spanish} {
		list := slices.Clone(tags)
		byLabel := func(a, b Tag) int {
			return cmp.Or(cmp.Compare(fold(a.Label(lang)), fold(b.Label(lang))), cmp.Compare(a.Code, b.Code))
		}
		slices.SortFunc(list, byLabel)
		for _, t := range list {
			s.searched[lang] = append(s.searched[lang], newEntry(t))
		}
		slices.SortStableFunc(list, func(a, b Tag) int { return cmp.Compare(rank[a.Group], rank[b.Group]) })
		s.sorted[lang] = list
	}
}

// Groups returns the groups in the order in which they are shown.
func (s *Set) Groups() []Group { return slices.Clone(s.groups) }

// Tag returns the tag with a code.
func (s *Set) Tag(code string) (Tag, bool) {
	t, ok := s.byCode[code]
	return t, ok
}

// All returns the tags by group, as Groups has them, and by their label in a
// language within each.
func (s *Set) All(lang string) []Tag {
	return slices.Clone(s.sorted[choose(lang, English, Spanish)])
}

// Label returns the label of a tag in a language, and the code itself for a tag
// that the set does not have.
func (s *Set) Label(code, lang string) string {
	if t, ok := s.byCode[code]; ok {
		return t.Label(lang)
	}
	return code
}

// Hashtag returns the tag as other servers know it, #CrmMigration, made from the
// English label. It is empty for a tag that the set does not have.
func (s *Set) Hashtag(code string) string {
	t, ok := s.byCode[code]
	if !ok {
		return ""
	}
	var b strings.Builder
	b.WriteByte('#')
	for _, word := range strings.Fields(fold(t.English)) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
