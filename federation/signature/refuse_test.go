package signature_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/signature"
)

func TestA1Unsigned(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/ap/node", nil)
	_, err := signature.Check(r, nil, signature.Policy{Now: time.Now(), Origin: origin})
	if !errors.Is(err, signature.ErrUnsigned) || errors.Is(err, signature.ErrRefused) {
		t.Errorf("Check = %v, want ErrUnsigned", err)
	}
	r.Header.Set("Authorization", `Signature keyId="https://peer.example/",headers="date",signature="AAAA"`)
	if _, err := signature.Check(r, nil, signature.Policy{Now: time.Now(), Origin: origin}); !errors.Is(err, signature.ErrUnsigned) {
		t.Errorf("with Authorization, Check = %v, want ErrUnsigned", err)
	}
}

const (
	noSignature = "the Signature header cannot be read"
	noInput     = "the Signature-Input header cannot be read"
)

// set and swap change a header after signing.
func set(name, value string) func(*draft) {
	return func(d *draft) { d.after = func(r *http.Request) { r.Header.Set(name, value) } }
}

func swap(name, from, to string) func(*draft) {
	return func(d *draft) { d.after = func(r *http.Request) { replace(r, name, from, to) } }
}

// unreadableCases are headers that have no clear meaning.
var unreadableCases = []struct {
	name    string
	schemes []signature.Scheme
	reason  string
	edit    func(*draft)
}{
	{"empty", schemes, noSignature, set("Signature", "")},
	{"words", schemes, noSignature, set("Signature", "let me in")},
	{"no value", schemes[:1], noSignature, set("Signature", "keyId=,signature=")},
	{"open quote", schemes[:1], noSignature, set("Signature", `keyId="https://peer.example/`)},
	{"no name", schemes[:1], noSignature, swap("Signature", "keyId", `="",keyId`)},
	{"backslash", schemes[:1], noSignature, swap("Signature", "ana", `\\ana`)},
	{"no comma", schemes[:1], noSignature, func(d *draft) { d.comma = " " }},
	{"comma at the end", schemes[:1], noSignature, func(d *draft) {
		d.after = func(r *http.Request) { r.Header.Set("Signature", r.Header.Get("Signature")+",") }
	}},
	{"two key ids", schemes[:1], noSignature, swap("Signature", "keyId", `keyId="https://evil.example/",keyId`)},
	{"two signatures joined", schemes[:1], noSignature, func(d *draft) {
		d.after = func(r *http.Request) {
			one := r.Header.Get("Signature")
			r.Header.Set("Signature", one+","+one)
		}
	}},
	{"too long", schemes[:1], noSignature, set("Signature", `keyId="`+strings.Repeat("a", 8<<10)+`"`)},
	{"too long", schemes[1:], "the signature headers are too long", set("Signature", strings.Repeat("a", 8<<10+1))},
	{"input too long", schemes[1:], "the signature headers are too long", set("Signature-Input", strings.Repeat("a", 8<<10+1))},
	{"no signature", schemes[:1], "the signature is not base64", swap("Signature", "signature=", "sig=")},
	{"signature not base64", schemes[:1], "the signature is not base64", swap("Signature", `signature="`, `signature="?`)},
	{"signature not base64", schemes[1:], noSignature, swap("Signature", "sig1=:", "sig1=:?")},
	{"another spelling of the signature", schemes[:1], "the signature is not base64", respell},
	{"another spelling of the signature", schemes[1:], noSignature, respell},
	{"no label", schemes[1:], noSignature, swap("Signature", "sig1", "")},
	{"label without value", schemes[1:], noSignature, set("Signature", "sig1")},
	{"signature with a parameter", schemes[1:], noSignature, func(d *draft) {
		d.after = func(r *http.Request) { r.Header.Set("Signature", r.Header.Get("Signature")+";a=1") }
	}},
	{"no colon at the end", schemes[1:], noSignature, set("Signature", "sig1=:AAAA")},
	{"a signature of the other scheme", schemes[1:], noSignature, set("Signature", `keyId="https://peer.example/",signature="AAAA"`)},
	{"labels that differ", schemes[1:], noInput, swap("Signature-Input", "sig1", "sig2")},
	{"no list", schemes[1:], noInput, set("Signature-Input", "sig1=:AAAA:")},
	{"open list", schemes[1:], noInput, set("Signature-Input", `sig1=("@method"`)},
	{"words in the list", schemes[1:], noInput, set("Signature-Input", "sig1=(method)")},
	{"capitals in the list", schemes[1:], noInput, swap("Signature-Input", "@method", "@Method")},
	{"no space in the list", schemes[1:], noInput, swap("Signature-Input", `" "`, `""`)},
	{"component with a parameter", schemes[1:], noInput, swap("Signature-Input", `"@method"`, `"@method";req`)},
	{"component that would break the library", schemes[1:], noInput, swap("Signature-Input", `"@method"`, `"@method";bs="x"`)},
	{"parameter without name", schemes[1:], noInput, swap("Signature-Input", ";created", ";=1;created")},
	{"backslash", schemes[1:], noInput, swap("Signature-Input", ";created", `;nonce="a\\b";created`)},
	{"parameter without value", schemes[1:], noInput, swap("Signature-Input", ";created", ";tag;created")},
	{"two key ids", schemes[1:], noInput, swap("Signature-Input", ";keyid", `;keyid="https://evil.example/";keyid`)},
	{"words at the end", schemes[1:], noInput, func(d *draft) {
		d.after = func(r *http.Request) { r.Header.Set("Signature-Input", r.Header.Get("Signature-Input")+" x") }
	}},
	{"derived component that is not known", schemes[1:], "a signed component is not known", swap("Signature-Input", "@method", "@status")},
	{"created before 1970", schemes[1:], "the time of creation cannot be read", swap("Signature-Input", "created=", "created=-")},
	{"created with a fraction", schemes[1:], "the time of creation cannot be read", swap("Signature-Input", ";keyid", ".5;keyid")},
	{"created of too many digits", schemes[1:], "the time of creation cannot be read", swap("Signature-Input", "created=", "created=9999")},
	{"expires in words", schemes[1:], "the time of expiry cannot be read", swap("Signature-Input", ";keyid", ";expires=never;keyid")},
	{"created without value", schemes[:1], "the time of creation cannot be read", func(d *draft) { d.covered = append(d.covered, "(created)") }},
	{"expires without value", schemes[:1], "the time of expiry cannot be read", func(d *draft) { d.covered = append(d.covered, "(expires)") }},
	{"signed header missing", schemes, "a signed header is missing", func(d *draft) { d.covered = append(d.covered, "x-none") }},
	{"digest missing", schemes, "a signed header is missing", func(d *draft) {
		d.header.Del("Digest")
		d.header.Del("Content-Digest")
	}},
	{"date in words", schemes[:1], "the date cannot be read", func(d *draft) { d.header.Set("Date", "yesterday") }},
	{"too much signed", schemes, "too much is signed", func(d *draft) {
		for range 33 {
			d.covered = append(d.covered, "content-type")
		}
	}},
	{"Signature-Input alone", schemes[1:], "the Signature header is missing", func(d *draft) {
		d.after = func(r *http.Request) { r.Header.Del("Signature") }
	}},
	{"no origin", schemes, "this server does not know its address", func(d *draft) { d.policy.Origin = nil }},
	{"ed25519 as algorithm of cavage", schemes[:1], "the algorithm is not accepted", func(d *draft) {
		d.alg, d.key = "ed25519", ed25519Key()
	}},
	{"no clock", schemes, "it is from the future", func(d *draft) { d.policy.Now = time.Time{} }},
}

func TestA1Unreadable(t *testing.T) {
	for _, c := range unreadableCases {
		for _, scheme := range c.schemes {
			t.Run(string(scheme)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				d := newDraft(t, scheme, "POST")
				c.edit(d)
				claim, err := signature.Check(d.request(t), d.body, d.policy)
				if claim != nil || !errors.Is(err, signature.ErrRefused) || err.Error() != "signature refused: "+c.reason {
					t.Errorf("Check = %v, %v, want %q", claim, err, c.reason)
				}
			})
		}
	}
}

// respell changes bits of the base64 that a lenient reader ignores.
func respell(d *draft) {
	d.after = func(r *http.Request) {
		value := r.Header.Get("Signature")
		i := strings.LastIndex(value, "==")
		last := strings.IndexByte("AQgw", value[i-1])
		r.Header.Set("Signature", value[:i-1]+string("BRhx"[last])+value[i:])
	}
}

// TestA1Tampered changes what is signed, after it was signed.
func TestA1Tampered(t *testing.T) {
	cases := []struct {
		name    string
		schemes []signature.Scheme
		change  func(*http.Request)
	}{
		{"path", schemes, func(r *http.Request) { r.URL.Path = "/ap/inbox2" }},
		{"escaped path", schemes, func(r *http.Request) { r.URL.RawPath = "/ap%2Finbox" }},
		{"query", schemes[1:], func(r *http.Request) { r.URL.RawQuery = "page=2" }},
		{"method", schemes, func(r *http.Request) { r.Method = "PUT" }},
		{"host", schemes[:1], func(r *http.Request) { r.Host = "node.example:443" }},
		{"date", schemes[:1], func(r *http.Request) {
			date, _ := http.ParseTime(r.Header.Get("Date"))
			r.Header.Set("Date", date.Add(time.Second).Format(http.TimeFormat))
		}},
		{"content-type", schemes, func(r *http.Request) { r.Header.Set("Content-Type", "text/html") }},
		{"digest header", schemes, func(r *http.Request) {
			r.Header.Set("Digest", r.Header.Get("Digest")+",SHA-512=AAAA")
			r.Header.Set("Content-Digest", r.Header.Get("Content-Digest")+",sha-512=:AAAA:")
		}},
		{"signature", schemes, func(r *http.Request) {
			value := r.Header.Get("Signature")
			i := strings.LastIndex(value, "==") - 9
			other := map[bool]string{true: "B", false: "A"}[value[i] == 'A']
			r.Header.Set("Signature", value[:i]+other+value[i+1:])
		}},
		{"short signature", schemes, func(r *http.Request) {
			value := r.Header.Get("Signature")
			i := strings.LastIndex(value, "==") + 2
			r.Header.Set("Signature", value[:i-8]+value[i:])
		}},
		{"order of the list", schemes, func(r *http.Request) {
			replace(r, "Signature", "host date", "date host")
			replace(r, "Signature-Input", `"@method" "@target-uri"`, `"@target-uri" "@method"`)
		}},
		{"created", schemes[1:], func(r *http.Request) {
			value := r.Header.Get("Signature-Input")
			i := strings.Index(value, ";keyid") - 1
			r.Header.Set("Signature-Input", value[:i]+string("1234567890"[value[i]-'0'])+value[i+1:])
		}},
		{"key id", schemes[1:], func(r *http.Request) { replace(r, "Signature-Input", "peer.example", "evil.example") }},
		{"expires", schemes[1:], func(r *http.Request) { replace(r, "Signature-Input", ";keyid", ";expires=99999999999;keyid") }},
		{"tag", schemes[1:], func(r *http.Request) { replace(r, "Signature-Input", ";keyid", `;tag="x";keyid`) }},
	}
	for _, c := range cases {
		for _, scheme := range c.schemes {
			t.Run(string(scheme)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				d := newDraft(t, scheme, "POST")
				d.covered = append(d.covered, "content-type")
				d.accept(t)
				d.after = c.change
				claim, err := signature.Check(d.request(t), d.body, d.policy)
				if err != nil {
					t.Fatalf("Check = %v; this is for Verify to find", err)
				}
				err = claim.Verify(d.key.Public())
				if !errors.Is(err, signature.ErrRefused) || err.Error() != "signature refused: it was not made with the key that it names" {
					t.Errorf("Verify = %v", err)
				}
			})
		}
	}
}

func TestA14KindOfKey(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaPublic, edPublic := rsaKey(t, 2048).Public(), ed25519Key().Public()
	const kind = "the key is not of the kind that the signature names"
	cases := []struct {
		name   string
		scheme signature.Scheme
		alg    string
		ed     bool // signed with the Ed25519 key
		public any
		reason string
	}{
		{"RSA", signature.RFC9421, "rsa-v1_5-sha256", false, rsaPublic, ""},
		{"Ed25519", signature.RFC9421, "ed25519", true, edPublic, ""},
		{"RSA, unnamed", signature.RFC9421, "", false, rsaPublic, ""},
		{"Ed25519, unnamed", signature.RFC9421, "", true, edPublic, ""},
		{"RSA named Ed25519", signature.RFC9421, "ed25519", false, rsaPublic, kind},
		{"Ed25519 named RSA", signature.RFC9421, "rsa-v1_5-sha256", true, edPublic, kind},
		{"cavage with Ed25519", signature.Cavage, "hs2019", true, edPublic, kind},
		{"another kind", signature.RFC9421, "", false, other.Public(), "the key is of a kind that is not accepted"},
		{"a value in place of a pointer", signature.RFC9421, "", false, rsaKey(t, 2048).PublicKey, "the key is of a kind that is not accepted"},
		{"none", signature.RFC9421, "", false, nil, "the key is of a kind that is not accepted"},
		{"half an Ed25519 key", signature.RFC9421, "", true, edPublic.(ed25519.PublicKey)[:16], "the key is not whole"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDraft(t, c.scheme, "POST")
			d.alg = c.alg
			if c.ed {
				d.key = ed25519Key()
			}
			claim, err := signature.Check(d.request(t), d.body, d.policy)
			if err != nil {
				t.Fatal(err)
			}
			err = claim.Verify(c.public)
			if c.reason == "" && err != nil || c.reason != "" && (!errors.Is(err, signature.ErrRefused) || err.Error() != "signature refused: "+c.reason) {
				t.Errorf("Verify = %v, want %q", err, c.reason)
			}
		})
	}
	if err := (&signature.Claim{}).Verify(rsaPublic); !errors.Is(err, signature.ErrRefused) {
		t.Errorf("Verify of an empty claim = %v", err)
	}
}

// TestA10SecondKey is a check that fails with the known key and passes with the
// refetched one.
func TestA10SecondKey(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes {
		d := newDraft(t, scheme, "POST")
		claim, err := signature.Check(d.request(t), d.body, d.policy)
		if err != nil {
			t.Fatal(err)
		}
		if err := claim.Verify(rsaKey(t, 8192).Public()); !errors.Is(err, signature.ErrRefused) {
			t.Errorf("%s: Verify with another key = %v", scheme, err)
		}
		if err := claim.Verify(d.key.Public()); err != nil {
			t.Errorf("%s: Verify with the right key = %v", scheme, err)
		}
	}
}

// TestA8Fingerprint is the same for a replay, however its unsigned parts are
// dressed, and differs for another request.
func TestA8Fingerprint(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes {
		d := newDraft(t, scheme, "POST")
		first := d.accept(t)
		if first.Created != d.policy.Now {
			t.Errorf("%s: Created = %v, want %v", scheme, first.Created, d.policy.Now)
		}
		dress := *d
		dress.after = func(r *http.Request) {
			r.Header.Set("User-Agent", "another")
			replace(r, "Signature", ",", " , ")
			replace(r, "Signature", "sig1", "sig2")
			replace(r, "Signature-Input", "sig1", "sig2")
			replace(r, "Signature", "ana", "bo")
		}
		if replay := dress.accept(t); replay.Fingerprint != first.Fingerprint {
			t.Errorf("%s: a replay has another fingerprint", scheme)
		}
		d.target = "/ap/inbox?x=1"
		if other := d.accept(t); other.Fingerprint == first.Fingerprint {
			t.Errorf("%s: another request has the same fingerprint", scheme)
		}
	}
	d := newDraft(t, signature.Cavage, "POST")
	d.cover("(created)")
	d.created -= 60
	if got := d.accept(t).Created; got.Unix() != d.created {
		t.Errorf("Created = %v, want the older of date and created", got)
	}
}

func TestCheckLeavesTheRequestAlone(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes {
		d := newDraft(t, scheme, "POST")
		r := d.request(t)
		r.Body = http.NoBody
		address, header, host := *r.URL, r.Header.Clone(), r.Host
		claim, err := signature.Check(r, d.body, d.policy)
		if err != nil {
			t.Fatal(err)
		}
		if err := claim.Verify(d.key.Public()); err != nil {
			t.Fatal(err)
		}
		if *r.URL != address || r.Host != host || !maps.EqualFunc(r.Header, header, slices.Equal[[]string]) {
			t.Errorf("%s: the request changed to %v %v %v", scheme, r.URL, r.Host, r.Header)
		}
	}
}

// TestA1Received checks requests that other software sent and signed, kept with
// its public key.
func TestA1Received(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/received.json")
	if err != nil {
		t.Fatal(err)
	}
	var received []struct {
		Software, Method, Target, Host, Body, Key string
		Scheme                                    signature.Scheme
		Header                                    map[string]string
	}
	if err := json.Unmarshal(data, &received); err != nil || len(received) == 0 {
		t.Fatalf("%d requests, %v", len(received), err)
	}
	for _, c := range received {
		r := httptest.NewRequest(c.Method, c.Target, strings.NewReader(c.Body))
		r.Host = c.Host
		for name, value := range c.Header {
			r.Header.Set(name, value)
		}
		date, err := http.ParseTime(c.Header["Date"])
		if err != nil {
			t.Fatal(err)
		}
		policy := signature.Policy{Now: date, Origin: &url.URL{Scheme: "http", Host: c.Host}}
		claim, err := signature.Check(r, []byte(c.Body), policy)
		if err != nil {
			t.Errorf("%s %s %s: Check = %v", c.Software, c.Scheme, c.Method, err)
			continue
		}
		public, err := signature.ParsePublicKeyPEM(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		if err := claim.Verify(public); err != nil || claim.Scheme != c.Scheme {
			t.Errorf("%s %s %s: Verify = %v, scheme %s", c.Software, c.Scheme, c.Method, err, claim.Scheme)
		}
	}
}

// TestA1OurClockDecides moves Policy.Now far from the machine's clock.
func TestA1OurClockDecides(t *testing.T) {
	t.Parallel()
	for _, now := range []time.Time{time.Unix(1e9, 0).UTC(), time.Now().Add(1e5 * time.Hour).UTC().Truncate(time.Second)} {
		for _, scheme := range schemes {
			d := newDraft(t, scheme, "POST")
			d.policy.Now = now
			d.header.Set("Date", now.Format(http.TimeFormat))
			if scheme == signature.RFC9421 {
				d.created, d.expires = now.Unix(), now.Unix()+60
			}
			if claim := d.accept(t); !claim.Created.Equal(now) {
				t.Errorf("%s: Created = %v, want %v", scheme, claim.Created, now)
			}
		}
	}
}
