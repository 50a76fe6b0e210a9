package inbox

import (
	"context"

	"github.com/poweron-network/poweron/federation/address"
)

// remove handles Delete of an object or of the actor itself (AP §7.4).
func (in *Inbox) remove(ctx context.Context, a *activity) (bool, error) {
	object := a.IDOf("object")
	if object == a.actor.URI {
		return false, in.Conversation.ReceiveGone(ctx, a.actor.URI)
	}
	fate, err := in.Conversation.ReceiveDelete(ctx, a.actor.URI, object, address.SameOrigin(object, a.actor.URI))
	if err != nil {
		return false, err
	}
	return false, in.Peers.Count(ctx, "inbox.delete."+string(fate))
}
