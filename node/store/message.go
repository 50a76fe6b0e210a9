package store

import (
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// Thread is one line of the list of somebody's threads.
type Thread struct {
	ID     uuid.UUID
	With   node.Author
	Last   string // the newest message
	At     time.Time
	Unread bool
}
