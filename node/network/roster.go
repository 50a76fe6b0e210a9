package network

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// Why a roster is not taken. Each is a node.ErrConflict too.
var (
	ErrOlder   = errors.New("older roster")                  // than our copy: ignored
	ErrDiffers = errors.New("another roster of one version") // the hub tells members different things
	ErrForeign = errors.New("not this network's roster")     // or it contradicts itself
)

func refused(why error) error { return fmt.Errorf("%w: %w", why, node.ErrConflict) }

// ApplyRoster makes the roster that a hub signed our copy of it. It is all or
// nothing, and may be done again. A lower version than ours, lines of another
// network, and a digest that is not that of the lines change nothing.
func (s *Service) ApplyRoster(ctx context.Context, network uuid.UUID, r *Roster) error {
	differs := false
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		differs = false
		n, err := tx.Network(ctx, network)
		if err != nil {
			return err
		}
		if n.Hosted {
			return fmt.Errorf("we are the hub: %w", node.ErrForbidden)
		}
		if err := checkRoster(n, r); err != nil {
			return err
		}
		switch {
		case r.Version < n.RosterVersion:
			return refused(ErrOlder)
		case r.Version == n.RosterVersion && n.RosterDigest != "" && r.Digest != n.RosterDigest:
			differs, n.DiffersAt = true, s.Now()
			return tx.PutNetwork(ctx, n)
		}
		return s.applyRoster(ctx, tx, n, r)
	})
	if err == nil && differs {
		err = refused(ErrDiffers)
	}
	if err != nil {
		return fmt.Errorf("apply roster %d of network %s: %w", r.Version, network, err)
	}
	return nil
}

// checkRoster reports what no roster of n can hold.
func checkRoster(n *node.Network, r *Roster) error {
	origin, seen := originOf(n.URI), map[string]bool{}
	for _, m := range r.Members {
		switch {
		case m.NetworkID != n.ID, origin == "", originOf(m.URI) != origin: // A12: another hub's members
			return fmt.Errorf("line %s: %w", m.URI, refused(ErrForeign))
		case originOf(m.OrganizationURI) == "", seen[m.OrganizationURI]:
			return fmt.Errorf("organization %s: %w", m.OrganizationURI, refused(ErrForeign))
		case m.Status != node.MemberActive && m.Status != node.MemberSuspended:
			return fmt.Errorf("status %s: %w", m.Status, refused(ErrForeign))
		case node.CheckMemberRole(m.Role) != nil:
			return fmt.Errorf("role %s: %w", m.Role, refused(ErrForeign))
		}
		seen[m.OrganizationURI] = true
	}
	if r.Members == nil || r.Version <= 0 || Digest(r.Members) != r.Digest {
		return fmt.Errorf("digest %s: %w", r.Digest, refused(ErrForeign))
	}
	return nil
}

// askAgain stands for the entity tag of a copy that is due to be fetched a second time.
const askAgain = `"again"`

func (s *Service) applyRoster(ctx context.Context, tx *store.Tx, n *node.Network, r *Roster) error {
	now := s.Now()
	if r.Version == n.RosterVersion && n.ETag == "" {
		// The hub said that something changed, and this is what we had: it was on its way
		// when that happened. It must not give back what was just taken; asked once more it may.
		n.ETag, n.FetchedAt, n.FailingSince, n.GoneAt, n.UpdatedAt = askAgain, now, time.Time{}, time.Time{}, now
		return tx.PutNetwork(ctx, n)
	}
	if err := s.describeHub(ctx, tx, n, r); err != nil {
		return err
	}
	listed := map[string]*node.Membership{}
	for _, line := range r.Members {
		ours, err := s.ours(ctx, tx, line)
		if err != nil {
			return err
		}
		if ours || s.elsewhere(line) { // nobody but our own organization joins from here (A12)
			listed[line.OrganizationURI] = line
		}
	}
	if r.Version > n.RosterVersion {
		n.DiffersAt = time.Time{}
	}
	n.RosterVersion, n.RosterDigest, n.Successor, n.ETag = r.Version, r.Digest, r.Successor, r.ETag
	n.FetchedAt, n.FailingSince, n.GoneAt, n.UpdatedAt = now, time.Time{}, time.Time{}, now
	if n.ETag == "" {
		n.ETag = entityTag(r.Version)
	}
	if err := tx.PutNetwork(ctx, n); err != nil {
		return err
	}
	for _, c := range r.Changes {
		c.NetworkID, c.Name, c.By = n.ID, markup.Name(c.Name), markup.Name(c.By)
		if err := tx.PutRosterChange(ctx, c); err != nil {
			return err
		}
	}
	stored, err := tx.Memberships(ctx, n.ID)
	if err != nil {
		return err
	}
	for _, m := range stored {
		line := listed[m.OrganizationURI]
		delete(listed, m.OrganizationURI)
		if err := s.followLine(ctx, tx, n, m, line); err != nil {
			return err
		}
	}
	for _, line := range r.Members {
		if listed[line.OrganizationURI] == nil {
			continue
		}
		m := &node.Membership{ID: newID(), NetworkID: n.ID, OrganizationURI: line.OrganizationURI, Status: node.MemberPending}
		if err := s.followLine(ctx, tx, n, m, line); err != nil {
			return err
		}
	}
	if len(r.Raw) == 0 {
		return nil
	}
	return tx.PutRoster(ctx, n.ID, r.Version, r.Raw, now)
}

// ours reports whether m is the line of the organization that runs this node. Of
// its guests no other hub decides anything: they did not ask it.
func (s *Service) ours(ctx context.Context, tx *store.Tx, m *node.Membership) (bool, error) {
	if s.elsewhere(m) {
		return false, nil
	}
	o, err := tx.HomeOrganization(ctx)
	return err == nil && m.OrganizationURI == s.Origin.OrganizationURI(o.ID), err
}

// describeHub takes over what the hub's own document says. A new key is noted
// where every member reads it: it is the hub's word over HTTPS, not a push.
func (s *Service) describeHub(ctx context.Context, tx *store.Tx, n *node.Network, r *Roster) error {
	if r.Hub == nil {
		return nil
	}
	if r.Hub.URI != n.URI {
		return fmt.Errorf("hub %s: %w", r.Hub.URI, refused(ErrForeign))
	}
	if n.HubKey != "" && r.Hub.HubKey != n.HubKey {
		err := tx.PutRosterChange(ctx, node.RosterChange{NetworkID: n.ID, Version: r.Version, OrganizationURI: n.URI, Name: n.Name, By: r.Hub.HubKey, At: s.Now()})
		if err != nil {
			return err
		}
	}
	pinned(n, r.Hub)
	return nil
}

// followLine makes m what the hub's roster says of it; line is nil if it is not on it.
func (s *Service) followLine(ctx context.Context, tx *store.Tx, n *node.Network, m, line *node.Membership) error {
	if line == nil {
		return s.unlisted(ctx, tx, n, m)
	}
	before := *m
	m.URI, m.NodeURI, m.Role, m.Kind, m.Fingerprint = line.URI, line.NodeURI, line.Role, line.Kind, line.Fingerprint
	if line.Contact != "" { // members read it here; no public document has it
		m.Contact = shorten(markup.Name(line.Contact))
	}
	if m.Kind != node.Guest {
		m.Kind = node.OwnNode
	}
	if m.Origin = originOf(m.OrganizationURI); originOf(m.NodeURI) != m.Origin {
		m.Origin, m.Inbox, m.Claim = "", "", false // A12: it can never count
	}
	if m.Name == "" {
		m.Handle, m.Name = line.Handle, markup.Name(line.Name)
	}
	if m.Name == "" {
		_, m.Name, _ = strings.Cut(originOf(m.OrganizationURI), "://")
	}
	own := !s.elsewhere(m)
	switch {
	case own:
		m.Claim, m.ClaimAt, m.Inbox = true, s.Now(), ""
	case before.NodeURI != m.NodeURI || before.Fingerprint != m.Fingerprint:
		m.Claim, m.ClaimAt = false, time.Time{} // a new key widens: it counts once its node shows it
	}
	since := line.Since
	if m.Status != line.Status {
		if err := s.move(ctx, tx, n, m, line.Status); err != nil {
			return err
		}
	}
	if !since.IsZero() {
		m.Since = since
	}
	return tx.PutMembership(ctx, m)
}

// unlisted ends a membership that the roster does not tell of any more. How it
// ended the history says. Under a new hub it has not joined yet: nothing is lost.
func (s *Service) unlisted(ctx context.Context, tx *store.Tx, n *node.Network, m *node.Membership) error {
	if m.Status != node.MemberActive && m.Status != node.MemberSuspended {
		return nil
	}
	if originOf(m.URI) != originOf(n.URI) {
		return s.move(ctx, tx, n, m, node.MemberPending)
	}
	to := node.MemberLeft
	if !s.elsewhere(m) {
		to = node.MemberExpelled // we did not leave
	}
	changes, err := tx.RosterChanges(ctx, n.ID) // newest first
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.OrganizationURI == m.OrganizationURI {
			if c.Status == node.MemberExpelled {
				to = node.MemberExpelled
			}
			break
		}
	}
	if to == node.MemberExpelled || !s.elsewhere(m) {
		m.Claim = false
	}
	return s.move(ctx, tx, n, m, to)
}

// RosterUnchanged notes that the hub confirmed our copy.
func (s *Service) RosterUnchanged(ctx context.Context, network uuid.UUID) error {
	return s.touch(ctx, network, func(n *node.Network) {
		n.FetchedAt, n.FailingSince, n.GoneAt = s.Now(), time.Time{}, time.Time{}
	})
}

// RosterFailed notes that the roster could not be had; gone if the hub answered 410.
func (s *Service) RosterFailed(ctx context.Context, network uuid.UUID, gone bool) error {
	return s.touch(ctx, network, func(n *node.Network) {
		if n.FailingSince.IsZero() {
			n.FailingSince = s.Now()
		}
		if gone && n.GoneAt.IsZero() {
			n.GoneAt = s.Now()
		}
	})
}

// RosterDiffers notes that another member holds another roster of our version.
func (s *Service) RosterDiffers(ctx context.Context, network uuid.UUID) error {
	return s.touch(ctx, network, func(n *node.Network) { n.DiffersAt = s.Now() })
}

// touch changes what we noted about a network whose hub is elsewhere.
func (s *Service) touch(ctx context.Context, network uuid.UUID, f func(*node.Network)) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Network(ctx, network)
		if err != nil || n.Hosted {
			return err
		}
		f(n)
		n.UpdatedAt = s.Now()
		return tx.PutNetwork(ctx, n)
	})
	if err != nil {
		return fmt.Errorf("note of network %s: %w", network, err)
	}
	return nil
}

// ReceiveHint notes that something of a roster widened. That is never taken from
// a push: the roster is due to be fetched, and who claimed nothing is to be asked again.
func (s *Service) ReceiveHint(ctx context.Context, hubURI string, version int64) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := s.foreign(ctx, tx, hubURI)
		if err != nil || version < n.RosterVersion {
			return err
		}
		if version == n.RosterVersion {
			return tx.AskUnclaimed(ctx, n.ID)
		}
		n.FailingSince = time.Time{} // whoever speaks is there: ask at once, as after a suspension
		return s.due(ctx, tx, n)
	})
	if err != nil {
		return fmt.Errorf("hint of %s: %w", hubURI, err)
	}
	return nil
}

// ReceiveWord notes that another member goes by a newer roster than we: it is due
// to be fetched. That says nothing about the hub, which may be silent all the same.
func (s *Service) ReceiveWord(ctx context.Context, network uuid.UUID, version int64) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Network(ctx, network)
		if err != nil || n.Hosted || version <= n.RosterVersion {
			return err
		}
		if s.Now().Sub(n.FetchedAt) < node.RosterFresh { // it answered just before: ask again at once
			n.FailingSince = time.Time{}
		}
		return s.due(ctx, tx, n)
	})
	if err != nil {
		return fmt.Errorf("word about network %s: %w", network, err)
	}
	return nil
}

// DueRosters lists the networks whose roster is to be fetched now: those whose
// copy is an hour old, and those of which the hub hinted that it changed. After
// a failure it takes 1 minute, then 5, then 30, then an hour.
func (s *Service) DueRosters(ctx context.Context) (list []*node.Network, err error) {
	now := s.Now()
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Networks(ctx)
		if err != nil {
			return err
		}
		o, err := tx.HomeOrganization(ctx)
		if err != nil {
			return err
		}
		for _, n := range all {
			if n.Hosted || !isDue(n, now) {
				continue
			}
			switch n.State {
			case node.NetworkActive, node.NetworkSuspended:
				list = append(list, n)
			case node.NetworkApplied:
				m, err := tx.Membership(ctx, n.ID, s.Origin.OrganizationURI(o.ID))
				if err != nil && !isNotFound(err) {
					return err
				}
				if err == nil && m.URI != "" { // accepted
					list = append(list, n)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list due rosters: %w", err)
	}
	return list, nil
}

func isDue(n *node.Network, now time.Time) bool {
	if n.FailingSince.IsZero() {
		return n.ETag == "" || n.ETag == askAgain || !now.Before(n.FetchedAt.Add(node.RosterFresh))
	}
	wait := node.RosterFresh
	switch tried := n.UpdatedAt.Sub(n.FailingSince); {
	case tried < time.Minute:
		wait = time.Minute
	case tried < 6*time.Minute:
		wait = 5 * time.Minute
	case tried < 36*time.Minute:
		wait = 30 * time.Minute
	}
	return !now.Before(n.UpdatedAt.Add(wait))
}
