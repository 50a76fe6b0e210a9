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
	titleRunes     = 80 // of a gathering without a name
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
	Audience     []string // Groups that it says it is for
	Public       bool     // for everyone, listed or not
	// Mentions are the ids of the actors that it speaks to.
	Mentions []string
	// Links counts the links to elsewhere in the version that has most; more than 3 are held (D1).
	// Pictures and mentions do not count.
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
	r := &Received{Type: objectType, To: doc.IDs("to"), CC: doc.IDs("cc"), Audience: doc.IDs("audience"), AttributedTo: doc.IDs("attributedTo")}
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
	return r, nil
}

// readText reads title, body, summary and main language, and counts links.
func (r *Received) readText(doc jsonld.Object) error {
	i := &r.Item
	raw, plain := doc.Text("content"), doc.String("content")
	if r.Type == "Note" && len(raw) == 0 && i.InReplyTo != "" && doc.Has("name") {
		return fmt.Errorf("a vote: %w", ErrDocument) // FEP-9967
	}
	if r.Type == "Note" || r.Type == "Question" {
		i.Summary = markup.Name(markup.Text(lead(doc, "summary"))) // a content warning
	} else if len(raw) == 0 {
		raw, plain = doc.Text("summary"), doc.String("summary") // some say all in the summary
	}
	raw = told(doc, raw)
	i.Lang = mainOf(raw, plain)

	tail, shown := extras(doc, r.Type)
	references := r.readTags(doc)
	read := reader(doc.String("mediaType"))
	i.Body = node.Text{}
	for lang, s := range raw {
		s = read(s)
		r.Links = max(r.Links, shown+count(s, references))
		if s += tail; s != "" {
			i.Body[lang] = s
		}
	}
	if len(raw) == 0 && tail != "" {
		i.Body[jsonld.Unknown], r.Links = tail, shown
	}
	i.Title = readTitle(doc, i.Lang)
	switch {
	case len(i.Body) == 0 && len(i.Title) == 0:
		return fmt.Errorf("no text: %w", ErrDocument)
	case len(i.Body) == 0:
		i.Lang = mainOf(i.Title, "")
	case i.Gathering != nil && len(i.Title) == 0:
		i.Title[i.Lang] = markup.Excerpt(i.Body.In(i.Lang, "en"), titleRunes)
	}
	return nil
}

// readTitle reads the name in all its languages; one whose language is not told
// is in the language of the text.
func readTitle(doc jsonld.Object, lang string) node.Text {
	title := node.Text{}
	for l, name := range told(doc, doc.Text("name")) {
		if name = markup.Name(name); name != "" {
			title[l] = name
		}
	}
	if s, ok := title[jsonld.Unknown]; ok && len(title) == 1 {
		return node.Text{lang: s}
	}
	return title
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
// reading (C6). It also tells how many of the links lead to anything but media.
func extras(doc jsonld.Object, objectType string) (tail string, links int) {
	var b strings.Builder
	if objectType == "Question" {
		writeOptions(&b, append(doc.Objects("oneOf"), doc.Objects("anyOf")...))
	}
	for n, a := range attachments(doc, objectType) {
		if n == maxAttachments {
			break
		}
		if !a.media {
			links++
		}
		b.WriteString(`<p><a href="` + html.EscapeString(a.href) + `">` + html.EscapeString(firstOf(a.name, path.Base(a.href))) + "</a></p>")
	}
	if b.Len() == 0 {
		return "", 0
	}
	return markup.Sanitize(b.String()), links
}

func writeOptions(b *strings.Builder, options []jsonld.Object) {
	for n, option := range options {
		if n == 0 {
			b.WriteString("<ul>")
		}
		if n < maxOptions {
			b.WriteString("<li>" + html.EscapeString(markup.Name(option.String("name"))) + "</li>")
		}
	}
	if len(options) > 0 {
		b.WriteString("</ul>")
	}
}

// attached is one thing that comes with a document.
type attached struct {
	href, name string
	media      bool
}

// attachments lists what comes with a document. A Page (Lemmy, lotide,
// Friendica) is about what its url names at another host.
func attachments(doc jsonld.Object, objectType string) []attached {
	var all []attached
	if about := doc.String("url"); objectType == "Page" && isLink(about) && !sameHost(about, doc.ID()) {
		all = append(all, attached{href: about, name: about})
	}
	for _, a := range doc.Objects("attachment") {
		href, media := a.IDOf("url"), false
		switch a.Type() {
		case "Image", "Video", "Audio":
			media = true
		case "Document":
			kind, _, _ := strings.Cut(a.String("mediaType"), "/")
			media = kind == "image" || kind == "video" || kind == "audio"
		case "Link", "Page":
			if objectType == "Event" {
				continue // the link of the gathering
			}
			href = firstOf(href, a.String("href"))
		default:
			continue
		}
		if isLink(href) {
			all = append(all, attached{href: href, name: markup.Name(firstOf(a.String("name"), a.String("summary"))), media: media})
		}
	}
	return all
}

// readTags reads whom the item speaks to, and returns how many links may be
// mentions or hashtags.
func (r *Received) readTags(doc jsonld.Object) (references int) {
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
	return references
}

// count counts the links in sanitized HTML. One that calls itself a mention or
// a hashtag is believed as far as the document has tags for it.
func count(body string, references int) int {
	all := strings.Count(body, "<a ")
	if all == 0 {
		return 0
	}
	plain := markup.Links(body)
	return plain + max(0, all-plain-references)
}
