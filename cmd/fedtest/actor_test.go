package fedtest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
)

// TestChangedProfilesTravel changes a person and an organization, and closes the
// person: who follows them sees each change (Update{actor}, Delete{actor}).
func TestChangedProfilesTravel(t *testing.T) {
	c := fedtest.New(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	skills := river.Skills.All("en")
	ana := river.Person("ana", true, node.PersonSkill{Tag: skills[0].Code, Stance: node.Learning, Level: 1})
	centro.Follow(river.At("ana"))
	centro.Follow(river.At("river"))
	known := func(handle string) *node.RemoteActor {
		t.Helper()
		a, err := centro.Following.ActorByHandle(t.Context(), centro.Admin, handle, river.Origin.Host())
		if err != nil {
			t.Fatal(err)
		}
		return a
	}

	changed := []node.PersonSkill{{Tag: skills[1].Code, Stance: node.Offer, Level: 3, CanMentor: true, Audience: node.Public}}
	_, err := river.People.SaveProfile(t.Context(), ana, people.Profile{Handle: "ana", Name: "Ana María", RoleTitle: node.Text{"en": "Mentor"}, Languages: []string{"es"}, Skills: changed})
	if err != nil {
		t.Fatal(err)
	}
	o, err := river.People.Organization(t.Context(), "river")
	if err != nil {
		t.Fatal(err)
	}
	o.Name = "River, renamed"
	if err := river.People.SaveOrganization(t.Context(), river.Admin, o); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	a := known("ana")
	if a.Name != "Ana María" || a.JobTitle != "Mentor" || len(a.Skills) != 1 || a.Skills[0].Tag != changed[0].Tag || !a.Skills[0].CanMentor || a.Skills[0].Level != 3 {
		t.Errorf("centro knows %+v", a)
	}
	if got := known("river").Name; got != "River, renamed" {
		t.Errorf("centro calls the organization %q", got)
	}

	if _, err := river.People.SetFollowable(t.Context(), ana, "ana", false); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if !known("ana").Gone {
		t.Error("centro takes ana's closed profile for open")
	}
	if slices.ContainsFunc(mustFollowing(t, centro), func(s node.Subscription) bool { return s.Actor.URI == a.URI }) {
		t.Error("centro still follows it")
	}
	clean(t, c)
}

type post struct{ to, link string }

func (p *post) SendLink(_ context.Context, to, _, _, link string) error {
	p.to, p.link = to, link
	return nil
}

// TestMailedLinkSignsIn asks for a link, restarts the node before it was mailed,
// and signs in with what then comes.
func TestMailedLinkSignsIn(t *testing.T) {
	var box post
	c := fedtest.NewWith(t, fedtest.Settings{Mail: &box}, "river")
	n := c.Nodes[0]
	n.Person("ana", false)
	if err := n.People.SendLink(t.Context(), "Ana@river.example"); err != nil {
		t.Fatal(err)
	}
	n.Stop()
	n.Start()
	c.Settle()
	if box.to != "ana@river.example" {
		t.Fatalf("mailed to %q", box.to)
	}
	in, err := n.People.SignIn(t.Context(), box.link[strings.LastIndex(box.link, "/")+1:])
	if err != nil || in.Person.Handle != "ana" {
		t.Errorf("signed in as %+v, %v", in.Person, err)
	}
}
