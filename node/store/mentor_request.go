package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

const requestColumns = `q.id, q.uri, q.offer_uri, q.topic, q.mentor_id, q.mentor_uri, q.learner_id, q.learner_uri, q.need, q.time, q.lang,
	q.state, q.reason, q.created_at, q.updated_at, q.nudged_at, q.version, q.source_id`

func scanRequest(r scanner) (*node.MentorRequest, error) {
	var q node.MentorRequest
	err := r.Scan(idColumn{&q.ID}, &q.URI, &q.OfferURI, &q.Topic, idColumn{&q.MentorID}, &q.MentorURI, idColumn{&q.LearnerID}, &q.LearnerURI,
		&q.Need, &q.Time, &q.Lang, &q.State, &q.Reason, timeColumn{&q.CreatedAt}, timeColumn{&q.UpdatedAt}, timeColumn{&q.NudgedAt}, &q.Version, &q.SourceID)
	return &q, err
}

// PutMentorRequest inserts q or replaces what became of the one with its id.
func (tx *Tx) PutMentorRequest(ctx context.Context, q *node.MentorRequest) error {
	err := tx.exec(ctx, `INSERT INTO mentor_requests (id, uri, offer_uri, topic, mentor_id, mentor_uri, learner_id, learner_uri, need, time, lang,
		state, reason, created_at, updated_at, nudged_at, version, source_id) VALUES (`+marks(18)+`)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, reason = excluded.reason, updated_at = excluded.updated_at,
		nudged_at = excluded.nudged_at, version = excluded.version`,
		q.ID.String(), q.URI, q.OfferURI, q.Topic, id(q.MentorID), q.MentorURI, id(q.LearnerID), q.LearnerURI, q.Need, q.Time, q.Lang,
		string(q.State), q.Reason, ms(q.CreatedAt), ms(q.UpdatedAt), ms(q.NudgedAt), q.Version, q.SourceID)
	if err != nil {
		return fmt.Errorf("put request %s: %w", q.URI, err)
	}
	return nil
}

func (tx *Tx) requests(ctx context.Context, s access.Scope, rest string, args ...any) (list []*node.MentorRequest, err error) {
	err = tx.rows(ctx, `SELECT `+requestColumns+` FROM mentor_requests q WHERE `+rest, args, func(r scanner) error {
		q, err := scanRequest(r)
		list = append(list, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	for _, q := range list {
		if q.Mentor, err = tx.Party(ctx, s, q.MentorID, q.MentorURI); err != nil {
			return nil, err
		}
		if q.Learner, err = tx.Party(ctx, s, q.LearnerID, q.LearnerURI); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (tx *Tx) request(ctx context.Context, s access.Scope, rest string, args ...any) (*node.MentorRequest, error) {
	list, err := tx.requests(ctx, s, rest+` LIMIT 1`, args...)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("request: %w", node.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// self is the one person whose things s includes; "" if there is none. Mentoring
// and messages are read by the two alone, never by an admin (product.md 5.4).
func self(s access.Scope) string {
	for _, a := range s {
		if person, ok := strings.CutPrefix(string(a), "person:"); ok {
			return person
		}
	}
	return ""
}

// nobody is a value that no id column has.
const nobody = "-"

func selfOrNobody(s access.Scope) string {
	if me := self(s); me != "" {
		return me
	}
	return nobody
}

// MentorRequest returns a request of the one person whose things s includes.
func (tx *Tx) MentorRequest(ctx context.Context, s access.Scope, request uuid.UUID) (*node.MentorRequest, error) {
	me := selfOrNobody(s)
	return tx.request(ctx, s, `q.id = ? AND (q.mentor_id = ? OR q.learner_id = ?)`, request.String(), me, me)
}

// MentorRequests lists theirs, newest first.
func (tx *Tx) MentorRequests(ctx context.Context, s access.Scope, limit int) ([]*node.MentorRequest, error) {
	me := selfOrNobody(s)
	return tx.requests(ctx, s, `q.mentor_id = ? OR q.learner_id = ? ORDER BY q.created_at DESC, q.id DESC LIMIT ?`, me, me, limit)
}

// StoredMentorRequest returns a request by its id among servers, for what the
// two sides say about it.
func (tx *Tx) StoredMentorRequest(ctx context.Context, uri string) (*node.MentorRequest, error) {
	return tx.request(ctx, nil, `q.uri = ?`, uri)
}

// StoredMentorRequestByID is StoredMentorRequest by our id.
func (tx *Tx) StoredMentorRequestByID(ctx context.Context, request uuid.UUID) (*node.MentorRequest, error) {
	return tx.request(ctx, nil, `q.id = ?`, request.String())
}

// MentorQueue lists the requests of an offer in one state, in the order in which they came.
func (tx *Tx) MentorQueue(ctx context.Context, offerURI string, state node.RequestState) ([]*node.MentorRequest, error) {
	return tx.requests(ctx, nil, `q.offer_uri = ? AND q.state = ? ORDER BY q.created_at, q.id`, offerURI, string(state))
}

// CountMentorRequests counts the requests of an offer in one state.
func (tx *Tx) CountMentorRequests(ctx context.Context, offerURI string, state node.RequestState) (n int, err error) {
	err = tx.row(ctx, `SELECT COUNT(*) FROM mentor_requests q WHERE q.offer_uri = ? AND q.state = ?`, offerURI, string(state)).Scan(&n)
	return n, err
}

// UnansweredMentorRequests lists requests that wait for their mentor since before a time.
func (tx *Tx) UnansweredMentorRequests(ctx context.Context, since time.Time) ([]*node.MentorRequest, error) {
	return tx.requests(ctx, nil, `q.state = 'asked' AND q.updated_at <= ? ORDER BY q.updated_at, q.id`, ms(since))
}

const openRequest = `q.state IN ('asked', 'waiting', 'accepted')`

// CountOpenRequests counts what a learner, by either id, has asked for and what
// has not ended; offerURI narrows to one offer unless it is empty.
func (tx *Tx) CountOpenRequests(ctx context.Context, learner uuid.UUID, learnerURI, offerURI string) (n int, err error) {
	cond, args := `q.learner_id = ?`, []any{learner.String()}
	if learner == uuid.Nil {
		cond, args = `q.learner_uri = ?`, []any{learnerURI}
	}
	if offerURI != "" {
		cond, args = cond+` AND q.offer_uri = ?`, append(args, offerURI)
	}
	err = tx.row(ctx, `SELECT COUNT(*) FROM mentor_requests q WHERE `+openRequest+` AND `+cond, args...).Scan(&n)
	return n, err
}

// CountRequestsFrom counts what came from an origin since a time.
func (tx *Tx) CountRequestsFrom(ctx context.Context, origin string, since time.Time) (n int, err error) {
	err = tx.row(ctx, `SELECT COUNT(*) FROM mentor_requests q WHERE q.learner_id = '' AND q.created_at > ? AND substr(q.learner_uri, 1, ?) = ?`,
		ms(since), len(origin)+1, origin+"/").Scan(&n)
	return n, err
}

// RequestBetween reports whether the two have an agreement: what one of our
// people and an actor of another server agreed on is a reason to write.
func (tx *Tx) RequestBetween(ctx context.Context, person uuid.UUID, uri string) (bool, error) {
	var n int
	err := tx.row(ctx, `SELECT COUNT(*) FROM mentor_requests q WHERE q.state = 'accepted' AND
		(q.mentor_id = ? AND q.learner_uri = ? OR q.learner_id = ? AND q.mentor_uri = ?)`, person.String(), uri, person.String(), uri).Scan(&n)
	return n > 0, err
}

// missing drops that something was not found.
func missing(err error) error {
	if errors.Is(err, node.ErrNotFound) {
		return nil
	}
	return err
}

// hostOfURI is the authority of a URI.
func hostOfURI(uri string) string {
	_, rest, _ := strings.Cut(node.OriginOf(uri), "://")
	return rest
}

// UnnudgedMentorRequests lists requests that wait for one of our mentors since
// before a time, who was not reminded yet.
func (tx *Tx) UnnudgedMentorRequests(ctx context.Context, since time.Time) ([]*node.MentorRequest, error) {
	return tx.requests(ctx, nil, `q.state = 'asked' AND q.updated_at <= ? AND q.nudged_at = 0 AND q.mentor_id <> '' ORDER BY q.updated_at, q.id`, ms(since))
}

// OpenMentorRequestsWith lists what has not ended between an actor elsewhere and our people.
func (tx *Tx) OpenMentorRequestsWith(ctx context.Context, uri string) ([]*node.MentorRequest, error) {
	return tx.requests(ctx, nil, openRequest+` AND (q.mentor_id = '' AND q.mentor_uri = ? OR q.learner_id = '' AND q.learner_uri = ?) ORDER BY q.created_at, q.id`, uri, uri)
}
