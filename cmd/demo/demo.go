// Package demo runs four real nodes in one process and lets them talk: a hub, that
// hosts a guest organization too, and three members of its network. Each has its
// own data, key, address and workers, and knows of the others only what came over
// HTTP with a signature. What they say is invented; it is in cast.go and story.go.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

// Options say where and how the demo runs.
type Options struct {
	// Folder keeps the data of a demo that can be run again; empty means a
	// temporary one that Close removes.
	Folder string
	// Addresses to listen on, one for each node; nil means 127.77.0.1 to .4.
	Addresses []string
	Version   string
	Log       *slog.Logger
	Now       func() time.Time
}

// addresses are on a loopback range of its own, so that 127.0.0.1 stays
// refused as everywhere (design.md 9, Loopback).
var addresses = []string{"127.77.0.1:8080", "127.77.0.2:8080", "127.77.0.3:8080", "127.77.0.4:8080"}

// allowed is the range that the nodes of the demo may reach.
var allowed = netip.MustParsePrefix("127.77.0.0/16")

// fallback is for systems that give 127.0.0.1 only.
const fallback = "127.0.0.1:0"

// Demo is a running demo.
type Demo struct {
	Nodes []*Node // the hub first
	// Fallback tells that the nodes share 127.0.0.1 and differ by port only.
	Fallback bool
	// Again tells that the data was there: the story has been told before.
	Again bool

	o         Options
	temporary bool
	failures  []error
}

// Node is one of the nodes.
type Node struct {
	Key    string // names it in the story, and its folder
	App    *app.App
	People []Person

	org      organization
	server   *http.Server
	cancel   context.CancelFunc
	work     sync.WaitGroup
	stopped  bool
	listener net.Listener
}

// Person is one of the invented people, with a link to sign in by.
type Person struct {
	Organization       string
	Name, Handle, Role string
	SignIn             string
}

// state is what a folder remembers for the next run.
type state struct {
	Addresses []string `json:"addresses"`
	Told      bool     `json:"told"`
}

const stateFile = "demo.json"

// ErrUnfinished means that an earlier run was stopped before its story was told.
var ErrUnfinished = errors.New("unfinished demo in the folder")

// Start opens the nodes and tells the story; when it returns, everything that
// was said has arrived.
func Start(ctx context.Context, o Options) (*Demo, error) {
	d, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := d.Play(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Open sets the nodes up with their people, and starts them. They do not know
// of each other yet.
func Open(ctx context.Context, o Options) (d *Demo, err error) {
	d = &Demo{o: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
			d = nil
		}
	}()
	if o.Folder == "" {
		d.temporary = true
		if d.o.Folder, err = os.MkdirTemp("", "poweron-demo-"); err != nil {
			return d, fmt.Errorf("make folder for the demo: %w", err)
		}
	} else if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return d, fmt.Errorf("make folder for the demo: %w", err)
	}
	if err := d.remember(); err != nil {
		return d, err
	}
	if err := d.listen(); err != nil {
		return d, err
	}
	var wg sync.WaitGroup
	problems := make([]error, len(d.Nodes))
	for i, n := range d.Nodes { // side by side: making keys takes most of the time
		wg.Go(func() { problems[i] = d.start(ctx, n) })
	}
	wg.Wait()
	if err := errors.Join(problems...); err != nil {
		return d, err
	}
	if d.Again {
		return d, nil
	}
	return d, d.save(state{Addresses: d.hosts()})
}

// remember reads what an earlier run left in the folder.
func (d *Demo) remember() error {
	raw, err := os.ReadFile(filepath.Join(d.o.Folder, stateFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var s state
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", stateFile, err)
	}
	if !s.Told || len(s.Addresses) != len(organizations) {
		return fmt.Errorf("%s: %w", d.o.Folder, ErrUnfinished)
	}
	d.o.Addresses, d.Again = s.Addresses, true
	return nil
}

func (d *Demo) save(s state) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.o.Folder, stateFile), append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", stateFile, err)
	}
	return nil
}

// hosts lists the address of each node.
func (d *Demo) hosts() (list []string) {
	for _, n := range d.Nodes {
		list = append(list, n.listener.Addr().String())
	}
	return list
}

// listen takes an address for each node. If this system does not have them,
// all nodes get 127.0.0.1 with a port each.
func (d *Demo) listen() error {
	wanted := d.o.Addresses
	if wanted == nil {
		wanted = addresses
	}
	err := d.listenOn(wanted)
	if errors.Is(err, syscall.EADDRNOTAVAIL) && !d.Again {
		for _, n := range d.Nodes {
			_ = n.listener.Close()
		}
		d.Nodes, wanted = nil, slices.Repeat([]string{fallback}, len(organizations))
		err = d.listenOn(wanted)
	}
	for _, n := range d.Nodes {
		if a, err := netip.ParseAddrPort(n.listener.Addr().String()); err == nil && !allowed.Contains(a.Addr()) {
			d.Fallback = true
		}
	}
	return err
}

// listenOn takes these addresses. A port in use is replaced by another one,
// unless the data is bound to it.
func (d *Demo) listenOn(wanted []string) error {
	for i, org := range organizations {
		l, err := net.Listen("tcp", wanted[i])
		if errors.Is(err, syscall.EADDRINUSE) && !d.Again {
			host, _, _ := net.SplitHostPort(wanted[i])
			l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
		}
		if err != nil {
			return fmt.Errorf("listen on %s: %w", wanted[i], err)
		}
		d.Nodes = append(d.Nodes, &Node{Key: org.key, org: org, listener: l})
	}
	return nil
}

// options are those of a node in production, but for the range it may reach and the lifted budgets.
func (d *Demo) options(n *Node, mode store.Mode) (app.Options, error) {
	o := app.Options{
		Data: filepath.Join(d.o.Folder, n.Key), AllowNets: []netip.Prefix{allowed}, Unlimited: true,
		Version: d.o.Version, Log: d.o.Log.With("node", n.Key), Now: d.o.Now, Mode: mode,
	}
	if !d.Fallback {
		return o, nil
	}
	o.AllowNets = nil
	for _, host := range d.hosts() {
		at, err := netip.ParseAddrPort(host)
		if err != nil {
			return o, err
		}
		o.AllowHostPorts = append(o.AllowHostPorts, at)
	}
	return o, nil
}

// start sets a node up, unless its data is there, and starts its server and its workers.
func (d *Demo) start(ctx context.Context, n *Node) error {
	o, err := d.options(n, store.Migrate)
	if err != nil {
		return err
	}
	admin := n.org.people[0]
	links := map[string]string{}
	if !d.Again {
		_, link, err := app.Create(ctx, o, people.Setup{
			Origin: node.Origin("http://" + n.listener.Addr().String()), Organization: n.org.name, Handle: n.org.handle,
			AdminName: admin.name, AdminEmail: admin.email(n.org), AdminHandle: admin.handle, Lang: n.org.lang,
		})
		if err != nil {
			return err
		}
		links[admin.handle] = link
	}
	if n.App, err = app.Open(ctx, o); err != nil {
		return err
	}
	if err := n.settle(ctx, d.Again, links); err != nil {
		return err
	}
	if d.Again && n == d.Nodes[0] {
		if err := n.populate(ctx, guest, true, links); err != nil {
			return err
		}
	}
	handler, err := n.App.Handler(ctx)
	if err != nil {
		return err
	}
	working, cancel := context.WithCancel(context.WithoutCancel(ctx)) // until Stop: what was said is to arrive
	n.cancel, n.server = cancel, app.NewServer(working, handler)
	n.work.Go(func() { _ = n.server.Serve(n.listener) })
	n.work.Go(func() { n.App.Run(working) })
	return nil
}

// Stop ends a node's server and workers and closes its data.
func (n *Node) Stop() error {
	if n.stopped {
		return nil
	}
	n.stopped = true
	if n.server == nil { // it never started
		err := n.listener.Close()
		if n.App != nil {
			err = errors.Join(err, n.App.Close())
		}
		return err
	}
	n.cancel()
	err := n.server.Close()
	n.work.Wait()
	return errors.Join(err, n.App.Close())
}

// Node returns the node with this key, or nil.
func (d *Demo) Node(key string) *Node {
	for _, n := range d.Nodes {
		if n.Key == key {
			return n
		}
	}
	return nil
}

// Folder is where a node's data lies.
func (d *Demo) Folder(n *Node) string { return filepath.Join(d.o.Folder, n.Key) }

// Close stops all nodes and removes temporary data.
func (d *Demo) Close() error {
	var err error
	for _, n := range d.Nodes {
		err = errors.Join(err, n.Stop())
	}
	if d.temporary {
		err = errors.Join(err, os.RemoveAll(d.o.Folder))
	}
	return err
}
