package main

import (
	"context"
	"errors"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
)

type gatheringCommand struct {
	Add    gatheringAdd    `cmd:"" help:"${help_gathering_add}"`
	Cancel gatheringCancel `cmd:"" help:"${help_gathering_cancel}"`
}

type gatheringAdd struct {
	As       string   `required:"" placeholder:"HANDLE" help:"${help_as_author}"`
	Audience string   `required:"" placeholder:"public|node" help:"${help_audience}"`
	Name     string   `required:"" placeholder:"NAME" help:"${help_gathering_name}"`
	Start    string   `required:"" placeholder:"2026-12-12T10:00" help:"${help_gathering_start}"`
	End      string   `required:"" placeholder:"2026-12-12T12:00" help:"${help_gathering_end}"`
	Zone     string   `required:"" placeholder:"AREA/CITY" help:"${help_gathering_zone}"`
	Place    string   `placeholder:"TEXT" help:"${help_gathering_place}"`
	Address  string   `placeholder:"TEXT" help:"${help_gathering_address}"`
	URL      string   `name:"url" placeholder:"URL" help:"${help_gathering_url}"`
	Text     string   `placeholder:"TEXT" help:"${help_gathering_text}"`
	Spoken   []string `placeholder:"CODE" help:"${help_gathering_spoken}"`
}

// Run announces a gathering.
func (c *gatheringAdd) Run(ctx context.Context, k *call) error {
	text, err := k.readText(c.Text)
	if err != nil {
		return err
	}
	return k.open(ctx, func(a *app.App) error {
		v, asOrganization, err := a.People.ViewerFor(ctx, c.As)
		if err != nil {
			return err
		}
		to, err := audience(a, v.Organization, c.Audience)
		if err != nil {
			return err
		}
		lang, err := k.textLang(ctx, a)
		if err != nil {
			return err
		}
		spoken := c.Spoken
		if len(spoken) == 0 {
			spoken = []string{lang}
		}
		i, err := a.Gathering.Announce(ctx, v, node.GatheringInput{
			AsOrganization: asOrganization, Audience: to, Lang: lang, Name: c.Name, Text: text, Start: c.Start, End: c.End, Zone: c.Zone,
			Place: c.Place, Address: c.Address, Link: c.URL, Languages: spoken,
		})
		if err != nil {
			return err
		}
		return k.printMade(i, "gathering_added")
	})
}

type gatheringCancel struct {
	ID string `arg:"" name:"id" help:"${help_id}"`
}

// Run calls a gathering off; its page stays and says so.
func (c *gatheringCancel) Run(ctx context.Context, k *call) error {
	return k.open(ctx, func(a *app.App) error {
		id, err := itemID(a, c.ID)
		if err != nil {
			return err
		}
		v, _, err := a.People.ViewerFor(ctx, "")
		if err != nil {
			return err
		}
		i, err := a.Gathering.Cancel(ctx, v, id)
		if errors.Is(err, node.ErrForbidden) {
			err = complain("not_our_gathering", "id", c.ID)
		}
		if err != nil {
			return err
		}
		return k.printMade(i, "gathering_cancelled")
	})
}
