package signature_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
)

// published is the signed document of the test vector of FEP-8b32, by the key
// that the EdDSA cryptosuites give as an example.
const published = `{
  "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
  "id": "https://server.example/activities/1",
  "type": "Create",
  "actor": "https://server.example/users/alice",
  "object": {
    "id": "https://server.example/objects/1", "type": "Note", "attributedTo": "https://server.example/users/alice", "content": "Hello world",
    "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962}
  },
  "proof": {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
    "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "verificationMethod": "https://server.example/users/alice#ed25519-key",
    "proofPurpose": "assertionMethod",
    "proofValue": "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL",
    "created": "2023-02-24T23:36:38Z"
  }
}`

func TestPublishedProof(t *testing.T) {
	t.Parallel()
	doc, err := jsonld.Decode([]byte(published))
	if err != nil {
		t.Fatal(err)
	}
	public, err := signature.ParseMultikey("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
	if err != nil {
		t.Fatal(err)
	}
	if err := signature.CheckProof(doc, "https://server.example/users/alice#ed25519-key", public); err != nil {
		t.Error(err)
	}
	doc["actor"] = "https://server.example/users/mallory"
	if err := signature.CheckProof(doc, "https://server.example/users/alice#ed25519-key", public); !errors.Is(err, signature.ErrRefused) {
		t.Errorf("with another actor: %v", err)
	}
}

// fixedProof was made once, by the first version of this code that passed the published vector.
const fixedProof = "z3BqyrjyWV5ntR4HwqVTeGiJmHVPnQyb4qgpJFnd5WcvBsB8dPNUXpTxuwuThFPJKESMXvNRCRokyngx7KTnEeLms"

const proofKey = "https://hub.example/ap/networks/1#ed25519"

func proofPrivate(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

// proven is a small roster with its proof, as a member reads it.
func proven(t *testing.T) jsonld.Object {
	t.Helper()
	doc := jsonld.Object{
		"id": "https://hub.example/ap/networks/1/members", "type": "OrderedCollection", "rosterVersion": 44,
		"orderedItems": []jsonld.Object{{"type": "Relationship", "subject": "https://river.example/org", "memberStatus": "active", "name": "Río & “Friends”", "published": time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}},
	}
	raw, err := signature.Prove(doc, signature.Key{ID: proofKey, Private: proofPrivate(1)}, time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	read, err := jsonld.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func publicOf(private ed25519.PrivateKey) ed25519.PublicKey {
	public, _ := private.Public().(ed25519.PublicKey)
	return public
}

func TestA12Proof(t *testing.T) {
	t.Parallel()
	if err := signature.CheckProof(proven(t), proofKey, publicOf(proofPrivate(1))); err != nil {
		t.Fatal(err)
	}
	line := func(d jsonld.Object) map[string]any {
		items, _ := d["orderedItems"].([]any)
		m, _ := items[0].(map[string]any)
		return m
	}
	proof := func(d jsonld.Object) map[string]any { m, _ := d["proof"].(map[string]any); return m }
	for name, change := range map[string]func(jsonld.Object){
		"a member exchanged": func(d jsonld.Object) { line(d)["subject"] = "https://evil.example/org" },
		"a member activated": func(d jsonld.Object) { line(d)["memberStatus"] = "suspended" },
		"a member added":     func(d jsonld.Object) { d["orderedItems"] = append(d["orderedItems"].([]any), line(d)) },
		"the version raised": func(d jsonld.Object) { d["rosterVersion"] = 45.0 },
		"something added":    func(d jsonld.Object) { d["successor"] = "https://evil.example/org" },
		"something left out": func(d jsonld.Object) { delete(d, "orderedItems") },
		"another context":    func(d jsonld.Object) { d["@context"] = "https://evil.example/context" },
		"another context in both": func(d jsonld.Object) {
			d["@context"] = "https://evil.example/c"
			proof(d)["@context"] = "https://evil.example/c"
		},
		"no proof":                  func(d jsonld.Object) { delete(d, "proof") },
		"two proofs":                func(d jsonld.Object) { d["proof"] = []any{d["proof"], d["proof"]} },
		"a proof that is a text":    func(d jsonld.Object) { d["proof"] = "z123" },
		"another kind of proof":     func(d jsonld.Object) { proof(d)["type"] = "Ed25519Signature2020" },
		"another suite":             func(d jsonld.Object) { proof(d)["cryptosuite"] = "eddsa-rdfc-2022" },
		"another purpose":           func(d jsonld.Object) { proof(d)["proofPurpose"] = "authentication" },
		"another key id":            func(d jsonld.Object) { proof(d)["verificationMethod"] = "https://evil.example/#ed25519" },
		"another time":              func(d jsonld.Object) { proof(d)["created"] = "2026-11-22T10:00:01Z" },
		"no time":                   func(d jsonld.Object) { delete(proof(d), "created") },
		"no value":                  func(d jsonld.Object) { delete(proof(d), "proofValue") },
		"a value that is no base58": func(d jsonld.Object) { proof(d)["proofValue"] = "z0OIl" },
		"a value without its sign":  func(d jsonld.Object) { proof(d)["proofValue"] = proof(d)["proofValue"].(string)[1:] },
		"a short value":             func(d jsonld.Object) { proof(d)["proofValue"] = "z2" },
		"a value without end":       func(d jsonld.Object) { proof(d)["proofValue"] = "z" + strings.Repeat("2", 10000) },
		"a broken value": func(d jsonld.Object) {
			v := proof(d)["proofValue"].(string)
			proof(d)["proofValue"] = v[:len(v)-2] + "22"
		},
		"something more in the proof": func(d jsonld.Object) { proof(d)["expires"] = "2030-01-01T00:00:00Z" },
	} {
		d := proven(t)
		change(d)
		if err := signature.CheckProof(d, proofKey, publicOf(proofPrivate(1))); !errors.Is(err, signature.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, public := range map[string]ed25519.PublicKey{"another key": publicOf(proofPrivate(2)), "no key": nil, "half a key": publicOf(proofPrivate(1))[:16]} {
		if err := signature.CheckProof(proven(t), proofKey, public); !errors.Is(err, signature.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProofIsTheSame holds the value of one proof fast: Ed25519 draws no random
// numbers, and what members keep has to stay good after an update of this program.
func TestProofIsTheSame(t *testing.T) {
	t.Parallel()
	const plain = `{"@context":"https://www.w3.org/ns/activitystreams","id":"https://hub.example/1","rosterVersion":7,"type":"Note","proof":{"@context":"https://www.w3.org/ns/activitystreams","created":"2026-11-22T10:00:00Z","cryptosuite":"eddsa-jcs-2022","proofPurpose":"assertionMethod","proofValue":"PROOF","type":"DataIntegrityProof","verificationMethod":"https://hub.example/ap/networks/1#ed25519"}}`
	doc, err := jsonld.Decode([]byte(strings.Replace(plain, "PROOF", fixedProof, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := signature.CheckProof(doc, proofKey, publicOf(proofPrivate(1))); err != nil {
		t.Error(err)
	}
}

func TestProveRefuses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	key := signature.Key{ID: proofKey, Private: proofPrivate(1)}
	if _, err := signature.Prove(jsonld.Object{"id": "x", "proof": jsonld.Object{}}, key, now); err == nil {
		t.Error("a document with a proof is proved again")
	}
	if _, err := signature.Prove(jsonld.Object{"id": make(chan int)}, key, now); err == nil {
		t.Error("what is no document is proved")
	}
	if _, err := signature.Prove(jsonld.Object{"id": "x"}, signature.Key{ID: proofKey}, now); err == nil {
		t.Error("proved without a key")
	}
}
