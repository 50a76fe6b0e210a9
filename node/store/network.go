package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

const networkColumns = `n.id, n.uri, n.hosted, n.username, n.host, n.name, n.purpose, n.conduct, n.languages, n.contact, n.page, n.inbox,
	n.members_uri, n.node_uri, n.hub_key, n.fingerprint, n.state, n.join_uri, n.roster_version, n.roster_digest, n.etag, n.fetched_at,
	n.failing_since, n.gone_at, n.differs_at, n.successor, n.reason, n.created_at, n.updated_at, n.version`

func scanNetwork(r scanner) (*node.Network, error) {
	var n node.Network
	err := r.Scan(idColumn{&n.ID}, &n.URI, &n.Hosted, &n.Username, &n.Host, &n.Name, textColumn{&n.Purpose}, textColumn{&n.Conduct}, codesColumn{&n.Languages},
		&n.Contact, &n.Page, &n.Inbox, &n.MembersURI, &n.NodeURI, &n.HubKey, &n.Fingerprint, &n.State, &n.JoinURI, &n.RosterVersion, &n.RosterDigest, &n.ETag,
		timeColumn{&n.FetchedAt}, timeColumn{&n.FailingSince}, timeColumn{&n.GoneAt}, timeColumn{&n.DiffersAt}, &n.Successor, &n.Reason,
		timeColumn{&n.CreatedAt}, timeColumn{&n.UpdatedAt}, &n.Version)
	return &n, err
}

// PutNetwork inserts n or replaces the one with its id.
func (tx *Tx) PutNetwork(ctx context.Context, n *node.Network) error {
	err := tx.exec(ctx, `INSERT INTO networks (id, uri, hosted, username, host, name, purpose, conduct, languages, contact, page, inbox,
		members_uri, node_uri, hub_key, fingerprint, state, join_uri, roster_version, roster_digest, etag, fetched_at,
		failing_since, gone_at, differs_at, successor, reason, created_at, updated_at, version) VALUES (`+marks(30)+`)
		ON CONFLICT (id) DO UPDATE SET uri = excluded.uri, hosted = excluded.hosted, username = excluded.username, host = excluded.host,
		name = excluded.name, purpose = excluded.purpose, conduct = excluded.conduct, languages = excluded.languages, contact = excluded.contact,
		page = excluded.page, inbox = excluded.inbox, members_uri = excluded.members_uri, node_uri = excluded.node_uri, hub_key = excluded.hub_key,
		fingerprint = excluded.fingerprint, state = excluded.state, join_uri = excluded.join_uri, roster_version = excluded.roster_version,
		roster_digest = excluded.roster_digest, etag = excluded.etag, fetched_at = excluded.fetched_at, failing_since = excluded.failing_since,
		gone_at = excluded.gone_at, differs_at = excluded.differs_at, successor = excluded.successor, reason = excluded.reason,
		updated_at = excluded.updated_at, version = excluded.version`,
		n.ID.String(), n.URI, flag(n.Hosted), n.Username, n.Host, n.Name, text(n.Purpose), text(n.Conduct), codes(n.Languages), n.Contact, n.Page, n.Inbox,
		n.MembersURI, n.NodeURI, n.HubKey, n.Fingerprint, string(n.State), n.JoinURI, n.RosterVersion, n.RosterDigest, n.ETag, ms(n.FetchedAt),
		ms(n.FailingSince), ms(n.GoneAt), ms(n.DiffersAt), n.Successor, n.Reason, ms(n.CreatedAt), ms(n.UpdatedAt), n.Version)
	if err != nil {
		return fmt.Errorf("put network %s: %w", n.URI, err)
	}
	return nil
}

func (tx *Tx) network(ctx context.Context, cond string, args ...any) (*node.Network, error) {
	n, err := scanNetwork(tx.row(ctx, `SELECT `+networkColumns+` FROM networks n WHERE `+cond, args...))
	return n, found(err, "network")
}

// Network returns a network by our id of it.
func (tx *Tx) Network(ctx context.Context, network uuid.UUID) (*node.Network, error) {
	return tx.network(ctx, `n.id = ?`, network.String())
}

// NetworkByURI returns a network by the id of its Group actor or of its members
// collection, also by those of a hub that it had before.
func (tx *Tx) NetworkByURI(ctx context.Context, uri string) (*node.Network, error) {
	return tx.network(ctx, `n.id = (SELECT id FROM networks WHERE uri = ? OR members_uri = ?
		UNION SELECT network_id FROM network_aliases WHERE uri = ? LIMIT 1)`, uri, uri, uri)
}

// PutNetworkAlias remembers an id that a network had before.
func (tx *Tx) PutNetworkAlias(ctx context.Context, uri string, network uuid.UUID) error {
	return tx.exec(ctx, `INSERT INTO network_aliases (uri, network_id) VALUES (?, ?) ON CONFLICT (uri) DO UPDATE SET network_id = excluded.network_id`, uri, network.String())
}

// Networks lists all that we host, are in, were in or asked to join, by name.
func (tx *Tx) Networks(ctx context.Context) (list []*node.Network, err error) {
	err = tx.rows(ctx, `SELECT `+networkColumns+` FROM networks n ORDER BY n.name, n.id`, nil, func(r scanner) error {
		n, err := scanNetwork(r)
		list = append(list, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	return list, nil
}

// ViewerNetworks are the networks of one of our organizations.
type ViewerNetworks struct {
	Read        []uuid.UUID // it is or was a member; of one that lives on here, it is
	Active      []uuid.UUID // it may write now
	Coordinates []uuid.UUID // hosted here, and it runs them
}

// effective is the condition that a network n is used at the time of its one
// argument (node.Network.Effective).
const effective = `n.state = 'active' AND (n.hosted = 1 OR n.gone_at = 0 AND n.fetched_at > ?)`

// freshAfter is that argument: a roster from before it is too old to go by.
func freshAfter(now time.Time) int64 { return ms(now.Add(-node.RosterLimit)) }

// counts is the condition that a member m of a network counts as one: the roster
// has it as active, and it says itself that it is one (A12).
const counts = `m.status = 'active' AND m.claim = 1`

// listed is the condition that what we keep of a member m of a network n is
// shown: the last roster and the member itself say so. However old the roster
// is: cards have an end of their own, and are found while the hub is down.
const listed = `n.state = 'active' AND ` + counts

// NetworksOfOrganization returns the networks of one of our organizations. Who waits
// for another hub goes on reading: of such a network we hold a roster, of one that we
// only asked to join we do not.
func (tx *Tx) NetworksOfOrganization(ctx context.Context, organization uuid.UUID, now time.Time) (v ViewerNetworks, err error) {
	err = tx.rows(ctx, `SELECT n.id, n.hosted, n.hosted = 1 AND n.state = 'active', m.status, m.role, `+effective+` FROM network_members m
		JOIN local_actors a ON a.uri = m.organization_uri JOIN networks n ON n.id = m.network_id
		WHERE a.id = ? AND (m.status NOT IN ('pending', 'refused') OR EXISTS (SELECT 1 FROM rosters r WHERE r.network_id = n.id)) ORDER BY n.name, n.id`,
		[]any{freshAfter(now), organization.String()}, func(r scanner) error {
			var network uuid.UUID
			var hosted, open, fresh bool
			var status node.MemberStatus
			var role node.MemberRole
			if err := r.Scan(idColumn{&network}, &hosted, &open, &status, &role, &fresh); err != nil {
				return err
			}
			if open && status != node.MemberActive {
				return nil // what is said there goes on to come in here, and is not for them any more
			}
			v.Read = append(v.Read, network)
			if status == node.MemberActive && fresh && role != node.ObserverMember {
				v.Active = append(v.Active, network)
			}
			if hosted && status == node.MemberActive && role == node.CoordinatorMember {
				v.Coordinates = append(v.Coordinates, network)
			}
			return nil
		})
	if err != nil {
		return v, fmt.Errorf("networks of organization %s: %w", organization, err)
	}
	return v, nil
}

// NetworksOfOrigin returns the networks that we are an effective member of and
// so is an organization on this origin: what a signer from there may read.
func (tx *Tx) NetworksOfOrigin(ctx context.Context, origin string, now time.Time) (list []uuid.UUID, err error) {
	err = tx.rows(ctx, `SELECT DISTINCT n.id FROM network_members m JOIN networks n ON n.id = m.network_id
		WHERE m.origin = ? AND m.origin <> '' AND `+counts+` AND `+effective+` ORDER BY n.id`,
		[]any{origin, freshAfter(now)}, func(r scanner) error {
			var network uuid.UUID
			err := r.Scan(idColumn{&network})
			list = append(list, network)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("networks of %s: %w", origin, err)
	}
	return list, nil
}

// SharesNetwork reports whether people on this origin may turn to somebody of one
// of our organizations: both are effective members of a network, they as more
// than observers. Organizations that we host are in networks of their own.
func (tx *Tx) SharesNetwork(ctx context.Context, organization uuid.UUID, origin string, now time.Time) (shares bool, err error) {
	err = tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM network_members m JOIN networks n ON n.id = m.network_id JOIN network_members o ON o.network_id = n.id
		JOIN local_actors a ON a.uri = o.organization_uri WHERE a.id = ? AND o.status = 'active' AND m.origin = ? AND m.origin <> ''
		AND m.role <> 'observer' AND `+counts+` AND `+effective+`)`, organization.String(), origin, freshAfter(now)).Scan(&shares)
	if err != nil {
		return false, fmt.Errorf("networks that %s shares with %s: %w", organization, origin, err)
	}
	return shares, nil
}

// NetworkInboxes lists where a network-only thing goes: the node of each other
// effective member once, those of all our networks for node.Networks.
func (tx *Tx) NetworkInboxes(ctx context.Context, a node.Audience, now time.Time) (list []FollowerInbox, err error) {
	cond, args := ``, []any{freshAfter(now)}
	if a != node.Networks {
		cond, args = ` AND n.id = ?`, append(args, networkOf(a))
	}
	return tx.memberInboxes(ctx, effective+cond, args...)
}

// RosterInboxes lists the nodes of a network's members and, unless it is hosted
// here, of its hub, whether or not we are a member ourselves (any more): for
// saying that we leave, or that the network ends.
func (tx *Tx) RosterInboxes(ctx context.Context, network uuid.UUID) (list []FollowerInbox, err error) {
	if list, err = tx.memberInboxes(ctx, `n.id = ?`, network.String()); err != nil {
		return nil, err
	}
	n, err := tx.Network(ctx, network)
	if err != nil || n.Hosted || n.Inbox == "" {
		return list, err
	}
	hub := FollowerInbox{Inbox: n.Inbox, Host: hostOf(n.NodeURI)}
	if !slices.Contains(list, hub) {
		list = append(list, hub)
	}
	return list, nil
}

func (tx *Tx) memberInboxes(ctx context.Context, cond string, args ...any) (list []FollowerInbox, err error) {
	err = tx.rows(ctx, `SELECT DISTINCT m.inbox, m.origin FROM network_members m JOIN networks n ON n.id = m.network_id
		WHERE `+counts+` AND m.inbox <> '' AND `+cond+` ORDER BY m.inbox`, args, func(r scanner) error {
		var box FollowerInbox
		err := r.Scan(&box.Inbox, &box.Host)
		box.Host = hostOf(box.Host)
		list = append(list, box)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list inboxes of members: %w", err)
	}
	return list, nil
}

// networkOf is the id in a network's audience, "" in any other.
func networkOf(a node.Audience) string {
	id, ok := strings.CutPrefix(string(a), "network:")
	if !ok {
		return ""
	}
	return id
}

// hostOf is the authority of an origin or an address.
func hostOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// DropNetworkDeliveries gives up what waits to be sent to inbox and is for one
// network, or for all of ours, unless whoever is there is still a member of it,
// or of another one (federation.md 8.3, 10). Deletions still go: they take back.
func (tx *Tx) DropNetworkDeliveries(ctx context.Context, network uuid.UUID, inbox string, now time.Time) error {
	// What members say of each other goes to who is removed only with Target, and
	// that is queued after this.
	const still = `EXISTS (SELECT 1 FROM network_members m JOIN networks n ON n.id = m.network_id
		WHERE m.inbox = ? AND ` + counts + ` AND ` + effective
	limit := freshAfter(now)
	for _, one := range []struct {
		audience node.Audience
		cond     string
		args     []any
	}{
		{node.NetworkOnly(network), ` AND n.id = ?)`, []any{inbox, limit, network.String()}},
		{node.Networks, `)`, []any{inbox, limit}},
	} {
		args := append([]any{inbox, string(one.audience)}, one.args...)
		err := tx.exec(ctx, `UPDATE deliveries SET state = 'dropped', last_error = 'no member' WHERE inbox = ? AND state = 'waiting' AND urgent = 0
			AND activity IN (SELECT id FROM activities WHERE audience = ?) AND NOT `+still+one.cond, args...)
		if err != nil {
			return fmt.Errorf("drop deliveries to %s: %w", inbox, err)
		}
	}
	return nil
}

// DropNetwork gives up all that waits to be sent to a network that we are no
// member of any more. Deletions still go.
func (tx *Tx) DropNetwork(ctx context.Context, network uuid.UUID) error {
	return tx.exec(ctx, `UPDATE deliveries SET state = 'dropped', last_error = 'no member' WHERE state = 'waiting' AND urgent = 0
		AND activity IN (SELECT id FROM activities WHERE audience = ?)`, string(node.NetworkOnly(network)))
}
