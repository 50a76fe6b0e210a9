package inbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/federation/inbox"
	"github.com/poweron-network/poweron/federation/jsonld"
)

// TestMediaTypes takes documents of the two types of ActivityPub in whatever
// order their parameters come, and nothing else (federation.md 9).
func TestMediaTypes(t *testing.T) {
	const profile = `profile="https://www.w3.org/ns/activitystreams"`
	for _, tt := range []struct {
		contentType string
		want        int
	}{
		{"application/activity+json", 200},
		{"Application/Activity+JSON", 200},
		{"application/activity+json; charset=utf-8", 200},
		{"application/activity+json;charset=utf-8;" + profile, 200},
		{"application/ld+json; " + profile, 200},
		{"application/ld+json;" + profile + ";charset=utf-8", 200},
		{"application/ld+json; charset=utf-8; " + profile, 200},
		{`application/ld+json; profile="https://w3id.org/security/v1 https://www.w3.org/ns/activitystreams"`, 200},
		{`application/ld+json; PROFILE="https://www.w3.org/ns/activitystreams"`, 200},
		{"application/ld+json", 415},
		{`application/ld+json; profile="https://other.example/"`, 415},
		{`application/ld+json; profile="https://www.w3.org/ns/activitystreams.evil.example"`, 415},
		{"application/json", 415},
		{"text/html", 415},
		{"text/plain; " + profile, 415},
		{"multipart/form-data; boundary=x", 415},
		{"application/activity+json; charset=a; charset=b", 415},
		{"application/activity+json, text/html", 415},
		{";", 415},
		{"", 415},
	} {
		r := httptest.NewRequest(http.MethodPost, "/ap/inbox", strings.NewReader(`{}`))
		r.Header.Set("Content-Type", tt.contentType)
		if got := inbox.Body(httptest.NewRecorder(), r); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.contentType, got, tt.want)
		}
	}
	for size, want := range map[int]int{jsonld.DefaultSize: 200, jsonld.DefaultSize + 1: 413} {
		r := httptest.NewRequest(http.MethodPost, "/ap/inbox", strings.NewReader(strings.Repeat(" ", size)))
		r.Header.Set("Content-Type", "application/activity+json")
		if got := inbox.Body(httptest.NewRecorder(), r); got != want {
			t.Errorf("%d bytes: %d, want %d", size, got, want)
		}
	}
}
