package discover_test

import (
	"fmt"
	"testing"

	"github.com/poweron-network/poweron/federation/discover"
	"github.com/poweron-network/poweron/node/nodetest"
)

// TestA10OldKeysDoNotComeBack: a key that was read before newer ones were stored is not kept after.
func TestA10OldKeysDoNotComeBack(t *testing.T) {
	var c discover.KeyCache
	now := nodetest.Start
	k := &discover.PublicKey{Actor: "eve"}
	read := c.State()
	c.Drop("eve") // stored in between
	c.Put("eve#main-key", k, read, now)
	if _, ok := c.Get("eve#main-key", now); ok {
		t.Error("the old key came back")
	}
	c.Put("eve#main-key", k, c.State(), now)
	c.Put("eve#other", k, c.State(), now)
	c.Put("ana#main-key", &discover.PublicKey{Actor: "ana"}, c.State(), now)
	if got, ok := c.Get("eve#main-key", now); !ok || got != k {
		t.Error("a key is not kept")
	}
	if _, ok := c.Get("eve#main-key", now.Add(discover.Believed)); ok {
		t.Error("a key is kept too long")
	}
	c.Drop("eve")
	_, first := c.Get("eve#main-key", now)
	_, second := c.Get("eve#other", now)
	_, others := c.Get("ana#main-key", now)
	if first || second || !others {
		t.Errorf("after a change: %v, %v, another's %v", first, second, others)
	}
}

// TestR21TablesAreBounded fills them with more than they hold.
func TestR21TablesAreBounded(t *testing.T) {
	var c discover.KeyCache
	for i := range discover.MaxKeys + 10 {
		c.Put(fmt.Sprint(i), &discover.PublicKey{Actor: fmt.Sprint("actor", i)}, c.State(), nodetest.Start)
		if c.Size() > discover.MaxKeys {
			t.Fatalf("%d keys", c.Size())
		}
	}
	if _, ok := c.Get(fmt.Sprint(discover.MaxKeys+9), nodetest.Start); !ok {
		t.Error("the newest is not kept")
	}
	var h discover.Habits
	for i := range discover.MaxHosts + 10 {
		if n := h.Put(fmt.Sprint(i), i); n > discover.MaxHosts {
			t.Fatalf("%d hosts", n)
		}
	}
}
