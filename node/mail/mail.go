// Package mail sends sign-in links through the mail server of the settings. It
// writes plain text only, puts nothing that people typed into a header, and
// knows nothing of who asked for a link.
package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"

	"github.com/poweron-network/poweron/node"
)

// stepLimit bounds each step of the conversation: connecting, greeting, sending.
const stepLimit = 10 * time.Second

// Ports by convention: submission, with TLS from the start or after STARTTLS (RFC 8314 §3.3).
const (
	portSMTP  = 587
	portSMTPS = 465
)

// Mailer sends mails through one server. It serves any number of goroutines.
type Mailer struct {
	Now func() time.Time
	// TLS replaces the machine's own trust in certificates, in tests; nil otherwise.
	TLS *tls.Config

	host, user, password string
	port                 int
	ssl                  bool
	from                 string
}

// New reads smtp://user:password@host:port or smtps://…. from is the sender of
// all mails; when it is empty, that is poweron@ and the host of the link.
func New(rawURL, from string, now func() time.Time) (*Mailer, error) {
	u, err := url.Parse(rawURL)
	if err != nil { // err repeats the address, and with it the password
		return nil, errors.New("read address of the mail server: not a URL")
	}
	m := &Mailer{Now: now, host: u.Hostname(), user: u.User.Username(), from: from, port: portSMTP}
	m.password, _ = u.User.Password()
	switch u.Scheme {
	case "smtp":
	case "smtps":
		m.ssl, m.port = true, portSMTPS
	default:
		return nil, fmt.Errorf("read address of the mail server: scheme %s is neither smtp nor smtps", u.Scheme)
	}
	if p := u.Port(); p != "" {
		if m.port, err = strconv.Atoi(p); err != nil {
			return nil, fmt.Errorf("read address of the mail server: port %s", p)
		}
	}
	if m.host == "" {
		return nil, errors.New("read address of the mail server: no host")
	}
	if from != "" {
		if err := node.CheckEmail(from); err != nil {
			return nil, fmt.Errorf("read sender of mails: %w", err)
		}
	}
	return m, nil
}

// Server is the host and port that mails go to.
func (m *Mailer) Server() string { return net.JoinHostPort(m.host, strconv.Itoa(m.port)) }

// SendLink mails a sign-in link; lang is the language of the mail. The error
// names no address and repeats no answer of the server, which may hold one (C10).
func (m *Mailer) SendLink(ctx context.Context, to, name, lang, link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return errors.New("write mail: the link is not an address")
	}
	from := m.sender(u)
	msg, err := m.compose(from, to, name, lang, u)
	if err != nil {
		return err
	}
	limit := stepLimit
	if d, ok := ctx.Deadline(); ok { // the client looks at ctx while it connects, but not later
		limit = max(time.Millisecond, min(limit, time.Until(d)))
	}
	_, domain, _ := strings.Cut(from, "@")
	client, err := m.client(domain, limit)
	if err != nil {
		return fmt.Errorf("prepare mail server %s: %w", m.Server(), err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	var refused *gomail.SendError
	if errors.As(err, &refused) {
		return fmt.Errorf("send mail by %s: %s, code %d", m.Server(), refused.Reason, refused.ErrorCode())
	}
	if err != nil {
		return fmt.Errorf("send mail by %s: %w", m.Server(), err)
	}
	return nil
}

// sender is the address that a mail with this link comes from.
func (m *Mailer) sender(link *url.URL) string {
	host := link.Hostname()
	if _, err := netip.ParseAddr(host); err == nil { // a node in a test
		host = "localhost"
	}
	return cmp.Or(m.from, "poweron@"+host)
}

// compose writes the mail. Addresses are strict, and the name stays in the body (C9).
func (m *Mailer) compose(from, to, name, lang string, link *url.URL) (*gomail.Msg, error) {
	if err := node.CheckEmail(to); err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	_, domain, _ := strings.Cut(from, "@")
	subject, body := words(lang, oneLine(name), link.Host, link.String())
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.From(from), msg.To(to)); err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	msg.Subject(subject)
	msg.SetDateWithValue(m.Now())
	msg.SetMessageIDWithValue(uuid.NewString() + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no holiday answers
	msg.SetBodyString(gomail.TypeTextPlain, body)
	return msg, nil
}

// client opens no connection yet. A password is sent through TLS only.
func (m *Mailer) client(domain string, limit time.Duration) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(m.port), gomail.WithTimeout(limit), gomail.WithHELO(domain), gomail.WithTLSPolicy(gomail.TLSOpportunistic),
	}
	if m.ssl {
		options = append(options, gomail.WithSSL())
	}
	if m.user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(m.user), gomail.WithPassword(m.password),
			gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if m.TLS != nil {
		options = append(options, gomail.WithTLSConfig(m.TLS))
	}
	return gomail.NewClient(m.host, options...)
}

// oneLine folds a name into one line: a body line that a name begins could pass for ours.
func oneLine(name string) string { return strings.Join(strings.Fields(name), " ") }
