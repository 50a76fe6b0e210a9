package node

import (
	"time"

	"github.com/google/uuid"
)

// AuditEntry is one decision that can be looked up later: who opened what to
// whom, who was admitted or expelled. Entries are only added.
type AuditEntry struct {
	ID     uuid.UUID
	About  uuid.UUID         // the person, organization or network
	By     uuid.UUID         // who did it; uuid.Nil is the operator
	What   string            // a message key
	Detail map[string]string // its arguments, as tokens and codes
	At     time.Time
}
