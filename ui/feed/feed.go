// Package feed writes what other programs subscribe to: Atom (RFC 4287) and
// iCalendar (RFC 5545). It is pure: whoever calls it has already asked what
// the reader may see, and in which language.
package feed

import (
	"strings"
	"unicode"
)

// clean removes what neither format can carry: invalid UTF-8, carriage returns
// and other control characters. Line breaks and tabs stay.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// line is clean on one line.
func line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }
