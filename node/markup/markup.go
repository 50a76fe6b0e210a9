// Package markup makes the text that people write safe and readable: Markdown
// to HTML, foreign HTML to the few elements that we show, HTML to plain text,
// and names without tricks.
//
// It is pure: no storage, no network, no clock. It does not know who wrote a
// text or where it will be shown. Everything that Render or Sanitize returns
// may be put into a page as it is; nothing else may.
package markup

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// MaxBytes is the longest text in bytes that this package reads or returns.
// Longer input is cut. It equals the largest inbox body (C1).
const MaxBytes = 256 << 10

// converter is built once and never changed; it may be used concurrently.
var converter = newConverter()

// nothing matches no text. Bare mail addresses stay text: the parser would also
// find one in the handle @data_team@node.example. <ana@node.example> is a link.
var nothing = regexp.MustCompile(`[^\x00-\x{10FFFF}]`)

// newConverter sets up CommonMark with bare links, ~~deletion~~ and line breaks
// where the author typed them, as people expect in short posts. The two parsers
// for raw HTML are left out, so that markup which somebody types is shown as
// typed and never interpreted.
func newConverter() goldmark.Markdown {
	p := parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
		),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
	return goldmark.New(
		goldmark.WithParser(p),
		goldmark.WithExtensions(extension.NewLinkify(extension.WithLinkifyEmailRegexp(nothing)), extension.Strikethrough),
		goldmark.WithRendererOptions(
			html.WithHardWraps(),
			renderer.WithNodeRenderers(util.Prioritized(imageLinks{}, 100)),
		),
	)
}

// Render turns Markdown into HTML that has passed Sanitize. Raw HTML in it is
// shown as text, an image becomes a link to it (C6), a first-level heading
// becomes a second-level one, as the page has its own.
func Render(markdown string) string {
	src := []byte(truncate(markdown))
	var out bytes.Buffer
	out.Grow(len(src) + len(src)/2)
	if isTangled(src) || converter.Convert(src, &out) != nil {
		return Sanitize(paragraphs(src))
	}
	return Sanitize(out.String())
}

const (
	maxMarkers  = 50   // quote and list marks that a line may begin with
	maxDelimits = 4000 // characters for emphasis and links in one paragraph
)

// isTangled reports Markdown that no person writes and that would cost the
// parser time with the square of its length: 128 KB of ">" take 5 seconds. Each
// quote or list mark at the beginning of a line opens a level, and each
// delimiter in a paragraph may be compared with all others in it.
func isTangled(src []byte) bool {
	delimiters := 0
	for line := range bytes.Lines(src) {
		if len(bytes.TrimSpace(line)) == 0 {
			delimiters = 0
			continue
		}
		for _, c := range line {
			switch c {
			case '*', '_', '~', '[', ']':
				delimiters++
			}
		}
		if delimiters > maxDelimits || leadingMarkers(line) > maxMarkers {
			return true
		}
	}
	return false
}

// leadingMarkers counts the marks of quotes and list items that a line begins
// with. It may count a few more than the parser would accept.
func leadingMarkers(line []byte) int {
	n := 0
	for i, c := range line {
		switch {
		case c == '>':
			n++
		case c == ' ' || c == '\t':
			if i > 0 && bytes.IndexByte([]byte("-+*.)"), line[i-1]) >= 0 {
				n++
			}
		case bytes.IndexByte([]byte("-+*.)0123456789"), c) < 0:
			return n
		}
	}
	return n
}

// paragraphs shows text as it was typed.
func paragraphs(src []byte) string {
	s := string(appendEscaped(nil, src))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\n\n", "</p><p>")
	return "<p>" + strings.ReplaceAll(s, "\n", "<br>") + "</p>"
}

// imageLinks renders an image as a link with the alternative text.
type imageLinks struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (imageLinks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			_, err := w.WriteString("</a>")
			return ast.WalkContinue, err
		}
		dest := util.EscapeHTML(util.URLEscape(n.(*ast.Image).Destination, true))
		_, _ = w.WriteString(`<a href="`)
		_, _ = w.Write(dest)
		_, err := w.WriteString(`">`)
		if !n.HasChildren() {
			_, err = w.Write(dest)
		}
		return ast.WalkContinue, err
	})
}

// truncate cuts s to MaxBytes between two characters and replaces what is not
// UTF-8.
func truncate(s string) string {
	if len(s) > MaxBytes {
		n := MaxBytes
		for n > MaxBytes-utf8.UTFMax && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	if utf8.ValidString(s) {
		return s
	}
	// A replacement character is longer than the byte it stands for.
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > MaxBytes {
		return truncate(s)
	}
	return s
}
