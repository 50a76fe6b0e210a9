package node

import "strings"

// foldedLetters are the letters that a handle made from a name writes without their marks.
var foldedLetters = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n", "ç", "c", "à", "a", "è", "e", "ö", "o", "ä", "a")

// HandleFrom makes a handle out of a name: "Ana María Ruiz" gives "ana_maria_ruiz".
// What gives none becomes otherwise.
func HandleFrom(name, otherwise string) string {
	var b strings.Builder
	for _, r := range foldedLetters.Replace(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	h := strings.Trim(b.String(), "_")
	if len(h) > 30 {
		h = strings.Trim(h[:30], "_")
	}
	if CheckHandle(h) != nil {
		return otherwise
	}
	return h
}
