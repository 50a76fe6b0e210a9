package fedtest_test

import (
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

// TestUndoByIDAfterItsNumberWasReused undoes a Follow by its id alone, when the
// number under which its document lay belongs to another's document.
func TestUndoByIDAfterItsNumberWasReused(t *testing.T) {
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
	if got := rows(t, db, `SELECT s.uri FROM received r JOIN sources s ON s.id = r.source_id WHERE r.uri = '`+follow["id"].(string)+`'`); len(got) != 1 || got[0] == follow["id"] {
		t.Fatalf("the number was not reused: %v", got)
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
