package node

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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

// NewToken returns a secret of 256 bits, for a link or a session, and the hash
// under which it is stored.
func NewToken() (token, hash string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand.Read ends the program instead
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, HashToken(token)
}

// HashToken is the hash under which a secret is stored.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
