// Package contact is messages by relay: two people of different organizations
// write to each other, and neither learns the other's address.
package contact

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// Limits of one sender (security.md D7).
const (
	maxThreadsADay   = 10 // new ones
	maxMessagesAHour = 60
	maxListed        = 200
)

// Service sends and keeps messages.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
}

// Thread is one line of the list of threads.
type Thread = store.Thread

// other is the other side of a thread.
type other struct {
	person  uuid.UUID // ours
	uri     string    // elsewhere
	thread  uuid.UUID
	request *node.MentorRequest // that the thread belongs to
}

// Send writes to somebody: to is the id of a thread, a card or a request, a
// handle ("ana", "ana@host") or an actor's URI. Who is blocked cannot tell (D8).
func (s *Service) Send(ctx context.Context, v access.Viewer, to, text string) (m *node.Message, err error) {
	text = strings.TrimSpace(text)
	if err := node.CheckMessage("text", text); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		p, err := writer(ctx, tx, v)
		if err != nil {
			return err
		}
		o, err := s.find(ctx, tx, v, to)
		if err != nil {
			return err
		}
		if o.request != nil && (o.request.State == node.RequestAsked || o.request.State == node.RequestWaiting) {
			return node.Invalid("to", "error.contact.early")
		}
		if err := s.withinLimits(ctx, tx, p.ID, "", o.thread); err != nil {
			return err
		}
		m = &node.Message{
			ID: newID(), ThreadID: o.thread, FromID: p.ID, FromURI: s.Origin.PersonURI(p.NetworkActorID), ToID: o.person, ToURI: o.uri,
			Body: text, Lang: p.Lang, SentAt: s.Now(),
		}
		m.URI = s.Origin.MessageURI(m.ID)
		if o.person == uuid.Nil {
			return s.abroad(ctx, tx, v, p, o, m)
		}
		return s.within(ctx, tx, o, m)
	})
	if err != nil {
		return nil, fmt.Errorf("send message: %w", err)
	}
	return m, nil
}

// writer is v's person.
func writer(ctx context.Context, tx *store.Tx, v access.Viewer) (*node.Person, error) {
	return tx.ListedPerson(ctx, v, access.Contact, node.Invalid("to", "error.contact.listed"))
}

// withinLimits reports a sender who writes too much, by their id here or their URI.
func (s *Service) withinLimits(ctx context.Context, tx *store.Tx, from uuid.UUID, uri string, thread uuid.UUID) error {
	n, err := tx.CountMessages(ctx, from, uri, s.Now().Add(-time.Hour))
	if err != nil {
		return err
	}
	if n >= maxMessagesAHour {
		return node.Invalid("text", "error.contact.hour", "max", fmt.Sprint(maxMessagesAHour))
	}
	if begun, err := tx.HasThread(ctx, thread); err != nil || begun {
		return err
	}
	if n, err = tx.CountNewThreads(ctx, from, uri, s.Now().Add(-24*time.Hour)); err != nil {
		return err
	}
	if n >= maxThreadsADay {
		return node.Invalid("text", "error.contact.threads", "max", fmt.Sprint(maxThreadsADay))
	}
	return nil
}

// within delivers a message to one of our own people.
func (s *Service) within(ctx context.Context, tx *store.Tx, o *other, m *node.Message) error {
	blocked, err := tx.Blocked(ctx, o.person, m.FromID, m.FromURI)
	if err != nil {
		return err
	}
	if blocked { // it stays with its sender
		m.ToID, m.ToURI = uuid.Nil, string(node.Only(o.person))
		_, err := tx.InsertMessage(ctx, m)
		return err
	}
	if _, err := tx.InsertMessage(ctx, m); err != nil {
		return err
	}
	return s.tell(ctx, tx, o.person, string(node.Only(m.FromID)), m.ThreadID)
}

// tell leaves one notice per thread, the newest.
func (s *Service) tell(ctx context.Context, tx *store.Tx, person uuid.UUID, by string, thread uuid.UUID) error {
	if err := tx.DeleteNoticesFor(ctx, person, thread, node.NoticeMessage); err != nil {
		return err
	}
	_, err := tx.Tell(ctx, person, node.NoticeMessage, by, thread, s.Now())
	return err
}

// abroad sends a message to another server: one of a network that v may write to
// now, or of who agreed on something with v.
func (s *Service) abroad(ctx context.Context, tx *store.Tx, v access.Viewer, p *node.Person, o *other, m *node.Message) error {
	a, err := tx.RemoteActor(ctx, o.uri)
	if errors.Is(err, node.ErrNotFound) || err == nil && a.Gone {
		return node.Invalid("to", "error.contact.gone")
	}
	if err != nil {
		return err
	}
	agreed, err := tx.RequestBetween(ctx, p.ID, o.uri)
	if err != nil {
		return err
	}
	theirs, err := tx.NetworksOfOrigin(ctx, node.OriginOf(o.uri), s.Now())
	if err != nil {
		return err
	}
	if !agreed && !slices.ContainsFunc(theirs, func(n uuid.UUID) bool { return slices.Contains(v.Active, n) }) {
		return node.Invalid("to", "error.contact.network")
	}
	if _, err := tx.InsertMessage(ctx, m); err != nil {
		return err
	}
	ref := ""
	if o.request != nil {
		ref = o.request.URI
	}
	return tx.Announce(ctx, node.Event{
		Activity: newID(), Verb: node.Created, Kind: node.KindMessage, Object: m.ID, Actor: p.NetworkActorID,
		Audience: node.Group(m.ThreadID), Target: o.uri, Ref: ref, At: m.SentAt,
	})
}

// find returns whom ref stands for.
func (s *Service) find(ctx context.Context, tx *store.Tx, v access.Viewer, ref string) (*other, error) {
	scope, me := access.ScopeOf(v), v.Person
	if id, err := uuid.Parse(ref); err == nil {
		o, err := s.ofThread(ctx, tx, v, id)
		if err == nil || !errors.Is(err, node.ErrNotFound) {
			return o, err
		}
	}
	handle := strings.TrimSuffix(strings.TrimPrefix(ref, "@"), "@"+s.Origin.Host())
	p, err := tx.Person(ctx, scope, handle)
	if errors.Is(err, node.ErrNotFound) && s.Origin.Owns(ref) {
		var a *node.LocalActor
		if a, err = tx.LocalActorByURI(ctx, ref); err == nil {
			p, err = tx.PersonByID(ctx, scope, a.OwnerID)
		}
	}
	if err == nil {
		p, err = tx.PersonTowards(ctx, v, p)
	}
	switch {
	case err == nil && p.ID == me:
		return nil, node.Invalid("to", "error.contact.self")
	case err == nil:
		return &other{person: p.ID, uri: string(node.Only(p.ID)), thread: pair(string(node.Only(me)), string(node.Only(p.ID)))}, nil
	case !errors.Is(err, node.ErrNotFound):
		return nil, err
	}
	uri, err := tx.Correspondent(ctx, scope, ref, s.Now())
	if errors.Is(err, node.ErrNotFound) {
		return nil, node.Invalid("to", "error.contact.unknown", "to", ref)
	}
	if err != nil {
		return nil, err
	}
	return &other{uri: uri, thread: pair(string(node.Only(me)), uri)}, nil
}

// ofThread is the other side of a thread of v: of a request, or of one where somebody wrote.
func (s *Service) ofThread(ctx context.Context, tx *store.Tx, v access.Viewer, thread uuid.UUID) (*other, error) {
	scope := access.ScopeOf(v)
	o := &other{thread: thread}
	r, err := tx.MentorRequest(ctx, scope, thread)
	if err == nil {
		o.request, o.person, o.uri = r, r.MentorID, r.MentorURI
		if r.MentorID != uuid.Nil && r.MentorID == v.Person {
			o.person, o.uri = r.LearnerID, r.LearnerURI
		}
		return ours(o), nil
	}
	if !errors.Is(err, node.ErrNotFound) {
		return nil, err
	}
	list, err := tx.Messages(ctx, scope, thread, 1)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("thread %s: %w", thread, node.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	m := list[0]
	o.person, o.uri = m.FromID, m.FromURI
	if m.FromID != uuid.Nil && m.FromID == v.Person {
		o.person, o.uri = m.ToID, m.ToURI
	}
	return ours(o), nil
}

// ours reads one of our people out of what stands for who blocks the other.
func ours(o *other) *other {
	if id, ok := strings.CutPrefix(o.uri, "person:"); ok && o.person == uuid.Nil {
		if person, err := uuid.Parse(id); err == nil {
			o.person = person
		}
	}
	return o
}

// pair is the thread of two people, the same from both sides.
func pair(a, b string) uuid.UUID {
	if b < a {
		a, b = b, a
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(a+" "+b))
}

// Threads lists v's threads, the one with the newest message first.
func (s *Service) Threads(ctx context.Context, v access.Viewer) (list []Thread, err error) {
	if v.Person == uuid.Nil {
		return nil, fmt.Errorf("list threads: %w", node.ErrSignedOut)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Threads(ctx, access.ScopeOf(v), maxListed)
		return err
	})
	return list, err
}

// Opened is one thread as its reader sees it.
type Opened struct {
	ID       uuid.UUID
	With     node.Author
	Request  *node.MentorRequest // that it belongs to; nil for others
	Messages []*node.Message     // oldest first
	Blocked  bool                // v blocks the other one
}

// Open returns one of v's threads and marks it as read. Nobody else is told that.
func (s *Service) Open(ctx context.Context, v access.Viewer, thread uuid.UUID) (*Opened, error) {
	out := &Opened{ID: thread}
	unread := false
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		o, err := s.ofThread(ctx, tx, v, thread)
		if err != nil {
			return err
		}
		out.Request = o.request
		if out.With, err = tx.Party(ctx, access.ScopeOf(v), o.person, o.uri); err != nil {
			return err
		}
		if out.Blocked, err = tx.Blocked(ctx, v.Person, o.person, o.uri); err != nil {
			return err
		}
		out.Messages, err = tx.Messages(ctx, access.ScopeOf(v), thread, maxListed)
		unread = slices.ContainsFunc(out.Messages, func(m *node.Message) bool { return m.ToID == v.Person && m.ReadAt.IsZero() })
		return err
	})
	if err != nil || !unread {
		return out, err
	}
	return out, s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteNoticesFor(ctx, v.Person, thread, node.NoticeMessage); err != nil {
			return err
		}
		return tx.ReadThread(ctx, v.Person, thread, s.Now())
	})
}

// Thread lists the messages of one of v's threads, oldest first, and marks them as read.
func (s *Service) Thread(ctx context.Context, v access.Viewer, thread uuid.UUID) ([]*node.Message, error) {
	o, err := s.Open(ctx, v, thread)
	if err != nil {
		return nil, fmt.Errorf("thread %s: %w", thread, err)
	}
	return o.Messages, nil
}

// Recipient is who would get a message to ref: the thread if there is one with
// them, and who they are.
func (s *Service) Recipient(ctx context.Context, v access.Viewer, ref string) (thread uuid.UUID, with node.Author, begun bool, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := writer(ctx, tx, v); err != nil {
			return err
		}
		o, err := s.find(ctx, tx, v, ref)
		if err != nil {
			return err
		}
		thread = o.thread
		mine, err := tx.Messages(ctx, access.ScopeOf(v), thread, 1)
		if err != nil {
			return err
		}
		begun = len(mine) > 0
		with, err = tx.Party(ctx, access.ScopeOf(v), o.person, o.uri)
		return err
	})
	return thread, with, begun, err
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
