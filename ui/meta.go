package ui

import (
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// meta tells other programs what a public page is about. It holds nothing that
// the page does not show to everyone.
type meta struct {
	Type        string // OpenGraph: website, article, profile
	Title       string
	Description string
	URL         string
	Document    string // the ActivityPub document of the same thing
	Calendar    string
	Feed        bool
	Data        any // schema.org
}

// descriptionRunes is how much of a text search results and previews show.
const descriptionRunes = 200

// linked is the beginning of every schema.org object here.
type linked struct {
	Context string `json:"@context,omitempty"`
	Type    string `json:"@type"`
	ID      string `json:"@id,omitempty"`
	Name    string `json:"name,omitempty"`
	URL     string `json:"url,omitempty"`
}

const schemaOrg = "https://schema.org"

type linkedOrganization struct {
	linked
	Description string `json:"description,omitempty"`
	Identifier  string `json:"identifier,omitempty"`
	SameAs      string `json:"sameAs,omitempty"`
	Location    string `json:"location,omitempty"`
}

type linkedPerson struct {
	linked
	JobTitle       string   `json:"jobTitle,omitempty"`
	Description    string   `json:"description,omitempty"`
	Identifier     string   `json:"identifier,omitempty"`
	WorksFor       *linked  `json:"worksFor,omitempty"`
	KnowsLanguages []string `json:"knowsLanguage,omitempty"`
	KnowsAbout     []string `json:"knowsAbout,omitempty"`
}

type linkedArticle struct {
	linked
	Headline  string  `json:"headline,omitempty"`
	Text      string  `json:"text,omitempty"`
	Language  string  `json:"inLanguage,omitempty"`
	Published string  `json:"datePublished"`
	Modified  string  `json:"dateModified,omitempty"`
	Author    *linked `json:"author,omitempty"`
}

type linkedEvent struct {
	linked
	Description string        `json:"description,omitempty"`
	Language    []string      `json:"inLanguage,omitempty"`
	Start       string        `json:"startDate"`
	End         string        `json:"endDate,omitempty"`
	Previous    string        `json:"previousStartDate,omitempty"`
	Status      string        `json:"eventStatus"`
	Mode        string        `json:"eventAttendanceMode"`
	Location    []linkedPlace `json:"location,omitempty"`
	Organizer   *linked       `json:"organizer,omitempty"`
}

type linkedPlace struct {
	linked
	Address string `json:"address,omitempty"`
}

func (v *visit) organizationMeta(f *Frame, o *node.Organization) *meta {
	about, _ := v.pick(o.Summary, v.lang)
	description := markup.Excerpt(markup.Render(about), descriptionRunes)
	page := v.s.Origin.OrganizationPage(o.Handle)
	m := &meta{
		Type: "website", Title: o.Name, Description: description, URL: page, Document: v.s.Origin.OrganizationURI(o.ID),
		Data: linkedOrganization{
			linked:      linked{schemaOrg, "Organization", v.s.Origin.OrganizationURI(o.ID), o.Name, page},
			Description: description, Identifier: "@" + o.Handle + "@" + f.Host(), SameAs: o.Website, Location: o.Place,
		},
	}
	if o.Kind != node.GuestOrganization { // a guest has no feeds of its own
		m.Calendar, m.Feed = "/gatherings.ics", true
	}
	return m
}

// personMeta is nil for people who did not choose to be followable.
func (v *visit) personMeta(f *Frame, p *node.Person) *meta {
	if !p.Followable() {
		return nil
	}
	role, _ := v.pick(p.RoleTitle, v.lang)
	bio, _ := v.pick(p.Bio, v.lang)
	description := markup.Excerpt(markup.Render(bio), descriptionRunes)
	page := v.s.Origin.PersonPage(p.Handle)
	o, err := v.organizationOf(p)
	if err != nil {
		v.s.Log.Error("organization of a person cannot be read", "error", err)
		return nil
	}
	data := linkedPerson{
		linked:   linked{schemaOrg, "Person", v.s.Origin.PersonURI(p.ActorID), p.Name, page},
		JobTitle: role, Description: description, Identifier: "@" + p.Handle + "@" + f.Host(), KnowsLanguages: p.Languages,
		WorksFor: &linked{Type: "Organization", ID: v.s.Origin.OrganizationURI(o.ID), Name: o.Name, URL: v.s.Origin.OrganizationPage(o.Handle)},
	}
	for _, skill := range p.Skills {
		if skill.Stance == node.Offer {
			data.KnowsAbout = append(data.KnowsAbout, v.skillName(skill))
		}
	}
	return &meta{Type: "profile", Title: p.Name, Description: description, URL: page, Document: v.s.Origin.PersonURI(p.ActorID), Data: data}
}

// itemMeta is nil for what not everyone may read.
func (v *visit) itemMeta(i *node.Item, view itemView) *meta {
	if i.Audience != node.Public || !i.Local {
		return nil
	}
	body, _ := v.pick(i.Body, i.Lang)
	description := markup.Excerpt(body, descriptionRunes)
	page := v.s.Origin.ItemPage(i.Kind, i.ID)
	m := &meta{Type: "article", Title: view.Label(), Description: description, URL: page, Document: i.URI, Feed: true}
	author := &linked{Type: "Person", ID: i.Author.URI, Name: i.Author.Name, URL: v.absolute(i.Author.Page)}
	if i.Author.Kind == node.KindOrganization {
		author.Type = "Organization"
	}
	if i.Gathering != nil {
		m.Calendar = "/gatherings/" + i.ID.String() + ".ics"
		m.Data = v.linkedEvent(i, view, author, description, page)
		return m
	}
	article := linkedArticle{
		linked: linked{schemaOrg, "SocialMediaPosting", i.URI, "", page}, Headline: view.Label(), Text: markup.Text(body),
		Language: spoken(i.Lang), Published: view.When.ISO, Author: author,
	}
	if i.Edited() {
		article.Modified = v.stamp(i.UpdatedAt).ISO
	}
	m.Data = article
	return m
}

// linkedEvent follows the statuses of FEP-8a8e, which are schema.org's.
func (v *visit) linkedEvent(i *node.Item, view itemView, organizer *linked, description, page string) linkedEvent {
	g := i.Gathering
	out := linkedEvent{
		linked: linked{schemaOrg, "Event", i.URI, view.Title, page}, Description: description, Language: g.Languages,
		Start: view.Gathering.Start, End: view.Gathering.End, Organizer: organizer, Status: schemaOrg + "/EventScheduled",
	}
	switch g.Status {
	case node.Cancelled:
		out.Status = schemaOrg + "/EventCancelled"
	case node.Postponed:
		out.Status = schemaOrg + "/EventPostponed"
	case node.Rescheduled:
		out.Status = schemaOrg + "/EventRescheduled"
	case node.MovedOnline:
		out.Status = schemaOrg + "/EventMovedOnline"
	}
	if !g.PreviousStart.IsZero() {
		out.Previous = v.stamp(g.PreviousStart).ISO
	}
	if g.Place != "" {
		out.Location = append(out.Location, linkedPlace{linked{Type: "Place", Name: g.Place}, g.Address})
	}
	if g.Link != "" {
		out.Location = append(out.Location, linkedPlace{linked: linked{Type: "VirtualLocation", URL: g.Link}})
	}
	switch {
	case g.Link == "":
		out.Mode = schemaOrg + "/OfflineEventAttendanceMode"
	case g.Place == "":
		out.Mode = schemaOrg + "/OnlineEventAttendanceMode"
	default:
		out.Mode = schemaOrg + "/MixedEventAttendanceMode"
	}
	return out
}

// spoken is a language code, or empty if it is unknown.
func spoken(lang string) string {
	if lang == "und" {
		return ""
	}
	return lang
}

// parseID reads the id of a path. What is no id is not there.
func parseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil || len(s) != 36 || strings.ToLower(s) != s {
		return uuid.Nil, node.ErrNotFound
	}
	return id, nil
}

// absolute is a page of this node with its origin; other servers' pages have theirs.
func (v *visit) absolute(page string) string {
	if strings.HasPrefix(page, "/") {
		return string(v.s.Origin) + page
	}
	return page
}
