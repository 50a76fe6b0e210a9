package discover

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

// refetchEvery bounds how often failed signatures make us ask for an actor's keys again (A10).
const refetchEvery = 5 * time.Minute

// ErrTooSoon means that a key was asked for again just before.
var ErrTooSoon = errors.New("asked for this key just before")

var errLanded = errors.New("asking for the key ended early")

// PublicKey is a key and whose it is.
type PublicKey struct {
	Key   crypto.PublicKey
	Actor string
}

func (k *PublicKey) same(other *PublicKey) bool {
	equal, ok := k.Key.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Actor == other.Actor && equal.Equal(other.Key)
}

// Known returns a key that is stored, without the network; node.ErrNotFound if it is not.
func (f *Finder) Known(ctx context.Context, keyID string) (*PublicKey, error) {
	now := f.Now()
	if k, ok := f.keys.get(keyID, now); ok {
		return k, nil
	}
	state := f.keys.state()
	stored, err := f.Peers.Key(ctx, keyID)
	if err != nil {
		return nil, err
	}
	k, err := parse(stored)
	if err == nil {
		f.keys.put(keyID, k, state, now)
	}
	return k, err
}

func parse(stored *node.RemoteKey) (*PublicKey, error) {
	var public crypto.PublicKey
	var err error
	if stored.Algorithm == "ed25519" {
		public, err = signature.ParseMultikey(stored.Public)
	} else {
		public, err = signature.ParsePublicKeyPEM(stored.Public)
	}
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", stored.ID, err)
	}
	return &PublicKey{Key: public, Actor: stored.ActorURI}, nil
}

// Ask returns a key that we do not know yet: what its server shows, after both
// directions agree (A2). All who ask for one key at the same time wait for one request.
func (f *Finder) Ask(ctx context.Context, keyID string) (*PublicKey, error) {
	return f.asked.do(ctx, keyID, func() (*PublicKey, error) {
		ctx := context.WithoutCancel(ctx) // others wait for it too
		if k, err := f.Known(ctx, keyID); !errors.Is(err, node.ErrNotFound) {
			return k, err // somebody was faster
		}
		return f.fetchKey(ctx, keyID, time.Time{})
	})
}

// Renew fetches a key again after a signature did not fit the one that we knew,
// at most once in refetchEvery (A10); else it is ErrTooSoon.
func (f *Finder) Renew(ctx context.Context, keyID string, misfit *PublicKey) (*PublicKey, error) {
	return f.asked.do(ctx, keyID, func() (*PublicKey, error) {
		ctx := context.WithoutCancel(ctx)
		if k, err := f.Known(ctx, keyID); err == nil && !k.same(misfit) {
			return k, nil // somebody was faster
		}
		stored, err := f.Peers.Key(ctx, keyID)
		if err != nil {
			return nil, err
		}
		now := f.Now()
		if !stored.CheckedAt.IsZero() && now.Sub(stored.CheckedAt) < refetchEvery {
			return nil, ErrTooSoon
		}
		if err := f.Peers.CheckedKey(ctx, keyID); err != nil {
			return nil, err
		}
		f.Client.Forget(withoutFragment(keyID))
		return f.fetchKey(ctx, keyID, now)
	})
}

func (f *Finder) fetchKey(ctx context.Context, keyID string, checked time.Time) (*PublicKey, error) {
	doc, src, err := f.keyDocument(ctx, keyID)
	if err != nil {
		return nil, fmt.Errorf("fetch key %s: %w", keyID, err)
	}
	a, keys, err := f.read(doc)
	if err != nil {
		return nil, fmt.Errorf("fetch key %s: %w", keyID, err)
	}
	listed := make([]string, len(keys))
	for i := range keys {
		listed[i] = keys[i].ID
	}
	if err := authority.Key(keyID, a.URI, listed); err != nil {
		return nil, fmt.Errorf("fetch key %s: %w", keyID, err)
	}
	if err := f.uncontested(ctx, a); err != nil {
		return nil, fmt.Errorf("fetch key %s: %w", keyID, err)
	}
	if err := f.put(ctx, a, ownKeys(a.URI, keys, keyID), src, checked); err != nil {
		return nil, err
	}
	k, err := f.Known(ctx, keyID)
	switch {
	case errors.Is(err, node.ErrNotFound) || err == nil && k.Actor != a.URI:
		return nil, fmt.Errorf("fetch key %s: it has no one owner: %w", keyID, authority.ErrNotTheirs)
	case err != nil:
		return nil, err
	}
	return k, nil
}

// keyDocument returns the actor document that shows a key. The key's address
// may answer with the actor, with a stub of it (GoToSocial), or with the key
// alone, which names its owner.
func (f *Finder) keyDocument(ctx context.Context, keyID string) (jsonld.Object, *node.Source, error) {
	resp, err := f.get(ctx, fetch.Key, withoutFragment(keyID))
	if err != nil {
		return nil, nil, err
	}
	doc, err := jsonld.DecodeWithin(resp.Body, fetchLimits)
	if err != nil {
		return nil, nil, err
	}
	again, err := authority.Fetched(doc, keyID, resp.URL)
	if err != nil {
		return nil, nil, err
	}
	if again == "" && vocab.IsActor(doc.Type()) {
		return doc, fetched(doc.ID(), doc.ID(), resp), nil
	}
	owner := doc.ID() // a stub at the key's address carries the actor's id
	if !vocab.IsActor(doc.Type()) {
		if owner = doc.IDOf("owner"); owner == "" {
			owner = doc.IDOf("controller")
		}
	}
	if err := authority.Key(keyID, owner, []string{keyID}); err != nil {
		return nil, nil, err
	}
	return f.Document(ctx, fetch.Actor, owner)
}

// ownKeys are those of an actor's keys that lie at its own address or under it,
// as GoToSocial has them: one at another's address would shut the other out. A
// key elsewhere counts when it was asked for there and led here. Where two keys
// have one id, neither counts.
func ownKeys(actor string, keys []node.RemoteKey, led string) (own []node.RemoteKey) {
	home := withoutFragment(actor)
	shown := map[string]node.RemoteKey{}
	torn := map[string]bool{}
	for _, k := range keys {
		rest, at := strings.CutPrefix(k.ID, home)
		if k.ID != led && (!at || rest != "" && !strings.ContainsRune("#?/", rune(rest[0]))) {
			continue
		}
		if before, twice := shown[k.ID]; !twice {
			shown[k.ID], own = k, append(own, k)
		} else if before != k {
			torn[k.ID] = true
		}
	}
	return slices.DeleteFunc(own, func(k node.RemoteKey) bool { return torn[k.ID] })
}

func withoutFragment(uri string) string { s, _, _ := strings.Cut(uri, "#"); return s }
