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
	"github.com/poweron-network/poweron/schema"
)

func TestRegistryCoversEveryKind(t *testing.T) {
	t.Parallel()
	for _, k := range append(node.ItemKinds, node.KindPerson, node.KindOrganization) {
		types := vocab.TypesOf(k)
		if len(types) == 0 || !slices.IsSorted(types) {
			t.Errorf("%s: types %v", k, types)
		}
		for _, objectType := range types {
			if vocab.KindOf(objectType) != k || vocab.IsItem(objectType) == vocab.IsActor(objectType) {
				t.Errorf("%s is no %s", objectType, k)
			}
		}
	}
	for _, objectType := range []string{"", "Create", "Tombstone", "ChatMessage", "Place"} {
		if vocab.KindOf(objectType) != "" || vocab.IsItem(objectType) || vocab.IsActor(objectType) {
			t.Errorf("%q is handled", objectType)
		}
	}
}

// describe is the document of a gathering.
func describe(t *testing.T, change func(*node.Item)) jsonld.Object {
	t.Helper()
	doc, err := vocab.Item(origin, gathering(50, change))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestGatheringInOneLine(t *testing.T) {
	t.Parallel()
	plain := func(i *node.Item) {
		i.Gathering.Link, i.Gathering.Address, i.Title = "", "", node.Text{"en": "A"}
	}
	for _, tc := range []struct {
		name   string
		change func(*node.Item)
		want   string
	}{
		{"a place", func(*node.Item) {}, "Sat 12 Dec 2026, 10:00–17:00 (Europe/Madrid), Casa del Barrio"},
		{"in Spanish", func(i *node.Item) { i.Lang = "es-MX"; i.Title = node.Text{"es-MX": "A"} }, "sáb 12 dic 2026, 10:00–17:00 (Europe/Madrid), Casa del Barrio"},
		{"in a language that we have no words for", func(i *node.Item) { i.Lang = "fr"; i.Title = node.Text{"fr": "A"} }, "Sat 12 Dec 2026, 10:00–17:00 (Europe/Madrid), Casa del Barrio"},
		{"with an address", func(i *node.Item) { i.Gathering.Address = "Calle <1>" }, "Sat 12 Dec 2026, 10:00–17:00 (Europe/Madrid), Casa del Barrio, Calle &lt;1&gt;"},
		{"only an address", func(i *node.Item) { i.Gathering.Place, i.Gathering.Address = "", "Calle 1" }, "Sat 12 Dec 2026, 10:00–17:00 (Europe/Madrid), Calle 1"},
		{"a link", func(i *node.Item) { i.Gathering.Place, i.Gathering.Link = "", "https://a.example/?x=1&y=2" }, `Sat 12 Dec 2026, 10:00–17:00 (Europe/Madrid), <a href="https://a.example/?x=1&amp;y=2">online</a>`},
		{"a place and a link", func(i *node.Item) { i.Gathering.Link = "https://a.example/" }, `Sat 12 Dec 2026, 10:00–17:00 (Europe/Madrid), Casa del Barrio and <a href="https://a.example/">online</a>`},
		{"no end", func(i *node.Item) { i.Gathering.End = time.Time{} }, "Sat 12 Dec 2026, 10:00 (Europe/Madrid), Casa del Barrio"},
		{"over midnight", func(i *node.Item) { i.Gathering.End = time.Date(2026, 12, 12, 23, 30, 0, 0, time.UTC) }, "Sat 12 Dec 2026, 10:00 – Sun 13 Dec 2026, 00:30 (Europe/Madrid), Casa del Barrio"},
		{"no zone", func(i *node.Item) { i.Gathering.Zone = "" }, "Sat 12 Dec 2026, 09:00–16:00 (UTC), Casa del Barrio"},
		{"cancelled", func(i *node.Item) { i.Gathering.Status = node.Cancelled }, "Cancelled: Sat 12 Dec 2026, 10:00–17:00 (Europe/Madrid), Casa del Barrio"},
		{"moved", func(i *node.Item) {
			i.Gathering.Status, i.Gathering.PreviousStart = node.Rescheduled, time.Date(2026, 7, 5, 8, 0, 0, 0, time.UTC)
		}, "New date: Sat 12 Dec 2026, 10:00–17:00 (Europe/Madrid), was Sun 5 Jul 2026, 10:00, Casa del Barrio"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			doc := describe(t, func(i *node.Item) { plain(i); tc.change(i) })
			if diff := cmp.Diff("<p>"+tc.want+"</p>", doc["summary"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGatheringTellsItsState(t *testing.T) {
	t.Parallel()
	for status, want := range map[node.Status][2]string{
		node.Scheduled: {"EventScheduled", "CONFIRMED"}, node.Tentative: {"EventTentative", "TENTATIVE"},
		node.MovedOnline: {"EventMovedOnline", "CONFIRMED"}, node.Postponed: {"EventPostponed", "TENTATIVE"},
		node.Rescheduled: {"EventRescheduled", "CONFIRMED"}, node.Cancelled: {"EventCancelled", "CANCELLED"}, "": {"EventScheduled", "CONFIRMED"},
	} {
		doc := describe(t, func(i *node.Item) { i.Gathering.Status = status })
		if doc["eventStatus"] != want[0] || doc["status"] != want[1] || doc["ical:status"] != want[1] {
			t.Errorf("%s: %v, %v", status, doc["eventStatus"], doc["status"])
		}
		r, err := vocab.ReadItem(again(t, doc))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Item.Gathering.Status; got != status && status != "" {
			t.Errorf("%s came back as %s", status, got)
		}
	}
}

// TestGatheringForThosePeers holds what peers were seen to need (federation.md 5.1, 13).
func TestGatheringForThosePeers(t *testing.T) {
	t.Parallel()
	place := func(doc jsonld.Object) jsonld.Object { return again(t, doc).Object("location") }
	for _, tc := range []struct {
		name   string
		change func(*node.Item)
	}{
		{"place and address", func(i *node.Item) { i.Gathering.Link = "" }},
		{"place alone", func(i *node.Item) { i.Gathering.Link, i.Gathering.Address = "", "" }},
		{"address alone", func(i *node.Item) { i.Gathering.Link, i.Gathering.Place = "", "" }},
		{"place and link", func(*node.Item) {}},
	} {
		p := place(describe(t, tc.change))
		if p.Type() != "Place" || p.String("name") == "" || p.Object("address").String("streetAddress") == "" {
			t.Errorf("%s: %v", tc.name, p)
		}
	}
	if _, single := describe(t, func(i *node.Item) { i.Gathering.Link = "" })["location"].(jsonld.Object); !single {
		t.Error("a single location is in a list")
	}
	open := describe(t, func(i *node.Item) { i.Gathering.End = time.Time{} })
	if open["displayEndTime"] != false || open["endTime"] != "2026-12-12T11:00:00+01:00" {
		t.Errorf("open end: %v", open["endTime"])
	}
	r, err := vocab.ReadItem(again(t, open))
	if err != nil || !r.Item.Gathering.End.IsZero() {
		t.Errorf("an open end came back as %v, %v", r.Item.Gathering.End, err)
	}
	if got := describe(t, func(i *node.Item) { i.Lang = "und" })["inLanguage"]; got != "es" {
		t.Errorf("inLanguage %v", got)
	}
	if got := describe(t, func(i *node.Item) { i.Lang, i.Gathering.Languages = "", nil })["inLanguage"]; got != "und" {
		t.Errorf("inLanguage %v", got)
	}
	nowhere := describe(t, func(i *node.Item) {
		i.Gathering.Link, i.Gathering.Place, i.Gathering.Address = "", "", ""
	})
	if nowhere.Has("location") {
		t.Errorf("location %v", nowhere["location"])
	}
}

func TestActorsWithLittle(t *testing.T) {
	t.Parallel()
	org, orgActor := organization()
	ana, anaActor := person()
	org.Summary, org.Website, org.Place, org.Languages = nil, "", "", nil
	ana.Bio, ana.RoleTitle, ana.Skills, ana.Languages, ana.Lang = nil, nil, nil, nil, ""
	orgDoc, anaDoc := vocab.Organization(origin, org, orgActor), vocab.Person(origin, ana, org, anaActor, skills(t))
	for _, key := range []string{"summary", "summaryMap", "jobTitle", "knowsAbout", "interestedIn", "knowsLanguage", "featured"} {
		if anaDoc.Has(key) || orgDoc.Has(key) {
			t.Errorf("%s is there without anything to say", key)
		}
	}
	if again(t, orgDoc)["attachment"] == nil || again(t, anaDoc)["tag"] == nil {
		t.Error("an empty list is missing")
	}
	if anaDoc["discoverable"] != false || anaDoc["indexable"] != false || orgDoc["discoverable"] != true || orgDoc["indexable"] != false {
		t.Error("consent differs from federation.md 4")
	}
	fields := again(t, anaDoc).Objects("attachment")
	if len(fields) != 1 || !strings.Contains(fields[0].String("value"), "Neighbours United") {
		t.Errorf("fields %v", fields)
	}
}

func TestProfileFieldsEscapeText(t *testing.T) {
	t.Parallel()
	org, _ := organization()
	ana, anaActor := person()
	org.Name = `<script>"x"`
	ana.RoleTitle, ana.Skills = node.Text{"es": "<b>"}, nil
	for _, f := range again(t, vocab.Person(origin, ana, org, anaActor, skills(t))).Objects("attachment") {
		if strings.Contains(f.String("value"), "<script>") || strings.Contains(f.String("value"), "<b>") {
			t.Errorf("%s", f.String("value"))
		}
	}
}

func TestSpecsTellWhatAServerTakes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		specs   []string
		ed25519 bool
	}{
		{"nothing", nil, false},
		{"RFC 9421", []string{"x", vocab.SpecRFC9421}, false},
		{"Ed25519 as Mitra tells it", []string{vocab.SpecRFC9421, vocab.SpecEd25519}, true},
		{"one of ours", []string{vocab.SpecNode}, true},
		{"Multikeys alone", []string{vocab.SpecFEP521a}, false},
	} {
		if got := vocab.TakesEd25519(tc.specs); got != tc.ed25519 {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
	if !strings.HasPrefix(vocab.SpecNode, schema.Namespace) {
		t.Error("our own spec lies outside our namespace")
	}
}

func TestSpecsList(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, line := range strings.Split(strings.TrimRight(string(schema.Specs), "\n"), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 3 || f[0] == "" || f[1] == "" || !slices.Contains([]string{"yes", "partial", "no"}, f[2]) || seen[f[0]] {
			t.Errorf("bad line %q", line)
			continue
		}
		seen[f[0]] = true
	}
	for _, spec := range []string{"AP", "AS2", "cavage-12", "RFC9421", "RFC9530", "RFC7033", "NodeInfo", "FEP-67ff", "FEP-fe34", "FEP-8a8e", "FEP-844e", "FEP-521a", "FEP-2677", "FEP-2c59", "FEP-d556", "FEP-5feb"} {
		if !seen[spec] {
			t.Errorf("no line for %s", spec)
		}
	}
}
