package node

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// RemoteActor is somebody on another server, as far as we know them.
type RemoteActor struct {
	ID          uuid.UUID // ours
	URI         string    // theirs
	Type        string    // Person, Organization, Group, Service, Application
	Username    string    // preferredUsername
	Host        string    // canonical authority of URI
	Name        string
	Summary     string // sanitized HTML
	Page        string // profile page at the origin
	Inbox       string
	SharedInbox string
	Followers   string // URI of the followers collection
	JobTitle    string
	Languages   []string
	Skills      []PersonSkill
	WorksFor    string // URI of the organization that they name
	// Implements lists what the server's Application says it does (FEP-844e).
	Implements []string
	Gone       bool      // answered 410, or sent Delete
	UpdatedAt  time.Time // as its server says; zero if it does not
	FetchedAt  time.Time
	SourceID   int64
}

// Handle is "ana@other.example".
func (a *RemoteActor) Handle() string { return a.Username + "@" + a.Host }

// Origin is the server that a is on, as rosters name it: "https://other.example".
func (a *RemoteActor) Origin() string {
	scheme, _, _ := strings.Cut(a.URI, "://")
	return strings.ToLower(scheme) + "://" + a.Host
}

// Kind folds the five actor types into the two that people read.
func (a *RemoteActor) Kind() Kind {
	if a.Type == "Person" {
		return KindPerson
	}
	return KindOrganization
}

// RemoteKey is a public key of a remote actor.
type RemoteKey struct {
	ID        string // keyId
	ActorURI  string
	Algorithm string // "rsa" or "ed25519"
	Public    string // PEM, or Multikey for ed25519
	FetchedAt time.Time
	// CheckedAt is when a failed signature last made us fetch it again (A10).
	CheckedAt time.Time
}

// LocalActor is one of our actors, with what signing needs.
type LocalActor struct {
	ID        uuid.UUID // uuid.Nil is the node itself
	Kind      Kind      // KindPerson, KindOrganization, KindNetwork, or "" for the node
	OwnerID   uuid.UUID // the person, the organization or the network
	URI       string
	RSAPublic string // PEM (PKIX)
	EdPublic  string // Multikey
	CreatedAt time.Time
	GoneAt    time.Time // set when it answers 410
	Audience  Audience  // who may fetch it: Public, or Networks for what only members see
}

// KeyID is the id of the actor's RSA key.
func (a *LocalActor) KeyID() string { return a.URI + "#main-key" }

// EdKeyID is the id of the actor's Ed25519 key (FEP-521a).
func (a *LocalActor) EdKeyID() string { return a.URI + "#ed25519" }

// Source is a document as it came in: the truth about a received thing.
type Source struct {
	ID         int64
	URI        string // id of the activity, or of the fetched document
	Raw        []byte
	SignerKey  string // keyId that verified it; the final URL when it was fetched from its origin
	Scheme     string // cavage, rfc9421, rfc9421-ed25519, "outbox" if it was read in a member's outbox, or "fetched"
	ActorURI   string // who said it
	ReceivedAt time.Time
}
