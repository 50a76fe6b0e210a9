package vocab

import (
	"slices"
	"strings"
	"time"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// readGathering reads when and where of an Event, in the shapes of FEP-8a8e,
// Mobilizon, Gancio, the WordPress bridge and Friendica. It is nil without a start.
func readGathering(doc jsonld.Object, page string) *node.Gathering {
	g := &node.Gathering{
		Start: doc.Time("startTime"), End: doc.Time("endTime"),
		Status: readStatus(doc), PreviousStart: doc.Time("previousStartTime"),
	}
	if g.Start.IsZero() {
		return nil
	}
	if !g.End.After(g.Start) || doc.Has("displayEndTime") && !doc.Bool("displayEndTime") {
		g.End = time.Time{}
	}
	if zone := doc.String("timezone"); zone != "" {
		if _, err := node.LoadZone(zone); err == nil {
			g.Zone = zone
		}
	}
	if g.Languages = languages(doc.Strings("availableLanguage")); g.Languages == nil {
		g.Languages = languages(doc.Strings("inLanguage"))
	}
	readWhere(doc, g)
	if g.Link == "" {
		g.Link = website(doc, page)
	}
	return g
}

// readStatus folds the words of FEP-8a8e, schema.org and iCalendar.
func readStatus(doc jsonld.Object) node.Status {
	word := doc.IDOf("eventStatus")
	word = word[strings.LastIndexAny(word, ":/#")+1:]
	for status, words := range statuses {
		if word == words.event {
			return status
		}
	}
	ical := firstOf(doc.String("status"), doc.String("ical:status"))
	switch strings.ToUpper(ical) {
	case "CANCELLED":
		return node.Cancelled
	case "TENTATIVE":
		return node.Tentative
	}
	return node.Scheduled
}

// readWhere takes the first place and the first link among the locations.
func readWhere(doc jsonld.Object, g *node.Gathering) {
	for _, name := range doc.Strings("location") {
		if g.Place == "" && !isLink(name) {
			g.Place = markup.Name(name)
		}
	}
	for _, l := range doc.Objects("location") {
		postal := l.Object("address")
		if slices.Contains(l.Types(), "VirtualLocation") || slices.Contains(postal.Types(), "VirtualLocation") {
			link := firstOf(postal.String("url"), firstOf(l.IDOf("url"), l.ID()))
			if g.Link == "" && isLink(link) {
				g.Link = link
			}
			continue
		}
		if g.Place != "" {
			continue
		}
		g.Place = markup.Name(l.String("name"))
		g.Address = markup.Name(firstOf(l.String("address"), postalLine(postal)))
		if g.Place == "" {
			g.Place = g.Address
		}
		if g.Address == g.Place {
			g.Address = "" // as we and Gancio repeat it
		}
	}
}

// postalLine is a PostalAddress on one line.
func postalLine(a jsonld.Object) string {
	town := strings.TrimSpace(a.String("postalCode") + " " + a.String("addressLocality"))
	var parts []string
	for _, part := range []string{a.String("streetAddress"), town, a.String("addressRegion"), a.String("addressCountry")} {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// website is the link that Mobilizon attaches to an event.
func website(doc jsonld.Object, page string) string {
	for _, a := range doc.Objects("attachment") {
		href := a.String("href")
		if a.Type() == "Link" && strings.HasPrefix(a.String("mediaType"), "text/html") && href != page && isLink(href) {
			return href
		}
	}
	return ""
}
