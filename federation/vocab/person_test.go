package vocab_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// marked is a person each of whose fields holds a word of its own.
func marked() (*node.Person, map[node.Field]string) {
	p := ana()
	words := map[node.Field]string{}
	for _, f := range node.Fields {
		words[f] = "canary" + string(f)
	}
	p.Handle = "nobody_knows"
	p.Name, p.Pronouns, p.Place = words[node.FieldName], words[node.FieldPronouns], words[node.FieldPlace]
	p.RoleTitle, p.Bio = node.Text{"es": words[node.FieldRole]}, node.Text{"es": words[node.FieldBio]}
	p.Email, p.Languages = words[node.FieldEmail]+"@x.example", []string{words[node.FieldLanguages]}
	p.Skills = p.Skills[:1]
	return p, words
}

// TestE2PersonDocuments looks into the public document and into the one for a
// network for every field in every audience: each tells what its readers may
// see, and of nothing else that there is something.
func TestE2PersonDocuments(t *testing.T) {
	t.Parallel()
	network, other := id(5), id(6)
	org, _ := organization()
	n := 0
	for name, doc := range map[string]struct {
		viewer   access.Viewer
		audience node.Audience
	}{
		"public": {access.Visitor, node.Public}, "for a network": {access.MemberOf(network), node.Networks},
	} {
		scope := access.ScopeOf(doc.viewer)
		for _, a := range node.FieldAudiences(ana().ID, org.ID, []uuid.UUID{network, other}) {
			p, words := marked()
			for _, f := range node.Fields {
				p.SetAudience(f, a)
			}
			p.Skills[0].Audience = a
			scope.Reduce(p)
			actor := localActor(7, node.KindPerson, p.ID, origin.PersonURI(id(7)))
			actor.Audience = doc.audience
			raw := string(file(t, vocab.PersonCard(origin, p, org, actor, skills(t), 1, edited)))
			for f, word := range words {
				if n++; strings.Contains(raw, word) != scope.Includes(a) {
					t.Errorf("%s, fields for %s: %s is told = %v", name, a, f, !scope.Includes(a))
				}
			}
			if strings.Contains(raw, "crm-migration") != scope.Includes(a) {
				t.Errorf("%s, skills for %s: told = %v", name, a, !scope.Includes(a))
			}
			hidden := doc.audience == node.Networks && !scope.Includes(a)
			if strings.Contains(raw, "nobody_knows") == hidden {
				t.Errorf("%s, name for %s: the handle is told = %v", name, a, hidden)
			}
		}
	}
	if want := 2 * 6 * len(node.Fields); n != want {
		t.Errorf("%d combinations, want %d", n, want)
	}
}

// TestNetworkActor: apart from the public actor, and nothing for those who cannot fetch it.
func TestNetworkActor(t *testing.T) {
	t.Parallel()
	org, _ := organization()
	p, actor := listed()
	doc := again(t, vocab.PersonCard(origin, p, org, actor, skills(t), 7, edited))
	for _, key := range []string{"webfinger", "followers", "following", "url"} {
		if doc.Has(key) {
			t.Errorf("%s is there: %v", key, doc[key])
		}
	}
	version, _ := doc.Number("version")
	if doc["manuallyApprovesFollowers"] != true || version != 7 || !doc.Time("endTime").Equal(edited) || doc.Object("location").String("name") != "Manchester, UK" {
		t.Errorf("the card says %v, %v, %v", version, doc["endTime"], doc["location"])
	}
	if _, _, err := vocab.ReadActor(doc); err != nil {
		t.Errorf("it cannot be read: %v", err)
	}
	for _, c := range []struct {
		name string
		f    func(*node.Person)
		want string
	}{
		{"name is seen", func(*node.Person) {}, "ana"},
		{"name is not seen", func(p *node.Person) { p.Initialed = true }, "m_00000004"},
		{"the handle leads to the public actor", func(p *node.Person) { p.ActorID = id(3) }, "m_00000004"},
	} {
		p, actor := listed()
		c.f(p)
		if got := vocab.Person(origin, p, org, actor, skills(t)).String("preferredUsername"); got != c.want {
			t.Errorf("%s: username %q, want %q", c.name, got, c.want)
		}
	}
	public, publicActor := person()
	if doc := vocab.Person(origin, public, org, publicActor, skills(t)); doc.Has("version") || doc.Has("endTime") || doc.Has("location") || !doc.Has("followers") {
		t.Error("the public actor is like the one for networks")
	}
}
