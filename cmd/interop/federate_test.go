package interop_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
)

// eventually settles the node and looks, until it is so: the peer answers in its own time.
func eventually(t *testing.T, c *fedtest.Cluster, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	for {
		c.Settle()
		if so() {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("it never happened: %s", what)
		case <-tick.C:
		}
	}
}

// befriend makes both follow each other by handle.
func befriend(t *testing.T, c *fedtest.Cluster, p *peer) *fedtest.Node {
	t.Helper()
	n := c.Nodes[0]
	n.Follow("@alice@" + p.host())
	eventually(t, c, "the peer accepts our Follow", func() bool {
		list, err := n.Following.Following(t.Context(), n.Admin)
		return err == nil && len(list) == 1 && list[0].State == node.Accepted
	})
	p.delivered(p.do("follow", doc{"target": n.At(n.Handle)}))
	eventually(t, c, "our Accept reaches the peer", func() bool { return len(p.received("Accept")) == 1 })
	return n
}

func find(n *fedtest.Node, uri string) *node.Item {
	list := n.Home()
	if k := slices.IndexFunc(list, func(i *node.Item) bool { return i.URI == uri }); k >= 0 {
		return list[k]
	}
	return nil
}

// TestBothWays follows both ways by handle, and exchanges what people say, with
// each signature scheme tried first by the peer.
func TestBothWays(t *testing.T) {
	for _, knock := range []string{"cavage", "rfc9421"} {
		t.Run(knock, func(t *testing.T) {
			p := start(t, "127.77.0.9", "--first-knock", knock, "--authorized-fetch")
			c := fedtest.New(t, "river")
			n := befriend(t, c, p)
			ours(t, c, n, p)
			theirs(t, c, n, p, knock)
		})
	}
}

// ours checks that the peer received, verified and understood a post and a gathering.
func ours(t *testing.T, c *fedtest.Cluster, n *fedtest.Node, p *peer) {
	t.Helper()
	post := n.Post("update: bring **chairs**")
	g, err := n.Gathering.Announce(t.Context(), n.Admin, node.GatheringInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Name: "Open evening", Start: "2030-12-12T18:00", End: "2030-12-12T20:00", Zone: "Europe/London",
		Place: "Stretford Hall", Link: "https://meet.example/x",
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, c, "post and gathering reach the peer", func() bool { return len(p.received("Create")) == 2 })
	for _, r := range p.received("Create") {
		if by, _ := r["actor"].(string); by != n.Origin.OrganizationURI(n.Admin.Organization) {
			t.Errorf("the peer takes %v for the actor", r["actor"])
		}
	}
	note := p.ask("lookup", url.Values{"url": {post.URI}})
	if note["class"] != "Note" || !strings.Contains(text(note["typed"], "content"), "<strong>chairs</strong>") {
		t.Errorf("the peer reads our post as %v", note["typed"])
	}
	event := p.ask("lookup", url.Values{"url": {g.URI}})
	typed, _ := event["typed"].(doc)
	if event["class"] != "Event" || text(typed, "name") != "Open evening" || !strings.HasPrefix(text(typed, "startTime"), "2030-12-12T18:00:00") {
		t.Errorf("the peer reads our gathering as %v", typed)
	}
	actor := p.ask("lookup", url.Values{"url": {n.At(n.Handle)}})
	if actor["class"] != "Organization" {
		t.Errorf("the peer reads our organization as %v", actor["class"])
	}
	box := p.ask("collection", url.Values{"url": {n.Origin.OrganizationURI(n.Admin.Organization) + "/outbox"}})
	if items, _ := box["items"].([]any); len(items) != 2 {
		t.Errorf("the peer walks our outbox and finds %v", box)
	}
	if _, err := n.Conversation.EditPost(t.Context(), n.Admin, post.ID, node.PostInput{Text: "bring tables"}); err != nil {
		t.Fatal(err)
	}
	if err := n.Conversation.Delete(t.Context(), n.Admin, post.ID); err != nil {
		t.Fatal(err)
	}
	eventually(t, c, "our Delete reaches the peer", func() bool { return len(p.received("Delete")) == 1 })
}

// theirs checks what reaches us: Note, Update, Announce, Like, Event, Delete.
func theirs(t *testing.T, c *fedtest.Cluster, n *fedtest.Node, p *peer, knock string) {
	t.Helper()
	sent := p.do("note", doc{"content": "<p>hello from afar</p>", "hashtags": []string{"CommunityTech"}})
	p.delivered(sent)
	uri, _ := sent["object"].(string)
	c.Settle()
	got := find(n, uri)
	if got == nil || !strings.Contains(got.Body.In("und", ""), "hello from afar") || !got.OpenAtOrigin {
		t.Fatalf("the peer's note arrived as %+v", got)
	}
	src, err := n.Peers.Source(t.Context(), got.SourceID)
	if err != nil || len(src.Raw) == 0 || src.Scheme != knock || !strings.HasPrefix(src.SignerKey, p.URL) {
		t.Errorf("its source: %+v, %v", src, err)
	}
	p.delivered(p.do("update", doc{"id": uri, "content": "<p>hello again</p>"}))
	c.Settle()
	if got := find(n, uri); got == nil || !strings.Contains(got.Body.In("und", ""), "hello again") {
		t.Errorf("after the Update: %+v", got)
	}
	event := p.do("event", doc{"name": "Meet-up", "startTime": "2030-05-01T18:00:00Z", "endTime": "2030-05-01T20:00:00Z", "location": "Library"})
	p.delivered(event)
	c.Settle()
	eventURI, _ := event["object"].(string)
	if got := find(n, eventURI); got == nil || got.Gathering == nil || got.Gathering.Place != "Library" {
		t.Errorf("the peer's event arrived as %+v", got)
	}
	ours := n.Post("share this")
	eventually(t, c, "our post reaches the peer", func() bool { return len(p.received("Create")) == 3 })
	p.delivered(p.do("announce", doc{"object": ours.URI}))
	p.delivered(p.do("like", doc{"object": ours.URI}))
	c.Settle()
	v := n.Admin
	notices, err := n.People.Notices(t.Context(), v, 10)
	if err != nil {
		t.Fatal(err)
	}
	var verbs []string
	for _, no := range notices {
		verbs = append(verbs, no.Verb)
	}
	if !slices.Contains(verbs, "share") || !slices.Contains(verbs, "like") || !slices.Contains(verbs, "follow") {
		t.Errorf("the organization is told of %v", verbs)
	}
	p.delivered(p.do("delete", doc{"id": uri}))
	c.Settle()
	if got := find(n, uri); got != nil {
		t.Errorf("after the Delete: %+v", got)
	}
}

// TestWrongSignaturesAreRefused lets the peer sign wrongly in each way it knows, in both schemes.
func TestWrongSignaturesAreRefused(t *testing.T) {
	p := start(t, "127.77.0.9")
	c := fedtest.New(t, "river")
	n := befriend(t, c, p)
	for _, spec := range []string{"cavage", "rfc9421"} {
		for _, tamper := range []string{"none", "unsigned", "body", "digest", "nodigest", "signature", "stale", "future"} {
			id := p.URL + "/notes/" + spec + "-" + tamper
			actor := p.URL + "/users/alice"
			answer := p.do("raw", doc{"inbox": n.Origin.SharedInbox(), "spec": spec, "tamper": tamper, "activity": doc{
				"@context": "https://www.w3.org/ns/activitystreams", "id": id + "/create", "type": "Create", "actor": actor, "to": "as:Public",
				"object": doc{"id": id, "type": "Note", "attributedTo": actor, "content": "raw", "to": "as:Public"},
			}})
			want := 401.0
			if tamper == "none" {
				want = 202
			}
			if answer["status"] != want {
				t.Errorf("%s %s: answered %v", spec, tamper, answer["status"])
			}
			c.Settle()
			if stored := find(n, id) != nil; stored != (tamper == "none") {
				t.Errorf("%s %s: stored %v", spec, tamper, stored)
			}
		}
	}
}

// TestPeerThatFails is down for a while: what we said reaches it later.
func TestPeerThatFails(t *testing.T) {
	p := start(t, "127.77.0.9")
	c := fedtest.New(t, "river")
	n := befriend(t, c, p)
	p.do("mode", doc{"failInbox": 503})
	n.Post("said while you were away")
	c.Settle()
	if got := len(p.received("Create")); got != 0 {
		t.Fatalf("%d Creates at a peer that refuses", got)
	}
	p.do("mode", doc{"failInbox": 0})
	c.Clock.Add(2 * time.Minute)
	eventually(t, c, "the post arrives at last", func() bool { return len(p.received("Create")) == 1 })
}

// text reads a string out of the peer's view of an object.
func text(v any, key string) string {
	d, _ := v.(doc)
	s, _ := d[key].(string)
	return s
}
