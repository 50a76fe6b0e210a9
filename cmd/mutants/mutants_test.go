package mutants_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mutant is one planted fault.
type mutant struct{ requirement, file, old, new, pkg, test string }

func read(t *testing.T) (list []mutant) {
	t.Helper()
	f, err := os.Open("mutants.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, 6
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t")
	for _, row := range rows[1:] {
		list = append(list, mutant{row[0], row[1], unescape.Replace(row[2]), unescape.Replace(row[3]), row[4], row[5]})
	}
	return list
}

// TestMutantsFit runs always: each row still names one place and a test that is there.
func TestMutantsFit(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, m := range read(t) {
		src, err := os.ReadFile(filepath.Join(root, m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		if n := bytes.Count(src, []byte(m.old)); n != 1 {
			t.Errorf("%s: %q stands %d times in %s", m.requirement, m.old, n, m.file)
		}
		files, err := filepath.Glob(filepath.Join(root, m.pkg, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		there := false
		for _, name := range files {
			text, err := os.ReadFile(name)
			there = there || err == nil && bytes.Contains(text, []byte("func "+m.test+"("))
		}
		if !there {
			t.Errorf("%s: there is no %s in %s", m.requirement, m.test, m.pkg)
		}
	}
}

// TestMutantsAreNoticed plants each fault. It takes some seconds a fault, so it
// runs on CI and by `make mutants` only.
func TestMutantsAreNoticed(t *testing.T) {
	if os.Getenv("POWERON_CI") == "" && os.Getenv("POWERON_MUTANTS") == "" {
		t.Skip("planting faults takes minutes: run `make mutants`")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range read(t) {
		t.Run(m.requirement+"/"+m.test, func(t *testing.T) {
			if out, red := plant(t, root, m); !red {
				t.Errorf("%s: with %q in place of %q, %s stays green:\n%s", m.file, m.new, m.old, m.test, out)
			}
		})
	}
}

// plant runs a test with the fault in place and reports whether it failed as a
// test; a fault that does not compile is no fault.
func plant(t *testing.T, root string, m mutant) (output string, red bool) {
	t.Helper()
	path := filepath.Join(root, m.file)
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	changed := filepath.Join(dir, filepath.Base(m.file))
	if err := os.WriteFile(changed, bytes.Replace(src, []byte(m.old), []byte(m.new), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(config, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay", config, "-count=1", "-short", "-run", "^"+m.test+"$", "./"+m.pkg)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("no tests to run")) {
		t.Fatalf("%s: the fault does not build or the test does not run:\n%s", m.file, out)
	}
	return string(out), err != nil && bytes.Contains(out, []byte("FAIL"))
}
