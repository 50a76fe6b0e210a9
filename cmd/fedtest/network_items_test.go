package fedtest_test

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/store"
)

// enrolled is a cluster in which some nodes are in one network, as if they had
// joined: the first is its hub. What joining takes is tested elsewhere.
type enrolled struct {
	*fedtest.Cluster
	t        *testing.T
	uri      string
	networks map[*fedtest.Node]uuid.UUID // the network's row on each member
}

// enrol makes the first n nodes members of a network.
func enrol(t *testing.T, n int, handles ...string) *enrolled {
	t.Helper()
	c := fedtest.New(t, handles...)
	e := &enrolled{Cluster: c, t: t, networks: map[*fedtest.Node]uuid.UUID{}}
	hub, now := c.Nodes[0], c.Clock.Now()
	id := uuid.Must(uuid.NewV7())
	e.uri = hub.Origin.NetworkURI(id)
	for k, m := range c.Nodes[:n] {
		net := &node.Network{
			ID: id, URI: e.uri, Hosted: k == 0, Username: "ptp", Host: hub.Origin.Host(), Name: "PTP", Page: hub.Origin.NetworkPage("ptp"), Inbox: hub.Origin.SharedInbox(),
			MembersURI: hub.Origin.MembersURI(id), NodeURI: hub.Origin.Relay(), State: node.NetworkActive, RosterVersion: 1, FetchedAt: now, CreatedAt: now, UpdatedAt: now, Version: 1,
		}
		if k > 0 {
			net.ID = uuid.Must(uuid.NewV7())
		}
		e.networks[m] = net.ID
		e.write(m, func(tx *store.Tx) error { return tx.PutNetwork(t.Context(), net) })
		for _, other := range c.Nodes[:n] {
			e.put(m, other, node.MemberActive)
		}
		again(t, m)
	}
	return e
}

// again makes the node's operator anew: what they may read has changed.
func again(t *testing.T, n *fedtest.Node) {
	t.Helper()
	v, _, err := n.People.ViewerFor(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	n.Admin = v
}

func (e *enrolled) write(n *fedtest.Node, f func(*store.Tx) error) {
	e.t.Helper()
	if err := n.DB.Write(e.t.Context(), f); err != nil {
		e.t.Fatal(err)
	}
}

// put stores on n where another organization stands.
func (e *enrolled) put(n, other *fedtest.Node, status node.MemberStatus) {
	e.t.Helper()
	now := e.Clock.Now()
	m := &node.Membership{
		ID: uuid.Must(uuid.NewV7()), NetworkID: e.networks[n], URI: e.uri + "/members/" + other.Handle, OrganizationURI: other.Origin.OrganizationURI(other.Admin.Organization),
		NodeURI: other.Origin.Relay(), Origin: string(other.Origin), Inbox: other.Origin.SharedInbox(), Handle: other.Handle + "@" + other.Origin.Host(), Name: "The " + other.Handle,
		Kind: node.OwnNode, Status: status, Role: node.PlainMember, Since: now, UpdatedAt: now, Claim: true, ClaimAt: now, CaughtUpAt: now,
	}
	e.write(n, func(tx *store.Tx) error { return tx.PutMembership(e.t.Context(), m) })
}

// post publishes for the network.
func (e *enrolled) post(n *fedtest.Node, v access.Viewer, in node.PostInput) *node.Item {
	e.t.Helper()
	if in.Audience == "" && in.InReplyTo == "" {
		in.Audience = node.NetworkOnly(e.networks[n])
	}
	in.Lang = "en"
	i, err := n.Conversation.Post(e.t.Context(), v, in)
	if err != nil {
		e.t.Fatalf("%s posts: %v", n.Handle, err)
	}
	return i
}

// listed adds somebody who shows themself to the networks.
func (e *enrolled) listed(n *fedtest.Node, handle string) access.Viewer {
	e.t.Helper()
	v := n.Person(handle, false)
	if _, err := n.People.SetInNetworks(e.t.Context(), v, handle, true); err != nil {
		e.t.Fatal(err)
	}
	v, _, err := n.People.ViewerFor(e.t.Context(), handle)
	if err != nil {
		e.t.Fatal(err)
	}
	return v
}

// fetched is the status that a node gets when it asks, signed, for an address.
func fetched(t *testing.T, n *fedtest.Node, uri string) int {
	t.Helper()
	_, _, err := n.Finder.Document(t.Context(), fetch.Object, uri)
	if status := (*fetch.StatusError)(nil); errors.As(err, &status) {
		return status.Code
	}
	if err != nil {
		t.Fatalf("%s asks for %s: %v", n.Handle, uri, err)
	}
	return http.StatusOK
}

// activities lists the activities that a node keeps of an item.
func activities(t *testing.T, n *fedtest.Node, item uuid.UUID) (uris []string) {
	t.Helper()
	err := n.DB.View(t.Context(), func(tx *store.Tx) error {
		list, _, err := tx.NetworkOutbox(t.Context(), n.Admin.Organization, n.Admin.Networks[0], time.Time{}, "", 1000)
		for _, a := range list {
			if a.Object == item {
				uris = append(uris, n.Origin.ActivityURI(a.ID))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return uris
}

// TestNetworkItemsStayInTheNetwork: what is said to a network reaches its members
// and shows to nobody else, on whatever surface (federation.md 8.3, 4–6).
func TestNetworkItemsStayInTheNetwork(t *testing.T) {
	c := enrol(t, 3, "hub", "river", "centro", "outside")
	hub, river, centro, outside := c.Nodes[0], c.Nodes[1], c.Nodes[2], c.Nodes[3]
	for _, n := range []*fedtest.Node{outside, hub} { // followers, one of them no member
		n.Follow(river.At("river"))
	}
	lou := c.listed(river, "lou")
	canary := "Canary" + rand.Text()
	said := c.post(river, river.Admin, node.PostInput{AsOrganization: true, Title: "Title " + canary, Text: canary})
	own := c.post(river, lou, node.PostInput{Text: "lou " + canary})
	meeting, err := river.Gathering.Announce(t.Context(), river.Admin, node.GatheringInput{
		AsOrganization: true, Audience: node.NetworkOnly(c.networks[river]), Lang: "en", Name: "Meeting " + canary, Place: "Hall " + canary,
		Start: c.Clock.Now().Add(48 * time.Hour).UTC().Format("2006-01-02T15:04"), End: c.Clock.Now().Add(50 * time.Hour).UTC().Format("2006-01-02T15:04"), Zone: "Europe/London",
	})
	if err != nil {
		t.Fatal(err)
	}
	open := river.Post("for everyone")
	c.Settle()

	for _, i := range []*node.Item{said, own, meeting} {
		for _, n := range []*fedtest.Node{hub, centro} {
			got := find(n.Home(), i.URI)
			if got == nil || got.Audience != node.NetworkOnly(c.networks[n]) || got.OpenAtOrigin || got.State != node.Live || got.Author.URI != i.Author.URI {
				t.Errorf("%s reads %+v", n.Handle, got)
			}
		}
		if got := find(outside.Home(), i.URI); got != nil {
			t.Errorf("outside reads %+v", got)
		}
		uris := append(activities(t, river, i.ID), i.URI)
		if len(uris) < 2 {
			t.Errorf("no activity tells of %s", i.URI)
		}
		for _, uri := range uris {
			if got := fetched(t, centro, uri); got != http.StatusOK {
				t.Errorf("a member gets %d for %s", got, uri)
			}
			if got := fetched(t, outside, uri); got != http.StatusNotFound {
				t.Errorf("an outsider gets %d for %s", got, uri)
			}
			for _, accept := range []string{activityJSON, "text/html", "*/*"} {
				if a := read(t, river, uri, accept, ""); a.status != http.StatusNotFound || strings.Contains(a.body, canary) {
					t.Errorf("without a signature %s (%s) answers %d", uri, accept, a.status)
				}
			}
		}
		for _, accept := range []string{activityJSON, "text/html"} {
			if a := read(t, river, i.Page, accept, ""); a.status != http.StatusNotFound || strings.Contains(a.body, canary) {
				t.Errorf("its page (%s) answers a visitor with %d", accept, a.status)
			}
		}
	}
	if find(outside.Home(), open.URI) == nil {
		t.Error("the follower does not get what is for everyone")
	}
	outbox := river.Origin.OrganizationURI(river.Admin.Organization) + "/outbox"
	query := "?" + url.Values{"audience": {c.uri}, "since": {"2020-01-01T00:00:00Z"}}.Encode()
	for _, path := range []string{
		"/", "/feed.atom", "/gatherings", "/gatherings.ics", "/organizations/river", "/people/lou", "/robots.txt", "/nodeinfo/2.1", "/posts", "/search?q=Meeting",
		"/gatherings/" + meeting.ID.String() + ".ics", outbox, outbox + "?page=first", outbox + query, outbox + query + "&page=first",
	} {
		for _, accept := range []string{activityJSON, "text/html"} {
			if a := read(t, river, path, accept, ""); strings.Contains(a.body, canary) || strings.Contains(a.body, own.Author.URI) {
				t.Errorf("%s shows it to anybody", path)
			}
		}
	}
	if n := read(t, river, outbox, activityJSON, "").doc(t)["totalItems"]; n != float64(1) {
		t.Errorf("the public outbox counts %v", n)
	}
	for _, e := range outside.Home() {
		if strings.Contains(e.Body.In("en", ""), canary) {
			t.Errorf("outside reads %+v", e)
		}
	}
	clean(t, c.Cluster)
}

// TestNetworkRepliesEditsAndDeletes follow the item through the network.
func TestNetworkRepliesEditsAndDeletes(t *testing.T) {
	c := enrol(t, 3, "hub", "river", "centro", "outside")
	hub, river, centro, outside := c.Nodes[0], c.Nodes[1], c.Nodes[2], c.Nodes[3]
	outside.Follow(centro.At("centro"))
	mia := c.listed(centro, "mia")
	question := c.post(river, river.Admin, node.PostInput{AsOrganization: true, Text: "Which hall?"})
	c.Settle()
	answer := c.post(centro, mia, node.PostInput{InReplyTo: question.URI, Text: "The small one"})
	c.Settle()
	for _, n := range []*fedtest.Node{hub, river} {
		got := find(n.Home(), answer.URI)
		if got == nil || got.Audience != node.NetworkOnly(c.networks[n]) || got.InReplyTo != question.URI {
			t.Errorf("%s reads the reply as %+v", n.Handle, got)
		}
		thread, err := n.Conversation.Thread(t.Context(), n.Admin, question.URI)
		if err != nil || find(thread, answer.URI) == nil {
			t.Errorf("%s does not show it below the question, %v", n.Handle, err)
		}
	}
	notices, err := river.People.Notices(t.Context(), river.Admin, 10)
	if err != nil || !slices.ContainsFunc(notices, func(n node.Notice) bool { return n.Verb == "reply" && n.Item != nil && n.Item.URI == answer.URI }) {
		t.Errorf("who asked is not told: %+v, %v", notices, err)
	}
	if _, err := centro.Conversation.Post(t.Context(), mia, node.PostInput{InReplyTo: question.URI, Audience: node.Public, Text: "everyone"}); err == nil {
		t.Error("a reply goes further than what it answers")
	}
	if _, err := centro.Conversation.EditPost(t.Context(), mia, answer.ID, node.PostInput{Text: "The large one"}); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	for _, n := range []*fedtest.Node{hub, river} {
		if got := find(n.Home(), answer.URI); got == nil || !strings.Contains(got.Body.In("en", ""), "large") || !got.Edited() {
			t.Errorf("after the edit %s reads %+v", n.Handle, got)
		}
	}
	if err := centro.Conversation.Delete(t.Context(), mia, answer.ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	for _, n := range []*fedtest.Node{hub, river} {
		if got := find(n.Home(), answer.URI); got != nil {
			t.Errorf("after the deletion %s reads %+v", n.Handle, got)
		}
	}
	if got := fetched(t, river, answer.URI); got != http.StatusGone {
		t.Errorf("a member gets %d for what was deleted", got)
	}
	if got := fetched(t, outside, answer.URI); got != http.StatusNotFound {
		t.Errorf("an outsider gets %d for what was deleted", got)
	}
	if len(outside.Home()) != 0 {
		t.Errorf("outside reads %+v", outside.Home())
	}
	clean(t, c.Cluster)
}

// TestNetworkGatheringMoves: a change of a gathering reaches the members with the
// note that says it in words, and nobody else.
func TestNetworkGatheringMoves(t *testing.T) {
	c := enrol(t, 2, "river", "centro", "outside")
	river, centro, outside := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	outside.Follow(river.At("river"))
	in := node.GatheringInput{
		AsOrganization: true, Audience: node.NetworkOnly(c.networks[river]), Lang: "en", Name: "Assembly", Place: "Hall",
		Start: c.Clock.Now().Add(48 * time.Hour).UTC().Format("2006-01-02T15:04"), End: c.Clock.Now().Add(50 * time.Hour).UTC().Format("2006-01-02T15:04"), Zone: "UTC",
	}
	i, err := river.Gathering.Announce(t.Context(), river.Admin, in)
	if err != nil {
		t.Fatal(err)
	}
	in.Place = "Library"
	if _, err := river.Gathering.Edit(t.Context(), river.Admin, i.ID, in); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	got := find(centro.Home(), i.URI)
	if got == nil || got.Gathering == nil || got.Gathering.Place != "Library" || got.Audience != node.NetworkOnly(c.networks[centro]) {
		t.Fatalf("centro reads %+v", got)
	}
	thread, err := centro.Conversation.Thread(t.Context(), centro.Admin, i.URI)
	if err != nil || len(thread) != 1 || !strings.Contains(thread[0].Body.In("en", ""), "New place") || thread[0].Audience != got.Audience {
		t.Errorf("the note says %+v, %v", thread, err)
	}
	upcoming, err := centro.Conversation.Upcoming(t.Context(), centro.Admin, c.Clock.Now(), 10)
	if err != nil || find(upcoming, i.URI) == nil {
		t.Errorf("centro does not list it, %v", err)
	}
	if _, err := river.Gathering.Cancel(t.Context(), river.Admin, i.ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if got := find(centro.Home(), i.URI); got == nil || got.Gathering.Status != node.Cancelled {
		t.Errorf("called off, centro reads %+v", got)
	}
	if len(outside.Home()) != 0 {
		t.Errorf("outside reads %+v", outside.Home())
	}
	clean(t, c.Cluster)
}

// TestOutsiderPostsToNetwork: what is addressed to a network and comes from no
// member is refused before it is taken (federation.md 8.3, 5).
func TestOutsiderPostsToNetwork(t *testing.T) {
	c := enrol(t, 2, "river", "centro")
	river := c.Nodes[0]
	if _, err := c.Nodes[1].Following.Follow(t.Context(), c.Nodes[1].Admin, river.At("river"), following.Organization); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	p := fedtest.NewPeer(t, 40, "Person")
	members := c.uri + "/members"
	question := c.post(river, river.Admin, node.PostInput{AsOrganization: true, Text: "hello"})
	forged := func(kind string, object any, change func(activity, object fedtest.Doc)) fedtest.Doc {
		doc := p.Activity(kind, object)
		delete(doc, "to")
		inner, _ := object.(fedtest.Doc)
		if inner == nil {
			inner = fedtest.Doc{}
		}
		delete(inner, "to")
		delete(inner, "cc")
		change(doc, inner)
		return doc
	}
	to := func(uri string) func(fedtest.Doc, fedtest.Doc) {
		return func(a, o fedtest.Doc) { a["to"], o["to"] = []any{uri}, []any{uri} }
	}
	for name, doc := range map[string]fedtest.Doc{
		"Create":                  forged("Create", p.Note("spam"), to(members)),
		"Create by its object":    forged("Create", p.Note("spam"), func(_, o fedtest.Doc) { o["cc"] = []any{members} }),
		"Create by its activity":  forged("Create", p.Note("spam"), func(a, o fedtest.Doc) { a["cc"], o["to"] = []any{members}, []any{p.Actor} }),
		"Create by its audience":  forged("Create", p.Note("spam"), func(_, o fedtest.Doc) { o["audience"] = c.uri }),
		"Create with everyone":    forged("Create", p.Note("spam"), func(a, o fedtest.Doc) { a["to"] = []any{members, jsonld.PublicIRI} }),
		"Update":                  forged("Update", p.Note("spam"), to(members)),
		"Announce of our post":    forged("Announce", question.URI, to(members)),
		"Like of our post":        forged("Like", question.URI, to(members)),
		"Add without the hub":     forged("Add", p.Actor, to(members)),
		"reply":                   forged("Create", p.Note("spam"), func(a, o fedtest.Doc) { to(members)(a, o); o["inReplyTo"] = question.URI }),
		"Create as a single name": forged("Create", p.Note("spam"), func(a, o fedtest.Doc) { a["to"], o["to"] = members, members }),
	} {
		if doc["type"] == "Add" {
			continue // its handler comes with membership
		}
		if status := p.Post(river.Origin.SharedInbox(), doc); status != http.StatusForbidden {
			t.Errorf("%s is answered with %d", name, status)
		}
	}
	for name, doc := range map[string]fedtest.Doc{ // which have no effect, and are no crime
		"Announce of our post, to its followers": forged("Announce", question.URI, to(p.Actor+"/followers")),
		"Like of our post, to nobody":            forged("Like", question.URI, func(a, _ fedtest.Doc) { a["to"] = []any{} }),
		"Delete of what never was":               forged("Delete", p.ID("notes"), to(members)),
	} {
		if status := p.Post(river.Origin.SharedInbox(), doc); status != http.StatusAccepted {
			t.Errorf("%s is answered with %d", name, status)
		}
	}
	c.Settle()
	for _, i := range river.Home() {
		if !i.Local {
			t.Errorf("river reads %+v", i)
		}
	}
	if notices, err := river.People.Notices(t.Context(), river.Admin, 10); err != nil || slices.ContainsFunc(notices, func(n node.Notice) bool { return n.By.Host == p.Host() }) {
		t.Errorf("river is told %+v, %v", notices, err)
	}
	clean(t, c.Cluster)
}

// TestMemberCannotWiden: what a member says for the network and for everyone at
// once is dropped.
func TestMemberCannotWiden(t *testing.T) {
	c := enrol(t, 1, "river")
	river := c.Nodes[0]
	p := fedtest.NewPeer(t, 41, "Organization")
	now := c.Clock.Now()
	c.write(river, func(tx *store.Tx) error {
		return tx.PutMembership(t.Context(), &node.Membership{
			ID: uuid.Must(uuid.NewV7()), NetworkID: c.networks[river], OrganizationURI: p.Actor, NodeURI: p.URL, Origin: p.URL, Inbox: p.URL + "/inbox", Name: "Peer",
			Kind: node.OwnNode, Status: node.MemberActive, Role: node.PlainMember, Since: now, UpdatedAt: now, Claim: true, ClaimAt: now, CaughtUpAt: now,
		})
	})
	for name, c := range map[string]struct {
		to   []any
		kept bool
	}{
		"to the members": {[]any{c.uri + "/members"}, true}, "to members and everyone": {[]any{c.uri + "/members", jsonld.PublicIRI}, false},
		"to members and everyone, shortly": {[]any{c.uri + "/members", "as:Public"}, false},
	} {
		note := p.Note(name)
		note["to"], note["cc"] = c.to, []any{}
		doc := p.Activity("Create", note)
		doc["to"] = c.to
		p.Send(river, doc)
		if _, err := river.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := find(river.Home(), note["id"].(string)); (got != nil) != c.kept {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// missed asks another member's outbox for what it said to the network since a
// time and hands it to the inbox, as a node does that was away.
func (e *enrolled) missed(n, from *fedtest.Node, since time.Time) (count int) {
	t := e.t
	t.Helper()
	query := url.Values{"audience": {e.uri}, "since": {since.UTC().Format(time.RFC3339)}}
	doc, _, err := n.Finder.Document(t.Context(), fetch.Object, from.Origin.OrganizationURI(from.Admin.Organization)+"/outbox?"+query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	for next := doc.IDOf("first"); next != ""; {
		page, src, err := n.Finder.Document(t.Context(), fetch.Object, next)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Objects("orderedItems") {
			count++
			if err := n.Inbox.CatchUp(t.Context(), a, src.SignerKey); err != nil {
				t.Fatal(err)
			}
		}
		next = page.IDOf("next")
	}
	return count
}

// TestNetworkCatchUp: a node that was away asks each member for what it missed.
// It has the effect of a delivery, and the delivery that comes later has none
// (A8, R23).
func TestNetworkCatchUp(t *testing.T) {
	c := enrol(t, 2, "river", "centro", "outside")
	river, centro, outside := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	lou := c.listed(river, "lou")
	before := c.post(river, lou, node.PostInput{Text: "before"})
	gone := c.post(river, lou, node.PostInput{Text: "gone"})
	c.Settle()
	since := c.Clock.Now().Add(-time.Hour)
	centro.Stop()
	var items []*node.Item
	for range 60 { // more than a page
		items = append(items, c.post(river, lou, node.PostInput{Text: "while you were away"}))
	}
	items = append(items, c.post(river, river.Admin, node.PostInput{AsOrganization: true, Text: "the organization too"}))
	if _, err := river.Conversation.EditPost(t.Context(), lou, before.ID, node.PostInput{Text: "edited"}); err != nil {
		t.Fatal(err)
	}
	if err := river.Conversation.Delete(t.Context(), lou, gone.ID); err != nil {
		t.Fatal(err)
	}
	unseen := c.post(river, lou, node.PostInput{Text: "never seen"})
	c.Settle()
	if err := river.Conversation.Delete(t.Context(), lou, unseen.ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	centro.Start()
	again(t, centro)

	outbox := organizationOf(river) + "/outbox?" + url.Values{"audience": {c.uri}}.Encode()
	if got := fetched(t, outside, outbox); got != http.StatusNotFound {
		t.Errorf("an outsider asks what was said and gets %d", got)
	}
	if n := c.missed(centro, river, since); n < len(items)+2 {
		t.Errorf("centro catches up with %d of %d", n, len(items)+2)
	}
	check := func(when string) {
		t.Helper()
		home, _, err := centro.Conversation.Home(t.Context(), centro.Admin, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			if find(home, i.URI) == nil {
				t.Errorf("%s centro does not read %s", when, i.URI)
			}
		}
		if got := find(home, before.URI); got == nil || !strings.Contains(got.Body.In("en", ""), "edited") {
			t.Errorf("%s centro reads %+v", when, got)
		}
		if find(home, gone.URI) != nil || find(home, unseen.URI) != nil {
			t.Errorf("%s centro reads what was deleted", when)
		}
		if want := len(items) + 1; len(home) != want {
			t.Errorf("%s centro reads %d things, want %d", when, len(home), want)
		}
	}
	if _, err := centro.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("after catching up")
	c.missed(centro, river, since)
	if _, err := centro.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("after catching up twice")
	c.Clock.Add(24 * time.Hour) // what waited is tried again
	c.Settle()
	check("after the deliveries came")
}

// TestExMemberGetsNothing: who was removed gets no more, also of what was queued
// before; what takes back what they have still reaches them.
func TestExMemberGetsNothing(t *testing.T) {
	c := enrol(t, 3, "hub", "river", "centro")
	hub, river, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	first := c.post(river, river.Admin, node.PostInput{AsOrganization: true, Text: "first"})
	c.Settle()
	if find(centro.Home(), first.URI) == nil {
		t.Fatal("centro does not get what is said while it is a member")
	}
	queued := c.post(river, river.Admin, node.PostInput{AsOrganization: true, Text: "queued"}) // announced, not sent yet
	c.put(river, centro, node.MemberExpelled)
	c.put(hub, centro, node.MemberExpelled)
	later := c.post(river, river.Admin, node.PostInput{AsOrganization: true, Text: "later"})
	if _, err := river.Conversation.EditPost(t.Context(), river.Admin, first.ID, node.PostInput{Text: "edited"}); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	for _, i := range []*node.Item{queued, later} {
		if find(centro.Home(), i.URI) != nil {
			t.Errorf("the ex-member reads %s", i.Body.In("en", ""))
		}
		if find(hub.Home(), i.URI) == nil {
			t.Errorf("a member does not read %s", i.Body.In("en", ""))
		}
		if got := fetched(t, centro, i.URI); got != http.StatusNotFound {
			t.Errorf("the ex-member gets %d", got)
		}
	}
	if got := find(centro.Home(), first.URI); got == nil || strings.Contains(got.Body.In("en", ""), "edited") {
		t.Errorf("the ex-member reads %+v", got)
	}
	reply := c.post(centro, centro.Admin, node.PostInput{AsOrganization: true, InReplyTo: first.URI, Text: "still here?"})
	c.Settle()
	if find(river.Home(), reply.URI) != nil {
		t.Error("a member reads what the ex-member says")
	}
	if err := river.Conversation.Delete(t.Context(), river.Admin, first.ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if find(centro.Home(), first.URI) != nil {
		t.Error("the ex-member keeps what was deleted")
	}
}
