package discover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"slices"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
)

// errNoActor means that a server knows a handle but names no actor for it.
var errNoActor = errors.New("no actor behind this handle")

// maxLinks bounds how many links of a JRD are read.
const maxLinks = 50

// fingerURL is where a host tells which actor a handle is.
func (f *Finder) fingerURL(h address.Handle) string {
	u := url.URL{Scheme: f.schemeFor(h.Host), Host: h.Host, Path: "/.well-known/webfinger", RawQuery: "resource=" + url.QueryEscape(h.Acct())}
	return u.String()
}

// webFinger returns the id of the actor behind a handle (RFC7033 §4).
func (f *Finder) webFinger(ctx context.Context, h address.Handle) (string, error) {
	resp, err := f.Client.Get(ctx, fetch.WebFinger, f.fingerURL(h), nil)
	if err != nil {
		return "", err
	}
	var jrd vocab.JRD
	if err := json.Unmarshal(resp.Body, &jrd); err != nil {
		return "", fmt.Errorf("read webfinger of %s: %w: %w", h, jsonld.ErrMalformed, err)
	}
	for _, l := range jrd.Links[:min(len(jrd.Links), maxLinks)] {
		if l.Rel != "self" || !isActivity(l.Type) {
			continue
		}
		if _, err := address.URL(l.Href); err == nil {
			return l.Href, nil
		}
	}
	return "", fmt.Errorf("webfinger of %s: %w", h, errNoActor)
}

// schemeFor is https, but http for a host inside the ranges allowed for tests.
func (f *Finder) schemeFor(host string) string {
	if f.Client.AllowsPlain(host) {
		return "http"
	}
	return "https"
}

func isActivity(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && slices.Contains([]string{"application/activity+json", "application/ld+json"}, t)
}
