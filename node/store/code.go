package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

const codeColumns = `id, network_id, made_by, created_at, expires_at, used_by, used_at`

func scanCode(r scanner) (c node.HubCode, err error) {
	err = r.Scan(idColumn{&c.ID}, idColumn{&c.NetworkID}, idColumn{&c.MadeBy}, timeColumn{&c.CreatedAt}, timeColumn{&c.ExpiresAt}, &c.UsedBy, timeColumn{&c.UsedAt})
	return c, err
}

// PutCode stores a code for joining by its hash.
func (tx *Tx) PutCode(ctx context.Context, hash string, c node.HubCode) error {
	err := tx.exec(ctx, `INSERT INTO hub_codes (code_hash, `+codeColumns+`) VALUES (`+marks(8)+`)`,
		hash, c.ID.String(), c.NetworkID.String(), id(c.MadeBy), ms(c.CreatedAt), ms(c.ExpiresAt), c.UsedBy, ms(c.UsedAt))
	if err != nil {
		return fmt.Errorf("put code %s: %w", c.ID, err)
	}
	return nil
}

// Code returns a network's code by its hash, used or not.
func (tx *Tx) Code(ctx context.Context, network uuid.UUID, hash string) (*node.HubCode, error) {
	c, err := scanCode(tx.row(ctx, `SELECT `+codeColumns+` FROM hub_codes WHERE network_id = ? AND code_hash = ?`, network.String(), hash))
	return &c, found(err, "code")
}

// UseCode notes who came with a code. The second who does gets node.ErrConflict.
func (tx *Tx) UseCode(ctx context.Context, code uuid.UUID, organizationURI string, now time.Time) error {
	n, err := tx.execN(ctx, `UPDATE hub_codes SET used_by = ?, used_at = ? WHERE id = ? AND used_at = 0`, organizationURI, ms(now), code.String())
	if err == nil && n == 0 {
		err = node.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("use code %s: %w", code, err)
	}
	return nil
}

// Codes lists the codes of a network, newest first.
func (tx *Tx) Codes(ctx context.Context, network uuid.UUID) (list []node.HubCode, err error) {
	err = tx.rows(ctx, `SELECT `+codeColumns+` FROM hub_codes WHERE network_id = ? ORDER BY created_at DESC, id DESC`, []any{network.String()}, func(r scanner) error {
		c, err := scanCode(r)
		list = append(list, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list codes: %w", err)
	}
	return list, nil
}
