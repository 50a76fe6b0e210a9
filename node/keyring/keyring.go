// Package keyring makes the signing keys of actors and keeps them sealed: in
// the database they lie encrypted under node.key, a file of the data folder
// that only its owner can read (G1). A copy of the database alone signs nothing.
package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/poweron-network/poweron/node"
)

// FileName is the key file in the data folder.
const FileName = "node.key"

const keySize = 32 // AES-256

// Keyring seals and opens private keys.
type Keyring struct{ aead cipher.AEAD }

// Create makes a new key file in folder. It fails if there is one.
func Create(folder string) (*Keyring, error) {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make node key: %w", err)
	}
	path := filepath.Join(folder, FileName)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	_, err = f.Write(key)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return open(key)
}

// Open reads the key file of folder. A file that others can read is refused.
func Open(folder string) (*Keyring, error) {
	path := filepath.Join(folder, FileName)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("open %s: %w", path, ErrReadable)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("open %s: %w", path, node.ErrCorrupt)
	}
	return open(key)
}

// ErrReadable means that other accounts of the machine can read the key file.
var ErrReadable = errors.New("node.key can be read by others")

func open(key []byte) (*Keyring, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Keyring{aead}, nil
}

// Pair is an actor's two private keys.
type Pair struct {
	RSA     *rsa.PrivateKey
	Ed25519 ed25519.PrivateKey
}

// rsaBits is what every server accepts (design.md 9).
const rsaBits = 2048

// Generate makes the keys of a new actor.
func Generate() (*Pair, error) {
	r, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, fmt.Errorf("make RSA key: %w", err)
	}
	_, e, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make Ed25519 key: %w", err)
	}
	return &Pair{r, e}, nil
}

// Seal encrypts both keys; each is bound to the actor it belongs to.
func (k *Keyring) Seal(p *Pair, actor string) (rsaKey, edKey []byte, err error) {
	rsaDER, err := x509.MarshalPKCS8PrivateKey(p.RSA)
	if err != nil {
		return nil, nil, fmt.Errorf("seal keys: %w", err)
	}
	edDER, err := x509.MarshalPKCS8PrivateKey(p.Ed25519)
	if err != nil {
		return nil, nil, fmt.Errorf("seal keys: %w", err)
	}
	return k.seal(rsaDER, actor), k.seal(edDER, actor), nil
}

// Unseal decrypts what Seal made for the same actor.
func (k *Keyring) Unseal(rsaKey, edKey []byte, actor string) (*Pair, error) {
	r, err := unseal[*rsa.PrivateKey](k, rsaKey, actor)
	if err != nil {
		return nil, err
	}
	e, err := unseal[ed25519.PrivateKey](k, edKey, actor)
	if err != nil {
		return nil, err
	}
	return &Pair{r, e}, nil
}

func (k *Keyring) seal(plain []byte, actor string) []byte {
	nonce := make([]byte, k.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails: crypto/rand.Read ends the program instead
	return k.aead.Seal(nonce, nonce, plain, []byte(actor))
}

func unseal[K any](k *Keyring, sealed []byte, actor string) (key K, err error) {
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return key, fmt.Errorf("unseal key: %w", node.ErrCorrupt)
	}
	der, err := k.aead.Open(nil, sealed[:n], sealed[n:], []byte(actor))
	if err != nil {
		return key, fmt.Errorf("unseal key: %w: node.key does not belong to this database", node.ErrCorrupt)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return key, fmt.Errorf("unseal key: %w", err)
	}
	key, ok := parsed.(K)
	if !ok {
		return key, fmt.Errorf("unseal key: %w", node.ErrCorrupt)
	}
	return key, nil
}
