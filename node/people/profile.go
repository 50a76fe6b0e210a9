package people

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/store"
)

// NewPerson is what an admin types to add somebody.
type NewPerson struct {
	Name, Email, Handle string
	RoleTitle, Lang     string
	Role                node.Role // empty means member
	Skills              []node.PersonSkill
	// Followable records that the person agreed to be followed from outside; they confirm it at first sign-in.
	Followable bool
	// Network records that the person agreed to be shown to the networks; they confirm it likewise.
	Network bool
	// Organization is the one of this node that they belong to; uuid.Nil is the viewer's.
	Organization uuid.UUID
}

// AddPerson adds one of an organization's people and returns their sign-in link.
func (s *Service) AddPerson(ctx context.Context, v access.Viewer, in NewPerson) (p *node.Person, link string, err error) {
	if in.Organization == uuid.Nil {
		in.Organization = v.Organization
	}
	if !access.CanAddTo(v, in.Organization) {
		return nil, "", fmt.Errorf("add person: %w", node.ErrForbidden)
	}
	site, err := s.Site(ctx)
	if err != nil {
		return nil, "", err
	}
	if in.Lang == "" {
		in.Lang = site.Lang
	}
	p = s.newPerson(in)
	if err := p.Validate(s.known); err != nil {
		return nil, "", err
	}
	before := *p
	opened, err := s.agreed(v, p, in, site.Origin)
	if err != nil {
		return nil, "", fmt.Errorf("add person: %w", err)
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if taken, err := tx.HandleTaken(ctx, p.Handle); err != nil || taken {
			return orTaken(err, "handle", "error.handle.taken", "handle", p.Handle)
		}
		if taken, err := tx.EmailTaken(ctx, p.Email, p.ID); err != nil || taken {
			return orTaken(err, "email", "error.email.taken", "email", p.Email)
		}
		if err := tx.PutPerson(ctx, p); err != nil {
			return err
		}
		for what, o := range opened {
			if err := tx.PutLocalActor(ctx, o.actor, o.keys); err != nil {
				return err
			}
			if err := s.note(ctx, tx, v, p, what, nil); err != nil {
				return err
			}
		}
		if err := s.noteOpened(ctx, tx, v, &before, p, ""); err != nil {
			return err
		}
		link, err = s.newLink(ctx, tx, site.Origin, p.ID, node.CommandLinkLife)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("add person: %w", err)
	}
	show(v, p)
	return p, link, nil
}

// newPerson is whom in describes, not stored yet.
func (s *Service) newPerson(in NewPerson) *node.Person {
	now := s.Now()
	if in.Role == "" {
		in.Role = node.Member
	}
	p := &node.Person{
		ID: newID(), OrganizationID: in.Organization, Handle: strings.ToLower(in.Handle), Name: markup.Name(in.Name), Email: strings.ToLower(strings.TrimSpace(in.Email)),
		Languages: []string{in.Lang}, Skills: slices.Clone(in.Skills), Role: in.Role, Lang: in.Lang, Audience: node.Networks, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	for i, k := range p.Skills {
		p.Skills[i].Audience = access.SkillAudience(k)
	}
	if in.RoleTitle != "" {
		p.RoleTitle = node.Text{in.Lang: markup.Name(in.RoleTitle)}
	}
	return p
}

// agreed makes the actors of p that in says p agreed to, by the key of their audit entries.
func (s *Service) agreed(v access.Viewer, p *node.Person, in NewPerson, origin node.Origin) (map[string]*openedActor, error) {
	opened := map[string]*openedActor{}
	if (in.Followable || in.Network) && !access.CanOpenPerson(v, p) {
		return nil, node.ErrForbidden
	}
	if in.Network {
		o, err := s.openActor(p, origin, node.Networks)
		if err != nil {
			return nil, err
		}
		o.enter(p, byCommand)
		opened["audit.networks"] = o
	}
	if in.Followable {
		o, err := s.openActor(p, origin, node.Public)
		if err != nil {
			return nil, err
		}
		o.follow(p, byCommand)
		opened["audit.followable"] = o
	}
	return opened, nil
}

// orTaken is err, or that the field's value is in use.
func orTaken(err error, field, key string, args ...string) error {
	if err != nil {
		return err
	}
	return node.Invalid(field, key, args...)
}

// Profile is what somebody typed about a profile.
type Profile struct {
	Handle    string // whose
	Name      string
	Pronouns  string
	RoleTitle node.Text
	Bio       node.Text
	Place     string
	Languages []string
	Skills    []node.PersonSkill // one without an audience keeps the one it had
	Lang      string             // of pages and mails
	// Fields is who may see each field; what it does not name stays.
	Fields   map[node.Field]node.Audience
	Unlisted bool
	Version  int64 // that was read; 0 does not check
}

// SaveProfile changes a profile and, if people follow it, tells them. Who edits
// somebody else's changes only what they may see of it, and makes nothing wider
// (E1): what they do not see stays as it is.
func (s *Service) SaveProfile(ctx context.Context, v access.Viewer, in Profile) (p *node.Person, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if p, err = whole(ctx, tx, v, in.Handle); err != nil {
			return err
		}
		if !access.CanEditPerson(v, p) {
			return node.ErrForbidden
		}
		if in.Version != 0 && in.Version != p.Version {
			return node.ErrConflict
		}
		before := *p
		if err := s.fill(v, p, in); err != nil {
			return err
		}
		p.UpdatedAt, p.Version = s.Now(), p.Version+1
		if err := s.noteOpened(ctx, tx, v, &before, p, ""); err != nil {
			return err
		}
		if err := tx.PutPerson(ctx, p); err != nil {
			return err
		}
		if !p.Followable() {
			return nil
		}
		return tx.Announce(ctx, s.event(node.Updated, node.KindPerson, p.ID, p.ActorID))
	})
	if err != nil {
		return nil, fmt.Errorf("save profile %s: %w", in.Handle, err)
	}
	show(v, p)
	return p, nil
}

// fill puts what v typed into p.
func (s *Service) fill(v access.Viewer, p *node.Person, in Profile) error {
	skills, err := skills(v, p, in.Skills)
	if err != nil {
		return err
	}
	sees := func(f node.Field) bool { return access.IsSelf(v, p) || access.ScopeOf(v).Includes(p.AudienceOf(f)) }
	if sees(node.FieldName) {
		p.Name = markup.Name(in.Name)
	}
	if sees(node.FieldPronouns) {
		p.Pronouns = markup.Name(in.Pronouns)
	}
	if sees(node.FieldRole) {
		p.RoleTitle = in.RoleTitle
	}
	if sees(node.FieldPlace) {
		p.Place = markup.Name(in.Place)
	}
	if sees(node.FieldLanguages) {
		p.Languages = in.Languages
	}
	if sees(node.FieldBio) {
		p.Bio = in.Bio
	}
	p.Skills = skills
	if in.Lang != "" {
		p.Lang = in.Lang
	}
	if p.Unlisted && !in.Unlisted && !access.IsSelf(v, p) {
		in.Unlisted = true // only p goes back into lists
	}
	p.Unlisted = in.Unlisted
	for _, f := range node.Fields {
		if a, ok := in.Fields[f]; ok {
			if err := mayChoose(v, p, "audience."+string(f), p.AudienceOf(f), a); err != nil {
				return err
			}
			p.SetAudience(f, a)
		}
	}
	for f := range in.Fields {
		if !slices.Contains(node.Fields, f) {
			return node.Invalid("audience", "error.field.unknown", "field", string(f))
		}
	}
	return p.Validate(s.known)
}

// mayChoose reports why v cannot change an audience of p's from one to another.
func mayChoose(v access.Viewer, p *node.Person, field string, from, to node.Audience) error {
	switch {
	case from == to:
		return nil
	case !access.IsSelf(v, p) && access.Wider(to, from):
		return node.Invalid(field, "error.audience.widen")
	case to.Kind() == "network" && !access.ScopeOf(v).Includes(to):
		return node.Invalid(field, "error.audience.field", "audience", string(to))
	}
	return nil
}

// skills are the skills of p after v sent list: those that v does not see stay,
// and what somebody else adds begins at p's organization (E1).
func skills(v access.Viewer, p *node.Person, list []node.PersonSkill) ([]node.PersonSkill, error) {
	had := map[string]node.PersonSkill{}
	for _, k := range p.Skills {
		had[k.Tag+" "+string(k.Stance)] = k
	}
	scope, self := access.ScopeOf(v), access.IsSelf(v, p)
	hidden := func(k node.PersonSkill) bool { return !self && !scope.Includes(access.SkillAudience(k)) }
	var out []node.PersonSkill
	for i, k := range list {
		old, ok := had[k.Tag+" "+string(k.Stance)]
		if ok && hidden(old) {
			continue // p has it, and it stays below as p wants it
		}
		from := access.SkillAudience(old)
		if !ok && !self {
			from = node.OrganizationOnly(p.OrganizationID)
		}
		if k.Audience == "" {
			k.Audience = from
		}
		if err := mayChoose(v, p, "audience."+strconv.Itoa(i), from, k.Audience); err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	for _, k := range p.Skills {
		if hidden(k) {
			out = append(out, k)
		}
	}
	return out, nil
}
