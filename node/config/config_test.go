package config_test

import (
	"errors"
	"flag"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poweron-network/poweron/node/config"
)

var update = flag.Bool("update", false, "write docs/settings.md")

// write makes a file in a temporary folder and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s, err := config.Load(config.Source{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Data != "data" || s.Listen != "127.0.0.1:8080" || s.InboxRate != 300 || s.DateWindow != time.Hour || s.LogLevel != slog.LevelInfo || s.LogJSON ||
		s.Origin != "" || s.SMTPURL != "" || s.AllowNets != nil || s.TrustedProxies != nil {
		t.Errorf("defaults are %+v", s)
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	file := write(t, "settings", "# the node's settings\nPOWERON_LISTEN=127.0.0.1:3\n\n POWERON_INBOX_RATE = 7 \nPOWERON_ORIGIN=\n")
	for _, c := range []struct {
		name    string
		flags   map[string]string
		environ []string
		want    string
		from    config.Place
	}{
		{"default", nil, nil, "127.0.0.1:8080", config.Default},
		{"file named in the environment", nil, []string{"POWERON_CONFIG=" + file}, "127.0.0.1:3", config.File},
		{"file named by flag", map[string]string{"config": file}, nil, "127.0.0.1:3", config.File},
		{"environment before file", nil, []string{"POWERON_CONFIG=" + file, "POWERON_LISTEN=127.0.0.1:2"}, "127.0.0.1:2", config.Environment},
		{"empty variable is not set", nil, []string{"POWERON_CONFIG=" + file, "POWERON_LISTEN="}, "127.0.0.1:3", config.File},
		{"flag before all", map[string]string{"config": file, "listen": "127.0.0.1:1"}, []string{"POWERON_LISTEN=127.0.0.1:2"}, "127.0.0.1:1", config.Flag},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := config.Load(config.Source{Flags: c.flags, Environ: c.environ})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(s.Effective(), func(v config.Value) bool { return v.Name == "POWERON_LISTEN" })
			if v := s.Effective()[i]; v.Value != c.want || v.From != c.from || s.Listen != c.want {
				t.Errorf("got %+v and %s, want %s from %s", v, s.Listen, c.want, c.from)
			}
		})
	}
}

// TestValues has, for each setting, values that it takes and values that it does not.
func TestValues(t *testing.T) {
	t.Parallel()
	nets := func(list ...string) (out []netip.Prefix) {
		for _, s := range list {
			out = append(out, netip.MustParsePrefix(s))
		}
		return out
	}
	cases := []struct {
		setting, value string
		want           any // nil: refused
	}{
		{"CONFIG", "/no/such/file", nil},
		{"DATA", "/var/lib/poweron", "/var/lib/poweron"},
		{"ORIGIN", "https://node.example.org/", "https://node.example.org"},
		{"ORIGIN", "node.example.org", nil},
		{"ORIGIN", "https://node.example.org/path", nil},
		{"ORIGIN", "ftp://node.example.org", nil},
		{"LISTEN", ":0", ":0"},
		{"LISTEN", "[::1]:80", "[::1]:80"},
		{"LISTEN", "localhost:80", "localhost:80"},
		{"LISTEN", "8080", nil},
		{"LISTEN", "127.0.0.1:99999", nil},
		{"LISTEN", "node.example.org:80", nil},
		{"DATABASE", "postgres://localhost/poweron", nil},
		{"ALLOW_NETS", "127.77.0.0/16, fd00::/8", nets("127.77.0.0/16", "fd00::/8")},
		{"ALLOW_NETS", "127.77.0.1", nets("127.77.0.1/32")},
		{"ALLOW_NETS", "127.77.0.1/16", nil},
		{"ALLOW_NETS", "127.77.0.0/16,", nil},
		{"ALLOW_NETS", "localhost", nil},
		{"TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8", nets("127.0.0.1/32", "10.0.0.0/8")},
		{"TRUSTED_PROXIES", "proxy", nil},
		{"SMTP_URL", "smtp://user:secret@mail.example.org:587", "smtp://user:secret@mail.example.org:587"},
		{"SMTP_URL", "smtps://mail.example.org/", "smtps://mail.example.org/"},
		{"SMTP_URL", "mail.nowhere.test", nil},
		{"SMTP_URL", "smtp://mail.nowhere.test/?x=1", nil},
		{"SMTP_URL", "smtp://:587", nil},
		{"SMTP_URL", "smtp://user:se cret@%zz", nil},
		{"MAIL_FROM", "PowerOn <poweron@example.org>", "poweron@example.org"},
		{"MAIL_FROM", "poweron", nil},
		{"LOG", "debug,json", slog.LevelDebug},
		{"LOG", "warn,text", slog.LevelWarn},
		{"LOG", "error", slog.LevelError},
		{"LOG", "loud", nil},
		{"LOG", "info,xml", nil},
		{"INBOX_RATE", "0", 0},
		{"INBOX_RATE", "-1", nil},
		{"INBOX_RATE", "1000001", nil},
		{"INBOX_RATE", "many", nil},
		{"DATE_WINDOW", "12h", 12 * time.Hour},
		{"DATE_WINDOW", "59m", nil},
		{"DATE_WINDOW", "12h1s", nil},
		{"DATE_WINDOW", "1", nil},
	}
	tried := map[string]bool{}
	for _, c := range cases {
		tried[c.setting] = true
		t.Run(c.setting+"="+c.value, func(t *testing.T) {
			t.Parallel()
			s, err := config.Load(config.Source{Environ: []string{"POWERON_" + c.setting + "=" + c.value}})
			if c.want == nil {
				checkSentence(t, err, c.setting, c.value)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]any{
				"DATA": s.Data, "ORIGIN": s.Origin, "LISTEN": s.Listen, "ALLOW_NETS": s.AllowNets, "TRUSTED_PROXIES": s.TrustedProxies,
				"SMTP_URL": s.SMTPURL, "MAIL_FROM": s.MailFrom, "LOG": s.LogLevel, "INBOX_RATE": s.InboxRate, "DATE_WINDOW": s.DateWindow,
			}[c.setting]
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	for _, o := range config.Options() {
		if !tried[o.Name] {
			t.Errorf("no value of %s is tried", o.Name)
		}
	}
}

// checkSentence wants one sentence in each language; a secret's value is not in it.
func checkSentence(t *testing.T, err error, setting, value string) {
	t.Helper()
	var e *config.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want a *config.Error", err)
	}
	for _, lang := range []string{"en", "es"} {
		say := e.Say[lang]
		if !strings.HasSuffix(say, ".") || strings.Contains(say, "%!") || strings.Contains(say, "\n") {
			t.Errorf("%s: %q", lang, say)
		}
		if setting == "SMTP_URL" && strings.Contains(say+e.Error(), value) {
			t.Errorf("%s: the secret is in %q", lang, e.Error())
		}
	}
	if e.Say["en"] == e.Say["es"] {
		t.Errorf("both languages say %q", e.Say["en"])
	}
}

func TestFileIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"not a pair", "POWERON_LISTEN\n", "Line 1 of"},
		{"unknown", "# x\nPOWERON_LISTN=127.0.0.1:1\n", "Line 2 of"},
		{"without prefix", "LISTEN=127.0.0.1:1\n", "not a setting"},
		{"twice", "POWERON_LISTEN=127.0.0.1:1\nPOWERON_LISTEN=127.0.0.1:1\n", "second time"},
		{"names another file", "POWERON_CONFIG=/x\n", "not a setting"},
		{"bad value", "POWERON_LISTEN=here\n", "POWERON_LISTEN is “here”"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(config.Source{Flags: map[string]string{"config": write(t, "settings", c.text)}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
			checkSentence(t, err, "CONFIG", "")
		})
	}
}

func TestSecretFiles(t *testing.T) {
	t.Parallel()
	const one, two = "smtp://one.example.org", "smtp://two.example.org"
	oneFile, twoFile := write(t, "one", one+"\n"), write(t, "two", two+"\r\n")
	for _, c := range []struct {
		name    string
		file    string // content of the settings file
		environ []string
		want    string // empty: refused
	}{
		{"file form in the environment", "", []string{"POWERON_SMTP_URL_FILE=" + oneFile}, one},
		{"file form in the settings file", "POWERON_SMTP_URL_FILE=" + twoFile, nil, two},
		{"environment before settings file", "POWERON_SMTP_URL_FILE=" + twoFile, []string{"POWERON_SMTP_URL=" + one}, one},
		{"file form of the environment before settings file", "POWERON_SMTP_URL=" + two, []string{"POWERON_SMTP_URL_FILE=" + oneFile}, one},
		{"both in the environment", "", []string{"POWERON_SMTP_URL=" + one, "POWERON_SMTP_URL_FILE=" + oneFile}, ""},
		{"both in the settings file", "POWERON_SMTP_URL=" + one + "\nPOWERON_SMTP_URL_FILE=" + oneFile, nil, ""},
		{"no such file", "", []string{"POWERON_SMTP_URL_FILE=/no/such/file"}, ""},
		{"bad value in the file", "", []string{"POWERON_SMTP_URL_FILE=" + write(t, "bad", "secret")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := config.Load(config.Source{Flags: map[string]string{"config": write(t, "settings", c.file)}, Environ: c.environ})
			if c.want == "" {
				checkSentence(t, err, "SMTP_URL", "secret")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.SMTPURL != c.want {
				t.Errorf("got %s, want %s", s.SMTPURL, c.want)
			}
			for _, v := range s.Effective() {
				if strings.Contains(v.Value, c.want) {
					t.Errorf("%s shows the secret: %s", v.Name, v.Value)
				}
				if v.Name == "POWERON_SMTP_URL" && v.Value != config.Hidden {
					t.Errorf("a secret that is set shows as %q", v.Value)
				}
			}
		})
	}
}

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	s, err := config.Load(config.Source{Environ: []string{"HOME=/root", "POWERON_ORIGN=x", "POWERON_LISTEN_FILE=y", "POWERON_LISTEN=127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"POWERON_LISTEN_FILE", "POWERON_ORIGN"}, s.Unknown); diff != "" {
		t.Error(diff)
	}
}

func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	for _, o := range config.Options() {
		for _, lang := range []string{"en", "es"} {
			if o.Form[lang] == "" || !strings.HasSuffix(o.Help[lang], ".") {
				t.Errorf("%s lacks words in %s", o.Name, lang)
			}
			if strings.ContainsAny(o.Form[lang]+o.Help[lang], "|\n") {
				t.Errorf("%s breaks the table of the docs in %s", o.Name, lang)
			}
		}
		if o.Secret != (o.Flag() == "") {
			t.Errorf("%s: only a secret has no flag", o.Name)
		}
	}
}

// TestDocs keeps docs/settings.md equal to the table.
func TestDocs(t *testing.T) {
	const path = "../../docs/settings.md"
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(config.Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Markdown(), string(got)); diff != "" {
		t.Errorf("docs/settings.md is not the table; run go test ./node/config -update (-want +got):\n%s", diff)
	}
}
