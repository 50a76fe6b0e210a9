package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/ui"
)

func points(n int) []ui.MapPoint {
	out := make([]ui.MapPoint, 0, n)
	for i := range n {
		out = append(out, ui.MapPoint{Name: fmt.Sprintf("Organization with quite a long name %d", i+1)})
	}
	return out
}

// touch reports whether two boxes have more than an edge in common.
func touch(a, b [4]int) bool { return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3] }

// Nothing of a map lies on anything else, nor outside it, however many
// organizations there are; with many of them no names are shown.
func TestMapHasRoomForAll(t *testing.T) {
	counts := []int{150}
	for n := range 31 {
		counts = append(counts, n)
	}
	for _, n := range append(counts, 50, 99, 121) {
		m := ui.DrawMap(points(n))
		if len(m.Dots) != n {
			t.Fatalf("%d organizations give %d dots", n, len(m.Dots))
		}
		boxes, names := [][4]int{m.Hub}, []string{"the hub"}
		for i, d := range m.Dots {
			boxes, names = append(boxes, d), append(names, fmt.Sprintf("dot %d", i+1))
		}
		for number, l := range m.Labels {
			boxes, names = append(boxes, l), append(names, fmt.Sprintf("name %d %q", number, m.Texts[number]))
		}
		for i := range boxes {
			if b := boxes[i]; b[0] < 0 || b[1] < m.Upper || b[2] > m.Width || b[3] > m.Upper+m.Height {
				t.Errorf("of %d, %s lies outside: %v in %d × %d", n, names[i], b, m.Width, m.Height)
			}
			for j := range i {
				if touch(boxes[i], boxes[j]) {
					t.Errorf("of %d, %s lies on %s", n, names[i], names[j])
				}
			}
		}
		switch {
		case n <= 16 && len(m.Labels) != n:
			t.Errorf("of %d only %d have names", n, len(m.Labels))
		case n > 16 && len(m.Labels) != 0:
			t.Errorf("of %d, %d have names; want none", n, len(m.Labels))
		}
	}
}

// The part of a ring that a phone shows holds all dots: 535 of 900 units.
func TestMapFitsAPhone(t *testing.T) {
	for n := 1; n <= 16; n++ {
		for i, d := range ui.DrawMap(points(n)).Dots {
			if d[0] < 182 || d[2] > 718 {
				t.Errorf("dot %d of %d is cut off on a phone: %v", i+1, n, d)
			}
		}
	}
	if two, many := ui.DrawMap(points(2)), ui.DrawMap(points(12)); two.Height >= many.Height {
		t.Errorf("two organizations leave as much empty as twelve: %d", two.Height)
	}
	if m := ui.DrawMap(points(150)); m.Width > 600 {
		t.Errorf("a map of 150 is %d wide, too much for a phone", m.Width)
	}
}

// What an organization is and how it stands shows in shapes and lines.
func TestMapTellsStatesByShape(t *testing.T) {
	for _, more := range []int{0, 20} {
		m := ui.DrawMap(append([]ui.MapPoint{{Name: "Ours", Self: true}, {Name: "Guest", Guest: true}, {Name: "Away", Away: true}, {Name: "Held", Held: true}, {Name: "Plain"}}, points(more)...))
		if !slices.Equal(m.Square[:5], []bool{false, true, false, false, false}) || !slices.Equal(m.Struck[:5], []bool{false, false, false, true, false}) {
			t.Errorf("shapes: %v %v", m.Square, m.Struck)
		}
		if strings.Join(m.Classes[:5], ",") != "on,,away,," {
			t.Errorf("classes: %q", m.Classes)
		}
		if more == 0 && strings.Join(m.Lines, ",") != ",,q,q," {
			t.Errorf("lines: %q", m.Lines)
		}
	}
}

func TestMapShortensNames(t *testing.T) {
	m := ui.DrawMap([]ui.MapPoint{{Name: "Casa Semilla"}, {Name: "Stonebridge Community Hall of the North"}})
	if m.Texts[1] != "Casa Semilla" || !strings.HasSuffix(m.Texts[2], "…") || len([]rune(m.Texts[2])) > 22 {
		t.Errorf("names: %v", m.Texts)
	}
}
