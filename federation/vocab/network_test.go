package vocab_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
)

// theHub is the network of the examples, hosted by their node.
func theHub() (*node.Network, *node.LocalActor) {
	a := localActor(60, node.KindNetwork, id(60), origin.NetworkURI(id(60)))
	return &node.Network{
		ID: id(60), URI: a.URI, Hosted: true, Username: "ptp", Host: origin.Host(), Name: "Power to the People",
		Purpose:   node.Text{"en": "Neighbourhood groups that **learn** from each other.", "es": "Grupos vecinales que aprenden unos de otros."},
		Conduct:   node.Text{"en": "Be kind. What is said here stays here.", "es": "Con respeto. Lo que se dice aquí se queda aquí."},
		Languages: []string{"en", "es"}, Contact: "https://node.example.org/organizations/neighbours", MembersURI: origin.MembersURI(id(60)), NodeURI: origin.Relay(),
		RosterVersion: 44, RosterDigest: vocab.RosterDigest(theMembers()), Successor: theMembers()[1].OrganizationURI, UpdatedAt: published,
	}, a
}

func fingerprint() string {
	f, err := keyring.Fingerprint(rsaPublic)
	if err != nil {
		return err.Error()
	}
	return f
}

func theMembers() []*node.Membership {
	group := origin.NetworkURI(id(60))
	line := func(n byte, organization, nodeURI string, change func(*node.Membership)) *node.Membership {
		m := &node.Membership{
			ID: id(n), URI: group + "/members/" + id(n).String(), OrganizationURI: organization, NodeURI: nodeURI, Name: "Neighbours United", Kind: node.OwnNode,
			Status: node.MemberActive, Role: node.PlainMember, Since: founded, UpdatedAt: founded, Fingerprint: fingerprint(),
		}
		change(m)
		return m
	}
	return []*node.Membership{
		line(61, origin.OrganizationURI(id(1)), origin.Relay(), func(m *node.Membership) { m.Role = node.CoordinatorMember }),
		line(62, "https://river.example/ap/organizations/7", "https://river.example/ap/node", func(m *node.Membership) { m.Name, m.Contact = "River", "hello at the gate" }),
		line(63, "https://centro.example/ap/organizations/8", "https://centro.example/ap/node", func(m *node.Membership) {
			m.Name, m.Status, m.UpdatedAt = "Centro", node.MemberSuspended, edited
		}),
		line(64, origin.OrganizationURI(id(9)), origin.Relay(), func(m *node.Membership) { m.Name, m.Kind, m.Role = "Garden", node.Guest, node.ObserverMember }),
	}
}

// networkDocuments are the examples of membership.
func networkDocuments() map[string]any {
	n, a := theHub()
	members := theMembers()
	river := members[1]
	join := "https://river.example/ap/activities/1"
	line := vocab.Relationship(n.URI, river)
	gone := *river
	gone.Status, gone.UpdatedAt = node.MemberExpelled, edited
	ours := origin.OrganizationURI(id(1))
	org, actor := organization()
	return map[string]any{
		"group":               vocab.Group(origin, n, a),
		"relationship":        line,
		"members":             vocab.Roster(n, members),
		"members-count":       vocab.Collection(n.MembersURI, 3, ""),
		"roster-history":      vocab.RosterHistory(n.URI, []node.RosterChange{{Version: 44, OrganizationURI: river.OrganizationURI, Name: river.Name, Status: node.MemberActive, Role: node.PlainMember, By: "Neighbours United", At: published}}),
		"network-skills":      vocab.Vocabulary(n.URI, theTags()),
		"organization-member": vocab.Organization(origin, org, actor, n.URI, "https://hub.example/ap/networks/1"),
		"join": vocab.Join(origin, id(65), vocab.JoinRequest{
			Organization: ours, Hub: "https://hub.example/ap/networks/1", Why: "We run phone banks in 3 towns & like it.", Contact: "Ana, at the front desk", CodeHash: strings.Repeat("ab", 32),
		}, published),
		"tentative-accept":    vocab.ReceiptOfJoin(origin, id(66), n.URI, join, river.OrganizationURI, published),
		"accept-join":         vocab.Admit(origin, id(67), n.URI, join, river.OrganizationURI, river.URI, published),
		"reject-join":         vocab.Refuse(origin, id(68), n.URI, join, river.OrganizationURI, "Ask again <in spring>.", published),
		"leave":               vocab.Leave(origin, id(69), ours, "https://hub.example/ap/networks/1", []string{"https://hub.example/ap/networks/1"}, published),
		"add-member":          vocab.Add(origin, id(70), n, line, published),
		"remove-member":       vocab.Remove(origin, id(71), n, vocab.Relationship(n.URI, &gone), edited),
		"update-relationship": vocab.UpdateRelationship(origin, id(72), n, vocab.Relationship(n.URI, members[2]), edited),
		"membership-test":     vocab.Test(origin, id(74), ours, river.OrganizationURI, n, "post", published),
		"invite":              vocab.Invite(origin, id(73), n.URI, "https://hub.example/ap/networks/1", river.OrganizationURI, edited),
	}
}

func theTags() []node.NetworkTag {
	return []node.NetworkTag{
		{Code: "rent-strike", Labels: node.Text{"en": "Rent strikes", "es": "Huelgas de alquiler"}, Synonyms: map[string][]string{"en": {"rent boycott"}}, UpdatedAt: published},
		{Code: "phone-banking", Into: "rent-strike", UpdatedAt: published},
		{Code: "old", Labels: node.Text{"en": "Old"}, RetiredAt: edited, UpdatedAt: edited},
	}
}

// back is a document as another server reads it.
func back(t *testing.T, doc jsonld.Object) jsonld.Object {
	t.Helper()
	raw, err := jsonld.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	read, err := jsonld.DecodeWithin(raw, jsonld.Limits{Size: 1 << 20, Elements: 10000})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// asRead is the hub as a member knows it.
func asRead(t *testing.T) *node.Network {
	t.Helper()
	n, a := theHub()
	hub, err := vocab.ReadHub(back(t, vocab.Group(origin, n, a)))
	if err != nil {
		t.Fatal(err)
	}
	return hub.Network
}

func TestReadHub(t *testing.T) {
	t.Parallel()
	n, a := theHub()
	hub, err := vocab.ReadHub(back(t, vocab.Group(origin, n, a)))
	if err != nil {
		t.Fatal(err)
	}
	got := hub.Network
	if hub.KeyID != a.EdKeyID() || got.HubKey != a.EdPublic {
		t.Errorf("key is %s %s", hub.KeyID, got.HubKey)
	}
	want := &node.Network{
		URI: n.URI, Username: "ptp", Host: "node.example.org", Name: n.Name, Languages: n.Languages, Contact: n.Contact, Page: origin.NetworkPage("ptp"),
		Purpose: node.Text{"en": "<p>Neighbourhood groups that <strong>learn</strong> from each other.</p>", "es": "<p>Grupos vecinales que aprenden unos de otros.</p>"},
		Conduct: node.Text{"en": "<p>Be kind. What is said here stays here.</p>", "es": "<p>Con respeto. Lo que se dice aquí se queda aquí.</p>"},
		Inbox:   origin.SharedInbox(), MembersURI: n.MembersURI, NodeURI: origin.Relay(), HubKey: a.EdPublic,
		RosterVersion: 44, RosterDigest: n.RosterDigest, Successor: n.Successor, CreatedAt: founded, UpdatedAt: published,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, change := range map[string]func(jsonld.Object){
		"a person":                 func(d jsonld.Object) { d["type"] = "Person" },
		"a group without members":  func(d jsonld.Object) { delete(d, "members") },
		"members elsewhere":        func(d jsonld.Object) { d["members"] = "https://evil.example/members" },
		"no node":                  func(d jsonld.Object) { delete(d, "node") },
		"a node elsewhere":         func(d jsonld.Object) { d["node"] = "https://evil.example/ap/node" },
		"no Ed25519 key":           func(d jsonld.Object) { delete(d, "assertionMethod") },
		"an inbox at another host": func(d jsonld.Object) { d["inbox"] = "https://evil.example/inbox" },
	} {
		doc := back(t, vocab.Group(origin, n, a))
		change(doc)
		if _, err := vocab.ReadHub(doc); !errors.Is(err, vocab.ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadRoster(t *testing.T) {
	t.Parallel()
	n, _ := theHub()
	r, err := vocab.ReadRoster(back(t, vocab.Roster(n, theMembers())), asRead(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Version != 44 || r.Total != 3 || r.Digest != n.RosterDigest || r.Successor != n.Successor || len(r.Members) != 4 {
		t.Errorf("read %+v", r)
	}
	for i, want := range theMembers() {
		got := *r.Members[i]
		want.ID, got.ID, want.Origin = uuid.Nil, uuid.Nil, got.Origin
		if diff := cmp.Diff(want, &got); diff != "" || !strings.HasPrefix(got.OrganizationURI, got.Origin+"/") {
			t.Errorf("%s at %q: %s", want.Name, got.Origin, diff)
		}
	}
}

// TestA12RosterOfAnother refuses rosters that are not wholly the hub's own: one
// wrong line spoils all.
func TestA12RosterOfAnother(t *testing.T) {
	t.Parallel()
	n, _ := theHub()
	hub := asRead(t)
	line := func(d jsonld.Object, i int) map[string]any {
		lines, _ := d["orderedItems"].([]any)
		m, _ := lines[i].(map[string]any)
		return m
	}
	for name, change := range map[string]func(jsonld.Object){
		"another id":                func(d jsonld.Object) { d["id"] = "https://node.example.org/ap/networks/other/members" },
		"another network's":         func(d jsonld.Object) { d["attributedTo"] = "https://node.example.org/ap/networks/other" },
		"no version":                func(d jsonld.Object) { delete(d, "rosterVersion") },
		"version 0":                 func(d jsonld.Object) { d["rosterVersion"] = 0.0 },
		"version with a fraction":   func(d jsonld.Object) { d["rosterVersion"] = 44.5 },
		"version below zero":        func(d jsonld.Object) { d["rosterVersion"] = -1.0 },
		"another digest":            func(d jsonld.Object) { d["rosterDigest"] = strings.Repeat("0", 64) },
		"no lines":                  func(d jsonld.Object) { d["orderedItems"] = []any{} },
		"a line that is an id":      func(d jsonld.Object) { d["orderedItems"].([]any)[0] = "https://node.example.org/x" },
		"a line of another hub":     func(d jsonld.Object) { line(d, 1)["attributedTo"] = "https://evil.example/ap/networks/1" },
		"a line at another hub":     func(d jsonld.Object) { line(d, 1)["id"] = "https://evil.example/members/1" },
		"a line of another network": func(d jsonld.Object) { line(d, 1)["object"] = "https://node.example.org/ap/networks/other" },
		"a node at another origin":  func(d jsonld.Object) { line(d, 1)["node"] = "https://evil.example/ap/node" },
		"no node":                   func(d jsonld.Object) { delete(line(d, 1), "node") },
		"a guest elsewhere":         func(d jsonld.Object) { line(d, 1)["memberKind"] = "guest" },
		"somebody who left":         func(d jsonld.Object) { line(d, 2)["memberStatus"] = "left" },
		"an unknown status":         func(d jsonld.Object) { line(d, 2)["memberStatus"] = "king" },
		"an unknown role":           func(d jsonld.Object) { line(d, 1)["memberRole"] = "king" },
		"a broken fingerprint":      func(d jsonld.Object) { line(d, 1)["keyFingerprint"] = "sha256:xyz" },
		"the same organization twice": func(d jsonld.Object) {
			line(d, 2)["subject"], line(d, 2)["node"] = line(d, 1)["subject"], line(d, 1)["node"]
		},
		"the same line twice":        func(d jsonld.Object) { line(d, 2)["id"] = line(d, 1)["id"] },
		"somebody more than it says": func(d jsonld.Object) { line(d, 2)["memberStatus"] = "active" },
		"too many": func(d jsonld.Object) {
			for len(d["orderedItems"].([]any)) <= vocab.MaxMembers {
				d["orderedItems"] = append(d["orderedItems"].([]any), line(d, 1))
			}
		},
	} {
		doc := back(t, vocab.Roster(n, theMembers()))
		change(doc)
		if _, err := vocab.ReadRoster(doc, hub); !errors.Is(err, vocab.ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRosterDigest(t *testing.T) {
	t.Parallel()
	members := theMembers()
	all := vocab.RosterDigest(members)
	members[0], members[1] = members[1], members[0]
	if vocab.RosterDigest(members) != all {
		t.Error("the order counts")
	}
	members[2].OrganizationURI = "https://other.example/org"
	if vocab.RosterDigest(members) != all {
		t.Error("who is suspended counts")
	}
	members[1].OrganizationURI = "https://other.example/org"
	if vocab.RosterDigest(members) == all || vocab.RosterDigest(nil) != strings.Repeat("0", 64) {
		t.Error("who is active does not count")
	}
}

func TestReadHistoryAndVocabulary(t *testing.T) {
	t.Parallel()
	n, _ := theHub()
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	changes := []node.RosterChange{
		{Version: 44, OrganizationURI: "https://river.example/org", Name: "River", Status: node.MemberExpelled, Role: node.PlainMember, By: "Ana & Bo", At: at},
		{Version: 43, OrganizationURI: "https://river.example/org", Name: "River", Status: node.MemberActive, Role: node.PlainMember, At: at},
	}
	if diff := cmp.Diff(changes, vocab.ReadHistory(back(t, vocab.RosterHistory(n.URI, changes)), n)); diff != "" {
		t.Error(diff)
	}
	other := *n
	other.URI = "https://other.example/group"
	if got := vocab.ReadHistory(back(t, vocab.RosterHistory(n.URI, changes)), &other); len(got) != 0 {
		t.Errorf("history of another network: %+v", got)
	}
	if diff := cmp.Diff(theTags(), vocab.ReadVocabulary(back(t, vocab.Vocabulary(n.URI, theTags())))); diff != "" {
		t.Error(diff)
	}
}

func TestReadClaim(t *testing.T) {
	t.Parallel()
	org, a := organization()
	doc := back(t, vocab.Organization(origin, org, a, "https://hub.example/ap/networks/1"))
	want := vocab.ClaimRead{Networks: []string{"https://hub.example/ap/networks/1"}, NodeURI: origin.Relay(), Place: org.Place}
	if diff := cmp.Diff(want, vocab.ReadClaim(doc)); diff != "" {
		t.Error(diff)
	}
	doc["node"] = "https://evil.example/ap/node"
	if got := vocab.ReadClaim(doc); got.NodeURI != "" {
		t.Errorf("a node elsewhere: %s", got.NodeURI)
	}
}

func TestReadNode(t *testing.T) {
	t.Parallel()
	org, _ := organization()
	relay := localActor(0, "", uuid.Nil, origin.Relay())
	doc := back(t, vocab.Application(origin, relay, org))
	got, err := vocab.ReadNode(doc)
	if err != nil || *got != (vocab.NodeRead{URI: origin.Relay(), Inbox: origin.SharedInbox(), Fingerprint: fingerprint(), PowerOn: true}) {
		t.Errorf("read %+v, %v", got, err)
	}
	for name, change := range map[string]func(jsonld.Object){
		"an organization": func(d jsonld.Object) { d["type"] = "Organization" },
		"no key":          func(d jsonld.Object) { delete(d, "publicKey") },
	} {
		doc := back(t, vocab.Application(origin, relay, org))
		change(doc)
		if _, err := vocab.ReadNode(doc); !errors.Is(err, vocab.ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadJoin(t *testing.T) {
	t.Parallel()
	req := vocab.JoinRequest{Organization: origin.OrganizationURI(id(1)), Hub: "https://hub.example/ap/networks/1", Why: "We run <phone> banks & more.", Contact: "Ana", CodeHash: "ab"}
	doc := back(t, vocab.Join(origin, id(65), req, published))
	got, err := vocab.ReadJoin(doc)
	if err != nil || *got != (vocab.JoinRead{Hub: req.Hub, NodeURI: origin.Relay(), Why: req.Why, Contact: req.Contact, CodeHash: req.CodeHash}) {
		t.Errorf("read %+v, %v", got, err)
	}
	doc["instrument"] = "https://evil.example/ap/node"
	if _, err := vocab.ReadJoin(doc); !errors.Is(err, vocab.ErrDocument) {
		t.Errorf("a node at another origin: %v", err)
	}
}
