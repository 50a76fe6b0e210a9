package node

import (
	"time"

	"github.com/google/uuid"
)

// FollowState is where a follow stands.
type FollowState string

// The states of a follow.
const (
	Pending         FollowState = "pending"
	Accepted        FollowState = "accepted"
	RejectedFollow  FollowState = "rejected"
	UnfollowedState FollowState = "undone"
)

// Follow is one Follow between a local and a remote actor.
type Follow struct {
	ID          uuid.UUID // of our Follow activity when Out
	Out         bool      // we follow them
	LocalActor  uuid.UUID // LocalActor.ID of our side
	RemoteURI   string
	ActivityURI string // id of the Follow activity
	State       FollowState
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Subscription is one line of the lists of followers and of what is followed, as people see it.
type Subscription struct {
	Actor *RemoteActor
	State FollowState
	// For is who reads it here: uuid.Nil stands for everyone on the node.
	For uuid.UUID
	// As is the handle of our actor that follows, or is followed.
	As string
}
