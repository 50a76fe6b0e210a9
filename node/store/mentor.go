package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// MentorFilter narrows a list of offers.
type MentorFilter struct {
	Topic    string // skill code
	Language string
	Limit    int
}

const offerColumns = `o.id, o.uri, o.local, o.person_id, o.actor_uri, o.audience, o.topics, o.languages, o.format, o.weeks, o.capacity, o.note,
	o.paused, o.full, o.expires_at, o.created_at, o.updated_at, o.version, o.source_id,
	(SELECT COUNT(*) FROM mentor_requests q WHERE o.local = 1 AND q.offer_uri = o.uri AND q.state = 'accepted')`

func scanOffer(r scanner) (*node.MentorOffer, error) {
	var o node.MentorOffer
	err := r.Scan(idColumn{&o.ID}, &o.URI, &o.Local, idColumn{&o.PersonID}, &o.ActorURI, &o.Audience, codesColumn{&o.Topics}, codesColumn{&o.Languages},
		&o.Format, &o.Weeks, &o.Capacity, textColumn{&o.Note}, &o.Paused, &o.Full, timeColumn{&o.ExpiresAt}, timeColumn{&o.CreatedAt},
		timeColumn{&o.UpdatedAt}, &o.Version, &o.SourceID, &o.Learners)
	if o.Local {
		o.Full = o.Learners >= o.Capacity
	}
	return &o, err
}

// PutMentorOffer inserts o or replaces the one with its URI.
func (tx *Tx) PutMentorOffer(ctx context.Context, o *node.MentorOffer) error {
	err := tx.exec(ctx, `INSERT INTO mentor_offers (id, uri, local, person_id, actor_uri, audience, topics, languages, format, weeks, capacity, note,
		paused, full, expires_at, created_at, updated_at, version, source_id) VALUES (`+marks(19)+`)
		ON CONFLICT (uri) DO UPDATE SET actor_uri = excluded.actor_uri, audience = excluded.audience, topics = excluded.topics, languages = excluded.languages,
		format = excluded.format, weeks = excluded.weeks, capacity = excluded.capacity, note = excluded.note, paused = excluded.paused, full = excluded.full,
		expires_at = excluded.expires_at, updated_at = excluded.updated_at, version = excluded.version, source_id = excluded.source_id`,
		o.ID.String(), o.URI, flag(o.Local), id(o.PersonID), o.ActorURI, string(o.Audience), codes(o.Topics), codes(o.Languages), string(o.Format), o.Weeks,
		o.Capacity, text(o.Note), flag(o.Paused), flag(o.Full), ms(o.ExpiresAt), ms(o.CreatedAt), ms(o.UpdatedAt), o.Version, o.SourceID)
	if err != nil {
		return fmt.Errorf("put offer %s: %w", o.URI, err)
	}
	return nil
}

// DeleteMentorOffer forgets an offer, and what was told of it to the mentor.
func (tx *Tx) DeleteMentorOffer(ctx context.Context, o *node.MentorOffer) error {
	if err := tx.DeleteNoticesAbout(ctx, o.ID); err != nil {
		return err
	}
	return tx.exec(ctx, `DELETE FROM mentor_offers WHERE id = ?`, o.ID.String())
}

func (tx *Tx) offers(ctx context.Context, s access.Scope, rest string, args ...any) (list []*node.MentorOffer, err error) {
	err = tx.rows(ctx, `SELECT `+offerColumns+` FROM mentor_offers o WHERE `+rest, args, func(r scanner) error {
		o, err := scanOffer(r)
		list = append(list, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list offers: %w", err)
	}
	for _, o := range list {
		if o.Mentor, err = tx.Party(ctx, s, o.PersonID, o.ActorURI); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (tx *Tx) offer(ctx context.Context, s access.Scope, rest string, args ...any) (*node.MentorOffer, error) {
	list, err := tx.offers(ctx, s, rest+` LIMIT 1`, args...)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("offer: %w", node.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// offered is the condition that s includes an offer. One from elsewhere is shown
// while its mentor's server is a member, as cards are: who is put on hold or goes
// takes it along (S6).
func offered(s access.Scope) (string, []any) {
	cond, args := in("o.audience", s)
	return cond + ` AND (o.local = 1 OR EXISTS (SELECT 1 FROM network_members m JOIN networks n ON n.id = m.network_id WHERE o.audience = 'network:' || m.network_id
		AND m.origin <> '' AND o.actor_uri >= m.origin || '/' AND o.actor_uri < m.origin || '0' AND ` + listed + `))`, args
}

// MentorOffer returns an offer that s includes, open or not.
func (tx *Tx) MentorOffer(ctx context.Context, s access.Scope, offer uuid.UUID) (*node.MentorOffer, error) {
	cond, args := offered(s)
	return tx.offer(ctx, s, `o.id = ? AND `+cond, append([]any{offer.String()}, args...)...)
}

// MentorOfferByURI is MentorOffer by its id among servers.
func (tx *Tx) MentorOfferByURI(ctx context.Context, s access.Scope, uri string) (*node.MentorOffer, error) {
	cond, args := offered(s)
	return tx.offer(ctx, s, `o.uri = ? AND `+cond, append([]any{uri}, args...)...)
}

// StoredMentorOffer returns an offer whoever may see it: for announcing it and
// for what its mentor decides.
func (tx *Tx) StoredMentorOffer(ctx context.Context, uri string) (*node.MentorOffer, error) {
	return tx.offer(ctx, nil, `o.uri = ?`, uri)
}

// MentorOffers lists the offers that s includes and that take requests now,
// those with a place free first. Of ours only those of who still shows themself to the networks.
func (tx *Tx) MentorOffers(ctx context.Context, s access.Scope, f MentorFilter, now time.Time) ([]*node.MentorOffer, error) {
	cond, args := offered(s)
	cond += ` AND o.paused = 0 AND o.expires_at > ? AND (o.local = 0 OR EXISTS (SELECT 1 FROM people p WHERE p.id = o.person_id AND p.network_actor_id <> ''))`
	args = append(args, ms(now))
	for col, want := range map[string]string{"o.topics": f.Topic, "o.languages": f.Language} {
		if want != "" {
			cond += ` AND ',' || ` + col + ` || ',' LIKE ?`
			args = append(args, "%,"+want+",%")
		}
	}
	return tx.offers(ctx, s, cond+` ORDER BY o.full, o.updated_at DESC, o.id LIMIT ?`, append(args, f.Limit)...)
}

// MentorOffersOf lists the offers of one of our people, paused and expired ones too.
func (tx *Tx) MentorOffersOf(ctx context.Context, person uuid.UUID) ([]*node.MentorOffer, error) {
	return tx.offers(ctx, access.Scope{node.Only(person)}, `o.person_id = ? AND o.local = 1 ORDER BY o.created_at, o.id`, person.String())
}

// EndingMentorOffers lists our offers that end before a time and whose mentor was not told so with this verb.
func (tx *Tx) EndingMentorOffers(ctx context.Context, before time.Time, verb string) ([]*node.MentorOffer, error) {
	return tx.offers(ctx, nil, `o.local = 1 AND o.expires_at <= ? AND NOT EXISTS
		(SELECT 1 FROM notices n WHERE n.item_id = o.id AND n.verb = ?) ORDER BY o.expires_at, o.id`, ms(before), verb)
}

// OrphanedMentorOffers lists our offers of people who do not show themself to
// the networks any more, and received ones that ended long ago.
func (tx *Tx) OrphanedMentorOffers(ctx context.Context, endedBefore time.Time) ([]*node.MentorOffer, error) {
	return tx.offers(ctx, nil, `(o.local = 1 AND NOT EXISTS (SELECT 1 FROM people p WHERE p.id = o.person_id AND p.network_actor_id <> ''))
		OR (o.local = 0 AND o.expires_at < ?) ORDER BY o.id`, ms(endedBefore))
}

// MentorOffersOfActor lists what was received from an actor, for removing it.
func (tx *Tx) MentorOffersOfActor(ctx context.Context, uri string) ([]*node.MentorOffer, error) {
	return tx.offers(ctx, nil, `o.local = 0 AND o.actor_uri = ? ORDER BY o.id`, uri)
}

// Party is one side of an offer, a request or a message as s may see them: one
// of our people, or somebody elsewhere by their card, or by what their server says.
func (tx *Tx) Party(ctx context.Context, s access.Scope, person uuid.UUID, uri string) (node.Author, error) {
	if ours, ok := personOf(uri); ok {
		person = ours
	}
	if person != uuid.Nil {
		p, err := tx.PersonSelf(ctx, person)
		if err != nil {
			return node.Author{ID: person, Kind: node.KindPerson}, missing(err)
		}
		s.Reduce(p)
		return node.Author{ID: p.ID, Kind: node.KindPerson, Handle: p.Handle, Name: p.Name, Page: "/people/" + p.Handle}, nil
	}
	a := node.Author{Kind: node.KindPerson, URI: uri, Host: hostOfURI(uri)}
	err := tx.row(ctx, `SELECT r.id, r.name, r.username, r.host FROM remote_actors r WHERE r.uri = ?`, uri).Scan(idColumn{&a.ID}, &a.Name, &a.Handle, &a.Host)
	if missing(found(err, "actor")) != nil {
		return a, err
	}
	if a.Handle != "" {
		a.Handle += "@" + a.Host
		a.Page = "/@" + a.Handle
	}
	cond, args := in(`'network:' || c.network_id`, s)
	var name string
	err = tx.row(ctx, `SELECT c.name FROM cards c WHERE c.actor_uri = ? AND `+cond+` ORDER BY c.updated_at DESC LIMIT 1`, append([]any{uri}, args...)...).Scan(&name)
	if missing(found(err, "card")) != nil {
		return a, err
	}
	for _, n := range []string{name, a.Name, a.Handle, a.Host} {
		if n != "" {
			a.Name = n
			break
		}
	}
	return a, nil
}

// ToldFull reports whether the networks were last told that one of our offers is full.
func (tx *Tx) ToldFull(ctx context.Context, offer uuid.UUID) (told bool, err error) {
	err = tx.row(ctx, `SELECT full FROM mentor_offers WHERE id = ?`, offer.String()).Scan(&told)
	return told, found(err, "offer %s", offer)
}
