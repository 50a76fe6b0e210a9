package jsonld

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Canonical writes a decoded JSON value in the one form that signatures are made
// over (RFC 8785): members sorted by UTF-16 code units, no white space, strings
// and numbers as ECMAScript writes them. v holds what encoding/json decodes into
// any, so a value of another type is an error.
func Canonical(v any) ([]byte, error) { return appendCanonical(nil, v) }

func appendCanonical(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		if v {
			return append(b, "true"...), nil
		}
		return append(b, "false"...), nil
	case string:
		return appendCanonicalText(b, v)
	case float64:
		return appendCanonicalNumber(b, v)
	case Object:
		return appendCanonicalObject(b, v)
	case map[string]any:
		return appendCanonicalObject(b, v)
	case []any:
		return appendList(b, v, appendCanonical)
	}
	return nil, fmt.Errorf("canonical form of %T: %w", v, ErrMalformed)
}

func appendCanonicalObject(b []byte, o map[string]any) ([]byte, error) {
	keys := slices.SortedFunc(maps.Keys(o), func(x, y string) int {
		return slices.Compare(utf16.Encode([]rune(x)), utf16.Encode([]rune(y)))
	})
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendCanonicalText(b, k); err != nil {
			return nil, err
		}
		if b, err = appendCanonical(append(b, ':'), o[k]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendCanonicalNumber writes a number as ECMAScript does, which is also how
// encoding/json writes it, but for zero below zero (RFC 8785 §3.2.2.3).
func appendCanonicalNumber(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("canonical form of %v: %w", f, ErrMalformed)
	}
	if f == 0 {
		return append(b, '0'), nil
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("canonical form of %v: %w", f, err)
	}
	return append(b, raw...), nil
}

// appendCanonicalText writes a string with the fewest escapes (RFC 8785 §3.2.2.2).
func appendCanonicalText(b []byte, s string) ([]byte, error) {
	const hex = "0123456789abcdef"
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("canonical form of a text that is not UTF-8: %w", ErrMalformed)
	}
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\f':
			b = append(b, '\\', 'f')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			if c < ' ' {
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"'), nil
}
