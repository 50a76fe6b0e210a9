package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
)

// join handles Join of a network of ours by an organization (federation.md 8.3,
// 1). Who asks and on which node it lives is asked there, in a job; the Join is
// kept until then.
func (in *Inbox) join(ctx context.Context, a *activity) (bool, error) {
	j, err := vocab.ReadJoin(a.Object)
	if err != nil {
		return in.unusable(ctx, err)
	}
	if !in.Origin.Owns(j.Hub) || a.actor.Type != "Organization" {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	return true, in.fetchLater(ctx, j.NodeURI, fetchPayload{For: a.source.ID, Activity: a.ID()})
}

// invite handles the Invite of another hub to go on with a network of ours
// (federation.md 8.3, 12). What it says of itself is asked there, in a job.
func (in *Inbox) invite(ctx context.Context, a *activity) (bool, error) {
	if a.actor.Type != "Group" || a.IDOf("object") != a.actor.URI || !in.Origin.Owns(a.IDOf("target")) {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	return true, in.fetchLater(ctx, a.actor.URI, fetchPayload{For: a.source.ID, Activity: a.ID()})
}

// fetchFor goes on with an activity for which something had to be asked first. It
// is dropped then, unless what failed may pass.
func (in *Inbox) fetchFor(ctx context.Context, p fetchPayload) error {
	src, err := in.Peers.Source(ctx, p.For)
	if errors.Is(err, node.ErrNotFound) || err == nil && src.URI != p.Activity {
		return nil // done before, and its number is another document's by now
	}
	if err != nil {
		return err
	}
	doc, err := jsonld.Decode(src.Raw)
	if err != nil {
		return errors.Join(err, in.Peers.DropSource(ctx, p.For))
	}
	if doc.Type() == "Join" {
		err = in.applied(ctx, doc)
	} else {
		err = in.invited(ctx, doc)
	}
	if err != nil && discover.Passing(err) {
		return err
	}
	return errors.Join(err, in.Peers.DropSource(ctx, p.For))
}

// applied hands on an application with what the organization's own server says
// of it: it has to be one, on a node of this program, both at one origin (A12).
func (in *Inbox) applied(ctx context.Context, doc jsonld.Object) error {
	j, err := vocab.ReadJoin(doc)
	if err != nil {
		return err
	}
	org, err := in.Finder.FetchActor(ctx, doc.IDOf("actor"))
	if err != nil {
		return fmt.Errorf("ask who joins: %w", err)
	}
	raw, _, err := in.Finder.Document(ctx, fetch.Actor, j.NodeURI)
	if err != nil {
		return fmt.Errorf("ask the node of %s: %w", org.URI, err)
	}
	home, err := vocab.ReadNode(raw)
	if err != nil {
		return err
	}
	origin, err := address.Origin(org.URI)
	if err != nil || !home.PowerOn || org.Type != "Organization" || !address.SameOrigin(home.URI, org.URI) {
		return in.Peers.Count(ctx, "inbox.join.unfit")
	}
	err = in.Network.ReceiveJoin(ctx, network.Application{
		Organization: org, NodeURI: home.URI, Origin: origin, Inbox: home.Inbox, Fingerprint: home.Fingerprint,
		Contact: j.Contact, JoinURI: doc.ID(), HubURI: j.Hub, Why: j.Why, CodeHash: j.CodeHash,
	})
	return in.unlessRefused(ctx, err)
}

// invited hands on an offer to go on with a network.
func (in *Inbox) invited(ctx context.Context, doc jsonld.Object) error {
	hub, err := in.Hub(ctx, doc.IDOf("actor"))
	if err == nil {
		err = in.Network.ReceiveInvite(ctx, network.Invite{OrganizationURI: doc.IDOf("actor"), OldURI: doc.IDOf("origin"), Hub: hub})
	}
	return in.unlessRefused(ctx, err)
}

// unlessRefused counts what a service does not take: the sender may not, or means
// what is not here. That is no fault of ours.
func (in *Inbox) unlessRefused(ctx context.Context, err error) error {
	var field *node.FieldError
	if errors.As(err, &field) || errors.Is(err, node.ErrNotFound) || errors.Is(err, node.ErrForbidden) {
		in.Log.Info("about a network, and refused", "err", err)
		return in.Peers.Count(ctx, "inbox.foreign")
	}
	return err
}

// tested handles a test of a network by the hub, or by a member (F01). It is
// noted, answered, and shown to nobody.
func (in *Inbox) tested(ctx context.Context, a *activity, object jsonld.Object) (bool, error) {
	if authority.Embedded(object, a.actor.URI) != authority.Use {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	return false, in.unlessRefused(ctx, in.Network.ReceiveTest(ctx, a.actor.URI, object.IDOf("audience"), object.String("membershipTest")))
}

// leave handles Leave of a network by an organization: its own word, so it acts at once.
func (in *Inbox) leave(ctx context.Context, a *activity) (bool, error) {
	return false, in.unlessRefused(ctx, in.Network.ReceiveLeave(ctx, a.actor.URI, a.IDOf("object")))
}

// tentativelyAccepted handles a hub's word that our Join waits for its coordinators,
// or a mentor's that a request waits.
func (in *Inbox) tentativelyAccepted(ctx context.Context, a *activity) (bool, error) {
	if known, err := in.mentorAnswer(ctx, a); known || err != nil {
		return false, err
	}
	return false, in.unlessRefused(ctx, in.Network.ReceiveReceipt(ctx, a.actor.URI, a.IDOf("object")))
}

// answerJoin handles a hub's answer to a Join of ours, and reports false if what
// is answered is none.
func (in *Inbox) answerJoin(ctx context.Context, a *activity, accepted bool) (bool, error) {
	if a.actor.Type != "Group" {
		return false, nil
	}
	var err error
	if accepted {
		err = in.Network.ReceiveAccept(ctx, a.actor.URI, a.IDOf("object"), a.IDOf("result"))
	} else {
		err = in.Network.ReceiveReject(ctx, a.actor.URI, a.IDOf("object"), vocab.Reason(a.Object))
	}
	if errors.Is(err, node.ErrNotFound) {
		return false, nil
	}
	return true, err
}

// add handles Add to a roster. Whatever it says, who is in it the hub tells when
// it is asked over its origin: a stolen key alone admits nobody (federation.md 8.3, 3).
func (in *Inbox) add(ctx context.Context, a *activity) (bool, error) {
	if ok, err := in.ownRoster(ctx, a, a.IDOf("target")); !ok {
		return false, err
	}
	return false, in.unlessRefused(ctx, in.Network.ReceiveHint(ctx, a.actor.URI, vocab.RosterVersion(a.Object)))
}

// removeMember handles Remove from a roster, which acts at once.
func (in *Inbox) removeMember(ctx context.Context, a *activity) (bool, error) {
	if ok, err := in.ownRoster(ctx, a, a.IDOf("target")); !ok {
		return false, err
	}
	status := node.MemberExpelled
	if a.Object.Object("object").String("memberStatus") == string(node.MemberLeft) {
		status = node.MemberLeft
	}
	return false, in.narrow(ctx, a, status)
}

// updateRelationship handles a change of a line of a roster: against a member it
// acts at once, for one it is a hint.
func (in *Inbox) updateRelationship(ctx context.Context, a *activity, object jsonld.Object) (bool, error) {
	n, err := in.networkOf(ctx, a.actor.URI)
	if err != nil {
		return false, err
	}
	if n == nil || object.IDOf("attributedTo") != n.URI || !address.SameOrigin(object.ID(), n.URI) {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	switch status := node.MemberStatus(object.String("memberStatus")); status {
	case node.MemberSuspended, node.MemberLeft, node.MemberExpelled:
		return false, in.narrow(ctx, a, status)
	}
	return false, in.unlessRefused(ctx, in.Network.ReceiveHint(ctx, n.URI, vocab.RosterVersion(a.Object)))
}

func (in *Inbox) narrow(ctx context.Context, a *activity, status node.MemberStatus) error {
	return in.unlessRefused(ctx, in.Network.ReceiveNarrowing(ctx, a.actor.URI, a.IDOf("object"), status, vocab.RosterVersion(a.Object)))
}

// ownRoster reports whether the sender is the hub of a network that we know and
// target is its roster (A4); all else is counted.
func (in *Inbox) ownRoster(ctx context.Context, a *activity, target string) (bool, error) {
	n, err := in.networkOf(ctx, a.actor.URI)
	if err != nil {
		return false, err
	}
	if n == nil || target != n.MembersURI {
		return false, in.Peers.Count(ctx, "inbox.foreign")
	}
	return true, nil
}

// networkOf returns the network whose hub has this Group actor, on another node; nil if we know none.
func (in *Inbox) networkOf(ctx context.Context, group string) (*node.Network, error) {
	all, err := in.Network.Names(ctx)
	for _, n := range all {
		if n.URI == group && !n.Hosted {
			return n, err
		}
	}
	return nil, err
}

// changedActor tells the networks that an actor says something else of itself: a
// hub, or an organization what it is a member of.
func (in *Inbox) changedActor(ctx context.Context, a *node.RemoteActor) error {
	switch a.Type {
	case "Group":
		n, err := in.networkOf(ctx, a.URI)
		if n == nil || err != nil {
			return err
		}
		return in.unlessRefused(ctx, in.Network.ReceiveHint(ctx, a.URI, n.RosterVersion+1))
	case "Organization":
		return in.unlessRefused(ctx, in.Network.ReceiveClaimHint(ctx, a.URI))
	}
	return nil
}
