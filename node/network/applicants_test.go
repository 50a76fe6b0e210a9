package network_test

import (
	"fmt"
	"testing"

	"github.com/poweron-network/poweron/node"
)

// TestD7OneApplicationOfAServer: a server that makes up ever new organizations has one
// application, and takes nothing from those who were in.
func TestD7OneApplicationOfAServer(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	was := h.member(t, "east.example")
	for n := range 5 {
		a := h.application("east.example", n+2)
		a.Organization.URI = fmt.Sprintf("https://east.example/ap/organizations/made-up-%d", n)
		if err := h.Networks.ReceiveJoin(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Networks.ReceiveJoin(t.Context(), h.application("west.example", 1)); err != nil {
		t.Fatal(err)
	}
	list, err := h.Networks.Applications(t.Context(), h.Admin, h.net.ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("applications are %+v, %v", list, err)
	}
	for _, m := range list {
		if m.OrganizationURI != orgURI("west.example") && m.OrganizationURI != "https://east.example/ap/organizations/made-up-4" {
			t.Errorf("%s asks", m.OrganizationURI)
		}
	}
	if m := line(t, h.Node, h.net.ID, orgURI("east.example")); m.ID != was.ID || m.Status != node.MemberActive {
		t.Errorf("the member is %+v", m)
	}
	h.Verify(t)
}
