package discover

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
)

// ErrUnchanged means that what was asked for is still what the entity tag names.
var ErrUnchanged = errors.New("unchanged")

// Conditional fetches what lies at uri, signed as the node, unless it is still
// what etag names (RFC 9110 §13.1.2): then it is ErrUnchanged. What failed before
// does not count. The document speaks for its origin; whether it is the one that
// was meant the caller sees by its id.
func (f *Finder) Conditional(ctx context.Context, uri, etag string) (jsonld.Object, *fetch.Response, error) {
	f.Client.Forget(uri)
	resp, err := f.get(ctx, fetch.Object, uri, func(r *http.Request) {
		if etag != "" {
			r.Header.Set("If-None-Match", etag)
		}
	})
	var status *fetch.StatusError
	if errors.As(err, &status) && status.Code == http.StatusNotModified && etag != "" {
		f.Client.Forget(uri) // it is no failure
		return nil, nil, ErrUnchanged
	}
	if err != nil {
		return nil, nil, err
	}
	doc, err := jsonld.DecodeWithin(resp.Body, fetchLimits)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", uri, err)
	}
	if _, err := authority.Fetched(doc, uri, resp.URL); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", uri, err)
	}
	return doc, resp, nil
}
