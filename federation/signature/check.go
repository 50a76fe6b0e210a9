package signature

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Policy says what is acceptable here and now.
type Policy struct {
	Now    time.Time
	Past   time.Duration // how old a signature may be; 0 means 1 hour, and 12 hours is the most (A1)
	Future time.Duration // how far ahead a sender's clock may be; 0 means 1 hour
	Origin *url.URL      // our public address, also when a proxy ends TLS for us
	Hosts  []string      // Host headers that are ours; none means that of Origin, with its port or without
}

const (
	defaultWindow = time.Hour
	maxPast       = 12 * time.Hour
)

func (p Policy) withDefaults() Policy {
	if p.Past <= 0 {
		p.Past = defaultWindow
	}
	p.Past = min(p.Past, maxPast)
	if p.Future <= 0 {
		p.Future = defaultWindow
	}
	return p
}

// serves reports whether host, as received, names this server. Gancio (seen
// 2026-11) leaves the port out of the Host that it sends and signs.
func (p Policy) serves(host string) bool {
	if len(p.Hosts) > 0 {
		return slices.ContainsFunc(p.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
	}
	received := url.URL{Host: host}
	if !strings.EqualFold(received.Hostname(), p.Origin.Hostname()) {
		return false
	}
	port := p.Origin.Port()
	if port == "" {
		port = defaultPort(p.Origin.Scheme)
	}
	return received.Port() == "" || received.Port() == port
}

// A rule is one thing that must hold for a request before its key is looked up.
type rule struct {
	reason string // why a request is refused without it; safe to send
	holds  func(*message, Policy) bool
}

// rules are the checks of A1. Each stands alone: no other one refuses what it
// refuses (A14).
var rules = []rule{
	{"there is more than one signature", func(m *message, _ Policy) bool {
		return m.signatures == 1
	}},
	{"a signed part is repeated", func(m *message, _ Policy) bool {
		return !m.repeated
	}},
	{"the key id is not an http address", func(m *message, _ Policy) bool {
		return validKeyID(m.keyID)
	}},
	{"the algorithm is not accepted", func(m *message, _ Policy) bool {
		if m.scheme == Cavage {
			return m.algorithm == "" || m.algorithm == algHidden || m.algorithm == "rsa-sha256"
		}
		return m.algorithm == "" || m.algorithm == algRSA || m.algorithm == algEd25519
	}},
	// draft-cavage-12 §2.3: the older algorithm names know no created and expires.
	{"(created) and (expires) need the algorithm hs2019", func(m *message, _ Policy) bool {
		return m.algorithm == algHidden || !m.covers("(created)") && !m.covers("(expires)")
	}},
	{"the method and the address are not signed", func(m *message, _ Policy) bool {
		if m.scheme == Cavage {
			return m.covers("(request-target)")
		}
		return m.covers("@method") && m.covers("@target-uri")
	}},
	{"the host is not signed", func(m *message, _ Policy) bool {
		return m.scheme != Cavage || m.covers("host") // @target-uri holds the host
	}},
	{"the host is not ours", func(m *message, p Policy) bool {
		return p.serves(m.host)
	}},
	{"the time is not signed", func(m *message, _ Policy) bool {
		if m.scheme == Cavage {
			return len(m.times) > 0
		}
		return !m.created.IsZero()
	}},
	{"it is too old", func(m *message, p Policy) bool {
		return !slices.ContainsFunc(m.times, p.Now.Add(-p.Past).After)
	}},
	{"it is from the future", func(m *message, p Policy) bool {
		return !slices.ContainsFunc(m.times, p.Now.Add(p.Future).Before)
	}},
	{"it has expired", func(m *message, p Policy) bool {
		return m.expires.IsZero() || !p.Now.After(m.expires)
	}},
	{"the digest is not signed", func(m *message, _ Policy) bool {
		return m.bodyless || m.covers(m.digestName())
	}},
	{"the digest is not the SHA-256 of the body", func(m *message, _ Policy) bool {
		differs := func(digest []byte) bool { return string(digest) != string(m.body[:]) }
		return !m.covers(m.digestName()) || len(m.digests) > 0 && !slices.ContainsFunc(m.digests, differs)
	}},
}

// Check does everything that needs no key (A1, A14). body is what was read of
// the body of r; r stays as it is. The error is ErrUnsigned when there is no
// signature, else ErrRefused.
//
// draft-cavage-12 also allows a signature in the Authorization header. No
// server in use sends it there, so such a request counts as unsigned.
func Check(r *http.Request, body []byte, p Policy) (*Claim, error) {
	return check(r, body, p, rules)
}

func check(r *http.Request, body []byte, p Policy, rules []rule) (*Claim, error) {
	if p.Origin == nil {
		return nil, refuse("this server does not know its address")
	}
	p = p.withDefaults()
	m, err := read(r, body, p.Origin)
	if err != nil {
		return nil, err
	}
	for _, rule := range rules {
		if !rule.holds(m, p) {
			return nil, refuse(rule.reason)
		}
	}
	return m.claim(), nil
}
