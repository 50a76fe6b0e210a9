package vocab

import (
	"fmt"
	"time"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// maxVersion is the largest number that every reader of JSON holds exactly.
const maxVersion = 1 << 53

// IsCard reports whether the document of an actor is a copy with an end.
func IsCard(doc jsonld.Object) bool {
	return doc.Type() == "Person" && doc.Has("endTime") && doc.Has("version")
}

// ReadCard reads Card. Who may say it, and to which networks, the caller decides.
func ReadCard(doc jsonld.Object) (*node.Card, error) {
	a, _, err := ReadActor(doc)
	if err != nil {
		return nil, err
	}
	version, ok := doc.Number("version")
	c := &node.Card{
		ActorURI: a.URI, OrganizationURI: a.WorksFor, Name: a.Name, RoleTitle: a.JobTitle, Bio: a.Summary, Languages: a.Languages,
		Place: markup.Name(lead(doc.Object("location"), "name")), Skills: a.Skills, Version: int64(version), ExpiresAt: doc.Time("endTime"), UpdatedAt: a.UpdatedAt,
	}
	if !ok || version < 1 || version >= maxVersion || c.ExpiresAt.IsZero() || c.OrganizationURI == "" {
		return nil, fmt.Errorf("read card %s: no version, end or organization: %w", c.ActorURI, ErrDocument)
	}
	return c, nil
}

// Withdrawal reads what WithdrawCard says; false if the Delete is of the actor itself.
func Withdrawal(doc jsonld.Object) (version int64, at time.Time, ok bool) {
	object := doc.Object("object")
	n, told := object.Number("version")
	if !told || n < 1 || n >= maxVersion {
		return 0, time.Time{}, false
	}
	return int64(n), object.Time("deleted"), true
}
