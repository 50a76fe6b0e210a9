// Package following is who reads whom across nodes: the organization and its
// people following others, and others following them.
package following

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

// Lookup finds somebody on another server by handle or URL and stores what it
// says of itself. The federation side implements it.
type Lookup interface {
	Find(ctx context.Context, handleOrURL string) (*node.RemoteActor, error)
}

// As is in whose name somebody follows.
type As int

// The ways to follow.
const (
	Organization As = iota // as the organization, for everyone on the node
	Person                 // by oneself: with one's own actor if there is one, else through the organization
)

// Service follows and unfollows on behalf of a viewer.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
	Lookup Lookup
}

// Find looks somebody up by handle or URL. It goes to the network and may take 20 seconds.
func (s *Service) Find(ctx context.Context, v access.Viewer, handleOrURL string) (*node.RemoteActor, error) {
	if !access.Can(v, access.Follow) {
		return nil, fmt.Errorf("find: %w", node.ErrForbidden)
	}
	handleOrURL = strings.TrimSpace(handleOrURL)
	if handleOrURL == "" {
		return nil, node.Invalid("who", "error.follow.empty")
	}
	// Hosts are the same in capitals.
	if lower := strings.ToLower(handleOrURL); s.Origin.Owns(lower) || strings.HasSuffix(lower, "@"+s.Origin.Host()) {
		return nil, node.Invalid("who", "error.follow.local")
	}
	a, err := s.Lookup.Find(ctx, handleOrURL)
	if err != nil {
		return nil, err
	}
	shown := *a
	err = s.DB.View(ctx, func(tx *store.Tx) error { return s.reduce(ctx, tx, v, &shown) })
	return &shown, err
}

// reduce leaves of somebody on a member's server only their name, unless v is in a
// network with it now: their server tells this node more than everyone, and not
// for those of its people whose organization is in none with it (S6, E2).
func (s *Service) reduce(ctx context.Context, tx *store.Tx, v access.Viewer, a *node.RemoteActor) error {
	lines, err := tx.MembershipsAt(ctx, a.Origin())
	if err != nil || a.Kind() != node.KindPerson {
		return err
	}
	member := false
	for _, m := range lines {
		if m.Effective() && slices.Contains(v.Networks, m.NetworkID) {
			return nil
		}
		member = member || m.Status == node.MemberActive || m.Status == node.MemberSuspended
	}
	if member {
		a.JobTitle, a.Summary, a.Languages, a.Skills = "", "", nil, nil
	}
	return nil
}

// Follow makes v, or everyone on the node, read somebody.
func (s *Service) Follow(ctx context.Context, v access.Viewer, handleOrURL string, as As) (*node.RemoteActor, error) {
	if as == Organization && !access.Can(v, access.FollowAsOrg) {
		return nil, fmt.Errorf("follow: %w", node.ErrForbidden)
	}
	remote, err := s.Find(ctx, v, handleOrURL)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.Subscribe(ctx, reader(v, as), remote.URI, s.Now()); err != nil {
			return err
		}
		actor, err := followActor(ctx, tx, v, as)
		if err != nil {
			return err
		}
		if err := s.send(ctx, tx, actor, remote.URI); err != nil {
			return err
		}
		return tx.AdmitReaders(ctx, remote.URI)
	})
	if err != nil {
		return nil, fmt.Errorf("follow %s: %w", remote.URI, err)
	}
	return remote, nil
}

// reader is who reads: v, or the organization for everyone.
func reader(v access.Viewer, as As) uuid.UUID {
	if as == Organization || v.Person == uuid.Nil {
		return v.Organization
	}
	return v.Person
}

// followActor is the actor that sends the Follow: a followable person's own, else the organization's.
func followActor(ctx context.Context, tx *store.Tx, v access.Viewer, as As) (uuid.UUID, error) {
	if as == Organization || !access.Can(v, access.FollowAsPerson) {
		return v.Organization, nil
	}
	p, err := tx.PersonSelf(ctx, v.Person)
	if err != nil {
		return uuid.Nil, err
	}
	if !p.Followable() { // switched off in the meantime
		return v.Organization, nil
	}
	return p.ActorID, nil
}

// send queues a Follow, unless that actor follows already.
func (s *Service) send(ctx context.Context, tx *store.Tx, actor uuid.UUID, remote string) error {
	f, err := tx.Follow(ctx, true, actor, remote)
	if err == nil && f.State != node.RejectedFollow {
		return nil
	}
	if err != nil && !errors.Is(err, node.ErrNotFound) {
		return err
	}
	now, activity := s.Now(), newID()
	f = &node.Follow{ID: activity, Out: true, LocalActor: actor, RemoteURI: remote, ActivityURI: s.Origin.ActivityURI(activity), State: node.Pending, CreatedAt: now, UpdatedAt: now}
	if err := tx.PutFollow(ctx, f); err != nil {
		return err
	}
	return tx.Announce(ctx, node.Event{Activity: activity, Verb: node.Followed, Kind: node.KindFollow, Object: activity, Actor: actor, Target: remote, Audience: node.Audience("follow"), At: now})
}

// Unfollow stops reading somebody. The organization stays subscribed until its last reader leaves.
func (s *Service) Unfollow(ctx context.Context, v access.Viewer, handleOrURL string, as As) error {
	if as == Organization && !access.Can(v, access.FollowAsOrg) || !access.Can(v, access.Follow) {
		return fmt.Errorf("unfollow: %w", node.ErrForbidden)
	}
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		remote, err := s.followed(ctx, tx, handleOrURL)
		if err != nil {
			return err
		}
		if err := tx.Unsubscribe(ctx, reader(v, as), remote.URI); err != nil {
			return err
		}
		own, err := followActor(ctx, tx, v, as)
		if err != nil {
			return err
		}
		if own != v.Organization {
			if err := s.undo(ctx, tx, own, remote.URI); err != nil {
				return err
			}
		}
		needed, err := s.organizationNeeded(ctx, tx, v.Organization, remote.URI)
		if err == nil && !needed {
			err = s.undo(ctx, tx, v.Organization, remote.URI)
		}
		if err != nil {
			return err
		}
		return tx.AdmitReaders(ctx, remote.URI)
	})
	if err != nil {
		return fmt.Errorf("unfollow %s: %w", handleOrURL, err)
	}
	return nil
}

// organizationNeeded reports whether somebody still reads remote through the organization's Follow.
func (s *Service) organizationNeeded(ctx context.Context, tx *store.Tx, organization uuid.UUID, remote string) (bool, error) {
	left, err := tx.Readers(ctx, remote)
	if err != nil {
		return false, err
	}
	for _, r := range left {
		if r == organization {
			return true, nil
		}
		p, err := tx.PersonSelf(ctx, r)
		if err != nil {
			return false, err
		}
		if !p.Followable() {
			return true, nil
		}
		if _, err := tx.Follow(ctx, true, p.ActorID, remote); errors.Is(err, node.ErrNotFound) {
			return true, nil
		}
	}
	return false, nil
}

// undo queues an Undo of actor's Follow, if there is one.
func (s *Service) undo(ctx context.Context, tx *store.Tx, actor uuid.UUID, remote string) error {
	f, err := tx.Follow(ctx, true, actor, remote)
	if errors.Is(err, node.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.DeleteFollow(ctx, true, actor, remote); err != nil {
		return err
	}
	return tx.Announce(ctx, node.Event{
		Activity: newID(), Verb: node.Unfollowed, Kind: node.KindFollow, Object: f.ID, Actor: actor, Target: remote,
		Ref: f.ActivityURI, Audience: node.Audience("follow"), At: s.Now(),
	})
}

// followed finds somebody that we know, without the network.
func (s *Service) followed(ctx context.Context, tx *store.Tx, handleOrURL string) (*node.RemoteActor, error) {
	ref := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(handleOrURL), "acct:"), "@")
	a, err := tx.RemoteActor(ctx, ref)
	if errors.Is(err, node.ErrNotFound) {
		if user, host, ok := strings.Cut(ref, "@"); ok {
			a, err = tx.RemoteActorByHandle(ctx, user, strings.ToLower(host))
		}
	}
	if errors.Is(err, node.ErrNotFound) {
		a, err = tx.RemoteActorByPage(ctx, ref)
	}
	if errors.Is(err, node.ErrNotFound) {
		return nil, node.Invalid("who", "error.follow.unknown", "who", handleOrURL)
	}
	return a, err
}

// Following lists whom v reads: what everyone here follows, and v's own.
func (s *Service) Following(ctx context.Context, v access.Viewer) (list []node.Subscription, err error) {
	if !access.Can(v, access.SeeRemote) {
		return nil, fmt.Errorf("list following: %w", node.ErrNotFound)
	}
	readers := []uuid.UUID{v.Organization}
	if v.Person != uuid.Nil {
		readers = append(readers, v.Person)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		list, err = tx.SubscriptionRows(ctx, readers)
		for i := range list {
			if list[i].For == v.Organization {
				list[i].For = uuid.Nil
			}
		}
		return err
	})
	return list, err
}

// Followers lists who follows the organization, for who may speak as it, and who follows v.
func (s *Service) Followers(ctx context.Context, v access.Viewer) (list []node.Subscription, err error) {
	if !v.SignedIn() {
		return nil, fmt.Errorf("list followers: %w", node.ErrNotFound)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if access.Can(v, access.SpeakAsOrg) {
			org, err := tx.Organization(ctx, v.Organization)
			if err != nil {
				return err
			}
			if list, err = s.followersOf(ctx, tx, org.ID, org.Handle, uuid.Nil); err != nil {
				return err
			}
		}
		if v.Person == uuid.Nil {
			return nil
		}
		p, err := tx.PersonSelf(ctx, v.Person)
		if err != nil || !p.Followable() {
			return err
		}
		own, err := s.followersOf(ctx, tx, p.ActorID, p.Handle, p.ID)
		list = append(list, own...)
		return err
	})
	return list, err
}

func (s *Service) followersOf(ctx context.Context, tx *store.Tx, actor uuid.UUID, handle string, reader uuid.UUID) ([]node.Subscription, error) {
	list, err := tx.FollowRows(ctx, false, actor)
	for i := range list {
		list[i].As, list[i].For = handle, reader
	}
	return list, err
}

// Actor returns a remote person or organization for our people.
func (s *Service) Actor(ctx context.Context, v access.Viewer, id uuid.UUID) (*node.RemoteActor, error) {
	return s.see(ctx, v, func(tx *store.Tx) (*node.RemoteActor, error) { return tx.RemoteActorByID(ctx, id) })
}

// ActorByHandle returns a remote person or organization for our people.
func (s *Service) ActorByHandle(ctx context.Context, v access.Viewer, user, host string) (*node.RemoteActor, error) {
	return s.see(ctx, v, func(tx *store.Tx) (*node.RemoteActor, error) { return tx.RemoteActorByHandle(ctx, user, host) })
}

func (s *Service) see(ctx context.Context, v access.Viewer, f func(*store.Tx) (*node.RemoteActor, error)) (a *node.RemoteActor, err error) {
	if !access.Can(v, access.SeeRemote) {
		return nil, fmt.Errorf("see remote actor: %w", node.ErrNotFound)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if a, err = f(tx); err != nil {
			return err
		}
		return s.reduce(ctx, tx, v, a)
	})
	return a, err
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
