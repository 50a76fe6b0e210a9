package signature_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/signature"
)

var schemes = []signature.Scheme{signature.Cavage, signature.RFC9421}

// acceptedCases are the forms in which peers send valid signatures.
var acceptedCases = []struct {
	name    string
	schemes []signature.Scheme
	method  string
	edit    func(*draft)
}{
	{"POST", schemes, "POST", func(*draft) {}},
	{"GET", schemes, "GET", func(*draft) {}},
	{"HEAD", schemes, "HEAD", func(*draft) {}},
	{"POST of nothing", schemes, "POST", func(d *draft) {
		d.body = nil
		d.header.Set("Digest", "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
		d.header.Set("Content-Digest", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")
	}},
	{"with a query", schemes, "GET", func(d *draft) { d.target = "/ap/outbox?page=2&x=%2F" }},
	{"with an empty query", schemes[1:], "GET", func(d *draft) { d.target = "/ap/outbox?" }},
	{"signed without its query", schemes[:1], "GET", func(d *draft) { d.target, d.signedTarget = "/ap/outbox?page=2", "/ap/outbox" }},
	{"escaped path", schemes, "GET", func(d *draft) { d.target = "/ap/caf%C3%A9%2Fx" }},
	{"hs2019", schemes[:1], "POST", func(d *draft) { d.alg = "hs2019" }},
	{"no algorithm", schemes, "POST", func(d *draft) { d.alg = "" }},
	{"spaces after commas", schemes[:1], "POST", func(d *draft) { d.comma = ", " }},
	{"spaces around commas", schemes[:1], "POST", func(d *draft) { d.comma = " , " }},
	{"alphabetic order", schemes[:1], "POST", func(d *draft) {
		d.covered = []string{"(request-target)", "content-type", "date", "digest", "host"}
	}},
	{"names in capitals", schemes[:1], "POST", func(d *draft) {
		d.after = func(r *http.Request) { replace(r, "Signature", "host date digest", "Host Date Digest") }
	}},
	{"content-type signed", schemes, "POST", func(d *draft) { d.covered = append(d.covered, "content-type") }},
	{"created in place of date", schemes[:1], "POST", func(d *draft) {
		d.uncover("date")
		d.header.Del("Date")
		d.alg, d.created, d.covered = "hs2019", d.policy.Now.Unix(), append(d.covered, "(created)")
	}},
	{"created in quotes", schemes[:1], "POST", func(d *draft) {
		d.alg, d.created, d.covered = "hs2019", d.policy.Now.Unix(), append(d.covered, "(created)")
		d.after = func(r *http.Request) {
			n := fmt.Sprint(d.created)
			replace(r, "Signature", "created="+n, `created="`+n+`"`)
		}
	}},
	{"not yet expired", schemes[:1], "POST", func(d *draft) {
		d.alg, d.expires, d.covered = "hs2019", d.policy.Now.Unix()+300, append(d.covered, "(expires)")
	}},
	{"not yet expired", schemes[1:], "POST", func(d *draft) { d.expires = d.policy.Now.Unix() + 300 }},
	{"unsigned expires has no say", schemes[:1], "POST", func(d *draft) { d.expires = 1 }},
	{"unknown parameter", schemes[:1], "POST", func(d *draft) {
		d.after = func(r *http.Request) { replace(r, "Signature", "keyId=", `opaque="",version=2,keyId=`) }
	}},
	{"Fedify's components", schemes[1:], "POST", func(d *draft) {
		d.covered = []string{"@method", "@target-uri", "@authority", "host", "date", "content-digest"}
	}},
	{"nearly an hour old", schemes, "POST", func(d *draft) { d.policy.Now = d.policy.Now.Add(time.Hour) }},
	{"nearly an hour ahead", schemes, "POST", func(d *draft) { d.policy.Now = d.policy.Now.Add(-time.Hour) }},
	{"twelve hours by setting", schemes, "POST", func(d *draft) {
		d.policy.Now, d.policy.Past = d.policy.Now.Add(12*time.Hour), 12*time.Hour
	}},
	{"two digest algorithms", schemes, "POST", func(d *draft) {
		d.header.Set("Digest", "SHA-512=AAAA, "+d.header.Get("Digest"))
		d.header.Set("Content-Digest", d.header.Get("Content-Digest")+", sha-512=:AAAA:")
	}},
	{"digest name in small letters", schemes[:1], "POST", func(d *draft) {
		d.header.Set("Digest", strings.Replace(d.header.Get("Digest"), "SHA", "sha", 1))
	}},
	{"host in capitals", schemes, "POST", func(d *draft) { d.host = "Node.Example" }},
	{"host with the default port", schemes, "POST", func(d *draft) { d.host = "node.example:443" }},
	{"Gancio's host without the port", schemes[:1], "POST", func(d *draft) {
		d.host, d.policy.Origin = "127.77.0.9", &url.URL{Scheme: "http", Host: "127.77.0.9:8901"}
	}},
	{"origin with a port", schemes[:1], "POST", func(d *draft) {
		d.host, d.policy.Origin = "127.77.0.9:8901", &url.URL{Scheme: "http", Host: "127.77.0.9:8901"}
	}},
	{"http with its default port", schemes[:1], "POST", func(d *draft) {
		d.host, d.policy.Origin = "127.77.0.9:80", &url.URL{Scheme: "http", Host: "127.77.0.9"}
	}},
	{"a host of the list", schemes[:1], "POST", func(d *draft) {
		d.host, d.policy.Hosts = "10.0.0.1:80", []string{"node.example", "10.0.0.1:80"}
	}},
	{"http key id", schemes, "POST", func(d *draft) { d.keyID = "http://127.77.0.9:8901/users/ana/main-key" }},
}

func TestA1Accepted(t *testing.T) {
	for _, c := range acceptedCases {
		for _, scheme := range c.schemes {
			t.Run(string(scheme)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				d := newDraft(t, scheme, c.method)
				c.edit(d)
				claim := d.accept(t)
				if claim.KeyID != d.keyID || claim.Scheme != scheme || string(claim.Digest[:]) != string(hash(d.body)) {
					t.Errorf("claim = %+v", claim)
				}
			})
		}
	}
}

// replace changes the text of a header, if there is one, after signing.
func replace(r *http.Request, name, from, to string) {
	if value := r.Header.Get(name); value != "" {
		r.Header.Set(name, strings.Replace(value, from, to, 1))
	}
}

// ruleCases are requests that one rule alone refuses.
var ruleCases = []struct {
	reason  string
	name    string
	schemes []signature.Scheme
	method  string
	edit    func(*draft)
}{
	{"there is more than one signature", "two Signature headers", schemes, "POST", func(d *draft) {
		d.after = func(r *http.Request) { r.Header.Add("Signature", r.Header.Get("Signature")) }
	}},
	{"there is more than one signature", "two Signature-Input headers", schemes[1:], "POST", func(d *draft) {
		d.after = func(r *http.Request) { r.Header.Add("Signature-Input", r.Header.Get("Signature-Input")) }
	}},
	{"there is more than one signature", "two labels", schemes[1:], "POST", func(d *draft) {
		d.after = func(r *http.Request) {
			for _, name := range []string{"Signature", "Signature-Input"} {
				one := r.Header.Get(name)
				r.Header.Set(name, one+", "+strings.Replace(one, "sig1", "sig2", 1))
			}
		}
	}},
	{"there is more than one signature", "two labels in Signature", schemes[1:], "POST", func(d *draft) {
		d.after = func(r *http.Request) {
			r.Header.Set("Signature", r.Header.Get("Signature")+", sig2=:AAAA:")
		}
	}},
	{"there is more than one signature", "two labels in Signature-Input", schemes[1:], "POST", func(d *draft) {
		d.after = func(r *http.Request) {
			r.Header.Set("Signature-Input", r.Header.Get("Signature-Input")+`, sig2=("@method")`)
		}
	}},
	{"a signed part is repeated", "a name signed twice", schemes, "POST", func(d *draft) {
		d.covered = append(d.covered, d.covered[len(d.covered)-1])
	}},
	{"a signed part is repeated", "two Date headers", schemes, "POST", func(d *draft) {
		d.covered = append(d.covered[:len(d.covered):len(d.covered)], "date")
		if d.scheme == signature.Cavage {
			d.covered = d.covered[:len(d.covered)-1]
		}
		d.header.Add("Date", d.header.Get("Date"))
	}},
	{"a signed part is repeated", "two digest headers", schemes, "POST", func(d *draft) {
		d.header.Add("Digest", d.header.Get("Digest"))
		d.header.Add("Content-Digest", d.header.Get("Content-Digest"))
	}},
	{"a signed part is repeated", "two signed Content-Type headers", schemes, "POST", func(d *draft) {
		d.covered = append(d.covered, "content-type")
		d.header.Add("Content-Type", "text/html")
	}},
	{"the key id is not an http address", "acct", schemes, "POST", func(d *draft) { d.keyID = "acct:ana@peer.example" }},
	{"the key id is not an http address", "none", schemes, "POST", func(d *draft) { d.keyID = "" }},
	{"the key id is not an http address", "relative", schemes, "POST", func(d *draft) { d.keyID = "/users/ana#main-key" }},
	{"the key id is not an http address", "no host", schemes, "POST", func(d *draft) { d.keyID = "https:///users/ana" }},
	{"the key id is not an http address", "port alone", schemes, "POST", func(d *draft) { d.keyID = "https://:443/users/ana" }},
	{"the key id is not an http address", "opaque", schemes, "POST", func(d *draft) { d.keyID = "https:peer.example" }},
	{"the key id is not an http address", "userinfo", schemes, "POST", func(d *draft) { d.keyID = "https://peer.example@evil.example/" }},
	{"the key id is not an http address", "another scheme", schemes, "POST", func(d *draft) { d.keyID = "ftp://peer.example/" }},
	{"the key id is not an http address", "a space", schemes, "POST", func(d *draft) { d.keyID = "https://peer.example/a b" }},
	{"the key id is not an http address", "too long", schemes, "POST", func(d *draft) {
		d.keyID = "https://peer.example/" + strings.Repeat("a", 2048)
	}},
	{"the algorithm is not accepted", "another one", schemes, "POST", func(d *draft) { d.alg = "rsa-sha512" }},
	{"the algorithm is not accepted", "that of the other scheme", schemes, "POST", func(d *draft) {
		d.alg = map[signature.Scheme]string{signature.Cavage: "rsa-v1_5-sha256", signature.RFC9421: "hs2019"}[d.scheme]
	}},
	{"the algorithm is not accepted", "PSS", schemes[1:], "POST", func(d *draft) { d.alg = "rsa-pss-sha512" }},
	{"(created) and (expires) need the algorithm hs2019", "created", schemes[:1], "POST", func(d *draft) {
		d.created, d.covered = d.policy.Now.Unix(), append(d.covered, "(created)")
	}},
	{"(created) and (expires) need the algorithm hs2019", "expires", schemes[:1], "POST", func(d *draft) {
		d.expires, d.covered = d.policy.Now.Unix()+60, append(d.covered, "(expires)")
	}},
	{"(created) and (expires) need the algorithm hs2019", "no algorithm", schemes[:1], "POST", func(d *draft) {
		d.alg, d.created, d.covered = "", d.policy.Now.Unix(), append(d.covered, "(created)")
	}},
	{"the method and the address are not signed", "(request-target)", schemes[:1], "POST", func(d *draft) { d.uncover("(request-target)") }},
	{"the method and the address are not signed", "(request-target) of GET", schemes[:1], "GET", func(d *draft) { d.uncover("(request-target)") }},
	{"the method and the address are not signed", "@method", schemes[1:], "POST", func(d *draft) { d.uncover("@method") }},
	{"the method and the address are not signed", "@target-uri", schemes[1:], "POST", func(d *draft) { d.uncover("@target-uri") }},
	{"the method and the address are not signed", "@path alone", schemes[1:], "GET", func(d *draft) { d.uncover("@target-uri") }},
	{"the host is not signed", "POST", schemes[:1], "POST", func(d *draft) { d.uncover("host") }},
	{"the host is not signed", "GET", schemes[:1], "GET", func(d *draft) { d.uncover("host") }},
	{"the host is not ours", "another name", schemes, "POST", func(d *draft) { d.host = "other.example" }},
	{"the host is not ours", "GET", schemes, "GET", func(d *draft) { d.host = "other.example" }},
	{"the host is not ours", "a name below", schemes, "POST", func(d *draft) { d.host = "sub.node.example" }},
	{"the host is not ours", "another port", schemes, "POST", func(d *draft) { d.host = "node.example:8443" }},
	{"the host is not ours", "no port number", schemes, "POST", func(d *draft) { d.host = "node.example:x" }},
	{"the host is not ours", "none", schemes, "POST", func(d *draft) { d.host = "" }},
	{"the host is not ours", "not in the list", schemes, "POST", func(d *draft) { d.policy.Hosts = []string{"10.0.0.1"} }},
	{"the time is not signed", "date", schemes[:1], "POST", func(d *draft) { d.uncover("date") }},
	{"the time is not signed", "date of GET", schemes[:1], "GET", func(d *draft) { d.uncover("date") }},
	{"the time is not signed", "created", schemes[1:], "POST", func(d *draft) { d.created = 0 }},
	{"the time is not signed", "date is not created", schemes[1:], "POST", func(d *draft) {
		d.created, d.covered = 0, append(d.covered, "date")
	}},
	{"it is too old", "date or created", schemes, "POST", func(d *draft) {
		d.policy.Now = d.policy.Now.Add(time.Hour + time.Second)
	}},
	{"it is too old", "of GET", schemes, "GET", func(d *draft) { d.policy.Now = d.policy.Now.Add(2 * time.Hour) }},
	{"it is too old", "no setting reaches beyond twelve hours", schemes, "POST", func(d *draft) {
		d.policy.Now, d.policy.Past = d.policy.Now.Add(13*time.Hour), 48*time.Hour
	}},
	{"it is too old", "an old date beside a new created", schemes, "POST", func(d *draft) {
		d.header.Set("Date", d.policy.Now.Add(-2*time.Hour).Format(http.TimeFormat))
		d.cover("date", "(created)")
	}},
	{"it is too old", "an old created beside a new date", schemes, "POST", func(d *draft) {
		d.cover("date", "(created)")
		d.created -= 7200
	}},
	{"it is from the future", "date or created", schemes, "POST", func(d *draft) {
		d.policy.Now = d.policy.Now.Add(-time.Hour - time.Second)
	}},
	{"it is from the future", "by setting", schemes, "POST", func(d *draft) {
		d.policy.Now, d.policy.Future = d.policy.Now.Add(-time.Minute), time.Second
	}},
	{"it is from the future", "(created) alone", schemes[:1], "POST", func(d *draft) {
		d.cover("(created)")
		d.uncover("date")
		d.policy.Now = d.policy.Now.Add(-2 * time.Hour)
	}},
	{"it has expired", "expires", schemes, "POST", func(d *draft) {
		d.cover("(expires)")
		d.expires = d.policy.Now.Unix() + 300
		d.policy.Now = d.policy.Now.Add(301 * time.Second)
	}},
	{"the digest is not signed", "POST", schemes, "POST", func(d *draft) { d.uncover("digest"); d.uncover("content-digest") }},
	{"the digest is not signed", "GET with a body", schemes, "GET", func(d *draft) { d.body = []byte("{}") }},
	{"the digest is not signed", "PUT", schemes, "PUT", func(*draft) {}},
	{"the digest is not the SHA-256 of the body", "swapped body", schemes, "POST", func(d *draft) { d.body = []byte(`{"type":"Delete"}`) }},
	{"the digest is not the SHA-256 of the body", "one byte more", schemes, "POST", func(d *draft) { d.body = append(d.body, ' ') }},
	{"the digest is not the SHA-256 of the body", "no body", schemes, "POST", func(d *draft) { d.body = nil }},
	{"the digest is not the SHA-256 of the body", "another algorithm", schemes, "POST", func(d *draft) {
		d.header.Set("Digest", "SHA-512=AAAA")
		d.header.Set("Content-Digest", "sha-512=:AAAA:")
	}},
	{"the digest is not the SHA-256 of the body", "two that differ", schemes, "POST", func(d *draft) {
		d.header.Set("Digest", d.header.Get("Digest")+",SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
		d.header.Set("Content-Digest", d.header.Get("Content-Digest")+",sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")
	}},
	{"the digest is not the SHA-256 of the body", "not base64", schemes, "POST", func(d *draft) {
		d.header.Set("Digest", "SHA-256=?")
		d.header.Set("Content-Digest", "sha-256=:?:")
	}},
	{"the digest is not the SHA-256 of the body", "more after the base64", schemes, "POST", func(d *draft) {
		d.header.Set("Digest", d.header.Get("Digest")+"?")
		d.header.Set("Content-Digest", strings.TrimSuffix(d.header.Get("Content-Digest"), ":")+"?:")
	}},
	{"the digest is not the SHA-256 of the body", "no colon before the base64", schemes[1:], "POST", func(d *draft) {
		d.header.Set("Content-Digest", strings.Replace(d.header.Get("Content-Digest"), "=:", "=?", 1))
	}},
	{"the digest is not the SHA-256 of the body", "in the form of the other scheme", schemes, "POST", func(d *draft) {
		digest, content := d.header.Get("Digest"), d.header.Get("Content-Digest")
		d.header.Set("Digest", content)
		d.header.Set("Content-Digest", digest)
	}},
	{"the digest is not the SHA-256 of the body", "signed on GET", schemes, "GET", func(d *draft) {
		d.header.Set("Digest", "SHA-256=AAAA")
		d.header.Set("Content-Digest", "sha-256=:AAAA:")
		d.cover("digest", "content-digest")
	}},
}

// cover adds the names that the scheme knows to what is signed.
func (d *draft) cover(names ...string) {
	for _, name := range names {
		switch {
		case d.scheme == signature.Cavage && (name == "(created)" || name == "(expires)"):
			d.alg, d.created, d.covered = "hs2019", d.policy.Now.Unix(), append(d.covered, name)
		case d.scheme == signature.Cavage && name == "digest", d.scheme != signature.Cavage && name == "content-digest",
			name == "date" && !slices.Contains(d.covered, name):
			d.covered = append(d.covered, name)
		}
	}
}

// TestA14EachRule turns off one rule after the other. A request that the rule
// refuses must pass without it, signature and all, so no rule hides behind
// another one, and none can be lost unseen.
func TestA14EachRule(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range ruleCases {
		tested[c.reason] = true
		for _, scheme := range c.schemes {
			t.Run(fmt.Sprintf("%s/%s/%s", scheme, c.reason, c.name), func(t *testing.T) {
				t.Parallel()
				d := newDraft(t, scheme, c.method)
				c.edit(d)
				_, err := signature.Check(d.request(t), d.body, d.policy)
				if !errors.Is(err, signature.ErrRefused) || err.Error() != "signature refused: "+c.reason {
					t.Fatalf("Check = %v, want %q", err, c.reason)
				}
				claim, err := signature.CheckWithout(c.reason, d.request(t), d.body, d.policy)
				if err != nil {
					t.Fatalf("without the rule, Check = %v", err)
				}
				if err := claim.Verify(d.key.Public()); err != nil {
					t.Errorf("without the rule, Verify = %v", err)
				}
			})
		}
	}
	for _, reason := range signature.RuleReasons() {
		if !tested[reason] {
			t.Errorf("no request is refused because %s", reason)
		}
	}
}
