package node

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Role is what a person may do on this node. Roles stack: an admin is an editor is a member.
type Role string

// The roles.
const (
	Member Role = "member"
	Editor Role = "editor" // may speak as the organization
	Admin  Role = "admin"  // runs the node, decides on held things
)

// Roles lists all, from the least to the most.
var Roles = []Role{Member, Editor, Admin}

// Person is one of the organization's people.
type Person struct {
	ID             uuid.UUID
	OrganizationID uuid.UUID
	Handle         string
	Name           string
	Pronouns       string
	RoleTitle      Text   // "Data organizer"
	Bio            Text   // Markdown
	Place          string // a city or a region, not an address
	Email          string // shown to nobody but the person and admins, unless chosen
	Languages      []string
	Skills         []PersonSkill
	Role           Role
	Lang           string   // language of pages and mails
	Audience       Audience // who may open the profile; public while followable
	// Fields is who may see each field, where that is not its default; see AudienceOf.
	Fields map[Field]Audience
	// Unlisted leaves the person out of lists, searches and cards; who may open the profile still can.
	Unlisted bool
	// ActorID is the id of the person's public actor, uuid.Nil while they are not
	// followable from outside. Switching off and on again gives a new one.
	ActorID uuid.UUID
	// ConsentBy tells who switched followable on: "self", or "command" until the person confirmed it.
	ConsentBy string
	// NetworkActorID is the id of the actor that members of our networks see,
	// uuid.Nil while the person does not show themself to the networks. NetworkBy
	// tells who switched that on: "self", or "command".
	NetworkActorID uuid.UUID
	NetworkBy      string
	// Initialed is set on what a viewer is shown, where Name is initials and Handle
	// is not to be told either. It is not stored.
	Initialed bool
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
}

// Followable reports whether people outside may follow p.
func (p *Person) Followable() bool { return p.ActorID != uuid.Nil }

// NeedsConfirmation reports whether p still has to confirm that the profile is public.
func (p *Person) NeedsConfirmation() bool { return p.Followable() && p.ConsentBy == "command" }

// NeedsNetworkConfirmation reports whether p still has to confirm that they show themself to the networks.
func (p *Person) NeedsNetworkConfirmation() bool { return p.InNetworks() && p.NetworkBy == "command" }

// InNetworks reports whether p shows themself to our networks: there is a card of
// p, and p may write to the networks in person.
func (p *Person) InNetworks() bool { return p.NetworkActorID != uuid.Nil }

// Validate reports the first field that cannot stand. known tells whether a skill code is in the vocabulary.
func (p *Person) Validate(known func(code string) bool) error {
	if strings.TrimSpace(p.Name) == "" {
		return Invalid("name", "error.name.required")
	}
	if err := checkText("name", p.Name, MaxNameRunes); err != nil {
		return err
	}
	if err := CheckHandle(p.Handle); err != nil {
		return err
	}
	if err := CheckEmail(p.Email); err != nil {
		return err
	}
	if !slices.Contains(Roles, p.Role) {
		return fmt.Errorf("role %q: %w", p.Role, ErrForbidden)
	}
	for _, l := range append([]string{p.Lang}, p.Languages...) {
		if err := CheckLang("languages", l); err != nil {
			return err
		}
	}
	if err := p.RoleTitle.check("role", MaxNameRunes); err != nil {
		return err
	}
	if err := p.Bio.check("bio", MaxTextRunes); err != nil {
		return err
	}
	if err := checkText("pronouns", p.Pronouns, MaxNameRunes); err != nil {
		return err
	}
	if err := checkText("place", p.Place, MaxNameRunes); err != nil {
		return err
	}
	if err := p.validFields(); err != nil {
		return err
	}
	if len(p.Skills) > MaxCardSkills {
		return Invalid("skills", "error.skill.many", "max", itoa(MaxCardSkills))
	}
	seen := map[string]bool{}
	for _, s := range p.Skills {
		if err := s.Validate(known); err != nil {
			return err
		}
		if key := s.Tag + " " + string(s.Stance); seen[key] {
			return Invalid("skills", "error.skill.twice", "tag", s.Tag)
		} else {
			seen[key] = true
		}
	}
	return nil
}

// CheckEmail reports an address that no mail could reach (C9).
func CheckEmail(s string) error {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || strings.ContainsAny(s, "\r\n") || len(s) > 254 {
		return Invalid("email", "error.email.form", "email", s)
	}
	return nil
}

// CheckLink reports a link that is neither empty nor an absolute http(s) URL.
func CheckLink(field, s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.Hostname() == "" || u.User != nil || len(s) > 2000 {
		return Invalid(field, "error.link.form", "link", s)
	}
	return nil
}
