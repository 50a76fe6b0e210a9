package fedtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

const document = "application/activity+json"

// joined is a cluster whose first node is the hub of a network that the next
// members have joined, with codes and both sides' consent.
func joined(t *testing.T, members int, handles ...string) (*fedtest.Cluster, *node.Network) {
	t.Helper()
	c := fedtest.New(t, handles...)
	net := c.Nodes[0].Found("ptp")
	c.Nodes[0].Join(net, c.Nodes[1:1+members]...)
	return c, net
}

func organizationOf(n *fedtest.Node) string { return n.Origin.OrganizationURI(n.Admin.Organization) }

// lines is the roster as n knows it, by organization.
func lines(t *testing.T, n *fedtest.Node, hub string) map[string]*node.Membership {
	t.Helper()
	list, err := n.Network.Members(t.Context(), n.Admin, n.Member(hub).ID)
	if err != nil {
		t.Fatalf("members as %s knows them: %v", n.Handle, err)
	}
	all := map[string]*node.Membership{}
	for _, m := range list {
		all[m.OrganizationURI] = m
	}
	return all
}

// counts reports whether other is an effective member as n sees it.
func counts(t *testing.T, n, other *fedtest.Node, hub string) bool {
	t.Helper()
	m := lines(t, n, hub)[organizationOf(other)]
	return m != nil && m.Effective() && n.Member(hub).Effective(n.Options.Now())
}

// TestJoinTravels: an organization joins with a code, and everybody counts
// everybody as soon as both sides have said so (F01, federation.md 8.3).
func TestJoinTravels(t *testing.T) {
	c := fedtest.New(t, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	err := river.People.SaveOrganization(t.Context(), river.Admin, &node.Organization{Handle: "river", Name: "The river", Languages: []string{"en"}, Contact: "Bo, at the gate"})
	if err != nil {
		t.Fatal(err)
	}
	net := hub.Found("ptp")
	code, err := hub.Network.NewCode(t.Context(), hub.Admin, net.ID)
	if err != nil {
		t.Fatal(err)
	}
	look, err := river.Network.Preview(t.Context(), river.Admin, code)
	if err != nil {
		t.Fatal(err)
	}
	if look.Network.Name != net.Name || look.Network.Fingerprint == "" || look.Network.HubKey == "" || !look.Code || look.Member || look.Fingerprint == look.Network.Fingerprint {
		t.Errorf("what joining would be: %+v %+v", look, look.Network)
	}
	if _, err := river.Network.Join(t.Context(), river.Admin, code, "We run <phone> banks."); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if got := river.Member(net.URI); got.State != node.NetworkApplied {
		t.Errorf("before the hub answers it is %s", got.State)
	}
	waiting, err := hub.Network.Applications(t.Context(), hub.Admin, net.ID)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("applications: %+v, %v", waiting, err)
	}
	if m := waiting[0]; m.OrganizationURI != organizationOf(river) || m.Why != "We run <phone> banks." || m.Fingerprint != look.Fingerprint || m.NodeURI != river.Origin.Relay() || m.Inbox != river.Origin.SharedInbox() {
		t.Errorf("the application says %+v", m)
	}
	if counts(t, hub, river, net.URI) {
		t.Error("who has only asked counts")
	}
	if _, err := hub.Network.Approve(t.Context(), hub.Admin, net.ID, "river"); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	hub.Join(net, centro)
	for _, n := range c.Nodes {
		if got := n.Member(net.URI); got.State != node.NetworkActive || got.RosterVersion != hub.Member(net.URI).RosterVersion || got.RosterDigest != hub.Member(net.URI).RosterDigest {
			t.Errorf("%s: %s, roster %d %s", n.Handle, got.State, got.RosterVersion, got.RosterDigest)
		}
		for _, other := range c.Nodes {
			if !counts(t, n, other, net.URI) {
				t.Errorf("%s does not count %s: %+v", n.Handle, other.Handle, lines(t, n, net.URI)[organizationOf(other)])
			}
			if other != n && lines(t, n, net.URI)[organizationOf(other)].CaughtUpAt.IsZero() {
				t.Errorf("%s has not caught up with %s", n.Handle, other.Handle)
			}
		}
		history, err := n.Network.History(t.Context(), n.Admin, n.Member(net.URI).ID)
		if err != nil || len(history) < 3 {
			t.Errorf("history at %s: %+v, %v", n.Handle, history, err)
		}
	}
	for _, n := range []*fedtest.Node{river, centro} {
		for _, at := range []*fedtest.Node{n, hub} {
			if got := lines(t, at, net.URI)[organizationOf(n)].Ticks; !got.Complete() {
				t.Errorf("of the tests between the hub and %s %s knows %+v", n.Handle, at.Handle, got)
			}
		}
		if list := n.Home(); len(list) > 0 {
			t.Errorf("%s reads tests: %+v", n.Handle, list[0])
		}
	}
	for _, n := range []*fedtest.Node{hub, centro} {
		if got := lines(t, n, net.URI)[organizationOf(river)].Contact; got != "Bo, at the gate" {
			t.Errorf("%s reaches river by %q", n.Handle, got)
		}
	}
	if _, body := centro.Get(organizationOf(river), document); strings.Contains(body, "at the gate") {
		t.Error("the contact is in a public document")
	}
	i := river.PostTo(node.NetworkOnly(river.Member(net.URI).ID), "who has a projector?")
	c.Settle()
	for _, n := range []*fedtest.Node{hub, centro} {
		if find(n.Home(), i.URI) == nil {
			t.Errorf("%s does not read what river says to the network", n.Handle)
		}
	}
	clean(t, c)
}

// TestCodesThatCannotBeUsed: one sentence, and nothing half joined.
func TestCodesThatCannotBeUsed(t *testing.T) {
	c, net := joined(t, 1, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	fresh := func() string {
		t.Helper()
		code, err := hub.Network.NewCode(t.Context(), hub.Admin, net.ID)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	used, expired := fresh(), fresh()
	if _, err := centro.Network.Join(t.Context(), centro.Admin, used, ""); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if err := hub.Network.Refuse(t.Context(), hub.Admin, net.ID, "centro", "Ask again in spring."); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if got := centro.Member(net.URI); got.State != node.NetworkRefused || got.Reason != "Ask again in spring." {
		t.Errorf("refused: %s, %q", got.State, got.Reason)
	}
	c.Clock.Add(node.HubCodeLife + time.Hour)
	good := fresh()
	wrong := good[:len(good)-1] + "0"
	if wrong == good {
		wrong = good[:len(good)-1] + "1"
	}
	outside := fedtest.NewPeer(t, 1, "Group")
	for name, tt := range map[string]struct {
		n    *fedtest.Node
		ref  string
		want string
	}{
		"wrong":               {centro, wrong, "error.code.wrong"},
		"expired":             {centro, expired, "error.code.expired"},
		"garbled":             {centro, good[:len(good)-6], "error.code.form"},
		"of no network":       {centro, "nobody@" + hub.Origin.Host(), "error.hub.nobody"},
		"an organization":     {centro, "river@" + river.Origin.Host(), "error.hub.none"},
		"a group, and no hub": {centro, outside.Actor, "error.hub.none"},
		"one's own":           {hub, "ptp@" + hub.Origin.Host(), "error.hub.local"},
		"of a dead server":    {centro, "ptp@127.77.9.9:1", "error.hub.unreachable"},
		"nothing":             {centro, "", "error.hub.empty"},
	} {
		_, err := tt.n.Network.Join(t.Context(), tt.n.Admin, tt.ref, "")
		if got := nodetest.Field(err); got != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if _, err := river.Network.Join(t.Context(), river.Admin, good, ""); err == nil {
		t.Error("a member joins again")
	}
	if got := len(lines(t, hub, net.URI)); got > 3 {
		t.Errorf("%d lines", got)
	}
	if got := centro.Member(net.URI).State; got != node.NetworkRefused {
		t.Errorf("centro is %s", got)
	}
}

// forge is an activity as the hub signs it, sent to another node.
func forge(t *testing.T, hub, to *fedtest.Node, net *node.Network, doc map[string]any) int {
	t.Helper()
	doc["@context"], doc["actor"] = "https://www.w3.org/ns/activitystreams", net.URI
	doc["id"] = hub.Origin.ActivityURI(uuid.New())
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	status := hub.Send(net.ID, to.Origin.SharedInbox(), raw)
	return status
}

// TestA12ForgedAdd: an Add with the hub's own key admits nobody whom the roster does not tell.
func TestA12ForgedAdd(t *testing.T) {
	c, net := joined(t, 2, "hub", "river", "centro", "evil")
	hub, river, evil := c.Nodes[0], c.Nodes[1], c.Nodes[3]
	before := river.Member(net.URI)
	line := net.MembersURI + "/" + uuid.NewString()
	for _, object := range []any{line, map[string]any{
		"id": line, "type": "Relationship", "attributedTo": net.URI, "subject": organizationOf(evil), "object": net.URI, "relationship": "https://schema.org/memberOf",
		"node": evil.Origin.Relay(), "memberStatus": "active", "memberRole": "member",
	}} {
		for kind, more := range map[string]string{"Add": net.MembersURI, "Update": ""} {
			doc := map[string]any{"type": kind, "object": object, "to": []string{net.MembersURI}, "rosterVersion": before.RosterVersion + 5}
			if more != "" {
				doc["target"] = more
			}
			if got := forge(t, hub, river, net, doc); got != http.StatusAccepted {
				t.Errorf("%s is answered with %d", kind, got)
			}
		}
	}
	c.Settle()
	if got := lines(t, river, net.URI)[organizationOf(evil)]; got != nil {
		t.Errorf("river lists %+v", got)
	}
	if got := river.Member(net.URI); got.RosterVersion != before.RosterVersion || got.FailingSince != before.FailingSince {
		t.Errorf("the roster is %d since %s", got.RosterVersion, got.FailingSince)
	}
	i := river.PostTo(node.NetworkOnly(river.Member(net.URI).ID), "for members")
	c.Settle()
	if status, _ := evil.Get(i.URI, document); status != http.StatusNotFound {
		t.Errorf("evil reads it: %d", status)
	}
	if find(evil.Home(), i.URI) != nil {
		t.Error("evil was sent it")
	}
}

// TestA12EnrolledWithoutClaim: a hub can put whomever it likes on its roster; who
// does not say so itself is no member.
func TestA12EnrolledWithoutClaim(t *testing.T) {
	c, net := joined(t, 1, "hub", "river", "quiet")
	hub, river, quiet := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	enrol := func() {
		t.Helper()
		now := c.Clock.Now()
		err := hub.DB.Write(t.Context(), func(tx *store.Tx) error {
			id := uuid.New()
			return tx.PutMembership(t.Context(), &node.Membership{
				ID: id, NetworkID: net.ID, URI: hub.Origin.MembershipURI(net.ID, id), OrganizationURI: organizationOf(quiet), NodeURI: quiet.Origin.Relay(), Origin: string(quiet.Origin),
				Inbox: quiet.Origin.SharedInbox(), Handle: "quiet@" + quiet.Origin.Host(), Name: "Quiet", Kind: node.OwnNode, Status: node.MemberActive, Role: node.PlainMember, Since: now, UpdatedAt: now,
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := hub.Network.NameSuccessor(t.Context(), hub.Admin, net.ID, "river"); err != nil { // which makes a new version
			t.Fatal(err)
		}
	}
	enrol()
	c.Settle()
	m := lines(t, river, net.URI)[organizationOf(quiet)]
	if m == nil || m.Status != node.MemberActive {
		t.Fatalf("river's copy of the roster has %+v", m)
	}
	for _, n := range []*fedtest.Node{hub, river} {
		if counts(t, n, quiet, net.URI) {
			t.Errorf("%s counts who does not claim to be a member", n.Handle)
		}
		i := n.PostTo(node.NetworkOnly(n.Member(net.URI).ID), "for members")
		c.Settle()
		if status, _ := quiet.Get(i.URI, document); status != http.StatusNotFound {
			t.Errorf("quiet reads what %s says: %d", n.Handle, status)
		}
		if find(quiet.Home(), i.URI) != nil {
			t.Errorf("quiet was sent what %s says", n.Handle)
		}
	}
	c.Clock.Add(25 * time.Hour)
	c.Settle()
	if counts(t, river, quiet, net.URI) {
		t.Error("a day later it counts")
	}
}

// TestNetworkGoesOnWithoutItsHub: with the hub stopped members write to each
// other, and after 14 days they stop.
func TestNetworkGoesOnWithoutItsHub(t *testing.T) {
	c, net := joined(t, 2, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	hub.Stop()
	for _, after := range []time.Duration{0, 2 * time.Hour, 10 * 24 * time.Hour} {
		c.Clock.Add(after)
		c.Settle()
		i := river.PostTo(node.NetworkOnly(river.Member(net.URI).ID), "the hub is down")
		c.Settle()
		if find(centro.Home(), i.URI) == nil {
			t.Errorf("%s later centro does not read it", after)
		}
		if status, _ := centro.Get(i.URI, document); status != http.StatusOK {
			t.Errorf("%s later centro fetches it with %d", after, status)
		}
	}
	if river.Member(net.URI).FailingSince.IsZero() {
		t.Error("river does not note that the hub does not answer")
	}
	c.Clock.Add(5 * 24 * time.Hour)
	c.Settle()
	river.Again()
	if counts(t, river, centro, net.URI) {
		t.Error("a roster of 15 days counts")
	}
	hub.Start()
	c.Clock.Add(2 * time.Hour)
	c.Settle()
	if !counts(t, river, centro, net.URI) || !river.Member(net.URI).FailingSince.IsZero() {
		t.Errorf("with the hub back: %+v", river.Member(net.URI))
	}
}

// TestS6Expelled: cut at once, everywhere, and told why.
func TestS6Expelled(t *testing.T) {
	c, net := joined(t, 3, "hub", "river", "centro", "loud")
	hub, river, loud := c.Nodes[0], c.Nodes[1], c.Nodes[3]
	old := river.PostTo(node.NetworkOnly(river.Member(net.URI).ID), "before")
	c.Settle()
	if status, _ := loud.Get(old.URI, document); status != http.StatusOK {
		t.Fatalf("a member reads with %d", status)
	}
	if done, err := hub.Network.Expel(t.Context(), hub.Admin, net.ID, "loud"); err != nil || !done {
		t.Fatal(done, err)
	}
	c.Settle()
	for _, n := range c.Nodes[:3] {
		if m := lines(t, n, net.URI)[organizationOf(loud)]; m != nil && m.Status != node.MemberExpelled {
			t.Errorf("%s has loud as %s", n.Handle, m.Status)
		}
	}
	if status, _ := loud.Get(old.URI, document); status != http.StatusNotFound {
		t.Errorf("it still reads: %d", status)
	}
	if got := loud.Member(net.URI).State; got != node.NetworkExpelled {
		t.Errorf("it is %s itself", got)
	}
	i := river.PostTo(node.NetworkOnly(river.Member(net.URI).ID), "after")
	c.Settle()
	if find(loud.Home(), i.URI) != nil {
		t.Error("it is still sent what is for members")
	}
	_, body := loud.Get(net.MembersURI, document)
	if strings.Contains(body, "orderedItems") {
		t.Error("it still reads the roster")
	}
}

// TestA12SuspendedByPush: what narrows acts before the roster is asked, and only from the hub.
func TestA12SuspendedByPush(t *testing.T) {
	c, net := joined(t, 2, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	line := lines(t, river, net.URI)[organizationOf(centro)]
	remove := func() map[string]any {
		return map[string]any{"type": "Remove", "object": line.URI, "target": net.MembersURI, "to": []string{net.MembersURI}, "rosterVersion": river.Member(net.URI).RosterVersion + 1}
	}
	// By another member, with whatever it says.
	doc := remove()
	doc["@context"], doc["actor"], doc["id"] = "https://www.w3.org/ns/activitystreams", organizationOf(centro), centro.Origin.ActivityURI(uuid.New())
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	centro.Send(centro.Admin.Organization, river.Origin.SharedInbox(), raw)
	// By the hub, about another roster.
	doc = remove()
	doc["target"] = net.URI + "/others"
	forge(t, hub, river, net, doc)
	hub.Stop() // or its roster would mend what is wrong
	c.Settle()
	if !counts(t, river, centro, net.URI) {
		t.Fatal("a foreign Remove has an effect")
	}
	hub.Start()
	c.Clock.Add(2 * time.Hour)
	c.Settle()
	doc = remove()
	doc["rosterVersion"] = 1
	forge(t, hub, river, net, doc)
	if _, err := river.App.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !counts(t, river, centro, net.URI) {
		t.Fatal("an old Remove has an effect")
	}
	forge(t, hub, river, net, remove())
	hub.Stop() // it cannot be asked
	for range 3 {
		if _, err := river.App.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if counts(t, river, centro, net.URI) {
		t.Error("the hub's Remove has no effect")
	}
	hub.Start()
	c.Clock.Add(2 * time.Hour)
	c.Settle()
	if !counts(t, river, centro, net.URI) {
		t.Error("the roster is not believed over a Remove that was not true")
	}
}

// TestLeaveWithoutTheHub: who leaves tells the members itself.
func TestLeaveWithoutTheHub(t *testing.T) {
	c, net := joined(t, 2, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	hub.Stop()
	if err := centro.Network.Leave(t.Context(), centro.Admin, centro.Member(net.URI).ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if counts(t, river, centro, net.URI) {
		t.Error("river still counts centro")
	}
	i := river.PostTo(node.NetworkOnly(river.Member(net.URI).ID), "after")
	c.Settle()
	if status, _ := centro.Get(i.URI, document); status != http.StatusNotFound {
		t.Errorf("centro still reads: %d", status)
	}
	hub.Start()
	c.Clock.Add(2 * time.Hour)
	c.Settle()
	if m := lines(t, hub, net.URI)[organizationOf(centro)]; m != nil && m.Status != node.MemberLeft {
		t.Errorf("the hub has centro as %s", m.Status)
	}
	if counts(t, river, centro, net.URI) {
		t.Error("after the hub is back river counts centro again")
	}
}

// TestR23PartitionConverges: two days apart, and then everything arrives once.
func TestR23PartitionConverges(t *testing.T) {
	c, net := joined(t, 2, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	centro.Stop()
	var said []string
	for range 4 {
		c.Clock.Add(12 * time.Hour)
		c.Settle()
		said = append(said, river.PostTo(node.NetworkOnly(river.Member(net.URI).ID), "while centro is away").URI)
		c.Settle()
	}
	centro.Start()
	centro.Again()
	for range 3 {
		c.Clock.Add(7 * time.Hour)
		c.Settle()
	}
	home := centro.Home()
	for _, uri := range said {
		n := 0
		for _, i := range home {
			if i.URI == uri {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is there %d times", uri, n)
		}
	}
	for _, n := range []*fedtest.Node{hub, river, centro} {
		for _, other := range []*fedtest.Node{hub, river, centro} {
			if !counts(t, n, other, net.URI) {
				t.Errorf("%s does not count %s", n.Handle, other.Handle)
			}
		}
	}
}

// TestTwoNetworks: what is said to one does not reach who is only in the other.
func TestTwoNetworks(t *testing.T) {
	c, first := joined(t, 1, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	second := hub.Found("second")
	hub.Join(second, river, centro)
	i := river.PostTo(node.NetworkOnly(river.Member(first.URI).ID), "for the first")
	both := river.PostTo(node.Networks, "for all of ours")
	c.Settle()
	if find(centro.Home(), i.URI) != nil || find(hub.Home(), i.URI) == nil {
		t.Error("what is for the first network is not with its members alone")
	}
	if find(centro.Home(), both.URI) == nil || find(hub.Home(), both.URI) == nil {
		t.Error("what is for all networks is not with all members")
	}
	if got, err := river.Network.Networks(t.Context(), river.Admin); err != nil || len(got) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestRostersAreCompared: who is behind hears of it from another member, without the hub's word.
func TestRostersAreCompared(t *testing.T) {
	c, net := joined(t, 2, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	set := func(n *fedtest.Node, change func(*node.Network)) {
		t.Helper()
		err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
			row, err := tx.NetworkByURI(t.Context(), net.URI)
			if err != nil {
				return err
			}
			change(row)
			return tx.PutNetwork(t.Context(), row)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	version := river.Member(net.URI).RosterVersion
	for name, behind := range map[string]*fedtest.Node{"who is written to": centro, "who writes": river} {
		set(behind, func(n *node.Network) { n.RosterVersion-- })
		river.PostTo(node.NetworkOnly(river.Member(net.URI).ID), "by the newest roster")
		c.Settle()
		if got := behind.Member(net.URI).RosterVersion; got != version {
			t.Errorf("%s has version %d, want %d", name, got, version)
		}
	}
	if !river.Member(net.URI).DiffersAt.IsZero() || !centro.Member(net.URI).DiffersAt.IsZero() {
		t.Error("who was behind is said to be told something else")
	}
	set(river, func(n *node.Network) { n.RosterDigest = strings.Repeat("0", 64) })
	river.PostTo(node.NetworkOnly(river.Member(net.URI).ID), "by another roster")
	c.Settle()
	if river.Member(net.URI).DiffersAt.IsZero() || centro.Member(net.URI).DiffersAt.IsZero() {
		t.Error("two rosters of one version, and nobody notes it")
	}
	if got := hub.Member(net.URI); !got.DiffersAt.IsZero() {
		t.Error("the hub notes it of itself")
	}
}
