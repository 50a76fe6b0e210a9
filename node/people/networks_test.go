package people_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

func enter(t *testing.T, n *nodetest.Node, v access.Viewer, handle string, on bool) *node.Person {
	t.Helper()
	p, err := n.People.SetInNetworks(t.Context(), v, handle, on)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// stored is all of a person as the database has them.
func stored(t *testing.T, n *nodetest.Node, person uuid.UUID) (p *node.Person) {
	t.Helper()
	err := n.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		p, err = tx.PersonSelf(t.Context(), person)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// audit is what was noted about a person, oldest first, as "key argument argument".
func audit(t *testing.T, n *nodetest.Node, person uuid.UUID) (list []string) {
	t.Helper()
	err := n.DB.View(t.Context(), func(tx *store.Tx) error {
		entries, err := tx.AuditOf(t.Context(), person, 100)
		slices.Reverse(entries)
		for _, e := range entries {
			list = append(list, strings.TrimSpace(e.What+" "+e.Detail["field"]+e.Detail["tag"]+" "+e.Detail["to"]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestE1WhoShowsAPersonToNetworks: the person alone, or a command whose record the person confirms.
func TestE1WhoShowsAPersonToNetworks(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana, bo := n.Person(t, "ana", node.Member), n.Person(t, "bo", node.Member)
	for name, c := range map[string]struct {
		v    access.Viewer
		want error
	}{
		"visitor": {access.Visitor, node.ErrNotFound}, "another member": {bo, node.ErrForbidden}, "admin": {n.Admin, node.ErrForbidden},
		"member node": {access.Remote("https://hub.example/ap/node", n.JoinNetwork(t, "ptp").ID), node.ErrForbidden},
	} {
		for _, on := range []bool{true, false} {
			if _, err := n.People.SetInNetworks(t.Context(), c.v, "ana", on); !errors.Is(err, c.want) {
				t.Errorf("%s, %v: %v, want %v", name, on, err, c.want)
			}
		}
	}
	p := enter(t, n, ana, "ana", true)
	if !p.InNetworks() || p.NetworkBy != "self" || p.Audience != node.Networks || p.NeedsNetworkConfirmation() || p.Followable() {
		t.Errorf("shown is %+v", p)
	}
	if v := n.Viewer(t, "ana"); !v.Listed || v.Followable {
		t.Errorf("she is %+v", v)
	}
	if p := enter(t, n, n.Operator, "bo", true); p.NetworkBy != "command" || !p.NeedsNetworkConfirmation() {
		t.Errorf("shown by a command is %+v", p)
	}
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "operator": n.Operator} {
		if err := n.People.ConfirmInNetworks(t.Context(), v); !errors.Is(err, node.ErrSignedOut) {
			t.Errorf("%s confirms: %v", name, err)
		}
	}
	for range 2 {
		if err := n.People.ConfirmInNetworks(t.Context(), bo); err != nil {
			t.Fatal(err)
		}
	}
	if p := stored(t, n, bo.Person); p.NetworkBy != "self" || p.ConsentBy != "" {
		t.Errorf("confirmed is %+v", p)
	}
	if got, want := audit(t, n, bo.Person), []string{"audit.networks", "audit.networks.confirmed"}; !slices.Equal(got, want) {
		t.Errorf("noted is %q, want %q", got, want)
	}
	n.Verify(t)
}

// TestAddPersonForNetworks: a command may record the consent, an admin may not.
func TestAddPersonForNetworks(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	in := people.NewPerson{Name: "Ana", Email: "ana@example.org", Handle: "ana", Network: true, Followable: true, Skills: []node.PersonSkill{{Tag: "facilitation", Stance: node.Offer, Level: 1}}}
	if _, _, err := n.People.AddPerson(t.Context(), n.Admin, in); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an admin shows another to the networks: %v", err)
	}
	p, _, err := n.People.AddPerson(t.Context(), n.Operator, in)
	if err != nil {
		t.Fatal(err)
	}
	if !p.NeedsNetworkConfirmation() || !p.NeedsConfirmation() || p.Audience != node.Public || p.NetworkActorID == p.ActorID {
		t.Errorf("added is %+v", p)
	}
	member := access.Remote("https://hub.example/ap/node", uuid.New())
	for _, actor := range []uuid.UUID{p.ActorID, p.NetworkActorID} {
		if a, of, _, err := n.People.LocalActor(t.Context(), member, n.Origin.PersonURI(actor)); err != nil || a.OwnerID != p.ID || of.Name != "Ana" || len(of.Skills) != 1 {
			t.Errorf("actor %+v of %+v, %v", a, of, err)
		}
	}
	noted := audit(t, n, p.ID)
	slices.Sort(noted)
	want := []string{"audit.field bio public", "audit.field languages public", "audit.field name public", "audit.field role public", "audit.followable", "audit.networks", "audit.skill facilitation public"}
	if !slices.Equal(noted, want) {
		t.Errorf("noted is %q", noted)
	}
	other := in
	other.Handle, other.Email, other.Organization = "bo", "bo@example.org", uuid.New()
	if _, _, err := n.People.AddPerson(t.Context(), n.Admin, other); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("an admin adds somebody to another organization: %v", err)
	}
	n.Verify(t)
}

// TestNetworkActorIsForMembers asks for the actor of somebody who shows herself to the
// networks, and for one that there is not: who is no member cannot tell them apart.
func TestNetworkActorIsForMembers(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana, network := n.Person(t, "ana", node.Member), n.JoinNetwork(t, "ptp").ID
	_, err := n.People.SaveProfile(t.Context(), ana, people.Profile{
		Handle: "ana", Name: "Ana Ruiz", Place: "Leeds", Pronouns: "she", Bio: node.Text{"en": "Inside"},
		Fields: map[node.Field]node.Audience{node.FieldName: node.OrganizationOnly(ana.Organization), node.FieldPlace: node.Networks},
	})
	if err != nil {
		t.Fatal(err)
	}
	uri := n.Origin.PersonURI(enter(t, n, ana, "ana", true).NetworkActorID)
	member, visitor := access.Remote("https://hub.example/ap/node", network), access.Remote("https://other.example/users/zoe")
	ask := func(v access.Viewer, uri string) (string, error) {
		a, p, _, err := n.People.LocalActor(t.Context(), v, uri)
		if err != nil {
			return "", err
		}
		return string(a.Audience) + ": " + p.Name + p.Place + p.Pronouns + p.Bio["en"] + p.Email, nil
	}
	if got, err := ask(member, uri); got != "networks: A. R.Leeds" {
		t.Errorf("a member reads %q, %v", got, err)
	}
	foreign := access.Remote("https://third.example/ap/node", uuid.New()) // of a network that a guest of ours is in
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "signed by others": visitor, "member of another network": foreign} {
		_, hidden := ask(v, uri)
		_, missing := ask(v, n.Origin.PersonURI(uuid.New()))
		if !errors.Is(hidden, node.ErrNotFound) || !errors.Is(missing, node.ErrNotFound) {
			t.Errorf("%s: hidden gives %v, missing %v", name, hidden, missing)
		}
		if _, _, err := n.People.LocalURI(t.Context(), "ana"); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("her handle is found: %v", err)
		}
	}
	enter(t, n, ana, "ana", false)
	if _, err := ask(member, uri); !errors.Is(err, node.ErrGone) {
		t.Errorf("to a member the closed actor answers %v", err)
	}
	if _, err := ask(visitor, uri); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("to others the closed actor answers %v", err)
	}
}

// TestPublicActorTellsMembersNoMore: its document is one for all, whoever signs.
func TestPublicActorTellsMembersNoMore(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	ana := n.Viewer(t, "ana")
	in := people.Profile{Handle: "ana", Name: "Ana", Place: "Leeds", Fields: map[node.Field]node.Audience{node.FieldPlace: node.Networks}}
	p, err := n.People.SaveProfile(t.Context(), ana, in)
	if err != nil {
		t.Fatal(err)
	}
	_, of, _, err := n.People.LocalActor(t.Context(), access.Remote("https://hub.example/ap/node", uuid.New()), n.Origin.PersonURI(p.ActorID))
	if err != nil || of.Name != "Ana" || of.Place != "" {
		t.Errorf("a member reads of the public actor %+v, %v", of, err)
	}
}

// TestLeaveNetworks walks through all that switching off does.
func TestLeaveNetworks(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t, "ana")
	network := n.JoinNetwork(t, "ptp")
	first := enter(t, n, n.Viewer(t, "ana"), "ana", true)
	if first.Audience != node.Public || !first.Followable() {
		t.Errorf("showing herself to the networks made a public profile %s", first.Audience)
	}
	ana := n.Viewer(t, "ana")
	write := func(a node.Audience) *node.Item {
		i, err := n.Conversation.Post(t.Context(), ana, node.PostInput{Audience: a, Lang: "en", Text: "Words"})
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	one, all, public, inside := write(node.NetworkOnly(network.ID)), write(node.Networks), write(node.Public), write(node.OrganizationOnly(n.Organization.ID))
	n.FanOut(t)
	said := &store.Activity{ID: uuid.New(), Actor: first.NetworkActorID, Object: first.ID, Verb: node.Updated, Kind: node.KindPerson, Audience: node.NetworkOnly(network.ID), Raw: []byte(`{}`), At: n.Clock.Now()}
	followers := *said
	followers.ID, followers.Actor, followers.Audience = uuid.New(), first.ActorID, node.Public
	err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		for _, a := range []*store.Activity{said, &followers} {
			d := &node.Delivery{Activity: a.ID, Inbox: "https://hub.example/inbox", Host: "hub.example", ActorID: a.Actor, ObjectKey: first.ID.String(), NextAt: n.Clock.Now(), FirstAt: n.Clock.Now()}
			if err := errors.Join(tx.PutActivity(t.Context(), a), tx.PutDelivery(t.Context(), d)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Clock.Add(time.Hour)

	p := enter(t, n, ana, "ana", false)
	if p.InNetworks() || p.NetworkBy != "" || p.ActorID != first.ActorID || p.Audience != node.Public {
		t.Errorf("closed is %+v", p)
	}
	for _, i := range []*node.Item{one, all} {
		if _, err := n.Conversation.Item(t.Context(), n.Admin, i.ID); !errors.Is(err, node.ErrGone) && !errors.Is(err, node.ErrNotFound) {
			t.Errorf("her post for %s: %v", i.Audience, err)
		}
	}
	for _, i := range []*node.Item{public, inside} {
		if _, err := n.Conversation.Item(t.Context(), n.Admin, i.ID); err != nil {
			t.Errorf("her post for %s: %v", i.Audience, err)
		}
	}
	deleted := 0
	for _, e := range n.Outbox(t) {
		if e.Verb != node.Deleted || e.Actor != first.NetworkActorID || !e.Audience.ForNetworks() {
			t.Errorf("announced is %+v", e)
		}
		deleted++
	}
	if deleted != 2 {
		t.Errorf("%d deletions are announced", deleted)
	}
	for a, want := range map[*store.Activity]error{said: node.ErrNotFound, &followers: nil} {
		if _, err := n.Delivery.Activity(t.Context(), a.ID); !errors.Is(err, want) {
			t.Errorf("what the actor %s said: %v", a.Actor, err)
		}
	}
	due, _, _, err := n.Delivery.Due(t.Context(), "hub.example", 100)
	if err != nil || slices.ContainsFunc(due, func(d *node.Delivery) bool { return d.Activity == said.ID }) || !slices.ContainsFunc(due, func(d *node.Delivery) bool { return d.Activity == followers.ID }) {
		t.Errorf("on their way are %+v, %v", due, err)
	}
	var gone *node.LocalActor
	if err := n.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		gone, err = tx.LocalActor(t.Context(), first.NetworkActorID)
		return err
	}); err != nil || !gone.GoneAt.Equal(n.Clock.Now()) {
		t.Errorf("the closed actor is %+v, %v", gone, err)
	}
	if again := enter(t, n, ana, "ana", true); again.NetworkActorID == first.NetworkActorID {
		t.Error("on again has the old id")
	}
	n.Verify(t)
}

// TestEnterAndLeaveTwice does each switch twice: the second time changes nothing.
func TestEnterAndLeaveTwice(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana := n.Person(t, "ana", node.Member)
	one := enter(t, n, ana, "ana", true)
	if two := enter(t, n, ana, "ana", true); one.NetworkActorID != two.NetworkActorID || one.Version != two.Version {
		t.Errorf("on twice: %+v, %+v", one, two)
	}
	off := enter(t, n, ana, "ana", false)
	if again := enter(t, n, ana, "ana", false); again.Version != off.Version {
		t.Errorf("off twice: %+v, %+v", off, again)
	}
	if events := n.Outbox(t); len(events) != 0 {
		t.Errorf("announced is %+v", events)
	}
}

// TestEnterWidensANarrowProfile: who shows herself to the networks lets them open her profile.
func TestEnterWidensANarrowProfile(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	ana := n.Person(t, "ana", node.Member)
	err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		p, err := tx.PersonSelf(t.Context(), ana.Person)
		p.Audience = node.OrganizationOnly(ana.Organization)
		return errors.Join(err, tx.PutPerson(t.Context(), p))
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := enter(t, n, ana, "ana", true); p.Audience != node.Networks {
		t.Errorf("shown to the networks is a profile for %s", p.Audience)
	}
}
