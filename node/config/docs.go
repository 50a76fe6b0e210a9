package config

import (
	"fmt"
	"strings"
)

// headings of the generated page, by language.
var headings = map[string]struct{ title, intro, name, form, none, help, secret string }{
	"en": {
		"Settings",
		"A setting comes from its flag, else from the environment, else from the file that `POWERON_CONFIG` or `--config` names, else it has its default.\n" +
			"A secret has no flag; its variable with `_FILE` behind it names a file that holds it. `poweron doctor` shows the values in effect, secrets hidden.\n" +
			"This page is made from the table in `node/config`; `go test ./node/config -update` writes it.",
		"Variable and flag", "Value (default)", "none", "What it does", "secret",
	},
	"es": {
		"Ajustes",
		"Un ajuste viene de su opción, si no del entorno, si no del archivo que indican `POWERON_CONFIG` o `--config`, y si no tiene su valor por defecto.\n" +
			"Un secreto no tiene opción; su variable con `_FILE` detrás indica un archivo que lo contiene. `poweron doctor` muestra los valores vigentes sin los secretos.",
		"Variable y opción", "Valor (por defecto)", "ninguno", "Qué hace", "secreto",
	},
}

// Markdown writes the page of all settings, in English and in Spanish.
func Markdown() string {
	var b strings.Builder
	for _, lang := range []string{"en", "es"} {
		h := headings[lang]
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "# %s\n\n%s\n\n| %s | %s | %s |\n|---|---|---|\n", h.title, h.intro, h.name, h.form, h.help)
		for _, o := range options {
			name := "`" + o.Env() + "`"
			if o.Secret {
				name += " (" + h.secret + ")"
			} else {
				name += " `--" + o.Flag() + "`"
			}
			standard := h.none
			if o.Default != "" {
				standard = "`" + o.Default + "`"
			}
			fmt.Fprintf(&b, "| %s | %s (%s) | %s |\n", name, o.Form[lang], standard, o.Help[lang])
		}
	}
	return b.String()
}
