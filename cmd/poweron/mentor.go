package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/mentoring"
	"github.com/poweron-network/poweron/node/skillset"
	"github.com/poweron-network/poweron/node/store"
)

type mentorCommands struct {
	Offer   mentorOffer   `cmd:"" help:"${help_mentor_offer}"`
	Pause   mentorPause   `cmd:"" help:"${help_mentor_pause}"`
	Request mentorRequest `cmd:"" help:"${help_mentor_request}"`
	Accept  mentorAccept  `cmd:"" help:"${help_mentor_accept}"`
	Decline mentorDecline `cmd:"" help:"${help_mentor_decline}"`
	Close   mentorClose   `cmd:"" help:"${help_mentor_close}"`
	List    mentorList    `cmd:"" help:"${help_mentor_list}"`
}

type mentorOffer struct {
	As        string   `required:"" placeholder:"HANDLE" help:"${help_as_mentor}"`
	Topic     []string `required:"" placeholder:"TAG" help:"${help_mentor_topic}"`
	Languages []string `required:"" placeholder:"CODE" help:"${help_mentor_languages}"`
	Format    string   `required:"" placeholder:"call|question|weeks:N" help:"${help_mentor_format}"`
	Max       int      `default:"1" placeholder:"N" help:"${help_mentor_max}"`
	Audience  string   `default:"networks" placeholder:"networks|network:NAME|node" help:"${help_mentor_audience}"`
	Note      string   `placeholder:"TEXT" help:"${help_mentor_note}"`
}

// offered is one offer of a mentor.
type offered struct {
	ID        string            `json:"id"`
	Mentor    string            `json:"mentor"`
	Name      string            `json:"name"`
	Topics    []string          `json:"topics"`
	Languages []string          `json:"languages"`
	Format    node.MentorFormat `json:"format"`
	Weeks     int               `json:"weeks"`
	Max       int               `json:"max"`
	Learners  int               `json:"learners"` // of an offer of this node
	State     string            `json:"state"`    // open, full or paused
	Expires   stamp             `json:"expires"`
}

func newOffered(o *node.MentorOffer) offered {
	state := "open"
	switch {
	case o.Paused:
		state = "paused"
	case o.Full || o.Local && o.Learners >= o.Capacity:
		state = "full"
	}
	return offered{o.URI, o.Mentor.Handle, o.Mentor.Name, o.Topics, o.Languages, o.Format, o.Weeks, o.Capacity, o.Learners, state, stamp(o.ExpiresAt)}
}

// Run offers a mentor's time to the networks.
func (c *mentorOffer) Run(ctx context.Context, k *call) error {
	format, weeks, err := parseFormat(c.Format)
	if err != nil {
		return err
	}
	note, err := k.readText(c.Note)
	if err != nil {
		return err
	}
	return k.act(ctx, c.As, func(a acting) error {
		to, err := a.audience(ctx, c.Audience)
		if err != nil {
			return err
		}
		lang, err := k.textLang(ctx, a.App)
		if err != nil {
			return err
		}
		topics := make([]string, len(c.Topic))
		for i, t := range c.Topic {
			topics[i] = tagCode(a.Skills, t)
		}
		o, err := a.Mentoring.Offer(ctx, a.viewer, mentoring.OfferInput{
			Audience: to, Topics: topics, Languages: c.Languages, Format: format, Weeks: weeks, Capacity: c.Max, Note: note, Lang: lang,
		})
		if err != nil {
			return err
		}
		return k.object(newOffered(o), func(w io.Writer) { fmt.Fprintln(w, k.say("mentor_offered", "id", o.URI)) })
	})
}

// parseFormat reads call, question or weeks:N.
func parseFormat(s string) (format node.MentorFormat, weeks int, err error) {
	word, number, counted := strings.Cut(s, ":")
	if counted {
		weeks, err = strconv.Atoi(number)
	}
	format = node.MentorFormat(word)
	if err != nil || !slices.Contains(node.MentorFormats, format) || counted != (format == node.SomeWeeks) {
		return "", 0, complain("mentor_format", "format", s)
	}
	return format, weeks, nil
}

// tagCode is the code of a skill that somebody wrote as code or as a label in
// either language; what is none of them comes back as it is.
func tagCode(set *skillset.Set, s string) string {
	if tag, ok := set.Match(s); ok {
		return tag.Code
	}
	return s
}

type mentorPause struct {
	As     string `placeholder:"HANDLE" help:"${help_as_mentor}"`
	Resume bool   `help:"${help_mentor_resume}"`
	ID     string `arg:"" name:"id" optional:"" help:"${help_offer_arg}"`
}

// Run stops an offer from taking requests, or goes on with it.
func (c *mentorPause) Run(ctx context.Context, k *call) error {
	return k.act(ctx, c.As, func(a acting) error {
		o, err := a.ownOffer(ctx, c.ID)
		if err != nil {
			return err
		}
		if a, err = a.or(ctx, o.PersonID); err != nil {
			return err
		}
		if err := a.Mentoring.Pause(ctx, a.viewer, o.ID, !c.Resume); err != nil {
			return err
		}
		o.Paused = !c.Resume
		word := "mentor_paused"
		if c.Resume {
			word = "mentor_resumed"
		}
		return k.object(newOffered(o), func(w io.Writer) { fmt.Fprintln(w, k.say(word, "id", o.URI)) })
	})
}

// ownOffer finds the offer that arg names; without one the only one of who acts.
func (a acting) ownOffer(ctx context.Context, arg string) (o *node.MentorOffer, err error) {
	if arg == "" {
		if a.asOrganization {
			return nil, complain("mentor_whose")
		}
		own, err := a.Mentoring.Mine(ctx, a.viewer)
		switch {
		case err != nil:
			return nil, err
		case len(own) == 0:
			return nil, complain("mentor_no_offer")
		case len(own) > 1:
			return nil, complain("mentor_which_offer")
		}
		return own[0], nil
	}
	if id, ok := a.Origin.ParseMentoringID(arg); ok {
		arg = a.Origin.OfferURI(id)
	}
	err = a.DB.View(ctx, func(tx *store.Tx) error {
		o, err = tx.StoredMentorOffer(ctx, arg)
		return err
	})
	if errors.Is(err, node.ErrNotFound) || err == nil && !o.Local {
		err = complain("mentor_no_offer")
	}
	return o, err
}

// or lets a person of the node act where the command line named nobody.
func (a acting) or(ctx context.Context, person uuid.UUID) (acting, error) {
	if !a.asOrganization {
		return a, nil
	}
	v, err := a.People.PersonViewer(ctx, person)
	a.viewer, a.asOrganization = v, false
	return a, err
}

type mentorRequest struct {
	As    string `required:"" placeholder:"HANDLE" help:"${help_as_learner}"`
	To    string `required:"" placeholder:"HANDLE|ID" help:"${help_mentor_to}"`
	Topic string `placeholder:"TAG" help:"${help_mentor_topic}"`
	Need  string `required:"" placeholder:"TEXT" help:"${help_mentor_need}"`
	Time  string `placeholder:"TEXT" help:"${help_mentor_time}"`
}

// asked is one request for mentoring, for the two who may read it.
type asked struct {
	ID      string            `json:"id"`
	Mentor  string            `json:"mentor"`
	Learner string            `json:"learner"`
	Topic   string            `json:"topic"`
	Need    string            `json:"need"`
	Time    string            `json:"time"`
	State   node.RequestState `json:"state"`
	Reason  string            `json:"reason"`
	At      stamp             `json:"at"`
}

func newAsked(r *node.MentorRequest) asked {
	return asked{r.URI, r.Mentor.Handle, r.Learner.Handle, r.Topic, r.Need, r.Time, r.State, r.Reason, stamp(r.CreatedAt)}
}

func (k *call) printAsked(r *node.MentorRequest) error {
	return k.object(newAsked(r), func(w io.Writer) {
		fmt.Fprintln(w, k.say("mentor_request", "state", k.say("request_"+string(r.State)), "id", r.URI))
	})
}

// Run asks a mentor for help.
func (c *mentorRequest) Run(ctx context.Context, k *call) error {
	need, err := k.readText(c.Need)
	if err != nil {
		return err
	}
	return k.act(ctx, c.As, func(a acting) error {
		lang, err := k.textLang(ctx, a.App)
		if err != nil {
			return err
		}
		r, err := a.Mentoring.Request(ctx, a.viewer, mentoring.RequestInput{
			Offer: strings.TrimPrefix(c.To, "@"), Topic: tagCode(a.Skills, c.Topic), Need: need, Time: c.Time, Lang: lang,
		})
		if err != nil {
			return err
		}
		return k.printAsked(r)
	})
}

// requestArg is a request, and who decides on it.
type requestArg struct {
	ID string `arg:"" name:"id" help:"${help_request_arg}"`
	As string `placeholder:"HANDLE" help:"${help_as_party}"`
}

// onRequest does something with a request and prints what it is then. Without
// --as it is done by the mentor if they are of this node, else by the learner.
func (k *call) onRequest(ctx context.Context, arg requestArg, f func(acting, uuid.UUID) error) error {
	return k.act(ctx, arg.As, func(a acting) error {
		r, err := a.request(ctx, arg.ID)
		if err != nil {
			return err
		}
		party := r.MentorID
		if party == uuid.Nil {
			party = r.LearnerID
		}
		if a, err = a.or(ctx, party); err != nil {
			return err
		}
		if err := f(a, r.ID); err != nil {
			return err
		}
		all, err := a.Mentoring.Requests(ctx, a.viewer)
		if err != nil {
			return err
		}
		for _, now := range all {
			if now.ID == r.ID {
				r = now
			}
		}
		return k.printAsked(r)
	})
}

// request finds a request that somebody of this node is a party of.
func (a acting) request(ctx context.Context, arg string) (r *node.MentorRequest, err error) {
	err = a.DB.View(ctx, func(tx *store.Tx) error {
		if r, err = tx.StoredMentorRequest(ctx, arg); !errors.Is(err, node.ErrNotFound) {
			return err
		}
		if id, ok := a.Origin.ParseMentoringID(arg); ok {
			r, err = tx.StoredMentorRequestByID(ctx, id)
		}
		return err
	})
	if errors.Is(err, node.ErrNotFound) {
		err = complain("mentor_no_request", "id", arg)
	}
	return r, err
}

type mentorAccept struct {
	requestArg `embed:""`
}

// Run takes a learner on, or puts them on the waiting list.
func (c *mentorAccept) Run(ctx context.Context, k *call) error {
	return k.onRequest(ctx, c.requestArg, func(a acting, id uuid.UUID) error {
		_, err := a.Mentoring.Accept(ctx, a.viewer, id)
		return err
	})
}

type mentorDecline struct {
	requestArg `embed:""`
	Reason     string `placeholder:"TEXT" help:"${help_decline_reason}"`
}

// Run says no, kindly.
func (c *mentorDecline) Run(ctx context.Context, k *call) error {
	return k.onRequest(ctx, c.requestArg, func(a acting, id uuid.UUID) error { return a.Mentoring.Decline(ctx, a.viewer, id, c.Reason) })
}

type mentorClose struct {
	requestArg `embed:""`
}

// Run ends what was agreed, or takes a request back.
func (c *mentorClose) Run(ctx context.Context, k *call) error {
	return k.onRequest(ctx, c.requestArg, func(a acting, id uuid.UUID) error { return a.Mentoring.Close(ctx, a.viewer, id) })
}

type mentorList struct {
	As     string `required:"" placeholder:"HANDLE" help:"${help_as_party}"`
	Offers bool   `help:"${help_mentor_offers}"`
}

// Run lists somebody's requests, both ways, or the offers that they can ask.
func (c *mentorList) Run(ctx context.Context, k *call) error {
	return k.act(ctx, c.As, func(a acting) error {
		if c.Offers {
			own, err := a.Mentoring.Mine(ctx, a.viewer)
			if err != nil {
				return err
			}
			open, err := a.Mentoring.Offers(ctx, a.viewer, mentoring.Filter{})
			if err != nil {
				return err
			}
			all := slices.Concat(own, slices.DeleteFunc(open, func(o *node.MentorOffer) bool { return o.PersonID == a.viewer.Person && o.Local }))
			items := make([]offered, len(all))
			for i, o := range all {
				items[i] = newOffered(o)
			}
			return list(k, items, "mentor_no_offers", []string{"col_mentor", "col_topics", "col_format", "col_state", "col_id"}, func(o offered) []string {
				return []string{plain(o.Mentor), strings.Join(o.Topics, " "), string(o.Format), k.say("offer_" + o.State), o.ID}
			})
		}
		all, err := a.Mentoring.Requests(ctx, a.viewer)
		if err != nil {
			return err
		}
		items := make([]asked, len(all))
		for i, r := range all {
			items[i] = newAsked(r)
		}
		return list(k, items, "mentor_no_requests", []string{"col_mentor", "col_learner", "col_topic", "col_state", "col_id"}, func(r asked) []string {
			return []string{plain(r.Mentor), plain(r.Learner), r.Topic, k.say("request_" + string(r.State)), r.ID}
		})
	})
}
