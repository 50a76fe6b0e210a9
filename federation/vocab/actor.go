package vocab

import (
	"encoding/hex"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/schema"
)

// Specs that our Application says it implements (FEP-844e). SpecEd25519 is the
// address by which Mitra, tootik and others tell of Ed25519 keys; SpecNode is
// ours and tells that this is a node of this program.
const (
	SpecRFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421"
	SpecEd25519 = "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25"
	SpecFEP521a = "https://w3id.org/fep/521a"
	SpecNode    = schema.Namespace + "node-1"
)

// TakesEd25519 reports whether a server with these specs verifies RFC 9421
// signatures with the actor's Ed25519 key (FEP-521a).
func TakesEd25519(implements []string) bool {
	return slices.Contains(implements, SpecEd25519) || slices.Contains(implements, SpecNode)
}

// specs is the value of implements.
func specs() []jsonld.Object {
	link := func(href, name string) jsonld.Object {
		return jsonld.Object{"type": "Link", "href": href, "name": name}
	}
	return []jsonld.Object{
		link(SpecRFC9421, "RFC-9421: HTTP Message Signatures"),
		link(SpecEd25519, "RFC-9421 signatures using the Ed25519 algorithm"),
		link(SpecFEP521a, "FEP-521a: Representing actor's public keys"),
		link(SpecNode, "PowerOn node 1"),
	}
}

// actor is what all our actors have in common (AP §4.1, federation.md 4).
func actor(o node.Origin, a *node.LocalActor, kind, handle, name string) jsonld.Object {
	doc := jsonld.Object{
		"id": a.URI, "type": kind, "preferredUsername": handle, "name": name,
		"webfinger": handle + "@" + o.Host(), // FEP-2c59
		"inbox":     a.URI + "/inbox", "outbox": a.URI + "/outbox",
		"followers": Followers(a.URI), "following": a.URI + "/following",
		"endpoints": jsonld.Object{"sharedInbox": o.SharedInbox()},
		"publicKey": jsonld.Object{"id": a.KeyID(), "owner": a.URI, "publicKeyPem": a.RSAPublic},
		"assertionMethod": []jsonld.Object{{ // FEP-521a
			"id": a.EdKeyID(), "type": "Multikey", "controller": a.URI, "publicKeyMultibase": a.EdPublic,
		}},
		"manuallyApprovesFollowers": false,
		"discoverable":              false,
		"indexable":                 false, // FEP-5feb
		"tag":                       []any{},
		"attachment":                []any{},
	}
	if kind != "Application" {
		doc["generator"] = jsonld.Object{"id": o.Relay(), "type": "Application", "implements": specs()} // FEP-844e
	}
	if !a.CreatedAt.IsZero() {
		doc["published"] = a.CreatedAt
	}
	return doc
}

// Application is the node itself: it signs our background requests, and other
// servers follow it to hear of public gatherings (federation.md 2.3, 4).
func Application(o node.Origin, a *node.LocalActor, org *node.Organization) jsonld.Object {
	doc := actor(o, a, "Application", node.RelayHandle, o.Host())
	lang := first(org.Languages)
	doc["summary"] = "<p>" + html.EscapeString(wordsIn(lang).serverOf+org.Name) + "</p>"
	doc["url"] = string(o) + "/"
	doc["implements"] = specs()
	return doc
}

// Organization is the actor of an organization of this node. memberOf are the
// networks that it says it belongs to: no hub can say that for it (A12).
func Organization(o node.Origin, org *node.Organization, a *node.LocalActor, memberOf ...string) jsonld.Object {
	doc := actor(o, a, "Organization", org.Handle, org.Name)
	doc["discoverable"] = true // federation.md 4
	doc["url"] = o.OrganizationPage(org.Handle)
	doc["node"] = o.Relay()
	if len(memberOf) > 0 {
		doc["memberOf"] = memberOf
	}
	lang := first(org.Languages)
	putSummary(doc, org.Summary, lang)
	putLanguages(doc, org.Languages)
	if org.UpdatedAt.After(a.CreatedAt) {
		doc["updated"] = org.UpdatedAt
	}
	w := wordsIn(lang)
	doc["attachment"] = fields(
		field{w.website, linkTo(org.Website, org.Website)},
		field{w.place, html.EscapeString(org.Place)},
		field{w.languages, html.EscapeString(strings.Join(org.Languages, ", "))},
	)
	return doc
}

// Person is the actor of one of our people: the public one, or the one that
// members of our networks fetch. It tells what p says, so p has to be reduced to
// what its readers may see (access.Scope.Reduce); the two are kept apart.
func Person(o node.Origin, p *node.Person, org *node.Organization, a *node.LocalActor, set *skillset.Set) jsonld.Object {
	doc := actor(o, a, "Person", usernameOf(p, a), p.Name)
	if forNetworks(a) {
		// Nobody but members finds it, nobody follows it, and it has no page for them.
		for _, key := range []string{"webfinger", "followers", "following"} {
			delete(doc, key)
		}
		doc["manuallyApprovesFollowers"] = true
	} else {
		doc["url"] = o.PersonPage(p.Handle)
	}
	doc["worksFor"] = o.OrganizationURI(org.ID)
	putSummary(doc, p.Bio, p.Lang)
	putLanguages(doc, p.Languages)
	role := p.RoleTitle.In(p.Lang, "en")
	if role != "" {
		doc["jobTitle"] = role
	}
	if p.Place != "" {
		doc["location"] = jsonld.Object{"type": "Place", "name": p.Place}
	}
	if p.UpdatedAt.After(a.CreatedAt) {
		doc["updated"] = p.UpdatedAt
	}
	putSkills(doc, p, set)
	doc["tag"] = hashtags(o, p.Skills, set)
	w := wordsIn(p.Lang)
	say := func(pick func(node.PersonSkill) bool) string { return html.EscapeString(labels(p, set, pick)) }
	doc["attachment"] = fields(
		field{w.skills, say(func(s node.PersonSkill) bool { return s.Stance == node.Offer })},
		field{w.canMentor, say(func(s node.PersonSkill) bool { return s.CanMentor })},
		field{w.email, html.EscapeString(p.Email)}, // reduced away unless chosen
		field{w.pronouns, html.EscapeString(p.Pronouns)},
		field{w.learning, say(func(s node.PersonSkill) bool { return s.Stance == node.Learning })},
		field{w.worksAt, linkTo(o.OrganizationPage(org.Handle), org.Name)},
		field{w.role, html.EscapeString(role)},
		field{w.languages, html.EscapeString(strings.Join(p.Languages, ", "))},
	)
	return doc
}

// PersonCard is Person for one network: a copy of it is good until expires, and
// takes the place of one with a lower version.
func PersonCard(o node.Origin, p *node.Person, org *node.Organization, a *node.LocalActor, set *skillset.Set, version int64, expires time.Time) jsonld.Object {
	doc := Person(o, p, org, a, set)
	doc["version"], doc["endTime"] = int(version), expires
	return doc
}

// forNetworks reports whether only members of our networks fetch a.
func forNetworks(a *node.LocalActor) bool { return a.Audience != "" && a.Audience != node.Public }

// usernameOf is the handle of p, or letters that say nothing where the network
// does not read the name. The handle of somebody who is followable is that of
// their public actor: a handle leads to one actor (A11).
func usernameOf(p *node.Person, a *node.LocalActor) string {
	if forNetworks(a) && (p.Initialed || p.Followable()) {
		return "m_" + hex.EncodeToString(a.ID[12:])
	}
	return p.Handle
}

// maxFields is how many fields Mastodon shows of a profile.
const maxFields = 4

// field is one line of a profile: a name and HTML.
type field struct{ name, value string }

// fields writes the first four that say something, the most important first.
func fields(all ...field) []jsonld.Object {
	list := []jsonld.Object{}
	for _, f := range all {
		if f.value != "" && len(list) < maxFields {
			list = append(list, jsonld.Object{"type": "PropertyValue", "name": f.name, "value": f.value})
		}
	}
	return list
}

// linkTo is a link as Mastodon writes and checks it in profiles.
func linkTo(href, text string) string {
	if href == "" {
		return ""
	}
	return `<a href="` + html.EscapeString(href) + `" rel="me nofollow noopener noreferrer">` + html.EscapeString(text) + `</a>`
}

// putSummary writes Markdown as the summary of a profile, in all its languages.
func putSummary(doc jsonld.Object, t node.Text, lang string) {
	if t.Empty() {
		return
	}
	rendered := node.Text{}
	for l, s := range t {
		rendered[l] = markup.Render(s)
	}
	putText(doc, "summary", rendered, lang)
}

func putLanguages(doc jsonld.Object, languages []string) {
	if len(languages) > 0 {
		doc["knowsLanguage"] = languages
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
