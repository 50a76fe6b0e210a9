package node

import (
	"errors"
	"fmt"
)

// Error kinds. Wrap them with %w; each transport maps them to a status once.
var (
	ErrNotFound  = errors.New("not found")    // absent, or not in the viewer's scope: readers cannot tell
	ErrForbidden = errors.New("forbidden")    // readable, but not theirs to change
	ErrConflict  = errors.New("conflict")     // somebody changed it in the meantime
	ErrSignedOut = errors.New("signed out")   // needs a signed-in person
	ErrGone      = errors.New("gone")         // existed and was deleted: HTTP 410
	ErrTooMany   = errors.New("too many")     // a rate limit was reached; try later
	ErrFull      = errors.New("disk full")    // the storage has no room; nothing was changed
	ErrReadOnly  = errors.New("read only")    // the data folder cannot be written
	ErrCorrupt   = errors.New("bad data")     // the stored data contradicts itself
	ErrNoNode    = errors.New("not set up")   // the data folder holds no node yet
	ErrExists    = errors.New("exists")       // a node or a handle is there already
	ErrOtherSite = errors.New("other origin") // the settings name another origin than the stored one
)

// FieldError reports one invalid field of what somebody typed. Key is a
// message key that the edge translates (ui/locale); it is never shown as is.
// Args fill the message's placeholders.
type FieldError struct {
	Field string
	Key   string
	Args  map[string]string
}

func (e *FieldError) Error() string {
	if len(e.Args) > 0 {
		return fmt.Sprintf("%s: %s %v", e.Field, e.Key, e.Args)
	}
	return e.Field + ": " + e.Key
}

// Invalid returns a FieldError; args are name, value pairs.
func Invalid(field, key string, args ...string) error {
	e := &FieldError{Field: field, Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]string{}
		}
		e.Args[args[i]] = args[i+1]
	}
	return e
}
