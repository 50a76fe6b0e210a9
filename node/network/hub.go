package network

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// Found makes a network whose hub is this node: a Group actor, and our own
// organization as the first member, which coordinates.
func (s *Service) Found(ctx context.Context, v access.Viewer, in NewNetwork) (n *node.Network, err error) {
	if !access.Can(v, access.RunNode) {
		return nil, fmt.Errorf("found network: %w", node.ErrForbidden)
	}
	now := s.Now()
	in.Lang = textLang(in.Lang, in.Languages)
	n = &node.Network{
		ID: newID(), Username: strings.ToLower(strings.TrimSpace(in.Handle)), Name: markup.Name(in.Name), Contact: markup.Name(in.Contact),
		Purpose: textOf(in.Lang, in.Purpose), Conduct: textOf(in.Lang, in.Conduct), Languages: in.Languages, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if len(n.Languages) == 0 {
		n.Languages = []string{in.Lang}
	}
	if err := n.Validate(); err != nil {
		return nil, err
	}
	actor, keys, err := s.newActor(n.ID)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if taken, err := tx.HandleTaken(ctx, n.Username); err != nil || taken {
			return orTaken(err, n.Username)
		}
		if err := s.host(ctx, tx, n, actor, keys); err != nil {
			return err
		}
		by, err := s.decider(ctx, tx, v)
		if err != nil {
			return err
		}
		own, err := s.ownLine(ctx, tx, n)
		if err != nil {
			return err
		}
		own.Status, own.Role, own.Claim, own.Since = node.MemberActive, node.CoordinatorMember, true, now
		if err := tx.PutNetwork(ctx, n); err != nil {
			return err
		}
		if err := tx.PutMembership(ctx, own); err != nil {
			return err
		}
		if err := s.amend(ctx, tx, n, by, own); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, v, n, "audit.network.founded", nil); err != nil {
			return err
		}
		return s.announceClaims(ctx, tx, n)
	})
	if err != nil {
		return nil, fmt.Errorf("found network %s: %w", n.Username, err)
	}
	return n, nil
}

// textLang is the language of what was typed.
func textLang(lang string, languages []string) string {
	switch {
	case lang != "":
		return lang
	case len(languages) > 0:
		return languages[0]
	}
	return node.Languages[0]
}

func textOf(lang, words string) node.Text {
	if strings.TrimSpace(words) == "" {
		return nil
	}
	return node.Text{lang: words}
}

// newActor makes the keys of a Group actor. It takes a while, so it comes before the write.
func (s *Service) newActor(network uuid.UUID) (*node.LocalActor, store.SealedKeys, error) {
	a := &node.LocalActor{ID: network, Kind: node.KindNetwork, OwnerID: network, URI: s.Origin.NetworkURI(network), CreatedAt: s.Now(), Audience: node.Public}
	rsaKey, edKey, err := s.Keys.NewActor(a)
	return a, store.SealedKeys{RSA: rsaKey, Ed25519: edKey}, err
}

// host makes n a network whose hub is this node, with the actor that speaks for it.
func (s *Service) host(ctx context.Context, tx *store.Tx, n *node.Network, actor *node.LocalActor, keys store.SealedKeys) (err error) {
	n.Hosted, n.State, n.Host, n.URI = true, node.NetworkActive, s.Origin.Host(), actor.URI
	n.MembersURI, n.Inbox, n.NodeURI, n.Page = s.Origin.MembersURI(n.ID), s.Origin.SharedInbox(), s.Origin.Relay(), s.Origin.NetworkPage(n.Username)
	n.HubKey = actor.EdPublic
	if n.Fingerprint, err = ownFingerprint(ctx, tx); err != nil {
		return err
	}
	return tx.PutLocalActor(ctx, actor, keys)
}

// ownFingerprint is that of our node's key.
func ownFingerprint(ctx context.Context, tx *store.Tx) (string, error) {
	relay, err := tx.LocalActor(ctx, uuid.Nil)
	if err != nil {
		return "", err
	}
	return keyring.Fingerprint(relay.RSAPublic)
}

// ownLine is our organization's line in a roster: the one that is there, with
// what it says of itself now, or a new one.
func (s *Service) ownLine(ctx context.Context, tx *store.Tx, n *node.Network) (*node.Membership, error) {
	o, err := tx.HomeOrganization(ctx)
	if err != nil {
		return nil, err
	}
	m, err := lineOf(ctx, tx, n.ID, s.Origin.OrganizationURI(o.ID))
	if err != nil {
		return nil, err
	}
	if m.Fingerprint, err = ownFingerprint(ctx, tx); err != nil {
		return nil, err
	}
	s.describe(m, o)
	if n.Hosted {
		m.URI = s.Origin.MembershipURI(n.ID, m.ID)
	}
	return m, nil
}

// lineOf is an organization's line in a roster: the one that is there, or a new one.
func lineOf(ctx context.Context, tx *store.Tx, network uuid.UUID, organizationURI string) (*node.Membership, error) {
	m, err := tx.Membership(ctx, network, organizationURI)
	if isNotFound(err) {
		return &node.Membership{
			ID: newID(), NetworkID: network, OrganizationURI: organizationURI, Kind: node.OwnNode, Status: node.MemberPending, Role: node.PlainMember,
		}, nil
	}
	return m, err
}

// describe writes into m what one of our organizations says of itself.
func (s *Service) describe(m *node.Membership, o *node.Organization) {
	m.NodeURI, m.Origin, m.Inbox = s.Origin.Relay(), string(s.Origin), "" // nothing is sent to ourselves
	m.Handle, m.Name, m.Place, m.Languages = o.Handle+"@"+s.Origin.Host(), o.Name, o.Place, o.Languages
	m.Page, m.Contact, m.ClaimAt, m.UpdatedAt = s.Origin.OrganizationPage(o.Handle), o.Contact, s.Now(), s.Now()
	m.Summary = markup.Render(anyOf(o.Summary, o.Languages))
}

// anyOf is a text in the first of languages that it has, or in any.
func anyOf(t node.Text, languages []string) string {
	for _, l := range languages {
		if t[l] != "" {
			return t[l]
		}
	}
	for _, l := range node.Languages {
		if t[l] != "" {
			return t[l]
		}
	}
	for _, words := range t {
		return words
	}
	return ""
}

// amend makes the next version of a hosted roster, with a line of its history
// for each organization that changed.
func (s *Service) amend(ctx context.Context, tx *store.Tx, n *node.Network, by string, changed ...*node.Membership) error {
	all, err := tx.Memberships(ctx, n.ID)
	if err != nil {
		return err
	}
	now := s.Now()
	n.RosterVersion++
	n.RosterDigest, n.ETag, n.FetchedAt, n.UpdatedAt = Digest(all), entityTag(n.RosterVersion), now, now
	if err := tx.PutNetwork(ctx, n); err != nil {
		return err
	}
	for _, m := range changed {
		c := node.RosterChange{NetworkID: n.ID, Version: n.RosterVersion, OrganizationURI: m.OrganizationURI, Name: m.Name, Status: m.Status, Role: m.Role, By: by, At: now}
		if err := tx.PutRosterChange(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// entityTag is the ETag of a version of a roster.
func entityTag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// SaveNetwork changes what a hosted network says of itself: name, purpose,
// conduct, languages and contact.
func (s *Service) SaveNetwork(ctx context.Context, v access.Viewer, changed *node.Network) error {
	named := *changed
	named.Name, named.Contact = markup.Name(changed.Name), markup.Name(changed.Contact)
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := hosted(ctx, tx, v, changed.ID)
		if err != nil {
			return err
		}
		named.Username = n.Username
		if err := named.Validate(); err != nil {
			return err
		}
		if changed.Version != 0 && changed.Version != n.Version {
			return node.ErrConflict
		}
		n.Name, n.Purpose, n.Conduct, n.Languages, n.Contact = named.Name, named.Purpose, named.Conduct, named.Languages, named.Contact
		n.UpdatedAt, n.Version = s.Now(), n.Version+1
		if err := tx.PutNetwork(ctx, n); err != nil {
			return err
		}
		return s.announce(ctx, tx, node.Event{Verb: node.Updated, Kind: node.KindNetwork, Object: n.ID, Actor: n.ID, Audience: node.NetworkOnly(n.ID)})
	})
	if err != nil {
		return fmt.Errorf("save network %s: %w", changed.ID, err)
	}
	return nil
}

// Close ends a hosted network: its actor answers 410 from now on.
func (s *Service) Close(ctx context.Context, v access.Viewer, network uuid.UUID) error {
	now := s.Now()
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := hosted(ctx, tx, v, network)
		if err == nil && !access.Can(v, access.RunNode) { // who coordinates decides about members, not about all of them at once
			err = node.ErrForbidden
		}
		if err != nil {
			return err
		}
		n.State, n.GoneAt, n.UpdatedAt = node.NetworkLeft, now, now
		if err := tx.PutNetwork(ctx, n); err != nil {
			return err
		}
		if err := tx.DropNetwork(ctx, n.ID); err != nil {
			return err
		}
		if err := tx.CloseLocalActor(ctx, n.ID, now); err != nil {
			return err
		}
		if err := s.audit(ctx, tx, v, n, "audit.network.closed", nil); err != nil {
			return err
		}
		if err := s.announceClaims(ctx, tx, n); err != nil {
			return err
		}
		return s.announce(ctx, tx, node.Event{Verb: node.Deleted, Kind: node.KindNetwork, Object: n.ID, Actor: n.ID, Audience: node.NetworkOnly(n.ID)})
	})
	if err != nil {
		return fmt.Errorf("close network %s: %w", network, err)
	}
	return nil
}

// Hosted returns a network of which this node is or was the hub, with its actor:
// GoneAt tells that the network ended.
func (s *Service) Hosted(ctx context.Context, network uuid.UUID) (n *node.Network, a *node.LocalActor, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if n, err = tx.Network(ctx, network); err != nil {
			return err
		}
		if !n.Hosted {
			return fmt.Errorf("hosted network %s: %w", network, node.ErrNotFound)
		}
		a, err = tx.LocalActor(ctx, network)
		return err
	})
	return n, a, err
}

// RosterFor returns the roster that we serve as a hub. It is node.ErrNotFound
// unless the network is hosted; Members and Changes are empty for who is no member.
func (s *Service) RosterFor(ctx context.Context, v access.Viewer, network uuid.UUID) (r *Roster, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		n, err := tx.Network(ctx, network)
		if err != nil {
			return err
		}
		if !n.Hosted {
			return node.ErrNotFound
		}
		all, err := s.lines(ctx, tx, n)
		if err != nil {
			return err
		}
		r = &Roster{Version: n.RosterVersion, Digest: n.RosterDigest, Successor: n.Successor, ETag: n.ETag}
		for _, m := range all {
			if m.Status == node.MemberActive {
				r.Total++
			}
		}
		if !readsRoster(v, network, all) {
			return nil
		}
		r.Members = slices.DeleteFunc(all, func(m *node.Membership) bool {
			return m.Status != node.MemberActive && m.Status != node.MemberSuspended
		})
		r.Changes, err = tx.RosterChanges(ctx, network)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("roster of %s: %w", network, err)
	}
	return r, nil
}

// readsRoster reports whether v gets the roster: our own people whose
// organization is in it, and the nodes of active members. What such a one claims
// does not matter here: it learns from the roster that it is in.
func readsRoster(v access.Viewer, network uuid.UUID, all []*node.Membership) bool {
	if v.SignedIn() {
		return slices.Contains(v.Networks, network) || mayRun(v, network) == nil
	}
	origin := originOf(v.Actor)
	return origin != "" && slices.ContainsFunc(all, func(m *node.Membership) bool {
		return m.Status == node.MemberActive && m.Origin == origin
	})
}

// lines lists a roster with what our own organizations say of themselves now.
func (s *Service) lines(ctx context.Context, tx *store.Tx, n *node.Network) ([]*node.Membership, error) {
	all, err := tx.Memberships(ctx, n.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if !s.Origin.Owns(m.OrganizationURI) {
			continue
		}
		a, err := tx.LocalActorByURI(ctx, m.OrganizationURI)
		if err != nil {
			return nil, err
		}
		o, err := tx.Organization(ctx, a.OwnerID)
		if err != nil {
			return nil, err
		}
		at := m.UpdatedAt
		s.describe(m, o)
		m.UpdatedAt = at
	}
	return all, nil
}
