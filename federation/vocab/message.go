package vocab

import (
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
)

// threadContact is the kind of thread that two people write in.
const threadContact = "contact"

// Message is the document of a message by relay: a Note to one person, from the
// sender's actor for the networks; no address of anybody is in it. requestURI is
// the request that it belongs to, empty for others.
func Message(m *node.Message, actor, requestURI string) jsonld.Object {
	doc := jsonld.Object{
		"id": m.URI, "type": "Note", "threadKind": threadContact, "attributedTo": actor, "mediaType": "text/html",
		"published": m.SentAt, "to": []string{m.ToURI}, "cc": []string{}, "attachment": []any{}, "tag": []any{},
		"source": jsonld.Object{"mediaType": "text/plain", "content": m.Body},
	}
	putText(doc, "content", node.Text{firstOf(m.Lang, jsonld.Unknown): plainHTML(m.Body)}, m.Lang)
	if requestURI != "" {
		doc["context"] = requestURI
	}
	return doc
}
