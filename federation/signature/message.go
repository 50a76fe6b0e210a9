package signature

import (
	"crypto/sha256"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"
)

// message is a signed request as received, taken apart but not yet believed.
type message struct {
	scheme     Scheme
	signatures int      // how many there are; the first is the one taken apart
	covered    []string // the signed parts, in the order in which they are signed
	repeated   bool     // a signed part or header occurs more than once
	keyID      string
	algorithm  string      // "" when not named
	times      []time.Time // those that are signed: Date, created
	created    time.Time   // the one of them that is a parameter; zero when not signed
	expires    time.Time   // zero when not signed
	bodyless   bool
	body       [32]byte // SHA-256 of the body as read
	digests    [][]byte // what a signed digest header says that it is
	host       string
	label      string // of an RFC 9421 signature
	signature  []byte

	// request is a private copy with the signed headers only: the libraries
	// write into what they verify.
	request *http.Request
}

// read takes the signature of r apart. It refuses what has no clear meaning.
func read(r *http.Request, body []byte, origin *url.URL) (*message, error) {
	lines, inputs := r.Header.Values("Signature"), r.Header.Values("Signature-Input")
	if len(lines) == 0 && len(inputs) == 0 {
		return nil, ErrUnsigned
	}
	if len(lines) == 0 {
		return nil, refuse("the Signature header is missing")
	}
	m := &message{
		signatures: max(len(lines), len(inputs)),
		bodyless:   bodyless(r.Method) && len(body) == 0,
		body:       sha256.Sum256(body),
		host:       r.Host,
	}
	// Both schemes use the header Signature, so Signature-Input tells them apart.
	var err error
	if len(inputs) > 0 {
		m.scheme = RFC9421
		err = m.readMessage(lines[0], inputs[0])
	} else {
		m.scheme = Cavage
		err = m.readCavage(lines[0])
	}
	if err != nil {
		return nil, err
	}
	if err := m.readHeaders(r); err != nil {
		return nil, err
	}
	if m.scheme == Cavage {
		m.request.URL = &url.URL{Path: wirePath(r.URL), RawQuery: r.URL.RawQuery}
		m.request.Header["Signature"] = []string{m.cavageHeader()}
	} else {
		m.request.URL = targetURI(origin, r.URL)
		m.request.Host = m.request.URL.Host // @authority
		m.request.Header["Signature"] = lines[:1]
		m.request.Header["Signature-Input"] = inputs[:1]
	}
	return m, nil
}

// readHeaders fills m.request with the headers that are signed, and reads from
// them the date and the digest. An unsigned header has no say.
func (m *message) readHeaders(r *http.Request) error {
	m.request = &http.Request{Method: r.Method, Header: http.Header{}}
	for i, name := range m.covered {
		m.repeated = m.repeated || slices.Contains(m.covered[:i], name)
		if strings.HasPrefix(name, "(") || strings.HasPrefix(name, "@") {
			continue
		}
		values := r.Header.Values(name)
		if name == "host" {
			values = []string{r.Host} // where net/http puts it
		}
		if len(values) == 0 {
			return refuse("a signed header is missing")
		}
		m.repeated = m.repeated || len(values) > 1
		m.request.Header[textproto.CanonicalMIMEHeaderKey(name)] = values
		switch name {
		case "date":
			date, err := http.ParseTime(values[0])
			if err != nil {
				return refuse("the date cannot be read")
			}
			m.times = append(m.times, date)
		case m.digestName():
			m.digests = m.readDigests(values[0])
		}
	}
	return nil
}

// readDigests returns the SHA-256 values in a Digest (RFC 3230) or
// Content-Digest (RFC 9530) header. Other algorithms have no say. A value that
// cannot be read becomes nil, which is not the digest of any body.
func (m *message) readDigests(line string) [][]byte {
	var digests [][]byte
	for member := range strings.SplitSeq(line, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(member), "=")
		if !strings.EqualFold(name, "sha-256") {
			continue
		}
		if m.scheme != Cavage {
			if len(value) < 2 || value[0] != ':' || value[len(value)-1] != ':' {
				digests = append(digests, nil)
				continue
			}
			value = value[1 : len(value)-1]
		}
		digest, ok := parseBase64(value)
		if !ok {
			digest = nil
		}
		digests = append(digests, digest)
	}
	return digests
}

func (m *message) covers(name string) bool { return slices.Contains(m.covered, name) }

func (m *message) digestName() string {
	if m.scheme == Cavage {
		return "digest"
	}
	return "content-digest"
}
