package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// NetworksOfAudience lists the networks that an audience names, by name: one, or
// all that we are or were in. Whether they are used is for the caller to look at.
func (tx *Tx) NetworksOfAudience(ctx context.Context, a node.Audience) (list []*node.Network, err error) {
	if network, ok := a.Network(); ok {
		n, err := tx.Network(ctx, network)
		if err != nil {
			return nil, err
		}
		return []*node.Network{n}, nil
	}
	if a != node.Networks {
		return nil, nil
	}
	all, err := tx.Networks(ctx)
	return slices.DeleteFunc(all, func(n *node.Network) bool {
		return n.State == node.NetworkApplied || n.State == node.NetworkRefused
	}), err
}

// SpokenTo lists the networks of an audience that author may speak to now: each
// is used, and author's organization is an active member that may write.
func (tx *Tx) SpokenTo(ctx context.Context, a node.Audience, author node.Author, now time.Time) ([]*node.Network, error) {
	organization := author.ID
	if author.Kind == node.KindPerson {
		p, err := tx.PersonSelf(ctx, author.ID)
		if err != nil {
			return nil, err
		}
		organization = p.OrganizationID
	}
	of, err := tx.NetworksOfOrganization(ctx, organization, now)
	if err != nil {
		return nil, err
	}
	all, err := tx.NetworksOfAudience(ctx, a)
	return slices.DeleteFunc(all, func(n *node.Network) bool { return !slices.Contains(of.Active, n.ID) }), err
}

// MemberInboxes lists where the members of networks are reached now, each node once.
func (tx *Tx) MemberInboxes(ctx context.Context, networks []*node.Network, now time.Time) (list []FollowerInbox, err error) {
	for _, n := range networks {
		boxes, err := tx.NetworkInboxes(ctx, node.NetworkOnly(n.ID), now)
		if err != nil {
			return nil, err
		}
		for _, b := range boxes {
			if !slices.ContainsFunc(list, func(have FollowerInbox) bool { return have.Inbox == b.Inbox }) {
				list = append(list, b)
			}
		}
	}
	return list, nil
}

// IsMemberInbox reports whether a member of the networks of an audience is
// reached at inbox now.
func (tx *Tx) IsMemberInbox(ctx context.Context, a node.Audience, inbox string, now time.Time) (bool, error) {
	boxes, err := tx.NetworkInboxes(ctx, a, now)
	return slices.ContainsFunc(boxes, func(b FollowerInbox) bool { return b.Inbox == inbox }), err
}

// SpeaksFrom reports whether an organization on this origin is more than an
// observer of a network. Whether its membership is effective is another
// question: see NetworksOfOrigin.
func (tx *Tx) SpeaksFrom(ctx context.Context, network uuid.UUID, origin string) (speaks bool, err error) {
	err = tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM network_members m WHERE m.origin = ? AND m.network_id = ? AND m.role <> 'observer' AND `+counts+`)`,
		origin, network.String()).Scan(&speaks)
	return speaks, err
}

// AddressedNetworks lists the networks that something is for, by name: to are its
// addressees, of which only a members collection makes it network-only, and
// audience is what it names as that.
func (tx *Tx) AddressedNetworks(ctx context.Context, to, audience []string) (list []*node.Network, err error) {
	both := slices.Concat(to, audience)
	if len(both) == 0 {
		return nil, nil
	}
	args := make([]any, 0, 2*len(both)+len(audience))
	for range 2 {
		for _, uri := range both {
			args = append(args, uri)
		}
	}
	cond := `n.members_uri IN (` + marks(len(both)) + `) OR n.id IN (SELECT network_id FROM network_aliases WHERE uri IN (` + marks(len(both)) + `))`
	if len(audience) > 0 {
		cond += ` OR n.uri IN (` + marks(len(audience)) + `)`
		for _, uri := range audience {
			args = append(args, uri)
		}
	}
	err = tx.rows(ctx, `SELECT `+networkColumns+` FROM networks n WHERE `+cond+` ORDER BY n.name, n.id`, args, func(r scanner) error {
		n, err := scanNetwork(r)
		list = append(list, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list addressed networks: %w", err)
	}
	return list, nil
}

// NetworkOutbox lists what an organization and its people said to a network since
// a time, oldest first: what a member asks for that did not hear of it. Of a card
// it lists only the newest. What was for all of our networks before we asked to
// join this one was not for its members. It returns the cursor of the next page.
func (tx *Tx) NetworkOutbox(ctx context.Context, organization, network uuid.UUID, since time.Time, c Cursor, limit int) (list []*Activity, next Cursor, err error) {
	args := []any{string(node.NetworkOnly(network)), string(node.Networks), string(node.Networks), network.String(), organization.String(), organization.String(), ms(since)}
	more := ``
	if t, itemArgs := before(c); t != "" {
		more, args = ` AND (a.at, a.id) > (?, ?)`, append(args, itemArgs...)
	}
	err = tx.rows(ctx, `SELECT a.id, a.actor, a.object, a.verb, a.kind, a.audience, a.raw, a.at FROM activities a JOIN local_actors l ON l.id = a.actor
		WHERE a.audience <> 'public' AND a.audience IN (?, ?) AND (a.audience <> ? OR a.at >= (SELECT created_at FROM networks WHERE id = ?)) AND (l.owner_id = ? OR l.owner_id IN (SELECT id FROM people WHERE organization_id = ?)) AND a.at >= ?
		AND NOT (a.kind = 'card' AND EXISTS (SELECT 1 FROM activities b WHERE b.object = a.object AND b.kind = 'card' AND b.audience = a.audience AND (b.at, b.id) > (a.at, a.id)))`+
		more+` ORDER BY a.at, a.id LIMIT ?`, append(args, limit+1), func(r scanner) error {
		var a Activity
		if err := r.Scan(idColumn{&a.ID}, idColumn{&a.Actor}, idColumn{&a.Object}, &a.Verb, &a.Kind, &a.Audience, &a.Raw, timeColumn{&a.At}); err != nil {
			return err
		}
		if len(list) == limit {
			last := list[limit-1]
			next = cursorOf(&node.Item{ID: last.ID, PublishedAt: last.At})
			return nil
		}
		list = append(list, &a)
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("outbox of %s for network %s: %w", organization, network, err)
	}
	return list, next, nil
}
