package node_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

func goodOffer() node.MentorOffer {
	return node.MentorOffer{Topics: []string{"crm-migration"}, Languages: []string{"es", "en-GB"}, Format: node.OneCall, Capacity: 2, Note: node.Text{"en": "One call."}}
}

func knownSkill(code string) bool { return code == "crm-migration" || code == "spreadsheets" }

func TestMentorOfferValidate(t *testing.T) {
	t.Parallel()
	good := goodOffer()
	if err := good.Validate(knownSkill); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*node.MentorOffer)
		key    string
	}{
		"no topic":         {func(o *node.MentorOffer) { o.Topics = nil }, "error.mentor.topics"},
		"unknown topic":    {func(o *node.MentorOffer) { o.Topics = []string{"flying"} }, "error.skill.tag"},
		"no language":      {func(o *node.MentorOffer) { o.Languages = nil }, "error.mentor.languages"},
		"odd language":     {func(o *node.MentorOffer) { o.Languages = []string{"spanish!"} }, "error.lang.form"},
		"no format":        {func(o *node.MentorOffer) { o.Format = "" }, "error.mentor.format"},
		"weeks of a call":  {func(o *node.MentorOffer) { o.Weeks = 3 }, "error.mentor.weeks"},
		"no weeks":         {func(o *node.MentorOffer) { o.Format = node.SomeWeeks }, "error.mentor.weeks"},
		"a year and more":  {func(o *node.MentorOffer) { o.Format, o.Weeks = node.SomeWeeks, 53 }, "error.mentor.weeks"},
		"nobody":           {func(o *node.MentorOffer) { o.Capacity = 0 }, "error.mentor.capacity"},
		"everybody":        {func(o *node.MentorOffer) { o.Capacity = node.MaxLearners + 1 }, "error.mentor.capacity"},
		"a note too long":  {func(o *node.MentorOffer) { o.Note = node.Text{"en": strings.Repeat("a", node.MaxTextRunes+1)} }, "error.text.long"},
		"a note of no one": {func(o *node.MentorOffer) { o.Note = node.Text{"??": "x"} }, "error.lang.form"},
	} {
		o := goodOffer()
		c.change(&o)
		if err := o.Validate(knownSkill); err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

func TestMentorOfferOpen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	o := node.MentorOffer{ExpiresAt: now.Add(time.Second)}
	if !o.Open(now) || o.Open(now.Add(time.Second)) {
		t.Error("an offer is open until it ends, and not then")
	}
	if o.Full = true; !o.Open(now) {
		t.Error("a full one takes requests for its waiting list")
	}
	if o.Paused = true; o.Open(now) {
		t.Error("a paused one is open")
	}
}

func TestRequestEnded(t *testing.T) {
	t.Parallel()
	for state, want := range map[node.RequestState]bool{
		node.RequestAsked: false, node.RequestWaiting: false, node.RequestAccepted: false, node.RequestDeclined: true,
		node.RequestHandedOn: true, node.RequestReleased: true, node.RequestClosed: true, node.RequestTaken: true,
	} {
		if got := (&node.MentorRequest{State: state}).Ended(); got != want {
			t.Errorf("%s: ended = %v", state, got)
		}
	}
}

func TestCheckMessage(t *testing.T) {
	t.Parallel()
	for text, key := range map[string]string{
		"": "error.text.required", strings.Repeat("ñ", node.MaxMessageRunes+1): "error.text.long", "a\x00b": "error.text.encoding", "\xff": "error.text.encoding",
	} {
		if err := node.CheckMessage("text", text); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%.10q: %v, want %s", text, err, key)
		}
	}
	if err := node.CheckMessage("text", strings.Repeat("ñ", node.MaxMessageRunes)); err != nil {
		t.Error(err)
	}
}

func TestMentoringURIs(t *testing.T) {
	t.Parallel()
	o, id := node.Origin("https://node.example.org:8443"), uuid.MustParse("019b0000-0000-7000-8000-000000000001")
	for got, want := range map[string]string{
		o.OfferURI(id):   "https://node.example.org:8443/ap/offers/019b0000-0000-7000-8000-000000000001",
		o.OfferPage(id):  "https://node.example.org:8443/mentoring/offers/019b0000-0000-7000-8000-000000000001",
		o.RequestURI(id): o.ActivityURI(id),
		o.MessageURI(id): "https://node.example.org:8443/ap/messages/019b0000-0000-7000-8000-000000000001",
	} {
		if got != want || !o.Owns(got) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for ref, want := range map[string]bool{
		id.String(): true, o.OfferURI(id): true, o.OfferPage(id): true, string(o) + "/mentoring/requests/" + id.String(): true,
		o.OfferPage(id) + "/edit": false, o.ObjectURI(id): false, "https://other.example/mentoring/offers/" + id.String(): false, "ana": false, "": false,
	} {
		if got, ok := o.ParseMentoringID(ref); ok != want || ok && got != id {
			t.Errorf("%s is %s, %v", ref, got, ok)
		}
	}
	for uri, want := range map[string]string{
		o.OfferURI(id): string(o), "https://a.example": "https://a.example", "https://a.example/": "https://a.example",
		"http://[::1]:80/x/y": "http://[::1]:80", "person:1": "", "": "",
	} {
		if got := node.OriginOf(uri); got != want {
			t.Errorf("origin of %q is %q, want %q", uri, got, want)
		}
	}
}
