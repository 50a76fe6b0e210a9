package ui

import (
	"errors"
	"net/http"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// heldPage is what waits for an admin. People weigh two ways here, so no action is strong.
type heldPage struct {
	*Frame
	Heading string
	Items   []heldView
	Sky     sky
}

type heldView struct {
	Item   itemView
	Parent *itemView
	Links  string // how many links it has: spam lives on them
}

func heldList(v *visit) error {
	items, err := v.s.Conversation.Held(v.ctx(), v.viewer, mostHeld)
	if err != nil {
		return err
	}
	p := &heldPage{Frame: v.frame("held", v.t("held.heading")), Heading: v.t("held.title", "count", len(items))}
	p.NoIndex = true
	for _, i := range items {
		held := heldView{Item: v.item(p.Frame, i, true), Links: v.t("held.links", "count", markup.Links(i.Body.In(v.lang, i.Lang)))}
		if i.InReplyTo != "" {
			parent, err := v.s.Conversation.Parent(v.ctx(), v.viewer, i.InReplyTo)
			if err == nil {
				view := v.item(p.Frame, parent, false)
				held.Parent = &view
			} else if !errors.Is(err, node.ErrNotFound) {
				return err
			}
		}
		p.Items = append(p.Items, held)
	}
	if len(items) == 0 {
		p.Heading = v.t("held.heading")
		p.Sky = newSky("held", emptySkyDots, emptySkyWidth, emptySkyHigh)
	}
	return v.show(http.StatusOK, "held", p)
}

func heldAccept(v *visit) error { return v.decide(true) }
func heldReject(v *visit) error { return v.decide(false) }

func (v *visit) decide(accept bool) error {
	id, err := parseID(v.Param("id"))
	if err != nil {
		return err
	}
	if accept {
		if err := v.s.Conversation.AcceptHeld(v.ctx(), v.viewer, id); err != nil {
			return err
		}
		return v.done("/admin/held", "accepted")
	}
	if err := v.s.Conversation.RejectHeld(v.ctx(), v.viewer, id); err != nil {
		return err
	}
	return v.done("/admin/held", "rejected")
}
