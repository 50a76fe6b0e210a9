package access_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// everyField is a person whose fields all say something.
func everyField() *node.Person {
	return &node.Person{
		ID: ana, OrganizationID: org, Handle: "ana", Name: "Ana María Ruiz", Pronouns: "she", RoleTitle: node.Text{"en": "Organizer"}, Bio: node.Text{"en": "Doors."},
		Place: "Leeds", Email: "ana@example.org", Languages: []string{"es"}, Audience: node.Public, Fields: map[node.Field]node.Audience{},
		Skills: []node.PersonSkill{{Tag: "maps", Stance: node.Offer, Level: 2}},
	}
}

// tells reports whether p says what the person had in a field.
func tells(p *node.Person, f node.Field) bool {
	switch f {
	case node.FieldName:
		return p.Name == "Ana María Ruiz" && !p.Initialed
	case node.FieldPronouns:
		return p.Pronouns != ""
	case node.FieldRole:
		return len(p.RoleTitle) > 0
	case node.FieldPlace:
		return p.Place != ""
	case node.FieldLanguages:
		return len(p.Languages) > 0
	case node.FieldBio:
		return len(p.Bio) > 0
	case node.FieldEmail:
		return p.Email != ""
	}
	return false
}

// who looks at a profile: every standing that there is.
func eyes() map[string]access.Viewer {
	return map[string]access.Viewer{
		"visitor": access.Visitor, "remote": access.Remote("https://other.example/users/zoe"),
		"member of the network":   access.Remote("https://b.example/ap/node", network),
		"member of another":       access.Remote("https://c.example/ap/node", otherNet),
		"colleague":               {Person: bob, Organization: org, Role: node.Member},
		"colleague in a network":  {Person: bob, Organization: org, Role: node.Member, Networks: []uuid.UUID{network}},
		"admin":                   {Person: bob, Organization: org, Role: node.Admin},
		"guest on this node":      {Person: bob, Organization: otherOrg, Role: node.Admin, Guest: true, Networks: []uuid.UUID{network}},
		"operator":                access.Operator(org),
		"operator of the other":   access.Operator(otherOrg),
		"self":                    {Person: ana, Organization: org, Role: node.Member},
		"self with every network": {Person: ana, Organization: org, Role: node.Admin, Networks: []uuid.UUID{network, otherNet}},
	}
}

// TestE2Reduce looks with all eyes at every field in every audience: it is there
// if the audience is among what the viewer holds, or the viewer is the person.
func TestE2Reduce(t *testing.T) {
	t.Parallel()
	audiences := node.FieldAudiences(ana, org, []uuid.UUID{network, otherNet})
	n := 0
	for name, v := range eyes() {
		scope := access.ScopeOf(v)
		for _, a := range audiences {
			want := scope.Includes(a) || access.IsSelf(v, everyField())
			for _, f := range node.Fields {
				p := everyField()
				p.SetAudience(f, a)
				before := *p
				scope.Reduce(p)
				if n++; tells(p, f) != want {
					t.Errorf("%s reads %s for %s: %v, want %v", name, f, a, !want, want)
				}
				if p.Initialed != (p.Name == "A. M. R.") {
					t.Errorf("%s reads the name %q and Initialed is %v", name, p.Name, p.Initialed)
				}
				if p.Fields != nil && !access.IsSelf(v, p) {
					t.Errorf("%s reads who sees what: %v", name, p.Fields)
				}
				if diff := cmp.Diff(*everyFieldWith(f, a), before); diff != "" {
					t.Fatalf("the person changed before: %s", diff)
				}
			}
			p := everyField()
			p.Skills[0].Audience = a
			skills := p.Skills
			scope.Reduce(p)
			if n++; len(p.Skills) == 1 != want || skills[0].Tag != "maps" {
				t.Errorf("%s reads a skill for %s: %v, want %v", name, a, p.Skills, want)
			}
		}
	}
	if want := len(eyes()) * len(audiences) * (len(node.Fields) + 1); n != want || len(audiences) != 6 {
		t.Errorf("%d combinations, want %d", n, want)
	}
}

func everyFieldWith(f node.Field, a node.Audience) *node.Person {
	p := everyField()
	p.SetAudience(f, a)
	return p
}

// TestE1Defaults: what nobody chose an audience for (product.md 5.3, security.md E1).
func TestE1Defaults(t *testing.T) {
	t.Parallel()
	want := map[string]string{ // name, role, languages and skills for the networks, the rest narrower
		"visitor": "", "remote": "",
		"member of the network": "name role languages skill", "guest on this node": "name role languages skill",
		"colleague": "name pronouns role place languages bio skill", "admin": "name pronouns role place languages bio skill",
		"self": "name pronouns role place languages bio email skill",
	}
	for name, fields := range want {
		p, got := everyField(), ""
		access.ScopeOf(eyes()[name]).Reduce(p)
		for _, f := range node.Fields {
			if tells(p, f) {
				got += " " + string(f)
			}
		}
		if len(p.Skills) > 0 {
			got += " skill"
		}
		if got != "" {
			got = got[1:]
		}
		if got != fields {
			t.Errorf("%s reads %q, want %q", name, got, fields)
		}
	}
}

func TestSkillAudience(t *testing.T) {
	t.Parallel()
	for in, want := range map[node.Audience]node.Audience{"": node.Networks, node.Networks: node.Networks, node.Public: node.Public, node.Only(ana): node.Only(ana)} {
		if got := access.SkillAudience(node.PersonSkill{Audience: in}); got != want {
			t.Errorf("a skill with %q is for %q, want %q", in, got, want)
		}
	}
}

// TestSeenAs compares the eyes of "See as" with those that they stand for.
func TestSeenAs(t *testing.T) {
	t.Parallel()
	p, both := everyField(), []uuid.UUID{network, otherNet}
	for _, c := range []struct {
		as       access.As
		network  uuid.UUID
		networks []uuid.UUID
		like     access.Viewer
	}{
		{access.AsVisitor, uuid.Nil, both, access.Visitor},
		{access.AsFollower, uuid.Nil, both, access.Remote("https://other.example/users/zoe")},
		{access.AsMember, uuid.Nil, both, access.Remote("https://b.example/ap/node", both...)},
		{access.AsMember, network, both, access.Remote("https://b.example/ap/node", network)},
		{access.AsNode, uuid.Nil, both, access.Viewer{Person: bob, Organization: org, Role: node.Member, Networks: both}},
		{access.AsNode, uuid.Nil, nil, access.Viewer{Person: bob, Organization: org, Role: node.Member}},
		{"", uuid.Nil, both, access.Visitor},
		{"admin", uuid.Nil, both, access.Visitor},
	} {
		name := fmt.Sprintf("%q, %s of %d", c.as, c.network, len(c.networks))
		seen := access.SeenAs(c.as, p, c.network, c.networks)
		for _, a := range node.FieldAudiences(ana, org, both) {
			if got, want := seen.Includes(a), access.ScopeOf(c.like).Includes(a); got != want {
				t.Errorf("%s: %s is seen = %v, want %v", name, a, got, want)
			}
		}
		if v := access.ViewerAs(c.as, p, c.network, c.networks); access.CanEditPerson(v, p) || access.CanSeeEmail(v, p) || access.Can(v, access.AddPerson) {
			t.Errorf("%s may do what only the person or an admin may", name)
		}
	}
	if s := access.SeenAs(access.AsMember, p, uuid.Nil, nil); !s.Includes(node.Networks) || s.Includes(node.OrganizationOnly(org)) {
		t.Errorf("a member of a network to come sees %v", s)
	}
}
