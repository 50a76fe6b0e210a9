package vocab

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/poweron-network/poweron/federation/address"
	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/keyring"
	"github.com/poweron-network/poweron/node/markup"
)

// Bounds of what we take of a network that another node is the hub of.
const (
	MaxMembers = 1000 // of a roster; federation.md 8.2 has one page for networks below 500
	maxChanges = 2000 // of a history
	maxTags    = 500  // of a vocabulary
	maxWords   = 50   // synonyms of a tag in one language
	maxContact = 300  // bytes
)

// Hub is a network as its Group actor describes it.
type Hub struct {
	Network *node.Network // without our id of it, its state and the fingerprint
	KeyID   string        // of HubKey
}

// ReadHub reads the Group actor of a network (federation.md 8.2). The caller has
// made sure that it comes from the origin of its id. A Group without a members
// collection and an Ed25519 key, there are many, is no hub: ErrDocument.
func ReadHub(doc jsonld.Object) (*Hub, error) {
	a, keys, err := ReadActor(doc)
	if err != nil {
		return nil, err
	}
	u, err := address.URL(a.URI)
	if err != nil {
		return nil, fmt.Errorf("read hub: %w: %w", ErrDocument, err)
	}
	at := home{origin: u.Scheme + "://" + u.Host}
	n := &node.Network{
		URI: a.URI, Username: a.Username, Host: a.Host, Name: a.Name, Purpose: richText(doc, "summary"), Conduct: richText(doc, "conduct"),
		Languages: a.Languages, Contact: contact(doc), Page: a.Page, Inbox: a.SharedInbox,
		MembersURI: at.only(doc.IDOf("members")), NodeURI: at.only(doc.IDOf("node")), CreatedAt: doc.Time("published"), UpdatedAt: a.UpdatedAt,
		RosterDigest: doc.String("rosterDigest"),
	}
	if n.Inbox == "" {
		n.Inbox = a.Inbox
	}
	if s := doc.IDOf("successor"); isLink(s) {
		n.Successor = s
	}
	n.RosterVersion, _ = whole(doc, "rosterVersion")
	hub := &Hub{Network: n}
	for _, k := range keys {
		if k.Algorithm == "ed25519" {
			hub.KeyID, n.HubKey = k.ID, k.Public
			break
		}
	}
	if doc.Type() != "Group" || n.MembersURI == "" || n.NodeURI == "" || n.HubKey == "" {
		return nil, fmt.Errorf("read hub %s: a group, and no network's: %w", a.URI, ErrDocument)
	}
	return hub, nil
}

// richText is the sanitized HTML under key in its languages.
func richText(doc jsonld.Object, key string) node.Text {
	var t node.Text
	for lang, s := range doc.Text(key) {
		t = t.With(lang, markup.Sanitize(cut(s, maxSummary)))
	}
	return t
}

// contact is how an organization or a hub says that it can be reached: words, never a link that we follow.
func contact(doc jsonld.Object) string { return cut(markup.Name(doc.String("contact")), maxContact) }

// whole is the whole number under key.
func whole(doc jsonld.Object, key string) (int64, bool) {
	f, ok := doc.Number(key)
	if !ok || f != math.Trunc(f) || f < 0 || f > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// RosterVersion is the version of the roster that a hub's activity tells of; 0 if it tells none.
func RosterVersion(doc jsonld.Object) int64 {
	version, _ := whole(doc, "rosterVersion")
	return version
}

// RosterRead is a members collection as it was read. Its proof is not checked yet.
type RosterRead struct {
	Version   int64
	Digest    string
	Total     int
	Successor string
	Members   []*node.Membership
}

// ReadRoster reads the members collection of a hub. Each line has to be the
// hub's own, of this network, and of an organization whose node lies at its own
// origin; one that is not spoils the whole: a hub that answers with another's
// members is not to be believed in part (A12).
func ReadRoster(doc jsonld.Object, hub *node.Network) (*RosterRead, error) {
	bad := func(why string) error { return fmt.Errorf("read roster of %s: %s: %w", hub.URI, why, ErrDocument) }
	if doc.ID() != hub.MembersURI || doc.Type() != "OrderedCollection" || doc.IDOf("attributedTo") != hub.URI {
		return nil, bad("it is of another network")
	}
	r := &RosterRead{Digest: doc.String("rosterDigest")}
	var ok bool
	if r.Version, ok = whole(doc, "rosterVersion"); !ok || r.Version == 0 {
		return nil, bad("no version")
	}
	if s := doc.IDOf("successor"); isLink(s) {
		r.Successor = s
	}
	lines, _ := doc["orderedItems"].([]any)
	items := doc.Objects("orderedItems")
	if len(items) != len(lines) || len(items) == 0 || len(items) > MaxMembers {
		return nil, bad("no lines, or too many")
	}
	seen := map[string]bool{}
	for _, item := range items {
		m, err := readRelationship(item, hub)
		if err != nil {
			return nil, err
		}
		if m.Status != node.MemberActive && m.Status != node.MemberSuspended || seen[m.OrganizationURI] || seen[m.URI] {
			return nil, bad("a line that does not belong there, or twice")
		}
		seen[m.OrganizationURI], seen[m.URI] = true, true
		if m.Status == node.MemberActive {
			r.Total++
		}
		r.Members = append(r.Members, m)
	}
	if r.Digest != RosterDigest(r.Members) {
		return nil, bad("its digest is another")
	}
	return r, nil
}

// RosterDigest is the hex XOR of the SHA-256 of the ids of the active
// organizations: the same for the same members, in whatever order (federation.md 8.2).
func RosterDigest(members []*node.Membership) string {
	var all [sha256.Size]byte
	for _, m := range members {
		if m.Status != node.MemberActive {
			continue
		}
		for i, b := range sha256.Sum256([]byte(m.OrganizationURI)) {
			all[i] ^= b
		}
	}
	return hex.EncodeToString(all[:])
}

var (
	memberStatuses = []node.MemberStatus{node.MemberPending, node.MemberActive, node.MemberSuspended, node.MemberLeft, node.MemberExpelled}
	memberRoles    = []node.MemberRole{node.PlainMember, node.CoordinatorMember, node.ObserverMember}
)

// readRelationship reads one line of the roster of a hub.
func readRelationship(doc jsonld.Object, hub *node.Network) (*node.Membership, error) {
	bad := func(why string) error {
		return fmt.Errorf("read membership %.200s: %s: %w", doc.ID(), why, ErrDocument)
	}
	m := &node.Membership{
		URI: doc.ID(), OrganizationURI: doc.IDOf("subject"), NodeURI: doc.IDOf("node"), Name: markup.Name(doc.String("name")), Contact: contact(doc),
		Status: node.MemberStatus(doc.String("memberStatus")), Role: node.MemberRole(doc.String("memberRole")), Kind: node.OwnNode,
		Fingerprint: doc.String("keyFingerprint"), Since: doc.Time("published"), UpdatedAt: doc.Time("updated"),
	}
	if doc.Type() != "Relationship" || doc.IDOf("attributedTo") != hub.URI || doc.IDOf("object") != hub.URI || !address.SameOrigin(m.URI, hub.URI) {
		return nil, bad("it is not this hub's")
	}
	origin, err := address.Origin(m.OrganizationURI)
	if err != nil || !address.SameOrigin(m.OrganizationURI, m.NodeURI) {
		return nil, bad("organization and node are at two places")
	}
	m.Origin = origin
	if !slices.Contains(memberStatuses, m.Status) || !slices.Contains(memberRoles, m.Role) {
		return nil, bad("unknown status or role")
	}
	if doc.String("memberKind") == string(node.Guest) {
		if !address.SameOrigin(m.OrganizationURI, hub.URI) {
			return nil, bad("a guest that lives elsewhere")
		}
		m.Kind = node.Guest
	}
	if m.Fingerprint != "" && !isFingerprint(m.Fingerprint) {
		return nil, bad("no fingerprint")
	}
	if m.UpdatedAt.IsZero() {
		m.UpdatedAt = m.Since
	}
	return m, nil
}

const fingerprintPrefix = "sha256:"

func isFingerprint(s string) bool {
	digits, ok := strings.CutPrefix(s, fingerprintPrefix)
	raw, err := hex.DecodeString(digits)
	return ok && err == nil && len(raw) == sha256.Size && digits == strings.ToLower(digits)
}

// ReadHistory reads what changed in the roster of a hub, as far as its lines can be used.
func ReadHistory(doc jsonld.Object, hub *node.Network) (list []node.RosterChange) {
	for _, item := range doc.Objects("orderedItems") {
		version, ok := whole(item, "rosterVersion")
		c := node.RosterChange{
			Version: version, OrganizationURI: item.IDOf("subject"), Name: markup.Name(item.String("name")), Status: node.MemberStatus(item.String("memberStatus")),
			Role: node.MemberRole(item.String("memberRole")), By: markup.Name(item.String("decidedBy")), At: item.Time("published"),
		}
		if ok && isLink(c.OrganizationURI) && item.IDOf("object") == hub.URI && slices.Contains(memberStatuses, c.Status) && len(list) < maxChanges {
			list = append(list, c)
		}
	}
	return list
}

// ReadVocabulary reads a network's own skill tags.
func ReadVocabulary(doc jsonld.Object) (list []node.NetworkTag) {
	for _, item := range doc.Objects("orderedItems") {
		t := node.NetworkTag{Code: item.String("termCode"), Into: item.String("replacedBy"), RetiredAt: item.Time("retired"), UpdatedAt: item.Time("updated")}
		if t.Code == "" || len(t.Code) > maxContact || len(t.Into) > maxContact || len(list) >= maxTags {
			continue
		}
		for lang, s := range item.Text("name") {
			t.Labels = t.Labels.With(lang, markup.Name(s))
		}
		byLang, _ := item["alternateNameMap"].(map[string]any)
		for tag := range byLang {
			lang, words := jsonld.Lang(tag), jsonld.Object(byLang).Strings(tag)
			if lang == jsonld.Unknown || len(words) > maxWords || len(t.Synonyms) >= maxLanguages {
				continue
			}
			if t.Synonyms == nil {
				t.Synonyms = map[string][]string{}
			}
			for _, w := range words {
				t.Synonyms[lang] = append(t.Synonyms[lang], markup.Name(w))
			}
		}
		list = append(list, t)
	}
	return list
}

// NodeRead is the Application actor of a node.
type NodeRead struct {
	URI, Inbox, Fingerprint string
	PowerOn                 bool // it says that it is a node of this program (FEP-844e)
}

// ReadNode reads the Application of a node.
func ReadNode(doc jsonld.Object) (*NodeRead, error) {
	a, keys, err := ReadActor(doc)
	if err != nil {
		return nil, err
	}
	if a.Type != "Application" {
		return nil, fmt.Errorf("read node %s: a %.50s: %w", a.URI, a.Type, ErrDocument)
	}
	n := &NodeRead{URI: a.URI, Inbox: a.SharedInbox, PowerOn: slices.Contains(a.Implements, SpecNode)}
	if n.Inbox == "" {
		n.Inbox = a.Inbox
	}
	for _, k := range keys {
		if k.Algorithm == "rsa" {
			n.Fingerprint, _ = keyring.Fingerprint(k.Public) // an empty one is refused below
			break
		}
	}
	if n.Fingerprint == "" {
		return nil, fmt.Errorf("read node %s: no key: %w", a.URI, ErrDocument)
	}
	return n, nil
}

// ClaimRead is what an organization's own document says about the networks that it is in.
type ClaimRead struct {
	Networks []string // Group actors
	NodeURI  string   // at the organization's own origin, or empty
	Contact  string
	Place    string
}

// maxClaims bounds how many networks one organization can name.
const maxClaims = 50

// ReadClaim reads it. The caller has made sure that the document is the organization's own.
func ReadClaim(doc jsonld.Object) ClaimRead {
	c := ClaimRead{Contact: contact(doc), Place: place(doc)}
	if n := doc.IDOf("node"); address.SameOrigin(n, doc.ID()) {
		c.NodeURI = n
	}
	for _, uri := range doc.IDs("memberOf") {
		if isLink(uri) && len(c.Networks) < maxClaims {
			c.Networks = append(c.Networks, uri)
		}
	}
	return c
}

// place is the field of a profile that we write the place into, in whatever language we wrote it.
func place(doc jsonld.Object) string {
	for _, f := range doc.Objects("attachment") {
		if name := f.String("name"); name == english.place || name == spanish.place {
			return markup.Name(markup.Text(f.String("value")))
		}
	}
	return ""
}

// JoinRead is an application as it came in.
type JoinRead struct{ Hub, NodeURI, Why, Contact, CodeHash string }

// ReadJoin reads a Join of a network. A node at another origin than the one who
// asks is ErrDocument (A12).
func ReadJoin(doc jsonld.Object) (*JoinRead, error) {
	j := &JoinRead{Hub: doc.IDOf("object"), NodeURI: doc.IDOf("instrument"), Why: Reason(doc), Contact: contact(doc), CodeHash: doc.String("joinCode")}
	if !address.SameOrigin(j.NodeURI, doc.IDOf("actor")) || len(j.CodeHash) > maxContact {
		return nil, fmt.Errorf("read join %.200s: %w", doc.ID(), ErrDocument)
	}
	return j, nil
}

// maxReason bounds what somebody writes with an application or an answer.
const maxReason = 2000 // characters

// Reason is what somebody wrote with an application or an answer, as plain text.
func Reason(doc jsonld.Object) string {
	return markup.Excerpt(markup.Sanitize(cut(lead(doc, "content"), maxSummary)), maxReason)
}
