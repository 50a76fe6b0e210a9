package vocab

import (
	"fmt"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
)

// IsMessage reports whether a document is a message from one person to another.
func IsMessage(doc jsonld.Object) bool {
	return doc.Type() == "Note" && doc.String("threadKind") == threadContact
}

// ReceivedMessage is a message as its document tells it.
type ReceivedMessage struct {
	URI        string
	To         []string // everyone whom it is to
	Body       string   // plain text
	Lang       string
	RequestURI string // that it says it belongs to
}

// ReadMessage reads a message. Its text comes out plain.
func ReadMessage(doc jsonld.Object) (*ReceivedMessage, error) {
	if _, err := address.URL(doc.ID()); err != nil {
		return nil, fmt.Errorf("read message: %w: %w", ErrDocument, err)
	}
	m := &ReceivedMessage{URI: doc.ID(), To: append(doc.IDs("to"), doc.IDs("cc")...), RequestURI: doc.IDOf("context")}
	if source := doc.Object("source"); source.String("mediaType") == "text/plain" {
		m.Body = plainOf(source, "content")
	}
	if m.Body == "" {
		m.Body = plainOf(doc, "content")
	}
	if m.Body == "" {
		return nil, fmt.Errorf("read message %s: no text: %w", doc.ID(), ErrDocument)
	}
	if lang := mainOf(doc.Text("content"), doc.String("content")); lang != jsonld.Unknown && node.CheckLang("lang", lang) == nil {
		m.Lang = lang
	}
	return m, nil
}
