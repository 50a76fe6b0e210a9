package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// SealedKeys are an actor's private keys as they lie in the database: encrypted.
type SealedKeys struct{ RSA, Ed25519 []byte }

const localActorColumns = `id, kind, owner_id, uri, rsa_public, ed_public, created_at, gone_at, audience`

func scanLocalActor(r scanner) (*node.LocalActor, error) {
	var a node.LocalActor
	err := r.Scan(idColumn{&a.ID}, &a.Kind, idColumn{&a.OwnerID}, &a.URI, &a.RSAPublic, &a.EdPublic, timeColumn{&a.CreatedAt}, timeColumn{&a.GoneAt}, &a.Audience)
	return &a, err
}

// PutLocalActor adds an actor with its keys.
func (tx *Tx) PutLocalActor(ctx context.Context, a *node.LocalActor, k SealedKeys) error {
	if a.Audience == "" {
		a.Audience = node.Public
	}
	return tx.exec(ctx, `INSERT INTO local_actors (id, kind, owner_id, uri, rsa_public, rsa_private, ed_public, ed_private, created_at, gone_at, audience)
		VALUES (`+marks(11)+`)`, a.ID.String(), string(a.Kind), id(a.OwnerID), a.URI, a.RSAPublic, k.RSA, a.EdPublic, k.Ed25519, ms(a.CreatedAt), ms(a.GoneAt), string(a.Audience))
}

// ReplaceKeys gives one of our actors new keys, unless it is gone.
func (tx *Tx) ReplaceKeys(ctx context.Context, a *node.LocalActor, k SealedKeys) error {
	err := tx.exec(ctx, `UPDATE local_actors SET rsa_public = ?, rsa_private = ?, ed_public = ?, ed_private = ? WHERE id = ? AND gone_at = 0`,
		a.RSAPublic, k.RSA, a.EdPublic, k.Ed25519, a.ID.String())
	if err != nil {
		return fmt.Errorf("replace keys of %s: %w", a.URI, err)
	}
	return nil
}

// LocalActors lists all of our actors that are not gone, the node first.
func (tx *Tx) LocalActors(ctx context.Context) (list []*node.LocalActor, err error) {
	err = tx.rows(ctx, `SELECT `+localActorColumns+` FROM local_actors WHERE gone_at = 0 ORDER BY id`, nil, func(r scanner) error {
		a, err := scanLocalActor(r)
		list = append(list, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list local actors: %w", err)
	}
	return list, nil
}

// LocalActor returns one of our actors, also one that is gone.
func (tx *Tx) LocalActor(ctx context.Context, actor uuid.UUID) (*node.LocalActor, error) {
	a, err := scanLocalActor(tx.row(ctx, `SELECT `+localActorColumns+` FROM local_actors WHERE id = ?`, actor.String()))
	return a, found(err, "local actor %s", actor)
}

// LocalActorByURI returns one of our actors by its id among servers.
func (tx *Tx) LocalActorByURI(ctx context.Context, uri string) (*node.LocalActor, error) {
	a, err := scanLocalActor(tx.row(ctx, `SELECT `+localActorColumns+` FROM local_actors WHERE uri = ?`, uri))
	return a, found(err, "local actor %s", uri)
}

// SealedKeys returns the private keys of one of our actors.
func (tx *Tx) SealedKeys(ctx context.Context, actor uuid.UUID) (k SealedKeys, err error) {
	err = tx.row(ctx, `SELECT rsa_private, ed_private FROM local_actors WHERE id = ?`, actor.String()).Scan(&k.RSA, &k.Ed25519)
	return k, found(err, "keys of actor %s", actor)
}

// CloseLocalActor marks an actor as gone: it answers 410 from now on.
func (tx *Tx) CloseLocalActor(ctx context.Context, actor uuid.UUID, now time.Time) error {
	return tx.exec(ctx, `UPDATE local_actors SET gone_at = ? WHERE id = ?`, ms(now), actor.String())
}

// ForgetProfile removes what one of our actors said of its owner's profile:
// activities, and deliveries of them that wait. What another actor of the same
// owner said stays.
func (tx *Tx) ForgetProfile(ctx context.Context, actor, owner uuid.UUID) error {
	const said = `SELECT id FROM activities WHERE object = ? AND actor = ? AND verb IN ('create', 'update')`
	if err := tx.exec(ctx, `UPDATE deliveries SET state = 'dropped', last_error = 'deleted' WHERE state = 'waiting' AND activity IN (`+said+`)`, owner.String(), actor.String()); err != nil {
		return fmt.Errorf("forget profile of actor %s: %w", actor, err)
	}
	if err := tx.exec(ctx, `DELETE FROM activities WHERE id IN (`+said+`)`, owner.String(), actor.String()); err != nil {
		return fmt.Errorf("forget profile of actor %s: %w", actor, err)
	}
	return nil
}
