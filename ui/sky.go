package ui

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
)

// sky is a drawing of dots joined nearest to nearest, one of them lit. The same
// seed gives the same sky.
type sky struct {
	Width, Height int
	Path          string
	Dots          []dot
}

type dot struct {
	X, Y, R int
	Class   string // "on" for ours, "dim", or empty
}

// newSky places n dots by seed.
func newSky(seed string, n, width, height int) sky {
	h := fnv.New64a()
	fmt.Fprint(h, seed)
	random := rand.New(rand.NewPCG(h.Sum64(), uint64(n)))
	s := sky{Width: width, Height: height}
	for range n {
		s.Dots = append(s.Dots, bestDot(s.Dots, random, width, height))
	}
	lit := 0
	for i, d := range s.Dots {
		if reach(d, dot{X: width / 2, Y: height / 2}) < reach(s.Dots[lit], dot{X: width / 2, Y: height / 2}) {
			lit = i
		}
	}
	s.Dots[lit].R, s.Dots[lit].Class = 13, "on"
	s.Path = tree(s.Dots)
	return s
}

// bestDot is the one of some random places that is farthest from all others.
func bestDot(others []dot, random *rand.Rand, width, height int) dot {
	var best dot
	far := -1.0
	for range 24 {
		d := dot{X: 20 + random.IntN(width-40), Y: 20 + random.IntN(height-40), R: 5 + random.IntN(4)}
		near := math.Inf(1)
		for _, o := range others {
			near = min(near, reach(d, o))
		}
		if near > far {
			best, far = d, near
		}
	}
	if random.IntN(3) == 0 {
		best.Class = "dim"
	}
	return best
}

// tree joins all dots by the shortest lines.
func tree(dots []dot) string {
	var path strings.Builder
	joined := map[int]bool{0: true}
	for len(joined) < len(dots) {
		from, to, short := -1, -1, math.Inf(1)
		for a := range joined {
			for b := range dots {
				d := reach(dots[a], dots[b])
				if !joined[b] && (d < short || d == short && (a < from || a == from && b < to)) {
					from, to, short = a, b, d
				}
			}
		}
		joined[to] = true
		fmt.Fprintf(&path, "M%d,%dL%d,%d", dots[from].X, dots[from].Y, dots[to].X, dots[to].Y)
	}
	return path.String()
}

func reach(a, b dot) float64 { return math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y)) }
