package fedtest_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// circle is a hub and its members, in one network.
func circle(t *testing.T, handles ...string) (c *fedtest.Cluster, net *node.Network) {
	t.Helper()
	c = fedtest.New(t, handles...)
	net = c.Nodes[0].Found("ptp")
	c.Nodes[0].Join(net, c.Nodes[1:]...)
	return c, net
}

// listed adds somebody who shows themself to the networks.
func listed(t *testing.T, n *fedtest.Node, handle string, skills ...node.PersonSkill) access.Viewer {
	t.Helper()
	v := n.Person(handle, false, skills...)
	if _, err := n.People.SetInNetworks(t.Context(), v, handle, true); err != nil {
		t.Fatal(err)
	}
	return fresh(t, n, handle)
}

func fresh(t *testing.T, n *fedtest.Node, handle string) access.Viewer {
	t.Helper()
	v, _, err := n.People.ViewerFor(t.Context(), handle)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// alter changes somebody as the person would: what is shown, and to whom.
func alter(t *testing.T, n *fedtest.Node, who access.Viewer, f func(*node.Person)) {
	t.Helper()
	err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		p, err := tx.PersonSelf(t.Context(), who.Person)
		if err != nil {
			return err
		}
		f(p)
		p.UpdatedAt, p.Version = n.Options.Now(), p.Version+1
		return tx.PutPerson(t.Context(), p)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hits are the cards that the people of n find.
func hits(t *testing.T, n *fedtest.Node, q node.Search) (cards []*node.Card) {
	t.Helper()
	n.Again()
	list, _, err := n.Cards.Search(t.Context(), n.Admin, q)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Card != nil {
			cards = append(cards, f.Card)
		}
	}
	return cards
}

var migration = node.PersonSkill{Tag: "crm-migration", Stance: node.Offer, Level: 3, CanMentor: true}

// TestE1CardsTravel follows a card from consent to withdrawal over three nodes:
// F03, withdrawn everywhere as soon as the nodes are reached, with receipts.
func TestE1CardsTravel(t *testing.T) {
	c, _ := circle(t, "river", "centro", "orchard")
	river, centro, orchard := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	hidden := node.PersonSkill{Tag: "phone-banking", Stance: node.Offer, Level: 2}
	ana := centro.Person("ana", false, migration, hidden)
	c.Settle()
	if got := hits(t, river, node.Search{}); len(got) != 0 {
		t.Fatalf("found without consent: %+v", got[0])
	}
	if _, err := centro.People.SetInNetworks(t.Context(), ana, "ana", true); err != nil {
		t.Fatal(err)
	}
	alter(t, centro, ana, func(p *node.Person) {
		p.Skills[1].Audience, p.Place = node.OrganizationOnly(p.OrganizationID), "Canarytown"
		p.Fields = map[node.Field]node.Audience{node.FieldName: node.OrganizationOnly(p.OrganizationID)}
	})
	c.Settle()
	for _, n := range []*fedtest.Node{river, orchard} {
		got := hits(t, n, node.Search{Text: "migración de CRM"})
		if len(got) != 1 || got[0].Name != "P. A." || got[0].Place != "" || len(got[0].Skills) != 1 || got[0].Skills[0].Level != 3 || !got[0].Skills[0].CanMentor {
			t.Fatalf("%s finds %+v", n.Handle, got)
		}
		for _, text := range []string{"phone banking", "ana", "canarytown"} {
			if got := hits(t, n, node.Search{Text: text}); len(got) != 0 {
				t.Errorf("E2: %s finds %+v by %q", n.Handle, got[0], text)
			}
		}
	}
	alter(t, centro, ana, func(p *node.Person) { p.Fields = nil })
	c.Settle()
	if got := hits(t, river, node.Search{Text: "ana"}); len(got) != 1 || got[0].Name != "Person ana" {
		t.Errorf("the name opened: %+v", got)
	}
	alter(t, centro, ana, func(p *node.Person) { p.Skills = p.Skills[1:] })
	c.Settle()
	if got := hits(t, river, node.Search{Tag: migration.Tag}); len(got) != 0 {
		t.Errorf("a skill that was taken away is found: %+v", got[0])
	}

	orchard.Stop()
	if _, err := centro.People.SetInNetworks(t.Context(), fresh(t, centro, "ana"), "ana", false); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if got := hits(t, river, node.Search{Text: "ana"}); len(got) != 0 {
		t.Errorf("found after it was withdrawn: %+v", got[0])
	}
	_, receipts, err := centro.Cards.Receipts(t.Context(), fresh(t, centro, "ana"), "ana")
	if err != nil || len(receipts) != 1 {
		t.Fatalf("receipts %+v, %v", receipts, err)
	}
	r := receipts[0]
	if !r.Withdrawn || r.Confirmed != 1 || r.Total != 2 || !slices.Equal(r.Unreachable, []string{orchard.Origin.Host()}) {
		t.Errorf("receipts %+v", r)
	}
	orchard.Start()
	for range 30 { // a node that was away is tried again, by and by
		c.Clock.Add(2 * time.Hour)
		c.Settle()
	}
	if got := hits(t, orchard, node.Search{Text: "ana"}); len(got) != 0 {
		t.Errorf("the node that was away finds %+v", got[0])
	}
	if _, receipts, err := centro.Cards.Receipts(t.Context(), fresh(t, centro, "ana"), "ana"); err != nil || receipts[0].Confirmed != 2 || len(receipts[0].Unreachable) != 0 {
		t.Errorf("receipts after it came back: %+v, %v", receipts, err)
	}
	clean(t, c)
}

// TestCardsRenewAndEnd moves the clock: cards are renewed by their node, and end
// where it is no more. With half of the nodes down they are still found.
func TestCardsRenewAndEnd(t *testing.T) {
	c, _ := circle(t, "river", "centro", "orchard")
	river, centro, orchard := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	listed(t, centro, "ana", migration)
	listed(t, orchard, "bo", migration)
	c.Settle()
	if got := hits(t, river, node.Search{Text: "CRM migration", CanMentor: true}); len(got) != 2 {
		t.Fatalf("found %d", len(got))
	}
	for range 22 {
		c.Clock.Add(24 * time.Hour)
		c.Settle()
	}
	for _, card := range hits(t, river, node.Search{Tag: migration.Tag}) {
		if card.Version != 2 || card.ExpiresAt.Sub(c.Clock.Now()) < 25*24*time.Hour {
			t.Errorf("after 22 days: %+v", card)
		}
	}
	centro.Stop()
	orchard.Stop()
	c.Clock.Add(24 * time.Hour)
	c.Settle()
	kept := hits(t, river, node.Search{Text: "CRM migration"})
	if len(kept) != 2 {
		t.Errorf("with all others down, %d are found", len(kept))
	}
	c.Clock.Add(node.CardLife)
	if got := hits(t, river, node.Search{Text: "CRM migration"}); len(got) != 0 {
		t.Errorf("after their end, %d are found", len(got))
	}
	c.Settle()
	for _, card := range kept {
		err := river.DB.View(t.Context(), func(tx *store.Tx) error {
			networks, err := tx.HeldNetworks(t.Context(), card.ActorURI)
			if len(networks) != 0 {
				t.Errorf("the card of %s is kept", card.Name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestA12CardsOfOutsidersDoNotCount sends cards from a node that is no member,
// and from a member for somebody of another: neither is ever found.
func TestA12CardsOfOutsidersDoNotCount(t *testing.T) {
	c, net := circle(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	peer := fedtest.NewPeer(t, 31, "Person")
	doc := peer.ActorDoc("Person")
	for _, org := range []string{centro.Origin.OrganizationURI(centro.Admin.Organization), peer.Actor + "/org"} {
		card := fedtest.Doc{}
		for k, v := range doc {
			card[k] = v
		}
		card["name"], card["worksFor"], card["version"], card["endTime"] = "Canary Crane", org, 1, c.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		a := peer.Activity("Update", card)
		a["to"], a["audience"] = []string{net.MembersURI}, []string{net.URI}
		if status := peer.Post(river.Origin.SharedInbox(), a); status != 403 {
			t.Errorf("an outsider's card is answered with %d", status)
		}
		delete(a, "audience")
		a["id"], a["to"] = a["id"].(string)+"-2", []string{river.Origin.Relay()}
		if status := peer.Post(river.Origin.SharedInbox(), a); status != 202 {
			t.Errorf("a card for nobody is answered with %d", status)
		}
	}
	c.Settle()
	if got := hits(t, river, node.Search{Text: "canary"}); len(got) != 0 {
		t.Errorf("found: %+v", got[0])
	}
}

// TestA12MembersDoNotLie lets a member's node send cards that are not its own to
// send, signed rightly: each is dropped and counted.
func TestA12MembersDoNotLie(t *testing.T) {
	c, net := circle(t, "river", "centro", "orchard")
	river, centro, orchard := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	listed(t, centro, "ana", migration)
	c.Settle()
	ana := hits(t, river, node.Search{Text: "ana"})[0]
	actor, err := uuid.Parse(ana.ActorURI[len(ana.ActorURI)-36:])
	if err != nil {
		t.Fatal(err)
	}
	at := func(d time.Duration) string { return c.Clock.Now().Add(d).UTC().Format(time.RFC3339) }
	for name, tt := range map[string]struct {
		change func(card map[string]any)
		count  string
	}{
		"of another person": {func(card map[string]any) { card["id"] = ana.ActorURI[:len(ana.ActorURI)-36] + uuid.NewString() }, "inbox.foreign"},
		"for an organization of another": {func(card map[string]any) {
			card["worksFor"] = orchard.Origin.OrganizationURI(orchard.Admin.Organization)
		}, "inbox.card.foreign"},
		"for an organization of nobody": {func(card map[string]any) { card["worksFor"] = string(centro.Origin) + "/ap/organizations/1" }, "inbox.card.foreign"},
		"that has ended":                {func(card map[string]any) { card["endTime"] = at(-time.Minute) }, "inbox.card.ended"},
		"that is older":                 {func(card map[string]any) { card["version"], card["updated"] = 1, at(-24*time.Hour) }, "inbox.card.old"},
		"that is too large":             {func(card map[string]any) { card["summary"] = strings.Repeat("large ", 6000) }, "inbox.card.large"},
		"without a version that counts": {func(card map[string]any) { card["version"] = -1 }, "inbox.unusable"},
	} {
		before := counter(t, river, tt.count)
		card := map[string]any{
			"id": ana.ActorURI, "type": "Person", "name": "Canary Crane", "preferredUsername": "ana", "inbox": ana.ActorURI + "/inbox", "worksFor": ana.OrganizationURI,
			"version": 9, "endTime": at(time.Hour), "updated": at(0),
		}
		tt.change(card)
		body, err := json.Marshal(map[string]any{
			"@context": "https://www.w3.org/ns/activitystreams", "id": ana.ActorURI + "/lies/" + uuid.NewString(), "type": "Update", "actor": ana.ActorURI, "object": card,
			"to": []string{net.MembersURI}, "audience": []string{net.URI},
		})
		if err != nil {
			t.Fatal(err)
		}
		if status := centro.Send(actor, river.Origin.SharedInbox(), body); status != 202 {
			t.Errorf("a card %s is answered with %d", name, status)
		}
		c.Settle()
		if after := counter(t, river, tt.count); after != before+1 {
			t.Errorf("a card %s: %s is %d after %d", name, tt.count, after, before)
		}
		if got := hits(t, river, node.Search{Text: "canary"}); len(got) != 0 {
			t.Errorf("a card %s is found: %+v", name, got[0])
		}
	}
	if got := hits(t, river, node.Search{Text: "ana"}); len(got) != 1 {
		t.Errorf("her own card is found %d times", len(got))
	}
}

func counter(t *testing.T, n *fedtest.Node, name string) (count int64) {
	t.Helper()
	err := n.DB.View(t.Context(), func(tx *store.Tx) error {
		all, err := tx.Counters(t.Context())
		count = all[name]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}
