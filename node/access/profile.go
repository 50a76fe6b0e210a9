package access

import (
	"slices"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// Reduce removes from p all that s does not include: fields, skills, and of a
// name all but its initials. The caller has made sure that s includes the
// profile. Every reader of people goes through it, so that a page, a document, a
// card, a search and an export show the same (E2).
func (s Scope) Reduce(p *node.Person) {
	if s.Includes(node.Only(p.ID)) {
		return // p themself
	}
	for _, f := range node.Fields {
		if s.sees(p, p.AudienceOf(f)) {
			continue
		}
		switch f {
		case node.FieldName:
			p.Name, p.Initialed = node.Initials(p.Name), true
		case node.FieldPronouns:
			p.Pronouns = ""
		case node.FieldRole:
			p.RoleTitle = nil
		case node.FieldPlace:
			p.Place = ""
		case node.FieldLanguages:
			p.Languages = nil
		case node.FieldBio:
			p.Bio = nil
		case node.FieldEmail:
			p.Email = ""
		}
	}
	p.Skills = slices.DeleteFunc(slices.Clone(p.Skills), func(k node.PersonSkill) bool { return !s.sees(p, SkillAudience(k)) })
	// Who may see what is nobody's business but p's.
	p.Fields = nil
}

// sees reports whether s includes what is of p and for a. Who shows something to
// the members of networks shows it to their own organization, also while that is in none.
func (s Scope) sees(p *node.Person, a node.Audience) bool {
	return s.Includes(a) || a == node.Networks && s.Includes(node.OrganizationOnly(p.OrganizationID))
}

// SkillAudience is who may see a skill of somebody whose profile they may open.
func SkillAudience(k node.PersonSkill) node.Audience {
	if k.Audience == "" {
		return node.DefaultSkillAudience
	}
	return k.Audience
}

// As is whose eyes a person can look at their own profile with ("See as").
type As string

// The eyes.
const (
	AsVisitor  As = "visitor"
	AsFollower As = "follower" // on another server: sees what everyone sees
	AsMember   As = "member"   // of one of our networks
	AsNode     As = "node"     // of one's own organization
)

// Seen lists all.
var Seen = []As{AsVisitor, AsFollower, AsMember, AsNode}

// ViewerAs is somebody who stands so towards p: not p, whoever looks. network
// narrows AsMember to one of networks, those that p's organization is in;
// uuid.Nil takes all of them.
func ViewerAs(as As, p *node.Person, network uuid.UUID, networks []uuid.UUID) Viewer {
	switch as {
	case AsMember:
		if network != uuid.Nil {
			networks = []uuid.UUID{network}
		}
		if len(networks) == 0 { // what members will see once there are some
			networks = []uuid.UUID{somebody}
		}
		return Viewer{Networks: networks}
	case AsNode:
		return Viewer{Person: somebody, Organization: p.OrganizationID, Role: node.Member, Networks: networks}
	}
	return Visitor
}

// somebody is an id that no person and no network has.
var somebody = uuid.UUID{15: 1}

// SeenAs is the scope of ViewerAs.
func SeenAs(as As, p *node.Person, network uuid.UUID, networks []uuid.UUID) Scope {
	return ScopeOf(ViewerAs(as, p, network, networks))
}
