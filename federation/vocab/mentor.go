package vocab

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/schema"
)

// mentorTag is the hashtag by which any server finds offers.
const mentorTag = "#MentorOffer"

// mentorWords are what an offer and a request say to servers that know nothing of mentoring.
type mentorWords struct {
	name, offering, learners, languages, paused, full, until string
	formats                                                  map[node.MentorFormat]string
	asks, time, accepted, waiting, free, handedOn            string
}

var mentorWordsIn = map[string]*mentorWords{
	"en": {
		name: "Mentoring: ", offering: "Offering mentoring: ", learners: "Learners at one time: ", languages: "Languages: ",
		paused: "No requests at the moment.", full: "All places are taken; there is a waiting list.", until: "Until ",
		formats: map[node.MentorFormat]string{node.OneQuestion: "One question, in writing", node.OneCall: "One call", node.SomeWeeks: "Weeks of regular calls: "},
		asks:    "Asks you for mentoring: ", time: "Time wanted: ", accepted: "Your request was accepted.", waiting: "All places are taken. You are on the waiting list.",
		free: "A place is free: your request is with the mentor now.", handedOn: "Please ask this colleague: ",
	},
	"es": {
		name: "Mentoría: ", offering: "Ofrezco mentoría: ", learners: "Personas a la vez: ", languages: "Idiomas: ",
		paused: "Por ahora no recibo peticiones.", full: "Todas las plazas están ocupadas; hay lista de espera.", until: "Hasta el ",
		formats: map[node.MentorFormat]string{node.OneQuestion: "Una pregunta, por escrito", node.OneCall: "Una llamada", node.SomeWeeks: "Semanas de llamadas regulares: "},
		asks:    "Te pide mentoría: ", time: "Tiempo que busca: ", accepted: "Tu petición fue aceptada.", waiting: "Todas las plazas están ocupadas. Estás en la lista de espera.",
		free: "Hay una plaza libre: tu petición ya está con la persona mentora.", handedOn: "Pregunta a esta persona, por favor: ",
	},
}

func mentorWordsOf(lang string) *mentorWords {
	base, _, _ := strings.Cut(lang, "-")
	if w, ok := mentorWordsIn[base]; ok {
		return w
	}
	return mentorWordsIn["en"]
}

// MentorOffer is the document of one of our offers: a Note that anybody can
// read, with what aware servers match by (FEP-0837, federation.md 6.3).
func MentorOffer(o node.Origin, m *node.MentorOffer, networks []*node.Network, set *skillset.Set) (jsonld.Object, error) {
	if !m.Local || m.ActorURI == "" || len(networks) == 0 {
		return nil, ErrNotPublic
	}
	name, content := node.Text{}, node.Text{}
	for _, lang := range node.Languages {
		name[lang] = mentorWordsOf(lang).name + topicNames(m.Topics, set, lang)
		content[lang] = offerText(m, set, lang)
	}
	doc := jsonld.Object{
		"id": m.URI, "type": "Note", "attributedTo": m.ActorURI, "url": o.OfferPage(m.ID), "mediaType": "text/html",
		"purpose": "offer", "published": m.CreatedAt, "updated": m.UpdatedAt, "endTime": m.ExpiresAt, "version": int(m.Version),
		"availableLanguage": m.Languages, "mentorFormat": string(m.Format), "paused": m.Paused, "full": m.Full,
		"publishes": jsonld.Object{
			"type": "Intent", "id": primary(m.URI), "action": "deliverService", "resourceConformsTo": topicIRIs(m.Topics),
			"resourceQuantity": jsonld.Object{"hasUnit": "one", "hasNumericalValue": strconv.Itoa(m.Capacity)},
		},
	}
	if m.Format == node.SomeWeeks {
		doc["mentorWeeks"] = m.Weeks
	}
	lang := first(m.Languages)
	putText(doc, "name", name, lang)
	putText(doc, "content", content, lang)
	if !m.Note.Empty() {
		source := jsonld.Object{"mediaType": "text/plain"}
		putText(source, "content", m.Note, lang)
		doc["source"] = source
	}
	tags := []jsonld.Object{}
	for _, t := range m.Topics {
		if tag := set.Hashtag(t); tag != "" {
			tags = append(tags, jsonld.Object{"type": "Hashtag", "name": tag, "href": string(o) + "/mentoring/offers?topic=" + t})
		}
	}
	doc["tag"] = append(tags, jsonld.Object{"type": "Hashtag", "name": mentorTag, "href": string(o) + "/mentoring/offers"})
	members(doc, networks)
	return doc, nil
}

// offerText is what an offer says to people, whatever server they are on.
func offerText(m *node.MentorOffer, set *skillset.Set, lang string) string {
	w := mentorWordsOf(lang)
	format := w.formats[m.Format]
	if m.Format == node.SomeWeeks {
		format += strconv.Itoa(m.Weeks)
	}
	facts := []string{format + ".", w.learners + strconv.Itoa(m.Capacity) + ".", w.languages + strings.Join(m.Languages, ", ") + "."}
	if m.Paused {
		facts = append(facts, w.paused)
	} else if m.Full {
		facts = append(facts, w.full)
	}
	var b strings.Builder
	b.WriteString("<p><strong>" + html.EscapeString(w.offering+topicNames(m.Topics, set, lang)) + ".</strong> " + html.EscapeString(strings.Join(facts, " ")) + "</p>")
	b.WriteString(plainHTML(m.Note.In(lang, first(m.Languages))))
	b.WriteString("<p>")
	for _, t := range m.Topics {
		if tag := set.Hashtag(t); tag != "" {
			b.WriteString(tag + " ")
		}
	}
	b.WriteString(mentorTag + "</p>")
	return b.String()
}

// plainHTML is plain text as paragraphs.
func plainHTML(s string) string {
	var b strings.Builder
	for _, p := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(p), "\n", "<br>") + "</p>")
		}
	}
	return b.String()
}

func topicNames(topics []string, set *skillset.Set, lang string) string {
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = set.Label(t, lang)
	}
	return strings.Join(names, ", ")
}

// topicIRI names a skill of the shared vocabulary, and topicOf reads it.
func topicIRI(code string) string { return schema.SkillSet + "/" + code }

func topicIRIs(topics []string) []string {
	out := make([]string, len(topics))
	for i, t := range topics {
		out[i] = topicIRI(t)
	}
	return out
}

func topicOf(iri string) (string, bool) {
	code, ok := strings.CutPrefix(iri, schema.SkillSet+"/")
	return code, ok && termCode.MatchString(code)
}

// primary is the intent that an offer publishes.
func primary(offer string) string { return offer + "#primary" }

// agreement is what a request proposes.
func agreement(request string) string { return request + "#agreement" }

// ToMembers is an activity about an offer for the members of networks; object is
// its document, or its Tombstone.
func ToMembers(o node.Origin, id uuid.UUID, kind, actor string, object jsonld.Object, networks []*node.Network, at time.Time) jsonld.Object {
	a := activity(o, id, kind, actor, object, at)
	members(a, networks)
	return a
}

// MentorRequest is the activity that asks a mentor elsewhere, and nobody besides
// (FEP-0837: Offer of an Agreement).
func MentorRequest(o node.Origin, r *node.MentorRequest, actor string, set *skillset.Set) jsonld.Object {
	w := mentorWordsOf(r.Lang)
	uri := o.RequestURI(r.ID)
	commitment := jsonld.Object{"type": "Commitment", "satisfies": primary(r.OfferURI), "resourceConformsTo": topicIRI(r.Topic)}
	object := jsonld.Object{"type": "Agreement", "id": agreement(uri), "attributedTo": actor, "stipulates": commitment, "content": r.Need, "mediaType": "text/plain"}
	if r.Time != "" {
		object["timeWanted"] = r.Time
	}
	if r.Lang != "" {
		object["inLanguage"] = r.Lang
	}
	a := activity(o, r.ID, "Offer", actor, object, r.CreatedAt)
	a["to"] = []string{r.MentorURI}
	content := "<p><strong>" + html.EscapeString(w.asks+set.Label(r.Topic, r.Lang)) + ".</strong></p>" + plainHTML(r.Need)
	if r.Time != "" {
		content += plainHTML(w.time + r.Time)
	}
	a["content"] = content
	return a
}

// MentorAnswer says what the mentor decided: Accept, Reject with a kind reason, or
// TentativeAccept for the waiting list and for the place that has become free.
func MentorAnswer(o node.Origin, id uuid.UUID, actor string, r *node.MentorRequest, state node.RequestState, at time.Time) jsonld.Object {
	w := mentorWordsOf(r.Lang)
	kind, content := "Reject", r.Reason
	switch state {
	case node.RequestAccepted:
		kind, content = "Accept", w.accepted
	case node.RequestWaiting:
		kind, content = "TentativeAccept", w.waiting
	case node.RequestAsked:
		kind, content = "TentativeAccept", w.free
	case node.RequestHandedOn:
		content = w.handedOn + r.Reason
	}
	a := activity(o, id, kind, actor, r.URI, at)
	a["to"] = []string{r.LearnerURI}
	a["content"] = plainHTML(content)
	a["requestState"] = string(state)
	switch state {
	case node.RequestAccepted:
		a["result"] = agreement(r.URI)
	case node.RequestHandedOn:
		a["suggests"] = r.Reason
	}
	return a
}

// MentorEnd takes a request, or the agreement on it, back: each side undoes what
// it said itself.
func MentorEnd(o node.Origin, id uuid.UUID, actor string, r *node.MentorRequest, at time.Time) jsonld.Object {
	said, to := jsonld.Object{"id": r.URI, "type": "Offer", "actor": actor}, r.MentorURI
	if actor == r.MentorURI || r.MentorID != uuid.Nil && r.LearnerID == uuid.Nil {
		said, to = jsonld.Object{"type": "Accept", "actor": actor, "object": r.URI}, r.LearnerURI
	}
	a := activity(o, id, "Undo", actor, said, at)
	a["to"] = []string{to}
	return a
}

// requestStates are the states that an answer may tell.
var requestStates = []node.RequestState{
	node.RequestAsked, node.RequestWaiting, node.RequestAccepted, node.RequestDeclined, node.RequestHandedOn, node.RequestReleased,
}

func knownState(s string) bool { return slices.Contains(requestStates, node.RequestState(s)) }
