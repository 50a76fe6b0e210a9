package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/peers"
)

// CatchUp takes in an activity that was read in an outbox at from, the address
// that answered, with the effect that it would have had if it had been sent to us
// (federation.md 8.3, 8). Its actor and its object have to be of the server that
// answered; that one has nothing to sign for besides. What came before has no
// second effect (A8), and what cannot be used is counted and passed over: an
// error is a fault that may pass.
func (in *Inbox) CatchUp(ctx context.Context, doc jsonld.Object, from string) error {
	actor := doc.IDOf("actor")
	if !handled(doc) || authority.Activity(doc, actor) != nil || !address.SameOrigin(actor, from) {
		return in.Peers.Count(ctx, "inbox.outbox.unusable")
	}
	ok, err := in.admit(ctx, doc, actor)
	var no *refusal
	if errors.As(err, &no) || err == nil && !ok {
		return in.Peers.Count(ctx, "inbox.outbox.refused")
	}
	if err != nil {
		return err
	}
	if doc.Type() != "Delete" { // whose actor may be gone
		if _, err := in.Finder.Actor(ctx, actor); err != nil && !discover.Passing(err) {
			in.Log.Info("actor of an outbox not fetched", "actor", actor, "err", err)
			return in.Peers.Count(ctx, "inbox.outbox.unusable")
		} else if err != nil {
			return fmt.Errorf("catch up with %s: %w", doc.ID(), err)
		}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("catch up with %s: %w", doc.ID(), err)
	}
	fresh, err := in.Peers.Take(ctx, peers.Incoming{
		Source:      &node.Source{URI: doc.ID(), Raw: raw, SignerKey: from, Scheme: "outbox", ActorURI: actor},
		Fingerprint: "outbox " + doc.ID(), Lane: actor,
	})
	if err != nil {
		return fmt.Errorf("catch up with %s: %w", doc.ID(), err)
	}
	if fresh {
		in.Arrived()
	}
	return nil
}
