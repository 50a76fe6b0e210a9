package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

const memberColumns = `m.id, m.network_id, m.uri, m.organization_uri, m.node_uri, m.origin, m.inbox, m.handle, m.name, m.summary, m.place,
	m.languages, m.page, m.contact, m.kind, m.status, m.role, m.fingerprint, m.since, m.updated_at, m.claim, m.claim_at, m.caught_up_at,
	m.join_uri, m.why, m.reason, m.code_id, m.expel_by, m.expel_at, m.ticks`

func scanMember(r scanner) (*node.Membership, error) {
	var m node.Membership
	var ticks string
	err := r.Scan(idColumn{&m.ID}, idColumn{&m.NetworkID}, &m.URI, &m.OrganizationURI, &m.NodeURI, &m.Origin, &m.Inbox, &m.Handle, &m.Name, &m.Summary, &m.Place,
		codesColumn{&m.Languages}, &m.Page, &m.Contact, &m.Kind, &m.Status, &m.Role, &m.Fingerprint, timeColumn{&m.Since}, timeColumn{&m.UpdatedAt},
		&m.Claim, timeColumn{&m.ClaimAt}, timeColumn{&m.CaughtUpAt}, &m.JoinURI, &m.Why, &m.Reason, idColumn{&m.CodeID}, idColumn{&m.ExpelBy}, timeColumn{&m.ExpelAt}, &ticks)
	if err != nil {
		return nil, err
	}
	return &m, json.Unmarshal([]byte(ticks), &m.Ticks)
}

// PutMembership inserts m or replaces the one of its organization in its network.
func (tx *Tx) PutMembership(ctx context.Context, m *node.Membership) error {
	ticks, err := json.Marshal(m.Ticks)
	if err != nil {
		return fmt.Errorf("put member %s: %w", m.OrganizationURI, err)
	}
	err = tx.exec(ctx, `INSERT INTO network_members (id, network_id, uri, organization_uri, node_uri, origin, inbox, handle, name, summary, place,
		languages, page, contact, kind, status, role, fingerprint, since, updated_at, claim, claim_at, caught_up_at,
		join_uri, why, reason, code_id, expel_by, expel_at, ticks) VALUES (`+marks(30)+`)
		ON CONFLICT (network_id, organization_uri) DO UPDATE SET uri = excluded.uri, node_uri = excluded.node_uri, origin = excluded.origin,
		inbox = excluded.inbox, handle = excluded.handle, name = excluded.name, summary = excluded.summary, place = excluded.place,
		languages = excluded.languages, page = excluded.page, contact = excluded.contact, kind = excluded.kind, status = excluded.status,
		role = excluded.role, fingerprint = excluded.fingerprint, since = excluded.since, updated_at = excluded.updated_at, claim = excluded.claim,
		claim_at = excluded.claim_at, caught_up_at = excluded.caught_up_at, join_uri = excluded.join_uri, why = excluded.why, reason = excluded.reason,
		code_id = excluded.code_id, expel_by = excluded.expel_by, expel_at = excluded.expel_at, ticks = excluded.ticks`,
		m.ID.String(), m.NetworkID.String(), m.URI, m.OrganizationURI, m.NodeURI, m.Origin, m.Inbox, m.Handle, m.Name, m.Summary, m.Place,
		codes(m.Languages), m.Page, m.Contact, string(m.Kind), string(m.Status), string(m.Role), m.Fingerprint, ms(m.Since), ms(m.UpdatedAt),
		flag(m.Claim), ms(m.ClaimAt), ms(m.CaughtUpAt), m.JoinURI, m.Why, m.Reason, id(m.CodeID), id(m.ExpelBy), ms(m.ExpelAt), string(ticks))
	if err != nil {
		return fmt.Errorf("put member %s: %w", m.OrganizationURI, err)
	}
	return nil
}

// Membership returns an organization's line in a roster.
func (tx *Tx) Membership(ctx context.Context, network uuid.UUID, organizationURI string) (*node.Membership, error) {
	m, err := scanMember(tx.row(ctx, `SELECT `+memberColumns+` FROM network_members m WHERE m.network_id = ? AND m.organization_uri = ?`, network.String(), organizationURI))
	return m, found(err, "member %s", organizationURI)
}

// ForgetApplicants removes those of one server who asked to join a network and
// never were in it, but for one: a server has one application, however many
// organizations it says that it has.
func (tx *Tx) ForgetApplicants(ctx context.Context, network uuid.UUID, origin, but string) error {
	err := tx.exec(ctx, `DELETE FROM network_members WHERE network_id = ? AND origin = ? AND uri = '' AND organization_uri <> ?`, network.String(), origin, but)
	if err != nil {
		return fmt.Errorf("forget applicants of %s: %w", origin, err)
	}
	return nil
}

// Memberships lists a roster by name, in whatever status.
func (tx *Tx) Memberships(ctx context.Context, network uuid.UUID) ([]*node.Membership, error) {
	return tx.memberships(ctx, `m.network_id = ?`, network.String())
}

// MembershipsOf lists an organization's lines in all rosters.
func (tx *Tx) MembershipsOf(ctx context.Context, organizationURI string) ([]*node.Membership, error) {
	return tx.memberships(ctx, `m.organization_uri = ?`, organizationURI)
}

// MembershipByID returns a line of whichever roster.
func (tx *Tx) MembershipByID(ctx context.Context, membership uuid.UUID) (*node.Membership, error) {
	m, err := scanMember(tx.row(ctx, `SELECT `+memberColumns+` FROM network_members m WHERE m.id = ?`, membership.String()))
	return m, found(err, "member %s", membership)
}

// MembershipNamed returns the line of a roster that its hub knows by this id, or
// that is about this organization.
func (tx *Tx) MembershipNamed(ctx context.Context, network uuid.UUID, uri string) (*node.Membership, error) {
	m, err := scanMember(tx.row(ctx, `SELECT `+memberColumns+` FROM network_members m
		WHERE m.network_id = ? AND m.uri <> '' AND (m.uri = ? OR m.organization_uri = ?) ORDER BY m.uri = ? DESC LIMIT 1`, network.String(), uri, uri, uri))
	return m, found(err, "member %s", uri)
}

// MembershipsAt lists the lines of all rosters that are about organizations of one origin.
func (tx *Tx) MembershipsAt(ctx context.Context, origin string) ([]*node.Membership, error) {
	return tx.memberships(ctx, `m.origin = ?`, origin)
}

// Claims lists the Group actors that one of our organizations says it is a member
// of: where it is one, also while suspended, and where the hub has admitted it.
func (tx *Tx) Claims(ctx context.Context, organizationURI string) (list []string, err error) {
	err = tx.rows(ctx, `SELECT n.uri FROM network_members m JOIN networks n ON n.id = m.network_id WHERE m.organization_uri = ?
		AND (n.hosted = 1 AND n.state = 'active' AND m.status IN ('active', 'suspended')
		OR n.hosted = 0 AND (n.state IN ('active', 'suspended') OR n.state = 'applied' AND m.uri <> '')) ORDER BY n.uri`,
		[]any{organizationURI}, func(r scanner) error {
			var uri string
			err := r.Scan(&uri)
			list = append(list, uri)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list claims of %s: %w", organizationURI, err)
	}
	return list, nil
}

// DueClaims lists the active members on other nodes than own who are to be asked
// what they claim: never asked, asked a day ago, and who claimed nothing again
// and again, after ever longer times.
func (tx *Tx) DueClaims(ctx context.Context, own string, now time.Time) ([]*node.Membership, error) {
	const day, minute = int64(24 * time.Hour / time.Millisecond), int64(time.Minute / time.Millisecond)
	return tx.memberships(ctx, `m.status = 'active' AND m.origin NOT IN ('', ?)
		AND EXISTS (SELECT 1 FROM networks n WHERE n.id = m.network_id AND n.state IN ('active', 'suspended'))
		AND (m.claim_at = 0 OR m.claim_at <= ? OR m.claim = 0 AND m.claim_at + CASE WHEN m.claim_at - m.since > ? THEN m.claim_at - m.since ELSE ? END <= ?)`,
		own, ms(now)-day, minute, minute, ms(now))
}

// AskUnclaimed makes the active members of a network who claimed nothing so far
// due to be asked again.
func (tx *Tx) AskUnclaimed(ctx context.Context, network uuid.UUID) error {
	return tx.exec(ctx, `UPDATE network_members SET claim_at = 0 WHERE network_id = ? AND status = 'active' AND claim = 0`, network.String())
}

// AskAgain makes an organization due to be asked what it claims, in all networks.
func (tx *Tx) AskAgain(ctx context.Context, organizationURI string) error {
	return tx.exec(ctx, `UPDATE network_members SET claim_at = 0 WHERE organization_uri = ?`, organizationURI)
}

// DueCatchUps lists the effective members on other nodes than own whose things
// have not been fetched since a time.
func (tx *Tx) DueCatchUps(ctx context.Context, own string, since, now time.Time) ([]*node.Membership, error) {
	return tx.memberships(ctx, counts+` AND m.origin NOT IN ('', ?) AND m.caught_up_at <= ?
		AND EXISTS (SELECT 1 FROM networks n WHERE n.id = m.network_id AND `+effective+`)`, own, ms(since), freshAfter(now))
}

func (tx *Tx) memberships(ctx context.Context, cond string, args ...any) (list []*node.Membership, err error) {
	err = tx.rows(ctx, `SELECT `+memberColumns+` FROM network_members m WHERE `+cond+` ORDER BY m.name, m.organization_uri`, args, func(r scanner) error {
		m, err := scanMember(r)
		list = append(list, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return list, nil
}
