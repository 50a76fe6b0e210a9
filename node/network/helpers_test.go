package network_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// hub is a node that hosts a network.
type hub struct {
	*nodetest.Node
	net *node.Network
}

func newHub(t testing.TB) *hub {
	t.Helper()
	h := &hub{Node: nodetest.NewNode(t)}
	net, err := h.Networks.Found(t.Context(), h.Admin, network.NewNetwork{
		Name: "Progressive Tech", Handle: "ptp", Contact: "coordination@ptp.example", Lang: "en", Purpose: "We *share*.", Conduct: "Be kind.", Languages: []string{"en", "es"},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.net = net
	h.Admin, h.Operator = h.Viewer(t, "ada"), h.Viewer(t, "")
	h.drain(t)
	return h
}

// drain forgets what waits to be announced, so that a test sees only what comes.
func (h *hub) drain(t testing.TB) []node.Event { return drain(t, h.Node) }

func drain(t testing.TB, n *nodetest.Node) []node.Event {
	t.Helper()
	return n.TakeOutbox(t)
}

func write(t testing.TB, n *nodetest.Node, f func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := n.DB.Write(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// said puts announcements in words: verb, kind and to whom.
func said(list []node.Event) string {
	var out []string
	for _, e := range list {
		to := "members"
		switch {
		case e.Target != "":
			to = e.Target
		case e.Audience == node.Public:
			to = "everyone"
		}
		out = append(out, fmt.Sprintf("%s %s to %s", e.Verb, e.Kind, to))
	}
	return strings.Join(out, "\n")
}

func orgURI(host string) string { return "https://" + host + "/ap/organizations/1" }

func print(n int) string { return fmt.Sprintf("sha256:%064x", n) }

// application is what an organization on host sends, its nth Join.
func (h *hub) application(host string, n int) network.Application {
	return network.Application{
		Organization: &node.RemoteActor{
			ID: uuid.Must(uuid.NewV7()), URI: orgURI(host), Type: "Organization", Username: strings.Split(host, ".")[0], Host: host, Name: "Organization at " + host,
			Page: "https://" + host + "/", Inbox: orgURI(host) + "/inbox", SharedInbox: "https://" + host + "/ap/inbox", Languages: []string{"es"},
		},
		NodeURI: "https://" + host + "/ap/node", Origin: "https://" + host, Inbox: "https://" + host + "/ap/inbox", Fingerprint: print(1),
		Contact: "tech@" + host, JoinURI: fmt.Sprintf("https://%s/ap/activities/join-%d", host, n), HubURI: h.net.URI, Why: "We run phone banks",
	}
}

// member is an organization on host that asked, was admitted and claims it.
func (h *hub) member(t testing.TB, host string) *node.Membership {
	t.Helper()
	if err := h.Networks.ReceiveJoin(t.Context(), h.application(host, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Networks.Approve(t.Context(), h.Admin, h.net.ID, orgURI(host)); err != nil {
		t.Fatal(err)
	}
	claim(t, h.Node, h.net.ID, host)
	return line(t, h.Node, h.net.ID, orgURI(host))
}

// claim is that an organization on host says itself that it is a member.
func claim(t testing.TB, n *nodetest.Node, network_ uuid.UUID, host string) {
	t.Helper()
	c := network.Claim{OK: true, Inbox: "https://" + host + "/ap/inbox", Handle: "org@" + host, Name: "Org of " + host, Fingerprint: print(1)}
	if err := n.Networks.SetClaim(t.Context(), network_, orgURI(host), c); err != nil {
		t.Fatal(err)
	}
}

func line(t testing.TB, n *nodetest.Node, network_ uuid.UUID, org string) *node.Membership {
	t.Helper()
	var m *node.Membership
	write(t, n, func(ctx context.Context, tx *store.Tx) (err error) {
		m, err = tx.Membership(ctx, network_, org)
		return err
	})
	return m
}

func stored(t testing.TB, n *nodetest.Node, network_ uuid.UUID) *node.Network {
	t.Helper()
	var net *node.Network
	write(t, n, func(ctx context.Context, tx *store.Tx) (err error) {
		net, err = tx.Network(ctx, network_)
		return err
	})
	return net
}

// reads reports whether somebody on host reads what is for the network.
func reads(t testing.TB, n *nodetest.Node, network_ uuid.UUID, host string) bool {
	t.Helper()
	v, err := n.Networks.ViewerFor(t.Context(), "https://"+host+"/ap/people/1")
	if err != nil {
		t.Fatal(err)
	}
	if v.SignedIn() || v.Role != "" {
		t.Fatalf("a remote signer is %+v", v)
	}
	return slices.Contains(v.Networks, network_) && access.ScopeOf(v).Includes(node.NetworkOnly(network_))
}

// check fails unless err is the FieldError with this key, or nil for "".
func check(t testing.TB, what string, err error, key string) {
	t.Helper()
	if got := nodetest.Field(err); got != key || key == "" && err != nil {
		t.Errorf("%s: %v, want %q", what, err, key)
	}
}

// hubs stands for other servers' hubs.
type hubs struct {
	known map[string]*node.Network
	codes map[string]string // hash -> key of what is wrong with it
	asked int
}

func (d *hubs) Hub(_ context.Context, ref string) (*node.Network, error) {
	d.asked++
	if n, ok := d.known[ref]; ok {
		found := *n
		return &found, nil
	}
	return nil, node.Invalid("ref", "error.hub.none", "ref", ref)
}

func (d *hubs) Code(_ context.Context, _ *node.Network, hash string) error {
	if key := d.codes[hash]; key != "" {
		return node.Invalid("ref", key)
	}
	return nil
}

// remoteHub is a network as its hub on host describes it.
func remoteHub(host string) *node.Network {
	uri := "https://" + host + "/ap/networks/1"
	return &node.Network{
		URI: uri, Username: "ptp", Host: host, Name: "Network of " + host, Purpose: node.Text{"en": "<p>We <em>share</em>.</p>"}, Languages: []string{"en"},
		Page: "https://" + host + "/networks/ptp", Inbox: "https://" + host + "/ap/inbox", MembersURI: uri + "/members", NodeURI: "https://" + host + "/ap/node",
		HubKey: "zKeyOf" + host, Fingerprint: print(7),
	}
}

// guest is a node that joined a network whose hub is elsewhere.
type joined struct {
	*nodetest.Node
	hubs *hubs
	hub  *node.Network // as the hub describes it
	net  *node.Network // our row
	org  string        // our organization's actor
}

func newJoined(t testing.TB) *joined {
	t.Helper()
	j := applyTo(t, "hub.example")
	if err := j.Networks.ReceiveAccept(t.Context(), j.hub.URI, j.net.JoinURI, j.hub.URI+"/members/me"); err != nil {
		t.Fatal(err)
	}
	if err := j.Networks.ApplyRoster(t.Context(), j.net.ID, j.roster(1, j.active(j.org), j.active(orgURI("hub.example")))); err != nil {
		t.Fatal(err)
	}
	claim(t, j.Node, j.net.ID, "hub.example")
	j.refresh(t)
	drain(t, j.Node)
	return j
}

// applyTo is a node that asked to join and has no answer.
func applyTo(t testing.TB, host string) *joined {
	t.Helper()
	h := remoteHub(host)
	j := &joined{Node: nodetest.NewNode(t), hub: h, hubs: &hubs{known: map[string]*node.Network{"ptp@" + host: h, h.URI: h}, codes: map[string]string{}}}
	j.Networks.Lookup = j.hubs
	j.org = j.Origin.OrganizationURI(j.Organization.ID)
	net, err := j.Networks.Join(t.Context(), j.Admin, "ptp@"+host, "We want in")
	if err != nil {
		t.Fatal(err)
	}
	j.net = net
	return j
}

func (j *joined) refresh(t testing.TB) {
	t.Helper()
	j.net = stored(t, j.Node, j.net.ID)
	j.Admin, j.Operator = j.Viewer(t, "ada"), j.Viewer(t, "")
}

// active is a line of the roster of j's hub.
func (j *joined) active(org string) *node.Membership { return j.line(org, node.MemberActive) }

func (j *joined) line(org string, status node.MemberStatus) *node.Membership {
	origin, _, _ := strings.Cut(org, "/ap/")
	m := &node.Membership{
		NetworkID: j.net.ID, URI: j.hub.URI + "/members/" + uuid.NewSHA1(uuid.Nil, []byte(org)).String(), OrganizationURI: org, NodeURI: origin + "/ap/node",
		Kind: node.OwnNode, Status: status, Role: node.PlainMember, Fingerprint: print(1), Since: nodetest.Start,
	}
	if org == j.org {
		m.URI = j.hub.URI + "/members/me"
	}
	return m
}

func (j *joined) roster(version int64, lines ...*node.Membership) *network.Roster {
	r := &network.Roster{Version: version, Digest: network.Digest(lines), ETag: fmt.Sprintf(`"v%d"`, version), Members: lines, Raw: fmt.Appendf(nil, `{"v":%d}`, version)}
	for _, m := range lines {
		if m.Status == node.MemberActive {
			r.Total++
		}
	}
	return r
}

func (j *joined) apply(t testing.TB, r *network.Roster) {
	t.Helper()
	if err := j.Networks.ApplyRoster(t.Context(), j.net.ID, r); err != nil {
		t.Fatal(err)
	}
	j.refresh(t)
}

// notClaims are what an organization's document may say so that it counts for nothing.
func notClaims() map[string]network.Claim {
	return map[string]network.Claim{
		"no claim":     {Fingerprint: print(1)},
		"another key":  {OK: true, Fingerprint: print(9)},
		"another node": {OK: true, Fingerprint: print(1), NodeURI: "https://evil.example/ap/node"},
	}
}
