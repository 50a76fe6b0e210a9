package conversation_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/nodetest"
)

// scene is a node with people, somebody whom the organization follows and who
// accepted it, and a stranger.
type scene struct {
	*nodetest.Node
	ana, bo, mia    access.Viewer // ana and bo are followable
	anaURI, boURI   string
	orgURI          string
	known, stranger *node.RemoteActor
	everyone        node.Audience // everyone of the organization
	ours, inside    *node.Item    // a post for everyone, one for the organization
	networks        *node.Item    // one for all networks
	closedURI       string        // an actor of ours that closed
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{Node: nodetest.NewNode(t, "ana", "bo", "cal")}
	s.ana, s.bo, s.mia = s.Viewer(t, "ana"), s.Viewer(t, "bo"), s.Person(t, "mia", node.Member)
	s.anaURI, s.boURI = s.Origin.PersonURI(personOf(t, s.Node, "ana").ActorID), s.Origin.PersonURI(personOf(t, s.Node, "bo").ActorID)
	s.orgURI = s.Origin.OrganizationURI(s.Organization.ID)
	s.known, s.stranger = s.Remote(t, "zoe", "known.example"), s.Remote(t, "eve", "stranger.example")
	s.everyone = node.OrganizationOnly(s.Organization.ID)
	s.follow(t, s.Admin, s.known, following.Organization)
	s.answer(t, s.known, true)
	s.ours, s.inside = post(t, s.Node, s.ana, forAll), post(t, s.Node, s.ana, nil)
	s.JoinNetwork(t, "ptp")
	s.mia = s.ShowToNetworks(t, s.mia)
	s.networks = post(t, s.Node, s.mia, func(in *node.PostInput) { in.Audience = node.Networks })
	cal := s.Viewer(t, "cal")
	s.closedURI = s.Origin.PersonURI(personOf(t, s.Node, "cal").ActorID)
	if _, err := s.People.SetFollowable(t.Context(), cal, "cal", false); err != nil {
		t.Fatal(err)
	}
	s.FanOut(t)
	return s
}

func (s *scene) follow(t *testing.T, v access.Viewer, a *node.RemoteActor, as following.As) {
	t.Helper()
	if _, err := s.Following.Follow(t.Context(), v, a.URI, as); err != nil {
		t.Fatal(err)
	}
}

// answer has a answer all our Follows that wait to be announced.
func (s *scene) answer(t *testing.T, a *node.RemoteActor, accepted bool) {
	t.Helper()
	for _, e := range s.FanOut(t) {
		if e.Verb == node.Followed && e.Target == a.URI {
			if err := s.Following.ReceiveAnswer(t.Context(), a.URI, s.Origin.ActivityURI(e.Activity), "", accepted); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (s *scene) receive(t *testing.T, a conversation.Arrival) conversation.Fate {
	t.Helper()
	item := *a.Item // services may fill it in
	a.Item = &item
	fate, err := s.Conversation.Receive(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return fate
}

// stored is an item as it lies in the store, by somebody who sees all.
func (s *scene) stored(t *testing.T, uri string) *node.Item {
	t.Helper()
	list, _, err := s.Conversation.Everything(t.Context(), s.Operator, "", 10000)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.URI == uri {
			return i
		}
	}
	return nil
}

// sees reports whether a person, as they are now, may read what has this URI.
func (s *scene) sees(t *testing.T, handle, uri string) bool {
	t.Helper()
	v := access.Visitor
	if handle != "visitor" {
		v = s.Viewer(t, handle)
	}
	_, err := s.Conversation.Parent(t.Context(), v, uri)
	if err != nil && !errors.Is(err, node.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// TestReceiveMatrix has posts of all sorts come from a known and from an unknown
// server (design.md 9, Known server): what is stored, held or dropped, and who
// reads it.
func TestReceiveMatrix(t *testing.T) {
	t.Parallel()
	const stored, held, unasked = conversation.Stored, conversation.HeldNow, conversation.Unasked
	for _, c := range []struct {
		name           string
		f              func(*scene, *conversation.Arrival)
		known, unknown conversation.Fate
		readers        string // of ada, ana, bo, mia: who reads it from the known server
	}{
		{"news for everyone", func(*scene, *conversation.Arrival) {}, stored, unasked, "ada ana bo mia"},
		{"news for everyone with many links", func(_ *scene, a *conversation.Arrival) { a.Links = 40 }, stored, unasked, "ada ana bo mia"},
		{"for followers", func(_ *scene, a *conversation.Arrival) { a.Open = false }, stored, unasked, "ada ana bo mia"},
		{"reply to a post for everyone", func(s *scene, a *conversation.Arrival) { a.Item.InReplyTo = s.ours.URI }, stored, held, "ada ana bo mia"},
		{"reply with three links", func(s *scene, a *conversation.Arrival) { a.Item.InReplyTo, a.Links = s.ours.URI, 3 }, stored, held, "ada ana bo mia"},
		{"reply with four links", func(s *scene, a *conversation.Arrival) { a.Item.InReplyTo, a.Links = s.ours.URI, 4 }, held, held, "ada"},
		{"reply to a post for the organization", func(s *scene, a *conversation.Arrival) { a.Item.InReplyTo = s.inside.URI }, stored, unasked, "ada ana bo mia"},
		{"reply to a post for all networks", func(s *scene, a *conversation.Arrival) { a.Item.InReplyTo = s.networks.URI }, stored, unasked, "ada ana bo mia"},
		{"mention of an actor that closed", func(s *scene, a *conversation.Arrival) { a.Named = []string{s.closedURI} }, stored, unasked, "ada ana bo mia"},
		{"reply to what we do not have", func(s *scene, a *conversation.Arrival) { a.Item.InReplyTo = s.Origin.ObjectURI(uuid.Nil) }, stored, unasked, "ada ana bo mia"},
		{"reply to somebody else", func(s *scene, a *conversation.Arrival) { a.Item.InReplyTo = "https://third.example/1" }, stored, unasked, "ada ana bo mia"},
		{"mention", func(s *scene, a *conversation.Arrival) { a.Named = []string{s.anaURI} }, stored, held, "ada ana bo mia"},
		{"mention with four links", func(s *scene, a *conversation.Arrival) { a.Named, a.Links = []string{s.anaURI}, 4 }, held, held, "ada"},
		{"mention of the organization", func(s *scene, a *conversation.Arrival) { a.Named = []string{s.orgURI} }, stored, held, "ada ana bo mia"},
		{"mention of nobody here", func(s *scene, a *conversation.Arrival) {
			a.Named = []string{"https://third.example/users/x", s.Origin.PersonURI(uuid.Nil)}
		}, stored, unasked, "ada ana bo mia"},
		{"mention of the relay", func(s *scene, a *conversation.Arrival) { a.Named = []string{s.Origin.Relay()} }, stored, unasked, "ada ana bo mia"},
		{"direct to one", func(s *scene, a *conversation.Arrival) {
			a.Open, a.Follower, a.Named = false, false, []string{s.anaURI}
		}, stored, held, "ana"},
		{"direct to two", func(s *scene, a *conversation.Arrival) {
			a.Open, a.Follower, a.Named = false, false, []string{s.anaURI, s.boURI, s.anaURI}
		}, stored, held, "ana bo"},
		{"direct to the organization", func(s *scene, a *conversation.Arrival) {
			a.Open, a.Follower, a.Named = false, false, []string{s.orgURI}
		}, stored, held, "ada"},
		{"direct to nobody here", func(s *scene, a *conversation.Arrival) {
			a.Open, a.Follower, a.Named = false, false, []string{"https://third.example/users/x"}
		}, unasked, unasked, ""},
		{"direct to nobody here, in reply to us", func(s *scene, a *conversation.Arrival) {
			a.Open, a.Follower, a.Item.InReplyTo = false, false, s.ours.URI
		}, unasked, unasked, ""},
		{"for followers, naming one", func(s *scene, a *conversation.Arrival) { a.Open, a.Named = false, []string{s.anaURI} }, stored, held, "ana"},
		{"for followers, in reply to us, with four links", func(s *scene, a *conversation.Arrival) { a.Open, a.Item.InReplyTo, a.Links = false, s.ours.URI, 4 }, held, unasked, "ada"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			for _, from := range []struct {
				actor *node.RemoteActor
				want  conversation.Fate
			}{{s.known, c.known}, {s.stranger, c.unknown}} {
				a := s.Arrival(t, from.actor, "note")
				c.f(s, &a)
				if fate := s.receive(t, a); fate != from.want {
					t.Errorf("from %s: %s, want %s", from.actor.Host, fate, from.want)
				}
				i := s.stored(t, a.Item.URI)
				if (i != nil) != (from.want == stored || from.want == held) {
					t.Errorf("from %s: %s, and it lies in the store: %v", from.actor.Host, from.want, i)
					continue
				}
				if i == nil {
					continue
				}
				if i.Local || i.Audience == node.Public || i.Audience == node.Networks || i.OpenAtOrigin != a.Open || i.Author.URI != from.actor.URI ||
					(i.State == node.Held) != (from.want == held) || (i.State == node.Held) != (i.Audience == node.Moderators) {
					t.Errorf("from %s: stored is %+v", from.actor.Host, i)
				}
				readers := "ada"
				if from.actor == s.known {
					readers = c.readers
				}
				for _, handle := range []string{"ada", "ana", "bo", "mia", "visitor"} {
					if got, want := s.sees(t, handle, a.Item.URI), slices.Contains(strings.Fields(readers), handle); got != want {
						t.Errorf("from %s: %s reads it = %v, want %v", from.actor.Host, handle, got, want)
					}
				}
			}
			s.Verify(t)
		})
	}
}

// viewer is v as they are now.
func (s *scene) viewer(t *testing.T, v access.Viewer) access.Viewer {
	t.Helper()
	now, err := s.People.PersonViewer(t.Context(), v.Person)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func TestReceiveTimes(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	now := s.Clock.Now()
	for _, c := range []struct {
		name                   string
		published, updated     time.Time
		wantPublished, wantUpd time.Time
	}{
		{"as told", now.Add(-time.Hour), now.Add(-time.Minute), now.Add(-time.Hour), now.Add(-time.Minute)},
		{"not told", time.Time{}, time.Time{}, now, now},
		{"from the future", now.Add(24 * time.Hour), now.Add(24 * time.Hour), now, now.Add(24 * time.Hour)},
		{"edited before it was published", now.Add(-time.Hour), now.Add(-2 * time.Hour), now.Add(-time.Hour), now.Add(-time.Hour)},
	} {
		a := s.Arrival(t, s.known, strings.ReplaceAll(c.name, " ", "-"))
		a.Item.PublishedAt, a.Item.UpdatedAt = c.published, c.updated
		s.receive(t, a)
		if i := s.stored(t, a.Item.URI); !i.PublishedAt.Equal(c.wantPublished) || !i.UpdatedAt.Equal(c.wantUpd) {
			t.Errorf("%s: published %v, updated %v", c.name, i.PublishedAt, i.UpdatedAt)
		}
	}
	a := s.Arrival(t, s.known, "event")
	a.Item.Kind = node.KindGathering
	if _, err := s.Conversation.Receive(t.Context(), a); !errors.Is(err, node.ErrCorrupt) {
		t.Errorf("a gathering without a time: %v", err)
	}
}

// TestQuickEdit: many servers tell times in whole seconds, so an edit may be as old as what it edits.
func TestQuickEdit(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, order := range [][]bool{{false, true}, {true, false}} { // is it an edit?
		a := s.Arrival(t, s.known, fmt.Sprint("note-", order[0]))
		for _, edit := range order {
			a.Edit, a.SourceID = edit, s.Source(t, s.known, a.Item.URI)
			a.Item.Body = node.Text{"en": fmt.Sprint("edited: ", edit)}
			s.receive(t, a)
		}
		if i := s.stored(t, a.Item.URI); i.Body["en"] != "edited: true" {
			t.Errorf("in the order %v it says %q", order, i.Body["en"])
		}
	}
}

func TestReactions(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, verb := range []string{"like", "share"} {
		for object, want := range map[string]conversation.Fate{
			s.ours.URI: conversation.Stored, s.inside.URI: conversation.Unasked, s.Origin.ObjectURI(s.ana.Person): conversation.Unasked, "https://third.example/1": conversation.Unasked,
		} {
			if fate, err := s.Conversation.ReceiveReaction(t.Context(), verb, s.stranger, object, s.stranger.URI+"/"+verb+"/"+object); err != nil || fate != want {
				t.Errorf("%s of %s is %s, %v", verb, object, fate, err)
			}
		}
	}
	checkNotices(t, s, s.ana, "like of "+s.ours.URI, "share of "+s.ours.URI)
	checkNotices(t, s, s.bo)
	for _, verb := range []string{"like", "share"} {
		if err := s.Conversation.ReceiveUndoReaction(t.Context(), verb, s.known.URI, s.ours.URI, s.stranger.URI+"/"+verb+"/"+s.ours.URI); err != nil {
			t.Fatal(err)
		}
	}
	checkNotices(t, s, s.ana, "like of "+s.ours.URI, "share of "+s.ours.URI) // another's undo (A4)
	if err := s.Conversation.ReceiveUndoReaction(t.Context(), "like", s.stranger.URI, s.ours.URI, s.stranger.URI+"/like/"+s.ours.URI); err != nil {
		t.Fatal(err)
	}
	checkNotices(t, s, s.ana, "share of "+s.ours.URI)
	// An Undo that came first (A9).
	late := s.known.URI + "/likes/1"
	if err := s.Conversation.ReceiveUndoReaction(t.Context(), "like", s.known.URI, s.ours.URI, late); err != nil {
		t.Fatal(err)
	}
	if fate, err := s.Conversation.ReceiveReaction(t.Context(), "like", s.known, s.ours.URI, late); err != nil || fate != conversation.Removed {
		t.Errorf("a like after its undo is %s, %v", fate, err)
	}
	checkNotices(t, s, s.ana, "share of "+s.ours.URI)
}

func TestShares(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	author := s.Remote(t, "al", "author.example")
	a, closed := s.Arrival(t, author, "note"), s.Arrival(t, author, "closed")
	share := func(by *node.RemoteActor, uri, id string) conversation.Fate {
		t.Helper()
		fate, err := s.Conversation.ReceiveReaction(t.Context(), "share", by, uri, by.URI+"/shares/"+id)
		if err != nil {
			t.Fatal(err)
		}
		return fate
	}
	atHome := func(uri string) bool {
		t.Helper()
		list, _, err := s.Conversation.Home(t.Context(), s.mia, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(list, func(i *node.Item) bool { return i.URI == uri })
	}
	if fate := share(s.stranger, a.Item.URI, "1"); fate != conversation.Unasked {
		t.Errorf("shared by a stranger it is %s", fate)
	}
	if fate := share(s.known, a.Item.URI, "1"); fate != conversation.Needed {
		t.Errorf("shared by whom we follow it is %s", fate)
	}
	if fate := s.receive(t, a); fate != conversation.Unasked {
		t.Errorf("without the share it is %s", fate)
	}
	fetched := a
	fetched.SharedBy = s.known.URI
	if fate := s.receive(t, fetched); fate != conversation.Stored || !atHome(a.Item.URI) {
		t.Errorf("fetched it is %s, at home %v", fate, atHome(a.Item.URI))
	}
	// What is not for everyone is not passed on.
	closed.SharedBy, closed.Open = s.known.URI, false
	if fate := s.receive(t, closed); fate != conversation.Unasked {
		t.Errorf("a shared post for followers is %s", fate)
	}
	// A share of what is here already.
	other := s.Remote(t, "ola", "sharer.example")
	s.follow(t, s.Admin, other, following.Organization)
	second := s.Arrival(t, s.known, "second")
	s.receive(t, second)
	if fate := share(other, second.Item.URI, "2"); fate != conversation.Stored {
		t.Errorf("a share of what is here is %s", fate)
	}
	if i := s.stored(t, second.Item.URI); i.SharedBy != other.URI {
		t.Errorf("it is shared by %q", i.SharedBy)
	}
	for _, by := range []*node.RemoteActor{s.known, other} { // only the sharer takes it back
		if err := s.Conversation.ReceiveUndoReaction(t.Context(), "share", by.URI, second.Item.URI, by.URI+"/shares/2"); err != nil {
			t.Fatal(err)
		}
		if i := s.stored(t, second.Item.URI); (i.SharedBy == "") != (by == other) {
			t.Errorf("after an undo by %s it is shared by %q", by.URI, i.SharedBy)
		}
	}
	// The first who shared it stays named, also when it is fetched for a second one.
	twice := s.Arrival(t, author, "twice")
	for _, by := range []*node.RemoteActor{s.known, other} {
		twice.SharedBy, twice.SourceID = by.URI, s.Source(t, author, twice.Item.URI)
		s.receive(t, twice)
	}
	if fate := share(other, twice.Item.URI, "3"); fate != conversation.Unasked || s.stored(t, twice.Item.URI).SharedBy != s.known.URI {
		t.Errorf("a second share is %s, shared by %q", fate, s.stored(t, twice.Item.URI).SharedBy)
	}
	// What its author said meanwhile is fetched for who shared it.
	meanwhile := s.Arrival(t, s.known, "meanwhile")
	s.receive(t, meanwhile)
	meanwhile.SharedBy, meanwhile.SourceID = other.URI, s.Source(t, s.known, meanwhile.Item.URI)
	if fate := s.receive(t, meanwhile); fate != conversation.Old || s.stored(t, meanwhile.Item.URI).SharedBy != other.URI {
		t.Errorf("fetched again it is %s, shared by %q", fate, s.stored(t, meanwhile.Item.URI).SharedBy)
	}
	// What is here but not for everyone is not shared, and a like shares nothing.
	narrow := s.Arrival(t, s.known, "narrow")
	narrow.Open = false
	s.receive(t, narrow)
	if fate := share(other, narrow.Item.URI, "4"); fate != conversation.Unasked || s.stored(t, narrow.Item.URI).SharedBy != "" {
		t.Errorf("a share of what is for followers is %s", fate)
	}
	for _, uri := range []string{second.Item.URI, author.URI + "/notes/unknown"} {
		if fate, err := s.Conversation.ReceiveReaction(t.Context(), "like", other, uri, other.URI+"/likes/1"); err != nil || fate != conversation.Unasked {
			t.Errorf("a like of another's note is %s, %v", fate, err)
		}
	}
	if err := s.Conversation.ReceiveUndoReaction(t.Context(), "share", s.known.URI, a.Item.URI, s.known.URI+"/shares/1"); err != nil {
		t.Fatal(err)
	}
	if atHome(a.Item.URI) {
		t.Error("what is shared no more is at home")
	}
	s.Verify(t)
}

func TestReceiveGone(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.follow(t, s.bo, s.known, following.Person)
	if err := s.Following.ReceiveFollow(t.Context(), s.known, s.orgURI, s.known.URI+"/follows/1"); err != nil {
		t.Fatal(err)
	}
	first, closed, reply, foreign := s.Arrival(t, s.known, "first"), s.Arrival(t, s.known, "closed"), s.Arrival(t, s.known, "reply"), s.Arrival(t, s.stranger, "foreign")
	closed.Open, reply.Item.InReplyTo, foreign.Item.InReplyTo = false, s.ours.URI, s.ours.URI
	for _, a := range []conversation.Arrival{first, closed, reply, foreign} {
		s.receive(t, a)
	}
	for range 2 {
		if err := s.Conversation.ReceiveGone(t.Context(), s.known.URI); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range []conversation.Arrival{first, closed, reply} {
		if i := s.stored(t, a.Item.URI); i != nil {
			t.Errorf("left is %+v", i)
		}
	}
	if s.stored(t, foreign.Item.URI) == nil {
		t.Error("what another said is gone too")
	}
	gone, err := s.Peers.Actor(t.Context(), s.known.URI)
	if err != nil || !gone.Gone {
		t.Errorf("the actor is %+v, %v", gone, err)
	}
	if list, err := s.Following.Following(t.Context(), s.bo); err != nil || len(list) != 0 {
		t.Errorf("still followed: %v, %v", list, err)
	}
	if list, err := s.Following.Followers(t.Context(), s.Admin); err != nil || len(list) != 0 {
		t.Errorf("still following: %v, %v", list, err)
	}
	if v := s.viewer(t, s.bo); len(v.Groups) != 0 {
		t.Errorf("bo is still in %v", v.Groups)
	}
	late := s.Arrival(t, gone, "late")
	late.Item.InReplyTo = s.ours.URI
	if fate := s.receive(t, late); fate != conversation.Removed {
		t.Errorf("what comes later is %s", fate)
	}
	s.Verify(t)
}
