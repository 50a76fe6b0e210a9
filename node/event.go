package node

import (
	"time"

	"github.com/google/uuid"
)

// Verb is what happened to the object of an Event.
type Verb string

// The verbs.
const (
	Created    Verb = "create"
	Updated    Verb = "update"
	Deleted    Verb = "delete"
	Followed   Verb = "follow"
	Unfollowed Verb = "unfollow"
	Answered   Verb = "accept" // a follower was accepted
	Refused    Verb = "reject" // a follower was refused
	// Of memberships: between an organization and a hub, and from a hub to its members.
	Joined   Verb = "join"    // we ask to become a member
	Received Verb = "receive" // the hub has our Join; its coordinators decide
	Left     Verb = "leave"
	Added    Verb = "add"    // to the roster
	Removed  Verb = "remove" // from the roster
	Tested   Verb = "test"   // a hub and a member try out that things arrive
	Invited  Verb = "invite" // a successor asks to go on with a network
)

// Event is one committed change that has to be announced. It is written in the
// transaction of the change and expanded later into deliveries; the node's code
// does not know how it travels.
type Event struct {
	ID       int64     // set by the store
	Activity uuid.UUID // id of the activity that will say it
	Verb     Verb
	Kind     Kind
	Object   uuid.UUID // the item, person or organization
	Actor    uuid.UUID // LocalActor.ID of who says it
	Audience Audience  // of the object when it happened
	// Target is the remote actor's URI that a follow or an answer goes to; empty
	// when it goes to the audience. On a reply: the parent's author.
	Target string
	// Ref is what the verb needs besides: the id of the Follow that is answered or undone.
	Ref string
	At  time.Time
}

// Notice tells one person that something happened. It names who; nothing is counted.
type Notice struct {
	ID     uuid.UUID
	Person uuid.UUID // for whom; the organization's id for its editors
	Verb   string    // "like", "share", "reply", "mention", "follow", or one of those between people (NoticeAsked …)
	By     Author
	Item   *Item // may be nil
	// About is the offer, the request or the thread that it tells of, if that is between people.
	About uuid.UUID
	Topic string // skill code of that request
	At    time.Time
}
