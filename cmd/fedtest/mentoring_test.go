package fedtest_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/mentoring"
)

const crm = "crm-migration"

// pair is a mentor and learners on two nodes of one network.
type pair struct {
	*enrolled
	hub, far *fedtest.Node
	ana      access.Viewer // mentor, on hub
	luz, bea access.Viewer // learners, on far
	kim      access.Viewer // learner, on hub
	offer    *node.MentorOffer
}

func newPair(t *testing.T, capacity int) *pair {
	t.Helper()
	p := &pair{enrolled: enrol(t, 2, "hub", "far", "out")}
	p.hub, p.far = p.Nodes[0], p.Nodes[1]
	p.ana, p.kim = p.listed(p.hub, "ana"), p.listed(p.hub, "kim")
	p.luz, p.bea = p.listed(p.far, "luz"), p.listed(p.far, "bea")
	o, err := p.hub.Mentoring.Offer(t.Context(), p.ana, mentoring.OfferInput{
		Topics: []string{crm}, Languages: []string{"es", "en"}, Format: node.OneCall, Capacity: capacity, Note: "Two moves done.", Lang: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	p.offer = o
	p.Settle()
	return p
}

// seen is the offer as a learner on far sees it.
func (p *pair) seen() *node.MentorOffer {
	p.t.Helper()
	list, err := p.far.Mentoring.Offers(p.t.Context(), p.luz, mentoring.Filter{Topic: crm})
	if err != nil || len(list) != 1 {
		p.t.Fatalf("far sees %d offers, %v", len(list), err)
	}
	return list[0]
}

func (p *pair) ask(n *fedtest.Node, v access.Viewer) *node.MentorRequest {
	p.t.Helper()
	r, err := n.Mentoring.Request(p.t.Context(), v, mentoring.RequestInput{Offer: p.offer.URI, Topic: crm, Need: "We <move> & need help.", Time: "an hour", Lang: "es"})
	if err != nil {
		p.t.Fatalf("ask: %v", err)
	}
	return r
}

// at is the state of a request on a node, by its URI.
func (p *pair) at(n *fedtest.Node, v access.Viewer, uri string) *node.MentorRequest {
	p.t.Helper()
	list, err := n.Mentoring.Requests(p.t.Context(), v)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, r := range list {
		if r.URI == uri {
			return r
		}
	}
	p.t.Fatalf("%s has no request %s", n.Handle, uri)
	return nil
}

func (p *pair) want(n *fedtest.Node, v access.Viewer, r *node.MentorRequest, state node.RequestState) *node.MentorRequest {
	p.t.Helper()
	got := p.at(n, v, r.URI)
	if got.State != state {
		p.t.Errorf("on %s it is %s, want %s", n.Handle, got.State, state)
	}
	return got
}

// told counts the notices of a verb that somebody has.
func (p *pair) told(n *fedtest.Node, v access.Viewer, verb string) (count int) {
	p.t.Helper()
	list, err := n.People.Notices(p.t.Context(), v, 100)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, notice := range list {
		if notice.Verb == verb {
			count++
		}
	}
	return count
}

func (p *pair) accept(uri string) *node.MentorRequest {
	p.t.Helper()
	got, err := p.hub.Mentoring.Accept(p.t.Context(), p.ana, p.at(p.hub, p.ana, uri).ID)
	if err != nil {
		p.t.Fatalf("accept: %v", err)
	}
	return got
}

// TestJourney3AcrossNodes is product.md 5.2, 3, with the learners on another node:
// the third request is placed on the waiting list, not accepted.
func TestJourney3AcrossNodes(t *testing.T) {
	t.Parallel()
	p := newPair(t, 2)
	if o := p.seen(); o.Local || !strings.Contains(o.Mentor.Name, "ana") || o.Capacity != 2 || o.Note.In("en", "") != "Two moves done." || !slices.Equal(o.Languages, []string{"es", "en"}) {
		t.Fatalf("far sees %+v", o)
	}
	if home := p.far.Home(); len(home) > 0 {
		t.Errorf("an offer is on the timeline: %v", home[0].URI)
	}
	first, second, third := p.ask(p.far, p.luz), p.ask(p.far, p.bea), p.ask(p.hub, p.kim)
	p.Settle()
	got := p.want(p.hub, p.ana, first, node.RequestAsked)
	if got.Need != "We <move> & need help." || got.Time != "an hour" || got.Lang != "es" || got.Topic != crm {
		t.Errorf("the mentor reads %+v", got)
	}
	if n := p.told(p.hub, p.ana, node.NoticeAsked); n != 3 {
		t.Errorf("the mentor is told %d times", n)
	}
	p.accept(first.URI)
	p.accept(second.URI)
	if got := p.accept(third.URI); got.State != node.RequestWaiting {
		t.Fatalf("the third is %s", got.State)
	}
	p.Settle()
	p.Settle()
	p.want(p.far, p.luz, first, node.RequestAccepted)
	p.want(p.far, p.bea, second, node.RequestAccepted)
	if p.told(p.far, p.luz, node.NoticeAccepted) != 1 || !p.seen().Full {
		t.Errorf("luz is told %d times, full %v", p.told(p.far, p.luz, node.NoticeAccepted), p.seen().Full)
	}
	p.write2each(first)
	if err := p.far.Mentoring.Close(t.Context(), p.luz, first.ID); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	p.want(p.hub, p.ana, first, node.RequestClosed)
	p.want(p.hub, p.kim, third, node.RequestAsked)
	if p.seen().Full {
		t.Error("far still hears that the mentor is full")
	}
	p.accept(third.URI)
}

// write2each lets the two of a request write to each other.
func (p *pair) write2each(r *node.MentorRequest) {
	p.t.Helper()
	ctx := p.t.Context()
	here := p.at(p.hub, p.ana, r.URI)
	if _, err := p.hub.Contact.Send(ctx, p.ana, here.ID.String(), "Shall we speak on Tuesday?"); err != nil {
		p.t.Fatal(err)
	}
	p.Settle()
	got, err := p.far.Contact.Thread(ctx, p.luz, r.ID)
	if err != nil || len(got) != 1 || got[0].Body != "Shall we speak on Tuesday?" {
		p.t.Fatalf("luz reads %v, %v", got, err)
	}
	if _, err := p.far.Contact.Send(ctx, p.luz, r.ID.String(), "Yes!"); err != nil {
		p.t.Fatal(err)
	}
	p.Settle()
	if got, err = p.hub.Contact.Thread(ctx, p.ana, here.ID); err != nil || len(got) != 2 || got[1].Body != "Yes!" {
		p.t.Fatalf("ana reads %v, %v", got, err)
	}
	if len(p.hub.Home())+len(p.far.Home()) > 0 {
		p.t.Error("a message is on a timeline")
	}
}

// TestWaitingListAcrossNodes: a learner elsewhere waits, hears that a place is free,
// and is accepted.
func TestWaitingListAcrossNodes(t *testing.T) {
	t.Parallel()
	p := newPair(t, 1)
	near := p.ask(p.hub, p.kim)
	p.accept(near.URI)
	p.Settle()
	r := p.ask(p.far, p.luz)
	p.Settle()
	p.want(p.hub, p.ana, r, node.RequestWaiting)
	p.want(p.far, p.luz, r, node.RequestWaiting)
	if err := p.hub.Mentoring.Close(t.Context(), p.ana, near.ID); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	p.want(p.far, p.luz, r, node.RequestAsked)
	if p.told(p.far, p.luz, node.NoticeFree) != 1 {
		t.Error("luz does not hear that a place is free")
	}
	p.accept(r.URI)
	p.Settle()
	p.want(p.far, p.luz, r, node.RequestAccepted)
	if err := p.hub.Mentoring.Close(t.Context(), p.ana, p.at(p.hub, p.ana, r.URI).ID); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	p.want(p.far, p.luz, r, node.RequestClosed)
}

// TestDeclinedAcrossNodes: kind words arrive in the learner's language, and a
// colleague's offer as a link.
func TestDeclinedAcrossNodes(t *testing.T) {
	t.Parallel()
	p := newPair(t, 2)
	ctx := t.Context()
	r := p.ask(p.far, p.luz)
	p.Settle()
	if err := p.hub.Mentoring.Decline(ctx, p.ana, p.at(p.hub, p.ana, r.URI).ID, "away"); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	if got := p.want(p.far, p.luz, r, node.RequestDeclined); !strings.HasPrefix(got.Reason, "Gracias por escribirme. Voy a estar fuera") {
		t.Errorf("luz reads %q", got.Reason)
	}
	other, err := p.hub.Mentoring.Offer(ctx, p.kim, mentoring.OfferInput{Topics: []string{crm}, Languages: []string{"en"}, Format: node.OneQuestion, Capacity: 1})
	if err != nil {
		t.Fatal(err)
	}
	p.Settle()
	r = p.ask(p.far, p.bea)
	p.Settle()
	if err := p.hub.Mentoring.HandOn(ctx, p.ana, p.at(p.hub, p.ana, r.URI).ID, "kim"); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	p.want(p.far, p.bea, r, node.RequestHandedOn)
	shown, err := p.far.Mentoring.ShowRequest(ctx, p.bea, r.ID)
	if err != nil || shown.Suggested == nil || shown.Suggested.URI != other.URI {
		t.Errorf("bea is suggested %+v, %v", shown, err)
	}
}

// TestPausedAcrossNodes: a request that crosses the pause on its way is
// answered with a sentence, not left hanging.
func TestPausedAcrossNodes(t *testing.T) {
	t.Parallel()
	p := newPair(t, 2)
	ctx := t.Context()
	r := p.ask(p.far, p.luz) // before far hears of the pause
	if err := p.hub.Mentoring.Pause(ctx, p.ana, p.offer.ID, true); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	if got := p.want(p.far, p.luz, r, node.RequestDeclined); !strings.Contains(got.Reason, "no recibe peticiones") {
		t.Errorf("luz reads %q", got.Reason)
	}
	if _, err := p.far.Mentoring.Request(ctx, p.bea, mentoring.RequestInput{Offer: p.offer.URI, Topic: crm, Need: "help"}); err == nil {
		t.Error("far does not know that the offer is paused")
	}
	if err := p.hub.Mentoring.Pause(ctx, p.ana, p.offer.ID, false); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	r = p.ask(p.far, p.bea)
	if err := p.hub.Mentoring.Withdraw(ctx, p.ana, p.offer.ID); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	p.want(p.far, p.bea, r, node.RequestDeclined)
	if list, err := p.far.Mentoring.Offers(ctx, p.luz, mentoring.Filter{}); err != nil || len(list) > 0 {
		t.Errorf("far still shows %d offers, %v", len(list), err)
	}
}

// TestAcceptWhilePeerIsDown: the answer arrives when the learner's node is back, once.
func TestAcceptWhilePeerIsDown(t *testing.T) {
	t.Parallel()
	p := newPair(t, 1)
	r := p.ask(p.far, p.luz)
	p.Settle()
	p.far.Stop()
	p.accept(r.URI)
	for range 3 {
		p.Clock.Add(time.Hour)
		if _, err := p.hub.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p.far.Start()
	p.Clock.Add(24 * time.Hour)
	p.Settle()
	p.want(p.far, p.luz, r, node.RequestAccepted)
	if n := p.told(p.far, p.luz, node.NoticeAccepted); n != 1 {
		t.Errorf("luz is told %d times", n)
	}
}

// TestTwoWeeksAcrossNodes: a nudge at 7 days and release at 14, each once, also
// when the nodes are stopped in between and asked again and again.
func TestTwoWeeksAcrossNodes(t *testing.T) {
	t.Parallel()
	p := newPair(t, 1)
	r := p.ask(p.far, p.luz)
	p.Settle()
	p.Clock.Add(node.NudgeAfter - time.Hour)
	p.Settle()
	if p.told(p.hub, p.ana, node.NoticeNudge) != 0 {
		t.Error("nudged before a week")
	}
	p.Clock.Add(2 * time.Hour)
	p.Settle()
	p.hub.Stop()
	p.hub.Start()
	p.Settle()
	if n := p.told(p.hub, p.ana, node.NoticeNudge); n != 1 {
		t.Errorf("nudged %d times", n)
	}
	p.want(p.far, p.luz, r, node.RequestAsked)
	p.Clock.Add(node.NudgeAfter)
	for range 2 {
		p.Settle()
	}
	p.want(p.far, p.luz, r, node.RequestReleased)
	p.want(p.hub, p.ana, r, node.RequestReleased)
	if n := p.told(p.far, p.luz, node.NoticeReleased); n != 1 {
		t.Errorf("released %d times", n)
	}
}

// TestReleasedWithoutTheMentorsNode: a learner is free also when the other node is gone.
func TestReleasedWithoutTheMentorsNode(t *testing.T) {
	t.Parallel()
	p := newPair(t, 1)
	r := p.ask(p.far, p.luz)
	p.Settle()
	p.hub.Stop()
	p.Clock.Add(node.ReleaseAfter + time.Hour)
	if _, err := p.far.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.want(p.far, p.luz, r, node.RequestReleased)
}

// TestD8BlockedSenderCannotTell: who is blocked sees what anybody would.
func TestD8BlockedSenderCannotTell(t *testing.T) {
	t.Parallel()
	p := newPair(t, 2)
	ctx := t.Context()
	r := p.ask(p.far, p.luz)
	p.Settle()
	p.accept(r.URI)
	p.Settle()
	here := p.at(p.hub, p.ana, r.URI)
	if err := p.hub.Contact.Block(ctx, p.ana, here.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := p.far.Contact.Send(ctx, p.luz, r.ID.String(), "Are you there?"); err != nil {
		t.Fatal(err)
	}
	other := p.ask(p.far, p.bea) // of the same organization
	p.Settle()
	if got, err := p.hub.Contact.Thread(ctx, p.ana, here.ID); err != nil || len(got) != 0 {
		t.Errorf("ana reads %v, %v", got, err)
	}
	if p.told(p.hub, p.ana, node.NoticeMessage) != 0 || p.told(p.hub, p.ana, node.NoticeAsked) != 0 {
		t.Error("ana is told of who she blocks")
	}
	if list, err := p.hub.Mentoring.Requests(ctx, p.ana); err != nil || len(list) != 1 {
		t.Errorf("ana has %d requests, %v", len(list), err)
	}
	p.want(p.far, p.bea, other, node.RequestAsked)
	if got, err := p.far.Contact.Thread(ctx, p.luz, r.ID); err != nil || len(got) != 1 {
		t.Errorf("luz's own message is %v, %v", got, err)
	}
	if q, err := p.far.Delivery.Queue(ctx, p.far.Admin); err != nil || q.Waiting != 0 {
		t.Errorf("%+v waits of the blocked, %v: they can tell", q, err)
	}
	blocks, err := p.hub.Contact.Blocks(ctx, p.ana)
	if err != nil || len(blocks) != 1 || !blocks[0].Organization {
		t.Fatalf("blocks %+v, %v", blocks, err)
	}
	if err := p.hub.Contact.Unblock(ctx, p.ana, blocks[0].URI); err != nil {
		t.Fatal(err)
	}
	if _, err := p.far.Contact.Send(ctx, p.luz, r.ID.String(), "Again"); err != nil {
		t.Fatal(err)
	}
	p.Settle()
	if got, err := p.hub.Contact.Thread(ctx, p.ana, here.ID); err != nil || len(got) != 1 {
		t.Errorf("after unblocking ana reads %v, %v", got, err)
	}
}

// TestOfferIsServedToMembersOnly: whoever is no member gets 404 (federation.md 8.3, 6).
func TestOfferIsServedToMembersOnly(t *testing.T) {
	t.Parallel()
	p := newPair(t, 1)
	if got := fetched(t, p.far, p.offer.URI); got != http.StatusOK {
		t.Errorf("a member gets %d", got)
	}
	if got := fetched(t, p.Nodes[2], p.offer.URI); got != http.StatusNotFound {
		t.Errorf("an outsider gets %d", got)
	}
	if res, err := http.Get(p.offer.URI); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("anybody gets %v, %v", res, err)
	}
}

// TestStrangersInMentoring: what a server outside the network sends about offers,
// requests and messages is taken with 202 or refused, and has no effect.
func TestStrangersInMentoring(t *testing.T) {
	t.Parallel()
	p := newPair(t, 1)
	ctx := t.Context()
	r := p.ask(p.far, p.luz)
	p.Settle()
	eve := fedtest.NewPeer(t, 1, "Person")
	ask := eve.Activity("Offer", fedtest.Doc{
		"type": "Agreement", "content": "let me in", "stipulates": fedtest.Doc{"type": "Commitment", "satisfies": p.offer.URI + "#primary"},
	})
	ask["to"] = []any{p.offer.ActorURI}
	note := eve.Note("buy this")
	note["threadKind"], note["to"] = "contact", []any{p.offer.ActorURI}
	offer := eve.Note("mentoring")
	offer["purpose"], offer["publishes"] = "offer", fedtest.Doc{"type": "Intent", "resourceConformsTo": "https://w3id.org/poweron/skills/" + crm}
	for name, doc := range map[string]fedtest.Doc{
		"request": ask, "message": eve.Activity("Create", note), "offer": eve.Activity("Create", offer), "accept": eve.Activity("Accept", r.URI), "reject": eve.Activity("Reject", r.URI),
		"take back": eve.Activity("Undo", fedtest.Doc{"id": r.URI, "type": "Offer"}), "close": eve.Activity("Undo", fedtest.Doc{"type": "Accept", "object": r.URI}),
		"delete": eve.Activity("Delete", p.offer.URI),
	} {
		for _, n := range []*fedtest.Node{p.hub, p.far} {
			if status := eve.Post(n.Origin.SharedInbox(), doc); status != http.StatusAccepted && status != http.StatusForbidden && status != http.StatusUnauthorized {
				t.Errorf("%s: %d", name, status)
			}
		}
	}
	p.Settle()
	p.want(p.hub, p.ana, r, node.RequestAsked)
	p.want(p.far, p.luz, r, node.RequestAsked)
	if list, err := p.hub.Mentoring.Requests(ctx, p.ana); err != nil || len(list) != 1 {
		t.Errorf("ana has %d requests, %v", len(list), err)
	}
	if threads, err := p.hub.Contact.Threads(ctx, p.ana); err != nil || len(threads) > 0 {
		t.Errorf("ana has %+v, %v", threads, err)
	}
	p.seen()
	if list, err := p.hub.Mentoring.Offers(ctx, p.kim, mentoring.Filter{Topic: crm}); err != nil || len(list) != 1 {
		t.Errorf("hub shows %d offers, %v", len(list), err)
	}
	if home := p.hub.Home(); len(home) > 0 {
		t.Errorf("something of it is on the timeline: %v", home[0].URI)
	}
}

// TestPrivateActivitiesStayPrivate: what is between two people is in no outbox and
// at no address, not even for members of their network; the offer is.
func TestPrivateActivitiesStayPrivate(t *testing.T) {
	t.Parallel()
	p := newPair(t, 1)
	r := p.ask(p.far, p.luz)
	p.Settle()
	p.accept(r.URI)
	p.Settle()
	m, err := p.far.Contact.Send(t.Context(), p.luz, r.ID.String(), "CANARY between us")
	if err != nil {
		t.Fatal(err)
	}
	p.Settle()
	for _, n := range []*fedtest.Node{p.hub, p.far} {
		again(t, n)
		for _, id := range []uuid.UUID{r.ID, m.ID, p.at(p.hub, p.ana, r.URI).ID} {
			if got := activities(t, n, id); len(got) > 0 {
				t.Errorf("%s tells its network of %v", n.Handle, got)
			}
		}
	}
	if got := activities(t, p.hub, p.offer.ID); len(got) == 0 {
		t.Error("the offer is in no outbox: who was away misses it")
	}
	for _, uri := range []string{r.URI, m.URI, r.URI + "#agreement"} {
		for _, n := range []*fedtest.Node{p.hub, p.Nodes[2]} {
			if status := fetched(t, n, uri); status != http.StatusNotFound {
				t.Errorf("%s gets %s: %d", n.Handle, uri, status)
			}
		}
	}
	for _, path := range []string{"/", "/feed.atom", "/mentoring", "/mentoring/offers", "/messages", "/messages/" + r.ID.String(), "/mentoring/requests/" + r.ID.String(), "/mentoring/offers/" + p.offer.ID.String()} {
		for _, n := range []*fedtest.Node{p.hub, p.far} {
			res, err := http.Get(n.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err := errors.Join(err, res.Body.Close()); err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"CANARY", "need help", "Person luz", "Two moves"} {
				if strings.Contains(string(body), secret) {
					t.Errorf("%s%s shows %q to a visitor", n.Handle, path, secret)
				}
			}
		}
	}
}

// TestTwoNodesKilledInBetween: a request, an answer and a message survive a stop of
// either node before it was sent, and arrive once.
func TestTwoNodesKilledInBetween(t *testing.T) {
	t.Parallel()
	p := newPair(t, 1)
	restart := func(n *fedtest.Node) { n.Stop(); n.Start() }
	r := p.ask(p.far, p.luz)
	restart(p.far)
	p.Settle()
	p.accept(r.URI)
	restart(p.hub)
	p.Settle()
	p.Settle()
	p.want(p.far, p.luz, r, node.RequestAccepted)
	if _, err := p.far.Contact.Send(t.Context(), p.luz, r.ID.String(), "Hello"); err != nil {
		t.Fatal(err)
	}
	restart(p.far)
	restart(p.hub)
	p.Settle()
	p.Settle()
	got, err := p.hub.Contact.Thread(t.Context(), p.ana, p.at(p.hub, p.ana, r.URI).ID)
	if err != nil || len(got) != 1 {
		t.Errorf("ana reads %v, %v", got, err)
	}
	if asked, accepted := p.told(p.hub, p.ana, node.NoticeAsked), p.told(p.far, p.luz, node.NoticeAccepted); asked != 0 || accepted != 1 {
		t.Errorf("ana has %d open questions, luz is told %d times", asked, accepted)
	}
}
