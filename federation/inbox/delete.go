package inbox

import (
	"context"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/vocab"
)

// remove handles Delete of an object or of the actor itself (AP §7.4).
func (in *Inbox) remove(ctx context.Context, a *activity) (bool, error) {
	object := a.IDOf("object")
	if object == a.actor.URI {
		if version, _, withdrawn := vocab.Withdrawal(a.Object); withdrawn {
			return in.withdraw(ctx, a, version)
		}
		if err := in.Cards.Gone(ctx, a.actor.URI); err != nil {
			return false, err
		}
		if err := in.Mentoring.ReceiveGone(ctx, a.actor.URI); err != nil {
			return false, err
		}
		if err := in.Conversation.ReceiveGone(ctx, a.actor.URI); err != nil {
			return false, err
		}
		return false, in.changedActor(ctx, a.actor)
	}
	if known, err := in.Mentoring.ReceiveOfferGone(ctx, a.actor.URI, object); known || err != nil {
		return false, err
	}
	fate, err := in.Conversation.ReceiveDelete(ctx, a.actor.URI, object, address.SameOrigin(object, a.actor.URI))
	if err != nil {
		return false, err
	}
	return false, in.Peers.Count(ctx, "inbox.delete."+string(fate))
}
