// Package mentoring is offers of a mentor's limited time, learners' requests, and
// what the two agree on. Only they can read it; nothing is scored.
package mentoring

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
)

// Service keeps offers and requests.
type Service struct {
	DB     *store.DB
	Now    func() time.Time
	Origin node.Origin
	Skills *skillset.Set
}

// OfferInput is what a mentor typed.
type OfferInput struct {
	ID        uuid.UUID // of the offer to change; uuid.Nil makes a new one
	Audience  node.Audience
	Topics    []string // skill codes
	Languages []string
	Format    node.MentorFormat
	Weeks     int
	Capacity  int
	Note      string
	Lang      string // of the note
	Version   int64  // the version that was read; 0 does not check
}

// RequestInput is what a learner typed.
type RequestInput struct {
	Offer string // its id here, its URI, or the mentor's handle ("ana", "ana@host")
	Topic string // skill code; may be empty if the offer has one topic
	Need  string
	Time  string // what time is wanted, in words
	Lang  string
}

// Filter narrows a list of offers.
type Filter = store.MentorFilter

// Due reminds mentors, releases learners and ends offers whose time has come; it
// tells how much that was.
func (s *Service) Due(_ context.Context) (int, error) { return 0, nil }

// Offer makes an offer of v's time, or changes one. Changing it confirms it for another 90 days.
func (s *Service) Offer(ctx context.Context, v access.Viewer, in OfferInput) (*node.MentorOffer, error) {
	return nil, node.ErrForbidden
}

// Pause stops an offer from taking requests, or goes on with it.
func (s *Service) Pause(ctx context.Context, v access.Viewer, offer uuid.UUID, paused bool) error {
	return node.ErrForbidden
}

// Confirm keeps an offer for another 90 days.
func (s *Service) Confirm(ctx context.Context, v access.Viewer, offer uuid.UUID) error {
	return node.ErrForbidden
}

// Withdraw ends an offer.
func (s *Service) Withdraw(ctx context.Context, v access.Viewer, offer uuid.UUID) error {
	return node.ErrForbidden
}

// Offers lists the open offers that v may see.
func (s *Service) Offers(ctx context.Context, v access.Viewer, f Filter) ([]*node.MentorOffer, error) {
	return nil, node.ErrForbidden
}

// Request asks a mentor for help.
func (s *Service) Request(ctx context.Context, v access.Viewer, in RequestInput) (*node.MentorRequest, error) {
	return nil, node.ErrForbidden
}

// Requests lists what v asked for and what v is asked for, newest first.
func (s *Service) Requests(ctx context.Context, v access.Viewer) ([]*node.MentorRequest, error) {
	return nil, node.ErrForbidden
}

// Accept takes a learner on. If the mentor is full by now, the request goes to
// the waiting list: look at the State of what it returns.
func (s *Service) Accept(ctx context.Context, v access.Viewer, id uuid.UUID) (*node.MentorRequest, error) {
	return nil, node.ErrForbidden
}

// Decline says no kindly: reason is the key of one of Reasons, or words of v's own.
func (s *Service) Decline(ctx context.Context, v access.Viewer, id uuid.UUID, reason string) error {
	return node.ErrForbidden
}

// HandOn suggests a colleague: offer is the id, URI or mentor's handle of another offer.
func (s *Service) HandOn(ctx context.Context, v access.Viewer, id uuid.UUID, offer string) error {
	return node.ErrForbidden
}

// Close ends what was agreed, by either side; a learner takes back what was not answered yet.
func (s *Service) Close(ctx context.Context, v access.Viewer, id uuid.UUID) error {
	return node.ErrForbidden
}
