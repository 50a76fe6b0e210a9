package node_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

var fieldOrg = uuid.MustParse("019b0000-0000-7000-8000-00000000000a")

func TestFieldDefaults(t *testing.T) {
	t.Parallel()
	p := &node.Person{ID: item, OrganizationID: fieldOrg}
	want := map[node.Field]node.Audience{
		node.FieldName: node.Networks, node.FieldRole: node.Networks, node.FieldLanguages: node.Networks, node.FieldEmail: node.Only(item),
		node.FieldPronouns: node.OrganizationOnly(fieldOrg), node.FieldPlace: node.OrganizationOnly(fieldOrg), node.FieldBio: node.OrganizationOnly(fieldOrg),
	}
	if len(want) != len(node.Fields) {
		t.Errorf("there are %d fields, this test knows %d", len(node.Fields), len(want))
	}
	for f, a := range want {
		if got := p.AudienceOf(f); got != a {
			t.Errorf("%s is for %s, want %s", f, got, a)
		}
	}
}

// TestSetAudience: a choice stands, its default is no choice, and nothing that somebody else holds changes.
func TestSetAudience(t *testing.T) {
	t.Parallel()
	p := &node.Person{ID: item, OrganizationID: fieldOrg}
	p.SetAudience(node.FieldBio, node.Public)
	held := p.Fields
	p.SetAudience(node.FieldName, node.Only(item))
	if len(held) != 1 || p.AudienceOf(node.FieldBio) != node.Public || p.AudienceOf(node.FieldName) != node.Only(item) {
		t.Errorf("held is %v, set is %v", held, p.Fields)
	}
	p.SetAudience(node.FieldBio, node.OrganizationOnly(fieldOrg))
	p.SetAudience(node.FieldName, node.Networks)
	if p.Fields != nil {
		t.Errorf("the defaults are stored: %v", p.Fields)
	}
}

// TestOpenAndClose: the switch opens what has its default, and closing takes back all that everyone sees.
func TestOpenAndClose(t *testing.T) {
	t.Parallel()
	p := &node.Person{
		ID: item, OrganizationID: fieldOrg, Fields: map[node.Field]node.Audience{node.FieldRole: node.Only(item), node.FieldPlace: node.Public},
		Skills: []node.PersonSkill{{Tag: "a"}, {Tag: "b", Audience: node.Networks}, {Tag: "c", Audience: node.Only(item)}},
	}
	skills := p.Skills
	p.Open()
	want := map[node.Field]node.Audience{
		node.FieldName: node.Public, node.FieldLanguages: node.Public, node.FieldBio: node.Public, node.FieldPlace: node.Public, node.FieldRole: node.Only(item),
	}
	if !maps.Equal(p.Fields, want) {
		t.Errorf("open is %v", p.Fields)
	}
	audiences := func(list []node.PersonSkill) (out []node.Audience) {
		for _, k := range list {
			out = append(out, k.Audience)
		}
		return out
	}
	if got := audiences(p.Skills); !slices.Equal(got, []node.Audience{node.Public, node.Public, node.Only(item)}) || skills[0].Audience != "" {
		t.Errorf("skills are for %v, those that came for %v", got, audiences(skills))
	}
	p.Close()
	if !maps.Equal(p.Fields, map[node.Field]node.Audience{node.FieldRole: node.Only(item)}) {
		t.Errorf("closed is %v", p.Fields)
	}
	if got := audiences(p.Skills); !slices.Equal(got, []node.Audience{node.Networks, node.Networks, node.Only(item)}) {
		t.Errorf("closed skills are for %v", got)
	}
}

func TestFieldAudiences(t *testing.T) {
	t.Parallel()
	one, two := uuid.New(), uuid.New()
	self, inside := node.Only(item), node.OrganizationOnly(fieldOrg)
	for name, c := range map[string]struct {
		networks []uuid.UUID
		want     []node.Audience
	}{
		"no network": {nil, []node.Audience{self, inside, node.Networks, node.Public}},
		"one":        {[]uuid.UUID{one}, []node.Audience{self, inside, node.Networks, node.Public}},
		"several":    {[]uuid.UUID{one, two}, []node.Audience{self, inside, node.NetworkOnly(one), node.NetworkOnly(two), node.Networks, node.Public}},
	} {
		if got := node.FieldAudiences(item, fieldOrg, c.networks); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Ana María Ruiz": "A. M. R.", "ana": "A.", " Ñandú  öz ": "Ñ. Ö.", "": "", "李 小龍": "李. 小."} {
		if got := node.Initials(name); got != want {
			t.Errorf("initials of %q are %q, want %q", name, got, want)
		}
	}
}

// TestPersonsAudiences: no field can be for somebody else, and the fault names the field.
func TestPersonsAudiences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a  node.Audience
		ok bool
	}{
		{node.Public, true},
		{node.Networks, true},
		{node.NetworkOnly(fieldOrg), true},
		{node.Only(item), true},
		{node.OrganizationOnly(fieldOrg), true},
		{node.Only(fieldOrg), false},
		{node.OrganizationOnly(item), false},
		{node.Moderators, false},
		{node.Group(item), false},
		{"network:x", false},
		{"", false},
		{"everyone", false},
	} {
		p := person(func(p *node.Person) {
			p.ID, p.OrganizationID, p.Fields = item, fieldOrg, map[node.Field]node.Audience{node.FieldBio: c.a}
		})
		err := p.Validate(knows)
		if (err == nil) != c.ok || err != nil && (field(err) != "audience.bio" || key(err) != "error.audience.field") {
			t.Errorf("a field for %q: %v", c.a, err)
		}
		p.Fields = nil
		p.Skills[1].Audience = c.a
		err = p.Validate(knows)
		if (err == nil) != (c.ok || c.a == "") || err != nil && field(err) != "audience.1" {
			t.Errorf("a skill for %q: %v", c.a, err)
		}
	}
	p := person(func(p *node.Person) { p.Fields = map[node.Field]node.Audience{"shoes": node.Public} })
	if err := p.Validate(knows); key(err) != "error.field.unknown" {
		t.Errorf("a field that there is not: %v", err)
	}
}

func TestNetworkConsent(t *testing.T) {
	t.Parallel()
	p := person(nil)
	if p.InNetworks() || p.NeedsNetworkConfirmation() {
		t.Error("a person without an actor for it is in the networks")
	}
	p.NetworkActorID, p.NetworkBy = item, "command"
	if !p.InNetworks() || !p.NeedsNetworkConfirmation() || p.Followable() || p.NeedsConfirmation() {
		t.Error("what a command recorded needs no confirmation, or opens more")
	}
	if p.NetworkBy = "self"; p.NeedsNetworkConfirmation() {
		t.Error("what the person decided needs confirmation")
	}
}
