package network

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// Found makes a network whose hub is this node: a Group actor, and our own
// organization as the first member, which coordinates.
func (s *Service) Found(ctx context.Context, v access.Viewer, in NewNetwork) (*node.Network, error) {
	return nil, errLater
}

// SaveNetwork changes what a hosted network says of itself.
func (s *Service) SaveNetwork(ctx context.Context, v access.Viewer, changed *node.Network) error {
	return errLater
}

// NewCode makes a code for joining, "hub.example/ptp/XXXX-…". It is shown once,
// works once and for 14 days.
func (s *Service) NewCode(ctx context.Context, v access.Viewer, network uuid.UUID) (string, error) {
	return "", errLater
}

// Codes lists the codes that were given out, newest first.
func (s *Service) Codes(ctx context.Context, v access.Viewer, network uuid.UUID) ([]node.HubCode, error) {
	return nil, errLater
}

// CheckCode reports why the code with this hash cannot be used for a hosted network, if so.
func (s *Service) CheckCode(ctx context.Context, network uuid.UUID, hash string) error {
	return errLater
}

// Applications lists who has asked to join a hosted network, oldest first.
func (s *Service) Applications(ctx context.Context, v access.Viewer, network uuid.UUID) ([]*node.Membership, error) {
	return nil, errLater
}

// Approve admits who has asked. org is a handle, a URI, or the part of the handle before the @.
func (s *Service) Approve(ctx context.Context, v access.Viewer, network uuid.UUID, org string) (*node.Membership, error) {
	return nil, errLater
}

// Refuse says no to who has asked, with a reason that they read.
func (s *Service) Refuse(ctx context.Context, v access.Viewer, network uuid.UUID, org, reason string) error {
	return errLater
}

// Suspend puts a membership on hold, at once and everywhere.
func (s *Service) Suspend(ctx context.Context, v access.Viewer, network uuid.UUID, org string) error {
	return errLater
}

// Restore ends a suspension.
func (s *Service) Restore(ctx context.Context, v access.Viewer, network uuid.UUID, org string) error {
	return errLater
}

// Expel removes a member. It takes two people who coordinate; done tells whether
// v was the second. The operator decides alone, and the history says so.
func (s *Service) Expel(ctx context.Context, v access.Viewer, network uuid.UUID, org string) (done bool, err error) {
	return false, errLater
}

// SetRole changes what a member is in the network.
func (s *Service) SetRole(ctx context.Context, v access.Viewer, network uuid.UUID, org string, role node.MemberRole) error {
	return errLater
}

// SetFingerprint notes the new key of a member's node.
func (s *Service) SetFingerprint(ctx context.Context, v access.Viewer, network uuid.UUID, org, fingerprint string) error {
	return errLater
}

// NameSuccessor tells every member who goes on if this hub cannot; "" takes it back.
func (s *Service) NameSuccessor(ctx context.Context, v access.Viewer, network uuid.UUID, org string) error {
	return errLater
}

// Close ends a hosted network: its actor answers 410 from now on.
func (s *Service) Close(ctx context.Context, v access.Viewer, network uuid.UUID) error {
	return errLater
}

// AddGuest makes an organization that lives on this hub's node, with its first
// admin, and returns that person's sign-in link.
func (s *Service) AddGuest(ctx context.Context, v access.Viewer, network uuid.UUID, in NewGuest) (*node.Organization, string, error) {
	return nil, "", errLater
}

// Tags lists a network's own skill tags, and what it says about built-in ones.
func (s *Service) Tags(ctx context.Context, network uuid.UUID) ([]node.NetworkTag, error) {
	return nil, errLater
}

// PutTag adds a tag to a hosted network's vocabulary or changes its words.
func (s *Service) PutTag(ctx context.Context, v access.Viewer, t *node.NetworkTag) error {
	return errLater
}

// MergeTag lets a tag stand for another one from now on.
func (s *Service) MergeTag(ctx context.Context, v access.Viewer, network uuid.UUID, code, into string) error {
	return errLater
}

// RetireTag stops offering a tag; what has it keeps it.
func (s *Service) RetireTag(ctx context.Context, v access.Viewer, network uuid.UUID, code string) error {
	return errLater
}

// ReceiveTags keeps the vocabulary that a hub publishes.
func (s *Service) ReceiveTags(ctx context.Context, network uuid.UUID, tags []node.NetworkTag) error {
	return errLater
}

// Preview tells what joining would be. It changes nothing.
func (s *Service) Preview(ctx context.Context, v access.Viewer, ref string) (*Preview, error) {
	return nil, errLater
}

// Join asks a hub to admit our organization. ref is a code, a handle or an address.
func (s *Service) Join(ctx context.Context, v access.Viewer, ref, why string) (*node.Network, error) {
	return nil, errLater
}

// Leave ends our membership, at once and whether or not the hub answers.
func (s *Service) Leave(ctx context.Context, v access.Viewer, network uuid.UUID) error {
	return errLater
}

// Networks lists the networks that we host, are in, were in or asked to join.
func (s *Service) Networks(ctx context.Context, v access.Viewer) ([]*node.Network, error) {
	return nil, errLater
}

// Network returns a network by username, handle, id or address; "" is the only one.
func (s *Service) Network(ctx context.Context, v access.Viewer, ref string) (*node.Network, error) {
	return nil, errLater
}

// Members lists a roster, active and suspended organizations first.
func (s *Service) Members(ctx context.Context, v access.Viewer, network uuid.UUID) ([]*node.Membership, error) {
	return nil, errLater
}

// Member returns one line of a roster.
func (s *Service) Member(ctx context.Context, v access.Viewer, network uuid.UUID, org string) (*node.Membership, error) {
	return nil, errLater
}

// History lists what changed in a roster, newest first.
func (s *Service) History(ctx context.Context, v access.Viewer, network uuid.UUID) ([]node.RosterChange, error) {
	return nil, errLater
}

// Audience reads an audience as people write it: "public", "node", "networks",
// "network:ptp" or "network:ptp@hub.example".
func (s *Service) Audience(ctx context.Context, v access.Viewer, name string) (node.Audience, error) {
	return "", errLater
}

// Names returns all networks by id, for writing audiences in words.
func (s *Service) Names(ctx context.Context) (map[uuid.UUID]*node.Network, error) {
	return nil, errLater
}

// SuccessionOffers lists who offers to go on with a network of ours.
func (s *Service) SuccessionOffers(ctx context.Context, v access.Viewer) ([]node.SuccessionOffer, error) {
	return nil, errLater
}

// ApproveSuccessor goes on with a network under the hub with this Group actor.
func (s *Service) ApproveSuccessor(ctx context.Context, v access.Viewer, network uuid.UUID, uri string) error {
	return errLater
}

// Succeed makes this node the hub of a network whose hub is gone, out of our own
// copy of the signed roster, and invites its members.
func (s *Service) Succeed(ctx context.Context, v access.Viewer, network uuid.UUID) (*node.Network, error) {
	return nil, errLater
}

// SucceedNow is Succeed though the hub may still answer: for the operator of the
// organization that the roster names.
func (s *Service) SucceedNow(ctx context.Context, v access.Viewer, network uuid.UUID) (*node.Network, error) {
	return nil, errLater
}

// ClaimsOf lists the Group actors that one of our organizations says it is a member of.
func (s *Service) ClaimsOf(ctx context.Context, organization uuid.UUID) ([]string, error) {
	return nil, errLater
}

// ViewerFor returns who a verified signer is here.
func (s *Service) ViewerFor(ctx context.Context, actorURI string) (access.Viewer, error) {
	return access.Remote(actorURI), nil
}

// RosterFor returns the roster that we serve as a hub. It is node.ErrNotFound
// unless the network is hosted; Members and Changes are empty for who is no member.
func (s *Service) RosterFor(ctx context.Context, v access.Viewer, network uuid.UUID) (*Roster, error) {
	return nil, node.ErrNotFound
}

// Hosted returns a network of which this node is the hub, with its actor.
func (s *Service) Hosted(ctx context.Context, network uuid.UUID) (*node.Network, *node.LocalActor, error) {
	return nil, nil, node.ErrNotFound
}

// ReceiveJoin keeps an application for the coordinators, or refuses it.
func (s *Service) ReceiveJoin(ctx context.Context, in Application) error { return errLater }

// ReceiveReceipt notes that the hub has our Join.
func (s *Service) ReceiveReceipt(ctx context.Context, hubURI, joinURI string) error { return errLater }

// ReceiveAccept notes that the hub admitted us. We are in when its roster lists us.
func (s *Service) ReceiveAccept(ctx context.Context, hubURI, joinURI, relationshipURI string) error {
	return errLater
}

// ReceiveReject notes that the hub refused or expelled us.
func (s *Service) ReceiveReject(ctx context.Context, hubURI, joinURI, reason string) error {
	return errLater
}

// ReceiveLeave notes that an organization left a network of ours.
func (s *Service) ReceiveLeave(ctx context.Context, organizationURI, hubURI string) error {
	return errLater
}

// ReceiveHint notes that something of a roster widened: it is due to be fetched.
func (s *Service) ReceiveHint(ctx context.Context, hubURI string, version int64) error {
	return errLater
}

// ReceiveNarrowing acts at once on what the hub said against a member.
func (s *Service) ReceiveNarrowing(ctx context.Context, hubURI, relationshipOrOrganizationURI string, status node.MemberStatus, version int64) error {
	return errLater
}

// ReceiveClaimHint notes that an organization's document changed: what it claims is due to be asked.
func (s *Service) ReceiveClaimHint(ctx context.Context, organizationURI string) error {
	return errLater
}

// ReceiveInvite keeps an offer to go on with a network whose hub does not answer.
func (s *Service) ReceiveInvite(ctx context.Context, in Invite) error { return errLater }

// ApplyRoster makes the roster that a hub signed our copy of it.
func (s *Service) ApplyRoster(ctx context.Context, network uuid.UUID, r *Roster) error {
	return errLater
}

// RosterUnchanged notes that the hub confirmed our copy.
func (s *Service) RosterUnchanged(ctx context.Context, network uuid.UUID) error { return errLater }

// RosterFailed notes that the roster could not be had; gone if the hub answered 410.
func (s *Service) RosterFailed(ctx context.Context, network uuid.UUID, gone bool) error {
	return errLater
}

// RosterDiffers notes that another member holds another roster of our version.
func (s *Service) RosterDiffers(ctx context.Context, network uuid.UUID) error { return errLater }

// SetClaim notes what an organization's own document says.
func (s *Service) SetClaim(ctx context.Context, network uuid.UUID, organizationURI string, c Claim) error {
	return errLater
}

// ClaimFailed notes that an organization could not be asked; what it claimed stands until it can.
func (s *Service) ClaimFailed(ctx context.Context, network uuid.UUID, organizationURI string) error {
	return errLater
}

// DueRosters lists the networks whose roster is to be fetched now.
func (s *Service) DueRosters(ctx context.Context) ([]*node.Network, error) { return nil, nil }

// DueClaims lists the members who are to be asked now whether they claim to be one.
func (s *Service) DueClaims(ctx context.Context) ([]*node.Membership, error) { return nil, nil }

// DueCatchUps lists the members from whom to fetch what we may have missed.
func (s *Service) DueCatchUps(ctx context.Context) ([]*node.Membership, error) { return nil, nil }

// CaughtUp notes that what a member said up to at is here.
func (s *Service) CaughtUp(ctx context.Context, network uuid.UUID, organizationURI string, at time.Time) error {
	return errLater
}

// SetTicks notes what of the test card and the test announcement went through with a member.
func (s *Service) SetTicks(ctx context.Context, network uuid.UUID, organizationURI string, set func(*node.Ticks)) error {
	return errLater
}
