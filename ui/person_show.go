package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/markup"
)

// profile is one of our people as the reader sees them: for everyone if they
// chose to be followable, else for whom they chose.
type profile struct {
	*Frame
	Author   author
	Role     string
	Pronouns string
	From     template.HTML
	Spoken   string
	Place    string
	Bio      template.HTML
	BioLang  string
	Audience audience
	Groups   []skillGroup
	Items    []itemView
	Older    string
	Address  string // what people outside follow; empty if they cannot
	Email    string
	Needed   bool // the reader sees the address because they make sign-in links
	Own      bool
	Unlisted bool
	Shows    bool // own: the networks see the person
	CanEdit  bool
	CanLink  bool
	CanList  bool
	Within   bool   // another page, which has a heading of its own
	Write    string // where the reader writes to them; empty if they cannot
	marks    map[node.Field]*mark
}

// Mark says who sees a field, to the person themself.
func (p *profile) Mark(f string) *mark { return p.marks[node.Field(f)] }

func personShow(v *visit) error {
	person, err := v.s.People.Person(v.ctx(), v.viewer, v.Param("handle"))
	if err != nil {
		return err
	}
	f := v.frame("people", person.Name)
	f.NoIndex = true // nobody has been asked about search engines yet (E11)
	f.Meta = v.personMeta(f, person)
	p, err := v.profile(f, person)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "person_show", p)
}

// profile fills in what the reader sees of person.
func (v *visit) profile(f *Frame, person *node.Person) (*profile, error) {
	own := access.IsSelf(v.viewer, person)
	p := &profile{
		Frame: f, Author: v.personAuthor(person), Pronouns: person.Pronouns, Spoken: v.languageNames(person.Languages), Place: person.Place, Audience: v.pageAudience(person),
		Email: person.Email, Needed: !own && access.CanSeeEmail(v.viewer, person),
		Own: own, Unlisted: own && person.Unlisted, Shows: own && person.InNetworks(), CanEdit: access.CanEditPerson(v.viewer, person),
		CanLink: access.CanMakeLink(v.viewer, person), CanList: access.Can(v.viewer, access.SeePeople),
	}
	if !own && access.Can(v.viewer, access.Contact) {
		p.Write = "/messages/new?to=" + url.QueryEscape(person.Handle)
	}
	var err error
	if p.From, err = v.personFrom(f, person); err != nil {
		return nil, err
	}
	p.Role, _ = v.pick(person.RoleTitle, person.Lang)
	bio, lang := v.pick(person.Bio, person.Lang)
	p.Bio, p.BioLang = template.HTML(markup.Render(bio)), lang
	var skills []*mark
	if own {
		p.marks, skills = v.marks(f, person)
	}
	p.Groups = v.skillGroups(f, person.Skills, p.CanList, skills...)
	if person.Followable() {
		p.Address = "@" + person.Handle + "@" + f.Host()
	}
	items, next, err := v.s.Conversation.By(v.ctx(), v.viewer, person.ID, conversation.Cursor(v.Query("after")), homeItems)
	if err != nil {
		return nil, err
	}
	p.Items, p.Older = v.items(f, items), older(p.Author.Link, next)
	return p, nil
}

// organizationOf is the organization of this node that p belongs to.
func (v *visit) organizationOf(p *node.Person) (*node.Organization, error) {
	if o := v.site.Organization; p.OrganizationID == o.ID {
		return o, nil
	}
	return v.s.People.OrganizationOf(v.ctx(), p)
}

// personFrom says which organization somebody is from.
func (v *visit) personFrom(f *Frame, p *node.Person) (template.HTML, error) {
	o, err := v.organizationOf(p)
	if err != nil {
		return "", err
	}
	return f.H("from.host", "host", f.Link("/organizations/"+o.Handle, o.Name)), nil
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
