// Package jsonld reads and writes ActivityStreams documents as plain JSON.
//
// It is the only decoder of what other servers send, so that no two parts of
// the node can read one document differently, and the only writer of what we
// send. It expands no JSON-LD and fetches no context: a foreign @context gives
// no authority (A6). It knows nothing of actors, posts or gatherings; that is
// federation/vocab.
package jsonld

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

// The reasons for which a document is refused. Every error of Scan and Decode
// wraps one of them.
var (
	// ErrTooLarge is a document beyond a limit: HTTP 413.
	ErrTooLarge = errors.New("document too large")
	// ErrMalformed is a document that cannot be read with certainty: HTTP 400.
	ErrMalformed = errors.New("malformed document")
)

// Media types of ActivityStreams documents (AP §3.2).
const (
	ContentType   = "application/activity+json"
	ContentTypeLD = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
)

// The ActivityStreams context and the address that means everyone (AP §5.6).
const (
	ContextIRI = "https://www.w3.org/ns/activitystreams"
	PublicIRI  = "https://www.w3.org/ns/activitystreams#Public"
)

// Object is one ActivityStreams object. Nested objects of a decoded document
// are map[string]any; the getters wrap them.
type Object map[string]any

// Decode reads a document within the default limits. Of a key that stands
// twice, and may, the last one counts (design.md 9).
func Decode(raw []byte) (Object, error) { return DecodeWithin(raw, Limits{}) }

// DecodeWithin reads a document within the given limits.
func DecodeWithin(raw []byte, l Limits) (Object, error) {
	if err := Scan(raw, l); err != nil {
		return nil, err
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil { // a number beyond float64, for one
		return nil, fmt.Errorf("decode document: %w: %w", ErrMalformed, err)
	}
	return Object(m), nil
}

// WithDefaultContext returns o, or a shallow copy of it that names the
// ActivityStreams context if o does not: go-fed refuses documents without it,
// and some peers leave it out.
func WithDefaultContext(o Object) Object {
	var have []any
	switch c := o["@context"].(type) {
	case []any:
		have = c
	case string, map[string]any:
		have = []any{c}
	}
	for _, c := range have {
		if c == ContextIRI {
			return o
		}
	}
	o = maps.Clone(o)
	if o == nil {
		o = Object{}
	}
	o["@context"] = append([]any{ContextIRI}, have...)
	return o
}
