package network_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/store"
)

func TestRosterThatIsNotTaken(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	hubOrg, east := orgURI("hub.example"), orgURI("east.example")
	j.apply(t, j.roster(5, j.active(j.org), j.active(hubOrg)))
	bend := func(m *node.Membership, f func(*node.Membership)) *node.Membership { f(m); return m }
	for name, c := range map[string]struct {
		r    *network.Roster
		want error
	}{
		"lower version":      {j.roster(4, j.active(j.org), j.active(east)), network.ErrOlder},
		"no version":         {j.roster(0, j.active(j.org)), network.ErrForeign},
		"another network's":  {j.roster(6, j.active(j.org), bend(j.active(east), func(m *node.Membership) { m.NetworkID = uuid.Must(uuid.NewV7()) })), network.ErrForeign},
		"another hub's line": {j.roster(6, j.active(j.org), bend(j.active(east), func(m *node.Membership) { m.URI = "https://evil.example/members/1" })), network.ErrForeign},
		"a line of no hub":   {j.roster(6, j.active(j.org), bend(j.active(east), func(m *node.Membership) { m.URI = "" })), network.ErrForeign},
		"no organization":    {j.roster(6, j.active(j.org), bend(j.active(east), func(m *node.Membership) { m.OrganizationURI = "east" })), network.ErrForeign},
		"one twice":          {j.roster(6, j.active(j.org), j.active(east), j.line(east, node.MemberSuspended)), network.ErrForeign},
		"pending":            {j.roster(6, j.active(j.org), j.line(east, node.MemberPending)), network.ErrForeign},
		"unknown role":       {j.roster(6, j.active(j.org), bend(j.active(east), func(m *node.Membership) { m.Role = "owner" })), network.ErrForeign},
		"no members":         {j.roster(6), network.ErrForeign},
		"wrong digest":       {func() *network.Roster { r := j.roster(6, j.active(j.org)); r.Digest = network.Digest(nil); return r }(), network.ErrForeign},
		"another's document": {func() *network.Roster { r := j.roster(6, j.active(j.org)); r.Hub = remoteHub("evil.example"); return r }(), network.ErrForeign},
	} {
		err := j.Networks.ApplyRoster(t.Context(), j.net.ID, c.r)
		if !errors.Is(err, c.want) || !errors.Is(err, node.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
		if n := stored(t, j.Node, j.net.ID); n.RosterVersion != 5 || n.State != node.NetworkActive || n.URI != j.hub.URI {
			t.Errorf("%s changed the network to %+v", name, n)
		}
		if reads(t, j.Node, j.net.ID, "east.example") {
			t.Errorf("%s let somebody in", name)
		}
	}
	if err := j.Networks.ApplyRoster(t.Context(), uuid.Must(uuid.NewV7()), j.roster(6, j.active(j.org))); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a roster of no network: %v", err)
	}
	h := newHub(t)
	if err := h.Networks.ApplyRoster(t.Context(), h.net.ID, j.roster(9, j.active(j.org))); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("a roster for a hub: %v", err)
	}
	j.Verify(t)
}

// TestTwoRostersOfOneVersion: a hub that tells members different things is noticed.
func TestTwoRostersOfOneVersion(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	err := j.Networks.ApplyRoster(t.Context(), j.net.ID, j.roster(1, j.active(j.org), j.active(orgURI("evil.example"))))
	if !errors.Is(err, network.ErrDiffers) || !errors.Is(err, node.ErrConflict) {
		t.Errorf("another roster of the same version: %v", err)
	}
	if n := stored(t, j.Node, j.net.ID); n.DiffersAt.IsZero() {
		t.Error("it is not noted")
	}
	j.apply(t, j.roster(2, j.active(j.org)))
	if !j.net.DiffersAt.IsZero() {
		t.Error("a newer version does not settle it")
	}
	if err := j.Networks.RosterDiffers(t.Context(), j.net.ID); err != nil || stored(t, j.Node, j.net.ID).DiffersAt.IsZero() {
		t.Errorf("told by a member: %v", err)
	}
}

// TestA12RosterInAMember is A12 from the side of a member: hub's list, own claim, one origin.
func TestA12RosterInAMember(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	const host = "east.example"
	j.apply(t, j.roster(2, j.active(j.org), j.active(orgURI("hub.example")), j.active(orgURI(host))))
	if reads(t, j.Node, j.net.ID, host) {
		t.Error("the hub's list alone lets somebody in")
	}
	due, err := j.Networks.DueClaims(t.Context())
	if err != nil || len(due) != 1 || due[0].OrganizationURI != orgURI(host) {
		t.Fatalf("to be asked are %+v, %v", due, err)
	}
	for name, c := range notClaims() {
		if err := j.Networks.SetClaim(t.Context(), j.net.ID, orgURI(host), c); err != nil || reads(t, j.Node, j.net.ID, host) {
			t.Errorf("%s lets somebody in: %v", name, err)
		}
	}
	claim(t, j.Node, j.net.ID, host)
	if !reads(t, j.Node, j.net.ID, host) {
		t.Error("both together do not")
	}
	j.apply(t, j.roster(3, j.active(j.org), j.active(orgURI("hub.example")), j.active(orgURI(host))))
	if !reads(t, j.Node, j.net.ID, host) {
		t.Error("an unchanged line lost its claim")
	}
	key := j.active(orgURI(host))
	key.Fingerprint = print(2)
	j.apply(t, j.roster(4, j.active(j.org), j.active(orgURI("hub.example")), key))
	if reads(t, j.Node, j.net.ID, host) {
		t.Error("a new key counts before its node shows it")
	}
	apart := j.active(orgURI("apart.example"))
	apart.NodeURI = "https://elsewhere.example/ap/node"
	j.apply(t, j.roster(5, j.active(j.org), apart))
	if err := j.Networks.SetClaim(t.Context(), j.net.ID, apart.OrganizationURI, network.Claim{OK: true, NodeURI: apart.NodeURI, Fingerprint: print(1), Inbox: "https://apart.example/ap/inbox"}); err != nil {
		t.Fatal(err)
	}
	if reads(t, j.Node, j.net.ID, "apart.example") || reads(t, j.Node, j.net.ID, "elsewhere.example") {
		t.Error("organization and node of two origins count")
	}
	// An inbox elsewhere is not taken over, whoever says so.
	j.apply(t, j.roster(6, j.active(j.org), j.active(orgURI("west.example"))))
	if err := j.Networks.SetClaim(t.Context(), j.net.ID, orgURI("west.example"), network.Claim{OK: true, Inbox: "https://evil.example/inbox"}); err != nil {
		t.Fatal(err)
	}
	if m := line(t, j.Node, j.net.ID, orgURI("west.example")); m.Inbox != "" || !m.Claim {
		t.Errorf("with an inbox elsewhere it is %+v", m)
	}
	j.Verify(t)
}

// TestRosterTooOld: after 14 days without the hub nothing is served or sent; what
// the hub confirms counts anew.
func TestRosterTooOld(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	in := func() bool { return reads(t, j.Node, j.net.ID, "hub.example") }
	j.Clock.Add(node.RosterLimit - time.Millisecond)
	if !in() || len(j.Viewer(t, "ada").Active) != 1 {
		t.Error("before 14 days it ends")
	}
	j.Clock.Add(time.Millisecond)
	if in() || len(j.Viewer(t, "ada").Active) != 0 || len(j.Viewer(t, "ada").Networks) != 1 {
		t.Error("after 14 days it goes on")
	}
	if err := j.Networks.RosterUnchanged(t.Context(), j.net.ID); err != nil || !in() {
		t.Errorf("confirmed, it does not count: %v", err)
	}
	if err := j.Networks.RosterFailed(t.Context(), j.net.ID, false); err != nil || !in() {
		t.Errorf("a failure ends it: %v", err)
	}
	if err := j.Networks.RosterFailed(t.Context(), j.net.ID, true); err != nil || in() {
		t.Errorf("a hub that is gone does not: %v", err)
	}
	j.apply(t, j.roster(2, j.active(j.org), j.active(orgURI("hub.example"))))
	if !in() || !j.net.GoneAt.IsZero() || !j.net.FailingSince.IsZero() {
		t.Error("a hub that is back does not count")
	}
}

func TestDueRosters(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	due := func() bool {
		t.Helper()
		list, err := j.Networks.DueRosters(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(list) == 1
	}
	if due() {
		t.Error("a fresh copy is due")
	}
	j.Clock.Add(node.RosterFresh)
	if !due() {
		t.Error("an hour later it is not")
	}
	// Backing off: 1 minute, 5, 30, an hour, and so on.
	for i, wait := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, time.Hour, time.Hour} {
		if err := j.Networks.RosterFailed(t.Context(), j.net.ID, false); err != nil {
			t.Fatal(err)
		}
		j.Clock.Add(wait - time.Millisecond)
		if due() {
			t.Errorf("failure %d: due before %v", i, wait)
		}
		j.Clock.Add(time.Millisecond)
		if !due() {
			t.Errorf("failure %d: not due after %v", i, wait)
		}
	}
	j.apply(t, j.roster(2, j.active(j.org)))
	if due() {
		t.Error("a copy that just came is due")
	}
	for version := int64(1); version <= 3; version++ {
		if err := j.Networks.ReceiveHint(t.Context(), j.hub.URI, version); err != nil || due() != (version == 3) {
			t.Errorf("hint of %d: due = %v, %v", version, due(), err)
		}
	}
	if err := j.Networks.ReceiveHint(t.Context(), "https://evil.example/ap/networks/1", 99); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a hint of another: %v", err)
	}
	// Hinted, and the hub shows what we have: once more, and then that is the truth.
	j.apply(t, j.roster(2, j.active(j.org)))
	if !due() {
		t.Error("after a hint it is content with the old one")
	}
	j.apply(t, j.roster(2, j.active(j.org)))
	if due() {
		t.Error("it asks again and again")
	}
	if h := newHub(t); h != nil {
		h.Clock.Add(48 * time.Hour)
		if list, err := h.Networks.DueRosters(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("a hub asks itself: %+v, %v", list, err)
		}
	}
}

func TestDueClaims(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	const host = "east.example"
	j.apply(t, j.roster(2, j.active(j.org), j.active(orgURI("hub.example")), j.active(orgURI(host))))
	due := func(host string) bool {
		t.Helper()
		list, err := j.Networks.DueClaims(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			if m.OrganizationURI == j.org {
				t.Error("we ask ourselves")
			}
			if m.OrganizationURI == orgURI(host) {
				return true
			}
		}
		return false
	}
	if !due(host) || due("hub.example") {
		t.Error("due is not who was never asked")
	}
	// It claims nothing: asked again after ever longer times.
	last := j.Clock.Now()
	for i := range 12 {
		if err := j.Networks.SetClaim(t.Context(), j.net.ID, orgURI(host), network.Claim{}); err != nil {
			t.Fatal(err)
		}
		asked := j.Clock.Now()
		for !due(host) {
			j.Clock.Add(time.Minute)
		}
		if wait := j.Clock.Now().Sub(asked); i > 1 && wait < asked.Sub(last) || wait > 24*time.Hour || wait < time.Minute {
			t.Errorf("asked %v later the %dth time, after %v", wait, i, asked.Sub(last))
		}
		last = asked
	}
	claim(t, j.Node, j.net.ID, host)
	claim(t, j.Node, j.net.ID, "hub.example")
	j.Clock.Add(24*time.Hour - time.Millisecond)
	if due(host) {
		t.Error("due again within a day")
	}
	j.Clock.Add(time.Millisecond)
	if !due(host) {
		t.Error("not due after a day")
	}
	if err := j.Networks.ClaimFailed(t.Context(), j.net.ID, orgURI(host)); err != nil || due(host) || !line(t, j.Node, j.net.ID, orgURI(host)).Claim {
		t.Errorf("who could not be asked is asked at once, or lost: %v", err)
	}
	j.Clock.Add(time.Hour)
	if !due(host) {
		t.Error("who could not be asked is not asked an hour later")
	}
	claim(t, j.Node, j.net.ID, host)
	if err := j.Networks.ReceiveClaimHint(t.Context(), orgURI(host)); err != nil || !due(host) {
		t.Errorf("a changed document is not looked at: %v", err)
	}
	// The hub tells that somebody claims now: who claimed nothing is asked again.
	claim(t, j.Node, j.net.ID, "hub.example")
	if err := j.Networks.SetClaim(t.Context(), j.net.ID, orgURI(host), network.Claim{}); err != nil || due(host) {
		t.Fatal(err)
	}
	if err := j.Networks.ReceiveHint(t.Context(), j.hub.URI, 2); err != nil || !due(host) || due("hub.example") {
		t.Errorf("after the hub's hint: %v", err)
	}
}

func TestDueCatchUps(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	due := func() int {
		t.Helper()
		list, err := j.Networks.DueCatchUps(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if due() != 1 {
		t.Error("a member that was never asked is not due")
	}
	if err := j.Networks.CaughtUp(t.Context(), j.net.ID, orgURI("hub.example"), j.Clock.Now()); err != nil || due() != 0 {
		t.Errorf("caught up, it is due: %v", err)
	}
	j.Clock.Add(6 * time.Hour)
	if due() != 1 {
		t.Error("six hours later it is not due")
	}
	if err := j.Networks.SetClaim(t.Context(), j.net.ID, orgURI("hub.example"), network.Claim{}); err != nil || due() != 0 {
		t.Errorf("who is no effective member is due: %v", err)
	}
}

// TestTheHubsKey: a new key is taken from the hub's own document, and every member reads that it was.
func TestTheHubsKey(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	changed := remoteHub("hub.example")
	changed.HubKey, changed.Name, changed.Purpose = "zAnother", "New name", node.Text{"es": "<p>Otro</p>"}
	r := j.roster(2, j.active(j.org))
	r.Hub = changed
	r.Changes = []node.RosterChange{
		{Version: 2, OrganizationURI: orgURI("hub.example"), Name: "Hub", Status: node.MemberExpelled, By: "ada@hub.example\u202e", At: j.Clock.Now()},
		{Version: 1, OrganizationURI: j.org, Name: "Riverside", Status: node.MemberActive, By: "ada@hub.example", At: j.Clock.Now()},
	}
	j.apply(t, r)
	if j.net.HubKey != "zAnother" || j.net.Name != "New name" || j.net.Purpose["es"] != "<p>Otro</p>" {
		t.Errorf("the network is %+v", j.net)
	}
	history, err := j.Networks.History(t.Context(), j.Admin, j.net.ID)
	if err != nil || len(history) != 3 || history[0].OrganizationURI != orgURI("hub.example") && history[1].OrganizationURI != orgURI("hub.example") {
		t.Fatalf("the history is %+v, %v", history, err)
	}
	found := false
	for _, c := range history {
		found = found || c.OrganizationURI == j.hub.URI && c.By == "zAnother"
		if c.By == "ada@hub.example\u202e" {
			t.Error("the history is written in whatever letters")
		}
	}
	if !found {
		t.Error("nobody reads of the new key")
	}
	if m := line(t, j.Node, j.net.ID, orgURI("hub.example")); m.Status != node.MemberExpelled {
		t.Errorf("who is listed no more, and was expelled, is %s", m.Status)
	}
}

func TestKeptRosters(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	for v := int64(2); v <= 30; v++ {
		j.Clock.Add(time.Second)
		j.apply(t, j.roster(v, j.active(j.org)))
	}
	write(t, j.Node, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.CountRosters(ctx, j.net.ID)
		if err != nil {
			return err
		}
		version, raw, err := tx.SignedRoster(ctx, j.net.ID)
		if n != 20 || version != 30 || string(raw) != `{"v":30}` {
			t.Errorf("%d rosters are kept, the newest is %d: %s", n, version, raw)
		}
		return err
	})
}
