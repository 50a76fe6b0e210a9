package ui_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/store"
)

// harbor is a member of ptp, north asks to be one.
const (
	harbor = "harbor@harbor.example"
	north  = "north@north.example"
)

// put stores rows about networks.
func (w *world) put(f func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

// found makes ptp, whose hub is this node, with harbor in it and north at its door.
func (w *world) found() *node.Network {
	w.t.Helper()
	n, err := w.network.Found(w.t.Context(), w.viewer("ada"), network.NewNetwork{
		Name: "Common Ground", Handle: "ptp", Lang: "en", Purpose: "We share **tools**.", Conduct: "Listen first.", Languages: []string{"en", "es"}, Contact: "https://commonground.example/call",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.join(n, w.line(harbor, "Harbor Street Mutual Aid"))
	asks := w.line(north, "North Pier")
	asks.Status, asks.JoinURI, asks.Why, asks.Contact = node.MemberPending, "https://north.example/ap/activities/1", "CANARY-WHY we run phone banks", "CANARY-CONTACT 555"
	w.join(n, asks)
	return n
}

// line is an organization of another server, as an active member.
func (w *world) line(handle, name string) *node.Membership {
	user, host, _ := strings.Cut(handle, "@")
	base := "https://" + host
	return &node.Membership{
		ID: uuid.Must(uuid.NewV7()), URI: string(origin) + "/ap/memberships/" + user, OrganizationURI: base + "/ap/organizations/" + user, NodeURI: base + "/ap/node",
		Origin: base, Inbox: base + "/ap/inbox", Handle: handle, Name: name, Place: "Harbor Street", Languages: []string{"es"}, Page: base, Kind: node.OwnNode,
		Status: node.MemberActive, Role: node.PlainMember, Claim: true, Since: start, UpdatedAt: start, Fingerprint: "sha256:" + strings.Repeat("9f2c", 16),
	}
}

func (w *world) join(n *node.Network, m *node.Membership) {
	w.t.Helper()
	m.NetworkID = n.ID
	w.put(func(tx *store.Tx) error { return tx.PutMembership(w.t.Context(), m) })
}

// abroad is a network whose hub is elsewhere, with us and harbor in it.
func (w *world) abroad(change ...func(*node.Network)) *node.Network {
	w.t.Helper()
	n := &node.Network{
		ID: uuid.Must(uuid.NewV7()), URI: "https://hub.example/ap/networks/1", Username: "commons", Host: "hub.example", Name: "The Commons", Purpose: node.Text{"en": "<p>Being <b>one</b></p>"},
		Languages: []string{"en"}, Contact: "call Lena", Page: "https://hub.example/networks/commons", Inbox: "https://hub.example/ap/networks/1/inbox",
		MembersURI: "https://hub.example/ap/networks/1/members", NodeURI: "https://hub.example/ap/node", State: node.NetworkActive, JoinURI: string(origin) + "/ap/activities/7",
		RosterVersion: 48, RosterDigest: strings.Repeat("c33f", 16), FetchedAt: start, CreatedAt: start, UpdatedAt: start, Version: 1,
	}
	for _, f := range change {
		f(n)
	}
	w.put(func(tx *store.Tx) error { return tx.PutNetwork(w.t.Context(), n) })
	own := w.line("riverbend@node.example", "Riverbend")
	own.OrganizationURI, own.Origin = origin.OrganizationURI(w.organization.ID), string(origin)
	w.join(n, own)
	w.join(n, w.line(harbor, "Harbor Street Mutual Aid"))
	return n
}

func TestNoNetworkYet(t *testing.T) {
	w := newWorld(t)
	p := w.get("ada", "/network")
	if p.Status != 200 || !p.has("main a.act.main[href=/admin/networks]") || !p.has("main a[href=/admin/hub/new]") {
		t.Errorf("an admin sees no way to begin: %s", p.said("main"))
	}
	p = w.get("mia", "/network")
	if p.has("main a[href=/admin/networks]") || !strings.Contains(p.said("main"), "admin") {
		t.Errorf("a member is offered what only admins may do: %s", p.said("main"))
	}
	if !p.has("nav.wire a[href=/network][aria-current=page]") || w.get("", "/").has("nav.wire a[href=/network]") {
		t.Error("the menu leads visitors to the network, or nobody")
	}
}

func TestNetworkPages(t *testing.T) {
	w := newWorld(t)
	w.found()
	p := w.get("mia", "/network")
	if p.said("h1") != "Common Ground" || !strings.Contains(p.said("main"), "2 organizations") || !p.has("main .prose strong") || !p.has("a[href=https://commonground.example/call]") {
		t.Errorf("the page of the network says: %s", p.said("main"))
	}
	if p.has("a[href=/admin/hub/ptp]") || !w.get("ada", "/network").has("a[href=/admin/hub/ptp]") {
		t.Error("the way to coordinating is there for everybody, or for nobody")
	}
	for _, link := range []string{"/network/organizations", "/search", "/skills", "/mentoring", "/network/status"} {
		if !p.has("nav.tabs a[href=" + link + "]") {
			t.Errorf("no way to %s", link)
		}
	}
	p = w.get("mia", "/network/organizations")
	if rows := p.said("tbody tr"); strings.Count(rows, "|") != 1 || !strings.Contains(rows, "Harbor Street Mutual Aid") || !strings.Contains(rows, "Spanish") || !strings.Contains(rows, "your organization") {
		t.Errorf("the list says: %s", rows)
	}
	if len(p.all("svg.map circle")) != 3 || !strings.Contains(p.said("svg desc"), "2 organizations") {
		t.Errorf("the map says: %s", p.said("svg"))
	}
	if strings.Contains(p.Body, "North Pier") || strings.Contains(p.Body, "CANARY") {
		t.Error("who asks to join is among the members")
	}
	p = w.get("mia", "/network/organizations/"+harbor)
	if p.said("h1") != "Harbor Street Mutual Aid" || !p.has("a[href=/search?organization=harbor%40harbor.example]") || !p.has("a[href=/@"+harbor+"]") {
		t.Errorf("the page of an organization says: %s", p.said("main"))
	}
	if got := w.get("mia", "/network/organizations/nobody@nowhere.example").Status; got != http.StatusNotFound {
		t.Errorf("an organization that is not there: %d", got)
	}
}

// What only members and coordinators may know shows to nobody else.
func TestE2NetworkPagesTellVisitorsNothing(t *testing.T) {
	w := newWorld(t)
	n := w.found()
	secret := []string{"Harbor", "North Pier", "CANARY", "harbor.example", "9f2c"}
	for _, route := range w.engine.Routes() {
		if !strings.Contains(route.Path, "/network") && !strings.HasPrefix(route.Path, "/admin/hub") && route.Path != "/admin/leaves" {
			continue
		}
		path := strings.NewReplacer(":username", "ptp", ":network", map[bool]string{true: n.ID.String(), false: "ptp"}[strings.HasPrefix(route.Path, "/admin/networks")], ":handle", harbor, ":org", north).Replace(route.Path)
		for _, lang := range []string{"en", "es"} {
			var p *page
			if route.Method == http.MethodPost {
				p = w.post("", path, url.Values{"do": {"approve"}})
			} else {
				p = w.in(lang, "", path)
			}
			if public := route.Path == "/networks/:username"; public != (p.Status == 200) || !public && p.Status != http.StatusForbidden {
				t.Errorf("%s %s answers a visitor %d", route.Method, path, p.Status)
			}
			for _, word := range secret {
				if strings.Contains(strings.ReplaceAll(p.Body, harbor, ""), word) { // the links to other languages repeat the address
					t.Errorf("%s %s tells a visitor %q", route.Method, path, word)
				}
			}
		}
	}
	for _, path := range []string{"/network", "/network/organizations", "/network/organizations/" + harbor, "/network/status"} {
		if body := w.get("edi", path).Body; strings.Contains(body, "CANARY") || strings.Contains(body, "North Pier") {
			t.Errorf("%s tells an editor who asks to join", path)
		}
	}
	if p := w.get("", "/networks/ptp"); !strings.Contains(p.said("main"), "2 organizations") || !p.has("main .prose strong") {
		t.Errorf("the public page says: %s", p.said("main"))
	}
	for _, path := range []string{"/networks/nothing", "/networks/riverbend"} {
		if got := w.get("", path).Status; got != http.StatusNotFound {
			t.Errorf("%s: %d", path, got)
		}
	}
}

// Each thing that is wrong with a network says so, with its cure for admins.
func TestNetworkBanners(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*node.Network)
		class  string // of the notice; empty if there is none
		says   string
		lead   bool // admins find the way to the successor
	}{
		{"well", nil, "", "", false},
		{"a day without the hub", func(n *node.Network) { n.FetchedAt = start.Add(-25 * time.Hour) }, "care", "not answering", false},
		{"fourteen days", func(n *node.Network) { n.FetchedAt = start.Add(-node.RosterLimit) }, "bad", "14 days", true},
		{"the hub is gone", func(n *node.Network) { n.GoneAt = start }, "bad", "closed", true},
		{"another list elsewhere", func(n *node.Network) { n.DiffersAt = start }, "care", "something else", false},
		{"on hold", func(n *node.Network) { n.State = node.NetworkSuspended }, "care", "on hold", false},
		{"asked", func(n *node.Network) { n.State = node.NetworkApplied }, "", "asked to join", false},
		{"refused", func(n *node.Network) { n.State, n.Reason = node.NetworkRefused, "too far away" }, "care", "too far away", false},
		{"refused for a code", func(n *node.Network) { n.State, n.Reason = node.NetworkRefused, "error.gone" }, "care", "does not come back", false},
		{"left", func(n *node.Network) { n.State = node.NetworkLeft }, "care", "left", false},
		{"expelled", func(n *node.Network) { n.State = node.NetworkExpelled }, "care", "removed", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			n := w.abroad(func(n *node.Network) {
				if c.change != nil {
					c.change(n)
				}
			})
			lead := "/admin/networks/" + n.ID.String() + "/successor"
			for _, path := range []string{"/network", "/network/organizations", "/network/status"} {
				p := w.get("mia", path)
				if got := p.said("main .note"); c.says == "" && got != "" || !strings.Contains(got, c.says) || c.class != "" && !p.has("main .note."+c.class) {
					t.Errorf("%s says %q", path, got)
				}
				if p.has("main .note a") {
					t.Errorf("%s offers a member what admins decide", path)
				}
				if w.get("ada", path).has("main .note a[href="+lead+"]") != c.lead {
					t.Errorf("%s leads admins to the successor: want %t", path, c.lead)
				}
			}
		})
	}
}

func TestNetworkStatus(t *testing.T) {
	w := newWorld(t)
	n := w.abroad(func(n *node.Network) { n.Successor = "https://harbor.example/ap/organizations/harbor" })
	w.put(func(tx *store.Tx) error {
		c := node.RosterChange{NetworkID: n.ID, Version: 46, OrganizationURI: n.Successor, Name: "Harbor Street Mutual Aid", Status: node.MemberActive, Role: node.PlainMember, By: "Lena", At: start}
		for _, status := range []node.MemberStatus{node.MemberActive, node.MemberSuspended, node.MemberSuspended} {
			if c.Status = status; tx.PutRosterChange(t.Context(), c) != nil {
				t.Error("no history")
			}
			c.Version++
		}
		return nil
	})
	w.now = start.Add(3 * time.Hour)
	p := w.get("mia", "/network/status")
	for _, want := range []string{"48", "3 hours ago", "c33fc33fc33fc33f", "changed: its key, or who goes on today, 09:00 · list no. 48", "is on hold today, 09:00 · list no. 47", "is a member today, 09:00 · list no. 46", "by Lena", "Harbor Street Mutual Aid", "Test card"} {
		if !strings.Contains(p.said("main"), want) {
			t.Errorf("the status does not say %q: %s", want, p.said("main"))
		}
	}
	if strings.Contains(p.Body, strings.Repeat("c33f", 5)) {
		t.Error("all of the digest is shown; nobody reads that out")
	}
}

// With several networks each page says which one it is about.
func TestSeveralNetworks(t *testing.T) {
	w := newWorld(t)
	w.abroad()
	w.found()
	first := w.get("mia", "/network").said("h1")
	for query, want := range map[string]string{"?network=commons%40hub.example": "The Commons", "?network=ptp%40node.example": "Common Ground", "": first} {
		p := w.get("mia", "/network"+query)
		if p.said("h1") != want {
			t.Errorf("%q shows %s", query, p.said("h1"))
		}
		if n := len(p.all("main a[href]")); n == 0 || !slices.ContainsFunc([]string{"The Commons", "Common Ground"}, func(s string) bool { return s != want && strings.Contains(p.said("main"), s) }) {
			t.Errorf("%q does not name the other one: %s", query, p.said("main"))
		}
	}
	if got := w.get("mia", "/network?network=nothing%40hub.example").Status; got != http.StatusNotFound {
		t.Errorf("a network that is not there: %d", got)
	}
}

// F7: another site cannot press the buttons of who coordinates.
func TestF7NetworkFormsOfOtherSites(t *testing.T) {
	w := newWorld(t)
	n := w.found()
	for _, path := range []string{"/admin/hub/ptp/members/" + north, "/admin/hub/ptp/codes", "/admin/hub/ptp/close", "/admin/networks/join", "/admin/networks/" + n.ID.String() + "/leave"} {
		r := newPost(path, url.Values{"do": {"approve"}})
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if got := w.ask("ada", r).Status; got != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, got)
		}
	}
	if got := w.status(n, north); got != node.MemberPending {
		t.Errorf("another site admitted somebody: %s", got)
	}
}

// The roster of fourteen organizations with its map stays within the budget of a
// page (design.md 6); all 150 of a large one are in the table.
func TestRosterOfAnySize(t *testing.T) {
	for _, c := range []struct{ n, most int }{{14, 60 << 10}, {150, 120 << 10}} {
		w := newWorld(t)
		n := w.found()
		for i := range c.n - 2 {
			w.join(n, w.line(fmt.Sprintf("org%d@org%d.example", i, i), fmt.Sprintf("Organization %d", i)))
		}
		p := w.get("mia", "/network/organizations")
		if rows := len(p.all("tbody tr")); rows != c.n || len(p.all("svg.map circle")) != c.n+1 {
			t.Errorf("%d organizations give %d rows and %d dots", c.n, rows, len(p.all("svg.map circle")))
		}
		if size := len(p.Body) + len(w.get("", "/static/app.css").Body) + len(w.get("", "/static/tokens.css").Body); size > c.most {
			t.Errorf("the page of %d organizations and its sheets are %d bytes, want at most %d", c.n, size, c.most)
		}
	}
}

// The start page tells admins who waits for them, and nobody else.
func TestHomeTellsOfNetworks(t *testing.T) {
	w := newWorld(t)
	w.found()
	n := w.abroad(func(n *node.Network) { n.GoneAt = start })
	offer := node.SuccessionOffer{NetworkID: n.ID, URI: "https://harbor.example/ap/networks/2", OrganizationURI: "https://harbor.example/ap/organizations/harbor", At: start}
	for _, uri := range []string{offer.URI, "https://north.example/ap/networks/3"} {
		offer.URI = uri
		w.put(func(tx *store.Tx) error { return tx.PutOffer(t.Context(), offer) })
	}
	p := w.get("ada", "/")
	if got := len(p.all("main .string li")); got != 2 {
		t.Errorf("two offers for one network give %d lines, want one, and one for who asks", got)
	}
	if !p.has("main .string a[href=/admin/hub/ptp]") || !p.has("main .string a[href=/admin/networks/"+n.ID.String()+"/successor]") {
		t.Errorf("an admin reads: %s", p.said("main .string"))
	}
	for _, who := range []string{"mia", "edi"} {
		if got := w.get(who, "/").said("main .string"); got != "" {
			t.Errorf("%s reads: %s", who, got)
		}
	}
}
