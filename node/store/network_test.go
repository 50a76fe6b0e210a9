package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// TestA12Effective goes through all that makes a membership count, one at a time.
func TestA12Effective(t *testing.T) {
	t.Parallel()
	now := nodetest.Start
	for name, c := range map[string]struct {
		network func(*node.Network)
		member  func(*node.Membership)
		counts  bool
	}{
		"all is as it should be":   {nil, nil, true},
		"hosted here, however old": {func(n *node.Network) { n.Hosted, n.FetchedAt = true, time.Time{} }, nil, true},
		"hub not asked lately":     {func(n *node.Network) { n.FetchedAt = now.Add(-node.RosterLimit + time.Millisecond) }, nil, true},
		"hub failing":              {func(n *node.Network) { n.FailingSince = now }, nil, true},
		"roster too old":           {func(n *node.Network) { n.FetchedAt = now.Add(-node.RosterLimit) }, nil, false},
		"hub gone":                 {func(n *node.Network) { n.GoneAt = now }, nil, false},
		"we only asked":            {func(n *node.Network) { n.State = node.NetworkApplied }, nil, false},
		"we are suspended":         {func(n *node.Network) { n.State = node.NetworkSuspended }, nil, false},
		"we left":                  {func(n *node.Network) { n.State = node.NetworkLeft }, nil, false},
		"we were expelled":         {func(n *node.Network) { n.State = node.NetworkExpelled }, nil, false},
		"we were refused":          {func(n *node.Network) { n.State = node.NetworkRefused }, nil, false},
		"it claims nothing":        {nil, func(m *node.Membership) { m.Claim = false }, false},
		"it only asked":            {nil, func(m *node.Membership) { m.Status = node.MemberPending }, false},
		"it is suspended":          {nil, func(m *node.Membership) { m.Status = node.MemberSuspended }, false},
		"it left":                  {nil, func(m *node.Membership) { m.Status = node.MemberLeft }, false},
		"it was expelled":          {nil, func(m *node.Membership) { m.Status = node.MemberExpelled }, false},
		"it lives elsewhere":       {nil, func(m *node.Membership) { m.Origin, m.Inbox = "https://other.example", "https://other.example/inbox" }, false},
		"it and its node have two": {nil, func(m *node.Membership) { m.Origin, m.Inbox = "", "" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := nodetest.NewNode(t)
			net := n.JoinNetwork(t, "ptp")
			if c.network != nil {
				c.network(net)
				write(t, n.DB, func(ctx context.Context, tx *store.Tx) error { return tx.PutNetwork(ctx, net) })
			}
			n.Member(t, net, "https://east.example/ap/organizations/1", "https://east.example", func(m *node.Membership) {
				if c.member != nil {
					c.member(m)
				}
			})
			view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
				reads, err := tx.NetworksOfOrigin(ctx, "https://east.example", now)
				if err != nil || slices.Contains(reads, net.ID) != c.counts {
					t.Errorf("reads %v, %v", reads, err)
				}
				for _, a := range []node.Audience{node.NetworkOnly(net.ID), node.Networks} {
					boxes, err := tx.NetworkInboxes(ctx, a, now)
					if err != nil || slices.Contains(boxes, store.FollowerInbox{Inbox: "https://east.example/inbox", Host: "east.example"}) != c.counts {
						t.Errorf("%s goes to %+v, %v", a, boxes, err)
					}
				}
				for _, origin := range []string{"https://east.example.evil.example", "http://east.example", "east.example", ""} {
					if reads, err := tx.NetworksOfOrigin(ctx, origin, now); err != nil || len(reads) != 0 {
						t.Errorf("%q reads %v, %v", origin, reads, err)
					}
				}
				return nil
			})
		})
	}
}

func TestKnownHostOfAMember(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	net := n.JoinNetwork(t, "ptp")
	n.Member(t, net, "https://east.example/ap/organizations/1", "https://east.example")
	n.Member(t, net, "https://west.example/ap/organizations/1", "https://west.example", func(m *node.Membership) { m.Claim = false })
	n.Member(t, net, "http://plain.example:81/ap/organizations/1", "http://plain.example:81")
	view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		for host, want := range map[string]bool{"east.example": true, "west.example": false, "plain.example:81": true, "plain.example": false, "other.example": false, "": false} {
			if got, err := tx.KnownHost(ctx, host); err != nil || got != want {
				t.Errorf("%q is known = %v, %v", host, got, err)
			}
		}
		return nil
	})
}

func TestNetworkRowsComeBack(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	at := nodetest.Start.Add(time.Minute)
	net := &node.Network{
		ID: newID(), URI: "https://hub.example/ap/networks/1", Username: "ptp", Host: "hub.example", Name: "N", Purpose: node.Text{"en": "P"}, Conduct: node.Text{"es": "C"},
		Languages: []string{"en", "es"}, Contact: "c", Page: "https://hub.example/p", Inbox: "https://hub.example/i", MembersURI: "https://hub.example/m", NodeURI: "https://hub.example/n",
		HubKey: "z1", Fingerprint: "sha256:1", State: node.NetworkActive, JoinURI: "j", Version: 2, RosterVersion: 3, RosterDigest: "d", ETag: `"v3"`,
		FetchedAt: at, FailingSince: at, GoneAt: at, DiffersAt: at, Successor: "s", Reason: "r", CreatedAt: at, UpdatedAt: at,
	}
	m := &node.Membership{
		ID: newID(), NetworkID: net.ID, URI: "https://hub.example/m/1", OrganizationURI: "https://o.example/1", NodeURI: "https://o.example/n", Origin: "https://o.example",
		Inbox: "https://o.example/i", Handle: "o@o.example", Name: "O", Summary: "<p>S</p>", Place: "P", Languages: []string{"es"}, Page: "https://o.example/", Contact: "c",
		Kind: node.Guest, Status: node.MemberSuspended, Role: node.ObserverMember, Fingerprint: "sha256:2", Since: at, UpdatedAt: at, Claim: true, ClaimAt: at, CaughtUpAt: at,
		JoinURI: "j", Why: "w", Reason: "r", CodeID: newID(), ExpelBy: newID(), ExpelAt: at, Ticks: node.Ticks{CardSent: true, PostReceived: true},
	}
	for range 2 { // again replaces
		write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(tx.PutNetwork(ctx, net), tx.PutMembership(ctx, m), tx.PutNetworkAlias(ctx, "https://old.example/1", net.ID))
		})
		view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
			for name, read := range map[string]func() (*node.Network, error){
				"id":      func() (*node.Network, error) { return tx.Network(ctx, net.ID) },
				"uri":     func() (*node.Network, error) { return tx.NetworkByURI(ctx, net.URI) },
				"members": func() (*node.Network, error) { return tx.NetworkByURI(ctx, net.MembersURI) },
				"alias":   func() (*node.Network, error) { return tx.NetworkByURI(ctx, "https://old.example/1") },
			} {
				if got, err := read(); err != nil || !same(got, net) {
					t.Errorf("by %s: %+v, %v", name, got, err)
				}
			}
			for name, read := range map[string]func() (*node.Membership, error){
				"organization": func() (*node.Membership, error) { return tx.Membership(ctx, net.ID, m.OrganizationURI) },
				"id":           func() (*node.Membership, error) { return tx.MembershipByID(ctx, m.ID) },
				"line":         func() (*node.Membership, error) { return tx.MembershipNamed(ctx, net.ID, m.URI) },
				"name":         func() (*node.Membership, error) { return tx.MembershipNamed(ctx, net.ID, m.OrganizationURI) },
			} {
				if got, err := read(); err != nil || !same(got, m) {
					t.Errorf("by %s: %+v, %v", name, got, err)
				}
			}
			if _, err := tx.NetworkByURI(ctx, "https://nowhere.example/1"); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("an unknown one: %v", err)
			}
			if _, err := tx.MembershipNamed(ctx, newID(), m.URI); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("a line of another network: %v", err)
			}
			return nil
		})
		net.Name, m.Reason = "M", ""
	}
}

func TestACodeHasOneUser(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	net := n.JoinNetwork(t, "ptp")
	c := node.HubCode{ID: newID(), NetworkID: net.ID, MadeBy: newID(), CreatedAt: nodetest.Start, ExpiresAt: nodetest.Start.Add(time.Hour)}
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error { return tx.PutCode(ctx, "hash", c) })
	write(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		return tx.UseCode(ctx, c.ID, "https://a.example/1", nodetest.Start)
	})
	err := n.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.UseCode(t.Context(), c.ID, "https://b.example/1", nodetest.Start) })
	if !errors.Is(err, node.ErrConflict) {
		t.Errorf("used twice: %v", err)
	}
	view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		if got, err := tx.Code(ctx, net.ID, "hash"); err != nil || got.UsedBy != "https://a.example/1" || !got.UsedAt.Equal(nodetest.Start) || got.MadeBy != c.MadeBy {
			t.Errorf("the code is %+v, %v", got, err)
		}
		for network, hash := range map[uuid.UUID]string{net.ID: "other", newID(): "hash"} {
			if _, err := tx.Code(ctx, network, hash); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("code %s: %v", hash, err)
			}
		}
		return nil
	})
}

// TestHistoryOnlyGrows: a line of a roster's history is not written again.
func TestHistoryOnlyGrows(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	net := n.JoinNetwork(t, "ptp")
	first := node.RosterChange{NetworkID: net.ID, Version: 2, OrganizationURI: "https://a.example/1", Name: "A", Status: node.MemberActive, Role: node.PlainMember, By: "ada", At: nodetest.Start}
	again := first
	again.Status, again.By = node.MemberExpelled, "eve"
	later := first
	later.Version = 3
	for _, c := range []node.RosterChange{first, again, later} {
		write(t, n.DB, func(ctx context.Context, tx *store.Tx) error { return tx.PutRosterChange(ctx, c) })
	}
	view(t, n.DB, func(ctx context.Context, tx *store.Tx) error {
		list, err := tx.RosterChanges(ctx, net.ID)
		if err != nil || len(list) != 2 || list[0] != later || list[1] != first {
			t.Errorf("the history is %+v, %v", list, err)
		}
		return nil
	})
}

// same reports whether two rows say the same.
func same[T any](a, b *T) bool { return cmp.Equal(a, b) }
