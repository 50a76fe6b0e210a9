// Package federation is the node's ActivityPub side: what other servers fetch
// here (this package), what they send (inbox), what we send (deliver) and what
// we ask (discover). Everything for machines lies under /ap/ and .well-known.
package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/card"
	"github.com/poweron-network/poweron/node/contact"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
)

// Server answers other servers. What everyone may read needs no signature; what
// is for members of a network is shown to who signed as one of them (viewer).
type Server struct {
	Origin       node.Origin
	People       *people.Service
	Conversation *conversation.Service
	Following    *following.Service
	Delivery     *delivery.Service
	Network      *network.Service
	Cards        *card.Service
	Mentoring    *mentoring.Service
	Contact      *contact.Service
	Finder       *discover.Finder // verifies who signed a GET
	Skills       *skillset.Set
	Inbox        http.Handler
	Now          func() time.Time
	// ClientAddress names who is connected, for the limit on failed signatures.
	ClientAddress func(*http.Request) string
	// Asked is called when the node of another member asks what it missed: it counts us by now.
	Asked   func(host string)
	Version string
	Log     *slog.Logger

	callers *callers
}

// Mount adds the routes for machines to a router.
func (s *Server) Mount(router gin.IRouter) {
	s.callers = newCallers(s.Origin, s.Now)
	r := router.Group("", s.guard)
	get := func(path string, answer gin.HandlerFunc) {
		r.GET(path, answer)
		r.HEAD(path, answer)
	}
	get("/.well-known/webfinger", s.webFinger)
	get("/.well-known/host-meta", s.hostMeta)
	get("/.well-known/nodeinfo", func(c *gin.Context) { s.plain(c, "application/json", vocab.NodeInfoLinks(s.Origin)) })
	get("/nodeinfo/2.1", s.nodeInfo)

	inbox := gin.WrapH(s.Inbox)
	r.POST("/ap/inbox", inbox)
	for _, actor := range []string{relayPath, "/ap/organizations/:id", "/ap/people/:id", "/ap/networks/:id"} {
		get(actor, s.actor)
		r.POST(actor+"/inbox", inbox)
		get(actor+"/outbox", s.outbox)
		get(actor+"/followers", s.followers)
		get(actor+"/following", s.following)
	}
	s.mountNetworks(get)
	get("/ap/objects/:id", s.object)
	get("/ap/activities/:id", s.activity)
	get("/ap/offers/:id", s.offer)
}

// guard sets the headers of F11: a browser that comes here by mistake runs,
// frames and guesses nothing.
func (s *Server) guard(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()")
	if strings.HasPrefix(string(s.Origin), "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// Negotiate serves the document of a page when the request asks for one
// (design.md 9, Ids). It goes before the pages.
func (s *Server) Negotiate(c *gin.Context) {
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead || !wantsDocument(c) {
		return
	}
	kind, name, _ := strings.Cut(strings.Trim(c.Request.URL.Path, "/"), "/")
	switch {
	case kind == "" || (kind == "people" || kind == "organizations" || kind == "networks") && name != "" && !strings.Contains(name, "/"):
		if name == "" {
			name = node.RelayHandle
		}
		s.guard(c)
		uri, _, err := s.localURI(c.Request.Context(), name)
		if err != nil {
			s.fail(c, err)
			return
		}
		s.showActor(c, uri)
	case kind == "posts" || kind == "gatherings":
		id, err := uuid.Parse(name)
		if err != nil || len(name) != 36 {
			return // a form or a calendar file
		}
		s.guard(c)
		s.showObject(c, id)
	default:
		return
	}
	c.Abort()
}

// wantsDocument reports whether a request asks for ActivityStreams rather than HTML (AP §3.2).
func wantsDocument(c *gin.Context) bool {
	document, _ := preferred(c.GetHeader("Accept"))
	return document
}

// wantsPage reports whether a browser came to an address for machines.
func wantsPage(c *gin.Context) bool {
	_, page := preferred(c.GetHeader("Accept"))
	return page
}

// preferred tells which of the two Accept names with the most weight, of equals
// the first (RFC 9110 §12.5.1). What it does not name it does not ask for.
func preferred(accept string) (document, page bool) {
	most := 0.0
	for part := range strings.SplitSeq(accept, ",") {
		t, params, err := mime.ParseMediaType(part)
		weight := 1.0
		if q, ok := params["q"]; ok && err == nil {
			weight, err = strconv.ParseFloat(q, 64)
		}
		if err != nil || !(weight > most) {
			continue
		}
		profile, profiled := params["profile"]
		switch {
		case t == jsonld.ContentType, t == "application/ld+json" && (!profiled || slices.Contains(strings.Fields(profile), jsonld.ContextIRI)):
			document, page, most = true, false, weight
		case t == "text/html", t == "application/xhtml+xml":
			document, page, most = false, true, weight
		}
	}
	return document, page
}

// document writes a document (AP §3.2).
func (s *Server) document(c *gin.Context, status int, doc jsonld.Object) {
	raw, err := jsonld.Marshal(doc)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.raw(c, status, raw)
}

func (s *Server) raw(c *gin.Context, status int, raw []byte) {
	c.Header("Vary", "Accept, Signature")
	c.Data(status, jsonld.ContentType, raw)
}

// plain writes JSON that is not a document.
func (s *Server) plain(c *gin.Context, contentType string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Access-Control-Allow-Origin", "*")
	c.Data(http.StatusOK, contentType, raw)
}

// fail is the one map from error kind to status on this side. Unreadable equals absent.
func (s *Server) fail(c *gin.Context, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, node.ErrNotFound) && inDoubt(c):
		status = http.StatusServiceUnavailable
		c.Header("Retry-After", "60")
	case errors.Is(err, node.ErrNotFound), errors.Is(err, vocab.ErrNotPublic):
		status = http.StatusNotFound
	case errors.Is(err, node.ErrGone):
		status = http.StatusGone
	default:
		s.Log.Error("document", "path", c.Request.URL.Path, "err", err)
	}
	c.Header("Vary", "Accept, Signature")
	c.AbortWithStatus(status)
}

// uri is the actor id that a request's path belongs to.
func (s *Server) uri(c *gin.Context) string {
	path := c.Request.URL.Path
	for _, tail := range []string{"/outbox", "/followers", "/following"} {
		path = strings.TrimSuffix(path, tail)
	}
	return string(s.Origin) + path
}

func (s *Server) actor(c *gin.Context) { s.showActor(c, s.uri(c)) }

func (s *Server) showActor(c *gin.Context, uri string) {
	var a *node.LocalActor
	var doc jsonld.Object
	err := s.readable(c, func(v access.Viewer) (err error) {
		a, doc, err = s.actorDocument(c.Request.Context(), v, uri)
		return err
	})
	if errors.Is(err, node.ErrGone) && a != nil {
		s.document(c, http.StatusGone, vocab.Tombstone(uri, a.Kind, a.GoneAt))
		return
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	if wantsPage(c) {
		s.toPage(c, doc.String("url"))
		return
	}
	s.document(c, http.StatusOK, doc)
}

// actorDocument is what one of our actors says of itself now.
func (s *Server) actorDocument(ctx context.Context, v access.Viewer, uri string) (a *node.LocalActor, doc jsonld.Object, err error) {
	a, p, o, err := s.People.LocalActor(ctx, v, uri)
	if err != nil {
		return a, nil, err
	}
	switch a.Kind {
	case node.KindPerson:
		return a, vocab.Person(s.Origin, p, o, a, s.Skills), nil
	case node.KindOrganization:
		claims, err := s.Network.ClaimsOf(ctx, o.ID)
		return a, vocab.Organization(s.Origin, o, a, claims...), err
	case node.KindNetwork:
		doc, err := s.group(ctx, a.OwnerID)
		return a, doc, err
	}
	return a, vocab.Application(s.Origin, a, o), nil
}

// toPage sends a browser to the page of what it asked for.
func (s *Server) toPage(c *gin.Context, page string) {
	c.Header("Vary", "Accept, Signature")
	c.Redirect(http.StatusSeeOther, page)
}

// id reads the id in a request's path, in the one spelling that we use.
func (s *Server) id(c *gin.Context) (uuid.UUID, bool) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil || id.String() != c.Param("id") {
		s.fail(c, node.ErrNotFound)
		return id, false
	}
	return id, true
}

func (s *Server) webFinger(c *gin.Context) {
	resource := c.Query("resource")
	handle := ""
	switch {
	case resource == string(s.Origin) || resource == string(s.Origin)+"/":
		s.plain(c, "application/jrd+json", vocab.ServerWebFinger(s.Origin)) // FEP-d556
		return
	case strings.HasPrefix(resource, "acct:"):
		user, host, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(resource, "acct:"), "@"), "@")
		if !ok || !strings.EqualFold(host, s.Origin.Host()) {
			s.fail(c, node.ErrNotFound)
			return
		}
		handle = strings.ToLower(user)
	case s.Origin.Owns(resource):
		var err error
		if handle, err = s.handleOf(c, resource); err != nil {
			s.fail(c, err)
			return
		}
	case resource == "":
		c.AbortWithStatus(http.StatusBadRequest) // RFC7033 §4.2
		return
	}
	uri, page, err := s.localURI(c.Request.Context(), handle)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.plain(c, "application/jrd+json", vocab.WebFinger(s.Origin, handle, uri, page))
}

// handleOf finds the handle behind an actor id or a page of this node.
func (s *Server) handleOf(c *gin.Context, resource string) (string, error) {
	u, err := url.Parse(resource)
	if err != nil {
		return "", fmt.Errorf("webfinger: %w", node.ErrNotFound)
	}
	for _, prefix := range []string{"/people/", "/organizations/", "/networks/", "/@"} {
		if name, ok := strings.CutPrefix(u.Path, prefix); ok {
			return strings.ToLower(name), nil
		}
	}
	a, p, o, err := s.People.LocalActor(c.Request.Context(), access.Visitor, resource)
	switch {
	case err != nil:
		return "", err
	case a.Kind == node.KindPerson:
		return p.Handle, nil
	case a.Kind == node.KindOrganization:
		return o.Handle, nil
	case a.Kind == node.KindNetwork:
		n, _, err := s.Network.Hosted(c.Request.Context(), a.OwnerID)
		if err != nil {
			return "", err
		}
		return n.Username, nil
	}
	return node.RelayHandle, nil
}

func (s *Server) hostMeta(c *gin.Context) {
	raw, err := vocab.HostMeta(s.Origin)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Access-Control-Allow-Origin", "*")
	c.Data(http.StatusOK, "application/xrd+xml; charset=utf-8", raw)
}

func (s *Server) nodeInfo(c *gin.Context) {
	site, err := s.People.Site(c.Request.Context())
	if err != nil {
		s.fail(c, err)
		return
	}
	s.plain(c, `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"`, vocab.Info(s.Version, site.Organization, site.Lang))
}
