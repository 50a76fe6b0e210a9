package signature_test

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/signature"
)

// FuzzCheck reads foreign headers. Nothing may panic, in the libraries neither;
// every error is one of the two kinds; what is accepted keeps the promises of A1.
func FuzzCheck(f *testing.F) {
	for _, scheme := range schemes {
		for _, method := range []string{"POST", "GET"} {
			d := newDraft(f, scheme, method)
			r := d.request(f)
			f.Add(method, "/ap/inbox", "x=1", r.Host, r.Header.Get("Date"), r.Header.Get("Digest"),
				r.Header.Get("Content-Digest"), r.Header.Get("Signature"), r.Header.Get("Signature-Input"), d.body)
		}
	}
	f.Add("POST", "/", "", "node.example", "", "SHA-256=", "", `keyId="https://a/",algorithm="hs2019",created=1,expires=2,`+
		`headers="(request-target) (created) (expires) host digest",signature="AAAA"`, "", []byte{})
	f.Add("POST", "/", "a;b", "node.example", "", "", "sha-256=::", "a=:AAAA:", `a=("@method" "@target-uri" "@authority" "@query");`+
		`created=1;keyid="https://a/";nonce=x;tag="y"`, []byte{})
	now := time.Now()
	rsaPublic, edPublic := rsaKey(f, 2048).Public(), ed25519Key().Public()
	f.Fuzz(func(t *testing.T, method, path, query, host, date, digest, content, sig, input string, body []byte) {
		r := &http.Request{Method: method, URL: &url.URL{Path: path, RawQuery: query}, Host: host, Header: http.Header{}}
		for name, value := range map[string]string{
			"Date": date, "Digest": digest, "Content-Digest": content, "Signature": sig, "Signature-Input": input,
		} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		claim, err := signature.Check(r, body, signature.Policy{Now: now, Origin: origin})
		if err != nil {
			if errors.Is(err, signature.ErrUnsigned) == errors.Is(err, signature.ErrRefused) {
				t.Errorf("Check = %v, of neither kind or of both", err)
			}
			return
		}
		age := now.Sub(claim.Created)
		if !strings.HasPrefix(strings.ToLower(claim.KeyID), "http") || string(claim.Digest[:]) != string(hash(body)) ||
			age > time.Hour || age < -time.Hour {
			t.Errorf("claim = %+v", claim)
		}
		for _, public := range []any{rsaPublic, edPublic} {
			if err := claim.Verify(public); err != nil && !errors.Is(err, signature.ErrRefused) {
				t.Errorf("Verify = %v", err)
			}
		}
	})
}

// FuzzParsePublicKeyPEM accepts nothing that it would not write again.
func FuzzParsePublicKeyPEM(f *testing.F) {
	for _, public := range []any{rsaKey(f, 2048).Public(), ed25519Key().Public()} {
		text, err := signature.EncodePublicKeyPEM(public)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add(pkcs1(&rsaKey(f, 8192).PublicKey))
	f.Fuzz(func(t *testing.T, text string) {
		public, err := signature.ParsePublicKeyPEM(text)
		if err != nil {
			return
		}
		again, err := signature.EncodePublicKeyPEM(public)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := signature.ParsePublicKeyPEM(again); err != nil || !equalKeys(public, second) {
			t.Errorf("%s read again is %v, %v", again, second, err)
		}
	})
}

// FuzzParseMultikey accepts one spelling of a key only.
func FuzzParseMultikey(f *testing.F) {
	f.Add(signature.EncodeMultikey(ed25519Key().Public().(ed25519.PublicKey)))
	f.Add("z")
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := signature.ParseMultikey(text); err == nil && signature.EncodeMultikey(key) != text {
			t.Errorf("ParseMultikey(%q) = %x", text, key)
		}
	})
}

func equalKeys(a, b crypto.PublicKey) bool {
	return a.(interface{ Equal(crypto.PublicKey) bool }).Equal(b)
}
