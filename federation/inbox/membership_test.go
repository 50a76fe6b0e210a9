package inbox_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/inbox"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/job"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/peers"
	"github.com/poweron-network/poweron/node/store"
)

// knowAs stores an actor of a type with the key of these tests.
func (w *world) knowAs(kind, uri, host string) string {
	w.t.Helper()
	pem, err := signature.EncodePublicKeyPEM(key().Public())
	if err != nil {
		w.t.Fatal(err)
	}
	a := &node.RemoteActor{URI: uri, Type: kind, Username: "some", Host: host, Name: "Some", Inbox: uri + "/inbox"}
	keys := []node.RemoteKey{{ID: uri + "#main-key", ActorURI: uri, Algorithm: "rsa", Public: pem}}
	if err := w.Peers.PutActor(w.t.Context(), a, keys, &node.Source{URI: uri, Raw: []byte(`{}`), ActorURI: uri}); err != nil {
		w.t.Fatal(err)
	}
	return uri
}

// work handles what arrived, and what that made us ask.
func (w *world) work() {
	w.t.Helper()
	log := slog.New(slog.DiscardHandler)
	for range 2 {
		for kind, handle := range map[string]job.Handler{peers.InboxJob: w.inbox.Handle, inbox.FetchJob: w.inbox.HandleFetch} {
			r := &job.Runner{DB: w.DB, Now: w.Clock.Now, Log: log, Kind: kind, Handler: handle, Workers: 1}
			if _, err := r.Drain(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// done fails the test if a job is left.
func (w *world) done() {
	w.t.Helper()
	err := w.DB.View(w.t.Context(), func(tx *store.Tx) error {
		for _, kind := range []string{peers.InboxJob, inbox.FetchJob} {
			jobs, err := tx.DueJobs(w.t.Context(), kind, w.Clock.Now().Add(24*time.Hour), 10)
			if err != nil {
				return err
			}
			for _, j := range jobs {
				w.t.Errorf("a job is left: %.500s", j.Error)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// says sends an activity and fails the test unless it is taken.
func (w *world) says(actor string, doc map[string]any) {
	w.t.Helper()
	rec := w.post(actor, func(d map[string]any) {
		for k, v := range doc {
			d[k] = v
		}
	})
	if rec.Code != http.StatusAccepted {
		w.t.Fatalf("%v is answered with %d %s", doc["type"], rec.Code, rec.Body)
	}
	w.work()
	w.done()
}

// applicant is another server with an organization and its node.
type applicant struct{ url, org, node string }

func newApplicant(t *testing.T, last int, change func(documents map[string]jsonld.Object)) *applicant {
	t.Helper()
	docs := map[string]jsonld.Object{}
	url := listen(t, last, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		doc, ok := docs[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/activity+json")
		raw, _ := jsonld.Marshal(doc)
		_, _ = w.Write(raw)
	}))
	pem, err := signature.EncodePublicKeyPEM(key().Public())
	if err != nil {
		t.Fatal(err)
	}
	origin := node.Origin(url)
	a := &applicant{url: url, org: url + "/ap/organizations/1", node: origin.Relay()}
	org := &node.Organization{Handle: "river", Name: "River", Languages: []string{"en"}}
	docs["/ap/organizations/1"] = vocab.Organization(origin, org, &node.LocalActor{URI: a.org, RSAPublic: pem})
	docs["/ap/node"] = vocab.Application(origin, &node.LocalActor{URI: a.node, RSAPublic: pem}, org)
	if change != nil {
		change(docs)
	}
	return a
}

func (a *applicant) join(hub string) map[string]any {
	return map[string]any{"type": "Join", "object": hub, "instrument": a.node, "content": "<p>We are many &amp; kind.</p>", "contact": "Bo", "to": []string{hub}}
}

func (w *world) found() *node.Network {
	w.t.Helper()
	w.inbox.Network = w.Networks
	n, err := w.Networks.Found(w.t.Context(), w.Operator, network.NewNetwork{Name: "PTP", Handle: "ptp", Lang: "en"})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) lines(n *node.Network) (list []*node.Membership) {
	w.t.Helper()
	err := w.DB.View(w.t.Context(), func(tx *store.Tx) (err error) { list, err = tx.Memberships(w.t.Context(), n.ID); return err })
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// TestJoinIsLookedInto: who asks is asked themself before the coordinators see it.
func TestJoinIsLookedInto(t *testing.T) {
	w := newWorld(t, 0)
	n := w.found()
	a := newApplicant(t, 1, nil)
	w.says(a.org, a.join(n.URI))
	list := w.lines(n)
	if len(list) != 2 {
		t.Fatalf("%d lines", len(list))
	}
	m := list[0]
	if m.OrganizationURI != a.org {
		m = list[1]
	}
	pem, err := signature.EncodePublicKeyPEM(key().Public())
	if err != nil {
		t.Fatal(err)
	}
	fingerprint, err := keyring.Fingerprint(pem)
	if err != nil {
		t.Fatal(err)
	}
	if m.Status != node.MemberPending || m.OrganizationURI != a.org || m.NodeURI != a.node || m.Origin != a.url || m.Inbox != a.url+"/ap/inbox" ||
		m.Why != "We are many & kind." || m.Contact != "Bo" || m.Fingerprint != fingerprint || m.Name != "River" || m.JoinURI == "" {
		t.Errorf("the application is %+v", m)
	}
	again := a.join(n.URI)
	again["id"] = m.JoinURI // the very same once more, as after a lost answer
	w.says(a.org, again)
	if got := len(w.lines(n)); got != 2 {
		t.Errorf("%d lines after the same Join again", got)
	}
}

// TestA12JoinsThatAreNone leave no trace but a count.
func TestA12JoinsThatAreNone(t *testing.T) {
	for name, tt := range map[string]struct {
		serve func(map[string]jsonld.Object)
		join  func(w *world, a, other *applicant, doc map[string]any)
	}{
		"of a network elsewhere": {join: func(_ *world, _, _ *applicant, d map[string]any) { d["object"] = "https://other.example/ap/networks/1" }},
		"of no network":          {join: func(w *world, _, _ *applicant, d map[string]any) { d["object"] = w.Origin.NetworkURI(uuid.New()) }},
		"of an organization": {join: func(w *world, _, _ *applicant, d map[string]any) {
			d["object"] = w.Origin.OrganizationURI(w.Organization.ID)
		}},
		"on another's node":       {join: func(_ *world, _, other *applicant, d map[string]any) { d["instrument"] = other.node }},
		"on no node":              {join: func(_ *world, _, _ *applicant, d map[string]any) { delete(d, "instrument") }},
		"on a node that is none":  {join: func(_ *world, a, _ *applicant, d map[string]any) { d["instrument"] = a.org }},
		"on a node that is gone":  {serve: func(docs map[string]jsonld.Object) { delete(docs, "/ap/node") }},
		"on another program":      {serve: func(docs map[string]jsonld.Object) { docs["/ap/node"]["implements"] = []jsonld.Object{} }},
		"by a person":             {serve: func(docs map[string]jsonld.Object) { docs["/ap/organizations/1"]["type"] = "Person" }},
		"by a group":              {serve: func(docs map[string]jsonld.Object) { docs["/ap/organizations/1"]["type"] = "Group" }},
		"by a node without a key": {serve: func(docs map[string]jsonld.Object) { delete(docs["/ap/node"], "publicKey") }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 0)
			n := w.found()
			a, other := newApplicant(t, 1, tt.serve), newApplicant(t, 2, nil)
			doc := a.join(n.URI)
			if tt.join != nil {
				tt.join(w, a, other, doc)
			}
			w.says(a.org, doc)
			if got := len(w.lines(n)); got != 1 {
				t.Errorf("%d lines", got)
			}
		})
	}
}

const groupURI, hubOrg, rosterURI = "https://hub.example/ap/networks/ptp", "https://hub.example/ap/organizations/1", "https://hub.example/ap/networks/ptp/members"

// member is a world that is in a network of hub.example with river.example.
func member(t *testing.T) (*world, *node.Network, *node.Membership) {
	t.Helper()
	w := newWorld(t, 0)
	w.inbox.Network, w.inbox.Mentoring = w.Networks, &mentoring.Service{DB: w.DB, Now: w.Clock.Now, Origin: w.Origin}
	n := w.JoinNetwork(t, "ptp")
	n.RosterVersion, n.ETag = 5, `"v5"`
	if err := w.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.PutNetwork(t.Context(), n) }); err != nil {
		t.Fatal(err)
	}
	m := w.Member(t, n, "https://river.example/ap/organizations/1", "https://river.example")
	w.knowAs("Group", groupURI, "hub.example")
	w.knowAs("Organization", hubOrg, "hub.example")
	w.knowAs("Group", "https://evil.example/ap/networks/1", "evil.example")
	w.knowAs("Organization", m.OrganizationURI, "river.example")
	return w, n, m
}

// TestA4RosterIsTheHubsToChange goes through who says what about a roster, and
// what comes of it: a line is cut at once, the roster is due, or nothing.
func TestA4RosterIsTheHubsToChange(t *testing.T) {
	const evil = "https://evil.example/ap/networks/1"
	const cut, due, nothing = "cut", "due", "nothing"
	w, n, m := member(t)
	reset := func() {
		t.Helper()
		err := w.DB.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.PutMembership(t.Context(), m); err != nil {
				return err
			}
			return tx.PutNetwork(t.Context(), n)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	outcome := func() string {
		t.Helper()
		var now *node.Network
		var line *node.Membership
		err := w.DB.View(t.Context(), func(tx *store.Tx) (err error) {
			if now, err = tx.Network(t.Context(), n.ID); err != nil {
				return err
			}
			line, err = tx.Membership(t.Context(), n.ID, m.OrganizationURI)
			return err
		})
		switch {
		case err != nil:
			t.Fatal(err)
		case line.Status != node.MemberActive:
			return cut
		case now.ETag == "":
			return due
		}
		return nothing
	}
	line := func(status string) map[string]any {
		return map[string]any{"id": m.URI, "type": "Relationship", "attributedTo": groupURI, "subject": m.OrganizationURI, "object": groupURI, "memberStatus": status}
	}
	foreign := line("suspended")
	foreign["attributedTo"] = evil
	for name, tt := range map[string]struct {
		actor string
		doc   map[string]any
		want  string
	}{
		"Add":                              {groupURI, map[string]any{"type": "Add", "object": line("active"), "target": rosterURI, "rosterVersion": 6}, due},
		"Add of an id":                     {groupURI, map[string]any{"type": "Add", "object": m.URI, "target": rosterURI, "rosterVersion": 6}, due},
		"an old Add":                       {groupURI, map[string]any{"type": "Add", "object": m.URI, "target": rosterURI, "rosterVersion": 4}, nothing},
		"Add to another roster":            {groupURI, map[string]any{"type": "Add", "object": m.URI, "target": rosterURI + "2", "rosterVersion": 6}, nothing},
		"Add by another Group":             {evil, map[string]any{"type": "Add", "object": m.URI, "target": rosterURI, "rosterVersion": 6}, nothing},
		"Add by the hub's organization":    {hubOrg, map[string]any{"type": "Add", "object": m.URI, "target": rosterURI, "rosterVersion": 6}, nothing},
		"Remove":                           {groupURI, map[string]any{"type": "Remove", "object": line("expelled"), "target": rosterURI, "rosterVersion": 6}, cut},
		"Remove of an id":                  {groupURI, map[string]any{"type": "Remove", "object": m.URI, "target": rosterURI, "rosterVersion": 6}, cut},
		"an old Remove":                    {groupURI, map[string]any{"type": "Remove", "object": m.URI, "target": rosterURI, "rosterVersion": 4}, nothing},
		"Remove from another roster":       {groupURI, map[string]any{"type": "Remove", "object": m.URI, "target": rosterURI + "2", "rosterVersion": 6}, nothing},
		"Remove by another Group":          {evil, map[string]any{"type": "Remove", "object": m.URI, "target": rosterURI, "rosterVersion": 6}, nothing},
		"Remove by the hub's organization": {hubOrg, map[string]any{"type": "Remove", "object": m.URI, "target": rosterURI, "rosterVersion": 6}, nothing},
		"suspended":                        {groupURI, map[string]any{"type": "Update", "object": line("suspended"), "rosterVersion": 6}, cut},
		"suspended by another":             {evil, map[string]any{"type": "Update", "object": line("suspended"), "rosterVersion": 6}, nothing},
		"suspended, says another":          {groupURI, map[string]any{"type": "Update", "object": foreign, "rosterVersion": 6}, nothing},
		"active again":                     {groupURI, map[string]any{"type": "Update", "object": line("active"), "rosterVersion": 6}, due},
		"made a king":                      {groupURI, map[string]any{"type": "Update", "object": line("king"), "rosterVersion": 6}, due},
		"it leaves":                        {m.OrganizationURI, map[string]any{"type": "Leave", "object": groupURI}, cut},
		"it leaves another":                {m.OrganizationURI, map[string]any{"type": "Leave", "object": evil}, nothing},
		"another says it leaves":           {hubOrg, map[string]any{"type": "Leave", "object": groupURI}, nothing},
	} {
		reset()
		w.says(tt.actor, tt.doc)
		if got := outcome(); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if w.counter("inbox.foreign") == 0 {
		t.Error("nothing was counted")
	}
}

// TestA4AnswersToOurJoin count only from the hub that was asked, and a follow is answered as before.
func TestA4AnswersToOurJoin(t *testing.T) {
	const evil = "https://evil.example/ap/networks/1"
	w, n, _ := member(t)
	own := w.Origin.OrganizationURI(w.Organization.ID)
	join := w.Origin.ActivityURI(uuid.New())
	n.State, n.JoinURI = node.NetworkApplied, join
	set := func() {
		t.Helper()
		err := w.DB.Write(t.Context(), func(tx *store.Tx) error {
			m, err := tx.Membership(t.Context(), n.ID, own)
			if err != nil {
				return err
			}
			m.Status, m.URI, m.Claim, m.JoinURI, m.Since = node.MemberPending, "", false, join, time.Time{}
			if err := tx.PutMembership(t.Context(), m); err != nil {
				return err
			}
			return tx.PutNetwork(t.Context(), n)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	look := func() (state node.NetworkState, admitted, received bool) {
		t.Helper()
		for _, m := range w.lines(n) {
			if m.OrganizationURI == own {
				admitted, received = m.URI != "", !m.Since.IsZero()
			}
		}
		err := w.DB.View(t.Context(), func(tx *store.Tx) error {
			now, err := tx.Network(t.Context(), n.ID)
			state = now.State
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return state, admitted, received
	}
	for name, tt := range map[string]struct {
		actor              string
		doc                map[string]any
		state              node.NetworkState
		admitted, received bool
	}{
		"a receipt":                        {groupURI, map[string]any{"type": "TentativeAccept", "object": join}, node.NetworkApplied, false, true},
		"a receipt of another":             {evil, map[string]any{"type": "TentativeAccept", "object": join}, node.NetworkApplied, false, false},
		"Accept":                           {groupURI, map[string]any{"type": "Accept", "object": join, "result": rosterURI + "/1"}, node.NetworkApplied, true, false},
		"Accept with the Join":             {groupURI, map[string]any{"type": "Accept", "object": map[string]any{"id": join, "type": "Join", "actor": own, "object": groupURI}, "result": map[string]any{"id": rosterURI + "/1"}}, node.NetworkApplied, true, false},
		"Accept by another":                {evil, map[string]any{"type": "Accept", "object": join, "result": rosterURI + "/1"}, node.NetworkApplied, false, false},
		"Accept of another Join":           {groupURI, map[string]any{"type": "Accept", "object": join + "2", "result": rosterURI + "/1"}, node.NetworkApplied, false, false},
		"Accept by the hub's organization": {hubOrg, map[string]any{"type": "Accept", "object": join, "result": rosterURI + "/1"}, node.NetworkApplied, false, false},
		"Reject":                           {groupURI, map[string]any{"type": "Reject", "object": join, "content": "<p>Not now.</p>"}, node.NetworkRefused, false, false},
		"Reject by another":                {evil, map[string]any{"type": "Reject", "object": join}, node.NetworkApplied, false, false},
	} {
		set()
		w.says(tt.actor, tt.doc)
		if state, admitted, received := look(); state != tt.state || admitted != tt.admitted || received != tt.received {
			t.Errorf("%s: %s, admitted %v, received %v", name, state, admitted, received)
		}
	}
}

// TestInvitesAreLookedInto: an offer counts only as what the new hub's own actor says, and of members.
func TestInvitesAreLookedInto(t *testing.T) {
	w, _, m := member(t)
	asked := []string{}
	river := w.knowAs("Group", "https://river.example/ap/networks/9", "river.example")
	w.inbox.Hub = hubs(&asked, &node.Network{URI: river, Username: "ptp", Host: "river.example", Name: "PTP", MembersURI: river + "/members", NodeURI: m.NodeURI, HubKey: "z6Mk"})
	own := w.Origin.OrganizationURI(w.Organization.ID)
	invite := func(actor string) map[string]any {
		return map[string]any{"type": "Invite", "object": actor, "origin": groupURI, "target": own, "to": []string{own}}
	}
	offers := func() int {
		t.Helper()
		n := 0
		err := w.DB.View(t.Context(), func(tx *store.Tx) error {
			list, err := tx.Offers(t.Context())
			n = len(list)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	evil := "https://evil.example/ap/networks/1"
	w.says(evil, invite(evil)) // of an outsider
	other := invite(river)
	other["object"] = evil
	w.says(river, other) // for another
	stray := invite(river)
	stray["target"] = "https://other.example/org"
	w.says(river, stray) // of another
	if got := offers(); got != 0 {
		t.Fatalf("%d offers", got)
	}
	w.says(river, invite(river))
	if got := offers(); got != 1 {
		t.Errorf("%d offers of a member, asked %v", got, asked)
	}
	if raw, err := json.Marshal(asked); err != nil || len(asked) != 2 {
		t.Errorf("asked %s, %v", raw, err)
	}
}

// hubs answers every question about a hub with one, and notes the questions.
func hubs(asked *[]string, n *node.Network) func(context.Context, string) (*node.Network, error) {
	return func(_ context.Context, ref string) (*node.Network, error) {
		*asked = append(*asked, ref)
		found := *n
		found.URI = ref
		return &found, nil
	}
}
