package vocab

import (
	"strconv"
	"strings"
	"time"

	"github.com/poweron-network/poweron/node"
)

// words are the few sentences inside documents that we write ourselves, because
// servers that know nothing of gatherings and skills show only text. They are
// in the language of the author, or in English; pages have their own words.
type words struct {
	weekdays [7]string // from Sunday
	months   [12]string
	and      string // between place and link
	online   string
	was      string
	prefixes map[node.Status]string

	skills, canMentor, learning, worksAt, languages, role string
	email, pronouns                                       string
	website, place                                        string
	contact, conduct, test                                string
	serverOf                                              string
}

var english = words{
	weekdays: [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	months:   [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	and:      "and", online: "online", was: "was",
	prefixes: map[node.Status]string{
		node.Tentative: "Not certain yet: ", node.MovedOnline: "Moved online: ", node.Postponed: "Postponed: ",
		node.Rescheduled: "New date: ", node.Cancelled: "Cancelled: ",
	},
	skills: "Skills", canMentor: "Can mentor in", learning: "Learning", worksAt: "Works at", languages: "Languages", role: "Role",
	email: "E-mail", pronouns: "Pronouns",
	website: "Website", place: "Place", contact: "Contact", conduct: "Code of conduct", test: "This is a test of the network ", serverOf: "The server of ",
}

var spanish = words{
	weekdays: [7]string{"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
	months:   [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"},
	and:      "y", online: "en línea", was: "antes",
	prefixes: map[node.Status]string{
		node.Tentative: "Por confirmar: ", node.MovedOnline: "Pasa a ser en línea: ", node.Postponed: "Aplazado: ",
		node.Rescheduled: "Nueva fecha: ", node.Cancelled: "Cancelado: ",
	},
	skills: "Habilidades", canMentor: "Puede acompañar en", learning: "Aprendiendo", worksAt: "Trabaja en", languages: "Idiomas", role: "Función",
	email: "Correo", pronouns: "Pronombres",
	website: "Sitio web", place: "Lugar", contact: "Contacto", conduct: "Código de conducta", test: "Esto es una prueba de la red ", serverOf: "El servidor de ",
}

// wordsIn returns the words in lang, or in English.
func wordsIn(lang string) *words {
	if base, _, _ := strings.Cut(lang, "-"); base == "es" {
		return &spanish
	}
	return &english
}

// day is "Sat 12 Dec 2026".
func (w *words) day(t time.Time) string {
	return w.weekdays[t.Weekday()] + " " + strconv.Itoa(t.Day()) + " " + w.months[t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// moment is "Sat 12 Dec 2026, 10:00".
func (w *words) moment(t time.Time) string { return w.day(t) + ", " + t.Format("15:04") }

// span is a moment with its end: "Sat 12 Dec 2026, 10:00–17:00".
func (w *words) span(start, end time.Time) string {
	switch {
	case end.IsZero():
		return w.moment(start)
	case start.Year() == end.Year() && start.YearDay() == end.YearDay():
		return w.moment(start) + "–" + end.Format("15:04")
	}
	return w.moment(start) + " – " + w.moment(end)
}
