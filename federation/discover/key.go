package discover

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"sync"
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

// PublicKey is a key and whose it is.
type PublicKey struct {
	Key   crypto.PublicKey
	Actor string
}

// Known returns a key that is stored, without the network; node.ErrNotFound if it is not.
func (f *Finder) Known(ctx context.Context, keyID string) (*PublicKey, error) {
	if k, ok := f.keys.get(keyID); ok {
		return k, nil
	}
	stored, err := f.Peers.Key(ctx, keyID)
	if err != nil {
		return nil, err
	}
	return f.keep(stored)
}

// Key returns the key that a signature names: the stored one, else what the
// key's server shows, after both directions agree (A2).
func (f *Finder) Key(ctx context.Context, keyID string) (*PublicKey, error) {
	k, err := f.Known(ctx, keyID)
	if !errors.Is(err, node.ErrNotFound) {
		return k, err
	}
	return f.fetchKey(ctx, keyID, time.Time{})
}

// Renew fetches a key again after a signature did not fit it, at most once in
// refetchEvery for an actor (A10). It reports false when it was asked too soon.
func (f *Finder) Renew(ctx context.Context, keyID string) (*PublicKey, bool, error) {
	stored, err := f.Peers.Key(ctx, keyID)
	if err != nil {
		return nil, false, err
	}
	now := f.Now()
	if !stored.CheckedAt.IsZero() && now.Sub(stored.CheckedAt) < refetchEvery {
		return nil, false, nil
	}
	if err := f.Peers.CheckedKey(ctx, keyID); err != nil {
		return nil, false, err
	}
	f.Client.Forget(withoutFragment(keyID))
	k, err := f.fetchKey(ctx, keyID, now)
	return k, err == nil, err
}

func (f *Finder) fetchKey(ctx context.Context, keyID string, checked time.Time) (*PublicKey, error) {
	if f.Origin.Owns(keyID) {
		return nil, fmt.Errorf("key %s: %w", keyID, authority.ErrNotTheirs)
	}
	doc, src, err := f.keyDocument(ctx, keyID)
	if err != nil {
		return nil, fmt.Errorf("fetch key %s: %w", keyID, err)
	}
	_, keys, err := vocab.ReadActor(doc)
	if err != nil {
		return nil, fmt.Errorf("fetch key %s: %w", keyID, err)
	}
	var found *node.RemoteKey
	listed := make([]string, len(keys))
	for i := range keys {
		listed[i] = keys[i].ID
		if keys[i].ID == keyID {
			found = &keys[i]
		}
	}
	if err := authority.Key(keyID, doc.ID(), listed); err != nil {
		return nil, fmt.Errorf("fetch key %s: %w", keyID, err)
	}
	if _, err := f.StoreActor(ctx, doc, src, checked); err != nil {
		return nil, err
	}
	return f.keep(found)
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
	again, err := authority.Fetched(doc, withoutFragment(keyID), resp.URL)
	if err != nil {
		return nil, nil, err
	}
	if again == "" && vocab.IsActor(doc.Type()) {
		return doc, &node.Source{URI: doc.ID(), Raw: resp.Body, SignerKey: resp.URL, Scheme: "fetched", ActorURI: doc.ID()}, nil
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

func (f *Finder) keep(stored *node.RemoteKey) (*PublicKey, error) {
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
	k := &PublicKey{Key: public, Actor: stored.ActorURI}
	f.keys.put(stored.ID, k)
	return k, nil
}

// Forget drops cached keys: another process may have stored newer ones.
func (f *Finder) Forget() { f.keys.clear() }

// maxKeys bounds the cache of parsed keys.
const maxKeys = 20000

// keyCache keeps parsed keys, so that a busy peer's key is parsed once.
type keyCache struct {
	mu   sync.RWMutex
	byID map[string]*PublicKey
}

func (c *keyCache) get(id string) (*PublicKey, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	k, ok := c.byID[id]
	return k, ok
}

func (c *keyCache) put(id string, k *PublicKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil || len(c.byID) >= maxKeys {
		c.byID = map[string]*PublicKey{}
	}
	c.byID[id] = k
}

func (c *keyCache) drop(actor string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, k := range c.byID {
		if k.Actor == actor {
			delete(c.byID, id)
		}
	}
}

func (c *keyCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byID = nil
}
