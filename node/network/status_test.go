package network_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/store"
)

func TestNamingANetwork(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	ctx := t.Context()
	for _, ref := range []string{"", "ptp", "PTP", "@ptp@node.example.org", h.net.ID.String(), h.net.URI, h.net.MembersURI, h.net.Page} {
		if n, err := h.Networks.Network(ctx, h.Admin, ref); err != nil || n.ID != h.net.ID {
			t.Errorf("%q is %+v, %v", ref, n, err)
		}
	}
	_, err := h.Networks.Network(ctx, h.Admin, "ptq")
	check(t, "unknown", err, "error.network.unknown")
	var f *node.FieldError
	if errors.As(err, &f); f.Args["networks"] != "ptp@node.example.org" {
		t.Errorf("an unknown one does not tell which there are: %v", err)
	}
	if n, err := h.Networks.Network(ctx, access.Visitor, "ptp"); err != nil || n.ID != h.net.ID {
		t.Errorf("a visitor asks for a network that we host: %+v, %v", n, err)
	}
	if _, err := h.Networks.Networks(ctx, access.Visitor); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a visitor lists networks: %v", err)
	}
	if _, err := h.Networks.Found(ctx, h.Operator, network.NewNetwork{Name: "Second", Handle: "second"}); err != nil {
		t.Fatal(err)
	}
	_, err = h.Networks.Network(ctx, h.Admin, "")
	check(t, "one of two", err, "error.network.which")
	empty := nodetest.NewNode(t)
	_, err = empty.Networks.Network(ctx, empty.Admin, "")
	check(t, "none", err, "error.network.none")
	j := newJoined(t)
	_, err = j.Networks.Network(ctx, access.Visitor, "ptp")
	check(t, "a visitor asks for one that we are in", err, "error.network.none")
}

func TestAudience(t *testing.T) {
	t.Parallel()
	j := newJoined(t)
	ana := j.Person(t, "ana", node.Member)
	for name, want := range map[string]node.Audience{
		"public": node.Public, "node": node.OrganizationOnly(j.Organization.ID), "networks": node.Networks, "network:": node.NetworkOnly(j.net.ID),
		"network:ptp": node.NetworkOnly(j.net.ID), "network:ptp@hub.example": node.NetworkOnly(j.net.ID), " network:PTP ": node.NetworkOnly(j.net.ID),
	} {
		if got, err := j.Networks.Audience(t.Context(), ana, name); err != nil || got != want {
			t.Errorf("%q is %s, %v", name, got, err)
		}
	}
	for name, key := range map[string]string{"": "error.audience.unknown", "all": "error.audience.unknown", "network:other": "error.network.unknown"} {
		_, err := j.Networks.Audience(t.Context(), ana, name)
		check(t, name, err, key)
	}
	asked := applyTo(t, "hub.example")
	_, err := asked.Networks.Audience(t.Context(), asked.Admin, "network:ptp")
	check(t, "who only asked", err, "error.network.notmember")
	_, err = asked.Networks.Audience(t.Context(), asked.Admin, "networks")
	check(t, "who only asked, for all", err, "error.network.none")
	if names, err := j.Networks.Names(t.Context()); err != nil || len(names) != 1 || names[j.net.ID].Username != "ptp" {
		t.Errorf("names are %+v, %v", names, err)
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	for _, host := range []string{"a.example", "b.example", "c.example"} {
		h.member(t, host)
	}
	check(t, "suspend", h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, "org@a.example"), "")
	if err := h.Networks.ReceiveLeave(t.Context(), orgURI("b.example"), h.net.URI); err != nil {
		t.Fatal(err)
	}
	if err := h.Networks.ReceiveJoin(t.Context(), h.application("asks.example", 1)); err != nil {
		t.Fatal(err)
	}
	seen := h.Clock.Now().Add(-time.Hour)
	write(t, h.Node, func(ctx context.Context, tx *store.Tx) error {
		return tx.PutHost(ctx, &node.HostState{Host: "c.example", LastOK: seen, Failures: 3})
	})
	statuses := func(v access.Viewer) (list []node.MemberStatus) {
		t.Helper()
		all, err := h.Networks.Members(t.Context(), v, h.net.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			list = append(list, m.Status)
			if m.OrganizationURI == orgURI("c.example") && (!m.LastSeen.Equal(seen) || !m.Failing) {
				t.Errorf("whose server fails is %+v", m)
			}
			if m.OrganizationURI == orgURI("a.example") && (!m.LastSeen.IsZero() || m.Failing) {
				t.Errorf("whom nothing was sent is %+v", m)
			}
			if (m.Why != "") != (access.CanCoordinate(v, h.net.ID) && m.OrganizationURI != h.Origin.OrganizationURI(h.Organization.ID)) {
				t.Errorf("%v reads why %s applied: %q", v.Role, m.Name, m.Why)
			}
		}
		return list
	}
	ana := h.Person(t, "ana", node.Member)
	if got, want := statuses(ana), []node.MemberStatus{node.MemberActive, node.MemberActive, node.MemberSuspended, node.MemberLeft}; !slices.Equal(got, want) {
		t.Errorf("a member sees %v", got)
	}
	if got, want := statuses(h.Viewer(t, "ada")), []node.MemberStatus{node.MemberActive, node.MemberActive, node.MemberSuspended, node.MemberPending, node.MemberLeft}; !slices.Equal(got, want) {
		t.Errorf("a coordinator sees %v", got)
	}
	_, err := h.Networks.Member(t.Context(), ana, h.net.ID, "asks@asks.example")
	check(t, "who only asked", err, "error.member.unknown")
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "remote": access.Remote("https://c.example/ap/node", h.net.ID)} {
		if _, err := h.Networks.Members(t.Context(), v, h.net.ID); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s lists members: %v", name, err)
		}
		if _, err := h.Networks.History(t.Context(), v, h.net.ID); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("%s reads the history: %v", name, err)
		}
		if _, err := h.Networks.Applications(t.Context(), v, h.net.ID); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s lists applications: %v", name, err)
		}
	}
}

func TestVocabulary(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	ctx, id := t.Context(), h.net.ID
	put := func(code, en, es string) error {
		return h.Networks.PutTag(ctx, h.Admin, &node.NetworkTag{NetworkID: id, Code: code, Labels: node.Text{"en": en, "es": es}, Synonyms: map[string][]string{"en": {" Doorstep ", "Doorstep", ""}}})
	}
	check(t, "a tag", put(" Door-Knocking", "Door\u202e knocking", "Puerta a puerta"), "")
	check(t, "another", put("canvassing", "Canvassing", "Campaña"), "")
	for code, key := range map[string]string{"": "error.tag.code", "door knocking": "error.tag.code", "-x": "error.tag.code", "é": "error.tag.code"} {
		check(t, code, put(code, "A", "B"), key)
	}
	check(t, "no Spanish", put("x", "X", " "), "error.tag.label")
	check(t, "into itself", h.Networks.MergeTag(ctx, h.Admin, id, "canvassing", "canvassing"), "error.tag.circle")
	check(t, "into what is not there", h.Networks.MergeTag(ctx, h.Admin, id, "canvassing", "nothing-at-all"), "error.tag.unknown")
	check(t, "merge", h.Networks.MergeTag(ctx, h.Admin, id, "door-knocking", "canvassing"), "")
	check(t, "a circle", h.Networks.MergeTag(ctx, h.Admin, id, "canvassing", "door-knocking"), "error.tag.circle")
	check(t, "a built-in one", h.Networks.MergeTag(ctx, h.Admin, id, "canvassing", "community-organizing"), "")
	check(t, "retire a built-in one", h.Networks.RetireTag(ctx, h.Admin, id, "one-on-ones"), "")
	for name, v := range map[string]access.Viewer{"visitor": access.Visitor, "editor": h.Person(t, "ed", node.Editor)} {
		if err := h.Networks.RetireTag(ctx, v, id, "canvassing"); !errors.Is(err, node.ErrForbidden) {
			t.Errorf("%s retires: %v", name, err)
		}
	}
	tags, err := h.Networks.Tags(ctx, id)
	if err != nil || len(tags) != 3 {
		t.Fatalf("tags are %+v, %v", tags, err)
	}
	if c, d, o := tags[0], tags[1], tags[2]; c.Into != "community-organizing" || d.Into != "community-organizing" || d.Labels["en"] != "Door knocking" ||
		!slices.Equal(d.Synonyms["en"], []string{"Doorstep"}) || o.Code != "one-on-ones" || o.RetiredAt.IsZero() {
		t.Errorf("tags are %+v", tags)
	}
	check(t, "back again", put("door-knocking", "Doors", "Puertas"), "")
	j := newJoined(t)
	check(t, "a member", j.Networks.RetireTag(ctx, j.Admin, j.net.ID, "x"), "error.network.nothub")
	bad := node.NetworkTag{Code: "Not A Code!"}
	for range 2 {
		if err := j.Networks.ReceiveTags(ctx, j.net.ID, append(slices.Clone(tags), bad)); err != nil {
			t.Fatal(err)
		}
		if got, err := j.Networks.Tags(ctx, j.net.ID); err != nil || len(got) != 3 || got[1].Labels["es"] != "Puerta a puerta" || got[1].NetworkID != j.net.ID || got[2].RetiredAt.IsZero() {
			t.Errorf("received are %+v, %v", got, err)
		}
	}
	if err := j.Networks.ReceiveTags(ctx, j.net.ID, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := j.Networks.Tags(ctx, j.net.ID); err != nil || len(got) != 0 {
		t.Errorf("of an empty vocabulary there is %+v, %v", got, err)
	}
}
