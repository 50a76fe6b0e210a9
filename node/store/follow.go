package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

const followColumns = `f.id, f.out, f.local_actor, f.remote_uri, f.activity_uri, f.state, f.created_at, f.updated_at`

func followDest(f *node.Follow) []any {
	return []any{idColumn{&f.ID}, &f.Out, idColumn{&f.LocalActor}, &f.RemoteURI, &f.ActivityURI, &f.State, timeColumn{&f.CreatedAt}, timeColumn{&f.UpdatedAt}}
}

// Follow returns the follow between one of our actors and a remote one.
func (tx *Tx) Follow(ctx context.Context, out bool, local uuid.UUID, remote string) (*node.Follow, error) {
	var f node.Follow
	err := tx.row(ctx, `SELECT `+followColumns+` FROM follows f WHERE f.out = ? AND f.local_actor = ? AND f.remote_uri = ?`, flag(out), local.String(), remote).Scan(followDest(&f)...)
	return &f, found(err, "follow of %s", remote)
}

// FollowByActivity returns the follow that an Accept, Reject or Undo by remote
// names. A follow with anybody else is not found (A4).
func (tx *Tx) FollowByActivity(ctx context.Context, out bool, remote, uri string) (*node.Follow, error) {
	var f node.Follow
	err := tx.row(ctx, `SELECT `+followColumns+` FROM follows f WHERE f.remote_uri = ? AND f.out = ? AND f.activity_uri = ?`, remote, flag(out), uri).Scan(followDest(&f)...)
	return &f, found(err, "follow %s", uri)
}

// PutFollow inserts f or replaces the one between the same two.
func (tx *Tx) PutFollow(ctx context.Context, f *node.Follow) error {
	err := tx.exec(ctx, `INSERT INTO follows (id, out, local_actor, remote_uri, activity_uri, state, created_at, updated_at) VALUES (`+marks(8)+`)
		ON CONFLICT (out, local_actor, remote_uri) DO UPDATE SET id = excluded.id, activity_uri = excluded.activity_uri, state = excluded.state, updated_at = excluded.updated_at`,
		f.ID.String(), flag(f.Out), f.LocalActor.String(), f.RemoteURI, f.ActivityURI, string(f.State), ms(f.CreatedAt), ms(f.UpdatedAt))
	if err != nil {
		return fmt.Errorf("put follow of %s: %w", f.RemoteURI, err)
	}
	return nil
}

// DeleteFollow removes the follow between the two.
func (tx *Tx) DeleteFollow(ctx context.Context, out bool, local uuid.UUID, remote string) error {
	return tx.exec(ctx, `DELETE FROM follows WHERE out = ? AND local_actor = ? AND remote_uri = ?`, flag(out), local.String(), remote)
}

// DeleteFollowsOf removes all follows with a remote actor that is no more.
func (tx *Tx) DeleteFollowsOf(ctx context.Context, remote string) error {
	if err := tx.exec(ctx, `DELETE FROM subscriptions WHERE remote_uri = ?`, remote); err != nil {
		return err
	}
	return tx.exec(ctx, `DELETE FROM follows WHERE remote_uri = ?`, remote)
}

// FollowerInbox is where a follower, or a whole server of them, is reached.
type FollowerInbox struct{ Inbox, Host string }

// FollowerInboxes lists where an actor's followers are reached, each shared inbox once.
func (tx *Tx) FollowerInboxes(ctx context.Context, local uuid.UUID) (list []FollowerInbox, err error) {
	err = tx.rows(ctx, `SELECT DISTINCT CASE r.shared_inbox WHEN '' THEN r.inbox ELSE r.shared_inbox END AS box, r.host
		FROM follows f JOIN remote_actors r ON r.uri = f.remote_uri
		WHERE f.out = 0 AND f.local_actor = ? AND f.state = 'accepted' AND r.gone = 0 ORDER BY box`, []any{local.String()}, func(r scanner) error {
		var i FollowerInbox
		err := r.Scan(&i.Inbox, &i.Host)
		list = append(list, i)
		return err
	})
	return list, err
}

// FollowRows lists follows with their remote actors: out is what our actor follows, else its followers. Stable by handle.
func (tx *Tx) FollowRows(ctx context.Context, out bool, local uuid.UUID) (list []node.Subscription, err error) {
	err = tx.rows(ctx, `SELECT f.state, `+remoteActorColumns+` FROM follows f JOIN remote_actors r ON r.uri = f.remote_uri
		WHERE f.out = ? AND f.local_actor = ? ORDER BY r.host, r.username, r.uri`, []any{flag(out), local.String()}, func(r scanner) error {
		var a node.RemoteActor
		s := node.Subscription{Actor: &a}
		err := r.Scan(append([]any{&s.State}, remoteActorDest(&a)...)...)
		list = append(list, s)
		return err
	})
	return list, err
}

// CountFollows counts accepted follows in one direction.
func (tx *Tx) CountFollows(ctx context.Context, out bool, local uuid.UUID) (n int, err error) {
	err = tx.row(ctx, `SELECT COUNT(*) FROM follows WHERE out = ? AND local_actor = ? AND state = 'accepted'`, flag(out), local.String()).Scan(&n)
	return n, err
}

// Following lists whom one of our actors follows, or asked to.
func (tx *Tx) Following(ctx context.Context, local uuid.UUID) (list []node.Follow, err error) {
	err = tx.rows(ctx, `SELECT `+followColumns+` FROM follows f WHERE f.out = 1 AND f.local_actor = ?`, []any{local.String()}, func(r scanner) error {
		var f node.Follow
		err := r.Scan(followDest(&f)...)
		list = append(list, f)
		return err
	})
	return list, err
}

// FollowersOfLocal lists the followers of one of our actors, for refusing them when it closes.
func (tx *Tx) FollowersOfLocal(ctx context.Context, local uuid.UUID) (list []node.Follow, err error) {
	err = tx.rows(ctx, `SELECT `+followColumns+` FROM follows f WHERE f.out = 0 AND f.local_actor = ?`, []any{local.String()}, func(r scanner) error {
		var f node.Follow
		err := r.Scan(followDest(&f)...)
		list = append(list, f)
		return err
	})
	return list, err
}

// Subscribe makes reader (a person, or the organization for everyone) read a remote actor here.
func (tx *Tx) Subscribe(ctx context.Context, reader uuid.UUID, remote string, now time.Time) error {
	return tx.exec(ctx, `INSERT INTO subscriptions (reader_id, remote_uri, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, reader.String(), remote, ms(now))
}

// Unsubscribe ends that.
func (tx *Tx) Unsubscribe(ctx context.Context, reader uuid.UUID, remote string) error {
	return tx.exec(ctx, `DELETE FROM subscriptions WHERE reader_id = ? AND remote_uri = ?`, reader.String(), remote)
}

// Readers lists who reads a remote actor here.
func (tx *Tx) Readers(ctx context.Context, remote string) (list []uuid.UUID, err error) {
	err = tx.rows(ctx, `SELECT reader_id FROM subscriptions WHERE remote_uri = ? ORDER BY reader_id`, []any{remote}, func(r scanner) error {
		var reader uuid.UUID
		err := r.Scan(idColumn{&reader})
		list = append(list, reader)
		return err
	})
	return list, err
}

// subscriptionFrom joins each subscription with the Follow behind it: own is the
// reader's, through is that of the reader's organization.
const subscriptionFrom = ` FROM subscriptions s JOIN remote_actors r ON r.uri = s.remote_uri
	LEFT JOIN people p ON p.id = s.reader_id
	LEFT JOIN organizations o ON o.id = COALESCE(p.organization_id, s.reader_id)
	LEFT JOIN follows own ON own.out = 1 AND own.local_actor = COALESCE(p.actor_id, s.reader_id) AND own.remote_uri = s.remote_uri
	LEFT JOIN follows through ON through.out = 1 AND through.local_actor = o.id AND through.remote_uri = s.remote_uri`

// SubscriptionRows lists what readers read. As is the handle of our actor whose
// Follow stands behind it, State where that stands: the reader's own if there
// is one, else the organization's.
func (tx *Tx) SubscriptionRows(ctx context.Context, readers []uuid.UUID) (list []node.Subscription, err error) {
	args := make([]any, len(readers))
	for i, r := range readers {
		args[i] = r.String()
	}
	err = tx.rows(ctx, `SELECT s.reader_id, COALESCE(own.state, through.state, 'pending'),
			CASE WHEN own.state IS NULL THEN COALESCE(o.handle, '') ELSE COALESCE(p.handle, o.handle, '') END, `+remoteActorColumns+subscriptionFrom+`
		WHERE s.reader_id IN (`+marks(len(readers))+`)
		ORDER BY r.host, r.username, r.uri, s.reader_id`, args, func(r scanner) error {
		var a node.RemoteActor
		s := node.Subscription{Actor: &a}
		err := r.Scan(append([]any{idColumn{&s.For}, &s.State, &s.As}, remoteActorDest(&a)...)...)
		list = append(list, s)
		return err
	})
	return list, err
}

// AdmitReaders makes the group of a remote actor's followers here those readers
// whose Follow it has accepted: their own, or the organization's. Only its word
// opens what it says to followers; who merely asked reads none of it.
func (tx *Tx) AdmitReaders(ctx context.Context, remote string) error {
	err := tx.exec(ctx, `DELETE FROM group_members WHERE group_id = (SELECT id FROM remote_actors WHERE uri = ?)`, remote)
	if err != nil {
		return fmt.Errorf("admit readers of %s: %w", remote, err)
	}
	err = tx.exec(ctx, `INSERT INTO group_members (group_id, member_id) SELECT r.id, s.reader_id`+subscriptionFrom+`
		WHERE s.remote_uri = ? AND COALESCE(own.state, through.state) = 'accepted'`, remote)
	if err != nil {
		return fmt.Errorf("admit readers of %s: %w", remote, err)
	}
	return nil
}

// EveryFollowerInbox lists where anyone who ever followed an actor is reached, for saying that it is gone.
func (tx *Tx) EveryFollowerInbox(ctx context.Context, local uuid.UUID) (list []FollowerInbox, err error) {
	err = tx.rows(ctx, `SELECT DISTINCT CASE r.shared_inbox WHEN '' THEN r.inbox ELSE r.shared_inbox END AS box, r.host
		FROM follows f JOIN remote_actors r ON r.uri = f.remote_uri WHERE f.out IN (0, 1) AND f.local_actor = ? AND r.gone = 0 ORDER BY box`, []any{local.String()}, func(r scanner) error {
		var i FollowerInbox
		err := r.Scan(&i.Inbox, &i.Host)
		list = append(list, i)
		return err
	})
	return list, err
}

// DropFollowersAt ends the follows of who is reached at an inbox that answers 410.
func (tx *Tx) DropFollowersAt(ctx context.Context, inbox string) error {
	return tx.exec(ctx, `DELETE FROM follows WHERE out = 0 AND remote_uri IN (SELECT uri FROM remote_actors WHERE inbox = ?)`, inbox)
}
