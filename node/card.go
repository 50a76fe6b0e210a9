package node

import (
	"time"

	"github.com/google/uuid"
)

// How long a card is good, and when its node renews it.
const (
	CardLife    = 30 * 24 * time.Hour
	CardRenewal = 10 * 24 * time.Hour // before the end
)

// Limits of a card. What is larger is neither sent nor taken.
const (
	MaxCardBytes  = 32 << 10
	MaxCardSkills = 60
)

// Card is what somebody of another organization agreed to show to a network. It
// is a copy with an end: withdrawn at the person's word, and gone when not renewed.
type Card struct {
	ID              uuid.UUID
	NetworkID       uuid.UUID
	ActorURI        string    // the person's actor for the network: where messages go
	ActorID         uuid.UUID // RemoteActor.ID
	OrganizationURI string
	Name            string // or initials
	RoleTitle       string
	Bio             string // sanitized HTML
	Languages       []string
	Place           string
	Skills          []PersonSkill
	Version         int64
	ExpiresAt       time.Time
	UpdatedAt       time.Time // as its node says
	ReceivedAt      time.Time
	SourceID        int64
}

// PublishedCard is what a network was told of one of our people.
type PublishedCard struct {
	PersonID    uuid.UUID
	NetworkID   uuid.UUID
	ActorID     uuid.UUID
	Version     int64
	Digest      string    // of what it said, so that nothing is sent twice
	Activity    uuid.UUID // the last announcement: its receipts
	PublishedAt time.Time
	ExpiresAt   time.Time
	WithdrawnAt time.Time // zero while it is out
}

// Found is one hit of the search for people: somebody here, or a card.
type Found struct {
	Person       *Person     // set for our own people
	Card         *Card       // set for people of other organizations
	Membership   *Membership // of the card's organization
	Organization *Organization
	NetworkName  string
	// Skill is what the search was for, as this person has it.
	Skill PersonSkill
}

// Search is what somebody looks for. All parts that are set have to fit.
type Search struct {
	Text         string    // a skill in any language, a name, a role, a place
	Tag          string    // exact skill
	Stance       Stance    // of that skill
	Language     string    // spoken
	Organization string    // URI
	Network      uuid.UUID // only people of this network
	CanMentor    bool      // offers to mentor in that skill, or in any
	After        string    // key of the last hit shown
	Limit        int
}
