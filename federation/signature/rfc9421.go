package signature

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"github.com/yaronf/httpsign"
)

// The accepted names of RFC 9421 §3.3.
const (
	algRSA     = "rsa-v1_5-sha256"
	algEd25519 = "ed25519"
)

// readMessage takes apart the first member of the headers Signature and
// Signature-Input (RFC 9421 §4). It reads a subset of their grammar: a component
// has no parameters, a value is a string, a number or a word.
func (m *message) readMessage(line, input string) error {
	if len(line) > maxHeader || len(input) > maxHeader {
		return refuse("the signature headers are too long")
	}
	if !m.readSignature(line) {
		return refuse("the Signature header cannot be read")
	}
	params, ok := m.readInput(input)
	if !ok {
		return refuse("the Signature-Input header cannot be read")
	}
	if len(m.covered) > maxCovered {
		return refuse("too much is signed")
	}
	for _, name := range m.covered {
		if strings.HasPrefix(name, "@") && !slices.Contains(derived, name) {
			return refuse("a signed component is not known")
		}
	}
	m.keyID, m.algorithm = params["keyid"], params["alg"]
	if created, ok := params["created"]; ok {
		if m.created, ok = parseUnix(created); !ok {
			return refuse("the time of creation cannot be read")
		}
		m.times = append(m.times, m.created)
	}
	if expires, ok := params["expires"]; ok {
		if m.expires, ok = parseUnix(expires); !ok {
			return refuse("the time of expiry cannot be read")
		}
	}
	return nil
}

// derived are the components of RFC 9421 §2.2 that a request has as a whole.
var derived = []string{"@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query"}

// readSignature reads label=:base64:
func (m *message) readSignature(line string) bool {
	s := scanner{line}
	s.spaces()
	m.label = s.name()
	if m.label == "" || !s.take("=:") {
		return false
	}
	text := s.while(func(c byte) bool { return c != ':' })
	var ok bool
	if m.signature, ok = parseBase64(text); !ok || !s.take(":") {
		return false
	}
	return m.readEnd(&s)
}

// readInput reads label=("name" ...);param=value;... and returns the parameters,
// all of which are signed.
func (m *message) readInput(input string) (params map[string]string, ok bool) {
	s := scanner{input}
	s.spaces()
	if s.name() != m.label || !s.take("=(") {
		return nil, false
	}
	for s.spaces(); !s.take(")"); s.spaces() {
		name, ok := s.quoted()
		if !ok || name != strings.ToLower(name) || !strings.HasPrefix(s.rest, " ") && !strings.HasPrefix(s.rest, ")") {
			return nil, false
		}
		m.covered = append(m.covered, name)
	}
	params = map[string]string{}
	for s.take(";") {
		s.spaces()
		name := s.name()
		if _, twice := params[name]; name == "" || twice || !s.take("=") {
			return nil, false
		}
		if params[name], ok = s.value(); !ok {
			return nil, false
		}
	}
	return params, m.readEnd(&s)
}

// readEnd notes whether another member follows the first one.
func (m *message) readEnd(s *scanner) bool {
	s.spaces()
	if s.take(",") {
		m.signatures = max(m.signatures, 2)
		return true
	}
	return s.rest == ""
}

// verifyMessage lets httpsign rebuild the signature base and compare. Its own
// clock and coverage checks are off: ours were made before, with our clock.
func (m *message) verifyMessage(key crypto.PublicKey) error {
	config := httpsign.NewVerifyConfig().SetVerifyCreated(false).SetRejectExpired(false)
	none := *httpsign.NewFields()
	var verifier *httpsign.Verifier
	var err error
	switch key := key.(type) {
	case *rsa.PublicKey:
		verifier, err = httpsign.NewRSAVerifier(*key, config, none)
	case ed25519.PublicKey:
		verifier, err = httpsign.NewEd25519Verifier(key, config, none)
	default:
		return fmt.Errorf("no verifier for %T", key)
	}
	if err != nil {
		return err
	}
	return httpsign.VerifyRequest(m.label, *verifier, m.request)
}
