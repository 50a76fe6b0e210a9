package inbox

import (
	"context"
	"slices"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node/card"
)

// card stores what somebody tells the members of a network of themself. The
// actor is stored with it: its keys and its inbox are needed to hear from it and
// to write to it.
func (in *Inbox) card(ctx context.Context, a *activity, object jsonld.Object) (bool, error) {
	if !authority.Self(object, a.actor.URI) {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	c, err := vocab.ReadCard(object)
	if err != nil {
		return in.unusable(ctx, err)
	}
	to, audience, public := addressees(a.Object)
	if public {
		return false, in.Peers.Count(ctx, "inbox.card.public")
	}
	fate, err := in.Cards.Receive(ctx, card.Arrival{Card: c, Actor: a.actor, For: slices.Concat(to, audience), Size: len(a.source.Raw)})
	if err != nil {
		return false, err
	}
	if fate != card.Stored {
		return false, in.Peers.Count(ctx, "inbox.card."+string(fate))
	}
	// The document is kept once, as the actor's: nothing of it stays when the card goes.
	return in.updateActor(ctx, a, object)
}

// withdraw forgets a card, as its actor says.
func (in *Inbox) withdraw(ctx context.Context, a *activity, version int64) (bool, error) {
	_, at, _ := vocab.Withdrawal(a.Object)
	to, audience, _ := addressees(a.Object)
	return false, in.Cards.Withdraw(ctx, a.actor.URI, slices.Concat(to, audience), version, at)
}
