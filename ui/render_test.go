package ui_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/ui/locale"
)

// example is one address of a route, and who can open it.
type example struct{ who, path string }

// examples has an address for each route that shows something. A new route
// without one fails TestEveryPageInEveryLanguage.
func examples(w *world) map[string]example {
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Title: "The calendar", Text: "We asked who opens the **hall**."})
	w.say("pia", node.PostInput{Audience: node.Public, Text: "The kettle is the server.", InReplyTo: post.URI})
	dinner := w.convene("Dinner in Eastgate")
	sam := w.remote("sam", "stone.example", "Sam of Stonebridge")
	w.arrive(sam, "<p>May I translate this?</p>", post.URI, 0)
	id, gid := post.ID.String(), dinner.ID.String()
	ptp := w.found()
	own, found := "/admin/networks/"+ptp.ID.String(), w.cardOf(ptp, "Zoe Zorn").ID
	return map[string]example{
		"/": {"ada", "/"}, "/sign-in": {"", "/sign-in"}, "/sign-in/:token": {"", "/sign-in/nonsense"},
		"/people": {"mia", "/people?skill=crm-migration&stance=offer"}, "/people/new": {"ada", "/people/new"},
		"/people/:handle": {"mia", "/people/pia"}, "/people/:handle/edit": {"pia", "/people/pia/edit"}, "/people/:handle/see": {"pia", "/people/pia/see?as=visitor"}, "/people/:handle/link": {"ada", "/people/mia/link"},
		"/organizations/:handle": {"", "/organizations/riverbend"}, "/organizations/:handle/edit": {"edi", "/organizations/riverbend/edit"},
		"/@:handle": {"mia", "/@sam@stone.example"}, "/posts": {"mia", "/posts"}, "/posts/new": {"edi", "/posts/new?reply=" + id},
		"/posts/:id": {"edi", "/posts/" + id}, "/posts/:id/edit": {"edi", "/posts/" + id + "/edit"}, "/posts/:id/delete": {"edi", "/posts/" + id + "/delete"},
		"/gatherings": {"", "/gatherings"}, "/gatherings.ics": {"", "/gatherings.ics"}, "/gatherings/new": {"edi", "/gatherings/new"},
		"/gatherings/:id": {"edi", "/gatherings/" + gid}, "/gatherings/:id/edit": {"edi", "/gatherings/" + gid + "/edit"},
		"/gatherings/:id/cancel": {"edi", "/gatherings/" + gid + "/cancel"}, "/gatherings/:id/delete": {"edi", "/gatherings/" + gid + "/delete"},
		"/search": {"mia", "/search?q=crm&stance=offer"}, "/skills": {"mia", "/skills"}, "/skills/:tag": {"mia", "/skills/crm-migration"},
		"/network/people/:id": {"mia", "/network/people/" + found.String()}, "/people/:handle/cards": {"mia", "/people/mia/cards"},
		"/following": {"mia", "/following"}, "/followers": {"ada", "/followers"}, "/admin/held": {"ada", "/admin/held"},
		"/network": {"mia", "/network"}, "/network/organizations": {"mia", "/network/organizations"}, "/network/organizations/:handle": {"mia", "/network/organizations/" + harbor},
		"/network/status": {"mia", "/network/status"}, "/networks/:username": {"", "/networks/ptp"},
		"/admin/networks": {"ada", "/admin/networks"}, "/admin/networks/:network": {"ada", own}, "/admin/networks/:network/leave": {"ada", own + "/leave"},
		"/admin/networks/:network/successor": {"ada", own + "/successor"}, "/admin/leaves": {"ada", "/admin/leaves"},
		"/admin/hub": {"ada", "/admin/hub"}, "/admin/hub/new": {"ada", "/admin/hub/new"}, "/admin/hub/:network": {"ada", "/admin/hub/ptp"},
		"/admin/hub/:network/members/:org": {"ada", "/admin/hub/ptp/members/" + harbor}, "/admin/hub/:network/members/:org/expel": {"ada", "/admin/hub/ptp/members/" + harbor + "/expel"},
		"/admin/hub/:network/codes": {"ada", "/admin/hub/ptp/codes"}, "/admin/hub/:network/guests": {"ada", "/admin/hub/ptp/guests"},
		"/admin/hub/:network/tags": {"ada", "/admin/hub/ptp/tags"}, "/admin/hub/:network/edit": {"ada", "/admin/hub/ptp/edit"}, "/admin/hub/:network/close": {"ada", "/admin/hub/ptp/close"},
		"/feed.atom": {"", "/feed.atom"}, "/robots.txt": {"", "/robots.txt"}, "/static/*file": {"", "/static/app.css"},
	}
}

// keyLike is a message key that nobody wrote words for.
var keyLike = regexp.MustCompile(`^[a-z]+(\.[a-zA-Z0-9_-]+)+$`)

// missingKeys lists the texts and labels of a page that are keys instead of words.
func missingKeys(p *page, known []string) []string {
	heads := map[string]bool{}
	for _, k := range known {
		heads[k[:strings.IndexByte(k, '.')]] = true
	}
	var out []string
	check := func(s string) {
		if s = strings.TrimSpace(s); keyLike.MatchString(s) && heads[s[:strings.IndexByte(s, '.')]] {
			out = append(out, s)
		}
	}
	for n := range p.root.Descendants() {
		switch n.Type {
		case html.TextNode:
			check(n.Data)
		case html.ElementNode:
			for _, name := range []string{"aria-label", "content", "placeholder", "title"} {
				if v, ok := attr(n, name); ok {
					check(v)
				}
			}
		}
	}
	return out
}

func TestEveryPageInEveryLanguage(t *testing.T) {
	w := newWorld(t)
	pages := examples(w)
	maps.Copy(pages, mentorExamples(w))
	words := must(locale.New())
	known := must(words.Keys("en"))
	for _, route := range w.engine.Routes() {
		if route.Method != http.MethodGet {
			continue
		}
		e, ok := pages[route.Path]
		if !ok {
			t.Errorf("route %s has no example here: add one", route.Path)
			continue
		}
		seen := map[string]string{}
		for _, lang := range words.Languages() {
			p := w.in(lang, e.who, e.path)
			if p.Status >= 400 && route.Path != "/sign-in/:token" {
				t.Errorf("%s as %q: status %d\n%s", e.path, e.who, p.Status, p.Body)
			}
			if missing := missingKeys(p, known); len(missing) > 0 {
				t.Errorf("%s in %s: no words for %q", e.path, lang, missing)
			}
			if !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") || p.Status == http.StatusSeeOther {
				continue
			}
			seen[lang] = p.said("h1") + p.said("footer")
			checkPage(t, e.path, lang, p)
		}
		if len(seen) > 1 && seen["en"] == seen["es"] {
			t.Errorf("%s reads the same in English and Spanish: %s", e.path, seen["en"])
		}
	}
}

// checkPage is what holds on every page: its language, one heading, labels, no
// script, no style of its own.
func checkPage(t *testing.T, path, lang string, p *page) {
	t.Helper()
	if got := p.value("html", "lang"); got != lang {
		t.Errorf("%s: lang %q, want %q", path, got, lang)
	}
	if n := len(p.all("h1")); n != 1 {
		t.Errorf("%s: %d headings of the first level", path, n)
	}
	for n := range p.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if _, ok := attr(n, "style"); ok {
			t.Errorf("%s: <%s> has a style of its own", path, n.Data)
		}
		kind, _ := attr(n, "type")
		if n.Data == "script" && kind != "application/ld+json" {
			t.Errorf("%s: holds a script", path)
		}
		if id, ok := attr(n, "id"); ok && slices.Contains([]string{"input", "select", "textarea"}, n.Data) && kind != "checkbox" && !p.has("label[for="+id+"]") {
			t.Errorf("%s: field %s has no label", path, id)
		}
		if ids, ok := attr(n, "aria-describedby"); ok {
			for _, id := range strings.Fields(ids) {
				if !p.has("#" + id) {
					t.Errorf("%s: nothing is described by %s", path, id)
				}
			}
		}
	}
}

func TestLanguageChoice(t *testing.T) {
	w := newWorld(t)
	ask := func(who, path string, header ...string) *page {
		r := must(http.NewRequest(http.MethodGet, path, nil))
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return w.ask(who, r)
	}
	for _, c := range []struct {
		name, who string
		header    []string
		want      string
	}{
		{"nothing said: the site's", "", nil, "en"},
		{"the browser's", "", []string{"Accept-Language", "es-MX,es;q=0.9,en;q=0.5"}, "es"},
		{"one we lack: the site's", "", []string{"Accept-Language", "fr"}, "en"},
		{"the person's before the browser's", "mia", []string{"Accept-Language", "es"}, "en"},
		{"the cookie before the person's", "mia", []string{"Cookie", "__Host-poweron-lang=es"}, "es"},
		{"a broken cookie counts for nothing", "", []string{"Cookie", "__Host-poweron-lang=xx"}, "en"},
	} {
		if got := ask(c.who, "/", c.header...).value("html", "lang"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	p := ask("", "/gatherings?lang=es&after=1")
	if p.Status != http.StatusSeeOther || p.location() != "/gatherings?after=1" || !strings.HasPrefix(p.Header.Get("Set-Cookie"), "__Host-poweron-lang=es;") {
		t.Errorf("?lang=es: %d to %q with %q", p.Status, p.location(), p.Header["Set-Cookie"])
	}
	if p := ask("", "/gatherings?lang=xx"); p.Status != http.StatusOK || len(p.Header["Set-Cookie"]) != 0 {
		t.Errorf("?lang=xx: %d with %q", p.Status, p.Header["Set-Cookie"])
	}
	if link := ask("", "/gatherings?done=post").value("footer a[hreflang=es]", "href"); link != "/gatherings?lang=es" {
		t.Errorf("language link is %q", link)
	}
}

func TestThemeChoice(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ theme, back, location, cookie string }{
		{"dark", "/gatherings", "/gatherings", "__Host-poweron-theme=dark;"},
		{"system", "/", "/", "__Host-poweron-theme=;"},
		{"<b>", "//evil.example", "/", "__Host-poweron-theme=;"},
		{"light", "https://evil.example/", "/", "__Host-poweron-theme=light;"},
		{"light", `/\evil.example`, "/", "__Host-poweron-theme=light;"},
	} {
		p := w.post("", "/look", map[string][]string{"theme": {c.theme}, "back": {c.back}})
		if p.Status != http.StatusSeeOther || p.location() != c.location || !strings.HasPrefix(p.Header.Get("Set-Cookie"), c.cookie) {
			t.Errorf("%+v: %d to %q with %q", c, p.Status, p.location(), p.Header["Set-Cookie"])
		}
	}
	r := must(http.NewRequest(http.MethodGet, "/", nil))
	r.Header.Set("Cookie", "__Host-poweron-theme=dark")
	if got := w.ask("", r).value("html", "data-theme"); got != "dark" {
		t.Errorf("theme is %q, want dark", got)
	}
}

// A page with twenty items stays under 60 KB with its sheets (design.md 6).
func TestPageBudget(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		w.say("pia", node.PostInput{Audience: node.Public, Title: strings.Repeat("A title ", 8), Text: strings.Repeat("Some words about a thing. ", 30)})
	}
	p := w.get("mia", "/")
	if n := len(p.all("main .rows li .by")); n != 20 {
		t.Fatalf("%d items, want 20", n)
	}
	size := len(p.Body) + len(w.get("", "/static/app.css").Body) + len(w.get("", "/static/tokens.css").Body)
	if size > 60<<10 {
		t.Errorf("page and sheets are %d bytes, want at most %d", size, 60<<10)
	}
	if !p.has("nav.pager a[rel=next]") {
		w.say("pia", node.PostInput{Audience: node.Public, Text: "One more."})
		if next := w.get("mia", "/").value("nav.pager a[rel=next]", "href"); !strings.HasPrefix(next, "/?after=") {
			t.Errorf("next page is %q", next)
		}
	}
}
