package demo

import (
	"context"
	"fmt"
	"slices"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
)

// founding is the network of the demo: the first organization founds it.
var founding = network.NewNetwork{
	Name: "Common Ground Practice", Handle: "practice", Contact: "The network coordinator, any weekday before noon", Lang: "en", Languages: []string{"en", "es"},
	Purpose: "Organizers and the people who keep their computers running learn from each other, across houses and across languages.",
	Conduct: "Ask before you quote. What is said here stays with the members. Nobody has to answer at once.",
}

// gather founds the network at the hub, brings the guest in, and lets the others
// join as their admins would: with a code, over HTTP, approved by a coordinator.
func (d *Demo) gather(ctx context.Context) error {
	hub := d.Nodes[0]
	v, _, err := hub.App.People.ViewerFor(ctx, "")
	if err != nil {
		return err
	}
	made, err := hub.App.Network.Found(ctx, v, founding)
	if err != nil {
		return err
	}
	// Whom a network was added for is asked anew: the viewer of before does not hold it.
	if v, _, err = hub.App.People.ViewerFor(ctx, ""); err != nil {
		return err
	}
	if err := hub.host(ctx, made); err != nil {
		return err
	}
	var expected []string
	for _, n := range d.Nodes[1:] {
		if n.stopped {
			continue
		}
		code, err := hub.App.Network.NewCode(ctx, v, made.ID)
		if err != nil {
			return err
		}
		theirs, _, err := n.App.People.ViewerFor(ctx, "")
		if err != nil {
			return err
		}
		if _, err := n.App.Network.Join(ctx, theirs, code, n.org.why); err != nil {
			return fmt.Errorf("%s joins: %w", n.Key, err)
		}
		expected = append(expected, n.handle(n.org.handle))
	}
	err = d.await(ctx, "the applications", func() (bool, error) {
		waiting, err := hub.App.Network.Applications(ctx, v, made.ID)
		return len(waiting) == len(expected), err
	})
	if err != nil {
		return err
	}
	for _, handle := range expected {
		if _, err := hub.App.Network.Approve(ctx, v, made.ID, handle); err != nil {
			return fmt.Errorf("approve %s: %w", handle, err)
		}
	}
	if err := hub.App.Network.NameSuccessor(ctx, v, made.ID, expected[0]); err != nil {
		return err
	}
	return d.await(ctx, "the rosters", func() (bool, error) { return d.agreed(ctx, len(expected)+2) })
}

// host brings the guest organization and its people in.
func (n *Node) host(ctx context.Context, to *node.Network) error {
	v, _, err := n.App.People.ViewerFor(ctx, "")
	if err != nil {
		return err
	}
	admin := guest.people[0]
	_, link, err := n.App.Network.AddGuest(ctx, v, to.ID, network.NewGuest{
		Name: guest.name, Handle: guest.handle, Place: guest.place, Lang: guest.lang, Contact: guest.contact, AdminName: admin.name, AdminEmail: admin.email(guest),
	})
	if err != nil {
		return err
	}
	if err := n.describe(ctx, guest); err != nil {
		return err
	}
	return n.populate(ctx, guest, false, map[string]string{admin.handle: link})
}

// agreed reports whether every node that runs knows of this many organizations
// that count: on the roster, and saying so themselves.
func (d *Demo) agreed(ctx context.Context, many int) (bool, error) {
	return d.everywhere(ctx, func(n *Node, v access.Viewer) (bool, error) {
		in, err := n.App.Network.Network(ctx, v, "")
		if err != nil {
			return false, err
		}
		members, err := n.App.Network.Members(ctx, v, in.ID)
		if err != nil {
			return false, err
		}
		members = slices.DeleteFunc(members, func(m *node.Membership) bool { return !m.Effective() })
		return in.State == node.NetworkActive && len(members) == many, nil
	})
}

// everywhere reports whether f holds on every node that runs, as its operator sees it.
func (d *Demo) everywhere(ctx context.Context, f func(*Node, access.Viewer) (bool, error)) (bool, error) {
	for _, n := range d.Nodes {
		if n.stopped {
			continue
		}
		v, _, err := n.App.People.ViewerFor(ctx, "")
		if err != nil {
			return false, err
		}
		if ok, err := f(n, v); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// handle is how others call somebody of this node.
func (n *Node) handle(local string) string { return local + "@" + n.listener.Addr().String() }
