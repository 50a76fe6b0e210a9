package ui

import (
	"net/http"

	"github.com/poweron-network/poweron/node"
)

// successorView is an organization that offers to go on with a network.
type successorView struct {
	URI, Name string
	Handle    string
	Named     bool // the last signed roster names it
	When      stamp
}

// networkSuccessorPage is what to do about a network whose hub is lost.
type networkSuccessorPage struct {
	*networkFrame
	Offers []successorView
	Named  string // who was named to go on; empty if nobody was
	Ours   bool   // that is us
	Lost   bool   // the hub is gone, or has not answered for too long
	// Trouble is what went wrong with a button, in words.
	Trouble string
}

// successors lists who offers to go on with n.
func (v *visit) successors(n networkView) ([]successorView, error) {
	all, err := v.s.Network.SuccessionOffers(v.ctx(), v.viewer)
	if err != nil {
		return nil, err
	}
	var out []successorView
	for _, o := range all {
		if o.NetworkID != n.ID {
			continue
		}
		view := successorView{URI: o.URI, Name: o.OrganizationURI, Named: o.Named, When: v.stamp(o.At)}
		if m, err := v.s.Network.Member(v.ctx(), v.viewer, n.ID, o.OrganizationURI); err == nil {
			view.Name, view.Handle = m.Name, "@"+m.Handle
		}
		out = append(out, view)
	}
	return out, nil
}

func networkSuccessor(v *visit) error {
	f, err := v.adminNetwork(v.t("successor.title"))
	if err != nil {
		return err
	}
	return v.networkSuccessor(f, nil)
}

// networkSuccessor shows who goes on; problem is what went wrong with a button.
func (v *visit) networkSuccessor(f *networkFrame, problem error) (err error) {
	status := http.StatusOK
	p := &networkSuccessorPage{networkFrame: f, Ours: f.N.Successor != "" && f.N.Successor == v.s.Origin.OrganizationURI(v.viewer.Organization)}
	p.Lost = !f.N.Hosted && (!f.N.GoneAt.IsZero() || f.N.Age(v.now) >= node.RosterLimit)
	for i := range p.N.Banners { // they lead here
		p.N.Banners[i].Acts = nil
	}
	if p.Offers, err = v.successors(f.N); err != nil {
		return err
	}
	if f.N.Successor != "" {
		p.Named = f.N.Successor
		if m, err := v.s.Network.Member(v.ctx(), v.viewer, f.N.ID, f.N.Successor); err == nil {
			p.Named = m.Name
		}
	}
	if problem != nil {
		words, ok := v.s.words.FieldError(v.lang, problem)
		if !ok {
			return problem
		}
		p.Trouble, p.Problem, status = words, true, http.StatusUnprocessableEntity
	}
	return v.show(status, "admin_successor", p)
}

// networkSuccessorChoose goes on under another hub, or becomes it.
func networkSuccessorChoose(v *visit) error {
	f, err := v.adminNetwork(v.t("successor.title"))
	if err != nil {
		return err
	}
	if v.posted("do") == "succeed" {
		if _, err := v.s.Network.Succeed(v.ctx(), v.viewer, f.N.ID); err != nil {
			return v.networkSuccessor(f, err)
		}
		return v.done("/admin/hub", "network-succeeded")
	}
	if err := v.s.Network.ApproveSuccessor(v.ctx(), v.viewer, f.N.ID, v.posted("uri")); err != nil {
		return v.networkSuccessor(f, err)
	}
	return v.done("/admin/networks/"+f.N.ID.String(), "network-approved")
}
