package markup

import (
	"net/url"
	"strings"
)

const (
	maxHref    = 2048 // bytes of an address after escaping
	maxClasses = 8    // names in one class attribute
	maxClass   = 40   // bytes of one class name

	// linkRel is on every link: no weight for search engines, no access to our
	// window, no address of our page for the other side.
	linkRel = ` rel="nofollow noopener noreferrer ugc"`
)

// safeHref returns an address with a scheme that we link to (C4) in one
// spelling: ASCII, the scheme in lower case, no character that an attribute or
// a browser could take for something else. An address must name a host or a
// mailbox: others would lead to pages of ours, or elsewhere in each browser.
func safeHref(raw string) (string, bool) {
	scheme, rest, ok := strings.Cut(strings.Trim(raw, " \t\n\f\r"), ":")
	if !ok {
		return "", false
	}
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" && scheme != "mailto" {
		return "", false
	}
	href := scheme + ":" + escapeURL(rest)
	if len(href) > maxHref {
		return "", false
	}
	u, err := url.Parse(href)
	if err != nil {
		return "", false
	}
	if scheme == "mailto" {
		return href, strings.Contains(u.Opaque, "@")
	}
	return href, u.Hostname() != ""
}

// escapeURL percent-encodes every byte that may not stand in a URL, and a % that
// begins no escape. With control characters nothing is left, which names no host:
// browsers remove some of them, so the address would not be the one we looked at.
func escapeURL(s string) string {
	const hex = "0123456789ABCDEF"
	clean := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x20 || c == 0x7f:
			return ""
		case !plainInURL(s, i):
			clean = false
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; plainInURL(s, i) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// plainInURL reports whether the byte at i may stay as it is (RFC 3986 §2).
func plainInURL(s string, i int) bool {
	c := s[i]
	switch {
	case c == '%':
		return i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
	case c >= 0x80:
		return false
	}
	return c > 0x20 && c < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", rune(c))
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// safeClass keeps the class names that tell readers something: microformats and
// the four that Mastodon uses for mentions, hashtags and shortened links (C4).
func safeClass(raw string) string {
	if raw == "" {
		return ""
	}
	var kept []string
next:
	for _, name := range strings.Fields(raw) {
		if !knownClass(name) {
			continue
		}
		for _, k := range kept {
			if k == name {
				continue next
			}
		}
		if kept = append(kept, name); len(kept) == maxClasses {
			break
		}
	}
	return strings.Join(kept, " ")
}

func knownClass(name string) bool {
	switch name {
	case "mention", "hashtag", "ellipsis", "invisible":
		return true
	}
	prefix, rest, ok := strings.Cut(name, "-")
	if !ok || rest == "" || len(name) > maxClass {
		return false
	}
	switch prefix {
	case "h", "p", "u", "dt", "e":
	default:
		return false
	}
	for i := 0; i < len(rest); i++ {
		if c := rest[i]; c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// isReference reports whether a class attribute marks a link to a person or a
// hashtag.
func isReference(class string) bool {
	for _, name := range strings.Fields(class) {
		if name == "mention" || name == "hashtag" {
			return true
		}
	}
	return false
}
