package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/poweron-network/poweron/node"
)

// Counts are the figures that verify prints.
type Counts map[string]int64

// countQueries name each figure. Held things count.
var countQueries = []struct{ name, query string }{
	{"organizations", `SELECT COUNT(*) FROM organizations`},
	{"people", `SELECT COUNT(*) FROM people`},
	{"posts", `SELECT COUNT(*) FROM items WHERE local = 1 AND kind = 'post'`},
	{"remotePosts", `SELECT COUNT(*) FROM items WHERE local = 0 AND kind = 'post'`},
	{"gatherings", `SELECT COUNT(*) FROM items WHERE local = 1 AND kind = 'gathering'`},
	{"remoteGatherings", `SELECT COUNT(*) FROM items WHERE local = 0 AND kind = 'gathering'`},
	{"held", `SELECT COUNT(*) FROM items WHERE state = 'held'`},
	{"remoteActors", `SELECT COUNT(*) FROM remote_actors`},
	{"followers", `SELECT COUNT(*) FROM follows WHERE out = 0 AND state = 'accepted'`},
	{"following", `SELECT COUNT(*) FROM follows WHERE out = 1 AND state = 'accepted'`},
	{"received", `SELECT COUNT(*) FROM received`},
	{"queued", `SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting') + (SELECT COUNT(*) FROM outbox)`},
	{"jobs", `SELECT COUNT(*) FROM jobs WHERE state = 'waiting'`},
	{"failedJobs", `SELECT COUNT(*) FROM jobs WHERE state = 'failed'`},
	{"tombstones", `SELECT COUNT(*) FROM tombstones`},
	{"networks", `SELECT COUNT(*) FROM networks`},
	{"members", `SELECT COUNT(*) FROM network_members WHERE status IN ('active', 'suspended')`},
	{"cards", `SELECT COUNT(*) FROM cards`},
	{"mentorOffers", `SELECT COUNT(*) FROM mentor_offers`},
	{"mentorRequests", `SELECT COUNT(*) FROM mentor_requests`},
	{"messages", `SELECT COUNT(*) FROM messages`},
}

// faultQueries find rows that contradict what every row must have.
var faultQueries = []struct{ fault, query string }{
	{"received item without its stored document", `SELECT i.id FROM items i LEFT JOIN sources s ON s.id = i.source_id WHERE i.local = 0 AND (s.id IS NULL OR LENGTH(s.raw) = 0)`},
	{"received item without signer or scheme", `SELECT i.id FROM items i JOIN sources s ON s.id = i.source_id WHERE i.local = 0 AND (s.signer_key = '' OR s.scheme = '')`},
	{"received item whose author is unknown", `SELECT i.id FROM items i LEFT JOIN remote_actors r ON r.id = i.author_id WHERE i.local = 0 AND r.id IS NULL`},
	{"remote actor without its stored document", `SELECT r.id FROM remote_actors r LEFT JOIN sources s ON s.id = r.source_id WHERE s.id IS NULL OR LENGTH(s.raw) = 0 OR s.signer_key = '' OR s.scheme = ''`},
	{"received item shown to everyone", `SELECT id FROM items WHERE local = 0 AND audience IN ('public', 'networks')`},
	{"held or rejected item shown to others than moderators", `SELECT id FROM items WHERE state IN ('held', 'rejected') AND audience <> 'group:moderators'`},
	{"our item without an author", `SELECT i.id FROM items i LEFT JOIN people p ON p.id = i.author_id LEFT JOIN organizations o ON o.id = i.author_id WHERE i.local = 1 AND p.id IS NULL AND o.id IS NULL`},
	{"gathering without a time", `SELECT i.id FROM items i LEFT JOIN gatherings g ON g.item_id = i.id WHERE i.kind = 'gathering' AND g.item_id IS NULL`},
	{"item that is deleted and there", `SELECT i.id FROM items i JOIN tombstones t ON t.uri = i.uri`},
	{"waiting delivery without its activity", `SELECT d.id FROM deliveries d LEFT JOIN activities a ON a.id = d.activity WHERE d.state = 'waiting' AND a.id IS NULL`},
	{"public profile without an actor", `SELECT p.id FROM people p LEFT JOIN local_actors l ON l.id = p.actor_id AND l.gone_at = 0 WHERE p.audience = 'public' AND l.id IS NULL`},
	{"person shown to the networks without an actor", `SELECT p.id FROM people p LEFT JOIN local_actors l ON l.id = p.network_actor_id AND l.gone_at = 0 WHERE p.network_actor_id <> '' AND l.id IS NULL`},
	{"actor for the networks that everyone sees", `SELECT p.id FROM people p JOIN local_actors l ON l.id = p.network_actor_id WHERE l.audience <> 'networks'`},
	{"post for everyone by a person who is not followable", `SELECT i.id FROM items i JOIN people p ON p.id = i.author_id WHERE i.local = 1 AND i.audience = 'public' AND p.actor_id = ''`},
	{"item for a network that is not stored", `SELECT id FROM items WHERE audience LIKE 'network:%' AND SUBSTR(audience, 9) NOT IN (SELECT id FROM networks)`},
	{"active network without a line of ours", `SELECT n.id FROM networks n WHERE n.state = 'active' AND NOT EXISTS (SELECT 1 FROM network_members m JOIN local_actors a ON a.uri = m.organization_uri WHERE m.network_id = n.id AND m.status = 'active')`},
	{"card of an organization that is not a member", `SELECT c.id FROM cards c LEFT JOIN network_members m ON m.network_id = c.network_id AND m.organization_uri = c.organization_uri WHERE m.id IS NULL`},
	{"message between two who are not ours", `SELECT id FROM messages WHERE from_id = '' AND to_id = ''`},
	{"request between two who are not ours", `SELECT id FROM mentor_requests WHERE mentor_id = '' AND learner_id = ''`},
	{"follow of an actor that is not stored", `SELECT f.id FROM follows f LEFT JOIN remote_actors r ON r.uri = f.remote_uri WHERE r.id IS NULL`},
}

// Verify checks the data as a whole: SQLite's own structure, every rule of
// faultQueries, and that each stored document is JSON. It returns the figures
// and what is wrong, in words.
func (tx *Tx) Verify(ctx context.Context) (Counts, []string, error) {
	var faults []string
	err := tx.rows(ctx, `PRAGMA integrity_check(10)`, nil, func(r scanner) error {
		var line string
		err := r.Scan(&line)
		if line != "ok" {
			faults = append(faults, "database: "+line)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("check integrity: %w", err)
	}
	for _, q := range faultQueries {
		err := tx.rows(ctx, q.query+` LIMIT 10`, nil, func(r scanner) error {
			var row string
			err := r.Scan(&row)
			faults = append(faults, q.fault+": "+row)
			return err
		})
		if err != nil {
			return nil, nil, fmt.Errorf("check %s: %w", q.fault, err)
		}
	}
	err = tx.rows(ctx, `SELECT s.id, s.raw FROM sources s WHERE s.id IN (SELECT source_id FROM items WHERE local = 0 UNION SELECT source_id FROM remote_actors)`, nil, func(r scanner) error {
		var sourceID int64
		var raw []byte
		err := r.Scan(&sourceID, &raw)
		if err == nil && !json.Valid(raw) {
			faults = append(faults, fmt.Sprintf("stored document that is not JSON: %d", sourceID))
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("check documents: %w", err)
	}
	err = tx.rows(ctx, `SELECT id, audience FROM items`, nil, func(r scanner) error {
		var row string
		var a node.Audience
		err := r.Scan(&row, &a)
		if err == nil && !a.Valid() {
			faults = append(faults, "item with an unknown audience: "+row)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("check audiences: %w", err)
	}
	c := Counts{}
	for _, q := range countQueries {
		var n int64
		if err := tx.row(ctx, q.query).Scan(&n); err != nil {
			return nil, nil, fmt.Errorf("count %s: %w", q.name, err)
		}
		c[q.name] = n
	}
	return c, faults, nil
}
