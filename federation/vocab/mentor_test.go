package vocab_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// The other side of the examples: a mentor's actor for the networks, and an offer of theirs.
const (
	farMentor  = "https://far.example.org/ap/people/0198c0de-0000-7000-8000-000000000061"
	farLearner = "https://far.example.org/ap/people/0198c0de-0000-7000-8000-000000000062"
	farOffer   = "https://far.example.org/ap/offers/0198c0de-0000-7000-8000-000000000063"
	farAsk     = "https://far.example.org/ap/activities/0198c0de-0000-7000-8000-000000000064"
)

// guild is the network of the examples of mentoring.
func guild() []*node.Network {
	return []*node.Network{{ID: id(60), URI: "https://hub.example.org/ap/networks/ptp", MembersURI: "https://hub.example.org/ap/networks/ptp/members"}}
}

func mentorOffer() *node.MentorOffer {
	return &node.MentorOffer{
		ID: id(61), URI: origin.OfferURI(id(61)), Local: true, PersonID: id(2), ActorURI: origin.PersonURI(id(4)), Audience: node.NetworkOnly(id(60)),
		Topics: []string{"crm-migration", "spreadsheets"}, Languages: []string{"es", "en"}, Format: node.SomeWeeks, Weeks: 4, Capacity: 2,
		Note: node.Text{"en": "I moved three groups.\nBring your <data>.", "es": "Cambié tres grupos."}, ExpiresAt: edited.AddDate(0, 0, 90), CreatedAt: published, UpdatedAt: edited, Version: 3,
	}
}

func ourRequest() *node.MentorRequest {
	return &node.MentorRequest{
		ID: id(62), URI: origin.RequestURI(id(62)), OfferURI: farOffer, Topic: "crm-migration", MentorURI: farMentor, LearnerID: id(2), LearnerURI: origin.PersonURI(id(4)),
		Need: "We move 900 members.\n\nWhere do <we> begin?", Time: "an hour, some evening", Lang: "es", State: node.RequestAsked, CreatedAt: published, UpdatedAt: published, Version: 1,
	}
}

// theirRequest is one that one of our mentors answers.
func theirRequest(state node.RequestState, reason string) *node.MentorRequest {
	r := ourRequest()
	r.URI, r.OfferURI, r.MentorID, r.MentorURI, r.LearnerID, r.LearnerURI = farAsk, origin.OfferURI(id(61)), id(2), origin.PersonURI(id(4)), uuid.Nil, farLearner
	r.State, r.Reason = state, reason
	return r
}

func privateMessage() *node.Message {
	return &node.Message{ID: id(63), URI: origin.MessageURI(id(63)), FromID: id(2), FromURI: origin.PersonURI(id(4)), ToURI: farLearner, Body: "Does Tuesday suit you?\n\n5 > 4", Lang: "en", SentAt: published}
}

// mentorDocuments are the examples of mentoring and of messages.
func mentorDocuments(t testing.TB) map[string]any {
	t.Helper()
	offer, err := vocab.MentorOffer(origin, mentorOffer(), guild(), skills(t))
	if err != nil {
		t.Fatal(err)
	}
	us := origin.PersonURI(id(4))
	answer := func(n byte, state node.RequestState, reason string) jsonld.Object {
		return vocab.MentorAnswer(origin, id(n), us, theirRequest(state, reason), state, edited)
	}
	return map[string]any{
		"mentor-offer":        offer,
		"create-mentor-offer": vocab.ToMembers(origin, id(64), "Create", us, offer, guild(), published),
		"delete-mentor-offer": vocab.ToMembers(origin, id(65), "Delete", us, vocab.Tombstone(offer.ID(), node.KindOffer, edited), guild(), edited),
		"mentor-request":      vocab.MentorRequest(origin, ourRequest(), us, skills(t)),
		"mentor-accept":       answer(66, node.RequestAccepted, ""),
		"mentor-wait":         answer(67, node.RequestWaiting, ""),
		"mentor-free":         answer(68, node.RequestAsked, ""),
		"mentor-decline":      answer(69, node.RequestDeclined, "Gracias, ahora no puedo."),
		"mentor-hand-on":      answer(70, node.RequestHandedOn, farOffer),
		"mentor-take-back":    vocab.MentorEnd(origin, id(71), us, ourRequest(), edited),
		"mentor-close":        vocab.MentorEnd(origin, id(72), us, theirRequest(node.RequestClosed, ""), edited),
		"message":             vocab.Create(origin, id(73), vocab.Message(privateMessage(), us, farAsk), published),
	}
}

// reread is a document as another server reads it.
func reread(t *testing.T, doc any) jsonld.Object {
	t.Helper()
	back, err := jsonld.Decode(file(t, doc))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestMentorOfferComesBack(t *testing.T) {
	t.Parallel()
	doc := reread(t, mentorDocuments(t)["mentor-offer"])
	if !vocab.IsMentorOffer(doc) || vocab.IsMessage(doc) {
		t.Fatal("an offer is not known as one")
	}
	got, err := vocab.ReadMentorOffer(doc)
	if err != nil {
		t.Fatal(err)
	}
	want := mentorOffer()
	want.ID, want.Local, want.PersonID, want.ActorURI, want.Audience = uuid.Nil, false, uuid.Nil, "", ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestMentorOfferReadsAsANote: a server that knows nothing of mentoring shows what
// a person needs to know (federation.md 6.3).
func TestMentorOfferReadsAsANote(t *testing.T) {
	t.Parallel()
	full := mentorOffer()
	full.Full = true
	doc, err := vocab.MentorOffer(origin, full, guild(), skills(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := vocab.ReadItem(reread(t, doc))
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		"en": {"Offering mentoring: CRM migration, Spreadsheets.", "Weeks of regular calls: 4", "Learners at one time: 2", "es, en", "waiting list", "Bring your <data>.", "#CrmMigration", "#MentorOffer"},
		"es": {"Ofrezco mentoría: ", "Personas a la vez: 2", "lista de espera", "Cambié tres grupos."},
	} {
		text := markup.Text(r.Item.Body[lang])
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in %q", lang, w, text)
			}
		}
	}
	if r.Public || len(r.To) != 1 || !strings.HasSuffix(r.To[0], "/members") {
		t.Errorf("it is for %v", r.To)
	}
}

func TestMentorOfferOfOthers(t *testing.T) {
	t.Parallel()
	theirs := mentorOffer()
	theirs.Local = false
	for name, o := range map[string]*node.MentorOffer{"received": theirs, "without networks": mentorOffer()} {
		networks := guild()
		if name == "without networks" {
			networks = nil
		}
		if _, err := vocab.MentorOffer(origin, o, networks, skills(t)); !errors.Is(err, vocab.ErrNotPublic) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReadOddOffers bounds what a foreign document can say.
func TestReadOddOffers(t *testing.T) {
	t.Parallel()
	base := func() jsonld.Object { return reread(t, mentorDocuments(t)["mentor-offer"]) }
	intent := func(d jsonld.Object) map[string]any { return d["publishes"].(map[string]any) }
	for name, c := range map[string]struct {
		change func(jsonld.Object)
		ok     func(*node.MentorOffer) bool
	}{
		"huge capacity":  {func(d jsonld.Object) { intent(d)["resourceQuantity"] = map[string]any{"hasNumericalValue": "1e300"} }, func(o *node.MentorOffer) bool { return o.Capacity == node.MaxLearners }},
		"no capacity":    {func(d jsonld.Object) { delete(intent(d), "resourceQuantity") }, func(o *node.MentorOffer) bool { return o.Capacity == 1 }},
		"many weeks":     {func(d jsonld.Object) { d["mentorWeeks"] = -5 }, func(o *node.MentorOffer) bool { return o.Weeks == 1 }},
		"odd format":     {func(d jsonld.Object) { d["mentorFormat"] = "telepathy" }, func(o *node.MentorOffer) bool { return o.Format == node.OneCall && o.Weeks == 0 }},
		"odd languages":  {func(d jsonld.Object) { d["availableLanguage"] = []any{"<b>", 7, "es"} }, func(o *node.MentorOffer) bool { return len(o.Languages) == 1 && o.Languages[0] == "es" }},
		"odd version":    {func(d jsonld.Object) { d["version"] = 1e30 }, func(o *node.MentorOffer) bool { return o.Version == 0 }},
		"foreign topics": {func(d jsonld.Object) { intent(d)["resourceConformsTo"] = []any{"https://x.example/y", "a b"} }, nil},
		"no topics":      {func(d jsonld.Object) { delete(intent(d), "resourceConformsTo") }, nil},
		"no id":          {func(d jsonld.Object) { delete(d, "id") }, nil},
		"id of a script": {func(d jsonld.Object) { d["id"] = "javascript:alert(1)" }, nil},
	} {
		doc := base()
		c.change(doc)
		o, err := vocab.ReadMentorOffer(doc)
		switch {
		case c.ok == nil && !errors.Is(err, vocab.ErrDocument):
			t.Errorf("%s: %v", name, err)
		case c.ok != nil && (err != nil || !c.ok(o)):
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
}

func TestMentorRequestComesBack(t *testing.T) {
	t.Parallel()
	doc := reread(t, mentorDocuments(t)["mentor-request"])
	got, err := vocab.ReadMentorRequest(doc)
	if err != nil {
		t.Fatal(err)
	}
	r := ourRequest()
	if diff := cmp.Diff(&vocab.MentorAsk{OfferURI: farOffer, Topic: r.Topic, Need: r.Need, Time: r.Time, Lang: r.Lang}, got); diff != "" {
		t.Error(diff)
	}
	if to := doc.IDs("to"); len(to) != 1 || to[0] != farMentor || len(doc.IDs("cc")) > 0 {
		t.Errorf("it is for %v", to)
	}
	if text := markup.Text(doc.String("content")); !strings.Contains(text, "Te pide mentoría: ") || !strings.Contains(text, "Where do <we> begin?") {
		t.Errorf("people read %q", text)
	}
	for name, change := range map[string]func(jsonld.Object){
		"no agreement": func(d jsonld.Object) { d["object"] = "https://far.example.org/x" },
		"another type": func(d jsonld.Object) { d["object"].(map[string]any)["type"] = "Person" },
		"no offer":     func(d jsonld.Object) { delete(d["object"].(map[string]any), "stipulates") },
	} {
		doc := reread(t, mentorDocuments(t)["mentor-request"])
		change(doc)
		if _, err := vocab.ReadMentorRequest(doc); !errors.Is(err, vocab.ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMentorAnswersComeBack(t *testing.T) {
	t.Parallel()
	docs := mentorDocuments(t)
	for name, want := range map[string]vocab.MentorReply{
		"mentor-accept":  {RequestURI: farAsk, State: node.RequestAccepted},
		"mentor-wait":    {RequestURI: farAsk, State: node.RequestWaiting},
		"mentor-free":    {RequestURI: farAsk, State: node.RequestAsked},
		"mentor-decline": {RequestURI: farAsk, State: node.RequestDeclined, Reason: "Gracias, ahora no puedo."},
		"mentor-hand-on": {RequestURI: farAsk, State: node.RequestHandedOn, Reason: "Pregunta a esta persona, por favor: " + farOffer, Suggests: farOffer},
	} {
		if diff := cmp.Diff(want, vocab.ReadMentorAnswer(reread(t, docs[name]))); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	// A server that knows FEP-0837 only says no more than the type.
	for kind, want := range map[string]node.RequestState{"Accept": node.RequestAccepted, "TentativeAccept": node.RequestWaiting, "Reject": node.RequestDeclined} {
		for _, told := range []any{nil, "accepted", "nonsense"} {
			if got := vocab.ReadMentorAnswer(jsonld.Object{"type": kind, "object": farAsk, "requestState": told}); got.State != want {
				t.Errorf("a bare %s with %v means %s", kind, told, got.State)
			}
		}
	}
}

func TestMessageComesBack(t *testing.T) {
	t.Parallel()
	object := reread(t, mentorDocuments(t)["message"]).Object("object")
	if !vocab.IsMessage(object) || vocab.IsMentorOffer(object) {
		t.Fatal("a message is not known as one")
	}
	got, err := vocab.ReadMessage(object)
	if err != nil {
		t.Fatal(err)
	}
	want := &vocab.ReceivedMessage{URI: origin.MessageURI(id(63)), To: []string{farLearner}, Body: privateMessage().Body, Lang: "en", RequestURI: farAsk}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Without our own form of the text, its HTML is read as text, and nothing of it runs.
	delete(object, "source")
	object["content"] = `<p>Hello<script>alert(1)</script></p><img src=x onerror=alert(1)>`
	if got, err = vocab.ReadMessage(object); err != nil || got.Body != "Hello" {
		t.Errorf("as HTML: %+v, %v", got, err)
	}
	object["content"] = " "
	if _, err = vocab.ReadMessage(object); !errors.Is(err, vocab.ErrDocument) {
		t.Errorf("without words: %v", err)
	}
}

// TestNoAddressInMessages: nothing that travels between two people holds an
// e-mail address (product.md F01).
func TestNoAddressInMessages(t *testing.T) {
	t.Parallel()
	for name, doc := range mentorDocuments(t) {
		if raw := string(file(t, doc)); strings.Contains(raw, "@neighbours.example") || strings.Contains(raw, "mailto:") {
			t.Errorf("%s holds an address", name)
		}
	}
}
