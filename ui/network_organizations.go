package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/poweron-network/poweron/node"
)

// networkOrganizationsPage is the roster, drawn and as a table.
type networkOrganizationsPage struct {
	*networkFrame
	Members          []memberView
	Map              networkMap
	Away, Guests, On int // how many do not answer, are guests, are on hold
}

func networkOrganizations(v *visit) error {
	f, err := v.networkFrame("/network/organizations", v.t("network.organizations.title"))
	if err != nil {
		return err
	}
	p := &networkOrganizationsPage{networkFrame: f}
	if p.Members, err = v.members(f.N); err != nil {
		return err
	}
	for _, m := range p.Members {
		switch {
		case m.Status == node.MemberSuspended:
			p.On++
		case m.Away:
			p.Away++
		}
		if m.Guest {
			p.Guests++
		}
	}
	p.Map = mapOf(p.Members)
	return v.show(http.StatusOK, "network_organizations", p)
}

// MapText says in words what the drawing shows.
func (p *networkOrganizationsPage) MapText() string {
	words := []string{p.T("network.map.text", "count", len(p.Members))}
	if p.Away > 0 {
		words = append(words, p.T("network.map.away", "count", p.Away))
	}
	if p.On > 0 {
		words = append(words, p.T("network.map.held", "count", p.On))
	}
	if p.Guests > 0 {
		words = append(words, p.T("network.map.guests", "count", p.Guests))
	}
	return strings.Join(append(words, p.T("network.map.table")), " ")
}

// networkOrganizationPage is one organization of the network, as its own
// document and the roster tell of it.
type networkOrganizationPage struct {
	*networkFrame
	M       memberView
	About   template.HTML
	Reach   template.HTML
	Page    template.HTML
	Posts   string // what it says, as this node has it
	People  string
	CanLook bool // its people may be looked up: it counts as a member
}

func networkOrganization(v *visit) error {
	f, err := v.networkFrame("/network/organizations", "")
	if err != nil {
		return err
	}
	m, err := v.memberOf(f.N, v.Param("handle"))
	if err != nil {
		return err
	}
	p := &networkOrganizationPage{networkFrame: f, M: v.member(f.N, m)}
	p.Title = p.M.Name
	p.About = template.HTML(m.Summary) // sanitized when it was stored (C4)
	p.Reach = p.Link(m.Contact, m.Contact)
	p.Page = p.Link(m.Page, strings.TrimPrefix(strings.TrimPrefix(m.Page, "https://"), "http://"))
	p.Posts = "/@" + m.Handle
	if m.Origin == string(v.s.Origin) {
		handle, _, _ := strings.Cut(m.Handle, "@")
		p.Posts = "/organizations/" + handle
	}
	p.CanLook = m.Status == node.MemberActive
	people := url.Values{"organization": {m.Handle}}
	if f.N.Query != "" {
		people.Set("network", f.N.Handle())
	}
	p.People = "/search?" + people.Encode()
	return v.show(http.StatusOK, "network_organization", p)
}
