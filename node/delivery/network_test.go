package delivery_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// inPTP is a node in a network with one.example and two.example. A follower of
// its organization is on each of two.example and outside.example.
func inPTP(t *testing.T) (*nodetest.Node, *node.Network) {
	t.Helper()
	n := nodetest.NewNode(t)
	ptp := n.JoinNetwork(t, "ptp")
	for _, host := range []string{"https://one.example", "https://two.example"} {
		n.Member(t, ptp, host+"/org", host)
	}
	for _, host := range []string{"two.example", "outside.example"} {
		follow(t, n, n.Remote(t, "zoe", host), n.Origin.OrganizationURI(n.Organization.ID))
	}
	settle(t, n)
	n.Admin = n.Viewer(t, "ada")
	return n, ptp
}

func say(t *testing.T, n *nodetest.Node, a node.Audience) *node.Item {
	t.Helper()
	return must[*node.Item](t)(n.Conversation.Post(t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: a, Text: "Hello"}))
}

// waiting lists the other hosts that something waits for.
func waiting(t *testing.T, n *nodetest.Node) (hosts []string) {
	t.Helper()
	for _, h := range must[[]delivery.HostDue](t)(n.Delivery.Hosts(t.Context())) {
		if h.Host != n.Origin.Host() { // which the fan-out of the federation side leaves out
			hosts = append(hosts, h.Host)
		}
	}
	return hosts
}

var bothMembers = []string{"one.example", "two.example"}

// status changes where a member stands.
func status(t *testing.T, n *nodetest.Node, ptp *node.Network, host string, s node.MemberStatus) {
	t.Helper()
	n.Member(t, ptp, host+"/org", host, func(m *node.Membership) { m.Status = s })
}

// TestNetworkFanOut: what is for a network goes to the nodes of its effective
// members and nowhere else; its Delete also to those who were members when they
// got it.
func TestNetworkFanOut(t *testing.T) {
	t.Parallel()
	n, ptp := inPTP(t)
	n.Member(t, ptp, "https://three.example/org", "https://three.example", func(m *node.Membership) { m.Claim = false })
	status(t, n, ptp, "https://four.example", node.MemberSuspended)
	i := say(t, n, node.NetworkOnly(ptp.ID))
	n.FanOut(t)
	if got := waiting(t, n); !slices.Equal(got, bothMembers) {
		t.Errorf("it goes to %v", got)
	}
	settle(t, n)
	status(t, n, ptp, "https://one.example", node.MemberExpelled)
	status(t, n, ptp, "https://four.example", node.MemberActive)
	must[*node.Item](t)(n.Conversation.EditPost(t.Context(), n.Admin, i.ID, node.PostInput{Text: "Hello!"}))
	n.FanOut(t)
	if got := waiting(t, n); !slices.Equal(got, []string{"four.example", "two.example"}) {
		t.Errorf("the edit goes to %v", got)
	}
	settle(t, n)
	remove(t, n, i)
	n.FanOut(t)
	if got := waiting(t, n); !slices.Equal(got, []string{"four.example", "one.example", "two.example"}) {
		t.Errorf("the deletion goes to %v", got)
	}
	n.Verify(t)
}

// TestNetworkSubject tells what is said to networks, and when nothing is.
func TestNetworkSubject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*testing.T, *nodetest.Node, *node.Network)
		want   []string // hosts; nil if nothing is said
	}{
		{"as it is", func(*testing.T, *nodetest.Node, *node.Network) {}, bothMembers},
		{"a member left since", func(t *testing.T, n *nodetest.Node, ptp *node.Network) {
			status(t, n, ptp, "https://one.example", node.MemberLeft)
		}, bothMembers[1:]},
		{"the roster is too old", func(_ *testing.T, n *nodetest.Node, _ *node.Network) { n.Clock.Add(node.RosterLimit + time.Hour) }, nil},
		{"we are suspended", func(t *testing.T, n *nodetest.Node, ptp *node.Network) {
			n.Member(t, ptp, n.Origin.OrganizationURI(n.Organization.ID), string(n.Origin), func(m *node.Membership) { m.Status = node.MemberSuspended })
		}, nil},
		{"we only observe", func(t *testing.T, n *nodetest.Node, ptp *node.Network) {
			n.Member(t, ptp, n.Origin.OrganizationURI(n.Organization.ID), string(n.Origin), func(m *node.Membership) { m.Role = node.ObserverMember })
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, ptp := inPTP(t)
			i := say(t, n, node.NetworkOnly(ptp.ID))
			list := n.Outbox(t)
			e := list[len(list)-1]
			c.change(t, n, ptp)
			sub := must[*delivery.Subject](t)(n.Delivery.Subject(t.Context(), e))
			var got []string
			for _, b := range sub.Inboxes {
				if b.Host != n.Origin.Host() {
					got = append(got, b.Host)
				}
			}
			if c.want == nil {
				if sub.Item != nil || len(got) != 0 {
					t.Errorf("it is said to %v: %+v", got, sub.Item)
				}
				return
			}
			if !slices.Equal(got, c.want) || sub.Item == nil || sub.Item.ID != i.ID || sub.Target != nil || len(sub.Networks) != 1 || sub.Networks[0].ID != ptp.ID {
				t.Errorf("it is said to %v: %+v", got, sub)
			}
		})
	}
}

// TestRemovedBetweenListingAndQueueing: who is removed after the recipients were
// listed is not queued for.
func TestRemovedBetweenListingAndQueueing(t *testing.T) {
	t.Parallel()
	n, ptp := inPTP(t)
	say(t, n, node.NetworkOnly(ptp.ID))
	e := n.Outbox(t)[0]
	sub := must[*delivery.Subject](t)(n.Delivery.Subject(t.Context(), e))
	status(t, n, ptp, "https://one.example", node.MemberExpelled)
	hosts := must[[]string](t)(n.Delivery.FanOut(t.Context(), e, []byte(`{}`), sub.Inboxes))
	if slices.Contains(hosts, "one.example") || !slices.Contains(hosts, "two.example") {
		t.Errorf("queued for %v", hosts)
	}
	for inbox, want := range map[string]bool{"https://one.example/inbox": false, "https://two.example/inbox": true, "https://outside.example/inbox": false} {
		if got := must[bool](t)(n.Delivery.StillMember(t.Context(), e.Audience, inbox)); got != want {
			t.Errorf("%s may be sent to: %v", inbox, got)
		}
	}
}

// TestForMembers: only network-only content is held back from who is no member;
// what takes it back, and what is said about membership, is not.
func TestForMembers(t *testing.T) {
	t.Parallel()
	network := node.NetworkOnly(uuid.New())
	for _, c := range []struct {
		k    node.Kind
		verb node.Verb
		a    node.Audience
		want bool
	}{
		{node.KindPost, node.Created, network, true},
		{node.KindGathering, node.Updated, node.Networks, true},
		{node.KindCard, node.Updated, network, true},
		{node.KindOffer, node.Created, network, true},
		{node.KindPost, node.Deleted, network, false},
		{node.KindCard, node.Deleted, network, false},
		{node.KindMembership, node.Removed, network, false},
		{node.KindNetwork, node.Updated, network, false},
		{node.KindPost, node.Created, node.Public, false},
	} {
		if got := delivery.ForMembers(c.k, c.verb, c.a); got != c.want {
			t.Errorf("%s of a %s for %s: %v", c.verb, c.k, c.a.Kind(), got)
		}
	}
}

// TestNetworkOutbox pages through what was said to a network, oldest first, and
// shows it to members of that network alone.
func TestNetworkOutbox(t *testing.T) {
	t.Parallel()
	n, ptp := inPTP(t)
	care := n.JoinNetwork(t, "care")
	lou := n.ShowToNetworks(t, n.Person(t, "lou", node.Member))
	var want []string
	put := func(k int, actor uuid.UUID, kind node.Kind, object uuid.UUID, a node.Audience, listed bool) {
		t.Helper()
		id := uuid.Must(uuid.NewV7())
		raw := fmt.Sprintf("%d %s", k, id)
		if listed {
			want = append(want, raw)
		}
		err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
			return tx.PutActivity(t.Context(), &store.Activity{
				ID: id, Actor: actor, Object: object, Verb: node.Updated, Kind: kind, Audience: a, Raw: []byte(raw), At: n.Clock.Now().Add(time.Duration(k/3) * time.Second),
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var louActor uuid.UUID
	if err := n.DB.View(t.Context(), func(tx *store.Tx) error {
		p, err := tx.PersonSelf(t.Context(), lou.Person)
		louActor = p.NetworkActorID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	card := uuid.New()
	for k := range 30 {
		put(k, n.Organization.ID, node.KindPost, uuid.New(), node.NetworkOnly(ptp.ID), true)
		put(k, louActor, node.KindPost, uuid.New(), node.Networks, true)
		put(k, n.Organization.ID, node.KindPost, uuid.New(), node.NetworkOnly(care.ID), false)
		put(k, n.Organization.ID, node.KindPost, uuid.New(), node.Public, false)
		put(k, n.Organization.ID, node.KindPost, uuid.New(), node.OrganizationOnly(n.Organization.ID), false)
		put(k, louActor, node.KindCard, card, node.NetworkOnly(ptp.ID), k == 29) // of a card the newest only
		put(k, uuid.Nil, node.KindPost, uuid.New(), node.NetworkOnly(ptp.ID), false)
	}
	member := access.Remote("https://one.example/zoe", ptp.ID)
	for _, size := range []int{1, 7, 30, 50, 100} {
		var got []string
		var c delivery.Cursor
		for range 100 {
			list, next, err := n.Delivery.NetworkOutboxPage(t.Context(), member, n.Organization.ID, ptp.URI, time.Time{}, c, size)
			if err != nil || len(list) > size {
				t.Fatalf("page of %d: %d, %v", size, len(list), err)
			}
			for _, said := range list {
				got = append(got, string(said.Raw))
			}
			if c = next; c == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d show %d: %v", size, len(got), got)
		}
	}
	late := n.Clock.Now().Add(9 * time.Second)
	list, _, err := n.Delivery.NetworkOutboxPage(t.Context(), member, n.Organization.ID, ptp.URI, late, "", 100)
	if err != nil || len(list) != 2*3+1 {
		t.Errorf("since the end there are %d, %v", len(list), err)
	}
	for name, v := range map[string]access.Viewer{"outsider": access.Remote("https://outside.example/zoe"), "visitor": access.Visitor, "member of another": access.Remote("https://x.example/z", care.ID)} {
		for _, uri := range []string{ptp.URI, "https://hub.example/ap/networks/none"} {
			list, next, err := n.Delivery.NetworkOutboxPage(t.Context(), v, n.Organization.ID, uri, time.Time{}, "", 100)
			if err != nil || len(list) != 0 || next != "" {
				t.Errorf("%s finds %d, %v", name, len(list), err)
			}
		}
	}
}

// TestNetworkJoinedLater: what was for all of our networks was not for those of
// one that we join later.
func TestNetworkJoinedLater(t *testing.T) {
	t.Parallel()
	n, ptp := inPTP(t)
	n.JoinNetwork(t, "care")
	say := func() {
		t.Helper()
		err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
			return tx.PutActivity(t.Context(), &store.Activity{
				ID: uuid.Must(uuid.NewV7()), Actor: n.Organization.ID, Object: uuid.New(), Verb: node.Created, Kind: node.KindPost, Audience: node.Networks, Raw: []byte("{}"), At: n.Clock.Now(),
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	say()
	n.Clock.Add(24 * time.Hour)
	later := n.JoinNetwork(t, "later")
	say()
	for _, c := range []struct {
		network *node.Network
		want    int
	}{{ptp, 2}, {later, 1}} {
		list, _, err := n.Delivery.NetworkOutboxPage(t.Context(), access.Remote("https://one.example/zoe", c.network.ID), n.Organization.ID, c.network.URI, time.Time{}, "", 100)
		if err != nil || len(list) != c.want {
			t.Errorf("members of %s find %d, want %d: %v", c.network.Username, len(list), c.want, err)
		}
	}
}
