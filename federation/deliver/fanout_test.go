package deliver_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/people"
)

// list reads a list of strings out of a document.
func list(doc map[string]any, key string) (all []string) {
	values, _ := doc[key].([]any)
	for _, v := range values {
		s, _ := v.(string)
		all = append(all, s)
	}
	return all
}

// only drains and returns the one request that p got.
func (s *sender) only(p *peer) arrival {
	s.t.Helper()
	s.drain()
	got := p.arrivals()
	if len(got) != 1 {
		s.t.Fatalf("%s got %d requests (%s), want 1", p.host, len(got), kinds(got))
	}
	return got[0]
}

func TestFanOutReachesEachServerOnce(t *testing.T) {
	s := newSender(t)
	a, b := newPeer(t, nil), newPeer(t, nil)
	s.follower(a, "ana", s.orgURI())
	s.follower(a, "ben", s.orgURI())
	s.follower(b, "cy", s.orgURI())
	i := s.post("Rent strike on Friday")
	if n := s.drain(); n != 2 {
		t.Errorf("%d attempts, want one for each server", n)
	}
	for _, p := range []*peer{a, b} {
		got := p.arrivals()
		if kinds(got) != "Create" || got[0].object() != i.URI || got[0].path != "/inbox" {
			t.Errorf("%s got %v", p.host, got)
		}
	}
	if r := s.receipts(i); r.Delivered != 2 || r.Waiting != 0 {
		t.Errorf("receipts %+v", r)
	}
	if idle, err := s.worker.Idle(t.Context()); err != nil || !idle {
		t.Errorf("idle %v, %v", idle, err)
	}
}

func TestFanOutNeverReachesOurselves(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	a := s.follower(p, "ana", s.orgURI())
	a.Inbox, a.SharedInbox = string(s.Origin)+"/ap/people/x/inbox", "HTTPS://Node.Example.org:443/ap/inbox"
	src := &node.Source{URI: a.URI, Raw: []byte(`{}`), SignerKey: a.URI, Scheme: "fetched", ActorURI: a.URI}
	if err := s.Peers.PutActor(t.Context(), a, nil, src); err != nil {
		t.Fatal(err)
	}
	s.post("hello")
	if n := s.drain(); n != 0 || s.waiting() != 0 {
		t.Errorf("%d attempts, %d wait", n, s.waiting())
	}
}

// TestItemActivities follows a post through its life.
func TestItemActivities(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	s.follower(p, "ana", s.orgURI())

	i := s.post("Rent strike on Friday")
	got := s.only(p)
	if got.kind() != "Create" || got.object() != i.URI || got.doc["actor"] != s.orgURI() {
		t.Errorf("created: %s", got.raw)
	}
	if !slices.Equal(list(got.doc, "to"), []string{"https://www.w3.org/ns/activitystreams#Public"}) {
		t.Errorf("to %v", got.doc["to"])
	}
	id, _ := got.doc["id"].(string)
	served, err := s.Delivery.Activity(t.Context(), uuid.MustParse(id[strings.LastIndex(id, "/")+1:]))
	if err != nil || string(served.Raw) != string(got.raw) {
		t.Errorf("%s serves %+v (%v), sent %s", id, served, err, got.raw)
	}

	s.edit(i, "Rent strike on Saturday")
	got = s.only(p)
	if got.kind() != "Update" || got.object() != i.URI || !strings.Contains(string(got.raw), "Saturday") {
		t.Errorf("edited: %s", got.raw)
	}

	s.remove(i)
	got = s.only(p)
	object, _ := got.doc["object"].(map[string]any)
	if got.kind() != "Delete" || object["type"] != "Tombstone" || object["id"] != i.URI || object["formerType"] != "Note" {
		t.Errorf("deleted: %s", got.raw)
	}
}

func TestReplyNamesTheAuthorOfItsParent(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	remote := s.actor(p, "Person", "eve")
	if _, err := s.Following.Follow(t.Context(), s.Operator, remote.URI, following.Organization); err != nil {
		t.Fatal(err)
	}
	s.drain()
	p.arrivals()
	if _, err := s.Conversation.Receive(t.Context(), s.Arrival(t, remote, "question")); err != nil {
		t.Fatal(err)
	}
	parent := remote.URI + "/notes/question"
	reply, err := s.Conversation.Post(t.Context(), s.Operator, node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "en", Text: "Yes", InReplyTo: parent})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"Create", "Update"} {
		got := s.only(p)
		object, _ := got.doc["object"].(map[string]any)
		tags, _ := object["tag"].([]any)
		if got.kind() != verb || object["inReplyTo"] != parent || len(tags) != 1 || !slices.Contains(list(got.doc, "cc"), remote.URI) {
			t.Errorf("%s: %s", verb, got.raw)
		}
		s.edit(reply, "Yes, we are")
		s.Clock.Add(1)
	}
}

func TestFollowActivities(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	remote := s.actor(p, "Person", "eve")

	if _, err := s.Following.Follow(t.Context(), s.Operator, remote.URI, following.Organization); err != nil {
		t.Fatal(err)
	}
	follow := s.only(p)
	if follow.kind() != "Follow" || follow.object() != remote.URI || follow.path != "/users/eve/inbox" {
		t.Errorf("follow to %s: %s", follow.path, follow.raw)
	}

	if err := s.Following.Unfollow(t.Context(), s.Operator, remote.URI, following.Organization); err != nil {
		t.Fatal(err)
	}
	undo := s.only(p)
	if undo.kind() != "Undo" || undo.object() != follow.doc["id"] {
		t.Errorf("unfollow: %s", undo.raw)
	}

	if err := s.Following.ReceiveFollow(t.Context(), remote, s.orgURI(), remote.URI+"/follows/7"); err != nil {
		t.Fatal(err)
	}
	if got := s.only(p); got.kind() != "Accept" || got.object() != remote.URI+"/follows/7" {
		t.Errorf("accepted: %s", got.raw)
	}

	if err := s.Following.ReceiveFollow(t.Context(), remote, s.Origin.Relay(), remote.URI+"/follows/8"); err != nil {
		t.Fatal(err)
	}
	if got := s.only(p); got.kind() != "Reject" || got.doc["actor"] != s.Origin.Relay() || !strings.HasPrefix(got.keyID, s.Origin.Relay()) {
		t.Errorf("a person follows the relay, answered with key %s: %s", got.keyID, got.raw)
	}
}

func TestProfileActivities(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	v := s.Followable(t, "lena")
	person, err := s.People.Person(t.Context(), v, "lena")
	if err != nil {
		t.Fatal(err)
	}
	actor := s.Origin.PersonURI(person.ActorID)
	s.follower(p, "ana", actor)
	s.follower(p, "ben", s.orgURI())

	if _, err := s.People.SaveProfile(t.Context(), v, people.Profile{Handle: "lena", Name: "Lena M.", Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	got := s.only(p)
	if got.kind() != "Update" || got.object() != actor || !strings.Contains(string(got.raw), "Lena M.") || strings.Contains(string(got.raw), "lena@example.org") {
		t.Errorf("profile saved: %s", got.raw)
	}

	org := *s.Organization
	org.Name = "Riverside Tenants Union"
	if err := s.People.SaveOrganization(t.Context(), s.Operator, &org); err != nil {
		t.Fatal(err)
	}
	if got := s.only(p); got.kind() != "Update" || got.object() != s.orgURI() || !strings.Contains(string(got.raw), org.Name) {
		t.Errorf("organization saved: %s", got.raw)
	}

	// What was saved just before the profile closed is not said any more.
	if _, err := s.People.SaveProfile(t.Context(), v, people.Profile{Handle: "lena", Name: "Lena", Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.People.SetFollowable(t.Context(), v, "lena", false); err != nil {
		t.Fatal(err)
	}
	s.drain()
	list := p.arrivals()
	said := strings.Fields(kinds(list))
	slices.Sort(said)
	if !slices.Equal(said, []string{"Delete", "Reject"}) {
		t.Fatalf("profile closed: %s", kinds(list))
	}
	for _, a := range list {
		if a.kind() == "Delete" && (a.object() != actor || a.keyID != actor+"#main-key") {
			t.Errorf("closed with key %s: %s", a.keyID, a.raw)
		}
	}
}

func TestRelayPassesNewGatheringsOn(t *testing.T) {
	s := newSender(t)
	people, servers := newPeer(t, nil), newPeer(t, nil)
	s.follower(people, "ana", s.orgURI())
	app := s.actor(servers, "Application", "relay")
	if err := s.Following.ReceiveFollow(t.Context(), app, s.Origin.Relay(), app.URI+"/follows/1"); err != nil {
		t.Fatal(err)
	}
	s.drain()
	people.arrivals()
	servers.arrivals()

	s.post("only a post")
	s.drain()
	if got := servers.arrivals(); len(got) != 0 {
		t.Fatalf("the relay passed a post on: %s", kinds(got))
	}
	people.arrivals()

	i, err := s.Gathering.Announce(t.Context(), s.Operator, node.GatheringInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Name: "Assembly", Text: "All welcome",
		Start: "2026-12-12T10:00", End: "2026-12-12T12:00", Zone: "Europe/Madrid", Place: "Hall",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.drain()
	if got := people.arrivals(); kinds(got) != "Create" {
		t.Errorf("followers of the organization got %s", kinds(got))
	}
	got := servers.arrivals()
	if kinds(got) != "Announce" || got[0].object() != i.URI || got[0].doc["actor"] != s.Origin.Relay() || !strings.HasPrefix(got[0].keyID, s.Origin.Relay()) {
		t.Fatalf("followers of the relay got %s", kinds(got))
	}
	if r := s.receipts(i); r.Delivered != 1 {
		t.Errorf("receipts %+v, want those of the author's activity", r)
	}
	sub, err := s.Delivery.Subject(t.Context(), node.Event{Verb: delivery.Relayed, Kind: node.KindGathering, Object: i.ID})
	if err != nil || len(sub.Inboxes) != 1 || sub.Inboxes[0].Inbox != servers.url+"/inbox" {
		t.Errorf("the relay would tell %v (%v): never the followers of people", sub, err)
	}

	if _, err := s.Gathering.Cancel(t.Context(), s.Operator, i.ID); err != nil {
		t.Fatal(err)
	}
	s.drain()
	if got := servers.arrivals(); kinds(got) != "Update" {
		t.Errorf("after the cancellation the relay's followers got %s", kinds(got))
	}
	people.arrivals()

	s.remove(i)
	s.drain()
	for _, p := range []*peer{people, servers} {
		if got := p.arrivals(); kinds(got) != "Delete" || got[0].object() != i.URI {
			t.Errorf("deleted: %s got %s", p.host, kinds(got))
		}
	}
}

func TestNothingIsSaidOfWhatIsGone(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, nil)
	a := s.follower(p, "ana", s.orgURI())

	s.remove(s.post("deleted before it was announced"))
	s.drain()
	if got := p.arrivals(); kinds(got) != "Delete" {
		t.Errorf("got %s", kinds(got))
	}

	if err := s.Following.ReceiveFollow(t.Context(), a, s.orgURI(), a.URI+"/follows/2"); err != nil {
		t.Fatal(err)
	}
	a.Gone = true
	src := &node.Source{URI: a.URI, Raw: []byte(`{}`), SignerKey: a.URI, Scheme: "fetched", ActorURI: a.URI}
	if err := s.Peers.PutActor(t.Context(), a, nil, src); err != nil {
		t.Fatal(err)
	}
	if n := s.drain(); n != 0 || s.waiting() != 0 {
		t.Errorf("%d attempts to answer who is gone, %d wait", n, s.waiting())
	}
}

func TestGoneInboxEndsTheFollow(t *testing.T) {
	s := newSender(t)
	p := newPeer(t, always(http.StatusGone))
	a := s.follower(p, "ana", s.orgURI())
	a.SharedInbox = ""
	src := &node.Source{URI: a.URI, Raw: []byte(`{}`), SignerKey: a.URI, Scheme: "fetched", ActorURI: a.URI}
	if err := s.Peers.PutActor(t.Context(), a, nil, src); err != nil {
		t.Fatal(err)
	}
	i := s.post("hello")
	s.drain()
	if r := s.receipts(i); r.Dropped != 1 {
		t.Errorf("receipts %+v", r)
	}
	if n, _, err := s.Following.Counts(t.Context(), s.Organization.ID); err != nil || n != 0 {
		t.Errorf("%d followers (%v)", n, err)
	}
}
