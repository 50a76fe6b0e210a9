package deliver

import (
	"time"

	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
)

// attempts lists when a delivery is tried after it was queued; then once a day
// until lifetime is over (federation.md 9).
var attempts = []time.Duration{
	0, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
}

const (
	daily    = 24 * time.Hour
	lifetime = 7 * 24 * time.Hour
	jitter   = 0.2 // of each wait, to both sides

	// maxOwnFailures is how often a delivery is tried that fails on this side (R11).
	maxOwnFailures = 5
)

// wait is how long to wait after the n-th attempt, before jitter.
func wait(n int) time.Duration {
	if n < len(attempts) {
		return attempts[n] - attempts[n-1]
	}
	return daily
}

// retry is when d is tried again after an attempt that failed now, not before
// what the other side asked for; ok is false when its time is over. random lies
// in [0, 1). The last attempt is at the end of the lifetime.
func retry(d *node.Delivery, now time.Time, asked time.Duration, random float64) (next time.Time, ok bool) {
	end := d.FirstAt.Add(lifetime)
	if !now.Before(end) {
		return time.Time{}, false
	}
	w := wait(d.Attempts + 1)
	w += time.Duration(float64(w) * jitter * (2*random - 1))
	next = now.Add(max(w, asked))
	if next.After(end) {
		next = end
	}
	return next, true
}

// The circuit of a host (federation.md 9).
const (
	opensAfter   = 5                // failures in a row,
	opensWithin  = 10 * time.Minute // from first to last
	probeSoon    = 30 * time.Minute // between the first probes of an open circuit
	soonProbes   = 4
	probeHourly  = time.Hour
	deadAfter    = 7 // distinct days with failures and no success
	probeDead    = 24 * time.Hour
	noteSuccess  = time.Hour // how old the noted last success may get
	dayForm      = "2006-01-02"
	firstKnock   = signature.Cavage
	defaultPause = time.Minute // of a host that answers 429 without a time
)

// failed notes that a host could not be reached, or could not cope, and asked
// for a pause.
func failed(h *node.HostState, now time.Time, asked time.Duration) {
	if day := now.UTC().Format(dayForm); day > h.LastDay {
		h.FailDays, h.LastDay = h.FailDays+1, day
	}
	if h.Failures < opensAfter && (h.Failures == 0 || now.Sub(h.FirstFail) > opensWithin) {
		h.Failures, h.FirstFail = 0, now
	}
	h.Failures++
	h.Dead = h.Dead || h.FailDays >= deadAfter
	switch {
	case h.Dead:
		hold(h, now.Add(probeDead))
	case h.Failures >= opensAfter+soonProbes:
		hold(h, now.Add(probeHourly))
	case h.Failures >= opensAfter:
		hold(h, now.Add(probeSoon))
	}
	if asked > 0 {
		hold(h, now.Add(asked))
	}
}

// hold lets nothing go to h before a time.
func hold(h *node.HostState, until time.Time) {
	if until.After(h.OpenUntil) {
		h.OpenUntil = until
	}
}

// answered notes that a host gave an answer, if not the one wished for: it is
// there. A dead one stays dead; only a delivery that arrives revives it.
func answered(h *node.HostState, now time.Time) {
	if h.Dead {
		hold(h, now.Add(probeDead))
		return
	}
	if h.Failures >= opensAfter {
		h.OpenUntil = time.Time{}
	}
	h.Failures, h.FirstFail = 0, time.Time{}
}

// succeeded notes that a host took a delivery signed in a scheme.
func succeeded(h *node.HostState, now time.Time, s signature.Scheme) {
	if h.Failures > 0 || h.Dead || !h.OpenUntil.After(now) {
		h.OpenUntil = time.Time{}
	}
	h.Failures, h.FirstFail, h.FailDays, h.LastDay, h.Dead, h.LastOK = 0, time.Time{}, 0, "", false, now
	if s != signature.RFC9421Ed25519 {
		h.Scheme = string(s)
	}
}

// steady reports whether a success tells nothing new of h, so that nothing need be written.
func steady(h *node.HostState, now time.Time, s signature.Scheme) bool {
	return h.Failures == 0 && h.FailDays == 0 && !h.Dead && h.OpenUntil.IsZero() && now.Sub(h.LastOK) < noteSuccess &&
		(s == signature.RFC9421Ed25519 || h.Scheme == string(s))
}

// failing reports whether an inbound request of h may bring its next probe forward.
func failing(h *node.HostState) bool { return h.Failures > 0 || h.Dead || !h.OpenUntil.IsZero() }
