package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/nodetest"
	"github.com/poweron-network/poweron/node/people"
)

// TestConsentKeepsItsTime reads when consent was given, through edits, off and on.
func TestConsentKeepsItsTime(t *testing.T) {
	t.Parallel()
	n := nodetest.NewNode(t)
	consent := func(want ...string) {
		t.Helper()
		got, err := n.DB.Strings(t.Context(), `SELECT consent_by || ' ' || (consent_at / 1000) FROM people WHERE handle = 'ana'`)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("consent is %q, %v; want %q", got, err, want)
		}
	}
	ana := n.Person(t, "ana", node.Member)
	consent(" 0")
	set := func(on bool) {
		t.Helper()
		if _, err := n.People.SetFollowable(t.Context(), ana, "ana", on); err != nil {
			t.Fatal(err)
		}
	}
	set(true)
	consent("self 1796115600")
	n.Clock.Add(48 * time.Hour)
	if _, err := n.People.SaveProfile(t.Context(), ana, people.Profile{Handle: "ana", Name: "Ana"}); err != nil {
		t.Fatal(err)
	}
	consent("self 1796115600")
	set(false)
	consent(" 0")
	set(true)
	consent("self 1796288400")
}
