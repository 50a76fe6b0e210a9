package jsonld

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/schema"
)

// ourContext is the @context of everything that we send, without its line breaks.
var ourContext = compact(schema.Context)

// compact takes the white space out of JSON; broken JSON comes out empty, and a test says so.
func compact(raw []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return nil
	}
	return b.Bytes()
}

// lists names the keys whose value is an array even when it has one item or
// none. Mastodon reads the fields of a profile, and Gancio tags, only from an
// array (federation.md 10.2, 13).
var lists = map[string]bool{
	"to": true, "cc": true, "bto": true, "bcc": true, "audience": true, "tag": true, "attachment": true,
	"oneOf": true, "anyOf": true, "items": true, "orderedItems": true, "assertionMethod": true,
	"implements": true, "knowsAbout": true, "interestedIn": true, "knowsLanguage": true, "availableLanguage": true,
	"alsoKnownAs": true, "memberOf": true,
}

// Marshal writes a document with our context. Keys come in a fixed order:
// @context, id, type, then the others sorted. Times are RFC 3339 in UTC to the
// second. Nothing is escaped that JSON does not ask for. A value of a type that
// it does not know is an error.
func Marshal(o Object) ([]byte, error) {
	b := make([]byte, 0, len(ourContext)+2048)
	b = append(b, `{"@context":`...)
	b = append(b, ourContext...)
	b, err := appendMembers(b, o, true)
	if err != nil {
		return nil, fmt.Errorf("write document %s: %w", o.ID(), err)
	}
	return b, nil
}

// appendMembers writes the members of an object and its closing brace. more
// tells that a member stands before them.
func appendMembers(b []byte, o map[string]any, more bool) ([]byte, error) {
	keys := []string{"id", "type"}
	for _, k := range slices.Sorted(maps.Keys(o)) {
		if k != "id" && k != "type" && k != "@context" {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		v, ok := o[k]
		if !ok {
			continue
		}
		if more {
			b = append(b, ',')
		}
		more = true
		b = append(appendText(b, k), ':')
		if lists[k] {
			v = asList(v)
		}
		var err error
		if b, err = appendValue(b, v); err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
	}
	return append(b, '}'), nil
}

// asList makes a list of one of what is none.
func asList(v any) any {
	switch v.(type) {
	case nil:
		return []any{}
	case []any, []string, []Object:
		return v
	}
	return []any{v}
}

func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case string:
		return appendText(b, v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("no JSON number: %v", v)
		}
		return strconv.AppendFloat(b, v, 'g', -1, 64), nil
	case time.Time:
		return appendText(b, v.UTC().Format(time.RFC3339)), nil
	case Object:
		return appendMembers(append(b, '{'), v, false)
	case map[string]any:
		return appendMembers(append(b, '{'), v, false)
	case node.Text:
		return appendVersions(b, v), nil
	case []any:
		return appendList(b, v, appendValue)
	case []Object:
		return appendList(b, v, func(b []byte, o Object) ([]byte, error) { return appendValue(b, o) })
	case []string:
		return appendList(b, v, func(b []byte, s string) ([]byte, error) { return appendText(b, s), nil })
	}
	return nil, fmt.Errorf("no JSON for %T", v)
}

func appendList[T any](b []byte, items []T, item func([]byte, T) ([]byte, error)) ([]byte, error) {
	b = append(b, '[')
	for i, v := range items {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = item(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendVersions writes a text as a language map.
func appendVersions(b []byte, t node.Text) []byte {
	b = append(b, '{')
	for i, lang := range t.Languages() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, lang), ':')
		b = appendText(b, t[lang])
	}
	return append(b, '}')
}

// appendText writes a JSON string; what is not UTF-8 becomes U+FFFD.
func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
