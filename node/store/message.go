package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// Thread is one line of the list of somebody's threads.
type Thread struct {
	ID     uuid.UUID
	With   node.Author
	Last   string // the newest message
	Mine   bool   // who reads wrote it
	At     time.Time
	Unread bool
}

const messageColumns = `m.id, m.uri, m.thread_id, m.from_id, m.from_uri, m.to_id, m.to_uri, m.body, m.lang, m.sent_at, m.read_at, m.source_id`

func scanMessage(r scanner) (*node.Message, error) {
	var m node.Message
	err := r.Scan(idColumn{&m.ID}, &m.URI, idColumn{&m.ThreadID}, idColumn{&m.FromID}, &m.FromURI, idColumn{&m.ToID}, &m.ToURI,
		&m.Body, &m.Lang, timeColumn{&m.SentAt}, timeColumn{&m.ReadAt}, &m.SourceID)
	return &m, err
}

// InsertMessage adds m; it reports false if it was there already.
func (tx *Tx) InsertMessage(ctx context.Context, m *node.Message) (bool, error) {
	n, err := tx.execN(ctx, `INSERT INTO messages (id, uri, thread_id, from_id, from_uri, to_id, to_uri, body, lang, sent_at, read_at, source_id)
		VALUES (`+marks(12)+`) ON CONFLICT (uri) DO NOTHING`, m.ID.String(), m.URI, m.ThreadID.String(), id(m.FromID), m.FromURI, id(m.ToID), m.ToURI,
		m.Body, m.Lang, ms(m.SentAt), ms(m.ReadAt), m.SourceID)
	if err != nil {
		return false, fmt.Errorf("insert message %s: %w", m.URI, err)
	}
	return n == 1, nil
}

func (tx *Tx) messages(ctx context.Context, s access.Scope, rest string, args ...any) (list []*node.Message, err error) {
	err = tx.rows(ctx, `SELECT `+messageColumns+` FROM messages m WHERE `+rest, args, func(r scanner) error {
		m, err := scanMessage(r)
		list = append(list, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	known := map[string]node.Author{}
	for _, m := range list {
		for _, side := range []struct {
			person uuid.UUID
			uri    string
			to     *node.Author
		}{{m.FromID, m.FromURI, &m.From}, {m.ToID, m.ToURI, &m.To}} {
			key := side.person.String() + side.uri
			a, ok := known[key]
			if !ok {
				if a, err = tx.Party(ctx, s, side.person, side.uri); err != nil {
					return nil, err
				}
				known[key] = a
			}
			*side.to = a
		}
	}
	return list, nil
}

// StoredMessage returns a message by our id, for sending it.
func (tx *Tx) StoredMessage(ctx context.Context, message uuid.UUID) (*node.Message, error) {
	list, err := tx.messages(ctx, nil, `m.id = ?`, message.String())
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("message %s: %w", message, node.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// Messages lists one thread of the one person whose things s includes, oldest
// first, of a long one the newest.
func (tx *Tx) Messages(ctx context.Context, s access.Scope, thread uuid.UUID, limit int) ([]*node.Message, error) {
	me := selfOrNobody(s)
	list, err := tx.messages(ctx, s, `m.thread_id = ? AND (m.from_id = ? OR m.to_id = ?) ORDER BY m.sent_at DESC, m.id DESC LIMIT ?`, thread.String(), me, me, limit)
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list, err
}

// Threads lists their threads, the one with the newest message first.
func (tx *Tx) Threads(ctx context.Context, s access.Scope, limit int) (list []Thread, err error) {
	me := selfOrNobody(s)
	last, err := tx.messages(ctx, s, `(m.from_id = ? OR m.to_id = ?) AND NOT EXISTS (SELECT 1 FROM messages x WHERE x.thread_id = m.thread_id AND
		(x.from_id = ? OR x.to_id = ?) AND (x.sent_at, x.id) > (m.sent_at, m.id)) ORDER BY m.sent_at DESC, m.id DESC LIMIT ?`, me, me, me, me, limit)
	if err != nil {
		return nil, err
	}
	for _, m := range last {
		t := Thread{ID: m.ThreadID, With: m.From, Last: m.Body, At: m.SentAt, Mine: m.FromID.String() == me}
		if t.Mine {
			t.With = m.To
		}
		var unread int
		if err := tx.row(ctx, `SELECT COUNT(*) FROM messages WHERE thread_id = ? AND to_id = ? AND read_at = 0`, m.ThreadID.String(), me).Scan(&unread); err != nil {
			return nil, fmt.Errorf("list threads: %w", err)
		}
		t.Unread = unread > 0
		list = append(list, t)
	}
	return list, nil
}

// ReadThread notes that somebody has read what was written to them.
func (tx *Tx) ReadThread(ctx context.Context, person, thread uuid.UUID, now time.Time) error {
	return tx.exec(ctx, `UPDATE messages SET read_at = ? WHERE thread_id = ? AND to_id = ? AND read_at = 0`, ms(now), thread.String(), person.String())
}

// CountMessages counts what one of our people, or an actor, wrote since a time.
func (tx *Tx) CountMessages(ctx context.Context, from uuid.UUID, fromURI string, since time.Time) (n int, err error) {
	cond, arg := sender(from, fromURI)
	err = tx.row(ctx, `SELECT COUNT(*) FROM messages m WHERE `+cond+` AND m.sent_at > ?`, arg, ms(since)).Scan(&n)
	return n, err
}

// CountNewThreads counts the threads that they began since a time.
func (tx *Tx) CountNewThreads(ctx context.Context, from uuid.UUID, fromURI string, since time.Time) (n int, err error) {
	cond, arg := sender(from, fromURI)
	err = tx.row(ctx, `SELECT COUNT(*) FROM messages m WHERE `+cond+` AND m.sent_at > ? AND NOT EXISTS
		(SELECT 1 FROM messages x WHERE x.thread_id = m.thread_id AND (x.sent_at, x.id) < (m.sent_at, m.id))`, arg, ms(since)).Scan(&n)
	return n, err
}

// CountNewThreadsTo counts the threads that people of one other server began with
// one of ours since a time.
func (tx *Tx) CountNewThreadsTo(ctx context.Context, person uuid.UUID, origin string, since time.Time) (n int, err error) {
	err = tx.row(ctx, `SELECT COUNT(*) FROM messages m WHERE m.to_id = ? AND m.from_id = '' AND m.from_uri >= ? AND m.from_uri < ? AND m.sent_at > ? AND NOT EXISTS
		(SELECT 1 FROM messages x WHERE x.thread_id = m.thread_id AND (x.sent_at, x.id) < (m.sent_at, m.id))`,
		person.String(), origin+"/", origin+"0", ms(since)).Scan(&n) // between the slash and the character after it lie all addresses of the origin
	return n, err
}

func sender(from uuid.UUID, uri string) (cond string, arg any) {
	if from != uuid.Nil {
		return `m.from_id = ?`, from.String()
	}
	return `m.from_id = '' AND m.from_uri = ?`, uri
}

// HasThread reports whether anybody wrote in a thread.
func (tx *Tx) HasThread(ctx context.Context, thread uuid.UUID) (bool, error) {
	var n int
	err := tx.row(ctx, `SELECT COUNT(*) FROM messages WHERE thread_id = ?`, thread.String()).Scan(&n)
	return n > 0, err
}

// Correspondent finds somebody elsewhere whom s may know of: by the id of their
// card, their actor or their handle, with a card or an offer that has not ended.
func (tx *Tx) Correspondent(ctx context.Context, s access.Scope, ref string, now time.Time) (uri string, err error) {
	user, host, _ := strings.Cut(strings.TrimPrefix(ref, "@"), "@")
	cards, args := in(`'network:' || c.network_id`, s)
	args = append(args, ms(now), ref, ref, user, host)
	offers, more := in(`o.audience`, s)
	args = append(append(args, more...), ms(now), ref, user, host)
	err = tx.row(ctx, `SELECT c.actor_uri FROM cards c LEFT JOIN remote_actors r ON r.uri = c.actor_uri
		WHERE `+cards+` AND c.expires_at > ? AND (c.id = ? OR c.actor_uri = ? OR r.username = ? AND r.host = ? AND r.gone = 0)
		UNION SELECT o.actor_uri FROM mentor_offers o JOIN remote_actors r ON r.uri = o.actor_uri
		WHERE o.local = 0 AND `+offers+` AND o.expires_at > ? AND (o.actor_uri = ? OR r.username = ? AND r.host = ? AND r.gone = 0) LIMIT 1`, args...).Scan(&uri)
	return uri, found(err, "correspondent %s", ref)
}

// PutBlock keeps what an actor, or everyone of an organization, writes away from a person.
func (tx *Tx) PutBlock(ctx context.Context, person uuid.UUID, uri string, now time.Time) error {
	return tx.exec(ctx, `INSERT INTO person_blocks (person_id, uri, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, person.String(), uri, ms(now))
}

// DeleteBlock ends that.
func (tx *Tx) DeleteBlock(ctx context.Context, person uuid.UUID, uri string) error {
	return tx.exec(ctx, `DELETE FROM person_blocks WHERE person_id = ? AND uri = ?`, person.String(), uri)
}

// Blocks lists whom a person blocks.
func (tx *Tx) Blocks(ctx context.Context, person uuid.UUID) (list []string, err error) {
	err = tx.rows(ctx, `SELECT uri FROM person_blocks WHERE person_id = ? ORDER BY created_at, uri`, []any{person.String()}, func(r scanner) error {
		var uri string
		err := r.Scan(&uri)
		list = append(list, uri)
		return err
	})
	return list, err
}

// OrganizationOfActor is the organization of somebody elsewhere: the one that
// they name, if it is on their server, else the only one that is there. A
// server may not get around a block by naming another one.
func (tx *Tx) OrganizationOfActor(ctx context.Context, uri string) (string, error) {
	origin := node.OriginOf(uri)
	var all []string
	err := tx.rows(ctx, `SELECT DISTINCT organization_uri FROM network_members WHERE origin = ? ORDER BY organization_uri`, []any{origin}, func(r scanner) error {
		var o string
		err := r.Scan(&o)
		all = append(all, o)
		return err
	})
	if err != nil || len(all) == 1 {
		return strings.Join(all, ""), err
	}
	var named string
	err = tx.row(ctx, `SELECT works_for FROM remote_actors WHERE uri = ? AND substr(works_for, 1, ?) = ?`, uri, len(origin)+1, origin+"/").Scan(&named)
	if missing(found(err, "actor")) != nil {
		return "", err
	}
	if named == "" && len(all) > 0 {
		named = all[0]
	}
	return named, nil
}

// Blocked reports whether a person blocks somebody: by their actor, as one of
// our people, or by their organization.
func (tx *Tx) Blocked(ctx context.Context, person, by uuid.UUID, uri string) (bool, error) {
	args := []any{person.String(), uri}
	if by != uuid.Nil {
		args = append(args, string(node.Only(by)))
	} else {
		organization, err := tx.OrganizationOfActor(ctx, uri)
		if err != nil {
			return false, err
		}
		args = append(args, organization)
	}
	var n int
	err := tx.row(ctx, `SELECT COUNT(*) FROM person_blocks WHERE person_id = ? AND uri IN (?, ?) AND uri <> ''`, args...).Scan(&n)
	return n > 0, err
}

// PersonOfNetworkActor returns whom the networks know by this actor; uuid.Nil if that is nobody now.
func (tx *Tx) PersonOfNetworkActor(ctx context.Context, uri string) (person uuid.UUID, err error) {
	err = tx.row(ctx, `SELECT p.id FROM people p JOIN local_actors a ON a.id = p.network_actor_id WHERE a.uri = ? AND a.gone_at = 0`, uri).Scan(idColumn{&person})
	return person, missing(found(err, "person"))
}

// MentorRequestOf returns our id of a request that is between one of our people
// and an actor elsewhere and was agreed on; uuid.Nil if there is none.
func (tx *Tx) MentorRequestOf(ctx context.Context, requestURI string, person uuid.UUID, actor string) (request uuid.UUID, err error) {
	err = tx.row(ctx, `SELECT q.id FROM mentor_requests q WHERE q.uri = ? AND q.state IN ('accepted', 'closed') AND
		(q.mentor_id = ? AND q.learner_uri = ? OR q.learner_id = ? AND q.mentor_uri = ?)`, requestURI, person.String(), actor, person.String(), actor).Scan(idColumn{&request})
	return request, missing(found(err, "request"))
}
