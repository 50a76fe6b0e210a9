package node_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/poweron-network/poweron/"

// pure are packages without a database, a network or a clock: text in, text out.
const pure = "node/markup node/skillset node/keyring"

// subjects are the services.
const subjects = "node/people node/conversation node/gathering node/following node/peers node/delivery node/job node/network node/card node/mentoring node/contact"

// allowed lists what of ours each package may import. The first row that fits
// decides; "..." takes a whole tree.
var allowed = []struct{ pkg, may string }{
	{"schema", ""},
	{"node/access", "node"},
	{"node/store", "node node/access schema"},
	{"node/markup", ""},
	{"node/skillset", ""},
	{"node/keyring", "node"},
	{"node/config", "node"},
	{"node/mail", "node"},
	{"node/nodetest", "node node/... schema"},
	{"node/job", "node node/store"},
	{"node/people", "node node/access node/store " + pure},
	{"node/conversation", "node node/access node/store " + pure},
	{"node/gathering", "node node/access node/store " + pure},
	{"node/following", "node node/access node/store " + pure},
	{"node/network", "node node/access node/store " + pure},
	{"node/card", "node node/access node/store " + pure},
	{"node/mentoring", "node node/access node/store " + pure},
	{"node/contact", "node node/access node/store " + pure},
	{"node/peers", "node node/access node/store"},
	{"node/delivery", "node node/access node/store"},
	{"node", ""},
	{"federation", "node node/access " + subjects + " " + pure + " schema federation/..."},
	{"ui", "node node/access " + subjects + " " + pure + " schema ui/..."},
	{"cmd", "..."},
}

// owners lists the packages that alone may import a third-party path.
var owners = map[string]string{
	"database/sql":                            "node/store",
	"github.com/mattn/go-sqlite3":             "node/store",
	"github.com/pressly/goose":                "node/store",
	"github.com/gin-gonic/gin":                "ui federation cmd",
	"github.com/go-fed/":                      "federation",
	"github.com/superseriousbusiness/httpsig": "federation/signature",
	"github.com/yaronf/httpsign":              "federation/signature",
	"github.com/alecthomas/kong":              "cmd",
	"github.com/wneessen/go-mail":             "node/mail",
	"github.com/arran4/golang-ical":           "ui/feed",
	"github.com/gorilla/feeds":                "ui/feed",
	"github.com/yuin/goldmark":                "node/markup",
	"github.com/nicksnyder/go-i18n":           "ui/locale",
}

// TestImports enforces the arrows of CONTRIBUTING.md.
func TestImports(t *testing.T) {
	walk(t, func(path, dir string) {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		for _, im := range f.Imports {
			if to, err := strconv.Unquote(im.Path.Value); err == nil {
				if problem := forbidden(dir, to); problem != "" {
					t.Error(problem)
				}
			}
		}
	})
}

// TestImportsNoticesAForbiddenOne shows that TestImports can fail.
func TestImportsNoticesAForbiddenOne(t *testing.T) {
	for _, tt := range []struct{ dir, to, want string }{
		{"ui", module + "federation/vocab", "ui may not import federation/vocab"},
		{"ui/feed", module + "node/store", "ui/feed may not import node/store"},
		{"federation/inbox", module + "node/store", "federation/inbox may not import node/store"},
		{"node/people", module + "node/conversation", "node/people may not import node/conversation"},
		{"node", module + "node/access", "node may not import node/access"},
		{"node/people", "database/sql", "node/people may not import database/sql"},
		{"node/people", "github.com/gin-gonic/gin", "node/people may not import github.com/gin-gonic/gin"},
		{"node/unheard", module + "node", "node/unheard has no row in allowed"},
		{"ui", module + "node/people", ""},
		{"federation/inbox", "github.com/go-fed/activity/pub", ""},
	} {
		if got := forbidden(tt.dir, tt.to); got != tt.want {
			t.Errorf("%s imports %s: got %q, want %q", tt.dir, tt.to, got, tt.want)
		}
	}
}

// walk calls f for every Go file of the product with its folder, both below the module's root.
func walk(t *testing.T, f func(path, dir string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"node_modules", "testdata"}, d.Name())) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		dir, err := filepath.Rel("..", filepath.Dir(path))
		f(path, filepath.ToSlash(dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// forbidden says why a package may not import a path; "" if it may.
func forbidden(dir, to string) string {
	own, ours := strings.CutPrefix(to, module)
	if !ours {
		for third, who := range owners {
			if strings.HasPrefix(to, third) && !slices.ContainsFunc(strings.Fields(who), func(w string) bool { return below(dir, w) }) {
				return dir + " may not import " + to
			}
		}
		return ""
	}
	for _, a := range allowed {
		if dir != a.pkg && (!strings.HasPrefix(dir, a.pkg+"/") || a.pkg == "node") {
			continue
		}
		for _, m := range strings.Fields(a.may) {
			if tree, all := strings.CutSuffix(m, "..."); m == own || all && strings.HasPrefix(own, tree) {
				return ""
			}
		}
		return dir + " may not import " + own
	}
	return dir + " has no row in allowed"
}

func below(dir, root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }
