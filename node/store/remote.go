package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

const remoteActorColumns = `r.id, r.uri, r.type, r.username, r.host, r.name, r.summary, r.page, r.inbox, r.shared_inbox, r.followers, r.job_title,
	r.languages, r.skills, r.works_for, r.implements, r.gone, r.updated_at, r.fetched_at, r.source_id`

func remoteActorDest(a *node.RemoteActor) []any {
	return []any{
		idColumn{&a.ID},
		&a.URI, &a.Type, &a.Username, &a.Host, &a.Name, &a.Summary, &a.Page, &a.Inbox, &a.SharedInbox, &a.Followers, &a.JobTitle,
		codesColumn{&a.Languages},
		skillsColumn{&a.Skills},
		&a.WorksFor,
		wordsColumn{&a.Implements},
		&a.Gone,
		timeColumn{&a.UpdatedAt},
		timeColumn{&a.FetchedAt},
		&a.SourceID,
	}
}

type skillsColumn struct{ to *[]node.PersonSkill }

func (c skillsColumn) Scan(v any) error {
	*c.to = nil
	if s, ok := v.(string); ok && s != "" {
		return json.Unmarshal([]byte(s), c.to)
	}
	return nil
}

type wordsColumn struct{ to *[]string }

func (c wordsColumn) Scan(v any) error {
	s, _ := v.(string)
	*c.to = strings.Fields(s)
	return nil
}

func (tx *Tx) remoteActor(ctx context.Context, cond string, args ...any) (*node.RemoteActor, error) {
	var a node.RemoteActor
	err := tx.row(ctx, `SELECT `+remoteActorColumns+` FROM remote_actors r WHERE `+cond, args...).Scan(remoteActorDest(&a)...)
	return &a, err
}

// RemoteActor returns the remote actor with this URI. Who may see it, the service decides.
func (tx *Tx) RemoteActor(ctx context.Context, uri string) (*node.RemoteActor, error) {
	a, err := tx.remoteActor(ctx, `r.uri = ?`, uri)
	return a, found(err, "remote actor %s", uri)
}

// RemoteActorByID returns the remote actor with our id.
func (tx *Tx) RemoteActorByID(ctx context.Context, actor uuid.UUID) (*node.RemoteActor, error) {
	a, err := tx.remoteActor(ctx, `r.id = ?`, actor.String())
	return a, found(err, "remote actor %s", actor)
}

// RemoteActorByHandle returns the newest remote actor with this handle.
func (tx *Tx) RemoteActorByHandle(ctx context.Context, user, host string) (*node.RemoteActor, error) {
	a, err := tx.remoteActor(ctx, `r.host = ? AND r.username = ? ORDER BY r.gone, r.fetched_at DESC LIMIT 1`, host, user)
	return a, found(err, "remote actor %s@%s", user, host)
}

// RemoteActorByPage returns the remote actor with this profile page.
func (tx *Tx) RemoteActorByPage(ctx context.Context, page string) (*node.RemoteActor, error) {
	a, err := tx.remoteActor(ctx, `r.page = ? ORDER BY r.fetched_at DESC LIMIT 1`, page)
	return a, found(err, "remote actor with page %s", page)
}

// PutRemoteActor inserts a or replaces what is known of it. a.ID becomes the stored id.
func (tx *Tx) PutRemoteActor(ctx context.Context, a *node.RemoteActor) error {
	skills, err := json.Marshal(a.Skills)
	if err != nil {
		return fmt.Errorf("put remote actor %s: %w", a.URI, err)
	}
	err = tx.exec(ctx, `INSERT INTO remote_actors (id, uri, type, username, host, name, summary, page, inbox, shared_inbox, followers, job_title,
		languages, skills, works_for, implements, gone, updated_at, fetched_at, source_id) VALUES (`+marks(20)+`)
		ON CONFLICT (uri) DO UPDATE SET type = excluded.type, username = excluded.username, host = excluded.host, name = excluded.name,
		summary = excluded.summary, page = excluded.page, inbox = excluded.inbox, shared_inbox = excluded.shared_inbox, followers = excluded.followers,
		job_title = excluded.job_title, languages = excluded.languages, skills = excluded.skills, works_for = excluded.works_for,
		implements = excluded.implements, gone = excluded.gone, updated_at = excluded.updated_at, fetched_at = excluded.fetched_at, source_id = excluded.source_id`,
		a.ID.String(), a.URI, a.Type, a.Username, a.Host, a.Name, a.Summary, a.Page, a.Inbox, a.SharedInbox, a.Followers, a.JobTitle,
		codes(a.Languages), string(skills), a.WorksFor, strings.Join(a.Implements, " "), flag(a.Gone), ms(a.UpdatedAt), ms(a.FetchedAt), a.SourceID)
	if err != nil {
		return fmt.Errorf("put remote actor %s: %w", a.URI, err)
	}
	return tx.row(ctx, `SELECT id FROM remote_actors WHERE uri = ?`, a.URI).Scan(idColumn{&a.ID})
}

// MarkActorGone notes that a remote actor is no more.
func (tx *Tx) MarkActorGone(ctx context.Context, uri string) error {
	return tx.exec(ctx, `UPDATE remote_actors SET gone = 1 WHERE uri = ?`, uri)
}

// RemoteKey returns a stored public key.
func (tx *Tx) RemoteKey(ctx context.Context, keyID string) (*node.RemoteKey, error) {
	var k node.RemoteKey
	err := tx.row(ctx, `SELECT id, actor_uri, algorithm, public, fetched_at, checked_at FROM remote_keys WHERE id = ?`, keyID).
		Scan(&k.ID, &k.ActorURI, &k.Algorithm, &k.Public, timeColumn{&k.FetchedAt}, timeColumn{&k.CheckedAt})
	return &k, found(err, "key %s", keyID)
}

// PutRemoteKeys replaces all keys of an actor: a key that it no longer shows is no longer believed.
func (tx *Tx) PutRemoteKeys(ctx context.Context, actorURI string, keys []node.RemoteKey) error {
	if err := tx.exec(ctx, `DELETE FROM remote_keys WHERE actor_uri = ?`, actorURI); err != nil {
		return fmt.Errorf("put keys of %s: %w", actorURI, err)
	}
	for _, k := range keys {
		err := tx.exec(ctx, `INSERT INTO remote_keys (id, actor_uri, algorithm, public, fetched_at, checked_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, k.ID, actorURI, k.Algorithm, k.Public, ms(k.FetchedAt), ms(k.CheckedAt))
		if err != nil {
			return fmt.Errorf("put key %s: %w", k.ID, err)
		}
	}
	return nil
}

// CheckedKey notes that a failed signature made us fetch the key again (A10).
func (tx *Tx) CheckedKey(ctx context.Context, keyID string, now time.Time) error {
	return tx.exec(ctx, `UPDATE remote_keys SET checked_at = ? WHERE id = ?`, ms(now), keyID)
}

// PutSource stores a document as it came in and sets its id.
func (tx *Tx) PutSource(ctx context.Context, s *node.Source) (err error) {
	s.ID, err = tx.insert(ctx, `INSERT INTO sources (uri, raw, signer_key, scheme, actor_uri, received_at) VALUES (?, ?, ?, ?, ?, ?)`,
		s.URI, s.Raw, s.SignerKey, s.Scheme, s.ActorURI, ms(s.ReceivedAt))
	if err != nil {
		return fmt.Errorf("put source %s: %w", s.URI, err)
	}
	return nil
}

// Source returns a document as it came in.
func (tx *Tx) Source(ctx context.Context, sourceID int64) (*node.Source, error) {
	s := node.Source{ID: sourceID}
	err := tx.row(ctx, `SELECT uri, raw, signer_key, scheme, actor_uri, received_at FROM sources WHERE id = ?`, sourceID).
		Scan(&s.URI, &s.Raw, &s.SignerKey, &s.Scheme, &s.ActorURI, timeColumn{&s.ReceivedAt})
	return &s, found(err, "source %d", sourceID)
}

// DeleteSource forgets a document that nothing refers to.
func (tx *Tx) DeleteSource(ctx context.Context, sourceID int64) error {
	return tx.exec(ctx, `DELETE FROM sources WHERE id = ?`, sourceID)
}

// Receive notes an activity id; it reports false when the id was there already (A8).
func (tx *Tx) Receive(ctx context.Context, uri string, sourceID int64, now time.Time) (bool, error) {
	n, err := tx.execN(ctx, `INSERT INTO received (uri, source_id, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, uri, sourceID, ms(now))
	return n == 1, err
}

// Received returns the source of an activity that came in before.
func (tx *Tx) Received(ctx context.Context, uri string) (sourceID int64, err error) {
	err = tx.row(ctx, `SELECT source_id FROM received WHERE uri = ?`, uri).Scan(&sourceID)
	return sourceID, found(err, "received %s", uri)
}

// FreeReceived lets an activity id be used again: Gancio follows with one id each time, also after Undo.
func (tx *Tx) FreeReceived(ctx context.Context, uri string) error {
	return tx.exec(ctx, `DELETE FROM received WHERE uri = ?`, uri)
}

// SeeSignature notes a signature; it reports false for an exact replay.
func (tx *Tx) SeeSignature(ctx context.Context, fingerprint string, now time.Time) (bool, error) {
	n, err := tx.execN(ctx, `INSERT INTO seen_signatures (fingerprint, seen_at) VALUES (?, ?) ON CONFLICT DO NOTHING`, fingerprint, ms(now))
	return n == 1, err
}

// ForgetSignatures drops signatures from before a time: the Date window refuses them by now.
func (tx *Tx) ForgetSignatures(ctx context.Context, before time.Time) error {
	return tx.exec(ctx, `DELETE FROM seen_signatures WHERE seen_at < ?`, ms(before))
}

// KnownHost reports whether a host is known: of an actor that somebody here
// follows, of a member of one of our networks, or accepted by an admin before (design.md 9).
func (tx *Tx) KnownHost(ctx context.Context, host string) (bool, error) {
	var n int
	err := tx.row(ctx, `SELECT 1 WHERE EXISTS (SELECT 1 FROM hosts WHERE host = ? AND known = 1) OR EXISTS
		(SELECT 1 FROM remote_actors r JOIN subscriptions s ON s.remote_uri = r.uri WHERE r.host = ?) OR EXISTS
		(SELECT 1 FROM network_members m JOIN networks n ON n.id = m.network_id WHERE m.origin IN (?, ?) AND `+listed+`)`,
		host, host, "https://"+host, "http://"+host).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return n == 1, err
}
