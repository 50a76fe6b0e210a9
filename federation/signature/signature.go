// Package signature signs outgoing HTTP requests and checks incoming ones, in
// the two schemes that servers use: draft-cavage-http-signatures-12 and
// RFC 9421.
//
// An incoming request goes through three steps, and each may end it with 401:
//
//  1. [Check] does all that needs no key: what is signed, when, for which host,
//     with which digest. It costs no network and no public-key operation.
//  2. The caller finds the public key that [Claim.KeyID] names.
//  3. [Claim.Verify] says whether that key made the signature.
//
// The package knows nothing of actors: whether the key's owner may say what the
// body says is decided elsewhere (A2). It does no network and keeps no state.
//
// httpsig makes and verifies cavage signatures, httpsign verifies those of
// RFC 9421. Neither is trusted further than that: they verify whatever the sender
// chose to sign and look at the machine's clock. Both get a private copy of the
// request that holds the signed parts and nothing else.
package signature

import (
	"crypto"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Scheme is a way to sign a request.
type Scheme string

// The schemes. Every peer understands Cavage. RFC9421Ed25519 is only for peers
// that said they implement RFC 9421 (FEP-844e). CavageWithoutQuery is for Sign
// alone, when a peer refused Cavage for an address with a query: Fedify (seen
// 2026-11) leaves the query out of the path that it verifies.
const (
	Cavage             Scheme = "cavage"               // draft-cavage-12, RSA with SHA-256
	CavageWithoutQuery Scheme = "cavage-without-query" // the same for the path alone
	RFC9421            Scheme = "rfc9421"              // RFC 9421, rsa-v1_5-sha256
	RFC9421Ed25519     Scheme = "rfc9421-ed25519"      // RFC 9421, ed25519
)

// Key is a private key and the address under which others find its public half.
type Key struct {
	ID      string        // such as https://node.example/ap/node#main-key
	Private crypto.Signer // *rsa.PrivateKey or ed25519.PrivateKey
}

// The two kinds of bad news. Both answer 401, but an unsigned GET may still
// read what is public. Their texts, wrapped or not, say nothing that the sender
// did not know, so they may be sent back.
var (
	ErrUnsigned = errors.New("request is not signed")
	ErrRefused  = errors.New("signature refused")
)

func refuse(reason string) error { return fmt.Errorf("%w: %s", ErrRefused, reason) }

// Limits on what is read at all. The longest accepted signature, of an RSA key
// of 8,192 bits, takes 1,368 bytes.
const (
	maxHeader  = 8 << 10
	maxKeyID   = 2 << 10
	maxCovered = 32
)

// validKeyID reports whether id is an absolute http or https address that can
// stand between quotes in a header. An acct: id is obsolete and names no
// document; user information hides the host from a reader.
func validKeyID(id string) bool {
	if len(id) > maxKeyID || strings.IndexFunc(id, func(c rune) bool {
		return c <= ' ' || c > '~' || c == '"' || c == '\\'
	}) >= 0 {
		return false
	}
	u, err := url.Parse(id)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

// bodyless reports whether requests of this method carry nothing to digest.
func bodyless(method string) bool { return method == "GET" || method == "HEAD" }

// wirePath is the path as it stands in the request line, still escaped. httpsig
// signs the decoded path, which is another text as soon as it holds a "%".
func wirePath(u *url.URL) string {
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}

// targetURI is the address of u on the server at origin, in the normal form
// that RFC 9421 §2.2.2 signs: lower-case host, no default port, no fragment.
func targetURI(origin, u *url.URL) *url.URL {
	target := &url.URL{
		Scheme:     strings.ToLower(origin.Scheme),
		Host:       strings.ToLower(origin.Host),
		Path:       u.Path,
		RawPath:    u.RawPath,
		ForceQuery: u.ForceQuery,
		RawQuery:   u.RawQuery,
	}
	if target.Port() == defaultPort(target.Scheme) {
		target.Host = strings.TrimSuffix(target.Host, ":"+target.Port())
	}
	if target.Path == "" {
		target.Path = "/"
	}
	return target
}

func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}
