package bench_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/network"
	"github.com/poweron-network/poweron/node/store"
)

// members is how many organizations the cards are of.
const members = 150

// BenchmarkSearchPages asks for the pages of the search with few cards and with
// many. The budget is 10 ms and 40 ms (design.md 6); what the store needs of it,
// its own BenchmarkSearch tells.
func BenchmarkSearchPages(b *testing.B) {
	n := newNode(b)
	cookie := n.signIn(b)
	net, err := n.Network.Found(b.Context(), access.Operator(n.organization.ID), network.NewNetwork{Name: "Bench", Handle: "bench", Lang: "en", Languages: []string{"en"}})
	if err != nil {
		b.Fatal(err)
	}
	c := newCannon(b)
	from := 0
	for _, size := range []int{5000, 100000} {
		n.cards(b, net, from, size)
		from = size
		for name, path := range map[string]string{
			"skill": "/search?q=crm+migration", "skill and language": "/search?q=crm+migration&language=es", "name": "/search?q=person77", "skills": "/skills",
		} {
			b.Run(fmt.Sprintf("%s of %d cards", name, size), func(b *testing.B) { n.page(b, c, path, cookie) })
		}
	}
}

// cards stores cards of a network's other members, numbered from and up to.
func (n *bench) cards(b *testing.B, net *node.Network, from, to int) {
	b.Helper()
	now, tags := time.Now(), n.Skills.All("en")
	n.write(b, func(ctx context.Context, tx *store.Tx) error {
		for k := range members {
			base := fmt.Sprintf("https://org%d.example", k)
			err := tx.PutMembership(ctx, &node.Membership{
				ID: uuid.Must(uuid.NewV7()), NetworkID: net.ID, URI: base + "/m", OrganizationURI: base + "/org", NodeURI: base + "/ap/node", Origin: base, Handle: fmt.Sprintf("org%d@org%d.example", k, k),
				Name: fmt.Sprintf("Organization %d", k), Kind: node.OwnNode, Status: node.MemberActive, Role: node.PlainMember, Claim: true, Since: now, UpdatedAt: now,
			})
			if err != nil {
				return err
			}
		}
		for k := from; k < to; k++ {
			base := fmt.Sprintf("https://org%d.example", k%members)
			card := &node.Card{
				ID: uuid.Must(uuid.NewV7()), NetworkID: net.ID, ActorURI: fmt.Sprintf("%s/ap/people/%d", base, k), OrganizationURI: base + "/org", Name: fmt.Sprintf("Person%d Ruiz", k),
				RoleTitle: "Organizer", Place: fmt.Sprintf("Town%d", k%500), Languages: []string{"en", "es"}[:1+k%2], Version: 1, ExpiresAt: now.Add(node.CardLife), UpdatedAt: now,
				ReceivedAt: now.Add(-time.Duration(k) * time.Second),
			}
			for i, s := range skills(k) {
				s.Tag = tags[(k*7+i*11)%len(tags)].Code
				card.Skills = append(card.Skills, s)
			}
			if err := tx.PutCard(ctx, card); err != nil {
				return err
			}
		}
		return nil
	})
}
