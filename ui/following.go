package ui

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
)

// lookupTime bounds how long a page waits for another server (design.md 9, Limits).
const lookupTime = 25 * time.Second

// followingPage is whom we read on other servers, and the box to add to it.
type followingPage struct {
	*Frame
	Form            *form
	Everyone, Yours subscriptions
}

// subscriptions is one list of people who follow or are followed.
type subscriptions struct {
	List []subscriptionView
	None string
}

type subscriptionView struct {
	*Frame
	Author  author
	State   string // empty when all is well
	Class   string // of the flag
	As      string // in whose name, in words; empty where that is clear
	Stop    string // as whom to stop it
	CanStop bool
}

func (v *visit) followingPage(values url.Values) (*followingPage, error) {
	if !access.Can(v.viewer, access.Follow) {
		return nil, node.ErrForbidden
	}
	list, err := v.s.Following.Following(v.ctx(), v.viewer)
	if err != nil {
		return nil, err
	}
	p := &followingPage{Frame: v.frame("following", v.t("following.title"))}
	p.NoIndex = true
	p.Everyone.None, p.Yours.None = v.t("following.everyone.none"), v.t("following.you.none")
	for _, s := range list {
		if s.For == uuid.Nil {
			p.Everyone.List = append(p.Everyone.List, v.subscription(p.Frame, s, "organization"))
		} else {
			p.Yours.List = append(p.Yours.List, v.subscription(p.Frame, s, "person"))
		}
	}
	p.Form = v.form(p.Frame, "/following/find", values)
	p.Form.add(field{Name: "who", Label: "following.who", Hint: "following.who.hint", Required: true, Missing: "error.follow.empty", Max: 500, Complete: "off"})
	return p, nil
}

// subscription shows one line; as tells who may stop it, empty if nobody here.
func (v *visit) subscription(f *Frame, s node.Subscription, as string) subscriptionView {
	out := subscriptionView{Frame: f, Author: v.remoteAuthor(s.Actor), Class: "off", Stop: as}
	if s.State != node.Accepted { // a mark is for exceptions
		out.State = v.t("follow.state." + string(s.State))
	}
	if s.State == node.RejectedFollow {
		out.Class = "now"
	}
	out.CanStop = as == "person" || as == "organization" && access.Can(v.viewer, access.FollowAsOrg)
	return out
}

func followingList(v *visit) error {
	p, err := v.followingPage(url.Values{"who": {v.Query("who")}})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "following", p)
}

// followingFind looks somebody up and shows who it is before anybody follows.
// It is a POST because it makes this node ask another one.
func followingFind(v *visit) error {
	ctx, cancel := context.WithTimeout(v.ctx(), lookupTime)
	defer cancel()
	actor, err := v.s.Following.Find(ctx, v.viewer, v.posted("who"))
	if err != nil {
		return v.followingProblem(err)
	}
	p, err := v.remote(actor)
	if err != nil {
		return err
	}
	p.Strong = true
	return v.show(http.StatusOK, "following_found", p)
}

// followingProblem shows the box again, with what was typed and what to do.
func (v *visit) followingProblem(problem error) error {
	p, err := v.followingPage(v.Request.PostForm)
	if err != nil {
		return err
	}
	if !p.Form.take(problem) {
		return problem
	}
	return v.show(http.StatusUnprocessableEntity, "following", p)
}

func (v *visit) followAs() following.As {
	if v.posted("as") == "organization" {
		return following.Organization
	}
	return following.Person
}

func followingAdd(v *visit) error {
	ctx, cancel := context.WithTimeout(v.ctx(), lookupTime)
	defer cancel()
	actor, err := v.s.Following.Follow(ctx, v.viewer, v.posted("who"), v.followAs())
	if err != nil {
		return v.followingProblem(err)
	}
	return v.done("/@"+actor.Handle(), "followed")
}

func followingStop(v *visit) error {
	if err := v.s.Following.Unfollow(v.ctx(), v.viewer, v.posted("who"), v.followAs()); err != nil {
		return v.followingProblem(err)
	}
	return v.done("/following", "unfollowed")
}

// followersPage is who follows us: the organization's for its editors, and one's own.
type followersPage struct {
	*Frame
	All subscriptions
}

func followerList(v *visit) error {
	if !access.Can(v.viewer, access.Follow) {
		return node.ErrForbidden
	}
	list, err := v.s.Following.Followers(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	p := &followersPage{Frame: v.frame("following", v.t("followers.title"))}
	p.NoIndex = true
	p.All.None = v.t("followers.none")
	for _, s := range list {
		line := v.subscription(p.Frame, s, "")
		line.As = v.t("followers.of", "handle", "@"+s.As)
		p.All.List = append(p.All.List, line)
	}
	return v.show(http.StatusOK, "followers", p)
}
