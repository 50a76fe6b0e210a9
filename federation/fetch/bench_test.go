package fetch_test

import (
	"net/http"
	"testing"

	"github.com/poweron-network/poweron/federation/fetch"
)

// BenchmarkPost is one delivery over a connection that is kept, the receiver
// included. Run with -benchmem: what counts is what a fan-out pays for each.
func BenchmarkPost(b *testing.B) {
	s := start(b, "127.77.10.1", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	c := newClient(b, nil)
	body := []byte(`{"type":"Create"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Post(b.Context(), fetch.Delivery, s.URL+"/inbox", asJSON, body, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBare is the same by the standard library alone, to compare with.
func BenchmarkBare(b *testing.B) {
	s := start(b, "127.77.10.2", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.URL+"/inbox", nil)
		if err != nil {
			b.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
}
