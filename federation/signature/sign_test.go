package signature_test

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/superseriousbusiness/httpsig"
	"github.com/yaronf/httpsign"

	"github.com/poweron-network/poweron/federation/signature"
)

var outgoing = []signature.Scheme{
	signature.Cavage, signature.CavageWithoutQuery, signature.RFC9421, signature.RFC9421Ed25519,
}

// keyFor is a key that goes with the scheme.
func keyFor(t testing.TB, s signature.Scheme) signature.Key {
	if s == signature.RFC9421Ed25519 {
		return signature.Key{ID: "https://node.example/ap/node#ed25519", Private: ed25519Key()}
	}
	return signature.Key{ID: "https://node.example/ap/node#main-key", Private: rsaKey(t, 2048)}
}

func newRequest(t testing.TB, method, target string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSignOverTheWire sends signed requests to a server that checks them, so
// that net/http has its say about hosts and paths.
func TestSignOverTheWire(t *testing.T) {
	now := time.Now()
	var base *url.URL
	result := make(chan error, 1)
	claims := make(chan *signature.Claim, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		claim, err := signature.Check(r, body, signature.Policy{Now: now, Origin: base})
		result <- err
		claims <- claim
	}))
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, method, path string
		body               []byte
	}{
		{"POST", "POST", "/ap/inbox", []byte("{}")},
		{"POST of nothing", "POST", "/ap/inbox", nil},
		{"POST with a query", "POST", "/ap/inbox?x=1&y=%20", []byte("{}")},
		{"GET", "GET", "/ap/node", nil},
		{"GET with a query", "GET", "/ap/outbox?page=true", nil},
		{"GET of an empty body", "GET", "/ap/node", []byte{}},
		{"HEAD", "HEAD", "/ap/node", nil},
		{"no path", "GET", "", nil},
		{"no path but a query", "GET", "?page=true", nil},
		{"escaped path", "POST", "/caf%C3%A9/a%2Fb/inbox", []byte("{}")},
		{"fragment", "GET", "/ap/node#main-key", nil},
	}
	for _, c := range cases {
		for _, scheme := range outgoing {
			t.Run(string(scheme)+"/"+c.name, func(t *testing.T) {
				key := keyFor(t, scheme)
				r := newRequest(t, c.method, server.URL+c.path, c.body)
				if err := signature.Sign(r, c.body, scheme, key, now); err != nil {
					t.Fatal(err)
				}
				if digest := r.Header.Get("Digest") + r.Header.Get("Content-Digest"); (digest != "") != (c.method == "POST") {
					t.Errorf("%s has the digest %q", c.method, digest)
				}
				response, err := server.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				if err := response.Body.Close(); err != nil {
					t.Fatal(err)
				}
				err, claim := <-result, <-claims
				if err != nil {
					t.Fatalf("Check = %v", err)
				}
				if err := claim.Verify(key.Private.Public()); err != nil {
					t.Errorf("Verify = %v", err)
				}
				want := scheme
				if scheme == signature.CavageWithoutQuery {
					want = signature.Cavage
				}
				if claim.KeyID != key.ID || claim.Scheme != want || claim.Created.Unix() != now.Unix() {
					t.Errorf("claim = %+v", claim)
				}
			})
		}
	}
}

// TestSignByHand computes the signed text from the standards and compares each
// header letter by letter.
func TestSignByHand(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 24, 34, 0, time.FixedZone("", 3600))
	body := []byte(`{"type":"Note"}`)
	sum := base64.StdEncoding.EncodeToString(hash(body))
	const date = "Sun, 22 Nov 2026 07:24:34 GMT"
	cavageText := "(request-target): post /inbox?x=%s\nhost: Peer.example:443\ndate: " + date + "\ndigest: SHA-256=" + sum
	for _, scheme := range outgoing {
		key := keyFor(t, scheme)
		r := newRequest(t, "POST", "https://Peer.example:443/inbox?x=1", body)
		if err := signature.Sign(r, body, scheme, key, now); err != nil {
			t.Fatal(err)
		}
		if r.Host != "Peer.example:443" || r.Header.Get("Date") != date {
			t.Errorf("%s: Host %q, Date %q", scheme, r.Host, r.Header.Get("Date"))
		}
		if scheme == signature.Cavage || scheme == signature.CavageWithoutQuery {
			text := fmt.Sprintf(cavageText, "1")
			if scheme == signature.CavageWithoutQuery {
				text = strings.Replace(text, "?x=1", "", 1)
			}
			want := `keyId="` + key.ID + `",algorithm="hs2019",headers="(request-target) host date digest",signature="` +
				rawSign(t, key, text) + `"`
			if got := r.Header.Get("Signature"); got != want || r.Header.Get("Digest") != "SHA-256="+sum {
				t.Errorf("%s: Signature\n%s, want\n%s", scheme, got, want)
			}
			continue
		}
		algorithm := map[signature.Scheme]string{signature.RFC9421: "rsa-v1_5-sha256", signature.RFC9421Ed25519: "ed25519"}[scheme]
		params := `("@method" "@target-uri" "content-digest");created=1795332274;keyid="` + key.ID + `";alg="` + algorithm + `"`
		text := "\"@method\": POST\n\"@target-uri\": https://peer.example/inbox?x=1\n" +
			"\"content-digest\": sha-256=:" + sum + ":\n\"@signature-params\": " + params
		if got := r.Header.Get("Signature-Input"); got != "sig1="+params {
			t.Errorf("%s: Signature-Input\n%s, want\n%s", scheme, got, "sig1="+params)
		}
		if got, want := r.Header.Get("Signature"), "sig1=:"+rawSign(t, key, text)+":"; got != want {
			t.Errorf("%s: Signature\n%s, want\n%s", scheme, got, want)
		}
		if got := r.Header.Get("Content-Digest"); got != "sha-256=:"+sum+":" {
			t.Errorf("%s: Content-Digest %s", scheme, got)
		}
	}
}

func rawSign(t *testing.T, key signature.Key, text string) string {
	d := draft{key: key.Private}
	return d.sign(t, text)
}

// TestSignForTheLibraries lets the verifiers of the two libraries judge, as
// another server that uses them would.
func TestSignForTheLibraries(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"POST", "GET"} {
		for _, scheme := range outgoing {
			var body []byte
			fields := httpsign.Headers("@method", "@target-uri")
			if method == "POST" {
				body = []byte("{}")
				fields = httpsign.Headers("@method", "@target-uri", "content-digest")
			}
			key := keyFor(t, scheme)
			r := newRequest(t, method, "https://peer.example/inbox?x=1", body)
			if err := signature.Sign(r, body, scheme, key, time.Now()); err != nil {
				t.Fatal(err)
			}
			var err error
			switch public := key.Private.Public().(type) {
			case ed25519.PublicKey:
				var v *httpsign.Verifier
				if v, err = httpsign.NewEd25519Verifier(public, nil, fields); err == nil {
					err = httpsign.VerifyRequest("sig1", *v, r)
				}
			case *rsa.PublicKey:
				if scheme == signature.RFC9421 {
					var v *httpsign.Verifier
					if v, err = httpsign.NewRSAVerifier(*public, nil, fields); err == nil {
						err = httpsign.VerifyRequest("sig1", *v, r)
					}
					break
				}
				var v httpsig.VerifierWithOptions
				if v, err = httpsig.NewVerifier(r); err == nil {
					err = v.VerifyWithOptions(crypto.PublicKey(public), httpsig.RSA_SHA256, httpsig.SignatureOption{
						ExcludeQueryStringFromPathPseudoHeader: scheme == signature.CavageWithoutQuery,
					})
				}
			}
			if err != nil {
				t.Errorf("%s %s: %v", method, scheme, err)
			}
		}
	}
}

// TestSignAgain signs one request in each scheme after each other one, as a
// retry does.
func TestSignAgain(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, first := range outgoing {
		for _, second := range outgoing {
			body := []byte("{}")
			r := newRequest(t, "POST", "https://node.example/ap/inbox", body)
			for i, scheme := range []signature.Scheme{first, second} {
				if err := signature.Sign(r, body, scheme, keyFor(t, scheme), now.Add(time.Duration(i)*time.Second)); err != nil {
					t.Fatalf("%s after %s: %v", second, first, err)
				}
			}
			claim, err := signature.Check(r, body, signature.Policy{Now: now, Origin: origin})
			if err != nil {
				t.Fatalf("%s after %s: Check = %v", second, first, err)
			}
			if err := claim.Verify(keyFor(t, second).Private.Public()); err != nil {
				t.Errorf("%s after %s: Verify = %v", second, first, err)
			}
			if claim.Created.Unix() != now.Unix()+1 {
				t.Errorf("%s after %s: Created = %v", second, first, claim.Created)
			}
		}
	}
}

func TestSignAtOnce(t *testing.T) {
	t.Parallel()
	key, now := keyFor(t, signature.Cavage), time.Now()
	var wait sync.WaitGroup
	for i := range 16 {
		scheme := []signature.Scheme{signature.Cavage, signature.RFC9421}[i%2]
		wait.Go(func() {
			body := fmt.Appendf(nil, "%d", i)
			r := newRequest(t, "POST", "https://node.example/ap/inbox", body)
			if err := signature.Sign(r, body, scheme, key, now); err != nil {
				t.Error(err)
				return
			}
			claim, err := signature.Check(r, body, signature.Policy{Now: now, Origin: origin})
			if err != nil {
				t.Error(err)
				return
			}
			if err := claim.Verify(key.Private.Public()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		reason string
		scheme signature.Scheme
		edit   func(*http.Request, *signature.Key, *[]byte)
	}{
		{"relative address", "no absolute address", signature.Cavage, func(r *http.Request, _ *signature.Key, _ *[]byte) { r.URL.Host = "" }},
		{"no address", "no absolute address", signature.Cavage, func(r *http.Request, _ *signature.Key, _ *[]byte) { r.URL = nil }},
		{"key id", "the key id is not an http address", signature.Cavage, func(_ *http.Request, k *signature.Key, _ *[]byte) { k.ID = `https://x.example/"` }},
		{"backslash in key id", "the key id is not an http address", signature.RFC9421, func(_ *http.Request, k *signature.Key, _ *[]byte) { k.ID = `https://x.example/\` }},
		{"key id beyond ASCII", "the key id is not an http address", signature.RFC9421, func(_ *http.Request, k *signature.Key, _ *[]byte) { k.ID = "https://x.example/é" }},
		{"Ed25519 for cavage", "does not go with", signature.Cavage, func(_ *http.Request, k *signature.Key, _ *[]byte) { k.Private = ed25519Key() }},
		{"Ed25519 for RSA", "does not go with", signature.RFC9421, func(_ *http.Request, k *signature.Key, _ *[]byte) { k.Private = ed25519Key() }},
		{"RSA for Ed25519", "does not go with", signature.RFC9421Ed25519, func(*http.Request, *signature.Key, *[]byte) {}},
		{"no key", "does not go with", signature.Cavage, func(_ *http.Request, k *signature.Key, _ *[]byte) { k.Private = nil }},
		{"unknown scheme", "does not go with", "rot13", func(*http.Request, *signature.Key, *[]byte) {}},
		{"small key", "shorter than 2048", signature.Cavage, func(_ *http.Request, k *signature.Key, _ *[]byte) { k.Private = rsaKey(t, 1024) }},
		{"GET with a body", "GET has a body", signature.Cavage, func(r *http.Request, _ *signature.Key, b *[]byte) { r.Method, *b = "", []byte("{}") }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			body := []byte("{}")
			r := newRequest(t, "POST", "https://peer.example/inbox", body)
			key := signature.Key{ID: keyID, Private: rsaKey(t, 2048)}
			c.edit(r, &key, &body)
			err := signature.Sign(r, body, c.scheme, key, time.Now())
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("Sign = %v, want %q", err, c.reason)
			}
			if name := cmp.Or(r.Header.Get("Signature"), r.Header.Get("Date")); name != "" {
				t.Errorf("the refused request was changed: %q", name)
			}
		})
	}
}
