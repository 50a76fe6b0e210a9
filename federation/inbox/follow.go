package inbox

import (
	"context"

	"github.com/poweron-network/poweron/federation/authority"
)

// follow handles Follow of one of our actors (AP §7.5).
func (in *Inbox) follow(ctx context.Context, a *activity) (bool, error) {
	target := a.IDOf("object")
	if !in.Origin.Owns(target) {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	return false, in.Following.ReceiveFollow(ctx, a.actor, target, a.ID())
}

// accepted handles the Accept of our Follow (AP §7.6), or of our Join.
func (in *Inbox) accepted(ctx context.Context, a *activity) (bool, error) {
	return in.answer(ctx, a, true)
}

// rejected handles its Reject, also a late one (AP §7.7).
func (in *Inbox) rejected(ctx context.Context, a *activity) (bool, error) {
	return in.answer(ctx, a, false)
}

// answer hands on which Follow is answered: by its id, or, as some servers do,
// by an embedded Follow of ours with another id.
func (in *Inbox) answer(ctx context.Context, a *activity, accepted bool) (bool, error) {
	if joined, err := in.answerJoin(ctx, a, accepted); joined || err != nil {
		return false, err
	}
	if known, err := in.mentorAnswer(ctx, a); known || err != nil {
		return false, err
	}
	local := ""
	if object := a.Object.Object("object"); object.Type() == "Follow" && in.Origin.Owns(object.IDOf("actor")) && object.IDOf("object") == a.actor.URI {
		local = object.IDOf("actor")
	}
	return false, in.Following.ReceiveAnswer(ctx, a.actor.URI, a.IDOf("object"), local, accepted)
}

// undo handles Undo of a Follow, a Like or an Announce (AP §7.9).
func (in *Inbox) undo(ctx context.Context, a *activity) (bool, error) {
	object := a.Object.Object("object")
	if object.Type() == "" { // only an id: what came under it tells the type
		before, err := in.earlier(ctx, a.IDOf("object"))
		if err != nil {
			return false, err
		}
		if object = before; object == nil {
			return false, in.Following.ReceiveUndoFollow(ctx, a.actor.URI, "", a.IDOf("object"))
		}
	}
	if !authority.Inner(object, a.actor.URI) {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	switch object.Type() {
	case "Follow":
		return false, in.Following.ReceiveUndoFollow(ctx, a.actor.URI, object.IDOf("object"), object.ID())
	case "Offer", "Accept":
		return in.mentorEnd(ctx, a, object)
	case "Like":
		return false, in.Conversation.ReceiveUndoReaction(ctx, "like", a.actor.URI, object.IDOf("object"), object.ID())
	case "Announce":
		return false, in.Conversation.ReceiveUndoReaction(ctx, "share", a.actor.URI, object.IDOf("object"), object.ID())
	}
	return false, in.Peers.Count(ctx, "inbox.unhandled")
}
