package node

import (
	"time"

	"github.com/google/uuid"
)

// Lifetimes of links and sessions (design.md 9, security.md F3).
const (
	CommandLinkLife = 7 * 24 * time.Hour
	MailLinkLife    = 20 * time.Minute
	SessionIdle     = 14 * 24 * time.Hour
	AdminIdle       = 12 * time.Hour
	SessionLife     = 90 * 24 * time.Hour
)

// Session is one signed-in browser. Its token is stored hashed.
type Session struct {
	ID        uuid.UUID
	PersonID  uuid.UUID
	CreatedAt time.Time
	SeenAt    time.Time
}

// Expired reports whether the session is over for a person with this role at now.
func (s *Session) Expired(role Role, now time.Time) bool {
	idle := SessionIdle
	if role == Admin {
		idle = AdminIdle
	}
	return now.Sub(s.SeenAt) > idle || now.Sub(s.CreatedAt) > SessionLife
}
