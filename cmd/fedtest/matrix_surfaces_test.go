package fedtest_test

import (
	"database/sql"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// reader is one of those who look: at a node, with a session, a signature or nothing.
type reader struct {
	name   string
	at     *fedtest.Node // the node that they read
	cookie string        // of a session there
	signs  *fedtest.Node // the node that signs, if a server reads
	scope  access.Scope  // what they may read
	needs  []string      // words that they are to find although no audience says so: an admin sees addresses
	all    bool          // has to find everything that they may read
	follow bool          // is told what a follower is told: their node's own pages
}

// viewers are all the kinds of readers.
func (w *world) viewers() []reader {
	t := w.t
	t.Helper()
	session := func(n *fedtest.Node, handle string) string { return signIn(t, n, handle) }
	scope := func(n *fedtest.Node, handle string) access.Scope {
		v, _, err := n.People.ViewerFor(t.Context(), handle)
		w.must(err)
		return access.ScopeOf(v)
	}
	public := access.ScopeOf(access.Visitor)
	alpha, beta := access.ScopeOf(access.MemberOf(w.alpha.ID)), access.ScopeOf(access.MemberOf(w.beta.ID))
	guest, err := w.home.People.PersonViewer(t.Context(), w.person(w.guest.ID))
	w.must(err)
	var mails []string
	for _, x := range w.words {
		if strings.HasPrefix(x.text, "canaryemail") {
			mails = append(mails, x.text)
		}
	}
	return []reader{
		{name: "visitor", at: w.home, scope: public, all: true},
		{name: "outsider's server", at: w.home, signs: w.outsider, scope: public},
		{name: "former member's server", at: w.home, signs: w.former, scope: public},
		{name: "member's server", at: w.home, signs: w.friend, scope: alpha},
		{name: "server of the other network", at: w.home, signs: w.second, scope: beta},
		{name: "colleague", at: w.home, cookie: session(w.home, "colleague"), scope: scope(w.home, "colleague"), all: true},
		{name: "admin", at: w.home, cookie: session(w.home, "admin_home"), scope: scope(w.home, "admin_home"), needs: mails},
		{name: "guest's admin", at: w.home, cookie: session(w.home, w.handleOf(w.guest.ID)), scope: access.ScopeOf(guest)},
		{name: "p0", at: w.home, cookie: session(w.home, "p0"), scope: scope(w.home, "p0"), all: true},
		{name: "p4", at: w.home, cookie: session(w.home, "p4"), scope: scope(w.home, "p4")},
		{name: "member at their own node", at: w.friend, cookie: session(w.friend, "admin_friend"), scope: alpha},
		{name: "learner", at: w.friend, cookie: session(w.friend, "learner"), scope: alpha},
		{name: "member of the other network at their own node", at: w.second, cookie: session(w.second, "admin_second"), scope: beta},
		{name: "former member at their own node", at: w.former, cookie: session(w.former, "admin_former"), scope: public},
		{name: "follower at their own node", at: w.outsider, cookie: session(w.outsider, "admin_outsider"), scope: public, follow: true},
		{name: "visitor of the member's node", at: w.friend, scope: public},
	}
}

// person is the id of one of a guest organization's people.
func (w *world) person(organization uuid.UUID) uuid.UUID {
	for _, line := range rows(w.t, database(w.t, w.home), `SELECT id FROM people WHERE organization_id = '`+organization.String()+`'`) {
		return uuid.MustParse(uuids.FindString(line))
	}
	w.t.Fatal("the guest has nobody")
	return uuid.Nil
}

func (w *world) handleOf(organization uuid.UUID) string {
	for _, line := range rows(w.t, database(w.t, w.home), `SELECT handle FROM people WHERE organization_id = '`+organization.String()+`'`) {
		return strings.Trim(line, "[]| \n")
	}
	return ""
}

// parameters are the values that the parameters of addresses take; a route with
// another one fails the test until it has a row here.
func (w *world) parameters() map[string][]string {
	handles := slices.Concat(w.handles, []string{
		"home", "guest", "colleague", "indoors", "admin_home", "nobody", "home@" + w.home.Origin.Host(), "friend@" + w.friend.Origin.Host(), "p4@" + w.home.Origin.Host(),
	})
	return map[string][]string{
		"handle": handles, "username": {"alpha", "beta"}, "tag": matrixTags, "token": {"nothing"}, "hash": {"00"}, "file": nil,
		"network": {"alpha", "beta", w.alpha.ID.String()}, "org": {"home", "friend@" + w.friend.Origin.Host(), "guest@" + w.home.Origin.Host()},
		"member": nil, // lines of rosters, by two ids: network_test.go reads them
	}
}

// idsUnder tells in which tables the ids lie that make sense below a path; below
// another path all are asked for.
var idsUnder = map[string][]string{
	"/ap/people/":        {"people WHERE 1", "local_actors WHERE kind = 'person'"},
	"/ap/organizations/": {"organizations WHERE 1"},
	"/ap/networks/":      {"networks WHERE 1"},
	"/ap/activities/":    {"activities WHERE 1"},
	"/ap/objects/":       {"items WHERE 1", "tombstones WHERE 1", "mentor_offers WHERE 1", "mentor_requests WHERE 1", "messages WHERE 1"},
	"/posts/":            {"items WHERE 1", "tombstones WHERE 1"},
	"/gatherings/":       {"items WHERE 1", "tombstones WHERE 1"},
}

// queries are asked for besides the bare address.
func (w *world) queries() map[string][]string {
	q := map[string][]string{
		"/people": {"?skill=" + matrixTags[0], "?skill=" + matrixTags[1] + "&stance=offer"},
		"/ap/organizations/:id/outbox": {
			"?page=first", "?audience=" + url.QueryEscape(w.alpha.URI) + "&since=2020-01-01T00:00:00Z",
			"?audience=" + url.QueryEscape(w.beta.URI) + "&since=2020-01-01T00:00:00Z&page=first", "?audience=" + url.QueryEscape(w.alpha.URI) + "&since=2020-01-01T00:00:00Z&page=first",
		},
		"/ap/people/:id/outbox": {"?page=first"}, "/ap/networks/:id/outbox": {"?page=first"}, "/ap/node/outbox": {"?page=first"},
		"/search":                {"?q=canary", "?mentor=true", "?language=en"},
		"/people/:handle/see":    {"?as=visitor", "?as=member", "?as=follower", "?as=node"},
		"/mentoring/offers":      {"?topic=" + matrixTags[4]},
		"/.well-known/webfinger": {"?resource=acct:p4@" + w.home.Origin.Host(), "?resource=acct:p0@" + w.home.Origin.Host(), "?resource=acct:indoors@" + w.home.Origin.Host()},
	}
	for _, tag := range matrixTags {
		q["/search"] = append(q["/search"], "?q="+tag)
		q["/people"] = append(q["/people"], "?skill="+tag)
	}
	return q
}

var parameter = regexp.MustCompile(`[:*]([a-z]+)`)

// addresses is every address of n that can be read, by its route.
func (w *world) addresses(t *testing.T, n *fedtest.Node) []string {
	t.Helper()
	if w.known[n] != nil {
		return w.known[n]
	}
	h, err := n.Handler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	engine, ok := h.(*gin.Engine)
	if !ok {
		t.Fatalf("the node's handler is a %T: where are its routes?", h)
	}
	db := database(w.t, n)
	params, queries := w.parameters(), w.queries()
	all := ids(t, db, "items WHERE 1", "people WHERE 1", "local_actors WHERE 1", "activities WHERE 1", "cards WHERE 1", "networks WHERE 1", "organizations WHERE 1",
		"mentor_offers WHERE 1", "mentor_requests WHERE 1", "messages WHERE 1", "tombstones WHERE 1")
	found := map[string]bool{}
	for _, route := range engine.Routes() {
		if route.Method != http.MethodGet {
			continue
		}
		paths := []string{route.Path}
		params["id"], params["thread"] = all, ids(t, db, "messages WHERE 1", "mentor_requests WHERE 1")
		for under, tables := range idsUnder {
			if strings.HasPrefix(route.Path, under) {
				params["id"] = ids(t, db, tables...)
			}
		}
		for _, m := range parameter.FindAllStringSubmatch(route.Path, -1) {
			values, known := params[m[1]]
			if !known {
				t.Errorf("%s: the matrix does not know what %s stands for", route.Path, m[0])
			}
			var filled []string
			for _, p := range paths {
				for _, v := range values {
					filled = append(filled, strings.Replace(p, m[0], v, 1))
				}
			}
			paths = filled
		}
		for _, p := range paths {
			for _, q := range append([]string{""}, queries[route.Path]...) {
				found[p+q] = true
			}
		}
	}
	w.known[n] = slices.Sorted(maps.Keys(found))
	return w.known[n]
}

// ids are all that lie in these tables, with the threads of messages.
func ids(t *testing.T, db *sql.DB, tables ...string) []string {
	t.Helper()
	found := map[string]bool{"00000000-0000-0000-0000-000000000000": true}
	for _, table := range tables {
		columns := "id"
		if strings.HasPrefix(table, "messages") {
			columns = "id, thread_id"
		}
		for _, line := range rows(t, db, `SELECT `+columns+` FROM `+table) {
			for _, id := range uuids.FindAllString(line, -1) {
				found[id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// answers reads everything that r can ask for.
func (w *world) answers(t *testing.T, r reader, each func(path string, status int, text string)) {
	for _, path := range w.addresses(t, r.at) {
		machine := strings.HasPrefix(path, "/ap/") || strings.HasPrefix(path, "/.well-known")
		for _, accept := range []string{"text/html", activityJSON} {
			negotiable := machine || strings.HasPrefix(path, "/people/") || strings.HasPrefix(path, "/posts/") || strings.HasPrefix(path, "/gatherings/") || path == "/" || strings.HasPrefix(path, "/organizations/") || strings.HasPrefix(path, "/networks/")
			if accept == activityJSON && !negotiable || accept == "text/html" && (machine && r.cookie == "" || r.signs != nil) {
				continue
			}
			if r.signs != nil {
				status, body := r.signs.Get(r.at.URL+path, accept)
				each(path, status, body)
				continue
			}
			a := read(t, r.at, path, accept, r.cookie)
			each(path, a.status, a.body+" "+a.header.Get("Location")+" "+a.header.Get("Link"))
		}
	}
}

// look reads everything as r: what r may not read is nowhere, and what r may
// read is somewhere.
func (w *world) look(t *testing.T, r reader) {
	found, served := map[string]bool{}, 0
	w.answers(t, r, func(path string, status int, text string) {
		if status >= 500 {
			t.Errorf("%s: %d", path, status)
		}
		if status == 200 {
			served++
		}
		lower := strings.ToLower(text)
		asked, err := url.QueryUnescape(path)
		if err != nil {
			asked = path
		}
		for _, x := range w.words {
			if !strings.Contains(lower, x.text) || strings.Contains(asked, x.text) {
				continue
			}
			found[x.text] = true
			if !x.may(r.scope, r.name) && !slices.Contains(r.needs, x.text) {
				at := strings.Index(lower, x.text)
				t.Errorf("%s reads %s (%q) at %s: …%s…", r.name, x.where, x.text, path, text[max(0, at-60):min(len(text), at+60)])
			}
		}
		w.skillsShown(t, r, path, asked, lower)
	})
	if served < 10 {
		t.Errorf("only %d answers: %s sees nothing", served, r.name)
	}
	for _, x := range w.words {
		if r.all && x.may(r.scope, r.name) && !found[x.text] {
			t.Errorf("%s may read %s (%q) and finds it nowhere", r.name, x.where, x.text)
		}
	}
}

// skillsShown checks that nobody is found by a skill that they keep from r.
func (w *world) skillsShown(t *testing.T, r reader, path, asked, lower string) {
	for k, tag := range matrixTags[:len(w.handles)] {
		handle := w.handles[k]
		if r.name == handle || w.skills[tag] == "" || r.scope.Includes(w.skills[tag]) {
			continue
		}
		byTag := strings.Contains(asked, tag) && !strings.HasPrefix(asked, "/people/"+handle)
		own := strings.HasPrefix(asked, "/people/"+handle+" ") || asked == "/people/"+handle
		switch {
		case byTag && strings.Contains(lower, "/people/"+handle+"\""):
			t.Errorf("%s finds %s by a skill that is kept from them, at %s", r.name, handle, path)
		case own && strings.Contains(lower, tag):
			t.Errorf("%s sees a skill of %s that is kept from them, at %s", r.name, handle, path)
		}
	}
}

// TestE2WordsOfTheMatrixCanBeFound shows that the matrix can fail: a word that
// everybody may read is found, and counts as a leak for who may not.
func TestE2WordsOfTheMatrixCanBeFound(t *testing.T) {
	t.Parallel()
	x := word{text: "w", for_: node.Public}
	if !x.may(access.ScopeOf(access.Visitor), "visitor") || (word{text: "w", for_: node.Networks}).may(access.ScopeOf(access.Visitor), "visitor") {
		t.Error("the matrix does not tell who may read what")
	}
	if (word{text: "w", only: []string{"p0"}}).may(access.ScopeOf(access.Operator(uuid.New())), "admin") {
		t.Error("what is between two people is read by an admin")
	}
}
