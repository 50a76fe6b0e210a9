package markup_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/node/markup"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain", `hello`, "hello"},
		{"paragraphs", `<p>a</p><p>b</p>`, "a\n\nb"},
		{"line break", `<p>a<br>b<br><br><br>c</p>`, "a\nb\n\nc"},
		{"white space", " <p>\n a \t b\n</p>\n <p> c</p>", "a b\n\nc"},
		{"entities", `<p>1 &lt; 2 &amp; &eacute;</p>`, "1 < 2 & é"},
		{"inline elements", `<p>a<b>b</b> <i>c</i></p>`, "ab c"},
		{"list", `<p>a</p><ul><li>b</li><li>c<ol><li>d</li></ol></li><li></li></ul><p>e</p>`, "a\n\n- b\n- c\n- d\n\ne"},
		{"code", "<p>a</p><pre><code>if b {\n\n  c\n}\n</code></pre><p>d</p>", "a\n\nif b {\n\n  c\n}\n\nd"},
		{"quote and heading", `<h2>a</h2><blockquote><p>b</p></blockquote>c`, "a\n\nb\n\nc"},
		{"shortened link", `<a href="https://x.example/ab"><span class="invisible">https://</span><span class="ellipsis">x.example/a</span><span class="invisible">b</span></a>`, "https://x.example/ab"},
		{"dropped with content", `a<script>x</script><style>y</style><!-- z --> b`, "a b"},
		{"blocks of other names", `<div>a</div><div>b</div>c<hr>d`, "a\n\nb\n\nc\n\nd"},
		{"unbalanced", `</ul></ul><li>a</pre> b<li>c`, "- a\n\nb\n- c"},
		{"list ends without a list", `</ul></ul><ul><li>a<ul><li>b</ul></ul>`, "- a\n- b"},
		{"controls", "a\x00\x1bb\u0085", "ab"},
		{"non-breaking space", `a&nbsp;b`, "a\u00a0b"},
		{"empty", `<p></p>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := markup.Text(c.in); got != c.want {
				t.Errorf("Text(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestTextGivesBackWhatRenderWasGiven(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"Hello", "Hello\nworld", "One.\n\nTwo & <three>.", "- a\n- b", "¿Qué? \"Sí\"", "@ana@x.example #Tag"} {
		if got := markup.Text(markup.Render(s)); got != s {
			t.Errorf("Text(Render(%q)) = %q", s, got)
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		limit    int
		want     string
	}{
		{"fits", `<p>one two</p>`, 7, "one two"},
		{"on one line", `<p>one</p><p>two<br>three</p>`, 50, "one two three"},
		{"a list", `<p>Bring:</p><ol><li>cups</li><li>tea</li><li></li><li>cake</li></ol><p>Thanks</p>`, 50, "Bring: cups · tea · cake Thanks"},
		{"a list in a list", `<ul><li>one<ul><li>two</li></ul></li><li>three</li></ul><ul><li>four</li></ul>`, 50, "one · two · three four"},
		{"cut after an item", `<ul><li>one</li><li>two</li></ul>`, 7, "one…"},
		{"between words", `<p>one two three</p>`, 10, "one two…"},
		{"word ends at the limit", `one two three`, 8, "one two…"},
		{"word ends one later", `one two three`, 7, "one…"},
		{"without its comma", `one two, three`, 11, "one two…"},
		{"one long word", `abcdefghij`, 5, "abcd…"},
		{"characters, not bytes", `ñandú éxito`, 7, "ñandú…"},
		{"accent stays with its letter", "abce\u0301fgh", 5, "abc…"},
		{"joined emoji is not cut", "ab👩\u200d🚀cd", 5, "ab…"},
		{"nothing but the ellipsis", `abc`, 1, "…"},
		{"no room", `abc`, 0, ""},
		{"negative", `abc`, -1, ""},
		{"empty", ``, 10, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := markup.Excerpt(c.in, c.limit); got != c.want {
				t.Errorf("Excerpt(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     int
	}{
		{"none", `<p>https://x.example</p>`, 0},
		{"each occurrence", `<a href="https://x.example">a</a><a href="https://x.example">b</a>`, 2},
		{"mail", `<a href="mailto:a@x.example">a</a>`, 1},
		{"mention", `<a href="https://x.example/@a" class="u-url mention">@a</a>`, 0},
		{"hashtag", `<a href="https://x.example/t/a" class="mention hashtag">#a</a>`, 0},
		{"hashtag alone", `<a href="https://x.example/t/a" class="hashtag">#a</a>`, 0},
		{"class that only looks like it", `<a href="https://x.example/@a" class="mentions">@a</a>`, 1},
		{"not a link for us", `<a href="javascript:x">a</a><a href="/x">b</a><a>c</a>`, 0},
		{"not shown", `<template><a href="https://x.example">a</a></template>`, 0},
		{"rendered", markup.Render("https://a.example [b](https://b.example) @c@c.example"), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := markup.Links(c.in); got != c.want {
				t.Errorf("Links(%q) = %d, want %d", c.in, got, c.want)
			}
		})
	}
}

func TestC3NameStripsTricks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Ana María Núñez", "Ana María Núñez"},
		{"NUL", "A\x00na", "Ana"},
		{"C0 controls", "A\x07n\x1b[31ma", "An[31ma"},
		{"DEL and C1 controls", "A\x7fn\u0080\u009fa", "Ana"},
		{"white space", "  Ana \t\r\n\v\f María\u0085\u2028\u2029 Núñez \u00a0\u3000", "Ana María Núñez"},
		{"embeddings and overrides", "\u202aA\u202bn\u202ca\u202dB\u202eo", "AnaBo"},
		{"isolates", "\u2066A\u2067n\u2068a\u2069", "Ana"},
		{"marks", "\u200eA\u200fn\u061ca", "Ana"},
		{"file name turned round", "report\u202efdp.exe", "reportfdp.exe"},
		{"not seen", "A\u200bn\u2060a\ufeff\u00ad", "Ana"},
		{"not UTF-8", "A\xffn\xc0a", "Ana"},
		{"only tricks", "\u202e\u200b \x00", ""},
		{"spaces between what is removed", "A \u202e \x00 B", "A B"},
		{"joined emoji", "👩\u200d🚀", "👩\u200d🚀"},
		{"non-joiner", "می\u200cخواهم", "می\u200cخواهم"},
		{"right to left", "שלום", "שלום"},
		{"markup is left to the template", "<b>A</b>", "<b>A</b>"},
		{"200 characters", strings.Repeat("ñ", 200), strings.Repeat("ñ", 200)},
		{"201 characters", strings.Repeat("ñ", 201), strings.Repeat("ñ", 200)},
		{"space at the limit", strings.Repeat("a", 199) + " b", strings.Repeat("a", 199)},
		{"last word of one letter", strings.Repeat("a", 198) + " bc", strings.Repeat("a", 198) + " b"},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := markup.Name(c.in); got != c.want {
				t.Errorf("Name(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestC3NameHoldsForAllText(t *testing.T) {
	t.Parallel()
	odd := []string{" ", "\x00", "\n", "\u202e", "\u2066", "\u200e", "\u200b", "\xff", "a", "é", "😀", "\u200d", "\u0301"}
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(odd), rapid.String()), 0, 80).Draw(t, "name"), "")
		got := markup.Name(in)
		if again := markup.Name(got); again != got {
			t.Errorf("Name(%q) = %q, then %q", in, got, again)
		}
		if n := utf8.RuneCountInString(got); n > 200 || !utf8.ValidString(got) {
			t.Errorf("Name(%q) has %d characters", in, n)
		}
		if strings.ContainsAny(got, "\x00\n\t\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") || strings.TrimSpace(got) != got {
			t.Errorf("Name(%q) = %q", in, got)
		}
	})
}
