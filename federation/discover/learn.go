package discover

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

// learnEvery is how long what a host's Application says it implements is believed.
const learnEvery = 7 * 24 * time.Hour

// Learn finds out, if that is not known, what a host's Application says it
// implements (FEP-2677, FEP-844e), so that our own nodes are spoken to with
// Ed25519. A host that tells nothing is spoken to like everybody.
func (f *Finder) Learn(ctx context.Context, host string) {
	if _, busy := f.learn.LoadOrStore(host, struct{}{}); busy {
		return
	}
	defer f.learn.Delete(host)
	h, err := f.Peers.Host(ctx, host)
	if err != nil || f.Now().Sub(h.CheckedAt) < learnEvery {
		return
	}
	application, implements, err := f.application(ctx, host)
	if err != nil {
		f.Log.Debug("host tells no application", "host", host, "err", err)
	}
	if Passing(err) {
		return // nothing was learned: whoever delivers there next asks again
	}
	err = f.Peers.ChangeHost(ctx, host, func(h *node.HostState) {
		h.CheckedAt, h.Application, h.Ed25519 = f.Now(), application, vocab.TakesEd25519(implements)
	})
	if err != nil {
		f.Log.Warn("host cannot be noted", "host", host, "err", err)
	}
}

// application follows NodeInfo's link to the host's own actor.
func (f *Finder) application(ctx context.Context, host string) (uri string, implements []string, err error) {
	base := f.schemeFor(host) + "://" + host
	resp, err := f.Client.Get(ctx, fetch.NodeInfo, base+"/.well-known/nodeinfo", nil)
	if err != nil {
		return "", nil, err
	}
	var links vocab.JRD
	if err := json.Unmarshal(resp.Body, &links); err != nil {
		return "", nil, fmt.Errorf("read nodeinfo of %s: %w: %w", host, jsonld.ErrMalformed, err)
	}
	for _, l := range links.Links[:min(len(links.Links), maxLinks)] {
		if l.Rel != vocab.RelApplication || !address.SameOrigin(l.Href, base) {
			continue
		}
		a, err := f.FetchActor(ctx, l.Href)
		if err != nil {
			return "", nil, err
		}
		return a.URI, a.Implements, nil
	}
	return "", nil, fmt.Errorf("nodeinfo of %s: %w", host, errNoActor)
}
