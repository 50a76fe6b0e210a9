// Package config is the node's settings: one table says for each its name, its
// form, its default, whether it is a secret and what it does. A setting comes
// from a flag, else from the environment, else from the settings file, else it
// has its default. It knows no command line: who parses flags hands them over.
package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/poweron-network/poweron/node"
)

// Prefix begins the name of every setting in the environment and in the file.
const Prefix = "POWERON_"

// fileSuffix names the variable that holds the path of a file with a secret.
const fileSuffix = "_FILE"

// Settings are the effective values.
type Settings struct {
	Config         string // path of the settings file; empty if there is none
	Data           string
	Origin         string // empty means: the one that init stored
	Listen         string
	AllowNets      []netip.Prefix
	TrustedProxies []netip.Prefix
	SMTPURL        string // empty if no mail is sent
	MailFrom       string
	LogLevel       slog.Level
	LogJSON        bool
	InboxRate      int // activities per 5 minutes and signing server; 0 means no limit
	DateWindow     time.Duration

	// Unknown lists variables of the environment that look like a setting but are none: mostly slips of the pen.
	Unknown []string
	values  []Value
}

// Value is one effective setting as it may be shown: a secret is hidden.
type Value struct {
	Name  string // POWERON_LISTEN
	Value string
	From  Place
}

// Place is where a value comes from.
type Place string

// The places, strongest first.
const (
	Flag        Place = "flag"
	Environment Place = "environment"
	File        Place = "file"
	Default     Place = "default"
)

// Hidden stands for a secret that is set.
const Hidden = "(hidden)"

// Source is where settings are read from.
type Source struct {
	Flags   map[string]string // by flag name, without hyphens in front; only those that were given
	Environ []string          // as os.Environ gives it; an empty value counts as not set
}

// Load reads and checks all settings. Every error that it returns is an *Error.
func Load(src Source) (*Settings, error) {
	env := map[string]string{}
	for _, line := range src.Environ {
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, Prefix) && value != "" {
			env[name] = value
		}
	}
	s := &Settings{}
	// The file comes first: it says what the others are when nobody else does.
	path, _ := choose(options[0], src.Flags, env, nil)
	file, err := readFile(path)
	if err != nil {
		return nil, err
	}
	for _, o := range options {
		value, from := choose(o, src.Flags, env, file)
		if o.Secret {
			if value, from, err = secret(o, value, from, env, file); err != nil {
				return nil, err
			}
		}
		if value != "" {
			if err := o.set(s, value); err != nil {
				return nil, wrong(o, value, from, err)
			}
		}
		shown := value
		if o.Secret && value != "" {
			shown = Hidden
		}
		s.values = append(s.values, Value{Name: o.Env(), Value: shown, From: from})
	}
	for name := range env {
		if !known(name) {
			s.Unknown = append(s.Unknown, name)
		}
	}
	slices.Sort(s.Unknown)
	return s, nil
}

// Effective lists all settings with their values, in the order of the table, secrets hidden.
func (s *Settings) Effective() []Value { return slices.Clone(s.values) }

// choose returns the strongest value of o and where it is from.
func choose(o Option, flags, env, file map[string]string) (string, Place) {
	if v, ok := flags[o.Flag()]; ok && o.Flag() != "" {
		return v, Flag
	}
	if v, ok := env[o.Env()]; ok {
		return v, Environment
	}
	if v, ok := file[o.Env()]; ok {
		return v, File
	}
	return o.Default, Default
}

// secret reads a secret out of the file that its _FILE form names. Both forms
// in one place are refused: nobody could tell which one is meant.
func secret(o Option, value string, from Place, env, file map[string]string) (string, Place, error) {
	for _, place := range []struct {
		from Place
		set  map[string]string
	}{{Environment, env}, {File, file}} {
		path, ok := place.set[o.Env()+fileSuffix]
		if !ok {
			continue
		}
		if from == place.from {
			return "", "", sentence(nil, "%[1]s and %[1]s_FILE are both set: keep one of them.", "%[1]s y %[1]s_FILE están los dos: deja solo uno.", o.Env())
		}
		if from == Environment && place.from == File {
			return value, from, nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return "", "", sentence(err, "The file %[2]s that %[1]s_FILE names cannot be read: check its path and its rights.",
				"No se puede leer el archivo %[2]s que indica %[1]s_FILE: revisa la ruta y los permisos.", o.Env(), path)
		}
		return strings.TrimRight(string(raw), "\r\n"), place.from, nil
	}
	return value, from, nil
}

// readFile reads a settings file: one NAME=VALUE a line, # begins a comment line.
func readFile(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, sentence(err, "The settings file %s cannot be read: check its path and its rights.", "No se puede leer el archivo de ajustes %s: revisa la ruta y los permisos.", path)
	}
	return parseFile(path, string(raw))
}

func parseFile(path, text string) (map[string]string, error) {
	values := map[string]string{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		_, twice := values[name]
		switch {
		case !ok:
			return nil, sentence(nil, "Line %[2]d of %[1]s is not NAME=VALUE: correct it, or put # before it.", "La línea %[2]d de %[1]s no es NOMBRE=VALOR: corrígela o pon # delante.", path, n)
		case !known(name) || name == options[0].Env():
			return nil, sentence(nil, "Line %[2]d of %[1]s sets %[3]s, which is not a setting: check the spelling.", "La línea %[2]d de %[1]s pone %[3]s, que no es un ajuste: revisa cómo se escribe.", path, n, name)
		case twice:
			return nil, sentence(nil, "Line %[2]d of %[1]s sets %[3]s a second time: keep one of the two.", "La línea %[2]d de %[1]s pone %[3]s por segunda vez: deja solo una.", path, n, name)
		}
		if value != "" {
			values[name] = value
		}
	}
	return values, nil
}

// known reports whether name is a setting, or the _FILE form of a secret.
func known(name string) bool {
	return slices.ContainsFunc(options, func(o Option) bool {
		return name == o.Env() || o.Secret && name == o.Env()+fileSuffix
	})
}

// Error is a setting that cannot stand, in one sentence that names the cure.
type Error struct {
	Say node.Text // by language
	Err error     // may be nil
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Say["en"] + " " + e.Err.Error()
	}
	return e.Say["en"]
}

// Unwrap returns what was behind it.
func (e *Error) Unwrap() error { return e.Err }

func sentence(err error, english, spanish string, args ...any) error {
	return &Error{Say: node.Text{"en": fmt.Sprintf(english, args...), "es": fmt.Sprintf(spanish, args...)}, Err: err}
}

// wrong says what a setting has to look like. A secret's value is not repeated.
func wrong(o Option, value string, from Place, err error) error {
	if o.Refused != nil {
		return &Error{Say: o.Refused}
	}
	name := o.Env()
	if from == Flag {
		name = "--" + o.Flag()
	}
	if o.Secret { // neither the value nor err, which may repeat it
		return &Error{Say: node.Text{
			"en": fmt.Sprintf("The value of %s does not fit: it has to be %s.", name, o.Form["en"]),
			"es": fmt.Sprintf("El valor de %s no sirve: tiene que ser %s.", name, o.Form["es"]),
		}}
	}
	return &Error{Err: err, Say: node.Text{
		"en": fmt.Sprintf("%s is “%s”: it has to be %s.", name, value, o.Form["en"]),
		"es": fmt.Sprintf("%s es «%s»: tiene que ser %s.", name, value, o.Form["es"]),
	}}
}
