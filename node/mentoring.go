package node

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Deadlines of mentoring (product.md F02).
const (
	OfferLife     = 90 * 24 * time.Hour // then the mentor is asked again
	NudgeAfter    = 7 * 24 * time.Hour  // without an answer the mentor is reminded
	ReleaseAfter  = 14 * 24 * time.Hour // then the learner is told and shown others
	MaxLearners   = 20
	MaxMentorWait = 50 // on the waiting list of one offer
)

// MentorFormat is what a mentor gives.
type MentorFormat string

// The formats.
const (
	OneQuestion MentorFormat = "question" // one question, in writing
	OneCall     MentorFormat = "call"     // one call
	SomeWeeks   MentorFormat = "weeks"    // Weeks of regular calls
)

// MentorFormats lists all, from the least to the most time.
var MentorFormats = []MentorFormat{OneQuestion, OneCall, SomeWeeks}

// MentorOffer is what a mentor offers to their networks.
type MentorOffer struct {
	ID        uuid.UUID
	URI       string
	Local     bool
	PersonID  uuid.UUID // ours
	Mentor    Author    // filled by readers
	ActorURI  string    // the mentor's actor for the networks
	Audience  Audience
	Topics    []string // skill codes
	Languages []string
	Format    MentorFormat
	Weeks     int // with SomeWeeks
	Capacity  int // learners at one time
	Note      Text
	Paused    bool
	Full      bool // of a received one: as its node says
	Learners  int  // accepted and not closed; of ours, filled by readers
	ExpiresAt time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
	SourceID  int64
}

// Open reports whether the offer takes requests now. A full one takes them for its waiting list.
func (o *MentorOffer) Open(now time.Time) bool { return !o.Paused && now.Before(o.ExpiresAt) }

// Validate reports the first thing that an offer cannot have. known tells whether a skill code is in the vocabulary.
func (o *MentorOffer) Validate(known func(code string) bool) error {
	if len(o.Topics) == 0 {
		return Invalid("topics", "error.mentor.topics")
	}
	for _, t := range o.Topics {
		if !known(t) {
			return Invalid("topics", "error.skill.tag", "tag", t)
		}
	}
	if len(o.Languages) == 0 {
		return Invalid("languages", "error.mentor.languages")
	}
	for _, l := range o.Languages {
		if err := CheckLang("languages", l); err != nil {
			return err
		}
	}
	if !slices.Contains(MentorFormats, o.Format) {
		return Invalid("format", "error.mentor.format", "format", string(o.Format))
	}
	if (o.Format == SomeWeeks) != (o.Weeks > 0) || o.Weeks > 52 {
		return Invalid("weeks", "error.mentor.weeks")
	}
	if o.Capacity < 1 || o.Capacity > MaxLearners {
		return Invalid("capacity", "error.mentor.capacity", "max", itoa(MaxLearners))
	}
	return o.Note.check("note", MaxTextRunes)
}

// RequestState is where a request for mentoring stands.
type RequestState string

// The states of a request.
const (
	RequestAsked    RequestState = "asked"
	RequestWaiting  RequestState = "waiting" // the mentor is full: on the waiting list
	RequestAccepted RequestState = "accepted"
	RequestDeclined RequestState = "declined"
	RequestHandedOn RequestState = "handed-on" // the mentor suggested a colleague
	RequestReleased RequestState = "released"  // no answer in time
	RequestClosed   RequestState = "closed"    // done, by either side
	RequestTaken    RequestState = "withdrawn" // the learner took it back
)

// MentorRequest is one learner's wish to one mentor, and what became of it. Only the two may read it.
type MentorRequest struct {
	ID         uuid.UUID
	URI        string // of the Offer{Agreement}
	OfferURI   string
	Topic      string // skill code
	MentorID   uuid.UUID
	MentorURI  string
	LearnerID  uuid.UUID
	LearnerURI string
	Mentor     Author // filled by readers
	Learner    Author // filled by readers
	Need       string // plain text
	Time       string // what time is wanted, in words
	Lang       string
	State      RequestState
	Reason     string // a kind word of the mentor; on handed-on who was suggested
	CreatedAt  time.Time
	UpdatedAt  time.Time
	NudgedAt   time.Time
	Version    int64
	SourceID   int64
}

// Ended reports whether nothing more can come of the request.
func (r *MentorRequest) Ended() bool {
	switch r.State {
	case RequestAsked, RequestWaiting, RequestAccepted:
		return false
	}
	return true
}

// Message is one message by relay: between two people, without their addresses.
type Message struct {
	ID       uuid.UUID
	URI      string
	ThreadID uuid.UUID // of the pair, or the request that it belongs to
	FromID   uuid.UUID // ours
	FromURI  string
	ToID     uuid.UUID // ours
	ToURI    string
	From     Author // filled by readers
	To       Author // filled by readers
	Body     string // plain text
	Lang     string
	SentAt   time.Time
	ReadAt   time.Time
	SourceID int64
}

// MaxMessageRunes bounds a message.
const MaxMessageRunes = 4000

// CheckMessage reports a message that is empty or too long.
func CheckMessage(field, text string) error {
	if len(text) == 0 {
		return Invalid(field, "error.text.required")
	}
	return checkText(field, text, MaxMessageRunes)
}
