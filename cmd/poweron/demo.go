package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/poweron-network/poweron/cmd/demo"
	"github.com/poweron-network/poweron/node/config"
)

type demoCommand struct{}

// demoPerson is one line of the demo's table.
type demoPerson struct {
	Organization string `json:"organization"`
	URL          string `json:"url"`
	Handle       string `json:"handle"`
	Person       string `json:"person"`
	Role         string `json:"role"`
	SignIn       string `json:"signIn"`
	Data         string `json:"data"`
}

// Run starts four nodes that talk to each other, and waits for the end.
func (c *demoCommand) Run(ctx context.Context, k *call) error {
	if err := k.checkClock(); err != nil {
		return err
	}
	o := demo.Options{Version: version(), Log: k.demoLog(), Now: k.now}
	if k.given("DATA") {
		o.Folder = k.set.Data
	}
	if !k.json {
		fmt.Fprintln(k.out, k.say("demo_starting"))
	}
	d, err := demo.Start(ctx, o)
	switch {
	case errors.Is(err, demo.ErrUnfinished):
		return errors.Join(complain("demo_unfinished", "folder", o.Folder), err)
	case errors.Is(err, context.DeadlineExceeded):
		o.Log.Error("the demo is not ready", "err", err)
		return errors.Join(complain("demo_slow"), err)
	case err != nil:
		return err
	}
	if err := k.printDemo(ctx, d); err != nil {
		return errors.Join(err, d.Close())
	}
	<-ctx.Done()
	return d.Close()
}

// demoLog says what goes wrong, unless the settings ask for more.
func (k *call) demoLog() *slog.Logger {
	if !k.given("LOG") {
		k.set.LogLevel = slog.LevelWarn
	}
	return k.logger()
}

// given reports whether a setting comes from the command line. The demo leaves
// the environment alone: it may name the data of a real node.
func (k *call) given(name string) bool {
	return slices.ContainsFunc(k.set.Effective(), func(v config.Value) bool { return v.Name == config.Prefix+name && v.From == config.Flag })
}

func (k *call) printDemo(ctx context.Context, d *demo.Demo) error {
	var lines []demoPerson
	for _, n := range d.Nodes {
		for _, p := range n.People {
			lines = append(lines, demoPerson{p.Organization, string(n.App.Origin), p.Handle, p.Name, p.Role, p.SignIn, d.Folder(n)})
		}
	}
	if k.json {
		return printArray(k.out, lines)
	}
	if d.Fallback {
		fmt.Fprintln(k.out, k.say("demo_fallback"))
	}
	fmt.Fprintln(k.out)
	for i, l := range lines {
		if i == 0 || lines[i-1].Organization != l.Organization {
			fmt.Fprintf(k.out, "%s  %s\n  %s\n", l.Organization, l.URL, k.say("demo_data", "folder", l.Data))
		}
		fmt.Fprintf(k.out, "    %-8s %-28s %s\n", l.Person, l.Role, l.SignIn)
	}
	tour, err := d.Tour(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(k.out, "\n%s\n", k.say("demo_network", "name", tour.Network.Name, "handle", tour.Network.Handle(), "guest", tour.Guest))
	fmt.Fprintf(k.out, "%s\n  %s\n%s\n  %s\n", k.say("demo_secret"), tour.Secret.Page, k.say("demo_open"), tour.Open.Page)
	fmt.Fprintf(k.out, "\n%s\n", k.say("demo_running"))
	return nil
}
