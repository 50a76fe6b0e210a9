package people_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/people"
)

// readFolder is all that lies in a folder, in one string.
func readFolder(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	return all.String()
}

func set(t *testing.T, n *nodetest.Node, v access.Viewer, handle string, on bool) *node.Person {
	t.Helper()
	p, err := n.People.SetFollowable(t.Context(), v, handle, on)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhoMayOpenAProfile(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana, bo := n.Person(t, "ana", node.Member), n.Person(t, "bo", node.Member)
	for name, c := range map[string]struct {
		v    access.Viewer
		want error
	}{
		"visitor": {access.Visitor, node.ErrNotFound}, "remote": {access.Remote("https://other.example/users/zoe"), node.ErrNotFound},
		"another member": {bo, node.ErrForbidden}, "editor": {n.Person(t, "ed", node.Editor), node.ErrForbidden}, "admin": {n.Admin, node.ErrForbidden},
	} {
		for _, on := range []bool{true, false} {
			if _, err := n.People.SetFollowable(t.Context(), c.v, "ana", on); !errors.Is(err, c.want) {
				t.Errorf("%s, %v: %v, want %v", name, on, err, c.want)
			}
		}
	}
	if p := set(t, n, ana, "ana", true); !p.Followable() || p.Audience != node.Public || p.ConsentBy != "self" || p.NeedsConfirmation() {
		t.Errorf("opened is %+v", p)
	}
	if p := set(t, n, n.Operator, "bo", true); !p.NeedsConfirmation() || p.ConsentBy != "command" {
		t.Errorf("opened by a command is %+v", p)
	}
}

// TestConsentByCommand follows what a command recorded until the person confirms it.
func TestConsentByCommand(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	in := people.NewPerson{Name: "Ana", Email: "ana@example.org", Handle: "ana", Followable: true}
	if _, _, err := n.People.AddPerson(t.Context(), n.Admin, in); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an admin opens a profile for another: %v", err)
	}
	p, _, err := n.People.AddPerson(t.Context(), n.Operator, in)
	if err != nil || !p.NeedsConfirmation() || p.Audience != node.Public || p.ActorID == uuid.Nil {
		t.Fatalf("added is %+v, %v", p, err)
	}
	if a, _, _, err := n.People.LocalActor(t.Context(), access.Visitor, n.Origin.PersonURI(p.ActorID)); err != nil || a.OwnerID != p.ID {
		t.Errorf("her actor is %+v, %v", a, err)
	}
	v := n.Viewer(t, "ana")
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "operator": n.Operator} {
		if err := n.People.ConfirmFollowable(t.Context(), v); !errors.Is(err, node.ErrSignedOut) {
			t.Errorf("%s confirms: %v", name, err)
		}
	}
	if err := n.People.ConfirmFollowable(t.Context(), n.Admin); err != nil {
		t.Errorf("who has nothing to confirm: %v", err)
	}
	if p, err := n.People.Person(t.Context(), n.Admin, "ada"); err != nil || p.ConsentBy != "" {
		t.Errorf("who has nothing to confirm agreed to it: %+v, %v", p, err)
	}
	consent := func() (by string, at string) {
		p, err := n.People.Person(t.Context(), v, "ana")
		if err != nil {
			t.Fatal(err)
		}
		return p.ConsentBy, p.UpdatedAt.Format(time.RFC3339)
	}
	if by, _ := consent(); by != "command" {
		t.Errorf("before she confirmed, consent is by %q", by)
	}
	n.Clock.Add(time.Hour)
	for range 2 {
		if err := n.People.ConfirmFollowable(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		if by, _ := consent(); by != "self" {
			t.Errorf("after she confirmed, consent is by %q", by)
		}
	}
	n.Verify(t)
}

// TestSetFollowableOffAndOn walks through all that design.md 9 promises of the switch.
func TestSetFollowableOffAndOn(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana := n.Viewer(t, "ana")
	first, err := n.People.Person(t.Context(), ana, "ana")
	if err != nil {
		t.Fatal(err)
	}
	uri := n.Origin.PersonURI(first.ActorID)
	_, keys, err := n.People.SigningKeys(t.Context(), first.ActorID)
	if err != nil {
		t.Fatal(err)
	}
	zoe, yan, wes := n.Remote(t, "zoe", "follower.example"), n.Remote(t, "yan", "followed.example"), n.Remote(t, "wes", "both.example")
	if err := n.Following.ReceiveFollow(t.Context(), zoe, uri, zoe.URI+"/follows/1"); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*node.RemoteActor{yan, wes} {
		if _, err := n.Following.Follow(t.Context(), ana, a.URI, following.Person); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.Following.Follow(t.Context(), n.Admin, wes.URI, following.Organization); err != nil {
		t.Fatal(err)
	}
	for _, f := range n.Outbox(t) {
		if f.Verb == node.Followed {
			if err := n.Following.ReceiveAnswer(t.Context(), f.Target, n.Origin.ActivityURI(f.Activity), "", true); err != nil {
				t.Fatal(err)
			}
		}
	}
	if groups := n.Viewer(t, "ana").Groups; len(groups) != 2 {
		t.Errorf("with two accepted follows she is in the groups %v", groups)
	}
	write := func(a node.Audience) *node.Item {
		i, err := n.Conversation.Post(t.Context(), ana, node.PostInput{Audience: a, Lang: "en", Text: "Words"})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	public, inside := write(node.Public), write(node.OrganizationOnly(n.Organization.ID))
	if _, err := n.People.SaveProfile(t.Context(), ana, people.Profile{Handle: "ana", Name: "Ana", Bio: node.Text{"en": "Canary of the bio"}}); err != nil {
		t.Fatal(err)
	}
	spoken := n.FanOut(t)
	n.Clock.Add(time.Hour)

	p := set(t, n, ana, "ana", false)
	if p.Followable() || p.Audience != node.Networks || p.ConsentBy != "" {
		t.Errorf("closed is %+v", p)
	}
	checkClosed(t, n, uri, public, inside, spoken)

	events := n.Outbox(t)
	var said []string
	for _, e := range events {
		said = append(said, string(e.Verb)+" "+string(e.Kind)+" "+e.Target)
		if e.Actor != first.ActorID {
			t.Errorf("%s is said by %s", e.Verb, e.Actor)
		}
	}
	if got, want := strings.Join(said, ", "), "delete post , reject follow "+zoe.URI+", delete person "; got != want {
		t.Errorf("announced is %s, want %s", got, want)
	}
	sub, err := n.Delivery.Subject(t.Context(), events[len(events)-1])
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	for _, box := range sub.Inboxes {
		reached[box.Host] = true
	}
	if !reached["follower.example"] || !reached["followed.example"] || !reached["both.example"] {
		t.Errorf("that she is gone is told to %v", reached)
	}
	list, err := n.Following.Following(t.Context(), n.Viewer(t, "ana"))
	if err != nil || len(list) != 2 || list[0].Actor.URI != wes.URI || list[1].Actor.URI != wes.URI {
		t.Errorf("she reads %+v, %v; want only whom the organization follows too", list, err)
	}

	if groups := n.Viewer(t, "ana").Groups; len(groups) != 1 || groups[0] != wes.ID {
		t.Errorf("afterwards she reads what is for the followers of %v, want of %s", groups, wes.ID)
	}

	p = set(t, n, ana, "ana", true)
	if p.ActorID == first.ActorID || !p.Followable() {
		t.Errorf("opened again is %+v", p)
	}
	again, pair, err := n.People.SigningKeys(t.Context(), p.ActorID)
	if err != nil || pair.RSA.Equal(keys.RSA) || pair.Ed25519.Equal(keys.Ed25519) || again.URI == uri {
		t.Errorf("opened again with the old keys or id %s, %v", again.URI, err)
	}
	if _, _, _, err := n.People.LocalActor(t.Context(), access.Visitor, uri); !errors.Is(err, node.ErrGone) {
		t.Errorf("the old actor after opening again: %v", err)
	}
	if f, _, err := n.Following.Counts(t.Context(), p.ActorID); err != nil || f != 0 {
		t.Errorf("the new actor has %d followers, %v", f, err)
	}
	n.Verify(t)
}

// checkClosed looks at what is left of a closed actor for the outside.
func checkClosed(t *testing.T, n *nodetest.Node, uri string, public, inside *node.Item, spoken []node.Event) {
	t.Helper()
	if _, _, _, err := n.People.LocalActor(t.Context(), access.Visitor, uri); !errors.Is(err, node.ErrGone) {
		t.Errorf("her actor answers %v", err)
	}
	if _, _, err := n.People.LocalURI(t.Context(), "ana"); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("her handle is found: %v", err)
	}
	if _, err := n.People.Person(t.Context(), access.Visitor, "ana"); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a visitor reads her profile: %v", err)
	}
	if _, err := n.Conversation.Item(t.Context(), access.Visitor, public.ID); !errors.Is(err, node.ErrGone) {
		t.Errorf("her post for everyone: %v", err)
	}
	if _, err := n.Conversation.Item(t.Context(), n.Admin, inside.ID); err != nil {
		t.Errorf("her post for the organization: %v", err)
	}
	for _, e := range spoken {
		if e.Kind == node.KindFollow {
			continue
		}
		if raw, err := n.Delivery.VisibleActivity(t.Context(), access.Visitor, e.Activity); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s of her %s is still served: %s, %v", e.Verb, e.Kind, raw, err)
		}
	}
	for _, host := range []string{"follower.example", "followed.example", "both.example"} {
		due, _, _, err := n.Delivery.Due(t.Context(), host, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range due {
			if !strings.HasPrefix(d.ObjectKey, "follow:") {
				t.Errorf("still on its way to %s: %+v", host, d)
			}
		}
	}
}

// TestOffBeforeFanOut closes a profile while what was said of it still waits to
// be announced: none of it may go out.
func TestOffBeforeFanOut(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana := n.Viewer(t, "ana")
	p, err := n.People.Person(t.Context(), ana, "ana")
	if err != nil {
		t.Fatal(err)
	}
	zoe := n.Remote(t, "zoe", "other.example")
	if err := n.Following.ReceiveFollow(t.Context(), zoe, n.Origin.PersonURI(p.ActorID), zoe.URI+"/follows/1"); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Conversation.Post(t.Context(), ana, node.PostInput{Audience: node.Public, Lang: "en", Text: "Words"}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.People.SaveProfile(t.Context(), ana, people.Profile{Handle: "ana", Name: "Ana"}); err != nil {
		t.Fatal(err)
	}
	set(t, n, ana, "ana", false)
	for _, e := range n.FanOut(t) {
		_, err := n.Delivery.Activity(t.Context(), e.Activity)
		if told := e.Verb == node.Deleted || e.Kind == node.KindFollow; told != (err == nil) {
			t.Errorf("%s of a %s goes out = %v: %v", e.Verb, e.Kind, err == nil, err)
		}
	}
}

// TestOnAndOffTwice does each switch twice: the second time changes nothing.
func TestOnAndOffTwice(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana := n.Person(t, "ana", node.Member)
	one := set(t, n, ana, "ana", true)
	two := set(t, n, ana, "ana", true)
	if one.ActorID != two.ActorID || one.Version != two.Version {
		t.Errorf("on twice: %+v, %+v", one, two)
	}
	off := set(t, n, ana, "ana", false)
	if again := set(t, n, ana, "ana", false); again.Version != off.Version {
		t.Errorf("off twice: %+v, %+v", off, again)
	}
	if events := n.Outbox(t); len(events) != 1 {
		t.Errorf("announced is %+v", events)
	}
}

func TestLocalActors(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	n.Person(t, "bo", node.Member)
	ana := n.Viewer(t, "ana")
	p, err := n.People.Person(t.Context(), ana, "ana")
	if err != nil {
		t.Fatal(err)
	}
	for handle, want := range map[string]struct{ uri, page string }{
		"relay":     {n.Origin.Relay(), "https://node.example.org/"},
		"riverside": {n.Origin.OrganizationURI(n.Organization.ID), "https://node.example.org/organizations/riverside"},
		"ana":       {n.Origin.PersonURI(p.ActorID), "https://node.example.org/people/ana"},
		"bo":        {}, "nobody": {}, "admin": {},
	} {
		uri, page, err := n.People.LocalURI(t.Context(), handle)
		if uri != want.uri || page != want.page || (err == nil) != (want.uri != "") || err != nil && !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s is %s, %s, %v", handle, uri, page, err)
		}
	}
	a, of, org, err := n.People.LocalActor(t.Context(), access.Visitor, n.Origin.PersonURI(p.ActorID))
	if err != nil || a.Kind != node.KindPerson || of.Handle != "ana" || of.Email != "" || org.ID != n.Organization.ID {
		t.Errorf("her actor is %+v of %+v at %+v, %v", a, of, org, err)
	}
	if _, _, _, err := n.People.LocalActor(t.Context(), access.Visitor, n.Origin.PersonURI(p.ID)); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("an actor by the person's id: %v", err)
	}
}
