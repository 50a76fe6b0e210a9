package keyring_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
)

func TestNewActor(t *testing.T) {
	t.Parallel()
	k, _ := create(t)
	a := &node.LocalActor{URI: ana}
	r, e, err := k.NewActor(a)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.Unseal(r, e, ana)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(a.RSAPublic))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil || !got.RSA.PublicKey.Equal(public) || a.EdPublic[0] != 'z' {
		t.Errorf("the actor shows %v and %s, %v", public, a.EdPublic, err)
	}
	der, err := x509.MarshalPKIXPublicKey(&got.RSA.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	if print, err := keyring.Fingerprint(a.RSAPublic); err != nil || print != "sha256:"+hex.EncodeToString(sum[:]) {
		t.Errorf("fingerprint is %s, %v", print, err)
	}
	if print, err := keyring.Fingerprint("no key"); print != "" || !errors.Is(err, node.ErrCorrupt) {
		t.Errorf("fingerprint of nothing is %s, %v", print, err)
	}
}
