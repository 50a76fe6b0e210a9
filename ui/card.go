package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/card"
	"github.com/poweron-network/poweron/node/mentoring"
)

// cardPage is somebody of another organization, as their card tells.
type cardPage struct {
	*networkFrame
	Author  author
	Role    string
	From    template.HTML
	Home    string
	Network string
	Spoken  string
	Place   string
	Bio     template.HTML
	Groups  []skillGroup
	Fresh   string
	Ends    string
	Write   string
	Ask     string // for mentoring; empty if they do not offer it
	CanAct  bool   // the reader shows themself to the networks, so the other side sees who it is
	Mine    string // where the reader does that
}

func cardShow(v *visit) error {
	if !access.Can(v.viewer, access.SeeNetworks) {
		return node.ErrForbidden
	}
	id, err := uuid.Parse(v.Param("id"))
	if err != nil {
		return node.ErrNotFound
	}
	found, err := v.s.Cards.Card(v.ctx(), v.viewer, id)
	if err != nil {
		return err
	}
	c := found.Card
	f, err := v.peopleFrame("/search", c.Name)
	if err != nil {
		return err
	}
	p := &cardPage{
		networkFrame: f, Author: v.cardAuthor(c), Role: c.RoleTitle, From: v.cardFrom(f.Frame, *found), Home: homeOf(c), Network: found.NetworkName,
		Groups: v.skillGroups(f.Frame, c.Skills, false),
		Spoken: v.languageNames(c.Languages), Place: c.Place, Bio: template.HTML(c.Bio), // sanitized when it was stored (C4)
		Fresh: v.t("card.fresh", "when", v.stamp(c.ReceivedAt).Words), Ends: v.t("card.ends", "date", v.s.words.Day(v.lang, c.ExpiresAt.In(v.s.Zone))),
		Write: "/messages/new?to=" + url.QueryEscape(id.String()), CanAct: access.Can(v.viewer, access.Contact),
	}
	if v.me != nil {
		p.Mine = "/people/" + v.me.Handle + "/edit"
	}
	if p.Ask, err = v.askOf(c); err != nil {
		return err
	}
	return v.show(http.StatusOK, "card", p)
}

// askOf leads to the offer of the person of a card. Who says that they can mentor
// and offers nothing now can be written to.
func (v *visit) askOf(c *node.Card) (string, error) {
	for _, s := range c.Skills {
		if !s.CanMentor {
			continue
		}
		offers, err := v.s.Mentoring.Offers(v.ctx(), v.viewer, mentoring.Filter{Topic: s.Tag})
		if err != nil {
			return "", err
		}
		for _, o := range offers {
			if o.ActorURI == c.ActorURI && o.Open(v.now) {
				return "/mentoring/offers/" + o.ID.String(), nil
			}
		}
	}
	return "", nil
}

// cardsPage tells one of our people where their card is.
type cardsPage struct {
	*Frame
	Author author
	Own    bool
	Cards  []receiptView
	On     bool // the person shows themself to the networks
	Edit   string
	Sky    sky
}

type receiptView struct {
	Network     string
	State       string
	Icon        string
	Words       string
	Expires     string
	Unreachable string
	Done        int
	Total       int
}

func cardsShow(v *visit) error {
	person, list, err := v.s.Cards.Receipts(v.ctx(), v.viewer, v.Param("handle"))
	if err != nil {
		return err
	}
	f := v.frame("people", v.t("cards.title"))
	f.NoIndex = true
	p := &cardsPage{Frame: f, Author: v.personAuthor(person), Own: v.me != nil && v.me.ID == person.ID, On: person.InNetworks(), Edit: "/people/" + person.Handle + "/edit"}
	for _, r := range list {
		p.Cards = append(p.Cards, v.receipt(r))
	}
	if len(list) == 0 {
		p.Sky = newSky("cards", emptySkyDots, emptySkyWidth, emptySkyHigh)
	}
	return v.show(http.StatusOK, "cards", p)
}

// receipt says how far a card has come, and when copies end that cannot be reached.
func (v *visit) receipt(r card.Receipt) receiptView {
	out := receiptView{Network: r.Network.Name, Done: r.Confirmed, Total: r.Total, Unreachable: strings.Join(r.Unreachable, ", ")}
	state := "out"
	out.Icon = "check"
	if r.Withdrawn {
		state, out.Icon = "back", "cross"
	}
	day := v.s.words.Day(v.lang, r.ExpiresAt.In(v.s.Zone))
	out.State = v.t("cards.state."+state, "when", v.stamp(r.At).Words)
	switch {
	case r.Queued:
		out.Words = v.t("cards.queued")
	case r.Total > 0:
		out.Words = v.t("cards.confirmed."+state, "confirmed", strconv.Itoa(r.Confirmed), "total", strconv.Itoa(r.Total))
	}
	switch {
	case !r.Withdrawn:
		out.Expires = v.t("cards.expires", "date", day)
	case r.Queued || r.Confirmed < r.Total:
		out.Expires = v.t("cards.expires.back", "date", day)
	}
	return out
}
