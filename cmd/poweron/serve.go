package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/netutil"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

type serveCommand struct{}

const (
	// maxConnections bounds what a flood can hold open.
	maxConnections = 2000
	// stopLimit is how long a stop waits for what is under way (R20).
	stopLimit = 7 * time.Second
	// diskEvery is how often the room on the disk is looked at.
	diskEvery = 5 * time.Minute
)

// Run serves until ctx ends. Nothing is changed before the port is ours.
func (c *serveCommand) Run(ctx context.Context, k *call) error {
	if err := k.checkClock(); err != nil {
		return err
	}
	unlock, err := lock(k.set.Data)
	if err != nil {
		return err
	}
	defer unlock()
	listener, err := net.Listen("tcp", k.set.Listen)
	if err != nil {
		return listenError(err, k.set.Listen)
	}
	defer listener.Close() //nolint:errcheck // closed by the server before, in most cases
	o, err := k.options(store.Migrate)
	if err != nil {
		return err
	}
	o.Log = k.logger()
	a, err := openApp(ctx, o)
	if errors.Is(err, store.ErrSchema) {
		return errors.Join(complain("schema_newer", "folder", k.set.Data), err)
	}
	if err != nil {
		return err
	}
	if err := checkServing(a.Origin, o); err != nil {
		return errors.Join(err, a.Close())
	}
	return k.serve(ctx, a, listener)
}

// serve runs the pages and the workers on an open node, and closes it.
func (k *call) serve(ctx context.Context, a *app.App, listener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	handler, err := a.Handler(ctx)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	server := app.NewServer(ctx, handler)
	server.ErrorLog = slog.NewLogLogger(a.Options.Log.Handler(), slog.LevelDebug)
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		a.Run(ctx)
	}()
	go watchDisk(ctx, k.set.Data, a.Options.Log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(netutil.LimitListener(listener, maxConnections)) }()
	k.announce(a.Origin, listener.Addr())
	select {
	case err = <-failed: // the listener broke
	case <-ctx.Done():
		err = nil
	}
	cancel()
	return errors.Join(err, stop(a, server, idle))
}

// stop lets what is under way end, for a while. What is not done then is in
// the queues, and goes on with the next start (R9).
func stop(a *app.App, server *http.Server, idle <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		a.Options.Log.Warn("requests were cut off", "err", err)
		err = server.Close()
	}
	// The workers were told to end before; they had as long as the requests.
	select {
	case <-idle:
		return errors.Join(err, a.Close())
	case <-time.After(time.Second):
		a.Options.Log.Warn("work was cut off; it goes on with the next start")
		return err // the workers still use the database: leave it to the end of the process
	}
}

// announce prints where the node is.
func (k *call) announce(origin node.Origin, addr net.Addr) {
	answer := struct {
		URL    string `json:"url"`
		Listen string `json:"listen"`
	}{string(origin), addr.String()}
	_ = k.object(answer, func(w io.Writer) {
		fmt.Fprintln(w, k.say("serve_running", "url", answer.URL, "listen", answer.Listen))
	})
}

// checkServing refuses settings for tests on a public node, and a test node without them (design.md 7).
func checkServing(origin node.Origin, o app.Options) error {
	switch {
	case inside(origin, o.AllowNets):
		return nil
	case strings.HasPrefix(string(origin), "http://"):
		return complain("serve_http", "origin", string(origin))
	case len(o.AllowNets) > 0:
		return complain("serve_allow_nets", "origin", string(origin))
	}
	return nil
}

// listenError says which address could not be had, and why.
func listenError(err error, addr string) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.Join(complain("port_in_use", "addr", addr), err)
	case errors.Is(err, os.ErrPermission):
		return errors.Join(complain("port_rights", "addr", addr), err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return errors.Join(complain("port_foreign", "addr", addr), err)
	}
	return fmt.Errorf("listen on %s: %w", addr, err)
}

// lockFile is held by the one server of a data folder.
const lockFile = "serve.lock"

// lock takes the data folder for one server. The system lets go of the lock
// when the process ends, however it ends.
func lock(folder string) (unlock func(), err error) {
	if _, err := os.Stat(filepath.Join(folder, store.FileName)); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = node.ErrNoNode
		}
		return nil, fmt.Errorf("look into %s: %w", folder, err)
	}
	f, err := os.OpenFile(filepath.Join(folder, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", folder, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = complain("serve_twice", "folder", folder)
		}
		return nil, err
	}
	_ = f.Truncate(0) // the number is for people who look; the lock is what counts
	_, _ = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	return func() { _ = f.Close() }, nil
}

// serving reports whether a server holds the data folder.
func serving(folder string) bool {
	f, err := os.Open(filepath.Join(folder, lockFile))
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// logger writes one line for each event, in the form of the settings (C10: both
// forms escape control characters).
func (k *call) logger() *slog.Logger {
	o := &slog.HandlerOptions{Level: k.set.LogLevel}
	if k.set.LogJSON {
		return slog.New(slog.NewJSONHandler(k.err, o))
	}
	return slog.New(slog.NewTextHandler(k.err, o))
}

// watchDisk warns while the disk is nearly full (R13).
func watchDisk(ctx context.Context, folder string, log *slog.Logger) {
	tick := time.NewTicker(diskEvery)
	defer tick.Stop()
	for {
		if used, err := diskUsed(folder); err == nil && used > fullAt {
			log.Warn("disk is nearly full", "used_percent", used)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// fullAt is the percentage of the disk from which people are warned.
const fullAt = 90

// diskUsed is how much of the disk under folder is taken, in percent of what
// this account may use.
func diskUsed(folder string) (percent int, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, fmt.Errorf("look at the disk of %s: %w", folder, err)
	}
	used, free := uint64(s.Blocks)-uint64(s.Bfree), uint64(s.Bavail) //nolint:unconvert // the types differ between systems
	if used+free == 0 {
		return 0, nil
	}
	return int(used * 100 / (used + free)), nil
}
