package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// Announce queues e in the transaction of the change that it tells of.
func (tx *Tx) Announce(ctx context.Context, e node.Event) error {
	err := tx.exec(ctx, `INSERT INTO outbox (activity, verb, kind, object, actor, audience, target, ref, at) VALUES (`+marks(9)+`)`,
		e.Activity.String(), string(e.Verb), string(e.Kind), e.Object.String(), e.Actor.String(), string(e.Audience), e.Target, e.Ref, ms(e.At))
	if err != nil {
		return fmt.Errorf("announce %s of %s: %w", e.Verb, e.Object, err)
	}
	return nil
}

// Outbox lists announcements that wait to be fanned out, in the order of their commits.
func (tx *Tx) Outbox(ctx context.Context, limit int) (list []node.Event, err error) {
	err = tx.rows(ctx, `SELECT id, activity, verb, kind, object, actor, audience, target, ref, at FROM outbox ORDER BY id LIMIT ?`, []any{limit}, func(r scanner) error {
		var e node.Event
		err := r.Scan(&e.ID, idColumn{&e.Activity}, &e.Verb, &e.Kind, idColumn{&e.Object}, idColumn{&e.Actor}, &e.Audience, &e.Target, &e.Ref, timeColumn{&e.At})
		list = append(list, e)
		return err
	})
	return list, err
}

// DoneEvent removes an announcement that was fanned out.
func (tx *Tx) DoneEvent(ctx context.Context, eventID int64) error {
	return tx.exec(ctx, `DELETE FROM outbox WHERE id = ?`, eventID)
}

// Activity is one activity as it is sent and served.
type Activity struct {
	ID       uuid.UUID
	Actor    uuid.UUID
	Object   uuid.UUID
	Verb     node.Verb
	Kind     node.Kind
	Audience node.Audience
	Raw      []byte
	At       time.Time
}

// PutActivity stores a as it will be sent.
func (tx *Tx) PutActivity(ctx context.Context, a *Activity) error {
	err := tx.exec(ctx, `INSERT INTO activities (id, actor, object, verb, kind, audience, raw, at) VALUES (`+marks(8)+`) ON CONFLICT DO NOTHING`,
		a.ID.String(), a.Actor.String(), a.Object.String(), string(a.Verb), string(a.Kind), string(a.Audience), a.Raw, ms(a.At))
	if err != nil {
		return fmt.Errorf("put activity %s: %w", a.ID, err)
	}
	return nil
}

// Activity returns an activity as it is sent.
func (tx *Tx) Activity(ctx context.Context, activity uuid.UUID) (*Activity, error) {
	a := Activity{ID: activity}
	err := tx.row(ctx, `SELECT actor, object, verb, kind, audience, raw, at FROM activities WHERE id = ?`, activity.String()).
		Scan(idColumn{&a.Actor}, idColumn{&a.Object}, &a.Verb, &a.Kind, &a.Audience, &a.Raw, timeColumn{&a.At})
	return &a, found(err, "activity %s", activity)
}

// DeleteActivities forgets what was said of an object that is deleted.
func (tx *Tx) DeleteActivities(ctx context.Context, object uuid.UUID) error {
	return tx.exec(ctx, `DELETE FROM activities WHERE object = ? AND verb IN ('create', 'update')`, object.String())
}

// OutboxPage lists an actor's public announcements of things, newest first (the ActivityPub outbox).
func (tx *Tx) OutboxPage(ctx context.Context, actor uuid.UUID, c Cursor, limit int) (list []*Activity, next Cursor, err error) {
	cond, args := "", []any{actor.String()}
	if t, itemArgs := before(c); t != "" {
		cond, args = ` AND (at, id) < (?, ?)`, append(args, itemArgs...)
	}
	err = tx.rows(ctx, `SELECT id, object, kind, raw, at FROM activities WHERE actor = ? AND audience = 'public' AND verb = 'create'`+cond+` ORDER BY at DESC, id DESC LIMIT ?`,
		append(args, limit+1), func(r scanner) error {
			a := Activity{Actor: actor, Verb: node.Created, Audience: node.Public}
			if err := r.Scan(idColumn{&a.ID}, idColumn{&a.Object}, &a.Kind, &a.Raw, timeColumn{&a.At}); err != nil {
				return err
			}
			if len(list) == limit {
				last := list[limit-1]
				next = cursorOf(&node.Item{ID: last.ID, PublishedAt: last.At})
				return nil
			}
			list = append(list, &a)
			return nil
		})
	return list, next, err
}

// OutboxCount counts what OutboxPage lists.
func (tx *Tx) OutboxCount(ctx context.Context, actor uuid.UUID) (n int, err error) {
	err = tx.row(ctx, `SELECT COUNT(*) FROM activities WHERE actor = ? AND audience = 'public' AND verb = 'create'`, actor.String()).Scan(&n)
	return n, err
}
