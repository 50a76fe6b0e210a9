package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// PutTag adds t to its network's vocabulary or replaces what it says.
func (tx *Tx) PutTag(ctx context.Context, t *node.NetworkTag) error {
	synonyms, err := json.Marshal(t.Synonyms)
	if err == nil {
		err = tx.exec(ctx, `INSERT INTO network_tags (network_id, code, labels, synonyms, into_code, retired_at, updated_at) VALUES (`+marks(7)+`)
			ON CONFLICT (network_id, code) DO UPDATE SET labels = excluded.labels, synonyms = excluded.synonyms, into_code = excluded.into_code,
			retired_at = excluded.retired_at, updated_at = excluded.updated_at`,
			t.NetworkID.String(), t.Code, text(t.Labels), string(synonyms), t.Into, ms(t.RetiredAt), ms(t.UpdatedAt))
	}
	if err != nil {
		return fmt.Errorf("put tag %s: %w", t.Code, err)
	}
	return nil
}

// Tag returns one tag of a network's vocabulary.
func (tx *Tx) Tag(ctx context.Context, network uuid.UUID, code string) (*node.NetworkTag, error) {
	t, err := scanTag(tx.row(ctx, `SELECT network_id, code, labels, synonyms, into_code, retired_at, updated_at FROM network_tags
		WHERE network_id = ? AND code = ?`, network.String(), code))
	return &t, found(err, "tag %s", code)
}

// Tags lists a network's vocabulary by code.
func (tx *Tx) Tags(ctx context.Context, network uuid.UUID) (list []node.NetworkTag, err error) {
	err = tx.rows(ctx, `SELECT network_id, code, labels, synonyms, into_code, retired_at, updated_at FROM network_tags
		WHERE network_id = ? ORDER BY code`, []any{network.String()}, func(r scanner) error {
		t, err := scanTag(r)
		list = append(list, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	return list, nil
}

// DeleteTags forgets a network's vocabulary, for a newer one of its hub.
func (tx *Tx) DeleteTags(ctx context.Context, network uuid.UUID) error {
	return tx.exec(ctx, `DELETE FROM network_tags WHERE network_id = ?`, network.String())
}

func scanTag(r scanner) (t node.NetworkTag, err error) {
	var synonyms string
	err = r.Scan(idColumn{&t.NetworkID}, &t.Code, textColumn{&t.Labels}, &synonyms, &t.Into, timeColumn{&t.RetiredAt}, timeColumn{&t.UpdatedAt})
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal([]byte(synonyms), &t.Synonyms)
}
