package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/delivery"
)

func (s *Server) object(c *gin.Context) {
	if id, ok := s.id(c); ok {
		s.showObject(c, id)
	}
}

// showObject serves one of our items to who may read it: what is for a network to
// its members, 404 to anybody else (federation.md 8.3, 6).
func (s *Server) showObject(c *gin.Context, id uuid.UUID) {
	ctx := c.Request.Context()
	var i *node.Item
	var kind node.Kind
	var deleted time.Time
	err := s.readable(c, func(v access.Viewer) (err error) {
		if i, err = s.Conversation.Item(ctx, v, id); errors.Is(err, node.ErrGone) {
			kind, deleted, err = s.Conversation.Tombstone(ctx, v, id)
		}
		if err == nil && i != nil && !i.Local { // its own server tells of it
			err = node.ErrNotFound
		}
		return err
	})
	switch {
	case err != nil:
		s.fail(c, err)
		return
	case !deleted.IsZero(): // what is left (AP §6.4)
		s.document(c, http.StatusGone, vocab.Tombstone(s.Origin.ObjectURI(id), kind, deleted))
		return
	case wantsPage(c):
		s.toPage(c, s.Origin.ItemPage(i.Kind, i.ID))
		return
	}
	doc, err := s.itemDocument(ctx, i)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.document(c, http.StatusOK, doc)
}

// itemDocument is what one of our items says now.
func (s *Server) itemDocument(ctx context.Context, i *node.Item) (jsonld.Object, error) {
	if i.Audience.ForNetworks() {
		networks, err := s.Conversation.Networks(ctx, i)
		if err != nil {
			return nil, err
		}
		return vocab.NetworkItem(s.Origin, i, networks)
	}
	mentions, err := s.Conversation.Mentions(ctx, i)
	if err != nil {
		return nil, err
	}
	return vocab.Item(s.Origin, i, mentions...)
}

func (s *Server) activity(c *gin.Context) {
	id, ok := s.id(c)
	if !ok {
		return
	}
	ctx := c.Request.Context()
	var doc jsonld.Object
	err := s.readable(c, func(v access.Viewer) error {
		said, err := s.Delivery.VisibleActivity(ctx, v, id)
		if err == nil {
			doc, err = s.today(ctx, v, said)
		}
		return err
	})
	if err != nil {
		s.fail(c, err)
		return
	}
	s.document(c, http.StatusOK, doc)
}

// today reads an activity as it was sent, and puts what its object says now in
// the place of what it said then: who edits takes words back. What is no item
// and no public profile stays as it was sent to each: a card differs by network.
func (s *Server) today(ctx context.Context, v access.Viewer, said *delivery.Said) (doc jsonld.Object, err error) {
	if err := json.Unmarshal(said.Raw, &doc); err != nil {
		return nil, fmt.Errorf("read activity: %w", err)
	}
	object := doc.Object("object")
	if t := doc.Type(); object == nil || t != "Create" && t != "Update" {
		return doc, nil
	}
	switch said.Kind {
	case node.KindPost, node.KindGathering:
		id, _ := s.Origin.ParseID(object.ID())
		i, err := s.Conversation.Item(ctx, v, id)
		if err != nil {
			return nil, err
		}
		if object, err = s.itemDocument(ctx, i); err != nil {
			return nil, err
		}
		doc["object"] = object
		if i.Audience.ForNetworks() { // the network may have another hub by now
			doc["to"], doc["cc"], doc["audience"] = object["to"], object["cc"], object["audience"]
		}
	case node.KindPerson, node.KindOrganization, node.KindNetwork:
		_, doc["object"], err = s.actorDocument(ctx, v, object.ID())
	}
	return doc, err
}
