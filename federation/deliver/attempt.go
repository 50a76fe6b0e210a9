package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/delivery"
)

// answer is what came of one attempt.
type answer struct {
	err    error            // nil: it arrived
	scheme signature.Scheme // that was taken
	notEd  bool             // the host refused Ed25519 and took another scheme
	roster string           // what the host says of the rosters that it was told of
	// members tells that it is for the members of a network: one that does not
	// know yet that we are one refuses it until it has asked the hub.
	members bool
}

// The ways in which an attempt fails on this side. None says anything about the host.
var (
	errMissing = errors.New("what should be sent, or its key, is not there")
	errPoison  = errors.New("it cannot be sent as it is") // put aside after a few attempts (R11)
	errOwn     = errors.New("this node could not send it now")
	errLeft    = errors.New("no member of the network any more")
)

// attempt tries a delivery once, with each scheme that the host may want. It
// calls signed when all that is left is up to the other side.
func (w *Worker) attempt(ctx context.Context, d *node.Delivery, h *node.HostState, signed func()) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{err: fmt.Errorf("%w: panic: %v\n%s", errPoison, p, debug.Stack())}
		}
	}()
	sent, err := w.activities.get(d.Activity, func() (*said, int, error) { return w.loadActivity(ctx, d.Activity) })
	if err != nil {
		return answer{err: err}
	}
	if sent.members != "" { // the roster may have changed since the delivery was read
		switch member, err := w.Delivery.StillMember(ctx, sent.members, d.Inbox); {
		case err != nil:
			return answer{err: fmt.Errorf("%w: %w", errOwn, err)}
		case !member:
			return answer{err: errLeft}
		}
	}
	keys, err := w.keys.get(d.ActorID, func() (*signers, int, error) { return w.loadKeys(ctx, d.ActorID) })
	if err != nil {
		return answer{err: err}
	}
	roster := ""
	if sent.members != "" && w.Roster != nil {
		roster = w.Roster(ctx, sent.members)
	}
	a = w.knock(ctx, d.Inbox, h, &letter{sent.raw, roster, keys, signed})
	a.members = sent.members != ""
	if a.err == nil && a.roster != "" && roster != "" && w.Heard != nil {
		w.Heard(ctx, d.Inbox, a.roster)
	}
	if statusOf(a.err) == http.StatusGone {
		if err := w.Delivery.DropFollower(ctx, d.Inbox); err != nil {
			w.Log.Error("follower that is gone cannot be removed", "inbox", d.Inbox, "err", err)
		}
	}
	return a
}

// knock tries the schemes in turn until the host takes one. If it takes none,
// its answer to the first counts: to a scheme that it does not know it may say
// anything (federation.md 13).
func (w *Worker) knock(ctx context.Context, inbox string, h *node.HostState, l *letter) answer {
	var first error
	tried := signature.Scheme("")
	for _, s := range schemes(h, inbox) {
		resp, err := w.post(ctx, inbox, l.raw, w.sign(l, s))
		if err == nil {
			return answer{scheme: s, notEd: h.Ed25519 && s != signature.RFC9421Ed25519, roster: resp.Header.Get(signature.RosterHeader)}
		}
		if first == nil || tried == signature.RFC9421Ed25519 { // which is an offer: the usual scheme comes after it
			first = err
		}
		if tried = s; !disliked(err, h, s) {
			break
		}
	}
	return answer{err: first}
}

// post posts once, and once more when a connection that was there broke: either
// side may close an idle one just when it is used again, and net/http (Go 1.26)
// may take an answered request for lost when it closes one idle connection too
// many. Neither says anything about the host.
func (w *Worker) post(ctx context.Context, inbox string, raw []byte, sign func(*http.Request) error) (*fetch.Response, error) {
	connected := false
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }}
	resp, err := w.Client.Post(httptrace.WithClientTrace(ctx, trace), fetch.Delivery, inbox, jsonld.ContentType, raw, sign)
	if err == nil || !connected || statusOf(err) != 0 || isTimeout(err) || ctx.Err() != nil {
		return resp, err
	}
	return w.Client.Post(ctx, fetch.Delivery, inbox, jsonld.ContentType, raw, sign)
}

func isTimeout(err error) bool {
	var t net.Error // context.DeadlineExceeded is one, too
	return errors.As(err, &t) && t.Timeout()
}

// schemes lists what to try on a host, in order: Ed25519 if its Application
// says that it takes it (FEP-844e), then what it took last, else Cavage. Fedify
// leaves the query out of what it verifies (federation.md 2.1).
func schemes(h *node.HostState, inbox string) []signature.Scheme {
	usual := []signature.Scheme{signature.Cavage, signature.CavageWithoutQuery, signature.RFC9421}
	list := make([]signature.Scheme, 0, len(usual)+1)
	if h.Ed25519 {
		list = append(list, signature.RFC9421Ed25519)
	}
	last := signature.Scheme(h.Scheme)
	if last != "" {
		list = append(list, last)
	}
	for _, s := range usual {
		if s != last && (s != signature.CavageWithoutQuery || strings.Contains(inbox, "?")) {
			list = append(list, s)
		}
	}
	return list
}

// disliked reports whether an answer may mean the signature's scheme and not the
// delivery. A server that took a scheme before and now answers 500 has a fault.
func disliked(err error, h *node.HostState, s signature.Scheme) bool {
	code := statusOf(err)
	if s == signature.RFC9421Ed25519 {
		return code == http.StatusUnauthorized
	}
	return code == http.StatusUnauthorized || code == http.StatusBadRequest || code == http.StatusForbidden ||
		code == http.StatusInternalServerError && h.Scheme == ""
}

// statusOf is the status that the other side answered, 0 if it did not.
func statusOf(err error) int {
	if s := (*fetch.StatusError)(nil); errors.As(err, &s) {
		return s.Code
	}
	return 0
}

// letter is what goes out in one attempt.
type letter struct {
	raw    []byte
	roster string // which versions of the rosters it was sent by (federation.md 8.3, 4)
	keys   *signers
	signed func()
}

// signers are the keys of one of our actors, as schemes want them.
type signers struct{ rsa, ed25519 signature.Key }

// sign signs one request. RSA takes all the time there is: no more signatures are
// made at once than there are processors, so that pages need not wait behind them.
func (w *Worker) sign(l *letter, s signature.Scheme) func(*http.Request) error {
	return func(r *http.Request) error {
		defer l.signed()
		if l.roster != "" {
			r.Header.Set(signature.RosterHeader, l.roster)
		}
		key := l.keys.rsa
		if s == signature.RFC9421Ed25519 {
			key = l.keys.ed25519
		} else {
			select {
			case w.signing <- struct{}{}:
				defer func() { <-w.signing }()
			case <-r.Context().Done():
				return fmt.Errorf("%w: %w", errOwn, r.Context().Err())
			}
		}
		if err := signature.Sign(r, l.raw, s, key, w.Now()); err != nil {
			return fmt.Errorf("%w: %w", errPoison, err)
		}
		return nil
	}
}

// said is an activity as it is sent.
type said struct {
	raw     []byte
	members node.Audience // of networks, if it is for their members alone
}

func newSaid(raw []byte, k node.Kind, verb node.Verb, a node.Audience) *said {
	if !delivery.ForMembers(k, verb, a) {
		a = ""
	}
	return &said{raw: raw, members: a}
}

func (w *Worker) loadActivity(ctx context.Context, id uuid.UUID) (*said, int, error) {
	sent, err := w.Delivery.Activity(ctx, id)
	switch {
	case errors.Is(err, node.ErrNotFound):
		return nil, 0, fmt.Errorf("%w: %w", errMissing, err)
	case err != nil:
		return nil, 0, fmt.Errorf("%w: %w", errOwn, err)
	case !json.Valid(sent.Raw):
		return nil, 0, fmt.Errorf("%w: activity %s is not JSON", errMissing, id)
	}
	return newSaid(sent.Raw, sent.Kind, sent.Verb, sent.Audience), len(sent.Raw), nil
}

// keySize is what the keys of one actor count in the cache.
const keySize = 4 << 10

func (w *Worker) loadKeys(ctx context.Context, actor uuid.UUID) (*signers, int, error) {
	a, pair, err := w.People.SigningKeys(ctx, actor)
	switch {
	case errors.Is(err, node.ErrNotFound):
		return nil, 0, fmt.Errorf("%w: %w", errMissing, err)
	case errors.Is(err, node.ErrCorrupt):
		return nil, 0, fmt.Errorf("%w: %w", errPoison, err)
	case err != nil:
		return nil, 0, fmt.Errorf("%w: %w", errOwn, err)
	}
	return &signers{
		rsa:     signature.Key{ID: a.KeyID(), Private: pair.RSA},
		ed25519: signature.Key{ID: a.EdKeyID(), Private: pair.Ed25519},
	}, keySize, nil
}

// judge decides what an attempt that ended now means for the delivery and for
// what is known of its host.
func judge(d *node.Delivery, h *node.HostState, a answer, now time.Time, random float64) delivery.Finished {
	f := delivery.Finished{Delivery: d, Outcome: node.Delivered}
	if a.err == nil {
		if a.notEd || !steady(h, now, a.scheme) {
			f.Host = func(h *node.HostState) {
				succeeded(h, now, a.scheme)
				h.Ed25519 = h.Ed25519 && !a.notEd
			}
		}
		return f
	}
	f.Outcome, f.Problem = node.Retry, short(a.err)
	var asked time.Duration
	failure := false // of the host
	switch status := (*fetch.StatusError)(nil); {
	case errors.Is(a.err, errMissing), errors.Is(a.err, errLeft):
		f.Outcome = node.Dropped
	case errors.Is(a.err, errPoison):
		if d.Attempts+1 >= maxOwnFailures {
			f.Outcome = node.Dropped
		}
	case errors.Is(a.err, errOwn):
	case errors.Is(a.err, fetch.ErrBlockedAddress), errors.Is(a.err, fetch.ErrTooLarge):
		f.Outcome = node.Dropped
	case errors.As(a.err, &status):
		asked = status.RetryAfter
		// 401 with Retry-After: it could not have our key just now (security.md A14 allows no other status).
		if lasting(status.Code) && (status.Code != http.StatusUnauthorized || asked == 0) && (status.Code != http.StatusForbidden || !a.members) {
			f.Outcome = node.Dropped
		}
		failure = status.Code >= 500
		f.Host = hostAfter(status, h, now)
	default: // the network
		failure = true
		f.Host = func(h *node.HostState) { failed(h, now, 0) }
	}
	if f.Outcome == node.Retry {
		var ok bool
		if f.Next, ok = retry(d, now, asked, random); !ok {
			f.Outcome, f.Problem = node.Dropped, short(fmt.Errorf("given up after %d days: %w", lifetime/daily, a.err))
			if change := f.Host; failure {
				f.Host = func(h *node.HostState) {
					h.Dead = h.Dead || h.LastOK.Before(d.FirstAt) // if it was not tried on each day
					change(h)
				}
			}
		}
	}
	return f
}

// lasting reports whether a status means that trying again is no use (federation.md 9).
func lasting(code int) bool {
	switch code {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return code/100 == 4
}

// hostAfter is what an unwelcome answer tells of its host; nil if nothing.
func hostAfter(s *fetch.StatusError, h *node.HostState, now time.Time) func(*node.HostState) {
	switch {
	case s.Code >= 500:
		return func(h *node.HostState) { failed(h, now, s.RetryAfter) }
	case s.Code == http.StatusTooManyRequests:
		pause := s.RetryAfter
		if pause == 0 {
			pause = defaultPause
		}
		return func(h *node.HostState) { hold(h, now.Add(pause)) }
	case h.Failures > 0 || h.Dead:
		return func(h *node.HostState) { answered(h, now) }
	}
	return nil
}

// short is an error as it is kept beside a delivery.
func short(err error) string {
	const most = 300
	s := err.Error()
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
