package fedtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
)

// answer is what came back for a GET.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) doc(t *testing.T) (d fedtest.Doc) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &d); err != nil {
		t.Fatalf("%d %.200s: %v", a.status, a.body, err)
	}
	return d
}

// read GETs an address of a node without following where it leads.
func read(t *testing.T, n *fedtest.Node, path, accept, cookie string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL+strings.TrimPrefix(path, n.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

const activityJSON = "application/activity+json"

// TestOutboxHoldsEachPostOnce walks an outbox page by page, as Gancio does to fill up.
func TestOutboxHoldsEachPostOnce(t *testing.T) {
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	want := map[string]bool{}
	for i := range 45 {
		want[n.Post(fmt.Sprintf("post %d", i)).URI] = true
	}
	inside, err := n.Conversation.Post(t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: node.OrganizationOnly(n.Admin.Organization), Lang: "en", Text: "inside"})
	if err != nil {
		t.Fatal(err)
	}
	gone := n.Post("deleted")
	c.Settle()
	if err := n.Conversation.Delete(t.Context(), n.Admin, gone.ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	outbox := n.Origin.OrganizationURI(n.Admin.Organization) + "/outbox"
	top := read(t, n, outbox, activityJSON, "").doc(t)
	if top["totalItems"] != 45.0 || top["id"] != outbox || top["orderedItems"] != nil {
		t.Errorf("outbox: %v", top)
	}
	seen := map[string]int{}
	last := "9999"
	pages := 0
	for next, _ := top["first"].(string); next != ""; pages++ {
		page := read(t, n, next, activityJSON, "").doc(t)
		items, _ := page["orderedItems"].([]any)
		if page["id"] != next || page["partOf"] != outbox || page["type"] != "OrderedCollectionPage" || len(items) == 0 || len(items) > 20 || pages > 5 {
			t.Fatalf("page %s: %v", next, page)
		}
		for _, item := range items {
			create := item.(map[string]any)
			object, _ := create["object"].(map[string]any)
			seen[object["id"].(string)]++
			if published := object["published"].(string); published > last {
				t.Errorf("%s comes after %s", published, last)
			} else {
				last = published
			}
			if create["@context"] != nil || create["type"] != "Create" {
				t.Errorf("an item is %v", create)
			}
			// Each can be fetched by its id, and says the same.
			if alone := read(t, n, create["id"].(string), activityJSON, "").doc(t); alone["id"] != create["id"] || alone["actor"] != create["actor"] {
				t.Errorf("by itself it is %v", alone)
			}
		}
		next, _ = page["next"].(string)
	}
	for uri := range want {
		if seen[uri] != 1 {
			t.Errorf("%s stands in the outbox %d times", uri, seen[uri])
		}
	}
	if len(seen) != 45 || pages != 3 || seen[inside.URI] > 0 {
		t.Errorf("%d posts on %d pages", len(seen), pages)
	}
	for _, cursor := range []string{"nowhere", "1.x", "9999999999999999999999.0198c0de-0000-7000-8000-000000000001", "-1.0198c0de-0000-7000-8000-000000000001", "%00", "'"} {
		if a := read(t, n, outbox+"?page="+url.QueryEscape(cursor), activityJSON, ""); a.status != 200 || a.doc(t)["type"] != "OrderedCollectionPage" {
			t.Errorf("page %s: %d %s", cursor, a.status, a.body)
		}
	}
}

// TestS2OldWordsAreTakenBack edits what went out and looks for the first words in everything that is served.
func TestS2OldWordsAreTakenBack(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	ana := n.Person("ana", true)
	p, err := n.People.Person(t.Context(), n.Admin, "ana")
	if err != nil {
		t.Fatal(err)
	}
	actor := n.Origin.PersonURI(p.ActorID)
	for _, followed := range []string{n.Origin.OrganizationURI(n.Admin.Organization), actor} {
		peer.Send(n, peer.Activity("Follow", followed))
	}
	c.Settle()
	post := n.Post("canary-old street 5")
	gathering, err := n.Gathering.Announce(t.Context(), n.Admin, node.GatheringInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Name: "Evening",
		Start: "2030-12-12T18:00", End: "2030-12-12T20:00", Zone: "Europe/London", Place: "canary-old hall",
	})
	if err != nil {
		t.Fatal(err)
	}
	bio := func(text string) {
		t.Helper()
		if _, err := n.People.SaveProfile(t.Context(), ana, people.Profile{Handle: "ana", Name: "Ana", Bio: node.Text{"en": text}, Languages: []string{"en"}}); err != nil {
			t.Fatal(err)
		}
	}
	bio("canary-old bio")
	c.Settle()
	if _, err := n.Conversation.EditPost(t.Context(), n.Admin, post.ID, node.PostInput{Text: "canary-new words"}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Gathering.Edit(t.Context(), n.Admin, gathering.ID, node.GatheringInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Name: "Evening",
		Start: "2030-12-12T18:00", End: "2030-12-12T20:00", Zone: "Europe/London", Place: "canary-new hall",
	}); err != nil {
		t.Fatal(err)
	}
	bio("canary-new bio")
	c.Settle()
	old, fresh := 0, 0
	for _, d := range peer.Received("") {
		raw, _ := json.Marshal(d)
		if strings.Contains(string(raw), "canary-old") {
			old++
		}
		a := read(t, n, d["id"].(string), activityJSON, "")
		if a.status != 200 {
			t.Errorf("%v %v: %d", d["type"], d["id"], a.status)
		}
		if strings.Contains(a.body, "canary-old") {
			t.Errorf("%v %v is served with its first words", d["type"], d["id"])
		}
		if strings.Contains(a.body, "canary-new") {
			fresh++
		}
	}
	if old < 3 || fresh < 6 {
		t.Errorf("%d activities had the first words, %d are served with the new ones", old, fresh)
	}
	for _, path := range []string{n.Origin.OrganizationURI(n.Admin.Organization) + "/outbox?page=first", actor + "/outbox?page=first", actor, post.URI, gathering.URI} {
		if a := read(t, n, path, activityJSON, ""); a.status != 200 || strings.Contains(a.body, "canary-old") {
			t.Errorf("%s: %d, with the first words: %v", path, a.status, strings.Contains(a.body, "canary-old"))
		}
	}
}

// planted is a node full of things that must not be told: canaries stand in them.
func planted(t *testing.T, c *fedtest.Cluster, peer *fedtest.Peer) {
	t.Helper()
	n := c.Nodes[0]
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	add := func(handle, canary string, followable bool) {
		t.Helper()
		_, _, err := n.People.AddPerson(t.Context(), n.Admin, people.NewPerson{Name: "Name " + canary, Email: handle + "-canary-mail@river.example", Handle: handle, RoleTitle: "Role " + canary, Followable: followable})
		must(err)
		v, _, err := n.People.ViewerFor(t.Context(), handle)
		must(err)
		if canary != "" {
			_, err = n.People.SaveProfile(t.Context(), v, people.Profile{Handle: handle, Name: "Name " + canary, Bio: node.Text{"en": "Bio " + canary}, Languages: []string{"en"}})
			must(err)
		}
	}
	add("canaryhidden", "canary-hidden", false)
	add("open", "", true)
	add("canaryclosed", "canary-closed", true)
	post := func(handle string, a node.Audience, text, answers string) *node.Item {
		t.Helper()
		v, asOrg, err := n.People.ViewerFor(t.Context(), handle)
		must(err)
		i, err := n.Conversation.Post(t.Context(), v, node.PostInput{AsOrganization: asOrg, Audience: a, Lang: "en", Title: text + " title", Text: text, InReplyTo: answers})
		must(err)
		return i
	}
	org := node.OrganizationOnly(n.Admin.Organization)
	public := post("", node.Public, "for everyone", "")
	post("", org, "canary-inside", "")
	post("canaryhidden", org, "canary-by-hidden", public.URI)
	post("open", org, "canary-by-open", "")
	_, err := n.Gathering.Announce(t.Context(), n.Admin, node.GatheringInput{AsOrganization: true, Audience: org, Lang: "en", Name: "canary-evening", Start: "2030-12-12T18:00", End: "2030-12-12T20:00", Zone: "Europe/London", Place: "canary-hall"})
	must(err)
	deleted := post("", node.Public, "canary-deleted", "")
	post("canaryclosed", node.Public, "canary-of-closed", "")
	c.Settle()
	must(n.Conversation.Delete(t.Context(), n.Admin, deleted.ID))
	closed, _, err := n.People.ViewerFor(t.Context(), "canaryclosed")
	must(err)
	_, err = n.People.SetFollowable(t.Context(), closed, "canaryclosed", false)
	must(err)

	n.Follow(peer.Actor)
	peer.Send(n, peer.Activity("Accept", peer.Received("Follow")[0]["id"]))
	c.Settle()
	received := peer.Note("canary-received")
	followers := peer.Note("canary-followers")
	followers["to"], followers["cc"] = []any{peer.Actor + "/followers"}, []any{}
	direct := peer.Note("canary-direct")
	direct["to"], direct["cc"] = []any{n.Origin.OrganizationURI(n.Admin.Organization)}, []any{}
	stranger := fedtest.NewPeer(t, 9, "Person")
	held, rejected := stranger.Note("canary-held"), stranger.Note("canary-rejected")
	held["inReplyTo"], rejected["inReplyTo"] = public.URI, public.URI
	for _, d := range []fedtest.Doc{received, followers, direct} {
		peer.Send(n, peer.Activity("Create", d))
	}
	stranger.Send(n, stranger.Activity("Create", held))
	stranger.Send(n, stranger.Activity("Create", rejected))
	peer.Send(n, peer.Activity("Like", public.URI))
	peer.Send(n, peer.Activity("Follow", n.Origin.OrganizationURI(n.Admin.Organization)))
	c.Settle()
	list, err := n.Conversation.Held(t.Context(), n.Admin, 10)
	must(err)
	if len(list) != 2 {
		t.Fatalf("%d items are held", len(list))
	}
	for _, i := range list {
		if i.URI == rejected["id"] {
			must(n.Conversation.RejectHeld(t.Context(), n.Admin, i.ID))
		}
	}
	c.Settle()
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// everyID lists every id that stands anywhere in a node's data: more than
// anybody could guess.
func everyID(t *testing.T, n *fedtest.Node) []string {
	t.Helper()
	db := database(t, n)
	found := map[string]bool{"00000000-0000-0000-0000-000000000000": true}
	for _, table := range rows(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`) {
		for _, line := range rows(t, db, `SELECT * FROM "`+table+`"`) {
			for _, id := range uuids.FindAllString(line, -1) {
				found[id] = true
			}
		}
	}
	var all []string
	for id := range found {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

// TestE2CanariesInDocuments asks for everything that has an address for
// machines, by every id that there is, as a visitor and with a cookie of who may
// read it all: nothing that is not for everyone is told.
func TestE2CanariesInDocuments(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	planted(t, c, peer)
	ids := everyID(t, n)
	if len(ids) < 30 {
		t.Fatalf("only %d ids were found", len(ids))
	}
	paths := []string{"/", "/ap/node", "/ap/inbox", "/.well-known/nodeinfo", "/nodeinfo/2.1", "/.well-known/host-meta", "/ap", "/ap/", "/ap/people", "/ap/people/", "/ap/objects", "/ap/activities", "/people", "/posts", "/gatherings", "/ap/node/outbox?page=first"}
	for _, id := range ids {
		for _, at := range []string{"/ap/people/", "/ap/organizations/"} {
			for _, tail := range []string{"", "/outbox", "/outbox?page=first", "/outbox?page=" + "9999999999999." + id, "/followers", "/following", "/inbox"} {
				paths = append(paths, at+id+tail)
			}
			paths = append(paths, "/.well-known/webfinger?resource="+url.QueryEscape(n.URL+at+id))
		}
		for _, at := range []string{"/ap/objects/", "/ap/activities/", "/posts/", "/gatherings/", "/ap/"} {
			paths = append(paths, at+id)
		}
	}
	for _, handle := range []string{"river", "relay", "open", "canaryhidden", "canaryclosed", "admin_river", "nobody"} {
		for _, at := range []string{"/people/", "/organizations/", "/@"} {
			paths = append(paths, at+handle, "/.well-known/webfinger?resource="+url.QueryEscape(n.URL+at+handle))
		}
		paths = append(paths, "/.well-known/webfinger?resource="+url.QueryEscape("acct:"+handle+"@"+n.Origin.Host()))
	}
	cookie := signIn(t, n, "admin_river")
	served := 0
	for _, path := range paths {
		for _, as := range []string{"", cookie} {
			a := read(t, n, path, activityJSON, as)
			if a.status == 200 && strings.Contains(a.header.Get("Content-Type"), "json") {
				served++
			}
			if as != "" && strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
				continue // a page, for who is signed in
			}
			if a.status >= 500 {
				t.Errorf("%s: %d", path, a.status)
			}
			for _, text := range []string{a.body, fmt.Sprint(a.header)} {
				if at := strings.Index(text, "canary"); at >= 0 && !strings.Contains(path, "canary") {
					t.Errorf("%s tells %.60q", path, text[at:])
				}
				// A Follow and its answer are told to who knows their id: the other side fetches them to believe them.
				if !strings.HasPrefix(path, "/ap/activities/") && (strings.Contains(text, peer.Actor) || strings.Contains(text, "127.77.2.9")) {
					t.Errorf("%s tells of who is followed or follows", path)
				}
			}
			if strings.Contains(path, "canary") && (a.status == 200 && strings.Contains(a.header.Get("Content-Type"), "json") || strings.Contains(a.body, "canary-")) {
				t.Errorf("%s: %d %.100q", path, a.status, a.body)
			}
		}
	}
	if served < 20 {
		t.Errorf("only %d documents were served: the test sees nothing", served)
	}
}

// signIn opens a session and returns its cookie.
func signIn(t *testing.T, n *fedtest.Node, handle string) string {
	t.Helper()
	link, err := n.People.PersonLink(t.Context(), n.Admin, handle)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", n.URL)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	for _, c := range resp.Cookies() {
		if strings.HasPrefix(c.Name, "poweron-") {
			return c.Name + "=" + c.Value
		}
	}
	t.Fatalf("no session: %d %v", resp.StatusCode, resp.Header)
	return ""
}

// TestDocumentsKnowNoSession asks with a cookie for what its owner may read: documents are for everyone or for nobody.
func TestDocumentsKnowNoSession(t *testing.T) {
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	n.Person("hidden", false)
	inside, err := n.Conversation.Post(t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: node.OrganizationOnly(n.Admin.Organization), Lang: "en", Text: "inside"})
	if err != nil {
		t.Fatal(err)
	}
	public := n.Post("for everyone")
	c.Settle()
	cookie := signIn(t, n, "admin_river")
	for _, tt := range []struct {
		path            string
		document, pages int // for who is signed in
	}{
		{"/posts/" + inside.ID.String(), 404, 200},
		{inside.URI, 404, 404},
		{"/people/hidden", 404, 200},
		{"/posts/" + public.ID.String(), 200, 200},
		{public.URI, 200, 303},
		{"/", 200, 200},
	} {
		if a := read(t, n, tt.path, activityJSON, cookie); a.status != tt.document || strings.Contains(a.body, "inside") {
			t.Errorf("%s as a document: %d, want %d", tt.path, a.status, tt.document)
		}
		if a := read(t, n, tt.path, "text/html", cookie); a.status != tt.pages {
			t.Errorf("%s as a page: %d, want %d", tt.path, a.status, tt.pages)
		}
	}
}

// TestE2NarrowActivities asks for an activity that is not for everyone: none is
// made in this release, so one is put there.
func TestE2NarrowActivities(t *testing.T) {
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	n.Post("canary")
	c.Settle()
	db := database(t, n)
	id := rows(t, db, `SELECT id FROM activities`)[0]
	if a := read(t, n, "/ap/activities/"+id, activityJSON, ""); a.status != 200 {
		t.Fatalf("for everyone: %d", a.status)
	}
	for _, audience := range []string{"networks", "organization:" + n.Admin.Organization.String(), "group:moderators", "person:" + id, ""} {
		if _, err := db.Exec(`UPDATE activities SET audience = ?`, audience); err != nil {
			t.Fatal(err)
		}
		if a := read(t, n, "/ap/activities/"+id, activityJSON, ""); a.status != 404 || a.body != "" {
			t.Errorf("for %s: %d %s", audience, a.status, a.body)
		}
		if a := read(t, n, n.Origin.OrganizationURI(n.Admin.Organization)+"/outbox?page=first", activityJSON, ""); strings.Contains(a.body, "canary") || a.status != 200 {
			t.Errorf("for %s the outbox has it: %d", audience, a.status)
		}
	}
}
