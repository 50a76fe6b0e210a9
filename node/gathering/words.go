package gathering

import (
	"fmt"
	"strings"
	"time"

	"github.com/poweron-network/poweron/node"
)

// sentences of a change note, by language. Others read English.
var sentences = map[string]struct {
	cancelled, moved, place, online, postponed, tentative, back string
	layout                                                      string
}{
	"en": {
		cancelled: "Cancelled: “%s”, planned for %s, will not take place.",
		moved:     "New time for “%s”: %s. It was %s.",
		place:     "New place for “%s”: %s.",
		online:    "“%s” moves online: %s",
		postponed: "Postponed: “%s”, planned for %s. We will tell you the new date.",
		tentative: "“%s” on %s is not certain yet.",
		back:      "“%s” will take place after all: %s.",
		layout:    "Mon 2 Jan 2006, 15:04",
	},
	"es": {
		cancelled: "Cancelado: «%s», previsto para el %s, no se hará.",
		moved:     "Nueva hora de «%s»: %s. Antes era %s.",
		place:     "Nuevo lugar de «%s»: %s.",
		online:    "«%s» pasa a ser en línea: %s",
		postponed: "Aplazado: «%s», previsto para el %s. Avisaremos de la nueva fecha.",
		tentative: "«%s» del %s todavía no es seguro.",
		back:      "«%s» sí se hará: %s.",
		layout:    "2/1/2006, 15:04",
	},
}

// changeWords says what people must know of a change; "" if nothing.
func changeWords(i *node.Item, before node.Gathering) string {
	w, ok := sentences[i.Lang]
	if !ok {
		w = sentences["en"]
	}
	g, name := i.Gathering, i.Title.In(i.Lang, "en")
	when := func(t time.Time) string {
		if zone, err := node.LoadZone(g.Zone); err == nil {
			t = t.In(zone)
		}
		return t.Format(w.layout) + " (" + g.Zone + ")"
	}
	var said []string
	if g.Status != before.Status {
		switch g.Status {
		case node.Cancelled:
			return fmt.Sprintf(w.cancelled, name, when(before.Start))
		case node.Postponed:
			return fmt.Sprintf(w.postponed, name, when(before.Start))
		case node.Tentative:
			said = append(said, fmt.Sprintf(w.tentative, name, when(g.Start)))
		case node.MovedOnline:
			said = append(said, fmt.Sprintf(w.online, name, g.Link))
		case node.Scheduled, node.Rescheduled:
			if before.Status == node.Cancelled || before.Status == node.Postponed {
				said = append(said, fmt.Sprintf(w.back, name, when(g.Start)))
			}
		}
	}
	if !g.Start.Equal(before.Start) || !g.End.Equal(before.End) {
		said = append(said, fmt.Sprintf(w.moved, name, when(g.Start), when(before.Start)))
	}
	if g.Place != before.Place || g.Address != before.Address {
		said = append(said, fmt.Sprintf(w.place, name, strings.Trim(g.Place+", "+g.Address, ", ")))
	}
	return strings.Join(said, " ")
}
