package fetch

import "time"

// What tests in fetch_test see of the inside.

// Control is the check at connect, which tests ask about public addresses
// without sending anything to them.
func (c *Client) Control(scheme, address string) error {
	return c.control(scheme)("tcp", address, nil)
}

// Tables says how much the client keeps per domain, per address and per host.
func (c *Client) Tables() (domains, failures, hosts int) {
	return len(c.domains.table.items), len(c.failures.table.items), len(c.slots.hosts)
}

// Fill counts a fetch from a domain and remembers a failure of an address.
func (c *Client) Fill(domain, key string, err error, now time.Time) {
	c.domains.allow(domain, now)
	c.remember(key, err)
}

// Bounds of the tables.
const (
	DomainsKept  = domainsKept
	FailuresKept = failuresKept
)
