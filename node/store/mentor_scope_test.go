package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// offerOf is the id of the offer that hangs in the gallery for an audience.
func offerOf(a node.Audience) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(a)) }

// hangOffer stores an offer of mentoring for one audience: for one network that of
// somebody elsewhere, for all others one of ours.
func (g *gallery) hangOffer(ctx context.Context, tx *store.Tx, a node.Audience) error {
	now := g.Clock.Now()
	id := offerOf(a)
	_, elsewhere := a.Network()
	return tx.PutMentorOffer(ctx, &node.MentorOffer{
		ID: id, Local: !elsewhere, PersonID: g.people[a].ID, URI: "https://other.example/offers/" + id.String(), ActorURI: "https://other.example/users/zoe", Audience: a, Topics: []string{"spreadsheets"},
		Languages: []string{"en"}, Format: node.OneCall, Capacity: 1, ExpiresAt: now.Add(time.Hour), CreatedAt: now, UpdatedAt: now, Version: 1,
	})
}

// mentorReaders are the readers of offers.
var mentorReaders = map[string]func(context.Context, *store.Tx, access.Scope, *gallery) (seen, error){
	"MentorOffer": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		return one(g.people, func(p *node.Person) error { _, err := tx.MentorOffer(ctx, s, offerOf(p.Audience)); return err })
	},
	"MentorOfferByURI": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		return one(g.people, func(p *node.Person) error {
			_, err := tx.MentorOfferByURI(ctx, s, "https://other.example/offers/"+offerOf(p.Audience).String())
			return err
		})
	},
	"MentorOffers": func(ctx context.Context, tx *store.Tx, s access.Scope, g *gallery) (seen, error) {
		list, err := tx.MentorOffers(ctx, s, store.MentorFilter{Topic: "spreadsheets", Language: "en", Limit: 1000}, g.Clock.Now())
		return one(g.people, func(p *node.Person) error {
			if err == nil && !slices.ContainsFunc(list, func(o *node.MentorOffer) bool { return o.ID == offerOf(p.Audience) }) {
				return node.ErrNotFound
			}
			return err
		})
	},
}

// between are the readers of what is between two people, each with what it shows
// of a thing between Ana and Bob, and of Zoe, whom only a network knows.
// TestBetweenTwo asks them for everybody.
var between = map[string]func(context.Context, *store.Tx, access.Scope, uuid.UUID) (shown bool, err error){
	"MentorRequest": func(ctx context.Context, tx *store.Tx, s access.Scope, id uuid.UUID) (bool, error) {
		_, err := tx.MentorRequest(ctx, s, id)
		return absent(err)
	},
	"MentorRequests": func(ctx context.Context, tx *store.Tx, s access.Scope, _ uuid.UUID) (bool, error) {
		list, err := tx.MentorRequests(ctx, s, 10)
		return len(list) > 0, err
	},
	"Messages": func(ctx context.Context, tx *store.Tx, s access.Scope, id uuid.UUID) (bool, error) {
		list, err := tx.Messages(ctx, s, id, 10)
		return len(list) > 0, err
	},
	"Threads": func(ctx context.Context, tx *store.Tx, s access.Scope, _ uuid.UUID) (bool, error) {
		list, err := tx.Threads(ctx, s, 10)
		return len(list) > 0, err
	},
	"Party": func(ctx context.Context, tx *store.Tx, s access.Scope, id uuid.UUID) (bool, error) {
		r, err := tx.MentorRequest(ctx, s, id)
		if shown, err := absent(err); !shown {
			return false, err
		}
		a, err := tx.Party(ctx, s, r.MentorID, r.MentorURI)
		return a.Name == "Name of ana", err
	},
}

func absent(err error) (bool, error) {
	if errors.Is(err, node.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// TestBetweenTwo asks every reader of requests and messages for every viewer: only
// the two see anything, whatever else somebody holds (product.md 5.4).
func TestBetweenTwo(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	ana, bob := g.viewers["ana"], g.viewers["bob"]
	id, now := newID(), g.Clock.Now()
	write(t, g.DB, func(ctx context.Context, tx *store.Tx) error {
		err := tx.PutMentorRequest(ctx, &node.MentorRequest{
			ID: id, URI: "https://node.example.org/r", OfferURI: "https://node.example.org/o", MentorID: ana.Person, LearnerID: bob.Person,
			State: node.RequestAccepted, CreatedAt: now, UpdatedAt: now, Version: 1,
		})
		if err != nil {
			return err
		}
		_, err = tx.InsertMessage(ctx, &node.Message{ID: newID(), URI: "https://node.example.org/m", ThreadID: id, FromID: ana.Person, ToID: bob.Person, Body: "hello", SentAt: now})
		return err
	})
	g.viewers["holds the group"] = access.Viewer{Operator: true, Role: node.Admin, Groups: []uuid.UUID{id}}
	for reader, read := range between {
		for name, v := range g.viewers {
			view(t, g.DB, func(ctx context.Context, tx *store.Tx) error {
				got, err := read(ctx, tx, access.ScopeOf(v), id)
				if want := v.Person == ana.Person || v.Person == bob.Person; got != want {
					t.Errorf("%s, %s: shown = %v, want %v", reader, name, got, want)
				}
				return err
			})
		}
	}
}

// TestCorrespondent finds somebody by their card, or by their offer, for whom the
// network of either is theirs.
func TestCorrespondent(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	for a, c := range g.cards {
		for name, v := range g.viewers {
			s := access.ScopeOf(v)
			view(t, g.DB, func(ctx context.Context, tx *store.Tx) error {
				for _, ref := range []string{c.ID.String(), c.ActorURI} {
					uri, err := tx.Correspondent(ctx, s, ref, g.Clock.Now())
					if got, err := absent(err); err != nil || got != s.Includes(a) || got && uri != c.ActorURI {
						t.Errorf("%s finds %s: %v, %v", name, ref, got, err)
					}
				}
				_, err := tx.Correspondent(ctx, s, c.ActorURI, c.ExpiresAt)
				if got, err := absent(err); got || err != nil {
					t.Errorf("%s finds an expired card: %v", name, err)
				}
				return nil
			})
		}
	}
	view(t, g.DB, func(ctx context.Context, tx *store.Tx) error {
		for a := range g.cards {
			uri, err := tx.Correspondent(ctx, access.Scope{a}, "@zoe@other.example", g.Clock.Now())
			if err != nil || uri != "https://other.example/users/zoe" {
				t.Errorf("by an offer for %s: %s, %v", a, uri, err)
			}
		}
		return nil
	})
}
