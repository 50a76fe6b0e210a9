package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

const cardColumns = `c.id, c.network_id, c.actor_uri, c.actor_id, c.organization_uri, c.name, c.role_title, c.bio, c.languages, c.place,
	c.version, c.expires_at, c.updated_at, c.received_at, c.source_id`

func scanCard(r scanner) (*node.Card, error) {
	var c node.Card
	err := r.Scan(idColumn{&c.ID}, idColumn{&c.NetworkID}, &c.ActorURI, idColumn{&c.ActorID}, &c.OrganizationURI, &c.Name, &c.RoleTitle, &c.Bio,
		codesColumn{&c.Languages}, &c.Place, &c.Version, timeColumn{&c.ExpiresAt}, timeColumn{&c.UpdatedAt}, timeColumn{&c.ReceivedAt}, &c.SourceID)
	return &c, err
}

// CardKnown tells what we last heard of an actor's card for a network, shown or
// withdrawn: its version and its time. Both are zero if we heard nothing.
func (tx *Tx) CardKnown(ctx context.Context, network uuid.UUID, actorURI string) (version int64, updated time.Time, err error) {
	err = tx.row(ctx, `SELECT COALESCE(MAX(version), 0), COALESCE(MAX(at), 0) FROM (SELECT version, updated_at AS at FROM cards WHERE network_id = ? AND actor_uri = ?
		UNION ALL SELECT version, at FROM card_tombstones WHERE network_id = ? AND actor_uri = ?) AS known`,
		network.String(), actorURI, network.String(), actorURI).Scan(&version, timeColumn{&updated})
	return version, updated, err
}

// PutCard stores c in place of the one of its actor in its network, and makes it
// findable. c.ID becomes the stored id.
func (tx *Tx) PutCard(ctx context.Context, c *node.Card) error {
	err := tx.exec(ctx, `INSERT INTO cards (id, network_id, actor_uri, actor_id, organization_uri, name, role_title, bio, languages, place,
		version, expires_at, updated_at, received_at, source_id) VALUES (`+marks(15)+`)
		ON CONFLICT (network_id, actor_uri) DO UPDATE SET actor_id = excluded.actor_id, organization_uri = excluded.organization_uri, name = excluded.name,
		role_title = excluded.role_title, bio = excluded.bio, languages = excluded.languages, place = excluded.place, version = excluded.version,
		expires_at = excluded.expires_at, updated_at = excluded.updated_at, received_at = excluded.received_at, source_id = excluded.source_id`,
		c.ID.String(), c.NetworkID.String(), c.ActorURI, id(c.ActorID), c.OrganizationURI, c.Name, c.RoleTitle, c.Bio, codes(c.Languages), c.Place,
		c.Version, ms(c.ExpiresAt), ms(c.UpdatedAt), ms(c.ReceivedAt), c.SourceID)
	if err == nil {
		err = tx.row(ctx, `SELECT id FROM cards WHERE network_id = ? AND actor_uri = ?`, c.NetworkID.String(), c.ActorURI).Scan(idColumn{&c.ID})
	}
	if err == nil {
		err = tx.exec(ctx, `DELETE FROM card_skills WHERE card_id = ?`, c.ID.String())
	}
	if err != nil {
		return fmt.Errorf("put card of %s: %w", c.ActorURI, err)
	}
	for i, k := range c.Skills {
		err := tx.exec(ctx, `INSERT INTO card_skills (card_id, position, tag, term_set, name, stance, level, can_mentor) VALUES (`+marks(8)+`)`,
			c.ID.String(), i, k.Tag, k.TermSet, k.Name, string(k.Stance), k.Level, flag(k.CanMentor))
		if err != nil {
			return fmt.Errorf("put skill %s of card %s: %w", k.Tag, c.ID, err)
		}
	}
	return tx.indexCard(ctx, c)
}

// BuryCard remembers that a card was withdrawn, so that a late older version stays away.
func (tx *Tx) BuryCard(ctx context.Context, network uuid.UUID, actorURI string, version int64, at time.Time) error {
	err := tx.exec(ctx, `INSERT INTO card_tombstones (network_id, actor_uri, version, at) VALUES (?, ?, ?, ?) ON CONFLICT (network_id, actor_uri)
		DO UPDATE SET version = CASE WHEN excluded.version > version THEN excluded.version ELSE version END,
		at = CASE WHEN excluded.at > at THEN excluded.at ELSE at END`, network.String(), actorURI, version, ms(at))
	if err != nil {
		return fmt.Errorf("bury card of %s: %w", actorURI, err)
	}
	return nil
}

// DeleteCard removes the card of an actor in a network, if there is one.
func (tx *Tx) DeleteCard(ctx context.Context, network uuid.UUID, actorURI string) error {
	_, err := tx.deleteCards(ctx, `network_id = ? AND actor_uri = ?`, network.String(), actorURI)
	return err
}

// DeleteEndedCards removes up to limit cards that have ended, or that are of a
// network that we are not in any more, and reports how many.
func (tx *Tx) DeleteEndedCards(ctx context.Context, now time.Time, limit int) (int, error) {
	n, err := tx.deleteCards(ctx, `id IN (SELECT id FROM cards WHERE expires_at <= ? LIMIT ?)`, ms(now), limit)
	if err != nil || n > 0 {
		return n, err
	}
	return tx.deleteCards(ctx, `id IN (SELECT c.id FROM networks n JOIN cards c ON c.network_id = n.id WHERE n.state IN ('left', 'expelled', 'refused') LIMIT ?)`, limit)
}

// ForgetBuried drops what is remembered of cards that were withdrawn before a
// time: whatever could still come in of them has ended by now.
func (tx *Tx) ForgetBuried(ctx context.Context, before time.Time) (int, error) {
	n, err := tx.execN(ctx, `DELETE FROM card_tombstones WHERE at < ?`, ms(before))
	return int(n), err
}

// CardsToForget reports whether there is anything for DeleteEndedCards or ForgetBuried.
func (tx *Tx) CardsToForget(ctx context.Context, now, before time.Time) (todo bool, err error) {
	err = tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM cards WHERE expires_at <= ?) OR EXISTS (SELECT 1 FROM networks n JOIN cards c ON c.network_id = n.id
		WHERE n.state IN ('left', 'expelled', 'refused')) OR EXISTS (SELECT 1 FROM card_tombstones WHERE at < ?)`, ms(now), ms(before)).Scan(&todo)
	return todo, err
}

// deleteCards removes cards, what the search knows of them, and what we know of
// their people besides.
func (tx *Tx) deleteCards(ctx context.Context, cond string, args ...any) (int, error) {
	var actors []string
	err := tx.rows(ctx, `SELECT actor_uri FROM cards WHERE `+cond, args, func(r scanner) error {
		var uri string
		err := r.Scan(&uri)
		actors = append(actors, uri)
		return err
	})
	if err != nil || len(actors) == 0 {
		return 0, err
	}
	err = tx.exec(ctx, `DELETE FROM search_entries WHERE ref IN (SELECT id FROM cards WHERE `+cond+`)`, args...)
	if err != nil {
		return 0, fmt.Errorf("delete cards: %w", err)
	}
	if err := tx.exec(ctx, `DELETE FROM cards WHERE `+cond, args...); err != nil {
		return 0, fmt.Errorf("delete cards: %w", err)
	}
	for _, uri := range actors {
		if err := tx.forgetProfile(ctx, uri); err != nil {
			return 0, err
		}
	}
	return len(actors), nil
}

// forgetProfile removes what an actor of whom we have no card any more told of
// themself, also from the document that it came in. The name stays beside what
// they wrote; when the actor is gone, nothing that tells who it was stays.
func (tx *Tx) forgetProfile(ctx context.Context, actorURI string) error {
	const none = ` AND NOT EXISTS (SELECT 1 FROM networks n JOIN cards c ON c.network_id = n.id AND c.actor_uri = ?)`
	err := tx.exec(ctx, `UPDATE sources SET raw = '{}' WHERE id = (SELECT source_id FROM remote_actors WHERE uri = ?)`+none, actorURI, actorURI)
	if err == nil {
		err = tx.exec(ctx, `UPDATE remote_actors SET summary = '', job_title = '', languages = '', skills = '[]' WHERE uri = ?`+none, actorURI, actorURI)
	}
	if err != nil {
		return fmt.Errorf("forget profile of %s: %w", actorURI, err)
	}
	return nil
}

// ForgetName removes the name of an actor that is gone.
func (tx *Tx) ForgetName(ctx context.Context, actorURI string) error {
	return tx.exec(ctx, `UPDATE remote_actors SET name = username WHERE uri = ?`, actorURI)
}

// HeldNetworks lists the networks in which we have cards of an actor.
func (tx *Tx) HeldNetworks(ctx context.Context, actorURI string) (list []uuid.UUID, err error) {
	err = tx.rows(ctx, `SELECT n.id FROM networks n JOIN cards c ON c.network_id = n.id AND c.actor_uri = ?`, []any{actorURI}, func(r scanner) error {
		var n uuid.UUID
		err := r.Scan(idColumn{&n})
		list = append(list, n)
		return err
	})
	return list, err
}

// Cards returns those of the cards with these ids that s includes now, by id: they
// have not ended and their organizations are members (federation.md 8.2).
func (tx *Tx) Cards(ctx context.Context, s access.Scope, ids []uuid.UUID, now time.Time) (map[uuid.UUID]*node.Card, error) {
	found := map[uuid.UUID]*node.Card{}
	for batch := range slices.Chunk(ids, idsAtOnce) {
		q, args := &searcher{s: s, now: now}, refs(batch)
		c := &condition{args: args}
		q.open(c, "e")
		err := tx.rows(ctx, `SELECT `+cardColumns+` FROM cards c JOIN search_entries e ON e.ref = c.id WHERE c.id IN (`+marks(len(args))+`)`+c.sql.String(), c.args, func(r scanner) error {
			c, err := scanCard(r)
			found[c.ID] = c
			return err
		})
		if err == nil {
			err = tx.cardSkills(ctx, found, args)
		}
		if err != nil {
			return nil, fmt.Errorf("read cards: %w", err)
		}
	}
	return found, nil
}

// idsAtOnce is how many ids one query names. Lists are filled up to it or to one:
// statements are kept, and there must be few different ones.
const idsAtOnce = 32

func refs(ids []uuid.UUID) []any {
	n := idsAtOnce
	if len(ids) == 1 {
		n = 1
	}
	args := make([]any, n)
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)].String()
	}
	return args
}

func (tx *Tx) cardSkills(ctx context.Context, cards map[uuid.UUID]*node.Card, args []any) error {
	return tx.rows(ctx, `SELECT card_id, tag, term_set, name, stance, level, can_mentor FROM card_skills WHERE card_id IN (`+marks(len(args))+`) ORDER BY card_id, position`,
		args, func(r scanner) error {
			var of uuid.UUID
			var k node.PersonSkill
			if err := r.Scan(idColumn{&of}, &k.Tag, &k.TermSet, &k.Name, &k.Stance, &k.Level, &k.CanMentor); err != nil {
				return err
			}
			if c := cards[of]; c != nil {
				c.Skills = append(c.Skills, k)
			}
			return nil
		})
}

// PeopleByID returns those of the people with these ids that s includes, as far
// as it includes them, by id. Unlisted people are not among them.
func (tx *Tx) PeopleByID(ctx context.Context, s access.Scope, ids []uuid.UUID) (map[uuid.UUID]*node.Person, error) {
	found := map[uuid.UUID]*node.Person{}
	for batch := range slices.Chunk(ids, idsAtOnce) {
		args := refs(batch)
		cond, scoped := visible(s)
		some := map[uuid.UUID]*node.Person{}
		err := tx.rows(ctx, `SELECT `+personColumns+` FROM people p WHERE p.id IN (`+marks(len(args))+`) AND p.unlisted = 0 AND `+cond, append(args, scoped...), func(r scanner) error {
			p, err := scanPerson(r)
			some[p.ID], found[p.ID] = p, p
			return err
		})
		if err == nil {
			err = tx.skills(ctx, some)
		}
		if err != nil {
			return nil, fmt.Errorf("read people: %w", err)
		}
		for _, p := range some {
			s.Reduce(p)
		}
	}
	return found, nil
}

// MembersOf returns the lines of the organizations of cards in their networks, by
// network and organization.
func (tx *Tx) MembersOf(ctx context.Context, cards map[uuid.UUID]*node.Card) (map[MemberKey]*node.Membership, error) {
	found := map[MemberKey]*node.Membership{}
	for _, c := range cards {
		k := MemberKey{c.NetworkID, c.OrganizationURI}
		if found[k] != nil {
			continue
		}
		m, err := tx.Membership(ctx, k.Network, k.Organization)
		if err != nil {
			return nil, err
		}
		found[k] = m
	}
	return found, nil
}

// MemberKey names a line of a roster.
type MemberKey struct {
	Network      uuid.UUID
	Organization string // URI
}

// MemberWith returns the line of an organization in a network if what its people
// say there counts now: it and we are effective members (federation.md 8.2, A12).
func (tx *Tx) MemberWith(ctx context.Context, network uuid.UUID, organizationURI string, now time.Time) (*node.Membership, error) {
	m, err := scanMember(tx.row(ctx, `SELECT `+memberColumns+` FROM network_members m JOIN networks n ON n.id = m.network_id
		WHERE m.network_id = ? AND m.organization_uri = ? AND `+listed+` AND `+effective, network.String(), organizationURI, freshAfter(now)))
	return m, found(err, "member %s", organizationURI)
}
