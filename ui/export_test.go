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
