package discover_test

import (
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
)

// TestA2KeyForms fetches keys in all forms that are seen (federation.md 2.1),
// and in those that somebody would like to be seen.
func TestA2KeyForms(t *testing.T) {
	makeKeys(t)
	for _, tt := range []struct {
		name  string
		key   string // below the host
		serve func(h, other *host, actor string)
		want  error // nil: the key of eve is found
	}{
		{"in the actor", "/users/eve#main-key", func(h, _ *host, _ string) {
			h.serve("/users/eve", h.actor("eve"))
		}, nil},
		{"in a list", "/users/eve#main-key", func(h, _ *host, actor string) {
			h.serve("/users/eve", h.actor("eve", put("publicKey", []any{h.key(actor, "#old", 1), h.key(actor, "#main-key", 0)})))
		}, nil},
		{"a list of one id, the key elsewhere in it", "/users/eve#main-key", func(h, _ *host, actor string) {
			h.serve("/users/eve", h.actor("eve", put("publicKey", []any{actor + "#main-key"})))
		}, authority.ErrNotTheirs},
		{"with a stub at its address (GoToSocial)", "/users/eve/main-key", func(h, _ *host, actor string) {
			h.serve("/users/eve", h.actor("eve", put("publicKey", h.key(actor, "/main-key", 0))))
			h.serve("/users/eve/main-key", doc{"id": actor, "type": "Person", "preferredUsername": "eve", "publicKey": h.key(actor, "/main-key", 0)})
		}, nil},
		{"as a document of its own", "/key", func(h, _ *host, actor string) {
			key := h.key(actor, "", 0)
			key["id"] = h.URL + "/key"
			h.serve("/users/eve", h.actor("eve", put("publicKey", key)))
			h.serve("/key", doc{"id": h.URL + "/key", "type": "Key", "owner": actor, "publicKeyPem": keys.pem[0]})
		}, nil},
		{"as a CryptographicKey with a controller", "/key", func(h, _ *host, actor string) {
			key := doc{"id": h.URL + "/key", "type": "CryptographicKey", "controller": actor, "publicKeyPem": keys.pem[0]}
			h.serve("/users/eve", h.actor("eve", put("publicKey", key)))
			h.serve("/key", key)
		}, nil},
		{"Ed25519 in assertionMethod (FEP-521a)", "/users/eve#ed25519", func(h, _ *host, actor string) {
			multikey := signature.EncodeMultikey(keys.ed.Public().(ed25519.PublicKey))
			h.serve("/users/eve", h.actor("eve", put("assertionMethod", []any{doc{"id": actor + "#ed25519", "type": "Multikey", "controller": actor, "publicKeyMultibase": multikey}})))
		}, nil},

		{"a key whose owner is of another server", "/key", func(h, other *host, _ string) {
			other.serve("/users/eve", other.actor("eve"))
			h.serve("/key", doc{"id": h.URL + "/key", "type": "Key", "owner": other.URL + "/users/eve", "publicKeyPem": keys.pem[0]})
		}, authority.ErrNotTheirs},
		{"a key whose owner does not show it", "/key", func(h, _ *host, actor string) {
			h.serve("/users/eve", h.actor("eve"))
			h.serve("/key", doc{"id": h.URL + "/key", "type": "Key", "owner": actor, "publicKeyPem": keys.pem[0]})
		}, authority.ErrNotTheirs},
		{"a key without owner", "/key", func(h, _ *host, _ string) {
			h.serve("/key", doc{"id": h.URL + "/key", "type": "Key", "publicKeyPem": keys.pem[0]})
		}, authority.ErrNotTheirs},
		{"a key of another id", "/users/eve#other", func(h, _ *host, _ string) {
			h.serve("/users/eve", h.actor("eve"))
		}, authority.ErrNotTheirs},
		{"shown by an actor that says that it is another's", "/users/eve#main-key", func(h, _ *host, actor string) {
			h.serve("/users/eve", h.actor("eve", put("publicKey", doc{"id": actor + "#main-key", "owner": h.URL + "/users/ana", "publicKeyPem": keys.pem[0]})))
		}, authority.ErrNotTheirs},
		{"a document in another server's name", "/users/eve#main-key", func(h, other *host, _ string) {
			h.serve("/users/eve", other.actor("eve"))
		}, authority.ErrNotTheirs},
		{"a redirect to another server's actor", "/users/eve#main-key", func(h, other *host, _ string) {
			other.serve("/users/eve", other.actor("eve"))
			h.handle("/users/eve", http.RedirectHandler(other.URL+"/users/eve", http.StatusFound).ServeHTTP)
		}, authority.ErrNotTheirs},
		{"a stub of another server's actor", "/users/eve/main-key", func(h, other *host, _ string) {
			h.serve("/users/eve/main-key", doc{"id": other.URL + "/users/eve", "type": "Person", "publicKey": h.key(other.URL+"/users/eve", "#main-key", 0)})
		}, authority.ErrNotTheirs},
		{"two keys under one id", "/users/eve#main-key", func(h, _ *host, actor string) {
			h.serve("/users/eve", h.actor("eve", put("publicKey", []any{h.key(actor, "#main-key", 0), h.key(actor, "#main-key", 1)})))
		}, authority.ErrNotTheirs},
		{"an actor without a key", "/users/eve#main-key", func(h, _ *host, _ string) {
			h.serve("/users/eve", h.actor("eve", put("publicKey", nil)))
		}, authority.ErrNotTheirs},
		{"a key of 1024 bits", "/users/eve#main-key", func(h, _ *host, actor string) {
			small, _ := signature.EncodePublicKeyPEM(keys.small.Public())
			h.serve("/users/eve", h.actor("eve", put("publicKey", doc{"id": actor + "#main-key", "owner": actor, "publicKeyPem": small})))
		}, authority.ErrNotTheirs},
		{"an actor whose inbox is elsewhere", "/users/eve#main-key", func(h, other *host, _ string) {
			h.serve("/users/eve", h.actor("eve", put("inbox", other.URL+"/inbox")))
		}, vocab.ErrDocument},
		{"a page that looks like an actor", "/users/eve#main-key", func(h, _ *host, _ string) {
			h.handle("/users/eve", as("text/html", h.actor("eve")))
		}, fetch.ErrMediaType},
		{"an upload that looks like an actor", "/users/eve#main-key", func(h, _ *host, _ string) {
			h.handle("/users/eve", as("application/json", h.actor("eve")))
		}, fetch.ErrMediaType},
		{"a note", "/users/eve#main-key", func(h, _ *host, actor string) {
			h.serve("/users/eve", doc{"id": actor, "type": "Note", "publicKey": h.key(actor, "#main-key", 0), "inbox": actor + "/inbox"})
		}, authority.ErrNotTheirs},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := nodetest.NewNode(t)
			f, h, other := finder(t, n), newHost(t, 1), newHost(t, 2)
			actor := h.URL + "/users/eve"
			tt.serve(h, other, actor)
			k, err := f.Ask(t.Context(), h.URL+tt.key)
			if tt.want != nil {
				if !errors.Is(err, tt.want) || discover.Passing(err) {
					t.Fatalf("got %v, %v; want %v", k, err, tt.want)
				}
				if _, err := f.Known(t.Context(), h.URL+tt.key); !errors.Is(err, node.ErrNotFound) {
					t.Errorf("it is known now: %v", err)
				}
				if other.hits("/users/eve") > 1 {
					t.Errorf("the other server was asked %d times", other.hits("/users/eve"))
				}
				return
			}
			if err != nil || k.Actor != actor {
				t.Fatalf("got %+v, %v", k, err)
			}
			if public, ok := k.Key.(*rsa.PublicKey); ok != !strings.HasSuffix(tt.key, "#ed25519") || ok && !public.Equal(keys.rsa[0].Public()) {
				t.Errorf("got another key: %T", k.Key)
			}
			again, err := f.Known(t.Context(), h.URL+tt.key)
			if err != nil || again.Actor != actor {
				t.Errorf("it is not known now: %v", err)
			}
			// Requests for keys are the node's own (federation.md 2.3).
			path, _, _ := strings.Cut(tt.key, "#")
			if r := h.first(path); r == nil || !strings.Contains(r.Header.Get("Signature"), n.Origin.Relay()+"#main-key") {
				t.Error("the request was not signed by the node")
			}
		})
	}
}

// TestA2NobodyTakesAnothersKeyID lets an actor show, as its own, a key under
// the address of a neighbour.
func TestA2NobodyTakesAnothersKeyID(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h := finder(t, n), newHost(t, 1)
	ana, eve := h.URL+"/users/ana", h.URL+"/users/eve"
	taken := doc{"id": ana + "#main-key", "owner": eve, "publicKeyPem": keys.pem[1]}
	h.serve("/users/eve", h.actor("eve", put("publicKey", []any{h.key(eve, "#main-key", 0), taken})))
	h.serve("/users/ana", h.actor("ana"))
	if _, err := f.Ask(t.Context(), eve+"#main-key"); err != nil {
		t.Fatal(err)
	}
	if k, err := f.Known(t.Context(), ana+"#main-key"); !errors.Is(err, node.ErrNotFound) {
		t.Fatalf("ana's key is known as %+v, %v", k, err)
	}
	k, err := f.Ask(t.Context(), ana+"#main-key")
	if err != nil || k.Actor != ana || !keys.rsa[0].PublicKey.Equal(k.Key) {
		t.Fatalf("ana's key is %+v, %v", k, err)
	}
	// And not afterwards either.
	if _, err := f.FetchActor(t.Context(), eve); err != nil {
		t.Fatal(err)
	}
	if k, err := f.Known(t.Context(), ana+"#main-key"); err != nil || k.Actor != ana {
		t.Errorf("ana's key is now %+v, %v", k, err)
	}
}

// TestA5NothingOfOursFromOutside asks for our own addresses in spellings that
// somebody might take for another server's.
func TestA5NothingOfOursFromOutside(t *testing.T) {
	n := nodetest.NewNode(t)
	f := finder(t, n)
	for _, uri := range []string{n.Origin.Relay(), upper(n.Origin.Relay()), "https://node.example.org:443/ap/node", "https://node.example.org./ap/node", "https://node.example.org:0443/ap/node#main-key"} {
		_, keyErr := f.Ask(t.Context(), uri)
		_, actorErr := f.FetchActor(t.Context(), uri)
		_, _, documentErr := f.Document(t.Context(), fetch.Object, uri)
		for _, err := range []error{keyErr, actorErr, documentErr} {
			if !errors.Is(err, authority.ErrNotTheirs) {
				t.Errorf("%s: %v", uri, err)
			}
		}
		if _, err := f.Find(t.Context(), uri); nodetest.Field(err) != "error.follow.local" {
			t.Errorf("find %s: %v", uri, err)
		}
	}
	// An actor that says it is ours, however it got here.
	err := f.StoreActor(t.Context(), map[string]any{"id": upper(n.Origin.Relay()), "type": "Application", "inbox": n.Origin.SharedInbox()}, &node.Source{})
	if !errors.Is(err, authority.ErrNotTheirs) {
		t.Errorf("stored an actor of ours: %v", err)
	}
}

// TestA10KeysAreAskedForOnce lets many ask for one key at the same time.
func TestA10KeysAreAskedForOnce(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h := finder(t, n), newHost(t, 1)
	keyID := h.URL + "/users/eve#main-key"
	arrived, go_ := make(chan struct{}, 100), make(chan struct{})
	serve := func(key int) {
		h.handle("/users/eve", func(w http.ResponseWriter, r *http.Request) {
			arrived <- struct{}{}
			<-go_
			as("application/activity+json", h.actor("eve", put("publicKey", h.key(h.URL+"/users/eve", "#main-key", key))))(w, r)
		})
	}
	all := func(ask func() (*discover.PublicKey, error)) (found int) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range 20 {
			wg.Go(func() {
				if k, err := ask(); err == nil && k.Actor == h.URL+"/users/eve" {
					mu.Lock()
					defer mu.Unlock()
					found++
				}
			})
		}
		<-arrived
		close(go_)
		wg.Wait()
		return found
	}
	serve(0)
	if got := all(func() (*discover.PublicKey, error) { return f.Ask(t.Context(), keyID) }); got != 20 || h.hits("/users/eve") != 1 {
		t.Errorf("unknown: %d of 20 have the key after %d requests", got, h.hits("/users/eve"))
	}
	before := h.hits("/users/eve")
	old, err := f.Known(t.Context(), keyID)
	if err != nil {
		t.Fatal(err)
	}
	go_ = make(chan struct{})
	serve(1)
	if got := all(func() (*discover.PublicKey, error) { return f.Renew(t.Context(), keyID, old) }); got != 20 || h.hits("/users/eve") != before+1 {
		t.Errorf("rotated: %d of 20 have the new key after %d requests", got, h.hits("/users/eve")-before)
	}
}

// TestA10RenewIsLimited changes a key again and again.
func TestA10RenewIsLimited(t *testing.T) {
	n := nodetest.NewNode(t)
	f, h := finder(t, n), newHost(t, 1)
	actor := h.URL + "/users/eve"
	show := func(key int) { h.serve("/users/eve", h.actor("eve", put("publicKey", h.key(actor, "#main-key", key)))) }
	renew := func(misfit *discover.PublicKey) (*discover.PublicKey, error) {
		return f.Renew(t.Context(), actor+"#main-key", misfit)
	}
	show(0)
	first, err := f.Ask(t.Context(), actor+"#main-key")
	if err != nil {
		t.Fatal(err)
	}
	show(1)
	second, err := renew(first)
	if err != nil || !keys.rsa[1].PublicKey.Equal(second.Key) {
		t.Fatalf("one refetch after a failed check: %v", err)
	}
	// Who still holds the first one is told the second without a request.
	if k, err := renew(first); err != nil || !keys.rsa[1].PublicKey.Equal(k.Key) || h.hits("/users/eve") != 2 {
		t.Errorf("%v after %d requests", err, h.hits("/users/eve"))
	}
	show(0)
	n.Clock.Add(4*time.Minute + 59*time.Second)
	for range 3 {
		if _, err := renew(second); !errors.Is(err, discover.ErrTooSoon) || discover.Passing(err) {
			t.Errorf("within five minutes: %v", err)
		}
	}
	if h.hits("/users/eve") != 2 {
		t.Errorf("%d requests", h.hits("/users/eve"))
	}
	n.Clock.Add(time.Second)
	if k, err := renew(second); err != nil || !keys.rsa[0].PublicKey.Equal(k.Key) || h.hits("/users/eve") != 3 {
		t.Errorf("after five minutes: %v, %d requests", err, h.hits("/users/eve"))
	}
	if _, err := renew(&discover.PublicKey{Key: keys.rsa[2].Public(), Actor: actor}); err != nil {
		t.Errorf("one that is not the stored one: %v", err)
	}
	if _, err := f.Renew(t.Context(), actor+"#unknown", first); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("an unknown key: %v", err)
	}
}

// TestB7DeadKeysAreNotAskedForAgain asks for what gives nothing.
func TestB7DeadKeysAreNotAskedForAgain(t *testing.T) {
	for _, tt := range []struct {
		status  int
		hits    int // of the first try: another scheme may be liked better
		passing bool
		wait    time.Duration
	}{
		{http.StatusNotFound, 1, false, time.Hour},
		{http.StatusGone, 1, false, time.Hour},
		{http.StatusUnauthorized, 2, false, time.Hour},
		{http.StatusInternalServerError, 2, true, 5 * time.Minute},
		{http.StatusServiceUnavailable, 1, true, 5 * time.Minute},
		{http.StatusTooManyRequests, 1, true, 5 * time.Minute},
	} {
		t.Run(http.StatusText(tt.status), func(t *testing.T) {
			n := nodetest.NewNode(t)
			f, h := finder(t, n), newHost(t, 1)
			h.status("/users/eve", tt.status)
			for range 3 {
				if _, err := f.Ask(t.Context(), h.URL+"/users/eve#main-key"); discover.Passing(err) != tt.passing {
					t.Errorf("passing: %v, of %v", discover.Passing(err), err)
				}
			}
			n.Clock.Add(tt.wait - time.Second)
			_, _ = f.Ask(t.Context(), h.URL+"/users/eve#main-key")
			if h.hits("/users/eve") != tt.hits {
				t.Errorf("%d requests, want %d", h.hits("/users/eve"), tt.hits)
			}
			n.Clock.Add(time.Second)
			h.serve("/users/eve", h.actor("eve"))
			if _, err := f.Ask(t.Context(), h.URL+"/users/eve#main-key"); err != nil {
				t.Errorf("after that: %v", err)
			}
		})
	}
}

// TestKeyOfAnotherProcessCounts: a command may store a newer key than the server holds in memory.
func TestKeyOfAnotherProcessCounts(t *testing.T) {
	n := nodetest.NewNode(t)
	server, command, h := finder(t, n), finder(t, n), newHost(t, 1)
	actor := h.URL + "/users/eve"
	h.serve("/users/eve", h.actor("eve"))
	if _, err := server.Ask(t.Context(), actor+"#main-key"); err != nil {
		t.Fatal(err)
	}
	h.serve("/users/eve", h.actor("eve", put("publicKey", h.key(actor, "#main-key", 1))))
	if _, err := command.FetchActor(t.Context(), actor); err != nil {
		t.Fatal(err)
	}
	n.Clock.Add(time.Minute)
	if k, err := server.Known(t.Context(), actor+"#main-key"); err != nil || !keys.rsa[1].PublicKey.Equal(k.Key) {
		t.Errorf("the old key is still believed a minute later: %v", err)
	}
	// A key that is shown no more is believed no more, at once in the process that saw it.
	h.serve("/users/eve", h.actor("eve", put("publicKey", h.key(actor, "#new-key", 2))))
	if _, err := server.FetchActor(t.Context(), actor); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Known(t.Context(), actor+"#main-key"); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a key that was taken back is known: %v", err)
	}
}
