package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// hubMemberPage is one organization as those who coordinate decide about it.
type hubMemberPage struct {
	*hubFrame
	M         memberView
	Action    string
	About     template.HTML
	Reach     template.HTML
	Page      template.HTML
	Print     string // the fingerprint of its node's key
	Coded     bool
	Pending   bool
	On, Held  bool // on the roster: active, or on hold
	Successor bool
	ExpelBy   string // who asked first to expel it; empty while nobody has
	ExpelOwn  bool   // that was the reader
	ExpelAt   stamp
	Reason    *form
	Role      *form
	Key       *form
	Trouble   string // what went wrong with a button
}

func hubMember(v *visit) error {
	f, err := v.hub("", "")
	if err != nil {
		return err
	}
	p, err := v.hubMember(f, nil)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "hub_member", p)
}

func (v *visit) hubMember(f *hubFrame, values url.Values) (*hubMemberPage, error) {
	m, err := v.memberOf(f.N, v.Param("org"))
	if err != nil {
		return nil, err
	}
	p := &hubMemberPage{
		hubFrame: f, M: v.member(f.N, m), Action: f.member(m), Reach: f.Link(m.Contact, m.Contact), Coded: m.CodeID != uuid.Nil, Print: fingerprint(m.Fingerprint),
		Pending: m.Status == node.MemberPending, On: m.Status == node.MemberActive, Held: m.Status == node.MemberSuspended,
		Successor: f.N.Successor == m.OrganizationURI,
	}
	p.Title = p.M.Name
	p.About = template.HTML(m.Summary) // sanitized when it was stored (C4)
	p.Page = f.Link(m.Page, strings.TrimPrefix(strings.TrimPrefix(m.Page, "https://"), "http://"))
	if m.ExpelBy != uuid.Nil {
		p.ExpelBy, p.ExpelOwn, p.ExpelAt = v.colleague(m.ExpelBy), m.ExpelBy == v.viewer.Person, v.stamp(m.ExpelAt)
	}
	if values == nil {
		values = url.Values{"role": {string(m.Role)}}
	}
	p.Reason = v.form(f.Frame, p.Action, values)
	p.Reason.add(field{Name: "reason", Label: "hub.reason", Hint: "hub.reason.hint", Kind: "textarea", Rows: 3})
	p.Role = v.form(f.Frame, p.Action, values)
	p.Role.add(field{Name: "role", Grow: true, Label: "hub.role", Kind: "select", Options: []option{
		{Value: string(node.PlainMember), Label: v.t("network.role.member")},
		{Value: string(node.CoordinatorMember), Label: v.t("network.role.coordinator")},
		{Value: string(node.ObserverMember), Label: v.t("network.role.observer")},
	}})
	p.Key = v.form(f.Frame, p.Action, values)
	p.Key.add(field{Name: "fingerprint", Label: "hub.key", Hint: "hub.key.hint", Max: 100, Complete: "off"})
	return p, nil
}

// hubMemberDo does what a button says; done names the notice after it.
func hubMemberDo(v *visit) error {
	f, err := v.hub("", "")
	if err != nil {
		return err
	}
	p, err := v.hubMember(f, v.Request.PostForm)
	if err != nil {
		return err
	}
	org, id, service := p.M.OrganizationURI, f.N.ID, v.s.Network
	to, done := p.Action, "hub-"+v.posted("do")
	switch v.posted("do") {
	case "approve":
		_, err = service.Approve(v.ctx(), v.viewer, id, org)
	case "refuse":
		to = f.Base
		err = service.Refuse(v.ctx(), v.viewer, id, org, strings.TrimSpace(v.posted("reason")))
	case "suspend":
		err = service.Suspend(v.ctx(), v.viewer, id, org)
	case "restore":
		err = service.Restore(v.ctx(), v.viewer, id, org)
	case "role":
		err = service.SetRole(v.ctx(), v.viewer, id, org, node.MemberRole(v.posted("role")))
	case "key":
		err = service.SetFingerprint(v.ctx(), v.viewer, id, org, strings.Join(strings.Fields(v.posted("fingerprint")), ""))
	case "successor":
		err = service.NameSuccessor(v.ctx(), v.viewer, id, org)
	case "no-successor":
		err = service.NameSuccessor(v.ctx(), v.viewer, id, "")
	case "expel":
		var expelled bool
		if expelled, err = service.Expel(v.ctx(), v.viewer, id, org); err == nil && !expelled {
			done = "hub-expel-first"
		}
	default:
		return node.ErrNotFound
	}
	if err == nil {
		return v.done(to, done)
	}
	return v.hubMemberProblem(p, err)
}

// hubMemberProblem shows the page again and says what was wrong, at the field
// that it is about.
func (v *visit) hubMemberProblem(p *hubMemberPage, problem error) error {
	form := p.Reason
	switch v.posted("do") {
	case "role":
		form = p.Role
	case "key":
		form = p.Key
	}
	if !form.take(problem) {
		return problem
	}
	p.Problem = true
	if len(form.Problems) > 0 {
		p.Trouble = form.Problems[0].Words
	}
	return v.show(http.StatusUnprocessableEntity, "hub_member", p)
}

func hubExpelAsk(v *visit) error {
	f, err := v.hub("", "")
	if err != nil {
		return err
	}
	p, err := v.hubMember(f, nil)
	if err != nil {
		return err
	}
	if !p.On && !p.Held {
		return node.ErrNotFound
	}
	p.Title = v.t("hub.expel.title", "name", p.M.Name)
	text := v.t("hub.expel.text")
	if p.ExpelBy != "" {
		text = v.t("hub.expel.second", "who", p.ExpelBy, "when", p.ExpelAt.Words)
	}
	return v.show(http.StatusOK, "network_confirm", &networkConfirm{
		Frame: p.Frame, Label: p.M.Name, Text: text, Lines: []string{v.t("hub.expel.now"), v.t("hub.expel.cards"), v.t("hub.expel.public"), v.t("hub.expel.history")},
		Action: p.Action, Button: v.t("hub.expel.do"), BackTo: p.Action, Hidden: []named{{"do", "expel"}},
	})
}
