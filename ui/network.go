package ui

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
)

// networkView is a network as every page about it tells of it.
type networkView struct {
	*node.Network
	Link        string // the page with all of our networks, at this one
	Query       string // "?network=…" for the pages about it; empty if there is only one
	Face        string
	About       template.HTML
	AboutLang   string
	Rules       template.HTML
	RulesLang   string
	Spoken      string
	Reach       template.HTML // how to reach its coordinators
	Asked       string        // when its hub confirmed the roster, in words
	Standing    string        // where we stand, in words; empty while all is well
	Flag        string        // class of its mark
	Banners     []banner
	Coordinated bool // the reader coordinates it
	Public      string
}

// banner is something about a network that people have to know, with the cure.
type banner struct {
	Class, Icon string
	Title, Text string
	Acts        []linkWords
}

type linkWords struct{ Link, Words string }

// memberView is one organization of a network.
type memberView struct {
	*node.Membership
	Number    int // as on the map
	Link      string
	Face      string
	Initials  string
	Spoken    string
	Self      bool // the reader's own
	Guest     bool
	Away      bool // its node does not answer
	Joined    stamp
	Seen      stamp // last time something got there
	NeverSeen bool
	Kinds     string // whether it is ours, role and kind, where they are not the usual
	Now       string // how it stands, in words
	NowClass  string // of a flag; empty where nothing is wrong
	NowIcon   string
}

// tab is one page about a network.
type tab struct {
	Link, Words string
	On          bool
}

// networkFrame is what the pages about one network share.
type networkFrame struct {
	*Frame
	N    networkView
	Tabs []tab
	// Others are the other networks, with this page about them.
	Others []linkWords
}

// networks lists ours, those that we are in first.
func (v *visit) networks() ([]*node.Network, error) {
	if !access.Can(v.viewer, access.SeeNetworks) {
		return nil, node.ErrForbidden
	}
	list, err := v.s.Network.Networks(v.ctx(), v.viewer)
	if err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *node.Network) int { return standing[a.State] - standing[b.State] })
	return list, nil
}

// standing orders networks by how much they have to do with us.
var standing = map[node.NetworkState]int{
	node.NetworkActive: 0, node.NetworkSuspended: 1, node.NetworkApplied: 2, node.NetworkExpelled: 3, node.NetworkLeft: 4, node.NetworkRefused: 5,
}

// chooseNetwork is the network that ?network= names, else the first that we are in.
func (v *visit) chooseNetwork() (chosen *node.Network, all []*node.Network, err error) {
	if all, err = v.networks(); err != nil {
		return nil, nil, err
	}
	ref := v.Query("network")
	for _, n := range all {
		if ref == n.Handle() || ref == n.ID.String() || ref == "" && n.State == node.NetworkActive {
			return n, all, nil
		}
	}
	if ref == "" && len(all) > 0 {
		return all[0], all, nil
	}
	return nil, all, node.ErrNotFound
}

// networkFrame begins a page about the chosen network. path is the page.
func (v *visit) networkFrame(path, title string) (*networkFrame, error) {
	n, all, err := v.chooseNetwork()
	if err != nil {
		return nil, err
	}
	f := &networkFrame{Frame: v.frame("network", title)}
	f.NoIndex = true
	f.N = v.network(f.Frame, n, len(all) > 1)
	for _, t := range []struct{ path, key string }{
		{"/network", "network.tab.about"},
		{"/network/organizations", "network.tab.organizations"},
		{"/search", "network.tab.people"},
		{"/skills", "network.tab.skills"},
		{"/mentoring", "network.tab.mentoring"},
		{"/messages", "messages.title"},
		{"/network/status", "network.tab.status"},
	} {
		f.Tabs = append(f.Tabs, tab{t.path + f.N.Query, v.t(t.key), t.path == path})
	}
	for _, other := range all {
		if other.ID != n.ID {
			f.Others = append(f.Others, linkWords{path + "?network=" + url.QueryEscape(other.Handle()), other.Name})
		}
	}
	return f, nil
}

// network shows n; several tells that its pages have to name it.
func (v *visit) network(f *Frame, n *node.Network, several bool) networkView {
	out := networkView{
		Network: n, Link: "/network", Face: face(n.ID, true), Spoken: v.languageNames(n.Languages), Reach: f.Link(n.Contact, n.Contact),
		Coordinated: n.State == node.NetworkActive && v.coordinates(n), Public: n.Page,
	}
	if several {
		out.Query = "?network=" + url.QueryEscape(n.Handle())
		out.Link += out.Query
	}
	if n.Hosted {
		out.Public = "/networks/" + n.Username
	}
	out.About, out.AboutLang = v.networkText(n, n.Purpose)
	out.Rules, out.RulesLang = v.networkText(n, n.Conduct)
	if !n.Hosted && !n.FetchedAt.IsZero() {
		out.Asked = v.t("network.asked", "when", v.stamp(n.FetchedAt).Words)
	}
	if n.State != node.NetworkActive {
		out.Standing, out.Flag = v.t("network.state."+string(n.State)), "off"
		if n.Hosted {
			out.Standing = v.t("network.state.closed")
		}
		if n.State == node.NetworkApplied {
			out.Flag = "lit"
		}
	}
	out.Banners = v.networkBanners(n)
	return out
}

// networkText shows what a network says of itself: Markdown of our own,
// sanitized HTML of others (C4).
func (v *visit) networkText(n *node.Network, t node.Text) (template.HTML, string) {
	words, lang := v.pick(t, v.site.Lang)
	if n.Hosted {
		words = markup.Render(words)
	}
	return template.HTML(words), lang
}

// networkBanners tells what is wrong with a network, and the cure.
func (v *visit) networkBanners(n *node.Network) []banner {
	if n.Hosted && n.State != node.NetworkActive {
		return []banner{{"care", "info", v.t("network.closed.title"), v.t("network.closed.text"), nil}}
	}
	switch n.State {
	case node.NetworkApplied:
		b := banner{"", "clock", v.t("network.applied.title"), v.t("network.applied.text"), nil}
		if access.Can(v.viewer, access.RunNode) {
			b.Acts = []linkWords{{"/admin/networks/" + n.ID.String(), v.t("network.applied.see")}}
		}
		return []banner{b}
	case node.NetworkActive:
		return v.hubBanners(n)
	}
	text := v.t("network." + string(n.State) + ".text")
	if n.Reason != "" {
		reason := n.Reason // in the hub's words, or a key of ours
		if strings.HasPrefix(reason, "error.") {
			reason = v.t(reason)
		}
		text += " " + v.t("network.reason", "reason", reason)
	}
	return []banner{{"care", "warn", v.t("network." + string(n.State) + ".title"), text, nil}}
}

// hubBanners tells that a hub does not answer, is gone, or says different things.
func (v *visit) hubBanners(n *node.Network) (list []banner) {
	age := n.Age(v.now)
	switch {
	case n.Hosted:
	case !n.GoneAt.IsZero():
		list = append(list, v.lost(n, banner{"bad", "warn", v.t("network.gone.title"), v.t("network.gone.text", "when", v.stamp(n.GoneAt).Words), nil}))
	case age >= node.RosterLimit:
		list = append(list, v.lost(n, banner{"bad", "warn", v.t("network.lost.title"), v.t("network.lost.text", "when", v.stamp(n.FetchedAt).Words), nil}))
	case age >= node.RosterStale:
		until := v.s.words.Day(v.lang, n.FetchedAt.Add(node.RosterLimit).In(v.s.Zone))
		list = append(list, banner{"care", "clock", v.t("network.stale.title"), v.t("network.stale.text", "when", v.stamp(n.FetchedAt).Words, "until", until), nil})
	}
	if !n.DiffersAt.IsZero() {
		list = append(list, banner{"care", "eye", v.t("network.differs.title"), v.t("network.differs.text", "when", v.stamp(n.DiffersAt).Words), nil})
	}
	return list
}

// lost adds to a banner about a lost hub what to do.
func (v *visit) lost(n *node.Network, b banner) banner {
	if !access.Can(v.viewer, access.RunNode) {
		b.Text += " " + v.t("network.lost.ask")
		return b
	}
	b.Text += " " + v.t("network.lost.do")
	b.Acts = []linkWords{{"/admin/networks/" + n.ID.String() + "/successor", v.t("network.lost.successor")}}
	return b
}

// members shows a roster: those who are on it now, by number.
func (v *visit) members(n networkView) ([]memberView, error) {
	list, err := v.s.Network.Members(v.ctx(), v.viewer, n.ID)
	if err != nil && !errors.Is(err, node.ErrNotFound) { // of a network that did not let us in there is none
		return nil, err
	}
	var out []memberView
	for _, m := range list {
		if m.Status == node.MemberActive || m.Status == node.MemberSuspended {
			view := v.member(n, m)
			view.Number = len(out) + 1
			out = append(out, view)
		}
	}
	return out, nil
}

// memberOf is the line of a roster that a path names.
func (v *visit) memberOf(n networkView, org string) (*node.Membership, error) {
	m, err := v.s.Network.Member(v.ctx(), v.viewer, n.ID, org)
	if _, unknown := v.s.words.FieldError(v.lang, err); unknown {
		return nil, node.ErrNotFound
	}
	return m, err
}

// member shows one organization of a network.
func (v *visit) member(n networkView, m *node.Membership) memberView {
	out := memberView{
		Membership: m, Link: "/network/organizations/" + url.PathEscape(m.Handle) + n.Query, Face: face(m.ID, true), Initials: initials(m.Name),
		Spoken: v.languageNames(m.Languages), Self: m.OrganizationURI == v.s.Origin.OrganizationURI(v.viewer.Organization),
		Guest: m.Kind == node.Guest, Joined: v.stamp(m.Since), Seen: v.stamp(m.LastSeen), NeverSeen: m.LastSeen.IsZero(),
	}
	if m.Name == "" {
		out.Membership = &node.Membership{}
		*out.Membership = *m
		out.Name = m.Handle
	}
	var kinds []string
	if out.Self {
		kinds = append(kinds, v.t("network.you"))
	}
	if m.Role != node.PlainMember {
		kinds = append(kinds, v.t("network.is."+string(m.Role)))
	}
	if out.Guest {
		kinds = append(kinds, v.t("network.guest"))
	}
	out.Kinds = strings.Join(kinds, ", ")
	here := m.Origin == string(v.s.Origin)
	out.Away = m.Failing && !here
	switch {
	case m.Status != node.MemberActive:
		out.Now, out.NowClass, out.NowIcon = v.t("network.member."+string(m.Status)), "off", "cross"
	case !m.Claim:
		out.Now, out.NowClass, out.NowIcon = v.t("network.member.unclaimed"), "lit", "clock"
	case out.Away:
		out.Now, out.NowClass, out.NowIcon = v.t("network.member.away"), "off", "clock"
	default:
		out.Now, out.NowIcon = v.t("network.member.answers"), "check"
	}
	return out
}

// networkPage is what a network is, or what networks are while there is none.
type networkPage struct {
	*networkFrame
	Members      []memberView
	Coordinators []memberView
	CanRun       bool
	Sky          sky
}

// networkNonePage is /network while this organization is in none.
type networkNonePage struct {
	*Frame
	CanRun bool
	Sky    sky
}

func networkShow(v *visit) error {
	all, err := v.networks()
	if err != nil {
		return err
	}
	canRun := access.Can(v.viewer, access.RunNode)
	if len(all) == 0 && v.Query("network") == "" {
		p := &networkNonePage{Frame: v.frame("network", v.t("menu.network")), CanRun: canRun, Sky: newSky("network", emptySkyDots, emptySkyWidth, emptySkyHigh)}
		p.NoIndex = true
		return v.show(http.StatusOK, "network_none", p)
	}
	f, err := v.networkFrame("/network", v.t("menu.network"))
	if err != nil {
		return err
	}
	f.Title = f.N.Name
	p := &networkPage{networkFrame: f, CanRun: canRun, Sky: newSky(f.N.ID.String(), skyDots, skyWidth, skyHeight)}
	if p.Members, err = v.members(f.N); err != nil {
		return err
	}
	for _, m := range p.Members {
		if m.Role == node.CoordinatorMember && m.Status == node.MemberActive {
			p.Coordinators = append(p.Coordinators, m)
		}
	}
	return v.show(http.StatusOK, "network", p)
}

// age is how long something is ago, in whole days or hours.
func (v *visit) age(d time.Duration) string {
	if d < time.Hour {
		return v.t("network.age.now")
	}
	if hours := int(d / time.Hour); hours < 48 {
		return v.t("network.age.hours", "count", hours)
	}
	return v.t("network.age.days", "count", int(d/(24*time.Hour)))
}
