package ui

import (
	"net/http"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// networkPublicPage is what everyone may read of a network whose hub is here:
// what it is for and how to reach it, and not who is in it.
type networkPublicPage struct {
	*Frame
	N      networkView
	Count  int // organizations
	Handle string
	Sky    sky
}

func networkPublic(v *visit) error {
	all, err := v.s.Network.Names(v.ctx())
	if err != nil {
		return err
	}
	for _, n := range all {
		if !n.Hosted || n.Username != v.Param("username") || n.State != node.NetworkActive {
			continue
		}
		roster, err := v.s.Network.RosterFor(v.ctx(), access.Visitor, n.ID)
		if err != nil {
			return err
		}
		p := &networkPublicPage{Frame: v.frame("", n.Name), Count: roster.Total, Handle: n.Handle(), Sky: newSky(n.ID.String(), skyDots, skyWidth, skyHeight)}
		p.N = v.network(p.Frame, n, false)
		p.N.Banners = nil
		return v.show(http.StatusOK, "network_public", p)
	}
	return node.ErrNotFound
}
