package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/access"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/ui/locale"
)

// How much the start page shows.
const (
	homeItems     = 20
	sideItems     = 5
	publicPosts   = 10
	homeNotices   = 10
	mostHeld      = 100
	skyDots       = 14
	skyWidth      = 360
	skyHeight     = 200
	emptySkyDots  = 9
	emptySkyHigh  = 120
	emptySkyWidth = 300
)

// homePage is the start page of a signed-in person.
type homePage struct {
	*Frame
	Today, Greeting string
	Held            int     // things that wait for this admin
	Confirm         []named // what is public of somebody who has not agreed to it yet
	ConfirmNetworks []named // what the networks see of them, likewise
	Networks        []need  // who waits in networks that the reader decides about
	Items           []itemView
	Older           string
	Upcoming        []itemView
	Next            template.HTML // the first of Upcoming in one line, for the head of a long page
	Notices         []noticeView
	Sky             sky
}

type noticeView struct {
	Author author
	Words  template.HTML
	When   stamp
}

// named is one line of a list of facts.
type named struct{ Label, Words string }

func homeShow(v *visit) error {
	if v.me == nil {
		return organizationPublic(v, v.site.Organization, "home")
	}
	p := &homePage{Frame: v.frame("home", v.t("menu.home"))}
	p.NoIndex = true
	p.Today = v.s.words.Day(v.lang, v.now.In(v.s.Zone))
	items, next, err := v.s.Conversation.Home(v.ctx(), v.viewer, conversation.Cursor(v.Query("after")), homeItems)
	if err != nil {
		return err
	}
	p.Items, p.Older = v.items(p.Frame, items), older("/", next)
	if len(items) == 0 {
		p.Sky = newSky(v.me.ID.String(), emptySkyDots, emptySkyWidth, emptySkyHigh)
	}
	upcoming, err := v.s.Conversation.Upcoming(v.ctx(), v.viewer, v.now, sideItems)
	if err != nil {
		return err
	}
	p.Upcoming = v.items(p.Frame, upcoming)
	p.Next = v.next(p.Frame, upcoming)
	if err := v.needs(p); err != nil {
		return err
	}
	return v.show(http.StatusOK, "home", p)
}

// next tells of the first gathering that has not been called off; "" if there is none.
func (v *visit) next(f *Frame, list []*node.Item) template.HTML {
	for _, i := range list {
		if i.Gathering == nil || i.Gathering.Status == node.Cancelled {
			continue
		}
		start := i.Gathering.Start.In(v.zoneOf(i.Gathering))
		return f.H("home.next", "item", f.Link(itemPath(i), v.item(f, i, false).Label()), "date", v.s.words.ShortDay(v.lang, start, v.now), "time", locale.Clock(start))
	}
	return ""
}

// needs fills in what waits for the reader, and says how much that is.
func (v *visit) needs(p *homePage) error {
	n := 0
	if access.Can(v.viewer, access.Moderate) {
		held, err := v.s.Conversation.Held(v.ctx(), v.viewer, mostHeld)
		if err != nil {
			return err
		}
		if p.Held = len(held); p.Held > 0 {
			n++
		}
	}
	var err error
	if v.me.NeedsConfirmation() {
		if p.Confirm, err = v.publicFacts(p.Frame, v.me); err != nil {
			return err
		}
		n++
	}
	if v.me.NeedsNetworkConfirmation() {
		if p.ConfirmNetworks, err = v.networkFacts(p.Frame, v.me); err != nil {
			return err
		}
		n++
	}
	if p.Networks, err = v.networkNeeds(); err != nil {
		return err
	}
	n += len(p.Networks)
	part := "home.greeting.day"
	switch hour := v.now.In(v.s.Zone).Hour(); {
	case hour < 5 || hour >= 19:
		part = "home.greeting.evening"
	case hour < 12:
		part = "home.greeting.morning"
	}
	p.Greeting = v.t(part, "name", v.me.Name)
	if n > 0 {
		p.Greeting = v.t("home.greeting.need", "greeting", p.Greeting, "need", v.t("home.need.count", "count", n))
	}
	notices, err := v.s.People.Notices(v.ctx(), v.viewer, homeNotices)
	if err != nil {
		return err
	}
	for _, notice := range withoutEchoes(notices) {
		if view, ok := v.privateNotice(p.Frame, notice); ok {
			p.Notices = append(p.Notices, view)
			continue
		}
		p.Notices = append(p.Notices, v.notice(p.Frame, notice))
	}
	return nil
}

// withoutEchoes leaves out that somebody mentioned the reader in what they
// replied: most servers name in a reply whom it is to.
func withoutEchoes(list []node.Notice) []node.Notice {
	type said struct{ by, item uuid.UUID }
	replies := map[said]bool{}
	for _, n := range list {
		if n.Verb == "reply" && n.Item != nil {
			replies[said{n.By.ID, n.Item.ID}] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(n node.Notice) bool {
		return n.Verb == "mention" && n.Item != nil && replies[said{n.By.ID, n.Item.ID}]
	})
}

// noticeVerbs are the verbs that have words; others are told as "something new".
var noticeVerbs = map[string]bool{"like": true, "share": true, "reply": true, "mention": true, "follow": true}

func (v *visit) notice(f *Frame, n node.Notice) noticeView {
	by := v.author(n.By)
	key := "notice." + n.Verb
	if !noticeVerbs[n.Verb] {
		key = "notice.other"
	}
	name, item := f.Link(by.Link, by.Name), template.HTML("")
	switch {
	case n.Item != nil:
		view := v.item(f, n.Item, false)
		item = f.Link(view.Link, view.Label())
	case n.Verb != "follow":
		key = "notice.other"
	case n.Person == v.viewer.Organization:
		key = "notice.follow.organization"
	}
	words := f.H(key, "name", name, "item", item, "organization", f.Organization().Name)
	return noticeView{Author: by, Words: words, When: v.stamp(n.At)}
}

// older is the address of the next page of a list; empty at its end.
func older(path string, next conversation.Cursor) string {
	if next == "" {
		return ""
	}
	return path + "?after=" + url.QueryEscape(string(next))
}
