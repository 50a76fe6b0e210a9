package roster_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// TestRosterIsKept: asked for, checked, confirmed by who is in it, and asked for
// again only when it is an hour old, and then only whether it changed.
func TestRosterIsKept(t *testing.T) {
	k, h, river := newKeeper(t), newHub(t), newServer(t, 2)
	h.publish()
	net := k.know(h)
	org := river.organization(h.net.URI)
	h.list(org, river.origin.Relay())
	h.net.RosterVersion = 2
	h.publish()
	k.drain()
	got := k.network(net.ID)
	if got.RosterVersion != 2 || got.RosterDigest != h.net.RosterDigest || got.ETag != `"v2"` || !got.FetchedAt.Equal(k.Clock.Now()) {
		t.Errorf("the copy is %d %s %s of %s", got.RosterVersion, got.RosterDigest, got.ETag, got.FetchedAt)
	}
	m := k.line(net.ID, org)
	if m == nil || !m.Effective() || m.Inbox != river.origin.SharedInbox() || m.Name != "River" || m.Place != "Leeds" || m.Handle != "river@"+river.origin.Host() {
		t.Errorf("river is %+v", m)
	}
	history, err := k.Networks.History(t.Context(), k.Viewer(t, ""), net.ID)
	if err != nil || len(history) != 1 || history[0].By != "Bo" {
		t.Errorf("history %+v, %v", history, err)
	}
	tags, err := k.Networks.Tags(t.Context(), net.ID)
	if err != nil || len(tags) != 1 || tags[0].Code != "rent-strike" {
		t.Errorf("vocabulary %+v, %v", tags, err)
	}
	asked := h.asked(h.net.MembersURI)
	k.later(59 * time.Minute)
	if n := h.asked(h.net.MembersURI); n != asked {
		t.Errorf("asked %d times within the hour", n-asked)
	}
	k.later(2 * time.Minute)
	if n := h.asked(h.net.MembersURI); n != asked+1 || !k.network(net.ID).FetchedAt.Equal(k.Clock.Now()) {
		t.Errorf("after an hour asked %d times, confirmed at %s", n-asked, k.network(net.ID).FetchedAt)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.seen {
		if strings.HasSuffix(r.URL.Path, "/members") && r.Header.Get("Signature") == "" {
			t.Error("the roster was asked for unsigned")
		}
	}
}

// TestA12RostersThatAreNotTaken: each leaves our copy as it was, and is noted as a failure.
func TestA12RostersThatAreNotTaken(t *testing.T) {
	for name, spoil := range map[string]func(h *fakeHub){
		"a broken proof": func(h *fakeHub) {
			h.publish(func(d map[string]any) {
				p := d["proof"].(map[string]any)
				p["proofValue"] = "z" + strings.Repeat("3", 87)
			})
		},
		"no proof": func(h *fakeHub) { h.publish(func(d map[string]any) { delete(d, "proof") }) },
		"a line exchanged": func(h *fakeHub) {
			h.publish(func(d map[string]any) { d["orderedItems"].([]any)[0].(map[string]any)["name"] = "Evil" })
		},
		"another key": func(h *fakeHub) { h.key = edKey(2); h.publish() },
		"another hub's": func(h *fakeHub) {
			other := *h.net
			other.MembersURI += "2"
			was := h.net.MembersURI
			h.net.MembersURI = other.MembersURI
			h.publish()
			h.mu.Lock()
			h.at[strings.TrimPrefix(was, string(h.origin))] = h.at[strings.TrimPrefix(other.MembersURI, string(h.origin))]
			h.mu.Unlock()
			h.net.MembersURI = was
		},
		"another's members":            func(h *fakeHub) { h.members[1].NodeURI = "https://evil.example/ap/node"; h.publish() },
		"a lower version":              func(h *fakeHub) { h.net.RosterVersion = 1; h.publish() },
		"the same version with others": func(h *fakeHub) { h.net.RosterVersion = 2; h.members[1].Status = node.MemberSuspended; h.publish() },
		"too large":                    func(h *fakeHub) { h.raw(h.net.MembersURI, []byte(strings.Repeat(" ", 1<<20+1))) },
		"a page": func(h *fakeHub) {
			h.handle(h.net.MembersURI, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
		},
		"the number alone": func(h *fakeHub) { h.serve(h.net.MembersURI, vocab.Collection(h.net.MembersURI, 2, "")) },
		"in trouble":       func(h *fakeHub) { h.status(h.net.MembersURI, http.StatusBadGateway) },
	} {
		t.Run(name, func(t *testing.T) {
			k, h, river := newKeeper(t), newHub(t), newServer(t, 2)
			h.publish()
			net := k.know(h)
			org := river.organization(h.net.URI)
			h.list(org, river.origin.Relay())
			h.net.RosterVersion = 2
			h.publish()
			k.drain()
			before := k.network(net.ID)
			if m := k.line(net.ID, org); m == nil || !m.Effective() {
				t.Fatalf("river is %+v", m)
			}
			h.net.RosterVersion = 3
			spoil(h)
			k.write(func(tx *store.Tx) error { n := *before; n.ETag = ""; return tx.PutNetwork(t.Context(), &n) }) // somebody hints
			k.drain()
			got := k.network(net.ID)
			if got.RosterVersion != 2 || got.RosterDigest != before.RosterDigest || got.HubKey != before.HubKey || !got.FetchedAt.Equal(before.FetchedAt) || !got.GoneAt.IsZero() {
				t.Errorf("the copy is %+v", got)
			}
			if got.FailingSince.IsZero() {
				t.Error("it is not noted as failing")
			}
			if differs := name == "the same version with others"; got.DiffersAt.IsZero() == differs {
				t.Errorf("differs at %s", got.DiffersAt)
			}
			if m := k.line(net.ID, org); m == nil || !m.Effective() {
				t.Errorf("river is %+v", m)
			}
		})
	}
}

// TestHubChangesItsKey: the new key counts when the hub's own actor shows it, and members can read that it changed.
func TestHubChangesItsKey(t *testing.T) {
	k, h := newKeeper(t), newHub(t)
	h.publish()
	net := k.know(h)
	k.drain()
	h.key, h.shown = edKey(3), edKey(3)
	h.net.RosterVersion = 2
	h.publish()
	k.later(2 * time.Hour)
	if got := k.network(net.ID); got.RosterVersion != 2 || got.HubKey != multikey(edKey(3)) {
		t.Errorf("version %d, key %s", got.RosterVersion, got.HubKey)
	}
	history, err := k.Networks.History(t.Context(), k.Viewer(t, ""), net.ID)
	if err != nil {
		t.Fatal(err)
	}
	noted := false
	for _, c := range history {
		noted = noted || c.OrganizationURI == net.URI
	}
	if !noted {
		t.Errorf("history says nothing of it: %+v", history)
	}
}

// TestHubIsGone: 410 is the hub's last word, anything else may pass.
func TestHubIsGone(t *testing.T) {
	k, h := newKeeper(t), newHub(t)
	h.publish()
	net := k.know(h)
	k.drain()
	h.status(h.net.MembersURI, http.StatusNotFound)
	k.later(2 * time.Hour)
	if got := k.network(net.ID); !got.GoneAt.IsZero() || got.FailingSince.IsZero() {
		t.Errorf("after 404: %+v", got)
	}
	h.status(h.net.MembersURI, http.StatusGone)
	k.later(2 * time.Hour)
	if got := k.network(net.ID); got.GoneAt.IsZero() || got.Effective(k.Clock.Now()) {
		t.Errorf("after 410: %+v", got)
	}
}

// TestA12Claims asks each organization itself.
func TestA12Claims(t *testing.T) {
	fingerprint, err := keyring.Fingerprint(rsaPEM(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		serve func(h *fakeHub, s *server) string
		line  func(*node.Membership)
		want  bool
	}{
		"it claims":                   {func(h *fakeHub, s *server) string { return s.organization("https://other.example/1", h.net.URI) }, nil, true},
		"with the key it is known by": {func(h *fakeHub, s *server) string { return s.organization(h.net.URI) }, func(m *node.Membership) { m.Fingerprint = fingerprint }, true},
		"with another key":            {func(h *fakeHub, s *server) string { return s.organization(h.net.URI) }, func(m *node.Membership) { m.Fingerprint = "sha256:" + strings.Repeat("0", 64) }, false},
		"it claims another":           {func(_ *fakeHub, s *server) string { return s.organization("https://other.example/1") }, nil, false},
		"it claims nothing":           {func(_ *fakeHub, s *server) string { return s.organization() }, nil, false},
		"it is gone":                  {func(_ *fakeHub, s *server) string { uri := s.organization(); s.status(uri, 410); return uri }, nil, false},
		"its node is gone": {func(h *fakeHub, s *server) string {
			uri := s.organization(h.net.URI)
			s.status(s.origin.Relay(), 404)
			return uri
		}, nil, false},
		"it does not answer": {func(h *fakeHub, s *server) string { uri := s.organization(h.net.URI); s.status(uri, 502); return uri }, nil, false},
		"it is a person": {func(h *fakeHub, s *server) string {
			uri := s.organization(h.net.URI)
			s.serve(uri, jsonld.Object{"id": uri, "type": "Person", "preferredUsername": "river", "inbox": uri + "/inbox", "memberOf": []string{h.net.URI}, "node": s.origin.Relay()})
			return uri
		}, nil, false},
		"another speaks for it": {func(h *fakeHub, s *server) string {
			uri := s.organization(h.net.URI)
			s.serve(uri, jsonld.Object{"id": string(s.origin) + "/other", "type": "Organization", "preferredUsername": "river", "inbox": uri + "/inbox", "memberOf": []string{h.net.URI}, "node": s.origin.Relay()})
			return uri
		}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			k, h, river := newKeeper(t), newHub(t), newServer(t, 2)
			h.publish()
			net := k.know(h)
			org := tt.serve(h, river)
			m := h.list(org, river.origin.Relay())
			if tt.line != nil {
				tt.line(m)
			}
			h.net.RosterVersion = 2
			h.publish()
			k.drain()
			got := k.line(net.ID, org)
			if got == nil || got.Effective() != tt.want {
				t.Errorf("river is %+v", got)
			}
			v, err := k.Networks.ViewerFor(t.Context(), org)
			if err != nil || (len(v.Networks) == 1) != tt.want {
				t.Errorf("it reads %v, %v", v.Networks, err)
			}
		})
	}
}

// TestClaimOutlivesAnOutage: who claimed and is not answering stays a member, and
// who takes its claim back is none.
func TestClaimOutlivesAnOutage(t *testing.T) {
	k, h, river := newKeeper(t), newHub(t), newServer(t, 2)
	h.publish()
	net := k.know(h)
	org := river.organization(h.net.URI)
	h.list(org, river.origin.Relay())
	h.net.RosterVersion = 2
	h.publish()
	k.drain()
	river.status(org, http.StatusBadGateway)
	k.later(25 * time.Hour)
	if m := k.line(net.ID, org); !m.Effective() {
		t.Error("a member that does not answer is none any more")
	}
	river.organization()
	k.later(25 * time.Hour)
	if m := k.line(net.ID, org); m.Effective() {
		t.Error("who takes its claim back is still a member")
	}
}

// TestCatchUp reads every page of what a member said, the oldest first, and asks
// the next time only for what came since.
func TestCatchUp(t *testing.T) {
	k, h, river := newKeeper(t), newHub(t), newServer(t, 2)
	h.publish()
	net := k.know(h)
	org := river.organization(h.net.URI)
	h.list(org, river.origin.Relay())
	h.net.RosterVersion = 2
	var since []string
	outbox := org + "/outbox"
	river.handle(outbox, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		id := string(river.origin) + r.URL.RequestURI()
		doc := `{"id":"` + id + `","type":"OrderedCollection","first":"` + id + `&page=1"}`
		switch q.Get("page") {
		case "1":
			doc = `{"id":"` + id + `","type":"OrderedCollectionPage","orderedItems":[{"id":"` + org + `/1"},{"id":"` + org + `/2"}],"next":"` + outbox + `?page=2"}`
		case "2":
			doc = `{"id":"` + id + `","type":"OrderedCollectionPage","orderedItems":[{"id":"` + org + `/3"},"` + org + `/4"]}`
		default:
			since = append(since, q.Get("since"))
			if q.Get("audience") != h.net.URI || r.Header.Get("Signature") == "" {
				t.Errorf("asked with %v", q)
			}
		}
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write([]byte(doc))
	})
	h.publish()
	k.drain()
	want := org + "/1 from " + outbox + " " + org + "/2 from " + outbox + " " + org + "/3 from " + outbox
	if got := strings.Join(k.caught, " "); got != want {
		t.Errorf("caught up with %s", got)
	}
	at := k.Clock.Now()
	if m := k.line(net.ID, org); !m.CaughtUpAt.Equal(at) {
		t.Errorf("caught up at %s", m.CaughtUpAt)
	}
	k.later(7 * time.Hour)
	if len(since) != 2 || since[0] != nodetest.Start.AddDate(0, 0, -30).Format(time.RFC3339) || since[1] != at.Add(-10*time.Minute).Format(time.RFC3339) {
		t.Errorf("asked since %v", since)
	}
}

// TestCatchUpThatFails is tried again in five minutes, or as soon as the other
// side asks us; what it led away from its own server is not followed.
func TestCatchUpThatFails(t *testing.T) {
	k, h, river, evil := newKeeper(t), newHub(t), newServer(t, 2), newServer(t, 3)
	h.publish()
	net := k.know(h)
	org := river.organization(h.net.URI)
	h.list(org, river.origin.Relay())
	h.net.RosterVersion = 2
	h.publish()
	outbox := org + "/outbox"
	k.drain()
	if n := river.asked(outbox); n != 1 || !k.line(net.ID, org).CaughtUpAt.IsZero() {
		t.Errorf("asked %d times", n)
	}
	k.drain()
	k.keep.Asked("another.example")
	k.drain()
	if n := river.asked(outbox); n != 1 {
		t.Errorf("asked %d times at once", n)
	}
	k.keep.Asked(river.origin.Host())
	k.drain()
	if n := river.asked(outbox); n != 2 {
		t.Errorf("after it asked us it was asked %d times", n)
	}
	river.handle(outbox, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write([]byte(`{"id":"` + string(river.origin) + r.URL.RequestURI() + `","type":"OrderedCollection","first":"` + string(evil.origin) + `/page"}`))
	})
	k.later(6 * time.Minute)
	if n := evil.asked("/page"); n != 0 || !k.line(net.ID, org).CaughtUpAt.IsZero() {
		t.Errorf("another server was asked %d times", n)
	}
}

// TestRunEnds with its context, and works when it is woken.
func TestRunEnds(t *testing.T) {
	k, h := newKeeper(t), newHub(t)
	h.publish()
	net := k.know(h)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { k.keep.Run(ctx); close(done) }()
	deadline := time.After(10 * time.Second)
	for k.network(net.ID).FetchedAt.IsZero() {
		k.keep.Wake()
		select {
		case <-deadline:
			t.Fatal("it does not work")
		case <-time.After(10 * time.Millisecond):
		}
	}
	cancel()
	select {
	case <-done:
	case <-deadline:
		t.Fatal("it does not end")
	}
}

// TestLookup finds a hub by everything that people paste, and says what is wrong.
func TestLookup(t *testing.T) {
	k, h, other := newKeeper(t), newHub(t), newServer(t, 2)
	h.publish()
	org := other.organization()
	other.finger("river", org)
	fingerprint, err := keyring.Fingerprint(rsaPEM(t))
	if err != nil {
		t.Fatal(err)
	}
	host := h.origin.Host()
	for _, ref := range []string{"ptp@" + host, "@ptp@" + host, " ptp@" + host + " ", host + "/ptp", host + "/ptp/ABCD-EFGH", h.net.URI} {
		n, err := k.keep.Hub(t.Context(), ref)
		if err != nil || n.URI != h.net.URI || n.HubKey != multikey(h.shown) || n.Fingerprint != fingerprint || n.MembersURI != h.net.MembersURI {
			t.Errorf("%s: %+v, %v", ref, n, err)
		}
	}
	for ref, want := range map[string]string{
		"nobody@" + host: "error.hub.nobody", org: "error.hub.none", "ptp": "error.hub.form", "ptp@" + string(k.Origin.Host()): "error.hub.local",
		"ptp@10.0.0.1": "error.hub.address", "ptp@127.77.7.99:1": "error.hub.unreachable",
	} {
		if _, err := k.keep.Hub(t.Context(), ref); nodetest.Field(err) != want {
			t.Errorf("%s: %v, want %s", ref, err, want)
		}
	}
	h.status(h.origin.Relay(), http.StatusBadGateway)
	if _, err := k.keep.Hub(t.Context(), "ptp@"+host); nodetest.Field(err) != "error.hub.unreachable" {
		t.Errorf("without its node: %v", err)
	}
	for code, want := range map[int]string{404: "error.code.wrong", 409: "error.code.used", 410: "error.code.expired", 429: "error.hub.later", 500: "error.hub.unreachable"} {
		h.status(h.net.URI+"/codes/ab", code)
		if err := k.keep.Code(t.Context(), h.net, "ab"); nodetest.Field(err) != want {
			t.Errorf("%d: %v, want %s", code, err, want)
		}
	}
	h.serve(h.net.URI+"/codes/ab", jsonld.Object{"id": h.net.URI + "/codes/ab", "type": "Object"})
	if err := k.keep.Code(t.Context(), h.net, "ab"); err != nil {
		t.Errorf("a good code: %v", err)
	}
}
