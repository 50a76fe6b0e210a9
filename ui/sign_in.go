package ui

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/poweron-network/poweron/node"
)

// signInPage asks for an e-mail address, or says how else to get in.
type signInPage struct {
	*Frame
	Mail bool // a mail server is set
	Sent bool
	Form *form
	Sky  sky
}

func (v *visit) signInForm(values url.Values) *signInPage {
	p := &signInPage{Frame: v.frame("", v.t("frame.signin")), Mail: v.site.SMTP, Sky: v.organizationSky()}
	p.NoIndex = true
	p.Form = v.form(p.Frame, "/sign-in", values)
	p.Form.add(field{Name: "email", Kind: "email", Label: "signin.email", Hint: "signin.email.hint", Complete: "email", Required: true, Max: 254})
	return p
}

func (v *visit) organizationSky() sky {
	return newSky(v.site.Organization.ID.String(), skyDots, skyWidth, skyHeight)
}

func signInShow(v *visit) error { return v.show(http.StatusOK, "sign_in", v.signInForm(url.Values{})) }

// limited counts a try to sign in, per address block and, for mails, per address (D7).
func (v *visit) limited(l *limits, key string) error {
	wait := l.take(key, v.now)
	if wait == 0 {
		return nil
	}
	v.Header("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	return node.ErrTooMany
}

// signInMail answers alike whether or not the address is known (F6).
func signInMail(v *visit) error {
	if err := v.limited(v.s.signIns, block(v.ClientIP())); err != nil {
		return err
	}
	p := v.signInForm(v.Request.PostForm)
	email := strings.ToLower(strings.TrimSpace(v.posted("email")))
	if err := node.CheckEmail(email); err != nil {
		p.Form.take(err)
		return v.show(http.StatusUnprocessableEntity, "sign_in", p)
	}
	if err := v.limited(v.s.mails, email); err != nil {
		return err
	}
	err := v.s.People.SendLink(v.ctx(), email)
	switch {
	case errors.Is(err, node.ErrTooMany), errors.Is(err, node.ErrForbidden):
		return err
	case err != nil: // saying so would tell that the address is known
		v.s.Log.Error("sign-in mail not sent", "error", err)
	}
	p.Sent = true
	return v.show(http.StatusOK, "sign_in", p)
}

// signInLinkPage is what a sign-in link opens: only its button uses the link
// up, as scanners of mail open links too (design.md 9, Sign-in links).
type signInLinkPage struct {
	*Frame
	Good         bool
	Name, Action string
	Sky          sky
}

func (v *visit) linkPage() *signInLinkPage {
	p := &signInLinkPage{Frame: v.frame("", v.t("frame.signin")), Action: v.Request.URL.EscapedPath(), Sky: v.organizationSky()}
	p.NoIndex = true
	v.Header("Cache-Control", "no-store")
	v.Header("Referrer-Policy", "same-origin")
	return p
}

func signInLink(v *visit) error {
	p := v.linkPage()
	person, err := v.s.People.SignInLink(v.ctx(), v.Param("token"))
	if errors.Is(err, node.ErrNotFound) {
		return v.show(http.StatusNotFound, "sign_in_link", p)
	}
	if err != nil {
		return err
	}
	p.Good, p.Name = true, person.Name
	return v.show(http.StatusOK, "sign_in_link", p)
}

func signInUse(v *visit) error {
	if err := v.limited(v.s.signIns, block(v.ClientIP())); err != nil {
		return err
	}
	in, err := v.s.People.SignIn(v.ctx(), v.Param("token"))
	if errors.Is(err, node.ErrNotFound) {
		return v.show(http.StatusNotFound, "sign_in_link", v.linkPage())
	}
	if err != nil {
		return err
	}
	v.signIn(in.Token)
	v.redirect("/")
	return nil
}

func signOut(v *visit) error {
	if token := v.cookie(sessionCookie); token != "" {
		if err := v.s.People.SignOut(v.ctx(), token); err != nil {
			return err
		}
	}
	v.setCookie(sessionCookie, "", -1)
	return v.done("/", "signed-out")
}
