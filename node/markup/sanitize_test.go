package markup_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node/markup"
)

const rel = ` rel="nofollow noopener noreferrer ugc"`

type sanitizeCase struct{ name, in, want string }

func runSanitize(t *testing.T, cases []sanitizeCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := markup.Sanitize(c.in)
			if got != c.want {
				t.Errorf("Sanitize(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
			checkSafe(t, got)
		})
	}
}

func TestC4KeepsAllowedElements(t *testing.T) {
	t.Parallel()
	var cases []sanitizeCase
	for _, name := range []string{
		"p", "span", "strong", "em", "b", "i", "u", "del", "code", "pre", "blockquote", "h2", "h3", "h4",
	} {
		in := fmt.Sprintf(`<%s>x</%s>`, name, name)
		cases = append(cases, sanitizeCase{name, in, in})
	}
	cases = append(
		cases,
		sanitizeCase{"br", `a<br>b<br/>c</br>d`, `a<br>b<br>c<br>d`},
		sanitizeCase{"ul", `<ul><li>a</li><li>b</li></ul>`, `<ul><li>a</li><li>b</li></ul>`},
		sanitizeCase{"ol", `<ol><li>a</li></ol>`, `<ol><li>a</li></ol>`},
		sanitizeCase{"a", `<a href="https://x.example/">x</a>`, `<a href="https://x.example/"` + rel + `>x</a>`},
		sanitizeCase{"plain text", `hello`, `hello`},
		sanitizeCase{"upper case", `<P>a</P><STRONG>b</STRONG>`, `<p>a</p><strong>b</strong>`},
		sanitizeCase{"empty", ``, ``},
		sanitizeCase{
			"a note with a mention and a shortened link",
			`<p><span class="h-card" translate="no"><a href="https://a.example/@ana" class="u-url mention">@<span>ana</span></a></span> see ` +
				`<a href="https://b.example/long" target="_blank" rel="nofollow"><span class="invisible">https://</span>` +
				`<span class="ellipsis">b.example/lo</span><span class="invisible">ng</span></a></p>`,
			`<p><span class="h-card"><a class="u-url mention" href="https://a.example/@ana"` + rel + `>@<span>ana</span></a></span> see ` +
				`<a href="https://b.example/long"` + rel + `><span class="invisible">https://</span>` +
				`<span class="ellipsis">b.example/lo</span><span class="invisible">ng</span></a></p>`,
		},
	)
	runSanitize(t, cases)
}

func TestC4DropsElements(t *testing.T) {
	t.Parallel()
	cases := []sanitizeCase{
		{"script in upper case", `a<ScRiPt src=//evil>alert(1)</sCrIpT >b`, `ab`},
		{"script unclosed", `a<script>alert(1)`, `a`},
		{"script in script", `a<scr<script>ipt>alert(1)</script>b`, `aipt&gt;alert(1)b`},
		{"script behind a slash", `a<script/x>alert(1)</script>b`, `ab`},
		{"script cut in a comment", `a<script><!--</script>b--></script>c`, `ab--&gt;c`},
		{"style with an import", `<style>@import url(//evil);</style><p>a</p>`, `<p>a</p>`},
		{"svg with onload", `a<svg onload=alert(1)><circle/></svg>b`, `ab`},
		{"svg with script", `a<svg><script>alert(1)</script><text>t</text></svg>b`, `ab`},
		{"svg in svg", `a<svg><svg>x</svg>y</svg>b`, `ab`},
		{"svg closed at once", `a<svg/>b`, `ab`},
		{"template closed at once is open", `a<template/>x</template>b`, `ab`},
		{"iframe closed at once is open", `a<iframe/><b>x</b></iframe>b`, `ab`},
		{"svg animate to javascript", `<svg><a><animate attributeName=href values=javascript:alert(1) /><text>x</text></a></svg>b`, `b`},
		{"math with a style", `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>b`, `b`},
		{"template", `<template><p onclick=x>a</p></template>b`, `b`},
		{"noscript hiding an attribute", `<noscript><p title="</noscript><img src=x onerror=alert(1)>">a`, `"&gt;a`},
		{"textarea", `<textarea></textarea><img src=x>a`, `a`},
		{"title hiding a tag", `<title><a href="</title><img src=x onerror=alert(1)>">a`, `"&gt;a`},
		{"xmp", `<xmp><p></xmp>a`, `a`},
		{"iframe", `<iframe src="javascript:alert(1)"></iframe>a`, `a`},
		{"iframe with srcdoc", `<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;">x</iframe>a`, `a`},
		{"plaintext takes the rest", `a<plaintext><p>b</p>`, `a`},
		{"object and embed", `<object data=x>f</object><embed src=x>a`, `a`},
		{"audio and video", `<audio src=x onerror=y>f</audio><video><source src=x></video>a`, `a`},
		{"canvas", `<canvas>f</canvas>a`, `a`},
		{"select", `<select><option>f</option></select>a`, `a`},
		{"image", `a<img src="https://evil/1.gif" alt=x>b<image src=x>`, `ab`},
		{"image with onerror", `<img src=x onerror="alert(1)">a`, `a`},
		{"image with broken quotes", `<img """><script>alert(1)</script>">a`, `"&gt;a`},
		{"picture", `<picture><source srcset=x><img src=x></picture>a`, `a`},
		{"meta refresh", `<meta http-equiv=refresh content="0;url=//evil">a`, `a`},
		{"base", `<base href="//evil/"><a href="/x">a</a>`, `a`},
		{"link", `<link rel=stylesheet href=//evil>a`, `a`},
		{"form", `<form action=//evil><input name=p value=v><button formaction=//evil>Go</button></form>`, `<p>Go</p>`},
		{"isindex and keygen", `<isindex action=//evil><keygen>a`, `a`},
		{"frameset", `<frameset><frame src=x></frameset>a`, `a`},
		{"html, head and body", `<!DOCTYPE html><html><head><title>t</title></head><body onload=x>a</body></html>`, `a`},
		{"comment", `a<!-- <p onclick=x> -->b`, `ab`},
		{"conditional comment", `a<!--[if IE]><script>alert(1)</script><![endif]-->b`, `ab`},
		{"comment closed early", `a<!--><script>alert(1)</script>-->b`, `a--&gt;b`},
		{"cdata", `a<![CDATA[<script>alert(1)</script>]]>b`, `aalert(1)]]&gt;b`},
		{"processing instruction", `a<?xml version="1.0"?>b<?php echo 1 ?>c`, `abc`},
		{"custom element", `<x-widget onclick=y>a</x-widget>`, `a`},
		{"name with a colon", `<o:p>a</o:p><svg:script>b</svg:script>`, `ab`},
		{"marquee and blink", `<marquee onstart=x>a</marquee><blink>b</blink>`, `ab`},
		{"details", `<details open ontoggle=x><summary>s</summary>t</details>`, `<p>s</p>t`},
		{"dialog", `<dialog open>a</dialog>`, `a`},
		{"table", `<table><tr><td>a</td><td>b</td></tr></table>`, `<p>a</p><p>b</p>`},
		{"ruby and sub", `H<sub>2</sub>O <ruby>x<rt>y</rt></ruby>`, `H2O xy`},
		{"tag that never ends", `a<p title="`, `a`},
		{"less-than is not a tag", `1 < 2 & 3 > 2 <3`, `1 &lt; 2 &amp; 3 &gt; 2 &lt;3`},
		{"escaped markup stays escaped", `&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;`, `&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;`},
		{"numeric references", `&#60;script&#62;&#x3c;b&#x3e;`, `&lt;script&gt;&lt;b&gt;`},
		{"full-width brackets", `＜script＞`, `＜script＞`},
		{"NUL in a tag", "<scr\x00ipt>a</scr\x00ipt><p\x00>b", `ab`},
		{"control characters", "a\x00b\x01c\x0bd\x7fe\u0085f&#0;g&#8;h", "abcdef\uFFFDgh"},
		{"form feed and carriage return", "a\x0cb\r\nc\rd&#13;e", "a b\nc\nd\ne"},
		{"not UTF-8", "a\xff\xfeb<p>\xc0c", "a\uFFFDb<p>\uFFFDc</p>"},
		{"UTF-7 is only text", `+ADw-script+AD4-alert(1)`, `+ADw-script+AD4-alert(1)`},
	}
	// Every element that a tokenizer reads as raw text goes with its content.
	for _, name := range []string{
		"iframe", "noembed", "noframes", "noscript", "script", "style", "textarea", "title", "xmp",
	} {
		cases = append(cases, sanitizeCase{"raw " + name, fmt.Sprintf("a<%s><b>x</b></%s>c", name, name), "ac"})
	}
	runSanitize(t, cases)
}

func TestC4DropsAttributes(t *testing.T) {
	t.Parallel()
	link := func(href, class string) string {
		return `<a` + class + ` href="` + href + `"` + rel + `>x</a>`
	}
	cases := []sanitizeCase{
		{"id", `<p id="x">a</p>`, `<p>a</p>`},
		{"id on a heading", `<h2 id="main">a</h2>`, `<h2>a</h2>`},
		{"name on a link", `<a name=top>a</a>`, `a`},
		{"style", `<p style="position:fixed">a</p>`, `<p>a</p>`},
		{"onclick", `<p onclick=alert(1)>a</p>`, `<p>a</p>`},
		{"onerror without a space", `<b/onerror=alert(1)/x>a</b>`, `<b>a</b>`},
		{"handler in upper case", `<P ONMOUSEOVER=alert(1)>a`, `<p>a</p>`},
		{"handler behind a line break", "<p\nonfocus=alert(1)\tautofocus tabindex=1>a", `<p>a</p>`},
		{"data, aria, role, lang, dir, title", `<p data-x=1 aria-hidden=true role=alert lang=es dir=rtl title=t>a`, `<p>a</p>`},
		{"hidden and contenteditable", `<p hidden contenteditable>a`, `<p>a</p>`},
		{"slot and is", `<span is=x-y slot=z>a</span>`, `<span>a</span>`},
		{"start and type of a list", `<ol start=9 type=a reversed><li value=3>a</li></ol>`, `<ol><li>a</li></ol>`},
		{"cite", `<blockquote cite="https://x.example">a</blockquote>`, `<blockquote>a</blockquote>`},
		{"class with one known name", `<p class="fixed h-card top">a</p>`, `<p class="h-card">a</p>`},
		{"class of microformats", `<span class="p-name u-url dt-start e-content h-entry">a</span>`, `<span class="p-name u-url dt-start e-content h-entry">a</span>`},
		{"class of mentions", `<span class="mention hashtag ellipsis invisible">a</span>`, `<span class="mention hashtag ellipsis invisible">a</span>`},
		{"class that only begins alike", `<p class="h hh-x p- h_card mentions xh-card P-name dt e-Content u-a/b">a</p>`, `<p>a</p>`},
		{"class twice", `<p class="h-a h-a">a</p>`, `<p class="h-a">a</p>`},
		{"class as second attribute of the name", `<p class="x" class="h-a">a</p>`, `<p>a</p>`},
		{"class with a quote", `<p class='h-a" onclick="x'>a</p>`, `<p>a</p>`},
		{"class too long", `<p class="h-` + strings.Repeat("a", 60) + `">a</p>`, `<p>a</p>`},
		{"classes too many", `<p class="h-1 h-2 h-3 h-4 h-5 h-6 h-7 h-8 h-9">a</p>`, `<p class="h-1 h-2 h-3 h-4 h-5 h-6 h-7 h-8">a</p>`},
		{"attributes on br", `a<br class="h-a" onclick=x>b`, `a<br>b`},
		{
			"rel, target, ping and download", `<a href="https://x.example/" rel="opener me" target=_top ping=//evil download type=x>x</a>`,
			link("https://x.example/", ""),
		},
		{"href on another element", `<p href="https://x.example/">a</p>`, `<p>a</p>`},
		{"class on a link", `<a class="mention big" href="https://x.example/">x</a>`, link("https://x.example/", ` class="mention"`)},
		{"handler on a link", `<a href="https://x.example/" onclick=alert(1)>x</a>`, link("https://x.example/", "")},
		{"quote in an address", `<a href='https://x.example/"onclick="y'>x</a>`, link(`https://x.example/%22onclick=%22y`, "")},
		{"two addresses", `<a href="https://x.example/" href="javascript:y">x</a>`, link("https://x.example/", "")},
	}
	runSanitize(t, cases)
}

func TestC4RefusesAddresses(t *testing.T) {
	t.Parallel()
	refused := []string{
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "\x01javascript:alert(1)", "&#1;javascript:alert(1)",
		"java&#9;script:alert(1)", "java&#10;script:alert(1)", "java&Tab;script:alert(1)", "java&NewLine;script:alert(1)",
		"&#106;avascript:alert(1)", "&#x6A;&#x61;vascript:alert(1)", "&#0000106avascript:alert(1)", "javascript&colon;alert(1)",
		"javascript&#58;alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", "java\r\nscript:alert(1)", "java\x00script:alert(1)",
		"javascript：alert(1)", "jаvascript:alert(1)", "javascript%3Aalert(1)", "%6Aavascript:alert(1)", "feed:javascript:alert(1)",
		"view-source:javascript:x", "vbscript:msgbox(1)",
		"javascript://x.example/%0aalert(1)", "data://x.example/x", "vbscript://x.example/x", "livescript:x", "mocha:x", "data:text/html,<script>alert(1)</script>",
		"DATA:text/html;base64,PHNjcmlwdD4=", "data:image/svg+xml,x", "blob:https://x.example/1", "filesystem:https://x.example/1",
		"file:///etc/passwd", "ftp://x.example/", "tel:+123", "sms:1", "ws://x.example", "about:blank", "intent://x#Intent;end", "urn:x:y",
		"", " ", "#top", "?q=1", "/sign-out", "sign-out", "./x", "//evil.example/", "\\\\evil.example", "https:evil.example", "https:/evil.example",
		"https:///evil.example", "https://", "https://?x", "https://#x", "https://:80/", "https:\\\\evil.example", "http//x.example", "://x.example",
		"http s://x.example", "https\x00://x.example", "ht&#9;tps://x.example", "https://x.exa\nmple/", "https://x.example/&#10;y", "https://x.example/é&#10;y", "https://x.example/\x7f",
		"https://[::1", "https://x.example:port/", "mailto:", "mailto:nobody", "mailto", "https",
		"https://x.example/" + strings.Repeat("a", 2048), "https://x.example/" + strings.Repeat("é", 400),
	}
	for _, href := range refused {
		for _, quote := range []string{`"`, `'`} {
			in := "<a href=" + quote + href + quote + ">x</a>"
			if got := markup.Sanitize(in); got != "x" {
				t.Errorf("Sanitize(%q) = %q, want the text alone", in, got)
			}
		}
	}
}

func TestC4KeepsAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"https://x.example", "https://x.example"},
		{" \n https://x.example/ \t", "https://x.example/"},
		{"HTTPS://X.example/Path", "https://X.example/Path"},
		{"http://127.77.0.9:8081/a?b=c&amp;d=e#f", "http://127.77.0.9:8081/a?b=c&amp;d=e#f"},
		{"https://x.example/?a=1&copy=2", "https://x.example/?a=1&amp;copy=2"},
		{"https://[2001:db8::1]/x", "https://[2001:db8::1]/x"},
		{"https://x.example/a b", "https://x.example/a%20b"},
		{"https://x.example/niño", "https://x.example/ni%C3%B1o"},
		{"https://münchen.example/", "https://m%C3%BCnchen.example/"},
		{"https://x.example/100%", "https://x.example/100%25"},
		{"https://x.example/%zz%41", "https://x.example/%25zz%41"},
		{"https://x.example/@ana/1", "https://x.example/@ana/1"},
		{"https://x.example/it's(1)", "https://x.example/it's(1)"},
		{"https://x.example/<b>`{|}\\^", "https://x.example/%3Cb%3E%60%7B%7C%7D%5C%5E"},
		{"https://x.example/\u202egpj", "https://x.example/%E2%80%AEgpj"},
		{"mailto:ana@x.example?subject=Hi", "mailto:ana@x.example?subject=Hi"},
	} {
		got := markup.Sanitize(`<a href="` + c.in + `">x</a>`)
		if want := `<a href="` + c.want + `"` + rel + `>x</a>`; got != want {
			t.Errorf("href %q\n got %q\nwant %q", c.in, got, want)
		}
		checkSafe(t, got)
	}
}

func TestC4Balances(t *testing.T) {
	t.Parallel()
	a := `<a href="https://x.example/"` + rel + `>`
	runSanitize(t, []sanitizeCase{
		{"never closed", `<p><b>a`, `<p><b>a</b></p>`},
		{"closed without being open", `</p></div></b></ul></a>a`, `a`},
		{"crossed", `<b>a<i>b</b>c</i>d`, `<b>a<i>b</i></b><i>c</i>d`},
		{"paragraph in paragraph", `<p>a<p>b</p>c</p>d`, "<p>a</p><p>b</p>c\nd"},
		{"block in paragraph", `<p>a<blockquote>b</blockquote>c`, `<p>a</p><blockquote>b</blockquote>c`},
		{"bold around paragraphs", `<b>a<p>b</p><p>c</p>d</b>e`, `<b>a</b><p><b>b</b></p><p><b>c</b></p><b>d</b>e`},
		{"bold left open in a paragraph", `<p><b>a</p><p>b</p>`, `<p><b>a</b></p><p><b>b</b></p>`},
		{"link around a block", `<a href="https://x.example/"><h2>a</h2></a>`, `<h2>` + a + `a</a></h2>`},
		{"link in a link", `<a href="https://x.example/">a<a href="https://x.example/">b</a>c</a>d`, a + `a</a>` + a + `b</a>cd`},
		{"refused link in a link", `<a href="https://x.example/">a<a href="javascript:x">b</a>c</a>`, a + `a</a>bc`},
		{"end tag of a refused link", `<a href="javascript:x"><b>a</a>b</b>`, `<b>a</b><b>b</b>`},
		{"items without end tags", `<ul><li>a<li>b<li>c</ul>`, `<ul><li>a</li><li>b</li><li>c</li></ul>`},
		{"list in an item", `<ul><li>a<ol><li>b</ol>c</li></ul>d`, `<ul><li>a<ol><li>b</li></ol>c</li></ul>d`},
		{"list in a list", `<ul><ul><li>a</ul></ul>`, `<ul><li><ul><li>a</li></ul></li></ul>`},
		{"text in a list", `<ul>a<li>b</li>c<br></ul>`, `<ul><li>a</li><li>b</li><li>c<br></li></ul>`},
		{"paragraph in a list", `<ol><p>a</p><li>b</ol>`, `<ol><li><p>a</p></li><li>b</li></ol>`},
		{"item without a list", `<li>a</li><li>b</li>c`, `<p>a</p><p>b</p>c`},
		{"item in a quote in an item", `<ul><li><blockquote><li>a</blockquote>b</ul>`, `<ul><li><blockquote><p>a</p></blockquote>b</li></ul>`},
		{"item end in a nested list", `<ul><li><ul></li><li>a</ul></ul>`, `<ul><li><ul><li>a</li></ul></li></ul>`},
		{"list closed from within", `<ul><li><blockquote><p>a</ul>b`, `<ul><li><blockquote><p>a</p></blockquote></li></ul>b`},
		{"other list end", `<ul><li>a</ol>b</ul>`, `<ul><li>ab</li></ul>`},
		{"heading in a heading", `<h2>a<h3>b</h3>c</h2>`, "<h2>a</h2><h3>b</h3>c"},
		{"heading closed by another", `<h2>a</h4>b`, `<h2>a</h2>b`},
		{"paragraph in a heading", `<h2><p>a</p></h2>b`, `<h2>a</h2>b`},
		{"lines of code in blocks", `<pre><div>a</div><div>  b</div></pre>`, "<pre>a\n  b</pre>"},
		{"lines of code in blocks that end themselves", "<pre><div>a\n</div><div>b\n</div></pre>", "<pre>a\nb\n</pre>"},
		{"line break after pre", "<pre>\n\n  a\n</pre>", "<pre>  a\n</pre>"},
		{"line break after pre and code", "<pre><code>\na</code></pre>", "<pre><code>a</code></pre>"},
		{"list in pre", `<pre>a<ul><li>b</ul>`, `<pre>a</pre><ul><li>b</li></ul>`},
		{"blocks without text", `<p></p><ul><li></li></ul><b> </b><h2> <i></i></h2>`, ``},
		{"spaces between blocks", "<p>a</p>\n\n <p> b</p>\n", `<p>a</p><p>b</p>`},
		{"spaces between inline elements", `<b>a</b> <i>b</i>`, `<b>a</b> <i>b</i>`},
		{"non-breaking space", `<p>&nbsp;</p>`, "<p>\u00a0</p>"},
		{"empty block between words", `a<p></p>b<div></div>c<hr>d`, "a\nb\nc\nd"},
		{"words in blocks of other names", `<div>a</div><section>b</section><dl><dt>c<dd>d</dl>`, `<p>a</p><p>b</p><p>c</p><p>d</p>`},
		{"headings that a page does not have", `<h1>a</h1><h5>b</h5><h6>c</h6>`, `<h2>a</h2><h4>b</h4><h4>c</h4>`},
		{"strike", `<s>a</s><strike>b</strike>`, `<del>a</del><del>b</del>`},
		{"same element four times", `<b><b><b><b>a</b></b></b></b>b`, `<b><b><b><b>a</b></b></b></b>b`},
		{"table in a paragraph", `<p>a<table><tr><td><p>b</table>c`, "<p>a</p><p>b</p>c"},
		{"button in a paragraph", `<p>a<button><p>b</button>c</p>`, `<p>a</p><p>bc</p>`},
	})
}

func TestC4BoundsDepth(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"blockquote", "b", "span", "ul><li", "ol", "ul><blockquote", "b><blockquote", "div", "a href=https://x.example/"} {
		for _, first := range []string{"<", "<blockquote><"} {
			got := markup.Sanitize(first + strings.Repeat(tag+"><", 5000) + strings.Repeat("i><", 60) + "b>x")
			if d := depth(t, got); d > 100 {
				t.Errorf("%s nests %d deep", tag, d)
			}
			if !strings.Contains(got, "x") {
				t.Errorf("%s: the text is lost", tag)
			}
			checkSafe(t, got)
		}
	}
}

// hostile are inputs of the largest size that try to cost more than their length.
func hostile() map[string]string {
	fill := func(s string) string { return strings.Repeat(s, markup.MaxBytes/len(s)+1) }
	var attributes strings.Builder
	attributes.WriteString("<b")
	for i := range 20000 {
		fmt.Fprintf(&attributes, " %x", i)
	}
	attributes.WriteString(">" + strings.Repeat("<b a>", 20000))
	var formatting strings.Builder
	for i := range 400 {
		fmt.Fprintf(&formatting, "<b a%d>", i)
	}
	return map[string]string{
		"ampersands":                  fill("&"),
		"angle brackets":              fill("<"),
		"quotes":                      fill("<blockquote>x"),
		"lists":                       fill("<ul><li>"),
		"formatting and paragraphs":   formatting.String() + fill("<p>x"),
		"a long link never closed":    `<a href="https://x.example/` + strings.Repeat("y", 2000) + `">` + fill("<p>x"),
		"crossed tags":                fill("<b><i></b>x</i>"),
		"end tags of nothing":         strings.Repeat("<b>", 50) + fill("x</i>"),
		"attributes":                  attributes.String(),
		"comments":                    fill("<!--"),
		"tags never ended":            fill(`<a href="`),
		"scripts":                     fill("<script>"),
		"svg":                         fill("<svg>"),
		"links":                       fill(`<a href="https://x.example/%">x</a>`),
		"classes":                     `<p class="` + fill("h-a ") + `">x`,
		"one long reference":          "&" + fill("a"),
		"text in elements":            "<blockquote><p><b>" + fill("&"),
		"two-byte text over the edge": "<p>a" + fill("é"),
		"more than is read":           strings.Repeat("<p>x</p>", 1<<20),
		"not UTF-8":                   fill("a\xff"),
	}
}

// TestC4BoundsWork allows five seconds, a hundred times what each of these takes,
// so that only work out of proportion fails, on a busy machine too.
func TestC4BoundsWork(t *testing.T) {
	for name, in := range hostile() {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			got := markup.Sanitize(in)
			markup.Text(in)
			markup.Links(in)
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if len(got) > markup.MaxBytes {
				t.Errorf("%d bytes became %d", len(in), len(got))
			}
			if again := markup.Sanitize(got); again != got {
				t.Errorf("sanitizing again changes %d bytes to %d", len(got), len(again))
			}
			checkSafe(t, got)
		})
	}
}

// TestC4StopsWhereTheOutputIsFull checks that a text is cut at one place and has
// no holes: what would still fit after something that did not is left out too.
func TestC4StopsWhereTheOutputIsFull(t *testing.T) {
	t.Parallel()
	// Each & takes five bytes, so that the input is shorter than the output.
	in := "<p>" + strings.Repeat("&", (markup.MaxBytes-200)/5) + `<a href="https://x.example/` + strings.Repeat("y", 300) + `">b</a>c<br>d<p>e`
	got := markup.Sanitize(in)
	if !strings.HasSuffix(got, "&amp;</p>") {
		t.Errorf("ends with %q", got[len(got)-40:])
	}
	for room := range 8 {
		full := strings.Repeat("a", markup.MaxBytes-room-5000) + strings.Repeat("&", 1000)
		for _, tail := range []string{"<hr>b", "é", "<b>c"} {
			checkSanitize(t, full+tail)
		}
	}
	// What is beyond MaxBytes is not even read.
	beyond := "<!--" + strings.Repeat(" ", markup.MaxBytes) + `--><a href="https://x.example/">tail</a>`
	if got := markup.Sanitize(beyond); got != "" {
		t.Errorf("Sanitize reads %q beyond the limit", got)
	}
	if got := markup.Text(beyond); got != "" {
		t.Errorf("Text reads %q beyond the limit", got)
	}
	if got := markup.Links(beyond); got != 0 {
		t.Errorf("Links counts %d beyond the limit", got)
	}
	if got := markup.Render(strings.Repeat(" ", markup.MaxBytes) + "\ntail"); got != "" {
		t.Errorf("Render reads %q beyond the limit", got)
	}
}

// TestC4ReopensWithinBudget checks that what is repeated stays small, and that
// using up the budget does not touch elements that are written once.
func TestC4ReopensWithinBudget(t *testing.T) {
	t.Parallel()
	in := `<a href="https://x.example/` + strings.Repeat("y", 1000) + `">` + strings.Repeat("<p>x", 5000) + "</a><p><b>last</b>"
	got := markup.Sanitize(in)
	if limit := 5000*len("<p>x</p>") + 40<<10; len(got) > limit {
		t.Errorf("%d bytes became %d, want at most %d", len(in), len(got), limit)
	}
	if !strings.HasSuffix(got, "<p><b>last</b></p>") {
		t.Errorf("ends with %q", got[len(got)-40:])
	}
}
