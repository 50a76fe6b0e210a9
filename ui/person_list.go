package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/people"
)

const (
	peoplePerPage = 24
	topSkills     = 3
)

// personListPage lists the organization's people for its people.
type personListPage struct {
	*Frame
	Form     *form
	Heading  string
	Narrowed bool
	CanAdd   bool
	People   []personCard
	Next     string
	Sky      sky
}

type personCard struct {
	*Frame
	Author    author
	Role      string
	From      template.HTML
	Skills    []skillView
	Mentor    bool
	Languages string
	Audience  audience
}

func personList(v *visit) error {
	if !access.Can(v.viewer, access.SeePeople) {
		return node.ErrForbidden
	}
	skill, stance := v.Query("skill"), node.Stance(v.Query("stance"))
	tag, known := v.s.Skills.Tag(skill)
	if !known {
		skill = ""
	}
	if !slices.Contains(node.Stances, stance) {
		stance = ""
	}
	list, next, err := v.s.People.People(v.ctx(), v.viewer, people.Page{After: v.Query("after"), Limit: peoplePerPage, Skill: skill, Stance: stance, Organization: v.viewer.Organization})
	if err != nil {
		return err
	}
	p := &personListPage{Frame: v.frame("people", v.t("people.title")), CanAdd: access.Can(v.viewer, access.AddPerson), Narrowed: skill != "" || stance != ""}
	p.NoIndex = true
	p.Heading = v.t("people.heading")
	switch {
	case skill != "" && stance != "":
		p.Heading = v.t("people.heading."+string(stance), "skill", tag.Label(v.lang))
	case skill != "":
		p.Heading = v.t("people.heading.skill", "skill", tag.Label(v.lang))
	case stance != "":
		p.Heading = v.t("people.heading.stance", "stance", v.t("stance.they."+string(stance)))
	}
	p.Form = v.peopleFilter(p.Frame, skill, string(stance))
	for _, person := range list {
		card, err := v.personCard(p.Frame, person)
		if err != nil {
			return err
		}
		p.People = append(p.People, card)
	}
	if len(list) == 0 {
		p.Sky = newSky("people", emptySkyDots, emptySkyWidth, emptySkyHigh)
	}
	if next != "" {
		p.Next = "/people?" + url.Values{"after": {next}, "skill": {skill}, "stance": {string(stance)}}.Encode()
	}
	return v.show(http.StatusOK, "person_list", p)
}

func (v *visit) peopleFilter(f *Frame, skill, stance string) *form {
	out := v.form(f, "/people", url.Values{"skill": {skill}, "stance": {stance}})
	out.add(field{Name: "skill", Grow: true, Kind: "select", Label: "people.skill", Options: []option{{Value: "", Label: v.t("people.skill.any")}}, Groups: v.vocabulary()})
	stances := []option{{Value: "", Label: v.t("people.stance.any")}}
	for _, s := range node.Stances {
		stances = append(stances, option{Value: string(s), Label: v.t("stance.they." + string(s))})
	}
	out.add(field{Name: "stance", Grow: true, Kind: "select", Label: "people.stance", Options: stances})
	return out
}

func (v *visit) personCard(f *Frame, p *node.Person) (card personCard, err error) {
	card = personCard{Frame: f, Author: v.personAuthor(p), Languages: v.languageNames(p.Languages), Audience: v.pageAudience(p)}
	card.Role, _ = v.pick(p.RoleTitle, p.Lang)
	if card.From, err = v.personFrom(f, p); err != nil {
		return card, err
	}
	for _, s := range p.Skills {
		if len(card.Skills) < topSkills {
			card.Skills = append(card.Skills, v.skill(f, s, true))
		}
		card.Mentor = card.Mentor || s.CanMentor
	}
	return card, nil
}
