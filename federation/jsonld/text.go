package jsonld

import (
	"maps"
	"slices"
	"strings"

	"github.com/poweron-network/poweron/node"
)

// Unknown is the code of text whose language nobody told (BCP 47).
const Unknown = "und"

// maxVersions bounds the languages of one text.
const maxVersions = 16

// Text is the human text under key in all its languages (AS2 §4.7): key+"Map"
// by language, and key in the language of the document unless the map has it.
// Where the map has one language, key is in that one: Friendica writes the two
// with small differences.
func (o Object) Text(key string) node.Text {
	plain := o.String(key)
	byLang, _ := o[key+"Map"].(map[string]any)
	if len(byLang) == 0 {
		if plain == "" {
			return nil
		}
		return node.Text{o.lang(): plain}
	}
	t := node.Text{}
	for _, tag := range slices.Sorted(maps.Keys(byLang)) {
		code := Lang(tag)
		if s := text(byLang[tag]); s != "" && t[code] == "" && len(t) < maxVersions {
			t[code] = s
		}
	}
	if plain != "" && len(t) == 1 {
		for lang := range t {
			t[lang] = plain
		}
	} else if plain != "" && !slices.Contains(slices.Collect(maps.Values(t)), plain) {
		if lang := o.lang(); t[lang] == "" {
			t[lang] = plain
		} else if t[Unknown] == "" {
			t[Unknown] = plain
		}
	}
	if len(t) == 0 {
		return nil
	}
	return t
}

// lang is the language of o, or Unknown.
func (o Object) lang() string {
	if l := o.Language(); l != "" {
		return l
	}
	return Unknown
}

// Language is the @language of o's own context, empty if it tells none. Other
// ways in which JSON-LD gives text a language are not looked for.
func (o Object) Language() string {
	for _, c := range list(o["@context"]) {
		if m, ok := c.(map[string]any); ok {
			if tag, ok := m["@language"].(string); ok {
				if code := Lang(tag); code != Unknown {
					return code
				}
			}
		}
	}
	return ""
}

// inherit is the nested object m of o. JSON-LD applies a context to all that is
// inside, so m gets the language of o unless it has a context of its own.
func (o Object) inherit(m map[string]any) Object {
	lang := o.Language()
	if lang == "" || m["@context"] != nil {
		return m
	}
	c := maps.Clone(m)
	c["@context"] = map[string]any{"@language": lang}
	return c
}

// Lang is the code of a language tag as the node keeps it: the base in lower
// case with at most one more part, "es" and "pt-BR"; Unknown for what is none.
func Lang(tag string) string {
	base, rest, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	base = strings.ToLower(base)
	if base == "" || node.CheckLang("lang", base) != nil {
		return Unknown
	}
	region, _, _ := strings.Cut(rest, "-")
	if region == "" || node.CheckLang("lang", base+"-"+region) != nil {
		return base
	}
	return base + "-" + region
}
