package ui

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// form is what somebody fills in. It keeps what was typed and says what is
// wrong beside the field and above the form.
type form struct {
	*Frame
	Action   string
	Problems []problem
	Version  int64
	values   url.Values
	fields   map[string]*field
	order    []string // names of fields, as they were added
}

// problem is one thing that is wrong; ID is the field's, empty if it is about all of it.
type problem struct{ ID, Words string }

// field is one question of a form.
type field struct {
	*Frame
	Name     string
	Kind     string // type of an input, or "textarea", "select", "checks"
	Label    string // in the reader's language
	Hint     string
	Value    string
	Complete string // autocomplete
	Lang     string // of what is typed, if it is fixed
	Rows     int
	Max      int
	Required bool
	Or       string   // another field that may be filled in instead
	Missing  string   // key of what to say when it is empty; else the label and a general sentence
	Grow     bool     // takes the room that is left on its line
	List     []string // suggestions
	Options  []option // of a select, or checkboxes
	Groups   []optionGroup
	Error    string
	After    string // in words, below the options: what the choice means here
}

// option is one line of a select, or one checkbox.
type option struct {
	Value, Label, Hint string
	On                 bool
	Audience           *audience
}

// optionGroup is a part of a long select under a heading.
type optionGroup struct {
	Label   string
	Options []option
}

// ID is the id of the input.
func (f *field) ID() string { return "f-" + strings.ReplaceAll(f.Name, ".", "-") }

// Describe lists the ids of what explains the input.
func (f *field) Describe() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID()+"-h")
	}
	if f.Error != "" {
		ids = append(ids, f.ID()+"-e")
	}
	if f.After != "" {
		ids = append(ids, f.ID()+"-a")
	}
	return strings.Join(ids, " ")
}

// form begins a form that is sent to action, with the values that it starts with.
func (v *visit) form(f *Frame, action string, values url.Values) *form {
	return &form{Frame: f, Action: action, values: values, fields: map[string]*field{}}
}

// add puts a field in. Label and Hint are keys.
func (f *form) add(in field) *field {
	in.Frame = f.Frame
	in.Label = f.T(in.Label)
	if in.Hint != "" {
		in.Hint = f.T(in.Hint)
	}
	in.Value = f.values.Get(in.Name)
	chosen := f.values[in.Name]
	in.Options = slices.Clone(in.Options)
	for i := range in.Options {
		in.Options[i].On = slices.Contains(chosen, in.Options[i].Value)
	}
	for _, group := range in.Groups {
		for i := range group.Options {
			group.Options[i].On = slices.Contains(chosen, group.Options[i].Value)
		}
	}
	if in.Kind == "" {
		in.Kind = "text"
	}
	f.fields[in.Name] = &in
	f.order = append(f.order, in.Name)
	return &in
}

// Field finds a field for the template.
func (f *form) Field(name string) (*field, error) {
	if in, ok := f.fields[name]; ok {
		return in, nil
	}
	return nil, fmt.Errorf("form %s has no field %s", f.Action, name)
}

// Value is what was typed into a field that has no view of its own.
func (f *form) Value(name string) string { return f.values.Get(name) }

// wrong notes a problem with a field. The page's title says so first, as that is
// what a screen reader reads first.
func (f *form) wrong(name, words string) {
	f.Problem = true
	in := f.find(name)
	if in == nil {
		f.Problems = append(f.Problems, problem{"", words})
		return
	}
	in.Error = words
	f.Problems = append(f.Problems, problem{in.ID(), words})
}

// find is the field that a service calls name; a text that is asked for once per
// language is the one in the reader's. It is nil if there is none.
func (f *form) find(name string) *field {
	for _, lang := range []string{"", "-" + f.Lang, "-en"} {
		if in := f.fields[name+lang]; in != nil {
			return in
		}
	}
	return nil
}

// missing says what an empty field needs; "" if it needs nothing.
func (f *form) missing(in *field) string {
	switch {
	case strings.TrimSpace(in.Value) != "", !in.Required && (in.Or == "" || strings.TrimSpace(f.values.Get(in.Or)) != ""):
		return ""
	case in.Missing != "":
		return f.T(in.Missing)
	}
	return f.T("form.missing", "field", in.Label)
}

// take notes err if it is about what was typed, and reports false if it is not.
// A service names the first problem only, so every field that is empty is noted
// with it, in the order of the form.
func (f *form) take(err error) bool {
	words, ok := f.v.s.words.FieldError(f.v.lang, err)
	var named *node.FieldError
	if !ok || !errors.As(err, &named) {
		return false
	}
	first := f.find(named.Field)
	for _, name := range f.order {
		in := f.fields[name]
		if empty := f.missing(in); empty != "" {
			f.wrong(name, empty)
		} else if in == first {
			f.wrong(name, words)
		}
	}
	if first == nil {
		f.wrong(named.Field, words)
	}
	return true
}

// languageOptions are the languages that people write in here most; others are
// welcome as "another language".
func (v *visit) languageOptions() []option {
	out := make([]option, 0, 16)
	for _, code := range []string{"en", "es", "fr", "pt", "ht", "zh", "ar", "vi", "tl", "ko", "ru", "so", "und"} {
		label := v.t("language.other")
		if code != "und" {
			label = v.s.words.LanguageName(v.lang, code)
		}
		out = append(out, option{Value: code, Label: label})
	}
	return out
}

// interfaceLanguages are the languages that pages come in, by their own names.
func (v *visit) interfaceLanguages() []option {
	var out []option
	for _, code := range v.s.words.Languages() {
		out = append(out, option{Value: code, Label: v.s.words.T(code, "language.own", nil)})
	}
	return out
}

// codes reads a list of language codes that were ticked and typed.
func codes(ticked []string, typed string) []string {
	var out []string
	for _, c := range append(slices.Clone(ticked), strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })...) {
		c = strings.TrimSpace(c)
		if base, region, ok := strings.Cut(c, "-"); ok {
			c = strings.ToLower(base) + "-" + region
		} else {
			c = strings.ToLower(c)
		}
		if c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// addLanguages asks for languages: ticks for those of the interface, a line for others.
func (v *visit) addLanguages(f *form, label string) {
	var options []option
	for _, code := range v.s.words.Languages() {
		options = append(options, option{Value: code, Label: v.s.words.LanguageName(v.lang, code)})
	}
	f.add(field{Name: "languages", Kind: "checks", Label: label, Options: options})
	f.add(field{Name: "languages.other", Label: "field.languages.other", Hint: "field.languages.other.hint", Max: 100})
}

// languageValues splits codes into what is ticked and what is typed.
func (v *visit) languageValues(values url.Values, list []string) {
	var other []string
	for _, c := range list {
		if v.s.words.Has(c) {
			values.Add("languages", c)
		} else {
			other = append(other, c)
		}
	}
	values.Set("languages.other", strings.Join(other, ", "))
}

// addVoice asks who speaks and who sees it, and sets sensible answers where
// nothing was chosen: oneself, and the narrowest audience. Only an answer to what
// another server showed to everyone begins with everyone: else its author, whom
// it is for, never sees it.
func (v *visit) addVoice(f *form, parent *node.Item) {
	service := v.s.Conversation
	own := service.Audiences(v.viewer, parent, false)
	abroad := parent != nil && !parent.Local && parent.OpenAtOrigin
	if abroad && slices.Contains(own, node.Public) && !f.values.Has("audience") {
		f.values.Set("audience", string(node.Public))
	}
	within := parent != nil && parent.Audience.ForNetworks() // an answer goes to whom the question went to
	all := slices.Clone(own)
	asOrganization := access.Can(v.viewer, access.SpeakAsOrg)
	if asOrganization {
		for _, a := range service.Audiences(v.viewer, parent, true) {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
		all = ordered(all)
		if abroad && slices.Contains(all, node.Public) && !f.values.Has("audience") && !f.values.Has("as") {
			f.values.Set("as", "organization")
			f.values.Set("audience", string(node.Public))
		}
		if within && slices.Contains(all, parent.Audience) && !slices.Contains(own, parent.Audience) && !f.values.Has("audience") && !f.values.Has("as") {
			f.values.Set("as", "organization")
		}
		options := []option{
			{Value: "me", Label: v.me.Name},
			{Value: "organization", Label: f.Organization().Name, Hint: v.t("voice.organization.hint")},
		}
		if f.values.Get("as") == "" {
			f.values.Set("as", "me")
		}
		f.add(field{Name: "as", Kind: "radios", Label: "voice.label", Options: options})
	}
	if within && slices.Contains(all, parent.Audience) && !f.values.Has("audience") {
		f.values.Set("audience", string(parent.Audience))
	}
	if f.values.Get("audience") == "" && len(all) > 0 {
		f.values.Set("audience", string(all[0]))
	}
	hint, after := "", ""
	if parent != nil {
		hint = "audience.reply.hint"
	}
	if abroad {
		after = "audience.reply.unseen"
		if slices.Contains(all, node.Public) {
			after = "audience.reply.author"
		}
		after = v.t(after, "name", parent.Author.Name, "host", parent.Origin())
	}
	v.addAudience(f, own, all, hint, after)
}

// speaksAsOrganization reports whom the form was sent as.
func (v *visit) speaksAsOrganization() bool { return v.posted("as") == "organization" }

// Has reports whether the form asks this.
func (f *form) Has(name string) bool { return f.fields[name] != nil }

// ForEveryone reports whether the form offers everyone on the internet as readers.
func (f *form) ForEveryone() bool {
	in := f.fields["audience"]
	return in != nil && slices.ContainsFunc(in.Options, func(o option) bool { return o.Value == string(node.Public) })
}

// conflict reports whether err is that somebody else saved in the meantime. The
// form then goes on from their version, so that saving again is a decision.
func (v *visit) conflict(f *form, err error, version int64) bool {
	if !errors.Is(err, node.ErrConflict) {
		return false
	}
	f.Version = version
	f.Problem = true
	return true
}

// number reads a version; anything else is 0, which checks nothing.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
