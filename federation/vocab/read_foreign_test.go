package vocab_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

// rosa is an actor of another server; change edits her document.
func rosa(t testing.TB, change func(jsonld.Object)) jsonld.Object {
	t.Helper()
	uri := stranger.URI
	doc := read(t, `{"id":"`+uri+`","type":"Person","preferredUsername":"rosa","name":"Rosa","summary":"<p>Hi</p>","url":"https://social.example/@rosa",
		"inbox":"`+uri+`/inbox","followers":"`+uri+`/followers","endpoints":{"sharedInbox":"https://social.example/inbox"},
		"publicKey":{"id":"`+uri+`#main-key","owner":"`+uri+`","publicKeyPem":`+quote(rsaPublic)+`},
		"assertionMethod":[{"id":"`+uri+`#ed","type":"Multikey","controller":"`+uri+`","publicKeyMultibase":"`+edPublic()+`"}]}`)
	change(doc)
	return doc
}

func quote(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw)
}

// at sets a value inside a document.
func at(doc jsonld.Object, key string) jsonld.Object { return doc[key].(map[string]any) }

func TestA2KeysBelongToTheActorThatShowsThem(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(jsonld.Object)
		want   []string
	}{
		{"both", func(jsonld.Object) {}, []string{"#main-key", "#ed"}},
		{"id at another origin", func(d jsonld.Object) { at(d, "publicKey")["id"] = "https://evil.example/users/rosa#main-key" }, []string{"#ed"}},
		{"id at another port", func(d jsonld.Object) {
			at(d, "publicKey")["id"] = "https://social.example:8443/users/rosa#main-key"
		}, []string{"#ed"}},
		{"id by http", func(d jsonld.Object) { at(d, "publicKey")["id"] = "http://social.example/users/rosa#main-key" }, []string{"#ed"}},
		{"no id", func(d jsonld.Object) { delete(at(d, "publicKey"), "id") }, []string{"#ed"}},
		{"owner is somebody else", func(d jsonld.Object) { at(d, "publicKey")["owner"] = "https://social.example/users/eva" }, []string{"#ed"}},
		{"no owner", func(d jsonld.Object) { delete(at(d, "publicKey"), "owner") }, []string{"#ed"}},
		{"controller instead of owner", func(d jsonld.Object) {
			k := at(d, "publicKey")
			k["controller"] = k["owner"]
			delete(k, "owner")
		}, []string{"#main-key", "#ed"}},
		{"no PEM", func(d jsonld.Object) { at(d, "publicKey")["publicKeyPem"] = "x" }, []string{"#ed"}},
		{"only the id of the key", func(d jsonld.Object) { d["publicKey"] = stranger.URI + "#main-key" }, []string{"#ed"}},
		{"a list of keys", func(d jsonld.Object) {
			d["publicKey"] = []any{d["publicKey"], map[string]any{"id": "https://evil.example/k", "owner": stranger.URI, "publicKeyPem": rsaPublic}}
		}, []string{"#main-key", "#ed"}},
		{"Multikey of somebody else", func(d jsonld.Object) {
			d["assertionMethod"].([]any)[0].(map[string]any)["controller"] = "https://social.example/users/eva"
		}, []string{"#main-key"}},
		{"Multikey at another origin", func(d jsonld.Object) {
			d["assertionMethod"].([]any)[0].(map[string]any)["id"] = "https://evil.example/users/rosa#ed"
		}, []string{"#main-key"}},
		{"Multikey that is none", func(d jsonld.Object) {
			d["assertionMethod"].([]any)[0].(map[string]any)["publicKeyMultibase"] = "z6Mk"
		}, []string{"#main-key"}},
		{"no Multikey by type", func(d jsonld.Object) {
			d["assertionMethod"].([]any)[0].(map[string]any)["type"] = "JsonWebKey"
		}, []string{"#main-key"}},
		{"one Multikey without a list", func(d jsonld.Object) { d["assertionMethod"] = d["assertionMethod"].([]any)[0] }, []string{"#main-key", "#ed"}},
		{"very many", func(d jsonld.Object) {
			var many []any
			for range 50 {
				many = append(many, d["publicKey"])
			}
			d["publicKey"], d["assertionMethod"] = many, nil
		}, []string{"#main-key", "#main-key", "#main-key", "#main-key", "#main-key", "#main-key", "#main-key", "#main-key", "#main-key", "#main-key"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, keys, err := vocab.ReadActor(rosa(t, tc.change))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, k := range keys {
				got = append(got, strings.TrimPrefix(k.ID, stranger.URI))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestActorsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(jsonld.Object)
	}{
		{"no id", func(d jsonld.Object) { delete(d, "id") }},
		{"id that is no address", func(d jsonld.Object) { d["id"] = "acct:rosa@social.example" }},
		{"other type", func(d jsonld.Object) { d["type"] = "Note" }},
		{"no inbox", func(d jsonld.Object) { delete(d, "inbox") }},
		{"inbox at another origin", func(d jsonld.Object) { d["inbox"] = "https://victim.example/inbox" }},
		{"inbox with a user name", func(d jsonld.Object) { d["inbox"] = "https://social.example@victim.example/inbox" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if a, _, err := vocab.ReadActor(rosa(t, tc.change)); !errors.Is(err, vocab.ErrDocument) {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
}

func TestForeignProfilesAreMadeSafe(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(jsonld.Object)
		get    func(*node.RemoteActor) any
		want   any
	}{
		{"as it is", func(jsonld.Object) {}, func(a *node.RemoteActor) any { return a.Handle() }, "rosa@social.example"},
		{"name without tricks (C3)", func(d jsonld.Object) { d["name"] = "Ro\u202esa\n\x07" }, func(a *node.RemoteActor) any { return a.Name }, "Rosa"},
		{"no name", func(d jsonld.Object) { d["name"] = "\u202e" }, func(a *node.RemoteActor) any { return a.Name }, "rosa"},
		{"no user name", func(d jsonld.Object) { delete(d, "preferredUsername") }, func(a *node.RemoteActor) any { return a.Username }, "rosa"},
		{"user name with a host in it (A11)", func(d jsonld.Object) { d["preferredUsername"] = "ana@node.example.org" }, func(a *node.RemoteActor) any { return a.Username }, "rosa"},
		{"no user name anywhere", func(d jsonld.Object) {
			d["preferredUsername"] = "a b"
			d["id"] = "https://social.example/"
			d["inbox"] = "https://social.example/inbox"
		}, func(a *node.RemoteActor) any { return a.Username }, "social.example"},
		{"summary (C4)", func(d jsonld.Object) { d["summary"] = `<p onclick="x()">Hi<script>x()</script></p>` }, func(a *node.RemoteActor) any { return a.Summary }, "<p>Hi</p>"},
		{"shared inbox elsewhere", func(d jsonld.Object) { at(d, "endpoints")["sharedInbox"] = "https://victim.example/inbox" }, func(a *node.RemoteActor) any { return a.SharedInbox }, ""},
		{"followers elsewhere", func(d jsonld.Object) { d["followers"] = "https://victim.example/followers" }, func(a *node.RemoteActor) any { return a.Followers }, ""},
		{"page elsewhere", func(d jsonld.Object) { d["url"] = "https://bank.example/" }, func(a *node.RemoteActor) any { return a.Page }, stranger.URI},
		{"page that is a script", func(d jsonld.Object) { d["url"] = "javascript:alert(1)" }, func(a *node.RemoteActor) any { return a.Page }, stranger.URI},
		{"page among links", func(d jsonld.Object) {
			d["url"] = []any{map[string]any{"type": "Link", "href": "https://social.example/feed", "mediaType": "application/atom+xml"}, map[string]any{"type": "Link", "href": "https://social.example/rosa", "mediaType": "text/html; charset=utf-8"}}
		}, func(a *node.RemoteActor) any { return a.Page }, "https://social.example/rosa"},
		{"host in other case", func(d jsonld.Object) { d["id"] = "https://SOCIAL.example/users/rosa" }, func(a *node.RemoteActor) any { return a.Host }, "social.example"},
		{"employer that is no address", func(d jsonld.Object) { d["worksFor"] = "Acme" }, func(a *node.RemoteActor) any { return a.WorksFor }, ""},
		{"groups count as organizations", func(d jsonld.Object) { d["type"] = "Group" }, func(a *node.RemoteActor) any { return a.Kind() }, node.KindOrganization},
		{"specs of its own server", func(d jsonld.Object) {
			d["generator"] = map[string]any{"type": "Application", "id": "https://social.example/actor", "implements": []any{map[string]any{"href": vocab.SpecRFC9421}, vocab.SpecEd25519, "x"}}
		}, func(a *node.RemoteActor) any { return a.Implements }, []string{vocab.SpecRFC9421, vocab.SpecEd25519}},
		{"specs of another server", func(d jsonld.Object) {
			d["generator"] = map[string]any{"type": "Application", "id": "https://evil.example/actor", "implements": []any{vocab.SpecEd25519}}
		}, func(a *node.RemoteActor) any { return a.Implements }, []string(nil)},
		{"skills that are text", func(d jsonld.Object) { d["knowsAbout"] = []any{"gardening", map[string]any{"name": "x"}} }, func(a *node.RemoteActor) any { return a.Skills }, []node.PersonSkill(nil)},
		{"skill with a code that is none", func(d jsonld.Object) {
			d["knowsAbout"] = map[string]any{"termCode": `"><script>`, "inDefinedTermSet": "https://w3id.org/poweron/skills"}
		}, func(a *node.RemoteActor) any { return a.Skills }, []node.PersonSkill(nil)},
		{"skill of no vocabulary", func(d jsonld.Object) { d["knowsAbout"] = map[string]any{"termCode": "crm-migration"} }, func(a *node.RemoteActor) any { return a.Skills }, []node.PersonSkill(nil)},
		{"levels beyond the scale", func(d jsonld.Object) {
			d["knowsAbout"] = []any{map[string]any{"termCode": "a", "inDefinedTermSet": "https://w3id.org/poweron/skills", "skillLevel": 99.0}, map[string]any{"termCode": "b", "inDefinedTermSet": "https://hub.example/skills", "skillLevel": -1.0}}
		}, func(a *node.RemoteActor) any { return a.Skills }, []node.PersonSkill{{Tag: "a", Stance: node.Offer, Level: 3}, {Tag: "b", TermSet: "https://hub.example/skills", Stance: node.Offer, Level: 1}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a, _, err := vocab.ReadActor(rosa(t, tc.change))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, tc.get(a)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const foreign = `"id":"https://social.example/1","published":"2026-11-22T09:00:00Z","attributedTo":"https://social.example/users/rosa","to":"as:Public"`

func TestForeignItems(t *testing.T) {
	t.Parallel()
	body := func(r *vocab.Received) any { return r.Item.Body }
	for _, tc := range []struct {
		name, doc string
		get       func(*vocab.Received) any
		want      any
	}{
		{"body is made safe (C4)", `{"type":"Note","content":"<p onclick=x>a<script>b</script></p>"}`, body, node.Text{"und": "<p>a</p>"}},
		{"text that looks like an address", `{"type":"Note","content":"update: Hall: East"}`, body, node.Text{"und": "update: Hall: East"}},
		{"plain text", `{"type":"Note","mediaType":"text/plain","content":"a < b\nc"}`, body, node.Text{"und": "<p>a &lt; b<br>c</p>"}},
		{"Markdown", `{"type":"Video","mediaType":"text/markdown","content":"**a**"}`, body, node.Text{"und": "<p><strong>a</strong></p>"}},
		{"poll", `{"type":"Question","content":"<p>a</p>","oneOf":[{"name":"x<y"},{"name":"z"}]}`, body, node.Text{"und": "<p>a</p><ul><li>x&lt;y</li><li>z</li></ul>"}},
		{"language by the document", `{"@context":{"@language":"es"},"type":"Note","content":"a"}`, func(r *vocab.Received) any { return r.Item.Lang }, "es"},
		{"language beside the text", `{"type":"Note","content":"a","inLanguage":"es"}`, func(r *vocab.Received) any { return r.Item.Lang }, "es"},
		{"language in an object", `{"type":"Page","content":"a","name":"b","language":{"identifier":"es","name":"Español"}}`, func(r *vocab.Received) any { return r.Item.Title }, node.Text{"es": "b"}},
		{"title in the language of the text", `{"type":"Article","name":"b","contentMap":{"es":"a"}}`, func(r *vocab.Received) any { return r.Item.Title }, node.Text{"es": "b"}},
		{"title without tricks (C3)", `{"type":"Article","name":"a\u202eb\nc","content":"x"}`, func(r *vocab.Received) any { return r.Item.Title }, node.Text{"und": "ab c"}},
		{"summary of a note warns", `{"type":"Note","summary":"<b>Food</b>","content":"x"}`, func(r *vocab.Received) any { return r.Item.Summary }, "Food"},
		{"summary of an article does not", `{"type":"Article","summary":"Food","content":"x"}`, func(r *vocab.Received) any { return r.Item.Summary }, ""},
		{"summary alone is the text", `{"type":"Article","summary":"Food"}`, body, node.Text{"und": "Food"}},
		{"edited before it was published", `{"type":"Note","content":"x","updated":"2026-11-21T09:00:00Z"}`, func(r *vocab.Received) any { return r.Item.Edited() }, false},
		{"parent that is no address", `{"type":"Note","content":"x","inReplyTo":"javascript:x"}`, func(r *vocab.Received) any { return r.Item.InReplyTo }, ""},
		{"everyone in cc", `{"type":"Note","content":"x","to":[],"cc":["Public"]}`, func(r *vocab.Received) any { return r.Public }, true},
		{"not for everyone", `{"type":"Note","content":"x","to":["https://node.example.org/ap/people/1"]}`, func(r *vocab.Received) any { return r.Public }, false},
		{"author by actor", `{"type":"Event","name":"x","attributedTo":null,"actor":"https://social.example/u"}`, func(r *vocab.Received) any { return r.AttributedTo }, []string{"https://social.example/u"}},
		{"an event without a start is a post", `{"type":"Event","name":"x"}`, func(r *vocab.Received) any { return r.Item.Kind }, node.KindPost},
		{"a gathering without a name", `{"type":"Event","startTime":"2026-12-12T10:00:00Z","content":"<p>Dinner at ours</p>"}`, func(r *vocab.Received) any { return r.Item.Title }, node.Text{"und": "Dinner at ours"}},
		{"mentions", `{"type":"Note","content":"x","tag":[{"type":"Mention","href":"https://node.example.org/a"},{"type":"Mention","href":"x"},{"type":"Hashtag","href":"https://a.example/t"}]}`, func(r *vocab.Received) any { return r.Mentions }, []string{"https://node.example.org/a"}},
		{
			"what is attached (C6)", `{"type":"Note","content":"x","attachment":[{"type":"Document","mediaType":"image/png","url":"https://social.example/a.png","name":"A \"hall\""},{"type":"Image","url":"data:x"},{"type":"PropertyValue","name":"a"}]}`,
			body,
			node.Text{"und": `x<p><a href="https://social.example/a.png" rel="nofollow noopener noreferrer ugc">A "hall"</a></p>`},
		},
		{
			"only a picture", `{"type":"Note","content":"","attachment":{"type":"Image","url":"https://social.example/a.png"}}`,
			body,
			node.Text{"und": `<p><a href="https://social.example/a.png" rel="nofollow noopener noreferrer ugc">a.png</a></p>`},
		},
		{
			"what a page is about", `{"type":"Page","name":"n","url":"https://news.example/a"}`,
			func(r *vocab.Received) any {
				return fmt.Sprint(r.Item.Page, " ", r.Links, " ", strings.Contains(r.Item.Body["und"], "https://news.example/a"))
			},
			"https://social.example/1 1 true",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			doc := read(t, `{`+foreign+`}`)
			for k, v := range read(t, tc.doc) {
				doc[k] = v
			}
			got, err := vocab.ReadItem(doc)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, tc.get(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestItemsThatAreNone(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{
		"no id":            `{"type":"Note","content":"x"}`,
		"id that is none":  `{"id":"tag:x","type":"Note","content":"x"}`,
		"no type":          `{"id":"https://a.example/1","content":"x"}`,
		"an activity":      `{"id":"https://a.example/1","type":"Create","content":"x"}`,
		"an actor":         `{"id":"https://a.example/1","type":"Person","name":"x"}`,
		"a tombstone":      `{"id":"https://a.example/1","type":"Tombstone"}`,
		"no text":          `{"id":"https://a.example/1","type":"Note"}`,
		"a vote in a poll": `{"id":"https://a.example/1","type":"Note","name":"Yes","inReplyTo":"https://node.example.org/p"}`,
	} {
		if r, err := vocab.ReadItem(read(t, doc)); !errors.Is(err, vocab.ErrDocument) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestD1LinksAreCounted(t *testing.T) {
	t.Parallel()
	a := func(class string) string { return `<a class=\"` + class + `\" href=\"https://x.example/\">x</a> ` }
	mention := `{"type":"Mention","href":"https://x.example/"}`
	for _, tc := range []struct {
		name, content, rest string
		want                int
	}{
		{"none", "x", "", 0},
		{"plain", a("") + a(""), "", 2},
		{"mentions with their tags", a("mention") + a("mention hashtag"), `,"tag":[` + mention + `,{"type":"Hashtag","name":"#a"}]`, 0},
		{"mentions without tags are links", a("mention") + a("mention") + a("mention"), `,"tag":[` + mention + `]`, 2},
		{"tags do not excuse plain links", a("") + a(""), `,"tag":[` + mention + `,` + mention + `]`, 2},
		{"pictures do not count", "x", `,"attachment":[{"type":"Document","mediaType":"image/png","url":"https://x.example/1"},{"type":"Image","url":"https://x.example/2"}]`, 0},
		{"other attachments count", "x", `,"attachment":[{"type":"Document","mediaType":"text/html","url":"https://x.example/1"},{"type":"Link","href":"https://x.example/2"}]`, 2},
		{"the version with most counts", "x", `,"contentMap":{"en":"x","es":"` + a("") + a("") + a("") + `"}`, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, err := vocab.ReadItem(read(t, `{"type":"Note",`+foreign+`,"content":"`+tc.content+`"`+tc.rest+`}`))
			if err != nil {
				t.Fatal(err)
			}
			if r.Links != tc.want {
				t.Errorf("%d links, want %d", r.Links, tc.want)
			}
		})
	}
}

func TestForeignGatherings(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 12, 12, 10, 0, 0, 0, time.UTC)
	base := node.Gathering{Start: start, Status: node.Scheduled}
	with := func(change func(*node.Gathering)) node.Gathering {
		g := base
		change(&g)
		return g
	}
	for _, tc := range []struct {
		name, rest string
		want       node.Gathering
	}{
		{"only a start", ``, base},
		{"an end", `"endTime":"2026-12-12T12:00:00+01:00"`, with(func(g *node.Gathering) { g.End = start.Add(time.Hour) })},
		{"an end that is none", `"endTime":"2026-12-12T11:00:00Z","displayEndTime":false`, base},
		{"an end before the start", `"endTime":"2026-12-12T09:00:00Z"`, base},
		{"zone", `"timezone":"Europe/Madrid"`, with(func(g *node.Gathering) { g.Zone = "Europe/Madrid" })},
		{"zone that is none", `"timezone":"../../etc/passwd"`, base},
		{"cancelled (FEP-8a8e)", `"eventStatus":"EventCancelled","status":"CONFIRMED"`, with(func(g *node.Gathering) { g.Status = node.Cancelled })},
		{"cancelled by its full name", `"eventStatus":"https://schema.org/EventCancelled"`, with(func(g *node.Gathering) { g.Status = node.Cancelled })},
		{"cancelled by prefix", `"eventStatus":"schema:EventCancelled"`, with(func(g *node.Gathering) { g.Status = node.Cancelled })},
		{"cancelled (Mobilizon)", `"ical:status":"CANCELLED"`, with(func(g *node.Gathering) { g.Status = node.Cancelled })},
		{"tentative (iCalendar)", `"status":"tentative"`, with(func(g *node.Gathering) { g.Status = node.Tentative })},
		{"moved online", `"eventStatus":"EventMovedOnline"`, with(func(g *node.Gathering) { g.Status = node.MovedOnline })},
		{"unknown status", `"eventStatus":"EventX","status":"x"`, base},
		{
			"place (Mobilizon)", `"location":{"type":"Place","name":"Hall","address":{"type":"PostalAddress","streetAddress":"1 Road","postalCode":"M1","addressLocality":"Manchester","addressRegion":" ","addressCountry":null}}`,
			with(func(g *node.Gathering) { g.Place, g.Address = "Hall", "1 Road, M1 Manchester" }),
		},
		{"place (Gancio)", `"location":{"type":"Place","name":"Hall","address":"1 Road"}`, with(func(g *node.Gathering) { g.Place, g.Address = "Hall", "1 Road" })},
		{"place without address (Friendica)", `"location":{"type":"Place","name":"Hall"}`, with(func(g *node.Gathering) { g.Place = "Hall" })},
		{"address without a name", `"location":{"type":"Place","address":"1 Road"}`, with(func(g *node.Gathering) { g.Place = "1 Road" })},
		{"place as text", `"location":"Hall"`, with(func(g *node.Gathering) { g.Place = "Hall" })},
		{"place as an id", `"location":"https://a.example/places/1"`, base},
		{
			"places and links (WordPress)", `"location":[{"type":"Place","name":"Hall"},{"type":"Place","name":"Other"},{"type":"Place","name":"Video","address":{"type":"VirtualLocation","url":"https://meet.example/"}}]`,
			with(func(g *node.Gathering) { g.Place, g.Link = "Hall", "https://meet.example/" }),
		},
		{"link alone", `"location":{"type":"VirtualLocation","url":"https://meet.example/"}`, with(func(g *node.Gathering) { g.Link = "https://meet.example/" })},
		{"link that is a script", `"location":{"type":"VirtualLocation","url":"javascript:x"}`, base},
		{"link attached (Mobilizon)", `"attachment":[{"type":"Document","url":"https://a.example/b.png"},{"type":"Link","href":"https://meet.example/","mediaType":"text/html","name":"Website"}]`, with(func(g *node.Gathering) { g.Link = "https://meet.example/" })},
		{"languages", `"inLanguage":["ES","pt_br"]`, with(func(g *node.Gathering) { g.Languages = []string{"es", "pt-br"} })},
		{"moved", `"previousStartTime":"2026-12-05T10:00:00Z"`, with(func(g *node.Gathering) { g.PreviousStart = start.AddDate(0, 0, -7) })},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			doc := `{"type":"Event","name":"x",` + foreign + `,"startTime":"2026-12-12T10:00:00Z"`
			if tc.rest != "" {
				doc += "," + tc.rest
			}
			r, err := vocab.ReadItem(read(t, doc+"}"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tc.want, r.Item.Gathering); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, doc := range documents(f) {
		if o, ok := doc.(jsonld.Object); ok {
			raw, err := jsonld.Marshal(o)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := jsonld.Decode(raw)
		if err != nil {
			return
		}
		for _, o := range append(doc.Objects("object"), doc) {
			if got := reads(o); len(got) > 5 {
				t.Fatal(got)
			}
		}
	})
}

func BenchmarkDecodeAndReadItem(b *testing.B) {
	raw := []byte(`{"@context":["https://www.w3.org/ns/activitystreams",{"ostatus":"http://ostatus.org#","conversation":"ostatus:conversation","sensitive":"as:sensitive","toot":"http://joinmastodon.org/ns#"}],
		"id":"https://social.example/users/rosa/statuses/1/activity","type":"Create","actor":"https://social.example/users/rosa","published":"2026-11-22T09:00:00Z",
		"to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://social.example/users/rosa/followers","https://node.example.org/ap/organizations/1"],
		"object":{"id":"https://social.example/users/rosa/statuses/1","type":"Note","summary":null,"inReplyTo":null,"published":"2026-11-22T09:00:00Z","url":"https://social.example/@rosa/1",
		"attributedTo":"https://social.example/users/rosa","to":["https://www.w3.org/ns/activitystreams#Public"],"cc":["https://social.example/users/rosa/followers","https://node.example.org/ap/organizations/1"],
		"sensitive":false,"conversation":"tag:social.example,2026-11-22:objectId=1:objectType=Conversation",
		"content":"<p><span class=\"h-card\"><a href=\"https://node.example.org/@org\" class=\"u-url mention\">@<span>org</span></a></span> who has run a phone bank with volunteers at home? We start on Monday.</p>",
		"contentMap":{"en":"<p><span class=\"h-card\"><a href=\"https://node.example.org/@org\" class=\"u-url mention\">@<span>org</span></a></span> who has run a phone bank with volunteers at home? We start on Monday.</p>"},
		"attachment":[],"tag":[{"type":"Mention","href":"https://node.example.org/ap/organizations/1","name":"@org@node.example.org"}],
		"replies":{"id":"https://social.example/users/rosa/statuses/1/replies","type":"Collection","first":{"type":"CollectionPage","items":[]}}}}`)
	b.ReportAllocs()
	for b.Loop() {
		doc, err := jsonld.Decode(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := vocab.ReadItem(doc.Object("object")); err != nil {
			b.Fatal(err)
		}
	}
}
