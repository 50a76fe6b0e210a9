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
