package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

const publishedColumns = `person_id, network_id, actor_id, version, digest, activity, published_at, expires_at, withdrawn_at`

func scanPublished(r scanner) (*node.PublishedCard, error) {
	var c node.PublishedCard
	err := r.Scan(idColumn{&c.PersonID}, idColumn{&c.NetworkID}, idColumn{&c.ActorID}, &c.Version, &c.Digest, idColumn{&c.Activity},
		timeColumn{&c.PublishedAt}, timeColumn{&c.ExpiresAt}, timeColumn{&c.WithdrawnAt})
	return &c, err
}

// PutPublishedCard notes what a network was told of one of our people.
func (tx *Tx) PutPublishedCard(ctx context.Context, c *node.PublishedCard) error {
	err := tx.exec(ctx, `INSERT INTO published_cards (`+publishedColumns+`) VALUES (`+marks(9)+`) ON CONFLICT (person_id, network_id, actor_id)
		DO UPDATE SET version = excluded.version, digest = excluded.digest, activity = excluded.activity, published_at = excluded.published_at,
		expires_at = excluded.expires_at, withdrawn_at = excluded.withdrawn_at`,
		c.PersonID.String(), c.NetworkID.String(), c.ActorID.String(), c.Version, c.Digest, c.Activity.String(), ms(c.PublishedAt), ms(c.ExpiresAt), ms(c.WithdrawnAt))
	if err != nil {
		return fmt.Errorf("put published card of %s: %w", c.PersonID, err)
	}
	return nil
}

// PublishedCard returns what a network was told by an actor of one of our people.
func (tx *Tx) PublishedCard(ctx context.Context, person, network, actor uuid.UUID) (*node.PublishedCard, error) {
	c, err := scanPublished(tx.row(ctx, `SELECT `+publishedColumns+` FROM published_cards WHERE person_id = ? AND network_id = ? AND actor_id = ?`,
		person.String(), network.String(), actor.String()))
	return c, found(err, "published card of %s", person)
}

// PublishedCards lists what networks were told of one of our people, the newest first.
func (tx *Tx) PublishedCards(ctx context.Context, person uuid.UUID) ([]*node.PublishedCard, error) {
	return tx.published(ctx, `person_id = ? ORDER BY published_at DESC, network_id, actor_id`, person.String())
}

// CardsOut lists all that a network was told and not told to forget.
func (tx *Tx) CardsOut(ctx context.Context) ([]*node.PublishedCard, error) {
	return tx.published(ctx, `withdrawn_at = 0 ORDER BY expires_at`)
}

func (tx *Tx) published(ctx context.Context, cond string, args ...any) (list []*node.PublishedCard, err error) {
	err = tx.rows(ctx, `SELECT `+publishedColumns+` FROM published_cards WHERE `+cond, args, func(r scanner) error {
		c, err := scanPublished(r)
		list = append(list, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list published cards: %w", err)
	}
	return list, nil
}

// CardPeople lists those of our people of whom a reader with s gets a card, as
// far as s includes them: they show themselves to the networks and are not
// unlisted. organization narrows to one of ours.
func (tx *Tx) CardPeople(ctx context.Context, s access.Scope, organization uuid.UUID) (list []*node.Person, err error) {
	cond, args := visible(s)
	byID := map[uuid.UUID]*node.Person{}
	err = tx.rows(ctx, `SELECT `+personColumns+` FROM people p WHERE p.organization_id = ? AND p.network_actor_id <> '' AND p.unlisted = 0 AND `+cond+` ORDER BY p.id`,
		append([]any{organization.String()}, args...), func(r scanner) error {
			p, err := scanPerson(r)
			list = append(list, p)
			byID[p.ID] = p
			return err
		})
	if err == nil {
		err = tx.skills(ctx, byID)
	}
	if err != nil {
		return nil, fmt.Errorf("list people with cards: %w", err)
	}
	for _, p := range list {
		s.Reduce(p)
	}
	return list, nil
}

// CardNetwork is where one of our organizations stands in a network, for cards.
type CardNetwork struct {
	Network      uuid.UUID
	Organization uuid.UUID // ours
	Sends        bool      // cards go out, and are renewed
	Over         bool      // we are no member any more: what went out is withdrawn
}

// CardNetworks lists where our organizations stand. A network that neither sends
// nor is over waits for its hub: nothing is sent, nothing withdrawn.
func (tx *Tx) CardNetworks(ctx context.Context, now time.Time) (list []CardNetwork, err error) {
	err = tx.rows(ctx, `SELECT n.id, a.id, `+effective+` AND m.status = 'active' AND m.role <> 'observer',
		n.state IN ('left', 'expelled', 'refused') OR m.status IN ('left', 'expelled') OR m.role = 'observer'
		FROM networks n JOIN network_members m ON m.network_id = n.id JOIN local_actors a ON a.uri = m.organization_uri AND a.kind = 'organization'
		ORDER BY n.id, a.id`, []any{freshAfter(now)}, func(r scanner) error {
		var n CardNetwork
		err := r.Scan(idColumn{&n.Network}, idColumn{&n.Organization}, &n.Sends, &n.Over)
		list = append(list, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list networks of cards: %w", err)
	}
	return list, nil
}

// CardKey groups the deliveries of a person's card for one network: they arrive
// in order, and each makes those before it void.
func CardKey(person uuid.UUID, a node.Audience) string {
	return "card:" + person.String() + ":" + string(a)
}

// ForgetCard removes what was said of a person's card for one network before: a
// new version says all, and what it leaves out is not to be read anywhere.
func (tx *Tx) ForgetCard(ctx context.Context, person, network uuid.UUID) error {
	a := node.NetworkOnly(network)
	if err := tx.DropDeliveries(ctx, CardKey(person, a)); err != nil {
		return fmt.Errorf("forget card of %s: %w", person, err)
	}
	err := tx.exec(ctx, `DELETE FROM activities WHERE object = ? AND kind = 'card' AND audience = ? AND verb = 'update'`, person.String(), string(a))
	if err != nil {
		return fmt.Errorf("forget card of %s: %w", person, err)
	}
	return nil
}

// WithdrawCard tells everyone who got a card to forget it.
func (tx *Tx) WithdrawCard(ctx context.Context, c *node.PublishedCard, activity uuid.UUID, now time.Time) error {
	if err := tx.ForgetCard(ctx, c.PersonID, c.NetworkID); err != nil {
		return err
	}
	c.Version, c.Activity, c.Digest, c.WithdrawnAt = c.Version+1, activity, "", now
	if err := tx.PutPublishedCard(ctx, c); err != nil {
		return err
	}
	return tx.Announce(ctx, node.Event{
		Activity: activity, Verb: node.Deleted, Kind: node.KindCard, Object: c.PersonID, Actor: c.ActorID, Audience: node.NetworkOnly(c.NetworkID), At: now,
	})
}

// CardInboxes lists who has to forget a withdrawn card: where it was sent, and
// every organization that is or was on the roster, also after we left.
func (tx *Tx) CardInboxes(ctx context.Context, person, network uuid.UUID) ([]FollowerInbox, error) {
	list, err := tx.PastInboxes(ctx, CardKey(person, node.NetworkOnly(network)))
	if err != nil {
		return nil, err
	}
	err = tx.rows(ctx, `SELECT DISTINCT inbox, origin FROM network_members WHERE network_id = ? AND status NOT IN ('pending', 'refused') AND inbox <> '' ORDER BY inbox`,
		[]any{network.String()}, func(r scanner) error {
			var box FollowerInbox
			err := r.Scan(&box.Inbox, &box.Host)
			box.Host = hostOf(box.Host)
			list = append(list, box)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("inboxes of a card for %s: %w", network, err)
	}
	return list, nil
}

// CardReceipts tells how far an announcement of a card has come.
type CardReceipts struct {
	node.Receipts
	Queued  bool     // it is not on its way yet
	Missing []string // hosts that have not confirmed it
}

// CardReceipts counts the deliveries of one announcement.
func (tx *Tx) CardReceipts(ctx context.Context, activity uuid.UUID) (c CardReceipts, err error) {
	err = tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM outbox WHERE activity = ?)`, activity.String()).Scan(&c.Queued)
	if err == nil {
		err = tx.rows(ctx, `SELECT host, state FROM deliveries WHERE activity = ? ORDER BY host, id`, []any{activity.String()}, func(r scanner) error {
			var host, state string
			if err := r.Scan(&host, &state); err != nil {
				return err
			}
			switch state {
			case "delivered":
				c.Delivered++
				return nil
			case "dropped":
				c.Dropped++
			default:
				c.Waiting++
			}
			c.Missing = append(c.Missing, host)
			return nil
		})
	}
	if err != nil {
		return c, fmt.Errorf("receipts of a card: %w", err)
	}
	return c, nil
}
