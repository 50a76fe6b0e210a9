package main

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

type gatheringCommand struct {
	Add    gatheringAdd    `cmd:"" help:"${help_gathering_add}"`
	Cancel gatheringCancel `cmd:"" help:"${help_gathering_cancel}"`
}

type gatheringAdd struct {
	writer  `embed:""`
	Name    string   `required:"" placeholder:"NAME" help:"${help_gathering_name}"`
	Start   string   `required:"" placeholder:"2026-12-12T10:00" help:"${help_gathering_start}"`
	End     string   `required:"" placeholder:"2026-12-12T12:00" help:"${help_gathering_end}"`
	Zone    string   `required:"" placeholder:"AREA/CITY" help:"${help_gathering_zone}"`
	Place   string   `placeholder:"TEXT" help:"${help_gathering_place}"`
	Address string   `placeholder:"TEXT" help:"${help_gathering_address}"`
	URL     string   `name:"url" placeholder:"URL" help:"${help_gathering_url}"`
	Text    string   `placeholder:"TEXT" help:"${help_gathering_text}"`
	Spoken  []string `placeholder:"CODE" help:"${help_gathering_spoken}"`
}

// Run announces a gathering.
func (c *gatheringAdd) Run(ctx context.Context, k *call) error {
	return k.write(ctx, c.writer, c.Text, func(w writing) error {
		spoken := c.Spoken
		if len(spoken) == 0 {
			spoken = []string{w.lang}
		}
		i, err := w.Gathering.Announce(ctx, w.viewer, node.GatheringInput{
			AsOrganization: w.asOrganization, Audience: w.to, Lang: w.lang, Name: c.Name, Text: w.text, Start: c.Start, End: c.End, Zone: c.Zone,
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
	return k.onItem(ctx, c.ID, func(a acting, id uuid.UUID) error {
		i, err := a.Gathering.Cancel(ctx, a.viewer, id)
		if errors.Is(err, node.ErrForbidden) {
			err = complain("not_our_gathering", "id", c.ID)
		}
		if err != nil {
			return err
		}
		return k.printMade(i, "gathering_cancelled")
	})
}
