package node

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// handlePattern is what Mastodon and its kin accept as preferredUsername (federation.md 3).
var handlePattern = regexp.MustCompile(`^[a-z0-9_]{1,30}$`)

// reservedHandles can be neither a person's nor an organization's (design.md 2);
// /people/new is the page for adding somebody.
var reservedHandles = []string{"relay", "admin", "root", "support", "abuse", "security", "new", "members"}

// RelayHandle is the handle of the node itself, an Application actor.
const RelayHandle = "relay"

// OrganizationKind tells whose node an organization lives on.
type OrganizationKind string

// The kinds of organizations of this node.
const (
	HomeOrganization  OrganizationKind = "home"  // runs this node
	GuestOrganization OrganizationKind = "guest" // hosted here, on its hub's node
)

// Organization is a member organization that this node speaks for.
type Organization struct {
	ID        uuid.UUID // also the id of its actor
	Handle    string
	Name      string
	Summary   Text // Markdown
	Languages []string
	Place     string // "Manchester, UK"; empty if not told
	Website   string // http(s) URL; empty if none
	Contact   string // how to reach it, in words; shown to its hubs and their members
	Kind      OrganizationKind
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64 // grows by one with every save
}

// Validate reports the first field that cannot stand.
func (o *Organization) Validate() error {
	if strings.TrimSpace(o.Name) == "" {
		return Invalid("name", "error.name.required")
	}
	if err := checkText("name", o.Name, MaxNameRunes); err != nil {
		return err
	}
	if err := CheckHandle(o.Handle); err != nil {
		return err
	}
	if err := checkText("place", o.Place, MaxNameRunes); err != nil {
		return err
	}
	if err := checkText("contact", o.Contact, MaxNameRunes); err != nil {
		return err
	}
	if err := CheckLink("website", o.Website); err != nil {
		return err
	}
	for _, l := range o.Languages {
		if err := CheckLang("languages", l); err != nil {
			return err
		}
	}
	return o.Summary.check("summary", MaxTextRunes)
}

// CheckHandle reports a handle that cannot be used on this node.
func CheckHandle(h string) error {
	if !handlePattern.MatchString(h) {
		return Invalid("handle", "error.handle.form", "handle", h)
	}
	if slices.Contains(reservedHandles, h) {
		return Invalid("handle", "error.handle.reserved", "handle", h)
	}
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }
