package mentoring_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/schema"
)

const (
	topic     = "crm-migration"
	farOrigin = "https://far.example"
	farMember = farOrigin + "/ap/organizations/far"
	groupURI  = "https://hub.example/ap/networks/ptp"
	members   = groupURI + "/members"
)

// world is a node in one network with one other member, far.example.
type world struct {
	*nodetest.Node
	*mentoring.Service
	t       *testing.T
	network uuid.UUID
}

func newWorld(t *testing.T, handles ...string) *world {
	t.Helper()
	n := nodetest.NewNode(t)
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Node: n, t: t, network: uuid.Must(uuid.NewV7()), Service: &mentoring.Service{DB: n.DB, Now: n.Clock.Now, Origin: n.Origin, Skills: skills}}
	now := n.Clock.Now()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		net := &node.Network{ID: w.network, URI: groupURI, Username: "ptp", Host: "hub.example", Name: "PTP", MembersURI: members, State: node.NetworkActive, FetchedAt: now.Add(100 * 365 * 24 * time.Hour), CreatedAt: now, UpdatedAt: now, Version: 1}
		if err := tx.PutNetwork(ctx, net); err != nil {
			return err
		}
		for _, m := range []node.Membership{
			{OrganizationURI: n.Origin.OrganizationURI(n.Organization.ID), Origin: string(n.Origin), Name: "Ours"},
			{OrganizationURI: farMember, Origin: farOrigin, Inbox: farOrigin + "/inbox", Name: "Far"},
		} {
			m.ID, m.NetworkID, m.Status, m.Role, m.Kind, m.Claim = uuid.Must(uuid.NewV7()), w.network, node.MemberActive, node.PlainMember, node.OwnNode, true
			if err := tx.PutMembership(ctx, &m); err != nil {
				return err
			}
		}
		return nil
	})
	for _, h := range handles {
		v := n.Person(t, h, node.Member)
		if _, err := n.People.SetInNetworks(t.Context(), v, h, true); err != nil {
			t.Fatalf("show %s to the networks: %v", h, err)
		}
	}
	w.drain()
	return w
}

func (w *world) write(f func(context.Context, *store.Tx) error) {
	w.t.Helper()
	if err := w.Node.DB.Write(w.t.Context(), func(tx *store.Tx) error { return f(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

// drain forgets what waits to be announced and returns it.
func (w *world) drain() []node.Event {
	w.t.Helper()
	return w.TakeOutbox(w.t)
}

func (w *world) v(handle string) access.Viewer { w.t.Helper(); return w.Viewer(w.t, handle) }

func (w *world) offer(handle string, capacity int) *node.MentorOffer {
	w.t.Helper()
	o, err := w.Offer(w.t.Context(), w.v(handle), mentoring.OfferInput{
		Topics: []string{topic, "spreadsheets"}, Languages: []string{"es", "en"}, Format: node.OneCall, Capacity: capacity, Note: "I moved three groups.", Lang: "en",
	})
	if err != nil {
		w.t.Fatalf("offer: %v", err)
	}
	return o
}

func (w *world) ask(handle string, o *node.MentorOffer) (*node.MentorRequest, error) {
	return w.Request(w.t.Context(), w.v(handle), mentoring.RequestInput{Offer: o.ID.String(), Topic: topic, Need: "We move to a new CRM.", Time: "an hour", Lang: "es"})
}

func (w *world) mustAsk(handle string, o *node.MentorOffer) *node.MentorRequest {
	w.t.Helper()
	r, err := w.ask(handle, o)
	if err != nil {
		w.t.Fatalf("%s asks: %v", handle, err)
	}
	return r
}

func (w *world) state(r *node.MentorRequest) node.RequestState {
	w.t.Helper()
	var got *node.MentorRequest
	if err := w.Node.DB.View(w.t.Context(), func(tx *store.Tx) (err error) {
		got, err = tx.StoredMentorRequest(w.t.Context(), r.URI)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return got.State
}

// notices lists what somebody was told, verb by verb.
func (w *world) notices(handle string) (verbs []string) {
	w.t.Helper()
	list, err := w.People.Notices(w.t.Context(), w.v(handle), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range list {
		verbs = append(verbs, n.Verb)
	}
	return verbs
}

func count(list []string, what string) (n int) {
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

func (w *world) due() int {
	w.t.Helper()
	n, err := w.Due(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// TestJourney3 is the mentor of product.md 5.2: two at a time, the third waits.
func TestJourney3(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz", "bea", "kim")
	ctx := t.Context()
	o := w.offer("ana", 2)
	if e := w.drain(); len(e) != 1 || e[0].Verb != node.Created || e[0].Kind != node.KindOffer || e[0].Audience != node.Networks {
		t.Errorf("an offer announces %+v", e)
	}
	luz, bea, kim := w.mustAsk("luz", o), w.mustAsk("bea", o), w.mustAsk("kim", o)
	for _, r := range []*node.MentorRequest{luz, bea} {
		if got, err := w.Accept(ctx, w.v("ana"), r.ID); err != nil || got.State != node.RequestAccepted {
			t.Fatalf("accept: %v, %v", got, err)
		}
	}
	got, err := w.Accept(ctx, w.v("ana"), kim.ID)
	if err != nil || got.State != node.RequestWaiting || w.state(kim) != node.RequestWaiting {
		t.Fatalf("the third: %v, %v", got, err)
	}
	if n := w.notices("kim"); count(n, node.NoticeWaiting) != 1 {
		t.Errorf("kim hears %v", n)
	}
	// The networks hear that it is full, once.
	events := w.drain()
	if len(events) != 1 || events[0].Verb != node.Updated {
		t.Errorf("full announces %+v", events)
	}
	shown, err := w.ShowRequest(ctx, w.v("kim"), kim.ID)
	if err != nil || shown.Place != 1 || !shown.Offer.Full {
		t.Errorf("kim sees %+v, %v", shown, err)
	}
	if err := w.Close(ctx, w.v("luz"), luz.ID); err != nil {
		t.Fatal(err)
	}
	if w.state(kim) != node.RequestAsked || w.state(luz) != node.RequestClosed {
		t.Errorf("after closing: kim %s, luz %s", w.state(kim), w.state(luz))
	}
	if n := w.notices("kim"); count(n, node.NoticeFree) != 1 {
		t.Errorf("kim hears %v", n)
	}
	if n := w.notices("ana"); count(n, node.NoticeAsked) != 1 || count(n, node.NoticeClosed) != 1 {
		t.Errorf("ana hears %v", n)
	}
	if got, err := w.Accept(ctx, w.v("ana"), kim.ID); err != nil || got.State != node.RequestAccepted {
		t.Errorf("kim's turn: %v, %v", got, err)
	}
}

// TestRequestIsPrivate asks everybody else for what is between two (product.md 5.4).
func TestRequestIsPrivate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz", "bea")
	r := w.mustAsk("luz", w.offer("ana", 1))
	ctx := t.Context()
	for _, h := range []string{"ana", "luz"} {
		if got, err := w.ShowRequest(ctx, w.v(h), r.ID); err != nil || got.Need == "" {
			t.Errorf("%s cannot read it: %v", h, err)
		}
	}
	for name, v := range map[string]access.Viewer{
		"another": w.v("bea"), "admin": w.Admin, "operator": w.Operator, "visitor": access.Visitor, "member node": access.Remote(farMember, w.network),
		"the operator with the group": {Operator: true, Role: node.Admin, Groups: []uuid.UUID{r.ID}},
	} {
		if _, err := w.ShowRequest(ctx, v, r.ID); err == nil {
			t.Errorf("%s reads it", name)
		}
		if list, err := w.Requests(ctx, v); err == nil && len(list) > 0 {
			t.Errorf("%s lists it", name)
		}
		for what, err := range map[string]error{"accept": second(w.Accept(ctx, v, r.ID)), "decline": w.Decline(ctx, v, r.ID, "time"), "close": w.Close(ctx, v, r.ID), "hand on": w.HandOn(ctx, v, r.ID, "x")} {
			if err == nil {
				t.Errorf("%s: %s works", name, what)
			}
		}
	}
	if w.state(r) != node.RequestAsked {
		t.Errorf("it is %s now", w.state(r))
	}
	// The learner does not accept their own.
	if _, err := w.Accept(ctx, w.v("luz"), r.ID); err == nil {
		t.Error("a learner accepts for the mentor")
	}
	if list, _ := w.People.Notices(ctx, w.Admin, 100); len(list) > 0 {
		t.Errorf("an admin is told %+v", list)
	}
}

func second[T any](_ T, err error) error { return err }

// TestBadRequests has one sentence for each, and changes nothing.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz", "bea")
	w.Person(t, "hid", node.Member)
	ctx := t.Context()
	o := w.offer("ana", 1)
	paused := w.offer("bea", 1)
	if err := w.Pause(ctx, w.v("bea"), paused.ID, true); err != nil {
		t.Fatal(err)
	}
	good := mentoring.RequestInput{Offer: o.ID.String(), Topic: topic, Need: "help"}
	with := func(f func(*mentoring.RequestInput)) mentoring.RequestInput { in := good; f(&in); return in }
	for name, c := range map[string]struct {
		who string
		in  mentoring.RequestInput
		key string
	}{
		"own":       {"ana", good, "error.mentor.self"},
		"unlisted":  {"hid", good, "error.mentor.listed"},
		"paused":    {"luz", with(func(r *mentoring.RequestInput) { r.Offer = paused.ID.String() }), "error.mentor.paused"},
		"topic":     {"luz", with(func(r *mentoring.RequestInput) { r.Topic = "facilitation" }), "error.mentor.topic"},
		"no topic":  {"luz", with(func(r *mentoring.RequestInput) { r.Topic = "" }), "error.mentor.topic"},
		"no need":   {"luz", with(func(r *mentoring.RequestInput) { r.Need = " " }), "error.text.required"},
		"long need": {"luz", with(func(r *mentoring.RequestInput) { r.Need = strings.Repeat("a", node.MaxMessageRunes+1) }), "error.text.long"},
		"language":  {"luz", with(func(r *mentoring.RequestInput) { r.Lang = "spanish!" }), "error.lang.form"},
		"unknown":   {"luz", with(func(r *mentoring.RequestInput) { r.Offer = uuid.NewString() }), "error.mentor.unknown"},
		"nobody":    {"luz", with(func(r *mentoring.RequestInput) { r.Offer = "zoe@far.example" }), "error.mentor.none"},
	} {
		_, err := w.Request(ctx, w.v(c.who), c.in)
		if err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	if _, err := w.Request(ctx, access.Visitor, good); err == nil {
		t.Error("a visitor asks")
	}
	w.mustAsk("luz", o)
	if _, err := w.ask("luz", o); err == nil || !strings.Contains(err.Error(), "error.mentor.twice") {
		t.Errorf("twice: %v", err)
	}
	w.Clock.Add(node.OfferLife)
	if _, err := w.ask("bea", o); err == nil || !strings.Contains(err.Error(), "error.mentor.ended") {
		t.Errorf("ended: %v", err)
	}
}

// TestD7FiveOpenRequests bounds what one learner asks for at a time.
func TestD7FiveOpenRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz", "m1", "m2", "m3", "m4", "m5", "m6")
	var last *node.MentorRequest
	for _, m := range []string{"m1", "m2", "m3", "m4", "m5"} {
		last = w.mustAsk("luz", w.offer(m, 1))
	}
	sixth := w.offer("m6", 1)
	if _, err := w.ask("luz", sixth); err == nil || !strings.Contains(err.Error(), "error.mentor.many") {
		t.Fatalf("the sixth: %v", err)
	}
	if err := w.Close(t.Context(), w.v("luz"), last.ID); err != nil {
		t.Fatal(err)
	}
	w.mustAsk("luz", sixth)
}

// TestByHandle finds an offer by who makes it.
func TestByHandle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz")
	o := w.offer("ana", 1)
	for _, ref := range []string{"ana", "@ana", "ana@" + w.Node.Origin.Host(), o.URI, w.Node.Origin.OfferPage(o.ID)} {
		r, err := w.Request(t.Context(), w.v("luz"), mentoring.RequestInput{Offer: ref, Topic: topic, Need: "help"})
		if err != nil || r.OfferURI != o.URI {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if err := w.Close(t.Context(), w.v("luz"), r.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDeclineAndHandOn says no in the learner's language.
func TestDeclineAndHandOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz", "bea")
	ctx := t.Context()
	o, other := w.offer("ana", 1), w.offer("bea", 1)
	r := w.mustAsk("luz", o)
	if err := w.Decline(ctx, w.v("ana"), r.ID, "time"); err != nil {
		t.Fatal(err)
	}
	shown, err := w.ShowRequest(ctx, w.v("luz"), r.ID)
	if err != nil || shown.State != node.RequestDeclined || !strings.HasPrefix(shown.Reason, "Gracias por escribirme") {
		t.Errorf("declined as %+v, %v", shown, err)
	}
	if err := w.Decline(ctx, w.v("ana"), r.ID, "time"); err == nil {
		t.Error("declined twice")
	}
	r = w.mustAsk("luz", o)
	if err := w.HandOn(ctx, w.v("ana"), r.ID, o.ID.String()); err == nil {
		t.Error("handed on to oneself")
	}
	if err := w.HandOn(ctx, w.v("ana"), r.ID, "bea"); err != nil {
		t.Fatal(err)
	}
	shown, err = w.ShowRequest(ctx, w.v("luz"), r.ID)
	if err != nil || shown.State != node.RequestHandedOn || shown.Suggested == nil || shown.Suggested.ID != other.ID {
		t.Errorf("handed on as %+v, %v", shown, err)
	}
	if n := w.notices("luz"); count(n, node.NoticeHandedOn) != 1 || count(n, node.NoticeDeclined) != 1 {
		t.Errorf("luz hears %v", n)
	}
}

// TestWithdrawnOffer tells those who have no answer, and keeps what was agreed.
func TestWithdrawnOffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz", "bea", "kim")
	ctx := t.Context()
	o := w.offer("ana", 1)
	agreed, waits := w.mustAsk("luz", o), w.mustAsk("bea", o)
	if _, err := w.Accept(ctx, w.v("ana"), agreed.ID); err != nil {
		t.Fatal(err)
	}
	queued := w.mustAsk("kim", o)
	if queued.State != node.RequestWaiting {
		t.Errorf("a full mentor is asked: %s", queued.State)
	}
	w.drain()
	if err := w.Withdraw(ctx, w.v("bea"), o.ID); err == nil {
		t.Error("somebody else withdraws it")
	}
	if err := w.Withdraw(ctx, w.v("ana"), o.ID); err != nil {
		t.Fatal(err)
	}
	if w.state(waits) != node.RequestDeclined || w.state(queued) != node.RequestDeclined || w.state(agreed) != node.RequestAccepted {
		t.Errorf("%s, %s, %s", w.state(waits), w.state(queued), w.state(agreed))
	}
	if e := w.drain(); len(e) != 1 || e[0].Verb != node.Deleted {
		t.Errorf("announced %+v", e)
	}
	if err := w.Close(ctx, w.v("ana"), agreed.ID); err != nil || w.state(agreed) != node.RequestClosed {
		t.Errorf("closing without an offer: %v", err)
	}
}

// TestTwoBrowsersAtOnce: however many accept at the same time, capacity holds and
// everybody else waits.
func TestTwoBrowsersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "l0", "l1", "l2", "l3", "l4", "l5")
	o := w.offer("ana", 2)
	ana := w.v("ana")
	var all []*node.MentorRequest
	for _, h := range []string{"l0", "l1", "l2", "l3", "l4", "l5"} {
		all = append(all, w.mustAsk(h, o))
	}
	var wg sync.WaitGroup
	for _, r := range all {
		for range 2 { // each button is pressed twice
			wg.Go(func() {
				if _, err := w.Accept(t.Context(), ana, r.ID); err != nil {
					t.Errorf("accept: %v", err)
				}
			})
		}
	}
	wg.Wait()
	states := map[node.RequestState]int{}
	for _, r := range all {
		states[w.state(r)]++
	}
	if states[node.RequestAccepted] != 2 || states[node.RequestWaiting] != 4 {
		t.Errorf("%v", states)
	}
}

// TestChangedOffer keeps its audience, its id and what it says in other languages.
func TestChangedOffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz")
	ctx := t.Context()
	o := w.offer("ana", 1)
	in := mentoring.OfferInput{
		ID: o.ID, Audience: node.NetworkOnly(uuid.New()), Topics: []string{topic, topic, " "}, Languages: []string{"es"}, Format: node.OneQuestion, Capacity: 3, Note: "Una pregunta.", Lang: "es", Version: o.Version,
	}
	if _, err := w.Offer(ctx, w.v("luz"), in); err == nil {
		t.Error("somebody else changes it")
	}
	w.Clock.Add(time.Hour)
	got, err := w.Offer(ctx, w.v("ana"), in)
	if err != nil {
		t.Fatal(err)
	}
	if got.Audience != node.Networks || got.URI != o.URI || len(got.Topics) != 1 || got.Note["en"] != "I moved three groups." || got.Note["es"] != "Una pregunta." || !got.ExpiresAt.After(o.ExpiresAt) {
		t.Errorf("it is %+v", got)
	}
	for name, change := range map[string]func(*mentoring.OfferInput){
		"everyone":        func(in *mentoring.OfferInput) { in.Audience = node.Public },
		"another network": func(in *mentoring.OfferInput) { in.Audience = node.NetworkOnly(uuid.New()) },
		"oneself":         func(in *mentoring.OfferInput) { in.Audience = node.Only(w.v("ana").Person) },
		"nonsense":        func(in *mentoring.OfferInput) { in.Audience = "network:x" },
	} {
		made := in
		made.ID = uuid.Nil
		change(&made)
		if _, err := w.Offer(ctx, w.v("ana"), made); err == nil || !strings.Contains(err.Error(), "error.mentor.audience") {
			t.Errorf("for %s: %v", name, err)
		}
	}
	in.ID, in.Audience = uuid.Nil, node.NetworkOnly(w.network)
	if got, err = w.Offer(ctx, w.v("ana"), in); err != nil || got.Audience != in.Audience {
		t.Errorf("for one network: %v", err)
	}
	for range maxOffers - 2 {
		if _, err := w.Offer(ctx, w.v("ana"), in); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Offer(ctx, w.v("ana"), in); err == nil || !strings.Contains(err.Error(), "error.mentor.offers") {
		t.Errorf("offer %d: %v", maxOffers+1, err)
	}
	if mine, err := w.Mine(ctx, w.v("ana")); err != nil || len(mine) != maxOffers {
		t.Errorf("ana has %d, %v", len(mine), err)
	}
}

// maxOffers is how many offers one mentor may have.
const maxOffers = 10

// TestPublishedOffer is told to whom it is for, and gone when it was withdrawn.
func TestPublishedOffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana")
	ctx := t.Context()
	o := w.offer("ana", 1)
	member := access.Remote(farMember, w.network)
	got, networks, err := w.Published(ctx, member, o.ID)
	if err != nil || got.URI != o.URI || len(networks) != 1 || networks[0].ID != w.network {
		t.Errorf("a member gets %+v, %+v, %v", got, networks, err)
	}
	if _, _, err := w.Published(ctx, access.Remote(stranger), o.ID); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
	if err := w.Withdraw(ctx, w.v("ana"), o.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Published(ctx, member, o.ID); !errors.Is(err, node.ErrGone) {
		t.Errorf("withdrawn, to a member: %v", err)
	}
	if _, _, err := w.Published(ctx, access.Remote(stranger), o.ID); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("withdrawn, to a stranger: %v", err)
	}
}
