package mentoring_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/store"
)

const (
	zoe      = farOrigin + "/ap/people/zoe" // on the other member
	stranger = "https://stranger.example/users/eve"
)

func (w *world) asked(from, uri string, o *node.MentorOffer) mentoring.Fate {
	w.t.Helper()
	fate, err := w.ReceiveRequest(w.t.Context(), from, mentoring.Asked{URI: uri, OfferURI: o.URI, Topic: topic, Need: "help", Lang: "es"})
	if err != nil {
		w.t.Fatal(err)
	}
	return fate
}

func (w *world) byURI(uri string) *node.MentorRequest {
	w.t.Helper()
	var r *node.MentorRequest
	_ = w.Node.DB.View(w.t.Context(), func(tx *store.Tx) (err error) {
		r, err = tx.StoredMentorRequest(w.t.Context(), uri)
		return err
	})
	return r
}

// stand sets where the other member stands in the network.
func (w *world) stand(status node.MemberStatus, claim bool) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		m, err := tx.Membership(ctx, w.network, farMember)
		if err != nil {
			return err
		}
		m.Status, m.Claim = status, claim
		return tx.PutMembership(ctx, m)
	})
}

// TestRequestsComeFromMembersOnly: an outsider, a suspended member and one that
// does not claim the network ask in vain, and nothing of it is kept.
func TestRequestsComeFromMembersOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana")
	o := w.offer("ana", 1)
	w.drain()
	if fate := w.asked(stranger, "https://stranger.example/r/1", o); fate != mentoring.Refused {
		t.Errorf("a stranger: %s", fate)
	}
	for n, c := range []struct {
		status node.MemberStatus
		claim  bool
	}{{node.MemberSuspended, true}, {node.MemberExpelled, true}, {node.MemberPending, true}, {node.MemberActive, false}} {
		w.stand(c.status, c.claim)
		if fate := w.asked(zoe, fmt.Sprintf("%s/r/%d", farOrigin, n), o); fate != mentoring.Refused {
			t.Errorf("%+v: %s", c, fate)
		}
	}
	if list, err := w.Requests(t.Context(), w.v("ana")); err != nil || len(list) > 0 || len(w.drain()) > 0 {
		t.Errorf("something is kept or said: %v, %v", list, err)
	}
	w.stand(node.MemberActive, true)
	for range 2 { // the same twice is once
		w.asked(zoe, farOrigin+"/r/9", o)
	}
	if list, err := w.Requests(t.Context(), w.v("ana")); err != nil || len(list) != 1 || list[0].LearnerURI != zoe {
		t.Errorf("of a member: %+v, %v", list, err)
	}
	if fate := w.asked(zoe, farOrigin+"/r/10", &node.MentorOffer{URI: w.Node.Origin.OfferURI(uuid.New())}); fate != mentoring.Refused {
		t.Errorf("to no offer: %s", fate)
	}
}

// TestOfferForAnotherNetwork is not asked for from this one.
func TestOfferForAnotherNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana")
	o := w.offer("ana", 1)
	o.Audience = node.NetworkOnly(uuid.New())
	w.write(func(ctx context.Context, tx *store.Tx) error { return tx.PutMentorOffer(ctx, o) })
	if fate := w.asked(zoe, farOrigin+"/r/1", o); fate != mentoring.Refused {
		t.Errorf("asked across networks: %s", fate)
	}
}

// TestD7RequestsFromOneOrigin bounds what one server sends in a day, and what one
// of its people has open.
func TestD7RequestsFromOneOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "m1", "m2", "m3", "m4", "m5", "m6")
	var offers []*node.MentorOffer
	for _, m := range []string{"m1", "m2", "m3", "m4", "m5", "m6"} {
		offers = append(offers, w.offer(m, 1))
	}
	n := 0
	uri := func() string { n++; return fmt.Sprintf("%s/r/%d", farOrigin, n) }
	for _, o := range offers {
		last := uri()
		w.asked(zoe, last, o)
		if n == 6 {
			if r := w.byURI(last); r == nil || r.State != node.RequestDeclined || !strings.Contains(r.Reason, "cinco") {
				t.Errorf("the sixth: %+v", r)
			}
		}
	}
	for n < 20 {
		if fate := w.asked(fmt.Sprintf("%s/ap/people/p%d", farOrigin, n), uri(), offers[n%6]); fate != mentoring.Stored {
			t.Fatalf("request %d: %s", n, fate)
		}
	}
	if fate := w.asked(farOrigin+"/ap/people/last", uri(), offers[0]); fate != mentoring.Limited {
		t.Errorf("the twenty-first: %s", fate)
	}
	w.Clock.Add(25 * time.Hour)
	if fate := w.asked(farOrigin+"/ap/people/last", uri(), offers[0]); fate != mentoring.Stored {
		t.Errorf("a day later: %s", fate)
	}
}

// TestUndoBeforeRequest: what was taken back before it came has no effect.
func TestUndoBeforeRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana")
	o := w.offer("ana", 1)
	uri := farOrigin + "/r/1"
	if err := w.ReceiveLeft(t.Context(), zoe, uri); err != nil {
		t.Fatal(err)
	}
	w.asked(zoe, uri, o)
	if w.byURI(uri) != nil {
		t.Error("it came to life")
	}
	// Only the learner's own word counts.
	other := farOrigin + "/r/2"
	if err := w.ReceiveLeft(t.Context(), stranger, other); err != nil {
		t.Fatal(err)
	}
	w.asked(zoe, other, o)
	if err := w.ReceiveLeft(t.Context(), stranger, other); err != nil {
		t.Fatal(err)
	}
	if r := w.byURI(other); r == nil || r.State != node.RequestAsked {
		t.Errorf("a stranger ends it: %+v", r)
	}
	if err := w.ReceiveLeft(t.Context(), zoe, other); err != nil {
		t.Fatal(err)
	}
	if r := w.byURI(other); r.State != node.RequestTaken || count(w.notices("ana"), node.NoticeTakenBack) != 1 {
		t.Errorf("taken back: %+v, %v", r, w.notices("ana"))
	}
}

// received is an offer as the other member announces it.
func received() *node.MentorOffer {
	return &node.MentorOffer{
		URI: farOrigin + "/ap/offers/1", Topics: []string{topic}, Languages: []string{"en"}, Format: node.OneCall, Capacity: 1, Version: 1,
		ExpiresAt: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

// TestReceivedOffers keeps what a member says of its own, and nothing of others.
func TestReceivedOffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz")
	ctx := t.Context()
	receive := func(actor string, o *node.MentorOffer, to ...string) mentoring.Fate {
		t.Helper()
		fate, err := w.ReceiveOffer(ctx, actor, o, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		return fate
	}
	if fate := receive(stranger, received(), members); fate != mentoring.Refused {
		t.Errorf("a stranger: %s", fate)
	}
	if fate := receive(zoe, received(), "https://elsewhere.example/members"); fate != mentoring.Refused {
		t.Errorf("for another network: %s", fate)
	}
	if fate := receive(zoe, received(), members); fate != mentoring.Stored {
		t.Fatalf("a member: %s", fate)
	}
	list, err := w.Offers(ctx, w.v("luz"), mentoring.Filter{Topic: topic, Language: "en"})
	if err != nil || len(list) != 1 || list[0].Audience != node.NetworkOnly(w.network) || list[0].ExpiresAt.After(w.Clock.Now().Add(node.OfferLife)) {
		t.Fatalf("luz sees %+v, %v", list, err)
	}
	if fate := receive(zoe, received(), members); fate != mentoring.Old {
		t.Errorf("the same again: %s", fate)
	}
	stolen := received()
	stolen.Version, stolen.Capacity = 9, 20
	if fate := receive(farOrigin+"/ap/people/other", stolen, members); fate != mentoring.Refused {
		t.Errorf("another's change: %s", fate)
	}
	paused := received()
	paused.Version, paused.Paused = 2, true
	if fate := receive(zoe, paused, members); fate != mentoring.Stored {
		t.Errorf("its change: %s", fate)
	}
	if list, _ = w.Offers(ctx, w.v("luz"), mentoring.Filter{}); len(list) != 0 {
		t.Error("a paused offer is listed")
	}
	if known, _ := w.ReceiveOfferGone(ctx, stranger, paused.URI); known {
		t.Error("a stranger takes it back")
	}
	if known, err := w.ReceiveOfferGone(ctx, zoe, paused.URI); !known || err != nil {
		t.Errorf("taken back: %v, %v", known, err)
	}
	if fate := receive(zoe, received(), members); fate != mentoring.Old {
		t.Errorf("after it was taken back: %s", fate)
	}
}

// TestAnswersAreTheMentors: nobody else's answer counts, and none that comes late.
func TestAnswersAreTheMentors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz")
	ctx := t.Context()
	o := received()
	if fate, err := w.ReceiveOffer(ctx, zoe, o, []string{members}, nil); fate != mentoring.Stored || err != nil {
		t.Fatal(fate, err)
	}
	r := w.mustAsk("luz", o)
	if e := w.drain(); len(e) != 1 || e[0].Target != zoe || e[0].Audience != node.Group(r.ID) || e[0].Activity != r.ID {
		t.Fatalf("asking announces %+v", e)
	}
	answer := func(actor string, a mentoring.Answer) bool {
		t.Helper()
		known, err := w.ReceiveAnswer(ctx, actor, a)
		if err != nil {
			t.Fatal(err)
		}
		return known
	}
	accepted := mentoring.Answer{RequestURI: r.URI, State: node.RequestAccepted}
	answer(stranger, accepted)
	if w.state(r) != node.RequestAsked {
		t.Error("a stranger accepts")
	}
	if answer(zoe, mentoring.Answer{RequestURI: w.Node.Origin.ActivityURI(uuid.New()), State: node.RequestAccepted}) {
		t.Error("an answer to nothing is known")
	}
	answer(zoe, mentoring.Answer{RequestURI: r.URI, State: node.RequestWaiting})
	for range 2 {
		answer(zoe, accepted)
	}
	answer(zoe, mentoring.Answer{RequestURI: r.URI, State: node.RequestDeclined, Reason: "late"})
	if got := w.byURI(r.URI); got.State != node.RequestAccepted || got.Reason != "" || count(w.notices("luz"), node.NoticeAccepted) != 1 {
		t.Errorf("it is %+v, luz hears %v", got, w.notices("luz"))
	}
	if err := w.ReceiveGone(ctx, zoe); err != nil {
		t.Fatal(err)
	}
	if w.state(r) != node.RequestClosed || count(w.notices("luz"), node.NoticeClosed) != 1 {
		t.Errorf("after the mentor's end: %s", w.state(r))
	}
}
