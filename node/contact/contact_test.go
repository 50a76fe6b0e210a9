package contact_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/contact"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

const (
	farOrigin = "https://far.example"
	farMember = farOrigin + "/ap/organizations/far"
	stranger  = "https://stranger.example/users/eve"
)

// world is a node in a network with one other member, from which Zoe has sent a card.
type world struct {
	*nodetest.Node
	*contact.Service
	t       *testing.T
	network uuid.UUID
	zoe     *node.RemoteActor
	card    *node.Card
}

func newWorld(t *testing.T, handles ...string) *world {
	t.Helper()
	n := nodetest.NewNode(t)
	w := &world{Node: n, t: t, network: uuid.Must(uuid.NewV7()), Service: &contact.Service{DB: n.DB, Now: n.Clock.Now, Origin: n.Origin}}
	w.zoe = n.Remote(t, "zoe", "far.example")
	now := n.Clock.Now()
	w.card = &node.Card{ID: uuid.Must(uuid.NewV7()), NetworkID: w.network, ActorURI: w.zoe.URI, ActorID: w.zoe.ID, OrganizationURI: farMember, Name: "Zoe", ExpiresAt: now.Add(node.CardLife), UpdatedAt: now, ReceivedAt: now}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		err := tx.PutNetwork(ctx, &node.Network{ID: w.network, URI: "https://hub.example/g", MembersURI: "https://hub.example/g/members", State: node.NetworkActive, FetchedAt: now, CreatedAt: now, UpdatedAt: now})
		if err != nil {
			return err
		}
		for _, m := range []node.Membership{
			{OrganizationURI: n.Origin.OrganizationURI(n.Organization.ID), Origin: string(n.Origin), Name: "Ours"},
			{OrganizationURI: farMember, Origin: farOrigin, Inbox: farOrigin + "/inbox", Name: "Far"},
		} {
			m.ID, m.NetworkID, m.Status, m.Role, m.Claim = uuid.Must(uuid.NewV7()), w.network, node.MemberActive, node.PlainMember, true
			if err := tx.PutMembership(ctx, &m); err != nil {
				return err
			}
		}
		return tx.PutCard(ctx, w.card)
	})
	for _, h := range handles {
		v := n.Person(t, h, node.Member)
		if _, err := n.People.SetInNetworks(t.Context(), v, h, true); err != nil {
			t.Fatal(err)
		}
	}
	w.events()
	return w
}

func (w *world) write(f func(context.Context, *store.Tx) error) {
	w.t.Helper()
	if err := w.Node.DB.Write(w.t.Context(), func(tx *store.Tx) error { return f(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

// events takes what waits to be announced.
func (w *world) events() []node.Event {
	w.t.Helper()
	return w.TakeOutbox(w.t)
}

func (w *world) v(handle string) access.Viewer { w.t.Helper(); return w.Viewer(w.t, handle) }

// inbox is the actor that the networks know somebody by.
func (w *world) inbox(handle string) string {
	w.t.Helper()
	var p *node.Person
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		p, err = tx.PersonSelf(ctx, w.v(handle).Person)
		return err
	})
	return w.Node.Origin.PersonURI(p.NetworkActorID)
}

func (w *world) receive(from string, in contact.Arrival) contact.Fate {
	w.t.Helper()
	fate, err := w.Receive(w.t.Context(), from, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return fate
}

func (w *world) told(handle string) (n int) {
	w.t.Helper()
	list, err := w.People.Notices(w.t.Context(), w.v(handle), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, notice := range list {
		if notice.Verb == node.NoticeMessage {
			n++
		}
	}
	return n
}

func TestMessageWithin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz", "bea")
	ctx := t.Context()
	m, err := w.Send(ctx, w.v("luz"), "ana", "  Hello\nAna  ")
	if err != nil || m.Body != "Hello\nAna" {
		t.Fatal(m, err)
	}
	if len(w.events()) > 0 {
		t.Error("a message within the node is announced")
	}
	if w.told("ana") != 1 || w.told("luz") != 0 {
		t.Error("the wrong one is told")
	}
	threads, err := w.Threads(ctx, w.v("ana"))
	if err != nil || len(threads) != 1 || !threads[0].Unread || threads[0].With.Handle != "luz" || threads[0].Last != "Hello\nAna" {
		t.Fatalf("%+v, %v", threads, err)
	}
	back, err := w.Send(ctx, w.v("ana"), threads[0].ID.String(), "Hello Luz")
	if err != nil || back.ThreadID != m.ThreadID {
		t.Fatalf("an answer is in %v, %v", back, err)
	}
	if list, err := w.Thread(ctx, w.v("ana"), m.ThreadID); err != nil || len(list) != 2 || list[0].ID != m.ID {
		t.Errorf("ana reads %v, %v", list, err)
	}
	if threads, _ = w.Threads(ctx, w.v("ana")); threads[0].Unread || !threads[0].Mine || w.told("ana") != 0 {
		t.Error("what was read is new")
	}
	for name, v := range map[string]access.Viewer{"bea": w.v("bea"), "admin": w.Admin, "operator": w.Operator, "visitor": access.Visitor} {
		if _, err := w.Thread(ctx, v, m.ThreadID); err == nil {
			t.Errorf("%s reads it", name)
		}
		if err := w.Block(ctx, v, m.ThreadID, false); err == nil {
			t.Errorf("%s blocks in it", name)
		}
	}
}

func TestMessageAbroad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "ana", "luz")
	ctx := t.Context()
	var thread uuid.UUID
	for _, to := range []string{w.card.ID.String(), w.zoe.URI, "zoe@far.example", "@zoe@far.example"} {
		m, err := w.Send(ctx, w.v("luz"), to, "Hello")
		if err != nil {
			t.Fatalf("to %s: %v", to, err)
		}
		if thread = m.ThreadID; m.ToURI != w.zoe.URI {
			t.Errorf("to %s goes to %s", to, m.ToURI)
		}
	}
	events := w.events()
	if len(events) != 4 || events[0].Kind != node.KindMessage || events[0].Target != w.zoe.URI || events[0].Audience != node.Group(thread) {
		t.Errorf("announced %+v", events)
	}
	// Zoe answers in the thread that Luz has.
	if fate := w.receive(w.zoe.URI, contact.Arrival{URI: farOrigin + "/m/1", To: []string{w.inbox("luz")}, Body: "Hi"}); fate != contact.Stored {
		t.Fatal(fate)
	}
	if list, err := w.Thread(ctx, w.v("luz"), thread); err != nil || len(list) != 5 || list[4].Body != "Hi" || list[4].From.Name != "Zoe" {
		t.Errorf("luz reads %+v, %v", list, err)
	}
	if fate := w.receive(w.zoe.URI, contact.Arrival{URI: farOrigin + "/m/1", To: []string{w.inbox("luz")}, Body: "Hi"}); fate != contact.Old {
		t.Errorf("the same again: %s", fate)
	}
	w.write(func(ctx context.Context, tx *store.Tx) error { return tx.MarkActorGone(ctx, w.zoe.URI) })
	if _, err := w.Send(ctx, w.v("luz"), thread.String(), "Bye"); err == nil || !strings.Contains(err.Error(), "error.contact.gone") {
		t.Errorf("to who is gone: %v", err)
	}
	w.zoe.Gone = false
	w.write(func(ctx context.Context, tx *store.Tx) error { return tx.PutRemoteActor(ctx, w.zoe) })
	// Once the roster is too old nothing goes out.
	w.Clock.Add(node.RosterLimit)
	if _, err := w.Send(ctx, w.v("luz"), thread.String(), "Still there?"); err == nil || !strings.Contains(err.Error(), "error.contact.network") {
		t.Errorf("with a stale roster: %v", err)
	}
}

// TestRefusedMessages: from outsiders, to several, to nobody, to a public actor.
func TestRefusedMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz", "ana")
	open := w.Followable(t, "fay")
	var public string
	w.write(func(ctx context.Context, tx *store.Tx) error {
		p, err := tx.PersonSelf(ctx, open.Person)
		public = w.Node.Origin.PersonURI(p.ActorID)
		return err
	})
	luz := w.inbox("luz")
	for name, c := range map[string]struct {
		from string
		in   contact.Arrival
	}{
		"stranger":        {stranger, contact.Arrival{To: []string{luz}, Body: "x"}},
		"two":             {w.zoe.URI, contact.Arrival{To: []string{luz, w.inbox("ana")}, Body: "x"}},
		"everyone":        {w.zoe.URI, contact.Arrival{To: []string{luz, "https://www.w3.org/ns/activitystreams#Public"}, Body: "x"}},
		"nobody":          {w.zoe.URI, contact.Arrival{To: []string{w.Node.Origin.PersonURI(uuid.New())}, Body: "x"}},
		"no one at all":   {w.zoe.URI, contact.Arrival{Body: "x"}},
		"elsewhere":       {w.zoe.URI, contact.Arrival{To: []string{w.zoe.URI}, Body: "x"}},
		"a public actor":  {w.zoe.URI, contact.Arrival{To: []string{public}, Body: "x"}},
		"nothing to say":  {w.zoe.URI, contact.Arrival{To: []string{luz}}},
		"too much to say": {w.zoe.URI, contact.Arrival{To: []string{luz}, Body: strings.Repeat("a", node.MaxMessageRunes+1)}},
	} {
		c.in.URI = farOrigin + "/m/" + name
		if fate := w.receive(c.from, c.in); fate != contact.Refused {
			t.Errorf("%s: %s", name, fate)
		}
	}
	if w.told("luz") != 0 {
		t.Error("luz is told")
	}
	if _, err := w.People.SetInNetworks(t.Context(), w.v("luz"), "luz", false); err != nil {
		t.Fatal(err)
	}
	if fate := w.receive(w.zoe.URI, contact.Arrival{URI: farOrigin + "/m/9", To: []string{luz}, Body: "x"}); fate != contact.Refused {
		t.Errorf("to who shows themself no more: %s", fate)
	}
}

// TestAgreedMayWrite: who agreed on mentoring writes also after the network ended.
func TestAgreedMayWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz")
	r := &node.MentorRequest{ID: uuid.Must(uuid.NewV7()), URI: "https://node.example.org/ap/activities/1", MentorURI: stranger, LearnerID: w.v("luz").Person, State: node.RequestAccepted, CreatedAt: w.Clock.Now(), UpdatedAt: w.Clock.Now(), Version: 1}
	w.write(func(ctx context.Context, tx *store.Tx) error { return tx.PutMentorRequest(ctx, r) })
	in := contact.Arrival{URI: "https://stranger.example/m/1", To: []string{w.inbox("luz")}, Body: "Tuesday?", RequestURI: r.URI}
	if fate := w.receive(stranger, in); fate != contact.Stored {
		t.Fatal(fate)
	}
	o, err := w.Open(t.Context(), w.v("luz"), r.ID)
	if err != nil || len(o.Messages) != 1 || o.Request == nil || o.Request.ID != r.ID {
		t.Errorf("luz opens %+v, %v", o, err)
	}
	r.State = node.RequestAsked
	w.write(func(ctx context.Context, tx *store.Tx) error { return tx.PutMentorRequest(ctx, r) })
	in.URI += "0"
	if fate := w.receive(stranger, in); fate != contact.Refused {
		t.Errorf("before it was agreed: %s", fate)
	}
	if _, err := w.Send(t.Context(), w.v("luz"), r.ID.String(), "Hello?"); err == nil || !strings.Contains(err.Error(), "error.contact.early") {
		t.Errorf("luz writes before it was agreed: %v", err)
	}
}

// TestD7Messages bounds both directions.
func TestD7Messages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz", "ana")
	ctx := t.Context()
	for n := range 60 {
		if _, err := w.Send(ctx, w.v("luz"), "ana", fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
		if fate := w.receive(w.zoe.URI, contact.Arrival{URI: fmt.Sprint(farOrigin, "/m/", n), To: []string{w.inbox("luz")}, Body: "x"}); fate != contact.Stored {
			t.Fatal(n, fate)
		}
	}
	if _, err := w.Send(ctx, w.v("luz"), "ana", "more"); err == nil || !strings.Contains(err.Error(), "error.contact.hour") {
		t.Errorf("message 61: %v", err)
	}
	if fate := w.receive(w.zoe.URI, contact.Arrival{URI: farOrigin + "/m/60", To: []string{w.inbox("luz")}, Body: "x"}); fate != contact.Limited {
		t.Errorf("received message 61: %s", fate)
	}
	if _, err := w.Send(ctx, w.v("ana"), "luz", "others go on"); err != nil {
		t.Error(err)
	}
	w.Clock.Add(61 * time.Minute)
	if _, err := w.Send(ctx, w.v("luz"), "ana", "an hour later"); err != nil {
		t.Error(err)
	}
	for n := range 10 {
		h := fmt.Sprintf("p%d", n)
		w.Person(t, h, node.Member)
		_, err := w.Send(ctx, w.v("luz"), h, "hello")
		if n < 9 && err != nil {
			t.Fatal(n, err)
		}
		if n == 9 && (err == nil || !strings.Contains(err.Error(), "error.contact.threads")) {
			t.Errorf("thread 11: %v", err) // with Ana, and nine of these
		}
	}
}

// TestD8Block keeps one, or everyone of an organization, away; nobody can tell.
func TestD8Block(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz", "ana")
	ctx := t.Context()
	m, err := w.Send(ctx, w.v("ana"), "luz", "first")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Block(ctx, w.v("luz"), m.ThreadID, true); err == nil {
		t.Error("one's own organization is blocked")
	}
	if err := w.Block(ctx, w.v("luz"), m.ThreadID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Send(ctx, w.v("ana"), "luz", "second"); err != nil {
		t.Errorf("ana can tell: %v", err)
	}
	if list, _ := w.Thread(ctx, w.v("ana"), m.ThreadID); len(list) != 2 {
		t.Errorf("ana can tell: she sees %d of her messages", len(list))
	}
	if list, _ := w.Thread(ctx, w.v("luz"), m.ThreadID); len(list) != 1 {
		t.Errorf("luz reads %d", len(list))
	}
	for _, c := range []struct {
		organization bool
		other        contact.Fate
	}{{false, contact.Stored}, {true, contact.Kept}} {
		w.Clock.Add(time.Second)
		uri := fmt.Sprint(farOrigin, "/m/", c.organization)
		w.receive(w.zoe.URI, contact.Arrival{URI: uri + "0", To: []string{w.inbox("luz")}, Body: "x"})
		threads, err := w.Threads(ctx, w.v("luz"))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Block(ctx, w.v("luz"), threads[0].ID, c.organization); err != nil {
			t.Fatal(err)
		}
		if fate := w.receive(w.zoe.URI, contact.Arrival{URI: uri + "1", To: []string{w.inbox("luz")}, Body: "x"}); fate != contact.Kept {
			t.Errorf("blocked: %s", fate)
		}
		if fate := w.receive(farOrigin+"/users/yan", contact.Arrival{URI: uri + "2", To: []string{w.inbox("luz")}, Body: "x"}); fate != c.other {
			t.Errorf("a colleague of who is blocked: %s, want %s", fate, c.other)
		}
		blocks, err := w.Blocks(ctx, w.v("luz"))
		if err != nil || len(blocks) != 2 || blocks[1].Organization != c.organization {
			t.Fatalf("%+v, %v", blocks, err)
		}
		if err := w.Unblock(ctx, w.v("luz"), blocks[1].URI); err != nil {
			t.Fatal(err)
		}
		if fate := w.receive(w.zoe.URI, contact.Arrival{URI: uri + "3", To: []string{w.inbox("luz")}, Body: "x"}); fate != contact.Stored {
			t.Errorf("unblocked: %s", fate)
		}
	}
}

func TestBadMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "luz")
	w.Person(t, "hid", node.Member)
	for name, c := range map[string]struct{ who, to, text, key string }{
		"self":     {"luz", "luz", "x", "error.contact.self"},
		"unknown":  {"luz", "nobody@far.example", "x", "error.contact.unknown"},
		"no id":    {"luz", uuid.NewString(), "x", "error.contact.unknown"},
		"unlisted": {"hid", "luz", "x", "error.contact.listed"},
		"empty":    {"luz", "hid", " \n", "error.text.required"},
		"long":     {"luz", "hid", strings.Repeat("a", node.MaxMessageRunes+1), "error.text.long"},
	} {
		if _, err := w.Send(t.Context(), w.v(c.who), c.to, c.text); err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	if _, err := w.Send(t.Context(), access.Visitor, "luz", "x"); err == nil {
		t.Error("a visitor writes")
	}
}
