// Package delivery is the way out: announcements that wait to be expanded, and
// deliveries that wait to be sent, both in tables that survive the process.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Service keeps the queues. What is sent, and to whom, the federation side works out.
type Service struct {
	DB  *store.DB
	Now func() time.Time
}

// Inbox is where one server is reached.
type Inbox = store.FollowerInbox

// Cursor is a place in an outbox; "" is its start.
type Cursor = store.Cursor

// HostDue is a host with waiting deliveries and when the first of them is due.
type HostDue = store.HostDue

// Waiting lists announcements that are not expanded yet, in order.
func (s *Service) Waiting(ctx context.Context, limit int) (list []node.Event, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Outbox(ctx, limit)
		return err
	})
	return list, err
}

// Subject is what an announcement is about, as it is now.
type Subject struct {
	Item         *node.Item // nil when deleted meanwhile
	Person       *node.Person
	Organization *node.Organization
	Actor        *node.LocalActor    // who says it
	Target       *node.RemoteActor   // whom a follow or an answer goes to, or whose post a reply answers
	DeletedAt    time.Time           // of a deleted item
	Networks     []*node.Network     // whose members it is for, if it is network-only
	Network      *node.Network       // that a membership is in, or of which we are the hub
	Membership   *node.Membership    // nil when it is no more
	Card         *node.PublishedCard // of Person, for Network
	Claims       []string            // Group actors that an organization says it is a member of
	Offer        *node.MentorOffer   // nil when it is gone
	Request      *node.MentorRequest
	Message      *node.Message
	Inboxes      []Inbox
}

// Subject loads what an announcement is about and where it goes: each server once.
func (s *Service) Subject(ctx context.Context, e node.Event) (*Subject, error) {
	sub := &Subject{}
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if sub.Actor, err = tx.LocalActor(ctx, e.Actor); err != nil {
			return err
		}
		if e.Target != "" {
			if sub.Target, err = tx.RemoteActor(ctx, e.Target); err != nil {
				return err
			}
		}
		switch e.Kind {
		case node.KindPost, node.KindGathering:
			return s.itemSubject(ctx, tx, e, sub)
		case node.KindOffer:
			return s.offerSubject(ctx, tx, e, sub)
		case node.KindRequest:
			return s.requestSubject(ctx, tx, e, sub)
		case node.KindMessage:
			return s.messageSubject(ctx, tx, e, sub)
		case node.KindCard:
			return s.cardSubject(ctx, tx, e, sub)
		case node.KindMembership:
			return s.membershipSubject(ctx, tx, e, sub)
		case node.KindNetwork:
			return s.networkSubject(ctx, tx, e, sub)
		case node.KindPerson:
			if sub.Person, err = tx.PersonSelf(ctx, e.Object); err != nil {
				return err
			}
			access.ScopeOf(access.Visitor).Reduce(sub.Person) // a public document, whoever it is sent to
			sub.Organization, err = tx.Organization(ctx, sub.Person.OrganizationID)
		case node.KindOrganization:
			if err := s.organizationSubject(ctx, tx, e, sub); err != nil || sub.Target != nil {
				return err
			}
		case node.KindFollow:
			sub.Inboxes = []Inbox{{Inbox: sub.Target.Inbox, Host: sub.Target.Host}}
			return nil
		}
		if err != nil {
			return err
		}
		if e.Verb == node.Deleted {
			sub.Inboxes, err = tx.EveryFollowerInbox(ctx, e.Actor)
			return err
		}
		sub.Inboxes, err = tx.FollowerInboxes(ctx, e.Actor)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("subject of %s %s: %w", e.Verb, e.Object, err)
	}
	return sub, nil
}

func (s *Service) itemSubject(ctx context.Context, tx *store.Tx, e node.Event, sub *Subject) (err error) {
	if e.Audience.ForNetworks() {
		return s.networkItemSubject(ctx, tx, e, sub)
	}
	if sub.Inboxes, err = tx.FollowerInboxes(ctx, e.Actor); err != nil {
		return err
	}
	if e.Verb != node.Deleted {
		// Asked as a visitor, so a narrower one than the announcement is not found.
		sub.Item, err = tx.PublicOrGone(ctx, access.ScopeOf(access.Visitor), e.Object)
		if err != nil || sub.Item == nil || e.Verb == Relayed {
			return err
		}
		if sub.Target == nil {
			if sub.Target, err = answered(ctx, tx, sub.Item); err != nil {
				return err
			}
		}
	} else {
		sub.DeletedAt = e.At
	}
	past, err := tx.PastInboxes(ctx, e.Object.String())
	if err != nil {
		return err
	}
	sub.Inboxes = append(sub.Inboxes, past...)
	if sub.Target != nil && !sub.Target.Gone {
		box := sub.Target.SharedInbox
		if box == "" {
			box = sub.Target.Inbox
		}
		sub.Inboxes = append(sub.Inboxes, Inbox{Inbox: box, Host: sub.Target.Host})
	}
	return nil
}

// networkItemSubject loads what is said to networks. It goes to the nodes of
// their members and nowhere else (federation.md 8.3, 4): not to followers, not to
// whom it answers. A Delete also goes to those who were members when they got
// what it deletes. What may not be said to any of them is not said.
func (s *Service) networkItemSubject(ctx context.Context, tx *store.Tx, e node.Event, sub *Subject) (err error) {
	sub.Target = nil
	if e.Verb == node.Deleted {
		sub.DeletedAt = e.At
		if sub.Networks, err = tx.NetworksOfAudience(ctx, e.Audience); err != nil {
			return err
		}
		if sub.Inboxes, err = tx.MemberInboxes(ctx, sub.Networks, s.Now()); err != nil {
			return err
		}
		past, err := tx.PastInboxes(ctx, e.Object.String())
		sub.Inboxes = append(sub.Inboxes, past...)
		return err
	}
	if sub.Item, err = tx.PublicOrGone(ctx, access.Scope{e.Audience}, e.Object); err != nil || sub.Item == nil {
		return err
	}
	if sub.Networks, err = tx.SpokenTo(ctx, e.Audience, sub.Item.Author, s.Now()); err != nil {
		return err
	}
	if len(sub.Networks) == 0 {
		sub.Item = nil
		return nil
	}
	sub.Inboxes, err = tx.MemberInboxes(ctx, sub.Networks, s.Now())
	return err
}

// answered is who wrote what i answers, if that is somebody on another server whom we still know.
func answered(ctx context.Context, tx *store.Tx, i *node.Item) (*node.RemoteActor, error) {
	if i.InReplyTo == "" {
		return nil, nil
	}
	parent, err := tx.StoredItem(ctx, i.InReplyTo)
	if errors.Is(err, node.ErrNotFound) || err == nil && parent.Local {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a, err := tx.RemoteActor(ctx, parent.Author.URI)
	if errors.Is(err, node.ErrNotFound) {
		return nil, nil
	}
	return a, err
}

// FanOut replaces an announcement by its activity and its deliveries, in one
// transaction: all or nothing is queued (R1). raw nil means that there is
// nothing left to say. A new gathering for everyone is also queued to be passed
// on by the relay. It returns the host of each delivery.
func (s *Service) FanOut(ctx context.Context, e node.Event, raw []byte, inboxes []Inbox) (hosts []string, err error) {
	now := s.Now()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		hosts = hosts[:0]
		if err := tx.DoneEvent(ctx, e.ID); err != nil {
			return err
		}
		if raw == nil {
			return nil
		}
		if said, err := stillSaid(ctx, tx, e); err != nil || !said {
			return err
		}
		a := &store.Activity{ID: e.Activity, Actor: e.Actor, Object: e.Object, Verb: e.Verb, Kind: e.Kind, Audience: e.Audience, Raw: raw, At: e.At}
		if e.Verb == Relayed {
			a.Object = uuid.Nil // receipts of a gathering count what its author said
		}
		if err := tx.PutActivity(ctx, a); err != nil {
			return err
		}
		if err := relay(ctx, tx, e); err != nil {
			return err
		}
		boxes, err := s.stillMembers(ctx, tx, e, inboxes)
		if err != nil {
			return err
		}
		key := ObjectKey(e)
		for _, box := range boxes {
			hosts = append(hosts, box.Host)
			err := tx.PutDelivery(ctx, &node.Delivery{
				Activity: e.Activity, Inbox: box.Inbox, Host: box.Host, ActorID: e.Actor, ObjectKey: key,
				Urgent: e.Verb == node.Deleted, NextAt: now, FirstAt: now,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("fan out %s of %s: %w", e.Verb, e.Object, err)
	}
	return hosts, nil
}

// stillMembers leaves of inboxes those of members, as the roster is in the
// transaction that queues: somebody may have been removed since they were listed.
func (s *Service) stillMembers(ctx context.Context, tx *store.Tx, e node.Event, inboxes []Inbox) ([]Inbox, error) {
	if !ForMembers(e.Kind, e.Verb, e.Audience) {
		return inboxes, nil
	}
	members, err := tx.NetworkInboxes(ctx, e.Audience, s.Now())
	if err != nil {
		return nil, err
	}
	now := make(map[string]bool, len(members))
	for _, m := range members {
		now[m.Inbox] = true
	}
	return slices.DeleteFunc(slices.Clone(inboxes), func(b Inbox) bool { return !now[b.Inbox] }), nil
}

// ForMembers reports whether an announcement is network-only content, which only
// members get. What takes such content back goes to whoever got it.
func ForMembers(k node.Kind, verb node.Verb, a node.Audience) bool {
	if !a.ForNetworks() || verb == node.Deleted {
		return false
	}
	switch k {
	case node.KindPost, node.KindGathering, node.KindCard, node.KindOffer:
		return true
	}
	return false
}

// stillSaid reports whether what an announcement tells may be told now: the item
// may have been deleted, the profile closed, after its document was made.
func stillSaid(ctx context.Context, tx *store.Tx, e node.Event) (bool, error) {
	switch {
	case e.Verb == node.Deleted:
		return true, nil
	case e.Kind == node.KindPost || e.Kind == node.KindGathering:
		i, err := tx.PublicOrGone(ctx, access.Scope{e.Audience}, e.Object)
		return i != nil, err
	case e.Kind == node.KindCard:
		return cardStillSaid(ctx, tx, e)
	case e.Kind == node.KindPerson && e.Audience == node.Public:
		p, err := tx.PersonSelf(ctx, e.Object)
		return err == nil && p.ActorID == e.Actor, err
	}
	return true, nil
}

// Relayed is the verb of an announcement by the node itself: it passes a new
// gathering on to the servers that follow it (design.md 9).
const Relayed node.Verb = "relay"

// relay queues that a new gathering for everyone is passed on, if anybody
// follows the node. Its activity has the same id however often this runs.
func relay(ctx context.Context, tx *store.Tx, e node.Event) error {
	if e.Verb != node.Created || e.Kind != node.KindGathering || e.Audience != node.Public {
		return nil
	}
	followers, err := tx.FollowerInboxes(ctx, uuid.Nil)
	if err != nil || len(followers) == 0 {
		return err
	}
	return tx.Announce(ctx, node.Event{
		Activity: uuid.NewSHA1(e.Activity, []byte(Relayed)), Verb: Relayed, Kind: e.Kind, Object: e.Object,
		Actor: uuid.Nil, Audience: e.Audience, At: e.At,
	})
}

// ObjectKey groups deliveries that must arrive in order: all about one item,
// all follows of one actor by another, all about one actor.
func ObjectKey(e node.Event) string {
	if e.Kind == node.KindMessage {
		return string(e.Audience) // the thread
	}
	switch e.Kind {
	case node.KindFollow:
		return "follow:" + e.Actor.String() + ":" + e.Target
	case node.KindCard:
		return store.CardKey(e.Object, e.Audience)
	}
	return e.Object.String()
}

// VisibleActivity returns an activity if v may read it. Follows and answers are
// told to anyone who knows their id: the other side fetches them to believe them.
func (s *Service) VisibleActivity(ctx context.Context, v access.Viewer, id uuid.UUID) (said *Said, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		a, err := tx.Activity(ctx, id)
		if err != nil {
			return err
		}
		if a.Kind != node.KindFollow && !access.ScopeOf(v).Includes(a.Audience) {
			return node.ErrNotFound
		}
		said = &Said{Raw: a.Raw, Kind: a.Kind, Verb: a.Verb, Audience: a.Audience}
		return nil
	})
	return said, err
}

// OutboxPage lists an actor's public activities, newest first.
func (s *Service) OutboxPage(ctx context.Context, actor uuid.UUID, c Cursor, limit int) (list []*Said, next Cursor, total int, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		page, more, err := tx.OutboxPage(ctx, actor, c, limit)
		if err != nil {
			return err
		}
		list, next = nil, more
		for _, a := range page {
			list = append(list, &Said{Raw: a.Raw, Kind: a.Kind, Verb: a.Verb, Audience: a.Audience})
		}
		total, err = tx.OutboxCount(ctx, actor)
		return err
	})
	return list, next, total, err
}

// Hosts lists hosts with waiting deliveries.
func (s *Service) Hosts(ctx context.Context) (list []HostDue, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.WaitingHosts(ctx)
		return err
	})
	return list, err
}

// Due lists what can be sent to a host now, in order, with what is known of the host.
func (s *Service) Due(ctx context.Context, host string, limit int) (list []*node.Delivery, h *node.HostState, next time.Time, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if h, err = tx.Host(ctx, host); err != nil {
			return err
		}
		if list, err = tx.DueDeliveries(ctx, host, s.Now(), limit); err != nil {
			return err
		}
		if len(list) == 0 {
			next, err = tx.NextDue(ctx, host)
		}
		return err
	})
	return list, h, next, err
}

// DropFollower ends the follow of an actor whose inbox answered that it is gone.
func (s *Service) DropFollower(ctx context.Context, inbox string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.DropFollowersAt(ctx, inbox) })
}

// Queue is the report of what waits.
type Queue struct {
	Waiting   int
	OldestDue time.Time
	Hosts     []node.HostQueue
}

// Queue reports what waits and which hosts fail, for who may see it.
func (s *Service) Queue(ctx context.Context, v access.Viewer) (q *Queue, err error) {
	if !access.Can(v, access.SeeQueue) {
		return nil, fmt.Errorf("queue: %w", node.ErrForbidden)
	}
	now := s.Now()
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		q = &Queue{}
		if q.Waiting, q.OldestDue, err = tx.QueueSize(ctx, now); err != nil {
			return err
		}
		waiting, err := tx.WaitingHosts(ctx)
		if err != nil {
			return err
		}
		lines := map[string]int{}
		for _, w := range waiting {
			lines[w.Host] = w.N
		}
		hosts, err := tx.Hosts(ctx)
		if err != nil {
			return err
		}
		for _, h := range hosts {
			if h.Failures == 0 && !h.Dead {
				continue
			}
			line := node.HostQueue{Host: h.Host, Failures: h.Failures, Open: h.OpenUntil.After(now) || h.Dead, Waiting: lines[h.Host], Next: h.OpenUntil}
			if line.Waiting > 0 && !line.Open {
				if line.Next, err = tx.NextDue(ctx, h.Host); err != nil {
					return err
				}
			}
			q.Hosts = append(q.Hosts, line)
		}
		return nil
	})
	return q, err
}
