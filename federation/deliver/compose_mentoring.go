package deliver

import (
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// offerActivity tells networks of a mentoring offer.
func (w *Worker) offerActivity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	if e.Verb == node.Deleted {
		tombstone := vocab.Tombstone(e.Ref, e.Kind, sub.DeletedAt)
		return vocab.ToMembers(w.Origin, e.Activity, "Delete", sub.Actor.URI, tombstone, sub.Networks, e.At), nil
	}
	if sub.Offer == nil || len(sub.Networks) == 0 {
		return nil, nil
	}
	doc, err := vocab.MentorOffer(w.Origin, sub.Offer, sub.Networks, w.Skills)
	if err != nil {
		return nil, err
	}
	kind := "Update"
	if e.Verb == node.Created {
		kind = "Create"
	}
	return vocab.ToMembers(w.Origin, e.Activity, kind, sub.Actor.URI, doc, sub.Networks, e.At), nil
}

// requestActivity says something of a request to its other side.
func (w *Worker) requestActivity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	r := sub.Request
	if r == nil || sub.Target == nil || sub.Target.Gone {
		return nil, nil
	}
	switch e.Verb {
	case node.Created:
		return vocab.MentorRequest(w.Origin, r, sub.Actor.URI, w.Skills), nil
	case node.Received, node.Answered, node.Refused:
		return vocab.MentorAnswer(w.Origin, e.Activity, sub.Actor.URI, r, node.RequestState(e.Ref), e.At), nil
	case node.Left:
		return vocab.MentorEnd(w.Origin, e.Activity, sub.Actor.URI, r, e.At), nil
	}
	return nil, unknown(e)
}

// messageActivity sends a message.
func (w *Worker) messageActivity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	if sub.Message == nil || sub.Target == nil || sub.Target.Gone {
		return nil, nil
	}
	return vocab.Create(w.Origin, e.Activity, vocab.Message(sub.Message, sub.Actor.URI, e.Ref), e.At), nil
}
