package fedtest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/following"
	"github.com/poweron-network/poweron/node/store"
)

// find returns the item with this URI from a list, or nil.
func find(list []*node.Item, uri string) *node.Item {
	for _, i := range list {
		if i.URI == uri {
			return i
		}
	}
	return nil
}

// clean fails the test if a node's data contradicts itself.
func clean(t *testing.T, c *fedtest.Cluster) {
	t.Helper()
	for _, n := range c.Nodes {
		err := n.DB.View(t.Context(), func(tx *store.Tx) error {
			counts, faults, err := tx.Verify(t.Context())
			if len(faults) > 0 {
				t.Errorf("%s: %v", n.Handle, faults)
			}
			if counts["queued"]+counts["jobs"]+counts["failedJobs"] > 0 {
				t.Errorf("%s is not settled: %v", n.Handle, counts)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestPostTravels(t *testing.T) {
	c := fedtest.New(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	centro.Follow(river.At("river"))

	list, err := centro.Following.Following(t.Context(), centro.Admin)
	if err != nil || len(list) != 1 || list[0].State != node.Accepted {
		t.Fatalf("following: %+v, %v", list, err)
	}
	followers, err := river.Following.Followers(t.Context(), river.Admin)
	if err != nil || len(followers) != 1 || followers[0].Actor.Handle() != "centro@"+centro.Origin.Host() {
		t.Fatalf("followers: %+v, %v", followers, err)
	}

	i := river.Post("update: the hall is **open** on Tuesday")
	c.Settle()
	got := find(centro.Home(), i.URI)
	if got == nil || got.Body.In("en", "") != i.Body.In("en", "") || got.Author.Host != river.Origin.Host() {
		t.Fatalf("centro reads %+v", got)
	}
	if got.Audience == node.Public {
		t.Error("a received item is public here")
	}

	if _, err := river.Conversation.EditPost(t.Context(), river.Admin, i.ID, node.PostInput{Text: "the hall is closed"}); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if got := find(centro.Home(), i.URI); got == nil || !strings.Contains(got.Body.In("en", ""), "closed") || !got.Edited() {
		t.Fatalf("after the edit centro reads %+v", got)
	}

	if err := river.Conversation.Delete(t.Context(), river.Admin, i.ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if got := find(centro.Home(), i.URI); got != nil {
		t.Fatalf("after the deletion centro reads %+v", got)
	}
	clean(t, c)
}

func TestNodeAudienceStays(t *testing.T) {
	c := fedtest.New(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	centro.Follow(river.At("river"))
	i, err := river.Conversation.Post(t.Context(), river.Admin, node.PostInput{AsOrganization: true, Audience: node.OrganizationOnly(river.Admin.Organization), Text: "only us"})
	if err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if find(centro.Home(), i.URI) != nil {
		t.Error("a post for the organization left the node")
	}
	clean(t, c)
}

func TestProfileWithSkillsTravels(t *testing.T) {
	c := fedtest.New(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	all := river.Skills.All("en")
	skills := []node.PersonSkill{
		{Tag: all[0].Code, Stance: node.Offer, Level: 3, CanMentor: true},
		{Tag: all[1].Code, Stance: node.Learning, Level: 1},
		{Tag: all[2].Code, Stance: node.Interest},
	}
	ana := river.Person("ana", true, skills...)
	river.Person("hidden", false)
	centro.Follow(river.At("ana"))
	a, err := centro.Following.ActorByHandle(t.Context(), centro.Admin, "ana", river.Origin.Host())
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Skills) != 3 || a.JobTitle != "Organizer" {
		t.Fatalf("centro knows %+v", a)
	}
	for _, want := range skills {
		if !slices.ContainsFunc(a.Skills, func(s node.PersonSkill) bool {
			return s.Tag == want.Tag && s.Stance == want.Stance && s.Level == want.Level && s.CanMentor == want.CanMentor
		}) {
			t.Errorf("skill %+v did not arrive: %+v", want, a.Skills)
		}
	}
	if _, err := centro.Following.Follow(t.Context(), centro.Admin, river.At("hidden"), following.Organization); err == nil {
		t.Error("a person who is not followable can be followed")
	}

	i, err := river.Conversation.Post(t.Context(), ana, node.PostInput{Audience: node.Public, Lang: "en", Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if find(centro.Home(), i.URI) == nil {
		t.Fatal("ana's post did not arrive")
	}

	if _, err := river.People.SetFollowable(t.Context(), ana, "ana", false); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if find(centro.Home(), i.URI) != nil {
		t.Error("ana's post is still there after she closed her profile")
	}
	if _, err := river.Conversation.Item(t.Context(), access.Visitor, i.ID); !errors.Is(err, node.ErrGone) {
		t.Errorf("her post answers %v", err)
	}
	clean(t, c)
}

func TestGatheringAndItsChangesTravel(t *testing.T) {
	c := fedtest.New(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	centro.Follow(river.At("river"))
	in := node.GatheringInput{
		AsOrganization: true, Audience: node.Public, Lang: "en", Name: "Hall: open evening", Start: "2030-12-12T18:00", End: "2030-12-12T20:00", Zone: "Europe/London",
		Place: "Stretford Hall", Link: "https://meet.example/x", Languages: []string{"en", "es"},
	}
	i, err := river.Gathering.Announce(t.Context(), river.Admin, in)
	if err != nil {
		t.Fatal(err)
	}
	c.Settle()
	got := find(centro.Home(), i.URI)
	if got == nil || got.Gathering == nil || !got.Gathering.Start.Equal(i.Gathering.Start) || got.Gathering.Zone != "Europe/London" ||
		got.Gathering.Place != "Stretford Hall" || got.Title.In("en", "") != "Hall: open evening" {
		t.Fatalf("centro reads %+v %+v", got, got.Gathering)
	}
	if _, err := river.Gathering.Cancel(t.Context(), river.Admin, i.ID); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	home := centro.Home()
	if got := find(home, i.URI); got == nil || got.Gathering.Status != node.Cancelled {
		t.Fatalf("after the cancellation centro reads %+v", got)
	}
	if !slices.ContainsFunc(home, func(n *node.Item) bool {
		return n.InReplyTo == i.URI && strings.Contains(n.Body.In("en", ""), "Cancelled")
	}) {
		t.Error("the cancellation was not said in words")
	}
	clean(t, c)
}

func TestRepliesFromUnknownServersAreHeld(t *testing.T) {
	c := fedtest.New(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	centro.Follow(river.At("river")) // river does not follow centro: unknown to it
	i := river.Post("who brings chairs?")
	c.Settle()
	reply, err := centro.Conversation.Post(t.Context(), centro.Admin, node.PostInput{AsOrganization: true, Audience: node.Public, Lang: "en", Text: "we do", InReplyTo: i.URI})
	if err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if find(river.Home(), reply.URI) != nil {
		t.Fatal("a reply of an unknown server is shown unasked")
	}
	held, err := river.Conversation.Held(t.Context(), river.Admin, 10)
	if err != nil || len(held) != 1 || held[0].URI != reply.URI {
		t.Fatalf("held: %v, %v", held, err)
	}
	if err := river.Conversation.AcceptHeld(t.Context(), river.Admin, held[0].ID); err != nil {
		t.Fatal(err)
	}
	list, err := river.Conversation.Replies(t.Context(), river.Admin, i.URI)
	if err != nil || len(list) != 1 {
		t.Fatalf("replies: %v, %v", list, err)
	}
	if list, err := river.Conversation.Replies(t.Context(), access.Visitor, i.URI); err != nil || len(list) != 0 {
		t.Fatalf("a visitor reads %v, %v", list, err)
	}
	clean(t, c)
}

func TestUnfollowEnds(t *testing.T) {
	c := fedtest.New(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	for range 2 {
		centro.Follow(river.At("river"))
		if err := centro.Following.Unfollow(t.Context(), centro.Admin, river.At("river"), following.Organization); err != nil {
			t.Fatal(err)
		}
		c.Settle()
		if list, err := river.Following.Followers(t.Context(), river.Admin); err != nil || len(list) != 0 {
			t.Fatalf("followers after the end: %v, %v", list, err)
		}
	}
	i := river.Post("nobody hears this")
	c.Settle()
	if find(centro.Home(), i.URI) != nil {
		t.Error("a post arrived after the follow ended")
	}
	clean(t, c)
}

// TestDeletedWordsAreGone looks for a deleted and an edited note's words in the stored documents.
func TestDeletedWordsAreGone(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c, n := victim(t, peer)
	note, other := peer.Note("canary-first"), peer.Note("canary-other")
	peer.Send(n, peer.Activity("Create", note))
	peer.Send(n, peer.Activity("Create", other))
	c.Settle()
	note["content"], note["updated"] = "canary-second", peer.Now().UTC().Add(time.Second).Format(time.RFC3339)
	peer.Send(n, peer.Activity("Update", note))
	peer.Send(n, peer.Activity("Delete", other["id"]))
	c.Settle()
	stored := func(words string) bool {
		found := false
		err := n.DB.View(t.Context(), func(tx *store.Tx) error {
			for id := range int64(1000) {
				if s, err := tx.Source(t.Context(), id); err == nil && strings.Contains(string(s.Raw), words) {
					found = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if stored("canary-first") || stored("canary-other") || !stored("canary-second") {
		t.Errorf("stored: first %v, other %v, second %v", stored("canary-first"), stored("canary-other"), stored("canary-second"))
	}
	clean(t, c)
}

// TestOwnNodesSpeakEd25519 looks at the scheme of what arrives once both sides know each other (FEP-844e).
func TestOwnNodesSpeakEd25519(t *testing.T) {
	c := fedtest.New(t, "river", "centro")
	river, centro := c.Nodes[0], c.Nodes[1]
	centro.Follow(river.At("river"))
	river.Finder.Learn(t.Context(), centro.Origin.Host())
	i := river.Post("signed with the small key")
	c.Settle()
	got := find(centro.Home(), i.URI)
	if got == nil {
		t.Fatal("the post did not arrive")
	}
	src, err := centro.Peers.Source(t.Context(), got.SourceID)
	if err != nil || src.Scheme != "rfc9421-ed25519" || !strings.HasSuffix(src.SignerKey, "#ed25519") {
		t.Errorf("it came as %s by %s, %v", src.Scheme, src.SignerKey, err)
	}
	clean(t, c)
}

// TestKeyThatCannotBeHadForNow: who answers 401 and Retry-After is asked again.
func TestKeyThatCannotBeHadForNow(t *testing.T) {
	peer := fedtest.NewPeer(t, 1, "Person")
	c := fedtest.New(t, "river")
	n := c.Nodes[0]
	peer.Send(n, peer.Activity("Follow", n.Origin.OrganizationURI(n.Admin.Organization)))
	c.Settle()
	peer.Answer.Store(401)
	n.Post("said while our key could not be fetched")
	c.Settle()
	peer.Answer.Store(0)
	c.Clock.Add(2 * time.Minute)
	c.Settle()
	if got := len(peer.Received("Create")); got != 1 {
		t.Errorf("%d Creates arrived", got)
	}
	clean(t, c)
}
