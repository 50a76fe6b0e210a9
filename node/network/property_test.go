package network_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
)

var hosts = []string{"a.example", "b.example", "c.example"}

// statuses maps organizations to what they are; one that is not in it is not listed.
type statuses map[string]node.MemberStatus

// story is what happened on a hub: the rosters that it signed, one after the other.
type story []statuses

func tell(r *rapid.T) story {
	now := statuses{}
	var all story
	for range rapid.IntRange(1, 8).Draw(r, "versions") {
		next := maps.Clone(now)
		host := rapid.SampledFrom(hosts).Draw(r, "about")
		switch rapid.SampledFrom([]node.MemberStatus{node.MemberActive, node.MemberActive, node.MemberSuspended, node.MemberLeft, node.MemberExpelled}).Draw(r, "becomes") {
		case node.MemberActive:
			next[host] = node.MemberActive
		case node.MemberSuspended:
			if next[host] == node.MemberActive {
				next[host] = node.MemberSuspended
			}
		default:
			delete(next, host)
		}
		all = append(all, next)
		now = next
	}
	return all
}

// sign is the roster of a version of the story; the first is version 2.
func (s story) sign(j *joined, i int) *network.Roster {
	lines := []*node.Membership{j.active(j.org), j.active(orgURI("hub.example"))}
	for _, host := range slices.Sorted(maps.Keys(s[i])) {
		lines = append(lines, j.line(orgURI(host), s[i][host]))
	}
	return j.roster(int64(i+2), lines...)
}

// TestAnyOrderEndsWithTheNewestRoster: whatever of a hub's rosters, hints and
// decisions reaches a member, in any order and more than once, when it has asked
// the hub all is as the hub says, and only who claims it reads.
func TestAnyOrderEndsWithTheNewestRoster(t *testing.T) {
	j := newJoined(t)
	start := *j.net
	rapid.Check(t, func(r *rapid.T) {
		s := tell(r)
		// Each story is one of a new version of the network: a hub never goes back.
		base := stored(t, j.Node, start.ID).RosterVersion
		sign := func(i int) *network.Roster {
			roster := s.sign(j, i)
			roster.Version += base
			return roster
		}
		claims := map[string]bool{}
		for range rapid.IntRange(0, 25).Draw(r, "steps") {
			i, host := rapid.IntRange(0, len(s)-1).Draw(r, "version"), rapid.SampledFrom(hosts).Draw(r, "host")
			version := base + int64(i+2)
			var err error
			switch rapid.SampledFrom([]string{"roster", "roster", "hint", "narrow", "claim", "leave", "fail", "wait"}).Draw(r, "step") {
			case "roster":
				err = j.Networks.ApplyRoster(t.Context(), start.ID, sign(i))
				if errors.Is(err, network.ErrOlder) {
					err = nil
				}
			case "hint":
				err = j.Networks.ReceiveHint(t.Context(), j.hub.URI, version)
			case "narrow": // only what the hub decided then
				to, listed := s[i][host]
				if !listed {
					to = rapid.SampledFrom([]node.MemberStatus{node.MemberLeft, node.MemberExpelled}).Draw(r, "removed as")
				}
				if to != node.MemberActive {
					err = j.Networks.ReceiveNarrowing(t.Context(), j.hub.URI, orgURI(host), to, version)
				}
			case "claim":
				claims[host] = rapid.Bool().Draw(r, "claims")
				err = j.Networks.SetClaim(t.Context(), start.ID, orgURI(host), network.Claim{OK: claims[host], Fingerprint: print(1), Inbox: "https://" + host + "/ap/inbox"})
			case "leave":
				err = j.Networks.ReceiveLeave(t.Context(), orgURI(host), j.hub.URI)
			case "fail":
				err = j.Networks.RosterFailed(t.Context(), start.ID, rapid.Bool().Draw(r, "gone"))
			case "wait":
				j.Clock.Add(time.Minute)
			}
			if err != nil && !errors.Is(err, node.ErrNotFound) {
				r.Fatal(err)
			}
		}
		converge(t, r, j, sign(len(s)-1))
		compare(t, r, j, s[len(s)-1])
	})
	j.Verify(t)
}

// converge asks the hub as long as that is due.
func converge(t *testing.T, r *rapid.T, j *joined, newest *network.Roster) {
	j.Clock.Add(node.RosterFresh)
	for i := 0; ; i++ {
		due, err := j.Networks.DueRosters(t.Context())
		if err != nil {
			r.Fatal(err)
		}
		if len(due) == 0 {
			return
		}
		if i > 2 {
			r.Fatal("the hub is asked again and again")
		}
		if err := j.Networks.ApplyRoster(t.Context(), j.net.ID, newest); err != nil {
			r.Fatal(err)
		}
	}
}

// compare holds a member's copy against what the hub says.
func compare(t *testing.T, r *rapid.T, j *joined, want statuses) {
	for _, host := range hosts {
		claim(t, j.Node, j.net.ID, "hub.example")
		err := j.Networks.SetClaim(t.Context(), j.net.ID, orgURI(host), network.Claim{})
		if err == nil {
			if reads(t, j.Node, j.net.ID, host) {
				r.Errorf("%s reads without saying that it is a member", host)
			}
			err = j.Networks.SetClaim(t.Context(), j.net.ID, orgURI(host), network.Claim{OK: true, Fingerprint: print(1), Inbox: "https://" + host + "/ap/inbox"})
		}
		if errors.Is(err, node.ErrNotFound) { // never heard of
			if want[host] != "" {
				r.Errorf("%s is %s on the hub, and unknown here", host, want[host])
			}
			continue
		}
		if err != nil {
			r.Fatal(err)
		}
		got := line(t, j.Node, j.net.ID, orgURI(host)).Status
		if listed := want[host] != ""; listed && got != want[host] || !listed && (got == node.MemberActive || got == node.MemberSuspended) {
			r.Errorf("%s is %s here, %q on the hub", host, got, want[host])
		}
		if got := reads(t, j.Node, j.net.ID, host); got != (want[host] == node.MemberActive) {
			r.Errorf("%s is %q on the hub, and reads here = %v", host, want[host], got)
		}
	}
	if n := stored(t, j.Node, j.net.ID); n.State != node.NetworkActive {
		r.Errorf("we are %s", n.State)
	}
}

// TestAnyDecisionsMakeOneRoster: whatever coordinators decide and organizations
// do, the roster is what was decided, each version once, and the history tells it.
func TestAnyDecisionsMakeOneRoster(t *testing.T) {
	h := newHub(t)
	joins := 0
	rapid.Check(t, func(r *rapid.T) {
		for range rapid.IntRange(1, 20).Draw(r, "decisions") {
			host := rapid.SampledFrom(hosts).Draw(r, "host")
			before := stored(t, h.Node, h.net.ID).RosterVersion
			was := node.MemberStatus("")
			if all, err := h.Networks.Members(t.Context(), h.Admin, h.net.ID); err == nil {
				for _, m := range all {
					if m.OrganizationURI == orgURI(host) {
						was = m.Status
					}
				}
			}
			step := rapid.SampledFrom([]string{"join", "approve", "approve", "refuse", "suspend", "restore", "expel", "leave"}).Draw(r, "step")
			var err error
			switch step {
			case "join":
				joins++
				err = h.Networks.ReceiveJoin(t.Context(), h.application(host, 100+joins))
			case "approve":
				_, err = h.Networks.Approve(t.Context(), h.Admin, h.net.ID, orgURI(host))
			case "refuse":
				err = h.Networks.Refuse(t.Context(), h.Admin, h.net.ID, orgURI(host), "No")
			case "suspend":
				err = h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, orgURI(host))
			case "restore":
				err = h.Networks.Restore(t.Context(), h.Admin, h.net.ID, orgURI(host))
			case "expel":
				_, err = h.Networks.Expel(t.Context(), h.Operator, h.net.ID, orgURI(host))
			case "leave":
				err = h.Networks.ReceiveLeave(t.Context(), orgURI(host), h.net.URI)
			}
			want, changes := next(was, step)
			if (err == nil) != (want != "") {
				r.Fatalf("%s of one that was %q: %v, want %q", step, was, err, want)
			}
			n := stored(t, h.Node, h.net.ID)
			if got := n.RosterVersion - before; got != map[bool]int64{true: 1}[changes] {
				r.Fatalf("%s of one that was %q made %d versions", step, was, got)
			}
			if err != nil {
				continue
			}
			if got := line(t, h.Node, h.net.ID, orgURI(host)).Status; got != want {
				r.Fatalf("after %s one that was %q is %s, want %s", step, was, got, want)
			}
			roster, err := h.Networks.RosterFor(t.Context(), h.Admin, h.net.ID)
			if err != nil || roster.Digest != network.Digest(roster.Members) || changes && (roster.Changes[0].Status != want || roster.Changes[0].Version != n.RosterVersion) {
				r.Fatalf("after %s the roster is %+v, %v", step, roster, err)
			}
		}
	})
	h.Verify(t)
}

// next is what a step makes of a status, and whether the roster changes by it; ""
// if it cannot be done.
func next(was node.MemberStatus, step string) (becomes node.MemberStatus, changes bool) {
	active, suspended := was == node.MemberActive, was == node.MemberSuspended
	switch step {
	case "join":
		if active || suspended {
			return was, false
		}
		return node.MemberPending, false
	case "approve":
		if was == node.MemberPending {
			return node.MemberActive, true
		}
	case "refuse":
		if was == node.MemberPending {
			return node.MemberRefused, false
		}
	case "suspend":
		if active {
			return node.MemberSuspended, true
		}
	case "restore":
		if suspended {
			return node.MemberActive, true
		}
	case "expel":
		if active || suspended {
			return node.MemberExpelled, true
		}
	case "leave":
		switch {
		case active || suspended:
			return node.MemberLeft, true
		case was == node.MemberPending:
			return node.MemberLeft, false
		}
		return was, false // again, or never there
	}
	return "", false
}
