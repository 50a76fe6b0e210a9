package vocab

import (
	"html"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/skillset"
)

// Bounds of what a card says of a life: the whole of it is to fit into
// node.MaxCardBytes with the most skills that somebody can have.
const (
	cardBioBytes = 6000
	cardBioRunes = 1200
)

// Card is PersonCard as it goes to the members of one network: what people and
// programs there need to find somebody, and nothing that is made for other
// software. p is reduced to what a member of that network may see.
func Card(o node.Origin, p *node.Person, org *node.Organization, a *node.LocalActor, set *skillset.Set, c *node.PublishedCard) jsonld.Object {
	doc := PersonCard(o, p, org, a, set, c.Version, c.ExpiresAt)
	for _, key := range []string{"tag", "attachment", "summary", "summaryMap"} {
		delete(doc, key)
	}
	if bio := p.Bio.In(p.Lang, "en"); bio != "" {
		rendered := markup.Render(bio)
		if len(rendered) > cardBioBytes {
			rendered = "<p>" + html.EscapeString(markup.Excerpt(rendered, cardBioRunes)) + "</p>"
		}
		doc["summary"] = rendered
	}
	doc["updated"] = c.PublishedAt // a renewed card is newer, whoever has not changed
	return doc
}

// UpdateCard tells the members of one network a card.
func UpdateCard(o node.Origin, id uuid.UUID, card jsonld.Object, n *node.Network, at time.Time) jsonld.Object {
	members(card, []*node.Network{n})
	a := activity(o, id, "Update", card.ID(), card, at)
	members(a, []*node.Network{n})
	return a
}

// WithdrawCard tells the members of one network to forget a card. Its object
// carries a version, which tells it from the end of the actor itself: the person
// may go on in other networks.
func WithdrawCard(o node.Origin, id uuid.UUID, actor string, version int64, n *node.Network, at time.Time) jsonld.Object {
	tombstone := Tombstone(actor, node.KindPerson, at)
	tombstone["version"] = int(version)
	return NetworkDelete(o, id, actor, tombstone, at, []*node.Network{n})
}
