package ui

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
)

// hubCodesPage lists the codes for joining. A new one is shown once.
type hubCodesPage struct {
	*hubFrame
	Code  string // just made
	Codes []codeView
}

type codeView struct {
	By    string
	Made  stamp
	Until string
	Now   string
	Class string // of the flag
	Icon  string
	Org   string // who used it
}

func (v *visit) hubCodes() (*hubCodesPage, error) {
	f, err := v.hub("/codes", v.t("hub.codes.title"))
	if err != nil {
		return nil, err
	}
	return &hubCodesPage{hubFrame: f}, nil
}

// list fills in the codes that were made so far.
func (p *hubCodesPage) list(v *visit) error {
	all, err := v.s.Network.Codes(v.ctx(), v.viewer, p.N.ID)
	if err != nil {
		return err
	}
	names := map[uuid.UUID]string{}
	for _, c := range all {
		if _, ok := names[c.MadeBy]; !ok {
			names[c.MadeBy] = v.colleague(c.MadeBy)
		}
		view := codeView{By: names[c.MadeBy], Made: v.stamp(c.CreatedAt), Until: v.s.words.Day(v.lang, c.ExpiresAt.In(v.s.Zone))}
		switch {
		case !c.UsedAt.IsZero():
			view.Now, view.Class, view.Icon, view.Org = v.t("hub.code.used"), "", "check", c.UsedBy
			if m, err := v.s.Network.Member(v.ctx(), v.viewer, p.N.ID, c.UsedBy); err == nil {
				view.Org = m.Name
			}
		case !c.ExpiresAt.After(v.now):
			view.Now, view.Class, view.Icon = v.t("hub.code.over"), "off", "clock"
		default:
			view.Now, view.Class, view.Icon = v.t("hub.code.open"), "good", "key"
		}
		p.Codes = append(p.Codes, view)
	}
	return nil
}

func hubCodeList(v *visit) error {
	p, err := v.hubCodes()
	if err != nil {
		return err
	}
	if err := p.list(v); err != nil {
		return err
	}
	return v.show(http.StatusOK, "hub_codes", p)
}

func hubCodeMake(v *visit) error {
	p, err := v.hubCodes()
	if err != nil {
		return err
	}
	if p.Code, err = v.s.Network.NewCode(v.ctx(), v.viewer, p.N.ID); err != nil {
		return err
	}
	if err := p.list(v); err != nil {
		return err
	}
	v.Header("Cache-Control", "no-store")
	return v.show(http.StatusOK, "hub_codes", p)
}

// hubGuestPage is the form for hosting an organization that runs no node.
type hubGuestPage struct {
	*hubFrame
	Form   *form
	Guests []memberView
	// After it was made: who, and the link for its admin.
	Made    *node.Organization
	Admin   string
	Address string
}

func (v *visit) hubGuest(values url.Values) (*hubGuestPage, error) {
	hub, err := v.hub("/guests", v.t("hub.guests.title"))
	if err != nil {
		return nil, err
	}
	p := &hubGuestPage{hubFrame: hub}
	members, err := v.members(hub.N)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if m.Guest {
			m.Link = hub.member(m.Membership)
			p.Guests = append(p.Guests, m)
		}
	}
	f := v.form(hub.Frame, hub.Base+"/guests", values)
	f.add(field{Name: "name", Label: "hub.guest.name", Max: node.MaxNameRunes, Required: true, Missing: "error.name.required", Complete: "off"})
	f.add(field{Name: "handle", Label: "hub.guest.handle", Hint: "hub.guest.handle.hint", Max: 30, Required: true, Complete: "off"})
	f.add(field{Name: "place", Label: "hub.guest.place", Max: node.MaxNameRunes})
	f.add(field{Name: "summary", Label: "hub.guest.summary", Hint: "field.markdown", Kind: "textarea", Rows: 4})
	f.add(field{Name: "lang", Label: "hub.guest.lang", Kind: "select", Options: v.interfaceLanguages()})
	f.add(field{Name: "contact", Label: "hub.guest.contact", Hint: "hub.guest.contact.hint", Max: node.MaxNameRunes, Complete: "off"})
	f.add(field{Name: "admin", Label: "hub.guest.admin", Hint: "hub.guest.admin.hint", Max: node.MaxNameRunes, Required: true, Complete: "off"})
	f.add(field{Name: "email", Kind: "email", Label: "hub.guest.email", Hint: "person.new.email", Required: true, Complete: "off", Max: 254})
	p.Form = f
	return p, nil
}

func hubGuestNew(v *visit) error {
	p, err := v.hubGuest(url.Values{"lang": {v.lang}})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "hub_guests", p)
}

func hubGuestAdd(v *visit) error {
	values := v.Request.PostForm
	p, err := v.hubGuest(values)
	if err != nil {
		return err
	}
	p.Made, p.Address, err = v.s.Network.AddGuest(v.ctx(), v.viewer, p.N.ID, network.NewGuest{
		Name: values.Get("name"), Handle: strings.ToLower(strings.TrimSpace(values.Get("handle"))), Place: strings.TrimSpace(values.Get("place")),
		Summary: strings.TrimSpace(values.Get("summary")), Lang: known(v, values.Get("lang")), Contact: strings.TrimSpace(values.Get("contact")),
		AdminName: strings.TrimSpace(values.Get("admin")), AdminEmail: strings.TrimSpace(values.Get("email")),
	})
	if err != nil {
		if !p.Form.take(err) {
			return err
		}
		return v.show(http.StatusUnprocessableEntity, "hub_guests", p)
	}
	p.Admin = strings.TrimSpace(values.Get("admin"))
	v.Header("Cache-Control", "no-store")
	return v.show(http.StatusOK, "hub_guests", p)
}
