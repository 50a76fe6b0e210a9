package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// PutAudit adds an entry. There is no way to change or remove one.
func (tx *Tx) PutAudit(ctx context.Context, e *node.AuditEntry) error {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Errorf("put audit entry %s: %w", e.What, err)
	}
	err = tx.exec(ctx, `INSERT INTO audit (id, about, by_id, what, detail, at) VALUES (`+marks(6)+`)`,
		e.ID.String(), e.About.String(), id(e.By), e.What, string(detail), ms(e.At))
	if err != nil {
		return fmt.Errorf("put audit entry %s: %w", e.What, err)
	}
	return nil
}

// AuditOf lists the newest entries about a person, an organization or a network.
func (tx *Tx) AuditOf(ctx context.Context, about uuid.UUID, limit int) (list []node.AuditEntry, err error) {
	err = tx.rows(ctx, `SELECT id, about, by_id, what, detail, at FROM audit WHERE about = ? ORDER BY at DESC, id DESC LIMIT ?`,
		[]any{about.String(), limit}, func(r scanner) error {
			var e node.AuditEntry
			var detail string
			if err := r.Scan(idColumn{&e.ID}, idColumn{&e.About}, idColumn{&e.By}, &e.What, &detail, timeColumn{&e.At}); err != nil {
				return err
			}
			list = append(list, e)
			return json.Unmarshal([]byte(detail), &list[len(list)-1].Detail)
		})
	if err != nil {
		return nil, fmt.Errorf("list audit of %s: %w", about, err)
	}
	return list, nil
}
