package mentoring_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/mentoring"
)

func offerInput(o *node.MentorOffer) mentoring.OfferInput {
	return mentoring.OfferInput{ID: o.ID, Topics: o.Topics, Languages: o.Languages, Format: o.Format, Weeks: o.Weeks, Capacity: o.Capacity, Lang: "en"}
}

// TestMentoringHolds lets learners ask and a mentor answer in any order, with the
// clock running, and looks after each step that there are never more learners than
// places, that who waits comes in turn, and that nobody is told anything twice.
func TestMentoringHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana")
	for k := range 6 {
		h := fmt.Sprintf("l%d", k)
		v := w.Person(t, h, node.Member)
		if _, err := w.People.SetInNetworks(t.Context(), v, h, true); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		capacity := rapid.IntRange(1, 3).Draw(rt, "capacity")
		m := &model{w: w, offer: w.offer("ana", capacity), capacity: capacity, last: map[string]node.RequestState{}}
		defer func() {
			if err := w.Withdraw(t.Context(), w.v("ana"), m.offer.ID); err != nil {
				rt.Fatalf("withdraw: %v", err)
			}
			for _, r := range m.all {
				if err := w.Close(t.Context(), w.v(r.who), r.ID); err != nil {
					rt.Fatalf("close: %v", err)
				}
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"ask":     m.ask,
			"accept":  m.act(func(r *asked) error { return second(w.Accept(t.Context(), w.v("ana"), r.ID)) }),
			"decline": m.act(func(r *asked) error { return w.Decline(t.Context(), w.v("ana"), r.ID, "time") }),
			"close":   m.act(func(r *asked) error { return w.Close(t.Context(), w.v("ana"), r.ID) }),
			"leave":   m.act(func(r *asked) error { return w.Close(t.Context(), w.v(r.who), r.ID) }),
			"time": func(rt *rapid.T) {
				w.Clock.Add(time.Duration(rapid.IntRange(1, 100).Draw(rt, "hours")) * time.Hour)
				w.due()
				if again := w.due(); again != 0 {
					rt.Fatalf("%d things are due again", again)
				}
			},
			"": m.check,
		})
	})
}

type asked struct {
	*node.MentorRequest
	who string
}

type model struct {
	w        *world
	offer    *node.MentorOffer
	capacity int
	all      []*asked
	last     map[string]node.RequestState
}

func (m *model) ask(rt *rapid.T) {
	who := fmt.Sprintf("l%d", rapid.IntRange(0, 5).Draw(rt, "learner"))
	m.w.Clock.Add(time.Second)
	r, err := m.w.ask(who, m.offer)
	if err != nil {
		return // has asked, or the offer is over
	}
	m.all = append(m.all, &asked{r, who})
}

// act does one thing to one request; that it is refused is fine, that it does harm is not.
func (m *model) act(do func(*asked) error) func(*rapid.T) {
	return func(rt *rapid.T) {
		if len(m.all) == 0 {
			rt.Skip("nobody has asked")
		}
		_ = do(m.all[rapid.IntRange(0, len(m.all)-1).Draw(rt, "request")])
	}
}

func (m *model) check(rt *rapid.T) {
	learners, waiting := 0, []*asked{}
	for _, r := range m.all {
		state := m.w.state(r.MentorRequest)
		if was := m.last[r.URI]; was != state && (was == node.RequestClosed || was == node.RequestDeclined || was == node.RequestReleased || was == node.RequestTaken) {
			rt.Fatalf("%s came back from %s as %s", r.URI, was, state)
		}
		// Who waits never overtakes who waited before.
		if m.last[r.URI] == node.RequestWaiting && state == node.RequestAsked && len(waiting) > 0 {
			rt.Fatalf("%s overtook %s", r.who, waiting[0].who)
		}
		m.last[r.URI] = state
		switch state {
		case node.RequestAccepted:
			learners++
		case node.RequestWaiting:
			waiting = append(waiting, r)
		}
	}
	if learners > m.capacity {
		rt.Fatalf("%d learners, %d places", learners, m.capacity)
	}
	for _, r := range m.all {
		if m.last[r.URI] == node.RequestAccepted && count(m.w.notices(r.who), node.NoticeAccepted) == 0 {
			rt.Fatalf("%s was accepted and hears only %v", r.who, m.w.notices(r.who))
		}
	}
}
