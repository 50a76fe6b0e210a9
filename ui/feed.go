package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net/http"
	"strings"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/ui/feed"
)

// feedItems is how many of the newest items the feed holds.
const feedItems = 30

// feedAtom is what we published for everyone, whoever asks.
func feedAtom(v *visit) error {
	items, err := v.s.Conversation.Public(v.ctx(), feedItems)
	if err != nil {
		return err
	}
	o := v.site.Organization
	out := feed.Feed{
		ID: v.s.Origin.OrganizationURI(o.ID), Title: o.Name, Subtitle: markup.Excerpt(markup.Render(o.Summary.In(v.site.Lang, v.site.Lang)), descriptionRunes),
		Page: string(v.s.Origin) + "/", Self: string(v.s.Origin) + "/feed.atom", Lang: v.site.Lang,
		Author: feed.Author{Name: o.Name, URI: v.s.Origin.OrganizationPage(o.Handle)}, Updated: o.UpdatedAt,
	}
	for _, i := range items {
		if i.UpdatedAt.After(out.Updated) {
			out.Updated = i.UpdatedAt
		}
		out.Entries = append(out.Entries, v.entry(i))
	}
	raw, err := feed.Atom(out)
	if err != nil {
		return err
	}
	v.Header("Cache-Control", "public, max-age=300")
	return v.feed(raw, "application/atom+xml; charset=utf-8", out.Updated)
}

// entryTitle is how long a title made of an untitled post is, in runes.
const entryTitle = 80

// entry keeps each item in the language that it was written in.
func (v *visit) entry(i *node.Item) feed.Entry {
	body := i.Body.In(i.Lang, i.Lang)
	title := i.Title.In(i.Lang, i.Lang)
	if title == "" {
		title = markup.Excerpt(body, entryTitle)
	}
	if g := i.Gathering; g != nil {
		words := known(v, i.Lang)
		body = "<p>" + html.EscapeString(v.s.words.Span(words, g.Start.In(v.zoneOf(g)), g.End)) + "</p>" + body
	}
	return feed.Entry{
		ID: i.URI, Title: title, Page: i.Page, HTML: body, Lang: spoken(i.Lang), Author: feed.Author{Name: i.Author.Name, URI: v.absolute(i.Author.Page)},
		Published: i.PublishedAt, Updated: i.UpdatedAt,
	}
}

// feed answers with raw, or with 304 if the asker has it.
func (v *visit) feed(raw []byte, contentType string, updated time.Time) error {
	sum := sha256.Sum256(raw)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	h := v.Writer.Header()
	h.Set("ETag", tag)
	h.Set("Vary", "Accept")
	if !updated.IsZero() {
		h.Set("Last-Modified", updated.UTC().Format(http.TimeFormat))
	}
	if v.unchanged(tag, updated) {
		v.Status(http.StatusNotModified)
		v.Writer.WriteHeaderNow()
		return nil
	}
	v.Data(http.StatusOK, contentType, raw)
	return nil
}

// unchanged reports whether the asker's copy is the newest; If-None-Match decides if it is there (RFC 9110 §13.1.3).
func (v *visit) unchanged(tag string, updated time.Time) bool {
	if match := v.Request.Header.Get("If-None-Match"); match != "" {
		return match == "*" || strings.Contains(match, tag)
	}
	since, err := http.ParseTime(v.Request.Header.Get("If-Modified-Since"))
	return err == nil && !updated.IsZero() && !updated.Truncate(time.Second).After(since)
}

// robots keeps search engines from people: nobody has been asked yet (E11). The
// pages say the same in their head.
func robots(v *visit) error {
	v.Header("Cache-Control", "public, max-age=3600")
	v.String(http.StatusOK, "User-agent: *\nDisallow: /people\nDisallow: /@\nDisallow: /sign-in\nDisallow: /admin/\nDisallow: /following\nDisallow: /followers\n")
	return nil
}
