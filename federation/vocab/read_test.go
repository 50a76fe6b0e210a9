package vocab_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

func read(t testing.TB, doc string) jsonld.Object {
	t.Helper()
	o, err := jsonld.Decode([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// again is what another node of ours gets when it reads doc.
func again(t *testing.T, doc jsonld.Object) jsonld.Object {
	t.Helper()
	return read(t, string(file(t, doc)))
}

func TestItemsSurviveTheRoundTrip(t *testing.T) {
	t.Parallel()
	for name, i := range items() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := vocab.Item(origin, i, stranger)
			if err != nil {
				t.Fatal(err)
			}
			got, err := vocab.ReadItem(again(t, doc))
			if err != nil {
				t.Fatal(err)
			}
			want := &vocab.Received{
				Type: doc.Type(), AttributedTo: []string{i.Author.URI}, Public: true,
				To: []string{jsonld.PublicIRI}, CC: []string{i.Author.URI + "/followers", stranger.URI}, Mentions: []string{stranger.URI},
				Item: node.Item{
					URI: i.URI, Page: i.Page, Kind: i.Kind, InReplyTo: i.InReplyTo, Lang: i.Lang, Title: i.Title, Body: i.Body,
					PublishedAt: i.PublishedAt, UpdatedAt: i.UpdatedAt, Gathering: i.Gathering,
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyWhatIsForEveryoneLeaves(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*node.Item)
	}{
		{"for the networks", func(i *node.Item) { i.Audience = node.Networks }},
		{"for one network", func(i *node.Item) { i.Audience = node.NetworkOnly(id(1)) }},
		{"for the organization", func(i *node.Item) { i.Audience = node.OrganizationOnly(id(1)) }},
		{"for a group", func(i *node.Item) { i.Audience = node.Group(id(1)) }},
		{"for one person", func(i *node.Item) { i.Audience = node.Only(id(1)) }},
		{"for nobody", func(i *node.Item) { i.Audience = "" }},
		{"held", func(i *node.Item) { i.State = node.Held }},
		{"received", func(i *node.Item) { i.Local = false }},
		{"by somebody who is not followable", func(i *node.Item) { i.Author.URI = "" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, i := range []*node.Item{post(1, tc.change), gathering(1, tc.change)} {
				if doc, err := vocab.Item(origin, i); !errors.Is(err, vocab.ErrNotPublic) || doc != nil {
					t.Errorf("%s: %v, %v", i.Kind, doc, err)
				}
			}
		})
	}
	if _, err := vocab.Item(origin, post(1, func(i *node.Item) { i.Kind = node.KindFollow })); err == nil {
		t.Error("a follow became a document")
	}
}

func TestActorsSurviveTheRoundTrip(t *testing.T) {
	t.Parallel()
	org, orgActor := organization()
	ana, anaActor := person()
	relay := localActor(0, "", id(0), origin.Relay())
	specs := []string{vocab.SpecRFC9421, vocab.SpecEd25519, vocab.SpecFEP521a, vocab.SpecNode}
	for _, tc := range []struct {
		name string
		doc  jsonld.Object
		want node.RemoteActor
	}{
		{"person", vocab.Person(origin, ana, org, anaActor, skills(t)), node.RemoteActor{
			URI: anaActor.URI, Type: "Person", Username: "ana", Host: "node.example.org", Name: "Ana Ruiz",
			Summary: "<p>Ayudo con <em>hojas de cálculo</em>.</p>", Page: "https://node.example.org/people/ana",
			JobTitle: "Organizadora de datos", Languages: []string{"es", "en"}, WorksFor: orgActor.URI,
			Skills: []node.PersonSkill{
				{Tag: "crm-migration", Name: "Migración de CRM", Stance: node.Offer, Level: 3, CanMentor: true},
				{Tag: "spreadsheets", Name: "Hojas de cálculo", Stance: node.Offer, Level: 2},
				{Tag: "phone-banking", Name: "Campañas telefónicas", Stance: node.Learning, Level: 1},
				{Tag: "facilitation", Name: "Facilitación", Stance: node.Interest},
			},
		}},
		{"organization", vocab.Organization(origin, org, orgActor), node.RemoteActor{
			URI: orgActor.URI, Type: "Organization", Username: "neighbours", Host: "node.example.org", Name: "Neighbours United",
			Summary: "<p>We organize <strong>tenants</strong> in three towns.</p>", Page: "https://node.example.org/organizations/neighbours",
			Languages: []string{"en", "es"}, UpdatedAt: published,
		}},
		{"application", vocab.Application(origin, relay, org), node.RemoteActor{
			URI: origin.Relay(), Type: "Application", Username: "relay", Host: "node.example.org", Name: "node.example.org",
			Summary: "<p>The server of Neighbours United</p>", Page: "https://node.example.org/",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, keys, err := vocab.ReadActor(again(t, tc.doc))
			if err != nil {
				t.Fatal(err)
			}
			uri := tc.want.URI
			tc.want.Inbox, tc.want.SharedInbox, tc.want.Followers = uri+"/inbox", origin.SharedInbox(), uri+"/followers"
			tc.want.Implements = specs
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Error(diff)
			}
			wantKeys := []node.RemoteKey{
				{ID: uri + "#main-key", ActorURI: uri, Algorithm: "rsa", Public: strings.TrimSpace(rsaPublic)},
				{ID: uri + "#ed25519", ActorURI: uri, Algorithm: "ed25519", Public: edPublic()},
			}
			if diff := cmp.Diff(wantKeys, keys); diff != "" {
				t.Error(diff)
			}
			if !vocab.TakesEd25519(got.Implements) {
				t.Error("our node is not known as one")
			}
		})
	}
}

// TestSkillsSurviveTheRoundTrip: stance, level and mark come back as they were (design.md 9).
func TestSkillsSurviveTheRoundTrip(t *testing.T) {
	t.Parallel()
	org, _ := organization()
	set := skills(t)
	rapid.Check(t, func(r *rapid.T) {
		ana, anaActor := person()
		skill := rapid.Custom(func(r *rapid.T) node.PersonSkill {
			s := node.PersonSkill{
				Tag:     rapid.StringMatching(`[a-z][a-z0-9-]{0,20}`).Draw(r, "tag"),
				TermSet: rapid.SampledFrom([]string{"", "https://hub.example/skills"}).Draw(r, "set"),
				Stance:  rapid.SampledFrom(node.Stances).Draw(r, "stance"),
			}
			if s.Stance != node.Interest {
				s.Level = rapid.IntRange(1, 3).Draw(r, "level")
			}
			s.CanMentor = s.Stance == node.Offer && rapid.Bool().Draw(r, "mentor")
			return s
		})
		ana.Skills = rapid.SliceOfN(skill, 0, 20).Draw(r, "skills")
		doc := vocab.Person(origin, ana, org, anaActor, set)
		raw, err := jsonld.Marshal(doc)
		if err != nil {
			r.Fatal(err)
		}
		back, err := jsonld.Decode(raw)
		if err != nil {
			r.Fatal(err)
		}
		got, _, err := vocab.ReadActor(back)
		if err != nil {
			r.Fatal(err)
		}
		byTag := cmpopts.SortSlices(func(a, b node.PersonSkill) bool {
			return a.Tag+a.TermSet+string(a.Stance)+string(rune('0'+a.Level)) < b.Tag+b.TermSet+string(b.Stance)+string(rune('0'+b.Level))
		})
		noName := cmpopts.IgnoreFields(node.PersonSkill{}, "Name")
		if diff := cmp.Diff(ana.Skills, got.Skills, byTag, noName, cmpopts.EquateEmpty()); diff != "" {
			r.Fatal(diff)
		}
	})
}
