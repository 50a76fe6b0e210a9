package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/mentoring"
)

// mentoringPage is what one person gives and gets.
type mentoringPage struct {
	*Frame
	Unlisted bool
	Profile  string // where the reader shows themself to the networks
	Offers   []offerView
	ToMe     []requestView
	Mine     []requestView
	Past     []requestView
}

// offerView is an offer as lists and its page show it.
type offerView struct {
	*Frame
	ID, Link  string
	Mentor    author
	From      string // host of another node; empty for our own people
	Topics    []skillView
	Title     string // topics in one line
	Languages string
	Format    string
	Places    string
	Note      string
	NoteLang  string
	Paused    bool
	Full      bool
	Ended     bool
	Ending    bool // its mentor should confirm it
	Until     string
	Mine      bool
	Audience  audience
}

// requestView is a request as either of the two sees it.
type requestView struct {
	*Frame
	Link   string
	Other  author
	From   string
	Topic  string
	State  string
	Class  string // of the flag
	Words  template.HTML
	When   stamp
	ToMe   bool
	Needs  bool // waits for the reader
	Closed bool
}

func (v *visit) topicName(code string) string { return v.skillName(node.PersonSkill{Tag: code}) }

func (v *visit) offer(f *Frame, o *node.MentorOffer) offerView {
	out := offerView{
		Frame: f, ID: o.ID.String(), Link: "/mentoring/offers/" + o.ID.String(), Mentor: v.author(o.Mentor), From: o.Mentor.Host,
		Languages: v.languageNames(o.Languages), Paused: o.Paused, Full: o.Full, Ended: !v.now.Before(o.ExpiresAt),
		Until: v.s.words.Day(v.lang, o.ExpiresAt.In(v.s.Zone)), Mine: o.Local && o.PersonID == v.viewer.Person,
		Audience: v.audienceOf(o.Audience),
	}
	out.Ending = out.Mine && o.ExpiresAt.Sub(v.now) < mentorEnding
	names := make([]string, 0, len(o.Topics))
	for _, t := range o.Topics {
		out.Topics = append(out.Topics, skillView{Frame: f, Name: v.topicName(t), Stance: node.Offer, Link: "/mentoring/offers?" + url.Values{"topic": {t}}.Encode()})
		names = append(names, v.topicName(t))
	}
	out.Title = strings.Join(names, ", ")
	out.Format = v.t("mentor.format."+string(o.Format), "weeks", o.Weeks)
	out.Places = v.t("mentor.places", "count", o.Capacity)
	out.Note = o.Note.In(v.lang, "en")
	for lang, s := range o.Note {
		if s == out.Note && lang != v.lang && lang != "und" {
			out.NoteLang = lang
		}
	}
	return out
}

func (v *visit) offers(f *Frame, list []*node.MentorOffer) []offerView {
	out := make([]offerView, 0, len(list))
	for _, o := range list {
		out = append(out, v.offer(f, o))
	}
	return out
}

// stateClasses are the marks of states that need somebody.
var stateClasses = map[node.RequestState]string{node.RequestAsked: "lit", node.RequestAccepted: "lit"}

func (v *visit) request(f *Frame, r *node.MentorRequest) requestView {
	out := requestView{
		Frame: f, Link: "/mentoring/requests/" + r.ID.String(), Topic: v.topicName(r.Topic), Class: stateClasses[r.State],
		ToMe: r.MentorID != uuid.Nil && r.MentorID == v.viewer.Person, When: v.stamp(r.CreatedAt), Closed: r.Ended(),
	}
	if out.Class == "" {
		out.Class = "off"
	}
	other, side := r.Mentor, "learner"
	if out.ToMe {
		other, side = r.Learner, "mentor"
	}
	out.Other, out.From = v.author(other), other.Host
	out.State = v.t("mentor.state." + string(r.State))
	out.Words = f.H("mentor.row."+side, "topic", f.Link(out.Link, out.Topic), "name", out.Other.Name)
	out.Needs = out.ToMe && r.State == node.RequestAsked
	return out
}

func mentoringShow(v *visit) error {
	if v.me == nil {
		return node.ErrSignedOut
	}
	p := &mentoringPage{Frame: v.frame("network", v.t("mentoring.title")), Unlisted: !v.me.InNetworks(), Profile: "/people/" + v.me.Handle + "/edit#in-networks"}
	p.NoIndex = true
	mine, err := v.s.Mentoring.Mine(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	p.Offers = v.offers(p.Frame, mine)
	requests, err := v.s.Mentoring.Requests(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	for _, r := range requests {
		view := v.request(p.Frame, r)
		switch {
		case view.Closed:
			p.Past = append(p.Past, view)
		case view.ToMe:
			p.ToMe = append(p.ToMe, view)
		default:
			p.Mine = append(p.Mine, view)
		}
	}
	slices.SortStableFunc(p.ToMe, func(a, b requestView) int {
		switch {
		case a.Needs && !b.Needs:
			return -1
		case b.Needs && !a.Needs:
			return 1
		}
		return 0
	})
	return v.show(http.StatusOK, "mentoring", p)
}

// mentorOffersPage is all offers that the reader may see.
type mentorOffersPage struct {
	*Frame
	Form     *form
	Offers   []offerView
	Heading  string
	Narrowed bool
	Sky      sky
}

func mentorOffers(v *visit) error {
	if !access.Can(v.viewer, access.SeeNetworks) {
		return node.ErrSignedOut
	}
	f := v.frame("network", v.t("mentor.offers.title"))
	f.NoIndex = true
	topic, language := v.Query("topic"), v.Query("language")
	p := &mentorOffersPage{Frame: f, Narrowed: topic != "" || language != ""}
	list, err := v.s.Mentoring.Offers(v.ctx(), v.viewer, mentoring.Filter{Topic: topic, Language: language})
	if err != nil {
		return err
	}
	p.Offers = v.offers(f, list)
	p.Form = v.form(f, "/mentoring/offers", url.Values{"topic": {topic}, "language": {language}})
	p.Form.add(field{Name: "topic", Kind: "select", Label: "mentor.topic", Options: []option{{Label: v.t("mentor.topic.any")}}, Groups: v.vocabulary(), Grow: true})
	languages := []option{{Label: v.t("mentor.language.any")}}
	for _, o := range v.languageOptions() {
		if o.Value != "und" {
			languages = append(languages, o)
		}
	}
	p.Form.add(field{Name: "language", Kind: "select", Label: "mentor.language", Options: languages})
	p.Heading = v.t("mentor.offers.count", "count", len(list))
	if len(list) == 0 {
		p.Sky = newSky(v.me.ID.String(), emptySkyDots, emptySkyWidth, emptySkyHigh)
	}
	return v.show(http.StatusOK, "mentor_offers", p)
}

// mentorOfferPage is one offer, with the form to ask for it.
type mentorOfferPage struct {
	*Frame
	Offer    offerView
	Form     *form
	Unlisted bool
	Profile  string
}

func (v *visit) offerOf() (*node.MentorOffer, error) {
	id, err := uuid.Parse(v.Param("id"))
	if err != nil || v.me == nil {
		return nil, node.ErrNotFound
	}
	return v.s.Mentoring.Show(v.ctx(), v.viewer, id)
}

func (v *visit) mentorOfferPage(o *node.MentorOffer, values url.Values) *mentorOfferPage {
	f := v.frame("network", "")
	f.NoIndex = true
	p := &mentorOfferPage{Frame: f, Offer: v.offer(f, o), Unlisted: !v.me.InNetworks(), Profile: "/people/" + v.me.Handle + "/edit#in-networks"}
	f.Title = v.t("mentor.offer.title", "topics", p.Offer.Title, "name", p.Offer.Mentor.Name)
	if p.Offer.Mine || p.Unlisted || !o.Open(v.now) {
		return p
	}
	p.Form = v.form(f, p.Offer.Link, values)
	var topics []option
	for _, t := range o.Topics {
		topics = append(topics, option{Value: t, Label: v.topicName(t)})
	}
	p.Form.add(field{Name: "topic", Kind: "select", Label: "mentor.topic", Options: topics})
	p.Form.add(field{Name: "need", Kind: "textarea", Rows: 6, Label: "mentor.need", Hint: "mentor.need.hint", Required: true, Missing: "error.mentor.need"})
	p.Form.add(field{Name: "time", Label: "mentor.time", Hint: "mentor.time.hint", Max: node.MaxNameRunes})
	p.Form.add(field{Name: "lang", Kind: "select", Label: "mentor.lang", Options: v.languageOptions()})
	return p
}

func mentorOfferShow(v *visit) error {
	o, err := v.offerOf()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "mentor_offer", v.mentorOfferPage(o, url.Values{"lang": {v.lang}, "topic": {v.Query("topic")}}))
}

func mentorAsk(v *visit) error {
	o, err := v.offerOf()
	if err != nil {
		return err
	}
	lang := v.posted("lang")
	if lang == "und" {
		lang = ""
	}
	r, err := v.s.Mentoring.Request(v.ctx(), v.viewer, mentoring.RequestInput{
		Offer: o.ID.String(), Topic: v.posted("topic"), Need: v.posted("need"), Time: v.posted("time"), Lang: lang,
	})
	if err == nil {
		return v.done("/mentoring/requests/"+r.ID.String(), "mentor-asked")
	}
	p := v.mentorOfferPage(o, v.Request.PostForm)
	if p.Form == nil {
		p.Form = v.form(p.Frame, p.Offer.Link, v.Request.PostForm)
	}
	if !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "mentor_offer", p)
}
