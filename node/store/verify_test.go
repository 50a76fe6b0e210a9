package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// normal is a node on which something of each sort has happened.
func normal(t *testing.T) *nodetest.Node {
	t.Helper()
	n := nodetest.NewNode(t, "ana")
	zoe, ana := n.Remote(t, "zoe", "other.example"), n.Viewer(t, "ana")
	stranger := n.Remote(t, "eve", "stranger.example")
	follow(t, n, n.Admin, zoe, following.Organization)
	followed(t, n, zoe, n.Organization.ID)
	own := post(t, n, ana)
	post(t, n, n.Admin)
	if err := n.Conversation.Delete(t.Context(), n.Admin, post(t, n, n.Admin).ID); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Gathering.Announce(t.Context(), n.Admin, gatheringInput()); err != nil {
		t.Fatal(err)
	}
	receive(t, n, n.Arrival(t, zoe, "news"))
	reply := n.Arrival(t, stranger, "reply")
	reply.Item.InReplyTo = own.URI
	receive(t, n, reply)
	if _, err := n.Conversation.ReceiveDelete(t.Context(), zoe.URI, zoe.URI+"/notes/never", true); err != nil {
		t.Fatal(err)
	}
	n.FanOut(t)
	post(t, n, ana)
	if _, err := n.Peers.Take(t.Context(), incoming(zoe, "a1")); err != nil {
		t.Fatal(err)
	}
	n.JoinNetwork(t, "ptp")
	return n
}

func TestVerifyIsCleanOnANormalNode(t *testing.T) {
	t.Parallel()
	n := normal(t)
	counts := nodetest.Verify(t, n.DB)
	for name, want := range map[string]int64{
		"organizations": 1, "people": 2, "posts": 3, "remotePosts": 2, "gatherings": 1, "remoteGatherings": 0, "held": 1, "remoteActors": 2,
		"followers": 1, "following": 0, "received": 1, "jobs": 1, "failedJobs": 0, "tombstones": 2,
		"networks": 1, "members": 1, "cards": 0,
	} {
		if counts[name] != want {
			t.Errorf("%d %s, want %d", counts[name], name, want)
		}
	}
	if counts["queued"] < 3 {
		t.Errorf("%d queued", counts["queued"])
	}
}

// TestVerifyFindsEachFault plants every fault that Verify looks for in a node of its own.
func TestVerifyFindsEachFault(t *testing.T) {
	t.Parallel()
	const remote, local, held = `local = 0 AND state = 'live'`, `local = 1 AND author_kind = 'organization' AND kind = 'post'`, `state = 'held'`
	faults := map[string]string{
		"received item without its stored document":             `DELETE FROM sources WHERE id = (SELECT source_id FROM items WHERE ` + remote + `)`,
		"received item without signer or scheme":                `UPDATE sources SET scheme = '' WHERE id = (SELECT source_id FROM items WHERE ` + remote + `)`,
		"received item whose author is unknown":                 `UPDATE items SET author_id = id WHERE ` + remote,
		"remote actor without its stored document":              `UPDATE sources SET raw = '' WHERE id IN (SELECT source_id FROM remote_actors)`,
		"received item shown to everyone":                       `UPDATE items SET audience = 'public' WHERE ` + remote,
		"held or rejected item shown to others than moderators": `UPDATE items SET audience = 'organization:' || (SELECT id FROM organizations) WHERE ` + held,
		"our item without an author":                            `UPDATE items SET author_id = id WHERE ` + local,
		"gathering without a time":                              `DELETE FROM gatherings`,
		"item that is deleted and there":                        `UPDATE tombstones SET uri = (SELECT uri FROM items WHERE ` + remote + `) WHERE kind = 'post'`,
		"waiting delivery without its activity":                 `DELETE FROM activities WHERE id IN (SELECT activity FROM deliveries WHERE state = 'waiting')`,
		"public profile without an actor":                       `UPDATE local_actors SET gone_at = 1 WHERE kind = 'person'`,
		"post for everyone by a person who is not followable":   `UPDATE people SET actor_id = '', audience = 'networks'`,
		"person shown to the networks without an actor":         `UPDATE people SET network_actor_id = id`,
		"actor for the networks that everyone sees":             `UPDATE people SET network_actor_id = actor_id WHERE actor_id <> ''`,
		"item for a network that is not stored":                 `UPDATE items SET audience = 'network:' || id WHERE ` + local,
		"active network without a line of ours":                 `DELETE FROM network_members`,
		"card of an organization that is not a member":          `INSERT INTO cards (id, network_id, actor_uri, actor_id, organization_uri, name, role_title, bio, languages, place, version, expires_at, updated_at, received_at, source_id) SELECT id, id, 'u', '', 'o', 'n', '{}', '', '', '', 1, 1, 1, 1, 0 FROM networks`,
		"message between two who are not ours":                  `INSERT INTO messages (id, uri, thread_id, from_id, from_uri, to_id, to_uri, body, lang, sent_at, read_at, source_id) VALUES ('m', 'm', 't', '', 'a', '', 'b', '', '', 1, 0, 0)`,
		"request between two who are not ours":                  `INSERT INTO mentor_requests (id, uri, offer_uri, topic, mentor_id, mentor_uri, learner_id, learner_uri, need, time, lang, state, reason, created_at, updated_at, nudged_at, version, source_id) VALUES ('r', 'r', 'o', 't', '', 'a', '', 'b', '', '', '', 'asked', '', 1, 1, 0, 1, 0)`,
		"follow of an actor that is not stored":                 `UPDATE follows SET remote_uri = 'https://nobody.example/x'`,
		"stored document that is not JSON":                      `UPDATE sources SET raw = '{' WHERE id = (SELECT source_id FROM items WHERE ` + remote + `)`,
		"item with an unknown audience":                         `UPDATE items SET audience = 'everyone' WHERE ` + local,
	}
	for _, name := range store.FaultNames() {
		if faults[name] == "" {
			t.Errorf("no case for %q", name)
		}
	}
	for name, plant := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := normal(t)
			if err := n.DB.Exec(t.Context(), plant); err != nil {
				t.Fatal(err)
			}
			var found []string
			err := n.DB.View(t.Context(), func(tx *store.Tx) (err error) {
				_, found, err = tx.Verify(t.Context())
				return err
			})
			if err != nil || !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, name+": ") }) {
				t.Errorf("planted %q, found %q, %v", name, found, err)
			}
		})
	}
}

func TestCountersAdd(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	for _, name := range []string{"inbox.old", "inbox.foreign", "inbox.old"} {
		if err := n.Peers.Count(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	err := n.DB.View(t.Context(), func(tx *store.Tx) error {
		all, err := tx.Counters(t.Context())
		if all["inbox.old"] != 2 || all["inbox.foreign"] != 1 || len(all) != 2 {
			t.Errorf("counters are %v", all)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRolesOfPeople(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ed, mia := n.Person(t, "ed", node.Editor), n.Person(t, "mia", node.Member)
	err := n.DB.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.PeopleWithRole(t.Context(), n.Organization.ID, node.Editor, node.Admin)
		if len(got) != 2 || !slices.Contains(got, ed.Person) || !slices.Contains(got, n.Admin.Person) || slices.Contains(got, mia.Person) {
			t.Errorf("editors and admins are %v", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
