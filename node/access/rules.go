package access

import (
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
)

// needs is the role that each action takes. It is the whole table (product.md 5.4).
var needs = map[Action]node.Role{
	Write: node.Member, WriteToEveryone: node.Member, SpeakAsOrg: node.Editor,
	Follow: node.Member, FollowAsPerson: node.Member, FollowAsOrg: node.Editor,
	SeePeople: node.Member, SeeRemote: node.Member,
	AddPerson: node.Admin, EditOrg: node.Editor, Moderate: node.Admin, SeeQueue: node.Admin,
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
	if a == WriteToEveryone || a == FollowAsPerson {
		return v.Followable // design.md 9: who is not followable speaks to everyone only as the organization
	}
	return true
}

// CanWrite reports whether v may publish for audience, as the organization or as oneself.
func CanWrite(v Viewer, audience node.Audience, asOrganization bool) bool {
	if !ScopeOf(v).Includes(audience) || audience == node.Moderators {
		return false
	}
	switch {
	case asOrganization:
		return Can(v, SpeakAsOrg)
	case audience == node.Public:
		return Can(v, WriteToEveryone)
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

// CanEditPerson reports whether v may change p's profile.
func CanEditPerson(v Viewer, p *node.Person) bool {
	return v.Person != uuid.Nil && v.Person == p.ID || v.Is(node.Admin)
}

// CanOpenPerson reports whether v may make p followable from outside: the
// person alone, or the operator with a consent that the person confirms later.
func CanOpenPerson(v Viewer, p *node.Person) bool {
	return v.Person != uuid.Nil && v.Person == p.ID || v.Operator
}

// CanSeeEmail reports whether v may see p's address: nobody but p and admins.
func CanSeeEmail(v Viewer, p *node.Person) bool {
	return v.Person != uuid.Nil && v.Person == p.ID || v.Is(node.Admin)
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
