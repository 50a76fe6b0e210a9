package peers_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/peers"
	"github.com/poweron-network/poweron/node/store"
)

const host = "other.example"

const ana = "https://other.example/users/ana"

// bench is a database with the service on it.
type bench struct {
	*peers.Service
	clock *nodetest.Clock
}

func open(t *testing.T) bench {
	t.Helper()
	clock := nodetest.NewClock()
	return bench{&peers.Service{DB: nodetest.Open(t), Now: clock.Now}, clock}
}

func (b bench) view(t *testing.T, f func(*store.Tx) error) {
	t.Helper()
	if err := b.DB.View(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// jobs lists the waiting jobs of a kind.
func (b bench) jobs(t *testing.T, kind string) (list []*store.Job) {
	t.Helper()
	b.view(t, func(tx *store.Tx) (err error) {
		list, err = tx.DueJobs(t.Context(), kind, b.clock.Now(), 1000)
		return err
	})
	return list
}

func source(uri string) *node.Source {
	return &node.Source{URI: uri, Raw: []byte(`{}`), SignerKey: ana + "#main-key", Scheme: "cavage", ActorURI: ana}
}

func TestPutActor(t *testing.T) {
	t.Parallel()
	b := open(t)
	put := func(a *node.RemoteActor, keys ...node.RemoteKey) *node.Source {
		t.Helper()
		src := source(a.URI)
		if err := b.PutActor(t.Context(), a, keys, src); err != nil {
			t.Fatal(err)
		}
		return src
	}
	key := func(name, public string) node.RemoteKey {
		return node.RemoteKey{ID: ana + "#" + name, ActorURI: ana, Algorithm: "rsa", Public: public}
	}
	a := &node.RemoteActor{URI: ana, Type: "Person", Username: "ana", Host: host, Name: "Ana", Inbox: ana + "/inbox"}
	first := put(a, key("old", "PEM 1"), key("kept", "PEM 2"))
	bo := &node.RemoteActor{URI: ana + "2", Type: "Person", Username: "bo", Host: host}
	put(bo, node.RemoteKey{ID: bo.URI + "#main-key", Algorithm: "rsa", Public: "PEM of bo"})
	if a.ID == uuid.Nil || bo.ID == a.ID {
		t.Errorf("ids are %s and %s", a.ID, bo.ID)
	}

	now := b.clock.Add(time.Hour)
	if err := b.CheckedKey(t.Context(), ana+"#kept"); err != nil {
		t.Fatal(err)
	}
	if k, err := b.Key(t.Context(), ana+"#kept"); err != nil || !k.CheckedAt.Equal(now) || !k.FetchedAt.Equal(nodetest.Start) {
		t.Errorf("checked key is %+v, %v", k, err)
	}
	second := &node.RemoteActor{URI: ana, Type: "Person", Username: "anna", Host: host, Name: "Anna", Gone: true}
	src := put(second, key("kept", "PEM 3"), key("new", "PEM 4"))
	if second.ID != a.ID {
		t.Errorf("our id of it was %s and is %s", a.ID, second.ID)
	}
	got, err := b.Actor(t.Context(), ana)
	if err != nil || got.ID != a.ID || got.Name != "Anna" || got.Inbox != "" || !got.Gone || !got.FetchedAt.Equal(now) || got.SourceID != src.ID {
		t.Errorf("stored is %+v, %v", got, err)
	}
	for user, want := range map[string]error{"anna": nil, "ana": node.ErrNotFound, "bo": nil} {
		if _, err := b.ActorByHandle(t.Context(), user, host); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", user, err, want)
		}
	}
	if _, err := b.Source(t.Context(), first.ID); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("the old document is still there: %v", err)
	}
	if s, err := b.Source(t.Context(), src.ID); err != nil || !s.ReceivedAt.Equal(now) {
		t.Errorf("the new document is %+v, %v", s, err)
	}
	for id, want := range map[string]string{ana + "#old": "", ana + "#kept": "PEM 3", ana + "#new": "PEM 4", bo.URI + "#main-key": "PEM of bo"} {
		k, err := b.Key(t.Context(), id)
		if (want == "") != errors.Is(err, node.ErrNotFound) || want != "" && (err != nil || k.Public != want) {
			t.Errorf("key %s is %+v, %v", id, k, err)
		}
	}
	if k, err := b.Key(t.Context(), ana+"#new"); err != nil || !k.FetchedAt.Equal(now) {
		t.Errorf("new key is %+v, %v", k, err)
	}
	nodetest.Verify(t, b.DB)
}

// TestA4KeyOfAnother shows that nobody takes over a key id that is another's.
func TestA4KeyOfAnother(t *testing.T) {
	t.Parallel()
	b := open(t)
	const mallory = "https://evil.example/users/mallory"
	for _, uri := range []string{ana, mallory} {
		a := &node.RemoteActor{URI: uri, Type: "Person", Username: "x", Host: host}
		keys := []node.RemoteKey{{ID: ana + "#main-key", ActorURI: ana, Algorithm: "rsa", Public: "PEM of " + uri}}
		if err := b.PutActor(t.Context(), a, keys, source(uri)); err != nil {
			t.Fatal(err)
		}
	}
	if k, err := b.Key(t.Context(), ana+"#main-key"); err != nil || k.ActorURI != ana || k.Public != "PEM of "+ana {
		t.Errorf("key is %+v, %v", k, err)
	}
}

func TestA8Take(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, c := range []struct {
		name, uri, fingerprint string
		fresh                  bool
	}{
		{"fresh", ana + "/1", "a", true},
		{"same id again", ana + "/1", "b", false},
		{"exact replay", ana + "/1", "a", false},
		{"same signature with another id", ana + "/2", "a", false},
		{"signature of the copy with another id", ana + "/3", "b", false},
		{"another", ana + "/4", "c", true},
		{"no id", "", "d", true},
		{"no id again", "", "e", true},
		{"no id, replayed", "", "d", false},
	} {
		before := len(b.jobs(t, peers.InboxJob))
		src := source(c.uri)
		fresh, err := b.Take(t.Context(), peers.Incoming{Source: src, Fingerprint: c.fingerprint, Lane: ana})
		if err != nil || fresh != c.fresh {
			t.Errorf("%s: Take = %v, %v", c.name, fresh, err)
			continue
		}
		jobs := b.jobs(t, peers.InboxJob)
		if !fresh {
			if len(jobs) != before {
				t.Errorf("%s: it made a job", c.name)
			}
			if _, err := b.Source(t.Context(), src.ID); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("%s: its document is stored: %v", c.name, err)
			}
			continue
		}
		if len(jobs) != before+1 || string(jobs[before].Payload) != fmt.Sprint(src.ID) || jobs[before].Lane != ana {
			t.Errorf("%s: jobs are %+v", c.name, jobs)
		}
		got, err := b.Source(t.Context(), src.ID)
		if err != nil || got.URI != c.uri || string(got.Raw) != `{}` || got.SignerKey != src.SignerKey || got.Scheme != "cavage" || got.ActorURI != ana || !got.ReceivedAt.Equal(nodetest.Start) {
			t.Errorf("%s: stored is %+v, %v", c.name, got, err)
		}
		if c.uri == "" {
			continue
		}
		if got, err := b.Received(t.Context(), c.uri); err != nil || got.ID != src.ID {
			t.Errorf("%s: received is %+v, %v", c.name, got, err)
		}
	}
	for _, uri := range []string{ana + "/2", ana + "/3", ""} {
		if _, err := b.Received(t.Context(), uri); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%q was received: %v", uri, err)
		}
	}
}

// TestA8ConcurrentTakes delivers one activity many times at once, each under a
// signature of its own and then all under one.
func TestA8ConcurrentTakes(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]func(i int) (uri, fingerprint string){
		"one id":        func(i int) (string, string) { return ana + "/1", fmt.Sprint(i) },
		"one signature": func(i int) (string, string) { return ana + fmt.Sprint("/", i), "f" },
		"both":          func(int) (string, string) { return ana + "/1", "f" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			var fresh atomic.Int32
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					uri, fingerprint := request(i)
					ok, err := b.Take(t.Context(), peers.Incoming{Source: source(uri), Fingerprint: fingerprint, Lane: ana})
					if err != nil {
						t.Error(err)
					}
					if ok {
						fresh.Add(1)
					}
				})
			}
			wg.Wait()
			jobs := b.jobs(t, peers.InboxJob)
			if fresh.Load() != 1 || len(jobs) != 1 {
				t.Errorf("%d were fresh, %d jobs", fresh.Load(), len(jobs))
			}
			if c := nodetest.Verify(t, b.DB); c["received"] != 1 {
				t.Errorf("%d ids received", c["received"])
			}
		})
	}
}

// TestR2TakeIsWholeOrNothing breaks Take after its first steps: what it did until then is undone.
func TestR2TakeIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	b := open(t)
	bad := peers.Incoming{Source: source(ana + "/1"), Fingerprint: "a", Lane: ana}
	bad.Source.Raw = nil // a document that cannot be stored
	if fresh, err := b.Take(t.Context(), bad); err == nil || fresh {
		t.Fatalf("Take = %v, %v", fresh, err)
	}
	if n := len(b.jobs(t, peers.InboxJob)); n != 0 {
		t.Errorf("%d jobs", n)
	}
	// The server tries again with the very same request.
	again := peers.Incoming{Source: source(ana + "/1"), Fingerprint: "a", Lane: ana}
	if fresh, err := b.Take(t.Context(), again); err != nil || !fresh {
		t.Errorf("once more: Take = %v, %v", fresh, err)
	}
}

func TestForgetOld(t *testing.T) {
	t.Parallel()
	const window, weeks = time.Hour, 14 * 24 * time.Hour
	for _, c := range []struct {
		name  string
		after time.Duration
		// what is still remembered
		signature, withdrawn bool
	}{
		{"at once", 0, true, true},
		{"at the end of the window", window, true, true},
		{"after the window", window + time.Millisecond, false, true},
		{"after two weeks", weeks, false, true},
		{"later", weeks + time.Millisecond, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			d := &node.Delivery{Activity: uuid.New(), Inbox: ana + "/inbox", Host: host, ObjectKey: "x", NextAt: b.clock.Now(), FirstAt: b.clock.Now()}
			waiting := *d
			waiting.Activity, waiting.ObjectKey = uuid.New(), "y"
			err := b.DB.Write(t.Context(), func(tx *store.Tx) error {
				for _, d := range []*node.Delivery{d, &waiting} {
					if err := tx.PutDelivery(t.Context(), d); err != nil {
						return err
					}
				}
				list, err := tx.FreshDeliveries(t.Context(), d.Activity, b.clock.Now(), 1)
				if err != nil || len(list) != 1 {
					return fmt.Errorf("%d deliveries, %w", len(list), err)
				}
				if err := tx.FinishDelivery(t.Context(), list[0].ID, node.Delivered, b.clock.Now(), ""); err != nil {
					return err
				}
				return tx.Withdraw(t.Context(), ana, ana+"/follows/1", b.clock.Now())
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Take(t.Context(), peers.Incoming{Source: source(ana + "/1"), Fingerprint: "a", Lane: ana}); err != nil {
				t.Fatal(err)
			}
			now := b.clock.Add(c.after)
			if err := b.ForgetOld(t.Context(), window); err != nil {
				t.Fatal(err)
			}
			var withdrawn bool
			var done, left node.Receipts
			b.view(t, func(tx *store.Tx) (err error) {
				withdrawn, err = tx.Withdrawn(t.Context(), ana, ana+"/follows/1")
				return err
			})
			b.view(t, func(tx *store.Tx) (err error) {
				waits, err := tx.FreshDeliveries(t.Context(), waiting.Activity, now, 1)
				left.Waiting = len(waits)
				return err
			})
			err = b.DB.Write(t.Context(), func(tx *store.Tx) error { // its pair can be queued again only once it is forgotten
				if err := tx.PutDelivery(t.Context(), d); err != nil {
					return err
				}
				list, err := tx.FreshDeliveries(t.Context(), d.Activity, now, 1)
				done.Delivered = 1 - len(list)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if withdrawn != c.withdrawn || (done.Delivered == 1) != c.withdrawn || left.Waiting != 1 {
				t.Errorf("taken back is remembered: %v; finished: %d, waiting: %d deliveries", withdrawn, done.Delivered, left.Waiting)
			}
			if fresh, err := b.Take(t.Context(), peers.Incoming{Source: source(ana + "/2"), Fingerprint: "a", Lane: ana}); err != nil || fresh == c.signature {
				t.Errorf("the same signature is fresh: %v, %v", fresh, err)
			}
			// Ids are remembered for good.
			if fresh, err := b.Take(t.Context(), peers.Incoming{Source: source(ana + "/1"), Fingerprint: "z", Lane: ana}); err != nil || fresh {
				t.Errorf("the same id is fresh: %v, %v", fresh, err)
			}
		})
	}
}

func TestHost(t *testing.T) {
	t.Parallel()
	b := open(t)
	known := func() (is bool) {
		b.view(t, func(tx *store.Tx) (err error) {
			is, err = tx.KnownHost(t.Context(), host)
			return err
		})
		return is
	}
	stale, err := b.Host(t.Context(), host)
	if err != nil || *stale != (node.HostState{Host: host}) || known() {
		t.Fatalf("an unknown host is %+v, %v", stale, err)
	}
	write := func(f func(*store.Tx) error) {
		t.Helper()
		if err := b.DB.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	now := b.clock.Now()
	want := node.HostState{Host: host, Scheme: "cavage", Failures: 3, FirstFail: now, OpenUntil: now.Add(time.Hour), FailDays: 2, LastDay: "2026-12-01", LastOK: now, Dead: true, Application: "https://other.example/actor", Ed25519: true, CheckedAt: now}
	if err := b.ChangeHost(t.Context(), host, func(h *node.HostState) { *h = want }); err != nil {
		t.Fatal(err)
	}
	if h, err := b.Host(t.Context(), host); err != nil || *h != want || known() {
		t.Errorf("host is %+v, %v", h, err)
	}
	// An admin accepts something while a delivery worker holds what it read before.
	write(func(tx *store.Tx) error { return tx.MakeKnown(t.Context(), host) })
	if h, err := b.Host(t.Context(), host); err != nil || !h.Known || h.Failures != 3 || h.Scheme != "cavage" || !known() {
		t.Errorf("an accepted host is %+v, %v", h, err)
	}
	stale.Failures = 4
	write(func(tx *store.Tx) error { return tx.PutHost(t.Context(), stale) })
	if h, err := b.Host(t.Context(), host); err != nil || !h.Known || h.Failures != 4 || !known() {
		t.Errorf("after the worker it is %+v, %v", h, err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := b.ChangeHost(t.Context(), host, func(h *node.HostState) { h.Failures++ }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h, err := b.Host(t.Context(), host); err != nil || h.Failures != 24 {
		t.Errorf("after 20 changes at once it is %+v, %v", h, err)
	}
	if h, err := b.Host(t.Context(), "another.example"); err != nil || h.Known || h.Failures != 0 {
		t.Errorf("another host is %+v, %v", h, err)
	}
}

func TestCountEnqueueAndSources(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, name := range []string{"inbox.foreign", "inbox.replay", "inbox.foreign"} {
		if err := b.Count(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	b.view(t, func(tx *store.Tx) error {
		all, err := tx.Counters(t.Context())
		if len(all) != 2 || all["inbox.foreign"] != 2 || all["inbox.replay"] != 1 {
			t.Errorf("counters are %v", all)
		}
		return err
	})
	for _, payload := range []string{"one", "two"} {
		if err := b.Enqueue(t.Context(), "fetch", "lane", []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	var payloads []string
	for _, j := range b.jobs(t, "fetch") {
		payloads = append(payloads, j.Kind+" "+j.Lane+" "+string(j.Payload))
	}
	if !slices.Equal(payloads, []string{"fetch lane one", "fetch lane two"}) || len(b.jobs(t, peers.InboxJob)) != 0 {
		t.Errorf("jobs are %q", payloads)
	}
	src := source(ana + "/1")
	if err := b.PutSource(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Received(t.Context(), src.URI); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("what was fetched counts as received: %v", err)
	}
	if got, err := b.Source(t.Context(), src.ID); err != nil || !got.ReceivedAt.Equal(nodetest.Start) {
		t.Errorf("fetched is %+v, %v", got, err)
	}
	if err := b.DropSource(t.Context(), src.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Source(t.Context(), src.ID); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("dropped is there: %v", err)
	}
}
