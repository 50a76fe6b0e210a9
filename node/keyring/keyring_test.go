package keyring_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
)

const (
	ana = "https://node.example.org/ap/people/1"
	bo  = "https://node.example.org/ap/people/2"
)

// pair is made once: RSA keys take a while.
var pair = sync.OnceValues(keyring.Generate)

func create(t *testing.T) (*keyring.Keyring, string) {
	t.Helper()
	folder := t.TempDir()
	k, err := keyring.Create(folder)
	if err != nil {
		t.Fatal(err)
	}
	return k, folder
}

func keys(t *testing.T) *keyring.Pair {
	t.Helper()
	p, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestG1KeyFileIsItsOwners(t *testing.T) {
	t.Parallel()
	_, folder := create(t)
	path := filepath.Join(folder, keyring.FileName)
	before, err := os.ReadFile(path)
	if err != nil || len(before) != 32 {
		t.Fatalf("key file has %d bytes, %v", len(before), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file has mode %v, %v", info.Mode(), err)
	}
	if k, err := keyring.Create(folder); k != nil || !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second key file is made: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the key was overwritten, %v", err)
	}
	if _, other := create(t); other != "" {
		if raw, err := os.ReadFile(filepath.Join(other, keyring.FileName)); err != nil || bytes.Equal(raw, before) {
			t.Errorf("two nodes have one key, %v", err)
		}
	}
	if k, err := keyring.Create(filepath.Join(folder, "nowhere")); k != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key file in no folder: %v", err)
	}
}

func TestG1OpenRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		size int // -1: there is no file
		mode fs.FileMode
		want error
	}{
		{"good", 32, 0o600, nil},
		{"read-only", 32, 0o400, nil},
		{"readable by the group", 32, 0o640, keyring.ErrReadable},
		{"writable by the group", 32, 0o620, keyring.ErrReadable},
		{"readable by all", 32, 0o604, keyring.ErrReadable},
		{"writable by all", 32, 0o602, keyring.ErrReadable},
		{"all may do all", 32, 0o777, keyring.ErrReadable},
		{"empty", 0, 0o600, node.ErrCorrupt},
		{"half", 16, 0o600, node.ErrCorrupt}, // a good size for AES, but not for ours
		{"a byte short", 31, 0o600, node.ErrCorrupt},
		{"a byte more", 33, 0o600, node.ErrCorrupt},
		{"missing", -1, 0, fs.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, keyring.FileName)
			if c.size >= 0 {
				if err := errors.Join(os.WriteFile(path, make([]byte, c.size), 0o600), os.Chmod(path, c.mode)); err != nil {
					t.Fatal(err)
				}
			}
			if k, err := keyring.Open(folder); !errors.Is(err, c.want) || (k == nil) != (c.want != nil) {
				t.Errorf("Open = %v, want %v", err, c.want)
			}
		})
	}
}

func TestSealAndUnseal(t *testing.T) {
	t.Parallel()
	k, folder := create(t)
	p := keys(t)
	if p.RSA.N.BitLen() != 2048 {
		t.Errorf("RSA key has %d bits", p.RSA.N.BitLen())
	}
	again, err := keyring.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	r, e, err := k.Seal(p, ana)
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]*keyring.Keyring{"made": k, "opened": again} {
		got, err := k.Unseal(r, e, ana)
		if err != nil || !got.RSA.Equal(p.RSA) || !got.Ed25519.Equal(p.Ed25519) {
			t.Errorf("%s: the keys are not those that were sealed: %v", name, err)
		}
	}
	r2, e2, err := k.Seal(p, ana)
	if err != nil || bytes.Equal(r, r2) || bytes.Equal(e, e2) {
		t.Errorf("sealed twice is the same: a nonce was used again, %v", err)
	}
	for name, plain := range map[string]any{"RSA": p.RSA, "Ed25519": p.Ed25519} {
		der, err := x509.MarshalPKCS8PrivateKey(plain)
		if err != nil || bytes.Contains(r, der[len(der)-32:]) || bytes.Contains(e, der[len(der)-32:]) {
			t.Errorf("the %s key lies open, %v", name, err)
		}
	}
}

// TestG1UnsealRefuses is what a copy of the database alone, or a changed one, yields: nothing.
func TestG1UnsealRefuses(t *testing.T) {
	t.Parallel()
	k, _ := create(t)
	other, _ := create(t)
	p := keys(t)
	r, e, err := k.Seal(p, ana)
	if err != nil {
		t.Fatal(err)
	}
	rOfBo, eOfBo, err := k.Seal(p, bo)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(b []byte, at int) []byte {
		b = slices.Clone(b)
		b[(at+len(b))%len(b)] ^= 1
		return b
	}
	for _, c := range []struct {
		name  string
		k     *keyring.Keyring
		r, e  []byte
		actor string
	}{
		{"another key file", other, r, e, ana},
		{"another actor", k, r, e, bo},
		{"no actor", k, r, e, ""},
		{"RSA key of another actor", k, rOfBo, e, ana},
		{"Ed25519 key of another actor", k, r, eOfBo, ana},
		{"keys swapped", k, e, r, ana},
		{"Ed25519 key twice", k, e, e, ana},
		{"RSA key twice", k, r, r, ana},
		{"nonce of RSA changed", k, flip(r, 0), e, ana},
		{"RSA changed", k, flip(r, 40), e, ana},
		{"tag of RSA changed", k, flip(r, -1), e, ana},
		{"nonce of Ed25519 changed", k, r, flip(e, 0), ana},
		{"Ed25519 changed", k, r, flip(e, 20), ana},
		{"tag of Ed25519 changed", k, r, flip(e, -1), ana},
		{"cut", k, r[:len(r)-1], e, ana},
		{"longer", k, r, append(slices.Clone(e), 0), ana},
		{"nonce alone", k, r[:12], e, ana},
		{"shorter than a nonce", k, r[:11], e, ana},
		{"empty", k, r, nil, ana},
	} {
		if got, err := c.k.Unseal(c.r, c.e, c.actor); got != nil || !errors.Is(err, node.ErrCorrupt) {
			t.Errorf("%s: Unseal = %v, want %v", c.name, err, node.ErrCorrupt)
		}
	}
}

// TestMultikey holds Multikey against published vectors of the did:key method.
func TestMultikey(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 32)
	for _, c := range []struct{ name, public, want string }{
		{"did:key vector", "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29", "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"},
		{"zeros", hex.EncodeToString(zeros), "z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP"},
	} {
		raw, err := hex.DecodeString(c.public)
		if err != nil {
			t.Fatal(err)
		}
		if got := keyring.Multikey(raw); got != c.want {
			t.Errorf("%s: Multikey = %s, want %s", c.name, got, c.want)
		}
		if hex.EncodeToString(raw) != c.public {
			t.Errorf("%s: the key itself was changed", c.name)
		}
	}
	roomy := make([]byte, 32, 64)
	if keyring.Multikey(ed25519.PublicKey(roomy)) != keyring.Multikey(ed25519.PublicKey(zeros)) {
		t.Error("one key is written in two ways")
	}
}
