package network

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// lost reports whether members may go on without their hub: it is gone for good,
// or has not answered for as long as a roster is good, or, with whom the roster
// names, for a day.
func lost(n *node.Network, named bool, now time.Time) bool {
	switch {
	case n.Hosted || n.State != node.NetworkActive && n.State != node.NetworkSuspended:
		return false
	case !n.GoneAt.IsZero(), n.Age(now) >= node.RosterLimit:
		return true
	}
	return named && !n.FailingSince.IsZero() && now.Sub(n.FailingSince) >= node.RosterStale
}

// Succeed makes this node the hub of a network whose hub is gone, out of our own
// copy of the signed roster, and invites its members. The network keeps our id of
// it, so all that was said in it stays where it is.
func (s *Service) Succeed(ctx context.Context, v access.Viewer, network uuid.UUID) (*node.Network, error) {
	return s.succeed(ctx, v, network, false)
}

// SucceedNow is Succeed though the hub may still answer: for the operator of the
// organization that the roster names. Anybody else waits as with Succeed.
func (s *Service) SucceedNow(ctx context.Context, v access.Viewer, network uuid.UUID) (*node.Network, error) {
	return s.succeed(ctx, v, network, v.Operator)
}

func (s *Service) succeed(ctx context.Context, v access.Viewer, network uuid.UUID, insist bool) (n *node.Network, err error) {
	if !access.Can(v, access.RunNode) {
		return nil, fmt.Errorf("succeed in network %s: %w", network, node.ErrForbidden)
	}
	actor, keys, err := s.newActor(network)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if n, err = tx.Network(ctx, network); err != nil {
			return err
		}
		own, err := s.maySucceed(ctx, tx, n, insist)
		if err != nil {
			return err
		}
		oldURI, oldOrigin := n.URI, originOf(n.NodeURI)
		for _, old := range []string{n.URI, n.MembersURI} {
			if err := tx.PutNetworkAlias(ctx, old, n.ID); err != nil {
				return err
			}
		}
		if err := s.takeHub(ctx, tx, n, actor, keys); err != nil {
			return err
		}
		invited, err := s.inherit(ctx, tx, n, own)
		if err != nil {
			return err
		}
		by, err := s.decider(ctx, tx, v)
		if err != nil {
			return err
		}
		if err := s.amend(ctx, tx, n, by, own); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, v, n, "audit.network.succeeded", nil); err != nil {
			return err
		}
		for _, m := range invited {
			if m.Origin == oldOrigin || !s.elsewhere(m) {
				continue
			}
			e := node.Event{Verb: node.Invited, Kind: node.KindNetwork, Object: n.ID, Actor: n.ID, Audience: node.NetworkOnly(n.ID), Target: m.OrganizationURI, Ref: oldURI}
			if err := s.announce(ctx, tx, e); err != nil {
				return err
			}
		}
		return s.announceClaims(ctx, tx, n)
	})
	if err != nil {
		return nil, fmt.Errorf("succeed in network %s: %w", network, err)
	}
	return n, nil
}

// maySucceed returns our own line if we may go on with n as its hub.
func (s *Service) maySucceed(ctx context.Context, tx *store.Tx, n *node.Network, insist bool) (*node.Membership, error) {
	if n.Hosted {
		return nil, node.Invalid("network", "error.network.hub", "network", n.Handle())
	}
	own, err := s.ownLine(ctx, tx, n)
	if err != nil {
		return nil, err
	}
	named := n.Successor == own.OrganizationURI
	switch {
	case own.Status != node.MemberActive || n.State != node.NetworkActive:
		return nil, node.Invalid("network", "error.network.notmember", "network", n.Handle())
	case own.Role == node.ObserverMember:
		return nil, node.Invalid("network", "error.network.reader", "network", n.Name)
	case !(insist && named) && !lost(n, named, s.Now()):
		return nil, node.Invalid("network", "error.succeed.answers", "network", n.Handle())
	}
	if _, _, err := tx.SignedRoster(ctx, n.ID); isNotFound(err) {
		return nil, node.Invalid("network", "error.succeed.roster", "network", n.Handle())
	} else if err != nil {
		return nil, err
	}
	return own, nil
}

// takeHub makes n hosted here. A handle that is taken here gets a number.
func (s *Service) takeHub(ctx context.Context, tx *store.Tx, n *node.Network, actor *node.LocalActor, keys store.SealedKeys) error {
	var err error
	if n.Username, err = freeHandle(ctx, tx, n.Username, ""); err != nil {
		return err
	}
	// What came as HTML from the hub was Markdown there, and is again.
	n.Purpose, n.Conduct = plainText(n.Purpose), plainText(n.Conduct)
	n.JoinURI, n.Successor, n.Reason = "", "", ""
	n.FailingSince, n.GoneAt, n.DiffersAt = time.Time{}, time.Time{}, time.Time{}
	n.Version++
	if err := tx.DeleteOffers(ctx, n.ID); err != nil {
		return err
	}
	if err := s.host(ctx, tx, n, actor, keys); err != nil {
		return err
	}
	return tx.PutNetwork(ctx, n)
}

func plainText(t node.Text) node.Text {
	out := node.Text{}
	for lang, html := range t {
		out[lang] = markup.Text(html)
	}
	return out
}

// inherit turns the copy of the roster into ours: our organization coordinates,
// who was active is invited and comes in with a Join, everybody else stays what
// they were.
func (s *Service) inherit(ctx context.Context, tx *store.Tx, n *node.Network, own *node.Membership) (invited []*node.Membership, err error) {
	all, err := tx.Memberships(ctx, n.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		m.URI, m.UpdatedAt, m.JoinURI, m.CodeID = s.Origin.MembershipURI(n.ID, m.ID), s.Now(), "", uuid.Nil
		switch {
		case m.OrganizationURI == own.OrganizationURI:
			m.Fingerprint = own.Fingerprint
			m.Role, m.Claim, m.ClaimAt, m.Inbox = node.CoordinatorMember, true, s.Now(), ""
			*own = *m
		case m.Status == node.MemberActive:
			m.Status, m.Claim, m.ClaimAt = node.MemberPending, false, time.Time{}
			if m.Role != node.ObserverMember { // who only read goes on to only read
				m.Role = node.PlainMember
			}
			invited = append(invited, m)
		}
		if err := tx.PutMembership(ctx, m); err != nil {
			return nil, err
		}
	}
	return invited, nil
}

// ReceiveInvite keeps an offer to go on with a network. It is kept only of an
// organization that is active on our last copy of the signed roster, and shown
// only while the hub is lost; that is asked at once.
func (s *Service) ReceiveInvite(ctx context.Context, in Invite) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.NetworkByURI(ctx, in.OldURI)
		if err != nil {
			return err
		}
		if n.Hosted || in.Hub == nil || in.Hub.URI == n.URI {
			return nil // we go on with it ourselves, or it is our hub already
		}
		m, err := inviter(ctx, tx, n, originOf(in.OrganizationURI))
		if err != nil {
			return err
		}
		if originOf(in.Hub.URI) != m.Origin || !s.elsewhere(m) {
			return node.ErrForbidden
		}
		o := node.SuccessionOffer{NetworkID: n.ID, URI: in.Hub.URI, OrganizationURI: m.OrganizationURI, Named: n.Successor == m.OrganizationURI, At: s.Now()}
		if err := tx.PutOffer(ctx, o); err != nil {
			return err
		}
		return s.due(ctx, tx, n)
	})
	if err != nil {
		return fmt.Errorf("receive invitation of %s: %w", in.OrganizationURI, err)
	}
	return nil
}

// inviter is the organization of a node that is active in n by the last roster.
// The offer comes from the new Group of that node, so it is known by its origin.
func inviter(ctx context.Context, tx *store.Tx, n *node.Network, origin string) (*node.Membership, error) {
	lines, err := tx.MembershipsAt(ctx, origin)
	if err != nil {
		return nil, err
	}
	for _, m := range lines {
		if origin != "" && m.NetworkID == n.ID && m.Kind == node.OwnNode && m.Status == node.MemberActive && m.Role != node.ObserverMember {
			return m, nil
		}
	}
	return nil, node.ErrForbidden
}

// SuccessionOffers lists who offers to go on with a network of ours whose hub is lost.
func (s *Service) SuccessionOffers(ctx context.Context, v access.Viewer) (list []node.SuccessionOffer, err error) {
	if !access.Can(v, access.RunNode) {
		return nil, fmt.Errorf("list offers: %w", node.ErrForbidden)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Offers(ctx)
		if err != nil {
			return err
		}
		for _, o := range all {
			n, err := tx.Network(ctx, o.NetworkID)
			if err != nil {
				return err
			}
			// By what the roster says now: who offered may have been put on hold since, or
			// another one named.
			m, err := tx.Membership(ctx, n.ID, o.OrganizationURI)
			if err != nil && !isNotFound(err) {
				return err
			}
			o.Named = n.Successor == o.OrganizationURI
			if err == nil && m.Status == node.MemberActive && lost(n, o.Named, s.Now()) {
				list = append(list, o)
			}
		}
		return nil
	})
	return list, err
}

// ApproveSuccessor goes on with a network under the hub with this Group actor:
// our row of it points there from now on, the ids of the old hub lead to it, and
// a Join is on its way. Nothing of what was said in it is lost.
func (s *Service) ApproveSuccessor(ctx context.Context, v access.Viewer, network uuid.UUID, uri string) error {
	offers, err := s.SuccessionOffers(ctx, v)
	if err != nil {
		return err
	}
	offered := func(o node.SuccessionOffer) bool { return o.NetworkID == network && o.URI == uri }
	if !slices.ContainsFunc(offers, offered) {
		return node.Invalid("uri", "error.succeed.nooffer")
	}
	hub, err := s.Lookup.Hub(ctx, uri)
	if err != nil {
		return fmt.Errorf("ask new hub: %w", err)
	}
	if hub.URI != uri {
		return node.Invalid("uri", "error.succeed.nooffer")
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Network(ctx, network)
		if err != nil {
			return err
		}
		if n.Hosted || n.URI == uri {
			return node.ErrConflict
		}
		for _, old := range []string{n.URI, n.MembersURI} {
			if err := tx.PutNetworkAlias(ctx, old, n.ID); err != nil {
				return err
			}
		}
		pinned(n, hub)
		if err := tx.DeleteOffers(ctx, n.ID); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, v, n, "audit.network.followed", nil); err != nil {
			return err
		}
		return s.apply(ctx, tx, n, "", "")
	})
	if err != nil {
		return fmt.Errorf("approve successor in network %s: %w", network, err)
	}
	return nil
}
