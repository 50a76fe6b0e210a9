package feed_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/ui/feed"
)

func gathering() feed.Event {
	return feed.Event{
		UID: "https://node.example/ap/objects/7", Summary: "Cena; comunidad, y más", Description: "Uno\nDos \\ tres",
		Location: "Harbor Street kitchen, 12 Mill Row", URL: "https://node.example/gatherings/7",
		Organizer: feed.Author{Name: "Riverbend Tenants' Union", URI: "https://node.example/organizations/riverbend"},
		Lang:      "es", Status: node.Scheduled, Start: day, End: day.Add(75 * time.Minute), Zone: "America/New_York",
		Updated: day.Add(-48 * time.Hour), Sequence: 2,
	}
}

func TestCalendarGolden(t *testing.T) {
	cancelled := gathering()
	cancelled.UID, cancelled.Status, cancelled.Zone, cancelled.End = "https://node.example/ap/objects/8", node.Cancelled, "", time.Time{}
	cancelled.Conference = "https://meet.example/room"
	golden(t, "gatherings.ics", feed.Calendar("Riverbend", []feed.Event{gathering(), cancelled}))
}

func parse(t *testing.T, raw []byte) []*ics.VEvent {
	t.Helper()
	cal, err := ics.ParseCalendar(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatalf("does not parse: %v\n%s", err, raw)
	}
	return cal.Events()
}

func checkLines(t *testing.T, raw []byte) {
	t.Helper()
	text := string(raw)
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") || strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		t.Fatalf("lines do not end in CRLF: %q", text)
	}
	for _, l := range strings.Split(text, "\r\n") {
		if len(l) > 75 {
			t.Fatalf("line of %d bytes: %q", len(l), l)
		}
	}
}

// The instant must be the same whatever clock tells it, and the rules of the
// zone must travel along.
func TestCalendarZones(t *testing.T) {
	for _, c := range []struct {
		zone, line string
		observed   int
	}{
		{"America/New_York", "DTSTART;TZID=America/New_York:20261124T120000", 1},
		{"Asia/Kolkata", "DTSTART;TZID=Asia/Kolkata:20261124T223000", 1},
		{"", "DTSTART:20261124T170000Z", 0},
		{"UTC", "DTSTART:20261124T170000Z", 0},
		{"No/Where", "DTSTART:20261124T170000Z", 0},
	} {
		e := gathering()
		e.Zone = c.zone
		raw := string(feed.Calendar("", []feed.Event{e}))
		if !strings.Contains(raw, c.line+"\r\n") {
			t.Errorf("%s: no line %q in\n%s", c.zone, c.line, raw)
		}
		if n := strings.Count(raw, "BEGIN:VTIMEZONE"); n != c.observed {
			t.Errorf("%s: %d time zones, want %d", c.zone, n, c.observed)
		}
	}
}

func TestCalendarCarriesBothSidesOfAClockChange(t *testing.T) {
	e := gathering()
	e.Start = time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC)
	e.End = time.Date(2026, 3, 9, 20, 0, 0, 0, time.UTC) // clocks go forward on the 8th
	raw := string(feed.Calendar("", []feed.Event{e}))
	for _, want := range []string{
		"BEGIN:STANDARD\r\nDTSTART:20251102T020000\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nTZNAME:EST\r\n",
		"BEGIN:DAYLIGHT\r\nDTSTART:20260308T020000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nTZNAME:EDT\r\n",
	} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %q in\n%s", want, raw)
		}
	}
}

func TestCalendarStatus(t *testing.T) {
	want := map[node.Status]string{
		node.Scheduled: "CONFIRMED", node.Rescheduled: "CONFIRMED", node.MovedOnline: "CONFIRMED",
		node.Tentative: "TENTATIVE", node.Postponed: "TENTATIVE", node.Cancelled: "CANCELLED",
	}
	for _, s := range node.Statuses {
		e := gathering()
		e.Status = s
		got := parse(t, feed.Calendar("", []feed.Event{e}))[0].GetProperty(ics.ComponentPropertyStatus).Value
		if got != want[s] {
			t.Errorf("%s becomes %s, want %s", s, got, want[s])
		}
	}
}

func TestCalendarParsesBack(t *testing.T) {
	e := gathering()
	e.Summary = strings.Repeat("Una reunión larguísima sobre hojas de cálculo ", 8)
	raw := feed.Calendar("", []feed.Event{e})
	checkLines(t, raw)
	v := parse(t, raw)[0]
	start, err := v.GetStartAt()
	if err != nil || !start.Equal(e.Start) {
		t.Errorf("start %v (%v), want %v", start, err, e.Start)
	}
	got := []string{
		v.Id(), v.GetProperty(ics.ComponentPropertySummary).Value, v.GetProperty(ics.ComponentPropertyDescription).Value,
		v.GetProperty(ics.ComponentPropertyLocation).Value, v.GetProperty(ics.ComponentPropertySequence).Value,
	}
	want := []string{e.UID, strings.TrimSpace(e.Summary), e.Description, e.Location, "2"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func FuzzCalendar(f *testing.F) {
	f.Add("Cena", "Uno\nDos", "Mill Row; 12", "America/New_York", "Ana", int64(0))
	f.Add("\r\nEND:VEVENT\r\nBEGIN:VEVENT", "\\n\\,;", ">>><<<", "Europe/London\r\nX:1", "a:b;c,\"d'", int64(1793383200))
	f.Add(strings.Repeat("ñ", 200), "\xff\xfe", "\x00", "UTC", "\u2028", int64(-62135596800))
	f.Fuzz(func(t *testing.T, summary, description, place, zone, name string, at int64) {
		e := gathering()
		e.Summary, e.Description, e.Location, e.Zone, e.Organizer.Name = summary, description, place, zone, name
		at %= 253402300799 // year 9999
		if at < -62135596800 {
			at = 0
		}
		e.Start, e.End = time.Unix(at, 0), time.Time{}
		raw := feed.Calendar(name, []feed.Event{e})
		checkLines(t, raw)
		events := parse(t, raw)
		if len(events) != 1 {
			t.Fatalf("%d events, want 1", len(events))
		}
		got := events[0].GetProperty(ics.ComponentPropertySummary).Value
		plain := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				return -1
			}
			return r
		}, strings.ToValidUTF8(summary, "\uFFFD"))), " ")
		if got != plain {
			t.Fatalf("summary %q came back as %q", plain, got)
		}
	})
}
