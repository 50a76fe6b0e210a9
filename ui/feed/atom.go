package feed

import (
	"encoding/xml"
	"fmt"
	"time"

	"github.com/gorilla/feeds"
)

// Feed is a list of what somebody published, newest first.
type Feed struct {
	ID       string // IRI that never changes
	Title    string
	Subtitle string
	Page     string // where people read it
	Self     string // where this feed is
	Lang     string
	Author   Author
	Updated  time.Time
	Entries  []Entry
}

// Author is who a feed or an entry is by.
type Author struct{ Name, URI string }

// Entry is one item of a Feed.
type Entry struct {
	ID        string // the item's URI
	Title     string // plain text; must not be empty
	Page      string
	HTML      string // sanitized
	Lang      string // empty if unknown
	Author    Author
	Published time.Time
	Updated   time.Time
}

// atomFeed and atomEntry add what gorilla/feeds has no field for: languages
// and the feed's address of its own. A field here shadows the embedded one.
type atomFeed struct {
	feeds.AtomFeed
	Lang    string           `xml:"xml:lang,attr,omitempty"`
	Links   []feeds.AtomLink `xml:"link"`
	Entries []*atomEntry     `xml:"entry"`
}

type atomEntry struct {
	feeds.AtomEntry
	Lang string `xml:"xml:lang,attr,omitempty"`
}

// Atom writes f.
func Atom(f Feed) ([]byte, error) {
	out := atomFeed{Lang: f.Lang}
	out.Xmlns = "http://www.w3.org/2005/Atom"
	out.Title, out.Subtitle, out.Id = line(f.Title), line(f.Subtitle), f.ID
	out.Updated = stamp(f.Updated)
	out.Author = author(f.Author)
	out.Links = []feeds.AtomLink{
		{Href: f.Self, Rel: "self", Type: "application/atom+xml"},
		{Href: f.Page, Rel: "alternate", Type: "text/html"},
	}
	for _, e := range f.Entries {
		entry := &atomEntry{Lang: e.Lang}
		entry.Title, entry.Id = line(e.Title), e.ID
		entry.Published, entry.Updated = stamp(e.Published), stamp(e.Updated)
		entry.Author = author(e.Author)
		entry.AtomEntry.Links = []feeds.AtomLink{{Href: e.Page, Rel: "alternate", Type: "text/html"}}
		entry.Content = &feeds.AtomContent{Type: "html", Content: clean(e.HTML)}
		out.Entries = append(out.Entries, entry)
	}
	raw, err := xml.MarshalIndent(out, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write feed %s: %w", f.ID, err)
	}
	return append([]byte(xml.Header), append(raw, '\n')...), nil
}

func author(a Author) *feeds.AtomAuthor {
	return &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: line(a.Name), Uri: a.URI}}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
