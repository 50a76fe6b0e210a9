package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// PutRosterChange adds a line to a roster's history. A line that is there stays:
// the history only grows.
func (tx *Tx) PutRosterChange(ctx context.Context, c node.RosterChange) error {
	err := tx.exec(ctx, `INSERT INTO roster_changes (network_id, version, organization_uri, name, status, role, by_name, at)
		VALUES (`+marks(8)+`) ON CONFLICT DO NOTHING`,
		c.NetworkID.String(), c.Version, c.OrganizationURI, c.Name, string(c.Status), string(c.Role), c.By, ms(c.At))
	if err != nil {
		return fmt.Errorf("put roster change %d: %w", c.Version, err)
	}
	return nil
}

// RosterChanges lists a roster's history, newest first.
func (tx *Tx) RosterChanges(ctx context.Context, network uuid.UUID) (list []node.RosterChange, err error) {
	err = tx.rows(ctx, `SELECT network_id, version, organization_uri, name, status, role, by_name, at FROM roster_changes
		WHERE network_id = ? ORDER BY version DESC, organization_uri`, []any{network.String()}, func(r scanner) error {
		var c node.RosterChange
		err := r.Scan(idColumn{&c.NetworkID}, &c.Version, &c.OrganizationURI, &c.Name, &c.Status, &c.Role, &c.By, timeColumn{&c.At})
		list = append(list, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list roster changes: %w", err)
	}
	return list, nil
}

// keptRosters is how many signed rosters of a network stay.
const keptRosters = 20

// PutRoster keeps a roster as its hub signed it, and forgets the oldest.
func (tx *Tx) PutRoster(ctx context.Context, network uuid.UUID, version int64, raw []byte, now time.Time) error {
	err := tx.exec(ctx, `INSERT INTO rosters (network_id, version, raw, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (network_id, version) DO UPDATE SET raw = excluded.raw, at = excluded.at`, network.String(), version, raw, ms(now))
	if err != nil {
		return fmt.Errorf("put roster %d: %w", version, err)
	}
	return tx.exec(ctx, `DELETE FROM rosters WHERE network_id = ? AND at < (SELECT MIN(at) FROM (SELECT at FROM rosters
		WHERE network_id = ? ORDER BY at DESC, version DESC LIMIT ?) AS kept)`, network.String(), network.String(), keptRosters)
}

// SignedRoster returns the newest roster as its hub signed it.
func (tx *Tx) SignedRoster(ctx context.Context, network uuid.UUID) (version int64, raw []byte, err error) {
	err = tx.row(ctx, `SELECT version, raw FROM rosters WHERE network_id = ? ORDER BY at DESC, version DESC LIMIT 1`, network.String()).Scan(&version, &raw)
	return version, raw, found(err, "signed roster")
}

// CountRosters counts the signed rosters that are kept of a network.
func (tx *Tx) CountRosters(ctx context.Context, network uuid.UUID) (n int, err error) {
	err = tx.row(ctx, `SELECT COUNT(*) FROM rosters WHERE network_id = ?`, network.String()).Scan(&n)
	return n, err
}
