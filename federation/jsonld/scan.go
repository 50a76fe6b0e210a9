package jsonld

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits bound a document. A zero field stands for its default (C1).
type Limits struct {
	Size     int // bytes; 256 KiB
	Depth    int // objects and arrays inside each other; 32
	Elements int // members of objects and items of arrays together; 2,000
}

// The default limits (C1).
const (
	DefaultSize     = 256 << 10
	DefaultDepth    = 32
	DefaultElements = 2000
)

func (l Limits) orDefault() Limits {
	if l.Size <= 0 {
		l.Size = DefaultSize
	}
	if l.Depth <= 0 {
		l.Depth = DefaultDepth
	}
	if l.Elements <= 0 {
		l.Elements = DefaultElements
	}
	return l
}

// Scan checks the bytes of a document before anything builds maps of it: one
// pass, no allocation for ordinary documents. Behind it go-fed cannot be made to
// spend hundreds of megabytes on a nested document (security.md 0.2), and no two
// readers can disagree about who says what (security.md 0.3):
//
//   - size, depth and number of elements (C1),
//   - a duplicate, or a variant in case, of a key that carries authority (C2),
//   - invalid UTF-8 and control characters in ids (C3),
//   - anything that is not one JSON object.
func Scan(raw []byte, l Limits) error {
	l = l.orDefault()
	if len(raw) > l.Size {
		return fmt.Errorf("scan document of %d bytes: %w", len(raw), ErrTooLarge)
	}
	if !utf8.Valid(raw) {
		return fmt.Errorf("scan document: invalid UTF-8: %w", ErrMalformed)
	}
	s := scanner{b: raw, depth: l.Depth, elements: l.Elements}
	if s.next() != '{' {
		return s.fail("not an object")
	}
	if err := s.object(1); err != nil {
		return err
	}
	if s.next(); s.i != len(raw) {
		return s.fail("data after its end")
	}
	return nil
}

type scanner struct {
	b        []byte
	i        int // what comes next
	depth    int // containers inside each other that are allowed
	elements int // elements that are still allowed
}

func (s *scanner) fail(why string) error {
	return fmt.Errorf("scan document at byte %d: %s: %w", s.i, why, ErrMalformed)
}

// next skips white space and returns the byte that follows, unread; 0 at the end.
func (s *scanner) next() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// enter counts a container at this depth.
func (s *scanner) enter(depth int) error {
	if depth > s.depth {
		return fmt.Errorf("scan document at byte %d: deeper than %d: %w", s.i, s.depth, ErrTooLarge)
	}
	s.i++
	return nil
}

// element counts one member or item.
func (s *scanner) element() error {
	if s.elements--; s.elements < 0 {
		return fmt.Errorf("scan document at byte %d: too many elements: %w", s.i, ErrTooLarge)
	}
	return nil
}

func (s *scanner) object(depth int) error {
	if err := s.enter(depth); err != nil {
		return err
	}
	if s.next() == '}' {
		s.i++
		return nil
	}
	var seen term
	for {
		if err := s.element(); err != nil {
			return err
		}
		key, err := s.key()
		if err != nil {
			return err
		}
		if key&seen&guarded != 0 {
			return s.fail("a key stands twice") // C2
		}
		seen |= key
		if s.next() != ':' {
			return s.fail("no colon after a key")
		}
		s.i++
		if err := s.value(depth+1, key != 0); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.i++
		case '}':
			s.i++
			return nil
		default:
			return s.fail("object not closed")
		}
	}
}

// key reads a key and tells which known term it is.
func (s *scanner) key() (term, error) {
	if s.next() != '"' {
		return 0, s.fail("no key where one belongs")
	}
	key, plain, err := s.text()
	if err != nil {
		return 0, err
	}
	var t term
	var exact bool
	if plain {
		t, exact = termOf(key)
	} else {
		t, exact = termOfEscaped(key)
	}
	if t&guarded != 0 && !exact {
		return 0, s.fail("a known key in other case") // C2
	}
	return t, nil
}

func (s *scanner) array(depth int, id bool) error {
	if err := s.enter(depth); err != nil {
		return err
	}
	if s.next() == ']' {
		s.i++
		return nil
	}
	for {
		if err := s.element(); err != nil {
			return err
		}
		if err := s.value(depth+1, id); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.i++
		case ']':
			s.i++
			return nil
		default:
			return s.fail("array not closed")
		}
	}
}

// value reads one value. id tells that a string here is used as an id.
func (s *scanner) value(depth int, id bool) error {
	switch c := s.next(); c {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth, id)
	case '"':
		v, plain, err := s.text()
		if err == nil && id && !plain && !cleanID(v) {
			err = s.fail("a control character in an id") // C3
		}
		return err
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return s.number()
		}
		return s.fail("no value where one belongs")
	}
}

func (s *scanner) word(w string) error {
	if !strings.HasPrefix(string(s.b[s.i:min(s.i+len(w), len(s.b))]), w) {
		return s.fail("unknown word")
	}
	s.i += len(w)
	return nil
}

// text reads a string and returns it with its quotes, and whether it is plain:
// ASCII or UTF-8 without escapes.
func (s *scanner) text() (quoted []byte, plain bool, err error) {
	start := s.i
	plain = true
	for i := s.i + 1; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			s.i = i + 1
			return s.b[start:s.i], plain, nil
		case c == '\\':
			plain = false
			n := escape(s.b[i+1:])
			if n == 0 {
				s.i = i
				return nil, false, s.fail("bad escape")
			}
			i += n
		case c < ' ':
			s.i = i
			return nil, false, s.fail("control character in a string")
		}
	}
	s.i = len(s.b)
	return nil, false, s.fail("string not closed")
}

// escape returns the length of the escape that b begins with, after its backslash; 0 if it is none.
func escape(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch b[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if len(b) < 5 {
			return 0
		}
		for _, c := range b[1:5] {
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return 0
			}
		}
		return 5
	}
	return 0
}

func (s *scanner) number() error {
	if s.b[s.i] == '-' {
		s.i++
	}
	whole := s.i
	n := s.digits()
	if n == 0 || n > 1 && s.b[whole] == '0' {
		return s.fail("bad number")
	}
	if s.at('.') {
		if s.i++; s.digits() == 0 {
			return s.fail("bad number")
		}
	}
	if s.at('e') || s.at('E') {
		s.i++
		if s.at('+') || s.at('-') {
			s.i++
		}
		if s.digits() == 0 {
			return s.fail("bad number")
		}
	}
	return nil
}

func (s *scanner) at(c byte) bool { return s.i < len(s.b) && s.b[s.i] == c }

func (s *scanner) digits() int {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i - start
}

// cleanID reports whether a quoted string with escapes can be an id: nothing
// below space, and no half of a surrogate pair, which would turn two ids into one (C3).
func cleanID(quoted []byte) bool {
	var v string
	if json.Unmarshal(quoted, &v) != nil {
		return false
	}
	for _, r := range v {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	return true
}
