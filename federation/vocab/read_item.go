package vocab

import (
	"fmt"
	"html"
	"path"
	"strings"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// Bounds of what we show of a foreign item.
const (
	maxAttachments = 16
	maxOptions     = 20
)

// Received is a foreign post or gathering as its document tells it. Whether the
// author may say so, who may read it and whether it is held is decided later.
type Received struct {
	Type string // of the document
	// Item has what the document tells: all but its id, author, audience and state here.
	Item node.Item
	// AttributedTo lists who it says it is by; empty if it does not say.
	AttributedTo []string
	To, CC       []string
	Public       bool // for everyone, listed or not
	// Mentions are the ids of the actors that it speaks to.
	Mentions []string
	// Links counts the links to elsewhere in its longest version; more than 3 are held (D1).
	Links int
}

// ReadItem reads a post or gathering of any of the types in the registry. Text
// comes out safe to be put into a page.
func ReadItem(doc jsonld.Object) (*Received, error) {
	id, objectType := doc.ID(), doc.Type()
	if _, err := address.URL(id); err != nil {
		return nil, fmt.Errorf("read item: %w: %w", ErrDocument, err)
	}
	if !IsItem(objectType) {
		return nil, fmt.Errorf("read item %s: type %.50q: %w", id, objectType, ErrDocument)
	}
	r := &Received{Type: objectType, To: doc.IDs("to"), CC: doc.IDs("cc"), AttributedTo: doc.IDs("attributedTo")}
	if len(r.AttributedTo) == 0 {
		r.AttributedTo = doc.IDs("actor") // older Mobilizon
	}
	for _, to := range append(r.To[:len(r.To):len(r.To)], r.CC...) {
		r.Public = r.Public || to == jsonld.PublicIRI
	}
	r.Item = node.Item{
		URI: id, Kind: KindOf(objectType), Page: page(doc),
		PublishedAt: doc.Time("published"), UpdatedAt: doc.Time("updated"),
	}
	i := &r.Item
	if i.Page == "" {
		i.Page = id
	}
	if i.UpdatedAt.Before(i.PublishedAt) {
		i.UpdatedAt = i.PublishedAt
	}
	if parent := doc.IDOf("inReplyTo"); isLink(parent) {
		i.InReplyTo = parent
	}
	if i.Kind == node.KindGathering {
		if i.Gathering = readGathering(doc, i.Page); i.Gathering == nil {
			i.Kind = node.KindPost // an event without a date can be read, not attended
		}
	}
	if err := r.readText(doc); err != nil {
		return nil, fmt.Errorf("read item %s: %w", id, err)
	}
	r.readTags(doc)
	return r, nil
}

// readText reads title, body, summary and main language.
func (r *Received) readText(doc jsonld.Object) error {
	i := &r.Item
	raw, short := doc.Text("content"), doc.Text("summary")
	plain := doc.String("content")
	if r.Type == "Note" && len(raw) == 0 && doc.Has("name") {
		return fmt.Errorf("a vote or nameless note: %w", ErrDocument) // FEP-9967 §3
	}
	if r.Type == "Note" || r.Type == "Question" {
		i.Summary = markup.Name(markup.Text(lead(doc, "summary"))) // a content warning
	} else if len(raw) == 0 {
		raw, plain = short, doc.String("summary") // Gancio and old events say all in the summary
	}
	raw = told(doc, raw)
	i.Title = node.Text{}
	for lang, name := range told(doc, doc.Text("name")) {
		if name = markup.Name(name); name != "" {
			i.Title[lang] = name
		}
	}
	i.Body = node.Text{}
	read := reader(doc.String("mediaType"))
	tail := markup.Sanitize(extras(doc, r.Type))
	for lang, s := range raw {
		if s = read(s); s+tail != "" {
			i.Body[lang] = s + tail
		}
	}
	if len(i.Body) == 0 && tail != "" {
		i.Body[jsonld.Unknown] = tail
	}
	if len(i.Body) == 0 && len(i.Title) == 0 {
		return fmt.Errorf("no text: %w", ErrDocument)
	}
	i.Lang = mainOf(raw, plain)
	if len(raw) == 0 {
		i.Lang = mainOf(i.Title, doc.String("name"))
	}
	if i.Gathering != nil && len(i.Title) == 0 {
		i.Title[i.Lang] = markup.Excerpt(i.Body.In(i.Lang, "en"), 80)
	}
	return nil
}

// told gives text of unknown language the one that the document tells beside
// it: inLanguage (Mobilizon) or language (Lemmy, PeerTube).
func told(doc jsonld.Object, t node.Text) node.Text {
	s, unknown := t[jsonld.Unknown]
	if !unknown || len(t) > 1 {
		return t
	}
	tag := doc.String("inLanguage")
	if tag == "" {
		tag = doc.Object("language").String("identifier")
	}
	if tag == "" {
		return t
	}
	return node.Text{jsonld.Lang(tag): s}
}

// mainOf is the language of the version that the document puts first.
func mainOf(t node.Text, first string) string {
	for _, lang := range t.Languages() {
		if t[lang] == first || first == "" {
			return lang
		}
	}
	return jsonld.Unknown
}

// reader makes safe HTML of text of this type. PeerTube writes Markdown.
func reader(mediaType string) func(string) string {
	switch {
	case strings.HasPrefix(mediaType, "text/markdown"):
		return markup.Render
	case strings.HasPrefix(mediaType, "text/plain"):
		return func(s string) string {
			return markup.Sanitize("<p>" + strings.ReplaceAll(html.EscapeString(s), "\n", "<br>") + "</p>")
		}
	}
	return markup.Sanitize
}

// extras is HTML for what the body does not show: the options of a poll, and
// what is attached, as links, because nothing is loaded from elsewhere while
// reading (C6).
func extras(doc jsonld.Object, objectType string) string {
	var b strings.Builder
	if objectType == "Question" {
		options := append(doc.Objects("oneOf"), doc.Objects("anyOf")...)
		for n, option := range options {
			switch {
			case n == 0:
				b.WriteString("<ul>")
			case n >= maxOptions:
				continue
			}
			b.WriteString("<li>" + html.EscapeString(markup.Name(option.String("name"))) + "</li>")
		}
		if len(options) > 0 {
			b.WriteString("</ul>")
		}
	}
	shown := 0
	for _, a := range doc.Objects("attachment") {
		href := a.IDOf("url")
		switch a.Type() {
		case "Image", "Document", "Video", "Audio":
		case "Link", "Page":
			if objectType == "Event" {
				continue // the link of the gathering
			}
			if href == "" {
				href = a.String("href")
			}
		default:
			continue
		}
		if shown++; !isLink(href) || shown > maxAttachments {
			continue
		}
		name := markup.Name(firstOf(a.String("name"), a.String("summary")))
		b.WriteString(`<p><a href="` + html.EscapeString(href) + `">` + html.EscapeString(firstOf(name, path.Base(href))) + "</a></p>")
	}
	return b.String()
}

// readTags reads whom the item speaks to, and counts its links. A link counts
// as a mention or hashtag only as far as the document has tags for it: its class
// alone is the word of the sender.
func (r *Received) readTags(doc jsonld.Object) {
	references := 0
	for _, tag := range doc.Objects("tag") {
		switch tag.Type() {
		case "Mention":
			references++
			if href := tag.IDOf("href"); isLink(href) {
				r.Mentions = append(r.Mentions, href)
			}
		case "Hashtag":
			references++
		}
	}
	for _, body := range r.Item.Body {
		all, plain := strings.Count(body, "<a "), markup.Links(body)
		r.Links = max(r.Links, plain+max(0, all-plain-references))
	}
}
