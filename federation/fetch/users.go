package fetch

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// Purpose is why the node asks another server.
type Purpose string

// The purposes of outbound requests. Each has a row in Users.
const (
	Key       Purpose = "key"
	Actor     Purpose = "actor"
	Object    Purpose = "object"
	Delivery  Purpose = "delivery"
	WebFinger Purpose = "webfinger"
	NodeInfo  Purpose = "nodeinfo"
	HostMeta  Purpose = "host-meta"
)

// User is one use of the client.
type User struct {
	Purpose Purpose
	Method  string // GET or POST
	// Accept are the media types of a document that is believed; a profile
	// named here must be among those of the answer.
	Accept       []string
	MaxBytes     int64 // of the decoded answer to a GET, of the body of a POST
	MaxRedirects int
	Description  string
}

const (
	jsonLimit = 1 << 20 // B4

	activityJSON = "application/activity+json"
	ldJSON       = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
	jrdJSON      = "application/jrd+json"
	plainJSON    = "application/json"
	xrdXML       = "application/xrd+xml"
)

// Users is every use of the client. A new kind of request is a new row here,
// and every test of this package runs it against all hostile addresses.
var Users = []User{
	{Key, http.MethodGet, []string{activityJSON, ldJSON}, jsonLimit, 3, "the document of a key id, to check a signature"},
	{Actor, http.MethodGet, []string{activityJSON, ldJSON}, jsonLimit, 3, "an actor, to show, follow or answer it"},
	{Object, http.MethodGet, []string{activityJSON, ldJSON}, jsonLimit, 3, "a post, event, collection or activity"},
	{Delivery, http.MethodPost, nil, jsonLimit, 0, "an activity to an inbox"},
	{WebFinger, http.MethodGet, []string{jrdJSON, plainJSON}, jsonLimit, 3, "the actor behind a handle"},
	{NodeInfo, http.MethodGet, []string{plainJSON, jrdJSON}, jsonLimit, 3, "the software and actor of a server"},
	{HostMeta, http.MethodGet, []string{xrdXML}, jsonLimit, 3, "where a domain keeps its WebFinger"},
}

// userFor returns the row of a purpose. Without one there is no request (B1).
func userFor(p Purpose, method string) (*User, error) {
	for i := range Users {
		if Users[i].Purpose == p && Users[i].Method == method {
			return &Users[i], nil
		}
	}
	return nil, fmt.Errorf("%s for %q: %w", method, string(p), ErrPurpose)
}

func (u *User) accept() string { return strings.Join(u.Accept, ", ") }

// read returns the decoded body of a document of an accepted type and size. The
// transport undoes gzip before this, so a small answer cannot grow past the
// limit (B4).
func (u *User) read(resp *http.Response) ([]byte, error) {
	types := resp.Header.Values("Content-Type")
	if len(types) != 1 || !u.accepts(types[0]) || resp.Header.Get("Content-Encoding") != "" {
		return nil, fmt.Errorf("read answer of type %q, not %s: %w", types, u.accept(), ErrMediaType)
	}
	if resp.ContentLength > u.MaxBytes {
		return nil, fmt.Errorf("read answer of %d bytes: %w", resp.ContentLength, ErrTooLarge)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, u.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if int64(len(body)) > u.MaxBytes {
		return nil, fmt.Errorf("read answer of more than %d bytes: %w", u.MaxBytes, ErrTooLarge)
	}
	return body, nil
}

// accepts compares a Content-Type with the row, in any order of parameters. A
// page or an upload that merely looks like an actor is not one (federation.md 9,
// GHSA-jhrq-qvrm-qr36).
func (u *User) accepts(contentType string) bool {
	// On error got is empty, or the type alone where only a parameter is broken.
	got, params, _ := mime.ParseMediaType(contentType)
	for _, want := range u.Accept {
		wanted, wantedParams, _ := mime.ParseMediaType(want) // our own constants
		profile := wantedParams["profile"]
		if got == wanted && (profile == "" || slices.Contains(strings.Fields(params["profile"]), profile)) {
			return true
		}
	}
	return false
}
