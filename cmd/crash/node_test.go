package crash_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node/store"
)

// What the test tells the process that is the node.
const (
	envData   = "POWERON_CRASH_DATA"
	envListen = "POWERON_CRASH_LISTEN"
	envEarly  = "POWERON_CRASH_EARLY"
)

// TestMain is the node itself when the test has started this binary as one.
func TestMain(m *testing.M) {
	if folder := os.Getenv(envData); folder != "" {
		if err := serve(folder, os.Getenv(envListen), os.Getenv(envEarly) != ""); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// options are those of the node under test: as served, but open to test addresses
// and without a limit on what one server may send.
func options(folder string, mode store.Mode, log io.Writer) app.Options {
	return app.Options{
		Data: folder, AllowNets: []netip.Prefix{fedtest.Range}, Unlimited: true, Version: "test", Now: time.Now, Mode: mode,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// serve runs the node until it is asked to stop or the test is gone.
func serve(folder, addr string, tooEarly bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	a, err := app.Open(ctx, options(folder, store.Migrate, os.Stderr))
	if err != nil {
		return err
	}
	h, err := a.Handler(ctx)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	if tooEarly {
		h = early(h)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	server, idle := app.NewServer(ctx, h), make(chan struct{})
	go func() {
		defer close(idle)
		a.Run(ctx)
	}()
	go func() { _ = server.Serve(ln) }()
	<-ctx.Done()
	err = server.Shutdown(context.WithoutCancel(ctx))
	<-idle
	return errors.Join(err, a.Close())
}

// earlyBy is how long the control build keeps what it has acknowledged only in memory.
const earlyBy = 20 * time.Millisecond

// early answers 202 before anything is stored: the mistake that the kill loop is
// there to notice.
func early(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/ap/inbox" {
			h.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		later := r.Clone(context.WithoutCancel(r.Context()))
		later.Body = io.NopCloser(bytes.NewReader(body))
		time.AfterFunc(earlyBy, func() { h.ServeHTTP(httptest.NewRecorder(), later) })
		w.WriteHeader(http.StatusAccepted)
	})
}
