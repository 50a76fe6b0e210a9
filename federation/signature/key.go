package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// The RSA key sizes of A10, in bits. Smaller keys can be broken, larger ones
// make us work.
const (
	minKeyBits = 2048
	maxKeyBits = 8192
	maxKeyText = 16 << 10 // of a PEM block, several times the largest
)

// sizeFault says what is wrong with the size of key, or nothing.
func sizeFault(key *rsa.PublicKey) string {
	if key.N == nil || key.N.BitLen() < minKeyBits {
		return "the key is shorter than 2048 bits"
	}
	if key.N.BitLen() > maxKeyBits {
		return "the key is longer than 8192 bits"
	}
	return ""
}

// ParsePublicKeyPEM reads the publicKeyPem of an actor: an RSA key of 2,048 to
// 8,192 bits or an Ed25519 key, in a block "PUBLIC KEY" or "RSA PUBLIC KEY".
// The error is ErrRefused.
func ParsePublicKeyPEM(text string) (crypto.PublicKey, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxKeyText || !strings.HasPrefix(text, "-----BEGIN ") {
		return nil, refuse("the key is not a PEM block")
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(rest) > 0 {
		return nil, refuse("the key is not a PEM block")
	}
	var public crypto.PublicKey
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	}
	if err != nil {
		return nil, refuse("the key cannot be read")
	}
	switch key := public.(type) {
	case *rsa.PublicKey:
		if fault := sizeFault(key); fault != "" {
			return nil, refuse(fault)
		}
		return key, nil
	case ed25519.PublicKey:
		return key, nil
	}
	return nil, refuse("the key is of a kind that is not accepted")
}

// EncodePublicKeyPEM writes a key in a block "PUBLIC KEY", which everybody reads.
func EncodePublicKeyPEM(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("encode public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// A Multikey of FEP-521a is "z", which means base58btc, and the base58 of two
// bytes that mean Ed25519 and of the 32 bytes of the key.
const (
	multibaseBase58  = "z"
	multicodecPrefix = "\xed\x01"
	base58Digits     = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	maxMultikeyText  = 64
)

// ParseMultikey reads the publicKeyMultibase of an Ed25519 key (FEP-521a). The
// error is ErrRefused.
func ParseMultikey(text string) (ed25519.PublicKey, error) {
	if len(text) > maxMultikeyText {
		return nil, refuse("the key is not in base58")
	}
	value, ok := decodeMultibase(text)
	if !ok {
		return nil, refuse("the key is not in base58")
	}
	// Written again it must be the same text: so there was the prefix, and
	// nothing in front of it.
	public := ed25519.PublicKey(strings.TrimPrefix(string(value), multicodecPrefix))
	if len(public) != ed25519.PublicKeySize || EncodeMultikey(public) != text {
		return nil, refuse("the key is not an Ed25519 key")
	}
	return public, nil
}

// EncodeMultikey writes an Ed25519 key as a publicKeyMultibase.
func EncodeMultikey(public ed25519.PublicKey) string {
	return multibaseBase58 + encodeBase58(append([]byte(multicodecPrefix), public...))
}

// decodeMultibase reads what is written in base58 behind the sign for it.
func decodeMultibase(text string) ([]byte, bool) {
	digits, ok := strings.CutPrefix(text, multibaseBase58)
	if !ok {
		return nil, false
	}
	n := new(big.Int)
	for _, c := range []byte(digits) {
		digit := strings.IndexByte(base58Digits, c)
		if digit < 0 {
			return nil, false
		}
		n.Mul(n, big.NewInt(int64(len(base58Digits))))
		n.Add(n, big.NewInt(int64(digit)))
	}
	zeros := len(digits) - len(strings.TrimLeft(digits, base58Digits[:1])) // each stands for a zero byte in front
	return append(make([]byte, zeros), n.Bytes()...), true
}

func encodeBase58(value []byte) string {
	n := new(big.Int).SetBytes(value)
	base, digit := big.NewInt(int64(len(base58Digits))), new(big.Int)
	var reversed []byte
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		reversed = append(reversed, base58Digits[digit.Int64()])
	}
	for i := 0; i < len(value) && value[i] == 0; i++ {
		reversed = append(reversed, base58Digits[0])
	}
	slices.Reverse(reversed)
	return string(reversed)
}
