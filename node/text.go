package node

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what people type, in runes.
const (
	MaxNameRunes = 200
	MaxTextRunes = 20000
)

// Text is human text in one or more versions, by language code ("en", "es").
// The zero Text is empty. The key "und" holds text whose language is unknown.
type Text map[string]string

// In returns the version in lang, else in the language's base ("es" for
// "es-MX"), else in fallback, else the first by language code.
func (t Text) In(lang, fallback string) string {
	base, _, _ := strings.Cut(lang, "-")
	for _, l := range []string{lang, base, fallback, "und"} {
		if s, ok := t[l]; ok && s != "" {
			return s
		}
	}
	for _, l := range t.Languages() {
		if t[l] != "" {
			return t[l]
		}
	}
	return ""
}

// Languages lists the codes that t has, sorted.
func (t Text) Languages() []string { return slices.Sorted(maps.Keys(t)) }

// Empty reports whether no version has text.
func (t Text) Empty() bool {
	for _, s := range t {
		if strings.TrimSpace(s) != "" {
			return false
		}
	}
	return true
}

// With returns a copy of t in which lang says s. An empty s removes the version.
func (t Text) With(lang, s string) Text {
	c := maps.Clone(t)
	if c == nil {
		c = Text{}
	}
	if s == "" {
		delete(c, lang)
		return c
	}
	c[lang] = s
	return c
}

// check reports a version that is longer than limit runes, is not UTF-8, or
// whose language is none.
func (t Text) check(field string, limit int) error {
	for _, lang := range t.Languages() {
		if err := CheckLang(field, lang); err != nil {
			return err
		}
		if err := checkText(field, t[lang], limit); err != nil {
			return err
		}
	}
	return nil
}

// checkText reports s when it is not UTF-8 or longer than limit runes.
func checkText(field, s string, limit int) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return Invalid(field, "error.text.encoding")
	}
	if len(s) > limit && utf8.RuneCountInString(s) > limit {
		return Invalid(field, "error.text.long", "limit", itoa(limit))
	}
	return nil
}
