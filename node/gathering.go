package node

import (
	"slices"
	"strings"
	"time"
)

// Status is where a gathering stands, in the words of FEP-8a8e.
type Status string

// The statuses.
const (
	Scheduled   Status = "scheduled"
	Tentative   Status = "tentative"
	MovedOnline Status = "moved-online"
	Postponed   Status = "postponed"
	Rescheduled Status = "rescheduled"
	Cancelled   Status = "cancelled"
)

// Statuses lists all.
var Statuses = []Status{Scheduled, Tentative, MovedOnline, Postponed, Rescheduled, Cancelled}

// Gathering is when and where people meet.
type Gathering struct {
	Start     time.Time // UTC
	End       time.Time // UTC; zero if open
	Zone      string    // IANA name; empty on received ones that tell none
	Place     string    // "Stretford Hall, Manchester"
	Address   string    // street and town; may be empty
	Link      string    // where to take part online
	Languages []string  // spoken at it
	Status    Status
	// PreviousStart is the start before the last change of time; zero if never moved.
	PreviousStart time.Time
}

// GatheringInput is what somebody typed to announce or edit a gathering. Times
// are local to Zone: "2026-12-12T10:00".
type GatheringInput struct {
	AsOrganization bool
	Audience       Audience
	Lang           string
	Name           string
	Text           string // Markdown
	Start, End     string
	Zone           string
	Place, Address string
	Link           string
	Languages      []string
	Status         Status // empty means scheduled, or what it was
	Version        int64
}

// localLayouts are the accepted forms of a local time.
var localLayouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"}

// Parse checks everything and returns the gathering that was meant.
func (g *GatheringInput) Parse() (*Gathering, error) {
	if strings.TrimSpace(g.Name) == "" {
		return nil, Invalid("name", "error.gathering.name")
	}
	if err := checkText("name", g.Name, MaxNameRunes); err != nil {
		return nil, err
	}
	if err := checkText("text", g.Text, MaxTextRunes); err != nil {
		return nil, err
	}
	zone, err := LoadZone(g.Zone)
	if err != nil {
		return nil, err
	}
	start, err := ParseLocal("start", g.Start, zone)
	if err != nil {
		return nil, err
	}
	end, err := ParseLocal("end", g.End, zone)
	if err != nil {
		return nil, err
	}
	if !end.After(start) {
		return nil, Invalid("end", "error.gathering.end")
	}
	if strings.TrimSpace(g.Place) == "" && strings.TrimSpace(g.Link) == "" {
		return nil, Invalid("place", "error.gathering.where")
	}
	if err := checkText("place", g.Place, MaxNameRunes); err != nil {
		return nil, err
	}
	if err := checkText("address", g.Address, MaxNameRunes); err != nil {
		return nil, err
	}
	if err := CheckLink("link", g.Link); err != nil {
		return nil, err
	}
	if g.Status != "" && !slices.Contains(Statuses, g.Status) {
		return nil, Invalid("status", "error.gathering.status", "status", string(g.Status))
	}
	for _, l := range append([]string{g.Lang}, g.Languages...) {
		if err := CheckLang("languages", l); err != nil {
			return nil, err
		}
	}
	return &Gathering{
		Start: start.UTC(), End: end.UTC(), Zone: g.Zone, Place: strings.TrimSpace(g.Place), Address: strings.TrimSpace(g.Address),
		Link: g.Link, Languages: g.Languages, Status: g.Status,
	}, nil
}

// LoadZone returns the IANA zone with this name. "Local" and the empty name are refused.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, Invalid("zone", "error.zone", "zone", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, Invalid("zone", "error.zone", "zone", name)
	}
	return loc, nil
}

// ParseLocal reads a local time in zone. A time that does not exist there, or
// exists twice, is refused with both readings (design.md 9, Commands).
func ParseLocal(field, s string, zone *time.Location) (time.Time, error) {
	wall, ok := parseWall(s)
	if !ok {
		return time.Time{}, Invalid(field, "error.time.form", "time", s)
	}
	readings := readings(wall, zone)
	if len(readings) == 1 && sameWall(readings[0], wall) {
		return readings[0], nil
	}
	key := "error.time.twice"
	if !sameWall(readings[0], wall) {
		key = "error.time.never"
	}
	first, second := readings[0], readings[len(readings)-1]
	const shown = "2006-01-02 15:04 -0700"
	return time.Time{}, Invalid(field, key, "time", s, "first", first.Format(shown), "second", second.Format(shown))
}

// parseWall reads a time without zone. It takes only what it would write
// itself: time.Parse would also take T9:00 and fractions of a second.
func parseWall(s string) (wall time.Time, ok bool) {
	for _, layout := range localLayouts {
		if wall, err := time.Parse(layout, s); err == nil && wall.Format(layout) == s {
			return wall, true
		}
	}
	return wall, false
}

// readings returns the instants that wall can mean in zone: one normally, two
// when clocks went back over it, and for a skipped time what it would be by
// the clock before and by the clock after.
func readings(wall time.Time, zone *time.Location) []time.Time {
	var found, offsets []time.Time
	for _, hours := range []int{-26, 26} { // the offsets in force around that day
		_, off := wall.Add(time.Duration(hours) * time.Hour).In(zone).Zone()
		t := wall.Add(-time.Duration(off) * time.Second).In(zone)
		offsets = append(offsets, t)
		if sameWall(t, wall) && !slices.ContainsFunc(found, t.Equal) {
			found = append(found, t)
		}
	}
	if len(found) > 0 {
		return found
	}
	return offsets
}

func sameWall(t, wall time.Time) bool {
	return t.Year() == wall.Year() && t.YearDay() == wall.YearDay() && t.Hour() == wall.Hour() && t.Minute() == wall.Minute() && t.Second() == wall.Second()
}
