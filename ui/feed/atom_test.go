package feed_test

import (
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/ui/feed"
)

var update = flag.Bool("update", false, "rewrite golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

var day = time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)

func sample() feed.Feed {
	return feed.Feed{
		ID: "https://node.example/ap/organizations/1", Title: "Riverbend Tenants’ Union", Subtitle: "Neighbors & friends",
		Page: "https://node.example/", Self: "https://node.example/feed.atom", Lang: "en",
		Author: feed.Author{Name: "Riverbend Tenants’ Union", URI: "https://node.example/organizations/riverbend"}, Updated: day,
		Entries: []feed.Entry{{
			ID: "https://node.example/ap/objects/2", Title: "El calendario\nde la puerta", Page: "https://node.example/posts/2",
			HTML: "<p>Hola & <b>bienvenidas</b></p>", Lang: "es", Author: feed.Author{Name: "Amaya Ortega"},
			Published: day.Add(-time.Hour), Updated: day,
		}},
	}
}

func TestAtomGolden(t *testing.T) {
	raw, err := feed.Atom(sample())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "feed.atom", raw)
}

// parsed is what a reader of Atom needs to find (RFC 4287 §4.1).
type parsed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Lang    string   `xml:"lang,attr"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Lang    string `xml:"lang,attr"`
		Author  struct {
			Name string `xml:"name"`
		} `xml:"author"`
		Content struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"content"`
	} `xml:"entry"`
}

func FuzzAtom(f *testing.F) {
	f.Add("El calendario", "<p>Hola & adiós</p>", "Amaya", "es")
	f.Add("\x00\x01\xff\r\n", "]]><script>", "a\u0085b", "\"")
	f.Fuzz(func(t *testing.T, title, html, name, lang string) {
		in := sample()
		in.Entries[0].Title, in.Entries[0].HTML, in.Entries[0].Author.Name, in.Entries[0].Lang = title, html, name, lang
		raw, err := feed.Atom(in)
		if err != nil {
			t.Fatal(err)
		}
		var back parsed
		if err := xml.Unmarshal(raw, &back); err != nil {
			t.Fatalf("does not parse: %v\n%s", err, raw)
		}
		if back.ID != in.ID || len(back.Entries) != 1 || back.Entries[0].ID != in.Entries[0].ID || back.Entries[0].Content.Type != "html" {
			t.Fatalf("changed on the way: %+v", back)
		}
	})
}

func TestAtomParsesBack(t *testing.T) {
	raw, err := feed.Atom(sample())
	if err != nil {
		t.Fatal(err)
	}
	var back parsed
	if err := xml.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	e := back.Entries[0]
	got := []string{back.Lang, back.Links[0].Rel, back.Links[1].Href, e.Title, e.Lang, e.Author.Name, e.Content.Text, e.Updated}
	want := []string{"en", "self", "https://node.example/", "El calendario de la puerta", "es", "Amaya Ortega", "<p>Hola & <b>bienvenidas</b></p>", "2026-11-24T17:00:00Z"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
