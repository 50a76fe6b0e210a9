package ui

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// The cookies: who is signed in, and what this browser prefers.
const (
	sessionCookie = ""
	langCookie    = "lang"
	themeCookie   = "theme"
	yearOfSeconds = 365 * 24 * 3600
)

// cookieName is "__Host-poweron" on https. On http, which browsers do not bind
// to a port, the node's id keeps two nodes of one host apart (design.md 9, Cookie).
func (s *Server) cookieName(what string) string {
	name := "__Host-poweron"
	if !s.Secure {
		name = "poweron-" + s.NodeID
	}
	if what != sessionCookie {
		name += "-" + what
	}
	return name
}

// setCookie keeps value in the browser for maxAge seconds; a negative maxAge removes it (F3).
func (v *visit) setCookie(what, value string, maxAge int) {
	http.SetCookie(v.Writer, &http.Cookie{
		Name: v.s.cookieName(what), Value: value, Path: "/", MaxAge: maxAge,
		Secure: v.s.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (v *visit) cookie(what string) string {
	c, err := v.Request.Cookie(v.s.cookieName(what))
	if err != nil {
		return ""
	}
	return c.Value
}

// recognize finds out who is asking. An unknown or expired session is a visitor.
func (v *visit) recognize() error {
	v.viewer = access.Visitor
	token := v.cookie(sessionCookie)
	if token == "" {
		return nil
	}
	viewer, person, err := v.s.People.SessionViewer(v.ctx(), token)
	if errors.Is(err, node.ErrSignedOut) {
		v.setCookie(sessionCookie, "", -1)
		return nil
	}
	if err != nil {
		return err
	}
	v.viewer, v.me = viewer, person
	return nil
}

// language chooses the language of the page: what this browser chose, else what
// the person set, else what the browser asks for, else what the site speaks.
func (v *visit) language() string {
	if lang := v.cookie(langCookie); v.s.words.Has(lang) {
		return lang
	}
	if v.me != nil && v.s.words.Has(v.me.Lang) {
		return v.me.Lang
	}
	fallback := ""
	if v.site != nil {
		fallback = v.site.Lang
	}
	return v.s.words.Match(v.Request.Header.Get("Accept-Language"), fallback)
}

// chooseLanguage obeys ?lang= and sends the browser back to the bare address.
func (v *visit) chooseLanguage() bool {
	query := v.Request.URL.Query()
	lang := query.Get("lang")
	if v.Request.Method != http.MethodGet || !v.s.words.Has(lang) {
		return false
	}
	v.setCookie(langCookie, lang, yearOfSeconds)
	query.Del("lang")
	v.redirect((&url.URL{Path: v.Request.URL.Path, RawQuery: query.Encode()}).String())
	return true
}

// themes a person can choose besides that of the system.
var themes = map[string]bool{"light": true, "dark": true}

func (v *visit) theme() string {
	if t := v.cookie(themeCookie); themes[t] {
		return t
	}
	return ""
}

// lookSave keeps the theme that this browser chose.
func lookSave(v *visit) error {
	theme := v.posted("theme")
	if themes[theme] {
		v.setCookie(themeCookie, theme, yearOfSeconds)
	} else {
		v.setCookie(themeCookie, "", -1)
	}
	v.redirect(localPath(v.posted("back")))
	return nil
}

// localPath is p if it is a path on this node, else the start page: no form can
// send people elsewhere.
func localPath(p string) string {
	u, err := url.Parse(p)
	if err != nil || len(p) < 1 || p[0] != '/' || len(p) > 1 && (p[1] == '/' || p[1] == '\\') {
		return "/"
	}
	return u.String()
}

func (v *visit) signIn(token string) {
	v.setCookie(sessionCookie, token, int(node.SessionLife/time.Second))
}
