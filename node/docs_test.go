package node_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPackageMap holds the map of CONTRIBUTING.md against the folders: each
// package is in it, and none that is gone.
func TestPackageMap(t *testing.T) {
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)` \\| ").FindAllStringSubmatch(read(t, "../CONTRIBUTING.md"), -1) {
		if slices.Contains(listed, m[1]) {
			t.Errorf("CONTRIBUTING.md lists %s twice", m[1])
		}
		listed = append(listed, m[1])
	}
	there := packages(t)
	for _, p := range there {
		if !slices.Contains(listed, p) {
			t.Errorf("CONTRIBUTING.md does not list the package %s", p)
		}
	}
	for _, p := range listed {
		if !slices.Contains(there, p) {
			t.Errorf("CONTRIBUTING.md lists %s, which is no package any more", p)
		}
	}
	if len(there) < 30 {
		t.Errorf("found only %d packages", len(there))
	}
}

// TestLinksInDocuments follows every relative link.
func TestLinksInDocuments(t *testing.T) {
	_, err := os.Stat("../docs/screens")
	pictures := err == nil // make screenshots writes them
	for _, file := range pages(t) {
		for _, m := range regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`).FindAllStringSubmatch(read(t, file), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") || !pictures && strings.HasSuffix(m[1], ".png") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", file, m[1], err)
			}
		}
	}
}

// TestMakeInDocuments finds make targets that do not exist.
func TestMakeInDocuments(t *testing.T) {
	makefile := read(t, "../Makefile")
	for _, file := range pages(t) {
		for _, m := range regexp.MustCompile("`make ([a-z0-9]+)`").FindAllStringSubmatch(read(t, file), -1) {
			if !strings.Contains(makefile, "\n"+m[1]+":") {
				t.Errorf("%s: make %s does not exist", file, m[1])
			}
		}
	}
}

// TestCommandsInDocuments finds commands and flags that poweron does not have.
func TestCommandsInDocuments(t *testing.T) {
	known := commandLine(t)
	for _, word := range []string{"serve", "person", "add", "--data", "--admin-email", "--allow-nets", "--json"} {
		if !known[word] {
			t.Fatalf("%s was not found in cmd/poweron: this test reads it wrongly", word)
		}
	}
	line := regexp.MustCompile(`(?m)(?:^|[ ` + "`" + `])(?:poweron|\./cmd/poweron|compose run --rm node|compose exec node poweron) ([a-z][^` + "`" + `\n]*)`)
	seen := 0
	for _, file := range append(pages(t), "../docker-compose.yml") {
		text := regexp.MustCompile(`\\\n[ #]*`).ReplaceAllString(read(t, file), "")
		text = strings.ReplaceAll(text, "-u poweron ", "") // sudo's
		for _, m := range line.FindAllStringSubmatch(code(text), -1) {
			for _, problem := range unknownWords(known, m[1]) {
				t.Errorf("%s: poweron %s: there is no %s", file, m[1], problem)
			}
			seen++
		}
	}
	if seen < 10 {
		t.Errorf("found only %d commands in the documents", seen)
	}
	if got := unknownWords(known, "person remove ana --as hub --gently 3"); !slices.Equal(got, []string{"remove", "--gently"}) {
		t.Errorf("unknownWords does not notice: %v", got)
	}
}

// TestGuidesAgree holds the two languages of the guide for members together:
// the same parts in the same order.
func TestGuidesAgree(t *testing.T) {
	shape := func(file string) []string {
		return regexp.MustCompile(`(?m)^(#+ |- |\d\. |\| |!\[)`).FindAllString(read(t, file), -1)
	}
	if en, es := shape("../docs/members.md"), shape("../docs/miembros.md"); !slices.Equal(en, es) {
		t.Errorf("the guides differ: %d parts in English, %d in Spanish", len(en), len(es))
	}
}

// TestGuidesSayWhatPagesSay finds words that the guides quote and no page has.
func TestGuidesSayWhatPagesSay(t *testing.T) {
	for _, g := range []struct{ guide, words, pattern string }{
		{"../docs/members.md", "../ui/locale/en", `“([^”]+)”`},
		{"../docs/miembros.md", "../ui/locale/es", `«([^»]+)»`},
	} {
		words := ""
		files, err := filepath.Glob(g.words + "/*.json")
		if err != nil || len(files) == 0 {
			t.Fatal("no words in", g.words, err)
		}
		for _, f := range files {
			words += read(t, f)
		}
		quoted := regexp.MustCompile(g.pattern).FindAllStringSubmatch(read(t, g.guide), -1)
		if len(quoted) < 10 {
			t.Errorf("%s quotes only %d words", g.guide, len(quoted))
		}
		for _, m := range quoted {
			if !strings.Contains(words, m[1]) {
				t.Errorf("%s quotes %q, which is not in %s", g.guide, m[1], g.words)
			}
		}
	}
}

// TestLibrariesAreTold holds the page on libraries against go.mod.
func TestLibrariesAreTold(t *testing.T) {
	told := read(t, "../docs/decisions/0009-libraries.md")
	for line := range strings.Lines(read(t, "../go.mod")) {
		name, direct := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "\t")
		if !direct || strings.HasSuffix(name, "// indirect") {
			continue
		}
		if name, _, _ = strings.Cut(name, " "); !strings.Contains(told, "`"+name+"`") {
			t.Errorf("docs/decisions/0009-libraries.md does not say what %s is for", name)
		}
	}
}

// unknownWords checks the leading words of a command, as far as they are
// commands, and all its flags.
func unknownWords(known map[string]bool, command string) (problems []string) {
	words := strings.Fields(command)
	groups := map[string]bool{"person": true, "post": true, "gathering": true, "hub": true, "network": true, "mentor": true, "message": true, "guest": true, "key": true}
	for i, w := range words {
		if i == 0 || i == 1 && groups[words[0]] {
			if !known[strings.Trim(w, ".,:;")] {
				problems = append(problems, w)
			}
		}
		if flag, _, _ := strings.Cut(strings.Trim(w, "[].,:;)"), "="); len(flag) > 2 && strings.HasPrefix(flag, "--") && !known[flag] {
			problems = append(problems, flag)
		}
	}
	return problems
}

// commandLine reads the commands and flags out of the structs of cmd/poweron,
// by the rules of kong: a field is a command if its tag says so, a flag unless
// it is an argument, and is called by its name in kebab case.
func commandLine(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../cmd/poweron/*.go")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"--help": true}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			field, ok := n.(*ast.Field)
			if !ok || field.Tag == nil {
				return true
			}
			tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`"))
			if _, output := tag.Lookup("json"); output {
				return true
			}
			for _, ident := range field.Names {
				name := tag.Get("name")
				if name == "" {
					name = kebab(ident.Name)
				}
				_, command := tag.Lookup("cmd")
				if !command {
					name = "--" + name
				}
				known[name] = true
			}
			return true
		})
	}
	return known
}

// kebab is how kong calls a field: AdminEmail is admin-email.
func kebab(s string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(s, "$1-$2"))
}

// code returns what stands in code, in lines and in blocks; all of a file that is no Markdown.
func code(text string) string {
	if !strings.Contains(text, "`") {
		return text
	}
	var b strings.Builder
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			b.WriteString(part + "\n")
			continue
		}
		for _, m := range regexp.MustCompile("`[^`\n]+`").FindAllString(part, -1) {
			b.WriteString(m + "\n")
		}
	}
	return b.String()
}

// pages are all documents for people.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/decisions/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// packages lists the folders with Go files, tests alone included, below the module's root.
func packages(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir("..", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "data") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		dir, err := filepath.Rel("..", filepath.Dir(file))
		if dir = path.Clean(filepath.ToSlash(dir)); !slices.Contains(all, dir) {
			all = append(all, dir)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
