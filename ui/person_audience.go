package ui

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
)

// mark says beside a field to the person themself who sees it.
type mark struct {
	*Frame
	audience
}

// networkNames are the names of our networks. Without them a page says less, and
// is still a page.
func (v *visit) networkNames() map[uuid.UUID]string {
	if v.namesOfNetworks != nil || v.s.Network == nil {
		return v.namesOfNetworks
	}
	out := map[uuid.UUID]string{}
	names, err := v.s.Network.Names(v.ctx())
	if err != nil {
		v.s.Log.Error("names of networks cannot be read", "error", err)
	}
	for id, n := range names {
		out[id] = n.Name
	}
	v.namesOfNetworks = out
	return out
}

// fieldAudience is who sees a field of a profile, in the words of the picker.
func (v *visit) fieldAudience(a node.Audience, names map[uuid.UUID]string) audience {
	switch a.Kind() {
	case "public":
		return audience{"all", "all", v.t("who.public")}
	case "networks":
		if len(v.viewer.Networks) == 0 {
			return audience{"net", "net", v.t("who.networks.later")}
		}
		return audience{"net", "net", v.t("who.networks")}
	case "network":
		id, _ := a.Network()
		name := names[id]
		if name == "" {
			name = v.t("who.network.past")
		}
		return audience{"net", "net", v.t("who.network", "network", name)}
	case "organization":
		return audience{"node", "node", v.t("who.organization")}
	}
	return audience{"me", "lock", v.t("who.person")}
}

// pageAudience is who sees a person's page. What is for the networks stays with
// who signs in here until the person shows themself to them.
func (v *visit) pageAudience(p *node.Person) audience {
	if p.Audience.ForNetworks() && !p.InNetworks() {
		return audience{"node", "node", v.t("who.here")}
	}
	return v.audienceOf(p.Audience)
}

// fieldLabel names a field of a profile.
func (v *visit) fieldLabel(f node.Field) string {
	switch f {
	case node.FieldPronouns:
		return v.t("person.pronouns")
	case node.FieldRole:
		return v.t("open.role")
	case node.FieldPlace:
		return v.t("person.place")
	case node.FieldLanguages:
		return v.t("open.languages")
	case node.FieldBio:
		return v.t("open.bio")
	case node.FieldEmail:
		return v.t("field.email")
	}
	return v.t("field.name")
}

// pickerName is the name of the select for who sees a field or the nth skill.
func pickerName[T node.Field | string](of T) string { return "audience." + string(of) }

// addPickers asks for each field and each skill who sees it. What somebody has
// now is offered too if it cannot be chosen any more, so that saving keeps it.
func (v *visit) addPickers(f *form, p *node.Person, skills []node.PersonSkill) {
	names := v.networkNames()
	all := node.FieldAudiences(p.ID, p.OrganizationID, v.viewer.Networks)
	add := func(name, label string) {
		offered := all
		if now := node.Audience(f.values.Get(name)); now != "" && !slices.Contains(all, now) {
			offered = append(slices.Clone(all), now)
		}
		options := make([]option, 0, len(offered))
		for _, a := range offered {
			options = append(options, option{Value: string(a), Label: v.fieldAudience(a, names).Words})
		}
		f.add(field{Name: name, Kind: "select", Label: "who.label", Options: options}).Label = v.t("who.label", "field", label)
	}
	for _, field := range node.Fields {
		add(pickerName(field), v.fieldLabel(field))
	}
	for n, k := range skills {
		add(pickerName(strconv.Itoa(n)), v.skillName(k))
	}
	add(pickerName(strconv.Itoa(len(skills))), v.t("skills.new"))
}

// pickerValues are the choices that p has made, and the defaults.
func (v *visit) pickerValues(values url.Values, p *node.Person) {
	for _, f := range node.Fields {
		values.Set(pickerName(f), string(p.AudienceOf(f)))
	}
}

// skillValues sets what the pickers of skills show: rows come and go.
func skillValues(values url.Values, skills []node.PersonSkill) url.Values {
	values = maps.Clone(values)
	for n, k := range skills {
		values.Set(pickerName(strconv.Itoa(n)), string(access.SkillAudience(k)))
	}
	values.Set(pickerName(strconv.Itoa(len(skills))), string(node.DefaultSkillAudience))
	return values
}

// postedAudiences reads the pickers of fields.
func (v *visit) postedAudiences() map[node.Field]node.Audience {
	out := map[node.Field]node.Audience{}
	for _, f := range node.Fields {
		if a := v.posted(pickerName(f)); a != "" {
			out[f] = node.Audience(a)
		}
	}
	return out
}

// marks are what a person reads on their own page beside each field and each skill.
func (v *visit) marks(f *Frame, p *node.Person) (fields map[node.Field]*mark, skills []*mark) {
	names := v.networkNames()
	fields = map[node.Field]*mark{}
	for _, field := range node.Fields {
		fields[field] = &mark{f, v.fieldAudience(p.AudienceOf(field), names)}
	}
	for _, k := range p.Skills {
		skills = append(skills, &mark{f, v.fieldAudience(access.SkillAudience(k), names)})
	}
	return fields, skills
}

// factsFor lists what s shows of p, in words. p is not changed.
func (v *visit) factsFor(f *Frame, p *node.Person, s access.Scope) ([]named, error) {
	o, err := v.organizationOf(p)
	if err != nil {
		return nil, err
	}
	seen := *p
	s.Reduce(&seen)
	out := []named{{v.t("field.name"), seen.Name}}
	if s.Includes(node.Public) && p.Followable() || !seen.Initialed {
		out = append(out, named{v.t("open.handle"), "@" + p.Handle + "@" + f.Host()})
	}
	out = append(out, named{v.t("open.organization"), o.Name})
	role, _ := v.pick(seen.RoleTitle, p.Lang)
	bio, _ := v.pick(seen.Bio, p.Lang)
	for _, fact := range []named{
		{v.t("open.role"), role},
		{v.t("person.pronouns"), seen.Pronouns},
		{v.t("person.place"), seen.Place},
		{v.t("open.bio"), markup.Excerpt(markup.Render(bio), excerptLong)},
		{v.t("open.languages"), v.languageNames(seen.Languages)},
		{v.t("skills.title"), v.skillNames(seen.Skills)},
		{v.t("field.email"), seen.Email},
	} {
		if strings.TrimSpace(fact.Words) != "" {
			out = append(out, fact)
		}
	}
	return out, nil
}

// publicFacts is what everyone on the internet reads of p once p is followable.
func (v *visit) publicFacts(f *Frame, p *node.Person) ([]named, error) {
	open := *p
	if !p.Followable() {
		open.Open()
		open.ActorID = p.ID // as it will be
	}
	return v.factsFor(f, &open, access.ScopeOf(access.Visitor))
}

// networkFacts is what members of our networks read of p once p shows themself to them.
func (v *visit) networkFacts(f *Frame, p *node.Person) ([]named, error) {
	return v.factsFor(f, p, access.SeenAs(access.AsMember, p, uuid.Nil, v.viewer.Networks))
}

// opened is one thing that was opened, and when.
type opened struct {
	Words string
	When  stamp
}

// openedThings lists what was opened of the reader's own profile.
func (v *visit) openedThings() ([]opened, error) {
	entries, err := v.s.People.Opened(v.ctx(), v.viewer)
	if err != nil {
		return nil, err
	}
	names, list := v.networkNames(), make([]opened, 0, len(entries))
	for _, e := range entries {
		who := v.fieldAudience(node.Audience(e.Detail["to"]), names).Words
		words := ""
		switch e.What {
		case "audit.field":
			words = v.t("audit.field", "field", v.fieldLabel(node.Field(e.Detail["field"])), "who", who)
		case "audit.skill":
			words = v.t("audit.skill", "skill", v.skillName(node.PersonSkill{Tag: e.Detail["tag"]}), "who", who)
		case "audit.listed", "audit.followable", "audit.networks", "audit.followable.confirmed", "audit.networks.confirmed":
			words = v.t(e.What)
		default:
			continue
		}
		if e.By != v.viewer.Person {
			words = v.t("audit.command", "what", words)
		}
		list = append(list, opened{words, v.stamp(e.At)})
	}
	return list, nil
}
