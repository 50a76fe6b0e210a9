package federation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/limit"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// Bounds of what strangers may cost by signing a GET. They are narrower than the
// inbox's: nothing is lost when a reader has to come again.
const (
	failedSignatures = 300 // per client address and 5 minutes; more are not looked at
	askingAtOnce     = 128 // requests that wait for a key of another server
	askingOfOne      = 32
	keyBudget        = 6  // outbound requests that one signed GET may cause (B7)
	codeTries        = 30 // codes for joining that one server may ask about in 5 minutes
)

// callers is what it takes to know who signed a GET.
type callers struct {
	origin *url.URL
	failed *limit.Limiter // signatures that were no good, per client address
	asking *limit.Gate
	codes  *limit.Limiter // questions about codes, per server
}

func newCallers(origin node.Origin, now func() time.Time) *callers {
	u, err := url.Parse(string(origin))
	if err != nil {
		u = nil // then no signature is good
	}
	return &callers{
		origin: u, failed: limit.NewLimiter(failedSignatures, now), asking: limit.NewGate(askingAtOnce, askingOfOne), codes: limit.NewLimiter(codeTries, now),
	}
}

// What is kept of a request while it is answered.
const (
	viewerKept = "viewer"
	doubtKept  = "doubt" // the signature could not be checked just now
)

// viewer is who asks with a GET: the actor that signed it, or a visitor. What
// everyone may read needs no signature: see readable.
func (s *Server) viewer(c *gin.Context) access.Viewer {
	if kept, ok := c.Get(viewerKept); ok {
		if v, ok := kept.(access.Viewer); ok {
			return v
		}
	}
	v, err := s.caller(c.Request)
	switch {
	case err == nil:
	case errors.Is(err, signature.ErrUnsigned):
	case discover.Passing(err), errors.Is(err, errBusy):
		c.Set(doubtKept, true)
		fallthrough
	default:
		s.Log.Info("signature of a GET refused", "path", c.Request.URL.Path, "err", err)
	}
	c.Set(viewerKept, v)
	return v
}

// errBusy means that too many others wait for keys.
var errBusy = errors.New("too many signatures at once")

// caller checks who signed a request. With an error it is a visitor (A14).
func (s *Server) caller(r *http.Request) (access.Viewer, error) {
	// Our own key has to be had without a key: two nodes that check each other's
	// signature would ask in a circle (federation.md 2.3).
	if r.Header.Get("Signature") == "" || r.URL.Path == relayPath || s.callers == nil {
		return access.Visitor, signature.ErrUnsigned
	}
	client := s.ClientAddress(r)
	if s.callers.failed.Full(client) > 0 {
		return access.Visitor, fmt.Errorf("too many failed signatures: %w", errBusy)
	}
	claim, err := signature.Check(r, nil, signature.Policy{Now: s.Now(), Origin: s.callers.origin})
	if err == nil {
		var signer string
		if signer, err = s.signer(fetch.WithBudget(r.Context(), keyBudget), claim, client); err == nil {
			return s.Network.ViewerFor(r.Context(), signer)
		}
	}
	if !errors.Is(err, errBusy) {
		s.callers.failed.Take(client)
	}
	return access.Visitor, err
}

const relayPath = "/ap/node"

// signer is whose key made a signature. A key that we do not know is asked for,
// and one that does not fit is asked for again (A10).
func (s *Server) signer(ctx context.Context, claim *signature.Claim, client string) (string, error) {
	k, err := s.Finder.Known(ctx, claim.KeyID)
	if err == nil && claim.Verify(k.Key) == nil {
		return k.Actor, nil
	}
	if err != nil && !errors.Is(err, node.ErrNotFound) {
		return "", err
	}
	if !s.callers.asking.Enter(client) {
		return "", errBusy
	}
	defer s.callers.asking.Leave(client)
	if k == nil {
		k, err = s.Finder.Ask(ctx, claim.KeyID)
	} else {
		k, err = s.Finder.Renew(ctx, claim.KeyID, k)
	}
	if err != nil {
		return "", err
	}
	if err := claim.Verify(k.Key); err != nil {
		return "", fmt.Errorf("%w: %w", authority.ErrNotTheirs, err)
	}
	return k.Actor, nil
}

// readable calls read as a visitor first: what everyone may read costs no key.
// What a visitor does not find is looked for again as whoever signed, and then it
// is kept by nobody on the way.
func (s *Server) readable(c *gin.Context, read func(access.Viewer) error) error {
	err := read(access.Visitor)
	if !errors.Is(err, node.ErrNotFound) {
		return err
	}
	v := s.viewer(c)
	if v.Actor == "" {
		return err
	}
	private(c)
	return read(v)
}

// private marks an answer that depends on who signed.
func private(c *gin.Context) { c.Header("Cache-Control", "private, no-store") }

// inDoubt reports whether a signature could not be checked for a reason that may
// pass: then nothing is said to be absent.
func inDoubt(c *gin.Context) bool { return c.GetBool(doubtKept) }
