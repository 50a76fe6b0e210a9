package mentoring_test

import (
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// TestDueExactlyOnce moves the clock past every deadline, asks twice at each, and
// counts what people are told.
func TestDueExactlyOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz")
	r := w.mustAsk("luz", w.offer("ana", 1))
	told := func(who, verb string) int { return count(w.notices(who), verb) }
	twice := func(want int) {
		t.Helper()
		if got := w.due(); got != want {
			t.Errorf("%d things due, want %d", got, want)
		}
		if again := w.due(); again != 0 {
			t.Errorf("%d things due again", again)
		}
	}
	twice(0)
	w.Clock.Add(node.NudgeAfter - time.Minute)
	twice(0)
	w.Clock.Add(time.Minute)
	twice(1)
	if told("ana", node.NoticeNudge) != 1 || w.state(r) != node.RequestAsked {
		t.Error("no nudge after a week")
	}
	w.Clock.Add(node.ReleaseAfter - node.NudgeAfter)
	twice(1)
	if told("luz", node.NoticeReleased) != 1 || told("ana", node.NoticeNudge) != 0 || w.state(r) != node.RequestReleased {
		t.Errorf("after two weeks: %s, luz hears %v, ana %v", w.state(r), w.notices("luz"), w.notices("ana"))
	}
	w.Clock.Set(w.Clock.Now().Add(node.OfferLife - 14*24*time.Hour - node.ReleaseAfter - time.Minute))
	twice(0)
	w.Clock.Add(time.Minute)
	twice(1)
	if told("ana", node.NoticeEnding) != 1 {
		t.Error("no question before the offer ends")
	}
	w.Clock.Add(14 * 24 * time.Hour)
	twice(1)
	if told("ana", node.NoticeEnded) != 1 {
		t.Error("the mentor does not hear that the offer has ended")
	}
}

// TestConfirm gives an offer another 90 days, and the question comes again.
func TestConfirm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz")
	o := w.offer("ana", 1)
	for range 2 {
		w.Clock.Add(node.OfferLife - 24*time.Hour)
		if w.due() != 1 || count(w.notices("ana"), node.NoticeEnding) != 1 {
			t.Fatalf("ana hears %v", w.notices("ana"))
		}
		if err := w.Confirm(t.Context(), w.v("ana"), o.ID); err != nil {
			t.Fatal(err)
		}
		got, err := w.Show(t.Context(), w.v("ana"), o.ID)
		if err != nil || !got.ExpiresAt.Equal(w.Clock.Now().Add(node.OfferLife)) || count(w.notices("ana"), node.NoticeEnding) != 0 {
			t.Errorf("confirmed to %v, %v", got.ExpiresAt, err)
		}
	}
	if err := w.Confirm(t.Context(), w.v("luz"), o.ID); err == nil {
		t.Error("somebody else confirms it")
	}
}

// TestEndedOfferReleasesWhoWaits: nobody waits for an offer that is over.
func TestEndedOfferReleasesWhoWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz", "bea")
	o := w.offer("ana", 1)
	first := w.mustAsk("luz", o)
	if _, err := w.Accept(t.Context(), w.v("ana"), first.ID); err != nil {
		t.Fatal(err)
	}
	waits := w.mustAsk("bea", o)
	w.Clock.Add(node.OfferLife)
	w.due()
	if w.state(waits) != node.RequestReleased || w.state(first) != node.RequestAccepted || count(w.notices("bea"), node.NoticeReleased) != 1 {
		t.Errorf("%s, %s, bea hears %v", w.state(waits), w.state(first), w.notices("bea"))
	}
}

// TestUnlistedMentor: who stops showing themself to the networks offers nothing more.
func TestUnlistedMentor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz")
	o := w.offer("ana", 1)
	r := w.mustAsk("luz", o)
	if _, err := w.People.SetInNetworks(t.Context(), w.v("ana"), "ana", false); err != nil {
		t.Fatal(err)
	}
	if list, err := w.Offers(t.Context(), w.v("luz"), store.MentorFilter{}); err != nil || len(list) != 0 {
		t.Errorf("luz sees %d offers, %v", len(list), err)
	}
	if w.due() != 1 || w.due() != 0 {
		t.Error("the offer is not forgotten once")
	}
	if _, err := w.Show(t.Context(), w.v("luz"), o.ID); err == nil {
		t.Error("the offer is still there")
	}
	if w.state(r) != node.RequestDeclined || count(w.notices("luz"), node.NoticeDeclined) != 1 {
		t.Errorf("luz, who waits for an answer, hears %v", w.notices("luz"))
	}
}

// TestRaisedCapacityAsksWhoWaits: two more places ask two more, in order.
func TestRaisedCapacityAsksWhoWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "a1", "a2", "a3", "a4")
	o := w.offer("ana", 1)
	first := w.mustAsk("a1", o)
	if _, err := w.Accept(t.Context(), w.v("ana"), first.ID); err != nil {
		t.Fatal(err)
	}
	var waiting []*node.MentorRequest
	for _, h := range []string{"a2", "a3", "a4"} {
		w.Clock.Add(time.Minute)
		waiting = append(waiting, w.mustAsk(h, o))
	}
	in := offerInput(o)
	in.Capacity = 3
	if _, err := w.Offer(t.Context(), w.v("ana"), in); err != nil {
		t.Fatal(err)
	}
	for k, want := range []node.RequestState{node.RequestAsked, node.RequestAsked, node.RequestWaiting} {
		if got := w.state(waiting[k]); got != want {
			t.Errorf("number %d is %s, want %s", k+1, got, want)
		}
	}
	in.Version = o.Version // read before the change
	if _, err := w.Offer(t.Context(), w.v("ana"), in); err == nil {
		t.Error("an old version is saved over a new one")
	}
}
