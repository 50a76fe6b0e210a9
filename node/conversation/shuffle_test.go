package conversation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

// shuffled is a note of somebody whom we follow, passed on by somebody else
// whom we follow. Its activities arrive in any order.
type shuffled struct {
	n              *nodetest.Node
	author, sharer *node.RemoteActor
	uri            string
	sources        map[string]int64 // the documents, by who passed them on and the age of their words
	deleted        bool             // the Delete is among them, so at its origin it is gone
}

// store keeps the documents, as Take does before they are worked on.
func (s *shuffled) store(ctx context.Context, tx *store.Tx) error {
	s.sources = map[string]int64{}
	for _, name := range []string{"0", "1", "2", "2" + s.sharer.URI} {
		src := &node.Source{URI: s.uri + "/" + name, Raw: fmt.Appendf(nil, `{"id":%q}`, s.uri), SignerKey: s.author.URI + "#main-key", Scheme: "cavage", ActorURI: s.author.URI}
		if err := tx.PutSource(ctx, src); err != nil {
			return err
		}
		s.sources[name] = src.ID
	}
	return nil
}

// say receives the note with its words of the given age.
func (s *shuffled) say(ctx context.Context, words int, edit bool, sharedBy string) error {
	start := s.n.Clock.Now().Add(-time.Hour)
	_, err := s.n.Conversation.Receive(ctx, conversation.Arrival{
		Item: &node.Item{
			URI: s.uri, Page: s.uri + "/page", Kind: node.KindPost, Lang: "en", Body: node.Text{"en": fmt.Sprint("words ", words)},
			PublishedAt: start, UpdatedAt: start.Add(time.Duration(words) * time.Minute),
		},
		Actor: s.author, Edit: edit, Open: true, Follower: true, SharedBy: sharedBy, SourceID: s.sources[fmt.Sprint(words, sharedBy)],
	})
	return err
}

// do lets one activity arrive.
func (s *shuffled) do(ctx context.Context, activity string) error {
	announce := s.sharer.URI + "/announces/" + s.uri[len(s.author.URI):]
	switch activity {
	case "Create":
		return s.say(ctx, 0, false, "")
	case "Update1":
		return s.say(ctx, 1, true, "")
	case "Update2":
		return s.say(ctx, 2, true, "")
	case "Announce":
		fate, err := s.n.Conversation.ReceiveReaction(ctx, "share", s.sharer, s.uri, announce)
		if err != nil || fate != conversation.Needed || s.deleted {
			return err
		}
		return s.say(ctx, 2, false, s.sharer.URI) // what its origin shows by now
	case "Undo":
		return s.n.Conversation.ReceiveUndoReaction(ctx, "share", s.sharer.URI, s.uri, announce)
	default:
		_, err := s.n.Conversation.ReceiveDelete(ctx, s.author.URI, s.uri, true)
		return err
	}
}

// end tells in what state the note is, in one line.
func (s *shuffled) end(ctx context.Context) (state string, err error) {
	err = s.n.DB.View(ctx, func(tx *store.Tx) error {
		i, err := tx.StoredItem(ctx, s.uri)
		if errors.Is(err, node.ErrNotFound) {
			state = "gone"
			return nil
		}
		if err == nil {
			state = fmt.Sprintf("%s for %s, %s, shared by %q", i.Body["en"], i.Audience.Kind(), i.State, i.SharedBy)
		}
		return err
	})
	return state, err
}

func (s *shuffled) run(ctx context.Context, order []string) error {
	for _, a := range order {
		if err := s.do(ctx, a); err != nil {
			return fmt.Errorf("%v: %s: %w", order, a, err)
		}
	}
	got, err := s.end(ctx)
	if err != nil {
		return err
	}
	want := `words 2 for organization, live, shared by ""`
	if s.deleted {
		want = "gone"
	}
	if got != want {
		return fmt.Errorf("%v ends in %s, want %s", order, got, want)
	}
	return nil
}

// TestA9ShuffledOrders lets six activities about one note arrive in any order,
// some of them twice: they end in one state.
func TestA9ShuffledOrders(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	author, sharer := n.Remote(t, "zoe", "author.example"), n.Remote(t, "max", "sharer.example")
	for _, a := range []*node.RemoteActor{author, sharer} {
		if _, err := n.Following.Follow(t.Context(), n.Admin, a.URI, following.Organization); err != nil {
			t.Fatal(err)
		}
	}
	const atOnce = 500 // so that they share commits
	least := 10000
	if testing.Short() {
		least = 1000
	}
	count := 0
	rapid.Check(t, func(rt *rapid.T) {
		if count >= least {
			return
		}
		notes, orders := make([]*shuffled, atOnce), make([][]string, atOnce)
		for k := range orders {
			activities := []string{"Create", "Update1", "Update2", "Announce", "Undo"}
			if rapid.Bool().Draw(rt, "deleted") {
				activities = append(activities, "Delete")
			}
			if rapid.Bool().Draw(rt, "twice") {
				activities = append(activities, rapid.SampledFrom(activities).Draw(rt, "again"))
			}
			orders[k] = rapid.Permutation(activities).Draw(rt, "order")
			count++
			notes[k] = &shuffled{n: n, author: author, sharer: sharer, uri: fmt.Sprintf("%s/notes/%d", author.URI, count), deleted: slices.Contains(activities, "Delete")}
		}
		err := n.DB.Write(t.Context(), func(tx *store.Tx) error {
			for _, s := range notes {
				if err := s.store(t.Context(), tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		faults := make([]error, atOnce)
		var wg sync.WaitGroup
		for k, s := range notes {
			wg.Go(func() { faults[k] = s.run(t.Context(), orders[k]) })
		}
		wg.Wait()
		if err := errors.Join(faults...); err != nil {
			rt.Fatal(err)
		}
	})
	if count < least {
		t.Errorf("%d orders, want %d", count, least)
	}
	n.Verify(t)
}
