package browser_test

import (
	"testing"

	"github.com/poweron-network/poweron/cmd/fedtest"
)

// TestNetworkBrowser walks journey 5 in Chromium: an admin founds a network, the
// admin of another node joins it with a code and leaves it again.
func TestNetworkBrowser(t *testing.T) {
	dir := folder(t)
	c := fedtest.New(t, "river", "semilla")
	var in struct {
		Nodes []visited `json:"nodes"`
	}
	for _, n := range c.Nodes {
		v := visited{URL: n.URL, Organization: "The " + n.Handle, Handle: n.Handle, Me: "admin_" + n.Handle}
		var err error
		if v.SignIn, err = n.People.PersonLink(t.Context(), n.Admin, v.Me); err != nil {
			t.Fatal(err)
		}
		in.Nodes = append(in.Nodes, v)
	}
	work(t, c)
	found, ended := walk(t, dir, "network.mjs", in)
	judge(t, found, ended)
}
