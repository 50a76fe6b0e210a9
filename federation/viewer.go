package federation

import (
	"github.com/gin-gonic/gin"

	"github.com/poweron-network/poweron/node/access"
)

// viewer is who asks with a GET: a visitor, or the node that signed it.
func (s *Server) viewer(_ *gin.Context) access.Viewer { return access.Visitor }
