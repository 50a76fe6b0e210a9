package fedtest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// odd is an activity that no handler was written for.
type odd struct {
	name string
	doc  fedtest.Doc
}

type list = []any

// oddActivities are activities with missing and strange parts, for every
// handler. inside is one of our items that only our people may read.
func oddActivities(p *fedtest.Peer, n *fedtest.Node, ours, inside *node.Item) []odd {
	org, long := n.Origin.OrganizationURI(n.Admin.Organization), strings.Repeat("x", 100_000)
	a := p.Activity
	note := func(key string, value any) fedtest.Doc {
		d := p.Note("odd")
		if value == nil {
			delete(d, key)
		} else {
			d[key] = value
		}
		return d
	}
	event := func(key string, value any) fedtest.Doc {
		d := note(key, value)
		d["type"], d["name"] = "Event", "Odd evening"
		if d["startTime"] == nil && key != "startTime" {
			d["startTime"] = "2030-01-01T10:00:00Z"
		}
		return d
	}
	actor := func(key string, value any) fedtest.Doc {
		d := p.ActorDoc("Person")
		d[key] = value
		return d
	}
	with := func(d fedtest.Doc, key string, value any) fedtest.Doc {
		d[key] = value
		return d
	}
	deep := any("bottom")
	for range 25 {
		deep = fedtest.Doc{"object": deep}
	}
	languages := fedtest.Doc{}
	for i := range 200 {
		languages[string(rune('a'+i%26))+string(rune('a'+i/26))] = "words"
	}
	all := []odd{
		{"Follow of nothing", a("Follow", nil)},
		{"Follow of a number", a("Follow", 7)},
		{"Follow of an object without id", a("Follow", fedtest.Doc{"type": "Person"})},
		{"Follow of an empty list", a("Follow", list{})},
		{"Follow of a list in a list", a("Follow", list{list{org}})},
		{"Follow of everyone", a("Follow", "as:Public")},
		{"Follow of our post", a("Follow", ours.URI)},
		{"Follow of an id with a fragment", a("Follow", org+"#main-key")},
		{"Follow of an id with a slash", a("Follow", org+"/")},
		{"Follow of nobody here", a("Follow", n.Origin.PersonURI(ours.ID))},
		{"Follow of the relay by a Person", a("Follow", n.Origin.Relay())},
		{"Follow of somebody elsewhere", a("Follow", "https://other.example/users/ana")},
		{"Follow of itself", a("Follow", p.Actor)},

		{"Accept of nothing", a("Accept", nil)},
		{"Accept of a Follow that we did not send", a("Accept", string(n.Origin)+"/ap/activities/0198c0de-0000-7000-8000-000000000001")},
		{"Accept of a number", a("Accept", 7)},
		{"Accept of a note", a("Accept", p.Note("x"))},
		{"Accept of a Follow without id", a("Accept", fedtest.Doc{"type": "Follow", "actor": org, "object": p.Actor})},
		{"Accept of another's Follow", a("Accept", fedtest.Doc{"type": "Follow", "actor": "https://other.example/a", "object": p.Actor})},
		{"Accept of a Follow by nobody here", a("Accept", fedtest.Doc{"type": "Follow", "actor": n.Origin.PersonURI(ours.ID), "object": p.Actor})},
		{"Accept of several", a("Accept", list{7, fedtest.Doc{}, "x"})},
		{"Reject of nothing", a("Reject", nil)},
		{"Reject of what is no address", a("Reject", "nothing")},

		{"Undo of nothing", a("Undo", nil)},
		{"Undo of a number", a("Undo", 7)},
		{"Undo of what never came", a("Undo", p.ID("activities"))},
		{"Undo of an Undo", a("Undo", a("Undo", p.ID("activities")))},
		{"Undo of a Create", a("Undo", a("Create", p.Note("x")))},
		{"Undo of a Follow of nothing", a("Undo", fedtest.Doc{"type": "Follow"})},
		{"Undo of a Follow of a list", a("Undo", fedtest.Doc{"type": list{"Follow", "x"}, "object": list{org, org}})},
		{"Undo of a Like of nothing", a("Undo", fedtest.Doc{"type": "Like"})},
		{"Undo of an Announce by another", a("Undo", fedtest.Doc{"type": "Announce", "actor": org, "object": ours.URI})},
		{"Undo of another server's id", a("Undo", "https://other.example/activities/1")},
		{"Undo of our id", a("Undo", ours.URI)},

		{"Create of nothing", a("Create", nil)},
		{"Create of a number", a("Create", 7)},
		{"Create of an empty object", a("Create", fedtest.Doc{})},
		{"Create of an id that is not there", a("Create", p.URL+"/nowhere")},
		{"Create of an id elsewhere", a("Create", "https://other.example/notes/1")},
		{"Create of what is no address", a("Create", "nowhere")},
		{"Create of two notes", a("Create", list{p.Note("one of two"), p.Note("two of two")})},
		{"Create of a Tombstone", a("Create", note("type", "Tombstone"))},
		{"Create of a Person", a("Create", actor("name", "Eve"))},
		{"Create of a Collection", a("Create", note("type", "Collection"))},
		{"Create of a type that nobody knows", a("Create", note("type", "x:Recipe"))},
		{"Create without a type", a("Create", note("type", nil))},
		{"Create of a number as type", a("Create", note("type", 7))},
		{"Create without content", a("Create", note("content", nil))},
		{"Create with a number as content", a("Create", note("content", 7))},
		{"Create with a list as content", a("Create", note("content", list{"a", "b"}))},
		{"Create with an object as content", a("Create", note("content", fedtest.Doc{"en": "x"}))},
		{"Create with a list as contentMap", a("Create", note("contentMap", list{"x"}))},
		{"Create with 200 languages", a("Create", note("contentMap", languages))},
		{"Create with a NUL", a("Create", note("content", "a\x00b"))},
		{"Create with a NUL in an id", a("Create", note("inReplyTo", "https://x.example/\x00"))},
		{"Create with a number as address", a("Create", note("to", 7))},
		{"Create with addresses in lists of lists", a("Create", note("to", list{list{"as:Public"}, fedtest.Doc{}, nil, 7}))},
		{"Create for hidden recipients only", with(a("Create", with(with(note("to", nil), "cc", list{}), "bto", list{org})), "to", nil)},
		{"Create naming us two hundred times", a("Create", note("cc", slices.Repeat(list{org}, 200)))},
		{"Create of a vote", a("Create", with(with(note("content", nil), "name", "yes"), "inReplyTo", ours.URI))},
		{"Create in answer to a number", a("Create", note("inReplyTo", 7))},
		{"Create in answer to several", a("Create", note("inReplyTo", list{nil, ours.URI, inside.URI}))},
		{"Create in answer to what it may not know", a("Create", note("inReplyTo", inside.URI))},
		{"Create in answer to itself", a("Create", with(note("id", p.URL+"/self"), "inReplyTo", p.URL+"/self"))},
		{"Create with a date that is none", a("Create", note("published", "yesterday"))},
		{"Create in year 1", a("Create", note("published", "0001-01-01T00:00:00Z"))},
		{"Create in year 9999", a("Create", note("published", "9999-12-31T23:59:59Z"))},
		{"Create in year 99999", a("Create", note("published", "99999-12-31T23:59:59Z"))},
		{"Create updated before published", a("Create", note("updated", "1970-01-01T00:00:00Z"))},
		{"Create with a very long name", a("Create", with(note("name", long), "type", "Article"))},
		{"Create with a very long warning", a("Create", note("summary", long))},
		{"Create with a name that turns the text", a("Create", with(note("name", "\u202egnp.exe"), "type", "Article"))},
		{"Create with a tag that is text", a("Create", note("tag", "#odd"))},
		{"Create with tags of all kinds", a("Create", note("tag", list{7, nil, list{}, fedtest.Doc{}, fedtest.Doc{"type": "Mention"}, fedtest.Doc{"type": "Mention", "href": 7}, fedtest.Doc{"type": "Hashtag", "name": list{}}}))},
		{"Create with an attachment that is text", a("Create", note("attachment", "x"))},
		{"Create with attachments of all kinds", a("Create", note("attachment", list{7, fedtest.Doc{"type": "Image"}, fedtest.Doc{"type": "Image", "url": list{fedtest.Doc{"href": "javascript:alert(1)"}}}, fedtest.Doc{"type": "Link", "href": 7}}))},
		{"Create with a link that runs", a("Create", note("url", "javascript:alert(1)"))},
		{"Create of a Question without options", a("Create", note("type", "Question"))},
		{"Create of a Question with odd options", a("Create", with(note("type", "Question"), "oneOf", list{"yes", 7, fedtest.Doc{}, fedtest.Doc{"name": list{}}}))},
		{"Create of a Page about itself", a("Create", with(note("type", "Page"), "url", p.URL+"/notes/1"))},
		{"Create with its type in a list", a("Create", note("type", list{"Note", "x:Recipe"}))},
		{"Create under the actor's id", a("Create", note("id", p.Actor))},
		{"Create under an id with a fragment", a("Create", note("id", p.URL+"/notes#1"))},
		{"Create under no id", a("Create", note("id", nil))},
		{"Create under a number", a("Create", note("id", 7))},
		{"Create by a list of authors", a("Create", note("attributedTo", list{p.Actor, 7, fedtest.Doc{"name": "x"}}))},
		{"Create by nobody", a("Create", note("attributedTo", nil))},
		{"Create with depths", a("Create", note("source", deep))},
		{"Create of an Event without a time", a("Create", event("startTime", nil))},
		{"Create of an Event at no time", a("Create", event("startTime", list{7}))},
		{"Create of an Event that ends before it starts", a("Create", event("endTime", "1999-01-01T10:00:00Z"))},
		{"Create of an Event nowhere", a("Create", event("location", list{7, nil, "Hall", fedtest.Doc{}}))},
		{"Create of an Event with odd parts", a("Create", with(with(event("location", "Hall"), "timezone", "Mars/Base"), "eventStatus", list{7}))},
		{"Create of an Event in year 9999", a("Create", event("startTime", "9999-12-31T23:59:59Z"))},

		{"Update of nothing", a("Update", nil)},
		{"Update of an id", a("Update", p.URL+"/nowhere")},
		{"Update of a note that never came", a("Update", p.Note("never came"))},
		{"Update of our note", a("Update", note("id", ours.URI))},
		{"Update of its actor without inbox", a("Update", actor("inbox", nil))},
		{"Update of its actor with an inbox elsewhere", a("Update", actor("inbox", "https://other.example/inbox"))},
		{"Update of another actor", a("Update", actor("id", p.URL+"/users/ana"))},
		{"Update of our actor", a("Update", actor("id", org))},
		{"Update of its actor with odd parts", a("Update", with(actor("name", 7), "endpoints", list{"x"}))},
		{"Update of its actor with keys that are none", a("Update", actor("publicKey", list{7, fedtest.Doc{}, fedtest.Doc{"id": p.Actor + "#x", "owner": p.Actor, "publicKeyPem": "none"}}))},
		{"Update of its actor by a very long name", a("Update", actor("name", long))},

		{"Delete of nothing", a("Delete", nil)},
		{"Delete of a number", a("Delete", 7)},
		{"Delete of a Tombstone without id", a("Delete", fedtest.Doc{"type": "Tombstone"})},
		{"Delete of several", a("Delete", list{nil, 7, p.ID("notes")})},
		{"Delete of our post", a("Delete", ours.URI)},
		{"Delete of everyone", a("Delete", "as:Public")},
		{"Delete of its key", a("Delete", p.Actor+"#main-key")},

		{"Announce of nothing", a("Announce", nil)},
		{"Announce of an empty text", a("Announce", "")},
		{"Announce of a number", a("Announce", 7)},
		{"Announce of several", a("Announce", list{p.URL + "/nowhere", p.URL + "/nowhere/2"})},
		{"Announce of itself", func() fedtest.Doc { d := a("Announce", nil); d["object"] = d["id"]; return d }()},
		{"Announce of an Announce of an Announce", a("Announce", a("Announce", a("Announce", ours.URI)))},
		{"Announce of what only we may read", a("Announce", inside.URI)},
		{"Announce of our actor", a("Announce", org)},
		{"Announce of our relay in other letters", a("Announce", strings.Replace(n.Origin.Relay(), "http://", "HTTP://", 1))},
		{"Announce of its own actor", a("Announce", p.Actor)},
		{"Announce of a Create of nothing", a("Announce", fedtest.Doc{"type": "Create", "object": list{}})},
		{"Announce of a private address", a("Announce", "http://127.0.0.1:1/x")},
		{"Announce of no address", a("Announce", "javascript:alert(1)")},
		{"Announce of a page", a("Announce", n.URL+"/")},

		{"Like of nothing", a("Like", nil)},
		{"Like of what only we may read", a("Like", inside.URI)},
		{"Like of a number", a("Like", 7)},
		{"Like of somebody else's", a("Like", "https://other.example/notes/1")},

		{"no type", a("", p.Note("x"))},
		{"a list of types", with(a("Create", p.Note("typed twice")), "type", list{"x:Post", "Create"})},
		{"a prefixed type", a("as:Create", p.Note("x"))},
		{"a note by itself", p.Note("x")},
		{"an actor by itself", p.ActorDoc("Person")},
		{"no context", func() fedtest.Doc { d := a("Create", p.Note("without context")); delete(d, "@context"); return d }()},
		{"a context of numbers", with(a("Create", p.Note("numbered context")), "@context", list{7, nil, fedtest.Doc{"x": 7}})},
		{"an embedded actor", with(a("Create", p.Note("embedded actor")), "actor", p.ActorDoc("Person"))},
	}
	return all
}

// TestOddActivities sends them all to a whole node: each is answered as taken or
// refused, none crashes anything, leaves a job behind or changes what is not the sender's.
func TestOddActivities(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	var log fedtest.Log
	c := fedtest.NewWith(t, fedtest.Settings{Log: &log}, "river")
	n := c.Nodes[0]
	n.Follow(peer.Actor)
	peer.Send(n, peer.Activity("Accept", peer.Received("Follow")[0]["id"]))
	ours := n.Post("ours")
	inside, err := n.Conversation.Post(t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: node.OrganizationOnly(n.Admin.Organization), Lang: "en", Text: "inside"})
	if err != nil {
		t.Fatal(err)
	}
	c.Settle()
	before := peer.Hits("/users/eve")
	for _, odd := range oddActivities(peer, n, ours, inside) {
		status := peer.Post(n.Origin.SharedInbox(), odd.doc)
		if !slices.Contains([]int{202, 400, 401}, status) {
			t.Errorf("%s: answered %d", odd.name, status)
		}
		c.Settle()
	}
	if text := log.String(); strings.Contains(text, "panic") || strings.Contains(text, "put aside") || strings.Contains(text, "level=ERROR") {
		t.Errorf("the node ran into trouble:\n%s", troubles(text))
	}
	if asked := peer.Hits("/users/eve") - before; asked > 5 {
		t.Errorf("the peer's actor was asked for %d times", asked)
	}
	for _, i := range everything(t, n) {
		switch {
		case i.Local && (i.URI == ours.URI && strings.Contains(i.Body.In("en", ""), "ours") || i.URI == inside.URI):
		case i.Local, i.Author.URI != peer.Actor:
			t.Errorf("stored: %s by %s: %v", i.URI, i.Author.URI, i.Body)
		case i.PublishedAt.After(c.Clock.Now()):
			t.Errorf("%s is from the future: %s", i.URI, i.PublishedAt)
		case len(i.Title.In("und", "")) > 2000, len(i.Summary) > 2000:
			t.Errorf("%s: title of %d, summary of %d bytes", i.URI, len(i.Title.In("und", "")), len(i.Summary))
		}
	}
	for _, s := range mustFollowing(t, n) {
		if s.Actor.URI != peer.Actor || s.State != node.Accepted || s.Actor.Inbox != peer.Actor+"/inbox" || len(s.Actor.Name) > 2000 {
			t.Errorf("following %+v of %.100s", s, s.Actor.Name)
		}
	}
	var actor *node.RemoteActor
	err = n.DB.View(t.Context(), func(tx *store.Tx) (err error) { actor, err = tx.RemoteActor(t.Context(), peer.Actor); return err })
	if err != nil || actor.Gone {
		t.Errorf("the peer is %+v, %v", actor, err)
	}
	good := peer.Note("and a good one")
	peer.Send(n, peer.Activity("Create", good))
	c.Settle()
	if find(n.Home(), good["id"].(string)) == nil {
		t.Error("a good note is not taken any more")
	}
	resp, err := http.Get(n.URL + "/readyz")
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("ready: %v, %v", resp, err)
	}
	clean(t, c)
}

func troubles(log string) string {
	var lines []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, "panic") || strings.Contains(line, "put aside") || strings.Contains(line, "level=ERROR") {
			lines = append(lines, line[:min(len(line), 600)])
		}
	}
	return strings.Join(lines, "")
}
