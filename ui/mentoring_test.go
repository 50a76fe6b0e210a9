package ui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/mentoring"
)

// listed makes people show themselves to the networks.
func (w *world) listed(handles ...string) {
	w.t.Helper()
	for _, h := range handles {
		must(w.people.SetInNetworks(w.t.Context(), w.viewer(h), h, true))
	}
}

// mentor makes an offer of somebody, of whom there is none yet.
func (w *world) mentor(handle string, capacity int) *node.MentorOffer {
	w.t.Helper()
	return must(w.options.Mentoring.Offer(w.t.Context(), w.viewer(handle), mentoring.OfferInput{
		Topics: []string{"crm-migration"}, Languages: []string{"en", "es"}, Format: node.SomeWeeks, Weeks: 4, Capacity: capacity, Note: "I moved three groups.", Lang: "en",
	}))
}

// learner asks for an offer in somebody's name.
func (w *world) learner(handle string, o *node.MentorOffer) *node.MentorRequest {
	w.t.Helper()
	return must(w.options.Mentoring.Request(w.t.Context(), w.viewer(handle), mentoring.RequestInput{Offer: o.ID.String(), Topic: "crm-migration", Need: "We move 900 members.\n\nWhere do we begin?", Time: "an hour", Lang: "en"}))
}

// mentorExamples has an address for each page of mentoring and of messages.
func mentorExamples(w *world) map[string]example {
	w.listed("pia", "mia", "noa")
	o := w.mentor("pia", 2)
	w.mentor("noa", 1)
	r, agreed := w.learner("mia", o), w.learner("noa", o)
	must(w.options.Mentoring.Accept(w.t.Context(), w.viewer("pia"), agreed.ID))
	m := must(w.options.Contact.Send(w.t.Context(), w.viewer("mia"), "pia", "Hello"))
	offer := "/mentoring/offers/" + o.ID.String()
	return map[string]example{
		"/mentoring": {"pia", "/mentoring"}, "/mentoring/offers": {"mia", "/mentoring/offers?topic=crm-migration"}, "/mentoring/offers/new": {"pia", "/mentoring/offers/new"},
		"/mentoring/offers/:id": {"mia", offer}, "/mentoring/offers/:id/edit": {"pia", offer + "/edit"}, "/mentoring/offers/:id/withdraw": {"pia", offer + "/withdraw"},
		"/mentoring/requests/:id": {"pia", "/mentoring/requests/" + r.ID.String()},
		"/messages":               {"pia", "/messages"}, "/messages/new": {"mia", "/messages/new?to=noa"}, "/messages/:thread": {"pia", "/messages/" + m.ThreadID.String()},
	}
}

// mentorMatrix is the part of the matrix for them.
var mentorMatrix = map[string][4]int{
	"GET /mentoring": {403, 200, 200, 200}, "GET /mentoring/offers": {403, 200, 200, 200},
	"GET /mentoring/offers/new": {403, 303, 303, 303}, "POST /mentoring/offers/new": {403, 303, 303, 303},
	"GET /mentoring/offers/:id": {404, 404, 404, 404}, "POST /mentoring/offers/:id": {404, 404, 404, 404},
	"GET /mentoring/offers/:id/edit": {404, 404, 404, 404}, "POST /mentoring/offers/:id/edit": {404, 404, 404, 404},
	"POST /mentoring/offers/:id/pause": {404, 404, 404, 404}, "POST /mentoring/offers/:id/resume": {404, 404, 404, 404}, "POST /mentoring/offers/:id/confirm": {404, 404, 404, 404},
	"GET /mentoring/offers/:id/withdraw": {404, 404, 404, 404}, "POST /mentoring/offers/:id/withdraw": {404, 404, 404, 404},
	"GET /mentoring/requests/:id": {404, 404, 404, 404}, "POST /mentoring/requests/:id/accept": {404, 404, 404, 404}, "POST /mentoring/requests/:id/decline": {404, 404, 404, 404},
	"POST /mentoring/requests/:id/hand-on": {404, 404, 404, 404}, "POST /mentoring/requests/:id/close": {404, 404, 404, 404},
	"GET /messages": {403, 200, 200, 200}, "GET /messages/new": {403, 200, 200, 200}, "POST /messages/new": {403, 422, 422, 422}, "POST /messages/unblock": {403, 303, 303, 303},
	"GET /messages/:thread": {404, 404, 404, 404}, "POST /messages/:thread": {404, 404, 404, 404}, "POST /messages/:thread/block": {404, 404, 404, 404},
}

// TestMentorOnPages goes journey 3 with forms: offer, ask, accept, the third waits, close.
func TestMentorOnPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.found()
	w.listed("pia", "mia", "noa", "edi")
	form := url.Values{"topics": {"crm-migration"}, "languages": {"en"}, "format": {"call"}, "capacity": {"2"}, "note": {"One call."}}
	wrong := w.post("pia", "/mentoring/offers/new", url.Values{"languages": {"en"}, "format": {"call"}, "capacity": {"99"}, "note": {"kept words"}})
	if wrong.Status != http.StatusUnprocessableEntity || !wrong.has("#f-topics[aria-invalid]") || wrong.said("#f-note") != "kept words" {
		t.Fatalf("a form without a topic: %d\n%s", wrong.Status, wrong.Body)
	}
	sent := w.post("pia", "/mentoring/offers/new", form)
	offer, _, _ := strings.Cut(sent.location(), "?")
	if sent.Status != http.StatusSeeOther || !strings.HasPrefix(offer, "/mentoring/offers/") {
		t.Fatalf("offering: %d %s", sent.Status, sent.location())
	}
	if own := w.get("pia", offer); own.has("#f-need") || !strings.Contains(own.Body, `action="`+offer+`/pause"`) {
		t.Error("one's own offer can be asked for, or not be paused")
	}
	empty := w.post("mia", offer, url.Values{"topic": {"crm-migration"}, "time": {"some evening"}})
	if empty.Status != http.StatusUnprocessableEntity || empty.value("#f-time", "value") != "some evening" || !empty.has("#f-need[aria-invalid]") {
		t.Errorf("a request without a need: %d", empty.Status)
	}
	requests := map[string]string{}
	for _, who := range []string{"mia", "noa", "edi"} {
		p := w.post(who, offer, url.Values{"topic": {"crm-migration"}, "need": {"Help <me>"}, "lang": {"en"}})
		requests[who], _, _ = strings.Cut(p.location(), "?")
		if p.Status != http.StatusSeeOther || !strings.HasPrefix(requests[who], "/mentoring/requests/") {
			t.Fatalf("%s asks: %d", who, p.Status)
		}
	}
	if home := w.get("pia", "/"); !strings.Contains(home.Body, "Mia Member asks you for mentoring in <a href=\""+requests["mia"]) {
		t.Errorf("the start page says %s", home.said("aside"))
	}
	for _, who := range []string{"mia", "noa"} {
		if got := w.post("pia", requests[who]+"/accept", nil); !strings.Contains(got.location(), "mentor-accepted") {
			t.Errorf("accepting %s leads to %s", who, got.location())
		}
	}
	if p := w.get("pia", "/messages/"+strings.TrimPrefix(requests["edi"], "/mentoring/requests/")); p.has("#f-text") || !strings.Contains(p.Body, "/block") {
		t.Error("before it is accepted one can write in a request, or not block")
	}
	third := w.post("pia", requests["edi"]+"/accept", nil)
	if !strings.Contains(third.location(), "mentor-waiting") {
		t.Errorf("the third leads to %s", third.location())
	}
	if p := w.get("edi", requests["edi"]); !strings.Contains(p.said("main"), "Place on the waiting list: 1") {
		t.Errorf("edi reads %s", p.said("main"))
	}
	accept := `action="` + requests["edi"] + `/accept"`
	if p := w.get("pia", requests["edi"]); strings.Contains(p.Body, accept) || !strings.Contains(p.said("main"), "All your places are taken.") {
		t.Errorf("pia can accept who waits, or is not told why not: %s", p.said("main"))
	}
	w.post("mia", "/messages/"+strings.TrimPrefix(requests["mia"], "/mentoring/requests/"), url.Values{"text": {"Hello"}})
	if p := w.get("pia", "/messages"); !strings.Contains(p.said("main ul.rows"), "CRM migration") {
		t.Errorf("the list does not say what the messages are about: %s", p.said("main ul.rows"))
	}
	for _, who := range []string{"", "ada", "noa"} {
		if p := w.get(who, requests["mia"]); p.Status != http.StatusNotFound {
			t.Errorf("%q opens Mia's request: %d", who, p.Status)
		}
	}
	w.post("mia", requests["mia"]+"/close", nil)
	if p := w.get("pia", requests["edi"]); !strings.Contains(p.Body, accept) || !strings.Contains(p.Body, `action="`+requests["edi"]+`/decline"`) {
		t.Error("edi's turn has not come")
	}
	w.post("pia", requests["edi"]+"/decline", url.Values{"reason": {"time"}, "words": {"Not <now>"}})
	if p := w.get("edi", requests["edi"]); p.said("blockquote") != "Not <now>" {
		t.Errorf("edi reads %q", p.said("blockquote"))
	}
}

// TestPausedOfferOnPages says in one sentence what is so and what to do.
func TestPausedOfferOnPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.found()
	w.listed("pia", "mia")
	o := w.mentor("pia", 1)
	path := "/mentoring/offers/" + o.ID.String()
	w.post("pia", path+"/pause", nil)
	if p := w.get("mia", path); p.has("#f-need") || !strings.Contains(p.said("main"), "takes no requests at the moment") {
		t.Errorf("a paused offer: %s", p.said("main"))
	}
	if p := w.post("mia", path, url.Values{"need": {"x"}, "topic": {"crm-migration"}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.said(".note.bad"), "Ask somebody else, or come back later.") {
		t.Errorf("asking a paused mentor: %d %s", p.Status, p.said("main"))
	}
	w.post("pia", path+"/resume", nil)
	w.now = w.now.Add(node.OfferLife - 24*time.Hour)
	must(w.options.Mentoring.Due(t.Context()))
	w.session["pia"] = w.signIn(w.newLink("pia"))
	if p := w.get("pia", "/"); !strings.Contains(p.Body, path) {
		t.Error("the start page does not ask whether the offer still holds")
	}
	if p := w.post("pia", path+"/confirm", nil); !strings.Contains(p.location(), "mentor-confirmed") {
		t.Errorf("confirming: %d", p.Status)
	}
	for _, who := range []string{"mia", "ada"} {
		if p := w.post(who, path+"/withdraw", nil); p.Status == http.StatusSeeOther && strings.Contains(p.location(), "withdrawn") {
			t.Errorf("%s withdraws it", who)
		}
	}
}

// TestMessagesOnPages writes, answers and blocks.
func TestMessagesOnPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.found()
	if p := w.post("mia", "/messages/new", url.Values{"to": {"pia"}, "text": {"kept"}}); p.Status != http.StatusUnprocessableEntity || p.said("#f-text") != "kept" {
		t.Errorf("somebody whom nobody sees writes: %d", p.Status)
	}
	w.listed("pia", "mia")
	if p := w.get("mia", "/people/pia"); !strings.Contains(p.Body, `href="/messages/new?to=pia"`) || strings.Contains(w.get("pia", "/people/pia").Body, "/messages/new") {
		t.Error("a profile does not lead to a message, or to one to oneself")
	}
	sent := w.post("mia", "/messages/new", url.Values{"to": {"pia"}, "text": {"Hello <b>Pia</b>\n\nHow are you?"}})
	thread, _, _ := strings.Cut(sent.location(), "?")
	if sent.Status != http.StatusSeeOther || !strings.HasPrefix(thread, "/messages/") {
		t.Fatalf("sending: %d %s", sent.Status, sent.Body)
	}
	if p := w.get("mia", "/messages/new?to=pia"); p.location() != thread {
		t.Errorf("a second first message leads to %q", p.location())
	}
	if p := w.get("pia", "/"); !strings.Contains(p.Body, thread) {
		t.Error("the start page does not tell of a message")
	}
	if p := w.get("pia", "/messages"); !p.has(".flag.lit") {
		t.Error("a new message is not marked")
	}
	p := w.get("pia", thread)
	if got := p.said("ol.string"); !strings.Contains(got, "Hello <b>Pia</b>") || strings.Contains(p.Body, "riverbend.example") {
		t.Errorf("pia reads %q", got)
	}
	if w.get("pia", "/messages").has(".flag.lit") {
		t.Error("what was read is marked as new")
	}
	if p := w.post("pia", thread, url.Values{"text": {" "}}); p.Status != http.StatusUnprocessableEntity || !p.has("#f-text[aria-invalid]") {
		t.Errorf("an empty answer: %d", p.Status)
	}
	w.post("pia", thread, url.Values{"text": {"Well!"}})
	if p := w.get("mia", thread); !strings.Contains(p.said("ol.string"), "Well!") {
		t.Error("the answer does not show")
	}
	if p := w.post("pia", thread+"/block", url.Values{"who": {"person"}}); !strings.Contains(p.location(), "message-blocked") {
		t.Errorf("blocking: %d", p.Status)
	}
	if p := w.post("mia", thread, url.Values{"text": {"Are you there?"}}); p.Status != http.StatusSeeOther {
		t.Errorf("mia can tell that she is blocked: %d", p.Status)
	}
	if p := w.get("pia", thread); strings.Contains(p.Body, "Are you there?") {
		t.Error("a blocked message shows")
	}
	who := string(node.Only(w.viewer("mia").Person))
	if p := w.get("pia", "/messages"); !strings.Contains(p.Body, who) {
		t.Error("whom pia blocks is not listed")
	}
	if w.post("pia", "/messages/unblock", url.Values{"who": {who}}); strings.Contains(w.get("pia", "/messages").Body, who) {
		t.Errorf("%q is still blocked", who)
	}
}

// TestMentorEditOnPages changes an offer, sees a conflict, and withdraws it after a question.
func TestMentorEditOnPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.found()
	if p := w.get("pia", "/mentoring/offers/new"); p.location() != "/mentoring" {
		t.Errorf("who is not shown to the networks comes to %q", p.location())
	}
	if p := w.get("pia", "/mentoring"); !p.has(".note.care") || strings.Contains(p.Body, "/mentoring/offers/new") {
		t.Error("the overview does not say what is missing")
	}
	w.listed("pia", "mia")
	o := w.mentor("pia", 2)
	path := "/mentoring/offers/" + o.ID.String()
	p := w.get("pia", path+"/edit")
	form := p.fields("main form.keep")
	if form.Get("topics") != "crm-migration" || form.Get("format") != "weeks" || form.Get("weeks") != "4" || form.Get("capacity") != "2" || form.Get("note") != "I moved three groups." {
		t.Errorf("the form begins with %v", form)
	}
	if got := w.in("es", "pia", path+"/edit"); got.said("#f-note") != "I moved three groups." {
		t.Errorf("in Spanish the form begins with %q", got.said("#f-note"))
	}
	form.Set("note", "I moved four groups.")
	form.Set("capacity", "5")
	form.Set("topics.1", "spreadsheets")
	if got := w.post("pia", path+"/edit", form); got.Status != http.StatusSeeOther {
		t.Fatalf("saving: %d %s", got.Status, got.said(".note.bad"))
	}
	if got := must(w.options.Mentoring.Show(t.Context(), w.viewer("pia"), o.ID)); len(got.Note) != 1 || got.Note["en"] != "I moved four groups." || got.Capacity != 5 {
		t.Errorf("saved as %+v", got)
	}
	if got := w.post("pia", path+"/edit", form); got.Status != http.StatusUnprocessableEntity || got.fields("main form.keep").Get("capacity") != "5" {
		t.Errorf("an old version: %d", got.Status)
	}
	for _, who := range []string{"mia", "ada", "edi"} {
		for _, page := range []string{"/edit", "/withdraw"} {
			if got := w.get(who, path+page); got.Status != http.StatusForbidden {
				t.Errorf("%s opens %s: %d", who, page, got.Status)
			}
			if got := w.post(who, path+page, form); got.Status != http.StatusForbidden {
				t.Errorf("%s sends %s: %d", who, page, got.Status)
			}
		}
	}
	if got := w.get("mia", "/mentoring/offers?topic=spreadsheets&language=es"); !strings.Contains(got.Body, path) {
		t.Error("the offer is not found by what was added")
	}
	if got := w.get("mia", "/mentoring/offers?topic=spreadsheets&language=fr"); strings.Contains(got.Body, path) || !got.has(".empty") {
		t.Error("the offer is found in French")
	}
	if got := w.get("pia", path+"/withdraw"); !strings.Contains(got.Body, `action="`+path+`/withdraw"`) {
		t.Error("nothing is asked before an offer goes")
	}
	w.post("pia", path+"/withdraw", nil)
	if got := w.get("mia", path); got.Status != http.StatusNotFound {
		t.Errorf("a withdrawn offer: %d", got.Status)
	}
}

// TestHandOnOnPages suggests a colleague, and shows others to who got no place.
func TestHandOnOnPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.found()
	w.listed("pia", "mia", "noa")
	o := w.mentor("pia", 1)
	r := w.learner("mia", o)
	path := "/mentoring/requests/" + r.ID.String()
	if p := w.get("pia", path); strings.Contains(p.Body, path+"/hand-on") {
		t.Error("there is nobody to hand on to, and it is offered")
	}
	other := w.mentor("noa", 1)
	if p := w.get("pia", path); !strings.Contains(p.Body, path+"/hand-on") || !strings.Contains(p.Body, other.ID.String()) {
		t.Error("a colleague's offer is not offered")
	}
	if p := w.post("pia", path+"/hand-on", url.Values{"offer": {o.ID.String()}}); p.Status != http.StatusUnprocessableEntity || !p.has(".note.bad") {
		t.Errorf("handing on to oneself: %d", p.Status)
	}
	if p := w.post("mia", path+"/accept", nil); p.Status != http.StatusForbidden {
		t.Errorf("a learner accepts: %d", p.Status)
	}
	if p := w.post("pia", path+"/close", nil); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("closing before accepting: %d", p.Status)
	}
	w.post("pia", path+"/hand-on", url.Values{"offer": {other.ID.String()}})
	if p := w.in("es", "mia", path); !strings.Contains(p.Body, "/mentoring/offers/"+other.ID.String()) || !strings.Contains(p.said("main"), "Derivada") {
		t.Errorf("mia reads %s", p.said("main"))
	}
	again := w.learner("mia", o)
	if p := w.post("mia", "/mentoring/requests/"+again.ID.String()+"/close", nil); !strings.Contains(p.location(), "mentor-taken-back") {
		t.Errorf("taking back leads to %q", p.location())
	}
	if p := w.get("mia", "/mentoring"); !strings.Contains(p.said("details summary"), "2 that have ended") {
		t.Errorf("the overview says %q", p.said("details summary"))
	}
}

// TestNowhereInMentoring: addresses of nothing are nothing, also for who is signed in.
func TestNowhereInMentoring(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.listed("pia")
	for _, path := range []string{
		"/mentoring/offers/x", "/mentoring/requests/x", "/messages/x", "/mentoring/offers/0190d5a0-0000-7000-8000-000000000000/edit",
		"/mentoring/requests/0190d5a0-0000-7000-8000-000000000000", "/messages/0190d5a0-0000-7000-8000-000000000000",
	} {
		if p := w.get("pia", path); p.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	if p := w.get("pia", "/messages/new?to=nobody"); p.Status != http.StatusOK || !p.has(".note.bad") {
		t.Errorf("a message to nobody: %d", p.Status)
	}
	if p := w.post("pia", "/messages/new", url.Values{"to": {"nobody@far.example"}, "text": {"kept"}}); p.Status != http.StatusUnprocessableEntity || p.said("#f-text") != "kept" {
		t.Errorf("sent to nobody: %d", p.Status)
	}
	if p := w.post("pia", "/mentoring/offers/new", url.Values{"topics": {"crm-migration"}, "languages": {"en"}, "format": {"call"}, "capacity": {"1"}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.said(".note.bad"), "network") {
		t.Errorf("an offer without a network: %d", p.Status)
	}
}
