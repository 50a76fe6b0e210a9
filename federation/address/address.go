// Package address is the one reading of hosts, origins, ids and handles (A13).
//
// Everything that compares where two things come from passes through here:
// the block check, the key cache, the origin model (FEP-fe34) and what people
// see. If two of them read a host differently, a blocked server gets in under
// another spelling. The package does no I/O and knows no documents. Whatever it
// cannot read with certainty is an error, and callers refuse on error.
package address

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// MaxURL is the longest id, in bytes, that the node reads.
const MaxURL = 2048

// The reasons for which an address is refused. Every error of this package
// wraps one of them.
var (
	ErrHost   = errors.New("not a host")
	ErrURL    = errors.New("not an http or https address")
	ErrHandle = errors.New("not a handle")
)

// Host returns the canonical form of an authority, host or host:port: lower
// case ASCII (IDNA, RFC 5891 lookup rules), no trailing dot, no port 443 (the
// default of https, the only scheme between servers), IPv6 in brackets and its
// shortest form. Other ports stay. Userinfo is an error, and so are numbers that
// a resolver might read as an IPv4 address, such as 2130706433 or 0x7f.1.
func Host(authority string) (string, error) {
	return canonical(authority, "443")
}

// Origin returns scheme://host[:port] of an address, canonical and without the
// default port of its scheme (FEP-fe34).
func Origin(rawURL string) (string, error) {
	u, err := URL(rawURL)
	if err != nil {
		return "", err
	}
	return u.Scheme + "://" + u.Host, nil
}

// SameOrigin reports whether two addresses have the same scheme, host and port
// (FEP-fe34). It is false when either cannot be read.
func SameOrigin(a, b string) bool {
	oa, err := Origin(a)
	if err != nil {
		return false
	}
	ob, err := Origin(b)
	return err == nil && oa == ob
}

// URL parses the id of a remote thing. It takes only absolute http and https
// addresses of at most MaxURL bytes with a host, without userinfo, and without
// spaces, control characters, changes of direction or backslashes anywhere. The Host of
// the result is canonical; path, query and fragment are as written.
func URL(raw string) (*url.URL, error) {
	if len(raw) > MaxURL {
		return nil, fmt.Errorf("read address of %d bytes: %w", len(raw), ErrURL)
	}
	if !printable(raw) {
		return nil, fmt.Errorf("read address %q: %w: it holds a space, a control character or a backslash", raw, ErrURL)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("read address: %w: %w", ErrURL, err)
	}
	var port string
	switch u.Scheme {
	case "https":
		port = "443"
	case "http":
		port = "80"
	default:
		return nil, fmt.Errorf("read address %q: %w", raw, ErrURL)
	}
	if u.User != nil {
		return nil, fmt.Errorf("read address: %w: it holds a user name", ErrURL)
	}
	if u.Host, err = canonical(u.Host, port); err != nil {
		return nil, fmt.Errorf("read address %q: %w: %w", raw, ErrURL, err)
	}
	return u, nil
}

// printable reports whether s is UTF-8 without anything that a log, a header or
// a reader could mistake for something else. Joiners are letters of Persian.
func printable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r == '\\' || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return false
		}
	}
	return true
}

// canonical returns host[:port] in its one spelling, without defaultPort.
func canonical(authority, defaultPort string) (string, error) {
	if len(authority) > MaxURL {
		return "", fmt.Errorf("read host of %d bytes: %w", len(authority), ErrHost)
	}
	if !printable(authority) {
		return "", fmt.Errorf("read host %q: %w", authority, ErrHost)
	}
	host, port := split(authority)
	host, err := canonicalName(host)
	if err != nil {
		return "", fmt.Errorf("read host %q: %w", authority, err)
	}
	if port == "" {
		return host, nil
	}
	// ParseUint takes digits only: no sign, no second colon.
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fmt.Errorf("read port of %q: %w", authority, ErrHost)
	}
	if port = strconv.FormatUint(n, 10); port == defaultPort {
		return host, nil
	}
	return host + ":" + port, nil
}

// split parts an authority at the first colon after the brackets, if any: an
// IPv6 address must have them, because 1::2:443 can be read in two ways. A colon
// without a port is no port (RFC 3986 §3.2.3).
func split(authority string) (host, port string) {
	end := strings.IndexByte(authority, ']') + 1
	host, port, _ = strings.Cut(authority[end:], ":")
	return authority[:end] + host, port
}

// canonicalName returns the one spelling of a name or IP address without port.
func canonicalName(host string) (string, error) {
	if strings.HasPrefix(host, "[") {
		return bracketed(host)
	}
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrHost, err)
	}
	// After mapping: the trailing dot may have been an ideographic one.
	name = strings.TrimSuffix(name, ".")
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 {
			return "", fmt.Errorf("%w: bad label %q", ErrHost, label)
		}
	}
	if len(name) > 253 {
		return "", fmt.Errorf("%w: longer than 253 bytes", ErrHost)
	}
	if !numeric(labels[len(labels)-1]) {
		return name, nil
	}
	// netip takes dotted decimal without leading zeros and nothing else.
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return "", fmt.Errorf("%w: a number that is no plain IPv4 address", ErrHost)
	}
	return ip.String(), nil
}

// bracketed returns the one spelling of an IPv6 address in brackets. An IPv4
// address mapped into IPv6 reaches the same machine, so it is that IPv4 address.
func bracketed(host string) (string, error) {
	inner, ok := strings.CutSuffix(host[1:], "]")
	if !ok {
		return "", fmt.Errorf("%w: open bracket", ErrHost)
	}
	ip, err := netip.ParseAddr(inner)
	if err != nil || !ip.Is6() || ip.Zone() != "" {
		return "", fmt.Errorf("%w: no plain IPv6 address in brackets", ErrHost)
	}
	if ip.Is4In6() {
		return ip.Unmap().String(), nil
	}
	return "[" + ip.String() + "]", nil
}

// numeric reports whether the last label makes some resolvers read the whole
// host as an IPv4 address: digits, or 0x and hex digits (WHATWG URL §3.5). No
// such top-level domain exists.
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}
