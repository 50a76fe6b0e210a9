package signature

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// A scanner reads a header value from left to right. Both schemes are read by a
// strict subset of their grammars: what it accepts has one meaning, to us and to
// the libraries.
type scanner struct{ rest string }

func (s *scanner) take(prefix string) bool {
	rest, ok := strings.CutPrefix(s.rest, prefix)
	s.rest = rest
	return ok
}

func (s *scanner) spaces() { s.rest = strings.TrimLeft(s.rest, " \t") }

// name reads a parameter name or a label: letters, digits and _ - . *
func (s *scanner) name() string {
	return s.while(func(c byte) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_-.*", c) >= 0
	})
}

func (s *scanner) while(ok func(byte) bool) string {
	n := 0
	for n < len(s.rest) && ok(s.rest[n]) {
		n++
	}
	found := s.rest[:n]
	s.rest = s.rest[n:]
	return found
}

// quoted reads a string in double quotes. Nothing that belongs into a signature
// header needs an escape, so a backslash is refused.
func (s *scanner) quoted() (string, bool) {
	if !s.take(`"`) {
		return "", false
	}
	text := s.while(func(c byte) bool { return ' ' <= c && c <= '~' && c != '"' && c != '\\' })
	return text, s.take(`"`)
}

// value reads a quoted string, or a word or number without quotes.
func (s *scanner) value() (string, bool) {
	if strings.HasPrefix(s.rest, `"`) {
		return s.quoted()
	}
	word := s.name()
	return word, word != ""
}

// parseUnix reads seconds since 1970, of at most twelve digits: enough for
// 30,000 years and far from any overflow.
func parseUnix(text string) (time.Time, bool) {
	if len(text) == 0 || len(text) > 12 || strings.Trim(text, "0123456789") != "" {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0).UTC(), err == nil
}

// parseBase64 accepts one spelling of each value only. Otherwise a replay could
// come with another spelling of its signature.
func parseBase64(text string) ([]byte, bool) {
	value, err := base64.StdEncoding.Strict().DecodeString(text)
	return value, err == nil && len(value) > 0
}
