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
	zone                                                        string
}{
	"en": {
		cancelled: "Cancelled: “%s”, planned for %s, will not take place.",
		moved:     "New time for “%s”: %s. It was %s.",
		place:     "New place for “%s”: %s.",
		online:    "“%s” moves online: %s",
		postponed: "Postponed: “%s”, planned for %s. We will tell you the new date.",
		tentative: "“%s” on %s is not certain yet.",
		back:      "“%s” will take place after all: %s.",
		zone:      "%s time",
	},
	"es": {
		cancelled: "Cancelado: «%s», previsto para el %s, no se hará.",
		moved:     "Nueva hora de «%s»: %s. Antes era %s.",
		place:     "Nuevo lugar de «%s»: %s.",
		online:    "«%s» pasa a ser en línea: %s",
		postponed: "Aplazado: «%s», previsto para el %s. Avisaremos de la nueva fecha.",
		tentative: "«%s» del %s todavía no es seguro.",
		back:      "«%s» sí se hará: %s.",
		zone:      "hora de %s",
	},
}

// months in Spanish; time.Format knows English ones only.
var months = [...]string{
	"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
}

// cities are the places in the names of zones that are written in another way,
// in English and in Spanish.
var cities = map[string]struct{ en, es string }{
	"Africa/Algiers":         {"Algiers", "Argel"},
	"Africa/Cairo":           {"Cairo", "El Cairo"},
	"Africa/Johannesburg":    {"Johannesburg", "Johannesburgo"},
	"Africa/Tunis":           {"Tunis", "Túnez"},
	"America/Asuncion":       {"Asunción", "Asunción"},
	"America/Bogota":         {"Bogotá", "Bogotá"},
	"America/Cancun":         {"Cancún", "Cancún"},
	"America/Havana":         {"Havana", "La Habana"},
	"America/Los_Angeles":    {"Los Angeles", "Los Ángeles"},
	"America/Merida":         {"Mérida", "Mérida"},
	"America/Mexico_City":    {"Mexico City", "Ciudad de México"},
	"America/New_York":       {"New York", "Nueva York"},
	"America/Panama":         {"Panama", "Panamá"},
	"America/Port-au-Prince": {"Port-au-Prince", "Puerto Príncipe"},
	"America/Port_of_Spain":  {"Port of Spain", "Puerto España"},
	"America/Sao_Paulo":      {"São Paulo", "São Paulo"},
	"America/St_Johns":       {"St. John’s", "San Juan de Terranova"},
	"Asia/Ho_Chi_Minh":       {"Ho Chi Minh City", "Ciudad Ho Chi Minh"},
	"Asia/Jerusalem":         {"Jerusalem", "Jerusalén"},
	"Asia/Kolkata":           {"Kolkata", "Calcuta"},
	"Asia/Saigon":            {"Ho Chi Minh City", "Ciudad Ho Chi Minh"},
	"Asia/Seoul":             {"Seoul", "Seúl"},
	"Asia/Shanghai":          {"Shanghai", "Shanghái"},
	"Asia/Singapore":         {"Singapore", "Singapur"},
	"Asia/Tokyo":             {"Tokyo", "Tokio"},
	"Atlantic/Azores":        {"Azores", "las Azores"},
	"Atlantic/Canary":        {"Canary Islands", "Canarias"},
	"Australia/Sydney":       {"Sydney", "Sídney"},
	"Europe/Amsterdam":       {"Amsterdam", "Ámsterdam"},
	"Europe/Athens":          {"Athens", "Atenas"},
	"Europe/Berlin":          {"Berlin", "Berlín"},
	"Europe/Brussels":        {"Brussels", "Bruselas"},
	"Europe/Copenhagen":      {"Copenhagen", "Copenhague"},
	"Europe/Dublin":          {"Dublin", "Dublín"},
	"Europe/Istanbul":        {"Istanbul", "Estambul"},
	"Europe/Kiev":            {"Kyiv", "Kiev"},
	"Europe/Kyiv":            {"Kyiv", "Kiev"},
	"Europe/Lisbon":          {"Lisbon", "Lisboa"},
	"Europe/London":          {"London", "Londres"},
	"Europe/Moscow":          {"Moscow", "Moscú"},
	"Europe/Paris":           {"Paris", "París"},
	"Europe/Prague":          {"Prague", "Praga"},
	"Europe/Rome":            {"Rome", "Roma"},
	"Europe/Stockholm":       {"Stockholm", "Estocolmo"},
	"Europe/Vienna":          {"Vienna", "Viena"},
	"Europe/Warsaw":          {"Warsaw", "Varsovia"},
	"Europe/Zurich":          {"Zurich", "Zúrich"},
	"Pacific/Easter":         {"Easter Island", "la Isla de Pascua"},
	"Pacific/Honolulu":       {"Honolulu", "Honolulú"},
}

// City is the place in the name of an IANA zone, as people write it: "New York"
// or "Nueva York" of "America/New_York".
func City(lang, zone string) string {
	if c, ok := cities[zone]; ok {
		if lang == "es" {
			return c.es
		}
		return c.en
	}
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

// clock is how a change note names a zone: "New York time".
func clock(lang, zone string) string {
	w, ok := sentences[lang]
	if !ok {
		w = sentences["en"]
	}
	if !strings.Contains(zone, "/") || strings.HasPrefix(zone, "Etc/") { // UTC is the clock of no city
		return zone
	}
	return fmt.Sprintf(w.zone, City(lang, zone))
}

// date writes a day and its time: "Sat 12 Dec 2026, 11:00".
func date(lang string, t time.Time) string {
	if lang == "es" {
		return fmt.Sprintf("%d de %s de %s", t.Day(), months[t.Month()-1], t.Format("2006, 15:04"))
	}
	return t.Format("Mon 2 Jan 2006, 15:04")
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
		return date(i.Lang, t) + " (" + clock(i.Lang, g.Zone) + ")"
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
