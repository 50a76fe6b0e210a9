package node_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

func TestAudienceForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		in    node.Audience
		kind  string
		valid bool
	}{
		{"public", node.Public, "public", true},
		{"networks", node.Networks, "networks", true},
		{"moderators", node.Moderators, "group", true},
		{"network", node.NetworkOnly(item), "network", true},
		{"organization", node.OrganizationOnly(item), "organization", true},
		{"group", node.Group(item), "group", true},
		{"person", node.Only(item), "person", true},
		{"empty", "", "", false},
		{"public with an id", "public:" + node.Audience(item.String()), "public", false},
		{"networks with an id", "networks:" + node.Audience(item.String()), "networks", false},
		{"unknown kind", "everyone:" + node.Audience(item.String()), "everyone", false},
		{"no id", "group:", "group", false},
		{"no UUID", "group:friends", "group", false},
		{"capitals in the kind", "Public", "Public", false},
		{"capitals in the id", "group:" + node.Audience(strings.ToUpper(item.String())), "group", false},
		{"id in braces", "group:{" + node.Audience(item.String()) + "}", "group", false},
		{"id as urn", "group:urn:uuid:" + node.Audience(item.String()), "group", false},
		{"id without hyphens", "group:" + node.Audience(strings.ReplaceAll(item.String(), "-", "")), "group", false},
		{"space", " public", " public", false},
		{"two tokens", "public,networks", "public,networks", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.in.Valid(); got != c.valid {
				t.Errorf("%q: Valid = %v, want %v", c.in, got, c.valid)
			}
			if got := c.in.Kind(); got != c.kind {
				t.Errorf("%q: Kind = %q, want %q", c.in, got, c.kind)
			}
		})
	}
}

// TestAudiencesNeverMeet checks that two kinds with one id are two audiences.
func TestAudiencesNeverMeet(t *testing.T) {
	t.Parallel()
	seen := map[node.Audience]bool{}
	for _, id := range []uuid.UUID{item, uuid.Nil} {
		for _, a := range []node.Audience{node.NetworkOnly(id), node.OrganizationOnly(id), node.Group(id), node.Only(id)} {
			if seen[a] {
				t.Errorf("%q stands for two audiences", a)
			}
			seen[a] = true
		}
	}
}

// TestForNetworks tells what is for networks, and for which.
func TestForNetworks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a       node.Audience
		is, one bool
		network uuid.UUID
	}{
		{node.NetworkOnly(item), true, true, item},
		{node.Networks, true, false, uuid.Nil},
		{node.Public, false, false, uuid.Nil},
		{node.OrganizationOnly(item), false, false, uuid.Nil},
		{node.Group(item), false, false, uuid.Nil},
		{"", false, false, uuid.Nil},
	} {
		id, one := c.a.Network()
		if c.a.ForNetworks() != c.is || one != c.one || id != c.network {
			t.Errorf("%q: for networks %v, network %s, %v", c.a, c.a.ForNetworks(), id, one)
		}
	}
}

// TestOriginOfActor is as rosters name a server.
func TestOriginOfActor(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{"https://one.example/users/zoe": "https://one.example", "HTTP://one.example:8080/x": "http://one.example"} {
		if got := (&node.RemoteActor{URI: uri, Host: "one.example"}).Origin(); got != want {
			t.Errorf("%s: %s", uri, got)
		}
	}
}
