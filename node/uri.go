package node

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Origin is this node's public origin, "https://node.example.org", without a
// slash at the end. Everything for machines lies under /ap/ with UUIDs and
// never changes; pages have readable paths, which may (design.md 7).
type Origin string

// originPattern takes scheme, host and port in their one spelling: ids are
// compared as text, by us and by others, so an origin has no second one (A13).
var originPattern = regexp.MustCompile(
	`^(https?)://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\[[0-9a-f:]+\])(?::([1-9][0-9]{0,4}))?/?$`)

// ParseOrigin checks what an admin gave as the node's address. A name with
// letters beyond ASCII has to be given in its xn-- form.
func ParseOrigin(s string) (Origin, error) {
	refused := Invalid("origin", "error.origin.form", "origin", s)
	m := originPattern.FindStringSubmatch(strings.ToLower(s))
	if m == nil || len(m[2]) > 253 {
		return "", refused
	}
	scheme, host, port := m[1], m[2], m[3]
	bare, bracketed := strings.CutPrefix(strings.TrimSuffix(host, "]"), "[")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if bracketed || strings.Trim(last, "0123456789") == "" { // an IP address
		if ip, err := netip.ParseAddr(bare); err != nil || ip.String() != bare || ip.Is4In6() || ip.Is6() != bracketed {
			return "", refused
		}
	}
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n > 65535) {
		return "", refused
	}
	if port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		return Origin(scheme + "://" + host), nil
	}
	return Origin(scheme + "://" + host + ":" + port), nil
}

// Host is the authority part, with the port if it has one.
func (o Origin) Host() string { _, h, _ := strings.Cut(string(o), "://"); return h }

// Relay is the id of the node's own actor.
func (o Origin) Relay() string { return string(o) + "/ap/node" }

// SharedInbox is where other servers deliver for everyone here.
func (o Origin) SharedInbox() string { return string(o) + "/ap/inbox" }

// OrganizationURI is the id of an organization's actor.
func (o Origin) OrganizationURI(id uuid.UUID) string {
	return string(o) + "/ap/organizations/" + id.String()
}

// PersonURI is the id of a person's actor; actor is Person.ActorID.
func (o Origin) PersonURI(actor uuid.UUID) string { return string(o) + "/ap/people/" + actor.String() }

// NetworkURI is the id of a network's Group actor that we host.
func (o Origin) NetworkURI(id uuid.UUID) string { return string(o) + "/ap/networks/" + id.String() }

// MembersURI is its roster, and the address of what is for its members.
func (o Origin) MembersURI(network uuid.UUID) string { return o.NetworkURI(network) + "/members" }

// MembershipURI is one line of its roster.
func (o Origin) MembershipURI(network, id uuid.UUID) string {
	return o.MembersURI(network) + "/" + id.String()
}

// NetworkPage is the page of a network.
func (o Origin) NetworkPage(username string) string { return string(o) + "/networks/" + username }

// ObjectURI is the id of a post or a gathering.
func (o Origin) ObjectURI(id uuid.UUID) string { return string(o) + "/ap/objects/" + id.String() }

// ActivityURI is the id of an activity.
func (o Origin) ActivityURI(id uuid.UUID) string { return string(o) + "/ap/activities/" + id.String() }

// ItemPage is the page of a post or gathering, ours or received.
func (o Origin) ItemPage(k Kind, id uuid.UUID) string {
	if k == KindGathering {
		return string(o) + "/gatherings/" + id.String()
	}
	return string(o) + "/posts/" + id.String()
}

// PersonPage is the page of one of our people.
func (o Origin) PersonPage(handle string) string { return string(o) + "/people/" + handle }

// OrganizationPage is the public face of an organization of this node.
func (o Origin) OrganizationPage(handle string) string {
	return string(o) + "/organizations/" + handle
}

// SignInPage is the page that a sign-in link opens.
func (o Origin) SignInPage(token string) string { return string(o) + "/sign-in/" + token }

// Owns reports whether uri lies on this node.
func (o Origin) Owns(uri string) bool {
	rest, ok := strings.CutPrefix(uri, string(o))
	return ok && (rest == "" || rest[0] == '/')
}

// ParseID reads the UUID of an item out of an AP id, a page address or a bare
// UUID of this node (design.md 9, Ids).
func (o Origin) ParseID(s string) (uuid.UUID, bool) {
	if id, err := uuid.Parse(s); err == nil && len(s) == 36 {
		return id, true
	}
	for _, path := range []string{"/ap/objects/", "/posts/", "/gatherings/"} {
		if id, ok := o.idBelow(path, s); ok {
			return id, true
		}
	}
	return uuid.Nil, false
}

// OrganizationID is OrganizationURI backwards; ok tells whether uri was one.
func (o Origin) OrganizationID(uri string) (id uuid.UUID, ok bool) {
	return o.idBelow("/ap/organizations/", uri)
}

// idBelow reads an address of this node that is a path and a UUID.
func (o Origin) idBelow(path, s string) (uuid.UUID, bool) {
	tail, ok := strings.CutPrefix(s, string(o)+path)
	if !ok || len(tail) != 36 {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(tail)
	return id, err == nil
}
