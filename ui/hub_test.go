package ui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

// status is where an organization stands on the roster of ptp.
func (w *world) status(n *node.Network, org string) node.MemberStatus {
	w.t.Helper()
	return must(w.network.Member(w.t.Context(), w.viewer("ada"), n.ID, org)).Status
}

func TestFoundANetwork(t *testing.T) {
	w := newWorld(t)
	if to := w.get("ada", "/admin/hub").location(); to != "/admin/hub/new" {
		t.Errorf("without a network, the way leads to %q", to)
	}
	form := w.get("ada", "/admin/hub/new").fields("form.form")
	form.Set("name", "Common Ground")
	form.Set("handle", "not a handle")
	form.Set("purpose", "We **share**.")
	p := w.post("ada", "/admin/hub/new", form)
	if p.Status != http.StatusUnprocessableEntity || !p.has("#f-handle[aria-invalid=true]") || p.value("#f-name", "value") != "Common Ground" || !strings.Contains(p.said("textarea"), "We **share**.") {
		t.Errorf("a wrong handle: %d, %s", p.Status, p.said("main"))
	}
	form.Set("handle", "PTP ")
	if p = w.post("ada", "/admin/hub/new", form); p.location() != "/admin/hub/ptp?done=hub-founded" {
		t.Fatalf("founding: %d to %q, %s", p.Status, p.location(), p.said("main"))
	}
	if p = w.get("ada", p.location()); !p.has("main .note.good") || p.said("tbody th") == "" || !strings.Contains(p.said("main"), "ptp@node.example") {
		t.Errorf("the network says: %s", p.said("main"))
	}
	if to := w.get("ada", "/admin/hub?done=hub-saved").location(); to != "/admin/hub/ptp?done=hub-saved" {
		t.Errorf("with a network, the way leads to %q", to)
	}
	for _, who := range []string{"mia", "edi"} {
		if got := w.get(who, "/admin/hub/ptp").Status; got != http.StatusForbidden {
			t.Errorf("%s opens the hub: %d", who, got)
		}
	}
	if got := w.get("ada", "/admin/hub/nothing").Status; got != http.StatusNotFound {
		t.Errorf("a network that is not there: %d", got)
	}
}

func TestCoordinatorsDecideWhoIsIn(t *testing.T) {
	w := newWorld(t)
	n := w.found()
	p := w.get("ada", "/admin/hub/ptp")
	if !strings.Contains(p.said("h1"), "Common Ground") || !strings.Contains(p.said("blockquote"), "CANARY-WHY") || !p.has("a[href=/admin/hub/ptp/members/"+north+"]") {
		t.Fatalf("who asks does not show: %s", p.said("main"))
	}
	page := "/admin/hub/ptp/members/" + north
	p = w.get("ada", page)
	for _, want := range []string{"North Pier", "CANARY-WHY", "CANARY-CONTACT 555", "SHA256 9f2c 9f2c", "without a code"} {
		if !strings.Contains(p.said("main"), want) {
			t.Errorf("a coordinator does not read %q: %s", want, p.said("main"))
		}
	}
	if p.has("main .act.main") {
		t.Error("of two ways that are to be weighed one is stronger")
	}
	if p = w.post("ada", page, url.Values{"do": {"approve"}}); p.location() != page+"?done=hub-approve" || w.status(n, north) != node.MemberActive {
		t.Fatalf("approved: %d to %q, now %s", p.Status, p.location(), w.status(n, north))
	}
	if p = w.post("ada", page, url.Values{"do": {"approve"}}); p.Status != http.StatusUnprocessableEntity || !p.has("main .note.bad[role=alert]") {
		t.Errorf("approved again: %d, %s", p.Status, p.said("main"))
	}
	for _, c := range []struct {
		do   string
		more url.Values
		want node.MemberStatus
	}{
		{"suspend", nil, node.MemberSuspended},
		{"restore", nil, node.MemberActive},
		{"role", url.Values{"role": {"observer"}}, node.MemberActive},
		{"successor", nil, node.MemberActive},
		{"no-successor", nil, node.MemberActive},
	} {
		form := url.Values{"do": {c.do}}
		for k, v := range c.more {
			form[k] = v
		}
		if p := w.post("ada", page, form); p.location() != page+"?done=hub-"+c.do || w.status(n, north) != c.want {
			t.Errorf("%s: %d to %q, now %s: %s", c.do, p.Status, p.location(), w.status(n, north), p.said("main .note"))
		}
	}
	if m := must(w.network.Member(t.Context(), w.viewer("ada"), n.ID, north)); m.Role != node.ObserverMember {
		t.Errorf("its role is %s", m.Role)
	}
	if p = w.post("ada", page, url.Values{"do": {"key"}, "fingerprint": {"nonsense"}}); p.Status != http.StatusUnprocessableEntity || p.value("#f-fingerprint", "value") != "nonsense" {
		t.Errorf("a wrong fingerprint: %d, %s", p.Status, p.said("main"))
	}
	if got := w.post("ada", page, url.Values{"do": {"dance"}}).Status; got != http.StatusNotFound {
		t.Errorf("what no button says: %d", got)
	}
}

func TestCoordinatorsRefuse(t *testing.T) {
	w := newWorld(t)
	n := w.found()
	page := "/admin/hub/ptp/members/" + north
	if p := w.post("ada", page, url.Values{"do": {"refuse"}, "reason": {"You are too far away."}}); p.location() != "/admin/hub/ptp?done=hub-refuse" || w.status(n, north) != node.MemberRefused {
		t.Errorf("refused: %d to %q, now %s", p.Status, p.location(), w.status(n, north))
	}
}

// It takes two people to expel a member, and the second one reads who was the first.
func TestS6ExpellingTakesTwo(t *testing.T) {
	w := newWorld(t)
	n := w.found()
	_, link, err := w.people.AddPerson(t.Context(), w.viewer("ada"), people.NewPerson{Name: "Otto Other", Handle: "otto", Email: "otto@riverbend.example", Role: node.Admin})
	if err != nil {
		t.Fatal(err)
	}
	w.session["otto"] = w.signIn(link)
	page := "/admin/hub/ptp/members/" + harbor
	ask := w.get("ada", page+"/expel")
	if !strings.Contains(ask.said("main"), "You are the first") || ask.value("form.keep", "action") != page {
		t.Errorf("asked, the page says: %s", ask.said("main"))
	}
	if p := w.post("ada", page, ask.fields("main form.keep")); p.location() != page+"?done=hub-expel-first" || w.status(n, harbor) != node.MemberActive {
		t.Fatalf("the first one: %d to %q, now %s", p.Status, p.location(), w.status(n, harbor))
	}
	if got := w.get("ada", page).said("main .note"); !strings.Contains(got, "second coordinator") {
		t.Errorf("the first one reads: %s", got)
	}
	if got := w.get("otto", page).said("main .note"); !strings.Contains(got, "Ada Admin") {
		t.Errorf("the second one reads: %s", got)
	}
	if w.post("ada", page, url.Values{"do": {"expel"}}); w.status(n, harbor) != node.MemberActive {
		t.Error("one person expels by asking twice")
	}
	if p := w.post("otto", page, w.get("otto", page+"/expel").fields("main form.keep")); p.location() != page+"?done=hub-expel" || w.status(n, harbor) != node.MemberExpelled {
		t.Errorf("the second one: %d to %q, now %s", p.Status, p.location(), w.status(n, harbor))
	}
	if got := w.get("otto", page+"/expel").Status; got != http.StatusNotFound {
		t.Errorf("expelling who is out: %d", got)
	}
}

// A code is shown to who made it, once.
func TestCodes(t *testing.T) {
	w := newWorld(t)
	w.found()
	p := w.post("ada", "/admin/hub/ptp/codes", nil)
	code := p.value("#f-code", "value")
	if !strings.HasPrefix(code, "node.example/ptp/") || p.Header.Get("Cache-Control") != "no-store" || !p.has(".flag.good") {
		t.Fatalf("made: %d %q %s", p.Status, code, p.said("main"))
	}
	p = w.get("ada", "/admin/hub/ptp/codes")
	if strings.Contains(p.Body, code[len("node.example/ptp/"):]) || !strings.Contains(p.said("main .rows"), "you") || !p.has(".flag.good") {
		t.Errorf("looked at again: %s", p.said("main"))
	}
	w.now = w.now.Add(15 * 24 * time.Hour)
	w.session["ada"] = w.signIn(must(w.people.PersonLink(t.Context(), w.viewer("ada"), "ada"))) // hers has ended
	if p = w.get("ada", "/admin/hub/ptp/codes"); p.has(".flag.good") || !p.has(".flag.off") {
		t.Errorf("after two weeks: %s", p.said("main"))
	}
}

func TestGuestOrganizations(t *testing.T) {
	w := newWorld(t)
	w.found()
	form := url.Values{"name": {"Mill Town"}, "handle": {"mill_town"}, "lang": {"es"}, "admin": {"Gus Guest"}, "email": {"nonsense"}}
	p := w.post("ada", "/admin/hub/ptp/guests", form)
	if p.Status != http.StatusUnprocessableEntity || p.value("#f-name", "value") != "Mill Town" || !p.has("main .note.bad") {
		t.Fatalf("a wrong address: %d %s", p.Status, p.said("main"))
	}
	form.Set("email", "gus@milltown.example")
	p = w.post("ada", "/admin/hub/ptp/guests", form)
	link := p.value("#f-link", "value")
	if p.Status != 200 || !strings.HasPrefix(link, string(origin)+"/sign-in/") || p.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("added: %d %q %s", p.Status, link, p.said("main"))
	}
	w.session["gus"] = w.signIn(link)
	if got := w.get("ada", "/admin/hub/ptp/guests").said("aside .rows"); !strings.Contains(got, "Mill Town") {
		t.Errorf("guests: %s", got)
	}
	// Who runs a guest organization decides nothing about the node or the network.
	for _, path := range []string{"/admin/networks", "/admin/leaves", "/admin/hub", "/admin/hub/new", "/admin/hub/ptp", "/admin/hub/ptp/codes"} {
		if got := w.get("gus", path).Status; got != http.StatusForbidden {
			t.Errorf("a guest's admin opens %s: %d", path, got)
		}
	}
	p = w.get("gus", "/network")
	if p.Status != 200 || p.has("main a[href=/admin/networks]") || p.said("h1") != "Common Ground" {
		t.Errorf("a guest's admin sees: %d %s", p.Status, p.said("main"))
	}
	if p = w.get("gus", "/network/organizations"); !p.has("svg.map rect.on") || !strings.Contains(p.said("tbody"), "Mill Town") {
		t.Errorf("a guest's admin does not find their organization on the map: %s", p.said("tbody"))
	}
}

func TestVocabulary(t *testing.T) {
	w := newWorld(t)
	w.found()
	form := url.Values{"en": {"Puppet theatre"}, "synonyms-en": {"puppets, marionettes"}, "do": {"put"}}
	p := w.post("ada", "/admin/hub/ptp/tags", form)
	if p.Status != http.StatusUnprocessableEntity || !p.has("#f-es[aria-invalid=true]") || p.value("#f-en", "value") != "Puppet theatre" {
		t.Fatalf("in one language: %d %s", p.Status, p.said("main"))
	}
	form.Set("es", "Teatro de títeres")
	if p = w.post("ada", "/admin/hub/ptp/tags", form); p.location() != "/admin/hub/ptp/tags?done=hub-tag-saved" {
		t.Fatalf("saved: %d %s", p.Status, p.said("main"))
	}
	p = w.get("ada", "/admin/hub/ptp/tags")
	if got := p.said("main .rows"); !strings.Contains(got, "Teatro de títeres") || !strings.Contains(got, "puppet-theatre") || !strings.Contains(got, "marionettes") {
		t.Errorf("the vocabulary: %s", got)
	}
	p = w.get("ada", "/admin/hub/ptp/tags?edit=puppet-theatre")
	if p.value("#f-es", "value") != "Teatro de títeres" || p.value("#f-code", "value") != "puppet-theatre" || p.value("#f-synonyms-en", "value") != "puppets, marionettes" {
		t.Errorf("to be changed: %s", p.said("form"))
	}
	if p = w.post("ada", "/admin/hub/ptp/tags", url.Values{"do": {"merge"}, "from": {"puppet-theatre"}, "into": {"nonsense"}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("merged into nothing: %d", p.Status)
	}
	if p = w.post("ada", "/admin/hub/ptp/tags", url.Values{"do": {"retire"}, "code": {"puppet-theatre"}}); p.location() != "/admin/hub/ptp/tags?done=hub-tag-retired" {
		t.Errorf("retired: %d %s", p.Status, p.said("main"))
	}
	if got := w.get("ada", "/admin/hub/ptp/tags").said("main .rows .flag"); !strings.Contains(got, "not offered") {
		t.Errorf("after retiring: %s", got)
	}
}

func TestNetworkDescription(t *testing.T) {
	w := newWorld(t)
	n := w.found()
	form := w.get("ada", "/admin/hub/ptp/edit").fields("form.form")
	if form.Get("purpose-en") != "We share **tools**." {
		t.Fatalf("the form begins with %q", form.Get("purpose-en"))
	}
	form.Set("purpose-es", "Compartimos **herramientas**.")
	form.Set("name", "")
	if p := w.post("ada", "/admin/hub/ptp/edit", form); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.said("#f-purpose-es"), "herramientas") {
		t.Errorf("without a name: %d", p.Status)
	}
	form.Set("name", "Common Ground")
	if p := w.post("ada", "/admin/hub/ptp/edit", form); p.location() != "/admin/hub/ptp?done=hub-saved" {
		t.Fatalf("saved: %d %s", p.Status, p.said("main"))
	}
	if got := w.in("es", "", "/networks/ptp").said("main .prose"); !strings.Contains(got, "herramientas") {
		t.Errorf("in Spanish it says %q", got)
	}
	form.Set("contact", "mine")
	if p := w.post("ada", "/admin/hub/ptp/edit", form); p.Status != http.StatusUnprocessableEntity || !p.has("#theirs") || p.value("#f-contact", "value") != "mine" {
		t.Errorf("an older version: %d %s", p.Status, p.said("main .note"))
	}
	ask := w.get("ada", "/admin/hub/ptp/close")
	if p := w.post("ada", ask.value("main form.keep", "action"), nil); p.location() != "/network?done=hub-closed" {
		t.Errorf("closed: %d %s", p.Status, p.said("main"))
	}
	for _, path := range []string{"/networks/ptp", "/admin/hub/ptp"} {
		if got := w.get("ada", path).Status; got != http.StatusNotFound {
			t.Errorf("%s after closing: %d", path, got)
		}
	}
	if p := w.get("ada", "/network?network="+url.QueryEscape(n.Handle())); !strings.Contains(p.said("main .note"), "closed here") || p.has("a[href=/admin/hub/ptp]") {
		t.Errorf("after closing: %s", p.said("main"))
	}
	if got := w.get("mia", "/network/organizations?network="+url.QueryEscape(n.Handle())).Status; got != 200 {
		t.Errorf("the list after closing: %d", got)
	}
}

// A guest's page has what the guest says, and only its own people change it.
func TestPageOfAGuest(t *testing.T) {
	w := newWorld(t)
	w.found()
	w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "CANARY-HOME"})
	w.convene("CANARY-DINNER")
	p := w.post("ada", "/admin/hub/ptp/guests", url.Values{"name": {"Mill Town"}, "handle": {"mill_town"}, "lang": {"en"}, "admin": {"Gus Guest"}, "email": {"gus@milltown.example"}})
	w.session["gus"] = w.signIn(p.value("#f-link", "value"))
	gus := w.viewerOf("gus@milltown.example")
	if _, err := w.conversation.Post(t.Context(), gus, node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "en", Text: "CANARY-GUEST"}); err != nil {
		t.Fatal(err)
	}
	p = w.get("", "/organizations/mill_town")
	if p.Status != 200 || !strings.Contains(p.Body, "CANARY-GUEST") || strings.Contains(p.Body, "CANARY-HOME") || strings.Contains(p.Body, "CANARY-DINNER") {
		t.Errorf("the guest's page says: %s", p.said("main"))
	}
	if got := p.said("#follow"); !strings.Contains(got, "@mill_town@node.example") || p.has("#follow a[href=/feed.atom]") || p.has("link[type=application/atom+xml]") {
		t.Errorf("to follow the guest: %s", got)
	}
	if !p.has("a[href=/networks/ptp]") || !strings.Contains(p.said("aside"), "guest") {
		t.Errorf("its side says: %s", p.said("aside"))
	}
	for _, path := range []string{"/", "/organizations/riverbend"} {
		if home := w.get("", path); strings.Contains(home.Body, "CANARY-GUEST") || !strings.Contains(home.Body, "CANARY-HOME") || !strings.Contains(home.Body, "CANARY-DINNER") || !home.has("a[href=/networks/ptp]") {
			t.Errorf("%s says: %s", path, home.said("main"))
		}
	}
	for _, c := range []struct {
		who, organization string
		want              int
	}{{"gus", "riverbend", 403}, {"gus", "mill_town", 200}, {"ada", "mill_town", 403}, {"ada", "riverbend", 200}} {
		page := "/organizations/" + c.organization
		if got := w.get(c.who, page+"/edit").Status; got != c.want || w.get(c.who, page).has("main a[href="+page+"/edit]") != (c.want == 200) {
			t.Errorf("%s changes the page of %s: %d, want %d", c.who, c.organization, got, c.want)
		}
	}
	form := w.get("gus", "/organizations/mill_town/edit").fields("form.form")
	form.Set("contact", "CANARY-CALL")
	if p := w.post("gus", "/organizations/mill_town/edit", form); p.location() != "/organizations/mill_town?done=organization" {
		t.Fatalf("saved: %d %s", p.Status, p.said("main"))
	}
	if got := w.get("gus", "/organizations/mill_town/edit").value("#f-contact", "value"); got != "CANARY-CALL" {
		t.Errorf("how to reach it is %q", got)
	}
	if strings.Contains(w.get("", "/organizations/mill_town").Body, "CANARY-CALL") {
		t.Error("everyone reads how networks reach a guest")
	}
}

// viewerOf is who has this address.
func (w *world) viewerOf(email string) access.Viewer {
	w.t.Helper()
	var p *node.Person
	w.put(func(tx *store.Tx) (err error) {
		p, err = tx.PersonByEmail(w.t.Context(), email)
		return err
	})
	return must(w.people.PersonViewer(w.t.Context(), p.ID))
}
