package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/mentoring"
)

// The mentoring of the demo: one mentor with one place, a learner who has it and
// one who waits for it.
const (
	mentorNode   = "riverbend"
	mentorHandle = "amaya"
	topic        = "spreadsheets"
)

// wish is what one learner asks of the mentor.
type wish struct{ node, as, lang, need, time string }

// wishes are what the learners ask for, in order.
var wishes = []wish{
	{"casa_semilla", "marisol", "es", "Quiero juntar las listas de cuatro talleres en una sola sin perder los acentos.", "Una hora a la semana, por la tarde"},
	{"open_ledger", "kai", "en", "I clean lists by hand and it takes me three evenings a month. I would like to see how you do it.", "Any evening but Monday"},
}

// mentor lets the mentor offer time, the learners ask for it, and the mentor
// take them in the order in which they asked.
func (d *Demo) mentor(ctx context.Context) error {
	home := d.Node(mentorNode)
	if home.stopped {
		return nil
	}
	v, _, err := home.App.People.ViewerFor(ctx, mentorHandle)
	if err != nil {
		return err
	}
	offer, err := home.App.Mentoring.Offer(ctx, v, mentoring.OfferInput{
		Audience: node.Networks, Topics: []string{topic, "data-cleaning"}, Languages: []string{"en", "es"}, Format: node.SomeWeeks, Weeks: 4, Capacity: 1, Lang: "en",
		Note: "Bring the worst list you have. We clean it together, one column a week.",
	})
	if err != nil {
		return err
	}
	for i, w := range wishes {
		if err := d.wish(ctx, w, offer, v, i+1); err != nil {
			return fmt.Errorf("%s asks for mentoring: %w", w.node, err)
		}
	}
	return nil
}

// wish lets one learner ask and the mentor answer, and waits until the learner
// has the answer. nth is how many have asked then.
func (d *Demo) wish(ctx context.Context, w wish, offer *node.MentorOffer, mentor access.Viewer, nth int) error {
	home, n := d.Node(mentorNode), d.Node(w.node)
	if n.stopped {
		return nil
	}
	v, _, err := n.App.People.ViewerFor(ctx, w.as)
	if err != nil {
		return err
	}
	err = d.await(ctx, "the offer at "+w.node, func() (bool, error) {
		open, err := n.App.Mentoring.Offers(ctx, v, mentoring.Filter{Topic: topic})
		for _, o := range open {
			if o.URI == offer.URI {
				return true, err
			}
		}
		return false, err
	})
	if err != nil {
		return err
	}
	asked, err := n.App.Mentoring.Request(ctx, v, mentoring.RequestInput{Offer: offer.URI, Topic: topic, Need: w.need, Time: w.time, Lang: w.lang})
	if err != nil {
		return err
	}
	err = d.await(ctx, "the request of "+w.as, func() (bool, error) {
		at, err := request(ctx, home, mentor, asked.URI)
		if err != nil || at == nil {
			return false, err
		}
		_, err = home.App.Mentoring.Accept(ctx, mentor, at.ID)
		return err == nil, err
	})
	if err != nil {
		return err
	}
	want := node.RequestAccepted
	if nth > offer.Capacity {
		want = node.RequestWaiting
	}
	return d.await(ctx, "the answer to "+w.as, func() (bool, error) {
		at, err := request(ctx, n, v, asked.URI)
		return at != nil && at.State == want, err
	})
}

// request is what a node knows of a request that v is a party of; nil if nothing yet.
func request(ctx context.Context, n *Node, v access.Viewer, uri string) (*node.MentorRequest, error) {
	all, err := n.App.Mentoring.Requests(ctx, v)
	for _, r := range all {
		if r.URI == uri {
			return r, err
		}
	}
	return nil, err
}

// consent lets people show themselves to the network. They do when all members
// know of each other: a card that comes before is refused, and sent again a minute later.
func (d *Demo) consent(ctx context.Context) error {
	var wg sync.WaitGroup
	problems := make([]error, len(d.Nodes))
	for i, n := range d.Nodes { // side by side: each consent makes keys
		if !n.stopped {
			wg.Go(func() { problems[i] = n.consent(ctx, d.shown(n)) })
		}
	}
	wg.Wait()
	return errors.Join(problems...)
}

func (n *Node) consent(ctx context.Context, people []person) error {
	for _, p := range people {
		v, _, err := n.App.People.ViewerFor(ctx, p.handle)
		if err != nil {
			return err
		}
		if _, err := n.App.People.SetInNetworks(ctx, v, p.handle, true); err != nil {
			return fmt.Errorf("%s agrees: %w", p.handle, err)
		}
	}
	return nil
}

// show waits until each node finds everybody who shows themself.
func (d *Demo) show(ctx context.Context) error {
	everybody := 0
	for _, n := range d.Nodes {
		if !n.stopped {
			everybody += len(d.shown(n))
		}
	}
	return d.await(ctx, "the cards", func() (bool, error) {
		return d.everywhere(ctx, func(n *Node, v access.Viewer) (bool, error) {
			found, _, err := n.App.Cards.Search(ctx, v, node.Search{Limit: 100})
			cards := 0
			for _, f := range found {
				if f.Card != nil {
					cards++
				}
			}
			return cards >= everybody-len(d.shown(n)), err
		})
	})
}

// shown lists the people of a node who show themselves.
func (d *Demo) shown(n *Node) (list []person) {
	all := n.org.people
	if n == d.Nodes[0] {
		all = slices.Concat(all, guest.people)
	}
	for _, p := range all {
		if p.card {
			list = append(list, p)
		}
	}
	return list
}

// Tour is what to look at first.
type Tour struct {
	Network *node.Network
	Guest   string     // the organization that lives on the hub
	Secret  *node.Item // was said for the network
	Open    *node.Item // was said for everyone
}

// Tour looks for it on the nodes that run.
func (d *Demo) Tour(ctx context.Context) (*Tour, error) {
	t := &Tour{Guest: guest.name}
	for _, n := range d.Nodes {
		if n.stopped {
			continue
		}
		v, _, err := n.App.People.ViewerFor(ctx, "")
		if err != nil {
			return nil, err
		}
		if t.Network, err = n.App.Network.Network(ctx, v, ""); err != nil {
			return nil, err
		}
		items, _, err := n.App.Conversation.Everything(ctx, v, "", 100)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			switch {
			case !i.Local || i.Kind != node.KindPost || i.InReplyTo != "" || i.State != node.Live:
			case i.Audience == node.Public:
				t.Open = i
			case i.Audience.Kind() == "network":
				t.Secret = i
			}
		}
	}
	if t.Secret == nil || t.Open == nil {
		return nil, fmt.Errorf("look for examples: %w", node.ErrNotFound)
	}
	return t, nil
}
