package ui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
)

// BenchmarkPersonPage is a public profile with twenty posts (design.md 6: at
// least a thousand a second).
func BenchmarkPersonPage(b *testing.B) {
	w := newWorld(b)
	for range 20 {
		w.say("pia", node.PostInput{Audience: node.Public, Title: "Notes from the stairwell", Text: "We asked who opens the hall on Tuesdays."})
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			rec := httptest.NewRecorder()
			w.engine.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/people/pia", nil))
			if rec.Code != http.StatusOK {
				b.Fatal(rec.Code)
			}
		}
	})
}

// A long list comes in pages, and each person is on one of them.
func TestPeopleInPages(t *testing.T) {
	w := newWorld(t)
	for i := range 30 {
		handle := fmt.Sprintf("person_%02d", i)
		if _, _, err := w.people.AddPerson(t.Context(), operator(w), people.NewPerson{Name: handle, Handle: handle, Email: handle + "@riverbend.example"}); err != nil {
			t.Fatal(err)
		}
	}
	seen, path := map[string]int{}, "/people?stance=&skill="
	for n := 0; path != "" && n < 5; n++ {
		p := w.get("mia", path)
		for _, a := range p.all("li.card h3 a") {
			href, _ := attr(a, "href")
			seen[href]++
		}
		path = ""
		if p.has("nav.pager a") {
			path = p.value("nav.pager a", "href")
		}
	}
	if len(seen) != 35 {
		t.Errorf("%d people on all pages, want 35", len(seen))
	}
	for who, times := range seen {
		if times != 1 {
			t.Errorf("%s is there %d times", who, times)
		}
	}
}

// This node has no network yet: what is closed is for the people who sign in here.
func TestClosedProfileSaysWhoSeesIt(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/people/mia", "/people/mia/edit", "/people"} {
		if got := w.get("mia", path).said("main .aud"); !strings.Contains(got, "People who sign in here") {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// The tick for mentoring is on the rows where it can stay.
func TestMentorOnlyWhoOffers(t *testing.T) {
	w := newWorld(t)
	tags := w.skills.All("en")
	_, err := w.people.SaveProfile(t.Context(), w.viewer("mia"), people.Profile{Handle: "mia", Name: "Mia Member", Skills: []node.PersonSkill{
		{Tag: tags[0].Code, Stance: node.Offer, Level: 2}, {Tag: tags[1].Code, Stance: node.Learning, Level: 1}, {Tag: tags[2].Code, Stance: node.Interest},
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := w.get("mia", "/people/mia/edit")
	for name, want := range map[string]bool{"mentor.0": true, "mentor.1": false, "mentor.2": false, "mentor.3": true} {
		if got := p.has("input[name=" + name + "]"); got != want {
			t.Errorf("%s is offered: %t, want %t", name, got, want)
		}
	}
	if p.said("h1") != "Your page" || !strings.HasPrefix(p.said("title"), "Your page") || w.get("ada", "/people/mia/edit").said("h1") != "The page of Mia Member" {
		t.Errorf("the heading: %q", p.said("h1"))
	}
	// One that was ticked and then made a thing to learn stays to be unticked.
	const form = "main .cols form.form"
	p = w.post("mia", "/people/mia/edit", fill(p, form, map[string]string{"do": "save", "mentor.0": "yes", "stance.0": "learning"}))
	if p.Status != http.StatusUnprocessableEntity || !p.has("input[name=mentor.0]") {
		t.Errorf("a mistake: %d", p.Status)
	}
}
