package ui

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/people"
)

// hubFrame is what the pages of who coordinates a network share.
type hubFrame struct {
	*Frame
	N    networkView
	Base string // "/admin/hub/ptp"
	Tabs []tab
}

// hub begins a page about the network in the path, for those who coordinate it.
func (v *visit) hub(part, title string) (*hubFrame, error) {
	all, err := v.networks()
	if err != nil {
		return nil, err
	}
	for _, n := range all {
		if !n.Hosted || n.Username != v.Param("network") || n.State != node.NetworkActive {
			continue
		}
		if !v.coordinates(n) {
			return nil, node.ErrForbidden
		}
		f := &hubFrame{Frame: v.frame("network", title), Base: "/admin/hub/" + n.Username}
		f.NoIndex = true
		f.N = v.network(f.Frame, n, len(all) > 1)
		for _, t := range []struct{ part, key string }{
			{"", "hub.tab.members"}, {"/codes", "hub.tab.codes"}, {"/guests", "hub.tab.guests"}, {"/tags", "hub.tab.tags"}, {"/edit", "hub.tab.edit"},
		} {
			f.Tabs = append(f.Tabs, tab{f.Base + t.part, v.t(t.key), t.part == part})
		}
		return f, nil
	}
	if !access.Can(v.viewer, access.RunNode) && len(v.viewer.Coordinates) == 0 {
		return nil, node.ErrForbidden
	}
	return nil, node.ErrNotFound
}

// coordinates reports whether the reader decides about a network whose hub is here.
func (v *visit) coordinates(n *node.Network) bool {
	return n.Hosted && (access.Can(v.viewer, access.RunNode) || access.CanCoordinate(v.viewer, n.ID))
}

// hubShow leads to the network that the reader coordinates, or to founding one.
func hubShow(v *visit) error {
	all, err := v.networks()
	if err != nil {
		return err
	}
	for _, n := range all {
		if n.Hosted && n.State == node.NetworkActive && v.coordinates(n) {
			to := url.URL{Path: "/admin/hub/" + n.Username, RawQuery: v.Request.URL.RawQuery}
			v.redirect(to.String())
			return nil
		}
	}
	if !access.Can(v.viewer, access.RunNode) {
		return node.ErrForbidden
	}
	v.redirect("/admin/hub/new")
	return nil
}

// hubFormPage is the form for founding a network, and for what it says of itself.
type hubFormPage struct {
	*Frame
	Hub    *hubFrame // nil while founding
	Form   *form
	Theirs []named
	Ends   bool // the reader may end the network
}

func (v *visit) hubNewPage(values url.Values) *hubFormPage {
	p := &hubFormPage{Frame: v.frame("network", v.t("hub.new.title"))}
	p.NoIndex = true
	f := v.form(p.Frame, "/admin/hub/new", values)
	f.add(field{Name: "name", Label: "hub.name", Hint: "hub.name.hint", Max: node.MaxNameRunes, Required: true, Missing: "error.name.required", Complete: "off"})
	f.add(field{Name: "handle", Label: "hub.handle", Hint: "hub.handle.hint", Max: 30, Required: true, Complete: "off"})
	f.add(field{Name: "purpose", Label: "hub.purpose", Hint: "hub.purpose.hint", Kind: "textarea", Rows: 4})
	f.add(field{Name: "conduct", Label: "hub.conduct", Hint: "field.markdown", Kind: "textarea", Rows: 6})
	f.add(field{Name: "lang", Label: "hub.lang", Kind: "select", Options: v.interfaceLanguages()})
	v.addLanguages(f, "hub.languages")
	f.add(field{Name: "contact", Label: "hub.contact", Hint: "hub.contact.hint", Max: node.MaxNameRunes, Complete: "off"})
	p.Form = f
	return p
}

func hubNew(v *visit) error {
	if !access.Can(v.viewer, access.RunNode) {
		return node.ErrForbidden
	}
	return v.show(http.StatusOK, "hub_new", v.hubNewPage(url.Values{"lang": {v.lang}, "languages": v.s.words.Languages()}))
}

func hubFound(v *visit) error {
	values := v.Request.PostForm
	n, err := v.s.Network.Found(v.ctx(), v.viewer, network.NewNetwork{
		Name: values.Get("name"), Handle: strings.ToLower(strings.TrimSpace(values.Get("handle"))), Contact: strings.TrimSpace(values.Get("contact")),
		Lang: known(v, values.Get("lang")), Purpose: strings.TrimSpace(values.Get("purpose")), Conduct: strings.TrimSpace(values.Get("conduct")),
		Languages: codes(values["languages"], values.Get("languages.other")),
	})
	if err != nil {
		p := v.hubNewPage(values)
		if !p.Form.take(err) {
			return err
		}
		return v.show(http.StatusUnprocessableEntity, "hub_new", p)
	}
	return v.done("/admin/hub/"+n.Username, "hub-founded")
}

// hubPage is who asks to join and who is in.
type hubPage struct {
	*hubFrame
	Asking    []applicantView
	Members   []memberView
	Coming    []memberView // were members under the hub before this one, and may come along
	Others    []memberView // who left, was expelled or refused
	Successor string
}

// applicantView is an organization that asks to join.
type applicantView struct {
	memberView
	Code bool // it came with a code
}

func hubOverview(v *visit) error {
	f, err := v.hub("", "")
	if err != nil {
		return err
	}
	p := &hubPage{hubFrame: f}
	p.Title = v.t("hub.title", "network", f.N.Name)
	asking, err := v.s.Network.Applications(v.ctx(), v.viewer, f.N.ID)
	if err != nil {
		return err
	}
	for _, m := range asking {
		view := applicantView{v.member(f.N, m), m.CodeID != uuid.Nil}
		view.Link = f.member(m)
		p.Asking = append(p.Asking, view)
	}
	list, err := v.s.Network.Members(v.ctx(), v.viewer, f.N.ID)
	if err != nil {
		return err
	}
	for _, m := range list {
		view := v.member(f.N, m)
		view.Link = f.member(m)
		switch m.Status {
		case node.MemberActive, node.MemberSuspended:
			view.Number = len(p.Members) + 1
			p.Members = append(p.Members, view)
			if m.OrganizationURI == f.N.Successor {
				p.Successor = view.Name
			}
		case node.MemberPending:
			if m.JoinURI == "" {
				p.Coming = append(p.Coming, view)
			}
		case node.MemberLeft, node.MemberExpelled, node.MemberRefused:
			p.Others = append(p.Others, view)
		}
	}
	return v.show(http.StatusOK, "hub", p)
}

// member is the page on which a coordinator decides about an organization.
func (f *hubFrame) member(m *node.Membership) string {
	return f.Base + "/members/" + url.PathEscape(m.Handle)
}

// hubEdit is the form for what a network says of itself.
func hubEdit(v *visit) error {
	f, err := v.hub("/edit", v.t("hub.edit.title"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "hub_edit", v.hubEditPage(f, v.hubValues(f.N.Network)))
}

func (v *visit) hubValues(n *node.Network) url.Values {
	values := url.Values{"name": {n.Name}, "contact": {n.Contact}, "version": {strconv.FormatInt(n.Version, 10)}}
	for _, lang := range v.s.words.Languages() {
		values.Set("purpose-"+lang, n.Purpose[lang])
		values.Set("conduct-"+lang, n.Conduct[lang])
	}
	v.languageValues(values, n.Languages)
	return values
}

func (v *visit) hubEditPage(hub *hubFrame, values url.Values) *hubFormPage {
	p := &hubFormPage{Frame: hub.Frame, Hub: hub, Ends: access.Can(v.viewer, access.RunNode)}
	f := v.form(p.Frame, hub.Base+"/edit", values)
	f.Version = number(values.Get("version"))
	f.add(field{Name: "name", Label: "hub.name", Max: node.MaxNameRunes, Required: true, Missing: "error.name.required", Complete: "off"})
	f.add(field{Name: "purpose-en", Label: "hub.purpose.en", Hint: "hub.purpose.hint", Kind: "textarea", Rows: 4, Lang: "en"})
	f.add(field{Name: "purpose-es", Label: "hub.purpose.es", Kind: "textarea", Rows: 4, Lang: "es"})
	f.add(field{Name: "conduct-en", Label: "hub.conduct.en", Hint: "field.markdown", Kind: "textarea", Rows: 6, Lang: "en"})
	f.add(field{Name: "conduct-es", Label: "hub.conduct.es", Kind: "textarea", Rows: 6, Lang: "es"})
	v.addLanguages(f, "hub.languages")
	f.add(field{Name: "contact", Label: "hub.contact", Hint: "hub.contact.hint", Max: node.MaxNameRunes, Complete: "off"})
	p.Form = f
	return p
}

func hubSave(v *visit) error {
	f, err := v.hub("/edit", v.t("hub.edit.title"))
	if err != nil {
		return err
	}
	values := v.Request.PostForm
	changed := *f.N.Network
	changed.Name, changed.Contact = values.Get("name"), strings.TrimSpace(values.Get("contact"))
	for _, lang := range v.s.words.Languages() {
		changed.Purpose = changed.Purpose.With(lang, strings.TrimSpace(values.Get("purpose-"+lang)))
		changed.Conduct = changed.Conduct.With(lang, strings.TrimSpace(values.Get("conduct-"+lang)))
	}
	changed.Languages = codes(values["languages"], values.Get("languages.other"))
	changed.Version = number(values.Get("version"))
	if err = v.s.Network.SaveNetwork(v.ctx(), v.viewer, &changed); err == nil {
		return v.done(f.Base, "hub-saved")
	}
	p := v.hubEditPage(f, values)
	if v.conflict(p.Form, err, f.N.Version) {
		p.Theirs = []named{
			{v.t("hub.name"), f.N.Name},
			{v.t("hub.purpose.en"), f.N.Purpose["en"]},
			{v.t("hub.purpose.es"), f.N.Purpose["es"]},
			{v.t("hub.conduct.en"), f.N.Conduct["en"]},
			{v.t("hub.conduct.es"), f.N.Conduct["es"]},
			{v.t("hub.contact"), f.N.Contact},
		}
	} else if !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "hub_edit", p)
}

func hubCloseAsk(v *visit) error {
	f, err := v.hub("/edit", v.t("hub.close.title"))
	if err == nil && !access.Can(v.viewer, access.RunNode) {
		err = node.ErrForbidden
	}
	if err != nil {
		return err
	}
	lines := []string{v.t("hub.close.now"), v.t("hub.close.items"), v.t("hub.close.successor"), v.t("hub.close.never")}
	return v.show(http.StatusOK, "network_confirm", &networkConfirm{
		Frame: f.Frame, Label: f.N.Name, Text: v.t("hub.close.text", "network", f.N.Name), Lines: lines,
		Action: f.Base + "/close", Button: v.t("hub.close.do"), BackTo: f.Base + "/edit",
	})
}

func hubClose(v *visit) error {
	f, err := v.hub("/edit", "")
	if err != nil {
		return err
	}
	if err := v.s.Network.Close(v.ctx(), v.viewer, f.N.ID); err != nil {
		return err
	}
	return v.done("/network", "hub-closed")
}

// colleague is the name of one of this organization's people, for who sees them.
func (v *visit) colleague(person uuid.UUID) string {
	if person == v.viewer.Person {
		return v.t("hub.you")
	}
	list, _, err := v.s.People.People(v.ctx(), v.viewer, people.Page{Limit: mostColleagues})
	if err == nil {
		for _, p := range list {
			if p.ID == person {
				return p.Name
			}
		}
	}
	return v.t("hub.somebody")
}

// mostColleagues bounds a search for one of them.
const mostColleagues = 500
