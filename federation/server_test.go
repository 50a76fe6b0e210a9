package federation_test

import (
	"encoding/json"
	"encoding/xml"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/schema"
)

const (
	activityJSON = "application/activity+json"
	ldJSON       = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
	browser      = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
)

// served is a node behind its server, with stand-ins for the pages.
type served struct {
	*nodetest.Node
	t      *testing.T
	router *gin.Engine
}

func serve(t *testing.T) *served {
	t.Helper()
	n := nodetest.NewNode(t)
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		t.Fatal(err)
	}
	s := &federation.Server{
		Origin: n.Origin, People: n.People, Conversation: n.Conversation, Following: n.Following, Delivery: n.Delivery, Skills: skills,
		Network: n.Networks, Now: n.Clock.Now, ClientAddress: func(r *http.Request) string { return r.RemoteAddr },
		Inbox: http.NotFoundHandler(), Version: "1.2.3", Log: slog.New(slog.DiscardHandler),
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(s.Negotiate)
	s.Mount(r)
	page := func(c *gin.Context) { c.Data(http.StatusOK, "text/html", []byte("a page")) }
	for _, path := range []string{"/", "/people/:handle", "/organizations/:handle", "/posts/:id", "/gatherings/:id", "/people/:handle/edit"} {
		r.GET(path, page)
		r.HEAD(path, page)
	}
	return &served{Node: n, t: t, router: r}
}

// ask sends a request; path may be a whole address of the node.
func (s *served) ask(method, path, accept string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, strings.TrimPrefix(path, string(s.Origin)), nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	s.router.ServeHTTP(w, r)
	return w
}

func (s *served) get(path, accept string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.ask(http.MethodGet, path, accept)
}

func decode(t *testing.T, w *httptest.ResponseRecorder) (doc map[string]any) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	return doc
}

// cast is one of everything that has a document, and of everything that must not have one.
type cast struct {
	ana, hidden        access.Viewer
	anaActor           string
	organization       string
	note, article      *node.Item
	gathering          *node.Item
	inside             *node.Item // for the organization only
	deleted            *node.Item
	deletedInside      *node.Item
	hiddenPerson       *node.Person
	closed, closedPost string
}

func (s *served) cast() *cast {
	t := s.t
	t.Helper()
	post := func(v access.Viewer, in node.PostInput) *node.Item {
		t.Helper()
		i, err := s.Conversation.Post(t.Context(), v, in)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	c := &cast{organization: s.Origin.OrganizationURI(s.Organization.ID)}
	if err := s.People.SaveOrganization(t.Context(), s.Admin, &node.Organization{
		Handle: s.Organization.Handle, Name: "Riverside Tenants", Summary: node.Text{"en": "We **organize**.", "es": "Organizamos."}, Languages: []string{"en", "es"}, Place: "Manchester", Website: "https://riverside.example/",
	}); err != nil {
		t.Fatal(err)
	}
	c.ana = s.Followable(t, "ana")
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		t.Fatal(err)
	}
	all := skills.All("en")
	p, err := s.People.SaveProfile(t.Context(), c.ana, people.Profile{
		Handle: "ana", Name: "Ana Ruiz", RoleTitle: node.Text{"en": "Data organizer"}, Bio: node.Text{"en": "I help with *spreadsheets*.", "es": "Ayudo."}, Languages: []string{"es", "en"},
		Skills: []node.PersonSkill{
			{Tag: all[0].Code, Stance: node.Offer, Level: 3, CanMentor: true, Audience: node.Public},
			{Tag: all[1].Code, Stance: node.Learning, Level: 1, Audience: node.Public},
			{Tag: all[2].Code, Stance: node.Interest, Audience: node.Public},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.anaActor = s.Origin.PersonURI(p.ActorID)
	c.hidden = s.Person(t, "hidden", node.Member)
	if c.hiddenPerson, err = s.People.Person(t.Context(), s.Admin, "hidden"); err != nil {
		t.Fatal(err)
	}
	org := node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "en"}
	org.Text = "the **hall** is open"
	c.note = post(s.Admin, org)
	org.Title = "How to run a phone bank"
	c.article = post(s.Admin, org)
	org.Title, org.Audience = "", node.OrganizationOnly(s.Organization.ID)
	c.inside, c.deletedInside = post(s.Admin, org), post(s.Admin, org)
	org.Audience = node.Public
	c.deleted = post(s.Admin, org)
	for _, i := range []*node.Item{c.deleted, c.deletedInside} {
		if err := s.Conversation.Delete(t.Context(), s.Admin, i.ID); err != nil {
			t.Fatal(err)
		}
	}
	c.gathering, err = s.Gathering.Announce(t.Context(), s.Admin, node.GatheringInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Name: "Open evening", Text: "Come by.", Start: "2030-12-12T18:00", End: "2030-12-12T20:00", Zone: "Europe/London",
		Place: "Stretford Hall", Address: "1 High Street", Link: "https://meet.example/x", Languages: []string{"en", "es"},
	})
	if err != nil {
		t.Fatal(err)
	}
	bob := s.Followable(t, "bob")
	was, err := s.People.Person(t.Context(), bob, "bob")
	if err != nil {
		t.Fatal(err)
	}
	c.closed = s.Origin.PersonURI(was.ActorID)
	c.closedPost = post(bob, node.PostInput{Audience: node.Public, Lang: "en", Text: "hello"}).URI
	if _, err := s.People.SetFollowable(t.Context(), bob, "bob", false); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDocumentsAreAsTheExamples compares what is served with schema/examples: the
// same members of the same kinds, whatever the values.
func TestDocumentsAreAsTheExamples(t *testing.T) {
	s := serve(t)
	c := s.cast()
	for path, example := range map[string]string{
		s.Origin.Relay():              "application.json",
		c.organization:                "organization.json",
		c.anaActor:                    "person.json",
		c.note.URI:                    "note.json",
		c.article.URI:                 "article.json",
		c.gathering.URI:               "event.json",
		c.deleted.URI:                 "tombstone.json",
		c.organization + "/followers": "followers.json",
		c.organization + "/outbox":    "outbox.json",
		"/.well-known/nodeinfo":       "nodeinfo-links.json",
		"/nodeinfo/2.1":               "nodeinfo.json",
		"/.well-known/webfinger?resource=acct:ana@node.example.org":      "webfinger.json",
		"/.well-known/webfinger?resource=https://node.example.org/":      "webfinger-server.json",
		"/.well-known/webfinger?resource=https%3A%2F%2Fnode.example.org": "webfinger-server.json",
	} {
		raw, err := os.ReadFile("../schema/examples/" + example)
		if err != nil {
			t.Fatal(err)
		}
		var want any
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		got := shape("", decode(t, s.get(path, activityJSON)))
		for _, member := range shape("", want) {
			if !slices.Contains(got, member) && !optional(member) {
				t.Errorf("%s has no %s, as %s has", path, member, example)
			}
		}
		for _, member := range got {
			if !slices.Contains(shape("", want), member) && !optional(member) {
				t.Errorf("%s has %s, which %s has not", path, member, example)
			}
		}
	}
}

// optional are members that depend on the values.
func optional(member string) bool {
	for _, prefix := range []string{".@context", ".contentMap", ".summaryMap", ".nameMap", ".source", ".updated", ".tag[]", ".url", ".previousStartTime"} {
		if strings.HasPrefix(member, prefix) {
			return true
		}
	}
	return false
}

// shape lists the members of a document with their kinds, items of lists together.
func shape(at string, v any) (list []string) {
	add := func(more []string) {
		for _, m := range more {
			if !slices.Contains(list, m) {
				list = append(list, m)
			}
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for k, member := range v {
			add(shape(at+"."+k, member))
		}
	case []any:
		add([]string{at + " list"})
		for _, item := range v {
			add(shape(at+"[]", item))
		}
	case string:
		list = []string{at + " text"}
	case float64:
		list = []string{at + " number"}
	case bool:
		list = []string{at + " bool"}
	case nil:
		list = []string{at + " null"}
	}
	return list
}

// TestNegotiation asks every kind of address with every kind of Accept.
func TestNegotiation(t *testing.T) {
	s := serve(t)
	c := s.cast()
	const doc, page, redirect = "doc", "page", "303"
	accepts := []struct {
		accept, machine, people string
	}{
		{activityJSON, doc, doc},
		{ldJSON, doc, doc},
		{"application/ld+json", doc, doc},
		{`APPLICATION/Activity+JSON`, doc, doc},
		{`application/ld+json; profile="https://www.w3.org/ns/activitystreams https://w3id.org/security"`, doc, doc},
		{`application/ld+json; profile="https://other.example/"`, doc, page},
		{"application/activity+json, application/ld+json", doc, doc},
		{"application/activity+json, text/html", doc, doc},
		{"text/html, application/activity+json", redirect, page},
		{"text/html;q=0.5, application/activity+json", doc, doc},
		{"application/activity+json;q=0.5, text/html", redirect, page},
		{"text/html;q=0.9, application/activity+json;q=0.91", doc, doc},
		{"application/activity+json;q=0", doc, page},
		{"application/activity+json;q=x", doc, page},
		{browser, redirect, page},
		{"application/xhtml+xml", redirect, page},
		{"*/*", doc, page},
		{"application/json", doc, page},
		{"image/png", doc, page},
		{"", doc, page},
		{",;,=", doc, page},
	}
	for _, a := range accepts {
		for _, at := range []struct{ machine, page string }{
			{s.Origin.Relay(), "/"},
			{c.organization, "/organizations/" + s.Organization.Handle},
			{c.anaActor, "/people/ana"},
			{c.note.URI, "/posts/" + c.note.ID.String()},
			{c.gathering.URI, "/gatherings/" + c.gathering.ID.String()},
		} {
			for path, want := range map[string]string{at.machine: a.machine, at.page: a.people} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					w := s.ask(method, path, a.accept)
					got := doc
					switch {
					case w.Code == http.StatusSeeOther:
						got = redirect
						if to := w.Header().Get("Location"); to != string(s.Origin)+at.page {
							t.Errorf("%s leads to %s", path, to)
						}
					case w.Code != http.StatusOK:
						got = http.StatusText(w.Code)
					case strings.HasPrefix(w.Header().Get("Content-Type"), "text/html"):
						got = page
					}
					if got != want {
						t.Errorf("%s %s with %q: %s, want %s", method, path, a.accept, got, want)
					}
					if got != page && !strings.Contains(w.Header().Get("Vary"), "Accept") {
						t.Errorf("%s %s with %q: Vary is %q", method, path, a.accept, w.Header().Get("Vary"))
					}
					if got == doc && w.Header().Get("Content-Type") != activityJSON {
						t.Errorf("%s: Content-Type is %q", path, w.Header().Get("Content-Type"))
					}
				}
			}
		}
	}
	// What is no page of an item or an actor stays a page.
	for _, path := range []string{"/people/ana/edit", "/posts/new", "/gatherings/" + c.gathering.ID.String() + ".ics"} {
		if w := s.get(path, activityJSON); strings.Contains(w.Header().Get("Content-Type"), "json") {
			t.Errorf("%s serves a document", path)
		}
	}
	if w := s.ask(http.MethodPost, "/people/ana", activityJSON); w.Code != http.StatusNotFound {
		t.Errorf("a POST is answered with a document: %d", w.Code)
	}
}

// TestE3HiddenIsAsMissing asks for what exists and may not be known, and for
// what does not exist, and wants the same answers to the byte.
func TestE3HiddenIsAsMissing(t *testing.T) {
	s := serve(t)
	c := s.cast()
	other := uuid.Must(uuid.NewV7()).String()
	finger := func(resource string) string {
		return "/.well-known/webfinger?resource=" + url.QueryEscape(resource)
	}
	for _, tt := range []struct{ name, hidden, missing string }{
		{"WebFinger by handle", finger("acct:hidden@node.example.org"), finger("acct:nobody@node.example.org")},
		{"WebFinger by page", finger("https://node.example.org/people/hidden"), finger("https://node.example.org/people/nobody")},
		{"WebFinger by short page", finger("https://node.example.org/@hidden"), finger("https://node.example.org/@nobody")},
		{"WebFinger of who closed", finger("acct:bob@node.example.org"), finger("acct:nobody@node.example.org")},
		{"WebFinger by id", finger(s.Origin.PersonURI(c.hiddenPerson.ID)), finger(s.Origin.PersonURI(uuid.MustParse(other)))},
		{"page", "/people/hidden", "/people/nobody"},
		{"actor", s.Origin.PersonURI(c.hiddenPerson.ID), s.Origin.PersonURI(uuid.MustParse(other))},
		{"outbox", s.Origin.PersonURI(c.hiddenPerson.ID) + "/outbox", s.Origin.PersonURI(uuid.MustParse(other)) + "/outbox"},
		{"post for the organization", c.inside.URI, s.Origin.ObjectURI(uuid.MustParse(other))},
		{"its page", "/posts/" + c.inside.ID.String(), "/posts/" + other},
		{"deleted post for the organization", c.deletedInside.URI, s.Origin.ObjectURI(uuid.MustParse(other))},
		{"person as organization", s.Origin.OrganizationURI(c.hiddenPerson.ID), s.Origin.OrganizationURI(uuid.MustParse(other))},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, accept := range []string{activityJSON, ldJSON} {
				a, b := s.ask(method, tt.hidden, accept), s.ask(method, tt.missing, accept)
				if a.Code != http.StatusNotFound || a.Code != b.Code || a.Body.String() != b.Body.String() || !equalHeaders(a.Header(), b.Header()) {
					t.Errorf("%s %s: %d %q %v, missing: %d %q %v", method, tt.name, a.Code, a.Body, a.Header(), b.Code, b.Body, b.Header())
				}
			}
		}
	}
}

func equalHeaders(a, b http.Header) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// TestGone asks for what was public once.
func TestGone(t *testing.T) {
	s := serve(t)
	c := s.cast()
	for uri, former := range map[string]string{c.deleted.URI: "Note", c.closed: "Person", c.closedPost: "Note", string(s.Origin) + "/posts/" + c.deleted.ID.String(): "Note"} {
		w := s.get(uri, activityJSON)
		doc := decode(t, w)
		if w.Code != http.StatusGone || doc["type"] != "Tombstone" || doc["formerType"] != former || doc["deleted"] == nil || doc["content"] != nil || doc["name"] != nil {
			t.Errorf("%s: %d %v", uri, w.Code, doc)
		}
	}
	for _, tail := range []string{"/outbox", "/followers", "/following"} {
		if w := s.get(c.closed+tail, activityJSON); w.Code != http.StatusGone || w.Body.Len() > 0 {
			t.Errorf("%s: %d %q", tail, w.Code, w.Body)
		}
	}
}

// TestE4OnlyNumbers reads the lists of who follows whom.
func TestE4OnlyNumbers(t *testing.T) {
	s := serve(t)
	c := s.cast()
	rosa := s.Remote(t, "rosa", "social.example")
	if err := s.Following.ReceiveFollow(t.Context(), rosa, c.organization, "https://social.example/follows/1"); err != nil {
		t.Fatal(err)
	}
	for _, tail := range []string{"/followers", "/following"} {
		w := s.get(c.organization+tail, activityJSON)
		doc := decode(t, w)
		want := map[string]float64{"/followers": 1, "/following": 0}[tail]
		if doc["totalItems"] != want || doc["items"] != nil || doc["orderedItems"] != nil || doc["first"] != nil || strings.Contains(w.Body.String(), "rosa") {
			t.Errorf("%s: %s", tail, w.Body)
		}
	}
}

// TestWebFinger asks for everything that can be asked for (RFC7033, FEP-d556).
func TestWebFinger(t *testing.T) {
	s := serve(t)
	c := s.cast()
	for _, tt := range []struct {
		resource string
		status   int
		subject  string
		self     string
	}{
		{"acct:ana@node.example.org", 200, "acct:ana@node.example.org", c.anaActor},
		{"acct:@ana@node.example.org", 200, "acct:ana@node.example.org", c.anaActor},
		{"acct:ANA@Node.Example.Org", 200, "acct:ana@node.example.org", c.anaActor},
		{c.anaActor, 200, "acct:ana@node.example.org", c.anaActor},
		{"https://node.example.org/people/ana", 200, "acct:ana@node.example.org", c.anaActor},
		{"https://node.example.org/@ana", 200, "acct:ana@node.example.org", c.anaActor},
		{"acct:riverside@node.example.org", 200, "acct:riverside@node.example.org", c.organization},
		{c.organization, 200, "acct:riverside@node.example.org", c.organization},
		{"https://node.example.org/organizations/riverside", 200, "acct:riverside@node.example.org", c.organization},
		{"acct:relay@node.example.org", 200, "acct:relay@node.example.org", s.Origin.Relay()},
		{s.Origin.Relay(), 200, "acct:relay@node.example.org", s.Origin.Relay()},
		{"https://node.example.org", 200, "https://node.example.org/", s.Origin.Relay()},
		{"https://node.example.org/", 200, "https://node.example.org/", s.Origin.Relay()},
		{"acct:hidden@node.example.org", 404, "", ""},
		{"acct:ada@node.example.org", 404, "", ""}, // an admin who is not followable
		{"acct:nobody@node.example.org", 404, "", ""},
		{"acct:ana@other.example", 404, "", ""},
		{"acct:ana@node.example.org.evil.example", 404, "", ""},
		{"acct:ana", 404, "", ""},
		{"acct:", 404, "", ""},
		{"acct:%@node.example.org", 404, "", ""},
		{"https://other.example/people/ana", 404, "", ""},
		{"https://node.example.org.evil.example/people/ana", 404, "", ""},
		{"https://node.example.org/%zz", 404, "", ""},
		{"https://node.example.org/people/", 404, "", ""},
		{c.anaActor + "?x=1", 404, "", ""},
		{c.note.URI, 404, "", ""},
		{c.closed, 410, "", ""},
		{"ana", 404, "", ""},
		{"", 400, "", ""},
	} {
		w := s.get("/.well-known/webfinger?resource="+url.QueryEscape(tt.resource), "")
		if w.Code != tt.status {
			t.Errorf("%q: %d, want %d", tt.resource, w.Code, tt.status)
			continue
		}
		if tt.status != 200 {
			if w.Body.Len() > 0 {
				t.Errorf("%q: %s", tt.resource, w.Body)
			}
			continue
		}
		doc := decode(t, w)
		self := ""
		for _, l := range doc["links"].([]any) {
			if link := l.(map[string]any); link["type"] == activityJSON {
				self, _ = link["href"].(string)
			}
		}
		if doc["subject"] != tt.subject || self != tt.self || w.Header().Get("Content-Type") != "application/jrd+json" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%q: %s %v", tt.resource, w.Body, w.Header())
		}
	}
	if w := s.get("/.well-known/webfinger", ""); w.Code != 400 {
		t.Errorf("without resource: %d", w.Code)
	}
	// The actor says of itself what WebFinger says of it (FEP-2c59).
	if doc := decode(t, s.get(c.anaActor, activityJSON)); doc["webfinger"] != "ana@node.example.org" || doc["preferredUsername"] != "ana" {
		t.Errorf("the actor calls itself %v, %v", doc["webfinger"], doc["preferredUsername"])
	}
}

// TestDiscoveryDocuments reads NodeInfo and host-meta.
func TestDiscoveryDocuments(t *testing.T) {
	s := serve(t)
	s.cast()
	info := decode(t, s.get("/nodeinfo/2.1", ""))
	software := info["software"].(map[string]any)
	users := info["usage"].(map[string]any)["users"].(map[string]any)
	if software["name"] != "poweron" || software["version"] != "1.2.3" || info["openRegistrations"] != false || len(users) != 0 {
		t.Errorf("nodeinfo: %v", info)
	}
	for _, l := range decode(t, s.get("/.well-known/nodeinfo", ""))["links"].([]any) {
		if w := s.get(l.(map[string]any)["href"].(string), activityJSON); w.Code != 200 {
			t.Errorf("%v leads to %d", l, w.Code)
		}
	}
	w := s.get("/.well-known/host-meta", "")
	var meta struct {
		Link struct {
			Rel      string `xml:"rel,attr"`
			Template string `xml:"template,attr"`
		}
	}
	if err := xml.Unmarshal(w.Body.Bytes(), &meta); err != nil || meta.Link.Rel != "lrdd" || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/xrd+xml") {
		t.Errorf("host-meta: %s, %v", w.Body, err)
	}
	if w := s.get(strings.Replace(meta.Link.Template, "{uri}", "acct:ana@node.example.org", 1), ""); w.Code != 200 {
		t.Errorf("its template leads to %d", w.Code)
	}
}

// TestIdsHaveOneSpelling asks for an id in forms that a parser of ids also reads.
func TestIdsHaveOneSpelling(t *testing.T) {
	s := serve(t)
	c := s.cast()
	plain := c.note.ID.String()
	for _, id := range []string{strings.ToUpper(plain), "{" + plain + "}", "urn:uuid:" + plain, strings.ReplaceAll(plain, "-", ""), plain + "x", "", "..", "1"} {
		for _, kind := range []string{"objects", "activities"} {
			if w := s.get("/ap/"+kind+"/"+id, activityJSON); w.Code == 200 || w.Code >= 500 {
				t.Errorf("/ap/%s/%s: %d", kind, id, w.Code)
			}
		}
	}
}

// TestF11Headers looks at the headers of every kind of answer.
func TestF11Headers(t *testing.T) {
	s := serve(t)
	c := s.cast()
	for _, path := range []string{
		s.Origin.Relay(), c.anaActor, c.note.URI, c.deleted.URI, c.inside.URI, c.organization + "/outbox", "/ap/activities/x", "/.well-known/webfinger?resource=x", "/.well-known/webfinger",
		"/.well-known/nodeinfo", "/nodeinfo/2.1", "/.well-known/host-meta", "/people/ana", "/people/hidden", "/posts/" + c.note.ID.String(),
	} {
		for _, accept := range []string{activityJSON, browser} {
			w := s.get(path, accept)
			if accept == browser && w.Body.String() == "a page" {
				continue
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Frame-Options": "DENY",
				"Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=31536000",
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
		}
	}
}
