package card_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/card"
	"github.com/poweron-network/poweron/node/store"
)

// TestSearchByWords finds a skill by any of its names, in both languages, and a
// person by theirs; each by its beginning too.
func TestSearchByWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.receive(w.arrival())
	w.change(w.mia, func(p *node.Person) {
		p.Skills = []node.PersonSkill{{Tag: "crm-migration", Stance: node.Learning, Level: 1}, {Tag: "phone-banking", Stance: node.Offer, Level: 2}}
	})
	zoe, mia := "Zoe Zorn", "Name of mia"
	for text, want := range map[string][]string{
		"crm-migration": {zoe, mia}, "CRM migration": {zoe, mia}, "MIGRACION  de crm": {zoe, mia}, "#CrmMigration": {zoe, mia}, "crm": {zoe, mia}, "phone bank": {mia},
		"zorn": {zoe}, "ZÓRN": {zoe}, "zo zor": {zoe}, "sevilla": {zoe}, "caretaker": {zoe}, "zorn nobody": nil, "": {}, "?!": nil, "%": nil, "zor'": {zoe},
	} {
		got := w.names(node.Search{Text: text})
		if text == "" {
			if !slices.Contains(got, zoe) || !slices.Contains(got, mia) {
				t.Errorf("everybody: %v", got)
			}
			continue
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
	for what, c := range map[string]struct {
		q    node.Search
		want []string
	}{
		"tag":                          {node.Search{Tag: "crm-migration"}, []string{zoe, mia}},
		"tag and name":                 {node.Search{Tag: "crm-migration", Text: "zorn"}, []string{zoe}},
		"tag and stance":               {node.Search{Tag: "crm-migration", Stance: node.Learning}, []string{mia}},
		"who can mentor":               {node.Search{CanMentor: true}, []string{zoe}},
		"who can mentor in it":         {node.Search{Tag: "phone-banking", CanMentor: true}, nil},
		"language":                     {node.Search{Language: "es"}, []string{zoe}},
		"their organization":           {node.Search{Organization: otherOrg}, []string{zoe}},
		"our organization, a skill":    {node.Search{Organization: w.Origin.OrganizationURI(w.Organization.ID), Text: "crm"}, []string{mia}},
		"a network":                    {node.Search{Network: w.network.ID, Text: "crm"}, []string{zoe, mia}},
		"a network that we are not in": {node.Search{Network: uuid.New(), Text: "crm"}, nil},
	} {
		if got := w.names(c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s finds %v, want %v", what, got, c.want)
		}
	}
}

// TestSearchTellsWhatFor shows with each hit the skill that was looked for, where
// it is at home and when it was confirmed.
func TestSearchTellsWhatFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.receive(w.arrival())
	list, _, err := w.cards.Search(t.Context(), w.Viewer(t, "mia"), node.Search{Text: "crm migration"})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d hits, %v", len(list), err)
	}
	f := list[0]
	if f.Skill.Tag != "crm-migration" || f.Skill.Level != 3 || f.Membership.Name != "Casa Semilla" || f.NetworkName != w.network.Name || !f.Card.ReceivedAt.Equal(w.Clock.Now()) || f.Card.ExpiresAt.IsZero() {
		t.Errorf("hit %+v of %+v", f, f.Card)
	}
	one, err := w.cards.Card(t.Context(), w.Viewer(t, "mia"), f.Card.ID)
	if err != nil || one.Card.Name != "Zoe Zorn" {
		t.Errorf("the card is %+v, %v", one, err)
	}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "remote": access.Remote("https://x.example", w.network.ID), "somebody of no network": {Person: uuid.New(), Organization: uuid.New(), Role: node.Member}} {
		if _, err := w.cards.Card(t.Context(), v, f.Card.ID); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s reads the card: %v", name, err)
		}
		list, _, err := w.cards.Search(t.Context(), v, node.Search{})
		list = slices.DeleteFunc(list, func(f node.Found) bool { return f.Card == nil })
		if len(list) != 0 || err != nil && !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s finds %d, %v", name, len(list), err)
		}
	}
}

// TestVocabularyOfANetwork finds by tags that a network adds, by their synonyms,
// and by what a tag was merged into.
func TestVocabularyOfANetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tag := func(code, en, es, into string, retired bool, synonyms ...string) {
		nt := &node.NetworkTag{NetworkID: w.network.ID, Code: code, Labels: node.Text{"en": en, "es": es}, Synonyms: map[string][]string{"en": synonyms}, Into: into}
		if retired {
			nt.RetiredAt = w.Clock.Now()
		}
		w.write(func(tx *store.Tx) error { return tx.PutTag(t.Context(), nt) })
	}
	tag("boat-repair", "Boat repair", "Reparación de barcos", "", false, "caulking")
	tag("ship-mending", "Ship mending", "Arreglo de navíos", "boat-repair", false)
	tag("whaling", "Whaling", "Ballenas", "", true)
	for _, code := range []string{"boat-repair", "ship-mending"} {
		w.receive(w.arrival(func(a *card.Arrival) {
			a.Actor = w.Remote(t, code, "casa.example")
			a.Card.ActorURI, a.Card.Name = a.Actor.URI, "Who says "+code
			a.Card.Skills = []node.PersonSkill{{Tag: code, TermSet: w.network.URI + "/skills", Name: code, Stance: node.Offer, Level: 2}}
		}))
	}
	// Another vocabulary's word for one of ours is ours.
	w.receive(w.arrival(func(a *card.Arrival) {
		a.Card.Skills = []node.PersonSkill{{Tag: "x-17", TermSet: "https://other.example/skills", Name: "Migración de CRM", Stance: node.Offer, Level: 2}}
	}))
	both := []string{"Who says boat-repair", "Who says ship-mending"}
	for text, want := range map[string][]string{"boat repair": both, "Reparacion de barcos": both, "CAULKING": both, "navios": both, "ship mending": both, "crm migration": {"Zoe Zorn"}} {
		got := w.names(node.Search{Text: text})
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
	v := w.Viewer(t, "mia")
	if got, err := w.cards.Tag(t.Context(), v, "ship-mending"); err != nil || got.Code != "boat-repair" {
		t.Errorf("a merged tag is %+v, %v", got, err)
	}
	if _, err := w.cards.Tag(t.Context(), v, "nothing"); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a tag that there is not: %v", err)
	}
	list, err := w.cards.Vocabulary(t.Context(), v, "es")
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]card.Counted{}
	for _, c := range list {
		if _, twice := by[c.Code]; twice {
			t.Errorf("%s is listed twice", c.Code)
		}
		by[c.Code] = c
	}
	if c := by["boat-repair"]; c.By[node.Offer].N != 2 || c.Labels["es"] != "Reparación de barcos" || c.Group != "" {
		t.Errorf("boat repair: %+v", c)
	}
	for _, gone := range []string{"ship-mending", "whaling"} {
		if _, there := by[gone]; there {
			t.Errorf("%s is offered", gone)
		}
	}
	// Two networks may merge in a circle; nothing hangs.
	tag("boat-repair", "Boat repair", "Reparación de barcos", "ship-mending", false)
	if got := w.names(node.Search{Tag: "boat-repair"}); len(got) != 2 {
		t.Errorf("merged in a circle: %v", got)
	}
}
