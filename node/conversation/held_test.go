package conversation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/nodetest"
)

// TestOnlyTheAcceptedReadFollowersPosts (the class of CVE-2025-30741): who asked,
// or was refused, reads nothing that is for followers, though others here do.
func TestOnlyTheAcceptedReadFollowersPosts(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	locked := s.Remote(t, "lou", "locked.example")
	s.follow(t, s.ana, locked, following.Person)
	s.answer(t, locked, true)
	s.follow(t, s.bo, locked, following.Person)  // not answered
	s.follow(t, s.mia, locked, following.Person) // through the organization, not answered
	a := s.Arrival(t, locked, "for-followers")
	a.Open = false
	if fate := s.receive(t, a); fate != conversation.Stored {
		t.Fatalf("it is %s", fate)
	}
	check := func(when string, want map[string]bool) {
		t.Helper()
		for handle, may := range want {
			if got := s.sees(t, handle, a.Item.URI); got != may {
				t.Errorf("%s: %s reads it = %v, want %v", when, handle, got, may)
			}
		}
	}
	check("asked", map[string]bool{"ana": true, "bo": false, "mia": false, "ada": false, "visitor": false})
	s.answer(t, locked, false)
	check("refused", map[string]bool{"ana": true, "bo": false, "mia": false, "ada": false})
	s.follow(t, s.mia, locked, following.Person) // asks again
	check("asked again", map[string]bool{"mia": false})
	s.answer(t, locked, true)
	check("the organization accepted", map[string]bool{"ana": true, "bo": false, "mia": true, "ada": false})
	s.follow(t, s.Admin, locked, following.Organization)
	check("read by everyone here", map[string]bool{"ana": true, "mia": true, "ada": true, "bo": true})
	for v, as := range map[*access.Viewer]following.As{&s.ana: following.Person, &s.mia: following.Person} {
		if err := s.Following.Unfollow(t.Context(), *v, locked.URI, as); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Following.Unfollow(t.Context(), s.Admin, locked.URI, following.Organization); err != nil {
		t.Fatal(err)
	}
	check("left", map[string]bool{"ana": false, "bo": false, "mia": false, "ada": false})
	s.Verify(t)
}

func TestHeld(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	spam, question, direct := s.Arrival(t, s.stranger, "spam"), s.Arrival(t, s.stranger, "question"), s.Arrival(t, s.Remote(t, "max", "other.example"), "direct")
	spam.Item.InReplyTo, question.Item.InReplyTo = s.ours.URI, s.ours.URI
	direct.Open, direct.Follower, direct.Named = false, false, []string{s.anaURI}
	for _, a := range []conversation.Arrival{spam, question, direct} {
		if fate := s.receive(t, a); fate != conversation.HeldNow {
			t.Fatalf("it is %s", fate)
		}
		s.Clock.Add(time.Second)
	}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "member": s.mia, "editor": s.Person(t, "ed", node.Editor)} {
		if list, err := s.Conversation.Held(t.Context(), v, 10); !errors.Is(err, node.ErrNotFound) || list != nil {
			t.Errorf("%s lists what is held: %v", name, err)
		}
		for _, decide := range []func() error{
			func() error { return s.Conversation.AcceptHeld(t.Context(), v, s.stored(t, question.Item.URI).ID) },
			func() error { return s.Conversation.RejectHeld(t.Context(), v, s.stored(t, question.Item.URI).ID) },
		} {
			if err := decide(); !errors.Is(err, node.ErrForbidden) {
				t.Errorf("%s decides: %v", name, err)
			}
		}
	}
	list, err := s.Conversation.Held(t.Context(), s.Admin, 10)
	if err != nil || len(list) != 3 || list[0].URI != spam.Item.URI || list[2].URI != direct.Item.URI {
		t.Fatalf("held are %v, %v", list, err)
	}
	if notices, err := s.People.Notices(t.Context(), s.ana, 10); err != nil || len(notices) != 0 {
		t.Errorf("ana is told of what is held: %+v, %v", notices, err)
	}
	if _, err := s.Conversation.Post(t.Context(), s.Admin, words(s.Node, func(in *node.PostInput) { open(in); in.InReplyTo = question.Item.URI })); nodetest.Field(err) != "error.reply.unknown" {
		t.Errorf("a public reply to what is held: %v", err)
	}
	if err := s.Conversation.RejectHeld(t.Context(), s.Admin, list[0].ID); err != nil {
		t.Fatal(err)
	}
	for _, i := range list[1:] {
		if err := s.Conversation.AcceptHeld(t.Context(), s.Admin, i.ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range list { // a second admin is too late
		if err := s.Conversation.AcceptHeld(t.Context(), s.Admin, i.ID); err == nil {
			t.Errorf("%s is decided twice", i.URI)
		}
	}
	for uri, readers := range map[string]string{spam.Item.URI: "ada", question.Item.URI: "ada ana bo mia", direct.Item.URI: "ana"} {
		for _, handle := range []string{"ada", "ana", "bo", "mia", "visitor"} {
			if got, want := s.sees(t, handle, uri), slices.Contains(strings.Fields(readers), handle); got != want {
				t.Errorf("%s reads %s = %v", handle, uri, got)
			}
		}
	}
	checkNotices(t, s, s.ana, "mention of "+direct.Item.URI, "reply of "+question.Item.URI)
	if list, _, err := s.Conversation.Home(t.Context(), s.Viewer(t, "ada"), "", 100); err != nil || slices.ContainsFunc(list, func(i *node.Item) bool { return i.URI == spam.Item.URI }) {
		t.Errorf("what was rejected is on a home page, %v", err)
	}
	// A second copy of what was rejected stays away, also with new words.
	again := spam
	item := *spam.Item
	again.Item, again.Edit, again.SourceID = &item, true, s.Source(t, s.stranger, item.URI)
	again.Item.UpdatedAt, again.Item.Body = s.Clock.Now(), node.Text{"en": "<p>again</p>"}
	if fate := s.receive(t, again); fate != conversation.Changed {
		t.Errorf("a second copy is %s", fate)
	}
	if i := s.stored(t, spam.Item.URI); i.State != node.Rejected || i.Audience != node.Moderators {
		t.Errorf("a second copy is stored as %+v", i)
	}
	if list, err := s.Conversation.Held(t.Context(), s.Admin, 10); err != nil || len(list) != 0 {
		t.Errorf("still held are %v, %v", list, err)
	}
	// Accepting made the server known.
	next := s.Arrival(t, s.stranger, "next")
	next.Item.InReplyTo = s.ours.URI
	if fate := s.receive(t, next); fate != conversation.Stored {
		t.Errorf("the next reply of an accepted server is %s", fate)
	}
	s.Verify(t)
}

func checkNotices(t *testing.T, s *scene, v access.Viewer, want ...string) {
	t.Helper()
	list, err := s.People.Notices(t.Context(), s.viewer(t, v), 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range list {
		line := n.Verb
		if n.Item != nil {
			line += " of " + n.Item.URI
		}
		got = append(got, line)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told is %q, want %q", got, want)
	}
}

// TestHeldForFollowers accepts a reply for followers that was held for its links:
// its readers are its author's followers.
func TestHeldForFollowers(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	a := s.Arrival(t, s.known, "note")
	a.Open, a.Links, a.Item.InReplyTo = false, 4, s.ours.URI
	if fate := s.receive(t, a); fate != conversation.HeldNow {
		t.Fatalf("it is %s", fate)
	}
	if err := s.Conversation.AcceptHeld(t.Context(), s.Admin, s.stored(t, a.Item.URI).ID); err != nil {
		t.Fatal(err)
	}
	if !s.sees(t, "mia", a.Item.URI) || s.sees(t, "visitor", a.Item.URI) {
		t.Error("accepted, it is not for the followers of its author")
	}
}

// TestR21MentionsDoNotPileUp: posts for everyone that name somebody must not
// make what that person is asked for on each page ever longer.
func TestR21MentionsDoNotPileUp(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	before := len(s.viewer(t, s.ana).Groups)
	for _, name := range []string{"a", "b", "c", "d"} {
		a := s.Arrival(t, s.known, name)
		a.Named = []string{s.anaURI}
		s.receive(t, a)
		held := s.Arrival(t, s.Remote(t, name, "host-"+name+".example"), name)
		held.Named = []string{s.anaURI}
		s.receive(t, held)
		if err := s.Conversation.AcceptHeld(t.Context(), s.Admin, s.stored(t, held.Item.URI).ID); err != nil {
			t.Fatal(err)
		}
		direct := s.Arrival(t, s.known, name+"-direct")
		direct.Open, direct.Follower, direct.Named = false, false, []string{s.anaURI}
		s.receive(t, direct)
		if fate, err := s.Conversation.ReceiveDelete(t.Context(), s.known.URI, direct.Item.URI, true); err != nil || fate != conversation.Removed {
			t.Fatalf("%s, %v", fate, err)
		}
	}
	if after := len(s.viewer(t, s.ana).Groups); after != before {
		t.Errorf("ana was in %d groups, now she is in %d", before, after)
	}
	if list, err := s.People.Notices(t.Context(), s.viewer(t, s.ana), 100); err != nil || len(list) != 8 {
		t.Errorf("ana is told %d times, %v", len(list), err)
	}
}

// TestNoticesKeepSecrets: a direct reply to bo under ana's post is no business of hers.
func TestNoticesKeepSecrets(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	a := s.Arrival(t, s.known, "secret")
	a.Open, a.Follower, a.Named, a.Item.InReplyTo = false, false, []string{s.boURI}, s.ours.URI
	if fate := s.receive(t, a); fate != conversation.Stored {
		t.Fatalf("it is %s", fate)
	}
	checkNotices(t, s, s.ana)
	checkNotices(t, s, s.bo, "mention of "+a.Item.URI)
}
