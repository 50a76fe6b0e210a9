package ui

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/mentoring"
)

// mentorRequestPage is one request, as either of the two sees it.
type mentorRequestPage struct {
	*Frame
	Request   requestView
	Need      []string // paragraphs
	NeedLang  string
	Time      string
	Place     int
	Reason    string // the mentor's words
	Suggested *offerView
	Others    []offerView // who else offers this, for who got no place
	Thread    string      // where the two write to each other
	Block     string      // where a mentor blocks who asks
	// What the reader can do:
	CanAnswer, CanAccept, CanClose, CanTakeBack bool
	Full                                        string // the own offer, where more learners can be let in
	No, HandOn                                  *form
	Problems                                    []problem
}

// otherOffers is how many other mentors a page names.
const otherOffers = 5

func (v *visit) requestOf() (*mentoring.Shown, error) {
	id, err := uuid.Parse(v.Param("id"))
	if err != nil || v.me == nil {
		return nil, node.ErrNotFound
	}
	return v.s.Mentoring.ShowRequest(v.ctx(), v.viewer, id)
}

func (v *visit) mentorRequestPage(r *mentoring.Shown, values url.Values) (*mentorRequestPage, error) {
	f := v.frame("network", "")
	f.NoIndex = true
	p := &mentorRequestPage{Frame: f, Request: v.request(f, r.MentorRequest), Need: paragraphs(r.Need), NeedLang: r.Lang, Time: r.Time, Place: r.Place}
	side := "learner"
	if p.Request.ToMe {
		side = "mentor"
	}
	f.Title = v.t("mentor.request."+side, "topic", p.Request.Topic, "name", p.Request.Other.Name)
	if r.Suggested != nil {
		view := v.offer(f, r.Suggested)
		p.Suggested = &view
	} else if r.State != node.RequestHandedOn || !strings.Contains(r.Reason, "://") {
		p.Reason = r.Reason
	}
	if r.State == node.RequestAccepted || r.State == node.RequestClosed {
		p.Thread = "/messages/" + r.ID.String()
	}
	open := r.State == node.RequestAsked || r.State == node.RequestWaiting
	p.CanAnswer, p.CanTakeBack, p.CanClose = open && p.Request.ToMe, open && !p.Request.ToMe, r.State == node.RequestAccepted
	if p.CanAccept = p.CanAnswer; p.CanAnswer && r.State == node.RequestWaiting && r.Offer != nil && r.Offer.Full {
		p.CanAccept, p.Full = false, "/mentoring/offers/"+r.Offer.ID.String()+"/edit"
	}
	offers, err := v.s.Mentoring.Offers(v.ctx(), v.viewer, mentoring.Filter{Topic: r.Topic})
	if err != nil {
		return nil, err
	}
	var others []*node.MentorOffer
	for _, o := range offers {
		if o.URI != r.OfferURI && (!o.Local || o.PersonID != v.viewer.Person) {
			others = append(others, o)
		}
	}
	if p.CanAnswer {
		p.Block = "/messages/" + r.ID.String()
		v.addAnswers(p, others, values)
	} else if !p.Request.ToMe && r.Ended() && r.State != node.RequestClosed {
		p.Others = v.offers(f, others[:min(len(others), otherOffers)])
	}
	return p, nil
}

// addAnswers puts in what a mentor can say besides yes.
func (v *visit) addAnswers(p *mentorRequestPage, others []*node.MentorOffer, values url.Values) {
	var reasons []option
	for _, key := range mentoring.Reasons {
		reasons = append(reasons, option{Value: key, Label: v.t("mentor.reason." + key)})
	}
	if values.Get("reason") == "" {
		values.Set("reason", mentoring.Reasons[0])
	}
	p.No = v.form(p.Frame, p.Request.Link+"/decline", values)
	p.No.add(field{Name: "reason", Kind: "radios", Label: "mentor.decline.reason", Hint: "mentor.decline.hint", Options: reasons})
	p.No.add(field{Name: "words", Kind: "textarea", Rows: 3, Label: "mentor.decline.words"})
	if len(others) == 0 {
		return
	}
	var options []option
	for _, o := range others {
		name := v.author(o.Mentor).Name
		if o.Mentor.Host != "" {
			name += " (" + o.Mentor.Host + ")"
		}
		options = append(options, option{Value: o.ID.String(), Label: name})
	}
	p.HandOn = v.form(p.Frame, p.Request.Link+"/hand-on", values)
	p.HandOn.add(field{Name: "offer", Kind: "select", Label: "mentor.handon.to", Options: options})
}

// paragraphs splits plain text as it was typed.
func paragraphs(s string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func mentorRequestShow(v *visit) error {
	r, err := v.requestOf()
	if err != nil {
		return err
	}
	p, err := v.mentorRequestPage(r, url.Values{})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "mentor_request", p)
}

// mentorAnswer does what a button on a request says; what goes wrong shows above
// the request, with what was typed.
func mentorAnswer(do func(*visit, *mentoring.Shown) (what string, err error)) handler {
	return func(v *visit) error {
		r, err := v.requestOf()
		if err != nil {
			return err
		}
		what, err := do(v, r)
		if err == nil {
			return v.done("/mentoring/requests/"+r.ID.String(), what)
		}
		words, ok := v.s.words.FieldError(v.lang, err)
		if !ok {
			return err
		}
		if r, err = v.requestOf(); err != nil {
			return err
		}
		p, err := v.mentorRequestPage(r, v.Request.PostForm)
		if err != nil {
			return err
		}
		p.Problem, p.Problems = true, []problem{{"", words}}
		return v.show(http.StatusUnprocessableEntity, "mentor_request", p)
	}
}

// The answers, by button.
func doAccept(v *visit, r *mentoring.Shown) (string, error) {
	got, err := v.s.Mentoring.Accept(v.ctx(), v.viewer, r.ID)
	if err == nil && got.State == node.RequestWaiting {
		return "mentor-waiting", nil
	}
	return "mentor-accepted", err
}

func doDecline(v *visit, r *mentoring.Shown) (string, error) {
	reason := v.posted("reason")
	if words := strings.TrimSpace(v.posted("words")); words != "" {
		reason = words
	}
	return "mentor-declined", v.s.Mentoring.Decline(v.ctx(), v.viewer, r.ID, reason)
}

func doHandOn(v *visit, r *mentoring.Shown) (string, error) {
	return "mentor-handed-on", v.s.Mentoring.HandOn(v.ctx(), v.viewer, r.ID, v.posted("offer"))
}

func doClose(v *visit, r *mentoring.Shown) (string, error) {
	what := "mentor-taken-back"
	if r.State == node.RequestAccepted {
		what = "mentor-closed"
	}
	return what, v.s.Mentoring.Close(v.ctx(), v.viewer, r.ID)
}

// mentorRoutes are the pages of mentoring and of messages.
func mentorRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	pause := func(paused bool) func(*visit, uuid.UUID) error {
		return func(v *visit, id uuid.UUID) error { return v.s.Mentoring.Pause(v.ctx(), v.viewer, id, paused) }
	}
	confirm := func(v *visit, id uuid.UUID) error { return v.s.Mentoring.Confirm(v.ctx(), v.viewer, id) }
	withdraw := func(v *visit, id uuid.UUID) error { return v.s.Mentoring.Withdraw(v.ctx(), v.viewer, id) }
	return []route{
		{get, "/mentoring", mentoringShow},
		{get, "/mentoring/offers", mentorOffers},
		{get, "/mentoring/offers/new", mentorNew},
		{post, "/mentoring/offers/new", mentorAdd},
		{get, "/mentoring/offers/:id", mentorOfferShow},
		{post, "/mentoring/offers/:id", mentorAsk},
		{get, "/mentoring/offers/:id/edit", mentorEdit},
		{post, "/mentoring/offers/:id/edit", mentorSave},
		{post, "/mentoring/offers/:id/pause", mentorChange("mentor-paused", pause(true))},
		{post, "/mentoring/offers/:id/resume", mentorChange("mentor-resumed", pause(false))},
		{post, "/mentoring/offers/:id/confirm", mentorChange("mentor-confirmed", confirm)},
		{get, "/mentoring/offers/:id/withdraw", mentorWithdrawAsk},
		{post, "/mentoring/offers/:id/withdraw", mentorChange("mentor-withdrawn", withdraw)},
		{get, "/mentoring/requests/:id", mentorRequestShow},
		{post, "/mentoring/requests/:id/accept", mentorAnswer(doAccept)},
		{post, "/mentoring/requests/:id/decline", mentorAnswer(doDecline)},
		{post, "/mentoring/requests/:id/hand-on", mentorAnswer(doHandOn)},
		{post, "/mentoring/requests/:id/close", mentorAnswer(doClose)},

		{get, "/messages", messageThreads},
		{get, "/messages/new", messageNew},
		{post, "/messages/new", messageSend},
		{post, "/messages/unblock", messageUnblock},
		{get, "/messages/:thread", messageThread},
		{post, "/messages/:thread", messageReply},
		{post, "/messages/:thread/block", messageBlock},
	}
}
