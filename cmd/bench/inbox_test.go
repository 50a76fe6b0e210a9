package bench_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/peers"
	"github.com/poweron-network/poweron/node/store"
)

// The load of design.md 6.
const (
	signers    = 200
	keys       = 20 // shared by the signers, each under an id of its own: making keys takes long, and the node cannot tell
	batch      = 5000
	connsFull  = 64
	budgetRate = 1500
	halfFor    = 4 * time.Second
)

// sender is a remote actor that somebody here follows.
type sender struct {
	uri string
	key signature.Key
}

// senders makes the remote actors, with their keys stored and followed.
func (n *bench) senders(b *testing.B) []sender {
	b.Helper()
	private := make([]*rsa.PrivateKey, keys)
	for i := range private {
		var err error
		if private[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			b.Fatal(err)
		}
	}
	list := make([]sender, signers)
	for i := range list {
		host := fmt.Sprintf("peer%d.example", i)
		uri := "https://" + host + "/users/ana"
		s := sender{uri: uri, key: signature.Key{ID: uri + "#main-key", Private: private[i%keys]}}
		public, err := signature.EncodePublicKeyPEM(s.key.Private.Public())
		if err != nil {
			b.Fatal(err)
		}
		a := &node.RemoteActor{URI: uri, Type: "Person", Username: "ana", Host: host, Name: "Ana", Inbox: uri + "/inbox", SharedInbox: "https://" + host + "/inbox", Followers: uri + "/followers"}
		src := &node.Source{URI: uri, Raw: []byte(`{"id":"` + uri + `"}`), SignerKey: uri, Scheme: "fetched", ActorURI: uri}
		err = n.Peers.PutActor(b.Context(), a, []node.RemoteKey{{ID: s.key.ID, ActorURI: uri, Algorithm: "rsa", Public: public}}, src)
		if err != nil {
			b.Fatal(err)
		}
		n.write(b, func(ctx context.Context, tx *store.Tx) error {
			return tx.Subscribe(ctx, n.organization.ID, uri, time.Now())
		})
		list[i] = s
	}
	return list
}

// note is Create of a note, in the shape that Mastodon gives it.
func note(s sender, id string) map[string]any {
	public, now := []any{"https://www.w3.org/ns/activitystreams#Public"}, time.Now().UTC().Format(time.RFC3339)
	content := "<p>The hall is open again from Tuesday. Bring chairs, bring neighbours, and bring the minutes of the last meeting, " +
		`<a href="https://hall.example/minutes" rel="nofollow noopener" target="_blank"><span class="invisible">https://</span><span>hall.example/minutes</span></a>.</p>` +
		"<p>We begin at six with something to eat. Whoever can stay afterwards helps to put the tables back, as always; thank you all. " + id + "</p>"
	uri := s.uri + "/statuses/" + id
	return map[string]any{
		"@context": []any{"https://www.w3.org/ns/activitystreams", map[string]any{
			"ostatus": "http://ostatus.org#", "atomUri": "ostatus:atomUri", "inReplyToAtomUri": "ostatus:inReplyToAtomUri", "conversation": "ostatus:conversation",
			"sensitive": "as:sensitive", "toot": "http://joinmastodon.org/ns#", "votersCount": "toot:votersCount",
		}},
		"id": uri + "/activity", "type": "Create", "actor": s.uri, "published": now, "to": public, "cc": []any{s.uri + "/followers"},
		"object": map[string]any{
			"id": uri, "type": "Note", "summary": nil, "inReplyTo": nil, "published": now, "url": s.uri + "/" + id, "attributedTo": s.uri,
			"to": public, "cc": []any{s.uri + "/followers"}, "sensitive": false, "atomUri": uri, "inReplyToAtomUri": nil,
			"conversation": "tag:peer.example,2026-01-01:objectId=" + id + ":objectType=Conversation",
			"content":      content, "contentMap": map[string]any{"en": content}, "attachment": []any{}, "tag": []any{},
			"replies": map[string]any{"id": uri + "/replies", "type": "Collection", "first": map[string]any{
				"type": "CollectionPage", "next": uri + "/replies?only_other_accounts=true&page=true", "partOf": uri + "/replies", "items": []any{},
			}},
		},
	}
}

// load makes requests as they go over the wire, signed, and returns the id of
// the note in each.
func (n *bench) load(b *testing.B, list []sender, name string, count int) (requests [][]byte, ids []string) {
	b.Helper()
	for i := range count {
		s, id := list[i%len(list)], fmt.Sprintf("%s%d", name, i)
		body, err := json.Marshal(note(s, id))
		if err != nil {
			b.Fatal(err)
		}
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://"+n.addr+"/ap/inbox", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/activity+json")
		r.Header.Set("User-Agent", "bench")
		if err := signature.Sign(r, body, signature.Cavage, s.key, time.Now()); err != nil {
			b.Fatal(err)
		}
		var wire bytes.Buffer
		if err := r.Write(&wire); err != nil {
			b.Fatal(err)
		}
		requests, ids = append(requests, wire.Bytes()), append(ids, s.uri+"/statuses/"+id)
	}
	return requests, ids
}

// verifies is how many RSA-2048 signatures one thread of this machine verifies in a second.
func verifies(b *testing.B, key crypto.PublicKey, private crypto.Signer) float64 {
	b.Helper()
	sum := sha256.Sum256([]byte("a message"))
	sig, err := private.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		b.Fatal(err)
	}
	began, count := cpu(b), 0
	for cpu(b)-began < 500*time.Millisecond {
		for range 100 {
			if err := rsa.VerifyPKCS1v15(key.(*rsa.PublicKey), crypto.SHA256, sum[:], sig); err != nil {
				b.Fatal(err)
			}
		}
		count += 100
	}
	return float64(count) / (cpu(b) - began).Seconds()
}

// processed waits until every stored activity was handled.
func (n *bench) processed(b *testing.B) {
	b.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for waiting := true; waiting; {
		<-tick.C
		err := n.DB.View(b.Context(), func(tx *store.Tx) error {
			jobs, err := tx.DueJobs(b.Context(), peers.InboxJob, time.Now().Add(time.Hour), 1)
			waiting = len(jobs) > 0
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// lost counts the notes that were answered with 202 and are not there.
func (n *bench) lost(b *testing.B, a *answers, ids []string) (lost int) {
	b.Helper()
	err := n.DB.View(b.Context(), func(tx *store.Tx) error {
		for i, status := range a.Status {
			if status != http.StatusAccepted {
				b.Errorf("%s is answered with %d", ids[i], status)
			} else if _, err := tx.StoredItem(b.Context(), ids[i]); err != nil {
				lost++
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if lost > 0 {
		b.Errorf("%d acknowledged and not there", lost)
	}
	return lost
}

// BenchmarkInbox sends signed notes as fast as they are taken, then at half the
// budget.
func BenchmarkInbox(b *testing.B) {
	n := newNode(b)
	list := n.senders(b)
	c := newCannon(b)
	limit := verifies(b, list[0].key.Private.Public(), list[0].key.Private)
	warm, _ := n.load(b, list, "warm", signers)
	c.fire(&volley{Addr: n.addr, Conns: connsFull, Requests: warm}, func() {})
	n.processed(b)

	var accepted, processed, used time.Duration
	lost := 0
	for round := range b.N {
		requests, ids := n.load(b, list, fmt.Sprintf("full%dx", round), batch)
		var before time.Duration
		var began time.Time
		stop := profile(b)
		a := c.fire(&volley{Addr: n.addr, Conns: connsFull, Requests: requests}, func() { before, began = cpu(b), time.Now() })
		n.processed(b)
		stop()
		accepted, processed, used = accepted+a.Took, processed+time.Since(began), used+cpu(b)-before
		lost += n.lost(b, a, ids)
	}
	count := float64(b.N * batch)

	requests, ids := n.load(b, list, "half", int(halfFor.Seconds()*budgetRate/2))
	a := c.fire(&volley{Addr: n.addr, Conns: connsFull, Rate: budgetRate / 2, Requests: requests}, func() {})
	n.processed(b)
	lost += n.lost(b, a, ids)

	b.ReportMetric(0, "ns/op")
	b.ReportMetric(count/accepted.Seconds(), "accepted/s")
	b.ReportMetric(count/processed.Seconds(), "processed/s")
	b.ReportMetric(limit, "rsa-verify/s")
	b.ReportMetric(100*count/processed.Seconds()/limit, "%of-verify")
	b.ReportMetric(used.Seconds()*1000/count, "cpu-ms/activity")
	b.ReportMetric(a.quantile(0.5), "p50-ms-half-load")
	b.ReportMetric(a.quantile(0.99), "p99-ms-half-load")
	b.ReportMetric(float64(lost), "lost")
}
