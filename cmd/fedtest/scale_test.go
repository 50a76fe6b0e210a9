package fedtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// member is a simulated member node: it notes what it is sent, and when by the
// cluster's clock.
type member struct {
	addr  string
	clock *fedtest.Clock

	mu     sync.Mutex
	server *http.Server
	got    map[string][]time.Time // activity id -> arrivals
}

// up starts it, or brings it back under its old address.
func (m *member) up(t *testing.T) {
	t.Helper()
	if m.addr == "" {
		m.addr = "127.77.3.1:0"
	}
	ln, err := net.Listen("tcp", m.addr)
	if err != nil {
		t.Fatal(err)
	}
	m.addr = ln.Addr().String()
	m.server = &http.Server{Handler: m, ReadHeaderTimeout: time.Second}
	go func(s *http.Server) { _ = s.Serve(ln) }(m.server)
	t.Cleanup(func() { _ = m.server.Close() })
}

func (m *member) down() { _ = m.server.Close() }

func (m *member) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	var doc struct {
		ID     string `json:"id"`
		Object struct {
			Content string `json:"content"`
		} `json:"object"`
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(raw, &doc) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if strings.Contains(doc.Object.Content, "Lanterns for everybody") {
		m.got[doc.ID] = append(m.got[doc.ID], m.clock.Now())
	}
	w.WriteHeader(http.StatusAccepted)
}

// times is how often the post came, and when first.
func (m *member) times() (n int, first time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, at := range m.got {
		n, first = n+len(at), at[0]
	}
	return n, first
}

// TestNetworkOf150WithAFifthDown has one post reach a network of 150 nodes (product.md
// 6.3): the healthy ones within two minutes of simulated time, however many hang
// up, the others after they return, each exactly once.
func TestNetworkOf150WithAFifthDown(t *testing.T) {
	t.Parallel()
	const size, fifth = 150, 30
	c := fedtest.New(t, "poster")
	n := c.Nodes[0]
	hub := n.Found("lanterns")
	members := make([]*member, size)
	err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
		for i := range members {
			m := &member{clock: c.Clock, got: map[string][]time.Time{}}
			m.up(t)
			members[i] = m
			origin := "http://" + m.addr
			err := tx.PutMembership(t.Context(), &node.Membership{
				ID: uuid.Must(uuid.NewV7()), NetworkID: hub.ID, URI: fmt.Sprintf("%s/%d", hub.MembersURI, i), OrganizationURI: origin + "/ap/organizations/1", NodeURI: origin + "/ap/node",
				Origin: origin, Inbox: origin + "/ap/inbox", Handle: fmt.Sprintf("m%d@%s", i, m.addr), Name: fmt.Sprintf("Member %d", i), Kind: node.OwnNode,
				Status: node.MemberActive, Role: node.PlainMember, Claim: true, Since: c.Clock.Now(), ClaimAt: c.Clock.Now(), CaughtUpAt: c.Clock.Now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members[:fifth] {
		m.down()
	}
	start := c.Clock.Now()
	n.PostTo(node.NetworkOnly(hub.ID), "Lanterns for everybody")
	c.Settle()
	for i, m := range members[fifth:] {
		if n, first := m.times(); n != 1 || first.Sub(start) > 2*time.Minute {
			t.Fatalf("healthy member %d got it %d times, first after %s", i+fifth, n, first.Sub(start))
		}
	}
	for range 10 { // ten hours of failing attempts
		c.Clock.Add(time.Hour)
		c.Settle()
	}
	for _, m := range members[:fifth] {
		if n, _ := m.times(); n != 0 {
			t.Fatal("a member that is down got it")
		}
		m.up(t)
	}
	for range 30 { // they are asked at most hourly, the row itself twice a day
		c.Clock.Add(time.Hour)
		c.Settle()
	}
	for i, m := range members {
		if n, _ := m.times(); n != 1 {
			t.Errorf("member %d got it %d times in the end", i, n)
		}
	}
}
