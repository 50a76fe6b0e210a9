package network

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// sees reports whether v may know that we have to do with n. That an
// organization hosted here is in one network tells its people nothing of others;
// a network that we host is public.
func sees(v access.Viewer, n *node.Network) bool {
	switch {
	case slices.Contains(v.Networks, n.ID), n.Hosted && n.State == node.NetworkActive:
		return true
	}
	return access.Can(v, access.SeeNetworks) && !v.Guest
}

// reads reports whether v may read who is in n and what happened there.
func reads(v access.Viewer, n *node.Network) bool {
	return access.Can(v, access.SeeNetworks) && (slices.Contains(v.Networks, n.ID) || access.Can(v, access.RunNode))
}

// Networks lists the networks that we host, are in, were in or asked to join.
func (s *Service) Networks(ctx context.Context, v access.Viewer) (list []*node.Network, err error) {
	if !access.Can(v, access.SeeNetworks) {
		return nil, fmt.Errorf("list networks: %w", node.ErrNotFound)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Networks(ctx)
		return err
	})
	return slices.DeleteFunc(list, func(n *node.Network) bool { return !sees(v, n) }), err
}

// Network returns a network by username, handle, id or address; "" is the only one.
func (s *Service) Network(ctx context.Context, v access.Viewer, ref string) (n *node.Network, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		n, err = network(ctx, tx, v, ref)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("network %q: %w", ref, err)
	}
	return n, nil
}

func network(ctx context.Context, tx *store.Tx, v access.Viewer, ref string) (*node.Network, error) {
	list, err := tx.Networks(ctx)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(n *node.Network) bool { return !sees(v, n) })
	ref = strings.TrimPrefix(strings.TrimSpace(ref), "@")
	if ref == "" {
		return only(list)
	}
	var short []*node.Network
	for _, n := range list {
		if slices.Contains([]string{n.ID.String(), n.URI, n.MembersURI, n.Page}, ref) || strings.EqualFold(n.Handle(), ref) {
			return n, nil
		}
		if strings.EqualFold(n.Username, ref) {
			short = append(short, n)
		}
	}
	if len(short) == 1 {
		return short[0], nil
	}
	if len(short) > 1 {
		return only(short)
	}
	if n, err := tx.NetworkByURI(ctx, ref); err == nil && sees(v, n) { // an id that it had before
		return n, nil
	}
	if len(list) == 0 {
		return nil, node.Invalid("network", "error.network.none")
	}
	return nil, node.Invalid("network", "error.network.unknown", "network", ref, "networks", handles(list))
}

// only returns the network that is meant without being named: the one in use, if
// there is one alone.
func only(list []*node.Network) (*node.Network, error) {
	if used := slices.DeleteFunc(slices.Clone(list), func(n *node.Network) bool { return n.State != node.NetworkActive }); len(used) > 0 {
		list = used
	}
	switch len(list) {
	case 0:
		return nil, node.Invalid("network", "error.network.none")
	case 1:
		return list[0], nil
	}
	return nil, node.Invalid("network", "error.network.which", "networks", handles(list))
}

func handles(list []*node.Network) string {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = n.Handle()
	}
	return strings.Join(names, ", ")
}

// readable returns a network whose roster v may read.
func readable(ctx context.Context, tx *store.Tx, v access.Viewer, id uuid.UUID) (*node.Network, error) {
	n, err := tx.Network(ctx, id)
	if err == nil && !reads(v, n) {
		err = fmt.Errorf("network %s: %w", id, node.ErrNotFound)
	}
	return n, err
}

// order is the one in which members are listed.
var order = map[node.MemberStatus]int{node.MemberActive: 0, node.MemberSuspended: 1, node.MemberPending: 2, node.MemberLeft: 3, node.MemberExpelled: 4, node.MemberRefused: 5}

// Members lists a roster, active and suspended organizations first, with when
// their servers last took something. Who only asked is for those who decide.
func (s *Service) Members(ctx context.Context, v access.Viewer, network uuid.UUID) (list []*node.Membership, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		n, err := readable(ctx, tx, v, network)
		if err != nil {
			return err
		}
		if list, err = s.lines(ctx, tx, n); err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(m *node.Membership) bool { return !shown(v, n, m) })
		for _, m := range list {
			if err := s.reach(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list members of network %s: %w", network, err)
	}
	slices.SortStableFunc(list, func(a, b *node.Membership) int { return cmp.Compare(order[a.Status], order[b.Status]) })
	return list, nil
}

// shown reports whether v may see a line, and leaves of it what v may.
func shown(v access.Viewer, n *node.Network, m *node.Membership) bool {
	if n.Hosted && mayRun(v, n.ID) == nil {
		return true
	}
	m.Why, m.JoinURI, m.ExpelBy = "", "", uuid.Nil
	return m.Status != node.MemberPending && m.Status != node.MemberRefused || m.Origin != "" && !n.Hosted
}

// reach fills in what is known of m's server.
func (s *Service) reach(ctx context.Context, tx *store.Tx, m *node.Membership) error {
	if !s.elsewhere(m) {
		m.LastSeen = s.Now()
		return nil
	}
	_, host, _ := strings.Cut(m.Origin, "://")
	h, err := tx.Host(ctx, host)
	if err != nil {
		return err
	}
	m.LastSeen, m.Failing = h.LastOK, h.Failures > 0 || h.Dead
	return nil
}

// Member returns one line of a roster. org is a handle, the part of it before the @, or an address.
func (s *Service) Member(ctx context.Context, v access.Viewer, network uuid.UUID, org string) (m *node.Membership, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		n, err := readable(ctx, tx, v, network)
		if err != nil {
			return err
		}
		if m, err = find(ctx, tx, network, org); err != nil {
			return err
		}
		if !shown(v, n, m) {
			return node.Invalid("org", "error.member.unknown", "org", org)
		}
		return s.reach(ctx, tx, m)
	})
	if err != nil {
		return nil, fmt.Errorf("member %q: %w", org, err)
	}
	return m, nil
}

// History lists what changed in a roster, newest first: every member reads all of it (S5).
func (s *Service) History(ctx context.Context, v access.Viewer, network uuid.UUID) (list []node.RosterChange, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := readable(ctx, tx, v, network); err != nil {
			return err
		}
		list, err = tx.RosterChanges(ctx, network)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of network %s: %w", network, err)
	}
	return list, nil
}

// Audience reads an audience as people write it: "public", "node", "networks",
// "network:ptp" or "network:ptp@hub.example".
func (s *Service) Audience(ctx context.Context, v access.Viewer, name string) (node.Audience, error) {
	name = strings.TrimSpace(name)
	ref, one := strings.CutPrefix(name, "network:")
	switch {
	case name == "public":
		return node.Public, nil
	case name == "node" && v.Organization != uuid.Nil:
		return node.OrganizationOnly(v.Organization), nil
	case name == "networks":
		if len(v.Networks) == 0 {
			return "", node.Invalid("audience", "error.network.none")
		}
		return node.Networks, nil
	case !one:
		return "", node.Invalid("audience", "error.audience.unknown")
	}
	n, err := s.Network(ctx, v, ref)
	if err != nil {
		return "", err
	}
	if !slices.Contains(v.Networks, n.ID) {
		return "", node.Invalid("audience", "error.network.notmember", "network", n.Handle())
	}
	return node.NetworkOnly(n.ID), nil
}

// Names returns all networks by id, for writing audiences in words.
func (s *Service) Names(ctx context.Context) (map[uuid.UUID]*node.Network, error) {
	names := map[uuid.UUID]*node.Network{}
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Networks(ctx)
		for _, n := range all {
			names[n.ID] = n
		}
		return err
	})
	return names, err
}
