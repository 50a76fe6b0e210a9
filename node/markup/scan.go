package markup

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// kind says what an element is to us.
type kind uint8

const (
	unwrapped kind = iota // the tag is dropped, what is in it stays
	dropped               // the tag is dropped with all that is in it
	inline                // a span strong em b i u del code
	newline               // br
	divider               // hr: ends a paragraph and is not shown
	leaf                  // p h2 h3 h4 pre: hold text and inline elements
	item                  // li: only in a list
	list                  // ul ol: hold only items
	quote                 // blockquote
)

// rule is what becomes of an element. The zero rule unwraps it.
type rule struct {
	kind        kind
	name        string // the element written for it, which may be another one
	open, close string
}

func as(k kind, name string) rule {
	return rule{kind: k, name: name, open: "<" + name + ">", close: "</" + name + ">"}
}

// rules is the allow-list of C4: only the names in it are ever written. Blocks
// that are not on the list become paragraphs, so that their texts do not run
// into each other. Elements which are not named here are unwrapped.
var rules = map[atom.Atom]rule{
	atom.P: as(leaf, "p"), atom.Br: as(newline, "br"), atom.A: as(inline, "a"), atom.Span: as(inline, "span"),
	atom.Strong: as(inline, "strong"), atom.Em: as(inline, "em"), atom.B: as(inline, "b"), atom.I: as(inline, "i"),
	atom.U: as(inline, "u"), atom.Del: as(inline, "del"), atom.Code: as(inline, "code"), atom.Pre: as(leaf, "pre"),
	atom.Blockquote: as(quote, "blockquote"), atom.Ul: as(list, "ul"), atom.Ol: as(list, "ol"), atom.Li: as(item, "li"),
	atom.H2: as(leaf, "h2"), atom.H3: as(leaf, "h3"), atom.H4: as(leaf, "h4"),

	atom.H1: as(leaf, "h2"), atom.H5: as(leaf, "h4"), atom.H6: as(leaf, "h4"),
	atom.S: as(inline, "del"), atom.Strike: as(inline, "del"), atom.Hr: as(divider, "hr"),

	atom.Address: as(leaf, "p"), atom.Article: as(leaf, "p"), atom.Aside: as(leaf, "p"), atom.Caption: as(leaf, "p"),
	atom.Center: as(leaf, "p"), atom.Dd: as(leaf, "p"), atom.Details: as(leaf, "p"), atom.Dir: as(leaf, "p"),
	atom.Div: as(leaf, "p"), atom.Dl: as(leaf, "p"), atom.Dt: as(leaf, "p"), atom.Fieldset: as(leaf, "p"),
	atom.Figcaption: as(leaf, "p"), atom.Figure: as(leaf, "p"), atom.Footer: as(leaf, "p"), atom.Form: as(leaf, "p"),
	atom.Header: as(leaf, "p"), atom.Main: as(leaf, "p"), atom.Menu: as(leaf, "p"), atom.Nav: as(leaf, "p"),
	atom.Section: as(leaf, "p"), atom.Summary: as(leaf, "p"), atom.Table: as(leaf, "p"), atom.Td: as(leaf, "p"),
	atom.Th: as(leaf, "p"), atom.Tr: as(leaf, "p"),

	// What the tokenizer reads as raw text must be dropped, or markup that no
	// browser shows would appear as text (a test checks that none is missing).
	atom.Iframe: {kind: dropped}, atom.Noembed: {kind: dropped}, atom.Noframes: {kind: dropped}, atom.Noscript: {kind: dropped},
	atom.Plaintext: {kind: dropped}, atom.Script: {kind: dropped}, atom.Style: {kind: dropped}, atom.Textarea: {kind: dropped},
	atom.Title: {kind: dropped}, atom.Xmp: {kind: dropped},

	atom.Applet: {kind: dropped}, atom.Audio: {kind: dropped}, atom.Canvas: {kind: dropped}, atom.Datalist: {kind: dropped},
	atom.Math: {kind: dropped}, atom.Object: {kind: dropped}, atom.Select: {kind: dropped}, atom.Svg: {kind: dropped},
	atom.Template: {kind: dropped}, atom.Video: {kind: dropped},
}

// attributes are the two that we look at, as they came in.
type attributes struct{ href, class string }

// reader is told what a piece of HTML consists of, in order and without what is
// dropped or unwrapped. The text is decoded and only valid during the call.
type reader interface {
	text(s []byte)
	start(r rule, a attributes)
	end(r rule)
}

// scan reads HTML token by token. A tree would show us misnested markup as a
// browser sees it, but it repeats every open formatting element in each new
// paragraph: 40 KB of input grew to 580 MB of nodes. Reading tokens is linear.
func scan(s string, to reader) {
	z := html.NewTokenizer(strings.NewReader(s))
	var hidden atom.Atom // the outermost open element that is dropped
	var depth int        // how many of the same name are open in it
	for {
		switch tt := z.Next(); tt {
		case html.ErrorToken:
			return
		case html.TextToken:
			if hidden == 0 {
				to.text(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			if hidden != 0 {
				if tag == hidden && tt == html.StartTagToken {
					depth++
				}
				continue
			}
			switch r := rules[tag]; r.kind {
			case unwrapped:
			case dropped:
				if tt == html.SelfClosingTagToken && (tag == atom.Svg || tag == atom.Math) {
					continue // only in these the slash of <svg/> means something
				}
				hidden, depth = tag, 1
			default:
				to.start(r, readAttributes(z, more))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			tag := atom.Lookup(name)
			if hidden == 0 {
				if r := rules[tag]; r.kind != unwrapped && r.kind != dropped {
					to.end(r)
				}
			} else if tag == hidden {
				if depth--; depth == 0 {
					hidden = 0
				}
			}
		}
	}
}

// readAttributes takes the first href and the first class of a tag, as browsers
// do. The tokenizer has left out repeated ones.
func readAttributes(z *html.Tokenizer, more bool) attributes {
	var a attributes
	for more {
		var key, val []byte
		key, val, more = z.TagAttr()
		switch string(key) {
		case "href":
			a.href = string(val)
		case "class":
			a.class = string(val)
		}
	}
	return a
}
