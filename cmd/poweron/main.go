// Command poweron runs a node of a federated network of communities of
// practice, and is what its operator and scripts work with. Each file here is
// one group of commands; the rules that they obey are in node.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for a graceful stop. From then on signals mean what
	// they mean by default, so a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, process{args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ(), now: time.Now}))
}

// process is all that a run has of the world outside: tests give it another one.
type process struct {
	args     []string
	in       io.Reader
	out, err io.Writer
	environ  []string
	now      func() time.Time
}
