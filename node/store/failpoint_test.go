package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/peers"
	"github.com/poweron-network/poweron/node/people"
	"github.com/poweron-network/poweron/node/store"
)

var errFault = errors.New("planted fault")

// intents are what must be done as a whole or not at all: each prepares a node
// and returns the act.
var intents = map[string]func(*testing.T, *nodetest.Node) func(context.Context) error{
	"post": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		zoe, v := n.Remote(t, "zoe", "other.example"), n.Viewer(t, "ana")
		follow(t, n, n.Admin, zoe, following.Organization)
		a := n.Arrival(t, zoe, "question")
		receive(t, n, a)
		return func(ctx context.Context) error {
			_, err := n.Conversation.Post(ctx, v, node.PostInput{Audience: node.Public, Lang: "en", Text: "An answer", InReplyTo: a.Item.URI})
			return err
		}
	},
	"edit": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		i := post(t, n, n.Admin)
		return func(ctx context.Context) error {
			_, err := n.Conversation.EditPost(ctx, n.Admin, i.ID, node.PostInput{Lang: "es", Text: "Hola"})
			return err
		}
	},
	"delete": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		zoe := n.Remote(t, "zoe", "other.example")
		followed(t, n, zoe, n.Organization.ID)
		i := post(t, n, n.Admin)
		n.FanOut(t)
		return func(ctx context.Context) error { return n.Conversation.Delete(ctx, n.Admin, i.ID) }
	},
	"gathering": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := n.Gathering.Announce(ctx, n.Admin, gatheringInput())
			return err
		}
	},
	"move a gathering": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		i, err := n.Gathering.Announce(t.Context(), n.Admin, gatheringInput())
		if err != nil {
			t.Fatal(err)
		}
		in := gatheringInput()
		in.Start, in.Place = "2026-12-12T11:00", "Town Hall"
		return func(ctx context.Context) error { _, err := n.Gathering.Edit(ctx, n.Admin, i.ID, in); return err }
	},
	"follow": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		zoe, v := n.Remote(t, "zoe", "other.example"), n.Viewer(t, "ana")
		return func(ctx context.Context) error {
			_, err := n.Following.Follow(ctx, v, zoe.URI, following.Person)
			return err
		}
	},
	"unfollow": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		zoe := n.Remote(t, "zoe", "other.example")
		follow(t, n, n.Admin, zoe, following.Organization)
		return func(ctx context.Context) error {
			return n.Following.Unfollow(ctx, n.Admin, zoe.URI, following.Organization)
		}
	},
	"take a follow": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		zoe := n.Remote(t, "zoe", "other.example")
		followed(t, n, zoe, n.Organization.ID) // a second one, of the same
		return func(ctx context.Context) error {
			return n.Following.ReceiveFollow(ctx, zoe, n.Origin.OrganizationURI(n.Organization.ID), zoe.URI+"/follows/2")
		}
	},
	"take activity": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		zoe := n.Remote(t, "zoe", "other.example")
		return func(ctx context.Context) error {
			fresh, err := n.Peers.Take(ctx, incoming(zoe, "a1"))
			if err == nil && !fresh {
				err = errors.New("not fresh")
			}
			return err
		}
	},
	"take a mention": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		zoe, ana := n.Remote(t, "zoe", "other.example"), n.Viewer(t, "ana")
		follow(t, n, n.Admin, zoe, following.Organization)
		own := post(t, n, n.Admin)
		a := n.Arrival(t, zoe, "reply")
		a.Open, a.Named, a.Item.InReplyTo = false, []string{actorURI(t, n, ana)}, own.URI
		return func(ctx context.Context) error {
			again := a
			item := *a.Item
			again.Item = &item
			fate, err := n.Conversation.Receive(ctx, again)
			if err == nil && fate != conversation.Stored {
				err = errors.New(string(fate))
			}
			return err
		}
	},
	"accept what is held": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		zoe, own := n.Remote(t, "zoe", "other.example"), post(t, n, n.Admin)
		a := n.Arrival(t, zoe, "reply")
		a.Item.InReplyTo = own.URI
		receive(t, n, a)
		return func(ctx context.Context) error { return n.Conversation.AcceptHeld(ctx, n.Admin, a.Item.ID) }
	},
	"set followable off": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		zoe, yan, v := n.Remote(t, "zoe", "other.example"), n.Remote(t, "yan", "third.example"), n.Viewer(t, "ana")
		p, err := n.People.Person(t.Context(), v, "ana")
		if err != nil {
			t.Fatal(err)
		}
		followed(t, n, zoe, p.ActorID)
		follow(t, n, v, yan, following.Person)
		for range 2 {
			post(t, n, v)
		}
		if _, err := n.People.SaveProfile(t.Context(), v, people.Profile{Handle: "ana", Name: "Ana"}); err != nil {
			t.Fatal(err)
		}
		n.FanOut(t)
		return func(ctx context.Context) error { _, err := n.People.SetFollowable(ctx, v, "ana", false); return err }
	},
	"sign in": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		token := n.Link[strings.LastIndexByte(n.Link, '/')+1:]
		return func(ctx context.Context) error { _, err := n.People.SignIn(ctx, token); return err }
	},
	"fan out": func(t *testing.T, n *nodetest.Node) func(context.Context) error {
		for _, host := range []string{"a.example", "b.example", "c.example"} {
			followed(t, n, n.Remote(t, "zoe", host), n.Organization.ID)
		}
		n.FanOut(t)
		post(t, n, n.Admin)
		e := n.Outbox(t)[0]
		sub, err := n.Delivery.Subject(t.Context(), e)
		if err != nil || len(sub.Inboxes) != 3 {
			t.Fatalf("subject is %+v, %v", sub, err)
		}
		return func(ctx context.Context) error {
			_, err := n.Delivery.FanOut(ctx, e, []byte(`{}`), sub.Inboxes)
			return err
		}
	},
}

// TestR2AllOrNothing makes each statement of each intent fail in turn, also the
// writer's own: nothing of the intent may be there afterwards. When none fails
// any more, all of it is there.
func TestR2AllOrNothing(t *testing.T) {
	t.Parallel()
	for name, prepare := range intents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := nodetest.NewNode(t, "ana")
			act := prepare(t, n)
			before := dump(t, n)
			steps := 0
			for at := 1; ; at++ {
				calls, fired := 0, ""
				n.DB.Before(func(q string) error {
					if calls++; calls == at {
						fired = q
						return errFault
					}
					return nil
				})
				err := act(t.Context())
				n.DB.Before(nil)
				if fired == "" {
					if err != nil {
						t.Fatalf("without a fault: %v", err)
					}
					break
				}
				steps = at
				if !errors.Is(err, errFault) {
					t.Fatalf("a fault at step %d (%s) is answered with %v", at, short(fired), err)
				}
				if diff := cmp.Diff(before, dump(t, n)); diff != "" {
					t.Fatalf("after a fault at step %d (%s):\n%s", at, short(fired), diff)
				}
			}
			if steps < 5 {
				t.Errorf("only %d steps: was the act done at all?", steps)
			}
			if slices.Equal(before, dump(t, n)) {
				t.Error("the act changed nothing")
			}
			n.Verify(t)
		})
	}
}

func short(q string) string {
	return strings.Join(strings.Fields(q)[:min(4, len(strings.Fields(q)))], " ")
}

func dump(t *testing.T, n *nodetest.Node) []string {
	t.Helper()
	rows, err := n.DB.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func post(t *testing.T, n *nodetest.Node, v access.Viewer) *node.Item {
	t.Helper()
	i, err := n.Conversation.Post(t.Context(), v, node.PostInput{AsOrganization: !v.Followable, Audience: node.Public, Lang: "en", Text: "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func gatheringInput() node.GatheringInput {
	return node.GatheringInput{AsOrganization: true, Audience: node.Public, Lang: "en", Name: "Autumn gathering", Start: "2026-12-12T10:00", End: "2026-12-12T17:00", Zone: "UTC", Place: "Hall"}
}

func follow(t *testing.T, n *nodetest.Node, v access.Viewer, a *node.RemoteActor, as following.As) {
	t.Helper()
	if _, err := n.Following.Follow(t.Context(), v, a.URI, as); err != nil {
		t.Fatal(err)
	}
}

// followed lets a follow one of our actors.
func followed(t *testing.T, n *nodetest.Node, a *node.RemoteActor, actor uuid.UUID) {
	t.Helper()
	target := n.Origin.OrganizationURI(actor)
	if actor != n.Organization.ID {
		target = n.Origin.PersonURI(actor)
	}
	if err := n.Following.ReceiveFollow(t.Context(), a, target, a.URI+"/follows/1"); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, n *nodetest.Node, a conversation.Arrival) {
	t.Helper()
	if fate, err := n.Conversation.Receive(t.Context(), a); err != nil || fate != conversation.Stored && fate != conversation.HeldNow {
		t.Fatalf("receive: %s, %v", fate, err)
	}
}

// actorURI is the id of a followable person's actor.
func actorURI(t *testing.T, n *nodetest.Node, v access.Viewer) string {
	t.Helper()
	author, actor := node.Author{}, uuid.Nil
	err := n.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		author, actor, err = tx.AuthorFor(t.Context(), v, false, node.Public, n.Origin)
		return err
	})
	if err != nil || actor == uuid.Nil {
		t.Fatalf("%v has no actor: %v", v.Person, err)
	}
	return author.URI
}

func incoming(a *node.RemoteActor, name string) peers.Incoming {
	uri := a.URI + "/activities/" + name
	return peers.Incoming{
		Source:      &node.Source{URI: uri, Raw: []byte(`{"id":"` + uri + `"}`), SignerKey: a.URI + "#main-key", Scheme: "cavage", ActorURI: a.URI},
		Fingerprint: name, Lane: a.URI,
	}
}
