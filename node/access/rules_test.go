package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

func TestCanWrite(t *testing.T) {
	t.Parallel()
	const no, yes = false, true
	// For each viewer and audience: as oneself, as the organization.
	type answer struct{ self, org bool }
	both, neither, self, asOrg := answer{yes, yes}, answer{no, no}, answer{yes, no}, answer{no, yes}
	audiences := []node.Audience{node.Public, node.Networks, node.OrganizationOnly(org), node.OrganizationOnly(otherOrg), node.Group(circle), node.Group(otherRing), node.Only(ana), node.Only(bob), node.Moderators, "", "everyone"}
	for name, want := range map[string][]answer{
		"visitor":                         {neither, neither, neither, neither, neither, neither, neither, neither, neither, neither, neither},
		"remote":                          {neither, neither, neither, neither, neither, neither, neither, neither, neither, neither, neither},
		"remote that says it is an admin": {neither, neither, neither, neither, neither, neither, neither, neither, neither, neither, neither},
		"member":                          {neither, self, self, neither, self, neither, self, neither, neither, neither, neither},
		"followable member":               {self, self, self, neither, self, neither, self, neither, neither, neither, neither},
		"editor":                          {asOrg, both, both, neither, both, neither, both, neither, neither, neither, neither},
		"followable editor":               {both, both, both, neither, both, neither, both, neither, neither, neither, neither},
		"admin":                           {asOrg, both, both, neither, both, neither, both, neither, neither, neither, neither},
	} {
		v := viewers()[name]
		if v.Person != uuid.Nil {
			v.Groups = []uuid.UUID{circle}
		}
		for i, a := range audiences {
			got := answer{access.CanWrite(v, a, false), access.CanWrite(v, a, true)}
			if got != want[i] {
				t.Errorf("%s writes for %q: as oneself %v, as the organization %v; want %+v", name, a, got.self, got.org, want[i])
			}
		}
	}
	if !access.CanWrite(access.Operator(org), node.Public, true) || access.CanWrite(access.Operator(org), node.Public, false) {
		t.Error("the operator speaks to everyone as the organization, and only so")
	}
}

func TestCanEdit(t *testing.T) {
	t.Parallel()
	item := func(local bool, kind node.Kind, author, writer uuid.UUID) *node.Item {
		return &node.Item{Local: local, Author: node.Author{Kind: kind, ID: author}, WrittenBy: writer, Audience: node.Public}
	}
	items := map[string]*node.Item{
		"own":                           item(true, node.KindPerson, ana, ana),
		"other's":                       item(true, node.KindPerson, bob, bob),
		"organization's":                item(true, node.KindOrganization, org, bob),
		"organization's own":            item(true, node.KindOrganization, org, ana),
		"by a command":                  item(true, node.KindOrganization, org, uuid.Nil),
		"received":                      item(false, node.KindPerson, ana, uuid.Nil),
		"received from an organization": item(false, node.KindOrganization, org, uuid.Nil),
	}
	for name, may := range map[string]string{
		"visitor": "", "remote": "", "remote that says it is an admin": "",
		"member": "own, organization's own", "followable member": "own, organization's own",
		"editor": "own, organization's, organization's own, by a command", "admin": "own, organization's, organization's own, by a command",
		"operator": "own, other's, organization's, organization's own, by a command",
	} {
		for what, i := range items {
			want := slices.Contains(strings.Split(may, ", "), what)
			if got := access.CanEdit(viewers()[name], i); got != want {
				t.Errorf("%s edits %s: %v, want %v", name, what, got, want)
			}
		}
	}
}

func TestWhoMayTouchAProfile(t *testing.T) {
	t.Parallel()
	own, other, nobody := &node.Person{ID: ana}, &node.Person{ID: bob}, &node.Person{}
	type answers struct{ edit, open, email bool }
	for name, want := range map[string][2]answers{ // own, another's
		"visitor": {}, "remote": {}, "remote that says it is an admin": {},
		"member":   {{true, true, true}, {}},
		"editor":   {{true, true, true}, {}},
		"admin":    {{true, true, true}, {true, false, true}},
		"operator": {{true, true, true}, {true, true, true}},
	} {
		v := viewers()[name]
		for i, p := range []*node.Person{own, other} {
			if got := (answers{access.CanEditPerson(v, p), access.CanOpenPerson(v, p), access.CanSeeEmail(v, p)}); got != want[i] {
				t.Errorf("%s and person %d: %+v, want %+v", name, i, got, want[i])
			}
		}
		// A person without an id is nobody's own, least of all a visitor's.
		if name == "visitor" && (access.CanEditPerson(v, nobody) || access.CanOpenPerson(v, nobody) || access.CanSeeEmail(v, nobody)) {
			t.Error("a visitor owns the person without an id")
		}
	}
}

func TestWider(t *testing.T) {
	t.Parallel()
	// From the narrowest to the widest. Two of one width reach different people, so each is wider than the other.
	ladder := [][]node.Audience{
		{node.Only(ana), node.Only(bob)},
		{node.Group(circle), node.Group(otherRing), node.Moderators},
		{node.OrganizationOnly(org), node.OrganizationOnly(otherOrg)},
		{node.NetworkOnly(network), node.NetworkOnly(otherNet)},
		{node.Networks},
		{node.Public},
	}
	for i, step := range ladder {
		for j, under := range ladder {
			for _, a := range step {
				for _, b := range under {
					if got, want := access.Wider(a, b), a != b && i >= j; got != want {
						t.Errorf("Wider(%s, %s) = %v, want %v", a, b, got, want)
					}
				}
			}
		}
	}
}
