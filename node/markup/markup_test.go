package markup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/node/markup"
)

func TestRender(t *testing.T) {
	t.Parallel()
	link := func(href string) string { return `<a href="` + href + `"` + rel + `>` }
	for _, c := range []struct{ name, in, want string }{
		{"paragraphs", "Hello\n\nworld", `<p>Hello</p><p>world</p>`},
		{"line break as typed", "Hello\nworld", "<p>Hello<br>\nworld</p>"},
		{"emphasis", "*a* **b** ~~c~~ `d`", `<p><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>`},
		{"headings", "# a\n## b\n#### c\n##### d\n###### e", `<h2>a</h2><h2>b</h2><h4>c</h4><h4>d</h4><h4>e</h4>`},
		{"lists", "- a\n- b\n\n1. c\n   - d", `<ul><li>a</li><li>b</li></ul><ol><li>c` + "\n" + `<ul><li>d</li></ul></li></ol>`},
		{"quote", "> a\n> b", "<blockquote><p>a<br>\nb</p></blockquote>"},
		{"code block", "```go\nif a < b {\n```", "<pre><code>if a &lt; b {\n</code></pre>"},
		{"link", `[a](https://x.example/ "t")`, `<p>` + link("https://x.example/") + `a</a></p>`},
		{"bare link", "See https://x.example/a_b?c=d&e=f.", `<p>See ` + link("https://x.example/a_b?c=d&amp;e=f") + `https://x.example/a_b?c=d&amp;e=f</a>.</p>`},
		{"bare www", "www.x.example", `<p>` + link("http://www.x.example") + `www.x.example</a></p>`},
		{"bare mail address", "ana@x.example", `<p>ana@x.example</p>`},
		{"mail address", "<ana@x.example>", `<p>` + link("mailto:ana@x.example") + `ana@x.example</a></p>`},
		{"handle is not a mail address", "Hi @ana@x.example!", `<p>Hi @ana@x.example!</p>`},
		{"handle with underscores", "@the_data_team@x.example", `<p>@the_data_team@x.example</p>`},
		{"hashtag", "#CrmMigration", `<p>#CrmMigration</p>`},
		{"refused link", "[a](javascript:alert(1)) <javascript:alert(1)>", `<p>a javascript:alert(1)</p>`},
		{"relative link", "[a](/sign-out)", `<p>a</p>`},
		{"image", "![A hall](https://x.example/1.jpg)", `<p>` + link("https://x.example/1.jpg") + `A hall</a></p>`},
		{"image without words", "![](https://x.example/1.jpg)", `<p>` + link("https://x.example/1.jpg") + `https://x.example/1.jpg</a></p>`},
		{"image from elsewhere", "![x](data:image/svg+xml,y)", `<p>x</p>`},
		{"rule", "a\n\n---\n\nb", `<p>a</p><p>b</p>`},
		{"raw HTML inline", "a <b onclick=x>b</b>", `<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>`},
		{"raw HTML block", "<script>\nalert(1)\n</script>", "<p>&lt;script&gt;<br>\nalert(1)<br>\n&lt;/script&gt;</p>"},
		{"comment", "<!-- a -->", `<p>&lt;!-- a --&gt;</p>`},
		{"entity", "&lt;b&gt; &copy; &#0;", "<p>&lt;b&gt; © \uFFFD</p>"},
		{"control characters", "a\x00b\x07c", "<p>a\uFFFDbc</p>"},
		{"Spanish", "¿Quién está? «Nadie».", `<p>¿Quién está? «Nadie».</p>`},
		{"table stays text", "a | b\n- | -", "<p>a | b</p><ul><li>| -</li></ul>"},
		{"empty", " \n", ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := markup.Render(c.in)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Render(%q) (-want +got):\n%s", c.in, diff)
			}
			checkSafe(t, got)
		})
	}
}

// TestC4RendersTangledTextAsTyped feeds what makes the Markdown parser slow. The
// limit is wide: without the check the first of them takes 20 seconds.
func TestC4RendersTangledTextAsTyped(t *testing.T) {
	deep := strings.Repeat("> ", 51)
	starred := strings.Repeat("a *b_ ", 2001)
	for _, c := range []struct{ name, in, want string }{
		{"deep quotes", deep + "a\n\nb", "<p>" + strings.TrimRight(strings.Repeat("&gt; ", 51), "") + "a</p><p>b</p>"},
		{"deep lists", strings.Repeat("- ", 50) + "* a", "<p>" + strings.Repeat("- ", 50) + "* a</p>"},
		{"deep numbered lists", strings.Repeat("1. ", 51) + "a", "<p>" + strings.Repeat("1. ", 51) + "a</p>"},
		{"many delimiters", starred + "\n<b>", "<p>" + starred + "<br>&lt;b&gt;</p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, markup.Render(c.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, piece := range []string{">", "> ", "- ", "1. ", "*_a", "[]( ", "[a](", "a *b_ ", "[", "![", "> - ", "é*", "~~a ~"} {
		t.Run("long "+piece, func(t *testing.T) {
			begin := time.Now()
			got := markup.Render(strings.Repeat(piece, markup.MaxBytes/len(piece)))
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			checkSafe(t, got)
		})
	}
}

// TestRenderKeepsOrdinaryMarkdown checks that the limits on tangled text leave
// alone what people write.
func TestRenderKeepsOrdinaryMarkdown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"ten quotes", strings.Repeat(">", 10) + "a", strings.Repeat("<blockquote>", 10) + "<p>a</p>"},
		{"a long rule", "a\n\n" + strings.Repeat("-", 200) + "\n\n*b*", "<p>a</p><p><em>b</em></p>"},
		{"many short paragraphs", strings.Repeat("*a* [b]\n\n", 5000), "<p><em>a</em> [b]</p>"},
		{"a number at the beginning", strings.Repeat("1 2.5 3 - ", 30) + "*b*", "<em>b</em>"},
	} {
		if got := markup.Render(c.in); !strings.Contains(got, c.want) {
			t.Errorf("%s: %.200q lacks %q", c.name, got, c.want)
		}
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"none", "Write to ana@x.example or @ana or @ana@localhost.", nil},
		{"one", "@ana@x.example", []string{"ana@x.example"}},
		{"in a sentence", "Thanks, @ana@x.example! And (@b.o-b@Sub.X.example): hi.", []string{"ana@x.example", "b.o-b@sub.x.example"}},
		{"each once", "@ana@x.example @Ana@X.example\n@bo@y.example", []string{"ana@x.example", "bo@y.example"}},
		{"next to each other", "@a@x.example,@b@x.example", []string{"a@x.example", "b@x.example"}},
		{"with underscores", "@the_data_team@x.example", []string{"the_data_team@x.example"}},
		{"with a port", "@ana@127.77.0.9:8081: hello", []string{"ana@127.77.0.9:8081"}},
		{"host in Unicode", "@ana@münchen.example", []string{"ana@münchen.example"}},
		{"end of a sentence", "Ask @ana@x.example.", []string{"ana@x.example"}},
		{"emphasis", "**@ana@x.example** and *@bo@x.example*", []string{"ana@x.example", "bo@x.example"}},
		{"list", "- @ana@x.example\n- @bo@x.example", []string{"ana@x.example", "bo@x.example"}},
		{"code", "`@ana@x.example`\n\n```\n@bo@x.example\n```", nil},
		{"link", "[@ana@x.example](https://y.example) https://y.example/@bo@x.example", nil},
		{"after a link", "[a](https://y.example) @ana@x.example", []string{"ana@x.example"}},
		{"part of a word", "x@ana@x.example @@bo@x.example /@cy@x.example", nil},
		{"markup", "<b>@ana@x.example</b>", []string{"ana@x.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, markup.Mentions(c.in)); diff != "" {
				t.Errorf("Mentions(%q) (-want +got):\n%s", c.in, diff)
			}
		})
	}
}
