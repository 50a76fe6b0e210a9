package ui_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/ui"
)

func cookie(p *page, name string) *http.Cookie {
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (w *world) newLink(handle string) string {
	w.t.Helper()
	link := must(w.people.PersonLink(w.t.Context(), w.viewer(""), handle))
	return strings.TrimPrefix(link, string(origin))
}

// F3, design.md 9 "Cookie": one cookie per scheme, and each as tight as it can be.
func TestF3Cookie(t *testing.T) {
	for _, c := range []struct {
		name, cookie string
		secure       bool
	}{{"https", "__Host-poweron", true}, {"http", "poweron-abc123", false}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(o *ui.Options) { o.Secure = c.secure })
			p := w.post("", w.newLink("mia"), nil)
			got := cookie(p, c.cookie)
			if got == nil {
				t.Fatalf("no cookie %s in %q", c.cookie, p.Header["Set-Cookie"])
			}
			if got.Secure != c.secure || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Path != "/" || got.Domain != "" {
				t.Errorf("cookie is %+v", got)
			}
			if got.MaxAge != int(node.SessionLife/time.Second) || len(got.Value) < 40 {
				t.Errorf("cookie lives %d s and holds %d characters", got.MaxAge, len(got.Value))
			}
			if hsts := p.Header.Get("Strict-Transport-Security"); (hsts != "") != c.secure {
				t.Errorf("Strict-Transport-Security is %q", hsts)
			}
			out := w.post("mia", "/sign-out", nil)
			if gone := cookie(out, c.cookie); gone == nil || gone.MaxAge >= 0 || out.location() != "/?done=signed-out" {
				t.Errorf("signing out leaves %+v, to %q", gone, out.location())
			}
			if w.get("mia", "/people").Status != http.StatusForbidden {
				t.Error("the session works after signing out")
			}
		})
	}
}

func TestSignInLink(t *testing.T) {
	w := newWorld(t)
	link := w.newLink("mia")
	for range 2 { // opening it does not use it up: scanners of mail open links
		p := w.get("", link)
		if p.Status != http.StatusOK || !strings.Contains(p.said("h1"), "Mia Member") || p.value("main form", "action") != link {
			t.Fatalf("opening the link: %d %s", p.Status, p.said("main"))
		}
		if p.Header.Get("Cache-Control") != "no-store" || !p.has("meta[name=robots]") || len(p.Header["Set-Cookie"]) != 0 {
			t.Errorf("link page: %v", p.Header)
		}
	}
	if p := w.post("", link, nil); p.Status != http.StatusSeeOther || p.location() != "/" {
		t.Fatalf("pressing the button: %d", p.Status)
	}
	for _, p := range []*page{w.get("", link), w.post("", link, nil), w.get("", "/sign-in/nonsense")} {
		if p.Status != http.StatusNotFound || p.said("h1") != "This link does not work any more" || !p.has("main a[href=/sign-in]") {
			t.Errorf("used or unknown link: %d %s", p.Status, p.said("main"))
		}
	}
	old := w.newLink("mia")
	w.now = w.now.Add(node.CommandLinkLife + time.Minute)
	if p := w.post("", old, nil); p.Status != http.StatusNotFound {
		t.Errorf("expired link: %d", p.Status)
	}
}

func TestSignInByMail(t *testing.T) {
	w := newWorld(t)
	send := func(email string) *page { return w.post("", "/sign-in", url.Values{"email": {email}}) }
	known, unknown := send(" Mia@riverbend.example "), send("who@riverbend.example")
	if known.Status != http.StatusOK || known.said("main") != unknown.said("main") {
		t.Errorf("known and unknown addresses differ:\n%s\n%s", known.said("main"), unknown.said("main"))
	}
	for _, address := range []string{"mia@riverbend.example", "who@riverbend.example"} { // the job does, after the answer
		if err := w.people.HandleMail(t.Context(), []byte(address)); err != nil {
			t.Error(err)
		}
	}
	if w.mail.sent["mia@riverbend.example"] == "" || len(w.mail.sent) != 1 {
		t.Errorf("mailed to %v", w.mail.sent)
	}
	p := send("not an address")
	if p.Status != http.StatusUnprocessableEntity || p.value("#f-email", "value") != "not an address" || !p.has("main [role=alert] a[href=#f-email]") {
		t.Errorf("a broken address: %d %s", p.Status, p.said("main"))
	}
	w.mail.err = errors.New("mail server is down")
	if p := send("pia@riverbend.example"); p.said("main") != unknown.said("main") {
		t.Errorf("a failing mail server gives the address away: %s", p.said("main"))
	}
	w.people.Mail = nil
	w.people.Forget()
	if p := w.get("", "/sign-in"); p.has("main form") || !strings.Contains(p.said("main"), "admin") {
		t.Errorf("without a mail server: %s", p.said("main"))
	}
}

// D7: fifty tries per address block, five mails per address, and others are still served.
func TestD7SignInLimits(t *testing.T) {
	w := newWorld(t)
	w.serve() // setting up has used some tries
	from := func(address, path string, form url.Values) *page {
		r := newPost(path, form)
		r.RemoteAddr = address + ":1234"
		return w.ask("", r)
	}
	for i := range 50 {
		if p := from(fmt.Sprintf("198.51.100.%d", i), "/sign-in/nonsense", nil); p.Status != http.StatusNotFound {
			t.Fatalf("try %d: %d", i, p.Status)
		}
	}
	p := from("198.51.100.200", "/sign-in/nonsense", nil)
	wait, err := strconv.Atoi(p.Header.Get("Retry-After"))
	if p.Status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 18 || !p.has("h1") {
		t.Errorf("try 51 of a block: %d, Retry-After %q", p.Status, p.Header.Get("Retry-After"))
	}
	if p := from("198.51.101.1", "/sign-in/nonsense", nil); p.Status != http.StatusNotFound {
		t.Errorf("another block: %d", p.Status)
	}
	if p := w.get("", "/"); p.Status != http.StatusOK {
		t.Errorf("pages for the block: %d", p.Status)
	}
	w.now = w.now.Add(time.Minute)
	if p := from("198.51.100.200", "/sign-in/nonsense", nil); p.Status != http.StatusNotFound {
		t.Errorf("after a minute: %d", p.Status)
	}
	mail := url.Values{"email": {"mia@riverbend.example"}}
	for i := range 5 {
		if p := from(fmt.Sprintf("203.0.%d.1", i), "/sign-in", mail); p.Status != http.StatusOK {
			t.Fatalf("mail %d: %d", i, p.Status)
		}
	}
	if p := from("203.0.200.1", "/sign-in", mail); p.Status != http.StatusTooManyRequests || p.Header.Get("Retry-After") == "" {
		t.Errorf("mail 6 to one address: %d", p.Status)
	}
	if p := from("203.0.200.1", "/sign-in", url.Values{"email": {"pia@riverbend.example"}}); p.Status != http.StatusOK {
		t.Errorf("mail to another address: %d", p.Status)
	}
}

func TestLimitsAreBounded(t *testing.T) {
	l := ui.NewLimits(2, 100)
	for i := range 1000 {
		l.Take(strconv.Itoa(i), start)
	}
	if l.Rows() > 100 {
		t.Errorf("%d rows, want at most 100", l.Rows())
	}
	l = ui.NewLimits(2, 100)
	l.Take("a", start)
	l.Take("a", start)
	if l.Take("a", start) == 0 {
		t.Error("a third try went through")
	}
	if wait := l.Take("a", start.Add(31*time.Second)); wait != 0 {
		t.Errorf("after half a minute: wait %s", wait)
	}
}

func TestBlocks(t *testing.T) {
	for in, want := range map[string]string{
		"198.51.100.7": "198.51.100.0/24", "2001:db8:1:2ff::1": "2001:db8:1:200::/56", "::ffff:198.51.100.7": "198.51.100.0/24",
		"fe80::1%eth0": "fe80::/56", "nonsense": "nonsense",
	} {
		if got := ui.Block(in); got != want {
			t.Errorf("%s counts for %s, want %s", in, got, want)
		}
	}
}

// F7: every shape of a forged form is refused, on every route that changes something.
func TestF7ForgedForms(t *testing.T) {
	w := newWorld(t)
	shapes := map[string]map[string]string{
		"cross-site":         {"Sec-Fetch-Site": "cross-site"},
		"same-site":          {"Sec-Fetch-Site": "same-site"},
		"foreign origin":     {"Origin": "https://evil.example"},
		"no origin":          {"Origin": "null"},
		"foreign and spoofy": {"Origin": "https://node.example.evil.example"},
	}
	ask := func(path string, header map[string]string) *page {
		r := newPost(path, nil)
		r.Host = "node.example"
		r.Header.Del("Sec-Fetch-Site")
		for k, v := range header {
			r.Header.Set(k, v)
		}
		return w.ask("ada", r)
	}
	tried := 0
	for _, route := range w.engine.Routes() {
		if route.Method == http.MethodGet || route.Method == http.MethodHead {
			continue
		}
		tried++
		path := strings.NewReplacer(":handle", "ada", ":id", "0190d5a0-0000-7000-8000-000000000000", ":token", "x").Replace(route.Path)
		for shape, header := range shapes {
			if p := ask(path, header); p.Status != http.StatusForbidden || p.said("h1") != "This form came from another place" {
				t.Errorf("%s %s: %d %s", shape, path, p.Status, p.said("h1"))
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d routes tried", tried)
	}
	for name, header := range map[string]map[string]string{
		"same-origin": {"Sec-Fetch-Site": "same-origin"}, "own origin": {"Origin": "https://node.example"}, "no browser": {},
	} {
		if p := ask("/look", header); p.Status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
}

// F11: the headers are on every kind of answer.
func TestF11Headers(t *testing.T) {
	w := newWorld(t)
	for _, p := range []*page{w.get("", "/"), w.get("mia", "/"), w.get("", "/nowhere"), w.get("", "/static/app.css"), w.get("", "/feed.atom"), w.post("", "/look", nil), w.get("", "/static/none")} {
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
			"Strict-Transport-Security": "max-age=31536000", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := p.Header.Get(name); got != want {
				t.Errorf("status %d: %s is %q, want %q", p.Status, name, got, want)
			}
		}
		if p.Header.Get("Permissions-Policy") == "" {
			t.Errorf("status %d: no Permissions-Policy", p.Status)
		}
	}
	if vary := w.get("", "/").Header.Get("Vary"); !strings.Contains(vary, "Accept,") {
		t.Errorf("Vary is %q", vary)
	}
}

// F12: a form is read up to 64 KiB; more is answered kindly.
func TestF12LargeForm(t *testing.T) {
	w := newWorld(t)
	form := func(n int) url.Values {
		return url.Values{"text": {strings.Repeat("a", n)}, "lang": {"en"}, "audience": {string(node.OrganizationOnly(w.organization.ID))}}
	}
	if p := w.post("mia", "/posts/new", form(node.MaxTextRunes)); p.Status != http.StatusSeeOther {
		t.Errorf("the longest text: %d", p.Status)
	}
	p := w.post("mia", "/posts/new", form(node.MaxTextRunes+1))
	if p.Status != http.StatusUnprocessableEntity || len(text(p.one("#f-text"))) != node.MaxTextRunes+1 {
		t.Errorf("one more: %d", p.Status)
	}
	p = w.post("mia", "/posts/new", form(1<<20))
	if p.Status != http.StatusRequestEntityTooLarge || !strings.Contains(p.said("main"), "We are sorry") || len(p.all("main p.line a")) != 2 {
		t.Errorf("1 MB: %d %s", p.Status, p.said("main"))
	}
}

// What was written is not lost when a session ends meanwhile.
func TestSignedOutWhileWriting(t *testing.T) {
	w := newWorld(t)
	p := w.post("", "/posts/new", url.Values{"text": {"Half an hour of work"}})
	if p.Status != http.StatusForbidden || text(p.one("#typed")) != "Half an hour of work" || !p.has("main a[href=/sign-in]") {
		t.Errorf("%d %s", p.Status, p.said("main"))
	}
	w.now = w.now.Add(node.SessionIdle + time.Hour)
	p = w.get("mia", "/")
	if c := cookie(p, "__Host-poweron"); p.has("form[action=/sign-out]") || c == nil || c.MaxAge >= 0 {
		t.Errorf("an expired session is still there: %+v", c)
	}
}

func TestHeadAndUnknown(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]int{"/": 200, "/gatherings": 200, "/people": 403, "/nowhere": 404} {
		if p := w.ask("", httptest.NewRequest(http.MethodHead, path, nil)); p.Status != want {
			t.Errorf("HEAD %s: %d, want %d", path, p.Status, want)
		}
	}
	p := w.get("", "/nowhere")
	if p.Status != http.StatusNotFound || len(p.all("main p.line a")) != 2 {
		t.Errorf("unknown path: %d %s", p.Status, p.said("main"))
	}
	for path, want := range map[string]string{"/gatherings/": "/gatherings", "/a//": "/a"} {
		if p := w.get("", path); p.location() != want || p.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s leads to %q, want %q", path, p.location(), want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	r.URL.Path = "//evil.example/"
	if p := w.ask("", r); p.location() != "/" {
		t.Errorf("a doubled slash leads to %q", p.location())
	}
}

func TestStatuses(t *testing.T) {
	for want, kinds := range map[int][]error{
		403: {node.ErrForbidden, node.ErrSignedOut}, 404: {node.ErrNotFound}, 409: {node.ErrConflict}, 410: {node.ErrGone}, 422: {node.Invalid("a", "b")},
		429: {node.ErrTooMany}, 500: {errors.New("boom"), node.ErrCorrupt}, 503: {node.ErrFull, node.ErrReadOnly},
	} {
		for _, kind := range kinds {
			if got := ui.StatusOf(fmt.Errorf("do: %w", kind)); got != want {
				t.Errorf("%v shows with %d, want %d", kind, got, want)
			}
		}
	}
}

// A fault shows a short code and nothing of what went wrong; the log has both.
func TestFaultShowsOnlyACode(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, func(o *ui.Options) { o.Log, o.Skills = slog.New(slog.NewTextHandler(&log, nil)), nil })
	p := w.get("mia", "/people")
	code := strings.TrimPrefix(p.said("main p b"), "notice ")
	if p.Status != http.StatusInternalServerError || len(code) != 4 || !strings.Contains(log.String(), "code="+code) || len(p.all("main p.line a")) != 2 {
		t.Errorf("%d, code %q: %s\nlog: %s", p.Status, code, p.said("main"), log.String())
	}
	for _, leak := range []string{"panic", "nil pointer", "goroutine", ".go:"} {
		if strings.Contains(p.Body, leak) {
			t.Errorf("the page says %q", leak)
		}
	}
}
