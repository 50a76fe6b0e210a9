package markup

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxBlocks and maxInlines limit how deep the output nests, 100 levels in
	// all. Deeper tags are left out, their text stays.
	maxBlocks  = 50
	maxInlines = 50

	// maxReopened is how many bytes of tags one text may gain by inline elements
	// that are open across the end of a block and are written again in the next.
	maxReopened = 32 << 10

	// longestRune is the most that one character takes when escaped: &amp;.
	longestRune = 5

	whitespace = " \t\n"
)

// Sanitize reduces HTML from anywhere to the elements and attributes of C4. The
// output is built from the allow-list alone, token by token, and in a form that
// every HTML parser reads as exactly the tree that was meant: closed, properly
// nested, no paragraph in a paragraph, no link in a link, only items in lists.
// Sanitizing it again changes nothing (C5). Time and size are bounded by the
// size of the input, which counts up to MaxBytes.
func Sanitize(html string) string {
	html = truncate(html)
	b := builder{out: make([]byte, 0, len(html)+len(html)/4+64), afterTag: true, reopen: maxReopened}
	scan(html, &b)
	b.pop(0)
	return string(b.out)
}

// element is an open element with its tags as they will be written. A link
// without an address has empty tags: it is only there to pair with its end tag.
type element struct {
	rule
	again bool // written before, and closed because a block began or ended
}

// builder writes the output. Blocks and inline elements have a stack each, and
// inline elements are always inside the innermost block: where a block begins or
// ends they are closed, and opened again when text comes, as browsers do. A tag
// is written only when text follows, so that nothing empty is left behind.
type builder struct {
	out                     []byte
	blocks, inlines         []element
	openBlocks, openInlines int  // how many of each are written, outermost first
	afterTag                bool // the last thing written is a tag of a block, or nothing is
	closing                 int  // bytes that the end tags of what is open will take
	reopen                  int  // what is left of maxReopened
	gap                     bool // a block that is not written began or ended here
	full                    bool // MaxBytes reached, nothing more is written
}

func (b *builder) top() element {
	if len(b.blocks) == 0 {
		return element{}
	}
	return b.blocks[len(b.blocks)-1]
}

// fresh reports whether we are at the beginning of a block or between two,
// where white space means nothing.
func (b *builder) fresh() bool { return b.afterTag || b.openBlocks < len(b.blocks) }

func (b *builder) text(s []byte) {
	s = clean(s)
	if b.fresh() {
		if b.top().name == "pre" {
			s = bytes.TrimLeft(s, "\n") // parsers skip a line break after <pre>
		} else {
			s = bytes.TrimLeft(s, whitespace)
		}
	}
	if len(s) == 0 {
		return
	}
	b.writeGap(s[0])
	if !b.openAll(longestRune) {
		return
	}
	if limit := MaxBytes - b.closing; len(b.out)+longestRune*len(s) <= limit {
		b.out = appendEscaped(b.out, s)
	} else {
		b.appendFitting(s, limit)
	}
	b.afterTag = false
}

// writeGap keeps the words before and after a block that is not written apart.
func (b *builder) writeGap(next byte) {
	due := b.gap && !b.full && !b.fresh()
	b.gap = false
	if !due || b.out[len(b.out)-1] == '\n' || b.top().name != "pre" && strings.IndexByte(whitespace, next) >= 0 {
		return
	}
	if len(b.out)+b.closing+longestRune > MaxBytes {
		b.full = true
		return
	}
	b.out = append(b.out, '\n')
}

// appendFitting writes as many whole characters as fit.
func (b *builder) appendFitting(s []byte, limit int) {
	for len(s) > 0 {
		_, n := utf8.DecodeRune(s)
		if len(b.out)+longestRune > limit {
			b.full = true
			return
		}
		b.out = appendEscaped(b.out, s[:n])
		s = s[n:]
	}
}

// openAll writes the start tags that are due, if they, their end tags and extra
// bytes fit.
func (b *builder) openAll(extra int) bool {
	if b.top().kind == list {
		b.push(element{rule: as(item, "li")})
	}
	if b.openInlines < len(b.inlines) {
		b.payForReopening()
	}
	need := extra
	for _, e := range b.blocks[b.openBlocks:] {
		need += len(e.open) + len(e.close)
	}
	for _, e := range b.inlines[b.openInlines:] {
		need += len(e.open) + len(e.close)
	}
	if b.full || len(b.out)+b.closing+need > MaxBytes {
		b.full = true
		return false
	}
	for ; b.openBlocks < len(b.blocks); b.openBlocks++ {
		b.write(b.blocks[b.openBlocks])
	}
	for ; b.openInlines < len(b.inlines); b.openInlines++ {
		b.write(b.inlines[b.openInlines])
	}
	return true
}

func (b *builder) write(e element) {
	b.out = append(b.out, e.open...)
	b.closing += len(e.close)
}

// payForReopening drops the inline elements that would be written again when
// their bytes are used up. Otherwise one long link that is never closed would be
// repeated in each of thousands of paragraphs.
func (b *builder) payForReopening() {
	kept := b.inlines[:b.openInlines]
	for _, e := range b.inlines[b.openInlines:] {
		if e.again {
			if b.reopen -= len(e.open) + len(e.close); b.reopen < 0 {
				continue
			}
		}
		kept = append(kept, e)
	}
	b.inlines = kept
}

func (b *builder) start(r rule, a attributes) {
	switch r.kind {
	case newline:
		if b.openAll(len(r.open)) {
			b.out = append(b.out, r.open...)
			b.afterTag = false
		}
	case divider:
		b.endLeaf()
		b.gap = true
	case inline:
		b.startInline(r, a)
	default:
		b.startBlock(r, a)
	}
}

func (b *builder) startInline(r rule, a attributes) {
	if r.name == "a" {
		b.endInline("a") // a link cannot hold a link
	}
	if len(b.inlines) == maxInlines {
		return
	}
	if r.name == "a" {
		if href, ok := safeHref(a.href); ok {
			r.open = "<a" + classAttribute(a) + ` href="` + strings.ReplaceAll(href, "&", "&amp;") + `"` + linkRel + ">"
		} else {
			r.open, r.close = "", ""
		}
	} else {
		r.open = withClass(r, a)
	}
	b.inlines = append(b.inlines, element{rule: r})
}

func (b *builder) startBlock(r rule, a attributes) {
	if r.kind == item {
		if at := b.nearestList(); at >= 0 {
			b.pop(at + 1)
			r.open = withClass(r, a)
			b.push(element{rule: r})
			return
		}
		r = as(leaf, "p")
	}
	if top := b.top(); r.name == "p" && top.kind == leaf && top.name != "p" {
		b.gap = true // the lines of a heading or of code, each in a div
		return
	}
	b.endLeaf()
	if b.top().kind == list {
		b.push(element{rule: as(item, "li")})
	}
	room := maxBlocks - len(b.blocks)
	if room < 1 || r.kind == list && room < 2 { // a list needs a level for its items
		b.gap = true
		return
	}
	r.open = withClass(r, a)
	b.push(element{rule: r})
}

// push opens a block. Inline elements end where it begins.
func (b *builder) push(e element) {
	b.closeInlines(0)
	b.blocks = append(b.blocks, e)
}

// pop closes blocks until only n are open.
func (b *builder) pop(n int) {
	b.closeInlines(0)
	empty := false
	for len(b.blocks) > n {
		last := len(b.blocks) - 1
		if b.openBlocks > last {
			b.openBlocks = last
			b.writeEnd(b.blocks[last])
			b.afterTag = true
		} else {
			empty = true
		}
		b.blocks = b.blocks[:last]
	}
	if empty {
		b.gap = true
	}
}

func (b *builder) endLeaf() {
	if b.top().kind == leaf {
		b.pop(len(b.blocks) - 1)
	}
}

// nearestList returns the place of the list that an item would belong to, or -1.
func (b *builder) nearestList() int {
	for i := len(b.blocks) - 1; i >= 0; i-- {
		switch b.blocks[i].kind {
		case list:
			return i
		case quote:
			return -1
		}
	}
	return -1
}

func (b *builder) end(r rule) {
	switch r.kind {
	case newline:
		b.start(r, attributes{}) // parsers read </br> as <br>
	case inline:
		b.endInline(r.name)
	case leaf:
		top := b.top()
		if top.name == r.name || top.kind == leaf && isHeading(top.name) && isHeading(r.name) {
			b.endLeaf()
		} else {
			b.gap = true
		}
	case item:
		if at := b.nearestList(); at >= 0 {
			b.pop(at + 1)
		} else {
			b.end(as(leaf, "p")) // which was written for it
		}
	case list, quote:
		for i := len(b.blocks) - 1; i >= 0; i-- {
			if b.blocks[i].name == r.name {
				b.pop(i)
				return
			}
		}
	}
}

// endInline closes the innermost inline element of that name. Those inside it
// go on after it.
func (b *builder) endInline(name string) {
	for i := len(b.inlines) - 1; i >= 0; i-- {
		if b.inlines[i].name == name {
			b.closeInlines(i)
			b.inlines = slices.Delete(b.inlines, i, i+1)
			return
		}
	}
}

// closeInlines writes end tags until only n inline elements are open. They stay
// on the stack, to be opened again by the next text.
func (b *builder) closeInlines(n int) {
	for b.openInlines > n {
		b.openInlines--
		e := &b.inlines[b.openInlines]
		b.writeEnd(*e)
		e.again = true
	}
}

func (b *builder) writeEnd(e element) {
	b.out = append(b.out, e.close...)
	b.closing -= len(e.close)
}

func isHeading(name string) bool { return name == "h2" || name == "h3" || name == "h4" }

func withClass(r rule, a attributes) string {
	if class := classAttribute(a); class != "" {
		return "<" + r.name + class + ">"
	}
	return r.open
}

func classAttribute(a attributes) string {
	if class := safeClass(a.class); class != "" {
		return ` class="` + class + `"`
	}
	return ""
}

// appendEscaped writes text as HTML. Quotes need no escape outside attributes.
func appendEscaped(out, s []byte) []byte {
	for {
		i := bytes.IndexAny(s, "&<>")
		if i < 0 {
			return append(out, s...)
		}
		out = append(out, s[:i]...)
		switch s[i] {
		case '&':
			out = append(out, "&amp;"...)
		case '<':
			out = append(out, "&lt;"...)
		default:
			out = append(out, "&gt;"...)
		}
		s = s[i+1:]
	}
}

// clean removes control characters, which HTML forbids and parsers change.
func clean(s []byte) []byte {
	if !bytes.ContainsFunc(s, isOddControl) {
		return s
	}
	return bytes.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\f':
			return ' '
		case isOddControl(r):
			return -1
		}
		return r
	}, s)
}

// isOddControl reports a control character other than tab and line feed.
func isOddControl(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0
}
