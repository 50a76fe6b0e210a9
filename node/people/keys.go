package people

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/store"
)

// settingKeys is when the keys were last replaced, in milliseconds.
const settingKeys = "keys"

// RotateKeys gives the node and everybody of it new keys, at once: from now on
// nothing is signed with the old ones (G2). Other servers ask for the new ones
// when a signature does not fit the old. Members of a network count the node
// again once the hub has its new fingerprint, which it returns (federation.md 8.3, 11).
func (s *Service) RotateKeys(ctx context.Context, v access.Viewer) (fingerprint string, err error) {
	if !access.Can(v, access.RunNode) {
		return "", fmt.Errorf("rotate keys: %w", node.ErrForbidden)
	}
	fresh, err := s.freshKeys(ctx)
	if err != nil {
		return "", fmt.Errorf("rotate keys: %w", err)
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		for _, f := range fresh {
			if err := tx.ReplaceKeys(ctx, f.actor, f.keys); err != nil {
				return err
			}
			if f.actor.ID == uuid.Nil {
				if fingerprint, err = keyring.Fingerprint(f.actor.RSAPublic); err != nil {
					return err
				}
			}
			if f.actor.Audience != node.Public || f.actor.Kind != node.KindOrganization && f.actor.Kind != node.KindPerson {
				continue // who needs the new key of these asks for it
			}
			if err := tx.Announce(ctx, s.event(node.Updated, f.actor.Kind, f.actor.OwnerID, f.actor.ID)); err != nil {
				return err
			}
		}
		entry := &node.AuditEntry{ID: newID(), About: v.Organization, By: v.Person, What: "audit.keys.rotated", At: s.Now()}
		if err := tx.PutAudit(ctx, entry); err != nil {
			return err
		}
		return tx.PutSetting(ctx, settingKeys, strconv.FormatInt(s.Now().UnixMilli(), 10))
	})
	if err != nil {
		return "", fmt.Errorf("rotate keys: %w", err)
	}
	s.Forget()
	return fingerprint, nil
}

// freshKeys makes new keys for each of our actors. That takes a while, so it is
// done before the write.
func (s *Service) freshKeys(ctx context.Context) (fresh []*openedActor, err error) {
	var actors []*node.LocalActor
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		actors, err = tx.LocalActors(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, a := range actors {
		rsaKey, edKey, err := s.Keys.NewActor(a)
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, &openedActor{a, store.SealedKeys{RSA: rsaKey, Ed25519: edKey}})
	}
	return fresh, nil
}

// keysSince reads when the keys were last replaced; zero if never.
func keysSince(ctx context.Context, tx *store.Tx) (time.Time, error) {
	text, err := tx.Setting(ctx, settingKeys)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("setting %s: %w", settingKeys, node.ErrCorrupt)
	}
	return time.UnixMilli(ms).UTC(), nil
}
