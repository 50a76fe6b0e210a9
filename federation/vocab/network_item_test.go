package vocab_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/federation/vocab"
	"github.com/poweron-network/poweron/node"
)

// ptp and care are two networks of ours, each on a hub of its own.
func ptp() *node.Network {
	return &node.Network{ID: id(70), URI: "https://hub.example/ap/networks/ptp", MembersURI: "https://hub.example/ap/networks/ptp/members", State: node.NetworkActive}
}

func care() *node.Network {
	return &node.Network{ID: id(71), URI: "https://care.example/groups/care", MembersURI: "https://care.example/groups/care/members", State: node.NetworkActive}
}

// byMember is Ana as members of our networks see her.
func byMember() node.Author {
	a := byPerson()
	a.URI = origin.PersonURI(id(4))
	return a
}

// forNetwork makes an item one for a network, said by the network actor.
func forNetwork(change func(*node.Item)) func(*node.Item) {
	return func(i *node.Item) {
		i.Audience = node.NetworkOnly(id(70))
		if i.Author.Kind == node.KindPerson {
			i.Author = byMember()
		}
		change(i)
	}
}

// networkItemDocuments are the examples of what only members of networks get.
func networkItemDocuments(t testing.TB) map[string]any {
	t.Helper()
	describe := func(i *node.Item, networks ...*node.Network) jsonld.Object {
		doc, err := vocab.NetworkItem(origin, i, networks)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	note := describe(post(72, forNetwork(unchanged)), ptp())
	reply := describe(post(73, forNetwork(func(i *node.Item) { i.InReplyTo = "https://other.example/ap/objects/1" })), ptp())
	event := describe(gathering(74, forNetwork(func(i *node.Item) { i.Audience = node.Networks })), ptp(), care())
	return map[string]any{
		"network-note": note, "network-reply": reply, "network-event": event,
		"create-network-note":  vocab.Create(origin, id(75), note, published),
		"update-network-event": vocab.Update(origin, id(76), event, edited),
		"delete-network-note":  vocab.NetworkDelete(origin, id(77), byMember().URI, vocab.Tombstone(note.ID(), node.KindPost, edited), edited, []*node.Network{ptp()}),
	}
}

// TestNetworkItemIsForMembersAlone: on the object and on the activity the members
// collections are all that is addressed, the Groups are the audience, and nothing
// names everyone, followers or whom it answers (federation.md 8.3, 4).
func TestNetworkItemIsForMembersAlone(t *testing.T) {
	t.Parallel()
	for name, made := range networkItemDocuments(t) {
		doc, ok := made.(jsonld.Object)
		if !ok {
			t.Fatal(name)
		}
		back, err := jsonld.Decode(file(t, doc))
		if err != nil {
			t.Fatal(err)
		}
		docs := []jsonld.Object{back}
		if object := back.Object("object"); object.Type() != "" && object.Type() != "Tombstone" {
			docs = append(docs, object)
		}
		for _, d := range docs {
			to, audience := []string{ptp().MembersURI}, []string{ptp().URI}
			if strings.Contains(name, "event") {
				to, audience = append(to, care().MembersURI), append(audience, care().URI)
			}
			if !slices.Equal(d.IDs("to"), to) || !slices.Equal(d.IDs("audience"), audience) || len(d.IDs("cc"))+len(d.IDs("bto"))+len(d.IDs("bcc")) != 0 {
				t.Errorf("%s: to %v, cc %v, audience %v", name, d.IDs("to"), d.IDs("cc"), d.IDs("audience"))
			}
			if d.Has("replies") || len(d.Objects("tag")) > 0 {
				t.Errorf("%s: replies or mentions", name)
			}
		}
		for _, never := range []string{jsonld.PublicIRI, "as:Public", "/followers", byPerson().URI} {
			if strings.Contains(string(file(t, back)), `"`+never+`"`) {
				t.Errorf("%s names %s", name, never)
			}
		}
	}
}

// TestNetworkItemRefuses what is not for networks, or for none that is left; and
// Item refuses what is.
func TestNetworkItemRefuses(t *testing.T) {
	t.Parallel()
	inPTP := post(20, forNetwork(unchanged))
	for name, c := range map[string]struct {
		item     *node.Item
		networks []*node.Network
	}{
		"for everyone":         {post(20, unchanged), []*node.Network{ptp()}},
		"for the organization": {post(20, func(i *node.Item) { i.Audience = node.OrganizationOnly(id(1)) }), []*node.Network{ptp()}},
		"no network":           {inPTP, nil},
		"held":                 {post(20, forNetwork(func(i *node.Item) { i.State = node.Held })), []*node.Network{ptp()}},
		"received":             {post(20, forNetwork(func(i *node.Item) { i.Local = false })), []*node.Network{ptp()}},
		"said by no actor":     {post(20, forNetwork(func(i *node.Item) { i.Author.URI = "" })), []*node.Network{ptp()}},
	} {
		if doc, err := vocab.NetworkItem(origin, c.item, c.networks); !errors.Is(err, vocab.ErrNotPublic) || doc != nil {
			t.Errorf("%s: %v, %v", name, doc, err)
		}
	}
	for _, a := range []node.Audience{node.NetworkOnly(uuid.New()), node.Networks} {
		if doc, err := vocab.Item(origin, post(20, func(i *node.Item) { i.Audience = a }), stranger); !errors.Is(err, vocab.ErrNotPublic) || doc != nil {
			t.Errorf("for everyone, what is for %s: %v, %v", a, doc, err)
		}
	}
}

// TestReadNetworkItem reads back for whom an item says it is.
func TestReadNetworkItem(t *testing.T) {
	t.Parallel()
	for name, made := range networkItemDocuments(t) {
		doc, _ := made.(jsonld.Object)
		back, err := jsonld.Decode(file(t, doc))
		if err != nil {
			t.Fatal(err)
		}
		if object := back.Object("object"); object != nil {
			back = object
		}
		if back.Type() == "Tombstone" {
			continue
		}
		r, err := vocab.ReadItem(back)
		if err != nil || r.Public || !slices.Contains(r.To, ptp().MembersURI) || !slices.Contains(r.Audience, ptp().URI) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}
