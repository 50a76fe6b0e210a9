package ui

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// personSeePage shows somebody their own page through the eyes of others.
type personSeePage struct {
	*Frame
	Author author
	Lead   string
	Eyes   []eye
	Hidden string // in words what they have that those do not see; empty if nothing
	Why    string // there is nothing to see
	Shown  *profile
}

// eye is a link to the page as somebody sees it.
type eye struct {
	Link, Words string
	On          bool
}

// eyes are those that a person can look with; one per network if there are several.
func (v *visit) eyes(p *node.Person, as access.As, network string) []eye {
	link := "/people/" + p.Handle + "/see?"
	look := func(at access.As, words, in string) eye {
		q := url.Values{"as": {string(at)}}
		if in != "" {
			q.Set("network", in)
		}
		return eye{link + q.Encode(), words, at == as && in == network}
	}
	out := []eye{look(access.AsNode, v.t("see.node"), ""), look(access.AsMember, v.t("see.member"), "")}
	if names := v.networkNames(); len(v.viewer.Networks) > 1 {
		for _, n := range v.viewer.Networks {
			out = append(out, look(access.AsMember, names[n], n.String()))
		}
	}
	return append(out, look(access.AsFollower, v.t("see.follower"), ""), look(access.AsVisitor, v.t("see.visitor"), ""))
}

// personSee shows the reader's own page as others see it (F01). It is theirs alone.
func personSee(v *visit) error {
	as, asked := access.As(v.Query("as")), v.Query("network")
	network := uuid.Nil
	if asked != "" {
		var err error
		if network, err = uuid.Parse(asked); err != nil {
			return node.ErrNotFound
		}
	}
	if as == "" {
		as = access.AsMember
	}
	own, err := v.s.People.Person(v.ctx(), v.viewer, v.Param("handle"))
	if err != nil {
		return err
	}
	seen, err := v.s.People.SeenAs(v.ctx(), v.viewer, own.Handle, as, network)
	if err != nil {
		return err
	}
	p := &personSeePage{Frame: v.frame("people", v.t("see.title")), Author: v.personAuthor(own), Eyes: v.eyes(own, as, asked)}
	p.NoIndex = true
	switch as {
	case access.AsNode:
		p.Lead = v.t("see.node.lead")
	case access.AsMember:
		p.Lead = v.t("see.member.lead")
	case access.AsFollower:
		p.Lead = v.t("see.follower.lead", "handle", "@"+own.Handle+"@"+p.Host())
	default:
		p.Lead = v.t("see.visitor.lead")
	}
	switch {
	case as == access.AsMember && !own.InNetworks():
		p.Why = v.t("person.who.alone")
	case as != access.AsMember && !own.Followable():
		p.Why = v.t("person.who.inside")
	}
	if seen.Person != nil {
		them := *v
		them.viewer, them.me = seen.Viewer, nil
		if seen.Viewer.SignedIn() {
			them.me = &node.Person{ID: seen.Viewer.Person}
		}
		if p.Shown, err = them.profile(them.frame("people", seen.Person.Name), seen.Person); err != nil {
			return err
		}
		p.Shown.Within = true
		p.Hidden = v.hidden(own, seen.Person)
	}
	return v.show(http.StatusOK, "person_see", p)
}

// hidden names what own has and seen has not.
func (v *visit) hidden(own, seen *node.Person) string {
	out := ""
	for _, f := range node.Fields {
		if there, shown := has(own, f), has(seen, f); there && !shown {
			out = list(out, v.fieldLabel(f))
		}
	}
	var skills []node.PersonSkill
	shown := map[string]bool{}
	for _, k := range seen.Skills {
		shown[k.Tag+string(k.Stance)] = true
	}
	for _, k := range own.Skills {
		if !shown[k.Tag+string(k.Stance)] {
			skills = append(skills, k)
		}
	}
	if len(skills) > 0 {
		out = list(out, v.skillNames(skills))
	}
	return out
}

func list(before, next string) string {
	if before == "" {
		return next
	}
	return before + ", " + next
}

// has reports whether p says something in a field; initials are no name.
func has(p *node.Person, f node.Field) bool {
	switch f {
	case node.FieldName:
		return !p.Initialed
	case node.FieldPronouns:
		return p.Pronouns != ""
	case node.FieldRole:
		return !p.RoleTitle.Empty()
	case node.FieldPlace:
		return p.Place != ""
	case node.FieldLanguages:
		return len(p.Languages) > 0
	case node.FieldBio:
		return !p.Bio.Empty()
	}
	return p.Email != ""
}
