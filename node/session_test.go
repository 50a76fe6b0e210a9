package node_test

import (
	"testing"
	"time"

	"github.com/poweron-network/poweron/node"
)

// TestF3SessionExpires names each limit of security.md F3 from both sides.
func TestF3SessionExpires(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, c := range []struct {
		name      string
		role      node.Role
		age, idle time.Duration
		over      bool
	}{
		{"fresh", node.Member, 0, 0, false},
		{"member idle 14 days", node.Member, 20 * day, 14 * day, false},
		{"member idle longer", node.Member, 20 * day, 14*day + time.Millisecond, true},
		{"editor idle 14 days", node.Editor, 20 * day, 14 * day, false},
		{"editor idle longer", node.Editor, 20 * day, 14*day + time.Millisecond, true},
		{"admin idle 12 hours", node.Admin, day, 12 * time.Hour, false},
		{"admin idle longer", node.Admin, day, 12*time.Hour + time.Millisecond, true},
		{"90 days old, in use", node.Member, 90 * day, 0, false},
		{"older, in use", node.Member, 90*day + time.Millisecond, 0, true},
		{"admin's, older, in use", node.Admin, 90*day + time.Millisecond, 0, true},
		{"clock went back", node.Admin, -time.Hour, -time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := node.Session{CreatedAt: now.Add(-c.age), SeenAt: now.Add(-c.idle)}
			if got := s.Expired(c.role, now); got != c.over {
				t.Errorf("Expired = %v, want %v", got, c.over)
			}
		})
	}
}

func TestItemTellsItsState(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	i := &node.Item{PublishedAt: now, UpdatedAt: now, Author: node.Author{Host: "other.example"}}
	if i.Edited() || i.Origin() != "other.example" {
		t.Errorf("a new item is edited, or not of its origin %q", i.Origin())
	}
	if i.UpdatedAt = now.Add(time.Millisecond); !i.Edited() {
		t.Error("a changed item is not edited")
	}
	for version, want := range map[int64]bool{1: false, 2: true} { // an edit within the second
		if i := (&node.Item{PublishedAt: now, UpdatedAt: now, Version: version}); i.Edited() != want {
			t.Errorf("version %d is edited: %v", version, !want)
		}
	}
}

func TestRemoteActorsFoldIntoTwoKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]node.Kind{
		"Person": node.KindPerson, "Organization": node.KindOrganization, "Group": node.KindOrganization, "Service": node.KindOrganization, "Application": node.KindOrganization,
	} {
		a := node.RemoteActor{Type: kind, Username: "ana", Host: "other.example:8443"}
		if a.Kind() != want || a.Handle() != "ana@other.example:8443" {
			t.Errorf("%s is %s %s", kind, a.Kind(), a.Handle())
		}
	}
	l := node.LocalActor{URI: "https://node.example.org/ap/people/1"}
	if l.KeyID() != l.URI+"#main-key" || l.EdKeyID() != l.URI+"#ed25519" {
		t.Errorf("keys are %s and %s", l.KeyID(), l.EdKeyID())
	}
}
