package main

import (
	"context"
	"io"
	"time"
)

// Main is main, for the tests that start the program.
func Main() { main() }

// Run runs the program in this process.
func Run(ctx context.Context, in io.Reader, out, errs io.Writer, environ []string, now func() time.Time, args ...string) int {
	return run(ctx, process{args: args, in: in, out: out, err: errs, environ: environ, now: now})
}

// Words are the sentences of the command line.
func Words() map[string][2]string { return words }

// Grammar is the command line's shape, for reflection.
func Grammar() any { return grammar{} }
