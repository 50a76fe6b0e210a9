package fetch_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/poweron-network/poweron/federation/fetch"
)

// mayDial are the packages that may open connections, with the reason.
var mayDial = map[string]string{
	"federation/fetch": "it is the outbound client",
	"node/mail":        "SMTP to the relay that the admin named",
	"cmd/fedtest":      "it plays the other servers in tests, hostile ones too; nothing may import it, see dialers",
}

// dialers are the names that open connections, or could be made to. An empty
// list means the whole package.
var dialers = map[string][]string{
	"net/http": {
		"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Client", "Transport",
	},
	"net": {
		"Dial", "DialTimeout", "DialIP", "DialTCP", "DialUDP", "DialUnix", "Dialer",
	},
	"crypto/tls":              {"Dial", "DialWithDialer", "Dialer"},
	"net/http/httputil":       {"ReverseProxy", "NewSingleHostReverseProxy"},
	"net/smtp":                {},
	"golang.org/x/net/http2":  {},
	"golang.org/x/net/proxy":  {},
	"golang.org/x/net/socks":  {},
	"golang.org/x/crypto/ssh": {},
	module + "/cmd/fedtest":   {},
}

const (
	module    = "github.com/poweron-network/poweron"
	fetchPath = module + "/federation/fetch"
)

// breaches returns what a file does that only the outbound client may do, and
// purposes that it makes up.
func breaches(file *ast.File) []string {
	var found []string
	local := map[string]string{} // name in this file -> import path
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if list, ok := dialers[path]; ok && (name == "." || len(list) == 0) {
			found = append(found, "import of "+path)
		}
		local[name] = path
	}
	usesFetch := false
	for _, path := range local {
		usesFetch = usesFetch || path == fetchPath
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			for _, name := range dialers[local[pkg.Name]] {
				if n.Sel.Name == name {
					found = append(found, pkg.Name+"."+name)
				}
			}
		case *ast.CallExpr:
			if usesFetch && literalPurpose(n, local) {
				found = append(found, "a purpose written as text")
			}
		}
		return true
	})
	return found
}

// literalPurpose reports x.Get(ctx, "actor", ...), x.Post(ctx, "actor", ...) and
// fetch.Purpose("actor").
func literalPurpose(call *ast.CallExpr, local map[string]string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	if pkg, ok := sel.X.(*ast.Ident); ok && local[pkg.Name] == fetchPath && sel.Sel.Name == "Purpose" {
		return true
	}
	if sel.Sel.Name != "Get" && sel.Sel.Name != "Post" || len(call.Args) < 4 {
		return false
	}
	lit, ok := call.Args[1].(*ast.BasicLit)
	return ok && lit.Kind == token.STRING
}

// TestB1OneClient reads the source of the whole module.
func TestB1OneClient(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if _, ok := mayDial[filepath.ToSlash(filepath.Dir(rel))]; ok {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files++
		for _, b := range breaches(file) {
			t.Errorf("%s: %s: every outbound request goes through federation/fetch (B1)", rel, b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Error("no source was read")
	}
}

func TestB1ReaderSeesBreaches(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, imports, body string
		want                int
	}{
		{"http.Get", `"net/http"`, `http.Get("x")`, 1},
		{"http.Post", `"net/http"`, `http.Post("x", "y", nil)`, 1},
		{"default client", `"net/http"`, `http.DefaultClient.Do(nil)`, 1},
		{"default transport", `"net/http"`, `_ = http.DefaultTransport`, 1},
		{"own client", `"net/http"`, `_ = &http.Client{}`, 1},
		{"own client by new", `"net/http"`, `_ = new(http.Client)`, 1},
		{"own transport", `"net/http"`, `_ = &http.Transport{}`, 1},
		{"renamed import", `web "net/http"`, `web.Get("x")`, 1},
		{"dot import", `. "net/http"`, `Get("x")`, 1},
		{"net.Dial", `"net"`, `net.Dial("tcp", "x")`, 1},
		{"net.Dialer", `"net"`, `_ = net.Dialer{}`, 1},
		{"tls.Dial", `"crypto/tls"`, `tls.Dial("tcp", "x", nil)`, 1},
		{"reverse proxy", `"net/http/httputil"`, `_ = httputil.ReverseProxy{}`, 1},
		{"smtp", `"net/smtp"`, ``, 1},
		{"test support in the program", `"` + module + `/cmd/fedtest"`, ``, 1},
		{"server side", `"net/http"`, `_ = http.Server{}; _ = http.MethodGet`, 0},
		{"listening", `"net"`, `net.Listen("tcp", "x")`, 0},
		{"purpose of the table", `"` + fetchPath + `"`, `c.Get(ctx, fetch.Actor, u, nil)`, 0},
		{"purpose as text in Get", `"` + fetchPath + `"`, `c.Get(ctx, "actor", u, nil)`, 1},
		{"purpose as text in Post", `"` + fetchPath + `"`, `c.Post(ctx, "delivery", u, t, b, nil)`, 1},
		{"purpose converted", `f "` + fetchPath + `"`, `c.Get(ctx, f.Purpose("actor"), u, nil)`, 1},
		{"Get of something else", `"fmt"`, `r.Get(ctx, "path", u, nil)`, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			src := "package x\nimport " + tc.imports + "\nfunc f() {\n" + tc.body + "\n}\n"
			file, err := parser.ParseFile(token.NewFileSet(), "x.go", src, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if got := breaches(file); len(got) != tc.want {
				t.Errorf("found %v, want %d", got, tc.want)
			}
		})
	}
}

// TestB1EveryPurposeHasARow reads the constants from the source, as Go cannot
// list them.
func TestB1EveryPurposeHasARow(t *testing.T) {
	t.Parallel()
	rows := map[string]int{}
	for _, u := range fetch.Users {
		rows[string(u.Purpose)]++
		if u.Description == "" || u.MaxBytes <= 0 || u.MaxBytes > 1<<20 || u.MaxRedirects > 3 {
			t.Errorf("row %s is not complete or beyond B3 and B4: %+v", u.Purpose, u)
		}
		if (u.Method == http.MethodGet) != (len(u.Accept) > 0) {
			t.Errorf("row %s: a GET names what it accepts, a POST does not", u.Purpose)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	constants := 0
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != "Purpose" {
				return true
			}
			for i, name := range spec.Names {
				constants++
				value, _ := strconv.Unquote(spec.Values[i].(*ast.BasicLit).Value)
				if rows[value] != 1 {
					t.Errorf("%s: %d rows in Users, want 1", name.Name, rows[value])
				}
			}
			return true
		})
	}
	if constants != len(fetch.Users) {
		t.Errorf("%d constants and %d rows", constants, len(fetch.Users))
	}
}

func TestB1UnknownPurposeIsRefused(t *testing.T) {
	t.Parallel()
	hit := false
	s := start(t, "127.77.1.1", func(http.ResponseWriter, *http.Request) { hit = true })
	c := newClient(t, nil)
	for name, call := range map[string]func(context.Context) error{
		"get for no purpose": func(ctx context.Context) error { _, err := c.Get(ctx, "", s.URL, nil); return err },
		"get for a new one":  func(ctx context.Context) error { _, err := c.Get(ctx, "media", s.URL, nil); return err },
		"get of a delivery":  func(ctx context.Context) error { _, err := c.Get(ctx, fetch.Delivery, s.URL, nil); return err },
		"post for a new one": func(ctx context.Context) error { _, err := c.Post(ctx, "media", s.URL, asJSON, nil, nil); return err },
		"post to an actor": func(ctx context.Context) error {
			_, err := c.Post(ctx, fetch.Actor, s.URL, asJSON, nil, nil)
			return err
		},
	} {
		if err := call(within(t)); !errors.Is(err, fetch.ErrPurpose) {
			t.Errorf("%s: %v, want ErrPurpose", name, err)
		}
	}
	if hit {
		t.Error("a request went out")
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}
