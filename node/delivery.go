package node

import (
	"time"

	"github.com/google/uuid"
)

// Delivery is one activity on its way to one inbox.
type Delivery struct {
	ID        int64
	Activity  uuid.UUID
	Inbox     string
	Host      string // authority of Inbox
	ActorID   uuid.UUID
	ObjectKey string // deliveries of one object to one inbox go one at a time, in order
	Urgent    bool   // a Delete goes first
	Attempts  int
	NextAt    time.Time
	FirstAt   time.Time // when it was queued
	LastError string
}

// Outcome is how a delivery attempt ended.
type Outcome string

// The outcomes.
const (
	Delivered Outcome = "delivered"
	Retry     Outcome = "retry"
	Dropped   Outcome = "dropped" // will never be tried again
)

// HostState is what we know about delivering to a host.
type HostState struct {
	Host      string
	Scheme    string // signature scheme that it took last; empty if unknown
	Failures  int    // consecutive network or 5xx failures
	FirstFail time.Time
	OpenUntil time.Time // no attempts before; zero when closed
	FailDays  int       // distinct days with failures and no success
	LastDay   string    // UTC day of the last failure, 2006-01-02
	LastOK    time.Time
	Known     bool // an admin accepted something of it before
	Dead      bool // given up; only a successful delivery revives it
	// Application is the id of the host's Application actor, once looked up.
	Application string
	Ed25519     bool // its Application implements RFC 9421 with Ed25519 (FEP-844e)
	CheckedAt   time.Time
}

// Receipts counts how far an activity has come.
type Receipts struct{ Waiting, Delivered, Dropped int }

// HostQueue is one line of the queue report.
type HostQueue struct {
	Host     string
	Failures int
	Next     time.Time
	Open     bool
	Waiting  int
}
