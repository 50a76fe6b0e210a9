package ui_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/store"
)

// inNetwork makes Riverbend a member of a network with so many others.
func (w *world) inNetwork(name string, others int) *node.Network {
	w.t.Helper()
	ctx, uri := w.t.Context(), "https://hub.example/ap/networks/"+strings.ToLower(name)
	n := &node.Network{
		ID: uuid.Must(uuid.NewV7()), URI: uri, Username: strings.ToLower(name), Host: "hub.example", Name: name, MembersURI: uri + "/members",
		State: node.NetworkActive, FetchedAt: w.now, CreatedAt: w.now, UpdatedAt: w.now, Version: 1,
	}
	err := w.db.Write(ctx, func(tx *store.Tx) error {
		if err := tx.PutNetwork(ctx, n); err != nil {
			return err
		}
		for k := range others + 1 {
			host := "https://m" + string(rune('0'+k)) + ".example"
			m := &node.Membership{
				ID: uuid.Must(uuid.NewV7()), NetworkID: n.ID, OrganizationURI: host + "/org", NodeURI: host, Origin: host, Inbox: host + "/inbox", Name: "Org " + host,
				Kind: node.OwnNode, Status: node.MemberActive, Role: node.PlainMember, Since: w.now, UpdatedAt: w.now, Claim: true, ClaimAt: w.now, CaughtUpAt: w.now,
			}
			if k == 0 {
				m.OrganizationURI, m.Origin = origin.OrganizationURI(w.organization.ID), string(origin)
			}
			if err := tx.PutMembership(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// offered are the values and the words of the audiences that a form offers.
func offered(p *page) (values, words []string) {
	for _, in := range p.all("#f-audience input") {
		for _, a := range in.Attr {
			if a.Key == "value" {
				values = append(values, a.Val)
			}
		}
	}
	return values, strings.Split(p.said("#f-audience"), "  ")
}

// TestAudiencePicker offers each who may write what they may, narrowest first, and
// says how far it goes (product.md M2).
func TestAudiencePicker(t *testing.T) {
	w := newWorld(t)
	ptp := w.inNetwork("PTP", 14)
	if _, err := w.people.SetInNetworks(t.Context(), w.viewer("pia"), "pia", true); err != nil {
		t.Fatal(err)
	}
	own, in, public := string(node.OrganizationOnly(w.organization.ID)), string(node.NetworkOnly(ptp.ID)), string(node.Public)
	check := func(who, path string, want []string, says ...string) {
		t.Helper()
		p := w.get(who, path)
		values, _ := offered(p)
		if !slices.Equal(values, want) {
			t.Errorf("%s on %s is offered %v, want %v", who, path, values, want)
		}
		for _, words := range says {
			if !strings.Contains(p.said("#f-audience"), words) {
				t.Errorf("%s on %s reads %q, without %q", who, path, p.said("#f-audience"), words)
			}
		}
	}
	for _, path := range []string{"/posts/new", "/gatherings/new"} {
		check("pia", path, []string{own, in, public}, "Everyone in PTP", "Everyone at 14 other organizations in PTP, and at yours.")
		check("mia", path, []string{own}, "show yourself to them first")
		check("edi", path, []string{own, in, public}, "As Riverbend only", "show yourself to them first")
	}
	care := w.inNetwork("Care", 0)
	check("pia", "/posts/new", []string{own, string(node.NetworkOnly(care.ID)), in, string(node.Networks), public}, "Everyone in your networks", "all 2 networks", "No other organization can read it yet.")
	if got := w.in("es", "pia", "/posts/new").said("#f-audience"); !strings.Contains(got, "Toda la gente de otras 14 organizaciones de PTP") {
		t.Errorf("in Spanish: %q", got)
	}
}

// TestWriteForNetworkOnPages goes from the form to the page of what was written:
// it says who sees it, also where it is listed, and to a visitor it is not there.
func TestWriteForNetworkOnPages(t *testing.T) {
	w := newWorld(t)
	ptp := w.inNetwork("PTP", 2)
	if _, err := w.people.SetInNetworks(t.Context(), w.viewer("pia"), "pia", true); err != nil {
		t.Fatal(err)
	}
	p := w.post("pia", "/posts/new", fill(w.get("pia", "/posts/new"), "main form", map[string]string{"text": "Who has a van?", "audience": string(node.NetworkOnly(ptp.ID))}))
	path, _, _ := strings.Cut(p.location(), "?")
	if p.Status != http.StatusSeeOther || !strings.HasPrefix(path, "/posts/") {
		t.Fatalf("posting: %d %s", p.Status, p.said("main"))
	}
	for _, who := range []string{"pia", "mia"} {
		if got := w.get(who, path).said("article .aud.net"); got != "Everyone in PTP" {
			t.Errorf("%s reads that it is for %q", who, got)
		}
		if got := w.get(who, "/").said("main .aud.net"); got != "Everyone in PTP" {
			t.Errorf("%s reads on the start page that it is for %q", who, got)
		}
	}
	for _, hidden := range []string{path, path + "/edit", "/"} {
		if p := w.get("", hidden); strings.Contains(p.Body, "Who has a van") || hidden != "/" && p.Status == http.StatusOK {
			t.Errorf("a visitor gets %d for %s", p.Status, hidden)
		}
	}
	if got := w.get("pia", path).said("aside ol.string"); got != "Not sent yet. It goes to the other nodes of the network within a minute; if this stays, none of them can be reached." {
		t.Errorf("before it is sent: %q", got)
	}
	if got := w.get("pia", path+"/delete").said("main"); !strings.Contains(got, "every node that got it is asked to delete it too") {
		t.Errorf("deleting asks %q", got)
	}
	// What is no longer true when the form comes back is a problem of the field.
	form := fill(w.get("pia", "/posts/new"), "main form", map[string]string{"text": "And a driver?", "audience": string(node.NetworkOnly(ptp.ID))})
	ptp.FetchedAt = w.now.Add(-node.RosterLimit)
	if err := w.db.Write(t.Context(), func(tx *store.Tx) error { return tx.PutNetwork(t.Context(), ptp) }); err != nil {
		t.Fatal(err)
	}
	p = w.post("pia", "/posts/new", form)
	if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.said("main"), "hub.example, the hub of PTP, has not answered for two weeks") || !strings.Contains(p.Body, "And a driver?") {
		t.Errorf("to a network that does not answer: %d %s", p.Status, p.said("main"))
	}
}

// TestReplyInNetworkOnPages begins with the audience of what is answered.
func TestReplyInNetworkOnPages(t *testing.T) {
	w := newWorld(t)
	ptp := w.inNetwork("PTP", 2)
	zoe := w.remote("zoe", "m1.example", "Zoe")
	uri := "https://m1.example/notes/1"
	item := &node.Item{URI: uri, Page: uri, Kind: node.KindPost, Lang: "en", Body: node.Text{"en": "<p>Which hall?</p>"}, PublishedAt: w.now, UpdatedAt: w.now}
	if fate, err := w.conversation.Receive(t.Context(), conversation.Arrival{Item: item, Actor: zoe, To: []string{ptp.MembersURI}}); err != nil || fate != conversation.Stored {
		t.Fatal(fate, err)
	}
	path := "/posts/" + item.ID.String()
	p := w.get("edi", path)
	if strings.Contains(p.Body, uri) || p.value("article .from a", "href") != "https://m1.example/" {
		t.Error("its page leads to where only their own people can read it")
	}
	values, _ := offered(p)
	if want := []string{string(node.OrganizationOnly(w.organization.ID)), string(node.NetworkOnly(ptp.ID))}; !slices.Equal(values, want) {
		t.Errorf("an answer is offered for %v", values)
	}
	form := p.fields("#answer form")
	if form.Get("audience") != string(node.NetworkOnly(ptp.ID)) || form.Get("as") != "organization" {
		t.Errorf("the answer begins as %v", form)
	}
	form.Set("text", "The small one")
	if p := w.post("edi", "/posts/new", form); p.Status != http.StatusSeeOther {
		t.Fatalf("answering: %d %s", p.Status, p.said("main"))
	}
	if got := w.get("mia", path).said("ol.string .aud.net"); got != "Everyone in PTP" {
		t.Errorf("the answer is for %q", got)
	}
}

// TestNetworkReceipts tell to how many nodes a network-only post has come.
func TestNetworkReceipts(t *testing.T) {
	w := newWorld(t)
	ptp := w.inNetwork("PTP", 2)
	post := w.say("edi", node.PostInput{AsOrganization: true, Audience: node.NetworkOnly(ptp.ID), Text: "x"})
	ctx := t.Context()
	var due []*node.Delivery
	err := w.db.Write(ctx, func(tx *store.Tx) error {
		a := &store.Activity{ID: uuid.Must(uuid.NewV7()), Actor: w.organization.ID, Object: post.ID, Verb: node.Created, Kind: node.KindPost, Audience: post.Audience, Raw: []byte("{}"), At: w.now}
		if err := tx.PutActivity(ctx, a); err != nil {
			return err
		}
		for _, host := range []string{"m1.example", "m2.example"} {
			if err := tx.PutDelivery(ctx, &node.Delivery{Activity: a.ID, Inbox: "https://" + host + "/inbox", Host: host, ActorID: a.Actor, ObjectKey: post.ID.String(), NextAt: w.now, FirstAt: w.now}); err != nil {
				return err
			}
		}
		var err error
		if due, err = tx.DueDeliveries(ctx, "m1.example", w.now, 1); err != nil {
			return err
		}
		return tx.FinishDelivery(ctx, due[0].ID, node.Delivered, time.Time{}, "")
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/posts/" + post.ID.String()
	if got := w.get("edi", path).said("aside ol.string"); got != "Reached 1 of 2 nodes in the network One has not answered yet; we keep trying" {
		t.Errorf("in English: %q", got)
	}
	if w.get("mia", path).has("aside ol.string") {
		t.Error("a member sees how far it has come")
	}
}
