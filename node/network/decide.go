package network

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// expelLife is how long one person's word that a member is to be expelled waits
// for a second one.
const expelLife = 14 * 24 * time.Hour

// decision is one decision about a line of a hosted roster, in its transaction.
type decision struct {
	ctx context.Context
	tx  *store.Tx
	v   access.Viewer
	n   *node.Network
	m   *node.Membership
	by  string
}

// decide runs f on the line of a roster that org means.
func (s *Service) decide(ctx context.Context, v access.Viewer, network uuid.UUID, org, verb string, f func(d *decision) error) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
		d := &decision{ctx: ctx, tx: tx, v: v}
		if d.n, err = hosted(ctx, tx, v, network); err != nil {
			return err
		}
		if d.m, err = find(ctx, tx, network, org); err != nil {
			return err
		}
		if d.by, err = s.decider(ctx, tx, v); err != nil {
			return err
		}
		return f(d)
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", verb, org, err)
	}
	return nil
}

// elsewhere reports whether m's organization is told things by another server.
func (s *Service) elsewhere(m *node.Membership) bool { return !s.Origin.Owns(m.OrganizationURI) }

// publish makes the next version of the roster out of d and tells the members,
// and the organization itself if it is not one of them.
func (s *Service) publish(d *decision, verb node.Verb, what string) error {
	if err := s.amend(d.ctx, d.tx, d.n, d.by, d.m); err != nil {
		return err
	}
	if err := s.audit(d.ctx, d.tx, d.v, d.n, what, d.m); err != nil {
		return err
	}
	e := node.Event{Verb: verb, Kind: node.KindMembership, Object: d.m.ID, Actor: d.n.ID, Audience: node.NetworkOnly(d.n.ID)}
	if err := s.announce(d.ctx, d.tx, e); err != nil || d.m.Effective() || !s.elsewhere(d.m) || verb == node.Added {
		return err
	}
	e.Target = d.m.OrganizationURI
	return s.announce(d.ctx, d.tx, e)
}

// answer tells an organization what became of its Join.
func (s *Service) answer(ctx context.Context, tx *store.Tx, n *node.Network, m *node.Membership, verb node.Verb) error {
	if m.JoinURI == "" || !s.elsewhere(m) {
		return nil
	}
	return s.announce(ctx, tx, node.Event{
		Verb: verb, Kind: node.KindMembership, Object: m.ID, Actor: n.ID, Audience: node.NetworkOnly(n.ID), Target: m.OrganizationURI, Ref: m.JoinURI,
	})
}

// Applications lists who has asked to join a hosted network, oldest first.
func (s *Service) Applications(ctx context.Context, v access.Viewer, network uuid.UUID) (list []*node.Membership, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := hosted(ctx, tx, v, network); err != nil {
			return err
		}
		list, err = tx.Memberships(ctx, network)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list applications to network %s: %w", network, err)
	}
	list = slices.DeleteFunc(list, func(m *node.Membership) bool { return !applied(m) })
	slices.SortStableFunc(list, func(a, b *node.Membership) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
	return list, nil
}

// applied reports whether m waits for the coordinators. One that is pending and
// sent no Join was a member under the hub before us, and may come.
func applied(m *node.Membership) bool { return m.Status == node.MemberPending && m.JoinURI != "" }

// Approve admits who has asked. org is a handle, a URI, or the part of the handle before the @.
func (s *Service) Approve(ctx context.Context, v access.Viewer, network uuid.UUID, org string) (m *node.Membership, err error) {
	err = s.decide(ctx, v, network, org, "approve", func(d *decision) error {
		m = d.m
		switch {
		case m.Status == node.MemberActive:
			return node.Invalid("org", "error.member.already", "name", m.Name)
		case !applied(m):
			return node.Invalid("org", "error.member.notapplied", "name", m.Name)
		}
		return s.admit(d)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// admit makes who applied an active member. Whether it says itself that it is one
// is asked next; until then it counts for nothing (A12).
func (s *Service) admit(d *decision) error {
	d.m.URI, d.m.Claim, d.m.ClaimAt, d.m.Reason = s.Origin.MembershipURI(d.n.ID, d.m.ID), false, time.Time{}, ""
	if err := s.move(d.ctx, d.tx, d.n, d.m, node.MemberActive); err != nil {
		return err
	}
	if err := s.publish(d, node.Added, "audit.member.approved"); err != nil {
		return err
	}
	return s.answer(d.ctx, d.tx, d.n, d.m, node.Answered)
}

// Refuse says no to who has asked, with a reason that they read.
func (s *Service) Refuse(ctx context.Context, v access.Viewer, network uuid.UUID, org, reason string) error {
	return s.decide(ctx, v, network, org, "refuse", func(d *decision) error {
		if !applied(d.m) {
			return node.Invalid("org", "error.member.notapplied", "name", d.m.Name)
		}
		if d.m.Reason = shorten(markup.Name(reason)); d.m.Reason == "" {
			return node.Invalid("reason", "error.member.reason")
		}
		if err := s.move(ctx, d.tx, d.n, d.m, node.MemberRefused); err != nil {
			return err
		}
		if err := s.audit(ctx, d.tx, v, d.n, "audit.member.refused", d.m); err != nil {
			return err
		}
		return s.answer(ctx, d.tx, d.n, d.m, node.Refused)
	})
}

// maxReason bounds words that come from, or go to, another server.
const maxReason = 500

func shorten(s string) string {
	if r := []rune(strings.TrimSpace(s)); len(r) > maxReason {
		return string(r[:maxReason])
	}
	return strings.TrimSpace(s)
}

// Suspend puts a membership on hold, at once and everywhere.
func (s *Service) Suspend(ctx context.Context, v access.Viewer, network uuid.UUID, org string) error {
	return s.decide(ctx, v, network, org, "suspend", func(d *decision) error {
		if d.m.Status != node.MemberActive {
			return node.Invalid("org", "error.member.notactive", "name", d.m.Name)
		}
		if err := s.notTheHub(d); err != nil {
			return err
		}
		if err := s.move(ctx, d.tx, d.n, d.m, node.MemberSuspended); err != nil {
			return err
		}
		return s.publish(d, node.Updated, "audit.member.suspended")
	})
}

// notTheHub reports that a decision is about the organization that runs the hub.
func (s *Service) notTheHub(d *decision) error {
	o, err := d.tx.HomeOrganization(d.ctx)
	if err == nil && d.m.OrganizationURI == s.Origin.OrganizationURI(o.ID) {
		err = node.Invalid("org", "error.member.hub", "name", d.m.Name)
	}
	return err
}

// Restore ends a suspension.
func (s *Service) Restore(ctx context.Context, v access.Viewer, network uuid.UUID, org string) error {
	return s.decide(ctx, v, network, org, "restore", func(d *decision) error {
		if d.m.Status != node.MemberSuspended {
			return node.Invalid("org", "error.member.notsuspended", "name", d.m.Name)
		}
		d.m.ExpelBy, d.m.ExpelAt = uuid.Nil, time.Time{}
		if err := s.move(ctx, d.tx, d.n, d.m, node.MemberActive); err != nil {
			return err
		}
		return s.publish(d, node.Updated, "audit.member.restored")
	})
}

// Expel removes a member. It takes two people who coordinate; done tells whether
// v was the second. The operator decides alone, and the history says so.
func (s *Service) Expel(ctx context.Context, v access.Viewer, network uuid.UUID, org string) (done bool, err error) {
	err = s.decide(ctx, v, network, org, "expel", func(d *decision) error {
		done = false
		if d.m.Status != node.MemberActive && d.m.Status != node.MemberSuspended {
			return node.Invalid("org", "error.member.notactive", "name", d.m.Name)
		}
		if err := s.notTheHub(d); err != nil {
			return err
		}
		waits := d.m.ExpelBy != uuid.Nil && s.Now().Sub(d.m.ExpelAt) < expelLife
		if v.Person != uuid.Nil && (!waits || d.m.ExpelBy == v.Person) {
			if waits {
				return nil // the same person again decides nothing
			}
			d.m.ExpelBy, d.m.ExpelAt = v.Person, s.Now()
			if err := d.tx.PutMembership(ctx, d.m); err != nil {
				return err
			}
			return s.audit(ctx, d.tx, v, d.n, "audit.member.expel.first", d.m)
		}
		if v.Person != uuid.Nil {
			first, err := s.decider(ctx, d.tx, access.Viewer{Person: d.m.ExpelBy})
			if err != nil {
				return err
			}
			d.by = first + ", " + d.by
		}
		done = true
		return s.expel(d)
	})
	return done, err
}

func (s *Service) expel(d *decision) error {
	d.m.ExpelBy, d.m.ExpelAt = uuid.Nil, time.Time{}
	if err := s.move(d.ctx, d.tx, d.n, d.m, node.MemberExpelled); err != nil {
		return err
	}
	if d.n.Successor == d.m.OrganizationURI {
		d.n.Successor = ""
	}
	if err := s.publish(d, node.Removed, "audit.member.expelled"); err != nil {
		return err
	}
	return s.answer(d.ctx, d.tx, d.n, d.m, node.Refused)
}

// SetRole changes what a member is in the network.
func (s *Service) SetRole(ctx context.Context, v access.Viewer, network uuid.UUID, org string, role node.MemberRole) error {
	if err := node.CheckMemberRole(role); err != nil {
		return err
	}
	return s.decide(ctx, v, network, org, "set role of", func(d *decision) error {
		if d.m.Status != node.MemberActive {
			return node.Invalid("org", "error.member.notactive", "name", d.m.Name)
		}
		if role != node.CoordinatorMember { // somebody has to run it
			if err := s.notTheHub(d); err != nil {
				return err
			}
		}
		if d.m.Role == role {
			return nil
		}
		d.m.Role, d.m.UpdatedAt = role, s.Now()
		if err := d.tx.PutMembership(ctx, d.m); err != nil {
			return err
		}
		return s.publish(d, node.Updated, "audit.member.role")
	})
}

// SetFingerprint notes the new key of a member's node. Until the node shows a key
// with this fingerprint itself, its organization counts for nothing (A12).
func (s *Service) SetFingerprint(ctx context.Context, v access.Viewer, network uuid.UUID, org, fingerprint string) error {
	fingerprint = strings.ToLower(strings.TrimSpace(fingerprint))
	if hex, ok := strings.CutPrefix(fingerprint, "sha256:"); !ok || len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
		return node.Invalid("fingerprint", "error.member.fingerprint")
	}
	return s.decide(ctx, v, network, org, "set fingerprint of", func(d *decision) error {
		if d.m.Status != node.MemberActive && d.m.Status != node.MemberSuspended {
			return node.Invalid("org", "error.member.notactive", "name", d.m.Name)
		}
		if d.m.Fingerprint == fingerprint {
			return nil
		}
		if err := s.notTheHub(d); err != nil {
			return err
		}
		d.m.Fingerprint, d.m.UpdatedAt, d.m.Claim, d.m.ClaimAt = fingerprint, s.Now(), false, time.Time{}
		if err := d.tx.PutMembership(ctx, d.m); err != nil {
			return err
		}
		return s.publish(d, node.Updated, "audit.member.key")
	})
}

// NameSuccessor tells every member who goes on if this hub cannot; "" takes it back.
func (s *Service) NameSuccessor(ctx context.Context, v access.Viewer, network uuid.UUID, org string) error {
	name := func(d *decision, successor string) error {
		if d.n.Successor == successor {
			return nil
		}
		d.n.Successor = successor
		return s.publish(d, node.Updated, "audit.network.successor")
	}
	if org != "" {
		return s.decide(ctx, v, network, org, "name successor", func(d *decision) error {
			switch {
			case d.m.Status != node.MemberActive:
				return node.Invalid("org", "error.member.notactive", "name", d.m.Name)
			case !s.elsewhere(d.m):
				return node.Invalid("org", "error.member.samenode", "name", d.m.Name)
			}
			return name(d, d.m.OrganizationURI)
		})
	}
	o, err := s.home(ctx)
	if err != nil {
		return err
	}
	return s.decide(ctx, v, network, s.Origin.OrganizationURI(o.ID), "name successor", func(d *decision) error { return name(d, "") })
}

func (s *Service) home(ctx context.Context) (o *node.Organization, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		o, err = tx.HomeOrganization(ctx)
		return err
	})
	return o, err
}
