package node_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests know every zone on every machine

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/node"
)

func gatheringInput(f func(*node.GatheringInput)) *node.GatheringInput {
	g := &node.GatheringInput{
		Name: "Autumn gathering", Text: "Come.", Lang: "en", Start: "2026-12-12T10:00", End: "2026-12-12T17:00", Zone: "Europe/London",
		Place: " Stretford Hall ", Address: " 1 Park Road, Manchester ", Link: "https://meet.example/x", Languages: []string{"en", "es"},
	}
	if f != nil {
		f(g)
	}
	return g
}

func TestGatheringInputParse(t *testing.T) {
	t.Parallel()
	got, err := gatheringInput(nil).Parse()
	if err != nil {
		t.Fatal(err)
	}
	want := &node.Gathering{
		Start: time.Date(2026, 12, 12, 10, 0, 0, 0, time.UTC), End: time.Date(2026, 12, 12, 17, 0, 0, 0, time.UTC), Zone: "Europe/London",
		Place: "Stretford Hall", Address: "1 Park Road, Manchester", Link: "https://meet.example/x", Languages: []string{"en", "es"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		name  string
		f     func(*node.GatheringInput)
		field string
		key   string
	}{
		{"only online", func(g *node.GatheringInput) { g.Place = "" }, "", ""},
		{"only a place", func(g *node.GatheringInput) { g.Link = "" }, "", ""},
		{"no text", func(g *node.GatheringInput) { g.Text = "" }, "", ""},
		{"over midnight", func(g *node.GatheringInput) { g.End = "2026-12-13T01:00" }, "", ""},
		{"each status", func(g *node.GatheringInput) { g.Status = node.MovedOnline }, "", ""},
		{"no name", func(g *node.GatheringInput) { g.Name = "  " }, "name", "error.gathering.name"},
		{"name of 1 MB", func(g *node.GatheringInput) { g.Name = megabyte }, "name", "error.text.long"},
		{"text of 1 MB", func(g *node.GatheringInput) { g.Text = megabyte }, "text", "error.text.long"},
		{"text that is not UTF-8", func(g *node.GatheringInput) { g.Text = "\xff" }, "text", "error.text.encoding"},
		{"no zone", func(g *node.GatheringInput) { g.Zone = "" }, "zone", "error.zone"},
		{"the machine's zone", func(g *node.GatheringInput) { g.Zone = "Local" }, "zone", "error.zone"},
		{"unknown zone", func(g *node.GatheringInput) { g.Zone = "Mars/Base" }, "zone", "error.zone"},
		{"a file for a zone", func(g *node.GatheringInput) { g.Zone = "../../etc/passwd" }, "zone", "error.zone"},
		{"no start", func(g *node.GatheringInput) { g.Start = "" }, "start", "error.time.form"},
		{"start in words", func(g *node.GatheringInput) { g.Start = "tomorrow" }, "start", "error.time.form"},
		{"start with a zone of its own", func(g *node.GatheringInput) { g.Start = "2026-12-12T10:00Z" }, "start", "error.time.form"},
		{"hour of one digit", func(g *node.GatheringInput) { g.Start = "2026-12-12T9:00" }, "start", "error.time.form"},
		{"fraction of a second", func(g *node.GatheringInput) { g.Start = "2026-12-12T09:00:00.5" }, "start", "error.time.form"},
		{"31 February", func(g *node.GatheringInput) { g.Start = "2026-02-31T10:00" }, "start", "error.time.form"},
		{"no end", func(g *node.GatheringInput) { g.End = "" }, "end", "error.time.form"},
		{"end before start", func(g *node.GatheringInput) { g.End = "2026-12-12T09:59" }, "end", "error.gathering.end"},
		{"end at start", func(g *node.GatheringInput) { g.End = g.Start }, "end", "error.gathering.end"},
		{"nowhere", func(g *node.GatheringInput) { g.Place, g.Link = " ", " " }, "place", "error.gathering.where"},
		{"place of 1 MB", func(g *node.GatheringInput) { g.Place = megabyte }, "place", "error.text.long"},
		{"address of 1 MB", func(g *node.GatheringInput) { g.Address = megabyte }, "address", "error.text.long"},
		{"link to a script", func(g *node.GatheringInput) { g.Link = "javascript:alert(1)" }, "link", "error.link.form"},
		{"unknown status", func(g *node.GatheringInput) { g.Status = "maybe" }, "status", "error.gathering.status"},
		{"language", func(g *node.GatheringInput) { g.Lang = "english" }, "languages", "error.lang.form"},
		{"spoken language", func(g *node.GatheringInput) { g.Languages = []string{"en", "e,s"} }, "languages", "error.lang.form"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := gatheringInput(c.f).Parse()
			if key(err) != c.key || field(err) != c.field || (err == nil) != (c.key == "") {
				t.Errorf("Parse = %v, want %s %s", err, c.field, c.key)
			}
		})
	}
}

// TestR19ParseLocal has clocks that jump, in zones that jump differently.
func TestR19ParseLocal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, zone, in, want, first, second string }{
		{"winter", "Europe/London", "2026-12-12T10:00", "2026-12-12T10:00:00Z", "", ""},
		{"summer", "Europe/London", "2026-07-12T10:00", "2026-07-12T09:00:00Z", "", ""},
		{"with seconds", "Europe/London", "2026-07-12T10:00:30", "2026-07-12T09:00:30Z", "", ""},
		{"with a space", "Europe/London", "2026-07-12 10:00", "2026-07-12T09:00:00Z", "", ""},
		{"London, last minute before the gap", "Europe/London", "2026-03-29T00:59", "2026-03-29T00:59:00Z", "", ""},
		{"London, in the gap", "Europe/London", "2026-03-29T01:00", "never", "2026-03-29 02:00 +0100", "2026-03-29 00:00 +0000"},
		{"London, last minute of the gap", "Europe/London", "2026-03-29T01:59", "never", "2026-03-29 02:59 +0100", "2026-03-29 00:59 +0000"},
		{"London, after the gap", "Europe/London", "2026-03-29T02:00", "2026-03-29T01:00:00Z", "", ""},
		{"London, before the overlap", "Europe/London", "2026-10-25T00:59", "2026-10-24T23:59:00Z", "", ""},
		{"London, in the overlap", "Europe/London", "2026-10-25T01:30", "twice", "2026-10-25 01:30 +0100", "2026-10-25 01:30 +0000"},
		{"London, after the overlap", "Europe/London", "2026-10-25T02:00", "2026-10-25T02:00:00Z", "", ""},
		{"New York, in the gap", "America/New_York", "2026-03-08T02:30", "never", "2026-03-08 03:30 -0400", "2026-03-08 01:30 -0500"},
		{"New York, in the overlap", "America/New_York", "2026-11-01T01:00", "twice", "2026-11-01 01:00 -0400", "2026-11-01 01:00 -0500"},
		{"New York, after the overlap", "America/New_York", "2026-11-01T02:00", "2026-11-01T07:00:00Z", "", ""},
		{"Lord Howe, in the half-hour gap", "Australia/Lord_Howe", "2026-10-04T02:15", "never", "2026-10-04 02:45 +1100", "2026-10-04 01:45 +1030"},
		{"Lord Howe, after the gap", "Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30:00Z", "", ""},
		{"Lord Howe, in the half-hour overlap", "Australia/Lord_Howe", "2026-04-05T01:45", "twice", "2026-04-05 01:45 +1100", "2026-04-05 01:45 +1030"},
		{"Lord Howe, before the overlap", "Australia/Lord_Howe", "2026-04-05T01:29", "2026-04-04T14:29:00Z", "", ""},
		{"Samoa, the day that never was", "Pacific/Apia", "2011-12-30T10:00", "never", "2011-12-31 10:00 +1400", "2011-12-29 10:00 -1000"},
		{"Kathmandu", "Asia/Kathmandu", "2026-12-12T10:00", "2026-12-12T04:15:00Z", "", ""},
		{"Kiritimati", "Pacific/Kiritimati", "2026-12-12T10:00", "2026-12-11T20:00:00Z", "", ""},
		{"UTC", "UTC", "2026-12-12T10:00", "2026-12-12T10:00:00Z", "", ""},
		{"Casablanca, in the overlap of Ramadan", "Africa/Casablanca", "2026-02-15T02:30", "twice", "2026-02-15 02:30 +0100", "2026-02-15 02:30 +0000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			zone, err := node.LoadZone(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			got, err := node.ParseLocal("start", c.in, zone)
			if c.first == "" {
				if err != nil || got.UTC().Format(time.RFC3339) != c.want {
					t.Errorf("%s in %s = %v, %v; want %s", c.in, c.zone, got.UTC(), err, c.want)
				}
				return
			}
			var f *node.FieldError
			if !errors.As(err, &f) || f.Field != "start" || f.Key != "error.time."+c.want {
				t.Fatalf("%s in %s = %v, %v; want it %s", c.in, c.zone, got, err, c.want)
			}
			want := map[string]string{"time": c.in, "first": c.first, "second": c.second}
			if diff := cmp.Diff(want, f.Args); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestR19EveryHourOfTheYear reads each hour of a year of each zone back from
// the instant that it stands for.
func TestR19EveryHourOfTheYear(t *testing.T) {
	t.Parallel()
	const layout = "2006-01-02T15:04"
	for _, name := range []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Asia/Kolkata", "Pacific/Chatham"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := node.LoadZone(name)
			if err != nil {
				t.Fatal(err)
			}
			times := map[string]int{}
			begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			for at := begin; at.Before(begin.AddDate(1, 0, 0)); at = at.Add(15 * time.Minute) {
				times[at.In(zone).Format(layout)]++
			}
			twice := 0
			for at := begin.AddDate(0, 0, 1); at.Before(begin.AddDate(1, 0, -1)); at = at.Add(15 * time.Minute) {
				wall := at.In(zone).Format(layout)
				got, err := node.ParseLocal("start", wall, zone)
				switch {
				case times[wall] == 1 && (err != nil || !got.Equal(at)):
					t.Fatalf("%s in %s = %v, %v; want %v", wall, name, got, err, at)
				case times[wall] == 2:
					if twice++; key(err) != "error.time.twice" {
						t.Fatalf("%s in %s = %v, %v; it exists twice", wall, name, got, err)
					}
				}
			}
			if name != "Asia/Kolkata" && twice == 0 {
				t.Errorf("no hour of the year is twice in %s", name)
			}
		})
	}
}

// FuzzParseLocal checks that what is read is what was written, and that nothing
// is read that the zone's clocks show twice or never.
func FuzzParseLocal(f *testing.F) {
	zones := []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC"}
	for _, s := range []string{"2026-12-12T10:00", "2026-03-29T01:30", "2026-10-25T01:30:15", "2011-12-30 10:00", "0000-01-01T00:00", "9999-12-31T23:59", "2026-12-12T10:00:00.5", "x"} {
		for i := range zones {
			f.Add(s, i)
		}
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		zone, err := node.LoadZone(zones[(n%len(zones)+len(zones))%len(zones)])
		if err != nil {
			t.Fatal(err)
		}
		got, err := node.ParseLocal("start", s, zone)
		if err != nil {
			if field(err) != "start" || !strings.HasPrefix(key(err), "error.time.") || !got.IsZero() {
				t.Fatalf("%q = %v, %v", s, got, err)
			}
			return
		}
		back := []string{got.In(zone).Format("2006-01-02T15:04"), got.In(zone).Format("2006-01-02T15:04:05"), got.In(zone).Format("2006-01-02 15:04")}
		if s != back[0] && s != back[1] && s != back[2] {
			t.Fatalf("%q is read as %s", s, back[1])
		}
	})
}
