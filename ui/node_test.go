package ui_test

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/card"
	"github.com/poweron-network/poweron/node/contact"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/gathering"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/schema"
	"github.com/poweron-network/poweron/ui"
)

const origin = node.Origin("https://node.example")

// start is when every test begins.
var start = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)

// world is a node with its pages, over a real store.
type world struct {
	t            testing.TB
	db           *store.DB
	now          time.Time
	engine       *gin.Engine
	people       *people.Service
	conversation *conversation.Service
	gathering    *gathering.Service
	following    *following.Service
	network      *network.Service
	hubs         *hubs
	skills       *skillset.Set
	mail         *mailer
	lookup       *lookup
	organization *node.Organization
	session      map[string]string // by handle
	options      ui.Options
}

// mailer remembers the links that it was to send.
type mailer struct {
	sent map[string]string
	err  error
}

func (m *mailer) SendLink(_ context.Context, to, _, _, link string) error {
	m.sent[to] = link
	return m.err
}

// lookup stands for the network.
type lookup struct {
	found *node.RemoteActor
	err   error
}

func (l *lookup) Find(context.Context, string) (*node.RemoteActor, error) { return l.found, l.err }

// hubs stands for the hubs of the network.
type hubs struct {
	found     *node.Network
	err, code error
}

func (h *hubs) Hub(context.Context, string) (*node.Network, error) { return h.found, h.err }

func (h *hubs) Code(context.Context, *node.Network, string) error { return h.code }

// seed is a node's data as every test begins with it. Its keys take a while to
// make, so it is made once and copied.
type seed struct {
	folder  string
	session map[string]string
}

var makeSeed = sync.OnceValue(func() seed {
	ctx := context.Background()
	out := seed{folder: must(os.MkdirTemp("", "ui-test")), session: map[string]string{}}
	db := must(store.Open(ctx, out.folder, store.Migrate))
	s := &people.Service{DB: db, Now: func() time.Time { return start }, Keys: must(keyring.Create(out.folder)), Skills: must(skillset.Load(schema.Skills))}
	signIn := func(link string) string {
		return must(s.SignIn(ctx, strings.TrimPrefix(link, string(origin)+"/sign-in/"))).Token
	}
	o, link, err := s.Init(ctx, people.Setup{
		Origin: origin, Organization: "Riverbend", Handle: "riverbend", AdminName: "Ada Admin", AdminEmail: "ada@riverbend.example", AdminHandle: "ada", Lang: "en",
	})
	if err != nil {
		panic(err)
	}
	out.session["ada"] = signIn(link)
	for _, p := range []people.NewPerson{
		{Name: "Edi Editor", Handle: "edi", Role: node.Editor},
		{Name: "Mia Member", Handle: "mia"},
		{Name: "Pia Public", Handle: "pia", Followable: true},
		{Name: "Noa Newcomer", Handle: "noa"},
	} {
		p.Email = p.Handle + "@riverbend.example"
		_, link, err := s.AddPerson(ctx, access.Operator(o.ID), p)
		if err != nil {
			panic(err)
		}
		out.session[p.Handle] = signIn(link)
	}
	if err := db.Close(); err != nil {
		panic(err)
	}
	return out
})

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	code := m.Run()
	if err := os.RemoveAll(makeSeed().folder); err != nil {
		code = 1
	}
	os.Exit(code)
}

// newWorld is Riverbend with ada, its admin, edi, an editor, mia and noa, members,
// and pia, a member whom people outside can follow. All are signed in.
func newWorld(t testing.TB, change ...func(*ui.Options)) *world {
	t.Helper()
	ctx, dir, from := t.Context(), t.TempDir(), makeSeed()
	for _, f := range must(os.ReadDir(from.folder)) {
		if err := os.WriteFile(filepath.Join(dir, f.Name()), must(os.ReadFile(filepath.Join(from.folder, f.Name()))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{t: t, now: start, session: maps.Clone(from.session), mail: &mailer{sent: map[string]string{}}, lookup: &lookup{}}
	w.db = must(store.Open(ctx, dir, store.Use))
	t.Cleanup(func() { _ = w.db.Close() })
	now := func() time.Time { return w.now }
	w.skills = must(skillset.Load(schema.Skills))
	w.people = &people.Service{DB: w.db, Now: now, Keys: must(keyring.Open(dir)), Skills: w.skills, Mail: w.mail}
	w.conversation = &conversation.Service{DB: w.db, Now: now, Origin: origin}
	w.gathering = &gathering.Service{DB: w.db, Now: now, Origin: origin}
	w.following = &following.Service{DB: w.db, Now: now, Origin: origin, Lookup: w.lookup}
	w.hubs = &hubs{}
	w.network = &network.Service{DB: w.db, Now: now, Origin: origin, Keys: must(keyring.Open(dir)), Skills: w.skills, Lookup: w.hubs}
	w.organization = must(w.people.Organization(ctx, "riverbend"))
	w.options = ui.Options{
		People: w.people, Conversation: w.conversation, Gathering: w.gathering, Following: w.following, Skills: w.skills, Origin: origin,
		Cards:   &card.Service{DB: w.db, Now: now, Origin: origin, Skills: w.skills},
		Network: w.network, Delivery: &delivery.Service{DB: w.db, Now: now},
		Mentoring: &mentoring.Service{DB: w.db, Now: now, Origin: origin, Skills: w.skills}, Contact: &contact.Service{DB: w.db, Now: now, Origin: origin},
		Secure: true, NodeID: "abc123", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: now, Version: "test",
		Zone: must(time.LoadLocation("America/Chicago")),
	}
	for _, f := range change {
		f(&w.options)
	}
	w.serve()
	return w
}

// must is for what a test cannot do without.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// serve makes the pages anew, with the options as they are.
func (w *world) serve() {
	w.t.Helper()
	s, err := ui.New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.engine = gin.New()
	if err := w.engine.SetTrustedProxies(nil); err != nil {
		w.t.Fatal(err)
	}
	s.Mount(w.engine)
}

// viewer is somebody of the node, for what tests do without pages.
func (w *world) viewer(handle string) access.Viewer {
	w.t.Helper()
	v, _, err := w.people.ViewerFor(w.t.Context(), handle)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// ask sends a request as somebody; who is "" for a visitor.
func (w *world) ask(who string, r *http.Request) *page {
	w.t.Helper()
	if token := w.session[who]; token != "" {
		r.Header.Add("Cookie", w.cookieName()+"="+token)
	}
	rec := httptest.NewRecorder()
	w.engine.ServeHTTP(rec, r)
	return &page{t: w.t, Status: rec.Code, Header: rec.Header(), Body: rec.Body.String(), root: parse(w.t, rec.Body.String())}
}

func (w *world) cookieName() string {
	if w.options.Secure {
		return "__Host-poweron"
	}
	return "poweron-" + w.options.NodeID
}

func (w *world) get(who, path string) *page {
	w.t.Helper()
	return w.ask(who, httptest.NewRequest(http.MethodGet, path, nil))
}

// in asks in a language.
func (w *world) in(lang, who, path string) *page {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Cookie", w.cookieName()+"-lang="+lang)
	return w.ask(who, r)
}

func newPost(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func (w *world) post(who, path string, form url.Values) *page {
	w.t.Helper()
	return w.ask(who, newPost(path, form))
}

// signIn opens a link, presses its button and returns the session's token.
func (w *world) signIn(link string) string {
	w.t.Helper()
	p := w.post("", strings.TrimPrefix(link, string(origin)), nil)
	for _, c := range p.Header["Set-Cookie"] {
		if name, rest, _ := strings.Cut(c, "="); name == w.cookieName() {
			token, _, _ := strings.Cut(rest, ";")
			return token
		}
	}
	w.t.Fatalf("no session from %s: %d", link, p.Status)
	return ""
}

// location is where a redirect leads.
func (p *page) location() string {
	if l := p.Header["Location"]; len(l) == 1 {
		return l[0]
	}
	return ""
}

// say posts without pages.
func (w *world) say(who string, in node.PostInput) *node.Item {
	w.t.Helper()
	if in.Lang == "" {
		in.Lang = "en"
	}
	i, err := w.conversation.Post(w.t.Context(), w.viewer(who), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// convene announces a public gathering of the organization.
func (w *world) convene(name string) *node.Item {
	w.t.Helper()
	i, err := w.gathering.Announce(w.t.Context(), w.viewer("edi"), node.GatheringInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Name: name, Text: "Bring tea.", Start: "2026-12-12T10:00", End: "2026-12-12T11:30",
		Zone: "America/New_York", Place: "Harbor Street kitchen", Address: "12 Mill Row", Link: "https://meet.example/room", Languages: []string{"en", "es"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// remote makes somebody on another server known.
func (w *world) remote(user, host, name string) *node.RemoteActor {
	w.t.Helper()
	a := &node.RemoteActor{
		ID: uuid.Must(uuid.NewV7()), URI: "https://" + host + "/users/" + user, Type: "Person", Username: user, Host: host, Name: name,
		Summary: "<p>Keeper of keys.</p>", Page: "https://" + host + "/@" + user, Inbox: "https://" + host + "/inbox", FetchedAt: w.now,
		Skills: []node.PersonSkill{{Tag: "kettles", Name: "Kettles", Stance: node.Offer, Level: 3}},
	}
	if err := w.db.Write(w.t.Context(), func(tx *store.Tx) error { return tx.PutRemoteActor(w.t.Context(), a) }); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// arrive lets something come in from a remote actor.
func (w *world) arrive(a *node.RemoteActor, html, replyTo string, links int) (id string) {
	w.t.Helper()
	uri := "https://" + a.Host + "/notes/" + uuid.NewString()
	item := &node.Item{
		URI: uri, Page: uri, Kind: node.KindPost, State: node.Live, InReplyTo: replyTo, Lang: "en", Body: node.Text{"en": html}, PublishedAt: w.now, UpdatedAt: w.now,
	}
	if _, err := w.conversation.Receive(w.t.Context(), conversation.Arrival{Item: item, Actor: a, Open: true, Links: links}); err != nil {
		w.t.Fatal(err)
	}
	return item.ID.String()
}
