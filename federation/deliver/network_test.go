package deliver_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
)

// member makes p the node of a member of a network of ours.
func (s *sender) member(ptp *node.Network, p *peer, change ...func(*node.Membership)) {
	s.t.Helper()
	s.Member(s.t, ptp, p.url+"/org", p.url, change...)
}

func (s *sender) postTo(ptp *node.Network, text string) *node.Item {
	s.t.Helper()
	s.Operator = s.Viewer(s.t, "")
	i, err := s.Conversation.Post(s.t.Context(), s.Operator, node.PostInput{AsOrganization: true, Audience: node.NetworkOnly(ptp.ID), Lang: "en", Text: text})
	if err != nil {
		s.t.Fatal(err)
	}
	return i
}

func expelled(m *node.Membership) { m.Status = node.MemberExpelled }

// TestNetworkActivities: members get what is for their network, addressed to it
// alone, by the actor that said it; a follower elsewhere gets nothing.
func TestNetworkActivities(t *testing.T) {
	t.Parallel()
	s, one, two, outside := newSender(t), newPeer(t, nil), newPeer(t, nil), newPeer(t, nil)
	ptp := s.JoinNetwork(t, "ptp")
	s.member(ptp, one)
	s.member(ptp, two)
	s.follower(two, "zoe", s.orgURI())
	s.follower(outside, "eve", s.orgURI())
	i := s.postTo(ptp, "hello")
	s.drain()
	s.edit(i, "hello!")
	s.drain()
	s.remove(i)
	s.drain()
	for _, p := range []*peer{one, two} {
		got := p.arrivals()
		if kinds(got) != "Create Update Delete" {
			t.Errorf("a member gets %q", kinds(got))
		}
		for _, a := range got {
			to, _ := a.doc["to"].([]any)
			audience, _ := a.doc["audience"].([]any)
			if !slices.Equal(to, []any{ptp.MembersURI}) || !slices.Equal(audience, []any{ptp.URI}) || a.doc["actor"] != s.orgURI() || a.object() != i.URI {
				t.Errorf("%s to %v, for %v, by %v, of %s", a.kind(), to, audience, a.doc["actor"], a.object())
			}
		}
	}
	if got := outside.arrivals(); len(got) != 0 {
		t.Errorf("a follower who is no member gets %q", kinds(got))
	}
}

// TestRemovedMemberIsNotSentTo looks at the roster again before each attempt: a
// delivery that was read before somebody was removed is given up.
func TestRemovedMemberIsNotSentTo(t *testing.T) {
	t.Parallel()
	s, p := newSender(t), newPeer(t, always(http.StatusServiceUnavailable))
	ptp := s.JoinNetwork(t, "ptp")
	s.member(ptp, p)
	i := s.postTo(ptp, "hello")
	s.drain()
	if got := p.arrivals(); kinds(got) != "Create" || s.receipts(i).Waiting != 1 {
		t.Fatalf("got %q, %+v", kinds(got), s.receipts(i))
	}
	s.member(ptp, p, expelled)
	p.say(nil)
	s.Clock.Add(time.Hour)
	s.drain()
	if got := p.arrivals(); len(got) != 0 || s.receipts(i) != (node.Receipts{Dropped: 1}) {
		t.Errorf("after they were removed they get %q, %+v", kinds(got), s.receipts(i))
	}
	s.remove(i)
	s.drain()
	if got := p.arrivals(); kinds(got) != "Delete" {
		t.Errorf("of what was being sent they get %q", kinds(got))
	}
}

// TestMemberThatDoesNotKnowYet: a member that has not heard yet that we are one
// answers 403; it is asked again. To others 403 is an answer for good.
func TestMemberThatDoesNotKnowYet(t *testing.T) {
	t.Parallel()
	s, p, follower := newSender(t), newPeer(t, always(http.StatusForbidden)), newPeer(t, always(http.StatusForbidden))
	ptp := s.JoinNetwork(t, "ptp")
	s.member(ptp, p)
	s.follower(follower, "eve", s.orgURI())
	i, open := s.postTo(ptp, "hello"), s.post("everyone")
	s.drain()
	if s.receipts(i).Waiting != 1 || s.receipts(open).Dropped != 1 {
		t.Fatalf("for the network %+v, for everyone %+v", s.receipts(i), s.receipts(open))
	}
	p.say(nil)
	p.arrivals()
	s.Clock.Add(time.Hour)
	s.drain()
	if got := p.arrivals(); kinds(got) != "Create" || s.receipts(i).Delivered != 1 {
		t.Errorf("got %q, %+v", kinds(got), s.receipts(i))
	}
}
