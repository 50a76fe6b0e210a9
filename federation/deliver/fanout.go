package deliver

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// expansion is an announcement that became deliveries.
type expansion struct {
	activity uuid.UUID
	hosts    []string // of each delivery
	urgent   bool     // a Delete: what still waits of the object is void
}

// expand composes what e says and queues it for each inbox, in one transaction.
// An announcement that cannot be made any more is dropped and logged.
func (w *Worker) expand(ctx context.Context, e node.Event) (x expansion, err error) {
	raw, boxes, err := w.say(ctx, e)
	switch {
	case errors.Is(err, node.ErrNotFound), errors.Is(err, errUnknownEvent):
		w.Log.Warn("announcement dropped", "verb", e.Verb, "kind", e.Kind, "object", e.Object, "err", err)
	case err != nil:
		return x, err
	}
	hosts, err := w.Delivery.FanOut(ctx, e, raw, boxes)
	if err != nil || raw == nil {
		return x, err
	}
	// What is about to go to many inboxes need not be read again.
	if _, err := w.activities.get(e.Activity, func() (*said, int, error) { return newSaid(raw, e.Kind, e.Verb, e.Audience), len(raw), nil }); err != nil {
		return x, err
	}
	return expansion{activity: e.Activity, hosts: hosts, urgent: e.Verb == node.Deleted}, nil
}

// say returns the activity for e, nil if there is none, and where it goes.
func (w *Worker) say(ctx context.Context, e node.Event) (raw []byte, boxes []delivery.Inbox, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("compose %s of %s: %w: panic: %v\n%s", e.Verb, e.Object, errPoison, p, debug.Stack())
		}
	}()
	sub, err := w.Delivery.Subject(ctx, e)
	if err != nil {
		return nil, nil, err
	}
	if raw, err = w.compose(e, sub); err != nil || raw == nil {
		return nil, nil, err
	}
	return raw, w.inboxes(sub.Inboxes), nil
}

// inboxes leaves each inbox once, none of them ours, under the host that it is on.
func (w *Worker) inboxes(list []delivery.Inbox) []delivery.Inbox {
	seen := make(map[string]bool, len(list))
	var boxes []delivery.Inbox
	for _, box := range list {
		u, err := address.URL(box.Inbox)
		if err != nil || seen[box.Inbox] || address.SameOrigin(box.Inbox, string(w.Origin)) {
			continue
		}
		seen[box.Inbox] = true
		boxes = append(boxes, delivery.Inbox{Inbox: box.Inbox, Host: u.Host})
	}
	return boxes
}
