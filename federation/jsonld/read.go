package jsonld

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// ID is the object's id; empty if it has none.
func (o Object) ID() string {
	if s := idOf(o["id"]); s != "" {
		return s
	}
	return idOf(o["@id"])
}

// Type is the object's type. Of several it is the first that ActivityStreams
// names: an array ["Note","x:Recipe"] is a Note.
func (o Object) Type() string {
	types := o.Types()
	for _, t := range types {
		if known(t) {
			return t
		}
	}
	if len(types) > 0 {
		return types[0]
	}
	return ""
}

// Types lists all types of the object, without the prefix of ActivityStreams.
func (o Object) Types() []string {
	v, ok := o["type"]
	if !ok {
		v = o["@type"]
	}
	var types []string
	for _, t := range list(v) {
		if s, ok := t.(string); ok && s != "" {
			types = append(types, bare(s))
		}
	}
	return types
}

// bare takes the prefix of ActivityStreams off a name: as:Note, or the full IRI.
func bare(s string) string {
	s = strings.TrimPrefix(s, "as:")
	return strings.TrimPrefix(s, ContextIRI+"#")
}

// known reports whether t is a type that ActivityStreams names and that some peer sends.
func known(t string) bool {
	switch t {
	case "Person", "Organization", "Group", "Service", "Application",
		"Note", "Article", "Page", "Question", "Event", "Document", "Image", "Video", "Audio",
		"Create", "Update", "Delete", "Follow", "Accept", "Reject", "Undo", "Announce", "Like", "Dislike",
		"Add", "Remove", "Join", "Leave", "Invite", "Ignore", "TentativeAccept", "TentativeReject",
		"Block", "Flag", "Move", "Offer", "View", "Listen", "Read", "Travel", "Arrive",
		"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage",
		"Tombstone", "Relationship", "Profile", "Place", "Link", "Mention", "Object", "Activity", "IntransitiveActivity":
		return true
	}
	return false
}

// Has reports whether key is there with any value but null.
func (o Object) Has(key string) bool { return o[key] != nil }

// String is a text: a string, a JSON-LD value object, or the first of several.
func (o Object) String(key string) string { return text(o[key]) }

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			if _, nested := v[0].([]any); !nested {
				return text(v[0])
			}
		}
	case map[string]any:
		s, _ := v["@value"].(string)
		return s
	}
	return ""
}

// Strings lists all texts under key.
func (o Object) Strings(key string) []string {
	var all []string
	for _, v := range list(o[key]) {
		if s := text(v); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// IDOf is the id under key: a string, an object with an id, or the first of several.
func (o Object) IDOf(key string) string {
	for _, v := range list(o[key]) {
		if s := idOf(v); s != "" {
			return s
		}
	}
	return ""
}

// IDs lists the ids under key, everyone in its full spelling.
func (o Object) IDs(key string) []string {
	var ids []string
	for _, v := range list(o[key]) {
		if s := idOf(v); s != "" {
			ids = append(ids, s)
		}
	}
	return ids
}

// idOf reads an id out of a string, an object with an id, or a link.
func idOf(v any) string {
	switch v := v.(type) {
	case string:
		if IsPublic(v) {
			return PublicIRI
		}
		return v
	case map[string]any:
		for _, key := range []string{"id", "@id", "href"} {
			if s, ok := v[key].(string); ok && s != "" {
				return s
			}
		}
	}
	return ""
}

// IsPublic reports whether an address means everyone, in any of its three spellings (AP §5.6).
func IsPublic(s string) bool { return s == PublicIRI || s == "as:Public" || s == "Public" }

// Object is the object under key, or the first of several; nil if there is
// none or only an id stands there. It inherits the language of o.
func (o Object) Object(key string) Object {
	for _, v := range list(o[key]) {
		if m, ok := v.(map[string]any); ok {
			return o.inherit(m)
		}
	}
	return nil
}

// Objects lists the objects under key; ids among them are left out.
func (o Object) Objects(key string) []Object {
	var all []Object
	for _, v := range list(o[key]) {
		if m, ok := v.(map[string]any); ok {
			all = append(all, o.inherit(m))
		}
	}
	return all
}

// list is v as a list: an array, one value, or nothing.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// timeLayouts are the forms in which peers write times, the most common first.
var timeLayouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02"}

// Time is the time under key in UTC, to the millisecond; zero if there is none
// that can be read. A time without an offset is taken as UTC (AS2 §2.3 asks for one).
func (o Object) Time(key string) time.Time {
	s := o.String(key)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			if t = t.UTC().Truncate(time.Millisecond); t.Year() < 1 || t.Year() > 9999 {
				return time.Time{}
			}
			return t
		}
	}
	return time.Time{}
}

// Number is the number under key, also one that is written as a string.
func (o Object) Number(key string) (float64, bool) {
	switch v := o[key].(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	f, err := strconv.ParseFloat(o.String(key), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// Bool reports whether true stands under key.
func (o Object) Bool(key string) bool {
	switch v := o[key].(type) {
	case bool:
		return v
	case string:
		return v == "true"
	}
	return false
}
