package fedtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/store"
)

// victim is a node that follows peer, so that what peer says is wanted.
func victim(t *testing.T, peer *fedtest.Peer) (*fedtest.Cluster, *fedtest.Node) {
	t.Helper()
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	n.Follow(peer.Actor)
	follow := peer.Received("Follow")
	if len(follow) != 1 {
		t.Fatalf("the peer received %d Follows", len(follow))
	}
	peer.Send(n, peer.Activity("Accept", follow[0]["id"]))
	c.Settle()
	return c, n
}

func counters(t *testing.T, n *fedtest.Node) map[string]int64 {
	t.Helper()
	var all map[string]int64
	err := n.DB.View(t.Context(), func(tx *store.Tx) (err error) { all, err = tx.Counters(t.Context()); return err })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// everything lists all that a node has stored.
func everything(t *testing.T, n *fedtest.Node) []*node.Item {
	t.Helper()
	list, _, err := n.Conversation.Everything(t.Context(), n.Admin, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestA1InboxRefuses sends requests that each lack one thing; a good one of the
// same kind is taken first, so that nothing else refuses them.
func TestA1InboxRefuses(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	inbox := n.Origin.SharedInbox()
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, scheme := range []signature.Scheme{signature.Cavage, signature.RFC9421} {
		peer.Scheme = scheme
		digest, part := "Digest", "Signature"
		if scheme == signature.RFC9421 {
			digest, part = "Content-Digest", "Signature-Input"
		}
		for _, tt := range []struct {
			name   string
			want   int
			change func(*http.Request)
			shift  time.Duration
		}{
			{name: "good", want: 202},
			{name: "no signature", want: 401, change: func(r *http.Request) { r.Header.Del("Signature"); r.Header.Del("Signature-Input") }},
			{name: "two signatures", want: 401, change: func(r *http.Request) { r.Header.Add(part, r.Header.Get(part)) }},
			{name: "no digest", want: 401, change: func(r *http.Request) { r.Header.Del(digest) }},
			{name: "other digest", want: 401, change: set(digest, "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")},
			{name: "body swapped", want: 401, change: func(r *http.Request) {
				r.Body = http.NoBody
				r.ContentLength = 0
			}},
			{name: "other host", want: 401, change: func(r *http.Request) { r.Host = "other.example" }},
			{name: "other path", want: 401, change: func(r *http.Request) { r.URL.Path = "/ap/node/inbox" }},
			{name: "too old", want: 401, shift: -2 * time.Hour},
			{name: "in the future", want: 401, shift: 2 * time.Hour},
			{name: "wrong type of body", want: 415, change: set("Content-Type", "application/json")},
		} {
			t.Run(string(scheme)+"/"+tt.name, func(t *testing.T) {
				peer.Now = func() time.Time { return c.Clock.Now().Add(tt.shift) }
				var changes []func(*http.Request)
				if tt.change != nil {
					changes = append(changes, tt.change)
				}
				want := tt.want
				if tt.name == "body swapped" {
					want = 400 // an empty body is no JSON
				}
				if got := peer.Post(inbox, peer.Activity("Create", peer.Note("hello")), changes...); got != want {
					t.Errorf("answered %d, want %d", got, want)
				}
			})
		}
	}
	peer.Now = c.Clock.Now
	c.Settle()
	if got := len(everything(t, n)); got != 2 {
		t.Errorf("%d items are stored, want the 2 good ones", got)
	}
}

// TestA1TamperedBody changes one letter of a signed body.
func TestA1TamperedBody(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	_, n := victim(t, peer)
	body, err := json.Marshal(peer.Activity("Create", peer.Note("hello")))
	if err != nil {
		t.Fatal(err)
	}
	swapped := bytes.Replace(body, []byte("hello"), []byte("jello"), 1)
	got := peer.Post(n.Origin.SharedInbox(), body, func(r *http.Request) {
		r.Body = readCloser{bytes.NewReader(swapped)}
	})
	if got != http.StatusUnauthorized {
		t.Errorf("answered %d", got)
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// TestA2SignerIsTheActor lets one actor's key sign for others.
func TestA2SignerIsTheActor(t *testing.T) {
	peer, other := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c, n := victim(t, peer)
	inbox := n.Origin.SharedInbox()
	forge := func(change func(fedtest.Doc)) fedtest.Doc {
		doc := peer.Activity("Create", peer.Note("forged"))
		change(doc)
		return doc
	}
	for _, tt := range []struct {
		name string
		doc  fedtest.Doc
		key  string
		want int
	}{
		{"actor on another server", forge(func(d fedtest.Doc) { d["actor"] = other.Actor }), "", 401},
		{"other actor of the same server", forge(func(d fedtest.Doc) { d["actor"] = peer.URL + "/users/mallory" }), "", 401},
		{"two actors", forge(func(d fedtest.Doc) { d["actor"] = []any{peer.Actor, other.Actor} }), "", 401},
		{"no actor", forge(func(d fedtest.Doc) { delete(d, "actor") }), "", 401},
		{"id on another server", forge(func(d fedtest.Doc) { d["id"] = other.URL + "/activities/1" }), "", 401},
		{"no id", forge(func(d fedtest.Doc) { delete(d, "id") }), "", 401},
		{"key of another server", forge(func(fedtest.Doc) {}), other.Actor + "#main-key", 401},
		{"key that nobody shows", forge(func(fedtest.Doc) {}), peer.Actor + "#second-key", 401},
		{"key that is not there", forge(func(fedtest.Doc) {}), peer.URL + "/nobody#main-key", 401},
		{"the same with its own key", forge(func(fedtest.Doc) {}), "", 202},
	} {
		t.Run(tt.name, func(t *testing.T) {
			own := peer.Key.ID
			if tt.key != "" {
				peer.Key.ID = tt.key
			}
			got := peer.Post(inbox, tt.doc)
			peer.Key.ID = own
			if got != tt.want {
				t.Errorf("answered %d, want %d", got, tt.want)
			}
		})
	}
	c.Settle()
	if got := len(everything(t, n)); got != 1 {
		t.Errorf("%d items are stored, want 1", got)
	}
}

// TestA2KeyAndOwnerAgree serves key documents that point to a foreign owner.
func TestA2KeyAndOwnerAgree(t *testing.T) {
	peer, other := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	// The peer claims that its key is the other server's actor's.
	key := peer.PublicKey()
	key["id"], key["owner"] = peer.URL+"/key", other.Actor
	key["type"] = "Key"
	peer.Serve("/key", key)
	peer.Key.ID = peer.URL + "/key"
	doc := peer.Activity("Create", peer.Note("forged"))
	doc["actor"], doc["id"] = other.Actor, other.URL+"/activities/9"
	if got := peer.Post(n.Origin.SharedInbox(), doc); got != http.StatusUnauthorized {
		t.Errorf("a key with a foreign owner: answered %d", got)
	}
	if other.Hits("/users/eve") != 0 {
		t.Error("the foreign owner was asked, although the key cannot be its own")
	}
}

// TestA3EmbeddedObjects uses what an activity embeds only if it is the actor's own.
func TestA3EmbeddedObjects(t *testing.T) {
	peer, other := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c, n := victim(t, peer)
	foreign := other.Note("words put into another's mouth")
	peer.Send(n, peer.Activity("Create", foreign))
	neighbour := peer.Note("claimed for a neighbour")
	neighbour["attributedTo"] = peer.URL + "/users/mallory"
	peer.Send(n, peer.Activity("Create", neighbour))
	attributed := peer.Note("claims to be by another server's actor")
	attributed["attributedTo"] = other.Actor
	peer.Send(n, peer.Activity("Create", attributed))
	own := peer.Note("my own words")
	peer.Send(n, peer.Activity("Create", own))
	c.Settle()
	list := everything(t, n)
	if len(list) != 1 || list[0].URI != own["id"] {
		t.Fatalf("stored: %v", uris(list))
	}
	if other.Hits("/notes/1") != 0 {
		t.Error("the other server was asked for what it did not say")
	}
}

func uris(list []*node.Item) (all []string) {
	for _, i := range list {
		all = append(all, i.URI+" by "+i.Author.URI)
	}
	return all
}

// TestA4OnlyOnesOwn lets a stranger change, delete and answer what is another's.
func TestA4OnlyOnesOwn(t *testing.T) {
	peer, other := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c, n := victim(t, peer)
	note := peer.Note("mine")
	peer.Send(n, peer.Activity("Create", note))
	c.Settle()
	stolen := fedtest.Doc{}
	for k, v := range note {
		stolen[k] = v
	}
	stolen["content"], stolen["updated"] = "stolen", "2099-01-01T00:00:00Z"
	stolen["attributedTo"] = other.Actor
	other.Send(n, other.Activity("Update", stolen))
	other.Send(n, other.Activity("Delete", note["id"]))
	other.Send(n, other.Activity("Delete", peer.Actor))
	other.Send(n, other.Activity("Undo", fedtest.Doc{"type": "Follow", "actor": peer.Actor, "object": n.Origin.OrganizationURI(n.Admin.Organization)}))
	c.Settle()
	list := everything(t, n)
	if len(list) != 1 || !strings.Contains(list[0].Body.In("und", ""), "mine") {
		t.Fatalf("after the attacks: %+v", list)
	}

	// A Follow of ours is answered only by who was asked.
	third := fedtest.NewPeer(t, 3, "Person")
	n.Follow(third.Actor)
	follow := third.Received("Follow")[0]
	other.Send(n, other.Activity("Accept", follow["id"]))
	other.Send(n, other.Activity("Accept", follow))
	c.Settle()
	for _, s := range mustFollowing(t, n) {
		if s.Actor.URI == third.Actor && s.State != node.Pending {
			t.Errorf("a stranger's Accept made the follow %s", s.State)
		}
	}
	third.Send(n, third.Activity("Accept", follow["id"]))
	c.Settle()
	for _, s := range mustFollowing(t, n) {
		if s.Actor.URI == third.Actor && s.State != node.Accepted {
			t.Errorf("the right Accept left the follow %s", s.State)
		}
	}
}

func mustFollowing(t *testing.T, n *fedtest.Node) []node.Subscription {
	t.Helper()
	list, err := n.Following.Following(t.Context(), n.Admin)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestA5NothingOfOurs lets a peer write under our ids.
func TestA5NothingOfOurs(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	ours := n.Post("our words")
	c.Settle()
	for _, kind := range []string{"Create", "Update"} {
		doc := peer.Note("their words")
		doc["id"] = ours.URI
		peer.Send(n, peer.Activity(kind, doc))
		doc["attributedTo"] = ours.Author.URI
		peer.Send(n, peer.Activity(kind, doc))
		doc["id"] = string(n.Origin) + "/ap/objects/0198c0de-0000-7000-8000-000000000001"
		peer.Send(n, peer.Activity(kind, doc))
	}
	peer.Send(n, peer.Activity("Delete", ours.URI))
	peer.Send(n, peer.Activity("Delete", n.Origin.OrganizationURI(n.Admin.Organization)))
	c.Settle()
	list := everything(t, n)
	if len(list) != 1 || list[0].URI != ours.URI || !strings.Contains(list[0].Body.In("en", ""), "our words") {
		t.Fatalf("stored: %v", uris(list))
	}
}

// TestA6ContextsAndProofsGiveNothing sends contexts to fetch and LD signatures to believe.
func TestA6ContextsAndProofsGiveNothing(t *testing.T) {
	peer, other := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c, n := victim(t, peer)
	doc := peer.Activity("Create", peer.Note("with a context"))
	doc["@context"] = []any{"https://www.w3.org/ns/activitystreams", other.URL + "/context"}
	peer.Send(n, doc)
	proven := other.Activity("Create", other.Note("proven by a signature inside"))
	proven["signature"] = fedtest.Doc{"type": "RsaSignature2017", "creator": other.Actor + "#main-key", "created": "2026-11-22T00:00:00Z", "signatureValue": "AAAA"}
	if got := peer.Post(n.Origin.SharedInbox(), proven); got != http.StatusUnauthorized {
		t.Errorf("a forwarded activity with an inner signature: answered %d", got)
	}
	c.Settle()
	if other.Hits("/context") != 0 {
		t.Error("a context was fetched")
	}
	if got := len(everything(t, n)); got != 1 {
		t.Errorf("%d items stored", got)
	}
}

// TestA7FetchedDocuments lets a followed actor share things whose documents lie about where they are from.
func TestA7FetchedDocuments(t *testing.T) {
	peer, other := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c, n := victim(t, peer)
	share := func(uri string) {
		peer.Send(n, peer.Activity("Announce", uri))
		c.Settle()
	}
	served := func(path string, doc fedtest.Doc) string {
		doc["@context"] = "https://www.w3.org/ns/activitystreams"
		other.Serve(path, doc)
		return other.URL + path
	}
	good := other.Note("worth sharing")
	good["id"] = other.URL + "/good"
	share(served("/good", good))

	elsewhere := other.Note("id of another server")
	elsewhere["id"] = peer.URL + "/notes/77"
	share(served("/elsewhere", elsewhere))
	attributed := other.Note("by another server's actor")
	attributed["id"], attributed["attributedTo"] = other.URL+"/attributed", peer.Actor
	share(served("/attributed", attributed))
	// Asked at other, answered by peer after a redirect, in other's name.
	posing := other.Note("in the name of who only redirects")
	posing["@context"], posing["id"] = "https://www.w3.org/ns/activitystreams", other.URL+"/moved"
	peer.Serve("/posing", posing)
	other.Redirect("/moved", peer.URL+"/posing")
	share(other.URL + "/moved")
	private := other.Note("not for everyone")
	private["id"], private["to"], private["cc"] = other.URL+"/private", []any{other.Actor + "/followers"}, []any{}
	share(served("/private", private))
	alias := other.Note("under its id")
	alias["id"] = other.URL + "/canonical"
	served("/canonical", alias)
	share(served("/alias", alias)) // asked again under its id, once

	list := everything(t, n)
	if len(list) != 2 {
		t.Fatalf("stored: %v", uris(list))
	}
	for _, i := range list {
		if i.Author.URI != other.Actor || i.SharedBy != peer.Actor {
			t.Errorf("%s by %s shared by %s", i.URI, i.Author.URI, i.SharedBy)
		}
	}
}

// TestA8SameIDOnce repeats ids and whole requests, also over a restart.
func TestA8SameIDOnce(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	doc := peer.Activity("Create", peer.Note("once"))
	var replay *http.Request
	if got := peer.Post(n.Origin.SharedInbox(), doc, func(r *http.Request) { replay = r.Clone(t.Context()) }); got != 202 {
		t.Fatal(got)
	}
	peer.Send(n, doc) // signed again
	second := peer.Activity("Create", peer.Note("another body under the same id"))
	second["id"] = doc["id"]
	peer.Send(n, second)
	c.Settle()
	n.Stop()
	n.Start()
	peer.Send(n, doc)
	body, _ := json.Marshal(doc)
	replay.Body, replay.ContentLength = readCloser{bytes.NewReader(body)}, int64(len(body))
	resp, err := http.DefaultClient.Do(replay)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 202 {
		t.Errorf("an exact replay is answered with %d", resp.StatusCode)
	}
	c.Settle()
	if list := everything(t, n); len(list) != 1 || !strings.Contains(list[0].Body.In("und", ""), "once") {
		t.Errorf("stored: %+v", list)
	}
	clean(t, c)
}

// TestA10KeyRotation changes the peer's key: one refetch, and no more within five minutes.
func TestA10KeyRotation(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	rotate := func() {
		peer.NewKey("#main-key")
		peer.Serve("/users/eve", peer.ActorDoc("Person"))
	}
	send := func() int {
		return peer.Post(n.Origin.SharedInbox(), peer.Activity("Create", peer.Note("hello")))
	}
	rotate()
	if got := send(); got != 202 {
		t.Fatalf("after a rotation: answered %d", got)
	}
	asked := peer.Hits("/users/eve")
	rotate()
	for range 5 {
		if got := send(); got != 401 {
			t.Errorf("after a second rotation at once: answered %d", got)
		}
	}
	if now := peer.Hits("/users/eve"); now != asked {
		t.Errorf("the key was asked for %d times within five minutes", now-asked)
	}
	c.Clock.Add(6 * time.Minute)
	peer.Now = c.Clock.Now
	if got := send(); got != 202 {
		t.Errorf("six minutes later: answered %d", got)
	}
}

// TestA11HandlesLeadBack refuses a handle whose server says that it belongs to somebody else.
func TestA11HandlesLeadBack(t *testing.T) {
	peer, other := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	// other's WebFinger claims that its handle is peer's actor: the handle shown is peer's own.
	other.Serve("/.well-known/webfinger", fedtest.Doc{"subject": "acct:eve@" + other.Host(), "links": []fedtest.Doc{{"rel": "self", "type": "application/activity+json", "href": peer.Actor}}})
	a, err := n.Following.Find(t.Context(), n.Admin, "@eve@"+other.Host())
	if err != nil || a.Host != peer.Host() {
		t.Errorf("a handle that points elsewhere is shown as %+v, %v", a, err)
	}
	// other's actor exists, but its own WebFinger leads to peer: nobody may be followed under it.
	if _, err := n.Following.Follow(t.Context(), n.Admin, other.Actor, following.Organization); err == nil {
		t.Error("an actor whose handle leads to another one was followed")
	}
}

// TestC1LimitsAtTheInbox sends what is too deep, too wide and too large.
func TestC1LimitsAtTheInbox(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	inbox := n.Origin.SharedInbox()
	deep := strings.Repeat(`{"object":`, 40) + `1` + strings.Repeat(`}`, 40)
	wide := make([]any, 2100)
	for i := range wide {
		wide[i] = fedtest.Doc{"type": "Mention"}
	}
	tagged := peer.Note("wide")
	tagged["tag"] = wide
	for _, tt := range []struct {
		name string
		body any
		want int
	}{
		{"depth", []byte(`{"type":"Create","object":` + deep + `}`), 413},
		{"elements", peer.Activity("Create", tagged), 413},
		{"size", peer.Activity("Create", peer.Note(strings.Repeat("x", 300<<10))), 413},
		{"no JSON", []byte(`hello`), 400},
		{"an array", []byte(`[]`), 400},
	} {
		if got := peer.Post(inbox, tt.body); got != tt.want {
			t.Errorf("%s: answered %d, want %d", tt.name, got, tt.want)
		}
	}
	c.Settle()
	if got := len(everything(t, n)); got != 0 {
		t.Errorf("%d items stored", got)
	}
}

// TestC2C3KeysAndBytes sends keys that two readers may read differently, and bytes that are no text.
func TestC2C3KeysAndBytes(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	_, n := victim(t, peer)
	good, err := json.Marshal(peer.Activity("Create", peer.Note("hello")))
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"actor twice":          strings.Replace(string(good), `{`, `{"actor":"`+peer.Actor+`",`, 1),
		"actor in other case":  strings.Replace(string(good), `{`, `{"Actor":"https://evil.example/a",`, 1),
		"attributedTo twice":   strings.Replace(string(good), `"attributedTo"`, `"attributedTo":"https://evil.example/a","attributedTo"`, 1),
		"invalid UTF-8":        strings.Replace(string(good), "hello", "hel\xfflo", 1),
		"NUL in an id":         strings.Replace(string(good), `"object":{`, `"target":{"id":"https://evil.example/\u0000"},"object":{`, 1),
		"something after":      string(good) + `{}`,
		"an escaped duplicate": strings.Replace(string(good), `{`, `{"\u0061ctor":"https://evil.example/a",`, 1),
	} {
		if got := peer.Post(n.Origin.SharedInbox(), []byte(body)); got != http.StatusBadRequest {
			t.Errorf("%s: answered %d", name, got)
		}
	}
	if got := peer.Post(n.Origin.SharedInbox(), good); got != http.StatusAccepted {
		t.Errorf("the untouched one: answered %d", got)
	}
}

// TestUnhandledIsAnsweredAndCounted: some peers take a 400 for a broken server.
func TestUnhandledIsAnsweredAndCounted(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	stranger := fedtest.NewPeer(t, 2, "Person")
	c, n := victim(t, peer)
	for _, kind := range []string{"EmojiReact", "View", "Listen", "Move", "Flag", "Block", "Whatever"} {
		peer.Send(n, peer.Activity(kind, peer.Note("x")))
	}
	gone := stranger.Activity("Delete", stranger.Actor)
	stranger.Serve("/users/eve", nil)
	stranger.Send(n, gone)
	if stranger.Hits("/users/eve") != 0 {
		t.Error("the key of an unknown actor that deletes itself was asked for")
	}
	stranger.Serve("/users/eve", stranger.ActorDoc("Person"))
	stranger.Send(n, stranger.Activity("Create", stranger.Note("nobody asked")))
	c.Settle()
	got := counters(t, n)
	if got["inbox.unhandled"] != 7 || got["inbox.unknown_actor_deleted"] != 1 || got["inbox.unasked"] != 1 {
		t.Errorf("counters: %v", got)
	}
	if len(everything(t, n)) != 0 {
		t.Error("something was stored")
	}
}

// TestD7InboxRate: one loud server is asked to wait, others are still served.
func TestD7InboxRate(t *testing.T) {
	peer, other := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c := fedtest.NewWith(t, fedtest.Settings{InboxRate: 5}, "river")
	n := c.Nodes[0]
	last := 0
	for range 7 {
		last = peer.Post(n.Origin.SharedInbox(), peer.Activity("Like", n.Origin.Relay()))
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the seventh of five: answered %d", last)
	}
	if got := other.Post(n.Origin.SharedInbox(), other.Activity("Like", n.Origin.Relay())); got != 202 {
		t.Errorf("another server: answered %d", got)
	}
	c.Clock.Add(5 * time.Minute)
	peer.Now = c.Clock.Now
	if got := peer.Post(n.Origin.SharedInbox(), peer.Activity("Like", n.Origin.Relay())); got != 202 {
		t.Errorf("five minutes later: answered %d", got)
	}
}

// TestC10LogsTellNoSecrets runs through sign-in, posting and refused requests and reads the log.
func TestC10LogsTellNoSecrets(t *testing.T) {
	var log fedtest.Log
	c := fedtest.NewWith(t, fedtest.Settings{Log: &log}, "river")
	n := c.Nodes[0]
	peer := fedtest.NewPeer(t, 1, "Person")
	ana := n.Person("ana", true)
	link, err := n.People.PersonLink(t.Context(), n.Admin, "ana")
	if err != nil {
		t.Fatal(err)
	}
	token := link[strings.LastIndex(link, "/")+1:]
	for _, path := range []string{"/sign-in/" + token, "/sign-in/none\r\nInjected: line", "/people/ana"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Path = path
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_ = resp.Body.Close()
		}
	}
	in, err := n.People.SignIn(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Conversation.Post(t.Context(), ana, node.PostInput{Audience: node.Public, Text: "canary-body"}); err != nil {
		t.Fatal(err)
	}
	peer.Post(n.Origin.SharedInbox(), peer.Activity("Create", peer.Note("canary-remote")), func(r *http.Request) { r.Header.Set("Date", "x\ty") })
	peer.Post(n.Origin.SharedInbox(), []byte(`{"canary-broken`))
	c.Settle()
	text := log.String()
	if text == "" {
		t.Fatal("nothing was logged: the test sees nothing")
	}
	for _, secret := range []string{token, in.Token, "canary-body", "canary-remote", "canary-broken", "ana@river.example", "PRIVATE KEY"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if !strings.HasPrefix(line, "time=") || strings.ContainsAny(line, "\r\x00") {
			t.Errorf("a log line is not one line: %q", line)
		}
	}
}

// TestRemoteThingsNeverShowToVisitors asks for received items and remote actors from outside.
func TestRemoteThingsNeverShowToVisitors(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	peer.Send(n, peer.Activity("Create", peer.Note("canary-from-afar")))
	c.Settle()
	list := everything(t, n)
	if len(list) != 1 {
		t.Fatal(uris(list))
	}
	if _, err := n.Conversation.Item(t.Context(), access.Visitor, list[0].ID); err == nil {
		t.Error("a visitor reads a received item")
	}
	for _, path := range []string{"/", "/feed.atom", "/gatherings", "/posts/" + list[0].ID.String(), "/@eve@" + peer.Host(), "/ap/objects/" + list[0].ID.String(), "/robots.txt"} {
		resp, err := http.Get(n.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		_ = resp.Body.Close()
		if strings.Contains(body.String(), "canary-from-afar") || strings.Contains(body.String(), peer.Actor) {
			t.Errorf("%s shows a received thing to a visitor (%s)", path, fmt.Sprint(resp.StatusCode))
		}
	}
}
