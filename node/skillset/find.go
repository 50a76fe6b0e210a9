package skillset

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold returns text as lower-case words of letters and digits with one space
// between them, and without accents.
func fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(unicode.ToLower(r))
		default:
			space = true
		}
	}
	return b.String()
}

// compact is fold without spaces, so that a code, a label and a hashtag are the
// same word.
func compact(s string) string { return strings.ReplaceAll(fold(s), " ", "") }

// entry is a tag with its words as Find compares them.
type entry struct {
	tag   Tag
	words []string // folded code, labels and synonyms
}

func newEntry(t Tag) entry {
	e := entry{tag: t}
	for _, w := range words(t) {
		e.words = append(e.words, fold(w))
	}
	return e
}

// How well a tag fits a text, best first.
const (
	wholeName = iota // the text is the code, a label or a synonym
	beginning        // one of these begins with the text
	laterWord        // a later word in one of these does
	noMatch
)

func (e entry) fit(text, name string) int {
	best := noMatch
	for _, w := range e.words {
		switch {
		case strings.ReplaceAll(w, " ", "") == name:
			return wholeName
		case strings.HasPrefix(w, text):
			best = min(best, beginning)
		case strings.Contains(w, " "+text):
			best = min(best, laterWord)
		}
	}
	return best
}

// Find returns the tags for what somebody types: those whose code, label or
// synonym in either language is the text come first, then those where it begins,
// then those where a later word begins with it; each by their label in lang.
// Case, accents and punctuation do not count. Nothing is found for no text.
func (s *Set) Find(text, lang string) []Tag {
	text = fold(text)
	if text == "" {
		return nil
	}
	name := strings.ReplaceAll(text, " ", "")
	var found [noMatch][]Tag
	for _, e := range s.searched[choose(lang, English, Spanish)] {
		if fit := e.fit(text, name); fit < noMatch {
			found[fit] = append(found[fit], e.tag)
		}
	}
	return slices.Concat(found[:]...)
}

// Match returns the one tag that a name stands for: its code, a label, a synonym
// or the hashtag, whatever the case and the accents. It is for names that other
// servers send.
func (s *Set) Match(name string) (Tag, bool) {
	return s.Tag(s.byName[compact(name)])
}
