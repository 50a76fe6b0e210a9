package people_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/job"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/people"
)

// tokenOf cuts the token out of a sign-in link.
func tokenOf(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

func linkFor(t *testing.T, n *nodetest.Node, handle string) string {
	t.Helper()
	link, err := n.People.PersonLink(t.Context(), n.Operator, handle)
	if err != nil {
		t.Fatal(err)
	}
	return tokenOf(link)
}

func signIn(t *testing.T, n *nodetest.Node, token string) string {
	t.Helper()
	in, err := n.People.SignIn(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return in.Token
}

// TestF5LinkWorksOnce has 50 browsers use one link at once.
func TestF5LinkWorksOnce(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	n.Person(t, "mia", node.Member)
	token := linkFor(t, n, "mia")
	for range 3 { // mail scanners open links
		if p, err := n.People.SignInLink(t.Context(), token); err != nil || p.Handle != "mia" {
			t.Fatalf("an opened link is of %v, %v", p, err)
		}
	}
	var wg sync.WaitGroup
	results := make([]error, 50)
	for i := range results {
		wg.Go(func() {
			in, err := n.People.SignIn(t.Context(), token)
			if results[i] = err; err == nil && (in.Person.Handle != "mia" || in.Token == "" || in.Token == token) {
				t.Errorf("signed in is %+v", in)
			}
		})
	}
	wg.Wait()
	in := 0
	for _, err := range results {
		if err == nil {
			in++
		} else if !errors.Is(err, node.ErrNotFound) {
			t.Errorf("a late browser gets %v", err)
		}
	}
	if in != 1 {
		t.Errorf("%d sessions began with one link", in)
	}
	if _, err := n.People.SignInLink(t.Context(), token); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a used link opens: %v", err)
	}
}

// mailAll does what waits to be mailed.
func mailAll(t *testing.T, n *nodetest.Node) []nodetest.Letter {
	t.Helper()
	jobs := &job.Runner{DB: n.DB, Now: n.Clock.Now, Log: slog.New(slog.DiscardHandler), Kind: people.MailJob, Handler: n.People.HandleMail}
	if _, err := jobs.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return n.Mail.Sent()
}

func TestLinksExpire(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	n.Person(t, "mia", node.Member)
	mailed := func() string {
		if err := n.People.SendLink(t.Context(), "mia@example.org"); err != nil {
			t.Fatal(err)
		}
		sent := mailAll(t, n)
		return tokenOf(sent[len(sent)-1].Link)
	}
	commanded := func() string { return linkFor(t, n, "mia") }
	for _, c := range []struct {
		name string
		link func() string
		life time.Duration
	}{{"mailed", mailed, 20 * time.Minute}, {"from a command", commanded, 7 * 24 * time.Hour}} {
		for _, after := range []struct {
			d  time.Duration
			ok bool
		}{{c.life - time.Millisecond, true}, {c.life, false}, {c.life + time.Hour, false}} {
			n.Clock.Set(nodetest.Start)
			token := c.link()
			n.Clock.Add(after.d)
			_, err := n.People.SignInLink(t.Context(), token)
			if (err == nil) != after.ok {
				t.Errorf("%s link after %v opens: %v", c.name, after.d, err)
			}
			_, err = n.People.SignIn(t.Context(), token)
			if (err == nil) != after.ok || err != nil && !errors.Is(err, node.ErrNotFound) {
				t.Errorf("%s link after %v signs in: %v", c.name, after.d, err)
			}
		}
	}
	for _, token := range []string{"", "x", strings.Repeat("A", 43), "' OR 1=1"} {
		if _, err := n.People.SignIn(t.Context(), token); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("token %q signs in: %v", token, err)
		}
	}
}

func TestPersonLink(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	mia := n.Person(t, "mia", node.Member)
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "member": mia, "editor": n.Person(t, "ed", node.Editor)} {
		if link, err := n.People.PersonLink(t.Context(), v, "mia"); !errors.Is(err, node.ErrForbidden) || link != "" {
			t.Errorf("%s gets the link %q, %v", name, link, err)
		}
	}
	if link, err := n.People.PersonLink(t.Context(), n.Admin, "nobody"); nodetest.Field(err) != "error.handle.unknown" || link != "" {
		t.Errorf("nobody's link is %q, %v", link, err)
	}
	link, err := n.People.PersonLink(t.Context(), n.Admin, "mia")
	if err != nil || !strings.HasPrefix(link, "https://node.example.org/sign-in/") || len(tokenOf(link)) < 43 {
		t.Errorf("her link is %q, %v", link, err)
	}
}

// TestF3Sessions moves the clock over each limit of a session.
func TestF3Sessions(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct {
		name  string
		role  node.Role
		steps []time.Duration // between two uses
		out   bool
	}{
		{"member within 14 days", node.Member, []time.Duration{14 * day}, false},
		{"member after 14 days", node.Member, []time.Duration{14*day + time.Second}, true},
		{"admin within 12 hours", node.Admin, []time.Duration{12 * time.Hour}, false},
		{"admin after 12 hours", node.Admin, []time.Duration{12*time.Hour + time.Second}, true},
		{"each use renews", node.Member, []time.Duration{13 * day, 13 * day, 13 * day}, false},
		{"no use renews beyond 90 days", node.Member, []time.Duration{13 * day, 13 * day, 13 * day, 13 * day, 13 * day, 13 * day, 12*day + time.Second}, true},
		{"90 days in use", node.Member, []time.Duration{13 * day, 13 * day, 13 * day, 13 * day, 13 * day, 13 * day, 12 * day}, false},
		{"clock goes back", node.Member, []time.Duration{-day, day}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := nodetest.NewNode(t)
			n.Person(t, "mia", c.role)
			token := signIn(t, n, linkFor(t, n, "mia"))
			for i, step := range c.steps {
				n.Clock.Add(step)
				v, p, err := n.People.SessionViewer(t.Context(), token)
				out := c.out && i == len(c.steps)-1
				if out != errors.Is(err, node.ErrSignedOut) || !out && (err != nil || p.Handle != "mia" || v.Person != p.ID || v.Role != c.role || v.Organization != n.Organization.ID) {
					t.Errorf("use %d: %+v, %v", i+1, v, err)
				}
				if out && (v.SignedIn() || p != nil) {
					t.Errorf("signed out is %+v", v)
				}
			}
		})
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	n.Person(t, "mia", node.Member)
	phone, laptop := signIn(t, n, linkFor(t, n, "mia")), signIn(t, n, linkFor(t, n, "mia"))
	if phone == laptop {
		t.Fatal("two sessions have one token")
	}
	if err := n.People.SignOut(t.Context(), laptop); err != nil {
		t.Fatal(err)
	}
	if _, _, err := n.People.SessionViewer(t.Context(), laptop); !errors.Is(err, node.ErrSignedOut) {
		t.Errorf("after signing out: %v", err)
	}
	if _, _, err := n.People.SessionViewer(t.Context(), phone); err != nil {
		t.Errorf("the other session: %v", err)
	}
	for _, token := range []string{"", "x", phone + "x"} {
		if v, _, err := n.People.SessionViewer(t.Context(), token); !errors.Is(err, node.ErrSignedOut) || v.SignedIn() {
			t.Errorf("token %q is signed in as %+v, %v", token, v, err)
		}
		if err := n.People.SignOut(t.Context(), token); err != nil {
			t.Errorf("signing out of nothing: %v", err)
		}
	}
}

// TestF3TokensAreStoredHashed looks for each secret in the whole database.
func TestF3TokensAreStoredHashed(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	n.Person(t, "mia", node.Member)
	link := linkFor(t, n, "mia")
	session := signIn(t, n, linkFor(t, n, "mia"))
	raw := readFolder(t, n.Folder)
	for name, secret := range map[string]string{"link": link, "session": session, "first link": tokenOf(n.Link)} {
		if strings.Contains(raw, secret) {
			t.Errorf("the %s lies in the database", name)
		}
	}
	if strings.Contains(raw, "PRIVATE KEY") {
		t.Error("a private key lies open in the data folder")
	}
}

func TestF6SendLink(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	n.Person(t, "mia", node.Member)
	for _, address := range []string{"mia@example.org", " MIA@Example.org ", "nobody@example.org"} {
		if err := n.People.SendLink(t.Context(), address); err != nil {
			t.Errorf("%q is answered with %v", address, err)
		}
	}
	sent := mailAll(t, n)
	if len(sent) != 2 {
		t.Fatalf("%d mails went out, want 2", len(sent))
	}
	for _, m := range sent {
		if m.To != "mia@example.org" || m.Name != "Name of mia" || m.Lang != "en" || !strings.HasPrefix(m.Link, "https://node.example.org/sign-in/") {
			t.Errorf("mail is %+v", m)
		}
		if _, err := n.People.SignIn(t.Context(), tokenOf(m.Link)); err != nil {
			t.Errorf("its link: %v", err)
		}
	}
	for _, address := range []string{"", "mia", "mia@example.org\r\nBcc: all@example.org", "Mia <mia@example.org>"} {
		if err := n.People.SendLink(t.Context(), address); nodetest.Field(err) != "error.email.form" {
			t.Errorf("%q is answered with %v", address, err)
		}
	}
	n.People.Mail = nil
	if err := n.People.SendLink(t.Context(), "mia@example.org"); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("without a mail server: %v", err)
	}
	if err := n.People.HandleMail(t.Context(), []byte("mia@example.org")); err != nil || len(n.Mail.Sent()) != 2 {
		t.Errorf("a mail that waited when the mail server was taken away: %v", err)
	}
}
