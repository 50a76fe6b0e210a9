package node_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The budgets of design.md 6.
const (
	maxFileLines     = 500
	maxFunctionLines = 80
	maxDependencies  = 32
	minTestRatio     = 0.85
)

// exceptions to a rule, each with its reason.
var exceptions = map[string]string{}

// banned lists what must not stand in the product's code, and where it may.
var banned = []struct {
	pattern *regexp.Regexp
	may     string // packages, separated by spaces
	why     string
}{
	{regexp.MustCompile(`\btime\.Now\(`), "cmd", "take a clock: Now func() time.Time"},
	{regexp.MustCompile(`\btime\.Sleep\(`), "", "wait for an event"},
	{regexp.MustCompile(`\bcontext\.(Background|TODO)\(`), "cmd", "pass the caller's context"},
	{regexp.MustCompile(`(^|[^\w.])panic\(`), "", "return an error"},
	{regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`), "", "do it, or open an issue"},
	{regexp.MustCompile(`^func init\(`), "", "two nodes must fit in one process"},
}

func TestBudgets(t *testing.T) {
	code, tests := 0, 0
	// Packages that only tests use count as tests.
	support := []string{"node/nodetest", "cmd/fedtest", "cmd/mutants", "cmd/crash", "cmd/bench", "cmd/interop", "cmd/browser"}
	documented := map[string]bool{}
	walk(t, func(path, dir string) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(src, []byte("\n"))
		if slices.Contains(support, dir) {
			tests += lines
		} else {
			code += lines
		}
		report(t, path, lines > maxFileLines, "has %d lines, %d are enough: split it by subject", lines, maxFileLines)
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		documented[dir] = documented[dir] || f.Doc != nil
		checkDeclarations(t, path, fset, f)
		checkBanned(t, path, dir, src)
	})
	for dir, ok := range documented {
		report(t, dir, !ok, "has no package comment")
	}
	for _, root := range []string{"../cmd", "../node", "../federation", "../ui", "../schema"} {
		_ = filepath.WalkDir(root, func(path string, _ os.DirEntry, _ error) error {
			if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".txtar") {
				if src, err := os.ReadFile(path); err == nil {
					tests += bytes.Count(src, []byte("\n"))
					report(t, path, bytes.Contains(src, []byte("time."+"Sleep(")), "sleeps: drain the queue or move the clock")
				}
			}
			return nil
		})
	}
	ratio := float64(tests) / float64(code)
	t.Logf("%d lines of code, %d of tests, ratio %.2f", code, tests, ratio)
	if ratio < minTestRatio {
		t.Errorf("test to code ratio is %.2f, wanted %.2f", ratio, minTestRatio)
	}
}

// report fails the test unless the place has an exception.
func report(t *testing.T, place string, wrong bool, format string, args ...any) {
	t.Helper()
	if wrong && exceptions[place] == "" {
		t.Errorf(place+" "+format, args...)
	}
}

// checkDeclarations asks for short functions and for a comment on every exported name.
func checkDeclarations(t *testing.T, path string, fset *token.FileSet, f *ast.File) {
	t.Helper()
	line := func(p token.Pos) int { return fset.Position(p).Line }
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			n := line(d.End()) - line(d.Pos()) + 1
			report(t, path+":"+d.Name.Name, n > maxFunctionLines, "has %d lines, %d are enough", n, maxFunctionLines)
			report(t, path+":"+d.Name.Name, d.Name.IsExported() && d.Doc == nil && onExported(d), "has no comment")
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					report(t, path+":"+s.Name.Name, s.Name.IsExported() && d.Doc == nil && s.Doc == nil, "has no comment")
				case *ast.ValueSpec:
					for _, name := range s.Names {
						report(t, path+":"+name.Name, name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil, "has no comment")
					}
				}
			}
		}
	}
}

// onExported reports whether a function is one that others can call by name:
// methods of unexported types answer interfaces that say what they do.
func onExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported() && d.Name.Name != "Error" && d.Name.Name != "String"
}

func checkBanned(t *testing.T, path, dir string, src []byte) {
	t.Helper()
	for n, line := range strings.Split(string(src), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "//") && !strings.Contains(line, "TO"+"DO") {
			continue
		}
		for _, b := range banned {
			if !b.pattern.MatchString(line) {
				continue
			}
			may := false
			for _, p := range strings.Fields(b.may) {
				may = may || below(dir, p)
			}
			report(t, path, !may, "line %d: %q: %s", n+1, strings.TrimSpace(line), b.why)
		}
	}
}

func TestDirectDependencies(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, line := range strings.Split(string(mod), "\n") {
		if strings.HasPrefix(line, "\t") && !strings.Contains(line, "// indirect") {
			n++
		}
	}
	if n == 0 || n > maxDependencies {
		t.Errorf("%d direct dependencies, %d are enough", n, maxDependencies)
	}
}
