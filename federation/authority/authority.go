// Package authority decides who may say what (FEP-fe34, A2–A7). Everything
// remote passes through it before it has an effect: who signed it, whose it is,
// whether both lie on one origin. It fails closed: what it cannot read, it refuses.
// It does no network and keeps nothing.
package authority

import (
	"errors"
	"fmt"
	"strings"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/jsonld"
)

// ErrNotTheirs means that somebody says what is another's to say. HTTP 401.
var ErrNotTheirs = errors.New("not theirs to say")

// Verdict is what to do with an object that an activity carries.
type Verdict int

// The verdicts. The zero Verdict refuses.
const (
	Drop  Verdict = iota // it cannot be the actor's
	Fetch                // it may be true, but only its own origin can say so
	Use                  // the actor says it of what is the actor's own
)

// Activity reports whether signer may send doc: doc's actor is the signer, one
// and the same, and doc's id lies on the actor's origin (A2, FEP-fe34).
func Activity(doc jsonld.Object, signer string) error {
	actors := doc.IDs("actor")
	if signer == "" || len(actors) != 1 || actors[0] != signer {
		return fmt.Errorf("actor is not who signed: %w", ErrNotTheirs)
	}
	if !address.SameOrigin(doc.ID(), signer) {
		return fmt.Errorf("activity id is not on the actor's server: %w", ErrNotTheirs)
	}
	return nil
}

// Embedded judges an object that actor's activity carries. It is used as it is
// only if its id lies on the actor's origin and it is attributed to the actor
// alone (A3). On the same origin but attributed to another, its origin is asked
// (a Mobilizon person acts for a group). On another origin it is not the
// actor's to say.
func Embedded(object jsonld.Object, actor string) Verdict {
	id := object.ID()
	if !address.SameOrigin(id, actor) {
		return Drop
	}
	if by := object.IDs("attributedTo"); len(by) == 1 && by[0] == actor {
		return Use
	}
	return Fetch
}

// Fetched reports whether a fetched document speaks for itself: its id is what
// was asked for and lies on the origin that answered, after redirects; whom it
// is attributed to lie there too, also where it says so by actor, as older
// Mobilizon does (A7). again is set when the document names another id on the
// answering origin: that one has to be asked once.
func Fetched(doc jsonld.Object, asked, answered string) (again string, err error) {
	id := doc.ID()
	if !address.SameOrigin(id, answered) {
		return "", fmt.Errorf("document is of another server than the one that answered: %w", ErrNotTheirs)
	}
	for _, by := range append(doc.IDs("attributedTo"), doc.IDs("actor")...) {
		if !address.SameOrigin(by, id) {
			return "", fmt.Errorf("document is attributed to another server: %w", ErrNotTheirs)
		}
	}
	if page, _, _ := strings.Cut(asked, "#"); id != asked && id != page {
		return id, nil
	}
	return "", nil
}

// Self reports whether an actor document that an Update carries is the sender's own (A4).
func Self(object jsonld.Object, actor string) bool { return actor != "" && object.ID() == actor }

// Key reports whether a key belongs to the actor that shows it: key id and owner
// lie on one origin, and the actor lists the key (A2, both directions).
func Key(keyID, owner string, listed []string) error {
	if !address.SameOrigin(keyID, owner) {
		return fmt.Errorf("key is on another server than its owner: %w", ErrNotTheirs)
	}
	for _, id := range listed {
		if id == keyID {
			return nil
		}
	}
	return fmt.Errorf("owner does not show this key: %w", ErrNotTheirs)
}

// Inner reports whether an activity that another one undoes or answers is the
// sender's own to undo: it names the same actor, or none, as some servers do.
func Inner(object jsonld.Object, actor string) bool {
	by := object.IDs("actor")
	return len(by) == 0 || len(by) == 1 && by[0] == actor
}
