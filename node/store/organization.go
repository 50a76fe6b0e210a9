package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

const organizationColumns = `id, handle, name, summary, languages, place, website, created_at, updated_at, version, kind, contact`

func scanOrganization(r scanner) (*node.Organization, error) {
	var o node.Organization
	err := r.Scan(idColumn{&o.ID}, &o.Handle, &o.Name, textColumn{&o.Summary}, codesColumn{&o.Languages}, &o.Place, &o.Website,
		timeColumn{&o.CreatedAt}, timeColumn{&o.UpdatedAt}, &o.Version, &o.Kind, &o.Contact)
	return &o, err
}

// Organization returns the organization with this id. What it says of itself is public.
func (tx *Tx) Organization(ctx context.Context, orgID uuid.UUID) (*node.Organization, error) {
	o, err := scanOrganization(tx.row(ctx, `SELECT `+organizationColumns+` FROM organizations WHERE id = ?`, orgID.String()))
	return o, found(err, "organization %s", orgID)
}

// OrganizationByHandle returns the organization with this handle.
func (tx *Tx) OrganizationByHandle(ctx context.Context, handle string) (*node.Organization, error) {
	o, err := scanOrganization(tx.row(ctx, `SELECT `+organizationColumns+` FROM organizations WHERE handle = ?`, handle))
	return o, found(err, "organization %s", handle)
}

// HomeOrganization returns the organization that runs this node.
func (tx *Tx) HomeOrganization(ctx context.Context) (*node.Organization, error) {
	o, err := scanOrganization(tx.row(ctx, `SELECT `+organizationColumns+` FROM organizations WHERE kind = 'home' ORDER BY created_at, id LIMIT 1`))
	return o, found(err, "home organization")
}

// PutOrganization inserts o or replaces what it says of itself.
func (tx *Tx) PutOrganization(ctx context.Context, o *node.Organization) error {
	if o.Kind == "" {
		o.Kind = node.HomeOrganization
	}
	return tx.exec(ctx, `INSERT INTO organizations (`+organizationColumns+`) VALUES (`+marks(12)+`)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, summary = excluded.summary, languages = excluded.languages,
		place = excluded.place, website = excluded.website, updated_at = excluded.updated_at, version = excluded.version, contact = excluded.contact`,
		o.ID.String(), o.Handle, o.Name, text(o.Summary), codes(o.Languages), o.Place, o.Website, ms(o.CreatedAt), ms(o.UpdatedAt), o.Version, string(o.Kind), o.Contact)
}
