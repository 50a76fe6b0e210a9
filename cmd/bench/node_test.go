package bench_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/app"
	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

// options are those of a node as served, without a limit on what one server may send.
func options(folder string, log io.Writer) app.Options {
	return app.Options{
		Data: folder, AllowNets: []netip.Prefix{fedtest.Range}, Unlimited: true, Version: "bench", Now: time.Now, Mode: store.Migrate,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// bench is a running node with all that a served one has.
type bench struct {
	*app.App
	addr         string
	link         string // the admin's, to sign in with
	folder       string
	organization *node.Organization
}

// create makes the folder of a node and listens where it will be.
func create(b *testing.B) (*bench, net.Listener) {
	b.Helper()
	ln, err := net.Listen("tcp", "127.77.8.1:0")
	if err != nil {
		b.Fatal(err)
	}
	n := &bench{addr: ln.Addr().String(), folder: b.TempDir()}
	n.organization, n.link, err = app.Create(b.Context(), options(n.folder, b.Output()), people.Setup{
		Origin: node.Origin("http://" + n.addr), Organization: "Riverside Tenants", Handle: "riverside", AdminName: "Ada Cole", AdminEmail: "ada@example.org", Lang: "en",
	})
	if err != nil {
		b.Fatal(err)
	}
	return n, ln
}

// newNode starts a node in this process.
func newNode(b *testing.B) *bench {
	b.Helper()
	n, ln := create(b)
	a, err := app.Open(b.Context(), options(n.folder, b.Output()))
	if err != nil {
		b.Fatal(err)
	}
	n.App = a
	h, err := a.Handler(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	server, idle := app.NewServer(ctx, h), make(chan struct{})
	go func() {
		defer close(idle)
		a.Run(ctx)
	}()
	go func() { _ = server.Serve(ln) }()
	b.Cleanup(func() {
		cancel()
		_ = server.Close()
		<-idle
		if err := a.Close(); err != nil {
			b.Error(err)
		}
	})
	return n
}

// serveNode is a node in a process of its own, until its input ends. folder
// comes with the address to listen on, behind a space.
func serveNode(where string, in io.Reader) error {
	var folder, addr string
	for i := len(where) - 1; i >= 0; i-- {
		if where[i] == ' ' {
			folder, addr = where[:i], where[i+1:]
			break
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	a, err := app.Open(ctx, options(folder, io.Discard))
	if err != nil {
		return err
	}
	h, err := a.Handler(ctx)
	if err != nil {
		return errors.Join(err, a.Close())
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
	_ = server.Close()
	<-idle
	return a.Close()
}

// signIn uses the admin's link up and returns the cookie of the session.
func (n *bench) signIn(b *testing.B) string {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, n.link, nil)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is read from it
	if len(resp.Cookies()) != 1 {
		b.Fatalf("sign-in is answered with %s", resp.Status)
	}
	return resp.Cookies()[0].Name + "=" + resp.Cookies()[0].Value
}

// write changes the data as one intent.
func (n *bench) write(b *testing.B, f func(ctx context.Context, tx *store.Tx) error) {
	b.Helper()
	if err := n.DB.Write(b.Context(), func(tx *store.Tx) error { return f(b.Context(), tx) }); err != nil {
		b.Fatal(err)
	}
}

// cpu is what this process has used so far.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// profile writes where the CPU goes into the file that POWERON_BENCH_PROFILE
// names, until stop: only of what is measured, unlike the flag of go test.
func profile(b *testing.B) (stop func()) {
	b.Helper()
	path := os.Getenv("POWERON_BENCH_PROFILE")
	if path == "" {
		return func() {}
	}
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		b.Fatal(err)
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			b.Error(err)
		}
	}
}
