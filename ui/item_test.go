package ui_test

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/ui"
)

func operator(w *world) access.Viewer { return access.Operator(w.organization.ID) }

func TestGathering(t *testing.T) {
	w := newWorld(t)
	p := w.get("edi", "/gatherings/new")
	p = w.post("edi", "/gatherings/new", fill(p, "main form", map[string]string{
		"name": "Dinner", "start": "2026-12-12T18:00", "end": "2026-12-12T19:15", "zone": "America/New_York", "place": "Kitchen", "as": "organization", "audience": "public",
	}))
	path, _, _ := strings.Cut(p.location(), "?")
	if p.Status != http.StatusSeeOther || !strings.HasPrefix(path, "/gatherings/") {
		t.Fatalf("announcing: %d %s", p.Status, p.said("main"))
	}
	p = w.get("", path)
	if got := p.said("article time"); !strings.Contains(got, "Saturday 12 December 2026, 18:00 to 19:15, New York time") {
		t.Errorf("its time reads %q", got)
	}
	if got := w.in("es", "", path).said("article time"); !strings.Contains(got, "sábado 12 de diciembre de 2026, de 18:00 a 19:15, hora de Nueva York") {
		t.Errorf("in Spanish %q", got)
	}
	if got := p.value("article .by p time", "datetime"); got != "2026-12-12T18:00:00-05:00" {
		t.Errorf("datetime is %q", got)
	}
	// A new time shows the old one, and the form has the local time of its zone.
	p = w.get("edi", path+"/edit")
	if got := p.value("#f-start", "value"); got != "2026-12-12T18:00" {
		t.Errorf("the form begins at %q", got)
	}
	if p := w.post("edi", path+"/edit", fill(p, "main form", map[string]string{"start": "2026-12-12T17:00"})); p.location() != path+"?done=saved" {
		t.Fatalf("moving: %d %s", p.Status, p.said("main"))
	}
	if p := w.get("", path); !strings.Contains(p.said("main"), "It was planned for Saturday 12 December 2026, 18:00, New York time") || p.said(".kick") != "New time" {
		t.Errorf("after moving: %s", p.said("main"))
	}
	if p := w.get("edi", path+"/cancel"); p.Status != http.StatusOK || len(p.all("main form button")) != 1 {
		t.Errorf("the question: %d", p.Status)
	}
	if p := w.post("mia", path+"/cancel", nil); p.Status != http.StatusForbidden {
		t.Errorf("a member calls it off: %d", p.Status)
	}
	if p := w.post("edi", path+"/cancel", nil); p.location() != path+"?done=cancelled" || w.get("", path).said(".kick") != "Cancelled" {
		t.Errorf("calling off: %d", p.Status)
	}
	if !w.get("", "/gatherings").has("h3 s") {
		t.Error("the list does not strike it out")
	}
}

func TestCalendars(t *testing.T) {
	w := newWorld(t)
	dinner := w.convene("Dinner; and more")
	path := "/gatherings/" + dinner.ID.String()
	for _, c := range []struct {
		who, path  string
		conference bool
	}{{"", path + ".ics", false}, {"mia", path + ".ics", true}, {"mia", "/gatherings.ics", false}} {
		p := w.get(c.who, c.path)
		if p.Status != http.StatusOK || p.Header.Get("Content-Type") != "text/calendar; charset=utf-8" {
			t.Fatalf("%s: %d %s", c.path, p.Status, p.Header.Get("Content-Type"))
		}
		events := must(ics.ParseCalendar(strings.NewReader(p.Body))).Events()
		if len(events) != 1 || events[0].Id() != dinner.URI || events[0].GetProperty(ics.ComponentPropertySummary).Value != "Dinner; and more" {
			t.Errorf("%s: %s", c.path, p.Body)
		}
		if got := strings.Contains(p.Body, "https://meet.example/room"); got != c.conference {
			t.Errorf("%s as %q tells where to take part: %t, want %t", c.path, c.who, got, c.conference)
		}
		for _, want := range []string{"SEQUENCE:0\r\n", "STATUS:CONFIRMED\r\n", "DTSTART;TZID=America/New_York:20261212T100000\r\n", "TZID:America/New_York\r\n"} {
			if !strings.Contains(p.Body, want) {
				t.Errorf("%s: no %q in\n%s", c.path, want, p.Body)
			}
		}
	}
	w.now = w.now.Add(time.Minute)
	w.post("edi", path+"/cancel", nil)
	raw := w.get("", path+".ics").Body
	for _, want := range []string{"SEQUENCE:1\r\n", "STATUS:CANCELLED\r\n", "SUMMARY;LANGUAGE=en:Cancelled: Dinner\\; and more\r\n"} {
		if !strings.Contains(raw, want) {
			t.Errorf("cancelled: no %q in\n%s", want, raw)
		}
	}
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "x"})
	if p := w.get("", "/posts/"+post.ID.String()+".ics"); p.Status != http.StatusNotFound {
		t.Errorf("a post as a calendar: %d", p.Status)
	}
	if p := w.get("", "/posts/"+dinner.ID.String()); p.location() != path {
		t.Errorf("a gathering asked for as a post leads to %q", p.location())
	}
}

func TestFeed(t *testing.T) {
	w := newWorld(t)
	w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "es", Text: "Hola & **adiós**"})
	w.convene("Dinner")
	p := w.get("", "/feed.atom")
	var feed struct {
		ID      string `xml:"id"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Lang    string `xml:"lang,attr"`
			Content string `xml:"content"`
			Link    struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(p.Body), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Entries) != 2 || feed.ID != w.options.Origin.OrganizationURI(w.organization.ID) {
		t.Fatalf("feed: %s", p.Body)
	}
	for _, e := range feed.Entries {
		if !strings.HasPrefix(e.ID, string(origin)+"/ap/objects/") || !strings.HasPrefix(e.Link.Href, string(origin)+"/") || e.Title == "" || e.Content == "" {
			t.Errorf("entry %+v", e)
		}
	}
	if spanish := feed.Entries[1]; spanish.Lang != "es" || spanish.Title != "Hola & adiós" {
		t.Errorf("entry %+v", spanish)
	}
	tag, modified := p.Header.Get("ETag"), p.Header.Get("Last-Modified")
	for _, c := range []struct {
		name, header, value string
		want                int
	}{
		{"same tag", "If-None-Match", tag, 304},
		{"weak tag", "If-None-Match", "W/" + tag, 304},
		{"other tag", "If-None-Match", `"x"`, 200},
		{"same time", "If-Modified-Since", modified, 304},
		{"older", "If-Modified-Since", start.Add(-time.Hour).Format(http.TimeFormat), 200},
		{"nonsense", "If-Modified-Since", "yesterday", 200},
	} {
		r := httptest.NewRequest(http.MethodGet, "/feed.atom", nil)
		r.Header.Set(c.header, c.value)
		if p := w.ask("", r); p.Status != c.want || c.want == 304 && p.Body != "" {
			t.Errorf("%s: %d, want %d", c.name, p.Status, c.want)
		}
	}
	w.now = w.now.Add(time.Minute)
	w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "new"})
	r := httptest.NewRequest(http.MethodGet, "/feed.atom", nil)
	r.Header.Set("If-None-Match", tag)
	if p := w.ask("", r); p.Status != http.StatusOK {
		t.Errorf("after a new post: %d", p.Status)
	}
}

func TestReceipts(t *testing.T) {
	w := newWorld(t)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "x"})
	ctx, activity := t.Context(), uuid.Must(uuid.NewV7())
	err := w.db.Write(ctx, func(tx *store.Tx) error {
		err := tx.PutActivity(ctx, &store.Activity{ID: activity, Actor: w.organization.ID, Object: post.ID, Verb: node.Created, Kind: node.KindPost, Audience: node.Public, Raw: []byte("{}"), At: w.now})
		for _, host := range []string{"a", "b", "c"} {
			if err == nil {
				err = tx.PutDelivery(ctx, &node.Delivery{Activity: activity, Inbox: "https://" + host + ".example/inbox", Host: host + ".example", ActorID: w.organization.ID, ObjectKey: post.URI, NextAt: w.now, FirstAt: w.now})
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	due := []*node.Delivery{}
	if err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.DueDeliveries(ctx, "a.example", w.now, 1)
		return err
	}); err != nil || len(due) != 1 {
		t.Fatalf("%d due, %v", len(due), err)
	}
	if err := w.db.Write(ctx, func(tx *store.Tx) error { return tx.FinishDelivery(ctx, due[0].ID, node.Delivered, time.Time{}, "") }); err != nil {
		t.Fatal(err)
	}
	path := "/posts/" + post.ID.String()
	if got := w.get("edi", path).said("aside ol.string"); got != "Sent to 3 servers One has confirmed 2 have not answered yet; we keep trying" {
		t.Errorf("in English: %q", got)
	}
	if got := w.in("es", "edi", path).said("aside ol.string"); got != "Enviado a 3 servidores Uno confirmó 2 no han contestado todavía; seguimos intentando" {
		t.Errorf("in Spanish: %q", got)
	}
	if w.get("mia", path).has("aside ol.string") {
		t.Error("a member sees how far it has come")
	}
}

func TestFollowing(t *testing.T) {
	w := newWorld(t)
	sam := w.remote("sam", "stone.example", "Sam of Stonebridge")
	who := url.Values{"who": {"@sam@stone.example"}}
	w.lookup.err = node.Invalid("who", "error.follow.unknown", "who", "@sam@stone.example")
	p := w.post("mia", "/following/find", who)
	if p.Status != http.StatusUnprocessableEntity || p.value("#f-who", "value") != "@sam@stone.example" || !p.has("[role=alert] a[href=#f-who]") || !p.has("#f-who-e") {
		t.Errorf("not found: %d %s", p.Status, p.said("main"))
	}
	w.lookup.err, w.lookup.found = nil, sam
	for what, want := range map[string]string{"": "Write a handle", "https://node.example/people/pia": "this node's own"} {
		if p := w.post("mia", "/following/find", url.Values{"who": {what}}); !strings.Contains(p.said("#f-who-e"), want) {
			t.Errorf("%q: %d %s", what, p.Status, p.said("[role=alert]"))
		}
	}
	if p := w.post("", "/following/find", who); p.Status != http.StatusForbidden {
		t.Errorf("a visitor looks somebody up: %d", p.Status)
	}
	p = w.post("mia", "/following/find", who)
	if p.Status != http.StatusOK || p.said("h1") != "Sam of Stonebridge" || !strings.Contains(p.said("main"), "Kettles") || len(p.all("aside form")) != 1 {
		t.Fatalf("found: %d %s", p.Status, p.said("main"))
	}
	if list := must(w.following.Following(t.Context(), w.viewer("mia"))); len(list) != 0 {
		t.Error("looking up follows")
	}
	if p := w.post("mia", "/following", p.fields("aside form")); p.location() != "/@sam@stone.example?done=followed" {
		t.Fatalf("following: %d to %q", p.Status, p.location())
	}
	if p := w.get("mia", "/@sam@stone.example"); p.value("aside form", "action") != "/following/stop" || !strings.Contains(p.said("aside"), "Waiting for an answer") {
		t.Errorf("their page: %s", p.said("aside"))
	}
	if p := w.get("mia", "/following"); len(p.all("main ul.rows li")) != 1 || w.get("pia", "/following").has("main ul.rows") {
		t.Errorf("the list: %s", p.said("main"))
	}
	if p := w.post("mia", "/following", url.Values{"who": {"@sam@stone.example"}, "as": {"organization"}}); p.Status != http.StatusForbidden {
		t.Errorf("a member follows for everyone: %d", p.Status)
	}
	if n := len(w.get("edi", "/@sam@stone.example").all("aside form")); n != 2 {
		t.Errorf("an editor has %d ways to follow, want 2", n)
	}
	if p := w.post("mia", "/following/stop", who); p.location() != "/following?done=unfollowed" || w.get("mia", "/following").has("main ul.rows") {
		t.Errorf("stopping: %d", p.Status)
	}
}

func TestFollowers(t *testing.T) {
	w := newWorld(t)
	sam := w.remote("sam", "stone.example", "Sam of Stonebridge")
	if err := w.following.ReceiveFollow(t.Context(), sam, w.options.Origin.OrganizationURI(w.organization.ID), sam.URI+"#follow"); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]bool{"ada": true, "edi": true, "mia": false} {
		if got := strings.Contains(w.get(who, "/followers").said("main"), "@sam@stone.example"); got != want {
			t.Errorf("%s sees the organization's followers: %t, want %t", who, got, want)
		}
	}
}

func TestHeld(t *testing.T) {
	w := newWorld(t)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Title: "Thread", Text: "x"})
	sam := w.remote("sam", "stone.example", "Sam of Stonebridge")
	good := w.arrive(sam, `<p>Thanks <a href="https://a.example">a</a></p>`, post.URI, 1)
	spam := w.arrive(w.remote("deals", "click.example", "Deals"), "<p>Buy now</p>", post.URI, 0)
	if p := w.get("ada", "/"); !strings.Contains(p.said("ol.string"), "2 replies wait for your eyes") || w.get("edi", "/").has("ol.string") {
		t.Errorf("start page: %s", p.said("main"))
	}
	p := w.get("ada", "/admin/held")
	if len(p.all("li.card")) != 2 || !strings.Contains(p.said("li.card"), "One link in it") || !strings.Contains(p.said("li.card"), "On Thread") || p.has("main .act.main") {
		t.Errorf("the list: %s", p.said("main"))
	}
	if p := w.post("edi", "/admin/held/"+good+"/accept", nil); p.Status != http.StatusForbidden {
		t.Errorf("an editor decides: %d", p.Status)
	}
	if p := w.post("ada", "/admin/held/"+good+"/accept", nil); p.location() != "/admin/held?done=accepted" {
		t.Fatalf("accepting: %d", p.Status)
	}
	if p := w.post("ada", "/admin/held/"+good+"/reject", nil); p.Status != http.StatusConflict {
		t.Errorf("deciding twice: %d", p.Status)
	}
	if p := w.post("ada", "/admin/held/"+spam+"/reject", nil); p.location() != "/admin/held?done=rejected" {
		t.Fatalf("rejecting: %d", p.Status)
	}
	thread := w.get("mia", "/posts/"+post.ID.String()).said("ol.string")
	if !strings.Contains(thread, "Thanks") || strings.Contains(thread, "Buy now") {
		t.Errorf("the thread: %s", thread)
	}
	if p := w.get("ada", "/admin/held"); p.has("li.card") || !p.has("svg.sky") {
		t.Errorf("empty list: %s", p.said("main"))
	}
	if p := w.get("ada", "/"); !strings.Contains(p.said("aside"), "Sam of Stonebridge replied") && !strings.Contains(w.get("edi", "/").said("aside"), "Sam of Stonebridge") {
		t.Errorf("nobody is told: %s", p.said("aside"))
	}
}

func TestRemoteItemsCannotBeEdited(t *testing.T) {
	w := newWorld(t)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "x"})
	id := w.arrive(w.remote("sam", "stone.example", "Sam"), "<p>y</p>", post.URI, 0)
	w.post("ada", "/admin/held/"+id+"/accept", nil)
	p := w.get("ada", "/posts/"+id)
	if p.Status != http.StatusOK || p.has("a.act.stop") || !strings.Contains(p.said("article"), "See it where it comes from") {
		t.Errorf("%d %s", p.Status, p.said("article"))
	}
	for _, path := range []string{"/edit", "/delete"} {
		if p := w.get("ada", "/posts/"+id+path); p.Status != http.StatusForbidden {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

func TestStaticFiles(t *testing.T) {
	w := newWorld(t)
	p := w.get("", "/")
	for _, selector := range []string{"link[rel=icon]", "link[rel=stylesheet]"} {
		for _, n := range p.all(selector) {
			href, _ := attr(n, "href")
			f := w.get("", href)
			if f.Status != http.StatusOK || !strings.Contains(f.Header.Get("Cache-Control"), "immutable") || f.Header.Get("ETag") == "" {
				t.Errorf("%s: %d %v", href, f.Status, f.Header)
			}
			r := httptest.NewRequest(http.MethodGet, href, nil)
			r.Header.Set("If-None-Match", f.Header.Get("ETag"))
			if f := w.ask("", r); f.Status != http.StatusNotModified {
				t.Errorf("%s again: %d", href, f.Status)
			}
		}
	}
	for path, want := range map[string]int{
		"/static/fonts/atkinson-hyperlegible-latin-400-normal.woff2": 200, "/static/fonts/OFL.txt": 200, "/static/icons.svg": 200,
		"/static/": 404, "/static/../ui.go": 404, "/static/static.go": 404, "/static/fonts/": 404,
	} {
		if p := w.get("", path); p.Status != want {
			t.Errorf("%s: %d, want %d", path, p.Status, want)
		}
	}
	if cache := w.get("", "/static/app.css?v=old").Header.Get("Cache-Control"); strings.Contains(cache, "immutable") {
		t.Errorf("an old address is kept for good: %s", cache)
	}
}

func TestSky(t *testing.T) {
	path, lit := ui.SkyPath("a")
	again, _ := ui.SkyPath("a")
	other, _ := ui.SkyPath("b")
	if path != again || path == other || lit != 1 {
		t.Errorf("sky: same %t, other differs %t, lit %d", path == again, path != other, lit)
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Amaya Ortega": "AO", "Ana María Ruiz": "AR", "hanna k.": "HK", "Émile": "É", "": "?", "★ ☆": "?", "Casa Semilla": "CS", "李明": "李",
	} {
		if got := ui.Initials(name); got != want {
			t.Errorf("%q has %q, want %q", name, got, want)
		}
	}
}

// The page of an item has all that was said below it, each answer behind what it
// answers, and only what the reader may read.
func TestThread(t *testing.T) {
	w := newWorld(t)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Title: "Kettles", Text: "x"})
	answer := func(who string, to *node.Item, audience node.Audience, text string) *node.Item {
		w.now = w.now.Add(time.Minute)
		return w.say(who, node.PostInput{Audience: audience, Text: text, InReplyTo: to.URI})
	}
	inner := node.OrganizationOnly(w.organization.ID)
	first := answer("pia", post, node.Public, "one")
	second := answer("pia", post, node.Public, "two")
	nested := answer("pia", first, node.Public, "one-a")
	answer("mia", nested, inner, "one-a-i")
	hidden := answer("mia", second, inner, "two-a")
	deep := hidden
	for range 8 {
		deep = answer("mia", deep, inner, "deeper")
	}
	said := func(who, path string) (out []string) {
		for _, n := range w.get(who, path).all("ol.string .prose") {
			out = append(out, text(n))
		}
		return out
	}
	path := "/posts/" + post.ID.String()
	if got := strings.Join(said("", path), " "); got != "one one-a two" {
		t.Errorf("a visitor reads %q", got)
	}
	// Eight levels are shown: "two", "two-a" and six below them.
	if got := strings.Join(said("pia", path), " "); got != "one one-a one-a-i two two-a"+strings.Repeat(" deeper", 6) {
		t.Errorf("a member reads %q", got)
	}
	p := w.get("", path)
	if p.said("#replies") != "3 replies" || p.said("#r-"+nested.ID.String()+" a[href=#r-"+first.ID.String()+"]") != "To Pia Public" || p.has("#r-"+first.ID.String()+" a[href=#r-"+post.ID.String()+"]") {
		t.Errorf("the thread: %s", p.said("ol.string"))
	}
	if p := w.get("", "/posts/"+nested.ID.String()); !p.has("article a[href=/posts/" + first.ID.String() + "]") {
		t.Errorf("the page of a reply does not lead to what it answers: %s", p.said("article"))
	}
	for range 100 {
		answer("pia", second, node.Public, "more")
	}
	if p := w.get("", path); p.said("#replies") != "100 replies" || len(p.all("ol.string .prose")) != 100 {
		t.Errorf("%s shows %d", p.said("#replies"), len(p.all("ol.string .prose")))
	}
}

// A form never begins with UTC, which is where no one meets.
func TestUsualZone(t *testing.T) {
	zone := func(w *world) string { return w.get("edi", "/gatherings/new").value("#f-zone", "value") }
	w := newWorld(t)
	if got := zone(w); got != "America/Chicago" {
		t.Errorf("the node's own zone: %q", got)
	}
	w = newWorld(t, func(o *ui.Options) { o.Zone = time.UTC })
	if got := zone(w); got != "" {
		t.Errorf("a node by UTC: %q", got)
	}
	w.convene("Dinner")
	if got := zone(w); got != "America/New_York" {
		t.Errorf("after a gathering in New York: %q", got)
	}
}

// A line below the author tells where something is from, unless the author's name does.
func TestByline(t *testing.T) {
	w := newWorld(t)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "x"})
	mine := w.say("pia", node.PostInput{Audience: node.Public, Text: "y"})
	id := w.arrive(w.remote("sam", "stone.example", "Sam"), "<p>z</p>", post.URI, 0)
	w.post("ada", "/admin/held/"+id+"/accept", nil)
	for path, want := range map[string]string{
		"/posts/" + post.ID.String(): "", "/posts/" + mine.ID.String(): "from Riverbend", "/posts/" + id: "from stone.example",
	} {
		p := w.get("mia", path)
		if got := p.said("article .by .from"); got != want || !p.has("article .by .aud") {
			t.Errorf("%s: %q, want %q, and who sees it", path, got, want)
		}
	}
	w.convene("Dinner") // a list of dates names no author
	if got := w.get("mia", "/gatherings").said("main .from"); got != "from Riverbend" {
		t.Errorf("the list of gatherings: %q", got)
	}
}
