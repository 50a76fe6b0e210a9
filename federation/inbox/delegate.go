package inbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/go-fed/activity/pub"
	"github.com/go-fed/activity/streams/vocab"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/peers"
)

// taken is a request that passed every check, on its way through go-fed.
type taken struct {
	id     string
	raw    []byte
	claim  *signature.Claim
	signer string
}

type takenKey struct{}

// accept hands a checked activity to go-fed's CustomActor, which resolves its
// types (the only ToType in the program) and calls back to store it. go-fed gets
// a copy with the default context; what is stored is what came in, to the byte.
func (in *Inbox) accept(ctx context.Context, doc jsonld.Object, t *taken) (err error) {
	defer func() {
		if p := recover(); p != nil { // federation.md 10.3: ToType is wrapped
			in.Log.Error("go-fed panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = &refusal{status: http.StatusBadRequest, reason: "the activity cannot be read"}
		}
	}()
	copied := t.raw
	if withContext := jsonld.WithDefaultContext(doc); len(withContext) != len(doc) || doc["@context"] == nil || !named(doc) {
		if copied, err = json.Marshal(withContext); err != nil {
			return fmt.Errorf("copy activity: %w", err)
		}
	}
	ctx = context.WithValue(ctx, takenKey{}, t)
	req := (&http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/ap/inbox"}, Header: http.Header{"Content-Type": {jsonld.ContentTypeLD}},
		Body: io.NopCloser(bytes.NewReader(copied)),
	}).WithContext(ctx)
	w := httptest.NewRecorder()
	done, err := in.actor.PostInbox(ctx, w, req)
	var stored *storeError
	switch {
	case errors.As(err, &stored):
		return stored.err
	case err != nil || !done:
		in.Log.Info("activity refused", "actor", t.signer, "err", err)
		return &refusal{status: http.StatusBadRequest, reason: "the activity cannot be read"}
	case w.Code != http.StatusOK:
		return &refusal{status: w.Code, reason: "the activity cannot be read"}
	}
	return nil
}

// named reports whether doc names the ActivityStreams context itself.
func named(doc jsonld.Object) bool {
	switch c := doc["@context"].(type) {
	case string:
		return c == jsonld.ContextIRI
	case []any:
		for _, v := range c {
			if v == jsonld.ContextIRI {
				return true
			}
		}
	}
	return false
}

// storeError carries an error of our storage through go-fed.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }

// delegate is what go-fed calls back. Everything was checked before; here an
// activity is stored. There is no client-to-server side and no forwarding.
type delegate struct{ in *Inbox }

func (d *delegate) AuthenticatePostInbox(ctx context.Context, _ http.ResponseWriter, _ *http.Request) (context.Context, bool, error) {
	_, ok := ctx.Value(takenKey{}).(*taken)
	return ctx, ok, nil
}

func (d *delegate) PostInboxRequestBodyHook(ctx context.Context, _ *http.Request, _ pub.Activity) (context.Context, error) {
	return ctx, nil
}

// AuthorizePostInbox checks again, on the types as go-fed reads them, that both
// readers see the same actor: a difference would be somebody's trick (C2).
func (d *delegate) AuthorizePostInbox(ctx context.Context, w http.ResponseWriter, a pub.Activity) (bool, error) {
	t, ok := ctx.Value(takenKey{}).(*taken)
	if !ok {
		return false, node.ErrForbidden
	}
	actors := a.GetActivityStreamsActor()
	if actors == nil || actors.Len() != 1 {
		w.WriteHeader(http.StatusBadRequest)
		return false, nil
	}
	id, err := pub.ToId(actors.At(0))
	if err != nil || id.String() != t.signer && !sameURL(id, t.signer) {
		w.WriteHeader(http.StatusBadRequest)
		return false, nil
	}
	return true, nil
}

func sameURL(u *url.URL, s string) bool {
	v, err := url.Parse(s)
	return err == nil && u.String() == v.String()
}

// PostInbox stores the activity and its job; after it returns nil, 202 is true.
func (d *delegate) PostInbox(ctx context.Context, _ *url.URL, a pub.Activity) error {
	t, ok := ctx.Value(takenKey{}).(*taken)
	if !ok || a.GetJSONLDId() == nil || a.GetJSONLDId().Get() == nil {
		return pub.ErrObjectRequired
	}
	fresh, err := d.in.Peers.Take(context.WithoutCancel(ctx), peers.Incoming{
		Source:      &node.Source{URI: t.id, Raw: t.raw, SignerKey: t.claim.KeyID, Scheme: string(t.claim.Scheme), ActorURI: t.signer},
		Fingerprint: fingerprint(t.claim), Lane: t.signer,
	})
	if err != nil {
		return &storeError{err}
	}
	if fresh {
		d.in.Arrived()
	}
	return nil
}

func (d *delegate) InboxForwarding(context.Context, *url.URL, pub.Activity) error { return nil }

// What follows belongs to reading an inbox and to client-to-server, which this
// node does not offer.

func (d *delegate) PostOutboxRequestBodyHook(ctx context.Context, _ *http.Request, _ vocab.Type) (context.Context, error) {
	return ctx, node.ErrForbidden
}

func (d *delegate) AuthenticateGetInbox(ctx context.Context, _ http.ResponseWriter, _ *http.Request) (context.Context, bool, error) {
	return ctx, false, node.ErrForbidden
}

func (d *delegate) AuthenticatePostOutbox(ctx context.Context, _ http.ResponseWriter, _ *http.Request) (context.Context, bool, error) {
	return ctx, false, node.ErrForbidden
}

func (d *delegate) AuthenticateGetOutbox(ctx context.Context, _ http.ResponseWriter, _ *http.Request) (context.Context, bool, error) {
	return ctx, false, node.ErrForbidden
}

func (d *delegate) PostOutbox(context.Context, pub.Activity, *url.URL, map[string]interface{}) (bool, error) {
	return false, node.ErrForbidden
}

func (d *delegate) AddNewIDs(context.Context, pub.Activity) error { return node.ErrForbidden }

func (d *delegate) Deliver(context.Context, *url.URL, pub.Activity) error { return node.ErrForbidden }

func (d *delegate) WrapInCreate(context.Context, vocab.Type, *url.URL) (vocab.ActivityStreamsCreate, error) {
	return nil, node.ErrForbidden
}

func (d *delegate) GetOutbox(context.Context, *http.Request) (vocab.ActivityStreamsOrderedCollectionPage, error) {
	return nil, node.ErrForbidden
}

func (d *delegate) GetInbox(context.Context, *http.Request) (vocab.ActivityStreamsOrderedCollectionPage, error) {
	return nil, node.ErrForbidden
}

// clock gives go-fed the node's time.
type clock func() time.Time

func (c clock) Now() time.Time { return c() }
