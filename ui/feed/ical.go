package feed

import (
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/poweron-network/poweron/node"
)

// Event is a gathering as calendars take it (federation.md 5.4).
type Event struct {
	UID         string // the item's URI
	Summary     string
	Description string // plain text
	Location    string
	URL         string // its page
	Conference  string // where to take part online; leave it empty in what everyone may read
	Organizer   Author
	Lang        string
	Status      node.Status
	Start, End  time.Time // a zero End is open
	Zone        string    // IANA name; empty or unknown ones are written in UTC
	Updated     time.Time
	Sequence    int64 // grows with every edit, so that calendars take the newest
}

// Calendar writes events as one published calendar: CRLF, lines of at most 75
// bytes, and a VTIMEZONE for every zone that occurs.
func Calendar(name string, events []Event) []byte {
	cal := ics.NewCalendarFor("PowerOn")
	cal.SetProductId("-//PowerOn//PowerOn node//EN")
	cal.SetMethod(ics.MethodPublish)
	if name != "" {
		cal.SetXWRCalName(line(name))
	}
	zones := map[string]*zoneSpan{}
	var order []string
	for _, e := range events {
		if loc := location(e.Zone); loc != nil {
			if zones[e.Zone] == nil {
				zones[e.Zone] = &zoneSpan{loc: loc, from: e.Start, to: e.Start}
				order = append(order, e.Zone)
			}
			zones[e.Zone].cover(e.Start)
			zones[e.Zone].cover(e.End)
		}
	}
	for _, name := range order {
		cal.AddVTimezone(zones[name].component(name))
	}
	for _, e := range events {
		cal.AddVEvent(event(e))
	}
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

func event(e Event) *ics.VEvent {
	v := ics.NewEvent(line(e.UID))
	v.SetDtStampTime(e.Updated)
	v.SetLastModifiedAt(e.Updated)
	v.SetSequence(int(e.Sequence))
	v.SetSummary(line(e.Summary), language(e.Lang)...)
	setTime(v, ics.ComponentPropertyDtStart, e.Start, e.Zone)
	if !e.End.IsZero() {
		setTime(v, ics.ComponentPropertyDtEnd, e.End, e.Zone)
	}
	if s := strings.TrimSpace(clean(e.Description)); s != "" {
		v.SetDescription(s, language(e.Lang)...)
	}
	if s := line(e.Location); s != "" {
		v.SetLocation(s)
	}
	if s := line(e.URL); s != "" {
		v.SetURL(s)
	}
	if s := line(e.Conference); s != "" {
		v.SetProperty("CONFERENCE", s, ics.WithValue("URI"))
	}
	if s := line(e.Organizer.URI); s != "" {
		v.SetProperty(ics.ComponentPropertyOrganizer, s, ics.WithCN(parameter(e.Organizer.Name)))
	}
	v.SetStatus(status(e.Status))
	return v
}

// status folds the words of FEP-8a8e into the three that RFC 5545 §3.8.1.11 knows.
func status(s node.Status) ics.ObjectStatus {
	switch s {
	case node.Cancelled:
		return ics.ObjectStatusCancelled
	case node.Tentative, node.Postponed:
		return ics.ObjectStatusTentative
	}
	return ics.ObjectStatusConfirmed
}

func setTime(v *ics.VEvent, p ics.ComponentProperty, t time.Time, zone string) {
	if loc := location(zone); loc != nil {
		v.SetProperty(p, t.In(loc).Format("20060102T150405"), ics.WithTZID(zone))
		return
	}
	v.SetProperty(p, t.UTC().Format("20060102T150405Z"))
}

// location returns the zone that name stands for; nil means UTC.
func location(name string) *time.Location {
	if name == "UTC" || strings.ContainsFunc(name, func(r rune) bool { return !zoneRune(r) }) {
		return nil
	}
	loc, err := node.LoadZone(name)
	if err != nil {
		return nil
	}
	return loc
}

func zoneRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/_+-", r)
}

func language(lang string) []ics.PropertyParameter {
	if lang == "" || lang == "und" || strings.ContainsFunc(lang, func(r rune) bool { return !zoneRune(r) }) {
		return nil
	}
	return []ics.PropertyParameter{&ics.KeyValues{Key: "LANGUAGE", Value: []string{lang}}}
}

// parameter makes s fit for a parameter value: the library would escape these
// with backslashes, which RFC 5545 does not know there.
func parameter(s string) string {
	return strings.NewReplacer("'", "\u2019", `"`, "\u2019", ",", " ", ";", " ", ":", " ", `\`, " ").Replace(line(s))
}

// zoneSpan is a zone and the time that its rules are needed for.
type zoneSpan struct {
	loc      *time.Location
	from, to time.Time
}

func (z *zoneSpan) cover(t time.Time) {
	if t.IsZero() {
		return
	}
	if t.Before(z.from) {
		z.from = t
	}
	if t.After(z.to) {
		z.to = t
	}
}

// maxObservances bounds a VTIMEZONE: two changes a year for fifty years.
const maxObservances = 100

// component lists each change of the clock in the span, one observance each.
func (z *zoneSpan) component(name string) *ics.VTimezone {
	tz := ics.NewTimezone(name)
	for t, n := z.from.In(z.loc), 0; n < maxObservances; n++ {
		begin, end := t.ZoneBounds()
		tz.Components = append(tz.Components, observance(t, begin))
		if end.IsZero() || end.After(z.to) {
			break
		}
		t = end
	}
	return tz
}

// observance describes the rule in force at t since begin, which is zero if it always was.
func observance(t, begin time.Time) ics.Component {
	abbreviation, after := t.Zone()
	before, start := after, "19700101T000000"
	if !begin.IsZero() {
		_, before = begin.Add(-time.Second).Zone()
		start = begin.UTC().Add(time.Duration(before) * time.Second).Format("20060102T150405")
	}
	base := ics.ComponentBase{}
	base.SetProperty(ics.ComponentPropertyDtStart, start)
	base.SetProperty("TZOFFSETFROM", offset(before))
	base.SetProperty("TZOFFSETTO", offset(after))
	base.SetProperty("TZNAME", abbreviation)
	if t.IsDST() {
		return &ics.Daylight{ComponentBase: base}
	}
	return &ics.Standard{ComponentBase: base}
}

// offset writes seconds east of UTC as RFC 5545 §3.3.14 wants them: +0530.
func offset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	s := sign + two(seconds/3600) + two(seconds%3600/60)
	if seconds%60 != 0 {
		s += two(seconds % 60)
	}
	return s
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
