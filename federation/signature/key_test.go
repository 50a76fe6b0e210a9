package signature_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/signature"
)

// TestA10KeySizes offers keys around both limits, each with a signature that it
// really made.
func TestA10KeySizes(t *testing.T) {
	cases := []struct {
		bits   int
		reason string
	}{
		{1024, "the key is shorter than 2048 bits"},
		{2047, "the key is shorter than 2048 bits"},
		{2048, ""},
		{8192, ""},
		{8200, "the key is longer than 8192 bits"},
	}
	for _, c := range cases {
		key := rsaKey(t, c.bits)
		if key.N.BitLen() != c.bits {
			t.Fatalf("the key of %d bits has %d", c.bits, key.N.BitLen())
		}
		same := func(what string, err error) {
			t.Helper()
			if c.reason == "" && err != nil || c.reason != "" && (!errors.Is(err, signature.ErrRefused) || err.Error() != "signature refused: "+c.reason) {
				t.Errorf("%d bits: %s = %v, want %q", c.bits, what, err, c.reason)
			}
		}
		for _, scheme := range schemes {
			d := newDraft(t, scheme, "POST")
			d.key = key
			claim, err := signature.Check(d.request(t), d.body, d.policy)
			if err != nil {
				t.Fatal(err)
			}
			same("Verify "+string(scheme), claim.Verify(key.Public()))
		}
		text, err := signature.EncodePublicKeyPEM(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		_, err = signature.ParsePublicKeyPEM(text)
		same("ParsePublicKeyPEM", err)
		_, err = signature.ParsePublicKeyPEM(pkcs1(&key.PublicKey))
		same("ParsePublicKeyPEM of PKCS #1", err)
	}
}

func pkcs1(key *rsa.PublicKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key)}))
}

// TestA10GiantKey must be quick: nobody makes us compute with such a key.
func TestA10GiantKey(t *testing.T) {
	t.Parallel()
	giant := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1<<20, 1), E: 65537}
	if _, err := signature.ParsePublicKeyPEM(pkcs1(giant)); !errors.Is(err, signature.ErrRefused) {
		t.Errorf("ParsePublicKeyPEM = %v", err)
	}
	d := newDraft(t, signature.Cavage, "POST")
	claim, err := signature.Check(d.request(t), d.body, d.policy)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := claim.Verify(giant); !errors.Is(err, signature.ErrRefused) || time.Since(start) > time.Second {
		t.Errorf("Verify = %v after %v", err, time.Since(start))
	}
	if err := claim.Verify(&rsa.PublicKey{}); !errors.Is(err, signature.ErrRefused) {
		t.Errorf("Verify with an empty key = %v", err)
	}
}

func TestParsePublicKeyPEM(t *testing.T) {
	t.Parallel()
	key := rsaKey(t, 2048)
	good, err := signature.EncodePublicKeyPEM(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"PKIX":             good,
		"PKCS #1":          pkcs1(&key.PublicKey),
		"Windows lines":    strings.ReplaceAll(good, "\n", "\r\n"),
		"no line at end":   strings.TrimSpace(good),
		"spaces around it": "\n " + good + "\n\n",
	} {
		if public, err := signature.ParsePublicKeyPEM(text); err != nil || !key.PublicKey.Equal(public) {
			t.Errorf("%s: %v, %v", name, public, err)
		}
	}
	edText, err := signature.EncodePublicKeyPEM(ed25519Key().Public())
	if err != nil {
		t.Fatal(err)
	}
	if public, err := signature.ParsePublicKeyPEM(edText); err != nil || !ed25519Key().Public().(ed25519.PublicKey).Equal(public) {
		t.Errorf("Ed25519: %v, %v", public, err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curveText, err := signature.EncodePublicKeyPEM(curve.Public())
	if err != nil {
		t.Fatal(err)
	}
	private, err := os.ReadFile("testdata/rsa2048.pem")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":           "",
		"words":           "not a key",
		"words before it": "My key:\n" + good,
		"words after it":  good + "and more",
		"two keys":        good + good,
		"cut":             good[:200],
		"other label":     strings.ReplaceAll(good, "PUBLIC KEY", "CERTIFICATE"),
		"private key":     string(private),
		"wrong label":     strings.ReplaceAll(good, "PUBLIC KEY", "RSA PUBLIC KEY"),
		"not DER":         "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
		"another kind":    curveText,
		"too long":        strings.Replace(good, "\n", "\n"+strings.Repeat("\n", 16<<10), 1),
	} {
		if public, err := signature.ParsePublicKeyPEM(text); public != nil || !errors.Is(err, signature.ErrRefused) {
			t.Errorf("%s: %v, %v", name, public, err)
		}
	}
	if text, err := signature.EncodePublicKeyPEM("a string"); err == nil {
		t.Errorf("EncodePublicKeyPEM of a string = %q", text)
	}
}

func TestMultikey(t *testing.T) {
	t.Parallel()
	// From the test vectors of the did:key method.
	const known = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	public, err := signature.ParseMultikey(known)
	if err != nil {
		t.Fatal(err)
	}
	if got := signature.EncodeMultikey(public); got != known {
		t.Errorf("EncodeMultikey = %s, want %s", got, known)
	}
	for i := range 256 {
		key := ed25519.NewKeyFromSeed(hash([]byte{byte(i)})).Public().(ed25519.PublicKey)
		text := signature.EncodeMultikey(key)
		if got, err := signature.ParseMultikey(text); err != nil || !got.Equal(key) {
			t.Fatalf("ParseMultikey(%s) = %v, %v", text, got, err)
		}
	}
	zero := make(ed25519.PublicKey, ed25519.PublicKeySize)
	if got, err := signature.ParseMultikey(signature.EncodeMultikey(zero)); err != nil || !got.Equal(zero) {
		t.Errorf("a key of zeros = %v, %v", got, err)
	}
	const base, kind = "signature refused: the key is not in base58", "signature refused: the key is not an Ed25519 key"
	for _, c := range []struct{ name, text, reason string }{
		{"empty", "", base},
		{"prefix alone", "z", kind},
		{"another base", "m" + known[1:], base},
		{"no prefix", known[1:], base},
		{"wrong digit", known[:10] + "0" + known[11:], base},
		{"not ASCII", known[:10] + "é" + known[11:], base},
		{"leading zero", "z1" + known[1:], kind},
		{"cut", known[:40], kind},
		{"longer", known + "1", kind},
		{"much longer", known + strings.Repeat("1", 64), base},
		{"another kind", "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", kind}, // secp256k1
		{"key of 31 bytes", signature.EncodeMultikey(public[:31]), kind},
		{"key of 33 bytes", signature.EncodeMultikey(append(public[:32:32], 1)), kind},
		{"a space after it", known + " ", base},
	} {
		if key, err := signature.ParseMultikey(c.text); key != nil || !errors.Is(err, signature.ErrRefused) || err.Error() != c.reason {
			t.Errorf("%s: %v, %v, want %q", c.name, key, err, c.reason)
		}
	}
}

// TestKeysOfPeers reads the keys in the documents of other software.
func TestKeysOfPeers(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../../../shared/interop/fixtures")
	files, err := fs.Glob(root, "*/*")
	if err != nil || len(files) == 0 {
		t.Skip("the documents of other software are not here")
	}
	keys := map[string]bool{}
	for _, name := range files {
		data, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if json.Unmarshal(data, &document) == nil {
			collectKeys(document, keys)
		}
	}
	good := 0
	reasons := map[string]int{}
	for text := range keys {
		if _, err := signature.ParsePublicKeyPEM(text); err != nil {
			reasons[err.Error()]++
		} else {
			good++
		}
	}
	// One key there has 1,024 bits. Two were damaged on their way into the
	// documents: a character is missing or changed.
	want := map[string]int{
		"signature refused: the key is shorter than 2048 bits": 1,
		"signature refused: the key is not a PEM block":        1,
		"signature refused: the key cannot be read":            1,
	}
	if fmt.Sprint(reasons) != fmt.Sprint(want) || good < 70 {
		t.Errorf("%d keys read, refused: %v, want %v", good, reasons, want)
	}
}

func collectKeys(v any, keys map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if text, ok := value.(string); ok && name == "publicKeyPem" {
				keys[text] = true
			}
			collectKeys(value, keys)
		}
	case []any:
		for _, value := range v {
			collectKeys(value, keys)
		}
	}
}
