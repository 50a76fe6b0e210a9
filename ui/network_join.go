package ui

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
)

// networkAdminPage lists the networks of this node for its admins, with the box
// for joining another one.
type networkAdminPage struct {
	*Frame
	Networks []networkView
	Form     *form
	Sky      sky
}

func (v *visit) networkAdmin(values url.Values) (*networkAdminPage, error) {
	if !access.Can(v.viewer, access.RunNode) {
		return nil, node.ErrForbidden
	}
	all, err := v.networks()
	if err != nil {
		return nil, err
	}
	p := &networkAdminPage{Frame: v.frame("network", v.t("networks.title"))}
	p.NoIndex = true
	for _, n := range all {
		p.Networks = append(p.Networks, v.network(p.Frame, n, len(all) > 1))
	}
	p.Form = v.form(p.Frame, "/admin/networks/preview", values)
	p.Form.add(field{Name: "ref", Label: "networks.ref", Hint: "networks.ref.hint", Required: true, Missing: "networks.ref.missing", Max: 500, Complete: "off"})
	return p, nil
}

func networkAdminList(v *visit) error {
	p, err := v.networkAdmin(url.Values{"ref": {v.Query("ref")}})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "admin_networks", p)
}

// networkPreviewPage is what joining would be, before anything has happened.
type networkPreviewPage struct {
	*Frame
	N      networkView
	Ours   *node.Organization
	Theirs string // words of both keys to compare
	Mine   string
	Code   bool
	Form   *form
}

// networkPreview asks the hub who it is. It is a POST because it makes this
// node ask another one.
func networkPreview(v *visit) error {
	if !access.Can(v.viewer, access.RunNode) {
		return node.ErrForbidden
	}
	return v.networkPreview(v.Request.PostForm, nil)
}

// networkPreview shows what a code or an address leads to; problem is what was
// wrong with asking to be let in, nil before that.
func (v *visit) networkPreview(values url.Values, problem error) error {
	ctx, cancel := context.WithTimeout(v.ctx(), lookupTime)
	defer cancel()
	ref := strings.TrimSpace(values.Get("ref"))
	preview, err := v.s.Network.Preview(ctx, v.viewer, ref)
	if err != nil {
		return v.networkRefused(values, err)
	}
	if preview.Member {
		return v.toNetwork(preview.Network.URI)
	}
	p := v.previewPage(preview, values)
	status := http.StatusOK
	if problem != nil {
		if !p.Form.take(problem) {
			return problem
		}
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, "admin_network_preview", p)
}

// toNetwork leads to the network that we are in, or have asked to join, already.
func (v *visit) toNetwork(uri string) error {
	all, err := v.networks()
	if err != nil {
		return err
	}
	for _, n := range all {
		if n.URI == uri {
			v.redirect("/admin/networks/" + n.ID.String())
			return nil
		}
	}
	return node.ErrNotFound
}

func (v *visit) previewPage(preview *network.Preview, values url.Values) *networkPreviewPage {
	p := &networkPreviewPage{Frame: v.frame("network", v.t("join.title", "network", preview.Network.Name)), Ours: preview.Organization, Code: preview.Code}
	p.NoIndex = true
	p.N = v.network(p.Frame, preview.Network, false)
	p.Theirs, p.Mine = fingerprint(preview.Network.Fingerprint), fingerprint(preview.Fingerprint)
	p.Form = v.form(p.Frame, "/admin/networks/join", values)
	p.Form.add(field{Name: "why", Label: "join.why", Hint: "join.why.hint", Kind: "textarea", Rows: 4})
	return p
}

// networkRefused shows the box again, with what was typed and what to do.
func (v *visit) networkRefused(values url.Values, problem error) error {
	p, err := v.networkAdmin(values)
	if err != nil {
		return err
	}
	if !p.Form.take(problem) {
		return problem
	}
	return v.show(http.StatusUnprocessableEntity, "admin_networks", p)
}

func networkJoin(v *visit) error {
	if !access.Can(v.viewer, access.RunNode) {
		return node.ErrForbidden
	}
	ctx, cancel := context.WithTimeout(v.ctx(), lookupTime)
	defer cancel()
	n, err := v.s.Network.Join(ctx, v.viewer, strings.TrimSpace(v.posted("ref")), strings.TrimSpace(v.posted("why")))
	if err != nil {
		return v.networkPreview(v.Request.PostForm, err)
	}
	return v.done("/admin/networks/"+n.ID.String(), "network-asked")
}

// networkWayPage is how far joining has come, and what an admin may do about a network.
type networkWayPage struct {
	*networkFrame
	Steps    []step
	Waiting  bool
	Over     bool // there is nothing to leave any more
	Ticks    []tick
	Complete bool
	Mine     string
	Theirs   string
	Offers   []successorView
	Trouble  string // what went wrong with a button
}

// step is one dot of what has to happen.
type step struct{ Words, Class string }

func networkWay(v *visit) error {
	f, err := v.adminNetwork("")
	if err != nil {
		return err
	}
	return v.networkWay(f, nil)
}

// networkWay shows how far joining has come; problem is what went wrong with a
// button, nil if nothing did.
func (v *visit) networkWay(f *networkFrame, problem error) error {
	status := http.StatusOK
	p := &networkWayPage{networkFrame: f, Theirs: fingerprint(f.N.Fingerprint)}
	p.Title = f.N.Name
	p.Waiting = f.N.State == node.NetworkApplied
	p.Over = f.N.State != node.NetworkActive && f.N.State != node.NetworkSuspended && !p.Waiting
	if problem != nil {
		words, ok := v.s.words.FieldError(v.lang, problem)
		if !ok {
			return problem
		}
		p.Trouble, p.Problem, status = words, true, http.StatusUnprocessableEntity
	}
	own, err := v.ownLine(f.N)
	if err != nil {
		return err
	}
	if own != nil {
		p.Ticks, p.Complete, p.Mine = v.ticks(own.Ticks), own.Ticks.Complete(), fingerprint(own.Fingerprint)
	}
	p.Steps = v.joinSteps(f.N.Network, own)
	if p.Offers, err = v.successors(f.N); err != nil {
		return err
	}
	return v.show(status, "admin_network", p)
}

// ownLine is our own line on the roster; nil while there is none.
func (v *visit) ownLine(n networkView) (*node.Membership, error) {
	list, err := v.s.Network.Members(v.ctx(), v.viewer, n.ID)
	if err != nil {
		return nil, err
	}
	own := v.s.Origin.OrganizationURI(v.viewer.Organization)
	for _, m := range list {
		if m.OrganizationURI == own {
			return m, nil
		}
	}
	return nil, nil
}

// joinSteps are the dots from asking to both tests; the first that is not done is lit.
func (v *visit) joinSteps(n *node.Network, own *node.Membership) []step {
	in := n.State == node.NetworkActive
	listed := in && own != nil && own.Status == node.MemberActive
	received := own != nil && !own.Since.IsZero() // the hub's receipt came
	approved := own != nil && own.URI != ""       // and its yes
	list := []struct {
		key  string
		done bool
	}{
		{"join.step.asked", true},
		{"join.step.received", received || approved || in},
		{"join.step.approved", approved || in},
		{"join.step.roster", listed},
		{"join.step.tested", listed && (n.Hosted || own.Ticks.Complete())},
	}
	steps, before := make([]step, 0, len(list)), true
	for _, s := range list {
		class := ""
		switch {
		case s.done:
			class = "done"
		case before:
			class = "now"
		}
		before = s.done
		steps = append(steps, step{v.t(s.key), class})
	}
	return steps
}

// adminNetwork begins a page about the network in the path, for who runs the node.
func (v *visit) adminNetwork(title string) (*networkFrame, error) {
	if !access.Can(v.viewer, access.RunNode) {
		return nil, node.ErrForbidden
	}
	id, err := parseID(v.Param("network"))
	if err != nil {
		return nil, err
	}
	n, err := v.s.Network.Network(v.ctx(), v.viewer, id.String())
	if _, unknown := v.s.words.FieldError(v.lang, err); unknown {
		return nil, node.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	f := &networkFrame{Frame: v.frame("network", title)}
	f.NoIndex = true
	all, err := v.networks()
	if err != nil {
		return nil, err
	}
	f.N = v.network(f.Frame, n, len(all) > 1)
	return f, nil
}

// networkConfirm asks before something that is not taken back easily.
type networkConfirm struct {
	*Frame
	Label, Text string
	Lines       []string // what happens
	Action      string
	Button      string
	BackTo      string
	Hidden      []named // what the form sends besides
}

func networkLeaveAsk(v *visit) error {
	f, err := v.adminNetwork(v.t("leave.title"))
	if err != nil {
		return err
	}
	base := "/admin/networks/" + f.N.ID.String()
	lines := []string{v.t("leave.now"), v.t("leave.cards"), v.t("leave.posts"), v.t("leave.back")}
	return v.show(http.StatusOK, "network_confirm", &networkConfirm{
		Frame: f.Frame, Label: f.N.Name, Text: v.t("leave.text", "network", f.N.Name), Lines: lines,
		Action: base + "/leave", Button: v.t("leave.do"), BackTo: base,
	})
}

func networkLeave(v *visit) error {
	f, err := v.adminNetwork("")
	if err != nil {
		return err
	}
	if err := v.s.Network.Leave(v.ctx(), v.viewer, f.N.ID); err != nil {
		return v.networkWay(f, err)
	}
	return v.done("/admin/networks", "network-left")
}

// fingerprint writes a key's fingerprint in groups that can be read out.
func fingerprint(s string) string {
	kind, hex, ok := strings.Cut(s, ":")
	if !ok {
		kind, hex = "", s
	}
	var b strings.Builder
	for i, r := range hex {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	if kind == "" {
		return b.String()
	}
	return strings.ToUpper(kind) + " " + b.String()
}
