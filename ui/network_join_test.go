package ui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// hub is what another server's hub says of itself.
func hub() *node.Network {
	return &node.Network{
		URI: "https://hub.example/ap/networks/1", Username: "commons", Host: "hub.example", Name: "The Commons", Purpose: node.Text{"en": "<p>Being <b>one</b></p>"},
		Conduct: node.Text{"en": "<p>Listen.</p>"}, Languages: []string{"en"}, Contact: "call Lena", Page: "https://hub.example/networks/commons",
		Inbox: "https://hub.example/ap/networks/1/inbox", MembersURI: "https://hub.example/ap/networks/1/members", NodeURI: "https://hub.example/ap/node",
		HubKey: "z6Mk", Fingerprint: "sha256:" + strings.Repeat("abcd", 16),
	}
}

func TestJoinANetwork(t *testing.T) {
	w := newWorld(t)
	w.hubs.found = hub()
	box := w.get("ada", "/admin/networks").fields("form.form")
	box.Set("ref", "commons@hub.example")
	p := w.post("ada", "/admin/networks/preview", box)
	for _, want := range []string{"The Commons", "call Lena", "SHA256 abcd abcd", "Listen.", "Riverbend", "Nothing has been sent yet"} {
		if !strings.Contains(p.said("main"), want) {
			t.Errorf("the preview does not say %q: %s", want, p.said("main"))
		}
	}
	if list := must(w.network.Networks(t.Context(), w.viewer("ada"))); len(list) != 0 {
		t.Fatal("looking at a network joins it")
	}
	form := p.fields("form.form")
	form.Set("why", "We run phone banks.")
	p = w.post("ada", "/admin/networks/join", form)
	to, _, _ := strings.Cut(p.location(), "?")
	if p.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/admin/networks/") {
		t.Fatalf("asked: %d to %q, %s", p.Status, p.location(), p.said("main"))
	}
	p = w.get("ada", to)
	if got := p.said("ol.way .done"); got != "We asked" || p.said("ol.way .now") != "The hub has it" {
		t.Errorf("just asked: %q, now %q", got, p.said("ol.way .now"))
	}
	// To look at it again leads to where it stands.
	if again := w.post("ada", "/admin/networks/preview", box); again.location() != to {
		t.Errorf("looked at again: %d to %q", again.Status, again.location())
	}
	if got := w.get("mia", "/network").said("main .note"); !strings.Contains(got, "asked to join") {
		t.Errorf("a member reads: %q", got)
	}
	n := must(w.network.Networks(t.Context(), w.viewer("ada")))[0]
	var own *node.Membership
	w.put(func(tx *store.Tx) (err error) {
		own, err = tx.Membership(t.Context(), n.ID, origin.OrganizationURI(w.organization.ID))
		return err
	})
	if own.Why != "We run phone banks." {
		t.Errorf("why we want to join: %q", own.Why)
	}
	for _, c := range []struct {
		change func()
		now    string // the step that is lit; empty at the end
	}{
		{func() { own.Since = w.now }, "They said yes"},
		{func() { own.URI = "https://hub.example/ap/memberships/7" }, "The list is here"},
		{func() {
			n.State, own.Status, own.Claim, n.FetchedAt = node.NetworkActive, node.MemberActive, true, w.now
		}, "Tried both ways"},
		{func() { own.Ticks = node.Ticks{CardSent: true, CardReceived: true, PostSent: true} }, "Tried both ways"},
		{func() { own.Ticks.PostReceived = true }, ""},
	} {
		c.change()
		w.put(func(tx *store.Tx) error { return tx.PutNetwork(t.Context(), n) })
		w.put(func(tx *store.Tx) error { return tx.PutMembership(t.Context(), own) })
		if got := w.get("ada", to).said("ol.way .now"); got != c.now {
			t.Errorf("the lit step is %q, want %q", got, c.now)
		}
	}
	ask := w.get("ada", to+"/leave")
	if len(ask.all("main .string li")) < 3 {
		t.Errorf("leaving does not say what happens: %s", ask.said("main"))
	}
	if p = w.post("ada", ask.value("main form.keep", "action"), nil); p.location() != "/admin/networks?done=network-left" {
		t.Errorf("left: %d to %q", p.Status, p.location())
	}
	if got := must(w.network.Networks(t.Context(), w.viewer("ada")))[0].State; got != node.NetworkLeft {
		t.Errorf("after leaving we are %s", got)
	}
}

// What cannot be joined says why in one sentence, beside what was typed.
func TestJoinInVain(t *testing.T) {
	for _, c := range []struct {
		name, ref string
		err, code error
		says      string
	}{
		{"nothing", "", nil, nil, "Paste the code"},
		{"nonsense", "not a network", nil, nil, ""},
		{"a broken code", "hub.example/commons/7QRT", nil, nil, ""},
		{"no hub there", "x@hub.example", node.Invalid("ref", "error.follow.unreachable", "host", "hub.example"), nil, "hub.example is not answering"},
		{"a used code", "hub.example/commons/0000-1111-2222-3333-4444-5555-66", nil, node.Invalid("ref", "error.follow.later", "host", "hub.example"), "asked hub.example a lot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.hubs.found, w.hubs.err, w.hubs.code = hub(), c.err, c.code
			for _, path := range []string{"/admin/networks/preview", "/admin/networks/join"} {
				p := w.post("ada", path, url.Values{"ref": {c.ref}})
				if p.Status != http.StatusUnprocessableEntity || !p.has("main .note.bad[role=alert] a[href=#f-ref]") || p.value("#f-ref", "value") != c.ref || !strings.Contains(p.said("main .note.bad"), c.says) {
					t.Errorf("%s: %d, %s", path, p.Status, p.said("main .note.bad"))
				}
			}
			if list := must(w.network.Networks(t.Context(), w.viewer("ada"))); len(list) != 0 {
				t.Error("something is half joined")
			}
		})
	}
}

func TestSuccessor(t *testing.T) {
	w := newWorld(t)
	n := w.abroad(func(n *node.Network) { n.Successor = "https://harbor.example/ap/organizations/harbor" })
	page := "/admin/networks/" + n.ID.String() + "/successor"
	if p := w.get("ada", page); p.has("main form.keep") || !strings.Contains(p.said("main"), "Harbor Street Mutual Aid was named") {
		t.Errorf("while the hub answers: %s", p.said("main"))
	}
	offer := node.SuccessionOffer{NetworkID: n.ID, URI: "https://harbor.example/ap/networks/2", OrganizationURI: n.Successor, Named: true, At: start}
	w.put(func(tx *store.Tx) error { return tx.PutOffer(t.Context(), offer) })
	n.FetchedAt = start.Add(-node.RosterLimit)
	w.put(func(tx *store.Tx) error { return tx.PutNetwork(t.Context(), n) })
	p := w.get("ada", page)
	if got := p.said("main .card"); !strings.Contains(got, "Harbor Street Mutual Aid offers") || !p.has("main .card .note.good") || p.value("main .card input[name=uri]", "value") != offer.URI {
		t.Errorf("with an offer: %s", got)
	}
	if !p.has("main input[name=do][value=succeed]") {
		t.Error("no way to go on here")
	}
	if p = w.post("ada", page, url.Values{"uri": {"https://evil.example/ap/networks/3"}}); p.Status != http.StatusUnprocessableEntity || !p.has("main .note.bad[role=alert]") {
		t.Errorf("who never offered: %d %s", p.Status, p.said("main .note"))
	}
	if got := w.get("ada", "/admin/networks/"+uuid.NewString()+"/successor").Status; got != http.StatusNotFound {
		t.Errorf("of a network that is not there: %d", got)
	}
}

// Whoever was named to go on is told so, and need not wait for themself.
func TestSuccessorIsUs(t *testing.T) {
	w := newWorld(t)
	n := w.abroad(func(n *node.Network) { n.Successor = origin.OrganizationURI(w.organization.ID) })
	page := "/admin/networks/" + n.ID.String() + "/successor"
	if p := w.get("ada", page); p.has("main form.keep") || !strings.Contains(p.said("main"), "was named") || strings.Contains(p.said("main"), "Wait for") {
		t.Errorf("while the hub answers: %s", p.said("main"))
	}
	n.GoneAt = start
	w.put(func(tx *store.Tx) error { return tx.PutNetwork(t.Context(), n) })
	if p := w.get("ada", page); !p.has("main button.act.main") || strings.Contains(p.said("main"), "Wait for") || p.has("main .note a") {
		t.Errorf("when it is gone: %s", p.said("main"))
	}
}

// The page of what leaves counts what is there, for each audience.
func TestWhatLeaves(t *testing.T) {
	w := newWorld(t)
	n := w.abroad()
	w.say("edi", node.PostInput{AsOrganization: true, Audience: node.Public, Text: "for all"})
	w.say("mia", node.PostInput{Audience: node.OrganizationOnly(w.organization.ID), Text: "for us"})
	w.say("mia", node.PostInput{Audience: node.Only(w.viewer("mia").Person), Text: "CANARY for me"})
	w.convene("Dinner")
	if _, err := w.people.SetFollowable(t.Context(), w.viewer("mia"), "mia", true); err != nil {
		t.Fatal(err)
	}
	p := w.get("ada", "/admin/leaves")
	rows := strings.Split(p.said("tbody tr"), " | ")
	for i, want := range []string{
		"Everyone on the internet One post, one gathering Goes out", "Everyone on the internet 2 of 5 people Goes out", "The Commons: 2 organizations 0 cards Nothing",
		"The Commons: 2 organizations 0 posts, 0 gatherings Nothing", "Your organization One post, 0 gatherings Stays", "Nobody Never Stays",
	} {
		if i >= len(rows) || !strings.Contains(strings.ReplaceAll(rows[i], "\u00a0", " "), want) {
			t.Errorf("row %d does not say %q: %q", i, want, rows)
		}
	}
	if strings.Contains(p.Body, "CANARY") {
		t.Error("the page shows what somebody wrote")
	}
	for _, as := range []string{"member", "visitor"} {
		if got := w.get("ada", p.value("main a[href=/people/ada/see?as="+as+"]", "href")); got.Status != 200 {
			t.Errorf("to see it as a %s: %d", as, got.Status)
		}
	}
	w.say("edi", node.PostInput{AsOrganization: true, Audience: node.NetworkOnly(n.ID), Text: "for the network"})
	if rows = strings.Split(w.get("ada", "/admin/leaves").said("tbody tr"), " | "); !strings.Contains(rows[3], "One post") || !strings.Contains(rows[3], "Goes out") {
		t.Errorf("after a post for the network: %q", rows)
	}
	n.FetchedAt = start.Add(-node.RosterLimit) // nothing is sent with a roster that old
	w.put(func(tx *store.Tx) error { return tx.PutNetwork(t.Context(), n) })
	if rows = strings.Split(w.get("ada", "/admin/leaves").said("tbody tr"), " | "); strings.Contains(rows[3], "Goes out") {
		t.Errorf("with a hub that is lost: %q", rows)
	}
}
