package node

import (
	"strings"

	"github.com/google/uuid"
)

// Audience is the one set of people who may read an object: a token on its
// row. A viewer holds a set of tokens (access.Scope); visible means: in the set.
type Audience string

// The audiences that need no id.
const (
	Public     Audience = "public"           // anyone on the internet
	Networks   Audience = "networks"         // signed-in people of all networks that we belong to
	Moderators Audience = "group:moderators" // who decides on held things
)

// NetworkOnly is the audience of one network's people.
func NetworkOnly(id uuid.UUID) Audience { return Audience("network:" + id.String()) }

// OrganizationOnly is the audience of one organization's people: "node" on pages and in commands.
func OrganizationOnly(id uuid.UUID) Audience { return Audience("organization:" + id.String()) }

// Group is the audience of a circle, the attendees of a gathering, the local
// followers of a remote actor or the parties of a request.
func Group(id uuid.UUID) Audience { return Audience("group:" + id.String()) }

// Only is one person alone.
func Only(person uuid.UUID) Audience { return Audience("person:" + person.String()) }

// Valid reports whether a has one of the known forms.
func (a Audience) Valid() bool {
	switch a {
	case Public, Networks, Moderators:
		return true
	}
	kind, id, ok := strings.Cut(string(a), ":")
	if !ok {
		return false
	}
	// Tokens are compared as text, so an id has one spelling.
	if u, err := uuid.Parse(id); err != nil || u.String() != id {
		return false
	}
	switch kind {
	case "network", "organization", "group", "person":
		return true
	}
	return false
}

// Kind is the word before the id: public, networks, network, organization, group or person.
func (a Audience) Kind() string {
	kind, _, _ := strings.Cut(string(a), ":")
	return kind
}

// Network is the one network that a is for; false if it is for none, or for all of ours.
func (a Audience) Network() (uuid.UUID, bool) {
	id, ok := strings.CutPrefix(string(a), "network:")
	if !ok {
		return uuid.Nil, false
	}
	u, err := uuid.Parse(id)
	return u, err == nil
}

// ForNetworks reports whether a is for the people of one of our networks, or of all.
func (a Audience) ForNetworks() bool { return a == Networks || a.Kind() == "network" }
