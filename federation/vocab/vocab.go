// Package vocab maps between the node's domain and ActivityStreams documents,
// both ways. Its functions are pure: no network, no database, no clock. They
// check that a document says something that we can use; who may say it is
// decided by federation/authority.
//
// Every document that goes out has its golden file in schema/examples.
package vocab

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
)

var (
	// ErrNotPublic is an item that must not leave the node, or not to those whom
	// it was to be addressed to.
	ErrNotPublic = errors.New("not for everyone")
	// ErrDocument is a foreign document without what it takes to use it.
	ErrDocument = errors.New("unusable document")
)

// everyone addresses a document to everyone, and to who follows its author.
func everyone(doc jsonld.Object, author string, besides ...string) {
	doc["to"] = []string{jsonld.PublicIRI}
	doc["cc"] = append([]string{Followers(author)}, besides...)
}

// Followers is the collection of who follows one of our actors.
func Followers(actor string) string { return actor + "/followers" }

// putText writes a text under key in its main language, and under key+"Map" in
// all languages that are known.
func putText(doc jsonld.Object, key string, t node.Text, lang string) {
	doc[key] = t.In(lang, "en")
	if m := t.With(jsonld.Unknown, ""); len(m) > 0 {
		doc[key+"Map"] = m
	}
}

// isLink reports whether s can be shown as a link or kept as an id.
func isLink(s string) bool {
	_, err := address.URL(s)
	return err == nil
}

// page is the address of the page that shows doc to people: of several the
// first plain one, else the first that is HTML. One at another host is not its
// page but what it is about, or a trick; then the id serves.
func page(doc jsonld.Object) string {
	id := doc.ID()
	html := ""
	for _, l := range links(doc) {
		if !sameHost(l.href, id) {
			continue
		}
		if l.media == "" {
			return l.href
		}
		if html == "" && strings.HasPrefix(l.media, "text/html") {
			html = l.href
		}
	}
	if html != "" {
		return html
	}
	return id
}

type link struct{ href, media string }

// links are the addresses under url: strings, Link objects, or several.
func links(doc jsonld.Object) []link {
	var all []link
	for _, s := range doc.Strings("url") {
		all = append(all, link{href: s})
	}
	for _, l := range doc.Objects("url") {
		media := firstOf(l.String("mediaType"), l.String("mimeType")) // PeerTube and Funkwhale before 2020
		all = append(all, link{href: l.IDOf("href"), media: media})
	}
	return all
}

// sameHost reports whether two addresses can be shown as being of one place.
func sameHost(a, b string) bool {
	ua, err := address.URL(a)
	if err != nil {
		return false
	}
	ub, err := address.URL(b)
	return err == nil && ua.Host == ub.Host
}

// cut returns s to at most n bytes, whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
