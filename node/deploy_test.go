package node_test

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/node/config"
)

// No Docker engine runs where these tests do, so they read what would be built
// and compare it with the settings of the program (G6).

// others are variables of ours that are no settings of a node.
var others = []string{
	"POWERON_UPSTREAM",     // the Caddyfile's
	"POWERON_CI",           // .ci/run
	"POWERON_CRASH_ROUNDS", // make crash
	"POWERON_MUTANTS",      // make mutants
	"POWERON_FEDIFY_DIR",   // where .ci/run puts the Fedify peer
	"POWERON_TEST_DB",      // PostgreSQL, with its own issue
}

// TestG6Dockerfile holds the image against the options table.
func TestG6Dockerfile(t *testing.T) {
	df := readDockerfile(t)
	if len(df.stages) != 2 {
		t.Fatalf("%d stages, wanted one that builds and one that runs", len(df.stages))
	}
	build, image := df.stages[0], df.stages[1]
	if goMod := goVersion(t); build.from != "golang:"+goMod+"-bookworm" {
		t.Errorf("built with %s, but go.mod asks for Go %s", build.from, goMod)
	}
	if image.from != "debian:bookworm-slim" {
		t.Errorf("runs on %s: the C library has to be that of the build", image.from)
	}
	for _, want := range []string{"-trimpath", `-ldflags "-s -w"`, "./cmd/poweron"} {
		if !strings.Contains(build.text, want) {
			t.Errorf("the build lacks %s", want)
		}
	}
	for _, want := range []string{"ca-certificates", "tzdata", "useradd --uid 10001", "install -d -o 10001 -g 10001 -m 0700 /data"} {
		if !strings.Contains(image.text, want) {
			t.Errorf("the image lacks %s", want)
		}
	}
	if image.user != "10001:10001" {
		t.Errorf("runs as %q, not as a user without rights", image.user)
	}
	if user, volume := strings.Index(image.text, "install -d"), strings.Index(image.text, "VOLUME"); user < 0 || volume < user {
		t.Error("VOLUME comes before its folder has an owner: it would be root's")
	}

	set := load(t, image.env)
	if image.volume != set.Data {
		t.Errorf("the volume is %q, the data folder %q", image.volume, set.Data)
	}
	host, port, err := net.SplitHostPort(set.Listen)
	if err != nil || host != "0.0.0.0" || port != image.expose {
		t.Errorf("listens on %s and exposes %s", set.Listen, image.expose)
	}
	if got := image.entry + " " + image.cmd; got != `["poweron"] ["serve"]` {
		t.Errorf("starts %s", got)
	}
}

// TestG6Compose holds the compose file against the image and the options table.
func TestG6Compose(t *testing.T) {
	image := readDockerfile(t).stages[1]
	services := readServices(t)
	if len(services) != 2 || services["node"] == "" || services["caddy"] == "" {
		t.Fatalf("found %d services, wanted node and caddy", len(services))
	}
	for name, text := range services {
		for _, want := range []string{"read_only: true", "no-new-privileges:true", "cap_drop:\n      - ALL", "restart: unless-stopped"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		for _, never := range []string{"privileged: true", "user: root", "network_mode: host", "docker.sock"} {
			if strings.Contains(text, never) {
				t.Errorf("%s has %q", name, never)
			}
		}
	}
	if strings.Contains(services["node"], "profiles:") || !strings.Contains(services["caddy"], "profiles: [tls]") {
		t.Error("the node is always there, Caddy only with the profile tls")
	}
	if strings.Contains(services["node"], "cap_add") {
		t.Error("the node needs no capability")
	}
	_, port, _ := net.SplitHostPort(load(t, image.env).Listen)
	for _, want := range []string{"- data:" + image.volume, `"127.0.0.1:8080:` + port + `"`} {
		if !strings.Contains(services["node"], want) {
			t.Errorf("node lacks %s", want)
		}
	}
	if !strings.Contains(services["caddy"], "POWERON_UPSTREAM: node:"+port) {
		t.Error("Caddy asks another address than the node listens on")
	}
	compose := read(t, "../docker-compose.yml")
	subnet := regexp.MustCompile(`subnet: (\S+)`).FindStringSubmatch(compose)
	if subnet == nil || !strings.Contains(services["node"], "POWERON_TRUSTED_PROXIES: "+subnet[1]+"\n") {
		t.Error("the node does not believe Caddy, or somebody else")
	}
	if _, err := os.Stat("../deploy/Caddyfile"); err != nil {
		t.Error(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^ +(POWERON_[A-Z_]+):`).FindAllStringSubmatch(services["node"], -1) {
		if !isSetting(m[1]) {
			t.Errorf("compose sets %s, which is no setting", m[1])
		}
	}
}

// TestG6Unit holds the systemd unit against the options table.
func TestG6Unit(t *testing.T) {
	unit := read(t, "../deploy/poweron.service")
	for _, want := range []string{
		"ExecStart=/usr/local/bin/poweron serve", "User=poweron", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes",
		"CapabilityBoundingSet=", "StateDirectory=poweron", "StateDirectoryMode=0700", "UMask=0077", "PrivateTmp=yes",
	} {
		if !strings.Contains("\n"+unit, "\n"+want+"\n") {
			t.Errorf("the unit lacks %s", want)
		}
	}
	env := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^Environment=(\w+)=(.*)$`).FindAllStringSubmatch(unit, -1) {
		env[m[1]] = m[2]
	}
	if set := load(t, env); set.Data != "/var/lib/poweron" || !strings.HasPrefix(set.Listen, "127.0.0.1:") || len(set.TrustedProxies) != 1 {
		t.Errorf("data folder %s, listens on %s, believes %v", set.Data, set.Listen, set.TrustedProxies)
	}
}

// TestSettingsInDocuments finds names of settings that do not exist, wherever
// operators read them.
func TestSettingsInDocuments(t *testing.T) {
	files := []string{"../Dockerfile", "../docker-compose.yml", "../Makefile", "../.ci/run"}
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/decisions/*.md", "../deploy/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		for _, name := range regexp.MustCompile(`\bPOWERON_[A-Z_]*[A-Z]`).FindAllString(read(t, file), -1) {
			if !isSetting(name) && !slices.Contains(others, name) {
				t.Errorf("%s names %s, which is no setting", file, name)
			}
		}
	}
	if isSetting("POWERON_UNHEARD_OF") || !isSetting("POWERON_SMTP_URL_FILE") || isSetting("POWERON_LISTEN_FILE") {
		t.Error("isSetting takes what is none, or the other way round")
	}
}

// isSetting reports whether the options table has a variable, or the file form of a secret.
func isSetting(name string) bool {
	return slices.ContainsFunc(config.Options(), func(o config.Option) bool {
		return name == o.Env() || o.Secret && name == o.Env()+"_FILE"
	})
}

// load reads env as the program would; a name or a value that it does not take fails the test.
func load(t *testing.T, env map[string]string) *config.Settings {
	t.Helper()
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	set, err := config.Load(config.Source{Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Unknown) > 0 {
		t.Errorf("unknown settings: %v", set.Unknown)
	}
	return set
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// goVersion is the version of Go in go.mod, without its last part.
func goVersion(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	if m == nil {
		t.Fatal("go.mod names no version of Go")
	}
	return m[1]
}

type dockerfile struct{ stages []stage }

// stage is one FROM and what follows it.
type stage struct {
	from, user, volume, expose, entry, cmd string
	env                                    map[string]string
	text                                   string
}

func readDockerfile(t *testing.T) dockerfile {
	t.Helper()
	var df dockerfile
	text := strings.ReplaceAll(read(t, "../Dockerfile"), "\\\n", " ")
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word == "FROM" {
			from, _, _ := strings.Cut(rest, " ")
			df.stages = append(df.stages, stage{from: from, env: map[string]string{}})
			continue
		}
		if len(df.stages) == 0 || word == "" || word[0] == '#' {
			continue
		}
		s := &df.stages[len(df.stages)-1]
		s.text += line
		switch word {
		case "USER":
			s.user = rest
		case "VOLUME":
			s.volume = rest
		case "EXPOSE":
			s.expose = rest
		case "ENTRYPOINT":
			s.entry = rest
		case "CMD":
			s.cmd = rest
		case "ENV":
			for _, pair := range strings.Fields(rest) {
				name, value, _ := strings.Cut(pair, "=")
				s.env[name] = value
			}
		}
	}
	return df
}

// readServices returns the text of each service of the compose file.
func readServices(t *testing.T) map[string]string {
	t.Helper()
	services := map[string]string{}
	name, inside := "", false
	for line := range strings.Lines(read(t, "../docker-compose.yml")) {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		word := strings.TrimSpace(line)
		switch {
		case indent == 0 && word != "":
			inside = word == "services:"
		case inside && indent == 2 && strings.HasSuffix(word, ":"):
			name = strings.TrimSuffix(word, ":")
		}
		if inside && name != "" {
			services[name] += line
		}
	}
	return services
}
