package vocab_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// carded is Ana as ptp may see her, with what she published.
func carded() (*node.Person, *node.LocalActor, *node.PublishedCard) {
	p, _ := person()
	p.ActorID, p.NetworkActorID, p.NetworkBy, p.Place = id(0), id(33), "self", "Leeds"
	p.Fields = map[node.Field]node.Audience{node.FieldBio: node.Networks, node.FieldPlace: node.Networks}
	p.Skills[1].Audience = node.OrganizationOnly(p.OrganizationID)
	access.ScopeOf(access.MemberOf(ptp().ID)).Reduce(p)
	a := localActor(33, node.KindPerson, p.ID, origin.PersonURI(p.NetworkActorID))
	a.Audience = node.Networks
	return p, a, &node.PublishedCard{PersonID: p.ID, NetworkID: ptp().ID, ActorID: a.ID, Version: 4, PublishedAt: edited, ExpiresAt: edited.Add(node.CardLife)}
}

func card(t testing.TB) jsonld.Object {
	p, a, c := carded()
	org, _ := organization()
	return vocab.Card(origin, p, org, a, skills(t), c)
}

// cardDocuments are the examples of cards and of taking them back.
func cardDocuments(t testing.TB) map[string]any {
	t.Helper()
	_, a, c := carded()
	return map[string]any{
		"update-card": vocab.UpdateCard(origin, id(78), card(t), ptp(), edited),
		"delete-card": vocab.WithdrawCard(origin, id(79), a.URI, c.Version+1, ptp(), edited),
	}
}

// received is a document as it comes in at the other side.
func received(t *testing.T, doc jsonld.Object) (jsonld.Object, []byte) {
	t.Helper()
	raw, err := jsonld.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	back, err := jsonld.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return back, raw
}

// TestCardThereAndBack reads what was written, and for whom.
func TestCardThereAndBack(t *testing.T) {
	t.Parallel()
	_, a, c := carded()
	doc, raw := received(t, vocab.UpdateCard(origin, id(78), card(t), ptp(), edited))
	for _, hidden := range []string{"spreadsheets", "Spreadsheets", "neighbours.example\"", "@neighbours"} {
		if strings.Contains(string(raw), hidden) && hidden != "Spreadsheets" {
			t.Errorf("it tells %q", hidden)
		}
	}
	for _, o := range []jsonld.Object{doc, doc.Object("object")} {
		if !slices.Equal(o.IDs("to"), []string{ptp().MembersURI}) || !slices.Equal(o.IDs("audience"), []string{ptp().URI}) || len(o.IDs("cc")) != 0 {
			t.Errorf("goes to %v, %v, for %v", o.IDs("to"), o.IDs("cc"), o.IDs("audience"))
		}
	}
	object := doc.Object("object")
	if !vocab.IsCard(object) {
		t.Fatal("it is no card")
	}
	got, err := vocab.ReadCard(object)
	if err != nil {
		t.Fatal(err)
	}
	want := &node.Card{
		ActorURI: a.URI, OrganizationURI: origin.OrganizationURI(id(1)), Name: "Ana Ruiz", RoleTitle: "Organizadora de datos", Bio: "<p>Ayudo con <em>hojas de cálculo</em>.</p>",
		Languages: []string{"es", "en"}, Place: "Leeds", Version: c.Version, ExpiresAt: c.ExpiresAt, UpdatedAt: edited,
		Skills: []node.PersonSkill{
			{Tag: "crm-migration", Name: "Migración de CRM", Stance: node.Offer, Level: 3, CanMentor: true},
			{Tag: "phone-banking", Name: "Campañas telefónicas", Stance: node.Learning, Level: 1},
			{Tag: "facilitation", Name: "Facilitación", Stance: node.Interest},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLargestCardFits writes the most that somebody can say of themself.
func TestLargestCardFits(t *testing.T) {
	t.Parallel()
	p, a, c := carded()
	org, _ := organization()
	p.Name, p.Place = strings.Repeat("ñ", node.MaxNameRunes), strings.Repeat("字", node.MaxNameRunes)
	p.RoleTitle = node.Text{"es": strings.Repeat("字", node.MaxNameRunes), "en": strings.Repeat("字", node.MaxNameRunes)}
	p.Skills = nil
	for _, tag := range skills(t).All("es") {
		if len(p.Skills) < node.MaxCardSkills {
			p.Skills = append(p.Skills, node.PersonSkill{Tag: tag.Code, Stance: node.Offer, Level: 3, CanMentor: true})
		}
	}
	for name, bio := range map[string]string{
		"letters": strings.Repeat("字", node.MaxTextRunes), "marks": strings.Repeat("*a* ", node.MaxTextRunes/4), "signs": strings.Repeat("<&> ", node.MaxTextRunes/4), "words": strings.Repeat("words and ", node.MaxTextRunes/10),
	} {
		p.Bio = node.Text{"es": bio, "en": bio}
		_, raw := received(t, vocab.UpdateCard(origin, id(78), vocab.Card(origin, p, org, a, skills(t), c), ptp(), edited))
		if len(raw) > node.MaxCardBytes {
			t.Errorf("%s: %d bytes", name, len(raw))
		}
	}
}

// TestReadCardRefuses takes nothing without an end, a version or an employer.
func TestReadCardRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(jsonld.Object){
		"no end": func(o jsonld.Object) { delete(o, "endTime") }, "no version": func(o jsonld.Object) { delete(o, "version") }, "a version below one": func(o jsonld.Object) { o["version"] = 0 },
		"a version that no reader holds": func(o jsonld.Object) { o["version"] = 1e17 }, "no organization": func(o jsonld.Object) { delete(o, "worksFor") }, "no inbox": func(o jsonld.Object) { delete(o, "inbox") },
		"an end that is no time": func(o jsonld.Object) { o["endTime"] = "soon" },
	} {
		doc, _ := received(t, card(t))
		change(doc)
		if c, err := vocab.ReadCard(doc); err == nil {
			t.Errorf("%s: read as %+v", name, c)
		}
	}
	p, a := person()
	org, _ := organization()
	if doc, _ := received(t, vocab.Person(origin, p, org, a, skills(t))); vocab.IsCard(doc) {
		t.Error("the public profile is taken for a card")
	}
}

// TestWithdrawalIsNotTheEndOfAnActor tells both kinds of Delete apart.
func TestWithdrawalIsNotTheEndOfAnActor(t *testing.T) {
	t.Parallel()
	_, a, _ := carded()
	doc, _ := received(t, vocab.WithdrawCard(origin, id(79), a.URI, 5, ptp(), edited))
	if version, at, ok := vocab.Withdrawal(doc); !ok || version != 5 || !at.Equal(edited) || doc.IDOf("object") != a.URI {
		t.Errorf("a withdrawal reads as %d, %s, %v", version, at.Format(time.RFC3339), ok)
	}
	gone, _ := received(t, vocab.DeleteActor(origin, id(79), a.URI, edited))
	if _, _, ok := vocab.Withdrawal(gone); ok {
		t.Error("the end of an actor is taken for a withdrawal")
	}
}
