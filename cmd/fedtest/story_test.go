package fedtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/people"
)

// TestS2StalkerFollowsAndCrawls: somebody elsewhere follows an organization and
// its people, keeps all that they are sent, and asks for every address with every
// id that there is. Of what is not for everyone they see nothing, nor of what was
// for everyone once and was taken back.
func TestS2StalkerFollowsAndCrawls(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // in which outsider follows the organization
	w.people()
	for _, handle := range []string{"p0", "p4"} {
		w.outsider.Follow(w.home.At(handle))
	}
	w.items()
	w.private()
	evening := node.GatheringInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Name: "Evening", Start: "2031-12-12T18:00", End: "2031-12-12T20:00", Zone: "Europe/Madrid",
		Place: w.plant("first place of a gathering", "canarycornerx", ""),
	}
	gathering, err := w.home.Gathering.Announce(t.Context(), w.home.Admin, evening)
	w.must(err)
	w.c.Settle()
	evening.Place = w.plant("place of a gathering", "canarysquarex", node.Public)
	_, err = w.home.Gathering.Edit(t.Context(), w.home.Admin, gathering.ID, evening)
	w.must(err)
	w.c.Settle()
	public := access.ScopeOf(access.Visitor)
	w.look(t, reader{name: "stalker", at: w.home, signs: w.outsider, scope: public})
	w.look(t, reader{name: "visitor", at: w.home, scope: public, all: true})
	kept := allText(t, w.outsider)
	if !strings.Contains(kept, "canarysquarex") {
		t.Error("the stalker was sent nothing: this test sees nothing")
	}
	for _, x := range w.words {
		took := x.text == "canarycornerx" || x.where == "deleted post" // it was sent when it was for everyone
		if !x.may(public, "stalker") && !took && strings.Contains(kept, x.text) {
			t.Errorf("%s (%q) was sent to who only follows", x.where, x.text)
		}
	}
}

// allText is all text in a node's database, in lower case.
func allText(t *testing.T, n *fedtest.Node) string {
	t.Helper()
	db := database(t, n)
	var b strings.Builder
	for _, table := range rows(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`) {
		for _, line := range rows(t, db, `SELECT * FROM "`+strings.Trim(table, "[] ")+`"`) {
			b.WriteString(strings.ToLower(line) + "\n")
		}
	}
	return b.String()
}

// TestS5HostileCoordinator: one of those who coordinate a network acts alone
// against members. Every act stands with their name where the organizations that
// it touched read it, on nodes that they do not run; to expel takes a second one.
func TestS5HostileCoordinator(t *testing.T) {
	t.Parallel()
	c, net := joined(t, 3, "hub", "river", "centro", "loud")
	hub, river, centro, loud := c.Nodes[0], c.Nodes[1], c.Nodes[2], c.Nodes[3]
	hostile, second := fresh(t, hub, "admin_hub"), coordinator(t, hub, "second")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	newest := func(n *fedtest.Node, about *fedtest.Node) node.RosterChange {
		t.Helper()
		history, err := n.Network.History(t.Context(), n.Admin, n.Member(net.URI).ID)
		must(err)
		for _, one := range history {
			if one.OrganizationURI == organizationOf(about) {
				return one
			}
		}
		t.Fatalf("%s reads nothing about %s", n.Handle, about.Handle)
		return node.RosterChange{}
	}
	name := "admin_hub@" + hub.Origin.Host()

	must(hub.Network.SetRole(t.Context(), hostile, net.ID, "centro", node.ObserverMember))
	c.Settle()
	for _, n := range []*fedtest.Node{river, centro} {
		if got := newest(n, centro); got.Role != node.ObserverMember || got.By != name {
			t.Errorf("%s reads of another role: %+v", n.Handle, got)
		}
	}
	must(hub.Network.Suspend(t.Context(), hostile, net.ID, "river"))
	c.Settle()
	if got := newest(centro, river); got.Status != node.MemberSuspended || got.By != name {
		t.Errorf("members read of a suspension: %+v", got)
	}
	must(hub.Network.Restore(t.Context(), hostile, net.ID, "river"))
	c.Settle()
	c.Clock.Add(time.Hour)
	c.Settle()
	if history, err := river.Network.History(t.Context(), river.Admin, river.Member(net.URI).ID); err != nil || !has(history, river, node.MemberSuspended, name) {
		t.Errorf("who was suspended does not read it: %+v, %v", history, err)
	}
	for range 2 {
		done, err := hub.Network.Expel(t.Context(), hostile, net.ID, "loud")
		must(err)
		c.Settle()
		if done || !counts(t, river, loud, net.URI) || loud.Member(net.URI).State != node.NetworkActive {
			t.Fatal("one alone expelled a member")
		}
	}
	done, err := hub.Network.Expel(t.Context(), second, net.ID, "loud")
	must(err)
	c.Settle()
	if !done || counts(t, river, loud, net.URI) {
		t.Error("two together did not")
	}
	for _, n := range []*fedtest.Node{river, centro} {
		if got := newest(n, loud); got.Status != node.MemberExpelled || got.By != name+", second@"+hub.Origin.Host() {
			t.Errorf("%s reads of the expulsion: %+v", n.Handle, got)
		}
	}
	if got := loud.Member(net.URI); got.State != node.NetworkExpelled {
		t.Errorf("who was expelled is told that it is %s", got.State)
	}
}

// coordinator is one more admin of the organization that runs a hub.
func coordinator(t *testing.T, hub *fedtest.Node, handle string) access.Viewer {
	t.Helper()
	_, _, err := hub.People.AddPerson(t.Context(), hub.Admin, people.NewPerson{Name: "Person " + handle, Email: handle + "@hub.example", Handle: handle, Role: node.Admin})
	if err != nil {
		t.Fatal(err)
	}
	return fresh(t, hub, handle)
}

func has(history []node.RosterChange, about *fedtest.Node, status node.MemberStatus, by string) bool {
	for _, one := range history {
		if one.OrganizationURI == organizationOf(about) && one.Status == status && one.By == by {
			return true
		}
	}
	return false
}
