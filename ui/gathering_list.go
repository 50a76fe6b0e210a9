package ui

import (
	"net/http"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/markup"
	"github.com/poweron-network/poweron/ui/feed"
)

const (
	gatheringsPerPage = 50
	// A calendar keeps what was: people look back at where they met.
	calendarPast = 90 * 24 * time.Hour
	calendarMost = 200
)

// gatheringListPage lists what is to come.
type gatheringListPage struct {
	*Frame
	Items []itemView
	Sky   sky
}

func gatheringList(v *visit) error {
	items, err := v.s.Conversation.Upcoming(v.ctx(), v.viewer, v.now, gatheringsPerPage)
	if err != nil {
		return err
	}
	p := &gatheringListPage{Frame: v.frame("gatherings", v.t("menu.gatherings"))}
	p.Items = v.items(p.Frame, items)
	if len(items) == 0 {
		p.Sky = newSky("gatherings", emptySkyDots, emptySkyWidth, emptySkyHigh)
	}
	return v.show(http.StatusOK, "gathering_list", p)
}

// gatheringsCalendar is the calendar that anybody may subscribe to.
func gatheringsCalendar(v *visit) error {
	items, err := v.s.Conversation.Upcoming(v.ctx(), access.Visitor, v.now.Add(-calendarPast), calendarMost)
	if err != nil {
		return err
	}
	events := make([]feed.Event, 0, len(items))
	for _, i := range items {
		events = append(events, v.event(i, false))
	}
	v.Header("Cache-Control", "public, max-age=900")
	return v.calendar(feed.Calendar(v.site.Organization.Name, events), "gatherings.ics")
}

// itemCalendar is one gathering for who may read it.
func itemCalendar(v *visit, i *node.Item) error {
	if i.Gathering == nil {
		return node.ErrNotFound
	}
	raw := feed.Calendar(v.site.Organization.Name, []feed.Event{v.event(i, v.viewer.SignedIn())})
	return v.calendar(raw, "gathering-"+i.ID.String()[:8]+".ics")
}

func (v *visit) calendar(raw []byte, name string) error {
	v.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	return v.feed(raw, "text/calendar; charset=utf-8", time.Time{})
}

// event makes a calendar entry of a gathering. The address to take part online
// is for our own people only (federation.md 5.4).
func (v *visit) event(i *node.Item, members bool) feed.Event {
	g := i.Gathering
	title, lang := i.Title.In(i.Lang, v.site.Lang), i.Lang
	if g.Status == node.Cancelled {
		title = v.s.words.T(known(v, lang), "calendar.cancelled", map[string]string{"title": title})
	}
	place := g.Place
	if g.Address != "" {
		place += ", " + g.Address
	}
	e := feed.Event{
		UID: i.URI, Summary: title, Description: markup.Text(i.Body.In(i.Lang, v.site.Lang)), Location: place, URL: i.Page,
		Organizer: feed.Author{Name: i.Author.Name, URI: v.absolute(i.Author.Page)}, Lang: lang, Status: g.Status, Start: g.Start, End: g.End,
		Zone: g.Zone, Updated: i.UpdatedAt, Sequence: max(i.Version-1, 0),
	}
	if members {
		e.Conference = g.Link
	}
	return e
}

// known is lang if pages come in it, else the site's language.
func known(v *visit, lang string) string {
	if v.s.words.Has(lang) {
		return lang
	}
	return v.site.Lang
}
