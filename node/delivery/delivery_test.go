package delivery_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// follow makes a remote actor follow one of ours; actor uuid.Nil is the node's own.
func follow(t *testing.T, n *nodetest.Node, remote *node.RemoteActor, target string) {
	t.Helper()
	if err := n.Following.ReceiveFollow(t.Context(), remote, target, remote.URI+"/follows/"+uuid.NewString()); err != nil {
		t.Fatal(err)
	}
}

// settle fans out and delivers all that waits, so that a test sees only what comes after.
func settle(t *testing.T, n *nodetest.Node) {
	t.Helper()
	n.FanOut(t)
	for range 50 {
		left := 0
		for _, h := range must[[]delivery.HostDue](t)(n.Delivery.Hosts(t.Context())) {
			for _, d := range due(t, n, h.Host) {
				left++
				finish(t, n, d, node.Delivered)
			}
		}
		if left == 0 {
			return
		}
	}
	t.Fatal("deliveries do not end")
}

func due(t *testing.T, n *nodetest.Node, host string) []*node.Delivery {
	t.Helper()
	list, _, _, err := n.Delivery.Due(t.Context(), host, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func finish(t *testing.T, n *nodetest.Node, d *node.Delivery, o node.Outcome) {
	t.Helper()
	if err := n.Delivery.Finish(t.Context(), d, o, n.Clock.Now().Add(time.Hour), "", nil); err != nil {
		t.Fatal(err)
	}
}

func post(t *testing.T, n *nodetest.Node, text string) *node.Item {
	t.Helper()
	return must[*node.Item](t)(n.Conversation.Post(t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "en", Text: text}))
}

func edit(t *testing.T, n *nodetest.Node, i *node.Item, text string) {
	t.Helper()
	must[*node.Item](t)(n.Conversation.EditPost(t.Context(), n.Admin, i.ID, node.PostInput{Text: text}))
}

func remove(t *testing.T, n *nodetest.Node, i *node.Item) {
	t.Helper()
	if err := n.Conversation.Delete(t.Context(), n.Admin, i.ID); err != nil {
		t.Fatal(err)
	}
}

func keys(list []*node.Delivery) (s []string) {
	for _, d := range list {
		s = append(s, d.ObjectKey)
	}
	return s
}

func receipts(t *testing.T, n *nodetest.Node, i *node.Item) node.Receipts {
	t.Helper()
	return must[node.Receipts](t)(n.Conversation.Receipts(t.Context(), n.Admin, i.ID))
}

func TestR1FanOutOncePerInbox(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	org := n.Origin.OrganizationURI(n.Organization.ID)
	for _, user := range []string{"zoe", "max"} { // two behind one shared inbox
		follow(t, n, n.Remote(t, user, "one.example"), org)
	}
	follow(t, n, n.Remote(t, "ina", "two.example"), org)
	settle(t, n)
	i := post(t, n, "Hello")
	e := n.Outbox(t)[0]
	sub := must[*delivery.Subject](t)(n.Delivery.Subject(t.Context(), e))
	want := []delivery.Inbox{{Inbox: "https://one.example/inbox", Host: "one.example"}, {Inbox: "https://two.example/inbox", Host: "two.example"}}
	if !slices.Equal(sub.Inboxes, want) {
		t.Errorf("goes to %v", sub.Inboxes)
	}
	for range 2 { // a process that was killed does it again
		hosts := must[[]string](t)(n.Delivery.FanOut(t.Context(), e, []byte(`{}`), append(sub.Inboxes, sub.Inboxes[0])))
		if len(hosts) != 3 {
			t.Errorf("hosts %v", hosts)
		}
	}
	if r := receipts(t, n, i); r != (node.Receipts{Waiting: 2}) {
		t.Errorf("receipts %+v", r)
	}
	if left := n.Outbox(t); len(left) != 0 {
		t.Errorf("still to announce: %v", left)
	}
	n.Verify(t)
}

// TestFanOutAfterwards shows what became untrue after its document was made is not sent.
func TestFanOutAfterwards(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw  []byte
		do   func(*testing.T, *nodetest.Node, *node.Item)
		want int
	}{
		"unchanged":          {[]byte(`{}`), func(*testing.T, *nodetest.Node, *node.Item) {}, 1},
		"nothing to say":     {nil, func(*testing.T, *nodetest.Node, *node.Item) {}, 0},
		"deleted since then": {[]byte(`{}`), remove, 0},
		"narrowed since then": {[]byte(`{}`), func(t *testing.T, n *nodetest.Node, i *node.Item) {
			if err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
				return tx.SetItemState(t.Context(), i.ID, node.Live, node.OrganizationOnly(n.Organization.ID))
			}); err != nil {
				t.Fatal(err)
			}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := nodetest.NewNode(t)
			i := post(t, n, "Hello")
			e := n.Outbox(t)[0]
			c.do(t, n, i)
			hosts := must[[]string](t)(n.Delivery.FanOut(t.Context(), e, c.raw, []delivery.Inbox{{Inbox: "https://one.example/inbox", Host: "one.example"}}))
			_, err := n.Delivery.Activity(t.Context(), e.Activity)
			if got := due(t, n, "one.example"); len(hosts) != c.want || len(got) != c.want || (err == nil) != (c.want == 1) {
				t.Errorf("hosts %v, due %v, activity %v; want %d", hosts, keys(got), err, c.want)
			}
			if slices.ContainsFunc(n.Outbox(t), func(o node.Event) bool { return o.ID == e.ID }) {
				t.Error("it is still to be announced")
			}
		})
	}
}

// TestR6Order follows what one host gets about two posts.
func TestR6Order(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	follow(t, n, n.Remote(t, "zoe", "one.example"), n.Origin.OrganizationURI(n.Organization.ID))
	settle(t, n)
	a, b := post(t, n, "a"), post(t, n, "b")
	edit(t, n, a, "a2")
	edit(t, n, a, "a3")
	n.FanOut(t)
	first := due(t, n, "one.example")
	if got := keys(first); !slices.Equal(got, []string{a.ID.String(), b.ID.String()}) {
		t.Fatalf("due %v: of one object only the oldest, in order", got)
	}
	finish(t, n, first[0], node.Retry)
	if got := keys(due(t, n, "one.example")); !slices.Equal(got, []string{b.ID.String()}) {
		t.Errorf("while the first one waits, due is %v", got)
	}
	n.Clock.Add(time.Hour)
	finish(t, n, first[0], node.Delivered)
	second := due(t, n, "one.example")
	if got := keys(second); !slices.Equal(got, []string{b.ID.String(), a.ID.String()}) || second[1].Activity == first[0].Activity {
		t.Errorf("then due is %v", got)
	}
	remove(t, n, a) // its two edits are pointless now, and its Delete goes before b
	n.FanOut(t)
	third := due(t, n, "one.example")
	if got := keys(third); !slices.Equal(got, []string{a.ID.String(), b.ID.String()}) || !third[0].Urgent || third[1].Urgent {
		t.Errorf("with the Delete, due is %v", got)
	}
	finish(t, n, third[0], node.Delivered)
	if got := keys(due(t, n, "one.example")); !slices.Equal(got, []string{b.ID.String()}) {
		t.Errorf("after the Delete, due is %v", got)
	}
	n.Verify(t)
}

// TestDeleteReachesWhoGotIt lets the follower leave before the post is deleted.
func TestDeleteReachesWhoGotIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outcome node.Outcome
		tried   bool
		want    bool
	}{
		"delivered": {node.Delivered, true, true}, "dropped": {node.Dropped, true, true}, "tried": {node.Retry, true, true}, "never tried, dropped by the Delete": {"", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := nodetest.NewNode(t)
			zoe, org := n.Remote(t, "zoe", "one.example"), n.Origin.OrganizationURI(n.Organization.ID)
			follow(t, n, zoe, org)
			settle(t, n)
			i := post(t, n, "a")
			n.FanOut(t)
			if c.tried {
				finish(t, n, due(t, n, "one.example")[0], c.outcome)
			}
			if err := n.Following.ReceiveUndoFollow(t.Context(), zoe.URI, org, ""); err != nil {
				t.Fatal(err)
			}
			remove(t, n, i)
			n.FanOut(t)
			got := due(t, n, "one.example")
			if (len(got) == 1 && got[0].Urgent) != c.want {
				t.Errorf("due is %v", keys(got))
			}
		})
	}
}

func TestObjectKey(t *testing.T) {
	t.Parallel()
	object, actor := uuid.New(), uuid.New()
	for name, c := range map[string]struct {
		e    node.Event
		want string
	}{
		"post":      {node.Event{Kind: node.KindPost, Object: object, Actor: actor}, object.String()},
		"gathering": {node.Event{Kind: node.KindGathering, Object: object, Actor: actor}, object.String()},
		"person":    {node.Event{Kind: node.KindPerson, Object: object, Actor: actor}, object.String()},
		"follow": {
			node.Event{Kind: node.KindFollow, Object: object, Actor: actor, Target: "https://one.example/users/zoe"},
			"follow:" + actor.String() + ":https://one.example/users/zoe",
		},
	} {
		if got := delivery.ObjectKey(c.e); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestSubject tells for each kind and verb what is said, and where it goes.
func TestSubject(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana := n.Followable(t, "ana")
	var p *node.Person
	if err := n.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		p, err = tx.PersonSelf(t.Context(), ana.Person)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	follower, other := n.Remote(t, "zoe", "one.example"), n.Remote(t, "max", "two.example")
	follow(t, n, follower, n.Origin.OrganizationURI(n.Organization.ID))
	follow(t, n, follower, n.Origin.PersonURI(p.ActorID))
	if _, err := n.Following.Follow(t.Context(), n.Admin, other.URI, following.Organization); err != nil {
		t.Fatal(err)
	}
	arrival := n.Arrival(t, other, "1")
	if _, err := n.Conversation.Receive(t.Context(), arrival); err != nil {
		t.Fatal(err)
	}
	settle(t, n)
	const one, two = "https://one.example/inbox", "https://two.example/inbox"
	check := func(name string, e node.Event, inboxes []string, f func(*delivery.Subject) bool) {
		t.Helper()
		sub, err := n.Delivery.Subject(t.Context(), e)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		var got []string
		for _, b := range sub.Inboxes {
			got = append(got, b.Inbox)
		}
		if !slices.Equal(got, inboxes) || sub.Actor == nil || sub.Actor.ID != e.Actor || !f(sub) {
			t.Errorf("%s: goes to %v: %+v", name, got, sub)
		}
	}
	next := func() node.Event { t.Helper(); list := n.Outbox(t); return list[len(list)-1] }

	i := post(t, n, "Hello")
	created := next()
	check("post", created, []string{one}, func(s *delivery.Subject) bool { return s.Item.ID == i.ID && s.Target == nil })
	reply := must[*node.Item](t)(n.Conversation.Post(t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: node.Public, Text: "Yes", InReplyTo: arrival.Item.URI}))
	check("reply", next(), []string{one, two}, func(s *delivery.Subject) bool { return s.Item.ID == reply.ID && s.Target.URI == other.URI })
	must[*node.Item](t)(n.Conversation.EditPost(t.Context(), n.Admin, reply.ID, node.PostInput{Text: "Yes!"}))
	check("edited reply", next(), []string{one, two}, func(s *delivery.Subject) bool { return s.Target.URI == other.URI })
	remove(t, n, i)
	check("deleted post", next(), []string{one}, func(s *delivery.Subject) bool { return s.Item == nil && !s.DeletedAt.IsZero() })
	check("post deleted meanwhile", created, []string{one}, func(s *delivery.Subject) bool { return s.Item == nil && s.DeletedAt.IsZero() })
	own := must[*node.Item](t)(n.Conversation.Post(t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: node.OrganizationOnly(n.Organization.ID), Text: "Psst"}))
	check("post that is not for everyone", node.Event{Verb: node.Created, Kind: node.KindPost, Object: own.ID, Actor: n.Organization.ID, Audience: node.Public},
		[]string{one}, func(s *delivery.Subject) bool { return s.Item == nil })
	check("organization", node.Event{Verb: node.Updated, Kind: node.KindOrganization, Object: n.Organization.ID, Actor: n.Organization.ID},
		[]string{one}, func(s *delivery.Subject) bool { return s.Organization.ID == n.Organization.ID })
	check("person", node.Event{Verb: node.Updated, Kind: node.KindPerson, Object: p.ID, Actor: p.ActorID},
		[]string{one}, func(s *delivery.Subject) bool { return s.Person.ID == p.ID && s.Organization != nil })
	third := n.Remote(t, "ina", "three.example")
	must[*node.RemoteActor](t)(n.Following.Follow(t.Context(), n.Admin, third.URI, following.Organization))
	check("follow", next(), []string{third.Inbox}, func(s *delivery.Subject) bool { return s.Target.URI == third.URI })
	if _, err := n.People.SetFollowable(t.Context(), ana, "ana", false); err != nil {
		t.Fatal(err)
	}
	for _, e := range n.Outbox(t) {
		if e.Kind == node.KindPerson && e.Verb == node.Deleted {
			check("closed person", e, []string{one}, func(*delivery.Subject) bool { return true })
		}
	}
	if e := next(); e.Kind != node.KindPerson || e.Verb != node.Deleted {
		t.Errorf("closing ends with %s of %s", e.Verb, e.Kind)
	}
	n.Verify(t)
}

func TestVisibleActivity(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	member := n.Person(t, "ana", node.Member)
	put := func(k node.Kind, a node.Audience) uuid.UUID {
		id := uuid.New()
		err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
			return tx.PutActivity(t.Context(), &store.Activity{ID: id, Actor: n.Organization.ID, Object: uuid.New(), Verb: node.Created, Kind: k, Audience: a, Raw: []byte(`{}`), At: n.Clock.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	public, own := put(node.KindPost, node.Public), put(node.KindPost, node.OrganizationOnly(n.Organization.ID))
	person, asked := put(node.KindPerson, node.Audience("follow")), put(node.KindFollow, node.Audience("follow"))
	for name, c := range map[string]struct {
		v    access.Viewer
		id   uuid.UUID
		want error
	}{
		"visitor, public": {access.Visitor, public, nil}, "visitor, own": {access.Visitor, own, node.ErrNotFound}, "visitor, follow": {access.Visitor, asked, nil},
		"visitor, no follow": {access.Visitor, person, node.ErrNotFound}, "visitor, unknown": {access.Visitor, uuid.New(), node.ErrNotFound},
		"remote, public": {access.Remote("https://one.example/users/zoe"), public, nil}, "remote, own": {access.Remote("https://one.example/users/zoe"), own, node.ErrNotFound},
		"remote, follow": {access.Remote("https://one.example/users/zoe"), asked, nil}, "member, own": {member, own, nil},
	} {
		said, err := n.Delivery.VisibleActivity(t.Context(), c.v, c.id)
		if !errors.Is(err, c.want) || (err == nil) != (said != nil && len(said.Raw) > 0) {
			t.Errorf("%s: %+v, %v, want %v", name, said, err, c.want)
		}
	}
}

func TestOutboxPages(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	var want []string
	err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		put := func(k int, verb node.Verb, a node.Audience) error {
			id := uuid.Must(uuid.NewV7())
			raw := fmt.Sprintf("%d %s", k, id)
			if verb == node.Created && a == node.Public {
				want = append(want, raw)
			}
			return tx.PutActivity(t.Context(), &store.Activity{
				ID: id, Actor: n.Organization.ID, Object: uuid.New(), Verb: verb, Kind: node.KindPost, Audience: a, Raw: []byte(raw),
				At: n.Clock.Now().Add(time.Duration(k/3) * time.Second),
			}) // three at a time
		}
		for k := range 45 {
			if err := errors.Join(put(k, node.Created, node.Public), put(k, node.Updated, node.Public), put(k, node.Created, node.OrganizationOnly(n.Organization.ID))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(want)
	for _, size := range []int{1, 7, 15, 20, 45, 100} {
		var got []string
		var c delivery.Cursor
		for range 100 {
			list, next, total, err := n.Delivery.OutboxPage(t.Context(), n.Organization.ID, c, size)
			if err != nil || total != 45 || len(list) > size {
				t.Fatalf("page of %d: %d rows of %d, %v", size, len(list), total, err)
			}
			for _, said := range list {
				got = append(got, string(said.Raw))
			}
			if c = next; c == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d show %v", size, got)
		}
	}
}

func TestQueueIsForAdmins(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	follow(t, n, n.Remote(t, "zoe", "one.example"), n.Origin.OrganizationURI(n.Organization.ID))
	n.FanOut(t)
	d := due(t, n, "one.example")[0]
	next := n.Clock.Now().Add(time.Hour)
	if err := n.Delivery.Finish(t.Context(), d, node.Retry, next, "refused", &node.HostState{Host: "one.example", Failures: 3, OpenUntil: next}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		v    access.Viewer
		want error
	}{
		"visitor": {access.Visitor, node.ErrForbidden}, "remote": {access.Remote("https://one.example/users/zoe"), node.ErrForbidden},
		"member": {n.Person(t, "ana", node.Member), node.ErrForbidden}, "editor": {n.Person(t, "ed", node.Editor), node.ErrForbidden},
		"admin": {n.Admin, nil}, "operator": {n.Operator, nil},
	} {
		q, err := n.Delivery.Queue(t.Context(), c.v)
		if !errors.Is(err, c.want) || (err == nil) != (q != nil) {
			t.Errorf("%s: %+v, %v", name, q, err)
			continue
		}
		if line := (node.HostQueue{Host: "one.example", Failures: 3, Open: true, Waiting: 1, Next: next}); q != nil && (q.Waiting != 1 || !slices.Equal(q.Hosts, []node.HostQueue{line})) {
			t.Errorf("%s: %+v", name, q)
		}
	}
}

func TestFinish(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outcome node.Outcome
		want    node.Receipts
		again   bool
	}{
		"delivered": {node.Delivered, node.Receipts{Delivered: 1}, false}, "retry": {node.Retry, node.Receipts{Waiting: 1}, true}, "dropped": {node.Dropped, node.Receipts{Dropped: 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := nodetest.NewNode(t)
			follow(t, n, n.Remote(t, "zoe", "one.example"), n.Origin.OrganizationURI(n.Organization.ID))
			settle(t, n)
			i := post(t, n, "Hello")
			n.FanOut(t)
			finish(t, n, due(t, n, "one.example")[0], c.outcome)
			if got := receipts(t, n, i); got != c.want {
				t.Errorf("receipts %+v", got)
			}
			_, _, next, err := n.Delivery.Due(t.Context(), "one.example", 10)
			if want := n.Clock.Now().Add(time.Hour); err != nil || c.again != next.Equal(want) {
				t.Errorf("next at %v, %v", next, err)
			}
			n.Clock.Add(time.Hour)
			got := due(t, n, "one.example")
			if (len(got) == 1 && got[0].Attempts == 1) != c.again {
				t.Errorf("due again: %v", got)
			}
		})
	}
}
