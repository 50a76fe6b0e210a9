package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation"
	"github.com/poweron-network/poweron/federation/deliver"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/inbox"
	"github.com/poweron-network/poweron/federation/roster"
	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node/job"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/peers"
	"github.com/poweron-network/poweron/node/people"
)

// federate builds what talks to other servers.
func (a *App) federate() error {
	o := a.Options
	a.Client = fetch.New(fetch.Options{
		AllowNets: o.AllowNets, AllowHostPorts: o.AllowHostPorts, Unlimited: o.Unlimited,
		UserAgent: fetch.UserAgent(o.Version, string(a.Origin)), Now: o.Now,
	})
	a.Finder = &discover.Finder{Client: a.Client, Peers: a.Peers, Origin: a.Origin, Sign: a.signAsNode(), Now: o.Now, Log: o.Log}
	a.Following.Lookup = a.Finder
	a.Rosters = &roster.Keeper{Finder: a.Finder, Network: a.Network, Peers: a.Peers, Origin: a.Origin, Now: o.Now, Log: o.Log}
	a.Network.Lookup = a.Rosters
	a.Deliver = &deliver.Worker{
		Delivery: a.Delivery, People: a.People, Peers: a.Peers, Client: a.Client, Skills: a.Skills, Origin: a.Origin,
		Now: o.Now, Log: o.Log, Learn: a.Finder.Learn, Roster: a.Rosters.Told,
		Heard: func(ctx context.Context, inbox, rosters string) { a.Rosters.Compare(ctx, inbox, rosters) },
	}
	a.Inbox = &inbox.Inbox{
		Finder: a.Finder, Peers: a.Peers, Conversation: a.Conversation, Following: a.Following, Origin: a.Origin, Now: o.Now, Log: o.Log,
		Network: a.Network, Cards: a.Cards, Mentoring: a.Mentoring, Contact: a.Contact,
		Hub: a.Rosters.Hub, Compare: a.Rosters.Compare, DateWindow: o.DateWindow, Rate: o.InboxRate, ClientAddress: o.clientAddress(), Arrived: a.arrived, Revive: a.Deliver.Revive,
	}
	if err := a.Inbox.Start(); err != nil {
		return err
	}
	a.Rosters.CatchUp = a.Inbox.CatchUp
	a.changed = make(chan struct{}, 1)
	a.inboxJobs = &job.Runner{DB: a.DB, Now: o.Now, Log: o.Log, Kind: peers.InboxJob, Handler: a.Inbox.Handle, Workers: 16}
	a.fetchJobs = &job.Runner{DB: a.DB, Now: o.Now, Log: o.Log, Kind: inbox.FetchJob, Handler: a.Inbox.HandleFetch, Workers: 8}
	a.mailJobs = &job.Runner{DB: a.DB, Now: o.Now, Log: o.Log, Kind: people.MailJob, Handler: a.People.HandleMail, Workers: 2}
	a.machines = &federation.Server{
		Origin: a.Origin, People: a.People, Conversation: a.Conversation, Following: a.Following, Delivery: a.Delivery, Skills: a.Skills,
		Network: a.Network, Cards: a.Cards, Mentoring: a.Mentoring, Contact: a.Contact, Finder: a.Finder, ClientAddress: o.clientAddress(), Now: o.Now,
		Inbox: a.Inbox, Asked: a.Rosters.Asked, Version: o.Version, Log: o.Log,
	}
	return nil
}

// signAsNode signs GET requests with the node's own key, unsealed once. A fault
// is not kept: the database may have been busy.
func (a *App) signAsNode() func(*http.Request, signature.Scheme) error {
	type pair struct {
		*keyring.Pair
		since time.Time
	}
	var kept atomic.Pointer[pair]
	return func(r *http.Request, s signature.Scheme) error {
		ctx := context.WithoutCancel(r.Context())
		site, err := a.People.Site(ctx)
		if err != nil {
			return fmt.Errorf("sign as the node: %w", err)
		}
		p := kept.Load()
		if p == nil || !p.since.Equal(site.KeysSince) {
			_, fresh, err := a.People.SigningKeys(ctx, uuid.Nil)
			if err != nil {
				return fmt.Errorf("sign as the node: %w", err)
			}
			p = &pair{fresh, site.KeysSince}
			kept.Store(p)
		}
		return signature.Sign(r, nil, s, signature.Key{ID: a.Origin.Relay() + "#main-key", Private: p.RSA}, a.Options.Now())
	}
}

// arrived is called when an activity was stored.
func (a *App) arrived() { a.inboxJobs.Wake() }

// pollEvery is how often the database is asked whether somebody, also another
// process, has committed (design.md 4).
const pollEvery = 200 * time.Millisecond

// tidyEvery is how often rows that have served are removed.
const tidyEvery = time.Hour

// Run does the node's background work until ctx ends, and returns when all of
// it has stopped.
func (a *App) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, work := range []func(context.Context){a.inboxJobs.Run, a.fetchJobs.Run, a.mailJobs.Run, a.Deliver.Run, a.Rosters.Run, a.watch, a.tidy, a.keepTime} {
		wg.Go(func() { work(ctx) })
	}
	wg.Wait()
}

// watch wakes the workers when the database changed, and drops what is cached
// when it was another process that changed it.
func (a *App) watch(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var last int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		version, err := a.DB.DataVersion(ctx)
		if err != nil {
			if ctx.Err() == nil {
				a.Options.Log.Error("database cannot be watched", "err", err)
			}
			continue
		}
		if version != last {
			last = version
			a.People.Forget()
			a.renewKeys(ctx)
			a.wake()
		}
	}
}

// renewKeys has deliveries signed with new keys once there are some.
func (a *App) renewKeys(ctx context.Context) {
	site, err := a.People.Site(ctx)
	if err != nil || a.keysSince.Equal(site.KeysSince) {
		return // what cannot be read now is read after the next change
	}
	a.keysSince = site.KeysSince
	a.Deliver.Forget()
}

func (a *App) wake() {
	a.Deliver.Wake()
	a.inboxJobs.Wake()
	a.fetchJobs.Wake()
	a.mailJobs.Wake()
	a.Rosters.Wake()
	select {
	case a.changed <- struct{}{}:
	default:
	}
}

const (
	// dueEvery is how often services are asked for what has become due by the clock.
	dueEvery = time.Minute
	// dueAfter is how long after a change they are asked at the earliest: a card
	// leaves when somebody wants it to, and a burst of changes counts as one.
	dueAfter = time.Second
)

// keepTime does what becomes due by the clock or by a change: cards that are
// published and renewed, mentors who are reminded.
func (a *App) keepTime(ctx context.Context) {
	tick := time.NewTicker(dueEvery)
	defer tick.Stop()
	for {
		if _, err := a.due(ctx); err != nil && ctx.Err() == nil {
			a.Options.Log.Error("what is due cannot be done", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-a.changed:
			select {
			case <-ctx.Done():
				return
			case <-time.After(dueAfter):
			}
		}
	}
}

// due does it once, and returns how much it was.
func (a *App) due(ctx context.Context) (total int, err error) {
	for _, work := range []func(context.Context) (int, error){a.Network.Due, a.Cards.Due, a.Mentoring.Due} {
		n, one := work(ctx)
		total, err = total+n, errors.Join(err, one)
	}
	return total, err
}

// tidy removes what has served.
func (a *App) tidy(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		if err := a.Peers.ForgetOld(ctx, replayMemory); err != nil && ctx.Err() == nil {
			a.Options.Log.Error("old rows cannot be removed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// replayMemory is how long signatures are remembered: longer than the widest
// Date window, to both sides (A1, A8).
const replayMemory = 14 * time.Hour

// Settle does all work that is due, once, and returns how much it found. It is
// for tests with several nodes, which settle when none finds anything twice in a row.
func (a *App) Settle(ctx context.Context) (int, error) {
	total := 0
	a.renewKeys(ctx)
	for _, drain := range []func(context.Context) (int, error){a.inboxJobs.Drain, a.fetchJobs.Drain, a.mailJobs.Drain, a.due, a.Rosters.Drain, a.Deliver.Drain} {
		n, err := drain(ctx)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}
