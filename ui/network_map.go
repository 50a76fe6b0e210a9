package ui

import (
	"fmt"
	"math"
	"strings"

	"github.com/poweron-network/poweron/node"
)

// networkMap is a network as a drawing: the hub, and every organization as a
// numbered dot on a line to it. Shape and line tell the state, so that it can be
// told without colour; the table beside the drawing says the same in words.
type networkMap struct {
	Width, Height int
	Upper         int  // what of the height is cut off above: few organizations need less
	Rows          bool // too many for a ring: rows of dots, without names
	Hub           mapDot
	Lines         []mapLine
	Dots          []mapDot
}

type mapLine struct{ Path, Class string }

type mapDot struct {
	X, Y           int
	R              int
	Number         int    // as in the table; 0 is the hub
	NumberY        int    // baseline of the number
	Class          string // "on" ours, "away" not answering
	Corner         int    // half the side of a guest's square; 0 draws a circle
	Struck         string // the line through who is on hold
	Label          string // empty where there are too many
	LabelX, LabelY int
	Anchor         string
}

// Measures of the drawing, in units of its view box. A phone shows the middle
// 535 of a ring's width, without names (app.css).
const (
	ringMost    = 16 // more organizations than that do not fit around the hub with their names
	ringWidth   = 900
	ringHeight  = 456
	ringAcross  = 215 // half axes of the ring
	ringDown    = 165
	hubRadius   = 38
	dotRadius   = 21
	ringMargin  = 24 // above the highest and below the lowest of what is drawn
	labelRunes  = 22
	labelGap    = 28
	rowMost     = 10
	rowStep     = 52
	rowHeight   = 58
	rowsWidth   = 560
	rowsTop     = 134
	hubTop      = 48
	rowsMargin  = 34
	halfNumber  = 7 // from the middle of a number to its baseline
	struckReach = 15
)

// mapPoint is one organization to draw.
type mapPoint struct {
	Name                    string
	Self, Guest, Away, Held bool
}

// newNetworkMap draws the organizations of a network in the order of its table.
func newNetworkMap(points []mapPoint) networkMap {
	if len(points) > ringMost {
		return mapRows(points)
	}
	m := networkMap{Width: ringWidth, Height: ringHeight, Hub: mapDot{X: ringWidth / 2, Y: ringHeight / 2, R: hubRadius, NumberY: ringHeight/2 + halfNumber}}
	for i, p := range points {
		angle := 2 * math.Pi * (float64(i) + .5) / float64(len(points))
		right, up := math.Sin(angle), math.Cos(angle)
		d := newMapDot(p, i+1, m.Hub.X+round(ringAcross*right), m.Hub.Y-round(ringDown*up))
		d.Label = shorten(p.Name, labelRunes)
		d.LabelX, d.LabelY, d.Anchor = d.X+labelGap, d.Y+6-round(14*up), "start"
		if right < -.01 {
			d.LabelX, d.Anchor = d.X-labelGap, "end"
		} else if right < .01 { // straight above or below
			d.LabelX, d.LabelY, d.Anchor = d.X, d.Y+6-round(36*up), "middle"
		}
		line := mapLine{Path: fmt.Sprintf("M%d,%dL%d,%d", m.Hub.X, m.Hub.Y, d.X, d.Y)}
		if p.Away || p.Held {
			line.Class = "q"
		}
		m.Lines, m.Dots = append(m.Lines, line), append(m.Dots, d)
	}
	m.crop()
	return m
}

// crop leaves out what is empty above and below a ring.
func (m *networkMap) crop() {
	high, low := m.Hub.Y-m.Hub.R, m.Hub.Y+m.Hub.R
	for _, d := range m.Dots {
		high, low = min(high, d.Y-d.R, d.LabelY-dotRadius), max(low, d.Y+d.R, d.LabelY)
	}
	m.Upper = max(0, high-ringMargin)
	m.Height = min(m.Height, low+ringMargin) - m.Upper
}

// mapRows draws many: a line down from the hub and rows of dots across it.
func mapRows(points []mapPoint) networkMap {
	middle := rowsWidth / 2
	rows := (len(points) + rowMost - 1) / rowMost
	last := rowsTop + (rows-1)*rowHeight
	m := networkMap{Rows: true, Width: rowsWidth, Height: last + rowsMargin, Hub: mapDot{X: middle, Y: hubTop, R: hubRadius, NumberY: hubTop + halfNumber}}
	m.Lines = append(m.Lines, mapLine{Path: fmt.Sprintf("M%d,%dV%d", middle, hubTop, last)})
	for row := range rows {
		some := points[row*rowMost : min(len(points), (row+1)*rowMost)]
		y, first := rowsTop+row*rowHeight, middle-(len(some)-1)*rowStep/2
		if len(some) > 1 {
			m.Lines = append(m.Lines, mapLine{Path: fmt.Sprintf("M%d,%dH%d", first, y, first+(len(some)-1)*rowStep)})
		}
		for i, p := range some {
			m.Dots = append(m.Dots, newMapDot(p, row*rowMost+i+1, first+i*rowStep, y))
		}
	}
	return m
}

func newMapDot(p mapPoint, number, x, y int) mapDot {
	d := mapDot{X: x, Y: y, R: dotRadius, Number: number, NumberY: y + halfNumber}
	var classes []string
	if p.Self {
		classes = append(classes, "on")
	}
	if p.Away {
		classes = append(classes, "away")
	}
	d.Class = strings.Join(classes, " ")
	if p.Guest {
		d.Corner = dotRadius - 2
	}
	if p.Held {
		d.Struck = fmt.Sprintf("M%d,%dL%d,%d", x-struckReach, y+struckReach, x+struckReach, y-struckReach)
	}
	return d
}

// Left, Top and Side are the square of a guest.
func (d mapDot) Left() int { return d.X - d.Corner }

// Top is the upper edge of a guest's square.
func (d mapDot) Top() int { return d.Y - d.Corner }

// Side is the length of a guest's square.
func (d mapDot) Side() int { return 2 * d.Corner }

func round(f float64) int { return int(math.Round(f)) }

// shorten cuts a name that has no room.
func shorten(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return strings.TrimRight(string(runes[:most-1]), " ") + "…"
}

// mapOf draws the members that are on the roster now.
func mapOf(members []memberView) networkMap {
	points := make([]mapPoint, 0, len(members))
	for _, m := range members {
		points = append(points, mapPoint{Name: m.Name, Self: m.Self, Guest: m.Guest, Away: m.Away, Held: m.Status == node.MemberSuspended})
	}
	return newNetworkMap(points)
}
