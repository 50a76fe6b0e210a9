package bench_test

import (
	"bufio"
	"encoding/gob"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// What a process of this binary is to be, besides the benchmarks.
const (
	envLoad = "POWERON_BENCH_LOAD"
	envNode = "POWERON_BENCH_NODE"
)

func TestMain(m *testing.M) {
	var err error
	switch {
	case os.Getenv(envLoad) != "":
		err = serveLoad(os.Stdin, os.Stdout)
	case os.Getenv(envNode) != "":
		err = serveNode(os.Getenv(envNode), os.Stdin)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// volley is what to send: requests as they go over the wire, each once, over
// connections that stay open.
type volley struct {
	Addr     string
	Conns    int
	Rate     int // a second; 0 means as fast as the answers come
	Requests [][]byte
}

// answers to a volley, in the order of its requests.
type answers struct {
	Status  []int
	Latency []time.Duration // from when a request was due to its whole answer
	Took    time.Duration
	Bytes   int64 // of all bodies
	Fault   string
}

// rate is how many answers came in a second.
func (a *answers) rate() float64 { return float64(len(a.Status)) / a.Took.Seconds() }

// quantile is in milliseconds.
func (a *answers) quantile(q float64) float64 {
	sorted := slices.Sorted(slices.Values(a.Latency))
	return float64(sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Microseconds()) / 1000
}

// cannon is the process that sends.
type cannon struct {
	b    testing.TB
	to   *gob.Encoder
	from *gob.Decoder
}

func newCannon(b testing.TB) *cannon {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), envLoad+"=1"), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return &cannon{b: b, to: gob.NewEncoder(in), from: gob.NewDecoder(out)}
}

// fire sends a volley; begun is called when all is loaded and the first shot is due.
func (c *cannon) fire(v *volley, begun func()) *answers {
	c.b.Helper()
	if err := c.to.Encode(v); err != nil {
		c.b.Fatal(err)
	}
	var loaded bool
	if err := c.from.Decode(&loaded); err != nil {
		c.b.Fatal(err)
	}
	begun()
	if err := c.to.Encode(true); err != nil {
		c.b.Fatal(err)
	}
	var a answers
	if err := c.from.Decode(&a); err != nil {
		c.b.Fatal(err)
	}
	if a.Fault != "" {
		c.b.Fatal(a.Fault)
	}
	return &a
}

// serveLoad sends volleys until its input ends.
func serveLoad(r io.Reader, w io.Writer) error {
	from, to := gob.NewDecoder(r), gob.NewEncoder(w)
	for {
		var v volley
		if err := from.Decode(&v); err != nil {
			return nil //nolint:nilerr // the benchmark is over
		}
		var ready bool
		if err := to.Encode(true); err != nil {
			return err
		}
		if err := from.Decode(&ready); err != nil {
			return err
		}
		if err := to.Encode(v.fire()); err != nil {
			return err
		}
	}
}

// fire sends all requests, each over whatever connection is free.
func (v *volley) fire() *answers {
	a := &answers{Status: make([]int, len(v.Requests)), Latency: make([]time.Duration, len(v.Requests))}
	var next, bytes atomic.Int64
	var fault atomic.Value
	var all sync.WaitGroup
	began := time.Now()
	for range v.Conns {
		all.Go(func() {
			if err := v.work(began, &next, &bytes, a); err != nil {
				fault.Store(err.Error())
			}
		})
	}
	all.Wait()
	a.Took, a.Bytes = time.Since(began), bytes.Load()
	a.Fault, _ = fault.Load().(string)
	return a
}

// work is one connection.
func (v *volley) work(began time.Time, next, bytes *atomic.Int64, a *answers) error {
	conn, err := net.Dial("tcp", v.Addr)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // nothing is left to send
	in := bufio.NewReader(conn)
	for {
		k := int(next.Add(1)) - 1
		if k >= len(v.Requests) {
			return nil
		}
		due := time.Now()
		if v.Rate > 0 {
			due = began.Add(time.Duration(k) * time.Second / time.Duration(v.Rate))
			<-time.After(time.Until(due))
		}
		if _, err := conn.Write(v.Requests[k]); err != nil {
			return fmt.Errorf("send request %d: %w", k, err)
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return fmt.Errorf("read answer %d: %w", k, err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		if err != nil {
			return fmt.Errorf("read answer %d: %w", k, err)
		}
		bytes.Add(n)
		a.Status[k], a.Latency[k] = resp.StatusCode, time.Since(due)
	}
}
