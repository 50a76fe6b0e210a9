package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// Cursor is a place in a list that goes from newest to oldest; "" is its start.
type Cursor string

func cursorOf(i *node.Item) Cursor {
	return Cursor(strconv.FormatInt(ms(i.PublishedAt), 10) + "." + i.ID.String())
}

// before renders a cursor as a condition; a broken cursor is the start.
func before(c Cursor) (string, []any) {
	t, itemID, ok := strings.Cut(string(c), ".")
	n, err := strconv.ParseInt(t, 10, 64)
	if !ok || err != nil {
		return "", nil
	}
	if _, err := uuid.Parse(itemID); err != nil {
		return "", nil
	}
	return ` AND (i.published_at, i.id) < (?, ?)`, []any{n, itemID}
}

// page runs a list from newest to oldest and tells where the next page starts.
func (tx *Tx) page(ctx context.Context, s access.Scope, cond string, args []any, c Cursor, limit int) ([]*node.Item, Cursor, error) {
	more, margs := before(c)
	limit = max(limit, 1)
	list, err := tx.items(ctx, s, ` WHERE `+cond+more+` ORDER BY i.published_at DESC, i.id DESC LIMIT ?`, append(append(args, margs...), limit+1)...)
	if err != nil || len(list) <= limit {
		return list, "", err
	}
	list = list[:limit]
	return list, cursorOf(list[limit-1]), nil
}

// Home lists what readers (a person and their organization) read: all of our
// own, what was addressed to us or to a network of ours, and what those say whom
// the readers follow.
func (tx *Tx) Home(ctx context.Context, s access.Scope, readers []uuid.UUID, c Cursor, limit int) ([]*node.Item, Cursor, error) {
	cond, args := in("i.audience", s)
	sub := `SELECT remote_uri FROM subscriptions WHERE reader_id IN (` + marks(len(readers)) + `)`
	for range 2 {
		for _, r := range readers {
			args = append(args, r.String())
		}
	}
	return tx.page(ctx, s, cond+` AND i.state = 'live' AND (i.local = 1 OR i.addressed = 1 OR i.audience LIKE 'network:%' OR i.author_uri IN (`+sub+`) OR i.shared_by IN (`+sub+`))`, args, c, limit)
}

// Everything lists all stored items that s includes, held ones too.
func (tx *Tx) Everything(ctx context.Context, s access.Scope, c Cursor, limit int) ([]*node.Item, Cursor, error) {
	cond, args := in("i.audience", s)
	return tx.page(ctx, s, cond, args, c, limit)
}

// By lists the live items of one author.
func (tx *Tx) By(ctx context.Context, s access.Scope, author uuid.UUID, c Cursor, limit int) ([]*node.Item, Cursor, error) {
	cond, args := in("i.audience", s)
	return tx.page(ctx, s, `i.author_id = ? AND i.state = 'live' AND `+cond, append([]any{author.String()}, args...), c, limit)
}

// PublicItems lists our newest items that are for everyone. Replies are left out: they belong to their thread.
func (tx *Tx) PublicItems(ctx context.Context, limit int) ([]*node.Item, error) {
	return tx.items(ctx, access.ScopeOf(access.Visitor), ` WHERE i.local = 1 AND i.audience = 'public' AND i.state = 'live' AND i.in_reply_to = ''
		ORDER BY i.published_at DESC, i.id DESC LIMIT ?`, limit)
}

// Replies lists the live answers to uri, oldest first.
func (tx *Tx) Replies(ctx context.Context, s access.Scope, uri string, limit int) ([]*node.Item, error) {
	cond, args := in("i.audience", s)
	return tx.items(ctx, s, ` WHERE i.in_reply_to = ? AND i.in_reply_to <> '' AND i.state = 'live' AND `+cond+`
		ORDER BY i.published_at, i.id LIMIT ?`, append(append([]any{uri}, args...), limit)...)
}

// longestGathering is how long a gathering goes on at most to be listed until its end.
const longestGathering = 31 * 24 * time.Hour

// Upcoming lists gatherings that have not ended at from, soonest first, as Home would show them.
func (tx *Tx) Upcoming(ctx context.Context, s access.Scope, readers []uuid.UUID, from time.Time, limit int) ([]*node.Item, error) {
	cond, args := in("i.audience", s)
	mine := ""
	if len(readers) > 0 {
		mine = ` OR i.addressed = 1 OR i.audience LIKE 'network:%' OR i.author_uri IN (SELECT remote_uri FROM subscriptions WHERE reader_id IN (` + marks(len(readers)) + `))
			OR i.shared_by IN (SELECT remote_uri FROM subscriptions WHERE reader_id IN (` + marks(len(readers)) + `))`
		for range 2 {
			for _, r := range readers {
				args = append(args, r.String())
			}
		}
	}
	longest := from.Add(-longestGathering) // the index is by start
	return tx.items(ctx, s, ` WHERE g.starts_at >= ? AND (g.ends_at >= ? OR g.starts_at >= ?) AND i.state = 'live' AND `+cond+` AND (i.local = 1`+mine+`)
		ORDER BY g.starts_at, i.id LIMIT ?`, append(append([]any{ms(longest), ms(from), ms(from)}, args...), limit)...)
}

// Held lists what waits for an admin, oldest first.
func (tx *Tx) Held(ctx context.Context, s access.Scope, limit int) ([]*node.Item, error) {
	cond, args := in("i.audience", s)
	return tx.items(ctx, s, ` WHERE i.state = 'held' AND `+cond+` ORDER BY i.published_at, i.id LIMIT ?`, append(args, limit)...)
}

// PutNotice tells somebody that something happened; the same is told once.
func (tx *Tx) PutNotice(ctx context.Context, noticeID, person uuid.UUID, verb, actorURI string, item uuid.UUID, now time.Time) error {
	return tx.exec(ctx, `INSERT INTO notices (id, person_id, verb, actor_uri, item_id, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		noticeID.String(), person.String(), verb, actorURI, id(item), ms(now))
}

// DeleteNotice takes one back (Undo of a Like or a share).
func (tx *Tx) DeleteNotice(ctx context.Context, verb, actorURI string, item uuid.UUID) error {
	return tx.exec(ctx, `DELETE FROM notices WHERE verb = ? AND actor_uri = ? AND item_id = ?`, verb, actorURI, id(item))
}

// Notices lists what happened for people, newest first. One about an item that
// s does not include, or that is gone, is left out: even that it happened tells something.
func (tx *Tx) Notices(ctx context.Context, s access.Scope, people []uuid.UUID, limit int) (list []node.Notice, err error) {
	for _, p := range people { // one by one: each list is short and comes in order of the index
		if err := tx.noticesFor(ctx, s, p, limit, &list); err != nil {
			return nil, fmt.Errorf("list notices: %w", err)
		}
		if err := tx.told(ctx, s, p, limit, &list); err != nil {
			return nil, fmt.Errorf("list notices: %w", err)
		}
	}
	slices.SortFunc(list, func(a, b node.Notice) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(b.ID.String(), a.ID.String()))
	})
	return list[:min(max(limit, 0), len(list))], nil
}

func (tx *Tx) noticesFor(ctx context.Context, s access.Scope, person uuid.UUID, limit int, list *[]node.Notice) error {
	cond, args := in("i.audience", s)
	var about []uuid.UUID
	before := len(*list)
	err := tx.rows(ctx, `SELECT n.id, n.person_id, n.verb, n.item_id, n.at, r.id, r.uri, r.type, r.name, r.username, r.host
		FROM notices n JOIN remote_actors r ON r.uri = n.actor_uri
		WHERE n.person_id = ? AND (n.item_id = '' OR EXISTS (SELECT 1 FROM items i WHERE i.id = n.item_id AND `+cond+`))
		ORDER BY n.at DESC, n.id DESC LIMIT ?`,
		append(append([]any{person.String()}, args...), limit), func(r scanner) error {
			var n node.Notice
			var item uuid.UUID
			var by node.RemoteActor
			err := r.Scan(idColumn{&n.ID}, idColumn{&n.Person}, &n.Verb, idColumn{&item}, timeColumn{&n.At},
				idColumn{&by.ID}, &by.URI, &by.Type, &by.Name, &by.Username, &by.Host)
			n.By = node.Author{ID: by.ID, Kind: by.Kind(), URI: by.URI, Handle: by.Handle(), Name: by.Name, Page: "/@" + by.Handle(), Host: by.Host}
			*list, about = append(*list, n), append(about, item)
			return err
		})
	if err != nil {
		return err
	}
	for k, item := range about {
		if item == uuid.Nil {
			continue
		}
		if (*list)[before+k].Item, err = tx.Item(ctx, s, item); err != nil {
			return err
		}
	}
	return nil
}
