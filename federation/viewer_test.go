package federation_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/poweron-network/poweron/federation"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/nodetest"
)

// privates are made once: RSA keys take a while.
var privates = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		keys[i], _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	return keys
})

// reader is another node, whose key is asked for at 127.77.6.last.
type reader struct {
	url  string
	hits atomic.Int64
	down atomic.Bool
}

func (r *reader) node() string { return r.url + "/ap/node" }

func newReader(t *testing.T, last int) *reader {
	t.Helper()
	ln, err := net.Listen("tcp", fmt.Sprintf("127.77.6.%d:0", last))
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{url: "http://" + ln.Addr().String()}
	public, err := signature.EncodePublicKeyPEM(privates()[0].Public())
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.hits.Add(1)
		if r.down.Load() || req.URL.Path != "/ap/node" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", activityJSON)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"id": r.node(), "type": "Application", "preferredUsername": "relay", "inbox": r.url + "/ap/inbox",
			"publicKey": map[string]any{"id": r.node() + "#main-key", "owner": r.node(), "publicKeyPem": public},
		})
	})}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	return r
}

// hub is a node that hosts a network, behind its server.
type hub struct {
	*served
	net    *node.Network
	scheme signature.Scheme
}

func serveHub(t *testing.T) *hub {
	t.Helper()
	n := nodetest.NewNode(t)
	client := fetch.New(fetch.Options{AllowNets: []netip.Prefix{netip.MustParsePrefix("127.77.0.0/16")}, Now: n.Clock.Now})
	t.Cleanup(client.Close)
	log := slog.New(slog.DiscardHandler)
	s := &federation.Server{
		Origin: n.Origin, People: n.People, Conversation: n.Conversation, Following: n.Following, Delivery: n.Delivery, Network: n.Networks,
		Now: n.Clock.Now, ClientAddress: func(r *http.Request) string { return r.RemoteAddr }, Inbox: http.NotFoundHandler(), Version: "1.2.3", Log: log,
		Finder: &discover.Finder{Client: client, Peers: n.Peers, Origin: n.Origin, Now: n.Clock.Now, Log: log, Sign: func(r *http.Request, s signature.Scheme) error {
			return signature.Sign(r, nil, s, signature.Key{ID: n.Origin.Relay() + "#main-key", Private: privates()[1]}, n.Clock.Now())
		}},
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(s.Negotiate)
	s.Mount(r)
	h := &hub{served: &served{Node: n, t: t, router: r}, scheme: signature.Cavage}
	var err error
	h.net, err = n.Networks.Found(t.Context(), n.Operator, network.NewNetwork{Name: "Power to the People", Handle: "ptp", Lang: "en", Purpose: "We learn.", Conduct: "Be kind.", Contact: "the front desk"})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// join makes the organization of r a member of the network.
func (h *hub) join(r *reader, change ...func(*node.Membership)) *node.Membership {
	h.t.Helper()
	return h.Member(h.t, h.net, r.url+"/ap/organizations/1", r.url, change...)
}

// as asks for a path, signed by r now, as change leaves the request.
func (h *hub) as(r *reader, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.signed(r, path, 0, h.Clock.Now(), change...)
}

func (h *hub) signed(r *reader, path string, key int, at time.Time, change ...func(*http.Request)) *httptest.ResponseRecorder {
	h.t.Helper()
	req := httptest.NewRequest(http.MethodGet, string(h.Origin)+strings.TrimPrefix(path, string(h.Origin)), nil)
	req.Header.Set("Accept", activityJSON)
	if err := signature.Sign(req, nil, h.scheme, signature.Key{ID: r.node() + "#main-key", Private: privates()[key]}, at); err != nil {
		h.t.Fatal(err)
	}
	for _, f := range change {
		f(req)
	}
	w := httptest.NewRecorder()
	h.router.ServeHTTP(w, req)
	return w
}

// whole reports whether an answer is the roster itself.
func whole(w *httptest.ResponseRecorder) bool {
	return w.Code == http.StatusOK && strings.Contains(w.Body.String(), "orderedItems")
}

// TestA14SignedReads shows the roster to who signed as a member, in every way to
// sign, and the number alone to everybody else.
func TestA14SignedReads(t *testing.T) {
	for _, scheme := range []signature.Scheme{signature.Cavage, signature.CavageWithoutQuery, signature.RFC9421} {
		t.Run(string(scheme), func(t *testing.T) {
			h, member, other := serveHub(t), newReader(t, 1), newReader(t, 2)
			h.scheme = scheme
			h.join(member)
			path := h.net.MembersURI
			for name, w := range map[string]*httptest.ResponseRecorder{
				"unsigned":                 h.get(path, activityJSON),
				"another node":             h.as(other, path),
				"with another key":         h.signed(member, path, 1, h.Clock.Now()),
				"an hour and a bit old":    h.signed(member, path, 0, h.Clock.Now().Add(-time.Hour-time.Second)),
				"an hour and a bit early":  h.signed(member, path, 0, h.Clock.Now().Add(time.Hour+time.Second)),
				"for another path":         h.as(member, h.net.URI, func(r *http.Request) { r.URL.Path += "/members" }),
				"for another host":         h.as(member, path, func(r *http.Request) { r.Host = "other.example" }),
				"with another method":      h.as(member, path, func(r *http.Request) { r.Method = http.MethodHead }),
				"signed twice":             h.as(member, path, func(r *http.Request) { r.Header["Signature"] = append(r.Header["Signature"], r.Header["Signature"]...) }),
				"an empty signature":       h.as(member, path, func(r *http.Request) { r.Header.Set("Signature", ""); r.Header.Del("Signature-Input") }),
				"a signature without keys": h.as(member, path, func(r *http.Request) { r.Header.Set("Signature", `keyId="x"`); r.Header.Del("Signature-Input") }),
			} {
				if whole(w) || w.Code != http.StatusOK {
					t.Errorf("%s: %d, %.100s", name, w.Code, w.Body)
				}
			}
			for name, w := range map[string]*httptest.ResponseRecorder{
				"now": h.as(member, path), "almost an hour old": h.signed(member, path, 0, h.Clock.Now().Add(-time.Hour+time.Second)),
			} {
				if !whole(w) {
					t.Errorf("%s: %d, %.100s", name, w.Code, w.Body)
				}
				if got := w.Header(); got.Get("Vary") != "Accept, Signature" || got.Get("Cache-Control") != "private" {
					t.Errorf("%s: %v", name, got)
				}
			}
		})
	}
}

// TestA14KeyInTrouble: when the key of a reader cannot be had just now, nothing
// is said to be absent, and who reads what is for everyone does not wait.
func TestA14KeyInTrouble(t *testing.T) {
	h, member := serveHub(t), newReader(t, 1)
	h.join(member)
	member.down.Store(true)
	for _, path := range []string{h.net.MembersURI, h.net.URI + "/history", h.Origin.ObjectURI(h.net.ID)} {
		if w := h.as(member, path); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	asked := member.hits.Load()
	for _, path := range []string{h.Origin.Relay(), h.net.URI, h.Origin.OrganizationURI(h.Organization.ID)} {
		if w := h.as(member, path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if got := member.hits.Load(); got != asked {
		t.Errorf("%d requests for what everyone may read", got-asked)
	}
	member.down.Store(false)
	h.Clock.Add(10 * time.Minute)
	if w := h.as(member, h.net.MembersURI); !whole(w) {
		t.Errorf("later: %d %s", w.Code, w.Body)
	}
}

// TestFailedSignaturesCostNothing: whoever fails again and again is not looked at any more.
func TestFailedSignaturesCostNothing(t *testing.T) {
	h, member := serveHub(t), newReader(t, 1)
	h.join(member)
	for range 300 {
		h.as(member, h.net.MembersURI, func(r *http.Request) { r.Header.Set("Signature", "nonsense") })
	}
	if w := h.as(member, h.net.MembersURI); whole(w) || w.Code != http.StatusServiceUnavailable || member.hits.Load() != 0 {
		t.Errorf("after 300 failures: %d, %d requests", w.Code, member.hits.Load())
	}
	if w := h.as(member, h.net.MembersURI, func(r *http.Request) { r.RemoteAddr = "192.0.2.99:1" }); !whole(w) {
		t.Errorf("from elsewhere: %d", w.Code)
	}
	if w := h.as(member, h.net.URI); w.Code != http.StatusOK {
		t.Errorf("what everyone may read: %d", w.Code)
	}
}

// TestGroupDocument serves what a network says of itself, by its id, its page and its handle.
func TestGroupDocument(t *testing.T) {
	h := serveHub(t)
	for _, path := range []string{h.net.URI, "/networks/ptp"} {
		doc := decode(t, h.get(path, activityJSON))
		read, err := vocab.ReadHub(doc)
		if err != nil || read.Network.Name != h.net.Name || read.Network.MembersURI != h.net.MembersURI || read.Network.RosterVersion != h.net.RosterVersion || read.Network.Contact != "the front desk" {
			t.Errorf("%s: %+v, %v", path, read, err)
		}
	}
	for _, resource := range []string{"acct:ptp@node.example.org", h.net.URI, string(h.Origin) + "/networks/ptp"} {
		w := h.get("/.well-known/webfinger?resource="+resource, "")
		if !strings.Contains(w.Body.String(), h.net.URI) || !strings.Contains(w.Body.String(), "acct:ptp@") {
			t.Errorf("%s: %d %s", resource, w.Code, w.Body)
		}
	}
	org := decode(t, h.get(h.Origin.OrganizationURI(h.Organization.ID), activityJSON))
	if got := vocab.ReadClaim(org); len(got.Networks) != 1 || got.Networks[0] != h.net.URI || got.NodeURI != h.Origin.Relay() {
		t.Errorf("the hub's own organization claims %+v", got)
	}
}

// TestRosterIsServed: whole, with a proof of the Group's key, and not again while it is the same.
func TestRosterIsServed(t *testing.T) {
	h, member, held := serveHub(t), newReader(t, 1), newReader(t, 2)
	line := h.join(member)
	waits := h.join(held, func(m *node.Membership) { m.Status = node.MemberSuspended })
	w := h.as(member, h.net.MembersURI)
	doc := jsonld.Object(decode(t, w))
	group := jsonld.Object(decode(t, h.get(h.net.URI, activityJSON)))
	read, err := vocab.ReadHub(group)
	if err != nil {
		t.Fatal(err)
	}
	key, err := signature.ParseMultikey(read.Network.HubKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := signature.CheckProof(doc, read.KeyID, key); err != nil {
		t.Error(err)
	}
	if got := len(doc.Objects("orderedItems")); got != 3 {
		t.Errorf("%d lines, want those of the hub, of the member and of who is on hold", got)
	}
	etag := w.Header().Get("ETag")
	for header, want := range map[string]int{etag: 304, `"v0", ` + etag: 304, "W/" + etag: 304, `"v0"`: 200, "": 200} {
		w := h.as(member, h.net.MembersURI, func(r *http.Request) { r.Header.Set("If-None-Match", header) })
		if w.Code != want || want == 304 && w.Body.Len() > 0 {
			t.Errorf("If-None-Match: %s: %d", header, w.Code)
		}
	}
	stranger := newReader(t, 3)
	for name, w := range map[string]*httptest.ResponseRecorder{"a visitor": h.get(h.net.MembersURI, activityJSON), "a stranger": h.as(stranger, h.net.MembersURI), "who is on hold": h.as(held, h.net.MembersURI)} {
		doc := decode(t, w)
		if len(doc) != 4 || doc["totalItems"] != 2.0 || w.Header().Get("ETag") != "" {
			t.Errorf("%s reads %v", name, doc)
		}
	}
	for path, who := range map[string]map[*reader]int{
		line.URI:                             {member: 200, held: 404, stranger: 404},
		waits.URI:                            {member: 200, held: 200, stranger: 404},
		h.net.URI + "/history":               {member: 200, held: 404, stranger: 404},
		h.net.MembersURI + "/" + "elsewhere": {member: 404, held: 404, stranger: 404},
		h.net.URI + "/skills":                {member: 200, held: 200, stranger: 200},
	} {
		for r, want := range who {
			if w := h.as(r, path); w.Code != want {
				t.Errorf("%s for %s: %d, want %d", path, r.url, w.Code, want)
			}
		}
		if w := h.get(path, activityJSON); !strings.HasSuffix(path, "/skills") && w.Code != 404 {
			t.Errorf("%s unsigned: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/ap/networks/x/members", "/ap/networks/" + h.Organization.ID.String() + "/members", "/ap/networks/" + h.Organization.ID.String()} {
		if w := h.as(member, path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestE2OutboxOfANetwork: what was said to a network is there for its effective
// members alone, the bare address and each page; to others there is no such thing.
func TestE2OutboxOfANetwork(t *testing.T) {
	h, member, held, stranger := serveHub(t), newReader(t, 1), newReader(t, 2), newReader(t, 3)
	h.join(member)
	h.join(held, func(m *node.Membership) { m.Status = node.MemberSuspended })
	outbox := h.Origin.OrganizationURI(h.Organization.ID) + "/outbox?audience="
	for path, want := range map[string]int{
		outbox + url.QueryEscape(h.net.URI):                                               200,
		outbox + url.QueryEscape(h.net.MembersURI):                                        200,
		outbox + url.QueryEscape(h.net.URI) + "&since=2020-01-01T00:00:00Z&page=first":    200,
		outbox + url.QueryEscape("https://other.example/ap/networks/1"):                   404,
		outbox + url.QueryEscape(h.net.URI+"x"):                                           404,
		outbox + url.QueryEscape(string(h.Origin)+"/ap/node") + "&page=first&since=never": 404,
	} {
		if w := h.as(member, path); w.Code != want {
			t.Errorf("%s for a member: %d, want %d", path, w.Code, want)
		}
		for name, w := range map[string]*httptest.ResponseRecorder{"a visitor": h.get(path, activityJSON), "a stranger": h.as(stranger, path), "who is on hold": h.as(held, path)} {
			if w.Code != 404 {
				t.Errorf("%s for %s: %d %s", path, name, w.Code, w.Body)
			}
		}
	}
}

// TestCodesCanBeAskedFor: before somebody writes an application, their node asks
// whether the code is good.
func TestCodesCanBeAskedFor(t *testing.T) {
	h, r := serveHub(t), newReader(t, 1)
	code, err := h.Networks.NewCode(t.Context(), h.Operator, h.net.ID)
	if err != nil {
		t.Fatal(err)
	}
	hash, ok := network.CodeHash(code[strings.LastIndexByte(code, '/')+1:])
	if !ok {
		t.Fatal(code)
	}
	path := h.net.URI + "/codes/"
	if w := h.get(path+hash, activityJSON); w.Code != 404 {
		t.Errorf("unsigned: %d", w.Code)
	}
	if w := h.as(r, path+hash); w.Code != 200 || w.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("good: %d %v", w.Code, w.Header())
	}
	if w := h.as(r, path+"ff"+hash[2:]); w.Code != 404 {
		t.Errorf("wrong: %d", w.Code)
	}
	h.Clock.Add(15 * 24 * time.Hour)
	if w := h.as(r, path+hash); w.Code != 410 {
		t.Errorf("expired: %d", w.Code)
	}
	slowed := 0
	for range 40 {
		if w := h.as(r, path+"ee"+hash[2:]); w.Code == 429 && w.Header().Get("Retry-After") != "" {
			slowed++
		}
	}
	if slowed == 0 {
		t.Error("codes can be tried without end")
	}
}

// TestClosedNetworkIsGone answers 410 wherever it was (AP §6.4).
func TestClosedNetworkIsGone(t *testing.T) {
	h, member := serveHub(t), newReader(t, 1)
	h.join(member)
	if err := h.Networks.Close(t.Context(), h.Operator, h.net.ID); err != nil {
		t.Fatal(err)
	}
	w := h.get(h.net.URI, activityJSON)
	if doc := decode(t, w); w.Code != 410 || doc["type"] != "Tombstone" || doc["formerType"] != "Group" {
		t.Errorf("%d %v", w.Code, doc)
	}
	for _, path := range []string{h.net.MembersURI, h.net.URI + "/history", h.net.URI + "/skills", h.net.URI + "/codes/x"} {
		if w := h.as(member, path); w.Code != 410 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
