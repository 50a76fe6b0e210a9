package signature

import (
	"cmp"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/superseriousbusiness/httpsig"
)

// RosterHeader tells which versions of which rosters a delivery was sent by. Sign
// covers it when it is there (federation.md 8.3, 4).
const (
	RosterHeader = "Poweron-Roster" // as net/http spells it
	rosterName   = "poweron-roster"
)

// Sign signs r, whose body is body, as of now. It sets the Host, Date, Digest or
// Content-Digest, Signature and Signature-Input of r and replaces what an
// earlier attempt left there. A GET or HEAD request has no body. The rest of r
// may change afterwards, but not its method, address and body.
//
// Sign keeps nothing between calls, so any number may run at once, also with the
// same key. Nearly all its time goes into the private-key operation.
func Sign(r *http.Request, body []byte, s Scheme, k Key, now time.Time) error {
	if r.URL == nil || r.URL.Host == "" {
		return errors.New("sign request: it has no absolute address")
	}
	if err := sign(r, body, s, k, now.UTC()); err != nil {
		return fmt.Errorf("sign request to %s with key %s: %w", r.URL.Host, k.ID, err)
	}
	return nil
}

func sign(r *http.Request, body []byte, s Scheme, k Key, now time.Time) error {
	if !validKeyID(k.ID) {
		return errors.New("the key id is not an http address")
	}
	if err := checkPrivate(k.Private, s); err != nil {
		return err
	}
	method := cmp.Or(r.Method, http.MethodGet)
	if bodyless(method) && len(body) > 0 {
		return fmt.Errorf("%s has a body", method)
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	for _, name := range []string{"Digest", "Content-Digest", "Signature", "Signature-Input"} {
		r.Header.Del(name)
	}
	r.Host = cmp.Or(r.Host, r.URL.Host)
	r.Header.Set("Date", now.Format(http.TimeFormat))
	if s == RFC9421 || s == RFC9421Ed25519 {
		return signMessage(r, method, body, k, now)
	}
	return signCavage(r, method, body, k, s)
}

func checkPrivate(private crypto.Signer, s Scheme) error {
	switch key := private.(type) {
	case *rsa.PrivateKey:
		if s == Cavage || s == CavageWithoutQuery || s == RFC9421 {
			if fault := sizeFault(&key.PublicKey); fault != "" {
				return errors.New(fault)
			}
			return nil
		}
	case ed25519.PrivateKey:
		if s == RFC9421Ed25519 {
			return nil
		}
	}
	return fmt.Errorf("scheme %q does not go with a key of type %T", s, private)
}

// signCavage signs what Mastodon asks for as a minimum: (request-target), host
// and date, and the digest of a body.
func signCavage(r *http.Request, method string, body []byte, k Key, s Scheme) error {
	names := []string{httpsig.RequestTarget, "host", "date"}
	if bodyless(method) {
		body = nil // httpsig adds a digest of anything else
	} else {
		names = append(names, "digest")
		if body == nil {
			body = []byte{}
		}
	}
	roster, told := r.Header[RosterHeader]
	if told {
		names = append(names, rosterName)
	}
	signer, _, err := httpsig.NewSigner([]httpsig.Algorithm{httpsig.RSA_SHA256}, httpsig.DigestSha256,
		names, httpsig.Signature, 0)
	if err != nil {
		return fmt.Errorf("make signer: %w", err)
	}
	signed := &http.Request{
		Method: method,
		URL:    &url.URL{Path: wirePath(r.URL), RawQuery: r.URL.RawQuery},
		Header: http.Header{"Host": {r.Host}, "Date": r.Header["Date"]},
	}
	if told {
		signed.Header[RosterHeader] = roster
	}
	options := httpsig.SignatureOption{ExcludeQueryStringFromPathPseudoHeader: s == CavageWithoutQuery}
	if err := signer.SignRequestWithOptions(k.Private, k.ID, signed, body, options); err != nil {
		return err
	}
	for _, name := range []string{"Digest", "Signature"} {
		if values, ok := signed.Header[name]; ok {
			r.Header[name] = values
		}
	}
	return nil
}

// signMessage signs after RFC 9421 the components that Mastodon asks for.
// httpsign is not used here because it takes the time from the machine's clock
// and nowhere else.
func signMessage(r *http.Request, method string, body []byte, k Key, now time.Time) error {
	target := targetURI(r.URL, r.URL).String()
	base := `"@method": ` + method + "\n" + `"@target-uri": ` + target + "\n"
	covered := `"@method" "@target-uri"`
	if !bodyless(method) {
		sum := sha256.Sum256(body)
		digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
		r.Header.Set("Content-Digest", digest)
		base += `"content-digest": ` + digest + "\n"
		covered += ` "content-digest"`
	}
	if roster := r.Header.Get(RosterHeader); roster != "" {
		base += `"` + rosterName + `": ` + roster + "\n"
		covered += ` "` + rosterName + `"`
	}
	algorithm := algEd25519
	if _, ok := k.Private.(*rsa.PrivateKey); ok {
		algorithm = algRSA
	}
	params := fmt.Sprintf(`(%s);created=%d;keyid="%s";alg="%s"`, covered, now.Unix(), k.ID, algorithm)
	signature, err := signBytes(k.Private, []byte(base+`"@signature-params": `+params))
	if err != nil {
		return err
	}
	r.Header.Set("Signature-Input", "sig1="+params)
	r.Header.Set("Signature", "sig1=:"+base64.StdEncoding.EncodeToString(signature)+":")
	return nil
}

// signBytes makes an RSASSA-PKCS1-v1_5 signature with SHA-256, or an Ed25519 one.
// Neither draws random numbers.
func signBytes(private crypto.Signer, message []byte) ([]byte, error) {
	if _, ok := private.(ed25519.PrivateKey); ok {
		return private.Sign(nil, message, crypto.Hash(0))
	}
	sum := sha256.Sum256(message)
	return private.Sign(nil, sum[:], crypto.SHA256)
}
