package bench_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// idleFor is how long a started node is left alone before its memory is read.
const idleFor = 2 * time.Second

// BenchmarkStart starts a node in a process of its own: how long until the first
// page, and how much memory it holds when nothing happens. The process is this
// test binary, which is larger than the program.
func BenchmarkStart(b *testing.B) {
	n, ln := create(b)
	if err := ln.Close(); err != nil {
		b.Fatal(err)
	}
	var took time.Duration
	var idle, after memory
	for range b.N {
		t, i, a := n.startAlone(b)
		took, idle, after = took+t, i, a
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(took.Microseconds())/1000/float64(b.N), "ms-to-first-page")
	b.ReportMetric(idle.all, "idle-MiB")
	b.ReportMetric(idle.own, "idle-own-MiB")
	b.ReportMetric(after.own, "own-MiB-after-200-pages")
}

// startAlone starts the node, asks for pages until one comes, and stops it.
func (n *bench) startAlone(b *testing.B) (took time.Duration, idle, after memory) {
	b.Helper()
	began := time.Now()
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), envNode+"="+n.folder+" "+n.addr), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	}()
	tick, end := time.NewTicker(time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for !n.answers(b) {
		select {
		case <-tick.C:
		case <-end:
			b.Fatal("the node does not start")
		}
	}
	took = time.Since(began)
	<-time.After(idleFor)
	idle = resident(b, cmd.Process.Pid)
	for range 200 {
		n.get(b, "/", "")
	}
	<-time.After(idleFor)
	return took, idle, resident(b, cmd.Process.Pid)
}

// answers reports whether the start page comes.
func (n *bench) answers(b *testing.B) bool {
	b.Helper()
	resp, err := http.DefaultTransport.RoundTrip(n.request(b, "/", ""))
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// memory is what a process holds, in MiB. All counts the program's own file as
// far as the system keeps it mapped, own does not.
type memory struct{ all, own float64 }

// resident reads a process's memory; it is 0 where the system does not tell.
func resident(b *testing.B, pid int) (m memory) {
	b.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m
	}
	defer f.Close() //nolint:errcheck // it was only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		var kib float64
		_, _ = fmt.Sscan(value, &kib)
		switch name {
		case "VmRSS":
			m.all = kib / 1024
		case "RssAnon":
			m.own = kib / 1024
		}
	}
	return m
}
