package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

type networkCommands struct {
	Join    networkJoin    `cmd:"" help:"${help_network_join}"`
	Leave   networkLeave   `cmd:"" help:"${help_network_leave}"`
	Status  networkStatus  `cmd:"" help:"${help_network_status}"`
	List    networkList    `cmd:"" help:"${help_network_list}"`
	Approve networkApprove `cmd:"" help:"${help_network_approve}"`
}

// which is the flag that says which network a command is about.
type which struct {
	Network string `placeholder:"NAME" help:"${help_which_network}"`
}

// network finds the network that name means: by name, handle or address, or the
// only one that fits. With none at all the complaint is none.
func (a acting) network(ctx context.Context, name, none string, fits func(*node.Network) bool) (*node.Network, error) {
	if name != "" {
		n, err := a.Network.Network(ctx, a.viewer, strings.TrimPrefix(strings.TrimPrefix(name, "network:"), "@"))
		if err != nil || fits(n) {
			return n, err
		}
		return nil, complain("network_unfit", "network", n.Handle())
	}
	all, err := a.Network.Networks(ctx, a.viewer)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(n *node.Network) bool { return !fits(n) })
	switch len(all) {
	case 0:
		return nil, complain(none)
	case 1:
		return all[0], nil
	}
	names := make([]string, len(all))
	for i, n := range all {
		names[i] = n.Handle()
	}
	slices.Sort(names)
	return nil, complain("network_several", "networks", strings.Join(names, ", "))
}

// hosted reports whether this node is the hub of n.
func hosted(n *node.Network) bool { return n.Hosted && n.State == node.NetworkActive }

// current reports whether n is one that we are in or have asked to join.
func current(n *node.Network) bool {
	return n.State == node.NetworkApplied || n.State == node.NetworkActive || n.State == node.NetworkSuspended
}

// foreign reports whether n is one of these and has its hub elsewhere.
func foreign(n *node.Network) bool { return current(n) && !n.Hosted }

// joined is the answer of what changes where we stand in a network.
type joined struct {
	ID          string            `json:"id"`
	Network     string            `json:"network"` // handle
	State       node.NetworkState `json:"state"`
	Fingerprint string            `json:"fingerprint"` // of the hub's key
}

func newJoined(n *node.Network) joined { return joined{n.URI, n.Handle(), n.State, n.Fingerprint} }

type networkJoin struct {
	Code string `arg:"" help:"${help_code}"`
	Why  string `placeholder:"TEXT" help:"${help_why}"`
}

// Run asks a hub to admit the organization.
func (c *networkJoin) Run(ctx context.Context, k *call) error {
	return k.act(ctx, "", func(a acting) error {
		if !k.json {
			fmt.Fprintln(k.out, k.say("network_asking"))
		}
		preview, err := a.Network.Preview(ctx, a.viewer, c.Code)
		if err != nil {
			return err
		}
		n, err := a.Network.Join(ctx, a.viewer, c.Code, c.Why)
		if err != nil {
			return err
		}
		answer := struct {
			joined
			Ours string `json:"ours"` // fingerprint of our own key
		}{newJoined(n), preview.Fingerprint}
		return k.object(answer, func(w io.Writer) {
			fmt.Fprintln(w, k.say("network_asked", "name", plain(n.Name), "network", n.Handle(), "theirs", n.Fingerprint, "ours", preview.Fingerprint))
		})
	})
}

type networkLeave struct {
	Name string `arg:"" name:"network" optional:"" help:"${help_which_network}"`
}

// Run leaves a network; the hub need not answer.
func (c *networkLeave) Run(ctx context.Context, k *call) error {
	return k.act(ctx, "", func(a acting) error {
		n, err := a.network(ctx, c.Name, "network_none", foreign)
		if err != nil {
			return err
		}
		if err := a.Network.Leave(ctx, a.viewer, n.ID); err != nil {
			return err
		}
		if n, err = a.Network.Network(ctx, a.viewer, n.ID.String()); err != nil {
			return err
		}
		return k.object(newJoined(n), func(w io.Writer) { fmt.Fprintln(w, k.say("network_left", "network", n.Handle())) })
	})
}

type networkList struct{}

// Run lists all networks that the node hosts, is in, was in or asked to join.
func (c *networkList) Run(ctx context.Context, k *call) error {
	return k.act(ctx, "", func(a acting) error {
		all, err := a.Network.Networks(ctx, a.viewer)
		if err != nil {
			return err
		}
		items := make([]joined, len(all))
		for i, n := range all {
			items[i] = newJoined(n)
		}
		return list(k, items, "network_none_yet", []string{"col_network", "col_state", "col_id"}, func(j joined) []string {
			return []string{j.Network, k.say("net_" + string(j.State)), j.ID}
		})
	})
}

// member is one line of a roster.
type member struct {
	Handle      string            `json:"handle"`
	Name        string            `json:"name"`
	ID          string            `json:"id"`
	State       node.MemberStatus `json:"state"`
	Role        node.MemberRole   `json:"role"`
	Kind        node.MemberKind   `json:"kind"`
	Contact     string            `json:"contact"`
	Fingerprint string            `json:"fingerprint"`
	Claims      bool              `json:"claims"`  // its own document names the network
	Failing     bool              `json:"failing"` // its server does not answer
	Seen        stamp             `json:"seen"`
	Since       stamp             `json:"since"`
}

func newMember(m *node.Membership) member {
	return member{m.Handle, m.Name, m.OrganizationURI, m.Status, m.Role, m.Kind, m.Contact, m.Fingerprint, m.Claim, m.Failing, stamp(m.LastSeen), stamp(m.Since)}
}

// roster is where a network stands, as far as this node knows.
type roster struct {
	Network       string            `json:"network"`
	Name          string            `json:"name"`
	ID            string            `json:"id"`
	State         node.NetworkState `json:"state"` // ours
	Hub           bool              `json:"hub"`   // this node
	Reason        string            `json:"reason"`
	RosterVersion int64             `json:"rosterVersion"`
	RosterAge     int               `json:"rosterAge"` // seconds since the hub confirmed it
	RosterDigest  string            `json:"rosterDigest"`
	Differs       bool              `json:"differs"` // another member holds another roster of this version
	Gone          bool              `json:"gone"`    // the hub has ended
	Successor     string            `json:"successor"`
	Offers        []offerToGoOn     `json:"offers"`
	Members       []member          `json:"members"`
}

// offerToGoOn is a member that offers to be the hub from now on.
type offerToGoOn struct {
	Organization string `json:"organization"`
	ID           string `json:"id"`
	Named        bool   `json:"named"` // the last roster named it
}

// roster reads all that status and hub roster print of a network.
func (a acting) roster(ctx context.Context, n *node.Network, now time.Time) (*roster, error) {
	r := &roster{
		Network: n.Handle(), Name: n.Name, ID: n.URI, State: n.State, Hub: n.Hosted, Reason: n.Reason, RosterVersion: n.RosterVersion,
		RosterAge: int(n.Age(now).Seconds()), RosterDigest: n.RosterDigest, Differs: !n.DiffersAt.IsZero(), Gone: !n.GoneAt.IsZero(),
		Successor: n.Successor, Offers: []offerToGoOn{}, Members: []member{},
	}
	members, err := a.Network.Members(ctx, a.viewer, n.ID)
	if err != nil {
		return nil, err
	}
	handles := map[string]string{}
	for _, m := range members {
		handles[m.OrganizationURI] = m.Handle
		if m.Status != node.MemberPending && m.Status != node.MemberRefused {
			r.Members = append(r.Members, newMember(m))
		}
	}
	slices.SortStableFunc(r.Members, func(a, b member) int { return strings.Compare(a.Handle, b.Handle) })
	if h := handles[r.Successor]; h != "" {
		r.Successor = h
	}
	offers, err := a.Network.SuccessionOffers(ctx, a.viewer)
	for _, o := range offers {
		if o.NetworkID == n.ID {
			r.Offers = append(r.Offers, offerToGoOn{cmp.Or(handles[o.OrganizationURI], o.OrganizationURI), o.URI, o.Named})
		}
	}
	return r, err
}

type networkStatus struct {
	which `embed:""`
}

// Run tells where the organization stands in a network, and who else is in it.
func (c *networkStatus) Run(ctx context.Context, k *call) error {
	return k.act(ctx, "", func(a acting) error {
		known := func(*node.Network) bool { return true } // also one that we were in, or that refused us
		n, err := a.network(ctx, "", "network_none", current)
		if c.Network != "" || err != nil {
			n, err = a.network(ctx, c.Network, "network_none", known)
		}
		if err != nil {
			return err
		}
		r, err := a.roster(ctx, n, k.now())
		if err != nil {
			return err
		}
		return k.object(r, func(w io.Writer) { k.printRoster(w, r) })
	})
}

func (k *call) printRoster(w io.Writer, r *roster) {
	fmt.Fprintln(w, k.say("roster_head", "name", plain(r.Name), "network", r.Network, "state", k.say("net_"+string(r.State))))
	switch {
	case r.Hub:
		fmt.Fprintln(w, k.say("roster_hub", "version", strconv.FormatInt(r.RosterVersion, 10)))
	case r.RosterVersion > 0:
		age := (time.Duration(r.RosterAge) * time.Second).Round(time.Second)
		fmt.Fprintln(w, k.say("roster_version", "version", strconv.FormatInt(r.RosterVersion, 10), "age", age.String()))
	}
	for _, note := range []struct {
		say  bool
		line string
	}{
		{r.Reason != "", k.say("roster_reason", "reason", plain(r.Reason))},
		{r.Successor != "", k.say("roster_successor", "handle", plain(r.Successor))},
		{r.Differs, k.say("roster_differs")},
		{r.Gone, k.say("roster_gone")},
	} {
		if note.say {
			fmt.Fprintln(w, note.line)
		}
	}
	for _, o := range r.Offers {
		fmt.Fprintln(w, k.say("roster_offer", "handle", plain(o.Organization)))
	}
	fmt.Fprintln(w)
	_ = k.printTable(w, []string{"col_handle", "col_state", "col_role", "col_name"}, len(r.Members), func(i int) []string {
		m := r.Members[i]
		state := k.say("member_" + string(m.State))
		if m.Failing {
			state += " · " + k.say("member_failing")
		}
		return []string{plain(m.Handle), state, k.say("role_" + string(m.Role)), plain(m.Name)}
	})
}

type networkApprove struct {
	which `embed:""`
	Who   string `arg:"" name:"handle" optional:"" help:"${help_successor_arg}"`
}

// Run goes on with a network under another hub, that of the organization who.
func (c *networkApprove) Run(ctx context.Context, k *call) error {
	return k.act(ctx, "", func(a acting) error {
		n, err := a.network(ctx, c.Network, "network_none", current)
		if err != nil {
			return err
		}
		r, err := a.roster(ctx, n, k.now())
		if err != nil {
			return err
		}
		uri, err := chosen(r.Offers, strings.TrimPrefix(c.Who, "@"))
		if err != nil {
			return err
		}
		if err := a.Network.ApproveSuccessor(ctx, a.viewer, n.ID, uri); err != nil {
			return err
		}
		if n, err = a.Network.Network(ctx, a.viewer, n.ID.String()); err != nil {
			return err
		}
		return k.object(newJoined(n), func(w io.Writer) { fmt.Fprintln(w, k.say("network_goes_on", "network", n.Handle())) })
	})
}

// chosen picks the offer that who means; without who the only one.
func chosen(offers []offerToGoOn, who string) (string, error) {
	switch {
	case len(offers) == 0:
		return "", complain("network_no_offer")
	case who == "" && len(offers) == 1:
		return offers[0].ID, nil
	}
	names := make([]string, len(offers))
	for i, o := range offers {
		if who == o.ID || strings.EqualFold(who, o.Organization) {
			return o.ID, nil
		}
		names[i] = o.Organization
	}
	return "", complain("network_which_offer", "handles", strings.Join(names, ", "))
}

// audience reads who may read something: public, node, networks, network:NAME.
func (a acting) audience(ctx context.Context, word string) (node.Audience, error) {
	if kind, _, _ := strings.Cut(word, ":"); !slices.Contains([]string{"public", "node", "networks", "network"}, kind) {
		return "", complain("audience_form", "audience", word)
	}
	if word == "network" { // the only one
		n, err := a.network(ctx, "", "network_none", current)
		if err != nil {
			return "", err
		}
		return node.NetworkOnly(n.ID), nil
	}
	return a.Network.Audience(ctx, a.viewer, word)
}

// audienceWords writes audiences as audience reads them.
func (a acting) audienceWords(ctx context.Context) (func(node.Audience) string, error) {
	names, err := a.Network.Names(ctx)
	if err != nil {
		return nil, err
	}
	same := map[string]int{}
	for _, n := range names {
		same[n.Username]++
	}
	return func(to node.Audience) string {
		kind, id, _ := strings.Cut(string(to), ":")
		switch kind {
		case "organization":
			return "node"
		case "network":
			if n := names[uuid.MustParse(id)]; n == nil {
				break
			} else if same[n.Username] == 1 {
				return "network:" + n.Username
			} else {
				return "network:" + n.Handle()
			}
		}
		return string(to)
	}, nil
}
