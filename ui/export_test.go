package ui

import (
	"time"

	"golang.org/x/time/rate"
)

// Limits is the table of attempts, for its test.
type Limits struct{ l *limits }

// NewLimits allows burst attempts a minute per key and keeps at most most keys.
func NewLimits(burst, most int) Limits {
	return Limits{newLimits(rate.Every(time.Minute/time.Duration(burst)), burst, most)}
}

// Take counts one attempt and returns how long to wait.
func (l Limits) Take(key string, now time.Time) time.Duration { return l.l.take(key, now) }

// Rows is how many keys are kept.
func (l Limits) Rows() int { return len(l.l.rows) }

// Block is the network that an address counts for.
func Block(address string) string { return block(address) }

// Initials are those on a face.
func Initials(name string) string { return initials(name) }

// SkyPath draws a sky and returns its lines and how many dots are lit.
func SkyPath(seed string) (path string, lit int) {
	s := newSky(seed, skyDots, skyWidth, skyHeight)
	for _, d := range s.Dots {
		if d.Class == "on" {
			lit++
		}
	}
	return s.Path, lit
}

// StatusOf is the status that a kind of error shows with.
func StatusOf(err error) int { return failureOf(err).status }

// MapPoint is one organization to draw.
type MapPoint struct {
	Name                    string
	Self, Guest, Away, Held bool
}

// Map is a drawing, for its test: boxes are left, top, right, bottom.
type Map struct {
	Width, Height int
	Upper         int
	Hub           [4]int
	Dots          [][4]int
	Labels        map[int][4]int // by number
	Texts         map[int]string
	Classes       []string
	Square        []bool
	Struck        []bool
	Lines         []string // classes of the lines
}

// DrawMap draws a network. A letter of a label is taken to be 9.2 units wide; most are 8.8.
func DrawMap(points []MapPoint) Map {
	in := make([]mapPoint, 0, len(points))
	for _, p := range points {
		in = append(in, mapPoint(p))
	}
	m := newNetworkMap(in)
	box := func(d mapDot) [4]int { return [4]int{d.X - d.R, d.Y - d.R, d.X + d.R, d.Y + d.R} }
	out := Map{Width: m.Width, Height: m.Height, Upper: m.Upper, Hub: box(m.Hub), Labels: map[int][4]int{}, Texts: map[int]string{}}
	for _, l := range m.Lines {
		out.Lines = append(out.Lines, l.Class)
	}
	for _, d := range m.Dots {
		out.Dots, out.Classes = append(out.Dots, box(d)), append(out.Classes, d.Class)
		out.Square, out.Struck = append(out.Square, d.Corner > 0), append(out.Struck, d.Struck != "")
		if d.Label == "" {
			continue
		}
		out.Texts[d.Number] = d.Label
		wide := 92 * len([]rune(d.Label)) / 10
		left := map[string]int{"start": d.LabelX, "end": d.LabelX - wide, "middle": d.LabelX - wide/2}[d.Anchor]
		out.Labels[d.Number] = [4]int{left, d.LabelY - 13, left + wide, d.LabelY + 4}
	}
	return out
}

// ParsePages parses every page and returns what is wrong with it, nil if nothing is.
func (s *Server) ParsePages() map[string]error {
	problems := map[string]error{}
	for name, parse := range s.pages {
		_, problems[name] = parse()
	}
	return problems
}
