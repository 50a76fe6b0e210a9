package signature_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/signature"
)

// BenchmarkSignRSA shows what a signature costs beside the bare private-key
// operation, which is the budget of the fan-out.
func BenchmarkSignRSA(b *testing.B) {
	key, sum := rsaKey(b, 2048), hash([]byte("text"))
	b.Run("raw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cavage", func(b *testing.B) { benchmarkSign(b, signature.Cavage) })
	b.Run("rfc9421", func(b *testing.B) { benchmarkSign(b, signature.RFC9421) })
}

func BenchmarkSignEd25519(b *testing.B) {
	key, text := ed25519Key(), make([]byte, 300)
	b.Run("raw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ed25519.Sign(key, text)
		}
	})
	b.Run("rfc9421", func(b *testing.B) { benchmarkSign(b, signature.RFC9421Ed25519) })
}

func benchmarkSign(b *testing.B, scheme signature.Scheme) {
	body := make([]byte, 1500)
	key, now := keyFor(b, scheme), time.Now()
	r := newRequest(b, "POST", "https://peer.example/inbox", body)
	b.ReportAllocs()
	for b.Loop() {
		if err := signature.Sign(r, body, scheme, key, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyRSA is the whole way in, beside the bare public-key operation.
func BenchmarkVerifyRSA(b *testing.B) {
	key, sum := rsaKey(b, 2048), hash([]byte("text"))
	signed, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("raw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum, signed); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cavage", func(b *testing.B) { benchmarkVerify(b, newDraft(b, signature.Cavage, "POST")) })
	b.Run("rfc9421", func(b *testing.B) { benchmarkVerify(b, newDraft(b, signature.RFC9421, "POST")) })
}

// BenchmarkVerifyEd25519 is what own nodes cost.
func BenchmarkVerifyEd25519(b *testing.B) {
	d := newDraft(b, signature.RFC9421, "POST")
	d.key, d.alg = ed25519Key(), "ed25519"
	benchmarkVerify(b, d)
}

func benchmarkVerify(b *testing.B, d *draft) {
	r, public := d.request(b), d.key.Public()
	b.ReportAllocs()
	for b.Loop() {
		claim, err := signature.Check(r, d.body, d.policy)
		if err != nil {
			b.Fatal(err)
		}
		if err := claim.Verify(public); err != nil {
			b.Fatal(err)
		}
	}
}
