package following_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/store"
)

// question is a Follow of ours as it ought to stand.
type question struct {
	state node.FollowState
	id    string   // of the activity
	old   []string // ids of those before
}

// model is what ought to be so between the node and one remote actor.
type model struct {
	w        *town
	t        *testing.T
	a        *node.RemoteActor
	stranger *node.RemoteActor
	reads    []bool // by reader
	asked    map[uuid.UUID]*question
	said     []node.Verb
	follower string          // id of the Follow that a follows us with
	undone   map[string]bool // Follows that a took back before they came
}

// reader is one who asks, and the actor that asks for them.
type reader struct {
	v     access.Viewer
	as    following.As
	id    uuid.UUID
	actor uuid.UUID
}

func (w *town) all() []reader {
	return []reader{
		{w.ed, following.Organization, w.org, w.org},
		{w.ana, following.Person, w.ana.Person, w.org},
		{w.bo, following.Person, w.bo.Person, w.org},
		{w.fay, following.Person, w.fay.Person, w.actor},
	}
}

func (m *model) follow(i int) {
	r := m.w.all()[i]
	if _, err := m.w.Following.Follow(m.t.Context(), r.v, m.a.URI, r.as); err != nil {
		m.t.Fatal(err)
	}
	m.reads[i] = true
	if q := m.asked[r.actor]; q.state == none || q.state == node.RejectedFollow {
		q.state, q.old = node.Pending, append(q.old, q.id)
		q.id = m.w.get(m.t, true, r.actor, m.a).ActivityURI
		m.said = append(m.said, node.Followed)
	}
}

func (m *model) unfollow(i int) {
	r := m.w.all()[i]
	if err := m.w.Following.Unfollow(m.t.Context(), r.v, m.a.URI, r.as); err != nil {
		m.t.Fatal(err)
	}
	m.reads[i] = false
	for actor, q := range m.asked {
		needed := false
		for j, r := range m.w.all() {
			needed = needed || r.actor == actor && m.reads[j]
		}
		if !needed && q.state != none {
			q.state = none
			m.said = append(m.said, node.Unfollowed)
		}
	}
}

// answer comes from who was asked or a stranger, by id, by an older id or by the pair.
func (m *model) answer(t *rapid.T) {
	actor := m.w.org
	local := m.w.Origin.OrganizationURI(actor)
	if rapid.Bool().Draw(t, "fay's") {
		actor = m.w.actor
		local = m.w.Origin.PersonURI(actor)
	}
	q, by, accepted := m.asked[actor], m.a, rapid.Bool().Draw(t, "accepted")
	heard := q.state != none
	if rapid.IntRange(0, 3).Draw(t, "by") == 0 {
		by, heard = m.stranger, false
	}
	id := q.id
	switch rapid.SampledFrom([]string{"id", "id and pair", "pair", "old id"}).Draw(t, "names") {
	case "id":
		local = ""
	case "pair":
		id = m.a.URI + "/elsewhere"
	case "old id":
		local, heard = "", false
		id = append([]string{"x"}, q.old...)[rapid.IntRange(0, len(q.old)).Draw(t, "old")]
	}
	m.w.answer(m.t, by, id, local, accepted)
	if heard {
		q.state = map[bool]node.FollowState{true: node.Accepted, false: node.RejectedFollow}[accepted]
	}
}

// followsUs and undoesIt come in any order, with one of three ids.
func (m *model) followsUs(t *rapid.T) {
	id := fmt.Sprint(m.a.URI, "/follows/", rapid.IntRange(1, 3).Draw(t, "id"))
	if err := m.w.Following.ReceiveFollow(m.t.Context(), m.a, m.w.Origin.OrganizationURI(m.w.org), id); err != nil {
		m.t.Fatal(err)
	}
	if m.undone[id] {
		delete(m.undone, id)
		return
	}
	m.follower = id
	m.said = append(m.said, node.Answered)
}

func (m *model) undoesIt(t *rapid.T) {
	id, by := fmt.Sprint(m.a.URI, "/follows/", rapid.IntRange(1, 3).Draw(t, "id")), m.a
	if rapid.IntRange(0, 3).Draw(t, "by") == 0 {
		by = m.stranger
	}
	m.w.undo(m.t, by, m.w.Origin.OrganizationURI(m.w.org), id)
	switch {
	case by == m.stranger:
	case m.follower == id:
		m.follower = ""
	default:
		m.undone[id] = true
	}
}

func (m *model) check(t *rapid.T) {
	w, all := m.w, m.w.all()
	var readers, admitted, members []uuid.UUID
	for i, r := range all {
		if !m.reads[i] {
			continue
		}
		readers = append(readers, r.id)
		if m.asked[r.actor].state == node.Accepted {
			admitted = append(admitted, r.id)
		}
	}
	err := w.DB.View(m.t.Context(), func(tx *store.Tx) error {
		for _, r := range all {
			groups, err := tx.GroupsOf(m.t.Context(), r.id, uuid.Nil)
			if err != nil {
				return err
			}
			if slices.Contains(groups, m.a.ID) {
				members = append(members, r.id)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.readers(m.t, m.a); !same(got, readers) {
		t.Fatalf("readers are %v, want %v", got, readers)
	}
	if !same(members, admitted) {
		t.Fatalf("admitted are %v, want %v", members, admitted)
	}
	for actor, q := range m.asked {
		f := w.get(m.t, true, actor, m.a)
		if f.State != q.state || q.state != none && f.ActivityURI != q.id {
			t.Fatalf("actor %s asked %+v, want %+v", actor, f, *q)
		}
		needed := slices.ContainsFunc(all, func(r reader) bool { return r.actor == actor && slices.Contains(readers, r.id) })
		if (f.State != none) != needed {
			t.Fatalf("actor %s follows: %+v, needed %v", actor, f, needed)
		}
	}
	if f := w.get(m.t, false, w.org, m.a); f.ActivityURI != m.follower {
		t.Fatalf("followed by %+v, want %q", f, m.follower)
	}
	if f := w.get(m.t, false, w.org, m.stranger); f.State != none || len(w.readers(m.t, m.stranger)) != 0 {
		t.Fatalf("a stranger has %+v", f)
	}
}

// spoken checks that what was said is what was done, and clears it away.
func (m *model) spoken(t *rapid.T) {
	live := map[uuid.UUID]bool{}
	var said []node.Verb
	for _, e := range m.w.Outbox(m.t) {
		if e.Kind == node.KindFollow && e.Target == m.a.URI {
			said = append(said, e.Verb)
			if e.Verb == node.Unfollowed && !live[e.Actor] {
				t.Errorf("%s undoes what it never said", e.Actor)
			}
			if e.Verb == node.Followed || e.Verb == node.Unfollowed {
				live[e.Actor] = e.Verb == node.Followed
			}
		}
		err := m.w.DB.Write(m.t.Context(), func(tx *store.Tx) error { return tx.DoneEvent(m.t.Context(), e.ID) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(said, m.said) {
		t.Errorf("said was %q, want %q", said, m.said)
	}
	for actor, q := range m.asked {
		if live[actor] != (q.state != none) {
			t.Errorf("they believe that %s follows: %v; it is %q", actor, live[actor], q.state)
		}
	}
}

func same(a, b []uuid.UUID) bool {
	text := func(list []uuid.UUID) (out []string) {
		for _, id := range list {
			out = append(out, id.String())
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(text(a), text(b))
}

// TestA9EveryOrderOfFollows does what four readers and a remote actor can do,
// in any order: two of the readers through the organization, one with an actor
// of their own, and the organization for everyone.
func TestA9EveryOrderOfFollows(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		m := &model{
			w: w, t: t, a: w.Remote(t, fmt.Sprint("zoe", round), "other.example"), stranger: w.Remote(t, fmt.Sprint("mallory", round), "other.example"),
			reads: make([]bool, 4), asked: map[uuid.UUID]*question{w.org: {}, w.actor: {}}, undone: map[string]bool{},
		}
		who := rapid.IntRange(0, 3)
		rt.Repeat(map[string]func(*rapid.T){
			"follow":    func(t *rapid.T) { m.follow(who.Draw(t, "reader")) },
			"unfollow":  func(t *rapid.T) { m.unfollow(who.Draw(t, "reader")) },
			"answer":    m.answer,
			"followsUs": m.followsUs,
			"undoesIt":  m.undoesIt,
			"":          m.check,
		})
		m.spoken(rt)
		var counts store.Counts
		var faults []string
		err := w.DB.View(t.Context(), func(tx *store.Tx) (err error) {
			counts, faults, err = tx.Verify(t.Context())
			return err
		})
		if err != nil || len(faults) > 0 || counts["queued"] != 0 {
			rt.Fatalf("faults are %q, counts %v, %v", faults, counts, err)
		}
	})
}
