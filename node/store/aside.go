package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// SetAside takes what came from a member's node to its network away from
// everyone: into a group that nobody is part of, of the line's own id. BringBack
// undoes it, so nothing is lost by a suspension (S6).
func (tx *Tx) SetAside(ctx context.Context, m *node.Membership) error {
	return tx.moveItems(ctx, m, node.NetworkOnly(m.NetworkID), node.Group(m.ID))
}

// BringBack shows to the network again what SetAside took away.
func (tx *Tx) BringBack(ctx context.Context, m *node.Membership) error {
	return tx.moveItems(ctx, m, node.Group(m.ID), node.NetworkOnly(m.NetworkID))
}

func (tx *Tx) moveItems(ctx context.Context, m *node.Membership, from, to node.Audience) error {
	if m.Origin == "" {
		return nil
	}
	// All that came from its node: between the slash and the character after it lie all
	// addresses of the origin. On a hub's node several organizations live, ours too if
	// we are that hub; there it is what the organization and its people said.
	cond, args := `local = 0 AND author_uri >= ? AND author_uri < ?`, []any{m.Origin + "/", m.Origin + "0"}
	shared, err := tx.sharesNode(ctx, m)
	if err != nil {
		return err
	}
	if shared {
		cond = `(author_uri = ? OR local = 0 AND author_uri IN (SELECT uri FROM remote_actors WHERE works_for = ?)
			OR local = 1 AND author_id IN (SELECT p.id FROM people p JOIN local_actors a ON a.owner_id = p.organization_id WHERE a.uri = ?))`
		args = []any{m.OrganizationURI, m.OrganizationURI, m.OrganizationURI}
	}
	err = tx.exec(ctx, `UPDATE items SET audience = ? WHERE audience = ? AND `+cond, append([]any{string(to), string(from)}, args...)...)
	if err != nil {
		return fmt.Errorf("set aside items of %s: %w", m.OrganizationURI, err)
	}
	return nil
}

// sharesNode reports whether other organizations of the network live on the same node.
func (tx *Tx) sharesNode(ctx context.Context, m *node.Membership) (shared bool, err error) {
	err = tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM network_members WHERE network_id = ? AND origin = ? AND organization_uri <> ?)`,
		m.NetworkID.String(), m.Origin, m.OrganizationURI).Scan(&shared)
	return shared || m.Kind == node.Guest, err
}

// ForgetCards removes the cards of an organization's people in one network.
func (tx *Tx) ForgetCards(ctx context.Context, network uuid.UUID, organizationURI string) error {
	_, err := tx.deleteCards(ctx, `network_id = ? AND organization_uri = ?`, network.String(), organizationURI)
	return err
}

// ForgetAllCards removes all cards of a network that we are no member of any more.
func (tx *Tx) ForgetAllCards(ctx context.Context, network uuid.UUID) error {
	_, err := tx.deleteCards(ctx, `network_id = ?`, network.String())
	return err
}

// KeepsItems reports whether something is here that others said to a network.
func (tx *Tx) KeepsItems(ctx context.Context, network uuid.UUID) (some bool, err error) {
	err = tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM items i WHERE i.id IN (`+theirs+`))`, string(node.NetworkOnly(network)), network.String()).Scan(&some)
	return some, err
}

// theirs are the items that others said to a network, also those that are set aside.
const theirs = `SELECT i.id FROM items i WHERE i.local = 0 AND (i.audience = ? OR i.audience IN (SELECT 'group:' || m.id FROM network_members m WHERE m.network_id = ?))`

// ForgetNetworkItems removes what others said to a network, and reports how much
// that was. No tombstone stays: who joins again may fetch it again.
func (tx *Tx) ForgetNetworkItems(ctx context.Context, network uuid.UUID) (int64, error) {
	args := []any{string(node.NetworkOnly(network)), network.String()}
	for _, q := range []string{
		`DELETE FROM sources WHERE id IN (SELECT source_id FROM items WHERE id IN (` + theirs + `))`,
		`DELETE FROM notices WHERE item_id IN (` + theirs + `)`,
		`DELETE FROM group_members WHERE group_id IN (` + theirs + `)`,
	} {
		if err := tx.exec(ctx, q, args...); err != nil {
			return 0, fmt.Errorf("forget items of network %s: %w", network, err)
		}
	}
	n, err := tx.execN(ctx, `DELETE FROM items WHERE id IN (`+theirs+`)`, args...)
	if err != nil {
		return 0, fmt.Errorf("forget items of network %s: %w", network, err)
	}
	return n, nil
}
