package node

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Field names a part of a profile that has an audience of its own. Skills are
// not fields: each of them carries its audience itself.
type Field string

// The fields of a profile.
const (
	FieldName      Field = "name" // whoever may not see it sees initials
	FieldPronouns  Field = "pronouns"
	FieldRole      Field = "role"
	FieldPlace     Field = "place"
	FieldLanguages Field = "languages"
	FieldBio       Field = "bio"
	FieldEmail     Field = "email"
)

// Fields lists all, in the order of the form.
var Fields = []Field{FieldName, FieldPronouns, FieldRole, FieldPlace, FieldLanguages, FieldBio, FieldEmail}

// DefaultAudience is who may see a field of p that p chose nothing for
// (product.md 5.3): an address nobody, pronouns p's own organization, the rest
// the networks.
func (p *Person) DefaultAudience(f Field) Audience {
	switch f {
	case FieldEmail:
		return Only(p.ID)
	case FieldPronouns, FieldPlace, FieldBio: // security.md E1: new fields start at the organization
		return OrganizationOnly(p.OrganizationID)
	}
	return Networks
}

// AudienceOf is who may see a field of p, if they may open the profile at all.
func (p *Person) AudienceOf(f Field) Audience {
	if a, ok := p.Fields[f]; ok {
		return a
	}
	return p.DefaultAudience(f)
}

// SetAudience chooses who may see a field of p.
func (p *Person) SetAudience(f Field, a Audience) {
	fields := map[Field]Audience{}
	for other, chosen := range p.Fields {
		fields[other] = chosen
	}
	fields[f] = a
	if a == p.DefaultAudience(f) { // so that a choice and its default are told apart by their value alone
		delete(fields, f)
	}
	if p.Fields = fields; len(fields) == 0 {
		p.Fields = nil
	}
}

// OpenedFields are what the followable switch shows to everyone, besides skills.
var OpenedFields = []Field{FieldName, FieldRole, FieldLanguages, FieldBio}

// Open shows to everyone what the followable switch names, where p chose nothing for it.
func (p *Person) Open() {
	for _, f := range OpenedFields {
		if p.AudienceOf(f) == p.DefaultAudience(f) {
			p.SetAudience(f, Public)
		}
	}
	p.Skills = slices.Clone(p.Skills)
	for i := range p.Skills {
		if a := p.Skills[i].Audience; a == "" || a == DefaultSkillAudience {
			p.Skills[i].Audience = Public
		}
	}
}

// Close takes back what everyone sees, of Open and of p's own choice.
func (p *Person) Close() {
	for _, f := range Fields {
		if p.AudienceOf(f) == Public {
			p.SetAudience(f, p.DefaultAudience(f))
		}
	}
	p.Skills = slices.Clone(p.Skills)
	for i := range p.Skills {
		if p.Skills[i].Audience == Public {
			p.Skills[i].Audience = DefaultSkillAudience
		}
	}
}

// DefaultSkillAudience is who may see a skill that its owner chose nothing for.
const DefaultSkillAudience = Networks

// FieldAudiences lists what somebody may choose for a field or a skill: only me,
// my organization, my networks, one network, everyone; narrowest first.
func FieldAudiences(person, organization uuid.UUID, networks []uuid.UUID) []Audience {
	list := []Audience{Only(person), OrganizationOnly(organization)}
	if len(networks) > 1 {
		for _, n := range networks {
			list = append(list, NetworkOnly(n))
		}
	}
	return append(list, Networks, Public)
}

// Initials stand for a name that a viewer may not see: "Ana María Ruiz" gives "A. M. R.".
func Initials(name string) string {
	var b strings.Builder
	for _, word := range strings.Fields(name) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune([]rune(strings.ToUpper(word))[0])
		b.WriteByte('.')
	}
	return b.String()
}

// validFields reports a field that there is not, or an audience that a field cannot have.
func (p *Person) validFields() error {
	for f, a := range p.Fields {
		if !slices.Contains(Fields, f) {
			return Invalid("audience", "error.field.unknown", "field", string(f))
		}
		if err := p.validAudience("audience."+string(f), a); err != nil {
			return err
		}
	}
	for i, s := range p.Skills {
		if s.Audience != "" {
			if err := p.validAudience("audience."+strconv.Itoa(i), s.Audience); err != nil {
				return err
			}
		}
	}
	return nil
}

// validAudience reports an audience that p's fields cannot have: another
// person, another organization, a group.
func (p *Person) validAudience(field string, a Audience) error {
	switch {
	case a == Public, a == Networks, a == Only(p.ID), a == OrganizationOnly(p.OrganizationID):
		return nil
	case a.Valid() && a.Kind() == "network":
		return nil
	}
	return Invalid(field, "error.audience.field", "audience", string(a))
}
