package vocab

import (
	"fmt"
	"html"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// excerptRunes is how much of an article servers show that do not show articles.
const excerptRunes = 300

// Item is the document of one of our posts or gatherings for everyone: a Note,
// with a title an Article, or an Event. mentions are who it speaks to, first of
// all the author of what it answers. Any other item has no such document.
func Item(o node.Origin, i *node.Item, mentions ...node.Author) (jsonld.Object, error) {
	if i.Audience != node.Public {
		return nil, fmt.Errorf("describe item %s: %w", i.ID, ErrNotPublic)
	}
	doc, err := describe(o, i)
	if err != nil {
		return nil, err
	}
	tags, named := mention(o, mentions)
	doc["tag"] = tags
	everyone(doc, i.Author.URI, named...)
	return doc, nil
}

// NetworkItem is the document of one of our posts or gatherings for the members
// of networks, and for nobody besides.
func NetworkItem(o node.Origin, i *node.Item, networks []*node.Network) (jsonld.Object, error) {
	if !i.Audience.ForNetworks() || len(networks) == 0 {
		return nil, fmt.Errorf("describe item %s: %w", i.ID, ErrNotPublic)
	}
	doc, err := describe(o, i)
	if err != nil {
		return nil, err
	}
	doc["tag"] = []jsonld.Object{}
	members(doc, networks)
	return doc, nil
}

// members addresses a document to the members of networks: to their members
// collections, with the Groups as its audience, and to nobody else
// (federation.md 8.3, 4).
func members(doc jsonld.Object, networks []*node.Network) {
	to, audience := make([]string, 0, len(networks)), make([]string, 0, len(networks))
	for _, n := range networks {
		to, audience = append(to, n.MembersURI), append(audience, n.URI)
	}
	doc["to"], doc["cc"], doc["audience"] = to, []string{}, audience
}

// describe is what an item's document says, but for whom it is for.
func describe(o node.Origin, i *node.Item) (jsonld.Object, error) {
	if !i.Local || i.Author.URI == "" || i.State != node.Live {
		return nil, fmt.Errorf("describe item %s: no actor of ours says it: %w", i.ID, ErrNotPublic)
	}
	doc := jsonld.Object{
		"id":           o.ObjectURI(i.ID),
		"type":         "Note",
		"attributedTo": i.Author.URI,
		"url":          o.ItemPage(i.Kind, i.ID),
		"published":    i.PublishedAt,
		"attachment":   []any{}, // arrays even when empty: Gancio (federation.md 13)
		"mediaType":    "text/html",
	}
	putText(doc, "content", i.Body, i.Lang)
	if i.Edited() {
		doc["updated"] = i.UpdatedAt
	}
	if i.InReplyTo != "" {
		doc["inReplyTo"] = i.InReplyTo
	}
	if !i.Source.Empty() {
		source := jsonld.Object{"mediaType": "text/markdown"}
		putText(source, "content", i.Source, i.Lang)
		doc["source"] = source // AP §3.3
	}
	switch {
	case i.Kind == node.KindGathering && i.Gathering != nil:
		putEvent(o, doc, i)
	case i.Kind != node.KindPost:
		return nil, fmt.Errorf("describe item %s: no document for a %s", i.ID, i.Kind)
	case !i.Title.Empty():
		putArticle(doc, i)
	}
	return doc, nil
}

// putArticle makes a Note an Article. Mastodon shows its name, summary and link
// (federation.md 7); FEP-b2b8 gives the summary the same part.
func putArticle(doc jsonld.Object, i *node.Item) {
	doc["type"] = "Article"
	putText(doc, "name", i.Title, i.Lang)
	summary := node.Text{}
	for lang, body := range i.Body {
		summary[lang] = "<p>" + html.EscapeString(markup.Excerpt(body, excerptRunes)) + "</p>"
	}
	putText(doc, "summary", summary, i.Lang)
}

// mention returns the tags that make servers tell these people, and their ids.
func mention(o node.Origin, authors []node.Author) (tags []jsonld.Object, ids []string) {
	tags = []jsonld.Object{}
	seen := map[string]bool{"": true}
	for _, a := range authors {
		if seen[a.URI] {
			continue
		}
		seen[a.URI] = true
		handle := a.Handle
		if a.Host == "" {
			handle += "@" + o.Host()
		}
		tags = append(tags, jsonld.Object{"type": "Mention", "href": a.URI, "name": "@" + handle})
		ids = append(ids, a.URI)
	}
	return tags, ids
}
