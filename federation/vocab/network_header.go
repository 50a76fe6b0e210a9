package vocab

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// RosterNote is one roster that somebody goes by: which, its version, and the
// digest of who is in it.
type RosterNote struct {
	Members string // the collection
	Version int64
	Digest  string
}

// Compare orders notes.
func (n RosterNote) Compare(other RosterNote) int { return cmp.Compare(n.Members, other.Members) }

// maxNotes bounds how many networks one delivery is told of.
const maxNotes = 16

// RosterNotes writes notes as the value of the header PowerOn-Roster
// (federation.md 8.3, 4): id="…",version=44,digest="…" for each, with a
// semicolon between two.
func RosterNotes(list []RosterNote) string {
	parts := make([]string, 0, len(list))
	for _, n := range list[:min(len(list), maxNotes)] {
		parts = append(parts, fmt.Sprintf(`id="%s",version=%d,digest="%s"`, n.Members, n.Version, n.Digest))
	}
	return strings.Join(parts, ";")
}

var rosterNote = regexp.MustCompile(`^\s*id="([^"\s;]{1,500})",\s*version=([1-9][0-9]{0,15}),\s*digest="([0-9a-f]{64})"\s*$`)

// ReadRosterNotes reads them; what is none is left out.
func ReadRosterNotes(header string) (list []RosterNote) {
	if len(header) > 8<<10 {
		return nil
	}
	for part := range strings.SplitSeq(header, ";") {
		m := rosterNote.FindStringSubmatch(part)
		if m == nil || !isLink(m[1]) || len(list) >= maxNotes {
			continue
		}
		version, err := strconv.ParseInt(m[2], 10, 64)
		if err == nil {
			list = append(list, RosterNote{Members: m[1], Version: version, Digest: m[3]})
		}
	}
	return list
}
