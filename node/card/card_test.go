package card_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/card"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/schema"
)

// world is a node in a network with one other member.
type world struct {
	*nodetest.Node
	t       testing.TB
	cards   *card.Service
	network *node.Network
	mia     access.Viewer
}

const (
	other    = "https://casa.example"
	otherOrg = other + "/ap/organizations/1"
)

func newWorld(t testing.TB) *world {
	t.Helper()
	n := nodetest.NewNode(t)
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Node: n, t: t, cards: &card.Service{DB: n.DB, Now: n.Clock.Now, Origin: n.Origin, Skills: skills}}
	w.network = n.JoinNetwork(t, "ptp")
	n.Member(t, w.network, otherOrg, other, func(m *node.Membership) { m.Name, m.Handle = "Casa Semilla", "casa@casa.example" })
	n.Person(t, "mia", node.Member)
	w.mia = n.Viewer(t, "mia")
	w.due()
	return w
}

// due does all that is due.
func (w *world) due() (n int) {
	w.t.Helper()
	for range 100 {
		did, err := w.cards.Due(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if n += did; did == 0 {
			return n
		}
	}
	w.t.Fatal("it is never done")
	return 0
}

func (w *world) write(f func(*store.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

// change changes somebody of ours.
func (w *world) change(v access.Viewer, f func(*node.Person)) *node.Person {
	w.t.Helper()
	var p *node.Person
	w.write(func(tx *store.Tx) (err error) {
		if p, err = tx.PersonSelf(w.t.Context(), v.Person); err != nil {
			return err
		}
		f(p)
		return tx.PutPerson(w.t.Context(), p)
	})
	return p
}

// said empties the outbox and tells what was announced of cards.
func (w *world) said() (verbs []string) {
	w.t.Helper()
	for _, e := range w.Outbox(w.t) {
		if e.Kind == node.KindCard {
			verbs = append(verbs, string(e.Verb))
			if e.Audience != node.NetworkOnly(w.network.ID) {
				w.t.Errorf("a card goes to %s", e.Audience)
			}
		}
		w.write(func(tx *store.Tx) error { return tx.DoneEvent(w.t.Context(), e.ID) })
	}
	return verbs
}

func (w *world) expect(what string, verbs ...string) {
	w.t.Helper()
	w.due()
	if got := w.said(); !slices.Equal(got, verbs) {
		w.t.Errorf("%s: announced %v, want %v", what, got, verbs)
	}
}

func (w *world) setNetwork(f func(*node.Network)) {
	w.t.Helper()
	f(w.network)
	w.write(func(tx *store.Tx) error { return tx.PutNetwork(w.t.Context(), w.network) })
}

// TestE1CardsFollowTheirPerson publishes nothing without consent, only what
// changed, and takes back what is not to be shown any more.
func TestE1CardsFollowTheirPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.expect("without consent")
	w.mia = w.ShowToNetworks(t, w.mia)
	w.expect("with consent", "update")
	w.expect("again")
	w.change(w.mia, func(p *node.Person) { p.Email = "new@example.org" })
	w.expect("what the network does not see")
	w.change(w.mia, func(p *node.Person) {
		p.Skills = []node.PersonSkill{{Tag: "crm-migration", Stance: node.Offer, Level: 2}}
	})
	w.expect("a skill", "update")
	w.change(w.mia, func(p *node.Person) { p.Skills[0].Audience = node.Public })
	w.expect("a skill that others see too: members are told nothing new")
	w.change(w.mia, func(p *node.Person) { p.Skills[0].Audience = node.OrganizationOnly(p.OrganizationID) })
	w.expect("a skill hidden", "update")
	w.change(w.mia, func(p *node.Person) { p.Unlisted = true })
	w.expect("unlisted", "delete")
	w.change(w.mia, func(p *node.Person) { p.Unlisted = false })
	w.expect("listed again", "update")
	w.change(w.mia, func(p *node.Person) { p.Audience = node.OrganizationOnly(p.OrganizationID) })
	w.expect("the profile closed", "delete")
	w.change(w.mia, func(p *node.Person) { p.Audience = node.Networks })
	w.expect("and open", "update")
	actor := w.change(w.mia, func(p *node.Person) { p.NetworkActorID = uuid.Nil }).NetworkActorID
	if actor != uuid.Nil {
		t.Fatal("still there")
	}
	w.expect("consent taken back", "delete")
	w.mia = w.ShowToNetworks(t, w.mia)
	w.expect("and given again, by another actor", "update")
	w.Verify(t)
}

// TestCardsRenewAndWait moves the clock and the standing of our node.
func TestCardsRenewAndWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mia = w.ShowToNetworks(t, w.mia)
	w.expect("at first", "update")
	tick := func(d time.Duration) {
		w.Clock.Add(d)
		w.setNetwork(func(n *node.Network) { n.FetchedAt = w.Clock.Now() })
	}
	tick(node.CardLife - node.CardRenewal - time.Hour)
	w.expect("before it is time")
	tick(time.Hour)
	w.expect("when it is time", "update")
	w.Clock.Add(node.RosterLimit + time.Hour)
	w.expect("a hub that does not answer: nothing is said, nothing is taken back")
	w.change(w.mia, func(p *node.Person) { p.Unlisted = true })
	w.expect("but what its person takes back is", "delete")
	w.change(w.mia, func(p *node.Person) { p.Unlisted = false })
	w.expect("and not said again before the hub answers")
	tick(0)
	w.expect("when it answers", "update")
	w.setNetwork(func(n *node.Network) { n.State = node.NetworkSuspended })
	w.expect("on hold")
	w.setNetwork(func(n *node.Network) { n.State = node.NetworkLeft })
	w.expect("after we left", "delete")
	w.setNetwork(func(n *node.Network) { n.State = node.NetworkActive })
	w.expect("joined again", "update")
	w.Member(t, w.network, w.Origin.OrganizationURI(w.Organization.ID), string(w.Origin), func(m *node.Membership) { m.Status = node.MemberExpelled })
	w.expect("expelled", "delete")
}

// TestReceipts tells who confirmed a card and its withdrawal, and whom nobody reached.
func TestReceipts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.Origin.OrganizationURI(w.Organization.ID)
	w.Member(t, w.network, own, string(w.Origin), func(m *node.Membership) { m.Inbox = "" }) // nobody delivers to themself
	for k := range 3 {
		origin := fmt.Sprintf("https://n%d.example", k)
		w.Member(t, w.network, origin+"/org", origin)
	}
	w.mia = w.ShowToNetworks(t, w.mia)
	w.due()
	receipts := func() []card.Receipt {
		t.Helper()
		_, list, err := w.cards.Receipts(t.Context(), w.mia, "mia")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	deliver := func(hosts ...string) {
		t.Helper()
		for _, h := range hosts {
			list, _, _, err := w.Delivery.Due(t.Context(), h, 10)
			if err != nil || len(list) == 0 {
				t.Fatalf("nothing is due for %s: %v", h, err)
			}
			for _, d := range list {
				if err := w.Delivery.Finish(t.Context(), d, node.Delivered, time.Time{}, "", nil); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if r := receipts(); len(r) != 1 || !r[0].Queued || r[0].Total != 0 {
		t.Fatalf("before it is sent: %+v", r)
	}
	w.FanOut(t)
	deliver("casa.example", "n0.example")
	r := receipts()[0]
	if r.Withdrawn || r.Confirmed != 2 || r.Total != 4 || !slices.Equal(r.Unreachable, []string{"n1.example", "n2.example"}) || !r.ExpiresAt.Equal(w.Clock.Now().Add(node.CardLife)) {
		t.Errorf("published: %+v", r)
	}
	// Whoever has been a member since may have it, also when they or we are none any more.
	w.Member(t, w.network, "https://n1.example/org", "https://n1.example", func(m *node.Membership) { m.Status = node.MemberLeft })
	w.setNetwork(func(n *node.Network) { n.State = node.NetworkLeft })
	w.due()
	w.FanOut(t)
	deliver("casa.example", "n1.example")
	r = receipts()[0]
	if !r.Withdrawn || r.Confirmed != 2 || r.Total != 4 || r.ExpiresAt.IsZero() || !slices.Equal(r.Unreachable, []string{"n0.example", "n2.example"}) {
		t.Errorf("withdrawn: %+v", r)
	}
	for name, v := range map[string]access.Viewer{"another member": w.Person(t, "bo", node.Member), "visitor": access.Visitor} {
		if _, _, err := w.cards.Receipts(t.Context(), v, "mia"); !errors.Is(err, node.ErrForbidden) && !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s reads them: %v", name, err)
		}
	}
	w.Clock.Add(node.CardLife + time.Hour)
	if r := receipts(); len(r) != 0 {
		t.Errorf("after all copies ended: %+v", r)
	}
}

// TestWithdrawalsReachAllLongAfter takes a card back when nothing is known any
// more of where it was sent (E9): it goes to everyone who was on the roster.
func TestWithdrawalsReachAllLongAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mia = w.ShowToNetworks(t, w.mia)
	w.due()
	w.FanOut(t)
	list, _, _, err := w.Delivery.Due(t.Context(), "casa.example", 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d deliveries, %v", len(list), err)
	}
	if err := w.Delivery.Finish(t.Context(), list[0], node.Delivered, time.Time{}, "", nil); err != nil {
		t.Fatal(err)
	}
	w.Clock.Add(15 * 24 * time.Hour)
	if err := w.Peers.ForgetOld(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	w.Member(t, w.network, otherOrg, other, func(m *node.Membership) { m.Status = node.MemberLeft })
	w.Member(t, w.network, "https://never.example/org", "https://never.example", func(m *node.Membership) { m.Status = node.MemberPending })
	w.change(w.mia, func(p *node.Person) { p.Unlisted = true })
	w.due()
	w.FanOut(t)
	if list, _, _, err := w.Delivery.Due(t.Context(), "casa.example", 10); err != nil || len(list) != 1 || !list[0].Urgent {
		t.Errorf("who had the card is told %d times, %v", len(list), err)
	}
	if list, _, _, err := w.Delivery.Due(t.Context(), "never.example", 10); err != nil || len(list) != 0 {
		t.Errorf("who was never a member is told, %v", err)
	}
}
