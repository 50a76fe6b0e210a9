package roster

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/authority"
	"github.com/poweron-network/poweron/node"
)

const (
	// overlap is how much of what was seen is asked for again: clocks differ, and
	// what came before has no second effect.
	overlap = 10 * time.Minute
	// firstTime is how far back a new member asks: as far as cards that still count.
	firstTime = 30 * 24 * time.Hour
	maxPages  = 200 // of one outbox at a time
)

// catchUps lists the members from whom we may have missed something (federation.md 8.3, 8).
func (k *Keeper) catchUps(ctx context.Context) (tasks []task, err error) {
	due, err := k.Network.DueCatchUps(ctx)
	if err != nil || len(due) == 0 || k.CatchUp == nil {
		return nil, err
	}
	networks, err := k.Network.Names(ctx)
	for _, m := range due {
		if n := networks[m.NetworkID]; n != nil {
			tasks = append(tasks, task{
				host: hostOf(m.OrganizationURI), key: "catch up " + m.ID.String(),
				do: func(ctx context.Context) error { return k.catchUp(ctx, n, m) },
			})
		}
	}
	return tasks, err
}

// catchUp reads what a member said to a network since we last heard all of it,
// and hands it to the inbox, the oldest first.
func (k *Keeper) catchUp(ctx context.Context, n *node.Network, m *node.Membership) error {
	now := k.Now()
	since := now.Add(-firstTime)
	if last := m.CaughtUpAt.Add(-overlap); last.After(since) {
		since = last
	}
	ask := url.Values{"audience": {n.URI}, "since": {since.UTC().Format(time.RFC3339)}}
	outbox := m.OrganizationURI + "/outbox?" + ask.Encode()
	doc, _, err := k.Finder.Conditional(ctx, outbox, "")
	if err != nil {
		return err
	}
	pages := 0
	for page := doc.IDOf("first"); page != ""; page = doc.IDOf("next") {
		if pages++; pages > maxPages || !address.SameOrigin(page, m.OrganizationURI) {
			return fmt.Errorf("page %d, %.200s, of an outbox: %w", pages, page, authority.ErrNotTheirs)
		}
		read, resp, err := k.Finder.Conditional(ctx, page, "")
		if err != nil {
			return err
		}
		doc = read
		for _, activity := range doc.Objects("orderedItems") {
			if err := k.CatchUp(ctx, activity, resp.URL); err != nil {
				return err
			}
		}
	}
	return own(k.Network.CaughtUp(ctx, n.ID, m.OrganizationURI, now))
}
