package signature_test

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/signature"
)

const keyID = "https://peer.example/users/ana#main-key"

// origin is our public address in these tests.
var origin = &url.URL{Scheme: "https", Host: "node.example"}

// rsaKey reads testdata/rsa<bits>.pem.
func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("testdata/rsa%d.pem", bits))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func ed25519Key() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("a key for tests"))
	return ed25519.NewKeyFromSeed(seed[:])
}

// draft is an incoming request that is about to be signed, by code that shares
// nothing with the package. A test spoils one thing and leaves the rest valid.
type draft struct {
	scheme         signature.Scheme
	method, target string
	host           string
	body           []byte
	header         http.Header
	covered        []string
	keyID, alg     string
	created        int64 // seconds; 0 for none
	expires        int64
	signedTarget   string // what is signed as the address, if not the true one
	key            crypto.Signer
	comma          string // between the parameters of cavage
	after          func(*http.Request)
	policy         signature.Policy
}

// newDraft is a valid POST or GET. The time is the real one, as httpsig compares
// (created) and (expires) with the machine's clock.
func newDraft(t testing.TB, scheme signature.Scheme, method string) *draft {
	now := time.Now().UTC().Truncate(time.Second)
	d := &draft{
		scheme: scheme, method: method, target: "/ap/inbox", host: "node.example", keyID: keyID,
		header: http.Header{"Date": {now.Format(http.TimeFormat)}, "Content-Type": {"application/activity+json"}},
		key:    rsaKey(t, 2048), comma: ",", after: func(*http.Request) {},
		policy: signature.Policy{Now: now, Origin: origin},
	}
	digestName := "digest"
	if scheme == signature.Cavage {
		d.alg, d.covered = "rsa-sha256", []string{"(request-target)", "host", "date"}
	} else {
		d.alg, d.covered, d.created = "rsa-v1_5-sha256", []string{"@method", "@target-uri"}, now.Unix()
		digestName = "content-digest"
	}
	if method == "POST" {
		d.body = []byte(`{"type":"Note","content":"Hello"}`)
		sum := base64.StdEncoding.EncodeToString(hash(d.body))
		d.header.Set("Digest", "SHA-256="+sum)
		d.header.Set("Content-Digest", "sha-256=:"+sum+":")
		d.covered = append(d.covered, digestName)
	}
	return d
}

func hash(body []byte) []byte {
	sum := sha256.Sum256(body)
	return sum[:]
}

// uncover takes a name out of what is signed.
func (d *draft) uncover(name string) {
	var rest []string
	for _, c := range d.covered {
		if c != name {
			rest = append(rest, c)
		}
	}
	d.covered = rest
}

// request signs the draft as a server would receive it.
func (d *draft) request(t testing.TB) *http.Request {
	t.Helper()
	r := httptest.NewRequest(d.method, d.target, bytes.NewReader(d.body))
	r.Host = d.host
	r.Header = d.header.Clone()
	if d.scheme == signature.Cavage {
		d.signCavage(t, r)
	} else {
		d.signMessage(t, r)
	}
	d.after(r)
	return r
}

func (d *draft) signCavage(t testing.TB, r *http.Request) {
	var lines []string
	for _, name := range d.covered {
		value := strings.Join(r.Header.Values(name), ", ")
		switch name {
		case "(request-target)":
			value = strings.ToLower(d.method) + " " + cmp.Or(d.signedTarget, d.target)
		case "host":
			value = r.Host
		case "(created)":
			value = fmt.Sprint(d.created)
		case "(expires)":
			value = fmt.Sprint(d.expires)
		}
		lines = append(lines, name+": "+value)
	}
	params := []string{`keyId="` + d.keyID + `"`}
	if d.alg != "" {
		params = append(params, `algorithm="`+d.alg+`"`)
	}
	if d.created != 0 {
		params = append(params, fmt.Sprintf("created=%d", d.created))
	}
	if d.expires != 0 {
		params = append(params, fmt.Sprintf("expires=%d", d.expires))
	}
	params = append(params, `headers="`+strings.Join(d.covered, " ")+`"`,
		`signature="`+d.sign(t, strings.Join(lines, "\n"))+`"`)
	r.Header.Set("Signature", strings.Join(params, d.comma))
}

func (d *draft) signMessage(t testing.TB, r *http.Request) {
	base, names := "", ""
	for i, name := range d.covered {
		value := strings.Join(r.Header.Values(name), ", ")
		switch name {
		case "@method":
			value = d.method
		case "@target-uri":
			value = cmp.Or(d.signedTarget, "https://node.example"+d.target)
		case "@authority":
			value = "node.example"
		case "host":
			value = r.Host
		}
		base += fmt.Sprintf("%q: %s\n", name, value)
		if i > 0 {
			names += " "
		}
		names += `"` + name + `"`
	}
	params := "(" + names + ")"
	if d.created != 0 {
		params += fmt.Sprintf(";created=%d", d.created)
	}
	if d.expires != 0 {
		params += fmt.Sprintf(";expires=%d", d.expires)
	}
	params += `;keyid="` + d.keyID + `"`
	if d.alg != "" {
		params += `;alg="` + d.alg + `"`
	}
	r.Header.Set("Signature-Input", "sig1="+params)
	r.Header.Set("Signature", "sig1=:"+d.sign(t, base+`"@signature-params": `+params)+":")
}

// sign returns the signature of text in base64.
func (d *draft) sign(t testing.TB, text string) string {
	t.Helper()
	var signed []byte
	var err error
	switch key := d.key.(type) {
	case *rsa.PrivateKey:
		signed, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, hash([]byte(text)))
	case ed25519.PrivateKey:
		signed = ed25519.Sign(key, []byte(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signed)
}

// accept fails the test unless the draft is accepted whole.
func (d *draft) accept(t testing.TB) *signature.Claim {
	t.Helper()
	claim, err := signature.Check(d.request(t), d.body, d.policy)
	if err != nil {
		t.Fatalf("Check = %v", err)
	}
	if err := claim.Verify(d.key.Public()); err != nil {
		t.Fatalf("Verify = %v", err)
	}
	return claim
}
