package keyring

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"

	"github.com/poweron-network/poweron/node"
)

// NewActor makes the keys of a, which needs its URI by now. The public ones go
// into a, the private ones come back sealed.
func (k *Keyring) NewActor(a *node.LocalActor) (rsaKey, edKey []byte, err error) {
	pair, err := Generate()
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&pair.RSA.PublicKey)
	if err != nil {
		return nil, nil, fmt.Errorf("write public key: %w", err)
	}
	a.RSAPublic = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	a.EdPublic = Multikey(pair.Ed25519.Public().(ed25519.PublicKey))
	return k.Seal(pair, a.URI)
}

// Fingerprint is how people compare a public key (PEM, PKIX): "sha256:" and the
// SHA-256 of its SPKI DER in hex (federation.md 8.2).
func Fingerprint(public string) (string, error) {
	block, _ := pem.Decode([]byte(public))
	if block == nil {
		return "", fmt.Errorf("fingerprint of a key: %w", node.ErrCorrupt)
	}
	sum := sha256.Sum256(block.Bytes)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
