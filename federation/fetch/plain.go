package fetch

import (
	"net/netip"
	"net/url"
	"strconv"
)

// AllowsPlain reports whether an authority is a literal address inside the
// ranges allowed for tests: there, and only there, a handle is looked up by
// http (design.md 7, POWERON_ALLOW_NETS).
func (c *Client) AllowsPlain(authority string) bool {
	u := url.URL{Host: authority}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return false
	}
	port := uint64(80)
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil {
			return false
		}
	}
	return c.allowed(netip.AddrPortFrom(ip, uint16(port)))
}
