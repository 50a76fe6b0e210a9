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

// personEditPage is the form for a profile, with who sees each part of it, and
// beside it the two switches: the networks, and people outside.
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
	Address    string
	Outside    consent
	Networks   consent
	InNone     bool // the organization is in no network yet
	Unlisted   bool // asked to be left out of lists: there is no card
	Eyes       []eye
	Opened     []opened
}

// consent is a switch: what it shows to whom, and what is wrong with switching it off.
type consent struct {
	On        bool
	Facts     []named
	SureError string
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
	values := url.Values{"name": {p.Name}, "pronouns": {p.Pronouns}, "place": {p.Place}, "lang": {p.Lang}, "version": {strconv.FormatInt(p.Version, 10)}}
	for _, lang := range v.s.words.Languages() {
		values.Set("role-"+lang, p.RoleTitle[lang])
		values.Set("bio-"+lang, p.Bio[lang])
	}
	if p.Unlisted {
		values.Set("unlisted", "yes")
	}
	v.languageValues(values, p.Languages)
	v.pickerValues(values, p)
	return values
}

func (v *visit) profilePage(person *node.Person, values url.Values, skills []node.PersonSkill) (*personEditPage, error) {
	f := v.frame("people", v.t("person.edit.of", "name", person.Name))
	f.NoIndex = true
	p := &personEditPage{
		Frame: f, Author: v.personAuthor(person), Audience: v.pageAudience(person), Own: access.IsSelf(v.viewer, person),
		Rows: v.skillRows(skills), CanOpen: access.CanOpenPerson(v.viewer, person), Address: "@" + person.Handle + "@" + f.Host(),
	}
	if p.Own {
		f.Title = v.t("person.own")
	}
	p.Vocabulary.Groups = v.vocabulary()
	form := v.form(f, p.Author.Link+"/edit", skillValues(values, skills))
	form.Version = number(values.Get("version"))
	if !person.Initialed { // an admin changes no name that they do not see
		form.add(field{Name: "name", Label: "field.name", Hint: "person.name.hint", Max: node.MaxNameRunes, Required: true, Missing: "error.name.required", Complete: "name"})
	}
	form.add(field{Name: "pronouns", Label: "person.pronouns", Max: node.MaxNameRunes})
	form.add(field{Name: "role-en", Label: "person.role.en", Max: node.MaxNameRunes, Lang: "en"})
	form.add(field{Name: "role-es", Label: "person.role.es", Max: node.MaxNameRunes, Lang: "es"})
	form.add(field{Name: "place", Label: "person.place", Hint: "person.place.hint", Max: node.MaxNameRunes, Complete: "off"})
	v.addLanguages(form, "field.languages")
	form.add(field{Name: "bio-en", Label: "person.bio.en", Hint: "field.markdown", Kind: "textarea", Rows: 4, Lang: "en"})
	form.add(field{Name: "bio-es", Label: "person.bio.es", Kind: "textarea", Rows: 4, Lang: "es"})
	form.add(field{Name: "lang", Label: "person.lang", Kind: "select", Options: v.interfaceLanguages()})
	p.Form = form
	if !p.Own {
		return p, nil
	}
	v.addPickers(form, person, skills)
	form.add(field{Name: "unlisted", Kind: "checks", Label: "person.lists", Options: []option{{Value: "yes", Label: v.t("person.unlisted"), Hint: v.t("person.unlisted.hint")}}})
	p.Outside.On, p.Networks.On = person.Followable(), person.InNetworks()
	var err error
	if p.Outside.Facts, err = v.publicFacts(f, person); err != nil {
		return nil, err
	}
	if p.Networks.Facts, err = v.networkFacts(f, person); err != nil {
		return nil, err
	}
	p.InNone, p.Unlisted = len(v.viewer.Networks) == 0, person.Unlisted
	p.Eyes = v.eyes(person, "", "")
	p.Opened, err = v.openedThings()
	return p, err
}

// Email is the person's own address, which this form only shows.
func (p *personEditPage) Email() string { return p.Me().Email }

func personEdit(v *visit) error {
	person, err := v.personToEdit()
	if err != nil {
		return err
	}
	p, err := v.profilePage(person, v.profileValues(person), person.Skills)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "person_edit", p)
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
	p, err := v.profilePage(person, values, skills)
	if err != nil {
		return err
	}
	if removing || do == "add" {
		return v.show(http.StatusOK, "person_edit", p)
	}
	in := people.Profile{
		Handle: person.Handle, Name: values.Get("name"), Pronouns: values.Get("pronouns"), Place: values.Get("place"), Languages: codes(values["languages"], values.Get("languages.other")),
		Skills: skills, Lang: values.Get("lang"), Version: number(values.Get("version")), RoleTitle: person.RoleTitle, Bio: person.Bio, Unlisted: values.Get("unlisted") == "yes",
	}
	if p.Own {
		in.Fields = v.postedAudiences()
	}
	for _, lang := range v.s.words.Languages() {
		in.RoleTitle = in.RoleTitle.With(lang, strings.TrimSpace(values.Get("role-"+lang)))
		in.Bio = in.Bio.With(lang, strings.TrimSpace(values.Get("bio-"+lang)))
	}
	_, err = v.s.People.SaveProfile(v.ctx(), v.viewer, in)
	if err == nil {
		return v.done("/people/"+person.Handle, "profile")
	}
	if v.conflict(p.Form, err, person.Version) {
		p.Theirs = []named{
			{v.t("field.name"), person.Name},
			{v.t("person.pronouns"), person.Pronouns},
			{v.t("person.role.en"), person.RoleTitle["en"]},
			{v.t("person.role.es"), person.RoleTitle["es"]},
			{v.t("person.place"), person.Place},
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
