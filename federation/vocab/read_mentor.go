package vocab

import (
	"fmt"
	"strings"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// Bounds of what is kept of a received offer or request.
const (
	maxTopics   = 20
	maxNoteSize = 8000 // bytes
)

// IsMentorOffer reports whether a document offers mentoring (federation.md 6.3).
func IsMentorOffer(doc jsonld.Object) bool {
	return doc.Type() == "Note" && doc.String("purpose") == "offer" && doc.Object("publishes").Type() == "Intent"
}

// ReadMentorOffer reads the offer of a mentor elsewhere. Topics that are not of
// the shared vocabulary cannot be matched and are left out.
func ReadMentorOffer(doc jsonld.Object) (*node.MentorOffer, error) {
	uri := doc.ID()
	if _, err := address.URL(uri); err != nil {
		return nil, fmt.Errorf("read offer: %w: %w", ErrDocument, err)
	}
	o := &node.MentorOffer{
		URI: uri, CreatedAt: doc.Time("published"), UpdatedAt: doc.Time("updated"), ExpiresAt: doc.Time("endTime"),
		Paused: doc.Bool("paused"), Full: doc.Bool("full"), Format: node.OneCall, Capacity: 1, Note: node.Text{},
	}
	if o.UpdatedAt.IsZero() {
		o.UpdatedAt = o.CreatedAt
	}
	if n, ok := doc.Number("version"); ok && n > 0 && n < 1<<40 {
		o.Version = int64(n)
	}
	intent := doc.Object("publishes")
	for _, iri := range intent.IDs("resourceConformsTo") {
		if code, ok := topicOf(iri); ok && len(o.Topics) < maxTopics {
			o.Topics = append(o.Topics, code)
		}
	}
	for _, l := range doc.Strings("availableLanguage") {
		if l != "" && node.CheckLang("languages", l) == nil && len(o.Languages) < maxTopics {
			o.Languages = append(o.Languages, l)
		}
	}
	if n, ok := intent.Object("resourceQuantity").Number("hasNumericalValue"); ok {
		o.Capacity = int(min(max(n, 1), node.MaxLearners))
	}
	switch f := node.MentorFormat(doc.String("mentorFormat")); f {
	case node.OneQuestion:
		o.Format = f
	case node.SomeWeeks:
		weeks, _ := doc.Number("mentorWeeks")
		o.Format, o.Weeks = f, int(min(max(weeks, 1), 52))
	}
	for lang, s := range doc.Object("source").Text("content") {
		if s = strings.ToValidUTF8(cut(s, maxNoteSize), ""); s != "" {
			o.Note[lang] = s
		}
	}
	if len(o.Topics) == 0 {
		return nil, fmt.Errorf("read offer %s: no topic: %w", uri, ErrDocument)
	}
	if len(o.Languages) == 0 {
		o.Languages = []string{"en"}
	}
	return o, nil
}

// MentorAsk is a request as its activity tells it.
type MentorAsk struct {
	OfferURI string
	Topic    string
	Need     string // plain text
	Time     string
	Lang     string
}

// ReadMentorRequest reads an Offer of an Agreement.
func ReadMentorRequest(a jsonld.Object) (*MentorAsk, error) {
	object := a.Object("object")
	if a.Type() != "Offer" || object.Type() != "Agreement" {
		return nil, fmt.Errorf("read request %s: it offers no agreement: %w", a.ID(), ErrDocument)
	}
	commitment := object.Object("stipulates")
	offer, _, _ := strings.Cut(commitment.IDOf("satisfies"), "#")
	if !isLink(offer) {
		return nil, fmt.Errorf("read request %s: of what offer: %w", a.ID(), ErrDocument)
	}
	ask := &MentorAsk{OfferURI: offer, Need: plainOf(object, "content"), Time: plainOf(object, "timeWanted")}
	ask.Topic, _ = topicOf(commitment.IDOf("resourceConformsTo"))
	if lang := object.String("inLanguage"); node.CheckLang("lang", lang) == nil {
		ask.Lang = lang
	}
	return ask, nil
}

// plainOf is what stands under key as plain text, within the bounds of a message.
func plainOf(doc jsonld.Object, key string) string {
	s := doc.String(key)
	if doc.String("mediaType") != "text/plain" && key == "content" {
		s = markup.Text(markup.Sanitize(s))
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if r := []rune(s); len(r) > node.MaxMessageRunes {
		s = string(r[:node.MaxMessageRunes])
	}
	return strings.TrimSpace(s)
}

// MentorReply is an answer to a request as its activity tells it.
type MentorReply struct {
	RequestURI string
	State      node.RequestState
	Reason     string // plain text
	Suggests   string // the offer of a colleague
}

// ReadMentorAnswer reads an Accept, a Reject or a TentativeAccept of a request.
func ReadMentorAnswer(a jsonld.Object) MentorReply {
	r := MentorReply{RequestURI: a.IDOf("object"), Reason: plainOf(a, "content")}
	told := a.String("requestState")
	if !knownState(told) {
		told = ""
	}
	switch a.Type() {
	case "Accept":
		r.State, r.Reason = node.RequestAccepted, ""
	case "TentativeAccept":
		r.State, r.Reason = node.RequestWaiting, ""
		if told == string(node.RequestAsked) {
			r.State = node.RequestAsked
		}
	case "Reject":
		r.State = node.RequestDeclined
		switch node.RequestState(told) {
		case node.RequestHandedOn:
			if s := a.IDOf("suggests"); isLink(s) {
				r.State, r.Suggests = node.RequestHandedOn, s
			}
		case node.RequestReleased:
			r.State = node.RequestReleased
		}
	}
	return r
}
