package conversation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/nodetest"
)

func TestReplies(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana, mia := n.Viewer(t, "ana"), n.Person(t, "mia", node.Member)
	org := node.OrganizationOnly(n.Organization.ID)
	zoe := n.Remote(t, "zoe", "other.example")
	if _, err := n.Following.Follow(t.Context(), n.Admin, zoe.URI, following.Organization); err != nil {
		t.Fatal(err)
	}
	theirs := n.Arrival(t, zoe, "open")
	if _, err := n.Conversation.Receive(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	direct := n.Arrival(t, zoe, "direct")
	direct.Open, direct.Follower, direct.Named = false, false, []string{n.Origin.PersonURI(personOf(t, n, "ana").ActorID)}
	if _, err := n.Conversation.Receive(t.Context(), direct); err != nil {
		t.Fatal(err)
	}
	ana = n.Viewer(t, "ana") // in the group of the direct post now
	public, inside := post(t, n, n.Admin, open), post(t, n, mia, nil)
	for _, c := range []struct {
		name   string
		parent *node.Item
		ref    string
		a      node.Audience
		key    string
	}{
		{"wide to wide", public, public.URI, node.Public, ""},
		{"narrow to wide", public, public.URI, org, ""},
		{"narrow to narrow", inside, inside.URI, org, ""},
		{"wide to narrow", inside, inside.URI, node.Public, "error.audience.reply"},
		{"all networks to narrow", inside, inside.URI, node.Networks, "error.audience.reply"},
		{"oneself to narrow", inside, inside.URI, node.Only(ana.Person), ""},
		{"by page", public, public.Page, node.Public, ""},
		{"by id", public, public.ID.String(), node.Public, ""},
		{"to what was open at its origin", theirs.Item, theirs.Item.URI, node.Public, ""},
		{"to its page", theirs.Item, theirs.Item.Page, node.Public, ""},
		{"by our id of it", theirs.Item, theirs.Item.ID.String(), node.Public, ""},
		{"by our page of it", theirs.Item, n.Origin.ItemPage(node.KindPost, theirs.Item.ID), org, ""},
		{"wide to a direct post", direct.Item, direct.Item.URI, node.Public, "error.audience.reply"},
		{"to everyone here about a direct post", direct.Item, direct.Item.URI, org, "error.audience.reply"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n.FanOut(t)
			i, err := n.Conversation.Post(t.Context(), ana, words(n, func(in *node.PostInput) { in.Audience, in.InReplyTo = c.a, c.ref }))
			if nodetest.Field(err) != c.key || (err == nil) != (c.key == "") {
				t.Fatalf("reply gives %v, want %q", err, c.key)
			}
			if err != nil {
				return
			}
			if i.InReplyTo != c.parent.URI {
				t.Errorf("it answers %s, want %s", i.InReplyTo, c.parent.URI)
			}
			events := n.Outbox(t)
			if c.a == node.Public && (len(events) != 1 || (events[0].Target == zoe.URI) == c.parent.Local) {
				t.Errorf("announced is %+v", events)
			}
			if mentions, err := n.Conversation.Mentions(t.Context(), i); err != nil || (len(mentions) == 1) == c.parent.Local || !c.parent.Local && mentions[0].URI != zoe.URI {
				t.Errorf("mentioned is %+v, %v", mentions, err)
			}
		})
	}
	if _, err := n.Conversation.Post(t.Context(), mia, words(n, func(in *node.PostInput) { in.InReplyTo = direct.Item.URI })); nodetest.Field(err) != "error.reply.unknown" {
		t.Errorf("a reply to what mia does not see: %v", err)
	}
	list, err := n.Conversation.Replies(t.Context(), access.Visitor, public.URI)
	if err != nil || len(list) != 3 || !slices.IsSortedFunc(list, func(a, b *node.Item) int { return a.PublishedAt.Compare(b.PublishedAt) }) {
		t.Errorf("a visitor reads %d replies, %v", len(list), err)
	}
	if list, err := n.Conversation.Replies(t.Context(), mia, public.URI); err != nil || len(list) != 4 {
		t.Errorf("a member reads %d replies, %v", len(list), err)
	}
	if list, err := n.Conversation.Replies(t.Context(), mia, ""); err != nil || len(list) != 0 {
		t.Errorf("what answers nothing has %d replies, %v", len(list), err)
	}
	if i, err := n.Conversation.Parent(t.Context(), mia, theirs.Item.URI); err != nil || i.ID != theirs.Item.ID {
		t.Errorf("the parent is %v, %v", i, err)
	}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "mia": mia} {
		if _, err := n.Conversation.Parent(t.Context(), v, direct.Item.URI); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s reads the parent: %v", name, err)
		}
	}
}

func personOf(t *testing.T, n *nodetest.Node, handle string) *node.Person {
	t.Helper()
	p, err := n.People.Person(t.Context(), n.Operator, handle)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAudiencesToChoose(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana, mia, ed := n.Viewer(t, "ana"), n.Person(t, "mia", node.Member), n.Person(t, "ed", node.Editor)
	org := node.OrganizationOnly(n.Organization.ID)
	narrow, wide := []node.Audience{org}, []node.Audience{org, node.Public}
	inside, public := &node.Item{Audience: org, Local: true}, &node.Item{Audience: node.Public, Local: true}
	for _, c := range []struct {
		name   string
		v      access.Viewer
		parent *node.Item
		asOrg  bool
		want   []node.Audience
	}{
		{"visitor", access.Visitor, nil, false, nil},
		{"member", mia, nil, false, narrow},
		{"member as the organization", mia, nil, true, nil},
		{"followable", ana, nil, false, wide},
		{"editor in person", ed, nil, false, narrow},
		{"editor as the organization", ed, nil, true, wide},
		{"reply inside", ana, inside, false, narrow},
		{"reply to everyone", ana, public, false, wide},
		{"reply to what was open at its origin", ana, &node.Item{Audience: org, OpenAtOrigin: true}, false, wide},
		{"reply to a direct post", ana, &node.Item{Audience: node.Group(ana.Person)}, false, nil},
	} {
		if diff := cmp.Diff(c.want, n.Conversation.Audiences(c.v, c.parent, c.asOrg)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana, mia := n.Viewer(t, "ana"), n.Person(t, "mia", node.Member)
	var all []uuid.UUID
	for k := range 7 {
		i := post(t, n, ana, func(in *node.PostInput) {
			if k%2 == 0 {
				in.Audience = node.Public
			}
		})
		all = append([]uuid.UUID{i.ID}, all...)
		if k != 3 { // two of one time
			n.Clock.Add(time.Second)
		}
	}
	walk := func(limit int, page func(conversation.Cursor) ([]*node.Item, conversation.Cursor, error)) (ids []uuid.UUID) {
		c := conversation.Cursor("")
		for range 20 {
			list, next, err := page(c)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) > max(limit, 1) {
				t.Errorf("a page of %d holds %d", limit, len(list))
			}
			for _, i := range list {
				ids = append(ids, i.ID)
			}
			if c = next; c == "" {
				return ids
			}
		}
		return ids
	}
	public := []uuid.UUID{all[0], all[2], all[4], all[6]}
	for _, limit := range []int{1, 2, 3, 7, 100, 0, -5} {
		home := walk(limit, func(c conversation.Cursor) ([]*node.Item, conversation.Cursor, error) {
			return n.Conversation.Home(t.Context(), mia, c, limit)
		})
		by := walk(limit, func(c conversation.Cursor) ([]*node.Item, conversation.Cursor, error) {
			return n.Conversation.By(t.Context(), access.Visitor, ana.Person, c, limit)
		})
		if !slices.Equal(home, all) || !slices.Equal(by, public) {
			t.Errorf("pages of %d: home %v, by %v", limit, home, by)
		}
	}
	for _, broken := range []conversation.Cursor{"x", "1.x", ".", "9999999999999999999." + conversation.Cursor(all[0].String())} {
		if list, _, err := n.Conversation.Home(t.Context(), mia, broken, 100); err != nil || len(list) != 7 {
			t.Errorf("from the broken place %q: %d, %v", broken, len(list), err)
		}
	}
	if _, _, err := n.Conversation.Home(t.Context(), access.Visitor, "", 10); !errors.Is(err, node.ErrSignedOut) {
		t.Errorf("a visitor's home: %v", err)
	}
	list, err := n.Conversation.Public(t.Context(), 2)
	if err != nil || len(list) != 2 || list[0].ID != all[0] || list[1].ID != all[2] {
		t.Errorf("the newest two for everyone are %v, %v", list, err)
	}
	post(t, n, ana, func(in *node.PostInput) { in.Audience, in.InReplyTo = node.Public, n.Origin.ObjectURI(all[0]) })
	if list, err := n.Conversation.Public(t.Context(), 100); err != nil || len(list) != 4 {
		t.Errorf("for everyone are %d, %v; a reply belongs to its thread", len(list), err)
	}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "member": mia, "admin": n.Admin} {
		if _, _, err := n.Conversation.Everything(t.Context(), v, "", 10); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s reads everything: %v", name, err)
		}
	}
	post(t, n, mia, func(in *node.PostInput) { in.Audience = node.Only(mia.Person) })
	if list, _, err := n.Conversation.Everything(t.Context(), n.Operator, "", 100); err != nil || len(list) != 9 {
		t.Errorf("everything is %d, %v", len(list), err)
	}
}

func TestReceiptsAreForWhoMayEdit(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	zoe := n.Remote(t, "zoe", "other.example")
	if err := n.Following.ReceiveFollow(t.Context(), zoe, n.Origin.OrganizationURI(n.Organization.ID), zoe.URI+"/follows/1"); err != nil {
		t.Fatal(err)
	}
	i := post(t, n, n.Admin, open)
	n.FanOut(t)
	if r, err := n.Conversation.Receipts(t.Context(), n.Admin, i.ID); err != nil || r != (node.Receipts{Waiting: 1}) {
		t.Errorf("receipts are %+v, %v", r, err)
	}
	for name, c := range map[string]struct {
		v    access.Viewer
		want error
	}{"visitor": {access.Visitor, node.ErrForbidden}, "member": {n.Person(t, "mia", node.Member), node.ErrForbidden}} {
		if _, err := n.Conversation.Receipts(t.Context(), c.v, i.ID); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUpcoming has gatherings before, around and after now.
func TestUpcoming(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	mia := n.Person(t, "mia", node.Member)
	at := func(d time.Duration) string { return n.Clock.Now().Add(d).Format("2006-01-02T15:04") }
	const day = 24 * time.Hour
	for _, c := range []struct {
		name       string
		start, end time.Duration
		a          node.Audience
	}{
		{"over", -3 * day, -2 * day, node.Public},
		{"just over", -2 * time.Hour, -time.Minute, node.Public},
		{"last day of three", -2 * day, time.Hour, node.Public},
		{"going on", -time.Hour, time.Hour, node.Public},
		{"inside", time.Hour, 2 * time.Hour, node.OrganizationOnly(n.Organization.ID)},
		{"next month", 30 * day, 31 * day, node.Public},
	} {
		in := node.GatheringInput{AsOrganization: true, Audience: c.a, Lang: "en", Name: c.name, Start: at(c.start), End: at(c.end), Zone: "UTC", Place: "Hall"}
		if _, err := n.Gathering.Announce(t.Context(), n.Admin, in); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		v     access.Viewer
		limit int
		want  []string
	}{
		"visitor":   {access.Visitor, 10, []string{"last day of three", "going on", "next month"}},
		"member":    {mia, 10, []string{"last day of three", "going on", "inside", "next month"}},
		"the first": {mia, 2, []string{"last day of three", "going on"}},
	} {
		list, err := n.Conversation.Upcoming(t.Context(), c.v, n.Clock.Now(), c.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, i := range list {
			got = append(got, i.Title["en"])
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestThread has answers to answers, some of which not everyone may read.
func TestThread(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana, mia := n.Viewer(t, "ana"), n.Person(t, "mia", node.Member)
	reply := func(v access.Viewer, to *node.Item, a node.Audience, text string) *node.Item {
		n.Clock.Add(time.Second)
		return post(t, n, v, func(in *node.PostInput) { in.Audience, in.InReplyTo, in.Text = a, to.URI, text })
	}
	org := node.OrganizationOnly(n.Organization.ID)
	root := post(t, n, n.Admin, open)
	one := reply(ana, root, node.Public, "1")
	two := reply(mia, root, org, "2")
	reply(ana, one, node.Public, "1.1")
	reply(ana, two, org, "2.1")
	reply(mia, one, node.Only(mia.Person), "1.2")
	for name, c := range map[string]struct {
		v    access.Viewer
		want string
	}{"visitor": {access.Visitor, "1 1.1"}, "ana": {ana, "1 1.1 2 2.1"}, "mia": {mia, "1 1.1 1.2 2 2.1"}} {
		list, err := n.Conversation.Thread(t.Context(), c.v, root.URI)
		var got []string
		for _, i := range list {
			got = append(got, i.Source["en"])
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s reads %q, %v; want %q", name, got, err, c.want)
		}
	}
}
