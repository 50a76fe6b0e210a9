package inbox

import (
	"context"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node/contact"
)

// message takes in a message from one person to another. It is no post: nothing
// of it shows on any timeline.
func (in *Inbox) message(ctx context.Context, a *activity, object jsonld.Object) (bool, error) {
	if authority.Embedded(object, a.actor.URI) != authority.Use {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	m, err := vocab.ReadMessage(object)
	if err != nil {
		return in.unusable(ctx, err)
	}
	fate, err := in.Contact.Receive(ctx, a.actor.URI, contact.Arrival{URI: m.URI, To: m.To, Body: m.Body, Lang: m.Lang, RequestURI: m.RequestURI})
	if err != nil || fate == contact.Stored {
		return false, err
	}
	return false, in.Peers.Count(ctx, "inbox.message."+string(fate))
}
