package vocab

import (
	"html"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// relationMember is what the organization of a Relationship is in its network (federation.md 8.2).
const relationMember = "https://schema.org/memberOf"

// Group is the actor of a network that this node is the hub of (federation.md
// 8.2). Who belongs to it stands in its members collection, which is for members.
func Group(o node.Origin, n *node.Network, a *node.LocalActor) jsonld.Object {
	doc := actor(o, a, "Group", n.Username, n.Name)
	doc["discoverable"] = true // federation.md 4
	doc["url"] = o.NetworkPage(n.Username)
	lang := first(n.Languages)
	putSummary(doc, n.Purpose, lang)
	putLanguages(doc, n.Languages)
	if !n.Conduct.Empty() {
		rendered := node.Text{}
		for l, s := range n.Conduct {
			rendered[l] = markup.Render(s)
		}
		putText(doc, "conduct", rendered, lang)
	}
	if n.UpdatedAt.After(a.CreatedAt) {
		doc["updated"] = n.UpdatedAt
	}
	doc["node"] = o.Relay()
	doc["members"] = o.MembersURI(n.ID)
	doc["rosterVersion"] = int(n.RosterVersion)
	doc["rosterDigest"] = n.RosterDigest
	doc["history"] = History(a.URI)
	doc["skills"] = NetworkSkills(a.URI)
	if n.Successor != "" {
		doc["successor"] = n.Successor
	}
	if n.Contact != "" {
		doc["contact"] = n.Contact
	}
	w := wordsIn(lang)
	doc["attachment"] = fields(
		field{w.contact, contactLine(n.Contact)},
		field{w.languages, html.EscapeString(strings.Join(n.Languages, ", "))},
		field{w.conduct, html.EscapeString(markup.Excerpt(markup.Render(n.Conduct.In(lang, "en")), excerptRunes))},
	)
	return doc
}

// contactLine is a contact as a profile shows it: a link if it is an address.
func contactLine(contact string) string {
	if isLink(contact) {
		return linkTo(contact, contact)
	}
	return html.EscapeString(contact)
}

// History is where a hub tells members what changed in its roster.
func History(group string) string { return group + "/history" }

// NetworkSkills is where a hub tells which skill tags its network has of its own.
func NetworkSkills(group string) string { return group + "/skills" }

// Relationship is one line of a roster (federation.md 8.2). group is the Group
// actor whose hub says it.
func Relationship(group string, m *node.Membership) jsonld.Object {
	doc := jsonld.Object{
		"id": m.URI, "type": "Relationship", "attributedTo": group,
		"subject": m.OrganizationURI, "relationship": relationMember, "object": group,
		"node": m.NodeURI, "name": m.Name,
		"memberStatus": string(m.Status), "memberRole": string(m.Role), "memberKind": string(m.Kind),
		"published": m.Since,
	}
	if m.Fingerprint != "" {
		doc["keyFingerprint"] = m.Fingerprint
	}
	if m.Contact != "" {
		doc["contact"] = m.Contact
	}
	if m.UpdatedAt.After(m.Since) {
		doc["updated"] = m.UpdatedAt
	}
	return doc
}

// Roster is the members collection as members get it: whole, in one page. The
// hub adds its proof (FEP-8b32).
func Roster(n *node.Network, members []*node.Membership) jsonld.Object {
	items, active := make([]jsonld.Object, 0, len(members)), 0
	for _, m := range members {
		items = append(items, Relationship(n.URI, m))
		if m.Status == node.MemberActive {
			active++
		}
	}
	doc := Collection(n.MembersURI, active, "")
	doc["attributedTo"] = n.URI
	doc["rosterVersion"] = int(n.RosterVersion)
	doc["rosterDigest"] = n.RosterDigest
	doc["orderedItems"] = items
	if n.Successor != "" {
		doc["successor"] = n.Successor
	}
	return doc
}

// RosterHistory lists what changed in a roster, newest first.
func RosterHistory(group string, changes []node.RosterChange) jsonld.Object {
	items := make([]jsonld.Object, 0, len(changes))
	for _, c := range changes {
		item := jsonld.Object{
			"type": "Relationship", "subject": c.OrganizationURI, "relationship": relationMember, "object": group, "name": c.Name,
			"memberStatus": string(c.Status), "memberRole": string(c.Role), "rosterVersion": int(c.Version), "published": c.At,
		}
		if c.By != "" {
			item["decidedBy"] = c.By
		}
		items = append(items, item)
	}
	doc := Collection(History(group), len(items), "")
	doc["attributedTo"] = group
	doc["orderedItems"] = items
	return doc
}

// Vocabulary lists a network's own skill tags, and what became of built-in ones.
func Vocabulary(group string, tags []node.NetworkTag) jsonld.Object {
	items := make([]jsonld.Object, 0, len(tags))
	for _, t := range tags {
		item := jsonld.Object{"type": "DefinedTerm", "termCode": t.Code, "inDefinedTermSet": NetworkSkills(group)}
		if len(t.Labels) > 0 {
			putText(item, "name", t.Labels, "en")
		}
		if len(t.Synonyms) > 0 {
			byLang := jsonld.Object{}
			for lang, list := range t.Synonyms {
				byLang[lang] = list
			}
			item["alternateNameMap"] = byLang
		}
		if t.Into != "" {
			item["replacedBy"] = t.Into
		}
		if !t.RetiredAt.IsZero() {
			item["retired"] = t.RetiredAt
		}
		if !t.UpdatedAt.IsZero() {
			item["updated"] = t.UpdatedAt
		}
		items = append(items, item)
	}
	doc := Collection(NetworkSkills(group), len(items), "")
	doc["attributedTo"] = group
	doc["orderedItems"] = items
	return doc
}

// JoinRequest is an organization's application to a network.
type JoinRequest struct {
	Organization string // who asks
	Hub          string // the Group actor
	Why          string // plain text
	Contact      string // for the coordinators; not part of any public document
	CodeHash     string // of a code that they gave out; "" without one
}

// Join asks a hub to admit an organization; its node is the instrument (federation.md 8.3, 1).
func Join(o node.Origin, id uuid.UUID, j JoinRequest, at time.Time) jsonld.Object {
	a := activity(o, id, "Join", j.Organization, j.Hub, at)
	a["to"] = []string{j.Hub}
	a["instrument"] = o.Relay()
	if j.Why != "" {
		a["content"] = "<p>" + html.EscapeString(j.Why) + "</p>"
	}
	if j.Contact != "" {
		a["contact"] = j.Contact
	}
	if j.CodeHash != "" {
		a["joinCode"] = j.CodeHash
	}
	return a
}

// ReceiptOfJoin tells an organization that its Join waits for the coordinators.
func ReceiptOfJoin(o node.Origin, id uuid.UUID, group, join, organization string, at time.Time) jsonld.Object {
	a := Accept(o, id, group, join, organization, at)
	a["type"] = "TentativeAccept"
	return a
}

// Admit tells an organization that it is a member, and where that stands.
func Admit(o node.Origin, id uuid.UUID, group, join, organization, relationship string, at time.Time) jsonld.Object {
	a := Accept(o, id, group, join, organization, at)
	a["result"] = relationship
	return a
}

// Refuse tells an organization that it is no member, or no longer, and why.
func Refuse(o node.Origin, id uuid.UUID, group, join, organization, reason string, at time.Time) jsonld.Object {
	a := Reject(o, id, group, join, organization, at)
	if reason != "" {
		a["content"] = "<p>" + html.EscapeString(reason) + "</p>"
	}
	return a
}

// Leave tells the hub, or the members, that an organization is no member any more.
func Leave(o node.Origin, id uuid.UUID, organization, hub string, to []string, at time.Time) jsonld.Object {
	a := activity(o, id, "Leave", organization, hub, at)
	a["to"] = to
	return a
}

// Add says that an organization came to a roster. Who hears it asks the hub
// whether that is so (federation.md 8.3, 3).
func Add(o node.Origin, id uuid.UUID, n *node.Network, relationship jsonld.Object, at time.Time) jsonld.Object {
	a := ofRoster(o, id, "Add", n, relationship, at)
	a["target"] = n.MembersURI
	return a
}

// Remove says that an organization left a roster, or had to.
func Remove(o node.Origin, id uuid.UUID, n *node.Network, relationship jsonld.Object, at time.Time) jsonld.Object {
	a := ofRoster(o, id, "Remove", n, relationship, at)
	a["target"] = n.MembersURI
	return a
}

// UpdateRelationship says that a line of a roster changed.
func UpdateRelationship(o node.Origin, id uuid.UUID, n *node.Network, relationship jsonld.Object, at time.Time) jsonld.Object {
	return ofRoster(o, id, "Update", n, relationship, at)
}

func ofRoster(o node.Origin, id uuid.UUID, kind string, n *node.Network, relationship jsonld.Object, at time.Time) jsonld.Object {
	a := activity(o, id, kind, n.URI, relationship, at)
	a["to"] = []string{n.MembersURI}
	a["audience"] = []string{n.URI}
	a["rosterVersion"] = int(n.RosterVersion)
	a["rosterDigest"] = n.RosterDigest
	return a
}

// Test is a note that tries out whether things of a network arrive: what is
// tested, or that a test arrived. Servers that do not know it show the sentence.
func Test(o node.Origin, id uuid.UUID, organization, to string, n *node.Network, what string, at time.Time) jsonld.Object {
	note := jsonld.Object{
		"id": o.ActivityURI(id) + "#test", "type": "Note", "attributedTo": organization, "membershipTest": what, "published": at,
		"content": "<p>" + html.EscapeString(wordsIn(first(n.Languages)).test+n.Name) + "</p>", "to": []string{to}, "cc": []string{}, "audience": []string{n.URI},
	}
	a := about(o, id, "Create", note, at)
	a["audience"] = note["audience"]
	return a
}

// Invite asks a member of a network whose hub is gone to go on with us as its
// hub. old is the Group actor that it knows.
func Invite(o node.Origin, id uuid.UUID, group, old, organization string, at time.Time) jsonld.Object {
	a := activity(o, id, "Invite", group, group, at)
	a["to"] = []string{organization}
	a["target"] = organization
	a["origin"] = old
	return a
}
