package markup_test

import (
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node/markup"
)

// post is a typical announcement in Markdown, note a typical one from another
// server, of about 500 bytes each.
const (
	post = "**Phone bank clinic** on 12 December, 18:00 (America/Chicago).\n\n" +
		"We go through the call script, then call for an hour:\n\n- bring a headset\n- no experience needed\n- interpretation EN/ES\n\n" +
		"Sign up at https://node.example.org/gatherings/phone-bank-clinic or ask @ana@node.example.org. " +
		"Notes of the last one are [in the library](https://node.example.org/library/phone-bank-notes).\n\n#PhoneBanking #CommunityTech"

	note = `<p><span class="h-card" translate="no"><a href="https://node.example.org/@ana" class="u-url mention">@<span>ana</span></a></span> ` +
		`We moved 4,000 contacts last month &amp; wrote it down: <a href="https://example.org/crm" target="_blank" rel="nofollow noopener" translate="no">` +
		`<span class="invisible">https://</span><span class="">example.org/crm</span><span class="invisible"></span></a></p>` +
		`<p>Happy to show it in a call. <a href="https://social.example/tags/crm" class="mention hashtag" rel="tag">#<span>crm</span></a></p>`
)

func BenchmarkRenderPost(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		markup.Render(post)
	}
}

func BenchmarkSanitizeNote(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		markup.Sanitize(note)
	}
}

func BenchmarkSanitizePlainText(b *testing.B) {
	in := "<p>" + strings.Repeat("Plain words without any markup. ", 16) + "</p>"
	b.ReportAllocs()
	for b.Loop() {
		markup.Sanitize(in)
	}
}

func BenchmarkExcerptNote(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		markup.Excerpt(note, 120)
	}
}

func BenchmarkName(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		markup.Name("Ana María Núñez · Data organizer")
	}
}
