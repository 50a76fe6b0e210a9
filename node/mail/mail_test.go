package mail_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/poweron-network/poweron/node/mail"
)

const link = "https://node.example.org/sign-in/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func now() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) }

// letter is one mail as the sink received it.
type letter struct{ from, to, raw string }

// sink is a mail server that keeps what it gets.
type sink struct {
	mu     sync.Mutex
	got    []letter
	refuse error // answer to RCPT
}

type session struct {
	s *sink
	letter
}

func (s *session) Reset()                                   { s.letter = letter{} }
func (s *session) Logout() error                            { return nil }
func (s *session) Mail(f string, _ *smtp.MailOptions) error { s.from = f; return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to += to
	return s.s.refuse
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.raw = string(raw)
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	s.s.got = append(s.s.got, s.letter)
	return err
}

// start runs the sink and returns its address. config nil means no STARTTLS.
func (s *sink) start(t *testing.T, config *tls.Config) string {
	t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{s: s}, nil }))
	server.TLSConfig = config
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return l.Addr().String()
}

// certificate is a pair of TLS configurations that trust each other.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: pool, ServerName: "example.com"}
}

func mailer(t *testing.T, url string) *mail.Mailer {
	t.Helper()
	m, err := mail.New(url, "poweron@node.example.org", now)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// read decodes a mail: header, subject and body.
func read(t *testing.T, raw string) (h netmail.Header, subject, body string) {
	t.Helper()
	msg, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		t.Fatal(err)
	}
	return msg.Header, subject, strings.ReplaceAll(string(b), "\r\n", "\n")
}

func TestSendLink(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lang, subject, greeting, once string }{
		{"en", "Sign in to node.example.org", "Hello Ana María,", "It works once"},
		{"es", "Entrar en node.example.org", "Hola, Ana María:", "Sirve una sola vez"},
		{"es-MX", "Entrar en node.example.org", "Hola, Ana María:", "Sirve una sola vez"},
		{"fr", "Sign in to node.example.org", "Hello Ana María,", "It works once"},
	} {
		t.Run(c.lang, func(t *testing.T) {
			t.Parallel()
			s := &sink{}
			m := mailer(t, "smtp://"+s.start(t, nil))
			if err := m.SendLink(t.Context(), "ana@example.org", "Ana María", c.lang, link); err != nil {
				t.Fatal(err)
			}
			if len(s.got) != 1 || s.got[0].from != "poweron@node.example.org" || s.got[0].to != "ana@example.org" {
				t.Fatalf("the server got %+v", s.got)
			}
			h, subject, body := read(t, s.got[0].raw)
			if subject != c.subject || !strings.HasPrefix(body, c.greeting) || !strings.Contains(body, "\n"+link+"\n") || !strings.Contains(body, c.once) {
				t.Errorf("mail is %q\n%s", subject, body)
			}
			if got := h.Get("Content-Type"); !strings.HasPrefix(got, "text/plain; charset=UTF-8") {
				t.Errorf("type %s, want plain text", got)
			}
			if got := h.Get("Date"); got != now().Format(time.RFC1123Z) {
				t.Errorf("date %s is not the service's", got)
			}
			if h.Get("Auto-Submitted") != "auto-generated" || !strings.HasSuffix(h.Get("Message-ID"), "@node.example.org>") || h.Get("User-Agent") != "" {
				t.Errorf("header is %v", h)
			}
		})
	}
}

// TestC9HeadersAreSafe shows that neither a name nor an address adds a header or a recipient.
func TestC9HeadersAreSafe(t *testing.T) {
	t.Parallel()
	s := &sink{}
	m := mailer(t, "smtp://"+s.start(t, nil))
	for _, name := range []string{"Ana\r\nBcc: all@example.org", "Ana\n\nClick https://evil.example", "\u2028Ana", "=?utf-8?q?x?="} {
		s.got = nil
		if err := m.SendLink(t.Context(), "ana@example.org", name, "en", link); err != nil {
			t.Fatal(err)
		}
		h, _, body := read(t, s.got[0].raw)
		for key := range h {
			if !strings.Contains("From To Subject Date Message-Id Mime-Version Content-Type Content-Transfer-Encoding Auto-Submitted", key) {
				t.Errorf("name %q adds header %s", name, key)
			}
		}
		if s.got[0].to != "ana@example.org" || strings.Contains(h.Get("Subject"), "Ana") {
			t.Errorf("name %q: to %q, header %v", name, s.got[0].to, h)
		}
		if first, _, _ := strings.Cut(body, "\n"); first != "Hello "+strings.Join(strings.Fields(name), " ")+"," {
			t.Errorf("name %q: body begins %q", name, first)
		}
	}
	s.got = nil
	for _, to := range []string{"ana@example.org\r\nBcc: all@example.org", "ana@example.org, all@example.org", "Ana <ana@example.org>", "ana", ""} {
		if err := m.SendLink(t.Context(), to, "Ana", "en", link); err == nil {
			t.Errorf("address %q is taken", to)
		}
	}
	if len(s.got) > 0 {
		t.Errorf("mails went out: %+v", s.got)
	}
}

// TestSenderFromTheLink has no sender in the settings.
func TestSenderFromTheLink(t *testing.T) {
	t.Parallel()
	s := &sink{}
	m, err := mail.New("smtp://"+s.start(t, nil), "", now)
	if err != nil {
		t.Fatal(err)
	}
	for link, want := range map[string]string{
		"https://node.example.org/sign-in/A":  "poweron@node.example.org",
		"http://127.77.0.1:8080/sign-in/A":    "poweron@localhost",
		"https://node.example.org:8443/x?y#z": "poweron@node.example.org",
	} {
		s.got = nil
		if err := m.SendLink(t.Context(), "ana@example.org", "Ana", "en", link); err != nil {
			t.Fatal(err)
		}
		if s.got[0].from != want {
			t.Errorf("%s is sent by %s, want %s", link, s.got[0].from, want)
		}
	}
	for _, link := range []string{"", "/sign-in/A", "%zz"} {
		if err := m.SendLink(t.Context(), "ana@example.org", "Ana", "en", link); err == nil {
			t.Errorf("link %q is sent", link)
		}
	}
}

func TestStartTLS(t *testing.T) {
	t.Parallel()
	server, client := certificate(t)
	s := &sink{}
	addr := s.start(t, server)
	m := mailer(t, "smtp://"+addr)
	if err := m.SendLink(t.Context(), "ana@example.org", "Ana", "en", link); err == nil {
		t.Error("a certificate that nobody vouches for is accepted")
	}
	m.TLS = client
	if err := m.SendLink(t.Context(), "ana@example.org", "Ana", "en", link); err != nil {
		t.Error(err)
	}
	if len(s.got) != 1 {
		t.Errorf("%d mails, want 1", len(s.got))
	}
}

// TestPasswordNeedsTLS has a server that offers AUTH but no TLS.
func TestPasswordNeedsTLS(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 1)
	addr := scripted(t, nil, "CRAM-MD5", heard)
	m := mailer(t, "smtp://ana:open-sesame@"+addr)
	err := m.SendLink(t.Context(), "ana@example.org", "Ana", "en", link)
	if err == nil {
		t.Error("the mail went out without TLS")
	}
	if said := <-heard; strings.Contains(said, "AUTH") || strings.Contains(said, "MAIL") {
		t.Errorf("without TLS the client said %q", said)
	}
	if strings.Contains(fmt.Sprint(err), "open-sesame") {
		t.Errorf("the password is in %v", err)
	}
}

func TestTLSFromTheStart(t *testing.T) {
	t.Parallel()
	server, client := certificate(t)
	heard := make(chan string, 1)
	addr := scripted(t, server, "PLAIN", heard)
	m := mailer(t, "smtps://ana:open%20sesame@"+addr)
	m.TLS = client
	if err := m.SendLink(t.Context(), "ana@example.org", "Ana", "en", link); err != nil {
		t.Fatal(err)
	}
	said := <-heard
	if want := base64.StdEncoding.EncodeToString([]byte("\x00ana\x00open sesame")); !strings.Contains(said, "AUTH PLAIN "+want) {
		t.Errorf("the client said %q", said)
	}
	if !strings.HasPrefix(said, "EHLO node.example.org\r\n") {
		t.Errorf("the client greets with %q", said)
	}
}

// scripted is a mail server for one connection that offers a way to sign in;
// config not nil means TLS from the start. heard gets all that the client said.
func scripted(t *testing.T, config *tls.Config, auth string, heard chan<- string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		var said bytes.Buffer
		defer func() { heard <- said.String() }()
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		answer := func(s string) { _, _ = io.WriteString(c, s+"\r\n") }
		answer("220 sink")
		in, data := bufio.NewReader(io.TeeReader(c, &said)), false
		for {
			line, err := in.ReadString('\n')
			line = strings.TrimRight(line, "\r\n")
			verb, _, _ := strings.Cut(line, " ")
			switch {
			case err != nil:
				return
			case data && line != ".":
			case data:
				data = false
				answer("250 taken")
			case verb == "EHLO":
				answer("250-sink\r\n250 AUTH " + auth)
			case verb == "AUTH":
				answer("235 welcome")
			case verb == "DATA":
				data = true
				answer("354 go on")
			case verb == "QUIT":
				answer("221 bye")
				return
			default:
				answer("250 ok")
			}
		}
	}()
	return l.Addr().String()
}

// TestC10ErrorsNameNobody has a server that refuses the recipient by name.
func TestC10ErrorsNameNobody(t *testing.T) {
	t.Parallel()
	s := &sink{refuse: &smtp.SMTPError{Code: 550, Message: "ana@example.org is unknown"}}
	m := mailer(t, "smtp://"+s.start(t, nil))
	err := m.SendLink(t.Context(), "ana@example.org", "Ana", "en", link)
	if err == nil || strings.Contains(err.Error(), "ana@") || strings.Contains(err.Error(), "sign-in/") || !strings.Contains(err.Error(), "550") {
		t.Errorf("error is %v", err)
	}
}

func TestDeadServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // accepts in the kernel, and never says a word
	m := mailer(t, "smtp://"+l.Addr().String())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := m.SendLink(ctx, "ana@example.org", "Ana", "en", link); err == nil {
		t.Error("a silent server took the mail")
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("gave up after %s", took)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, url, from string }{
		{"other scheme", "http://mail.example.org", "a@example.org"},
		{"no host", "smtp://", "a@example.org"},
		{"not a URL", "smtp://user:open-sesame@%zz", "a@example.org"},
		{"sender without a host", "smtp://mail.example.org", "poweron"},
		{"sender with a header", "smtp://mail.example.org", "a@example.org\r\nBcc: b@example.org"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := mail.New(c.url, c.from, now)
			if err == nil || strings.Contains(err.Error(), "open-sesame") {
				t.Errorf("error is %v", err)
			}
		})
	}
	for url, want := range map[string]string{
		"smtp://mail.example.org": "mail.example.org:587", "smtps://mail.example.org": "mail.example.org:465", "smtp://mail.example.org:25": "mail.example.org:25",
	} {
		m, err := mail.New(url, "a@example.org", now)
		if err != nil || m.Server() != want {
			t.Errorf("%s goes to %v (%v), want %s", url, m.Server(), err, want)
		}
	}
}
