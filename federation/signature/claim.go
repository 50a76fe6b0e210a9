package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"slices"
	"strings"
	"time"
)

// Claim is what a request says about its signer. Nothing of it is true before
// Verify has returned nil.
type Claim struct {
	KeyID   string
	Scheme  Scheme
	Created time.Time // the older of the signed times; a replay is too old from Created + Policy.Past on
	Digest  [32]byte  // SHA-256 of the body

	// Fingerprint is the same for each exact replay of one signature, whatever
	// unsigned parts a replay changes. Remember it only after Verify, or anybody
	// can fill the memory. Signatures of GET requests repeat within a second.
	Fingerprint [32]byte

	message *message
}

func (m *message) claim() *Claim {
	c := &Claim{
		KeyID:       m.keyID,
		Scheme:      m.scheme,
		Digest:      m.body,
		Fingerprint: sha256.Sum256(m.signature),
		message:     m,
	}
	if m.algorithm == algEd25519 {
		c.Scheme = RFC9421Ed25519
	}
	if len(m.times) > 0 {
		c.Created = slices.MinFunc(m.times, time.Time.Compare)
	}
	return c
}

// Covered is the value of a header if it is one of those that are signed, else empty.
func (c *Claim) Covered(header string) string {
	if c == nil || c.message == nil || !c.message.covers(strings.ToLower(header)) {
		return ""
	}
	return c.message.request.Header.Get(header)
}

// Verify reports whether the private half of public made this signature. Every
// error is ErrRefused. It may be called again with another key, as after the
// refetch of A10.
func (c *Claim) Verify(public crypto.PublicKey) error {
	if c == nil || c.message == nil {
		return refuse("nothing was checked")
	}
	m := c.message
	switch key := public.(type) {
	case *rsa.PublicKey:
		if m.algorithm == algEd25519 {
			return refuse("the key is not of the kind that the signature names")
		}
		if fault := sizeFault(key); fault != "" {
			return refuse(fault)
		}
	case ed25519.PublicKey:
		if m.scheme == Cavage || m.algorithm == algRSA {
			return refuse("the key is not of the kind that the signature names")
		}
		if len(key) != ed25519.PublicKeySize {
			return refuse("the key is not whole")
		}
	default:
		return refuse("the key is of a kind that is not accepted")
	}
	var err error
	if m.scheme == Cavage {
		err = m.verifyCavage(public.(*rsa.PublicKey))
	} else {
		err = m.verifyMessage(public)
	}
	if err != nil {
		return refuse("it was not made with the key that it names")
	}
	return nil
}
