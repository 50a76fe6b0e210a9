// Package federation is the node's ActivityPub side: what other servers fetch
// here (this package), what they send (inbox), what we send (deliver) and what
// we ask (discover). Everything for machines lies under /ap/ and .well-known.
package federation

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
)

// Server answers other servers. What it shows is what a visitor may read: in
// this release nothing narrower leaves the node, so a signature on a GET is not
// needed and changes nothing.
type Server struct {
	Origin       node.Origin
	People       *people.Service
	Conversation *conversation.Service
	Following    *following.Service
	Delivery     *delivery.Service
	Skills       *skillset.Set
	Inbox        http.Handler
	Version      string
	Log          *slog.Logger
}

// Mount adds the routes for machines to r.
func (s *Server) Mount(r gin.IRouter) {
	r.GET("/.well-known/webfinger", s.webFinger)
	r.GET("/.well-known/host-meta", s.hostMeta)
	r.GET("/.well-known/nodeinfo", func(c *gin.Context) { s.plain(c, "application/json", vocab.NodeInfoLinks(s.Origin)) })
	r.GET("/nodeinfo/2.1", s.nodeInfo)

	inbox := gin.WrapH(s.Inbox)
	r.POST("/ap/inbox", inbox)
	for _, actor := range []string{"/ap/node", "/ap/organizations/:id", "/ap/people/:id"} {
		r.GET(actor, s.actor)
		r.POST(actor+"/inbox", inbox)
		r.GET(actor+"/outbox", s.outbox)
		r.GET(actor+"/followers", s.followers)
		r.GET(actor+"/following", s.following)
	}
	r.GET("/ap/objects/:id", s.object)
	r.GET("/ap/activities/:id", s.activity)
}

// Negotiate serves the document of a page when the request asks for one
// (design.md 9, Ids). It goes before the pages.
func (s *Server) Negotiate(c *gin.Context) {
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead || !wantsDocument(c.GetHeader("Accept")) {
		return
	}
	kind, name, _ := strings.Cut(strings.Trim(c.Request.URL.Path, "/"), "/")
	switch {
	case kind == "" || (kind == "people" || kind == "organizations") && name != "" && !strings.Contains(name, "/"):
		if name == "" {
			name = node.RelayHandle
		}
		uri, _, err := s.People.LocalURI(c.Request.Context(), name)
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
		s.showObject(c, id)
	default:
		return
	}
	c.Abort()
}

// wantsDocument reports whether Accept asks for ActivityStreams before HTML (AP §3.2).
func wantsDocument(accept string) bool {
	for _, part := range strings.Split(accept, ",") {
		t, params, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		switch strings.TrimSpace(t) {
		case "application/activity+json":
			return true
		case "application/ld+json":
			return params == "" || !strings.Contains(params, "profile=") || strings.Contains(params, "activitystreams")
		case "text/html", "application/xhtml+xml":
			return false
		}
	}
	return false
}

// wantsPage reports whether a browser came to an address for machines.
func wantsPage(c *gin.Context) bool {
	accept := c.GetHeader("Accept")
	return strings.Contains(accept, "text/html") && !wantsDocument(accept)
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
	a, p, o, err := s.People.LocalActor(c.Request.Context(), uri)
	if errors.Is(err, node.ErrGone) && a != nil {
		s.document(c, http.StatusGone, vocab.Tombstone(uri, "Person", a.GoneAt))
		return
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	switch a.Kind {
	case node.KindPerson:
		if wantsPage(c) {
			c.Redirect(http.StatusSeeOther, s.Origin.PersonPage(p.Handle))
			return
		}
		s.document(c, http.StatusOK, vocab.Person(s.Origin, p, o, a, s.Skills))
	case node.KindOrganization:
		if wantsPage(c) {
			c.Redirect(http.StatusSeeOther, s.Origin.OrganizationPage(o.Handle))
			return
		}
		s.document(c, http.StatusOK, vocab.Organization(s.Origin, o, a))
	default:
		if wantsPage(c) {
			c.Redirect(http.StatusSeeOther, string(s.Origin)+"/")
			return
		}
		s.document(c, http.StatusOK, vocab.Application(s.Origin, a, o))
	}
}

func (s *Server) object(c *gin.Context) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		s.fail(c, node.ErrNotFound)
		return
	}
	s.showObject(c, id)
}

func (s *Server) showObject(c *gin.Context, id uuid.UUID) {
	ctx := c.Request.Context()
	i, err := s.Conversation.Item(ctx, access.Visitor, id)
	if errors.Is(err, node.ErrGone) {
		s.tombstone(c, id)
		return
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	if wantsPage(c) {
		c.Redirect(http.StatusSeeOther, s.Origin.ItemPage(i.Kind, i.ID))
		return
	}
	mentions, err := s.Conversation.Mentions(ctx, i)
	if err != nil {
		s.fail(c, err)
		return
	}
	doc, err := vocab.Item(s.Origin, i, mentions...)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.document(c, http.StatusOK, doc)
}

// tombstone answers 410 with what is left (AP §6.4).
func (s *Server) tombstone(c *gin.Context, id uuid.UUID) {
	kind, at, err := s.Conversation.Tombstone(c.Request.Context(), access.Visitor, id)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.document(c, http.StatusGone, vocab.Tombstone(s.Origin.ObjectURI(id), FormerType(kind), at))
}

// FormerType is the type that a deleted thing is remembered by.
func FormerType(k node.Kind) string {
	if k == node.KindGathering {
		return "Event"
	}
	return "Note"
}

func (s *Server) activity(c *gin.Context) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		s.fail(c, node.ErrNotFound)
		return
	}
	raw, err := s.Delivery.VisibleActivity(c.Request.Context(), access.Visitor, id)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.raw(c, http.StatusOK, raw)
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
	uri, page, err := s.People.LocalURI(c.Request.Context(), handle)
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
	for _, prefix := range []string{"/people/", "/organizations/", "/@"} {
		if name, ok := strings.CutPrefix(u.Path, prefix); ok {
			return strings.ToLower(name), nil
		}
	}
	a, p, o, err := s.People.LocalActor(c.Request.Context(), resource)
	switch {
	case err != nil:
		return "", err
	case a.Kind == node.KindPerson:
		return p.Handle, nil
	case a.Kind == node.KindOrganization:
		return o.Handle, nil
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

