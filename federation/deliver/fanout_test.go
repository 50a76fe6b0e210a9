package deliver_test

import (
	"testing"
)

func TestFanOutReachesEachServerOnce(t *testing.T) {
	s := newSender(t)
	a, b := newPeer(t, nil), newPeer(t, nil)
	s.follower(a, "ana", s.orgURI())
	s.follower(a, "ben", s.orgURI())
	s.follower(b, "cy", s.orgURI())
	i := s.post("Rent strike on Friday")
	if n := s.drain(); n != 2 {
		t.Errorf("%d attempts, want one for each server", n)
	}
	for _, p := range []*peer{a, b} {
		got := p.arrivals()
		if kinds(got) != "Create" || got[0].object() != i.URI || got[0].path != "/inbox" {
			t.Errorf("%s got %v", p.host, got)
		}
	}
	if r := s.receipts(i); r.Delivered != 2 || r.Waiting != 0 {
		t.Errorf("receipts %+v", r)
	}
}
