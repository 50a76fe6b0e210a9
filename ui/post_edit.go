package ui

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
)

// postPage is the form for a post, a reply, or a change to one of both.
type postPage struct {
	*Frame
	Lead, Button string
	BackTo       string
	Parent       *itemView // what is answered
	Form         *form
	Audience     *audience // of a post that is changed: it stays
	Theirs       []named
	Other        bool // offers to announce a gathering instead
}

// postList keeps an address that people expect: the timeline is the start page.
func postList(v *visit) error {
	v.redirect("/")
	return nil
}

// postForm asks for a post; parent is what it answers, or nil.
func (v *visit) postForm(f *Frame, values url.Values, parent *node.Item) *form {
	form := v.form(f, "/posts/new", values)
	label := "post.text"
	if parent == nil {
		form.add(field{Name: "title", Label: "post.title", Hint: "post.title.hint", Max: node.MaxNameRunes})
	} else {
		label = "reply.text"
	}
	v.addText(form, label)
	v.addVoice(form, parent)
	return form
}

func (v *visit) addText(f *form, label string) {
	rows := 10
	if label == "reply.text" {
		rows = 4
	}
	f.add(field{Name: "text", Kind: "textarea", Rows: rows, Label: label, Hint: "field.markdown", Required: true, Missing: "error.text.required"})
	f.add(field{Name: "lang", Kind: "select", Label: "post.lang", Options: v.languageOptions()})
}

// parent is the item that ?reply= or the form names; nil if it names none.
func (v *visit) parent(ref string) (*node.Item, error) {
	if ref == "" {
		return nil, nil
	}
	id, err := parseID(ref)
	if err != nil {
		return nil, err
	}
	return v.s.Conversation.Item(v.ctx(), v.viewer, id)
}

func (v *visit) newPostPage(values url.Values, parent *node.Item) *postPage {
	f := v.frame("home", v.t("post.new"))
	f.NoIndex = true
	p := &postPage{Frame: f, Lead: v.t("post.lead"), Button: v.t("post.send"), BackTo: "/", Other: parent == nil}
	if parent != nil {
		view := v.item(f, parent, false)
		p.Parent, p.BackTo, p.Lead, p.Button = &view, view.Link, "", v.t("reply.send")
		p.Title = v.t("reply.to", "name", view.Author.Name)
	}
	p.Form = v.postForm(f, values, parent)
	return p
}

func postNew(v *visit) error {
	if !access.Can(v.viewer, access.Write) {
		return node.ErrForbidden
	}
	parent, err := v.parent(v.Query("reply"))
	if err != nil {
		return err
	}
	values := url.Values{"lang": {v.lang}}
	if parent != nil {
		values.Set("reply", parent.ID.String())
	}
	return v.show(http.StatusOK, "post_edit", v.newPostPage(values, parent))
}

func postSend(v *visit) error {
	parent, err := v.parent(v.posted("reply"))
	if err != nil {
		return err
	}
	in := node.PostInput{
		AsOrganization: v.speaksAsOrganization(), Audience: node.Audience(v.posted("audience")), Lang: v.posted("lang"),
		Title: v.posted("title"), Text: v.posted("text"),
	}
	if parent != nil {
		in.InReplyTo = parent.URI
	}
	if !v.viewer.SignedIn() {
		return node.ErrSignedOut
	}
	item, err := v.s.Conversation.Post(v.ctx(), v.viewer, in)
	if err == nil {
		if parent != nil {
			return v.done(itemPath(parent), "reply")
		}
		return v.done(itemPath(item), "post")
	}
	p := v.newPostPage(v.Request.PostForm, parent)
	if !p.Form.take(v.audienceProblem(err, in.Audience)) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "post_edit", p)
}

// audienceProblem makes a refusal to write for an audience that nobody offered
// a problem of that field, so that what was typed stays.
func (v *visit) audienceProblem(err error, a node.Audience) error {
	if errors.Is(err, node.ErrForbidden) && access.Can(v.viewer, access.Write) && !access.ScopeOf(v.viewer).Includes(a) {
		return node.Invalid("audience", "error.audience.unknown")
	}
	return err
}

// itemToEdit is 404 for what v may not see, 403 for what v may only see.
func (v *visit) itemToEdit(kind node.Kind) (*node.Item, error) {
	id, err := parseID(v.Param("id"))
	if err != nil {
		return nil, err
	}
	i, err := v.s.Conversation.Item(v.ctx(), v.viewer, id)
	if err != nil {
		return nil, err
	}
	if kind != "" && i.Kind != kind {
		return nil, node.ErrNotFound
	}
	if !access.CanEdit(v.viewer, i) {
		return nil, node.ErrForbidden
	}
	return i, nil
}

func (v *visit) editPostPage(i *node.Item, values url.Values) *postPage {
	f := v.frame("home", v.t("post.edit"))
	f.NoIndex = true
	words := v.audienceOf(i.Audience)
	p := &postPage{Frame: f, Button: v.t("form.save"), BackTo: itemPath(i), Audience: &words}
	p.Form = v.form(f, itemPath(i)+"/edit", values)
	p.Form.Version = number(values.Get("version"))
	label := "post.text"
	if i.InReplyTo == "" {
		p.Form.add(field{Name: "title", Label: "post.title", Hint: "post.title.hint", Max: node.MaxNameRunes})
	} else {
		label = "reply.text"
	}
	v.addText(p.Form, label)
	p.Form.fields["lang"].Options = v.onlyLanguage(i.Lang)
	return p
}

// onlyLanguage is the choice for a text that is changed: it stays in its language.
func (v *visit) onlyLanguage(lang string) []option {
	label := v.s.words.LanguageName(v.lang, lang)
	if lang == "und" {
		label = v.t("language.other")
	}
	return []option{{Value: lang, Label: label, On: true}}
}

func postEdit(v *visit) error {
	i, err := v.itemToEdit(node.KindPost)
	if err != nil {
		return err
	}
	values := url.Values{
		"title": {i.Title[i.Lang]}, "text": {i.Source[i.Lang]}, "lang": {i.Lang}, "version": {strconv.FormatInt(i.Version, 10)},
	}
	return v.show(http.StatusOK, "post_edit", v.editPostPage(i, values))
}

func postSave(v *visit) error {
	i, err := v.itemToEdit(node.KindPost)
	if err != nil {
		return err
	}
	in := node.PostInput{
		AsOrganization: i.Author.Kind == node.KindOrganization, Audience: i.Audience, Lang: i.Lang, Title: v.posted("title"), Text: v.posted("text"),
		InReplyTo: i.InReplyTo, Version: number(v.posted("version")),
	}
	if _, err = v.s.Conversation.EditPost(v.ctx(), v.viewer, i.ID, in); err == nil {
		return v.done(itemPath(i), "saved")
	}
	p := v.editPostPage(i, v.Request.PostForm)
	if v.conflict(p.Form, err, i.Version) {
		p.Theirs = []named{{v.t("post.title"), i.Title[i.Lang]}, {v.t("post.text"), i.Source[i.Lang]}}
	} else if !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "post_edit", p)
}

// confirmPage asks before something that cannot be taken back.
type confirmPage struct {
	*Frame
	Text, Label, Button string
	Action, BackTo      string
}

func (v *visit) confirm(i *node.Item, what string) error {
	f := v.frame("home", v.t(what+".title"))
	f.NoIndex = true
	view := v.item(f, i, false)
	return v.show(http.StatusOK, "confirm", &confirmPage{
		Frame: f, Text: v.t(what + ".text"), Label: view.Label(), Button: v.t(what + ".do"), Action: v.Request.URL.Path, BackTo: view.Link,
	})
}

func itemDeleteAsk(v *visit) error {
	i, err := v.itemToEdit("")
	if err != nil {
		return err
	}
	switch {
	case i.Audience == node.Public:
		return v.confirm(i, "delete.public")
	case i.Audience.ForNetworks():
		return v.confirm(i, "delete.network")
	}
	return v.confirm(i, "delete.own")
}

func itemDelete(v *visit) error {
	i, err := v.itemToEdit("")
	if err != nil {
		return err
	}
	if err := v.s.Conversation.Delete(v.ctx(), v.viewer, i.ID); err != nil {
		return err
	}
	return v.done("/", "deleted")
}
