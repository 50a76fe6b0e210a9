package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// write runs f as one intent and fails the test if it fails.
func write(t testing.TB, db *store.DB, f func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// view runs f as one reader and fails the test if it fails.
func view(t testing.TB, db *store.DB, f func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// world is a large node: what its lists have to go through.
type world struct {
	*nodetest.Node
	member  access.Viewer
	readers []uuid.UUID
	n       int
	parent  *node.Item
	skills  []string
}

// fill makes a node with n people and n items of each sort, most of which one
// viewer does not see.
func fill(t testing.TB, n int) *world {
	t.Helper()
	w := &world{Node: nodetest.NewNode(t), n: n, skills: []string{"facilitation", "crm-migration"}}
	w.member = w.Person(t, "mia", node.Member)
	w.readers = []uuid.UUID{w.member.Person, w.member.Organization}
	followed, stranger := w.Remote(t, "zoe", "followed.example"), w.Remote(t, "eve", "stranger.example")
	org := node.Author{ID: w.Organization.ID, Kind: node.KindOrganization, URI: w.Origin.OrganizationURI(w.Organization.ID)}
	now := w.Clock.Now()
	hidden := node.Only(newID())
	write(t, w.DB, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Subscribe(ctx, w.member.Person, followed.URI, now); err != nil {
			return err
		}
		if err := fillPeople(ctx, tx, w, n); err != nil {
			return err
		}
		for k := range n {
			local := w.item(org, k, hidden)
			if k%10 == 0 {
				local.Audience = node.OrganizationOnly(w.Organization.ID)
			}
			if k == 0 {
				local.Audience, w.parent = node.Public, local
			} else if k%3 == 0 {
				local.InReplyTo = w.parent.URI
			}
			if k%5 == 1 || k%20 == 10 {
				local.Kind, local.Gathering = node.KindGathering, &node.Gathering{Start: now.Add(time.Duration(k-n/2) * time.Hour), Zone: "UTC", Status: node.Scheduled}
				local.Gathering.End = local.Gathering.Start.Add(time.Hour)
			}
			if err := tx.InsertItem(ctx, local); err != nil {
				return err
			}
			if err := tx.PutNotice(ctx, newID(), w.member.Person, "like", followed.URI, local.ID, now.Add(time.Duration(k)*time.Second)); err != nil {
				return err
			}
			by := followed
			if k%20 != 0 {
				by = stranger
			}
			remote := w.item(node.Author{ID: by.ID, Kind: node.KindPerson, URI: by.URI}, k, node.OrganizationOnly(w.Organization.ID))
			remote.Local, remote.URI, remote.WrittenBy, remote.SourceID = false, by.URI+"/"+remote.ID.String(), uuid.Nil, 1
			remote.Page = by.URI + "/page/" + remote.ID.String()
			if k%50 == 0 {
				remote.State, remote.Audience = node.Held, node.Moderators
			}
			if err := tx.InsertItem(ctx, remote); err != nil {
				return err
			}
		}
		return nil
	})
	return w
}

func (w *world) item(by node.Author, k int, a node.Audience) *node.Item {
	at := w.Clock.Now().Add(-time.Duration(k) * time.Minute)
	i := &node.Item{
		ID: newID(), Kind: node.KindPost, Local: true, Author: by, WrittenBy: w.member.Person, Audience: a, State: node.Live, Lang: "en",
		Body: node.Text{"en": fmt.Sprintf("<p>Words of item %d, as long as people mostly write.</p>", k)}, PublishedAt: at, UpdatedAt: at, Version: 1,
	}
	i.URI, i.Page = w.Origin.ObjectURI(i.ID), w.Origin.ItemPage(i.Kind, i.ID)
	return i
}

func fillPeople(ctx context.Context, tx *store.Tx, w *world, n int) error {
	for k := range n {
		p := &node.Person{
			ID: newID(), OrganizationID: w.Organization.ID, Handle: fmt.Sprintf("p%d", k), Name: fmt.Sprintf("Person %05d", (k*7919)%n), Email: fmt.Sprintf("p%d@example.org", k),
			Role: node.Member, Lang: "en", Languages: []string{"en"}, Audience: node.Networks, CreatedAt: w.Clock.Now(), UpdatedAt: w.Clock.Now(), Version: 1,
		}
		if k%10 == 0 {
			p.Skills = append(p.Skills, node.PersonSkill{Tag: w.skills[0], Stance: node.Offer, Level: 2})
		}
		if k%500 == 0 {
			p.Skills = append(p.Skills, node.PersonSkill{Tag: w.skills[1], Stance: node.Learning, Level: 1})
		}
		if k%2 == 1 {
			p.Audience = node.Only(p.ID)
		}
		if err := tx.PutPerson(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// lists are the queries behind list pages.
func (w *world) lists() map[string]func(context.Context, *store.Tx) (int, error) {
	s, admin := access.ScopeOf(w.member), access.ScopeOf(w.Admin)
	items := func(list []*node.Item, _ store.Cursor, err error) (int, error) { return len(list), err }
	half := store.Cursor(fmt.Sprintf("%d.%s", w.Clock.Now().Add(-time.Duration(w.n/2)*time.Minute).UnixMilli(), uuid.Nil))
	return map[string]func(context.Context, *store.Tx) (int, error){
		"Home": func(ctx context.Context, tx *store.Tx) (int, error) { return items(tx.Home(ctx, s, w.readers, "", 20)) },
		"Home/deep": func(ctx context.Context, tx *store.Tx) (int, error) {
			return items(tx.Home(ctx, s, w.readers, half, 20))
		},
		"By": func(ctx context.Context, tx *store.Tx) (int, error) {
			return items(tx.By(ctx, s, w.Organization.ID, "", 20))
		},
		"By/visitor": func(ctx context.Context, tx *store.Tx) (int, error) {
			return items(tx.By(ctx, access.ScopeOf(access.Visitor), w.Organization.ID, "", 20))
		},
		"Everything": func(ctx context.Context, tx *store.Tx) (int, error) { return items(tx.Everything(ctx, s, half, 20)) },
		"Held": func(ctx context.Context, tx *store.Tx) (int, error) {
			list, err := tx.Held(ctx, admin, 20)
			return len(list), err
		},
		"Replies": func(ctx context.Context, tx *store.Tx) (int, error) {
			list, err := tx.Replies(ctx, s, w.parent.URI, 100)
			return len(list), err
		},
		"Upcoming": func(ctx context.Context, tx *store.Tx) (int, error) {
			list, err := tx.Upcoming(ctx, s, w.readers, w.Clock.Now(), 20)
			return len(list), err
		},
		"PublicItems": func(ctx context.Context, tx *store.Tx) (int, error) {
			list, err := tx.PublicItems(ctx, 20)
			return len(list), err
		},
		"Notices": func(ctx context.Context, tx *store.Tx) (int, error) {
			list, err := tx.Notices(ctx, s, w.readers, 20)
			return len(list), err
		},
		"People": func(ctx context.Context, tx *store.Tx) (int, error) {
			list, _, err := tx.People(ctx, s, store.PeopleFilter{Limit: 20})
			return len(list), err
		},
		"People/skill": func(ctx context.Context, tx *store.Tx) (int, error) {
			list, _, err := tx.People(ctx, s, store.PeopleFilter{Limit: 20, Skill: w.skills[0], Stance: node.Offer})
			return len(list), err
		},
		"People/rare": func(ctx context.Context, tx *store.Tx) (int, error) {
			list, _, err := tx.People(ctx, s, store.PeopleFilter{Limit: 20, Skill: w.skills[1]})
			return len(list), err
		},
	}
}

// BenchmarkLists measures what is behind each list page at 10,000 rows of each sort.
func BenchmarkLists(b *testing.B) {
	w := fill(b, 10000)
	for name, list := range w.lists() {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				view(b, w.DB, func(ctx context.Context, tx *store.Tx) (err error) {
					n, err = list(ctx, tx)
					return err
				})
			}
			b.ReportMetric(float64(n), "rows")
		})
	}
}
