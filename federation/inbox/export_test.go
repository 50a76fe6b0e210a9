package inbox

import (
	"context"
	"crypto/sha256"
	"net/http"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/limit"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

// Narrow makes the gates of a started inbox smaller.
func (in *Inbox) Narrow(room, asking int) {
	in.room, in.asking = limit.NewGate(room, room), limit.NewGate(asking, asking)
}

// Body is body; it returns the status of the refusal.
func Body(w http.ResponseWriter, r *http.Request) int {
	_, err := body(w, r)
	if err == nil {
		return http.StatusOK
	}
	return err.(*refusal).status
}

// Accept hands a document to go-fed as if signer had signed it.
func (in *Inbox) Accept(ctx context.Context, raw []byte, signer string) (status int, err error) {
	doc, err := jsonld.Decode(raw)
	if err != nil {
		return 0, err
	}
	err = in.accept(ctx, doc, &taken{raw: raw, claim: &signature.Claim{KeyID: signer + "#main-key", Fingerprint: sha256.Sum256(raw)}, signer: signer})
	if no, ok := err.(*refusal); ok {
		return no.status, nil
	}
	return http.StatusAccepted, err
}

// Named is whom of ours an item names, as the service is told.
func (in *Inbox) Named(r *vocab.Received) []string {
	return in.arrival(r, &node.RemoteActor{}, 0).Named
}
