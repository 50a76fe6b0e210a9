package store_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// gallery holds one thing of each sort for each audience.
type gallery struct {
	*nodetest.Node
	audiences []node.Audience
	viewers   map[string]access.Viewer
	readers   []uuid.UUID
	parent    string
	// items and people by audience; gatherings are the items with a time.
	local, remote, held, gatherings map[node.Audience]*node.Item
	people                          map[node.Audience]*node.Person
	cards                           map[node.Audience]*node.Card // of networks only
}

func newGallery(t *testing.T) *gallery {
	t.Helper()
	g := &gallery{
		Node: nodetest.NewNode(t), parent: "https://other.example/parent",
		local: map[node.Audience]*node.Item{}, remote: map[node.Audience]*node.Item{}, held: map[node.Audience]*node.Item{},
		gatherings: map[node.Audience]*node.Item{}, people: map[node.Audience]*node.Person{}, cards: map[node.Audience]*node.Card{},
	}
	ana, bob := g.Person(t, "ana", node.Member), g.Person(t, "bob", node.Editor)
	other, circle, otherCircle, network, otherNetwork := newID(), newID(), newID(), newID(), newID()
	g.audiences = []node.Audience{
		node.Public, node.Networks, node.NetworkOnly(network), node.NetworkOnly(otherNetwork), node.OrganizationOnly(g.Organization.ID), node.OrganizationOnly(other),
		node.Group(circle), node.Group(otherCircle), node.Moderators, node.Only(ana.Person), node.Only(bob.Person), node.Only(newID()),
	}
	anaIn, anaOfNetwork := ana, ana
	anaIn.Groups, anaOfNetwork.Networks = []uuid.UUID{circle}, []uuid.UUID{network}
	g.viewers = map[string]access.Viewer{
		"visitor": access.Visitor, "remote": access.Remote("https://other.example/users/zoe"),
		"member node": {Actor: "https://other.example/ap/node", Networks: []uuid.UUID{network}},
		"ana":         ana, "ana in a circle": anaIn, "ana in a network": anaOfNetwork, "bob": bob, "admin": g.Admin, "operator": g.Operator,
		"somebody of another organization": {Person: newID(), Organization: other, Role: node.Admin},
	}
	g.readers = []uuid.UUID{g.Organization.ID}
	zoe := g.Remote(t, "zoe", "other.example")
	write(t, g.DB, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Subscribe(ctx, g.Organization.ID, zoe.URI, g.Clock.Now()); err != nil {
			return err
		}
		for _, a := range g.audiences {
			if err := g.hang(ctx, tx, zoe, a); err != nil {
				return err
			}
		}
		return nil
	})
	return g
}

// hang stores everything for one audience.
func (g *gallery) hang(ctx context.Context, tx *store.Tx, zoe *node.RemoteActor, a node.Audience) error {
	now := g.Clock.Now()
	g.people[a] = &node.Person{ID: newID(), OrganizationID: g.Organization.ID, Role: node.Member, Audience: a, CreatedAt: now, UpdatedAt: now, Version: 1}
	p := g.people[a]
	p.Handle, p.Name, p.Email = "p"+strings.ReplaceAll(p.ID.String(), "-", "")[12:], string(a), p.ID.String()+"@example.org"
	p.NetworkActorID, p.Skills = newID(), []node.PersonSkill{{Tag: p.Handle, Stance: node.Offer, Level: 1, Audience: a}}
	if err := g.hangCard(ctx, tx, a); err != nil {
		return err
	}
	if err := g.hangOffer(ctx, tx, a); err != nil {
		return err
	}
	if err := tx.PutPerson(ctx, p); err != nil {
		return err
	}
	item := func() *node.Item {
		return &node.Item{ID: newID(), Kind: node.KindPost, Audience: a, State: node.Live, Lang: "en", InReplyTo: g.parent, PublishedAt: now, UpdatedAt: now, Version: 1}
	}
	local, gathering, remote, held := item(), item(), item(), item()
	for _, i := range []*node.Item{local, gathering} {
		i.Local, i.Author, i.URI = true, node.Author{ID: g.Organization.ID, Kind: node.KindOrganization}, g.Origin.ObjectURI(i.ID)
	}
	for _, i := range []*node.Item{remote, held} {
		i.Author, i.URI, i.Page, i.SourceID = node.Author{ID: zoe.ID, Kind: node.KindPerson, URI: zoe.URI}, zoe.URI+"/"+i.ID.String(), zoe.URI+"/page/"+i.ID.String(), 1
	}
	gathering.Kind, gathering.Gathering = node.KindGathering, &node.Gathering{Start: now.Add(time.Hour), Zone: "UTC", Status: node.Scheduled}
	held.State = node.Held
	g.local[a], g.gatherings[a], g.remote[a], g.held[a] = local, gathering, remote, held
	for _, i := range []*node.Item{local, gathering, remote, held} {
		if err := tx.InsertItem(ctx, i); err != nil {
			return err
		}
	}
	return tx.PutNotice(ctx, newID(), g.Organization.ID, "like", zoe.URI, local.ID, now)
}

// hangCard stores the card of a member of the network that a is for.
func (g *gallery) hangCard(ctx context.Context, tx *store.Tx, a node.Audience) error {
	id, ok := a.Network()
	if !ok {
		return nil
	}
	uri := "https://hub.example/ap/networks/" + id.String()
	if err := tx.PutNetwork(ctx, &node.Network{ID: id, URI: uri, MembersURI: uri + "/members", State: node.NetworkActive, CreatedAt: g.Clock.Now()}); err != nil {
		return err
	}
	c := &node.Card{ID: newID(), NetworkID: id, ActorURI: uri + "/zoe", OrganizationURI: "https://other.example/ap/org", Name: "Zoe", ExpiresAt: g.Clock.Now().Add(time.Hour), ReceivedAt: g.Clock.Now()}
	g.cards[a] = c
	err := tx.PutMembership(ctx, &node.Membership{ID: newID(), NetworkID: id, OrganizationURI: c.OrganizationURI, Origin: "https://other.example", Status: node.MemberActive, Claim: true})
	if err != nil {
		return err
	}
	return tx.PutCard(ctx, c)
}

// seen is for which audiences a reader showed its thing.
type seen map[node.Audience]bool

// one asks a reader of single things for each of them.
func one[T any](things map[node.Audience]T, read func(T) error) (seen, error) {
	s := seen{}
	for a, thing := range things {
		switch err := read(thing); {
		case err == nil:
			s[a] = true
		case !errors.Is(err, node.ErrNotFound):
			return nil, err
		}
	}
	return s, nil
}

// among asks a reader of lists, and looks for each of the things in its list.
func among(things map[node.Audience]*node.Item, list []*node.Item, err error) (seen, error) {
	s := seen{}
	for a, thing := range things {
		for _, i := range list {
			if i.ID == thing.ID {
				s[a] = true
			}
		}
	}
	return s, err
}

// scopeReaders has a row for every reader of the store that takes a Scope.
var scopeReaders = map[string]func(context.Context, *store.Tx, access.Scope, *gallery) (seen, error){
	"Item": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		return one(g.local, func(i *node.Item) error { _, err := tx.Item(ctx, s, i.ID); return err })
	},
	"ItemByURI": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		return one(g.remote, func(i *node.Item) error { _, err := tx.ItemByURI(ctx, s, i.URI); return err })
	},
	"ItemByPage": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		return one(g.remote, func(i *node.Item) error { _, err := tx.ItemByPage(ctx, s, i.Page); return err })
	},
	"PublicOrGone": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		return one(g.local, func(i *node.Item) error {
			got, err := tx.PublicOrGone(ctx, s, i.ID)
			if err == nil && got == nil {
				err = node.ErrNotFound
			}
			return err
		})
	},
	"Home": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, _, err := tx.Home(ctx, s, g.readers, "", 1000)
		first, _ := among(g.local, list, err)
		second, err := among(g.remote, list, err)
		return both(first, second, err)
	},
	"Everything": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, _, err := tx.Everything(ctx, s, "", 1000)
		first, _ := among(g.local, list, err)
		second, err := among(g.held, list, err)
		return both(first, second, err)
	},
	"By": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, _, err := tx.By(ctx, s, g.Organization.ID, "", 1000)
		return among(g.local, list, err)
	},
	"Replies": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, err := tx.Replies(ctx, s, g.parent, 1000)
		first, _ := among(g.local, list, err)
		second, err := among(g.remote, list, err)
		return both(first, second, err)
	},
	"Upcoming": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, err := tx.Upcoming(ctx, s, g.readers, g.Clock.Now(), 1000)
		return among(g.gatherings, list, err)
	},
	"Held": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, err := tx.Held(ctx, s, 1000)
		return among(g.held, list, err)
	},
	"Notices": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		notices, err := tx.Notices(ctx, s, g.readers, 1000)
		var list []*node.Item
		for _, n := range notices {
			list = append(list, n.Item)
		}
		return among(g.local, list, err)
	},
	"CountItems": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		counts, err := tx.CountItems(ctx, s)
		got := seen{}
		for _, c := range counts {
			if c.Count != 1 {
				err = errors.Join(err, fmt.Errorf("%d of kind %s for %s, want 1", c.Count, c.Kind, c.Audience))
			}
			got[c.Audience] = true
		}
		return got, err
	},
	"Person": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		return one(g.people, func(p *node.Person) error { _, err := tx.Person(ctx, s, p.Handle); return err })
	},
	"PersonByID": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		return one(g.people, func(p *node.Person) error { _, err := tx.PersonByID(ctx, s, p.ID); return err })
	},
	"People": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, _, err := tx.People(ctx, s, store.PeopleFilter{Limit: 1000})
		return one(g.people, func(p *node.Person) error {
			if err == nil && !slices.ContainsFunc(list, func(l *node.Person) bool { return l.ID == p.ID }) {
				return node.ErrNotFound
			}
			return err
		})
	},
}

// ids are those of the gallery's people.
func (g *gallery) ids() (list []uuid.UUID) {
	for _, p := range g.people {
		list = append(list, p.ID)
	}
	return list
}

// searchReaders are the rows of what finds people and cards.
var searchReaders = map[string]func(context.Context, *store.Tx, access.Scope, *gallery) (seen, error){
	"PeopleByID": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, err := tx.PeopleByID(ctx, s, g.ids())
		return one(g.people, func(p *node.Person) error {
			if err == nil && list[p.ID] == nil {
				return node.ErrNotFound
			}
			return err
		})
	},
	"CardPeople": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, err := tx.CardPeople(ctx, s, g.Organization.ID)
		return one(g.people, func(p *node.Person) error {
			if err == nil && !slices.ContainsFunc(list, func(l *node.Person) bool { return l.ID == p.ID }) {
				return node.ErrNotFound
			}
			return err
		})
	},
	"Search": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		hits, _, err := tx.Search(ctx, s, store.SearchFilter{Organization: g.Organization.ID.String(), Limit: 1000}, g.Clock.Now())
		first, _ := one(g.people, func(p *node.Person) error {
			if !slices.ContainsFunc(hits, func(h store.Hit) bool { return h.Ref == p.ID }) {
				return node.ErrNotFound
			}
			return nil
		})
		second, err2 := one(g.people, func(p *node.Person) error {
			hits, _, err := tx.Search(ctx, s, store.SearchFilter{Tags: []string{p.Handle}, Limit: 10}, g.Clock.Now())
			if err == nil && len(hits) == 0 {
				err = node.ErrNotFound
			}
			return err
		})
		return both(first, second, errors.Join(err, err2))
	},
	"CountSkills": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		return one(g.people, func(p *node.Person) error {
			list, err := tx.CountSkills(ctx, s, [][]string{{p.Handle}}, g.Clock.Now())
			if err == nil && list[0].N == 0 {
				err = node.ErrNotFound
			}
			return err
		})
	},
	"Cards": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		shown, err := one(g.cards, func(c *node.Card) error {
			list, err := tx.Cards(ctx, s, []uuid.UUID{c.ID}, g.Clock.Now())
			if err == nil && list[c.ID] == nil {
				err = node.ErrNotFound
			}
			return err
		})
		for _, a := range g.audiences { // there are no cards for others than networks
			if g.cards[a] == nil && s.Includes(a) {
				shown[a] = true
			}
		}
		return shown, err
	},
}

// allReaders are the rows of all readers.
func allReaders() map[string]func(context.Context, *store.Tx, access.Scope, *gallery) (seen, error) {
	all := maps.Clone(scopeReaders)
	maps.Copy(all, searchReaders)
	maps.Copy(all, mentorReaders)
	return all
}

// both is what two looks at one list saw; they must see alike.
func both(a, b seen, err error) (seen, error) {
	if err == nil && !maps.Equal(a, b) {
		err = fmt.Errorf("of one list some things show for %v, others for %v", a, b)
	}
	return a, err
}

// TestScope checks that Go and SQL agree on who sees what: for every reader,
// every audience and every viewer.
func TestScope(t *testing.T) {
	t.Parallel()
	readers := allReaders()
	g := newGallery(t)
	n := 0
	for reader, read := range readers {
		for name, v := range g.viewers {
			s := access.ScopeOf(v)
			view(t, g.DB, func(ctx context.Context, tx *store.Tx) error {
				got, err := read(ctx, tx, s, g)
				for _, a := range g.audiences {
					if n++; got[a] != s.Includes(a) {
						t.Errorf("%s, %s, %s: SQL shows it = %v, Go = %v", reader, name, a, got[a], s.Includes(a))
					}
				}
				return err
			})
		}
		view(t, g.DB, func(ctx context.Context, tx *store.Tx) error {
			got, err := read(ctx, tx, nil, g)
			if slices.Contains(slices.Collect(maps.Values(got)), true) {
				t.Errorf("%s shows something to nobody", reader)
			}
			return err
		})
	}
	if want := len(readers) * len(g.viewers) * len(g.audiences); n != want || n < 1000 {
		t.Errorf("%d combinations, want %d", n, want)
	}
}

// unscoped are the readers of items and people that take no Scope, each with its reason.
var unscoped = map[string]string{
	"StoredItem":     "decides on what was received",
	"ItemsOfRemote":  "removes an actor's items",
	"PublicItems":    "lists only what is for everyone",
	"PublicItemsOf":  "retracts what is for everyone",
	"NetworkItemsOf": "retracts what is for networks",
	"PersonByEmail":  "signs in",
	"ListedPerson":   "is who asks",
	"PersonSelf":     "is who asks, or the author of what is asked for",
	"PersonTowards":  "narrows what a Scope has shown",
	"PeopleTowards":  "narrows what a Scope has shown",
}

// TestScopeHasARowForEveryReader reads the store's source: a reader of items or
// people takes a Scope and stands in the table, or says here why it takes none.
func TestScopeHasARowForEveryReader(t *testing.T) {
	t.Parallel()
	readers := allReaders()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !fn.Name.IsExported() {
				continue
			}
			scoped := mentions(fn.Type.Params, "access", "Scope")
			reads := fn.Type.Results != nil && (mentions(fn.Type.Results, "node", "Item") || mentions(fn.Type.Results, "node", "Person"))
			if scoped {
				found[fn.Name.Name] = true
			}
			if _, ok := readers[fn.Name.Name]; scoped && !ok && between[fn.Name.Name] == nil && fn.Name.Name != "Correspondent" {
				t.Errorf("%s takes a Scope: give it a row in scopeReaders", fn.Name.Name)
			}
			if reads && !scoped && unscoped[fn.Name.Name] == "" {
				t.Errorf("%s reads items or people without a Scope: say in unscoped why", fn.Name.Name)
			}
		}
	}
	for name := range readers {
		if !found[name] {
			t.Errorf("readers has a row for %s, which the store has not", name)
		}
	}
}

// mentions reports whether a list of parameters or results names a type of a package.
func mentions(list *ast.FieldList, pkg, name string) (found bool) {
	ast.Inspect(list, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			x, _ := s.X.(*ast.Ident)
			found = found || x != nil && x.Name == pkg && s.Sel.Name == name
		}
		return true
	})
	return found
}
