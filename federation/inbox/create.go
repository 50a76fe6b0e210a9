package inbox

import (
	"context"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
)

// create handles Create of a post or gathering (AP §7.2).
func (in *Inbox) create(ctx context.Context, a *activity) (bool, error) {
	return in.say(ctx, a, false)
}

// update handles Update of a post, a gathering, or the actor itself (AP §7.3).
func (in *Inbox) update(ctx context.Context, a *activity) (bool, error) {
	object := a.Object.Object("object")
	if vocab.IsCard(object) {
		return in.card(ctx, a, object)
	}
	if vocab.IsActor(object.Type()) {
		return in.updateActor(ctx, a, object)
	} else if object.Type() == "Relationship" {
		return in.updateRelationship(ctx, a, object)
	}
	return in.say(ctx, a, true)
}

// say stores what the actor says, if the object is the actor's own to say (A3).
func (in *Inbox) say(ctx context.Context, a *activity, edit bool) (bool, error) {
	object := a.Object.Object("object")
	if object == nil { // only its id: ask for it
		object = jsonld.Object{"id": a.IDOf("object")}
	}
	switch { // none of them is a post
	case object.Has("membershipTest"):
		return in.tested(ctx, a, object)
	case vocab.IsMentorOffer(object):
		return in.mentorOffer(ctx, a, object)
	case vocab.IsMessage(object):
		return in.message(ctx, a, object)
	}
	switch authority.Embedded(object, a.actor.URI) {
	case authority.Use:
	case authority.Fetch:
		return false, in.fetchLater(ctx, object.ID(), fetchPayload{Edit: edit})
	default:
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	r, err := vocab.ReadItem(object)
	if err != nil {
		return in.unusable(ctx, err)
	}
	// Some servers address only the activity.
	addAddressees(r, a)
	got := in.arrival(r, a.actor, a.source.ID)
	got.Edit = edit
	// What either of both says is for a network is for nobody else.
	got.To, got.Audience, _ = addressees(a.Object)
	return in.deliver(ctx, got)
}

// addAddressees adds to an object without addressees those of its activity.
func addAddressees(r *vocab.Received, a *activity) {
	if len(r.To)+len(r.CC) > 0 {
		return
	}
	r.To, r.CC = a.IDs("to"), a.IDs("cc")
	for _, to := range append(append([]string{}, r.To...), r.CC...) {
		r.Public = r.Public || jsonld.IsPublic(to)
	}
}

// updateActor stores what an actor says of itself now, with its keys: a new key
// comes this way, signed with the old one (A4, A10).
func (in *Inbox) updateActor(ctx context.Context, a *activity, object jsonld.Object) (bool, error) {
	if !authority.Self(object, a.actor.URI) {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	if updated := object.Time("updated"); !updated.IsZero() && updated.Before(a.actor.UpdatedAt) {
		return false, in.Peers.Count(ctx, "inbox.old")
	}
	now, _, err := vocab.ReadActor(object)
	if err != nil {
		return in.unusable(ctx, err)
	}
	if now.Username != a.actor.Username { // its host has to agree to another handle (A11)
		return false, in.fetchLater(ctx, a.actor.URI, fetchPayload{Actor: true})
	}
	src := *a.source
	src.ID = 0
	if err := in.Finder.StoreActor(ctx, object, &src); err != nil {
		return false, err
	}
	return false, in.changedActor(ctx, a.actor)
}
