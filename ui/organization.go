package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
)

// organizationPage is the public face of the organization.
type organizationPage struct {
	*Frame
	Shown     *node.Organization
	About     template.HTML
	AboutLang string
	Spoken    string
	Website   template.HTML
	CanEdit   bool
	Upcoming  []itemView
	Items     []itemView
	Sky       sky
	Home      bool        // it runs this node: feed and calendar are its own
	Follow    string      // what people outside follow
	Networks  []linkWords // that it says it is in
}

func organizationShow(v *visit) error {
	o, err := v.s.People.Organization(v.ctx(), v.Param("handle"))
	if err != nil {
		return err
	}
	return organizationPublic(v, o, "")
}

// organizationPublic shows o as everyone sees it, whoever looks.
func organizationPublic(v *visit, o *node.Organization, nav string) error {
	p := &organizationPage{Frame: v.frame(nav, o.Name), Shown: o, CanEdit: v.editsOrganization(o)}
	p.Title, p.Home, p.Follow = "", o.Kind != node.GuestOrganization, "@"+o.Handle+"@"+p.Host()
	about, lang := v.pick(o.Summary, v.site.Lang)
	p.About, p.AboutLang = template.HTML(markup.Render(about)), lang
	p.Spoken = v.languageNames(o.Languages)
	if o.Website != "" {
		p.Website = p.Link(o.Website, strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(o.Website, "https://"), "http://"), "/"))
	}
	if err := v.organizationItems(p); err != nil {
		return err
	}
	var err error
	if p.Networks, err = v.claimed(o); err != nil {
		return err
	}
	p.Sky = newSky(o.ID.String(), skyDots, skyWidth, skyHeight)
	p.Meta = v.organizationMeta(p.Frame, o)
	return v.show(http.StatusOK, "organization", p)
}

// organizationItems fills in what the organization shows to everyone. A guest's
// page has only what the guest itself says; of the home organization's the
// guests' are left out.
func (v *visit) organizationItems(p *organizationPage) error {
	other := func(i *node.Item) bool { return i.Author.Kind == node.KindOrganization && i.Author.ID != p.Shown.ID }
	if !p.Home {
		other = func(i *node.Item) bool { return i.Author.ID != p.Shown.ID }
	}
	upcoming, err := v.s.Conversation.Upcoming(v.ctx(), access.Visitor, v.now, homeItems)
	if err != nil {
		return err
	}
	upcoming = slices.DeleteFunc(upcoming, other)
	p.Upcoming = v.items(p.Frame, upcoming[:min(len(upcoming), sideItems)])
	var items []*node.Item
	if p.Home {
		items, err = v.s.Conversation.Public(v.ctx(), homeItems)
	} else {
		items, _, err = v.s.Conversation.By(v.ctx(), access.Visitor, p.Shown.ID, "", homeItems)
	}
	if err != nil {
		return err
	}
	// Gatherings have a section of their own.
	items = slices.DeleteFunc(items, func(i *node.Item) bool { return other(i) || i.Kind == node.KindGathering })
	p.Items = v.items(p.Frame, items[:min(len(items), publicPosts)])
	return nil
}

// claimed lists the networks that an organization says it is in, by name.
func (v *visit) claimed(o *node.Organization) ([]linkWords, error) {
	uris, err := v.s.Network.ClaimsOf(v.ctx(), o.ID)
	if err != nil {
		return nil, err
	}
	names, err := v.s.Network.Names(v.ctx())
	if err != nil {
		return nil, err
	}
	var out []linkWords
	for _, n := range names {
		if !slices.Contains(uris, n.URI) {
			continue
		}
		link := n.Page
		if n.Hosted {
			link = "/networks/" + n.Username
		}
		out = append(out, linkWords{link, n.Name})
	}
	slices.SortFunc(out, func(a, b linkWords) int { return strings.Compare(a.Words, b.Words) })
	return out, nil
}

// editsOrganization reports whether the reader may change an organization's page.
func (v *visit) editsOrganization(o *node.Organization) bool {
	return access.Can(v.viewer, access.EditOrg) && v.viewer.Organization == o.ID
}

// organizationEditPage is the form for the public face.
type organizationEditPage struct {
	*Frame
	Shown  *node.Organization
	Form   *form
	Theirs []named
}

func organizationEdit(v *visit) error {
	o, err := v.organizationToEdit()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "organization_edit", v.organizationForm(o, v.organizationValues(o)))
}

func (v *visit) organizationToEdit() (*node.Organization, error) {
	o, err := v.s.People.Organization(v.ctx(), v.Param("handle"))
	if err == nil && !v.editsOrganization(o) {
		return nil, node.ErrForbidden
	}
	return o, err
}

func (v *visit) organizationValues(o *node.Organization) url.Values {
	values := url.Values{"name": {o.Name}, "place": {o.Place}, "website": {o.Website}, "contact": {o.Contact}, "version": {strconv.FormatInt(o.Version, 10)}}
	for _, lang := range v.s.words.Languages() {
		values.Set("summary-"+lang, o.Summary[lang])
	}
	v.languageValues(values, o.Languages)
	return values
}

func (v *visit) organizationForm(o *node.Organization, values url.Values) *organizationEditPage {
	p := &organizationEditPage{Frame: v.frame("", v.t("organization.edit")), Shown: o}
	p.NoIndex = true
	f := v.form(p.Frame, "/organizations/"+o.Handle+"/edit", values)
	f.Version = number(values.Get("version"))
	f.add(field{Name: "name", Label: "field.name", Max: node.MaxNameRunes, Required: true, Missing: "error.name.required", Complete: "organization"})
	f.add(field{Name: "summary-en", Label: "organization.summary.en", Hint: "field.markdown", Kind: "textarea", Rows: 5, Lang: "en"})
	f.add(field{Name: "summary-es", Label: "organization.summary.es", Kind: "textarea", Rows: 5, Lang: "es"})
	f.add(field{Name: "place", Label: "organization.place", Hint: "organization.place.hint", Max: node.MaxNameRunes})
	f.add(field{Name: "website", Label: "organization.website", Kind: "url", Hint: "field.link.hint"})
	f.add(field{Name: "contact", Label: "organization.contact", Hint: "organization.contact.hint", Max: node.MaxNameRunes, Complete: "off"})
	v.addLanguages(f, "field.languages")
	p.Form = f
	return p
}

func organizationSave(v *visit) error {
	o, err := v.organizationToEdit()
	if err != nil {
		return err
	}
	values := v.Request.PostForm
	changed := *o
	changed.Name, changed.Place, changed.Website = values.Get("name"), strings.TrimSpace(values.Get("place")), strings.TrimSpace(values.Get("website"))
	changed.Contact = strings.TrimSpace(values.Get("contact"))
	for _, lang := range v.s.words.Languages() {
		changed.Summary = changed.Summary.With(lang, strings.TrimSpace(values.Get("summary-"+lang)))
	}
	changed.Languages = codes(values["languages"], values.Get("languages.other"))
	changed.Version = number(values.Get("version"))
	err = v.s.People.SaveOrganization(v.ctx(), v.viewer, &changed)
	if err == nil {
		return v.done("/organizations/"+o.Handle, "organization")
	}
	p := v.organizationForm(o, values)
	if v.conflict(p.Form, err, o.Version) {
		p.Theirs = []named{
			{v.t("field.name"), o.Name},
			{v.t("organization.summary.en"), o.Summary["en"]},
			{v.t("organization.summary.es"), o.Summary["es"]},
			{v.t("organization.place"), o.Place},
			{v.t("organization.website"), o.Website},
			{v.t("organization.contact"), o.Contact},
		}
	} else if !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "organization_edit", p)
}
