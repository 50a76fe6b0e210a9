package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/poweron-network/poweron/ui/static"
)

// files serves what is embedded in ui/static. A page asks for a file by the
// hash of its bytes, so that browsers may keep it for good.
type files struct {
	content map[string][]byte
	hash    map[string]string
	icons   map[string]template.HTML // by id of their symbol
}

// iconFile holds all icons; symbol finds their ids in it.
const iconFile = "icons.svg"

var symbol = regexp.MustCompile(`<symbol id="([a-z0-9]+)"`)

func newFiles() (*files, error) {
	f := &files{content: map[string][]byte{}, hash: map[string]string{}}
	err := fs.WalkDir(static.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := static.Files.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(raw)
		f.content[name], f.hash[name] = raw, hex.EncodeToString(sum[:])[:10]
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	f.icons = map[string]template.HTML{}
	for _, found := range symbol.FindAllSubmatch(f.content[iconFile], -1) {
		name := string(found[1])
		f.icons[name] = template.HTML(`<svg class="i" aria-hidden="true"><use href="` + f.url(iconFile) + `#` + name + `"/></svg>`)
	}
	return f, nil
}

// url is the address of a file, with its hash.
func (f *files) url(name string) string { return "/static/" + name + "?v=" + f.hash[name] }

func (f *files) serve(c *gin.Context) {
	name := strings.TrimPrefix(c.Param("file"), "/")
	raw, ok := f.content[name]
	if !ok {
		c.Status(http.StatusNotFound)
		return
	}
	h := c.Writer.Header()
	h.Set("ETag", `"`+f.hash[name]+`"`)
	h.Set("Cache-Control", "public, max-age=86400")
	if c.Query("v") == f.hash[name] {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Contains(c.GetHeader("If-None-Match"), f.hash[name]) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, contentType(name), raw)
}

// contentType does not ask the machine's tables, which differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}
