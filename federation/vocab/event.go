package vocab

import (
	"html"
	"strings"
	"time"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
)

// openEnd is how long a gathering without an end is said to last, because
// FEP-8a8e asks for an end; displayEndTime says that it is none.
const openEnd = time.Hour

// statuses pairs each status with the words of FEP-8a8e and of iCalendar,
// which Mobilizon reads.
var statuses = map[node.Status]struct{ event, ical string }{
	node.Scheduled:   {"EventScheduled", "CONFIRMED"},
	node.Tentative:   {"EventTentative", "TENTATIVE"},
	node.MovedOnline: {"EventMovedOnline", "CONFIRMED"},
	node.Postponed:   {"EventPostponed", "TENTATIVE"},
	node.Rescheduled: {"EventRescheduled", "CONFIRMED"},
	node.Cancelled:   {"EventCancelled", "CANCELLED"},
}

// putEvent makes a document an Event with the properties of FEP-8a8e and of
// Mobilizon side by side (federation.md 5.1).
func putEvent(o node.Origin, doc jsonld.Object, i *node.Item) {
	g := i.Gathering
	doc["type"] = "Event"
	putText(doc, "name", i.Title, i.Lang)
	putText(doc, "summary", summaries(i), i.Lang)

	zone := zoneOf(g)
	end := g.End
	if end.IsZero() {
		end = g.Start.Add(openEnd)
	}
	doc["startTime"] = local(g.Start, zone)
	doc["endTime"] = local(end, zone)
	doc["displayEndTime"] = !g.End.IsZero()
	if g.Zone != "" {
		doc["timezone"] = g.Zone
	}
	if !g.PreviousStart.IsZero() {
		doc["previousStartTime"] = local(g.PreviousStart, zone)
	}
	status, ok := statuses[g.Status]
	if !ok {
		status = statuses[node.Scheduled]
	}
	doc["eventStatus"] = status.event
	doc["status"] = status.ical
	doc["ical:status"] = status.ical // the name that Mobilizon before 5 reads (2025-04)

	doc["joinMode"] = "none" // until gatherings have RSVP (design.md 9)
	doc["category"] = "MEETING"
	doc["commentsEnabled"] = true
	doc["isOnline"] = g.Status == node.MovedOnline || g.Place == "" && g.Address == ""
	doc["inLanguage"] = mainLanguage(i) // one string: Mobilizon drops an event with a list (2025-04)
	if len(g.Languages) > 0 {
		doc["availableLanguage"] = g.Languages
	}
	doc["organizers"] = jsonld.Object{
		"type": "Collection", "id": o.ObjectURI(i.ID) + "#organizers", "totalItems": 1, "items": []string{i.Author.URI},
	}
	putWhere(doc, g)
	page := o.ItemPage(i.Kind, i.ID)
	doc["url"] = []any{ // the first is a plain string: Mastodon and Mobilizon take that
		page,
		jsonld.Object{"type": "Link", "href": page + ".ics", "mediaType": "text/calendar"},
	}
}

// putWhere writes the place before the link, as readers take the first that
// they understand (FEP-8a8e). A single location stands alone, because
// Mobilizon (2025-04) and Gancio 1.21 read only an object.
func putWhere(doc jsonld.Object, g *node.Gathering) {
	var where []any
	if name := firstOf(g.Place, g.Address); name != "" {
		where = append(where, jsonld.Object{
			"type": "Place", "name": name, // Gancio refuses an Update without name and address (1.21)
			"address": jsonld.Object{"type": "PostalAddress", "streetAddress": firstOf(g.Address, g.Place)},
		})
	}
	if g.Link != "" {
		where = append(where, jsonld.Object{"type": "VirtualLocation", "name": "Online", "url": g.Link})
		doc["attachment"] = []any{ // where Mobilizon looks for it
			jsonld.Object{"type": "Link", "href": g.Link, "mediaType": "text/html", "name": "Website"},
		}
	}
	switch len(where) {
	case 0:
	case 1:
		doc["location"] = where[0]
	default:
		doc["location"] = where
	}
}

// summaries are the one line that says when, where and whether, in the
// languages of the item that we have words for. It is all that Mastodon shows
// of a gathering besides its name (federation.md 5.3).
func summaries(i *node.Item) node.Text {
	t := node.Text{}
	for lang := range i.Title {
		for _, have := range node.Languages {
			if base, _, _ := strings.Cut(lang, "-"); base == have {
				t[lang] = summary(i.Gathering, lang)
			}
		}
	}
	if t[i.Lang] == "" {
		t[i.Lang] = summary(i.Gathering, i.Lang)
	}
	return t
}

func summary(g *node.Gathering, lang string) string {
	w := wordsIn(lang)
	zone := zoneOf(g)
	end := g.End
	if !end.IsZero() {
		end = end.In(zone)
	}
	line := w.prefixes[g.Status] + w.span(g.Start.In(zone), end)
	if name := firstOf(g.Zone, zone.String()); name != "" {
		line += " (" + name + ")"
	}
	if !g.PreviousStart.IsZero() {
		line += ", " + w.was + " " + w.moment(g.PreviousStart.In(zone))
	}
	line = html.EscapeString(line)
	place := g.Place
	if g.Address != "" && g.Address != g.Place {
		place = strings.TrimPrefix(place+", "+g.Address, ", ")
	}
	link := ""
	if g.Link != "" {
		link = `<a href="` + html.EscapeString(g.Link) + `">` + w.online + `</a>`
	}
	switch place = html.EscapeString(place); {
	case place != "" && link != "":
		line += ", " + place + " " + w.and + " " + link
	case place+link != "":
		line += ", " + place + link
	}
	return "<p>" + line + "</p>"
}

// mainLanguage is the language of the item, or the first that is spoken at it.
func mainLanguage(i *node.Item) string {
	if i.Lang == "" || i.Lang == jsonld.Unknown {
		if l := i.Gathering.Languages; len(l) > 0 {
			return l[0]
		}
		return jsonld.Unknown
	}
	return i.Lang
}

// zoneOf is the zone of a gathering, UTC if it has none that is known here.
func zoneOf(g *node.Gathering) *time.Location {
	if zone, err := node.LoadZone(g.Zone); err == nil {
		return zone
	}
	return time.UTC
}

// local writes a time with the offset that is in force where people meet.
func local(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.RFC3339) }

func firstOf(a, b string) string {
	if strings.TrimSpace(a) != "" {
		return a
	}
	return b
}
