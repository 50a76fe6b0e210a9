package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// PutOffer keeps an organization's offer to go on with a network, its last one.
func (tx *Tx) PutOffer(ctx context.Context, o node.SuccessionOffer) error {
	err := tx.exec(ctx, `DELETE FROM succession_offers WHERE network_id = ? AND organization_uri = ? AND uri <> ?`, o.NetworkID.String(), o.OrganizationURI, o.URI)
	if err != nil {
		return fmt.Errorf("put offer of %s: %w", o.OrganizationURI, err)
	}
	err = tx.exec(ctx, `INSERT INTO succession_offers (network_id, uri, organization_uri, named, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (network_id, uri) DO UPDATE SET organization_uri = excluded.organization_uri, named = excluded.named, at = excluded.at`,
		o.NetworkID.String(), o.URI, o.OrganizationURI, flag(o.Named), ms(o.At))
	if err != nil {
		return fmt.Errorf("put offer of %s: %w", o.OrganizationURI, err)
	}
	return nil
}

// Offers lists who offers to go on with our networks: whom a roster named first,
// then the oldest.
func (tx *Tx) Offers(ctx context.Context) (list []node.SuccessionOffer, err error) {
	err = tx.rows(ctx, `SELECT network_id, uri, organization_uri, named, at FROM succession_offers ORDER BY network_id, named DESC, at, uri`, nil, func(r scanner) error {
		var o node.SuccessionOffer
		err := r.Scan(idColumn{&o.NetworkID}, &o.URI, &o.OrganizationURI, &o.Named, timeColumn{&o.At})
		list = append(list, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list offers: %w", err)
	}
	return list, nil
}

// DeleteOffers forgets all offers to go on with a network: one was taken.
func (tx *Tx) DeleteOffers(ctx context.Context, network uuid.UUID) error {
	return tx.exec(ctx, `DELETE FROM succession_offers WHERE network_id = ?`, network.String())
}
