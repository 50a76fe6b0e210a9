package ui

import (
	"net/http"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// networkLeavesPage says what leaves this node, to whom, and what stays.
type networkLeavesPage struct {
	*Frame
	Lines   []leavesLine
	Waiting int // deliveries on their way
	Silent  []string
}

// leavesLine is one row of the table.
type leavesLine struct {
	What, Much string
	To         audience
	Goes       bool
	State      string
}

func networkLeaves(v *visit) error {
	l, err := v.s.Delivery.Leaves(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	queue, err := v.s.Delivery.Queue(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	all, err := v.networks()
	if err != nil {
		return err
	}
	p := &networkLeavesPage{Frame: v.frame("network", v.t("leaves.title")), Waiting: queue.Waiting}
	p.NoIndex = true
	for _, h := range queue.Hosts {
		if h.Open {
			p.Silent = append(p.Silent, h.Host)
		}
	}
	public := v.audienceOf(node.Public)
	p.add(v, "leaves.posts", v.written(l, node.Public), public, l.Count(node.Public, node.KindPost)+l.Count(node.Public, node.KindGathering) > 0)
	p.add(v, "leaves.profiles", v.t("leaves.of", "n", l.People.Public, "all", l.People.All), public, l.People.Public > 0)
	networks := 0
	for _, n := range all {
		if n.State != node.NetworkActive {
			continue
		}
		networks++
		members, err := v.members(v.network(p.Frame, n, true))
		if err != nil {
			return err
		}
		to := audience{"net", "net", v.t("leaves.network", "network", n.Name, "count", len(members))}
		open := n.Effective(v.now)
		p.add(v, "leaves.cards", v.t("leaves.cards.count", "count", l.Cards[n.ID]), to, open && l.Cards[n.ID] > 0)
		only := node.NetworkOnly(n.ID)
		p.add(v, "leaves.posts", v.written(l, only), to, open && l.Count(only, node.KindPost)+l.Count(only, node.KindGathering) > 0)
	}
	if networks > 1 {
		p.add(v, "leaves.posts", v.written(l, node.Networks), audience{"net", "net", v.t("leaves.networks")}, l.Count(node.Networks, node.KindPost)+l.Count(node.Networks, node.KindGathering) > 0)
	}
	inside := node.OrganizationOnly(v.viewer.Organization)
	p.Lines = append(p.Lines, leavesLine{v.t("leaves.posts"), v.written(l, inside), v.audienceOf(inside), false, v.t("leaves.stays")})
	p.Lines = append(p.Lines, leavesLine{v.t("leaves.never"), v.t("leaves.never.count"), audience{"me", "lock", v.t("leaves.nobody")}, false, v.t("leaves.stays")})
	return v.show(http.StatusOK, "admin_leaves", p)
}

// add puts a row in about something that may leave.
func (p *networkLeavesPage) add(v *visit, what, much string, to audience, goes bool) {
	state := v.t("leaves.none")
	if goes {
		state = v.t("leaves.goes")
	}
	p.Lines = append(p.Lines, leavesLine{v.t(what), much, to, goes, state})
}

// written counts posts and gatherings for an audience, in words.
func (v *visit) written(l *delivery.Leaving, a node.Audience) string {
	return strings.Join([]string{
		v.t("leaves.posts.count", "count", l.Count(a, node.KindPost)), v.t("leaves.gatherings.count", "count", l.Count(a, node.KindGathering)),
	}, ", ")
}
