package main

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/conversation"
	"github.com/poweron-network/poweron/node/markup"
)

type timelineCommand struct {
	As    string `placeholder:"HANDLE" help:"${help_as_reader}"`
	All   bool   `help:"${help_timeline_all}"`
	Limit int    `default:"1000" placeholder:"N" help:"${help_timeline_limit}"`
}

// entry is one line of the timeline.
type entry struct {
	ID        string     `json:"id"`
	URL       string     `json:"url"`
	Kind      node.Kind  `json:"kind"`
	Origin    string     `json:"origin"` // host
	Author    string     `json:"author"` // handle
	Text      string     `json:"text"`
	Audience  string     `json:"audience"`
	State     node.State `json:"state"`
	Published stamp      `json:"published"`
}

// pageSize is how many items are read at once.
const pageSize = 100

// Run lists what somebody reads, newest first.
func (c *timelineCommand) Run(ctx context.Context, k *call) error {
	reader := c.As
	if c.All {
		reader = ""
	}
	return k.act(ctx, reader, func(a acting) error {
		audience, err := a.audienceWords(ctx)
		if err != nil {
			return err
		}
		read := a.Conversation.Home
		if c.All {
			read = a.Conversation.Everything
		}
		var items []entry
		var next conversation.Cursor
		for len(items) < c.Limit {
			var page []*node.Item
			page, next, err = read(ctx, a.viewer, next, min(pageSize, c.Limit-len(items)))
			if err != nil {
				return err
			}
			for _, i := range page {
				items = append(items, newEntry(a.Origin, i, audience(i.Audience)))
			}
			if next == "" {
				break
			}
		}
		if k.json {
			return printArray(k.out, items)
		}
		k.printTimeline(items)
		return nil
	})
}

func newEntry(origin node.Origin, i *node.Item, audience string) entry {
	e := entry{i.URI, i.Page, i.Kind, i.Origin(), i.Author.Handle, itemText(i), audience, i.State, stamp(i.PublishedAt)}
	if e.Origin == "" {
		e.Origin = origin.Host()
	}
	if e.URL == "" {
		e.URL = origin.ItemPage(i.Kind, i.ID)
	}
	return e
}

// itemText is all that an item says, as plain text in its own language.
func itemText(i *node.Item) string {
	parts := []string{i.Title.In(i.Lang, "en"), i.Summary, markup.Text(i.Body.In(i.Lang, "en"))}
	var said []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "\n\n")
}

func (k *call) printTimeline(items []entry) {
	if len(items) == 0 {
		fmt.Fprintln(k.out, k.say("timeline_none"))
	}
	for _, e := range items {
		state := ""
		if e.State != node.Live {
			state = " · " + k.say("item_"+string(e.State))
		}
		fmt.Fprintf(k.out, "%s · %s · %s · %s · %s%s\n", human(e.Published.time()), plain(e.Author), e.Origin, k.say("kind_"+string(e.Kind)), e.Audience, state)
		for line := range strings.Lines(plain(e.Text)) {
			fmt.Fprint(k.out, "  "+line)
		}
		fmt.Fprintf(k.out, "\n  %s\n\n", plain(e.URL))
	}
}

// plain removes what could drive a terminal from text that others wrote.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, s)
}
