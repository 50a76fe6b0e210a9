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
