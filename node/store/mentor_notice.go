package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// Tell is PutNotice about an offer, a request or a thread. It reports false if
// that was told before.
func (tx *Tx) Tell(ctx context.Context, person uuid.UUID, verb, byURI string, about uuid.UUID, now time.Time) (bool, error) {
	n, err := tx.execN(ctx, `INSERT INTO notices (id, person_id, verb, actor_uri, item_id, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		uuid.Must(uuid.NewV7()).String(), person.String(), verb, byURI, about.String(), ms(now))
	if err != nil {
		return false, fmt.Errorf("tell %s of %s: %w", verb, about, err)
	}
	return n == 1, nil
}

// DeleteNoticesAbout forgets what was told of an offer, a request or a thread;
// with verbs, only that.
func (tx *Tx) DeleteNoticesAbout(ctx context.Context, about uuid.UUID, verbs ...string) error {
	if len(verbs) == 0 {
		return tx.exec(ctx, `DELETE FROM notices WHERE item_id = ?`, about.String())
	}
	args := []any{about.String()}
	for _, v := range verbs {
		args = append(args, v)
	}
	return tx.exec(ctx, `DELETE FROM notices WHERE item_id = ? AND verb IN (`+marks(len(verbs))+`)`, args...)
}

// DeleteNoticesFor forgets what one person was told of something.
func (tx *Tx) DeleteNoticesFor(ctx context.Context, person, about uuid.UUID, verb string) error {
	return tx.exec(ctx, `DELETE FROM notices WHERE person_id = ? AND item_id = ? AND verb = ?`, person.String(), about.String(), verb)
}

// told lists what happened for one person between them and others. byURI of one
// of our own people is node.Only of their id.
func (tx *Tx) told(ctx context.Context, s access.Scope, person uuid.UUID, limit int, list *[]node.Notice) error {
	if self(s) != person.String() {
		return nil // an organization's editors are told of nothing that is between two people
	}
	var by []string
	first := len(*list)
	err := tx.rows(ctx, `SELECT n.id, n.person_id, n.verb, n.item_id, n.at, n.actor_uri FROM notices n
		WHERE n.person_id = ? AND (n.verb LIKE 'mentor-%' OR n.verb LIKE 'offer-%' OR n.verb = 'message') ORDER BY n.at DESC, n.id DESC LIMIT ?`,
		[]any{person.String(), limit}, func(r scanner) error {
			var n node.Notice
			var uri string
			err := r.Scan(idColumn{&n.ID}, idColumn{&n.Person}, &n.Verb, idColumn{&n.About}, timeColumn{&n.At}, &uri)
			*list, by = append(*list, n), append(by, uri)
			return err
		})
	if err != nil {
		return err
	}
	for k, uri := range by {
		n := &(*list)[first+k]
		who, _ := personOf(uri)
		if n.By, err = tx.Party(ctx, s, who, uri); err != nil {
			return err
		}
		var topic string
		err := tx.row(ctx, `SELECT topic FROM mentor_requests WHERE id = ?`, n.About.String()).Scan(&topic)
		if missing(found(err, "request")) != nil {
			return err
		}
		n.Topic = topic
	}
	return nil
}

// personOf reads one of our people out of the URI that stands for them where
// they have none among servers.
func personOf(uri string) (uuid.UUID, bool) {
	if node.Audience(uri).Kind() != "person" || !node.Audience(uri).Valid() {
		return uuid.Nil, false
	}
	person, err := uuid.Parse(uri[len("person:"):])
	return person, err == nil
}
