package gathering_test

import (
	"testing"
	"time"

	"github.com/poweron-network/poweron/node/gathering"
)

func TestCity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, en, es string }{
		{"America/New_York", "New York", "Nueva York"},
		{"America/Mexico_City", "Mexico City", "Ciudad de México"},
		{"Asia/Kolkata", "Kolkata", "Calcuta"},
		{"America/Argentina/Buenos_Aires", "Buenos Aires", "Buenos Aires"},
		{"America/Costa_Rica", "Costa Rica", "Costa Rica"},
		{"UTC", "UTC", "UTC"},
		{"", "", ""},
	} {
		if en, es := gathering.City("en", c.zone), gathering.City("es", c.zone); en != c.en || es != c.es {
			t.Errorf("%s: %q and %q, want %q and %q", c.zone, en, es, c.en, c.es)
		}
		if _, err := time.LoadLocation(c.zone); err != nil {
			t.Error(err)
		}
	}
	if got := gathering.City("fr", "Europe/London"); got != "London" {
		t.Errorf("another language reads %q", got)
	}
}
