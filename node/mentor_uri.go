package node

import (
	"strings"

	"github.com/google/uuid"
)

// OfferURI is the id of one of our mentoring offers.
func (o Origin) OfferURI(id uuid.UUID) string { return string(o) + "/ap/offers/" + id.String() }

// OfferPage is its page.
func (o Origin) OfferPage(id uuid.UUID) string {
	return string(o) + "/mentoring/offers/" + id.String()
}

// ParseMentoringID reads the UUID of an offer or a request out of the offer's id,
// a page address or a bare UUID of this node.
func (o Origin) ParseMentoringID(s string) (id uuid.UUID, ok bool) {
	if id, err := uuid.Parse(s); err == nil && len(s) == 36 {
		return id, true
	}
	for _, path := range []string{"/ap/offers/", "/mentoring/offers/", "/mentoring/requests/"} {
		if id, ok := o.idBelow(path, s); ok {
			return id, true
		}
	}
	return uuid.Nil, false
}

// RequestURI is the id of a request that one of our people makes: of the
// activity that asks.
func (o Origin) RequestURI(id uuid.UUID) string { return o.ActivityURI(id) }

// MessageURI is the id of a message of one of our people.
func (o Origin) MessageURI(id uuid.UUID) string { return string(o) + "/ap/messages/" + id.String() }

// OriginOf is the origin of a URI that was read as one before: what lies before its path.
func OriginOf(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}
