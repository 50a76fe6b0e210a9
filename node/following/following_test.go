package following_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// none is the state of a follow that is not there.
const none node.FollowState = ""

// town is a node with one person of each sort.
type town struct {
	*nodetest.Node
	ana, bo, fay, ed access.Viewer // two members, a followable one, an editor
	org, actor       uuid.UUID     // ids of the organization's actor and of fay's
}

func newTown(t *testing.T) *town {
	t.Helper()
	n := nodetest.NewNode(t)
	w := &town{Node: n, org: n.Organization.ID, ana: n.Person(t, "ana", node.Member), bo: n.Person(t, "bo", node.Member), ed: n.Person(t, "ed", node.Editor), fay: n.Followable(t, "fay")}
	p, err := n.People.Person(t.Context(), w.fay, "fay")
	if err != nil {
		t.Fatal(err)
	}
	w.actor = p.ActorID
	return w
}

func (w *town) follow(t *testing.T, v access.Viewer, a *node.RemoteActor, as following.As) {
	t.Helper()
	if got, err := w.Following.Follow(t.Context(), v, a.URI, as); err != nil || got.ID != a.ID {
		t.Fatalf("follow %s: %v", a.URI, err)
	}
}

func (w *town) unfollow(t *testing.T, v access.Viewer, a *node.RemoteActor, as following.As) {
	t.Helper()
	if err := w.Following.Unfollow(t.Context(), v, a.URI, as); err != nil {
		t.Fatal(err)
	}
}

// get returns the follow between actor and a; one that is not there has the state none.
func (w *town) get(t testing.TB, out bool, actor uuid.UUID, a *node.RemoteActor) (f node.Follow) {
	t.Helper()
	err := w.DB.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.Follow(t.Context(), out, actor, a.URI)
		if err == nil {
			f = *got
		}
		return err
	})
	if err != nil && !errors.Is(err, node.ErrNotFound) {
		t.Fatal(err)
	}
	return f
}

func (w *town) asked(t testing.TB, actor uuid.UUID, a *node.RemoteActor) node.FollowState {
	t.Helper()
	return w.get(t, true, actor, a).State
}

func (w *town) readers(t testing.TB, a *node.RemoteActor) (list []uuid.UUID) {
	t.Helper()
	err := w.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		list, err = tx.Readers(t.Context(), a.URI)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// said lists what was said to a about follows, oldest first.
func (w *town) said(t testing.TB, a *node.RemoteActor) (list []node.Event) {
	t.Helper()
	for _, e := range w.Outbox(t) {
		if e.Kind == node.KindFollow && e.Target == a.URI {
			list = append(list, e)
		}
	}
	return list
}

func verbs(list []node.Event) string {
	var words []string
	for _, e := range list {
		words = append(words, string(e.Verb))
	}
	return strings.Join(words, " ")
}

func TestInWhoseName(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for i, c := range []struct {
		name          string
		v             access.Viewer
		as            following.As
		reader, actor uuid.UUID
		want          error
	}{
		{"editor as the organization", w.ed, following.Organization, w.org, w.org, nil},
		{"admin as the organization", w.Admin, following.Organization, w.org, w.org, nil},
		{"operator as the organization", w.Operator, following.Organization, w.org, w.org, nil},
		{"operator alone", w.Operator, following.Person, w.org, w.org, nil},
		{"followable person", w.fay, following.Person, w.fay.Person, w.actor, nil},
		{"member", w.ana, following.Person, w.ana.Person, w.org, nil},
		{"editor alone", w.ed, following.Person, w.ed.Person, w.org, nil},
		{"member as the organization", w.ana, following.Organization, uuid.Nil, uuid.Nil, node.ErrForbidden},
		{"followable person as the organization", w.fay, following.Organization, uuid.Nil, uuid.Nil, node.ErrForbidden},
		{"visitor as the organization", access.Visitor, following.Organization, uuid.Nil, uuid.Nil, node.ErrForbidden},
		{"visitor", access.Visitor, following.Person, uuid.Nil, uuid.Nil, node.ErrForbidden},
		{"remote actor", access.Remote("https://other.example/users/x"), following.Person, uuid.Nil, uuid.Nil, node.ErrForbidden},
	} {
		a := w.Remote(t, fmt.Sprint("u", i), "other.example")
		calls := w.Lookup.Calls()
		_, err := w.Following.Follow(t.Context(), c.v, a.Handle(), c.as)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		readers, said := w.readers(t, a), w.said(t, a)
		if c.want != nil {
			if len(readers)+len(said) != 0 || w.Lookup.Calls() != calls {
				t.Errorf("%s: it was refused, yet %v read and %q was said", c.name, readers, verbs(said))
			}
			if err := w.Following.Unfollow(t.Context(), c.v, a.URI, c.as); !errors.Is(err, c.want) {
				t.Errorf("%s unfollows: %v, want %v", c.name, err, c.want)
			}
			continue
		}
		f := w.get(t, true, c.actor, a)
		if !slices.Equal(readers, []uuid.UUID{c.reader}) || verbs(said) != "follow" || said[0].Actor != c.actor || said[0].Activity != f.ID {
			t.Errorf("%s: readers are %v, said was %+v", c.name, readers, said)
		}
		if f.State != node.Pending || f.ActivityURI != w.Origin.ActivityURI(f.ID) || said[0].Audience.Valid() {
			t.Errorf("%s: follow is %+v, for %q", c.name, f, said[0].Audience)
		}
		w.unfollow(t, c.v, a, c.as)
		said = w.said(t, a)
		if len(w.readers(t, a)) != 0 || w.asked(t, c.actor, a) != none || verbs(said) != "follow unfollow" || said[1].Actor != c.actor || said[1].Ref != f.ActivityURI {
			t.Errorf("%s: after leaving, said was %+v", c.name, said)
		}
	}
	w.Verify(t)
}

// TestNoLongerFollowable follows with a viewer from before fay's actor was closed.
func TestNoLongerFollowable(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	before, yan, zoe := w.Remote(t, "xia", "other.example"), w.Remote(t, "yan", "other.example"), w.Remote(t, "zoe", "other.example")
	w.follow(t, w.fay, before, following.Person)
	old := w.get(t, true, w.actor, before)
	if _, err := w.People.SetFollowable(t.Context(), w.fay, "fay", false); err != nil {
		t.Fatal(err)
	}
	w.follow(t, w.fay, yan, following.Person)
	if w.asked(t, w.actor, yan) != none || w.asked(t, w.org, yan) != node.Pending {
		t.Error("a closed actor asked")
	}
	w.unfollow(t, w.fay, yan, following.Person)
	if w.asked(t, w.org, yan) != none || len(w.readers(t, yan)) != 0 {
		t.Error("the organization still follows what fay left")
	}
	// The answer to what the actor asked before comes late.
	for _, accepted := range []bool{true, false} {
		if err := w.Following.ReceiveAnswer(t.Context(), before.URI, old.ActivityURI, "", accepted); err != nil {
			t.Fatal(err)
		}
		if got := w.asked(t, w.actor, before); got != node.UnfollowedState {
			t.Errorf("accepted %v, the follow of a closed actor is %q", accepted, got)
		}
	}
	if err := w.Following.ReceiveFollow(t.Context(), zoe, w.Origin.PersonURI(w.actor), zoe.URI+"/follows/1"); err != nil {
		t.Fatal(err)
	}
	if f := w.get(t, false, w.actor, zoe); f.State != node.RejectedFollow || verbs(w.said(t, zoe)) != "reject" {
		t.Errorf("a closed actor's follower is %+v, said was %q", f, verbs(w.said(t, zoe)))
	}
	if list, err := w.People.Notices(t.Context(), w.fay, 10); err != nil || len(list) != 0 {
		t.Errorf("fay was told of a follower that was refused: %+v, %v", list, err)
	}
	if followers, out, err := w.Following.Counts(t.Context(), w.actor); err != nil || followers != 0 || out != 0 {
		t.Errorf("counts of a closed actor are %d and %d, %v", followers, out, err)
	}
	w.Verify(t)
}

func TestAsksOnceUntilRefused(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for name, c := range map[string]struct {
		first, second access.Viewer
		as            following.As
		actor         uuid.UUID
	}{
		"twice by oneself":          {w.fay, w.fay, following.Person, w.actor},
		"two members":               {w.ana, w.bo, following.Person, w.org},
		"twice as the organization": {w.ed, w.Admin, following.Organization, w.org},
		"twice by a member":         {w.ana, w.ana, following.Person, w.org},
	} {
		a := w.Remote(t, strings.ReplaceAll(name, " ", "_"), "other.example")
		answer := func(accepted bool) {
			t.Helper()
			if err := w.Following.ReceiveAnswer(t.Context(), a.URI, w.get(t, true, c.actor, a).ActivityURI, "", accepted); err != nil {
				t.Fatal(err)
			}
		}
		w.follow(t, c.first, a, c.as)
		first := w.get(t, true, c.actor, a)
		w.follow(t, c.second, a, c.as)
		if f := w.get(t, true, c.actor, a); f != first || verbs(w.said(t, a)) != "follow" {
			t.Errorf("%s: while it waits, said was %q", name, verbs(w.said(t, a)))
		}
		answer(true)
		w.follow(t, c.second, a, c.as)
		if f := w.get(t, true, c.actor, a); f.State != node.Accepted || verbs(w.said(t, a)) != "follow" {
			t.Errorf("%s: once accepted, follow is %+v, said was %q", name, f, verbs(w.said(t, a)))
		}
		answer(false) // a late Reject
		if got := w.asked(t, c.actor, a); got != node.RejectedFollow {
			t.Errorf("%s: after a late Reject it is %q", name, got)
		}
		w.follow(t, c.second, a, c.as)
		again := w.get(t, true, c.actor, a)
		if again.State != node.Pending || again.ActivityURI == first.ActivityURI || verbs(w.said(t, a)) != "follow follow" {
			t.Errorf("%s: asked again it is %+v, said was %q", name, again, verbs(w.said(t, a)))
		}
		if err := w.Following.ReceiveAnswer(t.Context(), a.URI, first.ActivityURI, "", true); err != nil || w.asked(t, c.actor, a) != node.Pending {
			t.Errorf("%s: the answer to the first question answers the second, %v", name, err)
		}
	}
	w.Verify(t)
}

// TestLastReaderLeaves lets four readers leave in every order.
func TestLastReaderLeaves(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	type reader struct {
		id uuid.UUID
		v  access.Viewer
		as following.As
	}
	all := []reader{{w.org, w.ed, following.Organization}, {w.ana.Person, w.ana, following.Person}, {w.bo.Person, w.bo, following.Person}, {w.fay.Person, w.fay, following.Person}}
	var orders [][]int
	var permute func(done, left []int)
	permute = func(done, left []int) {
		if len(left) == 0 {
			orders = append(orders, slices.Clone(done))
		}
		for i := range left {
			permute(append(slices.Clone(done), left[i]), slices.Delete(slices.Clone(left), i, i+1))
		}
	}
	permute(nil, []int{0, 1, 2, 3})
	for _, order := range orders {
		a := w.Remote(t, fmt.Sprint("u", order[0], order[1], order[2], order[3]), "other.example")
		for _, r := range all {
			w.follow(t, r.v, a, r.as)
		}
		left := map[uuid.UUID]bool{w.org: true, w.ana.Person: true, w.bo.Person: true, w.fay.Person: true}
		for _, i := range order {
			w.unfollow(t, all[i].v, a, all[i].as)
			delete(left, all[i].id)
			if got, want := w.asked(t, w.org, a) != none, left[w.org] || left[w.ana.Person] || left[w.bo.Person]; got != want {
				t.Errorf("%v after %d: the organization follows: %v", order, i, got)
			}
			if got := w.asked(t, w.actor, a) != none; got != left[w.fay.Person] {
				t.Errorf("%v after %d: fay follows: %v", order, i, got)
			}
			if n := len(w.readers(t, a)); n != len(left) {
				t.Errorf("%v after %d: %d readers", order, i, n)
			}
		}
		w.unfollow(t, w.ana, a, following.Person) // once more changes nothing
		if list := w.said(t, a); len(list) != 4 {
			t.Errorf("%v: said was %q", order, verbs(list))
		}
	}
	w.Verify(t)
}

func TestFindAsksNobodyForNothing(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for in, key := range map[string]string{
		"": "error.follow.empty", " \t\n": "error.follow.empty",
		"https://node.example.org": "error.follow.local", "https://node.example.org/people/ana": "error.follow.local",
		" https://node.example.org/ap/people/1 ": "error.follow.local", "HTTPS://Node.Example.org/people/ana": "error.follow.local",
		"@ana@node.example.org": "error.follow.local", "ana@node.example.org": "error.follow.local",
		"acct:ana@node.example.org": "error.follow.local", "@ana@NODE.example.org": "error.follow.local",
	} {
		for name, f := range map[string]func() error{
			"find":   func() error { _, err := w.Following.Find(t.Context(), w.ana, in); return err },
			"follow": func() error { _, err := w.Following.Follow(t.Context(), w.ana, in, following.Person); return err },
		} {
			if err := f(); nodetest.Field(err) != key {
				t.Errorf("%s %q: %v, want %s", name, in, err, key)
			}
		}
	}
	if _, err := w.Following.Find(t.Context(), access.Visitor, "@zoe@other.example"); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("a visitor finds: %v", err)
	}
	if n := w.Lookup.Calls(); n != 0 {
		t.Errorf("%d of these went to the network", n)
	}
	zoe := w.Remote(t, "zoe", "node.example.org.other.example")
	if a, err := w.Following.Find(t.Context(), w.ana, " @"+zoe.Handle()+" "); err != nil || a.URI != zoe.URI {
		t.Errorf("Find = %v, %v", a, err)
	}
	if _, err := w.Following.Follow(t.Context(), w.ana, "@nobody@other.example", following.Person); nodetest.Field(err) != "error.follow.unknown" {
		t.Errorf("follow nobody: %v", err)
	}
}

func TestUnfollowUnderWhateverName(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a := w.Remote(t, "zoe", "other.example")
	for _, ref := range []string{a.URI, a.Page, "zoe@other.example", "@zoe@other.example", "acct:zoe@other.example", " @zoe@Other.Example "} {
		w.follow(t, w.ana, a, following.Person)
		calls := w.Lookup.Calls()
		if err := w.Following.Unfollow(t.Context(), w.ana, ref, following.Person); err != nil || len(w.readers(t, a)) != 0 {
			t.Errorf("unfollow %q: %v", ref, err)
		}
		if w.Lookup.Calls() != calls {
			t.Errorf("unfollow %q went to the network", ref)
		}
	}
	for _, ref := range []string{"", "zoe", "@zoe@another.example", "https://other.example/@zo"} {
		if err := w.Following.Unfollow(t.Context(), w.ana, ref, following.Person); nodetest.Field(err) != "error.follow.unknown" {
			t.Errorf("unfollow %q: %v", ref, err)
		}
	}
}

// TestFollowableLater goes on reading through the organization what was asked
// for before there was an actor of one's own.
func TestFollowableLater(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a := w.Remote(t, "zoe", "other.example")
	w.follow(t, w.bo, a, following.Person)
	p, err := w.People.SetFollowable(t.Context(), w.bo, "bo", true)
	if err != nil {
		t.Fatal(err)
	}
	w.follow(t, w.ana, a, following.Person)
	w.unfollow(t, w.ana, a, following.Person)
	if w.asked(t, w.org, a) != node.Pending || w.asked(t, p.ActorID, a) != none || len(w.readers(t, a)) != 1 {
		t.Error("bo lost what was followed for him")
	}
	bo := w.Viewer(t, "bo")
	w.follow(t, bo, a, following.Person)
	if w.asked(t, p.ActorID, a) != node.Pending || len(w.readers(t, a)) != 1 {
		t.Error("bo cannot ask in his own name")
	}
	w.unfollow(t, bo, a, following.Person)
	if w.asked(t, w.org, a) != none || w.asked(t, p.ActorID, a) != none || verbs(w.said(t, a)) != "follow follow unfollow unfollow" {
		t.Errorf("after the last left, said was %q", verbs(w.said(t, a)))
	}
	w.Verify(t)
}
