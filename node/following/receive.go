package following

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/store"
)

// ReceiveFollow lets a remote actor follow one of ours, and answers. target is
// the local actor's URI. The relay takes Applications only (design.md 9).
func (s *Service) ReceiveFollow(ctx context.Context, remote *node.RemoteActor, target, activity string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		actor, err := tx.LocalActorByURI(ctx, target)
		if errors.Is(err, node.ErrNotFound) || err == nil && actor.Audience.ForNetworks() {
			return nil // nobody here, or nobody for whoever may guess the id: nothing to answer as
		}
		if err != nil {
			return err
		}
		if undone, err := undoneBefore(ctx, tx, remote.URI, activity); err != nil || undone {
			return err
		}
		now := s.Now()
		f := &node.Follow{ID: newID(), LocalActor: actor.ID, RemoteURI: remote.URI, ActivityURI: activity, State: node.Accepted, CreatedAt: now, UpdatedAt: now}
		verb := node.Answered
		if !actor.GoneAt.IsZero() || actor.ID == uuid.Nil && remote.Type != "Application" {
			f.State, verb = node.RejectedFollow, node.Refused
		}
		if err := tx.PutFollow(ctx, f); err != nil {
			return err
		}
		if verb == node.Answered && actor.OwnerID != uuid.Nil {
			if err := tx.PutNotice(ctx, newID(), actor.OwnerID, "follow", remote.URI, uuid.Nil, now); err != nil {
				return err
			}
		}
		return tx.Announce(ctx, node.Event{
			Activity: newID(), Verb: verb, Kind: node.KindFollow, Object: f.ID, Actor: actor.ID, Target: remote.URI,
			Ref: activity, Audience: node.Audience("follow"), At: now,
		})
	})
	if err != nil {
		return fmt.Errorf("receive follow by %s: %w", remote.URI, err)
	}
	return nil
}

// ReceiveUndoFollow ends a follow. activity, the Follow's id, may be empty:
// some servers embed a Follow without one; target is the local actor's URI then.
func (s *Service) ReceiveUndoFollow(ctx context.Context, remote, target, activity string) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if activity != "" {
			return s.undoByActivity(ctx, tx, remote, activity)
		}
		if target == "" {
			return nil
		}
		actor, err := tx.LocalActorByURI(ctx, target)
		if errors.Is(err, node.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.DeleteFollow(ctx, false, actor.ID, remote)
	})
	if err != nil {
		return fmt.Errorf("receive undo of follow by %s: %w", remote, err)
	}
	return nil
}

// undoByActivity ends the follow that activity made. One that has not come yet
// is remembered, so that it has no effect when it does (A9).
func (s *Service) undoByActivity(ctx context.Context, tx *store.Tx, remote, activity string) error {
	f, err := tx.FollowByActivity(ctx, false, remote, activity)
	if errors.Is(err, node.ErrNotFound) {
		return tx.Withdraw(ctx, remote, activity, s.Now())
	}
	if err != nil {
		return err
	}
	if err := tx.DeleteFollow(ctx, false, f.LocalActor, remote); err != nil {
		return err
	}
	return tx.FreeReceived(ctx, activity)
}

// undoneBefore reports whether the Undo of this Follow came first, and uses that memory up.
func undoneBefore(ctx context.Context, tx *store.Tx, remote, activity string) (bool, error) {
	undone, err := tx.UseWithdrawn(ctx, remote, activity)
	if err != nil || !undone {
		return false, err
	}
	return true, tx.FreeReceived(ctx, activity)
}

// ReceiveAnswer takes the answer to a Follow of ours. follow is its id; some
// servers answer with the pair instead, then local is our actor's URI. Only who
// was asked can answer (A4).
func (s *Service) ReceiveAnswer(ctx context.Context, remote, follow, local string, accepted bool) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		f, err := tx.FollowByActivity(ctx, true, remote, follow)
		if errors.Is(err, node.ErrNotFound) && local != "" {
			var actor *node.LocalActor
			if actor, err = tx.LocalActorByURI(ctx, local); err == nil {
				f, err = tx.Follow(ctx, true, actor.ID, remote)
			}
		}
		if errors.Is(err, node.ErrNotFound) || err == nil && f.State == node.UnfollowedState {
			return nil // not asked, or by an actor that is closed by now
		}
		if err != nil {
			return err
		}
		f.State, f.UpdatedAt = node.RejectedFollow, s.Now()
		if accepted {
			f.State = node.Accepted
		}
		if err := tx.PutFollow(ctx, f); err != nil {
			return err
		}
		return tx.AdmitReaders(ctx, remote)
	})
	if err != nil {
		return fmt.Errorf("receive answer of %s: %w", remote, err)
	}
	return nil
}

// Counts returns how many follow one of our actors, and how many it follows. Who they are is not told (E4).
func (s *Service) Counts(ctx context.Context, actor uuid.UUID) (followers, following int, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if followers, err = tx.CountFollows(ctx, false, actor); err != nil {
			return err
		}
		following, err = tx.CountFollows(ctx, true, actor)
		return err
	})
	return followers, following, err
}
