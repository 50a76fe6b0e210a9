package ui

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/contact"
	"github.com/poweron-network/poweron/node/markup"
)

// messagesPage is the list of somebody's threads.
type messagesPage struct {
	*Frame
	Threads []threadView
	Blocked []blockedView
	Sky     sky
}

type threadView struct {
	Link   string
	With   author
	From   string
	Topic  string // of the mentoring that it belongs to
	Last   string
	Mine   bool
	Unread bool
	When   stamp
}

type blockedView struct {
	URI, Name    string
	Organization bool
}

// excerptThread is how much of the newest message the list shows, in runes.
const excerptThread = 120

func messageThreads(v *visit) error {
	if v.me == nil {
		return node.ErrSignedOut
	}
	p := &messagesPage{Frame: v.frame("network", v.t("messages.title"))}
	p.NoIndex = true
	list, err := v.s.Contact.Threads(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	requests, err := v.s.Mentoring.Requests(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	topics := map[uuid.UUID]string{}
	for _, r := range requests {
		topics[r.ID] = v.topicName(r.Topic)
	}
	for _, t := range list {
		p.Threads = append(p.Threads, threadView{
			Link: "/messages/" + t.ID.String(), With: v.author(t.With), From: t.With.Host, Topic: topics[t.ID], Last: markup.Excerpt(markup.Render(t.Last), excerptThread),
			Mine: t.Mine, Unread: t.Unread, When: v.stamp(t.At),
		})
	}
	blocked, err := v.s.Contact.Blocks(v.ctx(), v.viewer)
	if err != nil {
		return err
	}
	for _, b := range blocked {
		p.Blocked = append(p.Blocked, blockedView{URI: b.URI, Name: v.author(b.Who).Name, Organization: b.Organization})
	}
	if len(list) == 0 {
		p.Sky = newSky(v.me.ID.String(), emptySkyDots, emptySkyWidth, emptySkyHigh)
	}
	return v.show(http.StatusOK, "messages", p)
}

// threadPage is what two people wrote to each other.
type threadPage struct {
	*Frame
	With     author
	From     string
	Abroad   bool // of another organization's node
	Request  *requestView
	Messages []messageView
	Blocked  bool
	Form     *form // nil while nothing can be sent
	Link     string
}

type messageView struct {
	Author author
	Mine   bool
	Text   []string
	Lang   string
	When   stamp
}

func (v *visit) threadPage(o *contact.Opened, values url.Values) *threadPage {
	f := v.frame("network", v.t("messages.with", "name", v.author(o.With).Name))
	f.NoIndex = true
	p := &threadPage{Frame: f, With: v.author(o.With), From: o.With.Host, Abroad: o.With.Host != "", Blocked: o.Blocked, Link: "/messages/" + o.ID.String()}
	for _, m := range o.Messages {
		view := messageView{Author: v.author(m.From), Mine: m.FromID != uuid.Nil && m.FromID == v.viewer.Person, Text: paragraphs(m.Body), Lang: m.Lang, When: v.stamp(m.SentAt)}
		if view.Lang == v.lang || view.Lang == "und" {
			view.Lang = ""
		}
		p.Messages = append(p.Messages, view)
	}
	early := false
	if o.Request != nil {
		view := v.request(f, o.Request)
		p.Request = &view
		early = o.Request.State == node.RequestAsked || o.Request.State == node.RequestWaiting
	}
	if !early && v.me.InNetworks() {
		p.Form = v.messageForm(f, p.Link, values)
	}
	return p
}

func (v *visit) messageForm(f *Frame, action string, values url.Values) *form {
	form := v.form(f, action, values)
	form.add(field{Name: "text", Kind: "textarea", Rows: 5, Label: "messages.text", Hint: "messages.text.hint", Required: true, Missing: "error.contact.text"})
	return form
}

func (v *visit) threadOf() (*contact.Opened, error) {
	id, err := uuid.Parse(v.Param("thread"))
	if err != nil || v.me == nil {
		return nil, node.ErrNotFound
	}
	return v.s.Contact.Open(v.ctx(), v.viewer, id)
}

func messageThread(v *visit) error {
	o, err := v.threadOf()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "message_thread", v.threadPage(o, url.Values{}))
}

func messageReply(v *visit) error {
	o, err := v.threadOf()
	if err != nil {
		return err
	}
	_, err = v.s.Contact.Send(v.ctx(), v.viewer, o.ID.String(), v.posted("text"))
	if err == nil {
		return v.done("/messages/"+o.ID.String(), "message-sent")
	}
	p := v.threadPage(o, v.Request.PostForm)
	if p.Form == nil {
		p.Form = v.messageForm(p.Frame, p.Link, v.Request.PostForm)
	}
	if !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "message_thread", p)
}

// messageNewPage is a first message to somebody.
type messageNewPage struct {
	*Frame
	With author
	From string
	To   string
	Form *form
}

// messageTo is the page for a first message; nil if the two have a thread, to which the browser goes.
func (v *visit) messageTo(to string, values url.Values) (*messageNewPage, error) {
	if v.me == nil {
		return nil, node.ErrSignedOut
	}
	f := v.frame("network", v.t("messages.new"))
	f.NoIndex = true
	p := &messageNewPage{Frame: f, To: to}
	if to == "" {
		return p, nil
	}
	thread, with, begun, err := v.s.Contact.Recipient(v.ctx(), v.viewer, to)
	if words, ok := v.s.words.FieldError(v.lang, err); ok {
		p.Form = v.messageForm(f, "/messages/new", values)
		p.Form.wrong("to", words)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	if begun && v.Request.Method == http.MethodGet {
		v.redirect("/messages/" + thread.String())
		return nil, nil
	}
	p.With, p.From = v.author(with), with.Host
	f.Title = v.t("messages.to", "name", p.With.Name)
	p.Form = v.messageForm(f, "/messages/new", values)
	return p, nil
}

func messageNew(v *visit) error {
	p, err := v.messageTo(v.Query("to"), url.Values{})
	if err != nil || p == nil {
		return err
	}
	return v.show(http.StatusOK, "message_new", p)
}

func messageSend(v *visit) error {
	if v.me == nil {
		return node.ErrSignedOut
	}
	to := v.posted("to")
	m, err := v.s.Contact.Send(v.ctx(), v.viewer, to, v.posted("text"))
	if err == nil {
		return v.done("/messages/"+m.ThreadID.String(), "message-sent")
	}
	p, other := v.messageTo(to, v.Request.PostForm)
	if other != nil {
		return other
	}
	if p.Form == nil {
		p.Form = v.messageForm(p.Frame, "/messages/new", v.Request.PostForm)
	}
	if len(p.Form.Problems) == 0 && !p.Form.take(err) {
		return err
	}
	return v.show(http.StatusUnprocessableEntity, "message_new", p)
}

func messageBlock(v *visit) error {
	o, err := v.threadOf()
	if err != nil {
		return err
	}
	if err := v.s.Contact.Block(v.ctx(), v.viewer, o.ID, v.posted("who") == "organization"); err != nil {
		return err
	}
	return v.done("/messages", "message-blocked")
}

func messageUnblock(v *visit) error {
	if err := v.s.Contact.Unblock(v.ctx(), v.viewer, v.posted("who")); err != nil {
		return err
	}
	return v.done("/messages", "message-unblocked")
}

// privateNotice tells of what is between two people: an offer, a request, a message.
func (v *visit) privateNotice(f *Frame, n node.Notice) (noticeView, bool) {
	to := map[string]string{node.NoticeMessage: "/messages/", node.NoticeEnding: "/mentoring/offers/", node.NoticeEnded: "/mentoring/offers/"}[n.Verb]
	if to == "" {
		to = "/mentoring/requests/"
	}
	if n.About == uuid.Nil || !privateVerbs[n.Verb] {
		return noticeView{}, false
	}
	by := v.author(n.By)
	topic := v.t("notice.mentoring")
	if n.Topic != "" {
		topic = v.topicName(n.Topic)
	}
	if n.Verb == node.NoticeMessage {
		topic = v.t("notice.a-message")
	}
	words := f.H("notice."+n.Verb, "name", by.Name, "topic", f.Link(to+n.About.String(), topic))
	return noticeView{Author: by, Words: words, When: v.stamp(n.At)}, true
}

// privateVerbs are the verbs of notices between people.
var privateVerbs = map[string]bool{
	node.NoticeAsked: true, node.NoticeQueued: true, node.NoticeNudge: true, node.NoticeTakenBack: true, node.NoticeWaiting: true, node.NoticeFree: true,
	node.NoticeAccepted: true, node.NoticeDeclined: true, node.NoticeHandedOn: true, node.NoticeReleased: true, node.NoticeClosed: true,
	node.NoticeEnding: true, node.NoticeEnded: true, node.NoticeMessage: true,
}
