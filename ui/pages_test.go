package ui_test

import (
	"testing"

	"github.com/poweron-network/poweron/ui"
)

// TestEveryPageParses: pages are parsed when they are first opened, so a broken one is found here.
func TestEveryPageParses(t *testing.T) {
	s, err := ui.New(newWorld(t).options)
	if err != nil {
		t.Fatal(err)
	}
	problems := s.ParsePages()
	if len(problems) < 50 {
		t.Errorf("only %d pages", len(problems))
	}
	for name, err := range problems {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
