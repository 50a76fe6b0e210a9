// Package static embeds the files that every page needs: two style sheets,
// the icons, the mark and the one typeface (SIL Open Font License, fonts/OFL.txt).
package static

import "embed"

// Files holds everything that /static/ serves.
//
//go:embed *.css *.svg fonts
var Files embed.FS
