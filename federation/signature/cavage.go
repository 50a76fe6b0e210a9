package signature

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/superseriousbusiness/httpsig"
)

// algHidden is the algorithm name that means: see the key (draft-cavage-12 §2.1.3).
const algHidden = "hs2019"

// readCavage takes apart the Signature header of draft-cavage-12 §4.1. Spaces
// around the commas are allowed here and would confuse httpsig.
func (m *message) readCavage(line string) error {
	params, ok := cavageParams(line)
	if !ok {
		return refuse("the Signature header cannot be read")
	}
	m.keyID, m.algorithm = params["keyId"], params["algorithm"]
	if headers := params["headers"]; headers != "" {
		m.covered = strings.Split(strings.ToLower(headers), " ")
	}
	if len(m.covered) > maxCovered {
		return refuse("too much is signed")
	}
	if m.signature, ok = parseBase64(params["signature"]); !ok {
		return refuse("the signature is not base64")
	}
	// What is not signed is not read: anybody could have written it.
	if m.covers("(created)") {
		if m.created, ok = parseUnix(params["created"]); !ok {
			return refuse("the time of creation cannot be read")
		}
		m.times = append(m.times, m.created)
	}
	if m.covers("(expires)") {
		if m.expires, ok = parseUnix(params["expires"]); !ok {
			return refuse("the time of expiry cannot be read")
		}
	}
	return nil
}

// cavageParams reads name="value" pairs. A name that occurs twice has no clear
// meaning. Names that we do not know are left alone.
func cavageParams(line string) (params map[string]string, ok bool) {
	if len(line) > maxHeader {
		return nil, false
	}
	params = map[string]string{}
	s := scanner{line}
	for {
		s.spaces()
		name := s.name()
		if _, twice := params[name]; name == "" || twice || !s.take("=") {
			return nil, false
		}
		if params[name], ok = s.value(); !ok {
			return nil, false
		}
		s.spaces()
		if s.rest == "" {
			return params, true
		}
		if !s.take(",") {
			return nil, false
		}
	}
}

// cavageHeader writes what readCavage understood in the one form that httpsig
// reads. The key id is not signed, and httpsig has no use for it.
func (m *message) cavageHeader() string {
	header := `keyId="key",headers="` + strings.Join(m.covered, " ") + `"`
	if m.covers("(created)") {
		header += fmt.Sprintf(",created=%d", m.created.Unix())
	}
	if m.covers("(expires)") {
		header += fmt.Sprintf(",expires=%d", m.expires.Unix())
	}
	return header + `,signature="` + base64.StdEncoding.EncodeToString(m.signature) + `"`
}

// verifyCavage lets httpsig rebuild the signed text and compare. Some servers
// sign the path without its query, so that is tried too. httpsig holds
// (created) and (expires), where they are signed, against the machine's clock as
// well: at most 10 seconds ahead, and not expired, as draft-cavage-12 §2.1.4 has it.
func (m *message) verifyCavage(key *rsa.PublicKey) error {
	verifier, err := httpsig.NewVerifier(m.request)
	if err != nil {
		return err
	}
	err = verifier.Verify(key, httpsig.RSA_SHA256)
	if err != nil && m.request.URL.RawQuery != "" {
		withoutQuery := httpsig.SignatureOption{ExcludeQueryStringFromPathPseudoHeader: true}
		return verifier.VerifyWithOptions(key, httpsig.RSA_SHA256, withoutQuery)
	}
	return err
}
