package main_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/rogpeppe/go-internal/testscript"

	poweron "github.com/poweron-network/poweron/cmd/poweron"
)

// TestMain lets the scripts start the program as itself, and as itself on a
// machine whose clock has lost its battery.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"poweron": poweron.Main,
		"poweron-1970": func() {
			now := func() time.Time { return time.Date(1970, 1, 1, 3, 0, 0, 0, time.UTC) }
			os.Exit(poweron.Run(context.Background(), os.Stdin, os.Stdout, os.Stderr, os.Environ(), now, os.Args[1:]...))
		},
	})
}

// TestScripts runs testdata/*.txt. Each finds a node of its own in $WORK/node,
// with the organization casa and the admin ana, and free addresses in $ADDR1 to $ADDR3.
func TestScripts(t *testing.T) {
	t.Parallel()
	template := t.TempDir()
	if code := run(t, "", "init", "--data", template, "--origin", "https://node.example.org", "--org", "Casa Semilla", "--handle", "casa",
		"--admin-name", "Ana", "--admin-email", "ana@casa.example", "--lang", "en").code; code != 0 {
		t.Fatalf("init answers %d", code)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("POWERON_ALLOW_NETS", "")
			for i := 1; i <= 3; i++ {
				env.Setenv(fmt.Sprintf("ADDR%d", i), freeAddress(t, i))
			}
			return copyNode(template, filepath.Join(env.WorkDir, "node"))
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"field": field, "shape": shape, "items": items, "up": up, "eventually": eventually, "big": big, "sql": runSQL, "private": private, "sentence": sentence,
		},
	})
}

// copyNode copies a data folder with the rights that it has to have.
func copyNode(from, to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	files, err := os.ReadDir(from)
	for _, f := range files {
		raw, rerr := os.ReadFile(filepath.Join(from, f.Name()))
		err = errors.Join(err, rerr, os.WriteFile(filepath.Join(to, f.Name()), raw, 0o600))
	}
	return err
}

// result is what a run in this process left.
type result struct {
	code      int
	out, errs string
}

// run runs the program in this process.
func run(t testing.TB, in string, args ...string) result {
	t.Helper()
	return runIn(t.Context(), time.Now, nil, in, args...)
}

func runIn(ctx context.Context, now func() time.Time, environ []string, in string, args ...string) result {
	var out, errs strings.Builder
	code := poweron.Run(ctx, strings.NewReader(in), &out, &errs, environ, now, args...)
	return result{code, out.String(), errs.String()}
}

// freeAddress is host and port that nobody listens on, in the range for tests.
func freeAddress(t *testing.T, n int) string {
	l, err := net.Listen("tcp", fmt.Sprintf("127.77.40.%d:0", n))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// userns tells whether scripts can have a file system of their own.
var userns = sync.OnceValue(func() bool { return exec.Command("unshare", "-rm", "true").Run() == nil })

func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Getuid() == 0, nil
	case "userns":
		return userns(), nil
	}
	return false, fmt.Errorf("unknown condition %s", name)
}

// field VAR KEY sets a variable to a field of the JSON object on standard output.
func field(ts *testscript.TestScript, _ bool, args []string) {
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &object))
	v, ok := object[args[1]]
	if !ok {
		ts.Fatalf("no field %s in %s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], fmt.Sprint(v))
}

// objects reads standard output: one object, or a list with one item a line.
func objects(ts *testscript.TestScript) (list []map[string]any) {
	out := ts.ReadFile("stdout")
	if !strings.HasPrefix(out, "[") {
		var object map[string]any
		ts.Check(json.Unmarshal([]byte(out), &object))
		if strings.Count(out, "\n") != 1 {
			ts.Fatalf("an object is not on one line: %s", out)
		}
		return []map[string]any{object}
	}
	ts.Check(json.Unmarshal([]byte(out), &list))
	if len(list) == 0 {
		return nil
	}
	if lines := strings.Count(out, "\n"); lines != len(list)+2 || !strings.HasPrefix(out, "[\n{") || !strings.HasSuffix(out, "}\n]\n") {
		ts.Fatalf("a list of %d is on %d lines: %s", len(list), lines, out)
	}
	return list
}

// shape KEY… wants each object on standard output to have these keys and no other.
func shape(ts *testscript.TestScript, _ bool, want []string) {
	slices.Sort(want)
	list := objects(ts)
	if len(list) == 0 {
		ts.Fatalf("nothing to look at")
	}
	for _, object := range list {
		if got := slices.Sorted(maps.Keys(object)); !slices.Equal(got, want) {
			ts.Fatalf("keys %v, want %v", got, want)
		}
	}
}

// items N wants a list of N on standard output.
func items(ts *testscript.TestScript, _ bool, args []string) {
	if got := len(objects(ts)); fmt.Sprint(got) != args[0] {
		ts.Fatalf("%d items, want %s: %s", got, args[0], ts.ReadFile("stdout"))
	}
}

// until asks again and again, for at most 20 seconds.
func until(ts *testscript.TestScript, what string, done func() bool) {
	tick, end := time.NewTicker(50*time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			ts.Fatalf("%s did not come", what)
		}
	}
}

// up URL waits until a server answers.
func up(ts *testscript.TestScript, neg bool, args []string) {
	until(ts, args[0], func() bool {
		resp, err := http.Get(args[0])
		if err != nil {
			return neg
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return !neg && resp.StatusCode == http.StatusOK
	})
}

// eventually PATTERN COMMAND… repeats a command until its output fits.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	until(ts, args[0], func() bool {
		return ts.Exec(args[1], args[2:]...) == nil && pattern.MatchString(ts.ReadFile("stdout"))
	})
}

// big FILE BYTES makes a long text.
func big(ts *testscript.TestScript, _ bool, args []string) {
	var n int
	_, err := fmt.Sscan(args[1], &n)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat("word ", n/5)), 0o600))
}

// sql FILE STATEMENT changes a database behind the program's back.
func runSQL(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(execute(ts.MkAbs(args[0]), args[1]))
}

func execute(file, statement string) error {
	db, err := sql.Open("sqlite3", "file:"+file+"?_busy_timeout=5000")
	if err != nil {
		return err
	}
	_, err = db.Exec(statement)
	return errors.Join(err, db.Close())
}

// change changes a database behind the program's back.
func change(t *testing.T, file, statement string) {
	t.Helper()
	if err := execute(file, statement); err != nil {
		t.Fatal(err)
	}
}

// private FILE wants a file that nobody else can read.
func private(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if info.Mode().Perm()&0o077 != 0 {
		ts.Fatalf("%s has mode %o", args[0], info.Mode().Perm())
	}
}

// sentence TEXT wants one line on standard error that contains TEXT, and nothing
// that looks like the inside of a program.
func sentence(ts *testscript.TestScript, _ bool, args []string) {
	said := ts.ReadFile("stderr")
	switch {
	case !strings.HasPrefix(said, "poweron: ") || strings.Count(said, "\n") != 1:
		ts.Fatalf("not one sentence: %q", said)
	case !strings.Contains(said, args[0]):
		ts.Fatalf("%q is not in %q", args[0], said)
	case strings.Contains(said, "goroutine") || strings.Contains(said, ".go:") || strings.Contains(said, "{") || strings.Contains(said, "error."):
		ts.Fatalf("this is for programmers: %q", said)
	}
}
