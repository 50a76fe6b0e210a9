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
	audiences := []node.Audience{node.Public, node.OrganizationOnly(org), node.OrganizationOnly(otherOrg), node.Group(circle), node.Group(otherRing), node.Only(ana), node.Only(bob), node.Moderators, "", "everyone"}
	none := slices.Repeat([]answer{neither}, len(audiences))
	for name, want := range map[string][]answer{
		"visitor": none, "remote": none, "remote that says it is an admin": none,
		"member":            {neither, self, neither, self, neither, self, neither, neither, neither, neither},
		"listed member":     {neither, self, neither, self, neither, self, neither, neither, neither, neither},
		"followable member": {self, self, neither, self, neither, self, neither, neither, neither, neither},
		"editor":            {asOrg, both, neither, both, neither, both, neither, neither, neither, neither},
		"followable editor": {both, both, neither, both, neither, both, neither, neither, neither, neither},
		"admin":             {asOrg, both, neither, both, neither, both, neither, neither, neither, neither},
		"guest admin":       {asOrg, both, neither, both, neither, both, neither, neither, neither, neither},
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

// TestCanWriteToNetworks: in person only who shows themself to the networks, and
// nobody to a network that is not active, though they may still read there.
func TestCanWriteToNetworks(t *testing.T) {
	t.Parallel()
	const left, strange = "019b0000-0000-7000-8000-0000000000e3", "019b0000-0000-7000-8000-0000000000e4"
	audiences := []node.Audience{node.NetworkOnly(network), node.Networks, node.NetworkOnly(uuid.MustParse(left)), node.NetworkOnly(uuid.MustParse(strange))}
	for _, c := range []struct {
		name      string
		role      node.Role
		listed    bool
		active    bool
		self, org bool
	}{
		{"member", node.Member, false, true, false, false},
		{"listed member", node.Member, true, true, true, false},
		{"editor", node.Editor, false, true, false, true},
		{"listed editor", node.Editor, true, true, true, true},
		{"listed admin without an active network", node.Admin, true, false, false, false},
	} {
		v := access.Viewer{Person: ana, Organization: org, Role: c.role, Listed: c.listed, Networks: []uuid.UUID{network, uuid.MustParse(left)}}
		if c.active {
			v.Active = []uuid.UUID{network}
		}
		for i, a := range audiences {
			active := i < 2 // the network that v's organization is in, and all of its
			if got := access.CanWrite(v, a, false); got != (c.self && active) {
				t.Errorf("%s writes for %s in person: %v", c.name, a, got)
			}
			if got := access.CanWrite(v, a, true); got != (c.org && active) {
				t.Errorf("%s writes for %s as the organization: %v", c.name, a, got)
			}
		}
	}
	member := access.Remote("https://other.example/ap/node", network)
	if member.Active = member.Networks; access.CanWrite(member, node.NetworkOnly(network), true) || access.CanWrite(member, node.Networks, false) {
		t.Error("a node of the network writes here")
	}
}

func TestCanCoordinate(t *testing.T) {
	t.Parallel()
	v := access.Viewer{Person: ana, Organization: org, Role: node.Admin, Coordinates: []uuid.UUID{network}}
	editor, abroad := v, access.Remote("https://other.example/ap/node", network)
	editor.Role, abroad.Coordinates, abroad.Role = node.Editor, []uuid.UUID{network}, node.Admin
	for name, c := range map[string]struct {
		v    access.Viewer
		n    uuid.UUID
		want bool
	}{
		"admin": {v, network, true}, "admin, another network": {v, otherNet, false}, "editor": {editor, network, false}, "node of another": {abroad, network, false},
	} {
		if got := access.CanCoordinate(c.v, c.n); got != c.want {
			t.Errorf("%s coordinates: %v", name, got)
		}
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
	people := []*node.Person{{ID: ana, OrganizationID: org}, {ID: bob, OrganizationID: org}, {ID: bob, OrganizationID: otherOrg}}
	type answers struct{ edit, open, email, link bool }
	self, run, all := answers{true, true, true, false}, answers{true, false, true, true}, answers{true, true, true, true}
	for name, want := range map[string][3]answers{ // own, a colleague's, somebody's of another organization
		"visitor": {}, "remote": {}, "remote that says it is an admin": {},
		"member": {self}, "editor": {self}, "listed editor": {self},
		"admin":       {{true, true, true, true}, run},
		"guest admin": {{true, true, true, true}, run},
		"operator":    {all, all, all},
	} {
		v := viewers()[name]
		for i, p := range people {
			if got := (answers{access.CanEditPerson(v, p), access.CanOpenPerson(v, p), access.CanSeeEmail(v, p), access.CanMakeLink(v, p)}); got != want[i] {
				t.Errorf("%s and person %d: %+v, want %+v", name, i, got, want[i])
			}
		}
		// A person without an id is nobody's own, least of all a visitor's.
		nobody := &node.Person{}
		if name == "visitor" && (access.CanEditPerson(v, nobody) || access.CanOpenPerson(v, nobody) || access.CanSeeEmail(v, nobody) || access.CanMakeLink(v, nobody)) {
			t.Error("a visitor owns the person without an id")
		}
	}
}

func TestCanAddTo(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]bool{ // to their own organization, to another
		"visitor": {}, "remote that says it is an admin": {}, "member": {}, "editor": {}, "admin": {true, false}, "guest admin": {true, false}, "operator": {true, true},
	} {
		v := viewers()[name]
		if got := [2]bool{access.CanAddTo(v, org), access.CanAddTo(v, otherOrg)}; got != want {
			t.Errorf("%s adds to their own and to another organization: %v, want %v", name, got, want)
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
