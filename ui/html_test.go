package ui_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// page is an answer that can be asked by selector.
type page struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   string
	root   *html.Node
}

func parse(t testing.TB, body string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// part is one step of a selector: tag, #id, .class, [attr] and [attr=value].
type part struct {
	tag   string
	attrs map[string]string // "class" holds one class; an empty value asks only that it is there
}

func parsePart(s string) part {
	p := part{attrs: map[string]string{}}
	end := strings.IndexAny(s, "#.[")
	if end < 0 {
		return part{tag: s, attrs: p.attrs}
	}
	p.tag, s = s[:end], s[end:]
	for s != "" {
		kind := s[0]
		s = s[1:]
		stop := strings.IndexAny(s, "#.[")
		if kind == '[' {
			stop = strings.IndexByte(s, ']')
		}
		word := s
		if stop >= 0 {
			word, s = s[:stop], s[stop:]
		} else {
			s = ""
		}
		switch kind {
		case '#':
			p.attrs["id"] = word
		case '.':
			p.attrs["class "+word] = word
		case '[':
			s = strings.TrimPrefix(s, "]")
			name, value, _ := strings.Cut(word, "=")
			p.attrs[name] = value
		}
	}
	return p
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func (p part) fits(n *html.Node) bool {
	if n.Type != html.ElementNode || p.tag != "" && p.tag != n.Data {
		return false
	}
	for name, want := range p.attrs {
		key, class, isClass := strings.Cut(name, " ")
		value, ok := attr(n, key)
		if !ok || isClass && !slices.Contains(strings.Fields(value), class) || !isClass && want != "" && value != want {
			return false
		}
	}
	return true
}

// all finds the elements for a selector of descendants, in order. A value in
// brackets holds no space.
func (p *page) all(selector string) []*html.Node {
	found := []*html.Node{p.root}
	for _, step := range strings.Fields(selector) {
		want := parsePart(step)
		var next []*html.Node
		for _, n := range found {
			for d := range n.Descendants() {
				if want.fits(d) && !slices.Contains(next, d) {
					next = append(next, d)
				}
			}
		}
		found = next
	}
	return found
}

// one is the only element for a selector.
func (p *page) one(selector string) *html.Node {
	p.t.Helper()
	found := p.all(selector)
	if len(found) != 1 {
		p.t.Fatalf("%d elements for %q, want 1, in status %d:\n%s", len(found), selector, p.Status, p.Body)
	}
	return found[0]
}

// has reports whether a selector finds anything.
func (p *page) has(selector string) bool { return len(p.all(selector)) > 0 }

// text is what an element says, on one line.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// said is the text of all elements for a selector.
func (p *page) said(selector string) string {
	var out []string
	for _, n := range p.all(selector) {
		out = append(out, text(n))
	}
	return strings.Join(out, " | ")
}

// value is an attribute of the only element for a selector.
func (p *page) value(selector, name string) string {
	p.t.Helper()
	v, _ := attr(p.one(selector), name)
	return v
}

// fields reads a form as a browser would send it.
func (p *page) fields(selector string) url.Values {
	p.t.Helper()
	out := url.Values{}
	for n := range p.one(selector).Descendants() {
		name, _ := attr(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		value, _ := attr(n, "value")
		switch n.Data {
		case "input":
			kind, _ := attr(n, "type")
			if _, on := attr(n, "checked"); (kind == "checkbox" || kind == "radio") && !on {
				continue
			}
			out.Add(name, value)
		case "textarea":
			if n.FirstChild != nil {
				value = n.FirstChild.Data
			}
			out.Add(name, value)
		case "select":
			out.Add(name, chosen(n))
		}
	}
	return out
}

// chosen is the value of a select: the first option if none is marked.
func chosen(n *html.Node) string {
	first, seen := "", false
	for o := range n.Descendants() {
		if o.Type != html.ElementNode || o.Data != "option" {
			continue
		}
		value, _ := attr(o, "value")
		if _, on := attr(o, "selected"); on {
			return value
		}
		if !seen {
			first, seen = value, true
		}
	}
	return first
}
