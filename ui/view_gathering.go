package ui

import (
	"strconv"
	"time"

	"github.com/poweron-network/poweron/node"
)

// gatheringView is when and where people meet, in the gathering's own zone,
// which is always named: the reader's is not known to us.
type gatheringView struct {
	Start, End string // RFC 3339
	When       string
	Before     string // when it was meant to be, if it was moved
	Month, Day string
	Place      string
	Address    string
	Link       string
	Languages  string
	Status     string // in words; empty when it is simply on
	Cancelled  bool
	Past       bool
}

// zoneOf is the clock that a gathering is told by.
func (v *visit) zoneOf(g *node.Gathering) *time.Location {
	if loc, err := node.LoadZone(g.Zone); err == nil {
		return loc
	}
	return v.s.Zone
}

func (v *visit) gathering(i *node.Item) *gatheringView {
	g, zone := i.Gathering, v.zoneOf(i.Gathering)
	start := g.Start.In(zone)
	out := &gatheringView{
		Start: start.Format(time.RFC3339), When: v.s.words.Span(v.lang, start, g.End),
		Month: v.s.words.MonthShort(v.lang, start), Day: strconv.Itoa(start.Day()),
		Place: g.Place, Address: g.Address, Link: g.Link, Languages: v.languageNames(g.Languages),
		Cancelled: g.Status == node.Cancelled,
	}
	last := g.Start
	if !g.End.IsZero() {
		out.End, last = g.End.In(zone).Format(time.RFC3339), g.End
	}
	out.Past = last.Before(v.now)
	if !g.PreviousStart.IsZero() {
		out.Before = v.s.words.Moment(v.lang, g.PreviousStart.In(zone))
	}
	if g.Status != "" && g.Status != node.Scheduled {
		out.Status = v.t("status." + string(g.Status))
	}
	return out
}
