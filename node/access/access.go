// Package access decides who may see and who may do what. Every rule is here:
// services ask Can, the store turns a Scope into a condition, pages and
// ActivityPub, feeds and commands all come through a service that asks.
package access

import (
	"slices"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// Viewer is whoever is asking. The zero Viewer is a visitor: anyone on the internet.
type Viewer struct {
	Person       uuid.UUID // signed-in person of this node; uuid.Nil otherwise
	Organization uuid.UUID // their organization
	Role         node.Role
	// Followable tells whether the person has a public actor and so may speak to everyone in person.
	Followable bool
	// Groups are the circles, attendances and local follower groups the person is part of.
	Groups []uuid.UUID
	// Listed tells whether the person shows themself to the networks, and so may speak to them in person.
	Listed bool
	// Networks are the networks whose things the viewer may read: of our own people
	// those that their organization is or was in, of a signing node those that it and
	// we are both effective members of now.
	Networks []uuid.UUID
	// Active are those of them that may be written to.
	Active []uuid.UUID
	// Coordinates are the networks hosted here that the viewer's organization runs.
	Coordinates []uuid.UUID
	// Actor is the URI of the verified remote actor that asks; empty for our own people.
	Actor string
	// Guest is set for people of an organization that this node hosts: they decide nothing about the node.
	Guest bool
	// Operator is set by commands: who can read the data folder decides over this node.
	Operator bool
}

// Visitor is anyone on the internet.
var Visitor = Viewer{}

// Remote is a verified remote actor: it holds what everyone holds, and what is
// for the networks that its node and we are both effective members of (design.md 2).
func Remote(actor string, networks ...uuid.UUID) Viewer {
	return Viewer{Actor: actor, Networks: networks}
}

// MemberOf is any member of one network: what a card for it may tell.
func MemberOf(network uuid.UUID) Viewer { return Viewer{Networks: []uuid.UUID{network}} }

// Operator is who runs commands on the machine, acting for organization.
func Operator(organization uuid.UUID) Viewer {
	return Viewer{Organization: organization, Role: node.Admin, Operator: true}
}

// SignedIn reports whether v is one of this node's people, or its operator.
func (v Viewer) SignedIn() bool { return v.Person != uuid.Nil || v.Operator }

// Is reports whether v has at least this role: an admin is an editor is a member.
func (v Viewer) Is(r node.Role) bool {
	if !v.SignedIn() {
		return false
	}
	switch r {
	case node.Member:
		return true
	case node.Editor:
		return v.Role == node.Editor || v.Role == node.Admin
	case node.Admin:
		return v.Role == node.Admin
	}
	return false
}

// Scope is the set of audiences that a viewer holds: an object is visible if its audience is among them.
type Scope []node.Audience

// ScopeOf returns what v may read.
func ScopeOf(v Viewer) Scope {
	s := Scope{node.Public}
	for _, n := range v.Networks {
		s = append(s, node.NetworkOnly(n))
	}
	// What is for all of our networks is for each of their members. A guest that is
	// in none of them any more is none.
	if len(v.Networks) > 0 || v.SignedIn() && !v.Guest {
		s = append(s, node.Networks)
	}
	if !v.SignedIn() {
		return s
	}
	if v.Organization != uuid.Nil {
		s = append(s, node.OrganizationOnly(v.Organization))
	}
	for _, g := range v.Groups {
		s = append(s, node.Group(g))
	}
	if v.Person != uuid.Nil {
		s = append(s, node.Only(v.Person))
	}
	if v.Role == node.Admin && !v.Guest {
		s = append(s, node.Moderators)
	}
	return s
}

// OperatorScope is every audience among all, for who can read the data folder
// anyway; anyone else gets what they hold.
func OperatorScope(v Viewer, all []node.Audience) Scope {
	if !v.Operator {
		return ScopeOf(v)
	}
	return append(ScopeOf(v), all...)
}

// Includes reports whether s may read an object for a.
func (s Scope) Includes(a node.Audience) bool { return slices.Contains(s, a) }
