package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	poweron "github.com/poweron-network/poweron/cmd/poweron"
	"github.com/poweron-network/poweron/node/config"
)

// TestWords holds the command line's sentences to what those of pages keep to:
// both languages, the same placeholders, none unused and none missing.
func TestWords(t *testing.T) {
	t.Parallel()
	placeholder := regexp.MustCompile(`\{[a-z]+\}`)
	for key, w := range poweron.Words() {
		for _, s := range w {
			if s == "" || s != strings.TrimSpace(s) {
				t.Errorf("%s: %q", key, s)
			}
		}
		en, es := placeholder.FindAllString(w[0], -1), placeholder.FindAllString(w[1], -1)
		slices.Sort(en)
		slices.Sort(es)
		if !slices.Equal(slices.Compact(en), slices.Compact(es)) {
			t.Errorf("%s: placeholders %v and %v", key, en, es)
		}
	}
	used := literals(t)
	for key := range poweron.Words() {
		made := false // put together: "state_" and a state
		for i := range key {
			made = made || key[i] == '_' && used[key[:i+1]]
		}
		if !used[key] && !made && !used["${"+key+"}"] {
			t.Errorf("nothing says %s", key)
		}
	}
	for tag := range used {
		if key, ok := strings.CutPrefix(tag, "${help_"); ok {
			if _, ok := poweron.Words()["help_"+strings.TrimSuffix(key, "}")]; !ok {
				t.Errorf("no words for %s", tag)
			}
		}
	}
}

// literals are the strings of this package's source, and the ${…} in its tags.
func literals(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	help := regexp.MustCompile(`\$\{[a-z_]+\}`)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "words.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				found[s] = true
				for _, h := range help.FindAllString(s, -1) {
					found[h] = true
				}
			}
			return true
		})
	}
	return found
}

// TestFlagsAreTheOptionsTable compares the flags for settings with the table.
func TestFlagsAreTheOptionsTable(t *testing.T) {
	t.Parallel()
	settings, ok := reflect.TypeOf(poweron.Grammar()).FieldByName("Settings")
	if !ok {
		t.Fatal("the grammar has no settings")
	}
	var flags []string
	for _, f := range reflect.VisibleFields(settings.Type) {
		name := regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(f.Name, "$1-$2")
		flags = append(flags, strings.ToLower(name))
		if f.Tag.Get("group") != "settings" {
			t.Errorf("--%s is not in the group of settings", name)
		}
	}
	var table []string
	for _, o := range config.Options() {
		if o.Flag() != "" {
			table = append(table, o.Flag())
		}
	}
	slices.Sort(flags)
	slices.Sort(table)
	if !slices.Equal(flags, table) {
		t.Errorf("flags %v, table %v", flags, table)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		args    []string
		environ []string
		es      bool
	}{
		{"nothing", nil, nil, false},
		{"LANG", nil, []string{"LANG=es_MX.UTF-8"}, true},
		{"LC_ALL before LANG", nil, []string{"LANG=es", "LC_ALL=C"}, false},
		{"LC_MESSAGES before LANG", nil, []string{"LC_MESSAGES=es", "LANG=en"}, true},
		{"empty LC_ALL", nil, []string{"LC_ALL=", "LANG=es"}, true},
		{"flag before all", []string{"--lang", "en"}, []string{"LANG=es"}, false},
		{"flag with =", []string{"--lang=es-MX"}, nil, true},
		{"flag for another language", []string{"--lang", "fr"}, []string{"LANG=es"}, true},
		{"text after --", []string{"--", "--lang=es"}, nil, false},
		{"flag without value", []string{"--lang"}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := runIn(t.Context(), time.Now, c.environ, "", append([]string{"timeline", "--nonsense"}, c.args...)...)
			if r.code != 2 || strings.Contains(r.errs, "no es una opción") != c.es {
				t.Errorf("code %d: %s", r.code, r.errs)
			}
		})
	}
}

// node sets a test node up and returns its folder.
func testNode(t *testing.T, addr, handle string) string {
	t.Helper()
	folder := t.TempDir()
	if r := run(t, "", "init", "--data", folder, "--allow-nets", "127.77.0.0/16", "--origin", "http://"+addr, "--org", handle, "--handle", handle,
		"--admin-name", "Ana", "--admin-email", "ana@x.example"); r.code != 0 {
		t.Fatal(r.errs)
	}
	return folder
}

// lines is output that can be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
	add chan struct{}
}

func newLines() *lines { return &lines{add: make(chan struct{}, 1000)} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add <- struct{}{}
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// serve runs a server in this process until the returned function is called,
// which gives its exit code.
func serve(t *testing.T, folder, addr string) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, code := newLines(), make(chan int, 1)
	errs := t.Output()
	go func() {
		code <- poweron.Run(ctx, strings.NewReader(""), out, errs, nil, time.Now, "serve", "--data", folder, "--listen", addr, "--allow-nets", "127.77.0.0/16", "--log", "warn")
	}()
	select {
	case <-out.add: // the first line says that it runs
	case c := <-code:
		t.Fatalf("serve ends with %d", c)
	case <-time.After(20 * time.Second):
		t.Fatal("serve says nothing")
	}
	end := sync.OnceValue(func() int {
		cancel()
		return <-code
	})
	t.Cleanup(func() { end() })
	return end
}

// TestR20StopIsGraceful stops a server that somebody is sending to without end: it
// waits a while, cuts that off, and ends as it should (R20).
func TestR20StopIsGraceful(t *testing.T) {
	t.Parallel()
	addr := freeAddress(t, 9)
	stop := serve(t, testNode(t, addr, "casa"), addr)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /ap/inbox HTTP/1.1\r\nHost: %s\r\nContent-Type: application/activity+json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n", addr)
	_, _ = io.ReadFull(c, make([]byte, 12)) // it is being read
	begin := time.Now()
	if code := stop(); code != 0 {
		t.Errorf("it ends with %d", code)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it ends after %s", took)
	}
	if l, err := net.Listen("tcp", addr); err != nil {
		t.Error(err)
	} else {
		_ = l.Close()
	}
}

// TestWithinOneSecond measures how soon a running server sends what a command
// said. Other tests keep the machine busy, so the best of three counts.
func TestWithinOneSecond(t *testing.T) {
	t.Parallel()
	addrs := []string{freeAddress(t, 10), freeAddress(t, 11)}
	a, b := testNode(t, addrs[0], "alder"), testNode(t, addrs[1], "birch")
	serve(t, a, addrs[0])
	serve(t, b, addrs[1])
	if r := run(t, "", "follow", "--data", b, "--allow-nets", "127.77.0.0/16", "alder@"+addrs[0]); r.code != 0 {
		t.Fatal(r.errs)
	}
	wait(t, "the answer", func() bool { return strings.Contains(run(t, "", "following", "--data", b, "--json").out, "accepted") })
	best := time.Hour
	for i := range 3 {
		text := fmt.Sprintf("Number %d", i)
		if r := run(t, "", "post", "add", "--data", a, "--as", "alder", "--audience", "public", text); r.code != 0 {
			t.Fatal(r.errs)
		}
		begin := time.Now()
		wait(t, text, func() bool { return strings.Contains(run(t, "", "timeline", "--data", b, "--json").out, text) })
		best = min(best, time.Since(begin))
	}
	t.Logf("best of three: %s", best)
	if best > time.Second {
		t.Errorf("what a command said arrived after %s, want less than a second", best)
	}
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick, end := time.NewTicker(20*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s did not come", what)
		}
	}
}

// TestDemoCommand starts the demo and looks at its data with other commands,
// while it runs. Each remote row keeps what it came in as, and verify fails
// without that.
func TestDemoCommand(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, code := newLines(), make(chan int, 1)
	errs := t.Output()
	go func() {
		code <- poweron.Run(ctx, strings.NewReader(""), out, errs, nil, time.Now, "demo", "--data", folder, "--json")
	}()
	select {
	case <-out.add:
	case c := <-code:
		t.Fatalf("the demo ends with %d", c)
	case <-time.After(3 * time.Minute):
		t.Fatal("the demo says nothing")
	}
	var people []struct{ Organization, URL, Handle, Person, Role, SignIn, Data string }
	if err := json.Unmarshal([]byte(out.String()), &people); err != nil || len(people) != 12 {
		t.Fatalf("%v: %s", err, out)
	}
	for _, p := range people {
		if !strings.HasPrefix(p.SignIn, p.URL+"/sign-in/") || p.Role == "" {
			t.Errorf("%+v", p)
		}
	}
	hub := filepath.Join(folder, "hub")
	if r := run(t, "", "verify", "--data", hub); r.code != 0 {
		t.Errorf("verify: %s", r.errs)
	}
	if r := run(t, "", "timeline", "--data", hub, "--as", "ines"); !strings.Contains(r.out, "Nueve edificios") && !strings.Contains(r.out, "One list, nine buildings") {
		t.Errorf("the hub's coordinator reads %s", r.out)
	}
	if r := run(t, "", "search", "--data", hub, "--skill", "Spreadsheets", "--json"); !strings.Contains(r.out, "Amaya") || !strings.Contains(r.out, "Kai") {
		t.Errorf("who has spreadsheets: %s%s", r.out, r.errs)
	}
	if r := run(t, "", "network", "status", "--data", filepath.Join(folder, "open_ledger"), "--json"); strings.Count(r.out, `"state":"active"`) != 6 {
		t.Errorf("the network is %s%s", r.out, r.errs)
	}
	cancel()
	if c := <-code; c != 0 {
		t.Errorf("the demo ends with %d", c)
	}
	for _, c := range []struct{ name, statement, fault string }{
		{"raw document", `UPDATE sources SET raw = '' WHERE id IN (SELECT source_id FROM items WHERE local = 0)`, "without its stored document"},
		{"signer", `UPDATE sources SET signer_key = '' WHERE id IN (SELECT source_id FROM items WHERE local = 0)`, "without signer or scheme"},
		{"scheme", `UPDATE sources SET scheme = '' WHERE id IN (SELECT source_id FROM items WHERE local = 0)`, "without signer or scheme"},
		{"raw document of an actor", `UPDATE sources SET raw = '' WHERE id IN (SELECT source_id FROM remote_actors)`, "remote actor without its stored document"},
	} {
		t.Run("verify without "+c.name, func(t *testing.T) {
			broken := filepath.Join(t.TempDir(), "hub")
			if err := copyNode(hub, broken); err != nil {
				t.Fatal(err)
			}
			change(t, filepath.Join(broken, "node.db"), c.statement)
			if r := run(t, "", "verify", "--data", broken, "--json"); r.code == 0 || !strings.Contains(r.out, c.fault) {
				t.Errorf("code %d: %s", r.code, r.out)
			}
		})
	}
	if err := os.WriteFile(filepath.Join(folder, "demo.json"), []byte(`{"told":false}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := run(t, "", "demo", "--data", folder); r.code != 1 || !strings.Contains(r.errs, "choose another one with --data") {
		t.Errorf("code %d: %s", r.code, r.errs)
	}
}
