package deliver

import (
	"errors"
	"fmt"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// errUnknownEvent is an announcement of a kind that has no activity.
var errUnknownEvent = errors.New("nothing says this")

func unknown(e node.Event) error {
	return fmt.Errorf("compose %s of a %s: %w", e.Verb, e.Kind, errUnknownEvent)
}

// compose writes the activity that says e, as it is sent and served from now
// on. It returns nil when there is nothing left to say: the item is gone or no
// longer for everyone, the profile closed, the one addressed is no more.
func (w *Worker) compose(e node.Event, sub *delivery.Subject) ([]byte, error) {
	doc, err := w.activity(e, sub)
	if errors.Is(err, vocab.ErrNotPublic) {
		return nil, nil
	}
	if err != nil || doc == nil {
		return nil, err
	}
	return jsonld.Marshal(doc)
}

func (w *Worker) activity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	switch e.Kind {
	case node.KindPost, node.KindGathering:
		return w.itemActivity(e, sub)
	case node.KindPerson, node.KindOrganization:
		return w.actorActivity(e, sub)
	case node.KindFollow:
		return w.followActivity(e, sub)
	case node.KindOffer:
		return w.offerActivity(e, sub)
	case node.KindRequest:
		return w.requestActivity(e, sub)
	case node.KindMessage:
		return w.messageActivity(e, sub)
	case node.KindCard:
		return w.cardActivity(e, sub)
	case node.KindMembership:
		return w.membershipActivity(e, sub)
	case node.KindNetwork:
		return w.networkActivity(e, sub)
	}
	return nil, unknown(e)
}

// itemActivity says something of a post or a gathering.
func (w *Worker) itemActivity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	if e.Verb == node.Deleted {
		tombstone := vocab.Tombstone(w.Origin.ObjectURI(e.Object), e.Kind, sub.DeletedAt)
		if e.Audience.ForNetworks() {
			return vocab.NetworkDelete(w.Origin, e.Activity, sub.Actor.URI, tombstone, e.At, sub.Networks), nil
		}
		return vocab.Delete(w.Origin, e.Activity, sub.Actor.URI, tombstone, e.At), nil
	}
	if sub.Item == nil {
		return nil, nil
	}
	if e.Verb == delivery.Relayed {
		return vocab.Announce(w.Origin, e.Activity, sub.Actor.URI, w.Origin.ObjectURI(e.Object), e.At), nil
	}
	item, err := w.item(e, sub)
	if err != nil {
		return nil, err
	}
	switch e.Verb {
	case node.Created:
		return vocab.Create(w.Origin, e.Activity, item, e.At), nil
	case node.Updated:
		return vocab.Update(w.Origin, e.Activity, item, e.At), nil
	}
	return nil, unknown(e)
}

// item is the document of what an announcement is about, for whom it is for.
func (w *Worker) item(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	if e.Audience.ForNetworks() {
		return vocab.NetworkItem(w.Origin, sub.Item, sub.Networks)
	}
	var mentions []node.Author
	if t := sub.Target; t != nil {
		mentions = append(mentions, node.Author{ID: t.ID, Kind: t.Kind(), URI: t.URI, Handle: t.Handle(), Name: t.Name, Host: t.Host})
	}
	return vocab.Item(w.Origin, sub.Item, mentions...)
}

// actorActivity says something of one of our actors.
func (w *Worker) actorActivity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	switch {
	case e.Verb == node.Deleted:
		return vocab.DeleteActor(w.Origin, e.Activity, sub.Actor.URI, e.At), nil
	case e.Verb != node.Updated:
		return nil, unknown(e)
	case e.Kind == node.KindOrganization:
		return vocab.UpdateActor(w.Origin, e.Activity, vocab.Organization(w.Origin, sub.Organization, sub.Actor, sub.Claims...), e.At), nil
	case sub.Person.ActorID != sub.Actor.ID:
		return nil, nil // closed, and perhaps opened again as another actor
	}
	return vocab.UpdateActor(w.Origin, e.Activity, vocab.Person(w.Origin, sub.Person, sub.Organization, sub.Actor, w.Skills), e.At), nil
}

// followActivity asks somebody on another server, or answers them.
func (w *Worker) followActivity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	if sub.Target.Gone {
		return nil, nil
	}
	actor, target := sub.Actor.URI, sub.Target.URI
	switch e.Verb {
	case node.Followed:
		return vocab.Follow(w.Origin, e.Activity, actor, target, e.At), nil
	case node.Unfollowed:
		return vocab.Undo(w.Origin, e.Activity, actor, e.Ref, target, e.At), nil
	case node.Answered:
		return vocab.Accept(w.Origin, e.Activity, actor, e.Ref, target, e.At), nil
	case node.Refused:
		return vocab.Reject(w.Origin, e.Activity, actor, e.Ref, target, e.At), nil
	}
	return nil, unknown(e)
}
