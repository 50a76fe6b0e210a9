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
	// ErrNotPublic is an item that must not leave the node: only what is for
	// everyone does in this release.
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

// page is the address of the page that shows o to people, empty if it names
// none: of several the first plain one, else the first that is HTML.
func page(o jsonld.Object) string {
	var all []any
	switch v := o["url"].(type) {
	case string:
		all = []any{v}
	case []any:
		all = v
	case map[string]any:
		all = []any{v}
	}
	html := ""
	for _, v := range all {
		switch v := v.(type) {
		case string:
			if isLink(v) {
				return v
			}
		case map[string]any:
			link := jsonld.Object(v)
			media := link.String("mediaType")
			if href := link.String("href"); html == "" && (media == "" || strings.HasPrefix(media, "text/html")) && isLink(href) {
				html = href
			}
		}
	}
	return html
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
