package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest name in characters.
const maxName = 200

// Name makes a name, a title or a label fit to be shown on one line between
// other texts (C3). It takes out control characters, what is not UTF-8, and the
// characters that turn the direction of the text around them or cannot be seen;
// it keeps the joiners that emoji and several scripts need.
func Name(s string) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case unicode.IsControl(r) || r == utf8.RuneError || turnsText(r) || isUnseen(r):
			continue
		}
		if space && n > 0 {
			if n+1 >= maxName {
				break
			}
			b.WriteByte(' ')
			n++
		}
		space = false
		if n == maxName {
			break
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// turnsText reports the marks, embeddings, overrides and isolates of the Unicode
// Bidirectional Algorithm (UAX #9 §2).
func turnsText(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 ||
		r == 0x200e || r == 0x200f || r == 0x061c
}

// isUnseen reports characters of no width, with which a name can look like
// another one or like none.
func isUnseen(r rune) bool {
	switch r {
	case 0x00ad, 0x200b, 0x2060, 0xfeff:
		return true
	}
	return false
}
