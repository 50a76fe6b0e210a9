// Package fetch is the one HTTP client of the node (B1). Whatever leaves the
// node for another server, a key, an actor, a delivery, goes through Client, and
// Users lists every purpose there is.
//
// A remote server chooses most of the addresses that are asked for here, so the
// client believes none of them: it looks at the address at the moment of
// connecting, after name resolution (B2), again on every redirect (B3), and it
// bounds time, size (B4) and number (B7) of what it asks for. It does not know
// what a document means or whom it may speak for; see federation/authority.
package fetch

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/poweron-network/poweron/federation/address"
)

// Options are the settings of a Client. Only Now is required.
type Options struct {
	// AllowNets are address ranges that may be reached although private
	// (POWERON_ALLOW_NETS). Inside them, and only there, http, any port and
	// IP-literal hosts are allowed too. Empty in production.
	AllowNets []netip.Prefix
	// AllowHostPorts are single listeners treated like AllowNets, for the demo
	// on machines that cannot bind addresses of their own for each node.
	AllowHostPorts []netip.AddrPort
	// Unlimited switches off what B7 counts per domain and host and remembers
	// of failures, for benches and demo clusters. It has no effect unless
	// AllowNets or AllowHostPorts is set. A budget in a context still counts.
	Unlimited bool
	// UserAgent is sent with every request, see the function UserAgent.
	UserAgent string
	// Now is the clock of the limits and of the memory of failures.
	Now func() time.Time
	// Resolver looks up names; nil means the system's. What it answers is
	// checked like any other address.
	Resolver Resolver
	// RootCAs are the authorities believed for https; nil means the system's.
	RootCAs *x509.CertPool
	// ProxyURL is a proxy for every request, nil for none; the environment is
	// never asked (B6). A proxy hides the address that is dialled: it must
	// itself refuse private addresses. Through it only https on port 443 to a
	// name, and literal addresses of AllowNets, are asked for.
	ProxyURL *url.URL
	// Timeouts replace the usual ones, for tests.
	Timeouts Timeouts
}

// Timeouts bound one call (B4). A zero field means the default in its comment.
type Timeouts struct {
	Overall time.Duration // 20 s: the whole call with redirects, waiting and body
	Dial    time.Duration // 5 s: name resolution and connecting
	TLS     time.Duration // 5 s: the TLS handshake
	Header  time.Duration // 10 s: from the request sent to the answer's header
}

// Client asks other servers. It is safe for concurrent use.
type Client struct {
	opts     Options
	secure   *http.Transport // https
	plain    *http.Transport // http, reaches only AllowNets and AllowHostPorts
	domains  *domains
	slots    *slots
	failures *failures
}

// Response is a complete answer.
type Response struct {
	Status int
	URL    string // after redirects, without fragment; its origin speaks (A7)
	Header http.Header
	Body   []byte    // decoded; nil for a Post
	Date   time.Time // when the other server says it answered, zero if it does not
}

// UserAgent is the name under which a node asks; the origin tells the other
// side's admin whom to write to.
func UserAgent(version, origin string) string {
	return "PowerOn/" + version + " (+" + origin + ")"
}

// New returns a client that obeys the options.
func New(o Options) *Client {
	o.Timeouts = o.Timeouts.orDefault()
	if o.UserAgent == "" {
		o.UserAgent = "PowerOn"
	}
	c := &Client{opts: o, domains: newDomains(), slots: newSlots(), failures: newFailures()}
	c.secure = c.transport("https")
	c.plain = c.transport("http")
	return c
}

func (t Timeouts) orDefault() Timeouts {
	for _, f := range []struct {
		value *time.Duration
		usual time.Duration
	}{
		{&t.Overall, 20 * time.Second},
		{&t.Dial, 5 * time.Second},
		{&t.TLS, 5 * time.Second},
		{&t.Header, 10 * time.Second},
	} {
		if *f.value == 0 {
			*f.value = f.usual
		}
	}
	return t
}

// Close drops idle connections.
func (c *Client) Close() {
	c.secure.CloseIdleConnections()
	c.plain.CloseIdleConnections()
}

// Get fetches a document whose media type, size and redirects fit the purpose.
// Anything but 200 is a *StatusError. A failure is remembered (B7); while it is,
// the same error comes back wrapped in ErrCached without a request, and asking
// again with another signature is no use; see Forget. sign may be nil. It is
// called for every request anew, until a redirect leaves the first host (B3).
func (c *Client) Get(ctx context.Context, p Purpose, rawURL string, sign func(*http.Request) error) (*Response, error) {
	user, err := userFor(p, http.MethodGet)
	if err != nil {
		return nil, err
	}
	u, err := c.target(rawURL)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", p, err)
	}
	key := u.String()
	if err := c.recall(key); err != nil {
		return nil, fmt.Errorf("get %s: %w: %w", key, ErrCached, err)
	}
	limited, cancel := context.WithTimeout(ctx, c.opts.Timeouts.Overall)
	defer cancel()
	resp, err := c.follow(limited, user, u, sign)
	if err != nil {
		if ctx.Err() == nil { // a caller that gave up says nothing about the other side
			c.remember(key, err)
		}
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	return resp, nil
}

// Post delivers a body. Any 2xx is success; all else, redirects too, is a
// *StatusError. Deliveries have their own queue and circuits, so nothing of B7
// applies to them.
func (c *Client) Post(ctx context.Context, p Purpose, rawURL, contentType string, body []byte,
	sign func(*http.Request) error,
) (*Response, error) {
	user, err := userFor(p, http.MethodPost)
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > user.MaxBytes {
		return nil, fmt.Errorf("post %d bytes: %w", len(body), ErrTooLarge)
	}
	u, err := c.target(rawURL)
	if err != nil {
		return nil, fmt.Errorf("post %s: %w", p, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeouts.Overall)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("post %s: %w", u, err)
	}
	req.Header.Set("Content-Type", contentType)
	// A second copy of an activity has no effect (A8), so a request lost on a
	// connection that the other side just closed may go out again at once. The
	// empty value tells the transport so and is not sent.
	req.Header["Idempotency-Key"] = nil
	resp, err := c.send(req, sign)
	if err != nil {
		return nil, fmt.Errorf("post %s: %w", u, err)
	}
	drain(resp.Body, cancel)
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("post %s: %w", u, c.statusError(resp))
	}
	return response(resp, u, nil), nil
}

// Forget drops what is remembered of a failed Get, for a person who asks again.
func (c *Client) Forget(rawURL string) {
	if u, err := c.target(rawURL); err == nil {
		c.failures.forget(u.String())
	}
}

// follow gets u and up to user.MaxRedirects addresses after it.
func (c *Client) follow(ctx context.Context, user *User, u *url.URL, sign func(*http.Request) error) (*Response, error) {
	home := u.Host
	for hops := 0; ; hops++ {
		resp, location, err := c.hop(ctx, user, u, sign)
		if err != nil || location == "" {
			return resp, err
		}
		if hops == user.MaxRedirects {
			return nil, fmt.Errorf("follow redirect %d: %w", hops+1, ErrRedirect)
		}
		next, err := c.redirect(u, location)
		if err != nil {
			return nil, fmt.Errorf("follow redirect %d: %w", hops+1, err)
		}
		if next.Host != home {
			sign = nil // also for the way back: the other host chose the address
		}
		u = next
	}
}

// redirect resolves the address that u redirects to.
func (c *Client) redirect(u *url.URL, location string) (*url.URL, error) {
	ref, err := u.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("read location: %w: %w", ErrBlockedAddress, err)
	}
	next, err := c.target(ref.String())
	if err != nil {
		return nil, err
	}
	if next.Scheme != u.Scheme {
		return nil, fmt.Errorf("from %s to %s: %w", u.Scheme, next.Scheme, ErrRedirect)
	}
	return next, nil
}

// hop makes one request of a Get, within the limits of B7. It returns an answer
// or the address that the other side redirects to.
func (c *Client) hop(ctx context.Context, user *User, u *url.URL, sign func(*http.Request) error) (*Response, string, error) {
	release, err := c.admit(ctx, u)
	if err != nil {
		return nil, "", err
	}
	defer release()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Accept", user.accept())
	resp, err := c.send(req, sign)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if location := resp.Header.Get("Location"); location != "" && isRedirect(resp.StatusCode) {
		return nil, location, nil
	}
	if resp.StatusCode != http.StatusOK {
		return nil, "", c.statusError(resp)
	}
	body, err := user.read(resp)
	if err != nil {
		return nil, "", err
	}
	return response(resp, u, body), "", nil
}

func isRedirect(code int) bool {
	switch code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// send signs a request and sends it. It never follows a redirect.
func (c *Client) send(req *http.Request, sign func(*http.Request) error) (*http.Response, error) {
	req.Header.Set("User-Agent", c.opts.UserAgent)
	if sign != nil {
		if err := sign(req); err != nil {
			return nil, fmt.Errorf("sign request: %w: %w", errUnsigned, err)
		}
	}
	if req.URL.Scheme == "http" {
		return c.plain.RoundTrip(req)
	}
	return c.secure.RoundTrip(req)
}

// drain reads the end of an answer whose status is all that matters, so that
// its connection can carry the next delivery. A long or slow end is not worth
// waiting for: then the connection is closed.
func drain(body io.ReadCloser, cancel func()) {
	const most, longest = 16 << 10, time.Second
	timer := time.AfterFunc(longest, cancel)
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, body, most) // success and failure alike end here
	_ = body.Close()
}

func response(resp *http.Response, u *url.URL, body []byte) *Response {
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		date = time.Time{}
	}
	return &Response{Status: resp.StatusCode, URL: u.String(), Header: resp.Header, Body: body, Date: date}
}

// target reads an address and refuses what can be refused without asking the
// network. The fragment, as of a key id, is not part of what is asked for.
func (c *Client) target(rawURL string) (*url.URL, error) {
	u, err := address.URL(rawURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBlockedAddress, err)
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/" // signatures cover the path that is sent
	}
	return u, c.permit(u)
}
