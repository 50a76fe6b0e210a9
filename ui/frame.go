package ui

import (
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// Frame is what every page has around its own matter. Page structs and the
// views in them embed it, so that templates find words and icons everywhere.
type Frame struct {
	v *visit

	Title     string // of the page; the organization's name follows it
	Problem   bool   // its form was not taken; the title says so first
	Lang      string
	Theme     string // "light", "dark" or empty: as the system has it
	Nav       string // the menu entry that is lit
	Menu      []menuEntry
	Languages []langLink // the other languages of this page
	Back      string     // where the form for the theme returns to
	Done      string     // what was just done, in words; empty mostly
	NoIndex   bool       // keep search engines away (E11)
	Meta      *meta      // set on pages that everyone may read
}

type menuEntry struct{ Key, Link, Icon, Words string }

type langLink struct{ Code, Name, Link string }

// frame begins a page. nav is the key of a menu entry, title is in the reader's language.
func (v *visit) frame(nav, title string) *Frame {
	f := &Frame{v: v, Title: title, Lang: v.lang, Theme: v.theme(), Nav: nav, Back: "/"}
	f.Menu = append(f.Menu, menuEntry{"home", "/", "home", v.t("menu.home")})
	if access.Can(v.viewer, access.SeePeople) {
		f.Menu = append(f.Menu, menuEntry{"people", "/people", "people", v.t("menu.people")})
	}
	f.Menu = append(f.Menu, menuEntry{"gatherings", "/gatherings", "gathering", v.t("menu.gatherings")})
	if access.Can(v.viewer, access.SeeNetworks) {
		f.Menu = append(f.Menu, menuEntry{"network", "/network", "net", v.t("menu.network")})
	}
	if access.Can(v.viewer, access.Follow) {
		f.Menu = append(f.Menu, menuEntry{"following", "/following", "feed", v.t("menu.following")})
	}
	if access.Can(v.viewer, access.Moderate) {
		f.Menu = append(f.Menu, menuEntry{"held", "/admin/held", "eye", v.t("menu.held")})
	}
	query := v.Request.URL.Query()
	if key := query.Get("done"); doneNotices[key] {
		f.Done = v.t("done." + key)
	}
	query.Del("done")
	if v.Request.Method == "GET" {
		f.Back = (&url.URL{Path: v.Request.URL.Path, RawQuery: query.Encode()}).String()
	}
	for _, lang := range v.s.words.Languages() {
		if lang == v.lang {
			continue
		}
		query.Set("lang", lang)
		link := (&url.URL{Path: v.Request.URL.Path, RawQuery: query.Encode()}).String()
		f.Languages = append(f.Languages, langLink{lang, v.s.words.T(lang, "language.own", nil), link})
	}
	return f
}

// doneNotices are the keys after "done." that a page says when asked with ?done=.
var doneNotices = map[string]bool{
	"signed-out": true, "post": true, "reply": true, "saved": true, "deleted": true, "gathering": true, "cancelled": true,
	"profile": true, "followable": true, "unfollowable": true, "in-networks": true, "out-of-networks": true, "organization": true, "followed": true, "unfollowed": true,
	"accepted": true, "rejected": true, "confirmed": true,
	"network-asked": true, "network-left": true, "network-approved": true, "network-succeeded": true,
	"hub-founded": true, "hub-saved": true, "hub-closed": true, "hub-approve": true, "hub-refuse": true, "hub-suspend": true, "hub-restore": true,
	"hub-role": true, "hub-key": true, "hub-successor": true, "hub-no-successor": true, "hub-expel": true, "hub-expel-first": true,
	"hub-tag-saved": true, "hub-tag-merged": true, "hub-tag-retired": true,
	"mentor-asked": true, "mentor-offered": true, "mentor-paused": true, "mentor-resumed": true, "mentor-confirmed": true, "mentor-withdrawn": true,
	"mentor-accepted": true, "mentor-waiting": true, "mentor-declined": true, "mentor-handed-on": true, "mentor-closed": true, "mentor-taken-back": true,
	"message-sent": true, "message-blocked": true, "message-unblocked": true,
}

// t says key in the reader's language; pairs are names and values of placeholders.
func (v *visit) t(key string, pairs ...any) string {
	return v.s.words.T(v.lang, key, arguments(pairs, false))
}

// arguments makes a map of name, value pairs, escaped if they go into HTML.
func arguments(pairs []any, escape bool) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	args := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		value := fmt.Sprint(pairs[i+1])
		if _, safe := pairs[i+1].(template.HTML); escape && !safe {
			value = html.EscapeString(value)
		}
		args[fmt.Sprint(pairs[i])] = value
	}
	return args
}

// T says key in the reader's language.
func (f *Frame) T(key string, pairs ...any) string { return f.v.t(key, pairs...) }

// H is T for the few sentences that hold a link or a bold word. Values are
// escaped unless they are HTML already.
func (f *Frame) H(key string, pairs ...any) template.HTML {
	return template.HTML(f.v.s.words.T(f.v.lang, key, arguments(pairs, true)))
}

// Link is a link to put into a sentence with H. What is not a path here or an
// http(s) address is only shown.
func (f *Frame) Link(to, words string) template.HTML {
	u, err := url.Parse(to)
	if err != nil || u.Scheme == "" && !strings.HasPrefix(to, "/") || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return template.HTML(html.EscapeString(words))
	}
	return template.HTML(`<a href="` + html.EscapeString(to) + `">` + html.EscapeString(words) + `</a>`)
}

// Icon draws a symbol of icons.svg. It never stands without words.
func (f *Frame) Icon(name string) (template.HTML, error) {
	icon, ok := f.v.s.files.icons[name]
	if !ok {
		return "", fmt.Errorf("draw icon %q: no such symbol", name)
	}
	return icon, nil
}

// Static is the address of a file that all pages share.
func (f *Frame) Static(name string) string { return f.v.s.files.url(name) }

// Organization is whose node this is.
func (f *Frame) Organization() *node.Organization {
	if f.v.site == nil || f.v.site.Organization == nil {
		return &node.Organization{Name: "PowerOn"}
	}
	return f.v.site.Organization
}

// OrganizationLink is the page of Organization.
func (f *Frame) OrganizationLink() string { return "/organizations/" + f.Organization().Handle }

// Handle is what people outside follow: "@riverbend@node.example".
func (f *Frame) Handle() string {
	return "@" + f.Organization().Handle + "@" + f.v.s.Origin.Host()
}

// Host is the name of this node.
func (f *Frame) Host() string { return f.v.s.Origin.Host() }

// Me is who is signed in; nil for visitors.
func (f *Frame) Me() *node.Person { return f.v.me }

// MyFace is the face of Me.
func (f *Frame) MyFace() author { return f.v.personAuthor(f.v.me) }

// CanWrite reports whether the reader may write posts.
func (f *Frame) CanWrite() bool { return access.Can(f.v.viewer, access.Write) }

// Version is that of the program.
func (f *Frame) Version() string { return f.v.s.Version }

// stamp is a time as pages show it.
type stamp struct{ ISO, Words, Full string }

// stamp tells a post's time by the node's clock.
func (v *visit) stamp(t time.Time) stamp {
	t = t.In(v.s.Zone)
	return stamp{t.Format(time.RFC3339), v.s.words.When(v.lang, t, v.now), v.s.words.Moment(v.lang, t)}
}

// languageNames writes codes as names, with commas between them.
func (v *visit) languageNames(codes []string) string {
	names := make([]string, 0, len(codes))
	for _, c := range codes {
		names = append(names, v.s.words.LanguageName(v.lang, c))
	}
	return strings.Join(names, ", ")
}

// pick is the version of t that suits the reader, and the language it is in;
// empty if that is unknown or the page's own.
func (v *visit) pick(t node.Text, fallback string) (words, lang string) {
	words = t.In(v.lang, fallback)
	for _, l := range append([]string{v.lang, fallback}, t.Languages()...) {
		if t[l] == words && words != "" {
			lang = l
			break
		}
	}
	if lang == "und" || lang == v.lang {
		lang = ""
	}
	return words, lang
}
