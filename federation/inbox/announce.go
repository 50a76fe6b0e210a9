package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/poweron-network/poweron/federation/authority"
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
		err = in.fetchLater(ctx, object, a.actor.URI, false)
	}
	return true, err // kept: an Undo may name only its id
}

// like handles a Like: the author is told by name, nothing is counted.
func (in *Inbox) like(ctx context.Context, a *activity) (bool, error) {
	_, err := in.Conversation.ReceiveReaction(ctx, "like", a.actor, a.IDOf("object"), a.ID())
	return true, err
}

// earlier returns an activity that came before, or nil.
func (in *Inbox) earlier(ctx context.Context, uri string) (jsonld.Object, error) {
	src, err := in.Peers.Received(ctx, uri)
	if errors.Is(err, node.ErrNotFound) {
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
}

func (in *Inbox) fetchLater(ctx context.Context, uri, sharedBy string, edit bool) error {
	payload, err := json.Marshal(fetchPayload{uri, sharedBy, edit})
	if err != nil {
		return err
	}
	return in.Peers.Enqueue(ctx, FetchJob, hostOf(uri), payload)
}

// HandleFetch fetches an object and stores it as its origin tells it; it is the
// job.Handler of FetchJob.
func (in *Inbox) HandleFetch(ctx context.Context, payload []byte) error {
	var p fetchPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return fmt.Errorf("read job: %w: %w", job.ErrPoison, err)
	}
	ctx = fetch.WithBudget(ctx, budget)
	doc, src, err := in.Finder.Document(ctx, fetch.Object, p.URI)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", p.URI, hopeless(err))
	}
	r, err := vocab.ReadItem(doc)
	if err != nil || len(r.AttributedTo) == 0 {
		_, err = in.unusable(ctx, errors.Join(err, vocab.ErrDocument))
		return err
	}
	author, err := in.Finder.Actor(ctx, r.AttributedTo[0])
	if err != nil {
		return fmt.Errorf("fetch author of %s: %w", p.URI, hopeless(err))
	}
	if err := in.Peers.PutSource(ctx, src); err != nil {
		return err
	}
	got := arrival(r, author, src.ID)
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

// hopeless marks failures that another try would not mend.
func hopeless(err error) error {
	var status *fetch.StatusError
	switch {
	case errors.As(err, &status) && status.Code/100 == 4,
		errors.Is(err, fetch.ErrBlockedAddress), errors.Is(err, fetch.ErrMediaType), errors.Is(err, fetch.ErrTooLarge), errors.Is(err, fetch.ErrRedirect),
		errors.Is(err, jsonld.ErrMalformed), errors.Is(err, jsonld.ErrTooLarge), errors.Is(err, authority.ErrNotTheirs), errors.Is(err, vocab.ErrDocument):
		return fmt.Errorf("%w: %w", job.ErrPoison, err)
	}
	return err
}
