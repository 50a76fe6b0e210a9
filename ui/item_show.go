package ui

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// itemPage is one post or gathering with what was answered to it.
type itemPage struct {
	*Frame
	Item      itemView
	Answers   bool      // it is a reply
	Parent    *itemView // what it answers, if the reader may see it
	Original  string    // its page on the server that it is from
	CanEdit   bool
	CanCancel bool
	Replies   []reply
	Reply     *form // nil for who may not write
	Receipts  []receipt
}

// reply is one answer in the thread of a page; those to another answer name it.
type reply struct {
	itemView
	To *itemView // nil for answers to the page's own item
}

// receipt is one step of an item's way to other servers.
type receipt struct {
	Done  bool
	Words string
}

// itemShow serves /posts/{id} and /gatherings/{id}, and the latter's .ics. An
// item asked for under the wrong one of both is shown under the right one.
func itemShow(v *visit) error {
	param, calendar := strings.CutSuffix(v.Param("id"), ".ics")
	id, err := parseID(param)
	if err != nil {
		return err
	}
	i, err := v.s.Conversation.Item(v.ctx(), v.viewer, id)
	if err != nil {
		return err
	}
	if calendar {
		return itemCalendar(v, i)
	}
	if path := itemPath(i); path != v.Request.URL.Path {
		v.redirect(path)
		return nil
	}
	p := &itemPage{Frame: v.frame("home", ""), CanEdit: access.CanEdit(v.viewer, i)}
	if i.Gathering != nil {
		p.Nav = "gatherings"
		p.CanCancel = p.CanEdit && i.Gathering.Status != node.Cancelled
	}
	p.Item = v.item(p.Frame, i, true)
	p.Title = p.Item.Label()
	p.Meta = v.itemMeta(i, p.Item)
	p.NoIndex = p.Meta == nil
	if !i.Local && !i.Audience.ForNetworks() { // there it shows to their own people only
		p.Original = i.Page
	}
	if err := v.thread(p, i); err != nil {
		return err
	}
	return v.show(http.StatusOK, "item", p)
}

// thread fills in what is around an item: what it answers, what answers it, the
// form for one more, and how far it has come.
func (v *visit) thread(p *itemPage, i *node.Item) error {
	if i.InReplyTo != "" {
		p.Answers = true
		parent, err := v.s.Conversation.Parent(v.ctx(), v.viewer, i.InReplyTo)
		switch {
		case err == nil:
			view := v.item(p.Frame, parent, false)
			p.Parent = &view
		case !errors.Is(err, node.ErrNotFound):
			return err
		}
	}
	replies, err := v.s.Conversation.Thread(v.ctx(), v.viewer, i.URI)
	if err != nil {
		return err
	}
	shown := map[string]*itemView{}
	for _, r := range replies {
		view := v.item(p.Frame, r, true)
		shown[r.URI] = &view
		p.Replies = append(p.Replies, reply{view, shown[r.InReplyTo]})
	}
	if access.Can(v.viewer, access.Write) && i.State == node.Live {
		p.Reply = v.postForm(p.Frame, url.Values{"reply": {i.ID.String()}, "lang": {v.lang}}, i)
	}
	if !p.CanEdit || i.Audience != node.Public && !i.Audience.ForNetworks() {
		return nil
	}
	r, err := v.s.Conversation.Receipts(v.ctx(), v.viewer, i.ID)
	if err != nil {
		return err
	}
	p.Receipts = v.receipts(r, i.Audience)
	return nil
}

// receipts says in words how far an item has come: of what is for a network, to
// how many of the nodes of its members.
func (v *visit) receipts(r node.Receipts, a node.Audience) (out []receipt) {
	all := r.Waiting + r.Delivered + r.Dropped
	switch {
	case all == 0 && a.ForNetworks():
		return []receipt{{true, v.t("receipts.network.none")}}
	case all == 0:
		return []receipt{{true, v.t("receipts.none")}}
	case a.ForNetworks():
		out = []receipt{{r.Delivered == all, v.t("receipts.network", "count", all, "delivered", r.Delivered)}}
	default:
		out = []receipt{
			{true, v.t("receipts.sent", "count", all)},
			{r.Delivered > 0, v.t("receipts.delivered", "count", r.Delivered)},
		}
	}
	if r.Waiting > 0 {
		out = append(out, receipt{false, v.t("receipts.waiting", "count", r.Waiting)})
	}
	if r.Dropped > 0 {
		out = append(out, receipt{false, v.t("receipts.dropped", "count", r.Dropped)})
	}
	return out
}
