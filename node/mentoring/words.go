package mentoring

import "strings"

// Reasons are the keys of the kind words with which a mentor says no.
var Reasons = []string{"time", "topic", "away", "soon"}

// Keys of what the node says for a mentor.
const (
	saysPaused    = "paused"
	saysEnded     = "ended"
	saysWithdrawn = "withdrawn"
	saysMany      = "many"
	saysReleased  = "released"
)

// sentences by language. They travel as text, in the language of who asked;
// others read English.
var sentences = map[string]map[string]string{
	"en": {
		"time":        "Thank you for asking. I do not have the time that this deserves right now. I hope you find somebody soon.",
		"topic":       "Thank you for asking. This is not quite what I know best, and you deserve somebody who does. Please ask another mentor.",
		"away":        "Thank you for asking. I am away for a while. Please ask another mentor, or ask me again in a month or two.",
		"soon":        "Thank you for asking. I cannot begin now, but I would be glad if you asked me again in a few weeks.",
		saysPaused:    "This mentor takes no requests at the moment. Please look for another mentor, or ask again later.",
		saysEnded:     "This offer has ended. Please look for another mentor.",
		saysWithdrawn: "This mentor does not offer this any more. Please look for another mentor.",
		saysMany:      "You have asked five mentors already. Close one of those requests, then ask again.",
		saysReleased:  "There was no answer within two weeks, so you are free to ask another mentor.",
	},
	"es": {
		"time":        "Gracias por escribirme. Ahora mismo no tengo el tiempo que esto merece. Ojalá encuentres pronto a alguien.",
		"topic":       "Gracias por escribirme. Esto no es lo que mejor conozco y mereces a alguien que sí. Pregunta a otra persona, por favor.",
		"away":        "Gracias por escribirme. Voy a estar fuera una temporada. Pregunta a otra persona, o vuelve a escribirme en un mes o dos.",
		"soon":        "Gracias por escribirme. Ahora no puedo empezar, pero me alegraría que me lo pidieras de nuevo en unas semanas.",
		saysPaused:    "Esta persona no recibe peticiones por ahora. Busca otra mentoría o vuelve a preguntar más tarde.",
		saysEnded:     "Esta oferta ha terminado. Busca otra mentoría, por favor.",
		saysWithdrawn: "Esta persona ya no ofrece esto. Busca otra mentoría, por favor.",
		saysMany:      "Ya has preguntado a cinco personas. Cierra una de esas peticiones y vuelve a preguntar.",
		saysReleased:  "No hubo respuesta en dos semanas, así que puedes preguntar a otra persona.",
	},
}

// sentence is what key says in lang; a text that is no key says itself.
func sentence(key, lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	said, ok := sentences[base]
	if !ok {
		said = sentences["en"]
	}
	if words, ok := said[key]; ok {
		return words
	}
	return key
}
