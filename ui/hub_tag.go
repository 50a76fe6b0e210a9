package ui

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/poweron-network/poweron/node"
)

// hubTagsPage is the network's vocabulary: its own tags, and what it says about
// built-in ones.
type hubTagsPage struct {
	*hubFrame
	Tags  []hubTagView
	Form  *form
	Merge *form
	Edit  bool // the form changes a tag that is there
}

type hubTagView struct {
	Code, Label string
	Both        string // the labels in all languages
	Synonyms    string
	Into        string // what it stands for now
	Retired     bool
	Own         bool // not a built-in one
	Edit        string
}

// tagLabels writes a tag's label in each language that it has.
func tagLabels(t node.Text) string {
	var out []string
	for _, lang := range t.Languages() {
		if !slices.Contains(out, t[lang]) {
			out = append(out, t[lang])
		}
	}
	return strings.Join(out, " · ")
}

func (v *visit) hubTags(values url.Values) (*hubTagsPage, error) {
	hub, err := v.hub("/tags", v.t("hub.tags.title"))
	if err != nil {
		return nil, err
	}
	all, err := v.s.Network.Tags(v.ctx(), hub.N.ID)
	if err != nil {
		return nil, err
	}
	p := &hubTagsPage{hubFrame: hub}
	labels := map[string]string{}
	for _, t := range v.s.Skills.All(v.lang) {
		labels[t.Code] = t.Label(v.lang)
	}
	group := optionGroup{Label: v.t("hub.tags.own")}
	for _, t := range all {
		_, builtIn := v.s.Skills.Tag(t.Code)
		view := hubTagView{Code: t.Code, Label: t.Labels.In(v.lang, "en"), Both: tagLabels(t.Labels), Retired: !t.RetiredAt.IsZero(), Own: !builtIn, Into: t.Into}
		if view.Label == "" {
			view.Label = labels[t.Code]
		}
		if view.Label == "" {
			view.Label = t.Code
		}
		for _, lang := range v.s.words.Languages() {
			if words := t.Synonyms[lang]; len(words) > 0 {
				view.Synonyms = strings.TrimPrefix(view.Synonyms+", "+strings.Join(words, ", "), ", ")
			}
		}
		if view.Own {
			view.Edit = hub.Base + "/tags?edit=" + url.QueryEscape(t.Code) + "#f-en"
			labels[t.Code] = view.Label
			if view.Into == "" && !view.Retired {
				group.Options = append(group.Options, option{Value: t.Code, Label: view.Label})
			}
		}
		p.Tags = append(p.Tags, view)
	}
	for i := range p.Tags {
		if into := labels[p.Tags[i].Into]; into != "" {
			p.Tags[i].Into = into
		}
	}
	if edit := v.Query("edit"); values == nil && edit != "" {
		values, p.Edit = v.tagValues(all, edit)
	} else if values == nil {
		values = url.Values{}
	}
	p.tagForms(v, values, group)
	return p, nil
}

// tagForms are the form for a tag, and the one that merges two.
func (p *hubTagsPage) tagForms(v *visit, values url.Values, own optionGroup) {
	f := v.form(p.Frame, p.Base+"/tags", values)
	f.add(field{Name: "en", Label: "hub.tag.en", Max: 60, Required: true, Missing: "hub.tag.missing", Lang: "en", Complete: "off"})
	f.add(field{Name: "es", Label: "hub.tag.es", Max: 60, Required: true, Missing: "hub.tag.missing", Lang: "es", Complete: "off"})
	f.add(field{Name: "synonyms-en", Label: "hub.tag.synonyms.en", Hint: "hub.tag.synonyms.hint", Max: 400, Lang: "en", Complete: "off"})
	f.add(field{Name: "synonyms-es", Label: "hub.tag.synonyms.es", Max: 400, Lang: "es", Complete: "off"})
	f.add(field{Name: "code", Label: "hub.tag.code", Hint: "hub.tag.code.hint", Max: 60, Complete: "off"})
	p.Form = f
	groups := v.vocabulary()
	if len(own.Options) > 0 {
		groups = append([]optionGroup{own}, groups...)
	}
	p.Merge = v.form(p.Frame, p.Base+"/tags", values)
	none := []option{{Value: "", Label: v.t("hub.tag.choose")}}
	p.Merge.add(field{Name: "from", Grow: true, Kind: "select", Label: "hub.tag.from", Options: none, Groups: cloneGroups(groups)})
	p.Merge.add(field{Name: "into", Grow: true, Kind: "select", Label: "hub.tag.into", Options: none, Groups: cloneGroups(groups)})
}

// cloneGroups is a copy: a form marks in it what was chosen.
func cloneGroups(groups []optionGroup) []optionGroup {
	out := make([]optionGroup, 0, len(groups))
	for _, g := range groups {
		out = append(out, optionGroup{g.Label, slices.Clone(g.Options)})
	}
	return out
}

// tagValues fills the form with a tag that is there.
func (v *visit) tagValues(all []node.NetworkTag, code string) (url.Values, bool) {
	for _, t := range all {
		if t.Code == code {
			return url.Values{
				"code": {code}, "en": {t.Labels["en"]}, "es": {t.Labels["es"]},
				"synonyms-en": {strings.Join(t.Synonyms["en"], ", ")}, "synonyms-es": {strings.Join(t.Synonyms["es"], ", ")},
			}, true
		}
	}
	return url.Values{}, false
}

func hubTagList(v *visit) error {
	p, err := v.hubTags(nil)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "hub_tags", p)
}

// hubTagDo adds or changes a tag, merges it into another one, or retires it.
func hubTagDo(v *visit) error {
	f, err := v.hub("/tags", "")
	if err != nil {
		return err
	}
	done := "hub-tag-saved"
	switch v.posted("do") {
	case "merge":
		done = "hub-tag-merged"
		if err = v.knownTag(f, "into"); err == nil {
			err = v.knownTag(f, "from")
		}
		if err == nil {
			err = v.s.Network.MergeTag(v.ctx(), v.viewer, f.N.ID, v.posted("from"), v.posted("into"))
		}
	case "retire":
		done, err = "hub-tag-retired", v.s.Network.RetireTag(v.ctx(), v.viewer, f.N.ID, v.posted("code"))
	default:
		err = v.s.Network.PutTag(v.ctx(), v.viewer, v.postedTag(f))
	}
	if err == nil {
		return v.done(f.Base+"/tags", done)
	}
	p, show := v.hubTags(v.Request.PostForm)
	if show != nil {
		return show
	}
	form := p.Form
	if v.posted("do") == "merge" {
		form = p.Merge
	}
	var wrong *node.FieldError
	if errors.As(err, &wrong) && wrong.Field == "labels" { // the form asks for them one by one
		wrong.Field = "en"
		if v.posted("en") != "" {
			wrong.Field = "es"
		}
	}
	if !form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "hub_tags", p)
}

// knownTag reports a field that names no tag, of the shared list or of the network.
func (v *visit) knownTag(f *hubFrame, name string) error {
	code := v.posted(name)
	if _, ok := v.s.Skills.Tag(code); ok {
		return nil
	}
	all, err := v.s.Network.Tags(v.ctx(), f.N.ID)
	if err != nil {
		return err
	}
	if _, own := v.tagValues(all, code); own {
		return nil
	}
	return node.Invalid(name, "error.skill.tag", "tag", code)
}

func (v *visit) postedTag(f *hubFrame) *node.NetworkTag {
	t := &node.NetworkTag{
		NetworkID: f.N.ID, Code: strings.ToLower(strings.TrimSpace(v.posted("code"))), Labels: node.Text{}, Synonyms: map[string][]string{},
	}
	for _, lang := range []string{"en", "es"} {
		if label := strings.TrimSpace(v.posted(lang)); label != "" {
			t.Labels[lang] = label
		}
		for _, word := range strings.FieldsFunc(v.posted("synonyms-"+lang), func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
			if word = strings.TrimSpace(word); word != "" {
				t.Synonyms[lang] = append(t.Synonyms[lang], word)
			}
		}
	}
	if t.Code == "" {
		t.Code = codeOf(t.Labels["en"])
	}
	return t
}

// codeOf makes a code of a label: "Puppet theatre" gives "puppet-theatre".
func codeOf(label string) string {
	words := strings.FieldsFunc(strings.ToLower(label), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}
