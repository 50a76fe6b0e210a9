package address

import (
	"fmt"
	"strings"
)

// maxUser is the longest user part that the node reads; the longest seen in the
// wild are community names of Lemmy.
const maxUser = 255

// Handle is the name by which people find an actor, read from user@host. Two
// handles name the same account when they are equal after folding the case of
// User, which stays as written because some servers look it up literally.
type Handle struct {
	User string // letters, digits and "._~-" (RFC 7565 §7, unreserved)
	Host string // canonical, see Host
}

// ParseHandle reads @user@host, user@host and acct:user@host (RFC 7565).
func ParseHandle(raw string) (Handle, error) {
	s := raw
	if len(s) > 5 && strings.EqualFold(s[:5], "acct:") {
		s = s[5:]
	}
	user, host, _ := strings.Cut(strings.TrimPrefix(s, "@"), "@")
	if !validUser(user) {
		return Handle{}, fmt.Errorf("read handle %q: %w", raw, ErrHandle)
	}
	host, err := Host(host)
	if err != nil {
		return Handle{}, fmt.Errorf("read handle %q: %w: %w", raw, ErrHandle, err)
	}
	return Handle{User: user, Host: host}, nil
}

// String returns @user@host, the form that people read and type.
func (h Handle) String() string { return "@" + h.User + "@" + h.Host }

// Acct returns acct:user@host, the form that WebFinger asks for.
func (h Handle) Acct() string { return "acct:" + h.User + "@" + h.Host }

func validUser(user string) bool {
	if user == "" || len(user) > maxUser {
		return false
	}
	for i := 0; i < len(user); i++ {
		c := user[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && !strings.ContainsRune("._~-", rune(c)) {
			return false
		}
	}
	return true
}
