// Package inbox takes in what other servers send: limits, signature, authority,
// then one durable row and its job, and only then 202. What an activity does is
// decided later by its handler, one file per activity type. Nothing here waits
// for a handler, and no handler answers a request.
package inbox

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-fed/activity/pub"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/limit"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/card"
	"github.com/poweron-network/poweron/node/contact"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/job"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/peers"
)

// budget is how many outbound requests one inbound activity may cause (B7).
const budget = 30

// Inbox takes in activities and handles them.
type Inbox struct {
	Finder       *discover.Finder
	Peers        *peers.Service
	Conversation *conversation.Service
	Following    *following.Service
	Network      *network.Service
	Cards        *card.Service
	Mentoring    *mentoring.Service
	Contact      *contact.Service
	Origin       node.Origin
	Now          func() time.Time
	Log          *slog.Logger
	DateWindow   time.Duration // how old a signature may be (A1); 0 means 1 hour
	Rate         int           // activities per 5 minutes and signing server; 0 means no limit
	// Compare hears by which rosters a sender goes, and answers by which we go.
	Compare func(ctx context.Context, signer, rosters string) (own string)
	// Hub fetches what a network's Group actor says of it.
	Hub func(ctx context.Context, ref string) (*node.Network, error)
	// ClientAddress names who is connected, for the limit on failed attempts.
	ClientAddress func(*http.Request) string
	// Arrived is called after an activity was stored: the worker has something to do.
	Arrived func()
	// Revive is called for the host of every verified sender: its deliveries may be tried again.
	Revive func(host string)

	actor   pub.Actor
	senders *limit.Limiter // per verified signing server
	clients *limit.Limiter // failed attempts per client address
	counted *limit.Limiter // of what is dropped unverified, per client address
	room    *limit.Gate    // requests
	asking  *limit.Gate    // those of them that wait for a key of another server
	public  *url.URL
}

// Bounds of what strangers may cost. No bench and no busy peer comes near them.
const (
	failedAttempts = 300 // per client address and 5 minutes; more are answered before they cost anything
	countedDrops   = 300 // the same for what is dropped unverified: more are not even counted
	requestsAtOnce = 1024
	requestsOfOne  = 512
	// Who waits for another server leaves most of the room to those whose key we know.
	askingAtOnce = 256
	askingOfOne  = 192
	// bodyTime is how long a sender may take to say what it has to say.
	bodyTime = 10 * time.Second
)

// Start prepares the inbox for use.
func (in *Inbox) Start() error {
	var err error
	if in.public, err = url.Parse(string(in.Origin)); err != nil {
		return fmt.Errorf("start inbox: %w", err)
	}
	if in.DateWindow <= 0 {
		in.DateWindow = time.Hour
	}
	in.actor = pub.NewCustomActor(&delegate{in}, false, true, clock(in.Now))
	in.senders, in.clients, in.counted = limit.NewLimiter(in.Rate, in.Now), limit.NewLimiter(failedAttempts, in.Now), limit.NewLimiter(countedDrops, in.Now)
	in.room, in.asking = limit.NewGate(requestsAtOnce, requestsOfOne), limit.NewGate(askingAtOnce, askingOfOne)
	return nil
}

// refusal is a request that is answered with a status and a short reason.
type refusal struct {
	status int
	reason string
	after  time.Duration // Retry-After
}

func (r *refusal) Error() string { return r.reason }

// ServeHTTP answers a POST to an inbox.
func (in *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := in.serve(w, r)
	var no *refusal
	switch {
	case err == nil:
		w.WriteHeader(http.StatusAccepted)
	case errors.As(err, &no):
		if no.after > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(no.after.Seconds())+1))
		}
		http.Error(w, no.reason, no.status)
	case errors.Is(err, node.ErrFull), errors.Is(err, node.ErrReadOnly):
		in.Log.Error("inbox cannot store", "err", err)
		w.Header().Set("Retry-After", "300")
		http.Error(w, "storage is full, try again later", http.StatusServiceUnavailable)
	default:
		in.Log.Error("inbox", "err", err)
		w.Header().Set("Retry-After", "60")
		http.Error(w, "cannot take this now, try again later", http.StatusServiceUnavailable)
	}
}

func (in *Inbox) serve(w http.ResponseWriter, r *http.Request) error {
	client := in.ClientAddress(r)
	if wait := in.clients.Full(client); wait > 0 {
		return &refusal{http.StatusTooManyRequests, "too many failed attempts", wait}
	}
	if !in.room.Enter(client) {
		return busy
	}
	defer in.room.Leave(client)
	err := in.receive(w, r, client)
	var no *refusal
	if errors.As(err, &no) && no != busy && no.status != http.StatusTooManyRequests {
		in.clients.Take(client)
	}
	return err
}

// busy is the answer when there is no room; nobody has failed at anything.
var busy = &refusal{http.StatusServiceUnavailable, "too much at once, try again later", 30 * time.Second}

// receive takes one request through all checks, cheap ones first (A1).
func (in *Inbox) receive(w http.ResponseWriter, r *http.Request, client string) error {
	raw, err := body(w, r)
	if err != nil {
		return err
	}
	if err := jsonld.Scan(raw, jsonld.Limits{}); err != nil {
		return unreadable(err)
	}
	claim, err := signature.Check(r, raw, signature.Policy{Now: in.Now(), Past: in.DateWindow, Origin: in.public})
	if err != nil {
		return &refusal{status: http.StatusUnauthorized, reason: err.Error()}
	}
	doc, err := jsonld.Decode(raw)
	if err != nil {
		return unreadable(err)
	}
	ctx := fetch.WithBudget(r.Context(), budget)
	if in.goodbye(ctx, doc, claim.KeyID) {
		if in.counted.Take(client) > 0 {
			return nil // nobody signed for it: it may not make us write without end
		}
		return in.Peers.Count(ctx, "inbox.unknown_actor_deleted")
	}
	signer, err := in.verify(ctx, claim, client)
	if err != nil {
		return err
	}
	if err := authority.Activity(doc, signer); err != nil {
		return &refusal{status: http.StatusUnauthorized, reason: err.Error()}
	}
	host := hostOf(signer)
	if wait := in.senders.Take(host); wait > 0 {
		return &refusal{http.StatusTooManyRequests, "too many activities, try again later", wait}
	}
	in.Revive(host)
	if !handled(doc) {
		return in.Peers.Count(ctx, "inbox.unhandled")
	}
	if ok, err := in.admit(ctx, doc, signer); err != nil {
		return err
	} else if !ok {
		return in.Peers.Count(ctx, "inbox.widened")
	}
	if err := in.accept(ctx, doc, &taken{id: doc.ID(), raw: raw, claim: claim, signer: signer}); err != nil {
		return err
	}
	if told := claim.Covered(signature.RosterHeader); told != "" && in.Compare != nil {
		if own := in.Compare(ctx, signer, told); own != "" {
			w.Header().Set(signature.RosterHeader, own)
		}
	}
	return nil
}

// body reads the request within the limit (C1) if it is of a type that we take
// (federation.md 9, Media types), in whatever order its parameters come.
func body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	t, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	profile := slices.Contains(strings.Fields(params["profile"]), jsonld.ContextIRI)
	if err != nil || t != jsonld.ContentType && (t != "application/ld+json" || !profile) {
		return nil, &refusal{status: http.StatusUnsupportedMediaType, reason: "send application/activity+json"}
	}
	// The deadline passes only if the timer runs out: with one set, the server
	// would take the sender for gone while we still work on what it said.
	late := time.AfterFunc(bodyTime, func() { _ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) })
	defer late.Stop()
	raw, err := io.ReadAll(io.LimitReader(r.Body, jsonld.DefaultSize+1))
	if err != nil {
		return nil, &refusal{status: http.StatusBadRequest, reason: "the body ended early"}
	}
	if len(raw) > jsonld.DefaultSize {
		return nil, &refusal{status: http.StatusRequestEntityTooLarge, reason: "the activity is too large"}
	}
	return raw, nil
}

func unreadable(err error) error {
	status := http.StatusBadRequest
	if errors.Is(err, jsonld.ErrTooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	return &refusal{status: status, reason: err.Error()}
}

// goodbye reports whether an actor that we do not know deletes itself: its key
// is gone with it, so nobody is asked for it (federation.md 2.1).
func (in *Inbox) goodbye(ctx context.Context, doc jsonld.Object, keyID string) bool {
	actor := doc.IDOf("actor")
	if doc.Type() != "Delete" || actor == "" || doc.IDOf("object") != actor {
		return false
	}
	_, unknownKey := in.Finder.Known(ctx, keyID)
	_, unknownActor := in.Peers.Actor(ctx, actor)
	return errors.Is(unknownKey, node.ErrNotFound) && errors.Is(unknownActor, node.ErrNotFound)
}

// verify returns who signed. A doubt is always 401 (A14), with Retry-After when
// the key cannot be had just now, so that the sender tries again.
func (in *Inbox) verify(ctx context.Context, claim *signature.Claim, client string) (signer string, err error) {
	k, err := in.Finder.Known(ctx, claim.KeyID)
	if err == nil && claim.Verify(k.Key) == nil {
		return k.Actor, nil
	}
	if err == nil || errors.Is(err, node.ErrNotFound) {
		k, err = in.ask(ctx, claim, client, k)
	}
	switch {
	case err == nil:
		return k.Actor, nil
	case errors.Is(err, busy), errors.Is(err, node.ErrFull), errors.Is(err, node.ErrReadOnly):
		return "", err
	}
	in.Log.Info("signature refused", "key", claim.KeyID, "err", err)
	if discover.Passing(err) {
		// Any doubt is 401 (A14); Retry-After tells who signed rightly to come again.
		return "", &refusal{http.StatusUnauthorized, "the key cannot be fetched now, try again later", time.Minute}
	}
	return "", &refusal{status: http.StatusUnauthorized, reason: "signature refused"}
}

// ask fetches the key of a claim, again if the one that we know does not fit
// (A10), and verifies the claim with it.
func (in *Inbox) ask(ctx context.Context, claim *signature.Claim, client string, misfit *discover.PublicKey) (k *discover.PublicKey, err error) {
	if !in.asking.Enter(client) {
		return nil, busy
	}
	defer in.asking.Leave(client)
	if misfit == nil {
		k, err = in.Finder.Ask(ctx, claim.KeyID)
	} else {
		k, err = in.Finder.Renew(ctx, claim.KeyID, misfit)
	}
	if err != nil {
		return nil, err
	}
	if err := claim.Verify(k.Key); err != nil {
		return nil, fmt.Errorf("%w: %w", authority.ErrNotTheirs, err)
	}
	return k, nil
}

// hostOf is the server of a URI, in its one spelling (A13).
func hostOf(uri string) string {
	u, err := address.URL(uri)
	if err != nil {
		return ""
	}
	return u.Host
}

// Handle does the work of one stored activity; it is the job.Handler of peers.InboxJob.
func (in *Inbox) Handle(ctx context.Context, payload []byte) error {
	id, err := strconv.ParseInt(string(payload), 10, 64)
	if err != nil {
		return fmt.Errorf("read job: %w: %w", job.ErrPoison, err)
	}
	src, err := in.Peers.Source(ctx, id)
	if errors.Is(err, node.ErrNotFound) {
		return nil // done before the process was killed
	}
	if err != nil {
		return err
	}
	doc, err := jsonld.Decode(src.Raw)
	if err != nil {
		return fmt.Errorf("read stored activity %s: %w: %w", src.URI, job.ErrPoison, err)
	}
	actor, err := in.Peers.Actor(ctx, src.ActorURI)
	if errors.Is(err, node.ErrNotFound) {
		return in.Peers.DropSource(ctx, id)
	}
	if err != nil {
		return err
	}
	handle, ok := handlers[doc.Type()]
	if !ok || src.Scheme == "fetched" { // done before, and its number is another document's by now
		return nil
	}
	keep, err := handle(in, ctx, &activity{Object: doc, actor: actor, source: src})
	if err != nil {
		return fmt.Errorf("handle %s %s: %w", doc.Type(), src.URI, err)
	}
	if !keep {
		return in.Peers.DropSource(ctx, id)
	}
	return nil
}

// fingerprint is how a signature is remembered against exact replays.
func fingerprint(c *signature.Claim) string { return hex.EncodeToString(c.Fingerprint[:16]) }
