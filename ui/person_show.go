package ui

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/markup"
)

// personPage is one of our people: for everyone if they chose to be followable,
// else for this node's people only.
type personPage struct {
	*Frame
	Author   author
	Role     string
	From     template.HTML
	Spoken   string
	Bio      template.HTML
	BioLang  string
	Audience audience
	Groups   []skillGroup
	Items    []itemView
	Older    string
	Address  string // what people outside follow; empty if they cannot
	Email    string // for the person and admins
	Own      bool
	CanEdit  bool
	CanLink  bool
	CanList  bool
}

func personShow(v *visit) error {
	person, err := v.s.People.Person(v.ctx(), v.viewer, v.Param("handle"))
	if err != nil {
		return err
	}
	f := v.frame("people", person.Name)
	f.NoIndex = true // nobody has been asked about search engines yet (E11)
	f.Meta = v.personMeta(f, person)
	p := &personPage{
		Frame: f, Author: v.personAuthor(person), Spoken: v.languageNames(person.Languages), Audience: v.audienceOf(person.Audience),
		From: f.H("from.host", "host", f.Link(f.OrganizationLink(), f.Organization().Name)), Email: person.Email,
		Own: v.me != nil && v.me.ID == person.ID, CanEdit: access.CanEditPerson(v.viewer, person),
		CanLink: access.Can(v.viewer, access.AddPerson), CanList: access.Can(v.viewer, access.SeePeople),
	}
	p.Role, _ = v.pick(person.RoleTitle, person.Lang)
	bio, lang := v.pick(person.Bio, person.Lang)
	p.Bio, p.BioLang = template.HTML(markup.Render(bio)), lang
	p.Groups = v.skillGroups(f, person.Skills, p.CanList)
	if person.Followable() {
		p.Address = "@" + person.Handle + "@" + f.Host()
	}
	items, next, err := v.s.Conversation.By(v.ctx(), v.viewer, person.ID, conversation.Cursor(v.Query("after")), homeItems)
	if err != nil {
		return err
	}
	p.Items, p.Older = v.items(f, items), older(p.Author.Link, next)
	return v.show(http.StatusOK, "person_show", p)
}

// handleShow leads /@name to a person or the organization of this node, and
// shows /@name@host, who is on another server.
func handleShow(v *visit) error {
	user, host, remote := strings.Cut(v.Param("handle"), "@")
	switch {
	case remote && !strings.EqualFold(host, v.s.Origin.Host()):
		return remoteShow(v, user, strings.ToLower(host))
	case user == v.site.Organization.Handle:
		v.redirect("/organizations/" + user)
		return nil
	case node.CheckHandle(user) != nil:
		return node.ErrNotFound
	}
	if _, err := v.s.People.Person(v.ctx(), v.viewer, user); err != nil {
		return err
	}
	v.redirect("/people/" + user)
	return nil
}
