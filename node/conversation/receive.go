package conversation

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/store"
)

// maxLinks is how many links a reply or a mention may carry before an admin looks at it (design.md 9).
const maxLinks = 3

// Arrival is a post or gathering that came in and whose authority was checked:
// Actor said it, it is Actor's, and its id lies on Actor's origin.
type Arrival struct {
	Item     *node.Item // what it says; ID, audience and state are decided here
	Actor    *node.RemoteActor
	Edit     bool     // it came as an Update
	Open     bool     // addressed to everyone
	Follower bool     // addressed to Actor's followers
	To       []string // URIs of all that it addresses
	Audience []string // URIs of what it says it is for
	Named    []string // URIs of actors of ours that it addresses or mentions
	Links    int
	SharedBy string // the followed actor that passed it on; empty if Actor sent it
	SourceID int64
}

// Fate is what became of an arrival.
type Fate string

// The fates.
const (
	Stored  Fate = "stored"
	HeldNow Fate = "held"
	Changed Fate = "changed"
	Old     Fate = "old"      // we have this or a newer state
	Unasked Fate = "unasked"  // for nobody here
	Removed Fate = "removed"  // deleted before it came
	Foreign Fate = "foreign"  // claims what is another's
	Needed  Fate = "unstored" // has to be fetched first
	Outside Fate = "outside"  // for a network that not both of us are effective members of
	Widened Fate = "widened"  // for a network and for everyone at once
)

// Receive stores what came in, or newer words of what is there. The newest
// truth wins in whatever order things arrive (A9).
func (s *Service) Receive(ctx context.Context, a Arrival) (fate Fate, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if s.Origin.Owns(a.Item.URI) { // A5: nothing remote makes things with an id of ours
			fate = Foreign
			return nil
		}
		if gone, err := deleted(ctx, tx, a); err != nil || gone {
			fate = Removed
			return err
		}
		if (a.Item.Kind == node.KindGathering) != (a.Item.Gathering != nil) {
			return fmt.Errorf("%s with gathering %v: %w", a.Item.Kind, a.Item.Gathering, node.ErrCorrupt)
		}
		now := s.Now()
		if a.Item.PublishedAt.IsZero() || a.Item.PublishedAt.After(now) {
			a.Item.PublishedAt = now
		}
		if a.Item.UpdatedAt.Before(a.Item.PublishedAt) {
			a.Item.UpdatedAt = a.Item.PublishedAt
		}
		stored, err := tx.StoredItem(ctx, a.Item.URI)
		switch {
		case err == nil:
			fate, err = s.renew(ctx, tx, stored, a)
		case errors.Is(err, node.ErrNotFound):
			fate, err = s.add(ctx, tx, a)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("receive %s: %w", a.Item.URI, err)
	}
	return fate, nil
}

// deleted reports whether an arrival was deleted before, or its author is no more.
func deleted(ctx context.Context, tx *store.Tx, a Arrival) (bool, error) {
	if a.Actor.Gone {
		return true, nil
	}
	gone, err := tx.IsDeleted(ctx, a.Item.URI)
	if err != nil || gone {
		return gone, err
	}
	return tx.Withdrawn(ctx, a.Actor.URI, a.Item.URI)
}

// renew applies newer words to a stored item, also to whom they are for.
func (s *Service) renew(ctx context.Context, tx *store.Tx, stored *node.Item, a Arrival) (Fate, error) {
	if stored.Local || stored.Author.URI != a.Actor.URI || stored.Kind != a.Item.Kind {
		return Foreign, nil
	}
	if stored.SourceID == a.SourceID {
		return Stored, nil // this very arrival, done before the process was killed: its document stays
	}
	if a.SharedBy != "" && stored.SharedBy == "" {
		if err := tx.SetSharedBy(ctx, stored.ID, a.SharedBy); err != nil {
			return "", err
		}
	}
	newer := a.Item.UpdatedAt.After(stored.UpdatedAt) || a.Edit && a.Item.UpdatedAt.Equal(stored.UpdatedAt)
	if !newer {
		return Old, nil
	}
	changed := *a.Item
	changed.ID, changed.Version, changed.SourceID = stored.ID, stored.Version+1, a.SourceID
	named, fate, err := s.place(ctx, tx, &changed, a, true)
	if err != nil || fate != "" {
		return fate, err
	}
	if stored.Audience.ForNetworks() && (a.Open || access.Wider(changed.Audience, stored.Audience)) {
		// What was for a network stays so, whatever comes later (federation.md 8.3, 13).
		member, err := s.isMember(ctx, tx, a.Actor, stored.Audience)
		if err != nil || !member {
			return Outside, err
		}
		changed.Audience, changed.OpenAtOrigin, changed.State = stored.Audience, false, node.Live
	}
	if stored.State == node.Rejected {
		changed.State, changed.Audience = node.Rejected, node.Moderators
	}
	if err := tx.UpdateItem(ctx, &changed); err != nil {
		return "", err
	}
	if err := tx.Readdress(ctx, &changed); err != nil {
		return "", err
	}
	switch fate, err := s.settle(ctx, tx, &changed, named); {
	case err != nil || fate == HeldNow:
		return fate, err
	default:
		return Changed, nil
	}
}

// add stores a new arrival, if it is for somebody here.
func (s *Service) add(ctx context.Context, tx *store.Tx, a Arrival) (Fate, error) {
	i := a.Item
	i.ID, i.Local, i.Version, i.SourceID, i.SharedBy = newID(), false, 1, a.SourceID, a.SharedBy
	wanted := a.Actor.URI
	if a.SharedBy != "" {
		wanted = a.SharedBy
	}
	followers, err := tx.Readers(ctx, wanted)
	if err != nil {
		return "", err
	}
	named, fate, err := s.place(ctx, tx, i, a, len(followers) > 0)
	if err != nil || fate != "" {
		return fate, err
	}
	if err := tx.InsertItem(ctx, i); err != nil {
		return "", err
	}
	return s.settle(ctx, tx, i, named)
}

// place decides who may read i, and whether an admin looks first. Its fate is not
// empty when i is for nobody here; followed tells that somebody here reads who
// said or shared it. It returns whom i names.
func (s *Service) place(ctx context.Context, tx *store.Tx, i *node.Item, a Arrival, followed bool) (named []uuid.UUID, fate Fate, err error) {
	org, err := tx.HomeOrganization(ctx)
	if err != nil {
		return nil, "", err
	}
	if named, err = s.namedHere(ctx, tx, a.Named, org.ID); err != nil {
		return nil, "", err
	}
	i.Author = node.Author{ID: a.Actor.ID, Kind: a.Actor.Kind(), URI: a.Actor.URI, Handle: a.Actor.Handle(), Name: a.Actor.Name, Host: a.Actor.Host}
	i.OpenAtOrigin, i.State, i.Audience = a.Open, node.Live, ""
	standing, err := s.standing(ctx, tx, a.Actor.URI, a.Actor.Origin(), a.To, a.Audience)
	if err != nil {
		return nil, "", err
	}
	if len(standing.Networks) > 0 {
		named, fate, err = s.placeInNetwork(ctx, tx, i, a, standing, named)
		return named, fate, err
	}
	answers, err := s.answersUs(ctx, tx, i.InReplyTo, access.ScopeOf(access.Visitor))
	if err != nil {
		return nil, "", err
	}
	i.Addressed = answers || len(named) > 0
	switch {
	case !i.Addressed && !followed:
		return named, Unasked, nil
	case a.Open:
		i.Audience = node.OrganizationOnly(org.ID)
	case len(named) > 0:
		i.Audience = node.Group(i.ID)
	case a.Follower && followed && a.SharedBy == "":
		i.Audience = node.Group(a.Actor.ID)
	}
	if i.Audience == "" {
		return named, Unasked, nil
	}
	if !i.Addressed {
		return named, "", nil
	}
	known, err := tx.KnownHost(ctx, a.Actor.Host)
	if !known || a.Links > maxLinks {
		i.State, i.Audience = node.Held, node.Moderators
	}
	return named, "", err
}

// settle notes whom i names where that decides who may read it, now or once an
// admin accepts it, and tells them if they may read it now.
func (s *Service) settle(ctx context.Context, tx *store.Tx, i *node.Item, named []uuid.UUID) (Fate, error) {
	if err := tx.DeleteGroup(ctx, i.ID); err != nil {
		return "", err
	}
	if i.State == node.Held || i.Audience == node.Group(i.ID) {
		for _, person := range named {
			if err := tx.AddToGroup(ctx, i.ID, person); err != nil {
				return "", err
			}
		}
	}
	switch i.State {
	case node.Held:
		return HeldNow, nil
	case node.Rejected:
		return Stored, nil
	}
	return Stored, s.tell(ctx, tx, i, named)
}

// addressing is the audience of a held item once it is accepted; named are whom it names.
func (s *Service) addressing(ctx context.Context, tx *store.Tx, i *node.Item, named []uuid.UUID) (node.Audience, error) {
	switch {
	case i.OpenAtOrigin:
	case len(named) > 0:
		return node.Group(i.ID), nil
	default:
		return node.Group(i.Author.ID), nil // it was for its author's followers
	}
	org, err := tx.HomeOrganization(ctx)
	if err != nil {
		return "", err
	}
	return node.OrganizationOnly(org.ID), nil
}

// namedHere returns which of our people an arrival names; naming the
// organization names who may speak for it.
func (s *Service) namedHere(ctx context.Context, tx *store.Tx, uris []string, org uuid.UUID) (people []uuid.UUID, err error) {
	for _, uri := range uris {
		if !s.Origin.Owns(uri) {
			continue
		}
		actor, err := tx.LocalActorByURI(ctx, uri)
		if errors.Is(err, node.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		switch {
		case !actor.GoneAt.IsZero():
		case actor.Kind == node.KindPerson:
			people = append(people, actor.OwnerID)
		case actor.Kind == node.KindOrganization:
			editors, err := tx.PeopleWithRole(ctx, org, node.Editor, node.Admin)
			if err != nil {
				return nil, err
			}
			people = append(people, editors...)
		}
	}
	return people, nil
}

// answersUs reports whether uri is one of our items that its server may read: to
// others it cannot reply, as it cannot have read them.
func (s *Service) answersUs(ctx context.Context, tx *store.Tx, uri string, scope access.Scope) (bool, error) {
	if !s.Origin.Owns(uri) {
		return false, nil
	}
	parent, err := tx.ItemByURI(ctx, scope, uri)
	if errors.Is(err, node.ErrNotFound) {
		return false, nil
	}
	return err == nil && parent.Local, err
}

// tell notes for our people that a reply or a mention came.
func (s *Service) tell(ctx context.Context, tx *store.Tx, i *node.Item, named []uuid.UUID) error {
	now := s.Now()
	if s.Origin.Owns(i.InReplyTo) {
		parent, err := tx.StoredItem(ctx, i.InReplyTo)
		if err == nil {
			err = tx.PutNotice(ctx, newID(), parent.Author.ID, "reply", i.Author.URI, i.ID, now)
		}
		if err != nil && !errors.Is(err, node.ErrNotFound) {
			return err
		}
	}
	for _, person := range named {
		if err := tx.PutNotice(ctx, newID(), person, "mention", i.Author.URI, i.ID, now); err != nil {
			return err
		}
	}
	return nil
}

// ReceiveDelete removes what actor said before, or remembers that it is gone
// before it came. What is another's stays (A4).
func (s *Service) ReceiveDelete(ctx context.Context, actor, object string, sameOrigin bool) (fate Fate, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		stored, err := tx.StoredItem(ctx, object)
		switch {
		case err == nil && (stored.Local || stored.Author.URI != actor):
			fate = Foreign
			return nil
		case err == nil:
			fate = Removed
			return tx.DeleteItem(ctx, stored, actor, s.Now())
		case !errors.Is(err, node.ErrNotFound):
			return err
		case !sameOrigin:
			fate = Foreign
			return nil
		}
		fate = Removed
		return tx.Withdraw(ctx, actor, object, s.Now())
	})
	if err != nil {
		return "", fmt.Errorf("receive delete of %s: %w", object, err)
	}
	return fate, nil
}

// ReceiveReaction notes a Like ("like") or an Announce ("share") of one of our
// public items for its author, by name; what is for a network only its members
// may like, and nobody may share. It answers Needed when a followed actor
// shared something that we have to fetch first. One whose Undo came before it has no effect (A9).
func (s *Service) ReceiveReaction(ctx context.Context, verb string, actor *node.RemoteActor, object, activity string) (fate Fate, err error) {
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		fate = Unasked
		if undone, err := tx.Withdrawn(ctx, actor.URI, activity); err != nil || undone {
			fate = Removed
			return err
		}
		if s.Origin.Owns(object) {
			scope, err := s.reacts(ctx, tx, verb, actor)
			if err != nil {
				return err
			}
			i, err := tx.ItemByURI(ctx, scope, object)
			if errors.Is(err, node.ErrNotFound) || err == nil && !i.Local {
				return nil
			}
			if err != nil {
				return err
			}
			fate = Stored
			return tx.PutNotice(ctx, newID(), i.Author.ID, verb, actor.URI, i.ID, s.Now())
		}
		if verb != "share" {
			return nil
		}
		followers, err := tx.Readers(ctx, actor.URI)
		if err != nil || len(followers) == 0 {
			return err
		}
		i, err := tx.StoredItem(ctx, object)
		if errors.Is(err, node.ErrNotFound) {
			fate = Needed
			return nil
		}
		if err != nil || i.SharedBy != "" || !i.OpenAtOrigin {
			return err
		}
		fate = Stored
		return tx.SetSharedBy(ctx, i.ID, actor.URI)
	})
	if err != nil {
		return "", fmt.Errorf("receive %s of %s: %w", verb, object, err)
	}
	return fate, nil
}

// ReceiveUndoReaction takes a Like or an Announce back, also one that has not come yet.
func (s *Service) ReceiveUndoReaction(ctx context.Context, verb, actor, object, activity string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if activity != "" {
			if err := tx.Withdraw(ctx, actor, activity, s.Now()); err != nil {
				return err
			}
		}
		i, err := tx.StoredItem(ctx, object)
		if errors.Is(err, node.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if verb == "share" && i.SharedBy == actor {
			if err := tx.SetSharedBy(ctx, i.ID, ""); err != nil {
				return err
			}
		}
		return tx.DeleteNotice(ctx, verb, actor, i.ID)
	})
}

// ReceiveGone removes everything of an actor that is no more.
func (s *Service) ReceiveGone(ctx context.Context, actor string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		items, err := tx.ItemsOfRemote(ctx, actor)
		if err != nil {
			return err
		}
		for _, i := range items {
			if err := tx.DeleteItem(ctx, i, actor, s.Now()); err != nil {
				return err
			}
		}
		if err := tx.DeleteFollowsOf(ctx, actor); err != nil {
			return err
		}
		if err := tx.AdmitReaders(ctx, actor); err != nil {
			return err
		}
		return tx.MarkActorGone(ctx, actor)
	})
	if err != nil {
		return fmt.Errorf("receive delete of actor %s: %w", actor, err)
	}
	return nil
}
