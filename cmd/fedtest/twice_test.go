package fedtest_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
)

// database opens a node's data beside the node, as another process would.
func database(t *testing.T, n *fedtest.Node) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+n.Options.Data+"/node.db?_busy_timeout=10000&_foreign_keys=on")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // its temporary tables belong to one connection
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// rows reads a query as lines of text.
func rows(t *testing.T, db *sql.DB, query string) (lines []string) {
	t.Helper()
	r, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer r.Close()
	columns, err := r.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := r.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if raw, ok := v.([]byte); ok {
				values[i] = string(raw)
			}
		}
		lines = append(lines, fmt.Sprint(values...))
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// effects are what activities leave behind, without what only counts or remembers.
var effects = map[string]string{
	"follows":       `SELECT out, local_actor, remote_uri, activity_uri, state FROM follows ORDER BY 1, 2, 3`,
	"subscriptions": `SELECT reader_id, remote_uri FROM subscriptions ORDER BY 1, 2`,
	"groups":        `SELECT group_id, member_id FROM group_members ORDER BY 1, 2`,
	"items": `SELECT id, uri, author_uri, audience, state, open_at_origin, addressed, in_reply_to, title, body, published_at, updated_at, version, shared_by,
		EXISTS (SELECT 1 FROM sources s WHERE s.id = i.source_id) FROM items i ORDER BY uri`,
	"gatherings": `SELECT item_id, starts_at, status FROM gatherings ORDER BY 1`,
	"notices":    `SELECT person_id, verb, actor_uri, item_id FROM notices ORDER BY 1, 2, 3, 4`,
	"actors":     `SELECT id, uri, username, name, inbox, gone, updated_at, EXISTS (SELECT 1 FROM sources s WHERE s.id = r.source_id) FROM remote_actors r ORDER BY uri`,
	"keys":       `SELECT id, actor_uri, public FROM remote_keys ORDER BY 1`,
	"tombstones": `SELECT uri, kind, actor_uri FROM tombstones WHERE kind <> '' ORDER BY 1`,
	"received":   `SELECT uri FROM received ORDER BY 1`,
	"sources":    `SELECT uri, COUNT(*) FROM sources GROUP BY uri ORDER BY 1`,
	"jobs":       `SELECT DISTINCT kind, CAST(payload AS TEXT), state FROM jobs WHERE kind <> 'inbox' ORDER BY 1, 2`,
	"outbox":     `SELECT DISTINCT verb, kind, actor, target, ref FROM outbox ORDER BY 1, 2, 3, 4, 5`,
}

func state(t *testing.T, db *sql.DB) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for name, query := range effects {
		all[name] = rows(t, db, query)
	}
	return all
}

// TestR3HandledTwiceIsHandledOnce handles each kind of activity, then as a
// process would that was killed before it noted that it had: from the start again.
func TestR3HandledTwiceIsHandledOnce(t *testing.T) {
	peer, author := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c, n := victim(t, peer)
	db := database(t, n)
	org := n.Origin.OrganizationURI(n.Admin.Organization)
	ours := n.Post("ours")
	c.Settle()
	note, shared := peer.Note("first words"), author.Note("worth sharing")
	shared["@context"], shared["id"] = "https://www.w3.org/ns/activitystreams", author.URL+"/shared"
	author.Serve("/shared", shared)
	reply := peer.Note("in answer")
	reply["inReplyTo"] = ours.URI
	held := author.Note("in answer, from a server that we do not know")
	held["inReplyTo"] = ours.URI
	event := peer.Note("Come by")
	event["type"], event["name"], event["startTime"] = "Event", "Evening", "2030-01-01T10:00:00Z"
	edited := fedtest.Doc{}
	for k, v := range note {
		edited[k] = v
	}
	edited["content"], edited["updated"] = "second words", time.Now().Add(time.Minute).UTC().Format(time.RFC3339)
	renamed := peer.ActorDoc("Person")
	renamed["name"] = "Eve the Second"
	follow, like, share, foreign := peer.Activity("Follow", org), peer.Activity("Like", ours.URI), peer.Activity("Announce", ours.URI), peer.Activity("Announce", author.URL+"/shared")
	asked := peer.Received("Follow")[0]["id"]
	for _, step := range []struct {
		name string
		from *fedtest.Peer
		doc  fedtest.Doc
	}{
		{"Create", peer, peer.Activity("Create", note)},
		{"Create of a reply", peer, peer.Activity("Create", reply)},
		{"Create that is held", author, author.Activity("Create", held)},
		{"Create of a gathering", peer, peer.Activity("Create", event)},
		{"Create by id", peer, peer.Activity("Create", peer.URL+"/nowhere")},
		{"Update", peer, peer.Activity("Update", edited)},
		{"Update of the actor", peer, peer.Activity("Update", renamed)},
		{"Follow", peer, follow},
		{"Like", peer, like},
		{"Announce of ours", peer, share},
		{"Announce of another's", peer, foreign},
		{"Undo of a Like", peer, peer.Activity("Undo", like)},
		{"Undo of an Announce by its id", peer, peer.Activity("Undo", share["id"])},
		{"Undo of another Announce", peer, peer.Activity("Undo", foreign)},
		{"Undo of a Follow", peer, peer.Activity("Undo", follow)},
		{"Reject", peer, peer.Activity("Reject", asked)},
		{"Accept", peer, peer.Activity("Accept", asked)},
		{"Delete", peer, peer.Activity("Delete", fedtest.Doc{"type": "Tombstone", "id": note["id"]})},
		{"Delete of what never came", peer, peer.Activity("Delete", peer.ID("notes"))},
		{"Delete of the actor", peer, peer.Activity("Delete", peer.Actor)},
	} {
		t.Run(step.name, func(t *testing.T) {
			before := state(t, db)
			step.from.Send(n, step.doc)
			waiting := rows(t, db, `SELECT CAST(payload AS TEXT) FROM jobs WHERE kind = 'inbox'`)
			if len(waiting) != 1 {
				t.Fatalf("%d jobs wait", len(waiting))
			}
			payload := []byte(waiting[0])
			if _, err := db.Exec(`CREATE TEMP TABLE IF NOT EXISTS kept AS SELECT * FROM sources WHERE 0`); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(`INSERT INTO kept SELECT * FROM sources WHERE id = ` + waiting[0]); err != nil {
				t.Fatal(err)
			}
			if err := n.Inbox.Handle(t.Context(), payload); err != nil {
				t.Fatalf("first time: %v", err)
			}
			once := state(t, db)
			if cmp.Equal(before, once) && !strings.HasPrefix(step.name, "Delete of what") {
				t.Error("it had no effect at all")
			}
			// Killed after the effect and before its document was let go.
			if _, err := db.Exec(`INSERT OR IGNORE INTO sources SELECT * FROM kept; DELETE FROM kept`); err != nil {
				t.Fatal(err)
			}
			if err := n.Inbox.Handle(t.Context(), payload); err != nil {
				t.Fatalf("second time: %v", err)
			}
			if diff := cmp.Diff(once, state(t, db)); diff != "" {
				t.Errorf("the second time it did more:\n%s", diff)
			}
			// Killed after that and before the job was noted as done.
			if err := n.Inbox.Handle(t.Context(), payload); err != nil {
				t.Fatalf("third time: %v", err)
			}
			if diff := cmp.Diff(once, state(t, db)); diff != "" {
				t.Errorf("the third time it did more:\n%s", diff)
			}
			c.Settle()
		})
	}
	clean(t, c)
}

// TestR3FetchedTwiceIsFetchedOnce does the same for what is fetched because of an activity.
func TestR3FetchedTwiceIsFetchedOnce(t *testing.T) {
	peer, author := fedtest.NewPeer(t, 1, "Person"), fedtest.NewPeer(t, 2, "Person")
	c, n := victim(t, peer)
	db := database(t, n)
	shared := author.Note("worth sharing")
	shared["@context"], shared["id"] = "https://www.w3.org/ns/activitystreams", author.URL+"/shared"
	author.Serve("/shared", shared)
	peer.Send(n, peer.Activity("Announce", author.URL+"/shared"))
	waiting := rows(t, db, `SELECT CAST(payload AS TEXT) FROM jobs WHERE kind = 'inbox'`)
	if err := n.Inbox.Handle(t.Context(), []byte(waiting[0])); err != nil {
		t.Fatal(err)
	}
	fetch := rows(t, db, `SELECT CAST(payload AS TEXT) FROM jobs WHERE kind = 'fetch'`)
	var once map[string][]string
	for i := range 3 {
		if err := n.Inbox.HandleFetch(t.Context(), []byte(fetch[0])); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			once = state(t, db)
		}
	}
	if diff := cmp.Diff(once, state(t, db)); diff != "" {
		t.Errorf("three times did more:\n%s", diff)
	}
	c.Settle()
	if list := everything(t, n); len(list) != 1 || list[0].SharedBy != peer.Actor {
		t.Errorf("stored: %v", uris(list))
	}
	clean(t, c)
}

// TestStrangersFillNoDisk sends large reactions that mean nothing here, as often
// as the limit of a server allows: nothing of them is kept.
func TestStrangersFillNoDisk(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	ours := n.Post("ours")
	c.Settle()
	db := database(t, n)
	for _, kind := range []string{"Like", "Announce", "Undo", "Create", "Update", "Delete", "Accept", "Reject", "Follow"} {
		for _, object := range []any{ours.URI, "https://other.example/notes/1", fedtest.Doc{"id": peer.ID("notes"), "type": "Note"}, nil} {
			doc := peer.Activity(kind, object)
			doc["padding"] = strings.Repeat("x", 200<<10)
			peer.Send(n, doc)
		}
	}
	c.Settle()
	if kept := rows(t, db, `SELECT uri, length(raw) FROM sources WHERE length(raw) > 20000`); len(kept) > 0 {
		t.Errorf("kept: %v", kept)
	}
	small := peer.Activity("Like", ours.URI)
	peer.Send(n, small)
	c.Settle()
	if kept := rows(t, db, `SELECT uri FROM sources WHERE uri = '`+small["id"].(string)+`'`); len(kept) != 1 {
		t.Error("a Like that an Undo may name by its id is not kept")
	}
	notices, err := n.People.Notices(t.Context(), n.Admin, 10)
	if err != nil || len(notices) == 0 || notices[0].By.Kind != node.KindPerson {
		t.Errorf("notices: %+v, %v", notices, err)
	}
	clean(t, c)
}
