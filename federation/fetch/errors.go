package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// The kinds of failure that callers tell apart. All else is a failure of the
// network or the other server and may pass.
var (
	// ErrPurpose says that the caller is not in Users.
	ErrPurpose = errors.New("no such use of the outbound client")
	// ErrBlockedAddress says that the address cannot be read, or that it or what
	// its name resolves to may not be reached. Trying again is no use.
	ErrBlockedAddress = errors.New("this address may not be reached")
	// ErrRedirect says that a redirect was one too many or changed the scheme.
	ErrRedirect = errors.New("redirect refused")
	// ErrTooLarge says that an answer, decoded, or a body to send exceeds the
	// limit of its purpose.
	ErrTooLarge = errors.New("body too large")
	// ErrMediaType says that an answer is of a type that its purpose does not
	// take, however right its content looks.
	ErrMediaType = errors.New("unexpected media type")
	// ErrBudget says that this node asked enough for now (B7).
	ErrBudget = errors.New("outbound limit reached")
	// ErrCached says that the failure is an earlier one, remembered.
	ErrCached = errors.New("failed before")

	errUnsigned = errors.New("no signature made")
)

// StatusError is an answer with a status that is no success.
type StatusError struct {
	Code int
	// RetryAfter is how long the other side asks to wait, 0 if it does not, at
	// most 24 hours.
	RetryAfter time.Duration
}

// Error names the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the other server answered %d %s", e.Code, http.StatusText(e.Code))
}

func (c *Client) statusError(resp *http.Response) *StatusError {
	return &StatusError{Code: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), c.opts.Now())}
}

// retryAfter reads seconds or a date (RFC 9110 §10.2.3).
func retryAfter(value string, now time.Time) time.Duration {
	const longest = 24 * time.Hour
	var wait time.Duration
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longest)
}
