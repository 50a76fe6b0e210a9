package conversation_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/following"
)

func TestA5NothingRemoteHasOurIDs(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, uri := range []string{s.ours.URI, s.Origin.ObjectURI(s.ana.Person), s.Origin.PersonURI(s.ana.Person), string(s.Origin)} {
		a := s.Arrival(t, s.known, "note")
		a.Item.URI = uri
		for _, a.Edit = range []bool{false, true} {
			if fate := s.receive(t, a); fate != conversation.Foreign {
				t.Errorf("%s is %s", uri, fate)
			}
		}
		if fate, err := s.Conversation.ReceiveDelete(t.Context(), s.known.URI, uri, false); err != nil || fate != conversation.Foreign {
			t.Errorf("delete of %s is %s, %v", uri, fate, err)
		}
	}
	if i, err := s.Conversation.Item(t.Context(), access.Visitor, s.ours.ID); err != nil || i.Version != 1 || i.Source["en"] != "Hello *all*" {
		t.Errorf("our post is now %+v, %v", i, err)
	}
}

// TestA4OnlyTheAuthorChangesAndDeletes has a neighbour and a stranger try.
func TestA4OnlyTheAuthorChangesAndDeletes(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	neighbour := s.Remote(t, "nina", s.known.Host)
	s.follow(t, s.Admin, neighbour, following.Organization)
	a := s.Arrival(t, s.known, "note")
	s.receive(t, a)
	for _, by := range []*node.RemoteActor{neighbour, s.stranger} {
		edit := a
		item := *a.Item
		edit.Item, edit.Actor, edit.Edit = &item, by, true
		edit.Item.UpdatedAt, edit.Item.Body = s.Clock.Now().Add(time.Hour), node.Text{"en": "<p>forged</p>"}
		if fate := s.receive(t, edit); fate != conversation.Foreign {
			t.Errorf("an edit by %s is %s", by.URI, fate)
		}
		if fate, err := s.Conversation.ReceiveDelete(t.Context(), by.URI, a.Item.URI, by == neighbour); err != nil || fate != conversation.Foreign {
			t.Errorf("a delete by %s is %s, %v", by.URI, fate, err)
		}
		// Nor does taking back, under its id, what they never said.
		if err := s.Conversation.ReceiveUndoReaction(t.Context(), "like", by.URI, s.ours.URI, a.Item.URI); err != nil {
			t.Fatal(err)
		}
	}
	if i := s.stored(t, a.Item.URI); i == nil || i.Body["en"] != "<p>note</p>" || i.Version != 1 {
		t.Errorf("it is now %+v", i)
	}
	kind := a
	item := *a.Item
	kind.Item, kind.Edit = &item, true
	kind.Item.Kind, kind.Item.Gathering = node.KindGathering, &node.Gathering{Start: s.Clock.Now(), Status: node.Scheduled}
	kind.Item.UpdatedAt = s.Clock.Now().Add(time.Hour)
	if fate := s.receive(t, kind); fate != conversation.Foreign {
		t.Errorf("a post that becomes a gathering is %s", fate)
	}
	if fate, err := s.Conversation.ReceiveDelete(t.Context(), s.known.URI, a.Item.URI, true); err != nil || fate != conversation.Removed || s.stored(t, a.Item.URI) != nil {
		t.Errorf("a delete by its author is %s, %v", fate, err)
	}
	if fate := s.receive(t, a); fate != conversation.Removed {
		t.Errorf("after its delete it is %s", fate)
	}
	s.Verify(t)
}

// TestA4TakingBackKeepsNobodyElseAway: a neighbour and a stranger take back what
// has not come yet, and is not theirs. It comes all the same.
func TestA4TakingBackKeepsNobodyElseAway(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	neighbour := s.Remote(t, "nina", s.known.Host)
	a := s.Arrival(t, s.known, "note")
	like := s.known.URI + "/likes/1"
	for _, by := range []*node.RemoteActor{neighbour, s.stranger} {
		for _, uri := range []string{a.Item.URI, like} {
			if _, err := s.Conversation.ReceiveDelete(t.Context(), by.URI, uri, by == neighbour); err != nil {
				t.Fatal(err)
			}
			if err := s.Conversation.ReceiveUndoReaction(t.Context(), "like", by.URI, s.ours.URI, uri); err != nil {
				t.Fatal(err)
			}
			if err := s.Following.ReceiveUndoFollow(t.Context(), by.URI, "", uri); err != nil {
				t.Fatal(err)
			}
		}
	}
	if fate := s.receive(t, a); fate != conversation.Stored {
		t.Errorf("the note is %s", fate)
	}
	if fate, err := s.Conversation.ReceiveReaction(t.Context(), "like", s.known, s.ours.URI, like); err != nil || fate != conversation.Stored {
		t.Errorf("the like is %s, %v", fate, err)
	}
	s.Verify(t)
}

func TestReceiveDeleteBeforeItCame(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, c := range []struct {
		name       string
		sameOrigin bool
		want, then conversation.Fate
	}{{"own", true, conversation.Removed, conversation.Removed}, {"of another server", false, conversation.Foreign, conversation.Stored}} {
		a := s.Arrival(t, s.known, c.name)
		for range 2 {
			if fate, err := s.Conversation.ReceiveDelete(t.Context(), s.known.URI, a.Item.URI, c.sameOrigin); err != nil || fate != c.want {
				t.Errorf("%s: delete is %s, %v", c.name, fate, err)
			}
		}
		if fate := s.receive(t, a); fate != c.then {
			t.Errorf("%s: then it is %s", c.name, fate)
		}
	}
}

// TestEditNarrows has an author take a post back to fewer readers, and to more.
func TestEditNarrows(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	a := s.Arrival(t, s.known, "note")
	s.receive(t, a)
	step := 0
	edit := func(f func(*conversation.Arrival)) (conversation.Fate, conversation.Arrival) {
		step++
		next := a
		item := *a.Item
		next.Item, next.Edit, next.SourceID = &item, true, s.Source(t, s.known, a.Item.URI)
		next.Item.UpdatedAt = a.Item.UpdatedAt.Add(time.Duration(step) * time.Second)
		next.Item.Body = node.Text{"en": "<p>words " + strings.Repeat("!", step) + "</p>"}
		f(&next)
		return s.receive(t, next), next
	}
	for _, c := range []struct {
		name    string
		f       func(*conversation.Arrival)
		fate    conversation.Fate
		readers string
	}{
		{"direct to ana", func(a *conversation.Arrival) { a.Open, a.Follower, a.Named = false, false, []string{s.anaURI} }, conversation.Changed, "ana"},
		{"direct to bo", func(a *conversation.Arrival) { a.Open, a.Follower, a.Named = false, false, []string{s.boURI} }, conversation.Changed, "bo"},
		{"for followers", func(a *conversation.Arrival) { a.Open = false }, conversation.Changed, "ada ana bo mia"},
		{"for nobody here", func(a *conversation.Arrival) { a.Open, a.Follower = false, false }, conversation.Unasked, "ada ana bo mia"},
		{"for everyone, in reply to us, full of links", func(a *conversation.Arrival) { a.Item.InReplyTo, a.Links = s.ours.URI, 9 }, conversation.HeldNow, "ada"},
		{"fewer links", func(a *conversation.Arrival) { a.Item.InReplyTo = s.ours.URI }, conversation.Changed, "ada ana bo mia"},
	} {
		fate, next := edit(c.f)
		if fate != c.fate {
			t.Errorf("%s: %s, want %s", c.name, fate, c.fate)
		}
		if said := s.stored(t, a.Item.URI); (said.Body["en"] == next.Item.Body["en"]) != (fate != conversation.Unasked) {
			t.Errorf("%s: it says %q", c.name, said.Body["en"])
		}
		for _, handle := range []string{"ada", "ana", "bo", "mia", "visitor"} {
			if got, want := s.sees(t, handle, a.Item.URI), slices.Contains(strings.Fields(c.readers), handle); got != want {
				t.Errorf("%s: %s reads it = %v", c.name, handle, got)
			}
		}
	}
	s.Verify(t)
}
