package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/job"
)

// announce handles a share. Of our own things the author is told; what somebody
// we follow shares is fetched from its origin, whatever the Announce embeds (A3).
func (in *Inbox) announce(ctx context.Context, a *activity) (bool, error) {
	object := a.IDOf("object")
	if inner := a.Object.Object("object"); inner.Has("object") { // FEP-1b12: a group passes on a whole activity
		object = inner.IDOf("object")
	}
	fate, err := in.Conversation.ReceiveReaction(ctx, "share", a.actor, object, a.ID())
	if err == nil && fate == conversation.Needed {
		err = in.fetchLater(ctx, object, fetchPayload{SharedBy: a.actor.URI})
	}
	return a.recalled(fate), err
}

// like handles a Like: the author is told by name, nothing is counted.
func (in *Inbox) like(ctx context.Context, a *activity) (bool, error) {
	fate, err := in.Conversation.ReceiveReaction(ctx, "like", a.actor, a.IDOf("object"), a.ID())
	return a.recalled(fate), err
}

// maxRecalled is the size up to which a reaction is kept; real ones have one kilobyte.
const maxRecalled = 8 << 10

// recalled reports whether a reaction is kept, because an Undo may name only its
// id: it had an effect, and is not so large that it was sent to fill the disk.
func (a *activity) recalled(fate conversation.Fate) bool {
	return (fate == conversation.Stored || fate == conversation.Needed) && len(a.source.Raw) <= maxRecalled
}

// earlier returns an activity that came before, or nil.
func (in *Inbox) earlier(ctx context.Context, uri string) (jsonld.Object, error) {
	src, err := in.Peers.Received(ctx, uri)
	if errors.Is(err, node.ErrNotFound) || err == nil && src.URI != uri { // dropped, and its number given to another
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return jsonld.Decode(src.Raw)
}

// FetchJob is the kind of job that fetches something an activity points to.
const FetchJob = "fetch"

type fetchPayload struct {
	URI      string `json:"uri"`
	SharedBy string `json:"sharedBy,omitempty"`
	Edit     bool   `json:"edit,omitempty"`
	Actor    bool   `json:"actor,omitempty"` // it is an actor that changed its handle
	// For is the number of a stored activity that waits for it, Activity its id.
	For      int64  `json:"for,omitempty"`
	Activity string `json:"activity,omitempty"`
}

func (in *Inbox) fetchLater(ctx context.Context, uri string, p fetchPayload) error {
	p.URI = uri
	payload, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return in.Peers.Enqueue(ctx, FetchJob, hostOf(uri), payload)
}

// HandleFetch fetches an object and stores it as its origin tells it; it is the
// job.Handler of FetchJob. What cannot be had is counted and let go: a job is put
// aside for a fault of ours.
func (in *Inbox) HandleFetch(ctx context.Context, payload []byte) error {
	var p fetchPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("read job: %w: %w", job.ErrPoison, err)
	}
	err := in.fetch(fetch.WithBudget(ctx, budget), p)
	if err == nil || discover.Passing(err) {
		return err
	}
	in.Log.Info("not fetched", "uri", p.URI, "err", err)
	return in.Peers.Count(ctx, "inbox.unfetched")
}

func (in *Inbox) fetch(ctx context.Context, p fetchPayload) error {
	if p.For != 0 {
		return in.fetchFor(ctx, p)
	}
	if p.Actor {
		_, err := in.Finder.FetchActor(ctx, p.URI)
		return err
	}
	doc, src, err := in.Finder.Document(ctx, fetch.Object, p.URI)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", p.URI, err)
	}
	r, err := vocab.ReadItem(doc)
	if err != nil || len(r.AttributedTo) == 0 {
		_, err = in.unusable(ctx, errors.Join(err, vocab.ErrDocument))
		return err
	}
	author, err := in.Finder.Actor(ctx, r.AttributedTo[0])
	if err != nil {
		return fmt.Errorf("fetch author of %s: %w", p.URI, err)
	}
	if err := in.Peers.PutSource(ctx, src); err != nil {
		return err
	}
	got := in.arrival(r, author, src.ID)
	got.Edit, got.SharedBy = p.Edit, p.SharedBy
	if p.SharedBy != "" && !got.Open {
		return in.Peers.DropSource(ctx, src.ID) // not for everyone: not to be passed on
	}
	keep, err := in.deliver(ctx, got)
	if err == nil && !keep {
		err = in.Peers.DropSource(ctx, src.ID)
	}
	return err
}
