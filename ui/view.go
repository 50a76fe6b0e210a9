package ui

import (
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
)

// author is a person or an organization beside their words.
type author struct {
	Name, Link string // Link is empty when the reader has no page to go to
	Initials   string
	Class      string // of the face: tint by id, square for organizations
	Handle     string // "@ana@other.example" for those of other servers
}

// face is the class of somebody's initials: the tint comes from the id, not from the name.
func face(id uuid.UUID, organization bool) string {
	class := "face f" + strconv.Itoa(1+int(id[15])%5)
	if organization {
		class += " org"
	}
	return class
}

// initials are the first letters of the first and the last word of a name.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '.' })
	var out []rune
	for i, w := range words {
		if i > 0 && i < len(words)-1 {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsLetter(r) || unicode.IsDigit(r) {
			out = append(out, unicode.ToUpper(r))
		}
	}
	if len(out) == 0 {
		return "?"
	}
	return string(out)
}

// unnamed matches the handles that nodes make up for the networks where somebody
// shows no handle of their own. They say nothing to a reader.
var unnamed = regexp.MustCompile(`^m_[0-9a-f]{8}@`)

func (v *visit) author(a node.Author) author {
	out := author{Name: a.Name, Initials: initials(a.Name), Class: face(a.ID, a.Kind == node.KindOrganization)}
	switch {
	case a.Host != "":
		if !unnamed.MatchString(a.Handle) {
			out.Handle = "@" + a.Handle
		}
		if access.Can(v.viewer, access.SeeRemote) {
			out.Link = "/@" + a.Handle
		}
	case a.Kind == node.KindOrganization:
		out.Link = "/organizations/" + a.Handle
	case a.URI != "" || access.Can(v.viewer, access.SeePeople):
		out.Link = "/people/" + a.Handle
	}
	if out.Name == "" {
		out.Name = a.Handle
	}
	return out
}

func (v *visit) personAuthor(p *node.Person) author {
	return author{Name: p.Name, Link: "/people/" + p.Handle, Initials: initials(p.Name), Class: face(p.ID, false)}
}

func (v *visit) remoteAuthor(a *node.RemoteActor) author {
	out := author{Name: a.Name, Link: "/@" + a.Handle(), Initials: initials(a.Name), Class: face(a.ID, a.Kind() == node.KindOrganization), Handle: "@" + a.Handle()}
	if out.Name == "" {
		out.Name, out.Initials = a.Username, initials(a.Username)
	}
	return out
}

// audience is who sees something: icon and words and colour, never colour alone.
type audience struct{ Class, Icon, Words string }

// audienceOf names the people that a reaches. Picker and label use the same words.
func (v *visit) audienceOf(a node.Audience) audience {
	switch a.Kind() {
	case "public":
		return audience{"all", "all", v.t("audience.public")}
	case "networks", "network":
		return audience{"net", "net", v.networkWords(a)}
	case "organization":
		return audience{"node", "node", v.t("audience.organization")}
	case "person":
		return audience{"me", "lock", v.t("audience.me")}
	}
	if a == node.Moderators {
		return audience{"group", "eye", v.t("audience.held")}
	}
	return audience{"group", "group", v.t("audience.group")}
}

// itemAudience is who sees an item, where it is from: what another server showed
// to everyone stays labelled so, though only our people read it here.
func (v *visit) itemAudience(i *node.Item) audience {
	if i.OpenAtOrigin && i.State == node.Live {
		return v.audienceOf(node.Public)
	}
	return v.audienceOf(i.Audience)
}

// itemView is one post or gathering as lists and pages show it.
type itemView struct {
	*Frame
	ID        string
	Link      string // its page here
	Title     string // empty on short posts
	TitleLang string
	Author    author
	From      template.HTML
	ByUs      bool // its author is the organization: the name tells where it is from
	Audience  audience
	When      stamp
	Edited    bool
	Held      bool
	Remote    bool
	Warning   string        // what its author says before one reads on
	Text      template.HTML // all of it, if short or on its own page
	Excerpt   string        // its beginning, if Text is empty
	TextLang  string
	Gathering *gatheringView
}

// Lengths of what lists show, in runes.
const (
	shortPost   = 600
	excerptLong = 280
)

// itemPath is the page of an item on this node.
func itemPath(i *node.Item) string {
	if i.Kind == node.KindGathering {
		return "/gatherings/" + i.ID.String()
	}
	return "/posts/" + i.ID.String()
}

// item makes the view for a list. On its own page, whole tells all of the text.
func (v *visit) item(f *Frame, i *node.Item, whole bool) itemView {
	out := itemView{
		Frame: f, ID: i.ID.String(), Link: itemPath(i), Author: v.author(i.Author), From: v.origin(f, i), Audience: v.itemAudience(i),
		ByUs: i.Local && i.Author.Kind == node.KindOrganization, When: v.stamp(i.PublishedAt), Edited: i.Edited(), Held: i.State == node.Held, Remote: !i.Local, Warning: i.Summary,
	}
	out.Title, out.TitleLang = v.pick(i.Title, i.Lang)
	body, lang := v.pick(i.Body, i.Lang)
	out.TextLang = lang
	switch {
	case whole, i.Summary == "" && out.Title == "" && utf8.RuneCountInString(body) <= shortPost:
		out.Text = template.HTML(body) // sanitized when it was stored (C4)
	case i.Summary == "":
		out.Excerpt = markup.Excerpt(body, excerptLong)
	}
	if i.Gathering != nil {
		out.Gathering = v.gathering(i)
	}
	return out
}

func (v *visit) items(f *Frame, list []*node.Item) []itemView {
	out := make([]itemView, 0, len(list))
	for _, i := range list {
		out = append(out, v.item(f, i, false))
	}
	return out
}

// origin says where an item is from: another server, or which organization here.
func (v *visit) origin(f *Frame, i *node.Item) template.HTML {
	if host := i.Origin(); host != "" {
		page := i.Page
		if i.Audience.ForNetworks() { // there it shows to their own people only
			page = serverOf(page)
		}
		return f.H("from.host", "host", f.Link(page, host))
	}
	return f.H("from.host", "host", f.Link(f.OrganizationLink(), f.Organization().Name))
}

// serverOf is the start page of the server that a page is on.
func serverOf(page string) string {
	scheme, rest, ok := strings.Cut(page, "://")
	host, _, _ := strings.Cut(rest, "/")
	if !ok || host == "" {
		return page
	}
	return scheme + "://" + host + "/"
}

// Label names an item in a sentence: its title, or the beginning of its text.
func (i itemView) Label() string {
	switch {
	case i.Title != "":
		return i.Title
	case i.Excerpt != "":
		return i.Excerpt
	case i.Text != "":
		return markup.Excerpt(string(i.Text), 60)
	}
	return i.T("item.untitled")
}
