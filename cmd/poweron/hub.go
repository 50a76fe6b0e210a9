package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
)

type hubCommands struct {
	Init         hubInit         `cmd:"" help:"${help_hub_init}"`
	Code         hubCode         `cmd:"" help:"${help_hub_code}"`
	Applications hubApplications `cmd:"" help:"${help_hub_applications}"`
	Approve      hubApprove      `cmd:"" help:"${help_hub_approve}"`
	Refuse       hubRefuse       `cmd:"" help:"${help_hub_refuse}"`
	Roster       hubRoster       `cmd:"" help:"${help_hub_roster}"`
	Suspend      hubSuspend      `cmd:"" help:"${help_hub_suspend}"`
	Restore      hubRestore      `cmd:"" help:"${help_hub_restore}"`
	Expel        hubExpel        `cmd:"" help:"${help_hub_expel}"`
	Key          hubKey          `cmd:"" help:"${help_hub_key}"`
	Successor    hubSuccessor    `cmd:"" help:"${help_hub_successor}"`
	Guest        hubGuest        `cmd:"" help:"${help_hub_guest}"`
	Succeed      hubSucceed      `cmd:"" help:"${help_hub_succeed}"`
	Close        hubClose        `cmd:"" help:"${help_hub_close}"`
}

// onHub opens the node for a command about a network whose hub it is.
func (k *call) onHub(ctx context.Context, w which, f func(acting, *node.Network) error) error {
	return k.act(ctx, "", func(a acting) error {
		n, err := a.network(ctx, w.Network, "hub_none", hosted)
		if err != nil {
			return err
		}
		return f(a, n)
	})
}

type hubInit struct {
	Name      string   `required:"" placeholder:"NAME" help:"${help_hub_name}"`
	Handle    string   `required:"" placeholder:"HANDLE" help:"${help_hub_handle}"`
	Purpose   string   `placeholder:"TEXT" help:"${help_hub_purpose}"`
	Conduct   string   `placeholder:"TEXT" help:"${help_hub_conduct}"`
	Contact   string   `placeholder:"TEXT" help:"${help_hub_contact}"`
	Languages []string `placeholder:"CODE" help:"${help_hub_languages}"`
}

// founded is a network whose hub is this node.
type founded struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Handle string `json:"handle"`
}

// printNetwork prints a network, and what was done with it.
func (k *call) printNetwork(n *node.Network, word string) error {
	return k.object(founded{n.URI, n.Page, n.Handle()}, func(w io.Writer) {
		fmt.Fprintln(w, k.say(word, "name", plain(n.Name), "handle", n.Handle()))
	})
}

// Run founds a network whose hub is this node.
func (c *hubInit) Run(ctx context.Context, k *call) error {
	purpose, err := k.readText(c.Purpose)
	if err != nil {
		return err
	}
	conduct, err := k.readText(c.Conduct)
	if err != nil {
		return err
	}
	return k.act(ctx, "", func(a acting) error {
		lang, err := k.textLang(ctx, a.App)
		if err != nil {
			return err
		}
		in := network.NewNetwork{Name: c.Name, Handle: c.Handle, Contact: c.Contact, Lang: lang, Purpose: purpose, Conduct: conduct, Languages: c.Languages}
		if len(in.Languages) == 0 {
			in.Languages = []string{lang}
		}
		n, err := a.Network.Found(ctx, a.viewer, in)
		if err != nil {
			return err
		}
		return k.printNetwork(n, "hub_founded")
	})
}

type hubCode struct {
	which `embed:""`
}

// Run makes a code that one organization can join with.
func (c *hubCode) Run(ctx context.Context, k *call) error {
	return k.onHub(ctx, c.which, func(a acting, n *node.Network) error {
		code, err := a.Network.NewCode(ctx, a.viewer, n.ID)
		if err != nil {
			return err
		}
		answer := struct {
			Code string `json:"code"`
		}{code}
		return k.object(answer, func(w io.Writer) { fmt.Fprintln(w, k.say("hub_code", "code", code)) })
	})
}

type hubApplications struct {
	which `embed:""`
}

// application is one line of who has asked to join.
type application struct {
	Handle      string            `json:"handle"`
	Name        string            `json:"name"`
	Contact     string            `json:"contact"`
	Fingerprint string            `json:"fingerprint"`
	Why         string            `json:"why"`
	State       node.MemberStatus `json:"state"`
}

// Run lists who has asked to join.
func (c *hubApplications) Run(ctx context.Context, k *call) error {
	return k.onHub(ctx, c.which, func(a acting, n *node.Network) error {
		asked, err := a.Network.Applications(ctx, a.viewer, n.ID)
		if err != nil {
			return err
		}
		items := make([]application, len(asked))
		for i, m := range asked {
			items[i] = application{m.Handle, m.Name, m.Contact, m.Fingerprint, m.Why, m.Status}
		}
		return list(k, items, "hub_no_applications", []string{"col_handle", "col_name", "col_contact", "col_why", "col_fingerprint"}, func(l application) []string {
			return []string{plain(l.Handle), plain(l.Name), oneLine(l.Contact), oneLine(l.Why), l.Fingerprint}
		})
	})
}

// memberArg is the organization that a command of the hub is about.
type memberArg struct {
	Handle string `arg:"" help:"${help_member_arg}"`
	which  `embed:""`
}

// onMember does something with a member and prints what it is then.
func (k *call) onMember(ctx context.Context, arg memberArg, word string, f func(acting, *node.Network, string) error) error {
	return k.onHub(ctx, arg.which, func(a acting, n *node.Network) error {
		who := strings.TrimPrefix(arg.Handle, "@")
		if err := f(a, n, who); err != nil {
			return err
		}
		m, err := a.Network.Member(ctx, a.viewer, n.ID, who)
		if err != nil {
			return err
		}
		return k.object(newMember(m), func(w io.Writer) { fmt.Fprintln(w, k.say(word, "name", plain(m.Name), "handle", plain(m.Handle))) })
	})
}

type hubApprove struct {
	memberArg `embed:""`
}

// Run admits who has asked to join.
func (c *hubApprove) Run(ctx context.Context, k *call) error {
	return k.onMember(ctx, c.memberArg, "hub_approved", func(a acting, n *node.Network, who string) error {
		_, err := a.Network.Approve(ctx, a.viewer, n.ID, who)
		return err
	})
}

type hubRefuse struct {
	memberArg `embed:""`
	Reason    string `required:"" placeholder:"TEXT" help:"${help_reason}"`
}

// Run says no to who has asked to join.
func (c *hubRefuse) Run(ctx context.Context, k *call) error {
	return k.onMember(ctx, c.memberArg, "hub_refused", func(a acting, n *node.Network, who string) error {
		return a.Network.Refuse(ctx, a.viewer, n.ID, who, c.Reason)
	})
}

type hubSuspend struct {
	memberArg `embed:""`
}

// Run puts a membership on hold.
func (c *hubSuspend) Run(ctx context.Context, k *call) error {
	return k.onMember(ctx, c.memberArg, "hub_suspended", func(a acting, n *node.Network, who string) error {
		return a.Network.Suspend(ctx, a.viewer, n.ID, who)
	})
}

type hubRestore struct {
	memberArg `embed:""`
}

// Run ends a suspension.
func (c *hubRestore) Run(ctx context.Context, k *call) error {
	return k.onMember(ctx, c.memberArg, "hub_restored", func(a acting, n *node.Network, who string) error {
		return a.Network.Restore(ctx, a.viewer, n.ID, who)
	})
}

type hubExpel struct {
	memberArg `embed:""`
	Yes       bool `help:"${help_yes}"`
}

// Run removes a member. The operator decides alone, so it takes a second word.
func (c *hubExpel) Run(ctx context.Context, k *call) error {
	return k.onMember(ctx, c.memberArg, "hub_expelled", func(a acting, n *node.Network, who string) error {
		m, err := a.Network.Member(ctx, a.viewer, n.ID, who)
		if err != nil {
			return err
		}
		if !c.Yes {
			return complain("hub_expel_sure", "name", plain(m.Name), "handle", plain(m.Handle), "network", n.Handle())
		}
		_, err = a.Network.Expel(ctx, a.viewer, n.ID, who)
		return err
	})
}

type hubSuccessor struct {
	memberArg `embed:""`
}

// Run names who goes on with the network if this hub cannot.
func (c *hubSuccessor) Run(ctx context.Context, k *call) error {
	return k.onMember(ctx, c.memberArg, "hub_successor", func(a acting, n *node.Network, who string) error {
		return a.Network.NameSuccessor(ctx, a.viewer, n.ID, who)
	})
}

type hubRoster struct {
	which `embed:""`
}

// Run prints the roster as its members get it.
func (c *hubRoster) Run(ctx context.Context, k *call) error {
	return k.onHub(ctx, c.which, func(a acting, n *node.Network) error {
		r, err := a.roster(ctx, n, k.now())
		if err != nil {
			return err
		}
		return k.object(r, func(w io.Writer) { k.printRoster(w, r) })
	})
}

type hubGuest struct {
	Add hubGuestAdd `cmd:"" help:"${help_hub_guest_add}"`
}

type hubGuestAdd struct {
	which      `embed:""`
	Name       string `required:"" placeholder:"NAME" help:"${help_init_org}"`
	Handle     string `required:"" placeholder:"HANDLE" help:"${help_init_handle}"`
	AdminName  string `required:"" placeholder:"NAME" help:"${help_init_admin_name}"`
	AdminEmail string `required:"" placeholder:"MAIL" help:"${help_init_admin_email}"`
	Place      string `placeholder:"TEXT" help:"${help_guest_place}"`
	Summary    string `placeholder:"TEXT" help:"${help_guest_summary}"`
	Contact    string `placeholder:"TEXT" help:"${help_guest_contact}"`
}

// Run makes an organization that lives on the hub's node.
func (c *hubGuestAdd) Run(ctx context.Context, k *call) error {
	return k.onHub(ctx, c.which, func(a acting, n *node.Network) error {
		lang, err := k.textLang(ctx, a.App)
		if err != nil {
			return err
		}
		o, link, err := a.Network.AddGuest(ctx, a.viewer, n.ID, network.NewGuest{
			Name: c.Name, Handle: c.Handle, Place: c.Place, Summary: c.Summary, Lang: lang, Contact: c.Contact, AdminName: c.AdminName, AdminEmail: c.AdminEmail,
		})
		if err != nil {
			return err
		}
		answer := struct {
			ID     string `json:"id"`
			Handle string `json:"handle"`
			SignIn string `json:"signIn"`
		}{a.Origin.OrganizationURI(o.ID), o.Handle + "@" + a.Origin.Host(), link}
		return k.object(answer, func(w io.Writer) { fmt.Fprintln(w, k.say("hub_guest", "name", plain(o.Name), "link", link)) })
	})
}

type hubSucceed struct {
	which `embed:""`
}

// Run goes on as the hub of a network whose hub cannot. The organization that the
// roster names decides when; anybody else waits until the hub is surely lost.
func (c *hubSucceed) Run(ctx context.Context, k *call) error {
	return k.act(ctx, "", func(a acting) error {
		n, err := a.network(ctx, c.Network, "network_none", foreign)
		if err != nil {
			return err
		}
		if n, err = a.Network.SucceedNow(ctx, a.viewer, n.ID); err != nil {
			return err
		}
		return k.printNetwork(n, "hub_succeeded")
	})
}

type hubClose struct {
	which `embed:""`
	Yes   bool `help:"${help_yes}"`
}

// Run ends a network for good.
func (c *hubClose) Run(ctx context.Context, k *call) error {
	return k.onHub(ctx, c.which, func(a acting, n *node.Network) error {
		if !c.Yes {
			return complain("hub_close_sure", "network", n.Handle())
		}
		if err := a.Network.Close(ctx, a.viewer, n.ID); err != nil {
			return err
		}
		return k.printNetwork(n, "hub_closed")
	})
}
