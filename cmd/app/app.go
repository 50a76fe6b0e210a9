// Package app builds one node out of its parts: database, services, federation,
// pages and workers. The server, every command, the demo and the tests with
// several nodes build it here, so that they run the same thing.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/poweron-network/poweron/federation"
	"github.com/poweron-network/poweron/federation/deliver"
	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/federation/inbox"
	"github.com/poweron-network/poweron/federation/roster"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/card"
	"github.com/poweron-network/poweron/node/contact"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/delivery"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/gathering"
	"github.com/poweron-network/poweron/node/job"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/peers"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
	"github.com/poweron-network/poweron/schema"
)

// Options are what a node needs to know before it can open its data.
type Options struct {
	Data   string // folder
	Origin string // set in the environment; empty means the stored one. A different one is refused
	// AllowNets and AllowHostPorts are private addresses that outbound requests may reach, for tests and the demo.
	AllowNets      []netip.Prefix
	AllowHostPorts []netip.AddrPort
	TrustedProxies []netip.Prefix
	DateWindow     time.Duration // how old a signature may be; 0 means 1 hour
	InboxRate      int           // activities per 5 minutes and signing server; 0 means no limit
	Unlimited      bool          // no outbound budgets: benches and the demo
	Mail           people.Mailer
	Version        string
	Log            *slog.Logger
	Now            func() time.Time
	Mode           store.Mode
}

// App is one open node.
type App struct {
	Options      Options
	DB           *store.DB
	Skills       *skillset.Set
	People       *people.Service
	Conversation *conversation.Service
	Gathering    *gathering.Service
	Following    *following.Service
	Peers        *peers.Service
	Delivery     *delivery.Service
	Network      *network.Service
	Cards        *card.Service
	Mentoring    *mentoring.Service
	Contact      *contact.Service
	Origin       node.Origin
	Client       *fetch.Client
	Finder       *discover.Finder
	Inbox        *inbox.Inbox
	Deliver      *deliver.Worker
	Rosters      *roster.Keeper

	keysSince time.Time // of the keys that deliveries are signed with
	machines  *federation.Server
	inboxJobs *job.Runner
	fetchJobs *job.Runner
	mailJobs  *job.Runner
	changed   chan struct{} // the database did
}

// Create makes the data folder, its key and its database, and sets the node up.
// If anything fails, what it made is removed again.
func Create(ctx context.Context, o Options, in people.Setup) (org *node.Organization, link string, err error) {
	again := false // of a Create that was killed
	if _, err := os.Stat(o.Data + "/" + store.FileName); err == nil {
		if again = unfinished(ctx, o); !again {
			return nil, "", fmt.Errorf("create node in %s: %w", o.Data, node.ErrExists)
		}
	}
	_, missing := os.Stat(o.Data)
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return nil, "", fmt.Errorf("create data folder: %w", readOnly(err))
	}
	// The database file comes first: it tells a killed Create from a folder with a key
	// that somebody put there. SQLite gives its files the rights of this one.
	f, err := os.OpenFile(o.Data+"/"+store.FileName, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, "", readOnly(err)
	}
	if err := f.Close(); err != nil {
		return nil, "", fmt.Errorf("create database: %w", err)
	}
	keys, err := keyring.Create(o.Data)
	if again && errors.Is(err, os.ErrExist) {
		keys, err = keyring.Open(o.Data)
	}
	if err != nil {
		return nil, "", errors.Join(readOnly(err), os.Remove(o.Data+"/"+store.FileName))
	}
	undo := func(err error) error {
		made := []string{o.Data + "/" + keyring.FileName, o.Data + "/" + store.FileName, o.Data + "/" + store.FileName + "-wal", o.Data + "/" + store.FileName + "-shm"}
		if missing != nil {
			made = append(made, o.Data)
		}
		for _, f := range made {
			if rm := os.Remove(f); rm != nil && !errors.Is(rm, os.ErrNotExist) {
				err = errors.Join(err, rm)
			}
		}
		return err
	}
	o.Mode = store.Migrate
	db, err := store.Open(ctx, o.Data, o.Mode)
	if err != nil {
		return nil, "", undo(err)
	}
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		return nil, "", undo(errors.Join(err, db.Close()))
	}
	s := &people.Service{DB: db, Now: o.Now, Keys: keys, Skills: skills}
	org, link, err = s.Init(ctx, in)
	if err != nil {
		return nil, "", undo(errors.Join(err, db.Close()))
	}
	return org, link, db.Close()
}

// unfinished reports whether the database in the folder is one of a Create that
// was killed before it set the node up: such a one may be written over.
func unfinished(ctx context.Context, o Options) bool {
	db, err := store.Open(ctx, o.Data, store.Migrate)
	if err != nil {
		return false
	}
	_, err = (&people.Service{DB: db, Now: o.Now}).Site(ctx)
	return db.Close() == nil && errors.Is(err, node.ErrNoNode)
}

// readOnly gives errors of the file system the kind that people get a cure for.
func readOnly(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: %w", node.ErrReadOnly, err)
	}
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w: %w", node.ErrExists, err)
	}
	return err
}

// Open opens the node in the data folder.
func Open(ctx context.Context, o Options) (*App, error) {
	db, err := store.Open(ctx, o.Data, o.Mode)
	if err != nil {
		return nil, err
	}
	a, err := build(ctx, o, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

func build(ctx context.Context, o Options, db *store.DB) (*App, error) {
	skills, err := skillset.Load(schema.Skills)
	if err != nil {
		return nil, err
	}
	keys, err := keyring.Open(o.Data)
	if err != nil {
		return nil, readOnly(err)
	}
	a := &App{Options: o, DB: db, Skills: skills}
	a.People = &people.Service{DB: db, Now: o.Now, Keys: keys, Skills: skills, Mail: o.Mail}
	site, err := a.People.Site(ctx)
	if err != nil {
		return nil, err
	}
	a.Origin = site.Origin
	if o.Origin != "" {
		asked, err := node.ParseOrigin(o.Origin)
		if err != nil {
			return nil, err
		}
		if asked != site.Origin {
			return nil, fmt.Errorf("stored %s, asked for %s: %w", site.Origin, asked, node.ErrOtherSite)
		}
	}
	a.Conversation = &conversation.Service{DB: db, Now: o.Now, Origin: site.Origin}
	a.Gathering = &gathering.Service{DB: db, Now: o.Now, Origin: site.Origin}
	a.Following = &following.Service{DB: db, Now: o.Now, Origin: site.Origin}
	a.Peers = &peers.Service{DB: db, Now: o.Now}
	a.Delivery = &delivery.Service{DB: db, Now: o.Now}
	a.Network = &network.Service{DB: db, Now: o.Now, Origin: site.Origin, Keys: keys, Skills: skills}
	a.Cards = &card.Service{DB: db, Now: o.Now, Origin: site.Origin, Skills: skills}
	a.Mentoring = &mentoring.Service{DB: db, Now: o.Now, Origin: site.Origin, Skills: skills}
	a.Contact = &contact.Service{DB: db, Now: o.Now, Origin: site.Origin}
	return a, a.federate()
}

// Close drops connections and closes the database.
func (a *App) Close() error {
	a.Client.Close()
	return a.DB.Close()
}
