package node

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// NetworkState is where our node stands in a network.
type NetworkState string

// The states. Only an active network is written to and read from by others.
const (
	NetworkApplied   NetworkState = "applied"   // our Join waits for the hub's coordinators
	NetworkActive    NetworkState = "active"    // we are a member, or host it
	NetworkSuspended NetworkState = "suspended" // the hub has put our membership on hold
	NetworkRefused   NetworkState = "refused"   // the hub said no
	NetworkLeft      NetworkState = "left"
	NetworkExpelled  NetworkState = "expelled"
)

// How long a copy of a roster is good (federation.md 8.3, 12).
const (
	RosterFresh = time.Hour           // then the hub is asked again
	RosterStale = 24 * time.Hour      // then pages say that the hub does not answer
	RosterLimit = 14 * 24 * time.Hour // then nothing is sent or served to the network any more
)

// Network is a community that organizations belong to: the hub's Group actor and
// what we know of it. It is hosted here if we are the hub.
type Network struct {
	ID          uuid.UUID // ours, the one in audiences; stays when another hub goes on with the network
	URI         string    // id of the Group actor
	Hosted      bool
	Username    string // "ptp"
	Host        string
	Name        string
	Purpose     Text // Markdown where hosted, sanitized HTML elsewhere
	Conduct     Text // the code of conduct, as Purpose
	Languages   []string
	Contact     string // how to reach the coordinators: a page, or words; never checked
	Page        string
	Inbox       string
	MembersURI  string // the roster, and the address of network-only things
	NodeURI     string // the hub's Application
	HubKey      string // Multikey that signs the roster, pinned at joining
	Fingerprint string // of the hub's Application key, as people compare it
	State       NetworkState
	JoinURI     string // our Join activity
	Version     int64  // of this row, for edits by two people
	// What we know of the roster.
	RosterVersion int64
	RosterDigest  string // hex XOR of SHA-256 of the active organizations' ids
	ETag          string
	FetchedAt     time.Time // when the hub last confirmed our copy
	FailingSince  time.Time // first of the attempts since then that failed
	GoneAt        time.Time // when the hub answered that it is no more
	DiffersAt     time.Time // when another member held another roster of the same version
	Successor     string    // URI of the organization that goes on if the hub cannot
	Reason        string    // why the hub refused us: its words, or the key of a message
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// Handle is "ptp@hub.example".
func (n *Network) Handle() string { return n.Username + "@" + n.Host }

// Age is how long ago the hub confirmed the roster; 0 where we are the hub.
func (n *Network) Age(now time.Time) time.Duration {
	if n.Hosted || n.FetchedAt.IsZero() {
		return 0
	}
	return max(0, now.Sub(n.FetchedAt))
}

// Effective reports whether network-only things go out to n and are shown to its
// members: we are active in it and our roster is not too old.
func (n *Network) Effective(now time.Time) bool {
	return n.State == NetworkActive && (n.Hosted || n.GoneAt.IsZero() && n.Age(now) < RosterLimit)
}

// Validate reports the first thing that a network's description cannot have.
func (n *Network) Validate() error {
	if strings.TrimSpace(n.Name) == "" {
		return Invalid("name", "error.name.required")
	}
	if err := checkText("name", n.Name, MaxNameRunes); err != nil {
		return err
	}
	if err := CheckHandle(n.Username); err != nil {
		return err
	}
	if err := checkText("contact", n.Contact, MaxNameRunes); err != nil {
		return err
	}
	for _, l := range n.Languages {
		if err := CheckLang("languages", l); err != nil {
			return err
		}
	}
	if err := n.Purpose.check("purpose", MaxTextRunes); err != nil {
		return err
	}
	return n.Conduct.check("conduct", MaxTextRunes)
}

// MemberStatus is where an organization stands on a roster (federation.md 8.2).
type MemberStatus string

// The statuses.
const (
	MemberPending   MemberStatus = "pending"
	MemberActive    MemberStatus = "active"
	MemberSuspended MemberStatus = "suspended"
	MemberLeft      MemberStatus = "left"
	MemberExpelled  MemberStatus = "expelled"
	MemberRefused   MemberStatus = "refused" // applied in vain; on the hub only
)

// MemberRole is what an organization is in a network.
type MemberRole string

// The roles.
const (
	PlainMember       MemberRole = "member"
	CoordinatorMember MemberRole = "coordinator" // its admins and editors run the network
	ObserverMember    MemberRole = "observer"    // reads only
)

// MemberKind tells whether an organization runs a node of its own.
type MemberKind string

// The kinds.
const (
	OwnNode MemberKind = "member"
	Guest   MemberKind = "guest" // hosted on the hub's node
)

// Membership is one line of a roster: an organization in a network.
type Membership struct {
	ID              uuid.UUID
	NetworkID       uuid.UUID
	URI             string // the Relationship, on the hub's origin
	OrganizationURI string
	NodeURI         string // its Application
	Origin          string // of both, "https://org.example"
	Inbox           string // the node's shared inbox
	Handle          string // "org@org.example"
	Name            string
	Summary         string // sanitized HTML
	Place           string
	Languages       []string
	Page            string
	Contact         string // shown to both sides while joining and to members later
	Kind            MemberKind
	Status          MemberStatus
	Role            MemberRole
	Fingerprint     string // "sha256:…" of the node key's SPKI
	Since           time.Time
	UpdatedAt       time.Time
	// Claim tells that the organization's own document names the network: without
	// it a membership counts for nothing (A12). ClaimAt is when it was last asked.
	Claim      bool
	ClaimAt    time.Time
	CaughtUpAt time.Time // what it said up to then is here; zero before the first time
	// Known to the hub only:
	JoinURI  string
	Why      string // what it wrote when it applied
	Reason   string // why it was refused: words, or the key of a message ("error.code.used")
	CodeID   uuid.UUID
	ExpelBy  uuid.UUID // the first of the two coordinators who decided to expel it
	ExpelAt  time.Time
	Ticks    Ticks
	LastSeen time.Time // last successful delivery to its host; filled by lists
	Failing  bool      // its host does not answer; filled by lists
}

// Effective reports whether m counts: the hub lists the organization and the
// organization claims the hub (A12). The network has to be effective besides.
func (m *Membership) Effective() bool { return m.Status == MemberActive && m.Claim }

// Ticks show what of the test card and the test announcement went through, after joining.
type Ticks struct {
	CardSent     bool `json:"cardSent,omitempty"`
	CardReceived bool `json:"cardReceived,omitempty"`
	PostSent     bool `json:"postSent,omitempty"`
	PostReceived bool `json:"postReceived,omitempty"`
}

// Complete reports whether all went through.
func (t Ticks) Complete() bool { return t.CardSent && t.CardReceived && t.PostSent && t.PostReceived }

// RosterChange is one line of a roster's history.
type RosterChange struct {
	NetworkID       uuid.UUID
	Version         int64
	OrganizationURI string
	Name            string
	Status          MemberStatus
	Role            MemberRole
	By              string // who decided, in words
	At              time.Time
}

// HubCode is a code that a coordinator gave out for joining. The code itself is
// shown once and stored hashed.
type HubCode struct {
	ID        uuid.UUID
	NetworkID uuid.UUID
	MadeBy    uuid.UUID
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedBy    string // URI of the organization
	UsedAt    time.Time
}

// HubCodeLife is how long a code can be used.
const HubCodeLife = 14 * 24 * time.Hour

// NetworkTag is a skill tag of a network's vocabulary: its own, or a built-in one that it merges or retires.
type NetworkTag struct {
	NetworkID uuid.UUID
	Code      string
	Labels    Text                // "en", "es"
	Synonyms  map[string][]string // by language
	Into      string              // merged into this tag; empty if it stands
	RetiredAt time.Time           // not offered any more; zero if it is
	UpdatedAt time.Time
}

// SuccessionOffer is a member organization that offers to go on with a network whose hub is gone.
type SuccessionOffer struct {
	NetworkID       uuid.UUID
	URI             string // of the new Group actor
	OrganizationURI string
	Named           bool // the last signed roster names it
	At              time.Time
}

// rosterRoles lists all.
var rosterRoles = []MemberRole{PlainMember, CoordinatorMember, ObserverMember}

// CheckMemberRole reports a role that there is not.
func CheckMemberRole(r MemberRole) error {
	if !slices.Contains(rosterRoles, r) {
		return Invalid("role", "error.member.role", "role", string(r))
	}
	return nil
}
