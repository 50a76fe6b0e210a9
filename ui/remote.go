package ui

import (
	"errors"
	"html/template"
	"net/http"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
)

// remotePage is somebody on another server, as far as we know them. Only this
// node's people see it.
type remotePage struct {
	*Frame
	Author author
	Job    string
	Kind   string
	From   template.HTML
	Spoken string
	About  template.HTML
	Gone   bool
	Groups []skillGroup
	Items  []itemView
	Older  string
	Card   string // where to write to somebody whom only the networks see
	// Follows are the ways to follow; Strong makes the first of them the page's main action.
	Follows []followView
	Strong  bool
}

// followView is one way to follow somebody, and whether it is so already.
type followView struct {
	As     string // "person" or "organization"
	State  node.FollowState
	Words  string
	Button string
}

func remoteShow(v *visit, user, host string) error {
	actor, err := v.s.Following.ActorByHandle(v.ctx(), v.viewer, user, host)
	if err != nil {
		return err
	}
	p, err := v.remote(actor)
	if err != nil {
		return err
	}
	items, next, err := v.s.Conversation.By(v.ctx(), v.viewer, actor.ID, conversation.Cursor(v.Query("after")), homeItems)
	if err != nil {
		return err
	}
	p.Items, p.Older = v.items(p.Frame, items), older(p.Author.Link, next)
	return v.show(http.StatusOK, "remote", p)
}

// remote makes the page of an actor, without what it wrote.
func (v *visit) remote(actor *node.RemoteActor) (*remotePage, error) {
	f := v.frame("following", actor.Name)
	f.NoIndex = true
	p := &remotePage{
		Frame: f, Author: v.remoteAuthor(actor), Job: actor.JobTitle, Spoken: v.languageNames(actor.Languages), Gone: actor.Gone,
		About: template.HTML(actor.Summary), Groups: v.skillGroups(f, actor.Skills, true), From: f.H("from.host", "host", f.Link(actor.Page, actor.Host)),
	}
	if f.Title == "" {
		f.Title = p.Author.Handle
	}
	p.Kind = v.t("remote.kind." + string(actor.Kind()))
	// Whom only the networks see cannot be followed: what they write there comes by itself.
	switch c, err := v.s.Cards.CardOf(v.ctx(), v.viewer, actor.URI); {
	case err == nil:
		p.Card = cardPath(c.ID)
		return p, nil
	case !errors.Is(err, node.ErrNotFound):
		return nil, err
	}
	list, err := v.s.Following.Following(v.ctx(), v.viewer)
	if err != nil {
		return nil, err
	}
	var own, shared node.FollowState
	for _, s := range list {
		if s.Actor == nil || s.Actor.URI != actor.URI {
			continue
		}
		if s.For == uuid.Nil {
			shared = s.State
		} else {
			own = s.State
		}
	}
	if access.Can(v.viewer, access.Follow) {
		p.Follows = append(p.Follows, v.followView("person", own))
	}
	if access.Can(v.viewer, access.FollowAsOrg) {
		p.Follows = append(p.Follows, v.followView("organization", shared))
	}
	return p, nil
}

func (v *visit) followView(as string, state node.FollowState) followView {
	out := followView{As: as, State: state, Words: v.t("follow." + as + ".not"), Button: v.t("follow." + as + ".do")}
	if state == node.RejectedFollow || state == node.UnfollowedState {
		out.State = ""
	}
	if out.State != "" {
		out.Words, out.Button = v.t("follow."+as+".is"), v.t("follow."+as+".stop")
	}
	if state == node.Pending {
		out.Words += " " + v.t("follow.state.pending")
	}
	return out
}
