package deliver

import (
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// membershipActivity says something of an organization in a network: between it
// and the hub, or by the hub to all members (federation.md 8.3).
func (w *Worker) membershipActivity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	m, n := sub.Membership, sub.Network
	if m == nil {
		return nil, nil
	}
	actor, target := sub.Actor.URI, ""
	if sub.Target != nil {
		target = sub.Target.URI
	}
	switch e.Verb {
	case node.Tested:
		return vocab.Test(w.Origin, e.Activity, actor, target, n, e.Ref, e.At), nil
	case node.Joined:
		return vocab.Join(w.Origin, e.Activity, vocab.JoinRequest{Organization: actor, Hub: n.URI, Why: m.Why, Contact: m.Contact, CodeHash: e.Ref}, e.At), nil
	case node.Left:
		to := n.MembersURI
		if target != "" {
			to = target
		}
		return vocab.Leave(w.Origin, e.Activity, actor, n.URI, []string{to}, e.At), nil
	case node.Received:
		return vocab.ReceiptOfJoin(w.Origin, e.Activity, actor, e.Ref, target, e.At), nil
	case node.Answered:
		return vocab.Admit(w.Origin, e.Activity, actor, e.Ref, target, m.URI, e.At), nil
	case node.Refused:
		return vocab.Refuse(w.Origin, e.Activity, actor, e.Ref, target, m.Reason, e.At), nil
	case node.Added:
		return vocab.Add(w.Origin, e.Activity, n, vocab.Relationship(n.URI, m), e.At), nil
	case node.Updated:
		return vocab.UpdateRelationship(w.Origin, e.Activity, n, vocab.Relationship(n.URI, m), e.At), nil
	case node.Removed:
		return vocab.Remove(w.Origin, e.Activity, n, vocab.Relationship(n.URI, m), e.At), nil
	}
	return nil, unknown(e)
}

// networkActivity says something of a network as its hub.
func (w *Worker) networkActivity(e node.Event, sub *delivery.Subject) (jsonld.Object, error) {
	switch {
	case e.Verb == node.Updated:
		return vocab.UpdateActor(w.Origin, e.Activity, vocab.Group(w.Origin, sub.Network, sub.Actor), e.At), nil
	case e.Verb == node.Deleted:
		return vocab.DeleteActor(w.Origin, e.Activity, sub.Actor.URI, e.At), nil
	case e.Verb == node.Invited && sub.Target != nil:
		return vocab.Invite(w.Origin, e.Activity, sub.Actor.URI, e.Ref, sub.Target.URI, e.At), nil
	}
	return nil, unknown(e)
}
