package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/following"
)

// followed is one line of followers and following, and the answer of follow and unfollow.
type followed struct {
	Handle string           `json:"handle"`
	ID     string           `json:"id"`
	State  node.FollowState `json:"state"`
}

func newFollowed(a *node.RemoteActor, s node.FollowState) followed {
	return followed{a.Handle(), a.URI, s}
}

// reader is in whose name somebody follows: without a handle, or with the
// organization's, everyone on the node; else the person.
func (a acting) reader() following.As {
	if a.asOrganization {
		return following.Organization
	}
	return following.Person
}

type followCommand struct {
	Who string `arg:"" name:"handle-or-url" help:"${help_who}"`
	As  string `placeholder:"HANDLE" help:"${help_as_follower}"`
}

// Run looks somebody up and follows them.
func (c *followCommand) Run(ctx context.Context, k *call) error {
	return k.act(ctx, c.As, func(a acting) error {
		if !k.json {
			fmt.Fprintln(k.out, k.say("follow_looking", "who", plain(c.Who)))
		}
		actor, err := a.Following.Follow(ctx, a.viewer, c.Who, a.reader())
		if err != nil {
			return err
		}
		state := node.Pending
		lines, err := a.subscriptions(ctx)
		if err != nil {
			return err
		}
		for _, s := range lines {
			if s.Actor.URI == actor.URI {
				state = s.State
			}
		}
		answer := newFollowed(actor, state)
		return k.object(answer, func(w io.Writer) {
			fmt.Fprintln(w, k.say("follow_done_"+string(state), "name", plain(actor.Name), "handle", answer.Handle))
		})
	})
}

// subscriptions lists whom the reader follows, and nobody else does.
func (a acting) subscriptions(ctx context.Context) (own []node.Subscription, err error) {
	reader := a.viewer.Person
	if a.asOrganization {
		reader = uuid.Nil
	}
	all, err := a.Following.Following(ctx, a.viewer)
	for _, s := range all {
		if s.For == reader {
			own = append(own, s)
		}
	}
	return own, err
}

type unfollowCommand struct {
	Who string `arg:"" name:"handle-or-url" help:"${help_who}"`
	As  string `placeholder:"HANDLE" help:"${help_as_follower}"`
}

// Run stops following somebody; it needs no network.
func (c *unfollowCommand) Run(ctx context.Context, k *call) error {
	return k.act(ctx, c.As, func(a acting) error {
		lines, err := a.subscriptions(ctx)
		if err != nil {
			return err
		}
		actor := find(lines, c.Who)
		if actor == nil {
			return complain("not_followed", "who", c.Who)
		}
		if err := a.Following.Unfollow(ctx, a.viewer, actor.URI, a.reader()); err != nil {
			return err
		}
		answer := newFollowed(actor, node.UnfollowedState)
		return k.object(answer, func(w io.Writer) { fmt.Fprintln(w, k.say("unfollow_done", "handle", answer.Handle)) })
	})
}

// find picks whom a handle, an id or a page address names.
func find(lines []node.Subscription, who string) *node.RemoteActor {
	who = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(who), "acct:"), "@")
	for _, s := range lines {
		if who == s.Actor.URI || who == s.Actor.Page || strings.EqualFold(who, s.Actor.Handle()) {
			return s.Actor
		}
	}
	return nil
}

type followingCommand struct {
	As string `placeholder:"HANDLE" help:"${help_as_follower}"`
}

// Run lists who is followed.
func (c *followingCommand) Run(ctx context.Context, k *call) error {
	return k.act(ctx, c.As, func(a acting) error {
		lines, err := a.subscriptions(ctx)
		if err != nil {
			return err
		}
		return k.printFollowed(lines, "following_none")
	})
}

type followersCommand struct {
	As string `placeholder:"HANDLE" help:"${help_as_followed}"`
}

// Run lists who follows the organization, or a person.
func (c *followersCommand) Run(ctx context.Context, k *call) error {
	return k.act(ctx, c.As, func(a acting) error {
		all, err := a.Following.Followers(ctx, a.viewer)
		if err != nil {
			return err
		}
		var lines []node.Subscription
		for _, s := range all {
			if (s.For == uuid.Nil) == a.asOrganization {
				lines = append(lines, s)
			}
		}
		return k.printFollowed(lines, "followers_none")
	})
}

func (k *call) printFollowed(lines []node.Subscription, none string) error {
	items := make([]followed, len(lines))
	for i, s := range lines {
		items[i] = newFollowed(s.Actor, s.State)
	}
	return list(k, items, none, []string{"col_handle", "col_state", "col_id"}, func(f followed) []string {
		return []string{f.Handle, k.say("state_" + string(f.State)), f.ID}
	})
}
