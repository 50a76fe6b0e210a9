package access

import (
	"slices"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
)

// Action is something that a person can do on this node.
type Action string

// The actions.
const (
	Write           Action = "write"            // write a post or announce a gathering, as oneself
	WriteToEveryone Action = "write-everyone"   // the same, as oneself, for everyone on the internet
	SpeakAsOrg      Action = "speak-as-org"     // write as the organization
	Follow          Action = "follow"           // follow somebody, read by oneself
	FollowAsPerson  Action = "follow-as-person" // follow with one's own public actor
	FollowAsOrg     Action = "follow-as-org"    // follow as the organization, for everyone here
	SeePeople       Action = "see-people"       // list this organization's people
	SeeRemote       Action = "see-remote"       // see remote actors and items
	AddPerson       Action = "add-person"       // add people, make sign-in links for them
	EditOrg         Action = "edit-org"         // change the organization's page
	Moderate        Action = "moderate"         // decide on held things
	SeeQueue        Action = "see-queue"        // see deliveries and failing hosts
	SeeNetworks     Action = "see-networks"     // see the networks' organizations, people and skills
	RunNode         Action = "run-node"         // found a hub, join and leave networks
	Mentor          Action = "mentor"           // offer mentoring, and ask for it
	Contact         Action = "contact"          // write to somebody by relay
)

// needs is the role that each action takes. It is the whole table (product.md 5.4).
var needs = map[Action]node.Role{
	Write: node.Member, WriteToEveryone: node.Member, SpeakAsOrg: node.Editor,
	Follow: node.Member, FollowAsPerson: node.Member, FollowAsOrg: node.Editor,
	SeePeople: node.Member, SeeRemote: node.Member,
	AddPerson: node.Admin, EditOrg: node.Editor, Moderate: node.Admin, SeeQueue: node.Admin,
	SeeNetworks: node.Member, RunNode: node.Admin, Mentor: node.Member, Contact: node.Member,
}

// Actions lists all, for the test that walks the table.
func Actions() []Action {
	all := make([]Action, 0, len(needs))
	for a := range needs {
		all = append(all, a)
	}
	return all
}

// Can reports whether v may do a.
func Can(v Viewer, a Action) bool {
	role, ok := needs[a]
	if !ok || !v.Is(role) {
		return false
	}
	switch a {
	case WriteToEveryone, FollowAsPerson:
		return v.Followable // design.md 9: who is not followable speaks to everyone only as the organization
	case Mentor, Contact:
		return v.Listed // the other side has to see who it is
	case RunNode, Moderate, SeeQueue:
		return !v.Guest
	}
	return true
}

// CanCoordinate reports whether v runs a network that is hosted here: who runs
// the organization that does.
func CanCoordinate(v Viewer, network uuid.UUID) bool {
	return v.Is(node.Admin) && slices.Contains(v.Coordinates, network)
}

// CanWrite reports whether v may publish for audience, as the organization or as oneself.
func CanWrite(v Viewer, audience node.Audience, asOrganization bool) bool {
	if !ScopeOf(v).Includes(audience) || audience == node.Moderators {
		return false
	}
	forNetworks := audience == node.Networks || audience.Kind() == "network"
	if forNetworks && !slices.ContainsFunc(v.Active, func(n uuid.UUID) bool { return audience == node.Networks || audience == node.NetworkOnly(n) }) {
		return false
	}
	switch {
	case asOrganization:
		return Can(v, SpeakAsOrg)
	case audience == node.Public:
		return Can(v, WriteToEveryone)
	case forNetworks:
		return v.Listed && Can(v, Write)
	default:
		return Can(v, Write)
	}
}

// CanEdit reports whether v may change or delete a local item: who wrote it, and
// for what the organization said each of its editors.
func CanEdit(v Viewer, i *node.Item) bool {
	if !i.Local || !v.SignedIn() {
		return false
	}
	if v.Operator || v.Person == i.WrittenBy {
		return true
	}
	return i.Author.Kind == node.KindOrganization && Can(v, SpeakAsOrg)
}

// CanEditPerson reports whether v may change p's profile: p, and the admins of
// p's organization as far as they may see it. Only p widens who sees what (E1).
func CanEditPerson(v Viewer, p *node.Person) bool {
	return IsSelf(v, p) || runsOrganizationOf(v, p)
}

// IsSelf reports whether v is p.
func IsSelf(v Viewer, p *node.Person) bool { return v.Person != uuid.Nil && v.Person == p.ID }

func runsOrganizationOf(v Viewer, p *node.Person) bool {
	return v.Operator || v.Is(node.Admin) && v.Organization == p.OrganizationID
}

// CanOpenPerson reports whether v may make p followable from outside or show p to
// the networks: the person alone, or the operator with a consent that the person
// confirms later.
func CanOpenPerson(v Viewer, p *node.Person) bool { return IsSelf(v, p) || v.Operator }

// CanSeeEmail reports whether v may see p's address because they need it, whatever
// its audience: p, and the admins of p's organization, who make sign-in links.
func CanSeeEmail(v Viewer, p *node.Person) bool {
	return IsSelf(v, p) || runsOrganizationOf(v, p)
}

// CanMakeLink reports whether v may make a sign-in link for p, which lets whoever
// has it act as p: the admins of p's own organization, not of another one here.
func CanMakeLink(v Viewer, p *node.Person) bool { return runsOrganizationOf(v, p) }

// CanAddTo reports whether v may add people to an organization of this node.
func CanAddTo(v Viewer, organization uuid.UUID) bool {
	return Can(v, AddPerson) && (v.Operator || v.Organization == organization)
}

// widths orders audiences from the narrowest to the widest.
var widths = map[string]int{"person": 0, "group": 1, "organization": 2, "network": 3, "networks": 4, "public": 5}

// Wider reports whether a reaches people that b does not. A reply is never wider than its parent.
func Wider(a, b node.Audience) bool {
	if a == b {
		return false
	}
	return widths[a.Kind()] >= widths[b.Kind()]
}
