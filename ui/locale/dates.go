package locale

import (
	"strconv"
	"time"

	"github.com/poweron-network/poweron/node/gathering"
)

// Day writes the date of t in full: "Tuesday 24 November 2026".
func (c *Catalog) Day(lang string, t time.Time) string {
	return c.T(lang, "date.full", c.dateArgs(lang, t))
}

// ShortDay writes the date of t, with the year only when it is not now's.
func (c *Catalog) ShortDay(lang string, t, now time.Time) string {
	if t.Year() == now.In(t.Location()).Year() {
		return c.T(lang, "date.short", c.dateArgs(lang, t))
	}
	return c.T(lang, "date.medium", c.dateArgs(lang, t))
}

// MonthShort writes the month of t in a few letters: "Nov".
func (c *Catalog) MonthShort(lang string, t time.Time) string {
	return c.T(lang, "month.short."+strconv.Itoa(int(t.Month())), nil)
}

func (c *Catalog) dateArgs(lang string, t time.Time) map[string]string {
	return map[string]string{
		"weekday": c.T(lang, "weekday."+strconv.Itoa(int(t.Weekday())), nil),
		"day":     strconv.Itoa(t.Day()),
		"month":   c.T(lang, "month."+strconv.Itoa(int(t.Month())), nil),
		"year":    strconv.Itoa(t.Year()),
	}
}

// Clock writes the time of day of t: "18:00".
func Clock(t time.Time) string { return t.Format("15:04") }

// When writes when something was said, as near as a reader needs it: the time
// of day for today and yesterday, else the date. Both are in t's zone.
func (c *Catalog) When(lang string, t, now time.Time) string {
	now = now.In(t.Location())
	args := map[string]string{"time": Clock(t)}
	switch {
	case sameDay(t, now):
		return c.T(lang, "date.today", args)
	case sameDay(t, now.AddDate(0, 0, -1)):
		return c.T(lang, "date.yesterday", args)
	}
	return c.ShortDay(lang, t, now)
}

// Moment writes date, time and zone of t.
func (c *Catalog) Moment(lang string, t time.Time) string {
	return c.T(lang, "date.moment", map[string]string{"date": c.Day(lang, t), "time": Clock(t), "zone": c.Zone(lang, t)})
}

// Span writes from when to when something is, and by which clock. A zero end is open.
func (c *Catalog) Span(lang string, start, end time.Time) string {
	args := map[string]string{"date": c.Day(lang, start), "start": Clock(start), "zone": c.Zone(lang, start)}
	if end.IsZero() {
		return c.T(lang, "date.from", args)
	}
	end = end.In(start.Location())
	args["end"] = Clock(end)
	if sameDay(start, end) {
		return c.T(lang, "date.span", args)
	}
	args["enddate"] = c.Day(lang, end)
	return c.T(lang, "date.span.days", args)
}

// Zone names the clock that t is told by: "New York time", or "UTC".
func (c *Catalog) Zone(lang string, t time.Time) string {
	name := t.Location().String()
	if name == "UTC" || name == "" || name == "Local" {
		return t.Format("MST")
	}
	return c.T(lang, "date.zone", map[string]string{"city": gathering.City(lang, name)})
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}
