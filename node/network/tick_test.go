package network_test

import (
	"errors"
	"testing"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
)

// TestTicks follows the test card and the test announcement between a hub and a
// member, each with itself on one side.
func TestTicks(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	h.member(t, "east.example")
	h.drain(t)
	east := orgURI("east.example")
	receive := func(what ...string) string {
		t.Helper()
		for _, w := range what {
			if err := h.Networks.ReceiveTest(t.Context(), east, h.net.URI, w); err != nil {
				t.Fatal(w, err)
			}
		}
		var out string
		for _, e := range h.drain(t) {
			if e.Verb != node.Tested || e.Target != east {
				t.Errorf("announced is %+v", e)
			}
			out += " " + e.Ref
		}
		return out
	}
	if err := h.Networks.SendTests(t.Context(), h.net.ID, east); err != nil {
		t.Fatal(err)
	}
	if got := receive(); got != " card post" {
		t.Errorf("sent is%s", got)
	}
	// Ours has not gone through yet, so it is sent again; once it has, it is not.
	if got := receive(network.TestCard); got != " card-received card" {
		t.Errorf("a card is answered with%s", got)
	}
	if got := receive("card-received", network.TestCard, "post-received", network.TestPost); got != " card-received post-received" {
		t.Errorf("answered is%s", got)
	}
	if m := line(t, h.Node, h.net.ID, east); !m.Ticks.Complete() {
		t.Errorf("ticks are %+v", m.Ticks)
	}
	for name, err := range map[string]error{
		"something else": h.Networks.ReceiveTest(t.Context(), east, h.net.URI, "gift"),
		"the suspended": func() error {
			check(t, "suspend", h.Networks.Suspend(t.Context(), h.Admin, h.net.ID, "org@east.example"), "")
			return h.Networks.ReceiveTest(t.Context(), east, h.net.URI, network.TestCard)
		}(),
	} {
		if !errors.Is(err, node.ErrForbidden) {
			t.Errorf("a test with %s: %v", name, err)
		}
	}
	if err := h.Networks.ReceiveTest(t.Context(), orgURI("other.example"), h.net.URI, network.TestCard); !errors.Is(err, node.ErrNotFound) {
		t.Errorf("a test of a stranger: %v", err)
	}
	// A member tests with the hub only, and its own line shows it.
	j := newJoined(t)
	hubOrg := orgURI("hub.example")
	if err := j.Networks.ReceiveTest(t.Context(), hubOrg, j.hub.URI, network.TestPost); err != nil {
		t.Fatal(err)
	}
	if m := line(t, j.Node, j.net.ID, j.org); !m.Ticks.PostReceived || m.Ticks.PostSent {
		t.Errorf("our own line has the ticks %+v", m.Ticks)
	}
	j.apply(t, j.roster(2, j.active(j.org), j.active(hubOrg), j.active(east)))
	claim(t, j.Node, j.net.ID, "east.example")
	if err := j.Networks.ReceiveTest(t.Context(), east, j.hub.URI, network.TestPost); !errors.Is(err, node.ErrForbidden) {
		t.Errorf("a test with another member: %v", err)
	}
}
