package node

import (
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
)

// State is where an item stands.
type State string

// The states of an item.
const (
	Live     State = "live"
	Held     State = "held"     // received, waits for an admin; audience is Moderators
	Rejected State = "rejected" // an admin said no; kept so that a copy of it stays away
)

// Item is one thing that people read: a post or a gathering, ours or received.
type Item struct {
	ID        uuid.UUID
	URI       string // its id among servers
	Page      string // its page: ours for local items, the origin's for received ones
	Kind      Kind
	Local     bool
	Author    Author
	WrittenBy uuid.UUID // the person who wrote a local item; uuid.Nil on received ones
	Audience  Audience
	State     State
	// OpenAtOrigin tells that a received item was for everyone where it came
	// from; here it still shows to our people only (design.md 2.1).
	OpenAtOrigin bool
	// Addressed tells that a received item replies to or mentions somebody here.
	Addressed bool
	InReplyTo string // URI of the parent; empty if it answers nothing
	Lang      string // main language; "und" if unknown
	Title     Text   // plain; empty on short posts
	Body      Text   // sanitized HTML
	Source    Text   // Markdown as typed; local items only
	// Summary is plain text that a received item carries as its content warning; empty mostly.
	Summary     string
	PublishedAt time.Time
	UpdatedAt   time.Time
	Version     int64      // grows by one with every edit
	Gathering   *Gathering // set when Kind is KindGathering
	// SharedBy is who passed a received item on (Announce), if that is why we have it.
	SharedBy string
	SourceID int64 // the stored raw document of a received item; 0 on local ones
}

// Author is who an item is by, as lists show it.
type Author struct {
	ID     uuid.UUID // of the person, the organization or the remote actor
	Kind   Kind      // KindPerson or KindOrganization; remote groups and services count as organizations
	URI    string    // actor id; empty for a person who is not followable
	Handle string    // "ana" here, "ana@other.example" elsewhere
	Name   string
	Page   string
	Host   string // empty for our own
}

// Edited reports whether the item was changed after it was published. Servers
// tell times in whole seconds, so a quick edit shows in the version only.
func (i *Item) Edited() bool { return i.Version > 1 || i.UpdatedAt.After(i.PublishedAt) }

// Origin is the host that the item comes from; empty for our own.
func (i *Item) Origin() string { return i.Author.Host }

// PostInput is what somebody typed to write or edit a post.
type PostInput struct {
	AsOrganization bool
	Audience       Audience
	Lang           string
	Title          string // optional; a post with a title is an article
	Text           string // Markdown
	InReplyTo      string // URI or page address; empty if it answers nothing
	Version        int64  // on edit: the version that was read; 0 does not check
}

// Validate reports the first field that cannot stand.
func (p *PostInput) Validate() error {
	if strings.TrimSpace(p.Text) == "" {
		return Invalid("text", "error.text.required")
	}
	if err := checkText("text", p.Text, MaxTextRunes); err != nil {
		return err
	}
	if err := checkText("title", p.Title, MaxNameRunes); err != nil {
		return err
	}
	return CheckLang("lang", p.Lang)
}

// Languages of pages and of what people write first. Others are welcome as codes.
var Languages = []string{"en", "es"}

// langPattern is two or three letters with an optional region or script.
var langPattern = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$`)

// CheckLang reports a language code of another form than "es" or "es-MX". The
// empty code stands for one that was not told.
func CheckLang(field, code string) error {
	if code != "" && !langPattern.MatchString(code) {
		return Invalid(field, "error.lang.form", "lang", code)
	}
	return nil
}
