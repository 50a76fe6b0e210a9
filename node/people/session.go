package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// SignInLink returns whose link this is, without using it up: mail scanners open links.
func (s *Service) SignInLink(ctx context.Context, token string) (p *node.Person, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		person, err := tx.Link(ctx, node.HashToken(token), s.Now())
		if err != nil {
			return err
		}
		p, err = tx.PersonSelf(ctx, person)
		return err
	})
	return p, err
}

// SignedIn is a new session: Token goes into the cookie and nowhere else.
type SignedIn struct {
	Token  string
	Person *node.Person
}

// SignIn uses a link up and starts a session with a new token.
func (s *Service) SignIn(ctx context.Context, token string) (in SignedIn, err error) {
	now := s.Now()
	session, sessionHash := node.NewToken()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		person, err := tx.Link(ctx, node.HashToken(token), now)
		if err != nil {
			return err
		}
		if err := tx.UseLink(ctx, node.HashToken(token), now); err != nil {
			return err
		}
		if in.Person, err = tx.PersonSelf(ctx, person); err != nil {
			return err
		}
		return tx.PutSession(ctx, sessionHash, &node.Session{ID: newID(), PersonID: person, CreatedAt: now, SeenAt: now})
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("sign in: %w", err)
	}
	in.Token = session
	return in, nil
}

// touchEvery bounds how often a session's last use is written.
const touchEvery = 10 * time.Minute

// SessionViewer returns who is signed in with this token, or node.ErrSignedOut.
func (s *Service) SessionViewer(ctx context.Context, token string) (v access.Viewer, p *node.Person, err error) {
	if token == "" {
		return v, nil, node.ErrSignedOut
	}
	now := s.Now()
	var session *node.Session
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if session, err = tx.Session(ctx, node.HashToken(token)); err != nil {
			return err
		}
		if p, err = tx.PersonSelf(ctx, session.PersonID); err != nil {
			return err
		}
		if session.Expired(p.Role, now) {
			return node.ErrSignedOut
		}
		v, err = s.viewer(ctx, tx, p)
		return err
	})
	if err != nil {
		return access.Viewer{}, nil, err
	}
	if now.Sub(session.SeenAt) > touchEvery {
		// A full disk must not sign people out: reads go on without it.
		_ = s.DB.Write(ctx, func(tx *store.Tx) error { return tx.TouchSession(ctx, session.ID, now) })
	}
	return v, p, nil
}

// SignOut ends the session with this token.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.DeleteSession(ctx, node.HashToken(token)) })
}

// MailJob is the kind of job that mails a sign-in link; its payload is the address.
const MailJob = "mail"

// SendLink has a sign-in link mailed. Known and unknown addresses get the same
// answer in the same time: who it is for is looked up later, by the job.
func (s *Service) SendLink(ctx context.Context, email string) error {
	if s.Mail == nil {
		return fmt.Errorf("send link: %w", node.ErrForbidden)
	}
	email = strings.ToLower(strings.TrimSpace(email))
	if err := node.CheckEmail(email); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.Enqueue(ctx, MailJob, email, []byte(email), s.Now()) })
}

// HandleMail mails a new sign-in link to whom the address belongs, if anybody.
// Done twice, it sends two links: each works once.
func (s *Service) HandleMail(ctx context.Context, payload []byte) error {
	if s.Mail == nil {
		return nil // the mail server was taken out of the settings meanwhile
	}
	site, err := s.Site(ctx)
	if err != nil {
		return err
	}
	var p *node.Person
	link := ""
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if p, err = tx.PersonByEmail(ctx, string(payload)); err != nil {
			return err
		}
		link, err = s.newLink(ctx, tx, site.Origin, p.ID, node.MailLinkLife)
		return err
	})
	if errors.Is(err, node.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mail link: %w", err)
	}
	return s.Mail.SendLink(ctx, p.Email, p.Name, p.Lang, link)
}

// PersonLink makes a sign-in link for an admin of the person's organization to hand over.
func (s *Service) PersonLink(ctx context.Context, v access.Viewer, handle string) (link string, err error) {
	if !access.Can(v, access.AddPerson) {
		return "", fmt.Errorf("make sign-in link: %w", node.ErrForbidden)
	}
	site, err := s.Site(ctx)
	if err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := tx.Person(ctx, access.ScopeOf(v), handle)
		if err != nil {
			return err
		}
		if !access.CanMakeLink(v, p) {
			return node.ErrForbidden
		}
		link, err = s.newLink(ctx, tx, site.Origin, p.ID, node.CommandLinkLife)
		return err
	})
	if errors.Is(err, node.ErrNotFound) {
		return "", node.Invalid("handle", "error.handle.unknown", "handle", handle)
	}
	return link, err
}

// PersonViewer returns the viewer for one of our people, for work done in their name.
func (s *Service) PersonViewer(ctx context.Context, person uuid.UUID) (v access.Viewer, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		p, err := tx.PersonSelf(ctx, person)
		if err != nil {
			return err
		}
		v, err = s.viewer(ctx, tx, p)
		return err
	})
	return v, err
}
