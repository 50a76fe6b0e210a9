package authority_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/jsonld"
)

const eve, ana = "https://evil.example/users/eve", "https://good.example/users/ana"

func TestA2ActivityIsTheSigners(t *testing.T) {
	for _, tt := range []struct {
		name   string
		doc    jsonld.Object
		signer string
		ok     bool
	}{
		{"its own", jsonld.Object{"id": "https://evil.example/a/1", "actor": eve}, eve, true},
		{"actor embedded", jsonld.Object{"id": "https://evil.example/a/1", "actor": map[string]any{"id": eve, "type": "Person"}}, eve, true},
		{"actor in a list of one", jsonld.Object{"id": "https://evil.example/a/1", "actor": []any{eve}}, eve, true},
		{"id in other letters", jsonld.Object{"id": "HTTPS://Evil.Example:443/a/1", "actor": eve}, eve, true},
		{"another's", jsonld.Object{"id": "https://evil.example/a/1", "actor": ana}, eve, false},
		{"another's, with an id there", jsonld.Object{"id": "https://good.example/a/1", "actor": ana}, eve, false},
		{"a neighbour's", jsonld.Object{"id": "https://evil.example/a/1", "actor": "https://evil.example/users/mallory"}, eve, false},
		{"the same in other letters", jsonld.Object{"id": "https://evil.example/a/1", "actor": "https://EVIL.example/users/eve"}, eve, false},
		{"with a fragment", jsonld.Object{"id": "https://evil.example/a/1", "actor": eve + "#x"}, eve, false},
		{"two actors", jsonld.Object{"id": "https://evil.example/a/1", "actor": []any{eve, ana}}, eve, false},
		{"two actors, the other first", jsonld.Object{"id": "https://evil.example/a/1", "actor": []any{ana, eve}}, eve, false},
		{"the same twice", jsonld.Object{"id": "https://evil.example/a/1", "actor": []any{eve, eve}}, eve, false},
		{"no actor", jsonld.Object{"id": "https://evil.example/a/1"}, eve, false},
		{"an actor without id", jsonld.Object{"id": "https://evil.example/a/1", "actor": map[string]any{"name": eve}}, eve, false},
		{"actor is a number", jsonld.Object{"id": "https://evil.example/a/1", "actor": 7.0}, eve, false},
		{"no signer and no actor", jsonld.Object{"id": "https://evil.example/a/1", "actor": ""}, "", false},
		{"no signer", jsonld.Object{"id": "https://evil.example/a/1", "actor": []any{""}}, "", false},
		{"id of another server", jsonld.Object{"id": "https://good.example/a/1", "actor": eve}, eve, false},
		{"id at another port", jsonld.Object{"id": "https://evil.example:8443/a/1", "actor": eve}, eve, false},
		{"id by http", jsonld.Object{"id": "http://evil.example/a/1", "actor": eve}, eve, false},
		{"id at a subdomain", jsonld.Object{"id": "https://x.evil.example/a/1", "actor": eve}, eve, false},
		{"id with a user name", jsonld.Object{"id": "https://evil.example@good.example/a/1", "actor": eve}, eve, false},
		{"no id", jsonld.Object{"actor": eve}, eve, false},
		{"id is no address", jsonld.Object{"id": "urn:uuid:1", "actor": eve}, eve, false},
		{"nothing", nil, eve, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check(t, authority.Activity(tt.doc, tt.signer), tt.ok)
		})
	}
}

func check(t *testing.T, err error, ok bool) {
	t.Helper()
	if (err == nil) != ok {
		t.Errorf("got %v, want allowed: %v", err, ok)
	}
	if err != nil && !errors.Is(err, authority.ErrNotTheirs) {
		t.Errorf("%v is not ErrNotTheirs", err)
	}
}

func TestA3Embedded(t *testing.T) {
	note := func(id string, by any) jsonld.Object { return jsonld.Object{"id": id, "attributedTo": by} }
	for _, tt := range []struct {
		name string
		doc  jsonld.Object
		want authority.Verdict
	}{
		{"its own", note("https://evil.example/n/1", eve), authority.Use},
		{"its own, embedded author", note("https://evil.example/n/1", map[string]any{"id": eve}), authority.Use},
		{"a neighbour's", note("https://evil.example/n/1", "https://evil.example/users/mallory"), authority.Fetch},
		{"shared with a neighbour", note("https://evil.example/n/1", []any{eve, "https://evil.example/users/mallory"}), authority.Fetch},
		{"shared with a stranger", note("https://evil.example/n/1", []any{eve, ana}), authority.Fetch},
		{"by a stranger", note("https://evil.example/n/1", ana), authority.Fetch},
		{"by nobody", note("https://evil.example/n/1", nil), authority.Fetch},
		{"only an id", jsonld.Object{"id": "https://evil.example/n/1"}, authority.Fetch},
		{"id of another server", note("https://good.example/n/1", eve), authority.Drop},
		{"another's", note("https://good.example/n/1", ana), authority.Drop},
		{"id at another port", note("https://evil.example:8443/n/1", eve), authority.Drop},
		{"no id", note("", eve), authority.Drop},
		{"no address", note("cid:1", eve), authority.Drop},
		{"nothing", nil, authority.Drop},
	} {
		if got := authority.Embedded(tt.doc, eve); got != tt.want {
			t.Errorf("%s: verdict %d, want %d", tt.name, got, tt.want)
		}
	}
	if got := authority.Embedded(note("", ""), ""); got != authority.Drop {
		t.Errorf("nothing at all: verdict %d", got)
	}
}

func TestA7Fetched(t *testing.T) {
	const at = "https://evil.example/n/1"
	doc := func(id string, more ...any) jsonld.Object {
		o := jsonld.Object{"id": id}
		for i := 0; i < len(more); i += 2 {
			o[more[i].(string)] = more[i+1]
		}
		return o
	}
	for _, tt := range []struct {
		name            string
		doc             jsonld.Object
		asked, answered string
		again           string
		ok              bool
	}{
		{"what was asked for", doc(at, "attributedTo", eve), at, at, "", true},
		{"asked with a fragment", doc(at), at + "#main-key", at, "", true},
		{"an id with a fragment", doc("https://evil.example/#me"), "https://evil.example/#me", "https://evil.example/", "", true},
		{"another id here", doc("https://evil.example/n/2"), at, at, "https://evil.example/n/2", true},
		{"answered elsewhere here", doc(at), at, "https://evil.example/cdn/1", "", true},
		{"answered by another server, in its own name", doc("https://good.example/n/1"), at, "https://good.example/n/1", "https://good.example/n/1", true},
		{"answered by another server, in the name of the one asked", doc(at), at, "https://good.example/n/1", "", false},
		{"id of another server", doc("https://good.example/n/1"), at, at, "", false},
		{"no id", doc(""), at, at, "", false},
		{"no id, no address", doc(""), "", "", "", false},
		{"by another server's actor", doc(at, "attributedTo", ana), at, at, "", false},
		{"also by another server's actor", doc(at, "attributedTo", []any{eve, ana}), at, at, "", false},
		{"by another server's actor, as older Mobilizon says it", doc(at, "actor", ana), at, at, "", false},
		{"by its own, but another's activity", doc(at, "attributedTo", eve, "actor", ana), at, at, "", false},
		{"by no address", doc(at, "attributedTo", "Ana"), at, at, "", false},
		{"by one without id", doc(at, "attributedTo", map[string]any{"name": "Ana"}), at, at, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			again, err := authority.Fetched(tt.doc, tt.asked, tt.answered)
			check(t, err, tt.ok)
			if again != tt.again {
				t.Errorf("again %q, want %q", again, tt.again)
			}
		})
	}
}

func TestA2KeyAndOwner(t *testing.T) {
	listed := []string{eve + "#main-key", "https://evil.example/key"}
	for _, tt := range []struct {
		name, key, owner string
		listed           []string
		ok               bool
	}{
		{"listed", eve + "#main-key", eve, listed, true},
		{"listed, elsewhere on the server", "https://evil.example/key", eve, listed, true},
		{"not listed", eve + "#other", eve, listed, false},
		{"nothing listed", eve + "#main-key", eve, nil, false},
		{"on another server than its owner", eve + "#main-key", ana, listed, false},
		{"at another port", "https://evil.example:8443/key", eve, []string{"https://evil.example:8443/key"}, false},
		{"no owner", eve + "#main-key", "", listed, false},
		{"no key", "", eve, []string{""}, false},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, authority.Key(tt.key, tt.owner, tt.listed), tt.ok) })
	}
}

func TestA4SelfAndInner(t *testing.T) {
	for _, tt := range []struct {
		name        string
		object      jsonld.Object
		self, inner bool
	}{
		{"the actor", jsonld.Object{"id": eve}, true, true},
		{"another", jsonld.Object{"id": ana, "actor": ana}, false, false},
		{"its Follow", jsonld.Object{"id": "https://evil.example/f/1", "actor": eve}, false, true},
		{"its Follow without actor", jsonld.Object{"id": "https://evil.example/f/1"}, false, true},
		{"a Follow of two", jsonld.Object{"actor": []any{eve, ana}}, false, false},
		{"nothing", nil, false, true},
	} {
		if got := authority.Self(tt.object, eve); got != tt.self {
			t.Errorf("%s: self %v", tt.name, got)
		}
		if got := authority.Inner(tt.object, eve); got != tt.inner {
			t.Errorf("%s: inner %v", tt.name, got)
		}
	}
	if authority.Self(nil, "") {
		t.Error("nobody is themself")
	}
}

// uris draws addresses that differ in everything by which two readers may differ.
func uris() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		scheme := rapid.SampledFrom([]string{"https", "http", "HTTPS", "ftp", ""}).Draw(t, "scheme")
		host := rapid.SampledFrom([]string{"evil.example", "good.example", "EVIL.example", "evil.example.", "xn--evil-example", "evil.example:443", "evil.example:8443", "good.example@evil.example", "", "127.0.0.1", "[::1]"}).Draw(t, "host")
		path := rapid.SampledFrom([]string{"", "/", "/users/eve", "/users/ana", "/users/eve#main-key", "/users/eve?x=1", "\x00", " "}).Draw(t, "path")
		return scheme + "://" + host + path
	})
}

// TestA2AuthorityNeverCrossesOrigins holds all decisions to one property,
// whatever the documents say: nothing of one origin is let through for another.
func TestA2AuthorityNeverCrossesOrigins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(uris(), 0, 3)
		value := func(name string) any {
			list := ids.Draw(t, name)
			if len(list) == 1 {
				return list[0]
			}
			all := make([]any, len(list))
			for i, s := range list {
				all[i] = s
			}
			return all
		}
		signer, asked, answered := uris().Draw(t, "signer"), uris().Draw(t, "asked"), uris().Draw(t, "answered")
		doc := jsonld.Object{"id": uris().Draw(t, "id"), "actor": value("actor"), "attributedTo": value("attributedTo")}
		if authority.Activity(doc, signer) == nil && (!address.SameOrigin(doc.ID(), signer) || len(doc.IDs("actor")) != 1 || doc.IDOf("actor") != signer) {
			t.Fatalf("%v was let through for %s", doc, signer)
		}
		if v := authority.Embedded(doc, signer); v != authority.Drop && !address.SameOrigin(doc.ID(), signer) || v == authority.Use && doc.IDOf("attributedTo") != signer {
			t.Fatalf("verdict %d on %v of %s", v, doc, signer)
		}
		if again, err := authority.Fetched(doc, asked, answered); err == nil {
			for _, of := range append([]string{doc.ID()}, append(doc.IDs("attributedTo"), doc.IDs("actor")...)...) {
				if !address.SameOrigin(of, answered) {
					t.Fatalf("%v was believed from %s", doc, answered)
				}
			}
			if again == "" && doc.ID() != asked && !strings.HasPrefix(asked, doc.ID()+"#") {
				t.Fatalf("%v passes for %s", doc, asked)
			}
		}
		if authority.Key(asked, signer, doc.IDs("actor")) == nil && !address.SameOrigin(asked, signer) {
			t.Fatalf("key %s of %s", asked, signer)
		}
	})
}
