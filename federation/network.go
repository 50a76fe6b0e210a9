package federation

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
)

// mountNetworks adds what the hub of a network serves besides its Group actor.
func (s *Server) mountNetworks(get func(string, gin.HandlerFunc)) {
	get("/ap/networks/:id/members", s.members)
	get("/ap/networks/:id/members/:member", s.membership)
	get("/ap/networks/:id/history", s.history)
	get("/ap/networks/:id/skills", s.vocabulary)
	get("/ap/networks/:id/codes/:hash", s.code)
}

// group is what the actor of a network of ours says.
func (s *Server) group(ctx context.Context, id uuid.UUID) (jsonld.Object, error) {
	n, a, err := s.Network.Hosted(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := s.Network.RosterFor(ctx, access.Visitor, id)
	if err != nil {
		return nil, err
	}
	return vocab.Group(s.Origin, rostered(n, r), a), nil
}

// localURI finds the actor and the page behind a handle of this node, of a
// network that is hosted here too.
func (s *Server) localURI(ctx context.Context, handle string) (uri, page string, err error) {
	uri, page, err = s.People.LocalURI(ctx, handle)
	if !errors.Is(err, node.ErrNotFound) {
		return uri, page, err
	}
	all, other := s.Network.Names(ctx)
	if other != nil {
		return "", "", other
	}
	for _, n := range all {
		if n.Hosted && n.Username == handle {
			return n.URI, s.Origin.NetworkPage(handle), nil
		}
	}
	return "", "", err
}

// shares reports whether v is a member of the network with this Group actor, as
// we are, or of one that had it before.
func (s *Server) shares(ctx context.Context, v access.Viewer, group string) (bool, error) {
	if v.Actor == "" {
		return false, nil
	}
	n, err := s.Network.Network(ctx, access.Operator(uuid.Nil), group)
	if field := (*node.FieldError)(nil); errors.As(err, &field) || errors.Is(err, node.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return access.ScopeOf(v).Includes(node.NetworkOnly(n.ID)), nil
}

// rostered is n with what its roster says now.
func rostered(n *node.Network, r *network.Roster) *node.Network {
	now := *n
	now.RosterVersion, now.RosterDigest, now.Successor = r.Version, r.Digest, r.Successor
	return &now
}

// hosted reads which network of ours a request is about. A closed one is gone.
func (s *Server) hosted(c *gin.Context) (*node.Network, *node.LocalActor, bool) {
	id, ok := s.id(c)
	if !ok {
		return nil, nil, false
	}
	n, a, err := s.Network.Hosted(c.Request.Context(), id)
	if err == nil && !a.GoneAt.IsZero() {
		err = node.ErrGone
	}
	if err != nil {
		s.fail(c, err)
		return nil, nil, false
	}
	return n, a, true
}

// members serves the roster: whole and signed to the node of an active member,
// the number alone to anybody else (federation.md 8.2).
func (s *Server) members(c *gin.Context) {
	n, a, ok := s.hosted(c)
	if !ok {
		return
	}
	ctx, v := c.Request.Context(), s.viewer(c)
	if inDoubt(c) {
		s.fail(c, node.ErrNotFound) // a member that comes again gets more than a number
		return
	}
	r, err := s.Network.RosterFor(ctx, v, n.ID)
	if err != nil {
		s.fail(c, err)
		return
	}
	if r.Members == nil {
		s.document(c, http.StatusOK, vocab.Collection(n.MembersURI, r.Total, ""))
		return
	}
	c.Header("Cache-Control", "private")
	c.Header("ETag", r.ETag)
	if matches(c.GetHeader("If-None-Match"), r.ETag) {
		c.Header("Vary", "Accept, Signature")
		c.Status(http.StatusNotModified)
		return
	}
	raw, err := s.proven(ctx, a, vocab.Roster(rostered(n, r), r.Members))
	if err != nil {
		s.fail(c, err)
		return
	}
	s.raw(c, http.StatusOK, raw)
}

// matches reports whether a list of entity tags names this one (RFC 9110 §13.1.2).
func matches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); tag != "" && one == tag {
			return true
		}
	}
	return false
}

// proven writes a document with the proof of one of our actors (FEP-8b32).
func (s *Server) proven(ctx context.Context, a *node.LocalActor, doc jsonld.Object) ([]byte, error) {
	_, pair, err := s.People.SigningKeys(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	return signature.Prove(doc, signature.Key{ID: a.EdKeyID(), Private: pair.Ed25519}, s.Now())
}

// membership serves one line of a roster, to members and to whom it is about.
func (s *Server) membership(c *gin.Context) {
	n, _, ok := s.hosted(c)
	if !ok {
		return
	}
	ctx, v := c.Request.Context(), s.viewer(c)
	private(c)
	r, err := s.Network.RosterFor(ctx, v, n.ID)
	member := err == nil && r.Members != nil
	if err == nil && !member && v.Actor != "" { // who is on hold may still read its own line
		r, err = s.Network.RosterFor(ctx, access.Operator(uuid.Nil), n.ID)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	uri := n.MembersURI + "/" + c.Param("member")
	for _, m := range r.Members {
		if m.URI == uri && (member || address.SameOrigin(v.Actor, m.OrganizationURI)) {
			s.document(c, http.StatusOK, vocab.Relationship(n.URI, m))
			return
		}
	}
	s.fail(c, node.ErrNotFound)
}

// history serves what changed in a roster, to members: each can check what the
// hub tells it against what it told before.
func (s *Server) history(c *gin.Context) {
	n, _, ok := s.hosted(c)
	if !ok {
		return
	}
	r, err := s.Network.RosterFor(c.Request.Context(), s.viewer(c), n.ID)
	private(c)
	if err == nil && r.Members == nil {
		err = node.ErrNotFound
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	s.document(c, http.StatusOK, vocab.RosterHistory(n.URI, r.Changes))
}

// vocabulary serves the network's own skill tags. They are no secret.
func (s *Server) vocabulary(c *gin.Context) {
	n, _, ok := s.hosted(c)
	if !ok {
		return
	}
	tags, err := s.Network.Tags(c.Request.Context(), n.ID)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.document(c, http.StatusOK, vocab.Vocabulary(n.URI, tags))
}

// code tells the node of an organization whether a code for joining can be used,
// before anybody writes an application: 200, or 404 wrong, 409 used, 410 expired.
// The hash of a code is too long to guess; who tries all the same is slowed down.
func (s *Server) code(c *gin.Context) {
	n, _, ok := s.hosted(c)
	if !ok {
		return
	}
	v := s.viewer(c)
	private(c)
	if v.Actor == "" {
		s.fail(c, node.ErrNotFound)
		return
	}
	if s.callers.codes.Take(hostOf(v.Actor)) > 0 {
		c.Header("Retry-After", "60")
		c.AbortWithStatus(http.StatusTooManyRequests)
		return
	}
	err := s.Network.CheckCode(c.Request.Context(), n.ID, c.Param("hash"))
	field := (*node.FieldError)(nil)
	switch {
	case err == nil:
		s.document(c, http.StatusOK, jsonld.Object{"id": n.URI + "/codes/" + c.Param("hash"), "type": "Object", "attributedTo": n.URI})
	case errors.As(err, &field):
		c.AbortWithStatus(codeStatus(field.Key))
	default:
		s.fail(c, err)
	}
}

// codeStatus tells the ways in which a code cannot be used apart, by the message that says it.
func codeStatus(key string) int {
	switch {
	case strings.HasSuffix(key, ".used"):
		return http.StatusConflict
	case strings.HasSuffix(key, ".expired"):
		return http.StatusGone
	}
	return http.StatusNotFound
}

// hostOf is the server of a URI, in its one spelling (A13).
func hostOf(uri string) string {
	u, err := address.URL(uri)
	if err != nil {
		return ""
	}
	return u.Host
}
