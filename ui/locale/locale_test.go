package locale_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/ui/locale"
)

func catalog(t *testing.T) *locale.Catalog {
	t.Helper()
	c, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// message is one entry of a language file: forms by plural category, "other" if it has none.
type message map[string]string

func messages(t *testing.T, lang string) map[string]message {
	t.Helper()
	names, err := filepath.Glob(lang + "/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no files of language", lang, err)
	}
	out := map[string]message{}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal(raw, &all); err != nil {
			t.Fatal(name, err)
		}
		for key, v := range all {
			m, s := message{}, ""
			if err := json.Unmarshal(v, &s); err == nil {
				m["other"] = s
			} else if err := json.Unmarshal(v, &m); err != nil {
				t.Fatalf("%s %s: %v", name, key, err)
			}
			if out[key] != nil {
				t.Errorf("%s: %s is in two files", lang, key)
			}
			out[key] = m
		}
		if n := strings.Count(string(raw), "\n  \""); n != len(all) {
			t.Errorf("%s has %d lines and %d keys: one is there twice", name, n, len(all))
		}
	}
	return out
}

// forms are the plural categories that each language needs (CLDR).
var forms = map[string][]string{"en": {"one", "other"}, "es": {"many", "one", "other"}}

var placeholder = regexp.MustCompile(`\{\{\.([a-z]+)\}\}`)

func placeholders(m message) []string {
	var out []string
	for _, found := range placeholder.FindAllStringSubmatch(m["other"], -1) {
		out = append(out, found[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestLanguagesSayTheSameThings(t *testing.T) {
	english := messages(t, "en")
	for _, lang := range catalog(t).Languages() {
		here := messages(t, lang)
		for key, want := range english {
			got, ok := here[key]
			if !ok {
				t.Errorf("%s: no words for %s", lang, key)
				continue
			}
			if d := cmp.Diff(placeholders(want), placeholders(got)); d != "" {
				t.Errorf("%s: placeholders of %s (-en +%s):\n%s", lang, key, lang, d)
			}
			categories := []string{}
			for form, words := range got {
				categories = append(categories, form)
				if strings.TrimSpace(words) == "" || strings.Count(words, "{{") != len(placeholder.FindAllString(words, -1)) {
					t.Errorf("%s: %s is empty or has a broken placeholder: %q", lang, key, words)
				}
			}
			slices.Sort(categories)
			if len(want) > 1 != (len(got) > 1) || len(got) > 1 && !slices.Equal(categories, forms[lang]) {
				t.Errorf("%s: %s has the forms %v, want %v", lang, key, categories, forms[lang])
			}
		}
		for key := range here {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is in no other language", lang, key)
			}
		}
	}
}

var markup = regexp.MustCompile(`</?[^>]*>`)

// Only H puts a message into a page as it is; it may hold nothing but these.
func TestMarkupInMessages(t *testing.T) {
	sources := source(t, "..", ".html") + source(t, "..", ".go")
	for _, lang := range catalog(t).Languages() {
		for key, m := range messages(t, lang) {
			for _, words := range m {
				tags := markup.FindAllString(words, -1)
				for _, tag := range tags {
					if !slices.Contains([]string{"<b>", "</b>", "<code>", "</code>"}, tag) {
						t.Errorf("%s: %s holds %s", lang, key, tag)
					}
				}
				if len(tags) > 0 && !strings.Contains(sources, `.H "`+key+`"`) && !strings.Contains(sources, `.H("`+key+`"`) {
					t.Errorf("%s: %s holds markup and is not shown by H", lang, key)
				}
			}
		}
	}
}

// source is all files below root with this ending, without tests.
func source(t *testing.T, root, ending string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ending) || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		b.Write(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// made lists the beginnings of keys that are put together at run time, with
// everything that can follow.
var made = map[string][]string{
	"mentor.format.":        {"question", "call", "weeks"},
	"mentor.format.choose.": {"question", "call", "weeks"},
	"mentor.state.":         {"asked", "waiting", "accepted", "declined", "handed-on", "released", "closed", "withdrawn"},
	"mentor.row.":           {"learner", "mentor"},
	"mentor.request.":       {"learner", "mentor"},
	"mentor.reason.":        {"time", "topic", "away", "soon"},
	"mentor.audience.":      {"networks", "network"},
	"notice.mentor-":        {"asked", "queued", "nudge", "withdrawn", "waiting", "free", "accepted", "declined", "handed-on", "released", "closed"},
	"notice.offer-":         {"ending", "ended"},
	"notice.mess":           {"age"},
	"done.mentor-":          {"asked", "offered", "paused", "resumed", "confirmed", "withdrawn", "accepted", "waiting", "declined", "handed-on", "closed", "taken-back"},
	"done.message-":         {"sent", "blocked", "unblocked"},
	"month.":                numbers(1, 12),
	"month.short.":          numbers(1, 12),
	"weekday.":              numbers(0, 6),
	"level.":                numbers(0, 3),
	"stance.":               {"offer", "learning", "interest"},
	"stance.they.":          {"offer", "learning", "interest"},
	"stance.heading.":       {"offer", "learning", "interest"},
	"people.heading.":       {"offer", "learning", "interest"},
	"skills.people.":        {"offer", "learning", "interest"},
	"skills.count.":         {"offer", "learning", "interest"},
	"skills.more.":          {"offer", "learning", "interest"},
	"cards.state.":          {"out", "back"},
	"cards.confirmed.":      {"out", "back"},
	"status.":               {"scheduled", "tentative", "moved-online", "postponed", "rescheduled", "cancelled"},
	"notice.":               {"like", "share", "reply", "mention", "follow"},
	"remote.kind.":          {"person", "organization"},
	"follow.person.":        {"not", "do", "is", "stop"},
	"follow.organization.":  {"not", "do", "is", "stop"},
	"follow.state.":         {"pending", "rejected", "undone"},
	"audience.":             {"organization.hint", "public.hint", "person.hint"},
	"delete.public.":        {"title", "text", "do"},
	"delete.own.":           {"title", "text", "do"},
	"delete.network.":       {"title", "text", "do"},
	"cancel.":               {"title", "text", "do"},
	"fail.":                 {"404.title", "404.text", "signin.title", "signin.text", "403.title", "403.text", "forged.title", "forged.text", "410.title", "410.text", "409.title", "409.text", "413.title", "413.text", "422.title", "422.text", "429.title", "429.text", "500.title", "500.text", "503.full.title", "503.full.text"},
	"network.state.":        {"applied", "suspended", "refused", "left", "expelled"},
	"network.":              {"suspended.title", "suspended.text", "refused.title", "refused.text", "left.title", "left.text", "expelled.title", "expelled.text"},
	"network.role.":         {"member", "coordinator", "observer"},
	"network.is.":           {"coordinator", "observer"},
	"network.member.":       {"pending", "suspended", "left", "expelled", "refused"},
	"network.change.":       {"active", "coordinator", "observer", "suspended", "left", "expelled"},
	"done.":                 {"signed-out", "post", "reply", "saved", "deleted", "gathering", "cancelled", "profile", "followable", "unfollowable", "in-networks", "out-of-networks", "organization", "followed", "unfollowed", "accepted", "rejected", "confirmed", "network-asked", "network-left", "network-approved", "network-succeeded", "hub-founded", "hub-saved", "hub-closed", "hub-approve", "hub-refuse", "hub-suspend", "hub-restore", "hub-role", "hub-key", "hub-successor", "hub-no-successor", "hub-expel", "hub-expel-first", "hub-tag-saved", "hub-tag-merged", "hub-tag-retired"},
}

func numbers(from, to int) []string {
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, fmt.Sprint(n))
	}
	return out
}

// inTemplate is a key in a template; quoted is anything in Go that could be one.
var (
	inTemplate = regexp.MustCompile(`\.[TH] "([^"]+)"`)
	quoted     = regexp.MustCompile(`"([a-z]+(?:\.[a-zA-Z0-9_-]+)+)"`)
)

func TestEveryKeyHasWordsAndEveryWordIsUsed(t *testing.T) {
	words := messages(t, "en")
	used := map[string]bool{}
	for _, found := range inTemplate.FindAllStringSubmatch(source(t, "../templates", ".html"), -1) {
		used[found[1]] = true
		if _, ok := words[found[1]]; !ok {
			t.Errorf("a template says %q, which has no words", found[1])
		}
	}
	for head, tails := range made {
		for _, tail := range tails {
			used[head+tail] = true
			if _, ok := words[head+tail]; !ok {
				t.Errorf("%s has no words", head+tail)
			}
		}
	}
	for _, root := range []string{"..", "../../node", "../../federation", "../../cmd"} {
		for _, found := range quoted.FindAllStringSubmatch(source(t, root, ".go"), -1) {
			used[found[1]] = true
		}
	}
	for key := range words {
		// Sentences for commands are named by cmd, which need not use all.
		if !used[key] && !slices.Contains([]string{"error.schema_newer", "error.schema_older", "error.clock"}, key) {
			t.Errorf("nothing says %s", key)
		}
	}
}

var (
	errorKey = regexp.MustCompile(`"(error\.[a-zA-Z_.]+[a-zA-Z_])"`)
	goText   = regexp.MustCompile(`(?:v\.t|f\.T|\.H|words\.T\([^,"]+,)\(?\s*"([a-z][a-zA-Z0-9._-]+[a-z0-9])"`)
)

// Every reason that a service, the federation or a command gives has words.
func TestEveryErrorHasWords(t *testing.T) {
	words := messages(t, "en")
	n := 0
	for _, root := range []string{"..", "../../node", "../../federation", "../../cmd"} {
		for _, found := range errorKey.FindAllStringSubmatch(source(t, root, ".go"), -1) {
			n++
			if _, ok := words[found[1]]; !ok {
				t.Errorf("%s says %q, which has no words", root, found[1])
			}
		}
	}
	if n < 30 {
		t.Errorf("found only %d error keys", n)
	}
	for _, found := range goText.FindAllStringSubmatch(source(t, "..", ".go"), -1) {
		if _, ok := words[found[1]]; !ok && !strings.HasSuffix(found[1], ".") {
			t.Errorf("a page says %q, which has no words", found[1])
		}
	}
}

func TestPlurals(t *testing.T) {
	c := catalog(t)
	for _, x := range []struct{ lang, n, want string }{
		{"en", "1", "One reply"},
		{"en", "2", "2 replies"},
		{"en", "0", "0 replies"},
		{"es", "1", "Una respuesta"},
		{"es", "2", "2 respuestas"},
		{"es", "1000000", "1000000 respuestas"},
	} {
		if got := c.T(x.lang, "replies.title", map[string]string{locale.Count: x.n}); got != x.want {
			t.Errorf("%s %s: %q, want %q", x.lang, x.n, got, x.want)
		}
	}
	if got := c.T("en", "no.such.key", nil); got != "no.such.key" {
		t.Errorf("an unknown key reads %q", got)
	}
	if got := c.T("xx", "menu.home", nil); got != "Home" {
		t.Errorf("an unknown language reads %q", got)
	}
}

func TestMatch(t *testing.T) {
	c := catalog(t)
	for _, x := range []struct{ accept, fallback, want string }{
		{"es-MX,es;q=0.9,en;q=0.8", "en", "es"}, {"en-GB", "es", "en"}, {"fr", "es", "es"}, {"", "es", "es"}, {"", "xx", "en"}, {"es;q=x", "en", "en"}, {"*", "es", "es"},
	} {
		if got := c.Match(x.accept, x.fallback); got != x.want {
			t.Errorf("%q with %q: %s, want %s", x.accept, x.fallback, got, x.want)
		}
	}
}

func TestErrors(t *testing.T) {
	c := catalog(t)
	kinds := []error{
		node.ErrNotFound, node.ErrForbidden, node.ErrConflict, node.ErrSignedOut, node.ErrGone, node.ErrTooMany, node.ErrFull, node.ErrReadOnly,
		node.ErrCorrupt, node.ErrNoNode, node.ErrExists, node.ErrOtherSite, syscall.ENOSPC, syscall.EADDRINUSE, fs.ErrPermission,
	}
	for _, lang := range c.Languages() {
		for _, kind := range kinds {
			got := c.Error(lang, fmt.Errorf("do a thing: %w", kind))
			if got == "" || strings.HasPrefix(got, "error.") || strings.Contains(got, "do a thing") || !strings.HasSuffix(got, ".") {
				t.Errorf("%s, %v: %q", lang, kind, got)
			}
		}
	}
	if got := c.Error("en", node.Invalid("handle", "error.handle.taken", "handle", "ana")); !strings.Contains(got, "“ana” is taken") {
		t.Errorf("field error: %q", got)
	}
	if got := c.Error("es", errors.New("boom")); got != "No funcionó: boom" {
		t.Errorf("unknown error: %q", got)
	}
	if got := c.Error("en", nil); got != "" {
		t.Errorf("no error: %q", got)
	}
}

func TestDates(t *testing.T) {
	c := catalog(t)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 18, 5, 0, 0, zone)
	day := 24 * time.Hour
	for _, x := range []struct{ name, got, want string }{
		{"day en", c.Day("en", at), "Tuesday 24 November 2026"},
		{"day es", c.Day("es", at), "martes 24 de noviembre de 2026"},
		{"month es", c.MonthShort("es", at), "nov"},
		{"span en", c.Span("en", at, at.Add(75*time.Minute)), "Tuesday 24 November 2026, 18:05 to 19:20, New York time"},
		{"span es", c.Span("es", at, at.Add(75*time.Minute)), "martes 24 de noviembre de 2026, de 18:05 a 19:20, hora de Nueva York"},
		{"span open", c.Span("en", at, time.Time{}), "Tuesday 24 November 2026, 18:05, New York time"},
		{"span of days", c.Span("es", at, at.Add(2*day)), "del martes 24 de noviembre de 2026, 18:05, al jueves 26 de noviembre de 2026, 18:05, hora de Nueva York"},
		{"span in another zone", c.Span("en", at, at.Add(time.Hour).UTC()), "Tuesday 24 November 2026, 18:05 to 19:05, New York time"},
		{"utc", c.Moment("en", at.UTC()), "Tuesday 24 November 2026, 23:05, UTC"},
		{"today", c.When("en", at, at.Add(time.Hour).UTC()), "today, 18:05"},
		{"yesterday", c.When("es", at, at.Add(day)), "ayer, 18:05"},
		{"this year", c.When("en", at, at.Add(5*day)), "24 November"},
		{"another year", c.When("es", at, at.Add(100*day)), "24 de noviembre de 2026"},
		{"language en", c.LanguageName("en", "es"), "Spanish"},
		{"language es", c.LanguageName("es", "en"), "inglés"},
		{"language unknown", c.LanguageName("en", "q!"), "q!"},
	} {
		if x.got != x.want {
			t.Errorf("%s: %q, want %q", x.name, x.got, x.want)
		}
	}
}
