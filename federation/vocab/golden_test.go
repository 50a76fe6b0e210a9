package vocab_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files in schema/examples")

const examples = "../../schema/examples"

// The one node of the examples. Ids are fixed, so that the files only change
// when the mapping does.
const origin = node.Origin("https://node.example.org")

func id(n byte) uuid.UUID {
	return uuid.UUID{0x01, 0x98, 0xc0, 0xde, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, n}
}

var (
	founded   = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	published = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	edited    = time.Date(2026, 11, 23, 18, 30, 0, 0, time.UTC)
)

// rsaPublic belongs to no one; its private half was thrown away.
const rsaPublic = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuNWY3V7lhRbSXoIZa0dF
mhD2YmumB6aIjBIIvP9OXu4WciD2xJYtf28qZLLThbOu8KryMinB4Rk18G6F/8Gh
v3QYIgULEMkj7bolsRUVmNjlt9/ea2oZNiwcXWVLoT+GOdQF34isQz9s49EEoi18
Rldk1EsvdXf9k5z3XH6Gj2KcL9V4UN6q35M4eYJ6e4fN/cWn9dB72GsBVyVbiUuN
xMIen9PtuQFrnRC0tNjdrTaGHrWivfhapxqo2s2Yo7oQw+TnPDDUYv7Gp7fXbS6l
cvPOFNVMPcd+7MhfjQA6xsc9GIZVdXf+A5e/l9+/4zDiRmJsv+MI0pknzX/VmJB6
JwIDAQAB
-----END PUBLIC KEY-----
`

func edPublic() string {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	return signature.EncodeMultikey(key.Public().(ed25519.PublicKey))
}

func localActor(n byte, kind node.Kind, owner uuid.UUID, uri string) *node.LocalActor {
	return &node.LocalActor{ID: id(n), Kind: kind, OwnerID: owner, URI: uri, RSAPublic: rsaPublic, EdPublic: edPublic(), CreatedAt: founded}
}

func organization() (*node.Organization, *node.LocalActor) {
	o := &node.Organization{
		ID: id(1), Handle: "neighbours", Name: "Neighbours United",
		Summary:   node.Text{"en": "We organize **tenants** in three towns.", "es": "Organizamos a **inquilinos** en tres ciudades."},
		Languages: []string{"en", "es"}, Place: "Manchester, UK", Website: "https://neighbours.example/", CreatedAt: founded, UpdatedAt: published,
	}
	return o, localActor(1, node.KindOrganization, o.ID, origin.OrganizationURI(o.ID))
}

// person is Ana as everyone sees her, who chose to be followable.
func person() (*node.Person, *node.LocalActor) {
	p := ana()
	p.ActorID, p.Audience = id(3), node.Public
	p.Open()
	access.ScopeOf(access.Visitor).Reduce(p)
	return p, localActor(3, node.KindPerson, p.ID, origin.PersonURI(p.ActorID))
}

// listed is Ana as members of a network see her, who shows herself to them and to nobody else.
func listed() (*node.Person, *node.LocalActor) {
	p := ana()
	p.NetworkActorID = id(4)
	p.SetAudience(node.FieldPlace, node.Networks)
	p.Skills[3].Audience = node.Only(p.ID)
	access.ScopeOf(access.MemberOf(id(5))).Reduce(p)
	a := localActor(4, node.KindPerson, p.ID, origin.PersonURI(p.NetworkActorID))
	a.Audience = node.Networks
	return p, a
}

// ana is all of a profile.
func ana() *node.Person {
	return &node.Person{
		ID: id(2), OrganizationID: id(1), Handle: "ana", Name: "Ana Ruiz",
		RoleTitle: node.Text{"en": "Data organizer", "es": "Organizadora de datos"},
		Bio:       node.Text{"es": "Ayudo con *hojas de cálculo*.", "en": "I help with *spreadsheets*."},
		Email:     "ana@neighbours.example", Languages: []string{"es", "en"}, Lang: "es", Role: node.Editor,
		Skills: []node.PersonSkill{
			{Tag: "crm-migration", Stance: node.Offer, Level: 3, CanMentor: true},
			{Tag: "spreadsheets", Stance: node.Offer, Level: 2},
			{Tag: "phone-banking", Stance: node.Learning, Level: 1},
			{Tag: "facilitation", Stance: node.Interest},
		},
		Pronouns: "ella", Place: "Manchester, UK", Audience: node.Networks, CreatedAt: founded, UpdatedAt: founded,
	}
}

// skills is the vocabulary that all nodes share.
func skills(t interface{ Fatal(...any) }) *skillset.Set {
	set, err := skillset.Load(schema.Skills)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func byOrganization() node.Author {
	o, a := organization()
	return node.Author{ID: o.ID, Kind: node.KindOrganization, URI: a.URI, Handle: o.Handle, Name: o.Name, Page: origin.OrganizationPage(o.Handle)}
}

func byPerson() node.Author {
	p, a := person()
	return node.Author{ID: p.ID, Kind: node.KindPerson, URI: a.URI, Handle: p.Handle, Name: p.Name, Page: origin.PersonPage(p.Handle)}
}

var stranger = node.Author{ID: id(9), Kind: node.KindPerson, URI: "https://social.example/users/rosa", Handle: "rosa@social.example", Name: "Rosa", Host: "social.example"}

func post(n byte, change func(*node.Item)) *node.Item {
	i := &node.Item{
		ID: id(n), URI: origin.ObjectURI(id(n)), Page: origin.ItemPage(node.KindPost, id(n)), Kind: node.KindPost, Local: true,
		Author: byPerson(), WrittenBy: id(2), Audience: node.Public, State: node.Live, Lang: "en", Title: node.Text{},
		PublishedAt: published, UpdatedAt: published, Version: 1,
	}
	write(i, "en", "Who has run a *phone bank* at home? Hall: East Room is booked.")
	change(i)
	return i
}

// write sets the text of an item as the node would.
func write(i *node.Item, lang, markdown string) {
	i.Source, i.Body = i.Source.With(lang, markdown), i.Body.With(lang, markup.Render(markdown))
}

func gathering(n byte, change func(*node.Item)) *node.Item {
	i := &node.Item{
		ID: id(n), URI: origin.ObjectURI(id(n)), Page: origin.ItemPage(node.KindGathering, id(n)), Kind: node.KindGathering, Local: true,
		Author: byOrganization(), WrittenBy: id(2), Audience: node.Public, State: node.Live, Lang: "en",
		Title:       node.Text{"en": "Autumn gathering", "es": "Encuentro de otoño"},
		PublishedAt: published, UpdatedAt: published, Version: 1,
		Gathering: &node.Gathering{
			Start: time.Date(2026, 12, 12, 9, 0, 0, 0, time.UTC), End: time.Date(2026, 12, 12, 16, 0, 0, 0, time.UTC), Zone: "Europe/Madrid",
			Place: "Casa del Barrio", Address: "Calle Mayor 1, Madrid", Link: "https://meet.example/autumn?pwd=a&b",
			Languages: []string{"es", "en"}, Status: node.Scheduled,
		},
	}
	write(i, "en", "A day of **practice**. Bring a question.")
	write(i, "es", "Un día de **práctica**. Trae una pregunta.")
	change(i)
	return i
}

func unchanged(*node.Item) {}

func rescheduled(i *node.Item) {
	g := i.Gathering
	g.Status, g.PreviousStart = node.Rescheduled, g.Start
	g.Start, g.End = g.Start.AddDate(0, 0, 7), time.Date(2026, 12, 20, 11, 0, 0, 0, time.UTC)
	g.Address, g.Link = "", ""
	i.UpdatedAt, i.Version = edited, 2
}

func cancelled(i *node.Item) {
	i.Gathering.Status, i.Gathering.Place, i.Gathering.Address = node.Cancelled, "", ""
	i.UpdatedAt, i.Lang = edited, "es"
}

// items are the examples of what can be read back.
func items() map[string]*node.Item {
	return map[string]*node.Item{
		"note": post(20, unchanged),
		"note-reply": post(21, func(i *node.Item) {
			i.Author, i.InReplyTo, i.UpdatedAt = byOrganization(), "https://social.example/users/rosa/statuses/113001", edited
		}),
		"article": post(22, func(i *node.Item) {
			i.Title, i.Lang = node.Text{"en": "How to run a phone bank: part 1", "es": "Cómo organizar una campaña telefónica"}, "es"
			write(i, "es", "## Antes de empezar\n\nHaz una lista & repártela.")
		}),
		"event": gathering(23, unchanged), "event-rescheduled": gathering(24, rescheduled), "event-cancelled": gathering(25, cancelled),
	}
}

// documents are all examples by name of their file.
func documents(t testing.TB) map[string]any {
	t.Helper()
	org, orgActor := organization()
	ana, anaActor := person()
	member, memberActor := listed()
	relay := localActor(0, "", uuid.Nil, origin.Relay())
	docs := map[string]any{
		"application":  vocab.Application(origin, relay, org),
		"organization": vocab.Organization(origin, org, orgActor),
		"person":       vocab.Person(origin, ana, org, anaActor, skills(t)),
		"person-card":  vocab.PersonCard(origin, member, org, memberActor, skills(t), 3, edited.AddDate(0, 0, 30)),
	}
	made := map[string]jsonld.Object{}
	for name, i := range items() {
		var mentions []node.Author
		if i.InReplyTo != "" {
			mentions = []node.Author{stranger, stranger}
		}
		doc, err := vocab.Item(origin, i, mentions...)
		if err != nil {
			t.Fatal(err)
		}
		docs[name], made[name] = doc, doc
	}
	theirs, theirFollow := stranger.URI, "https://social.example/users/rosa#follow/7"
	ourFollow := origin.ActivityURI(id(40))
	eventURI := made["event"].ID()
	for name, doc := range map[string]any{
		"create-note":      vocab.Create(origin, id(30), made["note"], published),
		"create-reply":     vocab.Create(origin, id(31), made["note-reply"], published),
		"create-event":     vocab.Create(origin, id(32), made["event"], published),
		"update-event":     vocab.Update(origin, id(33), made["event-cancelled"], edited),
		"update-person":    vocab.UpdateActor(origin, id(34), docs["person"].(jsonld.Object), edited),
		"delete-note":      vocab.Delete(origin, id(35), anaActor.URI, vocab.Tombstone(made["note"].ID(), node.KindPost, edited), edited, theirs),
		"delete-person":    vocab.DeleteActor(origin, id(36), anaActor.URI, edited),
		"announce-event":   vocab.Announce(origin, id(37), relay.URI, eventURI, published),
		"follow":           vocab.Follow(origin, id(40), orgActor.URI, theirs, published),
		"undo-follow":      vocab.Undo(origin, id(41), orgActor.URI, ourFollow, theirs, edited),
		"accept":           vocab.Accept(origin, id(42), orgActor.URI, theirFollow, theirs, published),
		"reject":           vocab.Reject(origin, id(43), orgActor.URI, theirFollow, theirs, published),
		"tombstone":        vocab.Tombstone(made["note"].ID(), node.KindPost, edited),
		"followers":        vocab.Collection(vocab.Followers(orgActor.URI), 17, ""),
		"outbox":           vocab.Collection(orgActor.URI+"/outbox", 2, orgActor.URI+"/outbox?page=1"),
		"outbox-page":      vocab.Page(orgActor.URI+"/outbox?page=1", orgActor.URI+"/outbox", []jsonld.Object{vocab.Create(origin, id(32), made["event"], published)}, orgActor.URI+"/outbox?page=2", ""),
		"webfinger":        vocab.WebFinger(origin, "ana", anaActor.URI, origin.PersonPage("ana")),
		"webfinger-server": vocab.ServerWebFinger(origin),
		"nodeinfo-links":   vocab.NodeInfoLinks(origin),
		"nodeinfo":         vocab.Info("1.0.0", org, "en"),
	} {
		docs[name] = doc
	}
	maps.Copy(docs, networkDocuments())
	maps.Copy(docs, networkItemDocuments(t))
	maps.Copy(docs, cardDocuments(t))
	maps.Copy(docs, mentorDocuments(t))
	return docs
}

// file is a document as its example shows it, on many lines.
func file(t *testing.T, doc any) []byte {
	t.Helper()
	var raw []byte
	var err error
	if o, ok := doc.(jsonld.Object); ok {
		raw, err = jsonld.Marshal(o)
	} else {
		raw, err = json.Marshal(doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func TestExamples(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	check := func(name string, got []byte) {
		t.Helper()
		seen[name] = true
		path := filepath.Join(examples, name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (rewrite with -update):\n%s", name, diff)
		}
	}
	for name, doc := range documents(t) {
		check(name+".json", file(t, doc))
	}
	meta, err := vocab.HostMeta(origin)
	if err != nil {
		t.Fatal(err)
	}
	check("host-meta.xml", append(meta, '\n'))
	files, err := os.ReadDir(examples)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !seen[f.Name()] {
			t.Errorf("%s: nothing makes this file", f.Name())
		}
	}
}

// TestExamplesAreUsable holds for every document that another server reads.
func TestExamplesAreUsable(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t) {
		o, ok := doc.(jsonld.Object)
		if !ok {
			continue
		}
		raw := file(t, o)
		back, err := jsonld.Decode(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if back.ID() == "" || back.Type() == "" {
			t.Errorf("%s: no id or type", name)
		}
		if strings.Contains(string(raw), "ana@neighbours.example") {
			t.Errorf("%s: tells an address", name)
		}
		if !back.Has("actor") {
			continue
		}
		for _, key := range []string{"to", "cc"} {
			if _, ok := back[key].([]any); !ok {
				t.Errorf("%s: %s is no list", name, key)
			}
		}
		if back.Time("published").IsZero() || !origin.Owns(back.ID()) || !origin.Owns(back.IDOf("actor")) {
			t.Errorf("%s: no time, or not ours", name)
		}
	}
}
