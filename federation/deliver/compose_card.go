package deliver

import (
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// cardActivity tells one network what it may know of a person, or to forget it.
func (w *Worker) cardActivity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	switch {
	case e.Verb == node.Deleted:
		return vocab.WithdrawCard(w.Origin, e.Activity, sub.Actor.URI, sub.Card.Version, sub.Network, e.At), nil
	case e.Verb != node.Updated:
		return nil, unknown(e)
	case sub.Person == nil || !sub.Card.WithdrawnAt.IsZero():
		return nil, nil // taken back since
	}
	card := vocab.Card(w.Origin, sub.Person, sub.Organization, sub.Actor, w.Skills, sub.Card)
	doc := vocab.UpdateCard(w.Origin, e.Activity, card, sub.Network, e.At)
	raw, err := jsonld.Marshal(doc)
	if err != nil {
		return nil, err
	}
	if len(raw) > node.MaxCardBytes {
		w.Log.Error("card is too large and was not sent", "person", e.Object, "bytes", len(raw))
		return nil, nil
	}
	return doc, nil
}
