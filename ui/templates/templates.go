// Package templates embeds the pages. layout.html is the frame, parts.html
// holds what several pages show, form.html the fields; each other file is one
// page and defines "main". Every sentence comes from ui/locale.
package templates

import "embed"

// Files holds all templates.
//
//go:embed *.html
var Files embed.FS
