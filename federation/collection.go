package federation

import (
	"errors"
	"net/http"
	"net/url"
	"time"

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
// outbox without pages (federation.md 13). With ?audience= it is what was said to
// a network.
func (s *Server) outbox(c *gin.Context) {
	a, ok := s.owner(c)
	if !ok {
		return
	}
	if network := c.Query("audience"); network != "" {
		s.networkOutbox(c, a, network)
		return
	}
	id := a.URI + "/outbox"
	cursor, paged := c.GetQuery("page")
	if cursor == firstPage {
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
	items, err := s.activities(c, access.Visitor, list)
	if err != nil {
		s.fail(c, err)
		return
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

// firstPage is the name of the page that an outbox begins with.
const firstPage = "first"

// networkPageSize is how many activities one page of a network's outbox holds.
const networkPageSize = 50

// networkOutbox serves to a member of a network what an organization and its
// people said to it since a time, oldest first, so that a node that was away
// catches up (federation.md 8.3, 8). To others, and about a network that is none
// of theirs, it is absent: whoever is not counted here yet comes again.
func (s *Server) networkOutbox(c *gin.Context, a *node.LocalActor, network string) {
	since, err := time.Parse(time.RFC3339, c.Query("since"))
	if err != nil {
		since = time.Time{}
	}
	v := s.viewer(c)
	if inDoubt(c) {
		s.fail(c, node.ErrNotFound)
		return
	}
	private(c)
	if shared, err := s.shares(c.Request.Context(), v, network); err != nil || !shared {
		s.fail(c, errors.Join(node.ErrNotFound, err))
		return
	}
	if s.Asked != nil {
		s.Asked(hostOf(v.Actor))
	}
	query := url.Values{"audience": {network}}
	if !since.IsZero() {
		query.Set("since", since.UTC().Format(time.RFC3339Nano))
	}
	id := a.URI + "/outbox?" + query.Encode()
	page := func(c string) string { return id + "&page=" + url.QueryEscape(c) }
	cursor, paged := c.GetQuery("page")
	if !paged {
		doc := vocab.Collection(id, 0, page(firstPage))
		delete(doc, "totalItems") // to count would be to read all of it
		s.document(c, http.StatusOK, doc)
		return
	}
	here := page(cursor)
	if cursor == firstPage {
		cursor = ""
	}
	list, next, err := s.Delivery.NetworkOutboxPage(c.Request.Context(), v, a.OwnerID, network, since, delivery.Cursor(cursor), networkPageSize)
	if err != nil {
		s.fail(c, err)
		return
	}
	items, err := s.activities(c, v, list)
	if err != nil {
		s.fail(c, err)
		return
	}
	more := ""
	if next != "" {
		more = page(string(next))
	}
	s.document(c, http.StatusOK, vocab.Page(here, id, items, more, ""))
}

// activities are activities as they are now. Those whose object was deleted, or
// is v's to read no more, are left out.
func (s *Server) activities(c *gin.Context, v access.Viewer, list []*delivery.Said) ([]jsonld.Object, error) {
	items := make([]jsonld.Object, 0, len(list))
	for _, said := range list {
		doc, err := s.today(c.Request.Context(), v, said)
		if errors.Is(err, node.ErrNotFound) || errors.Is(err, node.ErrGone) || errors.Is(err, vocab.ErrNotPublic) {
			continue
		}
		if err != nil {
			return nil, err
		}
		delete(doc, "@context")
		items = append(items, doc)
	}
	return items, nil
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
