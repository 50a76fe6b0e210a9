package ui

import (
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// need is something about a network that waits for the reader.
type need struct{ Link, Title, Text string }

// networkNeeds lists who waits for a coordinator, and the networks for which an
// admin is asked who goes on.
func (v *visit) networkNeeds() (list []need, err error) {
	if !access.Can(v.viewer, access.RunNode) && len(v.viewer.Coordinates) == 0 {
		return nil, nil
	}
	all, err := v.networks()
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, n := range all {
		names[n.ID.String()] = n.Name
		if n.State != node.NetworkActive || !v.coordinates(n) {
			continue
		}
		asking, err := v.s.Network.Applications(v.ctx(), v.viewer, n.ID)
		if err != nil {
			return nil, err
		}
		if len(asking) > 0 {
			list = append(list, need{"/admin/hub/" + n.Username, v.t("need.asking", "count", len(asking), "network", n.Name), v.t("need.asking.text")})
		}
	}
	if !access.Can(v.viewer, access.RunNode) {
		return list, nil
	}
	offers, err := v.s.Network.SuccessionOffers(v.ctx(), v.viewer)
	if err != nil {
		return nil, err
	}
	told := map[string]bool{}
	for _, o := range offers {
		id := o.NetworkID.String()
		if name := names[id]; name != "" && !told[id] {
			told[id] = true
			list = append(list, need{"/admin/networks/" + id + "/successor", v.t("need.successor", "network", name), v.t("need.successor.text")})
		}
	}
	return list, nil
}
