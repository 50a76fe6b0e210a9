package ui_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node"
)

// matrix is what each route answers to a visitor, a member, an editor and an
// admin who are not the owners of the thing. Forms are sent empty.
var matrix = map[string][4]int{
	"GET /": {200, 200, 200, 200}, "GET /sign-in": {200, 200, 200, 200}, "POST /sign-in": {422, 422, 422, 422},
	"GET /sign-in/:token": {404, 404, 404, 404}, "POST /sign-in/:token": {404, 404, 404, 404}, "POST /look": {303, 303, 303, 303},
	"POST /confirm-followable": {403, 303, 303, 303}, "GET /static/*file": {200, 200, 200, 200},

	"GET /people": {403, 200, 200, 200}, "GET /people/new": {403, 403, 403, 200}, "POST /people/new": {403, 403, 403, 422},
	"GET /people/:handle": {404, 200, 200, 200}, "GET /people/:handle/edit": {404, 403, 403, 200}, "POST /people/:handle/edit": {404, 403, 403, 422},
	"POST /people/:handle/listed": {404, 403, 403, 403}, "GET /people/:handle/see": {404, 403, 403, 403}, "POST /confirm-networks": {403, 303, 303, 303},
	"POST /people/:handle/followable": {404, 403, 403, 403}, "GET /people/:handle/link": {404, 403, 403, 200}, "POST /people/:handle/link": {404, 403, 403, 200},
	"GET /people/:handle/cards": {404, 403, 403, 200}, "GET /search": {403, 200, 200, 200}, "GET /skills": {403, 200, 200, 200}, "GET /skills/:tag": {403, 200, 200, 200},
	"GET /network/people/:id":    {403, 404, 404, 404},
	"GET /organizations/:handle": {200, 200, 200, 200}, "GET /organizations/:handle/edit": {403, 403, 200, 200}, "POST /organizations/:handle/edit": {403, 403, 422, 422},
	"GET /@:handle": {404, 200, 200, 200},

	"GET /posts": {303, 303, 303, 303}, "GET /posts/new": {403, 200, 200, 200}, "POST /posts/new": {403, 422, 422, 422},
	"GET /posts/:id": {404, 200, 200, 200}, "GET /posts/:id/edit": {404, 403, 403, 403}, "POST /posts/:id/edit": {404, 403, 403, 403},
	"GET /posts/:id/delete": {404, 403, 403, 403}, "POST /posts/:id/delete": {404, 403, 403, 403},
	"GET /gatherings": {200, 200, 200, 200}, "GET /gatherings.ics": {200, 200, 200, 200}, "GET /gatherings/new": {403, 200, 200, 200}, "POST /gatherings/new": {403, 422, 422, 422},
	"GET /gatherings/:id": {200, 200, 200, 200}, "GET /gatherings/:id/edit": {403, 403, 200, 200}, "POST /gatherings/:id/edit": {403, 403, 422, 422},
	"GET /gatherings/:id/cancel": {403, 403, 200, 200}, "GET /gatherings/:id/delete": {403, 403, 200, 200},

	"GET /following": {403, 200, 200, 200}, "POST /following/find": {403, 422, 422, 422}, "POST /following": {403, 422, 422, 422},
	"POST /following/stop": {403, 422, 422, 422}, "GET /followers": {403, 200, 200, 200},
	"GET /admin/held": {404, 404, 404, 200}, "POST /admin/held/:id/accept": {403, 403, 403, 404}, "POST /admin/held/:id/reject": {403, 403, 403, 404},

	"GET /network": {403, 200, 200, 200}, "GET /network/organizations": {403, 200, 200, 200}, "GET /network/organizations/:handle": {403, 200, 200, 200},
	"GET /network/status": {403, 200, 200, 200}, "GET /networks/:username": {200, 200, 200, 200},
	"GET /admin/networks": {403, 403, 403, 200}, "POST /admin/networks/preview": {403, 403, 403, 422}, "POST /admin/networks/join": {403, 403, 403, 422},
	"GET /admin/networks/:network": {403, 403, 403, 200}, "GET /admin/networks/:network/leave": {403, 403, 403, 200},
	"POST /admin/networks/:network/leave": {403, 403, 403, 422}, "GET /admin/networks/:network/successor": {403, 403, 403, 200},
	"POST /admin/networks/:network/successor": {403, 403, 403, 422}, "GET /admin/leaves": {403, 403, 403, 200},
	"GET /admin/hub": {403, 403, 403, 303}, "GET /admin/hub/new": {403, 403, 403, 200}, "POST /admin/hub/new": {403, 403, 403, 422},
	"GET /admin/hub/:network": {403, 403, 403, 200}, "GET /admin/hub/:network/members/:org": {403, 403, 403, 200},
	"POST /admin/hub/:network/members/:org": {403, 403, 403, 404}, "GET /admin/hub/:network/members/:org/expel": {403, 403, 403, 200},
	"GET /admin/hub/:network/codes": {403, 403, 403, 200}, "POST /admin/hub/:network/codes": {403, 403, 403, 200},
	"GET /admin/hub/:network/guests": {403, 403, 403, 200}, "POST /admin/hub/:network/guests": {403, 403, 403, 422},
	"GET /admin/hub/:network/tags": {403, 403, 403, 200}, "POST /admin/hub/:network/tags": {403, 403, 403, 422},
	"GET /admin/hub/:network/edit": {403, 403, 403, 200}, "POST /admin/hub/:network/edit": {403, 403, 403, 422}, "GET /admin/hub/:network/close": {403, 403, 403, 200},
	"GET /feed.atom": {200, 200, 200, 200}, "GET /robots.txt": {200, 200, 200, 200},
}

// these end a session or the thing itself, and are tested where that is wanted.
var once = map[string]bool{"POST /sign-out": true, "POST /gatherings/:id/cancel": true, "POST /gatherings/:id/delete": true, "POST /admin/hub/:network/close": true}

// F8: every route for every role; a route without an entry fails.
func TestF8EveryRouteForEveryRole(t *testing.T) {
	w := newWorld(t)
	inner := w.say("pia", node.PostInput{Audience: node.OrganizationOnly(w.organization.ID), Text: "among us"})
	dinner := w.convene("Dinner")
	w.remote("zed", "stone.example", "Zed")
	ptp := w.found()
	for _, route := range w.engine.Routes() {
		key := route.Method + " " + route.Path
		if route.Method == http.MethodHead || once[key] {
			continue
		}
		want, ok := matrix[key]
		if between, known := mentorMatrix[key]; known {
			want, ok = between, true
		}
		if !ok {
			t.Errorf("%s has no entry: say who may open it", key)
			continue
		}
		path := strings.NewReplacer(":token", "nonsense", ":tag", "crm-migration", "*file", "app.css", "/@:handle", "/@zed@stone.example").Replace(route.Path)
		switch {
		case strings.Contains(path, "/network") || strings.HasPrefix(path, "/admin/hub"):
			if strings.HasPrefix(path, "/admin/networks") {
				path = strings.Replace(path, ":network", ptp.ID.String(), 1)
			}
			path = strings.NewReplacer(":username", "ptp", ":network", "ptp", ":handle", harbor, ":org", harbor).Replace(path)
		case strings.HasPrefix(path, "/people"):
			// somebody whom visitors do not see
			path = strings.Replace(path, ":handle", "ada", 1)
			if strings.HasSuffix(path, "/followable") || strings.HasSuffix(path, "/listed") || strings.HasSuffix(path, "/see") || strings.Contains(path, "/edit") || strings.Contains(path, "/link") {
				path = strings.Replace(path, "ada", "noa", 1)
			}
		case strings.HasPrefix(path, "/organizations"):
			path = strings.Replace(path, ":handle", "riverbend", 1)
		case strings.HasPrefix(path, "/gatherings"):
			path = strings.Replace(path, ":id", dinner.ID.String(), 1)
		case strings.HasPrefix(path, "/posts"):
			path = strings.Replace(path, ":id", inner.ID.String(), 1)
		default:
			path = strings.Replace(path, ":id", "0190d5a0-0000-7000-8000-000000000000", 1)
		}
		for i, who := range []string{"", "mia", "edi", "ada"} {
			p := w.get
			if route.Method == http.MethodPost {
				p = func(who, path string) *page { return w.post(who, path, nil) }
			}
			if got := p(who, path).Status; got != want[i] {
				t.Errorf("%s (%s) as %q: %d, want %d", key, path, who, got, want[i])
			}
		}
	}
}
