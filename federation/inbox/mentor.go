package inbox

import (
	"context"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node/mentoring"
)

// offered handles Offer: of an Agreement, which asks one of our mentors (federation.md 6.3).
func (in *Inbox) offered(ctx context.Context, a *activity) (bool, error) {
	ask, err := vocab.ReadMentorRequest(a.Object)
	if err != nil {
		return in.unusable(ctx, err)
	}
	fate, err := in.Mentoring.ReceiveRequest(ctx, a.actor.URI, mentoring.Asked{
		URI: a.ID(), OfferURI: ask.OfferURI, Topic: ask.Topic, Need: ask.Need, Time: ask.Time, Lang: ask.Lang,
	})
	return in.mentored(ctx, "request", fate, err)
}

// mentored counts what had no effect. Nothing of mentoring needs its document:
// what it said stands in its row.
func (in *Inbox) mentored(ctx context.Context, what string, fate mentoring.Fate, err error) (bool, error) {
	if err != nil || fate == mentoring.Stored {
		return false, err
	}
	return false, in.Peers.Count(ctx, "inbox.mentoring."+what+"."+string(fate))
}

// mentorOffer keeps the offer of a mentor elsewhere, if it is theirs to make.
func (in *Inbox) mentorOffer(ctx context.Context, a *activity, object jsonld.Object) (bool, error) {
	if authority.Embedded(object, a.actor.URI) != authority.Use {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	o, err := vocab.ReadMentorOffer(object)
	if err != nil {
		return in.unusable(ctx, err)
	}
	to, audience, _ := addressees(a.Object)
	fate, err := in.Mentoring.ReceiveOffer(ctx, a.actor.URI, o, to, audience)
	return in.mentored(ctx, "offer", fate, err)
}

// mentorAnswer hands on what a mentor decided. It reports false if the activity
// answers no request of ours.
func (in *Inbox) mentorAnswer(ctx context.Context, a *activity) (known bool, err error) {
	r := vocab.ReadMentorAnswer(a.Object)
	return in.Mentoring.ReceiveAnswer(ctx, a.actor.URI, mentoring.Answer(r))
}

// mentorEnd handles Undo of a request by its learner, or of its Accept by the mentor.
func (in *Inbox) mentorEnd(ctx context.Context, a *activity, undone jsonld.Object) (bool, error) {
	request := undone.ID()
	if undone.Type() == "Accept" {
		request = undone.IDOf("object")
	}
	return false, in.Mentoring.ReceiveLeft(ctx, a.actor.URI, request)
}
