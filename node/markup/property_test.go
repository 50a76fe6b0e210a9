package markup_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/node/markup"
)

// reporter is what the testing types and rapid have in common.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

var allowed = map[string]bool{
	"p": true, "br": true, "a": true, "span": true, "strong": true, "em": true, "b": true, "i": true, "u": true, "del": true,
	"code": true, "pre": true, "blockquote": true, "ul": true, "ol": true, "li": true, "h2": true, "h3": true, "h4": true,
}

// parse reads HTML as a browser does where a page shows it.
func parse(t reporter, s string) *html.Node {
	t.Helper()
	root := &html.Node{Type: html.ElementNode, DataAtom: atom.Body, Data: "body"}
	nodes, err := html.ParseFragment(strings.NewReader(s), root)
	if err != nil {
		t.Errorf("parse %q: %v", s, err)
	}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	return root
}

// checkSafe parses sanitized HTML with the full algorithm of browsers and checks
// C4 on the tree, knowing nothing of how the sanitizer works. It writes the tree
// out again: equal text means that the tags say exactly what browsers build.
func checkSafe(t reporter, s string) {
	t.Helper()
	var out strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch c.Type {
			case html.TextNode:
				if n.Data == "ul" || n.Data == "ol" {
					t.Errorf("text in %q in %q", n.Data, s)
				}
				out.WriteString(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(c.Data))
			case html.ElementNode:
				if !allowed[c.Data] || c.Namespace != "" {
					t.Errorf("element %q in %q", c.Data, s)
				}
				if list := n.Data == "ul" || n.Data == "ol"; list != (c.Data == "li") {
					t.Errorf("%q in %q in %q", c.Data, n.Data, s)
				}
				out.WriteString("<" + c.Data)
				for _, a := range c.Attr {
					checkAttribute(t, c, a)
					out.WriteString(" " + a.Key + `="` + strings.ReplaceAll(a.Val, "&", "&amp;") + `"`)
				}
				if c.Data == "a" && len(c.Attr) < 2 {
					t.Errorf("link with attributes %v", c.Attr)
				}
				out.WriteString(">")
				if c.Data != "br" {
					walk(c)
					out.WriteString("</" + c.Data + ">")
				}
			default:
				t.Errorf("node of type %v in %q", c.Type, s)
			}
		}
	}
	walk(parse(t, s))
	if out.String() != s {
		t.Errorf("browsers read %q\n as %q", s, out.String())
	}
}

func checkAttribute(t reporter, n *html.Node, a html.Attribute) {
	t.Helper()
	switch {
	case a.Key == "class":
		for _, name := range strings.Split(a.Val, " ") {
			known := name == "mention" || name == "hashtag" || name == "ellipsis" || name == "invisible"
			for _, prefix := range []string{"h-", "p-", "u-", "dt-", "e-"} {
				known = known || strings.HasPrefix(name, prefix) && len(name) > len(prefix)
			}
			if !known {
				t.Errorf("class %q", name)
			}
		}
	case n.Data == "a" && a.Key == "href":
		if !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "mailto:") {
			t.Errorf("href %q", a.Val)
		}
		if strings.ContainsFunc(a.Val, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Errorf("href %q holds a character that is not plain", a.Val)
		}
	case n.Data == "a" && a.Key == "rel":
		if a.Val != "nofollow noopener noreferrer ugc" {
			t.Errorf("rel %q", a.Val)
		}
	default:
		t.Errorf("attribute %s of %s", a.Key, n.Data)
	}
}

// depth returns how deep the elements of HTML nest.
func depth(t reporter, s string) int {
	var deepest func(n *html.Node) int
	deepest = func(n *html.Node) int {
		d := 0
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode {
				d = max(d, 1+deepest(c))
			}
		}
		return d
	}
	return deepest(parse(t, s))
}

// pieces are what hostile and careless HTML is made of.
var pieces = []string{
	"<p>", "</p>", "<p class=\"h-card x\">", "<br>", "</br>", "<br/>", "<b>", "</b>", "<i>", "</i>", "<span>", "</span>", "<code>", "</code>",
	"<a href=https://x.example/>", "<a href='javascript:x'>", "<a href=\"https://x.example/?a&b\" class=mention>", "<a name=x>", "</a>",
	"<ul>", "</ul>", "<ol>", "</ol>", "<li>", "</li>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<h1>", "</h1>", "<h2>", "</h2>", "<h5>", "</h6>",
	"<div>", "</div>", "<table>", "<tr>", "<td>", "</table>", "<hr>", "<img src=x onerror=y>", "<s>", "</s>", "<del>", "</del>", "<u id=x>", "</u>",
	"<script>", "</script>", "<style>", "</style>", "<svg>", "</svg>", "<svg/>", "<math>", "</math>", "<mtext>", "<annotation-xml>", "<foreignObject>",
	"<template>", "</template>", "<title>", "</title>", "<textarea>", "</textarea>", "<noscript>", "</noscript>", "<iframe>", "</iframe>", "<xmp>",
	"<select>", "<option>", "</select>", "<button>", "</button>", "<form>", "</form>", "<object>", "</object>", "<plaintext>", "<frameset>", "<body>",
	"<html>", "<head>", "</head>", "<!--", "-->", "<!DOCTYPE html>", "<![CDATA[", "]]>", "<?x ?>", "<", ">", "</", "/>", "\"", "'", "=",
	" ", "\n", "\t", "\r", "\x00", "\x0c", "a", "b c", "&", "&amp;", "&lt;", "&gt;", "&#0;", "&#13;", "&nbsp;", "&quot;", "é", "\u202e", "\xff", "😀",
}

func anyHTML() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String()), 0, 60).Draw(t, "pieces"), "")
	})
}

// checkSanitize holds for every input.
func checkSanitize(t reporter, in string) {
	t.Helper()
	once := markup.Sanitize(in)
	if twice := markup.Sanitize(once); twice != once {
		t.Errorf("Sanitize(%q)\n once %q\ntwice %q", in, once, twice)
	}
	if !utf8.ValidString(once) || len(once) > markup.MaxBytes {
		t.Errorf("Sanitize(%q) is %d bytes, UTF-8 %v", in, len(once), utf8.ValidString(once))
	}
	checkSafe(t, once)
	if markup.Links(once) > 0 && !strings.Contains(once, "href=") {
		t.Errorf("Links counts what is not in %q", once)
	}
	text := markup.Text(once)
	if text != strings.Trim(text, " \n\t") && !strings.Contains(once, "<pre") {
		t.Errorf("Text(%q) = %q has spaces around it", once, text)
	}
	if got := markup.Excerpt(in, 20); utf8.RuneCountInString(got) > 20 || strings.Contains(got, "\n") {
		t.Errorf("Excerpt(%q) = %q", in, got)
	}
}

func TestC5SanitizeIsIdempotentAndSafe(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkSanitize(t, anyHTML().Draw(t, "html")) })
}

// TestC5SanitizeAtTheLimit puts the random part where the output is full.
func TestC5SanitizeAtTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := markup.MaxBytes - rapid.IntRange(0, 100).Draw(t, "room")
		checkSanitize(t, "<p>"+strings.Repeat("a", n-len("<p></p>"))+anyHTML().Draw(t, "html"))
	})
}

// TestC5SanitizeAtTheDepth puts the random part where no deeper tag is allowed.
func TestC5SanitizeAtTheDepth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		blocks := rapid.SliceOfN(rapid.SampledFrom([]string{"<ul>", "<li>", "<blockquote>", "<ol><li>"}), 45, 70).Draw(t, "blocks")
		inlines := strings.Repeat("<b>", rapid.IntRange(0, 60).Draw(t, "inlines"))
		checkSanitize(t, strings.Join(blocks, "")+inlines+anyHTML().Draw(t, "html"))
	})
}

func TestC5RenderPassesSanitize(t *testing.T) {
	t.Parallel()
	marks := []string{
		"*", "**", "_", "~~", "`", "```\n", "> ", "- ", "1. ", "# ", "##### ", "\n", "\n\n", "    ", "[a](", "https://x.example/", ")", "![a](",
		"<", ">", "&", "<b>", "</b>", "<script>", "<https://x.example>", "a", "b c", "@ana@x.example", "ana@x.example", "www.x.example", "|", "---\n", "\\", "\t", "[a]: u\n",
	}
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(marks), rapid.String()), 0, 60).Draw(t, "markdown"), "")
		out := markup.Render(in)
		if again := markup.Sanitize(out); again != out {
			t.Errorf("Render(%q)\n = %q\nand %q when sanitized", in, out, again)
		}
		checkSafe(t, out)
	})
}

func FuzzSanitize(f *testing.F) {
	for _, in := range hostile() {
		f.Add(in[:min(len(in), 500)])
	}
	f.Add(strings.Join(pieces, ""))
	f.Add(`<p>a<table><b><tr><i><p></b>b</table><svg><style><img src=x></style></svg><a href="java&Tab;script:x">c<a href=//x>d`)
	f.Fuzz(func(t *testing.T, in string) { checkSanitize(t, in) })
}

func FuzzRender(f *testing.F) {
	f.Add("# a\n\n> - b **c** [d](https://x.example/ \"e\") ![f](g) <b>h</b> ~~i~~ `j`\n\n```\nk\n```\n@ana@x.example")
	f.Fuzz(func(t *testing.T, in string) {
		out := markup.Render(in)
		if again := markup.Sanitize(out); again != out {
			t.Errorf("Render(%q)\n = %q\nand %q when sanitized", in, out, again)
		}
		checkSafe(t, out)
		markup.Mentions(in)
	})
}
