package deliver_test

import (
	"bufio"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/fetch"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// receiverEnv makes this test binary the servers of the benchmark: their work
// must not count as the sender's.
const receiverEnv = "POWERON_TEST_RECEIVERS"

func TestMain(m *testing.M) {
	if n := os.Getenv(receiverEnv); n != "" {
		if err := receive(n); err != nil {
			fmt.Fprintln(os.Stderr, "receivers:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// receive serves on as many addresses as asked for until standard input ends. It
// writes the addresses first and at the end how many deliveries came.
func receive(wanted string) error {
	var n int
	if _, err := fmt.Sscan(wanted, &n); err != nil {
		return err
	}
	var took atomic.Int64
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Header.Get("Signature") != "" {
			took.Add(1)
		}
		w.WriteHeader(http.StatusAccepted)
	})}
	var hosts []string
	for i := range n {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.77.%d.%d:0", 200+i/250, i%250+1))
		if err != nil {
			return err
		}
		hosts = append(hosts, ln.Addr().String())
		go func() { _ = server.Serve(ln) }()
	}
	fmt.Println(strings.Join(hosts, " "))
	_, err := io.Copy(io.Discard, os.Stdin)
	fmt.Println(took.Load())
	return err
}

// receivers is the process of the other servers.
type receivers struct {
	hosts []string
	stop  func() int // ends the process and returns how many deliveries it took
}

func startReceivers(b *testing.B, n int) *receivers {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), fmt.Sprintf("%s=%d", receiverEnv, n)), os.Stderr
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
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil {
		b.Fatalf("receivers did not start: %v", err)
	}
	return &receivers{hosts: strings.Fields(line), stop: func() (took int) {
		_ = in.Close()
		_, _ = fmt.Fscan(lines, &took)
		_ = cmd.Wait()
		return took
	}}
}

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// signatureCost is the processor time of one bare RSA-2048 signature, on one thread.
func signatureCost(b *testing.B) time.Duration {
	b.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256([]byte("text"))
	const times = 300
	before := cpu(b)
	for range times {
		if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:]); err != nil {
			b.Fatal(err)
		}
	}
	return (cpu(b) - before) / times
}

// BenchmarkFanOut is the budget of design.md 6. One operation is one post that
// goes, signed and noted durably, to each of many hosts. limit is the share of
// the sender's processor time that bare RSA signatures would take, x-rsa how many
// more deliveries a second of it gives with Ed25519.
func BenchmarkFanOut(b *testing.B) {
	for _, hosts := range []int{150, 600} {
		rsaRate := 0.0
		b.Run(fmt.Sprintf("rsa/%d", hosts), func(b *testing.B) {
			before := signatureCost(b)
			rsaRate = fanOut(b, hosts, false)
			cost := (before + signatureCost(b)) / 2
			b.ReportMetric(1/cost.Seconds(), "rsa-signs/cpu-s")
			b.ReportMetric(rsaRate*cost.Seconds(), "limit")
		})
		b.Run(fmt.Sprintf("ed25519/%d", hosts), func(b *testing.B) {
			rate := fanOut(b, hosts, true)
			if rsaRate > 0 {
				b.ReportMetric(rate/rsaRate, "x-rsa")
			}
		})
	}
}

// fanOut sends b.N posts to hosts and returns deliveries for each second of processor time.
func fanOut(b *testing.B, hosts int, ed25519 bool) float64 {
	s := asSender(b, nodetest.NewNode(b), fetch.Timeouts{})
	others := startReceivers(b, hosts)
	s.followers(others.hosts, ed25519)
	text := strings.Repeat("A meeting about the rent, as they often are. ", 20)
	for range b.N {
		s.post(text)
	}
	b.ResetTimer()
	before := cpu(b)
	n := s.drain()
	used := cpu(b) - before
	b.StopTimer()
	if want := b.N * hosts; n != want || s.waiting() != 0 {
		b.Fatalf("%d attempts, want %d; %d wait", n, want, s.waiting())
	}
	if took := others.stop(); took < n {
		b.Fatalf("%d arrived of %d", took, n)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(float64(used.Microseconds())/float64(n), "cpu-µs/delivery")
	return float64(n) / used.Seconds()
}

// followers makes somebody on each host follow the organization, hosts that are
// known to work, in one write.
func (s *sender) followers(hosts []string, ed25519 bool) {
	s.t.Helper()
	ctx, now := s.t.Context(), s.Clock.Now()
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		for _, host := range hosts {
			uri := "http://" + host + "/users/reader"
			a := &node.RemoteActor{ID: uuid.Must(uuid.NewV7()), URI: uri, Type: "Person", Username: "reader", Host: host, Inbox: uri + "/inbox", SharedInbox: "http://" + host + "/inbox"}
			f := &node.Follow{ID: uuid.Must(uuid.NewV7()), LocalActor: s.Organization.ID, RemoteURI: uri, ActivityURI: uri + "/follows/1", State: node.Accepted, CreatedAt: now, UpdatedAt: now}
			h := &node.HostState{Host: host, Scheme: "cavage", LastOK: now, CheckedAt: now, Ed25519: ed25519}
			for _, err := range []error{tx.PutRemoteActor(ctx, a), tx.PutFollow(ctx, f), tx.PutHost(ctx, h)} {
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
