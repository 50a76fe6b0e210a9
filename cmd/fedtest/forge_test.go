package fedtest_test

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/poweron-network/poweron/cmd/fedtest"
)

// TestA7ActorOfAnotherServer lets a fetched note name its author as older
// Mobilizon does, by actor, and names somebody of another server.
func TestA7ActorOfAnotherServer(t *testing.T) {
	peer, victimPeer := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c, n := victim(t, peer)
	n.Follow(victimPeer.Actor)
	follow := victimPeer.Received("Follow")
	victimPeer.Send(n, victimPeer.Activity("Accept", follow[0]["id"]))
	c.Settle()
	forged := peer.Note("words put into another's mouth")
	forged["@context"], forged["id"] = "https://www.w3.org/ns/activitystreams", peer.URL+"/forged"
	delete(forged, "attributedTo")
	forged["actor"] = victimPeer.Actor
	peer.Serve("/forged", forged)
	peer.Send(n, peer.Activity("Create", peer.URL+"/forged"))
	peer.Send(n, peer.Activity("Announce", peer.URL+"/forged"))
	c.Settle()
	if list := everything(t, n); len(list) != 0 {
		t.Errorf("stored: %v", uris(list))
	}
}

// TestUndoByIDAfterItsDocumentWent undoes a Follow by its id alone, when its
// document is gone and others have come since.
func TestUndoByIDAfterItsDocumentWent(t *testing.T) {
	peer, other := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	ours := n.Post("ours")
	other.Send(n, other.Activity("Like", "https://other.example/1")) // both are known from here on
	follow := peer.Activity("Follow", n.Origin.OrganizationURI(n.Admin.Organization))
	peer.Send(n, follow)
	c.Settle()
	other.Send(n, other.Activity("Like", ours.URI))
	c.Settle()
	db := database(t, n)
	if got := rows(t, db, `SELECT s.uri FROM received r JOIN sources s ON s.id = r.source_id WHERE r.uri = '`+follow["id"].(string)+`'`); len(got) != 0 {
		t.Fatalf("its document is kept, or the number was given to another: %v", got)
	}
	peer.Send(n, peer.Activity("Undo", follow["id"]))
	c.Settle()
	if list, err := n.Following.Followers(t.Context(), n.Admin); err != nil || len(list) != 0 {
		t.Errorf("followers: %+v, %v", list, err)
	}
	clean(t, c)
}

// TestA11RenamedActor lets actors change their handle: their server has to agree.
func TestA11RenamedActor(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	handle := func() string {
		t.Helper()
		a, err := n.Peers.Actor(t.Context(), peer.Actor)
		if err != nil {
			t.Fatal(err)
		}
		return a.Username
	}
	taken := peer.ActorDoc("Person")
	taken["id"], taken["preferredUsername"], taken["inbox"] = peer.URL+"/users/ana", "ana", peer.URL+"/users/ana/inbox"
	peer.Serve("/users/ana", taken)
	peer.Serve("/.well-known/webfinger", fedtest.Doc{"links": []fedtest.Doc{{"rel": "self", "type": "application/activity+json", "href": peer.URL + "/users/ana"}}})
	n.Follow(peer.URL + "/users/ana")

	as := peer.ActorDoc("Person")
	as["preferredUsername"] = "ana"
	peer.Serve("/users/eve", as)
	peer.Send(n, peer.Activity("Update", as))
	c.Settle()
	if handle() != "eve" {
		t.Errorf("she took the handle of another: %s", handle())
	}
	as["preferredUsername"] = "eva"
	peer.Serve("/users/eve", as)
	peer.Send(n, peer.Activity("Update", as))
	c.Settle()
	if handle() != "eva" {
		t.Errorf("after a new name: %s", handle())
	}
	clean(t, c)
}

// TestA14WrongKeyAtFirstContact signs as an actor that nobody knows yet, with a key that is not its own.
func TestA14WrongKeyAtFirstContact(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	shown := peer.Key
	peer.NewKey("#main-key") // its document goes on showing the first
	for range 2 {
		if got := peer.Post(n.Origin.SharedInbox(), peer.Activity("Follow", n.Origin.OrganizationURI(n.Admin.Organization))); got != 401 {
			t.Errorf("answered %d", got)
		}
	}
	if hits := peer.Hits("/users/eve"); hits > 2 {
		t.Errorf("the key was asked for %d times", hits)
	}
	c.Settle()
	if list, err := n.Following.Followers(t.Context(), n.Admin); err != nil || len(list) != 0 {
		t.Errorf("followers: %v, %v", list, err)
	}
	peer.Key = shown
	if got := peer.Post(n.Origin.SharedInbox(), peer.Activity("Follow", n.Origin.OrganizationURI(n.Admin.Organization))); got != 202 {
		t.Errorf("with its own key: %d", got)
	}
}

// TestA4UpdateOfANeighbour lets an actor send the profile of another of its server, with its own key and inbox in it.
func TestA4UpdateOfANeighbour(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	ana := peer.URL + "/users/ana"
	doc := peer.ActorDoc("Person")
	doc["id"], doc["preferredUsername"], doc["name"], doc["inbox"] = ana, "ana", "Ana", ana+"/inbox"
	doc["publicKey"] = fedtest.Doc{"id": ana + "#main-key", "owner": ana, "publicKeyPem": peer.PublicKey()["publicKeyPem"]}
	peer.Serve("/users/ana", doc)
	peer.Serve("/.well-known/webfinger", fedtest.Doc{"links": []fedtest.Doc{{"rel": "self", "type": "application/activity+json", "href": ana}}})
	n.Follow(ana)
	forged := fedtest.Doc{}
	for k, v := range doc {
		forged[k] = v
	}
	forged["name"], forged["inbox"], forged["updated"] = "Mallory", peer.Actor+"/inbox", "2099-01-01T00:00:00Z"
	forged["publicKey"] = fedtest.Doc{"id": ana + "#new-key", "owner": ana, "publicKeyPem": peer.PublicKey()["publicKeyPem"]}
	peer.Send(n, peer.Activity("Update", forged))
	c.Settle()
	a, err := n.Peers.Actor(t.Context(), ana)
	if err != nil || a.Name != "Ana" || a.Inbox != ana+"/inbox" {
		t.Errorf("ana is %+v, %v", a, err)
	}
	if _, err := n.Peers.Key(t.Context(), ana+"#new-key"); err == nil {
		t.Error("her key is another's now")
	}
	if got := counters(t, n)["inbox.foreign"]; got != 1 {
		t.Errorf("counted %d times", got)
	}
	// Her own word counts, unless it is an old one.
	for _, own := range []struct{ name, updated, want string }{
		{"Eve the First", "2030-01-01T00:00:00Z", "Eve the First"},
		{"Eve the Old", "2029-12-31T23:59:59Z", "Eve the First"},
		{"Eve the Second", "2030-01-01T00:00:01Z", "Eve the Second"},
	} {
		doc := peer.ActorDoc("Person")
		doc["name"], doc["updated"] = own.name, own.updated
		peer.Send(n, peer.Activity("Update", doc))
		c.Settle()
		if a, err := n.Peers.Actor(t.Context(), peer.Actor); err != nil || a.Name != own.want {
			t.Errorf("after %q she is %q, %v", own.name, a.Name, err)
		}
	}
	clean(t, c)
}

// TestB7BudgetOfOneActivity shares a note whose server sends who fetches it around.
func TestB7BudgetOfOneActivity(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	ln, err := net.Listen("tcp", "127.77.2.77:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + ln.Addr().String()
	var mu sync.Mutex
	hits, tries := 0, map[string]int{}
	docs := map[string]fedtest.Doc{
		"/alias": {"id": url + "/note?x=1", "type": "Note"},
		"/note":  {"id": url + "/note?x=1", "type": "Note", "attributedTo": url + "/actor?x=1", "content": "found at last", "to": "as:Public"},
		"/actor": {"id": url + "/actor?x=1", "type": "Person", "preferredUsername": "eve", "inbox": url + "/inbox"},
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		hits++
		name, hops := strings.TrimRight(r.URL.Path, "x"), strings.Count(r.URL.Path, "x")
		if hops < 3 { // three redirects
			http.Redirect(w, r, r.URL.Path+"x?x=1", http.StatusFound)
			return
		}
		if tries[name]++; tries[name]%3 != 0 { // and the third signature is liked
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/activity+json")
		_ = json.NewEncoder(w).Encode(docs[name])
	})}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	peer.Send(n, peer.Activity("Announce", url+"/alias?x=1"))
	c.Settle()
	mu.Lock()
	defer mu.Unlock()
	if hits < 20 || hits > 30 {
		t.Errorf("%d requests for one activity", hits)
	}
}

// TestGoneAndBack lets an actor delete itself and come back: what it said stays
// gone, what it says after its return counts.
func TestGoneAndBack(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	note := peer.Note("before")
	peer.Send(n, peer.Activity("Create", note))
	peer.Send(n, peer.Activity("Follow", n.Origin.OrganizationURI(n.Admin.Organization)))
	c.Settle()
	peer.Send(n, peer.Activity("Delete", peer.Actor))
	peer.Send(n, peer.Activity("Create", peer.Note("after its end")))
	c.Settle()
	followers, err := n.Following.Followers(t.Context(), n.Admin)
	if len(everything(t, n)) != 0 || len(mustFollowing(t, n)) != 0 || err != nil || len(followers) != 0 {
		t.Fatalf("after its end: %v, %v, %v, %v", uris(everything(t, n)), mustFollowing(t, n), followers, err)
	}
	peer.Send(n, peer.Activity("Update", peer.ActorDoc("Person")))
	c.Settle()
	n.Follow(peer.Actor)
	peer.Send(n, peer.Activity("Create", note)) // deleted is deleted
	back := peer.Note("after its return")
	peer.Send(n, peer.Activity("Create", back))
	c.Settle()
	if list := everything(t, n); len(list) != 1 || list[0].URI != back["id"] {
		t.Errorf("after its return: %v", uris(list))
	}
	clean(t, c)
}
