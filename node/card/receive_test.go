package card_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/card"
	"github.com/poweron-network/poweron/node/store"
)

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
		"of an observer": {func(w *world, a *card.Arrival) {
			w.Member(w.t, w.network, otherOrg, other, func(m *node.Membership) { m.Role = node.ObserverMember })
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
	w, round := newWorld(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		actor := w.Remote(t, fmt.Sprint("zoe", round), "casa.example")
		w.setNetwork(func(n *node.Network) { n.FetchedAt = w.Clock.Now() })
		base, called := w.Clock.Now(), fmt.Sprint("zoe", round)
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
				if err := w.cards.Withdraw(t.Context(), actor.URI, []string{"https://hub.example/ap/networks/ptp"}, k.version, at); err != nil {
					rt.Fatal(err)
				}
			} else {
				w.receive(w.arrival(func(a *card.Arrival) {
					a.Actor, a.Card.ActorURI = actor, actor.URI
					a.Card.Version, a.Card.UpdatedAt, a.Card.Name = k.version, at, fmt.Sprint(called, " Version", k.version)
				}))
			}
			got := w.names(node.Search{Text: called + " version"})
			want := []string{fmt.Sprint(called, " Version", newest)}
			if words[newest-1].withdrawn {
				want = nil
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("after version %d of %+v: shown %v, want %v", k.version, words, got, want)
			}
		}
		w.Clock.Add(node.CardLife + 48*time.Hour)
		w.due()
		if got := w.names(node.Search{Text: called}); len(got) != 0 {
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

// TestStrangersLeaveNothing: who takes back what nobody had is not remembered.
func TestStrangersLeaveNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for uri, want := range map[string]int64{"https://stranger.example/users/eve": 0, other + "/users/nia": 7} {
		if err := w.cards.Withdraw(t.Context(), uri, w.arrival().For, 7, w.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		err := w.DB.View(t.Context(), func(tx *store.Tx) error {
			version, _, err := tx.CardKnown(t.Context(), w.network.ID, uri)
			if version != want {
				t.Errorf("of %s version %d is remembered, want %d", uri, version, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
