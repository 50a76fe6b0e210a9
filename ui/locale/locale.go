// Package locale holds every sentence that people read, in each language of the
// interface, and writes dates, times and names of languages. A language is a
// folder here, with one file per subject.
package locale

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed */*.json
var files embed.FS

// Fallback is the language whose words stand in when another one lacks some.
const Fallback = "en"

// Count is the argument of T that chooses the plural form.
const Count = "count"

// Catalog holds the words of all languages. It does not change once made, so
// it serves any number of goroutines.
type Catalog struct {
	languages []string // Fallback first
	localizer map[string]*i18n.Localizer
	plain     map[string]map[string]string // what needs neither arguments nor plurals, for speed
	matcher   language.Matcher
}

// New reads the embedded language files.
func New() (*Catalog, error) {
	bundle := i18n.NewBundle(language.English)
	c := &Catalog{localizer: map[string]*i18n.Localizer{}, plain: map[string]map[string]string{}}
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	for _, e := range entries {
		lang := e.Name()
		c.plain[lang] = map[string]string{}
		if err := c.read(bundle, lang); err != nil {
			return nil, fmt.Errorf("read language %s: %w", lang, err)
		}
		c.languages = append(c.languages, lang)
	}
	slices.SortFunc(c.languages, func(a, b string) int {
		if a == Fallback {
			return -1
		}
		if b == Fallback {
			return 1
		}
		return strings.Compare(a, b)
	})
	tags := make([]language.Tag, 0, len(c.languages))
	for _, lang := range c.languages {
		c.localizer[lang] = i18n.NewLocalizer(bundle, lang)
		tags = append(tags, language.Make(lang))
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

// read takes in the files of one language.
func (c *Catalog) read(bundle *i18n.Bundle, lang string) error {
	names, err := fs.Glob(files, lang+"/*.json")
	if err != nil {
		return err
	}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		words, err := plain(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		maps.Copy(c.plain[lang], words)
		if _, err := bundle.ParseMessageFileBytes(raw, lang+".json"); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// plain picks the messages that are the same whatever the arguments.
func plain(raw []byte) (map[string]string, error) {
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	words := make(map[string]string, len(all))
	for key, v := range all {
		if s, ok := v.(string); ok && !strings.Contains(s, "{{") {
			words[key] = s
		}
	}
	return words, nil
}

// Languages lists the codes of the languages that pages come in, Fallback first.
func (c *Catalog) Languages() []string { return slices.Clone(c.languages) }

// Has reports whether pages come in lang.
func (c *Catalog) Has(lang string) bool { return slices.Contains(c.languages, lang) }

// T returns the sentence for key. args fill its placeholders; the argument
// Count, a number, chooses the plural form. A key that nobody wrote words for
// comes back as it is, so that it is seen.
func (c *Catalog) T(lang, key string, args map[string]string) string {
	if words, ok := c.plain[lang]; ok {
		if s, ok := words[key]; ok {
			return s
		}
	}
	localizer := c.localizer[lang]
	if localizer == nil {
		localizer = c.localizer[Fallback]
	}
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: args}
	if n, ok := args[Count]; ok {
		config.PluralCount = n
	}
	s, err := localizer.Localize(config)
	if s == "" && err != nil {
		return key
	}
	return s
}

// Match returns the language of pages that suits an Accept-Language header
// best, and fallback when it asks for none that we have.
func (c *Catalog) Match(accept, fallback string) string {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err == nil && len(tags) > 0 {
		if _, i, sure := c.matcher.Match(tags...); sure >= language.High {
			return c.languages[i]
		}
	}
	if c.Has(fallback) {
		return fallback
	}
	return Fallback
}

// LanguageName writes the name of the language code in lang: "Spanish", "español".
// Codes that nobody knows come back as they are.
func (c *Catalog) LanguageName(lang, code string) string {
	tag, err := language.Parse(code)
	if err != nil || tag == language.Und {
		return code
	}
	if name := display.Tags(language.Make(lang)).Name(tag); name != "" {
		return name
	}
	return code
}

// Keys lists every key of lang, sorted; tests compare the languages with it.
func (c *Catalog) Keys(lang string) ([]string, error) {
	all := map[string]any{}
	names, err := fs.Glob(files, lang+"/*.json")
	for _, name := range names {
		raw, readErr := files.ReadFile(name)
		if err = errors.Join(err, readErr); err == nil {
			err = json.Unmarshal(raw, &all) // adds to what is there
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read language %s: %w", lang, err)
	}
	return slices.Sorted(maps.Keys(all)), nil
}
