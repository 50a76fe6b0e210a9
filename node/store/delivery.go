package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

const deliveryColumns = `d.id, d.activity, d.inbox, d.host, d.actor, d.object_key, d.urgent, d.attempts, d.next_at, d.first_at, d.last_error`

// PutDelivery queues one activity for one inbox; the same pair is queued once.
func (tx *Tx) PutDelivery(ctx context.Context, d *node.Delivery) error {
	err := tx.exec(ctx, `INSERT INTO deliveries (activity, inbox, host, actor, object_key, urgent, attempts, next_at, first_at, state, last_error)
		VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, 'waiting', '') ON CONFLICT DO NOTHING`,
		d.Activity.String(), d.Inbox, d.Host, d.ActorID.String(), d.ObjectKey, flag(d.Urgent), ms(d.NextAt), ms(d.FirstAt))
	if err != nil {
		return fmt.Errorf("queue delivery to %s: %w", d.Host, err)
	}
	return nil
}

// HostDue is a host with waiting deliveries and when the first of them is due.
type HostDue struct {
	Host string
	Next time.Time
	N    int
}

// WaitingHosts lists hosts with waiting deliveries.
func (tx *Tx) WaitingHosts(ctx context.Context) (list []HostDue, err error) {
	err = tx.rows(ctx, `SELECT host, MIN(next_at), COUNT(*) FROM deliveries WHERE state = 'waiting' GROUP BY host ORDER BY host`, nil, func(r scanner) error {
		var h HostDue
		err := r.Scan(&h.Host, timeColumn{&h.Next}, &h.N)
		list = append(list, h)
		return err
	})
	return list, err
}

// first is the condition that no older delivery about the same object waits for the same inbox.
const first = `NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.object_key = d.object_key AND e.inbox = d.inbox AND e.id < d.id AND e.state = 'waiting')`

// NextDue returns when the next waiting delivery to host is due, or the zero
// time. One that waits for an older one does not count.
func (tx *Tx) NextDue(ctx context.Context, host string) (next time.Time, err error) {
	err = tx.row(ctx, `SELECT COALESCE(MIN(d.next_at), 0) FROM deliveries d WHERE d.host = ? AND d.state = 'waiting' AND `+first, host).Scan(timeColumn{&next})
	return next, err
}

// DueDeliveries lists waiting deliveries to host: urgent ones first, and of one
// object and inbox only the oldest, so that they arrive in order (R6).
func (tx *Tx) DueDeliveries(ctx context.Context, host string, now time.Time, limit int) (list []*node.Delivery, err error) {
	return tx.deliveries(ctx, `d.host = ? AND d.state = 'waiting' AND d.next_at <= ? AND `+first+` ORDER BY d.urgent DESC, d.id LIMIT ?`, host, ms(now), limit)
}

// FreshDeliveries lists the waiting deliveries of one activity that are due and
// have no older one before them, to whatever host.
func (tx *Tx) FreshDeliveries(ctx context.Context, activity uuid.UUID, now time.Time, limit int) ([]*node.Delivery, error) {
	return tx.deliveries(ctx, `d.activity = ? AND d.state = 'waiting' AND d.next_at <= ? AND `+first+` LIMIT ?`, activity.String(), ms(now), limit)
}

func (tx *Tx) deliveries(ctx context.Context, cond string, args ...any) (list []*node.Delivery, err error) {
	err = tx.rows(ctx, `SELECT `+deliveryColumns+` FROM deliveries d WHERE `+cond, args, func(r scanner) error {
		var d node.Delivery
		err := r.Scan(&d.ID, idColumn{&d.Activity}, &d.Inbox, &d.Host, idColumn{&d.ActorID}, &d.ObjectKey, &d.Urgent, &d.Attempts,
			timeColumn{&d.NextAt}, timeColumn{&d.FirstAt}, &d.LastError)
		list = append(list, &d)
		return err
	})
	return list, err
}

// AnyDue reports whether an announcement waits, or a delivery is due to a host that may be tried.
func (tx *Tx) AnyDue(ctx context.Context, now time.Time) (due bool, err error) {
	err = tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM outbox) OR EXISTS (SELECT 1 FROM deliveries d WHERE d.state = 'waiting' AND d.next_at <= ?
		AND NOT EXISTS (SELECT 1 FROM hosts h WHERE h.host = d.host AND h.open_until > ?) AND `+first+`)`, ms(now), ms(now)).Scan(&due)
	return due, err
}

// FinishDelivery notes how an attempt ended.
func (tx *Tx) FinishDelivery(ctx context.Context, deliveryID int64, o node.Outcome, next time.Time, problem string) error {
	state := "waiting"
	switch o {
	case node.Delivered:
		state = "delivered"
	case node.Dropped:
		state = "dropped"
	}
	return tx.exec(ctx, `UPDATE deliveries SET state = ?, attempts = attempts + 1, next_at = ?, last_error = ? WHERE id = ? AND state = 'waiting'`,
		state, ms(next), problem, deliveryID)
}

// DropDeliveries gives up waiting deliveries of an object: its Delete says all.
func (tx *Tx) DropDeliveries(ctx context.Context, objectKey string) error {
	return tx.exec(ctx, `UPDATE deliveries SET state = 'dropped', last_error = 'deleted' WHERE object_key = ? AND state = 'waiting'`, objectKey)
}

// DropPublic gives up to limit waiting deliveries of posts and profiles to a
// host up, and reports how many. Follows, answers and deletions stay.
func (tx *Tx) DropPublic(ctx context.Context, host, problem string, limit int) (int64, error) {
	return tx.execN(ctx, `UPDATE deliveries SET state = 'dropped', last_error = ? WHERE id IN (SELECT id FROM deliveries
		WHERE host = ? AND state = 'waiting' AND urgent = 0 AND object_key NOT LIKE 'follow:%' LIMIT ?)`, problem, host, limit)
}

// CountWaiting counts the waiting deliveries to a host.
func (tx *Tx) CountWaiting(ctx context.Context, host string) (n int, err error) {
	err = tx.row(ctx, `SELECT COUNT(*) FROM deliveries WHERE host = ? AND state = 'waiting'`, host).Scan(&n)
	return n, err
}

// PastInboxes lists where an object was sent, or was being sent: whom its Delete must reach.
func (tx *Tx) PastInboxes(ctx context.Context, objectKey string) (list []FollowerInbox, err error) {
	err = tx.rows(ctx, `SELECT DISTINCT inbox, host FROM deliveries WHERE object_key = ? AND (state <> 'waiting' OR attempts > 0) ORDER BY inbox`,
		[]any{objectKey}, func(r scanner) error {
			var i FollowerInbox
			err := r.Scan(&i.Inbox, &i.Host)
			list = append(list, i)
			return err
		})
	return list, err
}

// Receipts counts how far the newest announcement of an object has come.
func (tx *Tx) Receipts(ctx context.Context, object uuid.UUID) (c node.Receipts, err error) {
	err = tx.rows(ctx, `SELECT state, COUNT(*) FROM deliveries WHERE activity = (SELECT id FROM activities WHERE object = ? ORDER BY at DESC, id DESC LIMIT 1)
		GROUP BY state`, []any{object.String()}, func(r scanner) error {
		var state string
		var n int
		if err := r.Scan(&state, &n); err != nil {
			return err
		}
		switch state {
		case "delivered":
			c.Delivered = n
		case "dropped":
			c.Dropped = n
		default:
			c.Waiting = n
		}
		return nil
	})
	return c, err
}

// ForgetDeliveries removes finished deliveries that were queued before a time (E9).
func (tx *Tx) ForgetDeliveries(ctx context.Context, before time.Time) error {
	return tx.exec(ctx, `DELETE FROM deliveries WHERE state <> 'waiting' AND first_at < ?`, ms(before))
}

const hostColumns = `host, scheme, failures, first_fail, open_until, fail_days, last_day, last_ok, known, dead, application, ed25519, checked_at`

// Host returns what is known of delivering to a host; an unknown one is a zero HostState with its name.
func (tx *Tx) Host(ctx context.Context, host string) (*node.HostState, error) {
	h := &node.HostState{Host: host}
	err := tx.rows(ctx, `SELECT `+hostColumns+` FROM hosts WHERE host = ?`, []any{host}, func(r scanner) error { return scanHost(r, h) })
	return h, err
}

// Hosts lists all hosts that something is known of.
func (tx *Tx) Hosts(ctx context.Context) ([]*node.HostState, error) {
	return tx.hosts(ctx, `1 = 1`)
}

// HostsOf lists what is known of the hosts that an activity goes to.
func (tx *Tx) HostsOf(ctx context.Context, activity uuid.UUID) ([]*node.HostState, error) {
	return tx.hosts(ctx, `host IN (SELECT host FROM deliveries WHERE activity = ?)`, activity.String())
}

// FailingHosts lists hosts that failed and did not take anything since.
func (tx *Tx) FailingHosts(ctx context.Context) ([]*node.HostState, error) {
	return tx.hosts(ctx, `failures > 0 OR dead = 1 OR open_until > 0`)
}

func (tx *Tx) hosts(ctx context.Context, cond string, args ...any) (list []*node.HostState, err error) {
	err = tx.rows(ctx, `SELECT `+hostColumns+` FROM hosts WHERE `+cond+` ORDER BY host`, args, func(r scanner) error {
		h := &node.HostState{}
		list = append(list, h)
		return scanHost(r, h)
	})
	return list, err
}

func scanHost(r scanner, h *node.HostState) error {
	return r.Scan(&h.Host, &h.Scheme, &h.Failures, timeColumn{&h.FirstFail}, timeColumn{&h.OpenUntil}, &h.FailDays, &h.LastDay, timeColumn{&h.LastOK},
		&h.Known, &h.Dead, &h.Application, &h.Ed25519, timeColumn{&h.CheckedAt})
}

// PutHost stores what is known of a host.
func (tx *Tx) PutHost(ctx context.Context, h *node.HostState) error {
	err := tx.exec(ctx, `INSERT INTO hosts (`+hostColumns+`) VALUES (`+marks(13)+`) ON CONFLICT (host) DO UPDATE SET scheme = excluded.scheme,
		failures = excluded.failures, first_fail = excluded.first_fail, open_until = excluded.open_until, fail_days = excluded.fail_days,
		last_day = excluded.last_day, last_ok = excluded.last_ok, dead = excluded.dead, application = excluded.application,
		ed25519 = excluded.ed25519, checked_at = excluded.checked_at`,
		h.Host, h.Scheme, h.Failures, ms(h.FirstFail), ms(h.OpenUntil), h.FailDays, h.LastDay, ms(h.LastOK), flag(h.Known), flag(h.Dead), h.Application, flag(h.Ed25519), ms(h.CheckedAt))
	if err != nil {
		return fmt.Errorf("put host %s: %w", h.Host, err)
	}
	return nil
}

// MakeKnown notes that an admin accepted something of a host.
func (tx *Tx) MakeKnown(ctx context.Context, host string) error {
	return tx.exec(ctx, `INSERT INTO hosts (`+hostColumns+`) VALUES (?, '', 0, 0, 0, 0, '', 0, 1, 0, '', 0, 0)
		ON CONFLICT (host) DO UPDATE SET known = 1`, host)
}

// QueueSize counts what waits, announcements too, and tells since when the oldest has been due.
func (tx *Tx) QueueSize(ctx context.Context, now time.Time) (n int, oldest time.Time, err error) {
	err = tx.row(ctx, `SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting') + (SELECT COUNT(*) FROM outbox),
		COALESCE((SELECT MIN(next_at) FROM deliveries WHERE state = 'waiting' AND next_at <= ?), 0)`, ms(now)).Scan(&n, timeColumn{&oldest})
	return n, oldest, err
}
