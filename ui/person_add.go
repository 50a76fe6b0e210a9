package ui

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/people"
)

// personNewPage is the form with which an admin adds somebody.
type personNewPage struct {
	*Frame
	Form *form
}

func (v *visit) newPersonPage(values url.Values) *personNewPage {
	p := &personNewPage{Frame: v.frame("people", v.t("people.add"))}
	p.NoIndex = true
	f := v.form(p.Frame, "/people/new", values)
	f.add(field{Name: "name", Label: "field.name", Max: node.MaxNameRunes, Required: true, Missing: "error.name.required", Complete: "off"})
	f.add(field{Name: "email", Kind: "email", Label: "field.email", Hint: "person.new.email", Required: true, Complete: "off", Max: 254})
	f.add(field{Name: "handle", Label: "person.new.handle", Hint: "person.new.handle.hint", Required: true, Complete: "off", Max: 30})
	f.add(field{Name: "role", Label: "person.new.role", Hint: "person.new.role.hint", Max: node.MaxNameRunes})
	f.add(field{Name: "may", Kind: "radios", Label: "person.new.may", Options: []option{
		{Value: string(node.Member), Label: v.t("role.member"), Hint: v.t("role.member.hint")},
		{Value: string(node.Editor), Label: v.t("role.editor"), Hint: v.t("role.editor.hint")},
		{Value: string(node.Admin), Label: v.t("role.admin"), Hint: v.t("role.admin.hint")},
	}})
	f.add(field{Name: "lang", Label: "person.new.lang", Kind: "select", Options: v.interfaceLanguages()})
	p.Form = f
	return p
}

func personNew(v *visit) error {
	if !access.Can(v.viewer, access.AddPerson) {
		return node.ErrForbidden
	}
	return v.show(http.StatusOK, "person_new", v.newPersonPage(url.Values{"may": {string(node.Member)}, "lang": {v.site.Lang}}))
}

// roles are those that the form offers; anything else is a member.
var roles = map[string]node.Role{string(node.Editor): node.Editor, string(node.Admin): node.Admin}

func personAdd(v *visit) error {
	in := people.NewPerson{
		Name: v.posted("name"), Email: v.posted("email"), Handle: strings.ToLower(strings.TrimSpace(v.posted("handle"))),
		RoleTitle: strings.TrimSpace(v.posted("role")), Role: roles[v.posted("may")],
	}
	if lang := v.posted("lang"); v.s.words.Has(lang) {
		in.Lang = lang
	}
	person, link, err := v.s.People.AddPerson(v.ctx(), v.viewer, in)
	if err != nil {
		p := v.newPersonPage(v.Request.PostForm)
		if !p.Form.take(err) {
			return err
		}
		return v.show(http.StatusUnprocessableEntity, "person_new", p)
	}
	return v.showLink(person, link, true)
}

// personLinkPage hands over a sign-in link. It is shown once and kept nowhere.
type personLinkPage struct {
	*Frame
	Author  author
	Address string // the link; empty while it is not made
	Added   bool
}

func (v *visit) showLink(person *node.Person, link string, added bool) error {
	p := &personLinkPage{Frame: v.frame("people", v.t("link.title.short")), Author: v.personAuthor(person), Address: link, Added: added}
	p.NoIndex = true
	v.Header("Cache-Control", "no-store")
	return v.show(http.StatusOK, "person_link", p)
}

func (v *visit) personToLink() (*node.Person, error) {
	person, err := v.s.People.Person(v.ctx(), v.viewer, v.Param("handle"))
	if err != nil {
		return nil, err
	}
	if !access.CanMakeLink(v.viewer, person) {
		return nil, node.ErrForbidden
	}
	return person, nil
}

func personLinkAsk(v *visit) error {
	person, err := v.personToLink()
	if err != nil {
		return err
	}
	return v.showLink(person, "", false)
}

func personLinkMake(v *visit) error {
	person, err := v.personToLink()
	if err != nil {
		return err
	}
	link, err := v.s.People.PersonLink(v.ctx(), v.viewer, person.Handle)
	if err != nil {
		return err
	}
	return v.showLink(person, link, false)
}
