package node_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// spec is one row of schema/specs.tsv.
type spec struct{ id, title, status string }

// documents are the specs that a document obeys and no code does.
var documents = map[string]string{"FEP-67ff": "../FEDERATION.md"}

// citation finds what is named in the two families whose names have one shape.
// RFC 9421 is the same as RFC9421.
var citation = regexp.MustCompile(`\bFEP-[0-9a-f]{4}\b|\bRFC ?[0-9]{3,5}\b`)

// TestSpecs holds the list of specs against what the code says that it follows:
// a comment names no spec that is not in the list, and a spec that is followed
// as a whole is named where that is done.
func TestSpecs(t *testing.T) {
	specs := readSpecs(t)
	cited := map[string]bool{} // by code, not by its tests
	comments(t, func(path, text string) {
		for _, problem := range uncited(specs, text) {
			t.Errorf("%s cites %s, which has no row in schema/specs.tsv", path, problem)
		}
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, s := range specs {
			cited[s.id] = cited[s.id] || s.in(text)
		}
	})
	for id, path := range documents {
		text, err := os.ReadFile(path)
		cited[id] = err == nil && strings.Contains(string(text), id)
	}
	for _, s := range specs {
		switch {
		case s.status == "yes" && !cited[s.id]:
			t.Errorf("%s (%s) is listed as followed, but no code cites it", s.id, s.title)
		case s.status == "no" && cited[s.id]:
			t.Errorf("%s (%s) is listed as not followed, but code cites it", s.id, s.title)
		}
	}
}

// TestSpecsNoticesAnUnknownOne shows that TestSpecs can fail.
func TestSpecsNoticesAnUnknownOne(t *testing.T) {
	specs := []spec{{"AP", "", "yes"}, {"RFC9421", "", "yes"}, {"FEP-8a8e", "", "partial"}}
	for _, tt := range []struct{ name, text, want string }{
		{"known FEP", "after FEP-8a8e, with an end", ""},
		{"unknown FEP", "after FEP-8a8f", "FEP-8a8f"},
		{"known RFC, both ways", "RFC9421 or RFC 9421 §2.2", ""},
		{"unknown RFC", "as RFC 9999 says", "RFC9999"},
		{"section of a known spec", "the Follow (AP §7.5)", ""},
		{"sections", "AP §7.5 and §7.6", ""},
		{"section of an unknown spec", "the form of APX §3", "APX §"},
		{"section of nothing", "§3 says so", "§"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(uncited(specs, tt.text), " "); !strings.HasSuffix(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if (spec{id: "AP"}).in("takes an AP id") {
		t.Error("the word AP alone counts as a citation")
	}
}

// TestSpecsAreTold holds FEDERATION.md, which other developers read, against
// the list: it names what is followed, as a whole or in part, and nothing else
// without saying so.
func TestSpecsAreTold(t *testing.T) {
	raw, err := os.ReadFile("../FEDERATION.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	row := regexp.MustCompile(`(?m)^\| ([^|]+) \| [^|]+ \| (yes|partial|no)\b`)
	for _, m := range row.FindAllStringSubmatch(string(raw), -1) {
		told[m[1]] = m[2]
	}
	for _, s := range readSpecs(t) {
		if !strings.HasPrefix(s.id, "FEP-") {
			continue
		}
		if told[s.id] != s.status {
			t.Errorf("FEDERATION.md says %q of %s (%s), the list says %q", told[s.id], s.id, s.title, s.status)
		}
	}
}

// TestActivitiesAreTold holds the tables of FEDERATION.md against the handlers
// and the types that are read.
func TestActivitiesAreTold(t *testing.T) {
	raw, err := os.ReadFile("../FEDERATION.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []struct{ path, pattern string }{
		{"../federation/inbox/activity.go", `(?m)^\t"(\w+)":\s+\(\*Inbox\)`},
		{"../federation/vocab/registry.go", `(?m)^\t"(\w+)":\s+node\.Kind`},
	} {
		src, err := os.ReadFile(of.path)
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(of.pattern).FindAllStringSubmatch(string(src), -1)
		if len(names) < 5 {
			t.Errorf("%s: found %d types, the pattern does not fit any more", of.path, len(names))
		}
		for _, m := range names {
			if !strings.Contains(string(raw), "`"+m[1]+"`") {
				t.Errorf("FEDERATION.md does not name %s, which %s handles", m[1], of.path)
			}
		}
	}
}

func readSpecs(t *testing.T) []spec {
	t.Helper()
	raw, err := os.ReadFile("../schema/specs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var specs []spec
	seen := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 || seen[f[0]] || !slices.Contains([]string{"yes", "partial", "no"}, f[2]) {
			t.Errorf("schema/specs.tsv: %q is not a new id, a title and yes, partial or no", line)
			continue
		}
		seen[f[0]] = true
		specs = append(specs, spec{f[0], f[1], f[2]})
	}
	return specs
}

// in reports whether text cites s.
func (s spec) in(text string) bool {
	switch {
	case s.id == "AP": // also an everyday word of ours: "AP id"
		return strings.Contains(text, "AP §")
	case strings.HasPrefix(s.id, "RFC"):
		return regexp.MustCompile(`\bRFC ?` + s.id[len("RFC"):] + `\b`).MatchString(text)
	}
	return regexp.MustCompile(`(^|[^\w-])` + regexp.QuoteMeta(s.id) + `\b`).MatchString(strings.ReplaceAll(text, "draft-", ""))
}

// uncited lists what text cites that is not among specs: ids of the families
// with one shape, and sections of anything else.
func uncited(specs []spec, text string) []string {
	problems := map[string]bool{}
	for _, m := range citation.FindAllString(text, -1) {
		id := strings.ReplaceAll(m, " ", "")
		if !slices.ContainsFunc(specs, func(s spec) bool { return s.id == id }) {
			problems[id] = true
		}
	}
	for rest := text; ; {
		before, after, more := strings.Cut(rest, "§")
		if !more {
			break
		}
		// The spec of a section stands just before it, or before the section before it.
		near := text[max(0, len(text)-len(rest)+len(before)-40) : len(text)-len(after)]
		if !slices.ContainsFunc(specs, func(s spec) bool { return s.in(near) }) {
			problems[strings.ToValidUTF8(near[max(0, len(near)-20):], "")] = true
		}
		rest = after
	}
	return slices.Sorted(maps.Keys(problems))
}

// comments calls f for the comments of every Go file, tests included, each as
// one line.
func comments(t *testing.T, f func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || path == "specs_test.go" || path == filepath.Join("..", "node", "specs_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, group := range file.Comments {
			f(path, strings.Join(strings.Fields(group.Text()), " "))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
