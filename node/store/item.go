package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// itemColumns with itemFrom reads an item with its author and its gathering.
const (
	itemColumns = `i.id, i.uri, i.page, i.kind, i.local, i.author_id, i.author_kind, i.author_uri, i.written_by, i.audience, i.state,
	i.open_at_origin, i.addressed, i.in_reply_to, i.lang, i.title, i.body, i.source, i.summary, i.published_at, i.updated_at, i.version, i.shared_by, i.source_id,
	COALESCE(p.name, o.name, r.name, ''), COALESCE(p.handle, o.handle, r.username, ''), COALESCE(r.host, ''), COALESCE(p.organization_id, ''), COALESCE(p.fields, ''),
	g.starts_at, g.ends_at, g.zone, g.place, g.address, g.link, g.languages, g.status, g.previous_start`
	itemFrom = ` FROM items i
	LEFT JOIN people p ON i.local = 1 AND p.id = i.author_id
	LEFT JOIN organizations o ON i.local = 1 AND o.id = i.author_id
	LEFT JOIN remote_actors r ON i.local = 0 AND r.id = i.author_id
	LEFT JOIN gatherings g ON g.item_id = i.id`
)

// scanItem reads an item for s: of its author's name as much as s includes. The
// nil scope is for what decides and shows nothing, and gets the name whole.
func scanItem(r scanner, s access.Scope) (*node.Item, error) {
	var i node.Item
	var by node.Person
	var starts, ends, previous sql.NullInt64
	var zone, place, address, link, languages, status sql.NullString
	err := r.Scan(idColumn{&i.ID}, &i.URI, &i.Page, &i.Kind, &i.Local, idColumn{&i.Author.ID}, &i.Author.Kind, &i.Author.URI, idColumn{&i.WrittenBy},
		&i.Audience, &i.State, &i.OpenAtOrigin, &i.Addressed, &i.InReplyTo, &i.Lang, textColumn{&i.Title}, textColumn{&i.Body}, textColumn{&i.Source}, &i.Summary,
		timeColumn{&i.PublishedAt}, timeColumn{&i.UpdatedAt}, &i.Version, &i.SharedBy, &i.SourceID,
		&i.Author.Name, &i.Author.Handle, &i.Author.Host, idColumn{&by.OrganizationID}, fieldsColumn{&by.Fields},
		&starts, &ends, &zone, &place, &address, &link, &languages, &status, &previous)
	if err != nil {
		return nil, err
	}
	switch {
	case !i.Local:
		i.Author.Handle += "@" + i.Author.Host
		i.Author.Page = "/@" + i.Author.Handle
		if i.Author.Name == "" {
			i.Author.Name = i.Author.Handle
		}
	case i.Author.Kind == node.KindPerson:
		i.Author.Page = "/people/" + i.Author.Handle
		by.ID = i.Author.ID
		if s != nil && !s.Includes(by.AudienceOf(node.FieldName)) && !s.Includes(node.Only(by.ID)) {
			i.Author.Name = node.Initials(i.Author.Name)
		}
	default:
		i.Author.Page = "/organizations/" + i.Author.Handle
	}
	if status.Valid {
		i.Gathering = &node.Gathering{
			Start: at(starts.Int64), End: at(ends.Int64), Zone: zone.String, Place: place.String, Address: address.String,
			Link: link.String, Status: node.Status(status.String), PreviousStart: at(previous.Int64),
		}
		if err := (codesColumn{&i.Gathering.Languages}).Scan(languages.String); err != nil {
			return nil, err
		}
	}
	return &i, nil
}

func (tx *Tx) items(ctx context.Context, s access.Scope, tail string, args ...any) (list []*node.Item, err error) {
	err = tx.rows(ctx, `SELECT `+itemColumns+itemFrom+tail, args, func(r scanner) error {
		i, err := scanItem(r, s)
		list = append(list, i)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list items: %w", err)
	}
	return list, nil
}

// Item returns the item with this id if s includes it.
func (tx *Tx) Item(ctx context.Context, s access.Scope, itemID uuid.UUID) (*node.Item, error) {
	cond, args := in("i.audience", s)
	i, err := scanItem(tx.row(ctx, `SELECT `+itemColumns+itemFrom+` WHERE i.id = ? AND `+cond, append([]any{itemID.String()}, args...)...), s)
	return i, found(err, "item %s", itemID)
}

// ItemByURI returns the item with this id among servers, if s includes it.
func (tx *Tx) ItemByURI(ctx context.Context, s access.Scope, uri string) (*node.Item, error) {
	cond, args := in("i.audience", s)
	i, err := scanItem(tx.row(ctx, `SELECT `+itemColumns+itemFrom+` WHERE i.uri = ? AND `+cond, append([]any{uri}, args...)...), s)
	return i, found(err, "item %s", uri)
}

// StoredItem returns an item whatever its audience. It is for deciding on what
// was received and for announcing; nothing of it may be shown unasked.
func (tx *Tx) StoredItem(ctx context.Context, uri string) (*node.Item, error) {
	i, err := scanItem(tx.row(ctx, `SELECT `+itemColumns+itemFrom+` WHERE i.uri = ?`, uri), nil)
	return i, found(err, "item %s", uri)
}

// InsertItem adds i. It returns node.ErrConflict if its URI is there already.
func (tx *Tx) InsertItem(ctx context.Context, i *node.Item) error {
	n, err := tx.execN(ctx, `INSERT INTO items (id, uri, page, kind, local, author_id, author_kind, author_uri, written_by, audience, state,
		open_at_origin, addressed, in_reply_to, lang, title, body, source, summary, published_at, updated_at, version, shared_by, source_id)
		VALUES (`+marks(24)+`) ON CONFLICT DO NOTHING`,
		i.ID.String(), i.URI, i.Page, string(i.Kind), flag(i.Local), i.Author.ID.String(), string(i.Author.Kind), i.Author.URI, id(i.WrittenBy), string(i.Audience), string(i.State),
		flag(i.OpenAtOrigin), flag(i.Addressed), i.InReplyTo, i.Lang, text(i.Title), text(i.Body), text(i.Source), i.Summary, ms(i.PublishedAt), ms(i.UpdatedAt), i.Version, i.SharedBy, i.SourceID)
	if err == nil && n == 0 {
		err = node.ErrConflict
	}
	if err != nil {
		return fmt.Errorf("insert item %s: %w", i.ID, err)
	}
	return tx.putGathering(ctx, i)
}

// UpdateItem replaces what i says. Its author, audience and time of publication
// stay; the document of a received item's earlier words goes.
func (tx *Tx) UpdateItem(ctx context.Context, i *node.Item) error {
	if !i.Local {
		if err := tx.exec(ctx, `DELETE FROM sources WHERE id = (SELECT source_id FROM items WHERE id = ?) AND id <> ?`, i.ID.String(), i.SourceID); err != nil {
			return fmt.Errorf("update item %s: %w", i.ID, err)
		}
	}
	err := tx.exec(ctx, `UPDATE items SET page = ?, kind = ?, lang = ?, title = ?, body = ?, source = ?, summary = ?, updated_at = ?, version = ?, source_id = ?
		WHERE id = ?`, i.Page, string(i.Kind), i.Lang, text(i.Title), text(i.Body), text(i.Source), i.Summary, ms(i.UpdatedAt), i.Version, i.SourceID, i.ID.String())
	if err != nil {
		return fmt.Errorf("update item %s: %w", i.ID, err)
	}
	return tx.putGathering(ctx, i)
}

func (tx *Tx) putGathering(ctx context.Context, i *node.Item) error {
	if i.Gathering == nil {
		return nil
	}
	g := i.Gathering
	err := tx.exec(ctx, `INSERT INTO gatherings (item_id, starts_at, ends_at, zone, place, address, link, languages, status, previous_start)
		VALUES (`+marks(10)+`) ON CONFLICT (item_id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, zone = excluded.zone,
		place = excluded.place, address = excluded.address, link = excluded.link, languages = excluded.languages, status = excluded.status,
		previous_start = excluded.previous_start`,
		i.ID.String(), ms(g.Start), ms(g.End), g.Zone, g.Place, g.Address, g.Link, codes(g.Languages), string(g.Status), ms(g.PreviousStart))
	if err != nil {
		return fmt.Errorf("put gathering %s: %w", i.ID, err)
	}
	return nil
}

// Readdress replaces where a received item stands and for whom it is.
func (tx *Tx) Readdress(ctx context.Context, i *node.Item) error {
	err := tx.exec(ctx, `UPDATE items SET state = ?, audience = ?, open_at_origin = ?, addressed = ?, in_reply_to = ? WHERE id = ? AND local = 0`,
		string(i.State), string(i.Audience), flag(i.OpenAtOrigin), flag(i.Addressed), i.InReplyTo, i.ID.String())
	if err != nil {
		return fmt.Errorf("readdress item %s: %w", i.ID, err)
	}
	return nil
}

// SetItemState moves an item between held, live and rejected.
func (tx *Tx) SetItemState(ctx context.Context, itemID uuid.UUID, s node.State, a node.Audience) error {
	return tx.exec(ctx, `UPDATE items SET state = ?, audience = ? WHERE id = ?`, string(s), string(a), itemID.String())
}

// DeleteItem removes an item and leaves a tombstone. by is the actor who deleted it.
func (tx *Tx) DeleteItem(ctx context.Context, i *node.Item, by string, now time.Time) error {
	if err := tx.exec(ctx, `DELETE FROM items WHERE id = ?`, i.ID.String()); err != nil {
		return fmt.Errorf("delete item %s: %w", i.ID, err)
	}
	if err := tx.DeleteGroup(ctx, i.ID); err != nil {
		return fmt.Errorf("delete readers of item %s: %w", i.ID, err)
	}
	if !i.Local { // its words go with it
		if err := tx.DeleteSource(ctx, i.SourceID); err != nil {
			return fmt.Errorf("delete source of item %s: %w", i.ID, err)
		}
	}
	t := &Tombstone{URI: i.URI, Kind: i.Kind, ActorURI: by, Audience: i.Audience, DeletedAt: now}
	if i.Local {
		t.ID = i.ID
	}
	return tx.PutTombstone(ctx, t)
}

// Tombstone is what stays of a deleted item.
type Tombstone struct {
	URI       string
	ID        uuid.UUID // uuid.Nil for theirs
	Kind      node.Kind
	ActorURI  string
	Audience  node.Audience
	DeletedAt time.Time
}

// PutTombstone remembers that uri was deleted.
func (tx *Tx) PutTombstone(ctx context.Context, t *Tombstone) error {
	return tx.exec(ctx, `INSERT INTO tombstones (uri, id, kind, actor_uri, audience, deleted_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		t.URI, id(t.ID), string(t.Kind), t.ActorURI, string(t.Audience), ms(t.DeletedAt))
}

// Tombstone returns what stays of the item with this URI.
func (tx *Tx) Tombstone(ctx context.Context, uri string) (*Tombstone, error) {
	t := Tombstone{URI: uri}
	err := tx.row(ctx, `SELECT id, kind, actor_uri, audience, deleted_at FROM tombstones WHERE uri = ?`, uri).
		Scan(idColumn{&t.ID}, &t.Kind, &t.ActorURI, &t.Audience, timeColumn{&t.DeletedAt})
	return &t, found(err, "tombstone %s", uri)
}

// IsDeleted reports whether the item with this URI was here and was deleted.
func (tx *Tx) IsDeleted(ctx context.Context, uri string) (bool, error) {
	var n int
	err := tx.row(ctx, `SELECT 1 FROM tombstones WHERE uri = ?`, uri).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return n == 1, err
}

// withdrawn is the key under which it is remembered that actor took uri back.
// URIs hold no spaces.
func withdrawn(actor, uri string) string { return actor + " " + uri }

// Withdraw remembers that actor took back (Undo, Delete) what has not come yet,
// so that it has no effect when it does (A9). It is actor's own memory: nobody
// keeps another's things away with it (A4).
func (tx *Tx) Withdraw(ctx context.Context, actor, uri string, now time.Time) error {
	return tx.PutTombstone(ctx, &Tombstone{URI: withdrawn(actor, uri), ActorURI: actor, Audience: node.Moderators, DeletedAt: now})
}

// Withdrawn reports whether actor took uri back before it came.
func (tx *Tx) Withdrawn(ctx context.Context, actor, uri string) (bool, error) {
	return tx.IsDeleted(ctx, withdrawn(actor, uri))
}

// UseWithdrawn is Withdrawn that ends the memory: the same id may come to mean something again.
func (tx *Tx) UseWithdrawn(ctx context.Context, actor, uri string) (bool, error) {
	n, err := tx.execN(ctx, `DELETE FROM tombstones WHERE uri = ?`, withdrawn(actor, uri))
	return n > 0, err
}

// ForgetWithdrawn ends all such memory from before a time.
func (tx *Tx) ForgetWithdrawn(ctx context.Context, before time.Time) error {
	return tx.exec(ctx, `DELETE FROM tombstones WHERE kind = '' AND deleted_at < ?`, ms(before))
}

// PublicOrGone returns an item that s includes, or nil when it is not there (any more).
func (tx *Tx) PublicOrGone(ctx context.Context, s access.Scope, itemID uuid.UUID) (*node.Item, error) {
	i, err := tx.Item(ctx, s, itemID)
	if errors.Is(err, node.ErrNotFound) {
		return nil, nil
	}
	return i, err
}
