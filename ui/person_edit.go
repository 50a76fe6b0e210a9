package ui

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/people"
)

// personEditPage is the form for a profile, and beside it the switch that makes
// the person followable from outside.
type personEditPage struct {
	*Frame
	Author     author
	Audience   audience
	Own        bool
	Form       *form
	Theirs     []named
	Rows       []skillRow
	Vocabulary struct{ Groups []optionGroup }
	SkillError string
	CanOpen    bool
	Open       bool
	Address    string
	Public     []named // what switching on shows to everyone
	SureError  string
}

// personToEdit is 404 for whom v may not see, 403 for whom v may only see.
func (v *visit) personToEdit() (*node.Person, error) {
	person, err := v.s.People.Person(v.ctx(), v.viewer, v.Param("handle"))
	if err != nil {
		return nil, err
	}
	if !access.CanEditPerson(v.viewer, person) {
		return nil, node.ErrForbidden
	}
	return person, nil
}

func (v *visit) profileValues(p *node.Person) url.Values {
	values := url.Values{"name": {p.Name}, "lang": {p.Lang}, "version": {strconv.FormatInt(p.Version, 10)}}
	for _, lang := range v.s.words.Languages() {
		values.Set("role-"+lang, p.RoleTitle[lang])
		values.Set("bio-"+lang, p.Bio[lang])
	}
	v.languageValues(values, p.Languages)
	return values
}

func (v *visit) profilePage(person *node.Person, values url.Values, skills []node.PersonSkill) *personEditPage {
	f := v.frame("people", v.t("person.edit.of", "name", person.Name))
	f.NoIndex = true
	p := &personEditPage{
		Frame: f, Author: v.personAuthor(person), Audience: v.audienceOf(person.Audience), Own: v.me != nil && v.me.ID == person.ID,
		Rows: v.skillRows(skills), CanOpen: access.CanOpenPerson(v.viewer, person), Open: person.Followable(),
		Address: "@" + person.Handle + "@" + f.Host(), Public: v.publicFacts(f, person),
	}
	if p.Own {
		f.Title = v.t("person.own")
	}
	p.Vocabulary.Groups = v.vocabulary()
	form := v.form(f, p.Author.Link+"/edit", values)
	form.Version = number(values.Get("version"))
	form.add(field{Name: "name", Label: "field.name", Hint: "person.name.hint", Max: node.MaxNameRunes, Required: true, Missing: "error.name.required", Complete: "name"})
	form.add(field{Name: "role-en", Label: "person.role.en", Max: node.MaxNameRunes, Lang: "en"})
	form.add(field{Name: "role-es", Label: "person.role.es", Max: node.MaxNameRunes, Lang: "es"})
	form.add(field{Name: "bio-en", Label: "person.bio.en", Hint: "field.markdown", Kind: "textarea", Rows: 4, Lang: "en"})
	form.add(field{Name: "bio-es", Label: "person.bio.es", Kind: "textarea", Rows: 4, Lang: "es"})
	v.addLanguages(form, "field.languages")
	form.add(field{Name: "lang", Label: "person.lang", Kind: "select", Options: v.interfaceLanguages()})
	p.Form = form
	return p
}

func personEdit(v *visit) error {
	person, err := v.personToEdit()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "person_edit", v.profilePage(person, v.profileValues(person), person.Skills))
}

// personSave saves a profile. The buttons that add and remove a skill only
// change the form: it comes back with everything that was typed.
func personSave(v *visit) error {
	person, err := v.personToEdit()
	if err != nil {
		return err
	}
	values, do := v.Request.PostForm, v.posted("do")
	remove, removing := strings.CutPrefix(do, "remove.")
	skills := v.postedSkills(remove)
	if removing || do == "add" {
		return v.show(http.StatusOK, "person_edit", v.profilePage(person, values, skills))
	}
	in := people.Profile{
		Handle: person.Handle, Name: values.Get("name"), Languages: codes(values["languages"], values.Get("languages.other")),
		Skills: skills, Lang: values.Get("lang"), Version: number(values.Get("version")), RoleTitle: person.RoleTitle, Bio: person.Bio,
	}
	for _, lang := range v.s.words.Languages() {
		in.RoleTitle = in.RoleTitle.With(lang, strings.TrimSpace(values.Get("role-"+lang)))
		in.Bio = in.Bio.With(lang, strings.TrimSpace(values.Get("bio-"+lang)))
	}
	_, err = v.s.People.SaveProfile(v.ctx(), v.viewer, in)
	if err == nil {
		return v.done("/people/"+person.Handle, "profile")
	}
	p := v.profilePage(person, values, skills)
	if v.conflict(p.Form, err, person.Version) {
		p.Theirs = []named{
			{v.t("field.name"), person.Name},
			{v.t("person.role.en"), person.RoleTitle["en"]},
			{v.t("person.role.es"), person.RoleTitle["es"]},
			{v.t("person.bio.en"), person.Bio["en"]},
			{v.t("person.bio.es"), person.Bio["es"]},
			{v.t("skills.title"), v.skillNames(person.Skills)},
		}
	} else if !p.Form.take(err) {
		return err
	}
	for i, problem := range p.Form.Problems { // skills have rows of their own
		if problem.ID == "" {
			p.Form.Problems[i].ID, p.SkillError = "f-skills", problem.Words
		}
	}
	return v.show(http.StatusUnprocessableEntity, "person_edit", p)
}

// personFollowable switches on or off that people outside can follow. Off
// deletes public posts for good, so it has to be ticked as well.
func personFollowable(v *visit) error {
	person, err := v.personToEdit()
	if err != nil {
		return err
	}
	if !access.CanOpenPerson(v.viewer, person) {
		return node.ErrForbidden
	}
	on := v.posted("on") == "yes"
	if !on && v.posted("sure") != "yes" {
		p := v.profilePage(person, v.profileValues(person), person.Skills)
		p.SureError = v.t("open.off.sure.missing")
		p.Problem, p.Form.Problems = true, []problem{{"f-sure", p.SureError}}
		return v.show(http.StatusUnprocessableEntity, "person_edit", p)
	}
	if _, err := v.s.People.SetFollowable(v.ctx(), v.viewer, person.Handle, on); err != nil {
		return err
	}
	done := "unfollowable"
	if on {
		done = "followable"
	}
	return v.done("/people/"+person.Handle, done)
}
