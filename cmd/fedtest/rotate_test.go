package fedtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
)

// TestG2MemberRotatesItsKeys: after a theft a member replaces its keys. What is
// public goes on at once; the network takes it back when its coordinators entered
// the new fingerprint, which they were told by phone, and with it come back what
// was said and who may read.
func TestG2MemberRotatesItsKeys(t *testing.T) {
	t.Parallel()
	c, net := joined(t, 2, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	centro.Follow(river.At("river"))
	secret := centro.PostTo(node.NetworkOnly(centro.Member(net.URI).ID), "for members")
	c.Settle()

	if err := hub.Network.Suspend(t.Context(), hub.Admin, net.ID, "river"); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	old := lines(t, hub, net.URI)[organizationOf(river)].Fingerprint
	fingerprint, err := river.People.RotateKeys(t.Context(), river.Admin)
	if err != nil || fingerprint == old || !strings.HasPrefix(fingerprint, "sha256:") {
		t.Fatalf("rotated to %q, %v", fingerprint, err)
	}
	c.Clock.Add(10 * time.Minute) // A10: keys are asked for again at most every five
	c.Settle()
	public := river.Post("signed with the new key")
	c.Settle()
	if find(centro.Home(), public.URI) == nil {
		t.Error("a follower does not take what is signed with the new key")
	}
	if err := hub.Network.Restore(t.Context(), hub.Admin, net.ID, "river"); err != nil {
		t.Fatal(err)
	}
	c.Clock.Add(25 * time.Hour)
	c.Settle()
	if counts(t, centro, river, net.URI) {
		t.Error("with the old fingerprint on the roster it counts")
	}
	if status, _ := river.Get(secret.URI, document); status != http.StatusNotFound {
		t.Errorf("and it reads with %d", status)
	}
	if err := hub.Network.SetFingerprint(t.Context(), hub.Admin, net.ID, "river", fingerprint); err != nil {
		t.Fatal(err)
	}
	c.Clock.Add(2 * time.Hour)
	c.Settle()
	if !counts(t, centro, river, net.URI) {
		t.Error("with the new fingerprint it does not count")
	}
	if status, _ := river.Get(secret.URI, document); status != http.StatusOK {
		t.Errorf("and it reads with %d", status)
	}
}

// TestG2HubRotatesItsKeys: the hub's own line and the proof of its roster follow,
// and members take the new key from its origin.
func TestG2HubRotatesItsKeys(t *testing.T) {
	t.Parallel()
	c, net := joined(t, 2, "hub", "river", "centro")
	hub, river := c.Nodes[0], c.Nodes[1]
	fingerprint, err := hub.People.RotateKeys(t.Context(), hub.Admin)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c.Clock.Add(2 * time.Hour)
		c.Settle()
	}
	row, line := river.Member(net.URI), lines(t, river, net.URI)[organizationOf(hub)]
	a, _, err := hub.People.SigningKeys(t.Context(), net.ID)
	if err != nil {
		t.Fatal(err)
	}
	if row.HubKey != a.EdPublic || row.Age(c.Clock.Now()) > 2*time.Hour || !row.FailingSince.IsZero() {
		t.Errorf("river knows the key %q of %q, and the roster of %s ago", row.HubKey, a.EdPublic, row.Age(c.Clock.Now()))
	}
	if line.Fingerprint != fingerprint || !counts(t, river, hub, net.URI) {
		t.Errorf("river has the hub's line as %+v", line)
	}
	relay, _, err := hub.People.SigningKeys(t.Context(), [16]byte{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := keyring.Fingerprint(relay.RSAPublic); err != nil || got != fingerprint {
		t.Errorf("the node's key is %s, %v", got, err)
	}
	i := river.PostTo(node.NetworkOnly(row.ID), "to the hub")
	c.Settle()
	if find(hub.Home(), i.URI) == nil {
		t.Error("the hub does not read what members say")
	}
}
