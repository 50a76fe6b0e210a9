package bench_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

// The sizes of design.md 6.
const (
	rows         = 10000
	profilePosts = 20
	shots        = 2000
	connsPage    = 8
)

const paragraph = "The hall is **open** again from Tuesday. Bring chairs, bring neighbours, and bring the minutes of the last meeting: [here they are](https://hall.example/minutes).\n\n" +
	"We begin at six with something to eat. Whoever can stay afterwards helps to put the tables back, as always."

// BenchmarkPages asks for the pages that people open most, with few rows and
// with many: what a page costs must not grow with its table.
func BenchmarkPages(b *testing.B) {
	n := newNode(b)
	cookie := n.signIn(b)
	ana := n.person(b)
	n.posts(b, ana)
	c := newCannon(b)
	b.Run("profile of 20 posts", func(b *testing.B) { n.page(b, c, "/people/ana", "") })
	b.Run("public start page", func(b *testing.B) { n.page(b, c, "/", "") })
	b.Run("public feed", func(b *testing.B) { n.page(b, c, "/feed.atom", "") })
	for _, size := range []int{100, rows} {
		n.fill(b, size)
		b.Run(fmt.Sprintf("home of %d", size), func(b *testing.B) { n.page(b, c, "/", cookie) })
		b.Run(fmt.Sprintf("people of %d", size), func(b *testing.B) { n.page(b, c, "/people", cookie) })
		b.Run(fmt.Sprintf("public start page of %d", size), func(b *testing.B) { n.page(b, c, "/", "") })
		b.Run(fmt.Sprintf("public feed of %d", size), func(b *testing.B) { n.page(b, c, "/feed.atom", "") })
	}
}

// person adds somebody whom everyone may see.
func (n *bench) person(b *testing.B) access.Viewer {
	b.Helper()
	_, _, err := n.People.AddPerson(b.Context(), access.Operator(n.organization.ID), people.NewPerson{
		Name: "Ana Ruiz", Email: "ana@example.org", Handle: "ana", RoleTitle: "Organizer", Followable: true, Skills: skills(0),
	})
	if err != nil {
		b.Fatal(err)
	}
	v, _, err := n.People.ViewerFor(b.Context(), "ana")
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// skills are three of somebody, not the same for everyone.
func skills(i int) []node.PersonSkill {
	tags := []string{"facilitation", "fundraising", "one-on-ones"}
	stances := []node.Stance{node.Offer, node.Learning, node.Interest}
	var list []node.PersonSkill
	for k, tag := range tags {
		s := node.PersonSkill{Tag: tag, Stance: stances[(i+k)%len(stances)]}
		if s.Stance != node.Interest {
			s.Level = 1 + i%3
		}
		list = append(list, s)
	}
	return list
}

func (n *bench) posts(b *testing.B, v access.Viewer) {
	b.Helper()
	for range profilePosts {
		if _, err := n.Conversation.Post(b.Context(), v, node.PostInput{Audience: node.Public, Lang: "en", Text: paragraph}); err != nil {
			b.Fatal(err)
		}
	}
}

// fill adds people, and posts for everyone and for this node by the organization.
func (n *bench) fill(b *testing.B, size int) {
	b.Helper()
	began := time.Now().Add(-time.Duration(size) * time.Minute)
	n.write(b, func(ctx context.Context, tx *store.Tx) error {
		for i := range size {
			handle, at := fmt.Sprintf("person_%d_%d", size, i), began.Add(time.Duration(i)*time.Minute)
			err := tx.PutPerson(ctx, &node.Person{
				ID: uuid.Must(uuid.NewV7()), OrganizationID: n.organization.ID, Handle: handle, Name: "Person " + handle, RoleTitle: node.Text{"en": "Organizer"},
				Email: handle + "@example.org", Languages: []string{"en"}, Role: node.Member, Lang: "en", Audience: node.Networks, Skills: skills(i),
				CreatedAt: at, UpdatedAt: at, Version: 1,
			})
			if err != nil {
				return err
			}
			audience := node.Public
			if i%2 == 0 {
				audience = node.OrganizationOnly(n.organization.ID)
			}
			item := &node.Item{
				ID: uuid.Must(uuid.NewV7()), Kind: node.KindPost, Local: true, Audience: audience, State: node.Live, Lang: "en", PublishedAt: at, UpdatedAt: at, Version: 1,
				Author: node.Author{ID: n.organization.ID, Kind: node.KindOrganization}, Body: node.Text{"en": "<p>" + paragraph + "</p>"}, Source: node.Text{"en": paragraph},
			}
			item.URI, item.Page = n.Origin.ObjectURI(item.ID), n.Origin.ItemPage(item.Kind, item.ID)
			if err := tx.InsertItem(ctx, item); err != nil {
				return err
			}
		}
		return nil
	})
}

var styleSheet = regexp.MustCompile(`<link rel="stylesheet" href="([^"]+)"`)

// size is how large a page and its style sheet are.
func (n *bench) size(b *testing.B, path, cookie string) int {
	b.Helper()
	body := n.get(b, path, cookie)
	if m := styleSheet.FindSubmatch(body); m != nil {
		return len(body) + len(n.get(b, string(m[1]), cookie))
	}
	return len(body)
}

func (n *bench) request(b *testing.B, path, cookie string) *http.Request {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+n.addr+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	r.Header.Set("Accept-Language", "en")
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	return r
}

func (n *bench) get(b *testing.B, path, cookie string) []byte {
	b.Helper()
	r := n.request(b, path, cookie)
	r.Header.Set("Accept-Encoding", "identity")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatalf("%s is answered with %s, %v", path, resp.Status, err)
	}
	return body
}

// page asks for one page again and again: by eight at a time, and by one alone.
func (n *bench) page(b *testing.B, c *cannon, path, cookie string) {
	size := n.size(b, path, cookie)
	var wire bytes.Buffer
	if err := n.request(b, path, cookie).Write(&wire); err != nil {
		b.Fatal(err)
	}
	many := make([][]byte, shots)
	for i := range many {
		many[i] = wire.Bytes()
	}
	var eight, alone *answers
	var used time.Duration
	for range b.N {
		before := cpu(b)
		stop := profile(b)
		eight = c.fire(&volley{Addr: n.addr, Conns: connsPage, Requests: many}, func() { before = cpu(b) })
		stop()
		used += cpu(b) - before
		alone = c.fire(&volley{Addr: n.addr, Conns: 1, Requests: many[:shots/4]}, func() {})
	}
	for _, a := range []*answers{eight, alone} {
		for _, status := range a.Status {
			if status != http.StatusOK {
				b.Fatalf("%s is answered with %d", path, status)
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(eight.rate(), "req/s")
	b.ReportMetric(used.Seconds()*1000/float64(b.N*shots), "cpu-ms/req")
	b.ReportMetric(eight.quantile(0.5), "p50-ms")
	b.ReportMetric(eight.quantile(0.95), "p95-ms")
	b.ReportMetric(alone.quantile(0.95), "p95-ms-alone")
	b.ReportMetric(float64(size)/1024, "KiB-with-css")
}
