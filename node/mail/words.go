package mail

import "strings"

// letters are the words of the mail, by language. Others read English.
var letters = map[string]struct{ subject, body string }{
	"en": {
		"Sign in to {host}",
		`Hello {name},

open this link and press the button to sign in to {host}:

{link}

It works once, within 20 minutes. If you did not ask for it, ignore this mail: nobody gets in without the link.
`,
	},
	"es": {
		"Entrar en {host}",
		`Hola, {name}:

abre este enlace y pulsa el botón para entrar en {host}:

{link}

Sirve una sola vez, durante 20 minutos. Si no lo pediste, no hagas caso de este correo: nadie entra sin el enlace.
`,
	},
}

// words returns subject and body in lang.
func words(lang, name, host, link string) (subject, body string) {
	base, _, _ := strings.Cut(lang, "-")
	l, ok := letters[base]
	if !ok {
		l = letters["en"]
	}
	fill := strings.NewReplacer("{name}", name, "{host}", host, "{link}", link)
	return fill.Replace(l.subject), fill.Replace(l.body)
}
