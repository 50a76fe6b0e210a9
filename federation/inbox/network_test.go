package inbox_test

import (
	"net/http"
	"testing"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
)

// inNetwork makes the node a member of a network with evil.example, as change leaves that one.
func (w *world) inNetwork(change func(*node.Membership)) *node.Network {
	w.t.Helper()
	ptp := w.JoinNetwork(w.t, "ptp")
	w.Member(w.t, ptp, "https://evil.example/org", "https://evil.example", change)
	return ptp
}

func active(*node.Membership) {}

// TestOnlyMembersSpeakToNetworks goes through who sends what to a network: it is
// refused before it is taken, dropped and counted, or taken (federation.md 8.3, 5).
func TestOnlyMembersSpeakToNetworks(t *testing.T) {
	t.Parallel()
	const members, group, eve = "https://hub.example/ap/networks/ptp/members", "https://hub.example/ap/networks/ptp", "https://evil.example/users/eve"
	to := func(key string, uris ...string) func(map[string]any) {
		return func(doc map[string]any) { doc[key] = uris }
	}
	typed := func(kind string, next func(map[string]any)) func(map[string]any) {
		return func(doc map[string]any) { doc["type"] = kind; next(doc) }
	}
	carries := func(object map[string]any, next func(map[string]any)) func(map[string]any) {
		return func(doc map[string]any) {
			object["id"], object["type"], object["attributedTo"], object["content"] = eve+"/notes/1", "Note", eve, "hello"
			doc["type"], doc["object"] = "Create", object
			next(doc)
		}
	}
	const taken, dropped = http.StatusAccepted, -1
	for name, c := range map[string]struct {
		doc             func(map[string]any)
		member, outside int
	}{
		"to the members":                      {to("to", members), taken, http.StatusForbidden},
		"to the members, shortly":             {func(doc map[string]any) { doc["to"] = members }, taken, http.StatusForbidden},
		"cc the members":                      {to("cc", members), taken, http.StatusForbidden},
		"for the network":                     {to("audience", group), taken, http.StatusForbidden},
		"for the members as audience":         {to("audience", members), taken, http.StatusForbidden},
		"its object to the members":           {carries(map[string]any{"to": []string{members}}, to("to", eve)), taken, http.StatusForbidden},
		"its object for the network":          {carries(map[string]any{"audience": group}, to("to", eve)), taken, http.StatusForbidden},
		"to the members and everyone":         {to("to", members, jsonld.PublicIRI), dropped, http.StatusForbidden},
		"to the members, its object everyone": {carries(map[string]any{"cc": []string{"as:Public"}}, to("to", members)), dropped, http.StatusForbidden},
		"to the Group as to somebody":         {to("to", group), taken, taken},
		"to nobody":                           {to("to"), taken, taken},
		"for a network that we do not know":   {to("audience", "https://hub.example/ap/networks/other"), taken, taken},
		"a Delete":                            {typed("Delete", to("to", members)), taken, taken},
		"an Undo":                             {typed("Undo", to("to", members)), taken, taken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, from := range []struct {
				name   string
				change func(*node.Membership)
				want   int
			}{
				{"member", active, c.member},
				{"nobody", func(m *node.Membership) { m.Origin = "https://other.example" }, c.outside},
				{"A12: who claims nothing", func(m *node.Membership) { m.Claim = false }, c.outside},
				{"suspended", func(m *node.Membership) { m.Status = node.MemberSuspended }, c.outside},
				{"observer", func(m *node.Membership) { m.Role = node.ObserverMember }, c.outside},
			} {
				w := newWorld(t, 0)
				w.inNetwork(from.change)
				status, want, stored := w.post(w.know(eve), c.doc).Code, from.want, int64(1)
				if want == dropped {
					want, stored = taken, 0
				}
				if want != taken {
					stored = 0
				}
				if status != want || w.arrived.Load() != stored || (w.counter("inbox.widened") == 1) != (from.want == dropped) {
					t.Errorf("%s: %d, want %d; %d stored, %d widened", from.name, status, want, w.arrived.Load(), w.counter("inbox.widened"))
				}
			}
		})
	}
}

// TestHubSpeaksToItsNetwork: what the Group sends to its members is taken also
// while we are not in, or our copy of the roster is too old: how else would it change.
func TestHubSpeaksToItsNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	ptp := w.inNetwork(active)
	w.Clock.Add(2 * node.RosterLimit)
	for actor, want := range map[string]int{ptp.URI: http.StatusAccepted, "https://hub.example/ap/networks/other": http.StatusForbidden} {
		got := w.post(w.know(actor), func(doc map[string]any) { doc["to"], doc["type"] = []string{ptp.MembersURI}, "Update" }).Code
		if got != want {
			t.Errorf("%s is answered with %d", actor, got)
		}
	}
}

// TestCatchUp: what is read in an outbox is taken as if it had been sent, once,
// if it is of the server that answered; else it is counted and passed over.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	const eve = "https://evil.example/users/eve"
	w := newWorld(t, 0)
	ptp := w.inNetwork(active)
	w.know(eve)
	note := func(n string, change ...func(jsonld.Object)) jsonld.Object {
		object := jsonld.Object{"id": eve + "/notes/" + n, "type": "Note", "attributedTo": eve, "content": "hello", "to": []any{ptp.MembersURI}, "published": "2026-11-30T09:00:00Z"}
		doc := jsonld.Object{"id": eve + "/activities/" + n, "type": "Create", "actor": eve, "object": map[string]any(object), "to": []any{ptp.MembersURI}}
		for _, f := range change {
			f(doc)
		}
		return doc
	}
	for _, c := range []struct {
		name, from string
		doc        jsonld.Object
		stored     int64
		counter    string
	}{
		{"a note", "https://evil.example/org/outbox?page=1", note("1"), 1, ""},
		{"the same again", "https://evil.example/org/outbox?page=1", note("1"), 0, ""},
		{"in the outbox of another server", "https://one.example/outbox", note("2"), 0, "inbox.outbox.unusable"},
		{"by an actor of another server", "https://evil.example/outbox", note("3", func(d jsonld.Object) { d["actor"] = "https://one.example/zoe" }), 0, "inbox.outbox.unusable"},
		{"with the id of another server", "https://evil.example/outbox", note("4", func(d jsonld.Object) { d["id"] = "https://one.example/4" }), 0, "inbox.outbox.unusable"},
		{"of a type that does nothing", "https://evil.example/outbox", note("5", func(d jsonld.Object) { d["type"] = "Travel" }), 0, "inbox.outbox.unusable"},
		{"for everyone besides", "https://evil.example/outbox", note("6", func(d jsonld.Object) { d["cc"] = jsonld.PublicIRI }), 0, "inbox.outbox.refused"},
	} {
		before, counted := w.arrived.Load(), w.counter(c.counter)
		if err := w.inbox.CatchUp(t.Context(), c.doc, c.from); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := w.arrived.Load() - before; got != c.stored || c.counter != "" && w.counter(c.counter) != counted+1 {
			t.Errorf("%s: %d taken, %s is %d", c.name, got, c.counter, w.counter(c.counter))
		}
	}
	w.Member(t, ptp, "https://evil.example/org", "https://evil.example", func(m *node.Membership) { m.Status = node.MemberExpelled })
	if err := w.inbox.CatchUp(t.Context(), note("7"), "https://evil.example/outbox"); err != nil || w.counter("inbox.outbox.refused") != 2 {
		t.Errorf("of an ex-member: %d refused, %v", w.counter("inbox.outbox.refused"), err)
	}
}
