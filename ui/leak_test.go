package ui_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

// canaries are words planted in each audience. A page shows them to whom they
// are for, and to nobody else.
func canaries(w *world) {
	w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "CANARY-PUBLIC"})
	w.say("mia", node.PostInput{Audience: node.OrganizationOnly(w.organization.ID), Title: "CANARY-TITLE", Text: "CANARY-NODE"})
	w.say("mia", node.PostInput{Audience: node.Only(w.viewer("mia").Person), Text: "CANARY-PERSON"})
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Title: "Thread", Text: "CANARY-THREAD"})
	w.say("mia", node.PostInput{Audience: node.OrganizationOnly(w.organization.ID), Text: "CANARY-REPLY", InReplyTo: post.URI})
	w.arrive(w.remote("sam", "stone.example", "CANARY-REMOTE"), "<p>CANARY-HELD</p>", post.URI, 0)
	w.conveneFor(node.OrganizationOnly(w.organization.ID), "CANARY-GATHERING")
	for _, handle := range []string{"mia", "pia"} {
		p := must(w.people.Person(w.t.Context(), w.viewer(handle), handle))
		_, err := w.people.SaveProfile(w.t.Context(), w.viewer(handle), people.Profile{
			Handle: handle, Name: p.Name, RoleTitle: node.Text{"en": "CANARY-ROLE-" + handle}, Bio: node.Text{"en": "CANARY-BIO-" + handle},
			Languages: []string{"en"}, Lang: "en", Skills: []node.PersonSkill{{Tag: w.skills.All("en")[0].Code, Stance: node.Offer, Level: 2}},
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) conveneFor(a node.Audience, name string) *node.Item {
	w.t.Helper()
	i, err := w.gathering.Announce(w.t.Context(), w.viewer("mia"), node.GatheringInput{
		Audience: a, Lang: "en", Name: name, Start: "2026-12-01T10:00", End: "2026-12-01T11:00", Zone: "UTC", Place: "Hall",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// E2: for each page, what each viewer must and must not find.
func TestE2Canaries(t *testing.T) {
	w := newWorld(t)
	canaries(w)
	all := []string{
		"CANARY-PUBLIC", "CANARY-NODE", "CANARY-TITLE", "CANARY-PERSON", "CANARY-THREAD", "CANARY-REPLY", "CANARY-REMOTE", "CANARY-HELD",
		"CANARY-GATHERING", "CANARY-ROLE-mia", "CANARY-BIO-mia", "CANARY-ROLE-pia", "CANARY-BIO-pia", "mia@riverbend.example", "pia@riverbend.example",
	}
	thread := threadPath(w)
	members := "CANARY-PUBLIC CANARY-THREAD CANARY-NODE CANARY-TITLE CANARY-REPLY CANARY-GATHERING"
	for _, c := range []struct{ who, path, want string }{
		{"", "/", "CANARY-PUBLIC CANARY-THREAD"},
		{"", "/organizations/riverbend", "CANARY-PUBLIC CANARY-THREAD"},
		{"mia", "/organizations/riverbend", "CANARY-PUBLIC CANARY-THREAD"},
		{"", "/feed.atom", "CANARY-PUBLIC CANARY-THREAD"},
		{"mia", "/feed.atom", "CANARY-PUBLIC CANARY-THREAD"},
		{"", "/gatherings", ""},
		{"mia", "/gatherings", "CANARY-GATHERING"},
		{"", "/gatherings.ics", ""},
		{"mia", "/gatherings.ics", ""},
		{"mia", "/", members + " CANARY-PERSON"},
		{"pia", "/", members + " CANARY-ROLE-pia CANARY-BIO-pia"},
		{"ada", "/", members},
		{"", thread, "CANARY-THREAD"},
		{"pia", thread, "CANARY-THREAD CANARY-REPLY"},
		{"ada", thread, "CANARY-THREAD CANARY-REPLY"},
		{"", "/people", ""},
		{"mia", "/people", "CANARY-ROLE-mia CANARY-ROLE-pia"},
		{"", "/people/mia", ""},
		{"pia", "/people/mia", "CANARY-ROLE-mia CANARY-BIO-mia CANARY-NODE CANARY-TITLE CANARY-REPLY CANARY-GATHERING"},
		{"mia", "/people/mia", "CANARY-ROLE-mia CANARY-BIO-mia CANARY-NODE CANARY-TITLE CANARY-REPLY CANARY-GATHERING CANARY-PERSON mia@riverbend.example"},
		{"ada", "/people/mia", "CANARY-ROLE-mia CANARY-BIO-mia CANARY-NODE CANARY-TITLE CANARY-REPLY CANARY-GATHERING mia@riverbend.example"},
		{"", "/people/pia", "CANARY-ROLE-pia CANARY-BIO-pia"},
		{"mia", "/people/pia", "CANARY-ROLE-pia CANARY-BIO-pia"},
		{"", "/people/pia/edit", ""},
		{"mia", "/people/pia/edit", ""},
		{"", "/@sam@stone.example", ""},
		{"mia", "/@sam@stone.example", "CANARY-REMOTE"},
		{"", "/following", ""},
		{"", "/followers", ""},
		{"", "/admin/held", ""},
		{"mia", "/admin/held", ""},
		{"edi", "/admin/held", ""},
		{"ada", "/admin/held", "CANARY-REMOTE CANARY-HELD"},
		{"", "/robots.txt", ""},
		{"", "/sign-in", ""},
		{"", "/nowhere", ""},
	} {
		body := w.get(c.who, c.path).Body
		for _, canary := range all {
			want := strings.Contains(" "+c.want+" ", " "+canary+" ")
			if got := strings.Contains(body, canary); got != want {
				t.Errorf("%s as %q shows %s: %t, want %t", c.path, c.who, canary, got, want)
			}
		}
	}
}

// threadPath is the page of the post that was answered.
func threadPath(w *world) string {
	for _, i := range must(w.conversation.Public(w.t.Context(), 10)) {
		if i.Title["en"] == "Thread" {
			return "/posts/" + i.ID.String()
		}
	}
	w.t.Fatal("no thread")
	return ""
}

// E3: what is hidden and what is not there answer alike, in status and in every byte.
func TestE3HiddenIsMissing(t *testing.T) {
	w := newWorld(t)
	post := w.say("mia", node.PostInput{Audience: node.OrganizationOnly(w.organization.ID), Text: "hidden"})
	own := w.say("mia", node.PostInput{Audience: node.Only(w.viewer("mia").Person), Text: "hidden"})
	date := w.conveneFor(node.OrganizationOnly(w.organization.ID), "hidden")
	w.remote("zed", "stone.example", "Zed")
	none := "0190d5a0-0000-7000-8000-000000000000"
	for _, c := range []struct{ who, hidden, missing string }{
		{"", "/people/mia", "/people/nobody"},
		{"", "/people/mia/edit", "/people/nobody/edit"},
		{"", "/people/mia/link", "/people/nobody/link"},
		{"", "/@mia", "/@nobody"},
		{"", "/@zed@stone.example", "/@nobody@stone.example"},
		{"", "/posts/" + post.ID.String(), "/posts/" + none},
		{"", "/posts/" + post.ID.String() + "/edit", "/posts/" + none + "/edit"},
		{"", "/gatherings/" + date.ID.String(), "/gatherings/" + none},
		{"", "/gatherings/" + date.ID.String() + ".ics", "/gatherings/" + none + ".ics"},
		{"ada", "/posts/" + own.ID.String(), "/posts/" + none},
		{"ada", "/posts/" + own.ID.String() + "/delete", "/posts/" + none + "/delete"},
		{"ada", "/posts/new?reply=" + own.ID.String(), "/posts/new?reply=" + none},
	} {
		hidden, missing := w.get(c.who, c.hidden), w.get(c.who, c.missing)
		if hidden.Status != http.StatusNotFound || missing.Status != http.StatusNotFound {
			t.Errorf("%s as %q: %d, missing %d", c.hidden, c.who, hidden.Status, missing.Status)
		}
		a, b := strings.ReplaceAll(hidden.Body, lastWord(c.hidden, c.missing), "X"), strings.ReplaceAll(missing.Body, lastWord(c.missing, c.hidden), "X")
		if a != b {
			t.Errorf("%s and %s read differently as %q", c.hidden, c.missing, c.who)
		}
		if h, m := fmt.Sprint(hidden.Header), fmt.Sprint(missing.Header); len(h) != len(m) && len(hidden.Body) == len(missing.Body) {
			t.Errorf("%s: headers differ:\n%s\n%s", c.hidden, h, m)
		}
	}
	if p := w.get("mia", "/people/ada/edit"); p.Status != http.StatusForbidden {
		t.Errorf("editing somebody whom one may see: %d, want 403", p.Status)
	}
}

// lastWord is the part of a path that differs from another.
func lastWord(path, other string) string {
	split := func(r rune) bool { return strings.ContainsRune("/@=?", r) }
	theirs := strings.FieldsFunc(other, split)
	for i, word := range strings.FieldsFunc(path, split) {
		if i < len(theirs) && theirs[i] != word {
			return strings.TrimSuffix(word, ".ics")
		}
	}
	return path
}

func TestDeletedIsGoneForWhoCouldReadIt(t *testing.T) {
	w := newWorld(t)
	public := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "x"})
	inner := w.say("mia", node.PostInput{Audience: node.OrganizationOnly(w.organization.ID), Text: "y"})
	for _, c := range []struct {
		who, by string
		item    *node.Item
		want    int
	}{{"", "edi", public, 410}, {"mia", "mia", inner, 410}, {"", "", inner, 404}} {
		path := "/posts/" + c.item.ID.String()
		if c.by != "" {
			if p := w.post(c.by, path+"/delete", nil); p.Status != http.StatusSeeOther || p.location() != "/?done=deleted" {
				t.Fatalf("delete %s: %d", path, p.Status)
			}
		}
		if p := w.get(c.who, path); p.Status != c.want || len(p.all("main p.line a")) != 2 {
			t.Errorf("%s as %q: %d, want %d", path, c.who, p.Status, c.want)
		}
	}
}

// E11: no page of a person invites search engines, and robots.txt agrees.
func TestE11SearchEngines(t *testing.T) {
	w := newWorld(t)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "x"})
	rules := w.get("", "/robots.txt").Body
	for path, hidden := range map[string]bool{
		"/": false, "/organizations/riverbend": false, "/gatherings": false, "/posts/" + post.ID.String(): false,
		"/people/pia": true, "/people": true, "/sign-in": true,
	} {
		if got := w.get("", path).has("meta[name=robots]"); got != hidden {
			t.Errorf("%s says noindex: %t, want %t", path, got, hidden)
		}
		disallowed := false
		for _, line := range strings.Split(rules, "\n") {
			if rule, ok := strings.CutPrefix(line, "Disallow: "); ok && strings.HasPrefix(path, rule) {
				disallowed = true
			}
		}
		if disallowed != hidden {
			t.Errorf("robots.txt keeps from %s: %t, want %t", path, disallowed, hidden)
		}
	}
}

// What other programs read on a page is there for public things only.
func TestDataForOtherPrograms(t *testing.T) {
	w := newWorld(t)
	canaries(w)
	dinner := w.convene("Dinner")
	inner := w.say("mia", node.PostInput{Audience: node.OrganizationOnly(w.organization.ID), Text: "among us"})
	for _, c := range []struct {
		who, path string
		document  string // the start of what the alternate link names
		kind      string
	}{
		{"", "/", "https://node.example/ap/organizations/", "Organization"},
		{"", "/people/pia", "https://node.example/ap/people/", "Person"},
		{"", threadPath(w), "https://node.example/ap/objects/", "SocialMediaPosting"},
		{"", "/gatherings/" + dinner.ID.String(), dinner.URI, "Event"},
		{"mia", "/people/mia", "", ""},
		{"mia", "/", "", ""},
		{"mia", "/posts/" + inner.ID.String(), "", ""},
		{"mia", "/@sam@stone.example", "", ""},
	} {
		p := w.get(c.who, c.path)
		if c.document == "" {
			if p.has("script") || p.has("meta[property=og:title]") || p.has("link[rel=alternate]") {
				t.Errorf("%s as %q tells other programs about itself", c.path, c.who)
			}
			continue
		}
		if href := p.value("link[type=application/activity+json]", "href"); !strings.HasPrefix(href, c.document) {
			t.Errorf("%s: document %q", c.path, href)
		}
		if p.value("meta[property=og:title]", "content") == "" || !strings.HasPrefix(p.value("link[rel=canonical]", "href"), "https://node.example/") {
			t.Errorf("%s: no OpenGraph", c.path)
		}
		data := p.one("script[type=application/ld+json]").FirstChild.Data
		if !strings.Contains(data, `"@type":"`+c.kind+`"`) || strings.Contains(data, "@riverbend.example") {
			t.Errorf("%s: data %s", c.path, data)
		}
	}
}

// What people call themselves is shown, never obeyed.
func TestForeignNamesAreOnlyShown(t *testing.T) {
	w := newWorld(t)
	const evil = `<img src=x onerror=alert(1)>"'`
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Title: evil, Text: evil + " [x](javascript:alert(1))"})
	actor := w.remote("zed", "stone.example", evil)
	actor.Page, actor.JobTitle = "javascript:alert(1)", evil
	if err := w.db.Write(t.Context(), func(tx *store.Tx) error { return tx.PutRemoteActor(t.Context(), actor) }); err != nil {
		t.Fatal(err)
	}
	w.organization.Name = evil
	if err := w.people.SaveOrganization(t.Context(), w.viewer("ada"), w.organization); err != nil {
		t.Fatal(err)
	}
	id := w.arrive(actor, "<p>ok</p>", post.URI, 0)
	w.get("ada", "/admin/held")
	w.post("ada", "/admin/held/"+id+"/accept", nil)
	path := "/posts/" + post.ID.String()
	for _, p := range []*page{
		w.get("", "/"), w.get("ada", "/"), w.get("edi", "/"), w.get("ada", path), w.get("ada", "/posts/"+id), w.get("ada", "/posts/new?reply="+id),
		w.get("ada", "/@zed@stone.example"), w.get("ada", "/admin/held"), w.get("ada", path+"/delete"),
		w.get("ada", "/?done="+url.QueryEscape(evil)), w.get("ada", "/following?who="+url.QueryEscape(evil)), w.get("ada", "/people?skill="+url.QueryEscape(evil)),
	} {
		if p.Status != http.StatusOK && p.Status != http.StatusForbidden {
			t.Errorf("status %d", p.Status)
		}
		if p.has("img") {
			t.Errorf("a name became an element:\n%s", p.said("title"))
		}
		for _, link := range p.all("a") {
			if href, _ := attr(link, "href"); strings.HasPrefix(href, "javascript:") {
				t.Errorf("a link runs a script on %s", p.said("title"))
			}
		}
	}
	if got := w.get("ada", path).said("main h1"); got != evil {
		t.Errorf("the title reads %q", got)
	}
}
