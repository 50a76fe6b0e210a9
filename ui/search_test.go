package ui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// searchable is a world in a network whose cards can be searched.
func searchable(t *testing.T) (w *world, network *node.Network) {
	t.Helper()
	w = newWorld(t)
	return w, w.abroad()
}

// cardOf stores the card of somebody at harbor.
func (w *world) cardOf(network *node.Network, name string, change ...func(*node.Card)) *node.Card {
	w.t.Helper()
	c := &node.Card{
		ID: uuid.Must(uuid.NewV7()), NetworkID: network.ID, ActorURI: "https://harbor.example/ap/people/" + uuid.NewString(), OrganizationURI: "https://harbor.example/ap/organizations/harbor",
		Name: name, RoleTitle: "Net mender", Bio: "<p>Mends <b>nets</b></p>", Place: "Port Town", Languages: []string{"es"}, Version: 1,
		ExpiresAt: w.now.Add(node.CardLife), UpdatedAt: w.now, ReceivedAt: w.now.Add(-time.Hour),
		Skills: []node.PersonSkill{{Tag: "crm-migration", Stance: node.Offer, Level: 3, CanMentor: true}, {Tag: "phone-banking", Stance: node.Learning, Level: 1}},
	}
	for _, f := range change {
		f(c)
	}
	w.put(func(tx *store.Tx) error { return tx.PutCard(w.t.Context(), c) })
	return c
}

func TestSearchIsForOurPeople(t *testing.T) {
	w, network := searchable(t)
	c := w.cardOf(network, "Zoe Zorn")
	for _, path := range []string{"/search", "/search?q=zorn", "/skills", "/skills/crm-migration", "/network/people/" + c.ID.String()} {
		if p := w.get("", path); p.Status != 403 || strings.Contains(p.Body, "Zorn") {
			t.Errorf("a visitor gets %s: %d", path, p.Status)
		}
		for _, lang := range []string{"en", "es"} {
			if p := w.in(lang, "mia", path); p.Status != 200 || !strings.Contains(p.Header.Get("Cache-Control"), "private") {
				t.Errorf("mia gets %s: %d", path, p.Status)
			}
		}
	}
	for _, path := range []string{"/skills/nothing", "/network/people/" + uuid.NewString(), "/network/people/x", "/people/nobody/cards"} {
		if p := w.get("mia", path); p.Status != 404 {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	if p := w.get("mia", "/"); !p.has("header form.find[action=/search] input[name=q]") {
		t.Error("no box in the masthead")
	}
	if p := w.get("", "/"); p.has("header form.find") {
		t.Error("a visitor has a box to search with")
	}
}

// TestRemoteLeadsToCard shows no way to follow whom only the networks see, but their card.
func TestRemoteLeadsToCard(t *testing.T) {
	w, network := searchable(t)
	zoe := w.remote("zoe", "harbor.example", "Zoe Zorn")
	if p := w.get("mia", "/@zoe@harbor.example"); !p.has("form[action=/following]") {
		t.Fatalf("nobody can follow: %d", p.Status)
	}
	c := w.cardOf(network, "Zoe Zorn", func(c *node.Card) { c.ActorURI, c.ExpiresAt = zoe.URI, start.Add(24*time.Hour) })
	link := "a[href=/network/people/" + c.ID.String() + "]"
	if p := w.get("mia", "/@zoe@harbor.example"); p.has("form[action=/following]") || !p.has(link) {
		t.Errorf("with a card: %s", p.said("aside"))
	}
	w.now = w.now.Add(24 * time.Hour)
	if p := w.get("mia", "/@zoe@harbor.example"); !p.has("form[action=/following]") || p.has(link) {
		t.Errorf("after the card has ended: %s", p.said("aside"))
	}
}

// TestSearchHit shows who was found, what for, where they are at home and how
// fresh that is, in words.
func TestSearchHit(t *testing.T) {
	w, network := searchable(t)
	c := w.cardOf(network, "Zoe Zorn", func(c *node.Card) { c.ExpiresAt = start.Add(24 * time.Hour) })
	for query, found := range map[string]bool{
		"q=CRM+migration": true, "q=migraci%C3%B3n+de+CRM": true, "q=zorn": true, "q=mender": true, "q=port": true, "q=phone+banking": true, "q=nothing": false, "q=%3F%3F": false,
		"q=zorn&stance=offer": true, "q=crm-migration&stance=learning": false, "q=zorn&language=es": true, "q=zorn&language=fr": false, "q=zorn&mentor=yes": true,
		"q=zorn&organization=harbor%40harbor.example": true, "q=zorn&organization=riverbend%40node.example": false, "q=zorn&network=commons%40hub.example": true,
		"q=phone-banking&mentor=yes": false,
	} {
		p := w.get("mia", "/search?"+query)
		if got := p.has("main ul.cards a[href=/network/people/" + c.ID.String() + "]"); got != found {
			t.Errorf("%s: found %v: %s", query, got, p.said("main"))
		}
		if !found && !p.has("main .empty a[href=/search]") {
			t.Errorf("%s: nothing tells what to do", query)
		}
	}
	p := w.get("mia", "/search?q=crm+migration")
	said := p.said("main ul.cards")
	for _, want := range []string{"Zoe Zorn", "Net mender", "Harbor Street Mutual Aid", "harbor.example", "CRM", "Can teach it", "Can mentor", "Spanish", "Port Town", "confirmed"} {
		if !strings.Contains(said, want) {
			t.Errorf("a hit does not say %q: %s", want, said)
		}
	}
	if p := w.in("es", "mia", "/search?q=zorn"); !strings.Contains(p.Body, "confirmado") {
		t.Error("no Spanish")
	}
	w.now = w.now.Add(24 * time.Hour)
	if p := w.get("mia", "/search?q=zorn"); strings.Contains(p.said("main ul"), "Zorn") {
		t.Error("a card is found after its end")
	}
	if p := w.get("mia", "/network/people/"+c.ID.String()); p.Status != 404 {
		t.Errorf("a card is shown after its end: %d", p.Status)
	}
}

func TestSearchPages(t *testing.T) {
	w, network := searchable(t)
	for k := range 60 {
		w.cardOf(network, fmt.Sprintf("Person%02d", k))
	}
	seen := map[string]bool{}
	path, pages := "/search?q=crm+migration", 0
	for path != "" && pages < 10 {
		p := w.get("mia", path)
		for k := range 60 {
			name := fmt.Sprintf("Person%02d", k)
			if strings.Contains(p.said("main ul.cards"), name) {
				if seen[name] {
					t.Errorf("%s is shown twice", name)
				}
				seen[name] = true
			}
		}
		path = ""
		for _, a := range p.all("main nav.pager a") {
			path, _ = attr(a, "href")
		}
		pages++
	}
	if len(seen) != 60 || pages != 4 {
		t.Errorf("%d people on %d pages", len(seen), pages)
	}
}

func TestCardPage(t *testing.T) {
	w, network := searchable(t)
	c := w.cardOf(network, "Zoe Zorn", func(c *node.Card) { c.Bio = "<p>Mends <b>nets</b></p>" })
	p := w.get("mia", "/network/people/"+c.ID.String())
	for _, want := range []string{"Zoe Zorn", "Net mender", "harbor.example", "The Commons", "Mends nets", "Can teach it", "Ends on"} {
		if !strings.Contains(p.said("main"), want) {
			t.Errorf("the card does not say %q: %s", want, p.said("main"))
		}
	}
	if p.has("main a[href=/messages/new?to="+c.ID.String()+"]") || !p.has("main .note a[href=/people/mia/edit]") {
		t.Error("who does not show themself can write")
	}
	w.put(func(tx *store.Tx) error {
		me, err := tx.PersonSelf(t.Context(), w.viewer("mia").Person)
		if err != nil {
			return err
		}
		me.NetworkActorID, me.NetworkBy = uuid.Must(uuid.NewV7()), "self"
		return tx.PutPerson(t.Context(), me)
	})
	p = w.get("mia", "/network/people/"+c.ID.String())
	if !p.has("main a[href=/messages/new?to=" + c.ID.String() + "]") {
		t.Errorf("no way to write: %s", p.said("main"))
	}
}

// TestSkillPages counts and lists only what the reader may see.
func TestSkillPages(t *testing.T) {
	w, network := searchable(t)
	w.cardOf(network, "Zoe Zorn")
	w.cardOf(network, "Yan Yoder", func(c *node.Card) { c.Skills = c.Skills[1:] })
	w.put(func(tx *store.Tx) error { // of our own, and hidden
		p, err := tx.PersonSelf(t.Context(), w.viewer("noa").Person)
		if err != nil {
			return err
		}
		p.Skills = []node.PersonSkill{{Tag: "crm-migration", Stance: node.Offer, Level: 1, Audience: node.Only(p.ID)}, {Tag: "phone-banking", Stance: node.Learning, Level: 1}}
		return tx.PutPerson(t.Context(), p)
	})
	p := w.get("mia", "/skills")
	if said := p.said("main"); !strings.Contains(said, "one offers it") || !strings.Contains(said, "3 are learning it") {
		t.Errorf("counts: %s", said)
	}
	if !p.has("main a[href=/skills/crm-migration]") {
		t.Error("a skill leads nowhere")
	}
	p = w.get("mia", "/skills/phone-banking")
	for _, name := range []string{"Zoe Zorn", "Yan Yoder", "Noa Newcomer"} {
		if !strings.Contains(p.said("main"), name) {
			t.Errorf("%s is not listed", name)
		}
	}
	if p := w.get("mia", "/skills/crm-migration"); strings.Contains(p.said("main"), "Noa") {
		t.Error("E2: a hidden skill is listed")
	}
	if p := w.get("mia", "/skills/graphic-design"); p.Status == 200 && !p.has("main .empty a.act") {
		t.Error("a skill of nobody says nothing to do")
	}
}

func TestWhereMyCardIs(t *testing.T) {
	w, network := searchable(t)
	if p := w.get("mia", "/people/mia/cards"); p.Status != 200 || !p.has("main .empty") {
		t.Errorf("without a card: %d", p.Status)
	}
	mia := w.viewer("mia").Person
	w.put(func(tx *store.Tx) error {
		return tx.PutPublishedCard(t.Context(), &node.PublishedCard{
			PersonID: mia, NetworkID: network.ID, ActorID: uuid.New(), Version: 1, Activity: uuid.New(), PublishedAt: w.now, ExpiresAt: w.now.Add(node.CardLife),
		})
	})
	if p := w.get("mia", "/people/mia/cards"); !strings.Contains(p.said("main"), "The Commons") || !strings.Contains(p.said("main"), "Copies end on") {
		t.Errorf("with a card: %s", p.said("main"))
	}
	for who, want := range map[string]int{"noa": 403, "": 404, "ada": 200} {
		if p := w.get(who, "/people/mia/cards"); p.Status != want {
			t.Errorf("%q gets %d, want %d", who, p.Status, want)
		}
	}
}
