package node

import (
	"strings"

	"github.com/google/uuid"
)

// OfferURI is the id of one of our mentoring offers.
func (o Origin) OfferURI(id uuid.UUID) string { return string(o) + "/ap/offers/" + id.String() }

// OfferPage is its page.
func (o Origin) OfferPage(id uuid.UUID) string {
	return string(o) + offerPages + id.String()
}

const offerPages = "/mentoring/offers/"

// OfferOfPage is OfferPage backwards; ok tells whether it was one.
func (o Origin) OfferOfPage(page string) (id uuid.UUID, ok bool) {
	return o.idBelow(offerPages, page)
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
