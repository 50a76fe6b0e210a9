package fetch

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Resolver looks up the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// special4 are the IPv4 ranges that are not the public internet (IANA special
// purpose registry, federation.md 9). The metadata services of hosting
// companies are in 169.254.0.0/16 and 100.64.0.0/10.
var special4 = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
	"172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
	"192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
	"240.0.0.0/4")

// global6 is all of IPv6 that is handed out for the public internet. NAT64
// (64:ff9b::/96), ULA, link-local and multicast lie outside.
var global6 = netip.MustParsePrefix("2000::/3")

// special6 are the ranges of global6 that are not: Teredo and other protocol
// assignments, documentation (two), 6to4, AS112.
var special6 = prefixes("2001::/23", "2001:db8::/32", "3fff::/20", "2002::/16", "2620:4f:8000::/48")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Public reports whether an address is on the public internet: none that leads
// to this machine, its network, or a translator that would lead there.
func Public(ip netip.Addr) bool {
	contains := func(p netip.Prefix) bool { return p.Contains(ip) }
	if ip = ip.Unmap(); ip.Is4() {
		return !slices.ContainsFunc(special4, contains)
	}
	return global6.Contains(ip) && !slices.ContainsFunc(special6, contains)
}

// allowed reports whether the settings name an address although it is private.
func (c *Client) allowed(at netip.AddrPort) bool {
	at = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	return slices.Contains(c.opts.AllowHostPorts, at) ||
		slices.ContainsFunc(c.opts.AllowNets, func(p netip.Prefix) bool { return p.Contains(at.Addr()) })
}

// ranged reports whether the settings allow any private address at all.
func (c *Client) ranged() bool {
	return len(c.opts.AllowNets) > 0 || len(c.opts.AllowHostPorts) > 0
}

// permit refuses what an address alone tells: a literal IP outside the allowed
// ranges and, for names, http or another port than 443 (B5) where no range is
// set. Where one is, connecting decides, as only then the address is known.
func (c *Client) permit(u *url.URL) error {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || !c.allowed(netip.AddrPortFrom(ip, uint16(n))) {
			return fmt.Errorf("reach %s: %w: a literal IP address", u.Host, ErrBlockedAddress)
		}
		return nil
	}
	if u.Scheme == "https" && port == "443" {
		return nil
	}
	if !c.ranged() || c.opts.ProxyURL != nil {
		return fmt.Errorf("reach %s://%s: %w: only https on port 443", u.Scheme, u.Host, ErrBlockedAddress)
	}
	return nil
}

// control returns the check that runs for every socket between name resolution
// and connect, so that no name can lead past it (B2). Nothing was sent yet.
func (c *Client) control(scheme string) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBlockedAddress, err)
		}
		if c.allowed(at) || scheme == "https" && at.Port() == 443 && Public(at.Addr()) {
			return nil
		}
		return fmt.Errorf("connect to %s by %s: %w", at, scheme, ErrBlockedAddress)
	}
}

// transport returns the connections for one scheme. There is one for each
// because the check at connect must know the scheme.
//
// HTTP/1.1 only: a fan-out goes to many hosts and a few requests each, where
// HTTP/2 costs memory and gains nothing, and its limits are harder to hold.
func (c *Client) transport(scheme string) *http.Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	t := &http.Transport{
		Proxy:                  nil, // not from the environment (B6)
		DialContext:            c.dialer(scheme),
		Protocols:              &http1,
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    2,
		WriteBufferSize:        8 << 10, // a signed activity goes out in one write
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    c.opts.Timeouts.TLS,
		ResponseHeaderTimeout:  c.opts.Timeouts.Header,
		MaxResponseHeaderBytes: 64 << 10, // B4
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			RootCAs:            c.opts.RootCAs,
			ClientSessionCache: tls.NewLRUClientSessionCache(512), // handshakes dominate repeated deliveries
		},
	}
	if c.opts.ProxyURL != nil {
		t.Proxy = http.ProxyURL(c.opts.ProxyURL)
		// Only the proxy is dialled, and the admin named it.
		t.DialContext = (&net.Dialer{Timeout: c.opts.Timeouts.Dial}).DialContext
	}
	return t
}

// dialer returns the dial function for one scheme, with the check in it.
func (c *Client) dialer(scheme string) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: c.opts.Timeouts.Dial, Control: c.control(scheme)}
	if c.opts.Resolver == nil {
		return d.DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, c.opts.Timeouts.Dial)
		defer cancel()
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("read address %s: %w", address, err)
		}
		var ips []netip.Addr
		if ip, err := netip.ParseAddr(host); err == nil {
			ips = append(ips, ip)
		} else if ips, err = c.opts.Resolver.LookupNetIP(ctx, "ip", host); err != nil {
			return nil, fmt.Errorf("look up %s: %w", host, err)
		}
		err = fmt.Errorf("look up %s: no address", host)
		for _, ip := range ips {
			conn, dialErr := d.DialContext(ctx, network, net.JoinHostPort(ip.String(), port))
			if dialErr == nil {
				return conn, nil
			}
			err = dialErr
		}
		return nil, err
	}
}
