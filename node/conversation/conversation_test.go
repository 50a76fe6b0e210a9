package conversation_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
)

// words is a post by v, for the organization unless f says otherwise.
func words(n *nodetest.Node, f func(*node.PostInput)) node.PostInput {
	in := node.PostInput{Audience: node.OrganizationOnly(n.Organization.ID), Lang: "en", Text: "Hello *all*"}
	if f != nil {
		f(&in)
	}
	return in
}

func post(t *testing.T, n *nodetest.Node, v access.Viewer, f func(*node.PostInput)) *node.Item {
	t.Helper()
	i, err := n.Conversation.Post(t.Context(), v, words(n, f))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// open makes a post one for everyone, by the organization.
func open(in *node.PostInput) { in.Audience, in.AsOrganization = node.Public, true }

// forAll makes it one for everyone, in person.
func forAll(in *node.PostInput) { in.Audience = node.Public }

func TestPost(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana, ed := n.Viewer(t, "ana"), n.Person(t, "ed", node.Editor)
	for _, c := range []struct {
		name   string
		v      access.Viewer
		f      func(*node.PostInput)
		author node.Author
		actor  bool // announced
	}{
		{"person, for the organization", ana, nil, node.Author{ID: ana.Person, Kind: node.KindPerson, Handle: "ana", Name: "Name of ana", Page: "/people/ana"}, false},
		{"person, for everyone", ana, forAll, node.Author{ID: ana.Person, Kind: node.KindPerson, Handle: "ana", Name: "Name of ana", Page: "/people/ana"}, true},
		{"organization", ed, open, node.Author{ID: n.Organization.ID, Kind: node.KindOrganization, Handle: "riverside", Name: "Riverside Tenants", Page: "/organizations/riverside"}, true},
		{"a title", ed, func(in *node.PostInput) { open(in); in.Title = "An\n article\u202e" }, node.Author{ID: n.Organization.ID, Kind: node.KindOrganization, Handle: "riverside", Name: "Riverside Tenants", Page: "/organizations/riverside"}, true},
		{"operator", n.Operator, open, node.Author{ID: n.Organization.ID, Kind: node.KindOrganization, Handle: "riverside", Name: "Riverside Tenants", Page: "/organizations/riverside"}, true},
	} {
		n.FanOut(t)
		i := post(t, n, c.v, c.f)
		stored, err := n.Conversation.Item(t.Context(), c.v, i.ID)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(i, stored, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: stored differs: %s", c.name, diff)
		}
		c.author.URI = i.Author.URI
		if i.Author != c.author || i.WrittenBy != c.v.Person || !i.Local || i.State != node.Live || i.Version != 1 || i.Edited() ||
			i.URI != n.Origin.ObjectURI(i.ID) || i.Page != n.Origin.ItemPage(node.KindPost, i.ID) || i.Lang != "en" ||
			i.Source["en"] != "Hello *all*" || !strings.Contains(i.Body["en"], "<em>all</em>") {
			t.Errorf("%s: posted is %+v", c.name, i)
		}
		events := n.Outbox(t)
		if (len(events) == 1) != c.actor {
			t.Errorf("%s: announced is %+v", c.name, events)
			continue
		}
		if c.actor && (events[0].Verb != node.Created || events[0].Object != i.ID || events[0].Audience != node.Public || events[0].Actor == uuid.Nil) {
			t.Errorf("%s: announced is %+v", c.name, events[0])
		}
	}
	n.Verify(t)
}

func TestPostRefuses(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	mia, ana := n.Person(t, "mia", node.Member), n.Viewer(t, "ana")
	ed := n.Person(t, "ed", node.Editor)
	for _, c := range []struct {
		name string
		v    access.Viewer
		f    func(*node.PostInput)
		is   error
		key  string
	}{
		{"visitor", access.Visitor, nil, node.ErrSignedOut, ""},
		{"visitor as the organization", access.Visitor, open, node.ErrSignedOut, ""},
		{"remote", access.Remote("https://other.example/users/zoe"), forAll, node.ErrSignedOut, ""},
		{"operator without a person", n.Operator, nil, node.ErrSignedOut, ""},
		{"member as the organization", mia, func(in *node.PostInput) { in.AsOrganization = true }, node.ErrForbidden, ""},
		{"member to everyone", mia, forAll, nil, "error.audience.followable"},
		{"editor to everyone in person", ed, forAll, nil, "error.audience.followable"},
		{"another organization", ana, func(in *node.PostInput) { in.Audience = node.OrganizationOnly(ana.Person) }, node.ErrForbidden, ""},
		{"another person", ana, func(in *node.PostInput) { in.Audience = node.Only(mia.Person) }, node.ErrForbidden, ""},
		{"moderators", n.Admin, func(in *node.PostInput) { in.Audience = node.Moderators }, node.ErrForbidden, ""},
		{"no audience", ana, func(in *node.PostInput) { in.Audience = "" }, node.ErrForbidden, ""},
		{"no text", ana, func(in *node.PostInput) { in.Text = " " }, nil, "error.text.required"},
		{"1 MB", ana, func(in *node.PostInput) { in.Text = strings.Repeat("a", 1<<20) }, nil, "error.text.long"},
		{"reply to nothing", ana, func(in *node.PostInput) { in.InReplyTo = "https://other.example/1" }, nil, "error.reply.unknown"},
		{"reply to nothing of ours", ana, func(in *node.PostInput) { in.InReplyTo = n.Origin.ObjectURI(ana.Person) }, nil, "error.reply.unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := n.Conversation.Post(t.Context(), c.v, words(n, c.f))
			if err == nil || c.is != nil && !errors.Is(err, c.is) || nodetest.Field(err) != c.key {
				t.Errorf("post gives %v, want %v %s", err, c.is, c.key)
			}
		})
	}
	if counts := nodetest.Verify(t, n.DB); counts["posts"]+counts["queued"] != 0 {
		t.Errorf("refused posts leave %v", counts)
	}
}

// TestPostAfterOff has a person post with a page that was opened while they were
// still followable.
func TestPostAfterOff(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	before := n.Viewer(t, "ana")
	if _, err := n.People.SetFollowable(t.Context(), before, "ana", false); err != nil {
		t.Fatal(err)
	}
	n.FanOut(t)
	if _, err := n.Conversation.Post(t.Context(), before, words(n, forAll)); nodetest.Field(err) != "error.audience.followable" {
		t.Errorf("post gives %v", err)
	}
	if events := n.Outbox(t); len(events) != 0 {
		t.Errorf("announced is %+v", events)
	}
	n.Verify(t)
}

func TestEdit(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana, mia, ed := n.Viewer(t, "ana"), n.Person(t, "mia", node.Member), n.Person(t, "ed", node.Editor)
	hers, ours, inside := post(t, n, ana, forAll), post(t, n, ed, open), post(t, n, ana, nil)
	n.FanOut(t)
	gathering, err := n.Gathering.Announce(t.Context(), n.Admin, node.GatheringInput{AsOrganization: true, Audience: node.Public, Name: "G", Start: "2026-12-12T10:00", End: "2026-12-12T11:00", Zone: "UTC", Place: "Hall"})
	if err != nil {
		t.Fatal(err)
	}
	mine := post(t, n, mia, func(in *node.PostInput) { in.Audience = node.Only(mia.Person) })
	for _, c := range []struct {
		name string
		v    access.Viewer
		item *node.Item
		f    func(*node.PostInput)
		is   error
	}{
		{"another member", mia, hers, nil, node.ErrForbidden},
		{"admin", n.Admin, hers, nil, node.ErrForbidden},
		{"visitor", access.Visitor, hers, nil, node.ErrForbidden},
		{"visitor, of what they do not see", access.Visitor, inside, nil, node.ErrNotFound},
		{"admin, of what they do not see", n.Admin, mine, nil, node.ErrNotFound},
		{"member, of the organization's", mia, ours, nil, node.ErrForbidden},
		{"a gathering", n.Admin, gathering, nil, node.ErrForbidden},
		{"an old version", ana, hers, func(in *node.PostInput) { in.Version = 7 }, node.ErrConflict},
		{"no text", ana, hers, func(in *node.PostInput) { in.Text = "" }, &node.FieldError{}},
		{"what is not there", ana, &node.Item{ID: ana.Person}, nil, node.ErrNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := n.Conversation.EditPost(t.Context(), c.v, c.item.ID, words(n, c.f))
			if _, field := c.is.(*node.FieldError); !field && !errors.Is(err, c.is) || field && nodetest.Field(err) == "" {
				t.Errorf("edit gives %v, want %v", err, c.is)
			}
		})
	}
	for name, c := range map[string]struct {
		v access.Viewer
		i *node.Item
	}{"her own": {ana, hers}, "the organization's, by an editor": {ed, ours}, "the organization's, by another": {n.Admin, ours}, "hers, by the operator": {n.Operator, hers}} {
		before, err := n.Conversation.Item(t.Context(), c.v, c.i.ID)
		if err != nil {
			t.Fatal(err)
		}
		n.FanOut(t)
		n.Clock.Add(time.Minute)
		in := words(n, func(in *node.PostInput) {
			in.Lang, in.Text, in.Title, in.Version = "es", "Hola", "Título", before.Version
			in.Audience, in.AsOrganization, in.InReplyTo = node.Only(mia.Person), true, ours.URI // none of these can change
		})
		i, err := n.Conversation.EditPost(t.Context(), c.v, c.i.ID, in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		stored, err := n.Conversation.Item(t.Context(), access.Visitor, c.i.ID)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(i, stored, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: stored differs: %s", name, diff)
		}
		if i.Audience != node.Public || i.InReplyTo != "" || i.Author != before.Author || i.WrittenBy != before.WrittenBy || !i.PublishedAt.Equal(before.PublishedAt) ||
			i.Version != before.Version+1 || !i.UpdatedAt.Equal(n.Clock.Now()) || !i.Edited() ||
			i.Source["en"] != "Hello *all*" || i.Source["es"] != "Hola" || i.Title["es"] != "Título" || i.Lang != "en" {
			t.Errorf("%s: edited is %+v", name, i)
		}
		if events := n.Outbox(t); len(events) != 1 || events[0].Verb != node.Updated || events[0].Object != i.ID {
			t.Errorf("%s: announced is %+v", name, events)
		}
	}
	n.FanOut(t)
	if _, err := n.Conversation.EditPost(t.Context(), ana, inside.ID, words(n, nil)); err != nil || len(n.Outbox(t)) != 0 {
		t.Errorf("an edit inside: %v, announced %+v", err, n.Outbox(t))
	}
}

// TestR18EditAfterTheClockWentBack: an edit is newer than what it edits, whatever the clock says.
func TestR18EditAfterTheClockWentBack(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	i := post(t, n, n.Admin, open)
	for range 3 {
		n.Clock.Add(-time.Hour)
		next, err := n.Conversation.EditPost(t.Context(), n.Admin, i.ID, words(n, nil))
		if err != nil || !next.UpdatedAt.After(i.UpdatedAt) {
			t.Fatalf("edited at %v, before at %v, %v", next.UpdatedAt, i.UpdatedAt, err)
		}
		i = next
	}
}

// TestR24ConcurrentEdits has two browsers save what they read at the same time.
func TestR24ConcurrentEdits(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	i := post(t, n, n.Admin, open)
	results := make(chan error, 20)
	for range cap(results) {
		go func() {
			_, err := n.Conversation.EditPost(t.Context(), n.Admin, i.ID, words(n, func(in *node.PostInput) { in.Version = 1 }))
			results <- err
		}()
	}
	saved := 0
	for range cap(results) {
		switch err := <-results; {
		case err == nil:
			saved++
		case !errors.Is(err, node.ErrConflict):
			t.Error(err)
		}
	}
	if saved != 1 {
		t.Errorf("%d of 20 edits of one version were saved", saved)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana, mia, ed := n.Viewer(t, "ana"), n.Person(t, "mia", node.Member), n.Person(t, "ed", node.Editor)
	hers, ours, inside := post(t, n, ana, forAll), post(t, n, ed, open), post(t, n, ana, nil)
	spoken := n.FanOut(t)
	for name, c := range map[string]struct {
		v    access.Viewer
		i    *node.Item
		want error
	}{
		"another member": {mia, hers, node.ErrForbidden}, "admin": {n.Admin, hers, node.ErrForbidden}, "visitor": {access.Visitor, hers, node.ErrForbidden},
		"member, of the organization's": {mia, ours, node.ErrForbidden}, "visitor, of what they do not see": {access.Visitor, inside, node.ErrNotFound},
	} {
		if err := n.Conversation.Delete(t.Context(), c.v, c.i.ID); !errors.Is(err, c.want) {
			t.Errorf("%s deletes: %v, want %v", name, err, c.want)
		}
	}
	reply := post(t, n, ana, func(in *node.PostInput) { forAll(in); in.InReplyTo = ours.URI })
	n.FanOut(t)
	n.Clock.Add(time.Hour)
	for _, c := range []struct {
		v     access.Viewer
		i     *node.Item
		gone  []access.Viewer // who is told that it is gone
		never []access.Viewer // who is told nothing
		said  int
	}{
		{ana, hers, []access.Viewer{ana, mia, access.Visitor}, nil, 1},
		{n.Admin, ours, []access.Viewer{ed, access.Visitor}, nil, 1},
		{ana, inside, []access.Viewer{ana, mia, n.Admin}, []access.Viewer{access.Visitor, access.Remote("https://other.example/users/zoe")}, 0},
	} {
		if err := n.Conversation.Delete(t.Context(), c.v, c.i.ID); err != nil {
			t.Fatal(err)
		}
		for _, v := range c.gone {
			if _, err := n.Conversation.Item(t.Context(), v, c.i.ID); !errors.Is(err, node.ErrGone) {
				t.Errorf("%+v asks for what was deleted: %v", v, err)
			}
			if kind, at, err := n.Conversation.Tombstone(t.Context(), v, c.i.ID); err != nil || kind != node.KindPost || !at.Equal(n.Clock.Now()) {
				t.Errorf("tombstone is %s %v, %v", kind, at, err)
			}
		}
		for _, v := range c.never {
			if _, err := n.Conversation.Item(t.Context(), v, c.i.ID); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("%+v asks for what they never saw: %v", v, err)
			}
			if _, _, err := n.Conversation.Tombstone(t.Context(), v, c.i.ID); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("%+v asks for its tombstone: %v", v, err)
			}
		}
		if err := n.Conversation.Delete(t.Context(), c.v, c.i.ID); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
		events := n.FanOut(t)
		if len(events) != c.said || c.said > 0 && (events[0].Verb != node.Deleted || events[0].Object != c.i.ID || events[0].Actor == uuid.Nil) {
			t.Errorf("announced is %+v", events)
		}
	}
	for _, e := range spoken {
		if e.Kind == node.KindPost {
			if _, err := n.Delivery.VisibleActivity(t.Context(), access.Visitor, e.Activity); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("what was said of a deleted post is served: %v", err)
			}
		}
	}
	if _, err := n.Conversation.Item(t.Context(), access.Visitor, reply.ID); err != nil {
		t.Errorf("the reply to a deleted post: %v", err)
	}
	n.Verify(t)
}
