package following_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// TestE2RemoteProfileIsForItsNetwork: what a member's server tells this node of
// its people is for those here who are in a network with it, while it is in it.
func TestE2RemoteProfileIsForItsNetwork(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	zoe := w.Remote(t, "zoe", "far.example")
	told := *zoe
	told.JobTitle, told.Summary, told.Languages, told.Skills = "Canary", "<p>Canary</p>", []string{"en"}, []node.PersonSkill{{Tag: "facilitation", Stance: node.Offer, Level: 1}}
	src := &node.Source{URI: zoe.URI, Raw: []byte(`{}`), SignerKey: zoe.URI, Scheme: "fetched", ActorURI: zoe.URI}
	if err := w.Peers.PutActor(t.Context(), &told, nil, src); err != nil {
		t.Fatal(err)
	}
	w.Lookup.Put(&told)
	whole := func(v access.Viewer) bool {
		t.Helper()
		known, err := w.Following.ActorByHandle(t.Context(), v, "zoe", "far.example")
		if err != nil {
			t.Fatal(err)
		}
		found, err := w.Following.Find(t.Context(), v, zoe.URI)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []*node.RemoteActor{known, found} {
			some := a.JobTitle != "" || a.Summary != "" || len(a.Languages)+len(a.Skills) > 0
			all := a.JobTitle != "" && a.Summary != "" && len(a.Languages) == 1 && len(a.Skills) == 1
			if some != all || a.Name == "" || (found.JobTitle == "") != (known.JobTitle == "") {
				t.Errorf("of her is shown %+v", a)
			}
		}
		return known.JobTitle != ""
	}
	if !whole(w.ana) {
		t.Error("what everyone may read is hidden")
	}
	net := w.JoinNetwork(t, "ptp")
	m := w.Member(t, net, "https://far.example/org", "https://far.example")
	ana := w.Viewer(t, "ana")
	guest := access.Viewer{Person: uuid.New(), Organization: uuid.New(), Role: node.Admin, Guest: true, Networks: []uuid.UUID{uuid.New()}}
	if !whole(ana) || whole(guest) {
		t.Errorf("a member sees it: %v, a guest in another network: %v", whole(ana), whole(guest))
	}
	for _, status := range []node.MemberStatus{node.MemberSuspended, node.MemberActive} {
		m.Status = status
		if err := w.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.PutMembership(t.Context(), m) }); err != nil {
			t.Fatal(err)
		}
		if whole(ana) != (status == node.MemberActive) {
			t.Errorf("of a member that is %s it is shown: %v", status, whole(ana))
		}
	}
}

// TestNobodyFollowsAnActorForMembers: who shows themself to the networks alone is
// nobody to followers, and is not told of them.
func TestNobodyFollowsAnActorForMembers(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	ana := w.ShowToNetworks(t, w.ana)
	p, err := w.People.Person(t.Context(), ana, "ana")
	if err != nil {
		t.Fatal(err)
	}
	eve := w.Remote(t, "eve", "evil.example")
	if err := w.Following.ReceiveFollow(t.Context(), eve, w.Origin.PersonURI(p.NetworkActorID), eve.URI+"/follow/1"); err != nil {
		t.Fatal(err)
	}
	if list := w.Outbox(t); len(list) != 0 {
		t.Errorf("it is answered with %+v", list)
	}
	if f := w.get(t, false, p.NetworkActorID, eve); f.State == node.Accepted {
		t.Errorf("she has the follower %+v", f)
	}
	if list, err := w.People.Notices(t.Context(), ana, 10); err != nil || len(list) != 0 {
		t.Errorf("she is told %+v, %v", list, err)
	}
}
