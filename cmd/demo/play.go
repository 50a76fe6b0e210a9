package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/gathering"
)

const (
	// patience is how long the whole story may take to arrive.
	patience = 2 * time.Minute
	// glance is how often the demo looks whether it has.
	glance = 50 * time.Millisecond
	// idleGlances is after how many of them with nothing due the queues count as empty.
	idleGlances = 40
)

// Play lets the nodes follow each other and join the network, tells the story and
// waits until all of it has arrived. With a node that is stopped it goes on without that one;
// the error then says what could not be.
func (d *Demo) Play(ctx context.Context) error {
	if d.Again {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	d.failures = nil
	if err := d.follow(ctx); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{d.gather, d.consent} {
		if err := part(ctx); err != nil {
			return errors.Join(append(d.failures, err)...)
		}
	}
	items := map[string]*node.Item{}
	for _, s := range story {
		if d.Node(s.node).stopped {
			continue
		}
		i, err := d.tell(ctx, s, items)
		if err != nil {
			d.failures = append(d.failures, fmt.Errorf("%s says %q: %w", s.node, s.key, err))
			continue
		}
		items[s.key] = i
		if s.cancels != "" {
			items[s.cancels] = i
		}
	}
	for _, part := range []func(context.Context) error{
		d.mentor, d.show, func(ctx context.Context) error { return d.arrive(ctx, items) }, d.quiet,
	} {
		if err := part(ctx); err != nil {
			return errors.Join(append(d.failures, err)...)
		}
	}
	if len(d.failures) > 0 {
		return errors.Join(d.failures...)
	}
	return d.save(state{Addresses: d.hosts(), Told: true})
}

// follow makes all follow whom they follow and waits for the answers.
func (d *Demo) follow(ctx context.Context) error {
	for _, f := range follows {
		n := d.Node(f.node)
		if n.stopped {
			continue
		}
		v, asOrganization, err := n.App.People.ViewerFor(ctx, f.as)
		if err != nil {
			return err
		}
		as := following.Person
		if asOrganization {
			as = following.Organization
		}
		handle := "@" + f.handle + "@" + d.Node(f.whose).listener.Addr().String()
		if _, err := n.App.Following.Follow(ctx, v, handle, as); err != nil {
			d.failures = append(d.failures, fmt.Errorf("%s follows %s: %w", f.node, handle, err))
		}
	}
	return d.await(ctx, "the answers to follows", func() (bool, error) {
		for _, f := range follows {
			n := d.Node(f.node)
			if n.stopped {
				continue
			}
			v, _, err := n.App.People.ViewerFor(ctx, f.as)
			if err != nil {
				return false, err
			}
			list, err := n.App.Following.Following(ctx, v)
			if err != nil {
				return false, err
			}
			for _, s := range list {
				if s.State == node.Pending {
					return false, nil
				}
			}
		}
		return true, nil
	})
}

// tell says one thing through the same services as a page or a command, dated
// by the story's own clock.
func (d *Demo) tell(ctx context.Context, s step, items map[string]*node.Item) (*node.Item, error) {
	n := d.Node(s.node)
	v, asOrganization, err := n.App.People.ViewerFor(ctx, s.as)
	if err != nil {
		return nil, err
	}
	now := d.o.Now()
	then := func() time.Time { return now.Add(-s.ago) }
	meetings := &gathering.Service{DB: n.App.DB, Now: then, Origin: n.App.Origin}
	to, err := n.App.Network.Audience(ctx, v, s.audience())
	if err != nil {
		return nil, err
	}
	switch {
	case s.cancels != "":
		if items[s.cancels] == nil {
			return nil, node.ErrNotFound
		}
		return meetings.Cancel(ctx, v, items[s.cancels].ID)
	case s.meeting != nil:
		m := s.meeting
		date := now.AddDate(0, 0, m.in).Format("2006-01-02T")
		return meetings.Announce(ctx, v, node.GatheringInput{
			AsOrganization: asOrganization, Audience: to, Lang: s.lang, Name: m.name, Text: s.text, Start: date + m.start, End: date + m.end, Zone: m.zone,
			Place: m.place, Link: m.link, Languages: m.spoken,
		})
	}
	in := node.PostInput{AsOrganization: asOrganization, Audience: to, Lang: s.lang, Title: s.title, Text: s.text}
	if s.reply != "" {
		parent := items[s.reply]
		if parent == nil {
			return nil, fmt.Errorf("answer %q: %w", s.reply, node.ErrNotFound)
		}
		in.InReplyTo = parent.URI
		if err := d.await(ctx, "what is answered", func() (bool, error) { return n.has(ctx, v, parent) }); err != nil {
			return nil, err
		}
	}
	posts := &conversation.Service{DB: n.App.DB, Now: then, Origin: n.App.Origin}
	return posts.Post(ctx, v, in)
}

// has reports whether an item is there for v, in the state that its author gave it.
func (n *Node) has(ctx context.Context, v access.Viewer, i *node.Item) (bool, error) {
	got, err := n.App.Conversation.Parent(ctx, v, i.URI)
	if errors.Is(err, node.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return i.Gathering == nil || got.Gathering != nil && got.Gathering.Status == i.Gathering.Status, nil
}

// arrive waits until everything for everyone is at each node whose organization
// follows its author, and everything for the network at each other node.
func (d *Demo) arrive(ctx context.Context, items map[string]*node.Item) error {
	for _, s := range story {
		i := items[s.key]
		if i == nil || s.inside {
			continue
		}
		if s.cancels != "" {
			s = *d.step(s.cancels)
		}
		for _, n := range d.Nodes {
			if n.stopped || n.Key == s.node || !s.network && !n.follows(s) {
				continue
			}
			v, _, err := n.App.People.ViewerFor(ctx, "")
			if err != nil {
				return err
			}
			what := fmt.Sprintf("%q of %s at %s", s.key, s.node, n.Key)
			if err := d.await(ctx, what, func() (bool, error) { return n.has(ctx, v, i) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// quiet waits until nothing waits to be sent. What another node could not take is
// sent again a minute later; nobody has to wait for that.
func (d *Demo) quiet(ctx context.Context) error {
	idle := 0
	return d.await(ctx, "the queues", func() (bool, error) {
		waiting, due := 0, false
		_, err := d.everywhere(ctx, func(n *Node, v access.Viewer) (bool, error) {
			q, err := n.App.Delivery.Queue(ctx, v)
			if err != nil {
				return false, err
			}
			waiting, due = waiting+q.Waiting, due || !q.OldestDue.IsZero()
			return true, nil
		})
		if idle++; due {
			idle = 0
		}
		return waiting == 0 || idle > idleGlances, err
	})
}

func (d *Demo) step(key string) *step {
	for i := range story {
		if story[i].key == key {
			return &story[i]
		}
	}
	return nil
}

// follows reports whether n's organization follows who says s.
func (n *Node) follows(s step) bool {
	handle := s.as
	for _, o := range organizations {
		if handle == "" && o.key == s.node {
			handle = o.handle
		}
	}
	for _, f := range follows {
		if f.node == n.Key && f.as == "" && f.whose == s.node && f.handle == handle {
			return true
		}
	}
	return false
}

// await looks until done, or until ctx ends.
func (d *Demo) await(ctx context.Context, what string, done func() (bool, error)) error {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, context.Cause(ctx))
		case <-tick.C:
		}
	}
}
