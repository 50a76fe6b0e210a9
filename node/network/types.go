package network

import "github.com/poweron-network/poweron/node"

// NewNetwork is what somebody types to found a network.
type NewNetwork struct {
	Name, Handle string
	Contact      string // how to reach the coordinators
	Lang         string // of Purpose and Conduct
	Purpose      string // Markdown
	Conduct      string // the code of conduct, Markdown
	Languages    []string
}

// NewGuest is what a coordinator types to host an organization.
type NewGuest struct {
	Name, Handle          string
	Place, Summary        string
	Lang, Contact         string
	AdminName, AdminEmail string // its first admin
}

// Preview is what joining would be. Nothing has changed yet.
type Preview struct {
	Network      *node.Network      // as its hub describes it, with the fingerprint of its key
	Organization *node.Organization // ours, as the hub will see it
	Fingerprint  string             // of our node's key
	Code         bool               // it comes with a code, so the coordinators expect us
	Member       bool               // we are in it already, or have asked
}

// Roster is a network's roster as its hub signs it.
type Roster struct {
	Version   int64
	Digest    string              // hex XOR of SHA-256 of the active organizations' ids
	Total     int                 // active organizations
	Successor string              // URI of the organization that goes on if the hub cannot
	ETag      string              // `"v43"`
	Members   []*node.Membership  // active and suspended, each with the NetworkID of the network that it names; nil for who is no member
	Changes   []node.RosterChange // the history, as far as it was asked for
	// Raw is the signed document as it came; a hub that serves has none.
	Raw []byte
	// Hub is what the hub's own actor document said over HTTPS, if it was fetched
	// besides: name, words, inbox, and a new key. It may be nil.
	Hub *node.Network
}

// Application is a Join that has come in, with what the hub's node found out
// itself about who asks.
type Application struct {
	Organization *node.RemoteActor
	NodeURI      string // its Application
	Origin       string // of both; they have to have one
	Inbox        string // the node's shared inbox
	Fingerprint  string // of the node's key
	Contact      string
	JoinURI      string
	HubURI       string // whom it asks: a Group of ours
	Why          string
	CodeHash     string // "" without a code
}

// Invite is another organization's offer to go on with a network of ours as its hub.
type Invite struct {
	OrganizationURI string        // who invites: the organization, or the new Group on its node
	OldURI          string        // the Group actor, or an older id, of the network that it means
	Hub             *node.Network // the new Group, as fetched from the inviter's origin
}

// Claim is what an organization's own document says about a network.
type Claim struct {
	OK                                                 bool // it names the network in memberOf
	Inbox, Handle, Name, Summary, Place, Page, Contact string
	Languages                                          []string
	NodeURI                                            string // its Application; "" leaves what we know
	Fingerprint                                        string // of the node's key; one that the roster does not tell voids the claim
}
