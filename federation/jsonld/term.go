package jsonld

import (
	"encoding/json"
	"strings"
)

// term is a set of known keys, one bit each.
type term uint32

// The keys that tell who says what about what. None of them may stand twice
// in one object, under any of its names (design.md 9, "Duplicate keys").
const (
	termID term = 1 << iota
	termType
	termActor
	termObject
	termTarget
	termAttributedTo
	termTo
	termCc
	termBto
	termBcc
	termAudience
	termInReplyTo
	termPublicKey
	termOwner
	// termAddress stands for keys that hold addresses but no authority: their
	// strings are checked like ids, and they may stand twice.
	termAddress
	guarded = termAddress - 1
)

// longestTerm bounds what has to be compared: the longest prefix and the longest name.
const longestTerm = len("https://www.w3.org/ns/activitystreams#") + len("preferredusername")

// termOf tells which known term a quoted key without escapes is, in any case and
// under any prefix, and whether its case is right. Unknown keys are 0.
func termOf(quoted []byte) (t term, exact bool) {
	key := quoted[1 : len(quoted)-1]
	if len(key) < 2 || len(key) > longestTerm {
		return 0, false
	}
	var buf [longestTerm]byte
	lower := buf[:len(key)]
	exact = true
	for i, c := range key {
		switch {
		case c >= 0x80:
			return termFolded(string(key)) // a letter that folds to an ASCII one, such as the Kelvin sign
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	short := lower[prefixLen(lower):]
	t, name := lookup(short)
	if t == 0 {
		return 0, false
	}
	return t, string(key[len(key)-len(short):]) == name
}

// termOfEscaped is termOf for a key with escapes: "\u0061ctor" is actor, too.
func termOfEscaped(quoted []byte) (term, bool) {
	var key string
	if json.Unmarshal(quoted, &key) != nil {
		return 0, false
	}
	return termFolded(key)
}

// termFolded is termOf by Unicode's rules of case.
func termFolded(key string) (term, bool) {
	lower := strings.ToLower(key)
	if len(lower) > longestTerm {
		return 0, false
	}
	t, name := lookup([]byte(lower[prefixLen([]byte(lower)):]))
	return t, t != 0 && strings.HasSuffix(key, name)
}

// prefixLen is the length of what stands before a term: a keyword's @, or a
// compact or full form of the two vocabularies that the terms come from.
func prefixLen(key []byte) int {
	switch key[0] {
	case '@':
		return 1
	case 'a':
		return lenIf(key, "as:")
	case 's':
		return lenIf(key, "sec:")
	case 'h':
		for _, p := range []string{
			"https://www.w3.org/ns/activitystreams#", "http://www.w3.org/ns/activitystreams#",
			"https://w3id.org/security#", "http://w3id.org/security#",
		} {
			if n := lenIf(key, p); n > 0 {
				return n
			}
		}
	}
	return 0
}

func lenIf(key []byte, prefix string) int {
	if len(key) >= len(prefix) && string(key[:len(prefix)]) == prefix {
		return len(prefix)
	}
	return 0
}

// lookup returns the term with this name in lower case, and its right spelling.
func lookup(lower []byte) (term, string) {
	switch string(lower) {
	case "id":
		return termID, "id"
	case "type":
		return termType, "type"
	case "actor":
		return termActor, "actor"
	case "object":
		return termObject, "object"
	case "target":
		return termTarget, "target"
	case "attributedto":
		return termAttributedTo, "attributedTo"
	case "to":
		return termTo, "to"
	case "cc":
		return termCc, "cc"
	case "bto":
		return termBto, "bto"
	case "bcc":
		return termBcc, "bcc"
	case "audience":
		return termAudience, "audience"
	case "inreplyto":
		return termInReplyTo, "inReplyTo"
	case "publickey":
		return termPublicKey, "publicKey"
	case "owner":
		return termOwner, "owner"
	case "url", "href", "inbox", "outbox", "followers", "following", "sharedinbox", "controller", "preferredusername":
		return termAddress, ""
	}
	return 0, ""
}
