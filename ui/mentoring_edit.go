package ui

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/mentoring"
)

// mentorEnding is how long before the end of an offer its mentor is asked to confirm it.
const mentorEnding = 14 * 24 * time.Hour

// topicFields is how many topics the form asks for.
const topicFields = 3

// mentorEditPage is the form for an offer.
type mentorEditPage struct {
	*Frame
	Lead, Button string
	BackTo       string
	Form         *form
	Topics       []string  // names of its fields
	Audience     *audience // if there is no choice
	Fixed        string    // why there is none
}

func (v *visit) mentorEditPage(action string, o *node.MentorOffer, values url.Values) *mentorEditPage {
	f := v.frame("network", v.t("mentor.new"))
	f.NoIndex = true
	p := &mentorEditPage{Frame: f, Lead: v.t("mentor.new.lead"), Button: v.t("mentor.new.button"), BackTo: "/mentoring"}
	p.Form = v.form(f, action, values)
	for n := range topicFields {
		name, label, required := "topics", "mentor.topic", true
		if n > 0 {
			name, label, required = "topics."+strconv.Itoa(n), "mentor.topic.more", false
		}
		p.Form.add(field{
			Name: name, Kind: "select", Label: label, Required: required, Missing: "error.mentor.topics",
			Options: []option{{Label: v.t("mentor.topic.choose")}}, Groups: v.vocabulary(),
		})
		p.Topics = append(p.Topics, name)
	}
	v.addLanguages(p.Form, "mentor.languages")
	var formats []option
	for _, m := range node.MentorFormats {
		formats = append(formats, option{Value: string(m), Label: v.t("mentor.format.choose." + string(m))})
	}
	p.Form.add(field{Name: "format", Kind: "radios", Label: "mentor.format.give", Options: formats})
	p.Form.add(field{Name: "weeks", Kind: "number", Label: "mentor.weeks", Hint: "mentor.weeks.hint"})
	p.Form.add(field{Name: "capacity", Kind: "number", Label: "mentor.capacity", Hint: "mentor.capacity.hint", Required: true})
	p.Form.add(field{Name: "note", Kind: "textarea", Rows: 4, Label: "mentor.note", Hint: "mentor.note.hint"})
	if o != nil {
		f.Title, p.Button, p.BackTo = v.t("mentor.edit"), v.t("form.save"), "/mentoring/offers/"+o.ID.String()
		words := v.audienceOf(o.Audience)
		p.Lead, p.Audience, p.Fixed = v.t("mentor.edit.lead"), &words, v.t("item.edit.audience")
		return p
	}
	var audiences []option
	for _, a := range v.mentorAudiences() {
		words := v.audienceOf(a)
		audiences = append(audiences, option{Value: string(a), Audience: &words, Hint: v.t("mentor.audience." + a.Kind())})
	}
	if len(audiences) > 1 {
		p.Form.add(field{Name: "audience", Kind: "audience", Label: "audience.label", Options: audiences})
	} else {
		p.Audience, p.Fixed = audiences[0].Audience, audiences[0].Hint
	}
	return p
}

// mentorAudiences are whom an offer can be for: all networks, or one of several.
func (v *visit) mentorAudiences() []node.Audience {
	list := []node.Audience{node.Networks}
	if len(v.viewer.Active) > 1 {
		if v.viewer.Guest { // whose networks need not be all of this node's
			list = nil
		}
		for _, n := range v.viewer.Active {
			list = append(list, node.NetworkOnly(n))
		}
	}
	return list
}

// mentorReady reports who may offer: somebody signed in whom the networks see.
// Who is not yet shown to them is told how on the overview.
func (v *visit) mentorReady() (bool, error) {
	if v.me == nil {
		return false, node.ErrSignedOut
	}
	if !v.me.InNetworks() {
		v.redirect("/mentoring")
		return false, nil
	}
	return true, nil
}

func mentorNew(v *visit) error {
	if ready, err := v.mentorReady(); !ready {
		return err
	}
	values := url.Values{"languages": {v.lang}, "format": {string(node.OneCall)}, "capacity": {"2"}, "audience": {string(node.Networks)}}
	n := 0
	for _, s := range v.me.Skills { // what the profile says already
		if s.CanMentor && n < topicFields {
			values.Set([]string{"topics", "topics.1", "topics.2"}[n], s.Tag)
			n++
		}
	}
	return v.show(http.StatusOK, "mentor_edit", v.mentorEditPage("/mentoring/offers/new", nil, values))
}

// postedOffer reads the form.
func (v *visit) postedOffer() mentoring.OfferInput {
	posted := v.Request.PostForm
	in := mentoring.OfferInput{
		Audience: node.Audience(v.posted("audience")), Format: node.MentorFormat(v.posted("format")), Note: v.posted("note"), Lang: v.lang,
		Languages: codes(posted["languages"], v.posted("languages.other")), Capacity: int(number(v.posted("capacity"))), Version: number(v.posted("version")),
	}
	for _, name := range []string{"topics", "topics.1", "topics.2"} {
		if t := v.posted(name); t != "" {
			in.Topics = append(in.Topics, t)
		}
	}
	if in.Format == node.SomeWeeks { // typed for another format it says nothing
		in.Weeks = int(min(number(v.posted("weeks")), 1000))
	}
	return in
}

func mentorAdd(v *visit) error {
	if ready, err := v.mentorReady(); !ready {
		return err
	}
	o, err := v.s.Mentoring.Offer(v.ctx(), v.viewer, v.postedOffer())
	if err == nil {
		return v.done("/mentoring/offers/"+o.ID.String(), "mentor-offered")
	}
	p := v.mentorEditPage("/mentoring/offers/new", nil, v.Request.PostForm)
	if !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "mentor_edit", p)
}

// ownOffer is the offer of the address, if it is the reader's.
func (v *visit) ownOffer() (*node.MentorOffer, error) {
	o, err := v.offerOf()
	if err == nil && (!o.Local || o.PersonID != v.viewer.Person) {
		err = node.ErrForbidden
	}
	return o, err
}

// noteLang is the version of a note that the form asks for: the reader's, else the one that there is.
func noteLang(o *node.MentorOffer, lang string) string {
	if all := o.Note.Languages(); o.Note[lang] == "" && len(all) > 0 {
		return all[0]
	}
	return lang
}

func mentorEdit(v *visit) error {
	o, err := v.ownOffer()
	if err != nil {
		return err
	}
	values := url.Values{"format": {string(o.Format)}, "capacity": {strconv.Itoa(o.Capacity)}, "note": {o.Note[noteLang(o, v.lang)]}}
	if o.Weeks > 0 {
		values.Set("weeks", strconv.Itoa(o.Weeks))
	}
	for n, name := range []string{"topics", "topics.1", "topics.2"} {
		if n < len(o.Topics) {
			values.Set(name, o.Topics[n])
		}
	}
	v.languageValues(values, o.Languages)
	p := v.mentorEditPage("/mentoring/offers/"+o.ID.String()+"/edit", o, values)
	p.Form.Version = o.Version
	return v.show(http.StatusOK, "mentor_edit", p)
}

func mentorSave(v *visit) error {
	o, err := v.ownOffer()
	if err != nil {
		return err
	}
	in := v.postedOffer()
	in.ID, in.Lang = o.ID, noteLang(o, v.lang)
	if len(o.Topics) > topicFields { // what the form does not ask for stays
		in.Topics = append(in.Topics, o.Topics[topicFields:]...)
	}
	if _, err = v.s.Mentoring.Offer(v.ctx(), v.viewer, in); err == nil {
		return v.done("/mentoring/offers/"+o.ID.String(), "saved")
	}
	p := v.mentorEditPage("/mentoring/offers/"+o.ID.String()+"/edit", o, v.Request.PostForm)
	p.Form.Version = in.Version
	if !v.conflict(p.Form, err, o.Version) && !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "mentor_edit", p)
}

// mentorChange does what a button on an own offer says.
func mentorChange(what string, do func(*visit, uuid.UUID) error) handler {
	return func(v *visit) error {
		o, err := v.ownOffer()
		if err != nil {
			return err
		}
		if err := do(v, o.ID); err != nil {
			return err
		}
		to := "/mentoring/offers/" + o.ID.String()
		if what == "mentor-withdrawn" {
			to = "/mentoring"
		}
		return v.done(to, what)
	}
}

// mentorWithdrawAsk asks before an offer goes.
func mentorWithdrawAsk(v *visit) error {
	o, err := v.ownOffer()
	if err != nil {
		return err
	}
	p := &confirmPage{Frame: v.frame("network", v.t("mentor.withdraw.title")), Text: v.t("mentor.withdraw.text"), Button: v.t("mentor.withdraw")}
	p.NoIndex = true
	p.BackTo = "/mentoring/offers/" + o.ID.String()
	p.Action, p.Label = p.BackTo+"/withdraw", v.offer(p.Frame, o).Title
	return v.show(http.StatusOK, "confirm", p)
}
