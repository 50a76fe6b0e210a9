package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/poweron-network/poweron/node"
)

// Option is one row of the table.
type Option struct {
	Name    string // LISTEN
	Default string
	Secret  bool
	Form    node.Text // what a value has to be: ends the sentence "it has to be"
	Help    node.Text // what it does
	Refused node.Text // said instead of Form when no value is accepted
	// set checks value and takes it over.
	set func(s *Settings, value string) error
}

// Env is the name in the environment and in the settings file.
func (o Option) Env() string { return Prefix + o.Name }

// Flag is the name on the command line, without hyphens in front. A secret has
// none: everyone on a machine can read the command lines of its programs.
func (o Option) Flag() string {
	if o.Secret {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(o.Name), "_", "-")
}

// Options lists all settings in the order in which people read them. The file comes first.
func Options() []Option { return slices.Clone(options) }

var errForm = errors.New("other form")

// options is the table.
var options = []Option{
	{
		Name: "CONFIG",
		Form: node.Text{"en": "the path of a file", "es": "la ruta de un archivo"},
		Help: node.Text{
			"en": "File with settings, one NAME=VALUE a line; lines that begin with # are comments. Flags and environment go before it.",
			"es": "Archivo con ajustes, un NOMBRE=VALOR por línea; las líneas que empiezan con # son comentarios. Las opciones y el entorno van antes.",
		},
		set: func(s *Settings, v string) error { s.Config = v; return nil },
	}, {
		Name: "DATA", Default: "data",
		Form: node.Text{"en": "the path of a folder", "es": "la ruta de una carpeta"},
		Help: node.Text{
			"en": "Folder of the node's database and key. Only the account that runs the node should reach it.",
			"es": "Carpeta de la base de datos y la clave del servidor. Solo la cuenta que lo ejecuta debería entrar en ella.",
		},
		set: func(s *Settings, v string) error { s.Data = v; return nil },
	}, {
		Name: "ORIGIN",
		Form: node.Text{"en": "an address without a path, such as https://node.example.org", "es": "una dirección sin ruta, como https://node.example.org"},
		Help: node.Text{
			"en": "Public address of the node. init stores it for good; another one later is refused.",
			"es": "Dirección pública del servidor. init la guarda para siempre; después no se acepta otra.",
		},
		set: setOrigin,
	}, {
		Name: "LISTEN", Default: "127.0.0.1:8080",
		Form: node.Text{"en": "an address and a port, such as 127.0.0.1:8080", "es": "una dirección y un puerto, como 127.0.0.1:8080"},
		Help: node.Text{
			"en": "Where serve takes connections. Put a web server with https in front of it.",
			"es": "Donde serve recibe conexiones. Pon delante un servidor web con https.",
		},
		set: setListen,
	}, {
		Name: "DATABASE",
		Form: node.Text{"en": "empty", "es": "vacío"},
		Help: node.Text{
			"en": "Not used in this release: the data is in an SQLite file of the data folder. PostgreSQL comes later.",
			"es": "No se usa en esta versión: los datos están en un archivo SQLite de la carpeta de datos. PostgreSQL vendrá después.",
		},
		Refused: node.Text{
			"en": "This release does not support PostgreSQL: remove POWERON_DATABASE, and the data is kept in the data folder.",
			"es": "Esta versión no admite PostgreSQL: quita POWERON_DATABASE y los datos se guardan en la carpeta de datos.",
		},
		set: func(*Settings, string) error { return errForm },
	}, {
		Name: "ALLOW_NETS",
		Form: node.Text{"en": "address ranges with commas between them, such as 127.77.0.0/16", "es": "rangos de direcciones separados por comas, como 127.77.0.0/16"},
		Help: node.Text{
			"en": "For tests only: private address ranges that the node may reach, where http, any port and bare addresses are allowed. serve refuses a public https origin while it is set.",
			"es": "Solo para pruebas: rangos privados a los que el servidor puede llegar, donde se permiten http, cualquier puerto y direcciones sin nombre. serve no acepta un origen https público mientras esté puesto.",
		},
		set: func(s *Settings, v string) (err error) { s.AllowNets, err = ranges(v); return err },
	}, {
		Name: "TRUSTED_PROXIES",
		Form: node.Text{"en": "addresses or address ranges with commas between them, such as 127.0.0.1,10.0.0.0/8", "es": "direcciones o rangos separados por comas, como 127.0.0.1,10.0.0.0/8"},
		Help: node.Text{
			"en": "Web servers in front of the node. X-Forwarded-For is believed only when one of them sends it.",
			"es": "Servidores web que están delante. X-Forwarded-For solo se cree cuando lo envía uno de ellos.",
		},
		set: func(s *Settings, v string) (err error) { s.TrustedProxies, err = ranges(v); return err },
	}, {
		Name: "SMTP_URL", Secret: true,
		Form: node.Text{"en": "an address such as smtp://user:password@mail.example.org:587, or one with smtps", "es": "una dirección como smtp://usuario:clave@correo.example.org:587, o una con smtps"},
		Help: node.Text{
			"en": "Mail server for sign-in links. Without it, links are printed by person link and handed over by an admin.",
			"es": "Servidor de correo para los enlaces de acceso. Sin él, person link los imprime y los entrega una persona administradora.",
		},
		set: setSMTP,
	}, {
		Name: "MAIL_FROM",
		Form: node.Text{"en": "a mail address, such as poweron@example.org", "es": "una dirección de correo, como poweron@example.org"},
		Help: node.Text{
			"en": "Sender of mails. Empty means poweron@ and the host of the origin.",
			"es": "Remitente de los correos. Vacío significa poweron@ y el servidor del origen.",
		},
		set: setMailFrom,
	}, {
		Name: "LOG", Default: "info",
		Form: node.Text{"en": "debug, info, warn or error, with “,json” behind it for machines", "es": "debug, info, warn o error, con «,json» detrás para máquinas"},
		Help: node.Text{
			"en": "How much serve writes to its log, and in which form. Names, mail addresses and texts are never in it.",
			"es": "Cuánto escribe serve en su registro y en qué forma. Nunca contiene nombres, direcciones de correo ni textos.",
		},
		set: setLog,
	}, {
		Name: "INBOX_RATE", Default: "300",
		Form: node.Text{"en": "a whole number from 0 to 1000000", "es": "un número entero de 0 a 1000000"},
		Help: node.Text{
			"en": "Activities that one signing server may send in 5 minutes. 0 means no limit.",
			"es": "Actividades que un servidor firmante puede enviar en 5 minutos. 0 significa sin límite.",
		},
		set: setInboxRate,
	}, {
		Name: "DATE_WINDOW", Default: "1h",
		Form: node.Text{"en": "a time from 1h to 12h", "es": "un tiempo de 1h a 12h"},
		Help: node.Text{
			"en": "How old the date of a signed request may be. Longer helps against servers with slow clocks and queues.",
			"es": "Qué antigüedad puede tener la fecha de una petición firmada. Un tiempo más largo ayuda con servidores de reloj o cola lentos.",
		},
		set: setDateWindow,
	},
}

func setOrigin(s *Settings, v string) error {
	o, err := node.ParseOrigin(v)
	s.Origin = string(o)
	return err
}

func setListen(s *Settings, v string) error {
	host, port, err := net.SplitHostPort(v)
	if err != nil {
		return err
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return err
	}
	if host != "" && host != "localhost" {
		if _, err := netip.ParseAddr(host); err != nil {
			return err
		}
	}
	s.Listen = v
	return nil
}

// ranges reads prefixes with commas between them; an address alone is a range of one.
func ranges(v string) (list []netip.Prefix, err error) {
	for part := range strings.SplitSeq(v, ",") {
		part = strings.TrimSpace(part)
		if addr, err := netip.ParseAddr(part); err == nil {
			list = append(list, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, err
		}
		if p != p.Masked() {
			return nil, fmt.Errorf("%s has bits behind its length: %w", p, errForm)
		}
		list = append(list, p)
	}
	return list, nil
}

func setSMTP(s *Settings, v string) error {
	u, err := url.Parse(v)
	if err != nil {
		return err
	}
	if u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return errForm
	}
	s.SMTPURL = v
	return nil
}

func setMailFrom(s *Settings, v string) error {
	a, err := mail.ParseAddress(v)
	if err != nil {
		return err
	}
	s.MailFrom = a.Address
	return nil
}

func setLog(s *Settings, v string) error {
	level, format, both := strings.Cut(v, ",")
	if both && format != "json" && format != "text" {
		return errForm
	}
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	l, ok := levels[level]
	if !ok {
		return errForm
	}
	s.LogLevel, s.LogJSON = l, format == "json"
	return nil
}

func setInboxRate(s *Settings, v string) (err error) {
	if s.InboxRate, err = strconv.Atoi(v); err != nil {
		return err
	}
	if s.InboxRate < 0 || s.InboxRate > 1_000_000 {
		return errForm
	}
	return nil
}

func setDateWindow(s *Settings, v string) (err error) {
	if s.DateWindow, err = time.ParseDuration(v); err != nil {
		return err
	}
	if s.DateWindow < time.Hour || s.DateWindow > 12*time.Hour {
		return errForm
	}
	return nil
}
