package roster

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

// lookupBudget is how many requests one question of a person may cause.
const lookupBudget = 12

// Hub finds a network by handle ("ptp@hub.example"), by what a code begins with
// ("hub.example/ptp"), or by an address, and asks its hub what it is. It
// implements network.Lookup; its errors say what to do.
func (k *Keeper) Hub(ctx context.Context, ref string) (*node.Network, error) {
	ctx = fetch.WithBudget(ctx, lookupBudget)
	ref = strings.TrimSpace(ref)
	if host, name, ok := strings.Cut(ref, "/"); ok && !strings.Contains(ref, "://") && !strings.Contains(host, "@") {
		name, _, _ = strings.Cut(name, "/") // a code may follow
		ref = name + "@" + host
	}
	a, err := k.Finder.Find(ctx, ref)
	if err != nil {
		return nil, hubError(err, ref)
	}
	n, err := k.described(ctx, &node.Network{URI: a.URI})
	if errors.Is(err, vocab.ErrDocument) {
		return nil, node.Invalid("ref", "error.hub.none", "ref", ref)
	}
	if err != nil {
		k.Log.Info("hub cannot be asked", "uri", a.URI, "err", err)
		return nil, node.Invalid("ref", "error.hub.unreachable", "host", a.Host)
	}
	return n, nil
}

// hubErrors tell whoever pasted an address what is wrong with it, by what the
// lookup of any actor says.
var hubErrors = map[string]string{
	"error.follow.form":        "error.hub.form",
	"error.follow.nobody":      "error.hub.nobody",
	"error.follow.notactor":    "error.hub.none",
	"error.follow.mismatch":    "error.hub.none",
	"error.follow.local":       "error.hub.local",
	"error.follow.address":     "error.hub.address",
	"error.follow.later":       "error.hub.later",
	"error.follow.unreachable": "error.hub.unreachable",
}

func hubError(err error, ref string) error {
	var field *node.FieldError
	if !errors.As(err, &field) {
		return err
	}
	key, ok := hubErrors[field.Key]
	if !ok {
		key = "error.hub.unreachable"
	}
	return node.Invalid("ref", key, "ref", ref, "host", hostIn(ref))
}

// hostIn is the server that a handle or an address names.
func hostIn(ref string) string {
	if h, err := address.ParseHandle(ref); err == nil {
		return h.Host
	}
	if h := hostOf(ref); h != "" {
		return h
	}
	return ref
}

// Code asks a hub whether the code with this hash can be used; it implements network.Lookup.
func (k *Keeper) Code(ctx context.Context, n *node.Network, hash string) error {
	_, _, err := k.Finder.Conditional(fetch.WithBudget(ctx, lookupBudget), n.URI+"/codes/"+url.PathEscape(hash), "")
	var status *fetch.StatusError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &status):
	case status.Code == http.StatusNotFound:
		return node.Invalid("ref", "error.code.wrong")
	case status.Code == http.StatusConflict:
		return node.Invalid("ref", "error.code.used")
	case status.Code == http.StatusGone:
		return node.Invalid("ref", "error.code.expired")
	case status.Code == http.StatusTooManyRequests:
		return node.Invalid("ref", "error.hub.later", "host", n.Host)
	}
	if errors.Is(err, jsonld.ErrMalformed) {
		return node.Invalid("ref", "error.hub.none", "ref", n.Handle())
	}
	k.Log.Info("hub cannot be asked about a code", "network", n.URI, "err", err)
	return node.Invalid("ref", "error.hub.unreachable", "host", n.Host)
}
