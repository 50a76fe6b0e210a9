// Package discover finds out who is who on other servers: actors, their keys,
// the handle behind a URL and the actor behind a handle. What it finds it
// stores through node/peers. All its requests are signed by the node itself,
// never by a person (federation.md 2.3).
package discover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/peers"
)

// Finder finds actors and keys.
type Finder struct {
	Client *fetch.Client
	Peers  *peers.Service
	Origin node.Origin
	// Sign signs a GET as the node, in a scheme.
	Sign func(*http.Request, signature.Scheme) error
	Now  func() time.Time
	Log  *slog.Logger

	keys  keyCache
	asked flights                  // keys that are being fetched
	learn sync.Map                 // host -> struct{}: being looked up
	knock habits[signature.Scheme] // what each host's last signed GET took
}

// fresh is how long what an actor says of itself is believed without asking again (federation.md 9).
const fresh = 24 * time.Hour

// Document fetches what lies at uri and checks that it speaks for itself (A7).
func (f *Finder) Document(ctx context.Context, p fetch.Purpose, uri string) (jsonld.Object, *node.Source, error) {
	asked := uri
	for range 2 {
		resp, err := f.get(ctx, p, asked)
		if err != nil {
			return nil, nil, err
		}
		doc, err := jsonld.DecodeWithin(resp.Body, fetchLimits)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", asked, err)
		}
		again, err := authority.Fetched(doc, asked, resp.URL)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", asked, err)
		}
		if again == "" {
			return doc, fetched(doc.ID(), doc.IDOf("attributedTo"), resp), nil
		}
		asked = again
	}
	return nil, nil, fmt.Errorf("read %s: its id leads elsewhere: %w", uri, authority.ErrNotTheirs)
}

func fetched(id, actor string, resp *fetch.Response) *node.Source {
	return &node.Source{URI: id, Raw: resp.Body, SignerKey: resp.URL, Scheme: "fetched", ActorURI: actor}
}

// schemes are tried in this order on a server that refuses a signed GET
// (federation.md 13); Fedify leaves the query out of what it verifies.
var schemes = []signature.Scheme{signature.Cavage, signature.RFC9421, signature.CavageWithoutQuery}

// get fetches signed as the node. What the server took is remembered, and
// tried first the next time.
func (f *Finder) get(ctx context.Context, p fetch.Purpose, uri string, prepare ...func(*http.Request)) (*fetch.Response, error) {
	u, err := address.URL(uri)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w: %w", uri, fetch.ErrBlockedAddress, err)
	}
	if f.owns(uri) { // under whatever spelling: nothing of ours comes in from outside (A5)
		return nil, fmt.Errorf("get %s: it is ours: %w", uri, authority.ErrNotTheirs)
	}
	order := schemes
	if last, ok := f.knock.get(u.Host); ok {
		order = append([]signature.Scheme{last}, schemes...)
	}
	var resp *fetch.Response
	for i, scheme := range order {
		if i > 0 {
			if scheme == order[0] || scheme == signature.CavageWithoutQuery && u.RawQuery == "" {
				continue
			}
			f.Client.Forget(uri)
		}
		resp, err = f.Client.Get(ctx, p, uri, func(r *http.Request) error {
			for _, change := range prepare {
				change(r)
			}
			return f.Sign(r, scheme)
		})
		if err == nil {
			if i > 0 {
				f.knock.put(u.Host, scheme)
			}
			return resp, nil
		}
		if !refused(err) {
			return nil, err
		}
	}
	return nil, err
}

// refused reports whether a server may have disliked the signature and not the request.
func refused(err error) bool {
	var status *fetch.StatusError
	if !errors.As(err, &status) || errors.Is(err, fetch.ErrCached) {
		return false
	}
	switch status.Code {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError:
		return true
	}
	return false
}

// fetchLimits are wider than the inbox's: an actor or a page of posts is larger (B4).
var fetchLimits = jsonld.Limits{Size: 1 << 20, Depth: 32, Elements: 10000}

// Actor returns an actor, as stored when that is fresh, else as its server shows it now.
func (f *Finder) Actor(ctx context.Context, uri string) (*node.RemoteActor, error) {
	a, err := f.Peers.Actor(ctx, uri)
	if err == nil && f.Now().Sub(a.FetchedAt) < fresh {
		return a, nil
	}
	if err != nil && !errors.Is(err, node.ErrNotFound) {
		return nil, err
	}
	now, err := f.FetchActor(ctx, uri)
	if err != nil && a != nil && a.URI != "" {
		return a, nil // its server is not answering: what we have must do
	}
	return now, err
}

// FetchActor asks an actor's server what it says now, and stores it with its keys.
func (f *Finder) FetchActor(ctx context.Context, uri string) (*node.RemoteActor, error) {
	doc, src, err := f.Document(ctx, fetch.Actor, uri)
	if err != nil {
		return nil, err
	}
	a, keys, err := f.read(doc)
	if err != nil {
		return nil, err
	}
	if err := f.uncontested(ctx, a); err != nil {
		return nil, err
	}
	if err := f.put(ctx, a, ownKeys(a.URI, keys, ""), src, time.Time{}); err != nil {
		return nil, err
	}
	return a, nil
}

// StoreActor stores what an actor sent of itself, without the network. Its
// handle is to be the one that we know it by.
func (f *Finder) StoreActor(ctx context.Context, doc jsonld.Object, src *node.Source) error {
	a, keys, err := f.read(doc)
	if err != nil {
		return err
	}
	return f.put(ctx, a, ownKeys(a.URI, keys, ""), src, f.Now())
}

// owns reports whether an address is this node's, however it is spelled.
func (f *Finder) owns(uri string) bool { return address.SameOrigin(uri, string(f.Origin)) }

func (f *Finder) read(doc jsonld.Object) (*node.RemoteActor, []node.RemoteKey, error) {
	if f.owns(doc.ID()) { // A5
		return nil, nil, fmt.Errorf("read actor %s: it is ours: %w", doc.ID(), authority.ErrNotTheirs)
	}
	return vocab.ReadActor(doc)
}

// put stores an actor with its keys. checked is when these were last fetched
// because of a failed signature.
func (f *Finder) put(ctx context.Context, a *node.RemoteActor, keys []node.RemoteKey, src *node.Source, checked time.Time) error {
	src.ActorURI = a.URI
	for i := range keys {
		keys[i].CheckedAt = checked
	}
	if err := f.Peers.PutActor(ctx, a, keys, src); err != nil {
		return err
	}
	f.keys.drop(a.URI)
	return nil
}

// Find looks up a person or an organization by handle or URL, for somebody who
// wants to follow it. Its errors say what to do.
func (f *Finder) Find(ctx context.Context, handleOrURL string) (*node.RemoteActor, error) {
	ref := strings.TrimSpace(handleOrURL)
	if strings.Contains(ref, "://") {
		return f.findURL(ctx, ref)
	}
	h, err := address.ParseHandle(ref)
	if err != nil {
		return nil, node.Invalid("who", "error.follow.form", "who", ref)
	}
	return f.findHandle(ctx, h)
}

func (f *Finder) findHandle(ctx context.Context, h address.Handle) (*node.RemoteActor, error) {
	if f.Origin.Host() == h.Host {
		return nil, node.Invalid("who", "error.follow.local")
	}
	f.Client.Forget(f.fingerURL(h))
	uri, err := f.webFinger(ctx, h)
	if err != nil {
		return nil, f.cure(err, h.String(), h.Host)
	}
	a, err := f.forFollowing(ctx, uri)
	if err != nil {
		return nil, f.cure(err, h.String(), h.Host)
	}
	return a, nil
}

func (f *Finder) findURL(ctx context.Context, ref string) (*node.RemoteActor, error) {
	u, err := address.URL(ref)
	if err != nil {
		return nil, node.Invalid("who", "error.follow.form", "who", ref)
	}
	if f.owns(ref) {
		return nil, node.Invalid("who", "error.follow.local")
	}
	a, err := f.forFollowing(ctx, ref)
	if err != nil {
		return nil, f.cure(err, ref, u.Host)
	}
	return a, nil
}

// forFollowing fetches an actor for somebody who asks now, whatever failed before.
func (f *Finder) forFollowing(ctx context.Context, uri string) (*node.RemoteActor, error) {
	f.Client.Forget(uri)
	doc, src, err := f.Document(ctx, fetch.Actor, uri)
	if err != nil {
		return nil, err
	}
	a, keys, err := f.read(doc)
	if err != nil {
		return nil, err
	}
	f.Client.Forget(f.fingerURL(handleOf(a)))
	if err := f.leadsBack(ctx, a); err != nil {
		return nil, err
	}
	if err := f.put(ctx, a, ownKeys(a.URI, keys, ""), src, time.Time{}); err != nil {
		return nil, err
	}
	f.Learn(ctx, a.Host)
	return a, nil
}

func handleOf(a *node.RemoteActor) address.Handle {
	return address.Handle{User: a.Username, Host: a.Host}
}

// leadsBack checks that an actor's handle is its own: handles are shown with
// the host of the actor's id, so that host must agree (A11).
func (f *Finder) leadsBack(ctx context.Context, a *node.RemoteActor) error {
	back, err := f.webFinger(ctx, handleOf(a))
	if err != nil {
		return fmt.Errorf("check handle of %s: %w", a.URI, err)
	}
	if back != a.URI {
		return fmt.Errorf("handle %s leads to another actor: %w", a.Handle(), authority.ErrNotTheirs)
	}
	return nil
}

// uncontested checks the handle of an actor that came by itself: if we know
// somebody else by it, its host decides who that is now (A11). An actor for
// members of a network has no handle to look up; when somebody has closed one
// and made another, their server says of the first that it is no more.
func (f *Finder) uncontested(ctx context.Context, a *node.RemoteActor) error {
	other, err := f.Peers.ActorByHandle(ctx, a.Username, a.Host)
	if errors.Is(err, node.ErrNotFound) || err == nil && (other.URI == a.URI || other.Gone) {
		return nil
	}
	if err != nil {
		return err
	}
	err = f.leadsBack(ctx, a)
	if err == nil || f.closed(ctx, other.URI) {
		return nil
	}
	return err
}

// closed reports whether an actor's server says now that it is no more.
func (f *Finder) closed(ctx context.Context, uri string) bool {
	f.Client.Forget(uri)
	_, _, err := f.Document(ctx, fetch.Actor, uri)
	var status *fetch.StatusError
	return errors.As(err, &status) && status.Code == http.StatusGone
}

// cure turns a failed lookup into a sentence for who asked.
func (f *Finder) cure(err error, who, host string) error {
	var status *fetch.StatusError
	key := "error.follow.unreachable"
	switch {
	case errors.As(err, new(*node.FieldError)):
		return err
	case errors.Is(err, fetch.ErrBlockedAddress):
		key = "error.follow.address"
	case errors.As(err, &status) && (status.Code == http.StatusNotFound || status.Code == http.StatusGone):
		key = "error.follow.nobody"
	case errors.Is(err, fetch.ErrBudget):
		key = "error.follow.later"
	case errors.Is(err, vocab.ErrDocument), errors.Is(err, fetch.ErrMediaType), errors.Is(err, jsonld.ErrMalformed), errors.Is(err, errNoActor):
		key = "error.follow.notactor"
	case errors.Is(err, authority.ErrNotTheirs):
		key = "error.follow.mismatch"
	}
	f.Log.Info("lookup failed", "host", host, "err", err)
	return node.Invalid("who", key, "who", who, "host", host)
}
