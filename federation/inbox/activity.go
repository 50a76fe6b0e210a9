package inbox

import (
	"context"
	"errors"
	"slices"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/conversation"
)

// activity is one stored activity in the hands of its handler.
type activity struct {
	jsonld.Object
	actor  *node.RemoteActor // who signed it and whose it is
	source *node.Source
}

// handler does what an activity says. keep tells that its stored document is
// still needed. A handler may run twice, and it does no network: what has to be
// fetched becomes a job of its own.
type handler func(in *Inbox, ctx context.Context, a *activity) (keep bool, err error)

// handlers by the raw type of the activity. What is not here is answered with
// 202, counted and dropped: some servers take a 400 for broken (federation.md 4.2).
var handlers = map[string]handler{
	"Follow":   (*Inbox).follow,
	"Accept":   (*Inbox).accepted,
	"Reject":   (*Inbox).rejected,
	"Undo":     (*Inbox).undo,
	"Create":   (*Inbox).create,
	"Update":   (*Inbox).update,
	"Delete":   (*Inbox).remove,
	"Announce": (*Inbox).announce,
	"Like":     (*Inbox).like,
	"Offer":    (*Inbox).offered,

	"Join":            (*Inbox).join,
	"Leave":           (*Inbox).leave,
	"TentativeAccept": (*Inbox).tentativelyAccepted,
	"Add":             (*Inbox).add,
	"Remove":          (*Inbox).removeMember,
	"Invite":          (*Inbox).invite,
}

func handled(doc jsonld.Object) bool {
	_, ok := handlers[doc.Type()]
	return ok
}

// maxNamed is how many of our addresses one item may name; more are not looked up.
const maxNamed = 50

// arrival builds what the conversation service decides on.
func (in *Inbox) arrival(r *vocab.Received, author *node.RemoteActor, sourceID int64) conversation.Arrival {
	item := r.Item
	a := conversation.Arrival{Item: &item, Actor: author, Open: r.Public, Links: r.Links, SourceID: sourceID}
	a.To, a.Audience = slices.Concat(r.To, r.CC), r.Audience
	for _, to := range slices.Concat(r.To, r.CC, r.Mentions) {
		a.Follower = a.Follower || author.Followers != "" && to == author.Followers
		if in.Origin.Owns(to) && len(a.Named) < maxNamed && !slices.Contains(a.Named, to) {
			a.Named = append(a.Named, to)
		}
	}
	return a
}

// deliver passes an arrival on and tells whether its document has to stay.
func (in *Inbox) deliver(ctx context.Context, a conversation.Arrival) (keep bool, err error) {
	fate, err := in.Conversation.Receive(ctx, a)
	if err != nil {
		return false, err
	}
	switch fate {
	case conversation.Stored, conversation.HeldNow, conversation.Changed:
		return true, nil
	}
	return false, in.Peers.Count(ctx, "inbox."+string(fate))
}

// unusable drops a document that says nothing we can use.
func (in *Inbox) unusable(ctx context.Context, err error) (bool, error) {
	if errors.Is(err, vocab.ErrDocument) {
		return false, in.Peers.Count(ctx, "inbox.unusable")
	}
	return false, err
}
