package browser_test

import (
	"testing"

	"github.com/poweron-network/poweron/cmd/fedtest"
	"github.com/poweron-network/poweron/node/people"
)

// mentored is a walk of journey 3 as it is told of it: the mentor, then three learners.
type mentored struct {
	Lang   string    `json:"lang"`
	People []visited `json:"people"`
}

// TestMentoringBrowser walks journey 3 in Chromium over three nodes of one
// network, once in each language: the mentor of one walk is at home where
// learners of the other are.
func TestMentoringBrowser(t *testing.T) {
	dir := folder(t)
	c := fedtest.New(t, "river", "semilla", "centro")
	river, semilla, centro := c.Nodes[0], c.Nodes[1], c.Nodes[2]
	river.Join(river.Found("ptp"), semilla, centro)
	walks := []mentored{
		{"en", []visited{add(t, river, "ana", "Ana Torres", false), add(t, semilla, "luz", "Luz Marín", true), add(t, semilla, "bea", "Bea Ortiz", true), add(t, centro, "kim", "Kim Duarte", true)}},
		{"es", []visited{add(t, semilla, "ines", "Inés Vidal", false), add(t, river, "noor", "Noor Haddad", true), add(t, river, "tom", "Tom Reed", true), add(t, centro, "gil", "Gil Soto", true)}},
	}
	c.Settle()
	work(t, c)
	for _, in := range walks {
		t.Run(in.Lang, func(t *testing.T) {
			found, ended := walk(t, dir, "mentoring.mjs", in)
			judge(t, found, ended)
		})
	}
}

// add gives n one more person; shown are they to the networks if they agreed already.
func add(t *testing.T, n *fedtest.Node, handle, name string, shown bool) visited {
	t.Helper()
	_, link, err := n.People.AddPerson(t.Context(), n.Admin, people.NewPerson{Name: name, Handle: handle, Email: handle + "@" + n.Handle + ".example", Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	if shown {
		v, _, err := n.People.ViewerFor(t.Context(), handle)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.People.SetInNetworks(t.Context(), v, handle, true); err != nil {
			t.Fatal(err)
		}
	}
	return visited{URL: n.URL, Organization: "The " + n.Handle, Handle: n.Handle, Me: handle, Name: name, SignIn: link}
}
