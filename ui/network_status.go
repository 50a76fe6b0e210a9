package ui

import (
	"errors"
	"net/http"
	"slices"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// digestShort is how much of a roster's digest people compare.
const digestShort = 16

// networkStatusPage tells whom one reaches and how sure the roster is.
type networkStatusPage struct {
	*networkFrame
	Members   []memberView
	Answering int
	Age       string
	Checked   stamp
	Digest    string
	Successor string
	Ours      *memberView // our own line; nil while we are not on the roster
	Ticks     []tick
	History   []changeView
	CanRun    bool
}

// tick is one thing that went through, or has not yet.
type tick struct {
	Words string
	Done  bool
}

// changeView is one line of a roster's history.
type changeView struct {
	Version int64
	What    string
	By      string
	When    stamp
}

func networkStatus(v *visit) error {
	f, err := v.networkFrame("/network/status", v.t("network.status.title"))
	if err != nil {
		return err
	}
	p := &networkStatusPage{networkFrame: f, CanRun: access.Can(v.viewer, access.RunNode), Digest: f.N.RosterDigest, Checked: v.stamp(f.N.FetchedAt)}
	p.Digest = p.Digest[:min(len(p.Digest), digestShort)]
	p.Age = v.age(f.N.Age(v.now))
	if p.Members, err = v.members(f.N); err != nil {
		return err
	}
	for i, m := range p.Members {
		if m.Self {
			p.Ours, p.Ticks = &p.Members[i], v.ticks(m.Ticks)
		}
		if m.Status == node.MemberActive && !m.Away {
			p.Answering++
		}
		if m.OrganizationURI == f.N.Successor {
			p.Successor = m.Name
		}
	}
	changes, err := v.s.Network.History(v.ctx(), v.viewer, f.N.ID)
	if err != nil && !errors.Is(err, node.ErrNotFound) {
		return err
	}
	p.History = v.history(changes)
	return v.show(http.StatusOK, "network_status", p)
}

// changeWords are the statuses that a history has words for.
var changeWords = map[node.MemberStatus]bool{node.MemberActive: true, node.MemberSuspended: true, node.MemberLeft: true, node.MemberExpelled: true}

// history says what changed, newest first as it came. A line that is as it was
// before is about something else: its key, or who goes on.
func (v *visit) history(changes []node.RosterChange) []changeView {
	type standing struct {
		status node.MemberStatus
		role   node.MemberRole
	}
	out, before := make([]changeView, len(changes)), map[string]standing{}
	for i, c := range slices.Backward(changes) {
		now := standing{c.Status, c.Role}
		out[i] = v.change(c, before[c.OrganizationURI] == now)
		before[c.OrganizationURI] = now
	}
	return out
}

// change says one line of a roster's history; same tells that it stands as before.
func (v *visit) change(c node.RosterChange, same bool) changeView {
	name := c.Name
	if name == "" {
		name = c.OrganizationURI
	}
	key := "network.change." + string(c.Status)
	switch {
	case same || !changeWords[c.Status]:
		key = "network.change.other"
	case c.Status == node.MemberActive && c.Role != node.PlainMember:
		key = "network.change." + string(c.Role)
	}
	return changeView{Version: c.Version, What: v.t(key, "name", name), By: c.By, When: v.stamp(c.At)}
}

// ticks lists what is tried both ways after joining.
func (v *visit) ticks(t node.Ticks) []tick {
	return []tick{
		{v.t("network.tick.card.sent"), t.CardSent},
		{v.t("network.tick.card.received"), t.CardReceived},
		{v.t("network.tick.post.sent"), t.PostSent},
		{v.t("network.tick.post.received"), t.PostReceived},
	}
}
