package roster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
)

// rosters lists the hubs that are to be asked now.
func (k *Keeper) rosters(ctx context.Context) (tasks []task, err error) {
	due, err := k.Network.DueRosters(ctx)
	for _, n := range due {
		// When one that failed is asked for again, node/network decides.
		tasks = append(tasks, task{host: hostOf(n.MembersURI), do: func(ctx context.Context) error { return k.refresh(ctx, n) }})
	}
	return tasks, err
}

// refresh asks the hub for the roster. It is believed only from the hub's origin,
// with the proof of the key that was pinned at joining (A12, FEP-8b32).
func (k *Keeper) refresh(ctx context.Context, n *node.Network) error {
	doc, resp, err := k.Finder.Conditional(ctx, n.MembersURI, n.ETag)
	if errors.Is(err, discover.ErrUnchanged) {
		if err := own(k.Network.RosterUnchanged(ctx, n.ID)); err != nil {
			return err
		}
		k.vocabulary(ctx, n)
		return nil
	}
	if err != nil {
		return k.failed(ctx, n, err)
	}
	hub, err := k.described(ctx, n)
	if err != nil {
		k.Log.Info("hub does not describe itself", "network", n.ID, "err", err)
	}
	if err := proved(doc, n.URI, n.HubKey); err != nil {
		// Another key counts only if the hub's own actor shows it over its origin.
		if hub == nil || hub.HubKey == n.HubKey || proved(doc, n.URI, hub.HubKey) != nil {
			return k.failed(ctx, n, err)
		}
	}
	read, err := vocab.ReadRoster(doc, n)
	if err != nil {
		return k.failed(ctx, n, err)
	}
	for _, m := range read.Members {
		m.NetworkID = n.ID
	}
	r := &network.Roster{
		Version: read.Version, Digest: read.Digest, Total: read.Total, Successor: read.Successor, ETag: resp.Header.Get("ETag"),
		Members: read.Members, Raw: resp.Body, Hub: hub, Changes: k.history(ctx, n),
	}
	if err := k.Network.ApplyRoster(ctx, n.ID, r); err != nil {
		return k.refused(ctx, n, err)
	}
	k.vocabulary(ctx, n)
	return nil
}

// refused is for a roster that is signed and still cannot be: a lower version.
func (k *Keeper) refused(ctx context.Context, n *node.Network, err error) error {
	var field *node.FieldError
	if errors.As(err, &field) || errors.Is(err, node.ErrForbidden) || errors.Is(err, node.ErrConflict) {
		return k.failed(ctx, n, err)
	}
	return own(err)
}

// failed notes that the roster could not be had. A hub that is no more says so with 410.
func (k *Keeper) failed(ctx context.Context, n *node.Network, err error) error {
	var status *fetch.StatusError
	gone := errors.As(err, &status) && status.Code == http.StatusGone
	return errors.Join(err, own(k.Network.RosterFailed(ctx, n.ID, gone)))
}

// proved checks the proof on a roster with a key of the Group actor.
func proved(doc jsonld.Object, group, key string) error {
	public, err := signature.ParseMultikey(key)
	if err != nil {
		return err
	}
	method := doc.Object("proof").String("verificationMethod")
	if !strings.HasPrefix(method, group+"#") {
		return fmt.Errorf("the proof is by another key: %w", authority.ErrNotTheirs)
	}
	return signature.CheckProof(doc, method, public)
}

// described asks the hub's actor what the network is now.
func (k *Keeper) described(ctx context.Context, n *node.Network) (*node.Network, error) {
	k.Finder.Client.Forget(n.URI)
	doc, src, err := k.Finder.Document(ctx, fetch.Actor, n.URI)
	if err != nil {
		return nil, err
	}
	hub, err := vocab.ReadHub(doc)
	if err == nil && hub.Network.URI != n.URI {
		err = authority.ErrNotTheirs
	}
	if err != nil {
		return nil, err
	}
	if err := k.Finder.StoreActor(ctx, doc, src); err != nil {
		return nil, err
	}
	home, err := k.application(ctx, hub.Network)
	if err != nil {
		return nil, err
	}
	hub.Network.Fingerprint = home.Fingerprint
	return hub.Network, nil
}

// application asks for the node of a hub, which has to lie at the hub's origin.
func (k *Keeper) application(ctx context.Context, hub *node.Network) (*vocab.NodeRead, error) {
	k.Finder.Client.Forget(hub.NodeURI)
	doc, src, err := k.Finder.Document(ctx, fetch.Actor, hub.NodeURI)
	if err != nil {
		return nil, err
	}
	home, err := vocab.ReadNode(doc)
	if err != nil {
		return nil, err
	}
	return home, k.Finder.StoreActor(ctx, doc, src)
}

// history asks what changed. A hub that does not tell it is still a hub.
func (k *Keeper) history(ctx context.Context, n *node.Network) []node.RosterChange {
	doc, _, err := k.Finder.Conditional(ctx, vocab.History(n.URI), "")
	if err != nil {
		k.Log.Info("hub tells no history", "network", n.ID, "err", err)
		return nil
	}
	if doc.ID() != vocab.History(n.URI) {
		return nil
	}
	return vocab.ReadHistory(doc, n)
}

// vocabulary asks for the network's own skill tags.
func (k *Keeper) vocabulary(ctx context.Context, n *node.Network) {
	doc, _, err := k.Finder.Conditional(ctx, vocab.NetworkSkills(n.URI), "")
	if err == nil && doc.ID() != vocab.NetworkSkills(n.URI) {
		err = authority.ErrNotTheirs
	}
	if err == nil {
		err = k.Network.ReceiveTags(ctx, n.ID, vocab.ReadVocabulary(doc))
	}
	if err != nil {
		k.Log.Info("hub tells no vocabulary", "network", n.ID, "err", err)
	}
}
