package following_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/peers"
)

// come takes a Follow in as the inbox does: an id that is spent has no effect.
func (w *town) come(t *testing.T, a *node.RemoteActor, target, activity string) {
	t.Helper()
	in := peers.Incoming{
		Source:      &node.Source{URI: activity, Raw: []byte(`{}`), SignerKey: a.URI + "#main-key", Scheme: "cavage", ActorURI: a.URI},
		Fingerprint: uuid.NewString(), Lane: a.URI,
	}
	fresh, err := w.Peers.Take(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if !fresh {
		return
	}
	if err := w.Following.ReceiveFollow(t.Context(), a, target, activity); err != nil {
		t.Fatal(err)
	}
}

func (w *town) undo(t *testing.T, a *node.RemoteActor, target, activity string) {
	t.Helper()
	if err := w.Following.ReceiveUndoFollow(t.Context(), a.URI, target, activity); err != nil {
		t.Fatal(err)
	}
}

func (w *town) answer(t *testing.T, a *node.RemoteActor, follow, local string, accepted bool) {
	t.Helper()
	if err := w.Following.ReceiveAnswer(t.Context(), a.URI, follow, local, accepted); err != nil {
		t.Fatal(err)
	}
}

func TestA4OnlyWhoWasAskedAnswers(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	mallory := w.Remote(t, "mallory", "evil.example")
	org, fay := w.Origin.OrganizationURI(w.org), w.Origin.PersonURI(w.actor)
	for i, c := range []struct {
		name     string
		stranger bool
		byID     bool
		local    string
		heard    bool
	}{
		{"by id", false, true, "", true},
		{"by id and pair", false, true, org, true},
		{"by pair", false, false, org, true},
		{"by pair with another of ours", false, false, fay, false},
		{"by pair with nobody here", false, false, w.Origin.PersonURI(uuid.New()), false},
		{"by neither", false, false, "", false},
		{"stranger by id", true, true, "", false},
		{"stranger by id and pair", true, true, org, false},
		{"stranger by pair", true, false, org, false},
	} {
		for _, accepted := range []bool{true, false} {
			a := w.Remote(t, fmt.Sprint("u", i, accepted), "other.example")
			w.follow(t, w.ana, a, following.Person)
			by, id, want := a, "https://other.example/elsewhere", node.Pending
			if c.stranger {
				by = mallory
			}
			if c.byID {
				id = w.get(t, true, w.org, a).ActivityURI
			}
			if c.heard {
				want = map[bool]node.FollowState{true: node.Accepted, false: node.RejectedFollow}[accepted]
			}
			w.answer(t, by, id, c.local, accepted)
			if got := w.asked(t, w.org, a); got != want {
				t.Errorf("%s, accepted %v: the follow is %q, want %q", c.name, accepted, got, want)
			}
			if got := w.asked(t, w.org, mallory); got != none {
				t.Errorf("%s: we follow mallory: %q", c.name, got)
			}
		}
	}
	// A follower's own Follow is ours to answer, and not theirs.
	zoe := w.Remote(t, "zoe", "other.example")
	w.come(t, zoe, org, zoe.URI+"/follows/1")
	w.answer(t, zoe, zoe.URI+"/follows/1", org, false)
	if f := w.get(t, false, w.org, zoe); f.State != node.Accepted {
		t.Errorf("a follower refused itself: %+v", f)
	}
	w.Verify(t)
}

func TestA4OnlyTheFollowerUndoes(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	org, fay := w.Origin.OrganizationURI(w.org), w.Origin.PersonURI(w.actor)
	zoe, mallory := w.Remote(t, "zoe", "other.example"), w.Remote(t, "mallory", "evil.example")
	id := zoe.URI + "/follows/1"
	w.come(t, zoe, org, id)
	w.follow(t, w.ed, zoe, following.Organization)
	ours := w.get(t, true, w.org, zoe).ActivityURI
	for _, c := range []struct {
		name             string
		by               *node.RemoteActor
		target, activity string
	}{
		{"stranger by id", mallory, org, id},
		{"stranger by id alone", mallory, "", id},
		{"stranger by pair", mallory, org, ""},
		{"follower, of another of ours", zoe, fay, ""},
		{"follower, of nobody here", zoe, w.Origin.PersonURI(uuid.New()), ""},
		{"follower, of nothing", zoe, "", ""},
		{"follower, our own Follow", zoe, org, ours},
		{"follower, another id", zoe, org, zoe.URI + "/follows/2"},
	} {
		w.undo(t, c.by, c.target, c.activity)
		if f := w.get(t, false, w.org, zoe); f.State != node.Accepted || w.asked(t, w.org, zoe) != node.Pending {
			t.Errorf("%s: the follow is %+v, ours %q", c.name, f, w.asked(t, w.org, zoe))
		}
	}
	// A stranger's Undo of a Follow that is still to come does not keep it away.
	w.undo(t, mallory, fay, zoe.URI+"/follows/3")
	w.come(t, zoe, fay, zoe.URI+"/follows/3")
	if f := w.get(t, false, w.actor, zoe); f.State != node.Accepted {
		t.Errorf("a stranger kept a follow away: %+v", f)
	}
	for _, activity := range []string{id, ""} { // by id, and as who embeds a Follow without one
		w.undo(t, zoe, org, activity)
		if f := w.get(t, false, w.org, zoe); f.State != none {
			t.Errorf("Undo of %q left %+v", activity, f)
		}
		w.come(t, zoe, org, zoe.URI+"/follows/4")
	}
	if f := w.get(t, false, w.actor, zoe); f.State != node.Accepted {
		t.Errorf("Undo took another follow with it: %+v", f)
	}
	w.Verify(t)
}

// TestOneFollowIDForEver follows as Gancio does: with one id, also after Undo.
func TestOneFollowIDForEver(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	zoe := w.RemoteOf(t, "Application", "relay", "gancio.example")
	target, id := w.Origin.OrganizationURI(w.org), zoe.URI+"#follow"
	for round := 1; round <= 3; round++ {
		for range 2 { // the second is a copy
			w.come(t, zoe, target, id)
			if f := w.get(t, false, w.org, zoe); f.State != node.Accepted || f.ActivityURI != id {
				t.Errorf("round %d: follow is %+v", round, f)
			}
		}
		said := w.said(t, zoe)
		if len(said) != round || said[round-1].Verb != node.Answered || said[round-1].Ref != id || said[round-1].Actor != w.org {
			t.Errorf("round %d: said was %+v", round, said)
		}
		w.undo(t, zoe, target, id)
		if f := w.get(t, false, w.org, zoe); f.State != none {
			t.Errorf("round %d: after Undo it is %+v", round, f)
		}
	}
	w.Verify(t)
}

func TestA9UndoBeforeFollow(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	zoe := w.Remote(t, "zoe", "other.example")
	target, id := w.Origin.OrganizationURI(w.org), zoe.URI+"/follows/1"
	for round := 1; round <= 2; round++ {
		w.undo(t, zoe, target, id)
		w.come(t, zoe, target, id)
		if f := w.get(t, false, w.org, zoe); f.State != none || len(w.said(t, zoe)) != round-1 {
			t.Errorf("round %d: what was undone first follows: %+v, said was %q", round, f, verbs(w.said(t, zoe)))
		}
		w.come(t, zoe, target, id) // the id means something again
		if f := w.get(t, false, w.org, zoe); f.State != node.Accepted || len(w.said(t, zoe)) != round {
			t.Errorf("round %d: follow is %+v, said was %q", round, f, verbs(w.said(t, zoe)))
		}
		w.undo(t, zoe, target, id)
	}
	w.Verify(t)
}

// TestFollowedAgain replaces a Follow by a newer one; the old one's Undo comes late.
func TestFollowedAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	zoe := w.Remote(t, "zoe", "other.example")
	target := w.Origin.OrganizationURI(w.org)
	w.come(t, zoe, target, zoe.URI+"/follows/1")
	w.come(t, zoe, target, zoe.URI+"/follows/2")
	w.undo(t, zoe, target, zoe.URI+"/follows/1")
	if f := w.get(t, false, w.org, zoe); f.State != node.Accepted || f.ActivityURI != zoe.URI+"/follows/2" {
		t.Errorf("follow is %+v", f)
	}
	if followers, _, err := w.Following.Counts(t.Context(), w.org); err != nil || followers != 1 {
		t.Errorf("%d followers, %v", followers, err)
	}
}

func TestWhoMayFollowWhom(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	i := 0
	for name, c := range map[string]struct {
		target string
		actor  uuid.UUID
		kinds  []string // that are accepted
		notice *access.Viewer
	}{
		"relay":        {w.Origin.Relay(), uuid.Nil, []string{"Application"}, nil},
		"organization": {w.Origin.OrganizationURI(w.org), w.org, []string{"Application", "Person", "Organization", "Group", "Service"}, &w.ed},
		"person":       {w.Origin.PersonURI(w.actor), w.actor, []string{"Application", "Person", "Organization", "Group", "Service"}, &w.fay},
		"nobody":       {w.Origin.PersonURI(uuid.New()), uuid.New(), nil, nil},
	} {
		for _, kind := range []string{"Application", "Person", "Organization", "Group", "Service"} {
			i++
			a := w.RemoteOf(t, kind, fmt.Sprint("u", i), "other.example")
			w.come(t, a, c.target, a.URI+"/follows/1")
			state, verb := node.RejectedFollow, "reject"
			if slices.Contains(c.kinds, kind) {
				state, verb = node.Accepted, "accept"
			}
			if name == "nobody" {
				state, verb = none, ""
			}
			f, said := w.get(t, false, c.actor, a), w.said(t, a)
			if f.State != state || verbs(said) != verb || verb != "" && (said[0].Actor != c.actor || said[0].Ref != a.URI+"/follows/1") {
				t.Errorf("%s follows %s: %+v, said was %+v", kind, name, f, said)
			}
			if c.notice == nil {
				continue
			}
			notices, err := w.People.Notices(t.Context(), *c.notice, 1)
			if err != nil || len(notices) != 1 || notices[0].Verb != "follow" || notices[0].By.URI != a.URI {
				t.Errorf("%s follows %s: notices are %+v, %v", kind, name, notices, err)
			}
		}
		followers, out, err := w.Following.Counts(t.Context(), c.actor)
		if err != nil || followers != len(c.kinds) || out != 0 {
			t.Errorf("%s has %d followers and follows %d, %v", name, followers, out, err)
		}
	}
	if list, err := w.People.Notices(t.Context(), w.ana, 10); err != nil || len(list) != 0 {
		t.Errorf("ana was told of other people's followers: %+v, %v", list, err)
	}
	w.Verify(t)
}

// TestE4Lists shows each viewer what of the lists is theirs to see.
func TestE4Lists(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	zoe, yan, xia := w.Remote(t, "zoe", "a.example"), w.Remote(t, "yan", "b.example"), w.Remote(t, "xia", "c.example")
	w.come(t, zoe, w.Origin.OrganizationURI(w.org), zoe.URI+"/follows/1")
	w.come(t, yan, w.Origin.PersonURI(w.actor), yan.URI+"/follows/1")
	w.follow(t, w.ed, zoe, following.Organization)
	w.follow(t, w.ana, yan, following.Person)
	w.follow(t, w.fay, xia, following.Person)
	w.follow(t, w.fay, yan, following.Person)
	w.answer(t, zoe, w.get(t, true, w.org, zoe).ActivityURI, "", true)
	w.answer(t, xia, w.get(t, true, w.actor, xia).ActivityURI, "", false)
	const everyone = "zoe@a.example accepted riverside everyone"
	remote := access.Remote(zoe.URI)
	for name, c := range map[string]struct {
		v                    access.Viewer
		followers, following []string
		want                 error
	}{
		"visitor":           {access.Visitor, nil, nil, node.ErrNotFound},
		"remote actor":      {remote, nil, nil, node.ErrNotFound},
		"member":            {w.ana, nil, []string{everyone, "yan@b.example pending riverside self"}, nil},
		"another member":    {w.bo, nil, []string{everyone}, nil},
		"followable person": {w.fay, []string{"yan@b.example accepted fay self"}, []string{everyone, "yan@b.example pending fay self", "xia@c.example rejected fay self"}, nil},
		"editor":            {w.ed, []string{"zoe@a.example accepted riverside everyone"}, []string{everyone}, nil},
		"admin":             {w.Admin, []string{"zoe@a.example accepted riverside everyone"}, []string{everyone}, nil},
		"operator":          {w.Operator, []string{"zoe@a.example accepted riverside everyone"}, []string{everyone}, nil},
	} {
		lines := func(list []node.Subscription) (out []string) {
			for _, s := range list {
				who := "somebody else"
				switch s.For {
				case uuid.Nil:
					who = "everyone"
				case c.v.Person:
					who = "self"
				}
				out = append(out, fmt.Sprint(s.Actor.Handle(), " ", s.State, " ", s.As, " ", who))
			}
			return out
		}
		followers, err := w.Following.Followers(t.Context(), c.v)
		if !errors.Is(err, c.want) || !slices.Equal(lines(followers), c.followers) {
			t.Errorf("%s: followers are %q, %v", name, lines(followers), err)
		}
		list, err := w.Following.Following(t.Context(), c.v)
		if !errors.Is(err, c.want) || !slices.Equal(lines(list), c.following) {
			t.Errorf("%s: followed are %q, %v", name, lines(list), err)
		}
		for f, look := range map[string]func() (*node.RemoteActor, error){
			"Actor": func() (*node.RemoteActor, error) { return w.Following.Actor(t.Context(), c.v, zoe.ID) },
			"ActorByHandle": func() (*node.RemoteActor, error) {
				return w.Following.ActorByHandle(t.Context(), c.v, "zoe", "a.example")
			},
		} {
			if a, err := look(); !errors.Is(err, c.want) || (a == nil) != (c.want != nil) || a != nil && a.URI != zoe.URI {
				t.Errorf("%s: %s = %v, %v", name, f, a, err)
			}
		}
	}
	if _, err := w.Following.Actor(t.Context(), w.ana, uuid.New()); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := w.Following.ActorByHandle(t.Context(), w.ana, "zoe", "b.example"); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	for actor, want := range map[uuid.UUID][2]int{w.org: {1, 1}, w.actor: {1, 0}} { // what waits or is refused does not count
		if followers, out, err := w.Following.Counts(t.Context(), actor); err != nil || [2]int{followers, out} != want {
			t.Errorf("counts are %d and %d, %v, want %v", followers, out, err, want)
		}
	}
}

// TestReadsWhatIsForFollowersOnceAccepted follows one followers-only post through
// all that happens to a Follow.
func TestReadsWhatIsForFollowersOnceAccepted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		who string
		as  following.As
		// who reads it besides, as the organization's Follow is everyone's
		others bool
	}{
		"member":       {"ana", following.Person, false},
		"followable":   {"fay", following.Person, false},
		"organization": {"ed", following.Organization, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			a := w.Remote(t, "zoe", "other.example")
			v := w.Viewer(t, c.who)
			actor := w.org
			if c.who == "fay" {
				actor = w.actor
			}
			w.follow(t, v, a, c.as)
			first := w.get(t, true, actor, a).ActivityURI
			note := w.Arrival(t, a, "secret")
			note.Open = false
			if _, err := w.Conversation.Receive(t.Context(), note); err != nil {
				t.Fatal(err)
			}
			check := func(step string, admitted bool) {
				t.Helper()
				for handle, want := range map[string]bool{c.who: admitted, "bo": admitted && c.others, "ada": admitted && c.others} {
					_, err := w.Conversation.Item(t.Context(), w.Viewer(t, handle), note.Item.ID)
					if want && err != nil || !want && !errors.Is(err, node.ErrNotFound) {
						t.Errorf("%s: %s reads: %v, want %v", step, handle, err, want)
					}
				}
				if _, err := w.Conversation.Item(t.Context(), access.Remote(a.URI), note.Item.ID); !errors.Is(err, node.ErrNotFound) {
					t.Errorf("%s: it is served outside: %v", step, err)
				}
			}
			check("asked", false)
			w.answer(t, w.Remote(t, "mallory", "evil.example"), first, "", true)
			check("a stranger answered", false)
			w.answer(t, a, first, "", true)
			check("accepted", true)
			w.follow(t, v, a, c.as)
			check("asked twice", true)
			w.answer(t, a, first, "", false)
			check("refused later", false)
			w.follow(t, v, a, c.as)
			check("asked again", false)
			w.answer(t, a, w.get(t, true, actor, a).ActivityURI, "", true)
			check("accepted again", true)
			w.unfollow(t, v, a, c.as)
			check("left", false)
			w.Verify(t)
		})
	}
}

// TestWhoJoinsLaterReads lets a second member read through the organization's
// accepted Follow: at once, and only until they leave.
func TestWhoJoinsLaterReads(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a := w.Remote(t, "zoe", "other.example")
	w.follow(t, w.ana, a, following.Person)
	w.answer(t, a, w.get(t, true, w.org, a).ActivityURI, "", true)
	check := func(ana, bo, fay bool) {
		t.Helper()
		for handle, want := range map[string]bool{"ana": ana, "bo": bo, "fay": fay} {
			if got := slices.Contains(w.Viewer(t, handle).Groups, a.ID); got != want {
				t.Errorf("%s is admitted: %v", handle, got)
			}
		}
	}
	check(true, false, false)
	w.follow(t, w.bo, a, following.Person)
	check(true, true, false)
	w.follow(t, w.fay, a, following.Person) // her own question is not answered yet
	check(true, true, false)
	w.unfollow(t, w.ana, a, following.Person)
	check(false, true, false)
	w.answer(t, a, w.get(t, true, w.actor, a).ActivityURI, "", true)
	check(false, true, true)
	w.unfollow(t, w.bo, a, following.Person)
	check(false, false, true)
	w.Verify(t)
}
