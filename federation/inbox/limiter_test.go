package inbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/inbox"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node/nodetest"
)

func TestD7Limiter(t *testing.T) {
	clock := nodetest.NewClock()
	l := inbox.NewLimiter(5, clock.Now)
	for i := range 5 {
		if wait := l.Take("a"); wait != 0 || l.Full("a") != 0 && i < 4 {
			t.Fatalf("event %d has to wait %s", i, wait)
		}
	}
	wait := l.Take("a")
	if wait <= 0 || wait > time.Minute || l.Full("a") <= 0 {
		t.Errorf("the sixth of five has to wait %s", wait)
	}
	if l.Take("b") != 0 || l.Full("c") != 0 {
		t.Error("others have to wait")
	}
	for range 10 {
		l.Take("a") // in vain: it puts nothing off
	}
	clock.Add(wait)
	if l.Full("a") != 0 || l.Take("a") != 0 || l.Take("a") == 0 {
		t.Error("after the wait there is not room for one")
	}
	clock.Add(5 * time.Minute)
	for i := range 5 {
		if l.Take("a") != 0 {
			t.Errorf("five minutes later event %d has to wait", i)
		}
	}
	clock.Add(-time.Hour)
	if l.Take("a") <= 0 {
		t.Error("a clock that goes back makes room")
	}
	none := inbox.NewLimiter(0, clock.Now)
	for range 1000 {
		if none.Take("a") != 0 || none.Full("a") != 0 {
			t.Fatal("no limit limits")
		}
	}
}

// TestR21LimiterIsBounded: whoever has not used anything up is forgotten first.
func TestR21LimiterIsBounded(t *testing.T) {
	clock := nodetest.NewClock()
	l := inbox.NewLimiter(5, clock.Now)
	for range inbox.MaxCounted / 2 {
		l.Take(fmt.Sprint("old", l.Names()))
	}
	clock.Add(time.Hour) // they are as good as new
	for range 6 {
		l.Take("loud")
	}
	for i := range inbox.MaxCounted {
		l.Take(fmt.Sprint("new", i))
		if l.Names() > inbox.MaxCounted {
			t.Fatalf("%d names", l.Names())
		}
		if i == inbox.MaxCounted/2 && l.Full("loud") == 0 {
			t.Error("the loud one was forgotten before those that are quiet")
		}
	}
}

func TestR12Gate(t *testing.T) {
	g := inbox.NewGate(3, 2)
	for i, want := range []bool{true, true, false} {
		if g.Enter("a") != want {
			t.Errorf("one client has room for two: request %d", i+1)
		}
	}
	if !g.Enter("b") || g.Enter("b") || g.Enter("c") {
		t.Error("all have room for three")
	}
	g.Leave("a")
	if !g.Enter("c") {
		t.Error("who leaves makes room")
	}
	g.Leave("a")
	g.Leave("b")
	g.Leave("c")
	if !g.Empty() {
		t.Error("it remembers who left")
	}
}

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
