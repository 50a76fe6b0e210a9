package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

type initCommand struct {
	Org         string `required:"" placeholder:"NAME" help:"${help_init_org}"`
	Handle      string `required:"" placeholder:"HANDLE" help:"${help_init_handle}"`
	AdminName   string `required:"" placeholder:"NAME" help:"${help_init_admin_name}"`
	AdminEmail  string `required:"" placeholder:"MAIL" help:"${help_init_admin_email}"`
	AdminHandle string `placeholder:"HANDLE" help:"${help_init_admin_handle}"`
}

// Run creates the node, all or nothing.
func (c *initCommand) Run(ctx context.Context, k *call) error {
	if err := k.checkClock(); err != nil {
		return err
	}
	if k.set.Origin == "" {
		return complain("origin_missing")
	}
	origin := node.Origin(k.set.Origin)
	if err := checkOrigin(origin, k.set.AllowNets); err != nil {
		return err
	}
	lang := k.lang
	if k.asked != "" {
		lang = k.asked
	}
	if !slices.Contains(node.Languages, lang) {
		return complain("lang_pages", "lang", lang)
	}
	o, err := k.options(store.Migrate)
	if err != nil {
		return err
	}
	org, link, err := app.Create(ctx, o, people.Setup{
		Origin: origin, Organization: c.Org, Handle: c.Handle, AdminName: c.AdminName, AdminEmail: c.AdminEmail, AdminHandle: c.AdminHandle, Lang: lang,
	})
	if err != nil {
		return err
	}
	answer := struct {
		SignIn       string `json:"signIn"`
		Organization string `json:"organization"`
	}{link, origin.OrganizationURI(org.ID)}
	return k.object(answer, func(w io.Writer) {
		fmt.Fprintln(w, k.say("init_done", "org", org.Name, "origin", string(origin), "link", link, "folder", k.set.Data))
	})
}

// checkOrigin accepts https with a public name; a bare address or http only
// inside the ranges for tests (design.md 7).
func checkOrigin(o node.Origin, allowed []netip.Prefix) error {
	if inside(o, allowed) {
		return nil
	}
	if !strings.HasPrefix(string(o), "https://") {
		return complain("origin_http", "origin", string(o))
	}
	u, err := url.Parse(string(o))
	if err != nil {
		return err
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || !strings.Contains(u.Hostname(), ".") {
		return complain("origin_private", "origin", string(o))
	}
	return nil
}

// inside reports whether an origin is a bare address inside the allowed ranges.
func inside(o node.Origin, allowed []netip.Prefix) bool {
	u, err := url.Parse(string(o))
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}
