package fedtest

import (
	"bytes"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/signature"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/network"
)

// Found makes n the hub of a new network.
func (n *Node) Found(handle string) *node.Network {
	n.c.t.Helper()
	net, err := n.Network.Found(n.c.t.Context(), n.Admin, network.NewNetwork{Name: "The " + handle + " network", Handle: handle, Lang: "en", Languages: []string{"en", "es"}})
	if err != nil {
		n.c.t.Fatalf("%s founds %s: %v", n.Handle, handle, err)
	}
	n.Again()
	return net
}

// Join makes members join a network of the hub n, each with a code and with both
// sides' consent, and settles until all count each other.
func (n *Node) Join(net *node.Network, members ...*Node) {
	t := n.c.t
	t.Helper()
	for _, m := range members {
		code, err := n.Network.NewCode(t.Context(), n.Admin, net.ID)
		if err != nil {
			t.Fatalf("%s makes a code: %v", n.Handle, err)
		}
		if _, err := m.Network.Join(t.Context(), m.Admin, code, "We belong here."); err != nil {
			t.Fatalf("%s joins: %v", m.Handle, err)
		}
		n.c.Settle()
		if _, err := n.Network.Approve(t.Context(), n.Admin, net.ID, m.Handle+"@"+m.Origin.Host()); err != nil {
			t.Fatalf("%s approves %s: %v", n.Handle, m.Handle, err)
		}
		n.c.Settle()
	}
	for _, m := range n.c.Nodes {
		if m.server != nil {
			m.Again()
		}
	}
}

// Again asks anew what the operator of n may do: they became part of a network.
func (n *Node) Again() {
	n.c.t.Helper()
	v, _, err := n.People.ViewerFor(n.c.t.Context(), "")
	if err != nil {
		n.c.t.Fatal(err)
	}
	n.Admin = v
}

// Member returns the row of the network that n knows by a hub's id of it.
func (n *Node) Member(uri string) *node.Network {
	n.c.t.Helper()
	net, err := n.Network.Network(n.c.t.Context(), n.Admin, uri)
	if err != nil {
		n.c.t.Fatalf("%s does not know %s: %v", n.Handle, uri, err)
	}
	return net
}

// PostTo publishes for a network as the organization.
func (n *Node) PostTo(a node.Audience, text string) *node.Item {
	n.c.t.Helper()
	i, err := n.Conversation.Post(n.c.t.Context(), n.Admin, node.PostInput{AsOrganization: true, Audience: a, Lang: "en", Text: text})
	if err != nil {
		n.c.t.Fatalf("%s posts for %s: %v", n.Handle, a, err)
	}
	return i
}

// Get reads an address as n, signed by its relay, and returns the status and the body.
func (n *Node) Get(uri, accept string) (status int, body string) {
	t := n.c.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	_, pair, err := n.People.SigningKeys(t.Context(), uuid.Nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := signature.Sign(r, nil, signature.Cavage, signature.Key{ID: n.Origin.Relay() + "#main-key", Private: pair.RSA}, n.c.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end below
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// Send signs a body as actor, one of n's own, and sends it to an address.
func (n *Node) Send(actor uuid.UUID, to string, body []byte) (status int) {
	t := n.c.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/activity+json")
	a, pair, err := n.People.SigningKeys(t.Context(), actor)
	if err != nil {
		t.Fatal(err)
	}
	if err := signature.Sign(r, body, signature.Cavage, signature.Key{ID: a.KeyID(), Private: pair.RSA}, n.c.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}
