package deliver_test

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/people"
)

// schemesOf are the schemes of requests, in order.
func schemesOf(list []arrival) (all []signature.Scheme) {
	for _, a := range list {
		all = append(all, a.scheme)
	}
	return all
}

// takes answers 202 to one scheme and something else to all others.
func takes(s signature.Scheme, code int) func(arrival, *http.Request) int {
	return func(a arrival, _ *http.Request) int {
		if a.scheme == s {
			return http.StatusAccepted
		}
		return code
	}
}

// TestDoubleKnock: a peer that refuses the scheme gets the other one at once,
// and what it took is remembered (federation.md 13).
func TestDoubleKnock(t *testing.T) {
	const cavage, message = signature.Cavage, signature.RFC9421
	for _, c := range []struct {
		name   string
		takes  signature.Scheme
		code   int    // answer to any other
		known  string // scheme remembered before
		first  []signature.Scheme
		second []signature.Scheme // of the next delivery
	}{
		{"takes cavage", cavage, 401, "", []signature.Scheme{cavage}, []signature.Scheme{cavage}},
		{"answers cavage 400", message, 400, "", []signature.Scheme{cavage, message}, []signature.Scheme{message}},
		{"answers cavage 401", message, 401, "", []signature.Scheme{cavage, message}, []signature.Scheme{message}},
		{"answers cavage 403", message, 403, "", []signature.Scheme{cavage, message}, []signature.Scheme{message}},
		{"answers cavage 500", message, 500, "", []signature.Scheme{cavage, message}, []signature.Scheme{message}},
		{"no longer takes RFC 9421", cavage, 401, "rfc9421", []signature.Scheme{message, cavage}, []signature.Scheme{cavage}},
		{"no longer takes cavage", message, 401, "cavage", []signature.Scheme{cavage, message}, []signature.Scheme{message}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSender(t)
			p := newPeer(t, takes(c.takes, c.code))
			s.follower(p, "ana", s.orgURI())
			if c.known != "" {
				s.change(p, func(h *node.HostState) { h.Scheme = c.known })
			}
			for n, want := range [][]signature.Scheme{c.first, c.second} {
				i := s.post("hello")
				if n := s.drain(); n != 1 {
					t.Errorf("%d attempts, want 1: both knocks are one", n)
				}
				if got := schemesOf(p.arrivals()); !slices.Equal(got, want) {
					t.Errorf("delivery %d knocked with %v, want %v", n+1, got, want)
				}
				if r := s.receipts(i); r.Delivered != 1 {
					t.Errorf("receipts %+v", r)
				}
			}
			if got := s.host(p).Scheme; got != string(c.takes) {
				t.Errorf("remembers %q, want %q", got, c.takes)
			}
		})
	}
}

// TestRefusedInBothSchemes: the answer to the usual scheme counts.
func TestRefusedInBothSchemes(t *testing.T) {
	for _, c := range []struct {
		name            string
		cavage, message int
		known           string
		requests        int
		outcome         node.Receipts
		failures        int
	}{
		{"refused by both", 401, 401, "", 2, node.Receipts{Dropped: 1}, 0},
		{"Gancio: 401, and 500 to what it does not know", 401, 500, "", 2, node.Receipts{Dropped: 1}, 0},
		{"fault of a server that knows cavage only", 500, 401, "", 2, node.Receipts{Waiting: 1}, 1},
		{"fault of a server that took cavage before", 500, 202, "cavage", 1, node.Receipts{Waiting: 1}, 1},
		{"no such inbox", 404, 202, "", 1, node.Receipts{Dropped: 1}, 0},
		{"overloaded", 503, 202, "", 1, node.Receipts{Waiting: 1}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSender(t)
			p := newPeer(t, func(a arrival, _ *http.Request) int {
				if a.scheme == signature.Cavage {
					return c.cavage
				}
				return c.message
			})
			s.follower(p, "ana", s.orgURI())
			s.change(p, func(h *node.HostState) { h.Scheme = c.known })
			i := s.post("hello")
			s.drain()
			if got := p.arrivals(); len(got) != c.requests {
				t.Errorf("%d requests, want %d", len(got), c.requests)
			}
			if r := s.receipts(i); r != c.outcome {
				t.Errorf("receipts %+v, want %+v", r, c.outcome)
			}
			if h := s.host(p); h.Scheme != c.known || h.Failures != c.failures {
				t.Errorf("remembers %q and %d failures, want %q and %d", h.Scheme, h.Failures, c.known, c.failures)
			}
		})
	}
}

// TestEd25519 is for hosts whose Application says that they take it (FEP-844e).
func TestEd25519(t *testing.T) {
	const ed, cavage, message = signature.RFC9421Ed25519, signature.Cavage, signature.RFC9421
	for _, c := range []struct {
		name    string
		answer  func(arrival, *http.Request) int
		want    []signature.Scheme
		outcome node.Receipts
		still   bool
		scheme  string
	}{
		{"taken", always(202), []signature.Scheme{ed}, node.Receipts{Delivered: 1}, true, ""},
		{"refused, cavage taken", takes(cavage, 401), []signature.Scheme{ed, cavage}, node.Receipts{Delivered: 1}, false, "cavage"},
		{"refused, RSA taken", takes(message, 401), []signature.Scheme{ed, cavage, message}, node.Receipts{Delivered: 1}, false, "rfc9421"},
		{"no such inbox", always(404), []signature.Scheme{ed}, node.Receipts{Dropped: 1}, true, ""},
		{"fault", always(500), []signature.Scheme{ed}, node.Receipts{Waiting: 1}, true, ""},
		{"refused, and a fault with cavage", func(a arrival, _ *http.Request) int {
			return map[signature.Scheme]int{ed: 401, cavage: 503}[a.scheme]
		}, []signature.Scheme{ed, cavage}, node.Receipts{Waiting: 1}, true, ""},
		{"refused by all", always(401), []signature.Scheme{ed, cavage, message}, node.Receipts{Dropped: 1}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSender(t)
			p := newPeer(t, c.answer)
			s.follower(p, "ana", s.orgURI())
			s.change(p, func(h *node.HostState) { h.Ed25519 = true })
			i := s.post("hello")
			s.drain()
			got := p.arrivals()
			if !slices.Equal(schemesOf(got), c.want) {
				t.Errorf("knocked with %v, want %v", schemesOf(got), c.want)
			}
			if got[0].keyID != s.orgURI()+"#ed25519" {
				t.Errorf("key %s", got[0].keyID)
			}
			if r := s.receipts(i); r != c.outcome {
				t.Errorf("receipts %+v, want %+v", r, c.outcome)
			}
			if h := s.host(p); h.Ed25519 != c.still || h.Scheme != c.scheme {
				t.Errorf("Ed25519 %v, scheme %q, want %v and %q", h.Ed25519, h.Scheme, c.still, c.scheme)
			}
		})
	}
}

// TestSignaturesVerify checks what arrives as a peer does, with the keys that
// the actor's document shows, for every scheme and every kind of actor.
func TestSignaturesVerify(t *testing.T) {
	s := newSender(t)
	var mu sync.Mutex
	var failed []error
	p := newPeer(t, nil)
	origin, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	p.say(func(a arrival, r *http.Request) int {
		if err := verify(s, a, r, origin); err != nil {
			mu.Lock()
			defer mu.Unlock()
			failed = append(failed, err)
		}
		return http.StatusAccepted
	})
	v := s.Followable(t, "lena")
	person, err := s.People.Person(t.Context(), v, "lena")
	if err != nil {
		t.Fatal(err)
	}
	s.follower(p, "ana", s.orgURI())
	s.follower(p, "ben", s.Origin.PersonURI(person.ActorID))
	for _, scheme := range []signature.Scheme{signature.Cavage, signature.RFC9421, signature.RFC9421Ed25519} {
		s.change(p, func(h *node.HostState) {
			h.Ed25519 = scheme == signature.RFC9421Ed25519
			if !h.Ed25519 {
				h.Scheme = string(scheme)
			}
		})
		s.post("hello")
		if _, err := s.People.SaveProfile(t.Context(), v, people.Profile{Handle: "lena", Name: "Lena", Lang: "en"}); err != nil {
			t.Fatal(err)
		}
		s.drain()
		if got := p.arrivals(); len(got) != 2 || got[0].scheme != scheme {
			t.Errorf("%s: got %v", scheme, schemesOf(got))
		}
	}
	if len(failed) > 0 {
		t.Errorf("not verified: %v", failed)
	}
}

// verify checks one request as our own inbox would.
func verify(s *sender, a arrival, r *http.Request, origin *url.URL) error {
	claim, err := signature.Check(r, a.raw, signature.Policy{Now: s.Clock.Now(), Origin: origin})
	if err != nil {
		return err
	}
	actor, _ := a.doc["actor"].(string)
	owner, _, _, err := s.People.LocalActor(r.Context(), access.Visitor, actor)
	if err != nil {
		return err
	}
	if a.scheme == signature.RFC9421Ed25519 {
		key, err := signature.ParseMultikey(owner.EdPublic)
		if err != nil {
			return err
		}
		return claim.Verify(key)
	}
	key, err := signature.ParsePublicKeyPEM(owner.RSAPublic)
	if err != nil {
		return err
	}
	return claim.Verify(key)
}

// TestQueryIsLeftOut is for Fedify, which verifies the path alone.
func TestQueryIsLeftOut(t *testing.T) {
	s := newSender(t)
	seen := 0
	p := newPeer(t, func(a arrival, r *http.Request) int {
		r.URL.RawQuery = ""
		origin := &url.URL{Scheme: "http", Host: r.Host}
		seen++
		if verify(s, a, r, origin) != nil {
			return http.StatusUnauthorized
		}
		return http.StatusAccepted
	})
	a := s.follower(p, "ana", s.orgURI())
	a.SharedInbox = p.url + "/inbox?for=all"
	src := &node.Source{URI: a.URI, Raw: []byte(`{}`), SignerKey: a.URI, Scheme: "fetched", ActorURI: a.URI}
	if err := s.Peers.PutActor(t.Context(), a, nil, src); err != nil {
		t.Fatal(err)
	}
	for want := 2; want < 4; want++ { // the second post knows how
		i := s.post("hello")
		s.drain()
		if r := s.receipts(i); r.Delivered != 1 || seen != want {
			t.Errorf("receipts %+v after %d requests, want %d", r, seen, want)
		}
	}
}

func TestLearnIsCalledOnceForAHostThatTookSomething(t *testing.T) {
	s := newSender(t)
	good, bad := newPeer(t, nil), newPeer(t, always(500))
	s.follower(good, "ana", s.orgURI())
	s.follower(bad, "ben", s.orgURI())
	asked := make(chan string, 10)
	s.worker.Learn = learner(s, asked)
	for range 3 {
		s.post("hello")
	}
	s.drain()
	s.post("one more")
	s.drain()
	close(asked)
	var hosts []string
	for h := range asked {
		hosts = append(hosts, h)
	}
	if !slices.Equal(hosts, []string{good.host}) {
		t.Errorf("asked %v, want %s once", hosts, good.host)
	}
	got := schemesOf(good.arrivals())
	if got[0] != signature.Cavage || got[len(got)-1] != signature.RFC9421Ed25519 {
		t.Errorf("what was learnt is not used: %v", got)
	}
}
