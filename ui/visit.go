package ui

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/people"
)

// visit is one request: who asks, in which language, at what time.
type visit struct {
	*gin.Context
	s      *Server
	viewer access.Viewer
	me     *node.Person // nil for visitors
	site   *people.Site
	lang   string
	now    time.Time

	namesOfNetworks map[uuid.UUID]string // once the page names one
}

// handler answers a visit, or returns why not.
type handler func(*visit) error

func (v *visit) ctx() context.Context { return v.Request.Context() }

// headers sets what every answer carries (F11). No page loads or runs anything
// that is not ours, and none can be framed.
func (s *Server) headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// page makes a gin handler of h: it recognizes the visitor, checks a form before
// anything reads it, and shows whatever goes wrong as a page.
func (s *Server) page(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		v := &visit{Context: c, s: s, lang: s.words.Languages()[0], now: s.Now()}
		header := c.Writer.Header()
		header.Set("Vary", "Accept, Accept-Language, Cookie")
		header.Set("Cache-Control", "private, no-cache")
		defer func() {
			if p := recover(); p != nil {
				v.fail(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
		}()
		if err := v.prepare(); err != nil {
			v.fail(err)
			return
		}
		if v.chooseLanguage() {
			return
		}
		if err := h(v); err != nil {
			v.fail(err)
		}
	}
}

// prepare fills in the visit and refuses forged or oversized forms (F7, F12).
func (v *visit) prepare() error {
	var err error
	v.lang = v.s.words.Match(v.Request.Header.Get("Accept-Language"), "")
	if v.site, err = v.s.People.Site(v.ctx()); err != nil {
		return err
	}
	if err := v.recognize(); err != nil {
		return err
	}
	v.lang = v.language()
	if v.Request.Method == http.MethodGet || v.Request.Method == http.MethodHead {
		return nil
	}
	if err := v.s.forgery.Check(v.Request); err != nil {
		return errForged
	}
	return v.readForm()
}

// What can be wrong with a form before anybody looks at its fields.
var (
	errForged   = errors.New("form sent from another site")
	errTooLarge = errors.New("form too large")
	errUnread   = errors.New("form unreadable")
)

func (v *visit) readForm() error {
	body := v.Request.Body
	v.Request.Body = http.MaxBytesReader(v.Writer, body, maxFormBytes)
	err := v.Request.ParseForm()
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		// Reading on lets the browser see the answer instead of a broken connection.
		if _, err := io.CopyN(io.Discard, body, maxDrainBytes); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: %w", errTooLarge, err)
		}
		return errTooLarge
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUnread, err)
	}
	return nil
}

// show renders a page. Nothing is sent before all of it is known to work.
func (v *visit) show(status int, page string, data any) error {
	buf, ok := v.s.buffers.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	defer v.s.buffers.Put(buf)
	buf.Reset()
	parsed, ok := v.s.pages[page]
	if !ok {
		return fmt.Errorf("show page %s: no such template", page)
	}
	tmpl, err := parsed()
	if err != nil {
		return fmt.Errorf("show page %s: %w", page, err)
	}
	if err := tmpl.ExecuteTemplate(buf, "layout", data); err != nil {
		return fmt.Errorf("show page %s: %w", page, err)
	}
	v.Writer.Header().Set("Content-Language", v.lang)
	v.Data(status, "text/html; charset=utf-8", buf.Bytes())
	return nil
}

// redirect sends the browser to a page after a form was done with.
func (v *visit) redirect(to string) {
	v.Writer.Header().Set("Location", to)
	v.Status(http.StatusSeeOther)
	v.Writer.WriteHeaderNow()
}

// done is redirect to a page that says what was done; what is a key of doneNotices.
func (v *visit) done(to, what string) error {
	sep := "?"
	if strings.Contains(to, "?") {
		sep = "&"
	}
	v.redirect(to + sep + "done=" + what)
	return nil
}

// failure is how one kind of error shows: its status and the stem of its words.
type failure struct {
	status int
	words  string
}

// failures maps kinds to statuses, once for all pages.
var failures = []struct {
	kind error
	as   failure
}{
	{node.ErrNotFound, failure{http.StatusNotFound, "fail.404"}},
	{node.ErrSignedOut, failure{http.StatusForbidden, "fail.signin"}},
	{node.ErrForbidden, failure{http.StatusForbidden, "fail.403"}},
	{errForged, failure{http.StatusForbidden, "fail.forged"}},
	{node.ErrGone, failure{http.StatusGone, "fail.410"}},
	{node.ErrConflict, failure{http.StatusConflict, "fail.409"}},
	{errTooLarge, failure{http.StatusRequestEntityTooLarge, "fail.413"}},
	{errUnread, failure{http.StatusUnprocessableEntity, "fail.422"}},
	{node.ErrTooMany, failure{http.StatusTooManyRequests, "fail.429"}},
	{node.ErrFull, failure{http.StatusServiceUnavailable, "fail.503.full"}},
	{node.ErrReadOnly, failure{http.StatusServiceUnavailable, "fail.503.full"}},
}

func failureOf(err error) failure {
	for _, f := range failures {
		if errors.Is(err, f.kind) {
			return f.as
		}
	}
	var field *node.FieldError
	if errors.As(err, &field) {
		return failure{http.StatusUnprocessableEntity, "fail.422"}
	}
	return failure{http.StatusInternalServerError, "fail.500"}
}

// errorPage says what happened and offers two ways on.
type errorPage struct {
	*Frame
	Words string // stem of the keys
	Code  string // to read out on the phone; empty unless it is ours to mend
	Typed string // what somebody wrote and may want to keep
	Sky   sky
}

// fail shows err as a page. Internal text goes to the log, once, under a short code.
func (v *visit) fail(err error) {
	if v.ctx().Err() != nil || v.Writer.Written() {
		v.s.Log.Debug("answer abandoned", "path", v.FullPath(), "error", err)
		return
	}
	f := failureOf(err)
	if errors.Is(err, node.ErrForbidden) && !v.viewer.SignedIn() {
		f.words = "fail.signin"
	}
	page := &errorPage{Frame: v.frame("", v.t(f.words+".title")), Words: f.words, Sky: newSky(f.words, emptySkyDots, emptySkyWidth, emptySkyHigh)}
	page.NoIndex = true
	switch f.status {
	case http.StatusInternalServerError, http.StatusServiceUnavailable:
		page.Code = strings.ToUpper(rand.Text()[:4])
		v.s.Log.Error("page failed", "code", page.Code, "method", v.Request.Method, "route", v.FullPath(), "error", err)
	case http.StatusTooManyRequests:
		if v.Writer.Header().Get("Retry-After") == "" {
			v.Header("Retry-After", strconv.Itoa(int(signInWindow/time.Second)))
		}
	}
	if f.words == "fail.signin" && v.Request.Method == http.MethodPost {
		page.Typed = v.posted("text")
	}
	if show := v.show(f.status, "error", page); show != nil {
		v.s.Log.Error("error page failed", "error", show)
		v.String(http.StatusInternalServerError, "%s\n", v.t("fail.500.title"))
	}
}

// posted is one field of the form that was sent.
func (v *visit) posted(name string) string { return v.Request.PostForm.Get(name) }
