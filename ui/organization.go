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
	p := &organizationPage{Frame: v.frame(nav, o.Name), Shown: o, CanEdit: access.Can(v.viewer, access.EditOrg)}
	p.Title = ""
	about, lang := v.pick(o.Summary, v.site.Lang)
	p.About, p.AboutLang = template.HTML(markup.Render(about)), lang
	p.Spoken = v.languageNames(o.Languages)
	if o.Website != "" {
		p.Website = p.Link(o.Website, strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(o.Website, "https://"), "http://"), "/"))
	}
	upcoming, err := v.s.Conversation.Upcoming(v.ctx(), access.Visitor, v.now, sideItems)
	if err != nil {
		return err
	}
	p.Upcoming = v.items(p.Frame, upcoming)
	items, err := v.s.Conversation.Public(v.ctx(), homeItems)
	if err != nil {
		return err
	}
	// Gatherings have a section of their own.
	items = slices.DeleteFunc(items, func(i *node.Item) bool { return i.Kind == node.KindGathering })
	p.Items = v.items(p.Frame, items[:min(len(items), publicPosts)])
	p.Sky = newSky(o.ID.String(), skyDots, skyWidth, skyHeight)
	p.Meta = v.organizationMeta(p.Frame, o)
	return v.show(http.StatusOK, "organization", p)
}

// organizationEditPage is the form for the public face.
type organizationEditPage struct {
	*Frame
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
	if !access.Can(v.viewer, access.EditOrg) {
		return nil, node.ErrForbidden
	}
	return v.s.People.Organization(v.ctx(), v.Param("handle"))
}

func (v *visit) organizationValues(o *node.Organization) url.Values {
	values := url.Values{"name": {o.Name}, "place": {o.Place}, "website": {o.Website}, "version": {strconv.FormatInt(o.Version, 10)}}
	for _, lang := range v.s.words.Languages() {
		values.Set("summary-"+lang, o.Summary[lang])
	}
	v.languageValues(values, o.Languages)
	return values
}

func (v *visit) organizationForm(o *node.Organization, values url.Values) *organizationEditPage {
	p := &organizationEditPage{Frame: v.frame("", v.t("organization.edit"))}
	p.NoIndex = true
	f := v.form(p.Frame, "/organizations/"+o.Handle+"/edit", values)
	f.Version = number(values.Get("version"))
	f.add(field{Name: "name", Label: "field.name", Max: node.MaxNameRunes, Required: true, Missing: "error.name.required", Complete: "organization"})
	f.add(field{Name: "summary-en", Label: "organization.summary.en", Hint: "field.markdown", Kind: "textarea", Rows: 5, Lang: "en"})
	f.add(field{Name: "summary-es", Label: "organization.summary.es", Kind: "textarea", Rows: 5, Lang: "es"})
	f.add(field{Name: "place", Label: "organization.place", Hint: "organization.place.hint", Max: node.MaxNameRunes})
	f.add(field{Name: "website", Label: "organization.website", Kind: "url", Hint: "field.link.hint"})
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
		}
	} else if !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "organization_edit", p)
}
