package ui

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/card"
)

// Lengths of what the search shows.
const (
	hitsPerPage = 18
	hitSkills   = 3
)

// searchPage is the one search for people: ours, and those of other organizations
// who chose to be found.
type searchPage struct {
	*networkFrame
	Form     *form
	Heading  string
	Asked    bool // there is something to take back
	Narrowed bool // by more than a text
	Hits     []hitView
	Next     string
	None     string // why nobody is shown, and what to do
	Sky      sky
}

// hitView is somebody whom a search found.
type hitView struct {
	*Frame
	Author    author
	Role      string
	From      template.HTML
	Home      string // the node that the card is from; empty for our people
	Network   string
	Fresh     string // when it was last confirmed
	Place     string
	Languages string
	Skills    []skillView // what was looked for first
	Mentor    bool
}

// CanSearch reports whether the reader may look for people.
func (f *Frame) CanSearch() bool { return access.Can(f.v.viewer, access.SeeNetworks) }

// peopleFrame begins a page about people of the networks, with or without one.
func (v *visit) peopleFrame(path, title string) (*networkFrame, error) {
	f, err := v.networkFrame(path, title)
	if errors.Is(err, node.ErrNotFound) && v.Query("network") == "" {
		f, err = &networkFrame{Frame: v.frame("people", title)}, nil
		f.NoIndex = true
	}
	return f, err
}

func searchShow(v *visit) error {
	if !access.Can(v.viewer, access.SeeNetworks) {
		return node.ErrForbidden
	}
	f, err := v.peopleFrame("/search", v.t("search.title"))
	if err != nil {
		return err
	}
	choices, err := v.s.Cards.Choices(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	q, asked := v.searched(choices)
	list, next, err := v.s.Cards.Search(v.ctx(), v.viewer, q)
	if err != nil {
		return err
	}
	p := &searchPage{networkFrame: f, Form: v.searchForm(f.Frame, choices, asked), Asked: len(asked) > 0, Heading: v.t("search.heading")}
	p.Narrowed = len(asked) > 1 || len(asked) == 1 && q.Text == ""
	if q.Text != "" {
		p.Heading = v.t("search.heading.text", "text", q.Text)
	}
	for _, hit := range list {
		p.Hits = append(p.Hits, v.hit(f.Frame, hit))
	}
	if len(list) == 0 {
		p.Sky = newSky("search", emptySkyDots, emptySkyWidth, emptySkyHigh)
		switch {
		case p.Asked:
			p.None = v.t("search.none.asked")
		case len(choices.Networks) == 0:
			p.None = v.t("search.none.network")
		default:
			p.None = v.t("search.none")
		}
	}
	if next != "" {
		asked.Set("after", next)
		p.Next = "/search?" + asked.Encode()
	}
	return v.show(http.StatusOK, "search", p)
}

// searched reads what is looked for. What there is not, is not asked; asked holds the rest.
func (v *visit) searched(choices card.Choices) (q node.Search, asked url.Values) {
	asked = url.Values{}
	ask := func(name, value string) string {
		if value != "" {
			asked.Set(name, value)
		}
		return value
	}
	q = node.Search{Text: ask("q", strings.TrimSpace(v.Query("q"))), Limit: hitsPerPage, After: v.Query("after")}
	if s := node.Stance(v.Query("stance")); slices.Contains(node.Stances, s) {
		q.Stance = node.Stance(ask("stance", string(s)))
	}
	if l := v.Query("language"); node.CheckLang("language", l) == nil {
		q.Language = ask("language", l)
	}
	if q.CanMentor = v.Query("mentor") == "yes"; q.CanMentor {
		ask("mentor", "yes")
	}
	for _, o := range choices.Organizations {
		if ref := v.Query("organization"); ref != "" && (ref == o.URI || ref == o.Handle) {
			q.Organization = o.URI
			ask("organization", o.Handle)
		}
	}
	for _, n := range choices.Networks {
		if ref := v.Query("network"); ref != "" && (ref == n.Handle() || ref == n.ID.String()) {
			q.Network = n.ID
			ask("network", n.Handle())
		}
	}
	return q, asked
}

func (v *visit) searchForm(f *Frame, choices card.Choices, values url.Values) *form {
	out := v.form(f, "/search", values)
	out.add(field{Name: "q", Kind: "search", Grow: true, Label: "search.text", Max: 200})
	stances := []option{{Value: "", Label: v.t("search.stance.any")}}
	for _, s := range node.Stances {
		stances = append(stances, option{Value: string(s), Label: v.t("stance.they." + string(s))})
	}
	out.add(field{Name: "stance", Kind: "select", Label: "search.stance", Options: stances})
	languages := append([]option{{Value: "", Label: v.t("search.language.any")}}, v.languageOptions()...)
	languages = slices.DeleteFunc(languages, func(o option) bool { return o.Value == "und" })
	out.add(field{Name: "language", Kind: "select", Label: "search.language", Options: languages})
	organizations := []option{{Value: "", Label: v.t("search.organization.any")}}
	for _, o := range choices.Organizations {
		organizations = append(organizations, option{Value: o.Handle, Label: o.Name})
	}
	out.add(field{Name: "organization", Kind: "select", Label: "search.organization", Options: organizations})
	if len(choices.Networks) > 1 {
		networks := []option{{Value: "", Label: v.t("search.network.any")}}
		for _, n := range choices.Networks {
			networks = append(networks, option{Value: n.Handle(), Label: n.Name})
		}
		out.add(field{Name: "network", Kind: "select", Label: "search.network", Options: networks})
	}
	out.add(field{Name: "mentor", Kind: "checks", Label: "search.mentor", Options: []option{{Value: "yes", Label: v.t("search.mentor.yes")}}})
	return out
}

// hit shows somebody in a list, with what was looked for first among their skills.
func (v *visit) hit(f *Frame, found node.Found) hitView {
	h := hitView{Frame: f}
	var skills []node.PersonSkill
	switch {
	case found.Person != nil:
		p := found.Person
		h.Author, h.Languages, h.Place = v.personAuthor(p), v.languageNames(p.Languages), p.Place
		h.Role, _ = v.pick(p.RoleTitle, p.Lang)
		h.From = f.H("from.host", "host", f.Link("/organizations/"+found.Organization.Handle, found.Organization.Name))
		skills = p.Skills
	case found.Card != nil:
		c := found.Card
		h.Author = v.cardAuthor(c)
		h.Role, h.Languages, h.Place, h.Network = c.RoleTitle, v.languageNames(c.Languages), c.Place, found.NetworkName
		h.From, h.Home = v.cardFrom(f, found), homeOf(c)
		h.Fresh = v.t("search.fresh", "when", v.stamp(c.ReceivedAt).Words)
		skills = c.Skills
	}
	if found.Skill.Tag != "" {
		h.Skills = append(h.Skills, v.foundSkill(f, found.Skill))
	}
	for _, s := range skills {
		h.Mentor = h.Mentor || s.CanMentor
		if len(h.Skills) < hitSkills && (s.Tag != found.Skill.Tag || s.Stance != found.Skill.Stance) {
			h.Skills = append(h.Skills, v.foundSkill(f, s))
		}
	}
	return h
}

// foundSkill is a skill that leads to who else has it, in all networks.
func (v *visit) foundSkill(f *Frame, s node.PersonSkill) skillView {
	out := v.skill(f, s, false)
	out.Link = "/skills/" + url.PathEscape(s.Tag)
	return out
}

// cardAuthor is the person of a card: their page here is the card.
func (v *visit) cardAuthor(c *node.Card) author {
	return author{Name: c.Name, Link: cardPath(c.ID), Initials: initials(c.Name), Class: face(c.ActorID, false)}
}

func cardPath(id uuid.UUID) string { return "/network/people/" + id.String() }

// homeOf is the node that a card is from.
func homeOf(c *node.Card) string {
	_, rest, _ := strings.Cut(c.ActorURI, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// cardFrom names the organization of a card, with the way to its page here.
func (v *visit) cardFrom(f *Frame, found node.Found) template.HTML {
	if m := found.Membership; m != nil && m.Handle != "" {
		return f.H("from.host", "host", f.Link("/network/organizations/"+url.PathEscape(m.Handle), m.Name))
	}
	return f.H("from.host", "host", homeOf(found.Card))
}
