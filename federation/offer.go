package federation

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// offer serves one of our mentoring offers to the members of the networks that
// it is for; to anybody else there is none (federation.md 8.3, 6).
func (s *Server) offer(c *gin.Context) {
	id, ok := s.id(c)
	if !ok {
		return
	}
	var o *node.MentorOffer
	var networks []*node.Network
	err := s.readable(c, func(v access.Viewer) (err error) {
		o, networks, err = s.Mentoring.Published(c.Request.Context(), v, id)
		return err
	})
	if err != nil {
		s.fail(c, err)
		return
	}
	doc, err := vocab.MentorOffer(s.Origin, o, networks, s.Skills)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.document(c, http.StatusOK, doc)
}
