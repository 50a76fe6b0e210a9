package federation

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/delivery"
)

// pageSize is how many activities one page of an outbox holds.
const pageSize = 20

// outbox serves what an actor said to everyone (AP §5.1). Gancio ignores an
// outbox without pages (federation.md 13).
func (s *Server) outbox(c *gin.Context) {
	a, ok := s.owner(c)
	if !ok {
		return
	}
	id := a.URI + "/outbox"
	cursor, paged := c.GetQuery("page")
	if cursor == "first" {
		cursor = ""
	}
	list, next, total, err := s.Delivery.OutboxPage(c.Request.Context(), a.ID, delivery.Cursor(cursor), pageSize)
	if err != nil {
		s.fail(c, err)
		return
	}
	if !paged {
		s.document(c, http.StatusOK, vocab.Collection(id, total, id+"?page=first"))
		return
	}
	items := make([]jsonld.Object, 0, len(list))
	for _, raw := range list {
		doc, err := s.today(c.Request.Context(), s.viewer(c), raw)
		if errors.Is(err, node.ErrNotFound) || errors.Is(err, node.ErrGone) {
			continue // deleted in this moment
		}
		if err != nil {
			s.fail(c, err)
			return
		}
		delete(doc, "@context")
		items = append(items, doc)
	}
	here, more := id+"?page=first", ""
	if cursor != "" {
		here = id + "?page=" + url.QueryEscape(cursor)
	}
	if next != "" {
		more = id + "?page=" + url.QueryEscape(string(next))
	}
	s.document(c, http.StatusOK, vocab.Page(here, id, items, more, ""))
}

func (s *Server) followers(c *gin.Context) { s.count(c, true) }

func (s *Server) following(c *gin.Context) { s.count(c, false) }

// count serves how many there are, never who (E4).
func (s *Server) count(c *gin.Context, followers bool) {
	a, ok := s.owner(c)
	if !ok {
		return
	}
	n, m, err := s.Following.Counts(c.Request.Context(), a.ID)
	if err != nil {
		s.fail(c, err)
		return
	}
	if followers {
		s.document(c, http.StatusOK, vocab.Collection(a.URI+"/followers", n, ""))
		return
	}
	s.document(c, http.StatusOK, vocab.Collection(a.URI+"/following", m, ""))
}

// owner returns the actor whose collection is asked for.
func (s *Server) owner(c *gin.Context) (*node.LocalActor, bool) {
	var a *node.LocalActor
	err := s.readable(c, func(v access.Viewer) (err error) {
		a, _, _, err = s.People.LocalActor(c.Request.Context(), v, s.uri(c))
		return err
	})
	if err != nil {
		s.fail(c, err)
		return nil, false
	}
	return a, true
}
