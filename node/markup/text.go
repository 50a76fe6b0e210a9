package markup

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns what HTML says as plain text: an empty line between paragraphs,
// a line for each line break and each list item, a dash before an item. For
// plain paragraphs it gives back what Render was given.
func Text(html string) string {
	p := plain{dash: "- "}
	scan(truncate(html), &p)
	return string(p.out)
}

// plain is the reader behind Text and Excerpt.
type plain struct {
	dash   string // before an item
	later  bool   // only before items that come after another one
	items  int    // items of the open list that said something
	out    []byte
	gap    int  // line breaks due before the next text
	space  bool // a space is due before the next text
	bullet bool // a dash is due before the next text
	pre    bool // line breaks and spaces count
	lists  int  // how many lists are open
}

func (p *plain) text(s []byte) {
	s = clean(s)
	for len(s) > 0 {
		n := bytes.IndexAny(s, whitespace)
		switch {
		case n < 0:
			n = len(s)
			fallthrough
		case n > 0:
			p.word(s[:n])
			s = s[n:]
			continue
		case p.pre && s[0] == '\n':
			p.gap++
		case p.pre:
			p.word(s[:1])
		default:
			p.space = true
		}
		s = s[1:]
	}
}

func (p *plain) word(w []byte) {
	switch {
	case len(p.out) == 0:
	case p.gap > 0:
		p.out = append(p.out, strings.Repeat("\n", p.gap)...)
	case p.space:
		p.out = append(p.out, ' ')
	}
	if p.bullet {
		if !p.later || p.items > 0 {
			p.out = append(p.out, p.dash...)
		}
		p.items++
	}
	p.gap, p.space, p.bullet = 0, false, false
	p.out = append(p.out, w...)
}

func (p *plain) start(r rule, _ attributes) {
	switch r.kind {
	case newline:
		p.gap = min(p.gap+1, 2)
	case list:
		if p.lists == 0 {
			p.items = 0
		}
		p.lists++
		p.boundary(r)
	case item:
		p.boundary(r)
		p.bullet = true
	case leaf, quote, divider:
		p.boundary(r)
		p.pre = r.name == "pre"
	}
}

func (p *plain) end(r rule) {
	switch r.kind {
	case list:
		p.boundary(r)
		p.lists = max(p.lists-1, 0)
		p.bullet = false
	case item, quote:
		p.boundary(r)
	case leaf:
		p.boundary(r)
		p.pre = false
	}
}

// boundary asks for an empty line, or a new line within a list.
func (p *plain) boundary(r rule) {
	lines := 2
	if r.kind == item || r.kind == list && p.lists > 1 {
		lines = 1
	}
	p.gap = max(p.gap, lines)
}

// Excerpt returns the beginning of what HTML says on one line, at most limit
// characters long. A dot stands between the items of a list. What is cut is cut
// between two words if it can be, and ends with an ellipsis.
func Excerpt(html string, limit int) string {
	p := plain{dash: "· ", later: true}
	scan(truncate(html), &p)
	s := strings.Join(strings.Fields(string(p.out)), " ")
	if limit <= 0 {
		return ""
	}
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	cut := limit - 1 // one is for the ellipsis
	for i := cut; i > 0; i-- {
		if runes[i] == ' ' {
			return strings.TrimRight(string(runes[:i]), " .,;:-–—·") + "…"
		}
	}
	for cut > 0 && joinsPrevious(runes[cut], runes[cut-1]) {
		cut--
	}
	return string(runes[:cut]) + "…"
}

// joinsPrevious reports whether r is shown as one character with the one before
// it: an accent, a variation, a joined emoji.
func joinsPrevious(r, before rune) bool {
	const joiner = '\u200d'
	return r == joiner || before == joiner || unicode.Is(unicode.M, r)
}

// Links counts the links in HTML, each time that one occurs. Links with the
// class mention or hashtag do not count; the class is the word of the sender.
func Links(html string) int {
	var n links
	scan(truncate(html), &n)
	return int(n)
}

// links is the reader behind Links.
type links int

func (n *links) text([]byte) {}
func (n *links) end(rule)    {}

func (n *links) start(r rule, a attributes) {
	if r.name != "a" || isReference(a.class) {
		return
	}
	if _, ok := safeHref(a.href); ok {
		*n++
	}
}

// mention is @user@host with an optional port. What comes before keeps out mail
// addresses and paths of URLs.
var mention = regexp.MustCompile(`(?:^|[^\pL\pN_@/.+-])@([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)` +
	`@((?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?\.)+[\pL\pN](?:[\pL\pN-]*[\pL\pN])?(?::[0-9]{1,5})?)`)

// Mentions returns the handles in Markdown as user@host, without the @ before
// them, in the order of their first occurrence and each once. The host is in
// lower case. Handles in code and in links are not mentions.
func Mentions(markdown string) []string {
	var p prose
	scan(Render(markdown), &p)
	var found []string
	seen := map[string]bool{}
	for _, m := range mention.FindAllSubmatch(p.out, -1) {
		handle := string(m[1]) + "@" + strings.ToLower(string(m[2]))
		if key := strings.ToLower(handle); !seen[key] {
			seen[key] = true
			found = append(found, handle)
		}
	}
	return found
}

// prose is the reader behind Mentions: the text outside of code and links. It
// counts on the balanced HTML of Render.
type prose struct {
	out  []byte
	skip int // open elements whose text is left out
}

func (p *prose) text(s []byte) {
	if p.skip == 0 {
		p.out = append(p.out, s...)
	}
}

func (p *prose) start(r rule, _ attributes) {
	if r.name == "a" || r.name == "code" {
		p.skip++
	}
	if r.kind != inline {
		p.out = append(p.out, '\n')
	}
}

func (p *prose) end(r rule) {
	if r.name == "a" || r.name == "code" {
		p.skip--
	}
	if r.kind != inline {
		p.out = append(p.out, '\n')
	}
}
