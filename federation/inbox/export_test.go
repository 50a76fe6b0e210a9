package inbox

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

// Limiter shows the limiter to tests.
type Limiter struct{ l *limiter }

// NewLimiter is newLimiter.
func NewLimiter(per int, now func() time.Time) Limiter { return Limiter{newLimiter(per, now)} }

// Take is take.
func (l Limiter) Take(name string) time.Duration { return l.l.take(name) }

// Full is full.
func (l Limiter) Full(name string) time.Duration { return l.l.full(name) }

// Names is how many names it remembers.
func (l Limiter) Names() int { return len(l.l.by) }

// Gate shows the gate to tests.
type Gate struct{ g *gate }

// NewGate is newGate.
func NewGate(all, each int) Gate { return Gate{newGate(all, each)} }

// Enter is enter.
func (g Gate) Enter(client string) bool { return g.g.enter(client) }

// Leave is leave.
func (g Gate) Leave(client string) { g.g.leave(client) }

// Empty reports whether it remembers nobody.
func (g Gate) Empty() bool { return g.g.inside == 0 && len(g.g.of) == 0 }

// Narrow makes the gates of a started inbox smaller.
func (in *Inbox) Narrow(room, asking int) {
	in.room, in.asking = newGate(room, room), newGate(asking, asking)
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

// MaxCounted is the bound of names in a limiter.
const MaxCounted = maxCounted

// Named is whom of ours an item names, as the service is told.
func (in *Inbox) Named(r *vocab.Received) []string {
	return in.arrival(r, &node.RemoteActor{}, 0).Named
}
