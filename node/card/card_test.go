package card_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

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

// arrival is a card of somebody at the other member.
func (w *world) arrival(change ...func(*card.Arrival)) card.Arrival {
	w.t.Helper()
	a := w.Remote(w.t, "zoe", "casa.example")
	now := w.Clock.Now()
	in := card.Arrival{
		Actor: a, For: []string{w.network.MembersURI, w.network.URI}, Size: 1000,
		Card: &node.Card{
			ActorURI: a.URI, OrganizationURI: otherOrg, Name: "Zoe Zorn", RoleTitle: "Caretaker", Place: "Sevilla", Languages: []string{"es"}, Version: 3,
			ExpiresAt: now.Add(node.CardLife), UpdatedAt: now, Skills: []node.PersonSkill{{Tag: "crm-migration", Stance: node.Offer, Level: 3, CanMentor: true, Name: "CRM"}},
		},
	}
	for _, f := range change {
		f(&in)
	}
	return in
}

func (w *world) receive(a card.Arrival) card.Fate {
	w.t.Helper()
	fate, err := w.cards.Receive(w.t.Context(), a)
	if err != nil {
		w.t.Fatal(err)
	}
	return fate
}

// names are whom a search of mia's finds, by name.
func (w *world) names(q node.Search) (names []string) {
	w.t.Helper()
	list, _, err := w.cards.Search(w.t.Context(), w.Viewer(w.t, "mia"), q)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range list {
		if f.Card != nil {
			names = append(names, f.Card.Name)
		} else {
			names = append(names, f.Person.Name)
		}
	}
	return names
}

// TestA12CardsThatDoNotCount refuses each card that is not its sender's to show.
func TestA12CardsThatDoNotCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*world, *card.Arrival)
		want   card.Fate
	}{
		"as it should be":                      {func(*world, *card.Arrival) {}, card.Stored},
		"by the Group alone":                   {func(w *world, a *card.Arrival) { a.For = a.For[1:] }, card.Stored},
		"for no network":                       {func(w *world, a *card.Arrival) { a.For = nil }, card.Foreign},
		"for a network that we do not know":    {func(w *world, a *card.Arrival) { a.For = []string{"https://x.example/group"} }, card.Foreign},
		"of an organization not on the roster": {func(w *world, a *card.Arrival) { a.Card.OrganizationURI = other + "/ap/organizations/2" }, card.Foreign},
		"of a member on another server": {func(w *world, a *card.Arrival) {
			w.Member(w.t, w.network, "https://far.example/org", "https://far.example")
			a.Card.OrganizationURI = "https://far.example/org"
		}, card.Foreign},
		"of another actor":         {func(w *world, a *card.Arrival) { a.Card.ActorURI = other + "/users/yan" }, card.Foreign},
		"of an actor that is gone": {func(w *world, a *card.Arrival) { a.Actor.Gone = true }, card.Foreign},
		"from a server with a name that begins alike": {func(w *world, a *card.Arrival) {
			a.Actor.URI, a.Card.ActorURI = other+".evil.example/users/zoe", other+".evil.example/users/zoe"
		}, card.Foreign},
		"of an organization on hold": {func(w *world, a *card.Arrival) {
			w.Member(w.t, w.network, otherOrg, other, func(m *node.Membership) { m.Status = node.MemberSuspended })
		}, card.Foreign},
		"of an organization that claims nothing": {func(w *world, a *card.Arrival) {
			w.Member(w.t, w.network, otherOrg, other, func(m *node.Membership) { m.Claim = false })
		}, card.Foreign},
		"with a roster that is too old": {func(w *world, a *card.Arrival) {
			w.setNetwork(func(n *node.Network) { n.FetchedAt = w.Clock.Now().Add(-node.RosterLimit) })
		}, card.Foreign},
		"while we are on hold": {func(w *world, a *card.Arrival) {
			w.setNetwork(func(n *node.Network) { n.State = node.NetworkSuspended })
		}, card.Foreign},
		"that has ended":     {func(w *world, a *card.Arrival) { a.Card.ExpiresAt = w.Clock.Now() }, card.Ended},
		"as large as can be": {func(w *world, a *card.Arrival) { a.Size = node.MaxCardBytes }, card.Stored},
		"larger":             {func(w *world, a *card.Arrival) { a.Size = node.MaxCardBytes + 1 }, card.Large},
		"with too many skills": {func(w *world, a *card.Arrival) {
			a.Card.Skills = make([]node.PersonSkill, node.MaxCardSkills+1)
		}, card.Large},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.arrival()
			c.change(w, &a)
			if got := w.receive(a); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			shown := slices.Contains(w.names(node.Search{Text: "zorn"}), "Zoe Zorn")
			if shown != (c.want == card.Stored) {
				t.Errorf("it is found: %v", shown)
			}
		})
	}
}

// TestCardsEndAtMost holds cards to 30 days and a day, whatever they say.
func TestCardsEndAtMost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.receive(w.arrival(func(a *card.Arrival) { a.Card.ExpiresAt = w.Clock.Now().AddDate(10, 0, 0) }))
	w.Clock.Add(node.CardLife + 24*time.Hour - time.Second)
	if len(w.names(node.Search{Text: "zorn"})) != 1 {
		t.Error("gone before it ended")
	}
	w.Clock.Add(time.Second)
	if len(w.names(node.Search{Text: "zorn"})) != 0 {
		t.Error("shown after it ended")
	}
	if w.due() == 0 {
		t.Error("it is kept")
	}
}

// TestCardsInAnyOrder publishes, withdraws and lets cards end in any order, with
// deliveries late, twice and out of order: what is shown is always the newest word.
func TestCardsInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		base := w.Clock.Now()
		n := rapid.IntRange(1, 8).Draw(rt, "words")
		type word struct {
			version   int64
			withdrawn bool
		}
		var words []word
		for k := range n {
			words = append(words, word{int64(k + 1), rapid.Bool().Draw(rt, "withdrawn")})
		}
		// Some arrive twice, all in any order.
		late := append(slices.Clone(words), words[:rapid.IntRange(0, n).Draw(rt, "twice")]...)
		newest := int64(0)
		for _, k := range rapid.Permutation(late).Draw(rt, "order") {
			at := base.Add(time.Duration(k.version) * time.Minute)
			newest = max(newest, k.version)
			if k.withdrawn {
				if err := w.cards.Withdraw(t.Context(), other+"/users/zoe", []string{"https://hub.example/ap/networks/ptp"}, k.version, at); err != nil {
					rt.Fatal(err)
				}
			} else {
				w.receive(w.arrival(func(a *card.Arrival) {
					a.Card.Version, a.Card.UpdatedAt, a.Card.Name = k.version, at, fmt.Sprint("Zoe Version", k.version)
				}))
			}
			got := w.names(node.Search{Text: "zoe"})
			want := []string{fmt.Sprint("Zoe Version", newest)}
			if words[newest-1].withdrawn {
				want = nil
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("after version %d of %+v: shown %v, want %v", k.version, words, got, want)
			}
		}
		w.Clock.Add(node.CardLife + 48*time.Hour)
		w.due()
		if got := w.names(node.Search{Text: "zoe"}); len(got) != 0 {
			rt.Errorf("for ever shown: %v", got)
		}
	})
}

// TestE2NothingStaysOfAWithdrawnCard looks for a canary in all that is stored.
func TestE2NothingStaysOfAWithdrawnCard(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, a card.Arrival) error{
		"withdrawn": func(w *world, a card.Arrival) error {
			return w.cards.Withdraw(t.Context(), a.Card.ActorURI, a.For, 4, w.Clock.Now())
		},
		"its actor gone": func(w *world, a card.Arrival) error { return w.cards.Gone(t.Context(), a.Card.ActorURI) },
		"ended":          func(w *world, _ card.Arrival) error { w.Clock.Add(node.CardLife + time.Hour); w.due(); return nil },
		"its organization removed": func(w *world, _ card.Arrival) error {
			return w.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.ForgetCards(t.Context(), w.network.ID, otherOrg) })
		},
	} {
		w := newWorld(t)
		a := w.arrival(func(a *card.Arrival) {
			a.Card.RoleTitle, a.Card.Place, a.Card.Bio = "canaryrole", "canaryplace", "<p>canarybio</p>"
		})
		a.Actor.JobTitle = "canaryrole"
		if err := w.Peers.PutActor(t.Context(), a.Actor, nil, &node.Source{URI: a.Actor.URI, Raw: []byte(`{"jobTitle":"canaryrole"}`), SignerKey: "k", Scheme: "cavage", ActorURI: a.Actor.URI}); err != nil {
			t.Fatal(err)
		}
		if fate := w.receive(a); fate != card.Stored {
			t.Fatal(fate)
		}
		if err := end(w, a); err != nil {
			t.Fatal(err)
		}
		actor, err := w.Peers.Actor(t.Context(), a.Actor.URI)
		if err != nil {
			t.Fatal(err)
		}
		src, err := w.Peers.Source(t.Context(), actor.SourceID)
		if err != nil {
			t.Fatal(err)
		}
		if all := fmt.Sprintf("%+v %s", actor, src.Raw); strings.Contains(all, "canary") {
			t.Errorf("%s: %s", name, all)
		}
		for _, word := range []string{"canaryrole", "canaryplace", "zorn"} {
			if got := w.names(node.Search{Text: word}); len(got) != 0 {
				t.Errorf("%s: found by %s: %v", name, word, got)
			}
		}
		w.Verify(t)
	}
}
