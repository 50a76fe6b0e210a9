package bench_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestCannon fires at a server that counts: every request must arrive once, and
// every answer be told with its own status and time.
func TestCannon(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	came := map[string]int{}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		came[r.URL.Path]++
		mu.Unlock()
		if r.URL.Path == "/7" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, "12345")
	})}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })

	c := newCannon(t)
	for _, rate := range []int{0, 1000} {
		clear(came)
		v := &volley{Addr: ln.Addr().String(), Conns: 4, Rate: rate}
		for i := range 50 {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s/%d", v.Addr, i), nil)
			if err != nil {
				t.Fatal(err)
			}
			var wire bytes.Buffer
			if err := r.Write(&wire); err != nil {
				t.Fatal(err)
			}
			v.Requests = append(v.Requests, wire.Bytes())
		}
		begun := false
		a := c.fire(v, func() { begun = true })
		if !begun || len(came) != 50 || len(a.Status) != 50 || a.Bytes != 250 {
			t.Fatalf("rate %d: begun %v, %d of 50 came, %d answers with %d bytes", rate, begun, len(came), len(a.Status), a.Bytes)
		}
		for i, status := range a.Status {
			want := http.StatusOK
			if i == 7 {
				want = http.StatusTeapot
			}
			if n := came[fmt.Sprintf("/%d", i)]; n != 1 || status != want || a.Latency[i] <= 0 {
				t.Errorf("rate %d: request %d came %d times, is answered with %d after %s", rate, i, n, status, a.Latency[i])
			}
		}
		if rate > 0 && a.Took < 49*time.Second/time.Duration(rate) {
			t.Errorf("50 requests at %d a second took %s", rate, a.Took)
		}
	}
}

func TestQuantile(t *testing.T) {
	a := &answers{Took: 2 * time.Second, Status: make([]int, 100)}
	for i := range 100 {
		a.Latency = append(a.Latency, time.Duration(100-i)*time.Millisecond)
	}
	if a.quantile(0.5) != 51 || a.quantile(0.99) != 100 || a.rate() != 50 {
		t.Errorf("p50 %v, p99 %v, rate %v", a.quantile(0.5), a.quantile(0.99), a.rate())
	}
}
