package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/poweron-network/poweron/federation/jsonld"
)

// What a proof of ours says of itself (FEP-8b32).
const (
	proofType    = "DataIntegrityProof"
	proofSuite   = "eddsa-jcs-2022"
	proofPurpose = "assertionMethod"
)

// Prove writes a document with a proof that the holder of an Ed25519 key made it
// (FEP-8b32, eddsa-jcs-2022). The proof is part of what is returned and stays
// good wherever the document is kept.
func Prove(doc jsonld.Object, k Key, now time.Time) ([]byte, error) {
	private, ok := k.Private.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("prove %s: no proof with a key of type %T", doc.ID(), k.Private)
	}
	raw, err := jsonld.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var plain map[string]any // as a reader will have it
	if err := json.Unmarshal(raw, &plain); err != nil {
		return nil, fmt.Errorf("prove %s: %w", doc.ID(), err)
	}
	if plain["proof"] != nil {
		return nil, fmt.Errorf("prove %s: %w", doc.ID(), errors.New("it has a proof"))
	}
	proof := map[string]any{
		"type": proofType, "cryptosuite": proofSuite, "proofPurpose": proofPurpose,
		"verificationMethod": k.ID, "created": now.UTC().Format(time.RFC3339),
	}
	if c, ok := plain["@context"]; ok {
		proof["@context"] = c
	}
	message, err := proved(plain, proof)
	if err != nil {
		return nil, fmt.Errorf("prove %s: %w", doc.ID(), err)
	}
	proof["proofValue"] = multibaseBase58 + encodeBase58(ed25519.Sign(private, message))
	tail, err := jsonld.Canonical(proof)
	if err != nil {
		return nil, fmt.Errorf("prove %s: %w", doc.ID(), err)
	}
	raw = append(raw[:len(raw)-1], `,"proof":`...)
	return append(append(raw, tail...), '}'), nil
}

// CheckProof reports whether the holder of the key with this id proved the
// document (FEP-8b32). Whether the key speaks for who the document is attributed
// to, the caller decides. Every error is ErrRefused.
func CheckProof(doc jsonld.Object, keyID string, public ed25519.PublicKey) error {
	proof, ok := doc["proof"].(map[string]any)
	if !ok { // none, or several: then it is not clear which one counts
		return refuse("there is not one proof")
	}
	said := jsonld.Object(proof)
	for key, want := range map[string]string{"type": proofType, "cryptosuite": proofSuite, "proofPurpose": proofPurpose, "verificationMethod": keyID} {
		if got, ok := said[key].(string); !ok || got != want {
			return refuse("the proof is of another kind or key: " + key)
		}
	}
	if said.Time("created").IsZero() || len(public) != ed25519.PublicKeySize {
		return refuse("the proof is not whole")
	}
	value, ok := said["proofValue"].(string)
	if !ok || len(value) > maxProofText {
		return refuse("the proof has no value")
	}
	sig, ok := decodeMultibase(value)
	if !ok || len(sig) != ed25519.SignatureSize {
		return refuse("the proof has no value")
	}
	plain, options := maps.Clone(doc), maps.Clone(proof)
	delete(plain, "proof")
	delete(options, "proofValue")
	if c, ok := options["@context"]; ok && !sameJSON(c, plain["@context"]) {
		return refuse("the proof is for another context")
	}
	message, err := proved(plain, options)
	if err != nil || !ed25519.Verify(public, message, sig) {
		return refuse("the proof does not fit the document")
	}
	return nil
}

// maxProofText bounds the base58 of a signature, which has 88 digits.
const maxProofText = 100

// proved is what is signed: the digests of the proof's options and of the
// document without proof, each in its canonical form.
func proved(doc, options map[string]any) ([]byte, error) {
	config, err := jsonld.Canonical(options)
	if err != nil {
		return nil, err
	}
	document, err := jsonld.Canonical(doc)
	if err != nil {
		return nil, err
	}
	first, second := sha256.Sum256(config), sha256.Sum256(document)
	return append(first[:], second[:]...), nil
}

func sameJSON(a, b any) bool {
	x, errX := jsonld.Canonical(a)
	y, errY := jsonld.Canonical(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
