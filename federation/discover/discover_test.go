package discover_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
)

// TestA11HandleBothWays looks people up by handle and by URL, where both
// directions agree and where they do not.
func TestA11HandleBothWays(t *testing.T) {
	for _, tt := range []struct {
		name   string
		serve  func(h, other *host)
		who    func(h, other *host) string
		handle func(h, other *host) string // under which the actor is shown; nil: refused
		key    string
	}{
		{
			"by handle", func(h, _ *host) { h.serve("/users/eve", h.actor("eve")); h.finger(h.URL + "/users/eve") },
			func(h, _ *host) string { return "@eve@" + h.Host }, func(h, _ *host) string { return "eve@" + h.Host }, "",
		},
		{
			"by URL", func(h, _ *host) { h.serve("/users/eve", h.actor("eve")); h.finger(h.URL + "/users/eve") },
			func(h, _ *host) string { return h.URL + "/users/eve" }, func(h, _ *host) string { return "eve@" + h.Host }, "",
		},
		{
			"the domain of the account is not the server's",
			func(h, other *host) {
				h.serve("/users/eve", h.actor("eve"))
				h.finger(h.URL + "/users/eve")
				other.finger(h.URL + "/users/eve")
			},
			func(_, other *host) string { return "eve@" + other.Host }, func(h, _ *host) string { return "eve@" + h.Host }, "",
		},
		{
			"the handle is another's", func(h, _ *host) { h.serve("/users/eve", h.actor("eve")); h.finger(h.URL + "/users/ana") },
			func(h, _ *host) string { return h.URL + "/users/eve" }, nil, "error.follow.mismatch",
		},
		{
			"another server claims the actor", func(h, other *host) { h.serve("/users/eve", h.actor("eve")); other.finger(h.URL + "/users/eve") },
			func(_, other *host) string { return "@eve@" + other.Host }, nil, "error.follow.nobody",
		},
		{
			"the document is another's", func(h, other *host) { h.serve("/users/eve", other.actor("eve")); h.finger(h.URL + "/users/eve") },
			func(h, _ *host) string { return "@eve@" + h.Host }, nil, "error.follow.mismatch",
		},
		{
			"the handle is nobody's", func(h, _ *host) {}, func(h, _ *host) string { return "@eve@" + h.Host }, nil, "error.follow.nobody",
		},
		{
			"the handle names no actor",
			func(h, _ *host) {
				h.handle("/.well-known/webfinger", as("application/jrd+json", doc{"links": []any{doc{"rel": "self", "type": "text/html", "href": h.URL + "/users/eve"}, doc{"rel": "http://webfinger.net/rel/profile-page", "type": "application/activity+json", "href": h.URL + "/users/eve"}}}))
			},
			func(h, _ *host) string { return "@eve@" + h.Host }, nil, "error.follow.notactor",
		},
		{
			"what WebFinger answers is no JSON",
			func(h, _ *host) {
				h.handle("/.well-known/webfinger", func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/jrd+json")
					_, _ = w.Write([]byte("<html>"))
				})
			},
			func(h, _ *host) string { return "@eve@" + h.Host }, nil, "error.follow.notactor",
		},
		{
			"a page", func(h, _ *host) { h.handle("/users/eve", as("text/html", doc{})) },
			func(h, _ *host) string { return h.URL + "/users/eve" }, nil, "error.follow.notactor",
		},
		{
			"a note", func(h, _ *host) {
				h.serve("/notes/1", doc{"id": h.URL + "/notes/1", "type": "Note", "content": "hello"})
			},
			func(h, _ *host) string { return h.URL + "/notes/1" }, nil, "error.follow.notactor",
		},
		{
			"an actor without an inbox", func(h, _ *host) { h.serve("/users/eve", h.actor("eve", put("inbox", nil))) },
			func(h, _ *host) string { return h.URL + "/users/eve" }, nil, "error.follow.notactor",
		},
		{
			"gone", func(h, _ *host) { h.status("/users/eve", http.StatusGone) },
			func(h, _ *host) string { return h.URL + "/users/eve" }, nil, "error.follow.nobody",
		},
		{
			"a server in trouble", func(h, _ *host) { h.status("/users/eve", http.StatusBadGateway) },
			func(h, _ *host) string { return h.URL + "/users/eve" }, nil, "error.follow.unreachable",
		},
		{
			"no server there", func(_, _ *host) {}, func(_, _ *host) string { return "@eve@127.77.3.99:1" }, nil, "error.follow.unreachable",
		},
		{"a private address", func(_, _ *host) {}, func(_, _ *host) string { return "http://127.0.0.1:8080/users/eve" }, nil, "error.follow.address"},
		{"a private address as a handle", func(_, _ *host) {}, func(_, _ *host) string { return "@eve@10.0.0.1" }, nil, "error.follow.address"},
		{"a handle that leads to a private address", func(h, _ *host) { h.finger("http://169.254.169.254/latest") }, func(h, _ *host) string { return "@eve@" + h.Host }, nil, "error.follow.address"},
		{"here", func(_, _ *host) {}, func(_, _ *host) string { return "@ada@node.example.org" }, nil, "error.follow.local"},
		{"here, in other letters", func(_, _ *host) {}, func(_, _ *host) string { return "@ada@Node.Example.ORG." }, nil, "error.follow.local"},
		{"here, by URL", func(_, _ *host) {}, func(_, _ *host) string { return "https://NODE.example.org/people/ada" }, nil, "error.follow.local"},
		{"no handle", func(_, _ *host) {}, func(_, _ *host) string { return "eve" }, nil, "error.follow.form"},
		{"no URL", func(_, _ *host) {}, func(_, _ *host) string { return "https://exa mple/" }, nil, "error.follow.form"},
		{"another scheme", func(_, _ *host) {}, func(_, _ *host) string { return "file:///etc/passwd" }, nil, "error.follow.form"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := nodetest.NewNode(t)
			f, h, other := finder(t, n), newHost(t, 1), newHost(t, 2)
			tt.serve(h, other)
			a, err := f.Find(t.Context(), " "+tt.who(h, other)+" ")
			if tt.handle == nil {
				if nodetest.Field(err) != tt.key {
					t.Errorf("got %v, want %s", err, tt.key)
				}
				for _, uri := range []string{h.URL + "/users/eve", other.URL + "/users/eve"} {
					if _, err := n.Peers.Actor(t.Context(), uri); !errors.Is(err, node.ErrNotFound) {
						t.Errorf("%s is stored: %v", uri, err)
					}
				}
				return
			}
			if err != nil || a.Handle() != tt.handle(h, other) {
				t.Fatalf("got %+v, %v", a, err)
			}
			if stored, err := n.Peers.Actor(t.Context(), a.URI); err != nil || stored.ID != a.ID {
				t.Errorf("stored: %v", err)
			}
		})
	}
}

// TestFailuresAreTriedAgainByPeople: what failed before for others does not keep a person from asking.
func TestFailuresAreTriedAgainByPeople(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h := finder(t, n), newHost(t, 1)
	if _, err := f.Find(t.Context(), "@eve@"+h.Host); err == nil {
		t.Fatal("found")
	}
	h.serve("/users/eve", h.actor("eve"))
	h.finger(h.URL + "/users/eve")
	if _, err := f.Find(t.Context(), "@eve@"+h.Host); err != nil {
		t.Error(err)
	}
	h.status("/users/eve", 503)
	if _, err := f.FetchActor(t.Context(), h.URL+"/users/eve"); err == nil {
		t.Fatal("fetched")
	}
	h.serve("/users/eve", h.actor("eve"))
	if _, err := f.FetchActor(t.Context(), h.URL+"/users/eve"); !errors.Is(err, fetch.ErrCached) {
		t.Errorf("for a machine: %v", err)
	}
	if _, err := f.Find(t.Context(), h.URL+"/users/eve"); err != nil {
		t.Errorf("for a person: %v", err)
	}
}

// TestA11ContestedHandle lets a second actor of a server call itself by the handle of one that we know.
func TestA11ContestedHandle(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h := finder(t, n), newHost(t, 1)
	ana, mallory := h.URL+"/users/ana", h.URL+"/users/mallory"
	h.serve("/users/ana", h.actor("ana"))
	h.serve("/users/mallory", h.actor("mallory", put("preferredUsername", "ana")))
	if _, err := f.FetchActor(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	shown := func() string {
		a, err := n.Peers.ActorByHandle(t.Context(), "ana", h.Host)
		if err != nil {
			t.Fatal(err)
		}
		return a.URI
	}
	h.finger(ana)
	for range 2 {
		n.Clock.Add(time.Hour)
		if _, err := f.FetchActor(t.Context(), mallory); !errors.Is(err, authority.ErrNotTheirs) {
			t.Errorf("mallory calls herself ana: %v", err)
		}
		if _, err := f.Ask(t.Context(), mallory+"#main-key"); !errors.Is(err, authority.ErrNotTheirs) {
			t.Errorf("mallory's key: %v", err)
		}
		if shown() != ana {
			t.Errorf("ana is shown as %s", shown())
		}
	}
	// Her server says that ana is somebody else now: a profile closed and opened again.
	h.finger(mallory)
	h.handle("/users/ana", nil)
	n.Clock.Add(2 * time.Hour)
	if _, err := f.FetchActor(t.Context(), mallory); err != nil || shown() != mallory {
		t.Errorf("the new ana: %v, shown is %s", err, shown())
	}
}

// TestA11ClosedHandle: no handle leads to an actor for a network. A second one may
// call itself as the first only once their server says that the first is no more.
func TestA11ClosedHandle(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h := finder(t, n), newHost(t, 1)
	first, second := h.URL+"/users/first", h.URL+"/users/second"
	h.serve("/users/first", h.actor("first", put("preferredUsername", "ana")))
	h.serve("/users/second", h.actor("second", put("preferredUsername", "ana")))
	if _, err := f.FetchActor(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{http.StatusOK, http.StatusNotFound, http.StatusForbidden, http.StatusInternalServerError, http.StatusGone} {
		if status != http.StatusOK {
			h.handle("/users/first", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		}
		n.Clock.Add(2 * time.Hour)
		_, err := f.FetchActor(t.Context(), second)
		if gone := status == http.StatusGone; gone != (err == nil) {
			t.Errorf("while the first answers %d, the second is taken: %v", status, err)
		}
	}
	if a, err := n.Peers.ActorByHandle(t.Context(), "ana", h.Host); err != nil || a.URI != second {
		t.Errorf("ana is %+v, %v", a, err)
	}
}

// TestActorIsAskedForOnceADay holds what is known for a day, and longer when its server does not answer.
func TestActorIsAskedForOnceADay(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h := finder(t, n), newHost(t, 1)
	eve := h.URL + "/users/eve"
	h.serve("/users/eve", h.actor("eve", put("name", "Eve")))
	name := func() string {
		t.Helper()
		a, err := f.Actor(t.Context(), eve)
		if err != nil {
			t.Fatal(err)
		}
		return a.Name
	}
	if name() != "Eve" {
		t.Error(name())
	}
	h.serve("/users/eve", h.actor("eve", put("name", "Eva")))
	n.Clock.Add(24*time.Hour - time.Second)
	if name() != "Eve" || h.hits("/users/eve") != 1 {
		t.Errorf("within a day: %s, %d requests", name(), h.hits("/users/eve"))
	}
	h.status("/users/eve", 500)
	n.Clock.Add(2 * time.Second)
	if name() != "Eve" {
		t.Errorf("its server is down: %s", name())
	}
	h.serve("/users/eve", h.actor("eve", put("name", "Eva")))
	n.Clock.Add(time.Hour)
	if name() != "Eva" {
		t.Errorf("a day later: %s", name())
	}
}

// TestA7Documents fetches what speaks for itself, and what does not.
func TestA7Documents(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h, other := finder(t, n), newHost(t, 1), newHost(t, 2)
	note := func(at *host, path string, by any) doc {
		return doc{"id": at.URL + path, "type": "Note", "attributedTo": by, "content": "hello"}
	}
	h.serve("/good", note(h, "/good", h.URL+"/users/eve"))
	h.serve("/alias", note(h, "/good", h.URL+"/users/eve"))
	h.serve("/chain", note(h, "/alias", h.URL+"/users/eve"))
	h.serve("/posing", note(other, "/good", other.URL+"/users/eve"))
	h.serve("/attributed", note(h, "/attributed", other.URL+"/users/eve"))
	h.serve("/older", doc{"id": h.URL + "/older", "type": "Note", "actor": other.URL + "/users/eve", "content": "hello"})
	h.serve("/nameless", doc{"type": "Note", "content": "hello"})
	h.handle("/moved", http.RedirectHandler(h.URL+"/good", http.StatusMovedPermanently).ServeHTTP)
	h.handle("/away", http.RedirectHandler(other.URL+"/posing", http.StatusFound).ServeHTTP)
	other.serve("/posing", note(h, "/away", h.URL+"/users/eve"))
	h.handle("/loop", http.RedirectHandler(h.URL+"/loop", http.StatusFound).ServeHTTP)
	h.handle("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/activity+json")
		_, _ = w.Write([]byte(`{"id":"x","id":"y"}`))
	})
	for _, tt := range []struct {
		path string
		want error
	}{
		{"/good", nil},
		{"/good#part", nil},
		{"/alias", nil},
		{"/moved", nil},
		{"/chain", authority.ErrNotTheirs},
		{"/posing", authority.ErrNotTheirs},
		{"/attributed", authority.ErrNotTheirs},
		{"/older", authority.ErrNotTheirs},
		{"/nameless", authority.ErrNotTheirs},
		{"/away", authority.ErrNotTheirs},
		{"/loop", fetch.ErrRedirect},
	} {
		d, src, err := f.Document(t.Context(), fetch.Object, h.URL+tt.path)
		if !errors.Is(err, tt.want) || discover.Passing(err) {
			t.Errorf("%s: %v, want %v", tt.path, err, tt.want)
		}
		if err == nil && (d.ID() != h.URL+"/good" || src.URI != d.ID() || src.ActorURI != h.URL+"/users/eve" || src.Scheme != "fetched") {
			t.Errorf("%s: %v %+v", tt.path, d, src)
		}
	}
	if _, _, err := f.Document(t.Context(), fetch.Object, h.URL+"/broken"); err == nil || discover.Passing(err) {
		t.Errorf("broken: %v", err)
	}
	if other.hits("/good") != 0 {
		t.Error("another server was asked for what it did not say")
	}
}

// TestB2EveryWayOut tries private addresses through each step that somebody outside chooses.
func TestB2EveryWayOut(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h := finder(t, n), newHost(t, 1)
	for i, private := range []string{"http://127.0.0.1:80", "https://10.1.2.3", "https://[::1]", "https://169.254.169.254", "https://[::ffff:127.0.0.1]", "http://public.example", "https://public.example:8443"} {
		// In production nothing private may be reached, not even for tests.
		strict := *fetch.New(fetch.Options{Now: n.Clock.Now})
		closed := &discover.Finder{Client: &strict, Peers: f.Peers, Origin: f.Origin, Sign: f.Sign, Now: f.Now, Log: f.Log}
		_, err := closed.Ask(t.Context(), private+"/users/eve#main-key")
		blocked(t, "key", private, err)
		_, err = closed.FetchActor(t.Context(), private+"/users/eve")
		blocked(t, "actor", private, err)
		_, _, err = closed.Document(t.Context(), fetch.Object, private+"/notes/1")
		blocked(t, "object", private, err)
		if i >= 5 { // names are for the network to decide where a range is allowed
			continue
		}
		h.handle("/key", http.RedirectHandler(private+"/key", http.StatusFound).ServeHTTP)
		n.Clock.Add(2 * time.Hour)
		_, err = f.Ask(t.Context(), h.URL+"/key")
		if err == nil || discover.Passing(err) {
			t.Errorf("redirect to %s: %v", private, err)
		}
		h.serve("/alias", doc{"id": private + "/notes/1", "type": "Note"})
		if _, _, err := f.Document(t.Context(), fetch.Object, h.URL+"/alias"); !errors.Is(err, authority.ErrNotTheirs) {
			t.Errorf("id at %s: %v", private, err)
		}
		h.serve("/owned", doc{"id": h.URL + "/owned", "type": "Key", "owner": private + "/users/eve"})
		if _, err := f.Ask(t.Context(), h.URL+"/owned"); !errors.Is(err, authority.ErrNotTheirs) {
			t.Errorf("owner at %s: %v", private, err)
		}
	}
}

func blocked(t *testing.T, what, address string, err error) {
	t.Helper()
	if !errors.Is(err, fetch.ErrBlockedAddress) || discover.Passing(err) {
		t.Errorf("%s at %s: %v", what, address, err)
	}
}

// TestKnocks tries another scheme where one is refused, and remembers which was taken.
func TestKnocks(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h := finder(t, n), newHost(t, 1)
	var tried []string
	h.handle("/notes/1", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Signature-Input") == "" {
			tried = append(tried, "cavage")
			w.WriteHeader(http.StatusInternalServerError) // as Gancio does (federation.md 13)
			return
		}
		tried = append(tried, "rfc9421")
		as("application/activity+json", doc{"id": h.URL + "/notes/1", "type": "Note"})(w, r)
	})
	for range 2 {
		if _, _, err := f.Document(t.Context(), fetch.Object, h.URL+"/notes/1"); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(tried, " "); got != "cavage rfc9421 rfc9421" {
		t.Errorf("tried %s", got)
	}
	h.status("/query", http.StatusForbidden)
	if _, _, err := f.Document(t.Context(), fetch.Object, h.URL+"/query?page=1"); err == nil || h.hits("/query") != 3 {
		t.Errorf("with a query: %v after %d tries", err, h.hits("/query"))
	}
	h.status("/gone", http.StatusGone)
	if _, _, err := f.Document(t.Context(), fetch.Object, h.URL+"/gone"); err == nil || h.hits("/gone") != 1 {
		t.Errorf("gone: %v after %d tries", err, h.hits("/gone"))
	}
}

// TestLearn finds out what a server's Application implements, and only its own (FEP-2677, FEP-844e).
func TestLearn(t *testing.T) {
	application := func(h *host) doc {
		return h.actor("node", put("type", "Application"), put("implements", []any{doc{"type": "Link", "href": "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25"}}))
	}
	links := func(href string) http.HandlerFunc {
		return as("application/json", doc{"links": []any{doc{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": href}, doc{"rel": "https://www.w3.org/ns/activitystreams#Application", "href": href}}})
	}
	for _, tt := range []struct {
		name    string
		serve   func(h, other *host)
		ed      bool
		checked bool
	}{
		{"one of ours", func(h, _ *host) {
			h.serve("/users/node", application(h))
			h.handle("/.well-known/nodeinfo", links(h.URL+"/users/node"))
		}, true, true},
		{"another's Application", func(h, other *host) {
			other.serve("/users/node", application(other))
			h.handle("/.well-known/nodeinfo", links(other.URL+"/users/node"))
		}, false, true},
		{"no NodeInfo", func(*host, *host) {}, false, true},
		{"NodeInfo without links", func(h, _ *host) {
			h.handle("/.well-known/nodeinfo", as("application/json", doc{"links": "none"}))
		}, false, true},
		{"in trouble", func(h, _ *host) { h.status("/.well-known/nodeinfo", 503) }, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := nodetest.NewNode(t)
			f, h, other := finder(t, n), newHost(t, 1), newHost(t, 2)
			tt.serve(h, other)
			for range 2 {
				f.Learn(t.Context(), h.Host)
			}
			state, err := n.Peers.Host(t.Context(), h.Host)
			if err != nil || state.Ed25519 != tt.ed || state.CheckedAt.IsZero() == tt.checked {
				t.Errorf("%+v, %v", state, err)
			}
			if h.hits("/.well-known/nodeinfo") != 1 || other.hits("/users/node") != 0 {
				t.Errorf("%d and %d requests", h.hits("/.well-known/nodeinfo"), other.hits("/users/node"))
			}
		})
	}
}

// TestPassing tells faults that may mend from those that stay.
func TestPassing(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("connection reset"), true},
		{fetch.ErrBudget, true},
		{node.ErrFull, true},
		{&fetch.StatusError{Code: 500}, true},
		{&fetch.StatusError{Code: 429}, true},
		{&fetch.StatusError{Code: 408}, true},
		{&fetch.StatusError{Code: 401}, false},
		{&fetch.StatusError{Code: 404}, false},
		{&fetch.StatusError{Code: 410}, false},
		{&fetch.StatusError{Code: 304}, false},
		{errors.Join(fetch.ErrCached, &fetch.StatusError{Code: 503}), true},
		{fetch.ErrBlockedAddress, false},
		{fetch.ErrMediaType, false},
		{fetch.ErrTooLarge, false},
		{fetch.ErrRedirect, false},
		{authority.ErrNotTheirs, false},
		{discover.ErrTooSoon, false},
	} {
		if got := discover.Passing(tt.err); got != tt.want {
			t.Errorf("%v: %v", tt.err, got)
		}
	}
}
