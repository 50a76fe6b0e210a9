package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

var (
	org, otherOrg     = uuid.MustParse("019b0000-0000-7000-8000-00000000000a"), uuid.MustParse("019b0000-0000-7000-8000-00000000000b")
	ana, bob          = uuid.MustParse("019b0000-0000-7000-8000-0000000000a1"), uuid.MustParse("019b0000-0000-7000-8000-0000000000b1")
	circle, otherRing = uuid.MustParse("019b0000-0000-7000-8000-0000000000c1"), uuid.MustParse("019b0000-0000-7000-8000-0000000000c2")
	network, otherNet = uuid.MustParse("019b0000-0000-7000-8000-0000000000e1"), uuid.MustParse("019b0000-0000-7000-8000-0000000000e2")
)

// viewers are all that can ask, by name.
func viewers() map[string]access.Viewer {
	member := access.Viewer{Person: ana, Organization: org, Role: node.Member}
	editor, admin := member, member
	editor.Role, admin.Role = node.Editor, node.Admin
	open := func(v access.Viewer) access.Viewer { v.Followable = true; return v }
	listed := func(v access.Viewer) access.Viewer {
		v.Listed, v.Networks, v.Active = true, []uuid.UUID{network, otherNet}, []uuid.UUID{network}
		return v
	}
	hosted := func(v access.Viewer) access.Viewer { v.Guest = true; return v }
	return map[string]access.Viewer{
		"visitor": access.Visitor, "remote": access.Remote("https://other.example/users/zoe"),
		"remote that says it is an admin": {Actor: "https://evil.example/users/eve", Role: node.Admin, Followable: true, Organization: org, Groups: []uuid.UUID{circle}},
		"member":                          member, "editor": editor, "admin": admin,
		"followable member": open(member), "followable editor": open(editor), "followable admin": open(admin),
		"listed member": listed(member), "listed editor": listed(editor), "listed admin": listed(admin),
		"guest member": hosted(member), "guest editor": hosted(editor), "guest admin": hosted(admin),
		"operator": access.Operator(org), "person without a role": {Person: ana, Organization: org},
		"person with an unknown role": {Person: ana, Organization: org, Role: "owner"},
	}
}

// may is the permission table of product.md 5.4 and design.md 9, written out
// again: m member, e editor, a admin, o operator; M, E and A are followable too,
// ml, el and al show themselves to the networks, mg, eg and ag are of an
// organization that this node hosts.
var may = map[access.Action]string{
	"write":            "m e a o M E A ml el al mg eg ag",
	"write-everyone":   "M E A",
	"speak-as-org":     "e a o E A el al eg ag",
	"follow":           "m e a o M E A ml el al mg eg ag",
	"follow-as-person": "M E A",
	"follow-as-org":    "e a o E A el al eg ag",
	"see-people":       "m e a o M E A ml el al mg eg ag",
	"see-remote":       "m e a o M E A ml el al mg eg ag",
	"add-person":       "a o A al ag",
	"edit-org":         "e a o E A el al eg ag",
	"moderate":         "a o A al",
	"see-queue":        "a o A al",
	"see-networks":     "m e a o M E A ml el al mg eg ag",
	"run-node":         "a o A al",
	"mentor":           "ml el al",
	"contact":          "ml el al",
}

var letters = map[string]string{
	"member": "m", "editor": "e", "admin": "a", "operator": "o", "followable member": "M", "followable editor": "E", "followable admin": "A",
	"listed member": "ml", "listed editor": "el", "listed admin": "al", "guest member": "mg", "guest editor": "eg", "guest admin": "ag",
	// Who is signed in may at least what a member may.
	"person without a role": "m", "person with an unknown role": "m",
}

func TestF8RolesAndActions(t *testing.T) {
	t.Parallel()
	for _, a := range access.Actions() {
		if _, ok := may[a]; !ok {
			t.Errorf("action %s is not in the table of this test", a)
		}
	}
	if got, want := len(access.Actions()), len(may); got != want {
		t.Errorf("%d actions, the table of this test has %d", got, want)
	}
	for name, v := range viewers() {
		for action, who := range may {
			letter := letters[name]
			want := letter != "" && slices.Contains(strings.Fields(who), letter)
			if got := access.Can(v, action); got != want {
				t.Errorf("%s, %s: Can = %v, want %v", name, action, got, want)
			}
		}
		if access.Can(v, "fly") {
			t.Errorf("%s may do what is not in the table", name)
		}
	}
}

func TestRolesStack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		viewer                string
		member, editor, admin bool
	}{
		{"visitor", false, false, false},
		{"remote", false, false, false},
		{"remote that says it is an admin", false, false, false},
		{"member", true, false, false},
		{"editor", true, true, false},
		{"admin", true, true, true},
		{"operator", true, true, true},
	} {
		v := viewers()[c.viewer]
		if v.Is(node.Member) != c.member || v.Is(node.Editor) != c.editor || v.Is(node.Admin) != c.admin || v.SignedIn() != c.member {
			t.Errorf("%s: member %v, editor %v, admin %v, signed in %v", c.viewer, v.Is(node.Member), v.Is(node.Editor), v.Is(node.Admin), v.SignedIn())
		}
		if v.Is("owner") {
			t.Errorf("%s has a role that there is not", c.viewer)
		}
	}
}

func TestScopeOf(t *testing.T) {
	t.Parallel()
	in := access.Viewer{Person: ana, Organization: org, Role: node.Member, Groups: []uuid.UUID{circle}, Networks: []uuid.UUID{network}}
	admin := in
	admin.Role = node.Admin
	guest := viewers()["guest admin"]
	guest.Networks = []uuid.UUID{network}
	for _, c := range []struct {
		name string
		v    access.Viewer
		want access.Scope
	}{
		{"visitor", access.Visitor, access.Scope{node.Public}},
		{"remote", access.Remote("https://other.example/users/zoe"), access.Scope{node.Public}},
		{"remote of a member node", access.Viewer{Actor: "https://other.example/ap/node", Networks: []uuid.UUID{network}}, access.Scope{node.Public, node.NetworkOnly(network), node.Networks}},
		{"remote with what only the signed-in have", viewers()["remote that says it is an admin"], access.Scope{node.Public}},
		{"member", in, access.Scope{node.Public, node.NetworkOnly(network), node.Networks, node.OrganizationOnly(org), node.Group(circle), node.Only(ana)}},
		{"admin", admin, access.Scope{node.Public, node.NetworkOnly(network), node.Networks, node.OrganizationOnly(org), node.Group(circle), node.Only(ana), node.Moderators}},
		{"admin of a guest organization", guest, access.Scope{node.Public, node.NetworkOnly(network), node.Networks, node.OrganizationOnly(org), node.Only(ana)}},
		{"admin of a guest organization that is in no network any more", viewers()["guest admin"], access.Scope{node.Public, node.OrganizationOnly(org), node.Only(ana)}},
		{"operator", access.Operator(org), access.Scope{node.Public, node.Networks, node.OrganizationOnly(org), node.Moderators}},
		{"operator without an organization", access.Operator(uuid.Nil), access.Scope{node.Public, node.Networks, node.Moderators}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, access.ScopeOf(c.v)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestScopeHoldsNoMore asks each viewer for audiences that they are near to.
func TestScopeHoldsNoMore(t *testing.T) {
	t.Parallel()
	v := access.Viewer{Person: ana, Organization: org, Role: node.Editor, Groups: []uuid.UUID{circle}, Networks: []uuid.UUID{network}}
	for _, a := range []node.Audience{
		node.Moderators, node.OrganizationOnly(otherOrg), node.Group(otherRing), node.NetworkOnly(otherNet), node.Only(bob),
		node.Group(ana), node.Only(circle), node.Group(org), node.OrganizationOnly(uuid.Nil), node.Only(uuid.Nil), "",
	} {
		if access.ScopeOf(v).Includes(a) {
			t.Errorf("an editor reads %q", a)
		}
	}
	var none access.Scope
	if none.Includes(node.Public) {
		t.Error("the empty scope includes something")
	}
}

func TestOperatorScope(t *testing.T) {
	t.Parallel()
	all := []node.Audience{node.Only(ana), node.Group(circle)}
	for name, v := range viewers() {
		s := access.OperatorScope(v, all)
		if got := s.Includes(node.Only(bob)); got {
			t.Errorf("%s gets an audience that was not named", name)
		}
		if got := s.Includes(node.Group(circle)); got != v.Operator {
			t.Errorf("%s: every audience among all = %v", name, got)
		}
	}
}
