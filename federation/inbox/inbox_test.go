package inbox_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/inbox"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// key signs for all actors of these tests.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, _ := rsa.GenerateKey(rand.Reader, 2048)
	return k
})

// world is an inbox on a node of its own.
type world struct {
	*nodetest.Node
	t       *testing.T
	inbox   *inbox.Inbox
	arrived atomic.Int64
	serial  atomic.Int64
	client  string // the address that requests come from
}

func newWorld(t *testing.T, rate int) *world {
	t.Helper()
	w := &world{Node: nodetest.NewNode(t), t: t, client: "192.0.2.1"}
	client := fetch.New(fetch.Options{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.77.0.0/16")}, Now: w.Clock.Now})
	t.Cleanup(client.Close)
	log := slog.New(slog.DiscardHandler)
	finder := &discover.Finder{Client: client, Peers: w.Peers, Origin: w.Origin, Now: w.Clock.Now, Log: log, Sign: func(r *http.Request, s signature.Scheme) error {
		return signature.Sign(r, nil, s, signature.Key{ID: w.Origin.Relay() + "#main-key", Private: key()}, w.Clock.Now())
	}}
	w.inbox = &inbox.Inbox{
		Finder: finder, Peers: w.Peers, Conversation: w.Conversation, Following: w.Following, Origin: w.Origin, Now: w.Clock.Now, Log: log, Rate: rate,
		ClientAddress: func(r *http.Request) string { return strings.TrimSuffix(r.RemoteAddr, ":1") },
		Arrived:       func() { w.arrived.Add(1) }, Revive: func(string) {},
	}
	if err := w.inbox.Start(); err != nil {
		t.Fatal(err)
	}
	return w
}

// know stores an actor with its key.
func (w *world) know(uri string) string {
	w.t.Helper()
	pem, err := signature.EncodePublicKeyPEM(key().Public())
	if err != nil {
		w.t.Fatal(err)
	}
	host := "evil.example"
	a := &node.RemoteActor{URI: uri, Type: "Person", Username: "eve", Host: host, Name: "Eve", Inbox: uri + "/inbox"}
	keys := []node.RemoteKey{{ID: uri + "#main-key", ActorURI: uri, Algorithm: "rsa", Public: pem}}
	if err := w.Peers.PutActor(w.t.Context(), a, keys, &node.Source{URI: uri, Raw: []byte(`{}`), ActorURI: uri}); err != nil {
		w.t.Fatal(err)
	}
	return uri
}

// request is an activity by actor, signed.
func (w *world) request(actor string, change ...func(map[string]any)) *http.Request {
	w.t.Helper()
	doc := map[string]any{
		"@context": "https://www.w3.org/ns/activitystreams", "id": actor + "/activities/" + fmt.Sprint(w.serial.Add(1)), "type": "Like", "actor": actor, "object": w.Origin.Relay(),
	}
	for _, f := range change {
		f(doc)
	}
	body, err := json.Marshal(doc)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, w.Origin.SharedInbox(), bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/activity+json")
	r.RemoteAddr = w.client + ":1"
	if err := signature.Sign(r, body, signature.Cavage, signature.Key{ID: actor + "#main-key", Private: key()}, w.Clock.Now()); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) send(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.inbox.ServeHTTP(rec, r)
	return rec
}

func (w *world) post(actor string, change ...func(map[string]any)) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.send(w.request(actor, change...))
}

func (w *world) counter(name string) int64 {
	w.t.Helper()
	var all map[string]int64
	err := w.DB.View(w.t.Context(), func(tx *store.Tx) (err error) { all, err = tx.Counters(w.t.Context()); return err })
	if err != nil {
		w.t.Fatal(err)
	}
	return all[name]
}

// listen starts another server at 127.77.4.last.
func listen(t *testing.T, last int, h http.Handler) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.77.4.%d:0", last))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + ln.Addr().String()
}

// TestA14KeysThatCannotBeHad tells a sender to come again when its key cannot be
// fetched for now, and refuses it when it cannot be fetched at all. Neither is taken.
func TestA14KeysThatCannotBeHad(t *testing.T) {
	for name, tt := range map[string]struct {
		answer int
		again  bool // Retry-After is told
	}{
		"gone":      {http.StatusGone, false},
		"not there": {http.StatusNotFound, false},
		"refused":   {http.StatusForbidden, false},
		"a page":    {http.StatusOK, false},
		"broken":    {http.StatusBadGateway, true},
		"busy":      {http.StatusTooManyRequests, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 0)
			url := listen(t, 1, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(tt.answer) }))
			rec := w.post(url + "/users/eve")
			if rec.Code != 401 || (rec.Header().Get("Retry-After") != "") != tt.again {
				t.Errorf("answered %d %v, to come again: %v", rec.Code, rec.Header(), tt.again)
			}
			if w.arrived.Load() != 0 {
				t.Error("it was taken")
			}
		})
	}
	w := newWorld(t, 0)
	if rec := w.post("http://127.77.4.250:1/users/eve"); rec.Code != 401 {
		t.Errorf("nobody listens there: %d", rec.Code)
	}
	for _, blocked := range []string{"http://127.0.0.1:8080/users/eve", "https://10.0.0.1/users/eve", "https://[::1]/users/eve", w.Origin.Relay(), "https://NODE.example.org/ap/node"} {
		if rec := w.post(blocked); rec.Code != 401 {
			t.Errorf("%s: %d", blocked, rec.Code)
		}
	}
}

// TestR12NoRoom turns requests away while others are inside.
func TestR12NoRoom(t *testing.T) {
	w := newWorld(t, 0)
	entered, go_ := make(chan struct{}, 10), make(chan struct{})
	url := listen(t, 1, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-go_
		rw.WriteHeader(http.StatusNotFound)
	}))
	known := w.know("https://evil.example/users/eve")
	w.inbox.Narrow(3, 1)
	slow := make(chan int)
	waits := w.request(url + "/users/a")
	go func() { slow <- w.send(waits).Code }()
	<-entered
	// One waits for another server, and only one may: who is known gets in beside it.
	rec := w.post(url + "/users/b")
	if rec.Code != 503 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("a second unknown one: %d %v", rec.Code, rec.Header())
	}
	if rec := w.post(known); rec.Code != 202 {
		t.Errorf("a known one: %d", rec.Code)
	}
	w.inbox.Narrow(0, 1)
	if rec := w.post(known); rec.Code != 503 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("with no room: %d", rec.Code)
	}
	close(go_)
	if got := <-slow; got != 401 {
		t.Errorf("the one that waited: %d", got)
	}
}

// TestFailedAttemptsCostNothing: who fails too often is asked to wait, and nobody else.
func TestFailedAttemptsCostNothing(t *testing.T) {
	w := newWorld(t, 0)
	known := w.know("https://evil.example/users/eve")
	unsigned := func() int {
		r := w.request(known)
		r.Header.Del("Signature")
		return w.send(r).Code
	}
	for range 300 {
		if got := unsigned(); got != 401 {
			t.Fatal(got)
		}
	}
	if rec := w.post(known); rec.Code != 429 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("after 300 failures: %d", rec.Code)
	}
	w.client = "192.0.2.2"
	if rec := w.post(known); rec.Code != 202 {
		t.Errorf("another client: %d", rec.Code)
	}
	w.client = "192.0.2.1"
	w.Clock.Add(5 * time.Minute)
	if rec := w.post(known); rec.Code != 202 {
		t.Errorf("five minutes later: %d", rec.Code)
	}
}

// TestGoodbyesOfStrangers are answered however many come, and counted up to a bound.
func TestGoodbyesOfStrangers(t *testing.T) {
	w := newWorld(t, 0)
	goodbye := func(d map[string]any) { d["type"], d["object"] = "Delete", d["actor"] }
	for i := range 310 {
		if rec := w.post(fmt.Sprintf("https://gone.example/users/%d", i), goodbye); rec.Code != 202 {
			t.Fatalf("goodbye %d: %d", i, rec.Code)
		}
	}
	if got := w.counter("inbox.unknown_actor_deleted"); got != 300 {
		t.Errorf("%d were counted", got)
	}
	for name, change := range map[string]func(map[string]any){
		"of nobody":  func(d map[string]any) { d["type"] = "Delete"; delete(d, "actor"); delete(d, "object") },
		"of another": func(d map[string]any) { d["type"], d["object"] = "Delete", "https://gone.example/users/other" },
		"no Delete":  func(d map[string]any) { d["type"], d["object"] = "Undo", d["actor"] },
	} {
		if rec := w.post("https://10.0.0.1/users/eve", change); rec.Code != 401 {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	// Of who is known it has to be signed.
	known := w.know("https://evil.example/users/eve")
	forged := w.request("https://10.0.0.1/users/mallory", func(d map[string]any) { d["type"], d["actor"], d["object"] = "Delete", known, known })
	if rec := w.send(forged); rec.Code != 401 {
		t.Errorf("a forged goodbye of somebody known: %d", rec.Code)
	}
	if a, err := w.Peers.Actor(t.Context(), known); err != nil || a.Gone {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestA13OneServerOneRate sends as actors whose ids spell the same server in many ways.
func TestA13OneServerOneRate(t *testing.T) {
	w := newWorld(t, 3)
	var got []int
	for i, host := range []string{"evil.example", "EVIL.example", "evil.example.", "evil.example:443", "evil.example:0443", "evil.Example:00443"} {
		got = append(got, w.post(w.know(fmt.Sprintf("https://%s/users/%d", host, i))).Code)
	}
	if fmt.Sprint(got) != "[202 202 202 429 429 429]" {
		t.Errorf("answered %v", got)
	}
	if rec := w.post(w.know("https://other.example/users/eve")); rec.Code != 202 {
		t.Errorf("another server: %d", rec.Code)
	}
}

// TestC2BothReadersSeeOneActor lets go-fed check documents whose signer is
// another than the one that it reads, or that it reads differently.
func TestC2BothReadersSeeOneActor(t *testing.T) {
	w := newWorld(t, 0)
	const eve, ana = "https://evil.example/users/eve", "https://good.example/users/ana"
	for _, tt := range []struct {
		name, actor string
		want        int
	}{
		{"the signer", `"` + eve + `"`, 202},
		{"in a list", `["` + eve + `"]`, 202},
		{"embedded", `{"type":"Person","id":"` + eve + `"}`, 202},
		{"another", `"` + ana + `"`, 400},
		{"another, embedded", `{"type":"Person","id":"` + ana + `"}`, 400},
		{"two", `["` + eve + `","` + ana + `"]`, 400},
		{"the same twice", `["` + eve + `","` + eve + `"]`, 400},
		{"another's id beside it", `{"type":"Person","id":"` + ana + `","url":"` + eve + `"}`, 400},
		{"a mention of it", `{"type":"Mention","href":"` + ana + `"}`, 400},
		{"a mention of the signer by another id", `{"type":"Mention","id":"` + ana + `","href":"` + eve + `"}`, 400},
		{"a number", `7`, 400},
		{"nothing", `null`, 400},
		{"no id", `{"type":"Person"}`, 400},
	} {
		w.arrived.Store(0)
		raw := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":"%s/%d","type":"Like","actor":%s,"object":"https://x.example/1"}`, eve, w.serial.Add(1), tt.actor)
		status, err := w.inbox.Accept(t.Context(), []byte(raw), eve)
		if err != nil || status != tt.want || (w.arrived.Load() == 1) != (tt.want == 202) {
			t.Errorf("%s: %d, %v, %d arrived", tt.name, status, err, w.arrived.Load())
		}
	}
}

// TestA8RacingCopies sends one activity many times at once.
func TestA8RacingCopies(t *testing.T) {
	w := newWorld(t, 0)
	eve := w.know("https://evil.example/users/eve")
	one := func(d map[string]any) { d["id"] = eve + "/activities/same" }
	var wg sync.WaitGroup
	for range 20 {
		r := w.request(eve, one)
		wg.Go(func() {
			if rec := w.send(r); rec.Code != 202 {
				t.Errorf("answered %d", rec.Code)
			}
		})
	}
	wg.Wait()
	if got := w.arrived.Load(); got != 1 {
		t.Errorf("it arrived %d times", got)
	}
}

// TestHandleTouchesNothingElse gives Handle numbers of documents that are not for it.
func TestHandleTouchesNothingElse(t *testing.T) {
	w := newWorld(t, 0)
	eve := w.know("https://evil.example/users/eve")
	for name, src := range map[string]*node.Source{
		"a fetched note":       {URI: eve + "/1", Raw: []byte(`{"id":"x","type":"Note"}`), Scheme: "fetched", ActorURI: eve},
		"a fetched activity":   {URI: eve + "/2", Raw: []byte(`{"id":"x","type":"Delete","object":"` + eve + `"}`), Scheme: "fetched", ActorURI: eve},
		"of a type from later": {URI: eve + "/3", Raw: []byte(`{"id":"x","type":"Travel"}`), Scheme: "cavage", ActorURI: eve},
	} {
		if err := w.Peers.PutSource(t.Context(), src); err != nil {
			t.Fatal(err)
		}
		if err := w.inbox.Handle(t.Context(), fmt.Append(nil, src.ID)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.Peers.Source(t.Context(), src.ID); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
	if a, err := w.Peers.Actor(t.Context(), eve); err != nil || a.Gone {
		t.Errorf("%+v, %v", a, err)
	}
	if err := w.inbox.Handle(t.Context(), []byte("no number")); err == nil {
		t.Error("a broken payload is taken")
	}
	if err := w.inbox.Handle(t.Context(), []byte("99999")); err != nil {
		t.Errorf("a document that was let go: %v", err)
	}
	if err := w.inbox.HandleFetch(t.Context(), []byte("{")); err == nil {
		t.Error("a broken payload is taken")
	}
}

// TestLimitOfNamed: of a document that names our addresses without end a few are looked up, each once.
func TestLimitOfNamed(t *testing.T) {
	w := newWorld(t, 0)
	org := w.Origin.OrganizationURI(w.Organization.ID)
	r := &vocab.Received{To: []string{"https://other.example/users/ana", org}}
	for i := range 900 {
		r.CC = append(r.CC, org, fmt.Sprintf("%s/ap/people/%d", w.Origin, i))
	}
	got := w.inbox.Named(r)
	if len(got) != 50 || got[0] != org || got[1] != string(w.Origin)+"/ap/people/0" || slices.Contains(got[1:], org) {
		t.Errorf("%d are looked up: %v", len(got), got)
	}
}
